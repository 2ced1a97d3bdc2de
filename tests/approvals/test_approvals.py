"""Approvals: bound to exact content, read back whole or not at all, merged by git, and drawn for people."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
import time_machine
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from orangeday.approvals import compare, model
from orangeday.approvals import content as approvals_content
from orangeday.approvals import store as approvals
from orangeday.approvals.compare import Approvals
from orangeday.approvals.content import PictureContent
from orangeday.approvals.model import Change, Kind, Subject
from orangeday.cli import main
from orangeday.clock import DAYS, system_clock, utc
from orangeday.content.encoding import Alteration
from orangeday.content.plan import Plan
from orangeday.content.problems import Location
from orangeday.errors import OrangedayError
from orangeday.views.terminal import approval as approval_view

from ..support import campaigns
from ..support.common import BEFORE, plan_of
from ..support.fork_server import born
from ..support.openings import each_opening_of

THEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)


def png() -> bytes:
    """A picture that a platform would take."""
    content = BytesIO()
    Image.new("RGB", (800, 600)).save(content, "PNG")
    return content.getvalue()


PICTURE = png()
FIVE = "posts/05-day"
WORDS = f"{FIVE}/en.toml"
OWN = f"{FIVE}/en.tokyo.toml"
DAY = f"{FIVE}/day.toml"
SHARED = "posts/campaign.toml"
EN = Subject(5, "en", None)


def contents() -> dict[str, str]:
    """A campaign whose day 5 uses all that a text can use."""
    written = campaigns.files(("en", "fr"), {"nairobi": "Africa/Nairobi", "tokyo": "Asia/Tokyo"})
    written[WORDS] = (
        "text = '''\nWith {@un-women} {in_city}, says {minister}: {link} {hashtags}\n'''\n"
        'bluesky = "On Bluesky: {hashtags}"\n[alt]\n"media/05.png" = "A lamp."\n"media/06.png" = "A table."\n'
    )
    alts = '[alt]\n"media/05.png" = "Une lampe."\n"media/06.png" = "Une table."\n'
    written[f"{FIVE}/fr.toml"] = f'text = "Bonjour {{city}}."\n{alts}'
    written[DAY] = (
        'title = "Five"\nfacts = ["one", "two"]\nlink = "https://un.org/5"\nmedia = ["media/05.png", "media/06.png"]\n'
    )
    written[SHARED] = (
        'id = "16days"\nminister = "A. Minister"\n'
        '[hashtags]\nen = ["#One", "#Two"]\nfr = ["#Un"]\n'
        '[handles.un-women]\nname = { en = "UN Women", fr = "ONU Femmes" }\nx = "UN_Women"\n'
        '[handles.eu]\nname = "EU"\n'
    )
    written["posts/facts.toml"] = (
        '[one]\nstatement = "One."\nparagraph = 1\n[two]\nstatement = "Two."\n[three]\nstatement = "Three."\n'
    )
    written["posts/06-day/en.tokyo.toml"] = 'text = "Our own day 6."\n'
    own = "[embassies.tokyo]\nin_city = { en = 'in Tokyo' }\n"
    written["config.toml"] = written["config.toml"].replace("[embassies.tokyo]\n", own)
    nairobi = "[embassies.nairobi]\nname = { en = 'the Embassy' }\nin_city = { en = 'in Nairobi' }\n"
    written["config.toml"] = written["config.toml"].replace("[embassies.nairobi]\n", nairobi)
    return written


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That campaign, all of it approved: to be copied."""
    return written_and_approved(tmp_path_factory.mktemp("approved"), contents())


