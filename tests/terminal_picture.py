"""A picture of orangeday on a terminal, for the README: what it says itself, drawn by Rich's own export.

    python -m tests.terminal_picture > docs/terminal.svg

It is day 5 of the campaign of 2026, on the shipped files: one post as it will read, and what `schedule` shows. The
picture asks nothing of the network: its letters are the reader's own.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from orangeday.adapters.dry_run import DryRun
from orangeday.approvals import store as approvals
from orangeday.commands.runs import with_approvals
from orangeday.content.config import Account
from orangeday.engine.publisher import Publisher
from orangeday.engine.rehearsal import VirtualClock
from orangeday.engine.status import statuses
from orangeday.ledger.ledger import throwaway
from orangeday.views.terminal import preview as preview_view
from orangeday.views.terminal.board import board

from .support.common import EXAMPLE, plan_of

MOMENT = datetime(2026, 11, 29, 9, 2, 47, tzinfo=UTC)
WIDTH = 96

_COLOURS = (
    (72, 74, 78), (240, 104, 96), (126, 192, 118), (240, 190, 90), (110, 168, 230), (198, 146, 220), (98, 194, 200),
    (210, 210, 206),
)  # fmt: skip
"""Black, red, green, yellow, blue, magenta, cyan and white, for a dark ground."""
THEME = TerminalTheme((30, 31, 34), (222, 222, 218), list(_COLOURS))

SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>orangeday on a terminal</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate(26, {terminal_y}) scale(.97)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""As Rich's own, with a margin, and without the address of a font."""


def screen() -> Console:
    """A terminal on which both commands have been typed."""
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor", highlight=False,
        legacy_windows=False,
    )  # fmt: skip
    plan = plan_of(EXAMPLE)
    _type(console, "orangeday preview 5 --language fr --embassy hanoi")
    shown = [d for d in plan if (d.number, d.language, d.embassy.id) == (5, "fr", "hanoi")]
    preview_view.previews(console, shown, show_all=True)
    console.print()
    _type(console, "orangeday schedule")
    clock = VirtualClock(plan.begins)

    def connect(account: Account) -> DryRun:
        return DryRun(account, clock)

    with throwaway(clock) as ledger:
        publisher = Publisher(plan, ledger, connect, clock)
        try:
            publisher.publish_due(clock.now)
            for moment in [moment for moment in plan.due_moments(clock.now) if moment < MOMENT]:
                clock.now = moment
                publisher.publish_due(moment)
        finally:
            publisher.close()
        saved_approvals = approvals.load(plan.campaign.folder)
        standings = with_approvals(plan, statuses(plan, ledger, MOMENT, plan, saved_approvals))
        console.print(
            board(
                plan, {standing.delivery.key: standing for standing in standings}, MOMENT, "DRY RUN", None, (WIDTH, 20)
            )
        )
    return console


def picture() -> str:
    drawn = screen().export_svg(title="orangeday", theme=THEME, code_format=SVG, unique_id="orangeday")
    return "\n".join(line.rstrip() for line in drawn.splitlines() if line.strip()) + "\n"


def _type(console: Console, command: str) -> None:
    console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(picture())
