"""A real terminal, of eighty columns, in which a command runs and a person types."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .ground import ROOT

_PROGRAM = """
import json, os, pathlib, sys
from orangeday.cli import main
from tests.doors import Keys
file = pathlib.Path(os.environ["KEYS"])
if file.exists():
    Keys.held.update({("orangeday", name): value for name, value in json.loads(file.read_text()).items()})
if "AHEAD" in os.environ:
    from tests.ahead import live_ahead
    live_ahead()
status = main(sys.argv[1:])
file.write_text(json.dumps({name: value for (_, name), value in Keys.held.items()}))
sys.exit(status)
"""


class Terminal:
    """One run of orangeday in it. The keyring is the file `keys`, a JSON object.

    In the environment AHEAD says by how many seconds its clock is ahead of the machine's, see ahead.py.
    """

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        keys: Path,
        environment: Mapping[str, str],
        under: Sequence[str] = (),
    ) -> None:
        """`under`: a command that starts it, as nohup does."""
        import pty

        given = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "tests.doors.Keys", "TERM": "xterm"}
        given |= {"KEYS": str(keys), **environment}
        given.pop("COLUMNS", None)
        self.seen = ""
        self._read = 0
        self._child, self._end = pty.fork()
        if self._child == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # as a shell starts a program, however this one was started
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.chdir(folder)
            command = [*under, sys.executable, "-c", _PROGRAM, *argv]
            os.execvpe(command[0], command, given)  # noqa: S606

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
        os.write(self._end, key)

    def kill(self) -> None:
        """As a machine that loses its power: the program knows nothing of it."""
        os.kill(self._child, signal.SIGKILL)

    def end(self) -> int:
        """Waits for the end; gives the exit status."""
        deadline = time.monotonic() + 60
        while self._more(deadline):
            pass
        if time.monotonic() > deadline:
            os.kill(self._child, signal.SIGKILL)
        os.close(self._end)
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])

    def hang_up(self) -> int:
        """Closes the terminal; gives the exit status of the program, which that ends."""
        os.close(self._end)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            ended, status = os.waitpid(self._child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        raise AssertionError(f"it goes on without its terminal: {self.seen}")

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