@pytest.fixture
def folder(approved: Path, tmp_path: Path) -> Path:
    """Where that campaign lies, all of it approved."""
    return shutil.copytree(approved, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def approved_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with days 5 and 6 alone."""
    files = {name: text for name, text in contents().items() if not re.match(r"posts/(?!05|06)\d\d-day/", name)}
    skip = [day for day in DAYS if day not in (5, 6)]
    files["config.toml"] = files["config.toml"].replace("\ntimezone = ", f"\nskip = {skip}\ntimezone = ")
    return written_and_approved(tmp_path_factory.mktemp("approved"), files)


@pytest.fixture
def two_days(approved_days: Path, tmp_path: Path) -> Path:
    """Where those lie: for what concerns no other day, and is done for each of many changes."""
    return shutil.copytree(approved_days, tmp_path, dirs_exist_ok=True)


def written_and_approved(folder: Path, files: Mapping[str, str]) -> Path:
    campaigns.write(folder, files)
    for name in ("05", "06"):
        (folder / f"posts/media/{name}.png").parent.mkdir(exist_ok=True)
        (folder / f"posts/media/{name}.png").write_bytes(PICTURE)
    approve_all(folder)
    return folder


def approve_all(folder: Path, by: str = "Ann Peeters", at: datetime = THEN) -> list[Change]:
    plan = plan_of(folder / "config.toml")
    known = {*approvals_content.subjects(plan), *approvals.load(folder / "posts").entries}
    return approvals.approve(plan, sorted(known, key=lambda subject: subject.order), by, at)


def found(folder: Path) -> dict[str, Change]:
    plan, stored = look(folder)
    return {str(change.subject): change for change in compare.changes(plan, stored)}


def look(folder: Path) -> tuple[Plan, Approvals]:
    return plan_of(folder / "config.toml"), approvals.load(folder / "posts")


def objection(folder: Path, key: str = "16days-2026/05/nairobi/x/en") -> str | None:
    plan, stored = look(folder)
    delivery = plan.find(key)
    assert delivery
    return stored.objection(delivery)


def replace(folder: Path, file: str, old: str, new: str) -> None:
    """Changes what stands in a file, and the time at which it was saved."""
    before = (folder / file).read_text("utf-8")
    assert old in before
    (folder / file).write_bytes(before.replace(old, new).encode())
    os.utime(folder / file, (LATER.timestamp(),) * 2)


Do = Callable[[Path], object]


def edit(file: str, old: str, new: str) -> Do:
    return lambda folder: replace(folder, file, old, new)


def put(file: str, content: str | bytes) -> Do:
    return lambda folder: (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)


def anew(file: str, make: Callable[[bytes], bytes]) -> Do:
    return lambda folder: (folder / file).write_bytes(make((folder / file).read_bytes()))


def remove(file: str) -> Do:
    return lambda folder: (folder / file).unlink()


def another_picture_of_the_same_size_and_time(folder: Path) -> None:
    picture = folder / "posts/media/05.png"
    status = picture.stat()
    (folder / "other").write_bytes(PICTURE[::-1])
    os.utime(folder / "other", ns=(status.st_atime_ns, status.st_mtime_ns))
    (folder / "other").replace(picture)


def swap_days(folder: Path) -> None:
    posts = folder / "posts"
    (posts / "05-day").rename(posts / "day")
    (posts / "06-day").rename(posts / "05-day")
    (posts / "day").rename(posts / "06-day")


CONFIG = "config.toml"
VOIDS: dict[str, tuple[Do, str, str]] = {
    # what somebody does: (how, whose approval it voids, which part is named)
    "a word of the text changes": (edit(WORDS, "says", "said"), "05/en", "text"),
    "a space becomes a no-break space": (edit(WORDS, "With ", "With\u00a0"), "05/en", "text"),
    "the variant for one platform changes": (edit(WORDS, "On Bluesky", "There"), "05/en", "bluesky"),
    "a variant is added": (edit(WORDS, "bluesky =", 'x = "On X."\nbluesky ='), "05/en", "x"),
    "a variant is taken away": (edit(WORDS, 'bluesky = "On Bluesky: {hashtags}"\n', ""), "05/en", "bluesky"),
    "an alt text changes": (edit(WORDS, "A lamp.", "A candle."), "05/en", 'alt."media/05.png"'),
    "an alt text is taken away": (edit(WORDS, '"media/05.png" = "A lamp."\n', ""), "05/en", 'alt."media/05.png"'),
    "a picture has other bytes": (put("posts/media/05.png", b"two"), "05/en", 'media."media/05.png"'),
    "a picture is replaced by one of the same size and time": (
        another_picture_of_the_same_size_and_time,
        "05/en",
        'media."media/05.png"',
    ),
    "a picture isn't there any more": (remove("posts/media/05.png"), "05/en", 'media."media/05.png"'),
    "two pictures change places": (
        edit(DAY, '"media/05.png", "media/06.png"', '"media/06.png", "media/05.png"'),
        "05/fr",
        'media."media/06.png"',
    ),
    "the day shows a picture less": (edit(DAY, ', "media/06.png"', ""), "05/en", 'media."media/06.png"'),
    "the link changes": (edit(DAY, "un.org/5", "un.org/6"), "05/en", "link"),
    "the link is taken away": (edit(DAY, 'link = "https://un.org/5"\n', ""), "05/en", "link"),
    "the title changes": (edit(DAY, "Five", "Cinq"), "05/fr", "title"),
    "a fact is stated otherwise": (edit("posts/facts.toml", "One.", "Some."), "05/en", "facts.one"),
    "a fact stands in another paragraph": (edit("posts/facts.toml", "= 1", "= 2"), "05/en", "facts.one"),
    "a fact is added to the day": (edit(DAY, '"two"', '"two", "three"'), "05/fr", "facts.three"),
    "a fact is taken from the day": (edit(DAY, ', "two"', ""), "05/fr", "facts.two"),
    "the campaign's hashtags change": (edit(SHARED, "#Two", "#Three"), "05/en", "hashtags"),
    "two hashtags change places": (edit(SHARED, '"#One", "#Two"', '"#Two", "#One"'), "05/en", "hashtags"),
    "the day gets hashtags of its own": (edit(DAY, "link", 'hashtags = ["#Own"]\nlink'), "05/en", "hashtags"),
    "a handle changes": (edit(SHARED, "UN_Women", "UN_Woman"), "05/en", "handles.un-women.x"),
    "a handle is added": (edit(SHARED, 'x = "U', 'bluesky = "un.org"\nx = "U'), "05/en", "handles.un-women.bluesky"),
    "the name of a handle changes": (edit(SHARED, '"UN Women"', '"UN"'), "05/en", "handles.un-women.name"),
    "the minister changes": (edit(SHARED, "A. Minister", "B. Minister"), "05/en", "minister"),
    "an embassy gets words of its own": (put(OWN, 'text = "Ours."'), "05/en.tokyo", "text"),
    "an embassy's own words change": (edit("posts/06-day/en.tokyo.toml", "Our", "My"), "06/en.tokyo", "text"),
    "an embassy's own words are deleted": (remove("posts/06-day/en.tokyo.toml"), "06/en.tokyo", "text"),
    "a day is swapped with another": (swap_days, "05/en", "text"),
    "an embassy is called otherwise": (edit(CONFIG, "the Embassy", "our Embassy"), "embassies/nairobi", "name.en"),
    "its city is called otherwise": (edit(CONFIG, 'en = "Nairobi"', 'en = "Nyrobi"'), "embassies/nairobi", "city.en"),
    "its city has a name in one more language": (
        edit(CONFIG, "{ en = 'in Nairobi' }", "{ en = 'in Nairobi', fr = 'à Nairobi' }"),
        "embassies/nairobi",
        "in_city.fr",
    ),
    "its zone changes": (edit(CONFIG, "Africa/Nairobi", "Africa/Kampala"), "embassies/nairobi", "timezone"),
    "its account has another handle": (edit(CONFIG, "be_nairobi_x", "be_nairob_x"), "embassies/nairobi", "x.handle"),
    "its account is on another server": (
        edit(CONFIG, 'handle = "nairobi.example"', 'handle = "nairobi.example", service = "https://pds.example"'),
        "embassies/nairobi",
        "bluesky.service",
    ),
    "all accounts are on another server": (
        anew(CONFIG, lambda raw: raw + b'[bluesky]\nservice = "https://p.example"\n'),
        "embassies/tokyo",
        "bluesky.service",
    ),
    "an account is taken away": (
        edit(CONFIG, 'x = { handle = "example_be_nairobi_x" }\n', ""),
        "embassies/nairobi",
        "x.handle",
    ),
    "its languages change": (edit(CONFIG, '["en", "fr"]', '["fr", "en"]'), "embassies/nairobi", "languages"),
    "it leaves out a hashtag": (
        edit(CONFIG, "[embassies.nairobi]\n", '[embassies.nairobi]\nwithout_hashtags = ["#One"]\n'),
        "embassies/nairobi",
        "without_hashtags",
    ),
    "an embassy has another id": (
        edit(CONFIG, "[embassies.nairobi]", "[embassies.oslo]"),
        "embassies/oslo",
        "x.handle",
    ),
}


@pytest.mark.parametrize("what", VOIDS)
def test_a_change_after_approval_voids_it_and_is_named(two_days: Path, what: str) -> None:
    do, subject, part = VOIDS[what]
    assert found(two_days) == {}
    do(two_days)
    change = found(two_days)[subject]
    assert part in change.parts
    assert change.parts[part][0] != change.parts[part][1]
    plan, stored = look(two_days)
    if change.kind is not Kind.GONE:
        concerned = [d for d in plan if subject in (f"{d.number:02}/{d.language}", f"embassies/{d.embassy.id}")]
        own = [d for d in plan if subject == f"{d.number:02}/{d.language}.{d.embassy.id}"]
        assert concerned or own
        assert all(stored.objection(delivery) for delivery in own or concerned)
    # And whoever approves it as it is now has it back.
    approve_all(two_days)
    unfit = {"05/en", "05/fr"} if what == "a picture isn't there any more" else set()
    assert set(found(two_days)) <= unfit


OSLO = "[embassies.oslo]\ntimezone = 'Europe/Oslo'\nlanguages = ['en']\nx = { handle = 'oslo' }\n"
LAMP, TABLE = '"media/05.png" = "A lamp."\n', '"media/06.png" = "A table."\n'
KEEPS: dict[str, Do] = {
    "a comment is added": edit(WORDS, "bluesky =", "# Seen.\nbluesky ="),
    "keys change places": edit(WORDS, LAMP + TABLE, TABLE + LAMP),
    "line ends become those of Windows": anew(WORDS, lambda raw: raw.replace(b"\n", b"\r\n")),
    "a byte-order mark is put before": anew(WORDS, lambda raw: b"\xef\xbb\xbf" + raw),
    "spaces stand around an equals sign": edit(WORDS, "bluesky =", "bluesky   =  "),
    "spaces stand at the end of a line": edit(WORDS, '{hashtags}"\n', '{hashtags}"   \n'),
    "other quotes are used": edit(WORDS, '"A lamp."', "'A lamp.'"),
    "an empty line is added at the end of the text": edit(WORDS, "{hashtags}\n'''", "{hashtags}\n\n'''"),
    "a character is written as an escape": edit(WORDS, '"A lamp."', '"A l\\u0061mp."'),
    "the hour changes": edit(CONFIG, "[embassies.nairobi]\n", '[embassies.nairobi]\ntime = "11:00"\n'),
    "the day's hour changes": edit(DAY, "link", 'time = "11:00"\nlink'),
    "a day is skipped": edit(CONFIG, "[embassies.nairobi]\n", "[embassies.nairobi]\nskip = [7]\n"),
    "the spacing changes": edit(CONFIG, "[campaign]", '[schedule]\nspacing = "5m"\n[campaign]'),
    "a handle that nobody uses changes": edit(SHARED, '"EU"', '"European Union"'),
    "a used handle changes its name in another language": edit(SHARED, "ONU Femmes", "ONU"),
    "hashtags of another language change": edit(SHARED, "#Un", "#Deux"),
    "the campaign gets a title": edit(SHARED, "minister", 'title = "Sixteen"\nminister'),
    "a fact that the day doesn't rest on changes": edit("posts/facts.toml", "Three.", "Four."),
    "the folder has another name": lambda folder: (folder / FIVE).rename(folder / "posts/05-renamed"),
    "a warning is accepted": anew(DAY, lambda raw: raw + b'[accept]\nnear-duplicate = "Yes."\n'),
    "an embassy is added": edit(CONFIG, "[embassies.tokyo]", f"{OSLO}[embassies.tokyo]"),
    "a file is only saved anew": lambda folder: os.utime(folder / WORDS, (LATER.timestamp(),) * 2),
    "a picture is only saved anew": lambda folder: os.utime(folder / "posts/media/05.png", (LATER.timestamp(),) * 2),
}


@pytest.mark.parametrize("what", KEEPS)
def test_what_changes_nothing_of_the_content_voids_nothing(folder: Path, what: str) -> None:
    KEEPS[what](folder)
    assert set(found(folder)) <= {"embassies/oslo"}
    assert objection(folder) is None


# What the officer is told


@time_machine.travel(BEFORE)
def test_an_objection_says_what_changed_who_had_approved_it_since_when_and_what_to_type(folder: Path) -> None:
    replace(folder, WORDS, "says", "said")
    replace(folder, DAY, "un.org/5", "un.org/6")
    assert objection(folder) == (
        "its link and text are no longer what Ann Peeters approved on 20 Nov 10:00 UTC (changed 22 Nov 14:03 UTC): "
        "orangeday approve 5 --language en"
    )


@time_machine.travel(BEFORE)
def test_the_embassy_is_asked_for_as_well_as_its_words(folder: Path) -> None:
    replace(folder, CONFIG, "be_nairobi_x", "be_nairob_x")
    assert objection(folder) == (
        "nairobi's handle on X is no longer what Ann Peeters approved on 20 Nov 10:00 UTC (changed 22 Nov 14:03 UTC): "
        "orangeday approve --embassy nairobi"
    )
    assert objection(folder, "16days-2026/05/tokyo/x/en") is None


def test_what_was_never_approved_says_so(folder: Path) -> None:
    (folder / "posts/approvals.toml").unlink()
    assert objection(folder) == "day 5 in “en” is not approved yet: orangeday approve 5 --language en"
    (folder / OWN).write_text('text = "Ours."')
    approve_all(folder)
    (folder / OWN).write_text('text = "Ours, and new."')
    said = objection(folder, "16days-2026/05/tokyo/x/en")
    assert said and said.endswith("orangeday approve 5 --language en --embassy tokyo")
    assert objection(folder) is None


def test_no_other_words_stand_in_for_own_ones_that_are_gone_until_the_day_is_approved_anew(folder: Path) -> None:
    (folder / "posts/06-day/en.tokyo.toml").unlink()
    key = "16days-2026/06/tokyo/x/en"
    said = objection(folder, key)
    assert said and "are gone" in said and said.endswith(": orangeday approve 6 --language en")
    assert objection(folder, "16days-2026/06/nairobi/x/en") is None
    assert approve_all(folder)[0].kind is Kind.GONE
    assert objection(folder, key) is None
    assert "# 06/en.tokyo" not in (folder / "posts/approvals.toml").read_text()


def test_the_bytes_that_are_about_to_be_sent_are_what_counts(folder: Path) -> None:
    plan, stored = look(folder)
    delivery = plan.find("16days-2026/05/nairobi/x/en")
    assert delivery
    good = PictureContent(sha256(PICTURE).hexdigest(), {"x": ()})
    other = PictureContent(sha256(b"other").hexdigest(), {"x": ()})
    assert stored.objection(delivery, {"media/05.png": good, "media/06.png": good}) is None
    said = stored.objection(delivery, {"media/05.png": other, "media/06.png": good})
    assert said and said.startswith("its picture media/05.png is no longer")
    assert stored.objection(delivery, {"media/05.png": good})


@pytest.mark.invariant(15)
def test_another_alteration_than_the_approved_ones_holds_the_text_on_that_platform(folder: Path) -> None:
    plan, stored = look(folder)
    delivery = plan.find("16days-2026/05/nairobi/x/en")
    assert delivery
    assert stored.entries[EN].parts["pictures"] == "as they are"
    good = PictureContent(sha256(PICTURE).hexdigest(), {"x": ()})
    smaller = dataclasses.replace(good, alterations={"x": (Alteration.SMALLER,)})
    said = stored.objection(delivery, {"media/05.png": good, "media/06.png": smaller})
    assert said and said.startswith("its pictures as they are sent are no longer")


@pytest.mark.parametrize(
    "edit",
    [
        lambda folder: None,
        lambda folder: replace(folder, WORDS, "With", "Among"),
        lambda folder: replace(folder, SHARED, "A. Minister", "Another Minister"),
        lambda folder: replace(folder, "config.toml", "'in Tokyo'", "'in all of Tokyo'"),
        lambda folder: (folder / OWN).write_text('text = "New words of our own."\n', "utf-8"),
        lambda folder: (folder / "posts/06-day/en.tokyo.toml").unlink(),
        lambda folder: (folder / "posts/07-day/fr.toml").write_text("text = ", "utf-8"),
        lambda folder: (folder / "posts/media/05.png").write_bytes(turned_png()),
        lambda folder: (folder / "posts/approvals.toml").write_text("nonsense", "utf-8"),
        lambda folder: (folder / "posts/approvals.toml").unlink(),
        lambda folder: replace(folder, "config.toml", "[embassies.tokyo]", "[embassies.kyoto]"),
    ],
)
def test_what_is_said_of_all_posts_at_once_is_what_is_said_of_each(folder: Path, edit: Do) -> None:
    edit(folder)
    plan, stored = look(folder)
    each = {delivery.key: stored.find_objection(delivery) for delivery in plan}
    expected = {key: objection for key, objection in each.items() if objection}
    assert compare.find_objections(plan, stored, [*plan]) == expected


def turned_png() -> bytes:
    """A picture that its camera noted as lying on its side."""
    content = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 48), "orange").save(content, "PNG", exif=exif)
    return content.getvalue()


@pytest.mark.invariant(15)
def test_an_alteration_that_was_approved_may_be_made_and_may_be_left_out(folder: Path) -> None:
    turned = turned_png()
    (folder / "posts/media/05.png").write_bytes(turned)
    approve_all(folder)
    plan, stored = look(folder)
    delivery = plan.find("16days-2026/05/nairobi/x/en")
    assert delivery
    approved = stored.entries[EN].parts["pictures"]
    assert approved == "picture 1 turned on bluesky, picture 1 turned on x"
    digest = sha256(turned).hexdigest()
    good = PictureContent(sha256(PICTURE).hexdigest(), {"x": ()})
    for made, holds in (((Alteration.TURNED,), False), ((), False), ((Alteration.TURNED, Alteration.WHITE), True)):
        content = PictureContent(digest, {"x": made})
        assert bool(stored.objection(delivery, {"media/05.png": content, "media/06.png": good})) == holds, made


@pytest.mark.invariant(15, 17)
def test_an_approval_of_the_version_before_covers_what_is_altered_and_stays_as_it_is(folder: Path) -> None:
    """It has no part that says how the pictures are altered."""
    file = folder / "posts/approvals.toml"
    before = file.read_text("utf-8")
    plan, stored = look(folder)
    parts = {name: value for name, value in stored.entries[EN].parts.items() if name != "pictures"}
    digest = approvals_content.digest_of(parts, stored.entries[EN].campaign)
    old = before.replace('05.en.pictures = "as they are"\n', "").replace(stored.entries[EN].digest, digest)
    assert old != before
    file.write_text(old, "utf-8")
    delivery = plan.find("16days-2026/05/nairobi/x/en")
    assert delivery
    assert found(folder) == {}
    smaller = PictureContent(sha256(PICTURE).hexdigest(), {"x": (Alteration.SMALLER,)})
    _, stored = look(folder)
    assert stored.objection(delivery, {"media/05.png": smaller, "media/06.png": smaller}) is None
    assert approve_all(folder) == [] and file.read_text("utf-8") == old
    replace(folder, WORDS, "A lamp.", "A light.")
    assert [*found(folder)["05/en"].parts] == ['alt."media/05.png"'], "and it is no difference where another one is"


def long_strip() -> bytes:
    """A picture that is too long for X alone."""
    content = BytesIO()
    Image.new("RGB", (9000, 8), "orange").save(content, "PNG")
    return content.getvalue()


@pytest.mark.invariant(15)
def test_how_a_platform_gets_a_picture_is_approved_once_somebody_posts_there_and_holds_no_other(folder: Path) -> None:
    """Nobody is shown what becomes of a picture on a platform without an account."""
    config = (folder / "config.toml").read_text("utf-8")
    (folder / "config.toml").write_text(re.sub(r"(?m)^x = .*\n", "", config), "utf-8")
    (folder / "posts/media/05.png").write_bytes(long_strip())
    approve_all(folder)
    assert look(folder)[1].entries[EN].parts["pictures"] == "as they are"
    (folder / "config.toml").write_text(config, "utf-8")
    plan = plan_of(folder / "config.toml")
    approvals.approve(plan, [Subject(None, None, name) for name in ("nairobi", "tokyo")], "Ann", THEN)
    said = objection(folder)
    assert said and said.startswith("its pictures as they are sent are no longer what Ann Peeters approved")
    assert said.endswith("orangeday approve 5 --language en")
    assert objection(folder, "16days-2026/05/nairobi/bluesky/en") is None, "there it goes out as it was approved"
    assert {name: change.differences for name, change in found(folder).items()} == {
        name: [("pictures as they are sent", "unaltered", "picture 1 made smaller on X")] for name in ("05/en", "05/fr")
    }
    approve_all(folder)
    assert found(folder) == {} and objection(folder) is None


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("as they are", "unaltered"),
        (
            "picture 1 still on bluesky, picture 1 smaller on x, picture 12 colours on elsewhere",
            "picture 1 still, its first picture alone on Bluesky; picture 1 made smaller on X; "
            "picture 12 converted to the colours of a screen on elsewhere",
        ),
        ("picture 1 framed on x", "picture 1 framed on x"),
        (None, ""),
    ],
)
def test_how_pictures_are_altered_is_shown_in_an_officers_words(stored: str | None, shown: str) -> None:
    change = Change(EN, Kind.CHANGED, Location(Path("en.toml"), 1), {"pictures": (stored, None)})
    assert change.differences == [("pictures as they are sent", shown, "")]


@pytest.mark.invariant(15)
@pytest.mark.parametrize("opening", [1, 2, 3])
def test_the_bytes_and_the_alterations_that_are_approved_are_of_one_reading(folder: Path, opening: int) -> None:
    """Whenever a picture is swapped while it is looked at."""
    turned = turned_png()
    file = folder / "posts/media/05.png"
    with each_opening_of(file, lambda number: number == opening and file.write_bytes(turned)):
        content = approvals_content.picture_content(file, ["x"])
    altered = {sha256(PICTURE).hexdigest(): (), sha256(turned).hexdigest(): (Alteration.TURNED,)}
    assert content.digest and content.alterations == {"x": altered[content.digest]}


# Names that are stored in two forms


FORMS = [(one, other) for one in ("NFC", "NFD") for other in ("NFC", "NFD")]


def accented(folder: Path, form: Literal["NFC", "NFD"]) -> None:
    """Names with accents in that form, wherever day 5 has names that an approval writes down."""
    for file, names in {
        DAY: ("media/05.png", "two"), WORDS: ("media/05.png",), f"{FIVE}/fr.toml": ("media/05.png",),
        SHARED: ("handles.un-women",), "posts/facts.toml": ("[two]",),
    }.items():  # fmt: skip
        for old, new in {
            "media/05.png": "media/été.png", "two": "égalité", "[two]": '["égalité"]',
            "handles.un-women": 'handles."é-women"',
        }.items():  # fmt: skip
            if old in names:
                replace(folder, file, old, unicodedata.normalize(form, new))
    replace(folder, WORDS, "un-women", "é-women")
    (folder / "posts/media/05.png").rename(folder / "posts" / unicodedata.normalize(form, "media/été.png"))


@pytest.mark.parametrize(("before", "now"), FORMS)
def test_a_name_in_another_form_voids_no_approval_and_stays_in_it_as_it_was(
    tmp_path: Path, before: Literal["NFC", "NFD"], now: Literal["NFC", "NFD"]
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for at, form in ((old, before), (new, now)):
        campaigns.write(at, contents())
        (at / "posts/media").mkdir()
        for name in ("05", "06"):
            (at / f"posts/media/{name}.png").write_bytes(PICTURE)
        accented(at, form)
    approve_all(old)
    stored = (old / "posts/approvals.toml").read_bytes()
    assert unicodedata.normalize(before, 'media."media/été.png"').encode() in stored
    shutil.copy(old / "posts/approvals.toml", new / "posts")
    assert found(new) == {}
    assert objection(new) is None
    assert approve_all(new, by="Bob") == []
    assert (new / "posts/approvals.toml").read_bytes() == stored
    replace(new, WORDS, "A lamp.", "A lantern.")
    assert list(found(new)["05/en"].parts) == [unicodedata.normalize(before, 'alt."media/été.png"')]


def test_an_accent_of_another_kind_is_another_name(folder: Path) -> None:
    accented(folder, "NFC")
    approve_all(folder)
    (folder / "posts/media/été.png").rename(folder / "posts/media/ètè.png")
    for file in (DAY, WORDS, f"{FIVE}/fr.toml"):
        replace(folder, file, "été", "ètè")
    assert {"05/en", "05/fr"} <= {*found(folder)}


def test_two_pictures_whose_names_only_look_the_same_stay_two(folder: Path) -> None:
    whole, apart = "media/é.png", unicodedata.normalize("NFD", "media/é.png")
    for file in (DAY, WORDS, f"{FIVE}/fr.toml"):
        replace(folder, file, "media/05.png", whole)
        replace(folder, file, "media/06.png", "media/e.png")
    for name in (whole, "media/e.png"):
        (folder / "posts" / name).write_bytes(PICTURE)
    approve_all(folder)
    replace(folder, DAY, "media/e.png", apart)
    assert found(folder)["05/en"].kind is Kind.CHANGED


@pytest.mark.parametrize("name", ["approvals.toml.txt", "Approvals.TOML.txt", "approvals (1).toml"])
def test_approvals_under_another_name_are_not_begun_anew(folder: Path, name: str) -> None:
    approvals.withdraw(folder / "posts", EN, "Ann", THEN, "a wrong date")
    stored = (folder / "posts/approvals.toml").rename(folder / "posts" / name).read_bytes()
    assert (said := objection(folder)) and f"there is {name}, and no approvals.toml. Rename it" in said
    with pytest.raises(OrangedayError, match=r"Rename it: approvals\.toml.*Nothing was written"):
        approve_all(folder)
    assert (folder / "posts" / name).read_bytes() == stored
    assert not (folder / "posts/approvals.toml").exists()


def test_an_approval_that_was_edited_by_hand_counts_no_more(folder: Path) -> None:
    replace(folder, "posts/approvals.toml", "A lamp.", "A harmless lamp.")
    assert found(folder)["05/en"].kind is Kind.EDITED
    said = objection(folder)
    assert said and "was edited by hand" in said
    # Not even where the file and the approval are edited alike.
    replace(folder, WORDS, "A lamp.", "A harmless lamp.")
    assert found(folder)["05/en"].kind is Kind.EDITED
    approve_all(folder)
    assert found(folder) == {}


# What can be wrong with the file


HOSTILE: dict[str, str | bytes] = {
    "nothing in it": b"",
    "a key that stands twice": '05.en.approved = "sha256:1"\n05.en.approved = "sha256:2"\n',
    "the marks of a conflict": "<<<<<<< ours\n=======\n>>>>>>> theirs\n",
    "another encoding": "05.en.by = 'é'".encode("utf-16"),
    "an approval without its name": "05.en.approved = 'sha256:1'\n05.en.at = 2026-11-20T10:00:00Z\n",
    "a time without its zone": "05.en.approved = 'a'\n05.en.by = 'b'\n05.en.at = 2026-11-20T10:00:00\n",
    "the beginning of time": "05.en.approved = 'a'\n05.en.by = 'b'\n05.en.at = 0001-01-01T00:00:00+14:00\n",
    "the end of time": "05.en.approved = 'a'\n05.en.by = 'b'\n05.en.at = 9999-12-31T23:00:00-14:00\n",
    "a day that isn't there": "17.en.approved = 'sha256:1'\n",
    "a language that isn't one": "05.english.approved = 'sha256:1'\n",
    "a number for a text": "05.en.approved = 1\n05.en.by = 2\n05.en.at = 3\n",
    "no table": "05 = 'yes'\n",
    "tables in tables": "05.en.a.b.c.d.e = 'deep'\n",
    "a million characters": "05.en.text = '" + "x" * 1_000_000 + "'\n",
    "a million brackets": "a = " + "[" * 1_000_000,
    "a million dots": "a" + ".a" * 500_000 + " = 1",
    "a million lines": "#\n" * 1_000_000,
    "more than a file may have": "# " + "x" * 20_000_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_cannot_be_read_approves_nothing_and_is_left_as_it_is(folder: Path, what: str) -> None:
    put("posts/approvals.toml", HOSTILE[what])(folder)
    before = (folder / "posts/approvals.toml").read_bytes()
    began = time.process_time()
    plan, stored = look(folder)
    assert not stored.entries
    assert all(stored.objection(delivery) for delivery in plan)
    assert time.process_time() - began < 5
    if what != "a million lines":  # all of them comments
        assert stored.problems
        assert str(stored.problems[0]) in (objection(folder) or "")
        with pytest.raises(OrangedayError, match="Nothing was written"):
            approve_all(folder)
        assert (folder / "posts/approvals.toml").read_bytes() == before
        assert main(["--config", str(folder / "config.toml"), "approve", "all"]) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are Unix ones")
@pytest.mark.parametrize("what", ["a folder", "a pipe", "a link out of the folder", "a link to nowhere"])
def test_what_is_no_file_approves_nothing(folder: Path, what: str) -> None:
    file = folder / "posts/approvals.toml"
    file.rename(folder / "outside.toml")
    if what == "a folder":
        file.mkdir()
    elif what == "a pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(folder / ("outside.toml" if "out" in what else "nowhere.toml"))
    assert approvals.load(folder / "posts").problems
    assert objection(folder)
    with pytest.raises(OrangedayError, match="Nothing was written"):
        approve_all(folder)
    assert len(list(folder.glob("posts/.approvals.toml*"))) == 0


def test_a_folder_that_may_not_be_written_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "posts/.approvals.toml.1").mkdir()
    monkeypatch.setattr(os, "getpid", lambda: 1)
    replace(folder, WORDS, "says", "said")
    before = (folder / "posts/approvals.toml").read_bytes()
    with pytest.raises(OrangedayError, match="can't be written"):
        approve_all(folder)
    assert (folder / "posts/approvals.toml").read_bytes() == before


# How it is written


def test_what_is_approved_already_stays_as_it_is_byte_for_byte(folder: Path) -> None:
    before = (folder / "posts/approvals.toml").read_text().splitlines()
    assert approve_all(folder, "Bob", LATER) == []
    assert (folder / "posts/approvals.toml").read_text().splitlines() == before
    replace(folder, WORDS, "says", "said")
    assert [str(change.subject) for change in approve_all(folder, "Bob", LATER)] == ["05/en"]
    after = (folder / "posts/approvals.toml").read_text().splitlines()
    differ = {line.split(" = ")[0] for line in {*after} ^ {*before}}
    assert differ == {"05.en.approved", "05.en.by", "05.en.at", "05.en.text"}


def test_every_line_belongs_to_one_approval_alone(folder: Path) -> None:
    lines = [line for line in (folder / "posts/approvals.toml").read_text().splitlines() if line]
    assert len(lines) == len(set(lines))
    assert lines.count("# 16/fr") == 1
    assert [line for line in lines if line.startswith("# ")][-1] == "# embassies/tokyo"


def test_headings_stand_there_for_what_isnt_approved_and_line_ends_are_kept(folder: Path) -> None:
    file = folder / "posts/approvals.toml"
    headings = re.findall("^# .*/.*$", file.read_text(), re.MULTILINE)
    file.write_bytes(b"# 01/en\r\n")
    plan = plan_of(folder / "config.toml")
    approvals.approve(plan, [EN], "Ann", THEN)
    raw = file.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert re.findall("^# .*/.*$", raw.decode().replace("\r", ""), re.MULTILINE) == headings
    assert list(approvals.load(folder / "posts").entries) == [EN]


def lines_of(file: Path, key: str) -> dict[str, str]:
    """What stands below a heading, by what follows its key."""
    found = (line.partition(" = ") for line in file.read_text("utf-8").splitlines() if line.startswith(f"{key}."))
    return {name.removeprefix(f"{key}."): value for name, _, value in found}


TAKEN_DOWN = datetime(2026, 11, 25, 2, 5, 7, 8, tzinfo=UTC)


@time_machine.travel(BEFORE)
def test_a_withdrawal_stands_in_the_place_of_the_approval_and_keeps_what_was_approved(folder: Path) -> None:
    file = folder / "posts/approvals.toml"
    before, others = lines_of(file, "05.en"), file.read_text("utf-8").splitlines()
    approvals.withdraw(folder / "posts", EN, "Ann Peeters", TAKEN_DOWN, "a wrong\ndate")
    told = {"approved": '"withdrawn"', "by": '"Ann Peeters"', "at": "2026-11-25T02:05:07Z", "why": '"a wrong date"'}
    parts = {name: value for name, value in before.items() if name not in ("approved", "by", "at", "campaign")}
    assert lines_of(file, "05.en") == told | parts
    after = file.read_text("utf-8").splitlines()
    assert [line for line in after if not line.startswith("05.en.")] == [
        line for line in others if not line.startswith("05.en.")
    ]
    assert "\n# 05/en\n05.en.approved" in file.read_text("utf-8")
    assert objection(folder) == (
        "day 5 in “en” is withdrawn (taken down by Ann Peeters, 25 Nov 02:05 UTC: a wrong date): nothing of it goes "
        "out. To be asked whether it may after all: orangeday approve 5 --language en --again"
    )
    assert objection(folder, "16days-2026/05/nairobi/x/fr") is None
    assert [(name, change.kind) for name, change in found(folder).items()] == [("05/en", Kind.WITHDRAWN)]
    # Who comes second changes nothing.
    approvals.withdraw(folder / "posts", EN, "Ben", LATER, "")
    assert lines_of(file, "05.en")["by"] == '"Ann Peeters"'


def test_what_was_never_approved_can_be_withdrawn_and_so_can_own_words(folder: Path) -> None:
    (folder / "posts/approvals.toml").unlink()
    own = Subject(6, "en", "tokyo")
    approvals.withdraw(folder / "posts", EN, "", TAKEN_DOWN, "")
    approvals.withdraw(folder / "posts", own, "Ann", TAKEN_DOWN, "")
    stored = approvals.load(folder / "posts")
    assert {(subject, entry.actor, entry.reason) for subject, entry in stored.withdrawals.items()} == {
        (EN, "unknown", ""), (own, "Ann", ""),
    }  # fmt: skip
    assert found(folder)["06/en"].kind is Kind.NEW
    assert (objection(folder, "16days-2026/06/tokyo/x/en") or "").endswith(
        "orangeday approve 6 --language en --embassy tokyo --again"
    )
    with pytest.raises(OrangedayError, match="can't be written"):
        approvals.withdraw(folder / "posts/nowhere", EN, "Ann", TAKEN_DOWN, "")


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_withdrawal_is_read_back_with_any_line_ends_and_a_mark(folder: Path, ends: bytes, mark: bytes) -> None:
    file = folder / "posts/approvals.toml"
    file.write_bytes(mark + file.read_bytes().replace(b"\n", ends))
    approvals.withdraw(folder / "posts", EN, "Ann", TAKEN_DOWN, "“quoted” \\ and = so on")
    raw = file.read_bytes()
    assert raw.count(ends) == raw.count(b"\n")
    file.write_bytes(mark + raw)
    stored = approvals.load(folder / "posts")
    assert stored.problems == ()
    assert (stored.withdrawals[EN].reason, stored.withdrawals[EN].actor) == ("“quoted” \\ and = so on", "Ann")
    assert len(stored.entries) == 34
    assert "text" in stored.withdrawals[EN].parts
    approvals.approve_again(plan_of(folder / "config.toml"), EN, "Ben", LATER, lambda: None)
    assert found(folder) == {}


@pytest.mark.parametrize("do", [*VOIDS, None])
def test_however_a_withdrawn_text_is_edited_nothing_but_its_own_approval_counts(two_days: Path, do: str | None) -> None:
    approvals.withdraw(two_days / "posts", EN, "Ann", TAKEN_DOWN, "")
    approvals.withdraw(two_days / "posts", Subject(5, "fr", None), "Ann", TAKEN_DOWN, "")
    if do:
        VOIDS[do][0](two_days)
    approve_all(two_days, "Ben", LATER)
    plan, stored = look(two_days)
    assert {EN, Subject(5, "fr", None)} == set(stored.withdrawals)
    for language in ("en", "fr"):
        delivery = plan.find(f"16days-2026/05/nairobi/bluesky/{language}")
        if delivery and delivery.translation and not delivery.translation.embassy:
            assert stored.withdrawal_objection(delivery) == stored.objection(delivery)
            assert "withdrawn" in (stored.objection(delivery) or "")


def test_another_tag_of_the_same_language_is_the_same_withdrawn_text(folder: Path) -> None:
    approvals.withdraw(folder / "posts", EN, "Ann", TAKEN_DOWN, "")
    (folder / WORDS).rename(folder / f"{FIVE}/en-GB.toml")
    replace(folder, CONFIG, 'languages = ["en", "fr"]', 'languages = ["en-GB", "fr"]')
    british = Subject(5, "en-GB", None)
    approve_all(folder)
    plan, stored = look(folder)
    assert british not in stored.entries
    assert stored.withdrawal(british)
    approvals.approve_again(plan, british, "Ben", LATER, lambda: None)
    stored = approvals.load(folder / "posts")
    assert not stored.withdrawals
    assert british in stored.entries


def test_a_withdrawal_made_an_approval_by_hand_counts_no_more_than_any_edited_one(folder: Path) -> None:
    digest = lines_of(folder / "posts/approvals.toml", "05.en")["approved"]
    approvals.withdraw(folder / "posts", EN, "Ann", TAKEN_DOWN, "")
    replace(folder, "posts/approvals.toml", 'en.approved = "withdrawn"', f"en.approved = {digest}")
    assert found(folder)["05/en"].kind is Kind.EDITED


def test_what_raises_before_the_file_is_written_leaves_it_as_it_was(folder: Path) -> None:
    approvals.withdraw(folder / "posts", EN, "Ann", TAKEN_DOWN, "")
    before = (folder / "posts/approvals.toml").read_bytes()

    def away() -> None:
        raise OrangedayError("The ledger's server can't be reached.")

    with pytest.raises(OrangedayError, match="server"):
        approvals.approve_again(plan_of(folder / "config.toml"), EN, "Ben", LATER, away)
    assert (folder / "posts/approvals.toml").read_bytes() == before
    assert len(list(folder.glob("posts/.approvals.toml*"))) == 0


# For one campaign


def test_an_approval_is_for_one_campaign_and_the_next_begins_with_none(folder: Path) -> None:
    assert lines_of(folder / "posts/approvals.toml", "05.en")["campaign"] == '"16days-2026"'
    assert lines_of(folder / "posts/approvals.toml", "embassies.tokyo")["campaign"] == '"16days-2026"'
    next_year = plan_of(folder / "config.toml", datetime(2027, 11, 20, tzinfo=UTC))
    stored = approvals.load(folder / "posts")
    late = compare.changes(next_year, stored)
    assert {change.kind for change in late} == {Kind.CAMPAIGN}
    assert len(late) == 35
    said = {stored.objection(delivery) for delivery in next_year}
    assert "day 5 in “en” is approved for 16days-2026, not for 16days-2027: orangeday approve 5 --language en" in said
    assert None not in said
    # Own words of last year that are gone hold nothing this year.
    (folder / "posts/06-day/en.tokyo.toml").unlink()
    plan = plan_of(folder / "config.toml", datetime(2027, 11, 20, tzinfo=UTC))
    assert "06/en.tokyo" not in {str(change.subject) for change in compare.changes(plan, stored)}
    made = approvals.approve(plan, approvals_content.subjects(plan), "Ben", datetime(2027, 11, 20, tzinfo=UTC))
    assert len(made) == 34
    stored = approvals.load(folder / "posts")
    assert compare.changes(plan, stored) == []
    assert {str(c.kind) for c in compare.changes(plan_of(folder / "config.toml"), stored)} == {"campaign", "gone"}


def test_the_campaign_of_an_approval_cannot_be_edited(folder: Path) -> None:
    replace(folder, "posts/approvals.toml", '05.en.campaign = "16days-2026"', '05.en.campaign = "16days-2027"')
    next_year = plan_of(folder / "config.toml", datetime(2027, 11, 20, tzinfo=UTC))
    for plan in (next_year, plan_of(folder / "config.toml")):
        kinds = {str(c.subject): c.kind for c in compare.changes(plan, approvals.load(folder / "posts"))}
        assert kinds["05/en"] is Kind.EDITED
    replace(folder, "posts/approvals.toml", '05.en.campaign = "16days-2027"\n', "")
    assert found(folder)["05/en"].kind is Kind.EDITED


BEFORE_CAMPAIGNS = """\
# What may go out, written by `orangeday approve`: each text and each embassy as it was approved, by whom and when.
# Not sent: what isn't here, what has changed since, and what was edited here by hand.
# What has changed: orangeday approve --diff

# 01/en
01.en.approved = "sha256:059a7d728c9fb457862cd5c2d60a7100443b34ea35b5599ccff395a09be692e3"
01.en.by = "Ann Peeters"
01.en.at = {at}
01.en.title = "Day 1"
01.en.text = "Day 1 in en, from {{city}}."
01.en.facts.one = "paragraph 0: One."

# embassies/nairobi
embassies.nairobi.approved = "sha256:034c2aa59585c8e718ff4d9404dfab1ffb1698a8c70eed80ace5f231e4411ce8"
embassies.nairobi.by = "Ben"
embassies.nairobi.at = {at}
embassies.nairobi.city.en = "Nairobi"
embassies.nairobi.timezone = "Africa/Nairobi"
embassies.nairobi.languages = "en"
embassies.nairobi.x.handle = "example_be_nairobi_x"
embassies.nairobi.bluesky.handle = "nairobi.example"
embassies.nairobi.bluesky.service = "https://bsky.social"
"""
"""As the version wrote it whose approvals named no campaign, but for the time."""


@pytest.mark.parametrize(
    ("at", "start", "now", "campaign"),
    [
        ("2026-11-20T10:00:00Z", None, "2026-11-29T16:00:00Z", "16days-2026"),
        ("2025-12-11T12:00:00Z", None, "2026-11-29T16:00:00Z", "16days-2026"),
        ("2025-12-11T11:59:59Z", None, "2026-11-29T16:00:00Z", "16days-2025"),
        ("2026-12-11T11:59:59Z", None, "2026-12-10T16:00:00Z", "16days-2026"),
        ("2026-12-11T12:00:00Z", None, "2026-12-10T16:00:00Z", "16days-2027"),
        ("2026-11-20T10:00:00Z", None, "2027-11-29T16:00:00Z", "16days-2026"),
        ("2020-11-20T10:00:00Z", None, "2027-11-29T16:00:00Z", "16days-2020"),
        ("2026-12-30T10:00:00Z", "2026-12-20", "2026-11-29T16:00:00Z", "16days-2026"),
        ("2027-01-05T11:59:59Z", "2026-12-20", "2026-11-29T16:00:00Z", "16days-2026"),
        ("2027-01-05T12:00:00Z", "2026-12-20", "2026-11-29T16:00:00Z", "16days-2027"),
        ("2028-03-16T11:59:59Z", "2028-02-29", "2028-02-29T16:00:00Z", "16days-2028"),
        ("2027-03-16T12:00:00Z", "2028-02-29", "2028-02-29T16:00:00Z", "16days-2028"),
        ("2027-03-16T11:59:59Z", "2028-02-29", "2028-02-29T16:00:00Z", "16days-2027"),
        ("2027-03-16T11:59:59Z", "2027-02-28", "2028-02-29T16:00:00Z", "16days-2027"),
        ("2029-03-16T12:00:00Z", "2028-02-29", "2028-02-29T16:00:00Z", "16days-2030"),
    ],
)  # fmt: skip
def test_an_approval_that_names_no_campaign_counts_for_the_one_that_ran_or_came_next(
    tmp_path: Path, at: str, start: str | None, now: str, campaign: str
) -> None:
    files = campaigns.files()
    if start:
        files["config.toml"] = files["config.toml"].replace("[campaign]\n", f"[campaign]\nstart = {start}\n")
    plan = plan_of(campaigns.write(tmp_path, files), datetime.fromisoformat(now))
    (tmp_path / "posts/approvals.toml").write_text(BEFORE_CAMPAIGNS.format(at=at), "utf-8")
    stored = approvals.load(tmp_path / "posts")
    assert stored.problems == ()
    assert not any(approval.is_edited for approval in stored.entries.values())
    assert {approval.campaign_of(plan) for approval in stored.entries.values()} == {campaign}
    delivery = plan.find(f"{plan.campaign_id}/01/nairobi/x/en")
    assert delivery
    counts = plan.campaign_id == campaign
    said = None if counts else f"day 1 in “en” is approved for {campaign}, not for {plan.campaign_id}"
    assert (stored.objection(delivery) or "").partition(":")[0] == (said or "")


def test_an_update_in_the_middle_of_the_campaign_changes_no_approval_that_was_there(tmp_path: Path) -> None:
    plan = plan_of(campaigns.write(tmp_path, campaigns.files()), datetime(2026, 11, 29, tzinfo=UTC))
    old = BEFORE_CAMPAIGNS.format(at="2026-11-20T10:00:00Z")
    (tmp_path / "posts/approvals.toml").write_text(old, "utf-8")
    made = approvals.approve(plan, approvals_content.subjects(plan), "Ben", datetime(2026, 11, 29, tzinfo=UTC))
    assert len(made) == 15
    kept = set((tmp_path / "posts/approvals.toml").read_text("utf-8").splitlines())
    assert set(old.splitlines()) <= kept


def test_a_text_that_cannot_be_read_for_now_keeps_its_approval(folder: Path) -> None:
    good = (folder / WORDS).read_text()
    (folder / WORDS).write_text("text = oops")
    assert approve_all(folder) == []
    (folder / WORDS).write_text(good)
    assert found(folder) == {}


# More than one hand


@pytest.mark.integration
def test_two_processes_that_approve_at_once_lose_nothing(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (folder / "posts/approvals.toml").unlink()
    replace(folder, CONFIG, "[campaign]\n", "[campaign]\nstart = 2026-11-25\n")
    config = str(folder / "config.toml")
    log = tmp_path_factory.mktemp("said") / "log"
    with log.open("wb") as out:
        running = [
            born("orangeday", ["--config", config, "approve", *what, "--by", who], folder, os.environ, out=out)
            for what, who in ((("1-8",), "Ann"), (("9-16",), "Bob"), (("--embassy", "nairobi"), "Cid"))
        ]
        assert [process.wait(60) for process in running] == [0, 0, 0], log.read_text()
    assert list(found(folder)) == ["embassies/tokyo"]


@pytest.mark.integration
def test_a_hundred_approvals_and_withdrawals_at_once_lose_none_and_bring_none_back(folder: Path) -> None:
    (folder / "posts/approvals.toml").unlink()
    racing = (("withdraw", "en"), ("approve", "en"), ("approve", "fr"))
    with (folder / "log").open("wb") as log:
        running = [born("tests.approvals.racing_hand", argv, folder, os.environ, out=log) for argv in racing]
    try:
        assert [process.wait(240) for process in running] == [0, 0, 0], (folder / "log").read_text()
    finally:
        for process in running:
            process.kill()
            process.wait()
    stored = approvals.load(folder / "posts")
    assert stored.problems == ()
    assert {str(subject) for subject in stored.withdrawals} == {f"{number:02}/en" for number in range(1, 17)}
    assert {subject.number for subject in stored.entries if subject.language == "fr"} == set(range(1, 17))
    assert len(stored.entries) == 16 + 1 + 2  # those of the embassies, too, and tokyo's own words
    assert len(list(folder.glob("posts/.approvals*"))) == 1, "nothing stays but the lock"


def pulled(folder: Path, write: Callable[[Path], None], times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git, or an editor, writes the file just as ours is being put on the disk, as often as that; it locks nothing."""
    fsync, left = os.fsync, [times]

    def at_that_moment(descriptor: int) -> None:
        fsync(descriptor)
        if left[0]:
            left[0] -= 1
            write(folder / "posts/approvals.toml")

    monkeypatch.setattr(os, "fsync", at_that_moment)


@pytest.mark.parametrize("in_place", [True, False])
def test_what_was_written_meanwhile_without_the_lock_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, in_place: bool
) -> None:
    file = folder / "posts/approvals.toml"
    ours = file.read_bytes()
    approvals.withdraw(folder / "posts", EN, "Ann", TAKEN_DOWN, "")
    approvals.approve(plan_of(folder / "config.toml"), [], "Ben", LATER)
    theirs = file.read_bytes()
    file.write_bytes(ours)

    def pull(file: Path) -> None:
        if in_place:
            file.write_bytes(theirs)
            return
        file.unlink()
        (file.parent / "new").write_bytes(theirs)
        (file.parent / "new").rename(file)

    replace(folder, f"{FIVE}/fr.toml", "Bonjour", "Bonsoir")
    pulled(folder, pull, 3, monkeypatch)
    approve_all(folder, "Ben", LATER)
    stored = approvals.load(folder / "posts")
    assert set(stored.withdrawals) == {EN}
    assert stored.entries[Subject(5, "fr", None)].actor == "Ben"


