from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.clock import system_clock, utc
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.options import ActorName, ToReview
from orangeday.commands.selection import (
    affected_row,
    find_delivery,
    find_row,
    must_exist,
    plan_to_review,
    planned_delivery,
)
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.status import is_too_early
from orangeday.errors import OrangedayError
from orangeday.ledger.states import State
from orangeday.views import console

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger


def retry(
    ctx: typer.Context,
    keys: Annotated[
        list[str],
        typer.Argument(help="Posts, as `orangeday status` names them, or accounts: nairobi/x.", metavar="KEY…"),
    ],
    campaign: ToReview = None,
    actor_name: ActorName = None,
) -> int:
    """Try a refused post, or an account that waits, once more.

    First correct why it was refused: `orangeday status` says why. It goes out within a minute, if its time hasn't
    passed.

    An account that the platform wants a person to look after is named alone: orangeday retry nairobi/x
    """
    plan = files(ctx, example=False).plan
    now = system_clock()
    with closing(live_ledger(plan, actor_name)) as ledger:
        plan = plan_to_review(plan, ledger, campaign)
        names = [key.strip("/") for key in keys if key.strip("/").count("/") == 1]
        for name in names:
            _require_waiting(plan, ledger, name, now)
        retries = []
        for key in [key for key in keys if key.strip("/") not in names]:
            row = find_row(ledger, plan.campaign_id, key)
            delivery = planned_delivery(plan, ledger, row) if row else find_delivery(plan, key, ledger)
            is_waiting = delivery is not None and _is_waiting(ledger, str(delivery.account), now)
            if delivery and is_waiting and now < delivery.deadline:
                names.append(str(delivery.account))
                if row is None or row.state is State.DEFERRED:
                    continue
            retries.append(_retry_of(plan, ledger, key, now))
        for delivery in retries:
            ledger.allow(delivery.key)
            closing_time = utc(delivery.deadline)
            console.info(f"{delivery.key} is tried again within a minute. It can be sent until {closing_time}.")
        accounts = list(dict.fromkeys(names))
        if accounts:
            ledger.release_accounts(accounts)
        for name in accounts:
            console.info(f"{name} is tried again within a minute, and all of it that is in time.")
    return 0


def _is_waiting(ledger: Ledger, account: str, now: datetime) -> bool:
    """Return whether nothing of an account is tried until a person has put something right, or some time has passed."""
    note = ledger.snapshot((), [account]).accounts.get(account)
    return note is not None and note.needs_person and is_too_early(note.deferred, note.noted, now)


def _require_waiting(plan: Plan, ledger: Ledger, name: str, now: datetime) -> None:
    must_exist("account", [name], [str(account) for account in plan.accounts])
    if not _is_waiting(ledger, name, now):
        raise OrangedayError(f"{name} doesn't wait for you; nothing was changed.")


def _retry_of(plan: Plan, ledger: Ledger, key: str, now: datetime) -> Delivery:
    """Return the refused delivery that may be tried once more. Raises OrangedayError."""
    row = affected_row(plan, ledger, key)
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
    return delivery
