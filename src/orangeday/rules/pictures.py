"""Rules about pictures and cards, and about their alt texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from orangeday.content import images as pictures
from orangeday.content.campaign import Campaign, Translation
from orangeday.content.cards import Card, card
from orangeday.content.images import Flaw, Picture
from orangeday.content.problems import Problem, Scope, error, warning
from orangeday.content.toml import Text
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import PlatformSpec
from orangeday.rules.context import RuleContext, days_by_number, platforms_by_place
from orangeday.rules.prose import normalize, skeleton

# What a text says


def missing_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each picture without alt text: it is nothing to a reader who can't see it."""
    # An alt text that is empty, or no text at all, is a Problem already.
    invalid_files = {p.location.file for p in context.plan.campaign.problems if p.rule in ("empty-text", "wrong-type")}
    for posted_text in context.posted_texts:
        for picture in dict.fromkeys(posted_text.media):
            if picture not in posted_text.translation.alt and posted_text.translation.file not in invalid_files:
                message = f"the picture “{picture}” has no alt text."
                hint = f'Say below [alt] what it shows, in “{posted_text.translation.language}”: "{picture}" = "…"'
                yield error("missing-alt", posted_text.translation.text.location, message, hint, posted_text.scope())


def alike_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each alt text that stands in two languages: in one of them it is read aloud wrongly."""
    translations: dict[tuple[int, str, str], Translation] = {}
    for posted_text in context.posted_texts:
        for picture, alt in posted_text.translation.alt.items():
            original = translations.setdefault(
                (posted_text.day.number, picture, normalize(alt)), posted_text.translation
            )
            if original.language != posted_text.translation.language:
                message = f"the alt text of “{picture}” is the same as in {original.file.name}."
                hint = f"Say it in “{posted_text.translation.language}”."
                yield warning("duplicate-alt", alt.location, message, hint, posted_text.scope())


_WORDY = re.compile(
    r"(?:(?:an?|une?|eine?|een|das|de|la) |l['’])?"
    r"(?:image|photo|photograph|photographie|picture|bild|foto|afbeelding) (?:(?:of|von|van|des?|du) |d['’])",
    re.IGNORECASE,
)


def wordy_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each alt text that begins with “image of”: a screen reader says “image” by itself."""
    for posted_text in context.posted_texts:
        for picture, alt in posted_text.translation.alt.items():
            if match := _WORDY.match(alt.lstrip()):
                message = f"the alt text of “{picture}” begins with “{match[0].strip()}”."
                hint = "Begin with what it shows: that it is an image, a screen reader says by itself."
                yield warning("wordy-alt", alt.location, message, hint, posted_text.scope())


