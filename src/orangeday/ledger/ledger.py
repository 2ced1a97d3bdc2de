"""The Ledger: what has happened, durably. One row for every Delivery ever touched, its attempts, and an event log.

That nothing is armed twice is a fact of the database: its transactions, its unique indexes, and one lock per account.
The tables, and what each column means, are in `migrations/`. It lies in a SQLite file, or on a PostgreSQL server: all
in which the two differ is in `sqlite.py` and `postgres.py`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from orangeday.adapters.base import Receipt, Sent
from orangeday.clock import Clock, first_day_of
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger.sqlite import Sqlite, SqliteToRead
from orangeday.system import credentials, machine
from orangeday.text.language import language_script

if TYPE_CHECKING:
    from orangeday.content.plan import Delivery
    from orangeday.ledger.postgres import Postgres


class State(StrEnum):
    """What a Delivery can be. The ledger stores the first seven; `standing.py` derives the others."""

    ARMED = "armed"  # committed, and about to be sent
    PUBLISHED = "published"  # the platform has proved it
    DEFERRED = "deferred"  # certainly not published; tried again at a given time
    REFUSED = "refused"  # certainly not published; a person must act
    UNSURE = "unsure"  # perhaps published; only reading back, or a person, may decide
    MISSED = "missed"  # its window passed
    RETRACTED = "retracted"  # it was published, and was taken down
    SCHEDULED = "scheduled"  # not due, or due with its window open
    HELD = "held"  # due, but unapproved, paused, or concerned by an error in the files
    PAST = "past"  # its window closed before this ledger first saw its account


_LEADS_TO: dict[State | None, frozenset[State]] = {
    None: frozenset({State.ARMED, State.DEFERRED, State.REFUSED, State.MISSED}),
    State.ARMED: frozenset({State.PUBLISHED, State.DEFERRED, State.REFUSED, State.UNSURE}),
    State.DEFERRED: frozenset({State.ARMED, State.DEFERRED, State.REFUSED, State.MISSED, State.PUBLISHED}),
    State.UNSURE: frozenset({State.PUBLISHED, State.DEFERRED, State.REFUSED, State.UNSURE}),
    State.MISSED: frozenset({State.ARMED, State.DEFERRED, State.REFUSED, State.PUBLISHED}),
    State.REFUSED: frozenset({State.PUBLISHED}),
    State.PUBLISHED: frozenset({State.RETRACTED}),
    State.RETRACTED: frozenset(),
}
"""The arrows of the state diagram; None is a Delivery without a row. What isn't here can't be recorded.

A receipt that comes late, to a sender whose lock was taken away, is proof all the same: it is never thrown away.
"""

_A_WHILE = timedelta(hours=1)
_FORGOTTEN = (
    "the server has forgotten what this machine told it: it seems to come from a backup, or a standby took over that "
    "lagged behind"
)
_LOOK = "Look at the accounts, then `orangeday resume`"
_NOT_SHOWN, _THERE_ALREADY = "not shown", "there already"
"""What evidence says of an attempt that ended in doubt."""

_IF_ALLOWED = frozenset({State.ARMED, State.DEFERRED, State.REFUSED})
"""Where `refused` and `retracted` lead once a person has allowed it, by `retry` or by `retract --replace`."""

_SAYING = (State.ARMED, State.PUBLISHED, State.UNSURE, State.RETRACTED)
"""Here it has been said, or may have been: no other row may say the same."""


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


_tables = sa.MetaData()
_account = sa.Table(
    "account",
    _tables,
    *_columns("name error", _Text),
    *_columns("first_seen deferred noted", _Moment),
    sa.Column("needs_person", sa.Boolean),
)
_delivery = sa.Table(
    "delivery",
    _tables,
    *_columns("key campaign embassy platform language identity script digest same_as error", _Text),
    *_columns("receipt_id receipt_url allowed acknowledged", _Text),
    *_columns("day generation attempts", sa.Integer),
    *_columns("due closes first_armed until noted published", _Moment),
    sa.Column("state", sa.Enum(State, native_enum=False, values_callable=lambda states: list(map(str, states)))),
)
_attempt = sa.Table(
    "attempt",
    _tables,
    *_columns("key text payload service outcome error", _Text),
    *_columns("number generation", sa.Integer),
    *_columns("armed ended", _Moment),
)
_tombstone = sa.Table(
    "tombstone",
    _tables,
    *_columns("key campaign identity script receipt_id receipt_url who", _Text),
    *_columns("generation day", sa.Integer),
    *_columns("published retracted", _Moment),
)
_event = sa.Table("event", _tables, *_columns("what key detail who machine", _Text), sa.Column("at", _Moment))
_withdrawal = sa.Table(
    "withdrawal",
    _tables,
    *_columns("campaign language script words who why lifted_by", _Text),
    sa.Column("day", sa.Integer),
    *_columns("at lifted", _Moment),
)
_pause = sa.Table("pause", _tables, *_columns("scope reason who", _Text), sa.Column("since", _Moment))
_swept = sa.Table(
    "swept", _tables, *(sa.Column(name, _Text, primary_key=True) for name in ("campaign", "scope")),
    sa.Column("until", _Moment),
)  # fmt: skip
_home = sa.Table(
    "home", _tables, sa.Column("only", sa.Integer, primary_key=True),
    *_columns("machine path doubtful timeline", _Text), sa.Column("taken_over", _Moment),
)  # fmt: skip
_alarm = sa.Table("alarm", _tables, sa.Column("cause", _Text, primary_key=True), *_columns("seen told", _Moment))
_evidence = sa.Table(
    "evidence", _tables, *_columns("key says", _Text), sa.Column("number", sa.Integer), sa.Column("at", _Moment)
)


def _is(*states: State) -> sa.ColumnElement[bool]:
    """In one of these states, written as the indexes have it: with parameters none of them would be used."""
    return _delivery.c.state.in_([sa.literal_column(f"'{state}'") for state in states])


_IN_DOUBT, _SAYS = _is(State.ARMED, State.UNSURE), _is(*_SAYING)

# What is asked around every post is put together once: that takes SQLAlchemy longer than SQLite takes to answer.
_this: sa.BindParameter[str] = sa.bindparam("this")
_PAUSES = sa.select(_pause).order_by(_pause.c.since)
_WITHDRAWALS = (
    sa.select(*(_withdrawal.c[name] for name in ("campaign", "day", "language", "script", "words", "at", "who", "why")))
    .where(_withdrawal.c.lifted.is_(None))
    .order_by(_withdrawal.c.at)
)
_WHERE_IT_IS = (
    sa.select(*(_delivery.c[name] for name in ("state", "attempts", "allowed", "generation")))
    .where(_delivery.c.key == _this)
    .with_for_update()  # nothing in SQLite, where there is one writer anyway
)
_UPDATE = sa.update(_delivery).where(_delivery.c.key == _this)
_END_ATTEMPT = sa.update(_attempt).where(_attempt.c.key == _this, _attempt.c.ended.is_(None))
_INSERT_ATTEMPT, _INSERT_EVENT = sa.insert(_attempt), sa.insert(_event)
_LINE = sa.select(_event.c.what).where(
    sa.literal_column("id", sa.Integer) == sa.bindparam("number"), _event.c.at == sa.bindparam("moment")
)


def _others(table: sa.Table) -> sa.Select[tuple[str]]:
    """The keys of the same identity's other deliveries."""
    campaign, identity = table.c.campaign == sa.bindparam("campaign"), table.c.identity == sa.bindparam("identity")
    return sa.select(table.c.key).where(campaign, identity, table.c.key != _this)


