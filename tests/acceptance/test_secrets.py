"""No secret is printed, logged or kept where it doesn't belong, whoever repeats it: everything is searched for it."""

from __future__ import annotations

import base64
import io
import itertools
import json
import logging
import random
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from orangeday.adapters import ADAPTERS
from orangeday.cli import main

from ..servers import request_faults
from ..servers.bluesky_server import Server
from ..servers.faulty_proxy import Exchange, Fault, Faulty, says
from ..servers.x_server import XServer
from ..support.leaking_adapters import Telltale
from ..torture.campaign_on_both import OnBoth, on_both

WRONG = {"app password": "wrng-pass-wrdx-zzzz", "token": "99-wrongtokenwrong", "token secret": "wrongsecretwrongsecret"}
"""What a person gives to `login`, and no server takes."""

PUBLISH = ["publish", "--live", "-v"]


@dataclass
class Watch:
    """A campaign whose every word is kept and searched."""

    both: OnBoth
    log: Path
    home: Path
    secrets: dict[str, str]
    """By what they are. What ends in `key` or `token` only names an app or an account, and is in every header."""
    said: list[str] = field(default_factory=list)

    def run(self, *words: str, typed: str = "") -> int:
        heard = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(heard), redirect_stderr(heard):
            patch.setattr(sys, "stdin", io.StringIO(typed))
            status = main(list(words))
        self.said.append(heard.getvalue())
        assert status in (0, 1) or words[0] == "login", heard.getvalue()
        return status

    def sessions(self) -> dict[str, str]:
        """The keys to Bluesky that are kept in the state folder, by design."""
        found: dict[str, str] = {}
        for file in self.home.rglob("sessions/*.json"):
            for number, entry in enumerate(json.loads(file.read_text("utf-8"))["entries"].values()):
                names = [name for name in ("access", "refresh") if entry.get(name)]
                found |= {f"session {name} {number} of {file.name}": entry[name] for name in names}
        return found

    def real(self) -> dict[str, str]:
        """Those that open something."""
        return {name: value for name, value in self.secrets.items() if not name.startswith("wrong")}

    def search(self, *, log: bool = True) -> None:
        """Everything that was said and written, for every secret in every form; but not what a library quotes, if
        the server itself said it."""
        everything = {f"what was said, {number}": said.encode() for number, said in enumerate(self.said)}
        kept = {str(file): file.read_bytes() for file in self.both.plan.config.file.parent.rglob("*") if file.is_file()}
        assert any(name.endswith("orangeday.db-wal") for name in kept)
        found = found_in({**everything, **kept}, self.secrets)
        outside = {name: content for name, content in kept.items() if not Path(name).is_relative_to(self.home)}
        found += found_in({**everything, **outside}, self.sessions())
        # A library that somebody makes talk quotes the header that it signs; but never what it signs with.
        if log:
            unsaid = {name: value for name, value in self.secrets.items() if not name.endswith(("key", "token"))}
            found += found_in({"log": self.log.read_bytes()}, unsaid)
        assert not found, "\n".join(found)


def forms(value: str) -> set[str]:
    """How a secret may read."""
    encoded = value.encode()
    coded = (base64.b64encode(encoded), base64.urlsafe_b64encode(encoded))
    quoted = (quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1], repr(value)[1:-1])
    return {value, *quoted, *(code.decode().rstrip("=") for code in coded)}


def found_in(places: Mapping[str, bytes], secrets: Mapping[str, str]) -> list[str]:
    return [
        f"the {name} in {place}, as {form!r}"
        for place, content in places.items()
        for name, value in secrets.items()
        for form in forms(value)
        if form.encode() in content
    ]


@pytest.fixture
def watch(pds: Server, x: XServer, tmp_path: Path) -> Iterator[Watch]:
    """One embassy on both, with a secret that reads otherwise in an address; every library logs all it does."""
    x.api_secret = f"secret &%'\"+/={x.api_secret}"
    folder, log = tmp_path / "campaign", tmp_path / "debug.log"
    folder.mkdir()
    root, handler = logging.getLogger(), logging.FileHandler(log, encoding="utf-8")
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with on_both(pds, x, folder, ["nairobi"]) as both, closing(sqlite3.connect(folder / "orangeday.db")) as reader:
            bluesky, account = both.accounts["nairobi"]
            secrets = {
                "API key": x.api_key,
                "API secret": x.api_secret,
                "access token": account.access_token,
                "token secret": account.access_token_secret,
                "app password": bluesky.app_password,
                **{f"wrong {name}": value for name, value in WRONG.items()},
            }
            watch = Watch(both, log, folder / "home", secrets)
            watch.run("publish", "--live")
            reader.execute("SELECT count(*) FROM delivery").fetchall()  # so that the WAL stays
            yield watch
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()


