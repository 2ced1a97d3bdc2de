"""What can go wrong between us and Bluesky, a row a case, against a real server over a real network.

Each row says how the first attempt ends and what is on the server then; and what is there once the trouble is over
and the engine has swept on, which is what counts: one post, or none and a person told.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from orangeday.adapters import http as network
from orangeday.adapters.base import Deferred, Platform, PlatformError, Refused, Unsure
from orangeday.adapters.bluesky import adapter as bluesky
from orangeday.adapters.bluesky.adapter import POSTS, record_key
from orangeday.clock import system_clock
from orangeday.content.config import Account
from orangeday.content.plan import Plan
from orangeday.engine.publisher import Publisher
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import Row
from orangeday.ledger.states import State

from ...servers import bluesky_server
from ...servers.bluesky_server import Server
from ...servers.faulty_proxy import (
    Exchange,
    Fault,
    Proxy,
    cuts,
    delays,
    drops_after,
    drops_before,
    error,
    hangs_after,
    hangs_before,
    proxy_before,
    resets_after,
    resets_before,
    says,
)
from ...support import campaigns, new_ledger
from ...support.certificates import self_signed
from ...support.written_campaign import WrittenCampaign
from ..outcome_recorder import Time, Witness

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""

PUT = "putRecord"
LOGIN = "createSession"


@dataclass
class World:
    """One embassy with one account, its campaign on the first day, and the trouble in between."""

    server: Server
    proxy: Proxy
    time: Time
    folder: Path
    account: bluesky_server.Account
    password: str
    service: str
    suspended: bool = False
    outcomes: list[PlatformError] = field(default_factory=list)
    _written: WrittenCampaign = field(default_factory=WrittenCampaign)

    def sweep(self) -> None:
        """One run of a program that knows nothing but the files, as cron would start it."""
        now = system_clock()
        with (
            closing(self.ledger()) as ledger,
            closing(Publisher(self.plan(), ledger, self.connect, system_clock)) as publisher,
        ):
            publisher.publish_due(now)

    def ledger(self) -> Ledger:
        file = self.folder / "ledger.db"
        if not file.exists():
            new_ledger.put(file)
        return Ledger(f"sqlite:///{file}", system_clock, durable=False)

    def row(self) -> Row | None:
        with closing(self.ledger()) as ledger:
            return ledger.campaign_rows("16days-2026").get("16days-2026/01/nairobi/bluesky/en")

    def posts(self) -> int:
        """How many are on the server, suspended or not."""
        if self.suspended:
            self.server.suspend(self.account, applied=False)
        posts = len(self.server.records(self.account.did))
        if self.suspended:
            self.server.suspend(self.account)
        return posts

    def plan(self) -> Plan:
        files = campaigns.files(config="[publishing]\nrequire_approval = false")
        before, _, _ = files["config.toml"].partition("x = {")
        own = f'handle = "{self.account.handle}", service = "{self.service}"'
        files["config.toml"] = f"{before}bluesky = {{ {own} }}\n"
        return self._written.plan(self.folder, files, system_clock())

    def connect(self, _: Account | None = None) -> Platform:
        (account,) = self.plan().accounts
        try:
            platform = bluesky.connect(account, {"APP_PASSWORD": self.password}, system_clock)
        except PlatformError as outcome:
            self.outcomes.append(outcome)
            raise
        return Witness(platform, self.outcomes)


@pytest.fixture
def clocks(pds: Server) -> Iterator[Time]:
    moved = Time(pds)
    yield moved
    moved.stop()
    pds.shift(0)


@pytest.fixture
def world(pds: Server, clocks: Time, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(network, "READ_TIMEOUT", 1.5)  # a test can't wait half a minute
    clocks.go(DUE + timedelta(minutes=1))
    account = pds.account()
    with proxy_before(pds.url) as proxy:
        yield World(pds, proxy, clocks, tmp_path, account, account.app_password, proxy.url)


Act = Callable[[World], None]


def wrong_password(world: World) -> None:
    world.password = "abcd-efgh-ijkl-mnop"  # noqa: S105


def revoked(world: World) -> None:
    world.server.revoke(world.account)


def another_password(world: World) -> None:
    """A person's act: the account's owner makes a new app password, and the embassy logs in with it."""
    made = world.server.call(
        "com.atproto.server.createAppPassword", {"name": "new"}, token=world.server.token(world.account)
    )
    world.password = made["password"]


def suspended(world: World) -> None:
    world.suspended = True
    world.server.suspend(world.account)


def restored(world: World) -> None:
    world.suspended = False
    world.server.suspend(world.account, applied=False)


def heal(world: World) -> None:
    world.proxy.heal()
    world.proxy.serve_tls(None)
    world.service = world.proxy.url


def nothing(world: World) -> None:
    pass


def fault(name: str, what: Fault, times: int | None = 1) -> Act:
    return lambda world: world.proxy.fault(name, what, times=times)


def on_an_open_session(act: Act, **later: float) -> Act:
    """The embassy has logged in before; then it happens."""

    def done(world: World) -> None:
        world.time.go(DUE - timedelta(minutes=5))
        world.connect()
        act(world)
        world.time.go(DUE + timedelta(minutes=1) + timedelta(**later))

    return done


def both(*acts: Act) -> Act:
    def done(world: World) -> None:
        for act in acts:
            act(world)

    return done


def at(address: Callable[[World], str]) -> Act:
    def done(world: World) -> None:
        world.service = address(world)

    return done


def nobody_listens(_: World) -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def plain_where_tls_is_expected(world: World) -> str:
    return world.proxy.url.replace("http:", "https:")


def certificate_of_nobody(world: World) -> str:
    """The server, behind a certificate that nobody vouches for."""
    world.proxy.serve_tls(self_signed(world.folder))
    return world.proxy.url.replace("http:", "https:")


def another_post_in_its_place(world: World) -> None:
    """Somebody has written where the post belongs."""
    key = record_key("16days-2026", 1, "en", 0)
    record = {"$type": POSTS, "text": "Not ours.", "createdAt": "2026-11-25T05:00:00.000Z"}
    place = {"repo": world.account.did, "collection": POSTS, "rkey": key, "record": record}
    world.server.call("com.atproto.repo.putRecord", place, world.server.token(world.account))


def in_a_minute(exchange: Exchange) -> None:
    """429 with the limit's end a minute ahead."""
    ends = str(int(time.time()) + 60)
    error(429, "RateLimitExceeded", {"ratelimit-reset": ends})(exchange)


