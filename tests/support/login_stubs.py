"""What `login` and `doctor` knock at: a platform that knows a few passwords, and keyrings of every kind."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from orangeday.adapters.base import Adapter, Deferred, Platform, Refused, Unsure
from orangeday.clock import Clock
from orangeday.content.config import Account

GOOD = "abcd-efgh-ijkl-mnop"
ACCOUNTS_OWN = "correct horse battery"
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"


def verify(account: Account, credentials: Mapping[str, str], clock: Clock) -> str:
    """As an adapter does it: who the account is, or an outcome."""
    password = credentials.get("APP_PASSWORD", "")
    if password in (GOOD, ACCOUNTS_OWN):
        return f"{DID}-{account.embassy}"
    if password == "same":  # noqa: S105
        return DID
    if password == "refused":  # noqa: S105
        raise Refused("there is no such account")
    if password == "weather":  # noqa: S105
        raise Unsure("no answer from the server")
    if password == "later":  # noqa: S105
        raise Deferred("too many logins", clock() + timedelta(minutes=5), "account")
    if password == "fault":  # noqa: S105
        raise RuntimeError(f"could not parse {password!r}")
    if password == "hang":  # noqa: S105
        time.sleep(60)
    raise Deferred(f"wrong handle or app password: {password}", clock() + timedelta(hours=1), "account", True)


def _connect(account: Account, credentials: Mapping[str, str], clock: Clock) -> Platform:
    raise AssertionError("nothing is sent here")


def _post_id(address: str, identity: str) -> str:
    raise AssertionError("no post is here")


ADAPTER = Adapter(_connect, verify, _post_id)


class Keys(KeyringBackend):
    """A keyring that lives as long as the test."""

    priority = 1
    held: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.held:
            raise PasswordDeleteError(username)
        del self.held[service, username]


class Filed(KeyringBackend):
    """One that lies in the file KEYS, for all programs that run: what one of them writes another finds."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return self._held().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._hold({**self._held(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        held = self._held()
        if held.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError(username)
        self._hold(held)

    @staticmethod
    def _held() -> dict[str, str]:
        file = Path(os.environ["KEYS"])
        return dict(json.loads(file.read_text())) if file.exists() else {}

    @staticmethod
    def _hold(held: Mapping[str, str]) -> None:
        new = Path(f"{os.environ['KEYS']}.new")
        new.write_text(json.dumps(held))
        new.replace(os.environ["KEYS"])


class Locked(Keys):
    """One that nobody unlocks."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


class Broken(Keys):
    """One whose service has gone away, and that says so with an exception of its own."""

    def get_password(self, service: str, username: str) -> str | None:
        raise ConnectionError("no such bus")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ConnectionError("no such bus")


class Silent(KeyringBackend):
    """One that waits for somebody to unlock it, as long as the file LOCKED is there; each call leaves a line in ASKED.

    It holds every variable there is.
    """

    priority = 1

    def _wait(self, what: str) -> None:
        with Path(os.environ["ASKED"]).open("a", encoding="utf-8") as asked:
            asked.write(f"{what}\n")
        while Path(os.environ["LOCKED"]).exists():
            time.sleep(0.1)

    def get_password(self, service: str, username: str) -> str | None:
        self._wait(f"get {username}")
        return f"held as {username}"

    def set_password(self, service: str, username: str, password: str) -> None:
        self._wait(f"set {username}")

    def delete_password(self, service: str, username: str) -> None:
        self._wait(f"delete {username}")
