"""What must work in an emergency, whatever else is broken: pause, resume, and taking down what is up."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from orangeday.approvals import store as approvals
from orangeday.cli import COMMANDS
from orangeday.clock import system_clock
from orangeday.content import addresses
from orangeday.ledger.ledger import Ledger

from ..servers.bluesky_server import Account, Server
from ..servers.faulty_proxy import drops_after, drops_before
from ..support import campaigns
from ..support.fork_server import born
from ..support.offices import BLUESKY, DUE, BlueskyOffice, Office, X, XOffice
from ..support.offset_clock import environment_at
from ..support.running_schedule import scheduled, set_clocks, until

GARBAGE = "\nthis is no TOML = = [\n"


def break_config(office: Office) -> None:
    file = office.folder / "config.toml"
    file.write_text(GARBAGE + file.read_text() + GARBAGE)


def lose_posts(office: Office) -> None:
    shutil.rmtree(office.folder / "posts")


def lose_home(office: Office) -> None:
    for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
        office.environment.setenv(name, "/dev/null/nowhere")


def lose_all(office: Office) -> None:
    for lose in (break_config, lose_posts, lose_home):
        lose(office)


def ledger_of(office: Office) -> Ledger:
    return Ledger(f"sqlite:///{office.folder / 'orangeday.db'}", system_clock)


# Pausing


@pytest.mark.invariant(13)
@pytest.mark.parametrize("lose", [break_config, lose_posts, lose_home, lose_all])
def test_pause_and_resume_need_nothing_but_the_record_of_posts(
    x_office: XOffice, lose: Callable[[Office], None]
) -> None:
    x_office.open()
    x_office.at(DUE)
    kept = {file: file.read_bytes() for file in x_office.folder.rglob("*.toml")}
    lose(x_office)
    ran = x_office("pause", "--reason", "mourning", "--by", "Ann")
    assert (ran.status, ran.out) == (0, "")
    assert "Paused: everything. Nothing more is sent." in ran.err
    assert f"{x_office.folder / 'orangeday.db'}. A live run last looked there at 25 Nov 05:00 UTC." in ran.err
    with closing(ledger_of(x_office)) as ledger:
        assert [(pause.reason, pause.actor) for pause in ledger.pauses()] == [("mourning", "Ann")]
    ran = x_office("resume", "--by", "Ann")
    assert "Resumed: everything." in ran.err
    assert ran.status == (0 if lose in (lose_home,) else 1 if lose is not lose_posts else ran.status)
    x_office("pause")
    for file, content in kept.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert x_office.sends() == 0
    x_office.back()


@pytest.mark.invariant(13)
@pytest.mark.parametrize(
    ("lines", "url"),
    [
        ("", "sqlite:////work/orangeday.db"),
        ('[ledger]\nurl = "sqlite:///other.db"\n', "sqlite:////work/other.db"),
        ('[ledger]  # where\nurl = "postgresql+psycopg://h/d"\n[x]\nbroken = \n', "postgresql+psycopg://h/d"),
        ('ledger.url = "sqlite:///dotted.db"\n', "sqlite:////work/dotted.db"),
        ('ledger = { url = "sqlite:///inline.db" }\n', "sqlite:////work/inline.db"),
        ('["ledger"]\nurl = "sqlite:////abs/quoted.db"\n', "sqlite:////abs/quoted.db"),
        ("[ledger]\nurl = sqlite\n", None),
        ('[ledger]\nurl = "a.db"\n<<<<<<<\n', None),
        ('[ledger]\nurl = "sqlite:///a.db"\n[x]\n[ledger]\nurl = "sqlite:///b.db"\n', None),
        ("[ledger]\nurl = 3\n", None),
        ("ledger = 3\n", None),
    ],
)
def test_where_the_ledger_is_can_be_read_from_its_own_lines(tmp_path: Path, lines: str, url: str | None) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[campaign\n{GARBAGE}{lines}\n[[also] broken\n")
    assert addresses.ledger_url(file) == (url and url.replace("/work/", f"{tmp_path.as_posix()}/"))


def test_a_config_in_another_encoding_says_nothing_of_the_ledger(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes('[ledger]\nurl = "sqlite:///a.db"\n'.encode("utf-16"))
    assert addresses.ledger_url(file) is None


@pytest.mark.invariant(13)
@pytest.mark.parametrize("how", ["a broken config", "--ledger", "--ledger, as an address"])
def test_a_mistyped_record_of_posts_is_not_made(x_office: XOffice, how: str) -> None:
    x_office.open()
    (x_office.folder / "orangeday.db").rename(x_office.folder / "moved.db")
    if how == "a broken config":
        break_config(x_office)
        argv = ["pause"]
    else:
        wrong = x_office.folder / "typo.db"
        argv = ["pause", "--ledger", str(wrong) if how == "--ledger" else f"sqlite:///{wrong}"]
    ran = x_office(*argv)
    assert ran.status == 1
    assert "Nothing was paused" in ran.err
    assert sorted(file.name for file in x_office.folder.glob("*.db")) == ["moved.db"]
    assert x_office("pause", "--ledger", "moved.db").status == 0


def test_where_nothing_says_where_the_record_is_it_asks_for_it(x_office: XOffice) -> None:
    x_office.open()
    (x_office.folder / "config.toml").write_bytes(b"\xff\xfe[\0l\0")
    ran = x_office("pause")
    assert ran.status == 2
    assert "--ledger orangeday.db" in ran.err
    assert x_office("pause", "--ledger", "orangeday.db").status == 0


def test_a_part_that_is_paused_is_not_taken_for_the_whole(x_office: XOffice) -> None:
    x_office.open()
    file = x_office.folder / "config.toml"
    file.write_text(file.read_text().replace("\n[x]", 'bluesky = { handle = "nairobi.example.org" }\n\n[x]'))
    assert "X goes on" in x_office("pause", "bluesky").err
    assert "Bluesky goes on" in x_office("pause", "x").err
    assert "nairobi/x goes on: `orangeday pause` alone stops everything." in x_office("pause", "nairobi/bluesky").err
    assert "Nothing more is sent." in x_office("pause", "nairobi").err
    assert x_office("pause", "nairobbi").status == 2


# Taking down


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds a lock on this file."""
    code = (
        "import sys, filelock\n"
        f"lock = filelock.FileLock({str(file)!r}); lock.acquire(); print('held', flush=True)\n"
        "sys.stdin.readline(); lock.release()"
    )
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdin and one.stdout
        assert one.stdout.readline() == "held\n"
        try:
            yield
        finally:
            one.stdin.close()


