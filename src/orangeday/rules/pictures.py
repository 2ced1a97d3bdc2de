"""Rules about pictures and cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from orangeday.content.cards.card import card
from orangeday.content.encoding import Alteration, Flaw, Picture
from orangeday.content.images import MAX_PICTURES, Fit, judge_file
from orangeday.content.own_picture import is_drawn
from orangeday.content.plan import Plan
from orangeday.content.problems import NO_DELIVERY, Location, Problem, Scope, error, warning
from orangeday.content.senders import sender_of
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import PlatformSpec, Shape
from orangeday.rules.context import RuleContext, days_by_number
from orangeday.rules.planned_pictures import PlannedPicture, planned_pictures
from orangeday.text.phrases import plural


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
    """Yield a problem for each card that was drawn from other words than those of its text now, or in an earlier way.

    A card of an earlier version of orangeday is as good as it was when it was approved: that is a warning.
    """
    for picture in planned_pictures(context):
        stamp = _stamp(picture.image)
        if not picture.card or stamp in ("", picture.card.stamp):
            continue
        location, hint = picture.name.location, "Draw it again: orangeday cards"
        if _version(stamp) != _version(picture.card.stamp):
            message = f"its card “{picture.name}” was drawn by another version of orangeday."
            yield warning("card-outdated", location, message, hint, picture.scope)
        elif _other_sender(context.plan, picture) is None:
            message = f"its card “{picture.name}” was drawn from other words than these."
            yield error("card-outdated", location, message, hint, picture.scope)


def other_sender(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning, once for all, where drawn cards say another sender than the files do now.

    So it is where the cards of several embassies come into the folder of one.
    """
    plan = context.plan
    outdated_cards = [
        (picture, sender)
        for picture in planned_pictures(context)
        if picture.card and _stamp(picture.image) not in ("", picture.card.stamp)
        for sender in [_other_sender(plan, picture)]
        if sender is not None
    ]
    if outdated_cards:
        first, old_sender = outdated_cards[0]
        sender = sender_of(plan.campaign, plan.config, first.translation) if first.translation else None
        verb = "was" if len(outdated_cards) == 1 else "were"
        number = plural(len(outdated_cards), "card")
        message = f"{number} {verb} drawn with “{old_sender}” as sender, and it is “{sender or ''}”."
        location = sender.location if sender else Location(plan.campaign.folder / "campaign.toml", 1)
        yield warning("other-sender", location, message, "Draw again: orangeday cards", NO_DELIVERY)


def _other_sender(plan: Plan, picture: PlannedPicture) -> str | None:
    """Return the sender on everybody's card, where it is drawn as it should be but for that; None on any other."""
    translation, shape_of_file = picture.translation, picture.card.shape if picture.card else Shape.WIDE
    if translation is None or translation.embassy:
        return None
    for embassy in (None, *plan.config.embassies):
        config = replace(plan.config, only_embassy=embassy)
        day = plan.campaign.days[picture.scope.day or 0]
        its_card = card(plan.campaign, config, day, translation, shape_of_file)
        if its_card and its_card.stamp == _stamp(picture.image):
            return its_card.sender
    return None


def _stamp(image: Picture | Flaw) -> str:
    return image.stamp if isinstance(image, Picture) else ""


def _version(stamp: str) -> str:
    """Return the version of the drawing that a stamp begins with; empty in the first one."""
    return stamp.rpartition(":")[0]


