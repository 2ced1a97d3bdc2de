"""A campaign that a test writes and reads again and again: it is read anew where something has changed in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from orangeday.content.plan import Plan

from . import campaigns
from .common import BEFORE, plan_of


class WrittenCampaign:
    """The files of a campaign as they were written last, and their plan."""

    def __init__(self) -> None:
        self._last: tuple[Path, dict[str, str], Plan] | None = None

    def plan(self, folder: Path, contents: Mapping[str, str], now: datetime = BEFORE) -> Plan:
        """The plan of these files below `folder`, written there unless they were just that already."""
        if self._last and self._last[:2] == (folder, contents):
            plan = self._last[2]
            if plan.first == plan.config.first_day(now):
                return plan
        plan = plan_of(campaigns.write(folder, contents), now)
        self._last = folder, dict(contents), plan
        return plan
