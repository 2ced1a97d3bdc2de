"""A picture as it is sent: what each platform gets of a file, and what is said to be altered."""

from __future__ import annotations

import base64
import io
import random
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw
from PIL.PngImagePlugin import PngInfo

from orangeday.content.encoding import Alteration, EncodedPicture, Flaw, Picture, encode, judge
from orangeday.content.images import alterations
from orangeday.content.picture_files import orientation, whole_card
from orangeday.platforms.bluesky import BLUESKY
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import PictureLimits
from orangeday.platforms.x import X

from ..servers.browser import Browser, browser  # noqa: F401  (a fixture)
from ..support.camera_notes import HOSTILE, exif_of
from ..support.colour_profiles import ADOBE_RGB, DISPLAY_P3, GREY, PAPER, SRGB, delta_e
from ..support.common import EXAMPLE

STILL, TURNED, COLOURS, WHITE, LOSSY, SMALLER = Alteration
BOTH = (X.pictures, BLUESKY.pictures)
OF_THE_FORMAT = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform", "gamma", "chromaticity",
    "srgb", "orangeday", "interlace", "progressive", "progression",
}  # fmt: skip
"""What Pillow tells of a file in which there is nothing but a picture, and of a card's stamp."""


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()


def drawn(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A picture of which every side and corner is another one."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    pen = ImageDraw.Draw(image)
    for corner, colour in (((0, 0), "red"), ((size[0] - 12, 0), "green"), ((0, size[1] - 12), "blue")):
        pen.rectangle((*corner, corner[0] + 11, corner[1] + 11), fill=colour)
    return image


def as_sent(content: bytes, limits: PictureLimits = X.pictures) -> EncodedPicture:
    """What is sent; the same each time, as large as it says, and with nothing in it but the picture."""
    sent = encode(content, limits)
    assert isinstance(sent, EncodedPicture), sent
    assert judge(content, (limits,))[1] == (sent,)
    with Image.open(io.BytesIO(sent.content)) as image:
        assert (image.size, image.get_format_mimetype()) == ((sent.width, sent.height), sent.mime)
        assert image.mode in ("1", "L", "P", "RGB", "LA", "RGBA")
        assert {*image.info} <= OF_THE_FORMAT
    assert len(sent.content) <= limits.max_bytes
    return sent


def shown(picture: EncodedPicture) -> Image.Image:
    return Image.open(io.BytesIO(picture.content)).convert("RGB")


def distance(one: Image.Image, other: Image.Image) -> float:
    """The largest difference of a channel, of 255."""
    assert one.size == other.size
    return max(ImageChops.difference(one.convert("RGB"), other.convert("RGB")).tobytes())


# What need not be changed


def test_a_card_is_sent_as_it_was_drawn() -> None:
    cards = [*EXAMPLE.parent.glob("posts/*/*.png")]
    assert len(cards) == 16 * 7 * 2
    for card in cards:
        content = card.read_bytes()
        _, sent = judge(content, BOTH)
        assert [made.content == content for made in sent if isinstance(made, EncodedPicture)] == [True, True]
        assert alterations(card, BOTH) == ((), ())


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 2}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_sound_jpg_keeps_every_byte_of_its_picture_and_none_of_its_notes(mode: str, how: dict[str, Any]) -> None:
    image = drawn().convert(mode)
    plain = saved(image, "JPEG", **how)
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "a camera", "the ambassador's nephew"
    noted = saved(image, "JPEG", exif=exif, comment=b"a note", xmp=b"<x>a note</x>", icc_profile=SRGB, **how)
    assert b"nephew" in noted and as_sent(noted).content == as_sent(plain).content
    assert distance(shown(as_sent(noted)), Image.open(io.BytesIO(plain))) == 0
    assert as_sent(noted).alterations == ()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA"])
