"""Whatever is edited under a running `schedule --live`: it takes that over, or stops sending and says what to do.

The table has a row for each key of each file. What it says is shown by the program as it runs, on a real Bluesky server
and on the stand-in for X; `test_the_table_has_every_key` holds it against what the program reads.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest

from orangeday.content import campaign, config
from orangeday.content import toml as source

from ..servers.faulty_proxy import Exchange, Proxy, drops_before, passes, proxy_before
from ..servers.x_server import XServer, x_server
from ..support.alert_receiver import Receiver
from ..support.coloured_pictures import colour, pixel
from ..support.common import EXAMPLE
from ..support.running_schedule import Desk, at, posts, until


class Verdict(StrEnum):
    """What a running `schedule` does when that is edited."""

    TAKEN = "takes it over"
    STOPS = "sends nothing, and says what to do, until it is put back"
    NO_POST = "no post is made of it"


TAKEN, STOPS, NO_POST = Verdict


@dataclass(frozen=True)
class Row:
    """What is edited, and how it is seen what becomes of it."""

    key: str
    """As `keys_of` names it."""
    verdict: Verdict
    edit: Callable[[Desk], object]
    seen: Mapping[datetime, Callable[[Desk], object]]
    """What comes to be so at each of these moments."""
    unseen: Mapping[datetime, Callable[[Desk], object]] = field(default_factory=dict)
    """What isn't so there."""


@dataclass(frozen=True)
class Holds:
    """What keeps a day's posts back, what is said of it, and what lets them go."""

    key: str
    verdict: Verdict
    edit: Callable[[Desk], object]
    says: str
    mend: Callable[[Desk], object]
    of: tuple[str, ...] = ()
    """The embassies whose posts it keeps back, where it isn't all of them."""
    seen: Callable[[Desk], object] = lambda _: True
    """What is so once they are out."""


def held(desk: Desk, day: int, row: Holds, *, minutes: float = 0) -> None:
    """Edits, and sees on a day of its own that nothing goes out, and why; mends, and sees that it goes on by itself."""
    before = desk.running.said.count(row.says)
    row.edit(desk)
    if row.verdict is not STOPS:
        desk.look(at(day, minutes=-1))  # that it will be held is seen already, and is told at its hour all the same
    desk.put(at(day, minutes=minutes))
    desk.running.says(row.says, times=before + 1)
    desk.come_to(at(day, minutes=minutes + 2))
    for name in desk.blocks:
        if row.of and name not in row.of:
            until(lambda: desk.is_out(day, name), lambda: f"{row}: {desk.states(desk.now)}")  # noqa: B023
        else:
            assert not desk.has(day, name), f"{row}: {desk.running.said}"
    assert desk.running.runs
    row.mend(desk)
    desk.put(at(day, hours=1))
    until(
        lambda: all(desk.is_out(day, name) for name in desk.blocks),
        lambda: f"{row}: {desk.states(desk.now)} {desk.running.said[-2000:]}",
    )
    assert row.seen(desk), row.key


def walk(desk: Desk, *rows: Row, edited: Sequence[Row] = ()) -> None:
    """Edits all that these rows are about, approves it as an officer would, and looks at what the program does then.

    What the `edited` ones are about has been edited already.
    """
    for row in rows:
        row.edit(desk)
    desk.approve()
    rows = (*edited, *rows)
    for moment in sorted({moment for row in rows for moment in (*row.seen, *row.unseen)}):
        desk.look(moment)
        for row in rows:
            if moment in row.seen:
                until(lambda: row.seen[moment](desk), lambda: _how_it_is(desk, row, moment))  # noqa: B023
        if any(moment in row.unseen for row in rows):
            desk.look(moment + timedelta(seconds=65))  # the look before it is over by then
        for row in rows:
            if moment in row.unseen:
                assert not row.unseen[moment](desk), _how_it_is(desk, row, moment)
    assert desk.running.runs


def _how_it_is(desk: Desk, row: Row, moment: datetime) -> str:
    return f"{row.key}, {moment}: {desk.states(moment)} {desk.running.said[-2000:]}"


def out(embassy: str, day: int, words: str = "", language: str = "en") -> Callable[[Desk], bool]:
    """That a day's post is out, and that the last one on X has these words in it."""
    return lambda desk: desk.is_out(day, embassy, language) and (not words or words in desk.texts(embassy)[-1])


def shows(embassy: str, day: int) -> Callable[[Desk], bool]:
    return lambda desk: desk.has(day, embassy)


# An embassy's block: each row has an embassy of its own, whose day 2 is looked at


