from __future__ import annotations

import time

import typer

from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import is_recorded
from orangeday.commands.options import Embassies, Json
from orangeday.commands.runs import parting_words
from orangeday.content.plan import Progress
from orangeday.content.pricing import charges
from orangeday.engine.status import Standing
from orangeday.ledger.states import State
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import status as status_view


def rehearse(
    ctx: typer.Context,
    embassy: Embassies = None,
    json: Json = False,
) -> int:
    """Rehearse the whole campaign in seconds. Nothing is sent.

    The real engine runs on a virtual clock, from before day 1 until the last post's time has passed. Each post is shown
    with its local time and UTC. At the end it says what of the campaign is over by now, and what X will charge for the
    rest. Exit status 1 if a post does not end published.
    """
    from orangeday.engine.rehearsal import rehearse as play

    plan = files(ctx, embassy, example=True).plan
    plan.config.usable()
    stdout, began = console.documents(), time.monotonic()

    def happened(standings: list[Standing]) -> None:
        for standing in standings:
            if not json:
                stdout.print(status_view.line(standing), soft_wrap=True)

    ended = play(plan, happened)
    if json:
        console.document(json_documents.standings_json(plan.ends or plan.begins, ended))
    else:
        stdout.print(status_view.by_day(plan, ended))
        stdout.print(status_view.counts(ended))
        now = system_clock()
        console.say(f"Rehearsed in {time.monotonic() - began:.1f} s. {parting_words(plan, now)}", "dim")
        _what_now(plan.progress(now))
    return 0 if all(standing.state is State.PUBLISHED for standing in ended) else 1


def _what_now(progress: Progress) -> None:
    """Say what of it is over by now, what X will charge for the rest, and what comes next."""
    plan = progress.plan
    if how_far := progress.in_words(recorded=is_recorded(plan)):
        console.say(how_far)
    if price := sentences.charged(charges(progress.to_come, plan.config.prices)):
        console.say(price)
    if progress.is_over:
        console.say("Next: orangeday report", "dim")
    elif progress.to_come:
        account = progress.to_come[0].account
        console.say(f"Next, to send for real: orangeday login {account.embassy} {account.platform}", "dim")
