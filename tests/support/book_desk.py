"""An officer's desk whose live runs reach accounts that keep books, and no platform: see live_accounts.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import time_machine

from orangeday.adapters import ADAPTERS
from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger
from orangeday.system import credentials

from .dry_run_accounts import entries
from .offices import Ran


@dataclass
class BookDesk:
    """The officer's folder, a clock to travel by, and the command line."""

    folder: Path
    clock: time_machine.Traveller
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *argv: str) -> Ran:
        status = main(list(argv))
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Ran(status, said.out, said.err)

    def at(self, moment: datetime) -> None:
        self.clock.move_to(moment)

    @property
    def ledger(self) -> Ledger:
        return Ledger(f"sqlite:///{self.folder}/orangeday.db", system_clock)

    @property
    def posts(self) -> list[str]:
        """What stands in the accounts' own books, by key."""
        return sorted(e["payload"]["key"] for book in self.folder.glob("*.book") for e in entries(book))


def open_accounts(monkeypatch: pytest.MonkeyPatch, embassies: Iterable[str]) -> None:
    """Lets live runs reach both accounts of each embassy."""
    for platform in ("x", "bluesky"):
        monkeypatch.setitem(ADAPTERS, platform, "tests.support.live_accounts")
        for embassy in embassies:
            for variable in credentials.variables(embassy, platform).values():
                monkeypatch.setenv(variable, "secret-secret")


def with_sound_handles(files: Mapping[str, str], embassies: Iterable[str]) -> dict[str, str]:
    """The files of a campaign, with handles that a live run takes for real ones."""
    config = files["config.toml"]
    for name in embassies:
        config = config.replace(f"example_be_{name}_x", f"be_{name}").replace(f"{name}.example", f"{name}.example.org")
    return {**files, "config.toml": config}
