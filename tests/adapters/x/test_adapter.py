"""The X adapter against a strict stand-in: what it takes for its own post, what it never sends, and what it tells."""

from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from orangeday.adapters.base import Deferred, Payload, PlatformError, Receipt, Refused, Unsure
from orangeday.adapters.contract import ARMED_AT
from orangeday.adapters.x import adapter
from orangeday.adapters.x import client as oauth
from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.content.plan import Plan
from orangeday.errors import OrangedayError
from orangeday.system import machine

from ...servers import x_text
from ...servers.faulty_proxy import drops_after, drops_before, says
from ...servers.x_server import PROBLEMS, XServer, x_server
from ...support import campaigns
from ...support.certificates import self_signed
from . import desk as x_desk
from .desk import Desk, moved_to, png, sent

desk = x_desk.desk

SINCE = ARMED_AT - timedelta(minutes=5)


# What is read back


NASTY = (
    "Look at example.org for more",
    "Two: https://example.org/a and https://example.org/b, and more",
    "Query https://example.org/a/b?x=1&y=a%20b#part end",
    "Fish &amp; chips < > & and a literal &lt;b&gt; &amp;lt;",
    "a < b && c > d, \"quoted\" 'single'",
    "Orange 🧡🟠 👩🏽‍🚒 🏳️‍🌈 🇧🇪 1️⃣",
    unicodedata.normalize("NFD", "Élan à Košice, Ångström, Việt"),
    unicodedata.normalize("NFC", "Élan à Košice, Ångström, Việt, again"),
    "نحن نقول لا #للعنف @UN_Women https://example.org/العنف",
    "Two  spaces,\nand a line\n\n\nand another\tone",
    "With @UN_Women and @unwomen #OrangeTheWorld #16Days $BEL",
    "At the very end https://example.org/16-days/",
    "HTTPS://Example.ORG/Path/ (see http://example.org/x(y)) and www.un.org/en.",
    "münchen.de/straße and https://xn--mnchen-3ya.de/a",
    "https://example.org",
    "A photo of theirs https://x.com/UN_Women/status/1234567890123456789/photo/1 look",
    "end.Next sentence, e.g. this one, or 3.5 percent, a.b.c",
    "https://example.org/a_(b)_c?d=[e] and example.co.uk/x,y;z",
    "日本語のテキストexample.comです、https://example.jp/道",
)


@pytest.mark.invariant(5)
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_a_text_is_found_again_however_x_gives_it_back(desk: Desk, text: str) -> None:
    platform = desk.connect()
    receipt = desk.says(platform, text)
    found = platform.find([sent(text)], SINCE)
    assert found and (found.id, found.url) == (receipt.id, receipt.url)
    for other in (f"{text}!", text[1:], text.replace("e", "ë", 1), text.replace("a", "4", 1)):
        if unicodedata.normalize("NFC", other) != unicodedata.normalize("NFC", text):
            assert platform.find([sent(other)], SINCE) is None


@pytest.mark.invariant(5)
def test_every_post_of_the_shipped_campaign_is_found_again(desk: Desk, example: Plan) -> None:
    deliveries = example.due_between(example.begins - timedelta(days=2), example.begins + timedelta(days=30))
    texts = {of.rendered_text.text for of in deliveries if of.platform == "x" and of.rendered_text}
    assert len(texts) > 150
    platform = desk.connect()
    receipts = {text: desk.says(platform, text).id for text in texts}
    posts = list(platform._timeline(SINCE))
    assert len(posts) == len(texts)
    canonical = {adapter._normalize(adapter._typed_text(post)): post["id"] for post in posts}
    assert len(canonical) == len(texts), "no two of them are taken for each other"
    assert {text: canonical[adapter._normalize(text)] for text in texts} == receipts
    for text in sorted(texts)[::40]:
        found = platform.find([sent(text)], SINCE)
        assert found and found.id == receipts[text]


