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
from PIL import Image

from orangeday.content.encoding import EncodedPicture, Flaw, Picture, encode
from orangeday.content.images import inspect, locate
from orangeday.content.plan import Plan
from orangeday.content.problems import Location, Problem, Scope, Severity
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules import context
from orangeday.rules import pictures as rules_pictures
from orangeday.rules.blocking import blocking_errors
from orangeday.rules.catalogue import check
from orangeday.rules.context import RuleContext

from ..support import campaigns
from ..support.common import plan_of

DAY = "posts/05-day/day.toml"
CUT_SHORT = Flaw(
    "picture-unreadable",
    "the picture is damaged: its file ends too early.",
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


def picture(kind: str, width: int, height: int, file: Path) -> Picture:
    return Picture(kind, width, height, file.stat().st_size)


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
    assert inspect(file) == picture(kind, 60, 40, file)


def test_a_jpg_with_a_second_view_in_it_is_a_jpg_that_stands_still(tmp_path: Path) -> None:
    first, *others = frames()
    first.save(tmp_path / "camera.mpo", save_all=True, append_images=others)
    file = (tmp_path / "camera.mpo").rename(tmp_path / "camera.jpg")
    assert inspect(file) == picture("jpg", 60, 40, file)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
@pytest.mark.parametrize(
    ("orientation", "size", "place"), [(1, (320, 180), False), (3, (320, 180), True), (6, (180, 320), True)]
)
def test_what_the_camera_noted_is_known_and_the_size_is_the_one_that_is_seen(
    tmp_path: Path, kind: str, orientation: int, size: tuple[int, int], place: bool
) -> None:
    file = tmp_path / f"noted.{kind}"
    noise().save(file, exif=noted(orientation, place=place))
    assert inspect(file) == picture(kind, *size, file)


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
    damage = inspect(file)
    assert isinstance(damage, Flaw) and damage.rule == "picture-unreadable" and "damaged" in damage.message
    assert kind == "webp" or damage == CUT_SHORT or kept < 0.1, "its decoder doesn't say why"


@pytest.mark.parametrize(
    ("name", "content", "kind", "step"),
    [
        ("telephone.jpg", b"\0\0\0\x20ftypheic" + bytes(200), "a HEIC picture", "mail"),
        ("another.jpeg", b"\0\0\0\x20ftypmif1" + bytes(200), "a HEIC picture", "computer"),
        ("from the web.jpg", b"\0\0\0\x20ftypavif" + bytes(200), "an AVIF picture", "browser"),
        ("camera.jpg", b"\0\0\0\x18ftypcrx " + bytes(200), "raw picture", "Export it"),
        ("film.gif", b"\0\0\0\x18ftypmp42" + bytes(200), "a film", "Take a picture from it"),
        ("film.jpg", b"\x1aE\xdf\xa3" + bytes(200), "a film", "Take a picture from it"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing", "png"),
        ("drawing 2.png", b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg/>', "an SVG drawing", "png"),
        ("page.png", b"\n<!DOCTYPE html><title>404</title>", "a web page", "the picture itself"),
        ("letter.jpg", b"%PDF-1.7\n", "a PDF file", "Export its page"),
        ("letter 2.jpg", b"PK\x03\x04" + bytes(200), "a document", "the picture that is in it"),
        ("poster.png", b"8BPS\0\1" + bytes(200), "a Photoshop file", "Export it"),
    ],
)
def test_what_is_no_picture_of_the_four_kinds_is_called_by_its_own(
    tmp_path: Path, name: str, content: bytes, kind: str, step: str
) -> None:
    (tmp_path / name).write_bytes(content)
    flaw = inspect(tmp_path / name)
    assert isinstance(flaw, Flaw) and flaw.rule == "picture-kind"
    assert kind in flaw.message and "and no jpg, png, gif or webp." in flaw.message and step in flaw.hint


@pytest.mark.parametrize("content", [b"a picture of a candle\n", b"RIFF\0\0\0\0WAVE", bytes(300)])
def test_what_nobody_knows_is_said_to_be_no_picture(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "text.png").write_bytes(content)
    assert inspect(tmp_path / "text.png") == NO_PICTURE


@pytest.mark.parametrize(("kind", "name"), [("bmp", "BMP"), ("tiff", "TIFF"), ("ico", "an icon"), ("ppm", "")])
def test_a_picture_of_another_kind_is_refused_though_pillow_could_read_it(tmp_path: Path, kind: str, name: str) -> None:
    noise((64, 64)).save(tmp_path / f"other.{kind}")
    flaw = inspect(tmp_path / f"other.{kind}")
    assert isinstance(flaw, Flaw) and flaw.rule == "picture-kind" and name in flaw.message


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
    """A png with nothing in it, which claims to be this large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checked = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return (
        b"\x89PNG\r\n\x1a\n" + checked + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT")) + end
    )


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
    assert inspect(file) == CUT_SHORT
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
    rules = [p.rule for p in check(plan) if "picture" in p.rule and p.location.file.name == "day.toml"]
    assert rules == (["picture-recoded"] if kind == "webp" else [])


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


def grain(kind: str, weight: int) -> bytes:
    """A picture that no encoder makes small, in a file of about so many bytes."""
    side = round((weight / {"png": 2.03, "jpg": 2.73}[kind]) ** 0.5)
    content = io.BytesIO()
    image = Image.merge("RGB", [Image.effect_noise((side, side), 200) for _ in range(3)])
    if kind == "png":
        image.save(content, "PNG")
    else:
        image.save(content, "JPEG", quality=95, subsampling=0)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["png", "jpg"])
@pytest.mark.parametrize(
    ("weight", "smaller_on"),
    [(1_500_000, ()), (3_000_000, ("bluesky",)), (6_500_000, ("x", "bluesky"))],
)
def test_of_a_heavy_picture_each_platform_gets_as_much_as_it_takes(
    pictured: Pictured, kind: str, weight: int, smaller_on: tuple[str, ...]
) -> None:
    name, content = f"media/05.{kind}", grain(kind, weight)
    plan = pictured([name], {name: content})
    assert found(plan, rules_pictures.unsound_picture) == found(plan, rules_pictures.refused_picture) == []
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
    takes = {"x": "X takes 5,000,000 bytes", "bluesky": "Bluesky takes 2,000,000 bytes"}
    copies = []
    for platform in smaller_on:
        sent = encode(content, PLATFORMS[platform].pictures)
        assert isinstance(sent, EncodedPicture)
        copy = "a smaller copy" if sent.width < width else "a jpg with less detail"
        copies.append(f"{takes[platform]} and gets {copy}")
    message = f"“{name}”: it has {width:,} × {height:,} pixels and {len(content):,} bytes; {', '.join(copies)}."
    problems = found(plan, rules_pictures.altered_picture)
    assert {(p.severity, p.rule, p.location.line, p.message, p.scope.platform) for p in problems} == (
        {(Severity.WARNING, "picture-made-smaller", 4, message, smaller_on[0] if len(smaller_on) == 1 else None)}
        if smaller_on
        else set()
    )
    for spec in PLATFORMS.values():
        sent = encode(content, spec.pictures)
        assert isinstance(sent, EncodedPicture) and len(sent.content) <= spec.pictures.max_bytes
        assert bool(sent.alterations) == (spec.name in smaller_on)
        assert sent.alterations or sent.content == content or kind == "jpg", "a sound file is sent as it is"


def test_what_concerns_one_platform_holds_and_warns_nobody_where_it_is_not_shown_there(
    pictured: Pictured, tmp_path: Path
) -> None:
    there = {"media/05.png": saved(tmp_path, size=(9000, 3000)), "media/06.png": saved(tmp_path, size=(3, 3))}
    plan = pictured(["media/05.png", "media/06.png"], there)
    rules = (rules_pictures.altered_picture, rules_pictures.refused_picture)
    warned, refused = (found(plan, rule) for rule in rules)
    assert [(p.rule, p.scope, p.message) for p in warned] == [
        (
            "picture-made-smaller", Scope(5, platform="x"),
            f"“media/05.png”: it has 9,000 × 3,000 pixels and {len(there['media/05.png']):,} bytes; "
            "X takes 8,192 pixels a side and gets a smaller copy.",
        )
    ]  # fmt: skip
    assert [(p.rule, p.severity, p.scope, p.message) for p in refused] == [
        (
            "picture-too-small", Severity.ERROR, Scope(5, platform="x"),
            "“media/06.png” can't be posted on X: it has 3 × 3 pixels; 4 × 4 are the fewest.",
        )
    ]  # fmt: skip
    assert blocking_errors(plan, [d for d in plan if d.number == 5 and d.platform == "x"])
    bluesky = [delivery for delivery in plan if delivery.platform == "bluesky"]
    for rule in rules:
        assert list(rule(RuleContext(plan, bluesky))) == []


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
