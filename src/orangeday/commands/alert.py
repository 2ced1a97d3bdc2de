from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from orangeday.approvals import store as approvals
from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.engine.alerts import Alerts, alert_topics, send, silence_topic
from orangeday.engine.status import statuses
from orangeday.engine.years import plan_to_review
from orangeday.errors import OrangedayError
from orangeday.views import console


def alert(
    ctx: typer.Context,
    test: Annotated[bool, typer.Option("--test", help="Send a message that says that this is a test.")] = False,
) -> int:
    """Send a message when a post needs attention: for cron.

    The config says whom, under “alerts”. `publish` and `schedule` tell it by themselves; this one notices, too, when
    neither has looked for ten minutes at what is due. Each cause is told once. Exit status 1 if something needs a
    person, or no message went out.
    """
    from orangeday.ledger.connection import exists

    plan = files(ctx, example=False).plan
    plan.config.require_usable()
    if not plan.config.alerts:
        raise OrangedayError(f"{plan.config.file} doesn't say where alerts go. Add: [alerts], url = “…”.")
    if test:
        failure = send(plan, "orangeday: a test", f"Alerts of {plan.campaign_id} reach you. Nothing is wrong.")
        console.info(failure or "It went out: look whether it has come.", "red" if failure else "green")
        return 1 if failure else 0
    if not exists(plan.config.ledger_url):
        console.info("There is no record of posts yet: nothing was ever sent for real from here.", "dim")
        return 0
    now = system_clock()
    with closing(live_ledger(plan)) as ledger:
        plan = plan_to_review(plan, ledger, now)
        saved_approvals = approvals.load(plan.campaign.folder) if plan.config.require_approval else None
        due_deliveries = [delivery for delivery in plan if delivery.due <= now]
        topics = alert_topics(statuses(plan, ledger, now, due_deliveries, saved_approvals), now)
        if silence_alert := silence_topic(plan, ledger.last_sweep(plan.campaign_id), now):
            topics.append(silence_alert)
        failures: list[str] = []
        with closing(Alerts(ledger, system_clock, failures.append)) as alerts:
            alerts.notify(plan, topics)
    for topic in topics:
        console.info(f"{topic.summary}: {topic.explanation or topic.reason}", "red")
    for failure in failures:
        console.info(failure, "red")
    if not topics:
        console.info("Nothing needs attention.", "green")
    return 1 if topics or failures else 0
