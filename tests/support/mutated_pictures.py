"""Small pictures with something done to them: bytes changed, files cut and joined, notes put in, dimensions edited.

Each is made by a `random.Random`, and comes with what was done, in words.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

from .camera_notes import HOSTILE
from .colour_profiles import ADOBE_RGB, DISPLAY_P3, GREY, PAPER, SRGB

PROFILES = (SRGB, DISPLAY_P3, ADOBE_RGB, GREY, PAPER, b"no profile" * 20)
SUFFIXES = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
MODES = {
    "PNG": ("RGB", "RGB", "RGBA", "P", "L", "LA", "1", "I;16"),
    "JPEG": ("RGB", "RGB", "RGB", "L", "CMYK"),
    "GIF": ("P", "RGB", "RGBA", "L"),
    "WEBP": ("RGB", "RGBA"),
}
HEAVY_SIDE = 842
"""Of noise without a pattern, a PNG of so many pixels a side is larger than Bluesky takes."""

NO_PICTURES = (
    b"", b"no picture", b"%PDF-1.7\n", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), b"<!doctype html><html>",
    b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBPVP8X", b"BM" + bytes(60), bytes(500),
    b"version https://git-lfs.github.com/spec/v1\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
)  # fmt: skip


def mutated_picture(chance: random.Random) -> tuple[bytes, str, str]:
    """A picture, the ending that its name should have, and what it is and what was done to it, in words."""
    if chance.random() < 0.03:
        content = chance.choice(NO_PICTURES)
        return content, chance.choice([*SUFFIXES.values()]), f"no picture: {content[:12]!r}"
    content, kind, words = _picture(chance)
    done = []
    for _ in range(chance.choice((0, 1, 1, 1, 1, 2))):
        name = chance.choice([*MUTATIONS])
        content = MUTATIONS[name](chance, content)
        done.append(name)
    return content, SUFFIXES[kind], f"{words}; {', '.join(done) or 'nothing done'}"


def _picture(chance: random.Random) -> tuple[bytes, str, str]:
    """A sound picture, its kind by Pillow's name, and what it is."""
    kind = chance.choice(("PNG", "PNG", "JPEG", "JPEG", "GIF", "WEBP"))
    mode = chance.choice(MODES[kind])
    if chance.random() < 0.003:
        return _heavy(), "PNG", "PNG of noise"
    size = chance.randint(24, 90), chance.randint(24, 90)
    if chance.random() < 0.08:
        size = chance.choice(((1, 1), (3, 40), (40, 3), (4, 4), (8193, 4), (5, 8250), (8192, 4)))
    image = _drawn(chance, size, mode)
    how: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    if kind == "JPEG":
        how["quality"] = chance.choice((60, 90, 97))
    words = [f"{kind} {mode} {size[0]}×{size[1]}"]
    if kind == "JPEG" and chance.random() < 0.3:
        how["progressive"] = True
    if kind != "GIF" and chance.random() < 0.3:
        note, value = chance.choice([*HOSTILE]), chance.randint(0, 9)
        how["exif"] = HOSTILE[note](value)
        words.append(f"orientation {value} ({note})")
    if kind != "GIF" and chance.random() < 0.25:
        how["icc_profile"] = chance.choice(PROFILES)
        words.append(f"profile {PROFILES.index(how['icc_profile'])}")
    if mode == "P" and chance.random() < 0.3:
        how["transparency"] = chance.randrange(8)
        words.append("a transparent colour")
    if kind != "JPEG" and mode != "I;16" and chance.random() < 0.15:
        how |= {"save_all": True, "append_images": [image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]}
        words.append("two frames")
    return saved(image, kind, **how), kind, ", ".join(words)


def _drawn(chance: random.Random, size: tuple[int, int], mode: str) -> Image.Image:
    """A picture of which each side and corner is another one."""
    width, height = size
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    pen = ImageDraw.Draw(image)
    unit = max(1, min(size) // 3)
    for left, top in ((0, 0), (width - unit, 0), (0, height - unit)):
        colour = tuple(chance.randrange(256) for _ in range(3))
        pen.rectangle((left, top, left + unit, top + unit), fill=colour)
    if mode in ("RGBA", "LA") and chance.random() < 0.6:
        image.putalpha(Image.linear_gradient("L").rotate(90).resize(size) if chance.random() < 0.5 else 255)
        image.paste((9, 9, 9, 0), (width // 3, 0, width // 2 + 1, height))
    if mode == "I;16":
        grey = image.convert("L")
        return Image.frombytes("I;16", size, bytes(byte for value in grey.tobytes() for byte in (value ^ 5, value)))
    return image.quantize(chance.choice((8, 64))) if mode == "P" else image.convert(mode)


@cache
def _heavy() -> bytes:
    noise = random.Random(1).randbytes(3 * HEAVY_SIDE**2)  # noqa: S311
    return saved(Image.frombytes("RGB", (HEAVY_SIDE, HEAVY_SIDE), noise), "PNG", compress_level=1)


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()


# What is done to its file


def flip(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20)) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def flip_in_the_head(chance: random.Random, content: bytes) -> bytes:
    """Among the first hundred bytes, where nearly each says something."""
    return flip(chance, content[:100]) + content[100:]


def take_out(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + content[at + chance.randint(1, 12) :]


def put_in(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.randbytes(chance.randint(1, 12)) + content[at:]


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: -chance.randint(1, 30)] if chance.random() < 0.6 else content[: chance.randrange(len(content) + 1)]


def lengthen(chance: random.Random, content: bytes) -> bytes:
    tail = chance.choice((bytes(200), b"\r\n", chance.randbytes(60), content, b"<!-- a page -->", b"\xff\xd9"))
    return content + tail


def other_half(chance: random.Random, content: bytes) -> bytes:
    """Its first half, and the second of another kind's."""
    other, _, _ = _picture(chance)
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other)) :]


