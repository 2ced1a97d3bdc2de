"""Reminders: what goes out tomorrow, and what of it isn't approved yet; once a day for each embassy.

One goes to the address of the alerts, by whichever program looks first after the config's hour on the embassy's own
clock: the ledger knows which. Nothing that goes wrong here keeps a post back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from threading import Thread
from typing import TYPE_CHECKING

from orangeday.approvals import store as approvals
from orangeday.clock import DAYS, Clock, to_utc
from orangeday.content.config import Embassy
from orangeday.content.plan import Delivery, Plan
from orangeday.engine import alerts
from orangeday.ledger.records import LedgerSnapshot
from orangeday.ledger.states import State
from orangeday.platforms.registry import title_of
from orangeday.rules.blocking import blocking_errors
from orangeday.text.display import english_name, visible
from orangeday.text.phrases import day_and_month, plural

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_RETRY_GAP = timedelta(minutes=15)
"""The time after which a reminder that didn't go out is tried again, by whoever looks; until the day ends there."""
_LOOK_GAP = timedelta(minutes=1)
"""The time between two looks of one program for what is to be told."""
_CLOSE_TIMEOUT = 30
"""The seconds for which the program's end waits for a reminder that is on its way."""
_MAX_TEXTS_SHOWN = 12
"""The number of posts whose texts a message has; of the others it has the hour alone."""
_ENDED = (State.PUBLISHED, State.RETRACTED, State.REFUSED, State.MISSED)
"""The states of which nothing more goes out by itself."""


@dataclass(frozen=True, slots=True)
class PlannedText:
    """One text that goes out tomorrow, on all platforms where it reads the same."""

    deliveries: tuple[Delivery, ...]
    objection: str = ""
    """The reason why it isn't approved; or empty."""
    obstacle: str = ""
    """Anything else that keeps it back: a pause, a withdrawal, an error; or empty."""

    @property
    def is_ready(self) -> bool:
        return not (self.objection or self.obstacle)

    def heading(self) -> str:
        """Return the line that names it: `09:00 in Nairobi, English, on X and Bluesky: approved`."""
        first = self.deliveries[0]
        platforms = " and ".join(title_of(delivery.platform) for delivery in self.deliveries)
        place = first.plan.place_of(first.embassy)
        needs_approval = first.plan.config.require_approval
        state = "NOT APPROVED YET" if self.objection else "HELD" if self.obstacle else "approved"
        name = f"{first.local(first.due):%H:%M} in {place}, {english_name(first.language)}, on {platforms}"
        return name if self.is_ready and not needs_approval else f"{name}: {state}"

    def lines(self, *, with_text: bool) -> list[str]:
        """Return what a message says of it: its name, what keeps it back and by when that must end, its text."""
        first = self.deliveries[0]
        lines = [self.heading()]
        if self.obstacle:
            lines.append(_single_line(self.obstacle))
        if self.objection:
            due, deadline = first.local(first.due), first.local(first.deadline)
            lines.append(_single_line(self.objection))
            lines.append(
                f"Approve it by {due:%H:%M} on {due:%A}, the time in {first.plan.place_of(first.embassy)}; until "
                f"{deadline:%H:%M} it still goes out, late. After that it is not posted."
            )
        if with_text:
            text = first.rendered_text.text if first.rendered_text else "(There is no text that can be read.)"
            lines += ["", *(f"  {visible(line)}" for line in text.splitlines())]
        return lines


