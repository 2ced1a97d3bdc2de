"""The files of cards: the pictures beside a text, by its name and by shape: en.png and en.4x5.png beside en.toml.

A card of one embassy's own has its id in the name: en.nairobi.png, en.nairobi.4x5.png.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from orangeday.content.picture_files import OTHER_SUFFIXES, POSTABLE_SUFFIXES
from orangeday.platforms.specs import Shape


def drawn_name(stem: str, shape: Shape) -> str:
    """Return the name of the card that `orangeday cards` draws for the text of this name, without its ending."""
    return f"{stem}{shape.suffix}.png"


def picture_names(folder: Path, stem: str, names: Sequence[str]) -> dict[Shape, tuple[str, ...]]:
    """Return the names of the pictures that lie beside a text under its name, `stem`, in each shape: the .png first."""
    return {shape: _picture_names(folder, f"{stem}{shape.suffix}", names) for shape in Shape}


def _picture_names(folder: Path, stem: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the pictures with this stem. What can't be posted counts where there is no other.

    The reason is said then, and the next step.
    """
    suffixes = {
        name: suffix.casefold()
        for name in names
        for name_stem, _, suffix in [name.rpartition(".")]
        if name_stem.casefold() == stem.casefold()
    }
    card = f"{stem}.png"
    # A file system that takes en.PNG for en.png has the same name for it as one that doesn't.
    postable = {
        card if name.casefold() == card.casefold() and card not in names and os.path.lexists(folder / card) else name
        for name, suffix in suffixes.items()
        if suffix in POSTABLE_SUFFIXES
    }
    return tuple(
        sorted(
            postable or (n for n, suffix in suffixes.items() if suffix in OTHER_SUFFIXES), key=lambda n: (n != card, n)
        )
    )


def own_cards(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the language and the embassy, both in small letters, of each card of an embassy's own among these names."""
    for name in names:
        stem, _, suffix = name.casefold().rpartition(".")
        match = _OWN_CARD.fullmatch(stem)
        if match and suffix in _SUFFIXES and match[2] not in _SUFFIXES:  # en.png.png is nobody's
            yield match[1], match[2]


_SUFFIXES = POSTABLE_SUFFIXES | OTHER_SUFFIXES
_OTHER_SHAPES = "|".join(re.escape(shape.suffix) for shape in Shape if shape.suffix)
_OWN_CARD = re.compile(rf"([a-z0-9-]+)(?!(?:{_OTHER_SHAPES})$)\.([a-z0-9-]+)(?:{_OTHER_SHAPES})?")
