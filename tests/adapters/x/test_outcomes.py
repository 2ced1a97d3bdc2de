"""What can go wrong between us and X, a row a case, against a strict stand-in over a real network.

Each row says how the first sweep ends, how many posts are on the server then and how often it was asked for one; and
the same once the clock went on and the engine swept on, which is what counts: one post, or none and a person told.
"""

from __future__ import annotations

import re
import socket
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from orangeday.adapters import http as network
from orangeday.adapters.base import Deferred, Payload, Platform, PlatformError, Receipt, Refused, Unsure
from orangeday.adapters.x import adapter
from orangeday.adapters.x import client as oauth
from orangeday.clock import system_clock
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State

from ...servers.faulty_proxy import (
    Answer,
    Exchange,
    Fault,
    Seen,
    cuts,
    delays,
    drops_after,
    drops_before,
    hangs_after,
    hangs_before,
    passes,
    resets_after,
    resets_before,
    says,
)
from ...servers.x_server import PROBLEMS, XAccount, XServer, x_server
from ...support import campaigns, new_ledger
from ...support.certificates import self_signed
from ...support.written_campaign import WrittenCampaign
from ..outcome_recorder import Time, Witness

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
FIRST = DUE + timedelta(minutes=1)
"""When the first sweep is."""
SWEEPS = (60, 430, 500, 570, 1300, 1400)
"""When the others are, in seconds since the first. `settle_after` is 360: the second counts, the fourth settles."""

POST, READ, WHO, UPLOAD, ALT = "createPosts", "getUsersPosts", "getUsersMe", "mediaUpload", "createMediaMetadata"


@dataclass
class Drowsy(Witness):
    """A Platform whose machine may fall asleep before it sends."""

    world: World

    def publish(self, sent: Payload, armed: datetime) -> Receipt:
        if asleep := self.world.falls_asleep:
            self.world.falls_asleep = timedelta(0)
            self.world.time.go(system_clock() + asleep)
        return super().publish(sent, armed)


@dataclass
class _Faults:
    """What befalls an account's requests of one name, so many times or always."""

    what: Fault
    times: int | None

    def take(self) -> Fault:
        if self.times == 0:
            return passes
        self.times = self.times and self.times - 1
        return self.what


def _user(seen: Seen) -> str:
    """Whose token a request is signed with: it begins with the account's id."""
    (user,) = re.findall('oauth_token="(.+?)-', seen.headers["Authorization"])
    return str(user)


def _fault_of(exchange: Exchange, of_each: Mapping[str, _Faults]) -> Fault:
    own = of_each.get(_user(exchange.seen))
    return own.take() if own else passes


