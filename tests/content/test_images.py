"""Pictures: what a file is, where a name leads, and what the rules say of the pictures that a day lists."""

from __future__ import annotations

import io
import os
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from orangeday.content import images as pictures
from orangeday.content.images import Flaw, Picture, inspect, locate
from orangeday.content.plan import Plan
from orangeday.content.problems import Location, Problem, Scope, Severity
from orangeday.rules import context
from orangeday.rules import pictures as rules_pictures
from orangeday.rules.catalogue import blocking_errors, check
from orangeday.rules.context import RuleContext

from ..support import campaigns
from ..support.common import plan_of

DAY = "posts/05-day/day.toml"
DAMAGED = Flaw(
    "picture-unreadable",
    "the picture is damaged.",
    "Copy it again from where it comes from, or save it again as jpg or png.",
)
NO_PICTURE = Flaw(
    "picture-kind",
    "it isn't a jpg, png, gif or webp picture.",
    "Open it in a picture program, and save it as jpg or png.",
)
SMALLER = "Save it smaller: 1,600 pixels wide is plenty."


def noise(size: tuple[int, int] = (320, 180)) -> Image.Image:
    """A picture that no encoder makes small, so that half a file is half a picture."""
    return Image.effect_noise(size, 90).convert("RGB")


def frames() -> list[Image.Image]:
    return [Image.new("RGB", (60, 40), colour) for colour in ("orange", "white", "black")]


def picture(kind: str, width: int, height: int, file: Path, **more: bool) -> Picture:
    size = file.stat().st_size
    noted = {"animated": False, "turned": False, "located": False, **more}
    return Picture(kind, width, height, size, noted["animated"], noted["turned"], noted["located"])


def noted(orientation: int, *, place: bool = False) -> Image.Exif:
    """What a camera writes beside the picture."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    if place:
        exif.get_ifd(0x8825)[1] = "N"
        exif.get_ifd(0x8825)[2] = (50.0, 50.0, 0.0)
    return exif


# What a file is


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "webp"])
def test_a_picture_is_known_by_its_content_whatever_it_is_called(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"picture.{kind}"
    noise().save(file)
    renamed = file.rename(tmp_path / "PICTURE")
    assert inspect(renamed) == picture(kind, 320, 180, renamed)


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_a_picture_that_moves_is_known(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"moves.{kind}"
    first, *others = frames()
    first.save(file, save_all=True, append_images=others)
    assert inspect(file) == picture(kind, 60, 40, file, animated=True)


def test_a_jpg_with_a_second_view_in_it_is_a_jpg_that_stands_still(tmp_path: Path) -> None:
    first, *others = frames()
    first.save(tmp_path / "camera.mpo", save_all=True, append_images=others)
    file = (tmp_path / "camera.mpo").rename(tmp_path / "camera.jpg")
    assert inspect(file) == picture("jpg", 60, 40, file)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
@pytest.mark.parametrize(
    ("orientation", "size", "turned"), [(1, (320, 180), False), (3, (320, 180), True), (6, (180, 320), True)]
)
def test_what_the_camera_noted_is_known_and_the_size_is_the_one_that_is_seen(
    tmp_path: Path, kind: str, orientation: int, size: tuple[int, int], turned: bool
) -> None:
    file = tmp_path / f"noted.{kind}"
    noise().save(file, exif=noted(orientation, place=turned))
    assert inspect(file) == picture(kind, *size, file, turned=turned, located=turned)


def test_notes_that_nobody_can_read_spoil_no_picture(tmp_path: Path) -> None:
    file = tmp_path / "notes.jpg"
    noise().save(file, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x88\x25\0\4\xff\xff\xff\xff" * 9)
    assert inspect(file) == picture("jpg", 320, 180, file)


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "webp"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_a_picture_that_was_cut_short_is_damaged(tmp_path: Path, kind: str, kept: float) -> None:
    file = tmp_path / f"short.{kind}"
    noise().save(file)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    assert inspect(file) == DAMAGED


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("telephone.jpg", b"\0\0\0\x20ftypheic" + bytes(200)),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("letter.jpg", b"%PDF-1.7\n"),
        ("film.gif", b"\0\0\0\x18ftypmp42" + bytes(200)),
        ("text.png", b"a picture of a candle\n"),
    ],
)
def test_what_is_no_picture_of_the_four_kinds_is_said_to_be_none(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert inspect(tmp_path / name) == NO_PICTURE


@pytest.mark.parametrize("kind", ["bmp", "tiff", "ico", "ppm"])
def test_a_picture_of_another_kind_is_refused_though_pillow_could_read_it(tmp_path: Path, kind: str) -> None:
    noise((64, 64)).save(tmp_path / f"other.{kind}")
    assert inspect(tmp_path / f"other.{kind}") == NO_PICTURE


def test_whatever_is_no_file_with_something_in_it_is_said_and_nothing_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    said = {
        "empty.png": "the file is empty.",
        "folder.png": "this isn't a file.",
        "pipe.png": "this isn't a file.",
        "loop.png": "it can't be read: Too many levels of symbolic links.",
        "a" * 300: "it can't be read: File name too long.",
        "nul\0.png": "it can't be read: embedded null byte.",
        "other.png": "there is no such picture.",
        "empty.png/other.png": "there is no such picture.",
    }
    found = {name: inspect(tmp_path / name) for name in said}
    assert {name: flaw.message for name, flaw in found.items() if isinstance(flaw, Flaw)} == said


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("05.PNG", "Did you mean “05.png”? Put it there, or correct its name."),
        ("5.png", "Did you mean “05.png”? Put it there, or correct its name."),
        ("summit.webp", "Put it there, or correct its name."),
    ],
)
def test_a_picture_that_is_missing_may_be_there_under_a_similar_name(tmp_path: Path, asked: str, hint: str) -> None:
    (tmp_path / "05.png").touch()
    assert inspect(tmp_path / asked) == Flaw("picture-missing", "there is no such picture.", hint)


# Pictures that would fill the memory


def png_of(width: int, height: int) -> bytes:
    """The beginning of a png, which claims to be this large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checked = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + checked + struct.pack(">I", 2_000_000_000) + b"IDAT"


