"""Starting late: in the midst of a campaign every command says what is over, and counts and prices what is to come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.cli import main
from orangeday.clock import DAYS
from orangeday.content.plan import Plan, Progress

from ..support import campaigns
from ..support.common import BEFORE, EXAMPLE, plan_of

DAY_5 = datetime(2026, 11, 29, 10, tzinfo=UTC)
"""In the shipped campaign day 5 is over in Canberra alone by then; in Hanoi and New Delhi it is too late."""
AFTER = datetime(2026, 12, 11, 5, tzinfo=UTC)
TO_COME = "352 of 480 posts are still to come; the 120 of days 1 to 4 and 8 of day 5 are over and will not be sent."
TODAY = f"Today is day 5 of 16 (Sun 29 Nov 2026). {TO_COME}"
PRICE = "X will charge about $3.52 for 176 posts, none with a link, and 176 alt texts,"
OVER = "The campaign is over. Its last day was Thu 10 Dec 2026. None of its posts will be sent from now on."
ZONES = {"nairobi": "Africa/Nairobi", "tokyo": "Asia/Tokyo", "lima": "America/Lima"}


def progress(config: Path, now: datetime) -> Progress:
    return plan_of(config).progress(now)


class Said:
    """What a command says, its lines joined as a person reads on."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *argv: str, at: datetime, config: Path = EXAMPLE, status: int = 0) -> str:
        with time_machine.travel(at, tick=True):
            assert main(["--config", str(config), *argv]) == status
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        return " ".join(f"{out}\n{err}".split())


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


# What is over now


def test_a_post_is_over_when_it_is_too_late_for_it_on_its_embassys_own_clock(tmp_path: Path) -> None:
    """Six hours after nine o'clock there, and at the latest at midnight there."""
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES))
    closes = {"tokyo": 6, "nairobi": 12, "lima": 20}  # in UTC, of the same day
    for embassy, hour in closes.items():
        moment = datetime(2026, 11, 29, hour, tzinfo=UTC)
        for now, over in ((moment - timedelta(seconds=1), False), (moment, True)):
            found = progress(config, now)
            assert any(d.number == 5 and d.embassy.id == embassy for d in found.too_late) is over
            assert len(found.too_late) + len(found.to_come) == len(list(found.plan)) == 96
    found = progress(config, datetime(2026, 11, 29, 12, tzinfo=UTC))
    assert (found.days_over, found.days_partly_over) == ((1, 2, 3, 4), (5,))
    found = progress(config, datetime(2026, 11, 29, 20, tzinfo=UTC))
    assert (found.days_over, found.days_partly_over) == ((1, 2, 3, 4, 5), ())


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (BEFORE, None),
        (datetime(2026, 11, 24, 20, tzinfo=UTC), None),
        (
            datetime(2026, 11, 25, 0, 30, tzinfo=UTC),
            "Today is day 1 of 16 (Wed 25 Nov 2026). 96 of 96 posts are still to come.",
        ),
        (
            datetime(2026, 11, 25, 6, tzinfo=UTC),
            "Today is day 1 of 16 (Wed 25 Nov 2026). 94 of 96 posts are still to come; 2 of day 1 are over and will "
            "not be sent.",
        ),
        (
            datetime(2026, 11, 26, 3, tzinfo=UTC),
            "Today is day 2 of 16 (Thu 26 Nov 2026). 90 of 96 posts are still to come; the 6 of day 1 are over and "
            "will not be sent.",
        ),
        (
            datetime(2026, 12, 10, 15, tzinfo=UTC),
            "Today is day 16 of 16 (Thu 10 Dec 2026). 2 of 96 posts are still to come; the 90 of days 1 to 15 and 4 of "
            "day 16 are over and will not be sent.",
        ),
        (datetime(2026, 12, 10, 20, tzinfo=UTC), OVER),
        (AFTER, OVER),
    ],
)  # fmt: skip
def test_one_sentence_says_how_far_it_is(tmp_path: Path, now: datetime, line: str | None) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES, config="start = 2026-11-25"))
    assert progress(config, now).in_words() == line


