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

from orangeday.content.problems import did_you_mean

if TYPE_CHECKING:
    from PIL import Image

MAX_PICTURES = 4
"""The largest number of pictures in a post, on either platform."""

MAX_SENT_BYTES = 2_000_000
"""The largest picture that is sent, in bytes, unless a platform asks for less. A larger one is encoded again."""

MAX_PIXELS = 50_000_000
"""The limit of pixels, more than any camera makes. A small file can claim far more, and would fill the memory."""

MAX_FILE_BYTES = 100_000_000
"""The limit of a file in bytes: a larger one isn't opened."""

MAX_PROFILE_BYTES = 200_000
"""The limit of a colour profile in bytes. No screen's profile has as many, and a larger one makes any copy large."""

KINDS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
"""The picture formats that both platforms accept, by Pillow's name; MPO is a jpg of some cameras."""

STAMP = "orangeday"
"""The name of a card's stamp among the texts of a PNG file."""

_ORIENTATION, _GPS = 0x0112, 0x8825  # tags of EXIF
_QUARTER_TURNS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Picture:
    """The content of a picture file."""

    kind: str
    """jpg, png, gif or webp: by the content, whatever the file's name."""
    width: int
    """In pixels, as it is shown: after it was turned as the camera noted."""
    height: int
    bytes: int
    is_animated: bool
    is_rotated: bool
    """True if it must be rotated or mirrored to be upright, as the camera noted (EXIF)."""
    has_location: bool
    """True if it contains the place where it was taken (GPS)."""
    stamp: str = ""
    """The stamp of the card that `orangeday cards` drew; empty for any other picture."""


@dataclass(frozen=True, slots=True)
class EncodedPicture:
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
    posix_name = re.sub(r"\\+", "/", name)
    hint = f"Put the picture into {folder.name}/media, and write “media/{posix_name.rstrip('/').rpartition('/')[2]}”."
    if "\0" in name:
        return Flaw("picture-path", "no file can have that name.", hint)
    if re.match(r"\w+://", posix_name):
        return Flaw("picture-path", "it is an address on the internet, not a file.", hint)
    if posix_name.startswith(("/", "~")) or re.match(r"[A-Za-z]:", posix_name):
        return Flaw("picture-path", "it starts from the top of a disk, which no other machine has.", hint)
    if Path(os.path.normpath(posix_name)).parts[:1] == (os.pardir,):
        return Flaw("picture-path", f"it leads out of the folder {folder.name}.", hint)
    if posix_name != name:
        return Flaw("picture-path", "it has a backslash.", f"Write it with /: {posix_name}")
    if not Path(os.path.realpath(folder / name)).is_relative_to(os.path.realpath(folder)):
        message = f"it is a link that leads out of the folder {folder.name}."
        return Flaw("picture-path", message, "Put the picture itself there, in place of the link.")
    return folder / name


