"""The problems on the page: of the whole, of a day, of one language; and the first of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orangeday.content.plan import Delivery
from orangeday.content.problems import Problem, in_order
from orangeday.views.approval_page.model import Asked, ProblemList

_MOST_PROBLEMS = 50


def sort_problems(
    asked: Asked, by_day: Mapping[int, Sequence[Delivery]]
) -> tuple[list[Problem], dict[int, list[Problem]], int]:
    """Return the problems of the whole, those of each day, and the number of those that concern nothing on the page."""
    general: list[Problem] = []
    of_days: dict[int, list[Problem]] = {}
    elsewhere = 0
    for problem in in_order(asked.problems):
        concern = problem.concern
        if problem.rule == "no-longer-approved" or problem in asked.stored.problems:
            continue  # the page says so where it says what is approved
        there: Iterable[Delivery] = by_day.get(concern.day, ()) if concern.day else asked.deliveries
        concerned = any(concern.covers(d.number, d.embassy.id, d.platform, d.language) for d in there)
        if concern.day and (concerned or (asked.choice.is_all and there)):
            of_days.setdefault(concern.day, []).append(problem)
        elif concerned or asked.choice.is_all:
            general.append(problem)
        else:
            elsewhere += 1
    return general, of_days, elsewhere


def first_problems(found: Sequence[Problem]) -> ProblemList:
    return ProblemList(tuple(found[:_MOST_PROBLEMS]), max(0, len(found) - _MOST_PROBLEMS))


def section_key(
    problem: Problem, groups: Iterable[tuple[tuple[str, str], Sequence[Delivery]]]
) -> tuple[str, str] | None:
    """Return the key of the section that a problem is shown in; None where it is about more than one language."""
    concern = problem.concern
    of_language = [(key, alike) for key, alike in groups if key[0] == concern.language]
    for key, alike in of_language:
        if any(concern.covers(d.number, d.embassy.id, d.platform, d.language) for d in alike):
            return key
    return None
