"""The pictures that are to be posted, each file once, with all that rules ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from orangeday.content.campaign import Campaign
from orangeday.content.cards.card import Card, card
from orangeday.content.encoding import Flaw, Picture
from orangeday.content.images import Fit, Judgement, judge_file, locate
from orangeday.content.plan import Plan
from orangeday.content.problems import Scope
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import PlatformSpec, Shape
from orangeday.rules.context import PostedText, RuleContext, days_by_number, platforms_by_place


@dataclass(frozen=True, slots=True)
class PlannedPicture:
    """A picture that is to be posted, with its file, its platforms and the scope of its problems."""

    name: Text
    judgement: Judgement
    card: Card | None
    """The card that the picture should show; None where it is no card."""
    translation: Translation | None
    """The text below which the picture stands as its card; None where it is no card."""
    platforms: frozenset[str]
    scope: Scope

    @property
    def image(self) -> Picture | Flaw:
        return self.judgement.picture

    @property
    def is_own(self) -> bool:
        """True if it can be read, and orangeday didn't draw it."""
        return isinstance(self.image, Picture) and not self.image.stamp

    @property
    def fits(self) -> Iterator[tuple[PlatformSpec, Fit | Flaw]]:
        """The result on each of its platforms."""
        specs = (spec for spec in PLATFORMS.values() if spec.name in self.platforms)
        return ((spec, self.judgement.fits[spec.pictures]) for spec in specs)


@lru_cache(maxsize=1)  # several rules look at them, one after the other
def planned_pictures(context: RuleContext) -> tuple[PlannedPicture, ...]:
    """Return the pictures that are to be posted: a day's once, a card for each text that it is posted with."""
    return tuple(_planned_pictures(context))


def _planned_pictures(context: RuleContext) -> Iterator[PlannedPicture]:
    campaign, platforms = context.plan.campaign, platforms_by_place(context)
    for number, day in days_by_number(context).items():
        for name in dict.fromkeys(day.media):
            targets = frozenset(
                platform for (day_number, _), names in platforms.items() if day_number == number for platform in names
            )
            yield PlannedPicture(name, _inspect(campaign, name), None, None, targets, Scope(number))
    for version in context.posted_versions:
        yield from _planned_cards(context.plan, version)


def _planned_cards(plan: Plan, version: PostedText) -> Iterator[PlannedPicture]:
    """Yield each file that is posted as a text's card: the one of each shape, the 16:9 first."""
    translation = version.translation
    if translation.card_name is None:
        return
    platforms_by_shape: dict[Shape, set[str]] = {}
    for platform in version.card_platforms:
        shape = translation.sent_shape(plan.config.platforms[platform].shape)
        platforms_by_shape.setdefault(shape, set()).add(platform)
    for shape in Shape:
        if platforms := platforms_by_shape.get(shape):
            name = translation.sent_name(translation.card_name, shape)
            # A mistake in the file of one platform holds nothing on the others.
            is_shared = len(platforms_by_shape) == 1 or len(platforms) > 1
            scope = replace(version.card_scope(), platform=None if is_shared else next(iter(platforms)))
            its_card = card(plan.campaign, plan.config, version.day, translation, shape)
            judgement = _inspect(plan.campaign, name)
            yield PlannedPicture(name, judgement, its_card, translation, frozenset(platforms), scope)


def _inspect(campaign: Campaign, name: Text) -> Judgement:
    """Return a picture of the campaign's folder, as it is and as it is sent, or the reason why it can't be posted."""
    limits = tuple(dict.fromkeys(spec.pictures for spec in PLATFORMS.values()))
    file = locate(campaign.folder, name)
    return Judgement(file, dict.fromkeys(limits, file), None) if isinstance(file, Flaw) else judge_file(file, limits)
