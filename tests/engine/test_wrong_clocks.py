"""A machine whose clock was wrong for a while, and is right again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orangeday.adapters.http import ServerClock
from orangeday.engine.status import is_too_early

from ..support.common import Clock

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.invariant(9)
@pytest.mark.parametrize("ahead", [timedelta(hours=4), timedelta(days=1), timedelta(hours=-4)])
def test_what_waits_for_a_clock_to_be_set_right_goes_on_a_minute_later(ahead: timedelta) -> None:
    clock = Clock(NOON + ahead)
    theirs = ServerClock(clock)
    theirs.update("Wed, 25 Nov 2026 12:00:00 GMT")
    assert not theirs.agrees
    assert theirs.deferral("example.org").until <= NOON + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-180, "3 minutes behind"), (-179, "2 minutes behind"), (180, "3 minutes ahead"), (7200, "2 hours ahead"),
        (7199, "119 minutes ahead"), (-172_800, "2 days behind"), (-172_799, "47 hours behind"),
    ],
)  # fmt: skip
def test_how_far_a_clock_is_off_is_said_to_the_whole_unit(seconds: int, said: str) -> None:
    theirs = ServerClock(Clock(NOON + timedelta(seconds=seconds)))
    theirs.update("Wed, 25 Nov 2026 12:00:00 GMT")
    assert f"this machine's clock is {said} compared with" in str(theirs.deferral("example.org"))


@pytest.mark.invariant(9)
def test_what_a_clock_that_was_ahead_has_noted_is_not_waited_for() -> None:
    soon = timedelta(minutes=10)
    assert is_too_early(NOON + soon, NOON, NOON)
    assert is_too_early(NOON + soon, None, NOON), "noted by a version that didn't say when"
    ahead = NOON + timedelta(hours=4)
    assert not is_too_early(ahead + soon, ahead, NOON)
    assert not is_too_early(NOON + timedelta(days=3), NOON, NOON)