def test_a_campaign_that_posts_nothing_is_never_over(tmp_path: Path) -> None:
    contents = campaigns.files(config="start = 2026-11-25")
    contents["config.toml"] = contents["config.toml"].replace(
        'languages = ["en"]', f'languages = ["en"]\nskip = [{", ".join(map(str, DAYS))}]'
    )
    config = campaigns.write(tmp_path, contents)
    assert progress(config, DAY_5).in_words() is None
    assert progress(config, AFTER).in_words() is None


def test_what_is_known_to_have_gone_out_is_neither_over_nor_to_come(example: Plan) -> None:
    out = {delivery.key for delivery in example if delivery.number < 5}
    line = example.progress(DAY_5, posted_keys=out).in_words()
    assert line == (
        "Today is day 5 of 16 (Sun 29 Nov 2026). 352 of 480 posts are still to come; 120 went out; 8 are over and "
        "will not be sent."
    )


# What the commands say


@pytest.mark.parametrize(
    ("argv", "price"),
    [
        (["check"], True), (["calendar"], False), (["preview", "3", "--language", "fr"], False),
        (["preview", "--html", "PAGE"], True),
    ],
)  # fmt: skip
def test_every_command_says_what_is_over_and_prices_the_rest(
    said: Said, tmp_path: Path, argv: list[str], price: bool
) -> None:
    """And so does `rehearse`: see below, of fewer posts, since it plays them all."""
    page = tmp_path / "page.html"
    argv = [str(page) if word == "PAGE" else word for word in argv]
    told = said(*argv, at=DAY_5)
    if page.exists():
        told = " ".join(page.read_text("utf-8").split())
    assert TODAY in told
    assert (PRICE in told) is price
    before = said(*argv, at=BEFORE)
    if page.exists():
        before = " ".join(page.read_text("utf-8").split())
    assert "Today is day" not in before and " over and " not in before


def test_check_marks_the_days_that_are_over_and_counts_by_embassy(said: Said, tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES))
    told = said("check", at=DAY_5, config=config)
    assert "4 Sat 28 Nov ✓ over 5 Sun 29 Nov ✓ today, partly over 6 Mon 30 Nov ✓ 7" in told
    assert "embassy languages accounts planned over to come with errors" in told
    assert "nairobi en X, Bluesky 32 8 24 0 tokyo en X, Bluesky 32 10 22 0" in told
    assert "Next: orangeday preview 5" in told


def test_an_error_in_a_day_that_is_over_holds_nothing_any_more(said: Said, tmp_path: Path) -> None:
    contents = campaigns.files(embassies=ZONES)
    contents["posts/02-day/en.toml"] = 'text = "{nobody}"\n'
    told = said("check", at=DAY_5, config=campaigns.write(tmp_path, contents), status=1)
    assert "nairobi en X, Bluesky 32 8 24 0" in told


def test_check_counts_what_is_over_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    for now, over in ((BEFORE, 0), (DAY_5, 128), (AFTER, 480)):
        with time_machine.travel(now):
            main(["--config", str(EXAMPLE), "check", "--json"])
        document = json.loads(capsys.readouterr().out)
        assert document["counts"] == {"error": 0, "warning": document["counts"]["warning"],
            "planned": 480, "over": over, "to_come": 480 - over}  # fmt: skip
        assert document["charges"]["posts"] == (480 - over) // 2


def test_approval_is_asked_for_what_is_still_to_come(said: Said, tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES))
    said("approve", "6-16", "--by", "Ann", at=DAY_5, config=config)
    told = said("check", at=DAY_5, config=config)
    assert "Approved: 11 of 12 texts, 0 of 3 embassies." in told
    assert "Not approved yet: 05/en, " in told and "04/en" not in told
    said("approve", "all", "--by", "Ann", at=DAY_5, config=config)
    assert "Approved: 12 of 12 texts, 3 of 3 embassies." in said("check", at=DAY_5, config=config)


