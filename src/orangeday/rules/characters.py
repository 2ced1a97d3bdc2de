"""Rules about single characters of a text: unseen, lost, misread, of another script, or another language's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from orangeday.content.problems import Problem, error, warning
from orangeday.rules.context import RuleContext, SourceText, Use
from orangeday.rules.prose import ADDRESS, HASHTAG, MENTION, base_language, prose_of
from orangeday.text.display import code_point
from orangeday.text.invisible import hidden_characters
from orangeday.text.lookalikes import find_lookalikes
from orangeday.text.mojibake import find_mojibake

# Unseen


def invisible_character(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each control character, a warning for each that turns the direction: nobody sees either."""
    for source in context.source_texts:
        if source.use in (Use.TEMPLATE, Use.ALT):
            yield from _controls(source)


def hidden_character(context: RuleContext) -> Iterator[Problem]:
    """Yield a problem for each other character that nobody sees, where no script needs it.

    Inside a hashtag, a mention or an address, which end there for a platform, it is an error: nobody means it.
    """
    for source in context.source_texts:
        if source.use not in (Use.TEMPLATE, Use.ALT):
            yield from _controls(source)
        for offset in islice(hidden_characters(source.text), _MAX_PROBLEMS):
            character = source.text[offset]
            if re.match(_TURNING, character):
                continue
            head, tail = _word_around(source.text, offset)
            kind, part = _broken_part(f"{head}{tail}", len(head))
            if character == "\ufffc":
                message = f"a picture or a file stood here in another program: {code_point(character)} is left of it."
                yield from source.problems(error, "unseen-character", offset, message, "Delete it.")
            elif kind:
                message = f"there is an invisible character in the {kind} “{head}{character}{tail}”: it ends there."
                hint = f"Delete it, and type the {kind} again{f': {part}' if len(part) <= _MAX_AROUND else '.'}"
                yield from source.problems(error, "unseen-character", offset, message, hint)
            else:
                place = f"in “{head}{character}{tail}”" if head or tail else f"here, {code_point(character)}"
                message, hint = f"there is an invisible character {place}.", "Delete it, and type the word again."
                yield from source.problems(warning, "unseen-character", offset, message, hint)


_TURNING = "[\u202a-\u202e]"
_CONTROL_OR_TURNING = rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|{_TURNING}"
_BREAKABLE = {"hashtag": HASHTAG.pattern, "address": ADDRESS, "mention": MENTION}
"""The patterns of text that ends for a platform where an unseen character stands in it, by name."""

_MAX_AROUND = 30
"""The limit of what is quoted before an unseen character, and of what is quoted after it, in characters."""

_MAX_PROBLEMS = 20
"""The limit of problems of one kind in one text: with more it isn't really a text, and each costs time."""


def _controls(source: SourceText) -> Iterator[Problem]:
    for match in re.finditer(_CONTROL_OR_TURNING, source.text):
        kind = warning if re.match(_TURNING, match[0]) else error
        message = f"there is an invisible character here, {code_point(match[0])}."
        hint = "Delete it, and type the line again."
        yield from source.problems(kind, "unseen-character", match.start(), message, hint)


def _word_around(text: str, offset: int) -> tuple[str, str]:
    """Return what stands before and after a character up to the next spaces, without all that nobody sees."""
    start = max(0, offset - _MAX_AROUND)
    head, tail = text[start:offset], text[offset + 1 : offset + 1 + _MAX_AROUND]
    return _visible(head).split(" ")[-1], _visible(tail).split(" ")[0]


def _visible(text: str) -> str:
    offsets = frozenset(hidden_characters(text))
    return "".join(" " if c.isspace() else c for n, c in enumerate(text) if n not in offsets)


def _broken_part(word: str, offset: int) -> tuple[str, str]:
    """Return the kind and the whole of the hashtag, address or mention that goes on over this offset; or ("", "")."""
    for kind, pattern in _BREAKABLE.items():
        for match in re.finditer(pattern, word):
            if match.start() + 1 < offset < match.end():  # what stands right behind the sign lets nothing begin
                return kind, match[0].rstrip("\"'’”“»›)]}")
    return "", ""