@dataclass(frozen=True, slots=True)
class Reminder:
    """What goes out on one date on the clocks of some embassies, for who isn't at the machine."""

    date: date
    texts: tuple[PlannedText, ...]

    def message(self) -> tuple[str, str]:
        """Return a title and a body."""
        first = self.texts[0].deliveries[0]
        places = list(dict.fromkeys(text.deliveries[0].embassy.id for text in self.texts))
        where = f" in {first.plan.place_of(first.embassy)}" if len(places) == 1 else ""
        count = sum(len(text.deliveries) for text in self.texts)
        unapproved = sum(len(text.deliveries) for text in self.texts if text.objection)
        held = sum(len(text.deliveries) for text in self.texts if text.obstacle and not text.objection)
        counts = [plural(count, "post"), *([f"{unapproved} not approved yet"] if unapproved else [])]
        counts += [f"{held} held"] if held else []
        title = _single_line((first.day and first.day.title) or "")
        number = f"day {first.number} of {len(DAYS)}"
        day = f"{self.date:%A} {day_and_month(self.date)}, {number}{f': {title}' if title else ''}"
        paragraphs = [f"Tomorrow is {day}"]
        # What a person has to do comes first.
        ordered = sorted(self.texts, key=lambda text: text.is_ready)
        for place, text in enumerate(ordered):
            paragraphs.append("\n".join(text.lines(with_text=place < _MAX_TEXTS_SHOWN)))
        paragraphs.append("See: orangeday preview " + str(first.number))
        return f"orangeday: tomorrow{where}: {', '.join(counts)}", "\n\n".join(paragraphs)


def _single_line(text: str) -> str:
    """Return a text as one line: what a file says begins no line of ours."""
    return visible(" ".join(text.split()))


def reminded_embassies(plan: Plan, now: datetime) -> list[Embassy]:
    """Return the embassies on whose clocks the config's hour for the reminder has come today."""
    hour = plan.config.reminder_hour
    if hour is None or not plan.config.alerts:
        return []
    return [
        embassy
        for embassy in plan.config.embassies.values()
        if to_utc(now.astimezone(embassy.timezone).date(), hour, embassy.timezone) <= now
    ]


def tomorrows_deliveries(plan: Plan, embassies: Iterable[Embassy], now: datetime) -> list[Delivery]:
    """Return what is planned for tomorrow, on each embassy's own clock."""
    dates = {embassy.id: _tomorrow(embassy, now) for embassy in embassies}
    coming = plan.due_between(now, now + timedelta(days=3)) if dates else ()
    return [d for d in coming if d.local(d.due).date() == dates.get(d.embassy.id)]


def _tomorrow(embassy: Embassy, now: datetime) -> date:
    return now.astimezone(embassy.timezone).date() + timedelta(days=1)


def reminders(plan: Plan, embassies: Iterable[Embassy], records: LedgerSnapshot, now: datetime) -> list[Reminder]:
    """Return what goes out tomorrow, a reminder for each date: tomorrow isn't the same everywhere."""
    saved_approvals = approvals.load(plan.campaign.folder) if plan.config.require_approval else None
    deliveries = tomorrows_deliveries(plan, embassies, now)
    problems = blocking_errors(plan, deliveries)

    def withdrawal(delivery: Delivery) -> str:
        withdrawn = next((w for w in records.withdrawals if w.covers(delivery)), None)
        reason = saved_approvals.withdrawal_objection(delivery) if saved_approvals else None
        return str(withdrawn or reason or "")

    def obstacle(delivery: Delivery) -> str:
        pause = next((p for p in records.pauses if p.covers(delivery.embassy.id, delivery.platform)), None)
        where = (delivery.number, delivery.embassy.id, delivery.platform, delivery.language)
        return str(pause or next((problem for problem in problems if problem.scope.covers(*where)), ""))

    groups: dict[tuple[datetime, str, str, str | None, str, str], list[Delivery]] = {}
    for delivery in deliveries:
        row = records.rows.get(delivery.key)
        if row and row.state in _ENDED:
            continue
        text = delivery.rendered_text.text if delivery.rendered_text else None
        withdrawn = withdrawal(delivery)
        kept_back = withdrawn or obstacle(delivery)
        # What is withdrawn isn't offered for approval.
        objection = (saved_approvals.objection(delivery) if saved_approvals and not withdrawn else None) or ""
        subject = (delivery.due, delivery.embassy.id, delivery.language, text, kept_back, objection)
        groups.setdefault(subject, []).append(delivery)
    texts_by_date: dict[date, list[PlannedText]] = {}
    for (*_, obstacle_text, objection), group in groups.items():
        first = group[0]
        planned = PlannedText(tuple(group), objection, obstacle_text)
        texts_by_date.setdefault(first.local(first.due).date(), []).append(planned)
    return [Reminder(date, tuple(texts)) for date, texts in sorted(texts_by_date.items())]