PIECES = (
    "https://example.org/", "http://un.org", "example.com/a?b=c&d#e", "WWW.UN.org", "a.b", "&amp;", "&lt;", "&", "<",
    ">", " ", "\n", "  ", "@UN", "#tag", "é", "e\u0301", "🧡", "👩🏽‍🚒", "(", ")", ".", ",", "?", "/", "x", "Day", "16",
    "نحن", "日本", "%20", "%C3%A9", "münchen.de", "http://", "https://t.co/abc", "'", '"', "_", "-", "…", "\u200d",
)  # fmt: skip


@pytest.mark.invariant(5)
def test_whatever_is_typed_is_recognized_in_what_x_makes_of_it() -> None:
    chance = random.Random(5)  # noqa: S311  (the same each time)
    for number in range(4000):
        text = "".join(chance.choices(PIECES, k=chance.randint(1, 14))).strip()
        media = ["3_77"] if chance.random() < 0.3 else []
        shown = x_text.shown(text, "77", "somebody", media)
        post = {"id": "77", "text": shown.text, "entities": {"urls": shown.urls}}
        assert adapter._normalize(adapter._typed_text(post)) == adapter._normalize(text), (number, text)


@pytest.mark.invariant(5)
def test_what_differs_by_a_link_only_is_another_post(desk: Desk) -> None:
    platform = desk.connect()
    desk.says(platform, "See https://example.org/a?x=1#y now")
    for link in ("https://example.org/b?x=1#y", "https://example.org/a?x=2#y", "https://example.org/a?x=1#z",
                 "https://example.com/a?x=1#y", "https://example.org/A?x=1#y", "https://example.org"):  # fmt: skip
        assert platform.find([sent(f"See {link} now")], SINCE) is None
    assert platform.find([sent("See https://example.org/a?x=1#y now")], SINCE)


@pytest.mark.invariant(5)
def test_a_post_with_pictures_is_found_whether_it_ends_in_a_link_or_not(desk: Desk) -> None:
    platform = desk.connect()
    desk.pictures = {"media/01.png": png("orange"), "media/02.png": png("black")}
    for day, text in ((1, "With a link at its end https://example.org/16"), (2, "Without one")):
        desk.files[f"posts/{day:02}-day/en.toml"] = f'text = "{text}"\n'
        made = platform.prepare(desk.delivery(day), desk.pictures, 0, ARMED_AT)
        receipt = platform.publish(made, system_clock())
        found = platform.find([sent(text)], SINCE)
        assert found and found.id == receipt.id
    assert [len(post.media) for post in desk.x.posts(desk.login)] == [2, 2]


@pytest.mark.invariant(5)
def test_a_long_timeline_is_read_to_its_end(desk: Desk) -> None:
    platform = desk.connect()
    receipts = [desk.says(platform, f"Number {number}") for number in range(230)]
    desk.x.seen.clear()
    found = platform.find([sent("Number 0")], SINCE)
    assert found and found.id == receipts[0].id
    assert desk.count("getUsersPosts") == 3
    assert platform.find([sent("Number 230")], SINCE) is None
    desk.x.fault("getUsersPosts", says(500, {}), skip=2)
    with pytest.raises(Deferred):
        platform.find([sent("Number 230")], SINCE)  # two pages aren't the whole


@pytest.mark.invariant(5)
def test_a_timeline_without_an_end_is_no_proof(desk: Desk) -> None:
    platform = desk.connect()
    page = {"data": [{"id": "1", "text": "x"}], "meta": {"result_count": 1, "next_token": "abc"}}
    desk.x.fault("getUsersPosts", says(200, page), times=None)
    with pytest.raises(Deferred, match="more posts"):
        platform.find([sent("Hello")], SINCE)


