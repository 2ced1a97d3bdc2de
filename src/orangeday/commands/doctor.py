from __future__ import annotations

from typing import Annotated

import typer

from orangeday.clock import system_clock
from orangeday.commands.files import files
from orangeday.commands.ledgers import live_ledger
from orangeday.commands.options import Embassies, Json
from orangeday.doctor.verdict import verdict
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import doctor as doctor_view


def doctor(
    ctx: typer.Context,
    embassy: Embassies = None,
    offline: Annotated[bool, typer.Option("--offline", help="Don't use the network.")] = False,
    json: Json = False,
) -> int:
    """Say whether you can go live; if not, what is missing.

    It reads the config and the files, logs in to each account, compares this computer's clock with the platforms',
    checks the time zones, and looks at the record of posts: where it is, whether it is sound, whether locks work. With
    -v it shows all of that.

    It sends nothing and changes nothing. X charges a cent a day for each account that is asked: with --offline none is.
    Exit status 1 if it isn't ready.
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
    answer = verdict(findings)
    if json:
        console.document(json_documents.findings_json(findings, answer))
        return 1 if answer.missing else 0
    stdout = console.documents()
    if ctx.find_root().obj.verbose:
        doctor_view.findings(stdout, findings)
    doctor_view.answer(stdout, answer, plan.next_after(system_clock()), is_offline=offline)
    if answer.missing:
        console.info("Then look again: orangeday doctor", "dim")
    elif answer.is_ready:
        console.info("Next: orangeday schedule --live", "dim")
    doctor_view.warnings(stdout, answer)
    return 1 if answer.missing else 0
