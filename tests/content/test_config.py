"""The Config: what is read from `config.toml`, every mistake in it, and when the campaign begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import available_timezones

import pytest

from orangeday.content import config
from orangeday.content.config import Config
from orangeday.content.problems import WHOLE_CAMPAIGN, Scope, Severity, UnreadableFiles

from ..support.common import EXAMPLE
from .type_mistakes import is_plain, with_other_types

Write = Callable[[Mapping[str, str | bytes]], Path]

SHARED = """\
[campaign]
posts = "posts"

[schedule]
time = "09:00"
spacing = "20m"
catch_up = "6h"

[publishing]
mode = "dry-run"
require_approval = true
workers = 8

[ledger]
url = "sqlite:///orangeday.db"

[x]
base_url = "https://api.x.com"
settle_after = "6m"

[bluesky]
service = "https://bsky.social"

"""
NAIROBI = """\
[embassies.nairobi]
name = { en = "the Belgian Embassy in Nairobi" }
city = { en = "Nairobi" }
timezone = "Africa/Nairobi"
languages = ["en", "fr"]
x = { handle = "be_nairobi" }
bluesky = { handle = "nairobi.diplomatie.be" }
"""
TOP = SHARED.count("\n")
"""The lines above [embassies.nairobi]."""


def load(write: Write, content: str | bytes) -> Config:
    return config.load(write({"config.toml": content}) / "config.toml")


def embassy(write: Write, *lines: str) -> Config:
    """The config with these lines in the place of Nairobi's lines with the same key, or below them."""
    own = NAIROBI.splitlines()
    for line in lines:
        key = line.split(" = ")[0]
        own = [line if old.startswith(f"{key} = ") else old for old in own]
        if line not in own:
            own.append(line)
    return load(write, SHARED + "\n".join(own) + "\n")


# What is read


def test_the_example_has_nothing_to_mend() -> None:
    read = config.load(EXAMPLE).require_usable()
    assert not read.problems
    assert not read.live
    assert len(read.embassies) == 10
    assert len({str(embassy.timezone) for embassy in read.embassies.values()}) == 10
    assert str(read.embassies["nairobi"].accounts[1]) == "nairobi/bluesky"


def test_every_value_is_read(write: Write) -> None:
    read = load(
        write,
        """
        [campaign]
        posts = "elsewhere/posts"
        start = 2027-03-08
        [schedule]
        time = "8:05"
        spacing = "1h 30m"
        catch_up = "90s"
        [publishing]
        mode = "live"
        require_approval = false
        workers = 2
        [ledger]
        url = "postgresql+psycopg://somebody@db/ledger"
        [x]
        base_url = "http://127.0.0.1:8080/"
        settle_after = "1s"
        [bluesky]
        service = "https://pds.example/"
        [embassies.new-delhi]
        name = { en = "the Embassy", pt-BR = "a Embaixada" }
        in_country = { en = "in India" }
        timezone = "Asia/Kolkata"
        languages = ["pt-BR", "en"]
        time = 10:00:00
        skip = [7, "8/x", "09/en"]
        without_hashtags = ["#OrangeTheWorld"]
        x = { handle = "be_delhi" }
        bluesky = { handle = "delhi.diplomatie.be", service = "https://own.example" }
        """,
    ).require_usable()
    assert not read.problems
    assert (read.posts, read.start) == (read.file.parent / "elsewhere/posts", date(2027, 3, 8))
    assert (read.time, read.spacing, read.catch_up) == (time(8, 5), timedelta(minutes=90), timedelta(seconds=90))
    assert (read.live, read.require_approval, read.workers) == (True, False, 2)
    assert read.ledger_url == "postgresql+psycopg://somebody@db/ledger"
    on_x = read.platforms["x"]
    assert (on_x.address, on_x.settle_after) == ("http://127.0.0.1:8080", timedelta(seconds=1))
    delhi = read.embassies["new-delhi"]
    assert (str(delhi.timezone), delhi.time, delhi.languages) == ("Asia/Kolkata", time(10), ("pt-BR", "en"))
    assert delhi.names["embassy"] == {"en": "the Embassy", "pt-BR": "a Embaixada"}
    assert delhi.names["in_country"] == {"en": "in India"}
    assert delhi.names["city"] == {}
    assert delhi.without_hashtags == {"#orangetheworld"}
    assert [(str(a), a.handle, a.service) for a in delhi.accounts] == [
        ("new-delhi/x", "be_delhi", None),
        ("new-delhi/bluesky", "delhi.diplomatie.be", "https://own.example"),
    ]
    assert str(delhi.accounts[1].handle.location) == f"{read.file}:29"
    skipped = [
        (day, platform, language)
        for day in range(1, 17) for platform in ("x", "bluesky") for language in ("en", "pt-BR")
        if delhi.skips(day, platform, language)
    ]  # fmt: skip
    assert skipped == [
        (7, "x", "en"), (7, "x", "pt-BR"), (7, "bluesky", "en"), (7, "bluesky", "pt-BR"),
        (8, "x", "en"), (8, "x", "pt-BR"), (9, "x", "en"), (9, "bluesky", "en"),
    ]  # fmt: skip


