"""When something that is certainly not published is tried again: how long is waited, by the kind of failure.

Whether it may be tried again is never decided here: what may have left is in doubt, and is read back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

RETRY_SOON = timedelta(minutes=1)
"""After a passing failure: no connection, an answer that can't be read."""
RETRY_AFTER_FAULT = timedelta(minutes=5)
"""After a failure before anything left that no adapter has classed."""
LOGIN_RETRY = timedelta(minutes=5)
"""After a log-in that failed for no fault of ours: a service takes some 300 a day."""
CREDENTIALS_RETRY = timedelta(minutes=5)
"""After an account had no credentials here."""
PERSON_RETRY = timedelta(minutes=10)
"""How often at most something is tried that only a person can put right."""
RATE_LIMIT_WINDOW = timedelta(minutes=15)
"""How long a platform's limit lasts that doesn't say so."""

_SHORTEST, _LONGEST = timedelta(seconds=10), timedelta(days=1)


def within_a_day(until: datetime, now: datetime) -> datetime:
    """Return what a platform says of when to come back, kept between ten seconds and a day from now."""
    return min(max(until, now + _SHORTEST), now + _LONGEST)