def test_a_sound_png_is_sent_as_it_is_without_its_notes(mode: str) -> None:
    image = drawn().convert("RGBA" if mode == "RGBA" else "RGB").convert(mode)
    notes = PngInfo()
    notes.add_text("Author", "the ambassador's nephew")
    notes.add_itxt("Comment", "n" * 5_000_000)
    notes.add_text("Packed", "n" * 5_000_000, zip=True)
    content = saved(image, "PNG", pnginfo=notes, icc_profile=SRGB, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    sent = as_sent(content)
    assert sent.content == as_sent(saved(image, "PNG")).content and len(sent.content) < 100_000
    assert sent.alterations == () and distance(shown(sent), image) == 0


def test_a_profile_may_be_as_large_as_a_printers() -> None:
    plain, packed = saved(drawn(), "PNG"), saved(drawn(), "PNG", icc_profile=SRGB + bytes(2_000_000))
    assert as_sent(packed) == as_sent(plain)
    assert as_sent(saved(drawn(), "PNG", icc_profile=DISPLAY_P3 + bytes(2_000_000))).alterations == (COLOURS,)


def test_the_second_picture_of_a_camera_is_left_out() -> None:
    first, second = drawn(), Image.new("RGB", (96, 64), "black")
    content = io.BytesIO()
    first.save(content, "MPO", save_all=True, append_images=[second])
    sent = as_sent(content.getvalue())
    assert sent.alterations == () and sent.content.count(b"\xff\xd8\xff") == 1
    assert sent.content == as_sent(saved(first, "JPEG")).content


# How the camera was held


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("value", range(1, 9))
def test_however_the_camera_was_held_it_is_sent_upright(value: int, name: str) -> None:
    image = drawn()
    content = saved(image, "JPEG", quality=95, subsampling=0, exif=HOSTILE[name](value))
    sent = as_sent(content)
    upright = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    expected = image.transpose(upright[value]) if value > 1 else image
    assert sent.alterations == ((TURNED,) if value > 1 else ())
    assert distance(shown(sent), expected) < 40


def test_an_orientation_that_is_more_than_one_number_is_none() -> None:
    several = exif_of(6).replace(b"\x01\x12\0\x03\0\0\0\x01", b"\x01\x12\0\x03\0\xff\0\x01")
    assert as_sent(saved(drawn(), "JPEG", exif=several)).alterations == ()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_so_is_what_is_no_jpg(kind: str) -> None:
    how = {"lossless": True} if kind == "WEBP" else {}
    sent = as_sent(saved(drawn(), kind, exif=exif_of(6), **how))
    assert TURNED in sent.alterations and (sent.width, sent.height) == (64, 96)
    assert distance(shown(sent), drawn().transpose(Image.Transpose.ROTATE_270)) < 130


@given(st.binary(max_size=60), st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b""]))
@settings(max_examples=300, deadline=None)
def test_whatever_is_in_the_notes_it_is_read_as_one_of_eight(rest: bytes, head: bytes) -> None:
    assert orientation(b"Exif\0\0" + head + rest) in range(1, 9)


# Sixteen bits, palettes, transparency


