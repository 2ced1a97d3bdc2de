"""The queries that any transaction of the ledger may make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy as sa

from orangeday.adapters.base import Receipt
from orangeday.ledger.records import Pause, Row, Withdrawal
from orangeday.ledger.schema import PAUSES, WITHDRAWALS, delivery_table, event_table, sweep_table

HELD, NEXT_STEP = "held", "next step"
"""The actions of two kinds of lines in the log. The first says what keeps a Delivery back, by its key; the second what
a person is to do so that an account can go on, by the account's name."""


def rows_where(
    connection: sa.Connection, column: sa.Column[Any], values: Iterable[str], *conditions: sa.ColumnElement[bool]
) -> dict[str, Row]:
    """Return the rows in which `column` has one of these values, by key."""
    query = _rows_query(column, conditions)
    return {
        row["key"]: build_row(row)
        for part in split_values(values)
        for row in connection.execute(query, {"values": part}).mappings()
    }


@cache
def _rows_query(column: sa.Column[Any], conditions: tuple[sa.ColumnElement[bool], ...]) -> sa.Select[Any]:
    """Return the query, put together once for each column: that takes longer than the answer of SQLite."""
    return sa.select(delivery_table).where(is_in_values(column), *conditions)


def is_in_values(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column has one of the values of the parameter `values`."""
    return column.in_(sa.bindparam("values", type_=column.type, expanding=True))


def build_row(row: Mapping[Any, Any]) -> Row:
    """Return a Row made of its columns by name."""
    receipt = None
    if row["receipt_id"] is not None:
        receipt = Receipt(row["receipt_id"], row["receipt_url"], row["published"])
    return Row(receipt=receipt, **{name: row[name] for name in _ROW_NAMES})


_ROW_NAMES = tuple(name for name in Row.__dataclass_fields__ if name != "receipt")
"""The fields of a Row that are columns by the same name."""


def split_values(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the values in parts that are small enough for a database's limit on parameters."""
    rest = iter(values)
    while part := tuple(islice(rest, 10_000)):
        yield part


def has_seen(connection: sa.Connection, campaign: str) -> bool:
    """Return whether a live run has ever looked for missed posts of this campaign."""
    query = sa.select(sweep_table.c.campaign).where(sweep_table.c.campaign == campaign).limit(1)
    return connection.execute(query).first() is not None


def current_pauses(connection: sa.Connection) -> tuple[Pause, ...]:
    """Return the pauses in force, the oldest first."""
    rows = connection.execute(PAUSES).mappings()
    return tuple(Pause(row["scope"], row["since"], row["reason"], row["who"]) for row in rows)


def current_withdrawals(connection: sa.Connection) -> tuple[Withdrawal, ...]:
    """Return the withdrawals in force, the oldest first."""
    return tuple(Withdrawal(*row) for row in connection.execute(WITHDRAWALS))


def last_details(connection: sa.Connection, action: str, keys: Iterable[str]) -> dict[str, tuple[datetime, str]]:
    """Return the moment and the detail of the last line of the log with this action, by key: of these keys."""
    number = sa.literal_column("id", sa.Integer)
    return {
        row.key: (row.at, row.detail or "")
        for part in split_values(set(keys))
        for row in connection.execute(
            sa.select(event_table.c.key, event_table.c.at, event_table.c.detail)
            .where(event_table.c.key.in_(part), event_table.c.what == action)
            .order_by(number)
        )
    }


def last_event(connection: sa.Connection) -> tuple[int, datetime]:
    """Return the number and moment of the last line of the log; the number is 0 where there is none."""
    number = sa.literal_column("id", sa.Integer)
    last = connection.execute(sa.select(number, event_table.c.at).order_by(number.desc()).limit(1)).one_or_none()
    return (last[0], last[1]) if last else (0, datetime.min.replace(tzinfo=UTC))