def in_a_minute_with(status: int, name: str) -> Fault:
    """The same with another status, or by another name."""

    def fault(exchange: Exchange) -> None:
        error(status, name, {"ratelimit-reset": str(int(time.time()) + 60)})(exchange)

    return fault


@dataclass(frozen=True)
class Case:
    name: str
    trouble: Act
    outcome: type[PlatformError] | None
    """How the first sweep ends for the delivery; None: published."""
    person: bool = False
    account: bool = False
    """Nothing else of the account is tried meanwhile."""
    posts: int = 0
    """On the server, right after."""
    mend: Act = nothing
    at_last: State = State.PUBLISHED
    posts_at_last: int = 1
    says: str = ""
    """What the officer is told, or a part of it."""


HTML = b"<html><title>We'll be back soon</title></html>"
UNREADABLE: Mapping[str, object] = {"uri": 5, "cid": None, "commit": []}


def deferred(name: str, trouble: Act, mend: Act = nothing, says: str = "") -> Case:
    return Case(name, trouble, Deferred, account=True, mend=mend, says=says)


def asks(name: str, trouble: Act, mend: Act = nothing, says: str = "") -> Case:
    return Case(name, trouble, Deferred, person=True, account=True, mend=mend, says=says)


def lost(name: str, what: Fault) -> Case:
    return Case(name, fault(PUT, what), Unsure, posts=0)


def kept(name: str, what: Fault) -> Case:
    return Case(name, fault(PUT, what), Unsure, posts=1)


def refused(name: str, what: Fault) -> Case:
    return Case(name, fault(PUT, what), Refused, at_last=State.REFUSED, posts_at_last=0)


