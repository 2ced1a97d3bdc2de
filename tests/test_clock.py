"""The clock: local hours become moments by the offset of their own date, and the campaign knows its year."""

from __future__ import annotations

import time as system_time
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from orangeday.clock import DAYS, running_or_next, system_clock, to_utc

pytestmark = pytest.mark.usefixtures("stated_zones")


def utc(text: str) -> datetime:
    """A moment in UTC, from ISO 8601 without an offset."""
    return datetime.fromisoformat(f"{text}+00:00")


def moment(local: str, zone: str) -> datetime:
    """What to_utc makes of an ISO date and time."""
    wall = datetime.fromisoformat(local)
    return to_utc(wall.date(), wall.time(), ZoneInfo(zone))


def test_there_are_sixteen_days_from_one_on() -> None:
    assert list(DAYS) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]


@pytest.mark.invariant(10)
def test_the_system_clock_is_aware_and_in_utc_wherever_the_machine_stands() -> None:
    with time_machine.travel(datetime(2026, 11, 25, 9, tzinfo=ZoneInfo("Asia/Kathmandu")), tick=False):
        now = system_clock()
    assert now == utc("2026-11-25T03:15")
    assert now.tzinfo is UTC


# An hour that the clock skips


@pytest.mark.invariant(10)
@pytest.mark.parametrize(
    ("zone", "wall", "shown"),
    [
        ("Europe/Brussels", "2026-03-29T02:30", "2026-03-29T03:30"),
        ("Europe/Brussels", "2026-03-29T02:00", "2026-03-29T03:00"),
        ("Europe/Brussels", "2026-03-29T01:59", "2026-03-29T01:59"),
        ("Europe/Brussels", "2026-03-29T03:00", "2026-03-29T03:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:45"),  # skips half an hour
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T01:00"),  # skips midnight
        ("America/Nuuk", "2026-03-28T23:30", "2026-03-29T00:30"),  # skips into the next day
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-31T09:00"),  # skipped a day, to cross the date line
        ("Pacific/Fiji", "2009-11-29T02:30", "2009-11-29T03:30"),  # inside a campaign
        ("Australia/Perth", "2006-12-03T02:30", "2006-12-03T03:30"),  # inside a campaign
    ],
)
def test_a_time_that_the_clock_skips_moves_forward_by_as_much(zone: str, wall: str, shown: str) -> None:
    assert moment(wall, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.fromisoformat(shown)


# An hour that the clock shows twice


@pytest.mark.invariant(10)
@pytest.mark.parametrize(
    ("zone", "wall", "first"),
    [
        ("Europe/Brussels", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Europe/Brussels", "2026-10-25T03:00", "2026-10-25T02:00"),  # shown once
        ("America/Toronto", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("America/Havana", "2026-11-01T00:30", "2026-11-01T04:30"),  # midnight comes twice
        ("America/Caracas", "2007-12-09T02:45", "2007-12-09T06:45"),  # half an hour, inside a campaign
        ("America/Ciudad_Juarez", "2022-11-29T23:30", "2022-11-30T05:30"),  # at midnight it was eleven again
    ],
)
def test_of_a_time_that_the_clock_shows_twice_the_first_is_taken(zone: str, wall: str, first: str) -> None:
    assert moment(wall, zone) == utc(first)


# The offset is the date's own


@pytest.mark.invariant(10)
@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Europe/Brussels", "2026-11-25T08:00"),  # +2 in July, +1 in November
        ("America/Toronto", "2026-11-25T14:00"),  # −4, −5
        ("Australia/Sydney", "2026-11-24T22:00"),  # +10, +11
        ("America/Santiago", "2026-11-25T12:00"),  # −4, −3
        ("Africa/Nairobi", "2026-11-25T06:00"),  # always +3
    ],
)
@pytest.mark.parametrize("planned", ["2026-07-01", "2026-11-25", "2027-02-01"])
def test_a_post_planned_in_july_for_25_november_goes_out_by_novembers_offset(zone: str, due: str, planned: str) -> None:
    with time_machine.travel(f"{planned}T12:00Z", tick=False):
        assert moment("2026-11-25T09:00", zone) == utc(due)


@pytest.mark.invariant(10)
@pytest.mark.parametrize("home", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "America/St_Johns"])
def test_the_machines_own_time_zone_changes_nothing(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", home)
        system_time.tzset()
        assert moment("2026-11-25T09:00", "Europe/Brussels") == utc("2026-11-25T08:00")
        assert running_or_next(utc("2026-12-11T11:59")) == date(2026, 11, 25)
    system_time.tzset()


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Asia/Kolkata", "2026-11-25T03:30"),
        ("Asia/Kabul", "2026-11-25T04:30"),
        ("America/St_Johns", "2026-11-25T12:30"),
        ("Australia/Adelaide", "2026-11-24T22:30"),
        ("Asia/Kathmandu", "2026-11-25T03:15"),
        ("Australia/Eucla", "2026-11-25T00:15"),
        ("Pacific/Chatham", "2026-11-24T19:15"),
        ("Pacific/Kiritimati", "2026-11-24T19:00"),  # the first on earth
        ("Etc/GMT+12", "2026-11-25T21:00"),  # the last
    ],
)
def test_zones_of_half_hours_and_quarters_and_at_both_edges_keep_nine_oclock(zone: str, due: str) -> None:
    assert moment("2026-11-25T09:00", zone) == utc(due)


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        # On the night of the change a day is longer or shorter: nine o'clock is not 24 hours after nine o'clock.
        ("Pacific/Fiji", {"2009-11-28": 24, "2009-11-29": 23, "2009-11-30": 24}),
        ("Australia/Perth", {"2006-12-02": 24, "2006-12-03": 23, "2006-12-04": 24}),
        ("Europe/Saratov", {"2016-12-03": 24, "2016-12-04": 23, "2016-12-05": 24}),
        ("America/Caracas", {"2007-12-08": 24, "2007-12-09": 24.5, "2007-12-10": 24}),
        ("America/Ciudad_Juarez", {"2022-11-29": 24, "2022-11-30": 25, "2022-12-01": 24}),
    ],
)
def test_a_zone_that_changes_inside_a_campaign_still_says_nine_oclock(zone: str, hours: dict[str, float]) -> None:
    for day, length in hours.items():
        nine = moment(f"{day}T09:00", zone)
        before = to_utc(date.fromisoformat(day) - timedelta(days=1), time(9), ZoneInfo(zone))
        assert nine.astimezone(ZoneInfo(zone)).time() == time(9)
        assert nine - before == timedelta(hours=length)


