"""A picture of one's own in the place of a drawn card: what changes in the files beside a text, and in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from orangeday.content import toml_edit
from orangeday.content.encoding import Picture
from orangeday.content.file_names import names_in
from orangeday.content.images import inspect
from orangeday.content.picture_files import OTHER_SUFFIXES, POSTABLE_SUFFIXES

_ALT = ("card", "alt")
_NOTE = "# The drawn card's alt text: "
"""The beginning of the comment before an alt text, with the drawn card's, as long as another picture has its place."""


def pictures_beside(text_file: Path) -> Iterator[Path]:
    """Yield the pictures that lie beside a text under its name, drawn or not: en.png, en.4x5.png, en.jpg by en.toml."""
    suffixes = "|".join(POSTABLE_SUFFIXES | OTHER_SUFFIXES)
    pattern = re.compile(rf"{re.escape(text_file.stem)}(?:\.\d+x\d+)?\.(?:{suffixes})", re.IGNORECASE)
    yield from (text_file.with_name(name) for name in names_in(text_file.parent) if pattern.fullmatch(name))


def is_drawn(picture: Path) -> bool:
    """Return whether a picture has the stamp of `orangeday cards`, which can draw it again."""
    image = inspect(picture)
    return isinstance(image, Picture) and bool(image.stamp)


def own_pictures(text_file: Path) -> list[Path]:
    """Return the pictures that lie beside a text under its name, and that `orangeday cards` didn't draw."""
    return [picture for picture in pictures_beside(text_file) if not is_drawn(picture)]


def place(text_file: Path, picture: Picture) -> Path:
    """Return where a picture stands in for the card of a text: `en.jpg` beside `en.toml`."""
    return text_file.with_name(f"{text_file.stem}.{picture.kind}")


def kept_name(picture: Path) -> Path:
    """Return a name, in its folder, under which a picture is kept and posted by nothing."""
    names = (picture.with_name(f"{picture.name}.removed{number}") for number in ("", *range(2, 1000)))
    return next(name for name in names if not name.exists())


def with_alt(text: str, alt: str, *, has_drawn_alt: bool) -> str:
    """Return a text's file with another alt text; where that was the drawn card's, it stays as a comment before it.

    Raises CannotEdit.
    """
    current = toml_edit.value_of(text, _ALT)
    if current is None:
        return toml_edit.add_entry(text, ("card",), "alt", toml_edit.quote(alt))
    new_text = toml_edit.set_value(text, _ALT, toml_edit.quote(alt))
    if has_drawn_alt and "\n" not in current and _NOTE not in text:
        return toml_edit.add_comment(new_text, toml_edit.line_of(new_text, _ALT), f"{_NOTE}{current}")
    return new_text


def with_drawn_alt(text: str) -> str | None:
    """Return a text's file with the alt text that the drawn card had; None where the file doesn't say. The rest stays.

    Raises CannotEdit.
    """
    note = re.search(rf"^{re.escape(_NOTE)}([^\r\n]*)\r?\n", text, re.MULTILINE)
    if note is None:
        return None
    return toml_edit.set_value(text[: note.start()] + text[note.end() :], _ALT, note[1])
