"""What befell a running `schedule` whose files were edited: each story again, on real servers, by real programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from orangeday.system import credentials

from ..servers.faulty_proxy import Exchange, drops_after, passes, proxy_before
from ..servers.x_server import x_server
from ..support.coloured_pictures import colour, pixel
from ..support.running_schedule import Desk, at, posts, until

PAST = 0.5
"""Seconds after which no look at the files, or at a password, counts any more: see QUICK in running_schedule.py."""


def day_1(desk: Desk) -> None:
    """Day 1 goes out as it is."""
    desk.look(at(1))
    until(lambda: all(desk.is_out(1, name) for name in desk.blocks), lambda: f"{desk.rows()} {desk.running.said}")


def comes_out(desk: Desk, day: int, *embassies: str) -> None:
    until(
        lambda: all(desk.is_out(day, name) for name in embassies or desk.blocks),
        lambda: f"{desk.states(desk.now)} {desk.running.said}",
    )


# An account that is corrected


@pytest.mark.invariant(12)
def test_what_is_corrected_posts_to_the_right_account_and_what_went_to_the_wrong_one_is_taken_down(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open("nairobi", on="bluesky")
    desk.begin({}, posts())
    wrong = desk.sky_accounts["nairobi"]
    with desk.schedule() as desk.running:
        day_1(desk)
        right = desk.sky_accounts["nairobi"] = desk.pds.account()
        desk.change("nairobi", "bluesky", f'{{ handle = "{right.handle}" }}')
        desk.log_in("nairobi", "bluesky", {"APP_PASSWORD": right.app_password})
        desk.approve("--embassy", "nairobi")
        desk.look(at(2))
        comes_out(desk, 2)
        assert desk.sky_texts("nairobi") == ["Day 2: en"]
        assert desk.rows()["02/nairobi/bluesky/en"]["identity"] == right.did
        assert [record["text"] for record in desk.pds.records(wrong.did).values()] == ["Day 1: en"]

        # With the right account's password nothing is deleted, and it is said why; with the wrong one's it is.
        ran = desk("retract", "01/nairobi/bluesky/en", "--yes", "--by", "Ann")
        assert ran.status == 1 and "could not be taken down" in ran.err
        assert len(desk.pds.records(wrong.did)) == len(desk.records("nairobi")) == 1
        variable = credentials.variables("nairobi", "bluesky")["APP_PASSWORD"]
        monkeypatch.setenv(variable, wrong.app_password)
        ran = desk("retract", "01/nairobi/bluesky/en", "--yes", "--by", "Ann")
        assert ran.status == 0, ran.err
        assert not desk.pds.records(wrong.did)
        assert desk.sky_texts("nairobi") == ["Day 2: en"]
        monkeypatch.delenv(variable)
        desk.look(at(3))
        comes_out(desk, 3)


@pytest.mark.invariant(12)
def test_a_service_that_is_corrected_gets_the_password_and_the_posts_and_the_other_nothing_more(desk: Desk) -> None:
    desk.open("nairobi", on="bluesky")
    with proxy_before(desk.pds.url) as wrong, proxy_before(desk.pds.url) as right:
        handle = desk.sky_accounts["nairobi"].handle
        desk.blocks["nairobi"]["bluesky"] = f'{{ handle = "{handle}", service = "{wrong.url}" }}'
        desk.begin({}, posts())
        with desk.schedule() as desk.running:
            day_1(desk)
            asked = len(wrong.seen)
            desk.change("nairobi", "bluesky", f'{{ handle = "{handle}", service = "{right.url}" }}')
            desk.approve("--embassy", "nairobi")
            desk.look(at(2))
            comes_out(desk, 2)
        assert len(right.named("putRecord")) == 1
        assert len(wrong.seen) == asked


@pytest.mark.invariant(12)
@pytest.mark.parametrize("platform", ["bluesky", "x"])
def test_a_password_or_token_that_is_renewed_is_taken_up(desk: Desk, platform: str) -> None:
    desk.open("nairobi", on=platform)
    desk.begin({}, posts())
    with desk.schedule() as desk.running:
        day_1(desk)
        if platform == "bluesky":
            account = desk.sky_accounts["nairobi"]
            desk.pds.revoke(account)
            token = desk.pds.token(account)
            made = desk.pds.call("com.atproto.server.createAppPassword", {"name": "again"}, token=token)["password"]
            desk.log_in("nairobi", "bluesky", {"APP_PASSWORD": made})
        else:
            desk.x.revoke(desk.x_accounts["nairobi"])
            renewed = desk.x.account(desk.x_accounts["nairobi"].handle)
            desk.log_in("nairobi", "x", desk.x.credentials(renewed))
        time.sleep(PAST)
        desk.look(at(2))
        comes_out(desk, 2)
        assert desk.rows()[f"02/nairobi/{platform}/en"]["attempts"] == 1


@pytest.mark.invariant(12)
def test_what_the_environment_has_stays_as_it_was_and_it_is_said_what_to_do(desk: Desk) -> None:
    """No program can take over what was changed in the file that its environment came from."""
    desk.open("nairobi", on="bluesky")
    desk.begin({}, posts())
    account = desk.sky_accounts["nairobi"]
    variable = credentials.variables("nairobi", "bluesky")["APP_PASSWORD"]
    with desk.schedule(environment={variable: account.app_password}) as desk.running:
        day_1(desk)
        desk.pds.revoke(account)
        desk.look(at(2))
        desk.running.says(f"{variable} is set in the environment of this program: start it again once it is renewed")
        assert desk.running.runs
    token = desk.pds.token(account)
    made = desk.pds.call("com.atproto.server.createAppPassword", {"name": "again"}, token=token)["password"]
    with desk.schedule(environment={variable: made}) as desk.running:
        desk.look(at(2, minutes=20))
        comes_out(desk, 2)


# What stops a run


@pytest.mark.invariant(12)
@pytest.mark.parametrize("option", [(), ("--live",)])
def test_dry_run_written_into_the_config_stops_a_live_run(desk: Desk, option: tuple[str, ...]) -> None:
    desk.open("nairobi")
    desk.begin({}, posts())
    with desk.schedule(*option) as desk.running:
        day_1(desk)
        desk.edit("config.toml", 'mode = "live"', 'mode = "dry-run"')
        desk.put(at(2))
        desk.running.says('mode = "dry-run" now, so nothing is sent. Write mode = "live" to go on.')
        desk.come_to(at(2, minutes=5))
        assert desk.texts("nairobi") == ["Day 1: en"]
        desk.edit("config.toml", 'mode = "dry-run"', 'mode = "live"')
        desk.look(at(2, minutes=10))
        comes_out(desk, 2)
        assert desk.running.stop() == 0


@pytest.mark.invariant(12)
def test_another_ledger_stops_a_run_and_pause_says_which_one_it_is_in(desk: Desk) -> None:
    desk.open("nairobi")
    desk.begin({"ledger": 'url = "sqlite:///orangeday.db"'}, posts())
    with desk.schedule() as desk.running:
        day_1(desk)
        desk.edit("config.toml", "orangeday.db", "campaign.db")
        desk.put(at(2))
        desk.running.says("names another record of posts than this program began with ([ledger] url)")
        paused = desk("pause", "--reason", "mourning", "--by", "Ann")
        assert paused.status == 0
        assert f"This is written in {desk.folder / 'campaign.db'}. No live run has ever looked there." in " ".join(
            paused.err.split()
        )
        desk.come_to(at(2, minutes=5))
        assert desk.texts("nairobi") == ["Day 1: en"]
        assert desk.running.runs

        desk.edit("config.toml", "campaign.db", "orangeday.db")
        desk.look(at(2, minutes=10))
        comes_out(desk, 2)
        paused = desk("pause", "--reason", "mourning", "--by", "Ann")
        said = " ".join(paused.err.split())
        assert f"This is written in {desk.folder / 'orangeday.db'}. A live run last looked there at" in said
        desk.look(at(3))
        desk.look(at(3, minutes=2))
        assert len(desk.texts("nairobi")) == 2


def test_a_ledger_edited_before_day_1_and_a_second_schedule_send_each_post_once_on_x(desk: Desk) -> None:
    """The second one's ledger is new before the campaign, so not paused: the first stops, as its own is not named."""
    desk.open("nairobi")
    desk.open("kigali")
    desk.begin({"ledger": 'url = "sqlite:///orangeday.db"'}, posts())
    with desk.schedule() as first:
        desk.edit("config.toml", "orangeday.db", "campaign.db")
        with desk.schedule(ledger="campaign.db") as second:
            for day in (1, 2):
                desk.put(at(day))
                for name in ("nairobi", "kigali"):
                    until(lambda: len(desk.texts(name)) == day, lambda: f"{first.said} {second.said}")  # noqa: B023
            first.says("names another record of posts")
            desk.come_to(at(2, minutes=3), first, second)
            assert first.runs and second.runs
        # The second is gone; the first still sends nothing.
        desk.come_to(at(3), first)
        desk.come_to(at(3, minutes=2), first)
    assert desk.texts("nairobi") == desk.texts("kigali") == ["Day 1: en", "Day 2: en"]
    assert Counter(seen.name for seen in desk.x.seen)["createPosts"] == 4


