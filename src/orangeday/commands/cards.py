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
    if wrong := [p for p in errors(campaign.problems) if p.where.file == campaign.folder / "campaign.toml"]:
        # Without what all cards say each would be out of date, and drawn without its title.
        raise UnreadableFiles("What all cards say can't be read as it is, so none was drawn.", wrong)
    must_exist("day", day or (), [str(number) for number in DAYS])
    must_exist("language", language or (), campaign.languages)
    wanted = [
        (of, translation)
        for of in campaign.days.values()
        for translation in (*of.translations.values(), *filter(None, of.own.values()))
        if (not day or str(of.number) in day) and (not language or translation.language in language)
    ]
    drawn, kept, own, failed = 0, 0, 0, 0
    for of, translation in console.progress("Drawing", wanted):
        card = drawing.card(campaign, of, translation)
        if card is None:
            continue
        there = pictures.inspect(translation.card)
        if isinstance(there, Picture) and not there.stamp:
            own += 1
        elif isinstance(there, Picture) and there.stamp == card.stamp and not again:
            kept += 1
        elif isinstance(there, Flaw) and there.rule != "picture-missing":
            # Whatever it is, it is no card of ours: they are written whole.
            console.say(f"{translation.card} was left as it is: {there.message} Correct it, or delete it.", "red")
            failed += 1
        else:
            try:
                machine.write(translation.card, drawing.draw(card, campaign.folder), mode=0o644)
            except OrangedayError as failure:
                console.say(f"{translation.file}: {failure}", "red")
                failed += 1
            except OSError as failure:
                console.say(f"{translation.card} can't be written: {failure.strerror or failure}.", "red")
                failed += 1
            else:
                drawn += 1
    unread = sum(
        problem.concern.day is not None
        and (not day or str(problem.concern.day) in day)
        and (not language or problem.concern.language in (None, *language))
        for problem in errors(campaign.problems)
    )
    if unread:  # some headline may be among what they hide
        many = "an error" if unread == 1 else f"{unread:,} errors"
        console.say(f"The files have {many}: see orangeday check.", "red")
    if not (drawn or kept or own or failed or unread):
        console.say("No text there has a headline: `orangeday cards --help` says how to give it one.")
        return 0
    console.say(sentences.cards_drawn(drawn, kept, own))
    if drawn:
        console.say("Next: look at them with orangeday preview, then orangeday approve.", "dim")
    return 1 if failed or unread else 0
