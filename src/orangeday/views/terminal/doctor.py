"""The view of `doctor`: the findings, those alike together, each with its next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orangeday.doctor.finding import Finding
from orangeday.text.phrases import plural
from orangeday.views.console import HEALTH_STYLES, in_a_line


def findings(console: Console, found: Sequence[Finding]) -> None:
    """Print the findings, a line each, the next step below those that aren't well, and the result."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    number: Counter[str] = Counter()
    for alike in _alike(found):
        first = alike[0]
        number[first.health] += 1
        word, style = HEALTH_STYLES[first.health]
        about = first.about
        if len(alike) > 1:
            some = ", ".join(finding.about for finding in alike[:2])
            more = f" and {len(alike) - 2} more" if len(alike) > 2 else ""
            about = f"{some}{more}"
        seen = in_a_line(f"{about}: " if about else "", "bold").append_text(in_a_line(first.seen))
        if first.step:
            others = " (and likewise the others)" if len({finding.step for finding in alike}) > 1 else ""
            seen.append("\n").append_text(in_a_line(f"→ {first.step}{others}", "cyan"))
        table.add_row(Text(word, style), Text(first.check), seen)
    console.print(table)
    if number["failure"]:
        said = f"{plural(number['failure'], 'failure')}, {plural(number['warning'], 'warning')}."
        console.print(f"\n{said}", style="red")
    elif number["warning"]:
        console.print(f"\nNo failure, {plural(number['warning'], 'warning')}.", style="yellow")
    else:
        console.print("\n✓ All is well.", style="green")


def _alike(found: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings in groups: those together that say the same of several accounts."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for number, finding in enumerate(found):
        platform = finding.about.partition("/")[2]
        same = (finding.check, finding.health, finding.seen, platform) if platform else (str(number),)
        groups.setdefault(same, []).append(finding)
    return list(groups.values())
