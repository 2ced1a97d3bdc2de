"""The shipped campaign for three embassies, live on both platforms at once, in calm or in foul weather.

    python -m tests.torture.campaign_on_both --seeds 1 2 3 --share 0.2

`orangeday publish` runs at every due moment, as cron would start it, and every few minutes while anything waits or is
in doubt; its clock and the servers' go on together. What counts in the end is what the servers say is there.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine

from orangeday.adapters.bluesky.adapter import record_key
from orangeday.cli import main as orangeday
from orangeday.clock import DAYS
from orangeday.content.config import load
from orangeday.content.plan import Delivery, Plan
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import Row
from orangeday.ledger.states import State
from orangeday.text.bluesky import bluesky_facets

from ..servers import request_faults
from ..servers.bluesky_server import Account, Server, running
from ..servers.faulty_proxy import Proxy, proxy_before
from ..servers.x_server import XAccount, XServer, x_server
from ..support.common import EXAMPLE, ROOT, plan_of
from ..support.offset_clock import ahead

EMBASSIES = ("berlin", "nairobi", "ottawa")
LAG = 60.0
"""Seconds that X takes to show a post."""
AT_HAND = timedelta(seconds=30)
"""How soon after its hour a post is there, if nothing is in its way."""


@dataclass
class OnBoth:
    """The campaign, its accounts on both servers, and the clock that all of them have."""

    pds: Server
    proxy: Proxy
    x: XServer
    plan: Plan
    accounts: dict[str, tuple[Account, XAccount]]
    clock: time_machine.Traveller
    now: datetime
    runs: Counter[int] = field(default_factory=Counter)
    """How often the program has ended with which status."""
    retried: int = 0
    """What a person had to let go once more."""

    def move(self, moment: datetime) -> None:
        self.now = moment
        self.clock.move_to(moment)
        self.pds.shift(ahead(moment))
        self.x.shift(ahead(moment))

    def run(self, *words: str) -> int:
        """One command; its exit status, which is that of a command that knows what it does."""
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            status = orangeday(words)
        assert status in (0, 1), said.getvalue()
        assert "Traceback" not in said.getvalue() and "itself failed" not in said.getvalue(), said.getvalue()
        return status

    def sweep(self, moment: datetime) -> int:
        self.move(moment)
        status = self.run("publish")
        self.runs[status] += 1
        return status

    def rows(self) -> dict[str, Row]:
        """What the ledger knows."""
        with closing(Ledger(self.plan.config.ledger_url, lambda: self.now)) as ledger:
            return ledger.campaign_rows(self.plan.campaign_id)

    def waits(self) -> bool:
        """Whether anything isn't out that should be; what was given up, a person lets go once more."""
        rows = self.rows()
        for row in rows.values():
            if row.state is State.REFUSED and row.allowed is None:
                assert row.error and "without a clear answer" in row.error, row
                assert self.run("retry", row.key) == 0
                self.retried += 1
        due = (rows.get(delivery.key) for delivery in self.plan.open_at(self.now))
        in_doubt = any(row.state in (State.ARMED, State.UNSURE) for row in rows.values())
        return in_doubt or any(row is None or row.state is not State.PUBLISHED for row in due)

    def hold(self, chance: random.Random | None = None, days: Sequence[int] = DAYS) -> None:
        """These days of the campaign, from the first moment to the last; `chance` says when it is looked after."""
        moments = sorted({delivery.due for delivery in self.plan if delivery.number in days})
        for moment, coming in pairwise([self.plan.begins, *moments, moments[-1] + timedelta(hours=6)]):
            status = self.sweep(moment + timedelta(seconds=1))
            if chance is None:
                assert status == 0, f"{moment}: {self.rows()}"
            while chance and self.waits():
                later = self.now + timedelta(minutes=chance.uniform(2, 8))
                if later >= coming:
                    break
                self.sweep(later)

    # The reckoning

    def reckon(self, days: Sequence[int] = DAYS, *, within: timedelta | None = None) -> int:
        """Sees that all is there as the plan says, once, and nothing else; gives the number of deliveries."""
        rows, deliveries = self.rows(), [delivery for delivery in self.plan if delivery.number in days]
        records = {name: self.pds.records(account.did) for name, (account, _) in self.accounts.items()}
        for delivery in deliveries:
            row = rows[delivery.key]
            assert row.state is State.PUBLISHED and row.receipt, row
            end = delivery.due + within if within else delivery.deadline
            if delivery.platform == "bluesky":
                id_, created = self._on_bluesky(delivery, records[delivery.embassy.id])
                assert row.receipt.id == id_, delivery.key
                assert delivery.due <= created < end, delivery.key
        assert not any(records.values()), "nothing but the plan is on Bluesky"
        for name, (_, account) in self.accounts.items():
            ours = [d for d in deliveries if d.platform == "x" and d.embassy.id == name]
            posts = self.x.posted(account)
            assert Counter(post.text for post in posts) == Counter(text_of(d) for d in ours), name
            there = {post.text: post for post in posts}
            for delivery in ours:
                post, receipt = there[text_of(delivery)], rows[delivery.key].receipt
                assert receipt and receipt.id == post.id, delivery.key
                moment = delivery.due.replace(microsecond=0)
                assert moment <= post.created_at < (delivery.due + within if within else delivery.deadline), (
                    delivery.key
                )
                assert ([alt for _, alt in post.media], post.deleted) == (alts(delivery), False), delivery.key
            if within:
                assert [post.text for post in posts] == [text_of(delivery) for delivery in ours]
        assert rows.keys() == {delivery.key for delivery in deliveries}
        return len(deliveries)

    def _on_bluesky(self, delivery: Delivery, records: dict[str, dict[str, Any]]) -> tuple[str, datetime]:
        """Takes the record of a delivery from these, and sees that it says what the plan says."""
        account, _ = self.accounts[delivery.embassy.id]
        key = record_key(self.plan.campaign_id, delivery.number, delivery.language, generation=0)
        record = records.pop(key)
        created = datetime.fromisoformat(record.pop("createdAt"))
        text = text_of(delivery)
        expected: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "langs": [str(delivery.language)]}
        if facets := bluesky_facets(text):
            expected["facets"] = [as_sent(*facet) for facet in facets]
        shown = record.pop("embed")["images"]
        assert [image["alt"] for image in shown] == alts(delivery), delivery.key
        assert record == expected, delivery.key
        return f"at://{account.did}/app.bsky.feed.post/{key}", created


