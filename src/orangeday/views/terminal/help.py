"""The first page of help: the commands, the options, and the first hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text

from orangeday.views.console import ORANGE, documents


def overview(introduction: str, commands: Mapping[str, str], options: Iterable[tuple[str, str]]) -> None:
    """Print the first page of help: what orangeday is, what to do first, every command, every option."""
    console = documents()
    console.print(f"\n[bold {ORANGE}]orangeday[/] COMMAND \\[OPTIONS]\n\n{introduction}\n")
    console.print(_pair_table("The first hour", _FIRST_HOUR))
    console.print(_pair_table("Commands", commands.items()))
    console.print(_pair_table("Options, before a command or after it", options))
    console.print("Exit status: 0 nothing needs attention, 1 something does, 2 wrong usage or an unreadable config.")
    console.print("More of a command: orangeday COMMAND --help\n", style="dim")


_FIRST_HOUR = (
    ("orangeday init embassy", "the files, in a folder of their own; put your embassy into config.toml"),
    ("orangeday check", "is anything wrong?"),
    ("orangeday preview 1", "how will day 1 read?"),
    ("orangeday rehearse", "all sixteen days, in seconds"),
    ("orangeday approve all", "a person's word for exactly this"),
    ("orangeday login", "an account's password, into this machine's keyring; then: orangeday doctor"),
    ("orangeday schedule", "and off it goes: with --live, for real"),
)


def _pair_table(title: str, pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, show_header=False, padding=(0, 2, 0, 2)
    )
    for term, explanation in pairs:
        table.add_row(Text(term, style=ORANGE, no_wrap=True), Text(explanation))
    table.add_row()
    return table
