"""The accounts that are connected: by the credentials of now, as far as these can be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.adapters.base import Deferred, Platform
from orangeday.adapters.dry_run import DryRun
from orangeday.content.config import Account
from orangeday.engine.connections import Connections

from ..support import campaigns
from ..support.common import BEFORE, Clock, plan_of


class Desk:
    """An account, what its credentials are now, and how often it was connected."""

    def __init__(self, folder: Path) -> None:
        self.account = next(iter(plan_of(campaigns.write(folder, campaigns.files())).accounts))
        self.credentials: str | None = "first"
        self.connected = 0
        self.connections = Connections(self.connect, lambda _: self.credentials, max_age=0)

    def connect(self, account: Account) -> Platform:
        if self.credentials is None:
            raise Deferred("the keyring does not answer", BEFORE, "account", needs_person=True)
        self.connected += 1
        return DryRun(account, Clock(BEFORE))

    def get(self) -> Platform:
        return self.connections.get(self.account)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_account_stays_connected_while_its_credentials_are_the_same(desk: Desk) -> None:
    assert desk.get() is desk.get()
    desk.credentials = "renewed"
    renewed = desk.get()
    assert renewed is desk.get() and desk.connected == 2


def test_a_keyring_that_does_not_answer_says_nothing_against_a_connection(desk: Desk) -> None:
    first = desk.get()
    desk.credentials = None
    assert desk.get() is first and desk.get() is first
    desk.credentials = "first"
    assert desk.get() is first and desk.connected == 1, "and what is known of it afterwards is what it was"
    desk.credentials = None
    desk.get()
    desk.credentials = "renewed"
    assert desk.get() is not first


def test_an_account_that_was_never_connected_waits_for_the_keyring(desk: Desk) -> None:
    desk.credentials = None
    with pytest.raises(Deferred):
        desk.get()
    desk.credentials = "first"
    assert desk.get()


def test_other_credentials_that_are_refused_leave_no_old_connection(desk: Desk) -> None:
    first = desk.get()

    def refuse(account: Account) -> Platform:
        raise Deferred("no", BEFORE)

    desk.credentials, desk.connections._connect = "wrong", refuse
    with pytest.raises(Deferred):
        desk.get()
    desk.credentials, desk.connections._connect = "first", desk.connect
    assert desk.get() is not first
