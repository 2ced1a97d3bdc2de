"""The ledger: what it lets happen, what it never lets happen, and what it says when it can't be used."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from orangeday.adapters.base import Payload, Receipt
from orangeday.content.plan import Delivery, Plan
from orangeday.errors import LedgerError
from orangeday.ledger import statements
from orangeday.ledger.database import Connection
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS, Hold, Row
from orangeday.ledger.sqlite import _statements
from orangeday.ledger.states import DuplicatePost, State, StateConflict

from ..servers.postgres_server import Databases
from ..support import campaigns
from ..support.common import Clock, plan_of
from ..support.ledger_databases import INTEGRITY_ERRORS, wrap_writing

NOW = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
RECEIPT = Receipt("1", "https://example.org/1", NOW)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return plan_of(campaigns.write(tmp_path, campaigns.files(("en", "fr"))))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """On SQLite and on PostgreSQL: what holds of the one holds of the other."""
    with closing(Ledger(ledger_url, Clock(NOW))) as opened:
        yield opened


@pytest.fixture
def file_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """In a file: for what befalls files."""
    with closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", Clock(NOW))) as opened:
        yield opened


@pytest.fixture
def delivery(plan: Plan) -> Delivery:
    return next(iter(plan))


def arm(
    ledger: Ledger, delivery: Delivery, text: str | None = None, identity: str = "one", generation: int = 0
) -> None:
    said = text or delivery.key
    ledger.arm(delivery, generation, identity, Payload(said, {"text": said}), NOW)


def bring(ledger: Ledger, delivery: Delivery, state: State | None, identity: str = "one") -> None:
    """Brings a delivery to a state, by the arrows of the diagram."""
    if state is State.MISSED:
        ledger.missed(delivery, "too late")
    elif state is not None:
        arm(ledger, delivery, identity=identity)
        if state is State.PUBLISHED:
            ledger.published(delivery.key, RECEIPT)
        elif state is State.DEFERRED:
            ledger.deferred(delivery, "busy", NOW)
        elif state is State.REFUSED:
            ledger.refused(delivery, "no")
        elif state is State.UNSURE:
            ledger.unsure(delivery.key, "perhaps")
        elif state is State.RETRACTED:
            ledger.published(delivery.key, RECEIPT)
            ledger.retracted(ledger.rows([delivery.key])[delivery.key], replace=False)


def by_hand(ledger: Ledger, statement: str) -> None:
    """As somebody does who has a client of the database's own."""
    with ledger._store.writing() as connection:
        connection.change(statement)


ARROWS = {
    (None, State.ARMED), (None, State.MISSED), (None, State.DEFERRED), (None, State.REFUSED),
    (State.ARMED, State.PUBLISHED), (State.ARMED, State.DEFERRED), (State.ARMED, State.REFUSED),
    (State.ARMED, State.UNSURE), (State.DEFERRED, State.ARMED), (State.DEFERRED, State.DEFERRED),
    (State.DEFERRED, State.MISSED), (State.DEFERRED, State.REFUSED), (State.UNSURE, State.PUBLISHED),
    (State.UNSURE, State.DEFERRED), (State.UNSURE, State.REFUSED), (State.MISSED, State.ARMED),
    (State.MISSED, State.DEFERRED), (State.MISSED, State.REFUSED), (State.UNSURE, State.UNSURE),
    (State.PUBLISHED, State.RETRACTED),
    # A receipt that comes late is proof all the same.
    (State.DEFERRED, State.PUBLISHED), (State.MISSED, State.PUBLISHED), (State.REFUSED, State.PUBLISHED),
}  # fmt: skip
STORED = [state for state in State if state not in (State.SCHEDULED, State.UNAPPROVED, State.HELD, State.PAST)]


def published_row(ledger: Ledger, delivery: Delivery) -> Row:
    """Its row, or what would be one, as someone saw it who thinks it is published."""
    row = ledger.rows([delivery.key]).get(delivery.key)
    if row is None:
        row = Row(
            delivery.key, "16days-2026", 1, "nairobi", "x", "en", NOW, NOW, State.PUBLISHED,
            0, 1, "one", NOW, None, None, None, None, None, None, RECEIPT,
        )  # fmt: skip
    return replace(row, receipt=RECEIPT)


