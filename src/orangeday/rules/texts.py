"""Rules about texts: each exists, fits and is posted, and none stands in two places or is too like another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from orangeday.content.campaign import Day
from orangeday.content.plan import Delivery
from orangeday.content.problems import NO_DELIVERY, Location, Problem, Scope, did_you_mean, error, warning
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import PlatformSpec
from orangeday.rules.context import PostedText, RuleContext, over_limit, posts_in, problem_in, some_embassies, texts_on
from orangeday.rules.files import names_without_use
from orangeday.rules.prose import normalize, skeleton
from orangeday.text.language import is_registered

# Is there something to say, and can it be said?


def missing_language(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each day without a text in a language of an embassy: nothing would go out, unnoticed."""
    missing: dict[tuple[int, str], set[str]] = {}
    for delivery in context.deliveries:
        own_text = (delivery.language, delivery.embassy.id)
        # Words of its own that can't be read are a Problem already, and nothing is to stand in for them.
        if delivery.day and delivery.translation is None and own_text not in delivery.day.embassy_translations:
            missing.setdefault((delivery.number, delivery.language), set()).add(delivery.embassy.id)
    unreadable = {problem.location.file for problem in context.plan.campaign.problems}
    # A file that was meant as the text, and has another name, is a Problem already too.
    wrong_names = {
        (problem.scope.day, problem.scope.language)
        for problem in context.plan.campaign.problems
        if problem.rule == "file-name" and problem.scope.embassies is None
    }
    for (number, language), embassies in missing.items():
        day = context.plan.campaign.days[number]
        file = day.file.with_name(f"{language}.toml")
        if file not in unreadable and (number, language) not in wrong_names:
            message = f"day {number} has no text in “{language}”, for {some_embassies(embassies)}."
            nearest = did_you_mean(file.name, names_without_use(context.plan, day))
            hint = f"{nearest}Write it, or add {number} to the embassy's “skip”."
            if language not in context.plan.campaign.languages:
                step = f" (orangeday add-language {language} makes the files)" if is_registered(language) else ""
                hint = (
                    f"{nearest}Write it{step}; or post in “{language}” on some days only, with a line below the "
                    f"embassy: days = {{ {language} = [1, 16] }}."
                )
            scope = Scope(number, frozenset(embassies), language=language)
            yield error("missing-language", Location(file, 1), message, hint, scope)


