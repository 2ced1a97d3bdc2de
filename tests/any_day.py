"""The tests on other days than today: all but the torture, on eight dates on which a campaign looks different.

    python -m tests.any_day
    python -m tests.any_day '2026-12-10 23:30' 2028-02-29

Each date is a run of pytest whose clock, and that of every program it starts, is moved there by a small library that
`cc` makes of any_day.c and the loader puts before the C library. Dates are in UTC, and at ten in the morning where they
say no hour.
`--few` takes only the tests that are likeliest to mind, `--all` the torture too; what stands behind `--` is pytest's.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from .servers import bluesky_server, browser
from .support.common import ROOT
from .support.external_tools import CACHE, ENVIRONMENT, NotHere
from .support.ramdisk import write_in_memory

DATES = {
    "2026-11-24 10:00": "the eve",
    "2026-11-25 00:05": "day 1 is over in Kiribati, and hasn't begun in Lima",
    "2026-12-02 10:00": "amid the campaign",
    "2026-12-10 23:30": "the last day, with nothing next",
    "2026-12-11 13:00": "an hour after the next campaign is that of 2027",
    "2026-12-12 10:00": "the day after",
    "2027-07-15 10:00": "a summer, between two campaigns",
    "2028-02-29 10:00": "a leap day, and a list of prices that is over a year old",
}
FEW = (
    "approvals/test_approvals.py", "commands/test_check.py", "commands/test_init.py",
    "commands/test_manual_decisions.py", "content/test_pricing.py", "doctor/test_doctor.py",
    "doctor/test_doctor_on_x.py", "engine/test_alerts.py", "engine/test_report.py", "project/test_bench.py",
    "rules/test_accounts.py", "rules/test_rules.py", "rules/test_texts.py", "test_cli.py", "torture/test_storm.py",
    "views/test_approval_page.py", "views/test_export.py", "views/test_preview_and_calendar.py",
)  # fmt: skip
"""Files of tests in which a command runs that asks what day it is, below tests/."""
GRACE = 30.0
"""Seconds in which pytest, told to stop, may clear up."""
_SUBREAPER = 36
"""prctl's: what is left of a child's children becomes ours."""


class CannotMove(Exception):
    """The clock can't be moved on this machine, and why."""


def library() -> Path:
    """What moves the clock, made once for each text of its source. Raises CannotMove."""
    if not sys.platform.startswith("linux"):
        raise CannotMove("the clock of a program is moved by what only Linux has")
    source = Path(__file__).with_suffix(".c")
    made = CACHE / f"any-day-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}.so"
    if not made.exists():
        compiler = shutil.which("cc")
        if compiler is None:
            raise CannotMove("there is no C compiler, cc: install gcc or clang (on Debian: apt install gcc libc6-dev)")
        CACHE.mkdir(parents=True, exist_ok=True)
        new = made.with_name(f"{made.name}.{os.getpid()}")
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(new), str(source), "-ldl"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotMove(f"cc can't make {source.name}: {done.stderr.strip()[-2000:]}")
        new.replace(made)
    return made


def moved_to(moment: datetime, environment: Mapping[str, str] = ENVIRONMENT) -> dict[str, str]:
    """The environment in which it is that moment now, and goes on from there. Raises CannotMove."""
    now = time.time() - int(os.environ.get("ANY_DAY", "0").split()[0])  # ours may have been moved
    told = {"LD_PRELOAD": str(library()), "ANY_DAY": f"{round(moment.timestamp() - now)} {int(now)}"}
    asked = [sys.executable, "-c", "import time; print(time.time())"]
    said = subprocess.run(asked, env={**environment, **told}, capture_output=True, text=True, check=False).stdout
    if not said or abs(float(said) - moment.timestamp()) > 300:
        raise CannotMove(f"the clock of {sys.executable} doesn't move: is it linked statically?")
    return {**environment, **told}


