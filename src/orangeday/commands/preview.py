from __future__ import annotations

from typing import Annotated

import typer

from orangeday import output
from orangeday.clock import DAYS
from orangeday.commands import files, known
from orangeday.text import PLATFORMS


def preview(
    ctx: typer.Context,
    day: Annotated[
        list[str] | None, typer.Argument(help="Days to show, 1 to 16; all, unless given.", metavar="DAY")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Only this language; may be repeated.", metavar="CODE")
    ] = None,
    embassy: Annotated[
        list[str] | None, typer.Option(help="Only this embassy; may be repeated.", metavar="NAME")
    ] = None,
    platform: Annotated[
        list[str] | None, typer.Option(help="Only this platform: x or bluesky.", metavar="NAME")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document instead.")] = False,
) -> int:
    """Show each post as it will read, with its count.

    Every embassy's own names are filled in. What the platform makes a link, a hashtag or a mention is underlined.
    Unless you name an embassy, one stands for all that post in a language.

    For example: orangeday preview 5 --language fr
    """
    plan = files(ctx, embassy, example=True).plan
    languages = [*dict.fromkeys(tag for e in plan.config.embassies.values() for tag in e.languages)]
    known("day", day or (), [str(number) for number in DAYS])
    known("platform", platform or (), list(PLATFORMS))
    known("language", language or (), languages)
    chosen = [
        delivery
        for delivery in plan
        if (not day or str(delivery.number) in day)
        and (not language or delivery.language in language)
        and (not platform or delivery.platform in platform)
    ]
    if json:
        output.document(output.previews_json(chosen))
    else:
        output.previews(output.documents(), chosen, every=bool(embassy))
        if not chosen:
            output.say("Nothing is posted there: the config skips it, or no embassy has an account there.")
    return 0
