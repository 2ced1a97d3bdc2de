"""The view of `report`: the posts that went out, with links; those that didn't, and why; the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orangeday.clock import local, needs_year, time_in_words, utc, wall_time
from orangeday.engine.report import Entry, Report, next_steps
from orangeday.platforms.registry import title_of
from orangeday.text.phrases import date_range, plural
from orangeday.views.console import ORANGE, STATE_MARKS, STATE_STYLES, single_line
from orangeday.views.layout import FoldedText, isolate

_OUTCOME_STYLES = {"published": "green", "not out": "red", "in doubt": "magenta", "to come": ""}
_CHECK_MARKS = {"up": ("✓", "green"), "changed": ("≠", "yellow"), "gone": ("✗", "bold red"), "unread": ("?", "magenta")}
_WIDE_SCREEN = 110
"""The number of columns from which on there is room for an hour beside each link."""


def report(console: Console, campaign_report: Report) -> None:
    """Print the published posts by embassy, with links; the others, with the reasons; the totals; and the whole sum."""
    _head(console, campaign_report)
    by_embassy: dict[str, list[Entry]] = {}
    for entry in campaign_report.entries:
        by_embassy.setdefault(entry.embassy, []).append(entry)
    for embassy in campaign_report.embassies():
        if published_entries := [entry for entry in by_embassy[embassy] if entry.outcome == "published"]:
            console.print(Text("\n").append_text(single_line(embassy, "bold")))
            for line in _published_lines(published_entries, console.width >= _WIDE_SCREEN):
                console.print(line, soft_wrap=True)
    _print_reasons(console, campaign_report)
    if campaign_report.takedowns:
        console.print(Text("\nTaken down", style="bold"))
        for event in campaign_report.takedowns:
            key = (event.key or "").partition("/")[2]
            moment = _clock_text([e for e in campaign_report.entries if e.key == event.key], event.moment)
            console.print(single_line(f"  {key}  {moment} by {event.actor}  {event.detail or ''}"), soft_wrap=True)
    console.print()
    totals_by_dimension = {
        "embassy": campaign_report.embassies(),
        "language": campaign_report.languages(),
        "platform": campaign_report.platforms(),
    }
    for dimension, totals in [*totals_by_dimension.items(), ("day", campaign_report.days())]:
        if len(totals) > 1:
            console.print(_totals(dimension, totals))
    console.print(_summary(campaign_report))


def nothing_to_report(console: Console, campaign_report: Report) -> None:
    """Print the report as long as there is no ledger: how many posts are to come, and how many are over."""
    _head(console, campaign_report)
    number = Counter(entry.outcome for entry in campaign_report.entries)
    late_count, coming_count = number["not out"], number["to come"]
    parts = [f"{plural(coming_count, 'post')} still to come"] if coming_count else []
    parts += [f"{plural(late_count, 'post')} over, which will not be sent"] if late_count else []
    console.print(FoldedText(Text(f"Nothing has been sent so far. {'; '.join(parts)}{'.' if parts else ''}".strip())))


def _head(console: Console, campaign_report: Report) -> None:
    """Print the report's head: its campaign, the dates, the moment of the report, and its part of the campaign."""
    console.print(isolate(single_line(campaign_report.title, f"bold {ORANGE}")))
    so_far = "" if campaign_report.is_over else ", so far"
    dates = date_range(campaign_report.first, campaign_report.last)
    console.print(Text(f"{dates}{so_far}: {_clock_text(campaign_report.entries, campaign_report.now, with_year=True)}"))
    if campaign_report.part:
        console.print(FoldedText(single_line(f"Only a part of the campaign: {campaign_report.part}")))


def _clock_text(entries: Iterable[Entry], moment: datetime, *, with_year: bool | None = None) -> str:
    """Return a moment on the clock of these posts' embassies; in UTC where they have several, or none is known."""
    zones = {str(entry.due.tzinfo): entry.due.tzinfo for entry in entries}
    if len(zones) != 1 or not all(zones):
        return utc(moment, with_year=with_year)
    return time_in_words(moment.astimezone(zones.popitem()[1]), with_year=with_year)


def _published_lines(entries: Iterable[Entry], is_wide: bool) -> Iterator[Text]:
    """Yield an embassy's posts, each with its hour on the embassy's clock, and its link.

    On a wide screen the hour stands beside the link; on a narrow one above the links of a text.
    """
    for (day, language), group in groupby(entries, key=lambda entry: (entry.day, entry.language)):
        posts = [*group]
        if not is_wide:
            yield Text(f"  {day:2} {language}  {_hours(posts)}")
        for post in posts:
            yield _published_line(post, is_wide)


