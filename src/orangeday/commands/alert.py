from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import store as approvals
from orangeday.clock import local, system_clock
from orangeday.commands.alert_setup import set_up, setup_hint
from orangeday.commands.files import config_file, files
from orangeday.commands.ledgers import live_ledger
from orangeday.engine.alerts import Alerts, alert_topics, send, silence_topic
from orangeday.engine.reminders import Reminder, Reminders, records_of, reminders, tomorrows_deliveries
from orangeday.engine.status import statuses
from orangeday.engine.years import plan_to_review
from orangeday.errors import OrangedayError
from orangeday.ledger.records import LedgerSnapshot
from orangeday.views import console

if TYPE_CHECKING:
    from datetime import datetime

    from orangeday.content.plan import Plan


def alert(
    ctx: typer.Context,
    test: Annotated[bool, typer.Option("--test", help="Send a message that says that this is a test.")] = False,
    tomorrow: Annotated[
        bool, typer.Option("--tomorrow", help="Send what goes out tomorrow, and what of it isn't approved yet.")
    ] = False,
    setup: Annotated[bool, typer.Option("--setup", help="Write into config.toml where messages go.")] = False,
    url: Annotated[
        str | None,
        typer.Option("--url", help="With --setup: the address; {secret} is its password.", metavar="URL"),
    ] = None,
) -> int:
    """Send a message when a post needs attention: for cron.

    The config says whom, under “alerts”; --setup asks, and writes it there. `publish` and `schedule` tell it by
    themselves; this one notices, too, when neither has looked for ten minutes at what is due. Each cause is told once.
    Exit status 1 if something needs a person, or no message went out.

    With `tomorrow = "17:00"` under “alerts” each of them also says, once a day and on the embassy's own clock, what
    goes out tomorrow. --tomorrow shows it, and sends it at once, unless it went out today.
    """
    if setup or url is not None:
        return set_up(config_file(ctx, example=False), url)
    plan = files(ctx, example=False).plan
    plan.config.require_usable()
    if not plan.config.alerts:
        raise OrangedayError(setup_hint(plan.config.file))
    if test:
        failure = send(plan, "orangeday: a test", f"Alerts of {plan.campaign_id} reach you. Nothing is wrong.")
        console.info(failure or "It went out: look whether it has come.", "red" if failure else "green")
        return 1 if failure else 0
    return _send_reminders(plan, system_clock()) if tomorrow else _watch(plan, system_clock())


def _watch(plan: Plan, now: datetime) -> int:
    """Look for what needs a person, tell it, and return the exit status."""
    from orangeday.ledger.connection import exists

    if not exists(plan.config.ledger_url):
        console.info("There is no record of posts yet: nothing was ever sent for real from here.", "dim")
        return 0
    failures: list[str] = []
    with closing(live_ledger(plan)) as ledger:
        newest_plan = plan
        plan = plan_to_review(plan, ledger, now)
        saved_approvals = approvals.load(plan.campaign.folder) if plan.config.require_approval else None
        due_deliveries = [delivery for delivery in plan if delivery.due <= now]
        topics = alert_topics(statuses(plan, ledger, now, due_deliveries, saved_approvals), now)
        if silence_alert := silence_topic(plan, ledger, ledger.last_sweep(plan.campaign_id), now):
            topics.append(silence_alert)
        with (
            closing(Alerts(ledger, system_clock, failures.append)) as alerts,
            closing(Reminders(ledger, system_clock, failures.append)) as sender,
        ):
            alerts.notify(plan, topics)
            sender.look(newest_plan)
    for topic in topics:
        console.info(f"{topic.summary}: {topic.explanation or topic.reason}", "red")
    for failure in failures:
        console.info(failure, "red")
    if not topics:
        console.info("Nothing needs attention.", "green")
    return 1 if topics or failures else 0


def _send_reminders(plan: Plan, now: datetime) -> int:
    """Show what goes out tomorrow, send it unless that was done today, and return the exit status."""
    from orangeday.ledger.connection import exists

    embassies = list(plan.config.embassies.values())
    deliveries = tomorrows_deliveries(plan, embassies, now)
    if not deliveries:
        upcoming = plan.next_after(now)
        step = f" The next post: {local(upcoming.local(upcoming.due))}, {upcoming.embassy.id}." if upcoming else ""
        console.info(f"Nothing goes out tomorrow.{step}")
        return 0
    failures: list[str] = []
    if not exists(plan.config.ledger_url):
        # Nothing keeps that it was sent, before the first live run: it is sent each time that somebody asks.
        records = LedgerSnapshot({}, {}, ())
        for reminder in _show(reminders(plan, embassies, records, now)):
            failures += filter(None, [send(plan, *reminder.message())])
        told = 0
    else:
        with (
            closing(live_ledger(plan)) as ledger,
            closing(Reminders(ledger, system_clock, failures.append)) as sender,
        ):
            _show(reminders(plan, embassies, records_of(ledger, deliveries), now))
            told = len(sender.send(plan, embassies))
    for failure in failures:
        console.info(failure, "red")
    if failures:
        console.info("To find out what is wrong: orangeday alert --test")
    elif told == len({delivery.embassy.id for delivery in deliveries}):
        console.info("It went out today already, or is being sent by another program: it isn't sent twice.", "dim")
    else:
        console.info("It went out: look whether it has come.", "green")
    return 1 if failures else 0


def _show(found: list[Reminder]) -> list[Reminder]:
    """Print the messages, and return them."""
    for reminder in found:
        title, body = reminder.message()
        console.documents().print(console.safe_text(f"{title}\n\n{body}\n"), soft_wrap=True)
    return found
