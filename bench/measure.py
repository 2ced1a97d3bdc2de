"""How everything here is measured: beside something else, in the same run, A B A B; and how it is told.

A figure to compare is the ratio between two neighbours, so that what else the machine does strikes both: its median,
with the least and the most that was seen. Seconds belong to the machine, and are there to make sense of a ratio.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from textwrap import fill
from time import perf_counter

Measure = Callable[[], float]
"""Does the work, and says how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    what: str
    here: str
    """What was seen of the thing itself, on this machine: `184 ms`."""
    ratios: Sequence[float] = ()
    """To what it is compared with, one for each time; none where it is compared with nothing."""
    goal: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        spread = f"{min(self.ratios):.2f}–{max(self.ratios):.2f}" if len(self.ratios) > 1 else ""
        return self.what, self.here, f"{median(self.ratios):.2f}" if self.ratios else "", spread, self.goal


@dataclass(frozen=True, slots=True)
class Cells:
    """One line of a table with columns of its own."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What was measured of one thing."""

    title: str
    about: str
    """What it is compared with, and how, in a sentence or two."""
    rows: Sequence[Row | Cells]
    heads: tuple[str, ...] = ("", "here", "ratio", "min–max", "goal")

    def plain(self) -> str:
        """For a terminal of a hundred columns."""
        lines = [(self.title, *self.heads[1:]), *((f"  {row.cells[0]}", *row.cells[1:]) for row in self.rows)]
        width = max(len(line[0]) for line in lines) + 2
        return "\n".join(
            ["", *(f"{line[0]:{width}}{''.join(f'{c:>14}' for c in line[1:])}".rstrip() for line in lines)]
        )

    def markdown(self) -> str:
        """For a page."""
        head = f"| {' | '.join(self.heads)} |\n|---|{'---:|' * (len(self.heads) - 2)}---|"
        rows = "\n".join(f"| {' | '.join(row.cells)} |" for row in self.rows)
        return f"## {self.title}\n\n{paragraph(self.about)}\n\n{head}\n{rows}\n"


def paragraph(words: str) -> str:
    """In lines as long as those of the other pages."""
    return fill(words, 120, break_long_words=False, break_on_hyphens=False)


def compare(what: str, base: Measure, other: Measure, rounds: int, goal: str = "") -> Row:
    """A B A B, so many rounds; each ratio is of two neighbours."""
    progress(what)
    pairs = [(base(), other()) for _ in range(rounds)]
    return Row(what, duration(median(b for _, b in pairs)), [b / a for a, b in pairs], goal)


def process(
    *command: str | Path, folder: Path, environment: Mapping[str, str], status: Iterable[int] = (0,)
) -> Measure:
    """A whole process by the wall clock, its output in a pipe. Raises SystemExit with what it said where it fails."""

    def measure() -> float:
        begun = perf_counter()
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        seconds = perf_counter() - begun
        if done.returncode not in status:
            raise SystemExit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
        return seconds

    return measure


def processor(
    *command: str | Path, folder: Path, environment: Mapping[str, str], status: Iterable[int] = (0,)
) -> Measure:
    """A whole process by the time that it had a processor: what else the machine does hardly counts in it."""
    run = process(*command, folder=folder, environment=environment, status=status)

    def measure() -> float:
        before = _children()
        run()
        return _children() - before

    return measure


def _children() -> float:
    """The processor seconds of all processes that this one has started and that have ended."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def duration(seconds: float) -> str:
    """`184 ms`."""
    if seconds >= 10:
        return f"{seconds:.0f} s"
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{seconds * 1e3:.2f} ms"


def progress(what: str) -> None:
    """One line on stderr, written over by the next; a line each where that is no terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)
    elif what:
        print(what, file=sys.stderr, flush=True)


def installed() -> Path:
    """The `orangeday` beside this Python. Raises SystemExit where there is none."""
    script = Path(sys.executable).parent / ("orangeday.exe" if sys.platform == "win32" else "orangeday")
    if not script.is_file():
        raise SystemExit("There is no orangeday beside this Python: install the project into its environment first.")
    return script


def clean(folder: Path) -> dict[str, str]:
    """An environment for what is measured: a home of its own, bytecode cached in a folder of its own, no secrets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORANGEDAY_", "PYTHON"))}
    home = dict.fromkeys(("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"), str(folder / "home"))
    (folder / "home").mkdir(exist_ok=True)
    return kept | home | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