def unfilled_placeholder(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each placeholder that is unknown or without a value: it would go out as it stands."""
    for delivery in context.deliveries:
        if delivery.rendered_text:
            yield from delivery.rendered_text.problems


def too_long(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each text that is too long for a platform: it is never cut for the officer."""
    for platform, spec in PLATFORMS.items():
        for worst, sizes in over_limit(context, platform, spec.length, spec.limit):
            amount = f"{sizes[worst.embassy.id]} of {spec.limit} {spec.unit}"
            message = f"too long for {spec.title}: {amount}, for {some_embassies(sizes, worst.embassy.id)}."
            yield problem_in(worst, "too-long", message, f"Cut {sizes[worst.embassy.id] - spec.limit}.", sizes)


def too_many_bytes(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each text with too many bytes for a platform.

    Bluesky limits bytes as well as characters: joined emoji and stacked marks are one character, and many bytes.
    """
    for platform, spec in PLATFORMS.items():
        if spec.byte_limit is None:
            continue
        for worst, sizes in over_limit(context, platform, lambda text: len(text.encode()), spec.byte_limit):
            amount = f"{sizes[worst.embassy.id]} of {spec.byte_limit} bytes"
            message = f"too long for {spec.title}: {amount}, for {some_embassies(sizes, worst.embassy.id)}."
            yield problem_in(worst, "too-many-bytes", message, "Use fewer emoji, or simpler ones.", sizes)


def same_text(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each text that stands in two places: one is wrong, and no account posts a text twice."""
    previous: dict[tuple[str, str | None], list[PostedText]] = {}
    # Own words come last: they are compared with everybody's, and with that embassy's alone.
    for posted_text in sorted(
        context.posted_texts, key=lambda posted_text: posted_text.translation.embassy is not None
    ):
        embassy = posted_text.translation.embassy
        for flat, template in {normalize(template): template for template, _ in posted_text.templates()}.items():
            candidates = chain(previous.get((flat, None), ()), previous.get((flat, embassy), ()))
            original = next((candidate for candidate in candidates if candidate.place != posted_text.place), None)
            if original:
                file = original.translation.file
                message = f"the same text stands in {file.parent.name}/{file.name}."
                hint = "One of the two is a slip; an account can post it only once."
                yield error("same-text", template.location, message, hint, posted_text.scope())
            previous.setdefault((flat, embassy), []).append(posted_text)


def too_like(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each text that many accounts post alike: X may take them for spam."""
    for spec in PLATFORMS.values():
        if spec.flags_duplicates:
            yield from _too_like(context, spec)


def _too_like(context: RuleContext, spec: PlatformSpec) -> Iterator[Problem]:
    groups: dict[tuple[int, str, str], dict[str, tuple[Path, Delivery, str]]] = {}
    for file, texts in texts_on(context, spec.name).items():
        for delivery, text in texts:
            group = groups.setdefault((delivery.number, delivery.language, skeleton(text)), {})
            group.setdefault(delivery.account.handle.casefold(), (file, delivery, text))
    largest = {}
    for group in sorted(groups.values(), key=len):
        largest.update({file: (delivery, group) for file, delivery, _ in group.values() if len(group) > 1})
    for delivery, group in largest.values():
        embassies = {d.embassy.id for _, d, _ in group.values()}
        degree = "the same" if len({text for _, _, text in group.values()}) == 1 else "nearly the same"
        message = f"{len(group)} accounts on {spec.title} would say {degree}: {some_embassies(embassies)}."
        hint = f"{spec.title} may hide them as spam. Name {{city}} or {{embassy}}, or write an embassy's own words."
        yield problem_in(delivery, "near-duplicate", message, hint, embassies, warning)


def unknown_embassy(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each own text whose file names an unknown embassy: everybody's is posted in its place."""
    embassies = context.plan.config.embassies
    for day, language, embassy, location in _own_words(context):
        if embassy not in embassies and not _is_card(day, language, embassy):  # a picture without use is said as such
            message = f"the config has no embassy “{embassy}”."
            hint = did_you_mean(embassy, embassies) or f"It has: {some_embassies(embassies)}."
            scope = Scope(day.number, frozenset({embassy}), language=language)
            yield error("unknown-embassy", location, message, f"Rename the file. {hint}", scope)


def unused_words(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each own text in a language, or for a day, that its embassy doesn't post."""
    for day, language, name, location in _own_words(context):
        embassy = context.plan.config.embassies.get(name)
        if embassy and not posts_in(embassy, day.number, language):
            clause = "this card goes" if _is_card(day, language, name) else "these words go"
            message = f"{name} posts nothing in “{language}” on day {day.number}, so {clause} nowhere."
            has_language = language in embassy.languages
            hint = "It skips that day." if has_language else f"It posts in: {', '.join(embassy.languages)}."
            yield warning("unused-words", location, message, hint, NO_DELIVERY)


def _own_words(context: RuleContext) -> Iterator[tuple[Day, str, str, Location]]:
    """Yield the day, the language and the embassy of each own text, and the place of its file."""
    for day in context.plan.campaign.days.values():
        for language, embassy in day.embassy_translations:
            text = day.embassy_translations[language, embassy]
            name = f"{language}.{embassy}.toml"
            if text and text.has_borrowed_words:
                name = next(name for names in text.picture_names.values() for name in names)
            yield day, language, embassy, Location(day.file.with_name(name), 1)


def _is_card(day: Day, language: str, embassy: str) -> bool:
    """Return whether the card alone of an embassy's own text is its own."""
    text = day.embassy_translations[language, embassy]
    return text is not None and text.has_borrowed_words
