"""A campaign whose ledger and accounts several programs share, to be stopped, woken and raced."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest

from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State

from ..servers.postgres_server import end_the_sessions_with_locks
from . import campaigns
from .common import ROOT, plan_of
from .fork_server import Program, born
from .misbehaving_accounts import Misbehaving
from .sender import clock_in, set_clock

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""


EN = "16days-2026/01/nairobi/x/en"


posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no SIGSTOP, and no fork, on Windows")


def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for it, and for a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"it never came to this: {what}"
        time.sleep(0.005)


@dataclass
class Sender:
    """A program that is ready to sweep: see sender.py."""

    program: Program
    told: IO[bytes]

    def go(self) -> None:
        self.told.write(b"go\n")


@dataclass
class Arena:
    """A campaign, its ledger and its books, which several programs share."""

    folder: Path
    plan: Plan
    url: str

    @property
    def config(self) -> Path:
        return self.plan.config.file

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with closing(Ledger(self.url, clock_in(self.folder))) as opened:
            yield opened

    def sweep(self, now: datetime) -> dict[str, DeliveryStatus]:
        """One sweep of another program, whose accounts behave."""
        set_clock(self.folder, now)
        clock = clock_in(self.folder)

        def connect(account: Account) -> Misbehaving:
            return Misbehaving(account, clock, file=self.folder / f"{account.embassy}-{account.platform}.book")

        with self.ledger() as ledger, closing(Publisher(self.plan, ledger, connect, clock)) as publisher:
            return {standing.delivery.key: standing for standing in publisher.publish_due(now)}

    @contextmanager
    def sender(self, *options: str, moods: Mapping[str, str] | None = None) -> Iterator[Sender]:
        """A program that is ready to sweep."""
        argv = [str(self.config), str(self.folder), *options, "--moods", json.dumps(moods or {}), "--ledger", self.url]
        (reads, tells), (hears, says) = os.pipe(), os.pipe()
        try:
            program = born("tests.support.sender", argv, ROOT, os.environ, out=says, reads=reads)
        finally:
            os.close(reads)
            os.close(says)
        with os.fdopen(tells, "wb", 0) as told, os.fdopen(hears) as said:
            try:
                assert said.readline() == "ready\n"
                yield Sender(program, told)
            finally:
                program.kill()
                program.wait(60)

    @contextmanager
    def stopped(self, mood: str, now: datetime = DUE) -> Iterator[Callable[[], int]]:
        """A sender that is stopped in this mood. What it gives wakes it, waits for its end, and says its status."""
        set_clock(self.folder, now)
        with self.sender(moods={"x/en": mood}) as running:
            running.go()
            until((self.folder / "hangs").exists, "the sender hangs")
            until(lambda: self.row("16days-2026/01/nairobi/bluesky/en") is State.PUBLISHED, "the other account is done")
            running.program.send_signal(signal.SIGSTOP)

            def wake() -> int:
                (self.folder / "go-on").touch()
                running.program.send_signal(signal.SIGCONT)
                return running.program.wait(60)

            yield wake

    def row(self, key: str = EN) -> State | None:
        with self.ledger() as ledger:
            rows = ledger.rows([key])
        return rows[key].state if key in rows else None

    def events(self, key: str = EN) -> list[str]:
        with self.ledger() as ledger:
            return [event.action for event in ledger.events(key)]

    def take_the_lock_away(self) -> None:
        """As somebody who tidies up does; on a server, whoever ends a session that has been idle for long."""
        if self.url.startswith("sqlite"):
            (lock,) = (self.folder / "ledger.db.locks").glob("x-*")
            lock.unlink()
        else:
            end_the_sessions_with_locks(self.url)


def arena_on(url: str, folder: Path, embassies: int = 1) -> Arena:
    names = {"nairobi": "Africa/Nairobi", **{f"e{number}": "Africa/Nairobi" for number in range(1, embassies)}}
    arena = Arena(folder, plan_of(campaigns.write(folder, campaigns.files(embassies=names))), url)
    arena.sweep(DUE - timedelta(hours=1))
    return arena