@settings(deadline=None, max_examples=300, database=None)
@given(
    day=st.dates(date(1975, 1, 1), date(2037, 12, 31)),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0)),
    zone=st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
)
def test_any_clock_on_earth_shows_the_hour_that_was_asked_unless_it_skips_it(
    day: date, at: time, zone: ZoneInfo
) -> None:
    wall = datetime.combine(day, at)
    due = to_utc(day, at, zone)
    shown = due.astimezone(zone).replace(tzinfo=None)
    # A clock that shows `wall` is at most a day ahead of UTC or behind it: look at every moment that this leaves.
    around = (due + timedelta(minutes=5 * n) for n in range(-26 * 12, 26 * 12 + 1))
    showing = [then for then in around if then.astimezone(zone).replace(tzinfo=None) == wall]
    assert due.tzinfo is UTC
    if showing:
        assert shown == wall
        assert due == min(showing)
    else:
        before, after = (due + timedelta(hours=hours) for hours in (-25, 25))
        gap = (after.astimezone(zone).utcoffset() or timedelta()) - (before.astimezone(zone).utcoffset() or timedelta())
        assert shown - wall == gap > timedelta()


# Which campaign it is


@pytest.mark.parametrize(
    ("now", "year"),
    [
        ("2026-01-01T00:00", 2026),
        ("2026-02-28T12:00", 2026),
        ("2026-07-01T00:00", 2026),
        ("2026-11-24T09:59", 2026),
        ("2026-11-25T00:00", 2026),
        ("2026-12-10T12:00", 2026),
        ("2026-12-11T00:00", 2026),  # 10 December still lasts on American clocks,
        ("2026-12-11T11:59", 2026),  # and here ends on the last one, at UTC−12
        ("2026-12-11T12:00", 2027),
        ("2026-12-31T23:59", 2027),
        ("2027-01-01T00:00", 2027),
        ("2027-01-01T12:00", 2027),
        ("2028-02-29T12:00", 2028),
    ],
)
def test_the_campaign_is_the_running_one_or_else_the_next(now: str, year: int) -> None:
    assert running_or_next(utc(now)) == date(year, 11, 25)


def test_a_campaign_begun_on_the_first_clock_lasts_until_the_last() -> None:
    begins = to_utc(date(2026, 11, 25), time(0), ZoneInfo("Pacific/Kiritimati"))
    ends = to_utc(date(2026, 12, 11), time(0), ZoneInfo("Etc/GMT+12"))
    now = begins
    while now < ends:
        assert running_or_next(now) == date(2026, 11, 25)
        now += timedelta(minutes=30)
    assert running_or_next(ends) == date(2027, 11, 25)