def test_an_embassy_is_all_that_must_be_written(write: Write) -> None:
    read = load(write, NAIROBI).require_usable()
    assert not read.problems
    assert (read.posts, read.start, read.time) == (read.file.parent / "posts", None, time(9))
    assert (read.spacing, read.catch_up) == (timedelta(minutes=20), timedelta(hours=6))
    assert (read.live, read.require_approval, read.workers) == (False, True, 8)
    on_x = read.platforms["x"]
    assert (on_x.address, on_x.settle_after) == ("https://api.x.com", timedelta(minutes=6))
    assert read.ledger_url == f"sqlite:///{(read.file.parent / 'orangeday.db').as_posix()}"
    assert read.embassies["nairobi"].accounts[1].service == "https://bsky.social"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///orangeday.db", "{folder}/orangeday.db"),
        ("sqlite:///kept/orangeday.db", "{folder}/kept/orangeday.db"),
        ("sqlite:////var/lib/orangeday.db", "/var/lib/orangeday.db"),
    ],
)
def test_the_ledger_lies_beside_the_config_wherever_it_is_used_from(write: Write, url: str, path: str) -> None:
    read = load(write, SHARED.replace("sqlite:///orangeday.db", url) + NAIROBI)
    assert not read.problems
    assert read.ledger_url == "sqlite:///" + path.format(folder=read.file.parent.as_posix())


def test_the_ledger_of_a_config_named_in_passing_has_its_whole_path(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write({"config.toml": NAIROBI})
    monkeypatch.chdir(folder)
    assert config.load(Path("config.toml")).ledger_url == f"sqlite:///{(folder / 'orangeday.db').as_posix()}"


def test_a_config_is_read_alike_whatever_its_line_ends(write: Write) -> None:
    content = (SHARED + NAIROBI.replace("Africa/", "Afrika/")).encode()
    told = []
    for written in (content, b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), content.replace(b"\n", b"\r")):
        told.append([str(problem) for problem in load(write, written).problems])
    assert len(told[0]) == 1
    assert told == [told[0]] * 4


# Every mistake


class Mistake(NamedTuple):
    """These words in the place of those: what is said, of which line, and what it holds."""

    was: str
    now: str
    rule: str
    line: int
    message: str
    hint: str
    concern: Scope = WHOLE_CAMPAIGN


