"""Every value of the files, edited after all was approved: what changes a post holds it, and what doesn't, doesn't.

Which values there are the readers say themselves: each names, of every table, the keys that it knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from orangeday.approvals import store as approvals
from orangeday.approvals.content import subjects
from orangeday.content.encoding import Flaw
from orangeday.content.images import locate, read_picture
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import UnreadableFiles
from orangeday.content.schemas import schema_line
from orangeday.rules.blocking import blocking_errors

from ..support.common import BEFORE, plan_of
from ..support.every_key import CAMPAIGN, CONFIG, DAY, FACTS, LINKED, Values, at, campaign, tables

PICTURES = (
    f"{DAY}/en.png", f"{DAY}/en.4x5.png", f"{DAY}/en.tokyo.png", f"{DAY}/en.tokyo.4x5.png", "posts/media/05.png",
    "posts/media/logo.png",
)  # fmt: skip


def toml(value: Any) -> str:
    """A value as TOML, its tables inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def write(folder: Path, name: str, values: Values) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in values.items()), "utf-8")


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that campaign, all of it approved."""
    folder = tmp_path_factory.mktemp("approved")
    for name, values in campaign().items():
        write(folder, name, values)
    for number, name in enumerate(PICTURES):
        (folder / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (700, 700), (255, 120, number)).save(folder / name)
    plan = plan_of(folder / CONFIG)
    approvals.approve(plan, subjects(plan), "Ann Peeters", BEFORE)
    return folder


# What a reader of a post sees


def content(delivery: Delivery) -> tuple[object, ...] | None:
    """All that is sent: whose it is, its text, its pictures with their alt texts, and the card of its link."""
    if delivery.rendered_text is None or delivery.rendered_text.problems:
        return None
    folder = delivery.plan.campaign.folder
    files = [locate(folder, name) for name in delivery.media]
    contents = [file if isinstance(file, Flaw) else read_picture(file) for file in files]
    account, day = delivery.account, delivery.day
    has_link_card = account.platform == "bluesky" and delivery.link and not delivery.media and day
    return (
        (account.handle, account.service),
        delivery.rendered_text.text,
        [*zip(map(delivery.alt_texts.get, delivery.media), contents, strict=True)],
        (delivery.link, day and day.title, delivery.plan.campaign.title) if has_link_card else None,
    )


def sent(plan: Plan) -> dict[str, tuple[object, ...] | None]:
    return {delivery.key: content(delivery) for delivery in plan}


def held(plan: Plan, by_errors: bool = True) -> set[str]:
    """The posts that a live run wouldn't send: not approved as they are, or with an error in their files."""
    stored, deliveries = approvals.load(plan.campaign.folder), [*plan]
    problems = blocking_errors(plan, deliveries) if by_errors else []
    return {
        d.key
        for d in deliveries
        if stored.objection(d) or any(p.scope.covers(d.number, d.embassy.id, d.platform, d.language) for p in problems)
    }


# Which values there are


def known_keys(folder: Path, name: str, values: Values, path: tuple[str, ...]) -> list[str]:
    """The keys that the reader of a table knows, as it says to whoever writes another one; none where any will do."""
    at(values, path)["zzz"] = True
    write(folder, name, values)
    plan = plan_of(folder / CONFIG)
    del at(values, path)["zzz"]
    write(folder, name, values)
    hints = [p.hint for p in plan.problems if p.rule == "unknown-key" and "“zzz”" in p.message]
    listed = re.search(r" may have: (.+)\.$", hints[0]) if hints else None
    return listed[1].split(", ") if listed else []


def test_every_key_that_a_reader_knows_stands_in_the_campaign(approved: Path) -> None:
    missing = {}
    for name, values in campaign().items():
        if name not in (CONFIG, CAMPAIGN, FACTS, f"{DAY}/day.toml", f"{DAY}/en.toml"):
            continue
        for path in tables(values):
            known = known_keys(approved, name, values, path)
            absent = {key for key in known if key not in at(values, path) and (*path, key) != ("cards", "title")}
            # One of the two embassies has all that one can have, and so has one of the facts; no card has a title now.
            if absent and path not in (("embassies", "tokyo"), ("two",)):
                missing[name, path] = absent
    assert missing == {}
    assert known_keys(approved, CONFIG, campaign()[CONFIG], ("embassies", "nairobi")), "they are listed"


