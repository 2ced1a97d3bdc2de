"""Several command lines, each in a child of a program that has loaded what they need: as many programs, one start.

    python -m tests.support.command_sequence CLOCK

Live on accounts that keep a book, by a clock that lies in a file. The lines come on stdin; how each has ended, and what
it said, goes to stdout as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
from pathlib import Path

import orangeday
from orangeday.adapters import ADAPTERS
from orangeday.cli import run

from .file_clock import live_by


def ended(line: str) -> tuple[int, str]:
    """Its exit status, a signal as a negative number, and what it said on both of its streams."""
    said = os.memfd_create("said")
    child = os.fork()
    if child == 0:
        status = 99
        signal.alarm(120)  # no command waits for good
        try:
            for number in (1, 2):
                os.dup2(said, number)
            sys.argv = ["orangeday", *line.split()]
            run()
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:  # noqa: BLE001  nothing may leave the child but its status
            sys.excepthook(*sys.exc_info())
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.lseek(said, 0, os.SEEK_SET)
    with os.fdopen(said, encoding="utf-8") as opened:
        return status, opened.read()


if __name__ == "__main__":
    live_by(Path(sys.argv.pop(1)))
    ADAPTERS.update(dict.fromkeys(ADAPTERS, "tests.support.live_accounts"))
    lines = sys.stdin.read().splitlines()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for module in pkgutil.walk_packages(orangeday.__path__, "orangeday."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    sys.stdout.write(json.dumps([ended(line) for line in lines]))
