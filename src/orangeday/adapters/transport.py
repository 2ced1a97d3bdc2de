"""One request over HTTP, sent once, and its whole answer, within a limit for all of it.

The limit counts from before the host's name is looked up to the last byte of the answer, so that nobody is kept by a
server that sends a little now and then, or by a resolver that never answers. Where a request fails, its connection is
closed first, and with it goes what lay ready to be sent; only then is the failure told. So what is lost can't leave
later.
"""

from __future__ import annotations

import logging
import re
import selectors
import socket
import ssl
import struct
import sys
import threading
import time
import weakref
import zlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpcore

from orangeday.adapters import http as network
from orangeday.adapters.http import NoResponse, NotSent, safe_line
from orangeday.content.addresses import is_loopback_host
from orangeday.content.network import DIRECT, SYSTEM, Route, system_certificates
from orangeday.system import workers
from orangeday.system.credentials import redact

logging.getLogger("httpcore").setLevel(logging.INFO)  # below, it logs what a server says, which may repeat a secret

_GZIP = 16 + zlib.MAX_WBITS
_MAX_PROXY_ANSWER = 16_384
"""The bytes of a proxy's answer that are read."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever it says."""

    status: int
    reason: str
    headers: Mapping[str, str]
    """By their names in lower case."""
    content: bytes


class DeadlineError(TimeoutError):
    """The failure of what has reached its limit. Its words are for the officer."""


class Deadline:
    """The moment by which something has to be over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = _ticks() + seconds

    def remaining(self, limit: float) -> float:
        """Return the seconds for the next step: so many at the most. Raises DeadlineError where none are left."""
        remaining = self._end - _ticks()
        if remaining <= 0:
            raise DeadlineError(f"it took more than {self._seconds:g} seconds")
        return min(remaining, limit)


class HttpClient:
    """The way to one server. For one thread at a time."""

    def __init__(self, secrets: Collection[str] = (), limit: float | None = None, route: Route = DIRECT) -> None:
        """Take the secrets that none of its words may repeat, and the seconds for a request, else RESPONSE_TIMEOUT."""
        self._secrets = secrets
        self._limit = limit
        self._state = _Progress()
        # No proxy but the config's, no redirect, no cookie, no second try: it has none of these.
        self._pool = httpcore.ConnectionPool(
            ssl_context=_ssl_context(route),
            keepalive_expiry=network.KEEPALIVE,
            network_backend=_Network(self._state, route.proxy_address),
        )
        weakref.finalize(self, self._pool.close)  # nobody else closes it

    def close(self) -> None:
        """Close what lies open. It opens again."""
        self._pool.close()

    def request(
        self, method: str, url: str, headers: Iterable[tuple[str | bytes, str | bytes]], content: bytes | None = None
    ) -> Reply:
        """Send it, once. Raises NotSent where certainly nothing of it has left, and NoResponse where it may have."""
        state = self._state
        state.begin(network.RESPONSE_TIMEOUT if self._limit is None else self._limit)
        try:
            lines = [(_to_bytes(name), _to_bytes(value)) for name, value in headers]
            if all(name.lower() != b"host" for name, _ in lines):
                lines.insert(0, (b"Host", _to_bytes(urlsplit(url).netloc.rpartition("@")[2])))
            with self._pool.stream(method, url, headers=lines, content=content) as answer:
                body = bytearray()
                for piece in answer.iter_stream():  # as it came: what was packed unasked could grow without an end
                    body += piece
                    if len(body) > network.MAX_RESPONSE_BYTES:
                        raise _TooLarge("the answer doesn't end")
                state.is_complete = True
        except BaseException as failure:
            self._pool.close()  # whatever is open: httpcore has closed what it knew to be broken
            if not isinstance(failure, Exception):
                raise
            raise (NoResponse if state.may_have_left else NotSent)(self._reason(failure)) from failure
        workers.record_progress()  # several pictures over a slow line are no account that hangs
        answer_headers = _headers_by_name(answer.headers)
        phrase = answer.extensions.get("reason_phrase", b"").decode("latin-1")
        return Reply(answer.status, phrase, answer_headers, _unpack(bytes(body), answer_headers))

    def _reason(self, failure: Exception) -> str:
        """Return the cause of a failure, in a line."""
        if isinstance(failure, TimeoutError):
            try:
                self._state.deadline.remaining(0)
            except DeadlineError as limit:
                return str(limit)
            return str(failure) if isinstance(failure, DeadlineError) else "it took too long"
        if isinstance(failure, OSError) and failure.strerror:
            return safe_line(failure.strerror)
        return safe_line(redact(str(failure), self._secrets)) or type(failure).__name__  # it may quote what was said


class _TooLarge(Exception):
    """The failure of an answer that is longer than anybody asked for."""


class _Progress:
    """The progress of a request."""

    def __init__(self) -> None:
        self.begin(0)
        self.is_complete = True

    def begin(self, seconds: float) -> None:
        self.deadline = Deadline(seconds)
        self.may_have_left = False
        """True once something of it may have left."""
        self.is_complete = False
        """True once all of the answer has come."""


class _Network(httpcore.NetworkBackend):
    """httpcore's network, within the limit."""

    def __init__(self, state: _Progress, proxy: tuple[str, int] | None) -> None:
        self._state = state
        self._proxy = proxy

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        deadline = self._state.deadline
        if self._proxy is None or is_loopback_host(host):
            return _Stream(self._state, connect(host, port, deadline))
        return _Stream(self._state, _tunnel(self._proxy, host, port, deadline))


