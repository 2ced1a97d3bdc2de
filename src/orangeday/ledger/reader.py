"""The reading half of the ledger: the records of Deliveries, accounts, pauses and withdrawals."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from orangeday.adapters.base import Payload
from orangeday.clock import Clock, first_day_of
from orangeday.ledger.connection import open_store
from orangeday.ledger.queries import (
    HELD,
    NEXT_STEP,
    build_row,
    current_pauses,
    current_withdrawals,
    has_seen,
    is_in_values,
    last_details,
    last_event,
    rows_where,
    split_values,
)
from orangeday.ledger.records import (
    AccountLock,
    AccountNote,
    Event,
    Evidence,
    Hold,
    LedgerSnapshot,
    Pause,
    Retraction,
    Row,
    Withdrawal,
)
from orangeday.ledger.schema import (
    IN_DOUBT,
    account_table,
    attempt_table,
    delivery_table,
    event_table,
    evidence_table,
    home_table,
    sweep_table,
    tombstone_table,
    withdrawal_table,
)
from orangeday.ledger.states import State
from orangeday.text.language import language_script

_NOTE_COLUMNS = ("first_seen", "deferred", "noted", "error", "needs_person")

# What every sweep asks is put together once: that takes longer than the answer of SQLite.
_NOTES = sa.select(account_table).where(is_in_values(account_table.c.name))
_IS_DOUBTFUL = sa.select(home_table.c.doubtful == sa.bindparam("campaign"))
_LAST_RELEASE = sa.select(sa.func.max(event_table.c.at)).where(
    event_table.c.what.in_(("resumed", "retry", "withdrawal lifted", "account ready"))
)
_CHANGED_SINCE = (
    sa.select(event_table.c.key)
    .distinct()
    .where(sa.literal_column("id", sa.Integer) > sa.bindparam("number"), event_table.c.key.is_not(None))
)
_LATE_LINES = 1_000
"""The most lines that others can add to a server's log while one transaction, which has its number, isn't over."""
_SWEPT_UNTIL = sa.select(sweep_table.c.until).where(
    sweep_table.c.campaign == sa.bindparam("campaign"), sweep_table.c.scope == sa.bindparam("in_scope")
)

NOT_SHOWN, REPORTED_DUPLICATE = "not shown", "there already"
"""The kinds of evidence about an attempt that ended in doubt."""


class LedgerReader:
    """The ledger, opened; nothing here changes anything in it."""

    def __init__(self, url: str, clock: Clock, *, durable: bool = True, read_only: bool = False) -> None:
        """Open the ledger. Raises LedgerError."""
        self._store = open_store(url, durable, read_only)
        self._clock = clock
        # What a lost connection means is said by whoever needed it; these would say it too, with a traceback.
        for library in ("sqlalchemy.pool", "psycopg"):
            logging.getLogger(library).setLevel(logging.CRITICAL)
        try:
            self._store.open()
        except BaseException:
            self._store.close()
            raise

    def close(self) -> None:
        self._store.close()

    @property
    def location(self) -> str:
        """The ledger's location in words for people: a file, or a database and its server's name."""
        return self._store.location

    @contextmanager
    def account_lock(self, identity: str) -> Iterator[AccountLock | None]:
        """Yield the lock of an identity, held meanwhile; None where another program has it. Never wait."""
        lock = self._store.lock_account(identity)
        try:
            yield lock
        finally:
            if lock:
                lock.release()

    def snapshot(self, keys: Iterable[str], accounts: Iterable[str]) -> LedgerSnapshot:
        """Return all records about these Deliveries and Accounts, as they are at one moment."""
        with self._read_connection() as connection:
            rows = rows_where(connection, delivery_table.c.key, keys)
            rows |= rows_where(connection, delivery_table.c.key, [row.same_as for row in rows.values() if row.same_as])
            notes = {
                row["name"]: AccountNote(*(row[name] for name in _NOTE_COLUMNS))
                for part in split_values(set(accounts))
                for row in connection.execute(_NOTES, {"values": part}).mappings()
            }
            steps = last_details(connection, NEXT_STEP, [name for name, note in notes.items() if note.needs_person])
            notes |= {name: replace(notes[name], step=step) for name, (_, step) in steps.items()}
            return LedgerSnapshot(rows, notes, current_pauses(connection), current_withdrawals(connection))

    def holds(self, keys: Iterable[str]) -> dict[str, Hold]:
        """Return what last kept each of these Deliveries back, by key, as live runs have noted it."""
        with self._read_connection() as connection:
            details = last_details(connection, HELD, keys)
        return {key: Hold(moment, reason) for key, (moment, reason) in details.items()}

    def rows(self, keys: Iterable[str]) -> dict[str, Row]:
        """Return the rows of these keys, by key; a key without a row is left out."""
        with self._read_connection() as connection:
            return rows_where(connection, delivery_table.c.key, keys)

    def campaign_rows(self, campaign: str) -> dict[str, Row]:
        """Return every row of a campaign, by key."""
        with self._read_connection() as connection:
            return rows_where(connection, delivery_table.c.campaign, [campaign])

    def rows_in_doubt(self, campaign: str) -> dict[str, Row]:
        """Return the rows of posts that may be public, by key: armed and unsure ones."""
        with self._read_connection() as connection:
            return rows_where(connection, delivery_table.c.campaign, [campaign], IN_DOUBT)

    def rows_in_flight(self, covers: Callable[[Row], bool]) -> list[Row]:
        """Return the armed rows that some program is sending right now: their account's lock is held."""
        with self._read_connection() as connection:
            query = sa.select(delivery_table).where(IN_DOUBT, delivery_table.c.state == State.ARMED)
            rows = [build_row(row) for row in connection.execute(query).mappings()]
        rows_in_flight = []
        for row in filter(covers, rows):
            with self.account_lock(row.identity or "") as lock:
                if lock is None:
                    rows_in_flight.append(row)
        return rows_in_flight

    def evidence(self, row: Row) -> Evidence:
        """Return the evidence by which an armed or unsure Delivery can be settled."""
        attempt_query = sa.select(attempt_table).where(
            attempt_table.c.key == row.key, attempt_table.c.generation == row.generation
        )
        evidence_query = sa.select(evidence_table).where(evidence_table.c.key == row.key)
        with self._read_connection() as connection:
            attempts = connection.execute(attempt_query.order_by(attempt_table.c.number)).mappings().all()
            observations = (
                connection.execute(evidence_query.where(evidence_table.c.number == attempts[-1]["number"]))
                .mappings()
                .all()
            )
        return Evidence(
            payloads=[Payload(attempt["text"], json.loads(attempt["payload"])) for attempt in attempts],
            services=frozenset(attempt["service"] for attempt in attempts),
            # A clock that was set back between the two makes nothing older than its arming.
            since=max(attempts[-1]["armed"], attempts[-1]["ended"] or attempts[-1]["armed"]),
            absences=sorted(line["at"] for line in observations if line["says"] == NOT_SHOWN),
            is_duplicate=any(line["says"] == REPORTED_DUPLICATE for line in observations),
            clock_tolerance=self._store.clock_tolerance,
        )

    def frozen_payloads(self, rows: Iterable[Row]) -> dict[str, list[Payload]]:
        """Return, by key, every payload that was frozen for these in their present generation, the first one first."""
        generations = {row.key: row.generation for row in rows}
        payloads: dict[str, list[Payload]] = {key: [] for key in generations}
        with self._read_connection() as connection:
            for part in split_values(generations):
                query = sa.select(attempt_table).where(attempt_table.c.key.in_(part)).order_by(attempt_table.c.number)
                for attempt in connection.execute(query).mappings():
                    if attempt["generation"] == generations[attempt["key"]]:
                        payloads[attempt["key"]].append(Payload(attempt["text"], json.loads(attempt["payload"])))
        return payloads

    def is_doubtful(self, campaign: str) -> bool:
        """Return whether something may have been posted in this campaign without a record in this ledger."""
        with self._read_connection() as connection:
            return bool(connection.execute(_IS_DOUBTFUL, {"campaign": campaign}).scalar_one_or_none())

    def takeover_time(self) -> datetime | None:
        """Return the time when another server took over, or None. It may lack what fell due before."""
        if not self._store.is_shared:
            return None
        with self._read_connection() as connection:
            moment = connection.execute(sa.select(home_table.c.taken_over)).scalar_one_or_none()
        return moment + self._store.clock_tolerance if moment else None

    def count_doubts(self, key: str) -> int:
        """Return the number of attempts of a Delivery that ended in doubt."""
        query = sa.select(sa.func.count()).where(
            attempt_table.c.key == key, attempt_table.c.outcome == str(State.UNSURE)
        )
        with self._read_connection() as connection:
            return connection.execute(query).scalar_one()

    def receipts(self, identity: str) -> set[str]:
        """Return the ids of all posts that this identity is known to have published, those taken down included."""
        queries = (
            sa.select(table.c.receipt_id).where(table.c.identity == identity)
            for table in (delivery_table, tombstone_table)
        )
        with self._read_connection() as connection:
            return {receipt_id for query in queries for receipt_id in connection.execute(query).scalars() if receipt_id}

    def pauses(self) -> tuple[Pause, ...]:
        """Return the pauses in force, the oldest first."""
        with self._read_connection() as connection:
            return current_pauses(connection)

    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """Return the withdrawals in force, which no person has lifted; the oldest first."""
        with self._read_connection() as connection:
            return current_withdrawals(connection)

    def retractions(self, campaign: str) -> list[Retraction]:
        """Return the posts of a campaign that were taken down, the oldest first.

        Texts that have a row in the table of withdrawals are left out: older versions had no such table.
        """
        query = (
            sa.select(*(tombstone_table.c[name] for name in ("key", "day", "script", "generation", "retracted", "who")))
            .where(tombstone_table.c.campaign == campaign)
            .where(
                ~sa.exists().where(
                    withdrawal_table.c.campaign == campaign,
                    withdrawal_table.c.day == tombstone_table.c.day,
                    withdrawal_table.c.script == tombstone_table.c.script,
                )
            )
            .order_by(tombstone_table.c.retracted)
        )
        with self._read_connection() as connection:
            return [Retraction(*row) for row in connection.execute(query)]

    def last_texts(self, campaign: str, day: int, language: str) -> dict[str, str]:
        """Return, by key, the text of the last attempt of each Delivery of that day and language."""
        values = {"campaign": campaign, "day": day, "script": language_script(language)}
        query = (
            sa.select(attempt_table.c.key, attempt_table.c.text)
            .join(delivery_table, delivery_table.c.key == attempt_table.c.key)
            .where(*(delivery_table.c[name] == value for name, value in values.items()))
            .order_by(attempt_table.c.number)
        )
        with self._read_connection() as connection:
            return {row.key: row.text for row in connection.execute(query)}

    def service_of(self, row: Row) -> str | None:
        """Return the address of the service to which a Delivery was last sent; None where that wasn't kept."""
        query = sa.select(attempt_table.c.service).where(
            attempt_table.c.key == row.key, attempt_table.c.generation == row.generation
        )
        with self._read_connection() as connection:
            return connection.execute(query.order_by(attempt_table.c.number.desc()).limit(1)).scalar_one_or_none()

    def accounts(self) -> list[str]:
        """Return the names of all accounts that live runs have ever known."""
        with self._read_connection() as connection:
            return list(connection.execute(sa.select(account_table.c.name).order_by(account_table.c.name)).scalars())

    def events(self, key: str | None = None) -> list[Event]:
        """Return the lines of the log, the oldest first; with a key, only those about it."""
        columns = ("at", "what", "key", "detail", "who", "machine")
        query = sa.select(*(event_table.c[name] for name in columns)).order_by(sa.literal_column("id"))
        if key is not None:
            query = query.where(event_table.c.key == key)
        with self._read_connection() as connection:
            return [Event(*row) for row in connection.execute(query)]

    def last_event_number(self) -> int:
        """Return the number of the last line of the log; 0 where there is none."""
        with self._read_connection() as connection:
            return last_event(connection)[0]

    def changed_since(self, number: int) -> set[str]:
        """Return the keys of the Deliveries that the log tells of after its line with this number.

        On a server a line may appear after one with a higher number, whose transaction was faster: some lines before
        it count too.
        """
        first = number - (_LATE_LINES if self._store.is_shared else 0)
        with self._read_connection() as connection:
            return set(connection.execute(_CHANGED_SINCE, {"number": first}).scalars())

    def last_release(self) -> datetime | None:
        """Return the last time a person ended a pause or withdrawal or let a post or account be retried, or None."""
        with self._read_connection() as connection:
            last: datetime | None = connection.execute(_LAST_RELEASE).scalar_one()
            return last

    def has_seen(self, campaign: str) -> bool:
        """Return whether a live run has ever looked for missed posts of this campaign."""
        with self._read_connection() as connection:
            return has_seen(connection, campaign)

    def served_campaigns(self) -> list[str]:
        """Return the campaigns in which live runs have had posts to handle, the one that was checked last at the end.

        A campaign that was only waited for is left out: earlier versions noted the next one as soon as one was over.
        """
        query = sa.select(sweep_table.c.campaign, sa.func.max(sweep_table.c.until)).group_by(sweep_table.c.campaign)
        with self._read_connection() as connection:
            last_checks: dict[str, datetime] = {row[0]: row[1] for row in connection.execute(query)}
            begun_campaigns = set(connection.execute(sa.select(delivery_table.c.campaign).distinct()).scalars())
        long_ago = datetime.min.replace(tzinfo=UTC)
        begins = {
            campaign: begin for campaign in begun_campaigns | last_checks.keys() if (begin := _may_begin(campaign))
        }
        campaigns = [
            campaign
            for campaign, begin in begins.items()
            if campaign in begun_campaigns or last_checks[campaign] >= begin
        ]
        return sorted(campaigns, key=lambda campaign: (last_checks.get(campaign, long_ago), campaign))

    def looks(self, campaign: str) -> dict[str, datetime]:
        """Return when live runs last looked for what is due, to the minute, by scope; "" stands for all embassies."""
        query = sa.select(sweep_table.c.scope, sweep_table.c.until).where(sweep_table.c.campaign == campaign)
        with self._read_connection() as connection:
            return {row.scope: row.until for row in connection.execute(query)}

    def swept_until(self, campaign: str, scope: str = "") -> datetime | None:
        """Return the time up to which every Delivery whose time ended was checked, or None.

        `scope` names the embassies; "" stands for all.
        """
        with self._read_connection() as connection:
            return connection.execute(_SWEPT_UNTIL, {"campaign": campaign, "in_scope": scope}).scalar_one_or_none()

    def last_sweep(self, campaign: str | None = None) -> datetime | None:
        """Return the time of the last check by a live run of this campaign, or of any: to the minute, or None."""
        query = sa.select(sa.func.max(sweep_table.c.until))
        if campaign is not None:
            query = query.where(sweep_table.c.campaign == campaign)
        with self._read_connection() as connection:
            last: datetime | None = connection.execute(query).scalar_one()
            return last

    def damage(self) -> str | None:
        """Return the damage that the database finds in its own file, in words, or None."""
        return self._store.damage()

    def server_time(self) -> datetime | None:
        """Return the time on the ledger's server; None where the ledger is on this machine."""
        return self._store.server_time()

    @contextmanager
    def _read_connection(self) -> Iterator[sa.Connection]:
        with self._store.translate_errors(), self._store.read_engine.begin() as connection:
            self._store.check_presence()
            yield connection


def _may_begin(campaign: str) -> datetime | None:
    """Return the earliest moment at which a campaign of this name begins anywhere; None where it names no year."""
    year = re.search("-([1-9][0-9]{3})$", campaign)
    day = year and first_day_of(int(year[1]))
    return datetime.combine(day, time(0), UTC) - timedelta(hours=14) if day else None
