from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from orangeday.approvals import compare
from orangeday.approvals import store as approvals
from orangeday.clock import system_clock, utc
from orangeday.commands.files import files
from orangeday.commands.ledgers import ledger_to_read
from orangeday.commands.options import Json, ToReview
from orangeday.commands.selection import plan_to_review
from orangeday.content.plan import Plan
from orangeday.engine.status import look, taken_down_here
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import status as status_view


def status(
    ctx: typer.Context,
    log: Annotated[
        bool, typer.Option("--log", help="Everything that ever happened instead: when, what, and by whose hand.")
    ] = False,
    wrong: Annotated[
        bool, typer.Option("--wrong", help="List only what needs attention; the sums are of all.")
    ] = False,
    campaign: ToReview = None,
    json: Json = False,
) -> int:
    """Show the state of every post: waiting, published, missed.

    It reads the live record of posts; dry runs leave nothing there. The campaign is the one that is running or begins
    within 30 days; otherwise the last one. Exit status 1 if something needs attention.
    """
    from orangeday.ledger.connection import exists

    plan = files(ctx, example=False).plan
    plan.config.usable()
    now = system_clock()
    if log:
        return _log(plan, json)
    stored = approvals.load(plan.campaign.folder)
    with ledger_to_read(plan) as ledger:
        plan = plan_to_review(plan, ledger, campaign)
        # Whatever the config's mode: who runs with --live is held as well.
        needed = plan.config.require_approval and exists(plan.config.ledger_url)
        stored = replace(stored, here=taken_down_here(plan, ledger, stored))
        standings = look(plan, ledger, now, plan, stored if needed else None)
        pauses = ledger.pauses()
        lost = [row for row in ledger.in_doubt(plan.campaign_id).values() if not plan.find(row.key)]
    if json:
        console.document(json_documents.standings_json(now, standings))
    else:
        stdout = console.documents()
        for standing in standings:
            if wrong and not standing.needs_person:
                continue
            stdout.print(status_view.line(standing), soft_wrap=True)
        stdout.print(console.in_a_line(sentences.when(plan)))
        stdout.print(status_view.by_day(plan, standings))
        stdout.print(status_view.counts(standings).append(f" at {utc(now, dated=True)}"))
        if plan.config.require_approval and not plan.is_over(now):
            deliveries = [standing.delivery for standing in standings]
            found = compare.changes(plan, stored, deliveries)
            stdout.print(approval_view.approval(stored, compare.count(found, deliveries), found))
        for row in lost:
            console.say(
                f"{row.key} is {row.state}, and the plan no longer has it: see `orangeday settle --help`.", "red"
            )
        for pause in pauses:
            console.say(sentences.paused(pause), "red")
        if not exists(plan.config.ledger_url):
            console.say("There is no record of posts yet: nothing was ever sent for real from here.", "dim")
    return 1 if lost or any(standing.needs_person for standing in standings) else 0


def _log(plan: Plan, json: bool) -> int:
    """Print the ledger's log, the oldest line first, and return the exit status."""
    with ledger_to_read(plan) as ledger:
        events = ledger.events()
    if json:
        console.document(json_documents.events_json(events))
    else:
        stdout = console.documents()
        for event in events:
            stdout.print(status_view.event(event), soft_wrap=True)
    return 0
