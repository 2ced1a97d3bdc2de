from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from orangeday import approvals, output
from orangeday.clock import system_clock
from orangeday.commands import By, delivery, files, live_ledger, road
from orangeday.errors import OrangedayError

if TYPE_CHECKING:
    from orangeday.ledger import Row
    from orangeday.plan import Plan


def retract(
    ctx: typer.Context,
    keys: Annotated[
        list[str] | None, typer.Argument(help="Posts, as `orangeday status` names them.", metavar="KEY")
    ] = None,
    day: Annotated[int | None, typer.Option(help="All that was published of this day.", metavar="N")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let a corrected post take its place, inside its window.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    by: By = None,
) -> int:
    """Take down what was published: it asks first, and looks whether it is gone.

    The approval of its text is withdrawn, so that nobody says it again. With --replace a corrected text, approved
    anew, may go out in its place: once, and inside the window.
    """
    from orangeday.ledger import NotArmed, State
    from orangeday.platforms.base import PlatformError
    from orangeday.publisher import Publisher

    if bool(keys) is (day is not None):
        raise OrangedayError("Say what to take down: KEY…, or --day N for all of a day.")
    plan = files(ctx, example=False).plan
    with closing(live_ledger(plan, by)) as ledger:
        if day is not None:
            wanted = [row for row in ledger.campaign(plan.campaign_id).values() if row.day == day]
            rows = [row for row in wanted if row.state is State.PUBLISHED]
        else:
            asked = [delivery(plan, key).key for key in keys or ()]
            known = ledger.rows(asked)
            if not_live := [key for key in asked if key not in known or known[key].state is not State.PUBLISHED]:
                raise OrangedayError(f"{not_live[0]} isn't published; nothing was taken down.")
            rows = [known[key] for key in asked]
        if not rows:
            output.say(f"Nothing of day {day} is published.")
            return 0
        connect = road(plan, True, system_clock)
        for row in rows:
            output.say(f"{row.key}  {row.receipt.url if row.receipt else ''}")
        if not yes:
            if not sys.stdin.isatty():
                raise OrangedayError("Without a terminal to ask on, say --yes; nothing was taken down.")
            posts = "this post" if len(rows) == 1 else f"these {len(rows)} posts"
            if not typer.confirm(f"Take down {posts}?", err=True):
                output.say("Nothing was taken down.")
                return 0
        for number, language, embassy in {_words(plan, row) for row in rows}:
            if approvals.withdraw(plan.campaign.folder, number, language, embassy):
                output.say(
                    f"Day {number} in {language} is approved no longer: nobody says it until it is approved anew."
                )
        failed = 0
        with closing(Publisher(plan, ledger, connect, system_clock, live=True)) as publisher:
            for row in rows:
                try:
                    publisher.take_down(row, replace=replace)
                    output.say(f"{row.key} is taken down.")
                except (PlatformError, NotArmed) as failure:
                    failed += 1
                    ledger.note("not retracted", row.key, str(failure))
                    output.say(f"{row.key} could not be taken down, and may still be live: {failure}", "red")
    if replace and not failed:
        output.say("Next: correct the text, `orangeday approve` it; inside its window it goes out by itself.")
    return 1 if failed else 0


def _words(plan: Plan, row: Row) -> tuple[int, str, str | None]:
    """Whose words were said: a day, a language, and the embassy where they are its own."""
    found = plan.find(row.key)
    own = found.translation.embassy if found and found.translation else None
    return row.day, row.language, own
