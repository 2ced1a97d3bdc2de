"""The dry-run Platform: it keeps what it is given in a book of its own, and sends nothing anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orangeday.adapters.base import PlatformError, Receipt, Seen, Sent, There
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.content.plan import Delivery


@dataclass
class DryRun:
    """A connected account of a dry run, and its book."""

    account: Account
    clock: Clock
    book: list[tuple[Sent, Receipt]] = field(default_factory=list)

    @property
    def identity(self) -> str:
        return f"dry-run:{self.account}"

    @property
    def settle_after(self) -> timedelta | None:
        return timedelta(0)  # its book shows a post at once

    def prepare(self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime) -> Sent:
        # The publisher has seen to it that a delivery without a sound wording never comes here.
        assert delivery.wording is not None  # noqa: S101
        text = delivery.wording.text
        payload = {
            "key": delivery.key,
            "generation": generation,
            "text": text,
            "langs": [delivery.language],
            "created_at": first_armed.isoformat(),
            "media": {name: hashlib.sha256(content).hexdigest() for name, content in media.items()},
        }
        return Sent(text, payload)

    def publish(self, sent: Sent, armed: datetime) -> Receipt:
        number = len(self.book) + 1
        receipt = Receipt(f"dry-run-{number}", f"dry-run:{self.account}/{number}", self.clock())
        self.book.append((sent, receipt))
        return receipt

    def find(self, sent: Sequence[Sent], since: datetime, known: Container[str] = ()) -> Receipt | None:
        ours = [undated(attempt.payload) for attempt in sent]
        return next((receipt for posted, receipt in self.book if undated(posted.payload) in ours), None)

    def look(self, posts: Sequence[tuple[Receipt, Sequence[Sent]]]) -> Iterator[Seen | PlatformError]:
        there = {receipt.id: sent for sent, receipt in self.book}
        for receipt, sent in posts:
            if receipt.id not in there:
                yield Seen(There.GONE)
            elif any(undated(there[receipt.id].payload) == undated(attempt.payload) for attempt in sent):
                yield Seen(There.UP)
            else:
                yield Seen(There.CHANGED, there[receipt.id].text)

    def delete(self, receipt: Receipt) -> None:
        self.book = [(sent, posted) for sent, posted in self.book if posted != receipt]


def undated(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload without its moment of creation: after a ledger was lost, the same post has another."""
    return {**payload, "created_at": None}
