"""orangeday at the time of a clock that others set, and loading as little as possible besides.

    python -m bench.clocked CLOCK schedule --live

CLOCK is a file of eight bytes: a float, the seconds by which this clock is ahead. Whoever writes there sets it, and the
process finds it set whenever it next looks. It is for memory to be measured: all else is the program as it is
installed, started fresh. The clock itself takes about 1 MiB.
"""

from __future__ import annotations

import mmap
import runpy
import struct
import sys
from pathlib import Path


def live_by(clock: mmap.mmap) -> None:
    """From here on it is the time that this clock shows."""
    # It would load pytest and dateutil, were they there: more than all that is to be measured.
    hidden = ("pytest", "dateutil")
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: as though it weren't installed
    import time_machine

    for name in hidden:
        del sys.modules[name]
    traveller = time_machine.travel(0, tick=True).start()
    true_time = time_machine.escape_hatch.time.time_ns

    def time_ns() -> int:
        ahead: float = struct.unpack("d", clock[:8])[0]
        return int(true_time()) + int(ahead * 1e9)

    vars(traveller)["time_ns"] = time_ns


def main() -> None:
    _, clock, *words = sys.argv
    with Path(clock).open("rb") as opened:
        live_by(mmap.mmap(opened.fileno(), 8, access=mmap.ACCESS_READ))
    sys.argv = ["orangeday", *words]
    runpy.run_module("orangeday", run_name="__main__")


if __name__ == "__main__":
    main()
