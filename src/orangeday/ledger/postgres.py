"""The ledger's database on a PostgreSQL server, in a schema of its own: for several machines that post together.

Why two of them can't arm one post: arming holds, until it commits, a lock of the transaction on the account's identity
and one on the post's row, and two unique indexes have the last word. Different accounts arm side by side. A third lock
is shared by all that arm, and a pause takes it alone: so either the program that arms sees the pause, or the pause
begins when the armed row can be seen. Nothing here rests on SERIALIZABLE, which every reader would have to join.
"""

from __future__ import annotations

import hashlib
import logging
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from orangeday.errors import LedgerAway, LedgerError
from orangeday.ledger.address import Address
from orangeday.ledger.database import Connection, Pool, Query, utc_text
from orangeday.ledger.postgres_session import BEGIN_READING, PostgresConnection, PostgresSession
from orangeday.ledger.sqlite import Sqlite
from orangeday.system import credentials, machine

SCHEMA = "orangeday"
_PAUSE_LOCK, _IDENTITY_LOCK, _MIGRATION_LOCK = 0x6F01, 0x6F02, 0x6F03
"""The kinds of lock that end with a transaction; an account's lock, a number of 64 bits, is of another kind."""

_CONNECT_OPTIONS: dict[str, str | int] = {
    "connect_timeout": 5,  # for each host
    # A server or a network that is gone is noticed in seconds, and not when the system's own patience ends.
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000,
}  # fmt: skip

_SESSION_SETTINGS = """
    SELECT pg_backend_pid(), set_config(name, value, false) FROM (VALUES
        ('search_path', 'orangeday'), ('TimeZone', 'UTC'), ('client_encoding', 'UTF8'),
        ('lock_timeout', '5s'), ('statement_timeout', '6s'),
        -- Nobody but us ends what we are about to do; but a machine that lost its power lets go of its locks.
        ('idle_session_timeout', '0'), ('idle_in_transaction_session_timeout', '60s'),
        ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
        -- Committed is on the disk, whatever the server is set to; more than that is left as it is.
        ('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
                               THEN 'on' ELSE current_setting('synchronous_commit') END)
    ) AS setting (name, value)"""
_TIMELINE_QUERY = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
_LOCK, _UNLOCK = "SELECT pg_try_advisory_lock(:number)", "SELECT pg_advisory_unlock_all()"
_HAS_LOCK = """
    SELECT pg_backend_pid() = :session AND NOT pg_is_in_recovery() AND EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND objsubid = 1
            AND (classid::bigint << 32) | objid::bigint = :number)"""
_LOCK_EXCLUSIVELY = "SELECT pg_advisory_xact_lock(:kind, :number)"
_LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(:kind, :number)"


class SessionAccountLock:
    """The lock of one account's identity, as long as its session lives. While it is held, no other program has it."""

    def __init__(self, pool: Pool[PostgresConnection], connection: PostgresConnection, number: int) -> None:
        self._pool, self._connection, self._number = pool, connection, number
        self._session = connection.driver.info.backend_pid

    def is_held(self) -> bool:
        """Return whether the session that took the lock answers, and still has it."""
        try:
            return bool(self._connection.value(_HAS_LOCK, number=self._number, session=self._session))
        except psycopg.Error:
            return False

    def release(self) -> None:
        try:
            self._connection.rows(_UNLOCK)
        except psycopg.Error:
            self._connection.close()  # nobody takes over a session that may hold it still
        self._pool.give_back(self._connection)


