"""Mojibake: text that was saved in UTF-8 and read in another encoding, as “lâ€™Ã©galitÃ©” for “l’égalité”. Pure.

Only what no text means is found: in capitals an “Ã” may well stand before a “”” (“AMANHÔ, where the package ftfy finds
some). What was read in Windows-1252 or Latin-1 is known in every script; in other encodings, in Latin letters alone.
Patterns are strings: `re` compiles each when it is first used, and keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_UPPER_HALF = "".join(bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100))
_CHARACTERS = "".join(chr(n) if c == "\ufffd" else c for n, c in enumerate(_UPPER_HALF, 0x80))
"""The characters that Windows-1252 makes of the bytes 80 to FF; the five that it leaves out are controls."""

_BYTES = {ord(character): byte for byte, character in enumerate(_CHARACTERS, 0x80)} | {
    code: code for code in range(0x80, 0xA0)
}
_TAIL = f"[{re.escape(_CHARACTERS[:0x40])}\x80-\x9f]"
"""A byte that goes on with a character."""

_CLOSING = "[\u00a0\u00bb\u2013\u2014\u2018-\u201e\u2026]"
"""Marks that may stand behind a capital, as in “AMANHÔ and “À…”."""

_FIRST = "[ÂÃÄÅâïðÎÏÐÑÒÓØÙÚÛ×àáãä√‚ĂвГΓ├]"
"""The characters that mojibake begins with: most texts have few of them, and only there is more looked for."""

_MOJIBAKE = rf"(?={_FIRST})(?:%s)" % "|".join((
    # Letters with accents, as two characters of which the first is a capital.
    rf"[ÂÃÄÅ](?!{_CLOSING}){_TAIL}",
    rf"(?<=[a-zß-öø-ÿ])(?:[ÂÃÄÅ]{_TAIL}|Ã )",
    "(?<=[a-zß-öø-ÿ0-9%.,;:!?])Â\u00a0|(?<![^\\s(«“])Ã[ \u00a0](?=\\w)|[ÂÃ][‘“„–—](?=[A-ZÀ-Þ])",
    # Quotation marks, dashes, ellipses, the euro; a byte-order mark; a lost character; emoji.
    "â€|â\x80|â‚¬|â„¢|ï»¿|ï¿½|ðŸ|ð\x9f",
    # Scripts of which each letter is two characters, or three: one alone may be meant.
    rf"(?:[ÎÏÐÑÒÓØÙÚÛ×]{_TAIL}){{3}}|(?:[àáãä]{_TAIL}{{2}}){{2}}",
    # The same read as Mac Roman, in the encodings of Central Europe and of Cyrillic, and in a console's.
    "√[©®†¢£™§•ß´¨≠]|‚Ä[ìîòôúù¶]|Ă[©¨¤¶´ł§ŁµĽ®±ˇ]|вЂ|(?<=[a-z])Г[^\\sа-яё]|ΓÇ[ÖÿöôÉª£¥]|├[⌐¿║á¬⌡╝]",
))  # fmt: skip


def find_mojibake(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Yield (offset, word, what it should be) for each word with mojibake in it; None where that can't be told."""
    if text.isascii():
        return
    end = 0
    for match in re.finditer(_MOJIBAKE, text):
        if match.start() < end:
            continue
        # Not at no-break spaces, which may be half of a letter.
        start = max(text.rfind(space, 0, match.start()) for space in " \t\n") + 1
        end = next(re.compile(r"[^ \t\n]*").finditer(text, match.end())).end()  # it may be empty, but it is there
        word = text[start:end]
        yield start, word, _restore(word)


def _restore(word: str) -> str | None:
    """Return what a word was before it was read as Windows-1252, once or several times; None where it wasn't."""
    original = word
    while re.search(_MOJIBAKE, original):
        try:
            data = bytes(_BYTES.get(ord(character), ord(character)) for character in original)
            original = data.decode()
        except ValueError:  # a character that no byte stands for, or bytes that aren't UTF-8
            return None
    return original if original.isprintable() and "\ufffd" not in original else None
