"""A storm: the real program, live over a whole campaign, while all goes wrong that can.

    python -m tests.storm --kills 200 --deliveries 300 --seed 1
    python -m tests.storm --platform x --kills 24 --deliveries 48 --days 4 --delete-ledger
    python -m tests.storm --platform both --kills 100 --two-machines --lag 120 --weather 0.4
    python -m tests.storm --kills 0 --deliveries 4 --days 1 --at-once 20

Each run is `orangeday publish --live` in a process of its own, as cron would start it, and its clock and the servers'
go from day to day together. The servers are a real one of Bluesky's and the X of the tests; requests and answers are
lost, cut, garbled, late or never there, by chance. What counts in the end is what the servers say is there.

A torment is a function that is given the storm; which come when, `torments` says.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeAlias

from PIL import Image

from orangeday import approvals
from orangeday.clock import DAYS
from orangeday.ledger import Row, State
from orangeday.plan import Delivery, Plan

from . import campaigns
from .conftest import plan_of
from .faulty_proxy import Exchange
from .machines import HOSTS, Machine, Run
from .stormy import LATE, SEAS, Sea, seas

LANGUAGES = ("en", "fr")
FIRST = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock; the other embassies follow within the hour."""
STORMY = 80
"""So many minutes of each day, while its posts fall due, it is tormented."""
A_DAY = timedelta(hours=7)
"""Then it is left to itself until all is well, or the last window has closed and the last doubt had its time."""
BETWEEN = timedelta(minutes=4)
"""From one of its runs to the next, then."""


@dataclass(frozen=True)
class Forecast:
    """What a storm will be like."""

    kills: int = 200
    deliveries: int = 300
    seed: int = 1
    platforms: tuple[str, ...] = tuple(SEAS)
    days: int = len(DAYS)
    lag: float = 90
    """Seconds for which X doesn't show a new post."""
    settle_after: float = 360
    """Seconds after which the program believes what X doesn't show; where that is less than the lag, it is harmed."""
    weather: float = 0.2
    """The share of all requests that meet a fault."""
    delete_ledger: bool = False
    two_machines: bool = False
    at_once: int = 0
    """So many programs in one minute of the first day."""


