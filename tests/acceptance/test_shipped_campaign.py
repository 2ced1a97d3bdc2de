"""The promise, for the shipped campaign with the shipped config: every delivery exactly once, at its local minute.

Once through the real APScheduler with the clock shifted, once in a program that is killed on every day.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from orangeday.clock import DAYS, system_clock
from orangeday.content.config import Account
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.status import statuses
from orangeday.ledger.ledger import Ledger

from ..support.amount import amount, scaled
from ..support.common import BEFORE, EXAMPLE, ROOT
from ..support.dry_run_accounts import DurableDryRun, entries
from ..support.fork_server import Program, born
from ..support.scheduler_thread import AtWork


def live(books: Path) -> list[dict[str, Any]]:
    """What the accounts' own books say was published."""
    return [entry for book in books.glob("*.book") for entry in entries(book)]


def count(books: Path) -> int:
    """How many that is."""
    return sum(book.read_bytes().count(b"\n") for book in books.glob("*.book"))


@contextmanager
def victim(folder: Path, until: datetime, *more: str) -> Iterator[Program]:
    """A program that is ready to sweep, see tests/torture/victim.py; it is gone when the `with` ends."""
    ours, theirs = os.pipe()
    argv = [str(EXAMPLE), str(folder), until.isoformat(), *more]
    try:
        program = born("tests.torture.victim", argv, ROOT, os.environ, out=theirs)
    finally:
        os.close(theirs)
    with os.fdopen(ours) as said:
        try:
            assert said.readline() == "ready\n"
            yield program
        finally:
            program.kill()
            program.wait(60)


def assert_each_once_at_its_minute(plan: Plan, books: Path, deliveries: Iterable[Delivery]) -> None:
    """These stand in the accounts' own books once, at the minute that its embassy's clock should show, and no other."""
    found = live(books)
    times = {entry["payload"]["key"]: datetime.fromisoformat(entry["at"]) for entry in found}
    deliveries = [*deliveries]
    assert Counter(entry["payload"]["key"] for entry in found) == {delivery.key: 1 for delivery in deliveries}
    for delivery in deliveries:
        hour = delivery.embassy.time or plan.config.time
        nth = delivery.embassy.languages.index(delivery.language)
        local = times[delivery.key].astimezone(delivery.embassy.timezone)
        expected = datetime.combine(delivery.date, hour) + nth * plan.config.spacing
        assert local.strftime("%Y-%m-%d %H:%M") == expected.strftime("%Y-%m-%d %H:%M"), delivery.key


@pytest.mark.invariant(9, 10)
def test_sixteen_days_through_the_real_scheduler(example: Plan, tmp_path: Path) -> None:
    assert len(list(example)) == 480
    with time_machine.travel(example.begins, tick=True) as clock:

        def connect(account: Account) -> DurableDryRun:
            return DurableDryRun(account, system_clock, file=tmp_path / f"{account.embassy}-{account.platform}.book")

        with (
            closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", system_clock)) as ledger,
            AtWork(clock, example, ledger, connect) as at_work,
        ):
            due: set[str] = set()
            for moment in example.due_moments(example.begins):
                due |= {d.key for d in example.due_between(moment - timedelta(microseconds=1), moment)}
                # Just before it, so that the alarm itself has to ring, at the right minute and not earlier.
                clock.move_to(moment - timedelta(milliseconds=25))
                at_work.until_swept(moment)
                assert at_work.published.keys() == due, moment
            assert example.ends is not None
            clock.move_to(example.ends + timedelta(minutes=1))
            at_work.ends()  # with the campaign
        assert at_work.troubles == []
    assert set(at_work.published.values()) == {1}
    assert_each_once_at_its_minute(example, tmp_path, example)


@scaled
@pytest.mark.torture
@pytest.mark.invariant(1, 2, 3)
@pytest.mark.parametrize("seed", [16])
def test_sixteen_days_in_a_program_that_is_killed_on_each(example: Plan, tmp_path: Path, seed: int) -> None:
    rng, days = random.Random(seed), DAYS[: amount(6, 16)]  # noqa: S311
    (tmp_path / "clock").write_text(example.begins.isoformat())
    kills = 0
    for number in days:
        until = datetime.combine(example.date(number), datetime.max.time(), UTC)
        for attempt in range(20):
            with victim(tmp_path, until) as program:
                if attempt == 0:
                    if number % 2:
                        time.sleep(rng.uniform(0.01, 0.3))  # anywhere
                    else:
                        # Right behind a post that is live and not yet recorded.
                        wanted = count(tmp_path) + rng.randint(1, 20)
                        while count(tmp_path) < wanted and program.poll() is None:
                            time.sleep(0.001)
                    program.kill()
                status = program.wait(60)
            kills += status == -9
            if status == 0:
                break
        assert status == 0
    assert kills == len(days), "a day on which the program was too fast to be killed proves nothing"
    due = [delivery for delivery in example if delivery.due <= until]
    assert len(due) == 480 or len(days) < len(DAYS)
    with closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", lambda: BEFORE)) as ledger:
        standings = statuses(example, ledger, until + timedelta(days=1), due)
        orphans = sum(event.action == "unsure" for event in ledger.events())
    assert Counter(str(standing.state) for standing in standings) == {"published": len(due)}
    assert orphans > 0, "no kill came between arming and recording: the seed proves nothing"
    assert_each_once_at_its_minute(example, tmp_path, due)


@pytest.mark.invariant(1, 2)
def test_four_programs_that_start_at_once_post_each_delivery_once(example: Plan, tmp_path: Path) -> None:
    """Failure 11: cron jobs that overlap, and a `schedule` beside them."""
    first = example.begins
    moment = datetime.combine(example.date(1), datetime.min.time(), UTC) + timedelta(hours=9)
    (tmp_path / "clock").write_text(first.isoformat())
    with closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", lambda: first)) as ledger:
        ledger.register_accounts(map(str, example.accounts), first)
        ledger.record_sweep(example.campaign_id, "", first)
    with ExitStack() as stack:
        programs = [stack.enter_context(victim(tmp_path, moment, "at-once")) for _ in range(4)]
        (tmp_path / "go").touch()
        assert {program.wait(60) for program in programs} == {0}
    due = [delivery.key for delivery in example.open_at(moment)]
    assert len(due) > 12
    assert Counter(entry["payload"]["key"] for entry in live(tmp_path)) == dict.fromkeys(due, 1)