def missing_shape(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each drawn card that isn't there in 4:5 for a platform that gets it so: 16:9 stands in."""
    shapes = {name: settings.shape for name, settings in context.plan.config.platforms.items()}
    for picture in planned_pictures(context):
        translation = picture.translation
        if translation is None or picture.card is None or _stamp(picture.image) != picture.card.stamp:
            continue
        wanting = [
            PLATFORMS[name]
            for name in sorted(picture.platforms)
            if translation.sent_shape(shapes[name]) is not shapes[name]
        ]
        if wanting:
            titles = " and ".join(spec.title for spec in wanting)
            message = f"its card isn't drawn in {shapes[wanting[0].name]} yet, so {titles} gets it in {Shape.WIDE}."
            scope = replace(picture.scope, platform=wanting[0].name if len(wanting) == 1 else None)
            yield warning("missing-shape", picture.name.location, message, "Draw it: orangeday cards", scope)


def ambiguous_picture(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each text beside which several pictures lie that can't all be meant.

    They are two under its name, or the drawn card in 4:5 beside a picture of one's own, whose alt text it would have.
    """
    pictures_by_text: dict[tuple[Path, str | None], list[PlannedPicture]] = {}
    for picture in planned_pictures(context):
        if translation := picture.translation:
            pictures_by_text.setdefault((translation.file, translation.embassy), []).append(picture)
    for pictures in pictures_by_text.values():
        first, translation = pictures[0], pictures[0].translation
        assert translation is not None  # noqa: S101  it was asked for above
        scope = replace(first.scope, platform=None)
        for names in translation.picture_names.values():
            if len(names) > 1:
                card_names = [name for name in names if is_drawn(translation.file.with_name(name))]
                file_names = " and ".join(names)
                message = f"{file_names} lie beside {translation.file.name}, and a text has one picture under its name."
                note = f" ({card_names[0]} is the drawn card)" if card_names else ""
                hint = f"Delete all but the one that is to be posted{note}."
                yield error("ambiguous-picture", first.name.location, message, hint, scope)
        wide, tall = (next(iter(translation.picture_names[shape]), None) for shape in (Shape.WIDE, Shape.TALL))
        images = {picture.name.rpartition("/")[2]: picture.image for picture in pictures}
        if wide and tall and tall in images and _stamp(images[tall]):
            image = images.get(wide) or judge_file(translation.file.with_name(wide), ()).picture
            if isinstance(image, Flaw) or image.stamp:
                continue
            message = f"{tall} is the drawn card, and {wide} a picture of your own, and both would have its alt text."
            hint = f"Delete {tall}: {wide} is then posted everywhere."
            yield error("ambiguous-picture", first.name.location, message, hint, scope)


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


def _alterations(picture: PlannedPicture, spec: PlatformSpec, fit: Fit | Flaw) -> dict[Alteration, None]:
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


def _alteration_warning(picture: PlannedPicture, alteration: Alteration, specs: list[PlatformSpec]) -> Problem:
    rule, message, hint = _ALTERATIONS[alteration]
    assert isinstance(picture.image, Picture)  # noqa: S101  what is altered can be read
    if alteration is Alteration.SMALLER:
        size = f"{picture.image.width:,} × {picture.image.height:,} pixels and {picture.image.bytes:,} bytes"
        message = f"it has {size}; {', '.join(_copy(picture, spec) for spec in specs)}."
    elif {spec.name for spec in specs} != picture.platforms:
        message = f"on {' and '.join(spec.title for spec in specs)} {message}"
    scope = picture.scope if len(specs) > 1 else replace(picture.scope, platform=specs[0].name)
    return warning(rule, picture.name.location, f"“{picture.name}”: {message}", hint, scope)


def _copy(picture: PlannedPicture, spec: PlatformSpec) -> str:
    """Return the limit of a platform that a picture is over, and what is sent in its place, in words."""
    image, fit, limits = picture.image, picture.judgement.fits[spec.pictures], spec.pictures
    assert isinstance(image, Picture) and isinstance(fit, Fit)  # noqa: S101  what is altered can be read
    limit = f"{limits.max_bytes:,} bytes" if image.bytes > limits.max_bytes else f"{limits.max_side:,} pixels a side"
    copy = "a smaller copy" if Alteration.SMALLER in fit.alterations else "a jpg with less detail"
    return f"{spec.title} takes {limit} and gets {copy}"


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
