"""Toyland itself, for its tests: a server on this machine that keeps what it is given in memory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CLUB, KEY = "teddy-bears-picnic", "1234567890"


@dataclass
class Toyland:
    """What is there, and how it behaves."""

    url: str = ""
    ahead: float = 0
    """Seconds by which its clock is ahead of the machine's."""
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    falls_silent: bool = False
    """Whether it says nothing more from the next post on, which it keeps."""
    silent: bool = False

    def now(self) -> float:
        return time.time() + self.ahead


def _handler(land: Toyland) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(200, {})

        def do_GET(self) -> None:
            if self._may():
                whole = {"number": 7} if "/" not in self.path[1:] else land.posts.get(self._key)
                self._answer(404 if whole is None else 200, whole)

        def do_PUT(self) -> None:
            if self._may():
                document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                land.silent = land.falls_silent
                status = 409 if self._key in land.posts else 200
                self._answer(status, land.posts.setdefault(self._key, {**document, "at": land.now()}))

        def do_DELETE(self) -> None:
            if self._may():
                self._answer(200 if land.posts.pop(self._key, None) else 404, {})

        @property
        def _key(self) -> str:
            return self.path.rpartition("/")[2]

        def _may(self) -> bool:
            knows = (self.headers["Club"], self.headers["Key"]) == (CLUB, KEY)
            if not knows:
                self._answer(401, {})
            return knows

        def _answer(self, status: int, document: Any) -> None:
            if land.silent:
                self.close_connection = True
                return
            content = json.dumps(document).encode() if self.command != "HEAD" else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(land.now(), usegmt=True)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def toyland() -> Iterator[Toyland]:
    land = Toyland()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(land)) as server:
        land.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield land
        finally:
            server.shutdown()
