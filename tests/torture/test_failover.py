"""A ledger's server that dies, and a standby of its own that takes its place."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orangeday.adapters.base import Payload
from orangeday.ledger import postgres_session as the_session
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State, StateConflict

from ..servers.postgres_server import Pair
from ..support import campaigns
from ..support.arena import DUE as HOUR
from ..support.arena import EN, arena_on, posix, until
from ..support.common import Clock, plan_of
from ..support.ledger_databases import password_of
from ..support.machines import Machine
from ..support.misbehaving_accounts import live
from ..support.offices import DUE, X, XOffice
from ..support.offset_clock import ahead

pytestmark = posix


@pytest.mark.invariant(2, 3)
def test_a_sender_about_to_send_as_the_primary_dies_sends_nothing_on_its_lost_lock(pair: Pair, tmp_path: Path) -> None:
    """It goes on with the new primary and arms there; but its lock died with the old one."""
    arena = arena_on(pair.url, tmp_path)
    with arena.stopped("hangs preparing") as wake:
        pair.fail_over()
        assert wake() == 0
    assert arena.events() == ["armed"]
    assert not live(tmp_path)[EN]
    arena.sweep(HOUR + timedelta(minutes=1))
    assert arena.events() == ["armed", "unsure", "deferred", "armed", "published"]
    assert live(tmp_path)[EN] == 1


@pytest.mark.invariant(1, 2, 3, 7)
@pytest.mark.parametrize("taken_over", [True, False])
def test_a_post_on_its_way_as_the_primary_dies_is_recorded_on_the_new_one(
    pair: Pair, tmp_path: Path, taken_over: bool
) -> None:
    arena = arena_on(pair.url, tmp_path)
    with arena.stopped("hangs after") as wake:
        pair.fail_over(signal.SIGQUIT)
        if taken_over:
            arena.sweep(HOUR + timedelta(minutes=1))
        assert wake() == 0
    settled = ["armed", "unsure", "published", "receipt came late"]
    assert arena.events() == (settled if taken_over else ["armed", "published"])
    assert (arena.row(), live(tmp_path)[EN]) == (State.PUBLISHED, 1)


@pytest.mark.invariant(3)
def test_what_was_about_to_be_armed_as_another_server_took_over_is_not(pair: Pair, tmp_path: Path) -> None:
    plan = plan_of(campaigns.write(tmp_path, campaigns.files()))
    delivery = next(iter(plan))

    def arm(ledger: Ledger) -> None:
        ledger.arm(delivery, 0, "one", Payload("Day 1", {"text": "Day 1"}), HOUR)

    with closing(Ledger(pair.url, Clock(HOUR))) as ledger:
        ledger.claim_home(plan.campaign_id, is_running=False)
        pair.fail_over()
        with pytest.raises(StateConflict, match="another server has taken over"):
            arm(ledger)
        assert ledger.takeover_time() == HOUR + timedelta(minutes=4)
        arm(ledger)


# The real program


def lead(office: XOffice, pair: Pair) -> XOffice:
    """The office's ledger is on both servers, and its config names them."""
    office.environment.setenv("ORANGEDAY_LEDGER_PASSWORD", pair.primary.password)
    office.open(campaigns.files(config=f'[ledger]\nurl = "{without_password(pair.url)}"'))
    return office


def without_password(url: str) -> str:
    return url.replace(f":{password_of(url)}@", "@")


def test_schedule_goes_on_with_the_new_primary(x_office: XOffice, pair: Pair) -> None:
    office = lead(x_office, pair)
    office.back()
    credentials = {name: value for name, value in os.environ.items() if name.startswith("ORANGEDAY_")}
    machine = Machine(office.folder, office.folder / "machine", "127.0.0.1", credentials)

    def at(moment: datetime) -> None:
        office.x.shift(ahead(moment))
        machine.set_clock(ahead(moment))

    at(DUE - timedelta(seconds=30))
    try:
        run = machine.begin("schedule", "--live")
        until(lambda: "Next: " in run.said(), "it runs")
        pair.primary.stop(signal.SIGKILL)
        at(DUE)
        until(lambda: "can't be used" in run.said(), "it says that nobody can be written to")
        pair.standby.promote()
        at(DUE + timedelta(seconds=10))
        until(lambda: "is corrected; it goes on" in run.said(), "it goes on")
        assert not office.live(), "what the old server may have known is looked for first, when X shows it"
        at(DUE + timedelta(minutes=12))
        until(lambda: len(office.live()) == 1, "it sends")
        run.terminate()
        said = run.ended()
    finally:
        machine.shut_down()
    assert run.status == 0
    assert "is corrected; it goes on" in said
    assert said.count("can't be used") == 1
    assert office.sends() == 1


