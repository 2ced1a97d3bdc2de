"""The views of deliveries: a line each, the table by day, the log, and the live board of `schedule`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orangeday.clock import DAYS, local, needs_year, utc
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.status import Standing
from orangeday.ledger.records import Event, Pause
from orangeday.ledger.states import State
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import countdown, plural
from orangeday.views.console import ORANGE, STATE_MARKS, STATE_STYLES, in_a_line, shown
from orangeday.views.sentences import PAUSED


def line(standing: Standing) -> Text:
    """Return one delivery in a line, for a log or a list."""
    delivery, state = standing.delivery, standing.state
    dated = _dated(delivery.plan)
    text = Text.assemble(
        (f"{STATE_MARKS[state]} {state:<9}", STATE_STYLES[state]),
        f" {local(delivery.local(delivery.due), dated=dated):<{30 if dated else 25}}"
        f" {utc(delivery.due, dated=dated):>{21 if dated else 16}} ",
        in_a_line(delivery.key.partition("/")[2], "bold"),
    )
    if standing.receipt and not standing.receipt.url.startswith("dry-run:"):  # nobody can follow that link
        text.append("  ").append_text(in_a_line(standing.receipt.url, "dim"))
    if standing.why:
        text.append("\n            ").append_text(in_a_line(standing.why, STATE_STYLES[state]))
    if state is State.UNSURE:
        text.append("\n            ").append_text(in_a_line(_how_to_settle(delivery), STATE_STYLES[state]))
    return text


def _dated(plan: Plan) -> bool:
    """Return whether dates are written with their year: all of a plan's, or none, so that a list stays even."""
    return any(needs_year(datetime.combine(day, time(12), UTC)) for day in (plan.first, plan.date(DAYS[-1])))


def _how_to_settle(delivery: Delivery) -> str:
    """Return the advice for a post that may be live: where a person looks for it, and what they type then."""
    key = delivery.key.partition("/")[2]
    return (
        f"orangeday keeps checking the account. By hand: look at {PLATFORMS[delivery.platform].profile}"
        f"{delivery.account.handle}, then `orangeday settle {key} --published ADDRESS`, or `--not-published`."
    )


def event(event: Event) -> Text:
    """Return a line of the ledger's log."""
    text = Text.assemble((f"{event.at:%Y-%m-%d %H:%M:%S} UTC", "dim"), f"  {event.what:<16}  ")
    text.append_text(in_a_line(event.key or "", "bold"))
    if event.detail:
        text.append("  " if event.key else "").append_text(in_a_line(event.detail))
    return text.append_text(in_a_line(f"  {event.who} at {event.machine}", "dim"))


def counts(standings: Iterable[Standing]) -> Text:
    """Return the number of deliveries in each state."""
    number: Counter[str] = Counter(standing.state for standing in standings)
    parts = [Text(f"{number[state]} {state}", style=STATE_STYLES[state]) for state in STATE_STYLES if number[state]]
    return Text(" · ").join(parts) if parts else Text("nothing")


def by_day(plan: Plan, standings: Iterable[Standing]) -> Table:
    """Return the campaign in sixteen lines: what is planned each day, and its state."""
    days: dict[int, list[Standing]] = {}
    for standing in standings:
        days.setdefault(standing.delivery.number, []).append(standing)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, right in (
        ("day", True),
        ("date", False),
        ("posts", True),
        ("first", False),
        ("last", False),
        ("state", False),
    ):
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "state")
    dated = _dated(plan)
    for number, there in sorted(days.items()):
        date = plan.date(number)
        dues = sorted(standing.delivery.due for standing in there)
        table.add_row(
            str(number),
            f"{date:%a} {date.day:2} {date:%b}{f' {date.year}' if dated else ''}",
            str(len(there)),
            utc(dues[0], dated=False),
            utc(dues[-1], dated=False),
            counts(there),
        )
    return table


def board(
    plan: Plan,
    standings: Mapping[str, Standing],
    now: datetime,
    mode: str,
    trouble: str | None,
    height: int,
    pauses: Sequence[Pause] = (),
) -> RenderableType:
    """Return the live view of `orangeday schedule`.

    It has the counts, what needs a person, the next posts and the last ones.
    """
    ordered = sorted(standings.values(), key=lambda standing: standing.delivery.due)
    waiting = [s for s in ordered if s.needs_person]
    coming = _together(s for s in ordered if s.delivery.due > now)
    gone = _together(s for s in ordered if s.delivery.due <= now and s.state is not State.PAST)
    head = Table.grid(expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right")
    head.add_row(
        in_a_line(plan.campaign.title, f"bold {ORANGE}"),
        Text(mode, style="bold black on yellow" if mode != "LIVE" else "bold white on red"),
    )
    head.add_row(counts(ordered), Text(f"{now:%H:%M:%S} UTC", style="dim"))
    parts: list[RenderableType] = [head]
    rows = max(6, height - 11)
    if trouble:
        parts.append(Padding(shown(trouble, "bold red"), (1, 0, 0, 0)))
        rows -= 3
    if waiting:
        parts.append(Text(f"\n{plural(len(waiting), 'post')} in need of attention, the latest:", style="bold red"))
        parts.append(line(waiting[-1]))
        rows -= 5
    last = gone[-max(2, rows // 2) :]
    # What needs attention says why already.
    waits = [] if waiting else [s.why for together in last for s in together if s.state is State.DEFERRED and s.why]
    rows -= 2 * bool(waits)
    width, dated = max((len(embassy) for embassy in plan.config.embassies), default=0), _dated(plan)
    if coming:
        going = (s.delivery for together in coming for s in together)
        first = next((d for d in going if not any(p.covers(d.embassy.id, d.platform) for p in pauses)), None)
        if first is None:
            parts.append(Text.assemble("\n", (PAUSED, "bold white on red"), " It would go on with:"))
        else:
            parts.append(Text.assemble("\nNext in ", (countdown(first.due - now), f"bold {ORANGE}")))
        parts.append(_table(coming[: max(2, rows - len(last))], width, dated))
    if last:
        parts.append(Text("\nLast"))
        parts.append(_table(last, width, dated))
        if waits:
            parts.append(shown(f"… {waits[-1]}", STATE_STYLES[State.DEFERRED]))
    parts.append(Text("\nCtrl-C stops; what is due then waits for the next start.", style="dim"))
    return Group(*parts)


def _together(standings: Iterable[Standing]) -> list[list[Standing]]:
    """Return the deliveries in groups: one embassy's text on several platforms, in the same state, is one group."""
    groups: dict[tuple[int, str, str, str], list[Standing]] = {}
    for standing in standings:
        delivery = standing.delivery
        group = delivery.number, delivery.embassy.id, delivery.language, standing.state
        groups.setdefault(group, []).append(standing)
    return list(groups.values())


def _table(groups: Sequence[Sequence[Standing]], width: int, dated: bool) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False, expand=True)
    for column in (1, 6, width, 2, 31 if dated else 26, 16):
        table.add_column(no_wrap=True, width=column)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for group in groups:
        delivery, state = group[0].delivery, group[0].state
        title = f"  {delivery.day.title}" if delivery.day and delivery.day.title else ""
        table.add_row(
            Text(STATE_MARKS[state], style=STATE_STYLES[state]),
            f"day {delivery.number:2}",
            Text(delivery.embassy.id, style="bold"),
            delivery.language,
            local(delivery.local(delivery.due), dated=dated),
            Text(utc(delivery.due, dated=False), style="dim"),
            Text(", ".join(PLATFORMS[s.delivery.platform].title for s in group)).append_text(in_a_line(title, "dim")),
        )
    return table
