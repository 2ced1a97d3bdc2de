from __future__ import annotations

from typing import Annotated

import typer

from orangeday import output
from orangeday.commands import files


def calendar(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON document instead.")] = False,
) -> int:
    """Show the sixteen days at a glance: date, title, languages.

    ✓ there is a text in that language · ✗ there is none, or it can't be read.
    """
    plan = files(ctx, example=True).plan
    if json:
        output.document(output.calendar_json(plan))
    else:
        output.calendar(output.documents(), plan)
    return 0
