"""A storm over Bluesky: the real program, killed at random instants of a real campaign on a real server.

    python -m tests.bluesky_storm --kills 200 --deliveries 300 --seed 1
    python -m tests.bluesky_storm --kills 24 --deliveries 48 --days 4 --delete-ledger
    python -m tests.bluesky_storm --kills 0 --deliveries 4 --days 1 --at-once 20

Each run is `orangeday publish --live` in a process of its own, as cron would start it; its clock and the server's go
from day to day together. A third of the kills come at any instant, a third as a post is on its way, a third when the
server has it and the answer isn't there yet. What counts in the end is what the server says is there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import time_machine

from orangeday import approvals
from orangeday.cli import main as orangeday
from orangeday.clock import DAYS
from orangeday.ledger import Ledger, Row, State
from orangeday.plan import Delivery, Plan

from . import campaigns
from .bluesky_server import Account, Server, running
from .conftest import plan_of
from .faulty_proxy import Exchange, Proxy, proxy_before

LANGUAGES = ("en", "fr")
FIRST = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock; the other embassies follow within the hour."""

KINDS = ("at any instant", "as a post leaves", "before its answer")

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["orangeday.commands.publish", "orangeday.platforms.bluesky", "orangeday.publisher", __name__]
)


class Run:
    """The program, as a process of its own. All are forked from one that has loaded it: that saves seconds a run."""

    def __init__(
        self, folder: Path, number: int, shift: float, environment: Mapping[str, str], words: Sequence[str]
    ) -> None:
        self._output = folder / f"run-{number}"
        arguments = shift, words, folder, environment, self._output
        self._process = _FORKS.Process(target=program, args=arguments, daemon=True)
        self._process.start()

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float) -> None:
        self._process.join(seconds)

    def ended(self) -> str:
        """Waits for its end; gives what it has said."""
        self._process.join(300)
        said = self._output.read_text() if self._output.exists() else ""
        assert self.status is not None and "Traceback" not in said, said
        return said

    @property
    def status(self) -> int | None:
        return self._process.exitcode


