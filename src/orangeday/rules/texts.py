"""Rules about texts: each exists and fits, and has no leftovers in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from orangeday.content.campaign import Day
from orangeday.content.plan import Delivery
from orangeday.content.problems import NOTHING, Concern, Problem, Where, error, nearest, warning
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import PlatformSpec
from orangeday.rules.context import Case, Said, over_limit, posts_in, problem_in, some_embassies, texts_on
from orangeday.rules.prose import base_language, normalized, prose_of, skeleton

# Is there something to say, and can it be said?


def missing_language(case: Case) -> Iterator[Problem]:
    """Yield an error for each day without a text in a language of an embassy: nothing would go out, unnoticed."""
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
            message = f"day {number} has no text in “{language}”, for {some_embassies(embassies)}."
            hint = f"Write it, or add {number} to the embassy's “skip”."
            concern = Concern(number, frozenset(embassies), language=language)
            yield error("missing-language", Where(file, 1), message, hint, concern)


def unsound_wording(case: Case) -> Iterator[Problem]:
    """Yield an error for each placeholder that is unknown or without a value: it would go out as it stands."""
    for delivery in case.deliveries:
        if delivery.wording:
            yield from delivery.wording.problems


def too_long(case: Case) -> Iterator[Problem]:
    """Yield an error for each text that is too long for a platform: it is never cut for the officer."""
    for platform, count in PLATFORMS.items():
        for worst, sizes in over_limit(case, platform, count.length, count.limit):
            much = f"{sizes[worst.embassy.id]} of {count.limit} {count.unit}"
            message = f"too long for {count.title}: {much}, for {some_embassies(sizes, worst.embassy.id)}."
            yield problem_in(worst, "too-long", message, f"Cut {sizes[worst.embassy.id] - count.limit}.", sizes)


def too_many_bytes(case: Case) -> Iterator[Problem]:
    """Yield an error for each text with too many bytes for a platform.

    Bluesky limits bytes as well as characters: joined emoji and stacked marks are one character, and many bytes.
    """
    for platform, spec in PLATFORMS.items():
        if spec.byte_limit is None:
            continue
        for worst, sizes in over_limit(case, platform, lambda text: len(text.encode()), spec.byte_limit):
            much = f"{sizes[worst.embassy.id]} of {spec.byte_limit} bytes"
            message = f"too long for {spec.title}: {much}, for {some_embassies(sizes, worst.embassy.id)}."
            yield problem_in(worst, "too-many-bytes", message, "Use fewer emoji, or simpler ones.", sizes)


def same_text(case: Case) -> Iterator[Problem]:
    """Yield an error for each text that stands in two places: one is wrong, and no account posts a text twice."""
    before: dict[tuple[str, str | None], list[Said]] = {}
    # Own words come last: they are compared with everybody's, and with that embassy's alone.
    for said in sorted(case.said, key=lambda said: said.translation.embassy is not None):
        whose = said.translation.embassy
        for flat, template in {normalized(template): template for template, _ in said.templates()}.items():
            earlier = chain(before.get((flat, None), ()), before.get((flat, whose), ()))
            other = next((there for there in earlier if there.place != said.place), None)
            if other:
                file = other.translation.file
                message = f"the same text stands in {file.parent.name}/{file.name}."
                hint = "One of the two is a slip; an account can post it only once."
                yield error("same-text", template.where, message, hint, said.concern())
            before.setdefault((flat, whose), []).append(said)


def too_like(case: Case) -> Iterator[Problem]:
    """Yield a warning for each text that many accounts post alike: X may take them for spam."""
    for spec in PLATFORMS.values():
        if spec.flags_duplicates:
            yield from _too_like(case, spec)


def _too_like(case: Case, spec: PlatformSpec) -> Iterator[Problem]:
    alike: dict[tuple[int, str, str], dict[str, tuple[Path, Delivery, str]]] = {}
    for file, texts in texts_on(case, spec.name).items():
        for delivery, text in texts:
            same = alike.setdefault((delivery.number, delivery.language, skeleton(text)), {})
            same.setdefault(delivery.account.handle.casefold(), (file, delivery, text))
    largest = {}
    for same in sorted(alike.values(), key=len):
        largest.update({file: (delivery, same) for file, delivery, _ in same.values() if len(same) > 1})
    for delivery, same in largest.values():
        embassies = {d.embassy.id for _, d, _ in same.values()}
        how = "the same" if len({text for _, _, text in same.values()}) == 1 else "nearly the same"
        message = f"{len(same)} accounts on {spec.title} would say {how}: {some_embassies(embassies)}."
        hint = f"{spec.title} may hide them as spam. Name {{city}} or {{embassy}}, or write an embassy's own words."
        yield problem_in(delivery, "near-duplicate", message, hint, embassies, warning)


_LEFT_OVER = re.compile(r"\b(?:TODO|TBD|FIXME|XXX+)\b|(?i:\blorem ipsum\b)|\A\s*(?:…|\.{3,})\s*\Z")
_TODO_IS_A_WORD = ("es", "gl", "pt")


def left_over(case: Case) -> Iterator[Problem]:
    """Yield an error for each writer's note, such as TODO: it would be posted under an ambassador's name."""
    for said in case.said:
        alts = ((alt, None) for alt in said.translation.alt.values())
        for text, platform in chain(said.templates(), alts):
            for match in _LEFT_OVER.finditer(prose_of(text)):
                found = match[0].lstrip()
                if found != "TODO" or base_language(said.translation.language) not in _TODO_IS_A_WORD:
                    where = text.where_at(match.end() - len(found))
                    message = f"“{found.rstrip()}” was left here to be replaced."
                    yield error("leftover", where, message, "Write what belongs there.", said.concern(platform))


_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|[\u202a-\u202e]")


def unseen_character(case: Case) -> Iterator[Problem]:
    """Yield an error for each control character, a warning for each that turns the direction: nobody sees either."""
    for said in case.said:
        alts = ((alt, None) for alt in said.translation.alt.values())
        for text, platform in chain(said.templates(), alts):
            for match in _UNSEEN.finditer(text):
                judge = warning if "\u202a" <= match[0] <= "\u202e" else error
                message = f"there is an invisible character here, U+{ord(match[0]):04X}."
                where = text.where_at(match.start())
                yield judge(
                    "unseen-character", where, message, "Delete it, and type the line again.", said.concern(platform)
                )


def double_braces(case: Case) -> Iterator[Problem]:
    """Yield an error for each placeholder with two braces, as in other programs: here two are posted as one."""
    for said in case.said:
        for template, platform in said.templates():
            for match in re.finditer(r"(?<!\{)\{\{ *(@?[\w-]+) *\}\}(?!\})", template):
                message = f"{match[0]} would go out as {match[0][1:-1]}."
                hint = f"Write {{{match[1]}}} for a placeholder."
                yield error("double-braces", template.where_at(match.start()), message, hint, said.concern(platform))


def placeholder_in_alt(case: Case) -> Iterator[Problem]:
    """Yield an error for each placeholder in an alt text: that is posted as it stands, with its braces."""
    for said in case.said:
        for alt in said.translation.alt.values():
            for match in re.finditer(r"\{ *@?[\w-]+ *\}", alt):
                message = f"{match[0]} stands in an alt text, where nothing is filled in."
                hint = "Write what the picture shows without it."
                yield error("placeholder-in-alt", alt.where_at(match.start()), message, hint, said.concern())


def bracketed(case: Case) -> Iterator[Problem]:
    """Yield a warning for each “[name]” and “<date>”: mostly its author meant to fill it in."""
    for said in case.said:
        for template, platform in said.templates():
            for match in re.finditer(r"\[[^\W\d_][^\[\]\n]{2,40}\]|<[^\W\d_][^<>\n]{2,40}>", prose_of(template)):
                message = f"“{match[0]}” looks like something to fill in."
                hint = "Write what belongs there."
                where = template.where_at(match.start())
                yield warning("bracketed", where, message, hint, said.concern(platform))


def unknown_embassy(case: Case) -> Iterator[Problem]:
    """Yield an error for each own text whose file names an unknown embassy: everybody's is posted in its place."""
    embassies = case.plan.config.embassies
    for day, language, embassy, where in _own_words(case):
        if embassy not in embassies:
            message = f"the config has no embassy “{embassy}”."
            hint = nearest(embassy, embassies) or f"It has: {some_embassies(embassies)}."
            concern = Concern(day.number, frozenset({embassy}), language=language)
            yield error("unknown-embassy", where, message, f"Rename the file. {hint}", concern)


def unused_words(case: Case) -> Iterator[Problem]:
    """Yield a warning for each own text in a language, or for a day, that its embassy doesn't post."""
    for day, language, name, where in _own_words(case):
        embassy = case.plan.config.embassies.get(name)
        if embassy and not posts_in(embassy, day.number, language):
            message = f"{name} posts nothing in “{language}” on day {day.number}, so these words go nowhere."
            skipped = language in embassy.languages
            hint = "It skips that day." if skipped else f"It posts in: {', '.join(embassy.languages)}."
            yield warning("unused-words", where, message, hint, NOTHING)


def _own_words(case: Case) -> Iterator[tuple[Day, str, str, Where]]:
    """Yield the day, the language and the embassy of each own text, and the place of its file."""
    for day in case.plan.campaign.days.values():
        for language, embassy in day.own:
            yield day, language, embassy, Where(day.file.with_name(f"{language}.{embassy}.toml"), 1)
