"""The view of `calendar`: the sixteen days as a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import zip_longest

from rich.console import Console
from rich.text import Text

from orangeday.clock import DAYS
from orangeday.content.plan import Plan, Progress
from orangeday.text.phrases import day_and_month
from orangeday.views.console import ORANGE, in_a_line
from orangeday.views.layout import fold_lines, isolated
from orangeday.views.overview import DayLanguages, LanguageMarks, language_marks


def calendar(
    console: Console, plan: Plan, now: datetime, unapproved: DayLanguages = frozenset(), *, recorded: bool = False
) -> None:
    """Print the sixteen days, one below the other: number, date, title, languages; and which is today.

    `unapproved` has each day and language whose text isn't approved as it is; `recorded` as in `Progress.in_words`.
    """
    campaign, first, last = plan.campaign, plan.date(DAYS[0]), plan.date(DAYS[-1])
    console.print(isolated(in_a_line(campaign.title or campaign.id, f"bold {ORANGE}")))
    console.print(
        Text(f"{first:%a} {day_and_month(first)} {first.year} – {last:%a} {day_and_month(last)} {last.year}\n")
    )
    contents, progress = language_marks(plan, unapproved), plan.progress(now)
    for line in _lines(console, progress, contents):
        console.print(line)
    marks = {mark for languages in contents.values() for mark in languages.values()}
    if "○" in marks:
        console.print(Text("○ not approved, or changed since", style="yellow"))
    if "✗" in marks:
        console.print(Text("✗ there is no text, or it can't be read: see orangeday check", style="red"))
    if said := progress.in_words(recorded=recorded):
        console.print(said, soft_wrap=not console.is_terminal)


_TODAY, _OVER = Text(" today ", style="bold reverse"), Text("over", style="dim")


def _lines(console: Console, progress: Progress, contents: LanguageMarks) -> Iterator[Text]:
    """Yield each day on as many lines as it needs."""
    plan = progress.plan
    for number in DAYS:
        date = plan.date(number)
        left = [Text.assemble((f"{number:2}", f"bold {ORANGE}"), f"  {date:%a} {date.day:2} {date:%b}  ")]
        if date == progress.date:
            left.append(Text.assemble("    ", _TODAY, " " * 5))
        elif number in progress.days_over:
            left.append(Text.assemble("    ", _OVER, " " * 8))
        room = console.width - left[0].cell_len
        right = [
            *fold_lines(console, _day_title(plan, number), room),
            *fold_lines(console, _states(contents[number]), room),
        ]
        for beside, text in zip_longest(left, right, fillvalue=None):
            yield (beside or Text(" " * left[0].cell_len)) + (text or "")


def _day_title(plan: Plan, number: int) -> Text:
    day = plan.campaign.days.get(number)
    return in_a_line(day.title or "") if day else Text("can't be read", style="red")


def _states(languages: Mapping[str, str]) -> Text:
    """Return a mark for each language; where there are many, how many are there, and which are missing."""
    missing = [Text(f"✗{language}", style="red") for language, mark in languages.items() if mark == "✗"]
    if len(languages) > 8:
        there = [Text.assemble(("✓", "green"), f" {len(languages) - len(missing)} of {len(languages)}")]
        if unapproved := sum(mark == "○" for mark in languages.values()):
            there.append(Text.assemble(("○", "yellow"), f" {unapproved}"))
    else:
        styles = {"✓": "green", "○": "yellow"}
        there = [Text.assemble((mark, styles[mark]), tag) for tag, mark in languages.items() if mark in styles]
    return Text(" ").join([*there, *missing])
