from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from orangeday import output
from orangeday.charges import charges
from orangeday.commands import Embassies, Json, files, parting_words

if TYPE_CHECKING:
    from orangeday.standing import Standing


def rehearse(
    ctx: typer.Context,
    embassy: Embassies = None,
    json: Json = False,
) -> int:
    """Play the whole campaign in seconds, sending nothing.

    The real engine runs on a virtual clock, from before day 1 until the last window has closed. Each post is shown
    with its local time and UTC. Exit status 1 if one does not end published.
    """
    from orangeday.ledger import State
    from orangeday.rehearsal import rehearse as play

    plan = files(ctx, embassy, example=True).plan
    plan.config.usable()
    console, began = output.documents(), time.monotonic()

    def happened(standings: list[Standing]) -> None:
        for standing in standings:
            if not json:
                console.print(output.line(standing), soft_wrap=True)

    ended = play(plan, happened)
    if json:
        output.document(output.standings_json(plan.ends or plan.begins, ended))
    else:
        console.print(output.by_day(plan, ended))
        console.print(output.counts(ended))
        output.say(f"Rehearsed in {time.monotonic() - began:.1f} s. {parting_words(plan, plan.begins)}", "dim")
        if price := output.charged(charges(plan, plan.config.prices)):
            output.say(price)
        if account := next(plan.accounts, None):
            output.say(f"Next, to send for real: orangeday login {account.embassy} {account.platform}", "dim")
    return 0 if all(standing.state is State.PUBLISHED for standing in ended) else 1
