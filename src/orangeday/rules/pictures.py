"""Rules about pictures and cards, and about their alt texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from orangeday.content.campaign import Campaign
from orangeday.content.cards import Card, card
from orangeday.content.encoding import Alteration, Flaw, Picture
from orangeday.content.images import MAX_PICTURES, Fit, Judgement, judge_file, locate
from orangeday.content.problems import Problem, Scope, error, warning
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
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
        excess = len(day.media) - MAX_PICTURES
        if excess > 0:
            message = f"{len(day.media)} pictures; {MAX_PICTURES} a day are the most."
            location = day.media[MAX_PICTURES].location
            yield error("too-many-pictures", location, message, f"Leave out {excess}.", Scope(number))
    for posted_text in context.posted_texts:
        if len(posted_text.day.media) == MAX_PICTURES < len(posted_text.media):
            message = f"its card is one picture too many; {MAX_PICTURES} a day are the most."
            hint = "Leave out one of the day's pictures, or delete [card] here."
            yield error("too-many-pictures", posted_text.media[-1].location, message, hint, posted_text.card_scope())


def unsound_picture(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each picture that can't be posted: missing, outside the campaign's folder, or unreadable."""
    for picture in planned_pictures(context):
        flaw = picture.image
        if isinstance(flaw, Flaw):
            message, hint = f"“{picture.name}” can't be posted: {flaw.message}", flaw.hint
            if picture.card and flaw.rule == "picture-missing" and picture.name.endswith(".png"):
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
    for picture, headline, alt in _card_alts(context):
        if not picture.is_own and skeleton(headline) not in skeleton(alt):
            message = f"the alt text of the card doesn't say its headline, “{headline}”."
            yield warning("silent-alt", alt.location, message, "Say it there word for word.", picture.scope)


def stale_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each alt text that describes the drawn card, and stands below another picture."""
    for picture, headline, alt in _card_alts(context):
        if picture.is_own and skeleton(headline) in skeleton(alt):
            message = (
                f"the alt text says the card's headline, and “{picture.name}” isn't the card that orangeday draws."
            )
            hint = "Say what can be seen on this picture."
            yield warning("stale-alt", alt.location, message, hint, picture.scope)


def _card_alts(context: RuleContext) -> Iterator[tuple[_PlannedPicture, Text, Text]]:
    """Yield each picture in the place of a card, with the card's headline and the picture's alt text."""
    for picture in planned_pictures(context):
        translation = picture.translation
        if translation and translation.headline is not None and (alt := translation.alt.get(picture.name)) is not None:
            yield picture, translation.headline, alt


def ambiguous_picture(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each text beside which more than one picture lies under its name: one of them is meant."""
    for picture in planned_pictures(context):
        translation = picture.translation
        if translation and len(translation.picture_names) > 1:
            names = " and ".join(translation.picture_names)
            card_names = [name for name in translation.picture_names if _is_drawn(translation.file.with_name(name))]
            message = f"{names} lie beside {translation.file.name}, and a text has one picture under its name."
            note = f" ({card_names[0]} is the drawn card)" if card_names else ""
            hint = f"Delete all but the one that is to be posted{note}."
            yield error("ambiguous-picture", picture.name.location, message, hint, picture.scope)


def _is_drawn(file: Path) -> bool:
    image = judge_file(file, ()).picture
    return isinstance(image, Picture) and bool(image.stamp)


