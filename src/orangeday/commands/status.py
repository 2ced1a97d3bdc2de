from __future__ import annotations

from contextlib import closing
from pathlib import Path

import typer

from orangeday import output
from orangeday.clock import system_clock
from orangeday.commands import Json, files


def status(
    ctx: typer.Context,
    json: Json = False,
) -> int:
    """Say how every post stands: waiting, published, missed.

    From the live ledger: dry runs leave nothing in it. Exit status 1 if something needs a person.
    """
    from orangeday.ledger import Ledger, throwaway
    from orangeday.standing import look

    plan = files(ctx, example=False).plan
    now = system_clock()
    url = plan.config.usable().ledger_url
    exists = Path(url.removeprefix("sqlite:///")).exists()
    # Nothing has been published yet where there is no ledger, and asking makes none.
    with closing(Ledger(url, system_clock)) if exists else throwaway(system_clock) as ledger:
        before = plan.a_year_earlier()
        if not ledger.has_seen(plan.campaign_id) and ledger.has_seen(before.campaign_id):
            plan = before  # the campaign is over, and the next is far: what counts is how it went
        standings = look(plan, ledger, now, plan)
    if json:
        output.document(output.standings_json(now, standings))
    else:
        console = output.documents()
        for standing in standings:
            console.print(output.line(standing), soft_wrap=True)
        console.print(output.by_day(plan, standings))
        console.print(output.counts(standings).append(f" at {output.utc(now)}"))
        if not exists:
            output.say("There is no ledger yet: nothing was ever sent for real from here.", "dim")
    return 1 if any(standing.needs_person for standing in standings) else 0