def of_an_embassy() -> list[Row]:
    def named(key: str, embassy: str) -> Row:
        def edit(desk: Desk) -> None:
            desk.change(embassy, key, '{ en = "NEW WORDS", fr = "NOUVEAUX MOTS" }')

        return Row(f"config.toml embassies.*.{key}.*", TAKEN, edit, {at(2): out(embassy, 2, "NEW WORDS")})

    def line(
        key: str, embassy: str, value: str, seen: Mapping[datetime, Callable[[Desk], object]],
        unseen: Mapping[datetime, Callable[[Desk], object]],
    ) -> Row:  # fmt: skip
        return Row(
            f"config.toml embassies.*.{key}",
            TAKEN,
            lambda desk: desk.change(embassy, key.removesuffix(".*"), value),
            seen,
            unseen,
        )

    def an_hour_later(key: str, embassy: str, value: str) -> Row:
        return line(key, embassy, value, {at(2, hours=1): out(embassy, 2)}, {at(2): shows(embassy, 2)})

    def not_on_day_2(key: str, embassy: str, value: str) -> Row:
        return line(key, embassy, value, {at(3): out(embassy, 3)}, {at(2, hours=1): shows(embassy, 2)})

    def pictures(desk: Desk, embassy: str) -> int:
        return len(desk.x.posts(desk.x_accounts[embassy])[-1].media)

    def move(desk: Desk) -> None:
        desk.x_accounts["moved-before"] = desk.x_accounts["moved"]
        desk.x_accounts["moved"] = made = desk.x.account()
        desk.log_in("moved", "x", desk.x.credentials(made))
        desk.change("moved", "x", f'{{ handle = "{made.handle}" }}')

    def move_on_bluesky(desk: Desk) -> None:
        desk.sky_accounts["movedsky-before"] = desk.sky_accounts["movedsky"]
        desk.sky_accounts["movedsky"] = made = desk.pds.account()
        desk.log_in("movedsky", "bluesky", {"APP_PASSWORD": made.app_password})
        desk.change("movedsky", "bluesky", f'{{ handle = "{made.handle}" }}')

    proxies: list[Proxy] = []

    def serve_elsewhere(desk: Desk) -> None:
        proxies.append(desk.stack.enter_context(proxy_before(desk.pds.url)))
        handle = desk.sky_accounts["elsewhere"].handle
        desk.change("elsewhere", "bluesky", f'{{ handle = "{handle}", service = "{proxies[0].url}" }}')

    return [
        named("name", "named"),
        named("city", "town"),
        named("in_city", "intown"),
        named("country", "land"),
        named("in_country", "inland"),
        named("helpline", "helped"),
        Row(
            "config.toml embassies.*.words.*.*", TAKEN,
            lambda desk: desk.change("worded", "words", '{ from_city = { en = "NEW WORDS" } }'),
            {at(2): out("worded", 2, "NEW WORDS")},
        ),
        an_hour_later("timezone", "late", '"Africa/Harare"'),
        an_hour_later("time", "hours", '"10:00"'),
        line("languages", "tongue", '["fr"]', {at(2): out("tongue", 2, "Jour 2:", "fr")}, {}),
        not_on_day_2("skip", "skips", "[2]"),
        not_on_day_2("days.*", "some", "{ en = [1, 3] }"),
        line(
            "without_hashtags", "tagless", '["#Orange"]', {at(2): out("tagless", 2, "#Other")},
            {at(2): lambda desk: "#Orange" in desk.texts("tagless")[-1]},
        ),
        line(
            "cards", "cardless", "false",
            {at(2): lambda desk: out("cardless", 2)(desk) and out("named", 2)(desk) and pictures(desk, "named")},
            {at(2): lambda desk: pictures(desk, "cardless")},
        ),
        Row(
            "config.toml embassies.*.x.handle", TAKEN, move, {at(2): lambda desk: desk.texts("moved")},
            {at(2): lambda desk: len(desk.texts("moved-before")) > 1},
        ),
        Row(
            "config.toml embassies.*.bluesky.handle", TAKEN, move_on_bluesky,
            {at(2): lambda desk: desk.records("movedsky")},
            {at(2): lambda desk: len(desk.records("movedsky-before")) > 1},
        ),
        Row(
            "config.toml embassies.*.bluesky.service", TAKEN, serve_elsewhere,
            {at(2): lambda desk: proxies[0].named("putRecord") and desk.is_out(2, "elsewhere")},
        ),
    ]  # fmt: skip


OF_AN_EMBASSY = of_an_embassy()


@pytest.mark.invariant(12)
def test_what_an_embassy_is(desk: Desk) -> None:
    for name in ("named", "town", "intown", "land", "inland", "late", "hours", "tongue", "skips", "some", "tagless"):
        desk.open(name)
    desk.open("helped")
    desk.open("worded", words='{ from_city = { en = "from there" } }')
    desk.open("cardless")
    desk.open("moved")
    desk.open("movedsky", on="bluesky")
    desk.open("elsewhere", on="bluesky")
    written = posts(languages=("en", "fr"))
    for language, day in (("en", "Day"), ("fr", "Jour")):
        written["posts/campaign.toml"] += f'hashtags.{language} = ["#Orange", "#Other"]\n'
        written[f"posts/02-day/{language}.toml"] = (
            f"text = '{day} 2: {{hashtags}} {{embassy}} {{city}} {{in_city}} {{country}} {{in_country}} {{helpline}}'\n"
            '[card]\nheadline = "Two"\nalt = "A card that says two"\n'
        )
        written[f"posts/02-day/{language}.png"] = pixel("orange")
    written["posts/02-day/en.worded.toml"] = "text = 'Day 2: {from_city}'\n"
    desk.begin({}, written)
    with desk.schedule() as desk.running:
        desk.look(at(1))
        until(lambda: all(desk.is_out(1, name) for name in desk.blocks), lambda: desk.running.said)
        walk(desk, *OF_AN_EMBASSY)


# The days, and what they share


