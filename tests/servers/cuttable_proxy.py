"""The cable between a program and its server, on loopback: it can be cut, it can go dead, and it can be mended."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_ATTACH, _DETACH = 26, 27
"""SO_ATTACH_FILTER and SO_DETACH_FILTER of Linux: with a filter that takes nothing a socket doesn't even acknowledge,
as where a switch has died. Elsewhere, and where `acknowledged`, the bytes are taken and lie."""


class Cable:
    """Passes on what comes to `port`, in both directions, to a server's port on this machine.

    A long one takes `delay` seconds each way.
    """

    def __init__(self, server: int, delay: float = 0.0) -> None:
        self._server, self._delay = server, delay
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._flows.set()
        self._cut = self._deaf = False
        self._ends: dict[asyncio.StreamWriter, asyncio.StreamWriter | None] = {}
        """By a client's end, the server's."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Resets every connection, and each new one at once, until it is mended."""
        self._soon(self._now_cut)

    def freeze(self, *, acknowledged: bool = False) -> None:
        """Lets nothing more through, and closes nothing: no answer comes, and none to a new connection either.

        With `acknowledged` the packets arrive, as at a server that hangs: no timeout of TCP ends that.
        """
        self._soon(lambda: self._now_frozen(acknowledged))

    def forget(self) -> None:
        """The server hangs up on every connection, its patience at an end: in a frozen cable no client hears of it."""
        self._soon(self._now_forgotten)

    def heal(self) -> None:
        """Lets everything through again, also what waited in a frozen cable."""
        self._soon(self._now_healed)

    def close(self) -> None:
        self._soon(self._now_cut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._listener.close()

    @property
    def connections(self) -> int:
        """How many go through it now."""
        return len(self._ends)

    def _soon(self, change: Callable[[], None]) -> None:
        """Makes a change in the cable's own thread, and returns when it is made."""
        made = threading.Event()

        def make() -> None:
            try:
                change()
            finally:
                made.set()

        self._loop.call_soon_threadsafe(make)
        if not made.wait(10):
            raise TimeoutError("the cable's thread doesn't answer")

    def _now_cut(self) -> None:
        self._cut = True
        self._hear()
        self._flows.set()
        for end in self._all_ends():
            _reset(end)

    def _now_forgotten(self) -> None:
        for end in filter(None, self._ends.values()):
            _reset(end)

    def _all_ends(self) -> list[asyncio.StreamWriter]:
        return [end for ends in self._ends.items() for end in ends if end is not None]

    def _now_frozen(self, acknowledged: bool) -> None:
        self._flows.clear()
        self._cut = False
        self._hear()
        self._deaf = not acknowledged and sys.platform == "linux"
        if self._deaf:
            for one in (self._listener, *(end.get_extra_info("socket") for end in self._all_ends())):
                _deafen(one)

    def _now_healed(self) -> None:
        self._cut = False
        self._hear()
        self._flows.set()

    def _hear(self) -> None:
        if self._deaf:
            self._deaf = False
            for one in (self._listener, *(end.get_extra_info("socket") for end in self._all_ends())):
                with suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, _DETACH, 0)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        listening = self._loop.run_until_complete(asyncio.start_server(self._connect, sock=self._listener))
        self._loop.run_forever()
        listening.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        others: asyncio.StreamWriter | None = None
        self._ends[writer] = None
        try:
            await self._flows.wait()
            if not self._cut:
                answers, others = await asyncio.open_connection("127.0.0.1", self._server)
                self._ends[writer] = others
                await asyncio.gather(self._pass_on(reader, others), self._pass_on(answers, writer))
        except (OSError, asyncio.CancelledError):
            pass  # one end is gone, or the server is, or the cable: the other end learns it now
        finally:
            del self._ends[writer]
            for end in filter(None, (writer, others)):
                _reset(end)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            words = await reader.read(1 << 16)
            await self._flows.wait()
            if self._delay:
                self._loop.call_later(self._delay, _write, writer, words)
            else:
                _write(writer, words)
                await writer.drain()
            if not words:
                return


def _write(writer: asyncio.StreamWriter, words: bytes) -> None:
    """Writes these, or the end where there are none."""
    with suppress(OSError):
        writer.write(words) if words else writer.write_eof()


def _reset(end: asyncio.StreamWriter) -> None:
    one = end.get_extra_info("socket")
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.transport.abort()


def _deafen(one: socket.socket) -> None:
    takes_nothing = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(takes_nothing))
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, _ATTACH, program)


@contextmanager
def cable(server: int, delay: float = 0.0) -> Iterator[Cable]:
    """A cable to the server on this port of this machine; who connects to the cable's `port` reaches it.

    with cable(server.port) as c:
        ...  # c.port, c.cut(), c.freeze(), c.heal()
    """
    made = Cable(server, delay)
    try:
        yield made
    finally:
        made.close()