@pytest.mark.invariant(5)
def test_what_is_known_is_old_or_is_somebody_elses_is_not_taken_for_it(desk: Desk) -> None:
    platform = desk.connect()
    receipt = desk.says(platform, "Hello")
    assert platform.find([sent("Hello")], SINCE, {receipt.id}) is None
    assert platform.find([sent("Hello")], ARMED_AT + timedelta(hours=1)) is None
    assert platform.find([sent("Hello")], ARMED_AT + timedelta(hours=1) - timedelta(hours=2)) == replace(
        receipt, published_at=receipt.published_at.replace(microsecond=0)
    )
    friend = replace(desk, login=desk.x.account())
    friend.says(friend.connect(), "From another")
    assert platform.find([sent("From another")], SINCE) is None


@pytest.mark.invariant(3, 5)
@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"type": f"{PROBLEMS}resource-not-found"}]},
        {"meta": {"result_count": 0}, "errors": [{"detail": "partial"}]},
        {"meta": {}},
        {"meta": {"result_count": 1}},
        {"meta": {"result_count": 0}, "data": None},
        {"meta": {"result_count": 0}, "data": {}},
        {"meta": {"result_count": 0, "next_token": 7}},
        {"meta": {"result_count": 1}, "data": [{"id": "1"}]},
        {"meta": {"result_count": 1}, "data": [{"id": 1, "text": "Hello"}]},
        {"meta": {"result_count": 1}, "data": ["Hello"]},
        {"data": []},
        {},
    ],
    ids=json.dumps,
)
def test_an_answer_that_is_not_whole_is_no_proof_of_absence(desk: Desk, answer: Mapping[str, object]) -> None:
    platform = desk.connect()
    desk.says(platform, "Hello")
    desk.x.fault("getUsersPosts", says(200, dict(answer)))
    with pytest.raises(Deferred):
        platform.find([sent("Hello")], SINCE)
    assert platform.find([sent("Hello")], SINCE)


@pytest.mark.parametrize(
    "post",
    [
        {"text": "[" * 1_000_000},
        {"text": "xn--" + "z9" * 200_000 + ".example"},
        {"text": "a", "entities": {"urls": [{"url": "a", "expanded_url": "aa"}] * 60}},
        {"text": "a.b " * 5_000, "entities": {"urls": [{"url": "a", "expanded_url": "a" * 1000}] * 5}},
    ],
    ids=["brackets", "punycode", "links in links", "links"],
)
def test_a_post_that_is_made_to_keep_it_busy_does_not(desk: Desk, post: Mapping[str, object]) -> None:
    platform = desk.connect()
    there = desk.says(platform, "Hello")
    page = {"data": [{"id": "1", **post}, {"id": there.id, "text": "Hello"}], "meta": {"result_count": 2}}
    desk.x.fault("getUsersPosts", says(200, page))
    began = time.process_time()
    found = platform.find([sent("Hello")], SINCE)
    assert found and found.id == there.id
    assert time.process_time() - began < 2


def test_what_is_seen_in_half_an_answer_is_there(desk: Desk) -> None:
    platform = desk.connect()
    answer = {"data": [{"id": "7", "text": "Hello"}], "errors": [{}], "meta": {"result_count": 2}}
    desk.x.fault("getUsersPosts", says(200, answer))
    found = platform.find([sent("Hello")], SINCE)
    assert found and found.id == "7"


# Pictures


def test_four_pictures_have_their_alt_texts_and_are_uploaded_once(desk: Desk) -> None:
    colours = {"a": "red", "b": "green", "c": "blue", "d": "red"}
    desk.pictures = {f"media/{stem}.png": png(colour) for stem, colour in colours.items()}
    desk.describe(a="Red.", b="x" * 1000, d="Red.")
    platform = desk.connect()
    desk.x.fault("createMediaMetadata", says(503, {}), skip=1)
    with pytest.raises(Deferred):
        platform.prepare(desk.delivery(), desk.pictures, 0, ARMED_AT)
    assert (desk.count("mediaUpload"), desk.count("createMediaMetadata")) == (2, 2)
    first = platform.prepare(desk.delivery(), desk.pictures, 0, ARMED_AT)
    desk.x.fault("createPosts", says(429, {}))
    with pytest.raises(Deferred):
        platform.publish(first, system_clock())
    again = platform.prepare(desk.delivery(), desk.pictures, 0, ARMED_AT)
    assert again == first and desk.count("mediaUpload") == 5, "the one whose alt text failed, and the two others"
    platform.publish(again, system_clock())
    (post,) = desk.x.posts(desk.login)
    assert [alt for _, alt in post.media] == ["Red.", "x" * 1000, None, "Red."]


