"""The rules: what a campaign must keep to, each a function that gives the Problems it finds.

A new rule is a function here and its name in RULES. It is given the Plan and the deliveries to judge: all of them for
`orangeday check`, those that are due when something is about to be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from orangeday.plan import Delivery, Plan
from orangeday.problems import Concern, Problem, Where, error
from orangeday.text import BLUESKY_BYTES, PLATFORMS

Rule = Callable[[Plan, Sequence[Delivery]], Iterator[Problem]]


def missing_language(plan: Plan, deliveries: Sequence[Delivery]) -> Iterator[Problem]:
    """A language that an embassy posts in has no text on some day: nothing would go out, and nobody would know."""
    wanted: dict[tuple[int, str], set[str]] = {}
    for delivery in deliveries:
        if delivery.day and delivery.translation is None:
            wanted.setdefault((delivery.number, delivery.language), set()).add(delivery.embassy.id)
    unreadable = {problem.where.file for problem in plan.campaign.problems}
    for (number, language), embassies in wanted.items():
        file = plan.campaign.days[number].file.with_name(f"{language}.toml")
        if file not in unreadable:
            message = f"day {number} has no text in “{language}”, for {_some(embassies)}."
            hint = f"Write it, or add {number} to the embassy's “skip”."
            concern = Concern(number, frozenset(embassies), language=language)
            yield error("missing-language", Where(file, 1), message, hint, concern)


def unsound_wording(plan: Plan, deliveries: Sequence[Delivery]) -> Iterator[Problem]:
    """A placeholder that nobody knows, or that has no value for some embassy, would go out as it stands."""
    for delivery in deliveries:
        if delivery.wording:
            yield from delivery.wording.problems


def too_long(plan: Plan, deliveries: Sequence[Delivery]) -> Iterator[Problem]:
    """A platform refuses a longer text; it is never cut for the officer."""
    worded = [d for d in deliveries if d.wording and not d.wording.problems]

    def by_text(delivery: Delivery) -> tuple[int, str, str]:
        return delivery.number, delivery.language, delivery.platform

    lengths: dict[tuple[str, str], int] = {}
    for (number, language, platform), alike in groupby(sorted(worded, key=by_text), key=by_text):
        count = PLATFORMS[platform]
        over: dict[str, int] = {}
        for delivery in alike:
            text = delivery.wording.text if delivery.wording else ""
            length = lengths.get((platform, text))
            if length is None:
                length = lengths[platform, text] = count.length(text)
            if length > count.limit:
                over[delivery.embassy.id] = length
        if over:
            longest = max(over, key=lambda embassy: over[embassy])
            translation = plan.campaign.days[number].translations[language]
            much = f"{over[longest]} of {count.limit} {count.unit}"
            message = f"too long for {count.title}: {much}, for {_some(over, longest)}."
            hint = f"Cut {over[longest] - count.limit}."
            concern = Concern(number, frozenset(over), platform, language)
            yield error("too-long", translation.template(platform).where, message, hint, concern)


def too_many_bytes(plan: Plan, deliveries: Sequence[Delivery]) -> Iterator[Problem]:
    """Bluesky limits bytes as well: joined emoji and stacked marks are one character each, and many bytes."""
    over: dict[tuple[int, str], dict[str, int]] = {}
    for delivery in deliveries:
        if delivery.platform == "bluesky" and delivery.wording and not delivery.wording.problems:
            size = len(delivery.wording.text.encode())
            if size > BLUESKY_BYTES:
                over.setdefault((delivery.number, delivery.language), {})[delivery.embassy.id] = size
    for (number, language), sizes in over.items():
        largest = max(sizes, key=lambda embassy: sizes[embassy])
        translation = plan.campaign.days[number].translations[language]
        message = f"too long for Bluesky: {sizes[largest]} of {BLUESKY_BYTES} bytes, for {_some(sizes, largest)}."
        hint = "Use fewer emoji, or simpler ones."
        concern = Concern(number, frozenset(sizes), "bluesky", language)
        yield error("too-many-bytes", translation.template("bluesky").where, message, hint, concern)


def past_midnight(plan: Plan, deliveries: Sequence[Delivery]) -> Iterator[Problem]:
    """A language that `spacing` pushes beyond its Day's last minute would speak of the Day when it is over."""
    late: dict[tuple[int, str, str], Delivery] = {}
    for delivery in deliveries:
        # Without any catch_up every window is empty, at any hour; config.py says so.
        if delivery.closes <= delivery.due and plan.config.catch_up:
            late.setdefault((delivery.number, delivery.embassy.id, delivery.language), delivery)
    for (number, embassy, language), delivery in late.items():
        at = delivery.local(delivery.due)
        message = f"“{language}” would go out at {at:%H:%M} on the next day."
        hint = "Make “spacing” shorter or “time” earlier."
        concern = Concern(number, frozenset({embassy}), language=language)
        yield error("past-midnight", delivery.embassy.languages[0].where, message, hint, concern)


RULES: tuple[Rule, ...] = (missing_language, unsound_wording, too_long, too_many_bytes, past_midnight)


def check(plan: Plan, deliveries: Iterable[Delivery] | None = None) -> list[Problem]:
    """Every Problem of the files, and those that the rules find in `deliveries` (all of them, unless given)."""
    judged = list(plan if deliveries is None else deliveries)
    return [*plan.problems, *(problem for rule in RULES for problem in rule(plan, judged))]


def _some(embassies: Iterable[str], first: str | None = None) -> str:
    """Embassies by name: three, and how many more."""
    names = sorted(embassies, key=lambda name: (name != first, name))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
