"""The Bluesky adapter against a real server: what it writes there, what it never overwrites, and how it logs in."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from orangeday.adapters.base import Deferred, Refused, Unsure
from orangeday.adapters.bluesky import adapter as bluesky
from orangeday.adapters.contract import ARMED_AT
from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.platforms.bluesky import BLUESKY

from ...servers.bluesky_server import Server
from ...servers.faulty_proxy import Exchange, delays, error, passes, proxy_before, says
from ...support.offset_clock import ahead
from .desk import Desk


@pytest.fixture
def desk(tmp_path: Path, pds: Server) -> Iterator[Desk]:
    with proxy_before(pds.url) as proxy:
        yield Desk(tmp_path, pds, pds.account(), proxy)


def blob(desk: Desk, image: Mapping[str, Any]) -> bytes:
    """The picture as the server gives it to anybody."""
    params = {"did": desk.login.did, "cid": image["image"]["ref"]["$link"]}
    found = httpx.get(f"{desk.pds.url}/xrpc/com.atproto.sync.getBlob", params=params, trust_env=False)
    return found.raise_for_status().content


# What is written


def test_a_post_says_what_its_wording_says_in_its_own_language(desk: Desk) -> None:
    record = desk.record(language="fr")
    assert record == {
        "$type": "app.bsky.feed.post",
        "text": "Day 1 in fr, from Nairobi.",
        "langs": ["fr"],
        "createdAt": "2026-11-25T06:00:00.123Z",
    }


def test_facets_lie_where_the_words_lie_in_bytes(desk: Desk) -> None:
    friend = desk.pds.account()
    desk.files["posts/01-day/en.toml"] = (
        f'text = "Élan 🧡 #OrangeTheWorld with @{friend.handle} and @nobody-there.test: https://example.org/é ok"\n'
    )
    record = desk.record()
    text = record["text"].encode()
    found = {
        text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"]
        for facet in record["facets"]
    }
    assert found == {
        "#OrangeTheWorld": [{"$type": "app.bsky.richtext.facet#tag", "tag": "OrangeTheWorld"}],
        f"@{friend.handle}": [{"$type": "app.bsky.richtext.facet#mention", "did": friend.did}],
        "https://example.org/é": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/é"}],
    }


@pytest.mark.parametrize("handle", ["a..be", "-x-.be", "x" * 70 + ".be", "a." * 130 + "be"])
def test_a_mention_that_nobody_can_have_costs_no_post(desk: Desk, handle: str) -> None:
    desk.files["posts/01-day/en.toml"] = f'text = "With @{handle} today"\n'
    assert "facets" not in desk.record() or desk.record()["facets"][0]["features"][0]["$type"].endswith("#link")


def test_a_server_that_cannot_say_who_is_mentioned_is_asked_again_and_then_done_without(desk: Desk) -> None:
    desk.files["posts/01-day/en.toml"] = 'text = "With @unwomen.org today"\n'
    desk.proxy.fault("resolveHandle", error(502, "UpstreamFailure"), times=None)
    due = desk.delivery().due
    for late, facets in ((timedelta(minutes=1), None), (timedelta(minutes=11), [])):
        with moved_to(desk.pds, due + late):
            if facets is None:
                with pytest.raises(Deferred) as failure:
                    desk.prepare()
                assert (failure.value.scope, failure.value.needs_person) == ("delivery", False)
            else:
                assert desk.prepare().document["record"].get("facets", []) == facets


def test_a_link_without_a_picture_has_a_card(desk: Desk) -> None:
    desk.files["posts/campaign.toml"] += 'title = "Sixteen Days"\n'
    desk.files["posts/01-day/day.toml"] += 'link = "https://example.org/16"\n'
    embed = desk.record()["embed"]
    thumb = embed["external"].pop("thumb")
    assert embed == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://example.org/16", "title": "Day 1", "description": "Sixteen Days"},
    }
    assert thumb["size"] < 1_000_000, "the most that a card's picture may have"
    assert Image.open(io.BytesIO(blob(desk, {"image": thumb}))).size == (1200, 630)


@pytest.mark.invariant(15)
def test_an_alt_text_that_is_longer_than_the_app_shows_is_sent_whole(desk: Desk) -> None:
    alt = "é" * 2500 + "!"
    desk.pictures = {"media/01.png": picture("PNG", (60, 40))}
    desk.files["posts/01-day/day.toml"] += 'media = ["media/01.png"]\n'
    desk.files["posts/01-day/en.toml"] += f'[alt]\n"media/01.png" = "{alt}"\n'
    (image,) = desk.record()["embed"]["images"]
    assert image["alt"] == alt


def test_a_picture_has_its_alt_text_and_its_shape_and_no_link_card(desk: Desk) -> None:
    desk.files["posts/01-day/day.toml"] += 'link = "https://example.org/16"\nmedia = ["media/01.png"]\n'
    desk.files["posts/01-day/en.toml"] += '[alt]\n"media/01.png" = "An orange façade"\n'
    desk.pictures = {"media/01.png": picture("PNG", (60, 40))}
    (image,) = desk.record()["embed"]["images"]
    assert (image["alt"], image["aspectRatio"]) == ("An orange façade", {"width": 60, "height": 40})
    assert image["image"]["mimeType"] == "image/png"
    assert Image.open(io.BytesIO(blob(desk, image))).size == (60, 40)


def test_a_photograph_goes_out_upright_and_does_not_say_where_it_was_taken(desk: Desk) -> None:
    desk.files["posts/01-day/day.toml"] += 'media = ["media/01.jpg"]\n'
    desk.pictures = {"media/01.jpg": photograph((60, 40))}
    before = Image.open(io.BytesIO(desk.pictures["media/01.jpg"]))
    assert before.getexif() and before.info["comment"]
    (image,) = desk.record()["embed"]["images"]
    shown = Image.open(io.BytesIO(blob(desk, image)))
    assert (shown.size, image["aspectRatio"]) == ((40, 60), {"width": 40, "height": 60})
    assert not shown.getexif()
    assert not {"exif", "xmp", "comment"} & shown.info.keys()


def test_too_large_a_picture_goes_out_smaller(desk: Desk) -> None:
    desk.files["posts/01-day/day.toml"] += 'media = ["media/01.png"]\n'
    noise = Image.effect_noise((2400, 1600), 80).convert("RGB")
    desk.pictures = {"media/01.png": saved(noise, "PNG")}
    assert len(desk.pictures["media/01.png"]) > BLUESKY.pictures.max_bytes
    (image,) = desk.record()["embed"]["images"]
    content = blob(desk, image)
    assert len(content) == image["image"]["size"] <= BLUESKY.pictures.max_bytes
    shape = image["aspectRatio"]
    assert Image.open(io.BytesIO(content)).size == (shape["width"], shape["height"])
    assert shape["width"] / shape["height"] == pytest.approx(1.5, abs=0.01)


def test_a_damaged_picture_is_refused_before_anything_is_sent(desk: Desk) -> None:
    desk.pictures = {"media/01.jpg": photograph((60, 40))[:200]}
    with pytest.raises(Refused, match=r"media/01\.jpg: the picture is damaged"):
        desk.prepare()
    assert desk.count("uploadBlob") == 0


def test_too_long_a_text_is_refused_before_anything_is_sent(desk: Desk) -> None:
    desk.files["posts/01-day/en.toml"] = f'text = "{"é" * 301}"\n'
    with pytest.raises(Refused, match="longer than 300"):
        desk.prepare()


# At most one

LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
LANGUAGES = st.sampled_from(["en", "fr", "ar", "sr-Latn", "sr", "zh-Hant"])
CAMPAIGNS = st.sampled_from(["16days-2026", "16days-2027", "x"])
POSTS = st.tuples(CAMPAIGNS, st.integers(1, 16), LANGUAGES, st.integers(0, 9))


@pytest.mark.invariant(4)
@given(POSTS)
def test_a_record_key_is_a_tid_of_a_moment_gone_by(post: tuple[str, int, str, int]) -> None:
    key = bluesky.record_key(*post)
    assert len(key) == 13 and set(key) <= set(LETTERS)
    number = 0
    for letter in key:
        number = number * 32 + LETTERS.index(letter)
    moment = datetime.fromtimestamp((number >> 10) / 1e6, UTC)
    assert datetime(2023, 1, 1, tzinfo=UTC) <= moment < datetime(2025, 4, 1, tzinfo=UTC)


@pytest.mark.invariant(4)
@given(POSTS, POSTS)
def test_two_posts_have_two_keys_and_one_has_one(
    one: tuple[str, int, str, int], other: tuple[str, int, str, int]
) -> None:
    assert (bluesky.record_key(*one) == bluesky.record_key(*other)) == (one == other)


@pytest.mark.invariant(4)
def test_a_language_is_the_same_however_it_is_written_and_another_in_another_script() -> None:
    def key(language: str) -> str:
        return bluesky.record_key("16days-2026", 1, language, 0)

    assert key("en") == key("en-GB") == key("en-Latn-US")
    assert key("zh-Hans") == key("zh-CN") != key("zh-Hant")
    assert key("sr") != key("sr-Latn")


@pytest.mark.invariant(4)
def test_a_record_key_never_changes() -> None:
    # Whoever changes how it is made lets every post of a running campaign go out twice.
    assert bluesky.record_key("16days-2026", 1, "en", 0) == "3kt4ntxrow34a"


@pytest.mark.invariant(4)
def test_the_null_leaves_the_process_as_null(desk: Desk) -> None:
    desk.record()
    (put,) = desk.proxy.named("putRecord")
    assert b'"swapRecord":null' in put.body
    assert json.loads(put.body)["swapRecord"] is None


@pytest.mark.invariant(4)
def test_sent_twice_there_is_one(desk: Desk) -> None:
    sent, platform = desk.prepare(), desk.connect()
    first, second = platform.publish(sent, ARMED_AT), platform.publish(sent, ARMED_AT)
    assert (first.id, first.url, first.note) == (second.id, second.url, second.note)
    assert len(desk.pds.records(desk.login.did)) == 1


@pytest.mark.invariant(4)
def test_what_is_there_already_is_never_overwritten(desk: Desk) -> None:
    desk.record()
    before = desk.pds.records(desk.login.did)
    desk.files["posts/01-day/en.toml"] = 'text = "Said otherwise since."\n'
    platform, sent = desk.connect(), desk.prepare()
    for receipt in (platform.publish(sent, ARMED_AT), platform.find([sent], ARMED_AT)):
        assert receipt and receipt.note and "Day 1 in en, from Nairobi." in receipt.note
    assert desk.pds.records(desk.login.did) == before


@pytest.mark.invariant(3)
@pytest.mark.parametrize("status", [400, 404, 429, 500, 502])
def test_a_refusal_to_tell_does_not_mean_that_nothing_is_there(desk: Desk, status: int) -> None:
    platform, sent = desk.connect(), desk.prepare()
    platform.publish(sent, ARMED_AT)
    desk.proxy.fault("getRecord", error(status, "InvalidRequest"))
    with pytest.raises((Deferred, Unsure)):
        platform.find([sent], ARMED_AT)
    assert platform.find([sent], ARMED_AT)


@pytest.mark.invariant(4)
def test_a_corrected_post_lies_elsewhere(desk: Desk) -> None:
    platform = desk.connect()
    for generation in (0, 1):
        platform.publish(desk.prepare(generation=generation), ARMED_AT)
    assert len(desk.pds.records(desk.login.did)) == 2


def test_what_is_taken_down_is_seen_to_be_gone(desk: Desk) -> None:
    platform = desk.connect()
    receipt = platform.publish(desk.prepare(), ARMED_AT)
    platform.delete(receipt)
    assert desk.pds.records(desk.login.did) == {}
    platform.delete(receipt)  # once more does no harm


# The session


def test_a_thousand_runs_log_in_once(desk: Desk) -> None:
    for _ in range(20):
        assert desk.connect().identity == desk.login.did
    assert len(desk.proxy.seen) == desk.count("createSession") == 1


@pytest.mark.invariant(11)
def test_nobody_else_may_read_the_session_and_the_password_is_not_in_it(desk: Desk) -> None:
    desk.connect()
    assert stat.S_IMODE(desk.session.stat().st_mode) == 0o600
    assert stat.S_IMODE(desk.session.parent.stat().st_mode) == 0o700
    assert desk.login.app_password not in desk.session.read_text()


def test_a_damaged_session_is_a_new_log_in(desk: Desk) -> None:
    desk.connect()
    desk.session.write_text('{"salt": 1')
    desk.connect()
    assert desk.count("createSession") == 2


def test_a_changed_password_logs_in_anew_once(desk: Desk) -> None:
    for _ in range(3):
        desk.connect()
        desk.connect(desk.login.password)
    assert desk.count("createSession") == 2


def test_a_wrong_password_is_tried_once_in_ten_minutes(desk: Desk) -> None:
    now = system_clock()
    for minutes in (0, 1, 9, 11):
        with moved_to(desk.pds, now + timedelta(minutes=minutes)), pytest.raises(Deferred) as failure:
            desk.connect("not-the-password")
        assert (failure.value.scope, failure.value.needs_person) == ("account", True)
        assert "app password" in str(failure.value) and "not-the-password" not in str(failure.value)
    assert desk.count("createSession") == 2
    assert desk.connect().identity == desk.login.did


def test_a_server_that_is_ill_is_no_wrong_password(desk: Desk) -> None:
    desk.proxy.fault("createSession", error(502, "UpstreamFailure"))
    with pytest.raises(Deferred) as failure:
        desk.connect()
    assert (failure.value.scope, failure.value.needs_person) == ("account", False)
    desk.connect()


def test_a_key_that_the_server_no_longer_takes_is_renewed_without_a_log_in(desk: Desk) -> None:
    desk.connect()
    desk.proxy.fault("getSession", error(400, "ExpiredToken"))
    desk.prepare()
    assert (desk.count("createSession"), desk.count("refreshSession")) == (1, 1)
    desk.prepare()
    assert (desk.count("createSession"), desk.count("refreshSession")) == (1, 1)


def test_a_key_that_runs_out_while_sending_is_certainly_nothing_sent(desk: Desk) -> None:
    platform, sent = desk.connect(), desk.prepare()
    desk.proxy.fault("putRecord", error(400, "ExpiredToken"))
    with pytest.raises(Deferred) as failure:
        platform.publish(sent, ARMED_AT)
    assert (failure.value.scope, failure.value.needs_person) == ("delivery", False)
    platform.publish(platform.prepare(desk.delivery(), {}, 0, ARMED_AT), ARMED_AT)
    assert (desk.count("createSession"), desk.count("refreshSession")) == (1, 1)


def test_hours_later_the_key_is_renewed_before_anything_is_armed(desk: Desk) -> None:
    desk.connect()
    with moved_to(desk.pds, system_clock() + timedelta(hours=3)):
        desk.record()
    assert (desk.count("createSession"), desk.count("refreshSession"), desk.count("putRecord")) == (1, 1, 1)
    assert desk.count("getSession") == 0  # it is known without asking


def test_after_months_it_logs_in_anew(desk: Desk) -> None:
    desk.connect()
    with moved_to(desk.pds, system_clock() + timedelta(days=120)):
        desk.record()
    assert desk.count("createSession") == 2


def together(desk: Desk, number: int) -> list[str]:
    """Several programs that connect and verify at the same moment; gives what each says of the account."""
    program = (
        "import sys; from orangeday.clock import system_clock; from orangeday.content.config import Account\n"
        "from orangeday.adapters.bluesky import adapter as bluesky\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "account = Account('nairobi', 'bluesky', sys.argv[1], sys.argv[2], sys.argv[2])\n"
        "print(bluesky.verify(account, {'APP_PASSWORD': sys.argv[3]}, system_clock))\n"
    )
    argv = [sys.executable, "-c", program, desk.login.handle, desk.proxy.url, desk.login.app_password]
    started = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(number)]
    for process in started:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[0].strip() for process in started]


def test_programs_that_start_at_once_log_in_once(desk: Desk) -> None:
    assert together(desk, 3) == [desk.login.did] * 3
    assert desk.count("createSession") == 1


def test_programs_that_renew_at_once_do_not_revoke_each_other(desk: Desk) -> None:
    desk.connect()
    (entry,) = json.loads(desk.session.read_text())["entries"].values()

    def outdated(exchange: Exchange) -> None:
        spent = exchange.seen.headers["authorization"] == f"Bearer {entry['access']}"
        if spent:
            exchange.wait(1)  # until all of them have it in hand
        (error(400, "ExpiredToken") if spent else passes)(exchange)

    desk.proxy.fault("getSession", outdated, times=None)
    desk.proxy.fault("refreshSession", delays(0.5), times=None)
    assert together(desk, 3) == [desk.login.did] * 3
    desk.connect().verify()
    assert (desk.count("createSession"), desk.count("refreshSession")) == (1, 1)


def test_a_revoked_password_waits_for_a_person(desk: Desk) -> None:
    platform = desk.connect()
    desk.pds.revoke(desk.login)
    with moved_to(desk.pds, system_clock() + timedelta(hours=3)):
        for _ in range(3):
            with pytest.raises(Deferred) as failure:
                platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
            assert failure.value.needs_person
    assert desk.count("createSession") == 2


@pytest.mark.invariant(11)
def test_what_a_server_says_is_shown_as_a_line_and_without_secrets(desk: Desk) -> None:
    said = f"\x1b[2J{desk.login.app_password}\n\u202e" + "x" * 5000
    desk.proxy.fault("createSession", says(401, {"error": "Bad\x07", "message": said}))
    with pytest.raises(Deferred) as failure:
        desk.connect()
    message = str(failure.value)
    assert message.isprintable() and desk.login.app_password not in message and len(message) < 600


def test_an_answer_that_leads_elsewhere_is_not_followed(desk: Desk) -> None:
    with proxy_before(desk.pds.url) as elsewhere:
        for status in (301, 307, 308):
            location = {"Location": f"{elsewhere.url}/xrpc/com.atproto.server.createSession"}
            desk.proxy.fault("createSession", says(status, b"", location))
            with pytest.raises(Deferred):
                desk.connect()
        assert elsewhere.seen == []


def test_a_cookie_is_not_kept(desk: Desk) -> None:
    """It would tell one account's requests from another's, and nobody has asked for that."""
    platform = desk.connect()
    session = {"did": desk.login.did, "active": True}
    desk.proxy.fault("getSession", says(200, session, {"Set-Cookie": "who=nairobi; Path=/"}))
    platform.verify()
    platform.verify()
    asked = desk.proxy.named("getSession")
    assert len(asked) == 2
    assert not any("cookie" in {name.lower() for name in seen.headers} for seen in asked)


def test_proxies_of_the_environment_are_left_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert desk.connect().identity == desk.login.did


def test_verify_says_who_the_account_is(desk: Desk) -> None:
    of, credentials = desk.delivery(), {"APP_PASSWORD": desk.login.app_password}
    assert bluesky.verify(of.account, credentials, system_clock) == desk.login.did
    assert desk.count("getSession") == 1


# The clock


@contextmanager
def moved_to(pds: Server, moment: datetime, server_ahead: timedelta = timedelta(0)) -> Iterator[None]:
    """Our clock and the server's together, or the server's a little more."""
    try:
        with time_machine.travel(moment, tick=True):
            pds.shift(ahead(system_clock() + server_ahead))  # of one instant, however long it takes
            yield
    finally:
        pds.shift(0)


@pytest.mark.invariant(9)
@pytest.mark.parametrize(("ahead", "said"), [(210, "3 minutes behind"), (-9000, "2 hours ahead")])
def test_with_a_wrong_clock_nothing_is_sent(desk: Desk, ahead: int, said: str) -> None:
    with moved_to(desk.pds, system_clock(), timedelta(seconds=ahead)), pytest.raises(Deferred, match=said) as failure:
        desk.prepare()
    assert (failure.value.scope, failure.value.needs_person) == ("account", True)
    assert desk.count("uploadBlob") == 0


@pytest.mark.invariant(9)
def test_a_clock_that_was_set_right_is_right_at_once(desk: Desk) -> None:
    with moved_to(desk.pds, system_clock(), timedelta(minutes=5)):
        platform = desk.connect()
        with pytest.raises(Deferred):
            platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
    platform.prepare(desk.delivery(), {}, 0, ARMED_AT)


def test_a_clock_that_is_a_minute_off_will_do(desk: Desk) -> None:
    with moved_to(desk.pds, system_clock(), timedelta(seconds=60)):
        desk.prepare()
        askew = desk.connect().skew
    assert askew is None  # a new connection has heard nothing yet


@pytest.mark.invariant(9)
def test_the_clock_is_asked_for_once_an_hour(desk: Desk) -> None:
    platform = desk.connect()
    for _ in range(3):
        platform.prepare(desk.delivery(), {}, 0, ARMED_AT)
    assert len(desk.proxy.seen) == 1  # the log-in told the time


@pytest.mark.invariant(9)
def test_what_one_account_was_told_of_the_time_holds_for_all_of_the_service(desk: Desk) -> None:
    other = replace(desk, folder=desk.folder / "other", login=desk.pds.account())
    desk.connect(), other.connect()  # each has a session that is kept
    one, two = desk.connect(), other.connect()
    one.prepare(desk.delivery(), {}, 0, ARMED_AT)
    two.prepare(other.delivery(), {}, 0, ARMED_AT)
    assert desk.count("getSession") == 1


# The whole small campaign


def test_the_small_campaign_goes_out_live_from_the_command_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(desk.folder)
    monkeypatch.setenv("ORANGEDAY_NAIROBI_BLUESKY_APP_PASSWORD", desk.login.app_password)
    moments = desk.delivery().plan.due_moments(datetime(2026, 11, 1, tzinfo=UTC))
    assert len(moments) == 32
    with moved_to(desk.pds, moments[0] - timedelta(minutes=1)):
        assert main(["approve", "all", "--by", "Ann"]) == 0
        assert main(["publish", "--live"]) == 0  # the ledger has seen the account before anything was due
    for moment in moments:
        with moved_to(desk.pds, moment + timedelta(seconds=1)):
            assert main(["publish", "--live"]) == 0, capsys.readouterr()
            assert main(["publish", "--live"]) == 0
    records = desk.pds.records(desk.login.did).values()
    posts = {(record["text"], *record["langs"]) for record in records}
    assert len(records) == 32
    assert posts == {(f"Day {day} in {tag}, from Nairobi.", tag) for day in range(1, 17) for tag in ("en", "fr")}
    assert desk.count("createSession") == 1
    assert desk.count("putRecord") == 32


# Pictures


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()


def picture(kind: str, size: tuple[int, int]) -> bytes:
    return saved(Image.new("RGB", size, "orange"), kind)


def photograph(size: tuple[int, int]) -> bytes:
    """One by a telephone that was held askew, and knows where it was."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "S"
    exif.get_ifd(0x8825)[2] = (1.0, 17.0, 11.0)
    return saved(Image.new("RGB", size, "orange"), "JPEG", exif=exif, comment=b"from the ambassador's garden")
