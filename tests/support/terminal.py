"""A real terminal, of eighty columns or another number, in which a command runs and a person types."""

from __future__ import annotations

import atexit
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .common import ROOT
from .fork_server import Program, born

_begun: list[Terminal] = []


@atexit.register
def _end_all() -> None:
    """Nothing that a test has begun and not ended outlives the tests."""
    for terminal in _begun:
        terminal.kill()


class Terminal:
    """One run of orangeday in it. The keyring is the file `keys`, a JSON object.

    In the environment AHEAD says by how many seconds its clock is ahead of the machine's, see offset_clock.py.
    """

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        keys: Path,
        environment: Mapping[str, str],
        under: Sequence[str] = (),
        columns: int = 80,
    ) -> None:
        """`under`: a command that starts it, as nohup does."""
        import pty

        given = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": "tests.support.login_stubs.Keys",
            "TERM": "xterm",
        }
        given |= {"KEYS": str(keys), "NOTICES": "0.1", **environment}
        given.pop("COLUMNS", None)
        self.seen = ""
        self._read = 0
        self._end, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        try:
            if under:
                self.process = _started(
                    [*under, sys.executable, "-m", "tests.support.terminal_program", *argv], folder, given, other
                )
            else:
                self.process = born("tests.support.terminal_program", argv, folder, given, out=other, terminal=True)
        finally:
            os.close(other)
        _begun.append(self)

    def until(self, words: str, seconds: float = 30) -> str:
        """Waits for these words, wherever the lines break; gives all that has come since the last wait.

        With a space at their end it waits for that too: then the question is out, and nothing typed stands before it.
        """
        pattern = re.compile(r"\s+".join(map(re.escape, words.split())) + (" " if words.endswith(" ") else ""))
        deadline = time.monotonic() + seconds
        while not (found := pattern.search(self.seen, self._read)):
            assert self._more(deadline), f"no “{words}” in {self.seen[self._read :]}"
        since, self._read = self.seen[self._read : found.end()], found.end()
        return since

    def type(self, text: str) -> None:
        os.write(self._end, f"{text}\n".encode())

    def press(self, key: bytes) -> None:
        """Presses a key, as soon as the program waits for one.

        A Ctrl-C between Python's last look for signals and its reading of the terminal is heard only once something is
        typed: a person would press it again.
        """
        deadline = time.monotonic() + 5
        while self._is_at_work() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.write(self._end, key)

    def _is_at_work(self) -> bool:
        """Whether its first thread does something, where that can be told: and not sleeps or waits."""
        try:
            return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S"
        except (OSError, IndexError):
            return False

    def kill(self) -> None:
        """As a machine that loses its power: the program knows nothing of it."""
        self.process.kill()

    def end(self) -> int:
        """Waits for the end; gives the exit status."""
        deadline = time.monotonic() + 60
        while self._more(deadline):
            pass
        if time.monotonic() > deadline:
            self.process.kill()
        os.close(self._end)
        return self.process.wait(60)

    def close(self) -> None:
        """As its window is closed: whatever runs in it is told by a hang-up."""
        os.close(self._end)

    def hang_up(self) -> int:
        """Closes the terminal; gives the exit status of the program, which that ends."""
        self.close()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(60)
            raise AssertionError(f"it goes on without its terminal: {self.seen}") from None

    def _more(self, deadline: float) -> bool:
        """Reads on; whether there was more before the deadline."""
        if not select.select([self._end], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            read = os.read(self._end, 4096)
        except OSError:  # how Linux says that the other end is closed
            return False
        self.seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", read.decode(errors="replace")).replace("\r\n", "\n")
        return bool(read)


def _started(command: Sequence[str], folder: Path, environment: Mapping[str, str], terminal: int) -> Program:
    """A command as a shell starts it in that terminal, however these tests were started."""

    def begin() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        for name in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(name, signal.SIG_DFL)

    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=terminal, stdout=terminal, stderr=terminal,
        preexec_fn=begin,
    )  # fmt: skip
