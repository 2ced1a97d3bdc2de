"""Pictures: where a picture's name leads, and what the file there is. By Pillow, which no post without one loads.

A picture comes from anywhere: a telephone, a designer, an e-mail cut short. So it is measured before it is decoded,
and whatever is wrong with it is said, never raised.
"""

from __future__ import annotations

import io
import os
import re
import stat
import threading
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from orangeday.content.problems import nearest

if TYPE_CHECKING:
    from PIL import Image

MOST_A_POST = 4
"""On either platform."""

SENT_BYTES = 2_000_000
"""The largest picture that is sent, where a platform doesn't ask for a smaller one; what is larger is encoded again."""

MOST_PIXELS = 50_000_000
"""More than any camera makes. A small file can claim far more, and would fill the machine's memory."""

MOST_BYTES = 100_000_000
"""A file that is larger isn't opened."""

MOST_PROFILE = 200_000
"""Bytes of what a picture says its colours mean. No profile of a screen's has as many; with it none gets smaller."""

KINDS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
"""The picture formats that both platforms accept, by Pillow's name; MPO is a jpg of some cameras."""

STAMP = "orangeday"
"""The name, among the texts of a PNG file, of what a card was drawn from."""

_ORIENTATION, _GPS = 0x0112, 0x8825  # tags of EXIF
_TURNED_BY_A_QUARTER = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Picture:
    """The content of a picture file."""

    kind: str
    """jpg, png, gif or webp: by its content, whatever it is called."""
    width: int
    """In pixels, as it is seen: after the turn that `turned` speaks of."""
    height: int
    bytes: int
    animated: bool
    turned: bool
    """The camera was held askew and only noted it (EXIF): who leaves the note out shows it lying on its side."""
    located: bool
    """It says where on earth it was taken (GPS)."""
    stamp: str = ""
    """The stamp of the card that `orangeday cards` drew; empty where somebody else made the picture."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is sent: turned upright, and without a word about the camera or the place."""

    content: bytes
    mime: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """The reason why a picture can't be posted: the rule, the message and the hint."""

    rule: str
    message: str
    hint: str


def locate(folder: Path, name: str) -> Path | Flaw:
    """The file that a picture's name, relative to the folder of the posts, leads to. It never lies outside."""
    written = re.sub(r"\\+", "/", name)
    put = f"Put the picture into {folder.name}/media, and write “media/{written.rstrip('/').rpartition('/')[2]}”."
    if "\0" in name:
        return Flaw("picture-path", "no file can have that name.", put)
    if re.match(r"\w+://", written):
        return Flaw("picture-path", "it is an address on the internet, not a file.", put)
    if written.startswith(("/", "~")) or re.match(r"[A-Za-z]:", written):
        return Flaw("picture-path", "it starts from the top of a disk, which no other machine has.", put)
    if Path(os.path.normpath(written)).parts[:1] == (os.pardir,):
        return Flaw("picture-path", f"it leads out of the folder {folder.name}.", put)
    if written != name:
        return Flaw("picture-path", "it has a backslash.", f"Write it with /: {written}")
    if not Path(os.path.realpath(folder / name)).is_relative_to(os.path.realpath(folder)):
        message = f"it is a link that leads out of the folder {folder.name}."
        return Flaw("picture-path", message, "Put the picture itself there, in place of the link.")
    return folder / name


def inspect(file: Path) -> Picture | Flaw:
    """Return the picture in a file, or why it can't be posted. Never raises, and reads only regular files."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Flaw("picture-missing", "there is no such picture.", f"{_alike(file)}Put it there, or correct its name.")
    except (OSError, ValueError) as failure:
        return _unreadable(failure)
    if not stat.S_ISREG(status.st_mode):
        return Flaw("picture-unreadable", "this isn't a file.", "Write the name of a picture, not of a folder.")
    if not status.st_size:
        return Flaw("picture-unreadable", "the file is empty.", "Save the picture again.")
    if status.st_size > MOST_BYTES:
        message = f"it has {status.st_size:,} bytes; no picture has more than {MOST_BYTES:,}."
        return Flaw("picture-too-large", message, "Save it smaller: 1,600 pixels wide is plenty.")
    # A sweep asks for the same pictures again and again: they are looked into once, until they change.
    with _one_at_a_time:
        return _look_into(file, status.st_size, (status.st_mtime_ns, status.st_ctime_ns, status.st_ino))


_one_at_a_time = threading.Lock()
"""Pillow's warnings are caught for the whole process; and one picture in memory is enough."""


