"""Every adapter keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import time_machine

from orangeday.adapters.base import Adapter, Payload, Receipt
from orangeday.adapters.bluesky import adapter as bluesky
from orangeday.adapters.contract import ARMED_AT, AccountContract, AdapterContract, Connect, Deliveries
from orangeday.adapters.dry_run import DryRun
from orangeday.adapters.x import adapter as on_x
from orangeday.clock import system_clock
from orangeday.content.plan import Delivery

from ..servers.bluesky_server import Account, Server
from ..servers.x_server import XAccount, XServer
from ..support import campaigns
from ..support.common import plan_of
from ..support.offset_clock import ahead


def deliveries(config_file: Path, platform: str) -> Deliveries:
    plan = plan_of(config_file)

    def delivery(day: int) -> Delivery:
        found = plan.find(f"16days-2026/{day:02}/nairobi/{platform}/en")
        assert found
        return found

    return delivery


class TestDryRun(AccountContract):
    @pytest.fixture
    def delivery(self, tmp_path: Path) -> Deliveries:
        return deliveries(campaigns.write(tmp_path, campaigns.files()), "x")

    @pytest.fixture
    def connect(self, delivery: Deliveries) -> Connect:
        book: list[tuple[Payload, Receipt]] = []
        return lambda: DryRun(delivery(1).account, system_clock, book)


class TestBluesky(AdapterContract):
    @pytest.fixture
    def adapter(self) -> Adapter:
        return bluesky.ADAPTER

    @pytest.fixture
    def login(self, pds: Server) -> Account:
        return pds.account()

    @pytest.fixture
    def delivery(self, tmp_path: Path, pds: Server, login: Account) -> Deliveries:
        files = campaigns.on_bluesky(campaigns.files(), pds.url, nairobi=login.handle)
        return deliveries(campaigns.write(tmp_path, files), "bluesky")

    @pytest.fixture
    def credentials(self, login: Account) -> Mapping[str, str]:
        return {"APP_PASSWORD": login.app_password}

    @pytest.fixture
    def connect(self, adapter: Adapter, delivery: Deliveries, credentials: Mapping[str, str]) -> Connect:
        return lambda: adapter.connect(delivery(1).account, credentials, system_clock)


class TestX(AdapterContract):
    @pytest.fixture
    def adapter(self) -> Adapter:
        return on_x.ADAPTER

    @pytest.fixture(autouse=True)
    def at_the_moment_of_arming(self, x: XServer) -> Iterator[None]:
        x.shift(ahead(ARMED_AT))
        with time_machine.travel(ARMED_AT, tick=True):
            yield

    @pytest.fixture
    def login(self, x: XServer) -> XAccount:
        return x.account()

    @pytest.fixture
    def delivery(self, tmp_path: Path, x: XServer, login: XAccount) -> Deliveries:
        files = campaigns.on_x(campaigns.files(), x.url, nairobi=login.handle)
        return deliveries(campaigns.write(tmp_path, files), "x")

    @pytest.fixture
    def credentials(self, x: XServer, login: XAccount) -> Mapping[str, str]:
        return x.credentials(login)

    @pytest.fixture
    def connect(self, adapter: Adapter, delivery: Deliveries, credentials: Mapping[str, str]) -> Connect:
        return lambda: adapter.connect(delivery(1).account, credentials, system_clock)
