"""Another day, for the tests and all that they start; and that no test takes its day from the machine."""

from __future__ import annotations

import ast
import getpass
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .. import any_day
from ..support.common import ROOT
from ..support.external_tools import CACHE, ENVIRONMENT
from ..support.offset_clock import true_time

LEAP_DAY = datetime(2028, 2, 29, 10, tzinfo=UTC)
LONG_AGO = datetime(2001, 12, 10, 23, 30, tzinfo=UTC)

TOLD = {**ENVIRONMENT, "ORANGEDAY_TEST_CACHE": str(CACHE)}
"""So that a sweep within a test finds what is installed."""

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the clock is moved by what only Linux has")


def environment(moment: datetime) -> dict[str, str]:
    try:
        return any_day.moved_to(moment, dict(os.environ))
    except any_day.CannotMove as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(why))


def says(program: str, moment: datetime, folder: Path) -> str:
    """What a Python program says whose clock stands there."""
    told = environment(moment)
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.integration
@linux
@pytest.mark.parametrize("moment", [LEAP_DAY, LONG_AGO])
def test_a_program_and_what_it_starts_have_that_day_whatever_environment_they_are_given(
    tmp_path: Path, moment: datetime
) -> None:
    program = (
        "import datetime, subprocess, time\n"
        "print(datetime.date.today(), time.strftime('%F'), sep='\\n')\n"
        "for told in (None, {}, {'PATH': '/usr/bin:/bin'}):\n"
        "    print(subprocess.check_output(['/bin/sh', '-c', 'date +%F'], env=told, text=True).strip())\n"
    )
    assert set(says(program, moment, tmp_path).split()) == {f"{moment:%Y-%m-%d}"}


@pytest.mark.integration
@linux
@pytest.mark.parametrize("moment", [LEAP_DAY, LONG_AGO])
def test_what_waits_there_waits_as_long_as_it_should(tmp_path: Path, moment: datetime) -> None:
    program = (
        "import queue, select, subprocess, threading, time\n"
        "began = time.monotonic()\n"
        "time.sleep(0.1)\n"
        "threading.Event().wait(0.1)\n"
        "threading.Semaphore(0).acquire(timeout=0.1)\n"
        "try: queue.Queue().get(timeout=0.1)\n"
        "except queue.Empty: pass\n"
        "try: subprocess.run(['sleep', '60'], timeout=0.1)\n"
        "except subprocess.TimeoutExpired: pass\n"
        "assert 0.5 <= time.monotonic() - began < 20\n"
        "import ctypes\n"  # what waits until a moment of the day, as C programs do
        "class When(ctypes.Structure): _fields_ = [('s', ctypes.c_long), ('ns', ctypes.c_long)]\n"
        "libc, space, now = ctypes.CDLL(None), ctypes.create_string_buffer(128), time.time()\n"
        "until = When(int(now) + 1, 0)\n"
        "assert libc.sem_timedwait(space, ctypes.byref(until)) == -1\n"
        "assert libc.pthread_mutex_timedlock(ctypes.create_string_buffer(128), ctypes.byref(until)) == 0\n"
        "lock, bell = ctypes.create_string_buffer(128), ctypes.create_string_buffer(128)\n"
        "libc.pthread_mutex_lock(lock)\n"
        "until = When(int(time.time()) + 1, 0)\n"
        "assert libc.pthread_cond_timedwait(bell, lock, ctypes.byref(until)) == 110\n"
        "assert time.time() - now < 20\n"
    )
    says(program, moment, tmp_path)


