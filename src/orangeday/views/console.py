"""What is shown on a terminal, by Rich. It draws values and asks nothing; documents for programs are JSON on stdout.

Whatever comes from a file or a platform is shown as text, never as markup, with its control characters made visible.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product, zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from orangeday.clock import DAYS, local, needs_year
from orangeday.clock import utc as utc  # the commands have it from here
from orangeday.content.problems import EVERYTHING, Problem, Severity, errors, in_order
from orangeday.system import streams
from orangeday.text.display import JOINTS, UNSHOWN, conspicuous, differing, own_name, short, visible
from orangeday.text.x import BLUESKY_BYTES, PLATFORMS, is_right_to_left

if TYPE_CHECKING:
    from orangeday.approvals.store import Approvals, Change, Counts, Subject
    from orangeday.content.campaign import Translation
    from orangeday.content.config import Account
    from orangeday.content.plan import Delivery, Plan, Progress
    from orangeday.content.pricing import Charges
    from orangeday.doctor.examination import Finding
    from orangeday.engine.report import Entry, Report
    from orangeday.engine.status import Standing
    from orangeday.ledger.ledger import Event, Pause

_T = TypeVar("_T")

ORANGE, BLUE = "color(166)", "color(32)"
"""Both can be read on a light and on a dark ground."""
_STYLES = {
    "published": "green", "scheduled": "", "past": "dim", "armed": "cyan", "deferred": "yellow", "held": "yellow",
    "refused": "red", "unsure": "magenta", "missed": "red", "retracted": "dim",
}  # fmt: skip
_MARKS = {
    "published": "✓", "scheduled": "·", "past": "–", "armed": "→", "deferred": "…", "held": "‖",
    "refused": "✗", "unsure": "?", "missed": "✗", "retracted": "⌫",
}  # fmt: skip


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


def working(what: str) -> AbstractContextManager[object]:
    """Says on a terminal that it takes a moment, as long as it does."""
    return messages().status(what)


def progress(what: str, each: Sequence[_T]) -> Iterator[_T]:
    """The same, with a bar on a terminal that says how far it is."""
    from rich.progress import track

    console = messages()
    return iter(track(each, what, console=console, transient=True, disable=not console.is_terminal))


def shown(text: str, style: str = "") -> Text:
    """Foreign text, fit for a terminal: nothing in it can move the cursor or colour the screen."""
    return Text(visible(text), style=style)


def in_a_line(text: str, style: str = "") -> Text:
    """Foreign text where no line may end: what follows a line end would read as if we had said it."""
    return shown(text.replace("\n", "␊"), style)


def document(value: Mapping[str, Any]) -> None:
    """One JSON document on stdout."""
    streams.write_whole(json_document(value))


def json_document(value: Mapping[str, Any]) -> str:
    # What a terminal would obey is written as JSON can write any character.
    escapes = {code: f"\\u{code:04x}" for code in UNSHOWN}
    return json.dumps(value, ensure_ascii=False, indent=2).translate(escapes) + "\n"


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
    ("orangeday approve all", "a person's word for exactly this"),
    ("orangeday login", "an account's password, into this machine's keyring; then: orangeday doctor"),
    ("orangeday schedule", "and off it goes: with --live, for real"),
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


def span(length: timedelta) -> str:
    """A length of time as a countdown: `1 d 03:20:05`."""
    seconds = max(0, int(length.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock


# Problems


def problems(console: Console, found: Iterable[Problem]) -> None:
    """Each Problem: where, what is wrong, and what to do."""
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
    speakers = len(plan.config.embassies)
    read = f"{_many(days, 'day')}, {_many(posts, 'text')}, {speakers} embass{'y' if speakers == 1 else 'ies'}"
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
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


# What it comes to: the grid, the embassies, the money

_CELLS = {"sound": ("✓", "green"), "warning": ("⚠", "yellow"), "error": ("✗", "red"), "none": ("–", "")}


def grid(console: Console, progress: Progress, deliveries: Sequence[Delivery], found: Sequence[Problem]) -> None:
    """How every day stands in every language, in as many blocks as the width asks for; then each embassy in a line."""
    plan = progress.plan
    states = _soundness(plan, deliveries, found)
    console.print(_Folded(in_a_line(when(plan), "bold")))
    notes = _day_notes(progress)
    beside = max((2 + len(note) for note in notes.values()), default=0)
    for languages in _blocks(_languages(plan), console.width - _DAY_WIDTH - beside):
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


def when(plan: Plan) -> str:
    """Which campaign it is, and of which year: `16days-2026: Wed 25 Nov – Thu 10 Dec 2026`."""
    return f"{plan.campaign_id}: {_span_of_dates(plan.first, plan.date(DAYS[-1]))}"


def _span_of_dates(first: date, last: date) -> str:
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%a} {_date(first)}{year} – {last:%a} {_date(last)} {last.year}"


def _day_notes(progress: Progress) -> dict[int, str]:
    """Beside the days that are over, or begun, that they are; nothing before the campaign begins."""
    if not progress.over:
        return {}
    notes = dict.fromkeys(progress.days_over, "over")
    notes |= dict.fromkeys(progress.days_partly_over, "partly over")
    if progress.today and progress.today not in progress.days_over:
        notes[progress.today] = "today, partly over" if progress.today in progress.days_partly_over else "today"
    return notes


def grid_json(plan: Plan, deliveries: Sequence[Delivery], found: Sequence[Problem]) -> dict[str, dict[str, str]]:
    return {str(number): row for number, row in _soundness(plan, deliveries, found).items()}


_DAY_WIDTH = len("day  Wed 25 Nov")


def _languages(plan: Plan) -> list[str]:
    """Every language that some embassy posts in, in the config's order."""
    return [*dict.fromkeys(tag for embassy in plan.config.embassies.values() for tag in embassy.languages)]


