"""The gate before every send: once it is closed nothing more is armed, and the end waits for what is in flight."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """A gate that is open until the program ends. Any thread may ask."""

    def __init__(self) -> None:
        self.closed = False
        self._in_flight = 0
        self._condition = threading.Condition()

    @contextmanager
    def permit(self) -> Iterator[bool]:
        """Yield whether something may be armed; if so, the program's end waits until the block is left."""
        with self._condition:
            may_begin = not self.closed
            self._in_flight += may_begin
        try:
            yield may_begin
        finally:
            with self._condition:
                self._in_flight -= may_begin
                self._condition.notify_all()

    def close(self) -> None:
        """Let nothing more be armed."""
        with self._condition:
            self.closed = True

    def wait(self) -> None:
        """Wait until everything in flight has been recorded."""
        with self._condition:
            self._condition.wait_for(lambda: not self._in_flight)