def test_both_servers_are_named_and_no_password_is_shown(x_office: XOffice, pair: Pair) -> None:
    office = lead(x_office, pair)
    office.back()
    ports = f"127.0.0.1:{pair.primary.port},127.0.0.1:{pair.standby.port}"
    assert office("check").status == 0
    doctor = office("doctor", "--offline", "-v")
    assert f"on {ports} answers, and can be written" in " ".join(doctor.out.split())
    pair.primary.stop(signal.SIGKILL)
    for argv in (["status"], ["doctor", "--offline"]):
        away = office(*argv)
        assert away.status == (2 if argv == ["status"] else 1)
        said = " ".join((away.out + away.err).split())
        assert f"on {ports} can't be used" in said
        assert "None of these servers can be written" in said
        assert pair.primary.password not in doctor.out + said


@pytest.mark.invariant(1, 8)
@pytest.mark.parametrize("named", ["both", "the new one"])
def test_a_standby_that_lagged_behind_is_braked_and_nothing_goes_out_twice(
    x_office: XOffice, loose_pair: Pair, named: str
) -> None:
    office = lead(x_office, loose_pair)
    loose_pair.fall_behind()
    assert office.sweep(0).states == {X: "published"}
    loose_pair.fail_over()
    if named == "the new one":
        config = (office.folder / "config.toml").read_text()
        new = loose_pair.standby.address(loose_pair.database)
        office.write({"config.toml": config.replace(without_password(loose_pair.url), without_password(new))})
    braked = office.sweep(1)
    assert "the server has forgotten what this machine told it" in braked.err
    assert (braked.states, office.sends()) == ({X: "held"}, 1)
    assert office("resume", "--by", "Ann").status == 0
    assert office.sweep(20).states == {X: "published"}, "found there, and not sent again"
    assert (len(office.live()), office.sends()) == (1, 1)


@pytest.mark.invariant(1, 3)
def test_what_was_lost_with_another_machine_is_looked_for_before_it_is_sent(
    x_office: XOffice, loose_pair: Pair
) -> None:
    """Nobody who is left knows that it went out; but that another server took over, and when, the server says."""
    office = lead(x_office, loose_pair)
    office.environment.setenv("XDG_STATE_HOME", str(office.folder / "another"))
    assert office("publish").status == 0
    loose_pair.fall_behind()
    office.environment.setenv("XDG_STATE_HOME", str(office.folder / "first"))
    assert office.sweep(0).states == {X: "published"}
    loose_pair.fail_over()
    office.environment.setenv("XDG_STATE_HOME", str(office.folder / "another"))
    assert office.sweep(1).states == {X: "deferred"}
    assert office.sweep(12).states == {X: "published"}, "found there, and not sent again"
    assert (len(office.live()), office.sends()) == (1, 1)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(the_session, "ANSWER_TIMEOUT", 1.0)


@pytest.mark.invariant(1, 3)
def test_nothing_leaves_before_a_synchronous_standby_has_it(x_office: XOffice, pair: Pair, hurry: None) -> None:
    office = lead(x_office, pair)
    pair.line.cut()
    away = office.sweep(0)
    assert (away.status, office.sends()) == (2, 0)
    assert "can't be used: no answer for 1 second" in away.err
    pair.line.heal()
    office.at(DUE + timedelta(minutes=1))
    until(lambda: office("publish").status == 0, "the standby follows again, and what was armed is settled")
    assert len(office.live()) == 1


@pytest.mark.invariant(1, 8)
def test_an_old_primary_that_comes_back_beside_the_new_one_sends_nothing(
    x_office: XOffice, pair: Pair, hurry: None
) -> None:
    """The url names it first. Without its standby it commits nothing; and with that lifted, a machine knows better."""
    x_office.environment.setenv("XDG_STATE_HOME", str(x_office.folder / "machine"))
    office = lead(x_office, pair)
    pair.fail_over()
    office.sweep(-10)  # it sees the new one; what falls due from now on is nothing that the old one could have known
    assert office.sweep(0).states == {X: "published"}
    pair.primary.start()
    for home in ("machine", "another"):
        office.environment.setenv("XDG_STATE_HOME", str(office.folder / home))
        assert (office.sweep(1).status, office.sends()) == (2, 1)
    pair.primary.set("synchronous_standby_names", "")
    office.environment.setenv("XDG_STATE_HOME", str(office.folder / "machine"))
    braked = office.sweep(2)
    assert "the server has forgotten what this machine told it" in braked.err
    assert office.sends() == len(office.live()) == 1
