"""Whatever is edited under a running `schedule --live`: it takes that over, or stops sending and says what to do.

The table has a row for each key of each file. What it says is shown by the program as it runs, on a real Bluesky server
and on the stand-in for X; `test_the_table_has_every_key` holds it against what the program reads.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from orangeday import campaign, config, credentials, source

from .bluesky_server import Account as SkyAccount
from .bluesky_server import Server
from .faulty_proxy import Exchange, Proxy, drops_before, passes, proxy_before
from .ground import EXAMPLE
from .offices import a_picture
from .running import Office, Schedule, an_office, at, until
from .test_alerts import Receiver, receiver  # noqa: F401  (a fixture)
from .x_server import XAccount, XServer, x_server


class Verdict(StrEnum):
    """What a running `schedule` does when that is edited."""

    TAKEN = "takes it over"
    STOPS = "sends nothing, and says what to do, until it is put back"
    NO_POST = "no post is made of it"


TAKEN, STOPS, NO_POST = Verdict


@dataclass
class Desk(Office):
    """An office whose embassies have accounts on both servers."""

    pds: Server = field(kw_only=True)
    x: XServer = field(kw_only=True)
    x_accounts: dict[str, XAccount] = field(default_factory=dict)
    sky_accounts: dict[str, SkyAccount] = field(default_factory=dict)
    blocks: dict[str, dict[str, str]] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)
    running: Schedule = field(init=False)

    def open(self, name: str, on: str = "x", **lines: str) -> None:
        """An embassy, with an account on each of these platforms, by the lines of its block in the config."""
        own = {
            "name": f'{{ en = "the {name} embassy", fr = "l’ambassade {name}" }}',
            "city": f'{{ en = "{name}-city", fr = "{name}-ville" }}',
            "in_city": f'{{ en = "in {name}-city", fr = "à {name}-ville" }}',
            "country": f'{{ en = "{name}-land", fr = "{name}-pays" }}',
            "in_country": f'{{ en = "in {name}-land", fr = "en {name}-pays" }}',
            "timezone": '"Africa/Nairobi"',
            "languages": '["en"]',
        }
        if "x" in on.split():
            self.x_accounts[name] = made = self.x.account()
            self.log_in(name, "x", self.x.credentials(made))
            own["x"] = f'{{ handle = "{made.handle}" }}'
        if "bluesky" in on.split():
            self.sky_accounts[name] = known = self.pds.account()
            self.log_in(name, "bluesky", {"APP_PASSWORD": known.app_password})
            own["bluesky"] = f'{{ handle = "{known.handle}" }}'
        self.blocks[name] = {**own, **lines}

    def block(self, name: str) -> str:
        return "\n".join([f"[embassies.{name}]", *(f"{key} = {value}" for key, value in self.blocks[name].items()), ""])

    def change(self, name: str, key: str, value: str) -> None:
        """A line of an embassy's block is edited, or written."""
        before = self.block(name)
        self.blocks[name][key] = value
        self.edit("config.toml", before, self.block(name))

    def begin(self, head: Mapping[str, str], posts: Mapping[str, str | bytes]) -> None:
        """Writes all of it, approves it, and lets the accounts be met before anything is due."""
        of = {
            "campaign": 'posts = "posts"\nstart = 2026-11-25', "schedule": "", "publishing": 'mode = "live"',
            "x": f'base_url = "{self.x.url}"', "bluesky": f'service = "{self.pds.url}"', **head,
        }  # fmt: skip
        sections = [f"[{name}]\n{lines}\n" for name, lines in of.items()]
        self.write({"config.toml": "\n".join([*sections, *map(self.block, self.blocks)]), **posts})
        self.approve()

    def texts(self, embassy: str) -> list[str]:
        """What its account on X says."""
        return [post.text for post in self.x.posts(self.x_accounts[embassy])]

    def records(self, embassy: str) -> list[dict[str, Any]]:
        """What its account on Bluesky has."""
        return list(self.pds.records(self.sky_accounts[embassy].did).values())

    def sky_texts(self, embassy: str) -> list[str]:
        return [record["text"] for record in self.records(embassy)]

    def is_out(self, day: int, embassy: str, language: str = "en") -> bool:
        """Whether that day's post is out, on every account of the embassy."""
        on = [platform for platform in ("x", "bluesky") if platform in self.blocks[embassy]]
        return all(self.state(f"{day:02}/{embassy}/{platform}/{language}") == "published" for platform in on)

    def has(self, day: int, embassy: str) -> bool:
        """Whether any account of the embassy shows something of that day."""
        return any(text.startswith((f"Day {day}:", f"Jour {day}:")) for text in self.all_of(embassy))

    def all_of(self, embassy: str) -> list[str]:
        on_x = self.texts(embassy) if embassy in self.x_accounts else []
        return [*on_x, *(self.sky_texts(embassy) if embassy in self.sky_accounts else [])]


