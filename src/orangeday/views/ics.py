"""The plan as a calendar: iCalendar as RFC 5545 has it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orangeday.content.plan import Delivery, Plan
from orangeday.platforms.registry import PLATFORMS

ICS_MARK = b"BEGIN:VCALENDAR"
"""The first bytes of a calendar, by which orangeday knows a file as its own."""


_EVENT_LENGTH = timedelta(minutes=15)
"""The length of a post's event: in a calendar everything takes some time."""
_FIRST_REVISION = datetime(2020, 1, 1, tzinfo=UTC)
"""The moment whose revision is 0: in seconds from then on, the number fits into 31 bits until 2088."""
_MAX_LINE = 255
"""The longest title of an event or a calendar in UTF-16 units: Outlook cuts the rest off ([MS-OXCICAL] 2.1.3.1)."""


def calendar(plan: Plan, now: datetime) -> bytes:
    """Return the plan as iCalendar: an event for each day, embassy and language, in UTC.

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
    return bytes(output.to_ical())


def _event(deliveries: Sequence[Delivery], now: datetime) -> Any:
    """Return the event of an embassy's day in one language, on all its platforms."""
    from icalendar import Event

    first = deliveries[0]
    platforms = ", ".join(PLATFORMS[delivery.platform].title for delivery in deliveries)
    start, end = f"Day {first.number}", f" · {first.embassy.id} {first.language} ({platforms})"
    title = _line((first.day and first.day.title) or "", _MAX_LINE - len(f"{start} · {end}"))
    now = now.replace(microsecond=0)
    event = Event()
    uid = f"{first.plan.campaign_id}-{first.number:02}-{first.embassy.id}-{first.language}@orangeday"
    event.add("uid", _clean(uid))
    event.add("dtstamp", now)
    event.add("last-modified", now)
    event.add("sequence", max(0, int((now - _FIRST_REVISION).total_seconds())))
    event.add("dtstart", first.due)
    event.add("dtend", first.due + _EVENT_LENGTH)
    event.add("summary", _line(f"{start} · {title}{end}" if title else f"{start}{end}"))
    event.add("description", _clean(_description(deliveries)), {"language": str(first.language)})
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
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
