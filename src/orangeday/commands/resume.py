from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday import approvals, output
from orangeday.clock import system_clock
from orangeday.commands import By, files, ledger_to_read, live_ledger
from orangeday.errors import OrangedayError

if TYPE_CHECKING:
    from orangeday.standing import Standing


def resume(
    ctx: typer.Context,
    what: Annotated[list[str] | None, typer.Argument(help="What was paused; all of it, unless given.")] = None,
    by: By = None,
) -> int:
    """Take the brake off: what is inside its window goes out with the next sweep.

    What left its window while it was paused is missed: it is listed, and never sent.
    """
    from orangeday.ledger import State
    from orangeday.standing import look

    plan = files(ctx, example=False).plan
    with ledger_to_read(plan) as before:
        on = before.pauses()
    if not on:
        output.say("Nothing is paused.")
        return 0
    scopes = [pause.scope for pause in on]
    if unknown := [name for name in what or () if name not in scopes]:
        raise OrangedayError(f"“{unknown[0]}” isn't paused. Paused are: {', '.join(scopes)}.")
    lifted = [pause for pause in on if not what or pause.scope in what]
    now = system_clock()
    with closing(live_ledger(plan, by)) as ledger:
        for pause in lifted:
            ledger.resume(pause.scope)
        since = min(pause.since for pause in lifted)
        meanwhile = [
            delivery
            for delivery in plan.due_between(since - plan.config.catch_up, now)
            if delivery.closes > since and any(p.covers(delivery.embassy.id, delivery.platform) for p in lifted)
        ]
        stored = approvals.load(plan.campaign.folder) if plan.config.require_approval else None
        stand = look(plan, ledger, now, meanwhile, stored)
        missed = [standing for standing in stand if standing.state is State.MISSED]
        going = [standing for standing in stand if standing.ready]
        still = ledger.pauses()
    _tell([pause.scope for pause in lifted], missed, going)
    for pause in still:
        output.say(f"Still paused: {pause.scope}, {pause}.", "yellow")
    return 1 if missed else 0


def _tell(scopes: list[str], missed: list[Standing], going: list[Standing]) -> None:
    output.say(f"Resumed: {', '.join(scopes)}.", "bold")
    if missed:
        posts = "1 post was" if len(missed) == 1 else f"{len(missed)} posts were"
        output.say(f"{posts} missed meanwhile, and will not go out:", "red")
        console = output.documents()
        for standing in missed:
            console.print(output.line(standing), soft_wrap=True)
    if going:
        posts = "1 post is" if len(going) == 1 else f"{len(going)} posts are"
        output.say(f"{posts} inside the window, and will go out with the next sweep.")
    output.say("Next: `orangeday schedule`, where it isn't running, or `orangeday publish`.", "dim")
