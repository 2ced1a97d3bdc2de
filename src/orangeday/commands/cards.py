from __future__ import annotations

from typing import Annotated

import typer

from orangeday.clock import DAYS
from orangeday.commands.files import files
from orangeday.commands.selection import must_exist
from orangeday.content import cards as drawing
from orangeday.content import images as pictures
from orangeday.content.images import Flaw, Picture
from orangeday.content.problems import UnreadableFiles, errors
from orangeday.errors import OrangedayError
from orangeday.system import machine
from orangeday.views import console, sentences


def cards(
    ctx: typer.Context,
    day: Annotated[
        list[str] | None, typer.Argument(help="Days to draw for, 1 to 16 (default: all).", metavar="DAY")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Only this language; may be repeated.", metavar="CODE")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Draw cards that are up to date again, too.")] = False,
) -> int:
    """Draw each post's orange card: its headline, large, beside its words.

    A text gets a card by three lines at its end: [card], headline = "…" and alt = "…", which says the headline too. The
    picture lies beside it, under the same name: en.png by en.toml.

    What all cards say besides stands in campaign.toml, below [cards]. A picture of your own under that name is left as
    it is.

    For example: orangeday cards 9 --language en
    """
    plan = files(ctx, example=False).plan
    campaign = plan.campaign
    if problems := [p for p in errors(campaign.problems) if p.location.file == campaign.folder / "campaign.toml"]:
        # Without what all cards say each would be out of date, and drawn without its title.
        raise UnreadableFiles("What all cards say can't be read as it is, so none was drawn.", problems)
    must_exist("day", day or (), [str(number) for number in DAYS])
    must_exist("language", language or (), campaign.languages)
    targets = [
        (campaign_day, translation)
        for campaign_day in campaign.days.values()
        for translation in (
            *campaign_day.translations.values(),
            *filter(None, campaign_day.embassy_translations.values()),
        )
        if (not day or str(campaign_day.number) in day) and (not language or translation.language in language)
    ]
    drawn_count, kept_count, own_count, failure_count = 0, 0, 0, 0
    for campaign_day, translation in console.progress("Drawing", targets):
        card = drawing.card(campaign, campaign_day, translation)
        if card is None:
            continue
        picture = pictures.inspect(translation.card)
        if isinstance(picture, Picture) and not picture.stamp:
            own_count += 1
        elif isinstance(picture, Picture) and picture.stamp == card.stamp and not again:
            kept_count += 1
        elif isinstance(picture, Flaw) and picture.rule != "picture-missing":
            # Whatever it is, it is no card of ours: they are written whole.
            console.info(f"{translation.card} was left as it is: {picture.message} Correct it, or delete it.", "red")
            failure_count += 1
        else:
            try:
                machine.write(translation.card, drawing.draw(card, campaign.folder), mode=0o644)
            except OrangedayError as failure:
                console.info(f"{translation.file}: {failure}", "red")
                failure_count += 1
            except OSError as failure:
                console.info(f"{translation.card} can't be written: {failure.strerror or failure}.", "red")
                failure_count += 1
            else:
                drawn_count += 1
    error_count = sum(
        problem.scope.day is not None
        and (not day or str(problem.scope.day) in day)
        and (not language or problem.scope.language in (None, *language))
        for problem in errors(campaign.problems)
    )
    if error_count:  # some headline may be among what they hide
        errors_text = "an error" if error_count == 1 else f"{error_count:,} errors"
        console.info(f"The files have {errors_text}: see orangeday check.", "red")
    if not (drawn_count or kept_count or own_count or failure_count or error_count):
        console.info("No text there has a headline: `orangeday cards --help` says how to give it one.")
        return 0
    console.info(sentences.cards_summary(drawn_count, kept_count, own_count))
    if drawn_count:
        console.info("Next: look at them with orangeday preview, then orangeday approve.", "dim")
    return 1 if failure_count or error_count else 0
