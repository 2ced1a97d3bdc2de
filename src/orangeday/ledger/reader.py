"""The reading half of the ledger: the records of Deliveries, accounts, pauses and withdrawals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

from orangeday.adapters.base import Payload
from orangeday.clock import Clock, first_day_of
from orangeday.ledger import statements
from orangeday.ledger.connection import open_store
from orangeday.ledger.database import Connection, Query, moment_of, moment_or_none
from orangeday.ledger.queries import HELD, NEXT_STEP, details_of, last_event_of, pauses_of, rows_by_key, withdrawals_of
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
from orangeday.text.language import language_script

_LATE_LINES = 1_000
"""The most lines that others can add to a server's log while one transaction, which has its number, isn't over."""
NOT_SHOWN, REPORTED_DUPLICATE = "not shown", "there already"
"""The kinds of evidence about an attempt that ended in doubt."""


class LedgerReader:
    """The ledger, opened; nothing here changes anything in it."""

    def __init__(self, url: str, clock: Clock, *, durable: bool = True, read_only: bool = False) -> None:
        """Open the ledger. Raises LedgerError."""
        self._store = open_store(url, durable, read_only)
        self._clock = clock
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
        names = list(accounts)
        row_rows, account_rows, step_rows, pause_rows, withdrawal_rows = self._answers(
            (statements.ROWS_AND_TWINS, {"keys": list(keys)}), (statements.ACCOUNT_NOTES, {"names": names}),
            (statements.LAST_DETAILS, {"keys": names, "action": NEXT_STEP}), (statements.PAUSES, {}),
            (statements.WITHDRAWALS, {}),
        )  # fmt: skip
        steps = details_of(step_rows)
        notes = {
            name: AccountNote(
                moment_of(first_seen), moment_or_none(deferred), moment_or_none(noted_at), error, bool(needs_person),
                steps[name][1] if needs_person and name in steps else None,
            )
            for name, first_seen, deferred, noted_at, error, needs_person in account_rows
        }  # fmt: skip
        return LedgerSnapshot(rows_by_key(row_rows), notes, pauses_of(pause_rows), withdrawals_of(withdrawal_rows))

    def holds(self, keys: Iterable[str]) -> dict[str, Hold]:
        """Return what last kept each of these Deliveries back, by key, as live runs have noted it."""
        details = details_of(self._ask(statements.LAST_DETAILS, keys=list(keys), action=HELD))
        return {key: Hold(moment, reason) for key, (moment, reason) in details.items()}

    def rows(self, keys: Iterable[str]) -> dict[str, Row]:
        """Return the rows of these keys, by key; a key without a row is left out."""
        asked_keys = list(keys)
        return rows_by_key(self._ask(statements.ROWS_OF_KEYS, keys=asked_keys)) if asked_keys else {}

    def campaign_rows(self, campaign: str) -> dict[str, Row]:
        """Return every row of a campaign, by key."""
        return rows_by_key(self._ask(statements.ROWS_OF_CAMPAIGN, campaign=campaign))

    def rows_in_doubt(self, campaign: str) -> dict[str, Row]:
        """Return the rows of posts that may be public, by key: armed and unsure ones."""
        return rows_by_key(self._ask(statements.ROWS_IN_DOUBT, campaign=campaign))

    def rows_in_flight(self, covers: Callable[[Row], bool]) -> list[Row]:
        """Return the armed rows that some program is sending right now: their account's lock is held."""
        rows_in_flight = []
        for row in filter(covers, rows_by_key(self._ask(statements.ARMED_ROWS)).values()):
            with self.account_lock(row.identity or "") as lock:
                if lock is None:
                    rows_in_flight.append(row)
        return rows_in_flight

    def evidence(self, row: Row) -> Evidence:
        """Return the evidence by which an armed or unsure Delivery can be settled."""
        with self._read_connection() as connection:
            attempts = connection.rows(statements.ATTEMPTS_OF_GENERATION, key=row.key, generation=row.generation)
            number, *_, armed_at, ended_at = attempts[-1]
            observations = connection.rows(statements.EVIDENCE, key=row.key, number=number)
        return Evidence(
            payloads=[Payload(text, json.loads(payload)) for _, text, payload, *_ in attempts],
            services=frozenset(service for *_, service, _, _ in attempts),
            # A clock that was set back between the two makes nothing older than its arming.
            since=max(moment_of(armed_at), moment_of(ended_at or armed_at)),
            absences=sorted(moment_of(moment) for moment, says in observations if says == NOT_SHOWN),
            is_duplicate=any(says == REPORTED_DUPLICATE for _, says in observations),
            clock_tolerance=self._store.clock_tolerance,
        )

    def frozen_payloads(self, rows: Iterable[Row]) -> dict[str, list[Payload]]:
        """Return, by key, every payload that was frozen for these in their present generation, the first one first."""
        generations = {row.key: row.generation for row in rows}
        payloads: dict[str, list[Payload]] = {key: [] for key in generations}
        for key, generation, text, payload in self._ask(statements.PAYLOADS, keys=list(generations)):
            if generation == generations[key]:
                payloads[key].append(Payload(text, json.loads(payload)))
        return payloads

    def is_doubtful(self, campaign: str) -> bool:
        """Return whether something may have been posted in this campaign without a record in this ledger."""
        return bool(self._ask_value(statements.IS_DOUBTFUL, campaign=campaign))

    def takeover_time(self) -> datetime | None:
        """Return the time when another server took over, or None. It may lack what fell due before."""
        if not self._store.is_shared:
            return None
        moment = moment_or_none(self._ask_value(statements.TAKEOVER))
        return moment + self._store.clock_tolerance if moment else None

    def count_doubts(self, key: str) -> int:
        """Return the number of attempts of a Delivery that ended in doubt."""
        return int(self._ask_value(statements.COUNT_DOUBTS, key=key))

    def receipts(self, identity: str) -> set[str]:
        """Return the ids of all posts that this identity is known to have published, those taken down included."""
        return {receipt_id for (receipt_id,) in self._ask(statements.RECEIPTS, identity=identity) if receipt_id}

    def pauses(self) -> tuple[Pause, ...]:
        """Return the pauses in force, the oldest first."""
        return pauses_of(self._ask(statements.PAUSES))

    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """Return the withdrawals in force, which no person has lifted; the oldest first."""
        return withdrawals_of(self._ask(statements.WITHDRAWALS))

    def retractions(self, campaign: str) -> list[Retraction]:
        """Return the posts of a campaign that were taken down, the oldest first.

        Texts that have a row in the table of withdrawals are left out: older versions had no such table.
        """
        return [
            Retraction(key, day, script, generation, moment_of(retracted), actor)
            for key, day, script, generation, retracted, actor in self._ask(statements.RETRACTIONS, campaign=campaign)
        ]

    def last_texts(self, campaign: str, day: int, language: str) -> dict[str, str]:
        """Return, by key, the text of the last attempt of each Delivery of that day and language."""
        script = language_script(language)
        return dict(self._ask(statements.LAST_TEXTS, campaign=campaign, day=day, script=script))

    def service_of(self, row: Row) -> str | None:
        """Return the address of the service to which a Delivery was last sent; None where that wasn't kept."""
        service: str | None = self._ask_value(statements.LAST_SERVICE, key=row.key, generation=row.generation)
        return service

    def accounts(self) -> list[str]:
        """Return the names of all accounts that live runs have ever known."""
        return [name for (name,) in self._ask(statements.ACCOUNT_NAMES)]

    def events(self, key: str | None = None) -> list[Event]:
        """Return the lines of the log, the oldest first; with a key, only those about it."""
        rows = self._ask(statements.EVENTS) if key is None else self._ask(statements.EVENTS_OF_KEY, key=key)
        return [Event(moment_of(moment), *rest) for moment, *rest in rows]

    def last_event_number(self) -> int:
        """Return the number of the last line of the log; 0 where there is none."""
        return last_event_of(self._ask(statements.LAST_EVENT))[0]

    def changed_since(self, number: int) -> set[str]:
        """Return the keys of the Deliveries that the log tells of after its line with this number.

        On a server a line may appear after one with a higher number, whose transaction was faster: some lines before
        it count too.
        """
        first = number - (_LATE_LINES if self._store.is_shared else 0)
        return {key for (key,) in self._ask(statements.CHANGED_SINCE, number=first)}

    def last_release(self) -> datetime | None:
        """Return the last time a person ended a pause or withdrawal or let a post or account be retried, or None."""
        return moment_or_none(self._ask_value(statements.LAST_RELEASE))

    def has_seen(self, campaign: str) -> bool:
        """Return whether a live run has ever looked for missed posts of this campaign."""
        return bool(self._ask_value(statements.HAS_SEEN, campaign=campaign))

    def served_campaigns(self) -> list[str]:
        """Return the campaigns in which live runs have had posts to handle, the one that was checked last at the end.

        A campaign that was only waited for is left out: earlier versions noted the next one as soon as one was over.
        """
        sweep_rows, campaign_rows = self._answers((statements.LAST_SWEEPS, {}), (statements.CAMPAIGNS, {}))
        last_checks = {campaign: moment_of(until) for campaign, until in sweep_rows}
        begun_campaigns = {campaign for (campaign,) in campaign_rows}
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
        return {scope: moment_of(until) for scope, until in self._ask(statements.SWEEPS, campaign=campaign)}

    def swept_until(self, campaign: str, scope: str = "") -> datetime | None:
        """Return the time up to which every Delivery whose time ended was checked, or None.

        `scope` names the embassies; "" stands for all.
        """
        return moment_or_none(self._ask_value(statements.SWEPT_UNTIL, campaign=campaign, scope=scope))

    def last_sweep(self, campaign: str | None = None) -> datetime | None:
        """Return the time of the last check by a live run of this campaign, or of any: to the minute, or None."""
        if campaign is None:
            return moment_or_none(self._ask_value(statements.LAST_SWEEP_OF_ANY))
        return moment_or_none(self._ask_value(statements.LAST_SWEEP, campaign=campaign))

    def damage(self) -> str | None:
        """Return the damage that the database finds in its own file, in words, or None."""
        return self._store.damage()

    def server_time(self) -> datetime | None:
        """Return the time on the ledger's server; None where the ledger is on this machine."""
        return self._store.server_time()

    def _answers(self, *queries: Query) -> list[list[tuple[Any, ...]]]:
        """Return the rows of the answers to some queries, as they are at one moment."""
        with self._store.translate_errors():
            self._store.check_presence()
            return self._store.answers(*queries)

    def _ask(self, query: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of the answer to one query."""
        return self._answers((query, values))[0]

    def _ask_value(self, query: str, /, **values: Any) -> Any:
        """Return the one value in the answer to a query, or None."""
        rows = self._ask(query, **values)
        return rows[0][0] if rows else None

    @contextmanager
    def _read_connection(self) -> Iterator[Connection]:
        with self._store.translate_errors(), self._store.reading() as connection:
            self._store.check_presence()
            yield connection


def _may_begin(campaign: str) -> datetime | None:
    """Return the earliest moment at which a campaign of this name begins anywhere; None where it names no year."""
    year = re.search("-([1-9][0-9]{3})$", campaign)
    day = year and first_day_of(int(year[1]))
    return datetime.combine(day, time(0), UTC) - timedelta(hours=14) if day else None
