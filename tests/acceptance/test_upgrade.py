"""A folder, an approvals.toml and a ledger that the version before wrote, on day 5: this version goes on.

`version_before/` was written by that version at its commit c505ed8, with the accounts of
tests/support/live_accounts.py: four days in two languages by two embassies, approved and sent; 04/kampala/x/fr ended
unsure, and nobody could read it back; 02/nairobi/bluesky/fr was taken down. Its ledger lies there as SQL. `in_turn.sql`
is what a version at commit 1a892e6, the last one that spoke to the file by SQLAlchemy, wrote next into the same file.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.approvals import compare
from orangeday.approvals import store as approvals
from orangeday.system import machine

from ..support import campaigns
from ..support.book_desk import BookDesk, open_accounts, with_sound_handles
from ..support.common import plan_of

WRITTEN = Path(__file__).with_name("version_before")
DAY_5 = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
UNSURE, RETRACTED = "16days-2026/04/kampala/x/fr", "16days-2026/02/nairobi/bluesky/fr"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[BookDesk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    cities = {"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala"}
    files = campaigns.files(("en", "fr"), cities, config='[publishing]\nmode = "live"\n')
    open_accounts(monkeypatch, cities)
    campaigns.write(tmp_path, with_sound_handles(files, cities))
    (tmp_path / "posts" / "approvals.toml").write_bytes((WRITTEN / "approvals.toml").read_bytes())
    for book in WRITTEN.glob("*.book"):
        (tmp_path / book.name).write_bytes(book.read_bytes())
    ledger, home = tmp_path / "orangeday.db", machine.state_folder()
    with closing(sqlite3.connect(ledger)) as connection:
        connection.executescript((WRITTEN / "ledger.sql").read_text("utf-8").replace("@FOLDER@", str(tmp_path)))
        (of,) = connection.execute("SELECT machine FROM home").fetchone()
    (home / "machine").write_text(of)
    with time_machine.travel(DAY_5 - timedelta(minutes=10), tick=False) as clock:
        yield BookDesk(tmp_path, clock, capsys)


def rows(folder: Path) -> dict[str, tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "orangeday.db")) as ledger:
        found = ledger.execute("SELECT key, state, receipt_id, published, identity, digest FROM delivery").fetchall()
    return {row[0]: row[1:] for row in found}


@pytest.mark.invariant(3, 6, 17)
def test_it_goes_on_and_holds_nothing_and_says_nothing_twice(desk: BookDesk) -> None:
    before, said = rows(desk.folder), Counter(desk.posts)
    states = Counter(state for state, *_ in before.values())
    assert states == {"published": 30, "unsure": 1, "retracted": 1}
    found = desk("status", "--json").states
    assert {key: state for key, state in found.items() if key in before} == {k: row[0] for k, row in before.items()}
    assert Counter(found.values()) == {**states, "scheduled": 96}
    desk.clock.move_to(DAY_5)
    ran = desk("publish", "--json")
    first = [f"16days-2026/05/{embassy}/{p}/en" for embassy in ("nairobi", "kampala") for p in ("x", "bluesky")]
    assert ran.states == {UNSURE: "published", **dict.fromkeys(first, "published")}
    assert ran.status == 0
    desk.clock.move_to(DAY_5 + timedelta(minutes=20))
    assert set(desk("publish", "--json").states.values()) == {"published"}
    assert set(Counter(desk.posts).values()) == {1}
    assert Counter(desk.posts).keys() - said.keys() == {*first, *(key.replace("/en", "/fr") for key in first)}
    after = rows(desk.folder)
    assert {key: after[key] for key in before if key != UNSURE} == {k: row for k, row in before.items() if k != UNSURE}
    assert after[UNSURE][0] == "published"


@pytest.mark.invariant(17)
def test_every_approval_counts_on_as_it_stands(desk: BookDesk) -> None:
    file = desk.folder / "posts" / "approvals.toml"
    written = file.read_bytes()
    plan = plan_of(desk.folder / "config.toml", DAY_5)
    assert {str(change.subject) for change in compare.changes(plan, approvals.load(plan.campaign.folder))} == {"02/fr"}
    ran = desk("approve", "--diff")
    assert (ran.status, file.read_bytes()) == (0, written)
    assert "02/fr  withdrawn" in ran.out


@pytest.mark.invariant(14)
def test_what_it_took_down_is_in_no_bundle(desk: BookDesk) -> None:
    ran = desk("approve", "all", "--by", "Ben")
    assert "orangeday approve 2 --language fr --again" in ran.out + ran.err
    assert not re.search(r"^02\.fr\.approved", (desk.folder / "posts" / "approvals.toml").read_text(), re.MULTILINE)


def test_its_ledger_has_the_keys_that_this_version_makes(desk: BookDesk) -> None:
    plan = plan_of(desk.folder / "config.toml", DAY_5)
    ours = {delivery.key for delivery in plan}
    assert rows(desk.folder).keys() <= ours
    payloads = [json.loads(line) for book in WRITTEN.glob("*.book") for line in book.read_text().splitlines()]
    assert {entry["payload"]["key"] for entry in payloads} <= ours


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
"""A moment as both versions store it: it sorts as it reads."""


def stored(folder: Path) -> tuple[list[str], dict[str, set[str]]]:
    """The file's own schema; and by table and column how its values are stored: as a moment, or by their type."""
    kinds: dict[str, set[str]] = {}
    with closing(sqlite3.connect(folder / "orangeday.db")) as ledger:
        schema = ledger.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
        for name, _ in (entry for entry in schema if entry[1].startswith("CREATE TABLE")):
            rows = ledger.execute(f"SELECT * FROM {name}")  # noqa: S608
            columns = [column[0] for column in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    is_moment = isinstance(value, str) and MOMENT.fullmatch(value)
                    kinds.setdefault(f"{name}.{column}", set()).add("moment" if is_moment else type(value).__name__)
    return [sql for _, sql in schema], kinds


@pytest.mark.invariant(3, 6, 10)
def test_one_file_is_written_in_turn_by_this_version_and_the_one_before(desk: BookDesk) -> None:
    said = Counter(desk.posts)
    desk("pause", "nairobi")
    desk("resume", "nairobi")
    with closing(sqlite3.connect(desk.folder / "orangeday.db")) as connection:
        connection.executescript(f"BEGIN IMMEDIATE; {(WRITTEN / 'in_turn.sql').read_text('utf-8')} COMMIT")
    schema, kinds = stored(desk.folder)
    desk.clock.move_to(DAY_5 + timedelta(minutes=6))
    assert "in turn" in desk("status").out
    first = "16days-2026/05/nairobi/{}/en"
    assert desk("publish", "--json").states[first.format("bluesky")] == "published"
    assert desk("status", "--json").states[first.format("x")] == "published"
    assert Counter(desk.posts) - said == {first.format("bluesky"): 1}, "the other one was sent by the version before"
    desk("resume", "kampala")
    desk.clock.move_to(DAY_5 + timedelta(minutes=20))
    assert set(desk("publish", "--json").states.values()) == {"published"}
    after_schema, after_kinds = stored(desk.folder)
    assert after_schema == schema
    for column, found in after_kinds.items():
        assert "moment" not in found or found <= {"moment", "NoneType"}, f"{column} is stored in two ways"
        assert found <= kinds.get(column, found) | {"NoneType"} or kinds[column] == {"NoneType"}, column
