"""The stand-in for X is as strict as X is said to be, and lets through what X would."""

from __future__ import annotations

import base64
import os
import random
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import requests
import time_machine
import tweepy
from requests_oauthlib import OAuth1

from orangeday.clock import system_clock

from . import faulty_proxy, x_text
from .faulty_proxy import Seen, cuts, drops_after, drops_before, hangs_after, resets_after, resets_before, says
from .x_openapi import OpenApi
from .x_server import LIMIT_REACHED, XAccount, XServer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
LONG_AGO = "2020-01-01T00:00:00Z"


@dataclass
class Caller:
    """Signs and sends requests for an account."""

    x: XServer
    account: XAccount
    oauth: dict[str, Any] = field(default_factory=dict)
    heard: list[tuple[Seen, requests.Response]] = field(default_factory=list)

    def __call__(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        keys = {
            "client_key": self.x.api_key,
            "client_secret": self.x.api_secret,
            "resource_owner_key": self.account.access_token,
            "resource_owner_secret": self.account.access_token_secret,
            "timestamp": str(int(self.x.now())),
        } | self.oauth
        with requests.Session() as session:
            session.trust_env = False
            more = {"json": body, "auth": OAuth1(**keys), "timeout": 5} | more
            response = session.request(method, self.x.url + path, **more)
        self.heard.append((self.x.seen[-1], response))
        return response

    def post(self, text: str, *media: str) -> requests.Response:
        return self("POST", "/2/tweets", {"text": text} | ({"media": {"media_ids": media}} if media else {}))

    def timeline(self, account: XAccount | None = None, /, **query: Any) -> dict[str, Any]:
        response = self("GET", f"/2/users/{(account or self.account).id}/tweets", params=query)
        assert response.status_code == 200, response.text
        said: dict[str, Any] = response.json()
        return said

    def upload(self, content: bytes = PNG, category: str = "tweet_image") -> requests.Response:
        body = {"media": base64.b64encode(content).decode(), "media_category": category}
        return self("POST", "/2/media/upload", body)

    def picture(self) -> str:
        return str(self.upload().json()["data"]["id"])

    def describe(self, media: str, text: str) -> requests.Response:
        return self("POST", "/2/media/metadata", {"id": media, "metadata": {"alt_text": {"text": text}}})


@pytest.fixture
def nairobi(x: XServer) -> Caller:
    return Caller(x, x.account("nairobi"))


@pytest.fixture
def lima(x: XServer) -> Caller:
    return Caller(x, x.account("lima"))


def texts(x: XServer, caller: Caller) -> list[str]:
    return [post.text for post in x.posts(caller.account)]


def refused(response: requests.Response, status: int, *words: str) -> None:
    assert response.status_code == status, response.text
    for word in words:
        assert word in response.text


# Who asks.


def test_it_says_whose_the_tokens_are(nairobi: Caller) -> None:
    me = nairobi("GET", "/2/users/me")
    assert me.json() == {"data": {"id": nairobi.account.id, "name": "nairobi", "username": "nairobi"}}
    assert nairobi.account.access_token.startswith(f"{nairobi.account.id}-")


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_key": "another"},
        {"client_secret": "another"},
        {"resource_owner_key": "another"},
        {"resource_owner_secret": "another"},
        {"signature_method": "PLAINTEXT"},
        {"timestamp": "-301"},
        {"timestamp": "+361"},
        {"signature_type": "QUERY"},
    ],
)
def test_a_signature_that_is_wrong_in_anything_is_refused(nairobi: Caller, wrong: dict[str, str]) -> None:
    if "timestamp" in wrong:  # from now, not from when the tests were collected
        wrong = {"timestamp": str(int(time.time()) + int(wrong["timestamp"]))}
    nairobi.oauth = wrong
    answer = nairobi("GET", "/2/users/me")
    refused(answer, 401)
    assert answer.json() == {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_signature_is_for_one_address_one_query_and_one_time(x: XServer, nairobi: Caller) -> None:
    nairobi.timeline(max_results=5, start_time=LONG_AGO)
    (sent, _) = nairobi.heard[0]
    signed = {"Authorization": str(sent.headers["Authorization"])}
    again = f"{x.url}/2/users/{nairobi.account.id}/tweets?max_results=5&start_time=2020-01-01T00%3A00%3A00Z"
    for url in again, again.replace("=5", "=6"), again.replace("nairobi", "lima"), f"{x.url}/2/users/me":
        assert httpx.get(url, headers=signed, trust_env=False).status_code == 401
    assert httpx.get(again, trust_env=False).status_code == 401


def test_it_is_the_servers_clock_that_a_signature_must_keep(x: XServer, nairobi: Caller) -> None:
    nairobi.oauth = {"timestamp": str(int(time.time()))}
    x.shift(600)
    refused(nairobi("GET", "/2/users/me"), 401)
    nairobi.oauth = {}
    assert nairobi("GET", "/2/users/me").status_code == 200


def test_its_clock_is_not_moved_by_a_test_that_travels(x: XServer) -> None:
    real = system_clock()
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC)):
        answer = httpx.head(x.url, trust_env=False)
    assert answer.status_code == 404
    assert abs(parsedate_to_datetime(answer.headers["Date"]) - real) < timedelta(seconds=30)
    x.shift(86400)
    x.fault("time", says(503))
    for _ in range(2):
        said = parsedate_to_datetime(httpx.get(x.url, trust_env=False).headers["Date"])
        assert abs(said - real - timedelta(days=1)) < timedelta(seconds=30)
    assert len(x.named("time")) == 3


