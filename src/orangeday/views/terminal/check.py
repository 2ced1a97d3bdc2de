"""The view of `check`: the problems, the grid of days and languages, the embassies, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orangeday.content.plan import Delivery, Plan, Progress
from orangeday.content.problems import Problem, Severity, errors, in_order
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import plural
from orangeday.views.console import in_a_line, shown
from orangeday.views.layout import Folded
from orangeday.views.overview import concern_filter, posted_languages, soundness
from orangeday.views.sentences import when


def problems(console: Console, found: Iterable[Problem]) -> None:
    """Print each problem: its place, what is wrong, and what to do."""
    whole = not console.is_terminal  # in a pipe a line stays a line, for programs
    for problem in in_order(found):
        grave = problem.severity is Severity.ERROR
        line = Text.assemble(
            in_a_line(str(problem.where), "bold"), ": ", (str(problem.severity), "red" if grave else "yellow"), ": ",
            in_a_line(problem.message),
        )  # fmt: skip
        if not grave:
            line.append(f" [{problem.rule}]", "dim")  # by this name it can be accepted
        console.print(line, soft_wrap=whole)
        if problem.hint:
            console.print(Text("    → ").append_text(in_a_line(problem.hint.strip())), style="cyan", soft_wrap=whole)


def verdict(console: Console, found: Iterable[Problem], plan: Plan) -> None:
    """Print the result of `check` in a line."""
    counts = Counter(problem.severity for problem in in_order(found))
    days, posts = len(plan.campaign.days), sum(len(day.translations) for day in plan.campaign.days.values())
    speakers = len(plan.config.embassies)
    read = f"{plural(days, 'day')}, {plural(posts, 'text')}, {plural(speakers, 'embassy', 'embassies')}"
    if counts[Severity.ERROR]:
        console.print(
            f"\n{plural(counts[Severity.ERROR], 'error')}, {plural(counts[Severity.WARNING], 'warning')} in {read}.",
            style="red",
        )
    elif counts[Severity.WARNING]:
        console.print(f"\nNo errors, {plural(counts[Severity.WARNING], 'warning')} in {read}.", style="yellow")
    else:
        console.print(f"✓ No errors in {read}.", style="green")


_CELLS = {"sound": ("✓", "green"), "warning": ("⚠", "yellow"), "error": ("✗", "red"), "none": ("–", "")}


def grid(console: Console, progress: Progress, deliveries: Sequence[Delivery], found: Sequence[Problem]) -> None:
    """Print the state of every day in every language, in blocks that fit the width; then each embassy in a line."""
    plan = progress.plan
    states = soundness(plan, deliveries, found)
    console.print(Folded(in_a_line(when(plan), "bold")))
    notes = _day_notes(progress)
    beside = max((2 + len(note) for note in notes.values()), default=0)
    for languages in _blocks(posted_languages(plan), console.width - _DAY_WIDTH - beside):
        lines = [Text(f"{'day  date':{_DAY_WIDTH}}  {'  '.join(languages)}", style="bold")]
        for number, row in states.items():
            date = plan.date(number)
            text = Text(f"{number:>3}  {date:%a} {date.day:2} {date:%b}")
            for language in languages:
                mark, style = _CELLS[row[language]]
                text.append("  ").append(f"{mark:^{len(language)}}", style)
            if number in notes:
                text.append(f"  {notes[number]}", "dim" if number in progress.days_over else "bold")
            text.rstrip()
            lines.append(text)
        console.print(*lines, "", sep="\n", no_wrap=True, crop=True)
    if states[1]:
        console.print("✓ sound · ⚠ a warning · ✗ an error, or no text · – nobody posts it\n")
        console.print(_embassies(progress, deliveries, found))
        console.print()


def _day_notes(progress: Progress) -> dict[int, str]:
    """Return a note for each day that is over, or has begun; none before the campaign begins."""
    if not progress.over:
        return {}
    notes = dict.fromkeys(progress.days_over, "over")
    notes |= dict.fromkeys(progress.days_partly_over, "partly over")
    if progress.today and progress.today not in progress.days_over:
        notes[progress.today] = "today, partly over" if progress.today in progress.days_partly_over else "today"
    return notes


_DAY_WIDTH = len("day  Wed 25 Nov")


def _blocks(languages: Sequence[str], width: int) -> list[list[str]]:
    """Return the languages in as few blocks of columns as fit into `width`, each with one at least."""
    blocks: list[list[str]] = []
    for language in languages:
        if not blocks or sum(2 + len(tag) for tag in (*blocks[-1], language)) > width:
            blocks.append([])
        blocks[-1].append(language)
    return blocks


def _embassies(progress: Progress, deliveries: Iterable[Delivery], found: Iterable[Problem]) -> Table:
    """Return a row for each embassy: its languages, its platforms, and how many posts are planned and held by errors.

    In the midst of the campaign, how much of it is over and to come as well; errors hold only what is to come.
    """
    plan = progress.plan
    is_held = concern_filter(errors(found))
    planned: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for delivery in deliveries:
        planned[delivery.embassy.id] += 1
    for delivery in progress.to_come:
        held[delivery.embassy.id] += is_held(delivery)
    over = Counter(delivery.embassy.id for delivery in progress.over)
    numbers = ("planned", "over", "to come", "held") if over else ("planned", "held")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("embassy", "languages", "accounts", *numbers):
        table.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
    for name, embassy in plan.config.embassies.items():
        table.add_row(
            shown(name),
            ", ".join(embassy.languages),
            ", ".join(PLATFORMS[account.platform].title for account in embassy.accounts),
            str(planned[name]),
            *([str(over[name]), str(planned[name] - over[name])] if over else []),
            Text(str(held[name]), style="red" if held[name] else ""),
        )
    return table


def accepted(plan: Plan, found: Iterable[Problem]) -> str | None:
    """Return a line that says how many warnings somebody has accepted; None where there are none."""
    in_vain = sum(problem.rule == "unused-accept" for problem in in_order(found))
    number = len(plan.accepted) - in_vain
    is_accepted = "is accepted, with a" if number == 1 else "are accepted, each with a"
    return f"{plural(number, 'warning')} {is_accepted} reason in its file." if number > 0 else None