@dataclass
class World:
    """Embassies with an account each, their campaign on the first day, and the trouble in between."""

    x: XServer
    time: Time
    folder: Path
    patch: pytest.MonkeyPatch
    logins: dict[str, XAccount]
    base_url: str
    own: str = "nairobi"
    """The embassy whose account the trouble is in."""
    workers: int = 1
    picture: bool = False
    falls_asleep: timedelta = timedelta(0)
    outcomes: defaultdict[str, list[PlatformError]] = field(default_factory=lambda: defaultdict(list))
    """Of each embassy, how what its Platform was asked ended."""
    _faults: dict[str, dict[str, _Faults]] = field(default_factory=dict)
    _written: WrittenCampaign = field(default_factory=WrittenCampaign)

    @property
    def login(self) -> XAccount:
        return self.logins[self.own]

    def sweep(self) -> list[DeliveryStatus]:
        """One run of a program that knows nothing but the files, as cron would start it."""
        oauth.App._apps.clear()
        now, plan = system_clock(), self.plan()
        with (
            closing(self.ledger()) as ledger,
            closing(Publisher(plan, ledger, self.connect, system_clock)) as publisher,
        ):
            publisher.publish_due(now)
            due = [plan.find(f"16days-2026/01/{embassy}/x/en") for embassy in self.logins]
            return statuses(plan, ledger, system_clock(), filter(None, due))

    def at(self, seconds: float) -> list[DeliveryStatus]:
        """A sweep so long after the first one."""
        self.time.go(FIRST + timedelta(seconds=seconds))
        return self.sweep()

    def ledger(self) -> Ledger:
        file = self.folder / "ledger.db"
        if not file.exists():
            new_ledger.put(file)
        return Ledger(f"sqlite:///{file}", system_clock, durable=False)

    def fault(self, name: str, what: Fault, times: int | None = 1) -> None:
        """What befalls the own account's requests of this name."""
        if name not in self._faults:
            of_each = self._faults[name] = {}
            self.x.fault(name, lambda exchange: _fault_of(exchange, of_each)(exchange), times=None)
        assert self.login.id not in self._faults[name]
        self._faults[name][self.login.id] = _Faults(what, times)

    def posts(self) -> int:
        """How many are on the server, of all accounts."""
        return sum(len(self.x.posted(login)) for login in self.logins.values())

    def sent(self) -> int:
        """How often the server was asked for a post of the own account."""
        return sum(_user(seen) == self.login.id for seen in self.x.named(POST))

    def count(self, name: str) -> int:
        return len(self.x.named(name))

    def evidence(self) -> list[tuple[str, timedelta]]:
        """What the ledger keeps of reading back: what was seen, and how long after the first sweep."""
        with closing(self.ledger()) as ledger, ledger._read_connection() as connection:
            rows = connection.rows("SELECT says, at FROM evidence ORDER BY at")
        return [(says, datetime.fromisoformat(at) - FIRST) for says, at in rows]

    def plan(self) -> Plan:
        handles = {embassy: login.handle for embassy, login in self.logins.items()}
        config = f"[publishing]\nrequire_approval = false\nworkers = {self.workers}"
        files = campaigns.files(embassies=dict.fromkeys(self.logins, "Africa/Nairobi"), config=config)
        files["config.toml"] = files["config.toml"].replace("\ntimezone = ", "\ndays = { en = [1] }\ntimezone = ")
        files = campaigns.on_x(files, self.base_url, **handles)
        if self.picture:
            files["posts/01-day/day.toml"] += 'media = ["media/01.png"]\n'
            files["posts/01-day/en.toml"] += '[alt]\n"media/01.png" = "Orange."\n'
            media = self.folder / "posts/media/01.png"
            media.parent.mkdir(parents=True, exist_ok=True)
            media.write_bytes(PNG)
        return self._written.plan(self.folder, files, system_clock())

    def connect(self, account: Account) -> Platform:
        credentials = self.x.credentials(self.logins[account.embassy])
        try:
            platform = adapter.connect(account, credentials, system_clock)
        except PlatformError as outcome:
            self.outcomes[account.embassy].append(outcome)
            raise
        return Drowsy(platform, self.outcomes[account.embassy], self)

    def says(self, text: str) -> None:
        """Another hand posts something, by the same account."""
        x, login = self.x, self.login
        keys = {"resource_owner_key": login.access_token, "resource_owner_secret": login.access_token_secret}
        auth = OAuth1(x.api_key, x.api_secret, **keys, timestamp=str(int(x.now())))
        with requests.Session() as session:
            session.trust_env = False
            session.post(f"{x.url}/2/tweets", json={"text": text}, auth=auth, timeout=30).raise_for_status()
        x.seen.clear()


def _png() -> bytes:
    from orangeday.content.encoding import orange_picture

    return orange_picture().content


PNG = _png()


