"""Mutated inputs, three in five of them pictures: `check` and sending never disagree.

There are five thousand, of which a usual run tries six hundred.

`python -m tests.torture.checked_and_sent --seed 1 --only 1234` tries one of them again, as a failure names it.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import time_machine

from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger

from ..servers.bluesky_server import Server
from ..servers.x_server import XServer
from ..support import new_ledger
from ..support.amount import amount, scaled
from ..support.common import BEFORE
from ..support.mutated_inputs import mutated_inputs
from .checked_and_sent import Gate, Servers, Tally, hold

SEED = 1
BY_SERVERS = amount(64, 200)
"""So many of the inputs are sent by the real adapters, over HTTP."""
INPUTS = amount(600, 5000)
IN_A_PART = amount(268, 400)
PARTS = [range(first, min(first + IN_A_PART, INPUTS)) for first in range(BY_SERVERS, INPUTS, IN_A_PART)]

pytestmark = scaled


@pytest.mark.parametrize("numbers", PARTS, ids=lambda numbers: f"{SEED}/{numbers.start}-{numbers.stop - 1}")
def test_what_check_passes_is_sent_and_what_it_says_is_altered_is(tmp_path: Path, numbers: range) -> None:
    inputs, tally = mutated_inputs(SEED, numbers), Tally()
    new_ledger.put(tmp_path / "ledger.db")
    with (
        time_machine.travel(BEFORE, tick=True),
        closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", system_clock, durable=False)) as ledger,
    ):
        hold(tmp_path, inputs, Gate(ledger), tally)
    assert not tally.wrong, tally.table()
    assert tally.came["of them pictures"] >= len(numbers) / 2
    assert tally.came["arrived"] > len(numbers) / 2  # on one platform or both
    assert tally.came["pictures without a second opinion"] < tally.came["pictures compared"] / 5


@pytest.mark.invariant(15)
def test_so_it_is_on_the_servers(tmp_path: Path, x: XServer, pds: Server) -> None:
    inputs, tally = mutated_inputs(SEED, range(BY_SERVERS)), Tally()
    with time_machine.travel(BEFORE, tick=True):
        sender = Servers(tmp_path, x, pds)
    hold(tmp_path, inputs, sender, tally)
    assert not tally.wrong, tally.table()
    assert tally.came["arrived"] > BY_SERVERS / 2
    assert not x.broken
