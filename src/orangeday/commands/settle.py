from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from orangeday.adapters.base import Receipt
from orangeday.adapters.table import adapter_of
from orangeday.clock import system_clock, utc
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.options import By, Key, ToReview
from orangeday.commands.selection import plan_to_review, planned, touched
from orangeday.errors import OrangedayError
from orangeday.ledger.states import NotArmed, State
from orangeday.views import console


def settle(
    ctx: typer.Context,
    key: Key,
    published: Annotated[
        str | None, typer.Option("--published", help="It is live, at this address.", metavar="URL")
    ] = None,
    not_published: Annotated[bool, typer.Option("--not-published", help="It isn't live.")] = False,
    campaign: ToReview = None,
    by: By = None,
) -> int:
    """Decide about an unsure post: look at the account, then say what is there.

    With --not-published it may be sent again, if its time hasn't passed: look well.
    """
    if (published is None) is not not_published:
        raise OrangedayError("Say what you saw at the account: --published URL, or --not-published.")
    plan = files(ctx, example=False).plan
    now = system_clock()
    with closing(live_ledger(plan, by)) as ledger:
        row = touched(plan_to_review(plan, ledger, campaign), ledger, key)
        with ledger.hold(row.identity or "") as hold:
            if hold is None:
                account = f"{row.embassy}/{row.platform}"
                raise OrangedayError(f"A program is using {account} right now; wait until it is done.")
            row = ledger.rows([row.key])[row.key]
            if row.state not in (State.UNSURE, State.ARMED):
                raise OrangedayError(f"{row.key} is {row.state}: there is nothing to decide.")
            try:
                if row.state is State.ARMED:  # its sender is gone, or its lock would be held
                    ledger.unsure(row.key, "the program ended while this was being sent", seen=row.attempts)
                if published is None:
                    ledger.deferred(row.key, f"settled by {ledger.who}: not published", now, seen=row.attempts)
                    ledger.note("settled", row.key, "not published")
                else:
                    found = adapter_of(row.platform).post_id(published, row.identity or "")
                    if found in ledger.receipts(row.identity or ""):
                        raise OrangedayError(f"{published} is another post's address: see `orangeday status`.")
                    ledger.published(row.key, Receipt(found, published, now), f"settled by {ledger.who}")
                    ledger.note("settled", row.key, f"published: {published}")
            except NotArmed as moved:
                raise OrangedayError(f"{moved}: nothing was decided. Look again with `orangeday status`.") from moved
        delivery = planned(plan, ledger, row)
    if published:
        console.say(f"{row.key} is published, on your word.")
    elif delivery is None:
        console.say(f"{row.key} wasn't published, and the plan no longer has it.")
    elif now < delivery.closes:
        console.say(f"{row.key} goes out within a minute. It can be sent until {utc(delivery.closes)}.")
    else:
        console.say(f"{row.key} wasn't published, and its time has passed: it is missed.")
    return 0