def png_of(width: int, height: int, depth: int, colours: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    more = b"".join(chunk(name, data) for name, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + header + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("colours", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_of_sixteen_bits_the_upper_eight_are_sent(colours: int, channels: int) -> None:
    values = range(0, 65536, 256)
    opaque = {4, 6} & {colours}
    row = b"".join(
        struct.pack(">H", value + 100) * (channels - bool(opaque)) + (b"\xff\xff" if opaque else b"")
        for value in values
    )
    content = png_of(256, 4, 16, colours, (b"\0" + row) * 4)
    sent = as_sent(content)
    assert sent.alterations == ()
    assert [shown(sent).getpixel((x, 2)) for x in range(256)] == [(x, x, x) for x in range(256)]


def test_a_grey_that_is_transparent_in_sixteen_bits_becomes_white() -> None:
    row = b"\0" + struct.pack(">4H", 0, 20_000, 40_000, 65_535)
    sent = as_sent(png_of(4, 1, 16, 0, row, (b"tRNS", struct.pack(">H", 20_000))), BLUESKY.pictures)
    assert sent.alterations == (WHITE,)
    assert [shown(sent).getpixel((x, 0)) for x in range(4)] == [(v, v, v) for v in (0, 255, 156, 255)]


@pytest.mark.parametrize(
    ("depth", "colours", "levels", "hole"),
    [
        (2, 0, bytes([0b00011011]), struct.pack(">H", 1)),
        (4, 0, bytes([0x05, 0xAF]), struct.pack(">H", 5)),
        (16, 2, struct.pack(">12H", *(0, 0, 0), *(20_000, 30_000, 40_000), *(40_000,) * 3, *(65_535,) * 3),
         struct.pack(">3H", 20_000, 30_000, 40_000)),
    ],
    ids=["grey of two bits", "grey of four bits", "colours of sixteen bits"],
)  # fmt: skip
def test_a_colour_that_is_transparent_becomes_white_however_many_bits_it_has(
    depth: int, colours: int, levels: bytes, hole: bytes, tmp_path: Path
) -> None:
    content = png_of(4, 4, depth, colours, (b"\0" + levels) * 4, (b"tRNS", hole))
    for limits in BOTH:
        sent = as_sent(content, limits)
        assert sent.alterations == (WHITE,)
        pixels = [shown(sent).getpixel((x, 2)) for x in range(4)]
        assert pixels[1] == (255, 255, 255) != pixels[2], "and no other"
        assert pixels[0] == (0, 0, 0)
    assert disagreement(content, tmp_path / "a.png") == ""


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_becomes_white_and_that_is_said(kind: str) -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 20, 20))
    if kind == "PNG":
        image.paste((0, 0, 0, 128), (30, 0, 40, 20))
    how = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    sent = as_sent(saved(image, kind, **how))
    assert WHITE in sent.alterations
    colours = [shown(sent).getpixel((x, 10)) for x in (10, 25, 35)]
    grey = (127, 127, 127) if kind == "PNG" else (255, 255, 255)
    for found, expected in zip(colours, [(200, 0, 0), (255, 255, 255), grey], strict=True):
        assert isinstance(found, tuple) and delta_e(found, expected) < 4, (kind, colours)


def test_a_palette_with_a_hole_becomes_white_there() -> None:
    image = Image.new("P", (40, 20), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 20, 20))
    sent = as_sent(saved(image, "PNG", transparency=1))
    assert sent.alterations == (WHITE,)
    assert [shown(sent).getpixel((x, 10)) for x in (10, 30)] == [(255, 0, 0), (255, 255, 255)]
    sent = as_sent(saved(image, "PNG"))
    assert sent.alterations == () and shown(sent).getpixel((30, 10)) == (0, 0, 255)


def test_transparency_that_hides_nothing_changes_nothing() -> None:
    assert as_sent(saved(drawn().convert("RGBA"), "PNG")).alterations == ()


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_a_grey_picture_with_a_profile_of_greys_is_sent(mode: str) -> None:
    grey = Image.linear_gradient("L").resize((60, 40))
    image = grey.convert(mode)
    if mode == "LA":
        image.putalpha(grey.rotate(90))
    plain, sent = (as_sent(saved(image, "PNG", icc_profile=profile)) for profile in (None, GREY))
    assert COLOURS in sent.alterations and {*sent.alterations} - {COLOURS} == {*plain.alterations}
    darker, lighter = (shown(picture).getpixel((30, 20)) for picture in (sent, plain))
    assert darker == lighter if mode == "1" else darker != lighter


def test_a_transparent_grey_is_white_by_its_profile_too() -> None:
    image = Image.linear_gradient("L").resize((60, 40))
    sent = as_sent(saved(image, "PNG", icc_profile=GREY, transparency=image.getpixel((0, 20))))
    assert sent.alterations == (COLOURS, WHITE) and shown(sent).getpixel((30, 20)) == (255, 255, 255)


