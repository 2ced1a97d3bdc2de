from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.text import Text

from orangeday.approvals import compare
from orangeday.approvals import store as approvals
from orangeday.approvals.authority import first_step
from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import last_look, ledger_to_read
from orangeday.commands.options import Days, Embassies, Json, Languages, Platforms, ToReview
from orangeday.commands.selection import choice_filter, plan_to_review
from orangeday.content.plan import Plan
from orangeday.engine.alerts import SILENCE, silence_topic
from orangeday.engine.status import DeliveryStatus, mark_unapproved, statuses, withdrawals_by_text
from orangeday.text.phrases import relative
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import status as status_view
from orangeday.views.terminal.text_rows import shows_year, text_rows, text_table


def status(
    ctx: typer.Context,
    log: Annotated[
        bool, typer.Option("--log", help="Everything that ever happened instead: when, what, and by whose hand.")
    ] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="Show only what needs attention.")] = False,
    is_complete: Annotated[bool, typer.Option("--all", help="List every post, and the sixteen days.")] = False,
    day: Days = None,
    embassy: Embassies = None,
    language: Languages = None,
    platform: Platforms = None,
    campaign: ToReview = None,
    json: Json = False,
    alive: Annotated[
        bool,
        typer.Option("--alive", help="Only say whether a live run looks for what is due: for a container's probe."),
    ] = False,
) -> int:
    """Show what needs attention, what is next, what went out.

    It reads the live record of posts; dry runs leave nothing there. With --all, or with a day, an embassy, a language
    or a platform, it lists every post there. The campaign is the one that is running or begins within 30 days;
    otherwise the last one. Exit status 1 if something needs attention.

    With --alive it reads the record of posts alone: exit status 0 if a live run has looked for what is due within ten
    minutes, 1 if none has. Posts that need attention don't count: a new start doesn't help them.
    """
    from orangeday.ledger.connection import exists

    if alive:
        return _report_last_look(ctx, json)

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
        found: compare.Found = {}
        delivery_statuses = statuses(plan, ledger, now, plan, saved_approvals if needs_approval else None, found)
        if plan.config.require_approval and not needs_approval:
            delivery_statuses = mark_unapproved(plan, saved_approvals, delivery_statuses, found)
        last_sweep = ledger.last_sweep(plan.campaign_id)
        silence = silence_topic(plan, ledger, last_sweep, now) if exists(plan.config.ledger_url) else None
        pauses = ledger.pauses()
        lost_rows = [row for row in ledger.rows_in_doubt(plan.campaign_id).values() if not plan.find(row.key)]
    is_chosen = choice_filter(plan, day, embassy, language, platform)
    delivery_statuses = [status for status in delivery_statuses if is_chosen(status.delivery)]
    is_part = bool(day or embassy or language or platform)
    if json:
        console.document(json_documents.statuses_json(now, delivery_statuses))
    else:
        _show(plan, delivery_statuses, now, wrong=wrong, is_complete=is_complete, is_part=is_part)
        if silence:
            console.info(f"{silence.reason} Is it running? orangeday schedule --live", "red")
        elif last_sweep and not wrong and not plan.is_over(now):
            console.info(f"The last look for what is due: {relative(last_sweep - now)}.", "dim")
        if plan.config.require_approval and not wrong and not plan.is_over(now):
            deliveries = [status.delivery for status in delivery_statuses if now < status.delivery.deadline]
            changes = compare.changes(plan, saved_approvals, deliveries, found)
            text = approval_view.approval(
                saved_approvals, compare.count(changes, deliveries), changes, first_step(plan.config)
            )
            console.documents().print(text)
        for row in lost_rows:
            console.info(
                f"{row.key} is {row.state}, and the plan no longer has it: see `orangeday settle --help`.", "red"
            )
        for pause in pauses:
            console.info(sentences.pause_notice(pause, plan), "red")
        if not exists(plan.config.ledger_url):
            console.info("There is no record of posts yet: nothing was ever sent for real from here.", "dim")
    return 1 if lost_rows or any(delivery_status.needs_person for delivery_status in delivery_statuses) else 0


def _report_last_look(ctx: typer.Context, json: bool) -> int:
    """Print when a live run last looked for what is due, and return the exit status: is one running?"""
    now, moment = system_clock(), last_look(ctx)
    is_alive = moment is not None and now - moment < SILENCE + _MINUTE
    if json:
        console.document({"now": now.isoformat(), "alive": is_alive, "last_look": moment and moment.isoformat()})
    elif moment:
        console.info(f"The last look for what is due: {relative(moment - now)}.", "green" if is_alive else "red")
    else:
        console.info("No live run has ever looked for what is due.", "red")
    return 0 if is_alive else 1


_MINUTE = timedelta(minutes=1)
"""A look is noted to the minute."""


def _show(
    plan: Plan,
    delivery_statuses: Sequence[DeliveryStatus],
    now: datetime,
    *,
    wrong: bool,
    is_complete: bool,
    is_part: bool,
) -> None:
    """Print how these deliveries stand: at a glance, unless all of them or what is wrong is asked for."""
    stdout = console.documents()
    if wrong:
        lines = list(status_view.needing_attention(delivery_statuses, now))
        for line in lines or ["Nothing needs your attention."]:
            stdout.print(line, soft_wrap=True)
        return
    stdout.print(console.single_line(sentences.campaign_dates(plan)))
    if is_complete or is_part:
        stdout.print(text_table(plan, text_rows(delivery_statuses), now, stdout.width))
        parts = [
            *status_view.needing_attention(delivery_statuses, now),
            *status_view.waiting(plan, delivery_statuses, now, stdout.width),
        ]
    else:
        parts = [*status_view.at_a_glance(plan, delivery_statuses, now, stdout.width)]
    for part in parts:
        stdout.print(part, soft_wrap=isinstance(part, Text))
    if is_complete:
        stdout.print(status_view.by_day(plan, delivery_statuses))
    time = plan.clock_text(now, with_year=shows_year(plan))
    stdout.print(status_view.counts(delivery_statuses).append(f" at {time}"))
    if not is_complete and not is_part:
        console.info("All posts: orangeday status --all. Of one day: --day 5. A post's key: 05/nairobi/x/en", "dim")


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
