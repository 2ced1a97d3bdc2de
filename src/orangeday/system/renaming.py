"""The renaming of files, and its limits: Windows refuses to rename a file that another program has open."""

from __future__ import annotations

import time
from pathlib import Path

_IN_USE = frozenset({5, 32, 33})
"""Windows' numbers for it: access denied, sharing violation, lock violation."""

_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""The seconds before each further try. A virus scanner or an indexer lets go within them; Word and Excel don't."""


def move(file: Path, target: Path) -> None:
    """Rename a file, over one that is there already. Raises OSError, which names the file that is held, and why.

    Whoever reads a file on Windows keeps it from being replaced meanwhile, mostly for a moment: so it is tried again.
    Elsewhere a refusal is one of rights, and stands.
    """
    for pause in _PAUSES:
        try:
            file.replace(target)
            return
        except OSError as failure:
            if getattr(failure, "winerror", None) not in _IN_USE:
                raise
        time.sleep(pause)
    try:
        file.replace(target)
    except OSError as failure:
        if getattr(failure, "winerror", None) not in _IN_USE:
            raise
        # The system's words are in its own language, and say that access is denied.
        held = target if target.exists() else file
        reason = "another program has it open, or you may not write there; close it in Word, Excel or the editor"
        raise PermissionError(failure.errno, reason, str(held)) from failure