def test_revoked_tokens_are_refused_and_a_suspended_account_is_told_so(
    x: XServer, nairobi: Caller, lima: Caller
) -> None:
    assert nairobi.post("Good morning").status_code == 201
    x.suspend(nairobi.account)
    refused(nairobi.post("Good evening"), 403, "suspended")
    assert "suspended" in lima.timeline(nairobi.account)["errors"][0]["detail"]
    x.suspend(nairobi.account, False)
    assert nairobi.post("Good evening").status_code == 201
    x.revoke(nairobi.account)
    refused(nairobi("GET", "/2/users/me"), 401)
    assert lima("GET", "/2/users/me").status_code == 200


def test_an_app_that_may_only_read_is_told_so(x: XServer, nairobi: Caller) -> None:
    x.can_write = False
    refused(nairobi.post("Good morning"), 403, "oauth1-permissions", "oauth1 app permissions")
    assert nairobi("GET", "/2/users/me").status_code == 200


# Posting.


def test_a_post_is_kept_as_it_was_sent_and_shown_as_x_shows_it(x: XServer, nairobi: Caller) -> None:
    text = "Fish & <chips>: example.org/a, https://un.org/en\u0301 👩‍👩‍👧"
    made = nairobi.post(text)
    assert made.status_code == 201
    (post,) = x.posts(nairobi.account)
    assert (post.id, post.text) == (made.json()["data"]["id"], text)
    (shown,) = nairobi.timeline(**{"tweet.fields": "created_at,entities", "start_time": LONG_AGO})["data"]
    assert shown["text"].startswith("Fish &amp; &lt;chips&gt;: https://t.co/")
    first, second = shown["entities"]["urls"]
    assert first["expanded_url"] == "http://example.org/a"
    assert second["expanded_url"] == unicodedata.normalize("NFC", "https://un.org/en\u0301")
    for url in first, second:
        assert shown["text"][url["start"] : url["end"]] == url["url"]
        assert len(url["url"]) == 23
    assert abs(datetime.fromisoformat(shown["created_at"]) - post.created_at) < timedelta(seconds=1)
    assert set(nairobi.timeline()["data"][0]) == {"id", "text", "edit_history_tweet_ids"}
    assert made.json()["data"] == {"id": post.id, "text": shown["text"], "edit_history_tweet_ids": [post.id]}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("a" * 280, 280),
        ("界" * 140, 280),
        ("e\u0301" * 280, 280),
        ("👩‍👩‍👧" * 140, 280),
        ("🇰🇪" * 140, 280),
        ("👍🏽1️⃣", 4),
        (f"https://example.org/{'a' * 300} {'b' * 256}", 280),
        ("example.org", 23),
        ("see example.org.", 28),
        ("(https://example.org/a_(b))", 25),
        ("no.such", 7),
        ("someone@example.org", 19),
        ("请看example.org吧", 29),
        ("“orange” – it’s…", 17),
    ],
)
def test_it_counts_as_x_documents_it(text: str, length: int) -> None:
    assert x_text.weighted_length(text) == length


def test_a_post_that_is_too_long_or_empty_is_refused(x: XServer, nairobi: Caller) -> None:
    refused(nairobi.post("a" * 281), 400, "Your Tweet text is too long.")
    refused(nairobi.post("界" * 141), 400, "Your Tweet text is too long.")
    refused(nairobi.post(" \n"), 400, "invalid-request")
    refused(nairobi.post("\ud800"), 400)
    refused(nairobi("POST", "/2/tweets", {}), 400)
    assert nairobi.post("a" * 280).status_code == 201
    assert texts(x, nairobi) == ["a" * 280]


