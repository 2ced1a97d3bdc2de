"""The test server is what the tests take it for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from .bluesky_server import Server

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
        assert abs(said - datetime.now(UTC) - timedelta(days=2)) < timedelta(seconds=30)
        with pytest.raises(httpx.HTTPStatusError) as refusal:
            pds.call("com.atproto.server.createAppPassword", {"name": "late"}, token)
        assert refusal.value.response.json()["error"] == "ExpiredToken"
    finally:
        pds.shift(0)


def test_a_suspended_account_is_told_so(pds: Server) -> None:
    account = pds.account()
    pds.suspend(account)
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        pds.token(account)
    assert refusal.value.response.json()["error"] == "AccountTakedown"
    pds.suspend(account, applied=False)
    assert pds.token(account)
