"""A machine on which the program runs: a project, a home of its own, and the runs that are started there.

Each run is `orangeday …` in a process of its own, as cron or a person would start it, at whatever time it is made to
be. A machine has one clock, which can be set while its programs run, and while they are stopped.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import resource
import shutil
import signal
import socket
import sys
import zoneinfo
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from orangeday.adapters import http as network
from orangeday.cli import main as orangeday
from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import Row

from .file_clock import live_by, set_ahead

HOSTS = ("127.0.0.1", "localhost")
"""Each machine calls the servers by another name, by which they can tell the machines apart."""

PATIENCE = 2
"""Seconds that a run waits for an answer; in earnest it is fifteen times as long."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        *(
            f"orangeday.commands.{command}"
            for command in ("approve", "pause", "publish", "resume", "retract", "schedule")
        ),
        "orangeday.engine.alerts",
        "orangeday.adapters.bluesky.adapter",
        "orangeday.adapters.x.adapter",
        "orangeday.engine.publisher",
        "orangeday.rules.catalogue",
        "orangeday.engine.scheduler",
        "psycopg",
        "orangeday.ledger.postgres",
        "apprise",
        # A fork begins by running the module that had it made, as far as its imports: where that is a storm, these.
        "PIL.Image",
        "tests.servers.postgres_server",
        "tests.torture.storm_report",
        "tests.torture.storm",
        "tests.servers.cuttable_proxy",
    ]
)


class Run:
    """The program, as a process of its own. All are forked from one that has loaded it: that saves seconds a run."""

    def __init__(self, machine: Machine, number: int, words: Sequence[str], room: int | None) -> None:
        self.words = words
        self.status: int | None = None
        self._output = machine.home / f"run-{number}"
        arguments = words, machine.folder, machine.environment, machine.name, machine.clock, self._output, room
        self._process = _FORKS.Process(target=program, args=arguments, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """It does nothing more, and keeps what it holds, until it is woken."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def is_alive(self) -> bool:
        # Not by asking the process how it ended: two threads that do so at once disturb each other.
        return self.status is None and not multiprocessing.connection.wait([self._process.sentinel], 0)

    def _signal(self, number: signal.Signals) -> None:
        if self.is_alive() and self._process.pid:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def wait(self, seconds: float) -> None:
        if self.status is None:
            self._process.join(seconds)

    def ended(self) -> str:
        """Waits for its end; gives what it has said."""
        self.wait(300)
        said = self.said()
        if self.status is None:
            assert self._process.exitcode is not None, f"a run doesn't end:\n{said}"
            self.status = self._process.exitcode
            self._process.close()  # thousands of them are more than a process may have open
        assert "Traceback" not in said, said
        return said

    def said(self) -> str:
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL


@dataclass
class Machine:
    """A project on a machine."""

    folder: Path
    """The project."""
    home: Path
    """What the machine remembers beside it."""
    host: str
    credentials: Mapping[str, str]
    name: str = ""
    """What it calls itself; "": as this one does."""
    ledger: str = ""
    """The address of its ledger; "": the file in the project."""
    forgotten: datetime | None = None
    """Of what had its whole window before then, its ledger knows nothing."""
    runs: list[Run] = field(default_factory=list)
    """Those that haven't been waited for."""
    begun: int = 0

    def __post_init__(self) -> None:
        self.home.mkdir(exist_ok=True)
        self.set_clock(0)

    @property
    def clock(self) -> Path:
        """As in file_clock.py."""
        return self.home / "clock"

    def set_clock(self, ahead: float) -> None:
        """Sets its clock so many seconds ahead of the true time, for what runs there and what will."""
        set_ahead(self.clock, ahead)

    @property
    def environment(self) -> dict[str, str]:
        zones = {"PYTHONTZPATH": os.environ["PYTHONTZPATH"]} if "PYTHONTZPATH" in os.environ else {}
        homes = dict.fromkeys(("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"), str(self.home))
        return homes | zones | dict(self.credentials)

    def begin(self, *words: str, room: int | None = None) -> Run:
        """Starts the program; with `room` no file of its can grow beyond so many bytes, as on a full disk."""
        self.begun += 1
        run = Run(self, self.begun, words, room)
        self.runs = [run, *(other for other in self.runs if other.status is None)]
        return run

    def shut_down(self) -> None:
        """Ends what still runs."""
        for run in self.runs:
            run.kill()
            run.wait(10)

    def ledger_files(self) -> list[Path]:
        return [file for file in self.folder.glob("ledger.db*") if file.is_file()]

    def rows(self, campaign: str) -> dict[str, Row]:
        """What its ledger knows."""
        url = self.ledger or f"sqlite:///{self.folder / 'ledger.db'}"
        with closing(Ledger(url, system_clock)) as ledger:
            return ledger.campaign_rows(campaign)

    def copied(self, name: str) -> Machine:
        """Another machine with a copy of the project, ledger and all."""
        folder = self.folder.with_name(f"{name}-project")
        shutil.copytree(self.folder, folder)
        return replace(self, folder=folder, home=self.home.with_name(f"{name}-home"), name=name, runs=[])

    def call_servers(self, host: str) -> None:
        """From here on it calls the servers by this name."""
        config = self.folder / "config.toml"
        config.write_text(config.read_text("utf-8").replace(f"http://{self.host}:", f"http://{host}:"), "utf-8")
        self.host = host


def program(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    name: str,
    clock: Path,
    output: Path,
    room: int | None,
) -> NoReturn:
    """The program itself, at the time of its machine, and in a hurry."""
    os.chdir(folder)
    os.environ.update(environment)
    zoneinfo.reset_tzpath()
    if name:
        vars(socket)["gethostname"] = lambda: name
    with output.open("w") as opened:
        os.dup2(opened.fileno(), 1)
        os.dup2(opened.fileno(), 2)
    hurry()
    live_by(clock)
    if room is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    sys.exit(orangeday(list(words)))


def hurry() -> None:
    """Shortens what this process waits for an answer: nothing else is otherwise than in earnest."""
    from orangeday.ledger import postgres, postgres_session

    vars(network)["READ_TIMEOUT"] = PATIENCE
    postgres_session.ANSWER_TIMEOUT = PATIENCE
    postgres._CONNECT_OPTIONS["connect_timeout"] = PATIENCE
