"""The home of a ledger: the check whether it was lost, copied, moved or restored, or has lost what was written."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from orangeday.ledger.postgres import Postgres
from orangeday.ledger.queries import has_seen, last_event
from orangeday.ledger.records import Home, Settled
from orangeday.ledger.schema import EVENT_AT, delivery_table, event_table, home_table, sweep_table
from orangeday.ledger.sqlite import Sqlite
from orangeday.ledger.transaction import Transaction
from orangeday.system import machine

_FORGOTTEN = (
    "the server has forgotten what this machine told it: it seems to come from a backup, or a standby took over that "
    "lagged behind"
)
_LOOK = "Look at the accounts, then `orangeday resume`"


class HomeCheck:
    """The check whether a ledger is at home on this machine and in this place, by a high-water mark outside of it."""

    def __init__(self, store: Sqlite | Postgres, who: str, machine_name: str) -> None:
        self._store = store
        self._who = who
        self._machine = machine_name
        self.bookmark: machine.Bookmark | None = None
        self.must_remember = False
        self.unremembered: str | None = None
        """The reason why the high-water mark could not be written, though it should be; or None."""
        self.paused_itself = False
        """True if this check has started a pause that no person asked for."""
        self._timeline: str | None = None

    def claim(self, transaction: Transaction, campaign: str, running: bool, scope: str) -> Settled:
        """Make this machine and place the ledger's home. If it is strange and the campaign is running, pause."""
        connection = transaction.connection
        settled = Settled(Home.FAMILIAR)
        here, before, at_home = self._whereabouts(connection)
        home, strange = self.find(connection, campaign, running)
        if strange and running:
            pause = transaction.pause_by_itself(f"{strange}. {_LOOK}")
            self.paused_itself |= pause is not None
            settled = Settled(home, pause)
            if not has_seen(connection, campaign):
                transaction.put(sweep_table, {"campaign": campaign, "scope": scope, "until": transaction.clock()})
        if strange or not at_home:
            doubtful = campaign if strange else before and before["doubtful"]
            kept = {"taken_over": before and before["taken_over"], "timeline": self._store.timeline(connection)}
            transaction.put(home_table, {"only": 1, **here, "doubtful": doubtful, **kept})
        if not at_home:
            computer = machine.computer()
            path = here["path"]
            transaction.log("settled in", None, f"{path} (computer {computer})" if computer else path)
        return settled

    def _whereabouts(self, connection: sa.Connection) -> tuple[dict[str, str], sa.RowMapping | None, bool]:
        """Return this machine and place, the row of the home so far or None, and whether the ledger is at home here."""
        here = {"machine": machine.identity(), "path": machine.Bookmark(self._store.place).path}
        before = connection.execute(sa.select(home_table)).mappings().one_or_none()
        same = before is not None and all(before[name] == value for name, value in here.items())
        return here, before, before is not None and (self._store.shared or same)

    def find(self, connection: sa.Connection, campaign: str, running: bool) -> tuple[Home, str | None]:
        """Return the state in which a live run finds the ledger, and the problem in words, or None."""
        shared, bookmark = self._store.shared, self.find_bookmark(connection)
        here, before, at_home = self._whereabouts(connection)
        strange = None
        if before and not at_home:
            strange = f"this record of posts was last used at {before['path']}"
            if before["machine"] != here["machine"]:
                strange += self._by_whom(connection, before["path"], here["path"])
        elif shared and not self._knows(connection, bookmark):
            strange = _FORGOTTEN
        elif not shared and last_event(connection)[0] < bookmark.event:
            strange = "this record of posts is older than what was last written here: it seems to come from a backup"
        if running and not has_seen(connection, campaign):
            anything = before or strange or connection.execute(sa.select(delivery_table.c.key).limit(1)).first()
            home = Home.STRANGE if anything else Home.NEW
            return home, f"{campaign} is running, and there is no record here of what was posted so far"
        return Home.STRANGE if strange else Home.FAMILIAR, strange

    def _by_whom(self, connection: sa.Connection, before: str, path: str) -> str:
        """Return words about the last user of the ledger, who had it at the path `before`; they follow that path.

        The machine's id in a home belongs to one user: so two users of one machine have two ids.
        """
        settled = (
            sa.select(event_table).where(event_table.c.what == "settled in").order_by(sa.literal_column("id").desc())
        )
        last = connection.execute(settled.limit(1)).mappings().one_or_none()
        theirs = re.search(r" \(computer ([0-9a-f]+)\)$", last["detail"] or "") if last else None
        ours = machine.computer()
        same = theirs[1] == ours if theirs and ours else before == path
        if last is None or last["machine"] != self._machine or not same:
            return ", on another computer"
        if last["who"] == self._who != machine.NAMELESS:
            return f", by {self._who} with another state folder: is XDG_STATE_HOME set in one place only?"
        return f", by another user of this machine, {last['who']}"

    def remember(self, connection: sa.Connection) -> None:
        """Write the high-water mark too, from now on, if the ledger is at home here already."""
        home = connection.execute(sa.select(home_table.c.machine, home_table.c.path)).one_or_none()
        if home is None:
            return
        bookmark = self.find_bookmark(connection)
        if self._store.shared:
            at_home = self._knows(connection, bookmark)  # else the next live run is to say so
        else:
            at_home = tuple(home) == (machine.identity(), bookmark.path)
        if at_home:
            self.bookmark = bookmark

    def find_bookmark(self, connection: sa.Connection) -> machine.Bookmark:
        """Return the high-water mark of this ledger on this machine.

        On a server it is named by the first line of the log: so it is found wherever a failover or a backup takes it.
        """
        first = sa.select(event_table.c.at).order_by(sa.literal_column("id")).limit(1)
        began = connection.execute(first).scalar_one_or_none() if self._store.shared else None
        return machine.Bookmark(f"the record of posts of {began.isoformat()}" if began else self._store.place)

    @staticmethod
    def _knows(connection: sa.Connection, bookmark: machine.Bookmark) -> bool:
        """Return whether the log has the line of the mark, by number and moment: another line may have its number."""
        if not bookmark.event:
            return True
        asked = {"number": bookmark.event, "moment": bookmark.at}
        return connection.execute(EVENT_AT, asked).first() is not None

    def check_server(self, transaction: Transaction) -> None:
        """Check, as a transaction begins, whether another server has the ledger, and whether it has lost events."""
        if self._store.shared:
            self._note_another_server(transaction)
            self._pause_where_forgotten(transaction)

    def _note_another_server(self, transaction: Transaction) -> None:
        """Record that another server than before has the ledger: a standby took over, and may lack the last events."""
        before, timeline = self._timeline, self._store.timeline(transaction.connection)
        if timeline in (before, None):
            return
        home = transaction.execute(sa.select(home_table.c.timeline)).one_or_none()
        if home is None:
            return  # nothing was ever sent by it
        forked = home.timeline not in (timeline, None)
        if home.timeline != timeline:
            seen = {"taken_over": transaction.clock()} if forked else {}
            transaction.execute(sa.update(home_table).values(timeline=timeline, **seen))
        if forked:
            transaction.log("taken over", None, f"by a server on timeline {timeline}, after {home.timeline}")
            transaction.commit()  # whatever becomes of what was to be written
        self._timeline = timeline
        # What was decided before this was known isn't carried out: who looks again knows it.
        transaction.another_server = forked or before is not None

    def _pause_where_forgotten(self, transaction: Transaction) -> None:
        """Start a pause where a server has lost an event that this program wrote: others may be lost as well."""
        if self.bookmark is None or self._knows(transaction.connection, self.bookmark):
            return
        self.paused_itself |= transaction.pause_by_itself(f"{_FORGOTTEN}. {_LOOK}") is not None
        latest = sa.select(sweep_table.c.campaign).order_by(sweep_table.c.until.desc()).limit(1).scalar_subquery()
        transaction.execute(sa.update(home_table).values(doubtful=latest))
        transaction.log("has forgotten", None, f"event {self.bookmark.event}")
        last = last_event(transaction.connection)
        transaction.commit()  # whatever becomes of what was to be written
        self.move_bookmark(*last)

    def move_bookmark(self, event: int, at: datetime) -> None:
        """Write the last event into the high-water mark. Raises OSError where that fails and a post is to be sent."""
        assert self.bookmark is not None  # noqa: S101
        try:
            self.bookmark.move(event, at)
        except OSError as failure:
            if self.must_remember:
                raise
            self.unremembered = f"The state folder can't be written: {failure.strerror}."
