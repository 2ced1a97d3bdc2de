"""The ledger's database on a PostgreSQL server, in a schema of its own: for several machines that post together.

Why two of them can't arm one post: arming holds, until it commits, a lock of the transaction on the account's identity
and one on the post's row, and two unique indexes have the last word. Different accounts arm side by side. A third lock
is shared by all that arm, and a pause takes it alone: so either the program that arms sees the pause, or the pause
begins when the armed row can be seen. Nothing here rests on SERIALIZABLE, which every reader would have to join.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from orangeday.errors import LedgerAway, LedgerError
from orangeday.ledger.sqlite import Sqlite
from orangeday.system import credentials, machine

if TYPE_CHECKING:
    import psycopg

SCHEMA = "orangeday"
_PAUSE_LOCK, _IDENTITY_LOCK, _MIGRATION_LOCK = 0x6F01, 0x6F02, 0x6F03
"""The kinds of lock that end with a transaction; an account's lock, a number of 64 bits, is of another kind."""

ANSWER_TIMEOUT = 8.0
"""The seconds without an answer from the server until it counts as gone. Its own timeouts are shorter.

A server whose disk hangs, and a router on the way that is alive, acknowledge every packet: no timeout of TCP ends that.
"""

_CONNECT_OPTIONS: dict[str, str | int] = {
    "connect_timeout": 5,  # for each host
    # A server or a network that is gone is noticed in seconds, and not when the system's own patience ends.
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000,
}  # fmt: skip

_SESSION_SETTINGS = sa.text("""
    SELECT set_config(name, value, false) FROM (VALUES
        ('search_path', :schema), ('TimeZone', 'UTC'), ('client_encoding', 'UTF8'),
        ('lock_timeout', '5s'), ('statement_timeout', '6s'),
        -- Nobody but us ends what we are about to do; but a machine that lost its power lets go of its locks.
        ('idle_session_timeout', '0'), ('idle_in_transaction_session_timeout', '60s'),
        ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
        -- Committed is on the disk, whatever the server is set to; more than that is left as it is.
        ('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
                               THEN 'on' ELSE current_setting('synchronous_commit') END)
    ) AS setting (name, value)""")
_TIMELINE_QUERY = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
_LOCK, _UNLOCK = sa.text("SELECT pg_try_advisory_lock(:number)"), sa.text("SELECT pg_advisory_unlock_all()")
_HAS_LOCK = sa.text("""
    SELECT pg_backend_pid() = :session AND NOT pg_is_in_recovery() AND EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND objsubid = 1
            AND (classid::bigint << 32) | objid::bigint = :number)""")
_LOCK_EXCLUSIVELY = sa.text("SELECT pg_advisory_xact_lock(:kind, :number)")
_LOCK_SHARED = sa.text("SELECT pg_advisory_xact_lock_shared(:kind, :number)")


class SessionAccountLock:
    """The lock of one account's identity, as long as its session lives. While it is held, no other program has it."""

    def __init__(self, connection: sa.Connection, number: int, session: int) -> None:
        self._connection, self._number, self._session = connection, number, session

    def is_held(self) -> bool:
        """Return whether the session that took the lock answers, and still has it."""
        parameters = {"number": self._number, "session": self._session}
        try:
            return bool(self._connection.execute(_HAS_LOCK, parameters).scalar_one())
        except sa.exc.SQLAlchemyError:
            return False

    def release(self) -> None:
        try:
            self._connection.execute(_UNLOCK)
        except sa.exc.SQLAlchemyError:
            self._connection.invalidate()  # nobody takes over a session that may hold it still
        with suppress(sa.exc.SQLAlchemyError):
            self._connection.close()


