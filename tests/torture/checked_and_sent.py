"""Thousands of mutated inputs, most of them pictures: what `check` says of each, and what is sent of it.

    python -m tests.torture.checked_and_sent --inputs 5000 --seed 1
    python -m tests.torture.checked_and_sent --seed 1 --only 1234      one again, as a failure names it

Sixteen inputs are the days of a campaign. It is checked, approved and sent as an officer does it. What `check` passes
has to be sent, whole: the text as previewed, the alt texts, and each picture as a reader sees its file, but for the
alterations that `check` names, each of which has to be there. Where `check` has an error that holds, nothing may
arrive.
"""

from __future__ import annotations

import argparse
import codecs
import hashlib
import io
import re
import sys
import tempfile
import tomllib
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import time_machine
from PIL import Image

from orangeday.adapters.base import Platform, Refused
from orangeday.adapters.bluesky.adapter import record_key
from orangeday.adapters.dry_run import DryRun
from orangeday.adapters.table import adapter_of
from orangeday.adapters.x import client as oauth
from orangeday.approvals import content as approved_content
from orangeday.approvals import store as approvals
from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Subject
from orangeday.clock import system_clock
from orangeday.commands.approval_context import blocking_problems
from orangeday.content.config import Account
from orangeday.content.encoding import Alteration, EncodedPicture, encode
from orangeday.content.images import locate
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, UnreadableFiles, errors
from orangeday.engine.account_run import _content_of
from orangeday.engine.draft import read_media
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import statuses
from orangeday.errors import OrangedayError
from orangeday.ledger.ledger import Ledger
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.blocking import blocking_errors
from orangeday.rules.catalogue import check
from orangeday.text.display import reveal
from orangeday.views.json_documents import previews_json

from ..servers import bluesky_server
from ..servers.x_server import XServer
from ..support import new_ledger
from ..support.common import BEFORE, Clock, plan_of
from ..support.mutated_inputs import MutatedInput, campaigns_of, mutated_inputs, shared_files
from ..support.offset_clock import ahead
from ..support.seen_pictures import difference, mean_difference, seen, turned

STILL, TURNED, COLOURS, WHITE, LOSSY, SMALLER = Alteration
WARNINGS = {
    "picture-still": STILL, "picture-turned": TURNED, "picture-colours": COLOURS, "picture-on-white": WHITE,
    "picture-recoded": LOSSY, "picture-made-smaller": SMALLER,
}  # fmt: skip
"""What `check` says of a picture that is altered, by rule."""

MAY_LOSE = 12
"""The mean difference of a channel, of 255, that a jpg may have from what it shows: of noise it loses most."""


# What is sent


@dataclass(frozen=True)
class Arrived:
    """A post as its platform got it."""

    text: str
    pictures: tuple[bytes, ...]
    alts: tuple[str, ...] | None
    """None where only the engine was asked."""


class Sender(Protocol):
    """A way by which what is due is sent."""

    reasons: dict[str, str]
    """What became of each post that was begun, by key."""

    def config(self) -> dict[str, str]:
        """What the config says of the accounts and their servers."""

    def send(self, plan: Plan) -> dict[str, Arrived]:
        """Send all of it, each at its hour; return what arrived, by key."""


