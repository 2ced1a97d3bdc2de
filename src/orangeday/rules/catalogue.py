"""The rules that a campaign must keep to, each a function that yields the problems it finds.

A new rule is a function in this room and its name in RULES; in ESSENTIAL too, if nothing may be sent that breaks it. It
judges a plan with its deliveries: all for `orangeday check`, the due ones when something is about to be sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import NO_DELIVERY, Problem, Severity, warning
from orangeday.rules.accounts import (
    idle_account,
    no_longer_approved,
    old_prices,
    past_campaign,
    past_midnight,
    shared_account,
    zone_data_differs,
)
from orangeday.rules.alt_texts import (
    alike_alt,
    long_alt,
    missing_alt,
    silent_alt,
    stale_alt,
    unfilled_sender,
    wordy_alt,
)
from orangeday.rules.cards import undrawable_card
from orangeday.rules.characters import (
    foreign_quotation_mark,
    hidden_character,
    invisible_character,
    lookalike_letter,
    lost_character,
    lost_letter,
    mojibake,
)
from orangeday.rules.context import Rule, RuleContext
from orangeday.rules.facts import aged_fact, uncited_fact, unstated_number
from orangeday.rules.files import unused_file
from orangeday.rules.language import other_language, same_language, unknown_language
from orangeday.rules.leftovers import (
    double_braces,
    leftover_note,
    pasted_markup,
    placeholder_in_alt,
    rewritten_link,
    tracking_link,
)
from orangeday.rules.links_and_tags import (
    mention_on_x,
    no_link_in_language,
    too_many_hashtags,
    unreadable_hashtag,
    unrecognised_word,
    unused_link,
    wrong_link,
)
from orangeday.rules.pictures import (
    altered_picture,
    ambiguous_picture,
    missing_shape,
    odd_picture,
    other_sender,
    outdated_card,
    refused_picture,
    too_many_pictures,
    unsound_picture,
)
from orangeday.rules.texts import (
    missing_language,
    same_text,
    too_like,
    too_long,
    too_many_bytes,
    unfilled_placeholder,
    unknown_embassy,
    unused_words,
)

# All of them

ESSENTIAL_OF_TEXTS: tuple[Rule, ...] = (
    missing_language,
    unfilled_placeholder,
    too_long,
    too_many_bytes,
    past_midnight,
    missing_alt,
    leftover_note,
    lost_character,
    invisible_character,
    double_braces,
    placeholder_in_alt,
    shared_account,
    wrong_link,
    long_alt,
    unfilled_sender,
)
"""Those of them that judge what the plan says: nothing else is read, and they say the same each time."""

ESSENTIAL_OF_PICTURES: tuple[Rule, ...] = (
    too_many_pictures,
    unsound_picture,
    outdated_card,
    ambiguous_picture,
    refused_picture,
)
"""Those of them that look at the files of pictures, as they are now."""

ESSENTIAL: tuple[Rule, ...] = (*ESSENTIAL_OF_TEXTS, *ESSENTIAL_OF_PICTURES)
"""The rules that are checked again right before anything is sent: quick, and about single deliveries."""

RULES: tuple[Rule, ...] = (
    *ESSENTIAL,
    silent_alt,
    alike_alt,
    wordy_alt,
    stale_alt,
    undrawable_card,
    missing_shape,
    other_sender,
    same_text,
    other_language,
    uncited_fact,
    aged_fact,
    unstated_number,
    too_like,
    unrecognised_word,
    unreadable_hashtag,
    too_many_hashtags,
    mention_on_x,
    pasted_markup,
    rewritten_link,
    tracking_link,
    hidden_character,
    lost_letter,
    mojibake,
    lookalike_letter,
    foreign_quotation_mark,
    past_campaign,
    zone_data_differs,
    unknown_embassy,
    unused_words,
    unknown_language,
    same_language,
    idle_account,
    unused_link,
    no_link_in_language,
    altered_picture,
    odd_picture,
    unused_file,
    old_prices,
    no_longer_approved,
)


def check(plan: Plan, now: datetime | None = None, deliveries: Sequence[Delivery] | None = None) -> list[Problem]:
    """Return all problems of the files and of the rules, but for the warnings that are accepted.

    `deliveries` are all that are planned, where they are at hand.
    """
    context = RuleContext(plan, list(plan) if deliveries is None else deliveries, now)
    problems = [*plan.problems, *(problem for rule in RULES for problem in rule(context))]
    return [*(p for p in problems if not _is_accepted(plan, p)), *_unused_acceptances(plan, problems)]


def _is_accepted(plan: Plan, problem: Problem) -> bool:
    """Return whether a person accepts this warning. An error is never accepted: the platform wouldn't."""
    return problem.severity is Severity.WARNING and (problem.location.file, problem.rule) in plan.accepted_warnings


_BY_THE_CONFIG = {"near-duplicate", "no-link-in-language"}
"""Rules that don't go by the file alone: how many embassies there are, or their languages, may make one silent."""


def _unused_acceptances(plan: Plan, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield a warning for each accepted warning that no longer occurs: it would hide the next one of its kind."""
    # Some rules have both errors and warnings: one warning is enough to accept.
    warnings_last = sorted(problems, key=lambda problem: problem.severity is Severity.WARNING)
    severities = {(problem.location.file, problem.rule): problem.severity for problem in warnings_last}
    for (file, rule), reason in plan.accepted_warnings.items():
        severity = severities.get((file, rule))
        if severity is None and rule not in _BY_THE_CONFIG:
            message = f"there is no warning “{rule}” about this file to accept."
            yield warning("unused-accept", reason.location, message, "Delete the line below [accept].", NO_DELIVERY)
        elif severity is Severity.ERROR:
            message = f"“{rule}” is an error, and can't be accepted."
            yield warning("unused-accept", reason.location, message, "Correct it.", NO_DELIVERY)
