"""What went out is reported with its link, what didn't with its reason; and what is no more up is seen to be so."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ..servers.faulty_proxy import drops_after, error, says
from ..support import campaigns
from ..support.offices import DUE, BlueskyOffice, Ran, XOffice, a_picture, with_picture
from ..support.offset_clock import ahead
from ..support.terminal import Terminal

TWO = {"nairobi": "Africa/Nairobi", "lima": "America/Lima"}


def entries(ran: Ran) -> dict[str, dict[str, Any]]:
    return {entry["key"].partition("/")[2]: entry for entry in json.loads(ran.out)["deliveries"]}


def seen(ran: Ran) -> dict[str, str]:
    """How each post that was read back is there."""
    return {key: entry["read_back"]["state"] for key, entry in entries(ran).items() if entry["read_back"]}


def out_on_x(office: XOffice, days: int = 3) -> None:
    """An office of which so many days have gone out."""
    office.open()
    for day in range(1, days + 1):
        assert office.sweep(0, day).status == 0


# What went out, and what didn't


def test_in_the_midst_of_the_campaign_it_says_what_is_out_and_what_is_to_come(x_office: XOffice) -> None:
    out_on_x(x_office, 2)
    ran = x_office("report")
    assert ran.status == 0
    links = [f"https://x.com/{x_office.account.handle}/status/{post.id}" for post in x_office.live()]
    assert len(links) == 2 and all(link in ran.out for link in links)
    assert "so far" in ran.out and "16 posts: 2 published · 14 to come" in ran.out
    assert "orangeday report --read-back" in ran.out
    assert not x_office.x.named("getPostsByIds")


def test_each_post_stands_with_its_hour_on_the_embassys_clock(
    x_office: XOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    out_on_x(x_office, 1)
    (post,) = x_office.live()
    link = f"https://x.com/{x_office.account.handle}/status/{post.id}"
    local_due = DUE + timedelta(hours=3)
    hour = f"{local_due:%a} {local_due.day:2} {local_due:%b} {local_due:%H:%M}"
    monkeypatch.setenv("COLUMNS", "80")
    assert f"\n   1 en  {hour}\n     ✓ X       {link}\n" in x_office("report").out
    monkeypatch.setenv("COLUMNS", "120")
    assert f"\n  ✓  1 {hour} UTC+3    en X       {link}\n" in x_office("report").out


def test_posts_whose_time_had_passed_before_it_began_are_told_apart(x_office: XOffice) -> None:
    x_office.open(before=DUE + timedelta(days=1, hours=12))
    x_office("publish", "--live")
    ran = x_office("report")
    assert "2 not out" in ran.out
    assert "\nOf those not out, 2 had their time before orangeday began to post here.\n" in ran.out
    page = x_office.folder / "report.html"
    assert x_office("report", "--html", str(page)).status == ran.status
    text = page.read_text("utf-8")
    assert '<li class="late"><b>2</b> not out</li>' in text, "nothing went wrong, and nothing is red"
    assert "<p>Of those not out, 2 had their time before orangeday began to post here.</p>" in text


def test_calendar_counts_what_went_out(x_office: XOffice) -> None:
    out_on_x(x_office, 2)
    drawn = x_office("calendar").out
    assert drawn.count("                1 published\n") == 2 and drawn.count("published") == 2


def test_what_did_not_go_out_is_there_with_its_reason(x_office: XOffice) -> None:
    out_on_x(x_office, 1)
    assert x_office("pause", "--reason", "mourning").status == 0
    x_office.at(DUE + timedelta(days=1, hours=7))
    x_office("publish")
    x_office("resume")
    x_office.x.fault("createPosts", says(403, {"title": "Forbidden", "detail": "No.", "type": "about:blank"}))
    assert x_office.sweep(0, 3).status == 1
    x_office.x.fault("createPosts", drops_after)
    assert x_office.sweep(0, 4).status == 1
    ran = x_office("report", "--json")
    assert ran.status == 1
    document = json.loads(ran.out)
    assert document["counts"] == {"published": 1, "missed": 1, "refused": 1, "unsure": 1, "scheduled": 12}
    assert document["totals"]["platform"] == {"x": {"published": 1, "not out": 2, "in doubt": 1, "to come": 12}}
    assert document["totals"]["day"]["4"] == {"in doubt": 1}
    found = entries(ran)
    assert "No." in found["03/nairobi/x/en"]["error"]
    assert found["01/nairobi/x/en"]["due_local"] == "2026-11-25T09:00:00+03:00"
    told = x_office("report")
    assert told.status == 1
    for key in ("02/nairobi/x/en", "03/nairobi/x/en", "04/nairobi/x/en"):
        assert key in told.out.partition("Not out, and why")[2]
    assert "05/nairobi/x/en" not in told.out  # its hour is merely to come
    assert x_office("acknowledge", "02/nairobi/x/en", "03/nairobi/x/en", "--reason", "seen").status == 0
    x_office.sweep(30, 4)
    x_office.sweep(40, 4)
    told = x_office("report")
    assert told.status == 0 and "(acknowledged by " in told.out and ": seen)" in told.out  # as status has it


def test_when_it_is_over_it_is_about_the_campaign_that_was(x_office: XOffice) -> None:
    out_on_x(x_office, 1)
    x_office.at(DUE + timedelta(days=40))
    ran = x_office("report", "--json")
    assert json.loads(ran.out)["campaign"] == "16days-2026"
    assert json.loads(ran.out)["counts"]["published"] == 1
    assert "so far" not in x_office("report").out


def test_an_embassy_that_was_renamed_and_a_post_that_was_taken_down_do_not_vanish(x_office: XOffice) -> None:
    out_on_x(x_office, 2)
    assert x_office("retract", "02/nairobi/x/en", "--yes", "--by", "Ann").status == 0
    config = (x_office.folder / "config.toml").read_text("utf-8")
    x_office.write({"config.toml": config.replace("[embassies.nairobi]", "[embassies.kampala]")})
    ran = x_office("report", "--json")
    found, document = entries(ran), json.loads(ran.out)
    assert (found["01/nairobi/x/en"]["planned"], found["01/nairobi/x/en"]["state"]) == (False, "published")
    assert found["01/nairobi/x/en"]["due_local"].endswith("+00:00")  # nobody knows its clock any more
    (down,) = document["taken_down"]
    assert (down["key"], down["by"]) == ("16days-2026/02/nairobi/x/en", "Ann") and "/status/" in down["url"]
    assert document["totals"]["embassy"]["nairobi"] == {"published": 1, "not out": 1}
    told = x_office("report", "--embassy", "nairobi")
    assert "the plan no longer has it" in told.out and "Taken down" in told.out and "by Ann" in told.out
    assert "kampala" not in told.out
    assert [*entries(x_office("report", "--json", "--embassy", "nairobi"))] == ["01/nairobi/x/en", "02/nairobi/x/en"]


def test_what_went_out_under_another_name_is_told_once(x_office: XOffice) -> None:
    out_on_x(x_office, 1)
    config = (x_office.folder / "config.toml").read_text("utf-8")
    x_office.write({"config.toml": config.replace("[embassies.nairobi]", "[embassies.kampala]")})
    x_office.credentials("kampala", "x", x_office.x.credentials(x_office.account))
    x_office.approve()
    x_office.sweep(1)
    x_office.at(DUE + timedelta(hours=7))
    x_office("publish")
    ran = x_office("report", "--json", "--day", "1", "--read-back", "--yes")
    (entry,) = entries(ran).values()
    assert (entry["state"], entry["error"]) == ("published", "went out as 16days-2026/01/nairobi/x/en")
    assert entry["read_back"] == {"state": "unread", "note": "the config no longer has nairobi/x"}


def test_filters_choose_and_say_what_there_is(x_office: XOffice) -> None:
    x_office.open(campaigns.files(["en", "fr"], TWO), ["nairobi", "lima"])
    assert x_office.sweep(0).status == 0
    chosen = entries(x_office("report", "--json", "--language", "fr", "--embassy", "lima", "--day", "2", "--day", "3"))
    assert [*chosen] == ["02/lima/x/fr", "03/lima/x/fr"]
    assert (
        "Only a part of the campaign: day 2-3; language fr"
        in x_office("report", "--language", "fr", "--day", "2-3").out
    )
    assert not entries(x_office("report", "--json", "--platform", "bluesky"))
    ran = x_office("report", "--day", "17")
    assert (ran.status, ran.out) == (2, "") and "There is no day “17”" in ran.err
    for option, name in ("--embassy", "lma"), ("--language", "de"), ("--platform", "y"):
        ran = x_office("report", option, name)
        assert (ran.status, ran.out) == (2, "") and name in ran.err and "There are: " in ran.err


def test_without_a_config_or_a_ledger(tmp_path: Path, x_office: XOffice) -> None:
    x_office.environment.chdir(tmp_path)
    assert x_office("report").status == 2
    campaigns.write(tmp_path, campaigns.files())
    ran = x_office("report", "--read-back")
    assert ran.status == 0 and "no record of posts yet" in ran.err
    assert not (tmp_path / "orangeday.db").exists()


# What X has


def test_x_is_read_back_in_one_request_after_its_price_was_said(x_office: XOffice) -> None:
    out_on_x(x_office, 4)
    x_office.environment.setattr("sys.stdin", io.StringIO())
    x_office.x.remove(x_office.live()[1].id)
    x_office.x.edit(x_office.live()[1].id, "Something else, by another hand.")
    spent = x_office.x.spent["read"]
    ran = x_office("report", "--read-back", "--yes", "--json", "--by", "Ann")
    assert ran.status == 1
    assert seen(ran) == {
        "01/nairobi/x/en": "up", "02/nairobi/x/en": "gone", "03/nairobi/x/en": "changed", "04/nairobi/x/en": "up",
    }  # fmt: skip
    assert "it was edited: https://x.com/" in entries(ran)["03/nairobi/x/en"]["read_back"]["note"]
    assert "about $0.020 for reading 4 posts back" in ran.err
    assert len(x_office.x.named("getPostsByIds")) == 1
    assert x_office.x.spent["read"] - spent == pytest.approx(0.015)  # what is gone costs nothing
    events = json.loads(x_office("status", "--log", "--json").out)["events"]
    noted = [(event["key"], event["detail"]) for event in events if event["what"] == "read back"]
    assert (None, "2 up, 1 changed, 1 gone") in noted
    assert ("16days-2026/02/nairobi/x/en", "gone") in noted
    assert {event["who"] for event in events if event["what"] == "read back"} == {"Ann"}
    later = x_office("report")
    assert later.status == 0 and "Last read back on 28 Nov" in later.out and "2 up, 1 changed, 1 gone" in later.out


def test_without_a_word_nothing_is_read_that_costs_money(x_office: XOffice) -> None:
    out_on_x(x_office, 1)
    x_office.environment.setattr("sys.stdin", io.StringIO())
    ran = x_office("report", "--read-back", "--json")
    assert ran.status == 1 and seen(ran) == {"01/nairobi/x/en": "unread"}
    assert "$0.005" in ran.err and "say --yes" in ran.err
    assert not x_office.x.named("getPostsByIds")


@pytest.mark.parametrize("answer", ["n", "y"])
def test_a_person_at_a_terminal_decides(x_office: XOffice, tmp_path: Path, answer: str) -> None:
    x_office.open(campaigns.files(config="start = 2026-11-25"))
    assert x_office.sweep(0).status == 0
    later = ahead(DUE + timedelta(minutes=30))
    x_office.x.shift(later)
    ran = Terminal(["report", "--read-back"], tmp_path, tmp_path / "keys", {"AHEAD": str(later)})
    ran.until("X will charge about $0.005 for reading 1 post back")
    ran.until("Read them back?")
    assert not x_office.x.named("getPostsByIds")
    ran.type(answer)
    assert ran.end() == (0 if answer == "y" else 1)
    assert len(x_office.x.named("getPostsByIds")) == (answer == "y")
    assert ("1 up" if answer == "y" else "couldn't be read: nobody agreed") in ran.seen


@pytest.mark.parametrize(
    "fault",
    [
        says(429, {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}),
        says(503, {"title": "Service Unavailable", "type": "about:blank", "status": 503}),
        says(403, {"title": "Forbidden", "detail": "Forbidden", "type": "about:blank", "status": 403}),
        says(404, {"title": "Not Found", "detail": "Not Found", "type": "about:blank", "status": 404}),
        says(200, {"errors": [{"type": "https://api.twitter.com/2/problems/not-authorized-for-resource"}]}),
        says(200, {}),
        says(200, {"data": None, "errors": [{"type": "x/resource-not-found", "value": ["?"]}]}),
        drops_after,
    ],
)
def test_what_x_does_not_tell_is_unread_and_not_gone(x_office: XOffice, fault: Any) -> None:
    out_on_x(x_office, 2)
    x_office.x.fault("getPostsByIds", fault)
    ran = x_office("report", "--read-back", "--yes", "--json")
    assert ran.status == 1
    assert {*seen(ran).values()} == {"unread"}
    assert all(entry["read_back"]["note"] for entry in entries(ran).values() if entry["read_back"])
    x_office.x.fault("getPostsByIds", fault)
    assert "2 unread" in x_office("report", "--read-back", "--yes").out


def test_one_post_that_x_tells_nothing_of_does_not_hide_the_others(x_office: XOffice) -> None:
    out_on_x(x_office, 2)
    first = x_office.live()[0]
    x_office.x.fault("getPostsByIds", says(200, {"data": [{"id": first.id, "text": first.text}]}))
    ran = x_office("report", "--read-back", "--yes", "--json")
    assert seen(ran) == {"01/nairobi/x/en": "up", "02/nairobi/x/en": "unread"}


def test_an_account_that_cannot_be_reached_hides_no_other(x_office: XOffice) -> None:
    x_office.open(campaigns.files(["en"], TWO), ["nairobi", "lima"])
    x_office.sweep(0)
    assert x_office.sweep(8 * 60).status == 0
    x_office.x.suspend(x_office.accounts["lima"])
    ran = x_office("report", "--read-back", "--yes", "--json")
    assert ran.status == 1
    assert seen(ran) == {"01/nairobi/x/en": "up", "01/lima/x/en": "unread"}
    assert "suspended" in entries(ran)["01/lima/x/en"]["read_back"]["note"]
    x_office.environment.delenv("ORANGEDAY_LIMA_X_ACCESS_TOKEN")
    ran = x_office("report", "--read-back", "--yes", "--json")
    assert "has no credentials here" in entries(ran)["01/lima/x/en"]["read_back"]["note"]


def test_texts_are_compared_as_x_gives_them_back(x_office: XOffice) -> None:
    contents = campaigns.files()
    contents["posts/01-day/en.toml"] = 'text = "Read & <see> {city}: www.Example.org/a%20b, café, 🧡 {link}"\n'
    contents["posts/01-day/day.toml"] += 'link = "https://example.org/a?b=1&c=2"\n'
    x_office.open(contents)
    assert x_office.sweep(0).status == 0
    ran = x_office("report", "--read-back", "--yes", "--json")
    assert (ran.status, seen(ran)) == (0, {"01/nairobi/x/en": "up"}), ran.out


def test_what_x_does_not_show_yet_is_not_gone(x_office: XOffice) -> None:
    x_office.x.lag = 60
    out_on_x(x_office, 1)
    ran = x_office("report", "--read-back", "--yes", "--json")
    assert ran.status == 1 and seen(ran) == {"01/nairobi/x/en": "unread"}
    assert "shows a new post late" in entries(ran)["01/nairobi/x/en"]["read_back"]["note"]
    x_office.at(DUE + timedelta(minutes=2))
    assert seen(x_office("report", "--read-back", "--yes", "--json")) == {"01/nairobi/x/en": "up"}
    x_office.x.remove(x_office.live()[0].id)
    x_office.at(DUE + timedelta(minutes=7))
    assert seen(x_office("report", "--read-back", "--yes", "--json")) == {"01/nairobi/x/en": "gone"}


def test_a_picture_changes_nothing_about_a_text_on_x(x_office: XOffice) -> None:
    x_office.open(with_picture(campaigns.files()), pictures=a_picture())
    assert x_office.sweep(0).status == 0 and x_office.live()[0].media
    assert seen(x_office("report", "--read-back", "--yes", "--json")) == {"01/nairobi/x/en": "up"}


def test_what_x_asks_stands_in_the_config(x_office: XOffice) -> None:
    out_on_x(x_office, 3)
    config = (x_office.folder / "config.toml").read_text("utf-8")
    x_office.write({"config.toml": f"{config}\n[x.prices]\nlisted = 2026-10-01\nread = 0.5\n"})
    ran = x_office("report", "--read-back", "--yes", "--embassy", "nairobi", "--day", "1", "--day", "2")
    assert "about $1.000 for reading 2 posts back, at the price listed on 2026-10-01" in ran.err


# What Bluesky has


def test_pictures_and_link_cards_are_compared_with_the_record_that_was_frozen(sky_office: BlueskyOffice) -> None:
    contents = with_picture(campaigns.files())
    contents["posts/02-day/day.toml"] += 'link = "https://example.org/"\n'
    sky_office.open(contents, a_picture())
    assert sky_office.sweep(0).status == 0 == sky_office.sweep(0, 2).status
    ran = sky_office("report", "--read-back", "--json")
    assert (ran.status, [*seen(ran).values()]) == (0, ["up", "up"]), ran.out
    (first,) = [key for key, record in sky_office.pds.records(sky_office.login.did).items() if "1" in record["text"]]
    record = sky_office.pds.records(sky_office.login.did)[first]
    record["embed"]["images"][0]["alt"] = "Another picture, it says"
    place = {"repo": sky_office.login.did, "collection": "app.bsky.feed.post", "rkey": first, "record": record}
    sky_office.pds.call("com.atproto.repo.putRecord", place, sky_office.pds.token(sky_office.login))
    ran = sky_office("report", "--read-back", "--json")
    assert entries(ran)["01/nairobi/bluesky/en"]["read_back"] == {
        "state": "changed", "note": "the same words, but not the same embed",
    }  # fmt: skip


def test_bluesky_is_read_back_record_by_record(sky_office: BlueskyOffice) -> None:
    sky_office.open()
    for day in range(1, 5):
        assert sky_office.sweep(0, day).status == 0
    token = sky_office.pds.token(sky_office.login)
    keys = {record["text"].split()[1]: key for key, record in sky_office.pds.records(sky_office.login.did).items()}
    place = {"repo": sky_office.login.did, "collection": "app.bsky.feed.post"}
    sky_office.pds.call("com.atproto.repo.deleteRecord", place | {"rkey": keys["2"]}, token)
    records = sky_office.pds.records(sky_office.login.did)
    for number, more in ("3", {"text": "Something else."}), ("4", {"langs": ["nl"]}):
        changed = {**records[keys[number]], **more}
        sky_office.pds.call("com.atproto.repo.putRecord", place | {"rkey": keys[number], "record": changed}, token)
    ran = sky_office("report", "--read-back", "--json")
    assert ran.status == 1 and "charge" not in ran.err
    assert seen(ran) == {
        "01/nairobi/bluesky/en": "up", "02/nairobi/bluesky/en": "gone", "03/nairobi/bluesky/en": "changed",
        "04/nairobi/bluesky/en": "changed",
    }  # fmt: skip
    notes = [entry["read_back"]["note"] for entry in entries(ran).values() if entry["read_back"]]
    assert notes == [None, None, "Something else.", "the same words, but not the same langs"]
    told = sky_office("report", "--read-back")
    assert told.status == 1
    assert "changed: Something else." in told.out and "1 up · 2 changed · 1 gone" in told.out


def test_what_bluesky_does_not_tell_is_unread_and_not_gone(sky_office: BlueskyOffice) -> None:
    sky_office.open()
    for day in range(1, 6):
        assert sky_office.sweep(0, day).status == 0
    keys = [f"{day:02}/nairobi/bluesky/en" for day in range(1, 6)]
    sky_office.proxy.fault("getRecord", drops_after)  # once is weather
    assert seen(sky_office("report", "--read-back", "--json")) == dict.fromkeys(keys, "up") | {keys[0]: "unread"}
    sky_office.proxy.fault("getRecord", error(500, "InternalServerError"), skip=1, times=2)
    ran = sky_office("report", "--read-back", "--json")
    assert seen(ran) == dict.fromkeys(keys, "unread") | {keys[0]: "up"} and ran.status == 1
    assert "500" in entries(ran)[keys[4]]["read_back"]["note"]
    asked = sky_office.count("getRecord")
    sky_office.proxy.fault("getRecord", error(429, "RateLimitExceeded"), skip=2)
    ran = sky_office("report", "--read-back", "--json")
    assert [*seen(ran).values()] == ["up", "up", "unread", "unread", "unread"]
    assert "too many requests" in entries(ran)[keys[4]]["read_back"]["note"]
    assert sky_office.count("getRecord") == asked + 3  # who says that it is too much isn't asked again
    sky_office.pds.suspend(sky_office.login)
    assert {*seen(sky_office("report", "--read-back", "--json")).values()} == {"unread"}


def test_a_service_that_is_away_takes_nothing_down(sky_office: BlueskyOffice) -> None:
    sky_office.open()
    assert sky_office.sweep(0).status == 0
    config = (sky_office.folder / "config.toml").read_text("utf-8")
    sky_office.write({"config.toml": config.replace(sky_office.proxy.url, "http://127.0.0.1:9")})
    ran = sky_office("report", "--read-back", "--json")
    assert ran.status == 1 and seen(ran) == {"01/nairobi/bluesky/en": "unread"}
    note = entries(ran)["01/nairobi/bluesky/en"]["read_back"]["note"]
    assert "can't be reached" in note and "Nothing was sent" not in note


# Documents


def test_the_table_is_safe_in_excel_and_gives_everything_back(x_office: XOffice) -> None:
    out_on_x(x_office, 1)
    with closing(sqlite3.connect(x_office.folder / "orangeday.db")) as ledger:
        ledger.execute("UPDATE delivery SET error = ?", ['=HYPERLINK("http://evil.example";"\n\x1b[31m")'])
        ledger.commit()
    for argv in (("report", "--csv"), ("report", "--csv", "--separator", ";")):
        ran = x_office(*argv)
        assert ran.status == 0 and ran.out.startswith("\ufeffkey")
        rows = [*csv.DictReader(io.StringIO(ran.out[1:], newline=""), delimiter=argv[-1] if ";" in argv else ",")]
        assert len(rows) == 16
        assert rows[0]["why"].startswith("'=HYPERLINK") and "\x1b" not in rows[0]["why"]
        assert (rows[0]["due_local"], rows[0]["due_utc"]) == ("2026-11-25T09:00:00+03:00", "2026-11-25T06:00:00+00:00")
        assert rows[0]["link"].startswith("https://x.com/") and rows[0]["published_local"].endswith("+03:00")
        assert (rows[1]["link"], rows[1]["state"], rows[1]["planned"]) == ("", "scheduled", "yes")
    assert x_office("report", "--csv", "--separator", "|").status == 2


def test_documents_are_written_whole_and_over_nothing_else(x_office: XOffice) -> None:
    out_on_x(x_office, 1)
    for kind in (("--csv", "--output"), ("--json", "--output"), ("--html",)):
        name = f"report{kind[0].replace('--', '.')}"
        first = x_office("report", *kind, name)
        assert first.status == 0 and first.out == "" and f"Wrote {name}." in first.err
        assert x_office("report", *kind, name).status == 0  # over its own it may
        content = (x_office.folder / name).read_bytes()
        assert content and (x_office.folder / name).stat().st_mode & 0o777 == 0o644
        (x_office.folder / "mine").write_text("something of the officer's")
        refused = x_office("report", *kind, "mine")
        assert refused.status == 2 and "left as it is" in refused.err
        assert (x_office.folder / "mine").read_text() == "something of the officer's"
        for nowhere in ("no/folder/report", "posts"):
            lost = x_office("report", *kind, nowhere)
            assert lost.status == 2 and "can't be written" in lost.err
    assert x_office("report", "--csv", "--output", "/dev/null").status == 0
    assert not [file for file in x_office.folder.iterdir() if file.name.startswith(".r")]
    for wrong in (("--csv", "--json"), ("--html", "a", "--csv"), ("--output", "a")):
        assert x_office("report", *wrong).status == 2


class Page(HTMLParser):
    """What a page has, tag by tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if "style" not in self.open else ""


