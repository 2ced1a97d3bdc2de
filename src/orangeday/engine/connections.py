"""The accounts that are connected: each as it is now, with the credentials that it has now."""

from __future__ import annotations

import time
from collections.abc import Callable

from orangeday.adapters.base import Platform
from orangeday.content.config import Account


class Connections:
    """A connection for each Account as the config has it: another handle, service or address is another account."""

    def __init__(
        self, connect: Callable[[Account], Platform], credentials: Callable[[Account], object], max_age: float
    ) -> None:
        """Take `credentials`, which returns what an account would be connected with now; None where that can't be told.

        It is asked again after `max_age` seconds. A keyring that doesn't answer leaves a connection as it is.
        """
        self._connect = connect
        self._credentials = credentials
        self._max_age = max_age
        self._connections: dict[Account, tuple[object, float, Platform]] = {}

    def get(self, account: Account) -> Platform:
        """Return the account, connected with the credentials that it has now. Raises whatever the connecting does."""
        previous_credentials, checked_at, platform = self._connections.get(account, (None, float("-inf"), None))
        if platform and time.monotonic() - checked_at < self._max_age:
            return platform
        credentials = self._credentials(account)
        if platform and credentials is None:
            credentials = previous_credentials
        if platform is None or credentials != previous_credentials:
            self._connections.pop(account, None)
            platform = self._connect(account)
        self._connections[account] = credentials, time.monotonic(), platform
        return platform