def gif_of(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0," + struct.pack("<HHHH", 0, 0, 9, 9) + b"\0\x08"


def test_a_picture_of_more_pixels_than_any_camera_makes_is_not_decoded(tmp_path: Path) -> None:
    Image.new("1", (7300, 7300)).save(tmp_path / "flag.png")
    assert inspect(tmp_path / "flag.png") == Flaw(
        "picture-too-large", "it has 7,300 × 7,300 pixels; 50 million are the most.", SMALLER
    )


@pytest.mark.parametrize("content", [png_of(60_000, 60_000), png_of(12_000, 9_000), gif_of(65_535, 65_535)])
def test_a_small_file_that_claims_to_be_a_huge_picture_costs_neither_time_nor_memory(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "bomb").write_bytes(content)
    began = time.process_time()
    tracemalloc.start()
    found = inspect(tmp_path / "bomb")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(found, Flaw)
    assert found.rule == "picture-too-large"
    assert most < 5_000_000
    assert time.process_time() - began < 1


def test_a_file_too_large_to_be_a_picture_is_not_opened(tmp_path: Path) -> None:
    with (tmp_path / "film.png").open("wb") as film:
        film.truncate(3_000_000_000)
    assert inspect(tmp_path / "film.png") == Flaw(
        "picture-too-large", "it has 3,000,000,000 bytes; no picture has more than 100,000,000.", SMALLER
    )


def test_a_picture_that_changes_is_looked_into_again(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    noise((64, 64)).save(file)
    assert isinstance(inspect(file), Picture)
    file.write_bytes(file.read_bytes()[:-5])
    assert inspect(file) == DAMAGED
    noise((32, 64)).save(file)
    assert inspect(file) == picture("png", 32, 64, file)


def test_many_threads_may_look_at_once_and_pillows_warnings_stay_among_them(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.png").write_bytes(png_of(10_000 + number, 10_000))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(inspect, tmp_path.iterdir()))
    assert {flaw.rule for flaw in found if isinstance(flaw, Flaw)} == {"picture-too-large"}
    assert len(found) == 40


# Where a name leads


@pytest.mark.parametrize("name", ["media/05.png", "05-day/05.png", "media/a b – ü.png", "media/../media/05.png"])
def test_a_name_leads_to_a_file_below_the_posts(tmp_path: Path, name: str) -> None:
    assert locate(tmp_path, name) == tmp_path / name


PUT = "Put the picture into posts/media, and write “media/05.png”."


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("../05.png", "it leads out of the folder posts.", PUT),
        ("media/../../05.png", "it leads out of the folder posts.", PUT),
        ("../posts/05.png", "it leads out of the folder posts.", PUT),
        ("..\\05.png", "it leads out of the folder posts.", PUT),
        ("/home/anna/05.png", "it starts from the top of a disk, which no other machine has.", PUT),
        ("~/Desktop/05.png", "it starts from the top of a disk, which no other machine has.", PUT),
        ("C:\\Users\\anna\\05.png", "it starts from the top of a disk, which no other machine has.", PUT),
        ("\\\\server\\share\\05.png", "it starts from the top of a disk, which no other machine has.", PUT),
        ("https://example.org/05.png", "it is an address on the internet, not a file.", PUT),
        ("media\\05.png", "it has a backslash.", "Write it with /: media/05.png"),
        ("media\\\\05.png", "it has a backslash.", "Write it with /: media/05.png"),
        ("media\\more/05.png", "it has a backslash.", "Write it with /: media/more/05.png"),
        ("\0/05.png", "no file can have that name.", PUT),
    ],
)
def test_a_name_that_leads_elsewhere_says_where_the_picture_belongs(
    tmp_path: Path, name: str, message: str, hint: str
) -> None:
    assert locate(tmp_path / "posts", name) == Flaw("picture-path", message, hint)


def test_a_link_must_not_lead_out_of_the_posts_and_may_lead_about_in_them(tmp_path: Path) -> None:
    media = tmp_path / "posts/media"
    media.mkdir(parents=True)
    (tmp_path / "secret.png").touch()
    (media / "real.png").touch()
    (media / "inside.png").symlink_to("real.png")
    (media / "outside.png").symlink_to(tmp_path / "secret.png")
    (media / "folder").symlink_to(tmp_path)
    posts = tmp_path / "posts"
    assert locate(posts, "media/inside.png") == media / "inside.png"
    for name in ("media/outside.png", "media/folder/secret.png"):
        assert locate(posts, name) == Flaw(
            "picture-path",
            "it is a link that leads out of the folder posts.",
            "Put the picture itself there, in place of the link.",
        )
    (tmp_path / "linked").symlink_to(posts)
    assert locate(tmp_path / "linked", "media/real.png") == tmp_path / "linked/media/real.png"


# What the rules say of a day's pictures

Pictured = Callable[..., Plan]


@pytest.fixture
def pictured(tmp_path: Path) -> Pictured:
    """A small campaign whose day 5 lists these pictures, one a line from line 4 on; and the files that are there."""

    def pictured(listed: list[str], there: dict[str, bytes] | None = None, more: str = "") -> Plan:
        media = "".join(f"  {name!r},\n" for name in listed)
        day = f'title = "Day 5"\nfacts = ["one"]\nmedia = [\n{media}]\n'
        config = campaigns.write(tmp_path, campaigns.files() | {DAY: day + more})
        (tmp_path / "posts/media").mkdir()
        for name, content in (there or {}).items():
            (tmp_path / "posts" / name).write_bytes(content)
        return plan_of(config)

    return pictured


def found(plan: Plan, rule: context.Rule) -> list[Problem]:
    return list(rule(RuleContext(plan, list(plan))))


def saved(tmp_path: Path, kind: str = "png", size: tuple[int, int] = (1200, 675), weight: int = 0) -> bytes:
    """A picture as it is in a file; `weight` makes the file at least so many bytes, as a camera's notes do."""
    file = tmp_path / f"saved.{kind}"
    Image.new("RGB", size, "orange").save(file)
    content = file.read_bytes()
    return content + bytes(max(0, weight - len(content)))


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "webp"])
def test_a_picture_as_it_should_be_breaks_no_rule(pictured: Pictured, tmp_path: Path, kind: str) -> None:
    plan = pictured([f"media/05.{kind}"], {f"media/05.{kind}": saved(tmp_path, kind)})
    assert [p for p in check(plan) if "picture" in p.rule and p.location.file.name == "day.toml"] == []


