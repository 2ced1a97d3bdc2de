"""A small proxy that stands before a server and does what networks do: it loses, cuts, delays and garbles.

    with proxy_before(pds.url) as proxy:
        proxy.fault("putRecord", drops_after)       # the server has it, the client never hears of it

Real HTTP over real sockets, on loopback. It keeps every request that it saw. A server of the tests' own has the same
faults where it is a Faulty and answers itself.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import ssl
import struct
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import urlsplit

_NOT_PASSED_ON = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Seen:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    name: str
    """What is called, as the server names it: putRecord."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Exchange(BaseHTTPRequestHandler):
    """One request and what becomes of it; a fault decides."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a head and a body are two packets, and the second would wait for 40 ms
    server: _Threads

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        name = self.server.faulty.name_of(self.command, self.path)
        self.seen = Seen(self.command, self.path, dict(self.headers), self.rfile.read(length), name)
        self._on_its_way = True
        fault = self.server.faulty.take(self.seen)
        try:
            fault(self)
        finally:
            self.over()

    do_GET = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815

    def forward(self) -> Answer:
        """Lets the server have the request; gives its answer."""
        try:
            return self.server.faulty.handle(self.seen)
        finally:
            self.over()

    def over(self) -> None:
        """The server has it by now, or never will."""
        if self._on_its_way:
            self._on_its_way = False
            self.server.faulty.arrived()

    def answer(self, answer: Answer, cut: int | None = None) -> None:
        """Answers, and hangs up after `cut` bytes of the body where it is given."""
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _NOT_PASSED_ON:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[:cut])
        if cut is not None:
            self.hang_up()

    def hang_up(self) -> None:
        self.close_connection = True

    def reset(self) -> None:
        """Ends the connection with a RST: the client's next read fails."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def wait(self, seconds: float) -> None:
        self.server.faulty.closing.wait(seconds)

    def date(self) -> str:
        """The server's time, for a header."""
        return formatdate(self.server.faulty.now(), usegmt=True)

    def log_message(self, *_: object) -> None:
        pass


Fault = Callable[[Exchange], None]


def passes(exchange: Exchange) -> None:
    exchange.answer(exchange.forward())


def drops_before(exchange: Exchange) -> None:
    """The server never has it; the client's connection is closed."""
    exchange.hang_up()


def drops_after(exchange: Exchange) -> None:
    """The server has it; the client's connection is closed without an answer."""
    exchange.forward()
    exchange.hang_up()


def resets_before(exchange: Exchange) -> None:
    exchange.reset()


def resets_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.reset()


def hangs_before(exchange: Exchange) -> None:
    """Nothing is passed on, and nothing answered, until the proxy closes."""
    exchange.over()
    exchange.wait(600)
    exchange.hang_up()


def hangs_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.wait(600)
    exchange.hang_up()


def delays(seconds: float) -> Fault:
    """Passes it on late."""

    def fault(exchange: Exchange) -> None:
        exchange.wait(seconds)
        passes(exchange)

    fault.__name__ = "delays"
    return fault


