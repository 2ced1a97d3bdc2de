"""A ministry's proxy on loopback: it opens what is encrypted, by a certificate of its own, and fails at any step."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class InterceptingProxy:
    """Takes CONNECT, opens TLS in the server's place, and passes on what was said, in the clear, to a port."""

    context: ssl.SSLContext
    """Its side of TLS, with its own certificate."""
    ports: Mapping[str, int]
    """Where each host's server is on this machine."""
    answer: bytes | None = OPEN
    """What it says to CONNECT; None: it resets the connection."""
    handshake: int | None = None
    """After so many bytes of the client's side of TLS it cuts, once it has said that the way is open; None: never."""
    upward: int | None = None
    """After so many bytes of a request, as the server is to get them, it cuts; None: never."""
    downward: int | None = None
    """The same of what the server answers."""
    page: bytes | None = None
    """An answer of its own, in the server's place."""
    port: int = 0
    targets: list[str] = field(default_factory=list)
    """What it was asked to connect to."""
    passed_on: int = 0
    """The bytes that went on to servers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            client.settimeout(20)
            head = b""
            while b"\r\n\r\n" not in head:
                if not (piece := client.recv(4096)):
                    return
                head += piece
            target = head.split()[1].decode()
            self.targets.append(target)
            if self.answer is None:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            client.sendall(self.answer)
            if not self.answer.startswith(OPEN):
                return
            if self.handshake is not None:
                while self.handshake and (piece := client.recv(self.handshake)):
                    self.handshake -= len(piece)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            with self.context.wrap_socket(client, server_side=True, do_handshake_on_connect=False) as inside:
                inside.do_handshake()
                self._relay(inside, self.ports[target.partition(":")[0]])

    def _relay(self, inside: ssl.SSLSocket, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as server:
            down = threading.Thread(target=self._pass_down, args=(server, inside), daemon=True)
            if self.page is None:
                down.start()
            left = self.upward
            while piece := inside.recv(1 if left is not None else 65536):
                if self.page is not None:
                    inside.sendall(self.page)
                    return
                self.passed_on += len(piece)
                server.sendall(piece)
                if left is not None and (left := left - len(piece)) <= 0:
                    return

    def _pass_down(self, server: socket.socket, inside: ssl.SSLSocket) -> None:
        left = self.downward
        with suppress(OSError):
            while piece := server.recv(65536):
                inside.sendall(piece[:left])
                if left is not None and (left := left - len(piece)) <= 0:
                    break
            inside.shutdown(socket.SHUT_RDWR)


@contextmanager
def intercepting_proxy(context: ssl.SSLContext, ports: Mapping[str, int]) -> Iterator[InterceptingProxy]:
    """A running one. It ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = InterceptingProxy(context, ports, port=listener.getsockname()[1])

        def accept() -> None:
            for number in count():
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=proxy.serve, args=(client,), name=f"tunnel {number}", daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(10)