NAIROBI_ALL = Scope(embassies=frozenset({"nairobi"}))
NAIROBI_X = Scope(embassies=frozenset({"nairobi"}), platform="x")
NAIROBI_BLUESKY = Scope(embassies=frozenset({"nairobi"}), platform="bluesky")
MISTAKES = {
    "a misspelt section": Mistake(
        "[publishing]", "[publish]", "unknown-key", 9, "unknown key “publish” here.",
        "Did you mean “publishing”? This file may have: campaign, schedule, publishing"),
    "a misspelt key": Mistake(
        "catch_up", "catchup", "unknown-key", 7, "unknown key “catchup” here.",
        "Did you mean “catch_up”? [schedule] may have: "),
    "a key of nobody": Mistake(
        'posts = "posts"', 'posts = "posts"\npassword = "x"', "unknown-key", 3, "unknown key “password” here.",
        "[campaign] may have: posts, start."),
    "a misspelt mode": Mistake(
        '"dry-run"', '"dryrun"', "wrong-mode", 10, "there is no mode “dryrun”.", "Did you mean “dry-run”?"),
    "a mode of nobody": Mistake(
        '"dry-run"', '"test"', "wrong-mode", 10, "there is no mode “test”.", 'Write "dry-run", or "live" to send for'),
    "an empty mode": Mistake('"dry-run"', '""', "empty-text", 10, "“mode” is empty.", "between its quotes"),
    "no workers": Mistake("= 8", "= 0", "wrong-number", 12, "“workers” can't be 0.", "Write a number from 1 to 64."),
    "too many workers": Mistake("= 8", "= 65", "wrong-number", 12, "“workers” can't be 65.", "from 1 to 64"),
    "approval in quotes": Mistake(
        "= true", '= "true"', "wrong-type", 11, "“require_approval” must be true or false, not a text.",
        "Write it like this: require_approval = true"),
    "a start in quotes": Mistake(
        'posts = "posts"', 'start = "2026-11-25"', "wrong-type", 2, "“start” must be a date, not a text.",
        "start = 2026-11-25"),
    "a start with a time": Mistake(
        'posts = "posts"', "start = 2026-11-25 09:00:00", "wrong-type", 2, "“start” must be a date alone.",
        "Leave out the time."),
    "a time in words": Mistake(
        '"09:00"', '"9 a.m."', "wrong-time", 5, "“9 a.m.” isn't a time of day.", 'Write it like "09:00" or "17:30".'),
    "a length in words": Mistake(
        '"20m"', '"20 minutes"', "wrong-duration", 6, "“20 minutes” isn't a length of time.", 'like "20m" or "1h30m"'),
    "a length without a unit": Mistake(
        '"20m"', '"20"', "wrong-duration", 6, "“20” isn't a length of time.", 'like "20m" or "1h30m"'),
    "a length without end": Mistake(
        '"20m"', f'"{"9" * 5000}m"', "wrong-duration", 6, "isn't a length of time.", '"20m"'),
    "no time to catch up": Mistake('"6h"', '"0m"', "wrong-number", 7, "“0m” is too short.", "At least 1m"),
    "too early a look at X": Mistake(
        '"6m"', '"5m59s"', "wrong-number", 19, "“5m59s” is too short.", "At least 6m: X shows a new post late"),
    "X in the open": Mistake(
        "https://api.x.com", "http://api.x.com/", "wrong-address", 18, "“http://api.x.com/” isn't encrypted.",
        "Write https://api.x.com/."),
    "X without https": Mistake(
        "https://api.x.com", "api.x.com", "wrong-address", 18, "“api.x.com” isn't an address.",
        "Write it like “https://api.x.com”."),
    "X nowhere": Mistake("https://api.x.com", "https://", "wrong-address", 18, "“https://” isn't an address.", "like"),
    "X in a broken bracket": Mistake(
        "https://api.x.com", "https://[::1", "wrong-address", 18, "“https://[::1” isn't an address.", "Write it like"),
    "X behind no port": Mistake(
        "https://api.x.com", "https://api.x.com:99999", "wrong-address", 18, "isn't an address.", "Write it like"),
    "X with a space": Mistake(
        "https://api.x.com", "https://api. x.com", "wrong-address", 18, "isn't an address.", "like"),
    "Bluesky in the open": Mistake(
        "https://bsky.social", "http://bsky.social", "wrong-address", 22, "“http://bsky.social” isn't encrypted.",
        "Write https://bsky.social."),
    "a ledger in memory": Mistake(
        "sqlite:///orangeday.db", "sqlite:///:memory:", "wrong-address", 15, "“url” isn't the address of a record of "
        "posts.",
        '"sqlite:///orangeday.db"'),
    "a ledger without a kind": Mistake(
        "sqlite:///orangeday.db", "orangeday.db", "wrong-address", 15, "“url” isn't the address of a record of posts.", '"sqlite:///'),
    "a ledger of an unknown kind": Mistake(
        "sqlite:///orangeday.db", "mysql://me:hunter2@db/x", "wrong-address", 15, "“url” isn't the address of a "
        "record of posts.",
        '"postgresql+psycopg://…"'),
    "a ledger on a server without a port": Mistake(
        "sqlite:///orangeday.db", "postgresql+psycopg://db:port/x", "wrong-address", 15,
        "“url” isn't the address of a record of posts.", '"postgresql+psycopg://…"'),
    "a ledger's password": Mistake(
        "sqlite:///orangeday.db", "postgresql+psycopg://me:hunter2@db/x", "secret-in-file", 15,
        "there is a password in the address of the record of posts.", "set ORANGEDAY_LEDGER_PASSWORD"),
    "a ledger's password further on": Mistake(
        "sqlite:///orangeday.db", "postgresql+psycopg://me@db/x?password=hunter2", "secret-in-file", 15,
        "there is a password in the address of the record of posts.", "set ORANGEDAY_LEDGER_PASSWORD"),
    "an embassy in capitals": Mistake(
        "[embassies.nairobi]", "[embassies.Nairobi]", "wrong-id", TOP + 1, "“Nairobi” can't be an embassy's id.",
        "Use a–z, 0–9 and -: nairobi.", Scope(embassies=frozenset({"Nairobi"}))),
    "an embassy with a space": Mistake(
        "[embassies.nairobi]", '[embassies."New Delhi"]', "wrong-id", TOP + 1, "“New Delhi” can't be an embassy's id.",
        "Use a–z, 0–9 and -: new-delhi.", Scope(embassies=frozenset({"New Delhi"}))),
    "an embassy that is no section": Mistake(
        "[embassies.nairobi]", "[embassies]\nrome = 'x'\n[embassies.nairobi]", "wrong-type", TOP + 2,
        "“rome” must be a section, not a text.", "rome = { … }"),
    "a misspelt key of an embassy": Mistake(
        "languages", "langauges", "unknown-key", TOP + 5, "unknown key “langauges” here.",
        "Did you mean “languages”? [embassies.nairobi] may have: name", NAIROBI_ALL),
    "a name under its placeholder": Mistake(
        "name =", "embassy =", "unknown-key", TOP + 2, "unknown key “embassy” here.",
        "The embassy's name stands under “name”.", NAIROBI_ALL),
    "a name in no language": Mistake(
        "{ en = ", "{ EN = ", "wrong-language", TOP + 2, "“EN” isn't a language code.", "Did you mean “en”?",
        NAIROBI_ALL),
    "a name in all languages": Mistake(
        'city = { en = "Nairobi" }', 'city = "Nairobi"', "wrong-type", TOP + 3,
        "“city” must be a section, not a text.", "city = { … }", NAIROBI_ALL),
    "an empty name": Mistake(
        'city = { en = "Nairobi" }', 'city = { en = "" }', "empty-text", TOP + 3, "“en” is empty.",
        "between its quotes", NAIROBI_ALL),
    "no zone": Mistake(
        'timezone = "Africa/Nairobi"', "", "missing-key", TOP + 1, "“timezone” is missing.",
        'Write it in [embassies.nairobi]: timezone = "…"', NAIROBI_ALL),
    "no language": Mistake(
        '["en", "fr"]', "[]", "no-language", TOP + 5, "nairobi has no language.", 'languages = ["en"]', NAIROBI_ALL),
    "languages without a list": Mistake(
        '["en", "fr"]', '"en"', "wrong-type", TOP + 5, "“languages” must be a list of texts, not a text.",
        'languages = ["…", "…"]', NAIROBI_ALL),
    "a language in words": Mistake(
        '["en", "fr"]', '["en",\n"français"]', "wrong-language", TOP + 6, "“français” isn't a language code.",
        "Write fr: a language is written as its code.", NAIROBI_ALL),
    "a language twice": Mistake(
        '["en", "fr"]', '["en", "en"]', "duplicate-language", TOP + 5,
        "“en” is there twice.", "Keep one.", NAIROBI_ALL),
    "an hour that isn't": Mistake(
        'languages', 'time = "25:00"\nlanguages', "wrong-time", TOP + 5, "“25:00” isn't a time of day.", '"09:00"',
        NAIROBI_ALL),
    "a hashtag without #": Mistake(
        'languages', 'without_hashtags = ["OrangeTheWorld"]\nlanguages', "wrong-hashtag", TOP + 5,
        "“OrangeTheWorld” isn't a hashtag.", "Write it like “#OrangeTheWorld”.", NAIROBI_ALL),
    "no handle": Mistake(
        '{ handle = "be_nairobi" }', "{ }", "missing-key", TOP + 6, "“handle” is missing.",
        'Write it in [embassies.nairobi.x]: handle = "…"', NAIROBI_X),
    "a handle without braces": Mistake(
        '{ handle = "be_nairobi" }', '"be_nairobi"', "wrong-type", TOP + 6, "“x” must be a section, not a text.",
        "x = { … }", NAIROBI_ALL),
    "a handle with an @": Mistake(
        '"be_nairobi"', '"@be_nairobi"', "wrong-handle", TOP + 6, "“@be_nairobi” has an @.",
        "Leave it out: be_nairobi.", NAIROBI_X),
    "a misspelt handle": Mistake(
        '{ handle = "nairobi.', '{ handel = "", handle = "nairobi.', "unknown-key", TOP + 7,
        "unknown key “handel” here.", "Did you mean “handle”? [embassies.nairobi.bluesky] may have: handle",
        NAIROBI_BLUESKY),
    "a server of one account in the open": Mistake(
        '.be" }', '.be", service = "http://pds.example" }', "wrong-address", TOP + 7,
        "“http://pds.example” isn't encrypted.", "Write https://pds.example.", NAIROBI_BLUESKY),
}  # fmt: skip
FOLLOWED = {
    # What one mistake brings with it: a key that isn't known is missing, where it must be there.
    "a misspelt key of an embassy": {"missing-key"},
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_located_and_held_where_it_belongs(write: Write, name: str) -> None:
    mistake = MISTAKES[name]
    content = SHARED + NAIROBI
    assert mistake.was in content
    read = load(write, content.replace(mistake.was, mistake.now, 1))
    assert {p.rule for p in read.problems} - FOLLOWED.get(name, set()) == {mistake.rule}
    (problem,) = (p for p in read.problems if p.rule == mistake.rule)
    assert str(problem.location) == f"{read.file}:{mistake.line}"
    assert mistake.message in problem.message
    assert mistake.hint in problem.hint
    assert problem.severity is Severity.ERROR
    assert problem.scope == mistake.concern
    assert is_plain(problem)
    if mistake.concern == WHOLE_CAMPAIGN:
        with pytest.raises(UnreadableFiles, match="can't be used as it is, so nothing is sent") as raised:
            read.require_usable()
        assert raised.value.problems == (problem,)
    else:
        assert read.require_usable() is read


def test_a_secret_in_a_wrong_address_is_not_shown(write: Write) -> None:
    read = load(write, SHARED.replace("sqlite:///orangeday.db", "mysql://me:hunter2@db/x") + NAIROBI)
    assert read.problems
    assert "hunter2" not in str(read.problems)


@pytest.mark.parametrize("content", ["[campaign]\n", "embassies = {}\n", "# nothing\n", SHARED])
def test_a_config_without_an_embassy_says_so_once(write: Write, content: str) -> None:
    read = load(write, content)
    assert [(p.rule, p.message, p.hint, p.scope) for p in read.problems] == [
        ("no-embassy", "there is no embassy.", "Add a section [embassies.nairobi].", WHOLE_CAMPAIGN)
    ]


def test_an_embassy_without_an_account_says_how_to_add_one(write: Write) -> None:
    read = load(write, "".join(line for line in NAIROBI.splitlines(True) if "handle" not in line))
    assert [(p.rule, p.location.line, p.message, p.hint, p.scope) for p in read.problems] == [
        ("no-account", 1, "nairobi has no account on any platform.",
         'Write it in [embassies.nairobi]: x = { handle = "…" }', NAIROBI_ALL)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (b"", "file-empty", 1),
        ((SHARED + NAIROBI).replace("Nairobi", "Brasília").encode("latin-1"), "file-encoding", TOP + 2),
        (SHARED + NAIROBI + "x = 1\n", "toml", TOP + 8),
        ("a = '''\n" + SHARED, "toml", 1),
        (SHARED.replace('"09:00"', "09:00"), "toml", 5),
    ],
)
def test_a_config_that_cannot_be_read_sends_nothing_and_says_why(
    write: Write, content: str | bytes, rule: str, line: int
) -> None:
    with pytest.raises(UnreadableFiles, match="can't be read, so nothing is sent") as raised:
        load(write, content)
    (problem,) = raised.value.problems
    assert (problem.rule, problem.location.line, problem.scope) == (rule, line, WHOLE_CAMPAIGN)
    assert is_plain(problem)