def _of_the_day(table: sa.Table) -> sa.Select[tuple[str]]:
    """Those that say the same day in the same script."""
    return _others(table).where(table.c.day == sa.bindparam("day"), table.c.script == sa.bindparam("of_script"))


_said: sa.CompoundSelect[Any] = sa.union_all(
    _of_the_day(_delivery).where(_SAYS),
    _others(_delivery).where(_delivery.c.digest == sa.bindparam("of_digest"), _SAYS),
    _of_the_day(_tombstone),
).limit(1)
_tried = _attempt.alias()
_tried_alike = (
    _others(_delivery)
    .join(_attempt, sa.and_(_attempt.c.key == _delivery.c.key, _attempt.c.generation == _delivery.c.generation))
    .where(
        _IN_DOUBT,
        sa.or_(
            _attempt.c.text == sa.bindparam("words"),
            _attempt.c.text.in_(
                sa.select(_tried.c.text).where(
                    _tried.c.key == _this, _tried.c.generation == sa.bindparam("of_generation")
                )
            ),
        ),
    )
    .limit(1)
)
_ALIKE = sa.select(_said.scalar_subquery(), _tried_alike.scalar_subquery())
"""Two keys: under which an identity has said a day in a language, or a text, already; and of what is in doubt, and was
tried with words that this delivery has tried or is about to."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the ledger knows of one Delivery."""

    key: str
    campaign: str
    day: int
    embassy: str
    platform: str
    language: str
    due: datetime
    closes: datetime
    state: State
    generation: int
    attempts: int
    identity: str | None
    first_armed: datetime | None
    until: datetime | None
    noted: datetime | None
    """When `until` was noted."""
    same_as: str | None
    error: str | None
    allowed: str | None
    acknowledged: str | None
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known of a Delivery that may or may not be live."""

    sent: Sequence[Sent]
    """Every payload that was frozen for it in its present generation, the first one first."""
    since: datetime
    """When its last attempt ended in doubt."""
    services: frozenset[str | None]
    """The addresses of the services that these were sent to; None for one that wasn't kept."""
    not_shown: Sequence[datetime]
    """When the account was read back since then, and didn't show it."""
    there_already: bool
    """The platform refused it as one that is there."""
    apart: timedelta = timedelta(0)
    """By how much the clock that wrote these moments may differ from the one that reads them."""


@dataclass(frozen=True, slots=True)
class AccountNote:
    """What the ledger knows of one Account."""

    first_seen: datetime
    deferred: datetime | None
    noted: datetime | None
    """When `deferred` was noted."""
    error: str | None
    needs_person: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """A brake that is on: for everything, an embassy, a platform, or one account."""

    scope: str
    since: datetime
    reason: str
    who: str

    def __str__(self) -> str:
        reason = f": {' '.join(self.reason.split())}" if self.reason else ""  # in a line, whatever was typed
        return f"paused since {self.since:%Y-%m-%d %H:%M} UTC by {self.who}{reason}"

    def covers(self, embassy: str, platform: str) -> bool:
        return self.scope in (EVERYTHING, embassy, platform, f"{embassy}/{platform}")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A text that a person took down: nothing of it is posted in this campaign until a person lifts it."""

    campaign: str
    day: int
    language: str
    script: str
    words: str
    """The embassy whose own words they are; "" where they are everybody's."""
    at: datetime
    who: str
    why: str

    def __str__(self) -> str:
        why = f": {self.why}" if self.why else ""
        return f"withdrawn by {self.who} on {self.at:%Y-%m-%d %H:%M} UTC{why}"

    def covers(self, delivery: Delivery) -> bool:
        """Whether a delivery would say this text."""
        own = delivery.translation.embassy if delivery.translation else None
        same_day = (self.campaign, self.day) == (delivery.plan.campaign_id, delivery.number)
        return same_day and self.words == (own or "") and self.script == language_script(delivery.language)


@dataclass(frozen=True, slots=True)
class TakenDown:
    """A post that was taken down."""

    key: str
    day: int
    script: str
    generation: int
    retracted: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log: what happened, and by whose hand."""

    at: datetime
    what: str
    key: str | None
    detail: str | None
    who: str
    machine: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows, as it is at one moment."""

    rows: Mapping[str, Row]
    accounts: Mapping[str, AccountNote]
    pauses: Sequence[Pause]
    withdrawals: Sequence[Withdrawal] = ()


EVERYTHING = "everything"
ITSELF = "orangeday"
"""Who has put a pause on that no person has."""


class Home(StrEnum):
    """How a live run finds a ledger."""

    FAMILIAR = "familiar"  # nothing speaks against what it says
    NEW = "new"  # its campaign is running, and nothing was ever kept in it
    STRANGE = "strange"  # it was lost, moved, copied or restored, or has never heard of the campaign that is running


@dataclass(frozen=True, slots=True)
class Settled:
    """How a live run has found a ledger, and the pause that it has put on for that; None where it has put none on."""

    home: Home
    pause: Pause | None = None


class NotArmed(Exception):
    """The ledger would not arm a Delivery: it is paused, or another hand has moved it on."""


class Entangled(NotArmed):
    """Another Delivery in doubt was tried with the same words: reading back couldn't tell the one from the other."""


class AlreadySaid(Exception):
    """This identity has said this, or may have, under another key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"already went out as {key}")
        self.key = key


class Hold(Protocol):
    """The lock of one account's identity. While it is ours, nobody else arms or sends for that account."""

    def still_ours(self) -> bool: ...
    def release(self) -> None: ...


def _store(url: str, durable: bool, read_only: bool = False) -> Sqlite | Postgres:
    """Where an address leads. Raises LedgerError."""
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # which may say it, password and all
        raise LedgerError("[ledger] url in the config is no address. Write sqlite:///orangeday.db.") from None
    if address.get_backend_name() == "postgresql":
        from orangeday.ledger.postgres import (  # only where used: nobody else has to wait for it
            Postgres,
            PostgresToRead,
        )

        return PostgresToRead(address) if read_only else Postgres(address)
    if address.get_backend_name() != "sqlite" or not address.database:
        # An address may have a password in it, which its own repr hides.
        raise LedgerError(
            f"{address!r}: a ledger is kept in a SQLite file or on a PostgreSQL server. Write sqlite:///orangeday.db."
        )
    return SqliteToRead(address) if read_only else Sqlite(address, durable=durable)