def inspect(file: Path) -> Picture | Flaw:
    """Return the picture in a file, or the reason why it can't be posted. Never raise, and read only regular files."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Flaw(
            "picture-missing", "there is no such picture.", f"{_similar_name(file)}Put it there, or correct its name."
        )
    except (OSError, ValueError) as failure:
        return _unreadable(failure)
    if not stat.S_ISREG(status.st_mode):
        return Flaw("picture-unreadable", "this isn't a file.", "Write the name of a picture, not of a folder.")
    if not status.st_size:
        return Flaw("picture-unreadable", "the file is empty.", "Save the picture again.")
    if status.st_size > MAX_FILE_BYTES:
        message = f"it has {status.st_size:,} bytes; no picture has more than {MAX_FILE_BYTES:,}."
        return Flaw("picture-too-large", message, "Save it smaller: 1,600 pixels wide is plenty.")
    # A sweep asks for the same pictures again and again: they are looked into once, until they change.
    with _pillow_lock:
        return _inspect(file, status.st_size, (status.st_mtime_ns, status.st_ctime_ns, status.st_ino))


_pillow_lock = threading.Lock()
"""The lock for Pillow: its warnings are caught for the whole process, and one picture in memory is enough."""


@lru_cache(maxsize=256)
def _inspect(file: Path, size: int, _version: tuple[int, ...]) -> Picture | Flaw:
    from PIL import Image, UnidentifiedImageError

    _load_decoders()
    kinds = ("JPEG", "PNG", "GIF", "WEBP")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=kinds) as image:
                if image.width * image.height > MAX_PIXELS:
                    return _too_many_pixels(f"{image.width:,} × {image.height:,} pixels")
                image.verify()
            # What was verified can't be used any more, and a jpg that was cut short shows only when it is decoded.
            with Image.open(file, formats=kinds) as image:
                return _describe(image, size)
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


def _describe(image: Image.Image, size: int) -> Picture:
    width, height = image.size
    image.draft(None, (max(1, width // 8), max(1, height // 8)))  # an eighth of a jpg tells as well if it is whole
    image.load()
    orientation, has_location = _camera_notes(image)
    if orientation in _QUARTER_TURNS:
        width, height = height, width
    return Picture(
        kind=KINDS[image.format or ""],
        width=width,
        height=height,
        bytes=size,
        is_animated=image.format != "MPO" and getattr(image, "is_animated", False),
        is_rotated=orientation in range(2, 9),
        has_location=has_location,
        stamp=str(image.info.get(STAMP, "")),
    )


_QUALITIES = (90, 82, 75)
_SHRINK_FACTOR = 0.8


def encode(content: bytes, max_bytes: int = MAX_SENT_BYTES) -> EncodedPicture | Flaw:
    """Return the picture in at most `max_bytes` bytes: the image alone, without other data of the file.

    One that is too large is encoded in lower quality, and then smaller. The same bytes give the same picture, so that a
    second attempt sends the same as the first. Never raise.
    """
    with _pillow_lock:
        return _encode(content, max_bytes)


@cache
def orange_picture() -> EncodedPicture:
    """Return a plain orange picture, in the campaign's colour: for a link that has no picture."""
    from PIL import Image

    return _save(Image.new("RGB", (1200, 630), "#f58220"), "PNG")


@lru_cache(maxsize=8)
def _encode(content: bytes, max_bytes: int) -> EncodedPicture | Flaw:
    from PIL import Image, ImageOps

    _load_decoders()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP")) as image:
                if image.width * image.height > MAX_PIXELS:
                    return _too_many_pixels(f"{image.width:,} × {image.height:,} pixels")
                ImageOps.exif_transpose(image, in_place=True)
                # Only what its colours mean goes along. A profile of inks means nothing once they are light.
                info_keys = ("icc_profile", "transparency") if image.mode in ("L", "RGB", "RGBA", "LA", "P") else ()
                image.info = {name: image.info[name] for name in info_keys if name in image.info}
                if len(image.info.get("icc_profile") or b"") > MAX_PROFILE_BYTES:
                    del image.info["icc_profile"]
                return _compress(image, len(content), max_bytes)
    except Exception:  # noqa: BLE001  a damaged picture makes a decoder raise anything
        hint = "Copy it again from where it comes from, or save it again as jpg or png."
        return Flaw("picture-unreadable", "the picture is damaged.", hint)


def _compress(image: Image.Image, size: int, max_bytes: int) -> EncodedPicture | Flaw:
    """Return the first encoding that has at most `max_bytes` bytes. `size` is that of the file now, in bytes."""
    if image.format in ("PNG", "GIF") and size <= 2 * max_bytes:  # drawn, so that every edge counts
        plain_image = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else image.convert("RGB")
        candidate = _save(plain_image, "PNG")
        if len(candidate.content) <= max_bytes:
            return candidate
    flat = _flatten(image)
    if flat.format == "JPEG" and size <= max_bytes:  # as fine as it was, unless it had to be turned
        candidate = _save(flat, "JPEG", quality="keep")
        if len(candidate.content) <= max_bytes:
            return candidate
    while True:
        for quality in _QUALITIES:
            candidate = _save(flat, "JPEG", quality=quality, optimize=True)
            if len(candidate.content) <= max_bytes:
                return candidate
        if max(flat.size) < 64:
            return Flaw("picture-too-large", "it can't be made small enough.", "Save it again as jpg.")
        flat = flat.resize((max(1, round(flat.width * _SHRINK_FACTOR)), max(1, round(flat.height * _SHRINK_FACTOR))))


