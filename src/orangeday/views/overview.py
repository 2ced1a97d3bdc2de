"""The campaign by day and language: which texts exist, and the worst problem of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from itertools import product

from orangeday.clock import DAYS
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import EVERYTHING, Problem, Severity, errors


def posted_languages(plan: Plan) -> list[str]:
    """Return every language that some embassy posts in, in the config's order."""
    return [*dict.fromkeys(tag for embassy in plan.config.embassies.values() for tag in embassy.languages)]


def soundness(plan: Plan, deliveries: Iterable[Delivery], found: Iterable[Problem]) -> dict[int, dict[str, str]]:
    """Return for every day and language the worst state of any of its deliveries: none, sound, warning or error."""
    held = concern_filter(errors(found))
    # A warning about the campaign as a whole is none about any text of it.
    doubted = concern_filter(p for p in found if p.severity is Severity.WARNING and p.concern != EVERYTHING)
    states = {number: dict.fromkeys(posted_languages(plan), "none") for number in DAYS}
    for delivery in deliveries:
        row, language = states[delivery.number], delivery.language
        if row[language] == "error" or delivery.translation is None or held(delivery):
            row[language] = "error"
        elif row[language] == "warning" or doubted(delivery):
            row[language] = "warning"
        else:
            row[language] = "sound"
    return states


def concern_filter(found: Iterable[Problem]) -> Callable[[Delivery], bool]:
    """Return a function that says whether any of these problems concerns a delivery: as fast for many as for one."""
    parts = {
        (concern.day, embassy, concern.platform, concern.language)
        for concern in {problem.concern for problem in found}
        for embassy in ((None,) if concern.embassies is None else concern.embassies)
    }

    def concerned(delivery: Delivery) -> bool:
        own = (delivery.number, delivery.embassy.id, delivery.platform, delivery.language)
        return not parts.isdisjoint(product(*((None, part) for part in own)))

    return concerned


LanguageMarks = Mapping[int, Mapping[str, str]]
DayLanguages = Set[tuple[int, str]]


def language_marks(plan: Plan, unapproved: DayLanguages) -> LanguageMarks:
    """Return by day a mark for each language that is written or posted.

    ✓ all who post it have an approved text; ○ it isn't approved; ✗ a text is missing.
    """
    contents: dict[int, dict[str, str]] = {number: {} for number in DAYS}
    wanted = (language for embassy in plan.config.embassies.values() for language in embassy.languages)
    order = dict.fromkeys([*plan.campaign.languages, *wanted])
    posted: dict[tuple[int, str], bool] = {}
    for delivery in plan:
        key = delivery.number, str(delivery.language)
        posted[key] = posted.get(key, True) and delivery.translation is not None
    for number in DAYS:
        day = plan.campaign.days.get(number)
        for language in order:
            there = posted.get((number, language), day is not None and language in day.translations)
            if there or (number, language) in posted:
                mark = "○" if (number, language) in unapproved else "✓"
                contents[number][language] = mark if there else "✗"
    return contents
