"""A short storm; `python -m tests.bluesky_storm` makes long ones."""

from __future__ import annotations

import pytest

from . import bluesky_storm
from .bluesky_server import Server


@pytest.mark.invariant(1, 3, 4)
def test_no_kill_loses_a_post_or_makes_two_not_even_with_the_ledger(pds: Server) -> None:
    assert pds, "where no server can be had, there is no storm"
    assert bluesky_storm.main(kills=8, deliveries=8, seed=1, delete_ledger=True, programs=4, days=2)
