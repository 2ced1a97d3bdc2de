"""A server that takes alerts over HTTP, in place of somebody's telephone."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

SECRET = "s3cret/with@signs"  # noqa: S105


@dataclass
class Receiver:
    """Takes what is sent to it, and says yes or no."""

    port: int = 0
    status: int = 200
    trickles: float = 0
    """So many seconds it takes over the headers of an answer, a little at a time, or until this is 0."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.messages]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if found.status == 200:
                found.messages.append(body)
            found.paths.append(self.path)
            self.send_response(found.status)
            ends = time.monotonic() + found.trickles
            if found.trickles:
                self.flush_headers()
                self.wfile.write(b"X-n: ")
                while found.trickles and time.monotonic() < ends:
                    self.wfile.write(b"y")
                    time.sleep(0.1)
                self.wfile.write(b"\r\n")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
