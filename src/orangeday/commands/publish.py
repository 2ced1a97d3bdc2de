from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

import typer

from orangeday.clock import system_clock, time_in_words
from orangeday.commands.connector import connector, credentials_of
from orangeday.commands.files import files
from orangeday.commands.ledgers import ledger_to_send
from orangeday.commands.options import Embassies, Json, SendForReal, SendNothing, ToSend
from orangeday.commands.runs import (
    dry_run_summary,
    finish_last_campaign,
    is_live,
    nothing_to_send,
    price_of,
    with_approvals,
)
from orangeday.content.plan import Plan
from orangeday.engine.alerts import Alerts, alert_topics, silence_topic
from orangeday.engine.publisher import Publisher
from orangeday.engine.reminders import Reminders
from orangeday.engine.years import Idle
from orangeday.ledger.records import Pause
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import status as status_view


def publish(
    ctx: typer.Context,
    dry_run: SendNothing = False,
    live: SendForReal = False,
    embassy: Embassies = None,
    campaign: ToSend = None,
    json: Json = False,
) -> int:
    """Post what is due now, once: for cron.

    What is recorded as published is never posted again, however often this runs and however many run at once.
    After the last day a live run says that the campaign is over; it begins the next one only where the config's
    `start` or --campaign names it.

    Exit status 1 if a person is needed: something was refused, missed or held, or may or may not be live; or this run
    has paused everything, since the record of posts here is new, or was last used elsewhere.
    """
    sources = files(ctx, embassy, example=False, campaign=campaign)
    plan = sources.plan
    plan.config.require_usable()
    for_real = is_live(plan, dry_run, live)
    if idle := nothing_to_send(plan, for_real, campaign):
        return _report_idle(plan, idle, for_real, json)
    connect = connector(plan, for_real, system_clock)
    sources.begin(live=for_real, is_mode_given=dry_run or live)
    now = system_clock()
    with (
        ledger_to_send(plan, for_real) as ledger,
        closing(
            Publisher(
                plan,
                ledger,
                connect,
                system_clock,
                reload=sources.newest_plan,
                credentials=credentials_of(for_real),
                live=for_real,
            )
        ) as publisher,
        closing(Alerts(ledger, system_clock, lambda error: console.info(error, "red"))) as alerts,
        closing(Reminders(ledger, system_clock, lambda error: console.info(error, "red"))) as reminders,
    ):
        if for_real and (price := price_of(plan, ledger, now, plan.open_at(now))):
            console.info(price)
        silence_alert = silence_topic(plan, ledger, ledger.last_sweep(plan.campaign_id), now) if for_real else None
        results = publisher.publish_due(now)
        if for_real:
            alerts.notify(plan, [*([silence_alert] if silence_alert else []), *alert_topics(results, now)])
            reminders.look(plan)
        pauses, has_paused_itself = ledger.pauses(), ledger.has_paused_itself
    if not for_real:
        results = with_approvals(plan, results)
    if json:
        console.document(json_documents.statuses_json(now, results))
    else:
        stdout = console.documents()
        for status in results:
            stdout.print(status_view.line(status, now), soft_wrap=True)
        ending = console.single_line(f" at {plan.clock_text(now)}. {_next(plan, now, pauses)}")
        stdout.print(status_view.counts(results).append_text(ending), soft_wrap=True)
    error = sentences.file_errors(plan.problems)
    if error:
        console.info(error, "red")
    for pause in pauses:
        console.info(sentences.pause_notice(pause, plan), "red")
    if not for_real:
        console.info(dry_run_summary(plan, [*plan.open_at(now)], "due now"), "dim")
    return 1 if error or has_paused_itself or any(status.needs_person for status in results) else 0


def _next(plan: Plan, now: datetime, pauses: Sequence[Pause]) -> str:
    """Return the sentence about what is due next."""
    upcoming = plan.next_after(now)
    if upcoming is None:
        return "Nothing more is planned."
    if sentences.is_all_paused(pauses):
        return sentences.PAUSED_LABEL
    return f"Next: {time_in_words(upcoming.local(upcoming.due))}: {upcoming.in_words}."


def _report_idle(plan: Plan, idle: Idle, for_real: bool, json: bool) -> int:
    """Say why a run sends nothing at all, and how what it still looked after stands; return the exit status."""
    results = finish_last_campaign(plan, idle, for_real)
    now = system_clock()
    if json:
        console.document(json_documents.statuses_json(now, results))
    else:
        stdout = console.documents()
        for status in results:
            stdout.print(status_view.line(status, now), soft_wrap=True)
    console.info(idle.reason, "red" if idle.needs_person else "bold")
    return 1 if idle.needs_person or any(status.needs_person for status in results) else 0
