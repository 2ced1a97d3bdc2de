"""A storm: the real program, live over a whole campaign, while all goes wrong that can.

    python -m tests.torture.storm --kills 200 --deliveries 300 --seed 1
    python -m tests.torture.storm --torments kills --platform x --kills 24 --deliveries 48 --days 4 --delete-ledger
    python -m tests.torture.storm --torments kills crowds --kills 500 --deliveries 300 --days 4
    python -m tests.torture.storm --platform both --kills 100 --two-machines --lag 120 --weather 0.4
    python -m tests.torture.storm --kills 0 --others 0 --deliveries 4 --days 1 --at-once 20

Each run is the real program in a process of its own, `orangeday publish --live` as cron would start it, `schedule`, or
a person's command; their clock and the servers' go from day to day together. The servers are a real one of Bluesky's
and the X of the tests; requests and answers are lost, cut, garbled, late or never there, by chance. What counts in the
end is what the servers say is there. `docs/torture.md` says how to read it.

What befalls a campaign is in `torments.py`, a function each; which come when, `torments` says.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeAlias

from PIL import Image

from orangeday.approvals import content
from orangeday.approvals import store as approvals
from orangeday.clock import DAYS
from orangeday.content.plan import Plan

from ..servers.bluesky_server import Server
from ..support import campaigns, zone_data
from ..support.common import plan_of
from ..support.machines import HOSTS, Machine
from .storm_campaign import FIRST, STORMY, Storm, Torment, show
from .storm_report import reckoning
from .storm_worlds import SEAS, Sea, seas
from .torments import (
    KINDS,
    MACHINES,
    NAIROBI,
    PEOPLE,
    at_once,
    bring_a_second_machine,
    kill,
    kill_until,
    lose_the_ledger,
    sleep_over_the_window,
)

Coming: TypeAlias = Mapping[int, Sequence[tuple[float, Torment]]]
"""By day, what comes, and at which minute."""
LANGUAGES = ("en", "fr", "nl", "de", "es", "pt", "it", "sv")


@dataclass(frozen=True)
class Forecast:
    """What a storm will be like."""

    kills: int = 200
    """So many processes are killed, or a few more."""
    deliveries: int = 300
    seed: int = 1
    platforms: tuple[str, ...] = tuple(SEAS)
    days: int = len(DAYS)
    languages: int = 2
    together: int = 1
    """So many embassies post at one minute."""
    lag: float = 90
    """Seconds for which X doesn't show a new post."""
    settle_after: float = 360
    """Seconds after which the program believes what X doesn't show; where that is less than the lag, it is harmed."""
    weather: float = 0.2
    """The share of all requests that meet a fault."""
    torments: tuple[str, ...] = KINDS
    others: int = 32
    """So many torments that are no kills, over the whole campaign."""
    delete_ledger: bool = False
    two_machines: bool = False
    at_once: int = 0
    """So many programs in one minute of the first day."""

    @property
    def kinds(self) -> list[str]:
        """The torments that are no kills. A ledger that is lost, or one of two, doesn't know what people did."""
        alone = not self.delete_ledger and not self.two_machines
        return [kind for kind in (*MACHINES, *(PEOPLE if alone else ())) if kind in self.torments]


def torments(forecast: Forecast, chance: random.Random) -> Coming:
    """What comes on each day, and at which minute of it."""
    found: defaultdict[int, list[tuple[float, Torment]]] = defaultdict(list)
    first = 1
    if forecast.at_once:
        found[1].append((STORMY - 15, partial(at_once, forecast.at_once)))
        first += forecast.days > 1
    stormy = range(first, forecast.days + 1)
    crowds, alone, killed = "crowds" in forecast.torments, "kills" in forecast.torments, 0
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
        for number, minute in enumerate(moments):
            killed += 1
            one = partial(kill, kind=kinds[number]) if kinds[number] else partial(kill_until, killed, crowds, alone)
            found[day].append((minute, one))
        found[day].sort(key=lambda at: (at[0], at[1] in (bring_a_second_machine, lose_the_ledger)))
    everything: Mapping[str, Torment] = {**MACHINES, **PEOPLE}
    for nth in range(forecast.others if forecast.kinds else 0):
        name = forecast.kinds[nth % len(forecast.kinds)]
        day = chance.choice(stormy)
        found[day].append((chance.uniform(1, STORMY), partial(_other, name, everything[name])))
    coming = {day: sorted(of_the_day, key=lambda at: at[0]) for day, of_the_day in found.items()}
    if "stops" in forecast.kinds and forecast.others and len(stormy) > 1 and not forecast.two_machines:
        # Late enough for much to be out, and early enough for something to be kept. What would come then has no
        # window any more; kills are made up for on the next day.
        day, minute = chance.choice(stormy[:-1]), chance.uniform(15, 30)
        coming[day] = [(at, one) for at, one in coming.get(day, []) if at < minute]
        coming[day].append((minute, partial(_other, "sleeps past the window", sleep_over_the_window)))
    return coming


def _other(name: str, torment: Torment, storm: Storm) -> None:
    storm.happened[name] += 1
    torment(storm)


def prepare(forecast: Forecast, over: list[Sea], folder: Path, chance: random.Random) -> Storm:
    """A campaign of at least so many deliveries, approved, on accounts that have never posted."""
    plan, machine = project(forecast, over, folder, "sqlite:///ledger.db")
    return Storm(over, plan, [machine], chance)