@dataclass
class Storm:
    """A campaign, and all that has happened to it."""

    server: Server
    proxy: Proxy
    folder: Path
    chance: random.Random
    accounts: dict[str, Account]
    plan: Plan
    environment: dict[str, str]
    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    asked: int = 0
    """Deliveries that a person had to let go once more."""
    length: float = 3.0
    """Seconds that a run takes, of late."""
    moment: datetime = FIRST

    def begin(self, *words: str) -> Run:
        """Starts the program at the storm's moment."""
        shift = (self.moment - datetime.now(UTC)).total_seconds()
        self.server.shift(shift)
        self.runs += 1
        return Run(self.folder, self.runs, shift, self.environment, words)

    def calm(self, *words: str) -> str:
        """A run that nothing happens to; gives what it says."""
        began = time.monotonic()
        run = self.begin(*(words or ("publish", "--live")))
        said = run.ended()
        assert run.status in (0, 1), said
        self.length = time.monotonic() - began
        return said

    def killed(self, kind: str) -> bool:
        """A run that is killed; False where it had ended before, or had nothing to send."""
        run, began = self.begin("publish", "--live"), time.monotonic()

        def kill(exchange: Exchange) -> None:
            if kind == "before its answer":
                exchange.forward()
            run.kill()
            exchange.hang_up()

        if kind == "at any instant":
            run.wait(self.chance.uniform(0, 0.9 * self.length))
            run.kill()
        else:
            self.proxy.fault("putRecord", kill, skip=self.chance.randrange(2))
        run.ended()
        self.proxy.heal()
        killed = run.status == -signal.SIGKILL
        if not killed:
            self.length = time.monotonic() - began
        self.kills[kind] += killed
        return killed

    def live(self) -> dict[str, Counter[str]]:
        """What stands on each account, by its text, as the server has it."""
        return {
            name: Counter(record["text"] for record in self.server.records(account.did).values())
            for name, account in self.accounts.items()
        }

    def missing(self) -> int:
        """How many of those that are due aren't there."""
        live = self.live()
        return sum(not live[delivery.embassy.id][text_of(delivery)] for delivery in self.due())

    def due(self) -> list[Delivery]:
        return [delivery for delivery in self.plan if delivery.due <= self.moment]

    def day(self, number: int, kills: int, delete_ledger: bool) -> None:
        """One day: so many kills while its posts fall due, then runs that are left alone."""
        start = FIRST + timedelta(days=number - 1)
        moments = sorted(self.chance.uniform(0, 80) for _ in range(kills))
        for nth, minutes in enumerate(moments):
            self.moment = start + timedelta(minutes=minutes)
            if delete_ledger and nth == kills // 2:
                self.lose_the_ledger()
            kind = self.chance.choice(KINDS)
            while not self.killed(kind):
                kind = KINDS[0]
        self.moment = start + timedelta(minutes=85)
        for _ in range(6):
            self.calm()
            self.moment += timedelta(minutes=7)
            self.ask_a_person()
            if not self.missing():
                break

    def ask_a_person(self) -> None:
        """What was lost on the way three times is given up until somebody says to try again."""
        for key, row in self.rows().items():
            if row.state is State.REFUSED:
                assert row.error and "without a clear answer" in row.error, row
                self.calm("retry", key)
                self.asked += 1

    def rows(self) -> dict[str, Row]:
        """What the ledger knows."""
        with closing(Ledger(f"sqlite:///{self.folder / 'ledger.db'}", lambda: self.moment)) as ledger:
            return ledger.campaign(self.plan.campaign_id)

    def lose_the_ledger(self) -> None:
        """The file is gone; a person looks at the accounts, and says that it is right to go on."""
        for file in self.folder.glob("ledger.db*"):
            if file.is_file():
                file.unlink()
        before = self.live()
        said = self.calm()
        assert "paused" in said, said
        assert self.live() == before, "nothing goes out before a person has said so"
        self.calm("resume")
        show(f"the ledger was deleted on {self.moment:%d %B at %H:%M} UTC, with {self.missing()} posts due and not out")


def show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def text_of(delivery: Delivery) -> str:
    assert delivery.wording
    return delivery.wording.text


