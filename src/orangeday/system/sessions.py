"""Sessions: the results of log-ins, kept in the user's own folder, so that a thousand runs log in once.

One file for each service and handle, which nobody else may read. It has an entry for each password, by its salted
hash and never the password itself: the session that it opened, or the answer that it was refused with. So a changed
password logs in again, once; a wrong one isn't tried again at once; and two programs that were given two passwords
don't undo each other's log-in.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from filelock import FileLock, Timeout

from orangeday.system import machine

_MAX_ENTRIES = 3
"""The number of passwords of one account for which an entry is kept."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session after a log-in: the account's identity; and, on Bluesky, a token for some hours and one to renew it."""

    identity: str
    access: str = ""
    refresh: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A log-in that the platform refused; it isn't tried again before `until`."""

    message: str
    until: datetime
    needs_person: bool


class Busy(Exception):
    """A log-in by another program with this account that takes too long to wait for."""


class Sessions:
    """The session kept for one account and one password. Any method raises OSError where the folder can't be used."""

    def __init__(self, service: str, handle: str, password: str) -> None:
        """Make the folder of the sessions. Raises OrangedayError where there is no state folder."""
        folder = machine.state_folder() / "sessions"
        folder.mkdir(mode=0o700, exist_ok=True)
        machine.keep_private(folder)
        host = re.sub(r"[^a-z0-9.]+", "-", service.partition("://")[2].lower())
        digest = hashlib.sha256(f"{service}\n{handle.lower()}".encode()).hexdigest()[:16]
        self._file = folder / f"{host[:60]}-{digest}.json"
        self._account = {"service": service, "handle": handle}
        self._password = password
        self._salt_and_hash = ("", "")

    @contextmanager
    def lock(self, timeout: float = 60) -> Iterator[None]:
        """Hold the account's lock, so that one program logs in or renews while the others wait. Raises Busy."""
        lock = FileLock(self._file.with_suffix(".lock"), timeout=timeout, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout as failure:
            raise Busy from failure
        try:
            yield
        finally:
            lock.release(force=True)

    def read(self) -> Session | Refusal | None:
        """Return the platform's last answer to this password; None where there was none."""
        document = self._read()
        if not document["entries"]:  # a hash takes as long as a request, on purpose
            return None
        try:
            entry = document["entries"][self._hash(document["salt"])]
            if "refused" in entry:
                until = datetime.fromisoformat(entry["until"])
                return Refusal(entry["refused"], until, entry["needs_person"])
            return Session(entry["identity"], entry["access"], entry["refresh"])
        except (KeyError, TypeError, ValueError):  # nothing there, or nothing that anyone could read
            return None

    def keep(self, entry: Session | Refusal | None) -> None:
        """Write the entry of this password; None writes the file again as it is. Needs the account's lock."""
        document = self._read()
        if entry:
            name = self._hash(document["salt"])
            document["entries"].pop(name, None)
            document["entries"][name] = (
                {"identity": entry.identity, "access": entry.access, "refresh": entry.refresh}
                if isinstance(entry, Session)
                else {
                    "refused": entry.message,
                    "until": entry.until.isoformat(),
                    "needs_person": entry.needs_person,
                }
            )
            for oldest in list(document["entries"])[:-_MAX_ENTRIES]:
                del document["entries"][oldest]
        machine.write(self._file, json.dumps(document))

    def forget(self) -> bool:
        """Delete the entries of all passwords. Return whether there was a file."""
        had_file = self._file.exists()
        self._file.unlink(missing_ok=True)
        return had_file

    def _read(self) -> dict[str, Any]:
        try:
            document = json.loads(self._file.read_text("utf-8"))
            if isinstance(document["salt"], str) and isinstance(document["entries"], dict):
                return dict(document)
        except FileNotFoundError:
            pass
        except (KeyError, TypeError, ValueError):  # damaged: it is written again
            pass
        return {**self._account, "salt": secrets.token_hex(16), "entries": {}}

    def _hash(self, salt: str) -> str:
        if self._salt_and_hash[0] != salt:
            digest = hashlib.scrypt(self._password.encode(), salt=salt.encode(), n=2**13, r=8, p=1)
            self._salt_and_hash = salt, digest.hex()
        return self._salt_and_hash[1]