class Gate:
    """Up to the engine's last look, with the bytes that an adapter would send: nothing is armed, and nothing leaves."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.reasons: dict[str, str] = {}

    def config(self) -> dict[str, str]:
        return {}

    def send(self, plan: Plan) -> dict[str, Arrived]:
        self._ledger.register_accounts(map(str, plan.accounts), BEFORE)
        saved_approvals = approvals.load(plan.campaign.folder)
        arrived = {}
        for due in plan.due_moments(BEFORE):
            for status in statuses(plan, self._ledger, due, [d for d in plan if d.due == due], saved_approvals):
                self.reasons[status.delivery.key] = f"{status.state}: {status.reason}"
                if status.ready and (post := self._post(status.delivery, saved_approvals)):
                    arrived[status.delivery.key] = post
        return arrived

    def _post(self, delivery: Delivery, saved_approvals: Approvals) -> Arrived | None:
        try:
            media = read_media(delivery)
        except Refused:
            return None
        pictures = as_sent(delivery, [*media.values()])
        contents = {name: _content_of(content, delivery.platform) for name, content in media.items()}
        if saved_approvals.objection(delivery, contents) or len(pictures) < len(media):
            return None
        assert delivery.rendered_text
        return Arrived(delivery.rendered_text.text, pictures, None)


def as_sent(delivery: Delivery, contents: Sequence[bytes]) -> tuple[bytes, ...]:
    """What an adapter makes of pictures; those of which it makes nothing are left out."""
    encoded = [encode(content, PLATFORMS[delivery.platform].pictures) for content in contents]
    return tuple(picture.content for picture in encoded if isinstance(picture, EncodedPicture))


class Engine:
    """By the whole engine, from its first sweep on, to accounts that keep a book."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.reasons: dict[str, str] = {}

    def config(self) -> dict[str, str]:
        return {}

    def connect(self, account: Account) -> Platform:
        return self._books.setdefault(account.platform, DryRun(account, self._clock))

    def at(self, moment: datetime) -> None:
        self._clock.now = moment

    def send(self, plan: Plan) -> dict[str, Arrived]:
        self._clock = Clock(BEFORE)
        self._books: dict[str, DryRun] = {}
        with (
            # One with another's id would be that one, restored.
            tempfile.TemporaryDirectory(dir=self._folder) as own,
            closing(Ledger(f"sqlite:///{own}/ledger.db", self._clock, durable=False)) as ledger,
            closing(Publisher(plan, ledger, self.connect, self._clock, live=True)) as publisher,
        ):
            for moment in (BEFORE, *plan.due_moments(BEFORE)):
                self.at(moment)
                self._clock.now = moment
                for status in publisher.publish_due(moment):
                    self.reasons[status.delivery.key] = f"{status.state}: {status.reason}"
        return self.arrived(plan)

    def arrived(self, plan: Plan) -> dict[str, Arrived]:
        arrived = {}
        for payload, _ in (entry for book in self._books.values() for entry in book.book):
            delivery = plan.find(payload.document["key"])
            assert delivery and delivery.key not in arrived, payload.document["key"]
            contents = [picture_file(delivery, name) for name in delivery.media]
            by_digest = {hashlib.sha256(content).hexdigest(): content for content in contents}
            pictures = as_sent(delivery, [by_digest[digest] for digest in payload.document["media"].values()])
            arrived[delivery.key] = Arrived(payload.text, pictures, None)
        return arrived


class Servers(Engine):
    """By the whole engine and the real adapters, to the servers of the tests, over HTTP."""

    def __init__(self, folder: Path, x: XServer, pds: bluesky_server.Server) -> None:
        super().__init__(folder)
        x.limits.user_window = x.limits.app_day = 10**6
        x.limits.others = dict.fromkeys(x.limits.others, 10**6)
        self._x, self._pds = x, pds
        self._on_x, self._on_bluesky = x.account(), pds.account()
        self._travel: time_machine.travel | None = None

    def config(self) -> dict[str, str]:
        bluesky = f'handle = "{self._on_bluesky.handle}", service = "{self._pds.url}"'
        return {"x": f'handle = "{self._on_x.handle}"', "bluesky": bluesky, "x_server": self._x.url}

    def connect(self, account: Account) -> Platform:
        secrets = {"x": self._x.credentials(self._on_x), "bluesky": {"APP_PASSWORD": self._on_bluesky.app_password}}
        return adapter_of(account.platform).connect(account, secrets[account.platform], system_clock)

    def at(self, moment: datetime) -> None:
        if self._travel:
            self._travel.stop()
        for server in (self._x, self._pds):
            server.shift(ahead(moment))
        self._travel = time_machine.travel(moment, tick=True)
        self._travel.start()

    def send(self, plan: Plan) -> dict[str, Arrived]:
        self._said_before = {post.id for post in self._x.posted(self._on_x)}
        oauth.App._apps.clear()  # each campaign is begun by a new program: no program sees time go back
        try:
            return super().send(plan)
        finally:
            if self._travel:
                self._travel.stop()
                self._travel = None
            for server in (self._x, self._pds):
                server.shift(0)

    def arrived(self, plan: Plan) -> dict[str, Arrived]:
        arrived = {}
        deliveries = {(d.platform, d.due.date()): d for d in plan}
        for post in self._x.posted(self._on_x):
            if post.id not in self._said_before:
                delivery = deliveries["x", post.created_at.date()]
                assert delivery.key not in arrived, delivery.key
                alts = tuple(alt or "" for _, alt in post.media)
                arrived[delivery.key] = Arrived(post.text, tuple(content for content, _ in post.media), alts)
        records = self._pds.records(self._on_bluesky.did)
        for delivery in plan:
            key = record_key(plan.campaign_id, delivery.number, delivery.language, 0)
            if delivery.platform == "bluesky" and (record := records.get(key)):
                images = record.get("embed", {}).get("images", ())
                links = [image["image"]["ref"]["$link"] for image in images]
                pictures = tuple(self._pds.blob(self._on_bluesky.did, link) for link in links)
                alts = tuple(image["alt"] for image in images)
                arrived[delivery.key] = Arrived(record["text"], pictures, alts)
        return arrived


