"""A machine whose clock was wrong for a while, and is right again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orangeday.platforms.network import TheirClock
from orangeday.standing import waits

from .ground import Clock

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.invariant(9)
@pytest.mark.parametrize("ahead", [timedelta(hours=4), timedelta(days=1), timedelta(hours=-4)])
def test_what_waits_for_a_clock_to_be_set_right_goes_on_a_minute_later(ahead: timedelta) -> None:
    clock = Clock(NOON + ahead)
    theirs = TheirClock(clock)
    theirs.look("Wed, 25 Nov 2026 12:00:00 GMT")
    assert not theirs.agrees
    assert theirs.objection("example.org").until <= NOON + timedelta(minutes=1)


@pytest.mark.invariant(9)
def test_what_a_clock_that_was_ahead_has_noted_is_not_waited_for() -> None:
    soon = timedelta(minutes=10)
    assert waits(NOON + soon, NOON, NOON)
    assert waits(NOON + soon, None, NOON), "noted by a version that didn't say when"
    ahead = NOON + timedelta(hours=4)
    assert not waits(ahead + soon, ahead, NOON)
    assert not waits(NOON + timedelta(days=3), NOON, NOON)
