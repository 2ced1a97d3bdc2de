"""A Card: all that stands on the picture of a Translation's headline, in any shape.

It has a stamp, a hash of all that, so that `check` recognises a file that is out of date. A picture that the officer
made and gave a card's name has no stamp, and is left alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import astuple, dataclass

from orangeday.content.campaign import Campaign, Day, Translation
from orangeday.content.encoding import Flaw
from orangeday.content.images import judge_file, locate
from orangeday.content.wording import fallback_tags

SHAPES: Mapping[str, tuple[int, int]] = {"16:9": (1200, 675), "4:5": (1080, 1350)}
"""The shapes of a card, each with its width and height in pixels."""

STATEMENT, QUESTION, LIST, WORDS, DAWN, FULL_SUN = "statement", "question", "list", "words", "dawn", "full-sun"

LAYOUTS = (STATEMENT, QUESTION, LIST, WORDS, DAWN, FULL_SUN)
"""The ways to lay a card out, as `layout` in day.toml names them."""

_DRAWING_VERSION = 2
"""The version of the drawing. Increase it when cards are drawn differently: older cards are then out of date."""


@dataclass(frozen=True, slots=True)
class Card:
    """All that stands on a card."""

    number: int
    language: str
    layout: str
    headline: str
    lines: tuple[str, ...]
    """The lines of a list, below its headline; empty in any other layout."""
    sender: str
    grave: bool
    """True if it is dark."""
    font: str | None
    """The font file's name, relative to the folder of the posts; None: the fonts of orangeday."""
    logo: str | None
    """The name of a picture above the flag, relative to the folder of the posts."""
    logo_digest: str | None
    """The SHA-256 of the logo's file, in hexadecimal; None where there is none, or it can't be read."""

    def stamp(self, shape: str) -> str:
        """Return the SHA-256 of all that the card shows in a shape, and of the drawing's version, in hexadecimal."""
        return hashlib.sha256(repr((_DRAWING_VERSION, shape, astuple(self))).encode()).hexdigest()


def card(
    campaign: Campaign, day: Day, translation: Translation, *, sender: str | None = None, logo: str | None = None
) -> Card | None:
    """Return the card of a Translation; None where it has no headline.

    `sender` is who stands on it, and `logo` the picture beside that: by default the campaign's.
    """
    if translation.headline is None:
        return None

    def localize(by_language: Mapping[str, str]) -> str | None:
        return next((str(by_language[tag]) for tag in fallback_tags(translation.language) if tag in by_language), None)

    lettering = campaign.lettering
    if sender is None:
        sender = localize(lettering.signatures)
    return Card(
        day.number,
        str(translation.language),
        STATEMENT,
        _one_line(str(translation.headline)),
        (),
        _one_line(sender or ""),
        day.grave,
        localize(lettering.fonts),
        logo,
        None if logo is None else _logo_digest(campaign, logo),
    )


def _one_line(text: str) -> str:
    """Return the text on one line: the card breaks lines elsewhere than the file. A no-break space stays one."""
    return unicodedata.normalize("NFC", re.sub(r"[\t-\r \x1c-\x1f\x85\u2028\u2029]+", " ", text).strip(" "))


def _logo_digest(campaign: Campaign, logo: str) -> str | None:
    file = locate(campaign.folder, logo)
    return None if isinstance(file, Flaw) else judge_file(file, ()).digest