def test_a_config_that_is_not_there_says_so_with_the_nearest_name(write: Write) -> None:
    folder = write({"config.toml": SHARED + NAIROBI})
    with pytest.raises(UnreadableFiles) as raised:
        config.load(folder / "confg.toml")
    assert raised.value.problems[0].hint == "Did you mean “config”? Write it, or check its name."


def test_all_mistakes_of_a_config_are_told_at_once(write: Write) -> None:
    content = SHARED.replace("spacing", "spaceing").replace('"dry-run"', '"dry"').replace("= 8", "= 0")
    rome = NAIROBI.replace("nairobi", "ROME", 1).replace("Africa/Nairobi", "Europe/Roma").replace('"fr"', '"FR"')
    read = load(write, content + NAIROBI + rome + "embasy = 1\n")
    assert sorted((p.location.line, p.rule) for p in read.problems) == [
        (6, "unknown-key"), (10, "wrong-mode"), (12, "wrong-number"), (TOP + 8, "wrong-id"),
        (TOP + 11, "unknown-zone"), (TOP + 12, "wrong-language"), (TOP + 15, "unknown-key"),
    ]  # fmt: skip
    assert list(read.embassies) == ["nairobi"]
    assert {p.scope for p in read.problems if p.location.line > TOP} == {Scope(embassies=frozenset({"ROME"}))}


