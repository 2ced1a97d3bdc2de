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

_known_secrets: set[str] = set()
"""All credentials that were found since the program began, to be hidden in any text."""
_SHORTEST = 8
"""The length from which a value is hidden, in characters: a shorter one isn't a secret, and may be a word."""


ALERTS_VARIABLE = "ORANGEDAY_ALERTS_SECRET"
"""The variable of the secret in the address of the alerts."""
LEDGER_VARIABLE = "ORANGEDAY_LEDGER_PASSWORD"
"""The variable of the password for a ledger on a server."""


class NoKeyring(Exception):
    """A failure of the keyring: this machine has none, or one that stays locked."""


class SilentKeyring(NoKeyring):
    """A keyring that doesn't answer: most likely a person has to unlock it."""

    def __init__(self) -> None:
        super().__init__("this computer's keyring does not answer: unlock it, or set the variables in the environment")


KEYRING_TIMEOUT = 10.0
"""The seconds in which a keyring has to answer."""
_QUIET_PERIODS = 60.0, 3600.0
"""The seconds without a question to a silent keyring, at first and at most: each call that hangs keeps a thread."""


def variables(embassy: str, platform: str) -> dict[str, str]:
    """Return the variable of each credential of an account: ACCESS_TOKEN → ORANGEDAY_NAIROBI_X_ACCESS_TOKEN."""
    shared_names = (credential.name for credential in PLATFORMS[platform].credentials if credential.is_shared)
    return {name: f"ORANGEDAY_{platform.upper()}_{name}" for name in shared_names} | own_variables(embassy, platform)


def own_variables(embassy: str, platform: str) -> dict[str, str]:
    """Return the variables of those credentials that no other account shares, by the credential's name."""
    prefix = f"{embassy.upper().replace('-', '_')}_{platform.upper()}"
    return {
        credential.name: f"ORANGEDAY_{prefix}_{credential.name}"
        for credential in PLATFORMS[platform].credentials
        if not credential.is_shared
    }


def find(embassy: str, platform: str) -> tuple[Mapping[str, str], list[str]]:
    """Return an account's credentials by name, and the variables of those that are missing."""
    credentials, missing = {}, []
    for name, variable in variables(embassy, platform).items():
        if value := _read_environment(variable) or _read_keyring(variable):
            credentials[name] = value
            if len(value) >= _SHORTEST:
                _known_secrets.add(value)
        else:
            missing.append(variable)
    return credentials, missing


def are_in_environment(embassy: str, platform: str) -> bool:
    """Return whether the environment has all credentials of an account."""
    return all(map(_read_environment, variables(embassy, platform).values()))


def alerts_secret() -> str | None:
    """Return the secret in the address of the alerts; None where it isn't set."""
    return _read_environment(ALERTS_VARIABLE) or _read_keyring(ALERTS_VARIABLE)


def store_alerts_secret(value: str) -> None:
    """Write the secret in the address of the alerts to the keyring. Raises NoKeyring."""
    _store(ALERTS_VARIABLE, value)


def ledger_password() -> str | None:
    """Return the password for a ledger on a server; None leaves it to PostgreSQL's own means, for example ~/.pgpass."""
    password = _read_environment(LEDGER_VARIABLE) or _read_keyring(LEDGER_VARIABLE)
    if password and len(password) >= _SHORTEST:
        _known_secrets.add(password)
    return password


def sources(embassy: str, platform: str) -> dict[str, str | None]:
    """Return the source of each variable of an account: “environment”, “keyring”, or None."""
    return {
        variable: "environment" if _read_environment(variable) else "keyring" if _read_keyring(variable) else None
        for variable in variables(embassy, platform).values()
    }


def environment_variables(names: Iterable[str]) -> list[str]:
    """Return those of these variables that the environment has: they win over the keyring."""
    return [variable for variable in names if _read_environment(variable)]


def store(embassy: str, platform: str, values: Mapping[str, str]) -> None:
    """Write an account's credentials, by name, to the keyring. Raises NoKeyring."""
    names = variables(embassy, platform)
    for name, value in values.items():
        _store(names[name], value)


def _store(variable: str, value: str) -> None:
    _KEYRING.ask("set_password", variable, value)
    if _KEYRING.ask("get_password", variable) != value:  # the null keyring takes everything, and keeps nothing
        raise NoKeyring("it keeps nothing")


