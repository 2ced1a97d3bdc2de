"""What other programs get: the plan for a calendar (iCalendar) and for a table (CSV); and the report for a table. Pure.

A table is CSV as RFC 4180 has it, with a byte-order mark, by which Excel knows that it is UTF-8.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from orangeday.content.plan import Delivery, Plan
    from orangeday.engine.report import Report

CSV_MARK = b"\xef\xbb\xbfkey"
ICS_MARK = b"BEGIN:VCALENDAR"
"""How these begin: by that a file of ours is known."""


# Tables


def separator(sign: str) -> str:
    """What stands between two cells, by the sign that a person types for it. Raises OrangedayError."""
    signs = {",": ",", ";": ";", "tab": "\t"}
    if sign not in signs:
        raise OrangedayError(f"“{sign}” separates no cells. There are: {' '.join(signs)}.")
    return signs[sign]


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula, and no terminal for an order.

    An apostrophe goes before what could be one, and before an apostrophe: whoever reads the table takes one away from
    each cell that begins with one.
    """
    text = "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") else "\ufffd" for c in text)
    return f"'{text}" if text.startswith("'") or text.lstrip().startswith(_FORMULA) else text


def _table(rows: Iterable[Mapping[str, object]], names: Sequence[str], between: str) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=between, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        values = ("" if row[name] is None else row[name] for name in names)
        writer.writerow([cell(value) if isinstance(value, str) else value for value in values])
    return written.getvalue().encode("utf-8-sig")


_PLAN = (
    "key", "day", "date", "due_local", "zone", "due_utc", "embassy", "platform", "language", "text", "length", "limit",
    "pictures", "alt", "link", "approved",
)  # fmt: skip


def plan_csv(deliveries: Iterable[Delivery], objection: Callable[[Delivery], str | None], between: str = ",") -> bytes:
    """A row for each Delivery; `objection` says why one isn't approved."""

    def row(delivery: Delivery) -> dict[str, object]:
        text = delivery.wording.text if delivery.wording else None
        translation, day = delivery.translation, delivery.day
        media = delivery.media
        count = PLATFORMS[delivery.platform]
        return {
            "key": delivery.key,
            "day": delivery.number,
            "date": delivery.date.isoformat(),
            "due_local": delivery.local(delivery.due).isoformat(),
            "zone": delivery.embassy.timezone.key,
            "due_utc": _utc(delivery.due),
            "embassy": delivery.embassy.id,
            "platform": delivery.platform,
            "language": str(delivery.language),
            "text": text,
            "length": None if text is None else count.length(text),
            "limit": count.limit,
            "pictures": "\n".join(media),
            "alt": "\n".join(" ".join(translation.alt.get(name, "").split()) for name in media) if translation else "",
            "link": str(day.link) if day and day.link else None,
            "approved": "no" if objection(delivery) else "yes",
        }

    return _table(map(row, deliveries), _PLAN, between)


_REPORT = (
    "key", "day", "date", "title", "embassy", "platform", "language", "due_local", "due_utc", "state", "why",
    "acknowledged", "published_local", "published_utc", "link", "read_back", "read_back_note", "planned",
)  # fmt: skip


def report_csv(report: Report, between: str = ",") -> bytes:
    """A row for each post."""
    rows = (
        {
            "key": entry.key,
            "day": entry.day,
            "date": entry.date.isoformat(),
            "title": entry.title,
            "embassy": entry.embassy,
            "platform": entry.platform,
            "language": entry.language,
            "due_local": entry.due.isoformat(),
            "due_utc": _utc(entry.due),
            "state": str(entry.state),
            "why": entry.why,
            "acknowledged": entry.acknowledged,
            "published_local": entry.published and entry.published.isoformat(timespec="seconds"),
            "published_utc": entry.published and _utc(entry.published),
            "link": entry.receipt.url if entry.receipt else None,
            "read_back": entry.seen,
            "read_back_note": entry.seen_note,
            "planned": "yes" if entry.planned else "no",
        }
        for entry in report.entries
    )
    return _table(rows, _REPORT, between)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


# A calendar

