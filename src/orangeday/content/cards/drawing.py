"""The drawing of a Card: a PNG file, by Pillow."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from orangeday.content.cards import sun
from orangeday.content.cards.canvas import paint
from orangeday.content.cards.card import Card, UndrawableCard, UnusableLogo
from orangeday.content.cards.fonts import BLACK, SEMIBOLD, check_letters, is_right_to_left, typeface
from orangeday.content.cards.layouts import Composition, Lettering, compose
from orangeday.content.cards.lines import display_text
from orangeday.content.cards.png import encode
from orangeday.content.encoding import Flaw, Picture
from orangeday.content.images import inspect, locate


def draw(card: Card, folder: Path) -> bytes:
    """Return the card as a PNG file. `folder` is that of the posts. Raise UndrawableCard where that can't be done."""
    with _undrawable(card):
        composition = _compose(card, folder)
        logo = None if card.logo is None else _logo(card.logo, folder)
        image = paint(composition, is_mirrored=is_right_to_left(card), logo=logo)
        return encode(image, _colours(composition), card.stamp, has_logo=logo is not None)


def find_flaw(card: Card, folder: Path) -> UndrawableCard | None:
    """Return why a card can't be drawn, and what to do; None where it can. Nothing is painted."""
    try:
        with _undrawable(card):
            _compose(card, folder)
            if card.logo is not None:
                _logo(card.logo, folder)
    except UndrawableCard as failure:
        return failure
    return None


@contextmanager
def _undrawable(card: Card) -> Iterator[None]:
    """Raise UndrawableCard for whatever a font of the officer's own makes happen inside."""
    try:
        yield
    except (UndrawableCard, MemoryError):
        raise
    except Exception as failure:  # a damaged font opens, and makes Pillow raise anything at some letter
        if card.font is None:
            raise  # no file of the officer's is to blame
        message = f"It can't be drawn with the font {card.font}: {failure}."
        raise UndrawableCard(message, "Use another font, below [cards] in campaign.toml.") from failure


def _compose(card: Card, folder: Path) -> Composition:
    lettering = Lettering(typeface(card, folder, BLACK), typeface(card, folder, SEMIBOLD))
    for text in (card.sender, card.headline, *card.lines):
        check_letters(display_text(text), card, lettering.heavy)
    for text in (card.headline, *card.lines):
        if not any(unicodedata.category(letter)[0] not in "ZCM" for letter in text):
            raise UndrawableCard("Of its headline, or of a line of its list, nothing is to be seen.", "Write one.")
    return compose(card, lettering)


def _colours(composition: Composition) -> Iterable[str]:
    """Yield the colours that come through exactly: all but the shades at the edges, and those of a logo."""
    yield composition.palette.ground
    yield from (disc.colour for disc in composition.rings)
    yield from (form.colour for form in composition.forms)
    yield from (line.colour for line in composition.lines)
    yield from (sun.CREAM, *sun.FLAG)


def _logo(name: str, folder: Path) -> Path:
    file = locate(folder, name)
    picture = file if isinstance(file, Flaw) else inspect(file)
    if isinstance(picture, Flaw):
        raise UnusableLogo(f"The logo “{name}” can't be used: {picture.message}", picture.hint)
    assert isinstance(picture, Picture) and isinstance(file, Path)  # noqa: S101  what has no flaw is there
    return file
