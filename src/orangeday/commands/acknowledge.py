from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.options import By, Keys, ToReview
from orangeday.commands.selection import delivery, plan_to_review
from orangeday.engine.status import look
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.views import console


def acknowledge(
    ctx: typer.Context,
    keys: Keys,
    reason: Annotated[str, typer.Option(help="What you make of it; it is kept.", metavar="TEXT")],
    campaign: ToReview = None,
    by: By = None,
) -> int:
    """Acknowledge a problem: `status` no longer warns about it.

    What was refused or missed, or is unsure, stays as it is; when it changes, it warns again.
    """
    if not reason.strip():
        raise OrangedayError("Say what you make of it: --reason TEXT.")
    plan = files(ctx, example=False).plan
    with closing(live_ledger(plan, by)) as ledger:
        plan = plan_to_review(plan, ledger, campaign)
        found = look(plan, ledger, system_clock(), [delivery(plan, key, ledger) for key in keys])
        for standing in found:
            if standing.state not in (State.REFUSED, State.UNSURE, State.MISSED):
                key = standing.delivery.key
                raise OrangedayError(
                    f"{key} is {standing.state}: there is nothing to acknowledge; nothing was changed."
                )
        for standing in found:
            if standing.state is State.MISSED and (standing.row is None or standing.row.state is not State.MISSED):
                ledger.missed(standing.delivery, standing.why or "its time passed")
            ledger.acknowledge(standing.delivery.key, reason.strip())
            console.say(f"{standing.delivery.key} is {standing.state}, and acknowledged.")
    return 0
