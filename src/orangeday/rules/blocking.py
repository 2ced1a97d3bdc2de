"""The errors that hold deliveries back. What judges them is loaded where there is something to judge."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, errors

_sound_keys: WeakKeyDictionary[Plan, set[str]] = WeakKeyDictionary()
"""The keys of the deliveries in whose words no error was found, by plan: a plan stays as it was read."""


def blocking_errors(plan: Plan, deliveries: Sequence[Delivery]) -> list[Problem]:
    """Return the errors that may hold these deliveries: those of the files and of the essential rules."""
    return errors([*plan.problems, *(_broken_rules(plan, deliveries) if deliveries else ())])


def _broken_rules(plan: Plan, deliveries: Sequence[Delivery]) -> list[Problem]:
    """Return the errors in what these deliveries say and show; the files of pictures are looked at each time."""
    sound_keys = _sound_keys.setdefault(plan, set())
    unjudged = [delivery for delivery in deliveries if delivery.key not in sound_keys]
    illustrated = [delivery for delivery in deliveries if delivery.media]
    if not unjudged and not illustrated:
        return []
    from orangeday.rules.catalogue import ESSENTIAL_OF_PICTURES, ESSENTIAL_OF_TEXTS
    from orangeday.rules.context import RuleContext

    context, picture_context = RuleContext(plan, unjudged), RuleContext(plan, illustrated)
    broken = errors(problem for rule in ESSENTIAL_OF_TEXTS for problem in rule(context)) if unjudged else []
    if not broken:
        sound_keys.update(delivery.key for delivery in unjudged)
    if illustrated:
        broken += errors(problem for rule in ESSENTIAL_OF_PICTURES for problem in rule(picture_context))
    return broken
