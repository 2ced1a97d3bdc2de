"""A list of posts with a text in each row, its platforms side by side; and the list at any width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from rich.table import Table
from rich.text import Text

from orangeday.clock import DAYS, needs_year, utc, wall_time
from orangeday.content.plan import Plan
from orangeday.engine.status import DeliveryStatus
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import relative
from orangeday.views.console import STATE_MARKS, STATE_STYLES, single_line

TextRow = Sequence[DeliveryStatus]
"""The posts of one text for one embassy: one for each platform."""

_WIDTH_WITH_STATE, _WIDTH_WITH_UTC = 76, 110
"""The columns that a terminal has where a row also has its state in words, and its time in UTC."""


def text_rows(statuses: Iterable[DeliveryStatus]) -> list[TextRow]:
    """Return the posts in rows, in the order of their time."""
    rows: dict[tuple[int, str, str], list[DeliveryStatus]] = {}
    for status in sorted(statuses, key=lambda status: status.delivery.due):
        delivery = status.delivery
        rows.setdefault((delivery.number, delivery.embassy.id, delivery.language), []).append(status)
    return [*rows.values()]


def text_table(plan: Plan, rows: Iterable[TextRow], now: datetime, width: int) -> Table:
    """Return the rows as a table for a terminal of so many columns.

    What tells one row from another stands in all; the embassy where there are several, the state in words and UTC where
    there is room for them.
    """
    has_embassies, with_year = len(plan.config.embassies) > 1, shows_year(plan)
    has_words, has_utc = width >= _WIDTH_WITH_STATE, width >= _WIDTH_WITH_UTC
    has_distance = has_words or not has_embassies
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    for _ in range(3 + has_embassies + has_words + has_distance + has_utc):
        table.add_column(no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for row in rows:
        delivery, states = row[0].delivery, {status.state for status in row}
        style = STATE_STYLES[row[0].state] if len(states) == 1 else ""
        cells = [
            Text(STATE_MARKS[row[0].state] if len(states) == 1 else " ", style),
            Text(f"{delivery.number}", "bold"),
            Text(delivery.language),
            Text(wall_time(delivery.local(delivery.due), with_year=with_year)),
            _platforms(row),
            *([Text(relative(delivery.due - now), "dim")] if has_distance else []),
            single_line(str(delivery.day.title or "") if delivery.day else ""),
        ]
        if has_utc:
            cells.insert(4, Text(utc(delivery.due, with_year=False), "dim"))
        if has_words:
            cells.insert(-2, Text(row[0].in_words if len(states) == 1 else "", style))
        if has_embassies:
            cells.insert(2, Text(delivery.embassy.id, "bold"))
        table.add_row(*cells)
    return table


def _platforms(row: TextRow) -> Text:
    """Return the platforms of a text; each with its own mark where they aren't in the same state."""
    titles = [PLATFORMS[status.delivery.platform].title for status in row]
    if len({status.state for status in row}) == 1:
        return Text(", ".join(titles))
    parts = [
        Text.assemble(title, " ", (STATE_MARKS[status.state], STATE_STYLES[status.state]))
        for title, status in zip(titles, row, strict=True)
    ]
    return Text("  ").join(parts)


def shows_year(plan: Plan) -> bool:
    """Return whether dates are written with their year: all of a plan's, or none, so that a list stays even."""
    return any(needs_year(datetime.combine(day, time(12), UTC)) for day in (plan.first, plan.date(DAYS[-1])))
