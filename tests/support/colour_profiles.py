"""Colour profiles (ICC.1:2010), as cameras, telephones and printers have them; and how far colours are apart."""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Sequence

Colour = tuple[float, float, float]

_D50 = (0.9642, 1.0, 0.8249)


def _s15(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _profile(kind: bytes, space: bytes, meets: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, data, start = b"", b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    header = bytes(8) + struct.pack(">I", 0x02400000) + kind + space + meets + bytes(12) + b"acsp" + bytes(28)
    content = header + _s15(*_D50) + bytes(128 - len(header) - 12)
    content += struct.pack(">I", len(tags)) + table + data
    return struct.pack(">I", len(content)) + content[4:]


def of_a_screen(red: Colour, green: Colour, blue: Colour, gamma: float | None) -> bytes:
    """A profile of three primaries in XYZ, adapted to D50; without a gamma with sRGB's curve."""
    curve = (
        b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _s15(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        if gamma is None
        else b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    )
    primaries = {b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue, b"wtpt": _D50}
    tags = {name: b"XYZ " + bytes(4) + _s15(*xyz) for name, xyz in primaries.items()}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


DISPLAY_P3 = of_a_screen((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407), None)
ADOBE_RGB = of_a_screen((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457), 2.2)
SRGB = of_a_screen((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410), None)
GREY = _profile(
    b"mntr", b"GRAY", b"XYZ ",
    {b"wtpt": b"XYZ " + bytes(4) + _s15(*_D50), b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(1.8 * 256))},
)  # fmt: skip
"""Grey with the gamma of old screens."""


def _lab_of_inks(inks: Sequence[float]) -> bytes:
    """Lab, a byte each, of inks from 0 to 1 that are duller than a screen's, much as on uncoated paper."""
    cyan, magenta, yellow, black = inks
    red, green, blue = (255 * (1 - 0.85 * ink) * (1 - 0.8 * black) for ink in (cyan, magenta, yellow))
    lightness, a, b = lab((red, green, blue))
    return bytes((round(lightness * 2.55), round(a + 128), round(b + 128)))


def _paper() -> bytes:
    identity = bytes(range(256))
    levels = [step / 8 for step in range(9)]
    clut = b"".join(map(_lab_of_inks, itertools.product(levels, repeat=4)))
    lut = (
        b"mft1"
        + bytes(4)
        + bytes((4, 3, len(levels), 0))
        + _s15(1, 0, 0, 0, 1, 0, 0, 0, 1)
        + identity * 4
        + clut
        + identity * 3
    )
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": lut, b"wtpt": b"XYZ " + bytes(4) + _s15(*_D50)})


def lab(colour: Sequence[float]) -> Colour:
    """A colour of a screen, 0 to 255 a channel, in CIE Lab (D65)."""
    linear = [(c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in colour]
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(weight * value for weight, value in zip(row, linear, strict=True)) for row in rows]
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (value / white for value, white in zip(xyz, (0.9505, 1.0, 1.089), strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def delta_e(one: Sequence[float], other: Sequence[float]) -> float:
    """How far two colours of a screen are apart (CIE 1976): 1 is what an eye can just tell, 2.3 what it does."""
    return math.dist(lab(one), lab(other))


PAPER = _paper()
"""The profile of a printer: four inks on paper."""
