"""orangeday at the time of a clock that others set, and loading as little as possible besides.

    python -m bench.clocked CLOCK schedule --live

CLOCK is a file, see tests/support/file_clock.py. It is for memory to be measured: all else is the program as it is
installed, started fresh. The clock itself takes about 1 MiB.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def live_by(clock: Path) -> None:
    """As set_clock's, without what time_machine would load, were it there: more than all that is to be measured."""
    hidden = ("pytest", "dateutil")
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: as though it weren't installed
    from tests.support import file_clock

    for name in hidden:
        del sys.modules[name]
    file_clock.live_by(clock)


def main() -> None:
    _, clock, *words = sys.argv
    live_by(Path(clock))
    sys.argv = ["orangeday", *words]
    runpy.run_module("orangeday", run_name="__main__")


if __name__ == "__main__":
    main()
