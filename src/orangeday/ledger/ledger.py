"""The Ledger, the durable record: one row for every Delivery that was ever begun, its attempts, and an event log.

That nothing is armed twice is a fact of the database: its transactions, its unique indexes, and one lock per account.
The tables, and what each column means, are in `migrations/`. It lies in a SQLite file, or on a PostgreSQL server: all
in which the two differ is in `sqlite.py` and `postgres.py`.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orangeday.adapters.base import Payload, Receipt
from orangeday.clock import Clock
from orangeday.content.plan import Delivery
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger import statements
from orangeday.ledger.database import Query, moment_of, moment_or_none
from orangeday.ledger.home import HomeCheck
from orangeday.ledger.queries import HELD, NEXT_STEP, details_of, last_event, pauses_of, withdrawals_of
from orangeday.ledger.reader import NOT_SHOWN, REPORTED_DUPLICATE, LedgerReader
from orangeday.ledger.records import PROGRAM_ACTOR, Home, HomeClaim, Pause, Row
from orangeday.ledger.states import (
    TRANSITIONS,
    TRANSITIONS_IF_ALLOWED,
    AmbiguousText,
    DuplicatePost,
    State,
    StateConflict,
)
from orangeday.ledger.transaction import Transaction, without_secrets
from orangeday.retry import UNTIL_RELEASED
from orangeday.system import machine
from orangeday.text.language import language_script

_ALARM_REFRESH = timedelta(hours=1)


_CLAIM_TOLERANCE = timedelta(minutes=2)
"""The time by which a claim may be later than now, and count all the same: two machines' clocks differ."""