class Postgres:
    """The store of a ledger in a schema on a PostgreSQL server."""

    is_shared = True
    """True: several machines write to it on purpose."""
    read_only = False
    _target_session = "read-write"
    """The kind of server to connect to, of several: one that can be written. A lock on a standby proves nothing."""
    clock_tolerance = timedelta(minutes=4)
    """The greatest difference between two senders' clocks: each is two minutes at most off its platform's."""

    def __init__(self, address: sa.URL) -> None:
        from sqlalchemy.dialects.postgresql import insert

        if address.drivername not in ("postgresql", "postgresql+psycopg"):
            raise LedgerError(
                f"the record of posts can't be reached by {address.drivername}. Write postgresql+psycopg://… in "
                "[ledger] url."
            )
        host = _hosts(address)
        self.location = f"{address.database or address.username or 'of PostgreSQL'} on {host}"
        self._has_several_hosts = "," in host
        self.mark_name = f"postgresql://{host}/{address.database or ''}"
        self.insert = insert
        self.write_lock = nullcontext()
        self._secret = str(address.password or credentials.ledger_password() or "")
        address = address.set(drivername="postgresql+psycopg", password=self._secret or None)
        arguments = {**_CONNECT_OPTIONS, "target_session_attrs": self._target_session}
        arguments = {name: value for name, value in arguments.items() if name not in address.query}
        arguments.setdefault("application_name", f"orangeday on {machine.name()}"[:63])
        try:
            # As many connections as there are accounts at work: the config's workers set the bound.
            write_engine = sa.create_engine(address, connect_args=arguments, pool_pre_ping=True, max_overflow=-1)
            # A lock has a session to itself, outside of any transaction.
            lock_engine = sa.create_engine(
                address, connect_args=arguments, pool_pre_ping=True, max_overflow=-1, isolation_level="AUTOCOMMIT"
            )
        except ImportError as failure:
            raise LedgerError(
                "the record of posts is on a PostgreSQL server, and what speaks with one isn't installed here. Install "
                "“orangeday[postgres]”; nothing was sent."
            ) from failure
        for engine in (write_engine, lock_engine):
            sa.event.listen(engine, "do_connect", _connect)
            sa.event.listen(engine, "connect", self._prepare_session)
        self.write_engine, self._lock_engine = write_engine, lock_engine
        self.read_engine: sa.Engine = write_engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @property
    def _advice(self) -> Mapping[str, str]:
        """The advice on an error, by its SQLSTATE."""
        return _ADVICE_BY_CODE

    def _prepare_session(self, session: psycopg.Connection[tuple[Any, ...]], record: Any) -> None:
        (backend_pid,) = session.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        if backend_pid != session.info.backend_pid:
            # It hands each transaction to whichever session is free: a lock would be anybody's.
            raise LedgerError(
                f"between here and the record of posts {self.location} stands a pooler (PgBouncer, say), through which "
                "locks "
                "don't work. Write the server's own address in [ledger] url; nothing was sent."
            )
        session.execute(str(_SESSION_SETTINGS).replace(":schema", f"'{SCHEMA}'"))
        session.commit()
        record.info["timeline"] = self._ask_timeline(session)

    @staticmethod
    def _ask_timeline(session: psycopg.Connection[tuple[Any, ...]]) -> str | None:
        """Return the server's timeline; None if a server, of a kin of PostgreSQL, keeps no such log."""
        with suppress(Exception), session.transaction():  # psycopg's is loaded late; one that is lost is noticed later
            row = session.execute(_TIMELINE_QUERY).fetchone()
            return str(row[0]) if row else None
        return None

    def open(self) -> None:
        """Create the schema, or bring it up to date. Raises LedgerError."""
        with self.translate_errors():
            self._migrate()

    def close(self) -> None:
        self.write_engine.dispose()
        self._lock_engine.dispose()

    def exists(self) -> bool:
        """Return whether there is a ledger already."""
        with self.translate_errors(), self.read_engine.begin() as connection:
            return self._version(connection) > 0

    @staticmethod
    def _version(connection: sa.Connection) -> int:
        # Not to_regclass(): that may answer from a cache what was so before another machine committed.
        query = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = :schema AND tablename = 'version')"
        if not connection.scalar(sa.text(query), {"schema": SCHEMA}):
            return 0
        return int(connection.scalar(sa.text("SELECT number FROM version")) or 0)

    def version(self) -> int:
        """Return the number of its last migration; 0 where there is no ledger."""
        with self.read_engine.begin() as connection:
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
        with self.write_engine.begin() as connection:
            # Another machine may be at it too: all of it is one transaction, and the lock decides whose.
            connection.execute(_LOCK_EXCLUSIVELY, {"kind": _MIGRATION_LOCK, "number": 0})
            version = self._version(connection)
            if version == 0:
                connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                connection.execute(sa.text("CREATE TABLE version (number INTEGER NOT NULL)"))
                connection.execute(sa.text("INSERT INTO version VALUES (0)"))
            session: Any = connection.connection.driver_connection
            for number in sorted(number for number in scripts if number > version):
                session.execute(scripts[number].read_text("utf-8"))
                connection.execute(sa.text("UPDATE version SET number = :number"), {"number": number})

    def lock_account(self, identity: str) -> SessionAccountLock | None:
        """Return the lock of an identity, taken; None where another program has it. Never wait."""
        number = int.from_bytes(hashlib.sha256(f"orangeday {identity}".encode()).digest()[:8], signed=True)
        with self.translate_errors():
            connection = self._lock_engine.connect()
            try:
                if connection.execute(_LOCK, {"number": number}).scalar_one():
                    session: Any = connection.connection.driver_connection
                    return SessionAccountLock(connection, number, session.info.backend_pid)
            except BaseException:
                connection.close()
                raise
            connection.close()
            return None

    def check_location(self) -> None:
        """Do nothing: the disk of a server isn't checked from here."""

    def check_presence(self) -> None:
        """Do nothing: a server that is gone doesn't answer."""

    def lock_for_arming(self, connection: sa.Connection, identity: str) -> None:
        """Let no other program arm for this identity, nor start a pause, until the transaction ends."""
        number = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4], signed=True)
        connection.execute(_LOCK_SHARED, {"kind": _PAUSE_LOCK, "number": 0})
        connection.execute(_LOCK_EXCLUSIVELY, {"kind": _IDENTITY_LOCK, "number": number})

    def lock_for_pausing(self, connection: sa.Connection) -> None:
        """Let no program arm until the transaction ends; wait for those that are arming."""
        connection.execute(_LOCK_EXCLUSIVELY, {"kind": _PAUSE_LOCK, "number": 0})

    def log(self, connection: sa.Connection, insert: sa.Insert, line: dict[str, Any]) -> int:
        """Add a line to the log. Return its number."""
        return int(connection.execute(insert.returning(sa.literal_column("id")), line).scalar_one())

    def damage(self) -> None:
        """Return None: a server reports damage of its files itself."""

    def server_time(self) -> datetime:
        """Return the time on the server's clock. Raises LedgerError."""
        with self.translate_errors(), self.read_engine.begin() as connection:
            now: datetime = connection.scalar(sa.text("SELECT clock_timestamp()"))
            return now

    def timeline(self, connection: sa.Connection) -> str | None:
        """Return the server's timeline: a number in hexadecimal that grows as a standby takes over; None if unknown."""
        number: str | None = connection.info.get("timeline")
        return number

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Turn an error of the server into a LedgerError with advice for people, and without the password."""
        try:
            yield
        except sa.exc.IntegrityError:
            raise
        except sa.exc.DBAPIError as failure:
            lines = [line.strip() for line in str(failure.orig).splitlines() if line.strip()] or ["no answer"]
            message = credentials.redact(lines[0].removeprefix("connection failed: ").rstrip("."), [self._secret])
            code = getattr(failure.orig, "sqlstate", None)
            advice = self._advice.get(code or "") or next(
                (entry for pattern, entry in _ADVICE_BY_WORDS if pattern in str(failure.orig)), _DEFAULT_ADVICE
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
        if self._copy_folder:
            self._copy_folder.cleanup()

    _copy_folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def _advice(self) -> Mapping[str, str]:
        advice = "Ask for the right to read it: GRANT USAGE ON SCHEMA orangeday, and SELECT on all tables in it."
        return {**_ADVICE_BY_CODE, "42501": advice, "42P01": advice}

    def _open_copy(self) -> None:
        """Copy the ledger of an older version into a temporary file, bring that up to date, and read from it."""
        self._copy_folder = tempfile.TemporaryDirectory(prefix="orangeday-", ignore_cleanup_errors=True)
        copy = Sqlite(sa.make_url("sqlite://").set(database=f"{self._copy_folder.name}/ledger.db"), durable=False)
        with self.read_engine.begin() as connection:
            copy.migrate(self._version(connection))
            with copy.write_engine.begin() as target:
                for table in sa.inspect(target).get_table_names():
                    names = [column["name"] for column in sa.inspect(target).get_columns(table)]
                    query = sa.select(sa.table(table, *map(sa.column, names)))
                    rows = [tuple(map(_to_sqlite_value, row)) for row in connection.execute(query)]
                    if rows:
                        columns, placeholders = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
                        target.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({placeholders})", rows)  # noqa: S608
        copy.migrate()
        self.write_engine.dispose()
        self.read_engine = copy.read_engine


def _to_sqlite_value(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _scripts() -> dict[int, Traversable]:
    """Return the migrations by their numbers."""
    folder = resources.files("orangeday.ledger.migrations") / "postgresql"
    return {int(script.name[:4]): script for script in folder.iterdir() if script.name.endswith(".sql")}


def _connect(_dialect: object, _record: object, arguments: tuple[Any, ...], options: dict[str, Any]) -> object:
    return _session_class().connect(*arguments, **options)


@cache
def _session_class() -> type[psycopg.Connection[Any]]:
    """Return a class of psycopg's connection that doesn't wait for the server without an end."""
    import psycopg

    class Session(psycopg.Connection[Any]):
        def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
            try:
                return super().wait(_with_timeout(gen), *arguments, **options)
            except TimeoutError as failure:
                self.close()
                raise psycopg.OperationalError(str(failure)) from None

    return Session


def _with_timeout(generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Run psycopg's generator as long as the server answers. Raises TimeoutError."""
    ready, last_answer = None, time.monotonic()
    while True:
        try:
            state = generator.send(ready)
        except StopIteration as end:
            return end.value
        if ready and ready & 1:  # there was something to read
            last_answer = time.monotonic()
        elif time.monotonic() - last_answer > ANSWER_TIMEOUT:
            raise TimeoutError(f"no answer for {ANSWER_TIMEOUT:.0f} seconds")
        ready = yield state


def _hosts(address: sa.URL) -> str:
    """Return the server's name, or the names of all possible servers. Nothing else of an address is ever shown."""
    query_host = address.query.get("host", ())
    hosts = [query_host] if isinstance(query_host, str) else [*query_host]
    if address.host:
        hosts.insert(0, address.host if address.port in (None, 5432) else f"{address.host}:{address.port}")
    return ",".join(hosts) or "this machine"


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