@dataclass
class Storm:
    """A campaign, the machines that bring it out, and all that has happened to it."""

    seas: list[Sea]
    plan: Plan
    machines: list[Machine]
    chance: random.Random
    shift: float = 0.0
    """Seconds by which all clocks are ahead."""
    length: float = 3.0
    """Seconds that a run takes which has something to do: a kill at any instant comes before that."""
    runs: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    """The torments, by their names."""
    asked: int = 0
    """Deliveries that a person had to let go once more."""
    wrong: dict[str, str] = field(default_factory=dict)
    """What was refused though nothing was the matter with it, by machine and key."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.shift)

    def reach(self, moment: datetime) -> None:
        """Waits until then, in no time. Time never goes back."""
        self.shift = max(self.shift, (moment - datetime.now(UTC)).total_seconds())
        for sea in self.seas:
            sea.shift(self.shift)

    def begin(self, machine: Machine, *words: str) -> Run:
        self.runs += 1
        return machine.begin(self.shift, *(words or ("publish", "--live")))

    def start(self) -> dict[str, Run]:
        """Starts the program on each machine; gives the runs by the name that each has for the servers."""
        return {machine.host: self.begin(machine) for machine in self.machines}

    def calm(self, machine: Machine, *words: str) -> str:
        """A run that nobody kills; gives what it says."""
        return _well(self.begin(machine, *words))

    def sweep(self) -> None:
        """A run on each machine, side by side, that nobody kills."""
        began, runs = time.monotonic(), self.start()
        for run in runs.values():
            _well(run)
        self.length = max(self.length, time.monotonic() - began)

    # What is there, and what is known

    def there(self) -> dict[str, dict[str, dict[str, str]]]:
        """By platform and embassy, what the servers have."""
        return {sea.platform: sea.there() for sea in self.seas}

    def out(self, deliveries: Sequence[Delivery]) -> list[int]:
        """How often each of these is on its server."""
        there = {
            platform: {embassy: Counter(texts.values()) for embassy, texts in accounts.items()}
            for platform, accounts in self.there().items()
        }
        return [there[delivery.platform][delivery.embassy.id][text_of(delivery)] for delivery in deliveries]

    def due(self, day: int | None = None) -> list[Delivery]:
        now = self.now()
        return [delivery for delivery in self.plan if delivery.due <= now and day in (None, delivery.number)]

    def rows(self, machine: Machine) -> dict[str, Row]:
        return machine.rows(self.plan.campaign_id)

    def ills(self, day: int) -> list[str]:
        """What of the day a ledger doesn't have as published, or a server not once."""
        of_the_day, found = self.due(day), []
        for machine in self.machines:
            rows = self.rows(machine)
            for delivery in of_the_day:
                row = rows.get(delivery.key)
                if row is None or row.state is not State.PUBLISHED:
                    state = f"{row.state}: {row.error}" if row else "untouched"
                    found.append(f"{delivery.key} is {state}, at {machine.host}")
        if not found:
            times = zip(of_the_day, self.out(of_the_day), strict=True)
            found = [f"{delivery.key} is there {number} times" for delivery, number in times if number != 1]
        return found

    # A day

    def day(self, number: int, torments: Sequence[tuple[float, Torment]]) -> None:
        """Its torments, each at its minute; then runs that are left alone, until all is well."""
        begins = FIRST + timedelta(days=number - 1)
        for minutes, torment in torments:
            self.reach(begins + timedelta(minutes=minutes))
            torment(self)
        self.reach(begins + timedelta(minutes=STORMY + 5))
        self.sweep()
        while (ills := self.ills(number)) and not self.wrong and self.now() < begins + A_DAY:
            self.ask_a_person()
            self.reach(self.now() + BETWEEN)
            self.sweep()
        for ill in ills:
            show(f"NOT WELL: {ill}")

    def ask_a_person(self) -> None:
        """What was lost on the way three times is given up until somebody says to try again."""
        for machine in self.machines:
            for key, row in self.rows(machine).items():
                if row.state is not State.REFUSED:
                    continue
                if "without a clear answer" in (row.error or ""):
                    if not row.allowed and self.now() < row.closes:
                        self.calm(machine, "retry", key)
                        self.asked += 1
                else:
                    self.wrong[f"{machine.host} {key}"] = row.error or ""


Torment: TypeAlias = Callable[[Storm], None]


def _well(run: Run) -> str:
    said = run.ended()
    assert run.status in (0, 1), said
    return said


def show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def text_of(delivery: Delivery) -> str:
    assert delivery.wording
    return delivery.wording.text


# The torments


def at_any_instant(storm: Storm) -> bool:
    began, runs = time.monotonic(), storm.start()
    victim = storm.chance.choice(list(runs.values()))
    victim.wait(storm.chance.uniform(0, 0.9 * storm.length))
    victim.kill()
    return _struck(storm, began, runs)


def as_a_post_leaves(storm: Storm) -> bool:
    return _on_the_way(storm, handled=False)


def before_its_answer(storm: Storm) -> bool:
    return _on_the_way(storm, handled=True)


def _on_the_way(storm: Storm, *, handled: bool) -> bool:
    sea = storm.chance.choice(storm.seas)
    began, runs = time.monotonic(), storm.start()

    def kill(exchange: Exchange) -> None:
        if handled:
            exchange.forward()
        runs[exchange.seen.headers["Host"].partition(":")[0]].kill()
        exchange.hang_up()

    sea.faulty.fault(sea.sends, kill, skip=storm.chance.randrange(2))
    struck = _struck(storm, began, runs)
    sea.blow()
    return struck


def _struck(storm: Storm, began: float, runs: Mapping[str, Run]) -> bool:
    """Waits for all to end; whether one was killed, and hadn't ended before."""
    for run in runs.values():
        run.ended()
    struck = any(run.killed for run in runs.values())
    if not struck:
        storm.length = min(storm.length, time.monotonic() - began)
    return struck


