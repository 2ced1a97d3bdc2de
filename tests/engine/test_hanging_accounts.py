"""Accounts that hang: they take no other's place and never lose their lock, and what isn't begun is an alarm."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.adapters import http as network
from orangeday.adapters.base import Deferred, Payload, Receipt
from orangeday.adapters.dry_run import DryRun
from orangeday.content.config import Account
from orangeday.engine import publisher
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State
from orangeday.system.workers import Job, Workers, record_progress

from ..servers.faulty_proxy import proxy_before
from ..servers.slow_server import Trickles
from ..support import campaigns
from ..support.common import Clock, plan_of
from ..support.running_schedule import DUE, Desk, at, posts, until

UNBEGUN = "and no program has begun it: is orangeday running, and does the account's server answer?"


def test_in_earnest_a_place_is_given_up_within_a_minute_and_before_a_request_is_cut_off() -> None:
    assert publisher._HANGS_AFTER <= 60 <= network.RESPONSE_TIMEOUT / 2


# The pool


class Gate:
    """Jobs that hang until they are let go."""

    def __init__(self) -> None:
        self.opens = threading.Event()
        self.begun: list[int] = []

    def job(self, number: int) -> Callable[[Job], None]:
        def work(_: Job) -> None:
            self.begun.append(number)
            self.opens.wait(30)

        return work


def test_a_place_is_given_only_to_whoever_waits_for_one() -> None:
    workers, gate = Workers(2), Gate()
    jobs = [workers.submit(gate.job(number)) for number in range(2)]
    until(lambda: len(gate.begun) == 2)
    time.sleep(0.1)
    workers.relieve(0.05)
    assert not any(job.is_relieved for job in jobs), "nobody waits: what is only slow goes on"
    jobs.append(workers.submit(gate.job(2)))
    assert len(gate.begun) == 2
    workers.relieve(0.05)
    until(lambda: len(gate.begun) == 3)
    assert sum(job.is_relieved for job in jobs) == 1
    gate.opens.set()
    assert workers.join(10)


def test_a_request_that_is_answered_is_a_step() -> None:
    """Four pictures over a slow line take minutes, and each of them a part of one."""
    workers, ends = Workers(1), threading.Event()

    def slow(job: Job) -> None:
        while not ends.wait(0.02):
            record_progress()

    one, other = workers.submit(slow), workers.submit(lambda _: None)
    for _ in range(10):
        time.sleep(0.05)
        workers.relieve(0.3)
    assert not one.is_relieved and not other.future.done()
    ends.set()
    other.future.result(10)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Path, Ledger, Clock]]:
    clock = Clock(DUE - timedelta(hours=1))
    zones = dict.fromkeys(("nairobi", "kigali"), "Africa/Nairobi")
    file = campaigns.write(tmp_path, campaigns.files(embassies=zones, config="[publishing]\nworkers = 1"))
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock)) as ledger, time_machine.travel(DUE):
        yield file, ledger, clock


class Hanging(DryRun):
    """One that hangs as it prepares what it is to send, until it is let go."""

    def __init__(self, account: Account, clock: Clock, gate: Gate) -> None:
        super().__init__(account, clock)
        self._gate = gate

    def prepare(self, *of: object, **more: object) -> Payload:
        if self.account.embassy == "nairobi":
            self._gate.opens.wait(30)
        return super().prepare(*of, **more)  # type: ignore[arg-type]


def test_one_that_lost_its_place_sends_nothing_as_it_wakes_and_the_next_look_does(
    office: tuple[Path, Ledger, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_HANGS_AFTER", 0.3)
    monkeypatch.setattr(publisher, "_CHECK_INTERVAL", 0.1)
    file, ledger, clock = office
    gate = Gate()
    done: list[str] = []

    class Noting(Hanging):
        def publish(self, sent: Payload, armed: datetime) -> Receipt:
            done.append(str(self.account))
            return super().publish(sent, armed)

    def is_free(account: Account) -> bool:
        with ledger.account_lock(DryRun(account, clock).identity) as lock:
            return lock is not None

    accounts = [*plan_of(file).accounts]
    engine = Publisher(plan_of(file), ledger, lambda a: Noting(a, clock, gate), clock, timeout=1)
    with closing(engine):
        engine.publish_due(clock.now)
        clock.now = DUE + timedelta(minutes=1)
        until(lambda: [engine.publish_due(clock.now), len(done) == 2][-1])
        assert set(done) == {"kigali/x", "kigali/bluesky"}, "with one place for four accounts, of which two hang"
        assert not is_free(accounts[0]), "its lock is its own until its thread has ended"
        assert [s for s in engine.publish_due(clock.now) if s.needs_person] == []

        clock.now = DUE + timedelta(minutes=6)
        late = engine.publish_due(clock.now)
        assert {s.delivery.embassy.id for s in late if s.needs_person} == {"nairobi"}
        assert all(UNBEGUN in str(s.reason) and s.state is State.SCHEDULED for s in late if s.needs_person)

        gate.opens.set()
        until(lambda: all(is_free(account) for account in accounts))
        assert "nairobi/x" not in done or "nairobi/bluesky" not in done, "whoever lost the place begins nothing more"
        until(lambda: [engine.publish_due(clock.now), len(done) == 4][-1])
    assert sorted(done) == ["kigali/bluesky", "kigali/x", "nairobi/bluesky", "nairobi/x"]


# The alarm


def stands(ledger: Ledger, file: Path, minutes: float) -> list[DeliveryStatus]:
    plan = plan_of(file)
    now = DUE + timedelta(minutes=minutes)
    return statuses(plan, ledger, now, plan.open_at(now))


def test_what_is_due_and_not_begun_after_five_minutes_is_an_alarm(office: tuple[Path, Ledger, Clock]) -> None:
    file, ledger, clock = office
    assert not any(s.needs_person for s in stands(ledger, file, 60)), "no live run has met these accounts"
    ledger.register_accounts(map(str, plan_of(file).accounts), clock.now)
    assert not any(s.needs_person for s in stands(ledger, file, 5))
    late = stands(ledger, file, 5.1)
    assert late and all(s.needs_person and s.ready and s.state is State.SCHEDULED for s in late)
    assert all(str(s.reason).startswith(f"due since 25 Nov 06:00 UTC, {UNBEGUN}") for s in late)


def test_what_waits_for_an_account_that_does_not_answer_is_an_alarm_too(office: tuple[Path, Ledger, Clock]) -> None:
    """Each time that a log-in is cut off the account waits for some minutes: that would go on until it is missed."""
    file, ledger, clock = office
    ledger.register_accounts(map(str, plan_of(file).accounts), clock.now)
    clock.now = DUE + timedelta(minutes=4)
    ledger.defer_accounts(["nairobi/x"], "no answer", DUE + timedelta(minutes=9))
    assert not any(s.needs_person for s in stands(ledger, file, 4.5))
    (waiting,) = (s for s in stands(ledger, file, 6) if str(s.delivery.account) == "nairobi/x")
    assert waiting.needs_person and (waiting.state, waiting.reason) == (State.DEFERRED, "no answer")


def test_a_person_who_lets_something_go_late_is_not_told_that_it_is_late(office: tuple[Path, Ledger, Clock]) -> None:
    file, ledger, clock = office
    ledger.register_accounts(map(str, plan_of(file).accounts), clock.now)
    ledger.pause("everything", "mourning")
    assert {s.state for s in stands(ledger, file, 60)} == {State.HELD}
    clock.now = DUE + timedelta(minutes=60)
    ledger.resume("everything")
    assert not any(s.needs_person for s in stands(ledger, file, 61))
    assert all(s.needs_person for s in stands(ledger, file, 66))


def test_what_was_tried_and_is_tried_again_is_begun(office: tuple[Path, Ledger, Clock]) -> None:
    file, ledger, clock = office

    class Busy(DryRun):
        def publish(self, sent: Payload, armed: datetime) -> Receipt:
            raise Deferred("too many", clock.now + timedelta(minutes=20))

    with closing(Publisher(plan_of(file), ledger, lambda a: Busy(a, clock), clock)) as engine:
        engine.publish_due(clock.now)
        clock.now = DUE
        engine.publish_due(clock.now)
    assert {(s.state, s.needs_person) for s in stands(ledger, file, 15)} == {(State.DEFERRED, False)}


# The real thing


def test_accounts_that_trickle_on_all_places_keep_no_other_from_posting_and_are_an_alarm(desk: Desk) -> None:
    trickles = Trickles("headers")
    with proxy_before(desk.pds.url) as slow:
        for number in range(3):
            desk.open(f"slow{number}", on="bluesky")
            handle = desk.sky_accounts[f"slow{number}"].handle
            desk.blocks[f"slow{number}"]["bluesky"] = f'{{ handle = "{handle}", service = "{slow.url}" }}'
        desk.open("good", on="bluesky")
        desk.begin({"publishing": 'mode = "live"\nworkers = 3'}, posts())
        slow.fault("", trickles, times=None)
        limits = {"HANGS_AFTER": "2", "WHOLE": "8"}
        with desk.schedule(environment=limits) as desk.running:
            began = time.monotonic()
            desk.put(at(1))
            until(lambda: desk.is_out(1, "good"), lambda: desk.running.said)
            assert trickles.met >= 3, "all places were taken"
            assert not any(desk.records(name) for name in desk.blocks if name != "good")
            waited = time.monotonic() - began
            desk.put(at(1, minutes=6))
            until(lambda: "/slow0/" in desk.running.said, lambda: desk.running.said)
            status = desk("status", "--wrong")
            assert status.status == 1
            assert "slow0" in status.out and "good" not in status.out.partition("day")[0]
            assert UNBEGUN in " ".join(status.out.split()) or "no answer from" in status.out
            assert waited < 60
            began = time.monotonic()
            assert desk.running.stop() == 0
            assert time.monotonic() - began < 20, "what hangs before anything is armed isn't waited for"


def test_cron_says_that_something_is_late_by_its_exit_status(desk: Desk) -> None:
    """Another program has the account, and doesn't come on."""
    desk.open("nairobi", on="bluesky")
    desk.begin({}, posts())
    assert desk("publish").status == 0
    did = desk.sky_accounts["nairobi"].did
    with (
        closing(Ledger(f"sqlite:///{desk.folder / 'orangeday.db'}", Clock(at(1)))) as other,
        other.account_lock(did) as held,
    ):
        assert held
        desk.put(at(1, minutes=3))
        assert desk("publish").status == 0
        desk.put(at(1, minutes=7))
        ran = desk("publish")
        assert ran.status == 1 and UNBEGUN in " ".join(ran.out.split())
    assert desk("publish").status == 0
    assert len(desk.records("nairobi")) == 1
