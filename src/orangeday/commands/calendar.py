from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from orangeday.approvals import compare
from orangeday.approvals import store as approvals
from orangeday.approvals.authority import first_step
from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import is_recorded, ledger_to_read
from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.views import console, json_documents
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import calendar as calendar_view
from orangeday.views.terminal import status as status_view

if TYPE_CHECKING:
    from orangeday.engine.status import DeliveryStatus

_AHEAD_OR_PAST = (State.SCHEDULED, State.UNAPPROVED, State.PAST)
"""The states of what nobody has tried to send: the calendar says in other words what is to come, and what is over."""


def calendar(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> int:
    """Show the sixteen days at a glance.

    Each language that is posted, with its hour on the embassy's own clock, and what of it went out.

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
        now = system_clock()
        calendar_view.calendar(
            stdout, plan, now, unapproved_texts or frozenset(),
            has_ledger=is_recorded(plan), outcomes=_outcomes(plan, now),
        )  # fmt: skip
        if changes and plan.config.require_approval:
            summary = approval_view.approval(
                saved_approvals, compare.count(changes, plan), changes, first_step(plan.config)
            )
            stdout.print(summary, soft_wrap=not stdout.is_terminal)
    return 0


def _outcomes(plan: Plan, now: datetime) -> dict[int, Text]:
    """Return by day how many posts went out, or didn't as they should have, where the record of posts can be read."""
    from orangeday.engine.status import statuses

    statuses_by_day: dict[int, list[DeliveryStatus]] = {}
    if is_recorded(plan):
        with suppress(OrangedayError), ledger_to_read(plan) as ledger:
            for status in statuses(plan, ledger, now, plan):
                if status.state not in _AHEAD_OR_PAST:
                    statuses_by_day.setdefault(status.delivery.number, []).append(status)
    return {number: status_view.counts(day_statuses) for number, day_statuses in statuses_by_day.items()}
