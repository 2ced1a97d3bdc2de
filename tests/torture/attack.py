"""The engine under attack: a program that is killed at every statement between standing and record.

    python -m tests.torture.attack --kills 500 --seed 1
    python -m tests.torture.attack --every
    python -m tests.torture.attack --kills 60 --postgres

A fault point is the n-th line that one thread of a sweep runs in the engine's own files. A run without a kill lists
them; then, for each, a process makes that sweep and is killed there by SIGKILL, others sweep on until nothing is
left to do, sometimes killed too, and the accounts' own books say what is live.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from orangeday.adapters import dry_run
from orangeday.approvals import compare, content
from orangeday.approvals import store as approvals
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine import account_run, publisher
from orangeday.engine import status as standing
from orangeday.engine.publisher import Publisher
from orangeday.ledger import home, ledger, reader, transaction
from orangeday.ledger.ledger import Ledger
from orangeday.system import machine

from ..servers.postgres_server import Databases, running
from ..support import campaigns, dry_run_accounts, misbehaving_accounts
from ..support.campaigns import ownable
from ..support.common import Clock, plan_of
from ..support.misbehaving_accounts import Misbehaving, live

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock; its second language follows twenty minutes later."""

WATCHED = {
    str(module.__file__)
    for module in (
        publisher, account_run, ledger, transaction, home, reader, standing, approvals, compare, machine, dry_run,
        dry_run_accounts, misbehaving_accounts,
    )
}  # fmt: skip

Local = Callable[[FrameType, str, Any], Any]


@dataclass(frozen=True)
class Story:
    """A sweep to be killed, what went before it, and how each delivery that isn't live once must end."""

    name: str
    at: timedelta
    moods: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] | None = None
    """The moods of a sweep a minute earlier."""
    never: Mapping[str, str | None] = field(default_factory=dict)
    """What must not be live in the end, and its state then."""
    copied: bool = False
    """The ledger has come from elsewhere."""

    @property
    def moment(self) -> datetime:
        return DUE + self.at

    @property
    def late(self) -> bool:
        """The second language is due already, and its window closes soon."""
        return self.at > timedelta(hours=6)


STORIES = (
    Story("sends", timedelta(minutes=1)),
    Story("settles doubts", timedelta(minutes=2), before={"x/en": "loses after", "bluesky/en": "loses before"}),
    Story("settles an orphan that is live", timedelta(minutes=2), before={"x/en": "dies after"}),
    Story("settles an orphan that isn't", timedelta(minutes=2), before={"x/en": "dies before"}),
    Story(
        "is answered no, later and nothing",
        timedelta(minutes=21),
        moods={"x/en": "refuses", "bluesky/en": "defers", "x/fr": "loses after", "bluesky/fr": "breaks before"},
        never={"x/en": "refused"},
    ),
    Story("comes late", timedelta(hours=6, minutes=10), never={"x/en": "missed", "bluesky/en": "missed"}),
    Story(
        "finds a ledger that was copied",
        timedelta(minutes=1),
        never=dict.fromkeys(("x/en", "bluesky/en", "x/fr", "bluesky/fr")),
        copied=True,
    ),
)


class Point(NamedTuple):
    """A moment of a story's sweep."""

    story: int
    thread: str
    number: int
    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{STORIES[self.story].name}, {self.thread} {self.number}: {self.file}:{self.line} {self.function}"


class Trace:
    """Counts the lines that each thread runs in the engine, and kills the process at one of them."""

    def __init__(self, kill: tuple[str, int] | None) -> None:
        self._kill = kill
        self._counts: Counter[str] = Counter()
        self._first_and_last: dict[tuple[object, ...], list[tuple[str, int, str, int, str]]] = {}

    def __enter__(self) -> Trace:
        threading.settrace(self._called)
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Local | None:
        return self._ran if frame.f_code.co_filename in WATCHED else None

    def _ran(self, frame: FrameType, event: str, argument: Any) -> Local:
        if event == "line":
            thread = "main" if threading.current_thread() is threading.main_thread() else "account"
            self._counts[thread] += 1
            if (thread, self._counts[thread]) == self._kill:
                os.kill(os.getpid(), signal.SIGKILL)
            code = frame.f_code
            if self._kill is None:
                line = thread, self._counts[thread], Path(code.co_filename).name, frame.f_lineno, code.co_name
                self._first_and_last.setdefault((thread, code, frame.f_lineno), [line, line])[1] = line
        return self._ran

    def lines(self) -> list[tuple[str, int, str, int, str]]:
        """Each line, in each thread, the first time and the last."""
        return sorted({line for lines in self._first_and_last.values() for line in lines})