def conflict(office: Office) -> None:
    """A merge left its marks in approvals.toml."""
    file = office.folder / "posts" / "approvals.toml"
    file.write_text(f"<<<<<<< ours\n{file.read_text()}=======\n>>>>>>> theirs\n")


def is_a_folder(office: Office) -> None:
    file = office.folder / "posts" / "approvals.toml"
    file.unlink()
    (file / "inside").mkdir(parents=True)


@pytest.mark.invariant(8, 13)
def test_what_is_up_is_taken_down_whatever_else_is_broken(sky_office: BlueskyOffice, tmp_path: Path) -> None:
    """Each on a day of its own, of a campaign in which all is well again by then."""
    sky_office.open()
    home = os.environ["HOME"]
    for day, spoil in enumerate((conflict, is_a_folder, break_config, lose_posts, lose_home, lose_all), 1):
        key = BLUESKY.replace("/01/", f"/{day:02}/")
        assert sky_office.sweep(0, day).states == {key: "published"}, spoil
        kept = shutil.copytree(sky_office.folder / "posts", tmp_path / f"posts-{day}")
        config = (sky_office.folder / "config.toml").read_bytes()
        spoil(sky_office)
        ran = sky_office("retract", key, "--yes", "--by", "Ann", "--reason", "a wrong date")
        assert sky_office.records() == [], spoil
        assert f"{key} is taken down." in ran.err
        assert ran.status == (0 if spoil is lose_home else 1), "what could not be done besides is said"
        (sky_office.folder / "config.toml").write_bytes(config)
        with closing(ledger_of(sky_office)) as ledger:
            found = {(w.language, w.actor, w.reason) for w in ledger.withdrawals() if w.day == day}
        assert found == {("en", "Ann", "a wrong date")}, spoil

        shutil.rmtree(sky_office.folder / "posts", ignore_errors=True)
        shutil.copytree(kept, sky_office.folder / "posts")
        for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
            sky_office.environment.setenv(name, home)


