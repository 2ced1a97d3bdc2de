"""Output that can't be written: the work is done, the exit status says how the work went, and nothing crashes."""

from __future__ import annotations

import fcntl
import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from orangeday.cli import COMMANDS, main, run
from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger
from orangeday.system import credentials

from ..support import campaigns
from ..support.campaigns import ownable
from ..support.coloured_pictures import pixel
from ..support.common import BEFORE, ROOT
from ..support.dry_run_accounts import entries
from ..support.file_clock import set_ahead
from ..support.fork_server import born, load_all
from ..support.live_accounts_program import has_looked
from ..support.offset_clock import ahead, environment_at

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform == "win32", reason="it goes by a shell, and by /dev/full"),
]

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
KEY = "16days-2026/01/nairobi/x/en"

LINES = (
    "--help", "--version", "check --help", "nonsense", "init .", "login nairobi x",
    "login nairobi x --forget", "doctor --offline", "check", "check --json", "calendar",
    "cards", "preview 1", "preview 1 --json", "preview 1 --html -", "rehearse --config few.toml",
    "approve --diff", "approve all --by Ann",
    "publish --dry-run", "publish --dry-run --json", "status", "status --json", "status --log",
    "report", "report --csv", "report --json", "alert", "pause --reason mourning", "resume", f"settle {KEY} --live 1",
    f"retry {KEY}", f"acknowledge {KEY} --reason seen", f"retract {KEY} --yes", "export ics", "export csv",
    "export cron", "export systemd", "-v check", "add-language it", "picture 16 photo.png --alt 'A square.'",
)  # fmt: skip
"""Every command, but for `schedule`, which has tests of its own."""

DOCUMENTS = ("--json", "--csv", "--html -", "export")


def closed(*numbers: int) -> Callable[[], None]:
    def close() -> None:
        for number in numbers:
            os.close(number)

    return close


def on(file: str, *numbers: int) -> Callable[[], None]:
    def put() -> None:
        opened = os.open(file, os.O_WRONLY)
        for number in numbers:
            os.dup2(opened, number)

    return put


def gone(*numbers: int) -> Callable[[], None]:
    def leave() -> None:
        there, here = os.pipe()
        os.close(there)
        for number in numbers:
            os.dup2(here, number)

    return leave


def set_to(**variables: str) -> Callable[[], None]:
    return lambda: os.environ.update(variables)


WAYS = {
    "stdout closed": closed(1),
    "stderr closed": closed(2),
    "all closed": closed(0, 1, 2),
    "a reader that is gone": gone(1),
    "both to one that is gone": gone(1, 2),
    "a full disk": on("/dev/full", 1),
    "a full disk for both": on("/dev/full", 1, 2),
    "a full disk for messages": on("/dev/full", 2),
    "no columns": set_to(COLUMNS="0", LINES="0"),
    "sizes that are none": set_to(COLUMNS="²", LINES="9" * 5000),
}
"""What is done to a program's streams, and its environment, before it begins."""

IN_A_SHELL = (
    "{} >&-", "{} 2>&-", "{} <&- >&- 2>&-", "set -o pipefail; {} | true", "set -o pipefail; {} | head -1",
    "set -o pipefail; PYTHONUNBUFFERED=1 {} | true", "{} 2>/dev/full", "COLUMNS=0 {}", "TERMINAL_WIDTH=wide {}",
)  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger that has met its accounts, and a home beside it; by few.toml four days are enough.

    The last of its days has a picture in the place of its card, and another one is at hand.
    """
    load_all()  # or each child that is forked does so itself
    folder = tmp_path_factory.mktemp("office")
    written = campaigns.files(config="[publishing]\nrequire_approval = false\n")
    few = written["config.toml"].replace("\ntimezone = ", f"\nskip = {[*range(5, 17)]}\ntimezone = ")
    written["posts/16-day/en.toml"] += '[card]\nheadline = "Sixteen"\nalt = "Sixteen."\n'
    campaigns.write(folder / "files", {**written, "few.toml": few})
    for name, of in ("posts/16-day/en.png", "orange"), ("photo.png", "green"):
        (folder / "files" / name).write_bytes(pixel(of))
    with closing(Ledger(f"sqlite:///{folder}/files/orangeday.db", system_clock)) as ledger:
        ledger.register_accounts(["nairobi/x", "nairobi/bluesky"], DUE - timedelta(days=1))
        ledger.note("a test", None, "so that the log has a line")
    return folder


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str


def forked(lines: Iterable[str], broken: Callable[[], None], office: Path, folder: Path) -> dict[str, Ended]:
    """How each command ends whose streams were broken before it began, all in one copy of the office.

    In a child of this very process, one after the other: each in a program of its own would load everything anew.
    """
    here = folder / str(len(list(folder.iterdir())))
    shutil.copytree(office / "files", here / "files")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which are none of its own
        child = os.fork()
    if child == 0:
        signal.alarm(300)  # no command waits for good
        try:
            for number, line in enumerate(lines):
                _try(line, broken, here, number)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, "it waits for good"
    ended = {}
    for number, line in enumerate(lines):
        status, *said = ((here / f"{number}.{what}").read_text(errors="replace") for what in ("status", "1", "2"))
        ended[line] = Ended(int(status), *said)
    return ended


def _try(line: str, broken: Callable[[], None], here: Path, number: int) -> None:
    """One command, which leaves its status and what it said beside the office's files."""
    beside = [here / f"{number}.{what}" for what in ("status", "1", "2")]
    status, environment = 99, dict(os.environ)
    try:
        os.chdir(here / "files")
        os.environ["XDG_STATE_HOME"] = str(here / "home")
        _put(os.open(os.devnull, os.O_RDONLY), 0)
        for stream in (1, 2):
            _put(os.open(beside[stream], os.O_CREAT | os.O_WRONLY), stream)
        broken()
        sys.stdin, sys.stdout, sys.stderr = map(_as_python_opens_it, range(3))
        sys.argv = ["orangeday", *shlex.split(line)]
        run()
    except SystemExit as end:
        status = int(end.code or 0)
        for stream in filter(None, (sys.stdout, sys.stderr)):  # as Python does at its end
            try:
                stream.flush()
            except OSError:
                status = 120
    except BaseException:  # noqa: BLE001  nothing may leave it but its status
        beside[2].write_text(traceback.format_exc())
    os.environ.clear()
    os.environ.update(environment)
    beside[0].write_text(str(status))


