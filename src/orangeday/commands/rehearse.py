from __future__ import annotations

import time

import typer

from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import is_recorded
from orangeday.commands.options import Embassies, Json
from orangeday.commands.runs import dry_run_summary, with_approvals
from orangeday.content.plan import Progress
from orangeday.content.pricing import charges
from orangeday.engine.status import DeliveryStatus
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
    plan.config.require_usable()
    stdout, began, now = console.documents(), time.monotonic(), system_clock()

    def on_sweep(results: list[DeliveryStatus]) -> None:
        for status in [] if json else with_approvals(plan, results):
            line = status_view.line(status, status.delivery.due)
            stdout.print(line.append("  over", "dim") if status.delivery.deadline <= now else line, soft_wrap=True)

    results = play(plan, on_sweep)
    has_passed = all(status.state is State.PUBLISHED for status in results)
    results = with_approvals(plan, results)
    if json:
        console.document(json_documents.statuses_json(plan.ends or plan.begins, results))
    else:
        stdout.print(status_view.by_day(plan, results))
        stdout.print(status_view.counts(results))
        summary = dry_run_summary(plan, plan.progress(now).to_come, "to come")
        console.info(f"Rehearsed in {time.monotonic() - began:.1f} s. {summary}", "dim")
        _say_next_step(plan.progress(now))
    return 0 if has_passed else 1


def _say_next_step(progress: Progress) -> None:
    """Say what of it is over by now, what X will charge for the rest, and what comes next."""
    plan = progress.plan
    if how_far := progress.in_words(has_ledger=is_recorded(plan)):
        console.info(how_far)
    if price := sentences.charges_summary(charges(progress.to_come, plan.config.prices)):
        console.info(price)
    if progress.is_over:
        console.info("Next: orangeday report", "dim")
    elif progress.to_come:
        account = progress.to_come[0].account
        console.info(f"Next, to send for real: orangeday login {account.embassy} {account.platform}", "dim")