# What must hold


@dataclass
class Tally:
    """What was tried, what came of it, and where `check` and sending disagreed."""

    came: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    """How often `check` named each alteration of a picture that arrived."""
    wrong: list[str] = field(default_factory=list)

    def table(self) -> str:
        rows = [f"| {name} | {number:,} |" for name, number in [*self.came.items(), *sorted(self.said.items())]]
        return "\n".join(["| | |", "|---|---|", *rows, *(f"WRONG: {wrong}" for wrong in self.wrong[:40])])


def hold(folder: Path, inputs: Sequence[MutatedInput], sender: Sender, tally: Tally) -> None:
    """Check, approve and send these inputs, and note in the tally where they disagree."""
    for campaign in campaigns_of(inputs):
        names = f"{campaign[0].seed}/" + ",".join(str(one.number) for one in campaign)
        with tempfile.TemporaryDirectory(dir=folder) as own:
            try:
                found = _campaign(Path(own), campaign, sender, tally)
            except Exception:  # noqa: BLE001  this is what is looked for
                found = [f"{names}: {traceback.format_exc()}"]
        tally.wrong += found
        tally.came["inputs"] += len(campaign)
        tally.came["of them pictures"] += sum(one.is_picture for one in campaign)


def _campaign(folder: Path, inputs: Sequence[MutatedInput], sender: Sender, tally: Tally) -> list[str]:
    config = write(folder, inputs, sender.config())
    try:
        plan = plan_of(config)
    except UnreadableFiles:
        tally.came["a config that can't be used"] += 1
        return []
    deliveries = list(plan)
    problems = check(plan, BEFORE, deliveries)
    try:
        wrong = approve(plan, errors(problems), inputs)
    except OrangedayError:  # the officer is told that there is no such folder
        tally.came["nothing can be approved"] += 1
        return []
    arrived = sender.send(plan)
    essential = blocking_errors(plan, deliveries)
    saved_approvals = approvals.load(plan.campaign.folder)
    of_days = {one.day: one for one in inputs}
    for delivery in deliveries:
        one, post = of_days.get(delivery.number), arrived.get(delivery.key)
        if one is None:  # a config that was mutated plans other days
            continue
        problem = next((p for p in essential if covers(p, delivery)), None)
        is_approved = subject_of(delivery) in saved_approvals.entries
        said = ""
        if problem:
            tally.came["held by an error"] += 1
            said = f"it arrived over {problem}" if post else ""
        elif not is_approved:
            tally.came["not approved"] += 1
            said = "it arrived unapproved" if post else ""
        elif post is None:
            said = f"it never arrived, and check has no error that holds; {sender.reasons.get(delivery.key)}"
        else:
            tally.came["arrived"] += 1
            said = wrong_with(delivery, problems, post, tally)
        if said:
            wrong.append(f"{one}, on {delivery.platform}: {said}")
    return wrong


