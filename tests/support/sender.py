"""A program that sends, for the tests that stop it, kill it and race it: it sweeps by a clock that lies in a file.

    python -m tests.support.sender CONFIG FOLDER [--programs 8] [--live] [--until-quiet] [--moods JSON]
        [--patience SECONDS] [--ledger URL]

FOLDER/clock is the time. It says `ready` for each program, waits for a line on stdin, and makes one sweep in each;
with `--until-quiet` each sweeps until nothing that is due is left to do.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import statuses
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State

from .common import plan_of
from .misbehaving_accounts import Misbehaving


def clock_in(folder: Path) -> Callable[[], datetime]:
    """The clock that lies in a file: whoever writes there sets it for all."""
    return lambda: datetime.fromisoformat((folder / "clock").read_text())


def set_clock(folder: Path, now: datetime) -> None:
    """Sets it, all at once."""
    new = folder / f"clock.{os.getpid()}"
    new.write_text(now.isoformat())
    new.replace(folder / "clock")


def send(plan: Plan, folder: Path, options: argparse.Namespace) -> None:
    clock = clock_in(folder)
    moods = json.loads(options.moods)

    def connect(account: Account) -> Misbehaving:
        return Misbehaving(account, clock, file=folder / f"{account.embassy}-{account.platform}.book", moods=moods)

    with (
        closing(Ledger(options.ledger or f"sqlite:///{folder / 'ledger.db'}", clock)) as ledger,
        closing(Publisher(plan, ledger, connect, clock, live=options.live, timeout=options.patience)) as publisher,
    ):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            publisher.publish_due(clock())
            states = {standing.state for standing in statuses(plan, ledger, clock(), plan.open_at(clock()))}
            if not options.until_quiet or states <= {State.PUBLISHED, State.REFUSED}:
                break


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--programs", type=int, default=1)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--until-quiet", action="store_true")
    parser.add_argument("--moods", default="{}")
    parser.add_argument("--patience", type=float)
    parser.add_argument("--ledger")
    options = parser.parse_args()
    plan = plan_of(options.config, clock_in(options.folder)())
    children: list[int] = []
    for number in range(options.programs):
        # The last is this one itself; the others are like it, and need not load all that it has loaded.
        child = os.fork() if number < options.programs - 1 else 0
        if child == 0:
            children.clear()
            break
        children.append(child)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if options.programs == 1:
        sys.stdin.readline()
    else:
        while not (options.folder / "go").exists():
            time.sleep(0.001)
    send(plan, options.folder, options)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    sys.exit(any(statuses))


if __name__ == "__main__":
    main()
