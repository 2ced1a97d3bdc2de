"""A network that is cut, or goes dead, between the program and the ledger's server."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from orangeday.adapters.base import Payload, Receipt
from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.engine.publisher import Publisher
from orangeday.errors import LedgerAway
from orangeday.ledger import postgres as the_store
from orangeday.ledger import postgres_session as the_session
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State

from ..servers.cuttable_proxy import Cable, cable
from ..servers.postgres_server import Databases
from ..support import campaigns
from ..support.arena import DUE as HOUR
from ..support.arena import EN, Arena, posix, until
from ..support.common import Clock, plan_of
from ..support.ledger_databases import password_of
from ..support.machines import Machine, Run
from ..support.misbehaving_accounts import Misbehaving, live
from ..support.offices import DUE, XOffice
from ..support.offset_clock import ahead

pytestmark = posix


@pytest.fixture
def wire(postgres: Databases) -> Iterator[Cable]:
    with cable(postgres.port) as between:
        yield between


@pytest.fixture
def far(postgres: Databases, wire: Cable) -> Iterator[tuple[str, str]]:
    """A ledger's address at the other end of the cable, and the same without the cable."""
    with postgres.database() as near:
        yield near.replace(f":{postgres.port}/", f":{wire.port}/"), near


class Stopwatch:
    seconds = 0.0


@contextmanager
def within(bound: float) -> Iterator[Stopwatch]:
    took, began = Stopwatch(), time.monotonic()
    yield took
    took.seconds = time.monotonic() - began
    assert took.seconds < bound


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens what this process waits for the server: nothing else is otherwise than in earnest."""
    monkeypatch.setattr(the_session, "ANSWER_TIMEOUT", 1.0)
    monkeypatch.setitem(the_store._CONNECT_OPTIONS, "connect_timeout", 2)


def test_what_a_command_waits_for_is_bounded() -> None:
    """At worst it finds that the session is dead, and that no other can be had."""
    assert the_session.ANSWER_TIMEOUT + int(the_store._CONNECT_OPTIONS["connect_timeout"]) < 15


# The ledger


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_server_that_says_nothing_is_gone_after_a_few_seconds(
    far: tuple[str, str], wire: Cable, acknowledged: bool, hurry: None
) -> None:
    """With `acknowledged` TCP finds nothing wrong: that is a server whose disk hangs."""
    with closing(Ledger(far[0], Clock(HOUR))) as ledger, ledger.account_lock("one") as hold:
        assert hold is not None
        wire.freeze(acknowledged=acknowledged)
        with within(3):
            assert not hold.is_held()
        with within(5), pytest.raises(LedgerAway, match="can't be used: connection timeout expired"):
            ledger.pauses()
        wire.heal()
        assert ledger.pauses() == ()
        assert not hold.is_held(), "another session isn't the one that took it"


def test_a_long_answer_is_heard_to_its_end(far: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is silence that counts, and not how long it takes."""
    monkeypatch.setattr(the_session, "ANSWER_TIMEOUT", 0.3)
    with closing(Ledger(far[0], Clock(HOUR))) as ledger, ledger._store.reading() as connection:
        slowly = "SELECT repeat('x', 10000), pg_sleep(0.1) FROM generate_series(1, 10)"
        assert len(connection.rows(slowly)) == 10


# A sender


def sweep_with(ledger: Ledger, arena: Arena, then: Callable[[], None] = lambda: None) -> None:
    """One sweep in this very process, at the hour of day 1; `then` comes when a post is live, before anybody knows."""
    clock = Clock(HOUR)

    class Interrupted(Misbehaving):
        def publish(self, sent: Payload, armed: datetime) -> Receipt:
            receipt = super().publish(sent, armed)
            then()
            return receipt

    def connect(account: Account) -> Interrupted:
        return Interrupted(account, clock, file=arena.folder / f"{account.embassy}-{account.platform}.book")

    with closing(Publisher(arena.plan, ledger, connect, clock)) as publisher:
        publisher.publish_due(HOUR)