def refused_picture(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each picture of which nothing can be made that a platform takes."""
    for picture in planned_pictures(context):
        for spec, fit in picture.fits:
            if isinstance(fit, Flaw) and isinstance(picture.image, Picture):
                message = f"“{picture.name}” can't be posted on {spec.title}: {fit.message}"
                scope = replace(picture.scope, platform=spec.name)
                yield error(fit.rule, picture.name.location, message, fit.hint, scope)


def altered_picture(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each way in which a picture is posted otherwise than its file has it."""
    for picture in planned_pictures(context):
        specs: dict[Alteration, list[PlatformSpec]] = {}
        for spec, fit in picture.fits:
            for alteration in _alterations(picture, spec, fit):
                specs.setdefault(alteration, []).append(spec)
        for alteration, its_specs in specs.items():
            yield _alteration_warning(picture, alteration, its_specs)


def _alterations(picture: _PlannedPicture, spec: PlatformSpec, fit: Fit | Flaw) -> dict[Alteration, None]:
    """Return how a picture is altered on a platform, each once: less fine for its bytes counts as smaller."""
    if isinstance(fit, Flaw) or isinstance(picture.image, Flaw):
        return {}
    is_too_large = picture.image.bytes > spec.pictures.max_bytes
    is_reduced = is_too_large or Alteration.SMALLER in fit.alterations
    return dict.fromkeys(
        Alteration.SMALLER if alteration is Alteration.LOSSY and is_reduced else alteration
        for alteration in fit.alterations
    )


_SEE_IT = "Look at it on the page (orangeday preview --html page.html)"
_ALTERATIONS = {
    Alteration.STILL: (
        "picture-still", "it moves, and only its first picture is posted.",
        "Use one that stands still, and say in its alt text what that shows.",
    ),
    Alteration.TURNED: (
        "picture-turned", "the camera was held otherwise, and the picture is turned upright.",
        f"{_SEE_IT}, or turn it and save it again.",
    ),
    Alteration.COLOURS: (
        "picture-colours", "its colours are made for something else than screens, and are converted.",
        f"{_SEE_IT}, or save it for the web, in sRGB.",
    ),
    Alteration.WHITE: (
        "picture-on-white", "parts of it are transparent, and become white.",
        f"{_SEE_IT}, or save it without transparency.",
    ),
    Alteration.LOSSY: (
        "picture-recoded", "it is saved as jpg with less detail.", f"{_SEE_IT}, or save it as jpg or png.",
    ),
    Alteration.SMALLER: ("picture-made-smaller", "", "Save it smaller yourself: 1,600 pixels wide is plenty."),
}  # fmt: skip
"""The rule, the message and the hint of each alteration."""


def _alteration_warning(picture: _PlannedPicture, alteration: Alteration, specs: list[PlatformSpec]) -> Problem:
    rule, message, hint = _ALTERATIONS[alteration]
    assert isinstance(picture.image, Picture)  # noqa: S101  what is altered can be read
    if alteration is Alteration.SMALLER:
        size = f"{picture.image.width:,} × {picture.image.height:,} pixels and {picture.image.bytes:,} bytes"
        message = f"it has {size}; {', '.join(_copy(picture, spec) for spec in specs)}."
    elif {spec.name for spec in specs} != picture.platforms:
        message = f"on {' and '.join(spec.title for spec in specs)} {message}"
    scope = picture.scope if len(specs) > 1 else replace(picture.scope, platform=specs[0].name)
    return warning(rule, picture.name.location, f"“{picture.name}”: {message}", hint, scope)


def _copy(picture: _PlannedPicture, spec: PlatformSpec) -> str:
    """Return the limit of a platform that a picture is over, and what is sent in its place, in words."""
    image, fit, limits = picture.image, picture.judgement.fits[spec.pictures], spec.pictures
    assert isinstance(image, Picture) and isinstance(fit, Fit)  # noqa: S101  what is altered can be read
    limit = f"{limits.max_bytes:,} bytes" if image.bytes > limits.max_bytes else f"{limits.max_side:,} pixels a side"
    copy = "a smaller copy" if Alteration.SMALLER in fit.alterations else "a jpg with less detail"
    return f"{spec.title} takes {limit} and gets {copy}"


def long_alt(context: RuleContext) -> Iterator[Problem]:
    """Yield a problem for each alt text that is longer than a platform takes, or shows: it is never cut."""
    platforms = platforms_by_place(context)
    for posted_text in context.posted_texts:
        for picture in dict.fromkeys(posted_text.media):
            alt = posted_text.translation.alt.get(picture)
            for spec in PLATFORMS.values():
                if alt is None or spec.alt_length is None or len(alt) <= spec.alt_length:
                    continue
                if spec.name not in platforms[posted_text.place]:
                    continue
                excess = f"{len(alt):,} characters, {len(alt) - spec.alt_length:,} more than {spec.title}"
                location, scope = alt.location, posted_text.scope(spec.name)
                message, hint = (
                    f"the alt text of “{picture}” has {excess} ",
                    "Say the rest in the text, or leave it out.",
                )
                if spec.is_long_alt_refused:
                    yield error("long-alt", location, f"{message}takes.", hint, scope)
                else:
                    yield warning("long-alt", location, f"{message}shows.", hint, scope)


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
            yield _PlannedPicture(name, _inspect(campaign, name), None, None, targets, Scope(number))
    for posted_text in context.posted_texts:
        if len(posted_text.media) > len(posted_text.day.media):
            name, targets = posted_text.media[-1], platforms[posted_text.place]
            yield _PlannedPicture(
                name,
                _inspect(campaign, name),
                card(campaign, posted_text.day, posted_text.translation),
                posted_text.translation,
                targets,
                posted_text.card_scope(),
            )


def _inspect(campaign: Campaign, name: Text) -> Judgement:
    """Return a picture of the campaign's folder, as it is and as it is sent, or the reason why it can't be posted."""
    limits = tuple(dict.fromkeys(spec.pictures for spec in PLATFORMS.values()))
    file = locate(campaign.folder, name)
    return Judgement(file, dict.fromkeys(limits, file), None) if isinstance(file, Flaw) else judge_file(file, limits)
