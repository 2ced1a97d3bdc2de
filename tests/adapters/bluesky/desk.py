"""A small campaign with a real Bluesky account, for the tests of the adapter."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orangeday.adapters.base import Payload
from orangeday.adapters.bluesky import adapter as bluesky
from orangeday.adapters.contract import ARMED_AT
from orangeday.clock import system_clock
from orangeday.content.plan import Delivery
from orangeday.system import machine

from ...servers.bluesky_server import Account as Login
from ...servers.bluesky_server import Server
from ...servers.faulty_proxy import Proxy
from ...support import campaigns
from ...support.written_campaign import WrittenCampaign


@dataclass
class Desk:
    """A small campaign of one embassy with a real account, reached through a proxy that keeps what it sees."""

    folder: Path
    pds: Server
    login: Login
    proxy: Proxy
    files: dict[str, str] = field(default_factory=lambda: campaigns.files(["en", "fr"]))
    pictures: dict[str, bytes] = field(default_factory=dict)
    _written: WrittenCampaign = field(default_factory=WrittenCampaign)

    def delivery(self, day: int = 1, language: str = "en") -> Delivery:
        files = campaigns.on_bluesky(self.files, self.proxy.url, nairobi=self.login.handle)
        found = self._written.plan(self.folder, files).find(f"16days-2026/{day:02}/nairobi/bluesky/{language}")
        assert found
        return found

    def connect(self, password: str | None = None) -> bluesky.Bluesky:
        of = self.delivery()
        credentials = {"APP_PASSWORD": password or self.login.app_password}
        return bluesky.connect(of.account, credentials, system_clock)

    def prepare(self, day: int = 1, language: str = "en", generation: int = 0) -> Payload:
        return self.connect().prepare(self.delivery(day, language), self.pictures, generation, ARMED_AT)

    def record(self, day: int = 1, language: str = "en") -> dict[str, Any]:
        """What the server has, once it is published."""
        sent = self.prepare(day, language)
        receipt = self.connect().publish(sent, ARMED_AT)
        (record,) = self.pds.records(self.login.did).values()
        assert record == sent.document["record"]
        assert receipt.id == f"at://{self.login.did}/app.bsky.feed.post/{sent.document['rkey']}"
        return record

    def count(self, name: str) -> int:
        return len(self.proxy.named(name))

    @property
    def session(self) -> Path:
        (file,) = (machine.state_folder() / "sessions").glob("*.json")
        return file