def prepare(server: Server, proxy: Proxy, folder: Path, chance: random.Random, deliveries: int, days: int) -> Storm:
    """A campaign of at least so many deliveries, approved, on accounts that have never posted."""
    embassies = [f"embassy-{nth}" for nth in range(-(-deliveries // (days * len(LANGUAGES))))]
    config = '[publishing]\nmode = "live"\n\n[ledger]\nurl = "sqlite:///ledger.db"\n\n'
    files = campaigns.files(LANGUAGES, dict.fromkeys(embassies, "Africa/Nairobi"), config)
    head, *tables = files["config.toml"].split("\n[embassies.")
    accounts, environment = {}, dict.fromkeys(("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"), str(folder))
    for nth, (name, table) in enumerate(zip(embassies, tables, strict=True)):
        accounts[name] = account = server.account()
        environment[f"ORANGEDAY_{name.upper().replace('-', '_')}_BLUESKY_APP_PASSWORD"] = account.app_password
        own = f'time = "09:{nth * 40 // len(embassies):02}"\nbluesky = {{ handle = "{account.handle}" }}\n'
        head += f"\n[embassies.{table.partition('x = {')[0]}{own}"
    files["config.toml"] = f'{head}\n[bluesky]\nservice = "{proxy.url}"\n'
    plan = plan_of(campaigns.write(folder, files))
    approvals.approve(plan, list(approvals.subjects(plan)), "Ann", FIRST - timedelta(days=1))
    return Storm(server, proxy, folder, chance, accounts, plan, environment)


def at_once(storm: Storm, programs: int) -> None:
    """So many programs in one minute, each with everything of the first day to send."""
    storm.moment = FIRST + timedelta(minutes=65)
    started = [storm.begin("publish", "--live") for _ in range(programs)]
    for run in started:
        said = run.ended()
        assert run.status in (0, 1), said
    day = [delivery for delivery in storm.plan if delivery.number == 1]
    live = storm.live()
    assert all(sum(posts.values()) == len(LANGUAGES) for posts in live.values()), live
    show(f"{programs} programs at one minute: {len(day)} deliveries, {storm.missing()} missing, none twice")


def reckoning(storm: Storm, forgotten: datetime | None) -> bool:
    """The table; whether everything is there once, and the ledger knows it."""
    live = storm.live()
    times = {delivery.key: live[delivery.embassy.id].pop(text_of(delivery), 0) for delivery in storm.due()}
    strangers = sum(sum(posts.values()) for posts in live.values())
    rows = storm.rows()
    addresses = {
        f"at://{account.did}/app.bsky.feed.post/{key}"
        for account in storm.accounts.values()
        for key in storm.server.records(account.did)
    }
    # A ledger that is new knows nothing of what had its whole window before.
    known = [delivery for delivery in storm.due() if not forgotten or delivery.closes > forgotten]
    agree = sum(
        (row := rows.get(delivery.key)) is not None
        and row.state is State.PUBLISHED
        and row.receipt is not None
        and row.receipt.id in addresses
        for delivery in known
    )
    once, never = (sum(number == n for number in times.values()) for n in (1, 0))
    twice = len(times) - once - never
    for name, value in (
        ("deliveries", len(times)), ("on the server once", once), ("more than once", twice), ("never", never),
        ("posts of no delivery", strangers), ("ledger agrees", f"{agree} of {len(known)}"),
        ("kills", sum(storm.kills.values())), *((f"  {kind}", storm.kills[kind]) for kind in KINDS),
        ("runs", storm.runs), ("asked a person", storm.asked),
    ):  # fmt: skip
        show(f"{name:22}{value:>12}")
    return once == len(times) and not strangers and agree == len(known)


def main(
    kills: int, deliveries: int, seed: int, *, delete_ledger: bool = False, programs: int = 0, days: int = len(DAYS)
) -> bool:
    """Makes a storm; whether it did no harm."""
    began = time.monotonic()
    with (
        running() as server,
        proxy_before(server.url) as proxy,
        tempfile.TemporaryDirectory(prefix="orangeday-storm-", ignore_cleanup_errors=True) as folder,
    ):
        server.shift((FIRST - timedelta(days=1) - datetime.now(UTC)).total_seconds())
        storm = prepare(server, proxy, Path(folder), random.Random(seed), deliveries, days)  # noqa: S311
        storm.moment = FIRST - timedelta(hours=1)
        storm.calm()  # the ledger is there before the campaign is
        forgotten = None
        if programs:
            at_once(storm, programs)
        stormy = range(2 if programs else 1, days + 1)
        for nth, number in enumerate(stormy):
            lost = delete_ledger and number == days // 2 + 1
            if lost:
                forgotten = FIRST + timedelta(days=number - 1)
            storm.day(number, kills * (nth + 1) // len(stormy) - kills * nth // len(stormy), lost)
        show(f"seed {seed}, {time.monotonic() - began:.0f} s")
        return reckoning(storm, forgotten)


def program(shift: float, words: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path) -> NoReturn:
    """The program itself, at another time."""
    os.chdir(folder)
    os.environ.update(environment)
    with output.open("w") as opened:
        os.dup2(opened.fileno(), 1)
        os.dup2(opened.fileno(), 2)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=shift), tick=True):
        sys.exit(orangeday(list(words)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bluesky_storm")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--deliveries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delete-ledger", action="store_true", help="lose the ledger halfway, inside a window")
    parser.add_argument("--at-once", type=int, default=0, help="so many programs at the first day's same minute")
    parser.add_argument("--days", type=int, choices=DAYS, default=len(DAYS), help="of the campaign")
    given = parser.parse_args()
    well = main(
        given.kills,
        given.deliveries,
        given.seed,
        delete_ledger=given.delete_ledger,
        programs=given.at_once,
        days=given.days,
    )
    sys.exit(not well)
