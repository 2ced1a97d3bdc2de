"""The values that rules judge, and the problems that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from orangeday.content.campaign import Day, Translation
from orangeday.content.config import Embassy
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Concern, Problem, Where, error
from orangeday.content.toml import Text
from orangeday.platforms.registry import PLATFORMS


@dataclass(frozen=True)
class Case:
    """The plan that rules judge, with its texts and the time."""

    plan: Plan
    deliveries: Sequence[Delivery]
    now: datetime | None = None
    """The time of the check; None where it doesn't matter."""

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """The texts of all deliveries, each once, by day: everybody's texts, then those of single embassies."""
        found: dict[Path, tuple[Day, Translation, dict[str, bool]]] = {}
        for delivery in self.deliveries:
            day, translation, embassy = delivery.day, delivery.translation, delivery.embassy
            if day and translation:
                found.setdefault(translation.file, (day, translation, {}))[2][embassy.id] = embassy.cards
        said = (
            Said(day, words, frozenset(cards), frozenset(name for name, shows in cards.items() if shows))
            for day, words, cards in found.values()
        )
        return tuple(sorted(said, key=lambda s: (s.day.number, s.translation.embassy or "", s.translation.language)))


@dataclass(frozen=True, slots=True)
class Said:
    """A text that is posted, with its day and the embassies that post it."""

    day: Day
    translation: Translation
    embassies: frozenset[str]
    cards: frozenset[str]
    """The embassies that post its card."""

    @property
    def place(self) -> tuple[int, str]:
        """The day's number and the language: each embassy posts one text there, everybody's or its own."""
        return self.day.number, self.translation.language

    @property
    def media(self) -> tuple[Text, ...]:
        """The pictures of the text, but for a card that no embassy posts."""
        return self.translation.pictures(cards=bool(self.cards))

    def concern(self, platform: str | None = None) -> Concern:
        """Return the scope of a problem with the text: its day, embassies and language, on one platform or on all."""
        return Concern(self.day.number, self.embassies, platform, self.translation.language)

    def concern_of_card(self) -> Concern:
        """Return the scope of a problem with the card: only the embassies that post it."""
        return replace(self.concern(), embassies=self.cards)

    def templates(self) -> Iterator[tuple[Text, str | None]]:
        """Yield each template of the text and the platform that it is for; None where all platforms have the same."""
        if not self.translation.variants:
            yield self.translation.text, None
        else:
            yield from ((self.translation.template(platform), platform) for platform in PLATFORMS)


Rule = Callable[[Case], Iterator[Problem]]
"""A function that yields the problems of one kind in a plan."""


def texts_on(case: Case, platform: str) -> dict[Path, list[tuple[Delivery, str]]]:
    """Return the final texts on a platform, with their deliveries, by source file; those with problems are left out."""
    texts: dict[Path, list[tuple[Delivery, str]]] = {}
    for delivery in case.deliveries:
        translation, wording = delivery.translation, delivery.wording
        if delivery.platform == platform and translation and wording and not wording.problems:
            texts.setdefault(translation.file, []).append((delivery, wording.text))
    return texts


def over_limit(
    case: Case, platform: str, measure: Callable[[str], int], limit: int
) -> Iterator[tuple[Delivery, dict[str, int]]]:
    """Yield the worst delivery of each file whose text is over a limit, and the sizes over it, by embassy."""
    sized: dict[str, int] = {}
    for alike in texts_on(case, platform).values():
        over = {}
        for delivery, text in alike:
            size = sized[text] if text in sized else sized.setdefault(text, measure(text))
            if size > limit:
                over[delivery.embassy.id] = size
        if over:
            yield max((d for d, _ in alike), key=lambda d: over.get(d.embassy.id, 0)), over


def problem_in(
    delivery: Delivery,
    rule: str,
    message: str,
    hint: str,
    embassies: Iterable[str],
    kind: Callable[[str, Where, str, str, Concern], Problem] = error,
    word: str = "",
) -> Problem:
    """Return a problem in the text of a delivery, for these embassies; located at a word, where the template has it."""
    concern = Concern(delivery.number, frozenset(embassies), delivery.platform, delivery.language)
    assert delivery.translation is not None  # noqa: S101  (where there is no text, nothing is wrong with it)
    template = delivery.translation.template(delivery.platform)
    where = template.where_at(template.index(word)) if word and word in template else template.where
    return kind(rule, where, message, hint, concern)


def days_by_number(case: Case) -> dict[int, Day]:
    """Return the days on which anything is to be posted, by number."""
    return {delivery.number: delivery.day for delivery in case.deliveries if delivery.day}


def platforms_by_place(case: Case) -> dict[tuple[int, str], frozenset[str]]:
    """Return the platforms on which anything is posted, by day and language."""
    found: dict[tuple[int, str], set[str]] = {}
    for delivery in case.deliveries:
        found.setdefault((delivery.number, delivery.language), set()).add(delivery.platform)
    return {place: frozenset(platforms) for place, platforms in found.items()}


def some_embassies(embassies: Iterable[str], first: str | None = None) -> str:
    """Return three of the embassies, and the number of the others, as words of a sentence; `first` comes first."""
    names = sorted(embassies, key=lambda name: (name != first, name))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def posts_in(embassy: Embassy, number: int, language: str) -> bool:
    """Return whether an embassy posts anything in a language on a day."""
    skipped = (embassy.skips(number, account.platform, language) for account in embassy.accounts)
    return language in embassy.languages and not all(skipped)
