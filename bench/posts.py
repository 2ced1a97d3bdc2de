"""One post, and a thousand at one moment, on a Bluesky server of our own: `python -m bench.posts`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from tests.servers.bluesky_server import Account, Server, running
from tests.support.common import ROOT

from bench import live
from bench.measure import Row, Table, compare, duration, installed, process, progress

LANGUAGES = ("en", "fr", "nl", "de", "es", "it", "pt", "pl", "sv", "da")
ACCOUNTS = 100

SMALLEST = """
import sys
from atproto import Client, models
service, session, key = sys.argv[1:]
client = Client(service)
client.login(session_string=session, fetch_bsky_profile=False)
client.com.atproto.repo.put_record(models.ComAtprotoRepoPutRecord.Data(
    repo=client._session.did, collection="app.bsky.feed.post", rkey=key,
    record={"$type": "app.bsky.feed.post", "text": "Day 1.", "createdAt": client.get_current_time_iso()},
))
"""


def one(folder: Path, rounds: int) -> Table:
    """A post by a whole process, against the smallest script that does as much."""
    with running() as server:
        accounts = {f"e{number}": server.account() for number in range(rounds + 1)}
        live.write(folder, server.url, accounts, ("en",))
        told = live.environment(folder, accounts)
        live.ready(folder, told, list(accounts))
        sessions = [_session(server, account) for account in accounts.values()]
        places = iter(range(rounds + 1))

        def smallest() -> float:
            at = next(places)
            words = (sys.executable, "-c", SMALLEST, server.url, sessions[at], "3kaaaaaaaaa2a")
            return process(*words, folder=folder, environment=told)()

        embassies = iter(accounts)

        def ours() -> float:
            words = (installed(), "publish", "--live", "--embassy", next(embassies))
            return process(*words, folder=folder, environment=told)()

        smallest(), ours()  # they write the bytecode
        row = compare("orangeday publish --live, one post due", smallest, ours, rounds, "≤ 0.45")
        there = sum(len(server.records(account.did)) for account in accounts.values())
        if there != 2 * (rounds + 1):
            raise SystemExit(f"{there} posts are there, and not {2 * (rounds + 1)}.")
    about = (
        "A whole process that posts what is due to Bluesky and ends, its session kept from before, beside the smallest "
        "script with the same SDK, which is given a session and puts one record. Ours also reads the campaign, arms, "
        "and records."
    )
    return Table("One post to Bluesky, cold", about, [row])


def many(folder: Path, rounds: int) -> Table:
    """A thousand at one moment, against a bare thread pool with the SDK."""
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    for number in range(rounds):
        progress(f"a thousand posts, {number + 1} of {rounds}")
        with running() as server:  # a new one each time: one that has served for a while is slower
            with ThreadPoolExecutor() as several:
                made = list(several.map(lambda _: server.account(), range(2 * ACCOUNTS)))
            accounts = {f"e{at}": account for at, account in enumerate(made[:ACCOUNTS])}
            config = live.write(folder / f"{number}", server.url, accounts, LANGUAGES)
            told = live.environment(config.parent, accounts)
            live.ready(config.parent, told)
            others = {"service": server.url, "sessions": [_session(server, account) for account in made[ACCOUNTS:]]}
            sides = [(ours, "_sweep", str(config)), (theirs, "_bare", json.dumps(others))]
            for times, side, words in sides if number % 2 else reversed(sides):
                times.append(in_a_process(side, words, told))
            there = sum(len(server.records(account.did)) for account in accounts.values())
            if there != len(ours[-1]) or len(ours[-1]) != len(theirs[-1]):
                raise SystemExit(f"{there}, {len(ours[-1])} and {len(theirs[-1])} posts are there.")

    def row(what: str, of_ours: list[float], of_theirs: list[float], here: str, goal: str = "") -> Row:
        return Row(what, here, [mine / its for mine, its in zip(of_ours, of_theirs, strict=True)], goal)

    def cut(times: list[list[float]], at: int) -> list[float]:
        return [quantiles(some, n=100)[at - 1] for some in times]

    per_second = [[len(times) / max(times) for times in some] for some in (ours, theirs)]
    rows = [
        row("posts a second", per_second[0], per_second[1], f"{median(per_second[0]):.0f}", "≥ 0.95"),
        *(
            row(f"{at} of a hundred are out after", cut(ours, at), cut(theirs, at), duration(median(cut(ours, at))))
            for at in (50, 99)
        ),
    ]
    about = (
        f"{ACCOUNTS * len(LANGUAGES):,} posts on {ACCOUNTS} accounts fall due at one moment: one sweep with "
        f"{live.WORKERS} workers, beside a pool of as many threads that puts as many records with the SDK on accounts "
        "of its own on the same server, and remembers nothing. Each is a process of its own, its imports and log-ins "
        "done. The server takes the larger part of both."
    )
    return Table("A thousand posts at one moment", about, rows)


def in_a_process(side: str, words: str, told: Mapping[str, str]) -> list[float]:
    """What this side gives, in a process of its own."""
    code = "import json, sys; from bench import posts; print(json.dumps(getattr(posts, sys.argv[1])(sys.argv[2])))"
    done = subprocess.run(
        [sys.executable, "-c", code, side, words], cwd=ROOT, env=told, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    times: list[float] = json.loads(done.stdout)
    return times


def _session(server: Server, account: Account) -> str:
    from atproto import Client

    client = Client(server.url)
    client.login(account.handle, account.app_password, fetch_bsky_profile=False)
    return str(client.export_session_string())


def _bare(words: str) -> list[float]:
    """When each was there, in seconds: with a thread pool and the SDK."""
    from atproto import Client, models

    given = json.loads(words)
    clients = [Client(given["service"]) for _ in given["sessions"]]
    for client, session in zip(clients, given["sessions"], strict=True):
        client.login(session_string=session, fetch_bsky_profile=False)
    ends: list[float] = []

    def post(client) -> None:  # type: ignore[no-untyped-def]  # it carries no types
        for number, language in enumerate(LANGUAGES):
            text, key = live.text(1, language), f"3kaaaaaaaaa2{'abcdefghij'[number]}"
            record = {
                "$type": "app.bsky.feed.post", "text": text, "langs": [language],
                "createdAt": client.get_current_time_iso(),
                "facets": [{
                    "index": {"byteStart": len(text) - 8, "byteEnd": len(text) - 1},
                    "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "16Days"}],
                }],
            }  # fmt: skip
            data = models.ComAtprotoRepoPutRecord.Data(
                repo=client._session.did, collection="app.bsky.feed.post", rkey=key, record=record
            )
            client.com.atproto.repo.put_record(data)
            ends.append(perf_counter() - begun)

    begun = perf_counter()
    with ThreadPoolExecutor(live.WORKERS) as pool:
        list(pool.map(post, clients))
    return ends


def _sweep(words: str) -> list[float]:
    """When each was recorded as published, in seconds: one sweep of ours."""
    import_module("orangeday.__main__")  # as the program begins
    from orangeday.clock import system_clock
    from orangeday.commands.connector import connector
    from orangeday.commands.files import Files
    from orangeday.commands.ledgers import live_ledger
    from orangeday.engine.publisher import Publisher

    os.chdir(Path(words).parent)
    plan = Files(Path(words), system_clock).plan
    connect = connector(plan, True, system_clock)
    with closing(live_ledger(plan)) as ledger:
        connected = {str(account): connect(account) for account in plan.accounts}
        publisher = Publisher(plan, ledger, lambda account: connected[str(account)], system_clock, live=True)
        with closing(publisher):
            moment = system_clock()
            done = publisher.publish_due(moment)
    return [(standing.receipt.published_at - moment).total_seconds() for standing in done if standing.receipt]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="orangeday-bench-") as name:
        for part, rounds in ((one, 11), (many, 3)):
            (Path(name) / part.__name__).mkdir()
            print(part(Path(name) / part.__name__, rounds).plain())
