"""A program to be killed: it walks a virtual clock over `publish_due`, with a ledger and a book that survive it.

    python -m tests.torture.victim CONFIG FOLDER UNTIL [at-once]

The clock's hand stands in FOLDER/clock, so that a restart goes on where the killed one was. It says `ready` once.
With `at-once` it waits for FOLDER/go, and makes one sweep at UNTIL.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from orangeday.content.config import Account
from orangeday.engine.publisher import Publisher
from orangeday.ledger.ledger import Ledger

from ..support.common import Clock, plan_of
from ..support.dry_run_accounts import DurableDryRun


def main(config: Path, folder: Path, until: datetime, at_once: bool) -> None:
    hand = folder / "clock"
    clock = Clock(datetime.fromisoformat(hand.read_text()))
    plan = plan_of(config, clock.now)
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}", clock)

    def connect(account: Account) -> DurableDryRun:
        book = folder / f"{account.embassy}-{account.platform}.book"
        return DurableDryRun(account, clock, file=book, slowness=0.03)

    print("ready", flush=True)  # noqa: T201  to the test that will kill us
    with closing(ledger), closing(Publisher(plan, ledger, connect, clock)) as publisher:
        if at_once:
            while not (folder / "go").exists():
                time.sleep(0.001)
            clock.now = until
        publisher.publish_due(clock.now)
        for moment in plan.due_moments(clock.now):
            if moment > until or at_once:
                break
            clock.now = moment
            new = hand.with_suffix(".new")
            new.write_text(moment.isoformat())
            new.replace(hand)
            publisher.publish_due(moment)
            clock.now += timedelta(seconds=30)
            publisher.publish_due(clock.now)  # the sweep that follows each alarm


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3]), "at-once" in sys.argv)
