"""The days that a person names on the command line: one grammar for every command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.commands.selection import days
from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError

from ..support import campaigns
from ..support.common import plan_of
from ..support.offices import DUE


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A campaign of an embassy in Nairobi, three hours ahead of UTC, from 25 November to 10 December 2026."""
    return plan_of(campaigns.write(tmp_path, campaigns.files()))


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ([], set()), (["5"], {5}), (["05"], {5}), (["٥"], {5}), (["5-8"], {5, 6, 7, 8}),
        (["16", "1", "1-2"], {1, 2, 16}),
        (["3-3"], {3}), (["all"], set(range(1, 17))), (["all", "5"], set(range(1, 17))),
    ],
)  # fmt: skip
def test_days_are_numbers_spans_or_all(plan: Plan, words: list[str], numbers: set[int]) -> None:
    assert days(words, plan) == days(words, None) == numbers


@pytest.mark.parametrize("word", ["0", "17", "5-4", "5-17", "-5", "5-", "five", "", "5,6", "Today", "yesterday"])
def test_no_other_word_is_a_day(plan: Plan, word: str) -> None:
    with pytest.raises(OrangedayError) as caught:
        days([word], plan)
    assert str(caught.value) == (f"There is no day “{word}”. Days go from 1 to 16: 5, or 5-8, or today, tomorrow, all.")


@pytest.mark.parametrize(
    ("moment", "today"),
    [(DUE, 1), (DUE.replace(hour=20, minute=59), 1), (DUE.replace(hour=21, minute=1), 2), (DUE + timedelta(days=4), 5)],
)
def test_today_and_tomorrow_are_those_of_the_embassies(plan: Plan, moment: datetime, today: int) -> None:
    with time_machine.travel(moment):
        assert days(["today"], plan) == {today}
        assert days(["tomorrow"], plan) == {today + 1}
        assert days(["today", "tomorrow", "9"], plan) == {today, today + 1, 9}


@pytest.mark.parametrize(
    ("moment", "word"),
    [
        (datetime(2026, 11, 24, 12, tzinfo=UTC), "today"), (datetime(2026, 11, 23, 12, tzinfo=UTC), "tomorrow"),
        (datetime(2026, 12, 10, 12, tzinfo=UTC), "tomorrow"), (datetime(2026, 12, 11, 12, tzinfo=UTC), "today"),
    ],
)  # fmt: skip
def test_a_date_outside_the_campaign_is_no_day_of_it(plan: Plan, moment: datetime, word: str) -> None:
    with time_machine.travel(moment), pytest.raises(OrangedayError) as caught:
        days([word], plan)
    assert str(caught.value) == (
        f"{word.capitalize()} isn't a day of the campaign, which goes from 25 November 2026 to 10 December 2026."
    )


def test_without_a_plan_nobody_knows_what_today_is() -> None:
    with pytest.raises(OrangedayError, match="There is no day “today”"):
        days(["today"], None)
