from __future__ import annotations

from typing import Annotated

import typer

from orangeday.approvals import compare
from orangeday.approvals import store as approvals
from orangeday.clock import DAYS, system_clock, utc, year_after
from orangeday.commands.files import files
from orangeday.commands.ledgers import is_recorded
from orangeday.content.pricing import charges
from orangeday.content.problems import errors
from orangeday.rules.catalogue import check as find
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import check as check_view


def check(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> int:
    """Find every mistake in the files, all at once.

    Each with the file, the line and what to do. Exit status 1 if there is an error, or with --strict a warning.

    A warning about something that is as it should be can be accepted, by the name at its end and with the reason, in
    the file that it names: [accept] and below it a line like near-duplicate = "One sentence that all are to say."

    Below them stands how every day is in every language, what each embassy posts, how much of it is approved, and what
    X will charge for it. In the midst of the campaign it says what is over, and counts what is still to come.
    """
    plan = files(ctx, example=True).plan
    deliveries = list(plan)
    now = system_clock()
    progress = plan.progress(now, deliveries)
    found = find(plan, now, deliveries)
    stored = approvals.load(plan.campaign.folder)
    sum_of_money = charges(progress.to_come, plan.config.prices)
    if json:
        unapproved = compare.changes(plan, stored, deliveries)
        counts = compare.count(unapproved, deliveries)
        grid = json_documents.grid_json(plan, deliveries, found)
        more = {
            "charges": json_documents.charges_json(sum_of_money),
            "approvals": json_documents.approval_json(counts, unapproved),
        }
        document = json_documents.problems_json(found)
        document["counts"] |= {"planned": len(deliveries), "over": len(progress.over), "to_come": len(progress.to_come)}
        console.document(document | {"grid": grid} | more)
    else:
        stdout = console.documents()
        check_view.problems(stdout, found)
        if found:
            stdout.print()
        check_view.grid(stdout, progress, deliveries, found)
        if progress.to_come and plan.config.require_approval:
            unapproved = compare.changes(plan, stored, progress.to_come)
            counts = compare.count(unapproved, progress.to_come)
            stdout.print(approval_view.approval(stored, counts, unapproved), soft_wrap=not stdout.is_terminal)
        how_far = progress.in_words(recorded=is_recorded(plan))
        for line in (how_far, sentences.charged(sum_of_money), check_view.accepted(plan, found)):
            if line:
                stdout.print(line, soft_wrap=not stdout.is_terminal)
        if plan.config.start is None and plan.is_over(now):
            then = f"From {utc(plan.gone)} on these files plan {year_after(plan.first, now).year}."
            stdout.print(console.in_a_line(then, "yellow"), soft_wrap=not stdout.is_terminal)
        check_view.verdict(stdout, found, plan)
        if progress.is_over:
            console.say("Next: orangeday report", "dim")
        elif not errors(found):
            first = progress.to_come[0].number if progress.to_come else DAYS[0]
            console.say(f"Next: orangeday preview {first}", "dim")
    return 1 if errors(found) or (strict and found) else 0
