"""A calendar as strict readers take it: RFC 5545's grammar, and what [MS-OXCICAL] and RFC 5546 add for who imports it.

It is written from these documents, and knows nothing of the library by which calendars are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

Line = tuple[str, dict[str, str], str]
"""A content line: its name, its parameters, and its value as it stands."""

_ONCE = {"UID": 1, "DTSTAMP": 1, "DTSTART": 1, "DTEND": 1, "SUMMARY": 1, "SEQUENCE": 1, "LAST-MODIFIED": 1}
_AT_MOST_ONCE = {"DESCRIPTION", "TRANSP", "STATUS"}
_CALENDAR_ONCE = {"PRODID", "VERSION", "CALSCALE", "NAME", "X-WR-CALNAME"}


@dataclass(frozen=True)
class Event:
    """An event as a reader keeps it."""

    uid: str
    start: datetime
    end: datetime
    stamp: datetime
    modified: datetime
    sequence: int
    summary: str
    description: str

    @property
    def content(self) -> tuple[object, ...]:
        """All that a person sees of it."""
        return self.uid, self.start, self.end, self.summary, self.description


def read(content: bytes) -> list[Event]:
    """Return the events of a calendar; AssertionError where a reader may refuse it or take it otherwise."""
    lines = _lines(content)
    assert lines[0] == ("BEGIN", {}, "VCALENDAR") and lines[-1] == ("END", {}, "VCALENDAR")
    events: list[Event] = []
    properties: list[Line] = []
    current: list[Line] | None = None
    for name, parameters, value in lines[1:-1]:
        if name == "BEGIN":
            # No VTIMEZONE: what it says of an hour, readers take otherwise. Moments in UTC need none.
            assert (value, current) == ("VEVENT", None), value
            current = []
        elif name == "END":
            assert value == "VEVENT" and current is not None
            events.append(_event(current))
            current = None
        else:
            (properties if current is None else current).append((name, parameters, value))
    assert current is None and not any(name == "METHOD" for name, _, _ in properties), "with one it is an invitation"
    assert sorted(name for name, _, _ in properties) == sorted(_CALENDAR_ONCE)
    values = {name: value for name, _, value in properties}
    assert (values["VERSION"], values["CALSCALE"]) == ("2.0", "GREGORIAN")
    assert _utf16(_text(values["X-WR-CALNAME"])) <= 255
    uids = [event.uid for event in events]
    assert len(set(uids)) == len(uids), "of two with one UID, Google keeps one"
    assert len({uid.casefold() for uid in uids}) == len(uids)
    return events


def _lines(content: bytes) -> list[Line]:
    assert not content.startswith(b"\xef\xbb\xbf"), "a mark before BEGIN is no calendar"
    assert content.endswith(b"\r\n") and not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    for physical in content[:-2].split(b"\r\n"):
        assert 0 < len(physical) <= 75, len(physical)
        physical.decode()  # no character is cut in two
    unfolded = content[:-2].decode().replace("\r\n ", "").replace("\r\n\t", "").split("\r\n")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "".join(unfolded))
    lines = []
    for line in unfolded:
        match = re.fullmatch(r"([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:[^\x22;:,]*|\x22[^\x22]*\x22))*):(.*)", line, re.DOTALL)
        assert match, line
        parameters = dict(part.split("=", 1) for part in match[2].split(";")[1:])
        lines.append((match[1], parameters, match[3]))
    return lines


def _event(lines: list[Line]) -> Event:
    names = [name for name, _, _ in lines]
    assert all(names.count(name) == number for name, number in _ONCE.items()), names
    assert all(names.count(name) <= 1 for name in _AT_MOST_ONCE), names
    assert set(names) <= {*_ONCE, *_AT_MOST_ONCE}, "nobody is invited, reminded or alarmed"
    values = {name: value for name, _, value in lines}
    assert all(not parameters or name == "DESCRIPTION" for name, parameters, _ in lines), "no TZID"
    assert re.fullmatch("[0-9]+", values["SEQUENCE"]) and int(values["SEQUENCE"]) < 2**31
    summary = _text(values["SUMMARY"])
    assert "\n" not in summary and _utf16(summary) <= 255, "Outlook cuts it off"
    assert (values["TRANSP"], values["STATUS"]) == ("TRANSPARENT", "CONFIRMED")
    event = Event(
        _text(values["UID"]), _moment(values["DTSTART"]), _moment(values["DTEND"]), _moment(values["DTSTAMP"]),
        _moment(values["LAST-MODIFIED"]), int(values["SEQUENCE"]), summary, _text(values["DESCRIPTION"]),
    )  # fmt: skip
    assert event.start < event.end and len(event.uid) <= 255 and event.uid.isascii()
    return event


def _text(value: str) -> str:
    """Return a TEXT as it reads; a backslash is followed by one of four signs, and `;` and `,` by none alone."""
    assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value), value
    return re.sub(r"\\(.)", lambda sign: "\n" if sign[1] in "nN" else sign[1], value)


def _moment(value: str) -> datetime:
    assert re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", value), "in UTC, which every reader shows in its own zone"
    return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Reader:
    """A calendar that files are imported into.

    RFC 5546 2.1.5: of two events with one UID that with the higher SEQUENCE counts; of two with the same, that with the
    later DTSTAMP. `by_sequence_alone`: Google, for which a SEQUENCE that hasn't grown is nothing new.
    """

    by_sequence_alone: bool = False
    events: dict[str, Event] = field(default_factory=dict)

    def take(self, content: bytes) -> None:
        for event in read(content):
            old = self.events.get(event.uid)
            if old is None or self._revision(event) > self._revision(old):
                self.events[event.uid] = event

    def shows(self, content: bytes) -> bool:
        """Return whether a person sees here just what this calendar says."""
        return {event.content for event in self.events.values()} == {event.content for event in read(content)}

    def _revision(self, event: Event) -> tuple[int, datetime | None]:
        return event.sequence, None if self.by_sequence_alone else event.stamp
