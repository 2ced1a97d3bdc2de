from __future__ import annotations

from typing import Annotated

import typer

from orangeday.approvals import store as approvals
from orangeday.clock import system_clock
from orangeday.commands.context import files, is_recorded
from orangeday.views import console as output


def calendar(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON document instead.")] = False,
) -> int:
    """Show the sixteen days at a glance: date, title, languages.

    ✓ there is a text in that language · ✗ an embassy posts in it, and there is none, or it can't be read · ○ once
    anything is approved: this isn't, or has changed since. A window of less than 80 columns gets a list.
    """
    plan = files(ctx, example=True).plan
    stored = approvals.load(plan.campaign.folder)
    unapproved = None
    found = approvals.changes(plan, stored) if stored.exists else []
    if stored.exists:
        subjects = (change.subject for change in found)
        unapproved = {(number, language) for number, language, _ in subjects if number and language}
    if json:
        output.document(output.calendar_json(plan, unapproved))
    else:
        console = output.documents()
        output.calendar(console, plan, system_clock(), unapproved or frozenset(), recorded=is_recorded(plan))
        if found and plan.config.require_approval:
            said = output.approval(stored, approvals.count(found, plan), found)
            console.print(said, soft_wrap=not console.is_terminal)
    return 0
