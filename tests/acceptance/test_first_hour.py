"""The first hour of a new user goes as it is written down."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..first_hour import Recorder, folder_of_the_hour, record
from ..servers.bluesky_server import Server
from ..servers.browser import Browser, browser  # noqa: F401  (a fixture)
from ..servers.x_server import XServer
from ..support.common import ROOT


@pytest.mark.skipif(sys.platform != "linux", reason="it is recorded in a Linux terminal")
def test_the_first_hour_goes_as_it_was_recorded(pds: Server, x: XServer, browser: Browser) -> None:  # noqa: F811
    with folder_of_the_hour() as folder:
        assert record(pds, x, browser, folder) == (ROOT / "docs/first-hour.md").read_text("utf-8")


def test_lines_that_are_left_out_are_compared_too(pds: Server, x: XServer, tmp_path: Path) -> None:
    pages = []
    for hour in ("09:00", "10:00"):
        recorder = Recorder(pds, x, tmp_path)
        lines = [f"  day {day:2} at {hour if day == 7 else '09:00'}" for day in range(1, 17)]
        shown = recorder.shortened("\n".join(["16 days", *lines, "done"]))
        assert shown == "16 days\n  day  1 at 09:00\n  day  2 at 09:00\n  …\n  day 16 at 09:00\ndone"
        pages.append(recorder.page)
    assert pages[0] != pages[1]