@pytest.mark.invariant(15)
def test_an_alt_text_is_sent_whole_or_not_at_all(desk: Desk) -> None:
    desk.pictures = {"media/a.png": png("red")}
    whole = "é" * 999 + "!"
    desk.describe(a=whole)
    platform = desk.connect()
    platform.publish(platform.prepare(desk.delivery(), desk.pictures, 0, ARMED_AT), system_clock())
    (post,) = desk.x.posts(desk.login)
    assert [alt for _, alt in post.media] == [whole]
    desk.files["posts/02-day/day.toml"] += 'media = ["media/a.png"]\n'
    desk.files["posts/02-day/en.toml"] += f'[alt]\n"media/a.png" = "{whole}?"\n'
    uploads = desk.count("mediaUpload")
    with pytest.raises(Refused) as refusal:
        platform.prepare(desk.delivery(2), desk.pictures, 0, ARMED_AT)
    assert str(refusal.value) == (
        "the alt text of “media/a.png” has 1,001 characters, and X takes 1,000: shorten it, approve it, and let it be "
        "tried once more"
    )
    assert desk.count("mediaUpload") == uploads, "nothing is uploaded, and nothing is charged"


def test_an_upload_serves_one_post_only(desk: Desk) -> None:
    desk.pictures = {"media/1.png": png("red")}
    platform = desk.connect()
    for day in (1, 2):
        platform.publish(platform.prepare(desk.delivery(day), desk.pictures, 0, ARMED_AT), system_clock())
    assert [len(post.media) for post in desk.x.posts(desk.login)] == [1, 1]
    lost = platform.prepare(desk.delivery(3), desk.pictures, 0, ARMED_AT)
    desk.x.fault("createPosts", drops_after)
    with pytest.raises(Unsure):
        platform.publish(lost, system_clock())
    assert platform.prepare(desk.delivery(3), desk.pictures, 0, ARMED_AT) != lost


def test_an_upload_that_is_half_a_day_old_is_made_anew(desk: Desk) -> None:
    desk.pictures = {"media/1.png": png("red")}
    platform = desk.connect()
    first = platform.prepare(desk.delivery(), desk.pictures, 0, ARMED_AT)
    with moved_to(desk.x, ARMED_AT + timedelta(hours=13)):
        second = platform.prepare(desk.delivery(), desk.pictures, 0, ARMED_AT)
    assert first.document["media_ids"] != second.document["media_ids"]


def test_what_cannot_be_posted_is_refused_before_anything_is_uploaded(desk: Desk) -> None:
    platform = desk.connect()
    five = {f"media/{number}.png": png("red") for number in range(5)}
    for pictures in (five, {"media/1.png": b"no picture"}):
        with pytest.raises(Refused):
            platform.prepare(desk.delivery(), pictures, 0, ARMED_AT)
    desk.files["posts/01-day/en.toml"] = f'text = "{"word " * 57}"\n'
    with pytest.raises(Refused, match="280"):
        platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
    assert desk.count("mediaUpload") == desk.count("time") == 0


# Taking down


def test_what_is_taken_down_is_seen_to_be_gone(desk: Desk) -> None:
    platform = desk.connect()
    receipt = desk.says(platform, "Hello")
    platform.delete(receipt)
    assert desk.texts() == []
    platform.delete(receipt)  # once more does no harm


