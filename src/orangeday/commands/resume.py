from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import store as approvals
from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import emergency_access
from orangeday.commands.options import ActorName, LedgerOption
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.engine.years import nothing_to_send
from orangeday.errors import OrangedayError
from orangeday.ledger.records import Pause
from orangeday.ledger.states import State
from orangeday.views import console
from orangeday.views.terminal import status as status_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orangeday.ledger.ledger import Ledger


def resume(
    ctx: typer.Context,
    what: Annotated[
        list[str] | None, typer.Argument(help="What was paused (default: everything).", metavar="WHAT…")
    ] = None,
    actor_name: ActorName = None,
    ledger_address: LedgerOption = None,
) -> int:
    """End the pause. What is not too late goes out.

    It goes out within a minute. A post whose time passed while it was paused is missed: it is listed, and never sent.
    """
    access = emergency_access(ctx, ledger_address, actor_name)
    with closing(access.ledger) as ledger:
        pauses = ledger.pauses()
        if not pauses:
            console.info(f"Nothing is paused in {ledger.location}.")
            return 0
        scopes = [pause.scope for pause in pauses]
        if unknown := [name for name in what or () if name not in scopes]:
            raise OrangedayError(f"“{unknown[0]}” isn't paused. Paused are: {', '.join(scopes)}.")
        lifted_pauses = [pause for pause in pauses if not what or pause.scope in what]
        for pause in lifted_pauses:
            ledger.resume(pause.scope)
        console.info(f"Resumed: {', '.join(pause.scope for pause in lifted_pauses)}.", "bold")
        console.info(f"This is written in {ledger.location}.")
        remaining_pauses = ledger.pauses()
        try:
            delivery_statuses = _statuses_during(ctx, ledger, lifted_pauses)
        except OrangedayError as failure:
            console.info(
                f"{failure} Until that is corrected nothing is sent, and what would be can't be listed.", "red"
            )
            delivery_statuses = None
    exit_status = 1 if delivery_statuses is None else _report_statuses(delivery_statuses, system_clock())
    for pause in remaining_pauses:
        console.info(f"Still paused: {pause.scope}, {pause}.", "yellow")
    return exit_status


def _statuses_during(ctx: typer.Context, ledger: Ledger, lifted_pauses: Sequence[Pause]) -> list[DeliveryStatus]:
    """Return the state of what was due during these pauses. Raises OrangedayError where the files can't be used."""
    plan = files(ctx, example=False).plan
    plan.config.require_usable()
    now = system_clock()
    if nothing_to_send(plan, ledger, now):
        return []
    since = min(pause.since for pause in lifted_pauses)
    due_deliveries = [
        delivery
        for delivery in plan.due_between(since - plan.config.catch_up, now)
        if delivery.deadline > since and any(p.covers(delivery.embassy.id, delivery.platform) for p in lifted_pauses)
    ]
    saved_approvals = approvals.load(plan.campaign.folder) if plan.config.require_approval else None
    return statuses(plan, ledger, now, due_deliveries, saved_approvals)


def _report_statuses(delivery_statuses: Sequence[DeliveryStatus], now: datetime) -> int:
    """Say what of these was missed and what goes out; return the exit status."""
    missed = [status for status in delivery_statuses if status.state is State.MISSED]
    ready_statuses = [status for status in delivery_statuses if status.ready]
    if missed:
        posts = "1 post was" if len(missed) == 1 else f"{len(missed)} posts were"
        console.info(f"{posts} missed meanwhile, and will not go out:", "red")
        stdout = console.documents()
        for status in missed:
            stdout.print(status_view.line(status, now), soft_wrap=True)
    if ready_statuses:
        posts = "1 post is" if len(ready_statuses) == 1 else f"{len(ready_statuses)} posts are"
        console.info(f"{posts} not too late, and will go out within a minute.")
    console.info("Next: `orangeday schedule`, where it isn't running, or `orangeday publish`.", "dim")
    return 1 if missed else 0