def test_an_interlaced_png_is_sent_as_it_is() -> None:
    rows = b"".join(b"\0" + bytes((200, 100, 0)) * width for width in (1, 1, 2, 2, 4, 4, 8) for _ in range(1))
    passes = ((1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4))
    rows = b"".join((b"\0" + bytes((200, 100, 0)) * width) * height for width, height in passes)
    plain = png_of(8, 8, 8, 2, rows)
    header = plain[16:28] + b"\x01"
    content = plain[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + plain[33:]
    sent = as_sent(content)
    assert sent.content == content and shown(sent).getpixel((7, 7)) == (200, 100, 0)


# What moves


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_what_moves_the_first_picture_is_sent_and_that_is_said(kind: str) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("orange", "blue", "black")]
    sent = as_sent(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert sent.alterations[0] is STILL
    with Image.open(io.BytesIO(sent.content)) as image:
        assert getattr(image, "n_frames", 1) == 1
    found = shown(sent).getpixel((5, 5))
    assert isinstance(found, tuple) and delta_e(found, (255, 165, 0)) < 4


def test_what_only_could_move_does_not() -> None:
    assert as_sent(saved(drawn(), "GIF", save_all=True)).alterations == ()


def chunk_before(content: bytes, name: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with these chunks before its first of that name."""
    at = content.index(name) - 4
    more = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return content[:at] + b"".join(more) + content[at:]


PART_OF_IT = (b"fcTL", struct.pack(">IIIIIHHBB", 0, 20, 10, 0, 0, 1, 10, 0, 0))
"""A frame that fills a part of the picture alone."""


@pytest.mark.parametrize("moves", [(), ((b"acTL", struct.pack(">II", 0, 0)),), ((b"acTL", struct.pack(">II", 2, 0)),)])
def test_what_is_left_of_a_movement_leaves_the_picture_whole(moves: tuple[tuple[bytes, bytes], ...]) -> None:
    image = drawn()
    content = chunk_before(saved(image, "PNG", exif=exif_of(6)), b"IDAT", *moves, PART_OF_IT)
    made = encode(content, X.pictures)
    if not isinstance(made, Flaw):
        assert TURNED in made.alterations
        assert distance(shown(made), image.transpose(Image.Transpose.ROTATE_270)) == 0
    assert isinstance(made, EncodedPicture) or moves


def test_what_stands_behind_the_picture_does_not_change_it() -> None:
    image = drawn()
    profile = b"p\0\0" + zlib.compress(ADOBE_RGB)
    behind = ((b"iCCP", profile), (b"tRNS", bytes(6)), (b"eXIf", exif_of(6)[6:]), (b"acTL", struct.pack(">II", 2, 0)))
    for chunk in behind:
        sent = as_sent(chunk_before(saved(image, "PNG"), b"IEND", chunk))
        assert sent.alterations == () and sent.content == as_sent(saved(image, "PNG")).content, chunk[0]
    hole = Image.new("RGBA", (40, 20), (200, 0, 0, 0))
    plain = saved(hole, "PNG")
    assert as_sent(chunk_before(plain, b"IEND", (b"iCCP", profile))).content == as_sent(plain).content


def test_what_is_transparent_is_said_behind_the_palette() -> None:
    image = drawn().quantize(8)
    plain = saved(image, "PNG")
    early = (b"tRNS", bytes(8))
    assert as_sent(chunk_before(plain, b"PLTE", early)).content == as_sent(plain).content
    hole = saved(image, "PNG", transparency=2)
    assert as_sent(chunk_before(hole, b"PLTE", early)).content == as_sent(hole).content != as_sent(plain).content


def test_of_two_profiles_the_first_counts() -> None:
    second = (b"iCCP", b"p\0\0" + zlib.compress(ADOBE_RGB))
    image = patches("RGB")
    plain = saved(image, "PNG", icc_profile=SRGB)
    twice = as_sent(chunk_before(plain, b"IDAT", second))
    assert twice.alterations == () and twice.content == as_sent(plain).content


# Within the limits


@pytest.mark.parametrize("most", [200_000, 20_000, 2_000])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_too_large_a_picture_goes_down_the_ladder(kind: str, most: int) -> None:
    content = saved(Image.effect_noise((800, 400), 80).convert("RGB"), kind)
    sent = as_sent(content, PictureLimits(most))
    assert sent.width / sent.height == pytest.approx(2, abs=0.1)
    assert (SMALLER in sent.alterations) == (sent.width < 800)
    assert {*sent.alterations} & {LOSSY, SMALLER} or len(content) <= most


@pytest.mark.parametrize(("size", "sent_size"), [((9000, 40), (8192, 36)), ((40, 9000), (36, 8192)), ((8192, 9), None)])
def test_too_long_a_picture_is_made_shorter_where_that_is_the_limit(
    size: tuple[int, int], sent_size: tuple[int, int] | None
) -> None:
    content = saved(Image.new("RGB", size, "orange"), "PNG")
    on_x, on_bluesky = as_sent(content), as_sent(content, BLUESKY.pictures)
    assert (on_x.width, on_x.height) == (sent_size or size)
    assert on_x.alterations == ((SMALLER,) if sent_size else ())
    assert on_bluesky.content == content


@pytest.mark.parametrize("size", [(20_000, 5), (5, 20_000), (40_000, 12)])
def test_so_long_that_it_would_be_too_thin_when_made_shorter_it_is_refused_there(size: tuple[int, int]) -> None:
    content = saved(Image.new("RGB", size, "orange"), "PNG")
    on_x, on_bluesky = judge(content, BOTH)[1]
    assert isinstance(on_x, Flaw) and on_x.rule == "picture-too-small"
    assert on_x.message == (
        f"it has {size[0]:,} × {size[1]:,} pixels: made small enough, it is less than 4 pixels wide or high."
    )
    assert isinstance(on_bluesky, EncodedPicture) and on_bluesky.content == content


def test_a_picture_that_no_jpg_can_be_as_long_as_is_made_shorter() -> None:
    noise = random.Random(1).randbytes(66_000 * 12 * 3)  # noqa: S311
    content = saved(Image.frombytes("RGB", (66_000, 12), noise), "PNG", compress_level=0)
    sent = as_sent(content, BLUESKY.pictures)
    assert sent.alterations == (LOSSY, SMALLER) and sent.width <= 65_500


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3)])
def test_too_small_a_picture_is_refused_where_that_is_the_limit(size: tuple[int, int]) -> None:
    content = saved(Image.new("RGB", size, "orange"), "PNG")
    on_x, on_bluesky = judge(content, BOTH)[1]
    assert isinstance(on_x, Flaw) and on_x.rule == "picture-too-small"
    assert isinstance(on_bluesky, EncodedPicture) and on_bluesky.alterations == ()


def test_what_nothing_can_be_made_of_is_said_and_not_raised() -> None:
    for content in (b"", b"GIF89a", b"no picture", bytes(range(256)) * 10, b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        assert isinstance(encode(content, X.pictures), Flaw)
    noise = saved(Image.effect_noise((200, 200), 80).convert("RGB"), "PNG")
    refused = encode(noise, PictureLimits(10))
    assert isinstance(refused, Flaw) and refused.rule == "picture-too-large"


LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from orangeday.content.encoding import Flaw, encode
from orangeday.content.images import Fit, digest_and_alterations, judge_file
from orangeday.platforms.x import X

file, limits = Path(sys.argv[1]), (X.pictures,)
encode(Path(sys.argv[2]).read_bytes(), X.pictures)  # what is loaded late is loaded now
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 20_000_000, resource.RLIM_INFINITY))
judged, looked = judge_file(file, limits), digest_and_alterations(file, limits)
assert isinstance(judged.picture, Flaw) and "too little memory" in judged.picture.message, judged
assert looked == (None, ((),)), looked
try:
    sys.exit(f"sent: {encode(file.read_bytes(), X.pictures)}")
except MemoryError:
    pass
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert isinstance(judge_file(file, limits).fits[X.pictures], Fit), "it isn't remembered"
assert digest_and_alterations(file, limits)[0]
"""


@pytest.mark.integration
@pytest.mark.skipif(sys.platform != "linux", reason="other systems don't limit a program's memory like this")
def test_with_too_little_memory_a_picture_is_not_called_damaged_for_good(tmp_path: Path) -> None:
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    large.write_bytes(saved(Image.new("RGBA", (3500, 3500), (255, 165, 0, 128)), "PNG", compress_level=1))
    small.write_bytes(saved(drawn(), "PNG"))
    program = [sys.executable, "-c", LITTLE_MEMORY, str(large), str(small)]
    ran = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_was_cut_short_by_a_few_bytes_is_refused_alike_by_all(kind: str) -> None:
    content = saved(drawn(), kind)
    for missing in range(1, 40):
        picture, sent = judge(content[:-missing], BOTH)
        assert isinstance(picture, Flaw) == all(isinstance(made, Flaw) for made in sent)
        assert isinstance(picture, Flaw) or kind in ("GIF", "WEBP"), "its last bytes are no part of the picture"


# Colours


PATCHES = [
    (200, 60, 40), (60, 160, 60), (40, 60, 200), (230, 200, 40), (128, 128, 128), (245, 130, 32), (90, 60, 30),
    (20, 20, 20), (250, 250, 250), (180, 60, 160), (60, 180, 180), (224, 172, 105),
]  # fmt: skip


def patches(mode: str) -> Image.Image:
    image = Image.new("RGB", (40 * len(PATCHES), 40))
    for n, colour in enumerate(PATCHES):
        image.paste(colour, (40 * n, 0, 40 * n + 40, 40))
    return image.convert(mode)


def png_with(gamma: int, mode: str, depth: int = 8, *chunks: tuple[bytes, bytes]) -> bytes:
    """The patches as a PNG file that says by which exponent, a hundred-thousandth, its levels were made from light."""
    image = patches(mode)
    width, height = image.size
    levels = image.tobytes()
    levels = levels if depth == 8 else bytes(byte for level in levels for byte in (level, level))
    step = len(levels) // height
    rows = b"".join(b"\0" + levels[step * y : step * (y + 1)] for y in range(height))
    colours = {"L": 0, "RGB": 2}[mode]
    return png_of(width, height, depth, colours, rows, (b"gAMA", struct.pack(">I", gamma)), *chunks)


WITH_A_GAMMA = {
    "drawn in light": png_with(100_000, "RGB"),
    "grey of 16 bits, drawn in light": png_with(100_000, "L", 16),
    "a Mac's of old": png_with(55_556, "RGB"),
    "a screen's gamma": png_with(45_455, "RGB"),
    "a gamma that sRGB overrules": png_with(100_000, "RGB", 8, (b"sRGB", b"\0")),
}
COLOURED = {
    "no profile": (patches("RGB"), "JPEG", None),
    "sRGB": (patches("RGB"), "JPEG", SRGB),
    "Display P3, jpg": (patches("RGB"), "JPEG", DISPLAY_P3),
    "Display P3, png": (patches("RGB"), "PNG", DISPLAY_P3),
    "Display P3, png with a palette": (patches("RGB").quantize(64), "PNG", DISPLAY_P3),
    "Adobe RGB": (patches("RGB"), "JPEG", ADOBE_RGB),
    "Adobe RGB, webp": (patches("RGB"), "WEBP", ADOBE_RGB),
    "grey of old screens": (patches("L"), "PNG", GREY),
    "inks without a profile": (patches("CMYK"), "JPEG", None),
    "inks of a printer": (patches("CMYK"), "JPEG", PAPER),
    "a profile that is none": (patches("RGB"), "PNG", b"a profile" * 100),
    "a profile of inks in a picture of light": (patches("RGB"), "PNG", PAPER),
}


@pytest.mark.integration
def test_the_colours_that_are_sent_are_those_that_a_browser_shows(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    """To an eye the same: within 3 (CIE 1976), of which jpg's own rounding is most."""
    rows, sent_pictures = [], {}
    apart: dict[str, float] = {}
    contents = {name: (content, "image/png") for name, content in WITH_A_GAMMA.items()}
    for name, (image, kind, profile) in COLOURED.items():
        how: dict[str, Any] = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
        how |= {"lossless": True} if kind == "WEBP" else {}
        contents[name] = saved(image, kind, icc_profile=profile, **how), f"image/{kind.lower()}"
    for name, (content, kind) in contents.items():
        sent_pictures[name] = as_sent(content)
        for picture, mime in (
            (content, kind),
            (sent_pictures[name].content, sent_pictures[name].mime),
        ):
            data = base64.b64encode(picture).decode()
            rows.append(f'<img src="data:{mime};base64,{data}" style="display:block">')
    (tmp_path / "page.html").write_text(f'<body style="margin:0">{"".join(rows)}')
    with browser.open(tmp_path / "page.html") as seen:
        screen = Image.open(io.BytesIO(seen.page.screenshot(full_page=True))).convert("RGB")
    for row, name in enumerate(contents):
        for n in range(len(PATCHES)):
            one, other = (screen.getpixel((40 * n + 20, 80 * row + 20 + below)) for below in (0, 40))
            assert isinstance(one, tuple) and isinstance(other, tuple)
            apart[name] = max(apart.get(name, 0), delta_e(one, other))
    assert max(apart.values()) < 3, apart
    converted = {name for name, sent in sent_pictures.items() if COLOURS in sent.alterations}
    assert converted == {*contents} - {
        "no profile", "sRGB", "a profile that is none", "a profile of inks in a picture of light",
        "a screen's gamma", "a gamma that sRGB overrules",
    }  # fmt: skip


@pytest.mark.parametrize("name", WITH_A_GAMMA)
def test_levels_that_were_made_otherwise_from_light_are_converted(name: str, tmp_path: Path) -> None:
    sent = as_sent(WITH_A_GAMMA[name])
    expected = {"drawn in light": 188, "grey of 16 bits, drawn in light": 188, "a Mac's of old": 146}.get(name, 128)
    assert sent.alterations == ((COLOURS,) if expected != 128 else ())
    assert shown(sent).getpixel((40 * PATCHES.index((128, 128, 128)) + 20, 20)) == (expected,) * 3
    assert disagreement(WITH_A_GAMMA[name], tmp_path / "a.png") == ""


def test_a_gamma_that_nobody_can_mean_is_none() -> None:
    for gamma in (0, 1, 4_294_967):
        assert as_sent(png_with(gamma, "RGB")).alterations == ()


def test_inks_with_a_profile_are_converted_by_it() -> None:
    image = Image.new("CMYK", (40, 40), (0, 255, 255, 0))
    by_profile, without = (as_sent(saved(image, "JPEG", icc_profile=profile)) for profile in (PAPER, None))
    assert by_profile.alterations == without.alterations == (COLOURS,)
    dull, bright = (shown(sent).getpixel((20, 20)) for sent in (by_profile, without))
    assert isinstance(dull, tuple) and isinstance(bright, tuple)
    assert delta_e(dull, (255, 38, 38)) < 4 and delta_e(bright, (255, 0, 0)) < 4


# Cards of our own, which are known by their checksums


def without_stamp(card: bytes) -> bytes:
    """The same card under another program's name: it is decoded, as any picture is."""
    at = card.index(b"tEXtorangeday\0")
    (length,) = struct.unpack_from(">I", card, at - 4)
    chunk = card[at : at + 4 + length].replace(b"orangeday", b"othername")
    return card[:at] + chunk + struct.pack(">I", zlib.crc32(chunk)) + card[at + 8 + length :]


CARDS = sorted((EXAMPLE.parent / "posts").glob("*/*.png"))


@pytest.mark.parametrize("card", CARDS[::9], ids=lambda card: f"{card.parent.name[:2]}-{card.stem}")
def test_a_card_is_judged_and_sent_as_if_it_were_decoded(card: Path) -> None:
    content = card.read_bytes()
    picture, made = judge(content, BOTH)
    other_picture, decoded = judge(without_stamp(content), BOTH)
    assert isinstance(picture, Picture) and isinstance(other_picture, Picture)
    assert picture.stamp and not other_picture.stamp
    assert replace(picture, stamp="") == other_picture
    for sent, other in zip(made, decoded, strict=True):
        assert isinstance(sent, EncodedPicture) and isinstance(other, EncodedPicture)
        assert shown(sent).tobytes() == shown(other).tobytes()
        assert (sent.mime, sent.width, sent.height, sent.alterations) == (
            other.mime, other.width, other.height, other.alterations,
        )  # fmt: skip
    assert all(isinstance(sent, EncodedPicture) and sent.content == content for sent in made)


def test_a_card_in_which_a_byte_was_changed_is_decoded() -> None:
    content, chance = CARDS[0].read_bytes(), random.Random(3)  # noqa: S311
    assert whole_card(content)
    for _ in range(200):
        at = chance.randrange(8, len(content))
        spoilt = content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
        assert whole_card(spoilt) is None
    for missing in range(1, 30):
        assert whole_card(content[:-missing]) is None
    assert whole_card(content + b"\0behind it") == whole_card(content)


def test_a_card_that_was_made_to_move_or_turned_is_no_longer_one_of_ours() -> None:
    content = CARDS[0].read_bytes()
    for chunk in (
        (b"acTL", struct.pack(">II", 2, 0)),
        (b"eXIf", exif_of(6)[6:]),
        (b"tRNS", bytes(6)),
        (b"gAMA", bytes(4)),
    ):
        assert whole_card(chunk_before(content, b"IDAT", chunk)) is None


# What is judged is what is sent


def mutated(chance: random.Random) -> bytes:
    """A small picture, in which some bytes were changed, taken out or put in."""
    image = drawn((chance.randint(1, 60), chance.randint(1, 60))).convert(
        chance.choice(("RGB", "L", "P", "RGBA", "CMYK"))
    )
    kind = chance.choice(("PNG", "JPEG", "GIF", "WEBP"))
    fitting = {"JPEG": ("RGB", "L", "CMYK"), "GIF": ("RGB", "L", "P", "RGBA"), "WEBP": ("RGB", "RGBA")}.get(
        kind, ("RGB", "L", "P", "RGBA")
    )
    image = image if image.mode in fitting else image.convert("RGB")
    how: dict[str, Any] = {}
    if kind != "GIF" and chance.random() < 0.4:
        how["exif"] = chance.choice([*HOSTILE.values()])(chance.randint(0, 9))
    if kind != "GIF" and chance.random() < 0.4:
        how["icc_profile"] = chance.choice((SRGB, DISPLAY_P3, ADOBE_RGB, GREY, PAPER))
    if kind != "JPEG" and chance.random() < 0.3:
        how |= {"save_all": True, "append_images": [Image.new(image.mode, image.size)]}
    content = bytearray(saved(image, kind, **how))
    for _ in range(chance.choice((0, 1, 1, 2, 5, 20))):
        at = chance.randrange(len(content))
        what = chance.random()
        if what < 0.6:
            content[at] = chance.randrange(256)
        elif what < 0.8:
            del content[at : at + chance.randint(1, 9)]
        else:
            content[at:at] = chance.randbytes(chance.randint(1, 9))
        if not content:
            break
    return bytes(content)


def disagreement(content: bytes, file: Path) -> str:
    """How two that ask about a picture were told otherwise; "" where all were told the same."""
    picture, sent = judge(content, BOTH)
    alone = tuple(encode(content, limits) for limits in BOTH)
    if sent != alone:
        return f"checked together {sent}, sent alone {alone}"
    file.write_bytes(content or b"\0")
    noted = alterations(file, BOTH)
    for made, altered in zip(sent, noted, strict=True):
        if isinstance(picture, Flaw) and made != picture:
            return f"{picture} and {made}"
        if isinstance(made, EncodedPicture):
            if made.alterations != altered:
                return f"{made.alterations} are sent, and {altered} are approved"
            with Image.open(io.BytesIO(made.content)) as image:
                image.load()
                if (image.size, getattr(image, "n_frames", 1)) != ((made.width, made.height), 1):
                    return f"{image} for {made.width} × {made.height}"
    return ""


def test_what_is_checked_is_what_is_sent_whatever_the_file(tmp_path: Path) -> None:
    told = {}
    for seed in range(200):
        if said := disagreement(mutated(random.Random(seed)), tmp_path / str(seed)):  # noqa: S311
            told[seed] = said
    assert told == {}


def test_all_platforms_say_what_they_take() -> None:
    assert [spec.pictures for spec in PLATFORMS.values()] == [*BOTH]
