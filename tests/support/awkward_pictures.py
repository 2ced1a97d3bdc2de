"""Pictures as they come from telephones, designers and other programs: awkward each in a way of its own."""

from __future__ import annotations

import io
import math
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from .colour_profiles import ADOBE_RGB, DISPLAY_P3, PAPER

SIZE = (1200, 800)
_ORANGE = (245, 130, 32)


def scene(size: tuple[int, int] = SIZE) -> Image.Image:
    """A picture in which it shows if it was turned, mirrored, cut, or its colours changed."""
    width, height = size
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    pen = ImageDraw.Draw(image)
    unit = min(size) / 8
    for n, colour in enumerate(((220, 30, 30), (30, 160, 60), (40, 70, 210), (240, 210, 50))):
        pen.rectangle((n * unit, 0, (n + 1) * unit, unit), fill=colour)
    middle = (width / 2, height / 2)
    ring = 2.4 * unit
    pen.ellipse((middle[0] - ring, middle[1] - ring, middle[0] + ring, middle[1] + ring), fill=_ORANGE)
    # An arrow that points up.
    tip, half = (middle[0], middle[1] - 1.7 * unit), 0.9 * unit
    pen.polygon((tip, (tip[0] - half, tip[1] + 1.4 * unit), (tip[0] + half, tip[1] + 1.4 * unit)), fill="white")
    pen.rectangle((middle[0] - 0.3 * unit, middle[1] - 0.4 * unit, middle[0] + 0.3 * unit, middle[1] + 1.7 * unit), fill="white")  # noqa: E501  # fmt: skip
    return image


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()


def turned(orientation: int, kind: str = "JPEG") -> bytes:
    """As a camera stores it that was held otherwise: the pixels lie, and a note says how."""
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270,
            5: Image.Transpose.TRANSPOSE}[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(scene().transpose(back), kind, exif=exif, quality=90)


def turned_with_an_impossible_number() -> bytes:
    """Held sideways, and its resolution is nought by nought: some programs write that."""
    ifd = struct.pack("<HHIHHI", 0x0112, 3, 1, 6, 0, 0)[:12] + struct.pack("<HHII", 0x011A, 5, 1, 38)
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + ifd + bytes(4) + struct.pack("<II", 0, 0)
    return saved(scene().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=b"Exif\0\0" + tiff, quality=90)


def grey_16_bit() -> bytes:
    width, height = SIZE
    row = b"\0" + b"".join(struct.pack(">H", x * 65535 // width) for x in range(width))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    data = zlib.compress(row * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def frames() -> list[Image.Image]:
    """The arrow turns."""
    return [scene((600, 400)).rotate(angle, fillcolor="grey") for angle in (0, 30, 60)]


def animated(kind: str, **how: Any) -> bytes:
    first, *others = frames()
    return saved(first, kind, save_all=True, append_images=others, duration=200, loop=0, **how)


def transparent(mode: str = "RGBA") -> Image.Image:
    """Nothing but the orange ring: the rest isn't there."""
    image = scene().convert("RGBA")
    mask = Image.new("L", image.size)
    middle, ring = (image.width / 2, image.height / 2), 300
    ImageDraw.Draw(mask).ellipse((middle[0] - ring, middle[1] - ring, middle[0] + ring, middle[1] + ring), fill=255)
    image.putalpha(mask)
    return image if mode == "RGBA" else image.convert(mode)


def grain(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """A picture that no encoder makes small."""
    chance = random.Random(seed)  # noqa: S311
    return Image.frombytes("RGB", size, chance.randbytes(3 * math.prod(size)))


def _with_notes() -> bytes:
    notes = PngInfo()
    notes.add_text("XML:com.adobe.xmp", "<x>" + "a note " * 200_000 + "</x>", zip=True)
    return saved(scene(), "PNG", pnginfo=notes)


MAKERS: dict[str, Callable[[], bytes]] = {
    "plain.jpg": lambda: saved(scene(), "JPEG", quality=90),
    "plain.png": lambda: saved(scene(), "PNG"),
    "turned-6.jpg": lambda: turned(6),
    "turned-3.jpg": lambda: turned(3),
    "turned-and-mirrored.jpg": lambda: turned(5),
    "turned.png": lambda: turned(8, "PNG"),
    "turned-odd-exif.jpg": turned_with_an_impossible_number,
    "moves.gif": lambda: animated("GIF"),
    "moves.webp": lambda: animated("WEBP"),
    "moves.png": lambda: animated("PNG"),
    "transparent.png": lambda: saved(transparent(), "PNG"),
    "transparent.gif": lambda: saved(transparent(), "GIF"),
    "transparent.webp": lambda: saved(transparent(), "WEBP", lossless=True),
    "p3.jpg": lambda: saved(scene(), "JPEG", icc_profile=DISPLAY_P3, quality=90),
    "adobe-rgb.png": lambda: saved(scene(), "PNG", icc_profile=ADOBE_RGB),
    "inks.jpg": lambda: saved(scene().convert("CMYK"), "JPEG", quality=90),
    "inks-on-paper.jpg": lambda: saved(scene().convert("CMYK"), "JPEG", icc_profile=PAPER, quality=90),
    "grey-16-bit.png": grey_16_bit,
    "photograph.webp": lambda: saved(scene(), "WEBP", quality=90),
    "many-notes.png": _with_notes,
    "too-long-for-x.png": lambda: saved(scene((9000, 1200)), "PNG"),
    "heavy-for-bluesky.png": lambda: saved(grain((1000, 1000)), "PNG"),
    "heavy-for-both.jpg": lambda: saved(grain((2000, 1400)), "JPEG", quality=95, subsampling=0),
    "tiny.png": lambda: saved(scene((3, 3)), "PNG"),
}
"""How each is made, by its name. X and Bluesky get the last four otherwise from each other."""


@cache
def awkward_picture(name: str) -> bytes:
    return MAKERS[name]()


def awkward_pictures() -> Iterator[tuple[str, bytes]]:
    """All of them, with their names."""
    return ((name, awkward_picture(name)) for name in MAKERS)
