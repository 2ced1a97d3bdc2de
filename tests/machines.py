"""A machine on which the program runs: a project, a home of its own, and the runs that are started there.

Each run is `orangeday …` in a process of its own, as cron would start it, at whatever time it is made to be.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import httpx
import time_machine

from orangeday.cli import main as orangeday
from orangeday.ledger import Ledger, Row
from orangeday.platforms import network

HOSTS = ("127.0.0.1", "localhost")
"""Each machine calls the servers by another name, by which they can tell the machines apart."""

PATIENCE = 2
"""Seconds that a run waits for an answer; in earnest it is fifteen times as long."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "orangeday.commands.publish",
        "orangeday.platforms.bluesky",
        "orangeday.platforms.x",
        "orangeday.publisher",
        "sqlalchemy.dialects.sqlite",
        __name__,
    ]
)


class Run:
    """The program, as a process of its own. All are forked from one that has loaded it: that saves seconds a run."""

    def __init__(self, machine: Machine, number: int, shift: float, words: Sequence[str]) -> None:
        self._output = machine.home / f"run-{number}"
        arguments = shift, words, machine.folder, machine.environment, self._output
        self._process = _FORKS.Process(target=program, args=arguments, daemon=True)
        self._process.start()

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float) -> None:
        self._process.join(seconds)

    def ended(self) -> str:
        """Waits for its end; gives what it has said."""
        self._process.join(300)
        said = self._output.read_text() if self._output.exists() else ""
        assert self._process.exitcode is not None, f"a run doesn't end:\n{said}"
        assert "Traceback" not in said, said
        return said

    @property
    def status(self) -> int | None:
        return self._process.exitcode

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
    forgotten: datetime | None = None
    """Of what had its whole window before then, its ledger knows nothing."""
    runs: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home.mkdir(exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        return dict.fromkeys(("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"), str(self.home)) | dict(self.credentials)

    def begin(self, shift: float, *words: str) -> Run:
        """Starts the program, so many seconds from now."""
        run = Run(self, len(self.runs), shift, words)
        self.runs.append(run)
        return run

    def shut_down(self) -> None:
        """Ends what still runs."""
        for run in self.runs:
            if run.status is None:
                run.kill()
                run.wait(10)

    def ledger_files(self) -> list[Path]:
        return [file for file in self.folder.glob("ledger.db*") if file.is_file()]

    def rows(self, campaign: str) -> dict[str, Row]:
        """What its ledger knows."""
        with closing(Ledger(f"sqlite:///{self.folder / 'ledger.db'}", lambda: datetime.now(UTC))) as ledger:
            return ledger.campaign(campaign)

    def copied(self) -> Machine:
        """Another machine with a copy of the project, ledger and all."""
        folder, host = self.folder.with_name("second-project"), HOSTS[1]
        shutil.copytree(self.folder, folder)
        config = folder / "config.toml"
        config.write_text(config.read_text("utf-8").replace(f"http://{self.host}:", f"http://{host}:"), "utf-8")
        return replace(self, folder=folder, home=self.home.with_name("second-home"), host=host, runs=[])


def program(shift: float, words: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path) -> NoReturn:
    """The program itself, at another time, and in a hurry."""
    os.chdir(folder)
    os.environ.update(environment)
    with output.open("w") as opened:
        os.dup2(opened.fileno(), 1)
        os.dup2(opened.fileno(), 2)
    hurry()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=shift), tick=True):
        sys.exit(orangeday(list(words)))


def hurry() -> None:
    """Shortens what this process waits for an answer: nothing else is otherwise than in earnest."""
    from orangeday.platforms import oauth, xrpc

    for room in (network, oauth):
        vars(room)["READ"] = PATIENCE
    xrpc._TIMEOUT = httpx.Timeout(PATIENCE, connect=network.CONNECT)
