from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orangeday.approvals import compare
from orangeday.approvals import store as approvals
from orangeday.approvals.authority import first_step
from orangeday.clock import DAYS, system_clock, utc, year_after
from orangeday.commands.files import files
from orangeday.commands.ledgers import is_recorded
from orangeday.content.pricing import charges
from orangeday.content.problems import errors
from orangeday.rules.catalogue import check as find
from orangeday.views import console, json_documents, sentences
from orangeday.views.annotations import annotation_lines
from orangeday.views.terminal import approval as approval_view
from orangeday.views.terminal import check as check_view


class CheckFormat(StrEnum):
    """The forms in which problems are printed: for people, or as annotations of a GitHub workflow."""

    TEXT = "text"
    GITHUB = "github"


def check(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
    output_format: Annotated[
        CheckFormat, typer.Option("--format", help="text; or github, for the checks of a pull request.", metavar="WHAT")
    ] = CheckFormat.TEXT,
) -> int:
    """Find every mistake in the files, all at once.

    Each with the file, the line and what to do. Exit status 1 if there is an error, or with --strict a warning.

    A warning about something that is as it should be can be accepted, by the name at its end and with the reason, in
    the file that it names: [accept] and below it a line like near-duplicate = "One sentence that all are to say."

    Below them stands how every day is in every language, what each embassy posts, how much of it is approved, and what
    X will charge for it. In the midst of the campaign it says what is over, and counts what is still to come.
    """
    is_annotated = output_format is CheckFormat.GITHUB
    if json and is_annotated:
        raise typer.BadParameter("--json and --format github are two forms: give one of them.")
    plan = files(ctx, example=True).plan
    deliveries = list(plan)
    now = system_clock()
    progress = plan.progress(now, deliveries)
    problems = find(plan, now, deliveries)
    saved_approvals = approvals.load(plan.campaign.folder)
    sum_of_money = charges(progress.to_come, plan.config.prices)
    if json:
        unapproved_changes = compare.changes(plan, saved_approvals, deliveries)
        counts = compare.count(unapproved_changes, deliveries)
        grid = json_documents.grid_json(plan, deliveries, problems)
        summaries = {
            "charges": json_documents.charges_json(sum_of_money),
            "approvals": json_documents.approval_json(counts, unapproved_changes),
        }
        document = json_documents.problems_json(problems)
        document["counts"] |= {
            "planned": len(deliveries),
            "over": len(progress.too_late),
            "to_come": len(progress.to_come),
        }
        console.document(document | {"grid": grid} | summaries)
    elif is_annotated:
        # GitHub runs a step in the checkout, or in a folder of it that the workflow names.
        checkout = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
        for annotation in annotation_lines(problems, checkout):
            console.documents().print(annotation, markup=False, highlight=False, soft_wrap=True)
        check_view.verdict(console.messages(), problems, plan)
    else:
        stdout = console.documents()
        check_view.problems(stdout, problems)
        if problems:
            stdout.print()
        check_view.grid(stdout, progress, deliveries, problems)
        if progress.to_come and plan.config.require_approval:
            unapproved_changes = compare.changes(plan, saved_approvals, progress.to_come)
            counts = compare.count(unapproved_changes, progress.to_come)
            stdout.print(
                approval_view.approval(saved_approvals, counts, unapproved_changes, first_step(plan.config)),
                soft_wrap=not stdout.is_terminal,
            )
        how_far = progress.in_words(has_ledger=is_recorded(plan))
        for line in (how_far, sentences.charges_summary(sum_of_money), check_view.acceptance_note(plan, problems)):
            if line:
                stdout.print(line, soft_wrap=not stdout.is_terminal)
        if plan.config.start is None and plan.is_over(now):
            next_year_text = f"From {utc(plan.end_of_last_day)} on these files plan {year_after(plan.first, now).year}."
            stdout.print(console.single_line(next_year_text, "yellow"), soft_wrap=not stdout.is_terminal)
        check_view.verdict(stdout, problems, plan)
        if progress.is_over:
            console.info("Next: orangeday report", "dim")
        elif not errors(problems):
            first = progress.to_come[0].number if progress.to_come else DAYS[0]
            console.info(f"Next: orangeday preview {first}", "dim")
    return 1 if errors(problems) or (strict and problems) else 0
