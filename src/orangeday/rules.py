"""The rules: what a campaign must keep to, each a function that gives the Problems it finds.

A new rule is a function here and its name in RULES; in ESSENTIAL too, if nothing may be sent that breaks it. It judges
a Case: all deliveries for `orangeday check`, those that are due when something is about to be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orangeday.plan import Delivery, Plan
from orangeday.problems import Concern, Problem, Severity, Where, error, errors, warning
from orangeday.text import BLUESKY_BYTES, PLATFORMS


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule judges."""

    plan: Plan
    deliveries: Sequence[Delivery]
    now: datetime | None = None
    """When it is judged; None where that is of no matter."""


Rule = Callable[[Case], Iterator[Problem]]


# Is there something to say, and can it be said?


def missing_language(case: Case) -> Iterator[Problem]:
    """A language that an embassy posts in has no text on some day: nothing would go out, and nobody would know."""
    wanted: dict[tuple[int, str], set[str]] = {}
    for delivery in case.deliveries:
        own = (delivery.language, delivery.embassy.id)
        # Words of its own that can't be read are a Problem already, and nothing is to stand in for them.
        if delivery.day and delivery.translation is None and own not in delivery.day.own:
            wanted.setdefault((delivery.number, delivery.language), set()).add(delivery.embassy.id)
    unreadable = {problem.where.file for problem in case.plan.campaign.problems}
    for (number, language), embassies in wanted.items():
        file = case.plan.campaign.days[number].file.with_name(f"{language}.toml")
        if file not in unreadable:
            message = f"day {number} has no text in “{language}”, for {_some(embassies)}."
            hint = f"Write it, or add {number} to the embassy's “skip”."
            concern = Concern(number, frozenset(embassies), language=language)
            yield error("missing-language", Where(file, 1), message, hint, concern)


def unsound_wording(case: Case) -> Iterator[Problem]:
    """A placeholder that nobody knows, or that has no value for some embassy, would go out as it stands."""
    for delivery in case.deliveries:
        if delivery.wording:
            yield from delivery.wording.problems


def too_long(case: Case) -> Iterator[Problem]:
    """A platform refuses a longer text; it is never cut for the officer."""
    for platform, count in PLATFORMS.items():
        for worst, sizes in _over(case, platform, count.length, count.limit):
            much = f"{sizes[worst.embassy.id]} of {count.limit} {count.unit}"
            message = f"too long for {count.title}: {much}, for {_some(sizes, worst.embassy.id)}."
            yield _about(worst, "too-long", message, f"Cut {sizes[worst.embassy.id] - count.limit}.", sizes)


def too_many_bytes(case: Case) -> Iterator[Problem]:
    """Bluesky limits bytes as well: joined emoji and stacked marks are one character each, and many bytes."""
    for worst, sizes in _over(case, "bluesky", lambda text: len(text.encode()), BLUESKY_BYTES):
        much = f"{sizes[worst.embassy.id]} of {BLUESKY_BYTES} bytes"
        message = f"too long for Bluesky: {much}, for {_some(sizes, worst.embassy.id)}."
        yield _about(worst, "too-many-bytes", message, "Use fewer emoji, or simpler ones.", sizes)


def past_midnight(case: Case) -> Iterator[Problem]:
    """A language that `spacing` pushes beyond its Day's last minute would speak of the Day when it is over."""
    late: dict[tuple[int, str, str], Delivery] = {}
    for delivery in case.deliveries:
        # Without any catch_up every window is empty, at any hour; config.py says so.
        if delivery.closes <= delivery.due and case.plan.config.catch_up:
            late.setdefault((delivery.number, delivery.embassy.id, delivery.language), delivery)
    for (number, embassy, language), delivery in late.items():
        at = delivery.local(delivery.due)
        message = f"“{language}” would go out at {at:%H:%M} on the next day."
        hint = "Make “spacing” shorter or “time” earlier."
        concern = Concern(number, frozenset({embassy}), language=language)
        yield error("past-midnight", delivery.embassy.languages[0].where, message, hint, concern)


# What a text says


# Who speaks, and what is shown


# All of them

ESSENTIAL: tuple[Rule, ...] = (missing_language, unsound_wording, too_long, too_many_bytes, past_midnight)
"""What is judged again right before anything is sent: quick, and about single deliveries."""

RULES: tuple[Rule, ...] = ESSENTIAL


def check(plan: Plan, now: datetime | None = None) -> list[Problem]:
    """Every Problem of the files and all that the rules find, but for the warnings that are accepted."""
    case = Case(plan, list(plan), now)
    found = [*plan.problems, *(problem for rule in RULES for problem in rule(case))]
    return [*(p for p in found if not _is_accepted(plan, p)), *_accepted_in_vain(plan, found)]


def hindrances(plan: Plan, deliveries: Sequence[Delivery]) -> list[Problem]:
    """The errors that may hold these deliveries."""
    case = Case(plan, deliveries)
    return errors([*plan.problems, *(problem for rule in ESSENTIAL for problem in rule(case))])


def _is_accepted(plan: Plan, problem: Problem) -> bool:
    """A person has said why this is as it should be. An error is never accepted: the platform wouldn't."""
    return problem.severity is Severity.WARNING and (problem.where.file, problem.rule) in plan.accepted


def _accepted_in_vain(plan: Plan, found: Iterable[Problem]) -> Iterator[Problem]:
    """What is accepted and isn't there hides the next one of its kind."""
    there = {(problem.where.file, problem.rule): problem.severity for problem in found}
    for (file, rule), reason in plan.accepted.items():
        severity = there.get((file, rule))
        if severity is None:
            message = f"there is no warning “{rule}” about this file to accept."
            yield warning("accepted-in-vain", reason.where, message, "Delete the line below [accept].")
        elif severity is Severity.ERROR:
            yield warning("accepted-in-vain", reason.where, f"“{rule}” is an error, and can't be accepted.", "Mend it.")


def _texts(case: Case, platform: str) -> dict[Path, list[tuple[Delivery, str]]]:
    """What is said on a platform, as it will read, by the file that it comes from. Unsound wordings are left out."""
    texts: dict[Path, list[tuple[Delivery, str]]] = {}
    for delivery in case.deliveries:
        translation, wording = delivery.translation, delivery.wording
        if delivery.platform == platform and translation and wording and not wording.problems:
            texts.setdefault(translation.file, []).append((delivery, wording.text))
    return texts


def _over(
    case: Case, platform: str, measure: Callable[[str], int], limit: int
) -> Iterator[tuple[Delivery, dict[str, int]]]:
    """Each file whose text is over a limit: the worst delivery, and the size for each embassy that is over."""
    sized: dict[str, int] = {}
    for alike in _texts(case, platform).values():
        over = {}
        for delivery, text in alike:
            size = sized[text] if text in sized else sized.setdefault(text, measure(text))
            if size > limit:
                over[delivery.embassy.id] = size
        if over:
            yield max((d for d, _ in alike), key=lambda d: over.get(d.embassy.id, 0)), over


def _about(delivery: Delivery, rule: str, message: str, hint: str, embassies: Iterable[str]) -> Problem:
    """An error in the text of a delivery, for it and for these embassies."""
    concern = Concern(delivery.number, frozenset(embassies), delivery.platform, delivery.language)
    assert delivery.translation is not None  # noqa: S101  (where there is no text, nothing is wrong with it)
    return error(rule, delivery.translation.template(delivery.platform).where, message, hint, concern)


def _some(embassies: Iterable[str], first: str | None = None) -> str:
    """Embassies by name: three, and how many more."""
    names = sorted(embassies, key=lambda name: (name != first, name))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
