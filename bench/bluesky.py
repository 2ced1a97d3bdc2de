"""Measures what reaches Bluesky: `python -m bench.bluesky`, some minutes, with a server of its own on loopback.

1. One post, cold: a whole `orangeday publish --live` with a kept session and one post due, against the smallest script
   that imports the SDK, restores a session and puts one record. A B A B, the median of the ratios.
2. Five hundred posts due at one moment on fifty accounts: one sweep, against a bare thread pool that puts as many
   records with the SDK, on accounts of its own on the same server; and how late each of ours was. Three times.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from tests.bluesky_server import Account, Server, running

LANGUAGES = ("en", "fr", "nl", "de", "es", "it", "pt", "pl", "sv", "da")
ACCOUNTS = 50
WORKERS = 8

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


def write(folder: Path, service: str, accounts: dict[str, Account], languages: tuple[str, ...]) -> Path:
    """A campaign that began today at midnight, on the clocks of Greenwich."""
    today = datetime.now(UTC).date()
    lines = [
        f'[campaign]\nstart = {today}\n[schedule]\ntime = "00:00"\nspacing = "0m"\ncatch_up = "24h"',
        f'[publishing]\nmode = "live"\nworkers = {WORKERS}\n[bluesky]\nservice = "{service}"',
    ]
    posts = {"campaign.toml": 'id = "bench"\n', "facts.toml": '[one]\nstatement = "One."\n'}
    for number in range(1, 17):
        posts[f"{number:02}-day/day.toml"] = f'title = "Day {number}"\nfacts = ["one"]\n'
        for language in languages:
            posts[f"{number:02}-day/{language}.toml"] = f'text = "Day {number} in {language}, #16Days."\n'
    for name, account in accounts.items():
        spoken = ", ".join(f'"{language}"' for language in languages)
        lines.append(f'[embassies.{name}]\ntimezone = "UTC"\nlanguages = [{spoken}]')
        lines.append(f'bluesky = {{ handle = "{account.handle}" }}')
    for file, text in posts.items():
        (folder / "posts" / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / "posts" / file).write_text(text, encoding="utf-8")
    (folder / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "config.toml"


def environment(folder: Path, accounts: dict[str, Account]) -> dict[str, str]:
    """What the program is told, with a home of its own."""
    passwords = {
        f"ORANGEDAY_{name.upper()}_BLUESKY_APP_PASSWORD": account.app_password for name, account in accounts.items()
    }
    home = dict.fromkeys(("HOME", "XDG_STATE_HOME"), str(folder))
    return os.environ | passwords | home | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def cold(server: Server, folder: Path, rounds: int) -> str:
    """One post by a whole process."""
    accounts = {f"e{n}": server.account() for n in range(rounds + 1)}
    write(folder, server.url, accounts, ("en",))
    told = environment(folder, accounts)
    script = shutil.which("orangeday", path=str(Path(sys.executable).parent))
    if script is None:
        raise SystemExit("There is no orangeday beside this Python: install the project into its environment first.")

    def run(*argv: str) -> float:
        begun = perf_counter()
        done = subprocess.run(argv, cwd=folder, env=told, capture_output=True, text=True)
        seconds = perf_counter() - begun
        if done.returncode:
            raise SystemExit(f"{' '.join(argv[:3])}: {done.stdout}{done.stderr}")
        return seconds

    from atproto import Client

    run(script, "approve", "all")
    subprocess.run([script, "publish"], cwd=folder, env=told, capture_output=True)  # it starts paused: it is new
    run(script, "resume")
    sessions = []
    for account in accounts.values():
        client = Client(server.url)
        client.login(account.handle, account.app_password, fetch_bsky_profile=False)
        sessions.append(client.export_session_string())
    # A log-in for each of ours, so that it is kept; it sends nothing.
    for name, account in accounts.items():
        code = (
            "import sys\nfrom orangeday import config\nfrom orangeday.clock import system_clock\n"
            "from orangeday.platforms.bluesky import verify\nfrom pathlib import Path\n"
            "read = config.load(Path('config.toml'))\n"
            f"account = read.embassies[{name!r}].accounts[0]\n"
            f"verify(account, {{'APP_PASSWORD': {account.app_password!r}}}, read, system_clock)\n"
        )
        run(sys.executable, "-c", code)
    base, ours = [], []
    for n, name in enumerate(accounts):
        base.append(run(sys.executable, "-c", SMALLEST, server.url, sessions[n], "3kaaaaaaaaa2a"))
        ours.append(run(script, "publish", "--live", "--embassy", name))
    ratios = [mine / theirs for theirs, mine in zip(base[1:], ours[1:], strict=True)]  # the first writes the bytecode
    return (
        f"one post, cold: {median(ours[1:]) * 1000:.0f} ms against {median(base[1:]) * 1000:.0f}; "
        f"ratio {median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}), goal ≤ 1.15"
    )


def many(server: Server, folder: Path) -> str:
    """Five hundred at one moment."""
    accounts = {f"e{n}": server.account() for n in range(ACCOUNTS)}
    others = [server.account() for _ in range(ACCOUNTS)]
    os.environ.update(environment(folder, accounts))
    config_file = write(folder, server.url, accounts, LANGUAGES)
    theirs = bare(server, others)
    ours, late = sweep(config_file)
    posts = ACCOUNTS * len(LANGUAGES)
    there = sum(len(server.records(account.did)) for account in accounts.values())
    if there != posts:
        raise SystemExit(f"{there} of {posts} are there")
    cuts = quantiles(late, n=100)
    return (
        f"{posts} posts on {ACCOUNTS} accounts: {posts / ours:.0f} a second against {posts / theirs:.0f} of the bare "
        f"loop; ratio {theirs / ours:.2f}, goal ≥ 0.9; lateness p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s"
    )


def bare(server: Server, accounts: list[Account]) -> float:
    """A thread pool and the SDK, the imports and the log-ins done."""
    from atproto import Client, models

    clients = []
    for account in accounts:
        client = Client(server.url)
        client.login(account.handle, account.app_password, fetch_bsky_profile=False)
        clients.append(client)

    def post(client: Client) -> None:
        for n, language in enumerate(LANGUAGES):
            text, key = f"Day 1 in {language}, #16Days.", f"3kaaaaaaaaa2{'abcdefghij'[n]}"
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

    begun = perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(post, clients))
    return perf_counter() - begun


def sweep(config_file: Path) -> tuple[float, list[float]]:
    """One sweep of ours, the imports and the log-ins done; and how long after its start each was published."""
    from orangeday import approvals
    from orangeday.clock import system_clock
    from orangeday.commands import Files, road
    from orangeday.ledger import EVERYTHING, Ledger
    from orangeday.publisher import Publisher

    plan = Files(config_file, system_clock).plan
    approvals.approve(plan, approvals.subjects(plan), "Ann", system_clock())
    connect = road(plan, True, system_clock)
    with closing(Ledger(plan.config.ledger_url, system_clock)) as ledger:
        connected = {str(account): connect(account) for account in plan.accounts}
        publisher = Publisher(plan, ledger, lambda account: connected[str(account)], system_clock, live=True)
        with closing(publisher):
            publisher.publish_due(system_clock() - timedelta(hours=1))  # it is new, and pauses
            ledger.resume(EVERYTHING)
            begun, moment = perf_counter(), system_clock()
            done = publisher.publish_due(moment)
            seconds = perf_counter() - begun
    late = [(standing.receipt.published_at - moment).total_seconds() for standing in done if standing.receipt]
    return seconds, late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11, help="how many cold runs")
    rounds: int = parser.parse_args().rounds
    measures: list[Callable[[Server, Path], str]] = [
        lambda server, folder: cold(server, folder, rounds),
        many,
        many,
        many,
    ]
    for measure in measures:
        # A server of its own each time: one that has served for a while is slower.
        with running() as server, tempfile.TemporaryDirectory(prefix="orangeday-bench-") as folder:
            print(measure(server, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
