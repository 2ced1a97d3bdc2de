"""Posting with the ledger on a PostgreSQL server, near and far: `python -m bench.server_ledger`."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from tests.servers import bluesky_server, postgres_server
from tests.servers.cuttable_proxy import cable

from bench import live
from bench.measure import Row, Table, progress
from bench.posts import in_a_process

ACCOUNTS = 40
LANGUAGES = ("en", "fr", "nl", "de", "es")
ROUND_TRIP = 0.005
"""The seconds that a question to a server in another building takes."""


def table(folder: Path, rounds: int) -> Table:
    """Posts a second with the ledger in a file, on a server beside it, and on one that is far."""
    with postgres_server.running() as server, cable(server.port, ROUND_TRIP / 2) as far:
        rates: dict[str, list[float]] = {"a file": [], "a server": [], "a server, 5 ms away": []}
        for number in range(rounds):
            for place, measured in rates.items():
                progress(f"{ACCOUNTS * len(LANGUAGES)} posts, the ledger {place}, {number + 1} of {rounds}")
                port = far.port if place.endswith("away") else server.port
                name = "" if place == "a file" else server.new_database()
                address = f"postgresql+psycopg://{postgres_server.ROLE}@127.0.0.1:{port}/{name}" if name else ""
                measured.append(_posts_a_second(folder / f"{number} {place}", address, server.password))
    near = rates["a server"]
    goals = {"a server, 5 ms away": "≥ 0.6"}
    rows = [
        Row(
            f"the ledger {place}", f"{median(some):.0f}", [a / b for a, b in zip(some, near, strict=True)],
            goals.get(place, ""),
        )
        for place, some in rates.items()
    ]  # fmt: skip
    about = (
        f"{ACCOUNTS * len(LANGUAGES)} posts on {ACCOUNTS} accounts of a Bluesky server of our own, in one sweep with "
        f"{live.WORKERS} workers: posts a second, beside those with the ledger on a PostgreSQL server on this machine. "
        "Five milliseconds are those of a question and its answer."
    )
    return Table("The ledger on a server", about, rows)


def _posts_a_second(folder: Path, ledger: str, password: str) -> float:
    """Return the rate of one sweep on a new Bluesky server, its imports and log-ins done.

    `ledger` is the address of the ledger; empty for a file.
    """
    with bluesky_server.running() as server:
        with ThreadPoolExecutor() as several:
            made = list(several.map(lambda _: server.account(), range(ACCOUNTS)))
        accounts = {f"e{at}": account for at, account in enumerate(made)}
        config = live.write(folder, server.url, accounts, LANGUAGES, ledger)
        environment = live.environment(folder, accounts) | {"ORANGEDAY_LEDGER_PASSWORD": password}
        live.ready(folder, environment)
        times = in_a_process("_sweep", str(config), environment)
        there = sum(len(server.records(account.did)) for account in accounts.values())
        if there != len(times) or there != ACCOUNTS * len(LANGUAGES):
            raise SystemExit(f"{there} of {len(times)} posts are there.")
    return len(times) / max(times)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="orangeday-bench-") as name:
        print(table(Path(name), 3).plain())
