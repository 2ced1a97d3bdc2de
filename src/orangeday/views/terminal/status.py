"""The views of deliveries: how they stand, at a glance or all; a line each; the table by day; the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from orangeday.clock import local, utc
from orangeday.content.plan import Plan
from orangeday.engine.advice import remedy
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.records import Event
from orangeday.ledger.states import State
from orangeday.text.phrases import plural
from orangeday.views.console import STATE_MARKS, STATE_STYLES, single_line
from orangeday.views.terminal.text_rows import shows_year, text_rows, text_table

_ROWS_AT_A_GLANCE = 3
_POSTS_AT_A_GLANCE = 5
_UNFINISHED_STATES = (State.SCHEDULED, State.UNAPPROVED, State.DEFERRED, State.ARMED, State.HELD)
"""The states of what isn't out yet, and still can be."""


def at_a_glance(plan: Plan, statuses: Sequence[DeliveryStatus], now: datetime, width: int) -> Iterator[RenderableType]:
    """Yield what needs attention, what waits, what is next, and what went out last with its links."""
    yield from needing_attention(statuses, now, _POSTS_AT_A_GLANCE)
    yield from waiting(plan, statuses, now, width, _ROWS_AT_A_GLANCE)
    next_rows = text_rows(s for s in statuses if s.delivery.due > now)[:_ROWS_AT_A_GLANCE]
    if next_rows:
        yield Text("Next", "bold")
        yield text_table(plan, next_rows, now, width)
    past_states = (State.PUBLISHED, State.RETRACTED)
    last_rows = text_rows(s for s in statuses if s.receipt and not s.is_dry and s.state in past_states)[
        -_ROWS_AT_A_GLANCE:
    ]
    if last_rows:
        yield Text("Last", "bold")
        for row in last_rows:
            yield text_table(plan, [row], now, width)
            for status in row:
                yield Text("   ").append_text(single_line(status.receipt.url if status.receipt else "", "dim"))


def needing_attention(
    statuses: Iterable[DeliveryStatus], now: datetime, limit: int | None = None
) -> Iterator[RenderableType]:
    """Yield what needs attention, each post with its reason, and what to do; nothing where nothing does.

    Of more posts than `limit` it yields the number; those that can still go out, and the latest, stand there first.
    """
    problems = [status for status in statuses if status.needs_person]
    if not problems:
        return
    yield Text(f"{plural(len(problems), 'post')} {'needs' if len(problems) == 1 else 'need'} attention", "bold red")
    if limit and len(problems) > limit:
        urgent = [status for status in problems if now < status.delivery.deadline]
        others = [status for status in reversed(problems) if now >= status.delivery.deadline]
        yield from (line(status, now) for status in [*urgent, *others][:limit])
        yield Text(f"  and {plural(len(problems) - limit, 'more post')}: orangeday status --wrong", "bold red")
    else:
        yield from (line(status, now) for status in problems)


def waiting(
    plan: Plan, statuses: Iterable[DeliveryStatus], now: datetime, width: int, limit: int | None = None
) -> Iterator[RenderableType]:
    """Yield what is due, isn't out yet and asks nobody for anything, each with its reason; nothing where nothing is.

    Of more texts than `limit`, it yields the number.
    """
    late = [s for s in statuses if s.delivery.due <= now and s.state in _UNFINISHED_STATES and not s.needs_person]
    rows = text_rows(late)
    if rows:
        yield Text("Due, and not out yet", "bold")
    for row in rows[:limit]:
        yield text_table(plan, [row], now, width)
        for detail in dict.fromkeys(detail for status in row for detail in _details(status, now)):
            yield Text("   ").append_text(single_line(detail, "dim"))
    if limit and len(rows) > limit:
        yield Text(f"   and {plural(len(rows) - limit, 'more text')}: orangeday status --all", "dim")


def line(status: DeliveryStatus, now: datetime) -> Text:
    """Return one delivery in a line, for a log or a list; its next step is the one at `now`."""
    delivery, state = status.delivery, status.state
    with_year = shows_year(delivery.plan)
    text = Text.assemble(
        (f"{STATE_MARKS[state]} {status.in_words:<{12 if status.is_dry else 9}}", STATE_STYLES[state]),
        f" {local(delivery.local(delivery.due), with_year=with_year):<{30 if with_year else 25}}"
        f" {utc(delivery.due, with_year=with_year):>{21 if with_year else 16}} ",
        single_line(delivery.key.partition("/")[2], "bold"),
    )
    if status.receipt and not status.is_dry:  # nobody can follow a dry run's link
        text.append("  ").append_text(single_line(status.receipt.url, "dim"))
    for detail in _details(status, now):
        text.append("\n            ").append_text(single_line(detail, STATE_STYLES[state]))
    return text


def _details(status: DeliveryStatus, now: datetime) -> Iterator[str]:
    """Yield what there is to say of a delivery besides its state: the reason, when it is tried again, the next step."""
    step = remedy(status, now)
    reason = status.explanation if step else status.reason
    if reason:
        yield reason
    if status.next_try:
        yield status.next_try
    if step:
        yield str(step)


def event_line(event: Event) -> Text:
    """Return a line of the ledger's log."""
    text = Text.assemble((f"{event.moment:%Y-%m-%d %H:%M:%S} UTC", "dim"), f"  {event.action:<16}  ")
    text.append_text(single_line(event.key or "", "bold"))
    if event.detail:
        text.append("  " if event.key else "").append_text(single_line(event.detail))
    return text.append_text(single_line(f"  {event.actor} at {event.machine}", "dim"))


def counts(statuses: Iterable[DeliveryStatus]) -> Text:
    """Return the number of deliveries in each state."""
    number = Counter((status.state, status.in_words) for status in statuses)
    order = list(STATE_STYLES)
    parts = [
        Text(f"{number[state, words]:,} {words}", STATE_STYLES[state])
        for state, words in sorted(number, key=lambda pair: order.index(pair[0]))
    ]
    return Text(" · ").join(parts) if parts else Text("nothing")


def by_day(plan: Plan, statuses: Iterable[DeliveryStatus]) -> Table:
    """Return the campaign in sixteen lines: what is planned each day, and its state.

    Its hours are local where each day's posts have one clock, and in UTC otherwise.
    """
    days: dict[int, list[DeliveryStatus]] = {}
    for status in statuses:
        days.setdefault(status.delivery.number, []).append(status)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, is_right in (
        ("day", True),
        ("date", False),
        ("posts", True),
        ("first", False),
        ("last", False),
        ("state", False),
    ):
        table.add_column(name, justify="right" if is_right else "left", no_wrap=name != "state")
    with_year = shows_year(plan)
    is_local = all(len(_utc_offsets(day_statuses)) == 1 for day_statuses in days.values())
    for number, day_statuses in sorted(days.items()):
        date = plan.date(number)
        deliveries = sorted((status.delivery for status in day_statuses), key=lambda delivery: delivery.due)
        first, last = (
            f"{d.local(d.due):%H:%M}" if is_local else utc(d.due, with_year=False)
            for d in (deliveries[0], deliveries[-1])
        )
        table.add_row(
            str(number),
            f"{date:%a} {date.day:2} {date:%b}{f' {date.year}' if with_year else ''}",
            str(len(day_statuses)),
            first,
            last,
            counts(day_statuses),
        )
    return table


def _utc_offsets(day_statuses: Iterable[DeliveryStatus]) -> set[timedelta | None]:
    """Return how far the clocks of these posts' embassies are from UTC, each once."""
    return {status.delivery.local(status.delivery.due).utcoffset() for status in day_statuses}