@lru_cache(maxsize=256)
def _look_into(file: Path, size: int, _as_it_was: tuple[int, ...]) -> Picture | Flaw:
    from PIL import Image, UnidentifiedImageError

    _load_decoders()
    kinds = ("JPEG", "PNG", "GIF", "WEBP")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=kinds) as image:
                if image.width * image.height > MOST_PIXELS:
                    return _too_many_pixels(f"{image.width:,} × {image.height:,} pixels")
                image.verify()
            # What was verified can't be used any more, and a jpg that was cut short shows only when it is decoded.
            with Image.open(file, formats=kinds) as image:
                return _described(image, size)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return _too_many_pixels("far more pixels")
    except UnidentifiedImageError:
        message = "it isn't a jpg, png, gif or webp picture."
        return Flaw("picture-kind", message, "Open it in a picture program, and save it as jpg or png.")
    except PermissionError as failure:
        return _unreadable(failure)
    except Exception:  # noqa: BLE001  a damaged picture makes a decoder raise anything
        hint = "Copy it again from where it comes from, or save it again as jpg or png."
        return Flaw("picture-unreadable", "the picture is damaged.", hint)


def _load_decoders() -> None:
    """Those of the kinds that we take: to look for one that isn't there, Pillow would load all forty."""
    from PIL import GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401