def try_arrow(ledger: Ledger, delivery: Delivery, start: State | None, to: State, identity: str = "one") -> None:
    bring(ledger, delivery, start, identity)
    moves = {
        State.ARMED: lambda: arm(ledger, delivery, identity=identity),
        State.PUBLISHED: lambda: ledger.published(delivery.key, RECEIPT),
        State.DEFERRED: lambda: ledger.deferred(delivery, "busy", NOW),
        State.REFUSED: lambda: ledger.refused(delivery, "no"),
        State.UNSURE: lambda: ledger.unsure(delivery.key, "perhaps"),
        State.MISSED: lambda: ledger.missed(delivery, "too late"),
        State.RETRACTED: lambda: ledger.retracted(published_row(ledger, delivery), replace=False),
    }
    before = ledger.rows([delivery.key])
    if (start, to) in ARROWS:
        moves[to]()
        assert ledger.rows([delivery.key])[delivery.key].state is to
    else:
        with pytest.raises(StateConflict):
            moves[to]()
        assert ledger.rows([delivery.key]) == before


@pytest.mark.invariant(2, 3)
def test_who_knows_of_fewer_attempts_than_were_made_records_nothing(ledger: Ledger, delivery: Delivery) -> None:
    key = delivery.key
    bring(ledger, delivery, State.DEFERRED)
    arm(ledger, delivery)  # by another hand
    before = ledger.rows([key])
    records: list[Callable[[], None]] = [
        lambda: ledger.deferred(delivery, "busy", NOW, attempts=1),
        lambda: ledger.refused(delivery, "no", attempts=1),
        lambda: ledger.unsure(key, "perhaps", attempts=1),
        lambda: ledger.not_shown(key, "not there", NOW, attempts=1),
    ]
    for record in records:
        with pytest.raises(StateConflict):
            record()
    assert ledger.rows([key]) == before
    ledger.deferred(delivery, "busy", NOW, attempts=2)
    assert ledger.rows([key])[key].state is State.DEFERRED


@pytest.mark.invariant(1)
@pytest.mark.parametrize("to", STORED)
@pytest.mark.parametrize("start", [None, *STORED])
def test_only_the_arrows_of_the_diagram_can_be_recorded(
    file_ledger: Ledger, delivery: Delivery, start: State | None, to: State
) -> None:
    try_arrow(file_ledger, delivery, start, to)


@pytest.mark.invariant(1)
def test_only_the_arrows_of_the_diagram_can_be_recorded_on_a_server_either(postgres: Databases, tmp_path: Path) -> None:
    """Each with a post of its own in one database, since making one takes a while."""
    plan = plan_of(campaigns.write(tmp_path, campaigns.files(("en", "fr"))))
    with postgres.database() as url, closing(Ledger(url, Clock(NOW))) as ledger:
        tried = [(start, to) for start in (None, *STORED) for to in STORED]
        for (start, to), delivery in zip(tried, plan, strict=False):
            try_arrow(ledger, delivery, start, to, identity=delivery.key)
        assert len(list(plan)) >= len(tried)


@pytest.mark.arrow("refused → armed")
@pytest.mark.parametrize("to", [State.ARMED, State.DEFERRED, State.REFUSED])
def test_a_person_may_let_what_was_refused_go_once_more(ledger: Ledger, delivery: Delivery, to: State) -> None:
    bring(ledger, delivery, State.REFUSED)
    ledger.allow(delivery.key)
    if to is State.ARMED:
        arm(ledger, delivery)
    elif to is State.DEFERRED:
        ledger.deferred(delivery, "busy", NOW)
    else:
        ledger.refused(delivery, "no")
    row = ledger.rows([delivery.key])[delivery.key]
    assert (row.state, row.allowed) == (to, None), "once, and not again and again"


@pytest.mark.parametrize("state", [None, *(state for state in STORED if state is not State.REFUSED)])
def test_only_what_was_refused_can_be_let_go_once_more(ledger: Ledger, delivery: Delivery, state: State | None) -> None:
    bring(ledger, delivery, state)
    with pytest.raises(StateConflict):
        ledger.allow(delivery.key)