@pytest.fixture
def arena(far: tuple[str, str], tmp_path: Path) -> Arena:
    """One account on X, whose ledger is looked at without the cable."""
    files = campaigns.files()
    files["config.toml"] = files["config.toml"].replace("bluesky =", "# bluesky =")
    arena = Arena(tmp_path, plan_of(campaigns.write(tmp_path, files)), far[1])
    arena.sweep(HOUR - timedelta(hours=1))
    return arena


@pytest.mark.invariant(2, 3)
@pytest.mark.parametrize("how", ["cut", "freeze"])
def test_a_sender_cut_off_between_arming_and_sending_does_not_send(
    arena: Arena, far: tuple[str, str], wire: Cable, how: str, hurry: None
) -> None:
    class CutOff(Ledger):
        def arm(self, delivery: Delivery, *rest: object) -> datetime:
            armed = super().arm(delivery, *rest)  # type: ignore[arg-type]
            getattr(wire, how)()
            return armed

    with closing(CutOff(far[0], Clock(HOUR))) as ledger, within(15), pytest.raises(LedgerAway):
        sweep_with(ledger, arena)
    assert arena.events() == ["armed"]
    assert not live(arena.folder)
    wire.heal()  # or the server would wait half a minute for the one that it doesn't hear
    until(lambda: not held(far[1]), "the server has let go of the lock")
    arena.sweep(HOUR + timedelta(minutes=1))
    assert arena.events() == ["armed", "unsure", "deferred", "armed", "published"]
    assert live(arena.folder)[EN] == 1


def held(url: str) -> bool:
    """Whether anybody holds an account's lock there."""
    with closing(psycopg.connect(url.replace("+psycopg", ""))) as connection:
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
        return connection.execute(locks).fetchone() != (0,)


@pytest.mark.invariant(1, 2, 3, 7)
@pytest.mark.parametrize("how", ["cut", "freeze"])
def test_who_comes_next_settles_what_was_on_its_way_when_the_line_broke(
    arena: Arena, far: tuple[str, str], wire: Cable, how: str, hurry: None
) -> None:
    """It has gone out, and neither the sender nor its ledger can say so."""

    def broken() -> None:
        getattr(wire, how)()

    with closing(Ledger(far[0], Clock(HOUR))) as ledger, within(15), pytest.raises(LedgerAway):
        sweep_with(ledger, arena, broken)
    assert (arena.row(), live(arena.folder)[EN]) == (State.ARMED, 1)
    wire.heal()
    until(lambda: not held(far[1]), "the server has let go of the lock")
    arena.sweep(HOUR + timedelta(minutes=1))
    assert arena.events() == ["armed", "unsure", "published"]
    assert live(arena.folder)[EN] == 1


# The commands


@pytest.fixture
def office(x_office: XOffice, far: tuple[str, str], wire: Cable) -> XOffice:
    """An office whose ledger is at the other end of the cable."""
    password = password_of(far[0])
    x_office.environment.setenv("ORANGEDAY_LEDGER_PASSWORD", password)
    plain = far[0].replace(f":{password}@", "@")
    x_office.open(campaigns.files(config=f'[ledger]\nurl = "{plain}"'))
    return x_office


@pytest.mark.parametrize("how", ["cut", "freeze"])
def test_every_command_answers_in_plain_words_when_the_database_does_not(
    office: XOffice, wire: Cable, how: str, hurry: None
) -> None:
    office.at(DUE)
    getattr(wire, how)()
    for argv in (["status"], ["pause"], ["publish"]):
        with within(6):
            ran = office(*argv)
        assert ran.status == 2
        assert re.fullmatch(
            r"the record of posts ledger_\w+ on 127\.0\.0\.1:\d+ can't be used: .*\. "
            r"Check \[ledger\] url in the config, and that the server runs; nothing more is sent until it answers\.\n",
            ran.err,
        )
    with within(6):
        ran = office("doctor", "--offline")
    assert ran.status == 1
    assert "can't be used" in ran.out
    assert office.sends() == 0
    wire.heal()
    assert office("publish").status == 0
    assert len(office.live()) == 1


