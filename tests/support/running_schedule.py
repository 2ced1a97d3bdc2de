"""A real `orangeday schedule --live` in a folder whose files are edited while it runs.

    desk.open("nairobi", on="x bluesky")        # an embassy, with an account on each, logged in
    desk.begin({}, posts())                     # files for it, approved
    with desk.schedule() as desk.running:       # a process of its own, an hour before day 1
        desk.look(at(1))
        until(lambda: desk.is_out(1, "nairobi"))
        desk.edit("config.toml", …)
        desk("approve", "all", "--by", "Ann")   # the real command line, by the same clock

The clocks of the program, of its commands and of the servers are one. Passwords and tokens lie in a keyring that is a
file, as `login` keeps them, so that a program that runs finds those that are renewed.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest
import time_machine

from orangeday.cli import main
from orangeday.system import credentials

from ..servers import bluesky_server
from ..servers.x_server import XAccount, XServer
from . import offices
from .common import ROOT
from .file_clock import set_ahead
from .fork_server import Program, born
from .login_stubs import Filed
from .offices import Ran, Server
from .offset_clock import ahead, true_time

QUICK = {"NOTICES": "0.05", "FRESH": "0.2"}
"""How soon the program sees what its clock and its files are: see file_clock_program.py."""

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""


def at(day: int, *, hours: float = 0, minutes: float = 0) -> datetime:
    """So long after the hour of a day in Nairobi, and a second."""
    return DUE + timedelta(days=day - 1, hours=hours, minutes=minutes, seconds=1)


def until(true: Callable[[], object], what: Callable[[], str] | str = "", seconds: float = 120) -> None:
    """Waits for it; in vain, and the test fails with these words."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what if isinstance(what, str) else what()
        time.sleep(0.02)


