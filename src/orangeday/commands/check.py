from __future__ import annotations

from typing import Annotated

import typer

from orangeday import output
from orangeday.clock import system_clock
from orangeday.commands import files
from orangeday.problems import errors
from orangeday.rules import check as find


def check(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Let a warning count as an error.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document instead.")] = False,
) -> int:
    """Find every mistake in the files, all at once.

    Each with the file, the line and what to do. Exit status 1 if there is an error, or with --strict a warning.

    A warning about something that is as it should be can be accepted, with the reason, in the file that it names:
    [accept] and below it a line like too-like = "One sentence that all are to say."
    """
    plan = files(ctx, example=True).plan
    found = find(plan, system_clock())
    if json:
        output.document(output.problems_json(found))
    else:
        console = output.documents()
        output.problems(console, found)
        output.verdict(console, found, plan)
        if not errors(found):
            output.say("Next: orangeday preview 1", "dim")
    return 1 if errors(found) or (strict and found) else 0
