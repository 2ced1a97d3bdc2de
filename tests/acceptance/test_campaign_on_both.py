"""The shipped campaign, live on both platforms in one run: sixteen days, and everything there as the plan says."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.clock import DAYS

from ..servers.bluesky_server import Server
from ..servers.x_server import XServer
from ..torture.campaign_on_both import AT_HAND, on_both, storm


def test_three_embassies_say_on_both_what_the_plan_says(pds: Server, x: XServer, tmp_path: Path) -> None:
    """Berlin and Nairobi say each text there is; Ottawa, for a few days, says some of them of another place."""
    with on_both(pds, x, tmp_path, few=["ottawa"]) as both:
        both.hold()
        assert both.reckon(within=AT_HAND) == 2 * (16 * (3 + 1) + 4 * 2)


@pytest.mark.invariant(3, 4, 5, 7, 9)
def test_in_foul_weather_nothing_is_lost_and_nothing_said_twice(pds: Server, x: XServer, tmp_path: Path) -> None:
    storm(pds, x, tmp_path, seed=1, share=0.2, days=DAYS[:4])
