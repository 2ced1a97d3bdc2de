"""The problems on the page: of the whole, of a day, of one language; and the first of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orangeday.content.plan import Delivery
from orangeday.content.problems import Problem, sorted_problems
from orangeday.views.approval_page.model import PageSource, ProblemList

_MAX_PROBLEMS = 50


def sort_problems(
    source: PageSource, by_day: Mapping[int, Sequence[Delivery]]
) -> tuple[list[Problem], dict[int, list[Problem]], int]:
    """Return the problems of the whole, those of each day, and the number of those that concern nothing on the page."""
    general: list[Problem] = []
    problems_by_day: dict[int, list[Problem]] = {}
    elsewhere_count = 0
    for problem in sorted_problems(source.problems):
        scope = problem.scope
        if problem.rule == "no-longer-approved" or problem in source.approvals.problems:
            continue  # the page says so where it says what is approved
        deliveries: Iterable[Delivery] = by_day.get(scope.day, ()) if scope.day else source.deliveries
        is_on_page = any(scope.covers(d.number, d.embassy.id, d.platform, d.language) for d in deliveries)
        if scope.day and (is_on_page or (source.choice.is_all and deliveries)):
            problems_by_day.setdefault(scope.day, []).append(problem)
        elif is_on_page or source.choice.is_all:
            general.append(problem)
        else:
            elsewhere_count += 1
    return general, problems_by_day, elsewhere_count


def first_problems(problems: Sequence[Problem]) -> ProblemList:
    return ProblemList(tuple(problems[:_MAX_PROBLEMS]), max(0, len(problems) - _MAX_PROBLEMS))


def section_key(
    problem: Problem, groups: Iterable[tuple[tuple[str, str], Sequence[Delivery]]]
) -> tuple[str, str] | None:
    """Return the key of the section that a problem is shown in; None where it is about more than one language."""
    scope = problem.scope
    language_groups = [(key, deliveries) for key, deliveries in groups if key[0] == scope.language]
    for key, deliveries in language_groups:
        if any(scope.covers(d.number, d.embassy.id, d.platform, d.language) for d in deliveries):
            return key
    return None
