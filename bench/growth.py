"""What grows with a campaign, and what doesn't: `python -m bench.growth`."""

from __future__ import annotations

import gc
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from bench.make import make
from bench.measure import Measure, Table, compare, progress
from orangeday.adapters.dry_run import DryRun
from orangeday.clock import Clock
from orangeday.commands.files import Files
from orangeday.content import campaign, config, toml_file
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import errors
from orangeday.engine.publisher import Publisher
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS
from orangeday.rules.catalogue import check

EMBASSIES = (10, 50, 200, 500, 2000)
LANGUAGES = (12, 24)
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
"""A moment at which nothing is due."""
LAST_MORNING = datetime(2026, 12, 10, 2, tzinfo=UTC)
"""Five in the morning of day 16 in Nairobi: fifteen days are out, their windows have closed."""
LAST_NOON = datetime(2026, 12, 10, 8, tzinfo=UTC)
"""Eleven in the morning there: all of day 16 is out, and its windows are open."""
MANY_ROWS = 1_000_000


def files(folder: Path, rounds: int) -> Table:
    """Reading, planning and checking, for a delivery of campaigns with more and more of them."""

    def per_delivery(embassies: int, languages: int) -> Measure:
        file = make(folder / f"{embassies}x{languages}", embassies, languages)
        number = embassies * languages * 16 * 2
        times = max(1, 4_000 // number)

        def measure() -> float:
            gc.collect()
            begun = process_time()
            for _ in range(times):
                toml_file.forget_files()
                plan = read(file)
                planned = list(plan)
                found = errors(check(plan))  # its texts are all in English, which is worth a warning in 23 languages
            seconds = process_time() - begun
            if found or len(planned) != number:
                raise SystemExit(f"{file.parent.name}: {len(planned)} of {number} deliveries, {len(found)} problems.")
            return seconds / times / number

        return measure

    smallest = per_delivery(EMBASSIES[0], 4)
    smallest()
    sizes = [*((embassies, 4) for embassies in EMBASSIES), *((50, languages) for languages in LANGUAGES)]
    rows = [
        compare(
            f"{embassies:,} embassies × {languages} languages: {embassies * languages * 32:,} deliveries",
            smallest, per_delivery(embassies, languages), rounds,
        )
        for embassies, languages in sizes
    ]  # fmt: skip
    about = (
        "Reading the files, planning and checking them, for one delivery, beside one of the smallest campaign: where "
        "the work grows as the deliveries do, the ratio stays at 1."
    )
    return Table("Growth: the files", about, rows)


def sweeps(folder: Path, rounds: int) -> Table:
    """A sweep of `schedule` that finds nothing to do, in small and in large, by night and by day."""
    with _swept(folder / "small", 10, 0) as small:
        rows = [compare("10 embassies, an empty ledger", small, small, rounds)]
        for embassies, number, now in (
            (10, MANY_ROWS, LAST_MORNING), (10, MANY_ROWS, LAST_NOON), (2000, 0, LAST_MORNING),
            (2000, MANY_ROWS, LAST_MORNING), (2000, MANY_ROWS, LAST_NOON),
        ):  # fmt: skip
            ledger = f"{number:,} rows" if number else "an empty ledger"
            time = ", by day" if now is LAST_NOON else ""
            with _swept(folder / f"{embassies}-{number}{now:-%H}", embassies, number, now) as measure:
                what = f"{embassies:,} embassies, {ledger}{time}"
                rows.append(compare(what, small, measure, rounds, "≤ 5 ms" if embassies > 10 and number else ""))
    about = (
        "One sweep as `schedule` makes it while it waits: are the files as they were, is anything in doubt, has "
        "anything fallen due, is anything late. It is five in the morning of day 16 everywhere, or by day eleven, when "
        "all of that day is out and its windows are still open. Of the million rows as many are of this campaign as "
        "have been due; the rest is of the years before. In four languages, on both platforms, the ledger a file."
    )
    return Table("Growth: a sweep with nothing to do", about, rows)


@contextmanager
def _swept(folder: Path, embassies: int, rows: int, now: datetime = LAST_MORNING) -> Iterator[Measure]:
    progress(f"{embassies:,} embassies and {rows:,} rows are made")
    file = make(folder, embassies, 4, zones=("Africa/Nairobi",))
    clock: Clock = lambda: now  # noqa: E731
    watched = Files(file, clock)
    with closing(Ledger(f"sqlite:///{folder / 'ledger.db'}", clock)) as ledger:
        fill(folder / "ledger.db", watched.plan, rows, now)
        publisher = Publisher(
            watched.plan, ledger, lambda account: DryRun(account, clock), clock, reload=watched.newest_plan, live=True
        )
        with closing(publisher):
            publisher.publish_due(now)
            ledger.resume(ALL_ACCOUNTS)

            def measure() -> float:
                gc.collect()
                begun = perf_counter()
                if publisher.publish_due(now):
                    raise SystemExit("Something was to be done where nothing was due.")
                return perf_counter() - begun

            measure()
            yield measure


def fill(file: Path, plan: Plan, rows: int, now: datetime) -> None:
    """Writes so many published deliveries into a ledger: what was due so far, and as much of the years before."""
    if not rows:
        return
    columns = (
        "key", "campaign", "day", "embassy", "platform", "language", "due", "closes", "state", "attempts",
        "identity", "script", "digest", "first_armed", "receipt_id", "receipt_url", "published",
    )  # fmt: skip

    def lines() -> Iterator[tuple[object, ...]]:
        past = [delivery for delivery in plan if delivery.due <= now]
        number, name = 0, plan.campaign_id.rpartition("-")[0]
        for year in range(plan.first.year, 1000, -1):
            for delivery in past:
                if number == rows:
                    return
                number += 1
                yield _line(delivery, f"{name}-{year}", number)

    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO delivery ({', '.join(columns)}) VALUES ({marks})", lines())  # noqa: S608
        seen = [(str(account), "2020-01-01T00:00:00.000000+00:00") for account in plan.accounts]
        connection.executemany("INSERT OR IGNORE INTO account (name, first_seen) VALUES (?, ?)", seen)
    with closing(sqlite3.connect(file)) as connection:
        (there,) = connection.execute("SELECT count(*) FROM delivery").fetchone()
    if there != rows:
        raise SystemExit(f"{there:,} of {rows:,} rows were written.")


def _line(delivery: Delivery, of: str, number: int) -> tuple[object, ...]:
    key = f"{of}/{delivery.key.partition('/')[2]}"
    at = delivery.due.isoformat(timespec="microseconds")
    return (
        key, of, delivery.number, delivery.embassy.id, delivery.platform, str(delivery.language), at,
        delivery.deadline.isoformat(timespec="microseconds"), "published", 1, str(delivery.account),
        f"{delivery.language}-Latn", f"digest-{number}", at, str(number), f"https://example.org/{number}", at,
    )  # fmt: skip


def read(file: Path) -> Plan:
    """The plan of these files."""
    read = config.load(file)
    return Plan(campaign.load(read.posts), read, read.first_day(BEFORE))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="orangeday-bench-") as name:
        print(sweeps(Path(name) / "sweeps", 15).plain())
        print(files(Path(name) / "files", 1).plain())
