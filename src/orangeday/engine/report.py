"""The report: what went out, what didn't and why, from the ledger; and its state on the platform, if read back.

It asks no platform, and loses nothing that the plan has lost: an embassy that was renamed, a day that was taken out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from orangeday.adapters.base import PostCheck, PostState, Receipt
from orangeday.clock import DAYS
from orangeday.content.config import Embassy
from orangeday.content.plan import Plan
from orangeday.engine.advice import remedy
from orangeday.engine.read_back import CheckResult
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.records import Event, Row
from orangeday.ledger.states import State

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

PUBLISHED, NOT_OUT, IN_DOUBT, TO_COME = "published", "not out", "in doubt", "to come"
OUTCOMES = (PUBLISHED, NOT_OUT, IN_DOUBT, TO_COME)
"""The outcomes of a post: each has one of these."""
_OUTCOME_BY_STATE = {
    State.PUBLISHED: PUBLISHED,
    State.MISSED: NOT_OUT, State.REFUSED: NOT_OUT, State.RETRACTED: NOT_OUT, State.PAST: NOT_OUT,
    State.UNSURE: IN_DOUBT, State.ARMED: IN_DOUBT,
    State.SCHEDULED: TO_COME, State.UNAPPROVED: TO_COME, State.DEFERRED: TO_COME, State.HELD: TO_COME,
}  # fmt: skip
_DEFAULT_REASONS = {
    State.PAST: "its time had passed before orangeday began to post here",
    State.ARMED: "it is being sent, or the program ended as it was",
    State.RETRACTED: "it was taken down",
}
"""The reasons for a state where nothing else was noted."""

NOT_READ = "unread"
"""The word by which posts that couldn't be read are counted, beside those of `PostState`."""
_READ_BACK = "read back"

_MAX_STEPS_SHOWN = 3
"""The number of different next steps that are shown of posts with the same reason."""


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
    state_reason: str | None
    receipt: Receipt | None
    row: Row | None
    """The ledger's row of the post that is there: of another key, where it went out under that."""
    attempts: int
    is_planned: bool
    """False where the plan has lost it."""
    needs_person: bool
    acknowledgement: str | None
    """The person who knows of what is wrong with it, and their comment; None where nobody does."""
    explanation: str | None = None
    """The reason for the state, without the step that it may end with."""
    step: str | None = None
    """The next step of a person, in a line that begins with an arrow; None where nobody is needed."""
    check: CheckResult | None = None
    """The state on the platform, where it was read back."""

    @property
    def outcome(self) -> str:
        return _OUTCOME_BY_STATE[self.state]

    @property
    def reason(self) -> str | None:
        """The reason for its state, and the comment of the person who acknowledged it."""
        reason = self.explanation or self.state_reason
        if self.acknowledgement is None:
            return reason
        return f"{reason or self.state} (acknowledged by {self.acknowledgement})"

    @property
    def published(self) -> datetime | None:
        """The moment when it went out, on the clock of `due`; None where there is no receipt."""
        return self.receipt.published_at.astimezone(self.due.tzinfo) if self.receipt else None

    @property
    def check_state(self) -> str | None:
        """The state on the platform in a word: a `PostState`, or NOT_READ; None where nobody looked."""
        if self.check is None:
            return None
        return str(self.check.state) if isinstance(self.check, PostCheck) else NOT_READ

    @property
    def check_note(self) -> str | None:
        """The note to that word: what else is there, or the reason why it couldn't be read."""
        return self.check.note if isinstance(self.check, PostCheck) else self.check


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
    is_over: bool
    """True if the last window of the campaign has closed, or it has none."""
    actor: str
    """The person who asked for it."""
    embassy_names: Mapping[str, tuple[str, str]]
    """The name of each of the config's embassies in its first language that has one, and that language, by id."""
    entries: Sequence[Entry]
    """The posts, in order of time."""
    takedowns: Sequence[Event]
    """The events of posts that were taken down: the key, the address in `detail`, the moment and the person."""
    is_read_back: bool
    """True if the entries were read back just now."""
    last_read_back: Event | None
    """The event of the last reading back, with what was seen in `detail`; None where there was none."""

    @property
    def needs_person(self) -> bool:
        bad_states = (PostState.CHANGED, PostState.GONE, NOT_READ)
        return any(entry.needs_person or entry.check_state in bad_states for entry in self.entries)

    @property
    def late_count(self) -> int:
        """The number of posts whose time had passed before orangeday began: they are among those not out."""
        return sum(entry.state is State.PAST for entry in self.entries)

    def totals(self, group_of: Callable[[Entry], str]) -> dict[str, Counter[str]]:
        """Return the numbers of entries by outcome (OUTCOMES), for each value that `group_of` returns for an entry."""
        counts: dict[str, Counter[str]] = {}
        for entry in self.entries:
            counts.setdefault(group_of(entry), Counter())[entry.outcome] += 1
        return counts

    def embassies(self) -> dict[str, Counter[str]]:
        """Return the totals by embassy, in the config's order, and at the end those that it has lost."""
        counts = self.totals(lambda entry: entry.embassy)
        return {name: counts[name] for name in dict.fromkeys([*self.embassy_names, *counts]) if name in counts}

    def languages(self) -> dict[str, Counter[str]]:
        return self.totals(lambda entry: entry.language)

    def platforms(self) -> dict[str, Counter[str]]:
        return self.totals(lambda entry: entry.platform)

    def days(self) -> dict[str, Counter[str]]:
        return self.totals(lambda entry: f"{entry.day}")

    def check_counts(self) -> dict[str, int]:
        """Return the number of published posts by their state on the platform; without those that are 0."""
        counts = Counter(entry.check_state for entry in self.entries if entry.check_state)
        return {word: counts[word] for word in (*map(str, PostState), NOT_READ) if counts[word]}