def of_the_days() -> list[Row]:
    def line(key: str, file: str, old: str, new: str, day: int, check: Callable[[Desk], object] | str) -> Row:
        found = out("nairobi", day, check) if isinstance(check, str) else check
        return Row(key, TAKEN, lambda desk: desk.edit(f"posts/{file}", old, new), {at(day): found})

    def last(desk: Desk, day: int) -> dict[str, Any]:
        """The day's post on Bluesky, where it is out."""
        found = [record for record in desk.records("nairobi") if record["text"].startswith(f"Day {day}:")]
        return found[0] if found else {"text": "", "embed": {}}

    def card(key: str, old: str, new: str, file: str, part: str) -> Row:
        return line(key, file, old, new, 5, lambda desk: last(desk, 5)["embed"].get("external", {}).get(part) == new)

    def blob(desk: Desk, day: int) -> bytes:
        found = last(desk, day)["embed"].get("images")
        return desk.pds.blob(desk.sky_accounts["nairobi"].did, found[0]["image"]["ref"]["$link"]) if found else b""

    def alt(desk: Desk, day: int) -> str:
        media = [picture for post in desk.x.posts(desk.x_accounts["nairobi"]) for picture in post.media]
        found = last(desk, day)["embed"].get("images", [{"alt": ""}])
        return found[0]["alt"] if (found[0]["alt"] in [of for _, of in media]) else ""

    def another_picture(desk: Desk) -> None:
        for file in ("day.toml", "en.toml"):
            desk.edit(f"posts/06-day/{file}", "media/blue.png", "media/red.png")

    def own_words(desk: Desk) -> None:
        desk.write({"posts/10-day/en.kigali.toml": 'text = "Day 10: in Kigali\'s own words"\n'})

    def rename(desk: Desk) -> None:
        (desk.folder / "posts/12-day").rename(desk.folder / "posts/12-another-name")

    return [
        line("campaign.toml hashtags.*", "campaign.toml", "#Orange", "#Purple", 2, "#Purple"),
        line("campaign.toml handles.*.x", "campaign.toml", '"UN"', '"UN_Women"', 3, "@UN_Women"),
        line("campaign.toml handles.*.bluesky", "campaign.toml", "un.test", "unwomen.test", 3,
             lambda desk: "@unwomen.test" in last(desk, 3)["text"]),
        line("campaign.toml handles.*.name", "campaign.toml", "Rights Watch", "Rights Now", 3, "Rights Now"),
        line("campaign.toml handles.*.name.*", "campaign.toml", "Amnesty", "Amnesty International", 3,
             "Amnesty International"),
        line("campaign.toml minister + campaign.toml minister.*", "campaign.toml", '"Minister A"',
             '{ en = "Minister B" }', 4, "Minister B"),
        card("campaign.toml title", "Sixteen days", "Sixteen more days", "campaign.toml", "description"),
        card("day.toml title", "The day 5", "The fifth day", "05-day/day.toml", "title"),
        line("day.toml link + day.toml link.*", "05-day/day.toml", '"https://example.org/old"',
             '{ en = "https://example.org/new", fr = "https://example.org/fr" }', 5,
             lambda desk: last(desk, 5)["embed"].get("external", {}).get("uri") == "https://example.org/new"),
        Row("day.toml media", TAKEN, another_picture, {at(6): lambda desk: colour(blob(desk, 6)) == "red"}),
        line("text alt.*", "06-day/en.toml", '"A picture"', '"A red square"', 6,
             lambda desk: alt(desk, 6) == "A red square"),
        Row("day.toml time", TAKEN, lambda desk: desk.edit("posts/07-day/day.toml", "09:00", "10:00"),
            {at(7, hours=1): out("nairobi", 7)}, {at(7): shows("nairobi", 7)}),
        Row("day.toml hashtags", TAKEN, lambda desk: desk.edit("posts/07-day/day.toml", "#Old", "#New"),
            {at(7, hours=1): out("nairobi", 7, "#New")}),
        line("text text", "09-day/en.toml", "Day 9: en", "Day 9: in other words", 9, "other words"),
        line("text bluesky", "09-day/en.toml", "Day 9: for Bluesky", "Day 9: for all there", 9,
             lambda desk: last(desk, 9)["text"] == "Day 9: for all there"),
        line("text x", "10-day/en.toml", "Day 10: for X", "Day 10: for all on X", 10, "for all on X"),
        Row("an embassy's own words", TAKEN, own_words, {at(10): out("kigali", 10, "own words")}),
        Row("a picture's bytes", TAKEN, lambda desk: desk.write({"posts/media/11.png": pixel("green")}),
            {at(11): lambda desk: colour(blob(desk, 11)) == "green"}),
        Row("a day's folder, renamed", TAKEN, rename, {at(12): out("nairobi", 12)}),
    ]  # fmt: skip


