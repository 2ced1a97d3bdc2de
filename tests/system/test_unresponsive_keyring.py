"""A keyring that doesn't answer: each command ends, within seconds, and says what to do; a running one goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orangeday.system import credentials

from ..support import campaigns
from ..support.campaigns import ownable
from ..support.common import BEFORE, ROOT
from ..support.dry_run_accounts import entries
from ..support.file_clock import set_ahead
from ..support.fork_server import born
from ..support.live_accounts_program import has_looked
from ..support.offset_clock import ahead

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
WHAT_TO_DO = "keyring does not answer: unlock it"
ALERTS = '[publishing]\nrequire_approval = false\n[alerts]\nurl = "json://127.0.0.1:1/{secret}"\n'


def environment(folder: Path, **more: str) -> dict[str, str]:
    (folder / "locked").touch()
    given = {"PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "tests.support.login_stubs.Silent", "COLUMNS": "200"}
    given["PATIENCE"] = "2"
    return {**os.environ, **given, "ASKED": str(folder / "asked"), "LOCKED": str(folder / "locked"), **more}


def asked(folder: Path) -> list[str]:
    file = folder / "asked"
    return file.read_text().splitlines() if file.exists() else []


def test_in_earnest_it_is_waited_for_ten_seconds_and_then_left_alone_for_a_minute() -> None:
    assert (credentials.KEYRING_TIMEOUT, credentials._QUIET_PERIODS[0]) == (10, 60)


COMMANDS = {
    "publish --live": 2,
    "schedule --live": 2,
    "login nairobi x --stdin": 2,
    "login nairobi bluesky --stdin": 2,
    "login nairobi x --forget": 2,
    "alert --test": 1,
    "doctor --offline -v": 1,
    "check": None,
    "status": None,
    "pause": None,
    "publish --dry-run": None,
}
"""How each ends; None: it asks no keyring."""


@pytest.mark.integration
@pytest.mark.invariant(11)
def test_every_command_ends_and_says_what_to_do(tmp_path: Path) -> None:
    """Side by side: they do little but wait."""
    embassies = {"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala", "kigali": "Africa/Kigali"}
    running = {}
    for number, line in enumerate(COMMANDS):
        folder = tmp_path / str(number)
        campaigns.write(folder, campaigns.files(embassies=embassies, config=ALERTS))
        told = {**environment(folder), "AHEAD": str(ahead(BEFORE))}
        with (folder / "said").open("wb") as out:
            running[line] = born("tests.support.offset_clock", line.split(), folder, told, out=out)
    ended = {}
    try:
        for number, (line, process) in enumerate(running.items()):
            process.wait(180)
            ended[line] = (tmp_path / str(number) / "said").read_text("utf-8")
    finally:
        for process in running.values():
            process.kill()
    for number, (line, status) in enumerate(COMMANDS.items()):
        said, calls = ended[line], asked(tmp_path / str(number))
        assert "Traceback" not in said and "itself failed" not in said, said
        if status is None:
            assert not calls, line
            assert "keyring" not in said
        else:
            assert running[line].poll() == status, (line, said)
            assert len(calls) == 1, "it waits once, and not for each of its accounts"
            assert "keyring does not answer" in " ".join(said.split()) and "nlock it" in said, (line, said)
    assert "state folder" in ended["doctor --offline -v"], "it goes on with its other lines"


class Impatient(credentials._Keyring):
    """One that waits for a moment only."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Impatient:
    import keyring

    from ..support.login_stubs import Silent

    before = keyring.get_keyring()
    monkeypatch.setattr(credentials, "KEYRING_TIMEOUT", 0.1)
    monkeypatch.setattr(credentials, "_QUIET_PERIODS", (0.3, 1.2))
    found = Impatient()
    monkeypatch.setattr(credentials, "_KEYRING", found)
    for name in ("ASKED", "LOCKED"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    (tmp_path / "locked").touch()
    monkeypatch.setattr("keyring.core._keyring_backend", Silent())  # type: ignore[no-untyped-call]
    assert keyring.get_keyring() is not before
    return found


def hanging() -> int:
    return sum(thread.name == "keyring" for thread in threading.enumerate())


@pytest.mark.usefixtures("impatient")
def test_one_that_does_not_answer_is_asked_seldom_and_leaves_few_threads_behind(tmp_path: Path) -> None:
    began, earlier = time.monotonic(), hanging()  # of another test
    together = [threading.Thread(target=credentials.find, args=("nairobi", "x")) for _ in range(8)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    first = hanging()
    assert first - earlier <= 8
    for _ in range(65):
        assert credentials.find("nairobi", "bluesky") == ({}, ["ORANGEDAY_NAIROBI_BLUESKY_APP_PASSWORD"])
        time.sleep(0.02)
    assert time.monotonic() - began > 1.2
    assert 1 <= hanging() - first <= 3
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "keyring")
    (tmp_path / "locked").unlink()
    deadline = time.monotonic() + 10
    while hanging() and time.monotonic() < deadline:
        time.sleep(0.05)
    found, missing = credentials.find("nairobi", "bluesky")  # at once: those that waited have come back
    assert found and not missing and not credentials.is_keyring_silent()


@pytest.mark.usefixtures("impatient")
def test_what_stands_in_the_environment_asks_no_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORANGEDAY_NAIROBI_BLUESKY_APP_PASSWORD", "of-the-environment")
    assert credentials.find("nairobi", "bluesky")[1] == []
    assert not asked(tmp_path)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "ask",
    [
        lambda: credentials.store("nairobi", "bluesky", {"APP_PASSWORD": "x"}),
        lambda: credentials.forget("nairobi", "bluesky"),
    ],
)
def test_nothing_is_stored_in_it_nor_removed_and_that_is_said(ask: Callable[[], object]) -> None:
    with pytest.raises(credentials.SilentKeyring, match=WHAT_TO_DO):
        ask()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("of", [credentials.ledger_password, credentials.alerts_secret])
