"""The waits before something that is certainly not published is tried again, by the kind of failure.

Whether it may be tried again is never decided here: what may have left is in doubt, and is read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

RETRY_SOON = timedelta(minutes=1)
"""The wait after a passing failure: no connection, an answer that can't be read."""
RETRY_AFTER_FAULT = timedelta(minutes=5)
"""The wait after a failure before anything left that no adapter has classed."""
LOGIN_RETRY = timedelta(minutes=5)
"""The wait after a log-in that failed for no fault of ours: a service takes some 300 a day."""
CREDENTIALS_RETRY = timedelta(minutes=5)
"""The wait after an account had no credentials here."""
PERSON_RETRY = timedelta(minutes=10)
"""The wait after a failure that only a person can put right: it is tried no more often than that."""
RATE_LIMIT_WINDOW = timedelta(minutes=15)
"""The time for which a platform's limit of requests lasts that doesn't say so."""
LIMIT_RETRY = timedelta(hours=1)
"""The wait after a limit of a day, or of more, whose end nobody names: it may be a part of it that is used up."""
UNTIL_RELEASED = datetime(9999, 1, 1, tzinfo=UTC)
"""The moment that stands for none: nothing is tried again before a person has said so."""

MAX_BACK_OFF = timedelta(minutes=10)
"""The longest wait after a passing failure that goes on."""

_MIN_WAIT, _MAX_WAIT = timedelta(seconds=10), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that was noted: from when, and until when."""

    noted_at: datetime
    until: datetime

    def was_before(self, now: datetime) -> bool:
        """Return whether the try that fails now is the one that was waited for, and not another, long after."""
        return self.noted_at < self.until <= now <= self.until + max(self.until - self.noted_at, RETRY_AFTER_FAULT)


def next_try(requested_time: datetime, now: datetime, previous: Wait | None, deadline: datetime | None) -> datetime:
    """Return when to try again what keeps failing: after twice the wait before, as long as a try is left in its window.

    `requested_time` is the moment that the failure itself asks for; it is never earlier. The window closes at
    `deadline`.
    """
    if previous is None or not previous.was_before(now):
        return requested_time
    until = now + min(2 * (previous.until - previous.noted_at), MAX_BACK_OFF)
    if deadline is not None:
        until = min(until, deadline - RETRY_SOON)
    return max(requested_time, until)


def before_the_end(until: datetime, now: datetime, deadline: datetime | None) -> datetime:
    """Return when to try again what may be possible at any time: at `until`, or a last time before its window closes.

    `until` is a guess; `deadline` is when the window closes.
    """
    last = deadline - RETRY_SOON if deadline else until
    return min(until, last) if last - now >= RETRY_AFTER_FAULT else until


def within_a_day(until: datetime, now: datetime) -> datetime:
    """Return what a platform says of when to come back, kept between ten seconds and a day from now."""
    return min(max(until, now + _MIN_WAIT), now + _MAX_WAIT)