def test_a_picture_that_can_not_be_posted_holds_its_day_and_says_which_line_to_mend(
    pictured: Pictured, tmp_path: Path
) -> None:
    listed = ["media/05.png", "media/6.png", "../07.png", "media/08.png"]
    there = {"media/05.png": saved(tmp_path), "media/06.png": b"", "media/08.png": b"no picture"}
    plan = pictured(listed, there)
    day = plan.config.file.parent / DAY
    assert found(plan, rules_pictures.unsound_picture) == [
        Problem(
            Severity.ERROR,
            "picture-missing",
            Location(day, 5),
            "“media/6.png” can't be posted: there is no such picture.",
            "Did you mean “06.png”? Put it there, or correct its name.",
        ),
        Problem(
            Severity.ERROR,
            "picture-path",
            Location(day, 6),
            "“../07.png” can't be posted: it leads out of the folder posts.",
            "Put the picture into posts/media, and write “media/07.png”.",
        ),
        Problem(
            Severity.ERROR,
            "picture-kind",
            Location(day, 7),
            "“media/08.png” can't be posted: it isn't a jpg, png, gif or webp picture.",
            "Open it in a picture program, and save it as jpg or png.",
        ),
    ]
    assert {problem.scope for problem in found(plan, rules_pictures.unsound_picture)} == {Scope(5)}
    held = {problem.rule for problem in blocking_errors(plan, [d for d in plan if d.number == 5])}
    assert {"picture-missing", "picture-path", "picture-kind"} <= held
    assert blocking_errors(plan, [d for d in plan if d.number == 6]) == []


