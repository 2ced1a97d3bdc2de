"""Time: aware and UTC inside, local at the edges. One clock, passed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo

Clock = Callable[[], datetime]
"""Says what time it is: an aware datetime in UTC."""


def system_clock() -> datetime:
    """The machine's own clock, in UTC."""
    return datetime.now(UTC)


def to_utc(day: date, at: time, zone: tzinfo) -> datetime:
    """The moment at which a clock in `zone` shows `at` on `day`, in UTC.

    The offset is the one of that date, whenever it is computed. Where the clock skips the hour, the time moves
    forward by as much as is skipped (02:30 → 03:30); where it shows the hour twice, the first is taken.
    """
    # fold=0 says both: the first of two, and in a gap the offset from before it (PEP 495).
    return datetime.combine(day, at, zone).astimezone(UTC)