CASES = (
    # Who we are
    asks("a wrong password", wrong_password, another_password, "rejected the handle"),
    asks("an app password that was revoked", revoked, another_password, "rejected the handle"),
    asks(
        "an app password that was revoked while the session was open",
        on_an_open_session(revoked, hours=3),
        another_password,
    ),
    asks("a suspended account", suspended, restored),
    asks("an account that is suspended while the session is open", on_an_open_session(suspended), restored, "taken"),
    Case("a session that is old", on_an_open_session(nothing, hours=3), None, posts=1),
    Case("a key that expires as it is used", fault(PUT, error(400, "ExpiredToken")), Deferred),
    Case("a key that isn't valid any more", fault(PUT, error(400, "InvalidToken")), Deferred),
    Case("a key that is refused when read", fault("getSession", error(400, "ExpiredToken")), None, posts=1),
    asks("401 to a post", fault(PUT, error(401, "AuthMissing"))),
    asks("403 to a post", fault(PUT, error(403, "Forbidden"))),
    # What the server has decided
    refused("409 to a post", error(409, "InvalidRequest")),
    refused("413 to a post", error(413, "PayloadTooLarge")),
    refused("400 to a post", error(400, "InvalidRequest")),
    asks("404 to a post", fault(PUT, error(404, "XRPCNotSupported"))),
    deferred("429 to a post", fault(PUT, in_a_minute), says="too many requests"),
    deferred("429 to a log-in", fault(LOGIN, in_a_minute), says="too many requests"),
    deferred("a limit with 400", fault(PUT, in_a_minute_with(400, "RateLimitExceeded")), says="too many requests"),
    deferred("a limit with 403", fault(PUT, in_a_minute_with(403, "DailyLimitExceeded")), says="too many requests"),
    deferred("a limit with 400 to a log-in", fault(LOGIN, in_a_minute_with(400, "RateLimitExceeded"))),
    deferred("429 with a Retry-After", fault(PUT, error(429, "RateLimitExceeded", {"Retry-After": "60"}))),
    deferred("429 with a reset in the past", fault(PUT, error(429, "RateLimitExceeded", {"ratelimit-reset": "9"}))),
    # What it may have decided
    lost("500 before", error(500, "InternalServerError")),
    kept("500 after", error(500, "InternalServerError", after=True)),
    lost("502 before", says(502, HTML)),
    kept("502 after", says(502, HTML, after=True)),
    lost("503 before", error(503, "NotEnoughResources")),
    kept("504 after", says(504, HTML, after=True)),
    lost("408 before", error(408, "Timeout")),
    lost("HTML with 200, before", says(200, HTML, {"Content-Type": "text/html"})),
    kept("HTML with 200, after", says(200, HTML, {"Content-Type": "text/html"}, after=True)),
    kept("an answer that is broken off as JSON", says(200, b'{"uri": "at:', after=True)),
    kept("an answer that no model takes", says(200, UNREADABLE, after=True)),
    lost("an answer about another post", says(200, {"uri": f"at://did:plc:x/{POSTS}/3k2yihx5w5s2a", "commit": {}})),
    kept("an empty answer", says(200, after=True)),
    # What is lost on the way
    lost("a time-out before it arrives", hangs_before),
    kept("a time-out after it arrives", hangs_after),
    lost("a reset before it arrives", resets_before),
    kept("a reset after it arrives", resets_after),
    lost("a connection closed before it arrives", drops_before),
    kept("a connection closed after it arrives", drops_after),
    kept("half of the answer", cuts),
    Case("a slow answer", fault(PUT, delays(0.7)), None, posts=1),
    # Before anything is armed
    deferred("500 to a log-in", fault(LOGIN, error(500, "InternalServerError"))),
    deferred("502 to a log-in", fault(LOGIN, says(502, HTML))),
    deferred("HTML to a log-in", fault(LOGIN, says(200, HTML))),
    deferred("a log-in that no model takes", fault(LOGIN, says(200, {"did": 5, "accessJwt": None, "refreshJwt": []}))),
    deferred("a log-in that is never answered", fault(LOGIN, hangs_before)),
    deferred("a log-in whose answer is lost", fault(LOGIN, drops_after)),
    deferred("a log-in that is reset", fault(LOGIN, resets_before)),
    deferred("nobody listens", at(nobody_listens), heal, "can't be reached"),
    deferred("no such name", at(lambda _: "https://pds.orangeday.invalid"), heal, "can't be reached"),
    deferred("no TLS where it should be", at(plain_where_tls_is_expected), heal, "can't be reached"),
    deferred("a certificate of nobody's", at(certificate_of_nobody), heal, "can't be reached"),
    # Its place is taken
    Case("another text lies in its place", another_post_in_its_place, None, posts=1, says="another text"),
    # Reading back goes wrong too
    Case(
        "a lost answer, and 500 to the reading back",
        both(fault(PUT, drops_after), fault("getRecord", error(500, "InternalServerError"), times=2)),
        Unsure,
        posts=1,
    ),
    Case(
        "nothing arrives, and HTML to the reading back",
        both(fault(PUT, drops_before), fault("getRecord", says(200, HTML), times=2)),
        Unsure,
    ),
)


