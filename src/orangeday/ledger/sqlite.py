"""The ledger's database as a SQLite file, with a folder of locks beside it: for one machine, and the default."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from orangeday.errors import LedgerError
from orangeday.ledger.address import Address
from orangeday.ledger.database import Connection, Pool, Query, utc_text
from orangeday.system import filesystem

_LOCK_TIMEOUT = 15.0
"""The seconds to wait for another program's lock on the file, where the address says nothing else."""


class SqliteConnection(Connection):
    """A connection to a SQLite file. It begins no transaction by itself."""

    driver: sqlite3.Connection
    is_lost = False

    @staticmethod
    @cache
    def translate(statement: str) -> str:
        statement = re.sub(r"\bIN (:\w+)", r"IN (SELECT value FROM json_each(\1))", statement)
        return statement.removesuffix(" FOR UPDATE")

    def adapt(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return utc_text(value)
        return json.dumps(value) if isinstance(value, list) else value

    @property
    def is_in_transaction(self) -> bool:
        return self.driver.in_transaction


class FileAccountLock:
    """The lock of one account's identity. While it is held, no other program arms or sends for that account."""

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self._path = path
        self._descriptor: int | None = None
        # Never a "soft" lock, a file that merely lies there: it outlives its owner, and proves nothing.
        self._lock = FileLock(
            path, timeout=0, thread_local=False, fallback_to_soft=False, on_acquired=self._keep_descriptor
        )

    @classmethod
    def take(cls, path: Path) -> FileAccountLock | None:
        """Return the lock on a file, taken; None where another program has it. Raises OSError."""
        from filelock import Timeout

        lock = cls(path)
        try:
            lock._lock.acquire()
        except Timeout:
            return None
        return lock

    def _keep_descriptor(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def is_held(self) -> bool:
        """Return whether it is held, and on the same file that other programs would try to lock."""
        if not self._lock.is_locked or self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        self._lock.release(force=True)


class Sqlite:
    """The store of a ledger in a SQLite file, opened with the right settings."""

    is_shared = False
    """False: it belongs to one machine, and what another has written makes it doubtful."""
    read_only = False
    integrity_error = sqlite3.IntegrityError
    clock_tolerance = timedelta(0)
    """The greatest difference between the clocks of its writers: zero, since there is one clock."""

    def __init__(self, address: Address, *, durable: bool) -> None:
        self.file = Path(address.database)
        self.location = str(self.file)
        self._locks = self.file.with_name(self.file.name + ".locks")
        self._file_status: os.stat_result | None = None
        self._timeout = float(address.options.get("timeout", [_LOCK_TIMEOUT])[-1])
        synchronous = "FULL" if durable else "OFF"
        self._pool = self._pool_of(
            str(self.file), "journal_mode = WAL", f"synchronous = {synchronous}", "foreign_keys = ON"
        )
        # One writer at a time anyway; a thread that queues here need not poll SQLite's own lock.
        self.write_lock = threading.Lock()

    def _pool_of(self, name: str, *settings: str, uri: bool = False) -> Pool[SqliteConnection]:
        """Return a pool of connections with these settings to a file, by its path or as a URI."""

        def connect() -> SqliteConnection:
            driver = sqlite3.connect(
                name,
                timeout=self._timeout,
                isolation_level=None,  # Python would begin transactions of its own, and too late
                check_same_thread=False,
                uri=uri,
            )
            try:
                for setting in settings:
                    driver.execute(f"PRAGMA {setting}")
            except BaseException:
                driver.close()
                raise
            return SqliteConnection(driver)

        return Pool(connect, sqlite3.Error)

    def reading(self) -> AbstractContextManager[SqliteConnection]:
        """Return a transaction that only reads."""
        return self._pool.transaction("BEGIN")

    def answers(self, *queries: Query) -> list[list[tuple[Any, ...]]]:
        """Return the rows of the answers to some queries, as they are at one moment."""
        with self.reading() as connection:
            return connection.answers(*queries)

    def writing(self, *queries: Query) -> AbstractContextManager[SqliteConnection]:
        """Return a transaction that writes, and that begins with some queries: no other one can begin until it ends."""
        return self._pool.transaction("BEGIN IMMEDIATE", *queries)

    @property
    def mark_name(self) -> Path:
        """The path by which the high-water mark of this machine names the ledger."""
        return self.file

    def open(self) -> None:
        """Create the file, or bring it up to date. Raises LedgerError."""
        with self.translate_errors():
            self.migrate()
            self._locks.mkdir(exist_ok=True)
            self._file_status = self.file.stat()

    def close(self) -> None:
        self._pool.close()

    def exists(self) -> bool:
        """Return whether there is a ledger already."""
        return self.file.exists()

    def version(self) -> int:
        """Return the number of its last migration; 0 for a new file."""
        with self.reading() as connection:
            return _version(connection)

    def migrate(self, last_version: int | None = None) -> None:
        """Bring the file up to date, or up to this version. Raises LedgerError if it is newer."""
        scripts = migrations()[:last_version]
        version = self.version()
        if version > len(scripts):
            raise LedgerError(f"{self.location} was written by a newer orangeday. Update this one; nothing was sent.")
        for number, script in enumerate(scripts[version:], version + 1):
            with self.writing() as connection:
                # Another process may have been faster; the lock of the transaction decides.
                if _version(connection) < number:
                    for statement in _statements(script.read_text("utf-8")):
                        connection.driver.execute(statement)
                    connection.driver.execute(f"PRAGMA user_version = {number}")

    def lock_account(self, identity: str) -> FileAccountLock | None:
        """Return the lock of an identity, taken; None where another program has it. Never wait."""
        name = re.sub(r"[^a-zA-Z0-9]+", "-", identity) + "-" + hashlib.sha256(identity.encode()).hexdigest()[:8]
        try:
            return FileAccountLock.take(self._locks / f"{name}.lock")
        except OSError as failure:
            raise LedgerError(
                f"the folder {self._locks} can't lock files ({failure.strerror}). Put the record of posts on a local "
                "disk; "
                "nothing was sent."
            ) from failure

    def check_location(self) -> None:
        """Raise LedgerError if the file is in a place that no live run may trust."""
        if objection := filesystem.objection(self.file):
            raise LedgerError(
                f"the record of posts {self.file} can't be trusted where it is: {objection}. Put it on a disk of "
                "this machine "
                "([ledger] url in the config); nothing was sent."
            )

    def check_presence(self) -> None:
        """Raise LedgerError if the file was removed or replaced: it could still be written, but in vain."""
        try:
            is_same = self._file_status is not None and os.path.samestat(self._file_status, self.file.stat())
        except OSError:
            is_same = False
        if not is_same:
            raise LedgerError(
                f"the record of posts {self.file} was removed or replaced while it was in use. Nothing more is sent: "
                "stop this "
                "program, put the right file back, and start it again."
            )

    # `BEGIN IMMEDIATE` lets one writer in at a time: who arms and who brakes need nothing more.

    def arming_locks(self, identity: str) -> tuple[Query, ...]:
        """Return no query: no other program arms or pauses until the transaction ends."""
        return ()

    def lock_for_pausing(self, connection: Connection) -> None:
        """Do nothing: no other program arms until the transaction ends."""

    def damage(self) -> str | None:
        """Return the damage that SQLite finds in the file itself, in words, or None."""
        with self.translate_errors(), self.reading() as connection:
            self.check_presence()
            finding = connection.value("PRAGMA quick_check(1)")
        return None if finding == "ok" else str(finding)

    def server_time(self) -> None:
        """Return None: a file has no clock of its own."""

    def timeline(self, connection: Connection) -> None:
        """Return None: a file has no timelines."""

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Turn an error of the database into a LedgerError with advice for people."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as failure:
            message = str(failure)
            advice = next(
                (advice for words, advice in _ADVICE_BY_WORDS if words in message), "Check the file and its folder."
            )
            raise LedgerError(f"the record of posts {self.file} can't be used: {message}. {advice}") from failure
        except OSError as failure:
            raise LedgerError(
                f"the record of posts {self.file} can't be used: {failure.strerror}. Check its folder."
            ) from failure


class ReadOnlySqlite(Sqlite):
    """The store in a file, opened to read: nothing is written to it, and nothing stays beside it.

    With the right to write there, the file itself is read, as SQLite wants it: side by side with other programs that
    write. Without that right, or if an older version has written it, a temporary copy is read.
    """

    read_only = True

    def __init__(self, address: Address) -> None:
        super().__init__(address, durable=True)
        self._address = address
        self._pool = self._pool_of(f"file:{quote(str(self.file.absolute()))}?mode=rw", "query_only = ON", uri=True)
        self._copy_folder: tempfile.TemporaryDirectory[str] | None = None

    def open(self) -> None:
        """Open the file itself, or a copy where it can't be read in its place. Raises LedgerError."""
        with self.translate_errors():
            if not self._can_open_in_place():
                self._open_copy()

    def close(self) -> None:
        super().close()
        if self._copy_folder:
            self._copy_folder.cleanup()

    def _can_open_in_place(self) -> bool:
        if not (os.access(self.file, os.R_OK | os.W_OK) and os.access(self.file.parent, os.W_OK | os.X_OK)):
            return False  # SQLite writes beside it even to read
        try:
            version = self.version()
        except sqlite3.OperationalError as failure:
            if any(words in str(failure) for words in ("readonly", "unable to open")):
                return False
            raise
        if version < len(migrations()):
            return False
        self.migrate()  # or says that it is newer
        self._file_status = self.file.stat()
        return True

    def _open_copy(self) -> None:
        self._pool.close()
        self._copy_folder = tempfile.TemporaryDirectory(prefix="orangeday-", ignore_cleanup_errors=True)
        file = Path(self._copy_folder.name) / "ledger.db"
        for ending, content in _read_files(self.file).items():
            file.with_name(file.name + ending).write_bytes(content)
        copy = Sqlite(replace(self._address, database=str(file)), durable=False)
        copy.location = self.location
        self._pool = copy._pool
        copy.migrate()

    def check_presence(self) -> None:
        """Raise LedgerError if the file was removed or replaced; a copy isn't checked, since it can't change."""
        if not self._copy_folder:
            super().check_presence()

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Turn an error of the database into a LedgerError; its advice asks for no more than the right to read."""
        try:
            with super().translate_errors():
                yield
        except LedgerError as failure:
            cause = failure.__cause__
            if isinstance(cause, PermissionError) or any(words in str(cause) for words in ("readonly", "unable to")):
                raise LedgerError(
                    f"the record of posts {self.file} can't be read. Ask the person who runs orangeday there for the "
                    "right to read it "
                    "and its folder."
                ) from cause
            raise


_FILE_ENDINGS = ("", "-wal", "-journal")
"""The endings of the ledger's files: its own, and those of SQLite for what isn't merged yet, or may be undone."""
_MAX_READINGS, _READING_INTERVAL = 40, 0.02


def _read_files(file: Path) -> dict[str, bytes]:
    """Return the content of the ledger's files at one moment, by ending. SQLite can open them, as after a power cut.

    A program without the right to write can't lock the file. So all is read until two readings are equal: between the
    two, all of it was there. Raises LedgerError where that doesn't happen.
    """
    previous: dict[str, bytes] = {}
    for _ in range(_MAX_READINGS):
        current = {}
        for ending in _FILE_ENDINGS:
            try:
                current[ending] = file.with_name(file.name + ending).read_bytes()
            except FileNotFoundError:
                if not ending:
                    raise
        if current == previous:
            return current
        previous = current
        time.sleep(_READING_INTERVAL)
    raise LedgerError(f"the record of posts {file} is being written all the time. Try again in a moment.")


def migrations() -> list[Path]:
    """Return the numbered scripts, in order."""
    return sorted(Path(__file__).with_name("migrations").glob("*.sql"))


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a migration: sqlite3's own executescript would commit between them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():  # never in silence: where it isn't one statement, SQLite says so
        yield statement


def _version(connection: Connection) -> int:
    return int(connection.value("PRAGMA user_version"))


_ADVICE_BY_WORDS = (
    ("locked", "Another program is using it: close it, and try again."),
    (
        "readonly",
        "This user may only read it. Run this as the user who posts from here, who has the right to write the file and "
        "its folder.",
    ),
    ("unable to open", "Check that its folder exists and that you may write there."),
    ("not a database", "It is another kind of file. Check [ledger] url in the config."),
    (
        "malformed",
        "It is damaged. Move it away, restore a backup, and look at each account before `orangeday resume`.",
    ),
    ("full", "Free some space on the disk, and try again."),
)


def lock_problem(folder: Path) -> str | None:
    """Return the reason why a lock in this folder proves nothing, by taking one; None where it works."""
    try:
        with tempfile.TemporaryDirectory(prefix=".orangeday-", dir=folder) as test_folder:
            file = Path(test_folder) / "try.lock"
            first, second = FileAccountLock.take(file), FileAccountLock.take(file)
            for lock in filter(None, (first, second)):
                lock.release()
            return "two programs could have the same lock there" if second else None
    except OSError as failure:
        return f"no file can be made or locked there ({failure.strerror})"
