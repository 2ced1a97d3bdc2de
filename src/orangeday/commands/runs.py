"""The parts that the commands that send share: mode, price, a run that sends nothing, the end of a dry run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from orangeday.approvals import store as approvals
from orangeday.approvals.compare import find_objections
from orangeday.clock import system_clock
from orangeday.commands.connector import connector_or_reason
from orangeday.commands.files import require_campaign_id
from orangeday.commands.ledgers import active_pauses, ledger_to_read, live_ledger
from orangeday.content.plan import Delivery, Plan
from orangeday.content.pricing import charges
from orangeday.engine import years
from orangeday.engine.alerts import Alerts, AlertTopic, alert_topics
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.engine.years import Idle, is_unfinished
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.rules.blocking import blocking_errors
from orangeday.views import console, sentences

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger


def is_live(plan: Plan, dry_run: bool, live: bool) -> bool:
    """Return whether to send for real: as the options say, or else the config. Raises OrangedayError."""
    if dry_run and live:
        raise OrangedayError("Use --dry-run or --live, not both.")
    return live or (plan.config.live and not dry_run)


def nothing_to_send(plan: Plan, live: bool, campaign: str | None) -> Idle | None:
    """Return why a run may send nothing at all, where that is so: its campaign is over, or isn't the one meant.

    No ledger is made for that. Raises OrangedayError where there is no campaign of that name.
    """
    if live:
        require_campaign_id(plan)
    elif campaign is None:
        return None
    with ledger_to_read(plan) as ledger:
        return years.nothing_to_send(plan, ledger, system_clock(), campaign)


def finish_last_campaign(plan: Plan, idle: Idle, live: bool) -> list[DeliveryStatus]:
    """Do all that a live run does when it may send nothing, and return the state of what it looked after.

    It looks after what is in doubt, and what was missed, of what ran last; and alerts somebody if a person is needed.
    """
    from orangeday.ledger.connection import exists

    results: list[DeliveryStatus] = []
    now = system_clock()
    if live and exists(plan.config.ledger_url):
        with closing(live_ledger(plan)) as ledger, closing(Alerts(ledger, system_clock, _say_in_red)) as alerts:
            topics = [AlertTopic("held, all of it", idle.reason)] if idle.needs_person else []
            if idle.past_plan and is_unfinished(idle.past_plan, ledger, now):
                with closing(
                    Publisher(idle.past_plan, ledger, connector_or_reason(idle.past_plan), system_clock, live=True)
                ) as publisher:
                    results = publisher.wind_up(now)
                topics += alert_topics(results, now)
            alerts.notify(idle.past_plan or plan, topics)
    return results


def _say_in_red(error: str) -> None:
    console.info(error, "red")


def price_of(
    plan: Plan, ledger: Ledger, now: datetime, deliveries: Iterable[Delivery], *, include_held: bool = False
) -> str | None:
    """Return what is charged for those of these that may still go out, to be said before anything does.

    With `include_held` those as well that are due and held now, since they may be let go.
    """
    prices = plan.config.prices
    charged_deliveries = [delivery for delivery in deliveries if delivery.platform in prices]
    saved_approvals = (
        approvals.load(plan.campaign.folder) if plan.config.require_approval and charged_deliveries else None
    )
    open_states = (State.SCHEDULED, State.UNAPPROVED, State.DEFERRED, *([State.HELD] if include_held else []))
    pending_deliveries = [
        s.delivery for s in statuses(plan, ledger, now, charged_deliveries, saved_approvals) if s.state in open_states
    ]
    return sentences.charges_summary(charges(pending_deliveries, prices))


def with_approvals(plan: Plan, results: Sequence[DeliveryStatus]) -> list[DeliveryStatus]:
    """Return what a dry run did; what a live run would hold until it is approved, as unapproved."""
    if not plan.config.require_approval:
        return list(results)
    done = [status for status in results if status.is_dry and status.state is State.PUBLISHED]
    saved_approvals = approvals.load(plan.campaign.folder)
    objections = find_objections(plan, saved_approvals, [status.delivery for status in done]) if done else {}
    return [
        replace(status, state=State.UNAPPROVED)  # why is the last word's to say, once for all
        if status.is_dry and status.delivery.key in objections
        else status
        for status in results
    ]


def dry_run_summary(plan: Plan, deliveries: Sequence[Delivery], which: str) -> str:
    """Return the last words of a dry run: that it was one, and what of these deliveries a live run would hold.

    `which` they are is said after “posts”: those “to come” or those “due now”.
    """
    parts = ["Dry run: nothing was sent, and nothing is remembered."]
    scopes = [problem.scope for problem in blocking_errors(plan, deliveries)] if deliveries else []
    held_count = sum(any(c.covers(d.number, d.embassy.id, d.platform, d.language) for c in scopes) for d in deliveries)
    if held_count:
        number = f"{held_count} of the {len(deliveries)} posts {which}"
        parts.append(f"{number} are held by errors in the files: see `orangeday check`.")
    if plan.config.require_approval and deliveries:
        saved_approvals = approvals.load(plan.campaign.folder)
        withdrawn_count = sum(saved_approvals.withdrawal_objection(delivery) is not None for delivery in deliveries)
        unapproved_count = len(find_objections(plan, saved_approvals, deliveries)) - withdrawn_count
        if withdrawn_count:
            parts.append(f"{withdrawn_count} were withdrawn and are not posted: see `orangeday status`.")
        if unapproved_count > 0:
            parts.append(f"{unapproved_count} are held until they are approved: see `orangeday approve --diff`.")
    parts += [
        f"Live runs are held: {pause.scope}, {pause}. `orangeday resume` lets them go." for pause in active_pauses(plan)
    ]
    return " ".join(parts)
