"""Failures 41 to 50 of docs/failures.md: what goes wrong on X, and with words on either platform."""

from __future__ import annotations

import time
import unicodedata
from datetime import datetime, timedelta

import pytest

from orangeday.adapters import http as network
from orangeday.adapters.base import Payload
from orangeday.adapters.x import adapter
from orangeday.clock import system_clock
from orangeday.content.config import Account
from orangeday.text import bluesky
from orangeday.text import x as texts

from ..servers.faulty_proxy import Fault, drops_after, hangs_before, says
from ..support import campaigns
from ..support.common import plan_of
from ..support.offices import DUE, X, XOffice, a_picture, with_picture

TEXT = "posts/01-day/en.toml"
DUPLICATE = {
    "detail": "You are not allowed to create a Tweet with duplicate content.",
    "title": "Forbidden",
    "status": 403,
    "type": "about:blank",
}
FORBIDDEN = DUPLICATE | {"detail": "You are not permitted to perform this action."}


def by_hand(office: XOffice, text: str, at: datetime) -> None:
    """Somebody posts it with the account's own app."""
    office.at(at)
    plan = plan_of(office.folder / "config.toml", at)
    account: Account = next(plan.accounts)
    platform = adapter.connect(account, office.x.credentials(office.account), system_clock)
    platform.publish(Payload(text, {"text": text}), at)