@pytest.mark.invariant(6)
@pytest.mark.arrow("published → retracted → armed")
def test_a_corrected_post_takes_the_place_of_a_retracted_one_once(ledger: Ledger, delivery: Delivery) -> None:
    bring(ledger, delivery, State.PUBLISHED)
    first = ledger.rows([delivery.key])[delivery.key]
    ledger.retracted(first, replace=True)
    arm(ledger, delivery, "Corrected.", generation=1)
    ledger.published(delivery.key, Receipt("2", "https://example.org/2", NOW))
    second = ledger.rows([delivery.key])[delivery.key]
    assert (second.generation, second.attempts, second.receipt and second.receipt.id) == (1, 2, "2")
    assert [sent.text for sent in ledger.evidence(second).payloads] == ["Corrected."], (
        "it is compared with its own alone"
    )
    assert ledger.receipts("one") == {"1", "2"}
    ledger.retracted(second, replace=True)
    with pytest.raises(StateConflict):
        arm(ledger, delivery, "Corrected again.", generation=2)


@pytest.mark.invariant(6)
def test_nobody_else_takes_the_place_of_what_was_retracted(tmp_path: Path, ledger: Ledger, delivery: Delivery) -> None:
    bring(ledger, delivery, State.PUBLISHED)
    ledger.retracted(ledger.rows([delivery.key])[delivery.key], replace=True)
    ledger.deferred(delivery, "busy", NOW)  # the corrected one is on its way, and says nothing yet
    renamed = plan_of(campaigns.write(tmp_path / "renamed", campaigns.files(embassies={"mombasa": "Africa/Nairobi"})))
    with pytest.raises(DuplicatePost, match=delivery.key):
        arm(ledger, next(iter(renamed)), "in other words")


def test_what_was_recorded_reads_back_as_it_was(ledger: Ledger, delivery: Delivery) -> None:
    arm(ledger, delivery, "Hello")
    ledger.published(delivery.key, RECEIPT)
    row = ledger.rows([delivery.key])[delivery.key]
    assert (row.state, row.attempts, row.identity, row.receipt) == (State.PUBLISHED, 1, "one", RECEIPT)
    assert (row.due, row.closes, row.first_armed) == (delivery.due, delivery.deadline, NOW)
    assert ledger.evidence(ledger.rows([delivery.key])[delivery.key]).payloads == [Payload("Hello", {"text": "Hello"})]
    assert [event.action for event in ledger.events(delivery.key)] == ["armed", "published"]


@pytest.mark.invariant(1, 3)
def test_each_attempt_keeps_its_own_payload(ledger: Ledger, delivery: Delivery) -> None:
    arm(ledger, delivery, "first")
    ledger.deferred(delivery, "busy", NOW)
    arm(ledger, delivery, "second")
    assert [sent.text for sent in ledger.evidence(ledger.rows([delivery.key])[delivery.key]).payloads] == [
        "first",
        "second",
    ]


@pytest.mark.invariant(6)
def test_one_identity_says_one_day_in_one_language_once_whatever_the_key(
    tmp_path: Path, plan: Plan, ledger: Ledger
) -> None:
    first = next(iter(plan))
    renamed = plan_of(campaigns.write(tmp_path / "renamed", campaigns.files(embassies={"mombasa": "Africa/Nairobi"})))
    again = next(iter(renamed))
    arm(ledger, first)
    ledger.published(first.key, RECEIPT)
    with pytest.raises(DuplicatePost, match=first.key):
        arm(ledger, again, "in other words")
    assert again.key not in ledger.rows([again.key])
    arm(ledger, again, "in other words", identity="another account")


@pytest.mark.invariant(6)
@pytest.mark.parametrize(("first", "second", "one"), [("en", "en-GB", True), ("zh-Hans", "zh-Hant", False)])
def test_a_language_is_one_by_its_script(tmp_path: Path, ledger: Ledger, first: str, second: str, one: bool) -> None:
    plan = plan_of(campaigns.write(tmp_path / "two", campaigns.files((first, second))))
    a, b = (next(d for d in plan if d.language == language) for language in (first, second))
    arm(ledger, a)
    if one:
        with pytest.raises(DuplicatePost):
            arm(ledger, b)
    else:
        arm(ledger, b)


@pytest.mark.invariant(6)
def test_one_identity_never_says_the_same_text_twice(plan: Plan, ledger: Ledger) -> None:
    one, other = [delivery for delivery in plan if delivery.language == "en" and delivery.platform == "x"][:2]
    arm(ledger, one, "Café")
    with pytest.raises(DuplicatePost):
        arm(ledger, other, "Cafe\u0301")  # the same, in another Unicode form