def of_no_post() -> list[Row]:
    """What a post isn't made of: what is approved stays so, and the next one goes out as it was."""

    def line(key: str, file: str, old: str, new: str) -> Row:
        return Row(key, NO_POST, lambda desk: desk.edit(file, old, new), {at(2): out("nairobi", 2)})

    written = (
        ("config.toml approval.by + config.toml approval.mail", "config.toml", "ann@", "press@"),
        ("config.toml embassies.*.approval.by + config.toml embassies.*.approval.mail", "config.toml", "ben@", "desk@"),
        ("campaign.toml release.title", "posts/campaign.toml", "A release", "The release"),
        ("campaign.toml release.date", "posts/campaign.toml", "2026-01-01", "2026-01-02"),
        ("campaign.toml release.publisher", "posts/campaign.toml", "A publisher", "The publisher"),
        ("campaign.toml release.address", "posts/campaign.toml", "https://example.org/a", "https://example.org/the"),
        ("campaign.toml cards.from.*", "posts/campaign.toml", "From all of us", "From us"),
        ("campaign.toml cards.font.*", "posts/campaign.toml", "fonts/one.ttf", "fonts/two.ttf"),
        ("campaign.toml cards.logo", "posts/campaign.toml", "media/red.png", "media/blue.png"),
        ("config.toml embassies.*.card_name.*", "config.toml", "On our cards", "On cards of ours"),
        ("config.toml embassies.*.logo", "config.toml", "media/red.png", "media/blue.png"),
        (
            "facts.toml *.as_of + facts.toml *.until + facts.toml *.reason", "posts/facts.toml",
            'as_of = 2026-11-01, until = 2026-12-31, reason = "It ends."',
            'as_of = 2026-11-02, until = 2027-01-01, reason = "It may end."',
        ),
        ("campaign.toml accept.*", "posts/campaign.toml", "for a reason", "for another"),
        ("facts.toml accept.*", "posts/facts.toml", "for a reason", "for another"),
        ("day.toml accept.*", "posts/02-day/day.toml", "for a reason", "for another"),
        ("text accept.*", "posts/02-day/en.toml", "for a reason", "for another"),
        ("config.toml accept.*", "config.toml", "for a reason", "for another"),
        ("day.toml grave", "posts/14-day/day.toml", "grave = false", "grave = true"),
        ("day.toml layout", "posts/14-day/day.toml", '"list"', '"words"'),
        ("text card.lines", "posts/14-day/en.toml", '["Ten", "Four"]', '["Seven", "Seven"]'),
        ("text card.headline", "posts/14-day/en.toml", "Fourteen", "14"),
    )  # fmt: skip
    return [line(*row) for row in written]


def of_what_is_held() -> list[Holds]:
    """What keeps back the posts that it concerns, and only these: each is shown on a day of its own."""

    def away(name: str) -> Callable[[Desk], object]:
        return lambda desk: (desk.folder / name).rename(desk.folder / "away")

    def back(name: str) -> Callable[[Desk], object]:
        return lambda desk: (desk.folder / "away").rename(desk.folder / name)

    def facts(desk: Desk) -> None:
        desk.edit("posts/facts.toml", "Two.", "Twice two.")
        desk.edit("posts/facts.toml", "paragraph = 3", "paragraph = 4")
        desk.edit("posts/13-day/day.toml", '"three"', '"three", "four"')

    def approve(desk: Desk) -> None:
        desk.approve()

    kept: list[str] = []

    def unapprove(desk: Desk) -> None:
        kept[:] = [desk.read("posts/approvals.toml")]
        lines = [line for line in kept[0].splitlines(keepends=True) if not line.startswith("16.en.")]
        assert len(lines) < len(kept[0].splitlines())
        desk.write({"posts/approvals.toml": "".join(lines)})

    return [
        Holds("a text's file, gone", TAKEN, away("posts/08-day/en.toml"), "day 8 has no text in “en”",
              back("posts/08-day/en.toml")),
        Holds("facts.toml *.statement + facts.toml *.paragraph + day.toml facts", TAKEN, facts,
              "fact “two”, fact “three” and fact “four” are no longer what Ann approved", approve),
        Holds("text card.alt", TAKEN, lambda desk: desk.edit("posts/14-day/en.toml", "A card", "A drawn card"),
              "is no longer what Ann approved", approve),
        Holds("a day's folder, gone", TAKEN, away("posts/15-day"), "day 15 is missing", back("posts/15-day")),
        Holds("approvals.toml", TAKEN, unapprove, "day 16 in “en” is not approved yet",
              lambda desk: desk.write({"posts/approvals.toml": kept[0]})),
    ]  # fmt: skip


OF_THE_DAYS, OF_NO_POST, OF_WHAT_IS_HELD = of_the_days(), of_no_post(), of_what_is_held()
SHARED = """\
id = "16days"
title = "Sixteen days"
minister = "Minister A"
hashtags.en = ["#Orange"]
handles.un = { name = "the UN", x = "UN", bluesky = "un.test" }
handles.hrw = { name = "Rights Watch" }
handles.ai = { name = { en = "Amnesty" } }
release = { title = "A release", date = 2026-01-01, publisher = "A publisher", address = "https://example.org/a" }
cards = { from.en = "From all of us", font.en = "fonts/one.ttf", logo = "media/red.png" }
accept = { card-missing = "for a reason" }
"""
FACTS = """\
one = { statement = "One.", paragraph = 1 }
two = { statement = "Two.", paragraph = 2 }
three = { statement = "Three.", paragraph = 3 }
four = { statement = "Four.", paragraph = 5, as_of = 2026-11-01, until = 2026-12-31, reason = "It ends." }
accept = { unused-fact = "for a reason" }
"""