def test_a_duplicate_is_refused_even_where_it_cannot_be_read_yet(x: XServer, nairobi: Caller, lima: Caller) -> None:
    x.lag = 60
    assert nairobi.post("Caf\u00e9").status_code == 201
    again = nairobi.post("Cafe\u0301 ")
    assert again.json() == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "title": "Forbidden",
        "status": 403,
        "type": "about:blank",
    }
    assert lima.post("Caf\u00e9").status_code == 201
    nairobi("DELETE", f"/2/tweets/{x.posts(nairobi.account)[0].id}")
    assert nairobi.post("Caf\u00e9").status_code == 201
    assert [post.deleted for post in x.posted(nairobi.account)] == [True, False]


@pytest.mark.parametrize(
    "body",
    [
        {"text": 1},
        {"text": None},
        {"text": "a", "status": "a"},
        {"text": "a", "media": {}},
        {"text": "a", "media": {"media_ids": []}},
        {"text": "a", "media": {"media_ids": ["1", "2", "3", "4", "5"]}},
        {"text": "a", "media": {"media_ids": [1]}},
        {"text": "a", "media": {"media_ids": ["1"]}},
        {"text": "a", "reply": {"in_reply_to_tweet_id": "1"}},
        ["a"],
    ],
)
def test_a_body_of_another_shape_is_refused(x: XServer, nairobi: Caller, body: object) -> None:
    refused(nairobi("POST", "/2/tweets", body), 400, "One or more parameters to your request was invalid.")
    assert not x.posts(nairobi.account)


def test_a_body_must_be_json_and_say_so(x: XServer, nairobi: Caller) -> None:
    def send(content: bytes, kind: str) -> requests.Response:
        return nairobi("POST", "/2/tweets", None, json=None, data=content, headers={"Content-Type": kind})

    refused(send(b'{"text": "a"}', "text/plain"), 400)
    refused(send(b'{"text": ', "application/json"), 400)
    assert send(b'{"text": "a"}', "application/json; charset=utf-8").status_code == 201


def test_a_post_is_deleted_by_its_author_alone_and_once(x: XServer, nairobi: Caller, lima: Caller) -> None:
    id_ = nairobi.post("Good morning").json()["data"]["id"]
    refused(lima("DELETE", f"/2/tweets/{id_}"), 403)
    assert nairobi("DELETE", f"/2/tweets/{id_}").json() == {"data": {"deleted": True}}
    refused(nairobi("DELETE", f"/2/tweets/{id_}"), 404, "resource-not-found")
    assert x.posts(nairobi.account) == []
    assert nairobi.timeline() == {"meta": {"result_count": 0}}


# Reading back.


def test_a_post_is_read_back_only_after_the_lag(x: XServer, nairobi: Caller) -> None:
    x.lag = 30
    id_ = nairobi.post("Good morning").json()["data"]["id"]
    assert texts(x, nairobi) == ["Good morning"]
    assert nairobi.timeline() == {"meta": {"result_count": 0}}
    missing = nairobi("GET", f"/2/tweets/{id_}")
    assert missing.status_code == 200
    (error,) = missing.json()["errors"]
    assert error["type"] == "https://api.twitter.com/2/problems/resource-not-found"
    x.shift(31)
    assert nairobi.timeline()["meta"] == {"result_count": 1, "newest_id": id_, "oldest_id": id_}
    assert nairobi("GET", f"/2/tweets/{id_}").json()["data"]["id"] == id_


def test_a_timeline_is_read_page_by_page_the_newest_first(nairobi: Caller, lima: Caller) -> None:
    ids = [nairobi.post(f"Number {number}").json()["data"]["id"] for number in range(12)]
    lima.post("Not theirs")
    assert ids == sorted(ids, key=int)
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = lima.timeline(nairobi.account, max_results=5, **token)
        found += [post["id"] for post in page["data"]]
        assert page["meta"]["result_count"] == len(page["data"])
        if "next_token" not in page["meta"]:
            break
        token = {"pagination_token": page["meta"]["next_token"]}
    assert found == ids[::-1]
    between = nairobi.timeline(since_id=ids[2], until_id=ids[5])["data"]
    assert [post["id"] for post in between] == [ids[4], ids[3]]
    assert len(nairobi.timeline()["data"]) == 10


