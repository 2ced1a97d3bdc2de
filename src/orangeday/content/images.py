"""Pictures: finding the file of a picture, checking and encoding it. By Pillow, loaded only if a post has a picture.

A picture can come from anywhere: a telephone, a designer, an e-mail that was cut short. So its size is checked before
it is decoded, and a mistake in it is returned as a Flaw, never raised.
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
"""The largest number of pictures in a post, on either platform."""

SENT_BYTES = 2_000_000
"""The largest picture that is sent, in bytes, unless a platform asks for less. A larger one is encoded again."""

MOST_PIXELS = 50_000_000
"""The limit of pixels, more than any camera makes. A small file can claim far more, and would fill the memory."""

MOST_BYTES = 100_000_000
"""The limit of a file in bytes: a larger one isn't opened."""

MOST_PROFILE = 200_000
"""The limit of a colour profile in bytes. No screen's profile has as many, and a larger one makes any copy large."""

KINDS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
"""The picture formats that both platforms accept, by Pillow's name; MPO is a jpg of some cameras."""

STAMP = "orangeday"
"""The name of a card's stamp among the texts of a PNG file."""

_ORIENTATION, _GPS = 0x0112, 0x8825  # tags of EXIF
_TURNED_BY_A_QUARTER = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Picture:
    """The content of a picture file."""

    kind: str
    """jpg, png, gif or webp: by the content, whatever the file's name."""
    width: int
    """In pixels, as it is shown: after it was turned as the camera noted."""
    height: int
    bytes: int
    animated: bool
    turned: bool
    """True if it must be rotated or mirrored to be upright, as the camera noted (EXIF)."""
    located: bool
    """True if it contains the place where it was taken (GPS)."""
    stamp: str = ""
    """The stamp of the card that `orangeday cards` drew; empty for any other picture."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is sent: upright, and without data about the camera or the place."""

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
    """Return the file of a picture by its name, relative to the folder of the posts; a Flaw if it lies outside."""
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
    """Return the picture in a file, or the reason why it can't be posted. Never raise, and read only regular files."""
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
"""The lock for Pillow: its warnings are caught for the whole process, and one picture in memory is enough."""


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
    """Load the decoders of the accepted kinds: to look for one that isn't loaded, Pillow would load all forty."""
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
    """Return the picture in at most `most` bytes: the image alone, without other data of the file.

    One that is too large is encoded in lower quality, and then smaller. The same bytes give the same picture, so that a
    second attempt sends the same as the first. Never raise.
    """
    with _one_at_a_time:
        return _encode(content, most)


@cache
def orange() -> Encoded:
    """Return a plain orange picture, in the campaign's colour: for a link that has no picture."""
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
    """Return the first encoding that has at most `most` bytes. `size` is that of the file now, in bytes."""
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
    """Return the picture in grey or RGB, transparent parts in white."""
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
    """Return the orientation that the camera noted, 1 to 8, and whether it noted the place."""
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
    """Return a question with the name in the same folder that is most like the file's, or an empty text."""
    try:
        there = [other.name for other in file.parent.iterdir()]
    except (OSError, ValueError):
        return ""
    return nearest(file.name, filter(str.isprintable, there))


def thumbnail(file: Path, side: int) -> Encoded | Flaw:
    """Return the picture in a file, upright, at most about `side` pixels wide and high: for display, not to be sent.

    A small one that is upright and not animated stays as it is, unless it contains the place where it was taken. Never
    raise.
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
"""The size in bytes up to which a picture isn't worth the time to make it smaller."""
