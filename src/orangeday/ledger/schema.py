"""The tables of the ledger as SQLAlchemy knows them, and the statements around every post.

The meaning of each column is stated in `migrations/`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from orangeday.ledger.states import POSTED_STATES, State


class _Moment(sa.TypeDecorator[datetime]):
    """An aware datetime: in SQLite as text in UTC that sorts as it reads, in PostgreSQL as what it is."""

    impl = sa.String
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        text = dialect.name == "sqlite"
        return dialect.type_descriptor(sa.String() if text else sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value}")
        return value.astimezone(UTC).isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def process_result_value(self, value: str | datetime | None, dialect: sa.Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value and value.astimezone(UTC)


class _WithoutNul(sa.TypeDecorator[str]):
    """Text for PostgreSQL, which takes every character but one."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value.replace("\0", "\ufffd")


_Text = sa.String().with_variant(_WithoutNul(), "postgresql")


def _columns(names: str, kind: type[sa.types.TypeEngine[Any]] | sa.types.TypeEngine[Any]) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names.split()]


_metadata = sa.MetaData()
account_table = sa.Table(
    "account",
    _metadata,
    *_columns("name error", _Text),
    *_columns("first_seen deferred noted", _Moment),
    sa.Column("needs_person", sa.Boolean),
)
delivery_table = sa.Table(
    "delivery",
    _metadata,
    *_columns("key campaign embassy platform language identity script digest same_as error", _Text),
    *_columns("receipt_id receipt_url allowed acknowledged", _Text),
    *_columns("day generation attempts", sa.Integer),
    *_columns("due closes first_armed until noted published", _Moment),
    sa.Column("state", sa.Enum(State, native_enum=False, values_callable=lambda states: list(map(str, states)))),
)
attempt_table = sa.Table(
    "attempt",
    _metadata,
    *_columns("key text payload service outcome error", _Text),
    *_columns("number generation", sa.Integer),
    *_columns("armed ended", _Moment),
)
tombstone_table = sa.Table(
    "tombstone",
    _metadata,
    *_columns("key campaign identity script receipt_id receipt_url who", _Text),
    *_columns("generation day", sa.Integer),
    *_columns("published retracted", _Moment),
)
event_table = sa.Table("event", _metadata, *_columns("what key detail who machine", _Text), sa.Column("at", _Moment))
withdrawal_table = sa.Table(
    "withdrawal",
    _metadata,
    *_columns("campaign language script words who why lifted_by", _Text),
    sa.Column("day", sa.Integer),
    *_columns("at lifted", _Moment),
)
pause_table = sa.Table("pause", _metadata, *_columns("scope reason who", _Text), sa.Column("since", _Moment))
sweep_table = sa.Table(
    "swept", _metadata, *(sa.Column(name, _Text, primary_key=True) for name in ("campaign", "scope")),
    sa.Column("until", _Moment),
)  # fmt: skip
home_table = sa.Table(
    "home", _metadata, sa.Column("only", sa.Integer, primary_key=True),
    *_columns("machine path doubtful timeline", _Text), sa.Column("taken_over", _Moment),
)  # fmt: skip
alarm_table = sa.Table("alarm", _metadata, sa.Column("cause", _Text, primary_key=True), *_columns("seen told", _Moment))
evidence_table = sa.Table(
    "evidence", _metadata, *_columns("key says", _Text), sa.Column("number", sa.Integer), sa.Column("at", _Moment)
)


def in_state(*states: State) -> sa.ColumnElement[bool]:
    """Return the condition for these states, written as in the indexes: with parameters none of them would be used."""
    return delivery_table.c.state.in_([sa.literal_column(f"'{state}'") for state in states])


IN_DOUBT, _IS_POSTED = in_state(State.ARMED, State.UNSURE), in_state(*POSTED_STATES)

# What is asked around every post is put together once: that takes SQLAlchemy longer than SQLite takes to answer.
key_parameter: sa.BindParameter[str] = sa.bindparam("this")
PAUSES = sa.select(pause_table).order_by(pause_table.c.since)
WITHDRAWALS = (
    sa.select(
        *(withdrawal_table.c[name] for name in ("campaign", "day", "language", "script", "words", "at", "who", "why"))
    )
    .where(withdrawal_table.c.lifted.is_(None))
    .order_by(withdrawal_table.c.at)
)
STATE_OF_KEY = (
    sa.select(*(delivery_table.c[name] for name in ("state", "attempts", "allowed", "generation")))
    .where(delivery_table.c.key == key_parameter)
    .with_for_update()  # nothing in SQLite, where there is one writer anyway
)
UPDATE = sa.update(delivery_table).where(delivery_table.c.key == key_parameter)
END_ATTEMPT = sa.update(attempt_table).where(attempt_table.c.key == key_parameter, attempt_table.c.ended.is_(None))
INSERT_ATTEMPT, INSERT_EVENT = sa.insert(attempt_table), sa.insert(event_table)
EVENT_AT = sa.select(event_table.c.what).where(
    sa.literal_column("id", sa.Integer) == sa.bindparam("number"), event_table.c.at == sa.bindparam("moment")
)


def _other_deliveries(table: sa.Table) -> sa.Select[tuple[str]]:
    """Return the query for the keys of the same identity's other Deliveries in a table."""
    campaign, identity = table.c.campaign == sa.bindparam("campaign"), table.c.identity == sa.bindparam("identity")
    return sa.select(table.c.key).where(campaign, identity, table.c.key != key_parameter)


def _same_day_deliveries(table: sa.Table) -> sa.Select[tuple[str]]:
    """Return the query for those of them that have the same day and the same script."""
    return _other_deliveries(table).where(
        table.c.day == sa.bindparam("day"), table.c.script == sa.bindparam("of_script")
    )


_duplicate_keys: sa.CompoundSelect[Any] = sa.union_all(
    _same_day_deliveries(delivery_table).where(_IS_POSTED),
    _other_deliveries(delivery_table).where(delivery_table.c.digest == sa.bindparam("of_digest"), _IS_POSTED),
    _same_day_deliveries(tombstone_table),
).limit(1)
_own_attempt = attempt_table.alias()
_ambiguous_keys = (
    _other_deliveries(delivery_table)
    .join(
        attempt_table,
        sa.and_(attempt_table.c.key == delivery_table.c.key, attempt_table.c.generation == delivery_table.c.generation),
    )
    .where(
        IN_DOUBT,
        sa.or_(
            attempt_table.c.text == sa.bindparam("words"),
            attempt_table.c.text.in_(
                sa.select(_own_attempt.c.text).where(
                    _own_attempt.c.key == key_parameter, _own_attempt.c.generation == sa.bindparam("of_generation")
                )
            ),
        ),
    )
    .limit(1)
)
CONFLICTING_KEYS = sa.select(_duplicate_keys.scalar_subquery(), _ambiguous_keys.scalar_subquery())
"""The query for two keys. The first is of a Delivery with which the identity has posted the same day and script, or the
same text. The second is of a Delivery in doubt tried with a text that this one has tried or is about to try."""