def test_the_ledgers_password_and_the_alerts_secret_are_not_waited_for_either(of: Callable[[], str | None]) -> None:
    assert of() is None
    assert WHAT_TO_DO in credentials.keyring_problem()


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_a_running_schedule_defers_the_account_and_goes_on_when_the_keyring_answers(tmp_path: Path) -> None:
    config = '[publishing]\nmode = "live"\nrequire_approval = false\n'
    campaigns.write(tmp_path, ownable(campaigns.files(config=config)))
    given = environment(tmp_path)
    (tmp_path / "locked").unlink()
    clock, log_file = tmp_path / "clock", tmp_path / "log"

    def at(moment: datetime) -> None:
        set_ahead(clock, ahead(moment))

    def until(true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 90
        while not true():
            assert time.monotonic() < deadline and process.poll() is None, log_file.read_text()
            time.sleep(0.02)

    def swept_at(moment: datetime) -> bool:
        with closing(sqlite3.connect(tmp_path / "orangeday.db")) as ledger:
            (last,) = ledger.execute("SELECT max(until) FROM swept").fetchone()
        return datetime.fromisoformat(last) >= moment

    at(DUE - timedelta(hours=1))
    with log_file.open("wb") as log:
        process = born("tests.support.live_accounts_program", [str(clock), "schedule"], tmp_path, given, out=log)
    try:
        until(lambda: b"Next: " in log_file.read_bytes() and has_looked(tmp_path / "orangeday.db"))
        (tmp_path / "locked").touch()
        at(DUE + timedelta(seconds=1))
        until(lambda: b"no credentials here (this computer's keyring does not answer" in log_file.read_bytes())
        at(DUE + timedelta(minutes=7))
        until(lambda: swept_at(DUE + timedelta(minutes=7)))
        assert not list(tmp_path.glob("*.book"))
        (tmp_path / "locked").unlink()
        unlocked = time.monotonic()
        books = [tmp_path / f"nairobi-{name}.book" for name in ("x", "bluesky")]

        def both_are_out() -> bool:
            """Whose clock goes on fast: a sweep that comes before the keyring's answer puts them off again."""
            at(DUE + timedelta(minutes=20) + 150 * timedelta(seconds=time.monotonic() - unlocked))
            return sum(len(entries(book)) for book in books if book.exists()) == 2

        until(both_are_out)
        (tmp_path / "locked").touch()  # it has what it needs by now
        at(DUE + timedelta(days=1, seconds=1))
        until(lambda: sum(len(entries(book)) for book in books) == 4)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
