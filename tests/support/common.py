"""What the tests and the programs that they start stand on: the shipped campaign, and a clock that is put anywhere.

Not in conftest.py, which loads every server there is: a program to be killed is started a hundred times.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from orangeday.content import campaign, config
from orangeday.content.plan import Plan

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
"""A moment at which the campaign of 2026 is the next one."""


class Clock:
    """Says what it was told last."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def plan_of(config_file: Path, now: datetime = BEFORE) -> Plan:
    """The plan of these files, mistakes and all."""
    read = config.load(config_file)
    return Plan(campaign.load(read.posts), read, read.first_day(now))
