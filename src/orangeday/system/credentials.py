"""Credentials, from the environment first, then the operating system's keyring. No file of the project has them."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterable, Mapping
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote, quote_plus

from orangeday.platforms.registry import PLATFORMS

SERVICE = "orangeday"
"""The name of the service in the keyring; each credential has the name of its variable there."""

_given: set[str] = set()
"""All credentials that were found since the program began, to be hidden in any text."""
_SHORTEST = 8
"""The length from which a value is hidden, in characters: a shorter one isn't a secret, and may be a word."""


ALERTS = "ORANGEDAY_ALERTS_SECRET"
"""The variable of the secret in the address of the alerts."""
LEDGER = "ORANGEDAY_LEDGER_PASSWORD"
"""The variable of the password for a ledger on a server."""


class NoKeyring(Exception):
    """A failure of the keyring: this machine has none, or one that stays locked."""


class SilentKeyring(NoKeyring):
    """A keyring that doesn't answer: most likely a person has to unlock it."""

    def __init__(self) -> None:
        super().__init__("this computer's keyring does not answer: unlock it, or set the variables in the environment")


PATIENCE = 10.0
"""The seconds in which a keyring has to answer."""
_QUIET = 60.0, 3600.0
"""The seconds without a question to a silent keyring, at first and at most: each call that hangs keeps a thread."""


def variables(embassy: str, platform: str) -> dict[str, str]:
    """Return the variable of each credential of an account: ACCESS_TOKEN → ORANGEDAY_NAIROBI_X_ACCESS_TOKEN."""
    shared = (needed.name for needed in PLATFORMS[platform].credentials if needed.shared)
    return {name: f"ORANGEDAY_{platform.upper()}_{name}" for name in shared} | own_variables(embassy, platform)


def own_variables(embassy: str, platform: str) -> dict[str, str]:
    """Return the variables of those credentials that no other account shares, by the credential's name."""
    own = f"{embassy.upper().replace('-', '_')}_{platform.upper()}"
    return {
        needed.name: f"ORANGEDAY_{own}_{needed.name}" for needed in PLATFORMS[platform].credentials if not needed.shared
    }


def find(embassy: str, platform: str) -> tuple[Mapping[str, str], list[str]]:
    """Return an account's credentials by name, and the variables of those that are missing."""
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
    """Return the secret in the address of the alerts; None where it isn't set."""
    return _in_environment(ALERTS) or _in_keyring(ALERTS)


def of_ledger() -> str | None:
    """Return the password for a ledger on a server; None leaves it to PostgreSQL's own means, for example ~/.pgpass."""
    found = _in_environment(LEDGER) or _in_keyring(LEDGER)
    if found and len(found) >= _SHORTEST:
        _given.add(found)
    return found


def places(embassy: str, platform: str) -> dict[str, str | None]:
    """Return the source of each variable of an account: “environment”, “keyring”, or None."""
    return {
        variable: "environment" if _in_environment(variable) else "keyring" if _in_keyring(variable) else None
        for variable in variables(embassy, platform).values()
    }


def set_in_environment(of: Iterable[str]) -> list[str]:
    """Return those of these variables that the environment has: they win over the keyring."""
    return [variable for variable in of if _in_environment(variable)]


def store(embassy: str, platform: str, values: Mapping[str, str]) -> None:
    """Write an account's credentials, by name, to the keyring. Raises NoKeyring."""
    known = variables(embassy, platform)
    for name, value in values.items():
        _KEYRING.ask("set_password", known[name], value)
        if _KEYRING.ask("get_password", known[name]) != value:  # the null keyring takes everything, and keeps nothing
            raise NoKeyring("it keeps nothing")


