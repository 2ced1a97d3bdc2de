"""Foreign text on a terminal: folded to a width, and with its right-to-left lines isolated."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from orangeday.text.display import JOINTS
from orangeday.text.language import is_right_to_left


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A foreign text, folded to the width it gets."""

    text: Text
    indent: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in fold_lines(console, self.text, options.max_width - self.indent):
            yield Text(" " * self.indent).append_text(line)


def fold_lines(console: Console, text: Text, width: int) -> Iterator[Text]:
    """Yield the lines of a text, folded to a width; no-break spaces aren't broken.

    No line can turn around or push away what stands beside it.

    A terminal that orders right-to-left letters does so line by line: each line of a paragraph that has any is isolated
    (for display alone). And what some terminals draw wider than others has room for the widest.
    """
    for paragraph in text.split(allow_blank=True):
        has_right_to_left = re.search(_RIGHT_TO_LEFT, paragraph.plain)
        right_to_left = is_right_to_left(paragraph.plain) if has_right_to_left else None
        # Rich breaks at any space, and counts as it thinks best: a character of one cell stands in for these.
        special_characters = [
            character for character in paragraph.plain if character in _NO_BREAK or is_width_disputed(character)
        ]
        if special_characters:
            special_set = frozenset(special_characters)
            paragraph.plain = "".join(
                _STAND_IN if character in special_set else character for character in paragraph.plain
            )
        originals = iter(special_characters)
        for line in paragraph.wrap(console, max(1, width)):
            line.rstrip()
            if special_characters:
                line.plain = "".join(
                    next(originals) if character == _STAND_IN else character for character in line.plain
                )
            yield line if right_to_left is None else isolate(line, right_to_left)


_NO_BREAK = frozenset("\u00a0\u202f")
_STAND_IN = "\ufdd0"
"""A code point that is no character and never will be, and that doesn't occur in text made visible."""


def is_width_disputed(character: str) -> bool:
    """Return whether terminals disagree how wide a character makes a text.

    Such characters are spacing marks (as in Hindi), and the joints of emoji.
    """
    return not character.isascii() and (character in JOINTS or unicodedata.category(character) == "Mc")


_RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_LEFT_TO_RIGHT_MARK, _RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"


def isolate(text: Text, right_to_left: bool | None = None) -> Text:
    """Return one line with isolating characters around it, so that its direction doesn't turn what stands beside it.

    `right_to_left` is the direction of its paragraph. Where that isn't given, and no letter runs from right to left,
    the text is returned as it is.
    """
    if right_to_left is None and not re.search(_RIGHT_TO_LEFT, text.plain):
        return text
    mark = ""
    if right_to_left not in (None, is_right_to_left(text.plain)):
        mark = _RIGHT_TO_LEFT_MARK if right_to_left else _LEFT_TO_RIGHT_MARK
    return Text.assemble(_ISOLATE + mark, text, _END_OF_ISOLATE)
