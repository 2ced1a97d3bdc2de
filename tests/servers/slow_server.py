"""A server that sends a little now and then, for ever: each piece comes in time, and the whole of it never does.

trickles = Trickles("headers", after=True)      # the server has the request; its answer never ends
proxy.fault("putRecord", trickles, times=None)
...
assert trickles.all_closed()                    # every connection that it answered was closed by the client
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .faulty_proxy import Exchange

EVERY = 0.1
"""Seconds between two pieces."""
PATIENCE = 20
"""Seconds after which a test that isn't cut off has failed."""


def _silence() -> Iterator[bytes]:
    while True:
        yield b""


def _status_line() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 O"
    while True:
        yield b"K"


def _headers() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-n: y\r\n"


def _informational() -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"


def _body() -> Iterator[bytes]:
    yield b'HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{"data":'
    while True:
        yield b" "


def _chunks() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"1\r\n \r\n"


def _trailers() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    while True:
        yield b"X-n: y\r\n"


MANNERS: dict[str, Callable[[], Iterator[bytes]]] = {
    "silence": _silence,
    "status line": _status_line,
    "headers": _headers,
    "informational": _informational,
    "body": _body,
    "chunks": _chunks,
    "trailers": _trailers,
}


def closed_by_the_other(connection: socket.socket) -> bool:
    """Whether the other side has closed it. What it sent before that isn't read."""
    if connection.fileno() < 0 or not select.select([connection], [], [], 0)[0]:
        return connection.fileno() < 0
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


class Trickles:
    """A fault of a server's: so it answers, until the client has closed the connection."""

    def __init__(self, manner: str, *, after: bool = False, every: float = EVERY) -> None:
        """`after`: the server has the request all the same."""
        self._manner = MANNERS[manner]
        self._after = after
        self._every = every
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.met = 0
        """How many requests."""

    def __call__(self, exchange: Exchange) -> None:
        if self._after:
            exchange.forward()
        else:
            exchange.over()
        with self._lock:
            self.met += 1
            self._open.append(exchange.connection)
        ends = time.monotonic() + PATIENCE
        for piece in self._manner():
            if time.monotonic() > ends:
                break
            if exchange.server.faulty.closing.wait(self._every) or closed_by_the_other(exchange.connection):
                break
            try:
                exchange.wfile.write(piece)
            except OSError:
                break
        with self._lock:
            self._open.remove(exchange.connection)
        exchange.hang_up()

    def all_closed(self) -> bool:
        """Whether the client has closed every connection on which it was answered so, by now."""
        with self._lock:
            return all(closed_by_the_other(connection) for connection in self._open)


class Listener:
    """A server that speaks no HTTP: it does with each connection what it is told, and notes what came."""

    def __init__(self, act: Callable[[socket.socket, threading.Event], None]) -> None:
        self._act = act
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self.port: int = self._socket.getsockname()[1]
        self.came: list[bytes] = []
        """What was sent on each connection."""
        self.ends: list[str] = []
        """How each connection was ended by the other side: closed, or reset."""

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            acting = threading.Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(acting)
            acting.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            self._act(connection, self._closing)
            connection.settimeout(20)
            came = bytearray()
            try:
                while piece := connection.recv(65_536):
                    came += piece
                how = "closed"
            except ConnectionError:
                how = "reset"
            except OSError:
                how = "left open"
            self.came.append(bytes(came))
            self.ends.append(how)

    def close(self) -> None:
        self._closing.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def join(self) -> None:
        """Waits until every connection has ended."""
        for acting in self._threads:
            acting.join(30)


@contextmanager
def listening(act: Callable[[socket.socket, threading.Event], None]) -> Iterator[Listener]:
    listener = Listener(act)
    thread = threading.Thread(target=listener.run, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.close()
        thread.join(10)
        listener.join()


@contextmanager
def never_accepting() -> Iterator[int]:
    """The port of a server that takes no connection: as many wait to be taken as it lets wait."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(full.getsockname())
            waiting.append(one)
        try:
            yield full.getsockname()[1]
        finally:
            for one in waiting:
                one.close()
