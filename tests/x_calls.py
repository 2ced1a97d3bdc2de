"""What a campaign asks of X, and what that costs: every request counted, at a stand-in that counts as X does.

    python -m tests.x_calls --accounts 100
    python -m tests.x_calls --accounts 100 --cron --late 10

Sixteen days in eight time zones, two of them with a link, one with two pictures. The machine's clock, its ticks and the
server's clock go from moment to moment together; nothing is left out of what the engine does.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from PIL import Image

from orangeday.adapters.base import Platform
from orangeday.adapters.x import adapter
from orangeday.cli import main as orangeday
from orangeday.clock import system_clock
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.content.pricing import charges
from orangeday.engine.publisher import Publisher
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State

from .servers.x_server import XAccount, XServer, x_server
from .support import campaigns
from .support.common import plan_of
from .support.offset_clock import ahead

ZONES = (
    "Asia/Tokyo", "Asia/Kathmandu", "Asia/Kolkata", "Africa/Nairobi", "Europe/Brussels", "America/Sao_Paulo",
    "America/St_Johns", "America/Toronto",
)  # fmt: skip
"""Kathmandu and Kolkata, and São Paulo and St. John's, are less than an hour apart."""

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Bill:
    """What X was asked, and what it wants for it."""

    posts: int
    calls: dict[str, int]
    """The requests by operation; but not those that ask for the time."""
    times: int
    """How often X was asked what time it is: without credentials, and for nothing."""
    hours: int
    """How many of its moments come an hour or more after the one before."""
    sweeps: int
    cents: dict[str, float]
    """What X has charged, by kind."""
    reckoned: float
    """What `orangeday check` says that it will come to, in dollars."""

    @property
    def dollars(self) -> float:
        return round(sum(self.cents.values()) / 100, 3)

    def __str__(self) -> str:
        asked = ", ".join(f"{number:,} {name}" for name, number in sorted(self.calls.items()))
        kinds = ", ".join(f"{kind} ${cents / 100:.2f}" for kind, cents in sorted(self.cents.items()))
        return (
            f"{self.posts:,} posts: {sum(self.calls.values()):,} calls ({asked}), and {self.times} times the time in "
            f"{self.sweeps} sweeps; ${self.dollars:.2f} ({kinds}), reckoned ${self.reckoned:.2f}"
        )


def hold(
    folder: Path,
    x: XServer,
    accounts: int,
    *,
    cron: bool = False,
    late: float = 0,
    languages: tuple[str, ...] = ("en",),
) -> Bill:
    """The whole campaign; with `cron` a new Publisher for each moment, which comes so many minutes late."""
    known = {f"e{number}": x.account() for number in range(accounts)}
    plan = plan_of(write(folder, x, known, languages))

    def connect(account: Account) -> Platform:
        return adapter.connect(account, x.credentials(known[account.embassy]), system_clock)

    moments = sorted({delivery.due for delivery in plan})
    delay = timedelta(minutes=late, seconds=1)
    with moving(x, plan.begins, folder) as move, closing(Ledger(plan.config.ledger_url, system_clock)) as ledger:
        reckoned = as_check_says(plan)
        publisher = Publisher(plan, ledger, connect, system_clock, live=True)
        publisher.publish_due(system_clock())  # the evening before
        for moment in moments:
            move(moment + delay)
            if cron:
                publisher.close()
                publisher = Publisher(plan, ledger, connect, system_clock, live=True)
            publisher.publish_due(system_clock())
        publisher.close()
        rows = ledger.campaign_rows(plan.campaign_id)
    troubles = {row.key: (row.state, row.error) for row in rows.values() if row.state is not State.PUBLISHED}
    assert not troubles, troubles
    posts = sum(len(x.posts(account)) for account in known.values())
    assert posts == len(rows) == len(list(plan))
    calls = dict(x.calls)
    times, sweeps = calls.pop("time", 0), len(moments) + 1
    hours = 1 + sum(after - before >= AN_HOUR for before, after in pairwise(moments))
    cents = {kind: round(100 * dollars, 3) for kind, dollars in x.spent.items()}
    return Bill(posts, calls, times, hours, sweeps, cents, reckoned)


def as_check_says(plan: Plan) -> float:
    """What `orangeday check` reckons, in dollars."""
    said = io.StringIO()
    with redirect_stdout(said):
        orangeday(["--config", str(plan.config.file), "check", "--json"])
    dollars: float = json.loads(said.getvalue())["charges"]["dollars"]
    assert dollars == charges(plan, plan.config.prices)["x"].dollars
    return dollars


def write(folder: Path, x: XServer, known: dict[str, XAccount], languages: tuple[str, ...]) -> Path:
    """The campaign's files; gives the config."""
    zones = {name: ZONES[number % len(ZONES)] for number, name in enumerate(known)}
    files = campaigns.files(languages, zones, '[publishing]\nmode = "live"\nrequire_approval = false\n')
    files = campaigns.on_x(files, x.url, **{name: account.handle for name, account in known.items()})
    for day in (1, 8):
        files[f"posts/{day:02}-day/day.toml"] += 'link = "https://example.org/16"\n'
        for language in languages:
            file = f"posts/{day:02}-day/{language}.toml"
            files[file] = files[file].replace("{city}.", "{city}: {link}")
    files["posts/05-day/day.toml"] += 'media = ["media/a.png", "media/b.png"]\n'
    for language in languages:
        files[f"posts/05-day/{language}.toml"] += '[alt]\n"media/a.png" = "A candle."\n"media/b.png" = "A hand."\n'
    config = campaigns.write(folder, files)
    (folder / "posts/media").mkdir()
    for name, colour in (("a", "orange"), ("b", "white")):
        Image.new("RGB", (60, 40), colour).save(folder / f"posts/media/{name}.png")
    return config


@contextmanager
def moving(x: XServer, begins: datetime, folder: Path) -> Iterator[Callable[[datetime], None]]:
    """A machine whose clock, and what counts its seconds, are moved together, and X's clock with them."""
    real, gone_on = time.monotonic, 0.0
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(begins, tick=True) as clock:

        def move(moment: datetime) -> None:
            nonlocal gone_on
            gone_on += moment.timestamp() - time.time()
            clock.move_to(moment)
            x.shift(ahead(moment))

        for name in ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(folder / "home"))
        patch.setattr(time, "monotonic", lambda: real() + gone_on)
        move(begins)
        yield move


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.x_calls")
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--cron", action="store_true", help="a new program for each moment")
    parser.add_argument("--late", type=float, default=0, metavar="MINUTES", help="after its hour every post is sent")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orangeday-x-") as name, x_server() as server:
        sys.stdout.write(f"{hold(Path(name), server, given.accounts, cron=given.cron, late=given.late)}\n")
