"""The characters of a text that nobody sees, and that its script doesn't need. Pure.

Patterns are strings here: `re` compiles each when it is first used, and keeps it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_INVISIBLE = (
    "[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Format characters, fillers, variation selectors, tags, and what stands for an object or for no character at all."""

_CURSIVE = (
    "[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
"""The scripts whose letters join: Arabic, Syriac, N'Ko, those of India and its neighbours, Mongolian, Adlam."""

_SPACELESS = "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u1aaf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
"""The scripts without spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese."""

_HAN = "[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_HANGUL = "[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]"
_MONGOLIAN = "[\u1800-\u18af]"
_BRAILLE = "[\u2801-\u28ff]"
_PICTOGRAPH = "[\u00a9\u00ae\u203c-\u2bff\u3030-\u3299\U0001f000-\U0001faff]"
_FLAG_TAGS = "\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
_DISTANCE = 40
"""The distance within which other braille, or the rest of a flag, is looked for, in characters."""

_EMOJI_PARTS = "\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


def hidden_characters(text: str) -> Iterator[int]:
    """Yield the offset of each character that nobody sees and that no script needs where it stands.

    Joiners between letters that join, and in emoji, are needed; so are the zero-width spaces of scripts that have no
    others, the selectors of an emoji's or an ideograph's look, and direction marks beside what runs from right to left.
    """
    if text.isascii():
        return
    for match in re.finditer(_INVISIBLE, text):
        if not _is_needed(text, match.start()):
            yield match.start()


def _is_needed(text: str, offset: int) -> bool:
    character, following = text[offset], text[offset + 1 : offset + 2]
    previous = text[offset - 1 : offset]
    if character in "\u200c\u200d":
        base = text[:offset].rstrip(_EMOJI_PARTS)[-1:]
        joins = character == "\u200d" and re.match(_PICTOGRAPH, base) and re.match(_PICTOGRAPH, following)
        return bool(joins or re.match(_CURSIVE, previous) or re.match(_CURSIVE, following))
    if character in "\u200b\u2060":
        return bool(re.match(_SPACELESS, previous) or re.match(_SPACELESS, following))
    if character in "\u061c\u200e\u200f" or "\u2066" <= character <= "\u2069":
        return not (_is_left_to_right(previous) and _is_left_to_right(following))
    if "\ufe00" <= character <= "\ufe0f":
        if previous.isascii():  # a key's sign has one, and its frame behind it
            return previous in "0123456789#*" and previous != "" and following == "\u20e3"
        return not previous.isspace()
    if "\u180b" <= character <= "\u180f":
        return bool(re.match(_MONGOLIAN, previous) or re.match(_MONGOLIAN, following))
    if character in "\u115f\u1160\u3164\uffa0":
        return bool(re.match(_HANGUL, previous) or re.match(_HANGUL, following))
    if character == "\u034f":
        return any(neighbour and unicodedata.category(neighbour)[0] == "M" for neighbour in (previous, following))
    if character == "\u2800":
        return bool(re.search(_BRAILLE, text[max(0, offset - _DISTANCE) : offset + _DISTANCE]))
    if "\U000e0020" <= character <= "\U000e007f":
        start = max(0, offset - _DISTANCE)
        flags = re.finditer(_FLAG_TAGS, text[start : offset + _DISTANCE])
        return any(flag.start() < offset - start < flag.end() for flag in flags)
    if "\U000e0100" <= character <= "\U000e01ef":
        return bool(re.match(_HAN, previous))
    return False


def _is_left_to_right(character: str) -> bool:
    """Return whether a character runs from left to right whatever stands beside it; false where there is none."""
    return character != "" and (unicodedata.bidirectional(character) in ("L", "EN") or character in "#@/_")