def test_a_file_that_is_away_for_a_moment_is_not_taken_for_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git writes one: away with the old, then the new, while whoever looks for it waits."""
    file, beside = folder / "posts/approvals.toml", folder / "beside"
    file.rename(beside)
    monkeypatch.setattr(time, "sleep", lambda _: beside.rename(file))
    approvals.withdraw(folder / "posts", EN, "Ann", TAKEN_DOWN, "")
    stored = approvals.load(folder / "posts")
    assert (set(stored.withdrawals), len(stored.entries)) == ({EN}, 34)


def test_who_never_stops_writing_is_named_and_nothing_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = iter(range(1000))

    def more(file: Path) -> None:
        file.write_bytes(file.read_bytes() + f"# {next(count)}\n".encode())

    pulled(folder, more, 1000, monkeypatch)
    with pytest.raises(OrangedayError, match=r"keeps writing .*Nothing was written"):
        approvals.withdraw(folder / "posts", EN, "Ann", TAKEN_DOWN, "")
    assert not approvals.load(folder / "posts").withdrawals


def test_the_lock_lies_beside_the_file_and_is_for_whoever_may_write_there(folder: Path) -> None:
    posts = folder / "posts"
    lock = posts / approvals.LOCK
    assert lock.is_file()
    if sys.platform != "win32":
        for mode, expected in ((0o755, 0o600), (0o775, 0o660), (0o777, 0o666), (0o770, 0o660)):
            lock.unlink()
            posts.chmod(mode)
            approvals.withdraw(posts, Subject(1, "en", None), "Ann", TAKEN_DOWN, str(mode))
            approvals.approve(plan_of(folder / "config.toml"), [], "Ann", THEN)
            assert lock.stat().st_mode & 0o777 == expected, oct(mode)
    with FileLock(lock), pytest.raises(OrangedayError, match="Somebody else is writing"):
        approvals.withdraw(posts, EN, "Ann", TAKEN_DOWN, "")
    approvals.withdraw(posts, EN, "Ann", TAKEN_DOWN, "")


AS_ANOTHER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
import filelock
from orangeday.approvals import store as approvals
from orangeday.approvals.model import Subject
from orangeday.errors import OrangedayError
# This user may be unable to read the interpreter: what is loaded late is loaded now.
filelock.FileLock("unused"), b"x".decode("utf-8-sig")
os.setgroups([int(sys.argv[2])]); os.setgid(60000); os.setuid(60000)
try:
    text = Subject(5, "en", None)
    approvals.withdraw(Path(sys.argv[1]), text, "Ann", datetime(2026, 11, 25, tzinfo=UTC), "")
except OrangedayError as failure:
    sys.exit(str(failure))
"""


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("allowed", [True, False])
def test_another_user_of_the_same_group_can_withdraw_and_one_who_may_not_is_told_so(
    folder: Path, tmp_path: Path, allowed: bool
) -> None:
    for above in (folder, *folder.parents):
        if above.stat().st_uid == 0 and Path(tempfile.gettempdir()) in above.parents:
            above.chmod(0o755)
    posts = folder / "posts"
    for file in (posts, *posts.rglob("*")):
        os.chown(file, -1, 60001)
        file.chmod(0o775 if file.is_dir() else 0o664)
    (posts / approvals.LOCK).unlink()
    approvals.withdraw(posts, FIRST, "Root", TAKEN_DOWN, "")
    assert (posts / model.NAME).stat().st_gid == 60001
    group = "60001" if allowed else "60002"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", AS_ANOTHER, str(posts), group], capture_output=True, text=True, check=False,
        env=environment,
    )  # fmt: skip
    if allowed:
        assert ran.returncode == 0, ran.stderr
        assert {FIRST, EN} == set(approvals.load(posts).withdrawals)
        approvals.withdraw(posts, Subject(5, "fr", None), "Root", TAKEN_DOWN, "")
    else:
        assert "Permission denied" in ran.stderr
        assert "Traceback" not in ran.stderr
        assert {FIRST} == set(approvals.load(posts).withdrawals)


