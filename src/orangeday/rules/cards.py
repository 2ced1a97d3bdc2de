"""The rule about what is to be drawn on a card: it has to fit there, in letters that some font has."""

from __future__ import annotations

from collections.abc import Iterator

from orangeday.content.cards.card import UnusableLogo, logo_of
from orangeday.content.encoding import Flaw, Picture
from orangeday.content.problems import NO_DELIVERY, Location, Problem, error
from orangeday.rules.context import RuleContext
from orangeday.rules.planned_pictures import planned_pictures


def undrawable_card(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each card that is still to be drawn, and can't be: its headline is too long, for instance.

    One that is drawn as it should be fits, and a picture of the officer's own needs no drawing.
    """
    folder = context.plan.campaign.folder
    known_flaws: set[tuple[Location, str]] = set()
    for picture in planned_pictures(context):
        card, image, translation = picture.card, picture.image, picture.translation
        is_missing = isinstance(image, Flaw) and image.rule == "picture-missing"
        is_outdated = isinstance(image, Picture) and card is not None and _is_outdated(image.stamp, card.stamp)
        if card is None or translation is None or translation.headline is None or not (is_missing or is_outdated):
            continue
        from orangeday.content.cards.drawing import find_flaw  # Pillow is loaded only where something is to be drawn

        flaw, location, scope = find_flaw(card, folder), translation.headline.location, picture.scope
        message = f"its card can't be drawn: {flaw.message}" if flaw else ""
        logo = logo_of(context.plan.campaign, context.plan.config, translation)
        if isinstance(flaw, UnusableLogo) and logo:  # said once, where it is named: what is drawn already is there
            location, scope, message = logo.location, NO_DELIVERY, flaw.message
        if flaw is not None and (location, str(flaw)) not in known_flaws:
            known_flaws.add((location, str(flaw)))
            yield error("card-undrawable", location, message, flaw.hint, scope)


def _is_outdated(stamp: str, card_stamp: str) -> bool:
    """Return whether a card was drawn in the way of now, and from other words: one from before stays as it is."""
    return stamp != card_stamp and stamp.rpartition(":")[0] == card_stamp.rpartition(":")[0]
