"""Measures what `orangeday schedule --live` takes of its machine: `python -m bench.memory`.

It is the program as it is installed, started fresh, with the shipped campaign: ten embassies on both platforms. It
posts all of day 1, then waits an hour. The hour is moved through in minutes, each as many sweeps as ever; with
`--minutes 60` it is a true one.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.servers.bluesky_server import Server, running
from tests.servers.x_server import XServer, x_server
from tests.support.external_tools import NotHere
from tests.support.file_clock import set_ahead
from tests.support.offset_clock import ahead

from bench import measure
from bench.measure import Row, Table
from bench.tls import Authority, front
from orangeday.content import campaign, config
from orangeday.content.plan import Plan
from orangeday.system import credentials

ROOT = Path(__file__).parents[1]
TITLE = "Memory"
PATIENCE = 120
"""Seconds for what is due at one moment to go out, and for one sweep."""
SWEEP = timedelta(seconds=30)
NOTICED = 1.5
"""Seconds in which it notices that the clock was set, and sweeps."""
QUIET = timedelta(seconds=61)
"""How long it is watched by the wall clock as it waits: two sweeps are in it."""


def table(folder: Path, quick: bool, real: bool = False, minutes: int = 60) -> Table:
    """After so many minutes of sweeps; `real` says that they are minutes by the wall clock. `quick`: ten of them."""
    minutes = 10 if quick else minutes
    waited = "an hour" if minutes == 60 else f"{minutes} minutes"
    try:
        if not Path("/proc/self/status").is_file():
            raise NotHere("this system has no /proc to ask")
        with _servers(folder) as servers:
            life = _Life(folder, servers)
            with life.begun() as process:
                life.reach(life.moments[0])
                first = process.memory
                for moment in life.moments[1:]:
                    life.reach(moment)
                day = process.memory
                share = life.wait(process, timedelta(minutes=minutes), real=real)
                hour = process.memory
            posts = len(life.plan_of_day_one)
    except NotHere as why:
        return Table(TITLE, "It could not be measured on this machine.", [Row(str(why), "")])
    accounts = len(list(life.plan.accounts))
    how = "by the wall clock" if real else "moved through, with a sweep for each half minute"
    about = (
        "What `orangeday schedule --live` has in memory (its resident set), as a process of its own, for the campaign "
        f"as it is shipped: {len(life.plan.config.embassies)} embassies, {accounts} accounts, half of them on Bluesky "
        f"and half on X, over TLS; {len(list(life.plan))} posts planned, of which {posts} with their pictures go out "
        f"on day 1. After that it waits, with nothing due: {waited} {how}. The ratio is to the first row. The clock "
        "that is set for it is about 1 MiB of it."
    )
    rows = [
        Row("after its first posts", _mebibytes(first)),
        Row(f"after day 1, {posts} posts", _mebibytes(day), [day / first]),
        Row(f"after {waited} of sweeps", _mebibytes(hour), [hour / first], "≤ 100 MiB"),
        Row("of a processor, while it waits", f"{share:.2%}"),
    ]
    return Table(TITLE, about, rows)


@dataclass(frozen=True)
class Process:
    """What the system says of one."""

    pid: int

    @property
    def memory(self) -> int:
        """Kibibytes that it has there, shared libraries and all: its resident set."""
        said = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"^VmRSS:\s+(\d+) kB", said, re.MULTILINE)[0])

    @property
    def processor(self) -> float:
        """Seconds, since it began."""
        times = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def _mebibytes(kibibytes: int) -> str:
    return f"{kibibytes / 1024:.1f} MiB"


@dataclass(frozen=True)
class _Servers:
    """One of each platform's, both over TLS: what is read to know whom to trust is of what is measured."""

    pds: Server
    x: XServer
    urls: tuple[str, str]
    """Bluesky's and X's."""
    modules: Path
    """A folder for PYTHONPATH, for them to be trusted."""


@contextmanager
def _servers(folder: Path) -> Iterator[_Servers]:
    authority = Authority(folder)
    with running() as pds, x_server() as x, front(pds.url, authority) as bluesky, front(x.url, authority) as at_x:
        x.scheme = "https"
        yield _Servers(pds, x, (f"https://{bluesky}", f"https://{at_x}"), authority.trusted())