def forget(embassy: str, platform: str) -> list[str]:
    """Delete the credentials from the keyring that only this account uses. Return the variables that it had.

    Raises NoKeyring.
    """
    stored_variables = []
    for variable in own_variables(embassy, platform).values():
        try:
            if _KEYRING.ask("get_password", variable):
                stored_variables.append(variable)
        except SilentKeyring:
            raise
        except NoKeyring:
            continue  # where none can be read none holds it
    for variable in stored_variables:
        _KEYRING.ask("delete_password", variable)
    return stored_variables


def redact(text: str, values: Iterable[str] = ()) -> str:
    """Return the text with these credentials, and any that was found before, replaced by “•••”."""
    forms = {form for value in _known_secrets.union(values) if value for form in _forms(value)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "•••")
    return text


@cache
def _forms(value: str) -> tuple[str, ...]:
    """Return the forms of a value when it is quoted: in an address, a header, a document or a program."""
    content = value.encode(errors="replace")
    plain = (value, quote(value, safe="", errors="replace"), quote_plus(value, errors="replace"))
    return (
        *plain,
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
        *(encode(content).decode().rstrip("=") for encode in (base64.b64encode, base64.urlsafe_b64encode)),
    )


def _read_environment(variable: str) -> str:
    return os.environ.get(variable, "").strip()


def keyring_problem() -> str:
    """Return the reason why this machine's keyring can't be read, in brackets to follow other words; or ""."""
    try:
        _KEYRING.ask("get_password", SERVICE)
    except SilentKeyring as failure:
        return f" ({failure})"
    except NoKeyring as failure:
        return f" (its keyring can't be read: {failure})"
    return ""


def is_keyring_silent() -> bool:
    """Return whether the keyring was asked a moment ago, and didn't answer."""
    return _KEYRING.is_silent()


def _read_keyring(variable: str) -> str | None:
    try:
        value: str | None = _KEYRING.ask("get_password", variable)
    except NoKeyring:  # who finds nothing anywhere asks keyring_problem
        return None
    return value


class _Keyring:
    """The system's keyring, asked in threads that may be left behind: it may wait for a person who isn't there.

    One that hasn't answered once is not asked again for a while, so that a hundred accounts don't wait ten seconds
    each; then by one at a time, and after a longer while each time, so that a program that runs for weeks doesn't fill
    up with threads that wait. As soon as one of them comes back, it answers.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hanging_threads: list[threading.Thread] = []
        self._quiet_until = 0.0
        self._quiet_period = _QUIET_PERIODS[0]

    def ask(self, function: str, *arguments: str) -> Any:
        """Call a function of the module `keyring`, for our service. Return its result. Raises NoKeyring."""
        if not self._may_be_asked():
            raise SilentKeyring
        answer: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()
        thread = threading.Thread(target=_call_keyring, args=(answer, function, arguments), name="keyring", daemon=True)
        thread.start()
        try:
            value, failure = answer.get(timeout=KEYRING_TIMEOUT)
        except Empty:
            self._record_silence(thread)
            raise SilentKeyring from None
        with self._lock:
            self._quiet_until, self._quiet_period = 0.0, _QUIET_PERIODS[0]
        if failure is not None:
            raise NoKeyring(type(failure).__name__) from failure
        return value

    def is_silent(self) -> bool:
        with self._lock:
            self._check_threads()
            return bool(self._hanging_threads)

    def _check_threads(self) -> None:
        threads = [thread for thread in self._hanging_threads if thread.is_alive()]
        if len(threads) < len(self._hanging_threads):
            self._quiet_until, self._quiet_period = 0.0, _QUIET_PERIODS[0]
        self._hanging_threads = threads

    def _may_be_asked(self) -> bool:
        with self._lock:
            self._check_threads()
            if time.monotonic() < self._quiet_until:
                return False
            if self._hanging_threads:  # the others wait until it is known whether it answers this one
                self._quiet_until = time.monotonic() + KEYRING_TIMEOUT
            return True

    def _record_silence(self, thread: threading.Thread) -> None:
        with self._lock:
            is_concurrent = (
                bool(self._hanging_threads) and time.monotonic() < self._quiet_until
            )  # asked at the same time
            self._hanging_threads.append(thread)
            if not is_concurrent:
                self._quiet_until = time.monotonic() + self._quiet_period
                self._quiet_period = min(2 * self._quiet_period, _QUIET_PERIODS[1])


_KEYRING = _Keyring()


def _call_keyring(answer: SimpleQueue[tuple[Any, Exception | None]], function: str, arguments: tuple[str, ...]) -> None:
    try:
        import keyring  # here: as it is loaded, it asks the system which one there is

        answer.put((getattr(keyring, function)(SERVICE, *arguments), None))
    except Exception as failure:  # noqa: BLE001  a keyring is the system's own: none, locked, or broken in its own way
        answer.put((None, failure))