def _blocks(languages: Sequence[str], width: int) -> list[list[str]]:
    """The languages in as few blocks of columns as fit into `width`, each with one at least."""
    blocks: list[list[str]] = []
    for language in languages:
        if not blocks or sum(2 + len(tag) for tag in (*blocks[-1], language)) > width:
            blocks.append([])
        blocks[-1].append(language)
    return blocks


def _soundness(plan: Plan, deliveries: Iterable[Delivery], found: Iterable[Problem]) -> dict[int, dict[str, str]]:
    """For every day and language the worst that is true of any of its deliveries."""
    held = _concerned(errors(found))
    # A warning about the campaign as a whole is none about any text of it.
    doubted = _concerned(p for p in found if p.severity is Severity.WARNING and p.concern != EVERYTHING)
    states = {number: dict.fromkeys(_languages(plan), "none") for number in DAYS}
    for delivery in deliveries:
        row, language = states[delivery.number], delivery.language
        if row[language] == "error" or delivery.translation is None or held(delivery):
            row[language] = "error"
        elif row[language] == "warning" or doubted(delivery):
            row[language] = "warning"
        else:
            row[language] = "sound"
    return states


def _concerned(found: Iterable[Problem]) -> Callable[[Delivery], bool]:
    """Whether any of these Problems concerns a delivery: as quick to say of a thousand as of one."""
    parts = {
        (concern.day, embassy, concern.platform, concern.language)
        for concern in {problem.concern for problem in found}
        for embassy in ((None,) if concern.embassies is None else concern.embassies)
    }

    def concerned(delivery: Delivery) -> bool:
        own = (delivery.number, delivery.embassy.id, delivery.platform, delivery.language)
        return not parts.isdisjoint(product(*((None, part) for part in own)))

    return concerned


def _embassies(progress: Progress, deliveries: Iterable[Delivery], found: Iterable[Problem]) -> Table:
    """A line for each: what it speaks, where, how much of it is planned, and how much of that errors hold.

    In the midst of the campaign, how much of it is over and to come as well; errors hold only what is to come.
    """
    plan = progress.plan
    is_held = _concerned(errors(found))
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


def cards_drawn(drawn: int, kept: int, own: int) -> str:
    """What became of the cards, in a line."""
    parts = [f"{_many(drawn, 'card')} drawn"]
    if kept:
        parts.append(f"{kept:,} up to date")
    if own:
        parts.append(f"{_many(own, 'picture')} of your own left alone")
    return ", ".join(parts) + "."


def charged(charges: Charges) -> str | None:
    """What X will charge, in a line; nothing where nothing goes there."""
    if not charges.posts:
        return None
    linked = {0: "none", charges.posts: "all"}.get(charges.with_link, f"{charges.with_link:,}")
    posts = f"{_many(charges.posts, 'post')}, {linked} with a link,"
    if charges.alt_texts:
        posts += f" and {_many(charges.alt_texts, 'alt text')},"
    return f"X will charge about ${charges.dollars:,.2f} for {posts} at the prices listed on {charges.listed}."


def charges_json(charges: Charges) -> dict[str, Any]:
    return {**asdict(charges), "listed": charges.listed.isoformat()}


def accepted(plan: Plan, found: Iterable[Problem]) -> str | None:
    """How many warnings somebody has accepted, in a line; nothing where there are none."""
    in_vain = sum(problem.rule == "accepted-in-vain" for problem in in_order(found))
    number = len(plan.accepted) - in_vain
    is_accepted = "is accepted, with a" if number == 1 else "are accepted, each with a"
    return f"{_many(number, 'warning')} {is_accepted} reason in its file." if number > 0 else None


# Foreign text


@dataclass(frozen=True, slots=True)
class _Folded:
    """Foreign text, folded to the width it gets."""

    text: Text
    indent: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in _fold(console, self.text, options.max_width - self.indent):
            yield Text(" " * self.indent).append_text(line)


def _fold(console: Console, text: Text, width: int) -> Iterator[Text]:
    """The lines of a text: no-break spaces hold, and no line can turn around or push away what stands beside it.

    A terminal that orders right-to-left letters does so line by line: each line of a paragraph that has any is isolated
    (for display alone). And what some terminals draw wider than others has room for the widest.
    """
    for paragraph in text.split(allow_blank=True):
        turns = re.search(_RIGHT_TO_LEFT, paragraph.plain)
        runs = is_right_to_left(paragraph.plain) if turns else None
        # Rich breaks at any space, and counts as it thinks best: a character of one cell stands in for these.
        held = [character for character in paragraph.plain if character in _NO_BREAK or _is_disputed(character)]
        if held:
            kept = frozenset(held)
            paragraph.plain = "".join(_STAND_IN if character in kept else character for character in paragraph.plain)
        back = iter(held)
        for line in paragraph.wrap(console, max(1, width)):
            line.rstrip()
            if held:
                line.plain = "".join(next(back) if character == _STAND_IN else character for character in line.plain)
            yield line if runs is None else _isolated(line, runs)


_NO_BREAK = frozenset("\u00a0\u202f")
_STAND_IN = "\ufdd0"
"""No character, and never will be; `shown` lets none through."""


def _is_disputed(character: str) -> bool:
    """Whether terminals disagree how wide it makes a text: a spacing mark (as in Hindi), or a joint of an emoji."""
    return not character.isascii() and (character in JOINTS or unicodedata.category(character) == "Mc")


_RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_LEFT_TO_RIGHT_MARK, _RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"


def _isolated(text: Text, right_to_left: bool | None = None) -> Text:
    """A text that is one line, or a line of a paragraph that runs so; as it is, without such letters."""
    if right_to_left is None and not re.search(_RIGHT_TO_LEFT, text.plain):
        return text
    mark = ""
    if right_to_left not in (None, is_right_to_left(text.plain)):
        mark = _RIGHT_TO_LEFT_MARK if right_to_left else _LEFT_TO_RIGHT_MARK
    return Text.assemble(_ISOLATE + mark, text, _END_OF_ISOLATE)