def echoes(words: Sequence[Iterator[str]], status: int, *, after: bool = False) -> Fault:
    """Repeats in its error one word of each of these, what it was asked with, and what it was sent."""

    def fault(exchange: Exchange) -> None:
        sent = exchange.seen.headers.get("Authorization", "")
        repeated = *map(next, words), sent, sent.partition(" ")[2], exchange.seen.body.decode(errors="replace")
        for length in range(len(repeated)):  # each of them comes first once in a while
            if random.Random(len(repeated[0]) + length).random() < 0.5:  # noqa: S311
                repeated = (*repeated[1:], repeated[0])
        said = " ".join(repeated)
        body = {"error": "Bad", "message": said, "detail": said, "title": said, "type": f"about:{said}"}
        says(status, body, {"X-Repeated": quote(said)[:500], "WWW-Authenticate": quote(sent)}, after=after)(exchange)

    fault.__name__ = f"echoes {status}"
    return fault


def babbles(exchange: Exchange) -> None:
    """Answers with the header that it got, where the status should be or the headers."""
    sent = exchange.seen.headers.get("Authorization", "") or exchange.seen.body.decode()
    first = b"" if len(exchange.server.faulty.seen) % 2 else b"HTTP/1.1 200 OK\r\n"
    exchange.wfile.write(first + sent.encode("latin-1", "replace") + b"\r\n\r\n")
    exchange.hang_up()


def all_commands(watch: Watch) -> None:
    watch.run("status", "--json")
    watch.run("status", "--log")
    watch.run("doctor", "--json")
    watch.run("doctor", "-v")
    watch.run("login", "nairobi", "bluesky", "--stdin", typed=f"{WRONG['app password']}\n")
    watch.run("login", "nairobi", "x", "--stdin", typed=f"{WRONG['token']}\n{WRONG['token secret']}\n")


STATUSES = (400, 401, 403, 429, 500, 503)


@pytest.mark.invariant(11)
@pytest.mark.parametrize("how", ["as it is and encoded", "instead of an answer"])
def test_a_server_that_repeats_what_it_was_told_tells_nobody_else(watch: Watch, how: str) -> None:
    """Both of them at once, each its own secrets."""
    both = watch.both
    servers: dict[str, Faulty] = {"bluesky": both.proxy, "x": both.x}
    faults: dict[str, list[Fault]] = {}
    for platform, server in servers.items():
        own = [value for name, value in watch.real().items() if ("password" in name) == (platform == "bluesky")]
        encoded = sorted({form for value in own for form in forms(value)} - set(own))
        words = [itertools.cycle(own), itertools.cycle(encoded)]
        faults[platform] = [echoes(words, status, after=after) for status in STATUSES for after in (False, True)]
        if how == "instead of an answer":
            faults[platform] = [babbles]
        server.weather(random.Random(1), 0.7, faults[platform])  # noqa: S311
    for day, due in enumerate(sorted({delivery.due for delivery in both.plan})[:6]):
        for minutes in (0, 12, 24, 36):
            both.move(due + timedelta(minutes=minutes, seconds=1))
            watch.run(*(PUBLISH if day % 2 else [*PUBLISH, "-vvv"]))
    for platform, server in servers.items():
        server.weather(random.Random(2), 1, faults[platform])  # noqa: S311
    all_commands(watch)
    for server in servers.values():
        server.heal()
        assert sum(server.weathered.values()) >= 10
    watch.search(log=False)


@pytest.mark.invariant(11)
def test_a_run_with_faults_and_all_that_is_told_of_it_holds_no_secret(watch: Watch) -> None:
    both = watch.both
    both.proxy.weather(random.Random(1), 0.3, request_faults.BLUESKY)  # noqa: S311
    both.x.weather(random.Random(2), 0.3, request_faults.X)  # noqa: S311
    for due in sorted({delivery.due for delivery in both.plan})[:4]:
        for minutes in (0, 12, 24):
            both.move(due + timedelta(minutes=minutes, seconds=1))
            watch.run(*PUBLISH)
    all_commands(watch)
    both.proxy.heal()
    both.x.heal()
    watch.run("login", "nairobi", "bluesky", "--stdin", typed=f"{WRONG['app password']}\n")
    watch.run("doctor", "--json")
    assert watch.sessions()
    watch.search()


STAGES = ("verify", "connect", "prepare", "publish", "find")


@pytest.mark.invariant(11)
def test_an_adapter_that_tells_in_its_exception_is_not_quoted(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each of its stages, on a day of its own."""
    days = sorted({delivery.due for delivery in watch.both.plan})
    for stage, due in zip(STAGES, days, strict=False):
        tells(monkeypatch, stage)
        Telltale.told.clear()
        for minutes in (0, 12, 24):
            watch.both.move(due + timedelta(minutes=minutes, seconds=1))
            watch.run(*PUBLISH)
        all_commands(watch)
        assert stage in Telltale.told
    watch.search()


@pytest.mark.invariant(11)
def test_a_traceback_names_no_secret(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    tells(monkeypatch, "identity")
    watch.both.move(next(iter(watch.both.plan)).due + timedelta(seconds=1))
    for verbose in ("-v", "-vvv", "--verbose"):
        assert watch.run("publish", "--live", verbose) == 1
        assert "Traceback" in watch.said[-1]
        assert "orangeday itself failed (RuntimeError: identity with •••" in watch.said[-1]
    watch.search()


def tells(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    for platform in ("x", "bluesky"):
        monkeypatch.setitem(ADAPTERS, platform, "tests.support.leaking_adapters")
    monkeypatch.setattr(Telltale, "at", stage)