def project(forecast: Forecast, over: list[Sea], folder: Path, ledger: str) -> tuple[Plan, Machine]:
    """The campaign with its ledger at this address, and a machine for it."""
    languages = LANGUAGES[: forecast.languages]
    each = forecast.days * len(languages) * len(over)
    embassies = [f"embassy-{nth}" for nth in range(-(-forecast.deliveries // each))]
    config = f'[publishing]\nmode = "live"\n\n[ledger]\nurl = "{ledger}"\n\n'
    config += f'[schedule]\nspacing = "{20 // max(1, len(languages) - 1)}m"\n\n'
    files = campaigns.files(languages, dict.fromkeys(embassies, "Africa/Nairobi"), config)
    for number in DAYS:
        day = f"posts/{number:02}-day"
        if number % 2 == 0:  # what X gives back otherwise than it got it
            for language in languages:
                text = f"Day {number} in {language} & from {{city}} 🧡 https://example.org/{number}?a=b&c=d"
                files[f"{day}/{language}.toml"] = f'text = "{text}"\n'
        if number % 3 == 0:  # what takes more than one request
            files[f"{day}/day.toml"] += 'media = ["media/one.png"]\n'
            for language in languages:
                files[f"{day}/{language}.toml"] += '[alt]\n"media/one.png" = "An orange"\n'
    head, *tables = files["config.toml"].split("\n[embassies.")
    variables: dict[str, str] = {}
    for nth, (name, table) in enumerate(zip(embassies, tables, strict=True)):
        head += f"\n[embassies.{table.partition('x = {')[0]}"
        head += f'time = "09:{nth // forecast.together * forecast.together * 40 // len(embassies):02}"\n'
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
    Image.new("RGB", (12, 9), "orange").save(project / "posts/media/one.png")
    plan = plan_of(campaigns.write(project, {**files, "config.toml": head}))
    approvals.approve(plan, list(content.subjects(plan)), "Ann", FIRST - timedelta(days=1))
    return plan, Machine(project, folder / "home", HOSTS[0], variables)


def bring_out(storm: Storm, forecast: Forecast, coming: Coming, began: float) -> None:
    """Brings the campaign out, day by day, through what comes."""
    storm.reach(FIRST - timedelta(hours=1))
    storm.sweep()  # the ledger is there before the campaign is
    for sea in storm.seas:
        sea.blow()
    for number in range(1, forecast.days + 1):
        storm.day(number, coming.get(number, ()))
        times, kills, seconds = storm.out(storm.due()), storm.kills.total(), time.monotonic() - began
        show(
            f"day {number:2}: well at {storm.now():%H:%M}, {times.count(1)} of {len(times)} out once, "
            f"{kills} kills, {storm.happened.total()} torments, {storm.runs} runs, {seconds:.0f} s"
        )
    show(f"seed {forecast.seed}, {time.monotonic() - began:.0f} s")


def main(forecast: Forecast, pds: Server | None = None) -> bool:
    """Makes a storm, on this Bluesky server if there is one; whether it did no harm."""
    began = time.monotonic()
    chance = random.Random(forecast.seed)  # noqa: S311
    with (
        seas(forecast.platforms, forecast.seed, forecast.weather, forecast.lag, pds) as over,
        tempfile.TemporaryDirectory(prefix="orangeday-storm-", ignore_cleanup_errors=True) as folder,
        zone_data.chosen(zone_data.write(Path(folder) / "zones", {"Africa/Nairobi": NAIROBI[0]})),
    ):
        storm = prepare(forecast, over, Path(folder), chance)
        try:
            bring_out(storm, forecast, torments(forecast, chance), began)
            return reckoning(storm, alone=not forecast.two_machines and not forecast.delete_ledger)
        finally:
            for machine in storm.machines:
                machine.shut_down()


def forecast_of(arguments: Sequence[str] | None = None) -> Forecast:
    usual = Forecast()
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture.storm", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=usual.kills)
    parser.add_argument("--deliveries", type=int, default=usual.deliveries)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--platform", choices=(*SEAS, "both"), default="both")
    parser.add_argument("--days", type=int, choices=DAYS, default=usual.days, help="of the campaign")
    parser.add_argument("--lag", type=float, default=usual.lag, help="seconds for which X doesn't show a new post")
    parser.add_argument("--settle-after", type=float, default=usual.settle_after, help="seconds, as in the config")
    parser.add_argument("--weather", type=float, default=usual.weather, help="the share of requests that meet a fault")
    parser.add_argument("--torments", nargs="+", choices=("all", *KINDS), default=["all"], help="what befalls it")
    parser.add_argument("--others", type=int, default=usual.others, help="so many torments that are no kills")
    parser.add_argument("--languages", type=int, choices=range(1, len(LANGUAGES) + 1), default=usual.languages)
    parser.add_argument("--delete-ledger", action="store_true", help="lose the ledger halfway, inside a window")
    parser.add_argument("--two-machines", action="store_true", help="a copy of the project runs beside it")
    parser.add_argument("--at-once", type=int, default=0, help="so many programs at the first day's same minute")
    given = vars(parser.parse_args(arguments))
    platform, kinds = given.pop("platform"), given.pop("torments")
    given["torments"] = KINDS if "all" in kinds else tuple(kinds)
    return Forecast(platforms=tuple(SEAS) if platform == "both" else (platform,), **given)


def stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for ended_by in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ended_by, stop)
    try:
        sys.exit(not main(forecast_of()))
    except KeyboardInterrupt:
        show("stopped; nothing of it is left behind")
        sys.exit(130)