def test_a_file_outside_the_posts_is_never_opened(pictured: Pictured, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (problem,) = found(pictured(["../pipe.png"]), rules_pictures.unsound_picture)
    assert problem.rule == "picture-path"


@pytest.mark.parametrize(("number", "hint"), [(4, None), (5, "Leave out 1."), (9, "Leave out 5.")])
def test_more_than_four_pictures_are_too_many(pictured: Pictured, number: int, hint: str | None) -> None:
    plan = pictured([f"media/{n}.png" for n in range(number)])
    said = [
        (p.severity, p.location.line, p.message, p.hint, p.scope, p.rule)
        for p in found(plan, rules_pictures.too_many_pictures)
    ]
    message = f"{number} pictures; 4 a day are the most."
    assert said == ([(Severity.ERROR, 8, message, hint, Scope(5), "too-many-pictures")] if hint else [])


@pytest.mark.parametrize("kind", ["png", "jpg"])
@pytest.mark.parametrize(
    ("weight", "for_x", "for_bluesky"),
    [
        (2_000_000, None, None),
        (2_000_001, None, "“media/05.%s” has 2,000,001 bytes; Bluesky takes 2,000,000 and gets a smaller copy."),
        (5_000_000, None, "“media/05.%s” has 5,000,000 bytes; Bluesky takes 2,000,000 and gets a smaller copy."),
        (
            5_000_001,
            "“media/05.%s” has 5,000,001 bytes; X takes 5,000,000.",
            "“media/05.%s” has 5,000,001 bytes; Bluesky takes 2,000,000 and gets a smaller copy.",
        ),
    ],
)
def test_a_heavy_picture_is_an_error_for_x_and_a_warning_for_bluesky(
    pictured: Pictured, tmp_path: Path, kind: str, weight: int, for_x: str | None, for_bluesky: str | None
) -> None:
    name = f"media/05.{kind}"
    plan = pictured([name], {name: saved(tmp_path, kind, weight=weight)})
    where = Location(plan.config.file.parent / DAY, 4)
    x = "Save it smaller, or as jpg: 1,600 pixels wide is plenty."
    bluesky = "Save it smaller yourself, to see how it looks: 1,600 pixels wide is plenty."
    assert found(plan, rules_pictures.unsound_picture) == []
    assert found(plan, rules_pictures.picture_too_large) == (
        [Problem(Severity.ERROR, "picture-too-large", where, for_x % kind, x)] if for_x else []
    )
    assert found(plan, rules_pictures.picture_made_smaller) == (
        [Problem(Severity.WARNING, "picture-made-smaller", where, for_bluesky % kind, bluesky)] if for_bluesky else []
    )
    assert {p.scope for p in found(plan, rules_pictures.picture_too_large)} <= {Scope(5, platform="x")}
    assert {p.scope for p in found(plan, rules_pictures.picture_made_smaller)} <= {Scope(5, platform="bluesky")}


def test_a_picture_that_x_refuses_holds_nothing_where_nobody_shows_it_on_x(pictured: Pictured, tmp_path: Path) -> None:
    plan = pictured(["media/05.png"], {"media/05.png": saved(tmp_path, weight=5_000_001)})
    bluesky = [delivery for delivery in plan if delivery.platform == "bluesky"]
    assert list(rules_pictures.picture_too_large(RuleContext(plan, bluesky))) == []
    assert list(rules_pictures.picture_made_smaller(RuleContext(plan, [d for d in plan if d.platform == "x"]))) == []


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((1200, 675), []),
        ((1200, 400), []),
        ((400, 1200), []),
        ((600, 600), []),
        (
            (1201, 400),
            [
                (
                    "picture-shape",
                    "“media/05.png” is 1,201 × 400 pixels: a feed shows only a part of it.",
                    "At most three times as long as wide: 16:9.",
                )
            ],
        ),
        (
            (599, 400),
            [
                (
                    "picture-tiny",
                    "“media/05.png” is 599 × 400 pixels: too few to look sharp.",
                    "Use one that is at least 1,200 pixels wide.",
                )
            ],
        ),
    ],
)
def test_a_strip_and_a_stamp_are_warned_of(
    pictured: Pictured, tmp_path: Path, size: tuple[int, int], said: list[tuple[str, str, str]]
) -> None:
    plan = pictured(["media/05.png"], {"media/05.png": saved(tmp_path, size=size)})
    problems = found(plan, rules_pictures.odd_picture)
    assert [(p.rule, p.message, p.hint) for p in problems] == said
    assert {(p.severity, p.location.line, p.scope) for p in problems} <= {(Severity.WARNING, 4, Scope(5))}