@pytest.mark.parametrize("where", ["getUsersMe", "mediaUpload", "createPosts", "createMediaMetadata"])
def test_failure_41_nothing_is_waited_for_without_end(
    x_office: XOffice, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert network.CONNECT_TIMEOUT <= network.READ_TIMEOUT <= 30, "seconds, for whoever runs it"
    monkeypatch.setattr(network, "READ_TIMEOUT", 0.3)
    x_office.open(with_picture(campaigns.files()), pictures=a_picture())
    x_office.x.fault(where, hangs_before)
    began = time.monotonic()
    state = x_office.sweep(0).states[X]
    assert time.monotonic() - began < 8
    assert len(x_office.x.named(where)) == 1, "and nobody asks twice"
    assert state == ("unsure" if where == "createPosts" else "deferred")
    for minutes in (6.5, 9, 12):
        x_office.sweep(minutes)
    assert len(x_office.live()) == 1


def test_failure_42_pictures_and_alt_texts_go_by_the_interface_of_today(x_office: XOffice) -> None:
    x_office.open(with_picture(campaigns.files()), pictures=a_picture())
    assert x_office.sweep(0).states[X] == "published"
    ((content, alt),) = x_office.live()[0].media
    assert (content[:4], alt) == (b"\x89PNG", "An orange square")
    called = [(seen.method, seen.path) for seen in x_office.x.seen if "media" in seen.path]
    assert called == [("POST", "/2/media/upload"), ("POST", "/2/media/metadata")]
    assert x_office.x.calls[""] == 0, "and nothing that X doesn't know"


def test_failure_43_a_duplicate_is_looked_for_and_becomes_the_post(x_office: XOffice) -> None:
    x_office.open()
    by_hand(x_office, "Day 1 in en, from Nairobi.", DUE - timedelta(hours=2))
    (mine,) = x_office.live()
    ran = x_office.sweep(0)
    assert ran.states[X] == "unsure"
    ran = x_office.sweep(1)
    assert ran.deliveries[X]["receipt"]["id"] == mine.id
    assert (len(x_office.live()), x_office.row(X)["attempts"]) == (1, 1)


def test_failure_43_a_duplicate_that_is_nowhere_is_for_a_person_and_not_tried_for_ever(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.fault("createPosts", says(403, DUPLICATE), times=None)
    for minutes in (0, 1, 8, 11, 20, 60, 120):
        ran = x_office.sweep(minutes)
        assert ran.status in (0, 1)
    assert x_office.row(X)["state"] == "refused"
    assert "duplicate" in x_office.row(X)["error"]
    assert x_office.sends() == 1


@pytest.mark.parametrize("posted", [True, False])
def test_failure_44_503_with_a_picture_ends_as_one_post_with_its_picture(x_office: XOffice, posted: bool) -> None:
    x_office.open(with_picture(campaigns.files()), pictures=a_picture())
    x_office.x.sees_duplicates = False
    x_office.x.fault("createPosts", says(503, {"title": "Service Unavailable"}, after=posted))
    assert x_office.sweep(0).states[X] == "unsure"
    for minutes in (1, 8, 11):
        x_office.sweep(minutes)
    (post,) = x_office.live()
    assert len(post.media) == 1
    assert x_office.row(X)["state"] == "published"


def test_failure_45_403_for_a_duplicate_may_be_our_own_post(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.fault("createPosts", says(403, DUPLICATE, after=True))
    assert x_office.sweep(0).states[X] == "unsure"
    x_office.sweep(1)
    assert x_office.row(X)["receipt_id"] == x_office.live()[0].id
    assert x_office.sends() == 1


@pytest.mark.parametrize("minutes", [1, 5])
def test_failure_45_after_any_403_the_account_is_looked_at_before_a_person_sends_it_again(
    x_office: XOffice, minutes: float
) -> None:
    x_office.open()
    x_office.x.sees_duplicates = False
    x_office.x.fault("createPosts", says(403, FORBIDDEN, after=True))
    assert x_office.sweep(0).states[X] == "refused"
    x_office.at(DUE + timedelta(minutes=minutes))
    assert x_office("retry", "01/nairobi/x/en", "--by", "Ann").status == 0
    for later in (0.1, 3, 9, 12):
        x_office.sweep(minutes + later)
    assert len(x_office.live()) == 1


def test_failure_46_a_quota_that_all_share_is_waited_for_and_nothing_is_replayed(x_office: XOffice) -> None:
    names = ["nairobi", "kigali", "kampala", "dodoma", "lusaka"]
    embassies = dict.fromkeys(names, "Africa/Nairobi")
    x_office.open(campaigns.files(embassies=embassies), names)
    x_office.x.limits.app_day = 3
    began = time.monotonic()
    for minutes in (0, 1, 2, 30, 60):
        x_office.sweep(minutes)
    assert time.monotonic() - began < 20, "it waits by its plan, and not in its place"
    assert len(x_office.live()) == 3
    assert x_office.sends() <= 5, "and asks for no more than one each"
    states = x_office("status", "--json").states
    assert [states[f"16days-2026/01/{name}/x/en"] for name in names].count("deferred") == 2


def test_failure_46_without_credit_a_person_is_asked_and_then_it_goes_on(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.credit = 0.011  # enough to say who it is
    ran = x_office.sweep(0)
    assert (ran.status, ran.states[X]) == (1, "deferred")
    assert "no credit" in ran.deliveries[X]["error"]
    for minutes in (1, 2, 3):
        x_office.sweep(minutes)
    assert x_office.sends() == 1
    x_office.x.credit = 5
    assert x_office.sweep(15).states[X] == "published"


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("橙" * 140, True),
        ("橙" * 140 + "a", False),
        ("🧡" * 140, True),
        ("👩🏽‍🚒" * 140, True),
        ("👩🏽‍🚒" * 141, False),
        ("e\u0301" * 280, True),
        ("e\u0301" * 281, False),
        (f"{'a' * 256} https://example.org/{'b' * 200}", True),
        (f"{'a' * 257} https://example.org/{'b' * 200}", False),
    ],
    ids=["cjk", "cjk+1", "emoji", "joined", "joined+1", "nfd", "nfd+1", "link", "link+1"],
)
def test_failure_47_what_x_takes_goes_out_and_what_it_does_not_take_is_held(
    x_office: XOffice, text: str, fits: bool
) -> None:
    x_office.open(campaigns.files() | {TEXT: f'text = "{text}"\n'}, sound=fits)
    assert x_office.sweep(0).states[X] == ("published" if fits else "held")
    assert x_office.sends() == fits


def test_failure_47_a_composed_accent_is_found_again_however_x_writes_it(x_office: XOffice) -> None:
    x_office.open(campaigns.files() | {TEXT: 'text = "E\u0301galite\u0301 & 橙 <3 from {city}"\n'})
    x_office.x.sees_duplicates = False
    x_office.x.fault("createPosts", drops_after)
    x_office.sweep(0)
    assert x_office.sweep(1).states[X] == "published"
    (post,) = x_office.live()
    assert unicodedata.normalize("NFC", post.text) == "Égalité & 橙 <3 from Nairobi"
    assert x_office.sends() == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (says(403, FORBIDDEN), "You are not permitted to perform this action."),
        (says(400, {"errors": [{"code": 186, "message": "Tweet needs to be a bit shorter."}]}), "a bit shorter"),
        (says(401, {"title": "Unauthorized", "detail": "Unauthorized", "status": 401}), "X rejected the access token"),
        (says(402, {"title": "CreditsDepleted", "detail": "no credits", "status": 402}), "developer console"),
        (says(429, {"title": "Too Many Requests", "status": 429}), "too many requests"),
        (says(500, b"<html>Oops"), "answers 500"),
    ],
    ids=["403", "400", "401", "402", "429", "500"],
)
def test_failure_48_an_error_is_said_in_the_platforms_own_words_and_with_its_post(
    x_office: XOffice, fault: Fault, words: str
) -> None:
    x_office.open()
    x_office.x.fault("createPosts", fault)
    x_office.at(DUE)
    said = " ".join(x_office("publish").out.split())
    assert "01/nairobi/x/en" in said
    assert words in said
    assert words in x_office("status", "--json").deliveries[X]["error"], "and it is remembered"