KILLS: Mapping[str, Callable[[Storm], bool]] = {
    "at any instant": at_any_instant,
    "as a post leaves": as_a_post_leaves,
    "before its answer": before_its_answer,
}


def kill(storm: Storm, kind: str | None = None) -> None:
    """Kills a run by SIGKILL; one that had nothing to send, or ended before, isn't counted."""
    kind = kind or storm.chance.choice(list(KILLS))
    while not KILLS[kind](storm):
        kind = "at any instant"
    storm.happened[f"kills {kind}"] += 1


def lose_the_ledger(storm: Storm) -> None:
    """The file is gone; a person looks at the accounts, and says that it is right to go on."""
    machine = storm.machines[0]
    for file in machine.ledger_files():
        file.unlink()
    machine.forgotten = storm.now()
    storm.happened["ledgers deleted"] += 1
    _begins_paused(storm, machine, "the ledger was deleted")
    storm.calm(machine)


def bring_a_second_machine(storm: Storm) -> None:
    """The project was copied, ledger and all, and the copy is started beside it."""
    machine = storm.machines[0].copied()
    storm.machines.append(machine)
    storm.calm(machine, "approve", "all", "--by", "Ann")  # which service it posts to is part of what was approved
    storm.happened["machines brought"] += 1
    _begins_paused(storm, machine, "a second machine has come with a copy of the project")


def _begins_paused(storm: Storm, machine: Machine, why: str) -> None:
    time.sleep(2 * LATE)  # what was late, of a run that was killed, has come by then
    before = storm.there()
    said = storm.calm(machine)
    assert "paused" in said, said
    assert storm.there() == before, "nothing goes out before a person has said so"
    storm.calm(machine, "resume")
    waiting = storm.out(storm.due()).count(0)
    show(f"{why} on {storm.now():%d %B at %H:%M} UTC, with {waiting} posts due and not out")


def at_once(programs: int, storm: Storm) -> None:
    """So many programs in one minute, each with everything of the day to send."""
    started = [storm.begin(storm.machines[0]) for _ in range(programs)]
    for run in started:
        _well(run)
    times = storm.out(storm.due())
    storm.happened["programs at once"] += programs
    show(f"{programs} programs at one minute: {len(times)} deliveries, {sum(times)} posts, {times.count(0)} not yet")
    assert max(times) <= 1, times