def too_many_pictures(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each day with more than four pictures, the card included: both platforms refuse the post."""
    for number, day in days_by_number(context).items():
        excess = len(day.media) - pictures.MAX_PICTURES
        if excess > 0:
            message = f"{len(day.media)} pictures; {pictures.MAX_PICTURES} a day are the most."
            location = day.media[pictures.MAX_PICTURES].location
            yield error("too-many-pictures", location, message, f"Leave out {excess}.", Scope(number))
    for posted_text in context.posted_texts:
        if len(posted_text.day.media) == pictures.MAX_PICTURES < len(posted_text.media):
            message = f"its card is one picture too many; {pictures.MAX_PICTURES} a day are the most."
            hint = "Leave out one of the day's pictures, or delete [card] here."
            yield error("too-many-pictures", posted_text.media[-1].location, message, hint, posted_text.card_scope())


def unsound_picture(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each picture that can't be posted: missing, outside the campaign's folder, or unreadable."""
    for picture in planned_pictures(context):
        flaw = picture.image
        if isinstance(flaw, Flaw):
            message, hint = f"“{picture.name}” can't be posted: {flaw.message}", flaw.hint
            if picture.card and flaw.rule == "picture-missing":
                message, hint = f"its card “{picture.name}” isn't drawn yet.", "Draw it: orangeday cards"
            yield error(flaw.rule, picture.name.location, message, hint, picture.scope)


def outdated_card(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each card that was drawn from other words than those of its text now."""
    for picture in planned_pictures(context):
        if picture.card and isinstance(picture.image, Picture) and picture.image.stamp not in ("", picture.card.stamp):
            message = f"its card “{picture.name}” was drawn from other words than these."
            yield error(
                "card-outdated", picture.name.location, message, "Draw it again: orangeday cards", picture.scope
            )


def silent_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each alt text of a card without the headline, which other readers see."""
    for posted_text in context.posted_texts:
        headline = posted_text.translation.headline
        if headline is None or posted_text.media == posted_text.day.media:
            continue
        alt = posted_text.translation.alt.get(posted_text.media[-1])
        if alt is not None and skeleton(headline) not in skeleton(alt):
            message = f"the alt text of the card doesn't say its headline, “{headline}”."
            yield warning("silent-alt", alt.location, message, "Say it there word for word.", posted_text.card_scope())


def picture_too_large(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each picture whose file a platform refuses, as X does; for Bluesky a smaller copy is made."""
    for picture, image, spec in _too_large(context):
        if not spec.pictures.can_shrink:
            message = f"“{picture.name}” has {image.bytes:,} bytes; {spec.title} takes {spec.pictures.max_bytes:,}."
            hint = "Save it smaller, or as jpg: 1,600 pixels wide is plenty."
            scope = replace(picture.scope, platform=spec.name)
            yield error("picture-too-large", picture.name.location, message, hint, scope)


def picture_made_smaller(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each picture of which a smaller copy is posted: fine print on it suffers from that."""
    for picture, image, spec in _too_large(context):
        if spec.pictures.can_shrink:
            message = (
                f"“{picture.name}” has {image.bytes:,} bytes; "
                f"{spec.title} takes {spec.pictures.max_bytes:,} and gets a smaller copy."
            )
            hint = "Save it smaller yourself, to see how it looks: 1,600 pixels wide is plenty."
            scope = replace(picture.scope, platform=spec.name)
            yield warning("picture-made-smaller", picture.name.location, message, hint, scope)


def odd_picture(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each picture that is too long, which a feed cuts, or too small, which a feed enlarges."""
    for picture in planned_pictures(context):
        image = picture.image
        if isinstance(image, Picture):
            size = f"“{picture.name}” is {image.width:,} × {image.height:,} pixels"
            short, long = sorted((image.width, image.height))
            if long > 3 * short:
                message, hint = f"{size}: a feed shows only a part of it.", "At most three times as long as wide: 16:9."
                yield warning("picture-shape", picture.name.location, message, hint, picture.scope)
            if long < 600:
                message, hint = f"{size}: too few to look sharp.", "Use one that is at least 1,200 pixels wide."
                yield warning("picture-tiny", picture.name.location, message, hint, picture.scope)


@dataclass(frozen=True, slots=True)
class _PlannedPicture:
    """A picture that is to be posted, with its file, its platforms and the scope of its problems."""

    name: Text
    image: Picture | Flaw
    card: Card | None
    """The card that the picture should show; None where it is no card."""
    platforms: frozenset[str]
    scope: Scope


@lru_cache(maxsize=1)  # several rules look at them, one after the other
def planned_pictures(context: RuleContext) -> tuple[_PlannedPicture, ...]:
    """Return the pictures that are to be posted: a day's once, a card for each text that it is posted with."""
    return tuple(_planned_pictures(context))


def _planned_pictures(context: RuleContext) -> Iterator[_PlannedPicture]:
    campaign, platforms = context.plan.campaign, platforms_by_place(context)
    for number, day in days_by_number(context).items():
        for name in dict.fromkeys(day.media):
            targets = frozenset(
                platform for (day_number, _), names in platforms.items() if day_number == number for platform in names
            )
            yield _PlannedPicture(name, _inspect(campaign, name), None, targets, Scope(number))
    for posted_text in context.posted_texts:
        if len(posted_text.media) > len(posted_text.day.media):
            name, targets = posted_text.media[-1], platforms[posted_text.place]
            yield _PlannedPicture(
                name,
                _inspect(campaign, name),
                card(campaign, posted_text.day, posted_text.translation),
                targets,
                posted_text.card_scope(),
            )


def _too_large(context: RuleContext) -> Iterator[tuple[_PlannedPicture, Picture, PlatformSpec]]:
    """Yield each picture with its file and each of its platforms for which that file is too large."""
    for picture in planned_pictures(context):
        for spec in PLATFORMS.values():
            image = picture.image
            if spec.name in picture.platforms and isinstance(image, Picture) and image.bytes > spec.pictures.max_bytes:
                yield picture, image, spec


def _inspect(campaign: Campaign, name: Text) -> Picture | Flaw:
    """Return a picture of the campaign's folder, or the reason why it can't be posted."""
    file = pictures.locate(campaign.folder, name)
    return file if isinstance(file, Flaw) else pictures.inspect(file)
