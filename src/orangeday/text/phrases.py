"""Words for numbers, lists, dates and spans of time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby


def countdown(length: timedelta) -> str:
    """Return a length of time as a countdown: `1 d 03:20:05`; zero where it is negative."""
    seconds = max(0, int(length.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock


def relative(length: timedelta) -> str:
    """Return how far off a moment is, in its largest unit: `in 9 h`, `20 min ago`, `now` within a minute."""
    minutes = abs(length) // timedelta(minutes=1)
    if not minutes:
        return "now"
    hours, days = minutes // 60, minutes // 1440
    amount = f"{days} d" if days > 1 else f"{hours} h" if hours else f"{minutes} min"
    return f"in {amount}" if length > timedelta(0) else f"{amount} ago"


def plural(number: int, singular: str, irregular_plural: str | None = None) -> str:
    """Return a number with its noun, `1 post`, `2 posts`; `irregular_plural` is a plural that isn't made with an s."""
    return f"{number:,} {singular if number == 1 else irregular_plural or f'{singular}s'}"


def date_range(first: date, last: date) -> str:
    """Return a range of dates: `Wed 25 Nov – Thu 10 Dec 2026`; each with its year, where these differ."""
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%a} {day_and_month(first)}{year} – {last:%a} {day_and_month(last)} {last.year}"


def day_and_month(date: date) -> str:
    """Return a date without its year: `25 Nov`."""
    return f"{date.day} {date:%b}"


def join_words(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def short_list(names: Sequence[str], limit: int) -> str:
    """Return the first `limit` names and the number of the rest: `a, b and 3 more`; all, where the rest is only one."""
    rest = len(names) - limit
    return ", ".join(names) if rest <= 1 else f"{', '.join(names[:limit])} and {rest} more"


def day_ranges(numbers: Sequence[int]) -> list[str]:
    """Return Days in the form that `approve` reads: 1, 2, 3, 5 → `1-3` and `5`."""
    spans = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        days = [number for _, number in run]
        spans.append(f"{days[0]}" if len(days) == 1 else f"{days[0]}-{days[-1]}")
    return spans
