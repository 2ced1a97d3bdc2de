"""What is in doubt on a platform that shows a new post late: seen missing long enough, and twice, or not believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orangeday.adapters.base import Payload, Receipt, Refused, Unsure
from orangeday.adapters.dry_run import DryRun
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import Row
from orangeday.ledger.states import State

from ..support import campaigns, new_ledger
from ..support.common import Clock, plan_of

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
KEY = "16days-2026/01/nairobi/x/en"
SIX = timedelta(minutes=6)
MOODS = ("yes", "lost before", "lost after", "says that it is there")


@dataclass
class World:
    """One account that shows a post `lag` after it was made, and takes the same text as often as it gets it."""

    plan: Plan
    clock: Clock
    lag: timedelta = timedelta(0)
    moods: list[str] = field(default_factory=list)
    blind: bool = False
    identity: str = "dry-run:nairobi/x"
    posts: list[tuple[str, datetime]] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    sent: list[datetime] = field(default_factory=list)


@dataclass
class Late(DryRun):
    world: World = field(kw_only=True)

    @property
    def identity(self) -> str:
        return self.world.identity

    @property
    def settle_after(self) -> timedelta:
        return SIX

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        world = self.world
        world.sent.append(self.clock())
        mood = world.moods.pop(0) if world.moods else "yes"
        if mood == "says that it is there":
            raise Unsure("a duplicate", is_duplicate=True)
        if mood != "lost before":
            world.posts.append((sent.text, self.clock()))
        if mood != "yes":
            raise Unsure("no answer")
        return self._receipt(len(world.posts))

    def find(self, sent: Sequence[Payload], since: datetime, known: Container[str] = ()) -> Receipt | None:
        world = self.world
        world.looks.append(self.clock())
        if world.blind:
            raise Refused("who reads so much?")
        for number, (text, at) in enumerate(world.posts, 1):
            shown = since <= at and at + world.lag <= self.clock()
            if shown and str(number) not in known and any(text == attempt.text for attempt in sent):
                return self._receipt(number)
        return None

    def _receipt(self, number: int) -> Receipt:
        return Receipt(str(number), f"https://x.com/nairobi/status/{number}", self.clock())


@dataclass
class Engine:
    world: World
    ledger: Ledger

    def sweep(self, at: datetime) -> Row:
        """One program, as cron would start it."""
        world, world.clock.now = self.world, at
        publisher = Publisher(
            world.plan, self.ledger, lambda account: Late(account, world.clock, world=world), world.clock
        )
        with closing(publisher):
            publisher.publish_due(at)
        return self.row

    @property
    def row(self) -> Row:
        return self.ledger.rows([KEY])[KEY]

    def evidence(self) -> list[str]:
        with closing(sqlite3.connect(self.ledger.location)) as book:
            return [says for (says,) in book.execute("SELECT says FROM evidence WHERE key = ? ORDER BY at", [KEY])]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    contents = campaigns.files()
    contents["config.toml"] = contents["config.toml"].replace('bluesky = { handle = "nairobi.example" }\n', "")
    return plan_of(campaigns.write(tmp_path_factory.mktemp("settling"), contents))


@contextmanager
def engine_of(plan: Plan, folder: Path) -> Iterator[Engine]:
    clock = Clock(DUE)
    file = folder / "ledger.db"
    new_ledger.put(file)
    with closing(Ledger(f"sqlite:///{file}", clock, durable=False)) as ledger:
        yield Engine(World(plan, clock), ledger)


@pytest.fixture
def engine(plan: Plan, tmp_path: Path) -> Iterator[Engine]:
    with engine_of(plan, tmp_path) as engine:
        yield engine


def after(minutes: float) -> datetime:
    return DUE + timedelta(minutes=minutes)


@pytest.mark.invariant(3, 5)
def test_absence_counts_only_after_a_while_and_once_more_a_third_later(engine: Engine) -> None:
    engine.world.moods = ["lost before"]
    assert engine.sweep(DUE).state is State.UNSURE
    for minutes in (1, 3, 5.9):
        assert engine.sweep(after(minutes)).state is State.UNSURE
    assert len(engine.world.looks) == 1, "before that only once, for what may be seen at once"
    assert engine.sweep(after(6)).state is State.UNSURE
    assert engine.sweep(after(7.9)).state is State.UNSURE
    assert engine.world.looks[1:] == [after(6)]
    assert engine.sweep(after(8)).state is State.PUBLISHED, "seen missing twice, it goes out with the same sweep"
    assert engine.world.sent == [DUE, after(8)]
    assert engine.evidence() == ["not shown", "not shown"], "what the last look saw is in its new state"
    assert len(engine.world.posts) == 1


@pytest.mark.invariant(3, 5)
def test_what_is_shown_late_is_found_and_not_sent_again(engine: Engine) -> None:
    engine.world.moods, engine.world.lag = ["lost after"], timedelta(minutes=7)
    engine.sweep(DUE)
    assert engine.sweep(after(6.5)).state is State.UNSURE, "not there yet, by its looks"
    row = engine.sweep(after(9))
    assert (row.state, row.receipt and row.receipt.id) == (State.PUBLISHED, "1")
    assert len(engine.world.posts) == 1


@pytest.mark.invariant(3, 5)
def test_a_look_that_was_late_is_followed_by_one_a_third_later(engine: Engine) -> None:
    engine.world.moods = ["lost before"]
    engine.sweep(DUE)
    assert engine.sweep(after(60)).state is State.UNSURE
    assert engine.sweep(after(61)).state is State.UNSURE
    assert engine.sweep(after(62)).state is State.PUBLISHED
    assert len(engine.world.posts) == 1


@pytest.mark.invariant(5)
@pytest.mark.arrow("unsure → refused")
def test_a_duplicate_that_is_never_found_is_for_a_person(engine: Engine) -> None:
    engine.world.moods = ["says that it is there"]
    assert engine.sweep(DUE).state is State.UNSURE
    assert engine.evidence() == ["there already"]
    for minutes in (1, 6, 8):
        row = engine.sweep(after(minutes))
    assert row.state is State.REFUSED
    assert row.error and "duplicate" in row.error
    assert len(engine.world.sent) == 1


@pytest.mark.invariant(5)
@pytest.mark.arrow("unsure → published")
def test_a_duplicate_is_looked_for_back_to_the_days_midnight(engine: Engine) -> None:
    delivery = engine.world.plan.find(KEY)
    assert delivery and delivery.rendered_text
    engine.world.posts.append((delivery.rendered_text.text, DUE - timedelta(hours=8, minutes=50)))
    engine.world.moods = ["says that it is there"]
    engine.sweep(DUE)
    assert engine.sweep(after(1)).state is State.PUBLISHED
    assert len(engine.world.posts) == 1


@pytest.mark.invariant(5)
@pytest.mark.parametrize(("minutes", "looks"), [(2, 0), (2.1, 1)])
def test_what_is_late_is_looked_for_before_it_is_sent(engine: Engine, minutes: float, looks: int) -> None:
    assert engine.sweep(after(minutes)).state is State.PUBLISHED
    assert len(engine.world.looks) == looks


@pytest.mark.invariant(5)
def test_what_went_out_by_another_hand_is_found_before_it_is_sent(engine: Engine) -> None:
    delivery = engine.world.plan.find(KEY)
    assert delivery and delivery.rendered_text
    engine.world.posts.append((delivery.rendered_text.text, after(1)))
    row = engine.sweep(after(30))
    assert (row.state, row.receipt and row.receipt.id) == (State.PUBLISHED, "1")
    assert not engine.world.sent
    assert [event.action for event in engine.ledger.events(KEY)] == ["armed", "found there", "published"]


@pytest.mark.invariant(5)
def test_a_ledger_that_may_be_one_of_several_waits_until_the_others_post_would_be_shown(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two machines, each with its own ledger, at the same hour: nothing relies on X to notice a duplicate."""
    monkeypatch.setattr(Ledger, "is_doubtful", lambda ledger, campaign: True)
    delivery = engine.world.plan.find(KEY)
    assert delivery and delivery.rendered_text
    engine.world.lag = timedelta(minutes=5)
    row = engine.sweep(DUE)
    assert (row.state, row.until) == (State.DEFERRED, after(6))
    engine.world.posts.append((delivery.rendered_text.text, after(0.1)))
    assert engine.sweep(after(5)).state is State.DEFERRED
    assert not engine.world.looks
    row = engine.sweep(after(6))
    assert (row.state, row.receipt and row.receipt.id) == (State.PUBLISHED, "1")
    assert not engine.world.sent