@pytest.mark.integration
@linux
def test_what_is_written_there_bears_that_day_and_what_was_there_keeps_its_own(tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.touch()
    os.utime(older, (true_time() - 60,) * 2)
    program = (
        "import os, time\n"
        "before = os.stat('older').st_mtime\n"
        "open('new', 'w').close()\n"
        "for status in (os.stat('new'), os.lstat('new'), os.stat('new', dir_fd=os.open('.', os.O_RDONLY))):\n"
        "    assert abs(status.st_mtime - time.time()) < 20 and abs(status.st_ctime - time.time()) < 20\n"
        "with open('new') as file: assert abs(os.fstat(file.fileno()).st_mtime - time.time()) < 20\n"
        "for told in (before, time.time() - 86400, 1_790_000_000):\n"
        "    os.utime('new', (told, told))\n"
        "    assert os.stat('new').st_mtime == told\n"
        "print(before)\n"
    )
    assert float(says(program, LEAP_DAY, tmp_path)) == older.stat().st_mtime


def run(tmp_path: Path, test: str, limit: timedelta = timedelta(minutes=2), **more: str) -> tuple[bool, str]:
    """A run of one file of tests on the leap day."""
    environment(LEAP_DAY)  # or it is skipped
    file = tmp_path / "test_it.py"
    file.write_text(test, encoding="utf-8")
    words = ["-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", os.devnull, str(file)]
    program = (
        "import sys, pathlib, datetime; from tests import any_day; any_day.GRACE = 3;"
        "date, seconds, log, *words = sys.argv[1:]; limit = datetime.timedelta(seconds=float(seconds));"
        "print(*any_day.run(datetime.datetime.fromisoformat(date), words, limit, pathlib.Path(log)), sep='\\n')"
    )
    # In a program of its own: of this one's children it would leave none.
    given = [LEAP_DAY.isoformat(), str(limit.total_seconds()), str(tmp_path / "log"), *words]
    said = subprocess.check_output(
        [sys.executable, "-c", program, *given], cwd=ROOT, env=TOLD | more, text=True, timeout=180
    )
    good, came_to = said.splitlines()
    return good == "True", came_to


@pytest.mark.integration
@linux
def test_a_date_on_which_a_test_fails_is_bad_and_says_how_many(tmp_path: Path) -> None:
    good = "import datetime\ndef test_a(): assert datetime.date.today().year == 2028\ndef test_b(): pass\n"
    assert run(tmp_path, good) == (True, "2 passed")
    assert run(tmp_path, f"{good}def test_c(): assert datetime.date.today().year == 2026\n") == (
        False, "1 failed, 2 passed",
    )  # fmt: skip
    assert run(tmp_path, "") == (False, "pytest ended with 5")


@pytest.mark.integration
@linux
def test_the_folders_of_other_runs_are_left_alone(tmp_path: Path) -> None:
    """By our clock they are years old."""
    others = [tmp_path / f"pytest-of-{getpass.getuser()}/pytest-{number}" for number in range(6)]
    for other in others:
        other.mkdir(parents=True, mode=0o700)
        (other / ".lock").touch()
        os.utime(other / ".lock", (true_time() - 60,) * 2)
    others[0].parent.chmod(0o700)
    test = "def test_a(tmp_path): assert tmp_path.is_dir()\n"
    assert run(tmp_path, test, PYTEST_DEBUG_TEMPROOT=str(tmp_path)) == (True, "1 passed")
    assert all((other / ".lock").is_file() for other in others)


@pytest.mark.integration
@linux
def test_a_test_that_never_ends_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    test = (
        "import signal, subprocess, sys, pathlib, time\n"
        "def test_a():\n"
        f"    stubborn = {f'import signal, time; signal.signal(2, signal.SIG_IGN); time.sleep(900) # {tmp_path}'!r}\n"
        "    deep = f'import subprocess, sys; subprocess.run([sys.executable, \"-c\", {stubborn!r}])'\n"
        "    started = subprocess.Popen([sys.executable, '-c', deep], start_new_session=True)\n"
        f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(started.pid))\n"
        "    while True:\n"
        "        try: time.sleep(900)\n"
        "        except KeyboardInterrupt: pass\n"
    )
    for minutes in (0.1, 0.5, 2):
        began = time.monotonic()
        assert run(tmp_path, test, timedelta(minutes=minutes)) == (False, f"not done within {minutes} minutes: stopped")
        assert time.monotonic() - began < minutes * 60 + 60
        if (tmp_path / "pid").exists():  # on a machine that is busy it hasn't begun by then
            break
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert not [*_named(str(tmp_path))]


