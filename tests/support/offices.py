"""An embassy's office: a folder of files, run live through the command line, on accounts of the servers in the tests.

    office.open(campaigns.files(["en", "fr"]))      # approved, and met by its ledger, an hour before day 1
    office.x.fault("createPosts", drops_after)
    assert office.sweep(0).states[X] == "unsure"    # one run, as cron would start it, at day 1's hour
    assert office.sweep(9).states[X] == "published"

The program's clock and the servers' are moved together.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
import time_machine
from PIL import Image

from orangeday.cli import main
from orangeday.system import credentials

from ..servers import bluesky_server
from ..servers.faulty_proxy import Exchange, Fault, Proxy, proxy_before
from ..servers.x_server import Post, XAccount, XServer
from . import campaigns
from .offset_clock import ahead

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
X = "16days-2026/01/nairobi/x/en"
BLUESKY = "16days-2026/01/nairobi/bluesky/en"


class Server(Protocol):
    def shift(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Ran:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Both of its streams."""
        return self.out + self.err

    @property
    def said(self) -> str:
        """Both of its streams, in one line."""
        return " ".join(self.all.split())

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def deliveries(self) -> dict[str, dict[str, Any]]:
        return {delivery["key"]: delivery for delivery in json.loads(self.out)["deliveries"]}

    @property
    def states(self) -> dict[str, str]:
        return {key: delivery["state"] for key, delivery in self.deliveries.items()}


@dataclass
class Office:
    folder: Path
    capsys: pytest.CaptureFixture[str]
    environment: pytest.MonkeyPatch
    servers: list[Server] = field(default_factory=list)
    traveller: time_machine.travel | None = None

    def __call__(self, *argv: str) -> Ran:
        status = main(list(argv))
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Ran(status, said.out, said.err)

    def at(self, moment: datetime) -> None:
        """Puts all clocks there, from where they go on."""
        self.back()
        for server in self.servers:
            server.shift(ahead(moment))
        self.traveller = time_machine.travel(moment, tick=True)
        self.traveller.start()

    def back(self) -> None:
        if self.traveller:
            self.traveller.stop()
            self.traveller = None

    def sweep(self, minutes: float, day: int = 1) -> Ran:
        """One run, so long after that day's hour."""
        self.at(DUE + timedelta(days=day - 1, minutes=minutes))
        return self("publish", "--json")

    def write(self, contents: Mapping[str, str | bytes]) -> None:
        for name, content in contents.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def approve(self) -> None:
        assert self("approve", "all", "--by", "Ann").status == 0

    def start(
        self, contents: Mapping[str, str], pictures: Mapping[str, bytes], before: datetime, sound: bool = True
    ) -> None:
        config = f'[publishing]\nmode = "live"\n{contents["config.toml"]}'
        self.write({**contents, **pictures, "config.toml": config})
        self.environment.chdir(self.folder)
        self.environment.setenv("COLUMNS", "200")
        self.at(before)
        assert self("approve", "all", "--by", "Ann").status == (0 if sound else 1)
        self("publish")  # the ledger meets the accounts before anything is due

    def credentials(self, embassy: str, platform: str, found: Mapping[str, str]) -> None:
        for name, variable in credentials.variables(embassy, platform).items():
            self.environment.setenv(variable, found[name])

    def row(self, key: str) -> dict[str, Any]:
        """A row of the ledger, as any program that reads SQLite sees it."""
        with closing(sqlite3.connect(self.folder / "orangeday.db")) as ledger:
            ledger.row_factory = sqlite3.Row
            return dict(ledger.execute("SELECT * FROM delivery WHERE key = ?", [key]).fetchone())

    def killed(self, by: Callable[[Fault], None], *, after: bool) -> int:
        """A run in a program of its own, which the fault set by `by` kills as its request comes in; its exit status."""
        pid = self.folder / "pid"

        def fault(exchange: Exchange) -> None:
            if after:
                exchange.forward()
            os.kill(int(pid.read_text()), signal.SIGKILL)
            exchange.hang_up()

        by(fault)

        def run() -> None:
            pid.write_text(str(os.getpid()))
            main(["publish"])

        return forked([run])[0]