@pytest.mark.invariant(5)
def test_while_nobody_can_look_nothing_late_is_sent(engine: Engine) -> None:
    engine.world.blind = True
    assert engine.sweep(after(30)).state is State.DEFERRED
    assert not engine.world.sent


@pytest.mark.invariant(3)
def test_reading_back_that_is_refused_refuses_no_post(engine: Engine) -> None:
    engine.world.moods, engine.world.blind = ["lost after"], True
    for minutes in (0, 1, 10, 20):
        assert engine.sweep(after(minutes)).state is State.UNSURE
    engine.world.blind = False
    assert engine.sweep(after(21)).state is State.PUBLISHED
    assert len(engine.world.posts) == 1


@pytest.mark.invariant(3, 12)
def test_what_was_sent_as_one_account_is_not_looked_for_in_another(engine: Engine) -> None:
    world = engine.world
    world.moods = ["lost after"]
    assert engine.sweep(DUE).state is State.UNSURE
    looks, posts, world.identity, world.posts = [*world.looks], world.posts, "dry-run:another", []
    for minutes in (1, 8, 20):
        row = engine.sweep(after(minutes))
        assert row.state is State.UNSURE
        assert "it was sent as dry-run:nairobi/x, and the account is dry-run:another now" in str(row.error)
    assert (world.looks, world.sent) == (looks, [DUE])
    world.identity, world.posts = "dry-run:nairobi/x", posts
    assert engine.sweep(after(21)).state is State.PUBLISHED, "as it is the old account again, it is found there"
    assert world.sent == [DUE]


