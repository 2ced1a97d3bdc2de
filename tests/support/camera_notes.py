"""What cameras and programs note in a picture's file about how the camera was held: EXIF 2.32, and what breaks it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial


def exif_of(value: int, order: str = ">", kind: int = 3, more: tuple[bytes, ...] = ()) -> bytes:
    """EXIF data with this orientation, behind other entries of twelve bytes each; `order` as in `struct`."""
    number = struct.pack(f"{order}HH", value, 0) if kind == 3 else struct.pack(f"{order}I", value)
    tag = struct.pack(f"{order}HHI", 0x0112, kind, 1) + number
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = (*more, tag)
    return b"Exif\0\0" + mark + struct.pack(f"{order}IH", 8, len(entries)) + b"".join(entries) + bytes(4)


RESOLUTION = struct.pack(">HHII", 0x011A, 5, 1, 4_000_000)
"""A number that lies far behind the end."""
NO_NUMBERS = {
    "a resolution in letters": struct.pack(">HHI4s", 0x011A, 2, 3, b"72"),
    "a resolution that is not a number": struct.pack(">HHIf", 0x011A, 11, 1, float("nan")),
    "a width below nought": struct.pack(">HHIi", 0x0100, 9, 1, -5),
}
"""What Pillow reads, and can't write again."""
MUCH = struct.pack(">HHII", 0x927C, 7, 0xFFFFFFF0, 8)
"""Notes of a maker's own, larger than any file."""
HOSTILE: dict[str, Callable[[int], bytes]] = {
    "none of it": lambda value: exif_of(value),
    "in the other order": lambda value: exif_of(value, "<"),
    "as a long number": lambda value: exif_of(value, kind=4),
    "a number behind the end": lambda value: exif_of(value, more=(RESOLUTION,)),
    **{name: partial(exif_of, more=(entry,)) for name, entry in NO_NUMBERS.items()},
    "a place without a height": lambda value: (
        exif_of(value, more=(struct.pack(">HHII", 0x8825, 4, 1, 38),))
        + struct.pack(">HHHIf", 1, 6, 11, 1, float("nan"))
        + bytes(4)
    ),
    "four thousand million bytes of notes": lambda value: exif_of(value, more=(MUCH,)),
    "a kind that is none": lambda value: exif_of(value, more=(struct.pack(">HHII", 0x0110, 99, 1, 0),)),
    "not in order": lambda value: exif_of(value, more=(struct.pack(">HHII", 0x8825, 4, 1, 8), MUCH)),
    "another orientation behind it": lambda value: exif_of(value) + exif_of(3),
    "cut off right behind it": lambda value: exif_of(value)[:-4],
}
"""EXIF data from which a picture's orientation can be told, by what else is in it."""