class Postgres:
    """The store of a ledger in a schema on a PostgreSQL server."""

    is_shared = True
    """True: several machines write to it on purpose."""
    read_only = False
    integrity_error = psycopg.IntegrityError
    _target_session = "read-write"
    """The kind of server to connect to, of several: one that can be written. A lock on a standby proves nothing."""
    clock_tolerance = timedelta(minutes=4)
    """The greatest difference between two senders' clocks: each is two minutes at most off its platform's."""

    def __init__(self, address: Address) -> None:
        if address.kind not in ("postgresql", "postgresql+psycopg"):
            raise LedgerError(
                f"the record of posts can't be reached by {address.kind}. Write postgresql+psycopg://… in [ledger] url."
            )
        host = _hosts(address)
        self.location = f"{address.database or address.user or 'of PostgreSQL'} on {host}"
        self._has_several_hosts = "," in host
        self.mark_name = f"postgresql://{host}/{address.database}"
        self.write_lock = nullcontext()
        self._secret = str(address.password or credentials.ledger_password() or "")
        self._pool = Pool(self._connect, psycopg.Error)
        # What a lost connection means is said by whoever needed it; its library would say it too, with a traceback.
        logging.getLogger("psycopg").setLevel(logging.CRITICAL)
        self._options: dict[str, Any] = {
            **_CONNECT_OPTIONS,
            "target_session_attrs": self._target_session,
            "application_name": f"orangeday on {machine.name()}"[:63],
            **_connection_options(address),
            **({"password": self._secret} if self._secret else {}),
        }

    def _connect(self) -> PostgresConnection:
        connection = PostgresConnection(PostgresSession.connect("", autocommit=True, **self._options))
        try:
            self._prepare_session(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a transaction that only reads, and sees all as it is at one moment."""
        return self._pool.transaction(BEGIN_READING)

    def answers(self, *queries: Query) -> list[list[tuple[Any, ...]]]:
        """Return the rows of the answers to some queries, as they are at one moment."""
        connection, answers = self._pool.take(lambda connection: connection.answers_of_one_moment(*queries))
        self._pool.give_back(connection)
        return answers

    def writing(self, *queries: Query) -> AbstractContextManager[Connection]:
        """Return a transaction that writes, and that begins with some queries."""
        return self._pool.transaction("BEGIN", *queries)

    @property
    def _advice(self) -> Mapping[str, str]:
        """The advice on an error, by its SQLSTATE."""
        return _ADVICE_BY_CODE

    def _prepare_session(self, connection: PostgresConnection) -> None:
        if connection.value(_SESSION_SETTINGS) != connection.driver.info.backend_pid:
            # It hands each transaction to whichever session is free: a lock would be anybody's.
            raise LedgerError(
                f"between here and the record of posts {self.location} stands a pooler (PgBouncer, say), through which "
                "locks don't work. Write the server's own address in [ledger] url; nothing was sent."
            )
        with suppress(psycopg.Error):  # a server, of a kin of PostgreSQL, may keep no such log
            connection.timeline = connection.value(_TIMELINE_QUERY)

    def open(self) -> None:
        """Create the schema, or bring it up to date. Raises LedgerError."""
        with self.translate_errors():
            self._migrate()

    def close(self) -> None:
        self._pool.close()

    def exists(self) -> bool:
        """Return whether there is a ledger already."""
        with self.translate_errors(), self.reading() as connection:
            return self._version(connection) > 0

    @staticmethod
    def _version(connection: Connection) -> int:
        # Not to_regclass(): that may answer from a cache what was so before another machine committed.
        query = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = :schema AND tablename = 'version')"
        return int(connection.value("SELECT number FROM version")) if connection.value(query, schema=SCHEMA) else 0

    def version(self) -> int:
        """Return the number of its last migration; 0 where there is no ledger."""
        with self.reading() as connection:
            version = self._version(connection)
        if version > max(_scripts()):
            raise LedgerError(
                f"the record of posts {self.location} was written by a newer orangeday. Update this one here, too."
            )
        return version

    def _migrate(self) -> None:
        scripts = _scripts()
        if self.version() == max(scripts):
            return
        # Not in a batch, which takes no script of several statements.
        with self._pool.transaction("BEGIN", in_batch=False) as connection:
            # Another machine may be at it too: all of it is one transaction, and the lock decides whose.
            connection.execute(_LOCK_EXCLUSIVELY, kind=_MIGRATION_LOCK, number=0)
            version = self._version(connection)
            if version == 0:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                connection.execute("CREATE TABLE version (number INTEGER NOT NULL)")
                connection.execute("INSERT INTO version VALUES (0)")
            for number in sorted(number for number in scripts if number > version):
                connection.driver.execute(scripts[number].read_bytes())
                connection.change("UPDATE version SET number = :number", number=number)

    def lock_account(self, identity: str) -> SessionAccountLock | None:
        """Return the lock of an identity, taken; None where another program has it. Never wait."""
        number = int.from_bytes(hashlib.sha256(f"orangeday {identity}".encode()).digest()[:8], signed=True)
        with self.translate_errors():
            connection, is_locked = self._pool.take(lambda connection: connection.value(_LOCK, number=number))
        if is_locked:
            return SessionAccountLock(self._pool, connection, number)
        self._pool.give_back(connection)
        return None

    def check_location(self) -> None:
        """Do nothing: the disk of a server isn't checked from here."""

    def check_presence(self) -> None:
        """Do nothing: a server that is gone doesn't answer."""

    def arming_locks(self, identity: str) -> tuple[Query, ...]:
        """Return the queries that let no other program arm for this identity, nor start a pause, in a transaction."""
        number = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4], signed=True)
        return (
            (_LOCK_SHARED, {"kind": _PAUSE_LOCK, "number": 0}),
            (_LOCK_EXCLUSIVELY, {"kind": _IDENTITY_LOCK, "number": number}),
        )

    def lock_for_pausing(self, connection: Connection) -> None:
        """Let no program arm until the transaction ends; wait for those that are arming."""
        connection.execute(_LOCK_EXCLUSIVELY, kind=_PAUSE_LOCK, number=0)

    def damage(self) -> None:
        """Return None: a server reports damage of its files itself."""

    def server_time(self) -> datetime:
        """Return the time on the server's clock. Raises LedgerError."""
        with self.translate_errors(), self.reading() as connection:
            now: datetime = connection.value("SELECT clock_timestamp()")
            return now

    def timeline(self, connection: Connection) -> str | None:
        """Return the server's timeline: a number in hexadecimal that grows as a standby takes over; None if unknown."""
        return connection.timeline if isinstance(connection, PostgresConnection) else None

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Turn an error of the server into a LedgerError with advice for people, and without the password."""
        try:
            yield
        except psycopg.IntegrityError:
            raise
        except psycopg.Error as failure:
            lines = [line.strip() for line in str(failure).splitlines() if line.strip()] or ["no answer"]
            message = credentials.redact(lines[0].removeprefix("connection failed: ").rstrip("."), [self._secret])
            code = failure.sqlstate
            advice = self._advice.get(code or "") or next(
                (entry for pattern, entry in _ADVICE_BY_WORDS if pattern in str(failure)), _DEFAULT_ADVICE
            )
            if advice == _LOGIN_ADVICE and credentials.is_keyring_silent():
                advice = f"This computer's keyring does not answer: unlock it. Or: {advice[0].lower()}{advice[1:]}"
            is_away = advice == _STANDBY_ADVICE or (advice == _DEFAULT_ADVICE and (code or "08")[:2] in ("08", "57"))
            if advice == _STANDBY_ADVICE and self._has_several_hosts:
                advice = "None of these servers can be written: nothing more is sent until one is the primary."
            raise (LedgerAway if is_away else LedgerError)(
                f"the record of posts {self.location} can't be used: {message}. {advice}"
            ) from failure


class ReadOnlyPostgres(Postgres):
    """The store on a server, opened to read: nothing is changed there, and the right to read is enough."""

    read_only = True
    _target_session = "primary"
    """The primary, since a standby may lag behind; not “read-write”, since a role for reading may be read-only."""

    def open(self) -> None:
        """Check the version, and make a copy where it is an older one. Raises LedgerError."""
        with self.translate_errors():
            if 0 < self.version() < max(_scripts()):
                # Others may be at work with the version that has written it: it is theirs until a live run comes.
                self._open_copy()

    def close(self) -> None:
        super().close()
        if self._copy:
            self._copy.close()
        if self._copy_folder:
            self._copy_folder.cleanup()

    _copy_folder: tempfile.TemporaryDirectory[str] | None = None
    _copy: Sqlite | None = None

    @property
    def _advice(self) -> Mapping[str, str]:
        advice = "Ask for the right to read it: GRANT USAGE ON SCHEMA orangeday, and SELECT on all tables in it."
        return {**_ADVICE_BY_CODE, "42501": advice, "42P01": advice}

    def _open_copy(self) -> None:
        """Copy the ledger of an older version into a temporary file, bring that up to date, and read from it."""
        self._copy_folder = tempfile.TemporaryDirectory(prefix="orangeday-", ignore_cleanup_errors=True)
        file = Path(self._copy_folder.name) / "ledger.db"
        copy = Sqlite(replace(Address.parse("sqlite://"), database=str(file)), durable=False)
        with self.reading() as connection:
            copy.migrate(self._version(connection))
            with copy.writing() as target:
                for table, names in _columns_by_table(target).items():
                    columns, values = ", ".join(names), ", ".join("?" * len(names))
                    rows = [map(_to_sqlite_value, row) for row in connection.rows(f"SELECT {columns} FROM {table}")]  # noqa: S608
                    target.driver.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", map(tuple, rows))  # noqa: S608
        copy.migrate()
        self._pool.close()
        self._copy = copy

    def reading(self) -> AbstractContextManager[Connection]:
        return self._copy.reading() if self._copy else super().reading()

    def answers(self, *queries: Query) -> list[list[tuple[Any, ...]]]:
        return self._copy.answers(*queries) if self._copy else super().answers(*queries)


def _columns_by_table(connection: Connection) -> dict[str, list[str]]:
    """Return the names of all columns, quoted, of each table in a SQLite file; a table follows those it refers to."""
    columns: dict[str, list[str]] = {}
    for table, name in connection.rows("""
        SELECT entry.name, info.name FROM sqlite_schema AS entry, pragma_table_info(entry.name) AS info
        WHERE entry.type = 'table' AND entry.name NOT LIKE 'sqlite%' ORDER BY entry.rowid"""):
        columns.setdefault(table, []).append(f'"{name}"')
    return columns


def _to_sqlite_value(value: Any) -> Any:
    return utc_text(value) if isinstance(value, datetime) else value


def _scripts() -> dict[int, Path]:
    """Return the migrations by their numbers."""
    return {int(script.name[:4]): script for script in (Path(__file__).parent / "migrations/postgresql").glob("*.sql")}


def _hosts(address: Address) -> str:
    """Return the server's name, or the names of all possible servers. Nothing else of an address is ever shown."""
    hosts = [*address.options.get("host", ())]
    if address.host:
        hosts.insert(0, address.host if address.port in (None, "5432") else f"{address.host}:{address.port}")
    return ",".join(hosts) or "this machine"


