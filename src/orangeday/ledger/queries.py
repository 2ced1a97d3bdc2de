"""The queries that any transaction of the ledger may make, and the values made of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from orangeday.adapters.base import Receipt
from orangeday.ledger import statements
from orangeday.ledger.database import Connection, moment_of, moment_or_none
from orangeday.ledger.records import HomeRecord, Pause, Row, Withdrawal
from orangeday.ledger.states import State

HELD, NEXT_STEP = "held", "next step"
"""The actions of two kinds of lines in the log. The first says what keeps a Delivery back, by its key; the second what
a person is to do so that an account can go on, by the account's name."""


def build_row(columns: tuple[Any, ...]) -> Row:
    """Return a Row made of its columns, in the order in which the statements name them."""
    (
        key, campaign, day, embassy, platform, language, due, closes, state, generation, attempts, identity,
        first_armed, until, noted_at, same_as, error, allowed_by, known_by, receipt_id, receipt_url, published,
    ) = columns  # fmt: skip
    receipt = None if receipt_id is None else Receipt(receipt_id, receipt_url, moment_of(published))
    return Row(
        key, campaign, day, embassy, platform, language, moment_of(due), moment_of(closes), State(state), generation,
        attempts, identity, moment_or_none(first_armed), moment_or_none(until), moment_or_none(noted_at), same_as,
        error, allowed_by, known_by, receipt,
    )  # fmt: skip


def rows_by_key(rows: Iterable[tuple[Any, ...]]) -> dict[str, Row]:
    """Return Rows made of their columns, by key."""
    return {columns[0]: build_row(columns) for columns in rows}


def has_seen(connection: Connection, campaign: str) -> bool:
    """Return whether a live run has ever looked for missed posts of this campaign."""
    return bool(connection.value(statements.HAS_SEEN, campaign=campaign))


def pauses_of(rows: Iterable[tuple[Any, ...]]) -> tuple[Pause, ...]:
    """Return pauses made of their columns."""
    return tuple(Pause(scope, moment_of(since), reason, actor) for scope, since, reason, actor in rows)


def withdrawals_of(rows: Iterable[tuple[Any, ...]]) -> tuple[Withdrawal, ...]:
    """Return withdrawals made of their columns."""
    return tuple(
        Withdrawal(campaign, day, language, script, embassy, moment_of(moment), actor, reason)
        for campaign, day, language, script, embassy, moment, actor, reason in rows
    )


def details_of(rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[datetime, str]]:
    """Return moments and details made of the columns of lines of the log, by key: of the last one that is given."""
    return {key: (moment_of(moment), detail or "") for key, moment, detail in rows}


def last_event(connection: Connection) -> tuple[int, datetime]:
    """Return the number and moment of the last line of the log; the number is 0 where there is none."""
    return last_event_of(connection.rows(statements.LAST_EVENT))


def last_event_of(rows: Sequence[tuple[Any, ...]]) -> tuple[int, datetime]:
    """Return the number and moment made of the columns of the last line, where there is one."""
    return (rows[0][0], moment_of(rows[0][1])) if rows else (0, datetime.min.replace(tzinfo=UTC))


def home_record(connection: Connection) -> HomeRecord | None:
    """Return the record of the ledger's home, or None."""
    row = connection.row(statements.HOME)
    return HomeRecord(row[0], row[1], row[2], row[3], moment_or_none(row[4])) if row else None