_LENGTH = timedelta(minutes=15)
"""How long a post takes in a calendar, where everything takes a while."""
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def calendar(plan: Plan, now: datetime) -> bytes:
    """An event for each Day, embassy and language, at the embassy's own hour; it blocks nobody's time.

    An event keeps its UID whatever changes, and its SEQUENCE grows as its files are saved anew: a calendar that has it
    already takes the new one in its place.
    """
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//orangeday//orangeday//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    title = " ".join(_clean(plan.campaign.title or plan.campaign.id).split())  # a calendar's name has no lines
    made.add("name", title)
    made.add("x-wr-calname", title)
    posts: dict[tuple[int, str, str], list[Delivery]] = {}
    for delivery in plan:
        posts.setdefault((delivery.number, delivery.embassy.id, str(delivery.language)), []).append(delivery)
    saved = _Saved()
    for alike in posts.values():
        made.add_component(_event(alike, now, saved))
    since, until = (datetime.combine(plan.date(n), time(), UTC) + timedelta(days=d) for n, d in ((1, -2), (16, 3)))
    for _, zone in sorted({e.timezone.key: e.timezone for e in plan.config.embassies.values()}.items(), reverse=True):
        made.subcomponents.insert(0, _zone(zone, since, until))
    return bytes(made.to_ical())


def _event(alike: Sequence[Delivery], now: datetime, saved: _Saved) -> Any:
    """One language of an embassy's Day, on all its platforms."""
    from icalendar import Event

    first = alike[0]
    platforms = ", ".join(PLATFORMS[delivery.platform].title for delivery in alike)
    title = f" · {first.day.title}" if first.day and first.day.title else ""
    changed = saved.last(first)
    event = Event()
    uid = f"{first.plan.campaign_id}-{first.number:02}-{first.embassy.id}-{first.language}@orangeday"
    event.add("uid", _clean(uid))
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("last-modified", changed)
    event.add("sequence", max(0, int((changed - _EPOCH).total_seconds())))
    for name, moment in (("dtstart", first.due), ("dtend", first.due + _LENGTH)):
        # The zone by name, without its offset: icalendar takes any zone that is at nought for UTC.
        event.add(name, first.local(moment).replace(tzinfo=None), {"tzid": first.embassy.timezone.key})
    event.add("summary", _clean(f"Day {first.number}{title} · {first.embassy.id} {first.language} ({platforms})"))
    event.add("description", _clean(_description(alike)), {"language": str(first.language)})
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    return event


def _description(alike: Sequence[Delivery]) -> str:
    """What is said: once, where all platforms say the same."""
    texts = [d.wording.text if d.wording else "There is no text that can be read: see orangeday check." for d in alike]
    if len(set(texts)) == 1:
        return texts[0]
    return "\n\n".join(f"{PLATFORMS[d.platform].title}:\n{text}" for d, text in zip(alike, texts, strict=True))


def _clean(text: str) -> str:
    """A text without the characters that iCalendar allows in none."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") else "\ufffd" for c in text)


class _Saved:
    """When the files that an event is made of were last saved; each is asked once."""

    def __init__(self) -> None:
        self._known: dict[Any, datetime] = {}

    def last(self, delivery: Delivery) -> datetime:
        plan, day, translation = delivery.plan, delivery.day, delivery.translation
        files = [plan.config.file, plan.campaign.folder / "campaign.toml"]
        files += [day.file] if day else []
        files += [translation.file] if translation else []
        return max(map(self._of, files))

    def _of(self, file: Any) -> datetime:
        if file not in self._known:
            try:
                self._known[file] = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
            except OSError:
                self._known[file] = _EPOCH
        return self._known[file]


def _zone(zone: ZoneInfo, since: datetime, until: datetime) -> Any:
    """A VTIMEZONE: what the clocks of a zone show in these weeks, and where they are changed.

    By hand: icalendar's own begins summer time an hour late.
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    made = Timezone()
    made.add("tzid", zone.key)
    before = since
    for moment in (since, *_changes(zone, since, until)):
        there, earlier = moment.astimezone(zone), before.astimezone(zone)
        offset, offset_before = there.utcoffset() or timedelta(), earlier.utcoffset() or timedelta()
        kind = TimezoneDaylight() if there.dst() else TimezoneStandard()
        kind.add("dtstart", (moment + offset_before).replace(tzinfo=None))  # as clocks showed it that were not set yet
        kind.add("tzoffsetfrom", offset_before)
        kind.add("tzoffsetto", offset)
        kind.add("tzname", there.tzname() or zone.key)
        made.add_component(kind)
        before = moment
    return made


def _changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """The moments between these two from which clocks there show another offset, or bear another name."""

    def shows(moment: datetime) -> tuple[timedelta | None, str | None]:
        there = moment.astimezone(zone)
        return there.utcoffset(), there.tzname()

    while since < until:
        low, high = since, min(since + timedelta(days=1), until)
        since = high
        if shows(low) == shows(high):
            continue
        while high - low > timedelta(minutes=1):
            middle = low + (high - low) // 2
            middle = middle.replace(second=0, microsecond=0)
            middle = middle if middle > low else low + timedelta(minutes=1)
            low, high = (middle, high) if shows(middle) == shows(low) else (low, middle)
        yield high