def _connection_options(address: Address) -> dict[str, str]:
    """Return an address as libpq takes it, which has the names of several servers, and their ports, in one word."""
    options = {"user": address.user, "host": address.host, "port": address.port, "dbname": address.database}
    options |= {name: values[-1] for name, values in address.options.items()}
    if "host" in address.options:
        hosts = ",".join(address.options["host"]).split(",")
        parts = [re.fullmatch(r"([^:]*)(?::(\d+))?", host) or (host, host, None) for host in hosts]
        options["host"] = ",".join(part[1] for part in parts)
        if any(part[2] for part in parts):
            options["port"] = ",".join(part[2] or "" for part in parts)
    return {name: value for name, value in options.items() if value}


_LOGIN_ADVICE = "Set ORANGEDAY_LEDGER_PASSWORD, and check the user in [ledger] url."
_DEFAULT_ADVICE = "Check [ledger] url in the config, and that the server runs; nothing more is sent until it answers."
_STANDBY_ADVICE = "It is a standby, which can't be written: name the primary in [ledger] url."
_ADVICE_BY_CODE = {
    "25006": _STANDBY_ADVICE,
    "28000": "The server lets this user in from nowhere, or not from here: see its pg_hba.conf.",
    "28P01": _LOGIN_ADVICE,
    "3D000": "Make the database on the server: createdb; or correct [ledger] url.",
    "3F000": "Give the user the right to make a schema: GRANT CREATE ON DATABASE.",
    "42501": "Let the user in [ledger] url own the database, or the schema orangeday in it.",
    "42P01": "A table of the record of posts is missing there, or this user may not see it.",
    "53100": "Free some space on the server's disk, and try again.",
    "53300": "The server takes no more connections: raise its max_connections, or lower “workers” in the config.",
    "55P03": "Another program is using it: it is tried again.",
}
_ADVICE_BY_WORDS = (
    ("password authentication failed", _LOGIN_ADVICE),
    ("no password supplied", _LOGIN_ADVICE),
    ("no pg_hba.conf entry", _ADVICE_BY_CODE["28000"]),
    ("does not exist", _ADVICE_BY_CODE["3D000"]),
    ("read-only", _STANDBY_ADVICE),
    ("hot standby mode", _STANDBY_ADVICE),
    ("too many clients", _ADVICE_BY_CODE["53300"]),
    ("remaining connection slots", _ADVICE_BY_CODE["53300"]),
)
"""The advice by words of the message, for errors before a session begins, which have no code."""