class _Life:
    """The shipped campaign on accounts of these servers, and the clock that it and they have."""

    def __init__(self, folder: Path, servers: _Servers) -> None:
        self._folder, self._pds, self._x = folder, servers.pds, servers.x
        self._clock = folder / "clock"
        set_ahead(self._clock, 0)
        self._told = measure.clean(folder) | _files(folder, servers)
        self._told["PYTHONPATH"] = os.pathsep.join(map(str, (servers.modules, ROOT)))
        read = config.load(folder / "config.toml")
        self.plan = Plan(campaign.load(read.posts), read, read.first_day(datetime.now(UTC)))
        self.plan_of_day_one = [delivery for delivery in self.plan if delivery.number == 1]
        self.moments = sorted({delivery.due for delivery in self.plan_of_day_one})
        self._set(self.plan.begins)
        self._do("approve", "all", "--by", "Ann")
        self._do("publish")  # the ledger meets the accounts before anything is due

    def _set(self, moment: datetime) -> None:
        self._pds.shift(ahead(moment))
        self._x.shift(ahead(moment))
        set_ahead(self._clock, ahead(moment))
        self._now = moment

    def _command(self, *words: str) -> tuple[str, ...]:
        return sys.executable, "-m", "bench.clocked", str(self._clock), *words

    def _do(self, *words: str) -> None:
        measure.process(*self._command(*words), folder=self._folder, environment=self._told)()

    @contextmanager
    def begun(self) -> Iterator[Process]:
        """The scheduler, until the block's end. Raises SystemExit where it fails."""
        said = self._folder / "said"
        with said.open("w") as opened:
            command = self._command("schedule", "--live")
            process = subprocess.Popen(command, cwd=self._folder, env=self._told, stdout=opened, stderr=opened)
        try:
            self._wait_until(lambda: "Next: " in said.read_text("utf-8"), "it doesn't begin")
            yield Process(process.pid)
            if process.poll() is not None:
                raise SystemExit(f"orangeday schedule ended with status {process.returncode}")
        except (SystemExit, OSError) as failure:  # /proc no longer knows it
            raise SystemExit(f"{failure}\n{said.read_text('utf-8')[-2000:]}") from failure
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def reach(self, moment: datetime) -> None:
        """Sets the clock there, and waits until all that is due is out, on both."""
        self._set(moment + timedelta(seconds=1))
        due = sum(delivery.due <= moment for delivery in self.plan_of_day_one)
        measure.progress(f"day 1: {due} of {len(self.plan_of_day_one)} posts")
        published = "SELECT count(*) FROM delivery WHERE state = 'published'"
        self._wait_until(lambda: self._ask(published) == due, f"not all {due} posts are out")

    def wait(self, process: Process, whole: timedelta, *, real: bool) -> float:
        """So long, with nothing due; gives how much of a processor it takes, by the wall clock."""
        if not real:
            until = self._now + whole
            while ahead := until - self._now:
                if not ahead % timedelta(minutes=1):
                    measure.progress(f"waiting: {ahead // timedelta(minutes=1)} minutes")
                self._set(self._now + SWEEP)
                time.sleep(NOTICED)
            if not self._swept() > until - timedelta(minutes=2):
                raise SystemExit("it hasn't swept as often as it should")
        begun, before, span = time.monotonic(), process.processor, (whole if real else QUIET).total_seconds()
        while (left := begun + span - time.monotonic()) > 0:
            measure.progress(f"waiting: {left / 60:.0f} minutes")
            time.sleep(min(left, 60))
        return (process.processor - before) / span

    def _swept(self) -> datetime:
        """When it last noted that it looked: a minute more or less."""
        return datetime.fromisoformat(str(self._ask("SELECT max(until) FROM swept")))

    def _ask(self, query: str) -> object:
        with closing(sqlite3.connect(self._folder / "orangeday.db", timeout=30)) as ledger:
            return ledger.execute(query).fetchone()[0]

    def _wait_until(self, done: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise SystemExit(otherwise)
            time.sleep(0.2)


def _files(folder: Path, servers: _Servers) -> dict[str, str]:
    """The shipped posts and config, on accounts of these servers; gives the credentials as variables."""
    shutil.copytree(ROOT / "posts", folder / "posts")
    text = (ROOT / "config.example.toml").read_text("utf-8")
    text = text.replace('mode = "dry-run"', 'mode = "live"')
    text = text.replace("https://bsky.social", servers.urls[0]).replace("https://api.x.com", servers.urls[1])
    told = {}

    def on_this_server(found: re.Match[str]) -> str:
        embassy, rest = found[1], found[2]
        bluesky, account = servers.pds.account(), servers.x.account()
        of_x = credentials.variables(embassy, "x")
        told.update({of_x[name]: value for name, value in servers.x.credentials(account).items()})
        told[credentials.variables(embassy, "bluesky")["APP_PASSWORD"]] = bluesky.app_password
        rest = re.sub(r'(?m)^x = \{ handle = ".*" \}', f'x = {{ handle = "{account.handle}" }}', rest)
        rest = re.sub(r'(?m)^bluesky = \{ handle = ".*" \}', f'bluesky = {{ handle = "{bluesky.handle}" }}', rest)
        return f"[embassies.{embassy}]{rest}"

    text = re.sub(r"(?ms)^\[embassies\.([\w-]+)\](.*?)(?=^\[|\Z)", on_this_server, text)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return told


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description="Measures the memory of a live run.")
    parser.add_argument(
        "--minutes", type=int, help="a wait of so many by the wall clock, instead of an hour moved through"
    )
    parser.add_argument("--quick", action="store_true", help="ten minutes moved through")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="orangeday-bench-") as name:
        measured = table(Path(name), given.quick, given.minutes is not None, given.minutes or 60)
    measure.progress("")
    print(measured.plain())


if __name__ == "__main__":
    main()
