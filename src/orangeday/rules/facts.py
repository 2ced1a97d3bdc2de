"""Rules about facts: each is cited, none is out of date, and each number stands in one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from functools import cache, partial

from orangeday.clock import DAYS
from orangeday.content.campaign import Campaign, Fact
from orangeday.content.plan import Plan
from orangeday.content.problems import NO_DELIVERY, Problem, Scope, warning
from orangeday.content.toml import Text
from orangeday.rules.context import RuleContext
from orangeday.rules.prose import prose_of
from orangeday.text.names import nfc
from orangeday.text.phrases import day_and_month, join_words


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


def aged_fact(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each day that rests on facts of an earlier time: what was so then may be so no longer."""
    languages_by_day: dict[int, dict[str, None]] = {}
    for posted_text in context.posted_texts:
        languages_by_day.setdefault(posted_text.day.number, {})[posted_text.translation.language] = None
    facts = context.plan.campaign.facts
    for number, languages in languages_by_day.items():
        day = context.plan.campaign.days[number]
        # What was so at one time, for one reason, is looked at once.
        names_by_age: dict[tuple[str, str], list[Text]] = {}
        for name in day.facts:
            if name in facts and (age := _age(facts[name], context.plan, number)):
                names_by_age.setdefault((age, str(facts[name].reason or "")), []).append(name)
        for (age, reason), names in names_by_age.items():
            dated_facts = f"{join_words([f'“{name}”' for name in names])}, stated {age}"
            message = f"day {number} rests on {dated_facts}, in {join_words(sorted(languages))}. {reason}".rstrip()
            hint = (
                "Is it still so? Then confirm it at the end of this file, below [accept]: "
                'aged-fact = "…", with the reason. If not, skip the day.'
            )
            yield warning("aged-fact", names[0].location, message, hint, Scope(number))


_FRESH = timedelta(days=90)
"""The time for which a fact counts as looked at: a campaign that begins within it is of the same season."""


def _age(fact: Fact, plan: Plan, number: int) -> str:
    """Return the date until which or as of which a fact is stated, where a day lies too late for it; or nothing."""
    if fact.until and plan.date(number) > fact.until:
        return f"until {day_and_month(fact.until)} {fact.until.year}"
    if fact.as_of and plan.first > fact.as_of + _FRESH:
        return f"as of {day_and_month(fact.as_of)} {fact.as_of.year}"
    return ""


def unstated_number(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each number in a text that no cited fact states: it is quoted, and nobody has checked it."""
    campaign = context.plan.campaign
    series_marks = cache(partial(_series_marks, campaign))
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
            prose = _without_marks(prose_of(template), series_marks(posted_text.translation.language))
            for figure, position in _figures(prose).items():
                if figure not in known_figures:
                    message = f"the number {figure} stands in none of the facts of day {number}."
                    hint = "Check it against the release: state it in facts.toml, or leave it out."
                    yield warning(
                        "unstated-number", template.location_at(position), message, hint, posted_text.scope(platform)
                    )


_SERIES_MARK = re.compile(r"(?<![\w/])(\d{1,2})/(\d{1,2})(?![\w/])")
_MONTH = re.compile(r"(?i:(?<!\w)tháng\s+\d{1,2}|(?<!\d)\d{1,2}\s?[月월])")
"""The pattern of a month that a language writes as a figure, as others write its name: 12月, 12월, tháng 12."""


def _series_marks(campaign: Campaign, language: str) -> frozenset[str]:
    """Return the marks of the whole series in a language's texts: 1/3 is one where 2/3 and 3/3 stand in others."""
    texts = [
        translation
        for day in campaign.days.values()
        for tag, translation in ((tag, text) for (tag, _), text in day.embassy_translations.items())
        if tag == language and translation
    ]
    texts += [day.translations[language] for day in campaign.days.values() if language in day.translations]
    templates = [template for text in texts for template in (text.text, *text.variants.values())]
    marks = {match[0] for template in templates for match in _SERIES_MARK.finditer(template)}
    lengths = {int(mark.partition("/")[2]) for mark in marks}
    series = ([f"{part}/{length}" for part in range(1, length + 1)] for length in lengths if length > 1)
    return frozenset(mark for whole in series if marks.issuperset(whole) for mark in whole)


def _without_marks(prose: str, series_marks: frozenset[str]) -> str:
    """Return a prose of the same length without the marks of a series and the months written as figures."""
    prose = _SERIES_MARK.sub(lambda match: " " * len(match[0]) if match[0] in series_marks else match[0], prose)
    return _MONTH.sub(lambda match: " " * len(match[0]), prose)


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
