"""What is said of pictures that are posted otherwise than their files have them, and of alt texts that are too long."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from orangeday.content.plan import Plan
from orangeday.content.problems import Problem, Severity
from orangeday.rules import alt_texts, pictures
from orangeday.rules.blocking import blocking_errors
from orangeday.rules.catalogue import ESSENTIAL_OF_PICTURES, ESSENTIAL_OF_TEXTS, check
from orangeday.rules.context import Rule, RuleContext

from ..support import campaigns
from ..support.awkward_pictures import awkward_picture, grain, saved
from ..support.common import plan_of

Pictured = Callable[..., Plan]
SEE_IT = "Look at it on the page (orangeday preview --html page.html)"


@pytest.fixture
def pictured(tmp_path: Path) -> Pictured:
    """A campaign whose first day has these pictures, each with an alt text."""

    def pictured(contents: dict[str, bytes], alt: str = "An arrow.", without: str = "") -> Plan:
        names = [f"media/{name}" for name in contents]
        files = campaigns.files()
        files["posts/01-day/day.toml"] += f"media = {json.dumps(names)}\n"
        files["posts/01-day/en.toml"] += "[alt]\n" + "".join(f"{json.dumps(n)} = {json.dumps(alt)}\n" for n in names)
        lines = files["config.toml"].splitlines(keepends=True)
        files["config.toml"] = "".join(line for line in lines if not (without and line.startswith(f"{without} = ")))
        config = campaigns.write(tmp_path, files)
        (tmp_path / "posts/media").mkdir(exist_ok=True)
        for name, content in contents.items():
            (tmp_path / "posts/media" / name).write_bytes(content)
        return plan_of(config)

    return pictured


def found(plan: Plan, rule: Rule) -> list[Problem]:
    return list(rule(RuleContext(plan, list(plan))))


def told(problems: list[Problem]) -> list[tuple[str, str, str | None]]:
    """Each by its rule, its message and the platform that it is about."""
    return [(problem.rule, problem.message, problem.scope.platform) for problem in problems]


MESSAGES = {
    "moves.gif": ("picture-still", "“media/moves.gif”: it moves, and only its first picture is posted."),
    "turned-6.jpg": (
        "picture-turned", "“media/turned-6.jpg”: the camera was held otherwise, and the picture is turned upright.",
    ),
    "p3.jpg": (
        "picture-colours",
        "“media/p3.jpg”: its colours are made for something else than screens, and are converted.",
    ),
    "transparent.png": (
        "picture-on-white", "“media/transparent.png”: parts of it are transparent, and become white.",
    ),
    "photograph.webp": ("picture-recoded", "“media/photograph.webp”: it is saved as jpg with less detail."),
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_each_way_in_which_a_picture_is_altered_is_a_warning_in_plain_words(pictured: Pictured, name: str) -> None:
    rule, message = MESSAGES[name]
    (problem,) = found(pictured({name: awkward_picture(name)}), pictures.altered_picture)
    assert (problem.rule, problem.message, problem.severity) == (rule, message, Severity.WARNING)
    assert (problem.scope.day, problem.scope.platform) == (1, None)
    assert problem.hint and problem.hint.endswith(".")
    assert problem.hint.startswith(SEE_IT) or rule == "picture-still"


@pytest.mark.parametrize(("without", "left"), [("x", "bluesky"), ("bluesky", "x")])
def test_where_there_is_one_platform_alone_the_same_is_said_of_it(pictured: Pictured, without: str, left: str) -> None:
    (problem,) = found(pictured({"moves.gif": awkward_picture("moves.gif")}, without=without), pictures.altered_picture)
    assert told([problem]) == [(*MESSAGES["moves.gif"], left)]


def test_a_picture_that_is_altered_in_several_ways_has_a_warning_for_each(pictured: Pictured) -> None:
    both = pictured(
        {"moves.webp": awkward_picture("moves.webp"), "transparent.webp": awkward_picture("transparent.webp")}
    )
    assert [problem.rule for problem in found(both, pictures.altered_picture)] == [
        "picture-still", "picture-recoded", "picture-on-white", "picture-recoded",
    ]  # fmt: skip


def test_a_picture_that_is_too_long_for_one_platform_is_made_smaller_there_alone(pictured: Pictured) -> None:
    banner = awkward_picture("too-long-for-x.png")
    plan = pictured({"banner.png": banner})
    size = f"9,000 × 1,200 pixels and {len(banner):,} bytes"
    message = f"“media/banner.png”: it has {size}; X takes 8,192 pixels a side and gets a smaller copy."
    assert told(found(plan, pictures.altered_picture)) == [("picture-made-smaller", message, "x")]


def test_a_picture_that_is_too_heavy_loses_detail_on_one_or_on_both(pictured: Pictured) -> None:
    heavy = awkward_picture("heavy-for-bluesky.png")
    message = (
        f"“media/a.png”: it has 1,000 × 1,000 pixels and {len(heavy):,} bytes; "
        "Bluesky takes 2,000,000 bytes and gets a jpg with less detail."
    )
    assert told(found(pictured({"a.png": heavy}), pictures.altered_picture)) == [
        ("picture-made-smaller", message, "bluesky")
    ]
    heavy = awkward_picture("heavy-for-both.jpg")
    message = (
        f"“media/a.jpg”: it has 2,000 × 1,400 pixels and {len(heavy):,} bytes; "
        "X takes 5,000,000 bytes and gets a jpg with less detail, "
        "Bluesky takes 2,000,000 bytes and gets a jpg with less detail."
    )
    assert told(found(pictured({"a.jpg": heavy}), pictures.altered_picture)) == [
        ("picture-made-smaller", message, None)
    ]


def test_a_picture_that_one_platform_alone_gets_as_jpg_says_which(pictured: Pictured) -> None:
    chance = random.Random(7)  # noqa: S311
    image = Image.frombytes("P", (1150, 1150), chance.randbytes(1150 * 1150))
    image.putpalette(chance.randbytes(768))
    content = saved(image, "GIF")
    assert len(content) < 2_000_000, "the file itself isn't too large"
    assert told(found(pictured({"a.gif": content}), pictures.altered_picture)) == [
        ("picture-recoded", "“media/a.gif”: on Bluesky it is saved as jpg with less detail.", "bluesky")
    ]


@pytest.mark.parametrize("name", ["plain.jpg", "plain.png", "grey-16-bit.png", "many-notes.png"])
def test_of_a_picture_that_is_posted_as_it_is_nothing_is_said(pictured: Pictured, name: str) -> None:
    assert found(pictured({name: awkward_picture(name)}), pictures.altered_picture) == []


def test_a_picture_that_can_be_posted_nowhere_is_an_error_and_no_alteration(pictured: Pictured) -> None:
    plan = pictured(
        {"a.png": saved(grain((40, 40)), "PNG")[:200], "b.png": awkward_picture("tiny.png")}, without="bluesky"
    )
    assert found(plan, pictures.altered_picture) == []
    assert {problem.rule for problem in check(plan) if problem.severity is Severity.ERROR} == {
        "picture-unreadable", "picture-too-small",
    }  # fmt: skip


# Alt texts


def long_alts(plan: Plan) -> list[tuple[Severity, str, str | None]]:
    return [(p.severity, p.message, p.scope.platform) for p in found(plan, alt_texts.long_alt)]


@pytest.mark.invariant(15)
@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (1000, []),
        (1001, [(Severity.ERROR, "has 1,001 characters, 1 more than X takes.", "x")]),
        (2000, [(Severity.ERROR, "has 2,000 characters, 1,000 more than X takes.", "x")]),
        (
            2001,
            [
                (Severity.ERROR, "has 2,001 characters, 1,001 more than X takes.", "x"),
                (Severity.WARNING, "has 2,001 characters, 1 more than Bluesky shows.", "bluesky"),
            ],
        ),
    ],
)
def test_a_long_alt_text_is_an_error_on_x_and_a_warning_on_bluesky(
    pictured: Pictured, length: int, expected: list[tuple[Severity, str, str]]
) -> None:
    plan = pictured({"plain.png": awkward_picture("plain.png")}, alt="é" * length)
    name = "the alt text of “media/plain.png”"
    assert long_alts(plan) == [(severity, f"{name} {message}", where) for severity, message, where in expected]
    held = {
        delivery.platform
        for delivery in plan
        if delivery.number == 1
        for problem in blocking_errors(plan, [delivery])
        if problem.scope.covers(1, "nairobi", delivery.platform, "en")
    }
    assert held == ({"x"} if length > 1000 else set()), "what Bluesky takes goes out there"


def test_a_long_alt_text_concerns_no_platform_where_it_is_not_posted(pictured: Pictured) -> None:
    picture = {"plain.png": awkward_picture("plain.png")}
    assert long_alts(pictured(picture, alt="é" * 1500, without="x")) == []
    assert [where for _, _, where in long_alts(pictured(picture, alt="é" * 3000, without="x"))] == ["bluesky"]
    assert [where for _, _, where in long_alts(pictured(picture, alt="é" * 3000, without="bluesky"))] == ["x"]


def test_the_problem_of_a_long_alt_text_stands_at_its_line(pictured: Pictured) -> None:
    (problem,) = found(pictured({"plain.png": awkward_picture("plain.png")}, alt="é" * 1001), alt_texts.long_alt)
    assert (problem.rule, problem.location.file.name, problem.location.line) == ("long-alt", "en.toml", 3)
    assert problem.hint == "Say the rest in the text, or leave it out."


def test_a_picture_is_looked_at_again_where_the_words_were_found_sound(pictured: Pictured) -> None:
    plan = pictured({"plain.png": awkward_picture("plain.png")})
    deliveries = [delivery for delivery in plan if delivery.number == 1]
    assert blocking_errors(plan, deliveries) == []
    (plan.campaign.folder / "media" / "plain.png").write_bytes(b"no picture any more")
    assert {problem.rule for problem in blocking_errors(plan, deliveries)} == {"picture-kind"}


def test_what_judges_the_words_before_a_post_opens_no_picture(pictured: Pictured) -> None:
    """What it says is kept as long as the plan stands, and a picture may change meanwhile."""
    plan = pictured({"plain.png": awkward_picture("plain.png")})
    opened: list[str] = []
    sys.addaudithook(lambda event, about: opened.append(str(about[0])) if event == "open" else None)  # for good
    context = RuleContext(plan, [delivery for delivery in plan if delivery.number == 1])
    for rules, is_opened in ((ESSENTIAL_OF_TEXTS, False), (ESSENTIAL_OF_PICTURES, True)):
        opened.clear()
        assert [problem for rule in rules for problem in rule(context)] == []
        assert any(name.endswith("plain.png") for name in opened) == is_opened