def test_a_timeline_is_read_from_a_moment_on(x: XServer, nairobi: Caller) -> None:
    nairobi.post("Yesterday")
    x.shift(86400)
    nairobi.post("Today")
    hour_ago = datetime.fromtimestamp(x.now() - 3600, UTC)
    stamp = f"{hour_ago:%Y-%m-%dT%H:%M:%SZ}"
    assert [post["text"] for post in nairobi.timeline(start_time=stamp)["data"]] == ["Today"]
    assert [post["text"] for post in nairobi.timeline(end_time=stamp)["data"]] == ["Yesterday"]


@pytest.mark.parametrize(
    "query",
    [
        {"max_results": 4},
        {"max_results": 101},
        {"start_time": "2026-11-25T06:00:00+00:00"},
        {"start_time": "2026-11-25"},
        {"start_time": "2026-13-25T06:00:00Z"},
        {"start_time": "2009-11-25T06:00:00Z"},
        {"start_time": "2026-11-25T06:00:00Z", "end_time": "2026-11-25T06:00:00Z"},
        {"tweet.fields": "created"},
        {"count": 5},
        {"pagination_token": "no"},
        {"since_id": "x"},
    ],
)
def test_a_query_with_anything_unknown_is_refused(nairobi: Caller, query: dict[str, object]) -> None:
    refused(nairobi("GET", f"/2/users/{nairobi.account.id}/tweets", params=query), 400, "Invalid Request")


def test_users_and_posts_that_are_not_there_are_errors_with_200(nairobi: Caller) -> None:
    answer = nairobi("GET", "/2/users/1/tweets")
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["detail"] == "Could not find user with id: [1]."
    assert "data" not in nairobi("GET", "/2/tweets/1").json()
    refused(nairobi("GET", "/2/tweets/one"), 400)
    refused(nairobi("GET", "/2/nothing"), 404)


# Pictures.


def test_a_picture_is_uploaded_described_and_attached(x: XServer, nairobi: Caller) -> None:
    uploaded = nairobi.upload().json()["data"]
    assert (uploaded["expires_after_secs"], uploaded["size"]) == (86400, len(PNG))
    assert nairobi.describe(uploaded["id"], "An orange day").status_code == 200
    other = nairobi.picture()
    id_ = nairobi.post("Look", uploaded["id"], other).json()["data"]["id"]
    assert x.posts(nairobi.account)[0].media == [(PNG, "An orange day"), (PNG, None)]
    query = {"tweet.fields": "entities", "expansions": "attachments.media_keys", "media.fields": "alt_text"}
    page = nairobi.timeline(**query)
    (post,) = page["data"]
    links = post["entities"]["urls"]
    assert [link["media_key"] for link in links] == post["attachments"]["media_keys"]
    assert {link["expanded_url"] for link in links} == {f"https://x.com/nairobi/status/{id_}/photo/1"}
    assert post["text"] == f"Look {links[0]['url']}"
    assert (links[0]["start"], links[0]["end"]) == (5, len(post["text"]))
    assert page["includes"]["media"][0]["alt_text"] == "An orange day"


def test_a_picture_comes_in_pieces_too_and_in_a_form(x: XServer, nairobi: Caller) -> None:
    begun = nairobi("POST", "/2/media/upload/initialize", {"media_category": "tweet_image", "total_bytes": len(PNG)})
    id_ = begun.json()["data"]["id"]
    for number, piece in enumerate((PNG[:30], PNG[30:])):
        body = {"media": base64.b64encode(piece).decode(), "segment_index": number}
        assert nairobi("POST", f"/2/media/upload/{id_}/append", body).status_code == 200
    refused(nairobi.post("Too early", id_), 400, "Your media IDs are invalid.")
    assert nairobi("POST", f"/2/media/upload/{id_}/finalize").json()["data"]["size"] == len(PNG)
    form = {"media": ("a.png", PNG, "image/png")}
    sent = nairobi("POST", "/2/media/upload", None, json=None, files=form, data={"media_category": "tweet_image"})
    assert nairobi.post("Look", id_, sent.json()["data"]["id"]).status_code == 201
    assert x.posts(nairobi.account)[0].media == [(PNG, None), (PNG, None)]


def test_what_is_no_picture_or_too_large_is_refused(nairobi: Caller) -> None:
    refused(nairobi.upload(b"<svg/>"), 400)
    refused(nairobi.upload(PNG + bytes(5 * 1024 * 1024)), 400, "exceeds")
    refused(nairobi.upload(category="picture"), 400)
    refused(nairobi("POST", "/2/media/upload", {"media": "§", "media_category": "tweet_image"}), 400, "base64")
    refused(nairobi("POST", "/2/media/upload", {"media": "AAAA"}), 400, "media_category")
    for start in b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP":
        assert nairobi.upload(start + bytes(20)).status_code == 200