def _put(opened: int, number: int) -> None:
    """Has this descriptor be that number; it may be so already, where that one was closed."""
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)


def _as_python_opens_it(number: int) -> Any:
    try:
        os.fstat(number)
    except OSError:
        return None
    return open(number, "w" if number else "r", encoding="utf-8", closefd=False)


def plainly() -> None:
    """Leaves the streams as they are."""


@pytest.fixture(scope="module")
def whole(office: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How each command ends whose streams are sound."""
    folder = tmp_path_factory.mktemp("whole")
    with time_machine.travel(BEFORE, tick=True):
        return {line: ended.status for line, ended in forked(LINES, plainly, office, folder).items()}


def test_every_command_is_tried() -> None:
    assert {line.split()[0] for line in LINES} >= set(COMMANDS) - {"schedule"}


@pytest.mark.parametrize("way", WAYS)
def test_a_command_whose_output_cannot_be_written_ends_as_it_would(
    way: str, office: Path, tmp_path: Path, whole: dict[str, int]
) -> None:
    assert set(whole.values()) == {0, 1, 2}
    wrong = []
    with time_machine.travel(BEFORE, tick=True):
        found = forked(LINES, WAYS[way], office, tmp_path)
    for line, ended in found.items():
        expected = whole[line]
        if way in ("a full disk", "a full disk for both") and any(name in line for name in DOCUMENTS):
            expected = expected or 2
        said = ended.out + ended.err
        silent = way in ("no columns", "sizes that are none") and not said.strip()
        if ended.status != expected or silent or "Traceback" in said or "itself failed" in said:
            wrong.append((line, expected, ended.status, ended.err[-300:]))
    assert not wrong


@pytest.mark.parametrize("way", IN_A_SHELL)
def test_so_does_the_program_in_a_shell(way: str, office: Path) -> None:
    """Python itself, as it begins and as it ends, has a word in it."""
    environment = {**environment_at(BEFORE), "PYTHONDEVMODE": "1"}
    for line in ("check --help", "export csv"):
        program = f"{shlex.quote(sys.executable)} -m tests.support.offset_clock {line}"
        ran = subprocess.run(
            ["bash", "-c", way.format(program)], cwd=office / "files", env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert (ran.returncode, ran.stderr) == (0, "")


def test_a_document_that_is_not_whole_is_said_to_be_so_and_what_was_only_shown_too(
    office: Path, tmp_path: Path
) -> None:
    with time_machine.travel(BEFORE, tick=True):
        asked_for, shown = forked(["export ics", "calendar"], WAYS["a full disk"], office, tmp_path).values()
    assert asked_for.status == 2
    assert "stdout can't be written: No space left on device. The document isn't whole." in asked_for.err
    assert shown.status == 0
    assert "stdout can't be written: No space left on device. Not all was shown" in shown.err


def test_no_file_of_the_program_takes_the_place_of_a_stream_that_is_closed(office: Path, tmp_path: Path) -> None:
    """The first file opened would be number 1: whatever is then printed would stand in it."""
    program = "import os, sys; from orangeday.cli import run; sys.argv[1:] = ['--version']\n"
    program += "try: run()\nexcept SystemExit: pass\n"
    program += f"os._exit(os.open({str(tmp_path / 'next')!r}, os.O_CREAT | os.O_WRONLY))"
    line = f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", line], check=False, timeout=60).returncode > 2


# As a library


class Broken(io.StringIO):
    """Somebody's own stream, of text, that takes nothing."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("stream", [None, Broken()])
def test_a_library_that_has_no_streams_gets_the_status_and_its_streams_back(
    stream: io.StringIO | None, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(office / "files")
    monkeypatch.setenv("COLUMNS", "0")
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream)
    with time_machine.travel(BEFORE):
        assert main(["calendar"]) == 0
        assert main(["status", "--json"]) == (0 if stream is None else 2)
        assert main(["login", "nairobi", "x"]) == 2
    assert (sys.stdin, sys.stdout, sys.stderr, os.environ["COLUMNS"]) == (stream, stream, stream, "0")


def test_a_stream_of_text_gets_every_character(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(office / "files")
    taken = io.StringIO()
    monkeypatch.setattr(sys, "stdout", taken)
    with time_machine.travel(BEFORE):
        assert main(["export", "ics"]) == 0
    assert taken.getvalue().startswith("BEGIN:VCALENDAR") and "\ufffd" not in taken.getvalue()
    assert not taken.getvalue().isascii()


# A long `schedule`


class Watch:
    """One `schedule --live`, whose streams are those given, and the books that its accounts keep."""

    def __init__(self, folder: Path, environment: dict[str, str], out: int, err: int) -> None:
        self.folder = folder
        self.clock = folder / "clock"
        self.at(DUE - timedelta(hours=1))
        argv = [str(self.clock), "schedule", "--live"]
        self.process = born("tests.support.live_accounts_program", argv, folder, environment, out=out, err=err)

    def at(self, moment: datetime) -> None:
        set_ahead(self.clock, ahead(moment))

    def said(self) -> list[str]:
        books = [self.folder / f"nairobi-{name}.book" for name in ("x", "bluesky")]
        return [entry["payload"]["key"] for book in books if book.exists() for entry in entries(book)]

    def goes_out(self, day: int) -> None:
        """Comes to the day's hour, and sees both posts go out."""
        self.at(DUE + timedelta(days=day - 1, seconds=1))
        until(lambda: sum(f"/{day:02}/" in key for key in self.said()) == 2, f"day {day}: {self.said()}")


def until(true: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


FATES = ("reader dies", "full at once", "full later", "closed", "nobody reads")


def _pipe() -> tuple[int, int]:
    there, here = os.pipe()
    fcntl.fcntl(here, fcntl.F_SETPIPE_SZ if hasattr(fcntl, "F_SETPIPE_SZ") else 1031, 4096)
    return there, here


def test_schedule_posts_to_the_end_whatever_becomes_of_its_output(tmp_path: Path) -> None:
    """Of each fate one, all side by side: they do little but wait for their clocks."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    for platform in ("x", "bluesky"):
        for variable in credentials.variables("nairobi", platform).values():
            environment[variable] = "of-no-platform"
    started: list[Watch] = []

    def watch(fate: str) -> None:
        folder = tmp_path / fate.replace(" ", "-")
        folder.mkdir()
        to_the_end(fate, folder, {**environment, "XDG_STATE_HOME": str(folder / "home")}, started)

    with ThreadPoolExecutor(len(FATES)) as together:
        ended = {fate: together.submit(watch, fate) for fate in FATES}
        try:
            assert {fate: repr(watched.exception()) for fate, watched in ended.items() if watched.exception()} == {}
        finally:
            for one in started:
                one.process.kill()
                one.process.wait()


def to_the_end(fate: str, folder: Path, environment: dict[str, str], started: list[Watch]) -> None:
    """From an hour before day 1 to the end."""
    files = campaigns.files(config='[publishing]\nmode = "live"\nrequire_approval = false\n')
    campaigns.write(folder, ownable(files))
    log = folder / "log"
    there = None
    if fate in ("reader dies", "nobody reads"):
        there, out = _pipe()
        err = out if fate == "nobody reads" else os.open(log, os.O_CREAT | os.O_WRONLY)
        if fate == "nobody reads":
            os.set_blocking(out, False)
            with suppress(BlockingIOError):
                while True:
                    os.write(out, b"x")
            os.set_blocking(out, True)
    elif fate == "full at once":
        out, err = os.open("/dev/full", os.O_WRONLY), os.open(log, os.O_CREAT | os.O_WRONLY)
    else:
        out = err = os.open(log, os.O_CREAT | os.O_WRONLY)
    schedule = Watch(folder, environment, out, err)
    started.append(schedule)
    for descriptor in {out, err}:
        os.close(descriptor)
    until(lambda: has_looked(folder / "orangeday.db"), "it hasn't begun")
    schedule.goes_out(1)
    if fate == "reader dies":
        assert there is not None
        assert b"LIVE" in os.read(there, 4096)
        os.close(there)
    if fate == "full later":
        schedule.process.send_signal(signal.SIGUSR1)
    schedule.goes_out(2)
    schedule.goes_out(16)
    schedule.at(DUE + timedelta(days=17))
    assert schedule.process.wait(90) == 0
    assert len(schedule.said()) == len(set(schedule.said())) >= 6
    if fate == "nobody reads":
        assert there is not None
        os.close(there)
    said = log.read_text() if log.exists() else ""
    assert "Traceback" not in said and "itself failed" not in said
    assert ("stdout can't be written: No space left on device" in said) == (fate == "full at once")