def run(moment: datetime, words: Sequence[str], limit: timedelta, log: Path) -> tuple[bool, str]:
    """A run of pytest at this moment, in a session of its own; whether all is well, and what it came to.

    Nothing of it is left afterwards, however it ends. Its folders lie apart from those of other runs: pytest tidies up
    what is three days old, and by a clock that is ahead that is what somebody else's tests are at.
    """
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    with tempfile.TemporaryDirectory(prefix="any-day-", ignore_cleanup_errors=True) as own, log.open("w") as opened:
        command = [sys.executable, "-m", "pytest", "-q", f"--basetemp={own}/tests", *words]
        process = subprocess.Popen(
            command, cwd=ROOT, env=moved_to(moment), stdin=subprocess.DEVNULL, stdout=opened, stderr=opened,
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(limit.total_seconds())
        except subprocess.TimeoutExpired:
            return False, f"not done within {limit.total_seconds() / 60:g} minutes: stopped"
        finally:
            _end(process)
    counts = re.findall(r"\d+ (?:passed|failed|skipped|errors?)\b", (log.read_text("utf-8").splitlines() or [""])[-1])
    return process.returncode == 0, ", ".join(counts) or f"pytest ended with {process.returncode}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Lets pytest clear up, if it is still there; then ends whatever it has left."""
    with suppress(subprocess.TimeoutExpired):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(GRACE)
    while left := children():
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)  # its own children are ours now


def children() -> list[int]:
    """The processes that we are the parent of."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(status.parent.name))
    return found


def chosen(options: argparse.Namespace) -> list[str]:
    """Which tests, in pytest's words."""
    words = ["-m", "" if options.all else "not torture"]
    return [*words, *(f"tests/{name}" for name in (FEW if options.few else ())), *options.words]


def sweep(dates: Sequence[datetime], words: Sequence[str], limit: timedelta, logs: Path) -> bool:
    """Each date, one after the other; whether all was well on all of them."""
    well = True
    for date in dates:
        log, began = logs / f"{date:%Y-%m-%d-%H%M}.log", time.monotonic()
        good, came_to = run(date, words, limit, log)
        took = time.monotonic() - began
        say(f"{date:%d %b %Y %H:%M} UTC  {'ok ' if good else 'BAD'}  {came_to}, {took // 60:.0f}:{took % 60:02.0f}")
        if not good:
            said = log.read_text("utf-8", "replace").splitlines()
            say("\n".join(line for line in said if re.match("FAILED|ERROR", line)) or "\n".join(said[-20:]))
            say(f"All that it said: {log}")
        well &= good
    return well


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _date(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if len(text) > 10 else moment.replace(hour=10)).replace(tzinfo=UTC)


def _stop(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.any_day", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dates", nargs="*", type=_date, default=[_date(date) for date in DATES], metavar="DATE")
    parser.add_argument("--few", action="store_true", help="only the tests that are likeliest to mind")
    parser.add_argument("--all", action="store_true", help="the torture too")
    parser.add_argument("--minutes", type=float, default=40, help="for each date at most (40)")
    parser.add_argument("--logs", type=Path, default=CACHE / "any-day-logs", help="the folder for what pytest says")
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:split])
    options.words = sys.argv[split + 1 :]
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell puts in the background ignores it
    options.logs.mkdir(parents=True, exist_ok=True)
    write_in_memory()
    try:
        library()
        for installed in (bluesky_server.installed, browser.installed):
            with suppress(NotHere):  # by the true clock: on another day no certificate of a registry's is valid
                installed()
        well = sweep(options.dates, chosen(options), timedelta(minutes=options.minutes), options.logs)
    except CannotMove as why:
        sys.exit(f"{parser.prog}: {why}")
    except KeyboardInterrupt:
        sys.exit(f"{parser.prog}: stopped, with all that it had started")
    sys.exit(not well)


if __name__ == "__main__":
    main()