def _described(image: Image.Image, size: int) -> Picture:
    width, height = image.size
    image.draft(None, (max(1, width // 8), max(1, height // 8)))  # an eighth of a jpg tells as well if it is whole
    image.load()
    orientation, located = _noted(image)
    if orientation in _TURNED_BY_A_QUARTER:
        width, height = height, width
    return Picture(
        kind=KINDS[image.format or ""],
        width=width,
        height=height,
        bytes=size,
        animated=image.format != "MPO" and getattr(image, "is_animated", False),
        turned=orientation in range(2, 9),
        located=located,
        stamp=str(image.info.get(STAMP, "")),
    )


_QUALITIES = (90, 82, 75)
_SHRINK = 0.8


def encode(content: bytes, most: int = SENT_BYTES) -> Encoded | Flaw:
    """The picture, of `most` bytes at the most: what it shows, and nothing else that the file holds.

    Where it is too large it is encoded less finely, and then smaller. The same bytes give the same picture, so that a
    second attempt sends what the first one did. Never raises.
    """
    with _one_at_a_time:
        return _encode(content, most)


@cache
def orange() -> Encoded:
    """A plain orange field, the campaign's colour: for a link that has no picture."""
    from PIL import Image

    return _saved(Image.new("RGB", (1200, 630), "#f58220"), "PNG")


@lru_cache(maxsize=8)
def _encode(content: bytes, most: int) -> Encoded | Flaw:
    from PIL import Image, ImageOps

    _load_decoders()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP")) as image:
                if image.width * image.height > MOST_PIXELS:
                    return _too_many_pixels(f"{image.width:,} × {image.height:,} pixels")
                ImageOps.exif_transpose(image, in_place=True)
                # Only what its colours mean goes along. A profile of inks means nothing once they are light.
                meant = ("icc_profile", "transparency") if image.mode in ("L", "RGB", "RGBA", "LA", "P") else ()
                image.info = {name: image.info[name] for name in meant if name in image.info}
                if len(image.info.get("icc_profile") or b"") > MOST_PROFILE:
                    del image.info["icc_profile"]
                return _smaller(image, len(content), most)
    except Exception:  # noqa: BLE001  a damaged picture makes a decoder raise anything
        hint = "Copy it again from where it comes from, or save it again as jpg or png."
        return Flaw("picture-unreadable", "the picture is damaged.", hint)


def _smaller(image: Image.Image, size: int, most: int) -> Encoded | Flaw:
    """The first rung of the ladder that is small enough. `size` is what the file has now, in bytes."""
    if image.format in ("PNG", "GIF") and size <= 2 * most:  # drawn, so that every edge counts
        drawn = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else image.convert("RGB")
        encoded = _saved(drawn, "PNG")
        if len(encoded.content) <= most:
            return encoded
    flat = _flat(image)
    if flat.format == "JPEG" and size <= most:  # as fine as it was, unless it had to be turned
        encoded = _saved(flat, "JPEG", quality="keep")
        if len(encoded.content) <= most:
            return encoded
    while True:
        for quality in _QUALITIES:
            encoded = _saved(flat, "JPEG", quality=quality, optimize=True)
            if len(encoded.content) <= most:
                return encoded
        if max(flat.size) < 64:
            return Flaw("picture-too-large", "it can't be made small enough.", "Save it again as jpg.")
        flat = flat.resize((max(1, round(flat.width * _SHRINK)), max(1, round(flat.height * _SHRINK))))


def _saved(image: Image.Image, kind: str, **how: int | str) -> Encoded:
    content = io.BytesIO()
    # A frame alone: what else a GIF holds would go into a PNG as well.
    image.save(content, kind, icc_profile=image.info.get("icc_profile"), save_all=False, **how)
    return Encoded(content.getvalue(), f"image/{kind.lower()}", *image.size)


def _flat(image: Image.Image) -> Image.Image:
    """The picture in plain colours; what shines through is white."""
    from PIL import Image

    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image
    if image.mode in ("RGBA", "LA", "PA", "P") or "transparency" in image.info:
        shown = image.convert("RGBA")
        flat = Image.new("RGB", image.size, "white")
        flat.paste(shown, mask=shown.getchannel("A"))
    else:
        flat = image.convert("RGB")
    flat.info = {name: value for name, value in image.info.items() if name == "icc_profile"}
    return flat


def _noted(image: Image.Image) -> tuple[int, bool]:
    """The orientation that the camera noted, 1 to 8, and whether it noted the place."""
    try:
        exif = image.getexif()
        return exif.get(_ORIENTATION, 1), bool(exif.get_ifd(_GPS))
    except Exception:  # noqa: BLE001  notes that nobody can read say nothing, and the picture is sound without them
        return 1, False


def _too_many_pixels(much: str) -> Flaw:
    message = f"it has {much}; {MOST_PIXELS // 1_000_000} million are the most."
    return Flaw("picture-too-large", message, "Save it smaller: 1,600 pixels wide is plenty.")


def _unreadable(failure: OSError | ValueError) -> Flaw:
    why = getattr(failure, "strerror", None) or failure
    return Flaw("picture-unreadable", f"it can't be read: {why}.", "Check its name and permissions.")


def _alike(file: Path) -> str:
    """A question with the name in the same folder that is most like the file's, or nothing."""
    try:
        there = [other.name for other in file.parent.iterdir()]
    except (OSError, ValueError):
        return ""
    return nearest(file.name, filter(str.isprintable, there))


def thumbnail(file: Path, side: int) -> Encoded | Flaw:
    """The picture in a file, upright and with about `side` pixels at the most each way: to look at, not to be sent.

    One that is small already stays as it is, unless it says where it was taken. Never raises.
    """
    found = inspect(file)
    if isinstance(found, Flaw):
        return found
    from PIL import Image, ImageOps

    try:
        light = found.bytes <= _LIGHT and max(found.width, found.height) <= 1.5 * side
        if light and not (found.turned or found.located or found.animated):
            mime = "image/jpeg" if found.kind == "jpg" else f"image/{found.kind}"
            return Encoded(file.read_bytes(), mime, found.width, found.height)
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=("JPEG", "PNG", "GIF", "WEBP")) as image:
                image.draft("RGB", (side, side))  # a large jpg is decoded no larger than it needs to be
                upright = ImageOps.exif_transpose(image)
                small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
                small.thumbnail((side, side))
                content = io.BytesIO()
                small.save(content, "WEBP", quality=82, exif=b"", xmp=b"", icc_profile=None)
                return Encoded(content.getvalue(), "image/webp", *small.size)
    except Exception:  # noqa: BLE001  a damaged picture makes a decoder raise anything
        return Flaw("picture-unreadable", "the picture is damaged.", "Save it again as jpg or png.")


_LIGHT = 60_000
"""Bytes of a picture that isn't worth the time to make it smaller."""
