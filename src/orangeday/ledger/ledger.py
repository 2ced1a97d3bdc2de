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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from orangeday.adapters.base import Receipt, Sent
from orangeday.clock import Clock
from orangeday.content.plan import Delivery
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger.home import HomeCheck
from orangeday.ledger.queries import current_pauses, current_withdrawals, last_event
from orangeday.ledger.reader import NOT_SHOWN, THERE_ALREADY, LedgerReader
from orangeday.ledger.records import ITSELF, Home, Pause, Row, Settled
from orangeday.ledger.schema import (
    ALIKE,
    END_ATTEMPT,
    INSERT_ATTEMPT,
    STATE_OF_KEY,
    UPDATE,
    account_table,
    alarm_table,
    delivery_table,
    evidence_table,
    pause_table,
    sweep_table,
    tombstone_table,
    withdrawal_table,
)
from orangeday.ledger.states import TRANSITIONS, TRANSITIONS_IF_ALLOWED, AlreadySaid, Entangled, NotArmed, State
from orangeday.ledger.transaction import Transaction, without_secrets
from orangeday.system import machine
from orangeday.text.language import language_script

_A_WHILE = timedelta(hours=1)


class Ledger(LedgerReader):
    """The ledger, opened to write: by each program that asks, on one machine or, on a server, on several."""

    def __init__(
        self, url: str, clock: Clock, *, durable: bool = True, who: str | None = None, read_only: bool = False
    ) -> None:
        """Open the ledger, or create it. Raises LedgerError.

        `durable=False` is for a ledger that is thrown away: it doesn't wait for the disk. `who` is the name in the log;
        left out, it is the operating system's user. With `read_only` the ledger must exist; the right to read is
        enough, an older version's ledger is read as well, and nothing is changed in it or beside it.
        """
        super().__init__(url, clock, durable=durable, read_only=read_only)
        self.who, self._machine = who or machine.user(), machine.name()
        self._home = HomeCheck(self._store, self.who, self._machine)
        # SQLAlchemy doesn't ask how many rows an insert made, unless it is told to.
        begin = self._store.insert(delivery_table).on_conflict_do_nothing(index_elements=["key"])
        self._begin = begin.execution_options(preserve_rowcount=True)

    # Where it is at home

    @property
    def unremembered(self) -> str | None:
        """The reason why the high-water mark could not be written, though it should be; or None."""
        return self._home.unremembered

    @property
    def paused_itself(self) -> bool:
        """True if this program has started a pause that no person asked for."""
        return self._home.paused_itself

    def settle_in(self, campaign: str, running: bool, scope: str = "") -> Settled:
        """Make this machine and this place the ledger's home, for live runs.

        A ledger that was lost, copied, moved or restored may not know what was posted meanwhile, nor what another copy
        posts: it is doubtful for the whole of this campaign. If the campaign is `running`, the same transaction pauses
        it: a program that ends here must not leave it at home without its pause. The same transaction also records
        that the campaign was seen: what a person decides after that stays in force. Raises LedgerError where the
        ledger is in a place that can't be trusted. `scope` names the embassies, where it isn't all of them.

        A ledger on a server is at home for every machine: it is usual that another machine has written there last. It
        is strange there if the server has lost what this machine wrote: it came from a backup, or a standby took over
        that lagged behind.
        """
        self.see_where_it_lies()
        with self._transaction() as transaction:
            settled = self._home.claim(transaction, campaign, running, scope)
            bookmark = self._home.find_bookmark(transaction.connection)
            last = last_event(transaction.connection)
        bookmark.move(*last)
        self._home.bookmark, self._home.must_remember = bookmark, True
        return settled

    def found(self, campaign: str, running: bool) -> tuple[Home, str | None]:
        """Return the state in which a live run would find this ledger, and the problem in words, or None."""
        with self._reading() as connection:
            return self._home.find(connection, campaign, running)

    def remember(self) -> None:
        """Write the high-water mark too, from now on, if the ledger is at home here already.

        Where that fails, a property of the ledger has the reason, and what a person decides is recorded all the same.
        """
        try:
            with self._reading() as connection:
                self._home.remember(connection)
        except LedgerError:
            raise
        except OrangedayError as failure:
            self._home.unremembered = str(failure)

    def try_to_write(self) -> None:
        """Raise LedgerError if nothing can be written. What it writes is rolled back."""
        with self._transaction() as transaction:
            nested = transaction.connection.begin_nested()
            transaction.execute(sa.insert(account_table).values(name="?", first_seen=self._clock(), needs_person=False))
            nested.rollback()

    def see_where_it_lies(self) -> None:
        """Raise LedgerError if the ledger is in a place that no live run may trust."""
        self._store.see_where_it_lies()

    def see(self, accounts: Iterable[str], now: datetime) -> None:
        """Add the accounts that this ledger doesn't have yet, as first seen at `now`."""
        with self._reading() as connection:
            known = set(connection.execute(sa.select(account_table.c.name)).scalars())
        new = [name for name in accounts if name not in known]
        if new:
            with self._transaction() as transaction:
                insert = self._store.insert(account_table).on_conflict_do_nothing()
                transaction.execute(insert, [{"name": name, "first_seen": now, "needs_person": False} for name in new])

    def arm(
        self, delivery: Delivery, generation: int, identity: str, sent: Sent, first_armed: datetime,
        service: str | None = None, last_look: Callable[[], None] = lambda: None,
    ) -> datetime:  # fmt: skip
        """Commit that `sent` is about to leave for a service: from here on it may be public. Return the time.

        `last_look` is called when no other program can arm any more, and raises where this may not be armed. Raises
        what that raises, NotArmed or AlreadySaid; nothing is changed then.
        """
        now, campaign = self._clock(), delivery.plan.campaign_id
        script = language_script(delivery.language)
        digest = hashlib.sha256(unicodedata.normalize("NFC", sent.text).encode()).hexdigest()
        with self._transaction() as transaction:
            if transaction.another_server:
                raise NotArmed("another server has taken over a moment ago: who is to send this has to look first")
            self._store.before_arming(transaction.connection, identity)
            for pause in current_pauses(transaction.connection):
                if pause.covers(delivery.embassy.id, delivery.platform):
                    raise NotArmed(str(pause))
            for withdrawal in current_withdrawals(transaction.connection):
                if withdrawal.covers(delivery):
                    raise NotArmed(str(withdrawal))
            asked = {
                "campaign": campaign, "identity": identity, "this": delivery.key, "day": delivery.number,
                "of_script": script, "of_digest": digest, "of_generation": generation, "words": sent.text,
            }  # fmt: skip
            twin, other = transaction.execute(ALIKE, asked).one()
            if twin is not None:
                raise AlreadySaid(twin)
            if other is not None:
                raise Entangled(f"{other} was tried with the same words, and has to be settled first")
            number = self._move(
                transaction, delivery, State.ARMED, identity=identity, digest=digest, first_armed=first_armed,
                generation=generation, until=None, error=None, same_as=None,
            )  # fmt: skip
            payload = json.dumps(dict(sent.payload), ensure_ascii=False, sort_keys=True)
            last_look()
            attempt = {"key": delivery.key, "number": number, "generation": generation, "armed": now}
            attempt |= {"text": sent.text, "payload": payload, "service": service}
            transaction.execute(INSERT_ATTEMPT, attempt)
            transaction.log("armed", delivery.key, f"attempt {number}")
        return now

    def published(self, key: str, receipt: Receipt, note: str | None = None) -> None:
        """Record that the platform has proved the post. `note` is a warning that stays with it."""
        self._end(
            key, State.PUBLISHED, note, receipt_id=receipt.id, receipt_url=receipt.url, published=receipt.published_at,
            until=None,
        )  # fmt: skip

    def unsure(
        self, key: str, error: str, until: datetime | None = None, *, there_already: bool = False,
        seen: int | None = None,
    ) -> None:  # fmt: skip
        """Record that the post may be public; reading back before `until` is of no use."""
        evidence = THERE_ALREADY if there_already else None
        self._end(key, State.UNSURE, error, evidence=evidence, seen=seen, until=until)

    def not_shown(self, key: str, error: str, until: datetime, *, seen: int | None = None) -> None:
        """Record that the account was read back without the post, which isn't proof yet: read it again at `until`."""
        self._end(key, State.UNSURE, error, evidence=NOT_SHOWN, seen=seen, until=until)

    def deferred(self, of: Delivery | str, error: str, until: datetime, *, seen: int | None = None) -> None:
        """Record that the post is certainly not public; it may be tried again at `until`."""
        self._end(of, State.DEFERRED, error, seen=seen, until=until)

    def refused(self, of: Delivery | str, error: str, same_as: str | None = None, *, seen: int | None = None) -> None:
        """Record that the post is certainly not public, and that a person must act."""
        self._end(of, State.REFUSED, error, seen=seen, until=None, same_as=same_as)

    def missed(self, of: Delivery | str, error: str) -> None:
        """Record that the time in which the post could be sent has passed."""
        self._end(of, State.MISSED, error, until=None)

    def defer_accounts(
        self, names: Iterable[str], error: str | None, until: datetime | None, needs_person: bool = False
    ) -> None:
        """Defer these Accounts: nothing of them is tried before `until`. None lets them be tried again."""
        error = without_secrets(error)
        with self._transaction() as transaction:
            for name in names:
                update = sa.update(account_table).where(account_table.c.name == name)
                transaction.execute(
                    update.values(deferred=until, noted=self._clock(), error=error, needs_person=needs_person)
                )
                transaction.log("account deferred" if until else "account ready", None, f"{name}: {error or ''}")

    def pause(self, scope: str, reason: str) -> None:
        """Pause everything, an embassy, a platform or an account. It is in force before the next request leaves.

        A pause in force stays as it is; but one that orangeday itself has started becomes a person's pause.
        """
        with self._transaction() as transaction:
            self._store.before_braking(transaction.connection)
            own = sa.and_(pause_table.c.scope == scope, pause_table.c.who == ITSELF)
            if before := transaction.execute(sa.select(pause_table.c.reason).where(own)).scalar_one_or_none():
                reason = "; ".join(filter(None, [reason, f"orangeday had paused it before: {before}"]))
                transaction.execute(sa.delete(pause_table).where(own))
            transaction.pause(scope, reason)

    def resume(self, scope: str, only: Pause | None = None) -> bool:
        """End the pause with this scope, or `only` this very pause. Return whether it was in force."""
        with self._transaction() as transaction:
            on = [pause_table.c.scope == scope]
            on += [pause_table.c.since == only.since, pause_table.c.who == only.who] if only else []
            was_on = transaction.execute(sa.delete(pause_table).where(*on)).rowcount > 0
            if was_on or not only:
                transaction.log("resumed", None, scope)
            return was_on

    def withdraw(self, campaign: str, day: int, language: str, words: str, why: str) -> None:
        """Withdraw a text: it can't be armed any more. `words` is the embassy that the text is for, or "" for all.

        A text that is withdrawn already stays as it is.
        """
        with self._transaction() as transaction:
            self._store.before_braking(transaction.connection)
            row = {
                "campaign": campaign, "day": day, "language": language, "script": language_script(language),
                "words": words, "at": self._clock(), "who": self.who, "why": why,
            }  # fmt: skip
            if transaction.add(withdrawal_table, row):
                transaction.log("withdrawn", None, f"{_text_name(day, language, words)}: {why}")

    def lift(self, campaign: str, day: int, language: str, words: str) -> bool:
        """Let a withdrawn text be posted again. Return whether it was withdrawn."""
        with self._transaction() as transaction:
            of = {"campaign": campaign, "day": day, "script": language_script(language), "words": words}
            withdrawn = [withdrawal_table.c[name] == value for name, value in of.items()]
            update = sa.update(withdrawal_table).where(*withdrawn, withdrawal_table.c.lifted.is_(None))
            lifted = transaction.execute(update.values(lifted=self._clock(), lifted_by=self.who)).rowcount > 0
            if lifted:
                transaction.log("withdrawal lifted", None, _text_name(day, language, words))
            return lifted

    def allow(self, key: str) -> None:
        """Let a refused Delivery be armed once more. Raises NotArmed where it isn't refused."""
        with self._transaction() as transaction:
            refused = sa.and_(delivery_table.c.key == key, delivery_table.c.state == State.REFUSED)
            values = {"allowed": self.who, "acknowledged": None}
            if not transaction.execute(sa.update(delivery_table).where(refused).values(values)).rowcount:
                raise NotArmed(f"{key} isn't refused")
            transaction.log("retry", key, None)

    def acknowledge(self, key: str, reason: str) -> None:
        """Record that a person knows the problem of a Delivery: it causes no alarm until its state changes."""
        with self._transaction() as transaction:
            update = sa.update(delivery_table).where(delivery_table.c.key == key)
            transaction.execute(update.values(acknowledged=f"{self.who}: {reason}"))
            transaction.log("acknowledged", key, reason)

    def retracted(self, row: Row, replace: bool) -> None:
        """Record that the post was taken down; with `replace` a corrected one may take its place, once."""
        assert row.receipt is not None  # noqa: S101  (nothing else is ever taken down)
        with self._transaction() as transaction:
            allowed = self.who if replace and row.generation == 0 else None
            self._move(transaction, row.key, State.RETRACTED, allowed=allowed, error=None)
            of = sa.select(
                delivery_table.c.campaign, delivery_table.c.identity, delivery_table.c.day, delivery_table.c.script
            )
            said = transaction.execute(of.where(delivery_table.c.key == row.key)).mappings().one()
            stone = {
                "key": row.key, "generation": row.generation, **said, "receipt_id": row.receipt.id,
                "receipt_url": row.receipt.url, "published": row.receipt.published_at, "retracted": self._clock(),
                "who": self.who,
            }  # fmt: skip
            transaction.execute(sa.insert(tombstone_table), stone)
            transaction.log("retracted", row.key, row.receipt.url)

    def unheard(self, causes: Iterable[str], now: datetime, since: datetime) -> set[str]:
        """Return those of these causes of alarm that nobody was told of, or that were last there before `since`."""
        asked, new = set(causes), set()
        with self._reading() as connection:
            rows = connection.execute(sa.select(alarm_table).where(alarm_table.c.cause.in_(asked))).mappings().all()
        known = {row["cause"]: row for row in rows}
        for cause in asked:
            row = known.get(cause)
            if row is None or row["told"] is None or row["seen"] < since:
                new.add(cause)
        # Each is seen with every sweep: that is written once an hour, and not every thirty seconds.
        stale = [c for c in asked if c not in known or not now - _A_WHILE < known[c]["seen"] <= now or c in new]
        if stale:
            with self._transaction() as transaction:
                rows_ = [{"cause": c, "seen": now, "told": None if c in new else known[c]["told"]} for c in stale]
                transaction.put(alarm_table, *rows_)
        return new

    def told(self, cause: str, now: datetime) -> None:
        """Record that somebody was told of this cause."""
        with self._transaction() as transaction:
            transaction.execute(sa.update(alarm_table).where(alarm_table.c.cause == cause).values(told=now))
            transaction.log("alerted", None, cause)

    def note(self, what: str, key: str | None, detail: str) -> None:
        """Add a line to the log, and change nothing else."""
        with self._transaction() as transaction:
            transaction.log(what, key, detail)

    def sweep_done(self, campaign: str, scope: str, until: datetime) -> None:
        """Record that every Delivery whose time ended up to `until` was checked."""
        with self._transaction() as transaction:
            transaction.put(sweep_table, {"campaign": campaign, "scope": scope, "until": until})

    # Within a transaction

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        if self._store.read_only:
            raise LedgerError(f"the record of posts {self.where} may only be read here; nothing was changed.")
        with self._store.in_turn, self._store.in_plain_words():
            with self._store.writing.connect() as connection:
                transaction = Transaction(connection, self._store, self._clock, self.who, self._machine)
                connection.begin()
                self._store.see_that_it_is_there()
                self._home.check_server(transaction)
                yield transaction
                connection.commit()
            if self._home.bookmark and transaction.last_event:
                # Before anything leaves, and before a person is told that it is done: a backup of a moment ago would
                # not know of it.
                self._home.move_bookmark(*transaction.last_event)

    def _end(
        self, of: Delivery | str, to: State, error: str | None, evidence: str | None = None, seen: int | None = None,
        **values: Any,
    ) -> None:  # fmt: skip
        """Set a Delivery to a state that isn't `armed`, and end its attempt where one is open."""
        key, error = of if isinstance(of, str) else of.key, without_secrets(error)
        with self._transaction() as transaction:
            number = self._move(transaction, of, to, seen, error=error, **values)
            if evidence:
                said = {"key": key, "number": number, "at": self._clock(), "says": evidence}
                transaction.execute(sa.insert(evidence_table), said)
            ended = {"this": key, "ended": self._clock(), "outcome": str(to), "error": error}
            transaction.execute(END_ATTEMPT, ended)
            transaction.log(str(to), key, error)

    def _move(
        self, transaction: Transaction, of: Delivery | str, to: State, seen: int | None = None, **values: Any
    ) -> int:
        """Set a row to a state that may follow its own, or insert it. Return its number of attempts."""
        key = of if isinstance(of, str) else of.key
        row = transaction.execute(STATE_OF_KEY, {"this": key}).one_or_none()
        state, attempts = (row.state, row.attempts) if row else (None, 0)
        if to not in (TRANSITIONS[state] | (TRANSITIONS_IF_ALLOWED if row and row.allowed else frozenset())):
            raise NotArmed(f"{key} is {state or 'untouched'} by now, and can't become {to}")
        if seen is not None and seen != attempts:
            raise NotArmed(f"{key} was begun by another program a moment ago")
        attempts += to is State.ARMED
        if row and state is State.RETRACTED:  # what takes its place begins again; the tombstone keeps the rest
            new = {"receipt_id": None, "receipt_url": None, "published": None, "first_armed": None}
            values = {"generation": row.generation + 1, **new, **values}
        values = {"allowed": None, "acknowledged": None, "noted": self._clock(), **values}
        if not isinstance(of, str):
            values |= {"due": of.due, "closes": of.closes}
        if row:
            transaction.execute(UPDATE, {"this": key, "state": to, "attempts": attempts, **values})
        else:
            assert not isinstance(of, str)  # noqa: S101  (only a Delivery in hand leads from nothing to anything)
            values = {
                "key": key, "campaign": of.plan.campaign_id, "day": of.number, "embassy": of.embassy.id,
                "platform": of.platform, "language": of.language, "script": language_script(of.language),
                "state": to, "attempts": attempts, "generation": 0, **values,
            }  # fmt: skip
            if not transaction.execute(self._begin, values).rowcount:
                raise NotArmed(f"{key} was begun by another machine a moment ago")
        return attempts


def _text_name(day: int, language: str, words: str) -> str:
    """Return the name of a text as in approvals.toml: `05/en`, `05/en.nairobi`."""
    return f"{day:02}/{language}{f'.{words}' if words else ''}"


@contextmanager
def throwaway(clock: Clock) -> Iterator[Ledger]:
    """Yield a ledger for a dry run: it begins empty, and is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="orangeday-", ignore_cleanup_errors=True) as folder:
        ledger = Ledger(f"sqlite:///{(Path(folder) / 'dry-run.db').as_posix()}", clock, durable=False)
        try:
            yield ledger
        finally:
            ledger.close()
