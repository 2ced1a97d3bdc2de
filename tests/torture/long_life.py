"""A long life: one `orangeday schedule --live` through all sixteen days, and what it has grown to by the end.

    python -m tests.torture.long_life --deliveries 2000

Its clock and the servers' go from one moment at which something is due to the next. At the end of each day it is asked
how much memory, how many threads and how many open files it has; at the end of all, what it costs while it waits.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from orangeday.approvals import content
from orangeday.approvals import store as approvals

from ..servers.bluesky_server import Server
from ..support.common import plan_of
from ..support.machines import Run
from .storm import Forecast, prepare
from .storm_campaign import FIRST, Storm, show
from .storm_worlds import seas

PATIENCE = 120
"""Seconds for all that is due at one moment to go out."""

WAITED = 40
"""Seconds of waiting: a sweep is among them."""


@dataclass(frozen=True)
class Vitals:
    """What a process takes of its machine."""

    memory: int
    """Kilobytes that are its own."""
    threads: int
    files: int
    processor: float
    """Seconds, since it began."""

    @classmethod
    def of(cls, pid: int) -> Vitals:
        folder = Path("/proc") / str(pid)
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        times = (folder / "stat").read_text().rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        return cls(
            memory=int(status["RssAnon"].split()[0]),
            threads=int(status["Threads"]),
            files=len(list((folder / "fd").iterdir())),
            processor=(int(times[11]) + int(times[12])) / ticks,
        )


def live(
    deliveries: int,
    days: int,
    seed: int,
    tell: Callable[[int, Vitals], None],
    wait: float = WAITED,
    pds: Server | None = None,
) -> float:
    """A life of so many days, on this Bluesky server if there is one; `tell` is given its vitals at the end of each.

    Gives how much of a processor it takes while it waits for the last one. Raises AssertionError where anything that
    was due isn't out, once.
    """
    forecast = Forecast(deliveries=deliveries, days=days, seed=seed, weather=0, lag=0)
    with (
        seas(forecast.platforms, seed, 0, 0, pds) as over,
        tempfile.TemporaryDirectory(prefix="orangeday-life-", ignore_cleanup_errors=True) as folder,
    ):
        storm = prepare(forecast, over, Path(folder), random.Random(seed))  # noqa: S311
        (machine,) = storm.machines
        _all_at_nine(storm)
        storm.reach(FIRST - timedelta(hours=1))
        storm.sweep()  # the ledger is there before the campaign is
        run = storm.begin(machine, "schedule", "--live")
        try:
            for number in range(1, days + 1):
                if number == days:
                    before = Vitals.of(run.pid)
                    time.sleep(wait)
                    waiting = (Vitals.of(run.pid).processor - before.processor) / wait
                for moment in sorted({d.due for d in storm.plan if d.number == number}):
                    storm.reach(moment + timedelta(seconds=1))
                    _wait_for(storm, run)
                if number < days:
                    storm.reach(FIRST + timedelta(days=number - 1, hours=10))
                    time.sleep(2)  # it has seen that the clock was set
                tell(number, Vitals.of(run.pid))
            run.terminate()
            run.ended()
            assert run.status == 0, run.said()[-2000:]
        finally:
            machine.shut_down()
        assert set(storm.out(storm.due())) == {1}
    return waiting


def _all_at_nine(storm: Storm) -> None:
    """Two moments a day, and everything at them."""
    config = storm.plan.config.file
    config.write_text(re.sub(r'time = "09:\d\d"', 'time = "09:00"', config.read_text("utf-8")), "utf-8")
    storm.plan = plan_of(config)
    approvals.approve(storm.plan, list(content.subjects(storm.plan)), "Ann", FIRST - timedelta(days=1))


def _wait_for(storm: Storm, run: Run) -> None:
    """Waits until its ledger has all that is due as published."""
    deadline, due = time.monotonic() + PATIENCE, len(storm.due())
    with closing(sqlite3.connect(storm.machines[0].folder / "ledger.db")) as ledger:
        while ledger.execute("SELECT count(*) FROM delivery WHERE state = 'published'").fetchone()[0] < due:
            assert time.monotonic() < deadline, run.said()[-2000:]
            time.sleep(0.1)


def main(deliveries: int, days: int, seed: int) -> None:
    began = time.monotonic()
    ends: list[Vitals] = []

    def tell(number: int, vital: Vitals) -> None:
        ends.append(vital)
        show(f"{number:4}{vital.memory / 1024:8.1f} MiB{vital.threads:10}{vital.files:8}{vital.processor:10.1f} s")

    show(f"{'day':>4}{'memory':>12}{'threads':>10}{'files':>8}{'processor':>12}")
    waiting = live(deliveries, days, seed, tell)
    growth = ends[-1].memory / ends[0].memory - 1
    show(f"{deliveries} deliveries in {days} days: memory {growth:+.1%}, waiting takes {waiting:.1%} of a processor")
    show(f"seed {seed}, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.torture.long_life")
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--days", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped
    main(given.deliveries, given.days, given.seed)