def test_a_mistake_in_one_embassy_holds_it_and_no_other(write: Write) -> None:
    read = load(write, NAIROBI + NAIROBI.replace("nairobi", "hanoi", 1).replace("Africa/Nairobi", "Hanoi"))
    assert list(read.require_usable().embassies) == ["nairobi"]
    (problem,) = read.problems
    assert problem.scope.covers(5, "hanoi", "x", "en")
    assert not problem.scope.covers(5, "nairobi", "x", "en")


def test_an_embassy_that_cannot_be_named_is_left_out_with_all_its_mistakes_told(write: Write) -> None:
    read = load(write, NAIROBI.replace("nairobi", "Nairobi", 1) + "tiem = 1\n")
    assert not read.embassies
    assert [(p.rule, p.location.line) for p in read.problems] == [("wrong-id", 1), ("unknown-key", 8)]


def test_a_language_that_is_none_is_left_out(write: Write) -> None:
    read = embassy(write, 'languages = ["en", "French", "nl"]')
    assert read.embassies["nairobi"].languages == ("en", "nl")


# Zones


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Kolkata", "Did you mean “Asia/Kolkata”?"),
        ("kolkata", "Did you mean “Asia/Kolkata”?"),
        ("Africa/Kolkata", "Did you mean “Asia/Kolkata”?"),
        ("Europe/Brussel", "Did you mean “Europe/Brussels”?"),
        ("Europe/Roma", "Did you mean “Europe/Rome”?"),
        ("Brussel", "Did you mean “Europe/Brussels”?"),
        ("Africa/Nairoby", "Did you mean “Africa/Nairobi”?"),
        ("Europa/Brussels", "Did you mean “Europe/Brussels”?"),
        ("Europe/Brussels ", "Did you mean “Europe/Brussels”?"),
        ("Dar es Salaam", "Did you mean “Africa/Dar_es_Salaam”?"),
        ("Port-au-Prince", "Did you mean “America/Port-au-Prince”?"),
        ("America/Sao Paulo", "Did you mean “America/Sao_Paulo”?"),
        ("America", "Write continent and city, like Africa/Nairobi."),
        ("GMT+3", "Write continent and city, like Africa/Nairobi."),
        ("UTC+01:00", "Write continent and city, like Africa/Nairobi."),
        ("Timbuktoo-on-Sea", "Write continent and city, like Africa/Nairobi."),
        ("/etc/localtime", "Write continent and city, like Africa/Nairobi."),
        ("../../etc/passwd", "Write continent and city, like Africa/Nairobi."),
        ("a\\u0000b", "Write continent and city, like Africa/Nairobi."),
        ("x" * 5000, "Write continent and city, like Africa/Nairobi."),
        ("🟠", "Write continent and city, like Africa/Nairobi."),
    ],
)
def test_an_unknown_zone_is_told_with_the_nearest(write: Write, zone: str, hint: str) -> None:
    read = embassy(write, f'timezone = "{zone}"')
    assert not read.embassies
    (problem,) = read.problems
    assert (problem.rule, problem.location.line, problem.scope) == ("unknown-zone", TOP + 4, NAIROBI_ALL)
    assert problem.message.startswith("there is no time zone “")
    assert problem.hint == hint