EVIL = "<script>alert(1)</script>\"' onload=x \u202eright\x1b[2J"


def test_the_page_shows_all_of_it_and_obeys_nobody(x_office: XOffice) -> None:
    out_on_x(x_office, 3)
    with closing(sqlite3.connect(x_office.folder / "orangeday.db")) as ledger:
        ledger.execute("UPDATE delivery SET error = ? WHERE day = 1", [EVIL])
        ledger.execute("UPDATE delivery SET receipt_url = 'javascript:alert(1)' WHERE day = 2")
        ledger.commit()
    x_office.write({"posts/campaign.toml": f"id = '16days'\ntitle = '''{EVIL.replace(chr(27), '')}'''\n"})
    x_office.x.edit(x_office.live()[2].id, "Else")
    ran = x_office("report", "--read-back", "--yes", "--html", "report.html", "--by", "Ann <b>")
    assert ran.status == 1
    html = (x_office.folder / "report.html").read_text("utf-8")
    page = Page(html)
    assert page.open == [] and not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "form", "b>"}
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert len(links) == 2 and all(str(link).startswith("https://x.com/") for link in links)
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.tags for name in attributes)
    policies = [a["content"] for tag, a in page.tags if tag == "meta" and "http-equiv" in a]
    assert policies and str(policies[0]).startswith("default-src 'none'; style-src 'sha256-")
    assert "\u202e" not in html and "\x1b" not in html
    assert "<script>alert(1)</script>" in page.text and "javascript:alert(1)" in page.text
    for words in ("made by Ann <b>", "2 still up, 1 changed", "27 November 2026", "Wed 25 Nov 09:00 UTC+3"):
        assert words in re.sub(r"\s+", " ", page.text), words


