"""The machine's true clock, from which every other one is reckoned; and orangeday by a clock of its own.

    AHEAD=86400 python -m tests.support.offset_clock check

runs it in a process whose clock is so many seconds ahead of the machine's: the day of a test is one that the test says.
In the environment PATIENCE gives the seconds that a keyring is waited for, where they are to be fewer.
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from datetime import datetime

from orangeday.system import credentials

from .common import ROOT
from .time_travel import time_machine


def true_time() -> float:
    """What the machine's own clock shows, also where a test travels."""
    try:
        return float(time_machine.escape_hatch.time.time())
    except ValueError:  # nobody travels
        return time.time()


def ahead(moment: datetime) -> float:
    """By how many seconds a clock that shows this moment is ahead of the machine's."""
    return moment.timestamp() - true_time()


def environment_at(moment: datetime) -> dict[str, str]:
    """Ours, for a program whose clock is to begin at this moment, and which finds the tests wherever it is started."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "AHEAD": str(ahead(moment))}


def live_ahead() -> None:
    """From here on this process has the time that AHEAD says."""
    time_machine.travel(time.time() + float(os.environ["AHEAD"]), tick=True).start()


def wait_for_a_keyring() -> None:
    """Here for as long as PATIENCE says, and no part of that for loading it: a machine may be busy."""
    if "PATIENCE" in os.environ:
        import keyring

        keyring.get_keyring()
        credentials.KEYRING_TIMEOUT = float(os.environ["PATIENCE"])


if __name__ == "__main__":
    live_ahead()
    wait_for_a_keyring()
    sys.argv = ["orangeday", *sys.argv[1:]]
    runpy.run_module("orangeday", run_name="__main__")