class Ground:
    """A folder with a campaign, and all that a sweep leaves behind; put back as it was before each kill."""

    def __init__(self, folder: Path, server: Databases | None = None) -> None:
        """With a `server` the ledger is there, and else in a file."""
        self.folder = folder
        self.server = server
        self.database = f"attack_{secrets.token_hex(6)}"
        self._put_back()
        self.work = folder / "work"
        self.work.mkdir()
        for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
            os.environ[name] = str(self.work)
        # One worker: then each thread runs the same lines in every run.
        config = '\n[publishing]\nmode = "live"\nrequire_approval = true\nworkers = 1\n'
        self.plan: Plan = plan_of(campaigns.write(folder, ownable(campaigns.files(("en", "fr"), config=config))))
        first = [subject for subject in content.subjects(self.plan) if subject.number in (None, 1)]
        approvals.approve(self.plan, first, "Ann", DUE - timedelta(days=1))
        self.keys = {f"{d.platform}/{d.language}": d.key for d in self.plan if d.number == 1}
        # What Python loads and compiles at the first use is in every child from the beginning.
        for at in (timedelta(hours=-1), timedelta(minutes=1), timedelta(minutes=2)):
            self.sweep(DUE + at, {"x/en": "loses after"})
        gc.freeze()

    def sweep(self, now: datetime, moods: Mapping[str, str]) -> None:
        """One live sweep of a program that knows nothing but the files."""
        clock = Clock(now)

        def connect(account: Account) -> Misbehaving:
            return Misbehaving(account, clock, file=self.work / f"{account.platform}.book", moods=moods)

        with (
            closing(Ledger(self.url, clock)) as opened,
            closing(Publisher(self.plan, opened, connect, clock, live=True)) as engine,
        ):
            engine.publish_due(now)

    def set_up(self, story: Story) -> None:
        """Brings it to where the story's sweep begins."""
        self._clear()
        if in_a_child(lambda: self.sweep(DUE - timedelta(hours=1), {})):
            raise AssertionError("the ledger couldn't be made")
        if story.before is not None:
            in_a_child(lambda: self.sweep(story.moment - timedelta(minutes=1), story.before or {}))
        if story.copied and self.server:  # it is at home on every machine; what is strange there is that it forgets
            with closing(Ledger(self.url, Clock(story.moment))) as opened:
                opened.attach_high_water_mark()
                opened.note("said to a person", None, "")
            self.server.forget_the_last(self.database)
        elif story.copied:
            with closing(sqlite3.connect(self.work / "ledger.db")) as connection, connection:
                connection.execute("UPDATE home SET path = '/elsewhere/ledger.db'")
        template = self.folder / "template"
        shutil.rmtree(template, ignore_errors=True)
        shutil.copytree(self.work, template, ignore=shutil.ignore_patterns("*-shm"))
        if self.server:
            self.alone()
            self.server.new_database(f"{self.database}_template", like=self.database)

    def reset(self) -> None:
        self._clear(like=f"{self.database}_template")
        shutil.copytree(self.folder / "template", self.work, dirs_exist_ok=True)

    def _clear(self, like: str = "template1") -> None:
        shutil.rmtree(self.work)
        self.work.mkdir()
        self._put_back(like)

    def _put_back(self, like: str = "template1") -> None:
        if self.server:
            self.server.new_database(self.database, like=like)

    @property
    def url(self) -> str:
        return self.server.address(self.database) if self.server else f"sqlite:///{self.work}/ledger.db"

    def alone(self) -> None:
        """Waits until the server has noticed that whoever was killed is gone; a file's locks are gone with them."""
        if self.server is None:
            return
        with closing(self.server.as_superuser()) as connection:
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            deadline = time.monotonic() + 10
            while connection.execute(others, [self.database]).fetchone() != (0,):
                if time.monotonic() > deadline:
                    raise AssertionError("a session outlives its program")
                time.sleep(0.005)

    def lines(self, story: Story) -> list[tuple[str, int, str, int, str]]:
        """All the lines of the story's sweep, when nothing kills it."""
        self.reset()
        listed = self.folder / "lines"

        def listing() -> None:
            with Trace(None) as trace:
                self.sweep(story.moment, story.moods)
            listed.write_text(json.dumps(trace.lines()))

        if in_a_child(listing):
            raise AssertionError(f"{story.name}: it fails without a kill")
        return [tuple(line) for line in json.loads(listed.read_text())]

    def kill(self, story: Story, thread: str, number: int) -> bool:
        """Makes the story's sweep and kills it there; says whether it came that far."""
        self.reset()

        def doomed() -> None:
            with Trace((thread, number)):
                self.sweep(story.moment, story.moods)

        killed = in_a_child(doomed) == -signal.SIGKILL
        self.alone()
        return killed

    def recover(self, story: Story, kill: tuple[str, int] | None) -> int:
        """Sweeps on until all of day 1 is done, and the second language's hour is past; minutes, inside the windows."""

        def recovering() -> None:
            with Trace(kill) if kill else nullcontext():
                for minutes in (0.5, 3, 6) if story.late else (0.5, 3, 22, 25):
                    self.sweep(story.moment + timedelta(minutes=minutes), story.moods)
                    if self.is_quiet():
                        break

        status = in_a_child(recovering)
        self.alone()
        return status

    def is_quiet(self) -> bool:
        states = self.states()
        return all(states.get(key) in ("published", "refused", "missed") for key in self.keys.values())

    def states(self) -> dict[str, str]:
        query = "SELECT key, state FROM delivery WHERE state <> 'published' OR receipt_id IS NOT NULL"
        if self.server:
            with closing(self.server.as_superuser(self.database)) as session:
                session.execute("SET search_path = orangeday")
                return {str(key): str(state) for key, state in session.execute(query).fetchall()}
        with closing(sqlite3.connect(self.work / "ledger.db")) as connection:
            return dict(connection.execute(query))

    def verdict(self, story: Story) -> list[str]:
        """What is live otherwise than it should be, or recorded otherwise than it is."""
        found, states, wrong = live(self.work), self.states(), []
        for name, key in self.keys.items():
            times, state = found[key], states.get(key)
            should = (0, story.never[name]) if name in story.never else (1, "published")
            if (times, state) != should:
                wrong.append(f"{name} is live {times} times and {state}; it should be {should[0]} and {should[1]}")
        return wrong