ANY = st.characters(exclude_categories=["Cs"])
ODD = st.sampled_from("\"\\'\r\n\t\0\x7f\u202e\u2028. #😀ש")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(ANY | ODD, min_size=1, max_size=300), name=st.text(ANY, min_size=1, max_size=30))
def test_any_text_reads_back_as_the_same_and_stays_approved(two_days: Path, text: str, name: str) -> None:
    if not text.strip() or not name.strip():
        return
    quoted = {code: f"\\U{code:08x}" for code in (*range(32), 34, 92, 127)}
    picture = f"media/{name}".translate(quoted)
    (two_days / WORDS).write_bytes(f'text = "{text.translate(quoted)}"\n[alt]\n"{picture}" = "A"\n'.encode())
    (two_days / DAY).write_bytes(f'title = "Five"\nfacts = []\nmedia = ["{picture}"]\n'.encode())
    plan, _ = look(two_days)
    day = plan.campaign.days.get(5)
    if day is None or "en" not in day.translations:
        return
    parts = approvals_content.content(plan, EN)
    assert parts
    assert parts["text"] == text.strip()
    campaign = "16days-2026"
    approval = model.Approval(parts, approvals_content.digest_of(parts, campaign), name, THEN, campaign)
    withdrawn = model.TextWithdrawal(name, THEN, text if text.strip() else "", parts)
    for entry, more in ((approval, 4), (withdrawn, 4 if withdrawn.reason else 3)):
        written = approvals._format_file({EN: entry}, [EN])
        assert len([line for line in written.split("\n") if line.startswith("05.")]) == len(parts) + more
        (two_days / "posts/approvals.toml").write_bytes(written.encode())
        again = approvals.load(two_days / "posts")
        assert again.problems == ()
        assert {**again.entries, **again.withdrawals} == {EN: entry}


