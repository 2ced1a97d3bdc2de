"""A Card: all that stands on the picture of a Translation's headline, in any shape.

It has a stamp, a hash of all that, so that `check` recognises a file that is out of date. A picture that the officer
made and gave a card's name has no stamp, and is left alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields

from orangeday.content.campaign import Campaign, Day
from orangeday.content.config import Config
from orangeday.content.encoding import Flaw
from orangeday.content.images import judge_file, locate
from orangeday.content.senders import sender_of
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.errors import OrangedayError
from orangeday.platforms.specs import Shape
from orangeday.text.language import in_language

SIZES: Mapping[Shape, tuple[int, int]] = {Shape.WIDE: (1200, 675), Shape.TALL: (1080, 1350)}
"""The width and the height of a card in each shape, in pixels."""

_DRAWING_VERSION = 2
"""The version of the drawing. Increase it when cards are drawn differently: older cards are then out of date."""


@dataclass(frozen=True, slots=True)
class Card:
    """All that stands on a card."""

    number: int
    language: str
    layout: str
    """One of the layouts that day.toml can name."""
    headline: str
    lines: tuple[str, ...]
    """The lines of a list below its headline; empty in any other layout."""
    sender: str
    grave: bool
    """True if it is dark."""
    font: str | None
    """The font file's name, relative to the folder of the posts; None: the fonts of orangeday."""
    logo: str | None
    """The name of a picture beside the sender, relative to the folder of the posts."""
    logo_digest: str | None
    """The SHA-256 of the logo's file, in hexadecimal; None where there is none, or it can't be read."""
    shape: Shape

    @property
    def stamp(self) -> str:
        """The version of the drawing, and the SHA-256 of all that the card shows, in hexadecimal."""
        values = [getattr(self, field.name) for field in fields(self)]
        digest = hashlib.sha256(repr((*values[:-1], str(self.shape))).encode()).hexdigest()
        return f"{_DRAWING_VERSION}:{digest}"


class UndrawableCard(OrangedayError):
    """A card can't be drawn as it is: the reason, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.message, self.hint = message, hint


class UnusableLogo(UndrawableCard):
    """The picture beside the sender can't be used, on whichever card it is to stand."""


def logo_of(campaign: Campaign, config: Config, translation: Translation) -> Text | None:
    """Return the name of the picture beside the sender: the embassy's own, or that of all cards; None where none is."""
    embassy = config.embassies.get(translation.embassy or config.only_embassy or "")
    return (embassy.logo if embassy else None) or campaign.lettering.logo


def card(campaign: Campaign, config: Config, day: Day, translation: Translation, shape: Shape) -> Card | None:
    """Return the card of a Translation in a shape; None where it has no headline.

    Where it is one embassy's own, or that of a folder with one embassy, that embassy's name and logo stand on it.
    """
    if translation.headline is None:
        return None
    font = in_language(campaign.lettering.fonts, translation.language)
    logo = logo_of(campaign, config, translation)
    return Card(
        day.number,
        str(translation.language),
        str(day.layout),
        _one_line(translation.headline),
        tuple(map(_one_line, translation.card_lines)) if day.layout == "list" else (),
        _one_line(sender_of(campaign, config, translation) or ""),
        day.grave,
        None if font is None else str(font),
        None if logo is None else str(logo),
        None if logo is None else _logo_digest(campaign, logo),
        shape,
    )


def _one_line(text: str) -> str:
    """Return the text on one line: the card breaks lines elsewhere than the file. A no-break space stays one."""
    return unicodedata.normalize("NFC", re.sub(r"[\t-\r \x1c-\x1f\x85\u2028\u2029]+", " ", str(text)).strip(" "))


def _logo_digest(campaign: Campaign, logo: str) -> str | None:
    file = locate(campaign.folder, logo)
    return None if isinstance(file, Flaw) else judge_file(file, ()).digest
