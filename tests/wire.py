"""A line to a server, over real TCP on loopback, that can be cut: aloud, or in silence.

with wire_to(postgres.port) as wire:
    wire.hush()                      # nothing passes any more, and nobody is told
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Wire:
    """Passes on what it gets to a port of this machine, and what that answers, until it is cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._servers: dict[socket.socket, socket.socket | None] = {}
        """By a client's end, the server's, unless that has hung up in silence."""
        self._lock = threading.Lock()  # whoever cuts it has cut it: not one byte passes after that
        self._speaks = threading.Event()
        self._speaks.set()
        self._refuses = self._closing = False

    def reset(self) -> None:
        """Ends every connection at both its ends, and every new one too, until it is healed."""
        with self._lock:
            self._refuses = True
            self._end_all()

    def hush(self) -> None:
        """Nothing passes any more, in either direction; new connections are taken, and get no answer."""
        with self._lock:
            self._speaks.clear()

    def forget(self) -> None:
        """The server hangs up on every connection, as it does when its patience ends; what is silent isn't told."""
        with self._lock:
            if self._speaks.is_set():
                self._end_all()
                return
            for client, server in self._servers.items():
                self._hang_up(server)
                self._servers[client] = None

    def heal(self) -> None:
        """From here on all passes; what was held back comes late, and who was forgotten meanwhile hears of it."""
        with self._lock:
            self._refuses = False
            for client, server in list(self._servers.items()):
                if server is None:
                    self._end(client)
            self._speaks.set()

    def run(self) -> None:
        while not self._closing:
            self._speaks.wait()
            ready = self._selector.select(0.5)
            with self._lock:
                if self._speaks.is_set() and not self._closing:
                    for key, _ in ready:
                        if key.fileobj is self._listener:
                            self._accept()
                        else:
                            assert isinstance(key.fileobj, socket.socket)
                            self._pass_on(key.fileobj)

    def close(self) -> None:
        with self._lock:
            self._closing = True
            self._end_all()
            self._speaks.set()

    def gone(self) -> None:
        """Once it doesn't run any more."""
        self._selector.close()
        self._listener.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            if self._refuses:
                raise ConnectionRefusedError
            server = socket.create_connection(("127.0.0.1", self._to), timeout=5)
        except OSError:
            self._hang_up(client)
            return
        self._servers[client] = server
        for end in (client, server):
            end.settimeout(5)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end: socket.socket) -> None:
        of = [(client, server) for client, server in self._servers.items() if end in (client, server)]
        for client, server in of:  # it may have been ended a moment ago
            try:
                data = end.recv(65536)
                if data and server:
                    (server if end is client else client).sendall(data)
                else:
                    self._end(client, gently=True)
            except OSError:
                self._end(client)

    def _end_all(self) -> None:
        for client in list(self._servers):
            self._end(client)

    def _end(self, client: socket.socket, *, gently: bool = False) -> None:
        self._hang_up(self._servers.pop(client), gently=gently)
        self._hang_up(client, gently=gently)

    def _hang_up(self, end: socket.socket | None, *, gently: bool = False) -> None:
        if end is None:
            return
        with suppress(KeyError, ValueError):
            self._selector.unregister(end)
        if not gently:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.close()


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    thread = threading.Thread(target=wire.run, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.close()
        thread.join()
        wire.gone()
