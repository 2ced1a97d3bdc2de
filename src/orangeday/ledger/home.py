"""The home of a ledger: the check whether it was lost, copied, moved or restored, or has lost what was written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orangeday.ledger import statements
from orangeday.ledger.database import Connection, Query, moment_of
from orangeday.ledger.queries import has_seen, home_record, last_event
from orangeday.ledger.records import Home, HomeClaim, HomeRecord
from orangeday.ledger.sqlite import Sqlite
from orangeday.ledger.transaction import Transaction
from orangeday.system import machine

if TYPE_CHECKING:
    from orangeday.ledger.postgres import Postgres

_LOST_EVENTS = (
    "the server has forgotten what this machine told it: it seems to come from a backup, or a standby took over that "
    "lagged behind"
)
_RESUME_ADVICE = "Look at the accounts, then `orangeday resume`"

_MARK_PREFIX = "the ledger of"
"""The name of a server's ledger begins so in its high-water mark. It is stored, and its hash names the file."""


class HomeCheck:
    """The check whether a ledger is at home on this machine and in this place, by a high-water mark outside of it."""

    def __init__(self, store: Sqlite | Postgres, actor: str, machine_name: str) -> None:
        self._store = store
        self._actor = actor
        self._machine = machine_name
        self.high_water_mark: machine.HighWaterMark | None = None
        self.is_mark_required = False
        self.mark_problem: str | None = None
        """The reason why the high-water mark could not be written, though it should be; or None."""
        self.has_paused_itself = False
        """True if this check has started a pause that no person asked for."""
        self._timeline: str | None = None

    def claim(self, transaction: Transaction, campaign: str, is_running: bool, scope: str) -> HomeClaim:
        """Make this machine and place the ledger's home. If it is strange and the campaign is running, pause."""
        connection = transaction.connection
        outcome = HomeClaim(Home.FAMILIAR)
        current, previous, is_at_home = self._compare_homes(connection)
        home, problem = self.inspect(connection, campaign, is_running)
        if problem and is_running:
            pause = transaction.pause_automatically(f"{problem}. {_RESUME_ADVICE}")
            self.has_paused_itself |= pause is not None
            outcome = HomeClaim(home, pause)
            if not has_seen(connection, campaign):
                transaction.execute(statements.RECORD_SWEEP, campaign=campaign, scope=scope, until=transaction.clock())
        if problem or not is_at_home:
            transaction.execute(
                statements.RECORD_HOME, **current,
                doubtful=campaign if problem else previous and previous.doubtful,
                taken_over=previous and previous.taken_over, timeline=self._store.timeline(connection),
            )  # fmt: skip
        if not is_at_home:
            computer_id = machine.computer_id()
            path = current["path"]
            transaction.log("settled in", None, f"{path} (computer {computer_id})" if computer_id else path)
        return outcome

    def _compare_homes(self, connection: Connection) -> tuple[dict[str, str], HomeRecord | None, bool]:
        """Return this machine and place, the record of the home so far, and whether the ledger is at home here."""
        current = {"machine": machine.identity(), "path": machine.HighWaterMark(self._store.mark_name).path}
        previous = home_record(connection)
        is_same = previous is not None and (previous.machine, previous.path) == (current["machine"], current["path"])
        return current, previous, previous is not None and (self._store.is_shared or is_same)

    def inspect(self, connection: Connection, campaign: str, is_running: bool) -> tuple[Home, str | None]:
        """Return the state in which a live run finds the ledger, and the problem in words, or None."""
        is_shared, mark = self._store.is_shared, self.find_high_water_mark(connection)
        current, previous, is_at_home = self._compare_homes(connection)
        problem = None
        if previous and not is_at_home:
            problem = f"this record of posts was last used at {previous.path}"
            if previous.machine != current["machine"]:
                problem += self._last_user(connection, previous.path, current["path"])
        elif is_shared and not self._has_marked_event(connection, mark):
            problem = _LOST_EVENTS
        elif not is_shared and last_event(connection)[0] < mark.event:
            problem = "this record of posts is older than what was last written here: it seems to come from a backup"
        if is_running and not has_seen(connection, campaign):
            has_history = previous or problem or connection.value(statements.HAS_DELIVERIES)
            home = Home.STRANGE if has_history else Home.NEW
            return home, f"{campaign} is running, and there is no record here of what was posted so far"
        return Home.STRANGE if problem else Home.FAMILIAR, problem

    def _last_user(self, connection: Connection, previous_path: str, path: str) -> str:
        """Return words about the last user of the ledger, who had it at `previous_path`; they follow that path.

        The machine's id in a home belongs to one user: so two users of one machine have two ids.
        """
        detail, actor, machine_name = connection.row(statements.LAST_CLAIM) or (None, None, None)
        computer_match = re.search(r" \(computer ([0-9a-f]+)\)$", detail or "")
        computer_id = machine.computer_id()
        is_same_computer = computer_match[1] == computer_id if computer_match and computer_id else previous_path == path
        if machine_name != self._machine or not is_same_computer:
            return ", on another computer"
        if actor == self._actor != machine.UNKNOWN_USER:
            return f", by {self._actor} with another state folder: is XDG_STATE_HOME set in one place only?"
        return f", by another user of this machine, {actor}"

    def attach_high_water_mark(self, connection: Connection) -> None:
        """Write the high-water mark too, from now on, if the ledger is at home here already."""
        home = home_record(connection)
        if home is None:
            return
        mark = self.find_high_water_mark(connection)
        if self._store.is_shared:
            is_at_home = self._has_marked_event(connection, mark)  # else the next live run is to say so
        else:
            is_at_home = (home.machine, home.path) == (machine.identity(), mark.path)
        if is_at_home:
            self.high_water_mark = mark

    def find_high_water_mark(self, connection: Connection) -> machine.HighWaterMark:
        """Return the high-water mark of this ledger on this machine.

        On a server it is named by the first line of the log: so it is found wherever a failover or a backup takes it.
        """
        first = connection.value(statements.FIRST_MOMENT) if self._store.is_shared else None
        return machine.HighWaterMark(
            f"{_MARK_PREFIX} {moment_of(first).isoformat()}" if first else self._store.mark_name
        )

    @staticmethod
    def _has_marked_event(connection: Connection, mark: machine.HighWaterMark) -> bool:
        """Return whether the log has the line of the mark, by number and moment: another line may have its number."""
        if not mark.event:
            return True
        query, values = _has_event(mark)
        return bool(connection.value(query, **values))

    @property
    def mark_queries(self) -> tuple[Query, ...]:
        """The query whether a server has the line of the mark; none where there is nothing to ask."""
        mark = self.high_water_mark
        return (_has_event(mark),) if self._store.is_shared and mark and mark.event else ()

    def check_server(self, transaction: Transaction, mark_answers: Sequence[Sequence[tuple[Any, ...]]]) -> bool:
        """Check, as a transaction begins, whether another server has the ledger, and whether it has lost events.

        `mark_answers` are those to `mark_queries`. Return whether the transaction was begun anew: what it has asked
        and locked is to be asked again.
        """
        has_begun_anew = self._store.is_shared and self._record_takeover(transaction)
        if all(rows and rows[0][0] for rows in mark_answers):
            return has_begun_anew
        self._pause_for_lost_events(transaction)
        return True

    def _record_takeover(self, transaction: Transaction) -> bool:
        """Record that another server than before has the ledger: a standby took over, and may lack the last events.

        Return whether the transaction was begun anew.
        """
        previous, timeline = self._timeline, self._store.timeline(transaction.connection)
        if timeline in (previous, None):
            return False
        home = home_record(transaction.connection)
        if home is None:
            return False  # nothing was ever sent by it
        has_forked = home.timeline not in (timeline, None)
        if has_forked:
            transaction.execute(statements.RECORD_TAKEOVER, timeline=timeline, now=transaction.clock())
            transaction.log("taken over", None, f"by a server on timeline {timeline}, after {home.timeline}")
            transaction.connection.begin_anew()  # whatever becomes of what was to be written
        elif home.timeline is None:
            transaction.execute(statements.SET_TIMELINE, timeline=timeline)
        self._timeline = timeline
        # What was decided before this was known isn't carried out: who looks again knows it.
        transaction.is_new_server = has_forked or previous is not None
        return has_forked

    def _pause_for_lost_events(self, transaction: Transaction) -> None:
        """Start a pause: a server has lost an event that this program wrote, and others may be lost as well."""
        mark = self.high_water_mark
        assert mark is not None  # noqa: S101  (it was asked for)
        transaction.connection.begin_anew()  # to start a pause is to wait for all that arm, and this may be one
        self.has_paused_itself |= transaction.pause_automatically(f"{_LOST_EVENTS}. {_RESUME_ADVICE}") is not None
        transaction.execute(statements.DOUBT_LAST_CAMPAIGN)
        transaction.log("has forgotten", None, f"event {mark.event}")
        last = last_event(transaction.connection)
        transaction.connection.begin_anew()  # whatever becomes of what was to be written
        self.move_high_water_mark(*last)

    def move_high_water_mark(self, event: int, moment: datetime) -> None:
        """Write the last event into the high-water mark. Raises OSError where that fails and a post is to be sent."""
        assert self.high_water_mark is not None  # noqa: S101
        try:
            self.high_water_mark.move(event, moment)
        except OSError as failure:
            if self.is_mark_required:
                raise
            self.mark_problem = f"The state folder can't be written: {failure.strerror}."


def _has_event(mark: machine.HighWaterMark) -> Query:
    """Return the query whether the log has the line of a mark, by number and moment."""
    number, moment = mark.last_event
    return statements.EVENT_AT, {"number": number, "moment": moment}
