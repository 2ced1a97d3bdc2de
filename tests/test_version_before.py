"""A folder, an approvals.toml and a ledger that the version before wrote, on day 5: this version goes on.

`version_before/` was written by that version at its commit c505ed8, with the accounts of tests/live_accounts.py: four
days in two languages by two embassies, approved and sent; 04/kampala/x/fr ended unsure, and nobody could read it back;
02/nairobi/bluesky/fr was taken down. Its ledger lies there as SQL.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday import approvals, credentials, machine
from orangeday.cli import main
from orangeday.platforms import ADAPTERS

from . import campaigns
from .ground import plan_of
from .offices import Ran
from .platforms_for_tests import entries

WRITTEN = Path(__file__).with_name("version_before")
DAY_5 = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
UNSURE, RETRACTED = "16days-2026/04/kampala/x/fr", "16days-2026/02/nairobi/bluesky/fr"


@dataclass
class Desk:
    folder: Path
    clock: time_machine.Traveller
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *argv: str) -> Ran:
        status = main(list(argv))
        said = self.capsys.readouterr()
        return Ran(status, said.out, said.err)

    def posts(self) -> Counter[str]:
        return Counter(e["payload"]["key"] for book in self.folder.glob("*.book") for e in entries(book))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    cities = {"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala"}
    files = campaigns.files(("en", "fr"), cities, config='[publishing]\nmode = "live"\n')
    for embassy in cities:
        files["config.toml"] = files["config.toml"].replace(f"example_be_{embassy}_x", f"be_{embassy}").replace(
            f"{embassy}.example", f"{embassy}.example.org"
        )  # fmt: skip
        for platform in ("x", "bluesky"):
            monkeypatch.setitem(ADAPTERS, platform, "tests.live_accounts")
            for variable in credentials.variables(embassy, platform).values():
                monkeypatch.setenv(variable, "secret-secret")
    campaigns.write(tmp_path, files)
    (tmp_path / "posts" / "approvals.toml").write_bytes((WRITTEN / "approvals.toml").read_bytes())
    for book in WRITTEN.glob("*.book"):
        (tmp_path / book.name).write_bytes(book.read_bytes())
    ledger, home = tmp_path / "orangeday.db", machine.state_folder()
    with closing(sqlite3.connect(ledger)) as connection:
        connection.executescript((WRITTEN / "ledger.sql").read_text("utf-8").replace("@FOLDER@", str(tmp_path)))
        (of,) = connection.execute("SELECT machine FROM home").fetchone()
    (home / "machine").write_text(of)
    with time_machine.travel(DAY_5 - timedelta(minutes=10), tick=False) as clock:
        yield Desk(tmp_path, clock, capsys)


def rows(folder: Path) -> dict[str, tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "orangeday.db")) as ledger:
        found = ledger.execute("SELECT key, state, receipt_id, published, identity, digest FROM delivery").fetchall()
    return {row[0]: row[1:] for row in found}


@pytest.mark.invariant(3, 6, 17)
def test_it_goes_on_and_holds_nothing_and_says_nothing_twice(desk: Desk) -> None:
    before, said = rows(desk.folder), desk.posts()
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
    assert set(desk.posts().values()) == {1}
    assert desk.posts().keys() - said.keys() == {*first, *(key.replace("/en", "/fr") for key in first)}
    after = rows(desk.folder)
    assert {key: after[key] for key in before if key != UNSURE} == {k: row for k, row in before.items() if k != UNSURE}
    assert after[UNSURE][0] == "published"


@pytest.mark.invariant(17)
def test_every_approval_counts_on_as_it_stands(desk: Desk) -> None:
    file = desk.folder / "posts" / "approvals.toml"
    written = file.read_bytes()
    plan = plan_of(desk.folder / "config.toml", DAY_5)
    assert {str(change.subject) for change in approvals.changes(plan, approvals.load(plan.campaign.folder))} == {
        "02/fr"
    }
    ran = desk("approve", "--diff")
    assert (ran.status, file.read_bytes()) == (0, written)
    assert "02/fr  withdrawn" in ran.out


@pytest.mark.invariant(14)
def test_what_it_took_down_is_in_no_bundle(desk: Desk) -> None:
    ran = desk("approve", "all", "--by", "Ben")
    assert "orangeday approve 2 --language fr --again" in ran.out + ran.err
    assert not re.search(r"^02\.fr\.approved", (desk.folder / "posts" / "approvals.toml").read_text(), re.MULTILINE)


def test_its_ledger_has_the_keys_that_this_version_makes(desk: Desk) -> None:
    plan = plan_of(desk.folder / "config.toml", DAY_5)
    ours = {delivery.key for delivery in plan}
    assert rows(desk.folder).keys() <= ours
    payloads = [json.loads(line) for book in WRITTEN.glob("*.book") for line in book.read_text().splitlines()]
    assert {entry["payload"]["key"] for entry in payloads} <= ours