def test_media_are_ones_own_and_fresh_and_used_once(x: XServer, nairobi: Caller, lima: Caller) -> None:
    picture = nairobi.picture()
    refused(lima.post("Look", picture), 400, "Your media IDs are invalid.")
    refused(lima.describe(picture, "Mine"), 403)
    refused(nairobi.describe(picture, "a" * 1001), 400)
    refused(nairobi.describe("1", "a"), 400)
    refused(nairobi.post("Look", picture, picture), 400, "Your media IDs are invalid.")
    assert nairobi.describe(picture, "a" * 1000).status_code == 200
    assert nairobi.post("Look", picture).status_code == 201
    refused(nairobi.post("Look again", picture), 400, "Your media IDs are invalid.")
    old = nairobi.picture()
    x.shift(86401)
    refused(nairobi.post("Look", old), 403, "duplicate")
    refused(nairobi.post("Look at last", old), 400, "Your media IDs are invalid.")


# Limits and money.


def test_a_window_fills_says_so_and_opens_again(x: XServer, nairobi: Caller, lima: Caller) -> None:
    x.limits.user_window = 2
    first = nairobi.post("1")
    assert (first.headers["x-rate-limit-limit"], first.headers["x-rate-limit-remaining"]) == ("2", "1")
    assert first.headers["x-app-limit-24hour-remaining"] == "9999"
    assert "x-user-limit-24hour-limit" not in first.headers
    nairobi.post("2")
    full = nairobi.post("3")
    refused(full, 429)
    assert full.json() == {
        "title": "Too Many Requests",
        "detail": "Too Many Requests",
        "type": "about:blank",
        "status": 429,
    }
    assert full.headers["x-rate-limit-remaining"] == "0"
    assert "Retry-After" not in full.headers
    reset = int(full.headers["x-rate-limit-reset"])
    assert 0 < reset - x.now() <= 900
    assert lima.post("3").status_code == 201
    assert nairobi("GET", "/2/users/me").status_code == 200
    x.shift(reset - time.time() + 1)
    assert nairobi.post("3").status_code == 201


def test_the_days_limits_are_counted_for_the_app_and_for_the_user(x: XServer, nairobi: Caller, lima: Caller) -> None:
    x.limits.user_day = 2
    nairobi.post("1")
    assert nairobi.post("2").headers["x-user-limit-24hour-remaining"] == "0"
    full = nairobi.post("3")
    refused(full, 429)
    assert full.headers["x-rate-limit-remaining"] == "98"
    assert int(full.headers["x-user-limit-24hour-reset"]) - x.now() > 86000
    x.limits.app_day = 3
    assert lima.post("1").status_code == 201
    refused(lima.post("2"), 429)
    x.shift(86401)
    assert nairobi.post("3").status_code == lima.post("2").status_code == 201


@pytest.mark.parametrize("form", LIMIT_REACHED)
def test_an_account_that_has_posted_all_it_may_is_told_so_without_a_word_of_until_when(
    x: XServer, nairobi: Caller, lima: Caller, form: str
) -> None:
    x.limits.posts_a_day, x.limit_form = 2, form
    nairobi.post("1")
    nairobi.post("2")
    full = nairobi.post("3")
    assert (full.status_code, full.json()) == (403, LIMIT_REACHED[form])
    assert full.headers["x-rate-limit-remaining"] == "97", "that isn't the limit of requests"
    assert "x-user-limit-24hour-reset" not in full.headers
    assert lima.post("3").status_code == 201
    x.shift(86401)
    assert nairobi.post("3").status_code == 201


def test_an_account_that_is_taken_for_a_robot_is_told_so(x: XServer, nairobi: Caller) -> None:
    x.suspect(nairobi.account)
    told = nairobi.post("1")
    assert (told.status_code, told.json()["errors"][0]["code"]) == (403, 226)
    x.suspect(nairobi.account, applied=False)
    assert nairobi.post("1").status_code == 201