def with_everything() -> dict[str, Any]:
    """Days that say all that a day can say."""
    written = posts()
    accepted = '[accept]\ntoo-long = "for a reason"\n'
    written |= {"posts/campaign.toml": SHARED, "posts/facts.toml": FACTS}
    for day, more in {
        2: accepted, 5: 'link = "https://example.org/old"\n', 6: 'media = ["media/blue.png"]\n',
        7: 'time = "09:00"\nhashtags = ["#Old"]\n', 11: 'media = ["media/11.png"]\n',
        14: 'grave = false\nlayout = "list"\n',
    }.items():  # fmt: skip
        written[f"posts/{day:02}-day/day.toml"] = f"{written[f'posts/{day:02}-day/day.toml']}{more}"
    written["posts/13-day/day.toml"] = 'title = "The day 13"\nfacts = ["two", "three"]\n'
    for day, text in {
        2: f'"Day 2: {{hashtags}}"\n{accepted}', 3: '"Day 3: {@un} {@hrw} {@ai}"', 4: '"Day 4: {minister}"',
        6: '"Day 6: en"\nalt."media/blue.png" = "A picture"',
        7: '"Day 7: {hashtags}"', 9: '"Day 9: en"\nbluesky = "Day 9: for Bluesky"',
        10: '"Day 10: en"\nx = "Day 10: for X"', 11: '"Day 11: en"\nalt."media/11.png" = "A square"',
        14: '"Day 14: en"\ncard = { headline = "Fourteen", lines = ["Ten", "Four"], alt = "A card" }',
    }.items():  # fmt: skip
        written[f"posts/{day:02}-day/en.toml"] = f"text = {text}\n"
    pictures = {"media/blue": "blue", "media/red": "red", "media/11": "yellow", "14-day/en": "orange"}
    return written | {f"posts/{name}.png": pixel(colour) for name, colour in pictures.items()}


@pytest.mark.invariant(12)
def test_what_the_days_say(desk: Desk) -> None:
    desk.open(
        "nairobi", on="x bluesky", approval='{ by = ["Ben <ben@example.org>"], mail = "ben@example.org" }',
        card_name='{ en = "On our cards" }', logo='"media/red.png"',
    )  # fmt: skip
    desk.open("kigali")
    approval = 'by = ["Ann <ann@example.org>"]\nmail = "ann@example.org"'
    desk.begin({"accept": 'nothing = "for a reason"', "approval": approval}, with_everything())
    with desk.schedule() as desk.running:
        desk.look(at(1))
        until(lambda: desk.is_out(1, "nairobi") and desk.is_out(1, "kigali"), lambda: desk.running.said)
        for row in OF_NO_POST:
            row.edit(desk)
        assert "Everything is as it was approved" in desk("approve", "--diff").out
        first, *others = OF_WHAT_IS_HELD
        walk(desk, *(row for row in OF_THE_DAYS if min(row.seen) < at(8)), edited=OF_NO_POST)
        held(desk, 8, first)
        walk(desk, *(row for row in OF_THE_DAYS if min(row.seen) > at(8)))
        for day, kept_back in enumerate(others, 13):
            held(desk, day, kept_back)


# The shape of a card, which has a file for each


def of_the_shapes() -> list[Holds]:
    def on_x(desk: Desk) -> str:
        return colour(desk.x.posts(desk.x_accounts["nairobi"])[-1].media[0][0])

    def on_bluesky(desk: Desk) -> str:
        account = desk.sky_accounts["kigali"].did
        last = max(desk.records("kigali"), key=lambda record: record["createdAt"])
        return colour(desk.pds.blob(account, last["embed"]["images"][0]["image"]["ref"]["$link"]))

    def row(platform: str, old: str, new: str, pictures: str, embassy: str, seen: Callable[[Desk], object]) -> Holds:
        return Holds(
            f"config.toml {platform}.shape", TAKEN,
            lambda desk: desk.edit("config.toml", f'shape = "{old}" # {platform}', f'shape = "{new}" # {platform}'),
            f"{pictures} are no longer what Ann approved",
            lambda desk: desk.approve(), of=(embassy,), seen=seen,
        )  # fmt: skip

    # Each has had its own file up to then, and gets the one that was the other's.
    return [
        row("x", "16:9", "4:5", "picture 02-day/en.4x5.png and picture 02-day/en.png",
            "nairobi", lambda desk: on_x(desk) == "blue"),
        row("bluesky", "4:5", "16:9", "picture 03-day/en.png and picture 03-day/en.4x5.png",
            "kigali", lambda desk: on_bluesky(desk) == "red"),
    ]  # fmt: skip


OF_THE_SHAPES = of_the_shapes()


@pytest.mark.invariant(12)
def test_another_shape_is_held_until_its_file_is_approved_for_the_platform(desk: Desk) -> None:
    desk.open("nairobi", on="x")
    desk.open("kigali", on="bluesky")
    written = posts()
    for day in range(1, 4):
        written[f"posts/{day:02}-day/en.toml"] += 'card = { headline = "A card", alt = "A card" }\n'
        written |= {f"posts/{day:02}-day/en{shape}.png": pixel(of) for shape, of in (("", "red"), (".4x5", "blue"))}
    head = {
        "x": f'base_url = "{desk.x.url}"\nshape = "16:9" # x',
        "bluesky": f'service = "{desk.pds.url}"\nshape = "4:5" # bluesky',
    }
    desk.begin(head, written)
    with desk.schedule() as desk.running:
        desk.look(at(1))
        until(lambda: all(desk.is_out(1, name) for name in desk.blocks), lambda: desk.running.said)
        for day, row in enumerate(OF_THE_SHAPES, 2):
            held(desk, day, row)


def of_the_way() -> list[Holds]:
    """The way to the platforms, which an embassy is approved with."""

    def edit(key: str, line: str, says: str) -> Holds:
        with_it, without = f"[network]\n{line}\n[publishing]", "[publishing]"
        return Holds(
            f"config.toml network.{key}", TAKEN, lambda desk: desk.edit("config.toml", without, with_it), says,
            lambda desk: desk.edit("config.toml", with_it, without),
        )  # fmt: skip

    return [
        edit("proxy", 'proxy = "http://127.0.0.1:9"', "proxy on the way to the platforms"),
        edit("certificates", 'certificates = "system"', "certificates on that way"),
    ]


