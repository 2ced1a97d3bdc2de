"""A short long life; `python -m tests.torture.long_life` makes whole ones, and shows the memory."""

from __future__ import annotations

from ..servers.bluesky_server import Server
from . import long_life
from .long_life import Vitals


def test_a_program_that_runs_for_days_leaves_no_thread_and_no_file_behind(pds: Server) -> None:
    ends: list[Vitals] = []
    long_life.live(20, 5, 1, lambda _, vital: ends.append(vital), wait=1, pds=pds)
    _, second, *_, last = ends
    # Twelve posts lie between the two. A connection more or less may be open, and a worker be new.
    assert last.threads - second.threads <= 2
    assert last.files - second.files <= 5
