"""Time: aware and UTC inside, local at the edges. One clock, passed in. And the campaign's own calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS = range(1, 17)
"""The days of the campaign, by number."""

Clock = Callable[[], datetime]
"""A function that returns what time it is: an aware datetime in UTC."""


def system_clock() -> datetime:
    """Return the time by the machine's own clock, in UTC."""
    return datetime.now(UTC)


def to_utc(day: date, local_time: time, zone: tzinfo) -> datetime:
    """Return the moment at which a clock in `zone` shows this time on `day`, in UTC.

    The offset is the one of that date, whenever it is computed. Where the clock skips the hour, the time moves
    forward by as much as is skipped (02:30 → 03:30); where it shows the hour twice, the first is taken.
    """
    # fold=0 says both: the first of two, and in a gap the offset from before it (PEP 495).
    return datetime.combine(day, local_time, zone).astimezone(UTC)


def running_or_next(now: datetime) -> date:
    """Return day 1 of the campaign that runs at `now`, or else of the next: a 25 November."""
    # It runs until the last clock on earth (UTC-12) has left 10 December.
    today = (now - timedelta(hours=12)).date()
    first = first_day_of(today.year)
    return first if today < first + timedelta(days=len(DAYS)) else first_day_of(today.year + 1)


def first_day_of(year: int) -> date:
    """Return day 1 of a year's campaign, where nobody says otherwise."""
    return date(year, 11, 25)


def campaign_end(first: date) -> datetime:
    """Return when the last clock on earth (UTC-12) leaves the last day of the campaign that begins on `first`."""
    return datetime.combine(first + timedelta(days=len(DAYS)), time(12), UTC)


def years_earlier(day: date, years: int = 1) -> date:
    """Return the same date so many years earlier; for a 29 February, where that year has none, the day before."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def utc_offset(moment: datetime) -> str:
    """Return how far a moment's clock is from UTC: `UTC+5:30`."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def year_after(first: date, now: datetime) -> date:
    """Return day 1 of the campaign after the one of `first`: of a later year, by which campaigns are told apart."""
    return first_day_of(max(running_or_next(now).year, first.year + 1))


_UNAMBIGUOUS_SPAN = timedelta(days=90)
"""The time in which a date of this year, before today or after, can be no other year's."""


def needs_year(moment: datetime, now: datetime | None = None) -> bool:
    """Return whether a date could be taken for another year's where its own isn't written."""
    now = now or system_clock()
    return moment.year != now.astimezone(moment.tzinfo).year or abs(moment - now) > _UNAMBIGUOUS_SPAN


def utc(moment: datetime, *, with_year: bool | None = None) -> str:
    """Return `25 Nov 08:00 UTC`; with the year where `with_year` says so, or it needs it: `25 Nov 2027 08:00 UTC`."""
    utc_moment = moment.astimezone(UTC)
    return f"{utc_moment.day} {_month(utc_moment, with_year)} {utc_moment:%H:%M} UTC"


def local(moment: datetime, *, with_year: bool | None = None) -> str:
    """Return an embassy's own time with its zone: `Wed 25 Nov 09:00 UTC+5:30`. The year stands as it does in `utc`."""
    return f"{wall_time(moment, with_year=with_year)} {utc_offset(moment)}"


def time_in_words(moment: datetime, *, with_year: bool | None = None) -> str:
    """Return what `local` does for a list, for a sentence: `Tue 1 Dec 09:00 UTC+3`."""
    return local(moment, with_year=with_year).replace("  ", " ")


def wall_time(moment: datetime, *, with_year: bool | None = None) -> str:
    """Return the time on an embassy's wall, for a list of its own posts: `Wed 25 Nov 09:00`."""
    return f"{moment:%a} {moment.day:2} {_month(moment, with_year)} {moment:%H:%M}"


def _month(moment: datetime, with_year: bool | None) -> str:
    with_year = needs_year(moment) if with_year is None else with_year
    return f"{moment:%b} {moment.year}" if with_year else f"{moment:%b}"