def test_a_warning_about_a_picture_can_be_accepted_in_the_file_that_lists_it(
    pictured: Pictured, tmp_path: Path
) -> None:
    tiny = {"media/05.png": saved(tmp_path, size=(64, 64))}
    plan = pictured(["media/05.png"], tiny, '[accept]\npicture-tiny = "It is the ribbon, and meant to be small."\n')
    assert {"picture-tiny", "unused-accept"}.isdisjoint(problem.rule for problem in check(plan))


# The picture as it is sent


def as_sent(content: bytes) -> Image.Image:
    encoded = pictures.encode(content)
    assert isinstance(encoded, pictures.EncodedPicture)
    assert pictures.encode(content) == encoded
    image = Image.open(io.BytesIO(encoded.content))
    assert (image.size, image.get_format_mimetype()) == ((encoded.width, encoded.height), encoded.mime)
    return image


def test_a_sound_jpg_is_sent_as_fine_as_it_was_and_in_the_same_colours() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = io.BytesIO()
    Image.effect_noise((200, 100), 50).convert("RGB").save(content, "JPEG", quality=60, icc_profile=profile)
    sent = as_sent(content.getvalue())
    assert sent.info["icc_profile"] == profile
    assert sent.quantization == Image.open(content).quantization  # type: ignore[attr-defined]  # only a jpg has it


@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_the_camera_was_held_it_is_sent_upright(orientation: int) -> None:
    shown = Image.new("RGB", (80, 40), "white")
    shown.paste("black", (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = io.BytesIO()
    shown.save(content, "JPEG", exif=exif, quality=95)
    expected = ImageOps.exif_transpose(Image.open(content))
    sent = as_sent(content.getvalue())
    assert not sent.getexif()
    assert sent.size == expected.size
    difference = ImageChops.difference(sent.convert("RGB"), expected.convert("RGB"))
    assert max(high for _, high in difference.getextrema()) < 60  # type: ignore[misc]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_drawing_is_sent_as_a_png_whatever_its_colours(mode: str) -> None:
    content = io.BytesIO()
    Image.new(mode, (50, 30)).save(content, "PNG")
    assert as_sent(content.getvalue()).format == "PNG"


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_photograph_is_sent_as_a_jpg_in_colours_of_light(mode: str) -> None:
    content = io.BytesIO()
    Image.new(mode, (50, 30)).save(content, "JPEG")
    assert as_sent(content.getvalue()).mode in ("L", "RGB")


def test_what_a_drawing_says_of_itself_is_left_out() -> None:
    notes = PngInfo()
    notes.add_text("Author", "the ambassador's nephew")
    content = io.BytesIO()
    Image.new("RGBA", (50, 30)).save(content, "PNG", pnginfo=notes, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    encoded = pictures.encode(content.getvalue())
    assert isinstance(encoded, pictures.EncodedPicture)
    assert b"nephew" in content.getvalue() and b"nephew" not in encoded.content
    assert b"eXIf" not in encoded.content


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_what_moves_the_first_picture_is_sent(kind: str) -> None:
    content = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("orange", "blue")]
    frames[0].save(content, kind, save_all=True, append_images=frames[1:])
    sent = as_sent(content.getvalue())
    assert getattr(sent, "n_frames", 1) == 1
    red, _, blue = sent.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 200 and blue < 50


@pytest.mark.parametrize("most", [200_000, 20_000, 2_000])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_too_large_a_picture_goes_down_the_ladder(kind: str, most: int) -> None:
    content = io.BytesIO()
    Image.effect_noise((800, 400), 80).convert("RGB").save(content, kind)
    encoded = pictures.encode(content.getvalue(), most)
    assert isinstance(encoded, pictures.EncodedPicture)
    assert len(encoded.content) <= most
    assert encoded.width / encoded.height == pytest.approx(2, abs=0.1)


def test_what_is_no_picture_is_said_not_raised() -> None:
    for content in (b"", b"GIF89a", b"no picture", bytes(range(256)) * 10):
        assert isinstance(pictures.encode(content), pictures.Flaw)
    assert isinstance(pictures.encode(b"x", 10), pictures.Flaw)
