from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from typing import Annotated

import typer

from orangeday.commands.files import files
from orangeday.commands.options import DAYS_HELP
from orangeday.commands.selection import days, must_exist
from orangeday.content import images as pictures
from orangeday.content.cards.card import card as card_of
from orangeday.content.cards.drawing import draw
from orangeday.content.campaign import Day
from orangeday.content.encoding import Flaw, Picture
from orangeday.content.plan import Plan
from orangeday.content.problems import UnreadableFiles, errors
from orangeday.content.translations import Translation
from orangeday.errors import OrangedayError
from orangeday.platforms.specs import Shape
from orangeday.system import machine
from orangeday.views import console, sentences


def cards(
    ctx: typer.Context,
    day: Annotated[
        list[str] | None, typer.Argument(help=f"Days to draw for: {DAYS_HELP} (default: all).", metavar="DAY…")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Only this language; may be repeated.", metavar="CODE")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Draw cards that are up to date again, too.")] = False,
) -> int:
    """Draw each post's orange card, with its headline.

    A text gets a card by three lines at its end: [card], headline = "…" and alt = "…", which says the headline too. The
    picture lies beside it, under the same name: en.png by en.toml.

    What all cards say besides stands in campaign.toml, below [cards]. A picture of your own under that name, en.png or
    en.jpg, is left as it is, and posted in place of the card.

    For example: orangeday cards 9 --language en
    """
    plan = files(ctx, example=False).plan
    campaign = plan.campaign
    if problems := [p for p in errors(campaign.problems) if p.location.file == campaign.folder / "campaign.toml"]:
        # Without what all cards say each would be out of date, and drawn without its title.
        raise UnreadableFiles("What all cards say can't be read as it is, so none was drawn.", problems)
    numbers = days(day or (), plan)
    must_exist("language", language or (), campaign.languages)
    targets = [
        (entry, translation)
        for entry in campaign.days.values()
        for translation in (*entry.translations.values(), *filter(None, entry.embassy_translations.values()))
        if (not numbers or entry.number in numbers) and (not language or translation.language in language)
    ]
    counts = Counter(_draw(plan, *target, again) for target in console.progress("Drawing", targets))
    scopes = [problem.scope for problem in errors(campaign.problems) if problem.scope.day is not None]
    error_count = sum(
        (not numbers or scope.day in numbers) and (not language or scope.language in (None, *language))
        for scope in scopes
    )
    if error_count:  # some headline may be among what they hide
        errors_text = "an error" if error_count == 1 else f"{error_count:,} errors"
        console.info(f"The files have {errors_text}: see orangeday check.", "red")
    del counts[_Outcome.NO_CARD]
    if not (counts or error_count):
        console.info("No text there has a headline: `orangeday cards --help` says how to give it one.")
        return 0
    console.info(sentences.cards_summary(counts[_Outcome.DRAWN], counts[_Outcome.KEPT], counts[_Outcome.OWN]))
    if counts[_Outcome.DRAWN]:
        console.info("Next: look at them with orangeday preview, then orangeday approve.", "dim")
    return 1 if counts[_Outcome.FAILED] or error_count else 0


class _Outcome(Enum):
    """The outcome of drawing the card of one text."""

    NO_CARD = auto()  # the text has none
    OWN = auto()  # a picture of the officer's own, which is left
    KEPT = auto()  # it is up to date
    DRAWN = auto()
    FAILED = auto()


def _draw(plan: Plan, day: Day, translation: Translation, again: bool) -> _Outcome:
    """Draw the card of a text where it is needed. Say why where that fails."""
    card = card_of(plan.campaign, plan.config, day, translation, Shape.WIDE)
    file = translation.card_file(Shape.WIDE)
    if card is None:
        return _Outcome.NO_CARD
    if len(translation.picture_names[Shape.WIDE]) > 1:
        # Which of them is meant, only a person knows: one more, or another one, would hide that.
        names = " and ".join(translation.picture_names[Shape.WIDE])
        console.info(f"{translation.file}: {names} lie beside it. Nothing was drawn: delete all but one.", "red")
        return _Outcome.FAILED
    picture = pictures.inspect(file)
    if isinstance(picture, Picture) and not picture.stamp:
        return _Outcome.OWN
    if isinstance(picture, Picture) and picture.stamp == card.stamp and not again:
        return _Outcome.KEPT
    if isinstance(picture, Flaw) and picture.rule != "picture-missing":
        # Whatever it is, it isn't a card of ours: they are written whole.
        console.info(f"{file} was left as it is: {picture.message} Correct it, or delete it.", "red")
        return _Outcome.FAILED
    try:
        machine.write(file, draw(card, plan.campaign.folder), mode=0o644)
    except OrangedayError as failure:
        console.info(f"{translation.file}: {failure}", "red")
        return _Outcome.FAILED
    except OSError as failure:
        console.info(f"{file} can't be written: {failure.strerror or failure}.", "red")
        return _Outcome.FAILED
    return _Outcome.DRAWN
