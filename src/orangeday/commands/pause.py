from __future__ import annotations

import time
from contextlib import closing
from typing import Annotated

import typer

from orangeday import output
from orangeday.commands import By, files, live_ledger
from orangeday.errors import OrangedayError
from orangeday.text import PLATFORMS

_PATIENCE = 0.2
"""Seconds between two looks at what is in flight."""


def pause(
    ctx: typer.Context,
    what: Annotated[
        list[str] | None, typer.Argument(help="Embassies, platforms, or accounts like nairobi/x.", metavar="WHAT")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is shown wherever the pause is.", metavar="TEXT")] = "",
    by: By = None,
) -> int:
    """Stop everything at once; or an embassy, a platform, an account.

    Nothing new leaves from now on, whoever runs. The command returns when nothing is in flight any more. What leaves
    its window meanwhile is missed, and stays so. `orangeday resume` takes the brake off.
    """
    from orangeday.ledger import EVERYTHING, Row

    plan = files(ctx, example=False).plan
    accounts = map(str, plan.accounts)
    known = [*plan.config.embassies, *PLATFORMS, *accounts]
    if unknown := [name for name in what or () if name not in known]:
        short = ", ".join([*plan.config.embassies, *PLATFORMS])
        raise OrangedayError(f"There is nothing called “{unknown[0]}” to pause. There are: {short}.")
    scopes = what or [EVERYTHING]

    def concerned(row: Row) -> bool:
        return not {EVERYTHING, row.embassy, row.platform, f"{row.embassy}/{row.platform}"}.isdisjoint(scopes)

    with closing(live_ledger(plan, by)) as ledger:
        for scope in scopes:
            ledger.pause(scope, reason)
        output.say(f"Paused: {', '.join(scopes)}. Nothing new leaves.", "bold")
        said: set[str] = set()
        while flying := ledger.in_flight(concerned):
            for row in flying:
                if row.key not in said:
                    since = f" since {output.utc(row.first_armed)}" if row.first_armed else ""
                    output.say(f"Waiting for {row.key}, on its way{since}. Ctrl-C waits no longer; the pause stays.")
                    said.add(row.key)
            time.sleep(_PATIENCE)
        for row in ledger.rows(said).values():
            output.say(f"{row.key} ended {row.state}.")
    output.say("Nothing is in flight. Next: `orangeday status`; then `orangeday resume`.")
    return 0
