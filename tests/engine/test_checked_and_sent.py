"""Two hundred mutated inputs, three in five of them pictures: `check` and sending never disagree.

tests/torture/test_checked_and_sent.py has five thousand, others than these, and servers for some.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import time_machine

from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger

from ..support import new_ledger
from ..support.common import BEFORE
from ..support.mutated_inputs import mutated_inputs
from ..torture.checked_and_sent import Engine, Gate, Tally, hold

SEED = 2


@pytest.mark.invariant(15)
def test_what_check_passes_is_sent_and_what_it_says_is_altered_is(tmp_path: Path) -> None:
    inputs, tally = mutated_inputs(SEED, range(200)), Tally()
    new_ledger.put(tmp_path / "ledger.db")
    with (
        time_machine.travel(BEFORE, tick=True),
        closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", system_clock, durable=False)) as ledger,
    ):
        hold(tmp_path, inputs[:168], Gate(ledger), tally)
        hold(tmp_path, inputs[168:], Engine(tmp_path), tally)
    assert not tally.wrong, tally.table()
    assert tally.came["of them pictures"] == 120
    assert tally.came["pictures compared"] > 100
    assert {*tally.said} == {"still", "turned", "colours", "white", "lossy", "smaller"}
