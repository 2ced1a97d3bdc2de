"""Failures 15 to 22 of docs/failures.md: posts that were missed, got stuck or went out when they shouldn't have."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.adapters.base import Platform
from orangeday.adapters.dry_run import DryRun
from orangeday.clock import system_clock
from orangeday.commands.files import Files
from orangeday.content.config import Account
from orangeday.engine import scheduler
from orangeday.engine.publisher import Publisher
from orangeday.engine.scheduler import Scheduler
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS

from ..servers.faulty_proxy import Exchange, Fault, passes, resets_before, says
from ..support import campaigns
from ..support.offices import DUE, X, XOffice, a_picture, with_picture
from ..support.scheduler_thread import AtWork

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")


def test_failure_15_the_doctor_asks_when_the_last_run_was_and_not_whether_all_could_run(x_office: XOffice) -> None:
    x_office.open()
    x_office.sweep(0)
    healthy = x_office("doctor")
    assert healthy.status == 0
    x_office.at(DUE + timedelta(hours=5))  # the machine was started anew, and nothing runs on it
    ill = x_office("doctor")
    assert "⚠ Last live run:" in ill.out
    assert "the last live run looked 5 hours ago" in " ".join(ill.out.split())
    assert "orangeday schedule" in ill.out
    x_office("publish")
    assert "less than two minutes ago" in x_office("doctor", "-v").out


def test_failure_16_two_hundred_posts_of_one_minute_all_go_out(tmp_path: Path) -> None:
    embassies = {f"embassy-{number:03}": "Africa/Nairobi" for number in range(100)}
    files = Files(campaigns.write(tmp_path, campaigns.files(embassies=embassies)), lambda: DUE)
    books: dict[str, DryRun] = {}

    def connect(account: Account) -> Platform:
        return books.setdefault(str(account), DryRun(account, system_clock))

    with time_machine.travel(DUE - timedelta(hours=1), tick=True) as clock:
        ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", system_clock, durable=False)
        with closing(ledger), AtWork(clock, files.plan, ledger, connect, files.newest_plan) as at_work:
            clock.move_to(DUE - timedelta(seconds=0.1))
            at_work.until(lambda: sum(len(account.book) for account in books.values()) == 200)
            assert system_clock() - DUE < timedelta(minutes=1)
        assert {len(account.book) for account in books.values()} == {1}


def pause(office: XOffice) -> None:
    with closing(Ledger(f"sqlite:///{office.folder}/orangeday.db", system_clock)) as ledger:
        ledger.pause(ALL_ACCOUNTS, "no")


def withdraw(office: XOffice) -> None:
    (office.folder / "posts/approvals.toml").unlink()


@pytest.mark.parametrize("act", [pause, withdraw])
def test_failure_17_what_is_stopped_while_it_is_on_its_way_does_not_go_out(
    x_office: XOffice, act: Callable[[XOffice], None]
) -> None:
    x_office.open()

    def meanwhile(exchange: Exchange) -> None:
        act(x_office)
        passes(exchange)

    x_office.at(DUE + timedelta(minutes=3))  # late enough that it looks before it sends
    x_office.x.fault("getUsersPosts", meanwhile)
    assert x_office("publish", "--json").states[X] == "held"
    assert x_office.sends() == 0
    x_office.sweep(5)
    assert x_office.sends() == 0


@pytest.mark.parametrize("how", ["the day is skipped", "the text is deleted", "the embassy is taken out"])
def test_failure_17_what_is_taken_out_of_the_files_does_not_go_out(tmp_path: Path, how: str) -> None:
    config = campaigns.write(tmp_path, campaigns.files(embassies={"nairobi": "Africa/Nairobi", "kyiv": "Europe/Kyiv"}))
    books: dict[str, DryRun] = {}
    with time_machine.travel(DUE - timedelta(hours=1), tick=True) as clock:
        files = Files(config, system_clock)
        with (
            closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", system_clock)) as ledger,
            AtWork(
                clock,
                files.plan,
                ledger,
                lambda account: books.setdefault(str(account), DryRun(account, system_clock)),
                files.newest_plan,
            ) as at_work,
        ):
            if how == "the day is skipped":
                config.write_text(config.read_text().replace("timezone", "skip = [1]\ntimezone"))
            elif how == "the text is deleted":
                (tmp_path / "posts/01-day/en.toml").unlink()
            else:
                kept, _, _ = config.read_text().partition("[embassies.nairobi]")
                config.write_text(kept + "[embassies.kyiv]" + config.read_text().partition("[embassies.kyiv]")[2])
            at_work.put(DUE + timedelta(seconds=1))
            at_work.put(DUE + timedelta(minutes=2))
    assert not [sent.text for book in books.values() for sent, _ in book.book if sent.text.endswith("Nairobi.")]


@posix
@pytest.mark.parametrize("after", [True, False])
def test_failure_18_what_a_dead_program_was_sending_does_not_stay_so(x_office: XOffice, after: bool) -> None:
    x_office.open()
    x_office.at(DUE)

    def at_the_call(fault: Fault) -> None:
        x_office.x.fault("createPosts", fault)

    assert x_office.killed(at_the_call, after=after) == -signal.SIGKILL
    assert x_office.row(X)["state"] == "armed"
    ran = x_office.sweep(1)
    assert (ran.status, ran.states[X]) == (0, "published") if after else (1, "unsure")
    for minutes in (2, 8, 11):
        x_office.sweep(minutes)
    assert x_office.row(X)["state"] == "published"
    assert len(x_office.live()) == 1


def test_failure_19_a_post_with_a_picture_that_fails_is_tried_again(x_office: XOffice) -> None:
    x_office.open(with_picture(campaigns.files()), pictures=a_picture())
    x_office.x.fault("mediaUpload", says(503, {"title": "Service Unavailable", "status": 503}), times=2)
    assert x_office.sweep(0).states[X] == "deferred"
    for minutes in (2, 5):
        x_office.sweep(minutes)
    (post,) = x_office.live()
    ((_, alt),) = post.media
    assert alt == "An orange square"
    assert x_office.sends() == 1


def test_failure_20_a_cron_that_comes_hours_late_sends_what_is_still_of_its_day(x_office: XOffice) -> None:
    x_office.open()
    late = x_office.sweep(5 * 60)
    assert (late.status, late.states[X]) == (0, "published")
    far_too_late = x_office.sweep(10 * 60, day=2)
    assert (far_too_late.status, far_too_late.states[X.replace("/01/", "/02/")]) == (1, "missed")
    assert x_office("status").status == 1, "it is said until a person has seen it"
    assert x_office.said() == ["Day 1 in en, from Nairobi."]


def test_failure_21_an_alarm_that_is_seconds_late_is_not_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "SWEEP_INTERVAL", timedelta(hours=12))  # the alarm alone can do it
    monkeypatch.setattr(scheduler, "_MAX_DRIFT", 1e9)
    files = Files(campaigns.write(tmp_path, campaigns.files()), lambda: DUE)
    published = Counter[str]()
    busy = threading.Event()
    with time_machine.travel(DUE - timedelta(seconds=1), tick=True):
        ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", system_clock)
        with (
            closing(ledger),
            closing(
                Publisher(files.plan, ledger, lambda a: DryRun(a, system_clock), system_clock, reload=files.newest_plan)
            ) as publisher,
        ):

            def happened(touched: object) -> None:
                if not busy.is_set():
                    busy.set()
                    time.sleep(3)  # the machine is that slow, so that the alarm of the hour comes late
                published.update(f"{row.key} {row.state}" for row in ledger.campaign_rows("16days-2026").values())

            stop = threading.Event()
            alarm = Scheduler(publisher, system_clock, on_sweep=happened, on_error=lambda _: None)
            running = threading.Thread(target=alarm.run, args=(stop,), kwargs={"interval": 0.02})
            running.start()
            try:
                deadline = time.monotonic() + 8
                while len(published) < 2 and time.monotonic() < deadline:
                    time.sleep(0.02)
            finally:
                stop.set()
                running.join(20)
    assert set(published) == {f"16days-2026/01/nairobi/{platform}/en published" for platform in ("x", "bluesky")}


def test_failure_22_what_could_not_be_sent_on_its_day_is_never_sent_later(x_office: XOffice) -> None:
    x_office.open(campaigns.files(config='[schedule]\ntime = "20:00"\ncatch_up = "12h"'))
    eight = 11 * 60  # minutes from nine o'clock on
    x_office.x.fault("", resets_before, times=None)
    for minutes in (eight, eight + 60, eight + 239):
        assert x_office.sweep(minutes).states[X] == "deferred"
    x_office.x.heal()
    ran = x_office.sweep(eight + 241)  # a minute past midnight in Nairobi, eight hours before catch_up ends
    assert (ran.status, ran.states[X]) == (1, "missed")
    for day in (2, 3):
        x_office.sweep(eight, day)
    assert x_office.said() == ["Day 2 in en, from Nairobi.", "Day 3 in en, from Nairobi."]
