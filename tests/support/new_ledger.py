"""A ledger as it is when it has just been made, for tests that begin with hundreds of them."""

from __future__ import annotations

import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger


@cache
def _content() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        with closing(Ledger(f"sqlite:///{file}", system_clock, durable=False)):
            pass
        return file.read_bytes()


def put(file: Path) -> None:
    """Puts one there, and takes away whatever lies beside it of another."""
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    file.write_bytes(_content())