# Each edited


Edit = Callable[[Path], object]

OTHERS = {
    "time": "08:00", "tomorrow": "18:00", "spacing": "30m", "catch_up": "5h", "settle_after": "7m", "mode": "live",
    "timezone": "Africa/Kampala", "layout": "question", "16:9": "4:5", "4:5": "16:9", "posts": "others",
}  # fmt: skip
"""Another value for a key, or for a value, where one more letter makes no sense."""


def other(key: str, value: Any) -> Any:
    """A value of the same type that is another one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return OTHERS.get(value) or OTHERS.get(key) or f"{value}x"
    return date.fromordinal(value.toordinal() + 1) if isinstance(value, date) else value + 1


def leaves(values: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each value that isn't a table or a list."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(value, (dict, list)):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def change(name: str, path: tuple[Any, ...], *, is_removed: bool) -> Edit:
    def do(folder: Path) -> None:
        values = campaign()[name]
        *way, last = path
        table: Any = values
        for key in way:
            table = table[key]
        if is_removed:
            del table[last]
        else:
            key = next(key for key in reversed(path) if isinstance(key, str))
            table[last] = other(key, table[last])
        write(folder, name, values)

    return do


def another_byte(name: str, folder: Path) -> None:
    (folder / name).write_bytes((folder / name).read_bytes() + b"\0")


def remove(name: str, folder: Path) -> None:
    (folder / name).unlink()


def edits() -> Iterator[tuple[str, str, Edit]]:
    """What is edited, in words; its file; and the edit."""
    for name, values in campaign().items():
        if name.startswith("posts/") and "-day/" in name and not name.startswith((DAY, LINKED)):
            continue
        for path in leaves(values):
            place = f"{name}: {'.'.join(map(str, path))}"
            yield f"{place} changed", name, change(name, path, is_removed=False)
            yield f"{place} removed", name, change(name, path, is_removed=True)
    for name in PICTURES:
        yield f"{name} changed", name, partial(another_byte, name)
        yield f"{name} removed", name, partial(remove, name)


COVERED_BESIDES = (
    r"posts/facts\.toml: \w+\.(statement|paragraph)",  # what a text rests on
    r"posts/0\d-day/day\.toml: (title|facts)",
    r"posts/campaign\.toml: (title|id)",
    r"posts/campaign\.toml: handles",  # all its handles stand in the approval of a text that mentions it
    r"posts/0\d-day/(en|en\.tokyo)\.toml: (text|x|bluesky|alt|card)",  # a text is approved whole, for all who post it
    r"posts/0\d-day/day\.toml: (link|media|hashtags)",
    r"posts/campaign\.toml: (hashtags|minister|cards)",
    r"config\.toml: embassies\.\w+\.(name|city|in_city|country|in_country|helpline|words|timezone|languages)",
    r"config\.toml: embassies\.\w+\.(x|bluesky)\.(handle|service)",  # an embassy is approved whole
    r"config\.toml: embassies\.\w+\.(without_hashtags|cards)",
    r"config\.toml: network",  # through whose hands all of an embassy goes
    r"config\.toml: campaign\.start",  # an approval is for one year
)
"""What an approval covers besides the posts that it changes; each may hold others, too."""


@pytest.mark.parametrize(("name", "edit"), [pytest.param(name, do, id=what) for what, name, do in edits()])
def test_what_changes_a_post_holds_it_and_what_does_not_does_not(
    name: str, edit: Edit, approved: Path, request: pytest.FixtureRequest
) -> None:
    what = request.node.callspec.id
    before = sent(plan_of(approved / CONFIG))
    assert held(plan_of(approved / CONFIG), by_errors=False) == set()
    original = (approved / name).read_bytes()
    try:
        edit(approved)
        try:
            plan = plan_of(approved / CONFIG)
        except UnreadableFiles:
            return  # nothing at all is sent
        after = sent(plan)
        edited = {key for key in after if key in before and after[key] != before[key]}
        assert edited <= held(plan), "it would be sent, and nobody has approved it"
        if not any(re.match(pattern, what) for pattern in COVERED_BESIDES):
            assert held(plan, by_errors=False) & before.keys() <= edited, "nothing of it has changed"
    finally:
        (approved / name).write_bytes(original)


def test_a_line_that_names_a_schema_changes_nothing_that_is_approved(approved: Path) -> None:
    originals = {file: file.read_bytes() for file in approved.rglob("*.toml") if file.name != "approvals.toml"}
    before = sent(plan_of(approved / CONFIG))
    try:
        for file, content in originals.items():
            file.write_bytes(schema_line(file.relative_to(approved)).encode() + content)
        plan = plan_of(approved / CONFIG)
        assert held(plan) == set() and sent(plan) == before
    finally:
        for file, content in originals.items():
            file.write_bytes(content)


def test_enough_of_it_changes_posts(approved: Path) -> None:
    """The test above shows nothing where no post changes."""
    assert all(content is not None for content in sent(plan_of(approved / CONFIG)).values())
    assert len([*plan_of(approved / CONFIG)]) == 8
    assert len([*edits()]) > 200


# An approval of the version before


def digest(parts: Mapping[str, str]) -> str:
    """The digest of an approval, as every version has made it."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def test_an_approval_of_the_version_before_counts_where_nothing_new_is_used(tmp_path: Path) -> None:
    files = campaign()
    own = files[CONFIG]["embassies"].pop("nairobi")
    for new in ("card_name", "helpline", "words", "logo", "without_hashtags"):
        del own[new]
    own["bluesky"] = {"handle": "be-nairobi.be"}
    files[CONFIG] = {"campaign": {"start": date(2026, 11, 25)}, "embassies": {"nairobi": own}}
    files[CAMPAIGN] = {"id": "16days", "minister": "A. Minister", "cards": {"from": {"en": "FPS"}}}
    files[FACTS] = {"one": {"statement": "One.", "paragraph": 1}}
    files[f"{DAY}/day.toml"] = {"title": "Five", "facts": ["one"], "link": "https://un.org/5"}
    files[f"{DAY}/en.toml"] = {
        "text": "{city}, {minister}: {link}", "card": {"headline": "Together", "alt": "Orange card: “Together”."},
    }  # fmt: skip
    for name, values in files.items():
        write(tmp_path, name, values)
    (tmp_path / DAY / "en.png").parent.mkdir(exist_ok=True)
    Image.new("RGB", (1200, 675), "orange").save(tmp_path / DAY / "en.png")
    picture = sha256((tmp_path / DAY / "en.png").read_bytes()).hexdigest()
    text = {
        "title": "Five",
        "link": "https://un.org/5",
        "text": "{city}, {minister}: {link}",
        'alt."05-day/en.png"': "Orange card: “Together”.",
        'media."05-day/en.png"': f"picture 1, sha256:{picture}",
        "pictures": "as they are",
        "facts.one": "paragraph 1: One.",
        "minister": "A. Minister",
    }
    names = {f"{key}.en": f"{key} nairobi" for key in ("name", "city", "in_city", "country", "in_country")}
    us = {**names, "timezone": "Africa/Nairobi", "languages": "en"}
    us |= {"x.handle": "be_nairobi", "bluesky.handle": "be-nairobi.be"}
    us["bluesky.service"] = "https://bsky.social"
    document = "".join(
        f'{heading}.approved = "{digest(parts)}"\n{heading}.by = "Ann Peeters"\n{heading}.at = 2026-11-24T06:00:00Z\n'
        + "".join(f"{heading}.{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in parts.items())
        for heading, parts in {"05.en": text, "embassies.nairobi": us}.items()
    )
    (tmp_path / "posts/approvals.toml").write_text(document, "utf-8")
    plan = plan_of(tmp_path / CONFIG)
    stored = approvals.load(plan.campaign.folder)
    assert stored.problems == ()
    assert {d.platform: stored.objection(d) for d in plan if d.number == 5} == {"x": None, "bluesky": None}
