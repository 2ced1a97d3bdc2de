"""The report: what went out, what didn't and why, from the ledger; and its state on the platform, if read back.

It asks no platform, and loses nothing that the plan has lost: an embassy that was renamed, a day that was taken out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from orangeday.adapters.base import Receipt, Seen, There
from orangeday.clock import DAYS
from orangeday.content.config import Embassy
from orangeday.content.plan import Plan
from orangeday.engine.read_back import Sight
from orangeday.engine.status import Standing
from orangeday.ledger.records import Event, Row
from orangeday.ledger.states import State

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

PUBLISHED, NOT_OUT, IN_DOUBT, TO_COME = "published", "not out", "in doubt", "to come"
FATES = (PUBLISHED, NOT_OUT, IN_DOUBT, TO_COME)
"""The outcomes of a post: each has one of these."""
_FATE = {
    State.PUBLISHED: PUBLISHED,
    State.MISSED: NOT_OUT, State.REFUSED: NOT_OUT, State.RETRACTED: NOT_OUT, State.PAST: NOT_OUT,
    State.UNSURE: IN_DOUBT, State.ARMED: IN_DOUBT,
    State.SCHEDULED: TO_COME, State.DEFERRED: TO_COME, State.HELD: TO_COME,
}  # fmt: skip
_WHY = {
    State.PAST: "its time had passed before orangeday began to post here",
    State.ARMED: "it is being sent, or the program ended as it was",
    State.RETRACTED: "it was taken down",
}
"""The reasons for a state where nothing else was noted."""

UNREAD = "unread"
"""The word by which posts that couldn't be read are counted, beside those of `There`."""
_READ_BACK = "read back"


@dataclass(frozen=True, slots=True)
class Entry:
    """A post that was planned, or that the ledger knows of."""

    key: str
    day: int
    date: date
    title: str | None
    embassy: str
    platform: str
    language: str
    due: datetime
    """The moment on the embassy's own clock; in UTC where the config has lost the embassy."""
    state: State
    why: str | None
    receipt: Receipt | None
    row: Row | None
    """The ledger's row of the post that is there: of another key, where it went out under that."""
    attempts: int
    planned: bool
    """False where the plan has lost it."""
    needs_person: bool
    acknowledged: str | None
    """The person who knows of what is wrong with it, and their comment; None where nobody does."""
    sight: Sight | None = None
    """The state on the platform, where it was read back."""

    @property
    def fate(self) -> str:
        return _FATE[self.state]

    @property
    def reason(self) -> str | None:
        """The reason for its state, and the comment of the person who acknowledged it."""
        if self.acknowledged is None:
            return self.why
        return f"{self.why or self.state} (acknowledged by {self.acknowledged})"

    @property
    def published(self) -> datetime | None:
        """The moment when it went out, on the clock of `due`; None where there is no receipt."""
        return self.receipt.published_at.astimezone(self.due.tzinfo) if self.receipt else None

    @property
    def seen(self) -> str | None:
        """The state on the platform in a word: a `There`, or UNREAD; None where nobody looked."""
        if self.sight is None:
            return None
        return str(self.sight.there) if isinstance(self.sight, Seen) else UNREAD

    @property
    def seen_note(self) -> str | None:
        """The note to that word: what else is there, or the reason why it couldn't be read."""
        return self.sight.note if isinstance(self.sight, Seen) else self.sight


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one moment."""

    campaign: str
    title: str
    part: str
    """The part of the campaign that was asked for, in words; empty for all of it."""
    first: date
    last: date
    now: datetime
    over: bool
    """True if the last window of the campaign has closed, or it has none."""
    by: str
    """The person who asked for it."""
    speakers: Mapping[str, tuple[str, str]]
    """The name of each of the config's embassies in its first language that has one, and that language, by id."""
    entries: Sequence[Entry]
    """The posts, in order of time."""
    taken_down: Sequence[Event]
    """The events of posts that were taken down: the key, the address in `detail`, the moment and the person."""
    read_back: bool
    """True if the entries were read back just now."""
    last_read: Event | None
    """The event of the last reading back, with what was seen in `detail`; None where there was none."""

    @property
    def needs_person(self) -> bool:
        wrong = (There.CHANGED, There.GONE, UNREAD)
        return any(entry.needs_person or entry.seen in wrong for entry in self.entries)

    def totals(self, of: Callable[[Entry], str]) -> dict[str, Counter[str]]:
        """Return the numbers of entries by outcome (FATES), for each value that `of` returns for an entry."""
        found: dict[str, Counter[str]] = {}
        for entry in self.entries:
            found.setdefault(of(entry), Counter())[entry.fate] += 1
        return found

    def embassies(self) -> dict[str, Counter[str]]:
        """Return the totals by embassy, in the config's order, and at the end those that it has lost."""
        found = self.totals(lambda entry: entry.embassy)
        return {name: found[name] for name in dict.fromkeys([*self.speakers, *found]) if name in found}

    def languages(self) -> dict[str, Counter[str]]:
        return self.totals(lambda entry: entry.language)

    def platforms(self) -> dict[str, Counter[str]]:
        return self.totals(lambda entry: entry.platform)

    def days(self) -> dict[str, Counter[str]]:
        return self.totals(lambda entry: f"{entry.day}")

    def sights(self) -> dict[str, int]:
        """Return the number of published posts by their state on the platform; without those that are 0."""
        counts = Counter(entry.seen for entry in self.entries if entry.seen)
        return {word: counts[word] for word in (*map(str, There), UNREAD) if counts[word]}


