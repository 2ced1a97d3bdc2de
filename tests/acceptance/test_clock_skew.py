"""Machines whose clocks differ, with one ledger on a server: X's clock is the true one here."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from orangeday.clock import system_clock
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State

from ..servers.faulty_proxy import Exchange
from ..servers.postgres_server import Databases
from ..support import campaigns
from ..support.arena import posix, until
from ..support.ledger_databases import password_of
from ..support.machines import Machine, Run
from ..support.offices import DUE, X, XOffice
from ..support.offset_clock import ahead

pytestmark = posix


@dataclass
class Apart:
    """An office on machines of which each has its own clock."""

    office: XOffice
    url: str
    machines: list[tuple[Machine, timedelta]]
    """And by how much each is ahead."""

    def at(self, true: datetime) -> None:
        """It is that time by the true clock."""
        self.office.x.shift(ahead(true))
        for machine, by in self.machines:
            machine.set_clock(ahead(true + by))

    def machine(self, ahead: timedelta) -> Machine:
        folder = self.office.folder
        words = {name: value for name, value in os.environ.items() if name.startswith("ORANGEDAY_")}
        made = Machine(folder, folder / f"machine-{len(self.machines)}", "127.0.0.1", words)
        self.machines.append((made, ahead))
        return made

    def state(self) -> State | None:
        with closing(Ledger(self.url, system_clock)) as ledger:
            row = ledger.rows([X]).get(X)
        return row.state if row else None


@pytest.fixture
def apart(x_office: XOffice, postgres: Databases) -> Iterator[Apart]:
    with postgres.database() as url:
        password = password_of(url)
        x_office.environment.setenv("ORANGEDAY_LEDGER_PASSWORD", password)
        x_office.open(campaigns.files(config=f'[ledger]\nurl = "{url.replace(f":{password}@", "@")}"'))
        x_office.back()
        made = Apart(x_office, url, [])
        yield made
        for machine, _ in made.machines:
            machine.shut_down()


MINUTE = timedelta(minutes=1)
ALLOWED = 2 * MINUTE


@pytest.mark.invariant(1, 9)
def test_two_that_run_ninety_seconds_apart_post_each_once_and_hardly_before_its_hour(apart: Apart) -> None:
    """The one ahead posts when it believes that it is time; the other finds it done."""
    ahead, right = apart.machine(1.5 * MINUTE), apart.machine(timedelta(0))
    apart.at(DUE - 3 * MINUTE)
    running = [machine.begin("schedule", "--live") for machine in (ahead, right)]
    for run in running:
        until(lambda run=run: "Next: " in run.said(), "it runs")  # type: ignore[misc]
    for day in range(2):
        due = DUE + timedelta(days=day)
        apart.at(due - 1.75 * MINUTE)
        assert len(apart.office.live()) == day
        apart.at(due - MINUTE)
        until(lambda day=day: len(apart.office.live()) == day + 1, "the one ahead posts")  # type: ignore[misc]
        assert apart.office.live()[-1].created_at >= due - ALLOWED
        apart.at(due + MINUTE)
    once = [right.begin("publish", "--live"), ahead.begin("publish", "--live")]
    for run in once:
        run.ended()
        assert run.status == 0
    for run in running:
        run.terminate()
        run.ended()
    assert apart.office.sends() == len(apart.office.live()) == 2


@pytest.mark.invariant(1, 3)
@pytest.mark.parametrize(("ahead", "after"), [(1.5 * MINUTE, True), (-1.5 * MINUTE, False)])
def test_what_one_leaves_behind_the_other_settles_by_its_own_clock(apart: Apart, ahead: timedelta, after: bool) -> None:
    first, second = apart.machine(ahead), apart.machine(timedelta(0))
    apart.at(DUE + 1.75 * MINUTE)
    runs: list[Run] = []

    def kill(exchange: Exchange) -> None:
        if after:
            exchange.forward()
        runs[0].kill()
        exchange.hang_up()

    apart.office.x.fault("createPosts", kill)
    runs.append(first.begin("publish", "--live"))
    runs[0].ended()
    assert runs[0].status == -signal.SIGKILL
    for minutes in (2, 13, 20, 21):
        apart.at(DUE + minutes * MINUTE)
        second.begin("publish", "--live").ended()
        if apart.state() is State.PUBLISHED:
            break
    assert (minutes <= 2) == after, "what isn't shown is looked for twice, and late enough for either clock"
    assert (apart.state(), len(apart.office.live())) == (State.PUBLISHED, 1)


@pytest.mark.invariant(9)
@pytest.mark.parametrize("hours", [3, 8, -3])
def test_one_that_is_hours_off_sends_nothing_and_hinders_nobody(apart: Apart, hours: int) -> None:
    """Ahead it believes that the hour has come, or is long over; behind that there is time."""
    wrong, right = apart.machine(timedelta(hours=hours)), apart.machine(timedelta(0))
    true = DUE - timedelta(hours=2) if hours > 0 else DUE + timedelta(minutes=1)
    apart.at(true)
    wrong.begin("publish", "--live").ended()
    assert apart.office.sends() == 0
    apart.at(DUE + 2 * MINUTE)
    run = right.begin("publish", "--live")
    said = run.ended()
    assert (run.status, apart.state()) == (0, State.PUBLISHED), said
    assert apart.office.sends() == len(apart.office.live()) == 1