def alts(delivery: Delivery) -> list[str]:
    """What is said of its pictures: each has its card."""
    assert delivery.media
    return [delivery.alt_texts[picture] for picture in delivery.media]


@contextmanager
def on_both(
    pds: Server, x: XServer, folder: Path, embassies: Sequence[str] = EMBASSIES, few: Sequence[str] = ()
) -> Iterator[OnBoth]:
    """The campaign, approved, on accounts that have never posted, on the evening before it begins.

    Of the embassies, these `few` post on the first four days alone.
    """
    accounts = {name: (pds.account(), x.account()) for name in embassies}
    with proxy_before(pds.url) as proxy, pytest.MonkeyPatch.context() as patch:
        plan = plan_of(files(folder, proxy.url, x.url, accounts, few))
        patch.chdir(folder)
        for name in ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(folder / "home"))
        for name, (bluesky, account) in accounts.items():
            patch.setenv(f"ORANGEDAY_{name.upper()}_BLUESKY_APP_PASSWORD", bluesky.app_password)
            for credential, value in x.credentials(account).items():
                shared = credential.startswith("API")
                patch.setenv(
                    f"ORANGEDAY_X_{credential}" if shared else f"ORANGEDAY_{name.upper()}_X_{credential}", value
                )
        x.lag = LAG
        with time_machine.travel(plan.begins, tick=True) as clock:
            both = OnBoth(pds, proxy, x, plan, accounts, clock, plan.begins)
            try:
                both.move(plan.begins)
                assert both.run("approve", "all", "--by", "Ann") == 0
                yield both
            finally:
                pds.shift(0)


def files(
    folder: Path, service: str, base_url: str, accounts: dict[str, tuple[Account, XAccount]], few: Sequence[str] = ()
) -> Path:
    """The shipped config for these embassies alone, and the shipped posts in their languages."""
    top, *blocks = EXAMPLE.read_text("utf-8").split("\n[embassies.")
    chosen = [block for block in blocks if block.partition("]")[0] in accounts]
    config = "\n[embassies.".join([top, *chosen]).replace('"dry-run"', '"live"')
    config = config.replace("https://bsky.social", service).replace("https://api.x.com", base_url)
    for name in few:
        config = config.replace(f"[embassies.{name}]\n", f"[embassies.{name}]\nskip = {[*DAYS[4:]]}\n")
    for name, (bluesky, x) in accounts.items():
        config = config.replace(f"be-{name}.example", bluesky.handle).replace(f"example_be_{name}", x.handle)
    (folder / "config.toml").write_text(config, encoding="utf-8")
    wanted = {language for embassy in load(folder / "config.toml").embassies.values() for language in embassy.languages}
    others = re.compile(rf"(?!(?:{'|'.join(wanted)})\.)[a-z][a-z]\.(?:toml|png|4x5\.png)")
    posts = folder / "posts"
    shutil.copytree(ROOT / "posts", posts, ignore=lambda _, names: [name for name in names if others.fullmatch(name)])
    return folder / "config.toml"


def as_sent(start: int, end: int, kind: str, value: str) -> dict[str, Any]:
    feature = {"$type": f"app.bsky.richtext.facet#{kind}", "uri" if kind == "link" else "tag": value}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def text_of(delivery: Delivery) -> str:
    assert delivery.rendered_text
    return delivery.rendered_text.text


def storm(pds: Server, x: XServer, folder: Path, seed: int, share: float, days: Sequence[int] = DAYS) -> str:
    """These days in foul weather; what came of it, in a line."""
    began, chance = time.monotonic(), random.Random(seed)  # noqa: S311
    with on_both(pds, x, folder) as both:
        both.proxy.weather(random.Random(seed + 1), share, request_faults.BLUESKY)  # noqa: S311
        x.weather(random.Random(seed + 2), share, request_faults.X)  # noqa: S311
        both.hold(chance, days)
        both.proxy.heal()
        x.heal()
        number = both.reckon(days)
        struck = both.proxy.weathered + x.weathered
        asked = len(both.proxy.seen) + len(x.seen)
        runs = sum(both.runs.values())
        return (
            f"seed {seed}: {number} deliveries, each there once; {sum(struck.values())} of {asked} requests met "
            f"a fault of {len(struck)} kinds; {runs} runs, {both.runs[1]} with status 1; "
            f"{both.retried} retried by a person; "
            f"{time.monotonic() - began:.0f} s"
        )


def main(seeds: Sequence[int], share: float, days: int) -> None:
    with running() as pds:
        for seed in seeds:
            with tempfile.TemporaryDirectory(prefix="orangeday-both-") as folder, x_server() as x:
                sys.stdout.write(storm(pds, x, Path(folder), seed, share, DAYS[:days]) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.torture.campaign_on_both")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--share", type=float, default=0.2, help="of the requests that meet a fault")
    parser.add_argument("--days", type=int, choices=DAYS, default=len(DAYS), help="of the campaign")
    given = parser.parse_args()
    main(given.seeds, given.share, given.days)