def _language(tag: str) -> Text:
    """A language by its own name, with its code: `français (fr)`; by its code, where the name isn't known here."""
    name = own_name(tag)
    return Text.assemble(_isolated(Text(name)), f" ({tag})") if name else Text(tag)


# The campaign


def calendar(
    console: Console, plan: Plan, now: datetime, unapproved: _Places = frozenset(), *, recorded: bool = False
) -> None:
    """The sixteen days as a month hangs on a wall, or below 80 columns as a list: date, title, languages; and today.

    `unapproved` is where, by day and language, a text isn't approved as it is; `recorded` as in `Progress.in_words`.
    """
    campaign, first, last = plan.campaign, plan.date(DAYS[0]), plan.date(DAYS[-1])
    console.print(_isolated(in_a_line(campaign.title or campaign.id, f"bold {ORANGE}")))
    console.print(Text(f"{first:%a} {_date(first)} {first.year} – {last:%a} {_date(last)} {last.year}\n"))
    contents, progress = _contents(plan, unapproved), plan.progress(now)
    titles = "".join(day.title or "" for day in campaign.days.values())
    if console.width < 80 or any(map(_is_disputed, titles)):  # a week with such a title would have crooked lines
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


def _date(date: date) -> str:
    return f"{date.day} {date:%b}"


_Contents = Mapping[int, Mapping[str, str]]
_Places = Set[tuple[int, str]]


def _contents(plan: Plan, unapproved: _Places) -> _Contents:
    """By day: each language that is written or posted, and a mark: whether all who post it have a text, and may."""
    contents: dict[int, dict[str, str]] = {number: {} for number in DAYS}
    wanted = (language for embassy in plan.config.embassies.values() for language in embassy.languages)
    order = dict.fromkeys([*plan.campaign.languages, *wanted])
    posted: dict[tuple[int, str], bool] = {}
    for delivery in plan:
        key = delivery.number, str(delivery.language)
        posted[key] = posted.get(key, True) and delivery.translation is not None
    for number in DAYS:
        day = plan.campaign.days.get(number)
        for language in order:
            there = posted.get((number, language), day is not None and language in day.translations)
            if there or (number, language) in posted:
                mark = "○" if (number, language) in unapproved else "✓"
                contents[number][language] = mark if there else "✗"
    return contents


def _month(progress: Progress, contents: _Contents, width: int) -> Table:
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
    day, on = f"Day {number}", _date(date)
    apart = " " * (width - len(on) - len(day)) if width >= 14 else "\n"
    head = Text.assemble((on, "bold"), apart, (day, f"bold {ORANGE}"))
    mark = [_TODAY] if date == progress.date else [_OVER] if number in progress.days_over else []
    return Group(*mark, head, _Folded(_day_title(plan, number)), _states(languages))


_TODAY, _OVER = Text(" today ", style="bold reverse"), Text("over", style="dim")


def _agenda(console: Console, progress: Progress, contents: _Contents) -> Iterator[Text]:
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
        right = [*_fold(console, _day_title(plan, number), room), *_fold(console, _states(contents[number]), room)]
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


def calendar_json(plan: Plan, unapproved: _Places | None = None) -> dict[str, Any]:
    """`unapproved` as in `calendar`; None where nothing ever was approved, and nothing is said of it."""
    days = plan.campaign.days

    def approval(number: int) -> dict[str, list[str]]:
        places = unapproved or frozenset()
        return {} if unapproved is None else {"not_approved": sorted(tag for day, tag in places if day == number)}

    return {
        "campaign": plan.campaign_id,
        "days": [
            {
                "day": number,
                "date": plan.date(number).isoformat(),
                "title": days[number].title if number in days else None,
                "languages": sorted(days[number].translations) if number in days else [],
                **approval(number),
            }
            for number in range(1, 17)
        ],
    }


def previews(console: Console, deliveries: Sequence[Delivery], *, every: bool, now: datetime | None = None) -> None:
    """Each post as a card. Unless `every`, one embassy stands for all that say the same in a language.

    What is over at `now` says so.
    """
    posts = _posts(deliveries, every=every)
    number = 0
    for cards in posts:
        first = cards[0][0]
        if first.number != number:
            number = first.number
            console.print(_heading(first))
        console.print(_side_by_side(console, cards, now))
    hidden = len(deliveries) - sum(len(alike) for cards in posts for alike in cards)
    if hidden:
        more = f"{_many(hidden, 'more post')} of other embassies say the same with their own names."
        console.print(Text(f"{more} --embassy NAME shows them."))


def _posts(deliveries: Iterable[Delivery], *, every: bool) -> list[list[list[Delivery]]]:
    """What each embassy says, in order of time: a list of cards, each the deliveries that read the same."""

    def words(delivery: Delivery) -> tuple[int, str, str, str | None]:
        """What it says and where. Nobody else can stand for an embassy that has its own words."""
        language, embassy = delivery.language, delivery.embassy.id
        own = embassy if delivery.day and (language, embassy) in delivery.day.own else None
        return delivery.number, language, delivery.platform, own

    ordered = sorted(deliveries, key=lambda d: (d.number, d.due))
    speakers: dict[tuple[int, str, str, str | None], str] = {}
    for delivery in sorted(ordered, key=lambda d: -len(d.media)):  # who posts no cards would hide them
        speakers.setdefault(words(delivery), delivery.embassy.id)
    posts: dict[tuple[int, str, str], dict[object, list[Delivery]]] = {}
    for delivery in ordered:
        number, language, embassy = delivery.number, delivery.language, delivery.embassy.id
        if not every and speakers[words(delivery)] != embassy:
            continue
        posts.setdefault((number, embassy, language), {}).setdefault(_reading(delivery), []).append(delivery)
    return [[*cards.values()] for cards in posts.values()]


