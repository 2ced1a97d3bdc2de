"""Rules about facts: each is cited, and each number stands in one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from orangeday.clock import DAYS
from orangeday.content.problems import NOTHING, Problem, warning
from orangeday.rules.context import Case
from orangeday.rules.prose import prose_of


def uncited_fact(case: Case) -> Iterator[Problem]:
    """Yield a warning for each fact that no day cites: it is either forgotten or not needed."""
    campaign = case.plan.campaign
    if len(campaign.days) < len(DAYS):
        return  # a day that can't be read may cite it
    cited = {fact for day in campaign.days.values() for fact in day.facts}
    for name, fact in campaign.facts.items():
        if name not in cited:
            message = f"no day cites the fact “{name}”."
            hint = "Name it under “facts” in the day.toml of the days that say it, or delete it."
            yield warning("uncited-fact", fact.statement.where, message, hint, NOTHING)


def unstated_number(case: Case) -> Iterator[Problem]:
    """Yield a warning for each number in a text that no cited fact states: it is quoted, and nobody has checked it."""
    campaign = case.plan.campaign
    always = {f"{len(DAYS)}", *_figures(campaign.title), *_figures(campaign.release_title)}
    for said in case.said:
        if not all(fact in campaign.facts for fact in said.day.facts):
            continue  # what isn't there may state it
        number = said.day.number
        stated = {figure for fact in said.day.facts for figure in _figures(campaign.facts[fact].statement)}
        stated |= always | {f"{number}", f"{case.plan.date(number).day}"}
        for template, platform in said.templates():
            for figure, at in _figures(prose_of(template)).items():
                if figure not in stated:
                    message = f"the number {figure} stands in none of the facts of day {number}."
                    hint = "Check it against the release: state it in facts.toml, or leave it out."
                    yield warning("unstated-number", template.where_at(at), message, hint, said.concern(platform))


_FIGURE = re.compile("(?:\\d{1,3}(?:[.,'’ \u00a0\u2009\u202f]\\d{3}(?!\\d))+|\\d++)(?!\ufe0f?\u20e3)")


def _figures(text: str) -> dict[str, int]:
    """Return the numbers in a text, with the index of the first occurrence of each.

    Thousands may be set apart as any language does it.
    """
    found: dict[str, int] = {}
    for match in _FIGURE.finditer(text):
        digits = "".join(str(unicodedata.decimal(character)) for character in match[0] if character.isdecimal())
        found.setdefault(digits.lstrip("0") or "0", match.start())
    return found
