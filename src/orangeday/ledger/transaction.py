"""A transaction of the ledger that writes: each change in it leaves a line in the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from orangeday.clock import Clock
from orangeday.ledger.postgres import Postgres
from orangeday.ledger.records import ALL_ACCOUNTS, PROGRAM_ACTOR, Pause
from orangeday.ledger.schema import INSERT_EVENT, pause_table
from orangeday.ledger.sqlite import Sqlite
from orangeday.system import credentials


class Transaction:
    """One transaction that writes, by one person or program on one machine."""

    def __init__(
        self, connection: sa.Connection, store: Sqlite | Postgres, clock: Clock, actor: str, machine: str
    ) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.commit = connection.commit
        self.store = store
        self.clock = clock
        self.actor = actor
        self.machine = machine
        self.last_event: tuple[int, datetime] | None = None
        """The number and moment of the last line that this transaction has added to the log."""
        self.is_new_server = False
        """True if this transaction found that another server has taken the ledger over."""

    def log(self, action: str, key: str | None, detail: str | None, actor: str | None = None) -> None:
        """Add a line to the log, by `actor`, or by the person or program of this transaction."""
        now = self.clock()
        line = {"at": now, "what": action, "key": key, "detail": without_secrets(detail)}
        line |= {"who": actor or self.actor, "machine": self.machine}
        self.last_event = self.store.log(self.connection, INSERT_EVENT, line), now

    def upsert(self, table: sa.Table, *rows: Mapping[str, Any]) -> None:
        """Insert rows, and replace those that have the same primary key."""
        insert = self.store.insert(table)
        keys = [column.name for column in table.primary_key]
        updates = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
        self.execute(insert.on_conflict_do_update(index_elements=keys, set_=updates), list(rows))

    def add(self, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Insert a row unless a unique index has one like it. Return whether it was inserted."""
        # SQLAlchemy doesn't ask how many rows an insert made, unless it is told to.
        insert = self.store.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        return self.execute(insert, row).rowcount > 0

    def pause(self, scope: str, reason: str, actor: str | None = None) -> Pause | None:
        """Start a pause, by `actor`, or by the person or program of this transaction.

        Return it, or None where one with this scope is in force already.
        """
        self.store.lock_for_pausing(self.connection)
        pause = Pause(scope, self.clock(), reason, actor or self.actor)
        row = {"scope": scope, "since": pause.since, "reason": reason, "who": pause.actor}
        if not self.add(pause_table, row):
            return None
        self.log("paused", None, f"{scope}: {reason}", pause.actor)
        return pause

    def pause_automatically(self, reason: str) -> Pause | None:
        """Start a pause for everything that no person has asked for. Return it, or None if one is in force."""
        return self.pause(ALL_ACCOUNTS, reason, PROGRAM_ACTOR)


def without_secrets(text: str | None) -> str | None:
    """Return a message, which may quote a server, without any credential that this program knows."""
    return text and credentials.redact(text)
