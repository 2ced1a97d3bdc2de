"""The first hour of a new user goes as it is written down."""

from __future__ import annotations

import sys

import pytest

from ..first_hour import folder_of_the_hour, record
from ..servers.bluesky_server import Server
from ..servers.x_server import XServer
from ..support.common import ROOT


@pytest.mark.skipif(sys.platform != "linux", reason="it is recorded in a Linux terminal")
def test_the_first_hour_goes_as_it_was_recorded(pds: Server, x: XServer) -> None:
    with folder_of_the_hour() as folder:
        assert record(pds, x, folder) == (ROOT / "docs/first-hour.md").read_text("utf-8")
