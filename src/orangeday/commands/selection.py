"""The things that a person names by hand: embassies, days, posts by their keys, and the campaign that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from orangeday.clock import DAYS, system_clock
from orangeday.content.plan import Delivery, Plan, today
from orangeday.content.problems import did_you_mean
from orangeday.engine import years
from orangeday.engine.years import campaign_of
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS
from orangeday.views import console

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger
    from orangeday.ledger.records import Row


def must_exist(kind: str, names: Iterable[str], choices: Sequence[str]) -> None:
    """Raise OrangedayError where something is asked for that isn't there."""
    for name in names:
        if name not in choices:
            raise OrangedayError(
                f"There is no {kind} “{name}”. {did_you_mean(name, choices)}There are: {', '.join(choices)}."
            )


def days(words: Iterable[str], plan: Plan | None) -> frozenset[int]:
    """Return the numbers of the days that are meant: `5`, `5-8`, `today`, `tomorrow` or `all`.

    Today is the date on the clocks of most embassies of the `plan`. Raises OrangedayError.
    """
    numbers: set[int] = set()
    for word in words:
        span = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", word)
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (0, 0)
        if word == "all":
            numbers.update(DAYS)
        elif plan and word in ("today", "tomorrow"):
            numbers.add(_day_by_name(word, plan))
        elif first in DAYS and last in DAYS and first <= last:
            numbers.update(range(first, last + 1))
        else:
            raise OrangedayError(
                f"There is no day “{word}”. Days go from {DAYS[0]} to {DAYS[-1]}: 5, or 5-8, or today, tomorrow, all."
            )
    return frozenset(numbers)


def _day_by_name(word: str, plan: Plan) -> int:
    date = today(plan, system_clock()) + timedelta(days=word == "tomorrow")
    number = (date - plan.first).days + 1
    if number in DAYS:
        return number
    first, last = (f"{day.day} {day:%B %Y}" for day in (plan.first, plan.last))
    raise OrangedayError(f"{word.capitalize()} isn't a day of the campaign, which goes from {first} to {last}.")


def choice_filter(
    plan: Plan,
    day: Sequence[str] | None,
    embassy: Sequence[str] | None,
    language: Sequence[str] | None,
    platform: Sequence[str] | None,
) -> Callable[[Delivery], bool]:
    """Return a function that says whether a delivery is meant: without words of a kind all of that kind are.

    Raises OrangedayError where something is asked for that isn't there.
    """
    numbers = days(day or (), plan)
    languages = dict.fromkeys(str(tag) for config in plan.config.embassies.values() for tag in config.languages)
    must_exist("embassy", embassy or (), list(plan.config.embassies))
    must_exist("language", language or (), list(languages))
    must_exist("platform", platform or (), list(PLATFORMS))

    def is_chosen(delivery: Delivery) -> bool:
        return (
            (not numbers or delivery.number in numbers)
            and (not embassy or delivery.embassy.id in embassy)
            and (not language or delivery.language in language)
            and (not platform or delivery.platform in platform)
        )

    return is_chosen


def plan_to_review(plan: Plan, ledger: Ledger, campaign: str | None = None) -> Plan:
    """Return the campaign that a look back or a correction is about. See `years.plan_to_review`.

    `plan` is the one of the files. Where it is another than that, and nobody named it, a line says so. Raises
    OrangedayError for a wrong name.
    """
    review_plan = years.plan_to_review(plan, ledger, system_clock(), campaign)
    if campaign is None and review_plan.campaign_id != plan.campaign_id:
        console.info(f"This is {review_plan.campaign_id}. For the other one: --campaign {plan.campaign_id}", "dim")
    return review_plan


def find_delivery(plan: Plan, key: str, ledger: Ledger | None = None) -> Delivery:
    """Return the delivery that a key typed by hand names, with or without the campaign in front.

    With a `ledger`, in front may stand any campaign that it knows. Raises OrangedayError.
    """
    full = _full_key(plan.campaign_id, key)
    campaign = full.partition("/")[0]
    if ledger and campaign != plan.campaign_id and campaign in ledger.served_campaigns():
        plan = campaign_of(plan, ledger, campaign)
    match = plan.find(full)
    if match is None:
        raise OrangedayError(f"The plan has no “{key}”. `orangeday status` lists them all, like 05/nairobi/x/en.")
    return match


def find_row(ledger: Ledger, campaign: str, key: str) -> Row | None:
    """Return the ledger's row of a key typed by hand; of this campaign, unless another stands in front."""
    full = _full_key(campaign, key)
    return ledger.rows([full]).get(full)


def _full_key(campaign: str, key: str) -> str:
    """Return a key as the ledger has it: with the campaign in front, which is this one unless it is typed."""
    parts = key.strip("/").split("/")
    if len(parts) == 4:
        parts.insert(0, campaign)
    if len(parts) == 5 and parts[1].isdecimal():
        parts[1] = f"{int(parts[1]):02}"
    return "/".join(parts)


def affected_row(plan: Plan, ledger: Ledger, key: str) -> Row:
    """Return the ledger's row of a post, even one that the plan has lost. Raises OrangedayError where there is none."""
    full = _full_key(plan.campaign_id, key)
    if row := ledger.rows([full]).get(full):
        return row
    raise OrangedayError(f"Nothing has happened to {find_delivery(plan, key, ledger).key} yet; nothing was changed.")


def planned_delivery(plan: Plan, ledger: Ledger, row: Row) -> Delivery | None:
    """Return the delivery that the files plan for a row, of whichever campaign; None where they have lost it."""
    return campaign_of(plan, ledger, row.campaign).find(row.key)