class Ledger:
    """The ledger, opened: by each program that asks, on one machine or, on a server, on several."""

    def __init__(
        self, url: str, clock: Clock, *, durable: bool = True, who: str | None = None, read_only: bool = False
    ) -> None:
        """Opens the ledger, or makes it. Raises LedgerError.

        `durable=False` is for a ledger that is thrown away: it doesn't wait for the disk. `who` acts; left out, it is
        the operating system's user. One that is `read_only` has to be there; the right to read it is enough, an older
        version's is read as well, and nothing is changed in it or beside it.
        """
        self._store = _store(url, durable, read_only)
        # What a lost connection means is said by whoever needed it; these would say it too, with a traceback.
        for library in ("sqlalchemy.pool", "psycopg"):
            logging.getLogger(library).setLevel(logging.CRITICAL)
        self._clock = clock
        self.who, self._machine = who or machine.user(), machine.name()
        self._bookmark: machine.Bookmark | None = None
        self._must_remember = False
        self.unremembered: str | None = None
        """Why what was written isn't remembered outside of the ledger, where it should be."""
        self.paused_itself = False
        """Whether a pause was put on here that nobody asked for."""
        self._timeline: str | None = None
        # SQLAlchemy doesn't ask how many rows an insert made, unless it is told to.
        counted = {"preserve_rowcount": True}
        self._begin = self._store.insert(_delivery).on_conflict_do_nothing(index_elements=["key"])
        self._begin = self._begin.execution_options(**counted)
        self._put_on = self._store.insert(_pause).on_conflict_do_nothing().execution_options(**counted)
        self._withdraw = self._store.insert(_withdrawal).on_conflict_do_nothing().execution_options(**counted)
        try:
            self._store.open()
        except BaseException:
            self._store.close()
            raise

    def close(self) -> None:
        self._store.close()

    @property
    def where(self) -> str:
        """As an officer knows it: a file, or a database and its server's name."""
        return self._store.where

    # Locks

    @contextmanager
    def hold(self, identity: str) -> Iterator[Hold | None]:
        """Holds the lock of an identity, or gives None where another hand has it. Never waits."""
        hold = self._store.hold(identity)
        try:
            yield hold
        finally:
            if hold:
                hold.release()

    # Reading

    def known(self, keys: Iterable[str], accounts: Iterable[str]) -> Known:
        """All that bears on these Deliveries and Accounts, as it is at one moment."""
        with self._reading() as connection:
            rows = self._rows(connection, _delivery.c.key, keys)
            rows |= self._rows(connection, _delivery.c.key, [row.same_as for row in rows.values() if row.same_as])
            notes = {
                row["name"]: AccountNote(**{name: row[name] for name in AccountNote.__dataclass_fields__})
                for some in _in_parts(set(accounts))
                for row in connection.execute(sa.select(_account).where(_account.c.name.in_(some))).mappings()
            }
            return Known(rows, notes, self._pauses(connection), self._withdrawals(connection))

    def rows(self, keys: Iterable[str]) -> dict[str, Row]:
        """The rows of these keys, where there are any."""
        with self._reading() as connection:
            return self._rows(connection, _delivery.c.key, keys)

    def campaign(self, campaign: str) -> dict[str, Row]:
        """Every row of a campaign, by key."""
        with self._reading() as connection:
            return self._rows(connection, _delivery.c.campaign, [campaign])

    def in_doubt(self, campaign: str) -> dict[str, Row]:
        """The rows that may or may not be live: armed and unsure ones."""
        with self._reading() as connection:
            return self._rows(connection, _delivery.c.campaign, [campaign], _IN_DOUBT)

    def in_flight(self, covers: Callable[[Row], bool]) -> list[Row]:
        """The armed rows that somebody is sending right now: their account's lock is held."""
        with self._reading() as connection:
            armed = sa.select(_delivery).where(_IN_DOUBT, _delivery.c.state == State.ARMED)
            rows = [_row(dict(row)) for row in connection.execute(armed).mappings()]
        flying = []
        for row in filter(covers, rows):
            with self.hold(row.identity or "") as hold:
                if hold is None:
                    flying.append(row)
        return flying

    def doubt(self, row: Row) -> Doubt:
        """What there is to settle an armed or unsure Delivery by."""
        attempts = sa.select(_attempt).where(_attempt.c.key == row.key, _attempt.c.generation == row.generation)
        evidence = sa.select(_evidence).where(_evidence.c.key == row.key)
        with self._reading() as connection:
            tried = connection.execute(attempts.order_by(_attempt.c.number)).mappings().all()
            told = connection.execute(evidence.where(_evidence.c.number == tried[-1]["number"])).mappings().all()
        return Doubt(
            sent=[Sent(attempt["text"], json.loads(attempt["payload"])) for attempt in tried],
            services=frozenset(attempt["service"] for attempt in tried),
            # A clock that was set back between the two makes nothing older than its arming.
            since=max(tried[-1]["armed"], tried[-1]["ended"] or tried[-1]["armed"]),
            not_shown=sorted(line["at"] for line in told if line["says"] == _NOT_SHOWN),
            there_already=any(line["says"] == _THERE_ALREADY for line in told),
            apart=self._store.apart,
        )

    def frozen(self, rows: Iterable[Row]) -> dict[str, list[Sent]]:
        """By key, every payload that was frozen for these in their present generation, the first one first."""
        generations = {row.key: row.generation for row in rows}
        found: dict[str, list[Sent]] = {key: [] for key in generations}
        with self._reading() as connection:
            for some in _in_parts(generations):
                tried = sa.select(_attempt).where(_attempt.c.key.in_(some)).order_by(_attempt.c.number)
                for attempt in connection.execute(tried).mappings():
                    if attempt["generation"] == generations[attempt["key"]]:
                        found[attempt["key"]].append(Sent(attempt["text"], json.loads(attempt["payload"])))
        return found

    def is_doubtful(self, campaign: str) -> bool:
        """Whether something may have gone out in this campaign that this ledger never heard of."""
        query = sa.select(_home.c.doubtful == campaign)
        with self._reading() as connection:
            return bool(connection.execute(query).scalar_one_or_none())

    def taken_over(self) -> datetime | None:
        """When a server took over, by whichever machine's clock: of what fell due before, it may never have heard."""
        if not self._store.shared:
            return None
        with self._reading() as connection:
            seen = connection.execute(sa.select(_home.c.taken_over)).scalar_one_or_none()
        return seen + self._store.apart if seen else None

    def doubts(self, key: str) -> int:
        """How many attempts of a Delivery have ended in doubt."""
        query = sa.select(sa.func.count()).where(_attempt.c.key == key, _attempt.c.outcome == str(State.UNSURE))
        with self._reading() as connection:
            return connection.execute(query).scalar_one()

    def receipts(self, identity: str) -> set[str]:
        """The ids of all posts that this identity is known to have published, those taken down among them."""
        of = (sa.select(t.c.receipt_id).where(t.c.identity == identity) for t in (_delivery, _tombstone))
        with self._reading() as connection:
            return {found for query in of for found in connection.execute(query).scalars() if found}

    def pauses(self) -> tuple[Pause, ...]:
        """The brakes that are on, the oldest first."""
        with self._reading() as connection:
            return self._pauses(connection)

    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """The texts that may not be posted, since a person took them down; the oldest first."""
        with self._reading() as connection:
            return self._withdrawals(connection)

    def taken_down(self, campaign: str) -> list[TakenDown]:
        """Each post of a campaign that was taken down, the oldest first, but for texts of which it is kept apart
        whether they are withdrawn: versions before the table of withdrawals kept no more than this.
        """
        query = (
            sa.select(*(_tombstone.c[name] for name in ("key", "day", "script", "generation", "retracted", "who")))
            .where(_tombstone.c.campaign == campaign)
            .where(
                ~sa.exists().where(
                    _withdrawal.c.campaign == campaign,
                    _withdrawal.c.day == _tombstone.c.day,
                    _withdrawal.c.script == _tombstone.c.script,
                )
            )
            .order_by(_tombstone.c.retracted)
        )
        with self._reading() as connection:
            return [TakenDown(**row) for row in connection.execute(query).mappings()]

    def last_said(self, campaign: str, day: int, language: str) -> dict[str, str]:
        """By key, the words with which a text of that day and language was last armed."""
        of = {"campaign": campaign, "day": day, "script": language_script(language)}
        query = (
            sa.select(_attempt.c.key, _attempt.c.text)
            .join(_delivery, _delivery.c.key == _attempt.c.key)
            .where(*(_delivery.c[name] == value for name, value in of.items()))
            .order_by(_attempt.c.number)
        )
        with self._reading() as connection:
            return {row.key: row.text for row in connection.execute(query)}

    def service_of(self, row: Row) -> str | None:
        """The address of the service to which a Delivery was last sent; None where that wasn't kept."""
        query = sa.select(_attempt.c.service).where(_attempt.c.key == row.key, _attempt.c.generation == row.generation)
        with self._reading() as connection:
            return connection.execute(query.order_by(_attempt.c.number.desc()).limit(1)).scalar_one_or_none()

    def accounts(self) -> list[str]:
        """The names of all accounts that live runs have ever known."""
        with self._reading() as connection:
            return list(connection.execute(sa.select(_account.c.name).order_by(_account.c.name)).scalars())

    def events(self, key: str | None = None) -> list[Event]:
        """The log, the oldest line first."""
        names = Event.__dataclass_fields__
        query = sa.select(*(_event.c[name] for name in names)).order_by(sa.literal_column("id"))
        if key is not None:
            query = query.where(_event.c.key == key)
        with self._reading() as connection:
            return [Event(*row) for row in connection.execute(query)]

    def last_release(self) -> datetime | None:
        """When a person last let something go that was held: took a brake off, or let a post be tried once more."""
        query = sa.select(sa.func.max(_event.c.at)).where(
            _event.c.what.in_(("resumed", "retry", "withdrawal lifted", "account ready"))
        )
        with self._reading() as connection:
            last: datetime | None = connection.execute(query).scalar_one()
            return last

    def has_seen(self, campaign: str) -> bool:
        """Whether anything was ever swept for this campaign."""
        with self._reading() as connection:
            return self._has_seen(connection, campaign)

    def served(self) -> list[str]:
        """The campaigns that live runs have had posts of to see to, the one that was looked at last at the end.

        One that was only waited for isn't among them: earlier versions noted the next one as soon as one was over.
        """
        until = sa.select(_swept.c.campaign, sa.func.max(_swept.c.until)).group_by(_swept.c.campaign)
        with self._reading() as connection:
            looked: dict[str, datetime] = {row[0]: row[1] for row in connection.execute(until)}
            touched = set(connection.execute(sa.select(_delivery.c.campaign).distinct()).scalars())
        long_ago = datetime.min.replace(tzinfo=UTC)
        begins = {campaign: begin for campaign in touched | looked.keys() if (begin := _may_begin(campaign))}
        served = [campaign for campaign, begin in begins.items() if campaign in touched or looked[campaign] >= begin]
        return sorted(served, key=lambda campaign: (looked.get(campaign, long_ago), campaign))

    def swept(self, campaign: str, scope: str = "") -> datetime | None:
        """Up to when every window that closed has been looked at, for these embassies or (scope "") for all."""
        query = sa.select(_swept.c.until).where(_swept.c.campaign == campaign, _swept.c.scope == scope)
        with self._reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def last_sweep(self, campaign: str | None = None) -> datetime | None:
        """When a live run last looked at this campaign, or any, for whichever embassies: a minute more or less."""
        query = sa.select(sa.func.max(_swept.c.until))
        if campaign is not None:
            query = query.where(_swept.c.campaign == campaign)
        with self._reading() as connection:
            last: datetime | None = connection.execute(query).scalar_one()
            return last

    def damage(self) -> str | None:
        """What the database finds wrong in its own file, or None."""
        return self._store.damage()

    def servers_clock(self) -> datetime | None:
        """What time it is where the ledger is; None where that is here."""
        return self._store.clock()

    def try_to_write(self) -> None:
        """Raises LedgerError where nothing can be written; writes nothing that stays."""
        with self._transaction() as connection:
            nested = connection.begin_nested()
            connection.execute(sa.insert(_account).values(name="?", first_seen=self._clock(), needs_person=False))
            nested.rollback()

    # Writing

    def settle_in(self, campaign: str, running: bool, scope: str = "") -> Settled:
        """Makes this machine and this place the ledger's home, for live runs.

        One that was lost, copied, moved or restored may not know what went out meanwhile, nor what another copy sends:
        it is doubtful for the whole of this campaign. While that is `running` it is paused with the same stroke: a
        program that ends here must not leave it at home, and without its brake. With the same stroke, too, it has seen
        the campaign: what a person decides after that holds. Raises LedgerError where it lies in a place that can't be
        trusted. `scope` names the embassies, where it isn't all of them.

        A server's ledger is at home for every machine: that another has written there last is as it should be. What
        is strange there is that it has forgotten what this machine told it: it came from a backup, or a standby took
        over that lagged behind.
        """
        self.see_where_it_lies()
        settled = Settled(Home.FAMILIAR)
        with self._transaction() as connection:
            here, before, at_home = self._whereabouts(connection)
            home, strange = self._find(connection, campaign, running)
            if strange and running:
                pause = self._brake_itself(connection, f"{strange}. {_LOOK}")
                settled = Settled(home, pause)
                if not self._has_seen(connection, campaign):
                    self._put(connection, _swept, {"campaign": campaign, "scope": scope, "until": self._clock()})
            if strange or not at_home:
                doubtful = campaign if strange else before and before["doubtful"]
                kept = {"taken_over": before and before["taken_over"], "timeline": self._store.timeline(connection)}
                self._put(connection, _home, {"only": 1, **here, "doubtful": doubtful, **kept})
            if not at_home:
                computer = machine.computer()
                path = here["path"]
                self._log(connection, "settled in", None, f"{path} (computer {computer})" if computer else path)
            bookmark = self._find_bookmark(connection)
            last = self._last_event(connection)
        bookmark.move(*last)
        self._bookmark, self._must_remember = bookmark, True
        return settled

    def found(self, campaign: str, running: bool) -> tuple[Home, str | None]:
        """How a live run would find this ledger now, and what is strange about it. Changes nothing."""
        with self._reading() as connection:
            return self._find(connection, campaign, running)

    def _whereabouts(self, connection: sa.Connection) -> tuple[dict[str, str], sa.RowMapping | None, bool]:
        """This machine and this place; where it was at home before; and whether that is the same."""
        here = {"machine": machine.identity(), "path": machine.Bookmark(self._store.place).path}
        before = connection.execute(sa.select(_home)).mappings().one_or_none()
        same = before is not None and all(before[name] == value for name, value in here.items())
        return here, before, before is not None and (self._store.shared or same)

    def _find(self, connection: sa.Connection, campaign: str, running: bool) -> tuple[Home, str | None]:
        """How a live run finds it, and what is strange about it, in words."""
        shared, bookmark = self._store.shared, self._find_bookmark(connection)
        here, before, at_home = self._whereabouts(connection)
        strange = None
        if before and not at_home:
            strange = f"this ledger was last used at {before['path']}"
            if before["machine"] != here["machine"]:
                strange += self._by_whom(connection, before["path"], here["path"])
        elif shared and not self._knows(connection, bookmark):
            strange = _FORGOTTEN
        elif not shared and self._last_event(connection)[0] < bookmark.event:
            strange = "this ledger is older than what was last written here: it seems to come from a backup"
        if running and not self._has_seen(connection, campaign):
            anything = before or strange or connection.execute(sa.select(_delivery.c.key).limit(1)).first()
            home = Home.STRANGE if anything else Home.NEW
            return home, f"{campaign} is running, and there is no record here of what was posted so far"
        return Home.STRANGE if strange else Home.FAMILIAR, strange

    def _by_whom(self, connection: sa.Connection, before: str, path: str) -> str:
        """Who used it last, at `before`, as far as that can be told: the id that a home has is one user's alone."""
        settled = sa.select(_event).where(_event.c.what == "settled in").order_by(sa.literal_column("id").desc())
        last = connection.execute(settled.limit(1)).mappings().one_or_none()
        theirs = re.search(r" \(computer ([0-9a-f]+)\)$", last["detail"] or "") if last else None
        ours = machine.computer()
        same = theirs[1] == ours if theirs and ours else before == path
        if last is None or last["machine"] != self._machine or not same:
            return ", on another computer"
        if last["who"] == self.who != machine.NAMELESS:
            return f", by {self.who} with another state folder: is XDG_STATE_HOME set in one place only?"
        return f", by another user of this machine, {last['who']}"

    def remember(self) -> None:
        """Where this is the ledger's home already, what a person decides is remembered outside of it as well.

        Where it can't be, `unremembered` says why, and it is decided all the same.
        """
        try:
            self._remember()
        except LedgerError:
            raise
        except OrangedayError as failure:
            self.unremembered = str(failure)

    def _remember(self) -> None:
        with self._reading() as connection:
            home = connection.execute(sa.select(_home.c.machine, _home.c.path)).one_or_none()
            if home is None:
                return
            bookmark = self._find_bookmark(connection)
            if self._store.shared:
                at_home = self._knows(connection, bookmark)  # else the next live run is to say so
            else:
                at_home = tuple(home) == (machine.identity(), bookmark.path)
        if at_home:
            self._bookmark = bookmark

    def _find_bookmark(self, connection: sa.Connection) -> machine.Bookmark:
        """On a server it goes by the log's first line: so it is found wherever a failover or a backup takes the log."""
        first = sa.select(_event.c.at).order_by(sa.literal_column("id")).limit(1)
        began = connection.execute(first).scalar_one_or_none() if self._store.shared else None
        return machine.Bookmark(f"the ledger of {began.isoformat()}" if began else self._store.place)

    @staticmethod
    def _last_event(connection: sa.Connection) -> tuple[int, datetime]:
        number = sa.literal_column("id", sa.Integer)
        last = connection.execute(sa.select(number, _event.c.at).order_by(number.desc()).limit(1)).one_or_none()
        return (last[0], last[1]) if last else (0, datetime.min.replace(tzinfo=UTC))

    @staticmethod
    def _knows(connection: sa.Connection, bookmark: machine.Bookmark) -> bool:
        """Whether the very line is in the log at which a bookmark lies: another may have its number."""
        if not bookmark.event:
            return True
        asked = {"number": bookmark.event, "moment": bookmark.at}
        return connection.execute(_LINE, asked).first() is not None

    def _see_whose_word_it_is(self, connection: sa.Connection) -> None:
        """Notes that another server than before has the ledger: a standby took over, whatever it had heard by then."""
        before, timeline = self._timeline, self._store.timeline(connection)
        if timeline in (before, None):
            return
        home = connection.execute(sa.select(_home.c.timeline)).one_or_none()
        if home is None:
            return  # nothing was ever sent by it
        forked = home.timeline not in (timeline, None)
        if home.timeline != timeline:
            seen = {"taken_over": self._clock()} if forked else {}
            connection.execute(sa.update(_home).values(timeline=timeline, **seen))
        if forked:
            self._log(connection, "taken over", None, f"by a server on timeline {timeline}, after {home.timeline}")
            connection.commit()  # whatever becomes of what was to be written
        self._timeline = timeline
        # What was decided before this was known isn't carried out: who looks again knows it.
        connection.info["another server"] = forked or before is not None

    def _see_that_it_remembers(self, connection: sa.Connection) -> None:
        """Puts the brake on where a server has forgotten, meanwhile, what this program told it: then all may be so."""
        if self._bookmark is None or self._knows(connection, self._bookmark):
            return
        self._brake_itself(connection, f"{_FORGOTTEN}. {_LOOK}")
        latest = sa.select(_swept.c.campaign).order_by(_swept.c.until.desc()).limit(1).scalar_subquery()
        connection.execute(sa.update(_home).values(doubtful=latest))
        self._log(connection, "has forgotten", None, f"event {self._bookmark.event}")
        last = self._last_event(connection)
        connection.commit()  # whatever becomes of what was to be written
        self._move_bookmark(*last)

    def see_where_it_lies(self) -> None:
        """Raises LedgerError where no live run may trust a ledger."""
        self._store.see_where_it_lies()

    def see(self, accounts: Iterable[str], now: datetime) -> None:
        """Notes the accounts that this ledger has never seen."""
        with self._reading() as connection:
            known = set(connection.execute(sa.select(_account.c.name)).scalars())
        new = [name for name in accounts if name not in known]
        if new:
            with self._transaction() as connection:
                insert = self._store.insert(_account).on_conflict_do_nothing()
                connection.execute(insert, [{"name": name, "first_seen": now, "needs_person": False} for name in new])

    def arm(
        self, delivery: Delivery, generation: int, identity: str, sent: Sent, first_armed: datetime,
        service: str | None = None, last_look: Callable[[], None] = lambda: None,
    ) -> datetime:  # fmt: skip
        """Commits that `sent` is about to leave for a service, and says when: from here on it may have.

        `last_look` is called when nobody else can arm any more, and raises where it may not be armed. Raises that,
        NotArmed or AlreadySaid, and has then changed nothing.
        """
        now, campaign = self._clock(), delivery.plan.campaign_id
        script = language_script(delivery.language)
        digest = hashlib.sha256(unicodedata.normalize("NFC", sent.text).encode()).hexdigest()
        with self._transaction() as connection:
            if connection.info["another server"]:
                raise NotArmed("another server has taken over a moment ago: who is to send this has to look first")
            self._store.before_arming(connection, identity)
            for pause in self._pauses(connection):
                if pause.covers(delivery.embassy.id, delivery.platform):
                    raise NotArmed(str(pause))
            for withdrawal in self._withdrawals(connection):
                if withdrawal.covers(delivery):
                    raise NotArmed(str(withdrawal))
            asked = {
                "campaign": campaign, "identity": identity, "this": delivery.key, "day": delivery.number,
                "of_script": script, "of_digest": digest, "of_generation": generation, "words": sent.text,
            }  # fmt: skip
            twin, other = connection.execute(_ALIKE, asked).one()
            if twin is not None:
                raise AlreadySaid(twin)
            if other is not None:
                raise Entangled(f"{other} was tried with the same words, and has to be settled first")
            number = self._move(
                connection, delivery, State.ARMED, identity=identity, digest=digest, first_armed=first_armed,
                generation=generation, until=None, error=None, same_as=None,
            )  # fmt: skip
            payload = json.dumps(dict(sent.payload), ensure_ascii=False, sort_keys=True)
            last_look()
            attempt = {"key": delivery.key, "number": number, "generation": generation, "armed": now}
            attempt |= {"text": sent.text, "payload": payload, "service": service}
            connection.execute(_INSERT_ATTEMPT, attempt)
            self._log(connection, "armed", delivery.key, f"attempt {number}")
        return now

    def published(self, key: str, receipt: Receipt, note: str | None = None) -> None:
        """The platform has proved it. `note` is a warning that stays with it."""
        self._end(
            key, State.PUBLISHED, note, receipt_id=receipt.id, receipt_url=receipt.url, published=receipt.published_at,
            until=None,
        )  # fmt: skip

    # `seen` is how many attempts the caller knows of. Who has lost a lock unawares may know less than there were: then
    # another hand has armed it since, NotArmed is raised, and that hand's attempt is left as it is.

    def unsure(
        self, key: str, error: str, until: datetime | None = None, *, there_already: bool = False,
        seen: int | None = None,
    ) -> None:  # fmt: skip
        """Perhaps it is live; there is no use in reading back before `until`."""
        evidence = _THERE_ALREADY if there_already else None
        self._end(key, State.UNSURE, error, evidence=evidence, seen=seen, until=until)

    def not_shown(self, key: str, error: str, until: datetime, *, seen: int | None = None) -> None:
        """The account was read back and doesn't show it, which isn't proof yet: look again at `until`."""
        self._end(key, State.UNSURE, error, evidence=_NOT_SHOWN, seen=seen, until=until)

    def deferred(self, of: Delivery | str, error: str, until: datetime, *, seen: int | None = None) -> None:
        """It is certainly not live; it may be tried again at `until`."""
        self._end(of, State.DEFERRED, error, seen=seen, until=until)

    def refused(self, of: Delivery | str, error: str, same_as: str | None = None, *, seen: int | None = None) -> None:
        """It is certainly not live, and a person must act."""
        self._end(of, State.REFUSED, error, seen=seen, until=None, same_as=same_as)

    def missed(self, of: Delivery | str, error: str) -> None:
        """Its window has passed."""
        self._end(of, State.MISSED, error, until=None)

    def defer_accounts(
        self, names: Iterable[str], error: str | None, until: datetime | None, needs_person: bool = False
    ) -> None:
        """Lets nothing of these Accounts be tried before `until`; None lets them be tried again."""
        error = _fit_to_keep(error)
        with self._transaction() as connection:
            for name in names:
                update = sa.update(_account).where(_account.c.name == name)
                connection.execute(
                    update.values(deferred=until, noted=self._clock(), error=error, needs_person=needs_person)
                )
                self._log(connection, "account deferred" if until else "account ready", None, f"{name}: {error or ''}")

    def pause(self, scope: str, reason: str) -> None:
        """Puts the brake on: everything, an embassy, a platform, an account. It holds before the next request leaves.

        One that is on already stays as it is; but what orangeday itself has paused is a person's pause from now on.
        """
        with self._transaction() as connection:
            self._store.before_braking(connection)
            own = sa.and_(_pause.c.scope == scope, _pause.c.who == ITSELF)
            if before := connection.execute(sa.select(_pause.c.reason).where(own)).scalar_one_or_none():
                reason = "; ".join(filter(None, [reason, f"orangeday had paused it before: {before}"]))
                connection.execute(sa.delete(_pause).where(own))
            self._brake(connection, scope, reason)

    def resume(self, scope: str, only: Pause | None = None) -> bool:
        """Takes the brake off, or `only` this very pause; says whether it was on."""
        with self._transaction() as connection:
            on = [_pause.c.scope == scope]
            on += [_pause.c.since == only.since, _pause.c.who == only.who] if only else []
            was_on = connection.execute(sa.delete(_pause).where(*on)).rowcount > 0
            if was_on or not only:
                self._log(connection, "resumed", None, scope)
            return was_on

    def withdraw(self, campaign: str, day: int, language: str, words: str, why: str) -> None:
        """Lets nothing of a text be armed any more; `words` is the embassy whose own they are, or "".

        One that is withdrawn already stays as it is.
        """
        with self._transaction() as connection:
            self._store.before_braking(connection)
            row = {
                "campaign": campaign, "day": day, "language": language, "script": language_script(language),
                "words": words, "at": self._clock(), "who": self.who, "why": why,
            }  # fmt: skip
            if connection.execute(self._withdraw, row).rowcount:
                self._log(connection, "withdrawn", None, f"{_text_name(day, language, words)}: {why}")

    def lift(self, campaign: str, day: int, language: str, words: str) -> bool:
        """Lets a withdrawn text be posted again; says whether it was withdrawn."""
        with self._transaction() as connection:
            of = {"campaign": campaign, "day": day, "script": language_script(language), "words": words}
            withdrawn = [_withdrawal.c[name] == value for name, value in of.items()]
            update = sa.update(_withdrawal).where(*withdrawn, _withdrawal.c.lifted.is_(None))
            lifted = connection.execute(update.values(lifted=self._clock(), lifted_by=self.who)).rowcount > 0
            if lifted:
                self._log(connection, "withdrawal lifted", None, _text_name(day, language, words))
            return lifted

    def allow(self, key: str) -> None:
        """Lets what was refused be armed once more. Raises NotArmed where it isn't refused."""
        with self._transaction() as connection:
            refused = sa.and_(_delivery.c.key == key, _delivery.c.state == State.REFUSED)
            values = {"allowed": self.who, "acknowledged": None}
            if not connection.execute(sa.update(_delivery).where(refused).values(values)).rowcount:
                raise NotArmed(f"{key} isn't refused")
            self._log(connection, "retry", key, None)

    def acknowledge(self, key: str, reason: str) -> None:
        """A person knows what is wrong with it: it is an alarm no longer, until it changes."""
        with self._transaction() as connection:
            update = sa.update(_delivery).where(_delivery.c.key == key)
            connection.execute(update.values(acknowledged=f"{self.who}: {reason}"))
            self._log(connection, "acknowledged", key, reason)

    def retracted(self, row: Row, replace: bool) -> None:
        """It was taken down; with `replace` a corrected one may take its place, once."""
        assert row.receipt is not None  # noqa: S101  (nothing else is ever taken down)
        with self._transaction() as connection:
            allowed = self.who if replace and row.generation == 0 else None
            self._move(connection, row.key, State.RETRACTED, allowed=allowed, error=None)
            of = sa.select(_delivery.c.campaign, _delivery.c.identity, _delivery.c.day, _delivery.c.script)
            said = connection.execute(of.where(_delivery.c.key == row.key)).mappings().one()
            stone = {
                "key": row.key, "generation": row.generation, **said, "receipt_id": row.receipt.id,
                "receipt_url": row.receipt.url, "published": row.receipt.published_at, "retracted": self._clock(),
                "who": self.who,
            }  # fmt: skip
            connection.execute(sa.insert(_tombstone), stone)
            self._log(connection, "retracted", row.key, row.receipt.url)

    def unheard(self, causes: Iterable[str], now: datetime, since: datetime) -> set[str]:
        """Those of these causes of alarm that nobody was told of, or that were not there since then."""
        asked, new = set(causes), set()
        with self._reading() as connection:
            rows = connection.execute(sa.select(_alarm).where(_alarm.c.cause.in_(asked))).mappings().all()
        known = {row["cause"]: row for row in rows}
        for cause in asked:
            row = known.get(cause)
            if row is None or row["told"] is None or row["seen"] < since:
                new.add(cause)
        # Each is seen with every sweep: that is written once an hour, and not every thirty seconds.
        stale = [c for c in asked if c not in known or not now - _A_WHILE < known[c]["seen"] <= now or c in new]
        if stale:
            with self._transaction() as connection:
                rows_ = [{"cause": c, "seen": now, "told": None if c in new else known[c]["told"]} for c in stale]
                self._put(connection, _alarm, *rows_)
        return new

    def told(self, cause: str, now: datetime) -> None:
        """Somebody was told of this cause."""
        with self._transaction() as connection:
            connection.execute(sa.update(_alarm).where(_alarm.c.cause == cause).values(told=now))
            self._log(connection, "alerted", None, cause)

    def note(self, what: str, key: str | None, detail: str) -> None:
        """A line in the log, and nothing else."""
        with self._transaction() as connection:
            self._log(connection, what, key, detail)

    def sweep_done(self, campaign: str, scope: str, until: datetime) -> None:
        """Every window that closed up to `until` has been looked at."""
        with self._transaction() as connection:
            self._put(connection, _swept, {"campaign": campaign, "scope": scope, "until": until})

    # Within a transaction

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._store.in_plain_words(), self._store.reading.begin() as connection:
            self._store.see_that_it_is_there()
            yield connection

    @staticmethod
    def _rows(
        connection: sa.Connection, column: sa.Column[Any], values: Iterable[str], *conditions: sa.ColumnElement[bool]
    ) -> dict[str, Row]:
        """The rows in which `column` has one of these values."""
        return {
            row["key"]: _row(dict(row))
            for some in _in_parts(values)
            for row in connection.execute(sa.select(_delivery).where(column.in_(some), *conditions)).mappings()
        }

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        if self._store.read_only:
            raise LedgerError(f"the ledger {self.where} may only be read here; nothing was changed.")
        with self._store.in_turn, self._store.in_plain_words():
            with self._store.writing.connect() as connection:
                logged: dict[str, tuple[int, datetime]] = {}
                connection.info.update({"logged": logged, "another server": False})
                connection.begin()
                self._store.see_that_it_is_there()
                if self._store.shared:
                    self._see_whose_word_it_is(connection)
                    self._see_that_it_remembers(connection)
                yield connection
                connection.commit()
            if self._bookmark and logged:
                # Before anything leaves, and before a person is told that it is done: a backup of a moment ago would
                # not know of it.
                self._move_bookmark(*logged["last"])

    def _move_bookmark(self, event: int, at: datetime) -> None:
        """Raises OSError where it can't be moved, and something is to leave."""
        assert self._bookmark is not None  # noqa: S101
        try:
            self._bookmark.move(event, at)
        except OSError as failure:
            if self._must_remember:
                raise
            self.unremembered = f"The state folder can't be written: {failure.strerror}."

    def _put(self, connection: sa.Connection, table: sa.Table, *rows: Mapping[str, Any]) -> None:
        """Inserts rows, or puts them in the place of those that are there."""
        insert = self._store.insert(table)
        keys = [column.name for column in table.primary_key]
        others = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=others), list(rows))

    @staticmethod
    def _has_seen(connection: sa.Connection, campaign: str) -> bool:
        query = sa.select(_swept.c.campaign).where(_swept.c.campaign == campaign).limit(1)
        return connection.execute(query).first() is not None

    def _pauses(self, connection: sa.Connection) -> tuple[Pause, ...]:
        rows = connection.execute(_PAUSES).mappings()
        return tuple(Pause(row["scope"], row["since"], row["reason"], row["who"]) for row in rows)

    def _withdrawals(self, connection: sa.Connection) -> tuple[Withdrawal, ...]:
        return tuple(Withdrawal(**row) for row in connection.execute(_WITHDRAWALS).mappings())

    def _brake(self, connection: sa.Connection, scope: str, reason: str, who: str | None = None) -> Pause | None:
        """Puts the brake on; gives the pause, or None where one is on already. `who` does, unless it is who acts."""
        self._store.before_braking(connection)
        pause = Pause(scope, self._clock(), reason, who or self.who)
        row = {"scope": scope, "since": pause.since, "reason": reason, "who": pause.who}
        if not connection.execute(self._put_on, row).rowcount:
            return None
        self._log(connection, "paused", None, f"{scope}: {reason}", pause.who)
        return pause

    def _brake_itself(self, connection: sa.Connection, reason: str) -> Pause | None:
        """Puts it on for everything, by itself; gives the pause, or None where one is on already."""
        pause = self._brake(connection, EVERYTHING, reason, ITSELF)
        self.paused_itself |= pause is not None
        return pause

    def _end(
        self, of: Delivery | str, to: State, error: str | None, evidence: str | None = None, seen: int | None = None,
        **values: Any,
    ) -> None:  # fmt: skip
        """Moves a Delivery to a state that isn't `armed`, and ends its attempt where one is open."""
        key, error = of if isinstance(of, str) else of.key, _fit_to_keep(error)
        with self._transaction() as connection:
            number = self._move(connection, of, to, seen, error=error, **values)
            if evidence:
                said = {"key": key, "number": number, "at": self._clock(), "says": evidence}
                connection.execute(sa.insert(_evidence), said)
            ended = {"this": key, "ended": self._clock(), "outcome": str(to), "error": error}
            connection.execute(_END_ATTEMPT, ended)
            self._log(connection, str(to), key, error)

    def _move(
        self, connection: sa.Connection, of: Delivery | str, to: State, seen: int | None = None, **values: Any
    ) -> int:
        """Moves a row along an arrow of the diagram, or begins it; gives its number of attempts."""
        key = of if isinstance(of, str) else of.key
        row = connection.execute(_WHERE_IT_IS, {"this": key}).one_or_none()
        state, attempts = (row.state, row.attempts) if row else (None, 0)
        if to not in (_LEADS_TO[state] | (_IF_ALLOWED if row and row.allowed else frozenset())):
            raise NotArmed(f"{key} is {state or 'untouched'} by now, and can't become {to}")
        if seen is not None and seen != attempts:
            raise NotArmed(f"{key} was armed by another hand a moment ago")
        attempts += to is State.ARMED
        if row and state is State.RETRACTED:  # what takes its place begins anew; the tombstone keeps the rest
            new = {"receipt_id": None, "receipt_url": None, "published": None, "first_armed": None}
            values = {"generation": row.generation + 1, **new, **values}
        values = {"allowed": None, "acknowledged": None, "noted": self._clock(), **values}
        if not isinstance(of, str):
            values |= {"due": of.due, "closes": of.closes}
        if row:
            connection.execute(_UPDATE, {"this": key, "state": to, "attempts": attempts, **values})
        else:
            assert not isinstance(of, str)  # noqa: S101  (only a Delivery in hand leads from nothing to anything)
            values = {
                "key": key, "campaign": of.plan.campaign_id, "day": of.number, "embassy": of.embassy.id,
                "platform": of.platform, "language": of.language, "script": language_script(of.language),
                "state": to, "attempts": attempts, "generation": 0, **values,
            }  # fmt: skip
            if not connection.execute(self._begin, values).rowcount:
                raise NotArmed(f"{key} was begun by another machine a moment ago")
        return attempts

    def _log(
        self, connection: sa.Connection, what: str, key: str | None, detail: str | None, who: str | None = None
    ) -> None:
        """Adds a line to the log; `who` did it, unless it is who acts."""
        line = {"at": self._clock(), "what": what, "key": key, "detail": _fit_to_keep(detail)}
        line |= {"who": who or self.who, "machine": self._machine}
        connection.info["logged"]["last"] = self._store.log(connection, _INSERT_EVENT, line), line["at"]


