"""Measures all of it, some twenty minutes: `python -m bench`; `--quick` for fewer runs, `--write` for docs/bench.md.

Every figure to compare is a ratio between two things measured side by side in the same run. A goal is printed beside
its figure, and nothing fails because of one. Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.support.common import ROOT

from bench import commands, crosspost, growth, memory, posts, server_ledger, sizes
from bench.measure import Table, paragraph, progress

Part = Callable[[Path, bool], Table]
"""Measures one thing in a folder of its own, in fewer runs if so wanted."""

PARTS: dict[str, Part] = {
    "commands": lambda folder, quick: commands.table(folder, 5 if quick else 21),
    "one-post": lambda folder, quick: posts.one(folder, 5 if quick else 21),
    "crosspost": lambda folder, quick: crosspost.table(folder, 5 if quick else 21),
    "many-posts": lambda folder, quick: posts.many(folder, 1 if quick else 5),
    "server": lambda folder, quick: server_ledger.table(folder, 1 if quick else 3),
    "files": lambda folder, quick: growth.files(folder, 1 if quick else 3),
    "sweeps": lambda folder, quick: growth.sweeps(folder, 5 if quick else 21),
    "sizes": lambda folder, quick: sizes.table(folder, sizes.SIZES[:2] if quick else sizes.SIZES),
    "memory": memory.table,
}
PAGE = ROOT / "docs" / "bench.md"


def page(tables: list[Table]) -> str:
    """All of them, and where they were measured."""
    here = f"{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores, Python {platform.python_version()}"
    about = (
        "`python -m bench --write` measures all of this anew and writes this page. Each ratio is between two things "
        "measured side by side in one run, one after the other and again: the median, with the least and the most. "
        "*Here* is what was seen of the thing itself on the machine of that run, and means little elsewhere. No test "
        "depends on any of it."
    )
    measured = "\n".join(table.markdown() for table in tables)
    return f"# How fast it is\n\n{paragraph(about)}\n\nThis run: {here}.\n\n{measured}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="write docs/bench.md; all parts are measured then")
    given = parser.parse_args()
    tables = []
    with tempfile.TemporaryDirectory(prefix="orangeday-bench-", ignore_cleanup_errors=True) as name:
        for part in PARTS if given.write else given.only:
            folder = Path(name) / part
            folder.mkdir()
            tables.append(PARTS[part](folder, given.quick))
            progress("")
            print(tables[-1].plain(), flush=True)
    if given.write:
        PAGE.write_text(page(tables), encoding="utf-8")


if __name__ == "__main__":
    main()