class _Stream(httpcore.NetworkStream):
    """A connection of which no step takes longer than what is left."""

    def __init__(self, state: _Progress, sock: socket.socket) -> None:
        self._state = state
        self._socket = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(self._state.deadline.remaining(network.READ_TIMEOUT))
        return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._state.deadline.remaining(network.READ_TIMEOUT))
            self._state.may_have_left = True
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError:
                raise
            except OSError as failure:  # so httpcore looks whether an answer came all the same
                raise httpcore.WriteError(failure.strerror or str(failure)) from failure

    def close(self) -> None:
        if self._state.may_have_left and not self._state.is_complete:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _reset_on_close())
        with suppress(OSError):
            self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._socket.settimeout(self._state.deadline.remaining(network.CONNECT_TIMEOUT))  # for all of the handshake
            # Of one that was reset meanwhile ssl makes a socket without TLS, or leaves one behind.
            self._socket.getpeername()
            tls_socket = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except BaseException:
            self._socket.close()
            raise
        return _Stream(self._state, tls_socket)

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._socket if isinstance(self._socket, ssl.SSLSocket) else None
        if info == "is_readable":  # of one that isn't used: it has been closed by the other side
            return _is_readable(self._socket)
        return None


def connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Return a connection to a host. Raises OSError."""
    failure: OSError = socket.gaierror(socket.EAI_NONAME, "its name has no address")
    for family, kind, protocol, _, address in _addresses(host, port, deadline):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.remaining(network.CONNECT_TIMEOUT))
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        except OSError as reason:
            connection.close()
            failure = reason
        except BaseException:
            connection.close()
            raise
    raise failure


class ProxyRefusal(OSError):
    """The failure of a tunnel that a proxy doesn't open: nothing but the name of the server was said to it."""


def _tunnel(proxy: tuple[str, int], host: str, port: int, deadline: Deadline) -> socket.socket:
    """Return a connection to a host that goes through a proxy. Raises OSError.

    Until it stands nothing of a request can have left: what a proxy refuses was certainly not sent.
    """
    name = f"the proxy {proxy[0]}:{proxy[1]}"
    try:
        connection = connect(*proxy, deadline)
    except DeadlineError:
        raise
    except OSError as failure:
        raise ProxyRefusal(f"{name} can't be reached ({failure.strerror or failure})") from failure
    try:
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        connection.settimeout(deadline.remaining(network.CONNECT_TIMEOUT))
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode("ascii"))
        answer = bytearray()
        while b"\r\n\r\n" not in answer:
            connection.settimeout(deadline.remaining(network.READ_TIMEOUT))
            piece = connection.recv(4096)
            if not piece:
                raise ProxyRefusal(f"{name} hung up before the way was open")
            answer += piece
            if len(answer) > _MAX_PROXY_ANSWER:
                raise ProxyRefusal(f"{name} answers with something else than a way")
        status_line, _, _ = bytes(answer).partition(b"\r\n")
        if not re.match(rb"HTTP/1\.[01] 2\d\d(?: |$)", status_line):
            words = safe_line(status_line.decode("latin-1").partition(" ")[2])
            raise ProxyRefusal(f"{name} refuses: {words or 'it says nothing that can be read'}")
        if not answer.endswith(b"\r\n\r\n"):  # a server that is spoken to by TLS says nothing first
            raise ProxyRefusal(f"{name} answers more than that the way is open")
    except BaseException as failure:
        connection.close()
        if isinstance(failure, OSError) and not isinstance(failure, ProxyRefusal | TimeoutError):
            raise ProxyRefusal(f"{name} hung up before the way was open ({failure.strerror})") from failure
        raise
    return connection


