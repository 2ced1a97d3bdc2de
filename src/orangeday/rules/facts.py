"""Rules about facts: each is cited, and each number stands in one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from orangeday.clock import DAYS
from orangeday.content.problems import NO_DELIVERY, Problem, warning
from orangeday.rules.context import RuleContext
from orangeday.rules.prose import prose_of
from orangeday.text.names import nfc


def uncited_fact(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each fact that no day cites: it is either forgotten or not needed."""
    campaign = context.plan.campaign
    if len(campaign.days) < len(DAYS):
        return  # a day that can't be read may cite it
    cited_names = {nfc(fact) for day in campaign.days.values() for fact in day.facts}
    for name, fact in campaign.facts.items():
        if nfc(name) not in cited_names:
            message = f"no day cites the fact “{name}”."
            hint = "Name it under “facts” in the day.toml of the days that say it, or delete it."
            yield warning("uncited-fact", fact.statement.location, message, hint, NO_DELIVERY)


def unstated_number(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each number in a text that no cited fact states: it is quoted, and nobody has checked it."""
    campaign = context.plan.campaign
    common_figures = {f"{len(DAYS)}", *_figures(campaign.title), *_figures(campaign.release_title)}
    for posted_text in context.posted_texts:
        if not all(fact in campaign.facts for fact in posted_text.day.facts):
            continue  # what isn't there may state it
        number = posted_text.day.number
        known_figures = {
            figure for fact in posted_text.day.facts for figure in _figures(campaign.facts[fact].statement)
        }
        known_figures |= common_figures | {f"{number}", f"{context.plan.date(number).day}"}
        for template, platform in posted_text.templates():
            for figure, position in _figures(prose_of(template)).items():
                if figure not in known_figures:
                    message = f"the number {figure} stands in none of the facts of day {number}."
                    hint = "Check it against the release: state it in facts.toml, or leave it out."
                    yield warning(
                        "unstated-number", template.location_at(position), message, hint, posted_text.scope(platform)
                    )


_FIGURE = re.compile("(?:\\d{1,3}(?:[.,'’ \u00a0\u2009\u202f]\\d{3}(?!\\d))+|\\d++)(?!\ufe0f?\u20e3)")


def _figures(text: str) -> dict[str, int]:
    """Return the numbers in a text, with the index of the first occurrence of each.

    Thousands may be set apart as any language does it.
    """
    positions: dict[str, int] = {}
    for match in _FIGURE.finditer(text):
        digits = "".join(str(unicodedata.decimal(character)) for character in match[0] if character.isdecimal())
        positions.setdefault(digits.lstrip("0") or "0", match.start())
    return positions
