"""Dry-run accounts that keep a durable book, and ones that answer as they are told. Small, and honest about it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from orangeday.adapters.base import Payload, Receipt
from orangeday.adapters.dry_run import DryRun, strip_created_at


@dataclass
class DurableDryRun(DryRun):
    """A dry-run account whose book is a file that survives the program: what stands in it "is live"."""

    file: Path = field(kw_only=True)
    slowness: float = 0.0
    """Seconds between the post being live and the answer: where a kill hurts most."""

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        at = self.clock()
        entry = {"account": str(self.account), "payload": dict(sent.document), "at": at.isoformat()}
        with self.file.open("a", encoding="utf-8") as book:
            book.write(json.dumps(entry) + "\n")
            book.flush()
            os.fsync(book.fileno())
        time.sleep(self.slowness)
        return self._receipt(sent, at)

    def find(self, sent: Sequence[Payload], since: datetime, known: Container[str] = ()) -> Receipt | None:
        for entry in entries(self.file):
            for attempt in sent:
                if entry["account"] == str(self.account) and strip_created_at(entry["payload"]) == strip_created_at(
                    attempt.document
                ):
                    return self._receipt(attempt, datetime.fromisoformat(entry["at"]))
        return None

    def _receipt(self, sent: Payload, at: datetime) -> Receipt:
        return Receipt(sent.document["key"], f"book:{sent.document['key']}", at)


def entries(book: Path) -> list[dict[str, Any]]:
    """The whole lines of a book; one that a kill cut short was never live."""
    if not book.exists():
        return []
    return [json.loads(line) for line in book.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]


@dataclass
class Moody(DryRun):
    """A dry-run account that does something first, each time that it is asked to publish."""

    mood: Callable[[Payload], None] = field(kw_only=True)

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        self.mood(sent)
        return super().publish(sent, armed)