OF_THE_WAY = of_the_way()


@pytest.mark.invariant(12)
def test_another_way_to_the_platforms_is_held_until_it_is_the_approved_one_again(desk: Desk) -> None:
    desk.open("nairobi", on="x bluesky")
    desk.begin({}, posts())
    with desk.schedule() as desk.running:
        desk.look(at(1))
        until(lambda: desk.is_out(1, "nairobi"), lambda: desk.running.said)
        for day, row in enumerate(OF_THE_WAY, 2):
            held(desk, day, row)


# The rest of the config


class Together:
    """A fault of a server's: so it answers after a while, and counts how many it has before it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = self.most = 0

    def __call__(self, exchange: Exchange) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        exchange.wait(0.4)
        passes(exchange)
        with self._lock:
            self._now -= 1


def of_the_hours() -> list[Row | Holds]:
    def line(key: str, old: str, new: str) -> Callable[[Desk], None]:
        return lambda desk: desk.edit("config.toml", f"{key} = {old}", f"{key} = {new}")

    return [
        Row("config.toml schedule.time", TAKEN, line("time", '"09:00"', '"10:30"'),
            {at(2, hours=1.5): out("nairobi", 2)}, {at(2): shows("nairobi", 2)}),
        Row("config.toml schedule.spacing", TAKEN,
            lambda desk: (line("time", '"10:30"', '"09:00"')(desk), line("spacing", '"20m"', '"2h"')(desk)),
            {at(3): out("nairobi", 3), at(3, hours=2): out("nairobi", 3, "Day 3: fr", "fr")},
            {at(3, minutes=30): lambda desk: len([t for t in desk.texts("nairobi") if t.startswith("Day 3")]) > 1}),
        Holds("config.toml schedule.catch_up", TAKEN, line("catch_up", '"6h"', '"10m"'),
              "nothing was running while it could be sent", line("catch_up", '"10m"', '"6h"')),
        Holds("config.toml publishing.require_approval", TAKEN,
              lambda desk: desk.edit("posts/05-day/en.toml", "Day 5: en", "Day 5: in words nobody has approved"),
              "its text is no longer what Ann approved", line("require_approval", "true", "false")),
        Row("config.toml campaign.start", TAKEN, line("start", "2026-11-25", "2026-11-24"),
            {at(6): out("nairobi", 7)}, {at(6): shows("nairobi", 6)}),
    ]  # fmt: skip


def of_the_rest(receiver: Receiver) -> list[Row | Holds]:
    together = Together()
    proxies: list[Proxy] = []
    others: list[XServer] = []

    def fewer_workers(desk: Desk) -> None:
        desk.edit("config.toml", "workers = 8", "workers = 1")
        desk.x.fault("createPosts", together, times=None)

    def by_one_at_a_time(desk: Desk) -> bool:
        done = all(desk.is_out(2, name) for name in desk.blocks)
        if done:
            desk.x.heal()
        return done

    def another_service(desk: Desk) -> None:
        proxies.append(desk.stack.enter_context(proxy_before(desk.pds.url)))
        desk.edit("config.toml", f'service = "{desk.pds.url}"', f'service = "{proxies[0].url}"')

    def longer(desk: Desk) -> None:
        desk.edit("config.toml", 'settle_after = "6m"', 'settle_after = "30m"')
        desk.x.fault("createPosts", drops_before)

    def another_x(desk: Desk) -> None:
        others.append(desk.stack.enter_context(x_server()))
        desk.servers.append(others[0])
        desk.put(desk.now)
        for name, account in desk.x_accounts.items():
            desk.x_accounts[name] = made = others[0].account(account.handle)
            desk.log_in(name, "x", others[0].credentials(made))
        desk.edit("config.toml", f'base_url = "{desk.x.url}"', f'base_url = "{others[0].url}"')

    def on_another_x(desk: Desk) -> bool:
        return all(
            [post.text for post in others[0].posts(account)] == ["Day 6: en"] for account in desk.x_accounts.values()
        )

    def another_folder(desk: Desk) -> None:
        shutil.copytree(desk.folder / "posts", desk.folder / "elsewhere")
        desk.edit("elsewhere/08-day/en.toml", "Day 8: en", "Day 8: from elsewhere")
        desk.edit("config.toml", 'posts = "posts"', 'posts = "elsewhere"')

    def elsewhere(desk: Desk) -> bool:
        return any(post.text == "Day 8: from elsewhere" for post in others[0].posts(desk.x_accounts["nairobi"]))

    def tell(desk: Desk) -> None:
        desk.edit("config.toml", "[alerts]", f'[alerts]\nurl = "json://127.0.0.1:{receiver.port}/"')
        desk.edit("posts/03-day/en.toml", "Day 3: en", "Day 3: other")

    def told(desk: Desk) -> None:
        until(lambda: receiver.titles, lambda: desk.running.said)
        desk.edit("posts/03-day/en.toml", "Day 3: other", "Day 3: en")

    prices = {
        "listed": "2026-09-01", "post": "0.5", "post_with_link": "0.6", "alt_text": "0.7", "read": "0.8",
        "user_read": "0.9",
    }  # fmt: skip

    def dearer(key: str) -> Row:
        def edit(desk: Desk) -> None:
            desk.edit("config.toml", f"prices.{key} = ", f"prices.{key} = {prices[key]} # ")

        def said(desk: Desk) -> bool:
            words = r"X will charge about \$([0-9.]+) for (\d+) posts, (\d+) with a link, and (\d+) alt texts?, at"
            found = re.findall(words + r" the prices listed on 2026-09-01", desk.running.said)
            if not found:
                return False
            dollars, posts, linked, alts = map(float, found[-1])
            return round(dollars - 0.5 * (posts - linked) - 0.6 * linked - 0.7 * alts, 1) == 0

        return Row(
            f"config.toml x.prices.{key}", NO_POST if key in ("read", "user_read") else TAKEN, edit, {at(7): said}
        )

    return [
        Row("config.toml publishing.workers", TAKEN, fewer_workers, {at(2): by_one_at_a_time},
            {at(2): lambda _: together.most > 1}),
        Holds("config.toml alerts.url", TAKEN, tell, "its text is no longer what Ann approved", told),
        Row("config.toml bluesky.service", TAKEN, another_service,
            {at(4): lambda desk: all(desk.is_out(4, name) for name in desk.blocks) and proxies[0].named("putRecord")}),
        Row("config.toml x.settle_after", TAKEN, longer,
            {at(5): lambda desk: "unsure" in f"{desk.states(at(5))}",
             at(5, minutes=31): lambda desk: desk.rows()["05/nairobi/x/en"]["until"] > at(5, minutes=35).isoformat(),
             at(5, minutes=43): lambda desk: all(desk.is_out(5, name) for name in desk.blocks)},
            {at(5, minutes=12): lambda desk: desk.state("05/nairobi/x/en") == "published"}),
        Row("config.toml x.base_url", TAKEN, another_x, {at(6): on_another_x}),
        *map(dearer, prices),
        Row("config.toml alerts.tomorrow", TAKEN,
            lambda desk: desk.edit("config.toml", "[alerts]", '[alerts]\ntomorrow = "10:00"'),
            {at(7, hours=2): lambda desk: any("tomorrow" in title for title in receiver.titles)},
            {at(7): lambda desk: any("tomorrow" in title for title in receiver.titles)}),
        Row("config.toml campaign.posts", TAKEN, another_folder, {at(8): elsewhere}),
    ]  # fmt: skip


@pytest.mark.invariant(12)
def test_when_it_posts(desk: Desk) -> None:
    desk.open("nairobi", languages='["en", "fr"]')
    head = {"schedule": 'time = "09:00"\nspacing = "20m"\ncatch_up = "6h"'}
    desk.begin({**head, "publishing": 'mode = "live"\nrequire_approval = true'}, posts(languages=("en", "fr")))
    with desk.schedule() as desk.running:
        desk.look(at(1))
        until(lambda: desk.is_out(1, "nairobi"), lambda: desk.running.said)
        one_by_one(desk, of_the_hours())


def one_by_one(desk: Desk, rows: Sequence[Row | Holds]) -> None:
    for day, row in enumerate(rows, 2):
        if isinstance(row, Holds):
            held(desk, day, row, minutes=30)
        else:
            walk(desk, row)


@pytest.mark.invariant(12)
def test_by_what_it_posts(desk: Desk, receiver: Receiver) -> None:
    desk.open("nairobi", on="x bluesky")
    desk.open("kigali")
    desk.open("lusaka")
    head = {
        "publishing": 'mode = "live"\nworkers = 8', "alerts": "",
        "x": f'base_url = "{desk.x.url}"\nsettle_after = "6m"\nprices.listed = 2026-08-01\nprices.post = 0.015\n'
        "prices.post_with_link = 0.20\nprices.alt_text = 0.005\nprices.read = 0.005\nprices.user_read = 0.01",
    }  # fmt: skip
    written = posts()
    written["posts/09-day/day.toml"] = f'{written["posts/09-day/day.toml"]}link = "https://example.org"\n'
    written["posts/09-day/en.toml"] = 'text = "Day 9: {link}"\n'
    written["posts/10-day/en.toml"] = 'text = "Day 10: en"\ncard = { headline = "Ten", alt = "A card" }\n'
    desk.begin(head, {**written, "posts/10-day/en.png": pixel("orange")})
    with desk.schedule() as desk.running:
        desk.look(at(1))
        until(lambda: all(desk.is_out(1, name) for name in desk.blocks), lambda: desk.running.said)
        rows = of_the_rest(receiver)
        one_by_one(desk, rows[:5])
        walk(desk, *(row for row in rows[5:] if isinstance(row, Row)))


# What can't be taken over


def of_what_stops() -> list[Holds]:
    kept: dict[str, str] = {}

    def edit(key: str, old: str, new: str, says: str, name: str = "config.toml") -> Holds:
        return Holds(key, STOPS, lambda desk: desk.edit(name, old, new), says, lambda desk: desk.edit(name, new, old))

    def half(name: str) -> Callable[[Desk], None]:
        def cut(desk: Desk) -> None:
            kept.clear()
            kept[name] = desk.read(name)
            desk.write({name: kept[name][: len(kept[name]) // 2].rpartition("=")[0] + '= "'})

        return cut

    def gone(name: str) -> Callable[[Desk], object]:
        return lambda desk: (desk.folder / name).rename(desk.folder / "away")

    def back(name: str) -> Callable[[Desk], object]:
        return lambda desk: (desk.folder / "away").rename(desk.folder / name)

    another = "which is running, isn't over. Nothing is sent until that is corrected"
    return [
        edit("config.toml ledger.url", "orangeday.db", "campaign.db", "names another record of posts than this program"
             " began with ([ledger] url), so nothing is sent. Write back what stood there."),
        edit("config.toml publishing.mode", '"live"', '"dry-run"', 'says mode = "dry-run" now, so nothing is sent. '
             'Write mode = "live" to go on.'),
        edit("campaign.toml id", '"16days"', '"orange"', another, "posts/campaign.toml"),
        edit("config.toml campaign.start", "2026-11-25", "2027-11-25", another),
        edit("config.toml campaign.start", "2026-11-25", "2025-11-25", "which is over, and 16days-2026 isn't yet"),
        Holds("config.toml, half written", STOPS, half("config.toml"), "config.toml can't be read, so nothing is sent. "
              "config.toml:", lambda desk: desk.write(kept)),
        Holds("config.toml, gone", STOPS, gone("config.toml"), "config.toml:1: error: there is no such file",
              back("config.toml")),
        Holds("campaign.toml, half written", STOPS, half("posts/campaign.toml"), "campaign.toml has no id that can be "
              "used, so nothing is sent", lambda desk: desk.write(kept)),
        Holds("the folder of the posts, gone", STOPS, gone("posts"), "the folder with the days can't be read",
              back("posts")),
    ]  # fmt: skip


OF_WHAT_STOPS = of_what_stops()


@pytest.mark.invariant(12)
def test_what_it_cannot_take_over_stops_it_until_it_is_put_back(desk: Desk) -> None:
    desk.open("nairobi", on="x bluesky")
    desk.begin({"ledger": 'url = "sqlite:///orangeday.db"'}, posts())
    with desk.schedule() as desk.running:
        desk.look(at(1))
        until(lambda: desk.is_out(1, "nairobi"), lambda: desk.running.said)
        for day, row in enumerate(OF_WHAT_STOPS, 2):
            held(desk, day, row)
        assert "paused" not in desk.running.said.lower()
        assert not (desk.folder / "campaign.db").exists()
        assert desk.running.stop() == 0
    assert len(desk.texts("nairobi")) == len(desk.records("nairobi")) == len(OF_WHAT_STOPS) + 1


# The table is whole


FILES = {"config.toml", "campaign.toml", "facts.toml", "day.toml"}


def keys_of(read: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every key that is asked for as these files are read, by the kind of its file; `*` is a name of the officer's."""
    asked: set[str] = set()
    get = source.Table._get

    def note(self: source.Table, key: str, kind: Any, *rest: Any, **more: Any) -> Any:
        name = self.document.file.name.replace(".example", "")
        file = name if name in FILES else "text"
        if kind is not dict:
            asked.add(f"{file} {'.'.join(_general(file, (*self.key, key)))}")
        return get(self, key, kind, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(source.Table, "_get", note)
        read()
    return asked


_NAMES_OF_THE_OFFICERS = (
    (
        "config.toml", r"embassies\.[^.]+\.(name|city|in_city|country|in_country|days|helpline|card_name)\.[^.]+",
        r"embassies.*.\1.*",
    ),
    ("config.toml", r"embassies\.[^.]+\.words\.[^.]+\.[^.]+", "embassies.*.words.*.*"),
    ("config.toml", r"embassies\.[^.]+", "embassies.*"),
    ("campaign.toml", r"(hashtags|minister|cards\.\w+)\.[^.]+", r"\1.*"),
    ("day.toml", r"link\.[^.]+", "link.*"),
    ("campaign.toml", r"handles\.[^.]+\.name\.[^.]+", "handles.*.name.*"),
    ("campaign.toml", r"handles\.[^.]+", "handles.*"),
    ("", r"(accept|alt)\..+", r"\1.*"),
    ("facts.toml", r"[^.]+\.(statement|paragraph|as_of|until|reason)", r"*.\1"),
)  # fmt: skip


def _general(file: str, key: tuple[str | int, ...]) -> list[str]:
    name = ".".join(map(str, key))
    for of, pattern, general in _NAMES_OF_THE_OFFICERS:
        if of in ("", file) and re.match(f"{pattern}(?=$|\\.)", name):
            return [re.sub(f"^{pattern}(?=$|\\.)", general, name)]
    return [name]


@pytest.mark.invariant(12)
def test_the_table_has_every_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open(
        "nairobi", on="x bluesky", days="{ en = [1, 2] }", skip="[7]", card_name='{ en = "Us" }',
        helpline='{ en = "Call 1195." }', words='{ from_city = { en = "from there" } }',
    )  # fmt: skip
    desk.begin({"accept": 'nothing = "for a reason"'}, with_everything())
    read = [EXAMPLE, desk.folder / "config.toml"]
    asked = keys_of(lambda: [campaign.load(config.load(file).posts) for file in read], monkeypatch)
    rows = [
        *OF_AN_EMBASSY, *OF_THE_DAYS, *OF_NO_POST, *OF_WHAT_IS_HELD, *of_the_hours(), *of_the_rest(Receiver()),
        *OF_WHAT_STOPS, *OF_THE_SHAPES, *OF_THE_WAY,
    ]  # fmt: skip
    keys = {key for row in rows for key in row.key.split(" + ") if re.match(r"[\w.]+ [\w*]", key)}
    named = {key for key in keys if key.split(" ")[0] in FILES | {"text"}}
    assert asked - named == set(), "these are read, and the table says nothing of them"
    assert named - asked == set(), "the table has these, and nobody reads them"
