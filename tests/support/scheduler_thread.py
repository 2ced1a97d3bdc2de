"""A real scheduler at work in a thread of its own, on a clock that is put anywhere."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from time_machine import Traveller

from orangeday.adapters.base import Platform
from orangeday.clock import system_clock
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.scheduler import Scheduler
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State


class _Publisher(Publisher):
    began: datetime | None = None
    """When the last sweep did, by the clock that is put anywhere."""

    def publish_due(self, now: datetime) -> list[DeliveryStatus]:
        self.began = now
        return super().publish_due(now)


class AtWork:
    """It has swept once as the `with` begins, and has ended when that does.

    `published` counts deliveries by key, `troubles` is what was told, `swept` when the last sweep began that is over.
    """

    def __init__(
        self,
        clock: Traveller,
        plan: Plan,
        ledger: Ledger,
        connect: Callable[[Account], Platform],
        reload: Callable[[float], Plan] | None = None,
    ) -> None:
        self.clock = clock
        self.ledger = ledger
        self.publisher = _Publisher(plan, ledger, connect, system_clock, reload=reload)
        self.published: Counter[str] = Counter()
        self.troubles: list[str | None] = []
        self.swept: datetime | None = None
        self.stop = threading.Event()
        scheduler = Scheduler(self.publisher, system_clock, on_sweep=self._happened, on_error=self.troubles.append)
        self.thread = threading.Thread(target=scheduler.run, args=(self.stop,), kwargs={"interval": 0.02})

    def _happened(self, touched: list[DeliveryStatus]) -> None:
        self.published.update(s.delivery.key for s in touched if s.state is State.PUBLISHED)
        self.swept = self.publisher.began

    def __enter__(self) -> Self:
        self.thread.start()
        self.until(lambda: self.swept is not None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with closing(self.publisher):
            self.stop.set()
            self.ends()

    def ends(self) -> None:
        """Waits until it has ended."""
        self.thread.join(20)
        assert not self.thread.is_alive()

    @staticmethod
    def until(condition: Callable[[], bool]) -> None:
        """Waits for it, less long than until the next sweep of a scheduler that wasn't woken."""
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def until_swept(self, moment: datetime) -> None:
        """Waits until a sweep is over that began by a clock at that moment, or soon after."""
        self.until(lambda: self.swept is not None and timedelta(0) <= self.swept - moment < timedelta(minutes=1))

    def put(self, moment: datetime) -> None:
        """Sets the clock, and waits for a sweep by it: one of before may still be going on."""
        self.clock.move_to(moment)
        self.until_swept(moment)
