from __future__ import annotations

from typing import Annotated

import typer

from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.options import Embassies, Json
from orangeday.doctor.finding import Health
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import doctor as doctor_view


def doctor(
    ctx: typer.Context,
    embassy: Embassies = None,
    offline: Annotated[bool, typer.Option("--offline", help="Don't use the network.")] = False,
    json: Json = False,
) -> int:
    """Check everything that a live run needs, and say what to do next.

    It reads the config and the files, logs in to each account, compares this computer's clock with the platforms',
    checks the time zones, and looks at the record of posts: where it is, whether it is sound, whether locks work.

    It sends nothing and changes nothing. X charges a cent a day for each account that is asked: with --offline none is.
    Exit status 1 if anything fails.
    """
    from orangeday.doctor.accounts import accounts_to_ask
    from orangeday.doctor.examination import examine

    plan = files(ctx, embassy, example=False).plan
    plan.config.require_usable()
    cost = None if offline else sentences.identity_cost(accounts_to_ask(plan), plan.config.prices)
    if cost:
        console.info(cost)
    with console.spinner("Checking everything that a live run needs …"):
        findings = list(examine(plan, system_clock, lambda: live_ledger(plan), offline=offline))
    if json:
        console.document(json_documents.findings_json(findings))
    else:
        doctor_view.findings(console.documents(), findings)
        if not any(finding.step for finding in findings):
            console.info("Next: orangeday schedule --live", "dim")
    return 1 if any(finding.health is Health.FAILURE for finding in findings) else 0
