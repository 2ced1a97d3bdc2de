"""A transaction of the ledger that writes: each change in it leaves a line in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from orangeday.clock import Clock
from orangeday.ledger.database import Connection
from orangeday.ledger.records import ALL_ACCOUNTS, PROGRAM_ACTOR, Pause
from orangeday.ledger.sqlite import Sqlite
from orangeday.system import credentials

if TYPE_CHECKING:
    from orangeday.ledger.postgres import Postgres


class Transaction:
    """One transaction that writes, by one person or program on one machine."""

    def __init__(
        self, connection: Connection, store: Sqlite | Postgres, clock: Clock, actor: str, machine: str
    ) -> None:
        self.connection = connection
        self.change, self.execute = connection.change, connection.execute
        self.store = store
        self.clock = clock
        self.actor = actor
        self.machine = machine
        self._last_event: tuple[Callable[[], int], datetime] | None = None
        self.answers = connection.first_answers
        """The rows of the answers to the queries that it has begun with."""
        self.is_new_server = False
        """True if this transaction found that another server has taken the ledger over."""

    def log(self, action: str, key: str | None, detail: str | None, actor: str | None = None) -> None:
        """Add a line to the log, by `actor`, or by the person or program of this transaction."""
        now = self.clock()
        number = self.connection.insert_line(
            "event", at=now, what=action, key=key, detail=without_secrets(detail), who=actor or self.actor,
            machine=self.machine,
        )  # fmt: skip
        self._last_event = number, now

    @property
    def last_event(self) -> tuple[int, datetime] | None:
        """The number and moment of the last line that this transaction has added to the log, once it is committed."""
        return self._last_event and (self._last_event[0](), self._last_event[1])

    def pause(self, scope: str, reason: str, actor: str | None = None) -> Pause | None:
        """Start a pause, by `actor`, or by the person or program of this transaction.

        Return it, or None where one with this scope is in force already.
        """
        self.store.lock_for_pausing(self.connection)
        pause = Pause(scope, self.clock(), reason, actor or self.actor)
        if not self.connection.add("pause", scope=scope, since=pause.since, reason=reason, who=pause.actor):
            return None
        self.log("paused", None, f"{scope}: {reason}", pause.actor)
        return pause

    def pause_automatically(self, reason: str) -> Pause | None:
        """Start a pause for everything that no person has asked for. Return it, or None if one is in force."""
        return self.pause(ALL_ACCOUNTS, reason, PROGRAM_ACTOR)


def without_secrets(text: str | None) -> str | None:
    """Return a message, which may quote a server, without any credential that this program knows."""
    return text and credentials.redact(text)
