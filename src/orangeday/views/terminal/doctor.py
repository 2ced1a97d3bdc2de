"""The views of `doctor`: the answer, with what is missing; and all findings, a line each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orangeday.clock import local
from orangeday.content.plan import Delivery
from orangeday.doctor.finding import Finding
from orangeday.doctor.verdict import FindingGroup, Verdict, alike
from orangeday.text.phrases import plural, short_list
from orangeday.views.console import HEALTH_STYLES, single_line
from orangeday.views.layout import fold_lines

_MAX_ACCOUNTS_SHOWN = 3
"""The number of accounts that a line names; the others are counted."""


def answer(console: Console, verdict: Verdict, next_delivery: Delivery | None, *, is_offline: bool) -> None:
    """Print whether a live run could start: if so, with the next post; if not, with what is missing, numbered."""
    if verdict.end:
        console.print(single_line(f"– Nothing is left to send. {_sentence(verdict.end.observation)}", "bold"))
        console.print(single_line(f"→ {verdict.end.step}", "cyan"))
    if verdict.missing:
        number = len(verdict.missing)
        things = f"{plural(number, 'thing')} {'is' if number == 1 else 'are'} missing."
        head = things[:1].upper() + things[1:] if verdict.end else f"Not ready to go live: {things}"
        console.print(f"✗ {head}\n", style="bold red")
        _print_list(console, [f"{place}." for place in range(1, number + 1)], verdict.missing, "red")
    elif not verdict.end:
        condition = ", as far as can be told without the network" if is_offline else ""
        console.print(f"✓ Ready to go live{condition}.", style="bold green")
        if next_delivery:
            moment = local(next_delivery.local(next_delivery.due))
            console.print(single_line(f"  Next post: {moment}, {next_delivery.in_words}."))


def warnings(console: Console, verdict: Verdict) -> None:
    """Print what could be better, though everything goes out."""
    if verdict.warnings:
        console.print()
        _print_list(console, ["⚠"] * len(verdict.warnings), verdict.warnings, "yellow")


def findings(console: Console, finding_list: Sequence[Finding]) -> None:
    """Print all findings, a line each, with the next step below those that aren't well."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for group in alike(finding_list):
        first = group[0]
        word, style = HEALTH_STYLES[first.health]
        table.add_row(Text(word, style), Text(first.check), _text(_subject(group), group))
    console.print(table)
    console.print()


def _print_list(console: Console, marks: Sequence[str], groups: Sequence[FindingGroup], style: str) -> None:
    """Print groups of findings, each behind its mark."""
    for mark, group in zip(marks, groups, strict=True):
        text = _text(_subject(group) or _NAMES.get(group[0].check, group[0].check.capitalize()), group)
        margin = Text(f"{mark} ", style)
        for line in fold_lines(console, text, console.width - margin.cell_len):
            console.print(margin + line)
            margin = Text(" " * margin.cell_len)


_NAMES = {
    "brake": "Paused", "late start": "First start", "ledger": "Record of posts", "clock": "This computer's clock",
    "zones": "Time zones", "network": "Network", "last run": "Last live run",
}  # fmt: skip
"""The names of checks for a list that is read without the others."""


def _text(subject: str, group: FindingGroup) -> Text:
    """Return a group of findings in words, with its next step."""
    first = group[0]
    text = single_line(f"{subject}: " if subject else "", "bold").append_text(single_line(first.observation))
    if first.step:
        has_other_steps = not first.outage and len({finding.step for finding in group}) > 1
        note = " (and likewise the others)" if has_other_steps else ""
        text.append("\n").append_text(single_line(f"→ {first.step}{note}", "cyan"))
    return text


def _subject(group: FindingGroup) -> str:
    """Return the names of the accounts, or the server, that a group is about; or nothing."""
    first = group[0]
    if not first.handle:
        return first.subject
    handles = [finding.handle.partition(" on ")[0] for finding in group]
    return f"{short_list(handles, _MAX_ACCOUNTS_SHOWN)} on {first.handle.partition(' on ')[2]}"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
