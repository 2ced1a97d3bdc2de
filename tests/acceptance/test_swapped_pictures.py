"""Pictures that are swapped while they are judged and sent: what was approved goes out, or nothing."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from ..support.coloured_pictures import colour
from ..support.openings import each_opening_of
from ..support.running_schedule import Desk, at, posts

PICTURES = ("posts/media/{:02}.png", "posts/{:02}-day/en.png")
"""A day's picture, and an officer's own in the place of a card."""

OPENINGS = range(1, 8)
"""One is swapped right before the first time that it is opened, another before the second, and so on."""


def square(name: str) -> bytes:
    """A picture of one colour; all have as many bytes, as nothing in them is packed."""
    content = io.BytesIO()
    Image.new("RGB", (64, 48), name).save(content, "PNG", compress_level=0)
    return content.getvalue()


def write_over(file: Path, content: bytes) -> None:
    """As nobody sees it who asks for the file's size, date or place on the disk."""
    before = file.stat()
    assert len(content) == before.st_size
    with file.open("r+b") as stream:
        stream.write(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def shown(desk: Desk, day: int) -> list[str]:
    """The colours of all pictures of a day that are posted, on either platform."""
    on_x = [
        content
        for post in desk.x.posts(desk.x_accounts["nairobi"])
        for content, _ in post.media
        if post.text == f"Day {day}: en"
    ]
    on_bluesky = [
        desk.pds.blob(desk.sky_accounts["nairobi"].did, image["image"]["ref"]["$link"])
        for record in desk.records("nairobi")
        for image in record["embed"]["images"]
        if record["text"] == f"Day {day}: en"
    ]
    return [colour(content) for content in (*on_x, *on_bluesky)]


def _true(_: pytest.MonkeyPatch) -> None:
    """A file's times are what they are."""


def _stale(patch: pytest.MonkeyPatch) -> None:
    """The file system goes on telling what it told of a picture the first time, as some do over a network."""
    ask, told = Path.stat, dict[str, os.stat_result]()

    def stat(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if self.suffix != ".png":
            return ask(self, follow_symlinks=follow_symlinks)
        with suppress(KeyError):
            return told[str(self)]
        return told.setdefault(str(self), ask(self, follow_symlinks=follow_symlinks))

    patch.setattr(Path, "stat", stat)


@pytest.mark.invariant(8, 15)
@pytest.mark.parametrize("is_swapped_back", [False, True], ids=["once", "and-back"])
@pytest.mark.parametrize("file_system", [_true, _stale])
def test_whenever_a_picture_is_swapped_what_was_approved_goes_out_or_nothing(
    desk: Desk,
    file_system: Callable[[pytest.MonkeyPatch], None],
    is_swapped_back: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.open("nairobi", on="x bluesky")
    written = posts()
    for day in range(1, 17):
        written[f"posts/{day:02}-day/day.toml"] += f'media = ["media/{day:02}.png"]\n'
        card = '[card]\nheadline = "A card"\nalt = "A card"\n'
        written[f"posts/{day:02}-day/en.toml"] += f'alt."media/{day:02}.png" = "A square"\n{card}'
        written |= {name.format(day): square("green") for name in PICTURES}
    desk.begin({}, written)
    assert desk("publish", "--live").status == 0
    file_system(monkeypatch)
    for day, (name, opening) in enumerate(((name, opening) for opening in OPENINGS for name in PICTURES), 1):
        file = desk.folder / name.format(day)

        def swap(number: int, file: Path = file, opening: int = opening) -> None:
            if number == opening:
                write_over(file, square("red"))
            elif is_swapped_back and number == opening + 1:
                write_over(file, square("green"))

        desk.put(at(day))
        with each_opening_of(file, swap) as openings:
            desk("publish", "--live")
        assert openings, "it was looked at"
        assert set(shown(desk, day)) <= {"green"}, f"{name} before opening {opening} of {len(openings)}"
    # What nobody has touched goes out with its pictures.
    desk.put(at(15))
    desk("publish", "--live")
    assert shown(desk, 15) == ["green"] * 4