@pytest.fixture
def world(x: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    clocks = Time(x)
    clocks.go(FIRST)
    yield World(x, clocks, tmp_path, monkeypatch, {"nairobi": x.account()}, x.url)
    clocks.stop()


Act = Callable[[World], None]


def nothing(_: World) -> None:
    pass


@dataclass(frozen=True)
class Own:
    """What befalls requests of one account: the other accounts of its world have troubles of their own."""

    act: Act
    picture: bool = False

    def __call__(self, world: World) -> None:
        self.act(world)


def both(*acts: Act) -> Act:
    def done(world: World) -> None:
        for act in acts:
            act(world)

    return Own(done) if all(isinstance(act, Own) for act in acts) else done


def fault(name: str, what: Fault, times: int | None = 1) -> Act:
    if name == "time":  # whoever asks for it doesn't say who that is
        return lambda world: world.x.fault(name, what, times=times)
    return Own(lambda world: world.fault(name, what, times))


def hasty(act: Act) -> Act:
    """A test can't wait half a minute."""

    def done(world: World) -> None:
        for name, value in {
            "CONNECT_TIMEOUT": 1,
            "READ_TIMEOUT": 0.7,
            "RESPONSE_TIMEOUT": 1,
            "MAX_RESPONSE_BYTES": 200_000,
        }.items():
            world.patch.setattr(network, name, value)
        act(world)

    return done


def known_account(act: Act) -> Act:
    """The account was met before; then it happens."""

    def done(world: World) -> None:
        (account,) = world.plan().accounts
        world.connect(account)
        world.x.seen.clear()
        act(world)

    return done


def with_a_picture(act: Act) -> Act:
    def done(world: World) -> None:
        world.picture = True
        act(world)

    return Own(done, picture=True) if isinstance(act, Own) else done


def at(address: Callable[[World], str]) -> Act:
    def done(world: World) -> None:
        world.base_url = address(world)

    return done


def heal(world: World) -> None:
    world.x.heal()
    world.x.serve_tls(None)
    world.base_url = world.x.url
    world.x.lag, world.x.credit, world.x.can_write = 0, None, True
    world.x.suspend(world.login, applied=False)


def nobody_listens(_: World) -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def certificate_of_nobody(world: World) -> str:
    world.x.serve_tls(self_signed(world.folder))
    return world.x.url.replace("http:", "https:")


def new_tokens(world: World) -> None:
    """A person's act: the account's owner lets the app in once more."""
    world.logins["nairobi"] = world.x.account(world.login.handle)


def revoked(world: World) -> None:
    world.x.revoke(world.login)


def suspended(world: World) -> None:
    world.x.suspend(world.login)


def out_of_credit(world: World) -> None:
    world.x.credit = 0.001


def read_only(world: World) -> None:
    world.x.can_write = False


def lag(seconds: float) -> Act:
    def done(world: World) -> None:
        world.x.lag = seconds

    return done


def sleeps(**asleep: float) -> Act:
    def done(world: World) -> None:
        world.falls_asleep = timedelta(**asleep)

    return done


def tells(text: str, **before: float) -> Act:
    """Another hand has said something on that day."""

    def done(world: World) -> None:
        now = system_clock()
        world.time.go(DUE - timedelta(**before))
        world.says(text)
        world.time.go(now)

    return done


def somebody_elses_tokens(world: World) -> None:
    other = world.x.account()
    world.logins["nairobi"] = XAccount(
        world.login.id, world.login.handle, other.access_token, other.access_token_secret
    )


def one_of_us(world: World) -> None:
    world.logins["nairobi"] = world.x.account(world.login.handle)


# Faults of the tests' own


def problem(status: int, detail: str, kind: str = "about:blank", *, after: bool = False, **headers: str) -> Fault:
    body = {"title": "No", "detail": detail, "type": kind, "status": status}
    return says(status, body, {name.replace("_", "-"): value for name, value in headers.items()}, after=after)


def coded(status: int, code: int, message: str, **headers: str) -> Fault:
    """The other of X's two forms."""
    body = {"errors": [{"code": code, "message": message}]}
    return says(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def until_a_reset(fault_of: Callable[..., Fault], minutes: float, *args: Any) -> Fault:
    """Says no until so many minutes from now."""

    def fault(exchange: Exchange) -> None:
        reset = str(int(exchange.server.faulty.now() + 60 * minutes))
        limits = {"x_rate_limit_limit": "100", "x_rate_limit_remaining": "0", "x_rate_limit_reset": reset}
        fault_of(*args, **limits)(exchange)

    return fault


def leads(status: int, where: str, *, after: bool = False) -> Fault:
    return says(status, {}, {"Location": where}, after=after)


def raw(exchange: Exchange, head: str, body: Iterator[bytes]) -> None:
    try:
        exchange.wfile.write(f"HTTP/1.1 {head}\r\nDate: {exchange.date()}\r\n\r\n".encode())
        for piece in body:
            exchange.wfile.write(piece)
            exchange.wfile.flush()
    except OSError:
        pass  # the client had enough
    exchange.hang_up()


def endless_after(exchange: Exchange) -> None:
    """The server has it, and doesn't stop answering."""
    exchange.forward()
    raw(exchange, "201 Created", iter([b"x" * 10_000] * 5000))


def trickles_after(exchange: Exchange) -> None:
    """The server has it, and answers a byte at a time, never so late that any single wait is too long."""
    exchange.forward()

    def drops() -> Iterator[bytes]:
        yield b'{"data":'
        while not exchange.server.faulty.closing.wait(0.1):
            yield b" "

    raw(exchange, "201 Created\r\nContent-Length: 60000", drops())


def undated(exchange: Exchange) -> None:
    exchange.answer(Answer(404, b"", {}))


def dated(text: str) -> Fault:
    return lambda exchange: exchange.answer(Answer(200, b"", {"Date": text}))


HTML = b"<html><title>We'll be back soon</title></html>"
AS_HTML = {"Content-Type": "text/html"}
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
TEXT = "Day 1 in en, from Nairobi."


@dataclass(frozen=True)
class Case:
    name: str
    trouble: Act
    outcome: type[PlatformError] | None
    """How the first sweep ends for the delivery; None: published."""
    person: bool = False
    scope: str = "delivery"
    posts: int = 0
    """On the server, right after the first sweep."""
    calls: int = 1
    """How often it was asked for a post until then."""
    mend: Act = nothing
    """What happens between the first sweep and the next."""
    at_last: State = State.PUBLISHED
    posts_at_last: int = 1
    calls_at_last: int = 1
    state: State | None = None
    """Right after the first sweep, where it isn't what the outcome makes it."""
    says: str = ""
    """What the officer is told, or a part of it."""


STATES: dict[type[PlatformError] | None, State] = {
    None: State.PUBLISHED,
    Refused: State.REFUSED,
    Deferred: State.DEFERRED,
    Unsure: State.UNSURE,
}


def lost(name: str, what: Fault, mend: Act = nothing) -> Case:
    """It never came to anything: it is sent once more, but only after that was seen twice, and late enough."""
    return Case(name, fault(POST, what), Unsure, calls_at_last=2, mend=mend)


def kept(name: str, what: Fault) -> Case:
    return Case(name, fault(POST, what), Unsure, posts=1)


def refused(name: str, what: Fault, says: str = "") -> Case:
    return Case(name, fault(POST, what), Refused, at_last=State.REFUSED, posts_at_last=0, says=says)


def deferred(name: str, what: Fault, says: str = "", scope: str = "account") -> Case:
    return Case(name, fault(POST, what), Deferred, scope=scope, calls_at_last=2, says=says)


def asks(name: str, trouble: Act, mend: Act = nothing, says: str = "", calls: int = 0) -> Case:
    """Nothing goes out until a person has acted."""
    return Case(name, trouble, Deferred, True, "account", 0, calls, mend, calls_at_last=calls + 1, says=says)


def before(name: str, trouble: Act, scope: str = "account", mend: Act = nothing, person: bool = False) -> Case:
    """What goes wrong before anything is armed."""
    return Case(name, trouble, Deferred, person, scope, calls=0, mend=mend)


THEIR_TROUBLE: tuple[tuple[str, Fault], ...] = (
    ("500", problem(500, "Internal Server Error")),
    ("503", problem(503, "Service Unavailable")),
    ("502 as HTML", says(502, HTML, AS_HTML)),
    ("200 as HTML", says(200, HTML, AS_HTML)),
    ("an empty 200", says(200)),
    ("200 without what was asked for", says(200, {"data": {"id": 5}})),
    ("a list", says(200, b"[]")),
    ("200 with errors instead", says(200, {"errors": [{"title": "Not Found Error", "type": f"{PROBLEMS}x"}]})),
    ("a redirect", leads(302, "http://127.0.0.1:9/2/elsewhere")),
    ("a redirect to nowhere", leads(301, "http://[::1")),
    ("a closed connection before", drops_before),
    ("a closed connection after", drops_after),
    ("a reset before", resets_before),
    ("a reset after", resets_after),
    ("half an answer", cuts),
)
"""What may befall any request at all."""


def _scope(name: str) -> str:
    return "account" if "without" in name or "errors" in name else "delivery"


CASES = (
    # Who we are
    asks("401 before the window of a signature is over", fault(POST, problem(401, "Unauthorized")), calls=1),
    asks("tokens that were revoked", revoked, new_tokens, "X rejected the access token"),
    asks("tokens that were revoked since", known_account(revoked), new_tokens, "X rejected the access token", calls=1),
    asks("tokens of another account", somebody_elses_tokens, one_of_us, "tokens"),
    Case(
        "401 after sleeping past the window of a signature",
        sleeps(minutes=6), Deferred, calls_at_last=2, state=State.SCHEDULED, says="slept",
    ),
    Case("a nap within it", sleeps(minutes=2), None, posts=1),
    asks("a suspended account", suspended, heal, "suspended"),
    asks("an account that was suspended since", known_account(suspended), heal, "suspended", calls=1),
    asks("an account that is locked", fault(POST, coded(403, 326, "This account is temporarily locked.")), calls=1),
    asks("an app that may only read", read_only, heal, "Read and write", calls=1),
    asks("an app that may only read, in other words",
         fault(POST, coded(403, 261, "Application cannot perform write actions.")), says="Read and write", calls=1),
    asks("an app that has no project",
         fault(POST, problem(403, "Use keys of a Project.", f"{PROBLEMS}client-forbidden")), calls=1),
    asks("404 to a post", fault(POST, problem(404, "Not Found")), says="base_url", calls=1),
    asks("404 as HTML", fault(POST, says(404, HTML, AS_HTML)), says="base_url", calls=1),
    # What X has decided
    refused("400, too long", problem(400, "Your Tweet text is too long.")),
    refused("400, invalid", coded(400, 214, "One or more parameters to your request was invalid.")),
    refused("403, a reply that isn't allowed", problem(403, "Reply to this conversation is not allowed.")),
    refused("403, blocked by whom it mentions", problem(403, "You have been blocked from mentioning them.")),
    refused("403, something else", problem(403, "You are not permitted to perform this action.")),
    refused("410", problem(410, "Gone")),
    refused("413", says(413, HTML, AS_HTML)),
    refused("422", problem(422, "Unprocessable")),
    # The same is there already
    Case("403 duplicate, and it is there", tells(TEXT, hours=5), Unsure, posts=1, says="there already"),
    Case(
        "403 duplicate in the other form, and it is there",
        both(tells(TEXT, hours=5), fault(POST, coded(403, 187, "Status is a duplicate."))), Unsure, posts=1,
    ),
    Case(
        "403 duplicate, and nothing like it is there",
        fault(POST, problem(403, DUPLICATE)), Unsure, at_last=State.REFUSED, posts_at_last=0, says="duplicate",
    ),
    Case(
        "403 duplicate in the other form, and nothing like it is there",
        fault(POST, coded(403, 187, "Status is a duplicate.")), Unsure, at_last=State.REFUSED, posts_at_last=0,
    ),
    Case(
        "403 duplicate of what was said the day before",
        tells(TEXT, hours=12), Unsure, posts=1, at_last=State.REFUSED, says="duplicate",
    ),
    # Too much of it
    deferred("429", problem(429, "Too Many Requests"), "too many"),
    deferred("429 in the other form", coded(429, 88, "Rate limit exceeded"), "Rate limit"),
    deferred("429 with a reset", until_a_reset(problem, 5, 429, "Too Many Requests"), "too many"),
    deferred("429 in the other form, with a reset", until_a_reset(coded, 5, 429, 88, "Rate limit exceeded")),
    deferred("429 with a reset that nobody can read", problem(429, "No", x_rate_limit_reset="soon")),
    deferred("429 with a reset in the past", problem(429, "No", x_rate_limit_reset="1700000000")),
    # What it may have decided
    lost("500 before", problem(500, "Internal Server Error")),
    kept("500 after", problem(500, "Internal Server Error", after=True)),
    lost("503 before", problem(503, "Service Unavailable")),
    kept("503 after", problem(503, "Service Unavailable", after=True)),
    lost("502 as HTML, before", says(502, HTML, AS_HTML)),
    kept("502 as HTML, after", says(502, HTML, AS_HTML, after=True)),
    lost("408 before", problem(408, "Request Timeout")),
    lost("403 as HTML", says(403, HTML, AS_HTML)),
    kept("400 as HTML, after", says(400, HTML, AS_HTML, after=True)),
    lost("200 as HTML, before", says(200, HTML, AS_HTML)),
    kept("200 as HTML, after", says(200, HTML, AS_HTML, after=True)),
    kept("201 with an id that nobody can read", says(201, {"data": {"id": 17, "text": "?"}}, after=True)),
    kept("201 with an id of letters", says(201, {"data": {"id": "abc", "text": "?"}}, after=True)),
    kept("201 with half a character", says(201, b'{"data": {"id": "1", "text": "\\ud800"}}', after=True)),
    kept("201 without anything", says(201, after=True)),
    kept("200 with errors", says(200, {"errors": [{"detail": "?"}]}, after=True)),
    lost("a redirect", leads(307, "http://127.0.0.1:9/")),
    kept("a redirect, after", leads(303, "http://127.0.0.1:9/", after=True)),
    kept("a redirect to nowhere, after", leads(302, "http://[::1", after=True)),
    kept("a redirect to no host, after", leads(302, "http://*.example.org/", after=True)),
    # What is lost on the way
    Case("a time-out before it arrives", hasty(fault(POST, hangs_before)), Unsure, calls_at_last=2),
    Case("a time-out after it arrives", hasty(fault(POST, hangs_after)), Unsure, posts=1),
    lost("a reset before it arrives", resets_before),
    kept("a reset after it arrives", resets_after),
    lost("a connection closed before it arrives", drops_before),
    kept("a connection closed after it arrives", drops_after),
    kept("half of the answer", cuts),
    Case("an answer without an end", hasty(fault(POST, endless_after)), Unsure, posts=1),
    Case("an answer that trickles", hasty(fault(POST, trickles_after)), Unsure, posts=1),
    Case("a late answer", fault(POST, delays(0.7)), None, posts=1),
    # What is there is shown late
    Case("a lost answer, and a post that is shown five minutes late",
         both(lag(300), fault(POST, drops_after)), Unsure, posts=1),
    Case("a lost answer, and a post that is shown later than anything allows",
         both(lag(1000), fault(POST, drops_after)), Unsure, posts=1, calls_at_last=2),
    # Nobody is there
    before("nobody listens", at(nobody_listens), mend=heal),
    before("no such name", at(lambda _: "https://x.orangeday.invalid"), mend=heal),
    before("a certificate of nobody's", at(certificate_of_nobody), mend=heal),
    before("nobody listens to one we know", known_account(at(nobody_listens)), mend=heal),
    before("a certificate of nobody's, and one we know", known_account(at(certificate_of_nobody)), mend=heal),
    # Before anything is armed: who are we?
    *(before(f"{name}, to who we are", fault(WHO, what), _scope(name)) for name, what in THEIR_TROUBLE),
    before("a time-out, to who we are", hasty(fault(WHO, hangs_before)), "delivery"),
    before("429, to who we are", fault(WHO, problem(429, "Too Many Requests"))),
    before("403, to who we are", fault(WHO, problem(403, "You may not.")), person=True),
    # What time is it?
    *(
        before(f"{name}, to what time it is", known_account(fault("time", what)))
        for name, what in THEIR_TROUBLE if "before" in name or "after" in name
    ),
    before("a time-out, to what time it is", hasty(known_account(fault("time", hangs_before)))),
    before("no time at all", known_account(fault("time", undated)), person=True),
    before("a time that nobody can read", known_account(fault("time", dated("yesterday"))), person=True),
    before("another time", known_account(fault("time", dated("Wed, 25 Nov 2026 06:05:00 GMT"))), person=True),
    # Pictures
    *(before(f"{name}, to a picture", with_a_picture(fault(UPLOAD, what)), "delivery") for name, what in THEIR_TROUBLE),
    before("a time-out, to a picture", hasty(with_a_picture(fault(UPLOAD, hangs_after))), "delivery"),
    before("429, to a picture", with_a_picture(fault(UPLOAD, problem(429, "Too Many Requests")))),
    *(
        before(f"{name}, to its alt text", with_a_picture(fault(ALT, what)), "delivery")
        for name, what in THEIR_TROUBLE if name[:3] in ("500", "503", "502", "a c", "a r", "hal")
    ),
    Case(
        "400, to a picture", with_a_picture(fault(UPLOAD, problem(400, "Not a picture."))), Refused, calls=0,
        at_last=State.REFUSED, posts_at_last=0, calls_at_last=0,
    ),
    Case("a picture", with_a_picture(nothing), None, posts=1),
    # Reading back goes wrong too
    *(
        Case(f"a lost answer, and {name} to the reading back",
             both(fault(POST, drops_after), fault(READ, what, times=2)), Unsure, posts=1)
        for name, what in THEIR_TROUBLE
    ),
    *(
        Case(f"nothing arrives, and {name} to the reading back",
             both(fault(POST, drops_before), fault(READ, what, times=2)), Unsure, calls_at_last=2)
        for name, what in THEIR_TROUBLE
    ),
    Case("a lost answer, and reading back hangs",
         hasty(both(fault(POST, drops_after), fault(READ, hangs_before, times=2))), Unsure, posts=1),
    *(
        Case(f"a lost answer, and {status} to the reading back",
             both(fault(POST, drops_after), fault(READ, problem(status, "No."))), Unsure, posts=1)
        for status in (400, 401, 402, 403, 404, 429)
    ),
    Case("a lost answer, and no reading back for good",
         both(fault(POST, drops_after), fault(READ, problem(500, "No."), times=None)), Unsure, posts=1,
         at_last=State.UNSURE),
    Case("nothing arrives, and no reading back for good",
         both(fault(POST, drops_before), fault(READ, problem(500, "No."), times=None)), Unsure,
         at_last=State.UNSURE, posts_at_last=0),
    # It goes wrong again and again
    Case("nothing ever arrives", fault(POST, drops_before, times=None), Unsure,
         at_last=State.UNSURE, posts_at_last=0, calls_at_last=2),
)  # fmt: skip


EMBASSIES = ("nairobi", *(f"office-{number}" for number in range(2, 17)))


def worlds() -> list[tuple[Case, ...]]:
    """The cases that share a world, an embassy each: those whose trouble is one account's own, and the rest alone."""
    together: list[tuple[Case, ...]] = [(case,) for case in CASES if not isinstance(case.trouble, Own)]
    for picture in (False, True):
        own = [case for case in CASES if isinstance(case.trouble, Own) and case.trouble.picture is picture]
        together += [tuple(own[at : at + len(EMBASSIES)]) for at in range(0, len(own), len(EMBASSIES))]
    return together


@pytest.mark.invariant(3, 5, 7, 11)
@pytest.mark.parametrize("cases", worlds(), ids=lambda cases: ", ".join(case.name for case in cases).replace(" ", "-"))
def test_whatever_goes_wrong_it_ends_as_one_post_or_as_none_and_a_word(world: World, cases: tuple[Case, ...]) -> None:
    of_each = dict(zip(EMBASSIES, cases, strict=False))
    world.workers = len(cases)
    world.logins |= {embassy: world.x.account() for embassy in of_each if embassy not in world.logins}
    for world.own, case in of_each.items():
        case.trouble(world)
    standings = world.sweep()
    for (world.own, case), standing in zip(of_each.items(), standings, strict=True):
        it_ends_at_first_as(case, world, standing)
    for world.own, case in of_each.items():
        case.mend(world)
    for seconds in SWEEPS:
        if all(standing.state is State.PUBLISHED for standing in standings) and seconds != SWEEPS[-1]:
            continue
        standings = world.at(seconds)
        assert all(len(world.x.posted(login)) <= 1 for login in world.logins.values())
    for (world.own, case), standing in zip(of_each.items(), standings, strict=True):
        it_ends_at_last_as(case, world, standing)


def it_ends_at_first_as(case: Case, world: World, standing: DeliveryStatus) -> None:
    outcomes = world.outcomes[world.own]
    first = outcomes[0] if outcomes else None
    assert type(first) is (case.outcome or type(None)), (case.name, first)
    assert (standing.delivery.embassy.id, standing.state, len(world.x.posted(world.login)), world.sent()) == (
        world.own,
        case.state or STATES[case.outcome],
        case.posts,
        case.calls,
    ), case.name
    if isinstance(first, Deferred):
        assert (first.scope, first.needs_person) == (case.scope, case.person), (case.name, first)
        assert first.until >= system_clock() - timedelta(seconds=10)
    if case.person or case.outcome in (Refused, Unsure):
        assert standing.needs_person, case.name
    told = " ".join([str(outcome) for outcome in outcomes] + [str(standing.reason)])
    assert case.says in told and (told.isprintable() or not told), case.name
    assert not any(secret in told for secret in world.x.credentials(world.login).values())


def it_ends_at_last_as(case: Case, world: World, standing: DeliveryStatus) -> None:
    assert (standing.delivery.embassy.id, standing.state, len(world.x.posted(world.login)), world.sent()) == (
        world.own,
        case.at_last,
        case.posts_at_last,
        case.calls_at_last,
    ), (case.name, standing.reason)
    if case.at_last is State.PUBLISHED:
        (post,) = world.x.posts(world.login)
        assert standing.receipt and standing.receipt.id == post.id
        assert post.text == TEXT.replace("Nairobi", world.own.title()) and len(post.media) == world.picture
    else:
        assert standing.needs_person and standing.reason, case.name


@pytest.mark.invariant(9)
def test_who_sleeps_past_the_end_of_the_window_sends_nothing(world: World) -> None:
    world.falls_asleep = timedelta(hours=7)
    (standing,) = world.sweep()
    assert (standing.state, world.count(POST), world.posts()) == (State.MISSED, 1, 0)
    world.at(7.1 * 3600)
    assert world.count(POST) == 1


def test_a_redirect_is_never_followed(world: World) -> None:
    with x_server() as elsewhere:
        for nth, name in enumerate((WHO, UPLOAD, POST, READ)):
            world.picture = True
            world.x.fault(name, leads(301 + nth, f"{elsewhere.url}/2/tweets"))
            world.at(200 * nth)
        assert elsewhere.seen == [], "neither a signature nor a word went to the other host"


@pytest.mark.invariant(3)
@pytest.mark.parametrize("lost", [drops_after, resets_after])
def test_a_picture_of_a_post_in_doubt_is_uploaded_anew_for_the_next_one(world: World, lost: Fault) -> None:
    world.picture = True
    plan = world.plan()
    delivery = plan.find("16days-2026/01/nairobi/x/en")
    assert delivery
    platform = world.connect(delivery.account)
    first = platform.prepare(delivery, {"media/01.png": PNG}, 0, FIRST)
    world.x.fault(POST, lost)
    with pytest.raises(Unsure):
        platform.publish(first, system_clock())
    second = platform.prepare(delivery, {"media/01.png": PNG}, 0, FIRST)
    assert first.document["media_ids"] != second.document["media_ids"], "X gives a picture to one post"


# When absence counts


@pytest.mark.invariant(5)
def test_that_nothing_is_there_counts_when_seen_late_enough_and_once_more_a_third_later(world: World) -> None:
    world.x.fault(POST, drops_before)
    world.sweep()
    assert (world.count(POST), world.count(READ)) == (1, 0)
    for seconds, reads in ((1, 1), (300, 1), (355, 1), (362, 2), (400, 2), (470, 2)):
        (standing,) = world.at(seconds)
        assert (standing.state, world.count(READ), world.count(POST)) == (State.UNSURE, reads, 1)
    (standing,) = world.at(490)
    assert (standing.state, world.count(POST), world.posts()) == (State.PUBLISHED, 2, 1)
    assert world.count(READ) == 4, "it looks once more before it sends what is late"
    (early, first), (_, late) = world.evidence(), world.evidence()[-1]
    assert early[0] == "not shown" and early[1] < timedelta(minutes=6) <= late < timedelta(seconds=365)
    assert first[1] == late


@pytest.mark.invariant(5)
def test_a_program_that_was_not_running_looks_twice_all_the_same(world: World) -> None:
    world.x.fault(POST, drops_before)
    world.sweep()
    assert world.at(3600)[0].state is State.UNSURE
    assert world.at(3610)[0].state is State.UNSURE
    assert (world.at(3725)[0].state, world.count(POST)) == (State.PUBLISHED, 2)
    assert [round(at.total_seconds(), -1) for _, at in world.evidence()] == [3600]


@pytest.mark.invariant(5)
def test_what_is_seen_at_the_second_look_is_found(world: World) -> None:
    world.x.lag = 450
    world.x.fault(POST, drops_after)
    world.sweep()
    for seconds in (60, 370):
        assert world.at(seconds)[0].state is State.UNSURE
    assert (world.at(500)[0].state, world.count(POST), world.posts()) == (State.PUBLISHED, 1, 1)


@pytest.mark.invariant(5, 11)
def test_after_three_doubts_a_person_is_asked(world: World) -> None:
    world.x.fault(POST, drops_before, times=None)
    for seconds in (0, 370, 500, 870, 1000, 1370, 1500):
        (standing,) = world.at(seconds)
    assert (standing.state, world.count(POST), world.posts()) == (State.REFUSED, 3, 0)
    assert standing.needs_person and "3 times" in str(standing.reason)


# Several accounts


@pytest.mark.invariant(11)
def test_without_credit_no_account_is_tried_and_with_it_each_goes_out_once(world: World) -> None:
    world.logins["kampala"] = world.x.account()
    world.x.credit = 0.021  # enough to be told whose the two accounts are
    standings = world.sweep()
    assert [standing.state for standing in standings] == [State.DEFERRED] * 2
    assert all(standing.needs_person and "credit" in str(standing.reason) for standing in standings)
    assert (world.count(POST), world.posts()) == (1, 0)
    world.at(300)
    assert world.count(POST) == 1, "not more often than a person can act"
    world.x.credit = 10
    assert [standing.state for standing in world.at(700)] == [State.PUBLISHED] * 2
    assert (world.count(POST), world.posts()) == (3, 2)


def test_when_the_apps_day_is_used_up_every_account_waits_for_the_reset(world: World) -> None:
    world.logins["kampala"] = world.x.account()
    spare = world.x.account("spare")
    world.x.limits.app_day = 1
    world.logins["nairobi"], mine = spare, world.logins["nairobi"]
    world.time.go(DUE - timedelta(hours=22))
    world.says("Of yesterday.")
    world.logins["nairobi"] = mine
    world.time.go(FIRST)
    for seconds in (0, 1800, 6000):
        assert [standing.state for standing in world.at(seconds)] == [State.DEFERRED] * 2
    assert world.count(POST) == 1
    outcomes = chain(*world.outcomes.values())
    assert {outcome.scope for outcome in outcomes if isinstance(outcome, Deferred)} == {"platform"}
    world.x.limits.app_day = 100
    assert [standing.state for standing in world.at(7300)] == [State.PUBLISHED] * 2


def test_when_an_accounts_day_is_used_up_the_others_go_out(world: World) -> None:
    world.logins["kampala"] = world.x.account()
    world.x.limits.user_day = 1
    world.time.go(DUE - timedelta(hours=22))
    world.says("Of yesterday.")
    states = {standing.delivery.embassy.id: standing.state for standing in world.at(0)}
    assert states == {"nairobi": State.DEFERRED, "kampala": State.PUBLISHED}
    world.at(3000)
    assert world.count(POST) == 2
    assert [standing.state for standing in world.at(7300)] == [State.PUBLISHED] * 2


# Late, or by a ledger that may not know


@pytest.mark.invariant(5)
@pytest.mark.parametrize("doubtful", [False, True])
def test_what_is_late_or_by_a_doubtful_ledger_is_looked_for_before_it_is_sent(world: World, doubtful: bool) -> None:
    world.time.go(DUE - timedelta(hours=9) + timedelta(seconds=5))  # the day has just begun there
    world.says(TEXT)
    if doubtful:
        with closing(world.ledger()) as ledger, ledger._transaction() as transaction:
            home = "INSERT INTO home (only, machine, path, doubtful) VALUES (1, 'a', 'b', '16days-2026')"
            transaction.change(home)
        (standing,) = world.at(0)
        assert (standing.state, world.count(READ)) == (State.DEFERRED, 0), "another's post wouldn't be shown so soon"
    (standing,) = world.at(370)
    assert (standing.state, world.count(READ), world.count(POST)) == (State.PUBLISHED, 1, 0)
    (post,) = world.x.posts(world.login)
    assert standing.receipt and standing.receipt.id == post.id
    (read,) = world.x.named(READ)
    assert "start_time=2026-11-24T21%3A00%3A00Z" in read.path, "back to the midnight of its day"


@pytest.mark.invariant(5)
def test_what_is_in_time_is_sent_without_a_look(world: World) -> None:
    assert world.at(50)[0].state is State.PUBLISHED
    assert world.count(READ) == 0


@pytest.mark.invariant(5)
def test_what_is_late_is_not_sent_while_nobody_can_look(world: World) -> None:
    troubles = [*THEIR_TROUBLE, ("400", problem(400, "No.")), ("403", problem(403, "No."))]
    world.workers = len(troubles)
    world.logins = {f"office-{number}": world.x.account() for number in range(len(troubles))}
    of_each = dict(zip(world.logins, troubles, strict=True))
    for world.own, (_, what) in of_each.items():
        world.fault(READ, what)
    for seconds, state, sent in ((300, State.DEFERRED, 0), (1000, State.PUBLISHED, 1)):
        standings = world.at(seconds)
        for (world.own, (name, _)), standing in zip(of_each.items(), standings, strict=True):
            assert (standing.delivery.embassy.id, standing.state) == (world.own, state), name
            assert (world.sent(), len(world.x.posted(world.login))) == (sent, sent), name