def other_dimensions(chance: random.Random, content: bytes) -> bytes:
    width, height = (chance.choice((0, 1, 3, 20, 64, 200, 9000, 65535, 2**31 - 1)) for _ in range(2))
    if content.startswith(b"\x89PNG") and len(content) > 33:
        old_width, old_height = struct.unpack(">II", content[16:24])
        keeps = chance.randrange(3)
        sides = struct.pack(">II", old_width if keeps == 1 else width, old_height if keeps == 2 else height)
        header = b"IHDR" + sides + content[24:29]
        return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]
    if content.startswith(b"\xff\xd8"):
        at = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
        sides = struct.pack(">HH", height & 0xFFFF, width & 0xFFFF)
        return content[: at + 5] + sides + content[at + 9 :] if at > 0 else content
    if content.startswith(b"GIF8"):
        return content[:6] + struct.pack("<HH", width & 0xFFFF, height & 0xFFFF) + content[10:]
    at = content.find(b"VP8X")
    canvas = struct.pack("<I", width)[:3] + struct.pack("<I", height)[:3]
    return content[: at + 12] + canvas + content[at + 18 :] if at > 0 else flip_in_the_head(chance, content)


def note(chance: random.Random, content: bytes) -> bytes:
    """A chunk or a segment more, which its kind knows."""
    exif = HOSTILE[chance.choice([*HOSTILE])](chance.randint(1, 8))
    if content.startswith(b"\x89PNG"):
        return _chunk(chance, content, exif)
    if content.startswith(b"\xff\xd8"):
        return _segment(chance, content, exif)
    if content.startswith(b"RIFF"):
        name, data = chance.choice(((b"EXIF", exif), (b"ICCP", chance.choice(PROFILES)), (b"XMP ", b"<x/>")))
        data += bytes(len(data) % 2)
        return _riff(content[12:] + name + struct.pack("<I", len(data)) + data)
    if content.startswith(b"GIF8") and len(content) > 13:
        at = 13 + (3 << (content[10] & 7) + 1 if content[10] & 0x80 else 0)
        extension = chance.choice(
            (b"\x21\xfe\x06a note\0", b"\x21\xf9\x04\x01\0\0\x02\0", b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")
        )
        return content[:at] + extension + content[at:]
    return put_in(chance, content)


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _chunk(chance: random.Random, content: bytes, exif: bytes) -> bytes:
    places, at = [], 8
    while at + 12 <= len(content):
        places.append(at)
        at += 12 + int.from_bytes(content[at : at + 4])
    packed = b"p\0\0" + zlib.compress(chance.choice(PROFILES))
    chunks: Sequence[tuple[bytes, bytes]] = (
        (b"eXIf", exif.removeprefix(b"Exif\0\0")), (b"eXIf", exif), (b"iCCP", packed), (b"iCCP", packed[:40]),
        (b"tRNS", chance.randbytes(chance.choice((1, 2, 6, 40)))), (b"tRNS", bytes(6)), (b"tRNS", bytes(2)),
        (b"acTL", struct.pack(">II", chance.choice((0, 1, 2, 9)), 0)),
        (b"fcTL", struct.pack(">IIIIIHHBB", 0, 20, 20, 0, 0, 1, 10, 0, 0)), (b"gAMA", struct.pack(">I", 45455)),
        (b"sRGB", b"\0"), (b"tEXt", b"orangeday\0of another card"), (b"tEXt", b"Note\0" + b"n" * 2000),
        (b"zTXt", b"Note\0\0" + zlib.compress(bytes(3_000_000))), (b"iTXt", b"Note\0"), (b"bKGD", bytes(6)),
        (b"PLTE", bytes(30)), (b"IHDR", content[16:29]), (b"IDAT", b""), (b"IEND", b""), (b"QQQQ", b""),
        (b"quqU", b"x"),
    )  # fmt: skip
    name, data = chance.choice(chunks)
    check = zlib.crc32(name + data) if chance.random() < 0.9 else 0
    at = chance.choice(places[1:] or [len(content)])
    return content[:at] + struct.pack(">I", len(data)) + name + data + struct.pack(">I", check) + content[at:]


def _segment(chance: random.Random, content: bytes, exif: bytes) -> bytes:
    places, at = [], 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        places.append(at)
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    profile = b"ICC_PROFILE\0\x01\x01" + chance.choice(PROFILES)
    adobe = b"Adobe\0\x64\0\0\0\0" + bytes([chance.randrange(3)])
    marker, data = chance.choice(
        ((0xE1, exif), (0xE1, exif), (0xE2, profile), (0xE2, b"MPF\0" + bytes(20)), (0xEE, adobe), (0xFE, b"a note"),
         (0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"), (0xDD, b"\0\x01"), (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"))
    )  # fmt: skip
    segment = bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data
    odd = chance.choice((segment, segment, segment, segment, b"\xff\xff\xff", b"\xff\xd8", b"\xff\xd9", b"\xff\x01"))
    at = chance.choice([*places, at])
    return content[:at] + odd + content[at:]


MUTATIONS: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "bytes changed": flip,
    "bytes of its head changed": flip_in_the_head,
    "bytes taken out": take_out,
    "bytes put in": put_in,
    "cut": cut,
    "lengthened": lengthen,
    "joined with another": other_half,
    "other dimensions": other_dimensions,
    "a note put in": note,
    "another note put in": note,
}
