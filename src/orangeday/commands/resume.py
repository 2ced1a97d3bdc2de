from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday.approvals import store as approvals
from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import emergency
from orangeday.commands.options import By, LedgerOption
from orangeday.engine.status import Standing, look
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
    what: Annotated[list[str] | None, typer.Argument(help="What was paused (default: everything).")] = None,
    by: By = None,
    ledger: LedgerOption = None,
) -> int:
    """End the pause. Posts that are not too late go out within a minute.

    A post whose time passed while it was paused is missed: it is listed, and never sent.
    """
    found = emergency(ctx, ledger, by)
    with closing(found.ledger) as book:
        on = book.pauses()
        if not on:
            console.say(f"Nothing is paused in {book.where}.")
            return 0
        scopes = [pause.scope for pause in on]
        if unknown := [name for name in what or () if name not in scopes]:
            raise OrangedayError(f"“{unknown[0]}” isn't paused. Paused are: {', '.join(scopes)}.")
        lifted = [pause for pause in on if not what or pause.scope in what]
        for pause in lifted:
            book.resume(pause.scope)
        console.say(f"Resumed: {', '.join(pause.scope for pause in lifted)}.", "bold")
        console.say(f"This is written in {book.where}.")
        still = book.pauses()
        try:
            stand = _meanwhile(ctx, book, lifted)
        except OrangedayError as failure:
            console.say(f"{failure} Until that is corrected nothing is sent, and what would be can't be listed.", "red")
            stand = None
    status = 1 if stand is None else _tell(stand)
    for pause in still:
        console.say(f"Still paused: {pause.scope}, {pause}.", "yellow")
    return status


def _meanwhile(ctx: typer.Context, ledger: Ledger, lifted: Sequence[Pause]) -> list[Standing]:
    """Return the state of what was due during these pauses. Raises OrangedayError where the files can't be used."""
    plan = files(ctx, example=False).plan
    plan.config.usable()
    now = system_clock()
    if nothing_to_send(plan, ledger, now):
        return []
    since = min(pause.since for pause in lifted)
    meanwhile = [
        delivery
        for delivery in plan.due_between(since - plan.config.catch_up, now)
        if delivery.closes > since and any(p.covers(delivery.embassy.id, delivery.platform) for p in lifted)
    ]
    stored = approvals.load(plan.campaign.folder) if plan.config.require_approval else None
    return look(plan, ledger, now, meanwhile, stored)


def _tell(stand: Sequence[Standing]) -> int:
    """Say what of these was missed and what goes out; return the exit status."""
    missed = [standing for standing in stand if standing.state is State.MISSED]
    going = [standing for standing in stand if standing.ready]
    if missed:
        posts = "1 post was" if len(missed) == 1 else f"{len(missed)} posts were"
        console.say(f"{posts} missed meanwhile, and will not go out:", "red")
        stdout = console.documents()
        for standing in missed:
            stdout.print(status_view.line(standing), soft_wrap=True)
    if going:
        posts = "1 post is" if len(going) == 1 else f"{len(going)} posts are"
        console.say(f"{posts} not too late, and will go out within a minute.")
    console.say("Next: `orangeday schedule`, where it isn't running, or `orangeday publish`.", "dim")
    return 1 if missed else 0
