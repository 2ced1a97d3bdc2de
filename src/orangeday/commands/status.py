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
from orangeday.engine.status import statuses, withdrawals_by_text
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
    """Show what needs attention, what is next, what went out.

    It reads the live record of posts; dry runs leave nothing there. The campaign is the one that is running or begins
    within 30 days; otherwise the last one. Exit status 1 if something needs attention.
    """
    from orangeday.ledger.connection import exists

    plan = files(ctx, example=False).plan
    plan.config.require_usable()
    now = system_clock()
    if log:
        return _log(plan, json)
    saved_approvals = approvals.load(plan.campaign.folder)
    with ledger_to_read(plan) as ledger:
        plan = plan_to_review(plan, ledger, campaign)
        # Whatever the config's mode: who runs with --live is held as well.
        needs_approval = plan.config.require_approval and exists(plan.config.ledger_url)
        saved_approvals = replace(saved_approvals, local_withdrawals=withdrawals_by_text(plan, ledger, saved_approvals))
        delivery_statuses = statuses(plan, ledger, now, plan, saved_approvals if needs_approval else None)
        pauses = ledger.pauses()
        lost_rows = [row for row in ledger.rows_in_doubt(plan.campaign_id).values() if not plan.find(row.key)]
    if json:
        console.document(json_documents.statuses_json(now, delivery_statuses))
    else:
        stdout = console.documents()
        for delivery_status in delivery_statuses:
            if wrong and not delivery_status.needs_person:
                continue
            stdout.print(status_view.line(delivery_status), soft_wrap=True)
        stdout.print(console.single_line(sentences.campaign_dates(plan)))
        stdout.print(status_view.by_day(plan, delivery_statuses))
        stdout.print(status_view.counts(delivery_statuses).append(f" at {utc(now, with_year=True)}"))
        if plan.config.require_approval and not plan.is_over(now):
            deliveries = [delivery_status.delivery for delivery_status in delivery_statuses]
            changes = compare.changes(plan, saved_approvals, deliveries)
            stdout.print(approval_view.approval(saved_approvals, compare.count(changes, deliveries), changes))
        for row in lost_rows:
            console.info(
                f"{row.key} is {row.state}, and the plan no longer has it: see `orangeday settle --help`.", "red"
            )
        for pause in pauses:
            console.info(sentences.pause_notice(pause), "red")
        if not exists(plan.config.ledger_url):
            console.info("There is no record of posts yet: nothing was ever sent for real from here.", "dim")
    return 1 if lost_rows or any(delivery_status.needs_person for delivery_status in delivery_statuses) else 0


def _log(plan: Plan, json: bool) -> int:
    """Print the ledger's log, the oldest line first, and return the exit status."""
    with ledger_to_read(plan) as ledger:
        events = ledger.events()
    if json:
        console.document(json_documents.events_json(events))
    else:
        stdout = console.documents()
        for event in events:
            stdout.print(status_view.event_line(event), soft_wrap=True)
    return 0