def test_a_deletion_is_believed_only_when_it_is_said_or_seen(desk: Desk) -> None:
    platform = desk.connect()
    receipt = desk.says(platform, "Hello")
    answers: tuple[dict[str, Any], ...] = ({"data": {"deleted": False}}, {"data": {}}, {})
    for answer in answers:
        desk.x.fault("deletePosts", says(200, answer))
        with pytest.raises(Unsure):
            platform.delete(receipt)
    seens: tuple[dict[str, Any], ...] = (
        {},
        {"errors": [{"type": f"{PROBLEMS}not-authorized-for-resource"}]},
        {"errors": []},
    )
    for seen in seens:
        desk.x.fault("deletePosts", says(200, {}))
        desk.x.fault("getPostsById", says(200, seen))
        with pytest.raises(Unsure):
            platform.delete(receipt)
    for status, outcome in ((500, Deferred), (401, Deferred), (403, Refused)):
        desk.x.fault("deletePosts", says(status, {"detail": "No."}))
        with pytest.raises(outcome):
            platform.delete(receipt)
    assert desk.texts() == ["Hello"]
    desk.x.fault("deletePosts", drops_after)
    with pytest.raises(PlatformError):
        platform.delete(receipt)
    platform.delete(receipt)
    desk.x.fault("deletePosts", says(200, {}))
    platform.delete(receipt)  # it looks, and it is gone


@pytest.mark.parametrize("host", ["x.com", "twitter.com", "www.x.com"])
@pytest.mark.parametrize("after", ["", "/", "?s=20", "/?s=20&t=a#b"])
def test_the_address_of_a_post_has_its_id(host: str, after: str) -> None:
    assert adapter.post_id(f" https://{host}/BelgiumInKenya/status/1234567890123456789{after} ", "1") == (
        "1234567890123456789"
    )


@pytest.mark.parametrize(
    "address", ["", "123", "https://x.com/a", "https://x.com/a/status/", "https://x.com/a/status/b", "http://x.com/a/status/1",
                "https://evil.com/a/status/1", "https://x.com.evil.com/a/status/1", "https://x.com/a/status/١٢٣"]
)  # fmt: skip
def test_an_address_of_no_post_is_refused(address: str) -> None:
    with pytest.raises(OrangedayError, match="status"):
        adapter.post_id(address, "1")


# Who we are


def test_a_thousand_runs_ask_once_who_the_account_is(desk: Desk) -> None:
    for _ in range(20):
        assert desk.connect().identity == desk.login.id
    assert len(desk.x.seen) == desk.count("getUsersMe") == 1
    of = desk.delivery()
    assert adapter.verify(of.account, desk.x.credentials(desk.login), system_clock) == desk.login.id
    assert desk.count("getUsersMe") == 2


def test_programs_that_start_at_once_ask_once(tmp_path: Path, x: XServer) -> None:
    desk = Desk(tmp_path, x, x.account())
    desk.delivery()
    program = (
        "import json, sys; from pathlib import Path; from orangeday.content import config\n"
        "from orangeday.clock import system_clock; from orangeday.adapters.x import adapter as x\n"
        "read = config.load(Path(sys.argv[1])); account, = read.embassies['nairobi'].accounts\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print(x.connect(account, json.loads(sys.argv[2]), system_clock).identity)\n"
    )
    argv = [sys.executable, "-c", program, str(tmp_path / "config.toml"), json.dumps(x.credentials(desk.login))]
    started = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for process in started:
        assert process.stdout and process.stdout.readline() == "ready\n"
    said = [process.communicate("\n", timeout=60)[0].strip() for process in started]
    assert said == [desk.login.id] * 3
    assert desk.count("getUsersMe") == 1