@pytest.mark.invariant(13)
def test_what_is_up_is_taken_down_though_nothing_can_be_noted(sky_office: BlueskyOffice) -> None:
    sky_office.open()
    assert sky_office.sweep(0).states == {BLUESKY: "published"}
    file = sky_office.folder / "config.toml"
    file.write_text(f'{file.read_text()}\n[ledger]\nurl = "sqlite:///orangeday.db?timeout=0.2"\n')
    with closing(sqlite3.connect(sky_office.folder / "orangeday.db", isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")  # and never ends: nobody else can write
        ran = sky_office("retract", BLUESKY, "--yes")
    assert sky_office.records() == []
    assert ran.status == 1
    assert f"{BLUESKY} is taken down, but that could not be noted" in ran.err
    assert "orangeday pause" in ran.err


@pytest.mark.invariant(13, 14)
def test_what_is_withdrawn_goes_out_nowhere_else_though_the_file_still_approves_it(x_office: XOffice) -> None:
    contents = campaigns.files(embassies={"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala"})
    later = contents["config.toml"].replace('"Africa/Kampala"\n', '"Africa/Kampala"\ntime = "09:10"\n')
    x_office.open({**contents, "config.toml": later}, embassies=("nairobi", "kampala"))
    assert x_office.sweep(0).states == {X: "published"}
    approved = (x_office.folder / "posts" / "approvals.toml").read_bytes()
    assert x_office("retract", X, "--yes").status == 0
    (x_office.folder / "posts" / "approvals.toml").write_bytes(approved)  # as a checkout brings it back
    kampala = X.replace("nairobi", "kampala")
    assert x_office.sweep(10).states == {kampala: "held"}
    assert x_office.sweep(400).states == {kampala: "missed"}
    assert x_office.said() == []
    assert x_office.sends() == 1


@pytest.mark.invariant(13)
@pytest.mark.parametrize("how", ["left the config", "changed its handle", "has another handle here", "is of before"])
def test_the_receipt_and_the_credentials_decide(sky_office: BlueskyOffice, how: str) -> None:
    sky_office.open()
    assert sky_office.sweep(0).states == {BLUESKY: "published"}
    file = sky_office.folder / "config.toml"
    if how in ("left the config", "is of before"):
        kampala = sky_office.login.handle.replace("test-", "test-k")
        file.write_text(file.read_text().replace("embassies.nairobi", "embassies.kampala").replace(
            sky_office.login.handle, kampala))  # fmt: skip
    elif how == "changed its handle":
        file.write_text(file.read_text().replace(sky_office.login.handle, "corrected.test"))
    else:
        file.write_text(file.read_text().replace(f'handle = "{sky_office.login.handle}"', 'handle = "other.test"'))
    argv = ["retract", BLUESKY, "--yes"]
    if how == "is of before":
        of_before(sky_office)
        ran = sky_office(*argv)
        assert ran.status == 1
        assert "--service" in ran.err
        assert len(sky_office.records()) == 1, "its password goes to no default"
        argv += ["--service", sky_office.proxy.url]
    ran = sky_office(*argv)
    assert sky_office.records() == []
    assert f"{BLUESKY} is taken down." in ran.err


def of_before(office: Office) -> None:
    """The attempts as the version before kept them: without where they were sent."""
    with closing(sqlite3.connect(office.folder / "orangeday.db")) as ledger:
        ledger.execute("DROP TRIGGER attempt_frozen")
        ledger.execute("UPDATE attempt SET service = NULL")
        ledger.commit()


@pytest.mark.invariant(13)
def test_nothing_is_deleted_with_another_accounts_credentials(sky_office: BlueskyOffice, pds: Server) -> None:
    sky_office.open()
    assert sky_office.sweep(0).states == {BLUESKY: "published"}
    other: Account = pds.account()
    file = sky_office.folder / "config.toml"
    file.write_text(file.read_text().replace(sky_office.login.handle, other.handle))
    sky_office.credentials("nairobi", "bluesky", {"APP_PASSWORD": other.app_password})
    deletes = sky_office.count("deleteRecord")
    ran = sky_office("retract", BLUESKY, "--yes")
    assert ran.status == 1
    assert "could not be taken down, and may still be live" in ran.err
    assert (len(sky_office.records()), sky_office.count("deleteRecord")) == (1, deletes)


@pytest.mark.invariant(3, 13)
@pytest.mark.parametrize("live", [True, False])
def test_what_is_unsure_is_looked_for_and_taken_down_where_it_is(sky_office: BlueskyOffice, live: bool) -> None:
    sky_office.open()
    sky_office.proxy.fault("putRecord", drops_after if live else drops_before)
    sky_office.proxy.fault("getRecord", drops_before, times=None)
    assert sky_office.sweep(0).states == {BLUESKY: "unsure"}
    sky_office.proxy.heal()
    ran = sky_office("retract", BLUESKY, "--yes")
    assert sky_office.records() == []
    assert ("is taken down" if live else "there was nothing to take down") in ran.err
    assert ran.status == 0
    sky_office.sweep(1)
    assert sky_office.records() == []


@pytest.mark.invariant(3, 13)
def test_on_x_what_isnt_shown_yet_is_not_sent_again_and_is_told_when_it_shows(x_office: XOffice) -> None:
    x_office.open()
    x_office.x.fault("createPosts", drops_after)
    assert x_office.sweep(0).states == {X: "unsure"}
    x_office.x.fault("getUsersPosts", drops_before)
    ran = x_office("retract", X, "--yes")
    assert (ran.status, len(x_office.said())) == (1, 1)
    assert "could not be taken down, and may still be live" in ran.err
    ran = x_office.sweep(7)
    assert (ran.status, ran.states) == (1, {X: "published"})
    assert f"orangeday retract {X}" in ran.out
    assert x_office("retract", X, "--yes").status == 0
    assert (x_office.said(), x_office.sends()) == ([], 1)
    assert x_office("status").status == 0


@pytest.mark.invariant(2, 13)
def test_an_account_in_use_is_waited_for_aloud(sky_office: BlueskyOffice) -> None:
    sky_office.open()
    assert sky_office.sweep(0).states == {BLUESKY: "published"}
    (lock,) = (sky_office.folder / "orangeday.db.locks").iterdir()
    log = sky_office.folder / "log"
    with locked(lock):
        with log.open("wb") as out:
            argv = ["retract", BLUESKY, "--yes"]
            process = born(
                "tests.support.offset_clock", argv, sky_office.folder, environment_at(system_clock()), out=out
            )
        try:
            until(lambda: "waiting for it" in log.read_text(), log.read_text)
            assert len(sky_office.records()) == 1
        except BaseException:
            process.kill()
            raise
    assert process.wait(60) == 0
    assert "is taken down" in log.read_text()
    assert sky_office.records() == []


def test_one_that_fails_keeps_none_of_the_others_up(x_office: XOffice) -> None:
    contents = campaigns.files(embassies={"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala"})
    x_office.open(contents, embassies=("nairobi", "kampala"))
    kampala = X.replace("nairobi", "kampala")
    assert x_office.sweep(0).states == {X: "published", kampala: "published"}
    for variable in ("ACCESS_TOKEN", "ACCESS_TOKEN_SECRET"):
        x_office.environment.delenv(f"ORANGEDAY_NAIROBI_X_{variable}")
    ran = x_office("retract", X, kampala, "--yes")
    assert ran.status == 1
    assert f"{X} could not be taken down" in ran.err
    assert f"{kampala} is taken down" in ran.err
    assert len(x_office.said()) == 1


# What comes after


_LINE = re.compile(r"orangeday ((?:[a-z]+)(?: (?:--)?[\w./-]+)*)")
_ENDLESS = ("schedule", "login", "init", "export")


@pytest.mark.invariant(13, 14)
def test_nothing_that_was_taken_down_goes_out_again_by_any_line_that_is_suggested(
    x_office: XOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`schedule` runs, approvals.toml can't be written, and the same text is due elsewhere within the minute."""
    contents = campaigns.files(embassies={"nairobi": "Africa/Nairobi", "kampala": "Africa/Kampala"})
    later = contents["config.toml"].replace('"Africa/Kampala"\n', '"Africa/Kampala"\ntime = "09:01"\n')
    x_office.open({**contents, "config.toml": later}, embassies=("nairobi", "kampala"))
    kampala, folder = X.replace("nairobi", "kampala"), x_office.folder
    with scheduled(x_office, DUE - timedelta(seconds=30)) as running:
        running.says("Next: ")
        set_clocks(x_office, DUE)
        until(lambda: re.search(rf"published.*{X[12:]}|{X[12:]}.*published", running.said), lambda: running.said)
        with locked(folder / "posts" / approvals.LOCK), monkeypatch.context() as patched:
            patched.setattr(approvals, "_LOCK_TIMEOUT", 0.5)
            ran = x_office("retract", X, "--yes", "--by", "Ann")
        assert ran.status == 1
        assert f"{X} is taken down." in ran.err
        assert "approvals.toml" in ran.err
        assert x_office.said() == []
        told = running.said.count(kampala[12:])
        set_clocks(x_office, DUE + timedelta(minutes=1, seconds=1))
        running.says(kampala[12:], times=told + 1)
        running.stop()
        said = running.log.read_text()
        assert "withdrawn" in said
        assert "Ann" in said
    assert x_office.said() == []
    texts, typed = [said, ran.err], set[str]()
    for minutes in count(2, 3):
        known = len(typed)
        x_office.at(DUE + timedelta(minutes=minutes))
        texts += [x_office(*words).all for words in (["publish"], ["status"], ["check"], ["approve", "--diff"])]
        for line in sorted({match[1].rstrip("./-") for text in texts for match in _LINE.finditer(text)}):
            words = line.split()
            if words[0] in COMMANDS and words[0] not in _ENDLESS:
                typed.add(line)
                texts.append(x_office(*words).all)
        if minutes > 10 and len(typed) == known:
            break
        assert minutes < 60, f"there is no end of them: {typed}"
    assert {"approve all", "approve 1 --language en --again"} & typed
    assert (x_office.said(), x_office.sends()) == ([], 1)


# A campaign that is over


@pytest.mark.invariant(13, 17)
def test_a_post_of_last_year_is_taken_down_and_this_years_words_are_left(x_office: XOffice) -> None:
    x_office.open()
    assert x_office.sweep(0).states == {X: "published"}
    x_office.at(DUE.replace(year=2027) - timedelta(days=10))
    ran = x_office("retract", X, "--yes", "--replace")
    assert (ran.status, len(x_office.said())) == (2, 1)
    assert "over" in ran.err
    ran = x_office("retract", X, "--yes")
    assert (ran.status, x_office.said()) == (0, [])
    assert "16days-2027 has the same words on day 1, where they aren't withdrawn" in ran.err
    with closing(ledger_of(x_office)) as ledger:
        assert [w.campaign for w in ledger.withdrawals()] == ["16days-2026"]