@pytest.mark.parametrize("number", [10, 100])
def test_a_terminal_of_eighty_columns_has_room_for_it(x_office: XOffice, number: int) -> None:
    embassies = {f"embassy-{n:03}": "Africa/Nairobi" for n in range(number)}
    contents = campaigns.files(["en"], embassies)
    x_office.open(contents, [*embassies])
    x_office.environment.setenv("COLUMNS", "80")
    ran = x_office("report")
    assert ran.status == 0
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert all(name in ran.out for name in embassies)


def test_what_was_seen_is_shown_even_where_it_cannot_be_kept(x_office: XOffice) -> None:
    x_office.open(campaigns.files(config='[ledger]\nurl = "sqlite:///orangeday.db?timeout=0.2"'))
    assert x_office.sweep(0).status == 0
    x_office.x.remove(x_office.live()[0].id)
    x_office.at(DUE + timedelta(minutes=10))
    with closing(sqlite3.connect(x_office.folder / "orangeday.db", isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        ran = x_office("report", "--read-back", "--yes", "--json")
    assert ran.status == 1 and seen(ran) == {"01/nairobi/x/en": "gone"}
    assert "isn't in the log" in ran.err and "locked" in ran.err


def test_without_any_credentials_nobody_is_asked_about_money(x_office: XOffice) -> None:
    out_on_x(x_office, 1)
    x_office.environment.delenv("ORANGEDAY_NAIROBI_X_ACCESS_TOKEN")
    ran = x_office("report", "--read-back", "--yes")
    assert (ran.status, ran.out) == (2, "") and "charge" not in ran.err and "ACCESS_TOKEN" in ran.err
    assert x_office("report").status == 0
