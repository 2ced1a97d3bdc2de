"""The plan as a calendar: iCalendar as RFC 5545 has it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from orangeday.content.plan import Delivery, Plan
from orangeday.engine.reminders import approval_moment
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.display import english_name

ICS_MARK = b"BEGIN:VCALENDAR"
"""The first bytes of a calendar, by which orangeday knows a file as its own."""


_EVENT_LENGTH = timedelta(minutes=15)
"""The length of a post's event: in a calendar everything takes some time."""
_ALARM_LEAD = timedelta(minutes=5)
"""The time by which an alarm rings before its event: every program reads that, and not all read none."""
_FIRST_REVISION = datetime(2020, 1, 1, tzinfo=UTC)
"""The moment whose revision is 0: in seconds from then on, the number fits into 31 bits until 2088."""
_MAX_LINE = 255
"""The longest title of an event or a calendar in UTF-16 units: Outlook cuts the rest off ([MS-OXCICAL] 2.1.3.1)."""


def calendar(plan: Plan, now: datetime, objection: Callable[[Delivery], str | None] = lambda _: None) -> bytes:
    """Return the plan as iCalendar: an event for each day, embassy and language, in UTC.

    `objection` returns why a post isn't approved, or None: for a day with such posts to come there is an event besides,
    on the day before, that says by when to approve them. It has an alarm, for programs that take one from a file.

    A calendar shows it in its reader's own zone, without any zone data of ours that it could read otherwise.

    It blocks nobody's time, and invites nobody: there is no METHOD, which would want an organizer. It keeps its UID
    whatever changes, and its revision is the moment of the export: a calendar that has it already takes it from the
    newest export. No number could come from the content alone: an hour that is put back is the same content again, and
    has to count as newer all the same. The times at which files were saved don't serve either: they are another
    computer's, go backwards as a file is restored or deleted, and stand still as a country changes its hours.
    """
    from icalendar import Calendar, vText

    output = Calendar()
    output.add("prodid", "-//orangeday//orangeday//EN")
    output.add("version", "2.0")
    output.add("calscale", "GREGORIAN")
    title = _line(plan.campaign.title or plan.campaign.id)
    output.add("name", title)
    output.add("x-wr-calname", vText(title))  # icalendar writes an X- property as it stands, and escapes no comma
    posts: dict[tuple[int, str, str], list[Delivery]] = {}
    for delivery in plan:
        posts.setdefault((delivery.number, delivery.embassy.id, str(delivery.language)), []).append(delivery)
    for group in posts.values():
        output.add_component(_event(group, now))
    waiting: dict[tuple[int, str], list[Delivery]] = {}
    for delivery in plan:
        if delivery.due > now and objection(delivery):
            waiting.setdefault((delivery.number, delivery.embassy.id), []).append(delivery)
    for group in waiting.values():
        output.add_component(_approval_event(group, now, objection))
    return bytes(output.to_ical())


def _event(deliveries: Sequence[Delivery], now: datetime) -> Any:
    """Return the event of an embassy's day in one language, on all its platforms."""
    first = deliveries[0]
    platforms = ", ".join(PLATFORMS[delivery.platform].title for delivery in deliveries)
    start, end = f"Day {first.number}", f" · {first.embassy.id} {first.language} ({platforms})"
    title = _line((first.day and first.day.title) or "", _MAX_LINE - len(f"{start} · {end}"))
    event = _revised_event(f"{first.number:02}-{first.embassy.id}-{first.language}", first, now)
    event.add("dtstart", first.due)
    event.add("dtend", first.due + _EVENT_LENGTH)
    event.add("summary", _line(f"{start} · {title}{end}" if title else f"{start}{end}"))
    event.add("description", _clean(_description(deliveries)), {"language": str(first.language)})
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    return event


def _approval_event(deliveries: Sequence[Delivery], now: datetime, objection: Callable[[Delivery], str | None]) -> Any:
    """Return the event that says by when an embassy's day is to be approved: on the eve, or now where that is over."""
    from icalendar import Alarm

    first = min(deliveries, key=attrgetter("due"))
    due = first.local(first.due)
    languages = ", ".join(dict.fromkeys(english_name(delivery.language) for delivery in deliveries))
    event = _revised_event(f"{first.number:02}-{first.embassy.id}-approve", first, now)
    start = min(max(approval_moment(first), now.replace(microsecond=0)), first.due)
    event.add("dtstart", start)
    event.add("dtend", start + _EVENT_LENGTH)
    summary = f"Approve day {first.number} by {due:%a} {due.day} {due:%b %H:%M} · {first.embassy.id} ({languages})"
    event.add("summary", _line(summary))
    reasons = dict.fromkeys(reason for delivery in deliveries if (reason := objection(delivery)))
    lines = ["Until it is approved it is not posted.", "", *reasons, "", "If it is approved by now, delete this event."]
    event.add("description", _clean("\n".join(lines)))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _line(summary))
    alarm.add("trigger", -_ALARM_LEAD)
    event.add_component(alarm)
    return event


def _revised_event(name: str, delivery: Delivery, now: datetime) -> Any:
    """Return an event with a lasting UID and the revision of this moment, and nothing else."""
    from icalendar import Event

    now = now.replace(microsecond=0)
    event = Event()
    event.add("uid", _clean(f"{delivery.plan.campaign_id}-{name}@orangeday"))
    event.add("dtstamp", now)
    event.add("last-modified", now)
    event.add("sequence", max(0, int((now - _FIRST_REVISION).total_seconds())))
    return event


def _description(deliveries: Sequence[Delivery]) -> str:
    """Return the posts' texts: a single one where it is the same on all platforms."""
    texts = [
        d.rendered_text.text if d.rendered_text else "There is no text that can be read: see orangeday check."
        for d in deliveries
    ]
    if len(set(texts)) == 1:
        return texts[0]
    return "\n\n".join(f"{PLATFORMS[d.platform].title}:\n{text}" for d, text in zip(deliveries, texts, strict=True))


def _clean(text: str) -> str:
    """Return a text with a replacement for each character that iCalendar doesn't allow."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") else "\ufffd" for c in text)


def _line(text: str, limit: int = _MAX_LINE) -> str:
    """Return a text on one line, of at most so many UTF-16 units, with … where anything was cut off."""
    line = " ".join(_clean(text).split())
    if len(line.encode("utf-16-le")) <= 2 * limit:
        return line
    # What is cut in the midst of a surrogate pair loses the half that is left.
    start = line.encode("utf-16-le")[: 2 * max(0, limit - 1)].decode("utf-16-le", errors="ignore")
    return f"{start.rstrip()}…"
