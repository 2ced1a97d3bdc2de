"""The arrows that no other test walks through the engine, and the table of what the tests show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.takedown import take_down
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import Row
from orangeday.ledger.states import State

from .. import invariants
from ..support import campaigns
from ..support.common import ROOT, Clock, plan_of
from ..support.dry_run_accounts import entries
from ..support.misbehaving_accounts import Misbehaving

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
KEY = "16days-2026/01/nairobi/x/en"


@dataclass
class Walk:
    """One account, in whatever mood it is put, and the way of its first delivery."""

    folder: Path
    plan: Plan
    ledger: Ledger
    clock: Clock
    moods: dict[str, str] = field(default_factory=dict)

    def connect(self, account: Account) -> Misbehaving:
        return Misbehaving(account, self.clock, file=self.folder / f"{account.platform}.book", moods=self.moods)

    def sweep(self, minutes: float, mood: str = "") -> State:
        self.clock.now = DUE + timedelta(minutes=minutes)
        self.moods = {"x/en": mood}
        with closing(Publisher(self.plan, self.ledger, self.connect, self.clock)) as publisher:
            publisher.publish_due(self.clock.now)
        return self.row.state

    @property
    def row(self) -> Row:
        return self.ledger.rows([KEY])[KEY]

    def way(self) -> list[str]:
        return [event.action for event in self.ledger.events(KEY)]

    def live(self) -> Counter[str]:
        return Counter(entry["payload"]["key"] for entry in entries(self.folder / "x.book"))


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    clock = Clock(DUE - timedelta(hours=1))
    files = campaigns.files()
    files["config.toml"] = files["config.toml"].replace("bluesky =", "# bluesky =")
    plan = plan_of(campaigns.write(tmp_path, files))
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock)) as ledger:
        ledger.register_accounts(map(str, plan.accounts), clock.now)
        ledger.record_sweep(plan.campaign_id, "", clock.now)
        yield Walk(tmp_path, plan, ledger, clock)


@pytest.mark.arrow("armed → deferred → missed")
def test_what_is_put_off_until_its_window_has_closed_is_missed(walk: Walk) -> None:
    assert walk.sweep(359, "defers before") is State.DEFERRED
    assert walk.sweep(361) is State.MISSED
    assert walk.way() == ["armed", "deferred", "missed"]
    assert not walk.live()


@pytest.mark.invariant(3)
@pytest.mark.arrow("armed → unsure → deferred → armed", "unsure → refused")
def test_what_ends_in_doubt_three_times_and_is_never_found_is_left_to_a_person(walk: Walk) -> None:
    states = [walk.sweep(minute, "is unsure before") for minute in range(6)]
    assert states == [State.UNSURE] * 3 + [State.REFUSED] * 3
    assert walk.row.attempts == 3
    assert not walk.live()


@pytest.mark.invariant(3, 8)
@pytest.mark.arrow("armed → refused → armed → published")
def test_what_was_refused_goes_again_by_a_persons_word_and_only_inside_its_window(walk: Walk) -> None:
    assert walk.sweep(0, "refuses before") is State.REFUSED
    assert walk.sweep(1) is State.REFUSED, "nobody has said anything"
    walk.ledger.allow(KEY)
    assert walk.sweep(2) is State.PUBLISHED
    assert walk.live() == {KEY: 1}


@pytest.mark.invariant(8)
def test_a_persons_word_revives_nothing_that_left_its_window(walk: Walk) -> None:
    walk.sweep(0, "refuses before")
    walk.ledger.allow(KEY)
    assert walk.sweep(360) is State.REFUSED
    assert not walk.live()


@pytest.mark.invariant(6)
@pytest.mark.arrow("published → retracted → armed → published")
def test_what_was_taken_down_is_replaced_once_by_what_was_corrected(walk: Walk) -> None:
    walk.sweep(0)
    account = next(walk.plan.accounts)
    take_down(walk.ledger, walk.clock, walk.connect(account), "", walk.row, walk.row.due, replace=True)
    assert walk.row.state is State.RETRACTED
    (walk.folder / "posts/01-day/en.toml").write_text('text = "As it should have been."\n')
    walk.plan = plan_of(walk.plan.config.file)
    assert walk.sweep(1) is State.PUBLISHED
    assert (walk.row.generation, walk.way()[-2:]) == (1, ["armed", "published"])
    assert walk.sweep(2) is State.PUBLISHED
    assert [entry["payload"]["generation"] for entry in entries(walk.folder / "x.book")] == [0, 1]


@pytest.mark.invariant(3)
@pytest.mark.arrow("unsure → published", "unsure → deferred → armed")
@pytest.mark.parametrize("is_live", [True, False])
def test_a_person_ends_a_doubt_that_reading_back_does_not(walk: Walk, is_live: bool) -> None:
    assert walk.sweep(0, "never answers after" if is_live else "never answers before") is State.UNSURE
    assert walk.sweep(60, "never answers") is State.UNSURE
    assert walk.row.attempts == 1, "however long it takes"
    if is_live:
        (sent,) = walk.ledger.evidence(walk.row).payloads
        receipt = Misbehaving(next(walk.plan.accounts), walk.clock, file=walk.folder / "x.book").find(
            [sent], walk.clock()
        )
        assert receipt
        walk.ledger.published(KEY, receipt, "settled by Ann")
    else:
        walk.ledger.deferred(KEY, "settled by Ann: not published", walk.clock())
    assert walk.sweep(61) is State.PUBLISHED
    assert walk.live() == {KEY: 1}


# The table


@pytest.fixture(scope="module")
def page() -> str:
    return invariants.table(invariants.shown())


def test_the_table_of_the_promises_is_as_the_tests_are(page: str) -> None:
    written = (ROOT / "docs/invariants.md").read_text("utf-8")
    assert written == page, "python -m tests.invariants > docs/invariants.md"


def test_every_promise_and_every_arrow_is_shown_by_a_test(page: str) -> None:
    promises = page.partition("## Promises")[2].partition("## Arrows")[0].split("### ")[1:]
    shown = {int(promise.partition(".")[0]) for promise in promises if "- `test_" in promise}
    assert shown == invariants.INVARIANTS.keys()
    assert [arrow for arrow in invariants.ARROWS if f"| {arrow} | `test_" not in page] == []
