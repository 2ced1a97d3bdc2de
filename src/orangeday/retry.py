"""The waits before something that is certainly not published is tried again, by the kind of failure.

Whether it may be tried again is never decided here: what may have left is in doubt, and is read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

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
"""The time for which a platform's limit lasts that doesn't say so."""

LONGEST_BACK_OFF = timedelta(minutes=10)
"""The longest wait after a passing failure that goes on."""

_SHORTEST, _LONGEST = timedelta(seconds=10), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that was noted: from when, and until when."""

    noted: datetime
    until: datetime

    def was_before(self, now: datetime) -> bool:
        """Return whether the try that fails now is the one that was waited for, and not another, long after."""
        return self.noted < self.until <= now <= self.until + max(self.until - self.noted, RETRY_AFTER_FAULT)


def next_try(asked: datetime, now: datetime, before: Wait | None, closes: datetime | None) -> datetime:
    """Return when to try again what keeps failing: after twice the wait before, as long as a try is left in its window.

    `asked` is the moment that the failure itself asks for; it is never earlier. The window closes at `closes`.
    """
    if before is None or not before.was_before(now):
        return asked
    until = now + min(2 * (before.until - before.noted), LONGEST_BACK_OFF)
    if closes is not None:
        until = min(until, closes - RETRY_SOON)
    return max(asked, until)


def within_a_day(until: datetime, now: datetime) -> datetime:
    """Return what a platform says of when to come back, kept between ten seconds and a day from now."""
    return min(max(until, now + _SHORTEST), now + _LONGEST)
