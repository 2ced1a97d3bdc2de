"""The needs of all connections to platforms: limits, failures of a request, the server's clock, text fit to show."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import ClassVar
from weakref import WeakValueDictionary

from orangeday.adapters.base import Cause, Deferred
from orangeday.clock import Clock
from orangeday.retry import PERSON_RETRY, RETRY_SOON

CONNECT_TIMEOUT, READ_TIMEOUT = 10, 30
"""Seconds for a connection, and for each piece of an answer."""
RESPONSE_TIMEOUT = 120
"""Seconds for a whole request, from before its host is looked up to the last byte of the answer.

Far less than the six minutes after which the absence of a post is taken for a proof: see `settle_after`.
"""
MAX_RESPONSE_BYTES = 5_000_000
"""Bytes of an answer; none of those that we ask for has a tenth of that."""
KEEPALIVE = 2
"""Seconds after which a connection isn't used again: a server may close it just then, and that would be a doubt."""

AMBIGUOUS_STATUSES = (408, 425, 499)
"""The few of 4xx that don't say whether anything was done."""

_MAX_SKEW = timedelta(minutes=2)
_MAX_AGE = timedelta(hours=1)


class NotSent(Exception):
    """The failure of a request that certainly never left: there was no connection to send it over."""


class NoResponse(Exception):
    """The failure of a request that may have left, without an answer that can be read."""


def safe_line(text: str, limit: int = 200) -> str:
    """Return somebody else's text as a line of ours: nothing that a terminal obeys, and not too much of it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 10 * limit]).split())
    return line if len(line) <= limit else f"{line[:limit]}…"


def epoch(value: str | None) -> datetime | None:
    """Return a moment from its seconds since 1970, as a header has it; None where nobody could read it."""
    try:
        return datetime.fromtimestamp(int(value or ""), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """Return the moment that a Retry-After header names, in seconds or as a date; None where it names none to come."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,6}", text):
        moment = now + timedelta(seconds=int(text))
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError, IndexError):
            return None
    return moment.astimezone(UTC) if moment.tzinfo and moment > now else None


_LONG_PERIOD = r"daily|monthly|weekly|24.?hours?|(?:per|a|this|each|every) (?:day|week|month)|today"
_LIMIT = (
    rf"\b(?:{_LONG_PERIOD}|hourly)\b[^.:;]{{0,40}}\b(?:limits?|caps?|quotas?)\b"
    r"|\b(?:rate|usage|posting|update|request) (?:limit(?:s|ed)?|cap(?:s|ped)?|quotas?)\b"
    rf"|\b(?:limits?|caps?|quotas?|points)\b[^.:;]{{0,40}}\b(?:{_LONG_PERIOD}|hourly|per hour)\b"
    r"|\btoo many (?:requests|posts|tweets|uploads|points)\b"
)


def is_limit(text: str) -> bool:
    """Return whether a refusal's words say that all that may be sent in a time was sent, and not that one is too long.

    An error's name, RateLimitExceeded, counts as words.
    """
    return re.search(_LIMIT, _with_spaces(text), re.IGNORECASE) is not None


def is_long_limit(text: str) -> bool:
    """Return whether the words of a limit speak of a day or more."""
    return is_limit(text) and re.search(rf"\b(?:{_LONG_PERIOD})\b", _with_spaces(text), re.IGNORECASE) is not None


def _with_spaces(text: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[-_]", " ", text)


class ServerClock:
    """The difference between our clock and a platform's, by the Date header of its last answer."""

    _clocks: ClassVar[WeakValueDictionary[tuple[str, Clock], ServerClock]] = WeakValueDictionary()

    @classmethod
    def for_service(cls, service: str, clock: Clock) -> ServerClock:
        """Return the clock that all lines to a service share: what one was answered need not be asked for another."""
        return cls._clocks.setdefault((service, clock), cls(clock))

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reading: tuple[timedelta, datetime, float] | None = None

    def update(self, date: str | None) -> None:
        """Take note of the Date header of an answer that has just come."""
        try:
            server_time = parsedate_to_datetime(date or "")
        except (ValueError, OverflowError, IndexError):
            return
        if server_time.tzinfo is not None:
            our_time = self._clock()
            self._reading = our_time - server_time, our_time, time.monotonic()

    @property
    def skew(self) -> timedelta | None:
        """The time by which ours is ahead; None unless an answer of the last hour says it."""
        if self._reading is None:
            return None
        skew, read_at, tick = self._reading
        since = self._clock() - read_at
        # A clock that was set since then, or a machine that slept, doesn't agree with the ticks of its processor.
        steady = abs(since - timedelta(seconds=time.monotonic() - tick)) < _MAX_SKEW / 2
        return skew if steady and since < _MAX_AGE else None

    @property
    def agrees(self) -> bool:
        """Return whether the clocks are near enough for something to be sent."""
        return self.skew is not None and abs(self.skew) <= _MAX_SKEW

    def deferral(self, host: str) -> Deferred:
        """Return why nothing is sent while they don't agree."""
        skew, now = self.skew, self._clock()
        if skew is None:
            message = f"{host} doesn't say what time it is, so that nobody can tell whether our clock is right"
            return Deferred(message, now + PERSON_RETRY, "account", needs_person=True, cause=Cause.CLOCK)
        message = f"this machine's clock is {_length(skew)} compared with {host}"
        # By whichever clock is behind: set right, it isn't to wait for the hour that it showed when it was wrong.
        until = min(now, now - skew) + RETRY_SOON
        return Deferred(message, until, "account", needs_person=True, cause=Cause.CLOCK, hint="set it right")


def _length(skew: timedelta) -> str:
    """Return a difference in words: `3 minutes ahead`."""
    seconds = round(abs(skew).total_seconds())
    sizes = {"day": 86_400, "hour": 3_600, "minute": 60}
    unit = next((unit for unit, size in sizes.items() if seconds >= 2 * size), "second")
    return f"{seconds // sizes.get(unit, 1)} {unit}s {'ahead' if skew > timedelta(0) else 'behind'}"
