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
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.records import Event, Pause
from orangeday.ledger.states import State
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import countdown, plural
from orangeday.views.console import ORANGE, STATE_MARKS, STATE_STYLES, safe_text, single_line
from orangeday.views.sentences import PAUSED_LABEL


def line(status: DeliveryStatus) -> Text:
    """Return one delivery in a line, for a log or a list."""
    delivery, state = status.delivery, status.state
    with_year = _shows_year(delivery.plan)
    text = Text.assemble(
        (f"{STATE_MARKS[state]} {state:<9}", STATE_STYLES[state]),
        f" {local(delivery.local(delivery.due), with_year=with_year):<{30 if with_year else 25}}"
        f" {utc(delivery.due, with_year=with_year):>{21 if with_year else 16}} ",
        single_line(delivery.key.partition("/")[2], "bold"),
    )
    if status.receipt and not status.receipt.url.startswith("dry-run:"):  # nobody can follow that link
        text.append("  ").append_text(single_line(status.receipt.url, "dim"))
    if status.reason:
        text.append("\n            ").append_text(single_line(status.reason, STATE_STYLES[state]))
    if next_try_text := status.next_try:
        text.append("\n            ").append_text(single_line(next_try_text, STATE_STYLES[state]))
    if state is State.UNSURE:
        text.append("\n            ").append_text(single_line(_how_to_settle(delivery), STATE_STYLES[state]))
    return text


def _shows_year(plan: Plan) -> bool:
    """Return whether dates are written with their year: all of a plan's, or none, so that a list stays even."""
    return any(needs_year(datetime.combine(day, time(12), UTC)) for day in (plan.first, plan.date(DAYS[-1])))


def _how_to_settle(delivery: Delivery) -> str:
    """Return the advice for a post that may be live: where a person looks for it, and what they type then."""
    key = delivery.key.partition("/")[2]
    return (
        f"orangeday keeps checking the account. By hand: look at {PLATFORMS[delivery.platform].profile_url}"
        f"{delivery.account.handle}, then `orangeday settle {key} --published ADDRESS`, or `--not-published`."
    )


def event_line(event: Event) -> Text:
    """Return a line of the ledger's log."""
    text = Text.assemble((f"{event.moment:%Y-%m-%d %H:%M:%S} UTC", "dim"), f"  {event.action:<16}  ")
    text.append_text(single_line(event.key or "", "bold"))
    if event.detail:
        text.append("  " if event.key else "").append_text(single_line(event.detail))
    return text.append_text(single_line(f"  {event.actor} at {event.machine}", "dim"))


def counts(statuses: Iterable[DeliveryStatus]) -> Text:
    """Return the number of deliveries in each state."""
    number: Counter[str] = Counter(status.state for status in statuses)
    parts = [Text(f"{number[state]} {state}", style=STATE_STYLES[state]) for state in STATE_STYLES if number[state]]
    return Text(" · ").join(parts) if parts else Text("nothing")


def by_day(plan: Plan, statuses: Iterable[DeliveryStatus]) -> Table:
    """Return the campaign in sixteen lines: what is planned each day, and its state."""
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
    with_year = _shows_year(plan)
    for number, day_statuses in sorted(days.items()):
        date = plan.date(number)
        dues = sorted(status.delivery.due for status in day_statuses)
        table.add_row(
            str(number),
            f"{date:%a} {date.day:2} {date:%b}{f' {date.year}' if with_year else ''}",
            str(len(day_statuses)),
            utc(dues[0], with_year=False),
            utc(dues[-1], with_year=False),
            counts(day_statuses),
        )
    return table


def board(
    plan: Plan,
    statuses: Mapping[str, DeliveryStatus],
    now: datetime,
    mode: str,
    error: str | None,
    height: int,
    pauses: Sequence[Pause] = (),
) -> RenderableType:
    """Return the live view of `orangeday schedule`.

    It has the counts, what needs a person, the next posts and the last ones.
    """
    sorted_statuses = sorted(statuses.values(), key=lambda status: status.delivery.due)
    person_statuses = [s for s in sorted_statuses if s.needs_person]
    coming_groups = _group_posts(s for s in sorted_statuses if s.delivery.due > now)
    past_groups = _group_posts(s for s in sorted_statuses if s.delivery.due <= now and s.state is not State.PAST)
    head = Table.grid(expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right")
    head.add_row(
        single_line(plan.campaign.title, f"bold {ORANGE}"),
        Text(mode, style="bold black on yellow" if mode != "LIVE" else "bold white on red"),
    )
    head.add_row(counts(sorted_statuses), Text(f"{now:%H:%M:%S} UTC", style="dim"))
    parts: list[RenderableType] = [head]
    rows = max(6, height - 11)
    if error:
        parts.append(Padding(safe_text(error, "bold red"), (1, 0, 0, 0)))
        rows -= 3
    if person_statuses:
        parts.append(
            Text(f"\n{plural(len(person_statuses), 'post')} in need of attention, the latest:", style="bold red")
        )
        parts.append(line(person_statuses[-1]))
        rows -= 5
    last_groups = past_groups[-max(2, rows // 2) :]
    # What needs attention says why already.
    wait_reasons = (
        []
        if person_statuses
        else [s.reason for group in last_groups for s in group if s.state is State.DEFERRED and s.reason]
    )
    rows -= 2 * bool(wait_reasons)
    width, with_year = max((len(embassy) for embassy in plan.config.embassies), default=0), _shows_year(plan)
    if coming_groups:
        next_deliveries = (s.delivery for group in coming_groups for s in group)
        first = next((d for d in next_deliveries if not any(p.covers(d.embassy.id, d.platform) for p in pauses)), None)
        if first is None:
            parts.append(Text.assemble("\n", (PAUSED_LABEL, "bold white on red"), " It would go on with:"))
        else:
            parts.append(Text.assemble("\nNext in ", (countdown(first.due - now), f"bold {ORANGE}")))
        parts.append(_table(coming_groups[: max(2, rows - len(last_groups))], width, with_year))
    if last_groups:
        parts.append(Text("\nLast"))
        parts.append(_table(last_groups, width, with_year))
        if wait_reasons:
            parts.append(safe_text(f"… {wait_reasons[-1]}", STATE_STYLES[State.DEFERRED]))
    parts.append(Text("\nCtrl-C stops; what is due then waits for the next start.", style="dim"))
    return Group(*parts)


def _group_posts(statuses: Iterable[DeliveryStatus]) -> list[list[DeliveryStatus]]:
    """Return the deliveries in groups: one embassy's text on several platforms, in the same state, is one group."""
    groups: dict[tuple[int, str, str, str], list[DeliveryStatus]] = {}
    for status in statuses:
        delivery = status.delivery
        group = delivery.number, delivery.embassy.id, delivery.language, status.state
        groups.setdefault(group, []).append(status)
    return list(groups.values())


def _table(groups: Sequence[Sequence[DeliveryStatus]], width: int, with_year: bool) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False, expand=True)
    for column in (1, 6, width, 2, 31 if with_year else 26, 16):
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
            local(delivery.local(delivery.due), with_year=with_year),
            Text(utc(delivery.due, with_year=False), style="dim"),
            Text(", ".join(PLATFORMS[s.delivery.platform].title for s in group)).append_text(single_line(title, "dim")),
        )
    return table
