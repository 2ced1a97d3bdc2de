"""The live board of `schedule`: how it stands, what is next, what went out last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orangeday.content.plan import Plan
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.records import Pause
from orangeday.ledger.states import State
from orangeday.text.phrases import countdown, plural
from orangeday.views.console import ORANGE, STATE_STYLES, safe_text, single_line
from orangeday.views.sentences import PAUSED_LABEL, utc_beside
from orangeday.views.terminal.status import counts, line
from orangeday.views.terminal.text_rows import text_rows, text_table

_WIDTH_WITH_UTC = 76
"""The columns that a terminal has where UTC stands beside the local time, and the counts still in one line."""


def board(
    plan: Plan,
    statuses: Mapping[str, DeliveryStatus],
    now: datetime,
    mode: str,
    error: str | None,
    size: tuple[int, int],
    pauses: Sequence[Pause] = (),
) -> RenderableType:
    """Return the live view of `orangeday schedule`, for a terminal of this width and height.

    It has the counts, what needs a person, the next posts and the last ones.
    """
    width, height = size
    person_statuses = sorted((s for s in statuses.values() if s.needs_person), key=lambda s: s.delivery.due)
    coming_rows = text_rows(s for s in statuses.values() if s.delivery.due > now)
    past_rows = text_rows(s for s in statuses.values() if s.delivery.due <= now and s.state is not State.PAST)
    head = Table.grid(padding=(0, 1, 0, 0), expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right")
    head.add_row(
        single_line(plan.campaign.title, f"bold {ORANGE}"),
        Text.assemble((f" {mode} ", "bold black on yellow" if mode != "LIVE" else "bold white on red")),
    )
    head.add_row(counts(statuses.values()), Text(_time(plan, now, width), style="dim"))
    parts: list[RenderableType] = [head]
    hours = plan.config.catch_up / timedelta(hours=1)
    wait = f"Keep this open: while it is closed, posts wait, at most {hours:g} h. " if mode == "LIVE" else ""
    footer = f"{wait}Ctrl-C stops it."
    rows = max(6, height - 11 - (len(footer) > width))
    if error:
        parts.append(Padding(safe_text(error, "bold red"), (1, 0, 0, 0)))
        rows -= 3
    if person_statuses:
        parts.append(
            Text(f"\n{plural(len(person_statuses), 'post')} in need of attention, the latest:", style="bold red")
        )
        parts.append(line(person_statuses[-1], now))
        rows -= 5
    last_rows = past_rows[-max(2, rows // 2) :]
    # What needs attention says why already.
    wait_reasons = (
        []
        if person_statuses
        else [s.reason for row in last_rows for s in row if s.state is State.DEFERRED and s.reason]
    )
    rows -= 2 * bool(wait_reasons)
    if coming_rows:
        next_deliveries = (s.delivery for row in coming_rows for s in row)
        first = next((d for d in next_deliveries if not any(p.covers(d.embassy.id, d.platform) for p in pauses)), None)
        if first is None:
            parts.append(Text.assemble("\n", (PAUSED_LABEL, "bold white on red"), " It would go on with:"))
        else:
            parts.append(Text.assemble("\nNext in ", (countdown(first.due - now), f"bold {ORANGE}")))
        parts.append(text_table(plan, coming_rows[: max(2, rows - len(last_rows))], now, width))
    if last_rows:
        parts.append(Text("\nLast"))
        parts.append(text_table(plan, last_rows, now, width))
        if wait_reasons:
            parts.append(safe_text(f"… {wait_reasons[-1]}", STATE_STYLES[State.DEFERRED]))
    parts.append(Text(f"\n{footer}", style="dim"))
    return Group(*parts)


def _time(plan: Plan, now: datetime, width: int) -> str:
    """Return what time it is, to the second: on the clock of all embassies, or in UTC where theirs differ."""
    local_now = plan.shared_clock(now)
    if local_now is None:
        return f"{now:%H:%M:%S} UTC"
    return f"{local_now:%H:%M:%S}{f' ({utc_beside(local_now)})' if width >= _WIDTH_WITH_UTC else ''}"