# What is taken out of the files while an account is being served


LANGUAGES = ("en", "fr", "nl", "de")


def without_texts(desk: Desk, day: str) -> None:
    for language in LANGUAGES:
        (desk.folder / f"posts/{day}/{language}.toml").unlink()


def without_the_day(desk: Desk, day: str) -> None:
    shutil.rmtree(desk.folder / "posts" / day)


def with_a_skip(desk: Desk, day: str) -> None:
    desk.edit("config.toml", "skip = []", f"skip = [{int(day[:2])}]")


def in_one_language(desk: Desk, _: str) -> None:
    desk.edit("config.toml", 'languages = ["en", "fr", "nl", "de"]', 'languages = ["en"]')
    desk.approve("--embassy", "nairobi")


def without_approvals(desk: Desk, _: str) -> None:
    (desk.folder / "posts/approvals.toml").unlink()


def as_a_dry_run(desk: Desk, _: str) -> None:
    desk.edit("config.toml", '"live"', '"dry-run"')


class Gate:
    """A fault of a server's: the first that comes in waits until it opens, and goes on then."""

    def __init__(self) -> None:
        self.met, self.opens = threading.Event(), threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        self.met.set()
        self.opens.wait(120)
        passes(exchange)


def test_what_is_taken_out_while_an_account_is_served_does_not_go_out(desk: Desk) -> None:
    """Each on a day of its own, of whose four posts the first is on its way as it happens; then all is put back."""
    with proxy_before(desk.pds.url) as proxy:
        desk.open("nairobi", on="bluesky", languages='["en", "fr", "nl", "de"]', skip="[]")
        desk.begin({"bluesky": f'service = "{proxy.url}"'}, posts(LANGUAGES))
        ways = (without_texts, without_the_day, with_a_skip, in_one_language, without_approvals, as_a_dry_run)
        with desk.schedule() as desk.running:
            for number, take_out in enumerate(ways, 1):

                def out(number: int = number) -> list[str]:
                    return sorted(text for text in desk.sky_texts("nairobi") if text.startswith(f"Day {number}:"))

                copy = shutil.copytree(desk.folder / "posts", desk.folder / f"before-{number}")
                config = desk.read("config.toml")
                gate, sent = Gate(), len(proxy.named("putRecord"))
                proxy.fault("putRecord", gate)
                try:
                    desk.put(at(number, hours=2))
                    until(gate.met.is_set, lambda: desk.running.said)
                    take_out(desk, f"{number:02}-day")
                    time.sleep(PAST)
                finally:
                    gate.opens.set()
                until(out, lambda: desk.running.said)
                for minutes in (1, 2):
                    desk.come_to(at(number, hours=2, minutes=minutes))
                assert out() == [f"Day {number}: en"], (take_out, desk.running.said)
                assert len(proxy.named("putRecord")) == sent + 1
                assert desk.running.runs

                shutil.copytree(copy, desk.folder / "posts", dirs_exist_ok=True)
                desk.write({"config.toml": config})
                desk.come_to(at(number, hours=3))
                until(lambda: len(out()) == 4, lambda: f"{take_out} {desk.running.said}")  # noqa: B023


