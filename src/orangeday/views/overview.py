"""The campaign by day and language: which texts exist, and the worst problem of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from datetime import time
from itertools import product

from orangeday.clock import DAYS
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import WHOLE_CAMPAIGN, Problem, Severity, errors


def posted_languages(plan: Plan) -> list[str]:
    """Return every language that some embassy posts in, in the config's order."""
    return [*dict.fromkeys(tag for embassy in plan.config.embassies.values() for tag in embassy.languages)]


def soundness(plan: Plan, deliveries: Iterable[Delivery], problems: Iterable[Problem]) -> dict[int, dict[str, str]]:
    """Return for every day and language the worst state of any of its deliveries: none, sound, warning or error."""
    has_error = scope_filter(errors(problems))
    # A warning about the campaign as a whole is none about any text of it.
    has_warning = scope_filter(p for p in problems if p.severity is Severity.WARNING and p.scope != WHOLE_CAMPAIGN)
    states = {number: dict.fromkeys(posted_languages(plan), "none") for number in DAYS}
    for delivery in deliveries:
        row, language = states[delivery.number], delivery.language
        if row[language] == "error" or delivery.translation is None or has_error(delivery):
            row[language] = "error"
        elif row[language] == "warning" or has_warning(delivery):
            row[language] = "warning"
        else:
            row[language] = "sound"
    return states


def scope_filter(problems: Iterable[Problem]) -> Callable[[Delivery], bool]:
    """Return a function that says whether any of these problems concerns a delivery: as fast for many as for one."""
    scope_keys = {
        (scope.day, embassy, scope.platform, scope.language)
        for scope in {problem.scope for problem in problems}
        for embassy in ((None,) if scope.embassies is None else scope.embassies)
    }

    def is_covered(delivery: Delivery) -> bool:
        key = (delivery.number, delivery.embassy.id, delivery.platform, delivery.language)
        return not scope_keys.isdisjoint(product(*((None, part) for part in key)))

    return is_covered


LanguageMarks = Mapping[int, Mapping[str, str]]
DayLanguages = Set[tuple[int, str]]


def language_marks(plan: Plan, unapproved_texts: DayLanguages) -> LanguageMarks:
    """Return by day a mark for each language that is posted; where there is no embassy, for each that is written.

    ✓ all who post it have an approved text; ○ it isn't approved; ✗ a text is missing.
    """
    marks: dict[int, dict[str, str]] = {number: {} for number in DAYS}
    order = posted_languages(plan) or plan.campaign.languages
    has_all_texts: dict[tuple[int, str], bool] = {}
    for delivery in plan:
        key = delivery.number, str(delivery.language)
        has_all_texts[key] = has_all_texts.get(key, True) and delivery.translation is not None
    for number in DAYS:
        day = plan.campaign.days.get(number)
        for language in order:
            has_text = has_all_texts.get((number, language), day is not None and language in day.translations)
            if has_text or (number, language) in has_all_texts:
                mark = "○" if (number, language) in unapproved_texts else "✓"
                marks[number][language] = mark if has_text else "✗"
    return marks


def shared_hours(plan: Plan) -> dict[tuple[int, str], time]:
    """Return the hour of each day and language on the embassies' own clocks, where all of them post it at that hour."""
    hours: dict[tuple[int, str], set[time]] = {}
    for delivery in plan:
        hours.setdefault((delivery.number, delivery.language), set()).add(delivery.local(delivery.due).time())
    return {key: times.pop() for key, times in hours.items() if len(times) == 1}
