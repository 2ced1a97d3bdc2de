"""The installed `orangeday`, live on accounts that keep a book, by a clock that lies in a file.

    python -m tests.support.live_accounts_program CLOCK COMMAND …

On SIGUSR1 its stdout and stderr become a disk that is full. In the environment PATIENCE is what it is for
tests.support.offset_clock.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

from orangeday.adapters import ADAPTERS
from orangeday.cli import run

from .file_clock import live_by
from .offset_clock import wait_for_a_keyring


def has_looked(ledger: Path) -> bool:
    """Whether a live run has: the ledger of one that is new while the campaign runs would be paused."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(ledger)) as opened:
        return bool(opened.execute("SELECT count(*) FROM swept").fetchone()[0])
    return False


def fill_the_disk(_name: int, _frame: object) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    for number in (1, 2):
        os.dup2(full, number)


if __name__ == "__main__":
    live_by(Path(sys.argv.pop(1)))
    wait_for_a_keyring()
    signal.signal(signal.SIGUSR1, fill_the_disk)
    ADAPTERS.update(dict.fromkeys(ADAPTERS, "tests.support.live_accounts"))
    run()
