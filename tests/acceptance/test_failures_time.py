"""Failures 23 to 27 of docs/failures.md: posts at the wrong hour."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.adapters.dry_run import DryRun
from orangeday.clock import system_clock
from orangeday.content import campaign, config
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.ledger.ledger import Ledger

from ..support import campaigns
from ..support.common import ROOT, plan_of
from ..support.offices import DUE, X, XOffice
from ..support.offset_clock import environment_at
from ..support.scheduler_thread import AtWork

pytestmark = pytest.mark.usefixtures("stated_zones")

AT_NINE = {
    "nairobi": ("Africa/Nairobi", "2026-11-25T06:00:00+00:00"),
    "berlin": ("Europe/Berlin", "2026-11-25T08:00:00+00:00"),
    "ottawa": ("America/Toronto", "2026-11-25T14:00:00+00:00"),
    "canberra": ("Australia/Sydney", "2026-11-24T22:00:00+00:00"),
    "santiago": ("America/Santiago", "2026-11-25T12:00:00+00:00"),
    "kathmandu": ("Asia/Kathmandu", "2026-11-25T03:15:00+00:00"),
}
"""Nine o'clock on 25 November 2026, computed by hand."""


def around_the_world(folder: Path, at: str = "start = 2026-11-25") -> Path:
    embassies = {name: zone for name, (zone, _) in AT_NINE.items()}
    return campaigns.write(folder, campaigns.files(embassies=embassies, config=at))


@pytest.mark.parametrize("zone", ["America/New_York", "Nowhere/At_All", ""])
def test_failure_23_neither_the_machines_zone_nor_a_lack_of_zone_data_moves_a_post(tmp_path: Path, zone: str) -> None:
    program = [
        sys.executable,
        "-m",
        "tests.support.offset_clock",
        "--config",
        str(around_the_world(tmp_path)),
        "preview",
        "1",
        "--json",
    ]
    environment = {**environment_at(DUE), "TZ": zone, "PYTHONTZPATH": ""}
    ran = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    dues = {delivery["embassy"]: delivery["due"] for delivery in json.loads(ran.stdout)["deliveries"]}
    assert dues == {name: due for name, (_, due) in AT_NINE.items()}


@pytest.fixture
def in_delhi(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own clock is at UTC+5:30."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one zone for all programs")
@pytest.mark.usefixtures("in_delhi")
def test_failure_24_a_time_is_never_taken_without_its_zone(x_office: XOffice) -> None:
    x_office.open()
    assert x_office.sweep(-1).states == {}
    assert x_office.sweep(0).states[X] == "published"
    assert abs(x_office.live()[0].created_at - DUE) < timedelta(seconds=30)
    naive = Ledger("sqlite:///naive.db", lambda: datetime(2026, 11, 25, 9))  # noqa: DTZ001
    with closing(naive), pytest.raises(Exception, match="a moment without a zone"):
        naive.pause("everything", "")
    file = x_office.folder / "config.toml"
    file.write_text(re.sub("timezone = .*", "", file.read_text()))
    ran = x_office("check")
    assert ran.status == 1
    assert "timezone" in ran.out + ran.err, "an embassy without a zone is an error, and not at UTC"


@pytest.mark.parametrize("command", [["status"], ["preview", "1"], ["publish"]])
def test_failure_25_every_time_is_shown_on_the_embassys_clock_and_in_utc(x_office: XOffice, command: list[str]) -> None:
    x_office.open()
    x_office.at(DUE)
    out = x_office(*command).out
    assert re.search(r"Wed 25 Nov 09:00( UTC\+3)? .*25 Nov 06:00 UTC", out), out


def test_failure_26_what_is_planned_in_july_is_at_nine_in_november(tmp_path: Path) -> None:
    file = around_the_world(tmp_path, at="")
    plans = [plan_of(file, datetime(2026, month, 14, 12, tzinfo=UTC)) for month in (1, 7, 10, 11)]
    for plan in plans:
        dues = {d.embassy.id: d.due.astimezone(UTC).isoformat() for d in plan if d.number == 1}
        assert dues == {name: due for name, (_, due) in AT_NINE.items()}
        assert {d.local(d.due).strftime("%H:%M") for d in plan} == {"09:00"}


@pytest.mark.parametrize(
    ("first", "change", "on_that_day"),
    [
        (date(2026, 10, 18), date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the first
        (date(2026, 3, 22), date(2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # skipped: an hour later
    ],
    ids=["an hour twice", "no such hour"],
)
def test_failure_27_an_hour_that_the_clocks_skip_or_repeat_has_its_post_once(
    tmp_path: Path, first: date, change: date, on_that_day: datetime
) -> None:
    """Through the real alarm clock, past the night of the change: never skipped, doubled or stuck."""
    file = campaigns.write(
        tmp_path, campaigns.files(embassies={"berlin": "Europe/Berlin"}, config='[schedule]\ntime = "02:30"')
    )
    read = config.load(file)
    plan = Plan(campaign.load(read.posts), read, first)
    moments = plan.due_moments(plan.begins)
    books: dict[str, DryRun] = {}
    with time_machine.travel(plan.begins, tick=True) as clock:
        ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", system_clock, durable=False)

        def connect(account: Account) -> DryRun:
            return books.setdefault(str(account), DryRun(account, system_clock))

        with closing(ledger), AtWork(clock, plan, ledger, connect) as at_work:
            for moment in moments:
                clock.move_to(moment - timedelta(milliseconds=25))
                at_work.until_swept(moment)
    for account in books.values():
        minutes = [receipt.published_at.replace(second=0, microsecond=0) for _, receipt in account.book]
        assert len(minutes) == 16
        assert minutes[(change - first).days] == on_that_day
        before, after = minutes[0], minutes[-1]
        assert (before.hour, after.hour) == ((0, 1) if first.month == 10 else (1, 0))