def test_a_text_full_of_dots_can_be_read_again(folder: Path) -> None:
    (folder / WORDS).write_text('text = """\n' + "...........\n" * 100 + '"""\n')
    approve_all(folder)
    assert found(folder) == {}


# Merging


@pytest.fixture
def git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Git in that folder, on a branch `main` with all files but for approvals."""
    if not shutil.which("git"):
        pytest.skip("git is not here")
    for name, value in {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A", "GIT_COMMITTER_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_EMAIL": "a@example.org",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    def git(*arguments: str) -> str:
        ran = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
        return ran.stdout + ran.stderr

    (folder / "posts/approvals.toml").unlink()
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "The campaign")
    return git


def on_a_branch(git: Callable[..., str], folder: Path, name: str, *chosen: Subject, at: datetime = THEN) -> None:
    git("checkout", "-q", "-b", name, "main")
    approvals.approve(plan_of(folder / "config.toml"), chosen, name, at)
    git("add", "-A")
    git("commit", "-qm", f"{name} approves")


FIRST = Subject(1, "en", None)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (EN, Subject(9, "en", None)),
        (EN, Subject(6, "en", None)),
        (EN, Subject(5, "fr", None)),
        (Subject(6, "en", None), Subject(6, "en", "tokyo")),
        (Subject(16, "fr", None), Subject(None, None, "nairobi")),
        (Subject(None, None, "nairobi"), Subject(None, None, "tokyo")),
        (Subject(1, "fr", None), Subject(2, "en", None)),
    ],
)
def test_two_people_who_approve_different_things_merge_without_a_conflict(
    git: Callable[..., str], folder: Path, ours: Subject, theirs: Subject
) -> None:
    approvals.approve(plan_of(folder / "config.toml"), [FIRST], "Ann", THEN)
    git("add", "-A")
    git("commit", "-qm", "The first")
    on_a_branch(git, folder, "Bob", ours)
    on_a_branch(git, folder, "Cid", theirs, at=LATER)
    assert "CONFLICT" not in git("merge", "--no-edit", "Bob")
    stored = approvals.load(folder / "posts")
    assert stored.problems == ()
    assert {subject: approval.actor for subject, approval in stored.entries.items()} == {
        FIRST: "Ann",
        ours: "Bob",
        theirs: "Cid",
    }
    assert not any(approval.is_edited for approval in stored.entries.values())


@pytest.mark.integration
@pytest.mark.parametrize("union", [True, False])
@pytest.mark.parametrize("theirs", [EN, Subject(5, "fr", None), Subject(4, "fr", None), None])
def test_a_withdrawal_merges_as_an_approval_does_and_is_never_lost(
    git: Callable[..., str], folder: Path, theirs: Subject | None, union: bool
) -> None:
    if union:
        (folder / ".gitattributes").write_text("posts/approvals.toml merge=union\n")
    plan = plan_of(folder / "config.toml")
    approvals.approve(plan, [FIRST, EN], "Ann", THEN)
    git("add", "-A")
    git("commit", "-qm", "The first")
    git("checkout", "-q", "-b", "Bob", "main")
    approvals.withdraw(folder / "posts", EN, "Bob", TAKEN_DOWN, "a wrong date")
    git("commit", "-qam", "Bob withdraws")
    git("checkout", "-q", "-b", "Cid", "main")
    if theirs == EN:
        replace(folder, WORDS, "says", "said")
    elif theirs is None:
        approvals.withdraw(folder / "posts", FIRST, "Cid", LATER, "")
    if theirs:
        approvals.approve(plan_of(folder / "config.toml"), [theirs], "Cid", LATER)
    git("commit", "-qam", "Cid approves")
    said = git("merge", "--no-edit", "Bob")
    stored = approvals.load(folder / "posts")
    if theirs == EN:
        assert ("CONFLICT" in said) is not union
        assert stored.problems, "the same text withdrawn and approved: a person has to say which"
        assert (stored.entries, stored.withdrawals) == ({}, {})
        with pytest.raises(OrangedayError, match="Nothing was written"):
            approvals.withdraw(folder / "posts", EN, "Ann", LATER, "")
        return
    assert "CONFLICT" not in said
    assert stored.problems == ()
    assert stored.withdrawals[EN].actor == "Bob"
    assert set(stored.withdrawals) == ({EN} if theirs else {EN, FIRST})
    assert set(stored.entries) == ({FIRST, theirs} if theirs else set())
    assert git("status", "--porcelain").split() in ([], ["??", "posts/.approvals.lock"])


@pytest.mark.integration
@pytest.mark.parametrize("attributes", [True, False])
def test_two_people_who_make_the_file_anew_merge_by_the_union_that_init_asks_for(
    git: Callable[..., str], folder: Path, capsys: pytest.CaptureFixture[str], attributes: bool
) -> None:
    assert main(["init", str(folder / "new")]) == 0
    written = (folder / "new/.gitattributes").read_text()
    shutil.rmtree(folder / "new")
    if attributes:
        (folder / ".gitattributes").write_text(written)
        git("add", "-A")
        git("commit", "-qm", "Attributes")
    theirs = [EN, Subject(16, "fr", None)]
    on_a_branch(git, folder, "Bob", FIRST, Subject(5, "fr", None), Subject(None, None, "nairobi"))
    on_a_branch(git, folder, "Cid", *theirs, at=LATER)
    said = git("merge", "--no-edit", "Bob")
    stored = approvals.load(folder / "posts")
    if attributes:
        assert "CONFLICT" not in said
        assert (stored.problems, len(stored.entries)) == ((), 5)
        assert not any(approval.is_edited for approval in stored.entries.values())
    else:
        assert "CONFLICT" in said
        assert stored.problems


@pytest.mark.integration
@pytest.mark.parametrize("first", [True, False])
def test_the_same_text_approved_twice_holds_everything_and_says_where(
    git: Callable[..., str], folder: Path, first: bool
) -> None:
    (folder / ".gitattributes").write_text("posts/approvals.toml merge=union\n")
    if not first:
        approvals.approve(plan_of(folder / "config.toml"), [FIRST], "Ann", THEN)
    git("add", "-A")
    git("commit", "-qm", "Attributes")
    on_a_branch(git, folder, "Bob", EN)
    git("checkout", "-q", "main")
    replace(folder, WORDS, "says", "said")
    on_a_branch(git, folder, "Cid", EN, at=LATER)
    git("merge", "--no-edit", "Bob")
    stored = approvals.load(folder / "posts")
    assert stored.entries == {}
    (problem,) = stored.problems
    lines = (folder / "posts/approvals.toml").read_text().splitlines()
    assert lines[problem.location.line - 1].startswith("05.en.")
    assert "the same key stands twice" in problem.message
    said = objection(folder)
    assert said and said.startswith("nothing counts as approved")


# The commands


@pytest.fixture
def run(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Runs a command line on that campaign, of which nothing is approved: its status and what it said."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("ORANGEDAY_CONFIG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (folder / "posts/approvals.toml").unlink()
    clock = time_machine.travel(THEN, tick=True)
    clock.start()

    def run(*argv: str) -> tuple[int, str, str]:
        status = main(argv)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said.out, said.err

    yield run
    clock.stop()


Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("argv", "subjects"),
    [
        (["5"], ["05/en", "05/fr"]),
        (["05"], ["05/en", "05/fr"]),
        (["5", "--language", "fr"], ["05/fr"]),
        (["5-6", "--language", "en"], ["05/en", "06/en", "06/en.tokyo"]),
        (["6", "--embassy", "tokyo"], ["06/en.tokyo"]),
        (["--embassy", "tokyo"], ["embassies/tokyo"]),
        (["--embassy", "tokyo", "--embassy", "nairobi"], ["embassies/nairobi", "embassies/tokyo"]),
        (["all", "--embassy", "tokyo"], ["06/en.tokyo", "embassies/tokyo"]),
    ],
)
def test_what_is_said_is_approved_and_nothing_else(
    run: Run, folder: Path, argv: list[str], subjects: list[str]
) -> None:
    status, out, _ = run("approve", *argv, "--by", "Ann Peeters", "--json")
    assert (status, json.loads(out)["approved"]) == (0, subjects)
    stored = approvals.load(folder / "posts").entries
    assert [str(subject) for subject in stored] == subjects
    assert {approval.actor for approval in stored.values()} == {"Ann Peeters"}


def test_all_is_every_text_and_every_embassy_and_in_a_language_its_texts_alone(run: Run, folder: Path) -> None:
    status, out, err = run("approve", "all", "--language", "fr")
    assert (status, len(approvals.load(folder / "posts").entries)) == (0, 16)
    assert "19 more to approve" in err
    status, out, err = run("approve", "all", "--by", "Ann")
    assert status == 0
    assert "Approved already, and unchanged: 16 texts." in out
    assert "  embassies  nairobi tokyo\n" in out
    assert "orangeday schedule --live" in err
    assert found(folder) == {}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "orangeday approve 5"),
        (["--language", "en"], "orangeday approve 5"),
        (["17"], "There is no day “17”"),
        (["5-4"], "There is no day “5-4”"),
        (["five"], "There is no day “five”"),
        (["5", "--language", "xx"], "There is no language “xx”"),
        (["--embassy", "niarobi"], "Did you mean “nairobi”?"),
        (["5", "--embassy", "nairobi"], "no words of its own there"),
        (["5", "--by", " \n"], "Say who you are"),
    ],
)
def test_wrong_usage_writes_nothing_and_ends_with_2(run: Run, folder: Path, argv: list[str], said: str) -> None:
    status, _, err = run("approve", *argv)
    assert status == 2
    assert said in err.replace("\n", " ")
    assert not (folder / "posts/approvals.toml").exists()


def test_without_a_name_the_operating_systems_user_approves(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "peeters")
    assert run("approve", "5")[0] == 0
    assert {approval.actor for approval in approvals.load(folder / "posts").entries.values()} == {"peeters"}


def test_a_text_with_an_error_is_not_approved_and_the_others_are(run: Run, folder: Path) -> None:
    (folder / "posts/07-day/en.toml").write_text('text = "{nobody}"\n')
    status, _, err = run("approve", "all")
    assert status == 1
    assert "unknown placeholder {nobody}" in err
    assert "Not approved, for the errors above: 07/en." in err
    assert list(found(folder)) == ["07/en"]


def test_the_difference_is_shown_word_by_word_and_nothing_is_written(run: Run, folder: Path) -> None:
    run("approve", "all", "--by", "Ann")
    assert run("approve", "--diff")[:2] == (0, "✓ Everything is as it was approved.\n")
    replace(folder, WORDS, "says {minister}", "as {minister} put it")
    before = (folder / "posts/approvals.toml").read_bytes()
    status, out, _ = run("approve", "--diff")
    assert status == 1
    assert "[-says-]{+as+} {minister}{+ put it+}: {link}" in out
    assert "approved by Ann on" in out
    assert run("approve", "6", "--diff")[0] == 0
    change = json.loads(run("approve", "5", "--diff", "--json")[1])["changes"][0]
    assert (change["subject"], change["kind"], change["by"]) == ("05/en", "changed", "Ann")
    assert list(change["parts"]) == ["text"]
    assert (folder / "posts/approvals.toml").read_bytes() == before
    assert "[-says-]{+as+}" in run("approve", "5")[1]
    assert run("approve", "--diff")[0] == 0


def test_check_counts_what_is_approved_and_warns_of_what_no_longer_is(run: Run, folder: Path) -> None:
    assert "Nothing is approved yet" in run("check")[1]
    assert "no-longer-approved" not in run("check", "--json")[1]
    run("approve", "all", "--by", "Ann")
    assert "Approved: 33 of 33 texts, 2 of 2 embassies." in run("check")[1]
    replace(folder, WORDS, "says", "said")
    later = system_clock() + timedelta(days=1)
    os.utime(folder / WORDS, (later.timestamp(),) * 2)
    _, out, _ = run("check", "--json")
    said = json.loads(out)
    assert said["approvals"] == {"texts": {"approved": 32, "of": 33}, "embassies": {"approved": 2, "of": 2}}
    (problem,) = [problem for problem in said["problems"] if problem["rule"] == "no-longer-approved"]
    assert (problem["severity"], Path(problem["file"]).name, problem["line"]) == ("warning", "en.toml", 1)
    assert "no longer what Ann approved on" in problem["message"]
    assert utc(later) in problem["message"]
    assert problem["hint"].endswith("orangeday approve 5 --language en")
    assert f"No longer as approved: 05/en (changed {utc(later)})." in run("check")[1]


def test_check_says_what_is_wrong_with_the_file_of_approvals(run: Run, folder: Path) -> None:
    (folder / "posts/approvals.toml").write_text("05.en.by = 1\n05.en.by = 2\n")
    status, out, _ = run("check")
    assert status == 1
    assert "approvals.toml:2: error: the same key stands twice." in out
    assert "nothing is sent" in out


def test_the_calendar_marks_what_is_not_approved_once_anything_is(run: Run, folder: Path) -> None:
    assert "○" not in run("calendar")[1]
    assert "not_approved" not in run("calendar", "--json")[1]
    run("approve", "5", "--language", "en")
    said = run("calendar")[1]
    assert "✓en 09:00  ○fr 09:20" in said
    assert "○ not approved, or changed since" in said
    days = json.loads(run("calendar", "--json")[1])["days"]
    assert [day["not_approved"] for day in days[3:5]] == [["en", "fr"], ["fr"]]
    run("approve", "all")
    assert "○" not in run("calendar")[1]


def test_no_approval_can_colour_or_clear_the_terminal(run: Run, folder: Path) -> None:
    run("approve", "5", "--by", "Ann\x1b[31m\u202e")
    replace(folder, WORDS, "'''\nWith", "'''\nWith \u202e")
    put(WORDS, (folder / WORDS).read_text().replace("A lamp.", "\\u001b[2J"))(folder)
    said = "".join(run("approve", "--diff")[1:] + run("check")[1:] + run("approve", "5")[1:])
    assert "[2J" in said
    assert not re.search("[\x1b\u202e]", said)


# The difference


@pytest.mark.parametrize(
    ("old", "new", "drawn"),
    [
        ("a b c", "a c", "a [-b -]c"),
        ("a c", "a b c", "a {+b +}c"),
        ("one two three", "one 2 3", "one [-two three-]{+2 3+}"),
        ("the end.", "the end!", "the end[-.-]{+!+}"),
        ("a b", "a\u00a0b", "a[-␣-]{+⍽+}b"),
        ("a\nb", "a b", "a[-␊\n-]{+␣+}b"),
        ("ab", "a\u200bb", "[-ab-]{+a‹U+200B›b+}"),
        ("八十年", "九十年", "[-八-]{+九+}十年"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("same", "same", "same"),
        (f"sha256:{'a' * 64}", f"sha256:{'b' * 64}", None),
    ],
)
def test_a_difference_is_drawn_word_by_word(old: str, new: str, drawn: str | None) -> None:
    said = approval_view.difference(old, new, plain=True).plain
    assert said == drawn if drawn else len(said) < 60
    coloured = approval_view.difference(old, new, plain=False)
    assert "[-" not in coloured.plain
    assert old == new or any("red" in str(s.style) or "green" in str(s.style) for s in coloured.spans)


def test_long_texts_are_compared_in_no_time() -> None:
    began = time.process_time()
    old, new = "a b " * 2_500, "b c " * 2_500
    approval_view.difference(old, new, plain=True)
    assert time.process_time() - began < 10


def test_a_full_file_is_valid_toml_of_dotted_keys_alone(folder: Path) -> None:
    text = (folder / "posts/approvals.toml").read_text("utf-8")
    assert all(not line or line.startswith("#") or " = " in line for line in text.splitlines())
    assert tomllib.loads(text)["05"]["en"]["media"]["media/05.png"].startswith("picture 1, sha256:")


@pytest.mark.parametrize("pictured", [False, True])
def test_the_campaigns_title_is_approved_where_it_stands_on_a_links_card(tmp_path: Path, pictured: bool) -> None:
    files = campaigns.files()
    files["posts/campaign.toml"] += 'title = "Sixteen Days"\n'
    files["posts/01-day/day.toml"] += 'link = "https://un.org/1"\n' + ('media = ["media/01.png"]\n' if pictured else "")
    config = campaigns.write(tmp_path, files)
    (tmp_path / "posts/media").mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "posts/media/01.png")
    plan = plan_of(config)
    approvals.approve(plan, approvals_content.subjects(plan), "Ann", BEFORE)
    (tmp_path / "posts/campaign.toml").write_text(files["posts/campaign.toml"].replace("Sixteen", "17"))
    changed = plan_of(config)
    found = compare.changes(changed, approvals.load(tmp_path / "posts"))
    assert [(str(change.subject), list(change.parts)) for change in found] == (
        [] if pictured else [("01/en", ["card"])]
    )


def test_what_has_something_for_each_embassy_may_be_larger_than_a_days_files(tmp_path: Path) -> None:
    config = campaigns.write(tmp_path, campaigns.files(("en",)))
    plan = plan_of(config)
    approvals.approve(plan, approvals_content.subjects(plan), "Ann", THEN)
    for file in (config, tmp_path / "posts" / "approvals.toml"):
        with file.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write("# one of two thousand embassies\n" * 100_000)
    assert not plan_of(config).problems
    approved = approvals.load(tmp_path / "posts")
    assert approved.entries
    assert not approved.problems
