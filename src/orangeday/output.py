"""What is shown on a terminal, by Rich. It draws values and asks nothing; documents for programs are JSON on stdout.

Whatever comes from a file or a platform is shown as text, never as markup, with its control characters made visible.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from orangeday.problems import Problem, Severity, errors, in_order
from orangeday.text import PLATFORMS

if TYPE_CHECKING:
    from orangeday.campaign import Campaign
    from orangeday.plan import Delivery, Plan
    from orangeday.standing import Standing

ORANGE = "dark_orange"
_STYLES = {
    "published": "green", "scheduled": "", "past": "dim", "armed": "cyan", "deferred": "yellow", "held": "yellow",
    "refused": "red", "unsure": "magenta", "missed": "red", "retracted": "dim",
}  # fmt: skip
_MARKS = {
    "published": "✓", "scheduled": "·", "past": "–", "armed": "→", "deferred": "…", "held": "‖",
    "refused": "✗", "unsure": "?", "missed": "✗", "retracted": "⌫",
}  # fmt: skip
_CONTROLS = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | dict.fromkeys(
    (*range(127, 160), *range(8234, 8239), *range(8294, 8298)), 65533
)


def documents() -> Console:
    """Where what was asked for goes: stdout."""
    return Console(highlight=False)


def messages() -> Console:
    """Where everything else goes: stderr."""
    return Console(stderr=True, highlight=False)


def say(message: str, style: str = "") -> None:
    """A message to the officer, on stderr."""
    console = messages()
    console.print(shown(message, style), soft_wrap=not console.is_terminal)


def shown(text: str, style: str = "") -> Text:
    """Foreign text, fit for a terminal: nothing in it can move the cursor or colour the screen."""
    return Text(text.translate(_CONTROLS), style=style)


def document(value: Mapping[str, Any]) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


# Help


def overview(introduction: str, commands: Mapping[str, str], options: Iterable[tuple[str, str]]) -> None:
    """The first page of help: what it is, what to do first, every command, every option."""
    console = documents()
    console.print(f"\n[bold {ORANGE}]orangeday[/] COMMAND \\[OPTIONS]\n\n{introduction}\n")
    console.print(_pairs("The first hour", _FIRST_HOUR))
    console.print(_pairs("Commands", commands.items()))
    console.print(_pairs("Options, before a command or after it", options))
    console.print("Exit status: 0 nothing needs a person, 1 something does, 2 wrong usage or an unreadable config.")
    console.print("More of a command: orangeday COMMAND --help\n", style="dim")


_FIRST_HOUR = (
    ("orangeday init embassy", "the files, in a folder of their own; put your embassy into config.toml"),
    ("orangeday check", "is anything wrong?"),
    ("orangeday preview 1", "how will day 1 read?"),
    ("orangeday rehearse", "all sixteen days, in seconds"),
    ("orangeday schedule", "and off it goes"),
)


def _pairs(title: str, pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, show_header=False, padding=(0, 2, 0, 2)
    )
    for left, right in pairs:
        table.add_row(Text(left, style=ORANGE, no_wrap=True), Text(right))
    table.add_row()
    return table


# Times


def utc(moment: datetime) -> str:
    """`25 Nov 08:00 UTC`."""
    there = moment.astimezone(UTC)
    return f"{there.day} {there:%b %H:%M} UTC"


def local(moment: datetime) -> str:
    """An embassy's own time with its zone: `Wed 25 Nov 09:00 UTC+5:30`."""
    offset = moment.utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    zone = f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
    return f"{moment:%a} {moment.day:2} {moment:%b %H:%M} {zone}"


