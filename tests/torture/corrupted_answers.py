"""Ten thousand answers of both servers, spoilt by chance, byte by byte or in their structure: what comes of each.

    python -m tests.torture.corrupted_answers --answers 10000 --seed 1

Every call that an adapter makes is met by them, and so are whole command lines. Each call has to end in good time as
what it promises or as an outcome in printable words without a secret; nothing but `publish` posts, and it never posts
twice, by the servers' own record.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any

import keyring
import pytest
import time_machine
from keyring.backends import null
from PIL import Image

from orangeday.adapters.base import Payload, PlatformError, Receipt
from orangeday.adapters.bluesky import adapter as bluesky
from orangeday.adapters.bluesky.adapter import record_key
from orangeday.adapters.contract import ARMED_AT
from orangeday.adapters.x import adapter
from orangeday.adapters.x import client as oauth
from orangeday.adapters.x import login as pin
from orangeday.cli import main as orangeday
from orangeday.clock import system_clock
from orangeday.content.plan import Delivery
from orangeday.system.sessions import Session

from ..servers.bluesky_server import Server, running
from ..servers.faulty_proxy import Answer, Exchange, Fault, Faulty, Proxy, passes, proxy_before
from ..servers.x_server import XAccount, XServer, x_server
from ..support import campaigns
from ..support.common import plan_of
from ..support.offset_clock import ahead
from .campaign_on_both import on_both, text_of

SINCE = ARMED_AT - timedelta(minutes=5)
PATIENCE = 30.0
"""Seconds that a call or a command may take, on a machine that has other things to do."""
WHOLE = 0.3
"""The share of the answers that are left as they are."""


# How an answer is spoilt

HEADERS = (
    "Date", "Content-Type", "Content-Encoding", "Location", "Set-Cookie", "Retry-After", "ratelimit-reset",
    "x-rate-limit-reset", "x-rate-limit-remaining", "x-rate-limit-limit", "x-app-limit-24hour-reset", "x-access-level",
)  # fmt: skip
STRANGE: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "\ud800",
    "\x1b[2J",
    "\x1b]52;c;eA==\x07\u202e\x9b",
    [],
    {},
    [None],
    {"id": 1},
    "1" * 19,
)
PIECES = (b'"', b"}", b"[", b"&", b"\\ud800", b"\xff", b"null", b"0" * 5000, b"[" * 100_000, b'{"a":' * 100_000)


def mutations(answer: Answer, chance: random.Random) -> Answer:
    """An answer that was spoilt somehow: a byte, a piece, a value, a status or a header."""
    status, body, headers = answer.status, bytearray(answer.body), dict(answer.headers)
    for _ in range(chance.randint(1, 3)):
        kind = chance.randrange(7)
        where = chance.randrange(len(body) + 1)
        if kind == 0 and body:
            body[where % len(body)] = chance.randrange(256)
        elif kind == 1:
            del body[where : where + chance.randint(1, 30)]
        elif kind == 2:
            body[where:where] = chance.choice(PIECES)
            if chance.random() < 0.2:  # it begins so
                body[:0] = chance.choice(PIECES)
        elif kind in (3, 4):
            try:
                document = _spoilt(json.loads(body), chance)
                body = bytearray(json.dumps(document).encode("ascii", "replace"))
            except (ValueError, RecursionError):
                pass
        elif kind == 5:
            status = chance.choice([200, 201, 204, 206, 302, 304, 400, 401, 403, 404, 409, 429, 500, 503, status])
        else:
            headers[chance.choice(HEADERS)] = chance.choice(
                ["", "x", "-1", "9" * 30, "gzip", "zstd", "http://[", "Thu, 99 Feb 0000 00:00:00 GMT", "a=b"]
            )
    return Answer(status, bytes(body), headers)


def _spoilt(value: object, chance: random.Random) -> object:
    if chance.random() < 0.25 or not isinstance(value, dict | list) or not value:
        return chance.choice(STRANGE)
    if isinstance(value, list):
        at = chance.randrange(len(value))
        return [*value[:at], _spoilt(value[at], chance), *value[at + 1 :]]
    name = chance.choice(list(value))
    rest = {key: item for key, item in value.items() if key != name}
    return rest if chance.random() < 0.3 else rest | {name: _spoilt(value[name], chance)}


# What comes of it


@dataclass
class Tally:
    """What was spoilt, how it ended, and what harm it did."""

    chance: random.Random
    spoilt: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By platform and endpoint."""
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By who called what, and the class of what came of it."""
    slowest: tuple[float, str] = (0.0, "nothing")
    posts: int = 0
    """What was to be posted, and is there."""
    harm: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    @property
    def answers(self) -> int:
        return sum(self.spoilt.values())

    def spoils(self, platform: str) -> Fault:
        """Lets the server do what it is asked, and spoils what it says: not each time, so that a call gets further."""

        def spoils(exchange: Exchange) -> None:
            if self.chance.random() < WHOLE:
                passes(exchange)
                return
            self.spoilt[platform, exchange.seen.name] += 1
            exchange.answer(mutations(exchange.forward(), self.chance))

        return spoils

    def call(self, name: str, ask: Callable[[], object], kinds: type | tuple[type, ...]) -> object:
        """One call of an adapter, which has to give one of these kinds or an outcome."""
        tick = time.perf_counter()
        outcome: object = None
        try:
            outcome = ask()
        except PlatformError as failure:
            self.ended[name, type(failure).__name__] += 1
            if not str(failure).isprintable() or len(str(failure)) > 800:
                self.harm.append(f"{name} says {str(failure)[:900]!a}")
            self.search(name, str(failure))
        except BaseException as failure:  # noqa: BLE001  this is what is looked for
            self.ended[name, type(failure).__name__] += 1
            self.harm.append(f"{name} ends with {failure!a:.500}")
        else:
            self.ended[name, type(outcome).__name__] += 1
            if not isinstance(outcome, kinds):
                self.harm.append(f"{name} gives {outcome!a:.500}")
            elif is_dataclass(outcome) and not isinstance(outcome, type):
                try:  # the ledger keeps it
                    json.dumps(asdict(outcome), ensure_ascii=False, default=str).encode()
                except ValueError as failure:
                    self.harm.append(f"{name} gives what can't be kept: {failure!a:.500}")
        self.took(time.perf_counter() - tick, name)
        return outcome

    def took(self, seconds: float, name: str) -> None:
        self.slowest = max(self.slowest, (seconds, name))
        if seconds > PATIENCE:
            self.harm.append(f"{name} takes {seconds:.0f} s")

    def search(self, name: str, said: str) -> None:
        if any(secret in said for secret in self.secrets):
            self.harm.append(f"{name} tells a secret")

    def table(self) -> str:
        """All of it, in Markdown."""
        lines = ["| answers of | spoilt |", "|---|---|"]
        lines += [f"| {platform} {name} | {number:,} |" for (platform, name), number in sorted(self.spoilt.items())]
        lines += [f"| in all | {self.answers:,} |", "", "| call | how it ended |", "|---|---|"]
        for name in sorted({name for name, _ in self.ended}):
            ways = sorted(((number, way) for (of, way), number in self.ended.items() if of == name), reverse=True)
            lines.append(f"| {name} | {' · '.join(f'{way} {number:,}' for number, way in ways)} |")
        seconds, name = self.slowest
        lines.append(f"\nThe slowest took {seconds:.1f} s: {name}. Of {self.posts:,} posts none is there twice.")
        return "\n".join([*lines, *(f"HARM: {harm}" for harm in self.harm[:50])])


@contextmanager
def alone(folder: Path, moment: datetime) -> Iterator[None]:
    """A home and a keyring of its own, at that moment."""
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(moment, tick=True):
        for name in ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(folder))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        # A password's hash is slow on purpose; the same one needn't be reckoned again and again.
        patch.setattr(hashlib, "scrypt", cache(hashlib.scrypt))
        before = keyring.get_keyring()
        keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call]  # its base carries none
        try:
            yield
        finally:
            keyring.set_keyring(before)


def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "PNG")
    return content.getvalue()


def _files(mention: str = "") -> dict[str, str]:
    files = campaigns.files()
    files["posts/01-day/day.toml"] += 'media = ["media/a.png"]\n'
    files["posts/01-day/en.toml"] = f'text = "Day 1 in en, from {{city}}. {mention}"\n[alt]\n"media/a.png" = "Red."\n'
    return files


# X


def on_x(folder: Path, x: XServer, tally: Tally, answers: int) -> None:
    """So many answers of X's, spoilt for every call of its adapter's."""
    until = tally.answers + answers
    x.limits.user_window = x.limits.app_day = 10**6
    x.limits.others = dict.fromkeys(x.limits.others, 10**6)
    login = x.account()
    credentials = x.credentials(login)
    tally.secrets |= {x.api_secret, login.access_token_secret}
    pictures = {"media/a.png": picture()}
    with alone(folder, ARMED_AT):
        x.shift(ahead(ARMED_AT))
        file = campaigns.write(folder, campaigns.on_x(_files(), x.url, nairobi=login.handle))
        of = plan_of(file).find("16days-2026/01/nairobi/x/en")
        assert of
        sound = adapter.connect(of.account, credentials, system_clock)
        for number in count():
            if tally.answers >= until:
                break
            text = f"Number {number} & https://example.org/{number}"
            there = sound.publish(Payload(text, {"text": text}), system_clock())
            doors = pin.PinLogin(x.url, x.api_key, x.api_secret, system_clock)
            at_x = x.pin(doors.authorization_url(login.handle), login) if number % 4 == 0 else ""
            platform = _new_on_x(of, x, credentials)
            for name, ask, kinds in _asks_of_x(platform, of, credentials, pictures, text, there, (doors, at_x)):
                platform._identity = login.id
                before = x.calls["createPosts"]
                x.fault("", tally.spoils("X"), times=None)
                gave = tally.call(f"X {name}", ask, kinds)
                x.heal()
                sends = x.calls["createPosts"] - before
                if sends != (name == "publish"):
                    tally.harm.append(f"X {name} sent {sends} posts")
                if name == "tokens" and isinstance(gave, Mapping):  # whatever came, it can be tried
                    tried = {**credentials, **gave}
                    ask = partial(adapter.verify, of.account, tried, system_clock)
                    tally.call("X verify, with tokens that were spoilt", ask, str)
            _reckon_on_x(x, login, tally, text)
        x.shift(0)


def _new_on_x(of: Delivery, x: XServer, credentials: Mapping[str, str]) -> adapter.X:
    """As a program has it that has just been started, and knows neither limits nor the time there."""
    oauth.App._apps.clear()
    line = oauth.XClient(x.url, credentials, system_clock)
    return adapter.X(of.account, line, timedelta(0), system_clock)


Ask = tuple[str, Callable[[], object], type | tuple[type, ...]]
NOTHING = type(None)


def _asks_of_x(
    platform: adapter.X,
    of: Delivery,
    credentials: Mapping[str, str],
    pictures: Mapping[str, bytes],
    text: str,
    there: Receipt,
    login: tuple[pin.PinLogin, str],
) -> Iterator[Ask]:
    said, nothing_like_it = Payload(text, {"text": text}), Payload("Nothing like it", {"text": "x"})
    own = Payload(f"{text}!", {"text": f"{text}!"})
    yield "prepare", lambda: platform.prepare(of, pictures, 0, ARMED_AT), Payload
    yield "meet", lambda: platform.identify(credentials, force=True), NOTHING
    yield "verify", lambda: adapter.verify(of.account, credentials, system_clock), str
    yield "prepare", lambda: platform.prepare(of, pictures, 0, ARMED_AT), Payload
    yield "publish", lambda: platform.publish(own, system_clock()), Receipt
    yield "find", lambda: platform.find([said], SINCE), (Receipt, NOTHING)
    yield "find what isn't there", lambda: platform.find([nothing_like_it], SINCE), NOTHING
    yield "delete", lambda: platform.delete(there), NOTHING
    yield "may write", lambda: pin.may_write(of.account.address, credentials, system_clock), (bool, NOTHING)
    doors, number = login
    if number:
        yield "tokens", lambda: doors.tokens(number), Mapping
        yield "address", lambda: doors.authorization_url(of.account.handle), str


def _reckon_on_x(x: XServer, login: XAccount, tally: Tally, text: str) -> None:
    posted = Counter(post.text for post in x.posted(login))
    if (posted[text], posted[f"{text}!"]) != (1, 1):
        tally.harm.append(f"{text}: {posted[text]} and {posted[f'{text}!']} posts")
    tally.posts += 1
    with x._state:  # it is reckoned with, and would only make each look back longer
        x._posts.clear()
        x._media.clear()
    x.seen.clear()


# Bluesky


def on_bluesky(folder: Path, pds: Server, tally: Tally, answers: int) -> None:
    """So many answers of a real server's, spoilt for every call of Bluesky's adapter."""
    until = tally.answers + answers
    pictures = {"media/a.png": picture()}
    with proxy_before(pds.url) as proxy, alone(folder, ARMED_AT):
        pds.shift(ahead(ARMED_AT))
        login = pds.account()
        credentials = {"APP_PASSWORD": login.app_password}
        tally.secrets.add(login.app_password)
        files = campaigns.on_bluesky(_files(f"@{login.handle}"), proxy.url, nairobi=login.handle)
        of = plan_of(campaigns.write(folder, files)).find("16days-2026/01/nairobi/bluesky/en")
        assert of
        connect = partial(bluesky.connect, of.account, credentials, system_clock)
        sound = connect()
        (kept,) = folder.rglob("sessions/*.json")
        session = kept.read_bytes()
        tally.secrets |= {value for entry in json.loads(session)["entries"].values() for value in _keys(entry)}
        for number in count():
            if tally.answers >= until:
                break
            mine, other, none = (sound.prepare(of, pictures, 3 * number + more, ARMED_AT) for more in range(3))
            there = sound.publish(other, system_clock())
            before = _puts(proxy)
            # What a log-in gets is tried; and then the session is again as it was.
            kept.unlink()
            proxy.fault("", tally.spoils("Bluesky"), times=None)
            if number % 4 == 0:
                got = tally.call("Bluesky log in", connect, bluesky.Bluesky)
                if isinstance(got, bluesky.Bluesky):
                    tally.call("Bluesky verify", got.verify, NOTHING)
            kept.write_bytes(session)
            platform = connect()
            for name, ask, kinds in _asks_of_bluesky(platform, of, pictures, mine, none, there, number):
                if name == "publish":
                    before += 1
                tally.call(f"Bluesky {name}", ask, kinds)
            proxy.heal()
            kept.write_bytes(session)
            if _puts(proxy) != before:
                tally.harm.append(f"{_puts(proxy) - before} posts were sent by what may send none")
            records = pds.records(login.did)
            if [records.get(str(sent.document["rkey"])) for sent in (mine, none)] != [mine.document["record"], None]:
                tally.harm.append(f"number {number}: not what was sent, or what wasn't")
            if len(records) != 1 + (other.document["rkey"] in records):
                tally.harm.append(f"number {number}: {len(records)} posts")
            for key in records:
                sound.delete(replace(there, id=f"at://{login.did}/{bluesky.POSTS}/{key}"))
            tally.posts += 1
            proxy.seen.clear()
        pds.shift(0)


def _asks_of_bluesky(
    platform: bluesky.Bluesky,
    of: Delivery,
    pictures: Mapping[str, bytes],
    mine: Payload,
    none: Payload,
    there: Receipt,
    number: int,
) -> Iterator[Ask]:
    line = platform._client
    yield "prepare", lambda: platform.prepare(of, pictures, 3 * number, ARMED_AT), Payload
    yield "verify", platform.verify, NOTHING
    yield "prepare", lambda: platform.prepare(of, pictures, 3 * number, ARMED_AT), Payload
    yield "publish", lambda: platform.publish(mine, ARMED_AT), Receipt
    yield "find", lambda: platform.find([mine], SINCE), (Receipt, NOTHING)
    yield "find what isn't there", lambda: platform.find([none], SINCE), NOTHING
    yield "delete", lambda: platform.delete(there), NOTHING
    yield "refresh", lambda: line._renew(line._session, is_expired=True), Session


def _keys(entry: Mapping[str, Any]) -> set[str]:
    return {entry[name] for name in ("access", "refresh") if entry.get(name)}


def _puts(proxy: Proxy) -> int:
    return len(proxy.named("putRecord"))


# The whole command line

COMMANDS: tuple[tuple[str, ...], ...] = (("status",), ("doctor", "--json"), ("status", "--log"))


def by_commands(folder: Path, pds: Server, x: XServer, tally: Tally, answers: int, share: float = 0.5) -> None:
    """So many answers of both, spoilt while the commands run as a person or cron would start them."""
    until = tally.answers + answers
    x.limits.others = dict.fromkeys(x.limits.others, 10**6)
    with alone(folder, ARMED_AT), on_both(pds, x, folder, ["nairobi"]) as both:
        secrets, (login, account) = tally.secrets, both.accounts["nairobi"]
        secrets |= {login.app_password, x.api_secret, account.access_token_secret}
        typed = {"bluesky": login.app_password, "x": f"{account.access_token}\n{account.access_token_secret}"}
        servers: Sequence[tuple[str, Faulty]] = (("Bluesky", both.proxy), ("X", x))
        dues = sorted({delivery.due for delivery in both.plan})
        both.move(dues[0] - timedelta(minutes=9))
        both.run("publish", "--live")  # it knows the accounts
        for due in dues:
            if tally.answers >= until:
                break
            for minutes in (0, 4, 11, 18, 29):
                both.move(due + timedelta(minutes=minutes, seconds=1))
                for name, server in servers:
                    server.weather(tally.chance, share, [tally.spoils(name)])
                _run(tally, folder, "publish", "--live")
                sent = _sent(both.proxy, x)
                for command in COMMANDS:
                    _run(tally, folder, *command)
                for platform, words in typed.items():
                    if minutes == 0:
                        _run(tally, folder, "login", "nairobi", platform, "--stdin", typed=words)
                if _sent(both.proxy, x) != sent:
                    tally.harm.append("something was sent by a command that sends nothing")
                for _, server in servers:
                    server.heal()
        _reckon_both(both.plan, both.pds.records(login.did), x.posted(account), tally)


def _run(tally: Tally, folder: Path, *words: str, typed: str = "") -> None:
    said, tick, name = io.StringIO(), time.perf_counter(), f"orangeday {' '.join(words[:1])}"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        patch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
        status = orangeday(words)
    tally.took(time.perf_counter() - tick, name)
    tally.ended[name, f"status {status}"] += 1
    heard = said.getvalue()
    for word in ("Traceback", "itself failed", "unexpected failure"):
        if word in heard:
            tally.harm.append(f"{name} says {heard[max(0, heard.index(word) - 200) :][:500]!a}")
    if status not in (0, 1, 2):
        tally.harm.append(f"{name} ends with {status}")
    if not all(character.isprintable() or character in "\n\u2068\u2069" for character in heard):
        tally.harm.append(f"{name} says {sorted({c for c in heard if not c.isprintable()})!a}")
    if words[0] != "login":  # where there is no keyring, it gives back what was typed
        keys: set[str] = set()
        for file in folder.rglob("sessions/*.json"):
            keys = keys.union(*map(_keys, json.loads(file.read_text("utf-8"))["entries"].values()))
        tally.search(name, heard)
        if any(key in heard for key in keys if len(key) > 20):
            tally.harm.append(f"{name} tells a key")


def _sent(proxy: Proxy, x: XServer) -> tuple[int, int]:
    return _puts(proxy), x.calls["createPosts"]


def _reckon_both(plan: Any, records: Mapping[str, Any], posted: Sequence[Any], tally: Tally) -> None:
    texts = Counter(text_of(delivery) for delivery in plan if delivery.platform == "x")
    there = Counter(post.text for post in posted)
    tally.harm += [f"{number} posts say {text!a}" for text, number in there.items() if number > texts[text]]
    keys = {
        record_key(plan.campaign_id, delivery.number, delivery.language, 0): text_of(delivery)
        for delivery in plan
        if delivery.platform == "bluesky"
    }
    tally.harm += [f"{key} is nobody's" for key, record in records.items() if keys.get(key) != record["text"]]
    tally.posts += sum(there.values()) + len(records)


# All of it


def hold(folder: Path, pds: Server, seed: int, answers: int) -> Tally:
    """An eighth by whole commands, the rest by the adapters' calls, on both platforms alike."""
    tally = Tally(random.Random(seed))  # noqa: S311
    each = answers * 7 // 16
    with x_server() as x:
        on_x(folder / "x", x, tally, each)
    on_bluesky(folder / "bluesky", pds, tally, each)
    while tally.answers < answers:
        with tempfile.TemporaryDirectory(dir=folder) as own, x_server() as x:
            by_commands(Path(own), pds, x, tally, answers - tally.answers)
    return tally


def main(seed: int, answers: int) -> bool:
    """Whether all is well; says what came of it."""
    with tempfile.TemporaryDirectory(prefix="orangeday-spoilt-") as folder, running() as pds:
        tally = hold(Path(folder), pds, seed, answers)
    sys.stdout.write(f"{tally.table()}\n")
    return not tally.harm


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.torture.corrupted_answers")
    parser.add_argument("--answers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(0 if main(given.seed, given.answers) else 1)