def test_failure_48_a_picture_without_an_alt_text_is_said_before_it_is_posted(x_office: XOffice) -> None:
    contents = with_picture(campaigns.files())
    contents[TEXT] = contents[TEXT].partition("[alt]")[0]
    x_office.open(contents, pictures=a_picture(), sound=False)
    ran = x_office("check")
    assert ran.status == 1
    assert "alt" in ran.out and "media/01.png" in ran.out
    x_office.sweep(0)
    assert x_office.sends() == 0


def test_failure_49_a_handle_of_one_platform_is_never_written_on_the_other(x_office: XOffice) -> None:
    contents = campaigns.files() | {TEXT: 'text = "With {@un} and {@sky}, from {city}"\n'}
    contents["posts/campaign.toml"] += (
        '[handles.un]\nname = "UN Women"\nx = "UN_Women"\n[handles.sky]\nname = "Dom"\nbluesky = "dom-ain.com"\n'
    )
    config = campaigns.write(x_office.folder / "both", contents)
    words = {d.platform: d.rendered_text.text for d in plan_of(config) if d.number == 1 and d.rendered_text}
    assert words == {
        "x": "With @UN_Women and Dom, from Nairobi",
        "bluesky": "With UN Women and @dom-ain.com, from Nairobi",
    }
    x_office.open(contents)
    x_office.sweep(0)
    assert x_office.said() == ["With @UN_Women and Dom, from Nairobi"]
    x_office.write({TEXT: 'text = "With @dom-ain.com, from {city}"\n'})
    ran = x_office("check", "--json")
    assert "@dom" in ran.out and "unrecognised" in ran.out, "who writes it out is told of the stranger"


@pytest.mark.parametrize("tag", ["البرتقال#", "כתום#"])
def test_failure_50_a_sign_behind_a_word_from_right_to_left_is_said_to_make_no_tag(x_office: XOffice, tag: str) -> None:
    sound = f"#{tag[:-1]}"
    for facets in (texts.x_facets, bluesky.bluesky_facets):
        assert [kind for *_, kind, _ in facets(f"{sound} {{city}}")] == ["tag"]
        assert facets(f"{tag} {{city}}") == []
    x_office.open(campaigns.files() | {TEXT: f'text = "{sound} {{city}}"\n'})
    assert "unrecognised" not in x_office("check", "--json").out
    x_office.write({TEXT: f'text = "{tag} {{city}}"\n'})
    ran = x_office("check", "--json")
    assert "unrecognised" in ran.out and tag in ran.out
