"""What the tables of outcomes share: a clock that the program and its server have in common, and a witness."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import time_machine

from orangeday.adapters.base import Payload, Platform, PlatformError, PostCheck, Receipt
from orangeday.clock import system_clock
from orangeday.content.plan import Delivery

from ..support.offset_clock import ahead

T = TypeVar("T")


class Shifted(Protocol):
    """A server whose clock can be put ahead."""

    def shift(self, seconds: float) -> None:
        """By so many seconds."""


class Time:
    """The program's clock and the server's, moved together."""

    def __init__(self, server: Shifted) -> None:
        self._server = server
        self._traveller: time_machine.travel | None = None

    def go(self, moment: datetime) -> None:
        self.stop()
        self._server.shift(ahead(moment))
        self._traveller = time_machine.travel(moment, tick=True)
        self._traveller.start()

    def on(self, **by: float) -> None:
        self.go(system_clock() + timedelta(**by))

    def stop(self) -> None:
        if self._traveller:
            self._traveller.stop()
            self._traveller = None


@dataclass
class Witness:
    """A Platform that notes how what it was asked ended."""

    platform: Platform
    outcomes: list[PlatformError]

    @property
    def identity(self) -> str:
        return self.platform.identity

    @property
    def settle_after(self) -> timedelta | None:
        return self.platform.settle_after

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime
    ) -> Payload:
        return self._noted(lambda: self.platform.prepare(delivery, media, generation, first_armed))

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        return self._noted(lambda: self.platform.publish(sent, armed))

    def find(self, sent: Sequence[Payload], since: datetime, known: Container[str] = ()) -> Receipt | None:
        return self._noted(lambda: self.platform.find(sent, since, known))

    def check_posts(self, posts: Sequence[tuple[Receipt, Sequence[Payload]]]) -> Iterator[PostCheck | PlatformError]:
        return self.platform.check_posts(posts)

    def delete(self, receipt: Receipt) -> None:
        self._noted(lambda: self.platform.delete(receipt))

    def _noted(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except PlatformError as outcome:
            self.outcomes.append(outcome)
            raise