def records_of(ledger: Ledger, deliveries: Sequence[Delivery]) -> LedgerSnapshot:
    """Return what the ledger knows of these deliveries."""
    return ledger.snapshot((d.key for d in deliveries), (str(d.account) for d in deliveries))


class Reminders:
    """The sender of reminders, in a thread of its own. Close it when done."""

    def __init__(self, ledger: Ledger, clock: Clock, on_failure: Callable[[str], None]) -> None:
        """Begin nothing yet; `on_failure` is called, in that thread, with the reason why one didn't go out."""
        self._ledger = ledger
        self._clock = clock
        self._on_failure = on_failure
        self._thread: Thread | None = None
        self._told: set[str] = set()
        self._next_look: datetime | None = None

    def look(self, plan: Plan) -> None:
        """Send what is to be told by now, and return at once."""
        now = self._clock()
        if self._thread and self._thread.is_alive():
            return
        # A clock that was set back isn't waited for.
        if self._next_look and now < self._next_look <= now + _LOOK_GAP:
            return
        embassies = [e for e in reminded_embassies(plan, now) if _name(plan, e, now) not in self._told]
        if not embassies:
            return
        self._next_look = now + _LOOK_GAP
        self._thread = Thread(target=self._work, args=(plan, embassies), name="reminders", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the reminder that is on its way, for a limited time."""
        if self._thread:
            self._thread.join(_CLOSE_TIMEOUT)
            if self._thread.is_alive():
                self._on_failure("a reminder is still on its way as the program ends: nobody knows whether it comes")

    def send(self, plan: Plan, embassies: Iterable[Embassy]) -> list[Embassy]:
        """Send now what goes out tomorrow for these; return those whose reminder went out before, or is on its way."""
        now = self._clock()
        names = {e.id: _name(plan, e, now) for e in embassies}
        embassies_by_id = {d.embassy.id: d.embassy for d in tomorrows_deliveries(plan, embassies, now)}
        told = {name for name in names.values() if name not in self._told and self._ledger.is_notified(name)}
        self._told |= told
        claimed = [
            embassy
            for embassy in embassies_by_id.values()
            if names[embassy.id] not in self._told
            and self._ledger.claim_notification(names[embassy.id], now, now - _RETRY_GAP)
        ]
        deliveries = tomorrows_deliveries(plan, claimed, now)
        for reminder in reminders(plan, claimed, records_of(self._ledger, deliveries), now) if claimed else ():
            if failure := alerts.send(plan, *reminder.message()):
                self._on_failure(f"the reminder of tomorrow: {failure}")
                continue
            for embassy_id in {text.deliveries[0].embassy.id for text in reminder.texts}:
                self._ledger.record_notification(names[embassy_id], now)
                self._told.add(names[embassy_id])
        return [embassy for embassy in embassies_by_id.values() if embassy not in claimed]

    def _work(self, plan: Plan, embassies: Sequence[Embassy]) -> None:
        try:
            self.send(plan, embassies)
        except Exception as failure:  # noqa: BLE001  whatever it is, the posts go on
            self._on_failure(f"the reminder of tomorrow didn't go out: {failure}")


def _name(plan: Plan, embassy: Embassy, now: datetime) -> str:
    """Return the name under which the ledger keeps that somebody was told."""
    return f"tomorrow: {plan.campaign_id}/{embassy.id} {_tomorrow(embassy, now)}"


def approval_moment(delivery: Delivery) -> datetime:
    """Return when to remind somebody to approve a delivery: on the day before, at the config's hour, or at 17:00."""
    eve = delivery.local(delivery.due).date() - timedelta(days=1)
    return to_utc(eve, delivery.plan.config.reminder_hour or time(17), delivery.embassy.timezone)