# What is edited while a post is prepared


class Meanwhile:
    """A fault of a server's: it does something first, and then what it was asked."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self.done = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        self._act()
        self.done.set()
        exchange.wait(PAST)
        passes(exchange)


def test_a_text_edited_while_it_is_prepared_goes_out_once_on_x_as_it_was_approved(desk: Desk) -> None:
    desk.open("nairobi")
    written = posts()
    for day in (1, 2):
        written[f"posts/{day:02}-day/en.toml"] += 'card = { headline = "A card", alt = "A card" }\n'
        written[f"posts/{day:02}-day/en.png"] = pixel("orange")
    desk.begin({}, written)
    names = ("posts/01-day/en.toml", "posts/01-day/en.png", "posts/approvals.toml")
    as_it_was = {name: (desk.folder / name).read_bytes() for name in names}
    desk.edit(names[0], "Day 1: en", "Day 1: as it should be")
    desk.edit(names[0], 'alt = "A card"', 'alt = "Another"')
    desk.write({names[1]: pixel("red")})
    desk.approve()
    corrected = {name: (desk.folder / name).read_bytes() for name in names}
    desk.write(as_it_was)

    def approved() -> None:
        """As `git pull` does it, from where somebody has corrected and approved it."""
        desk.write(corrected)

    def unapproved() -> None:
        desk.edit("posts/02-day/en.toml", "Day 2: en", "Day 2: nobody has approved this")

    with desk.schedule() as desk.running:
        meanwhile = Meanwhile(approved)
        desk.x.fault("initializeMediaUpload", meanwhile)
        desk.x.fault("mediaUpload", meanwhile)
        desk.put(at(1))
        comes_out(desk, 1)
        assert meanwhile.done.is_set()
        (post,) = desk.x.posts(desk.x_accounts["nairobi"])
        assert post.text == "Day 1: as it should be"
        assert [alt for _, alt in post.media] == ["Another"]
        assert len(desk.x.named("createPosts")) == 1
        frozen = desk.frozen("01/nairobi/x/en")
        assert frozen == ["Day 1: as it should be"]

        desk.x.heal()
        desk.x.fault("initializeMediaUpload", Meanwhile(unapproved))
        desk.x.fault("mediaUpload", Meanwhile(unapproved))
        desk.put(at(2))
        desk.running.says("its text is no longer what Ann approved")
        desk.edit("posts/02-day/en.toml", "Day 2: nobody has approved this", "Day 2: en")
        desk.look(at(2, minutes=5))
        comes_out(desk, 2)
    assert desk.texts("nairobi") == ["Day 1: as it should be", "Day 2: en"]
    assert len(desk.x.named("createPosts")) == 2


# What is in doubt through another service


def test_what_is_in_doubt_is_settled_only_through_the_service_that_it_was_sent_to(desk: Desk) -> None:
    key = "01/nairobi/bluesky/en"
    desk.open("nairobi", on="bluesky")
    handle = desk.sky_accounts["nairobi"].handle
    with proxy_before(desk.pds.url) as before, proxy_before(desk.pds.url) as after:
        desk.blocks["nairobi"]["bluesky"] = f'{{ handle = "{handle}", service = "{before.url}" }}'
        desk.begin({}, posts())
        with desk.schedule() as desk.running:
            before.fault("putRecord", drops_after)
            before.fault("getRecord", drops_after, times=None)
            desk.put(at(1))
            until(lambda: desk.state(key) == "unsure", lambda: desk.running.said)
            desk.change("nairobi", "bluesky", f'{{ handle = "{handle}", service = "{after.url}" }}')
            desk.approve("--embassy", "nairobi")
            desk.put(at(1, minutes=5))
            desk.running.says(f"it was sent to {before.url}, and the config says {after.url} now")
            assert desk("status").status == 1
            desk.come_to(at(1, minutes=30))
            assert desk.state(key) == "unsure" and not after.named("getRecord")

            # A row of an older version doesn't know where it was sent: it is settled as it always was.
            with closing(sqlite3.connect(desk.folder / "orangeday.db")) as ledger, ledger:
                triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'attempt'"
                frozen = ledger.execute(triggers).fetchall()  # what has landed is never changed, but by this test
                for name, _ in frozen:
                    ledger.execute(f"DROP TRIGGER {name}")
                ledger.execute("UPDATE attempt SET service = NULL")
                for _, statement in frozen:
                    ledger.execute(statement)
            desk.put(at(1, minutes=40))
            until(lambda: desk.state(key) == "published", lambda: desk.running.said)
        assert after.named("getRecord")
    assert len(desk.records("nairobi")) == 1


def test_what_is_in_doubt_at_one_x_is_not_looked_for_at_another(desk: Desk) -> None:
    key = "01/nairobi/x/en"
    desk.open("nairobi")
    desk.begin({"x": f'base_url = "{desk.x.url}"\nsettle_after = "2m"'}, posts())
    with x_server() as other, desk.schedule() as desk.running:
        desk.servers.append(other)
        desk.put(at(1, minutes=-30))
        desk.x.fault("createPosts", drops_after)
        desk.x.fault("getUsersPosts", drops_after, times=None)
        desk.put(at(1))
        until(lambda: desk.state(key) == "unsure", lambda: desk.running.said)
        there = other.account(desk.x_accounts["nairobi"].handle)
        desk.log_in("nairobi", "x", other.credentials(there))
        desk.edit("config.toml", desk.x.url, other.url)
        desk.put(at(1, minutes=5))
        # It is another account, too: who it is comes before where it is.
        until(lambda: "it was sent " in desk.running.said, lambda: desk.running.said)
        for minutes in (10, 20):
            desk.come_to(at(1, minutes=minutes))
        assert desk.state(key) == "unsure"
        assert not other.named("createPosts") and not other.named("getUsersPosts")

        desk.x.heal()
        desk.log_in("nairobi", "x", desk.x.credentials(desk.x_accounts["nairobi"]))
        desk.edit("config.toml", other.url, desk.x.url)
        desk.put(at(1, minutes=30))
        until(lambda: desk.state(key) == "published", lambda: desk.running.said)
    assert desk.texts("nairobi") == ["Day 1: en"]
    assert len(desk.x.named("createPosts")) == 1


# How files change that nobody has edited


def _renamed_over(desk: Desk, text: str) -> None:
    new = desk.folder / "posts/.en.toml.swp"
    new.write_text(text)
    new.replace(desk.file)


def _in_windows_lines(desk: Desk, text: str) -> None:
    desk.file.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))


def _older(desk: Desk, text: str) -> None:
    desk.file.write_text(text)
    os.utime(desk.file, (1_000_000_000, 1_000_000_000))


def _of_the_same_size_and_date(desk: Desk, text: str) -> None:
    before = desk.file.stat()
    assert len(text) == before.st_size
    with desk.file.open("r+") as opened:
        opened.write(text)
    os.utime(desk.file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _half_written(desk: Desk, text: str) -> None:
    desk.file.write_text(text[: len(text) // 2])
    desk.come_to(desk.now + timedelta(minutes=2))
    desk.file.write_text(text)


def _in_another_folder(desk: Desk, text: str) -> None:
    """The link `posts` leads elsewhere from now on."""
    posts = desk.folder / "posts"
    there = desk.folder / "there"
    shutil.copytree(posts, there)
    desk.file.write_text("text = 'nobody is to read this'\n")
    (there / desk.file.relative_to(posts)).write_text(text)
    link = desk.folder / "link"
    link.symlink_to(there, target_is_directory=True)
    if posts.is_symlink():
        link.replace(posts)
    else:
        posts.rename(desk.folder / "before")
        link.rename(posts)


WAYS = (_renamed_over, _in_windows_lines, _older, _of_the_same_size_and_date, _half_written, _in_another_folder)


def test_however_a_file_changes_it_is_the_file_that_counts(desk: Desk) -> None:
    desk.open("nairobi")
    desk.begin({"publishing": 'mode = "live"\nrequire_approval = false'}, posts())
    with desk.schedule() as desk.running:
        day_1(desk)
        for day, way in enumerate(WAYS, 2):
            desk.file = desk.folder / f"posts/{day:02}-day/en.toml"
            desk.come_to(at(day, minutes=-5))  # it has looked at the file as it was
            desk.running.says("The files have changed", times=1) if day > 2 else None
            way(desk, f'text = "Day {day}: EN"\n')
            desk.look(at(day))
            comes_out(desk, day)
            assert desk.texts("nairobi")[-1] == f"Day {day}: EN", way
        # A clock that jumps there and back, and there again.
        for minutes in (2, -600, 3):
            desk.come_to(at(7, minutes=minutes))
    assert desk.texts("nairobi") == ["Day 1: en", *(f"Day {day}: EN" for day in range(2, 8))]
    assert len(desk.x.named("createPosts")) == 7


def test_a_picture_that_lies_anywhere_and_is_replaced_while_it_is_prepared_is_the_one_that_counts(desk: Desk) -> None:
    desk.open("nairobi", on="bluesky")
    written = posts()
    written["posts/01-day/day.toml"] += 'media = ["of/ours/here/one.png"]\n'
    written["posts/01-day/en.toml"] += 'alt."of/ours/here/one.png" = "A square"\n'
    written["posts/of/ours/here/one.png"] = pixel("blue")
    with proxy_before(desk.pds.url) as proxy:
        head = {"bluesky": f'service = "{proxy.url}"', "publishing": 'mode = "live"\nrequire_approval = false'}
        desk.begin(head, written)
        with desk.schedule() as desk.running:
            replace = Meanwhile(lambda: desk.write({"posts/of/ours/here/one.png": pixel("red")}))
            proxy.fault("uploadBlob", replace)
            desk.put(at(1))
            comes_out(desk, 1)
            assert replace.done.is_set()
        assert len(proxy.named("putRecord")) == 1
    (record,) = desk.records("nairobi")
    link = record["embed"]["images"][0]["image"]["ref"]["$link"]
    assert colour(desk.pds.blob(desk.sky_accounts["nairobi"].did, link)) == "red"


# Parts of it


def test_a_run_for_one_embassy_follows_the_files_too(desk: Desk) -> None:
    desk.open("nairobi")
    desk.open("kigali")
    desk.begin({}, posts())
    with desk.schedule("--live", "--embassy", "kigali") as desk.running:
        desk.put(at(1))
        comes_out(desk, 1, "kigali")
        desk.edit("posts/02-day/en.toml", "Day 2: en", "Day 2: edited")
        desk.approve()
        desk.look(at(2))
        comes_out(desk, 2, "kigali")
        desk.edit("config.toml", "[embassies.kigali]", "[embassies.rwanda]")
        desk.put(at(3))
        desk.running.says("There is no embassy “kigali” in config.toml. There are: nairobi, rwanda.")
        desk.come_to(at(3, minutes=2))
        assert desk.texts("kigali") == ["Day 1: en", "Day 2: edited"]
        desk.edit("config.toml", "[embassies.rwanda]", "[embassies.kigali]")
        desk.look(at(3, minutes=5))
        comes_out(desk, 3, "kigali")
    assert not desk.texts("nairobi")


def test_two_embassies_that_come_to_share_an_account_say_a_day_once(desk: Desk) -> None:
    desk.open("nairobi")
    desk.open("kigali")
    desk.begin({}, posts())
    with desk.schedule() as desk.running:
        day_1(desk)
        one = desk.x_accounts["nairobi"]
        desk.log_in("kigali", "x", desk.x.credentials(one))
        desk.change("kigali", "x", f'{{ handle = "{one.handle}" }}')
        desk("approve", "all", "--by", "Ann")
        for minutes in (0, 2, 4):
            desk.look(at(2, minutes=minutes))
        assert Counter(desk.texts("nairobi"))["Day 2: en"] <= 1
        assert desk("status").status == 1
        assert desk.running.runs
    assert set(Counter(desk.texts("nairobi")).values()) == {1}
