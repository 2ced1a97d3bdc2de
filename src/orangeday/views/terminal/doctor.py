"""The view of `doctor`: the findings, those alike together, each with its next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orangeday.doctor.finding import Finding
from orangeday.text.phrases import plural, short_list
from orangeday.views.console import HEALTH_STYLES, single_line


def findings(console: Console, finding_list: Sequence[Finding]) -> None:
    """Print the findings, a line each, the next step below those that aren't well, and the result."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    number: Counter[str] = Counter()
    for group in _group_alike(finding_list):
        first = group[0]
        number[first.health] += 1
        word, style = HEALTH_STYLES[first.health]
        subject = first.subject
        if len(group) > 1:
            subject = short_list([finding.subject for finding in group], 2)
        text = single_line(f"{subject}: " if subject else "", "bold").append_text(single_line(first.observation))
        if first.step:
            other_steps_note = " (and likewise the others)" if len({finding.step for finding in group}) > 1 else ""
            text.append("\n").append_text(single_line(f"→ {first.step}{other_steps_note}", "cyan"))
        table.add_row(Text(word, style), Text(first.check), text)
    console.print(table)
    if number["failure"]:
        summary = f"{plural(number['failure'], 'failure')}, {plural(number['warning'], 'warning')}."
        console.print(f"\n{summary}", style="red")
    elif number["warning"]:
        console.print(f"\nNo failure, {plural(number['warning'], 'warning')}.", style="yellow")
    else:
        console.print("\n✓ All is well.", style="green")


def _group_alike(finding_list: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings in groups: those together that say the same of several accounts."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for number, finding in enumerate(finding_list):
        platform = finding.subject.partition("/")[2]
        group_key = (finding.check, finding.health, finding.observation, platform) if platform else (str(number),)
        groups.setdefault(group_key, []).append(finding)
    return list(groups.values())