@pytest.mark.parametrize("state", [State.DEFERRED, State.REFUSED])
def test_what_is_certainly_not_live_stands_in_nobodys_way(plan: Plan, ledger: Ledger, state: State) -> None:
    one, other = [delivery for delivery in plan if delivery.language == "en" and delivery.platform == "x"][:2]
    bring(ledger, one, state)
    arm(ledger, other, one.key)  # the text that `one` didn't get to say


@pytest.mark.invariant(1, 6)
def test_the_database_itself_refuses_to_say_it_twice(plan: Plan, ledger: Ledger) -> None:
    one, other = [delivery for delivery in plan if delivery.platform == "x"][:2]
    arm(ledger, one)
    arm(ledger, other)
    with pytest.raises(INTEGRITY_ERRORS, match=r"(?i)unique"):
        by_hand(ledger, "UPDATE delivery SET script = 'en-Latn', day = 1, identity = 'one'")


@pytest.mark.invariant(1)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE attempt SET payload = '{}'",
        "UPDATE attempt SET text = 'other'",
        "DELETE FROM attempt",
        "UPDATE event SET what = 'nothing'",
        "DELETE FROM event",
    ],
)
def test_payloads_and_the_event_log_are_never_changed(ledger: Ledger, delivery: Delivery, statement: str) -> None:
    arm(ledger, delivery)
    with pytest.raises(INTEGRITY_ERRORS):
        by_hand(ledger, statement)


@pytest.mark.invariant(8)
def test_a_pause_is_read_when_arming(ledger: Ledger, delivery: Delivery) -> None:
    for scope in (ALL_ACCOUNTS, delivery.embassy.id, delivery.platform):
        ledger.pause(scope, "the ambassador said so")
        with pytest.raises(StateConflict, match="the ambassador said so"):
            arm(ledger, delivery)
        ledger.resume(scope)
    ledger.pause("another-embassy", "not ours")
    arm(ledger, delivery)


@pytest.mark.invariant(8)
def test_a_brake_that_is_on_stays_as_it_is(ledger: Ledger) -> None:
    ledger.pause(ALL_ACCOUNTS, "first")
    ledger.pause(ALL_ACCOUNTS, "second")
    assert [pause.reason for pause in ledger.pauses()] == ["first"]
    assert [event.action for event in ledger.events()] == ["paused"]


@pytest.mark.integration
@pytest.mark.invariant(2)
def test_an_identity_is_held_once_at_a_time_here_and_in_other_processes(ledger: Ledger, ledger_url: str) -> None:
    program = (
        "import sys; from orangeday.clock import system_clock; from orangeday.ledger.ledger import Ledger\n"
        "with Ledger(sys.argv[1], system_clock).account_lock('did:plc:one') as lock: sys.exit(3 if lock is None else 0)"
    )
    elsewhere = [sys.executable, "-c", program, ledger_url]
    with ledger.account_lock("did:plc:one") as mine:
        assert mine is not None
        assert mine.is_held()
        with ledger.account_lock("did:plc:one") as again:
            assert again is None
        with ledger.account_lock("did:plc:two") as other:
            assert other is not None
        assert subprocess.run(elsewhere, check=False).returncode == 3
    assert subprocess.run(elsewhere, check=False).returncode == 0


@pytest.mark.invariant(2)
def test_a_hold_notices_that_its_file_was_replaced(file_ledger: Ledger) -> None:
    with file_ledger.account_lock("one") as hold:
        assert hold is not None
        lock = next(Path(file_ledger.location).with_name("ledger.db.locks").iterdir())
        lock.unlink()
        assert not hold.is_held()
        lock.touch()
        assert not hold.is_held()


@pytest.mark.invariant(1)
def test_eight_threads_that_race_arm_each_delivery_once(plan: Plan, ledger: Ledger) -> None:
    deliveries = list(plan)
    armed: list[str] = []
    start = threading.Barrier(8)

    def race() -> None:
        start.wait()
        for delivery in deliveries:
            try:
                arm(ledger, delivery, identity=str(delivery.account))
            except StateConflict:
                continue
            armed.append(delivery.key)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(armed) == sorted(delivery.key for delivery in deliveries)


def test_every_statement_is_one_of_both_databases(ledger: Ledger) -> None:
    """They name tables and columns that are there, also those which are made in rare cases alone."""
    written = {name: value for name, value in vars(statements).items() if name[0].isupper() and isinstance(value, str)}
    assert len(written) > 40
    for name, statement in written.items():
        values = dict.fromkeys(re.findall(r":([a-z]\w*)", statement))
        with ledger._store.reading() as connection:
            assert connection.rows(f"EXPLAIN {statement}", **values), name


