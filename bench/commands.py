"""How long an officer waits for a command: `python -m bench.commands`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.common import ROOT

from bench.measure import Row, Table, clean, compare, duration, installed, process, processor

COMMANDS = {
    "--help": "≤ 1.1",
    "check": "≤ 3.5",
    "preview 1": "≤ 1.5",
    "calendar": "",
    "status": "≤ 3",
    "publish --live": "≤ 3",
}
"""What is run, with its goal."""
RUNS_A_DAY = 144
"""A cron that runs every ten minutes."""


def table(folder: Path, rounds: int) -> Table:
    """Whole processes against the imports that no command can do without."""
    script, environment = installed(), clean(folder)
    environment["ORANGEDAY_OTTAWA_BLUESKY_APP_PASSWORD"] = "to nobody's account"  # noqa: S105  nothing is due: none is used
    shutil.copytree(ROOT / "posts", folder / "posts")
    ahead = datetime.now(UTC).date() + timedelta(days=30)
    config = (ROOT / "config.example.toml").read_text("utf-8")
    (folder / "config.toml").write_text(config.replace("[campaign]", f"[campaign]\nstart = {ahead}", 1), "utf-8")

    def run(*command: str | Path) -> None:
        process(*command, folder=folder, environment=environment)()

    run(script, "approve", "all", "--by", "Ann Peeters")
    base = processor(sys.executable, "-c", "import typer, rich.console", folder=folder, environment=environment)
    rows = [compare("those imports again", base, base, rounds)]
    for command, goal in COMMANDS.items():
        run(script, *command.split())  # it writes the bytecode, and the ledger
        measure = processor(script, *command.split(), folder=folder, environment=environment)
        note = ", nothing due" if command.startswith("publish") else ""
        rows.append(compare(f"orangeday {command}{note}", base, measure, rounds, goal))
    idle = processor(script, "publish", "--live", folder=folder, environment=environment)
    day = sum(idle() for _ in range(RUNS_A_DAY))
    rows.append(Row(f"a day of cron, {RUNS_A_DAY} runs of publish --live with nothing due", duration(day)))
    about = (
        "Whole processes by the processor time that they take, on the shipped example with its 112 texts and 224 "
        'cards, all approved, day 1 ahead; their output in a pipe, beside `python -c "import typer, rich.console"`. '
        "Bytecode is there; files are in the system's memory."
    )
    return Table("A command, cold", about, rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="orangeday-bench-") as name:
        print(table(Path(name), 15).plain())