def test_a_redirect_is_not_followed(world: World) -> None:
    with proxy_before(world.server.url) as elsewhere:
        for nth, name in enumerate((LOGIN, PUT)):
            where = {"Location": f"{elsewhere.url}/xrpc/com.atproto.{name}"}
            world.proxy.fault(name, says(307 + nth, {}, where))
            world.sweep()
            assert world.posts() == 0
            world.time.on(minutes=6)
        assert [type(outcome) for outcome in world.outcomes] == [Deferred, Unsure]
        world.sweep()
        assert world.posts() == 1
        assert elsewhere.seen == [], "neither the password nor the key went to the other host"


def test_the_limits_of_the_public_servers_are_waited_for(
    strict_pds: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real answer to too many log-ins, not one of ours."""
    account = strict_pds.account()
    login = {"identifier": account.handle, "password": account.password}
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        for _ in range(31):
            strict_pds.call("com.atproto.server.createSession", login)
    assert refusal.value.response.status_code == 429
    ends = int(refusal.value.response.headers["ratelimit-reset"])
    moved = Time(strict_pds)
    moved.go(system_clock())
    try:
        with proxy_before(strict_pds.url) as proxy:
            world = World(strict_pds, proxy, moved, tmp_path, account, account.app_password, proxy.url)
            for _ in range(3):
                with pytest.raises(Deferred) as deferral:
                    world.connect()
            assert deferral.value.scope == "account" and not deferral.value.needs_person
            assert abs(deferral.value.until.timestamp() - ends) < 2
            assert len(proxy.named(LOGIN)) == 1, "it doesn't ask again before the limit ends"
    finally:
        moved.stop()


@pytest.mark.parametrize("words", ["RateLimitExceeded: the daily limit", "DailyPointsLimit"])
def test_the_points_of_a_day_are_waited_for_an_hour_where_no_header_says_until_when(world: World, words: str) -> None:
    name, _, message = words.partition(": ")
    world.proxy.fault(PUT, says(429, {"error": name, "message": message}))
    world.sweep()
    (outcome,) = world.outcomes
    assert isinstance(outcome, Deferred) and (outcome.scope, outcome.needs_person) == ("account", False)
    assert timedelta(minutes=59) < outcome.until - system_clock() <= timedelta(hours=1)
    world.time.on(minutes=58)
    world.sweep()
    assert (world.posts(), len(world.proxy.named(PUT))) == (0, 1)
    world.time.on(minutes=3)
    world.sweep()
    assert world.posts() == 1


def test_the_points_of_a_day_are_waited_for_as_long_as_the_header_says(world: World) -> None:
    """Whoever has written thousands of records waits for hours: the same sweep tells a person, who may post by hand."""
    ends = str(int(system_clock().timestamp()) + 9 * 3600)
    headers = {"ratelimit-limit": "35000", "ratelimit-remaining": "0", "ratelimit-reset": ends}
    world.proxy.fault(PUT, error(429, "RateLimitExceeded", headers | {"ratelimit-policy": "35000;w=86400"}))
    world.sweep()
    (outcome,) = world.outcomes
    assert isinstance(outcome, Deferred)
    assert abs(outcome.until.timestamp() - int(ends)) < 2


def test_a_refusal_that_speaks_of_size_is_no_limit(world: World) -> None:
    world.proxy.fault(PUT, says(400, {"error": "InvalidRequest", "message": "Record/text exceeds the limit of 300."}))
    world.sweep()
    assert [type(outcome) for outcome in world.outcomes] == [Refused]


@pytest.mark.invariant(3, 4, 7, 11)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_whatever_goes_wrong_it_ends_as_one_post_or_as_none_and_a_word(world: World, case: Case) -> None:
    case.trouble(world)
    world.sweep()
    first = world.outcomes[0] if world.outcomes else None
    assert type(first) is (case.outcome or type(None)), first
    assert world.posts() == case.posts
    if isinstance(first, Deferred):
        assert (first.scope, first.needs_person) == ("account" if case.account else "delivery", case.person), first
        assert first.until >= system_clock() - timedelta(seconds=10)
    told = " ".join([str(outcome) for outcome in world.outcomes] + [str(getattr(world.row(), "error", ""))])
    assert case.says in told
    assert world.password not in told

    case.mend(world)
    for _ in range(4):
        world.time.on(minutes=11)
        world.sweep()
        assert world.posts() <= 1
    row = world.row()
    assert row is not None
    assert (row.state, world.posts()) == (case.at_last, case.posts_at_last)
    writes = [json.loads(seen.body) for seen in world.proxy.named(PUT)]
    assert all(write == writes[0] for write in writes), "every attempt says the same, to the byte"
    if row.receipt:
        (key,) = world.server.records(world.account.did)
        assert row.receipt.id == f"at://{world.account.did}/{POSTS}/{key}"