def test_a_ledger_opened_again_knows_what_it_knew(ledger_url: str, ledger: Ledger, delivery: Delivery) -> None:
    arm(ledger, delivery)
    with closing(Ledger(ledger_url, Clock(NOW))) as again:
        assert again.rows([delivery.key])[delivery.key].state is State.ARMED


@pytest.mark.invariant(10)
def test_a_moment_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        ledger.record_sweep("16days-2026", "", NOW.replace(tzinfo=None))


def test_an_account_is_seen_first_only_once(ledger: Ledger) -> None:
    ledger.register_accounts(["nairobi/x"], NOW)
    ledger.register_accounts(["nairobi/x", "nairobi/bluesky"], NOW + timedelta(days=1))
    seen = ledger.snapshot([], ["nairobi/x", "nairobi/bluesky"]).accounts
    assert seen["nairobi/x"].first_seen == NOW
    assert seen["nairobi/bluesky"].first_seen == NOW + timedelta(days=1)


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "newer.db"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(LedgerError, match="newer orangeday"):
        Ledger(f"sqlite:///{file}", Clock(NOW))


def test_no_statement_of_a_migration_is_left_out_in_silence() -> None:
    """One whose last line ended in a comment was, once."""
    with closing(sqlite3.connect(":memory:")) as connection:
        script = "CREATE TABLE t (x);\nINSERT INTO t\nVALUES (';');\nINSERT INTO t SELECT 2 -- so\n"
        for statement in _statements(script):
            connection.execute(statement)
        assert connection.execute("SELECT x FROM t").fetchall() == [(";",), (2,)]
        with pytest.raises((sqlite3.Warning, sqlite3.ProgrammingError), match="one statement at a time"):
            for statement in _statements("DELETE FROM t; -- why\nDROP TABLE t;\n"):
                connection.execute(statement)


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Shopping: oranges. " * 100)
    with pytest.raises(LedgerError, match=r"notes\.db.*another kind of file"):
        Ledger(f"sqlite:///{tmp_path}/notes.db", Clock(NOW))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="Check that its folder exists"):
        Ledger(f"sqlite:///{tmp_path}/nowhere/ledger.db", Clock(NOW))


@pytest.mark.invariant(11)
def test_a_ledger_that_may_not_be_written_is_named(file_ledger: Ledger) -> None:
    # As a file without the right to write; root has it.
    wrap_writing(file_ledger, lambda connection: connection.change("PRAGMA query_only = ON"))
    with pytest.raises(LedgerError, match="right to write"):
        file_ledger.pause(ALL_ACCOUNTS, "no")


@pytest.mark.invariant(11)
def test_a_ledger_that_another_program_locks_says_so(tmp_path: Path, plan: Plan) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/locked.db?timeout=0.1", Clock(NOW))
    other = sqlite3.connect(ledger.location, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerError, match="Another program is using it"):
        arm(ledger, next(iter(plan)))
    other.close()
    ledger.close()


