"""Failures 1 to 14 of docs/failures.md: posts that went out more than once."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from orangeday.adapters import http as network
from orangeday.adapters.x import client as oauth
from orangeday.adapters.x.adapter import X as Adapter
from orangeday.cli import main
from orangeday.engine.account_run import AccountRun
from orangeday.ledger.ledger import Ledger
from orangeday.system import machine

from ..servers.faulty_proxy import (
    Exchange,
    Fault,
    delays,
    drops_after,
    drops_before,
    hangs_after,
    passes,
    resets_after,
    says,
)
from ..support import campaigns
from ..support.offices import DUE, X, XOffice, forked

KEY = "01/nairobi/x/en"
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")


def test_failure_01_a_step_behind_the_yes_that_fails_never_sends_again(
    x_office: XOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    x_office.open()
    x_office.x.sees_duplicates = False

    def fails(*_: object, **__: object) -> None:
        raise OSError("the streak can't be counted")

    with monkeypatch.context() as behind:
        behind.setattr(Ledger, "published", fails)  # all that follows the yes
        for minutes in (0, 0.5, 1, 1.5, 3, 9, 12):
            with suppress(OSError):
                x_office.sweep(minutes)
    assert x_office.sweep(20).states[X] == "published"
    assert (x_office.sends(), len(x_office.live())) == (1, 1)


WATCHED = (AccountRun._send, Adapter.publish, oauth.XClient.send, oauth.XClient._call, Ledger.arm, Ledger._end)
"""What runs around the call."""


@posix
def test_failure_02_a_kill_at_any_line_around_the_call_makes_no_second_post(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.sees_duplicates = False
    book = x_office.folder.with_name("lines")
    kept = {folder: folder.with_name(f"{folder.name}-kept") for folder in (x_office.folder, machine.state_folder())}
    for folder, copy in kept.items():
        shutil.copytree(folder, copy)
    watched = {function.__code__ for function in WATCHED}

    def run(at: int) -> int:
        """A run that is killed at that line, from where nothing has gone out; 0: at none."""

        def traced() -> None:
            lines = 0

            def ran(frame: FrameType, event: str, argument: Any) -> Any:
                nonlocal lines
                if event == "line":
                    lines += 1
                    if lines == at:
                        os.kill(os.getpid(), signal.SIGKILL)
                return ran

            threading.settrace(lambda frame, event, argument: ran if frame.f_code in watched else None)
            main(["publish"])
            book.write_text(str(lines))

        x_office.at(DUE)
        return forked([traced])[0]

    assert run(0) == 0
    lines = int(book.read_text())
    assert lines > 60
    kills = Counter[int]()
    for at in range(1, lines + 1, 8):
        for post in x_office.x.posted(x_office.account):
            x_office.x.forget(post.id)
        for folder, copy in kept.items():
            shutil.rmtree(folder)
            shutil.copytree(copy, folder)
        x_office.environment.chdir(x_office.folder)
        assert run(at) == -signal.SIGKILL
        for minutes in (1, 8, 11):
            if x_office.sweep(minutes).states.get(X) == "published":
                break
        assert len(x_office.live()) == 1, f"killed at line {at} of {lines}"
        assert x_office.row(X)["state"] == "published"
        kills[x_office.row(X)["attempts"]] += 1
    assert kills[1] and kills[2], "some before the post was there, and some after"


def test_failure_03_what_never_succeeds_is_given_up_for_good(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.fault("createPosts", drops_before, times=None)
    states = [x_office.sweep(minutes).states.get(X) for minutes in range(0, 355, 20)]  # each is a restart
    assert x_office.sends() == 3
    assert states.count("published") == 0
    x_office.x.heal()
    assert x_office.sweep(357).states.get(X, "refused") == "refused"
    assert x_office.sends() == 3
    ran = x_office("status")
    assert ran.status == 1
    assert "sent 3 times without a clear answer" in ran.out


def test_failure_04_what_may_be_live_says_so_and_where_to_look(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.fault("createPosts", resets_after)
    x_office.at(DUE)
    ran = x_office("publish")
    assert ran.status == 1
    said = " ".join(ran.out.split())
    assert "it may be live" in said
    assert f"https://x.com/{x_office.account.handle}" in said
    assert f"orangeday settle {KEY} --published ADDRESS" in said
    assert x_office("retry", KEY, "--by", "Ann").status != 0, "nobody sends it again by hand"
    x_office("publish")
    assert x_office.sends() == 1


def test_failure_05_a_request_that_timed_out_is_not_replayed_not_even_reworded(
    x_office: XOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "READ_TIMEOUT", 0.3)  # seconds; a test can't wait half a minute
    x_office.open()
    x_office.x.sees_duplicates, x_office.x.lag = False, 222
    x_office.x.fault("createPosts", hangs_after)
    assert x_office.sweep(0).states[X] == "unsure"
    x_office.write({"posts/01-day/en.toml": 'text = "Day 1 in en, from {city}!"\n'})  # one character
    x_office.approve()
    for minutes in (1, 2, 3, 7, 9, 12):
        ran = x_office.sweep(minutes)
    assert x_office.row(X)["state"] == "published", ran
    assert x_office.said() == ["Day 1 in en, from Nairobi."]
    assert x_office.sends() == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_failure_06_while_a_server_answers_504_one_copy_goes_out(x_office: XOffice, arrived: bool) -> None:
    x_office.open()
    x_office.x.sees_duplicates = False
    x_office.x.fault("createPosts", says(504, b"Gateway Time-out", after=arrived), times=None if arrived else 1)
    for minutes in (0, 1, 1.5, 4, 8, 12, 30):
        x_office.sweep(minutes)
    assert x_office.row(X)["state"] == "published"
    assert (len(x_office.live()), x_office.sends()) == (1, 1 if arrived else 2)


def test_failure_07_nothing_relies_on_the_platform_to_notice_a_duplicate(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.sees_duplicates, x_office.x.lag = False, 330  # seconds until a post is shown
    x_office.x.fault("createPosts", drops_after, times=None)
    for minutes in range(15):
        x_office.sweep(minutes)
    assert len(x_office.live()) == 1
    assert x_office.row(X)["state"] == "published"
    looks = [seen.name for seen in x_office.x.seen if seen.name in ("createPosts", "getUsersPosts")]
    assert looks.count("createPosts") == 1 and looks[-1] == "getUsersPosts", "it looked, and never sent again"


def test_failure_08_a_ledger_that_is_lost_while_the_campaign_runs_starts_with_the_brake_on(
    x_office: XOffice, own_state_folder: Path
) -> None:
    x_office.open()
    x_office.x.sees_duplicates = False
    x_office.sweep(0)
    for file in x_office.folder.glob("orangeday.db*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    shutil.rmtree(machine.state_folder())  # a fresh machine, as CI gives one each time
    ran = x_office.sweep(30)
    assert (ran.status, ran.states[X]) == (1, "held")
    assert "orangeday resume" in ran.err
    assert x_office("resume", "--by", "Ann").status == 0
    assert x_office.sweep(31).states[X] == "published", "a person has let it go on, and it looked before it sent"
    assert x_office.sends() == 1


def test_failure_09_a_run_that_the_network_cut_short_is_resumed_where_it_was(x_office: XOffice) -> None:
    x_office.open(campaigns.files(["en", "fr", "nl"]))
    x_office.x.sees_duplicates = False

    def blip(exchange: Exchange) -> None:
        exchange.reset() if x_office.live() else passes(exchange)

    x_office.x.fault("", blip, times=None)
    assert sorted(x_office.sweep(45).states.values()) == ["deferred", "deferred", "published"]
    x_office.x.heal()
    for minutes in (47, 49):
        x_office.sweep(minutes)
    assert x_office.said() == [f"Day 1 in {language}, from Nairobi." for language in ("en", "fr", "nl")]


@posix
@pytest.mark.parametrize("after", [True, False])
def test_failure_10_a_program_that_is_killed_at_the_second_of_three_never_says_the_first_again(
    x_office: XOffice, after: bool
) -> None:
    x_office.open(campaigns.files(["en", "fr", "nl"], config='[schedule]\nspacing = "30s"'))
    x_office.x.sees_duplicates = False
    x_office.at(DUE + timedelta(minutes=1))  # in time: nothing is looked for before it is sent

    def second(fault: Fault) -> None:
        x_office.x.fault("createPosts", fault, skip=1)

    assert x_office.killed(second, after=after) == -signal.SIGKILL
    assert len(x_office.live()) == 1 + after
    for minutes in (1.2, 8, 11):
        x_office.sweep(minutes)
    assert Counter(x_office.said()) == {f"Day 1 in {language}, from Nairobi.": 1 for language in ("en", "fr", "nl")}


@posix
def test_failure_11_two_programs_that_cron_starts_in_the_same_minute_post_once(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.sees_duplicates = False
    x_office.x.fault("createPosts", delays(0.05), times=None)  # both are at it at the same time

    def program(mine: Path, other: Path) -> Callable[[], object]:
        def run() -> None:
            mine.touch()
            while not other.exists():
                time.sleep(0.001)
            main(["publish"])

        return run

    for day in range(1, 11):
        x_office.at(DUE + timedelta(days=day - 1))
        here = [x_office.folder / f"{day}-{number}" for number in (1, 2)]
        assert forked([program(*here), program(*reversed(here))]) == [0, 0]
    assert Counter(x_office.said()) == {f"Day {day} in en, from Nairobi.": 1 for day in range(1, 11)}


def test_failure_12_a_restart_after_days_sends_no_burst(x_office: XOffice) -> None:
    x_office.open(campaigns.files(["en", "fr", "nl"]))
    x_office.x.fault("createPosts", says(400, {"detail": "Bad luck.", "title": "Invalid Request"}))
    assert x_office.sweep(0).states[X] == "refused"
    for minutes in (41, 42, 43):  # off since the first post, and restarted again and again on day 4
        x_office.sweep(minutes, day=4)
    assert x_office.said() == [f"Day 4 in {language}, from Nairobi." for language in ("en", "fr", "nl")], "in order"
    states = Counter(x_office("status", "--json").states.values())
    assert (states["missed"], states["refused"], states["published"]) == (8, 1, 3)


def test_failure_13_the_same_words_are_not_said_twice_by_one_account(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.sees_duplicates = False
    x_office.sweep(0)
    same, second = x_office.folder / "posts/01-day/en.toml", "posts/02-day/en.toml"
    x_office.write({second: same.read_text()})
    assert x_office("approve", "all", "--by", "Ann").status == 1, "the files say it"
    x_office.write({"posts/01-day/en.toml": 'text = "Said otherwise since, in {city}."\n'})
    x_office.approve()  # the files are in order; the ledger knows what went out
    ran = x_office.sweep(0, day=2)
    delivery = ran.deliveries[X.replace("/01/", "/02/")]
    assert (ran.status, delivery["state"]) == (1, "refused")
    assert "already went out as 16days-2026/01/nairobi/x/en" in delivery["error"]
    assert x_office.said() == ["Day 1 in en, from Nairobi."]


def swap_folders(office: XOffice) -> None:
    posts = office.folder / "posts"
    (posts / "01-day").rename(posts / "x")
    (posts / "02-day").rename(posts / "01-day")
    (posts / "x").rename(posts / "02-day")


def rename_folder(office: XOffice) -> None:
    (office.folder / "posts/01-day").rename(office.folder / "posts/01-another-name")


def edit_text(office: XOffice) -> None:
    office.write({"posts/01-day/en.toml": 'text = "Day 1 in en, from {city}, with a word more."\n'})


def config(old: str, new: str) -> Callable[[XOffice], None]:
    def edit(office: XOffice) -> None:
        file = office.folder / "config.toml"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    return edit


def rename_embassy(office: XOffice) -> None:
    config("[embassies.nairobi]", "[embassies.kenya]")(office)
    office.credentials("kenya", "x", office.x.credentials(office.account))


@pytest.mark.parametrize(
    "edit",
    [
        swap_folders,
        rename_folder,
        edit_text,
        config('languages = ["en", "fr"]', 'languages = ["fr", "en"]'),
        config("timezone", 'time = "09:05"\ntimezone'),
        rename_embassy,
    ],
    ids=["swap", "rename", "reword", "reorder", "another hour", "another embassy"],
)
def test_failure_14_files_that_are_edited_renamed_or_reordered_make_no_posts(
    x_office: XOffice, edit: Callable[[XOffice], None]
) -> None:
    x_office.open(campaigns.files(["en", "fr"]))
    x_office.x.sees_duplicates = False
    for minutes in (0, 20):
        x_office.sweep(minutes)
    before = x_office.said()
    assert len(before) == 2
    edit(x_office)
    x_office.approve()
    for minutes in (21, 30, 60, 350):
        x_office.sweep(minutes)
    assert x_office.said() == before
