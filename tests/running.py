"""A real `orangeday schedule --live` in a folder whose files are edited while it runs.

    office.accounts.x("nairobi")                        # an account there, logged in
    office.write(office.accounts.on(campaigns.files()))
    with office.schedule() as schedule:                 # a process of its own, an hour before day 1
        office.put(DUE)
        until(lambda: office.said("nairobi/x"), "day 1")
        office.edit("config.toml", …)
        office("approve", "all", "--by", "Ann")         # the real command line, by the same clock

The clocks of the program, of its commands and of the servers are one. Passwords and tokens lie in a keyring that is a
file, as `login` keeps them, so that a program that runs finds those that are renewed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest
import time_machine

from orangeday import credentials
from orangeday.cli import main

from . import bluesky_server
from .ahead import ahead
from .doors import Filed
from .ground import ROOT
from .offices import Ran, Server
from .set_clock import set_ahead
from .x_server import XAccount, XServer

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""


def at(day: int, *, hours: float = 0, minutes: float = 0) -> datetime:
    """So long after the hour of a day in Nairobi, and a second."""
    return DUE + timedelta(days=day - 1, hours=hours, minutes=minutes, seconds=1)


def until(true: Callable[[], object], what: Callable[[], str] | str = "", seconds: float = 120) -> None:
    """Waits for it; in vain, and the test fails with these words."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what if isinstance(what, str) else what()
        time.sleep(0.05)


@dataclass
class Schedule:
    """A program that runs, and what it has said so far."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """All of it, in one line."""
        return re.sub(r"\s+", " ", self.log.read_text())

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def says(self, words: str, seconds: float = 120, *, times: int = 1) -> None:
        until(lambda: self.said.count(words) >= times, lambda: f"no “{words}” in: {self.said}", seconds)

    def stop(self, seconds: float = 60) -> int:
        """Ends it as systemd would; gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@dataclass
class Office:
    """A folder of files, the accounts of its embassies, and what everybody there goes by."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    servers: list[Server] = field(default_factory=list)
    now: datetime = DUE - timedelta(hours=1)

    # What is there

    def write(self, contents: Mapping[str, str | bytes]) -> None:
        for name, content in contents.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Puts words in the place of others, as an editor does that writes over the file."""
        text = self.read(name)
        assert old in text, f"no “{old}” in {name}: {text}"
        (self.folder / name).write_text(text.replace(old, new, 1), "utf-8")

    def log_in(self, embassy: str, platform: str, found: Mapping[str, str]) -> None:
        """Keeps what lets an account in where `login` does."""
        credentials.store(embassy, platform, found)

    # What time it is

    def put(self, moment: datetime) -> None:
        """Sets every clock there is, from where they go on."""
        self.now = moment
        seconds = ahead(moment)
        for server in self.servers:
            server.shift(seconds)
        set_ahead(self.folder / "clock", seconds)

    # What is done

    def __call__(self, *argv: str) -> Ran:
        """A command, by the same clock."""
        with time_machine.travel(self.now, tick=True):
            status = main(list(argv))
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Ran(status, said.out, said.err)

    def approve(self, *what: str) -> None:
        ran = self("approve", *(what or ("all",)), "--by", "Ann")
        assert ran.status == 0, ran.out + ran.err

    @contextmanager
    def schedule(self, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[Schedule]:
        """Starts a `schedule --live`, and waits until its ledger is at home; ends it, if it still runs."""
        log = self.folder / f"log-{len(list(self.folder.glob('log-*')))}"
        program = [sys.executable, "-m", "tests.by_clock", str(self.folder / "clock"), "schedule", *options]
        given = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **(environment or {})}
        with log.open("wb") as out:
            process = subprocess.Popen(program, cwd=self.folder, env=given, stdout=out, stderr=out)
        schedule = Schedule(process, log)
        try:
            until(lambda: not schedule.runs or "Next: " in schedule.said, lambda: schedule.said)
            assert schedule.runs, schedule.said
            yield schedule
            said = schedule.said
            assert "Traceback" not in said and "itself failed" not in said, said
        finally:
            if schedule.runs:
                process.kill()
            process.wait()

    # What came of it

    def rows(self, ledger: str = "orangeday.db") -> dict[str, dict[str, Any]]:
        """By key without the campaign, what the ledger has, as any program that reads SQLite sees it."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.folder / ledger)) as opened:
            opened.row_factory = sqlite3.Row
            return {row["key"].partition("/")[2]: dict(row) for row in opened.execute("SELECT * FROM delivery")}
        return {}

    def state(self, key: str) -> str | None:
        row = self.rows().get(key)
        return row["state"] if row else None

    def swept(self, ledger: str = "orangeday.db") -> datetime | None:
        """When the program last looked, a minute more or less."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.folder / ledger)) as opened:
            found = opened.execute("SELECT max(until) FROM swept").fetchone()[0]
            return datetime.fromisoformat(found) if found else None
        return None

    def states(self, moment: datetime) -> dict[str, tuple[str, str | None]]:
        """What the ledger has of that date."""
        rows = {key: row for key, row in self.rows().items() if row["due"][:10] == f"{moment:%Y-%m-%d}"}
        return {key: (row["state"], row["error"]) for key, row in rows.items()}

    def look(self, moment: datetime) -> None:
        """Comes to a moment, and waits until the program has looked at what is due then."""
        self.put(moment)
        until(lambda: (swept := self.swept()) is not None and swept >= moment, f"no look at {moment}")


@contextmanager
def an_office(
    folder: Path, capsys: pytest.CaptureFixture[str], environment: pytest.MonkeyPatch, servers: list[Server]
) -> Iterator[Office]:
    environment.chdir(folder)
    environment.setenv("COLUMNS", "200")
    environment.setenv("PYTHON_KEYRING_BACKEND", "tests.doors.Filed")
    environment.setenv("KEYS", str(folder / "keys.json"))
    before = keyring.get_keyring()
    keyring.set_keyring(Filed())  # type: ignore[no-untyped-call]  # its base says of no type what it is
    office = Office(folder, capsys, servers)
    office.put(office.now)
    try:
        yield office
    finally:
        keyring.set_keyring(before)
        for server in servers:
            server.shift(0)
