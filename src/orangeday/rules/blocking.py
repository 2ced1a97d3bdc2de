"""The errors that hold deliveries back. What judges them is loaded where there is something to judge."""

from __future__ import annotations

from collections.abc import Sequence

from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, errors


def blocking_errors(plan: Plan, deliveries: Sequence[Delivery]) -> list[Problem]:
    """Return the errors that may hold these deliveries: those of the files and of the essential rules."""
    return errors([*plan.problems, *(_broken_rules(plan, deliveries) if deliveries else ())])


def _broken_rules(plan: Plan, deliveries: Sequence[Delivery]) -> list[Problem]:
    from orangeday.rules.catalogue import ESSENTIAL
    from orangeday.rules.context import RuleContext

    context = RuleContext(plan, deliveries)
    return [problem for rule in ESSENTIAL for problem in rule(context)]