def span(length: timedelta) -> str:
    """A length of time as a countdown: `1 d 03:20:05`."""
    seconds = max(0, int(length.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock


# Problems


def problems(console: Console, found: Iterable[Problem]) -> None:
    """Each Problem: where, what is wrong, and what to do."""
    for problem in in_order(found):
        grave = problem.severity is Severity.ERROR
        line = Text.assemble(
            shown(str(problem.where), "bold"), ": ", (str(problem.severity), "red" if grave else "yellow"), ": ",
            shown(problem.message),
        )  # fmt: skip
        console.print(line, soft_wrap=True)
        if problem.hint:
            console.print(Text("    → ").append_text(shown(problem.hint.strip())), style="cyan", soft_wrap=True)


def problems_json(found: Iterable[Problem]) -> dict[str, Any]:
    ordered = in_order(found)
    counts = Counter(str(problem.severity) for problem in ordered)
    return {
        "problems": [
            {
                "severity": str(p.severity), "rule": p.rule, "file": str(p.where.file), "line": p.where.line,
                "message": p.message, "hint": p.hint.strip(),
            }
            for p in ordered
        ],
        "counts": {str(severity): counts[severity] for severity in Severity},
    }  # fmt: skip


def broken(found: Iterable[Problem]) -> str | None:
    """That there are errors in the files, in a line; nothing where there are none."""
    number = len(errors(set(found)))
    return (
        f"{_many(number, 'error')} in the files: what they concern is held. See `orangeday check`." if number else None
    )


def verdict(console: Console, found: Iterable[Problem], plan: Plan) -> None:
    """What `check` comes to, in a line."""
    counts = Counter(problem.severity for problem in in_order(found))
    days, posts = len(plan.campaign.days), sum(len(day.translations) for day in plan.campaign.days.values())
    read = f"{days} days, {posts} texts, {len(plan.config.embassies)} embassies"
    if counts[Severity.ERROR]:
        console.print(
            f"\n{_many(counts[Severity.ERROR], 'error')}, {_many(counts[Severity.WARNING], 'warning')} in {read}.",
            style="red",
        )
    elif counts[Severity.WARNING]:
        console.print(f"\nNo error, {_many(counts[Severity.WARNING], 'warning')} in {read}.", style="yellow")
    else:
        console.print(f"✓ Nothing to mend in {read}.", style="green")


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


# The campaign


def calendar(console: Console, plan: Plan) -> None:
    """The sixteen days: date, title, and which languages there are."""
    campaign = plan.campaign
    wanted = dict.fromkeys(language for embassy in plan.config.embassies.values() for language in embassy.languages)
    languages = [*dict.fromkeys([*campaign.languages, *wanted])]
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title=shown(campaign.title, f"bold {ORANGE}"),
        title_justify="left",
    )
    table.add_column("day", justify="right")
    table.add_column("date", no_wrap=True)
    table.add_column("title", ratio=1)
    for language in languages:
        table.add_column(language, justify="center", no_wrap=True)
    for number in sorted({*campaign.days} | {*range(1, 17)}):
        day, date = campaign.days.get(number), plan.date(number)
        title = shown(day.title or "") if day else Text("can't be read: see orangeday check", style="red")
        table.add_row(
            str(number),
            f"{date:%a} {date.day:2} {date:%b}",
            title,
            *(_cell(campaign, number, tag) for tag in languages),
        )
    console.print(table)


def _cell(campaign: Campaign, number: int, language: str) -> Text:
    day = campaign.days.get(number)
    return Text("✓", style="green") if day and language in day.translations else Text("✗", style="red")


def calendar_json(plan: Plan) -> dict[str, Any]:
    days = plan.campaign.days
    return {
        "campaign": plan.campaign_id,
        "days": [
            {
                "day": number,
                "date": plan.date(number).isoformat(),
                "title": days[number].title if number in days else None,
                "languages": sorted(days[number].translations) if number in days else [],
            }
            for number in range(1, 17)
        ],
    }


def previews(console: Console, deliveries: Sequence[Delivery], *, every: bool) -> None:
    """Each post as a card. Unless `every`, one embassy stands for all that speak the language."""
    number = 0
    shown_for: dict[tuple[int, str, str], str] = {}
    others: Counter[tuple[int, str]] = Counter()
    cards: dict[tuple[int, str, str, str], list[Delivery]] = {}
    for delivery in sorted(deliveries, key=lambda d: (d.number, d.due)):
        if not every:
            first = shown_for.setdefault((delivery.number, delivery.language, delivery.platform), delivery.embassy.id)
            if first != delivery.embassy.id:
                others[delivery.number, delivery.platform] += 1
                continue
        text = delivery.wording.text if delivery.wording else ""
        cards.setdefault((delivery.number, delivery.embassy.id, delivery.language, text), []).append(delivery)
    for alike in cards.values():
        if alike[0].number != number:
            number = alike[0].number
            console.print(_heading(alike[0]))
        console.print(_card(alike))
    hidden = len(deliveries) - sum(map(len, cards.values()))
    if hidden:
        more = f"{_many(hidden, 'more post')} of other embassies say the same with their own names."
        console.print(f"{more} --embassy NAME shows them.", style="dim")


def _heading(delivery: Delivery) -> RenderableType:
    day, date = delivery.day, delivery.date
    title = shown((day.title if day else None) or "", "bold")
    return Padding(
        Text.assemble((f"Day {delivery.number}", f"bold {ORANGE}"), f" · {date:%A} {date.day} {date:%B} · ", title),
        (1, 0, 0, 0),
    )


def _card(alike: Sequence[Delivery]) -> RenderableType:
    """One text, and every platform on which one embassy says it."""
    first = alike[0]
    if first.wording is None:
        return Panel(
            Text("There is no text that can be read: see orangeday check.", style="red"),
            title=_title(alike),
            title_align="left",
        )
    text = first.wording.text
    counts = Text("   ").join(_count(delivery, text) for delivery in alike)
    when = Text(f"{local(first.local(first.due))} · {utc(first.due)}", style="dim")
    bodies: list[RenderableType] = [shown(text), Text(), counts, when]
    return Panel(Group(*bodies), title=_title(alike), title_align="left", border_style=ORANGE, width=min(78, 10_000))


def _title(alike: Sequence[Delivery]) -> Text:
    platforms = " · ".join(PLATFORMS[delivery.platform].title for delivery in alike)
    return Text.assemble((str(alike[0].embassy.id), "bold"), f" · {alike[0].language} · {platforms}")


def _count(delivery: Delivery, text: str) -> Text:
    count = PLATFORMS[delivery.platform]
    length = count.length(text)
    filled = min(10, round(10 * length / count.limit))
    style = "red" if length > count.limit else "green"
    return Text.assemble(
        f"{count.title} ",
        ("━" * filled, style),
        ("─" * (10 - filled), "dim"),
        (f" {length}/{count.limit}", style),
    )


def previews_json(deliveries: Iterable[Delivery]) -> dict[str, Any]:
    listed = []
    for delivery in deliveries:
        text = delivery.wording.text if delivery.wording else None
        translation, day = delivery.translation, delivery.day
        listed.append(
            {
                "key": delivery.key, "day": delivery.number, "date": delivery.date.isoformat(),
                "due": delivery.due.isoformat(), "embassy": delivery.embassy.id, "platform": delivery.platform,
                "language": delivery.language, "text": text,
                "length": None if text is None else PLATFORMS[delivery.platform].length(text),
                "limit": PLATFORMS[delivery.platform].limit,
                "media": [
                    {"file": file, "alt": translation.alt.get(file) if translation else None}
                    for file in (day.media if day else ())
                ],
                "link": day.link if day else None,
            }
        )  # fmt: skip
    return {"deliveries": listed}


# What happened


def standings_json(now: datetime, standings: Sequence[Standing]) -> dict[str, Any]:
    return {
        "now": now.isoformat(),
        "counts": dict(Counter(str(standing.state) for standing in standings)),
        "deliveries": [
            {
                "key": s.delivery.key, "day": s.delivery.number, "embassy": s.delivery.embassy.id,
                "platform": s.delivery.platform, "language": s.delivery.language, "due": s.delivery.due.isoformat(),
                "state": str(s.state), "attempts": s.attempts,
                "receipt": s.receipt and {
                    "id": s.receipt.id, "url": s.receipt.url, "published_at": s.receipt.published_at.isoformat(),
                },
                "error": s.why,
            }
            for s in standings
        ],
    }  # fmt: skip


def line(standing: Standing) -> Text:
    """One delivery in a line, for a log or a list."""
    delivery, state = standing.delivery, str(standing.state)
    text = Text.assemble(
        (f"{_MARKS[state]} {state:<9}", _STYLES[state]),
        f" {local(delivery.local(delivery.due)):<25} {utc(delivery.due):>16} ",
        (delivery.key.partition("/")[2], "bold"),
    )
    if standing.receipt and not standing.receipt.url.startswith("dry-run:"):  # nobody can follow that link
        text.append("  ").append_text(shown(standing.receipt.url, "dim"))
    if standing.why:
        text.append("\n            ").append_text(shown(standing.why, _STYLES[state]))
    return text


def counts(standings: Iterable[Standing]) -> Text:
    """How many stand in which state."""
    number = Counter(str(standing.state) for standing in standings)
    parts = [Text(f"{number[state]} {state}", style=_STYLES[state]) for state in _STYLES if number[state]]
    return Text(" · ").join(parts) if parts else Text("nothing")


def by_day(plan: Plan, standings: Iterable[Standing]) -> Table:
    """The campaign in sixteen lines: what is planned each day, and how it stands."""
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
    for number, there in sorted(days.items()):
        date = plan.date(number)
        dues = sorted(standing.delivery.due for standing in there)
        table.add_row(
            str(number),
            f"{date:%a} {date.day:2} {date:%b}",
            str(len(there)),
            utc(dues[0]),
            utc(dues[-1]),
            counts(there),
        )
    return table


def board(
    plan: Plan, standings: Mapping[str, Standing], now: datetime, mode: str, trouble: str | None, height: int
) -> RenderableType:
    """The live view of `orangeday schedule`: how far it is, what needs a person, what comes next, what went last."""
    ordered = sorted(standings.values(), key=lambda standing: standing.delivery.due)
    waiting = [s for s in ordered if s.needs_person]
    coming = _together(s for s in ordered if s.delivery.due > now)
    gone = _together(s for s in ordered if s.delivery.due <= now and str(s.state) != "past")
    head = Table.grid(expand=True)
    head.add_column(ratio=1)
    head.add_column(justify="right")
    head.add_row(
        shown(plan.campaign.title, f"bold {ORANGE}"),
        Text(mode, style="bold black on yellow" if mode != "LIVE" else "bold white on red"),
    )
    head.add_row(counts(ordered), Text(f"{now:%H:%M:%S} UTC", style="dim"))
    parts: list[RenderableType] = [head]
    rows = max(6, height - 11)
    if trouble:
        parts.append(Padding(shown(trouble, "bold red"), (1, 0, 0, 0)))
        rows -= 3
    if waiting:
        parts.append(Text(f"\n{_many(len(waiting), 'post')} in need of a person, the latest:", style="bold red"))
        parts.append(line(waiting[-1]))
        rows -= 5
    last = gone[-max(2, rows // 2) :]
    width = max((len(embassy) for embassy in plan.config.embassies), default=0)
    if coming:
        parts.append(Text.assemble("\nNext in ", (span(coming[0][0].delivery.due - now), f"bold {ORANGE}")))
        parts.append(_table(coming[: max(2, rows - len(last))], width))
    if last:
        parts.append(Text("\nLast"))
        parts.append(_table(last, width))
    parts.append(Text("\nCtrl-C stops; what is due then waits for the next start.", style="dim"))
    return Group(*parts)


def _together(standings: Iterable[Standing]) -> list[list[Standing]]:
    """What one embassy says at one moment, on all its platforms, as one."""
    groups: dict[tuple[int, str, str, str], list[Standing]] = {}
    for standing in standings:
        delivery = standing.delivery
        group = delivery.number, delivery.embassy.id, delivery.language, str(standing.state)
        groups.setdefault(group, []).append(standing)
    return list(groups.values())


def _table(groups: Sequence[Sequence[Standing]], width: int) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False, expand=True)
    for column in (1, 6, width, 2, 26, 16):
        table.add_column(no_wrap=True, width=column)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for group in groups:
        delivery, state = group[0].delivery, str(group[0].state)
        title = f"  {delivery.day.title}" if delivery.day and delivery.day.title else ""
        table.add_row(
            Text(_MARKS[state], style=_STYLES[state]),
            f"day {delivery.number:2}",
            Text(delivery.embassy.id, style="bold"),
            delivery.language,
            local(delivery.local(delivery.due)),
            Text(utc(delivery.due), style="dim"),
            Text(", ".join(PLATFORMS[s.delivery.platform].title for s in group)).append_text(shown(title, "dim")),
        )
    return table
