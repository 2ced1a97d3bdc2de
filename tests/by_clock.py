"""The installed `orangeday`, by a clock that lies in a file.

    python -m tests.by_clock CLOCK COMMAND …

In the environment HANGS_AFTER and WHOLE give limits of its own, in seconds, where they are to be shorter.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import keyring

from orangeday import publisher
from orangeday.cli import run
from orangeday.platforms import network

from .set_clock import live_by

if __name__ == "__main__":
    keyring.get_keyring()  # a machine that is busy may take longer to load it than a keyring is waited for
    live_by(Path(sys.argv.pop(1)))
    publisher._HANGS_AFTER = float(os.environ.get("HANGS_AFTER", publisher._HANGS_AFTER))
    network.WHOLE = float(os.environ.get("WHOLE", network.WHOLE))  # type: ignore[assignment]
    run()
