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
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def calendar(plan: Plan, now: datetime) -> bytes:
    """Return the plan as iCalendar: an event for each day, embassy and language, in UTC.

    A calendar shows it in its reader's own zone.

    It blocks nobody's time. It keeps its UID whatever changes, and its SEQUENCE grows as its files are saved anew: a
    calendar that has it already takes the new one in its place.
    """
    from icalendar import Calendar

    output = Calendar()
    output.add("prodid", "-//orangeday//orangeday//EN")
    output.add("version", "2.0")
    output.add("calscale", "GREGORIAN")
    title = " ".join(_clean(plan.campaign.title or plan.campaign.id).split())  # a calendar's name has no lines
    output.add("name", title)
    output.add("x-wr-calname", title)
    posts: dict[tuple[int, str, str], list[Delivery]] = {}
    for delivery in plan:
        posts.setdefault((delivery.number, delivery.embassy.id, str(delivery.language)), []).append(delivery)
    save_times = _SaveTimes()
    for group in posts.values():
        output.add_component(_event(group, now, save_times))
    return bytes(output.to_ical())


def _event(deliveries: Sequence[Delivery], now: datetime, save_times: _SaveTimes) -> Any:
    """Return the event of an embassy's day in one language, on all its platforms."""
    from icalendar import Event

    first = deliveries[0]
    platforms = ", ".join(PLATFORMS[delivery.platform].title for delivery in deliveries)
    title = f" · {first.day.title}" if first.day and first.day.title else ""
    last_change = save_times.latest(first)
    event = Event()
    uid = f"{first.plan.campaign_id}-{first.number:02}-{first.embassy.id}-{first.language}@orangeday"
    event.add("uid", _clean(uid))
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("last-modified", last_change)
    event.add("sequence", max(0, int((last_change - _EPOCH).total_seconds())))
    event.add("dtstart", first.due)
    event.add("dtend", first.due + _EVENT_LENGTH)
    event.add("summary", _clean(f"Day {first.number}{title} · {first.embassy.id} {first.language} ({platforms})"))
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


class _SaveTimes:
    """The times when the files that events are made of were last saved; each file is asked once."""

    def __init__(self) -> None:
        self._times: dict[Any, datetime] = {}

    def latest(self, delivery: Delivery) -> datetime:
        plan, day, translation = delivery.plan, delivery.day, delivery.translation
        files = [plan.config.file, plan.campaign.folder / "campaign.toml"]
        files += [day.file] if day else []
        files += [translation.file] if translation else []
        return max(map(self._save_time, files))

    def _save_time(self, file: Any) -> datetime:
        if file not in self._times:
            try:
                self._times[file] = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
            except OSError:
                self._times[file] = _EPOCH
        return self._times[file]
