"""The values that rules judge, and the problems that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, auto
from functools import cached_property
from pathlib import Path

from orangeday.content.campaign import Day
from orangeday.content.config import NAMES, Embassy
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import NO_DELIVERY, Location, Problem, Scope, error
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import Shape
from orangeday.text.phrases import short_list


@dataclass(frozen=True, eq=False)
class RuleContext:
    """The plan that rules judge, with its texts and the time."""

    plan: Plan
    deliveries: Sequence[Delivery]
    now: datetime | None = None
    """The time of the check; None where it doesn't matter."""

    @cached_property
    def posted_texts(self) -> tuple[PostedText, ...]:
        """The texts of all deliveries, each once, by day: everybody's texts, then those of single embassies."""
        texts: dict[Path, PostedText] = {}
        for version in self.posted_versions:
            translation, previous = version.translation, texts.get(version.translation.file)
            if translation.has_borrowed_words:
                version = replace(version, translation=version.day.translations[translation.language])
            texts[translation.file] = previous.with_embassies_of(version) if previous else version
        return tuple(
            sorted(
                texts.values(),
                key=lambda text: (text.day.number, text.translation.embassy or "", text.translation.language),
            )
        )

    @cached_property
    def posted_versions(self) -> tuple[PostedText, ...]:
        """The same texts; one to which embassies have cards of their own once for each of these cards, too."""
        versions: dict[tuple[Path, str | None], tuple[Day, Translation, set[str], set[str], set[str]]] = {}
        for delivery in self.deliveries:
            day, translation, embassy = delivery.day, delivery.translation, delivery.embassy
            if day and translation:
                place = translation.file, translation.embassy
                _, _, embassies, cards, card_platforms = versions.setdefault(
                    place, (day, translation, set(), set(), set())
                )
                embassies.add(embassy.id)
                if embassy.cards:
                    cards.add(embassy.id)
                    card_platforms.add(delivery.platform)
        return tuple(
            PostedText(day, translation, *map(frozenset, sets)) for day, translation, *sets in versions.values()
        )

    @cached_property
    def source_texts(self) -> tuple[SourceText, ...]:
        """All that people wrote of what is posted, each once: texts, alt texts, headlines, titles, and what fills in.

        A title that stands on no link's card is seen by officers alone, and concerns no delivery.
        """
        return (*_source_texts_in(self.posted_texts), *_titles(self), *_values(self.deliveries))


@dataclass(frozen=True, slots=True)
class PostedText:
    """A text that is posted, with its day and the embassies that post it."""

    day: Day
    translation: Translation
    embassies: frozenset[str]
    cards: frozenset[str]
    """The embassies that post its card."""
    card_platforms: frozenset[str]
    """The platforms on which they do."""

    def with_embassies_of(self, posted_text: PostedText) -> PostedText:
        """Return the same text with the embassies of another PostedText as well."""
        return replace(
            self,
            embassies=self.embassies | posted_text.embassies,
            cards=self.cards | posted_text.cards,
            card_platforms=self.card_platforms | posted_text.card_platforms,
        )

    @property
    def place(self) -> tuple[int, str]:
        """The day's number and the language: each embassy posts one text there, everybody's or its own."""
        return self.day.number, self.translation.language

    @property
    def media(self) -> tuple[Text, ...]:
        """The pictures of the text, but for a card that no embassy posts."""
        return self.translation.pictures(Shape.WIDE, cards=bool(self.cards))

    @property
    def has_link_card(self) -> bool:
        """True if an embassy posts it with a link and without pictures, so that a platform may show the link's card."""
        has_pictures = self.day.media or (self.translation.headline is not None and self.cards == self.embassies)
        return bool(self.day.link(self.translation.language)) and not has_pictures

    def scope(self, platform: str | None = None) -> Scope:
        """Return the scope of a problem with the text: its day, embassies and language, on one platform or on all."""
        return Scope(self.day.number, self.embassies, platform, self.translation.language)

    def card_scope(self) -> Scope:
        """Return the scope of a problem with the card: only the embassies that post it."""
        return replace(self.scope(), embassies=self.cards)

    def templates(self) -> Iterator[tuple[Text, str | None]]:
        """Yield each template of the text and the platform that it is for; None where all platforms have the same."""
        if not self.translation.variants:
            yield self.translation.text, None
        else:
            yield from ((self.translation.template(platform), platform) for platform in PLATFORMS)