def machine_of(office: XOffice) -> Machine:
    """A machine on which the program runs as a process of its own, at the office's time."""
    office.back()
    credentials = {name: value for name, value in os.environ.items() if name.startswith("ORANGEDAY_")}
    machine = Machine(office.folder, office.folder / "machine", "127.0.0.1", credentials)
    at(office, machine, DUE - timedelta(minutes=1))
    return machine


def at(office: XOffice, machine: Machine, moment: datetime) -> None:
    """Sets X's clock and the machine's, which wakes what runs there."""
    office.x.shift(ahead(moment))
    machine.set_clock(ahead(moment))


@pytest.fixture
def machine(office: XOffice) -> Iterator[Machine]:
    made = machine_of(office)
    yield made
    made.shut_down()


def lines(run: Run, word: str) -> list[str]:
    return [line for line in run.said().splitlines() if word in line]


def test_schedule_says_once_that_the_database_is_away_and_goes_on_by_itself(
    office: XOffice, machine: Machine, wire: Cable
) -> None:
    run = machine.begin("schedule", "--live")
    until(lambda: "Next: 25 Nov" in run.said(), "it runs")
    time.sleep(1)
    wire.cut()
    at(office, machine, DUE)
    until(lambda: bool(lines(run, "can't be used")), "it says so")
    wire.freeze()  # the same trouble, of which the network says something else
    at(office, machine, DUE + timedelta(seconds=10))
    time.sleep(5)
    wire.heal()
    at(office, machine, DUE + timedelta(seconds=20))
    until(lambda: bool(lines(run, "is corrected")), "it goes on")
    until(lambda: len(office.live()) == 1, "it sends")
    assert len(lines(run, "can't be used")) == 1, run.said()
    run.terminate()
    said = run.ended()
    assert (run.status, office.sends()) == (0, 1), said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_schedule_can_be_stopped_while_the_database_hangs(
    office: XOffice, machine: Machine, wire: Cable, number: signal.Signals
) -> None:
    run = machine.begin("schedule", "--live")
    until(lambda: "Next: 25 Nov" in run.said(), "it runs")
    time.sleep(1)
    wire.freeze(acknowledged=number is signal.SIGINT)
    at(office, machine, DUE)
    time.sleep(2)  # it is asking, and there is no answer
    with within(20):
        os.kill(run.pid, number)
        said = run.ended()
    assert run.status == 0, said
    assert said.splitlines()[-1].endswith("Stopped. The same command goes on from here."), said
    assert office.sends() == 0


@pytest.mark.invariant(11)
def test_what_went_wrong_in_a_sweep_that_lost_its_ledger_is_said_by_the_next(tmp_path: Path) -> None:
    """One account's session was ended, another's post was refused: somebody has to hear of that."""
    plan = plan_of(campaigns.write(tmp_path, campaigns.files()))

    class Flaky(Ledger):
        away = True

        def arm(self, delivery: Delivery, *rest: object) -> datetime:
            if delivery.platform == "bluesky" and self.away:
                raise LedgerAway("the ledger's server doesn't answer")
            return super().arm(delivery, *rest)  # type: ignore[arg-type]

    clock = Clock(HOUR)

    def connect(account: Account) -> Misbehaving:
        book = tmp_path / f"{account.embassy}-{account.platform}.book"
        return Misbehaving(account, clock, file=book, moods={"x/en": "refuses before"})

    with (
        closing(Flaky(f"sqlite:///{tmp_path}/ledger.db", clock)) as ledger,
        closing(Publisher(plan, ledger, connect, clock)) as publisher,
    ):
        with pytest.raises(LedgerAway):
            publisher.publish_due(HOUR)
        ledger.away = False
        said = {standing.delivery.platform: standing.state for standing in publisher.publish_due(HOUR)}
        assert said == {"x": State.REFUSED, "bluesky": State.PUBLISHED}
        assert publisher.publish_due(HOUR) == []