def forget(embassy: str, platform: str) -> list[str]:
    """Delete the credentials from the keyring that only this account uses. Return the variables that it had.

    Raises NoKeyring.
    """
    there = []
    for variable in own_variables(embassy, platform).values():
        try:
            if _KEYRING.ask("get_password", variable):
                there.append(variable)
        except SilentKeyring:
            raise
        except NoKeyring:
            continue  # where none can be read none holds it
    for variable in there:
        _KEYRING.ask("delete_password", variable)
    return there


def hidden(text: str, values: Iterable[str] = ()) -> str:
    """Return the text with these credentials, and any that was found before, replaced by “•••”."""
    forms = {form for value in _given.union(values) if value for form in _forms(value)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "•••")
    return text


@cache
def _forms(value: str) -> tuple[str, ...]:
    """Return the forms of a value when it is quoted: in an address, a header, a document or a program."""
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
    """Return the reason why this machine's keyring can't be read, in brackets to follow other words; or ""."""
    try:
        _KEYRING.ask("get_password", SERVICE)
    except SilentKeyring as failure:
        return f" ({failure})"
    except NoKeyring as failure:
        return f" (its keyring can't be read: {failure})"
    return ""


def keyring_is_silent() -> bool:
    """Return whether the keyring was asked a moment ago, and didn't answer."""
    return _KEYRING.is_silent()


def _in_keyring(variable: str) -> str | None:
    try:
        found: str | None = _KEYRING.ask("get_password", variable)
    except NoKeyring:  # who finds nothing anywhere asks why_no_keyring
        return None
    return found


class _Keyring:
    """The system's keyring, asked in threads that may be left behind: it may wait for a person who isn't there.

    One that hasn't answered once is not asked again for a while, so that a hundred accounts don't wait ten seconds
    each; then by one at a time, and after a longer while each time, so that a program that runs for weeks doesn't fill
    up with threads that wait. As soon as one of them comes back, it answers.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hanging: list[threading.Thread] = []
        self._quiet_until = 0.0
        self._quiet = _QUIET[0]

    def ask(self, what: str, *words: str) -> Any:
        """Call a function of the module `keyring`, for our service. Return its result. Raises NoKeyring."""
        if not self._may_be_asked():
            raise SilentKeyring
        answer: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()
        asking = threading.Thread(target=_ask, args=(answer, what, words), name="keyring", daemon=True)
        asking.start()
        try:
            found, failure = answer.get(timeout=PATIENCE)
        except Empty:
            self._note(asking)
            raise SilentKeyring from None
        with self._lock:
            self._quiet_until, self._quiet = 0.0, _QUIET[0]
        if failure is not None:
            raise NoKeyring(type(failure).__name__) from failure
        return found

    def is_silent(self) -> bool:
        with self._lock:
            self._look()
            return bool(self._hanging)

    def _look(self) -> None:
        left = [thread for thread in self._hanging if thread.is_alive()]
        if len(left) < len(self._hanging):
            self._quiet_until, self._quiet = 0.0, _QUIET[0]
        self._hanging = left

    def _may_be_asked(self) -> bool:
        with self._lock:
            self._look()
            if time.monotonic() < self._quiet_until:
                return False
            if self._hanging:  # the others wait until it is known whether it answers this one
                self._quiet_until = time.monotonic() + PATIENCE
            return True

    def _note(self, hanging: threading.Thread) -> None:
        with self._lock:
            together = bool(self._hanging) and time.monotonic() < self._quiet_until  # asked at the same time
            self._hanging.append(hanging)
            if not together:
                self._quiet_until = time.monotonic() + self._quiet
                self._quiet = min(2 * self._quiet, _QUIET[1])


_KEYRING = _Keyring()


def _ask(answer: SimpleQueue[tuple[Any, Exception | None]], what: str, words: tuple[str, ...]) -> None:
    try:
        import keyring  # here: as it is loaded, it asks the system which one there is

        answer.put((getattr(keyring, what)(SERVICE, *words), None))
    except Exception as failure:  # noqa: BLE001  a keyring is the system's own: none, locked, or broken in its own way
        answer.put((None, failure))
