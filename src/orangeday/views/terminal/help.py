"""The first pages of help: the commands on one screen; and, with the first hour, more of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orangeday.views.console import ORANGE, documents

CommandGroups = Mapping[str, Mapping[str, str]]
"""The commands by what they are for, each with a line that says what it does."""


def overview(groups: CommandGroups, short_group: str) -> None:
    """Print the commands, on one screen of 80 × 24; those of `short_group` by their names alone, on one line."""
    console = documents()
    console.print(f"[bold {ORANGE}]orangeday[/] COMMAND \\[OPTIONS]: only --live, or the config, sends for real.")
    _commands(console, {group: lines for group, lines in groups.items() if group != short_group})
    names = ", ".join(groups[short_group])
    console.print(Text.assemble((f"{short_group:<8}", "bold"), (names, ORANGE), ": see orangeday help"))
    # Typer ends the page with a line of its own.
    console.print("First steps: orangeday help · Of a command: orangeday help COMMAND", style="dim", end="")


def guide(introduction: str, groups: CommandGroups, options: Iterable[tuple[str, str]]) -> None:
    """Print what orangeday is, what to do first, every command, every option."""
    console = documents()
    console.print(f"\n[bold {ORANGE}]orangeday[/] COMMAND \\[OPTIONS]\n\n{introduction}\n")
    console.print(_pair_table("The first hour", _FIRST_HOUR))
    console.print("Commands", style="bold")
    _commands(console, groups)
    console.print()
    console.print(_pair_table("Options, before a command or after it", options))
    console.print("Exit status: 0 nothing needs attention, 1 something does, 2 wrong usage or an unreadable config.")
    console.print("More of a command: orangeday help COMMAND\n", style="dim")


_FIRST_HOUR = (
    ("orangeday init embassy", "the files, in a folder of their own: it asks for all that it needs"),
    ("cd embassy", "every other command works in that folder"),
    ("orangeday check", "is anything wrong?"),
    ("orangeday preview 1", "how will day 1 read?"),
    ("orangeday rehearse", "all sixteen days, in seconds"),
    ("orangeday approve all", "a person's word for exactly this"),
    ("orangeday login", "an account's password, into this machine's keyring; then: orangeday doctor"),
    ("orangeday schedule", "and off it goes: with --live, for real"),
)


def _commands(console: Console, groups: CommandGroups) -> None:
    table = Table.grid(padding=(0, 1))
    for group, lines in groups.items():
        for number, (name, line) in enumerate(lines.items()):
            table.add_row(
                Text("" if number else group, "bold", no_wrap=True), Text(name, ORANGE, no_wrap=True), Text(line)
            )
    console.print(table)


def _pair_table(title: str, pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, show_header=False, padding=(0, 2, 0, 2)
    )
    for term, explanation in pairs:
        table.add_row(Text(term, style=ORANGE, no_wrap=True), Text(explanation))
    table.add_row()
    return table
