"""What `check` says of cards: of both shapes, of own ones, of their senders; and how often it opens each file."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from orangeday.approvals import store as approvals
from orangeday.approvals.content import subjects
from orangeday.content.cards.card import card
from orangeday.content.plan import Plan
from orangeday.content.problems import Problem, Severity
from orangeday.platforms.specs import Shape
from orangeday.rules.blocking import blocking_errors
from orangeday.rules.catalogue import check

from ..support import campaigns
from ..support.common import BEFORE, plan_of

CARD = '\n[card]\nheadline = "Together"\nalt = "{alt}"\n'
DAY = "posts/05-day"
EMBASSIES = {"nairobi": "Africa/Nairobi", "berlin": "Europe/Berlin"}
SENDERS = "\n[cards]\nfrom = { en = 'All of us' }\n"


def planned(
    folder: Path,
    alt: str = "{sender}: “Together”.",
    embassies: Mapping[str, str] = EMBASSIES,
    extra: Mapping[str, str] | None = None,
    senders: str = SENDERS,
) -> Plan:
    files = campaigns.files(("en",), embassies)
    files["posts/campaign.toml"] += senders
    files[f"{DAY}/en.toml"] += CARD.replace("{alt}", alt)
    for name in embassies:
        named = f"[embassies.{name}]\nname = {{ en = 'the Embassy in {name.title()}' }}\n"
        files["config.toml"] = files["config.toml"].replace(f"[embassies.{name}]\n", named)
    for name, value in (extra or {}).items():
        files[name] = files.get(name, "") + value
    return plan_of(campaigns.write(folder, files))


def draw(plan: Plan, shape: Shape, embassy: str = "berlin", stamp: str | None = None) -> Path:
    """Puts a picture with the stamp of its card where the card of this embassy's post belongs."""
    day = plan.campaign.days[5]
    translation = day.translation("en", embassy)
    assert translation
    own = card(plan.campaign, plan.config, day, translation, shape)
    assert own
    return picture(translation.card_file(shape), own.stamp if stamp is None else stamp, shape)


def picture(file: Path, stamp: str = "", shape: Shape = Shape.WIDE) -> Path:
    info = PngImagePlugin.PngInfo()
    if stamp:
        info.add_text("orangeday", stamp)
    size = (1200, 675) if shape is Shape.WIDE else (1080, 1350)
    Image.new("RGB", size, "orange").save(file, file.suffix[1:].replace("jpg", "jpeg"), pnginfo=info)
    return file


def again(plan: Plan) -> Plan:
    return plan_of(plan.config.file)


def told(plan: Plan) -> list[tuple[str, str, str | None]]:
    """The rule, the message and the platform of each problem, but for the alt text's own."""
    return [(p.rule, p.message, p.scope.platform) for p in check(again(plan))]


def one(plan: Plan) -> Problem:
    (problem,) = check(again(plan))
    return problem