def test_what_is_done_is_charged_and_without_credit_nothing_is(x: XServer, nairobi: Caller) -> None:
    x.credit = 0.259
    assert nairobi.post("Good morning").status_code == 201
    assert nairobi.post("See example.org").status_code == 201
    refused(nairobi.post("See example.org"), 402, "CreditsDepleted", "problems/credits")
    assert nairobi.describe(nairobi.picture(), "Orange").status_code == 200
    nairobi.timeline()
    assert nairobi.post("Good evening").status_code == 201
    assert nairobi("DELETE", f"/2/tweets/{x.posts(nairobi.account)[0].id}").status_code == 200
    refused(nairobi.post("Good night"), 402)
    assert {kind: round(dollars, 6) for kind, dollars in x.spent.items()} == {
        "post": 0.03,
        "post with a link": 0.2,
        "alt text": 0.005,
        "read": 0.01,
        "delete": 0.01,
    }
    assert x.credit == pytest.approx(0.004)
    assert x.calls["createPosts"] == 5
    x.credit = None
    refused(nairobi.post("Good evening"), 403)
    assert x.spent["post"] == pytest.approx(0.03)


# Faults.


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        (drops_before, requests.ConnectionError, False),
        (drops_after, requests.ConnectionError, True),
        (resets_before, requests.ConnectionError, False),
        (resets_after, requests.ConnectionError, True),
        (hangs_after, requests.ReadTimeout, True),
        (cuts, requests.exceptions.ChunkedEncodingError, True),
    ],
)
def test_a_request_or_an_answer_is_lost(
    x: XServer, nairobi: Caller, fault: faulty_proxy.Fault, error: type[Exception], arrives: bool
) -> None:
    x.fault("createPosts", fault)
    with pytest.raises(error):
        nairobi("POST", "/2/tweets", {"text": "Good morning"}, timeout=0.5)
    assert texts(x, nairobi) == ["Good morning"] * arrives
    assert nairobi.post("Good morning").status_code == (403 if arrives else 201)
    assert len(x.named("createPosts")) == 2


def test_it_answers_what_it_is_told_and_may_have_done_it_all_the_same(x: XServer, nairobi: Caller) -> None:
    x.fault("createPosts", says(503, b"<html>", after=True))
    x.fault("getUsersPosts", says(200, b"<html>"), times=None)
    assert nairobi.post("Good morning").status_code == 503
    assert texts(x, nairobi) == ["Good morning"]
    assert nairobi("GET", f"/2/users/{nairobi.account.id}/tweets").content == b"<html>"
    x.heal()
    assert nairobi.timeline()["meta"]["result_count"] == 1


def test_weather_strikes_by_chance_and_the_same_for_a_seed(x: XServer, nairobi: Caller) -> None:
    faults: Sequence[faulty_proxy.Fault] = [drops_after, says(503), says(503, after=True)]

    def storm() -> list[str]:
        x.weather(random.Random(1), 0.5, faults, {"createPosts"})  # noqa: S311  (no secret)
        heard = []
        for number in range(20):
            try:
                heard.append(str(nairobi.post(f"Number {number}").status_code))
            except requests.ConnectionError:
                heard.append("lost")
        assert nairobi("GET", "/2/users/me").status_code == 200
        x.heal()
        return heard

    first = storm()
    assert set(x.weathered) == {"drops_after", "says 503", "says 503 after"}
    assert x.weathered.total() == 20 - first.count("201")
    assert x.weathered["drops_after"] == first.count("lost")
    assert len(x.posts(nairobi.account)) == 20 - x.weathered["says 503"]
    for post in x.posts(nairobi.account):
        nairobi("DELETE", f"/2/tweets/{post.id}")
    assert storm() == first


def test_of_two_at_once_one_is_the_duplicate(x: XServer) -> None:
    account = x.account()
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(Caller(x, account).post, f"Number {number // 4}") for number in range(16)]
    assert sorted(one.result().status_code for one in sent) == [201] * 4 + [403] * 12
    assert sorted(post.text for post in x.posts(account)) == [f"Number {number}" for number in range(4)]


# With tweepy, and the way to the tokens.


