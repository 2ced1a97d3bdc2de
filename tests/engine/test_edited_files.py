"""Files that are edited, swapped, renamed, broken and mended, and clocks that step: nothing is said twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.clock import DAYS, system_clock
from orangeday.commands.files import Files
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State

from ..support import campaigns
from ..support.common import Clock, plan_of
from ..support.dry_run_accounts import entries
from ..support.misbehaving_accounts import Misbehaving
from ..support.scheduler_thread import AtWork

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""


@dataclass
class Office:
    """A folder of files that somebody edits between two sweeps."""

    folder: Path
    clock: Clock = field(default_factory=lambda: Clock(DUE - timedelta(hours=1)))
    _read: tuple[dict[Path, bytes], Plan] | None = None

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def plan(self) -> Plan:
        """The plan of the files as they are; one that is as good as new where nothing has changed in them."""
        contents = {file: file.read_bytes() for file in self.folder.rglob("*.toml")}
        if self._read is None or self._read[0] != contents:
            self._read = contents, plan_of(self.config)
        return self._read[1]

    def connect(self, account: Account) -> Misbehaving:
        return Misbehaving(account, self.clock, file=self.folder / f"{account.platform}.book")

    def sweep(self, now: datetime) -> dict[str, DeliveryStatus]:
        self.clock.now = now
        with (
            closing(Ledger(f"sqlite:///{self.folder / 'ledger.db'}", self.clock, durable=False)) as ledger,
            closing(Publisher(self.plan, ledger, self.connect, self.clock)) as publisher,
        ):
            return {standing.delivery.key: standing for standing in publisher.publish_due(now)}

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def said(self) -> Counter[str]:
        return said(self.folder)


def said(folder: Path) -> Counter[str]:
    """How often each account has said each text, whatever it was called."""
    return Counter(
        f"{book.stem}: {entry['payload']['text'].strip()}" for book in folder.glob("*.book") for entry in entries(book)
    )


@pytest.fixture
def office(tmp_path: Path) -> Office:
    campaigns.write(tmp_path, campaigns.files())
    office = Office(tmp_path)
    office.sweep(DUE - timedelta(hours=1))
    return office


# Names and texts


@pytest.mark.invariant(3)
def test_a_text_that_is_edited_after_publication_is_not_said_again(office: Office) -> None:
    office.sweep(DUE)
    office.edit("posts/01-day/en.toml", "Day 1", "The first day")
    assert office.sweep(DUE + timedelta(minutes=1)) == {}
    assert office.said() == {f"{p}: Day 1 in en, from Nairobi.": 1 for p in ("x", "bluesky")}


@pytest.mark.invariant(3)
def test_what_is_in_doubt_is_compared_with_what_was_sent_and_not_with_the_files(office: Office) -> None:
    office.clock.now = DUE

    def loses(account: Account) -> Misbehaving:
        book = office.folder / f"{account.platform}.book"
        return Misbehaving(account, office.clock, file=book, moods={"x/en": "loses after"})

    with (
        closing(Ledger(f"sqlite:///{office.folder / 'ledger.db'}", office.clock)) as ledger,
        closing(Publisher(office.plan, ledger, loses, office.clock)) as publisher,
    ):
        publisher.publish_due(DUE)
    office.edit("posts/01-day/en.toml", "Day 1", "The first day")
    found = office.sweep(DUE + timedelta(minutes=1))["16days-2026/01/nairobi/x/en"]
    assert (found.state, found.attempts) == (State.PUBLISHED, 1)
    assert set(office.said().values()) == {1}


@pytest.mark.invariant(6)
def test_an_embassy_that_is_renamed_says_nothing_again(office: Office) -> None:
    office.sweep(DUE)
    office.edit("config.toml", "[embassies.nairobi]", "[embassies.east-africa]")
    touched = office.sweep(DUE + timedelta(minutes=1))
    assert {s.state for s in touched.values()} == {State.REFUSED}
    assert all("already went out as 16days-2026/01/nairobi/" in str(s.reason) for s in touched.values())
    assert {s.state for s in office.sweep(DUE + timedelta(days=1)).values()} == {State.PUBLISHED}, "tomorrow it speaks"
    assert set(office.said().values()) == {1}


@pytest.mark.invariant(6)
def test_a_language_that_is_named_more_closely_says_nothing_again(office: Office) -> None:
    office.sweep(DUE)
    for number in DAYS:
        folder = office.folder / f"posts/{number:02}-day"
        (folder / "en.toml").rename(folder / "en-GB.toml")
    office.edit("posts/01-day/en-GB.toml", "Day 1", "The first day")  # not even in other words
    office.edit("config.toml", '"en"', '"en-GB"')
    office.edit("config.toml", "en =", "en-GB =")
    touched = office.sweep(DUE + timedelta(minutes=1))
    assert {s.state for s in touched.values()} == {State.REFUSED}
    assert sum(office.said().values()) == 2


@pytest.mark.invariant(6)
def test_an_account_that_moves_to_another_embassy_says_nothing_again(office: Office) -> None:
    office.sweep(DUE)
    config = office.config.read_text()
    office.config.write_text(config + config[config.index("[embassies") :].replace("nairobi]", "kampala]"))
    touched = office.sweep(DUE + timedelta(minutes=1))
    assert {s.delivery.embassy.id for s in touched.values()} == {"kampala"}
    assert {s.state for s in touched.values()} <= {State.REFUSED, State.HELD}
    assert set(office.said().values()) == {1}


# Hours and dates


@pytest.mark.invariant(3, 9)
@pytest.mark.parametrize("time", ["06:00", "08:59", "09:01", "13:00", "23:30"])
def test_an_hour_that_is_edited_after_publication_repeats_nothing(office: Office, time: str) -> None:
    office.sweep(DUE)
    office.config.write_text(f'[schedule]\ntime = "{time}"\n\n{office.config.read_text()}')
    for hours in range(40):
        office.sweep(DUE + timedelta(hours=hours, minutes=30))
    assert set(office.said().values()) == {1}
    assert sum(office.said().values()) == 4, "day 2 goes out at the new hour"


@pytest.mark.invariant(3, 9)
@pytest.mark.parametrize("start", ["2026-11-23", "2026-11-24", "2026-11-26", "2026-11-28", "2026-12-20"])
def test_a_start_that_is_edited_after_publication_repeats_nothing(office: Office, start: str) -> None:
    office.sweep(DUE)
    office.sweep(DUE + timedelta(days=1))
    office.edit("config.toml", "[campaign]", f"[campaign]\nstart = {start}")
    at, ends = DUE + timedelta(days=2, hours=13), office.plan.ends
    assert ends
    while at < ends + timedelta(days=2):
        office.sweep(at)
        at += timedelta(hours=12)
    found = office.said()
    assert set(found.values()) == {1}
    assert found.keys() >= {f"x: Day {number} in en, from Nairobi." for number in (1, 2, 10, 16)}


# Clocks


@pytest.mark.invariant(9)
@pytest.mark.arrow("scheduled → missed", "missed → armed")
def test_a_clock_that_steps_over_a_window_and_back_into_it_sends_once(office: Office) -> None:
    assert {s.state for s in office.sweep(DUE + timedelta(hours=7)).values()} == {State.MISSED}
    assert {s.state for s in office.sweep(DUE + timedelta(hours=1)).values()} == {State.PUBLISHED}
    assert not office.sweep(DUE - timedelta(hours=1))
    office.sweep(DUE + timedelta(minutes=1))
    office.sweep(DUE + timedelta(hours=7))
    assert office.said() == {f"{p}: Day 1 in en, from Nairobi.": 1 for p in ("x", "bluesky")}


@pytest.mark.invariant(3, 9)
@pytest.mark.parametrize("seed", range(3))
def test_a_clock_that_steps_to_and_fro_sends_each_once_and_only_in_its_window(office: Office, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    windows = {delivery.key: (delivery.due, delivery.deadline) for delivery in office.plan}
    for _ in range(60):
        office.sweep(DUE + timedelta(minutes=rng.randint(-600, 4 * 24 * 60)))
    found = [entry for book in office.folder.glob("*.book") for entry in entries(book)]
    assert len(found) > 4
    for entry in found:
        due, closes = windows[entry["payload"]["key"]]
        assert due <= datetime.fromisoformat(entry["at"]) < closes
    assert set(office.said().values()) == {1}


# While the scheduler runs


@pytest.fixture
def at_work(office: Office) -> Iterator[AtWork]:
    def connect(account: Account) -> Misbehaving:
        return Misbehaving(account, system_clock, file=office.folder / f"{account.platform}.book")

    with time_machine.travel(DUE - timedelta(hours=1), tick=True) as clock:
        files = Files(office.config, system_clock)
        with (
            closing(Ledger(f"sqlite:///{office.folder / 'ledger.db'}", system_clock)) as ledger,
            AtWork(clock, files.plan, ledger, connect, files.newest_plan) as at_work,
        ):
            yield at_work


@pytest.mark.invariant(3, 6, 8, 9)
def test_whatever_is_done_to_the_files_while_it_runs_nothing_is_said_twice(office: Office, at_work: AtWork) -> None:
    posts = office.folder / "posts"
    at_work.put(DUE + timedelta(seconds=1))
    assert len(office.said()) == 2

    office.edit("config.toml", "[campaign]", '[schedule]\ntime = "11:00"\n\n[campaign]')
    at_work.put(DUE + timedelta(hours=2, minutes=1))

    for old, new in (("01-day", "02-tmp"), ("02-day", "01-day"), ("02-tmp", "02-day")):
        (posts / old).rename(posts / new)
    at_work.put(DUE + timedelta(hours=2, minutes=5))
    at_work.put(DUE + timedelta(days=1, hours=2, minutes=1))  # day 2 has the words of day 1 now
    refused = [row for row in at_work.ledger.campaign_rows("16days-2026").values() if row.state is State.REFUSED]
    assert {row.day for row in refused} == {2}

    good = (posts / "03-day/en.toml").read_text()
    (posts / "03-day/en.toml").write_text("text = '''never closed")
    at_work.put(DUE + timedelta(days=2, hours=2, minutes=1))
    assert len(office.said()) == 2, "an error holds what it concerns"
    (posts / "03-day/en.toml").write_text(good)
    at_work.put(DUE + timedelta(days=2, hours=3))
    assert len(office.said()) == 4

    office.edit("config.toml", "[embassies.nairobi]", "[embassies.kenya]")
    at_work.put(DUE + timedelta(days=2, hours=3, minutes=1))
    at_work.put(DUE + timedelta(days=3, hours=2, minutes=1))
    assert len(office.said()) == 6

    assert set(office.said().values()) == {1}
    assert at_work.troubles == []
