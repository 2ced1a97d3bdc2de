"""The ledger on a PostgreSQL server: what several machines do there, and what befalls servers."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orangeday.adapters.base import Payload, Receipt
from orangeday.clock import system_clock
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.settling import _next_look
from orangeday.errors import LedgerError
from orangeday.ledger.connection import exists
from orangeday.ledger.database import Connection
from orangeday.ledger.home import _has_event
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS
from orangeday.ledger.states import State, StateConflict
from orangeday.system import machine

from ..servers.postgres_server import Databases, Postgres
from ..support import campaigns
from ..support.common import ROOT, Clock, plan_of
from ..support.ledger_databases import database_of, password_of, readdressed, wrap_writing

NOW = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
RECEIPT = Receipt("1", "https://example.org/1", NOW)
CAMPAIGN = "16days-2026"


@pytest.fixture
def url(postgres: Databases) -> Iterator[str]:
    with postgres.database() as address:
        yield address


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with closing(Ledger(url, Clock(NOW))) as opened:
        yield opened


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return plan_of(campaigns.write(tmp_path, campaigns.files(("en", "fr"))))


@pytest.fixture
def delivery(plan: Plan) -> Delivery:
    return next(iter(plan))


def arm(ledger: Ledger, delivery: Delivery, identity: str = "one", text: str | None = None) -> None:
    said = text or delivery.key
    ledger.arm(delivery, 0, identity, Payload(said, {"text": said}), NOW)


@contextmanager
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """On another machine, which remembers things of its own."""
    with monkeypatch.context() as patch:
        for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path / "another machine"))
        yield


# The schema


FILE_SHAPE = """
    SELECT 'column', t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'
    UNION ALL SELECT 'must be there', t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND (c."notnull" OR c.pk) AND c.name <> 'id'
    UNION ALL SELECT 'key ' || c.pk, t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND c.pk
    UNION ALL SELECT 'refers', t.name, k."from" || ' ' || k."table" || ' ' || k."to"
        FROM sqlite_schema t, pragma_foreign_key_list(t.name) k
    UNION ALL SELECT 'index' || CASE WHEN i."unique" THEN ', unique ' ELSE ' ' END || c.seqno, i.name, c.name
        FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c WHERE i.origin = 'c'"""
SERVER_SHAPE = """
    WITH ours AS (SELECT oid, relname FROM pg_class
        WHERE relnamespace = 'orangeday'::regnamespace AND relkind = 'r' AND relname <> 'version')
    SELECT 'column', relname, attname FROM ours JOIN pg_attribute ON attrelid = oid AND attnum > 0
    UNION ALL SELECT 'must be there', relname, attname FROM ours JOIN pg_attribute ON attrelid = oid AND attnum > 0
        WHERE attnotnull AND attname <> 'id'
    UNION ALL SELECT 'key ' || position, relname, attname
        FROM ours JOIN pg_constraint ON conrelid = ours.oid AND contype = 'p',
            unnest(conkey) WITH ORDINALITY AS part (number, position), pg_attribute
        WHERE attrelid = ours.oid AND attnum = number
    UNION ALL SELECT 'refers', relname, one.attname || ' ' || confrelid::regclass || ' ' || other.attname
        FROM ours JOIN pg_constraint ON conrelid = ours.oid AND contype = 'f'
            JOIN pg_attribute one ON one.attrelid = ours.oid AND one.attnum = conkey[1]
            JOIN pg_attribute other ON other.attrelid = confrelid AND other.attnum = confkey[1]
    UNION ALL SELECT 'index' || CASE WHEN indisunique THEN ', unique ' ELSE ' ' END || attnum - 1,
            indexrelid::regclass::text, attname
        FROM ours JOIN pg_index ON indrelid = ours.oid AND NOT indisprimary
            JOIN pg_attribute ON attrelid = indexrelid"""


def shape(ledger: Ledger, query: str) -> set[tuple[str, ...]]:
    """What a database promises, in words that are the same on either: a promise, of what, and by which column."""
    with ledger._store.reading() as connection:
        return {row for row in connection.rows(query) if not row[1].startswith("sqlite_")}


def test_both_databases_promise_the_same(tmp_path: Path, ledger: Ledger) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", Clock(NOW))) as file:
        one, other = shape(file, FILE_SHAPE), shape(ledger, SERVER_SHAPE)
    assert len(one) > 100
    assert one == other


def test_every_migration_from_now_on_is_one_of_both() -> None:
    folder = ROOT / "src" / "orangeday" / "ledger" / "migrations"
    numbers = {int(file.name[:4]) for file in folder.glob("*.sql")}
    assert {int(file.name[:4]) for file in (folder / "postgresql").glob("*.sql")} == {n for n in numbers if n >= 5}


def test_machines_that_make_it_all_at_once_make_it_once(url: str) -> None:
    start, failed = threading.Barrier(6), list[Exception]()

    def make() -> None:
        start.wait(20)
        try:
            Ledger(url, Clock(NOW)).close()
        except Exception as failure:  # noqa: BLE001  whatever it is
            failed.append(failure)

    assert not exists(url)
    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert exists(url)


def test_one_of_a_newer_version_is_left_alone(ledger: Ledger, url: str) -> None:
    with ledger._store.writing() as connection:
        connection.change("UPDATE version SET number = 999")
    with pytest.raises(LedgerError, match="newer orangeday"):
        Ledger(url, Clock(NOW))


@pytest.mark.invariant(10)
def test_moments_are_moments_and_come_back_in_utc(ledger: Ledger, delivery: Delivery) -> None:
    arm(ledger, delivery)
    with ledger._store.reading() as connection:
        kind = connection.value("SELECT pg_typeof(due)::text FROM delivery")
    assert kind == "timestamp with time zone"
    row = ledger.rows([delivery.key])[delivery.key]
    assert (row.due, row.due.utcoffset()) == (delivery.due, timedelta(0))


@pytest.mark.invariant(7, 11)
def test_what_a_server_takes_no_character_of_is_recorded_all_the_same(ledger: Ledger, delivery: Delivery) -> None:
    arm(ledger, delivery)
    ledger.published(delivery.key, Receipt("1", "https://example.org/\0", NOW), "a note with a \0")
    row = ledger.rows([delivery.key])[delivery.key]
    assert (row.state, row.error) == (State.PUBLISHED, "a note with a \ufffd")


@pytest.mark.invariant(1)
def test_the_log_and_what_was_sent_are_not_emptied_either(ledger: Ledger, delivery: Delivery) -> None:
    arm(ledger, delivery)
    for table in ("event", "attempt", "tombstone", "evidence"):
        with pytest.raises(psycopg.IntegrityError), ledger._store.writing() as connection:
            connection.change(f"TRUNCATE {table}")


@pytest.mark.invariant(1)
def test_committed_is_on_the_disk_whatever_the_server_is_set_to(url: str, postgres: Databases) -> None:
    with closing(postgres.as_superuser(database_of(url))) as root:
        root.execute(f"ALTER DATABASE {database_of(url)} SET synchronous_commit = off")
    with closing(Ledger(url, Clock(NOW))) as ledger, ledger._store.writing() as connection:
        assert connection.value("SHOW synchronous_commit") == "on"


@pytest.mark.invariant(1)
@pytest.mark.parametrize("in_batch", [True, False])
def test_a_commit_that_the_server_answers_by_rolling_back_is_an_error(ledger: Ledger, in_batch: bool) -> None:
    """It says so by one word and by no error, where a statement had failed and nobody minded."""
    with pytest.raises(psycopg.Error), ledger._store._pool.transaction("BEGIN", in_batch=in_batch) as connection:
        connection.add("pause", scope="nairobi", since=NOW, reason="", who="Ann")
        with suppress(psycopg.errors.DivisionByZero):
            connection.rows("SELECT 1 / 0")
    assert ledger.pauses() == ()


# Claims


@pytest.mark.invariant(1)
def test_two_machines_that_begin_the_same_post_arm_it_once(url: str, delivery: Delivery) -> None:
    """Each under another identity, so that no lock but the row's own key is in their way."""
    with closing(Ledger(url, Clock(NOW))) as one, closing(Ledger(url, Clock(NOW))) as other:
        start, said = threading.Barrier(2), list[str]()

        def claim(ledger: Ledger, identity: str) -> None:
            start.wait(20)
            try:
                arm(ledger, delivery, identity)
            except StateConflict:
                said.append("no")
            else:
                said.append("yes")

        threads = [threading.Thread(target=claim, args=of) for of in ((one, "a"), (other, "b"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(said) == ["no", "yes"]


@pytest.mark.invariant(8)
def test_a_brake_waits_for_who_is_arming_and_is_seen_by_the_next(ledger: Ledger, url: str, plan: Plan) -> None:
    first, second = list(plan)[:2]
    arming, braked = threading.Event(), threading.Event()
    with closing(Ledger(url, Clock(NOW))) as other:
        seen: list[str] = []

        def slowly(_connection: Connection) -> None:
            if not arming.is_set():
                arming.set()
                braked.wait(0.5)  # it can't be on before this commits

        wrap_writing(ledger, lambda _: None, at_end=slowly)

        def brake() -> None:
            arming.wait(20)
            other.pause(ALL_ACCOUNTS, "stop")
            braked.set()
            seen.extend(row.key for row in other.rows_in_doubt(CAMPAIGN).values())

        thread = threading.Thread(target=brake)
        thread.start()
        arm(ledger, first)
        thread.join()
        assert seen == [first.key], "what the brake was too late for can be seen once it is on"
        with pytest.raises(StateConflict, match="stop"):
            arm(ledger, second, "two")


# The lock of an account


@pytest.mark.invariant(2)
@pytest.mark.invariant(11)
def test_a_connection_that_is_lost_as_it_is_given_back_is_nothing_to_be_told_of(
    ledger: Ledger, delivery: Delivery, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a library logs as an error ends on stderr, a traceback and all."""
    lost: list[Connection] = []
    give_back = ledger._store._pool.give_back

    def lose(connection: Any) -> None:
        lost.append(connection)
        connection.driver.pgconn.finish()
        give_back(connection)

    with monkeypatch.context() as patch:
        patch.setattr(ledger._store._pool, "give_back", lose)
        arm(ledger, delivery)
    assert lost and not caplog.records
    ledger.published(delivery.key, RECEIPT)  # over another one
    assert ledger.rows([delivery.key])[delivery.key].state is State.PUBLISHED


def test_a_lock_whose_session_was_ended_is_not_ours(ledger: Ledger, url: str, postgres: Databases) -> None:
    with ledger.account_lock("one") as hold:
        assert hold is not None
        assert hold.is_held()
        with closing(postgres.as_superuser()) as root:
            ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
            root.execute(ended)
        assert not hold.is_held()
        with closing(Ledger(url, Clock(NOW))) as other, other.account_lock("one") as theirs:
            assert theirs is not None
            assert not hold.is_held()


@pytest.mark.invariant(2)
def test_a_lock_is_gone_when_the_server_has_started_again(own_postgres: Postgres, delivery: Delivery) -> None:
    """And what was armed under it is an orphan; the ledger itself goes on without being opened again."""
    with own_postgres.database() as url, closing(Ledger(url, Clock(NOW))) as ledger:
        with ledger.account_lock("one") as hold:
            assert hold is not None
            arm(ledger, delivery)
            assert ledger.rows_in_flight(lambda row: True)
            own_postgres.restart(signal.SIGQUIT)
            assert not hold.is_held()
            assert ledger.rows([delivery.key])[delivery.key].state is State.ARMED
            assert not ledger.rows_in_flight(lambda row: True)
        own_postgres.stop()
        with pytest.raises(LedgerError, match="that the server runs; nothing more is sent"):
            ledger.rows([delivery.key])
        own_postgres.start()
        ledger.published(delivery.key, RECEIPT)


@pytest.mark.invariant(2)
def test_a_program_that_is_killed_lets_go_of_its_lock(url: str, ledger: Ledger) -> None:
    program = (
        "import sys; from orangeday.clock import system_clock; from orangeday.ledger.ledger import Ledger\n"
        "with Ledger(sys.argv[1], system_clock).account_lock('one'): print('held', flush=True); sys.stdin.read()\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with running:
        assert running.stdout is not None
        assert running.stdout.readline() == "held\n"
        with ledger.account_lock("one") as hold:
            assert hold is None
        running.kill()
    deadline = time.monotonic() + 10
    while True:
        with ledger.account_lock("one") as hold:
            if hold is not None:
                break
        assert time.monotonic() < deadline


class Pooler:
    """Stands between, as PgBouncer does: it makes up the number that a session is known by."""

    def __init__(self, port: int) -> None:
        self._port, self._server = port, socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        client, _ = self._server.accept()
        with client, socket.create_connection(("127.0.0.1", self._port)) as server:
            threading.Thread(target=self._pass, args=(client, server, bytes), daemon=True).start()
            self._pass(server, client, self._another)

    @staticmethod
    def _another(said: bytes) -> bytes:
        before, key, rest = said.partition(b"K\0\0\0\x0c")  # BackendKeyData: the session's number, then its secret
        return before + key + (b"\0\0\0\x07" + rest[4:] if key else rest)

    @staticmethod
    def _pass(of: socket.socket, to: socket.socket, change: Callable[[bytes], bytes]) -> None:
        try:
            while said := of.recv(65536):
                to.sendall(change(said))
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        self._server.close()


@pytest.mark.invariant(2)
def test_through_a_pooler_no_ledger_is_used(url: str, postgres: Databases) -> None:
    with closing(Pooler(postgres.port)) as pooler, pytest.raises(LedgerError, match=r"a pooler.*own address"):
        Ledger(url.replace(f":{postgres.port}/", f":{pooler.port}/"), Clock(NOW))


# Several machines, and a server that forgets


@pytest.mark.invariant(8)
def test_another_machine_is_at_home_in_it_as_well(
    ledger: Ledger, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.claim_home(CAMPAIGN, is_running=False)
    ledger.record_sweep(CAMPAIGN, "", NOW)
    before = machine.identity()
    with elsewhere(monkeypatch, tmp_path), closing(Ledger(url, Clock(NOW))) as other:
        assert machine.identity() != before
        other.claim_home(CAMPAIGN, is_running=True)
        other.note("anything", None, "")
        assert not other.pauses()
        assert not other.is_doubtful(CAMPAIGN)
    ledger.claim_home(CAMPAIGN, is_running=True)
    assert not ledger.pauses()


@pytest.mark.invariant(8)
def test_the_high_water_mark_keeps_the_name_that_earlier_versions_gave_it(
    ledger: Ledger, own_state_folder: Path
) -> None:
    """Under another name it would not be found, and nobody would notice that a server has lost events."""
    ledger.claim_home(CAMPAIGN, is_running=False)
    (mark,) = own_state_folder.rglob("ledger-*.json")
    name = f"the ledger of {NOW.isoformat()}"
    assert mark.name == f"ledger-{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
    assert json.loads(mark.read_text("utf-8"))["ledger"] == name


@pytest.mark.invariant(8)
def test_one_that_is_new_while_its_campaign_runs_is_braked_once_for_all(
    ledger: Ledger, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.claim_home(CAMPAIGN, is_running=True)
    assert [pause.scope for pause in ledger.pauses()] == [ALL_ACCOUNTS]
    assert ledger.is_doubtful(CAMPAIGN)
    ledger.record_sweep(CAMPAIGN, "", NOW)
    ledger.resume(ALL_ACCOUNTS)
    with elsewhere(monkeypatch, tmp_path), closing(Ledger(url, Clock(NOW))) as other:
        other.claim_home(CAMPAIGN, is_running=True)
        assert not other.pauses(), "a person's word holds for every machine"
        assert other.is_doubtful(CAMPAIGN)


def forget(url: str, postgres: Databases) -> None:
    """As a standby that lagged behind: the last lines never came there, and their numbers are given anew."""
    name = database_of(url)
    postgres.forget_the_last(name, "attempt", "delivery")
    with closing(postgres.as_superuser(name)) as root:
        root.execute(
            "SET search_path = orangeday; INSERT INTO event (id, at, what, who, machine) OVERRIDING SYSTEM VALUE "
            "SELECT max(id) + 1, now(), 'by another', 'x', 'y' FROM event"
        )


@pytest.mark.invariant(8)
def test_a_server_that_has_forgotten_is_braked_before_anything_is_armed(
    ledger: Ledger, url: str, postgres: Databases, plan: Plan
) -> None:
    first, second = list(plan)[:2]
    ledger.claim_home(CAMPAIGN, is_running=False)
    ledger.record_sweep(CAMPAIGN, "", NOW)
    arm(ledger, first)
    forget(url, postgres)
    for one in (first, second):
        with pytest.raises(StateConflict, match="has forgotten what this machine told it"):
            arm(ledger, one, "two")
    assert ledger.is_doubtful(CAMPAIGN)
    ledger.resume(ALL_ACCOUNTS)
    arm(ledger, second, "two")


@pytest.mark.invariant(8)
def test_a_server_that_forgot_while_nothing_ran_is_braked_at_the_start(
    ledger: Ledger, url: str, postgres: Databases, delivery: Delivery
) -> None:
    ledger.claim_home(CAMPAIGN, is_running=False)
    ledger.record_sweep(CAMPAIGN, "", NOW)
    arm(ledger, delivery)
    forget(url, postgres)
    with closing(Ledger(url, Clock(NOW))) as again:
        again.attach_high_water_mark()
        again.note("a person did something", None, "")  # which doesn't make it forget that something is amiss
    with closing(Ledger(url, Clock(NOW))) as again:
        again.claim_home(CAMPAIGN, is_running=True)
        assert "has forgotten" in again.pauses()[0].reason
        assert again.is_doubtful(CAMPAIGN)


@pytest.mark.invariant(3, 5)
def test_what_another_machine_has_seen_counts_only_when_their_clocks_may_agree(
    ledger: Ledger, delivery: Delivery
) -> None:
    """Each clock may be two minutes off: who looks adds four to what X needs, and four more to the second look."""
    arm(ledger, delivery)
    ledger.unsure(delivery.key, "no answer")
    doubt = ledger.evidence(ledger.rows([delivery.key])[delivery.key])
    six, minute = timedelta(minutes=6), timedelta(minutes=1)
    assert _next_look(doubt, six, NOW + 6 * minute) == NOW + 10 * minute
    seen = replace(doubt, absences=[NOW + 10 * minute])
    assert _next_look(seen, six, NOW + 15 * minute) == NOW + 16 * minute
    assert _next_look(seen, six, NOW + 16 * minute) is None


# What it says


@pytest.mark.invariant(11)
def test_a_wrong_password_is_said_and_not_shown(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    password = password_of(url)
    wrong = url.replace(password, "hunter2-hunter2")
    with pytest.raises(LedgerError, match=r"password authentication failed.*ORANGEDAY_LEDGER_PASSWORD") as said:
        Ledger(wrong, Clock(NOW))
    assert "hunter2" not in str(said.value)
    none = url.replace(f":{password}@", "@")
    with pytest.raises(LedgerError, match="ORANGEDAY_LEDGER_PASSWORD"):
        Ledger(none, Clock(NOW))
    monkeypatch.setenv("ORANGEDAY_LEDGER_PASSWORD", password)
    Ledger(none, Clock(NOW)).close()


@pytest.mark.invariant(11)
def test_a_server_that_is_away_a_database_that_is_not_there_and_a_way_that_is_none_are_said(url: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    for wrong, words in (
        (readdressed(url, port=str(port)), "Check .* that the server runs"),
        (readdressed(url, host="nowhere.invalid"), r"on nowhere\.invalid:\d+ can't be used"),
        (readdressed(url, database="nowhere"), "createdb"),
        (readdressed(url, kind="postgresql+asyncpg"), r"Write postgresql\+psycopg"),
    ):
        with pytest.raises(LedgerError, match=words) as said:
            Ledger(wrong, Clock(NOW))
        assert "\n" not in str(said.value)
        assert password_of(url) not in str(said.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "orangeday.ledger.postgres", raising=False)
    with pytest.raises(LedgerError, match=r"Install “orangeday\[postgres\]”"):
        Ledger("postgresql+psycopg://db/ledger", Clock(NOW))


def test_a_standby_is_named_as_one(url: str, postgres: Databases) -> None:
    name = database_of(url)
    with closing(postgres.as_superuser()) as root:
        root.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(LedgerError, match="name the primary"):
        Ledger(url, Clock(NOW))


def test_the_server_says_what_time_it_has(ledger: Ledger) -> None:
    theirs = ledger.server_time()
    assert theirs is not None
    moved = timedelta(seconds=int(os.environ.get("ANY_DAY", "0").split()[0]))  # us, and not who runs as another user
    assert min(abs(theirs - system_clock()), abs(theirs + moved - system_clock())) < timedelta(minutes=1)


def test_a_mark_that_moves_while_it_is_asked_for_is_never_half_of_each(own_state_folder: Path) -> None:
    """Eight accounts move it side by side: a number with another's moment would be an event that no server has."""
    mark = machine.HighWaterMark("of a server")
    given = {number: NOW + timedelta(seconds=number) for number in range(1, 400)}
    mark.move(1, given[1])

    def move() -> None:
        for number, moment in given.items():
            mark.move(number, moment)

    mover = threading.Thread(target=move)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        mover.start()
        while mover.is_alive():
            _, asked = _has_event(mark)
            assert given[asked["number"]] == asked["moment"]
    finally:
        sys.setswitchinterval(interval)
        mover.join()
