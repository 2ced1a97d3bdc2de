"""The dry-run Platform: it keeps what it is given in a book of its own, and sends nothing anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orangeday.adapters.base import Payload, PlatformError, PostCheck, PostState, Receipt
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.content.plan import Delivery


@dataclass
class DryRun:
    """A connected account of a dry run, and its book."""

    account: Account
    clock: Clock
    book: list[tuple[Payload, Receipt]] = field(default_factory=list)

    @property
    def identity(self) -> str:
        return f"dry-run:{self.account}"

    @property
    def settle_after(self) -> timedelta | None:
        return timedelta(0)  # its book shows a post at once

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed_at: datetime
    ) -> Payload:
        # The publisher has seen to it that a delivery without a sound wording never comes here.
        assert delivery.rendered_text is not None  # noqa: S101
        text = delivery.rendered_text.text
        document = {
            "key": delivery.key,
            "generation": generation,
            "text": text,
            "langs": [delivery.language],
            "created_at": first_armed_at.isoformat(),
            "media": {name: hashlib.sha256(content).hexdigest() for name, content in media.items()},
        }
        return Payload(text, document)

    def publish(self, payload: Payload, armed_at: datetime) -> Receipt:
        number = len(self.book) + 1
        receipt = Receipt(f"dry-run-{number}", f"dry-run:{self.account}/{number}", self.clock())
        self.book.append((payload, receipt))
        return receipt

    def find(self, payloads: Sequence[Payload], since: datetime, excluded_ids: Container[str] = ()) -> Receipt | None:
        documents = [strip_created_at(payload.document) for payload in payloads]
        return next(
            (receipt for book_payload, receipt in self.book if strip_created_at(book_payload.document) in documents),
            None,
        )

    def check_posts(self, posts: Sequence[tuple[Receipt, Sequence[Payload]]]) -> Iterator[PostCheck | PlatformError]:
        payloads_by_id = {receipt.id: payload for payload, receipt in self.book}
        for receipt, payloads in posts:
            if receipt.id not in payloads_by_id:
                yield PostCheck(PostState.GONE)
            elif any(
                strip_created_at(payloads_by_id[receipt.id].document) == strip_created_at(payload.document)
                for payload in payloads
            ):
                yield PostCheck(PostState.UP)
            else:
                yield PostCheck(PostState.CHANGED, payloads_by_id[receipt.id].text)

    def delete(self, receipt: Receipt) -> None:
        self.book = [(payload, book_receipt) for payload, book_receipt in self.book if book_receipt != receipt]


def strip_created_at(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload without its moment of creation: after a ledger was lost, the same post has another."""
    return {**document, "created_at": None}