def test_new_tokens_are_asked_anew_and_a_damaged_memory_too(desk: Desk) -> None:
    desk.connect()
    desk.login = desk.x.account(desk.login.handle)
    desk.connect()
    assert desk.count("getUsersMe") == 2
    (file,) = (machine.state_folder() / "sessions").glob("*.json")
    for damaged in ("{", file.read_text().replace(desk.login.id, "../../x")):
        file.write_text(damaged)
        assert desk.connect().identity == desk.login.id
    assert desk.count("getUsersMe") == 4
    assert not any(secret in file.read_text() for secret in desk.x.credentials(desk.login).values())


@pytest.mark.invariant(6, 11)
def test_the_tokens_of_another_account_wait_for_a_person(desk: Desk) -> None:
    other = desk.x.account("somebody_else")
    with pytest.raises(Deferred, match="somebody_else") as failure:
        desk.connect(ACCESS_TOKEN=other.access_token, ACCESS_TOKEN_SECRET=other.access_token_secret)
    assert (failure.value.scope, failure.value.needs_person) == ("account", True)
    desk.x.fault("getUsersMe", says(200, {"data": {"id": "5", "username": f"\x1b[2J{other.access_token_secret}"}}))
    with pytest.raises(Deferred) as failure:
        desk.connect(ACCESS_TOKEN=other.access_token, ACCESS_TOKEN_SECRET=other.access_token_secret)
    assert str(failure.value).isprintable() and other.access_token_secret not in str(failure.value)


def test_a_handle_is_the_same_in_capitals(desk: Desk) -> None:
    desk.login = replace(desk.login, handle=desk.login.handle.upper())
    assert desk.connect().identity == desk.login.id


# The one request


@pytest.mark.invariant(2, 5)
def test_a_request_is_signed_with_the_time_of_arming_and_the_next_with_its_own(desk: Desk) -> None:
    platform = desk.connect()
    armed = system_clock() - timedelta(seconds=100)
    platform.publish(sent("Hello"), armed)
    platform.find([sent("Hello")], SINCE)
    stamps = [
        int(desk.x.named(name)[-1].headers["Authorization"].partition('oauth_timestamp="')[2].partition('"')[0])
        for name in ("createPosts", "getUsersPosts")
    ]
    assert stamps[0] == int(armed.timestamp()) and abs(stamps[1] - system_clock().timestamp()) < 30


@pytest.mark.invariant(2, 5)
@pytest.mark.parametrize(("minutes", "posts"), [(2, 1), (6, 0), (600, 0)])
def test_a_sender_that_wakes_later_than_x_takes_it_is_told_so(desk: Desk, minutes: int, posts: int) -> None:
    platform = desk.connect()
    try:
        platform.publish(sent("Hello"), system_clock() - timedelta(minutes=minutes))
    except Deferred as failure:
        assert (failure.scope, failure.needs_person) == ("delivery", False)
    assert len(desk.texts()) == posts


def test_what_a_request_before_was_answered_is_no_answer_to_this_one(desk: Desk) -> None:
    desk.pictures = {"media/1.png": png("red")}
    platform = desk.connect()
    made = platform.prepare(desk.delivery(), desk.pictures, 0, ARMED_AT)  # an answer with an id in it
    with pytest.raises(Unsure):
        platform.publish(Payload(made.text, {**made.document, "no_such_thing": 1}), system_clock())
    assert desk.texts() == []


def test_where_nobody_listens_nothing_was_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = desk.connect()
    with x_server() as gone:
        base_url = gone.url
    elsewhere = adapter.X(
        desk.delivery().account, oauth.XClient(base_url, desk.x.credentials(desk.login), system_clock),
        timedelta(minutes=6), system_clock,
    )  # fmt: skip
    asks: tuple[Callable[[], object], ...] = (
        lambda: elsewhere.publish(sent("Hello"), system_clock()),
        lambda: elsewhere.find([sent("Hello")], SINCE),
    )
    for ask in asks:
        with pytest.raises(Deferred, match="can't be reached") as failure:
            ask()
        assert failure.value.scope == "account"
    desk.x.serve_tls(self_signed(desk.folder))
    url = desk.x.url.replace("http:", "https:")
    platform = adapter.X(
        desk.delivery().account, oauth.XClient(url, desk.x.credentials(desk.login), system_clock),
        timedelta(minutes=6), system_clock,
    )  # fmt: skip
    with pytest.raises(Deferred, match="can't be reached"):
        platform.publish(sent("Hello"), system_clock())
    assert desk.texts() == []