class Use(StrEnum):
    """The use that is made of a text of the files."""

    TEMPLATE = auto()
    """It is posted, with its placeholders filled in."""
    ALT = auto()
    HEADLINE = auto()
    TITLE = auto()
    VALUE = auto()
    """It fills a placeholder: a name, a handle, a hashtag, the link."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text of the files, with its use, its language where it has one, and the scopes of a problem with it."""

    text: Text
    use: Use
    language: str | None
    scopes: tuple[Scope, ...]

    def problems(
        self, kind: Callable[[str, Location, str, str, Scope], Problem], rule: str, offset: int, message: str, hint: str
    ) -> Iterator[Problem]:
        """Yield the problem with what stands at an offset, once for each scope."""
        location = self.text.location_at(offset)
        for scope in self.scopes:
            yield kind(rule, location, message, hint, scope)


def _source_texts_in(posted_texts: Iterable[PostedText]) -> Iterator[SourceText]:
    """Yield what stands in the files of the texts themselves."""
    for posted_text in posted_texts:
        translation = posted_text.translation
        language, headline = translation.language, translation.headline
        for template, platform in posted_text.templates():
            yield SourceText(template, Use.TEMPLATE, language, (posted_text.scope(platform),))
        for picture, alt in translation.alt.items():
            scope = posted_text.card_scope() if picture == translation.card_name else posted_text.scope()
            yield SourceText(alt, Use.ALT, language, (scope,))
        if headline is not None:
            yield SourceText(headline, Use.HEADLINE, language, (posted_text.card_scope(),))


def _titles(context: RuleContext) -> Iterator[SourceText]:
    """Yield the days' links and titles, the campaign's title, which stand on a link's card, and those of the cards."""
    campaign = context.plan.campaign
    on_link_cards = {text.day.number for text in context.posted_texts if text.has_link_card}
    for number, day in days_by_number(context).items():
        for link, scopes in links_of(day):
            yield SourceText(link, Use.VALUE, None, scopes)
        if day.title:
            yield SourceText(day.title, Use.TITLE, None, (Scope(number) if number in on_link_cards else NO_DELIVERY,))
    if isinstance(campaign.title, Text):
        yield SourceText(campaign.title, Use.TITLE, None, tuple(map(Scope, sorted(on_link_cards))) or (NO_DELIVERY,))
    for language, text in campaign.lettering.senders.items():
        yield SourceText(text, Use.TITLE, language, (NO_DELIVERY,))


def _values(deliveries: Iterable[Delivery]) -> Iterator[SourceText]:
    """Yield the names, handles and hashtags that fill placeholders, in each language in which they do."""
    uses: dict[tuple[int, str], tuple[Text, dict[int | None, set[str]]]] = {}
    visits: set[tuple[int, str, str]] = set()
    for delivery in deliveries:
        translation = delivery.translation
        if translation is None:
            continue
        has_platforms = bool(translation.variants) or "{@" in translation.text
        visit = (id(translation), delivery.embassy.id, delivery.platform if has_platforms else "")
        for key, text in () if visit in visits else delivery.filled_in:
            # An embassy's own is in all that it says, and approved with it; the rest is judged where it is used.
            is_own = key in NAMES or key == "helpline" or key in delivery.embassy.words
            number = None if is_own else delivery.number
            if key != "link":
                _, embassies = uses.setdefault((id(text), delivery.language), (text, {}))
                embassies.setdefault(number, set()).add(delivery.embassy.id)
        visits.add(visit)
    for (_, language), (text, embassies) in uses.items():
        scopes = (Scope(number, frozenset(names), None, language) for number, names in embassies.items())
        yield SourceText(text, Use.VALUE, language, tuple(scopes))


