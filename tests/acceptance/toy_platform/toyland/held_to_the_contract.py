"""Toyland's adapter keeps orangeday's contract: `pytest held_to_the_contract.py`, where both are installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from orangeday.adapters.base import Adapter
from orangeday.adapters.contract import AdapterContract, Connect, Deliveries, deliveries
from orangeday.clock import system_clock

from .adapter import ADAPTER
from .service import CLUB, KEY, Toyland, toyland


class TestToyland(AdapterContract):
    @pytest.fixture
    def land(self) -> Iterator[Toyland]:
        with toyland() as land:
            yield land

    @pytest.fixture
    def adapter(self) -> Adapter:
        return ADAPTER

    @pytest.fixture
    def credentials(self) -> Mapping[str, str]:
        return {"CLUB": CLUB, "KEY": KEY}

    @pytest.fixture
    def delivery(self, tmp_path: Path, land: Toyland) -> Deliveries:
        return deliveries(tmp_path, "toy", "bear", f'server = "{land.url}"')

    @pytest.fixture
    def connect(self, delivery: Deliveries, credentials: Mapping[str, str]) -> Connect:
        return lambda: ADAPTER.connect(delivery(1).account, credentials, system_clock)
