"""The rehearsal: a virtual clock walks the real engine through the whole campaign in seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from orangeday.adapters.dry_run import DryRun
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.ledger.ledger import throwaway
from orangeday.system.workers import CallersThread


class VirtualClock:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def rehearse(plan: Plan, on_sweep: Callable[[list[DeliveryStatus]], None]) -> list[DeliveryStatus]:
    """Play all of `plan` on dry-run accounts, from before day 1; return the final status of every Delivery.

    `on_sweep` is called with the status of what each moment touched.
    """
    clock = VirtualClock(plan.begins)

    def connect(account: Account) -> DryRun:
        return DryRun(account, clock)

    with throwaway(clock) as ledger:
        publisher = Publisher(plan, ledger, connect, clock, workers=CallersThread())
        try:
            publisher.publish_due(clock.now)  # the ledger meets the accounts before anything is due
            for moment in plan.due_moments(clock.now):
                clock.now = moment
                on_sweep(publisher.publish_due(moment))
            if plan.ends:
                clock.now = plan.ends + timedelta(seconds=1)
                on_sweep(publisher.publish_due(clock.now))
            return statuses(plan, ledger, clock.now, plan)
        finally:
            publisher.close()