def test_every_zone_there_is_can_be_used(write: Write) -> None:
    zones = sorted(available_timezones())
    read = load(
        write,
        "".join(NAIROBI.replace("nairobi", f"e{n}", 1).replace("Africa/Nairobi", zone) for n, zone in enumerate(zones)),
    )
    assert not read.problems
    assert [str(embassy.timezone) for embassy in read.embassies.values()] == zones


# Lengths, addresses, handles, days to skip


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("20m", timedelta(minutes=20)),
        ("1h", timedelta(hours=1)),
        ("1h30m", timedelta(minutes=90)),
        ("1h 30m 5s", timedelta(hours=1, minutes=30, seconds=5)),
        ("90m", timedelta(minutes=90)),
        ("0s", timedelta(0)),
    ],
)
def test_a_length_of_time_is_hours_minutes_and_seconds(write: Write, written: str, length: timedelta) -> None:
    read = load(write, SHARED.replace('"20m"', f'"{written}"') + NAIROBI)
    assert not read.problems
    assert read.spacing == length


@pytest.mark.parametrize("written", ["m", "20", "-5m", "1.5h", "30m1h", "1 h", "20M", "1d"])
def test_what_is_no_length_of_time_is_told(write: Write, written: str) -> None:
    read = load(write, SHARED.replace('"20m"', f'"{written}"') + NAIROBI)
    assert [(p.rule, p.location.line) for p in read.problems] == [("wrong-duration", 6)]
    assert read.spacing == timedelta(minutes=20)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9:8080", "[::1]", "[::1]:80", "localhost", "LOCALHOST:1"])
