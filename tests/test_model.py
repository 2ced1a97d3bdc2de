"""Random histories of clocks, crashes, moods and people: see model.py, which runs any number of them."""

from __future__ import annotations

from .model import STEPS, run


def test_no_history_breaks_the_promise() -> None:
    before = STEPS.total()
    run(examples=30, length=40)
    assert STEPS.total() - before > 600