def write(folder: Path, inputs: Sequence[MutatedInput], config: Mapping[str, str]) -> Path:
    """Writes a campaign of these inputs."""
    first = inputs[0]
    shared = shared_files([one.day for one in inputs], f"m{first.seed}-{first.number}")
    files: dict[str, bytes] = {name: content.encode() for name, content in shared.items()}
    for one in inputs:
        files |= one.files
    for of, example in (("x", b'handle = "be_nairobi"'), ("bluesky", b'handle = "nairobi.be"')):
        if of in config:
            files["config.toml"] = files["config.toml"].replace(example, config[of].encode())
    if "x_server" in config:
        files["config.toml"] += f'\n[x]\nbase_url = "{config["x_server"]}"\n'.encode()
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder / "config.toml"


def approve(plan: Plan, found: Sequence[Problem], inputs: Sequence[MutatedInput]) -> list[str]:
    """Approve all as `orangeday approve` does; return what was approved with an error in it, or refused without one.

    What has one is then approved as if that had been before, when there was no rule against it.
    """
    deliveries: dict[Subject, list[Delivery]] = {}
    for delivery in plan:
        if subject := subject_of(delivery):
            deliveries.setdefault(subject, []).append(delivery)
    subjects = approved_content.subjects(plan)
    refused = dict(blocking_problems(plan, subjects))
    if approvable := [subject for subject in subjects if subject not in refused]:
        approvals.approve(plan, approvable, "Ann", system_clock())
    given, wrong = {*approvals.load(plan.campaign.folder).entries}, []
    for subject, of_it in deliveries.items():
        # An error in an embassy's settings isn't one in a text of everybody's.
        own = [problem for problem in found if problem.scope.day or problem.scope.embassies is None]
        flawed = [problem for problem in own if any(covers(problem, delivery) for delivery in of_it)]
        if bool(flawed) == (subject in given):
            one = next((one for one in inputs if one.day == subject.number), None)
            wrong.append(f"{one}: approved is {subject in given}, with the errors {[*map(str, flawed[:1])]}")
    if refused:
        approvals.approve(plan, [*refused], "Ann", BEFORE)
    return wrong


def subject_of(delivery: Delivery) -> Subject | None:
    translation = delivery.translation
    return Subject(delivery.number, str(delivery.language), translation.embassy) if translation else None


def covers(problem: Problem, delivery: Delivery) -> bool:
    return problem.scope.covers(delivery.number, delivery.embassy.id, delivery.platform, delivery.language)


def wrong_with(delivery: Delivery, problems: Sequence[Problem], post: Arrived, tally: Tally) -> str:
    """How a post differs from what was shown of it; "" where it doesn't."""
    (shown,) = previews_json([delivery])["deliveries"]
    written = as_written(delivery)
    if post.text != shown["text"] or (written is not None and post.text != written):
        return f"{post.text!a} arrived, {shown['text']!a} is previewed, {written!a} written"
    names = [*dict.fromkeys(delivery.media)]
    if len(post.pictures) != len(names):
        return f"{len(post.pictures)} pictures arrived of {len(names)}"
    alts = {entry["file"]: entry["alt"] for entry in shown["media"]}
    if post.alts is not None and [*post.alts] != [alts[name] or "" for name in names]:
        return f"the alt texts {post.alts!a} arrived, and {alts!a} are written"
    for name, picture in zip(names, post.pictures, strict=True):
        said = [p for p in problems if covers(p, delivery) and p.message.startswith(reveal(f"“{name}”:"))]
        alterations = {WARNINGS[p.rule] for p in said if p.rule in WARNINGS}
        is_smaller = not any("a jpg with less detail" in p.message for p in said if p.rule == "picture-made-smaller")
        tally.said.update(alterations)
        if wrong := wrong_picture(picture_file(delivery, name), picture, alterations, is_smaller, delivery, tally):
            return f"{name}: {wrong}; check says {[*alterations]}"
    return ""