@pytest.mark.invariant(3, 5)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lag=st.integers(0, 480) | st.integers(400, 480),
    moods=st.lists(st.sampled_from(MOODS), max_size=5) | st.just(["lost after"]),
    waits=st.lists(st.integers(10, 1200) | st.integers(20, 150), max_size=12),
    blind=st.lists(st.sampled_from([False, False, False, True]), max_size=12),
)
def test_whatever_is_lost_and_however_late_it_shows_it_is_there_once(
    plan: Plan, tmp_path: Path, lag: int, moods: list[str], waits: list[int], blind: list[bool]
) -> None:
    """As long as a platform shows a post within eight minutes, the last look that counts can't be too early."""
    with engine_of(plan, tmp_path) as engine:
        world = engine.world
        world.lag, world.moods = timedelta(seconds=lag), list(moods)
        at = DUE
        for nth, wait in enumerate([0, *waits]):
            at += timedelta(seconds=wait)
            world.blind = nth < len(blind) and blind[nth]
            row = engine.sweep(at)
            assert len(world.posts) <= 1
        world.blind, world.moods = False, []
        for _ in range(12):
            at += timedelta(minutes=3)
            before, row = row, engine.sweep(at)
            assert len(world.posts) <= 1
            if before.state is row.state and row.state in (State.PUBLISHED, State.REFUSED):
                break
        assert row.state in (State.PUBLISHED, State.REFUSED)
        assert (row.state is State.PUBLISHED) is bool(world.posts)
