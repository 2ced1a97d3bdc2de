"""The view of `calendar`: the sixteen days as a month, or as a list in a narrow window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from orangeday.clock import DAYS
from orangeday.text.phrases import day_and_month
from orangeday.views.console import ORANGE, in_a_line
from orangeday.views.layout import Folded, fold_lines, is_width_disputed, isolated
from orangeday.views.overview import DayLanguages, LanguageMarks, language_marks

if TYPE_CHECKING:
    from orangeday.content.plan import Plan, Progress


def calendar(
    console: Console, plan: Plan, now: datetime, unapproved: DayLanguages = frozenset(), *, recorded: bool = False
) -> None:
    """The sixteen days as a month hangs on a wall, or below 80 columns as a list: date, title, languages; and today.

    `unapproved` is where, by day and language, a text isn't approved as it is; `recorded` as in `Progress.in_words`.
    """
    campaign, first, last = plan.campaign, plan.date(DAYS[0]), plan.date(DAYS[-1])
    console.print(isolated(in_a_line(campaign.title or campaign.id, f"bold {ORANGE}")))
    console.print(
        Text(f"{first:%a} {day_and_month(first)} {first.year} – {last:%a} {day_and_month(last)} {last.year}\n")
    )
    contents, progress = language_marks(plan, unapproved), plan.progress(now)
    titles = "".join(day.title or "" for day in campaign.days.values())
    if console.width < 80 or any(map(is_width_disputed, titles)):  # a week with such a title would have crooked lines
        for line in _agenda(console, progress, contents):
            console.print(line)
    else:
        console.print(_month(progress, contents, console.width))
    marks = {mark for languages in contents.values() for mark in languages.values()}
    if "○" in marks:
        console.print(Text("○ not approved, or changed since", style="yellow"))
    if "✗" in marks:
        console.print(Text("✗ there is no text, or it can't be read: see orangeday check", style="red"))
    if said := progress.in_words(recorded=recorded):
        console.print(said, soft_wrap=not console.is_terminal)


def _month(progress: Progress, contents: LanguageMarks, width: int) -> Table:
    """Weeks from Monday to Sunday: lines between all cells where there is room for them, or else between weeks."""
    plan = progress.plan
    roomy = width >= 100
    cell = (min(width, 150) - 8) // 7 - 2 if roomy else (width - 6) // 7
    spare = 0 if roomy else (width - 6) % 7
    look, padding = (box.SQUARE, (0, 1)) if roomy else (_WEEKS, (0, 0))
    table = Table(box=look, show_edge=roomy, show_lines=True, padding=padding, header_style="bold")
    monday = 1 - plan.first.weekday()  # as a day of the campaign: it may be the last one before it
    weeks = [range(start, start + 7) for start in range(monday, DAYS[-1] + 1, 7)]
    for weekday in range(7):
        # What is left over goes where a word needs it.
        longer = spare > 0 and any(_longest_word(plan, week[weekday]) > cell for week in weeks)
        spare -= longer
        table.add_column(f"{plan.date(monday + weekday):%A}", width=cell + longer)
    for week in weeks:
        table.add_row(*(_square(progress, n, contents[n], cell) if n in DAYS else "" for n in week))
    return table


_WEEKS = box.Box("    \n    \n ── \n    \n ── \n ── \n    \n    \n")
"""A rule below the weekdays, and between two weeks."""


def _longest_word(plan: Plan, number: int) -> int:
    day = plan.campaign.days.get(number)
    return max((cell_len(word) for word in (day.title or "").split()), default=0) if day else 0


def _square(progress: Progress, number: int, languages: Mapping[str, str], width: int) -> RenderableType:
    """One day on the wall: date and number, title, languages; and whether it is today, or over."""
    plan, date = progress.plan, progress.plan.date(number)
    day, on = f"Day {number}", day_and_month(date)
    apart = " " * (width - len(on) - len(day)) if width >= 14 else "\n"
    head = Text.assemble((on, "bold"), apart, (day, f"bold {ORANGE}"))
    mark = [_TODAY] if date == progress.date else [_OVER] if number in progress.days_over else []
    return Group(*mark, head, Folded(_day_title(plan, number)), _states(languages))


_TODAY, _OVER = Text(" today ", style="bold reverse"), Text("over", style="dim")


def _agenda(console: Console, progress: Progress, contents: LanguageMarks) -> Iterator[Text]:
    """The days one below the other, where a week can't stand side by side."""
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
    """A mark for each language; where there are many, how many are there, and which aren't."""
    missing = [Text(f"✗{language}", style="red") for language, mark in languages.items() if mark == "✗"]
    if len(languages) > 8:
        there = [Text.assemble(("✓", "green"), f" {len(languages) - len(missing)} of {len(languages)}")]
        if unapproved := sum(mark == "○" for mark in languages.values()):
            there.append(Text.assemble(("○", "yellow"), f" {unapproved}"))
    else:
        styles = {"✓": "green", "○": "yellow"}
        there = [Text.assemble((mark, styles[mark]), tag) for tag, mark in languages.items() if mark in styles]
    return Text(" ").join([*there, *missing])
