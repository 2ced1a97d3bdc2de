"""Accounts that misbehave as they are told, and keep their own truth: a book that survives whatever happens to us."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from orangeday.adapters.base import Deferred, Payload, Receipt, Refused, Unsure
from orangeday.content.plan import Delivery

from .dry_run_accounts import DurableDryRun, entries

AGAIN_AND_AGAIN = ("refuses", "never answers", "is unsure")
"""A mood is over once it was lived out, but for these."""


@dataclass
class Misbehaving(DurableDryRun):
    """A durable account in a mood for each delivery, by how its key ends: `x/en`, `kampala/x/en`.

    `MOOD preparing` lives it out before anything is armed, `MOOD before` with nothing live yet, `MOOD after` when the
    post is live and the answer still to come.
    """

    moods: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        return f"{self.account.platform}:{self.account.handle}"  # whatever the embassy is called

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime
    ) -> Payload:
        sent = super().prepare(delivery, media, generation, first_armed)
        self._live_out(self._mood(sent).removesuffix(" preparing"), sent)
        return sent

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        mood = self._mood(sent)
        self._live_out(mood.removesuffix(" before"), sent)
        if mood == "oversleeps before" and self.clock() - armed > timedelta(minutes=5):
            raise Refused("the request was signed too long ago")
        receipt = super().publish(sent, armed)
        self._live_out(mood.removesuffix(" after"), sent)
        return receipt

    def find(self, sent: Sequence[Payload], since: datetime, known: Container[str] = ()) -> Receipt | None:
        if self._mood(sent[0]) == "never answers":
            raise Unsure("no answer either")
        return super().find(sent, since, known)

    def _mood(self, sent: Payload) -> str:
        return next((mood for of, mood in self.moods.items() if sent.document["key"].endswith(f"/{of}")), "")

    def _live_out(self, mood: str, sent: Payload) -> None:
        """Does what the mood is; nothing, where another moment is meant."""
        act = ACTS.get(mood)
        if act is None:
            return
        if mood not in AGAIN_AND_AGAIN:
            done = self.file.with_name(f"{sent.document['key'].replace('/', '-')}.{mood}")
            if done.exists():
                return
            done.touch()
        act(self, sent)

    def _refuse(self, sent: Payload) -> None:
        raise Refused("the text is forbidden")

    def _defer(self, sent: Payload) -> None:
        raise Deferred("busy", self.clock() + timedelta(minutes=2))

    def _lose(self, sent: Payload) -> None:
        raise Unsure("no answer came")

    def _break(self, sent: Payload) -> None:
        raise KeyError("an SDK's own mistake")

    def _die(self, sent: Payload) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _hang_and_break(self, sent: Payload) -> None:
        self._hang(sent)
        self._break(sent)

    def _hang(self, sent: Payload) -> None:
        """Says that it hangs, and does so until it may go on."""
        (self.file.parent / "hangs").touch()
        deadline = time.monotonic() + 60
        while not (self.file.parent / "go-on").exists():
            assert time.monotonic() < deadline, "nobody let it go on"
            time.sleep(0.005)


ACTS: Mapping[str, Callable[[Misbehaving, Payload], None]] = {
    "refuses": Misbehaving._refuse,
    "defers": Misbehaving._defer,
    "loses": Misbehaving._lose,
    "is unsure": Misbehaving._lose,
    "never answers": Misbehaving._lose,
    "breaks": Misbehaving._break,
    "dies": Misbehaving._die,
    "hangs": Misbehaving._hang,
    "hangs and breaks": Misbehaving._hang_and_break,
    "oversleeps": Misbehaving._hang,
}


def live(folder: Path) -> Counter[str]:
    """How often each delivery is live, as the accounts' own books say."""
    return Counter(entry["payload"]["key"] for book in folder.glob("*.book") for entry in entries(book))