def cuts(exchange: Exchange) -> None:
    """The server has it; the client gets half of the answer."""
    answer = exchange.forward()
    exchange.answer(answer, cut=len(answer.body) // 2)


def says(status: int, body: object = b"", headers: Mapping[str, str] | None = None, *, after: bool = False) -> Fault:
    """Answers in the server's place; with `after`, the server has the request all the same."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {} if isinstance(body, bytes) else {"Content-Type": "application/json"}

    def fault(exchange: Exchange) -> None:
        if after:
            exchange.forward()
        exchange.answer(Answer(status, content, given | {"Date": exchange.date(), **(headers or {})}))

    fault.__name__ = f"says {status}" + (" after" if after else "")
    return fault


def error(status: int, name: str, headers: Mapping[str, str] | None = None, *, after: bool = False) -> Fault:
    """An error as the server words them."""
    return says(status, {"error": name, "message": f"the proxy says {name}"}, headers, after=after)


@dataclass
class _Rule:
    name: str
    fault: Fault
    skip: int
    times: int | None


@dataclass
class _Weather:
    chance: random.Random
    share: float
    faults: Sequence[Fault]
    names: Collection[str] | None

    def strikes(self, name: str) -> Fault | None:
        if (self.names is None or name in self.names) and self.chance.random() < self.share:
            return self.chance.choice(self.faults)
        return None


class Faulty(ABC):
    """What the faults are, and what was seen. One for each test."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.seen: list[Seen] = []
        self.weathered: Counter[str] = Counter()
        """How often the weather struck, by the fault's name."""
        self._on_their_way = 0
        self._rules: list[_Rule] = []
        self._weather: _Weather | None = None
        self._lock = threading.Lock()
        self._server = _Threads(("127.0.0.1", 0), Exchange)
        self._server.faulty = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @abstractmethod
    def name_of(self, method: str, path: str) -> str:
        """What a request calls."""

    @abstractmethod
    def handle(self, seen: Seen) -> Answer:
        """Does what a request asks."""

    def now(self) -> float:
        """The server's time, in seconds since the epoch."""
        return time.time()

    def fault(self, name: str, fault: Fault, *, skip: int = 0, times: int | None = 1) -> None:
        """What befalls the requests of this name ("" is any), after the first `skip` of them, so many times."""
        with self._lock:
            self._rules.append(_Rule(name, fault, skip, times))

    def weather(
        self, chance: random.Random, share: float, faults: Sequence[Fault], names: Collection[str] | None = None
    ) -> None:
        """From here on such a share of the requests of these names (None: any) meets one of the faults, by chance."""
        with self._lock:
            self._weather = _Weather(chance, share, faults, names)

    def heal(self) -> None:
        """From here on all passes."""
        with self._lock:
            self._rules.clear()
            self._weather = None

    def take(self, seen: Seen) -> Fault:
        """Notes a request; gives what shall befall it."""
        with self._lock:
            self.seen.append(seen)
            self._on_their_way += 1
            for rule in self._rules:
                if rule.name in ("", seen.name) and rule.times != 0:
                    if rule.skip:
                        rule.skip -= 1
                        continue
                    rule.times = rule.times and rule.times - 1
                    return rule.fault
            fault = self._weather.strikes(seen.name) if self._weather else None
            if fault is None:
                return passes
            self.weathered[getattr(fault, "__name__", repr(fault))] += 1
            return fault

    def arrived(self) -> None:
        """What a request asks is done, or never will be."""
        with self._lock:
            self._on_their_way -= 1

    def is_quiet(self) -> bool:
        """Whether nothing that came in can still reach the server."""
        with self._lock:
            return not self._on_their_way

    def serve_tls(self, context: ssl.SSLContext | None) -> None:
        """From here on it speaks TLS; None: plain HTTP."""
        self._server.tls = context

    def named(self, name: str) -> list[Seen]:
        """The requests of one name, in order."""
        with self._lock:
            return [seen for seen in self.seen if seen.name == name]

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class Proxy(Faulty):
    """Passes on what it gets to the server behind it."""

    def __init__(self, upstream: str) -> None:
        super().__init__()
        self.upstream = upstream

    def name_of(self, method: str, path: str) -> str:
        return urlsplit(path).path.rpartition(".")[2]

    def handle(self, seen: Seen) -> Answer:
        upstream = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=60)
        try:
            headers = {name: value for name, value in seen.headers.items() if name.lower() not in _NOT_PASSED_ON}
            connection.request(seen.method, seen.path, seen.body or None, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    faulty: Faulty
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is what this is for."""


F = TypeVar("F", bound=Faulty)


@contextmanager
def serving(faulty: F) -> Iterator[F]:
    thread = threading.Thread(target=faulty.run, daemon=True)
    thread.start()
    try:
        yield faulty
    finally:
        faulty.close()
        thread.join()


@contextmanager
def proxy_before(upstream: str) -> Iterator[Proxy]:
    with serving(Proxy(upstream)) as proxy:
        yield proxy