def _hours(posts: Sequence[Entry]) -> str:
    """Return the date and hour of a text's posts; where they went out at several times, each platform's."""
    moments = {title_of(post.platform): post.published for post in posts if post.published}
    times = {wall_time(moment) for moment in moments.values()}
    if len(times) <= 1:
        return times.pop() if times else ""
    return ", ".join(f"{title} {wall_time(moment)}" for title, moment in moments.items())


def _published_line(entry: Entry, is_wide: bool) -> Text:
    """Return a post and its link; and its state on the platform, where it was read back."""
    mark, style = _CHECK_MARKS[entry.check_state] if entry.check_state else ("✓", "green")
    text = Text.assemble("  " if is_wide else "     ", (mark, style), " ")
    if is_wide:
        text.append(f"{entry.day:2} ")
        if entry.published:
            text.append(f"{local(entry.published):<{30 if needs_year(entry.published) else 25}} ")
        text.append(f"{entry.language} ")
    text.append_text(single_line(f"{title_of(entry.platform):<7} "))
    text.append_text(single_line(entry.receipt.url if entry.receipt else ""))
    if entry.check_state and entry.check_state != "up":
        check_words = {"changed": "changed", "gone": "gone", "unread": "couldn't be read"}[entry.check_state]
        text.append("\n       ").append_text(single_line(f"{check_words}{_colon(entry.check_note)}", style))
    notes = [entry.state_reason, None if entry.is_planned else "the plan no longer has it"]
    for note in filter(None, notes):
        text.append("\n       ").append_text(single_line(note, "dim"))
    return text


def _colon(text: str | None) -> str:
    return f": {text}" if text else ""


def _print_reasons(console: Console, campaign_report: Report) -> None:
    """Print the posts that aren't out, by state and reason.

    Posts that only wait for their hour, without another reason, are left out.
    """
    reasons: dict[tuple[str, str], list[Entry]] = {}
    for entry in campaign_report.entries:
        if entry.outcome != "published" and (entry.state_reason or entry.outcome != "to come"):
            reasons.setdefault((str(entry.state), entry.reason or ""), []).append(entry)
    if reasons:
        console.print(Text("\nNot out, and why", style="bold"))
    for (state, reason), entries in sorted(reasons.items(), key=lambda item: list(STATE_STYLES).index(item[0][0])):
        console.print(
            FoldedText(
                single_line(f"{STATE_MARKS[state]} {state}, {len(entries)}{_colon(reason)}", STATE_STYLES[state]), 2
            )
        )
        names = (f"{e.key.partition('/')[2]}{'' if e.is_planned else ' (no longer planned)'}" for e in entries)
        console.print(FoldedText(single_line("  ".join(names)), 4))
        for step in next_steps(entries):
            console.print(FoldedText(single_line(step, "cyan"), 4))


def _totals(dimension: str, totals: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(dimension, overflow="fold", min_width=10)
    shown_outcomes = [outcome for outcome in _OUTCOME_STYLES if any(counts.get(outcome) for counts in totals.values())]
    for heading in ("posts", *shown_outcomes):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, counts in totals.items():
        numbers = (
            Text(f"{counts[outcome]:,}", _OUTCOME_STYLES[outcome]) if counts.get(outcome) else "–"
            for outcome in shown_outcomes
        )
        title = title_of(name) if dimension == "platform" else name
        table.add_row(single_line(title), f"{sum(counts.values()):,}", *numbers)
    return table


def _summary(campaign_report: Report) -> Text:
    """Return the sum of all posts, in a line or two, with the last reading back."""
    number = Counter(entry.outcome for entry in campaign_report.entries)
    parts = [
        Text(f"{number[outcome]:,} {outcome}", _OUTCOME_STYLES[outcome])
        for outcome in _OUTCOME_STYLES
        if number[outcome]
    ]
    text = Text(f"{plural(len(campaign_report.entries), 'post')}: ").append_text(Text(" · ").join(parts))
    if late_count := campaign_report.late_count:
        text.append(f"\nOf those not out, {late_count:,} had their time before orangeday began to post here.", "dim")
    if campaign_report.is_read_back:
        check_counts = campaign_report.check_counts()
        check_parts = [Text(f"{count:,} {word}", _CHECK_MARKS[word][1]) for word, count in check_counts.items()]
        text.append("\nRead back just now: ").append_text(
            Text(" · ").join(check_parts) if check_parts else Text("nothing is out")
        )
    elif campaign_report.last_read_back:
        moment = campaign_report.last_read_back.moment
        text.append(f"\nLast read back on {utc(moment)}: ").append_text(
            single_line(campaign_report.last_read_back.detail or "")
        )
    elif number["published"]:
        text.append("\nWhether it is still up: orangeday report --read-back", "dim")
    return text