Rule = Callable[[RuleContext], Iterator[Problem]]
"""A function that yields the problems of one kind in a plan."""


def texts_on(context: RuleContext, platform: str) -> dict[Path, list[tuple[Delivery, str]]]:
    """Return the final texts on a platform, with their deliveries, by source file; those with problems are left out."""
    texts: dict[Path, list[tuple[Delivery, str]]] = {}
    for delivery in context.deliveries:
        translation, rendered_text = delivery.translation, delivery.rendered_text
        if delivery.platform == platform and translation and rendered_text and not rendered_text.problems:
            texts.setdefault(translation.file, []).append((delivery, rendered_text.text))
    return texts


def over_limit(
    context: RuleContext, platform: str, measure: Callable[[str], int], limit: int
) -> Iterator[tuple[Delivery, dict[str, int]]]:
    """Yield the worst delivery of each file whose text is over a limit, and the sizes over it, by embassy."""
    size_by_text: dict[str, int] = {}
    for posts in texts_on(context, platform).values():
        excess_sizes = {}
        for delivery, text in posts:
            size = size_by_text[text] if text in size_by_text else size_by_text.setdefault(text, measure(text))
            if size > limit:
                excess_sizes[delivery.embassy.id] = size
        if excess_sizes:
            yield max((d for d, _ in posts), key=lambda d: excess_sizes.get(d.embassy.id, 0)), excess_sizes


def problem_in(
    delivery: Delivery,
    rule: str,
    message: str,
    hint: str,
    embassies: Iterable[str],
    kind: Callable[[str, Location, str, str, Scope], Problem] = error,
    word: str = "",
) -> Problem:
    """Return a problem in the text of a delivery, for these embassies; located at a word, where the template has it."""
    scope = Scope(delivery.number, frozenset(embassies), delivery.platform, delivery.language)
    assert delivery.translation is not None  # noqa: S101  (where there is no text, nothing is wrong with it)
    template = delivery.translation.template(delivery.platform)
    location = template.location_at(template.index(word)) if word and word in template else template.location
    return kind(rule, location, message, hint, scope)


def days_by_number(context: RuleContext) -> dict[int, Day]:
    """Return the days on which anything is to be posted, by number."""
    return {delivery.number: delivery.day for delivery in context.deliveries if delivery.day}


def links_of(day: Day) -> Iterator[tuple[Text, tuple[Scope, ...]]]:
    """Yield each link of a day, with the scopes of a problem with it: the languages that it is the link of."""
    languages = dict.fromkeys((*day.translations, *(language for language, _ in day.embassy_translations)))
    for key, link in day.links.items():
        if not key:
            yield link, (Scope(day.number),)
            continue
        scopes = tuple(Scope(day.number, language=tag) for tag in languages if day.link(tag) is link)
        yield link, scopes or (NO_DELIVERY,)


def platforms_by_place(context: RuleContext) -> dict[tuple[int, str], frozenset[str]]:
    """Return the platforms on which anything is posted, by day and language."""
    names_by_place: dict[tuple[int, str], set[str]] = {}
    for delivery in context.deliveries:
        names_by_place.setdefault((delivery.number, delivery.language), set()).add(delivery.platform)
    return {place: frozenset(names) for place, names in names_by_place.items()}


def some_embassies(embassies: Iterable[str], first: str | None = None) -> str:
    """Return three of the embassies, and the number of the others, as words of a sentence; `first` comes first."""
    names = sorted(embassies, key=lambda name: (name != first, name))
    return short_list(names, 3)


def posts_in(embassy: Embassy, number: int, language: str) -> bool:
    """Return whether an embassy posts anything in a language on a day."""
    skips = (embassy.skips(number, account.platform, language) for account in embassy.accounts)
    return language in embassy.languages and not all(skips)