def collect_entries(
    plan: Plan, ledger: Ledger, now: datetime, statuses: Sequence[DeliveryStatus], is_wanted: Callable[[Entry], bool]
) -> list[Entry]:
    """Return all posts that the plan has, and all that it has lost; of them those that are wanted, in order of time.

    The statuses are those at `now`.
    """
    rows = ledger.campaign_rows(plan.campaign_id)
    all_entries = [_planned_entry(status, rows, now) for status in statuses]
    planned_keys = {key for entry in all_entries for key in (entry.key, entry.row.key if entry.row else entry.key)}
    all_entries += [_unplanned_entry(plan, row) for row in rows.values() if row.key not in planned_keys]
    return sorted(filter(is_wanted, all_entries), key=lambda entry: (entry.due.astimezone(UTC), entry.key))


def next_steps(entries: Iterable[Entry]) -> list[str]:
    """Return the next steps of these posts, each once; of more than a few only the first."""
    steps = [*dict.fromkeys(entry.step for entry in entries if entry.step)]
    return steps if len(steps) <= _MAX_STEPS_SHOWN else [f"{steps[0]} (and likewise the others)"]


def published_rows(entries: Iterable[Entry]) -> list[Row]:
    """Return the rows of those that went out, each once: they can be read back."""
    rows = {e.row.key: e.row for e in entries if e.state is State.PUBLISHED and e.row and e.row.receipt}
    return list(rows.values())


def build(
    plan: Plan,
    ledger: Ledger,
    now: datetime,
    entries: Iterable[Entry],
    checks: Mapping[str, CheckResult] | None = None,
    part: str = "",
) -> Report:
    """Return the report of these entries; `checks` has the state of the published ones, by the key of their row."""
    report_entries = list(entries)
    if checks is not None:
        report_entries = [
            replace(e, check=checks[e.row.key]) if e.row and e.row.key in checks else e for e in report_entries
        ]
    keys = {key for entry in report_entries for key in (entry.key, entry.row.key if entry.row else entry.key)}
    events = ledger.events()
    return Report(
        campaign=plan.campaign_id,
        title=plan.campaign.title or plan.campaign.id,
        part=part,
        first=plan.date(DAYS[0]),
        last=plan.date(DAYS[-1]),
        now=now,
        is_over=plan.ends is None or now >= plan.ends,
        actor=ledger.actor,
        embassy_names={embassy.id: _embassy_name(embassy) for embassy in plan.config.embassies.values()},
        entries=report_entries,
        takedowns=[event for event in events if event.action == "retracted" and event.key in keys],
        is_read_back=checks is not None,
        last_read_back=next(
            (event for event in reversed(events) if event.action == _READ_BACK and event.key is None), None
        ),
    )


def record(ledger: Ledger, report: Report) -> None:
    """Write what was seen into the ledger's log: each post that is changed or gone, and the number in each state."""
    for entry in report.entries:
        if entry.row and isinstance(entry.check, PostCheck) and entry.check.state is not PostState.UP:
            note = f": {entry.check.note}" if entry.check.note else ""
            ledger.note(_READ_BACK, entry.row.key, f"{entry.check.state}{note}")
    if counts := report.check_counts():
        ledger.note(_READ_BACK, None, ", ".join(f"{number} {word}" for word, number in counts.items()))


def _embassy_name(embassy: Embassy) -> tuple[str, str]:
    names = embassy.names["embassy"]
    return next(((str(names[tag]), str(tag)) for tag in embassy.languages if tag in names), ("", ""))


def _planned_entry(status: DeliveryStatus, rows: Mapping[str, Row], now: datetime) -> Entry:
    delivery, row, state = status.delivery, status.row, status.state
    step = remedy(status, now)
    if state is State.PUBLISHED and row and row.state is not State.PUBLISHED:
        row = rows.get(row.same_as or "", row)
    return Entry(
        key=delivery.key, day=delivery.number, date=delivery.date, title=delivery.day.title if delivery.day else None,
        embassy=delivery.embassy.id, platform=delivery.platform, language=str(delivery.language),
        due=delivery.local(delivery.due), state=state, state_reason=status.reason or _DEFAULT_REASONS.get(state),
        receipt=status.receipt, row=row, attempts=status.attempts, is_planned=True,
        needs_person=status.needs_person, acknowledgement=row.acknowledged if row and row.state is state else None,
        explanation=status.explanation, step=str(step) if step else None,
    )  # fmt: skip


def _unplanned_entry(plan: Plan, row: Row) -> Entry:
    embassy, day = plan.config.embassies.get(row.embassy), plan.campaign.days.get(row.day)
    return Entry(
        key=row.key, day=row.day, date=plan.date(row.day), title=day.title if day else None,
        embassy=row.embassy, platform=row.platform, language=row.language,
        due=row.due.astimezone(embassy.timezone if embassy else UTC), state=row.state,
        state_reason=row.error or _DEFAULT_REASONS.get(row.state), receipt=row.receipt, row=row, attempts=row.attempts,
        is_planned=False, needs_person=row.state in (State.ARMED, State.UNSURE), acknowledgement=row.acknowledged,
    )  # fmt: skip
