"""Adapters that fail as no adapter should, and tell in their exception what they were given in confidence."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

from orangeday.adapters.base import Adapter, Payload, PlatformError, PostCheck, Receipt
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.content.plan import Delivery


class Telltale:
    """An account that fails at one of its stages."""

    at: ClassVar[str] = ""
    """The stage: the name of a method, or of what connects and verifies."""
    told: ClassVar[set[str]] = set()
    """The stages at which any of them has failed."""
    settle_after = None

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._credentials = credentials

    @property
    def identity(self) -> str:
        self.tell("identity")
        return "1"

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime
    ) -> Payload:
        self.tell("prepare")
        assert delivery.rendered_text
        return Payload(delivery.rendered_text.text, {"text": delivery.rendered_text.text})

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        self.tell("publish")
        return Receipt("1", "https://example.org/1", armed)

    def find(self, sent: Sequence[Payload], since: datetime, known: Container[str] = ()) -> Receipt | None:
        self.tell("find")
        return None

    def check_posts(self, posts: Sequence[tuple[Receipt, Sequence[Payload]]]) -> Iterator[PostCheck | PlatformError]:
        self.tell("check_posts")
        return iter(())

    def delete(self, receipt: Receipt) -> None:
        self.tell("delete")

    def tell(self, stage: str) -> None:
        if stage == self.at or (stage, self.at) == ("publish", "find"):
            self.told.add(stage)
            told = [*self._credentials.values(), *(quote(value, safe="") for value in self._credentials.values())]
            raise RuntimeError(f"{stage} with {', '.join(told)}")


def connect(account: Account, credentials: Mapping[str, str], clock: Clock) -> Telltale:
    platform = Telltale(credentials)
    platform.tell("connect")
    return platform


def verify(account: Account, credentials: Mapping[str, str], clock: Clock) -> str:
    Telltale(credentials).tell("verify")
    return "1"


def post_id(address: str, identity: str) -> str:
    return address


ADAPTER = Adapter(connect, verify, post_id)
