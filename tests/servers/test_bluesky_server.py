"""The test server is what the tests take it for."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from orangeday.clock import system_clock

from . import faulty_proxy
from .bluesky_server import Account, Server
from .faulty_proxy import proxy_before

POST = {"$type": "app.bsky.feed.post", "text": "Orange.", "createdAt": "2026-11-25T09:00:00Z"}


def test_it_keeps_what_is_posted_and_says_so(pds: Server) -> None:
    account = pds.account()
    assert pds.records(account.did) == {}
    write = {"repo": account.did, "collection": "app.bsky.feed.post", "rkey": "3k2yihx5w5s2a", "record": POST}
    pds.call("com.atproto.repo.putRecord", write, pds.token(account))
    assert pds.records(account.did) == {"3k2yihx5w5s2a": POST}


def test_its_clock_goes_where_it_is_put_and_its_tokens_age_with_it(pds: Server) -> None:
    account = pds.account()
    token = pds.token(account)
    pds.shift(timedelta(days=2).total_seconds())
    try:
        said = parsedate_to_datetime(httpx.get(f"{pds.url}/xrpc/_health").headers["date"])
        assert abs(said - system_clock() - timedelta(days=2)) < timedelta(seconds=30)
        with pytest.raises(httpx.HTTPStatusError) as refusal:
            pds.call("com.atproto.server.createAppPassword", {"name": "late"}, token)
        assert refusal.value.response.json()["error"] == "ExpiredToken"
    finally:
        pds.shift(0)


def test_another_address_of_it_has_a_clock_of_its_own_and_the_same_accounts(pds: Server) -> None:
    account = pds.account()
    with closing(Server(pds.another_door(), pds.admin_password)) as other:
        other.shift(timedelta(days=2).total_seconds())
        for server, ahead in ((other, timedelta(days=2)), (pds, timedelta())):
            said = parsedate_to_datetime(httpx.get(f"{server.url}/xrpc/_health", trust_env=False).headers["date"])
            assert abs(said - system_clock() - ahead) < timedelta(seconds=30)
            made = server.call("com.atproto.server.createAppPassword", {"name": str(ahead)}, server.token(account))
            assert abs(datetime.fromisoformat(made["createdAt"]) - system_clock() - ahead) < timedelta(seconds=30)
        with pytest.raises(httpx.HTTPStatusError) as refusal:
            other.call("com.atproto.server.createAppPassword", {"name": "late"}, pds.token(account))
        assert refusal.value.response.json()["error"] == "ExpiredToken"


def test_a_suspended_account_is_told_so(pds: Server) -> None:
    account = pds.account()
    pds.suspend(account)
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        pds.token(account)
    assert refusal.value.response.json()["error"] == "AccountTakedown"
    pds.suspend(account, applied=False)
    assert pds.token(account)


def put(url: str, account: Account, token: str) -> httpx.Response:
    write = {"repo": account.did, "collection": "app.bsky.feed.post", "rkey": "3k2yihx5w5s2a", "record": POST}
    with httpx.Client(timeout=2, trust_env=False) as client:
        headers = {"Authorization": f"Bearer {token}"}
        return client.post(f"{url}/xrpc/com.atproto.repo.putRecord", json=write, headers=headers)


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        (faulty_proxy.drops_before, httpx.RemoteProtocolError, False),
        (faulty_proxy.drops_after, httpx.RemoteProtocolError, True),
        (faulty_proxy.resets_before, httpx.ReadError, False),
        (faulty_proxy.resets_after, httpx.ReadError, True),
        (faulty_proxy.hangs_before, httpx.ReadTimeout, False),
        (faulty_proxy.hangs_after, httpx.ReadTimeout, True),
        (faulty_proxy.cuts, httpx.RemoteProtocolError, True),
    ],
)
def test_the_proxy_loses_what_it_should(
    pds: Server, fault: faulty_proxy.Fault, error: type[Exception], arrives: bool
) -> None:
    account = pds.account()
    token = pds.token(account)
    with proxy_before(pds.url) as proxy:
        proxy.fault("putRecord", fault)
        with pytest.raises(error) as raised:
            put(proxy.url, account, token)
        assert raised.type is error
        assert bool(pds.records(account.did)) is arrives
        assert put(proxy.url, account, token).status_code == 200
        first, second = proxy.named("putRecord")
        assert first.body == second.body


def test_the_proxy_answers_what_it_is_told(pds: Server) -> None:
    account = pds.account()
    with proxy_before(pds.url) as proxy:
        proxy.fault("putRecord", faulty_proxy.error(429, "RateLimitExceeded", {"ratelimit-reset": "9"}), skip=1)
        token = pds.token(account)
        assert [put(proxy.url, account, token).status_code for _ in range(3)] == [200, 429, 200]
