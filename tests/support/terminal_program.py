"""A command of orangeday in a terminal, with a keyring that is the file KEYS, a JSON object.

In the environment AHEAD says by how many seconds its clock is ahead of the machine's, and NOTICES how often `schedule`
looks at its clock and draws its table.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from orangeday.cli import main

from .login_stubs import Keys

if __name__ == "__main__":
    file = Path(os.environ["KEYS"])
    if file.exists():
        Keys.held.update({("orangeday", name): value for name, value in json.loads(file.read_text()).items()})
    if "AHEAD" in os.environ:
        from .offset_clock import live_ahead

        live_ahead()
    if "NOTICES" in os.environ:
        from orangeday.engine import scheduler

        scheduler.POLL_INTERVAL = float(os.environ["NOTICES"])
    status = main(sys.argv[1:])
    file.write_text(json.dumps({name: value for (_, name), value in Keys.held.items()}))
    sys.exit(status)