class _Lookup(threading.Thread):
    """A question to the system's resolver, which knows no limit: it is left behind where it doesn't answer."""

    active_lookups: dict[tuple[str, int], _Lookup] = {}  # noqa: RUF012
    """The look-ups under way: at most one for each host, however many want to know."""
    lock = threading.Lock()

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name=f"look-up of {host}", daemon=True)
        self._target = host, port
        self.addresses: list[Any] = []
        self.failure: Exception | None = None
        self.completion = threading.Event()

    @classmethod
    def for_host(cls, host: str, port: int) -> _Lookup:
        with cls.lock:
            lookup = cls.active_lookups.get((host, port))
            if lookup is None:
                lookup = cls(host, port)
                lookup.start()
                cls.active_lookups[host, port] = lookup
            return lookup

    def run(self) -> None:
        try:
            self.addresses = socket.getaddrinfo(*self._target, type=socket.SOCK_STREAM)
        except Exception as failure:  # noqa: BLE001  whoever waits is told
            self.failure = failure
        finally:
            with self.lock:
                self.active_lookups.pop(self._target, None)
            self.completion.set()


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    """Return the addresses of a host, by getaddrinfo. Raises OSError, or UnicodeError where it can't be a name."""
    if _is_ip_address(host):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    lookup = _Lookup.for_host(host, port)
    if not lookup.completion.wait(deadline.remaining(network.READ_TIMEOUT)):
        raise DeadlineError("its name wasn't looked up in time")
    if lookup.failure:
        raise lookup.failure
    return lookup.addresses


def _reset_on_close(platform: str = sys.platform) -> bytes:
    """Return the value of SO_LINGER by which closing drops what hasn't left, and tells the other side so."""
    return struct.pack("hh" if platform == "win32" else "ii", 1, 0)


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _ssl_context(route: Route) -> ssl.SSLContext:
    """Return the certificates to trust, whatever the environment says; read once, whatever the number of accounts."""
    if not route.certificates:
        return ssl.create_default_context(cafile=certifi.where())
    if route.certificates != SYSTEM:
        context = ssl.create_default_context(cadata=route.authorities)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # which 3.13 sets, and many a firewall's authority doesn't meet
        return context
    if sys.platform != "linux":
        import truststore

        system_context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return system_context
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for place in system_certificates():
        context.load_verify_locations(*((place, None) if place.is_file() else (None, place)))
    return context


def _is_readable(sock: socket.socket) -> bool:
    if sock.fileno() < 0:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))


def _to_bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


def _headers_by_name(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name in lower case; of several with one name, all of them, with commas between."""
    headers: dict[str, str] = {}
    for name, value in lines:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _unpack(content: bytes, headers: Mapping[str, str]) -> bytes:
    """Return an answer's content, unpacked where it was packed unasked; no more of it than anybody would send."""
    if headers.get("content-encoding", "").strip().lower() not in ("gzip", "x-gzip"):
        return content
    try:
        original = zlib.decompressobj(_GZIP).decompress(content, network.MAX_RESPONSE_BYTES)
    except zlib.error:
        return content
    return original


def _ticks() -> float:
    """Return seconds that pass whatever the clock on the wall is set to; while the machine sleeps, too, if possible."""
    if sys.platform == "linux":
        seconds = time.clock_gettime(time.CLOCK_BOOTTIME)
    else:
        seconds = time.monotonic()
    return seconds
