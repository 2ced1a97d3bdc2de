from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import Enum, auto
from typing import Annotated

import typer

from orangeday.commands.files import files
from orangeday.commands.options import DAYS_HELP
from orangeday.commands.selection import days, must_exist
from orangeday.content import images as pictures
from orangeday.content.campaign import Day
from orangeday.content.cards.card import card as card_of
from orangeday.content.cards.drawing import draw
from orangeday.content.encoding import Flaw, Picture
from orangeday.content.plan import Plan
from orangeday.content.problems import UnreadableFiles, errors
from orangeday.content.translations import Translation, with_own_card
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
    embassy: Annotated[
        list[str] | None,
        typer.Option(help="Cards of this embassy's own, with its name on them; may be repeated.", metavar="EMBASSY"),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Draw cards that are up to date again, too.")] = False,
) -> int:
    """Draw each post's orange card, with its headline.

    A text gets a card by three lines at its end: [card], headline = "…" and alt = "…", which says the headline too. The
    pictures lie beside it, under the same name: en.png by en.toml, and en.4x5.png for platforms that show it in 4:5.

    Who speaks stands at the top: the embassy, or with several in the config “from” in campaign.toml, below [cards].
    With --embassy the embassy gets cards of its own, en.nairobi.png, and posts these.

    A picture of your own under that name, en.png or en.jpg, is left as it is, and posted in place of the card.

    For example: orangeday cards 9 --language en
    """
    plan = files(ctx, example=False).plan
    campaign = plan.campaign
    if problems := [p for p in errors(campaign.problems) if p.location.file == campaign.folder / "campaign.toml"]:
        # Without what all cards say each would be out of date, and drawn without its title.
        raise UnreadableFiles("What all cards say can't be read as it is, so none was drawn.", problems)
    numbers = days(day or (), plan)
    must_exist("language", language or (), campaign.languages)
    must_exist("embassy", embassy or (), list(plan.config.embassies))
    targets = [
        (entry, translation)
        for entry in campaign.days.values()
        for translation in (_own_texts(plan, entry, embassy) if embassy else _texts(entry))
        if (not numbers or entry.number in numbers) and (not language or translation.language in language)
    ]
    shapes = _shapes(plan)
    counts = Counter(
        outcome
        for target in console.progress("Drawing", targets)
        for outcome in _draw_shapes(plan, *target, shapes, again)
    )
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


def _shapes(plan: Plan) -> list[Shape]:
    """Return the shapes of cards that are posted somewhere."""
    platforms = {account.platform for embassy in plan.config.embassies.values() for account in embassy.accounts}
    used = {settings.shape for name, settings in plan.config.platforms.items() if name in platforms or not platforms}
    return [shape for shape in Shape if shape in used]


def _texts(day: Day) -> list[Translation]:
    return [*day.translations.values(), *filter(None, day.embassy_translations.values())]


def _own_texts(plan: Plan, day: Day, embassies: list[str]) -> Iterator[Translation]:
    """Yield the texts that embassies post, each with a card of the embassy's own, whether it is there yet or not."""
    for embassy in embassies:
        for language in plan.config.embassies[embassy].languages:
            translation = day.translation(language, embassy)
            if translation is None or translation.embassy is not None or translation.headline is None:
                yield from filter(None, [translation])
            else:
                yield with_own_card(translation, embassy, dict.fromkeys(Shape, ()))


def _draw_shapes(plan: Plan, day: Day, translation: Translation, shapes: list[Shape], again: bool) -> list[_Outcome]:
    """Draw the card of a text in each shape. A picture of the officer's own stands for all of them."""
    if translation.headline is None:
        return [_Outcome.NO_CARD]
    candidates = (pictures.inspect(translation.card_file(shape)) for shape in Shape if translation.picture_names[shape])
    if any(isinstance(picture, Picture) and not picture.stamp for picture in candidates):
        is_ambiguous = any(len(names) > 1 for names in translation.picture_names.values())
        if not is_ambiguous:
            return [_Outcome.OWN]
    return [_draw(plan, day, translation, shape, again) for shape in shapes]


def _draw(plan: Plan, day: Day, translation: Translation, shape: Shape, again: bool) -> _Outcome:
    """Draw the card of a text in a shape where it is needed. Say why where that fails."""
    card = card_of(plan.campaign, plan.config, day, translation, shape)
    file = translation.card_file(shape)
    if card is None:
        return _Outcome.NO_CARD
    if len(translation.picture_names[shape]) > 1:
        # Which of them is meant, only a person knows: one more, or another one, would hide that.
        names = " and ".join(translation.picture_names[shape])
        console.info(f"{translation.file}: {names} lie beside it. Nothing was drawn: delete all but one.", "red")
        return _Outcome.FAILED
    picture = pictures.inspect(file)
    if isinstance(picture, Picture) and picture.stamp == card.stamp and not again:
        return _Outcome.KEPT
    if isinstance(picture, Flaw) and picture.rule != "picture-missing":
        # Whatever it is, it isn't a card of ours: they are written whole.
        console.info(f"{file} was left as it is: {picture.message} Correct it, or delete it.", "red")
        return _Outcome.FAILED
    try:
        machine.write(file, draw(card, plan.campaign.folder), mode=0o644)
    except OrangedayError as failure:
        location = translation.headline.location if translation.headline else translation.text.location
        console.info(f"{location}: {failure}", "red")
        return _Outcome.FAILED
    except OSError as failure:
        console.info(f"{file} can't be written: {failure.strerror or failure}.", "red")
        return _Outcome.FAILED
    return _Outcome.DRAWN