@pytest.fixture
def desk(
    pds: Server, x: XServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    with an_office(tmp_path, capsys, monkeypatch, [pds, x]) as office, ExitStack() as stack:
        yield Desk(tmp_path, capsys, office.servers, office.now, pds=pds, x=x, stack=stack)


def posts(text: str = "", languages: Sequence[str] = ("en",)) -> dict[str, str | bytes]:
    """Sixteen days, each with a text that names it."""
    written: dict[str, str | bytes] = {
        "posts/campaign.toml": 'id = "16days"\ntitle = "Sixteen days"\n',
        "posts/facts.toml": '[one]\nstatement = "One."\nparagraph = 1\n\n[two]\nstatement = "Two."\n',
    }
    for day in range(1, 17):
        written[f"posts/{day:02}-day/day.toml"] = f'title = "The day {day}"\nfacts = ["one"]\n'
        for language in languages:
            written[f"posts/{day:02}-day/{language}.toml"] = f'text = "Day {day}: {text or language}"\n'
    return written


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


def walk(desk: Desk, *rows: Row) -> None:
    """Edits all that these rows are about, approves it as an officer would, and looks at what the program does then."""
    for row in rows:
        row.edit(desk)
    desk.approve()
    for moment in sorted({moment for row in rows for moment in (*row.seen, *row.unseen)}):
        desk.look(moment)
        for row in rows:
            if check := row.seen.get(moment):
                until(lambda: check(desk), lambda: f"{row.key}, {moment}: {desk.states(moment)} {desk.running.said}")  # noqa: B023
        if any(moment in row.unseen for row in rows):
            desk.look(moment + timedelta(seconds=65))  # the look before it is over by then
        for row in rows:
            if check := row.unseen.get(moment):
                assert not check(desk), f"{row.key}, {moment}: {desk.states(moment)} {desk.running.said}"
    assert desk.running.runs


def out(embassy: str, day: int, words: str = "", language: str = "en") -> Callable[[Desk], bool]:
    """That a day's post is out, and that the last one on X has these words in it."""
    return lambda desk: desk.is_out(day, embassy, language) and (not words or words in desk.texts(embassy)[-1])


def shows(embassy: str, day: int) -> Callable[[Desk], bool]:
    return lambda desk: desk.has(day, embassy)


def pixel(colour: str) -> bytes:
    return a_picture(Image.new("RGB", (60, 40), colour))["posts/media/01.png"]


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
        return Row(f"config.toml embassies.*.{key}", TAKEN, lambda desk: desk.change(embassy, key, value), seen, unseen)

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
        an_hour_later("timezone", "late", '"Africa/Harare"'),
        an_hour_later("time", "hours", '"10:00"'),
        line("languages", "tongue", '["fr"]', {at(2): out("tongue", 2, "Jour 2:", "fr")}, {}),
        not_on_day_2("skip", "skips", "[2]"),
        not_on_day_2("days", "some", "{ en = [1, 3] }"),
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


def test_what_an_embassy_is(desk: Desk) -> None:
    for name in ("named", "town", "intown", "land", "inland", "late", "hours", "tongue", "skips", "some", "tagless"):
        desk.open(name)
    desk.open("cardless")
    desk.open("moved")
    desk.open("movedsky", on="bluesky")
    desk.open("elsewhere", on="bluesky")
    written = posts(languages=("en", "fr"))
    for language, day in (("en", "Day"), ("fr", "Jour")):
        written["posts/campaign.toml"] += f'hashtags.{language} = ["#Orange", "#Other"]\n'
        written[f"posts/02-day/{language}.toml"] = (
            f"text = '{day} 2: {{hashtags}} {{embassy}} {{city}} {{in_city}} {{country}} {{in_country}}'\n"
            '[card]\nheadline = "Two"\nalt = "A card that says two"\n'
        )
        written[f"posts/02-day/{language}.png"] = pixel("orange")
    desk.begin({}, written)
    with desk.schedule() as desk.running:
        desk.look(at(1))
        until(lambda: all(desk.is_out(1, name) for name in desk.blocks), lambda: desk.running.said)
        walk(desk, *OF_AN_EMBASSY)
