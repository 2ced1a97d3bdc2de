"""The view of `report`: the posts that went out, with links; those that didn't, and why; the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orangeday.clock import local, needs_year, utc
from orangeday.engine.report import Entry, Report
from orangeday.platforms.registry import title_of
from orangeday.text.phrases import date_range, plural
from orangeday.views.console import ORANGE, STATE_MARKS, STATE_STYLES, in_a_line
from orangeday.views.layout import Folded, isolated

_FATES = {"published": "green", "not out": "red", "in doubt": "magenta", "to come": ""}
_SEEN = {"up": ("✓", "green"), "changed": ("≠", "yellow"), "gone": ("✗", "bold red"), "unread": ("?", "magenta")}
_WIDE = 110
"""The number of columns from which on there is room for an hour beside each link."""


def report(console: Console, found: Report) -> None:
    """Print the published posts by embassy, with links; the others, with the reasons; the totals; and the whole sum."""
    _head(console, found)
    by_embassy: dict[str, list[Entry]] = {}
    for entry in found.entries:
        by_embassy.setdefault(entry.embassy, []).append(entry)
    for embassy in found.embassies():
        if out := [entry for entry in by_embassy[embassy] if entry.fate == "published"]:
            console.print(Text("\n").append_text(in_a_line(embassy, "bold")))
            for entry in out:
                console.print(_went_out(entry, console.width >= _WIDE), soft_wrap=True)
    _did_not(console, found)
    if found.taken_down:
        console.print(Text("\nTaken down", style="bold"))
        for event in found.taken_down:
            said = f"  {(event.key or '').partition('/')[2]}  {utc(event.at)} by {event.who}  {event.detail or ''}"
            console.print(in_a_line(said), soft_wrap=True)
    console.print()
    several = {"embassy": found.embassies(), "language": found.languages(), "platform": found.platforms()}
    for what, totals in [*several.items(), ("day", found.days())]:
        if len(totals) > 1:
            console.print(_totals(what, totals))
    console.print(_all_told(found))


def nothing_to_report(console: Console, found: Report) -> None:
    """Print the report as long as there is no ledger: how many posts are to come, and how many are over."""
    _head(console, found)
    number = Counter(entry.fate for entry in found.entries)
    late, coming = number["not out"], number["to come"]
    parts = [f"{plural(coming, 'post')} still to come"] if coming else []
    parts += [f"{plural(late, 'post')} over, which will not be sent"] if late else []
    console.print(Folded(Text(f"Nothing has been sent so far. {'; '.join(parts)}{'.' if parts else ''}".strip())))


def _head(console: Console, found: Report) -> None:
    """Print the report's head: its campaign, the dates, the moment of the report, and its part of the campaign."""
    console.print(isolated(in_a_line(found.title, f"bold {ORANGE}")))
    so_far = "" if found.over else ", so far"
    console.print(Text(f"{date_range(found.first, found.last)}{so_far}: {utc(found.now, dated=True)}"))
    if found.part:
        console.print(Folded(in_a_line(f"Only a part of the campaign: {found.part}")))


def _went_out(entry: Entry, wide: bool) -> Text:
    """Return a post and its link; and its state on the platform, where it was read back."""
    mark, style = _SEEN[entry.seen] if entry.seen else ("✓", "green")
    text = Text.assemble("  ", (mark, style), f" {entry.day:2} ")
    if wide and entry.published:
        text.append(f"{local(entry.published):<{30 if needs_year(entry.published) else 25}} ")
    text.append(f"{entry.language} ").append_text(in_a_line(f"{title_of(entry.platform):<7} "))
    text.append_text(in_a_line(entry.receipt.url if entry.receipt else ""))
    if entry.seen and entry.seen != "up":
        said = {"changed": "changed", "gone": "gone", "unread": "couldn't be read"}[entry.seen]
        text.append("\n       ").append_text(in_a_line(f"{said}{_colon(entry.seen_note)}", style))
    notes = [entry.why, None if entry.planned else "the plan no longer has it"]
    for note in filter(None, notes):
        text.append("\n       ").append_text(in_a_line(note, "dim"))
    return text


def _colon(text: str | None) -> str:
    return f": {text}" if text else ""


def _did_not(console: Console, found: Report) -> None:
    """Print the posts that aren't out, by state and reason.

    Posts that only wait for their hour, without another reason, are left out.
    """
    reasons: dict[tuple[str, str], list[Entry]] = {}
    for entry in found.entries:
        if entry.fate != "published" and (entry.why or entry.fate != "to come"):
            reasons.setdefault((str(entry.state), entry.reason or ""), []).append(entry)
    if reasons:
        console.print(Text("\nNot out, and why", style="bold"))
    for (state, why), alike in sorted(reasons.items(), key=lambda item: list(STATE_STYLES).index(item[0][0])):
        console.print(
            Folded(in_a_line(f"{STATE_MARKS[state]} {state}, {len(alike)}{_colon(why)}", STATE_STYLES[state]), 2)
        )
        names = (f"{e.key.partition('/')[2]}{'' if e.planned else ' (no longer planned)'}" for e in alike)
        console.print(Folded(in_a_line("  ".join(names)), 4))


def _totals(what: str, totals: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(what, overflow="fold", min_width=10)
    shown_fates = [fate for fate in _FATES if any(counts.get(fate) for counts in totals.values())]
    for heading in ("posts", *shown_fates):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, counts in totals.items():
        numbers = (Text(f"{counts[fate]:,}", _FATES[fate]) if counts.get(fate) else "–" for fate in shown_fates)
        title = title_of(name) if what == "platform" else name
        table.add_row(in_a_line(title), f"{sum(counts.values()):,}", *numbers)
    return table


def _all_told(found: Report) -> Text:
    """Return the sum of all posts, in a line or two, with the last reading back."""
    number = Counter(entry.fate for entry in found.entries)
    parts = [Text(f"{number[fate]:,} {fate}", _FATES[fate]) for fate in _FATES if number[fate]]
    text = Text(f"{plural(len(found.entries), 'post')}: ").append_text(Text(" · ").join(parts))
    if found.read_back:
        sights = found.sights()
        seen = [Text(f"{count:,} {word}", _SEEN[word][1]) for word, count in sights.items()]
        text.append("\nRead back just now: ").append_text(Text(" · ").join(seen) if seen else Text("nothing is out"))
    elif found.last_read:
        at = found.last_read.at
        text.append(f"\nLast read back on {utc(at)}: ").append_text(in_a_line(found.last_read.detail or ""))
    elif number["published"]:
        text.append("\nWhether it is still up: orangeday report --read-back", "dim")
    return text