def _named(words: str) -> Iterator[int]:
    """The processes that were started with these words."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if words.encode() in line.read_bytes():
                yield int(line.parent.name)
        except OSError:
            continue


@pytest.mark.integration
@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_the_sweep_stops_what_it_has_started(tmp_path: Path, number: signal.Signals) -> None:
    environment(LEAP_DAY)
    test = tmp_path / "test_it.py"
    test.write_text(
        "import os, pathlib, time\ndef test_a():\n"
        f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n    time.sleep(600)\n",
        encoding="utf-8",
    )
    words = ["--logs", tmp_path, "2028-02-29", "--", "-n", "0", "-c", os.devnull, "--rootdir", tmp_path, test]
    command = [sys.executable, "-m", "tests.any_day", *map(str, words)]
    with subprocess.Popen(
        command, cwd=ROOT, env=TOLD, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a shell begins it in the background
    ) as sweep:  # fmt: skip
        try:
            deadline = time.monotonic() + 120
            while not (tmp_path / "pid").exists():
                assert sweep.poll() is None and time.monotonic() < deadline, "it doesn't begin"
                time.sleep(0.05)
            sweep.send_signal(number)
            assert sweep.wait(90) != 0
        finally:
            sweep.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.integration
@linux
def test_without_a_compiler_it_says_what_to_install(tmp_path: Path) -> None:
    told = {**os.environ, "PATH": str(tmp_path), "ORANGEDAY_TEST_CACHE": str(tmp_path)}
    command = [sys.executable, "-m", "tests.any_day", "2028-02-29"]
    ran = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 1
    assert "there is no C compiler, cc: install gcc or clang" in ran.stderr
    assert "Traceback" not in ran.stderr


# Where a test gets its day

MAY_ASK = {
    "bench/__main__.py": "a table says when it was measured",
    "bench/commands.py": "what is measured is a campaign to come, by the machine's own clock",
    "bench/live.py": "what is measured is a campaign that began today, by the machine's own clock",
    "bench/memory.py": "what is measured is the running campaign or the next",
    "bench/tls.py": "a certificate is for today",
    "tests/content/test_time_zones.py": "a program as it is, but for the zone data; its config says the day",
    "tests/views/test_export.py": "a line for cron asks the machine's `date` for the year",
}
"""Who may ask the machine what day it is, or start the program on whatever day that is; and why."""


def asks(source: str) -> Iterator[int]:
    """The lines in which a program asks what day it is, or starts orangeday on that day."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if ast.unparse(node.func).removeprefix("datetime.") in ASKING:
                yield node.lineno
        elif isinstance(node, ast.List | ast.Tuple):
            said = " ".join(str(word.value) for word in node.elts if isinstance(word, ast.Constant))
            if "-m orangeday" in said:
                yield node.lineno


ASKING = {"now", "today", "utcnow", "datetime.now", "datetime.today", "datetime.utcnow", "date.today"}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("datetime.now(UTC)", [1]),
        ("a = datetime.datetime.now()", [1]),
        ("x(\ndate.today())", [2]),
        ("datetime.date.today()", [1]),
        ("datetime.today()", [1]),
        ("run([sys.executable, '-m', 'orangeday', 'check', file])", [1]),
        ("argv = sys.executable, '-m', 'orangeday'", [1]),
        ("run([sys.executable, '-m', 'tests.support.offset_clock', 'check'])", []),
        ("x.now(); storm.now(); now(); system_clock(); time.monotonic(); datetime(2026, 11, 25)", []),
    ],
)
def test_who_asks_what_day_it_is_is_seen(source: str, lines: list[int]) -> None:
    assert [*asks(source)] == lines


def test_no_test_and_no_harness_takes_its_day_from_the_machine() -> None:
    found = {}
    for file in [*(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]:
        if lines := [*asks(file.read_text("utf-8"))]:
            found[file.relative_to(ROOT).as_posix()] = lines
    told = "give the test a day of its own, see “Another day” in CONTRIBUTING.md"
    assert not {name: lines for name, lines in found.items() if name not in MAY_ASK}, told
    assert found.keys() == MAY_ASK.keys(), "who no longer asks need not be listed"


def test_the_few_are_there() -> None:
    assert all((ROOT / "tests" / name).is_file() for name in any_day.FEW)