def entries(plan: Plan, ledger: Ledger, standings: Sequence[Standing], wanted: Callable[[Entry], bool]) -> list[Entry]:
    """Return all posts that the plan has, and all that it has lost; of them those that are wanted, in order of time."""
    rows = ledger.campaign(plan.campaign_id)
    found = [_planned(standing, rows) for standing in standings]
    told = {key for entry in found for key in (entry.key, entry.row.key if entry.row else entry.key)}
    found += [_lost(plan, row) for row in rows.values() if row.key not in told]
    return sorted(filter(wanted, found), key=lambda entry: (entry.due.astimezone(UTC), entry.key))


def published(found: Iterable[Entry]) -> list[Row]:
    """Return the rows of those that went out, each once: they can be read back."""
    rows = {e.row.key: e.row for e in found if e.state is State.PUBLISHED and e.row and e.row.receipt}
    return list(rows.values())


def draw_up(
    plan: Plan,
    ledger: Ledger,
    now: datetime,
    found: Iterable[Entry],
    sights: Mapping[str, Sight] | None = None,
    part: str = "",
) -> Report:
    """Return the report of these entries; `sights` has the state of the published ones, by the key of their row."""
    listed = list(found)
    if sights is not None:
        listed = [replace(e, sight=sights[e.row.key]) if e.row and e.row.key in sights else e for e in listed]
    keys = {key for entry in listed for key in (entry.key, entry.row.key if entry.row else entry.key)}
    events = ledger.events()
    return Report(
        campaign=plan.campaign_id,
        title=plan.campaign.title or plan.campaign.id,
        part=part,
        first=plan.date(DAYS[0]),
        last=plan.date(DAYS[-1]),
        now=now,
        over=plan.ends is None or now >= plan.ends,
        by=ledger.who,
        speakers={embassy.id: _called(embassy) for embassy in plan.config.embassies.values()},
        entries=listed,
        taken_down=[event for event in events if event.what == "retracted" and event.key in keys],
        read_back=sights is not None,
        last_read=next((event for event in reversed(events) if event.what == _READ_BACK and event.key is None), None),
    )


def record(ledger: Ledger, report: Report) -> None:
    """Write what was seen into the ledger's log: each post that is changed or gone, and the number in each state."""
    for entry in report.entries:
        if entry.row and isinstance(entry.sight, Seen) and entry.sight.there is not There.UP:
            note = f": {entry.sight.note}" if entry.sight.note else ""
            ledger.note(_READ_BACK, entry.row.key, f"{entry.sight.there}{note}")
    if sights := report.sights():
        ledger.note(_READ_BACK, None, ", ".join(f"{number} {word}" for word, number in sights.items()))


def _called(embassy: Embassy) -> tuple[str, str]:
    names = embassy.names["embassy"]
    return next(((str(names[tag]), str(tag)) for tag in embassy.languages if tag in names), ("", ""))


def _planned(standing: Standing, rows: Mapping[str, Row]) -> Entry:
    delivery, row, state = standing.delivery, standing.row, standing.state
    if state is State.PUBLISHED and row and row.state is not State.PUBLISHED:
        row = rows.get(row.same_as or "", row)
    return Entry(
        key=delivery.key, day=delivery.number, date=delivery.date, title=delivery.day.title if delivery.day else None,
        embassy=delivery.embassy.id, platform=delivery.platform, language=str(delivery.language),
        due=delivery.local(delivery.due), state=state, why=standing.why or _WHY.get(state),
        receipt=standing.receipt, row=row, attempts=standing.attempts, planned=True,
        needs_person=standing.needs_person, acknowledged=row.acknowledged if row and row.state is state else None,
    )  # fmt: skip


def _lost(plan: Plan, row: Row) -> Entry:
    embassy, day = plan.config.embassies.get(row.embassy), plan.campaign.days.get(row.day)
    return Entry(
        key=row.key, day=row.day, date=plan.date(row.day), title=day.title if day else None,
        embassy=row.embassy, platform=row.platform, language=row.language,
        due=row.due.astimezone(embassy.timezone if embassy else UTC), state=row.state,
        why=row.error or _WHY.get(row.state), receipt=row.receipt, row=row, attempts=row.attempts, planned=False,
        needs_person=row.state in (State.ARMED, State.UNSURE), acknowledged=row.acknowledged,
    )  # fmt: skip
