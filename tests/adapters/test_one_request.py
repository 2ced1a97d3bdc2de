"""No way to a platform sends a request again by itself: a server reads one whole, and cuts the connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field

import pytest
import requests

from orangeday.adapters.bluesky import client as of_bluesky
from orangeday.adapters.http import NoResponse
from orangeday.adapters.transport import HttpClient
from orangeday.adapters.x import client as of_x
from orangeday.clock import system_clock

pytestmark = pytest.mark.integration

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: Wed, 25 Nov 2026 06:00:00 GMT\r\n\r\n{}"
CUTS = {
    "before the answer": b"",
    "within the status line": b"HTTP/1.1 20",
    "within the headers": b"HTTP/1.1 503 Later\r\nRetry-After: 1\r\nX-Half:",
    "within the body": b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{",
}


@dataclass
class Cutter:
    """A server that answers so many requests, and cuts each later one once it has read it whole."""

    answers: int
    cut: bytes
    seen: list[bytes] = field(default_factory=list)
    """The body of each request that was read."""
    connections: int = 0
    url: str = ""

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return  # it was closed: the test is over
            self.connections += 1
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                length = 0
                while line.strip():
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                    line = stream.readline()
                self.seen.append(stream.read(length))
                if len(self.seen) > self.answers:
                    connection.sendall(self.cut)
                    return
                connection.sendall(ANSWER)


@contextmanager
def cutter(answers: int, cut: bytes) -> Iterator[Cutter]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Cutter(answers, cut, url=f"http://127.0.0.1:{listening.getsockname()[1]}")
        threading.Thread(target=server.serve, args=[listening], daemon=True).start()
        yield server


Send = Callable[[str], object]
"""Sends `post` to an address of a server."""


@contextmanager
def by_transport(_: str) -> Iterator[Send]:
    with closing(HttpClient()) as way:
        yield lambda url: way.request("POST", f"{url}/a", [("Host", "here")], b"post")


@contextmanager
def by_x(url: str) -> Iterator[Send]:
    with of_x.Transport(url, system_clock) as wire:
        yield lambda _: wire.request("POST", "/2/tweets", data=b"post")


@contextmanager
def by_bluesky(url: str) -> Iterator[Send]:
    wire = of_bluesky.Transport(url, system_clock)
    with closing(wire._http):
        yield lambda _: wire.post(f"{url}/xrpc/a", content=b"post")


@pytest.mark.parametrize("answered_before", [0, 1])
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("way", [by_transport, by_x, by_bluesky])
def test_what_was_read_and_cut_is_sent_once(
    way: Callable[[str], AbstractContextManager[Send]], cut: bytes, answered_before: int
) -> None:
    with cutter(answered_before, cut) as server, way(server.url) as send:
        for _ in range(answered_before):
            send(server.url)
        with pytest.raises((NoResponse, requests.RequestException)):
            send(server.url)
        assert server.seen == [b"post"] * (answered_before + 1)
        assert server.connections == 1, "and nobody came again, not even to look"