def test_both_shapes_as_they_are_drawn_leave_nothing_to_say(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    draw(plan, Shape.WIDE), draw(plan, Shape.TALL)
    assert told(plan) == []


def test_a_card_without_its_other_shape_is_a_warning_with_the_next_step(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    draw(plan, Shape.WIDE)
    problem = one(plan)
    assert (problem.rule, problem.severity, problem.scope.platform) == ("missing-shape", Severity.WARNING, "bluesky")
    assert problem.message == "its card isn't drawn in 4:5 yet, so Bluesky gets it in 16:9."
    assert problem.hint == "Draw it: orangeday cards"


def test_a_picture_of_ones_own_needs_no_other_shape(tmp_path: Path) -> None:
    plan = planned(tmp_path, alt="Two lanterns.")
    picture(tmp_path / DAY / "en.jpg")
    assert told(plan) == []


def test_no_card_at_all_is_said_once(tmp_path: Path) -> None:
    problem = one(planned(tmp_path))
    assert (problem.rule, problem.scope.platform) == ("picture-missing", None)
    assert problem.message == "its card “05-day/en.png” isn't drawn yet."


@pytest.mark.parametrize(
    ("shape", "platform", "name"), [(Shape.WIDE, "x", "en.png"), (Shape.TALL, "bluesky", "en.4x5.png")]
)
def test_each_shape_that_is_out_of_date_holds_what_gets_it(
    shape: Shape, platform: str, name: str, tmp_path: Path
) -> None:
    plan = planned(tmp_path)
    for each in Shape:
        own = draw(plan, each)
        if each is shape:
            with Image.open(own) as there:
                drawn_from = there.info["orangeday"].partition(":")[0]
            draw(plan, each, stamp=f"{drawn_from}:{'0' * 64}")
    message = f"its card “05-day/{name}” was drawn from other words than these."
    assert told(plan) == [("card-outdated", message, platform)]
    assert {p.scope.platform for p in blocking_errors(again(plan), [*again(plan)])} == {platform}


@pytest.mark.parametrize("stamp", ["0" * 64, "1:" + "0" * 64])
def test_a_card_of_another_version_goes_on_with_a_warning(stamp: str, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    draw(plan, Shape.WIDE, stamp=stamp)
    problem = one(plan)
    assert (problem.rule, problem.severity) == ("card-outdated", Severity.WARNING)
    assert problem.message == "its card “05-day/en.png” was drawn by another version of orangeday."


@pytest.mark.parametrize("shape", Shape)
def test_a_damaged_file_of_either_shape_is_an_error_there(shape: Shape, tmp_path: Path) -> None:
    plan = planned(tmp_path)
    for each in Shape:
        file = draw(plan, each)
        if each is shape:
            file.write_bytes(file.read_bytes()[:-40])
    problem = one(plan)
    assert (problem.rule, problem.scope.platform) == ("picture-unreadable", "x" if shape is Shape.WIDE else "bluesky")


# Own pictures and own cards


def test_a_picture_of_ones_own_beside_the_other_drawn_shape_is_ambiguous(tmp_path: Path) -> None:
    plan = planned(tmp_path, alt="Two lanterns. “Together”")
    draw(plan, Shape.WIDE).unlink()
    draw(plan, Shape.TALL)
    picture(tmp_path / DAY / "en.jpg")
    (problem,) = (p for p in check(again(plan)) if p.severity is Severity.ERROR)
    assert problem.rule == "ambiguous-picture"
    assert problem.hint == "Delete en.4x5.png: en.jpg is then posted everywhere."


def test_an_own_card_is_judged_as_everybodys_is_and_the_text_once(tmp_path: Path) -> None:
    alt = "Something else: {sender}."
    plan = planned(tmp_path, alt=alt)
    draw(plan, Shape.WIDE), draw(plan, Shape.TALL)
    picture(tmp_path / DAY / "en.nairobi.png", stamp="")
    plan = again(plan)
    draw(plan, Shape.WIDE, "nairobi"), draw(plan, Shape.TALL, "nairobi")
    assert [rule for rule, _, _ in told(plan)] == ["silent-alt"], "said once"
    draw(plan, Shape.TALL, "nairobi").unlink()
    (problem,) = (p for p in check(again(plan)) if p.rule == "missing-shape")
    assert problem.scope.embassies == frozenset({"nairobi"})


def test_an_own_card_of_the_common_words_is_out_of_date_as_soon_as_they_change(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    draw(plan, Shape.WIDE), draw(plan, Shape.TALL)
    picture(tmp_path / DAY / "en.nairobi.png")
    plan = again(plan)
    draw(plan, Shape.WIDE, "nairobi"), draw(plan, Shape.TALL, "nairobi")
    assert told(plan) == []
    config = tmp_path / "config.toml"
    config.write_text(config.read_text("utf-8").replace("the Embassy in Nairobi", "our House in Nairobi"), "utf-8")
    assert {(p.rule, p.scope.embassies) for p in check(again(plan))} == {("card-outdated", frozenset({"nairobi"}))}


def test_an_own_card_that_nobody_posts_is_said(tmp_path: Path) -> None:
    plan = planned(tmp_path, extra={"config.toml": "\n"})
    draw(plan, Shape.WIDE), draw(plan, Shape.TALL)
    picture(tmp_path / DAY / "en.nairobi.png")
    config = tmp_path / "config.toml"
    skipped = config.read_text("utf-8").replace("[embassies.nairobi]\n", "[embassies.nairobi]\nskip = [5]\n")
    config.write_text(skipped, "utf-8")
    assert told(plan) == [("unused-words", "nairobi posts nothing in “en” on day 5, so this card goes nowhere.", None)]


# What it says, and who says it


def test_the_alt_text_says_the_lines_of_a_list_too(tmp_path: Path) -> None:
    lines = {f"{DAY}/day.toml": 'layout = "list"\n', f"{DAY}/en.toml": 'lines = ["Help", "Law", "Justice"]\n'}
    plan = planned(tmp_path, alt="“Together”: help, law.", extra=lines)
    draw(plan, Shape.WIDE), draw(plan, Shape.TALL)
    (problem,) = (p for p in check(again(plan)) if p.rule == "silent-alt")
    assert problem.message == "the alt text of the card doesn't say “Justice”."
    (tmp_path / f"{DAY}/en.toml").write_text(
        (tmp_path / f"{DAY}/en.toml").read_text("utf-8").replace("help, law", "help, law, justice"), "utf-8"
    )
    assert "silent-alt" not in [rule for rule, _, _ in told(plan)]


def test_a_sender_that_nothing_fills_in_holds_the_text(tmp_path: Path) -> None:
    plan = planned(tmp_path, senders="")
    draw(plan, Shape.WIDE), draw(plan, Shape.TALL)
    problem = one(plan)
    assert (problem.rule, problem.severity) == ("missing-value", Severity.ERROR)
    assert problem.message == "the card has no sender in “en”."
    assert problem.hint == 'Add it below [cards] in campaign.toml: from = { en = "…" }'


def test_a_sender_outside_a_cards_alt_text_is_unknown(tmp_path: Path) -> None:
    media = {f"{DAY}/day.toml": 'media = ["media/one.png"]\n', "posts/media/one.png": ""}
    plan = planned(tmp_path, alt="“Together”.", extra=media)
    draw(plan, Shape.WIDE), draw(plan, Shape.TALL)
    picture(tmp_path / "posts/media/one.png")
    file = tmp_path / f"{DAY}/en.toml"
    file.write_text(
        file.read_text("utf-8").replace("from {city}", "from {sender}") + '[alt]\n"media/one.png" = "{sender}"\n',
        "utf-8",
    )
    problems = {p.message for p in check(again(plan)) if p.rule == "unknown-placeholder"}
    assert problems == {
        "unknown placeholder {sender}.",
        "{sender} stands in the alt text of “media/one.png”, and only cards have a sender.",
    }


def test_cards_of_several_in_the_folder_of_one_are_said_once(tmp_path: Path) -> None:
    several = planned(tmp_path)
    draw(several, Shape.WIDE), draw(several, Shape.TALL)
    alone = planned(tmp_path, embassies={"nairobi": "Africa/Nairobi"})
    problem = one(alone)
    assert (problem.rule, problem.severity) == ("other-sender", Severity.WARNING)
    assert problem.message == ("2 cards were drawn with “All of us” as sender, and it is “The Embassy in Nairobi”.")
    assert problem.hint == "Draw again: orangeday cards"
    assert problem.location.file == tmp_path / "config.toml"


# How often


def test_no_picture_is_opened_twice(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    draw(plan, Shape.WIDE), draw(plan, Shape.TALL)
    picture(tmp_path / DAY / "en.nairobi.png")
    plan = again(plan)
    for shape in Shape:
        draw(plan, shape, "nairobi")
    plan = again(plan)
    approvals.approve(plan, subjects(plan), "Ann", BEFORE)
    opened: Counter[str] = Counter()
    is_watched = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if is_watched and event == "open" and str(arguments[0]).endswith(".png"):
            opened[Path(str(arguments[0])).name] += 1

    sys.addaudithook(hook)
    for file in (tmp_path / DAY).glob("*.png"):
        os.utime(file, (1_700_000_000,) * 2)  # nothing of them is remembered
    plan = again(plan)
    check(plan)
    is_watched = False
    assert opened == dict.fromkeys(["en.png", "en.4x5.png", "en.nairobi.png", "en.nairobi.4x5.png"], 1)


def test_a_logo_that_cant_be_used_is_said_once_where_it_is_named(tmp_path: Path) -> None:
    plan = planned(tmp_path, senders=f"{SENDERS}logo = 'media/none.png'\n", extra={"posts/06-day/en.toml": CARD})
    problems = [problem for problem in check(plan) if problem.rule == "card-undrawable"]
    assert [(problem.location.file, problem.message) for problem in problems] == [
        (tmp_path / "posts/campaign.toml", "The logo “media/none.png” can't be used: there is no such picture.")
    ]
