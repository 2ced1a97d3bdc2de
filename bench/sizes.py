"""What each command takes for campaigns of more and more embassies: `python -m bench.sizes`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.make import make
from bench.measure import Cells, Table, clean, duration, installed, processor, progress

SIZES = (10, 130, 500, 2000)
COMMANDS = {
    "check": 2000,
    "approve all --by Ann": 2000,
    "status": 2000,
    "calendar": 2000,
    "preview 5": 2000,
    "publish --live": 2000,
    "preview --html page.html": 500,
    "rehearse": 130,
}
"""What is run, and for how many embassies at most: what nobody would wait for isn't measured."""


def table(folder: Path, sizes: tuple[int, ...] = SIZES) -> Table:
    """Each command once at each size, a ledger of its own beside it."""
    script = installed()
    seconds: dict[str, list[float]] = {command: [] for command in COMMANDS}
    for size in sizes:
        place = folder / str(size)
        make(place, size, 3)
        environment = clean(place) | {"ORANGEDAY_EMBASSY_0001_BLUESKY_APP_PASSWORD": "to nobody's account"}
        processor(script, "publish", "--live", folder=place, environment=environment, status=(0, 1))()  # it pauses
        for command, largest in COMMANDS.items():
            if size <= largest:
                progress(f"{command}, {size:,} embassies")
                run = processor(script, *command.split(), folder=place, environment=environment, status=(0, 1))
                seconds[command].append(run())
    rows = [Cells((command, *_cells(times, sizes))) for command, times in seconds.items()]
    about = (
        "Processor seconds of a whole process, once each, in three languages on both platforms, without pictures. The "
        "last column is what one embassy takes in the largest campaign that was measured, beside one of 130: where the "
        "work grows as the embassies do it stays near 1, or below, since what a process needs to begin weighs less."
    )
    return Table("Growth: every command", about, rows, ("", *(f"{size:,}" for size in sizes), "growth"))


def _cells(times: list[float], sizes: tuple[int, ...]) -> tuple[str, ...]:
    """Return the seconds at each size, empty where it wasn't measured, and how much more an embassy takes at last."""
    measured = dict(zip(sizes, times, strict=False))
    growth = ""
    if len(times) > 2:
        growth = f"{(times[-1] / sizes[len(times) - 1]) / (times[1] / sizes[1]):.2f}"
    return *(duration(measured[size]) if size in measured else "" for size in sizes), growth


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="orangeday-bench-") as name:
        print(table(Path(name)).plain())
