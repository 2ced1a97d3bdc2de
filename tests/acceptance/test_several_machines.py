"""Several machines, one ledger on PostgreSQL: any of them may die, and the database too; each post goes out once."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orangeday.cli import main
from orangeday.ledger.states import State

from ..servers.postgres_server import Postgres
from ..support import campaigns
from ..support.arena import DUE as HOUR
from ..support.arena import EN, arena_on, posix, until
from ..support.ledger_databases import password_of
from ..support.misbehaving_accounts import live
from ..support.offices import DUE, XOffice, forked
from ..support.sender import set_clock

pytestmark = posix


@pytest.mark.invariant(2, 3)
def test_a_sender_whose_database_started_again_sends_nothing_and_another_does(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    """It arms, since the ledger answers again; but the session that had its lock is gone."""
    with own_postgres.database() as url:
        arena = arena_on(url, tmp_path)
        with arena.stopped("hangs preparing") as wake:
            own_postgres.restart(signal.SIGQUIT)
            wake()
        assert arena.events() == ["armed"]
        assert not live(tmp_path)[EN]
        arena.sweep(HOUR + timedelta(minutes=1))
        assert (arena.row(), live(tmp_path)[EN]) == (State.PUBLISHED, 1)
        assert arena.events() == ["armed", "unsure", "deferred", "armed", "published"]


@pytest.mark.invariant(1, 2, 3, 7)
def test_of_two_senders_one_is_killed_and_the_database_starts_again_and_each_post_is_there_once(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    with own_postgres.database() as url:
        arena = arena_on(url, tmp_path, embassies=12)
        set_clock(tmp_path, HOUR)
        due = {delivery.key for delivery in arena.plan.open_at(HOUR)}
        moods = {"e5/x/en": "dies after", "e7/x/en": "hangs before"}
        with arena.sender("--until-quiet", moods=moods) as one, arena.sender("--until-quiet", moods=moods) as other:
            for running in (one, other):
                running.go()
            until(lambda: one.program.poll() is not None or other.program.poll() is not None, "one is dead")
            until((tmp_path / "hangs").exists, "a post is on its way")
            own_postgres.restart(signal.SIGQUIT)
            (tmp_path / "go-on").touch()
            statuses = {one.program.wait(90), other.program.wait(90)}
        assert -signal.SIGKILL in statuses
        for minutes in (1, 2, 3):  # as systemd starts them again
            arena.sweep(HOUR + timedelta(minutes=minutes))
        with arena.ledger() as ledger:
            rows = ledger.campaign_rows("16days-2026")
        assert {key for key, row in rows.items() if row.state is State.PUBLISHED} == due
        assert live(tmp_path) == dict.fromkeys(due, 1)


@pytest.fixture
def machines(x_office: XOffice, own_postgres: Postgres) -> Iterator[XOffice]:
    """An office whose config leads to a server, with the password where passwords are."""
    with own_postgres.database() as url:
        password = password_of(url)
        x_office.environment.setenv("ORANGEDAY_LEDGER_PASSWORD", password)
        plain = url.replace(f":{password}@", "@")
        x_office.open(campaigns.files(config=f'[ledger]\nurl = "{plain}"'))
        yield x_office


def on(number: int, office: XOffice, *argv: str) -> Callable[[], None]:
    """The command as another machine runs it, which remembers things of its own."""

    def run() -> None:
        os.environ["XDG_STATE_HOME"] = str(office.folder / f"machine-{number}")
        assert main([*argv]) == 0

    return run


@pytest.mark.invariant(1, 2)
def test_three_machines_that_publish_at_once_publish_once(machines: XOffice) -> None:
    machines.at(DUE)
    assert forked([on(number, machines, "publish") for number in range(3)]) == [0, 0, 0]
    assert len(machines.live()) == machines.sends() == 1
    assert forked([on(4, machines, "status")]) == [0]


@pytest.mark.invariant(2, 3, 8)
def test_what_one_machine_leaves_behind_another_settles(machines: XOffice, own_postgres: Postgres) -> None:
    """It is killed as its post is live and the answer on its way; then the database goes, and comes back."""
    machines.at(DUE)
    assert machines.killed(lambda fault: machines.x.fault("createPosts", fault), after=True) == -signal.SIGKILL
    own_postgres.stop(signal.SIGQUIT)
    away = machines("publish")
    assert (away.status, "Check [ledger] url" in away.err) == (2, True)
    own_postgres.start()
    machines.environment.setenv("XDG_STATE_HOME", str(machines.folder / "another"))
    assert machines.sweep(1).states == {"16days-2026/01/nairobi/x/en": "published"}
    assert len(machines.live()) == machines.sends() == 1
    assert machines("pause", "--by", "Ann").status == 0
    machines.sweep(24 * 60)
    assert machines.sends() == 1, "a brake is one for all machines"


def test_doctor_looks_at_the_server_and_says_so_where_it_is_away(machines: XOffice, own_postgres: Postgres) -> None:
    machines.back()
    said = machines("doctor", "--offline", "--json").out
    found = {(one["check"], one["state"]): one["seen"] for one in json.loads(said)["checks"]}
    assert found["ledger", "ok"].endswith(f"on 127.0.0.1:{own_postgres.port} answers, and can be written")
    assert found["locks", "ok"] == "an account's lock works on the server"
    own_postgres.stop()
    away = machines("doctor", "--offline")
    own_postgres.start()
    assert away.status == 1
    assert "can't be used" in away.out
    assert own_postgres.password not in said + away.out + away.err


def test_systemd_starts_it_again_when_its_server_was_away(machines: XOffice) -> None:
    unit = machines("export", "systemd").out
    assert "RestartPreventExitStatus" not in unit
    assert "ORANGEDAY_LEDGER_PASSWORD" in unit