def test_rehearse_plays_all_of_it_and_says_what_is_over(said: Said, tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES))
    told = said("rehearse", at=DAY_5, config=config)
    assert "96 unapproved" in told and "published" not in told
    assert "Today is day 5 of 16 (Sun 29 Nov 2026). 70 of 96 posts are still to come; the 24 of days 1 to 4 and" in told
    assert "X will charge about $0.53 for 35 posts" in told
    assert "35 are held until they are approved" not in told and "70 are held until they are approved" in told
    assert "Next, to send for real: orangeday login nairobi x" in told
    assert "06:00 UTC 04/nairobi/x/en over" in told and "06:00 UTC 06/nairobi/x/en ○" in told
    alone = campaigns.write(tmp_path / "alone", campaigns.files())
    before = said("rehearse", at=BEFORE, config=alone)
    assert "32 unapproved" in before and "Today is day" not in before and " over and " not in before


def test_the_next_account_is_one_that_still_posts(said: Said, tmp_path: Path) -> None:
    """On the last day, when it is over in Nairobi and in Tokyo."""
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES))
    told = said("rehearse", at=datetime(2026, 12, 10, 15, tzinfo=UTC), config=config)
    assert "Next, to send for real: orangeday login lima x" in told


@pytest.mark.parametrize("argv", [["check"], ["calendar"], ["preview", "1"], ["rehearse"], ["schedule", "--dry-run"]])
def test_after_the_last_day_each_says_that_it_is_over(said: Said, tmp_path: Path, argv: list[str]) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies={"lima": ZONES["lima"]}))
    told = said(*argv, at=datetime(2026, 12, 11, 5, tzinfo=UTC), config=config)
    assert OVER in told
    assert "to send for real" not in told and "X will charge" not in told and "approve all" not in told
    if argv[0] not in ("calendar", "schedule"):
        assert "Next: orangeday report" in told


def test_after_the_last_day_the_page_asks_for_nothing(said: Said, tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES))
    page = tmp_path / "page.html"
    assert "approve" not in said("preview", "--html", str(page), at=AFTER, config=config)
    read = " ".join(page.read_text("utf-8").split())
    assert OVER in read and "It is over: nothing of it will be sent from now on." in read
    assert "orangeday approve" not in read and "X will charge" not in read and "Waiting for" not in read


def test_the_page_marks_the_days_that_are_over_and_asks_for_the_others(said: Said, tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES))
    page = tmp_path / "page.html"
    said("preview", "--html", str(page), at=DAY_5, config=config)
    read = " ".join(page.read_text("utf-8").split())
    assert read.count("This day is over: nothing of it will be sent from now on.") == 4
    assert read.count("Of its 6 posts 2 are over and will not be sent.") == 1
    assert read.count("Over: it needs no approval any more") == 4
    assert "12 texts in 1 language, in 70 posts by 3 embassies: 35 on X, 35 on Bluesky." in read
    assert "0 of 12 texts and 0 of 3 embassies are approved as they stand." in read
    said("approve", "5-16", "--by", "Ann", at=DAY_5, config=config)
    said("approve", "--embassy", "nairobi", "--embassy", "tokyo", "--embassy", "lima", at=DAY_5, config=config)
    assert "approve" not in said("preview", "--html", str(page), at=DAY_5, config=config)
    assert "What is still to come is approved, exactly as it stands here." in page.read_text("utf-8")


def test_a_report_before_any_live_run_says_just_that(said: Said, tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies=ZONES))
    told = said("report", at=DAY_5, config=config)
    assert "Nothing has been sent so far. 70 posts still to come; 26 posts over, which will not be sent." in told
    assert "There is no record of posts yet: nothing was ever sent for real from here." in told
    assert "past" not in told and "Not out" not in told
    document = json.loads(said("report", "--json", at=DAY_5, config=config).partition("There is no record of posts")[0])
    assert document["counts"] == {"past": 26, "scheduled": 70}