def _save(image: Image.Image, kind: str, **options: int | str) -> EncodedPicture:
    content = io.BytesIO()
    # A frame alone: what else a GIF holds would go into a PNG as well.
    image.save(content, kind, icc_profile=image.info.get("icc_profile"), save_all=False, **options)
    return EncodedPicture(content.getvalue(), f"image/{kind.lower()}", *image.size)


def _flatten(image: Image.Image) -> Image.Image:
    """Return the picture in grey or RGB, transparent parts in white."""
    from PIL import Image

    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image
    if image.mode in ("RGBA", "LA", "PA", "P") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        flat = Image.new("RGB", image.size, "white")
        flat.paste(rgba, mask=rgba.getchannel("A"))
    else:
        flat = image.convert("RGB")
    flat.info = {name: value for name, value in image.info.items() if name == "icc_profile"}
    return flat


def _camera_notes(image: Image.Image) -> tuple[int, bool]:
    """Return the orientation that the camera noted, 1 to 8, and whether it noted the place."""
    try:
        exif = image.getexif()
        return exif.get(_ORIENTATION, 1), bool(exif.get_ifd(_GPS))
    except Exception:  # noqa: BLE001  notes that nobody can read say nothing, and the picture is sound without them
        return 1, False


def _too_many_pixels(size: str) -> Flaw:
    message = f"it has {size}; {MAX_PIXELS // 1_000_000} million are the most."
    return Flaw("picture-too-large", message, "Save it smaller: 1,600 pixels wide is plenty.")


def _unreadable(failure: OSError | ValueError) -> Flaw:
    reason = getattr(failure, "strerror", None) or failure
    return Flaw("picture-unreadable", f"it can't be read: {reason}.", "Check its name and permissions.")


def _similar_name(file: Path) -> str:
    """Return a question with the name in the same folder that is most like the file's, or an empty text."""
    try:
        names = [sibling.name for sibling in file.parent.iterdir()]
    except (OSError, ValueError):
        return ""
    return did_you_mean(file.name, filter(str.isprintable, names))


def thumbnail(file: Path, side: int) -> EncodedPicture | Flaw:
    """Return the picture in a file, upright, at most about `side` pixels wide and high: for display, not to be sent.

    A small one that is upright and not animated stays as it is, unless it contains the place where it was taken. Never
    raise.
    """
    picture = inspect(file)
    if isinstance(picture, Flaw):
        return picture
    from PIL import Image, ImageOps

    try:
        is_small = picture.bytes <= _SMALL_FILE_BYTES and max(picture.width, picture.height) <= 1.5 * side
        if is_small and not (picture.is_rotated or picture.has_location or picture.is_animated):
            mime = "image/jpeg" if picture.kind == "jpg" else f"image/{picture.kind}"
            return EncodedPicture(file.read_bytes(), mime, picture.width, picture.height)
        with _pillow_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=("JPEG", "PNG", "GIF", "WEBP")) as image:
                image.draft("RGB", (side, side))  # a large jpg is decoded no larger than it needs to be
                upright = ImageOps.exif_transpose(image)
                small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
                small.thumbnail((side, side))
                content = io.BytesIO()
                small.save(content, "WEBP", quality=82, exif=b"", xmp=b"", icc_profile=None)
                return EncodedPicture(content.getvalue(), "image/webp", *small.size)
    except Exception:  # noqa: BLE001  a damaged picture makes a decoder raise anything
        return Flaw("picture-unreadable", "the picture is damaged.", "Save it again as jpg or png.")


_SMALL_FILE_BYTES = 60_000
"""The size in bytes up to which a picture isn't worth the time to make it smaller."""
