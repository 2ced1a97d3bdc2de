from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.options import ActorName, Keys, ToReview
from orangeday.commands.selection import find_delivery, plan_to_review
from orangeday.engine.status import statuses
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.views import console


def acknowledge(
    ctx: typer.Context,
    keys: Keys,
    reason: Annotated[str, typer.Option(help="What you make of it; it is kept.", metavar="TEXT")],
    campaign: ToReview = None,
    actor_name: ActorName = None,
) -> int:
    """Acknowledge a problem: there are no more warnings of it.

    What was refused or missed, or is unsure, stays as it is; when it changes, it warns again.
    """
    if not reason.strip():
        raise OrangedayError("Say what you make of it: --reason TEXT.")
    plan = files(ctx, example=False).plan
    with closing(live_ledger(plan, actor_name)) as ledger:
        plan = plan_to_review(plan, ledger, campaign)
        delivery_statuses = statuses(plan, ledger, system_clock(), [find_delivery(plan, key, ledger) for key in keys])
        for status in delivery_statuses:
            if status.state not in (State.REFUSED, State.UNSURE, State.MISSED):
                key = status.delivery.key
                raise OrangedayError(f"{key} is {status.state}: there is nothing to acknowledge; nothing was changed.")
        for status in delivery_statuses:
            if status.state is State.MISSED and (status.row is None or status.row.state is not State.MISSED):
                ledger.missed(status.delivery, status.reason or "its time passed")
            ledger.acknowledge(status.delivery.key, reason.strip())
            console.info(f"{status.delivery.key} is {status.state}, and acknowledged.")
    return 0
