"""Who only looks needs the right to read and no other, changes nothing, and sees what is so now."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from orangeday.errors import LedgerError
from orangeday.ledger.address import Address
from orangeday.ledger.connection import exists
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS
from orangeday.ledger.sqlite import ReadOnlySqlite

from ..servers.postgres_server import ROLE, Databases
from ..support import campaigns
from ..support.campaigns import ownable
from ..support.common import Clock
from ..support.file_clock import set_ahead
from ..support.ledger_databases import database_of, readdressed
from ..support.offset_clock import ahead
from ..support.unprivileged_user import by_root, one_after_the_other

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
not_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger in a folder of its own, with a pause in its log."""
    folder = tmp_path / "embassy"
    folder.mkdir()
    with closing(open_ledger(folder / "orangeday.db")) as ledger:
        ledger.register_accounts(["nairobi/x"], DUE)
        ledger.pause(ALL_ACCOUNTS, "yesterday")
    return folder / "orangeday.db"


def open_ledger(file: Path, *, read_only: bool = False) -> Ledger:
    return Ledger(f"sqlite:///{file}", Clock(DUE), read_only=read_only)


def reasons(ledger: Ledger) -> list[str]:
    return [pause.reason for pause in ledger.pauses()]


def contents(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    return {
        path.name: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.iterdir())
    }


class Closed(ReadOnlySqlite):
    """As somebody finds it who may not write there, whatever root may."""

    def _can_open_in_place(self) -> bool:
        return False


@pytest.fixture(params=["by who may write", "by who may not"])
def looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "by who may not":
        monkeypatch.setattr("orangeday.ledger.connection.ReadOnlySqlite", Closed)


@pytest.mark.usefixtures("looked_at")
def test_looking_changes_nothing_and_leaves_nothing_beside_it(file: Path) -> None:
    before = contents(file.parent)
    with closing(open_ledger(file, read_only=True)) as ledger:
        assert reasons(ledger) == ["yesterday"]
        assert len(ledger.events()) == 1
        assert ledger.damage() is None
        with pytest.raises(LedgerError, match="may only be read"):
            ledger.resume(ALL_ACCOUNTS)
    assert contents(file.parent) == before


@pytest.mark.usefixtures("looked_at")
def test_what_is_in_the_log_before_the_file_is_seen(file: Path) -> None:
    """SQLite keeps what was just written beside it: who looked past that would see yesterday."""
    with closing(open_ledger(file)) as writer:
        writer.resume(ALL_ACCOUNTS)
        writer.pause("nairobi", "today")
        assert file.with_name(file.name + "-wal").stat().st_size
        with closing(open_ledger(file, read_only=True)) as ledger:
            assert reasons(ledger) == ["today"]


@pytest.mark.usefixtures("looked_at")
def test_what_a_killed_program_has_left_behind_is_seen(file: Path, tmp_path: Path) -> None:
    with closing(open_ledger(file)) as writer:
        writer.resume(ALL_ACCOUNTS)
        writer.pause("nairobi", "today")
        (tmp_path / "left").mkdir()
        for ending in ("", "-wal"):  # as after a power cut: nobody has the file that they share
            shutil.copy(f"{file}{ending}", tmp_path / "left")
    with closing(open_ledger(tmp_path / "left" / file.name, read_only=True)) as ledger:
        assert reasons(ledger) == ["today"]


