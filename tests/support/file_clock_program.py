"""The installed `orangeday`, by a clock that lies in a file.

    python -m tests.support.file_clock_program CLOCK COMMAND …

In the environment HANGS_AFTER and WHOLE give limits of its own, in seconds, where they are to be shorter; NOTICES, how
soon it sees that the clock was set; and FRESH, for how long a look at the files counts. LOOKED names the file in which
it notes each look that is over.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import keyring

from orangeday.adapters import http as network
from orangeday.cli import run
from orangeday.engine import publisher, scheduler

from .file_clock import live_by


def tell_of_looks(file: Path) -> None:
    """From here on every sweep of a `schedule` notes, as it is over, by which setting of the clock it began."""
    sweep = scheduler.Scheduler._sweep

    def told(self: scheduler.Scheduler) -> None:
        setting = time.time() - time.monotonic()
        sweep(self)
        with file.open("a") as opened:
            opened.write(f"{setting}\n")

    scheduler.Scheduler._sweep = told  # type: ignore[method-assign]


if __name__ == "__main__":
    keyring.get_keyring()  # a machine that is busy may take longer to load it than a keyring is waited for
    live_by(Path(sys.argv.pop(1)))
    given = os.environ
    publisher._HANGS_AFTER = float(given.get("HANGS_AFTER", publisher._HANGS_AFTER))
    publisher._MAX_AGE = float(given.get("FRESH", publisher._MAX_AGE))
    scheduler.POLL_INTERVAL = float(given.get("NOTICES", scheduler.POLL_INTERVAL))
    network.RESPONSE_TIMEOUT = float(given.get("WHOLE", network.RESPONSE_TIMEOUT))  # type: ignore[assignment]
    if "LOOKED" in given:
        tell_of_looks(Path(given["LOOKED"]))
    run()
