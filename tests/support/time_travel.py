"""time_machine, without pytest, which it would load for its plugin: half of what a program takes to start."""

from __future__ import annotations

import sys

if "pytest" in sys.modules:
    import time_machine
else:
    sys.modules["pytest"] = None  # type: ignore[assignment]  # as if it weren't installed
    import time_machine

    del sys.modules["pytest"]

__all__ = ["time_machine"]
