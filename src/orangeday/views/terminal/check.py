"""The view of `check`: the problems, the grid of days and languages, the embassies, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orangeday.content.plan import Delivery, Plan, Progress
from orangeday.content.problems import Problem, Severity, errors, sorted_problems
from orangeday.platforms.registry import PLATFORMS
from orangeday.text.phrases import plural
from orangeday.views.console import safe_text, single_line
from orangeday.views.layout import FoldedText
from orangeday.views.overview import posted_languages, scope_filter, soundness
from orangeday.views.sentences import campaign_dates


def problems(console: Console, problem_list: Iterable[Problem]) -> None:
    """Print each problem: its place, what is wrong, and what to do."""
    is_piped = not console.is_terminal  # in a pipe a line stays a line, for programs
    for problem in sorted_problems(problem_list):
        is_error = problem.severity is Severity.ERROR
        line = Text.assemble(
            single_line(str(problem.location), "bold"), ": ",
            (str(problem.severity), "red" if is_error else "yellow"), ": ", single_line(problem.message),
        )  # fmt: skip
        if not is_error:
            line.append(f" [{problem.rule}]", "dim")  # by this name it can be accepted
        console.print(line, soft_wrap=is_piped)
        if problem.hint:
            console.print(
                Text("    → ").append_text(single_line(problem.hint.strip())), style="cyan", soft_wrap=is_piped
            )


def verdict(console: Console, problem_list: Iterable[Problem], plan: Plan) -> None:
    """Print the result of `check` in a line."""
    counts = Counter(problem.severity for problem in sorted_problems(problem_list))
    days, posts = len(plan.campaign.days), sum(len(day.translations) for day in plan.campaign.days.values())
    speakers = len(plan.config.embassies)
    summary = f"{plural(days, 'day')}, {plural(posts, 'text')}, {plural(speakers, 'embassy', 'embassies')}"
    if counts[Severity.ERROR]:
        console.print(
            f"\n{plural(counts[Severity.ERROR], 'error')}, {plural(counts[Severity.WARNING], 'warning')} in {summary}.",
            style="red",
        )
    elif counts[Severity.WARNING]:
        console.print(f"\nNo errors, {plural(counts[Severity.WARNING], 'warning')} in {summary}.", style="yellow")
    else:
        console.print(f"✓ No errors in {summary}.", style="green")


_CELLS = {"sound": ("✓", "green"), "warning": ("⚠", "yellow"), "error": ("✗", "red"), "none": ("–", "")}


def grid(console: Console, progress: Progress, deliveries: Sequence[Delivery], problem_list: Sequence[Problem]) -> None:
    """Print the state of every day in every language, in blocks that fit the width; then each embassy in a line."""
    plan = progress.plan
    states = soundness(plan, deliveries, problem_list)
    console.print(FoldedText(single_line(campaign_dates(plan), "bold")))
    notes = _day_notes(progress)
    note_width = max((2 + len(note) for note in notes.values()), default=0)
    for languages in _blocks(posted_languages(plan), console.width - _DAY_WIDTH - note_width):
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
        console.print(_embassies(progress, deliveries, problem_list))
        console.print()


def _day_notes(progress: Progress) -> dict[int, str]:
    """Return a note for each day that is over, or has begun; none before the campaign begins."""
    if not progress.too_late:
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


def _embassies(progress: Progress, deliveries: Iterable[Delivery], problem_list: Iterable[Problem]) -> Table:
    """Return a row for each embassy: its languages, its platforms, and how many posts are planned and held by errors.

    In the midst of the campaign, how much of it is over and to come as well; errors hold only what is to come.
    """
    plan = progress.plan
    is_held = scope_filter(errors(problem_list))
    planned_counts: Counter[str] = Counter()
    held_counts: Counter[str] = Counter()
    for delivery in deliveries:
        planned_counts[delivery.embassy.id] += 1
    for delivery in progress.to_come:
        held_counts[delivery.embassy.id] += is_held(delivery)
    over_counts = Counter(delivery.embassy.id for delivery in progress.too_late)
    numbers = ("planned", "over", "to come", "with errors") if over_counts else ("planned", "with errors")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("embassy", "languages", "accounts", *numbers):
        table.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
    for name, embassy in plan.config.embassies.items():
        table.add_row(
            safe_text(name),
            ", ".join(embassy.languages),
            ", ".join(PLATFORMS[account.platform].title for account in embassy.accounts),
            str(planned_counts[name]),
            *([str(over_counts[name]), str(planned_counts[name] - over_counts[name])] if over_counts else []),
            Text(str(held_counts[name]), style="red" if held_counts[name] else ""),
        )
    return table


def acceptance_note(plan: Plan, problem_list: Iterable[Problem]) -> str | None:
    """Return a line that says how many warnings somebody has accepted; None where there are none."""
    unused_count = sum(problem.rule == "unused-accept" for problem in sorted_problems(problem_list))
    number = len(plan.accepted_warnings) - unused_count
    is_accepted = "is accepted, with a" if number == 1 else "are accepted, each with a"
    return f"{plural(number, 'warning')} {is_accepted} reason in its file." if number > 0 else None