def in_a_child(work: Callable[[], object]) -> int:
    """Runs it in a process of its own; gives its exit status, a signal as a negative number."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001  nothing may leave the child but its status
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def points(ground: Ground) -> list[Point]:
    """Every fault point of every story."""
    found = []
    for number, story in enumerate(STORIES):
        ground.set_up(story)
        found += [Point(number, *line) for line in ground.lines(story)]
    return found


def choose(found: Sequence[Point], kills: int, rng: random.Random) -> list[Point]:
    """So many of them: each line of the engine before any twice, each in every story, then all; then all again."""
    chosen: list[Point] = []
    while len(chosen) < kills:
        mixed = rng.sample(found, len(found))
        lines = {(point.file, point.line): point for point in mixed}
        told = {(point.story, point.file, point.line): point for point in mixed}
        chosen += dict.fromkeys((*lines.values(), *told.values(), *mixed))
    return sorted(chosen[:kills])


def attack(ground: Ground, chosen: Iterable[Point], seed: int) -> Counter[str]:
    """Kills at each of these points; counts what came of it, violations by their own words."""
    counts: Counter[str] = Counter()
    before = -1
    for number, point in enumerate(chosen):
        story = STORIES[point.story]
        if point.story != before:
            ground.set_up(story)
            before = point.story
        rng = random.Random(f"{seed} {point} {number}")  # noqa: S311
        counts["kills"] += ground.kill(story, point.thread, point.number)
        if story.before is None and rng.random() < 0.3:
            # Killed while it recovers, too. A third doubt would be a person's, so not where there was one already.
            again = "account" if rng.random() < 0.8 else "main", rng.randint(1, 1500)
            counts["kills of the recovery"] += ground.recover(story, again) == -signal.SIGKILL
        failed = ground.recover(story, None)
        wrong = ground.verdict(story) + ([f"a sweep after it failed: {failed}"] if failed else [])
        for said in wrong:
            counts[f"VIOLATION {point}: {said}"] += 1
        found = live(ground.work)
        counts["deliveries"] += len(ground.keys)
        counts["once"] += sum(found[key] == 1 for key in ground.keys.values())
        counts["twice"] += sum(found[key] > 1 for key in ground.keys.values())
        counts["never, rightly"] += sum(found[ground.keys[name]] == 0 for name in story.never)
        counts["never, wrongly"] += sum(not found[key] for n, key in ground.keys.items() if n not in story.never)
        counts["unsure left"] += list(ground.states().values()).count("unsure")
        counts["violations"] += len(wrong)
    return counts


def in_shards(
    folder: Path, chosen: Sequence[Point], seed: int, jobs: int, server: Databases | None = None
) -> Counter[str]:
    """The same, in so many processes side by side."""
    children = {}
    size = -(-len(chosen) // jobs)  # each has a part of the stories: to set one up takes as long as several kills
    for shard in range(jobs):
        own, part = folder / str(shard), chosen[shard * size : (shard + 1) * size]
        own.mkdir()
        child = os.fork()
        if child == 0:
            os._exit(in_a_child(lambda own=own, part=part: _shard(own, part, seed, server)))  # type: ignore[misc]
        children[child] = own
    total: Counter[str] = Counter()
    for child, own in children.items():
        _, status = os.waitpid(child, 0)
        if status:
            raise AssertionError("the attack itself failed")
        total.update(json.loads((own / "counts").read_text()))
    return total


def _shard(own: Path, chosen: Sequence[Point], seed: int, server: Databases | None) -> None:
    counts = attack(Ground(own, server), chosen, seed)
    (own / "counts").write_text(json.dumps(counts))


COLUMNS = (
    "kills", "kills of the recovery", "deliveries", "once", "twice", "never, rightly", "never, wrongly", "unsure left",
    "violations",
)  # fmt: skip


def _server(chosen: str | None) -> AbstractContextManager[Databases | None]:
    if chosen is None:
        return nullcontext()
    password, _, port = chosen.rpartition(":")
    return closing(Databases(int(port), password)) if password else running()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture.attack", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=500, help="how many (500)")
    parser.add_argument("--every", action="store_true", help="one at each fault point instead")
    parser.add_argument("--seed", type=int, default=1, help="which points, and where the recovery is killed (1)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="side by side")
    parser.add_argument(
        "--postgres", metavar="PASSWORD:PORT", nargs="?", const="", help="with the ledger on a server, or on this one"
    )
    chosen_by = parser.parse_args(arguments)
    if not hasattr(os, "fork"):
        parser.error("it needs os.fork")
    began = time.monotonic()
    memory = Path("/dev/shm")  # noqa: S108  where there is one: a kill takes nothing back that was written
    with (
        tempfile.TemporaryDirectory(prefix="attack-", dir=memory if memory.is_dir() else None) as name,
        _server(chosen_by.postgres) as server,
    ):
        folder = Path(name)
        (folder / "points").mkdir()
        listed = folder / "listed"
        if in_a_child(lambda: listed.write_text(json.dumps(points(Ground(folder / "points", server))))):
            return 1
        found = [Point(*point) for point in json.loads(listed.read_text())]
        rng = random.Random(chosen_by.seed)  # noqa: S311
        chosen = found if chosen_by.every else choose(found, chosen_by.kills, rng)
        counts = in_shards(folder, chosen, chosen_by.seed, chosen_by.jobs, server)
    lines = {(point.file, point.line) for point in found}
    covered = {(point.file, point.line) for point in chosen}
    table: dict[str, object] = {
        "fault points": f"{len(set(chosen))} of {len(found)}",
        "lines of the engine": f"{len(covered)} of {len(lines)}",
        **{column: counts[column] for column in COLUMNS},
        "seconds": round(time.monotonic() - began),
    }
    for column, value in table.items():
        sys.stdout.write(f"{column:<22} {value}\n")
    for said in sorted(counts):
        if said.startswith("VIOLATION"):
            sys.stdout.write(f"{said}\n")
    return 1 if counts["violations"] or counts["twice"] or counts["kills"] < len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