class Ledger(LedgerReader):
    """The ledger, opened to write: by each program that asks, on one machine or, on a server, on several."""

    def __init__(
        self, url: str, clock: Clock, *, durable: bool = True, actor: str | None = None, read_only: bool = False
    ) -> None:
        """Open the ledger, or create it. Raises LedgerError.

        `durable=False` is for a ledger that is thrown away: it doesn't wait for the disk. `actor` is in the log;
        left out, it is the operating system's user. With `read_only` the ledger must exist; the right to read is
        enough, an older version's ledger is read as well, and nothing is changed in it or beside it.
        """
        super().__init__(url, clock, durable=durable, read_only=read_only)
        self.actor, self._machine = actor or machine.user(), machine.name()
        self._home = HomeCheck(self._store, self.actor, self._machine)

    # Where it is at home

    @property
    def mark_problem(self) -> str | None:
        """The reason why the high-water mark could not be written, though it should be; or None."""
        return self._home.mark_problem

    @property
    def has_paused_itself(self) -> bool:
        """True if this program has started a pause that no person asked for."""
        return self._home.has_paused_itself

    def claim_home(self, campaign: str, is_running: bool, scope: str = "") -> HomeClaim:
        """Make this machine and this place the ledger's home, for live runs.

        A ledger that was lost, copied, moved or restored may not know what was posted meanwhile, nor what another copy
        posts: it is doubtful for the whole of this campaign. With `is_running` the same transaction pauses
        it: a program that ends here must not leave it at home without its pause. The same transaction also records
        that the campaign was seen: what a person decides after that stays in force. Raises LedgerError where the
        ledger is in a place that can't be trusted. `scope` names the embassies, where it isn't all of them.

        A ledger on a server is at home for every machine: it is usual that another machine has written there last. It
        is strange there if the server has lost what this machine wrote: it came from a backup, or a standby took over
        that lagged behind.
        """
        self.check_location()
        with self._transaction() as transaction:
            claim = self._home.claim(transaction, campaign, is_running, scope)
            mark = self._home.find_high_water_mark(transaction.connection)
            last = last_event(transaction.connection)
        mark.move(*last)
        self._home.high_water_mark, self._home.is_mark_required = mark, True
        return claim

    def home_state(self, campaign: str, is_running: bool) -> tuple[Home, str | None]:
        """Return the state in which a live run would find this ledger, and the problem in words, or None."""
        with self._read_connection() as connection:
            return self._home.inspect(connection, campaign, is_running)

    def attach_high_water_mark(self) -> None:
        """Write the high-water mark too, from now on, if the ledger is at home here already.

        Where that fails, a property of the ledger has the reason, and what a person decides is recorded all the same.
        """
        try:
            with self._read_connection() as connection:
                self._home.attach_high_water_mark(connection)
        except LedgerError:
            raise
        except OrangedayError as failure:
            self._home.mark_problem = str(failure)

    def check_writable(self) -> None:
        """Raise LedgerError if nothing can be written. What it writes is rolled back."""
        with self._transaction() as transaction:
            transaction.execute("SAVEPOINT nothing_written")
            transaction.connection.insert("account", name="?", first_seen=self._clock(), needs_person=False)
            transaction.execute("ROLLBACK TO SAVEPOINT nothing_written")

    def check_location(self) -> None:
        """Raise LedgerError if the ledger is in a place that no live run may trust."""
        self._store.check_location()

    def register_accounts(self, accounts: Iterable[str], now: datetime) -> None:
        """Add the accounts that this ledger doesn't have yet, as first seen at `now`."""
        known = set(self.accounts())
        new = [name for name in accounts if name not in known]
        if new:
            with self._transaction() as transaction:
                for name in new:
                    transaction.connection.add("account", name=name, first_seen=now, needs_person=False)

    def arm(
        self, delivery: Delivery, generation: int, identity: str, payload: Payload, first_armed: datetime,
        service: str | None = None, final_check: Callable[[], None] = lambda: None,
    ) -> datetime:  # fmt: skip
        """Commit that `payload` is about to leave for a service: from here on it may be public. Return the time.

        `final_check` is called when no other program can arm any more, and raises where this may not be armed. Raises
        what that raises, StateConflict or DuplicatePost; nothing is changed then.
        """
        now, campaign = self._clock(), delivery.plan.campaign_id
        digest = hashlib.sha256(unicodedata.normalize("NFC", payload.text).encode()).hexdigest()
        facts = {
            "campaign": campaign, "identity": identity, "key": delivery.key, "day": delivery.number,
            "script": language_script(delivery.language), "digest": digest, "generation": generation,
            "text": payload.text,
        }  # fmt: skip
        with self._state_change(
            delivery.key, *self._store.arming_locks(identity), (statements.PAUSES, {}), (statements.WITHDRAWALS, {}),
            (statements.CONFLICTING_KEYS, facts), (statements.STATE_OF_KEY, {"key": delivery.key}),
        ) as transaction:  # fmt: skip
            if transaction.is_new_server:
                raise StateConflict("another server has taken over a moment ago: who is to send this has to look first")
            pause_rows, withdrawal_rows, ((duplicate_key, ambiguous_key),), state_rows = transaction.answers[-4:]
            for pause in pauses_of(pause_rows):
                if pause.covers(delivery.embassy.id, delivery.platform):
                    raise StateConflict(str(pause))
            for withdrawal in withdrawals_of(withdrawal_rows):
                if withdrawal.covers(delivery):
                    raise StateConflict(str(withdrawal))
            if duplicate_key is not None:
                raise DuplicatePost(duplicate_key)
            if ambiguous_key is not None:
                raise AmbiguousText(f"{ambiguous_key} was tried with the same words, and has to be settled first")
            number = self._move(
                transaction, delivery, State.ARMED, state_rows, identity=identity, digest=digest,
                first_armed=first_armed, generation=generation, until=None, error=None, same_as=None,
            )  # fmt: skip
            document = json.dumps(dict(payload.document), ensure_ascii=False, sort_keys=True)
            final_check()
            transaction.connection.insert(
                "attempt", key=delivery.key, number=number, generation=generation, armed=now, text=payload.text,
                payload=document, service=service,
            )  # fmt: skip
            transaction.log("armed", delivery.key, f"attempt {number}")
        return now

    def published(self, key: str, receipt: Receipt, note: str | None = None) -> None:
        """Record that the platform has proved the post. `note` is a warning that stays with it."""
        self._end(
            key, State.PUBLISHED, note, receipt_id=receipt.id, receipt_url=receipt.url, published=receipt.published_at,
            until=None,
        )  # fmt: skip

    def unsure(
        self, key: str, error: str, until: datetime | None = None, *, is_duplicate: bool = False,
        attempts: int | None = None,
    ) -> None:  # fmt: skip
        """Record that the post may be public; reading back before `until` is of no use."""
        evidence = REPORTED_DUPLICATE if is_duplicate else None
        self._end(key, State.UNSURE, error, evidence=evidence, attempts=attempts, until=until)

    def not_shown(self, key: str, error: str, until: datetime, *, attempts: int | None = None) -> None:
        """Record that the account was read back without the post, which isn't proof yet: read it again at `until`."""
        self._end(key, State.UNSURE, error, evidence=NOT_SHOWN, attempts=attempts, until=until)

    def deferred(self, target: Delivery | str, error: str, until: datetime, *, attempts: int | None = None) -> None:
        """Record that the post is certainly not public; it may be tried again at `until`."""
        self._end(target, State.DEFERRED, error, attempts=attempts, until=until)

    def refused(
        self, target: Delivery | str, error: str, same_as: str | None = None, *, attempts: int | None = None
    ) -> None:
        """Record that the post is certainly not public, and that a person must act."""
        self._end(target, State.REFUSED, error, attempts=attempts, until=None, same_as=same_as)

    def missed(self, target: Delivery | str, error: str) -> None:
        """Record that the time in which the post could be sent has passed."""
        self._end(target, State.MISSED, error, until=None)

    def defer_accounts(
        self, names: Iterable[str], error: str | None, until: datetime | None, needs_person: bool = False,
        steps: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Defer these Accounts: nothing of them is tried before `until`. None lets them be tried again.

        One that waits for a person, whenever that is, goes on waiting: `release_accounts` lets it be tried. `steps` has
        what the person is to do, by the account's name.
        """
        error = without_secrets(error)
        with self._transaction() as transaction:
            for name in names:
                is_deferred = transaction.change(
                    statements.DEFER_ACCOUNT, name=name, deferred=until, noted=self._clock(), error=error,
                    needs_person=needs_person, until_released=UNTIL_RELEASED,
                )  # fmt: skip
                if not is_deferred:
                    continue
                transaction.log("account deferred" if until else "account ready", None, f"{name}: {error or ''}")
            if steps:
                _log_changes(transaction, NEXT_STEP, steps)

    def note_holds(self, reasons: Mapping[str, str]) -> None:
        """Record what keeps these Deliveries back, by key, where the log doesn't say it yet."""
        last_reasons = {key: hold.reason for key, hold in self.holds(reasons).items()}
        if any(last_reasons.get(key) != without_secrets(reason) for key, reason in reasons.items()):
            with self._transaction() as transaction:
                _log_changes(transaction, HELD, reasons)

    def release_accounts(self, names: Iterable[str]) -> None:
        """Let these Accounts be tried at once, and what was deferred of them: a person has put right what it was."""
        now = self._clock()
        with self._transaction() as transaction:
            for name in names:
                embassy, _, platform = name.partition("/")
                transaction.execute(statements.RELEASE_ACCOUNT, name=name, needs_person=False)
                transaction.execute(statements.RELEASE_DELIVERIES, embassy=embassy, platform=platform, now=now)
                transaction.log("account ready", None, name)

    def pause(self, scope: str, reason: str) -> None:
        """Pause everything, an embassy, a platform or an account. It is in force before the next request leaves.

        A pause in force stays as it is; but one that orangeday itself has started becomes a person's pause.
        """
        with self._transaction() as transaction:
            self._store.lock_for_pausing(transaction.connection)
            automatic = {"scope": scope, "who": PROGRAM_ACTOR}
            if previous_reason := transaction.connection.value(statements.REASON_OF_PAUSE, **automatic):
                reason = "; ".join(filter(None, [reason, f"orangeday had paused it before: {previous_reason}"]))
                transaction.execute(statements.END_PAUSE_OF_ACTOR, **automatic)
            transaction.pause(scope, reason)

    def resume(self, scope: str, pause: Pause | None = None) -> bool:
        """End the pause with this scope, or only the one `pause`. Return whether it was in force."""
        with self._transaction() as transaction:
            if pause:
                count = transaction.change(statements.END_ONE_PAUSE, scope=scope, since=pause.since, who=pause.actor)
            else:
                count = transaction.change(statements.END_PAUSE, scope=scope)
            was_paused = count > 0
            if was_paused or not pause:
                transaction.log("resumed", None, scope)
            return was_paused

    def withdraw(self, campaign: str, day: int, language: str, embassy: str, reason: str) -> None:
        """Withdraw a text: it can't be armed any more. `embassy` is the one that the text is for, or "" for all.

        A text that is withdrawn already stays as it is.
        """
        with self._transaction() as transaction:
            self._store.lock_for_pausing(transaction.connection)
            is_added = transaction.connection.add(
                "withdrawal", campaign=campaign, day=day, language=language, script=language_script(language),
                words=embassy, at=self._clock(), who=self.actor, why=reason,
            )  # fmt: skip
            if is_added:
                transaction.log("withdrawn", None, f"{_text_name(day, language, embassy)}: {reason}")

    def lift(self, campaign: str, day: int, language: str, embassy: str) -> bool:
        """Let a withdrawn text be posted again. Return whether it was withdrawn."""
        with self._transaction() as transaction:
            count = transaction.change(
                statements.LIFT, campaign=campaign, day=day, script=language_script(language), words=embassy,
                now=self._clock(), actor=self.actor,
            )  # fmt: skip
            was_lifted = count > 0
            if was_lifted:
                transaction.log("withdrawal lifted", None, _text_name(day, language, embassy))
            return was_lifted

    def allow(self, key: str) -> None:
        """Let a refused Delivery be armed once more. Raises StateConflict where it isn't refused."""
        with self._transaction() as transaction:
            if not transaction.change(statements.ALLOW, key=key, actor=self.actor):
                raise StateConflict(f"{key} isn't refused")
            transaction.log("retry", key, None)

    def acknowledge(self, key: str, reason: str) -> None:
        """Record that a person knows the problem of a Delivery: it causes no alarm until its state changes."""
        with self._transaction() as transaction:
            note = f"{self.actor}: {reason}"
            transaction.execute(statements.update_delivery("acknowledged"), key=key, acknowledged=note)
            transaction.log("acknowledged", key, reason)

    def retracted(self, row: Row, replace: bool) -> None:
        """Record that the post was taken down; with `replace` a corrected one may take its place, once."""
        assert row.receipt is not None  # noqa: S101  (nothing else is ever taken down)
        with self._state_change(row.key, (statements.STATE_OF_KEY, {"key": row.key})) as transaction:
            approver = self.actor if replace and row.generation == 0 else None
            self._move(transaction, row.key, State.RETRACTED, transaction.answers[0], allowed=approver, error=None)
            campaign, identity, day, script = transaction.connection.rows(statements.IDENTITY_OF_KEY, key=row.key)[0]
            transaction.connection.insert(
                "tombstone", key=row.key, generation=row.generation, campaign=campaign, identity=identity, day=day,
                script=script, receipt_id=row.receipt.id, receipt_url=row.receipt.url,
                published=row.receipt.published_at, retracted=self._clock(), who=self.actor,
            )  # fmt: skip
            transaction.log("retracted", row.key, row.receipt.url)

    def unnotified_causes(self, causes: Iterable[str], now: datetime, since: datetime) -> set[str]:
        """Return those of these causes of alarm that nobody was told of, or that were last there before `since`."""
        cause_set, new = set(causes), set()
        with self._read_connection() as connection:
            rows = connection.rows(statements.ALARMS, causes=list(cause_set))
        known = {cause: (moment_of(seen_at), moment_or_none(told_at)) for cause, seen_at, told_at in rows}
        for cause in cause_set:
            seen_at, told_at = known.get(cause, (since, None))
            if told_at is None or seen_at < since:
                new.add(cause)
        # Each is seen with every sweep: that is written once an hour, and not every thirty seconds.
        stale = [c for c in cause_set if c not in known or not now - _ALARM_REFRESH < known[c][0] <= now or c in new]
        if stale:
            with self._transaction() as transaction:
                for cause in stale:
                    told_at = None if cause in new else known[cause][1]
                    transaction.execute(statements.RECORD_ALARM, cause=cause, seen=now, told=told_at)
        return new

    def record_notification(self, cause: str, now: datetime) -> None:
        """Record that somebody was told of this cause."""
        with self._transaction() as transaction:
            transaction.execute(statements.RECORD_NOTIFICATION, cause=cause, now=now)
            transaction.log("alerted", None, cause)

    def claim_notification(self, cause: str, now: datetime, retry_before: datetime) -> bool:
        """Return whether this program is the one that tells somebody of this cause, which is told once and no more.

        Of several that ask, one is. Where that one failed, or ended, the next may try once its claim was made before
        `retry_before`.
        """
        with self._transaction() as transaction:
            if transaction.connection.add("alarm", cause=cause, seen=now, told=None):
                return True
            # One that was made later than now was made by a clock that was ahead.
            latest = now + _CLAIM_TOLERANCE
            times = {"now": now, "retry_before": retry_before, "latest": latest}
            return transaction.change(statements.CLAIM_NOTIFICATION, cause=cause, **times) > 0

    def is_notified(self, cause: str) -> bool:
        """Return whether somebody was told of this cause."""
        with self._read_connection() as connection:
            return connection.value(statements.ALARM_TOLD, cause=cause) is not None

    def note(self, action: str, key: str | None, detail: str) -> None:
        """Add a line to the log, and change nothing else."""
        with self._transaction() as transaction:
            transaction.log(action, key, detail)

    def record_sweep(self, campaign: str, scope: str, until: datetime) -> None:
        """Record that every Delivery whose time ended up to `until` was checked."""
        with self._transaction() as transaction:
            transaction.execute(statements.RECORD_SWEEP, campaign=campaign, scope=scope, until=until)

    # Within a transaction

    @contextmanager
    def _transaction(self, *queries: Query) -> Iterator[Transaction]:
        """Yield a transaction that writes, with the answers to some queries."""
        if self._store.read_only:
            raise LedgerError(f"the record of posts {self.location} may only be read here; nothing was changed.")
        with self._store.write_lock, self._store.translate_errors():
            mark_queries = self._home.mark_queries
            with self._store.writing(*mark_queries, *queries) as connection:
                transaction = Transaction(connection, self._store, self._clock, self.actor, self._machine)
                self._store.check_presence()
                asked = len(mark_queries)
                mark_answers, transaction.answers = transaction.answers[:asked], transaction.answers[asked:]
                if self._home.check_server(transaction, mark_answers):
                    transaction.answers = connection.answers(*queries)
                yield transaction
            if self._home.high_water_mark and transaction.last_event:
                # Before anything leaves, and before a person is told that it is done: a backup of a moment ago would
                # not know of it.
                self._home.move_high_water_mark(*transaction.last_event)

    @contextmanager
    def _state_change(self, key: str, *queries: Query) -> Iterator[Transaction]:
        """Yield a transaction that changes a Delivery's state. Raises StateConflict where a unique index refuses it."""
        try:
            with self._transaction(*queries) as transaction:
                yield transaction
        except self._store.integrity_error as failure:
            raise StateConflict(f"{key} was begun by another program a moment ago: {failure}") from failure

    def _end(
        self, target: Delivery | str, state: State, error: str | None, evidence: str | None = None,
        attempts: int | None = None, **values: Any,
    ) -> None:  # fmt: skip
        """Set a Delivery to a state that isn't `armed`, and end its attempt where one is open."""
        key, error = target if isinstance(target, str) else target.key, without_secrets(error)
        with self._state_change(key, (statements.STATE_OF_KEY, {"key": key})) as transaction:
            number = self._move(transaction, target, state, transaction.answers[0], attempts, error=error, **values)
            if evidence:
                transaction.connection.insert("evidence", key=key, number=number, at=self._clock(), says=evidence)
            transaction.execute(statements.END_ATTEMPT, key=key, ended=self._clock(), outcome=state, error=error)
            transaction.log(str(state), key, error)

    def _move(
        self,
        transaction: Transaction,
        target: Delivery | str,
        next_state: State,
        state_rows: Sequence[tuple[Any, ...]],
        expected_attempts: int | None = None,
        **values: Any,
    ) -> int:
        """Set a row to a state that may follow its own, or insert it. Return its number of attempts.

        `state_rows` is the answer to STATE_OF_KEY in this transaction.
        """
        key = target if isinstance(target, str) else target.key
        row = state_rows[0] if state_rows else None
        state: State | None = State(row[0]) if row else None
        attempts: int
        _, attempts, allowed_by, generation = row or (None, 0, None, 0)
        if next_state not in (TRANSITIONS[state] | (TRANSITIONS_IF_ALLOWED if allowed_by else frozenset())):
            raise StateConflict(f"{key} is {state or 'untouched'} by now, and can't become {next_state}")
        if expected_attempts is not None and expected_attempts != attempts:
            raise StateConflict(f"{key} was begun by another program a moment ago")
        attempts += next_state is State.ARMED
        if state is State.RETRACTED:  # what takes its place begins again; the tombstone keeps the rest
            cleared_values = {"receipt_id": None, "receipt_url": None, "published": None, "first_armed": None}
            values = {"generation": generation + 1, **cleared_values, **values}
        values = {"allowed": None, "acknowledged": None, "noted": self._clock(), **values}
        values |= {"state": next_state, "attempts": attempts}
        if not isinstance(target, str):
            values |= {"due": target.due, "closes": target.deadline}
        if row:
            transaction.execute(statements.update_delivery(*values), key=key, **values)
        else:
            assert not isinstance(target, str)  # noqa: S101  (only a Delivery in hand leads from nothing to anything)
            values = {
                "key": key, "campaign": target.plan.campaign_id, "day": target.number, "embassy": target.embassy.id,
                "platform": target.platform, "language": target.language, "script": language_script(target.language),
                "generation": 0, **values,
            }  # fmt: skip
            transaction.connection.insert("delivery", **values)
        return attempts


def _log_changes(transaction: Transaction, action: str, details: Mapping[str, str]) -> None:
    """Add a line to the log for each key whose last line with this action has another detail."""
    last = details_of(transaction.connection.rows(statements.LAST_DETAILS, keys=list(details), action=action))
    for key, detail in details.items():
        if key not in last or last[key][1] != without_secrets(detail):
            transaction.log(action, key, detail)


def _text_name(day: int, language: str, embassy: str) -> str:
    """Return the name of a text as in approvals.toml: `05/en`, `05/en.nairobi`."""
    return f"{day:02}/{language}{f'.{embassy}' if embassy else ''}"


@contextmanager
def throwaway(clock: Clock) -> Iterator[Ledger]:
    """Yield a ledger for a dry run: it begins empty, and is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="orangeday-", ignore_cleanup_errors=True) as folder:
        ledger = Ledger(f"sqlite:///{(Path(folder) / 'dry-run.db').as_posix()}", clock, durable=False)
        try:
            yield ledger
        finally:
            ledger.close()
