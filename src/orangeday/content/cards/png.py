"""The file of a card: a PNG (W3C, third edition) with a palette, a stamp and nothing else.

A card has few colours, and the shades between two of them at the edges of letters. So it is stored with a palette, in
which the colours themselves stand exactly and of the shades those that stand for the most pixels. It is packed by
libdeflate: zlib's bytes differ from one Pillow, and from one Python, to the next.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orangeday.content.picture_files import PNG_SIGNATURE, STAMP

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 25_000
"""The limit of the file of a card, in bytes."""

_NUMBERS_OF_COLOURS = (24, 16)
_NUMBERS_WITH_LOGO = (64, 48, 32, 24, 16)
"""Numbers of colours that a palette has at most: the first is used that leaves the file light enough."""

_Colour = tuple[int, int, int]


def encode(image: Image.Image, colours: Iterable[str], stamp: str, *, has_logo: bool) -> bytes:
    """Return a picture as a PNG file, with these colours (`#rrggbb`) as they are, and with its stamp."""
    exact_colours = [
        (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)) for colour in dict.fromkeys(colours)
    ]
    pixels = memoryview(image.convert("RGBA").tobytes()).cast("I")
    counts = _counts(image)
    content = b""
    for number in _NUMBERS_WITH_LOGO if has_logo else _NUMBERS_OF_COLOURS:
        palette = _palette(exact_colours, counts, number)
        places = {_pixel(colour): _nearest(palette, colour) for colour in counts}
        content = _file(image.size, palette, bytes(map(places.__getitem__, pixels)), stamp)
        if len(content) <= MAX_BYTES:
            break
    return content


def _file(size: tuple[int, int], palette: Sequence[_Colour], indexes: bytes, stamp: str) -> bytes:
    """Return the PNG file of a picture by the places of its pixels' colours in the palette."""
    import deflate

    width, height = size
    rows = b"".join(b"\0" + indexes[row : row + width] for row in range(0, width * height, width))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(map(bytes, palette))),
        (b"tEXt", STAMP.encode() + b"\0" + stamp.encode()),
        (b"IDAT", bytes(deflate.zlib_compress(rows, _LEVEL))),
        (b"IEND", b""),
    )
    return PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


_LEVEL = 11
"""The level at which libdeflate packs, at most 12: that takes twice as long for a twentieth less."""


def _counts(image: Image.Image) -> dict[_Colour, int]:
    """Return how many pixels have each colour."""
    listing: Any = image.getcolors(image.width * image.height)
    return {colour: count for count, colour in listing}


def _pixel(colour: _Colour) -> int:
    """Return how a colour stands among the pixels, as one number."""
    (pixel,) = struct.unpack("=I", bytes((*colour, 255)))
    return int(pixel)


def _palette(exact_colours: Sequence[_Colour], counts: Mapping[_Colour, int], number: int) -> list[_Colour]:
    """Return so many colours at most: those to be kept exactly, and of the rest frequent ones that lie far apart."""
    used = [colour for colour in exact_colours if colour in counts]
    candidates = sorted(counts.keys() - set(used), key=lambda colour: (-counts[colour], colour))
    distance = 12
    while True:
        palette = list(used)
        for colour in candidates:
            if all(_distance(colour, member) >= distance**2 for member in palette):
                palette.append(colour)
                if len(palette) > number:
                    break
        else:
            return palette
        distance += 2


def _nearest(palette: Sequence[_Colour], colour: _Colour) -> int:
    return min(range(len(palette)), key=lambda place: _distance(palette[place], colour))


def _distance(first: _Colour, second: _Colour) -> int:
    """Return the square of how far two colours lie apart."""
    return (first[0] - second[0]) ** 2 + (first[1] - second[1]) ** 2 + (first[2] - second[2]) ** 2
