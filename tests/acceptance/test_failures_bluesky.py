"""Failures 28 to 40 of docs/failures.md: what goes wrong on Bluesky, on the real server."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from orangeday.cli import main

from ..servers.faulty_proxy import Exchange, error, says
from ..support import campaigns
from ..support.offices import BLUESKY, DUE, BlueskyOffice, a_picture, forked, with_picture

TEXT = "posts/01-day/en.toml"


def worded(text: str, **more: str) -> dict[str, str]:
    return campaigns.files() | {TEXT: f"text = '''{text}'''\n", **more}


def test_failure_28_a_run_does_not_log_in_and_a_limit_is_waited_for(sky_office: BlueskyOffice) -> None:
    sky_office.proxy.fault("createSession", limited, times=None)
    sky_office.open(before=DUE - timedelta(hours=30))
    for hours in (-29, -27, -26):  # two hours are left of the limit, and it is asked for once
        sky_office.at(DUE + timedelta(hours=hours))
        sky_office("doctor")
    assert sky_office.count("createSession") == 2, "once, and once more when the limit had ended"
    sky_office.proxy.heal()
    sky_office.at(DUE - timedelta(hours=20))
    sky_office("doctor")
    before = sky_office.count("createSession")
    for day in range(1, 4):
        for minutes in (0, 5, 180):
            sky_office.sweep(minutes, day)
    assert sky_office.count("createSession") == before, "for days on end one session is renewed"
    assert len(sky_office.records()) == 3


def limited(exchange: Exchange) -> None:
    """429, for two hours and a half by the clock that the test has set."""
    ends = str(int(time.time() + 2.5 * 3600))
    error(429, "RateLimitExceeded", {"ratelimit-limit": "30", "ratelimit-remaining": "0", "ratelimit-reset": ends})(
        exchange
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_failure_29_two_programs_that_renew_one_session_at_once_do_not_revoke_it(sky_office: BlueskyOffice) -> None:
    sky_office.open()
    sky_office("doctor")  # logs in

    def program(mine: Path, other: Path) -> Callable[[], object]:
        def run() -> None:
            mine.touch()
            while not other.exists():
                time.sleep(0.001)
            main(["publish"])

        return run

    for day in (1, 2, 3):  # on the first the key is new, and on the others it has run out
        sky_office.at(DUE + timedelta(days=day - 1))
        here = [sky_office.folder / f"{day}-{number}" for number in (1, 2)]
        assert forked([program(*here), program(*reversed(here))]) == [0, 0]
        assert len(sky_office.records()) == day
    assert (sky_office.count("createSession"), sky_office.count("refreshSession")) == (1, 2)


def test_failure_30_a_502_at_the_log_in_is_weather_and_no_wrong_password(sky_office: BlueskyOffice) -> None:
    sky_office.proxy.fault("createSession", says(502, b"<html>Bad gateway</html>"), times=2)
    sky_office.open(campaigns.files(["en", "fr"]))
    ran = sky_office.sweep(0)
    assert (ran.status, ran.states[BLUESKY]) == (0, "deferred"), "nobody is asked to do anything"
    for day, minutes in ((1, 6), (1, 12), (1, 26), (2, 0), (2, 20)):
        ran = sky_office.sweep(minutes, day)
        # What is late and was never begun is somebody's to know, whatever keeps it.
        assert ran.status == (1 if (day, minutes) in ((1, 6), (1, 12)) else 0)
    assert len(sky_office.records()) == 4


def test_failure_31_a_picture_that_is_too_large_is_made_smaller_before_it_is_sent(sky_office: BlueskyOffice) -> None:
    noise = a_picture(Image.effect_noise((1500, 1000), 80).convert("RGB"), compress_level=1)
    assert len(next(iter(noise.values()))) > 2_000_000
    sky_office.open(with_picture(campaigns.files()), noise)
    assert sky_office.sweep(0).states[BLUESKY] == "published"
    ((image,),) = [record["embed"]["images"] for record in sky_office.records()]
    assert len(sky_office.blob(image["image"])) <= 2_000_000
    assert (sky_office.count("uploadBlob"), sky_office.count("putRecord")) == (1, 1)


def test_failure_32_a_picture_that_arrived_damaged_is_sent_again_and_not_posted(sky_office: BlueskyOffice) -> None:
    pictures = a_picture()
    sky_office.open(with_picture(campaigns.files()), pictures)

    def damaged(exchange: Exchange) -> None:
        exchange.seen = replace(exchange.seen, body=exchange.seen.body[:-9] + b"\0" * 9)
        exchange.answer(exchange.forward())

    sky_office.proxy.fault("uploadBlob", damaged)
    assert sky_office.sweep(0).states[BLUESKY] == "deferred"
    assert sky_office.records() == []
    sky_office.sweep(2)
    ((image,),) = [record["embed"]["images"] for record in sky_office.records()]
    with Image.open(io.BytesIO(sky_office.blob(image["image"]))) as shown:
        shown.load()
        assert shown.size == (60, 40)


def test_failure_33_a_photograph_is_shown_whole_and_upright_and_does_not_say_where_it_was_taken(
    sky_office: BlueskyOffice,
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the telephone was held askew
    exif.get_ifd(0x8825)[1] = "S"
    exif.get_ifd(0x8825)[2] = (1.0, 17.0, 11.0)
    photograph = Image.new("RGB", (60, 40), "orange")
    photograph.paste("blue", (0, 0, 10, 40))  # seen upright, blue is at the top
    sky_office.open(with_picture(campaigns.files()), a_picture(photograph, "JPEG", exif=exif, quality=95))
    sky_office.sweep(0)
    ((image,),) = [record["embed"]["images"] for record in sky_office.records()]
    assert image["aspectRatio"] == {"width": 40, "height": 60}
    with Image.open(io.BytesIO(sky_office.blob(image["image"]))) as shown:
        assert shown.size == (40, 60)
        assert not shown.getexif()
        red, _, blue = shown.convert("RGB").getpixel((20, 3))  # type: ignore[misc]
        assert blue > red


def test_failure_34_links_and_tags_lie_on_their_words_in_bytes_of_the_final_text(sky_office: BlueskyOffice) -> None:
    contents = worded("  £5 für {city} 🧡👩🏽‍🚒 {hashtags} é https://example.org/ü?é=1 fin  ")
    contents["posts/campaign.toml"] += '[hashtags]\nen = ["#OrangeTheWorld", "#Égalité"]\n'
    contents["config.toml"] = contents["config.toml"].replace('en = "Nairobi"', 'en = "Genève–Zürich"')
    sky_office.open(contents)
    sky_office.sweep(0)
    (record,) = sky_office.records()
    text = record["text"].encode()
    assert text.decode().startswith("£5 für Genève–Zürich 🧡")
    words = [
        text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        for facet in sorted(record["facets"], key=lambda facet: facet["index"]["byteStart"])
    ]
    assert words == ["#OrangeTheWorld", "#Égalité", "https://example.org/ü?é=1"]


def test_failure_35_a_mention_of_nobody_costs_the_mention_and_not_the_post(sky_office: BlueskyOffice) -> None:
    friend = sky_office.pds.account()
    sky_office.open(worded(f"With @nobody-at-all.test and @{friend.handle}, from {{city}}."))
    assert sky_office.sweep(0).states[BLUESKY] == "published"
    (record,) = sky_office.records()
    assert record["text"] == f"With @nobody-at-all.test and @{friend.handle}, from Nairobi."
    (mention,) = [feature for facet in record["facets"] for feature in facet["features"]]
    assert mention == {"$type": "app.bsky.richtext.facet#mention", "did": friend.did}


TAGS = '[hashtags]\nen = ["#OrangeTheWorld"]\n'
LINK = "https://example.org/" + "a" * 260


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("👩‍👩‍👧‍👦" * 120, True),  # 120 graphemes, 3,000 bytes
        ("👩‍👩‍👧‍👦" * 121, False),  # 3,025 bytes
        ("e\u0301" * 284 + " {hashtags}", True),  # 300 graphemes with the hashtags
        ("e\u0301" * 285 + " {hashtags}", False),  # one more, and nothing is cut off to make it fit
        (f"{'a' * 19} {LINK}", True),
        (f"{'a' * 20} {LINK}", False),  # an address counts in full
    ],
    ids=["3000 bytes", "3025 bytes", "300 graphemes", "301 graphemes", "a link of 280", "a link and one more"],
)
def test_failure_36_a_post_fits_as_the_server_counts_or_is_held_before_it_is_sent(
    sky_office: BlueskyOffice, text: str, fits: bool
) -> None:
    contents = worded(text)
    contents["posts/campaign.toml"] += TAGS
    sky_office.open(contents, sound=fits)
    ran = sky_office.sweep(0)
    assert ran.states[BLUESKY] == ("published" if fits else "held"), ran
    if fits:
        (record,) = sky_office.records()
        assert record["text"] == text.replace("{hashtags}", "#OrangeTheWorld")
    else:
        assert ran.status == 1
        assert "longer" in ran.out or "300" in ran.out or "3,000" in ran.out
        assert sky_office.count("putRecord") == 0


def test_failure_37_each_post_is_in_its_own_language(sky_office: BlueskyOffice) -> None:
    sky_office.open(campaigns.files(["fr", "nl", "pt-BR"]))
    for minutes in (0, 20, 40):
        sky_office.sweep(minutes)
    assert {record["text"]: record["langs"] for record in sky_office.records()} == {
        f"Day 1 in {language}, from Nairobi.": [language] for language in ("fr", "nl", "pt-BR")
    }


def test_failure_38_after_a_500_it_looks_what_is_there_before_it_does_anything(sky_office: BlueskyOffice) -> None:
    sky_office.open()
    sky_office.proxy.fault("putRecord", error(500, "InternalServerError", after=True))
    assert sky_office.sweep(0).states[BLUESKY] == "unsure"
    before = len(sky_office.proxy.seen)
    assert sky_office.sweep(1).states[BLUESKY] == "published"
    assert [seen.name for seen in sky_office.proxy.seen[before:]] == ["getRecord"]
    assert len(sky_office.records()) == 1


def test_failure_40_a_link_has_a_card_with_a_picture_that_is_ours(sky_office: BlueskyOffice) -> None:
    contents = campaigns.files()
    contents["posts/01-day/day.toml"] += 'link = "https://example.org/no/picture/there"\n'
    contents[TEXT] = 'text = "From {city}: {link}"\n'
    sky_office.open(contents)
    assert sky_office.sweep(0).states[BLUESKY] == "published"
    (record,) = sky_office.records()
    card = record["embed"]["external"]
    assert (card["uri"], card["title"]) == ("https://example.org/no/picture/there", "Day 1")
    assert card["thumb"]["$type"] == "blob" and card["thumb"]["size"] <= 1_000_000
    with Image.open(io.BytesIO(sky_office.blob(card["thumb"]))) as thumb:
        assert thumb.width > thumb.height
    assert all(seen.headers["Host"] in sky_office.proxy.url for seen in sky_office.proxy.seen)
    assert json.loads(sky_office.proxy.named("putRecord")[0].body)["record"]["embed"] == record["embed"]
