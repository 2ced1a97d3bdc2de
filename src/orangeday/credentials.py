"""Credentials: the environment first, then the operating system's keyring. They are in no file of the project."""

from __future__ import annotations

import os
from collections.abc import Mapping

SERVICE = "orangeday"
"""Under this name they stand in the keyring, each by the name of its variable."""

_OF_ALL = {"x": ("API_KEY", "API_SECRET")}
"""What all accounts of a platform share."""
_OF_ONE = {"x": ("ACCESS_TOKEN", "ACCESS_TOKEN_SECRET"), "bluesky": ("APP_PASSWORD",)}


def variables(embassy: str, platform: str) -> dict[str, str]:
    """The variable of each credential that an account needs: ACCESS_TOKEN → ORANGEDAY_NAIROBI_X_ACCESS_TOKEN."""
    own = f"{embassy.upper().replace('-', '_')}_{platform.upper()}"
    shared = {name: f"ORANGEDAY_{platform.upper()}_{name}" for name in _OF_ALL.get(platform, ())}
    return shared | {name: f"ORANGEDAY_{own}_{name}" for name in _OF_ONE[platform]}


def find(embassy: str, platform: str) -> tuple[Mapping[str, str], list[str]]:
    """An account's credentials by name, and the variables of those that are nowhere."""
    found, missing = {}, []
    for name, variable in variables(embassy, platform).items():
        if value := os.environ.get(variable, "").strip() or _in_keyring(variable):
            found[name] = value
        else:
            missing.append(variable)
    return found, missing


def _in_keyring(variable: str) -> str | None:
    import keyring
    import keyring.errors

    try:
        return keyring.get_password(SERVICE, variable)
    except keyring.errors.KeyringError:  # a machine without one, or one that stays locked
        return None
