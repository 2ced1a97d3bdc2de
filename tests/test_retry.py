"""When something certainly not published is tried again: later each time, and never too late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orangeday.adapters.base import Cause, Deferred, Platform
from orangeday.adapters.dry_run import DryRun
from orangeday.content.config import Account
from orangeday.engine.publisher import Publisher
from orangeday.ledger.ledger import throwaway
from orangeday.ledger.states import State
from orangeday.retry import MAX_BACK_OFF, RETRY_SOON, Wait, next_try, within_a_day

from .support import campaigns
from .support.common import Clock, plan_of

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("noted", "until", "minutes"),
    [
        (None, None, 1),  # the first time
        (-1, 0, 2),
        (-2, 0, 4),
        (-8, 0, 10),  # and not sixteen
        (-10, 0, 10),
        (-3, -2, 2),  # a sweep came two minutes late
        (-60, -59, 1),  # that was another failure
        (-1, 5, 1),  # it isn't what was waited for
        (3, 2, 1),  # a clock was set back
    ],
)
def test_each_wait_is_twice_the_one_before(noted: int | None, until: int | None, minutes: int) -> None:
    before = None if noted is None or until is None else Wait(NOW + noted * MINUTE, NOW + until * MINUTE)
    assert next_try(NOW + RETRY_SOON, NOW, before, None) == NOW + minutes * MINUTE


def test_a_try_is_left_before_the_window_closes_and_nothing_comes_earlier_than_asked() -> None:
    before = Wait(NOW - 8 * MINUTE, NOW)
    assert next_try(NOW + MINUTE, NOW, before, NOW + 6 * MINUTE) == NOW + 5 * MINUTE
    assert next_try(NOW + MINUTE, NOW, before, NOW + MINUTE) == NOW + MINUTE
    assert next_try(NOW + 20 * MINUTE, NOW, before, NOW + 6 * MINUTE) == NOW + 20 * MINUTE


def test_what_a_platform_asks_for_is_kept_within_a_day() -> None:
    assert within_a_day(NOW, NOW) == NOW + timedelta(seconds=10)
    assert within_a_day(NOW + timedelta(days=9), NOW) == NOW + timedelta(days=1)


class Outage:
    """An account on Bluesky that can't be reached for so long, and when it was tried."""

    def __init__(self, folder: Path, lasts: timedelta, *, passing: bool) -> None:
        self.clock = Clock(NOW)
        self.ends = NOW + lasts
        self.passing = passing
        self.tries: list[timedelta] = []
        self.plan = plan_of(campaigns.write(folder, campaigns.files()))

    def connect(self, account: Account) -> Platform:
        now = self.clock()
        if account.platform != "bluesky":
            return DryRun(account, self.clock)
        self.tries.append(now - NOW)
        if now < self.ends:
            raise Deferred(
                "it can't be reached", now + RETRY_SOON, "account", is_transient=self.passing, cause=Cause.UNREACHABLE
            )
        return DryRun(account, self.clock)

    def sweeps(self, hours: float) -> Iterator[State]:
        """Sweeps every thirty seconds; gives how the first post stands in the end."""
        with (
            throwaway(self.clock) as ledger,
            closing(Publisher(self.plan, ledger, self.connect, self.clock)) as publisher,
        ):
            key = "16days-2026/01/nairobi/bluesky/en"
            while self.clock() < NOW + timedelta(hours=hours):
                publisher.publish_due(self.clock())
                self.clock.now += timedelta(seconds=30)
            publisher.publish_due(self.clock())
            row = ledger.rows([key]).get(key)
            yield row.state if row else State.SCHEDULED


def test_an_account_that_stays_away_is_tried_ever_more_seldom_and_posts_when_it_is_back(tmp_path: Path) -> None:
    outage = Outage(tmp_path, timedelta(hours=1), passing=True)
    assert [*outage.sweeps(1.5)] == [State.PUBLISHED]
    gaps = [later - earlier for earlier, later in zip(outage.tries, outage.tries[1:], strict=False)]
    assert gaps[:5] == [1 * MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, MAX_BACK_OFF]
    assert max(gaps) == MAX_BACK_OFF
    assert outage.tries[-1] <= timedelta(hours=1) + MAX_BACK_OFF


def test_one_that_is_away_to_the_end_is_tried_a_last_time_within_the_window(tmp_path: Path) -> None:
    outage = Outage(tmp_path, timedelta(days=1), passing=True)
    assert [*outage.sweeps(6.2)] == [State.MISSED]
    window = next(iter(outage.plan)).deadline - NOW
    last = [moment for moment in outage.tries if moment < window][-1]
    assert window - 2 * MINUTE <= last < window


def test_what_a_platform_states_is_not_put_off(tmp_path: Path) -> None:
    outage = Outage(tmp_path, 10 * MINUTE, passing=False)
    assert [*outage.sweeps(0.5)] == [State.PUBLISHED]
    assert outage.tries[:5] == [number * MINUTE for number in range(5)]
