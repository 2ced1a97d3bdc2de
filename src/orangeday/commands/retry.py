from __future__ import annotations

from contextlib import closing

import typer

from orangeday.clock import system_clock, utc
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.options import ActorName, Keys, ToReview
from orangeday.commands.selection import affected_row, plan_to_review, planned_delivery
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.views import console


def retry(ctx: typer.Context, keys: Keys, campaign: ToReview = None, actor_name: ActorName = None) -> int:
    """Try a refused post once more, if its time hasn't passed.

    First correct why it was refused: `orangeday status` says why. It goes out within a minute.
    """
    plan = files(ctx, example=False).plan
    now = system_clock()
    with closing(live_ledger(plan, actor_name)) as ledger:
        retries = []
        plan = plan_to_review(plan, ledger, campaign)
        for row in [affected_row(plan, ledger, key) for key in keys]:
            delivery = planned_delivery(plan, ledger, row)
            if row.state is not State.REFUSED:
                raise OrangedayError(f"{row.key} is {row.state}, not refused; nothing was changed.")
            if row.same_as:
                raise OrangedayError(f"{row.key} already went out as {row.same_as}; nothing was changed.")
            if delivery is None:
                raise OrangedayError(f"The plan no longer has {row.key}; nothing was changed.")
            if now >= delivery.deadline:
                closed = utc(delivery.deadline)
                raise OrangedayError(f"{row.key} could be sent until {closed}; nothing was changed.")
            retries.append((delivery, row))
        for delivery, row in retries:
            ledger.allow(row.key)
            console.info(f"{row.key} is tried again within a minute. It can be sent until {utc(delivery.deadline)}.")
    return 0