def as_written(delivery: Delivery) -> str | None:
    """The text as Python's own reader finds it in its file; None where more is filled in than the city and hashtags."""
    assert delivery.translation
    source = delivery.translation.file.read_bytes().removeprefix(codecs.BOM_UTF8)
    document = tomllib.loads(source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode())
    text: str = document.get(delivery.platform, document["text"])
    campaign = tomllib.loads((delivery.plan.campaign.folder / "campaign.toml").read_bytes().decode("utf-8-sig"))
    for name, value in (
        ("{city}", delivery.embassy.names["city"]["en"]),
        ("{hashtags}", " ".join(campaign["hashtags"]["en"])),
    ):
        text = text.replace(name, value)
    return None if re.search("[{}]", text) else text.strip()


def picture_file(delivery: Delivery, name: str) -> bytes:
    file = locate(delivery.plan.campaign.folder, name)
    return file.read_bytes() if isinstance(file, Path) else b""


def wrong_picture(
    content: bytes, picture: bytes, said: set[Alteration], is_smaller: bool, delivery: Delivery, tally: Tally
) -> str:
    """How a picture that was sent differs from its file, but as it was said; "" where it doesn't.

    `is_smaller` tells whether “smaller” means fewer pixels: otherwise it is less detail for a limit of bytes.
    """
    limits = PLATFORMS[delivery.platform].pictures
    with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG")) as image:
        kind, frames, notes = image.format, getattr(image, "n_frames", 1), {"exif", "icc_profile"} & {*image.info}
        sent = image.convert("RGB")
    if frames != 1 or notes or not limits.takes(*sent.size, len(picture)):
        return f"a {kind} of {sent.size}, {len(picture):,} bytes and {frames} frames, with {notes}"
    file = seen(content)
    if file is None:  # its notes are so broken that Pillow doesn't open it
        tally.came["pictures without a second opinion"] += 1
        return ""
    tally.came["pictures compared"] += 1
    truth = {STILL: file.frames > 1, WHITE: file.is_transparent, TURNED: file.orientation != 1}
    for alteration, is_true in truth.items():
        if (alteration in said) != is_true and (alteration is not TURNED or file.orientation):
            return f"{alteration} is {is_true}"
    if COLOURS in said and not file.has_colours:
        return "it has no colours of its own"
    is_jpg = kind == "JPEG" and file.kind != "JPEG"
    if is_jpg != bool({LOSSY, SMALLER} & said) and not (SMALLER in said and is_smaller):
        return f"a {kind} is sent of a {file.kind}"
    expected = file.image if COLOURS in said else file.plain
    upright = [
        turned(expected, n)
        for n in ([file.orientation] if file.orientation else range(2, 9) if TURNED in said else [1])
    ]
    return "" if any(_is_alike(one, sent, kind, said, is_smaller) for one in upright) else "it looks otherwise"


def _is_alike(one: Image.Image, sent: Image.Image, kind: str | None, said: set[Alteration], is_smaller: bool) -> bool:
    if SMALLER in said and is_smaller:
        if not (sent.width <= one.width and sent.height <= one.height and sent.size != one.size):
            return False
        one = one.resize(sent.size)
    if one.size != sent.size:
        return False
    if not said or (kind == "PNG" and not {SMALLER, COLOURS} & said):
        return difference(one, sent) == 0
    block = min(4, *one.size)
    return mean_difference(one.reduce(block), sent.reduce(block)) <= MAY_LOSE


# All of it


def main(seed: int, inputs: Sequence[MutatedInput]) -> bool:
    """Say what came of these inputs; return whether all is well."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="orangeday-mutated-") as folder, time_machine.travel(BEFORE, tick=True):
        new_ledger.put(Path(folder) / "gate.db")
        with closing(Ledger(f"sqlite:///{folder}/gate.db", system_clock, durable=False)) as ledger:
            hold(Path(folder), inputs, Gate(ledger), tally)
    sys.stdout.write(f"{tally.table()}\n")
    return not tally.wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.torture.checked_and_sent")
    parser.add_argument("--inputs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, nargs="+", help="these inputs alone, by their numbers")
    given = parser.parse_args()
    sys.exit(0 if main(given.seed, mutated_inputs(given.seed, given.only or range(given.inputs))) else 1)
