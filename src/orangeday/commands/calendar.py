from __future__ import annotations

from typing import Annotated

import typer

from orangeday.approvals import compare
from orangeday.approvals import store as approvals
from orangeday.approvals.authority import first_step
from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import is_recorded
from orangeday.views import console, json_documents
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import calendar as calendar_view


def calendar(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> int:
    """Show the sixteen days at a glance.

    ✓ there is a text in that language · ✗ an embassy posts in it, and there is none, or it can't be read · ○ once
    anything is approved: this isn't, or has changed since.
    """
    plan = files(ctx, example=True).plan
    saved_approvals = approvals.load(plan.campaign.folder)
    unapproved_texts = None
    changes = compare.changes(plan, saved_approvals) if saved_approvals.exists else []
    if saved_approvals.exists:
        subjects = (change.subject for change in changes)
        unapproved_texts = {(number, language) for number, language, _ in subjects if number and language}
    if json:
        console.document(json_documents.calendar_json(plan, unapproved_texts))
    else:
        stdout = console.documents()
        calendar_view.calendar(
            stdout, plan, system_clock(), unapproved_texts or frozenset(), has_ledger=is_recorded(plan)
        )
        if changes and plan.config.require_approval:
            summary = approval_view.approval(
                saved_approvals, compare.count(changes, plan), changes, first_step(plan.config)
            )
            stdout.print(summary, soft_wrap=not stdout.is_terminal)
    return 0
