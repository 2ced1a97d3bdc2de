"""The options and arguments that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

ToSend = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        help="Send posts of this campaign only, such as 16days-2026. If the files plan another, nothing is sent.",
        metavar="NAME",
    ),
]
ToReview = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        help="The campaign, such as 16days-2026. Unless given: the one that runs, or that begins within 30 days, or "
        "that ran last.",
        metavar="NAME",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
Embassies = Annotated[
    list[str] | None, typer.Option("--embassy", help="Only this embassy; may be repeated.", metavar="NAME")
]
DAYS_HELP = "5, 5-8, today, tomorrow, or all"
Days = Annotated[list[str] | None, typer.Option("--day", help=f"Only these days: {DAYS_HELP}.", metavar="DAY")]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="Only this language; may be repeated.", metavar="CODE")
]
Platforms = Annotated[
    list[str] | None, typer.Option("--platform", help="Only this platform: x or bluesky.", metavar="NAME")
]
SendNothing = Annotated[bool, typer.Option("--dry-run", help="Send nothing, remember nothing.")]
SendForReal = Annotated[bool, typer.Option("--live", help="Send for real.")]
Separator = Annotated[
    str,
    typer.Option(help="Of a table's cells: , or tab, or ; which Excel wants in much of Europe.", metavar="SIGN"),
]
ActorName = Annotated[
    str | None, typer.Option("--by", help="Who acts (default: the operating system's user).", metavar="NAME")
]
Key = Annotated[str, typer.Argument(help="A post, as `orangeday status` names it: 05/nairobi/x/en.", metavar="KEY")]
Keys = Annotated[list[str], typer.Argument(help="Posts, as `orangeday status` names them.", metavar="KEY…")]


LedgerOption = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        help="The record of posts, where config.toml can't be read: its file, or its address.",
        metavar="FILE",
    ),
]
