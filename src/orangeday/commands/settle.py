from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.adapters.base import Receipt
from orangeday.adapters.table import adapter_of
from orangeday.clock import system_clock, utc
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.options import ActorName, Key, ToReview
from orangeday.commands.selection import affected_row, plan_to_review, planned_delivery
from orangeday.errors import OrangedayError
from orangeday.ledger.records import Row
from orangeday.ledger.states import State, StateConflict
from orangeday.views import console

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger


def settle(
    ctx: typer.Context,
    key: Key,
    published: Annotated[
        str | None, typer.Option("--published", help="It is live, at this address.", metavar="URL")
    ] = None,
    not_published: Annotated[bool, typer.Option("--not-published", help="It isn't live.")] = False,
    campaign: ToReview = None,
    actor_name: ActorName = None,
) -> int:
    """Decide about a post that may or may not be live.

    Look at the account first, then say what is there. With --not-published it may be sent again, if its time hasn't
    passed: look well.
    """
    if (published is None) is not not_published:
        raise OrangedayError("Say what you saw at the account: --published URL, or --not-published.")
    plan = files(ctx, example=False).plan
    now = system_clock()
    with closing(live_ledger(plan, actor_name)) as ledger:
        row = affected_row(plan_to_review(plan, ledger, campaign), ledger, key)
        with ledger.account_lock(row.identity or "") as lock:
            if lock is None:
                account = f"{row.embassy}/{row.platform}"
                raise OrangedayError(f"A program is using {account} right now; wait until it is done.")
            row = ledger.rows([row.key])[row.key]
            if row.state not in (State.UNSURE, State.ARMED):
                raise OrangedayError(f"{row.key} is {row.state}: there is nothing to decide.")
            _record(ledger, row, published, now)
        delivery = planned_delivery(plan, ledger, row)
    if published:
        console.info(f"{row.key} is published, on your word.")
    elif delivery is None:
        console.info(f"{row.key} wasn't published, and the plan no longer has it.")
    elif now < delivery.deadline:
        console.info(f"{row.key} goes out within a minute. It can be sent until {utc(delivery.deadline)}.")
    else:
        console.info(f"{row.key} wasn't published, and its time has passed: it is missed.")
    return 0


def _record(ledger: Ledger, row: Row, address: str | None, now: datetime) -> None:
    """Record that a post is live at an address; without one, that it isn't. Raise OrangedayError if it can't be so."""
    try:
        if row.state is State.ARMED:  # its sender is gone, or its lock would be held
            ledger.unsure(row.key, "the program ended while this was being sent", attempts=row.attempts)
        if address is None:
            ledger.deferred(row.key, f"settled by {ledger.actor}: not published", now, attempts=row.attempts)
            ledger.note("settled", row.key, "not published")
        else:
            post_id = adapter_of(row.platform).post_id(address, row.identity or "")
            if post_id in ledger.receipts(row.identity or ""):
                raise OrangedayError(f"{address} is another post's address: see `orangeday status`.")
            ledger.published(row.key, Receipt(post_id, address, now), f"settled by {ledger.actor}")
            ledger.note("settled", row.key, f"published: {address}")
    except StateConflict as conflict:
        raise OrangedayError(f"{conflict}: nothing was decided. Look again with `orangeday status`.") from conflict