def test_a_change_that_was_broken_off_is_undone_in_the_copy(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that can't keep the log beside the file, SQLite keeps there what it may have to put back."""
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("PRAGMA cache_spill = 1")
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE pause SET reason = 'half done'")
        for number in range(3000):
            writer.execute("INSERT INTO alarm (cause, seen) VALUES (?, '')", [f"{number}" * 20])
        (tmp_path / "left").mkdir()
        for ending in ("", "-journal"):
            shutil.copy(f"{file}{ending}", tmp_path / "left")
        writer.execute("ROLLBACK")
    assert b"half done" in (tmp_path / "left" / file.name).read_bytes()
    monkeypatch.setattr("orangeday.ledger.connection.ReadOnlySqlite", Closed)
    with closing(open_ledger(tmp_path / "left" / file.name, read_only=True)) as ledger:
        assert reasons(ledger) == ["yesterday"]


def test_a_copy_made_while_somebody_writes_is_of_one_moment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the reading of the file and of the log beside it, one is put into the other, and begins anew."""
    monkeypatch.setattr("orangeday.ledger.connection.ReadOnlySqlite", Closed)
    read_bytes = Path.read_bytes
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        moved: list[str] = []

        def pause(scope: str) -> None:
            writer.execute("INSERT INTO pause VALUES (?, ?, ?, 'Ann')", [scope, DUE.isoformat(), scope])

        def read(path: Path) -> bytes:
            content = read_bytes(path)
            if path == file and len(moved) < 3:  # again and again, and then it is quiet for a moment
                moved.append(f"later {len(moved)}")
                assert writer.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
                writer.execute("UPDATE alarm SET told = seen")
                pause(moved[-1])
            return content

        pause("first")
        monkeypatch.setattr(Path, "read_bytes", read)
        with closing(open_ledger(file, read_only=True)) as ledger:
            assert set(reasons(ledger)) == {"yesterday", "first", *moved}
            assert len(moved) == 3
            assert ledger.damage() is None


def test_a_copy_of_what_is_written_all_the_time_is_given_up(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orangeday.ledger.connection.ReadOnlySqlite", Closed)
    chance = random.Random(1)  # noqa: S311
    monkeypatch.setattr(Path, "read_bytes", lambda _: chance.randbytes(100))
    with pytest.raises(LedgerError, match="Try again in a moment"):
        open_ledger(file, read_only=True)


def of_version(folder: Path, version: int) -> Path:
    """A ledger as an older orangeday left it: a post published, and a pause."""
    folder.mkdir()
    file = folder / "orangeday.db"
    scripts = sorted(
        (s for s in resources.files("orangeday.ledger.migrations").iterdir() if s.name.endswith(".sql")),
        key=lambda s: s.name,
    )
    with closing(sqlite3.connect(file)) as ledger:
        ledger.execute("PRAGMA journal_mode = WAL")
        for script in scripts[:version]:
            ledger.executescript(script.read_text("utf-8"))
        ledger.execute(f"PRAGMA user_version = {version}")
        ledger.execute("INSERT INTO pause VALUES ('everything', ?, 'long ago', 'Ann')", [DUE.isoformat()])
        ledger.commit()
    return file


@pytest.mark.usefixtures("looked_at")
@pytest.mark.parametrize("version", [1, 4, 6])
def test_what_an_older_version_has_written_is_read_and_stays_as_it_was(tmp_path: Path, version: int) -> None:
    """It may be at work there still: brought up to date, the ledger would be closed to it."""
    file = of_version(tmp_path / "old", version)
    before = {name: content for name, (_, content) in contents(file.parent).items()}
    with closing(open_ledger(file, read_only=True)) as ledger:
        assert reasons(ledger) == ["long ago"]
        assert ledger.is_doubtful("16days-2026") is False
    with closing(sqlite3.connect(file)) as ledger:
        assert ledger.execute("PRAGMA user_version").fetchone() == (version,)
    assert {name: content for name, (_, content) in contents(file.parent).items()} == before


@pytest.mark.usefixtures("looked_at")
def test_what_a_newer_version_has_written_says_so(file: Path) -> None:
    with closing(sqlite3.connect(file)) as ledger:
        ledger.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match=f"{file} was written by a newer orangeday"):
        open_ledger(file, read_only=True)


@pytest.mark.usefixtures("looked_at")
@pytest.mark.parametrize("name", ["a b?c=d&e.db", "100%25 #1.db", "Bogotá–é.db"])
def test_a_name_is_no_address(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    url = f"sqlite:///{quote(str(file))}"
    if not exists(url):
        with closing(Ledger(url, Clock(DUE))) as ledger:
            ledger.pause(ALL_ACCOUNTS, "here")
    with closing(Ledger(url, Clock(DUE), read_only=True)) as ledger:
        assert reasons(ledger) == ["here"]


def test_no_copy_stays_in_the_temporary_folder(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orangeday.ledger.connection.ReadOnlySqlite", Closed)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with closing(open_ledger(file, read_only=True)):
        (copy,) = (tmp_path / "temporary").iterdir()
        assert copy.stat().st_mode & 0o077 == 0
    assert not list((tmp_path / "temporary").iterdir())
    file.write_bytes(b"no ledger at all, but some text that is long enough to be looked at" * 20)
    with pytest.raises(LedgerError, match="another kind of file"):
        open_ledger(file, read_only=True)
    assert not list((tmp_path / "temporary").iterdir())


# Another user


@pytest.fixture
def office(tmp_path: Path) -> tuple[Path, Path]:
    """A campaign, its ledger and its clock, that another user may read."""
    folder, clock = tmp_path / "embassy", tmp_path / "clock"
    campaigns.write(folder, ownable(campaigns.files(config="[publishing]\nrequire_approval = false\n")))
    with closing(open_ledger(folder / "orangeday.db")) as ledger:
        ledger.register_accounts(["nairobi/x", "nairobi/bluesky"], DUE - timedelta(days=1))
        ledger.pause(ALL_ACCOUNTS, "yesterday")
    set_ahead(clock, ahead(DUE - timedelta(hours=1)))
    return folder, clock


LOOKS = ("status", "status --json", "status --log", "report", "report --csv", "report --read-back --yes", "export csv")


@by_root
@pytest.mark.parametrize("at_work", [False, True])
def test_another_user_who_may_read_gets_the_answer(office: tuple[Path, Path], at_work: bool) -> None:
    folder, clock = office
    before = contents(folder)
    with closing(open_ledger(folder / "orangeday.db")) as ledger:
        if at_work:
            ledger.resume(ALL_ACCOUNTS)
            ledger.pause("nairobi", "today")
        else:
            ledger.close()
        for line, ran in one_after_the_other(LOOKS, folder, clock).items():
            assert ran.status == 0, (line, ran.said)
            assert "right to write" not in ran.said
            if line in ("status", "status --log"):
                assert ("today" if at_work else "yesterday") in ran.said
    if not at_work:
        assert contents(folder) == before


@by_root
def test_another_user_who_may_write_nothing_is_told_so_where_it_is_needed(office: tuple[Path, Path]) -> None:
    folder, clock = office
    for line, ran in one_after_the_other(("pause", "resume", "doctor --offline"), folder, clock).items():
        said = " ".join(ran.said.split())
        assert ran.status == (1 if line.startswith("doctor") else 2)
        assert "may only read it. Run this as the user who posts from here" in said, line
        assert "Give yourself" not in said, "a right that lets one post is nobody's to take"


@not_root
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_who_may_not_even_read_is_told_to_ask_for_that_right(file: Path, closed: str) -> None:
    place = file if closed == "file" else file.parent
    mode = place.stat().st_mode
    place.chmod(0)
    try:
        with pytest.raises(LedgerError, match="right to read"):
            if exists(f"sqlite:///{file}"):
                open_ledger(file, read_only=True)
    finally:
        place.chmod(mode)


# On a server


@pytest.fixture
def reader(postgres: Databases) -> Iterator[tuple[str, str]]:
    """A ledger on a server, and the address of somebody who may only read there."""
    with postgres.database() as url:
        with closing(Ledger(url, Clock(DUE))) as ledger:
            ledger.pause(ALL_ACCOUNTS, "yesterday")
            ledger.note("a test", None, "a line")
        name = database_of(url)
        role = f"reader_of_{name}"
        with closing(psycopg.connect(_plain(url), autocommit=True)) as owner:
            owner.execute("REVOKE ALL ON SCHEMA orangeday FROM PUBLIC")
        with closing(postgres.as_superuser()) as root:
            root.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{postgres.password}'")
            root.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
        with closing(psycopg.connect(_plain(url), autocommit=True)) as owner:
            owner.execute(f"GRANT USAGE ON SCHEMA orangeday TO {role}")
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA orangeday TO {role}")
        try:
            yield url, readdressed(url, user=role)
        finally:
            with closing(psycopg.connect(_plain(url), autocommit=True)) as owner:
                owner.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA orangeday FROM {role}")
                owner.execute(f"REVOKE ALL ON SCHEMA orangeday FROM {role}")
            with closing(postgres.as_superuser()) as root:
                root.execute(f"DROP ROLE {role}")


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:")


def test_on_a_server_the_right_to_select_is_enough(reader: tuple[str, str]) -> None:
    _, address = reader
    assert ROLE not in (Address.parse(address).user or "").split("_")[0]
    assert exists(address)
    with closing(Ledger(address, Clock(DUE), read_only=True)) as ledger:
        assert reasons(ledger) == ["yesterday"]
        assert len(ledger.events()) == 2
        assert ledger.takeover_time() is None
        with pytest.raises(LedgerError, match="may only be read"):
            ledger.resume(ALL_ACCOUNTS)


@pytest.mark.parametrize("lacking", ["USAGE ON SCHEMA orangeday", "SELECT ON ALL TABLES IN SCHEMA orangeday"])
def test_on_a_server_who_may_not_read_is_told_to_ask_for_that_right(reader: tuple[str, str], lacking: str) -> None:
    owners, address = reader
    with closing(psycopg.connect(_plain(owners), autocommit=True)) as owner:
        owner.execute(f"REVOKE {lacking} FROM {Address.parse(address).user}".encode())
    with pytest.raises(LedgerError, match="Ask for the right to read it: GRANT USAGE"):
        Ledger(address, Clock(DUE), read_only=True)


def test_on_a_server_what_an_older_version_has_written_is_read_and_left_to_it(reader: tuple[str, str]) -> None:
    """As it was before the last migration but one: what that has added is taken away again."""
    owners, address = reader
    with closing(psycopg.connect(_plain(owners), autocommit=True)) as owner:
        owner.execute("SET search_path = orangeday")
        owner.execute("ALTER TABLE home DROP COLUMN timeline, DROP COLUMN taken_over")
        owner.execute("DROP TABLE IF EXISTS withdrawal")
        owner.execute("ALTER TABLE attempt DROP COLUMN IF EXISTS service CASCADE")
        owner.execute("INSERT INTO account (name, first_seen, needs_person) VALUES ('nairobi/x', now(), true)")
        owner.execute("UPDATE version SET number = 6")
    with closing(Ledger(address, Clock(DUE), read_only=True)) as ledger:
        assert reasons(ledger) == ["yesterday"]
        assert [event.action for event in ledger.events()] == ["paused", "a test"]
        assert ledger.pauses()[0].since == DUE
        assert ledger.snapshot([], ["nairobi/x"]).accounts["nairobi/x"].needs_person is True
        assert ledger.takeover_time() is None
    with closing(psycopg.connect(_plain(owners), autocommit=True)) as owner:
        assert owner.execute("SELECT number FROM orangeday.version").fetchone() == (6,)