@dataclass
class Schedule:
    """A program that runs, and what it has said so far."""

    process: Program
    log: Path
    looks: Path
    """Where it notes each look that is over: by which setting of the clock it began."""

    @property
    def said(self) -> str:
        """All of it, in one line."""
        return re.sub(r"\s+", " ", self.log.read_text())

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def looked(self, setting: float) -> bool:
        """Whether a look that began with the clock set so is over, and what left by it is out."""
        looks = self.looks.read_text().split("\n")[:-1] if self.looks.exists() else []
        return bool(looks) and abs(float(looks[-1]) - setting) < 0.5

    def says(self, words: str, seconds: float = 120, *, times: int = 1) -> None:
        until(lambda: self.said.count(words) >= times, lambda: f"no “{words}” in: {self.said[-3000:]}", seconds)

    def stop(self, seconds: float = 60) -> int:
        """Ends it as systemd would; gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@dataclass
class Office:
    """A folder of files, the accounts of its embassies, and what everybody there goes by."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    servers: list[Server] = field(default_factory=list)
    now: datetime = DUE - timedelta(hours=1)
    running: Schedule = field(init=False, repr=False)
    setting: float = 0
    """How far every clock there is ahead of the one that only counts, in seconds."""

    # What is there

    def write(self, contents: Mapping[str, str | bytes]) -> None:
        for name, content in contents.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Puts words in the place of others, as an editor does that writes over the file."""
        text = self.read(name)
        assert old in text, f"no “{old}” in {name}: {text}"
        (self.folder / name).write_text(text.replace(old, new, 1), "utf-8")

    def log_in(self, embassy: str, platform: str, found: Mapping[str, str]) -> None:
        """Keeps what lets an account in where `login` does."""
        credentials.store(embassy, platform, found)

    # What time it is

    def put(self, moment: datetime) -> None:
        """Sets every clock there is, from where they go on."""
        self.now = moment
        seconds = ahead(moment)
        for server in self.servers:
            server.shift(seconds)
        set_ahead(self.folder / "clock", seconds)
        self.setting = true_time() + seconds - time.monotonic()

    # What is done

    def __call__(self, *argv: str) -> Ran:
        """A command, by the same clock."""
        with time_machine.travel(self.now, tick=True):
            status = main(list(argv))
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Ran(status, said.out, said.err)

    def approve(self, *what: str) -> None:
        ran = self("approve", *(what or ("all",)), "--by", "Ann")
        assert ran.status == 0, ran.out + ran.err

    @contextmanager
    def schedule(
        self, *options: str, ledger: str = "orangeday.db", environment: Mapping[str, str] | None = None
    ) -> Iterator[Schedule]:
        """Starts a `schedule`, and waits until its ledger is at home; ends it, if it still runs."""
        log = self.folder / f"log-{len(list(self.folder.glob('log-*')))}"
        program = [str(self.folder / "clock"), "schedule", *options]
        looks = log.with_name(f"looks-of-{log.name}")
        given = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "LOOKED": str(looks), **QUICK}
        given |= environment or {}
        with log.open("wb") as out:
            process = born("tests.support.file_clock_program", program, self.folder, given, out=out)
        schedule = Schedule(process, log, looks)
        try:
            until(
                lambda: not schedule.runs or ("Next: " in schedule.said and self.swept(ledger)), lambda: schedule.said
            )
            assert schedule.runs, schedule.said
            yield schedule
            said = schedule.said
            assert "Traceback" not in said and "itself failed" not in said, said
        finally:
            if schedule.runs:
                process.kill()
            process.wait()

    # What came of it

    def rows(self, ledger: str = "orangeday.db") -> dict[str, dict[str, Any]]:
        """By key without the campaign, what the ledger has, as any program that reads SQLite sees it."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.folder / ledger)) as opened:
            opened.row_factory = sqlite3.Row
            return {row["key"].partition("/")[2]: dict(row) for row in opened.execute("SELECT * FROM delivery")}
        return {}

    def frozen(self, key: str) -> list[str]:
        """The texts of all attempts at a post."""
        with closing(sqlite3.connect(self.folder / "orangeday.db")) as opened:
            query = "SELECT text FROM attempt WHERE key LIKE ? ORDER BY number"
            return [row[0] for row in opened.execute(query, [f"%/{key}"])]

    def state(self, key: str) -> str | None:
        row = self.rows().get(key)
        return row["state"] if row else None

    def swept(self, ledger: str = "orangeday.db") -> datetime | None:
        """When the program last looked, a minute more or less."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.folder / ledger)) as opened:
            found = opened.execute("SELECT max(until) FROM swept").fetchone()[0]
            return datetime.fromisoformat(found) if found else None
        return None

    def states(self, moment: datetime) -> dict[str, tuple[str, str | None]]:
        """What the ledger has of that date."""
        rows = {key: row for key, row in self.rows().items() if row["due"][:10] == f"{moment:%Y-%m-%d}"}
        return {key: (row["state"], row["error"]) for key, row in rows.items()}

    def look(self, moment: datetime, *by: Schedule) -> None:
        """Comes to a moment, and waits until the program has looked at what is due then, and noted that it has."""
        self.come_to(moment, *by)
        until(lambda: (swept := self.swept()) is not None and swept >= moment, f"no look at {moment}")

    def come_to(self, moment: datetime, *by: Schedule) -> None:
        """Comes to a moment, and waits until these programs have looked, or the one that runs has: also one that
        sends nothing. What they had to send is out then.
        """
        self.put(moment)
        for schedule in by or (self.running,):
            until(lambda: schedule.looked(self.setting), lambda: f"no look at {moment}: {schedule.said}")  # noqa: B023


# The same for an office of the other kind, whose commands and program go by the clock of the test


@contextmanager
def scheduled(office: offices.Office, moment: datetime) -> Iterator[Schedule]:
    """`schedule --live` there from this moment on, without a terminal, as cron and systemd start it."""
    log, looks = office.folder / "log", office.folder / "looks"
    set_clocks(office, moment)
    given = {**os.environ, **QUICK, "PYTHONPATH": str(ROOT), "LOOKED": str(looks)}
    argv = [str(office.folder / "clock"), "schedule", "--live"]
    with log.open("wb") as out:
        process = born("tests.support.file_clock_program", argv, office.folder, given, out=out)
    try:
        yield Schedule(process, log, looks)
    finally:
        process.kill()
        process.wait(60)


def set_clocks(office: offices.Office, moment: datetime) -> None:
    """Puts all clocks there, that of the program that runs among them."""
    office.at(moment)
    set_ahead(office.folder / "clock", ahead(moment))


@contextmanager
def an_office(
    folder: Path, capsys: pytest.CaptureFixture[str], environment: pytest.MonkeyPatch, servers: list[Server]
) -> Iterator[Office]:
    environment.chdir(folder)
    environment.setenv("COLUMNS", "200")
    environment.setenv("PYTHON_KEYRING_BACKEND", "tests.support.login_stubs.Filed")
    environment.setenv("KEYS", str(folder / "keys.json"))
    before = keyring.get_keyring()
    keyring.set_keyring(Filed())  # type: ignore[no-untyped-call]  # its base says of no type what it is
    office = Office(folder, capsys, servers)
    office.put(office.now)
    try:
        yield office
    finally:
        keyring.set_keyring(before)
        for server in servers:
            server.shift(0)


@dataclass
class Desk(Office):
    """An office whose embassies have accounts on both servers."""

    pds: bluesky_server.Server = field(kw_only=True)
    x: XServer = field(kw_only=True)
    x_accounts: dict[str, XAccount] = field(default_factory=dict)
    sky_accounts: dict[str, bluesky_server.Account] = field(default_factory=dict)
    blocks: dict[str, dict[str, str]] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)
    file: Path = field(init=False, repr=False)

    def open(self, name: str, on: str = "x", **lines: str) -> None:
        """An embassy, with an account on each of these platforms, by the lines of its block in the config."""
        own = {
            "name": f'{{ en = "the {name} embassy", fr = "l’ambassade {name}" }}',
            "city": f'{{ en = "{name}-city", fr = "{name}-ville" }}',
            "in_city": f'{{ en = "in {name}-city", fr = "à {name}-ville" }}',
            "country": f'{{ en = "{name}-land", fr = "{name}-pays" }}',
            "in_country": f'{{ en = "in {name}-land", fr = "en {name}-pays" }}',
            "timezone": '"Africa/Nairobi"',
            "languages": '["en"]',
        }
        if "x" in on.split():
            self.x_accounts[name] = made = self.x.account()
            self.log_in(name, "x", self.x.credentials(made))
            own["x"] = f'{{ handle = "{made.handle}" }}'
        if "bluesky" in on.split():
            self.sky_accounts[name] = known = self.pds.account()
            self.log_in(name, "bluesky", {"APP_PASSWORD": known.app_password})
            own["bluesky"] = f'{{ handle = "{known.handle}" }}'
        self.blocks[name] = {**own, **lines}

    def block(self, name: str) -> str:
        return "\n".join([f"[embassies.{name}]", *(f"{key} = {value}" for key, value in self.blocks[name].items()), ""])

    def change(self, name: str, key: str, value: str) -> None:
        """A line of an embassy's block is edited, or written."""
        before = self.block(name)
        self.blocks[name][key] = value
        self.edit("config.toml", before, self.block(name))

    def begin(self, head: Mapping[str, str], posts: Mapping[str, str | bytes]) -> None:
        """Writes all of it, approves it, and lets the accounts be met before anything is due."""
        of = {
            "campaign": 'posts = "posts"\nstart = 2026-11-25', "schedule": "", "publishing": 'mode = "live"',
            "x": f'base_url = "{self.x.url}"', "bluesky": f'service = "{self.pds.url}"', **head,
        }  # fmt: skip
        sections = [f"[{name}]\n{lines}\n" for name, lines in of.items()]
        self.write({"config.toml": "\n".join([*sections, *map(self.block, self.blocks)]), **posts})
        self.approve()

    def texts(self, embassy: str) -> list[str]:
        """What its account on X says."""
        return [post.text for post in self.x.posts(self.x_accounts[embassy])]

    def records(self, embassy: str) -> list[dict[str, Any]]:
        """What its account on Bluesky has."""
        return list(self.pds.records(self.sky_accounts[embassy].did).values())

    def sky_texts(self, embassy: str) -> list[str]:
        return [record["text"] for record in self.records(embassy)]

    def is_out(self, day: int, embassy: str, language: str = "en") -> bool:
        """Whether that day's post is out, on every account of the embassy."""
        on = [platform for platform in ("x", "bluesky") if platform in self.blocks[embassy]]
        return all(self.state(f"{day:02}/{embassy}/{platform}/{language}") == "published" for platform in on)

    def has(self, day: int, embassy: str) -> bool:
        """Whether any account of the embassy shows something of that day."""
        return any(text.startswith((f"Day {day}:", f"Jour {day}:")) for text in self.all_of(embassy))

    def all_of(self, embassy: str) -> list[str]:
        on_x = self.texts(embassy) if embassy in self.x_accounts else []
        return [*on_x, *(self.sky_texts(embassy) if embassy in self.sky_accounts else [])]


@pytest.fixture
def desk(
    pds: bluesky_server.Server,
    x: XServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    with an_office(tmp_path, capsys, monkeypatch, [pds, x]) as office, ExitStack() as stack:
        yield Desk(tmp_path, capsys, office.servers, office.now, pds=pds, x=x, stack=stack)


def posts(languages: Sequence[str] = ("en",)) -> dict[str, Any]:
    """Sixteen days, each with a text that names it."""
    written: dict[str, Any] = {
        "posts/campaign.toml": 'id = "16days"\ntitle = "Sixteen days"\n',
        "posts/facts.toml": '[one]\nstatement = "One."\nparagraph = 1\n\n[two]\nstatement = "Two."\n',
    }
    for day in range(1, 17):
        written[f"posts/{day:02}-day/day.toml"] = f'title = "The day {day}"\nfacts = ["one"]\n'
        for language in languages:
            written[f"posts/{day:02}-day/{language}.toml"] = f'text = "Day {day}: {language}"\n'
    return written