# Lost or misread


def lost_character(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each U+FFFD: it stands for a letter that another program couldn't read."""
    for source in context.source_texts:
        for match in re.finditer(r"(?<!\S)[^\s\ufffd]*\ufffd\S*", source.text):
            message = f"a letter was lost in “{match[0][:60]}”: another program couldn't read it, and wrote \ufffd."
            yield from source.problems(error, "lost-character", match.start(), message, "Type the word again.")


def lost_letter(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each question mark inside a word: mostly it stands for a letter with an accent."""
    for source in context.source_texts:
        prose = prose_of(source.text) if "?" in source.text else ""
        for match in re.finditer(r"(?<![^\W\d_])[^\W\d_]*[^\W\d_A-Z]\?[^\W\d_A-Z][^\W\d_]*", prose):
            message = f"a letter seems to be lost in “{match[0][:60]}”: a question mark stands inside it."
            hint = "Type the word again; or put a space behind the question mark."
            yield from source.problems(warning, "lost-letter", match.start(), message, hint)


def mojibake(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each word that another program read in the wrong encoding, such as “Ã©galitÃ©”."""
    for source in context.source_texts:
        for offset, word, original in find_mojibake(source.text):
            message = f"“{word[:60]}” was read in the wrong encoding by another program."
            hint = f"Write {original}" if original else "Type the word again, or copy it again from its source."
            yield from source.problems(error, "mojibake", offset, message, hint)


# Another script's, another language's


def lookalike_letter(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each word with letters of another script that look like its own.

    No search finds it, a screen reader stumbles over it, and a hashtag of it is another hashtag.
    """
    for source in context.source_texts:
        for offset, word, letters, script in find_lookalikes(source.text):
            letter_list = ", ".join(dict.fromkeys(f"“{letter}” {code_point(letter)}" for letter in letters))
            message = f"“{word[:60]}” has {script} letters among others that look like them: {letter_list[:100]}."
            yield from source.problems(error, "lookalike-letter", offset, message, "Type the word again.")


_QUOTATION_MARKS = {
    "de": ("„»", "“«"), "de-CH": ("„«", "“»"), "en": ("“", "”"), "es": ("«“", "»”"), "fr": ("«“", "»”"),
    "it": ("«“", "»”"), "nl": ("“„", "”"), "pt": ("«“", "»”"),
}  # fmt: skip
"""The marks that open and those that close, by language, as far as they are sure. Straight ones are in all of them."""

_USUAL = {"de": "„…“", "en": "“…”", "es": "«…»", "fr": "« … »", "it": "«…»", "nl": "“…”", "pt": "“…”"}


def foreign_quotation_mark(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each text with a quotation mark of another language, at the first one."""
    for source in context.source_texts:
        language = source.language or ""
        marks = _QUOTATION_MARKS.get(language) or _QUOTATION_MARKS.get(base_language(language))
        if marks is None:
            continue
        for match in re.finditer("[“”„«»]", source.text):
            role, right_marks = _role(source.text, match.start(), *marks)
            if match[0] not in right_marks:
                message = f"the quotation mark {match[0]} {role} nothing in “{language}”."
                hint = f"Write {_USUAL[base_language(language)]}"
                yield from source.problems(warning, "quotation-marks", match.start(), message, hint)
                break


def _role(text: str, offset: int, opening: str, closing: str) -> tuple[str, str]:
    """Return what a quotation mark does where it stands, as a verb, and the marks that may do so."""
    previous = text[max(0, offset - 2) : offset].rstrip(_FRENCH_SPACES)[-1:]
    following = text[offset + 1 : offset + 3].lstrip(_FRENCH_SPACES)[:1]
    opens = not previous or previous.isspace() or previous in "([{—–-/“„«‚‘’'\""
    closes = not following or following.isspace() or following in ")]}—–-/”»“.,;:!?…’'\""
    if opens == closes:  # by its place alone it may do either
        return "encloses", opening + closing
    return ("opens", opening) if opens else ("closes", closing)


_FRENCH_SPACES = "\u00a0\u202f"
"""The spaces inside of « and »."""
