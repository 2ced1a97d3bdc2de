"""Display of texts: without hidden characters; names of languages; differences of two texts. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from orangeday.text.invisible import hidden_characters

UNPRINTABLE = (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000), 0xFDD0)
"""More control characters, characters that turn the direction of a text, and bytes of names that aren’t UTF-8."""
_CONTROLS = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | dict.fromkeys(UNPRINTABLE, 0xFFFD)


def visible(text: str) -> str:
    """Return a text with visible signs in the place of control characters, so that no terminal obeys them."""
    return text.translate(_CONTROLS)


def reveal(text: str) -> str:
    """Return a text with the number of each character that nobody sees in its place: `#16‹U+200B›Days`.

    Every message that quotes a text quotes it so, with the signs that no font but one has, too. What a script needs,
    such as the joiners of Persian, stays.
    """
    offsets = frozenset(hidden_characters(text))
    if offsets:
        text = "".join(code_point(character) if n in offsets else character for n, character in enumerate(text))
    return text if text.isascii() else re.sub(PRIVATE, lambda match: code_point(match[0]), text)


PRIVATE = "[\ue000-\uf8ff\U000f0000-\U0010fffd]"
"""The pattern of a character for private use: a sign of one font, such as a bullet of Word's."""


def code_point(character: str) -> str:
    """Return the number of a character as texts show it: ‹U+200B›."""
    return f"‹U+{ord(character):04X}›"


def shorten_hashes(text: str) -> str:
    """Return a text in which each SHA-256 is cut to twelve digits: nobody compares sixty-four."""
    return re.sub(r"\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", text)


def native_name(tag: str) -> str | None:
    """Return a language's own name, `fr-BE` → `français`, from CLDR; None where CLDR doesn't know it."""
    language = tag.partition("-")[0]
    if language in _NATIVE_NAMES:
        return _NATIVE_NAMES[language]
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language).languages.get(language)
    except (UnknownLocaleError, ValueError):
        return None


def english_name(tag: str) -> str:
    """Return a language's name in English, `pt-BR` → `Portuguese (Brazil)`, from CLDR; the tag, where it has none."""
    if tag in _ENGLISH_NAMES:
        return _ENGLISH_NAMES[tag]
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or tag
    except (UnknownLocaleError, ValueError):
        return tag


def language_named(name: str) -> str | None:
    """Return the code of the language that is called so in English, French, Dutch or German; None where none is."""
    from babel import Locale

    for locale in ("en", "fr", "nl", "de"):
        for code, known_name in Locale.parse(locale).languages.items():
            if known_name.casefold() == name.strip().casefold():
                return str(code).replace("_", "-")
    return None


_ENGLISH_NAMES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "nl": "Dutch", "pt": "Portuguese",
}  # fmt: skip
"""What CLDR has for the languages of the shipped campaign: to load it takes a tenth of a short command's time."""
_NATIVE_NAMES = {
    "ar": "العربية", "de": "Deutsch", "en": "English", "es": "español", "fr": "français", "nl": "Nederlands",
    "pt": "português", "id": "Bahasa Indonesia", "ms": "Bahasa Melayu", "tk": "türkmençe",
}  # fmt: skip
"""The same in these languages; and of those that their speakers call otherwise than CLDR does."""


def compare_words(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Yield the old and the new words of a text, run by run; an unchanged run twice the same."""
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    for _, a, b, c, d in _opcodes(old_words, new_words):
        yield "".join(old_words[a:b]), "".join(new_words[c:d])


_WORD = re.compile(
    r"\{[^{}\s]*\}|https?://\S+|[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\s|\w+|[^\w\s]"
)
"""A placeholder, address, word, white space or mark; in scripts without spaces between words, one character."""
_MAX_COMPARISONS = 4_000_000
"""The limit of the product of two lengths, as which the time to compare grows; longer texts are shown whole."""


def _opcodes(old_words: Sequence[str], new_words: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield difflib opcodes from `old_words` to `new_words`; blanks between two changes are part of the change."""
    if len(old_words) * len(new_words) > _MAX_COMPARISONS:
        yield "replace", 0, len(old_words), 0, len(new_words)
        return
    change: tuple[int, int, int, int] | None = None
    for operation, a, b, c, d in SequenceMatcher(None, old_words, new_words, autojunk=False).get_opcodes():
        if operation != "equal":
            change = (change[0], b, change[2], d) if change else (a, b, c, d)
        elif change and d < len(new_words) and b < len(old_words) and "".join(new_words[c:d]) == " ":
            change = (change[0], b, change[2], d)
        else:
            if change:
                yield "replace", *change
                change = None
            yield operation, a, b, c, d
    if change:
        yield "replace", *change


def show_invisible(run: str) -> str:
    """Return changed words with visible signs for line ends and zero-width characters; and for blanks, if all are."""
    if not run.strip():
        run = run.translate({0x20: "␣", 0xA0: "⍽", 0x202F: "⍽", 0x09: "␉"})
    # Such a character is shown even where a script needs it: it may be all that has changed.
    run = "".join(code_point(c) if unicodedata.category(c) == "Cf" and c not in JOINTS else c for c in run)
    return run.replace("\n", "␊\n")


JOINTS = frozenset("\u200d\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""The code points that join an emoji of several, or change its look."""