class OnLoopback(requests.Session):
    """Sends what is meant for X to the server of the test."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.trust_env = False
        self._url = url

    def request(self, method: Any, url: Any, *more: Any, **named: Any) -> requests.Response:
        rest = urlsplit(url)
        return super().request(
            method, f"{self._url}{rest.path}" + (f"?{rest.query}" if rest.query else ""), *more, **named
        )


@contextmanager
def with_tweepy(x: XServer, token: str, secret: str) -> Iterator[Any]:
    client = tweepy.Client(None, x.api_key, x.api_secret, token, secret)
    with OnLoopback(x.url) as client.session:
        yield client


def test_tweepy_gets_along_with_it(x: XServer, nairobi: Caller) -> None:
    with with_tweepy(x, nairobi.account.access_token, nairobi.account.access_token_secret) as client:
        assert client.get_me().data.username == "nairobi"
        made = client.create_tweet(text="Good morning, example.org")
        with pytest.raises(tweepy.Forbidden, match="duplicate"):
            client.create_tweet(text="Good morning, example.org")
        found = client.get_users_tweets(
            nairobi.account.id,
            user_auth=True,
            tweet_fields=["created_at", "entities"],
            start_time=datetime(2020, 1, 1, tzinfo=UTC),
        )
        assert [str(post.id) for post in found.data] == [made.data["id"]]
        assert found.data[0].entities["urls"][0]["expanded_url"] == "http://example.org"
        picture = {"media": base64.b64encode(PNG).decode(), "media_category": "tweet_image"}
        media = client._make_request("POST", "/2/media/upload", json=picture, user_auth=True).data["id"]
        assert client.create_tweet(text="Look", media_ids=[media]).data["id"]
        assert client.delete_tweet(made.data["id"], user_auth=True).data == {"deleted": True}
    assert texts(x, nairobi) == ["Look"]


@pytest.fixture
def login(x: XServer) -> Iterator[Any]:
    handler = tweepy.OAuth1UserHandler(x.api_key, x.api_secret, callback="oob")
    handler._get_oauth_url = lambda endpoint: f"{x.url}/oauth/{endpoint}"
    handler.oauth.trust_env = False
    with handler.oauth:
        yield handler


def test_a_pin_gives_the_tokens_of_who_agreed(x: XServer, nairobi: Caller, lima: Caller, login: Any) -> None:
    address = login.get_authorization_url()
    with pytest.raises(AssertionError, match="Log in"):
        x.pin(address, "nobody")
    pin = x.pin(address, "lima")
    token, secret = login.get_access_token(pin)
    with with_tweepy(x, token, secret) as client:
        assert client.get_me().data.id == int(lima.account.id)
    assert [bool(x.named(name)) for name in ("requestToken", "authorize", "accessToken")] == [True] * 3


def test_a_wrong_pin_gives_nothing(x: XServer, nairobi: Caller, login: Any) -> None:
    x.pin(login.get_authorization_url(), nairobi.account)
    with pytest.raises(tweepy.TweepyException, match="401"):
        login.get_access_token("no pin")
    answer = x.handle(x.named("accessToken")[0])  # the same once more: its nonce is spent
    assert answer.status == 401


def test_a_log_in_needs_the_apps_keys(x: XServer) -> None:
    def ask(secret: str, callback: str) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            auth = OAuth1(x.api_key, secret, callback_uri=callback)
            return session.post(f"{x.url}/oauth/request_token", auth=auth, timeout=5)

    refused(ask("another", "oob"), 401, "Could not authenticate you.")
    refused(ask(x.api_secret, "https://example.org"), 403, "415")
    assert "oauth_callback_confirmed=true" in ask(x.api_secret, "oob").text


# Against the document.


def test_several_posts_are_given_by_their_ids_and_each_that_is_missing_is_named(
    x: XServer, nairobi: Caller, lima: Caller
) -> None:
    first, second = (str(nairobi.post(text).json()["data"]["id"]) for text in ("One", "Two"))
    other = str(lima.post("Three").json()["data"]["id"])
    assert nairobi("DELETE", f"/2/tweets/{second}").status_code == 200
    spent = x.spent["read"]
    said = nairobi("GET", "/2/tweets", params={"ids": f"{other},{second},{first}"}).json()
    assert [post["text"] for post in said["data"]] == ["Three", "One"]
    (missing,) = said["errors"]
    assert (missing["resource_id"], missing["parameter"]) == (second, "ids")
    assert x.spent["read"] - spent == pytest.approx(0.01)
    edited = x.edit(first, "One, and more")
    said = nairobi("GET", "/2/tweets", params={"ids": first}).json()
    assert said["data"][0] == {"id": first, "text": "One", "edit_history_tweet_ids": [first, edited]}
    assert "data" not in nairobi("GET", "/2/tweets", params={"ids": "1"}).json()
    assert [post["id"] for post in nairobi.timeline(max_results=5)["data"]] == [edited]


@pytest.fixture
def document() -> OpenApi:
    file = os.environ.get("ORANGEDAY_X_OPENAPI")
    if not file:
        pytest.skip("ORANGEDAY_X_OPENAPI does not say where X's OpenAPI document is")
    return OpenApi(Path(file))


def _everything(x: XServer, nairobi: Caller, lima: Caller) -> None:
    """Each operation, and each refusal."""
    nairobi("GET", "/2/users/me", params={"user.fields": "id,username"})
    picture = nairobi.picture()
    nairobi.describe(picture, "Orange")
    begun = nairobi("POST", "/2/media/upload/initialize", {"media_category": "tweet_image"}).json()["data"]["id"]
    body = {"media": base64.b64encode(PNG).decode(), "segment_index": 0}
    nairobi("POST", f"/2/media/upload/{begun}/append", body)
    nairobi("POST", f"/2/media/upload/{begun}/finalize")
    made = nairobi.post("Look: example.org", picture, begun).json()["data"]["id"]
    for number in range(6):
        nairobi.post(f"Number {number}")
    fields = {"tweet.fields": "created_at,entities,attachments,text", "expansions": "attachments.media_keys"}
    page = nairobi.timeline(max_results=5, start_time=LONG_AGO, exclude="replies,retweets", **fields)
    nairobi.timeline(pagination_token=page["meta"]["next_token"], since_id="1", end_time="2099-01-01T00:00:00Z")
    nairobi.timeline(until_id=made)
    nairobi("GET", f"/2/tweets/{made}", params=fields | {"media.fields": "alt_text"})
    nairobi("GET", "/2/tweets/1")
    nairobi("GET", "/2/tweets", params=fields | {"ids": f"{made},1"})
    nairobi("GET", "/2/tweets", params={"ids": "1"})
    nairobi("GET", "/2/users/1/tweets")
    lima("DELETE", f"/2/tweets/{made}")
    nairobi("DELETE", f"/2/tweets/{made}")
    nairobi("DELETE", f"/2/tweets/{made}")
    nairobi.post("Number 1")
    nairobi.post("a" * 281)
    lima.describe(picture, "Orange")
    lima.post("Look", picture)
    x.credit = 0
    lima.post("For nothing")
    x.credit = None
    x.limits.user_window = 0
    lima.post("Too many")
    x.suspend(lima.account)
    lima("GET", "/2/users/me")
    nairobi.timeline(lima.account)
    x.revoke(lima.account)
    lima("GET", "/2/users/me")


def test_requests_and_answers_are_as_the_document_has_them(
    x: XServer, nairobi: Caller, lima: Caller, document: OpenApi
) -> None:
    _everything(x, nairobi, lima)
    wrong: list[str] = []
    statuses = set()
    for sent, answer in [*nairobi.heard, *lima.heard]:
        found = [*document.request_wrongs(sent)]
        found += document.answer_wrongs(sent, answer.status_code, answer.content)
        wrong += [f"{sent.method} {sent.path} {answer.status_code}: {what}" for what in found]
        statuses.add(answer.status_code)
    assert wrong == []
    assert statuses == {200, 201, 400, 401, 402, 403, 404, 429}


def test_what_the_document_forbids_the_server_refuses(x: XServer, nairobi: Caller, document: OpenApi) -> None:
    shapes: list[Callable[[], object]] = [
        lambda: nairobi("POST", "/2/tweets", {"text": "a", "status": "b"}),
        lambda: nairobi("POST", "/2/tweets", {"text": "a", "reply_settings": "all"}),
        lambda: nairobi("POST", "/2/tweets", {"text": "a", "media": {"media_ids": ["a"]}}),
        lambda: nairobi("POST", "/2/media/upload", {"media": "AAAA", "media_category": "image"}),
        lambda: nairobi("POST", "/2/media/metadata", {"id": "1", "metadata": {"alt_text": {"text": "a" * 1001}}}),
        lambda: nairobi("POST", "/2/media/metadata", {"metadata": {}}),
        lambda: nairobi("GET", f"/2/users/{nairobi.account.id}/tweets", params={"max_results": 1}),
        lambda: nairobi("GET", f"/2/users/{nairobi.account.id}/tweets", params={"limit": 5}),
        lambda: nairobi("GET", "/2/tweets/a"),
        lambda: nairobi("GET", "/2/tweets"),
        lambda: nairobi("GET", "/2/tweets", params={"ids": "a"}),
        lambda: nairobi("GET", "/2/tweets", params={"ids": ",".join(["1"] * 101)}),
    ]
    for send in shapes:
        send()
        sent, answer = nairobi.heard[-1]
        assert answer.status_code == 400, answer.text
        assert [*document.request_wrongs(sent)]
