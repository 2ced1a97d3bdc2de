"""A storm over three machines with one ledger on PostgreSQL: each keeps one `orangeday schedule --live` going.

    python -m tests.torture.storm_on_postgres --seeds 1 2 3
    python -m tests.torture.storm_on_postgres --seeds 1 --days 8 --deliveries 300 --weather 0.05

While posts fall due, two of the three are killed, stopped or cut off from the database, at any instant or just as a
post of theirs is on its way; the third is well, and not always the same. The database itself restarts twice: once it
ends every session, once it crashes. All else is as in `storm.py`. `docs/torture.md` says how to read it.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Lock

from orangeday.clock import DAYS
from orangeday.ledger.address import Address

from ..servers.cuttable_proxy import Cable, cable
from ..servers.faulty_proxy import Exchange, passes
from ..servers.postgres_server import Postgres
from ..servers.postgres_server import running as postgres_server
from ..support.ledger_databases import database_of
from ..support.machines import Machine, Run
from .storm import Coming, Forecast, bring_out, project, stop
from .storm_campaign import FIRST, STORMY, Storm, Torment, show
from .storm_report import reckoning, show_counts
from .storm_worlds import seas

NAMES = ("athens", "berlin", "cairo")
"""How the machines call themselves."""
USUAL = Forecast(days=4, deliveries=64, together=2)
A_LOOK = 1.7
"""Seconds within which a `schedule` has noticed that the clock was set, or a post has fallen due, and has begun."""
NO_LONGER = 6.0
"""Seconds for which a moment's sends are waited for."""


@dataclass(eq=False)
class Station:
    """A machine at work: its line to the database, and the `schedule` that it keeps going."""

    machine: Machine
    line: Cable
    run: Run
    until: int | None = None
    """The step with which it is relieved; None: it is well."""

    def is_up(self) -> bool:
        """Whether its program has begun: without a database it ends before that, to be started again by systemd."""
        return "LIVE: " in self.run.said()

    # What befalls it

    def kill(self) -> None:
        """It is started again after a while."""
        self.run.kill()

    def stop(self) -> None:
        """It does nothing more, and keeps its sessions, and with them its accounts' locks."""
        self.run.stop()

    def stop_and_be_forgotten(self) -> None:
        """The server gives its sessions up meanwhile: others take over what it believes to hold, and then it wakes."""
        self.run.stop()
        self.line.forget()

    def hush(self) -> None:
        """Nothing comes through to the database or back, and nobody says so; then all of it does, late."""
        self.line.freeze(acknowledged=True)

    def hush_and_be_forgotten(self) -> None:
        """The same, and the server gives its sessions up meanwhile."""
        self.line.freeze(acknowledged=True)
        self.line.forget()

    def reset(self) -> None:
        """Its connections to the database are reset, and each that it tries."""
        self.line.cut()


BLOWS: Mapping[str, tuple[int, Callable[[Station], None]]] = {
    "kill": (4, Station.kill),
    "stop": (1, Station.stop),
    "stop, its sessions end": (2, Station.stop_and_be_forgotten),
    "cut by resets": (2, Station.reset),
    "cut in silence": (1, Station.hush),
    "cut in silence, sessions end": (2, Station.hush_and_be_forgotten),
}
"""What befalls a machine, each with how likely it is."""
INSTANT, LEAVES, ANSWERED = MOMENTS = ("at any instant", "as a post leaves", "before its answer")


