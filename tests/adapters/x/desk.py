"""A small campaign with an account on the stand-in for X, for the tests of the adapter."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from PIL import Image

from orangeday.adapters.base import Payload, Receipt
from orangeday.adapters.contract import ARMED_AT
from orangeday.adapters.x import adapter
from orangeday.clock import system_clock
from orangeday.content.plan import Delivery

from ...servers.x_server import XAccount, XServer
from ...support import campaigns
from ...support.offset_clock import ahead
from ...support.written_campaign import WrittenCampaign


def png(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, "PNG")
    return content.getvalue()


@dataclass
class Desk:
    """A small campaign of one embassy with an account on the stand-in."""

    folder: Path
    x: XServer
    login: XAccount
    files: dict[str, str] = field(default_factory=campaigns.files)
    pictures: dict[str, bytes] = field(default_factory=dict)
    clock: Callable[[], datetime] = system_clock
    _written: WrittenCampaign = field(default_factory=WrittenCampaign)

    def describe(self, **alts: str) -> None:
        """The pictures of day 1 are those in hand, with these alt texts: by the stem of their names."""
        self.files["posts/01-day/day.toml"] += f"media = {json.dumps(list(self.pictures))}\n"
        described = "".join(f'"media/{stem}.png" = "{alt}"\n' for stem, alt in alts.items())
        self.files["posts/01-day/en.toml"] += f"[alt]\n{described}"

    def delivery(self, day: int = 1) -> Delivery:
        files = campaigns.on_x(self.files, self.x.url, nairobi=self.login.handle)
        found = self._written.plan(self.folder, files).find(f"16days-2026/{day:02}/nairobi/x/en")
        assert found
        return found

    def connect(self, **credentials: str) -> adapter.X:
        of = self.delivery()
        return adapter.connect(of.account, self.x.credentials(self.login) | credentials, self.clock)

    def says(self, platform: adapter.X, text: str, *media: str) -> Receipt:
        return platform.publish(sent(text, *media), system_clock())

    def texts(self) -> list[str]:
        return [post.text for post in self.x.posts(self.login)]

    def count(self, name: str) -> int:
        return len(self.x.named(name))


def sent(text: str, *media: str) -> Payload:
    return Payload(text, {"text": text, **({"media_ids": list(media)} if media else {})})


@contextmanager
def moved_to(x: XServer, moment: datetime, server_ahead: timedelta = timedelta(0)) -> Iterator[None]:
    """Our clock and the server's together, or the server's a little more."""
    before = x._shifted
    with time_machine.travel(moment, tick=True):
        x.shift(ahead(system_clock() + server_ahead))  # of one instant, however long it takes
        yield
    x.shift(before)


@pytest.fixture
def desk(tmp_path: Path, x: XServer) -> Iterator[Desk]:
    x.limits.user_window = 10_000
    with moved_to(x, ARMED_AT):
        yield Desk(tmp_path, x, x.account())
