"""Random histories of clocks, crashes, moods and people: see model.py, which runs any number of them."""

from __future__ import annotations

import pytest

from ..servers.postgres_server import Databases
from ..support.amount import amount, scaled
from .model import STEPS, on_postgres, run

pytestmark = scaled


def test_no_history_breaks_the_promise() -> None:
    before = STEPS.total()
    run(examples=amount(12, 30), length=40)
    assert STEPS.total() - before > amount(240, 600)


def test_nor_does_one_with_its_ledger_on_a_server(postgres: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_STATE_HOME", "ORANGEDAY_LEDGER_PASSWORD"):
        monkeypatch.setenv(name, "")  # which each history sets, and nobody after them is to find
    before = STEPS.total()
    with on_postgres(postgres):
        run(examples=amount(3, 6), length=30)
    assert STEPS.total() - before > amount(30, 60)
