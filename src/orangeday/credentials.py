"""Credentials: the environment first, then the operating system's keyring. They are in no file of the project."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import quote, quote_plus

SERVICE = "orangeday"
"""Under this name they stand in the keyring, each by the name of its variable."""

_OF_ALL = {"x": ("API_KEY", "API_SECRET")}
"""What all accounts of a platform share."""
_OF_ONE = {"x": ("ACCESS_TOKEN", "ACCESS_TOKEN_SECRET"), "bluesky": ("APP_PASSWORD",)}

_given: set[str] = set()
"""All that was found since the program began, so that it can be hidden wherever it turns up."""
_SHORTEST = 8
"""What is shorter is no secret of any platform's, and may be a word."""


ALERTS = "ORANGEDAY_ALERTS_SECRET"
"""The variable of what stands for the secret in the address of the alerts."""
LEDGER = "ORANGEDAY_LEDGER_PASSWORD"
"""The variable of the password for a ledger on a server."""


class NoKeyring(Exception):
    """This machine has no keyring, or has one that stays locked."""


def variables(embassy: str, platform: str) -> dict[str, str]:
    """The variable of each credential that an account needs: ACCESS_TOKEN → ORANGEDAY_NAIROBI_X_ACCESS_TOKEN."""
    shared = {name: f"ORANGEDAY_{platform.upper()}_{name}" for name in _OF_ALL.get(platform, ())}
    return shared | own_variables(embassy, platform)


def own_variables(embassy: str, platform: str) -> dict[str, str]:
    """The variables of those credentials that no other account shares."""
    own = f"{embassy.upper().replace('-', '_')}_{platform.upper()}"
    return {name: f"ORANGEDAY_{own}_{name}" for name in _OF_ONE[platform]}


def find(embassy: str, platform: str) -> tuple[Mapping[str, str], list[str]]:
    """An account's credentials by name, and the variables of those that are nowhere."""
    found, missing = {}, []
    for name, variable in variables(embassy, platform).items():
        if value := _in_environment(variable) or _in_keyring(variable):
            found[name] = value
            if len(value) >= _SHORTEST:
                _given.add(value)
        else:
            missing.append(variable)
    return found, missing


def of_alerts() -> str | None:
    """The secret in the address of the alerts; None where it is nowhere."""
    return _in_environment(ALERTS) or _in_keyring(ALERTS)


def of_ledger() -> str | None:
    """The password for a ledger on a server; None leaves it to PostgreSQL's own ways, ~/.pgpass say."""
    found = _in_environment(LEDGER) or _in_keyring(LEDGER)
    if found and len(found) >= _SHORTEST:
        _given.add(found)
    return found


def places(embassy: str, platform: str) -> dict[str, str | None]:
    """Where each variable of an account is found: in the “environment”, in the “keyring”, or nowhere."""
    return {
        variable: "environment" if _in_environment(variable) else "keyring" if _in_keyring(variable) else None
        for variable in variables(embassy, platform).values()
    }


def set_in_environment(of: Iterable[str]) -> list[str]:
    """Those of these variables that the environment has: they win over the keyring."""
    return [variable for variable in of if _in_environment(variable)]


def store(embassy: str, platform: str, values: Mapping[str, str]) -> None:
    """Puts an account's credentials, by name, into the keyring. Raises NoKeyring."""
    import keyring

    known = variables(embassy, platform)
    for name, value in values.items():
        try:
            keyring.set_password(SERVICE, known[name], value)
        except Exception as failure:  # a keyring is the system's own, and raises what it likes
            raise NoKeyring(type(failure).__name__) from failure
        if _in_keyring(known[name]) != value:  # the null keyring takes everything, and keeps nothing
            raise NoKeyring("it keeps nothing")


def forget(embassy: str, platform: str) -> list[str]:
    """Removes from the keyring what is this account's alone; gives the variables that were there. Raises NoKeyring."""
    import keyring

    there = [variable for variable in own_variables(embassy, platform).values() if _in_keyring(variable)]
    for variable in there:
        try:
            keyring.delete_password(SERVICE, variable)
        except Exception as failure:
            raise NoKeyring(type(failure).__name__) from failure
    return there


def hidden(text: str, values: Iterable[str] = ()) -> str:
    """A text in which none of these credentials can be read, nor any that was found before, whoever put it there."""
    forms = {form for value in _given.union(values) if value for form in _forms(value)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "•••")
    return text


@cache
def _forms(value: str) -> tuple[str, ...]:
    """How a value reads when it is quoted: in an address, a header, a document or a program."""
    encoded = value.encode(errors="replace")
    plain = (value, quote(value, safe="", errors="replace"), quote_plus(value, errors="replace"))
    return (
        *plain,
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
        *(encode(encoded).decode().rstrip("=") for encode in (base64.b64encode, base64.urlsafe_b64encode)),
    )


def _in_environment(variable: str) -> str:
    return os.environ.get(variable, "").strip()


def why_no_keyring() -> str:
    """What keeps this machine's keyring from being read, in brackets to stand behind other words; or nothing."""
    try:
        _read_keyring(SERVICE)
    except NoKeyring as failure:
        return f" (its keyring can't be read: {failure})"
    return ""


def _in_keyring(variable: str) -> str | None:
    try:
        return _read_keyring(variable)
    except NoKeyring:  # who finds nothing anywhere asks why_no_keyring
        return None


def _read_keyring(variable: str) -> str | None:
    import keyring

    try:
        return keyring.get_password(SERVICE, variable)
    except Exception as failure:  # a keyring is the system's own: none, locked, or broken in its own way
        raise NoKeyring(type(failure).__name__) from failure