def _reading(delivery: Delivery) -> object:
    """The text, and what the platform makes of it: where both are the same, platforms share a card."""
    if delivery.wording is None:
        return None
    text = delivery.wording.text
    return text, *((start, end, kind) for start, end, kind, _ in PLATFORMS[delivery.platform].facets(text))


def _heading(delivery: Delivery) -> RenderableType:
    day, date = delivery.day, delivery.date
    head = Text.assemble((f"Day {delivery.number}", f"bold {ORANGE}"), f" · {date:%A} {date.day} {date:%B %Y}")
    if day and day.title:
        head.append(" · ").append_text(_isolated(in_a_line(day.title, "bold")))
    return Padding(head, (1, 0, 0, 0))


_CARD = 78
"""How wide a card may be: lines any longer are hard to read."""


def _side_by_side(console: Console, cards: Sequence[Sequence[Delivery]], now: datetime | None) -> RenderableType:
    """The cards of one post: abreast and of one height, where each has 60 columns, or else one below the other."""
    abreast = min(len(cards), max(1, console.width // 60))
    width = min(_CARD, (console.width - abreast + 1) // abreast)
    drawn = [_card(alike, width, now) for alike in cards]
    if abreast == 1:
        return Group(*drawn)
    rendered = [console.render_lines(card, console.options.update(width=width)) for card in drawn]
    if any(map(_is_disputed, "".join(map(_plain, rendered)))):  # they would stand crooked
        return Group(*drawn)
    heights = [*map(len, rendered)]
    table = Table.grid(padding=(0, 1, 0, 0))
    for start in range(0, len(cards), abreast):
        row = slice(start, start + abreast)
        tallest = max(heights[row])
        fitted = zip(cards[row], heights[row], strict=True)
        table.add_row(*(_card(alike, width, now, tallest - height) for alike, height in fitted))
    return table


def _card(alike: Sequence[Delivery], width: int, now: datetime | None, taller: int = 0) -> _Card:
    """One text, and every platform on which one embassy says it; `taller` by some lines than it would be."""
    first = alike[0]
    wording, translation = first.wording, first.translation
    post: list[RenderableType] = []
    about: list[RenderableType] = []
    if wording is None or translation is None:
        post.append(_Folded(Text("There is no text that can be read: see orangeday check.", style="bold red")))
    else:
        post.append(_Folded(_marked(wording.text, first.platform)))
        post += [_Folded(in_a_line(f"✗ {problem.message}", "bold red")) for problem in wording.problems]
        post += _pictures(first, translation)
        about.append(_counts(alike, wording.text, width))
    over = (" · over", "bold") if now and first.closes <= now else ""
    about.append(_Folded(Text.assemble(f"{local(first.local(first.due))} · {utc(first.due)}", over)))
    if translation and translation.embassy:
        about.append(_Folded(in_a_line(f"{translation.embassy}’s own words: {translation.file.name}")))
    return _Card(_title(alike), Group(*post, *[Text()] * taller), Group(*about), width)


@dataclass(frozen=True, slots=True)
class _Card:
    """What a post says, in a box, and below a line what there is to say about it.

    The box is open at its right where terminals disagree how wide its text is: no two would close it alike.
    """

    title: Text
    post: Group
    about: Group
    width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inside = options.update(width=self.width - 4, height=None)
        post = console.render_lines(self.post, inside, pad=False)
        about = console.render_lines(self.about, inside, pad=False)
        closed = not any(map(_is_disputed, f"{self.title.plain}{_plain(post)}"))
        border = console.get_style(ORANGE)

        def ruled(left: str, right: str, title: Text | None = None) -> Text:
            text = Text.assemble(left, " ", title, " ") if title else Text(left)
            disputed = sum(map(_is_disputed, text.plain))
            text.append("─" * (self.width - 1 - cell_len(text.plain) - disputed) + (right if closed else ""))
            text.stylize_before(border)
            return text

        title = self.title.copy()
        title.truncate(self.width - 6, overflow="ellipsis")
        yield ruled("╭─", "╮", title)
        for lines in (post, about):
            if lines is about:
                yield ruled("├", "┤")
            for line in lines:
                yield Segment("│ ", border)
                yield from line
                if closed:
                    yield Segment(" " * (self.width - 3 - Segment.get_line_length(line)))
                    yield Segment("│", border)
                yield Segment.line()
        yield ruled("╰", "╯")


def _plain(lines: Iterable[Iterable[Segment]]) -> str:
    return "".join(segment.text for line in lines for segment in line)


def _title(alike: Sequence[Delivery]) -> Text:
    first = alike[0]
    platforms = " · ".join(PLATFORMS[delivery.platform].title for delivery in alike)
    return Text.assemble((first.embassy.id, "bold"), " · ", _language(first.language), f" · {platforms}")


def _marked(text: str, platform: str) -> Text:
    """The text with what the platform makes a link, a tag or a mention of, as both show it: underlined and blue."""
    drawn, encoded = shown(text), text.encode()
    for start, end, _, _ in PLATFORMS[platform].facets(text):
        drawn.stylize(f"underline {BLUE}", len(encoded[:start].decode()), len(encoded[:end].decode()))
    return drawn


def _pictures(delivery: Delivery, translation: Translation) -> Iterator[RenderableType]:
    """Each of its pictures by name, and what it shows."""
    for file in delivery.media:
        yield Text()
        yield _Folded(Text.assemble(("Picture ", "bold"), in_a_line(file)))
        if alt := translation.alt.get(file):
            yield _Folded(shown(alt), indent=2)
        else:
            missing = f"✗ no alt text: say below [alt] in {translation.file.name} what it shows"
            yield _Folded(in_a_line(missing, "bold red"), indent=2)


_NEARLY = 20
"""From here on it is said how many characters are left."""


def _counts(alike: Sequence[Delivery], text: str, width: int) -> Table:
    """For each platform how much of its limit the text takes, as a bar and a number, and what it finds in it."""
    bar = min(20, max(5, width - 50))
    table = Table.grid(padding=(0, 1, 0, 0))
    for justify in ("left", "left", "right", "left"):
        table.add_column(justify=justify)
    for delivery in alike:
        count = PLATFORMS[delivery.platform]
        length = count.length(text)
        left = count.limit - length
        filled = min(bar, max(1, bar * length // count.limit))
        said, style = _room(delivery.platform, text, left)
        found = Counter(_FACETS[kind] for _, _, kind, _ in count.facets(text))
        notes = [*(Text(note, style=style) for note in said), *(Text(_many(found[kind], kind)) for kind in found)]
        table.add_row(
            Text(count.title),
            Text.assemble(("━" * filled, style or "green"), ("─" * (bar - filled), "dim")),
            Text(f"{length}/{count.limit}", style=style),
            Text(" · ").join(notes),
        )
    return table


def _room(platform: str, text: str, left: int) -> tuple[list[str], str]:
    """What there is to say about what is left, and how to draw it."""
    notes = [f"cut {-left}"] if left < 0 else []
    if platform == "bluesky" and (size := len(text.encode())) > BLUESKY_BYTES:
        notes.append(f"{size} of {BLUESKY_BYTES} bytes")
    if notes:
        return notes, "bold red"
    return ([f"{left} left"], f"bold {ORANGE}") if left <= _NEARLY else ([], "")


_FACETS = {"link": "link", "tag": "hashtag", "mention": "mention"}


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
                    for file in delivery.media
                ],
                "link": day.link if day else None,
            }
        )  # fmt: skip
    return {"deliveries": listed}


# Approval


def approval(stored: Approvals, counts: Counts, found: Sequence[Change]) -> Text:
    """How much is approved, which texts and embassies aren't as they were approved, since when, and what to do."""
    if stored.problems:
        message = "Nothing counts as approved, since approvals.toml can't be read; live runs hold all of it."
        return Text(message, style="red")
    withdrawn = [change for change in found if str(change.kind) == "withdrawn"]
    waiting = [change for change in found if str(change.kind) != "withdrawn"]
    if not stored.exists:
        text = Text("Nothing is approved yet, and live runs hold what isn't: orangeday approve all" if waiting else "")
        return _with_withdrawn(text, withdrawn)
    text = Text(
        f"Approved: {counts.texts_approved} of {_many(counts.texts, 'text')}, "
        f"{counts.embassies_approved} of {counts.embassies} embass{'y' if counts.embassies == 1 else 'ies'}.",
        style="" if found else "green",
    )
    void = [change for change in waiting if str(change.kind) not in ("new", "campaign")]
    if void:
        named = [f"{c.subject} ({f'since {utc(c.since)}' if c.since else c.kind})" for c in void]
        text.append("\nNo longer as approved: ", "yellow").append_text(in_a_line(_some_of(named, 6)))
    if fresh := [str(change.subject) for change in waiting if str(change.kind) == "new"]:
        text.append("\nNot approved yet: ").append_text(in_a_line(_some_of(fresh, 12)))
    elsewhere = _of_other_campaigns(waiting)
    for said, others in elsewhere.items():
        text.append(f"\n{said}: ", "yellow").append_text(in_a_line(_some_of([str(c.subject) for c in others], 6)))
    if waiting:
        what = "approve --diff" if void or elsewhere else "approve all"
        text.append(f"\nLive runs hold these: orangeday {what}", "cyan")
    return _with_withdrawn(text, withdrawn)


def _of_other_campaigns(found: Sequence[Change]) -> dict[str, list[Change]]:
    """What is approved for another campaign, by the sentence that says so."""
    by: dict[str, list[Change]] = {}
    for change in found:
        if str(change.kind) == "campaign":
            by.setdefault(f"Approved for {change.approved_for}, not for {change.campaign}", []).append(change)
    return by


def _with_withdrawn(text: Text, withdrawn: Sequence[Change]) -> Text:
    """And each text that was taken down, on a line of its own: no other line is good for it."""
    for change in withdrawn[:6]:
        if text:
            text.append("\n")
        text.append_text(in_a_line(f"{change.in_words[:1].upper()}{change.in_words[1:]}", "yellow"))
    if more := withdrawn[6:]:
        text.append(f"\nAnd {len(more)} more are withdrawn: orangeday approve --diff", "yellow")
    return text


def approval_json(counts: Counts, found: Sequence[Change] = ()) -> dict[str, Any]:
    withdrawn = [change for change in found if str(change.kind) == "withdrawn"]
    return {
        "texts": {"approved": counts.texts_approved, "of": counts.texts},
        "embassies": {"approved": counts.embassies_approved, "of": counts.embassies},
        **(changes_json(withdrawn, "withdrawn") if withdrawn else {}),
    }


def _some_of(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names) + "." if more <= 1 else f"{', '.join(names[:most])} and {more} more."


def changes(console: Console, found: Sequence[Change]) -> None:
    """Each that isn't approved as it is: who approved it, and word by word what differs; new ones together."""
    for change in found:
        if str(change.kind) == "new" or (str(change.kind) == "campaign" and not change.parts):
            continue
        since = f" since {utc(change.since)}" if change.since else ""
        said = in_a_line(f"  {_KINDS[change.kind]}{since}")
        console.print(_Folded(Text.assemble((str(change.subject), f"bold {ORANGE}"), said)))
        if str(change.kind) in ("withdrawn", "campaign"):
            console.print(_Folded(in_a_line(change.why), 2))
        elif change.at:
            console.print(_Folded(in_a_line(f"approved by {change.by} on {utc(change.at)}"), 2))
        if str(change.kind) != "withdrawn" or any(old is not None for old, _ in change.parts.values()):
            _differences(console, {name: (old, new) for name, old, new in change.differing})
        console.print(_Folded(in_a_line(f"→ {change.command}", "cyan"), 2))
        console.print()
    for campaigns, others in _of_other_campaigns([change for change in found if not change.parts]).items():
        named = ", ".join(str(change.subject) for change in others)
        console.print(_Folded(in_a_line(f"{campaigns}; word for word as then, {len(others)}: {named}")))
    if fresh := [str(change.subject) for change in found if str(change.kind) == "new"]:
        console.print(_Folded(in_a_line(f"Not approved yet, {len(fresh)}: {', '.join(fresh)}")))


_KINDS = {
    "changed": "changed", "gone": "its file is gone", "edited": "its approval was edited by hand",
    "withdrawn": "withdrawn", "campaign": "approved for another campaign, and changed",
}  # fmt: skip


def _differences(console: Console, parts: Mapping[str, tuple[str, str]]) -> None:
    """By the name of a part: what it was and what it is, word by word."""
    plain = console.color_system is None or console.no_color
    for name, (old, new) in parts.items():
        console.print(_Folded(in_a_line(name, "bold"), 2))
        console.print(_Folded(difference(old, new, plain=plain), 4))


def since(console: Console, parts: Mapping[str, tuple[str, str]]) -> None:
    """What has changed in a text since it was taken down."""
    differ = {name: (old, new) for name, (old, new) in parts.items() if old != new}
    console.print("Since it was taken down:" if differ else "It reads as it did when it was taken down.")
    _differences(console, differ)


def content(console: Console, parts: Mapping[str, str]) -> None:
    """What an approval covers, part by part, of a text that nobody posts."""
    for name, value in parts.items():
        console.print(_Folded(in_a_line(name, "bold"), 2))
        console.print(_Folded(shown(short(value)), 4))


def changes_json(found: Iterable[Change], called: str = "changes") -> dict[str, Any]:
    return {
        called: [
            {
                "subject": str(c.subject), "day": c.subject.number, "language": c.subject.language,
                "embassy": c.subject.embassy, "kind": str(c.kind), "by": c.by, "at": c.at and c.at.isoformat(),
                "since": c.since and c.since.isoformat(), "file": str(c.where.file), "line": c.where.line,
                "parts": {name: {"approved": old, "now": new} for name, (old, new) in c.parts.items()},
                "command": c.command, "reason": c.reason, "approved_for": c.approved_for,
            }
            for c in found
        ]
    }  # fmt: skip


def difference(old: str, new: str, *, plain: bool) -> Text:
    """What became of a text, word by word: what went struck and red, what came green; or, `plain`, in brackets."""
    text = Text()
    for before, after in differing(short(old), short(new)):
        if before == after:
            text.append_text(shown(after))
            continue
        for run, opened, closed, style in ((before, "[-", "-]", "red strike"), (after, "{+", "+}", "bold green")):
            if run:
                words = shown(conspicuous(run))
                text.append_text(Text.assemble(opened, words, closed) if plain else Text(words.plain, style=style))
    return text


def approved(console: Console, who: str, made: Sequence[Change], already: Sequence[Subject]) -> None:
    """What was approved just now: first what had changed, with its differences; then all of it, by day."""
    changes(console, [c for c in made if str(c.kind) != "new" and (str(c.kind) != "campaign" or c.parts)])
    rows: dict[str, list[str]] = {}
    for subject in (change.subject for change in made if str(change.kind) != "gone"):
        row, _, name = str(subject).partition("/")
        rows.setdefault(row if subject.number is None else f"day {subject.number:2}", []).append(name)
    if rows:
        console.print(_Folded(in_a_line(f"Approved by {who}:", "green")))
        width = max(map(len, rows))
        for row, names in rows.items():
            for n, line in enumerate(_fold(console, in_a_line(" ".join(names)), console.width - width - 4)):
                console.print(Text(f"  {'' if n else row:{width}}  ").append_text(line))
    if already:
        console.print(_Folded(in_a_line(f"Approved already, and unchanged: {_subjects(already)}.")))


def _subjects(subjects: Sequence[Subject]) -> str:
    """How many texts and embassies."""
    texts = sum(subject.number is not None for subject in subjects)
    embassies = len(subjects) - texts
    of = [_many(texts, "text")] if texts else []
    return " and ".join([*of, *([f"{embassies} embass{'y' if embassies == 1 else 'ies'}"] if embassies else [])])


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
    dated = _dated(delivery.plan)
    text = Text.assemble(
        (f"{_MARKS[state]} {state:<9}", _STYLES[state]),
        f" {local(delivery.local(delivery.due), dated=dated):<{30 if dated else 25}}"
        f" {utc(delivery.due, dated=dated):>{21 if dated else 16}} ",
        in_a_line(delivery.key.partition("/")[2], "bold"),
    )
    if standing.receipt and not standing.receipt.url.startswith("dry-run:"):  # nobody can follow that link
        text.append("  ").append_text(in_a_line(standing.receipt.url, "dim"))
    if standing.why:
        text.append("\n            ").append_text(in_a_line(standing.why, _STYLES[state]))
    if state == "unsure":
        text.append("\n            ").append_text(in_a_line(_how_to_settle(delivery), _STYLES[state]))
    return text


def _dated(plan: Plan) -> bool:
    """Whether its dates are written with their year: all of them, or none, so that a list stays even."""
    return any(needs_year(datetime.combine(day, time(12), UTC)) for day in (plan.first, plan.date(DAYS[-1])))


_PROFILES = {"x": "https://x.com/", "bluesky": "https://bsky.app/profile/"}
"""Where an account is looked at, before its handle."""


def _how_to_settle(delivery: Delivery) -> str:
    """Where a person looks for what may be live, and what they type then."""
    key = delivery.key.partition("/")[2]
    return (
        f"It is read back until that can be told. By hand: look at {_PROFILES[delivery.platform]}"
        f"{delivery.account.handle}, then `orangeday settle {key} --published ADDRESS`, or `--not-published`."
    )


PAUSED = "PAUSED."
"""Stands where the next hour would."""


def is_all_paused(pauses: Iterable[Pause]) -> bool:
    """Whether nothing can go out at all."""
    return any(pause.scope == "everything" for pause in pauses)


def accounts(found: Iterable[Account]) -> str:
    """Accounts as a person knows them: `@be_nairobi on X, …`."""
    return _some_of([f"@{account.handle} on {PLATFORMS[account.platform].title}" for account in found], 6)


def paused(pause: Pause) -> str:
    """A brake that is on, and how it is taken off."""
    off = "orangeday resume" if pause.scope == "everything" else f"orangeday resume {pause.scope}"
    until = "" if f"`{off}`" in pause.reason else f" It holds until `{off}`."
    return f"{pause.scope[:1].upper()}{pause.scope[1:]} is {pause}.{until}"


def event(event: Event) -> Text:
    """A line of the ledger's log."""
    text = Text.assemble((f"{event.at:%Y-%m-%d %H:%M:%S} UTC", "dim"), f"  {event.what:<16}  ")
    text.append_text(in_a_line(event.key or "", "bold"))
    if event.detail:
        text.append("  " if event.key else "").append_text(in_a_line(event.detail))
    return text.append_text(in_a_line(f"  {event.who} at {event.machine}", "dim"))


def events_json(events: Iterable[Event]) -> dict[str, Any]:
    return {"events": [{**asdict(event), "at": event.at.isoformat()} for event in events]}


_HEALTH = {"ok": ("✓ ok", "green"), "warning": ("⚠ warning", "yellow"), "failure": ("✗ failure", "red")}


def findings(console: Console, found: Sequence[Finding]) -> None:
    """What the doctor saw: a line each, the next step below what isn't well, and what it comes to."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    number: Counter[str] = Counter()
    for alike in _alike(found):
        first = alike[0]
        number[first.health] += 1
        word, style = _HEALTH[first.health]
        about = first.about
        if len(alike) > 1:
            some = ", ".join(finding.about for finding in alike[:2])
            more = f" and {len(alike) - 2} more" if len(alike) > 2 else ""
            about = f"{some}{more}"
        seen = in_a_line(f"{about}: " if about else "", "bold").append_text(in_a_line(first.seen))
        if first.step:
            others = " (and likewise the others)" if len({finding.step for finding in alike}) > 1 else ""
            seen.append("\n").append_text(in_a_line(f"→ {first.step}{others}", "cyan"))
        table.add_row(Text(word, style), Text(first.check), seen)
    console.print(table)
    if number["failure"]:
        said = f"{_many(number['failure'], 'failure')}, {_many(number['warning'], 'warning')}."
        console.print(f"\n{said}", style="red")
    elif number["warning"]:
        console.print(f"\nNo failure, {_many(number['warning'], 'warning')}.", style="yellow")
    else:
        console.print("\n✓ All is well.", style="green")


def _alike(found: Iterable[Finding]) -> list[list[Finding]]:
    """The findings, those together that say the same of several accounts."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for number, finding in enumerate(found):
        platform = finding.about.partition("/")[2]
        same = (finding.check, finding.health, finding.seen, platform) if platform else (str(number),)
        groups.setdefault(same, []).append(finding)
    return list(groups.values())


def findings_json(found: Iterable[Finding]) -> dict[str, Any]:
    checks = [
        {"check": f.check, "about": f.about or None, "state": str(f.health), "seen": f.seen, "step": f.step or None}
        for f in found
    ]
    number = Counter(check["state"] for check in checks)
    return {"checks": checks, "counts": {state: number[state] for state in _HEALTH}}


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
    """The live view of `orangeday schedule`: how far it is, what needs a person, what comes next, what went last."""
    ordered = sorted(standings.values(), key=lambda standing: standing.delivery.due)
    waiting = [s for s in ordered if s.needs_person]
    coming = _together(s for s in ordered if s.delivery.due > now)
    gone = _together(s for s in ordered if s.delivery.due <= now and str(s.state) != "past")
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
        parts.append(Text(f"\n{_many(len(waiting), 'post')} in need of a person, the latest:", style="bold red"))
        parts.append(line(waiting[-1]))
        rows -= 5
    last = gone[-max(2, rows // 2) :]
    # What needs a person says why already.
    waits = [] if waiting else [s.why for together in last for s in together if str(s.state) == "deferred" and s.why]
    rows -= 2 * bool(waits)
    width, dated = max((len(embassy) for embassy in plan.config.embassies), default=0), _dated(plan)
    if coming:
        going = (s.delivery for together in coming for s in together)
        first = next((d for d in going if not any(p.covers(d.embassy.id, d.platform) for p in pauses)), None)
        if first is None:
            parts.append(Text.assemble("\n", (PAUSED, "bold white on red"), " It would go on with:"))
        else:
            parts.append(Text.assemble("\nNext in ", (span(first.due - now), f"bold {ORANGE}")))
        parts.append(_table(coming[: max(2, rows - len(last))], width, dated))
    if last:
        parts.append(Text("\nLast"))
        parts.append(_table(last, width, dated))
        if waits:
            parts.append(shown(f"… {waits[-1]}", _STYLES["deferred"]))
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


def _table(groups: Sequence[Sequence[Standing]], width: int, dated: bool) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False, expand=True)
    for column in (1, 6, width, 2, 31 if dated else 26, 16):
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
            local(delivery.local(delivery.due), dated=dated),
            Text(utc(delivery.due, dated=False), style="dim"),
            Text(", ".join(PLATFORMS[s.delivery.platform].title for s in group)).append_text(in_a_line(title, "dim")),
        )
    return table


# The report


_FATES = {"published": "green", "not out": "red", "in doubt": "magenta", "to come": ""}
_SEEN = {"up": ("✓", "green"), "changed": ("≠", "yellow"), "gone": ("✗", "bold red"), "unread": ("?", "magenta")}
_WIDE = 110
"""From so many columns on there is room for an hour beside each link."""


def report(console: Console, found: Report) -> None:
    """What went out, by embassy, with links; what didn't, and why; how many of what; and what it comes to."""
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
    """What there is to say as long as there is no ledger: how much is to come, and how much is over."""
    _head(console, found)
    number = Counter(entry.fate for entry in found.entries)
    late, coming = number["not out"], number["to come"]
    parts = [f"{_many(coming, 'post')} still to come"] if coming else []
    parts += [f"{_many(late, 'post')} over, which will not be sent"] if late else []
    console.print(_Folded(Text(f"Nothing has been sent so far. {'; '.join(parts)}{'.' if parts else ''}".strip())))


def _head(console: Console, found: Report) -> None:
    """Which campaign it is about, of which days, when, and what part of it."""
    console.print(_isolated(in_a_line(found.title, f"bold {ORANGE}")))
    so_far = "" if found.over else ", so far"
    console.print(Text(f"{_span_of_dates(found.first, found.last)}{so_far}: {utc(found.now, dated=True)}"))
    if found.part:
        console.print(_Folded(in_a_line(f"Only a part of the campaign: {found.part}")))


def _went_out(entry: Entry, wide: bool) -> Text:
    """A post and its link; how it is there, where it was read back."""
    mark, style = _SEEN[entry.seen] if entry.seen else ("✓", "green")
    text = Text.assemble("  ", (mark, style), f" {entry.day:2} ")
    if wide and entry.published:
        text.append(f"{local(entry.published):<{30 if needs_year(entry.published) else 25}} ")
    text.append(f"{entry.language} ").append_text(in_a_line(f"{PLATFORMS[entry.platform].title:<7} "))
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
    """Whatever isn't out, but for what merely has its hour to come: together what has the same reason."""
    reasons: dict[tuple[str, str], list[Entry]] = {}
    for entry in found.entries:
        if entry.fate != "published" and (entry.why or entry.fate != "to come"):
            reasons.setdefault((str(entry.state), entry.reason or ""), []).append(entry)
    if reasons:
        console.print(Text("\nNot out, and why", style="bold"))
    for (state, why), alike in sorted(reasons.items(), key=lambda item: list(_STYLES).index(item[0][0])):
        console.print(_Folded(in_a_line(f"{_MARKS[state]} {state}, {len(alike)}{_colon(why)}", _STYLES[state]), 2))
        names = (f"{e.key.partition('/')[2]}{'' if e.planned else ' (no longer planned)'}" for e in alike)
        console.print(_Folded(in_a_line("  ".join(names)), 4))


def _totals(what: str, totals: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(what, overflow="fold", min_width=10)
    shown_fates = [fate for fate in _FATES if any(counts.get(fate) for counts in totals.values())]
    for heading in ("posts", *shown_fates):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, counts in totals.items():
        numbers = (Text(f"{counts[fate]:,}", _FATES[fate]) if counts.get(fate) else "–" for fate in shown_fates)
        title = PLATFORMS[name].title if what == "platform" else name
        table.add_row(in_a_line(title), f"{sum(counts.values()):,}", *numbers)
    return table


def _all_told(found: Report) -> Text:
    """What it comes to, in a line or three."""
    number = Counter(entry.fate for entry in found.entries)
    parts = [Text(f"{number[fate]:,} {fate}", _FATES[fate]) for fate in _FATES if number[fate]]
    text = Text(f"{_many(len(found.entries), 'post')}: ").append_text(Text(" · ").join(parts))
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


def reading(posts: int, dollars: float, listed: date) -> str:
    """What X charges for posts that are read back."""
    return (
        f"X will charge about ${dollars:,.3f} for reading {_many(posts, 'post')} back, at the price listed on {listed}."
    )


def report_json(found: Report) -> dict[str, Any]:
    """As `status` gives it, and more: what came to what, where it is, and how it is there."""
    totals = {
        "embassy": found.embassies(), "language": found.languages(), "platform": found.platforms(),
        "day": found.days(),
    }  # fmt: skip
    return {
        "campaign": found.campaign,
        "title": found.title,
        "part": found.part or None,
        "now": found.now.isoformat(),
        "by": found.by,
        "counts": dict(Counter(str(entry.state) for entry in found.entries)),
        "totals": {what: {name: dict(counts) for name, counts in of.items()} for what, of in totals.items()},
        "read_back": found.sights() if found.read_back else None,
        "taken_down": [
            {"key": event.key, "url": event.detail, "at": event.at.isoformat(), "by": event.who}
            for event in found.taken_down
        ],
        "deliveries": [
            {
                "key": e.key, "day": e.day, "date": e.date.isoformat(), "title": e.title, "embassy": e.embassy,
                "platform": e.platform, "language": e.language, "due": e.due.astimezone(UTC).isoformat(),
                "due_local": e.due.isoformat(), "state": str(e.state), "attempts": e.attempts, "planned": e.planned,
                "receipt": e.receipt and {
                    "id": e.receipt.id, "url": e.receipt.url, "published_at": e.receipt.published_at.isoformat(),
                },
                "error": e.why, "acknowledged": e.acknowledged,
                "read_back": {"state": e.seen, "note": e.seen_note} if e.seen else None,
            }
            for e in found.entries
        ],
    }  # fmt: skip