def test_a_server_on_this_machine_needs_no_encryption_and_no_patience(write: Write, host: str) -> None:
    own = SHARED.replace("https://api.x.com", f"http://{host}").replace("https://bsky", "https://bsky")
    read = load(write, own.replace('"6m"', '"1s"').replace("https://bsky.social", f"http://{host}/") + NAIROBI)
    assert not read.problems
    assert read.platforms["x"].address == read.embassies["nairobi"].accounts[1].service == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    ["128.0.0.1", "10.0.0.1", "192.168.127.1", "[::2]", "127.0.0.1.example", "localhost.example", "me:x@api.x.com"],
)
def test_a_server_elsewhere_needs_encryption(write: Write, host: str) -> None:
    read = load(write, SHARED.replace("https://api.x.com", f"http://{host}") + NAIROBI)
    assert [(p.rule, p.location.line) for p in read.problems] == [("wrong-address", 18)]


HANDLES = [
    # platform, handle, whether a dry run may use it, whether a live run may
    ("x", "be_nairobi", True, True),
    ("x", "abcdefghijklmno", True, True),
    ("x", "abcdefghijklmnop", True, False),
    ("x", "be-nairobi", True, False),
    ("x", "be nairobi", False, False),
    ("x", "@be_nairobi", False, False),
    ("x", "https://x.com/be", False, False),
    ("bluesky", "nairobi.diplomatie.be", True, True),
    ("bluesky", "be-nairobi.bsky.social", True, True),
    ("bluesky", "Nairobi.Diplomatie.BE", True, True),
    ("bluesky", "nairobi", True, False),
    ("bluesky", "be-nairobi.example", True, False),
    ("bluesky", "-be.bsky.social", True, False),
    ("bluesky", "be_nairobi.bsky.social", True, False),
    ("bluesky", "@nairobi.diplomatie.be", False, False),
    ("bluesky", "did:plc:abc", False, False),
]


@pytest.mark.parametrize(("platform", "handle", "dry", "live"), HANDLES)
def test_a_handle_that_nobody_can_have_may_be_rehearsed_but_not_sent_to(
    write: Write, platform: str, handle: str, dry: bool, live: bool
) -> None:
    line = f'{platform} = {{ handle = "{handle}" }}'
    own = "\n".join(line if old.startswith(f"{platform} = ") else old for old in NAIROBI.splitlines())
    for mode, may in (("dry-run", dry), ("live", live)):
        read = load(write, SHARED.replace('"dry-run"', f'"{mode}"') + own)
        assert [p.rule for p in read.problems] == ([] if may else ["wrong-handle"])
        for problem in read.problems:
            assert problem.location.line == TOP + (6 if platform == "x" else 7)
            assert problem.scope == (NAIROBI_X if platform == "x" else NAIROBI_BLUESKY)
            assert is_plain(problem)


@pytest.mark.parametrize(
    ("skip", "message", "hint"),
    [
        ("[0]", "“0” names no day.", 'Write [7, "8/x", "9/en"].'),
        ("[17]", "“17” names no day.", 'Write [7, "8/x", "9/en"].'),
        ("[-1]", "“-1” names no day.", 'Write [7, "8/x", "9/en"].'),
        ('["x/7"]', "“x/7” names no day.", 'Write [7, "8/x", "9/en"].'),
        (f'["{"9" * 5000}"]', "names no day.", 'Write [7, "8/x", "9/en"].'),
        ('["7/"]', "“7/” names no platform or language.", "This embassy has: en, fr, x, bluesky."),
        ('["7/blusky"]', "“7/blusky” names no platform or language.", "Did you mean “bluesky”? "),
        ('["7/de"]', "“7/de” names no platform or language.", "This embassy has: en, fr, x, bluesky."),
        ("[7.5]", "a number with a point stands in it.", 'skip = [7, "8/x"]'),
        ("7", "“skip” must be a list of numbers and texts, not a number.", 'skip = [7, "8/x"]'),
        ("[[7]]", "a list stands in it.", 'skip = [7, "8/x"]'),
    ],
)
def test_a_day_to_skip_that_is_none_is_told(write: Write, skip: str, message: str, hint: str) -> None:
    read = embassy(write, f"skip = {skip}")
    (problem,) = read.problems
    assert (problem.location.line, problem.scope) == (TOP + 8, NAIROBI_ALL)
    assert message in problem.message
    assert hint in problem.hint