def _may_begin(campaign: str) -> datetime | None:
    """When a campaign of this name begins by itself, on the first clock of all; None where it names no year."""
    year = re.search("-([1-9][0-9]{3})$", campaign)
    day = year and first_day_of(int(year[1]))
    return datetime.combine(day, time(0), UTC) - timedelta(hours=14) if day else None


def _text_name(day: int, language: str, words: str) -> str:
    """A text as approvals.toml names it: `05/en`, `05/en.nairobi`."""
    return f"{day:02}/{language}{f'.{words}' if words else ''}"


def _fit_to_keep(text: str | None) -> str | None:
    """What somebody else has worded, without any credential that this program has found."""
    return text and credentials.hidden(text)


def _in_parts(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Values in as many parts as a database's limit on parameters asks for."""
    rest = iter(values)
    while part := tuple(islice(rest, 10_000)):
        yield part


def _row(row: Mapping[str, Any]) -> Row:
    receipt = None
    if row["receipt_id"] is not None:
        receipt = Receipt(row["receipt_id"], row["receipt_url"], row["published"])
    names = (name for name in Row.__dataclass_fields__ if name != "receipt")
    return Row(receipt=receipt, **{name: row[name] for name in names})


def exists(url: str) -> bool:
    """Whether there is a ledger already. Raises LedgerError where a server doesn't say."""
    address = sa.make_url(url)
    if address.get_backend_name() != "postgresql":
        try:
            return bool(address.database and Path(address.database).stat())
        except PermissionError as failure:
            raise LedgerError(
                f"whether there is a ledger {address.database} can't be seen: ask for the right to read its folder."
            ) from failure
        except (OSError, ValueError):
            return False
    store = _store(url, durable=True, read_only=True)
    try:
        return store.exists()
    finally:
        store.close()


@contextmanager
def throwaway(clock: Clock) -> Iterator[Ledger]:
    """A ledger for a dry run: it begins empty, and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="orangeday-", ignore_cleanup_errors=True) as folder:
        ledger = Ledger(f"sqlite:///{(Path(folder) / 'dry-run.db').as_posix()}", clock, durable=False)
        try:
            yield ledger
        finally:
            ledger.close()