def torments(forecast: Forecast, chance: random.Random) -> Mapping[int, Sequence[tuple[float, Torment]]]:
    """What comes on each day, and at which minute of it."""
    found: defaultdict[int, list[tuple[float, Torment]]] = defaultdict(list)
    first = 1
    if forecast.at_once:
        found[1].append((STORMY - 15, partial(at_once, forecast.at_once)))
        first += forecast.days > 1
    stormy = range(first, forecast.days + 1)
    for nth, day in enumerate(stormy):
        kills = forecast.kills * (nth + 1) // len(stormy) - forecast.kills * nth // len(stormy)
        moments = sorted(chance.uniform(0, STORMY) for _ in range(kills))
        middle, kinds = kills // 2, dict.fromkeys(range(kills), "")
        for wanted, special, torment in (
            (forecast.two_machines, first, bring_a_second_machine),
            (forecast.delete_ledger, forecast.days // 2 + 1, lose_the_ledger),
        ):
            if wanted and day == max(first, special):
                # Right after a kill that nobody but the server knows of: X doesn't even show it yet.
                kinds[middle] = "before its answer"
                found[day].append((moments[middle] if moments else STORMY / 2, torment))
        found[day] += [(minute, partial(kill, kind=kinds[nth] or None)) for nth, minute in enumerate(moments)]
        found[day].sort(key=lambda at: (at[0], at[1] in (bring_a_second_machine, lose_the_ledger)))
    return found


# The end


def reckoning(storm: Storm, forecast: Forecast) -> bool:
    """The table; whether everything is there once, and every ledger knows it."""
    columns: dict[str, list[object]] = defaultdict(list)
    for sea in storm.seas:
        deliveries = [delivery for delivery in storm.due() if delivery.platform == sea.platform]
        times, there, known = storm.out(deliveries), sea.there(), _known(storm, sea, deliveries)
        told = {(delivery.embassy.id, text_of(delivery)) for delivery in deliveries}
        columns["deliveries"].append(len(times))
        columns["on the server once"].append(times.count(1))
        columns["more than once"].append(sum(number > 1 for number in times))
        columns["never"].append(times.count(0))
        columns["posts of no delivery"].append(
            sum((embassy, text) not in told for embassy, texts in there.items() for text in texts.values())
        )
        columns["texts ever posted twice"].append(
            sum(number > 1 for texts in sea.ever().values() for number in texts.values())
        )
        columns["unsure in a ledger"].append(sum(row.state in (State.ARMED, State.UNSURE) for row, _ in known if row))
        columns["ledgers agree"].append(f"{sum(agrees for _, agrees in known)} of {len(known)}")
        columns["refused as there already"].append(sea.refused_as_there())
        columns["dollars"].append(f"{sea.dollars():.2f}")
    show(f"{'':28}{''.join(f'{sea.platform:>12}' for sea in storm.seas)}")
    for name, values in columns.items():
        show(f"{name:28}{''.join(f'{value!s:>12}' for value in values)}")
    for name, counts in (
        ("faults of the weather", [sea.faulty.weathered for sea in storm.seas]),
        ("calls", [sea.calls() for sea in storm.seas]),
    ):
        show(f"{name:28}{''.join(f'{count.total():>12}' for count in counts)}")
        for kind in sorted(set().union(*counts)):
            show(f"  {kind:26}{''.join(f'{count[kind]:>12}' for count in counts)}")
    kills = sum(number for name, number in storm.happened.items() if name.startswith("kills "))
    for name, number in (("kills", kills), *sorted(storm.happened.items()), ("runs", storm.runs)):
        show(f"{name:28}{number:>12}")
    show(f"{'asked a person':28}{storm.asked:>12}")
    for where, why in storm.wrong.items():
        show(f"WRONGLY REFUSED {where}: {why}")
    harms = ("more than once", "never", "posts of no delivery", "texts ever posted twice", "unsure in a ledger")
    alone = not forecast.two_machines and not forecast.delete_ledger
    return (
        not any(number for name in harms for number in columns[name])
        and all(agree == f"{of} of {of}" for agree in columns["ledgers agree"] for of in [str(agree).split()[-1]])
        # Who has the one true ledger never even asks for what is there.
        and not (alone and any(columns["refused as there already"]))
        and not storm.wrong
    )


def _known(storm: Storm, sea: Sea, deliveries: Sequence[Delivery]) -> list[tuple[Row | None, bool]]:
    """What each ledger should know: the row of each delivery, and whether it is as the server says."""
    there, known = sea.there(), []
    for machine in storm.machines:
        rows = storm.rows(machine)
        for delivery in deliveries:
            if machine.forgotten and delivery.closes <= machine.forgotten:
                continue
            row = rows.get(delivery.key)
            proof = row.receipt.id if row and row.state is State.PUBLISHED and row.receipt else ""
            known.append((row, there[delivery.embassy.id].get(proof) == text_of(delivery)))
    return known


def prepare(forecast: Forecast, over: list[Sea], folder: Path, chance: random.Random) -> Storm:
    """A campaign of at least so many deliveries, approved, on accounts that have never posted."""
    each = forecast.days * len(LANGUAGES) * len(over)
    embassies = [f"embassy-{nth}" for nth in range(-(-forecast.deliveries // each))]
    config = '[publishing]\nmode = "live"\n\n[ledger]\nurl = "sqlite:///ledger.db"\n\n'
    files = campaigns.files(LANGUAGES, dict.fromkeys(embassies, "Africa/Nairobi"), config)
    for number in DAYS:
        day = f"posts/{number:02}-day"
        if number % 2 == 0:  # what X gives back otherwise than it got it
            for language in LANGUAGES:
                text = f"Day {number} in {language} & from {{city}} 🧡 https://example.org/{number}?a=b&c=d"
                files[f"{day}/{language}.toml"] = f'text = "{text}"\n'
        if number % 3 == 0:  # what takes more than one request
            files[f"{day}/day.toml"] += 'media = ["media/one.png"]\n'
            for language in LANGUAGES:
                files[f"{day}/{language}.toml"] += '[alt]\n"media/one.png" = "An orange"\n'
    head, *tables = files["config.toml"].split("\n[embassies.")
    variables: dict[str, str] = {}
    for nth, (name, table) in enumerate(zip(embassies, tables, strict=True)):
        head += f"\n[embassies.{table.partition('x = {')[0]}"
        head += f'time = "09:{nth * 40 // len(embassies):02}"\n'
        for sea in over:
            handle, found = sea.open_account(name)
            variables |= found
            head += f'{sea.platform} = {{ handle = "{handle}" }}\n'
    for sea in over:
        where = {"x": "base_url", "bluesky": "service"}[sea.platform]
        head += f'\n[{sea.platform}]\n{where} = "{sea.faulty.url}"\n'
        if sea.platform == "x":
            head += f'settle_after = "{forecast.settle_after:.0f}s"\n'
    project = folder / "project"
    (project / "posts/media").mkdir(parents=True)
    Image.new("RGB", (4, 3), "orange").save(project / "posts/media/one.png")
    plan = plan_of(campaigns.write(project, {**files, "config.toml": head}))
    approvals.approve(plan, list(approvals.subjects(plan)), "Ann", FIRST - timedelta(days=1))
    return Storm(over, plan, [Machine(project, folder / "home", HOSTS[0], variables)], chance)


def main(forecast: Forecast) -> bool:
    """Makes a storm; whether it did no harm."""
    began = time.monotonic()
    chance = random.Random(forecast.seed)  # noqa: S311
    with (
        seas(forecast.platforms, forecast.seed, forecast.weather, forecast.lag) as over,
        tempfile.TemporaryDirectory(prefix="orangeday-storm-", ignore_cleanup_errors=True) as folder,
    ):
        storm = prepare(forecast, over, Path(folder), chance)
        try:
            storm.reach(FIRST - timedelta(hours=1))
            storm.sweep()  # the ledger is there before the campaign is
            for sea in over:
                sea.blow()
            coming = torments(forecast, chance)
            for number in range(1, forecast.days + 1):
                storm.day(number, coming.get(number, ()))
                times, kills = storm.out(storm.due()), storm.happened.total()
                show(
                    f"day {number:2}: done at {storm.now():%H:%M}, {times.count(1)} of {len(times)} out once, "
                    f"{kills} torments, {storm.runs} runs, {time.monotonic() - began:.0f} s"
                )
            show(f"seed {forecast.seed}, {time.monotonic() - began:.0f} s")
            return reckoning(storm, forecast)
        finally:
            for machine in storm.machines:
                machine.shut_down()


def forecast_of(arguments: Sequence[str] | None = None) -> Forecast:
    usual = Forecast()
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=usual.kills)
    parser.add_argument("--deliveries", type=int, default=usual.deliveries)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--platform", choices=(*SEAS, "both"), default="both")
    parser.add_argument("--days", type=int, choices=DAYS, default=usual.days, help="of the campaign")
    parser.add_argument("--lag", type=float, default=usual.lag, help="seconds for which X doesn't show a new post")
    parser.add_argument("--settle-after", type=float, default=usual.settle_after, help="seconds, as in the config")
    parser.add_argument("--weather", type=float, default=usual.weather, help="the share of requests that meet a fault")
    parser.add_argument("--delete-ledger", action="store_true", help="lose the ledger halfway, inside a window")
    parser.add_argument("--two-machines", action="store_true", help="a copy of the project runs beside it")
    parser.add_argument("--at-once", type=int, default=0, help="so many programs at the first day's same minute")
    given = vars(parser.parse_args(arguments))
    platform = given.pop("platform")
    return Forecast(platforms=tuple(SEAS) if platform == "both" else (platform,), **given)


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for ended_by in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ended_by, _stop)
    try:
        sys.exit(not main(forecast_of()))
    except KeyboardInterrupt:
        show("stopped; nothing of it is left behind")
        sys.exit(130)
