"""The view of `calendar`: the sixteen days as a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from itertools import zip_longest
from types import MappingProxyType

from rich.console import Console
from rich.text import Text

from orangeday.clock import DAYS
from orangeday.content.plan import Plan, Progress
from orangeday.text.phrases import day_and_month
from orangeday.views.console import ORANGE, single_line
from orangeday.views.layout import fold_lines, isolate
from orangeday.views.overview import DayLanguages, LanguageMarks, language_marks, shared_hours


def calendar(
    console: Console,
    plan: Plan,
    now: datetime,
    unapproved_texts: DayLanguages = frozenset(),
    *,
    has_ledger: bool = False,
    outcomes: Mapping[int, Text] = MappingProxyType({}),
) -> None:
    """Print the sixteen days, one below the other: number, date, title, languages and their hours; and which is today.

    `unapproved_texts` has each day and language whose text isn't approved as it is; `has_ledger` is
    that of `Progress.in_words`; `outcomes` says by day what went out, or didn't as it should have.
    """
    campaign, first, last = plan.campaign, plan.date(DAYS[0]), plan.date(DAYS[-1])
    console.print(isolate(single_line(campaign.title or campaign.id, f"bold {ORANGE}")))
    console.print(
        Text(f"{first:%a} {day_and_month(first)} {first.year} – {last:%a} {day_and_month(last)} {last.year}\n")
    )
    contents, progress = language_marks(plan, unapproved_texts), plan.progress(now)
    for line in _day_lines(console, progress, contents, outcomes):
        console.print(line)
    marks = {mark for languages in contents.values() for mark in languages.values()}
    if "○" in marks:
        console.print(Text("○ not approved, or changed since", style="yellow"))
    if "✗" in marks:
        console.print(Text("✗ there is no text, or it can't be read: see orangeday check", style="red"))
    if summary := progress.in_words(has_ledger=has_ledger):
        console.print(summary, soft_wrap=not console.is_terminal)


_TODAY_LABEL, _OVER_LABEL = Text(" today ", style="bold reverse"), Text("over", style="dim")


def _day_lines(
    console: Console, progress: Progress, contents: LanguageMarks, outcomes: Mapping[int, Text]
) -> Iterator[Text]:
    """Yield each day on as many lines as it needs."""
    plan = progress.plan
    hours = shared_hours(plan)
    for number in DAYS:
        date = plan.date(number)
        left_lines = [Text.assemble((f"{number:2}", f"bold {ORANGE}"), f"  {date:%a} {date.day:2} {date:%b}  ")]
        if date == progress.date:
            left_lines.append(Text.assemble("    ", _TODAY_LABEL, " " * 5))
        elif number in progress.days_over:
            left_lines.append(Text.assemble("    ", _OVER_LABEL, " " * 8))
        width = console.width - left_lines[0].cell_len
        right_lines = [
            *fold_lines(console, _day_title(plan, number), width),
            *fold_lines(console, _states(number, contents[number], hours), width),
        ]
        if number in outcomes:
            right_lines += fold_lines(console, outcomes[number], width)
        for left_line, text in zip_longest(left_lines, right_lines, fillvalue=None):
            yield (left_line or Text(" " * left_lines[0].cell_len)) + (text or "")


def _day_title(plan: Plan, number: int) -> Text:
    day = plan.campaign.days.get(number)
    return single_line(day.title or "") if day else Text("can't be read", style="red")


def _states(number: int, languages: Mapping[str, str], hours: Mapping[tuple[int, str], time]) -> Text:
    """Return a mark for each language of a day, and its hour; of many languages, how many are there, and what lacks."""
    missing = [Text(f"✗{language}", style="red") for language, mark in languages.items() if mark == "✗"]
    if len(languages) > 8:
        marks = [Text.assemble(("✓", "green"), f" {len(languages) - len(missing)} of {len(languages)}")]
        if unapproved_count := sum(mark == "○" for mark in languages.values()):
            marks.append(Text.assemble(("○", "yellow"), f" {unapproved_count}"))
    else:
        styles = {"✓": "green", "○": "yellow"}
        shows_hours = all((number, language) in hours for language in languages)
        marks = []
        for tag, mark in languages.items():
            if mark in styles:
                hour = f" {hours[number, tag]:%H:%M} " if shows_hours else ""
                marks.append(Text.assemble((mark, styles[mark]), tag, hour))
    text = Text(" ").join([*marks, *missing])
    text.rstrip()
    return text