@dataclass
class XOffice(Office):
    x: XServer = field(kw_only=True)
    accounts: dict[str, XAccount] = field(default_factory=dict)

    def open(
        self,
        contents: Mapping[str, str] | None = None,
        embassies: Iterable[str] = ("nairobi",),
        pictures: Mapping[str, bytes] | None = None,
        before: datetime = DUE - timedelta(hours=1),
        sound: bool = True,
    ) -> None:
        for embassy in embassies:
            self.accounts[embassy] = self.x.account()
            self.credentials(embassy, "x", self.x.credentials(self.accounts[embassy]))
        handles = {embassy: account.handle for embassy, account in self.accounts.items()}
        self.start(campaigns.on_x(contents or campaigns.files(), self.x.url, **handles), pictures or {}, before, sound)

    @property
    def account(self) -> XAccount:
        return self.accounts["nairobi"]

    def live(self) -> list[Post]:
        return [post for account in self.accounts.values() for post in self.x.posts(account)]

    def said(self) -> list[str]:
        return [post.text for post in self.live()]

    def sends(self) -> int:
        """How often anybody tried to post."""
        return len(self.x.named("createPosts"))


@dataclass
class BlueskyOffice(Office):
    pds: bluesky_server.Server = field(kw_only=True)
    proxy: Proxy = field(kw_only=True)
    login: bluesky_server.Account = field(kw_only=True)

    def open(
        self,
        contents: Mapping[str, str] | None = None,
        pictures: Mapping[str, bytes] | None = None,
        before: datetime = DUE - timedelta(hours=1),
        sound: bool = True,
    ) -> None:
        self.credentials("nairobi", "bluesky", {"APP_PASSWORD": self.login.app_password})
        contents = campaigns.on_bluesky(contents or campaigns.files(), self.proxy.url, nairobi=self.login.handle)
        self.start(contents, pictures or {}, before, sound)

    def records(self) -> list[dict[str, Any]]:
        return list(self.pds.records(self.login.did).values())

    def count(self, name: str) -> int:
        return len(self.proxy.named(name))

    def blob(self, reference: Mapping[str, Any]) -> bytes:
        """A picture as the server gives it to anybody."""
        return self.pds.blob(self.login.did, reference["ref"]["$link"])


def with_picture(contents: Mapping[str, str], name: str = "media/01.png") -> dict[str, str]:
    """The same files, with a picture on day 1."""
    changed = dict(contents)
    changed["posts/01-day/day.toml"] += f'media = ["{name}"]\n'
    for file in contents:
        if file.startswith("posts/01-day/") and not file.endswith("day.toml"):
            changed[file] += f'[alt]\n"{name}" = "An orange square"\n'
    return changed


def a_picture(image: Image.Image | None = None, kind: str = "PNG", **how: Any) -> dict[str, bytes]:
    """Its content, by the file's name."""
    content = io.BytesIO()
    (image or Image.new("RGB", (60, 40), "orange")).save(content, kind, **how)
    return {"posts/media/01.png": content.getvalue()}


def forked(works: Iterable[Callable[[], object]]) -> list[int]:
    """Does each in a program of its own, side by side; their exit statuses, a signal as a negative number."""
    children = []
    for work in works:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which are the servers' and not forked
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
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


@pytest.fixture
def x_office(
    x: XServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[XOffice]:
    office = XOffice(tmp_path, capsys, monkeypatch, [x], x=x)
    yield office
    office.back()


@pytest.fixture
def sky_office(
    pds: bluesky_server.Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[BlueskyOffice]:
    with proxy_before(pds.url) as proxy:
        office = BlueskyOffice(tmp_path, capsys, monkeypatch, [pds], pds=pds, proxy=proxy, login=pds.account())
        yield office
        office.back()
        pds.shift(0)