@dataclass
class StormOnPostgres(Storm):
    """Three machines and their database."""

    database: Postgres = field(kw_only=True)
    stations: list[Station] = field(default_factory=list)
    between: timedelta = timedelta(minutes=10)
    moments: Counter[str] = field(default_factory=Counter)
    """When it befell them."""
    steps: int = 0
    well: int = 0
    """The number of the one that is well."""

    @property
    def keepers(self) -> list[Machine]:
        return self.machines[:1]  # the ledger is one for all

    def look_up(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the database knows, by a session of its own."""
        name = database_of(self.machines[0].ledger)
        with closing(self.database.as_superuser(name)) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def sender(self, exchange: Exchange) -> Station | None:
        """Whose post is on its way: who armed it last. None where nobody can say."""
        body = json.loads(exchange.seen.body)
        keys = [key for key, said in self.said.items() if body.get("record", body)["text"] in said]
        armed = "SELECT machine FROM orangeday.event WHERE what = 'armed' AND key = ANY(%s) ORDER BY id DESC LIMIT 1"
        found = self.look_up(armed, keys)
        return next((station for station in self.stations if found and station.machine.name == found[0][0]), None)

    # Left alone

    def start_again(self, machine: Machine) -> Run:
        return self.begin(machine, "schedule", "--live")

    def relieve(self, station: Station) -> None:
        """What has befallen it is over; what has ended is started again, as systemd does."""
        station.until = None
        station.line.heal()
        station.run.wake()
        if not station.run.is_alive():
            said = station.run.ended()[-300:]
            self.hold(station.run.killed or not station.is_up(), f"{station.machine.name} ended by itself: {said}")
            station.run = self.start_again(station.machine)

    def see_up(self, station: Station) -> None:
        deadline = time.monotonic() + 60
        while not station.is_up():
            assert time.monotonic() < deadline, station.run.said()
            if not station.run.is_alive():
                self.relieve(station)
            time.sleep(0.02)

    def all_well(self) -> None:
        for station in self.stations:
            self.relieve(station)
        for station in self.stations:
            self.see_up(station)

    def sweep(self) -> None:
        """All is mended, and the three are left to themselves."""
        self.all_well()
        self.rest()

    def rest(self) -> None:
        """Waits until nothing happens any more, unless that takes too long."""
        began = since = time.monotonic()
        last = None
        while (now := time.monotonic()) - began < NO_LONGER:
            lines = self.look_up("SELECT count(*) FROM orangeday.event")
            if lines != last or not all(sea.faulty.is_quiet() for sea in self.seas):
                last, since = lines, now
            elif now - began > A_LOOK and now - since > 0.4:
                return
            time.sleep(0.1)

    @contextmanager
    def each_that_leaves(self, meets: Callable[[Exchange], bool]) -> Iterator[None]:
        """Each post that leaves meanwhile meets this, which says whether it has seen to it."""

        def met(exchange: Exchange) -> None:
            if not meets(exchange):
                passes(exchange)

        for sea in self.seas:
            sea.faulty.fault(sea.sends, met, times=None)
        try:
            yield
        finally:
            for sea in self.seas:
                sea.blow()

    # Torments

    def strike(self) -> None:
        """What is over is over; perhaps another machine is the well one; the other two are struck."""
        self.steps += 1
        if self.chance.random() < 0.3:
            self.well = self.chance.randrange(len(self.stations))
        self.relieve(self.stations[self.well])
        self.see_up(self.stations[self.well])
        at_once: list[tuple[float, Station, str]] = []
        waiting: dict[Station, tuple[str, str]] = {}
        struck: list[tuple[Station, str, str]] = []
        for number, station in enumerate(self.stations):
            if station.until and station.until <= self.steps:
                self.relieve(station)
            (blow,) = self.chance.choices(list(BLOWS), [weight for weight, _ in BLOWS.values()])
            (moment,) = self.chance.choices(MOMENTS, (1, 2, 2))
            instant, lasting = self.chance.uniform(0, A_LOOK), self.chance.choice((0, 0, 1, 1, 2))
            if number == self.well or station.until:
                continue
            station.until = self.steps + lasting
            if moment == INSTANT:
                at_once.append((instant, station, blow))
            else:
                waiting[station] = blow, moment

        def hit(station: Station, blow: str, moment: str) -> None:
            BLOWS[blow][1](station)
            struck.append((station, blow, moment))

        def on_its_way(exchange: Exchange) -> bool:
            sender = self.sender(exchange)
            if sender is None or (planned := waiting.pop(sender, None)) is None:
                return False
            blow, moment = planned
            answer = exchange.forward() if moment == ANSWERED else None
            hit(sender, blow, moment)
            if blow == "kill":
                exchange.hang_up()
            else:
                exchange.answer(answer or exchange.forward())
            return True

        began = time.monotonic()
        with self.each_that_leaves(on_its_way):
            for instant, station, blow in sorted(at_once, key=lambda one: one[0]):
                time.sleep(max(0.0, began + instant - time.monotonic()))
                hit(station, blow, INSTANT)
            self.rest()
        while waiting:  # nothing of theirs left
            station, (blow, _) = waiting.popitem()
            hit(station, blow, INSTANT)
        for station, blow, moment in struck:
            self.moments[f"{blow.partition(' ')[0].strip(',')} {moment}"] += 1
            if blow == "kill":
                self.over([station.run], moment)
            else:
                self.happened[blow] += 1
            if station.until == self.steps:
                self.relieve(station)

    def restart(self, how: signal.Signals) -> None:
        """The database goes down as a post is on its way, while all three run; and comes back."""
        self.all_well()
        handled, away = self.chance.random() < 0.5, self.chance.uniform(0.1, 2.5)
        first, down = Lock(), Event()

        def goes_down() -> bool:
            if not first.acquire(blocking=False):
                return False
            self.database.stop(how)
            down.set()
            return True

        def on_its_way(exchange: Exchange) -> bool:
            if first.locked():
                return False
            answer = exchange.forward() if handled else None
            if goes_down():
                self.moments[f"restart {ANSWERED if handled else LEAVES}"] += 1
            exchange.answer(answer or exchange.forward())
            return True

        with self.each_that_leaves(on_its_way):
            if not down.wait(NO_LONGER):
                goes_down()
            down.wait()
            time.sleep(away)
            self.database.start()
            self.rest()
        self.happened[f"restart by {how.name}"] += 1


def torments(forecast: Forecast, storm: StormOnPostgres) -> Coming:
    """What comes on each day, and at which minute of it: strikes as posts fall due and between, and two restarts."""
    due = [
        (day, (moment - FIRST) / timedelta(minutes=1) % (24 * 60))
        for day in range(1, forecast.days + 1)
        for moment in sorted({delivery.due for delivery in storm.plan if delivery.number == day})
    ]
    down = dict(zip(storm.chance.sample(due, 2), (signal.SIGINT, signal.SIGQUIT), strict=True))
    coming: dict[int, list[tuple[float, Torment]]] = {day: [] for day, _ in due}
    for day, minute in due:
        happens = partial(storm.restart, down[day, minute]) if (day, minute) in down else storm.strike
        # A second before, so that all three are woken by one alarm; or after, so that they notice one by one.
        coming[day].append((minute + storm.chance.uniform(-1, 1) / 60, _torment(happens)))
        if storm.chance.random() < 0.5:
            coming[day].append((storm.chance.uniform(1, STORMY), _torment(storm.strike)))
    return {day: sorted(of_the_day, key=lambda at: at[0]) for day, of_the_day in coming.items()}


def _torment(happens: Callable[[], None]) -> Torment:
    return lambda _: happens()


def main(forecast: Forecast, database: Postgres) -> bool:
    """Makes a storm over a new database on this server, which restarts; whether it did no harm."""
    began = time.monotonic()
    with ExitStack() as stack:
        over = stack.enter_context(seas(forecast.platforms, forecast.seed, forecast.weather, forecast.lag))
        url = stack.enter_context(database.database())
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="orangeday-storm-", ignore_cleanup_errors=True))
        )
        address = Address.parse(url)
        # One config for all; the port is the machine's own, by a variable that PostgreSQL's own library reads.
        plan, first = project(forecast, over, folder, f"postgresql+psycopg://{address.user}@/{address.database}")
        machines = [replace(first, name=NAMES[0], ledger=url)]
        machines += [machines[0].copied(name) for name in NAMES[1:]]
        lines = [stack.enter_context(cable(database.port)) for _ in machines]
        for machine, line in zip(machines, lines, strict=True):
            machine.credentials = {
                **machine.credentials, "PGHOST": "127.0.0.1", "PGPORT": str(line.port),
                "ORANGEDAY_LEDGER_PASSWORD": str(address.password),
            }  # fmt: skip
        storm = StormOnPostgres(over, plan, machines, random.Random(forecast.seed), database=database)  # noqa: S311
        try:
            storm.reach(FIRST - timedelta(hours=2))
            storm.stations += [Station(m, line, storm.start_again(m)) for m, line in zip(machines, lines, strict=True)]
            bring_out(storm, forecast, torments(forecast, storm), began)
            storm.all_well()
            storm.over([station.run for station in storm.stations])
            for machine in machines:
                for said in machine.home.glob("run-*"):
                    plain = "orangeday itself failed" not in (text := said.read_text(errors="replace"))
                    storm.hold(plain and "Traceback" not in text, f"{machine.name} said what is not plain: {text}")
            harmless = reckoning(storm, alone=True)
            _say_more(storm)
            _in_a_line(storm, forecast, time.monotonic() - began)
            return harmless
        finally:
            for line in lines:
                line.heal()
            for machine in machines:
                machine.shut_down()


def _say_more(storm: StormOnPostgres) -> None:
    show_counts("moments", storm.moments)
    for name, what in (("armed, by machine", "armed"), ("proved, by machine", "published")):
        query = "SELECT machine, count(*)::int FROM orangeday.event WHERE what = %s GROUP BY machine"
        show_counts(name, Counter({str(machine): int(str(n)) for machine, n in storm.look_up(query, what)}))


def _in_a_line(storm: StormOnPostgres, forecast: Forecast, seconds: float) -> None:
    """As a row of the table in docs/torture.md."""
    times = storm.out(storm.due())
    of = {
        name: sum(storm.happened[one] for one in storm.happened if one.startswith(name))
        for name in ("stop", "cut", "restart")
    }
    faults = sum(sea.faulty.weathered.total() for sea in storm.seas)
    row = (
        forecast.seed, len(times), times.count(1), sum(n > 1 for n in times), times.count(0), storm.kills.total(),
        *of.values(), faults, f"{seconds:.0f} s",
    )  # fmt: skip
    show("| " + " | ".join(map(str, row)) + " |")


def forecasts(arguments: Sequence[str] | None = None) -> list[Forecast]:
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture.storm_on_postgres", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[USUAL.seed])
    parser.add_argument("--deliveries", type=int, default=USUAL.deliveries)
    parser.add_argument("--days", type=int, choices=DAYS, default=USUAL.days, help="of the campaign")
    parser.add_argument("--weather", type=float, default=USUAL.weather, help="the share of requests that meet a fault")
    given = vars(parser.parse_args(arguments))
    return [replace(USUAL, seed=seed, **given) for seed in given.pop("seeds")]


if __name__ == "__main__":
    for ended_by in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ended_by, stop)
    harmless = True
    try:
        for one in forecasts():
            with postgres_server() as server:
                harmless = main(one, server) and harmless
        sys.exit(not harmless)
    except KeyboardInterrupt:
        show("stopped; nothing of it is left behind")
        sys.exit(130)