@pytest.mark.invariant(1, 11)
def test_a_full_disk_says_so_and_arms_nothing(file_ledger: Ledger, plan: Plan) -> None:
    connection = sqlite3.connect(file_ledger.location)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    wrap_writing(file_ledger, lambda connection: connection.rows(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(LedgerError, match="Free some space"):
        for delivery in plan:
            arm(file_ledger, delivery, delivery.key * 50, identity=str(delivery.account))
            armed = delivery
    assert list(file_ledger.rows(d.key for d in plan))[-1:] == [armed.key]


def test_what_a_sweep_and_a_post_ask_is_found_by_an_index(file_ledger: Ledger, plan: Plan) -> None:
    """A ledger of a million rows is asked as quickly as an empty one."""
    asked: list[str] = []
    with file_ledger._store.reading() as connection:  # which is the one that all of this goes by
        connection.driver.set_trace_callback(lambda words: asked.append(words.strip()))
    file_ledger.rows_in_doubt(plan.campaign_id)
    file_ledger.rows_in_flight(lambda row: True)
    arm(file_ledger, next(iter(plan)))
    reads = [words for words in asked if words.startswith("SELECT") and "delivery" in words]
    assert len(reads) == 4
    for words in reads:
        steps = [detail for *_, detail in connection.driver.execute(f"EXPLAIN QUERY PLAN {words}")]
        of_all = ("SCAN delivery", "SEARCH delivery USING INDEX delivery_campaign")  # all of it, all of a campaign
        found = [step for step in steps if step.startswith(of_all)]
        assert not found or found == ["SCAN delivery USING INDEX delivery_in_doubt"], words


def test_a_withdrawn_text_is_not_armed_until_it_is_lifted(ledger: Ledger, delivery: Delivery) -> None:
    campaign = delivery.plan.campaign_id
    ledger.withdraw(campaign, delivery.number, delivery.language, "", "a wrong date")
    ledger.withdraw(campaign, delivery.number, delivery.language, "", "said twice")
    (withdrawal,) = ledger.withdrawals()
    assert (withdrawal.actor, withdrawal.reason, withdrawal.embassy) == (ledger.actor, "a wrong date", "")
    with pytest.raises(StateConflict, match=r"withdrawn by .*: a wrong date"):
        arm(ledger, delivery)
    assert not ledger.lift(campaign, delivery.number, delivery.language, "nairobi")
    assert ledger.lift(campaign, delivery.number, delivery.language, "")
    assert not ledger.lift(campaign, delivery.number, delivery.language, "")
    arm(ledger, delivery)
    said = [(event.action, event.detail) for event in ledger.events() if event.action.startswith("withdraw")]
    assert said == [("withdrawn", "01/en: a wrong date"), ("withdrawal lifted", "01/en")]


@pytest.mark.parametrize(
    ("campaign", "day", "language", "words"),
    [("16days-2027", 1, "en", ""), ("16days-2026", 2, "en", ""), ("16days-2026", 1, "fr", ""),
     ("16days-2026", 1, "en", "nairobi")],
)  # fmt: skip
def test_another_text_that_is_withdrawn_holds_nothing(
    ledger: Ledger, delivery: Delivery, campaign: str, day: int, language: str, words: str
) -> None:
    ledger.withdraw(campaign, day, language, words, "")
    arm(ledger, delivery)


def test_a_withdrawal_is_never_deleted(ledger: Ledger) -> None:
    ledger.withdraw("16days-2026", 1, "en", "", "")
    with pytest.raises(INTEGRITY_ERRORS, match="never forgotten"), ledger._store.writing() as connection:
        connection.change("DELETE FROM withdrawal")


def test_where_an_attempt_was_sent_is_kept(ledger: Ledger, delivery: Delivery) -> None:
    ledger.arm(delivery, 0, "one", Payload("Day 1", {}), NOW, "https://pds.example")
    row = ledger.rows([delivery.key])[delivery.key]
    assert ledger.service_of(row) == "https://pds.example"
    assert ledger.evidence(row).services == {"https://pds.example"}


@pytest.mark.integration
@pytest.mark.parametrize("module", ["orangeday.ledger.states", "orangeday.ledger.records", "orangeday.adapters.x"])
def test_values_are_imported_without_a_database_or_a_library_of_a_platform(module: str) -> None:
    code = f"import sys, {module}; print({{'sqlite3', 'psycopg', 'tweepy', 'atproto', 'httpx'}} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_log_says_once_what_holds_a_post_and_again_when_that_changes(ledger: Ledger, delivery: Delivery) -> None:
    for reason in ("unapproved", "unapproved", "paused", "unapproved"):
        ledger.note_holds({delivery.key: reason, "another": "paused"})
    held = [event.detail for event in ledger.events(delivery.key) if event.action == "held"]
    assert held == ["unapproved", "paused", "unapproved"]
    assert ledger.holds([delivery.key, "unknown"]) == {delivery.key: Hold(NOW, "unapproved")}


def test_the_step_of_an_account_that_waits_for_a_person_is_kept_and_is_the_newest(ledger: Ledger) -> None:
    ledger.register_accounts(["hanoi/x", "lima/x"], NOW)
    later = NOW + timedelta(minutes=10)
    for step in ("orangeday login hanoi x", "orangeday login hanoi x", "Buy credit."):
        ledger.defer_accounts(["hanoi/x", "lima/x"], "no", later, needs_person=True, steps={"hanoi/x": step})
    notes = ledger.snapshot((), ["hanoi/x", "lima/x"]).accounts
    assert (notes["hanoi/x"].step, notes["lima/x"].step) == ("Buy credit.", None)
    assert len(ledger.events("hanoi/x")) == 2
    ledger.defer_accounts(["hanoi/x"], "a limit", later)
    assert ledger.snapshot((), ["hanoi/x"]).accounts["hanoi/x"].step is None, "that passes by itself"


def test_when_live_runs_looked_is_told_by_scope(ledger: Ledger) -> None:
    assert ledger.looks("16days-2026") == {}
    ledger.record_sweep("16days-2026", "", NOW)
    ledger.record_sweep("16days-2026", "lima", NOW + timedelta(minutes=1))
    ledger.record_sweep("16days-2025", "", NOW)
    assert ledger.looks("16days-2026") == {"": NOW, "lima": NOW + timedelta(minutes=1)}


class Broken(Exception):
    """What is raised in the middle of a transaction."""


class Breaking:
    """A driver's connection, which raises in place of one statement, or right after it."""

    def __init__(self, driver: Any, number: int, after: bool) -> None:
        self._driver, self._left, self._after = driver, number, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def execute(self, *statement: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Broken
        answer = self._driver.execute(*statement)
        if self._left == 0 and statement[0] != "COMMIT":
            raise Broken
        return answer


def breaking(number: int, after: bool, connection: Connection) -> None:
    connection.driver = Breaking(connection.driver, number, after)


def everything(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """All that its tables hold."""
    tables = ("account", "alarm", "attempt", "delivery", "event", "evidence", "home", "pause", "swept", "tombstone")
    with ledger._store.reading() as connection:
        return {
            table: sorted(connection.rows(f"SELECT * FROM {table}"), key=repr)  # noqa: S608
            for table in (*tables, "withdrawal")
        }


WRITINGS: dict[str, tuple[State | None, Callable[[Ledger, Delivery], object]]] = {
    "arm": (State.DEFERRED, arm),
    "arm anew": (None, arm),
    "published": (State.ARMED, lambda ledger, delivery: ledger.published(delivery.key, RECEIPT)),
    "unsure": (State.ARMED, lambda ledger, delivery: ledger.unsure(delivery.key, "?", is_duplicate=True)),
    "missed": (None, lambda ledger, delivery: ledger.missed(delivery, "late")),
    "retracted": (
        State.PUBLISHED, lambda ledger, delivery: ledger.retracted(ledger.rows([delivery.key])[delivery.key], True),
    ),
    "allow": (State.REFUSED, lambda ledger, delivery: ledger.allow(delivery.key)),
    "pause": (None, lambda ledger, _: ledger.pause(ALL_ACCOUNTS, "why")),
    "resume": (None, lambda ledger, _: ledger.resume("another")),
    "withdraw": (None, lambda ledger, _: ledger.withdraw("16days-2026", 1, "en", "", "wrong")),
    "defer": (
        None,
        lambda ledger, _: ledger.defer_accounts(["hanoi/x", "lima/x"], "no", NOW, True, {"hanoi/x": "Buy credit."}),
    ),
    "release": (State.DEFERRED, lambda ledger, _: ledger.release_accounts(["hanoi/x", "nairobi/x"])),
    "sweep": (None, lambda ledger, _: ledger.record_sweep("16days-2026", "", NOW)),
    "home": (None, lambda ledger, _: ledger.claim_home("16days-2026", is_running=True)),
}  # fmt: skip


@pytest.mark.invariant(1, 7)
@pytest.mark.parametrize("what", WRITINGS)
def test_a_transaction_that_breaks_at_any_statement_changes_nothing(
    ledger: Ledger, delivery: Delivery, what: str
) -> None:
    """Nor in part: right before and after each of them, and before the COMMIT."""
    ledger.register_accounts(["hanoi/x", "lima/x"], NOW)
    ledger.pause("another", "not ours")
    start, write = WRITINGS[what]
    bring(ledger, delivery, start)
    before = everything(ledger)
    for number in range(1, 30):
        for after in (False, True):
            take_off = wrap_writing(ledger, partial(breaking, number, after))
            try:
                write(ledger, delivery)
            except Broken:
                assert everything(ledger) == before, f"broken at statement {number}"
            else:
                assert after, "the last one was its COMMIT, before which it broke as well"
                assert number > 1
                assert everything(ledger) != before
                return
            finally:
                take_off()
    pytest.fail("it was broken at each of many statements")
