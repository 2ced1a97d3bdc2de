"""What a reader sees of a picture's file: by Pillow, from the file as it lies there, and by nothing of orangeday's."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageCms, ImageStat

_ORIENTATION = 0x0112
_ENTRY = re.compile(
    rb"\x01\x12(?:\0\x03\0\0\0\x01|\0\x04\0\0\0\x01\0\0)\0([\x00-\xff])"
    rb"|\x12\x01(?:\x03|\x04)\0\x01\0\0\0([\x00-\xff])\0",
)
"""What looks like EXIF's entry of it, wherever it stands, in either order of bytes."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A picture as a reader sees it, but for how the camera was held."""

    plain: Image.Image
    """Its first frame in RGB, and white where it is transparent; its numbers taken for a screen's."""
    image: Image.Image
    """The same in the colours that it is made for, as a screen shows them."""
    kind: str
    """By Pillow's name."""
    frames: int
    orientation: int | None
    """1 to 8; None where readers may differ about it."""
    is_transparent: bool
    has_colours: bool
    """True if it says what its colours are made for, or they are inks."""


def seen(content: bytes) -> Seen | None:
    """What is seen of a file; None where Pillow makes nothing of it, or something else than browsers do."""
    if content.startswith(b"\x89PNG") and _is_disputed(content):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _seen(Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP")))
        except Exception:  # noqa: BLE001  a damaged picture makes a decoder raise anything
            return None


def _seen(image: Image.Image) -> Seen:
    frames = 1 if image.format in ("JPEG", "MPO") else getattr(image, "n_frames", 1)
    kind, profile, orientation = image.format or "", image.info.get("icc_profile"), _orientation(image)
    image.seek(0)
    image.load()
    if image.mode == "I;16":  # of sixteen bits a screen shows the upper eight
        transparent, image = image.info.get("transparency"), _upper(image)
        alpha = image.point(lambda value: 255 * (value != transparent >> 8)) if isinstance(transparent, int) else None
    else:
        alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    colours = image.convert({"CMYK": "CMYK", "L": "L", "LA": "L", "1": "L"}.get(image.mode, "RGB"))
    converted = _on_a_screen(colours, profile)
    plain = _on_white(colours, alpha)
    return Seen(
        plain, _on_white(converted, alpha) if converted else plain, kind, frames, orientation,
        alpha is not None and min(alpha.tobytes()) < 255, converted is not None or image.mode == "CMYK",
    )  # fmt: skip


def _is_disputed(png: bytes) -> bool:
    """Whether chunks are there twice, behind the picture, or for a part of it: the standard says what counts then."""
    head = png[: png.find(b"IDAT")]
    is_twice = any(png.count(name) > 1 for name in (b"tRNS", b"iCCP", b"eXIf", b"acTL", b"PLTE", b"IHDR"))
    is_late = any(name in png and name not in head for name in (b"tRNS", b"iCCP", b"eXIf", b"acTL", b"PLTE"))
    is_early = png[25:26] == b"\x03" and b"tRNS" in head[: head.find(b"PLTE")]
    at = head.find(b"fcTL")
    return is_twice or is_late or is_early or (at > 0 and (b"acTL" not in head or png[at + 8 : at + 16] != png[16:24]))


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """A picture turned upright, that a camera took held so."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def _orientation(image: Image.Image) -> int | None:
    if "exif" not in image.info:
        return 1
    exif = image.info["exif"].removeprefix(b"Exif\0\0")
    if exif.startswith(b"Exif\0\0"):
        return 1  # a PNG's are without that beginning, and browsers read no others
    entry = _ENTRY.search(exif)
    found = (entry[1] or entry[2])[0] if entry else 1
    try:
        read = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001
        read = None
    found, read = (value if value in range(1, 9) else 1 for value in (found, read))
    return found if found == read else None


def _on_white(image: Image.Image, alpha: Image.Image | None) -> Image.Image:
    flat = image.convert("RGB")
    return Image.composite(flat, Image.new("RGB", flat.size, "white"), alpha) if alpha else flat


def _upper(image: Image.Image) -> Image.Image:
    return Image.frombytes("L", image.size, image.tobytes()[1::2])


def _on_a_screen(colours: Image.Image, profile: bytes | None) -> Image.Image | None:
    """The picture converted by its profile; None where that is none, or one for other colours."""
    try:
        return ImageCms.profileToProfile(
            colours,
            ImageCms.ImageCmsProfile(io.BytesIO(profile or b"")),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of a channel, of 255, between two pictures of one size."""
    return max(ImageChops.difference(one, other).tobytes())


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """The mean of it, of the channel in which it is greatest."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)
