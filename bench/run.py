"""Measures orangeday: `python bench/run.py`, some minutes; `--quick` for fewer runs.

Every figure to compare is a ratio between two things measured side by side in the same run, A B A B: its median, and
the least and the most that was seen. Times in seconds belong to the machine; they are there to make sense of a ratio.
A goal is printed beside its figure, and nothing fails because of one.

1. Commands, as whole processes by the wall clock, on the shipped example, their output in a pipe, against
   `python -c "import typer, rich.console"`. Bytecode is cached before anything is measured, in a folder of its own.
   That process against itself shows how far the machine can be trusted.
2. Growth: reading the files, planning and checking, in this process by its own clock, for one delivery of campaigns
   with more and more embassies and languages. Where the work grows as the deliveries do, the ratio stays at 1.
3. Finding what is due and what is next, files read and plan built, while nothing is due. It is measured before the
   first day, when most is still ahead.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from make import make
from orangeday import campaign, config
from orangeday.plan import Plan
from orangeday.problems import errors
from orangeday.rules import check

COMMANDS = {"--help": "≤ 1.8", "check": "≤ 5", "preview 1": "≤ 4", "calendar": ""}
"""What is run, with its goal."""
EMBASSIES = (10, 20, 40, 80, 130)
LANGUAGES = (4, 12, 24)
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
"""A moment at which nothing is due."""

Measure = Callable[[], float]
"""Does the work, and says how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: `seconds` of the thing itself, `ratios` to what it is compared with."""

    what: str
    seconds: list[float]
    ratios: list[float]
    goal: str = ""


def compare(what: str, base: Measure, other: Measure, rounds: int, goal: str = "") -> Row:
    """A B A B: each ratio is between two neighbours, so that what else the machine does strikes both."""
    progress(what)
    pairs = [(base(), other()) for _ in range(rounds)]
    return Row(what, [seconds for _, seconds in pairs], [seconds / least for least, seconds in pairs], goal)


def commands(folder: Path, rounds: int) -> Iterator[Row]:
    """Against the imports that no command can do without."""
    script = shutil.which("orangeday", path=str(Path(sys.executable).parent))
    if script is None:
        raise SystemExit("There is no orangeday beside this Python: install the project into its environment first.")
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    for variable in ("PYTHONDONTWRITEBYTECODE", "ORANGEDAY_CONFIG"):
        environment.pop(variable, None)

    def process(*command: str) -> Measure:
        def measure() -> float:
            begun = perf_counter()
            subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
            return perf_counter() - begun

        measure()  # writes the bytecode
        return measure

    base = process(sys.executable, "-c", "import typer, rich.console")
    yield compare("the imports again", base, base, rounds)
    for command, goal in COMMANDS.items():
        yield compare(f"orangeday {command}", base, process(script, *command.split()), rounds, goal)


def growth(folder: Path, rounds: int) -> Iterator[Row]:
    """Against a delivery of the smallest campaign."""

    def per_delivery(embassies: int, languages: int) -> Measure:
        file = make(folder / f"{embassies}x{languages}", embassies, languages)
        number = deliveries(embassies, languages)
        times = max(1, 4_000 // number)

        def measure() -> float:
            gc.collect()
            begun = process_time()
            for _ in range(times):
                plan = read(file)
                planned = list(plan)
                found = errors(check(plan))  # its texts are all in English, which is worth a warning in 23 languages
            seconds = process_time() - begun
            if found or len(planned) != number:
                raise SystemExit(f"{file.parent.name}: {len(planned)} of {number} deliveries, {len(found)} problems.")
            return seconds / times / number

        return measure

    smallest = per_delivery(EMBASSIES[0], LANGUAGES[0])
    smallest()
    for languages in LANGUAGES:
        for embassies in EMBASSIES:
            what = f"{embassies} embassies × {languages} languages, {deliveries(embassies, languages):,} deliveries"
            yield compare(what, smallest, per_delivery(embassies, languages), rounds)


def deliveries(embassies: int, languages: int) -> int:
    """Sixteen days, two platforms."""
    return embassies * languages * 16 * 2


def nothing_due(folder: Path, rounds: int) -> Row:
    """2,000 embassies against 10, in four languages each."""

    def look(embassies: int) -> Measure:
        progress(f"{embassies:,} embassies are read")
        plan = read(make(folder / str(embassies), embassies, 4))
        if [*plan.open_at(BEFORE)] or plan.next_after(BEFORE) is None:  # the first look builds the plan
            raise SystemExit("Something is due before the first day, or nothing after it.")

        def measure() -> float:
            begun = process_time()
            for _ in range(2000):
                list(plan.open_at(BEFORE))
                plan.next_after(BEFORE)
            return (process_time() - begun) / 2000

        return measure

    return compare("2,000 embassies", look(10), look(2000), rounds)


def read(file: Path) -> Plan:
    """The plan of these files."""
    read = config.load(file)
    return Plan(campaign.load(read.posts), read, read.first_day(BEFORE))


def progress(what: str) -> None:
    """One line on stderr, written over by the next; a line each where that is no terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)
    elif what:
        print(what, file=sys.stderr, flush=True)


def table(title: str, rows: list[Row]) -> None:
    """A title, its columns, and a line for each row."""
    print(f"\n{title:58}{'median':>11}{'ratio':>8}{'min–max':>14}  goal")
    for row in rows:
        spread = f"{min(row.ratios):.2f}–{max(row.ratios):.2f}"
        print(
            f"  {row.what:56}{_time(median(row.seconds)):>11}{median(row.ratios):8.2f}{spread:>14}  {row.goal}".rstrip()
        )


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    few = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = list(commands(folder, 5 if few else 15))
        grown = list(growth(folder, 1 if few else 3))
        looked = nothing_due(folder, 5 if few else 15)
    progress("")
    table("Commands, against `import typer, rich.console`", started)
    table("One delivery read, planned and checked, against the first", grown)
    table("Finding what is due when nothing is, against 10 embassies", [looked])


if __name__ == "__main__":
    main()