# When it begins


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-01-01T00:00:00+00:00", date(2026, 11, 25)),
        ("2026-11-24T23:59:59+00:00", date(2026, 11, 25)),
        ("2026-11-25T00:00:00+14:00", date(2026, 11, 25)),
        ("2026-11-25T12:00:00+00:00", date(2026, 11, 25)),
        ("2026-12-10T23:59:59+00:00", date(2026, 11, 25)),
        ("2026-12-10T23:59:59-12:00", date(2026, 11, 25)),
        ("2026-12-11T11:59:59+00:00", date(2026, 11, 25)),
        ("2026-12-11T00:00:00-12:00", date(2027, 11, 25)),
        ("2026-12-11T12:00:00+00:00", date(2027, 11, 25)),
        ("2026-12-31T23:59:59-12:00", date(2027, 11, 25)),
        ("2027-01-01T00:00:00+00:00", date(2027, 11, 25)),
        ("2028-02-29T00:00:00+00:00", date(2028, 11, 25)),
    ],
)
def test_day_one_is_the_running_campaigns_or_the_next(write: Write, now: str, first: date) -> None:
    assert load(write, NAIROBI).first_day(datetime.fromisoformat(now).astimezone(UTC)) == first


def test_day_one_is_where_the_config_puts_it(write: Write) -> None:
    read = load(write, "[campaign]\nstart = 2026-12-28\n" + NAIROBI)
    for now in (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 5, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)):
        assert read.first_day(now) == date(2026, 12, 28)


# Any config at all


def test_any_value_of_another_type_is_a_problem_on_its_line(write: Write) -> None:
    """Of the example, with all that it leaves out, and with one embassy for ten."""
    shared, _, rest = EXAMPLE.read_text(encoding="utf-8").partition("[embassies.ottawa]")
    berlin = rest.partition("[embassies.berlin]")[2].partition("[embassies.")[0]
    extra = 'time = "10:00"\nskip = [7]\nwithout_hashtags = ["#A"]\n'
    content = shared.replace("# start", "start") + "[embassies.berlin]" + berlin + extra
    content = content.replace('.example" }', '.example", service = "https://pds.example" }')
    assert not load(write, content).problems
    tried = 0
    for spoilt, line in with_other_types(content):
        read = load(write, spoilt)
        assert line in {p.location.line for p in read.problems}, spoilt
        assert all(map(is_plain, read.problems)), read.problems
        tried += 1
    assert tried > 250


def test_no_line_left_out_makes_it_raise(write: Write) -> None:
    lines = (SHARED + NAIROBI).splitlines(True)
    for n in range(len(lines)):
        read = load(write, "".join(lines[:n] + lines[n + 1 :]))
        assert all(map(is_plain, read.problems)), read.problems


def test_a_config_cut_short_anywhere_is_told_or_read(write: Write) -> None:
    content = (SHARED + NAIROBI).encode()
    for end in range(1, len(content), 3):
        try:
            found = load(write, content[:end]).problems
        except UnreadableFiles as failure:
            found = failure.problems
        assert all(map(is_plain, found)), (content[:end], found)
        assert all(1 <= p.location.line <= content[:end].count(b"\n") + 1 for p in found)


@pytest.mark.parametrize("start", ["0001-01-01", "9999-12-25"])
def test_a_start_that_no_campaign_can_have_is_a_problem(start: str, write: Write) -> None:
    folder = write({"config.toml": f"[campaign]\nstart = {start}\n\n[embassies]\n"})
    found = {problem.rule: problem for problem in config.load(folder / "config.toml").problems}
    assert (found["wrong-date"].location.line, found["wrong-date"].message) == (2, f"no campaign starts on {start}.")