@pytest.mark.invariant(11)
def test_nothing_goes_anywhere_but_to_the_configured_address(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (desk.folder / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(desk.folder / "netrc"))
    platform = desk.connect()
    desk.says(platform, "Hello")
    with x_server() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            desk.x.fault("createPosts", says(status, {}, {"Location": f"{elsewhere.url}/2/tweets"}))
            with pytest.raises(Unsure):
                desk.says(platform, f"Number {status}")
            desk.x.fault("getUsersPosts", says(status, {}, {"Location": f"{elsewhere.url}/2/tweets"}))
            with pytest.raises(Deferred):
                platform.find([sent("Hello")], SINCE)
        assert elsewhere.seen == []
    assert desk.texts() == ["Hello"]


@pytest.mark.invariant(11)
def test_no_secret_is_in_any_message_or_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("tweepy", "requests_oauthlib", "oauthlib", "urllib3", "requests", ""):
        caplog.set_level(logging.DEBUG, name)
    desk.pictures = {"media/1.png": png("red")}
    credentials = desk.x.credentials(desk.login)
    platform, told = desk.connect(), []
    platform.publish(platform.prepare(desk.delivery(), desk.pictures, 0, ARMED_AT), system_clock())
    platform.find([sent("Hello")], SINCE)
    leak = " ".join(credentials.values())
    asks: dict[str, Callable[[], object]] = {
        "createPosts": lambda: desk.says(platform, "Hello"),
        "getUsersPosts": lambda: platform.find([sent("Hello")], SINCE),
        "deletePosts": lambda: platform.delete(Receipt("1", "https://x.com/a/status/1", ARMED_AT)),
    }
    answers = [
        says(status, {"detail": leak, "errors": [{"message": leak}]}) for status in (400, 401, 402, 403, 404, 429, 500)
    ]
    for fault in (*answers, drops_before, says(200, leak.encode()), says(302, {}, {"Location": leak})):
        for name, ask in asks.items():
            desk.x.fault(name, fault)
            try:
                ask()
            except PlatformError as outcome:
                failure = outcome
            else:
                assert name == "deletePosts"  # 404: it is gone
                continue
            told.append(str(failure))
            assert told[-1].isprintable() and len(told[-1]) < 500
    for value in credentials.values():
        assert not any(value in message for message in told)
    assert len(caplog.records) > 100
    logged = "\n".join(record.getMessage() for record in caplog.records if "Content: b" not in record.getMessage())
    for name in ("API_SECRET", "ACCESS_TOKEN_SECRET"):
        assert credentials[name] not in logged and quote(credentials[name], safe="") not in logged


# The clock


@pytest.mark.invariant(9)
@pytest.mark.parametrize(("ahead", "said"), [(210, "3 minutes behind"), (-210, "3 minutes ahead")])
def test_with_a_wrong_clock_nothing_is_sent_and_nothing_is_absent(desk: Desk, ahead: int, said: str) -> None:
    platform = desk.connect()
    with moved_to(desk.x, system_clock(), timedelta(seconds=ahead)):
        with pytest.raises(Deferred, match=said) as failure:
            platform.find([sent("Hello")], SINCE)
        assert (failure.value.scope, failure.value.needs_person) == ("account", True)
        with pytest.raises(Deferred, match=said):
            platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
    assert platform.find([sent("Hello")], SINCE) is None  # it was set right
    platform.prepare(desk.delivery(), {}, 0, ARMED_AT)


@pytest.mark.invariant(9)
def test_the_clock_is_asked_for_once_an_hour_and_without_credentials(desk: Desk) -> None:
    desk.connect()
    oauth.App._apps.clear()
    platform = desk.connect()
    for _ in range(3):
        platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
    (asked,) = desk.x.named("time")
    assert (asked.method, asked.body) == ("HEAD", b"") and "Authorization" not in asked.headers
    with moved_to(desk.x, ARMED_AT + timedelta(minutes=61)):
        platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
    assert desk.count("time") == 2


# Limits


@pytest.mark.parametrize("kind", ["user", "app day", "user day"])
def test_the_last_quarter_of_a_limit_is_spread_and_what_is_used_up_is_not_asked_for(desk: Desk, kind: str) -> None:
    limits = desk.x.limits
    limits.user_window, limits.app_day, limits.user_day = {
        "user": (8, 1000, None), "app day": (1000, 8, None), "user day": (1000, 1000, 8)
    }[kind]  # fmt: skip
    platform, moment = desk.connect(), system_clock()
    scope, waits = "platform" if kind == "app day" else "account", []
    for number in range(8):
        while True:
            with moved_to(desk.x, moment):
                try:
                    platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
                except Deferred as failure:
                    assert (failure.scope, failure.needs_person) == (scope, False)
                    waits.append((number, failure.until - moment))
                    moment = failure.until + timedelta(seconds=1)
                    continue
                desk.says(platform, f"Number {number}")
            break
    assert {number for number, _ in waits} == {6, 7}, "six go at once"
    assert all(timedelta(minutes=1) < wait < timedelta(minutes=15, seconds=30) for _, wait in waits)
    with moved_to(desk.x, moment), pytest.raises(Deferred) as failed:
        platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
    assert desk.count("createPosts") == 8
    window = timedelta(minutes=15) if kind == "user" else timedelta(days=1)
    assert abs(failed.value.until - (ARMED_AT + window)) < timedelta(minutes=1)
    with moved_to(desk.x, failed.value.until + timedelta(seconds=2)):
        platform.prepare(desk.delivery(), {}, 0, ARMED_AT)


def test_what_one_account_learns_of_the_apps_day_holds_for_the_others(desk: Desk) -> None:
    desk.x.limits.app_day = 1
    other = replace(desk, login=desk.x.account(), files=campaigns.files())
    mine, theirs = desk.connect(), other.connect()
    desk.says(mine, "Hello")
    with pytest.raises(Deferred) as failure:
        theirs.prepare(other.delivery(), {}, 0, ARMED_AT)
    assert failure.value.scope == "platform" and other.count("createPosts") == 1


# The whole small campaign


def test_the_small_campaign_goes_out_live_from_the_command_line(
    tmp_path: Path, x: XServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path, x, x.account())
    plan = desk.delivery().plan
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name, value in x.credentials(desk.login).items():
        own = "" if name.startswith("API") else "NAIROBI_"
        monkeypatch.setenv(f"ORANGEDAY_{own}X_{name}", value)
    moments = plan.due_moments(datetime(2026, 11, 1, tzinfo=UTC))
    with moved_to(x, moments[0] - timedelta(minutes=1)):
        assert main(["approve", "all", "--by", "Ann"]) == 0
        assert main(["publish", "--live"]) == 0
    for number, moment in enumerate(moments):
        with moved_to(x, moment + timedelta(seconds=1)):
            if number == 3:
                x.fault("createPosts", drops_after)
                assert main(["publish", "--live"]) == 1, "a person is told"
                assert "may be live" in capsys.readouterr().out
            assert main(["publish", "--live"]) == 0, capsys.readouterr()
    assert [post.text for post in x.posts(desk.login)] == [f"Day {day} in en, from Nairobi." for day in range(1, 17)]
    assert (desk.count("createPosts"), desk.count("getUsersMe")) == (16, 1)
