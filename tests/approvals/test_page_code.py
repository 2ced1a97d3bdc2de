"""The code of a page: for exactly what it shows as to be approved, and kept beside approvals.toml."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from orangeday.approvals import page_code
from orangeday.approvals import store as approvals
from orangeday.approvals.model import Subject
from orangeday.approvals.page_code import PageCode, PageRecord
from orangeday.approvals.shown_page import ALPHABET, ShownPage, shown_page

from ..support import campaigns
from ..support.common import plan_of
from .test_approvals import (
    CONFIG,
    DAY,
    OWN,
    PICTURE,
    SHARED,
    THEN,
    VOIDS,
    Do,
    anew,
    approve_all,
    contents,
    edit,
    put,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    campaigns.write(folder, contents())
    for name in ("05", "06"):
        (folder / f"posts/media/{name}.png").parent.mkdir(exist_ok=True)
        (folder / f"posts/media/{name}.png").write_bytes(PICTURE)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path, dirs_exist_ok=True)


def issue(folder: Path, *embassies: str, now: datetime = NOW) -> PageCode | str:
    plan = plan_of(folder / CONFIG)
    if embassies:
        plan = plan.for_embassies(embassies)
    return page_code.issue(plan, approvals.load(folder / "posts"), plan, now)


def code(folder: Path, *embassies: str, now: datetime = NOW) -> str:
    issued = issue(folder, *embassies, now=now)
    assert isinstance(issued, PageCode), issued
    return issued.text


SHOWN: dict[str, Do] = {name: do for name, (do, _, _) in VOIDS.items()} | {
    "all posts have another hour": edit(CONFIG, "[campaign]\n", '[schedule]\ntime = "10:00"\n[campaign]\n'),
    "an embassy has another hour": edit(CONFIG, "[embassies.tokyo]\n", '[embassies.tokyo]\ntime = "10:00"\n'),
    "a day has another hour": edit(DAY, "title", 'time = "17:30"\ntitle'),
    "languages are further apart": edit(CONFIG, "[campaign]\n", '[schedule]\nspacing = "30m"\n[campaign]\n'),
    "it begins on another day": edit(CONFIG, "[campaign]\n", "[campaign]\nstart = 2026-11-26\n"),
    "the campaign has another id": edit(SHARED, '"16days"', '"15days"'),
    "an embassy leaves out a day": edit(CONFIG, "[embassies.tokyo]\n", "[embassies.tokyo]\nskip = [5]\n"),
    "an embassy leaves out a platform": edit(CONFIG, "[embassies.tokyo]\n", '[embassies.tokyo]\nskip = ["5/x"]\n'),
    "an embassy shows no cards": edit(CONFIG, "[embassies.tokyo]\n", "[embassies.tokyo]\ncards = false\n"),
    "a picture gets altered": anew("posts/media/05.png", lambda _: _transparent_picture()),
}


def _transparent_picture() -> bytes:
    content = BytesIO()
    Image.new("RGBA", (800, 600), (255, 0, 0, 100)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize("what", SHOWN)
def test_whatever_the_page_shows_changes_the_code(folder: Path, what: str) -> None:
    before = code(folder)
    SHOWN[what](folder)
    assert code(folder) != before


@pytest.fixture(scope="module")
def page(written: Path) -> ShownPage:
    plan = plan_of(written / CONFIG)
    return shown_page(plan, approvals.load(written / "posts"), plan, NOW)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_letter_of_it_does(page: ShownPage, data: st.DataObject) -> None:
    """Of what an approval covers, how pictures are altered with it; and of what each platform gets."""

    def another(text: str) -> str:
        place = data.draw(st.integers(0, len(text)))
        return text[:place] + data.draw(st.characters(exclude_categories=["Cs"])) + text[place:]

    if data.draw(st.booleans()):
        subject = data.draw(st.sampled_from(sorted(page.contents, key=str)))
        parts = dict(page.contents[subject] or {})
        name = data.draw(st.sampled_from(sorted(parts)))
        parts[name] = another(parts[name])
        changed = replace(page, contents={**page.contents, subject: parts})
    else:
        number = data.draw(st.integers(0, len(page.posts) - 1))
        post, field = page.posts[number], data.draw(st.sampled_from(["name", "handle", "text", "due", "pictures"]))
        value = getattr(post, field)
        minutes = data.draw(st.integers(1, 600))
        values: dict[str, object] = {
            "due": post.due + timedelta(minutes=minutes),
            "pictures": (*post.pictures, "x.png"),
        }
        values[field] = values.get(field) or another(value)
        changed_post = replace(post, **{field: values[field]})  # type: ignore[arg-type]  # as the field wants it
        changed = replace(page, posts=(*page.posts[:number], changed_post, *page.posts[number + 1 :]))
    assert changed.code != page.code
    assert replace(page).code == page.code


def test_how_a_picture_is_altered_is_part_of_it(page: ShownPage) -> None:
    parts = page.contents[Subject(5, "en", None)]
    assert parts and parts["pictures"] == "as they are"
    altered = {**page.contents, Subject(5, "en", None): {**parts, "pictures": "picture 1 smaller on bluesky"}}
    assert replace(page, contents=altered).code != page.code


def test_an_embassys_new_city_does_where_its_block_is_approved_already(folder: Path) -> None:
    """The template is the same, and what goes out isn't."""
    plan = plan_of(folder / CONFIG)
    approvals.approve(plan, [Subject(None, None, name) for name in ("nairobi", "tokyo")], "Ann", THEN)
    before = issue(folder)
    assert isinstance(before, PageCode)
    edit(CONFIG, 'fr = "Nairobi"', 'fr = "Naïrobi"')(folder)
    after = issue(folder)
    assert isinstance(after, PageCode) and after.text != before.text
    posts = [{post.key: post.text for post in issued.page.posts} for issued in (before, after)]
    assert [p["16days-2026/05/nairobi/x/fr"] for p in posts] == ["Bonjour Nairobi.", "Bonjour Naïrobi."]


def test_what_it_doesnt_show_changes_nothing(folder: Path) -> None:
    edit_own = edit("posts/06-day/en.tokyo.toml", "Our", "My")
    all_of_it, nairobi = code(folder), code(folder, "nairobi")
    edit_own(folder)
    assert code(folder, "nairobi") == nairobi, "another embassy's words"
    assert code(folder) != all_of_it
    edit(CONFIG, 'en = "Tokyo"', 'en = "Edo"')(folder)
    assert code(folder, "nairobi") == nairobi, "another embassy's city"
    approvals.withdraw(folder / "posts", Subject(7, "en", None), "Ann", THEN, "a slip")
    withdrawn = code(folder, "nairobi")
    edit("posts/07-day/en.toml", "Day", "The day")(folder)
    assert code(folder, "nairobi") == withdrawn != nairobi, "a text that was withdrawn"
    put("posts/07-day/de.toml", 'text = "Hallo."')(folder)
    assert code(folder, "nairobi") == withdrawn, "a text that nobody posts"


def test_what_is_over_and_what_is_approved_are_no_part_of_it(folder: Path) -> None:
    issued = issue(folder, now=datetime(2026, 11, 29, 12, tzinfo=UTC))
    assert isinstance(issued, PageCode) and issued.days == tuple(range(5, 17))
    plan = plan_of(folder / CONFIG)
    approvals.approve(plan, [Subject(9, "en", None), Subject(9, "fr", None)], "Ann", THEN)
    issued = issue(folder, now=datetime(2026, 11, 29, 12, tzinfo=UTC))
    assert isinstance(issued, PageCode) and 9 not in issued.days
    approve_all(folder)
    assert issue(folder) == "Nothing on this page waits for an approval."


def test_the_same_page_has_the_same_code_and_keeps_its_record(folder: Path) -> None:
    first = code(folder)
    file = page_code.record_file(folder / "posts", first)
    kept = file.read_bytes()
    assert code(folder, now=NOW.replace(hour=13)) == first
    assert file.read_bytes() == kept
    record = page_code.load(folder / "posts", first)
    assert isinstance(record, PageRecord) and record.page.code == first and record.moment == NOW


def test_a_record_that_was_changed_says_nothing_any_more(folder: Path) -> None:
    first = code(folder)
    file = page_code.record_file(folder / "posts", first)
    values = json.loads(file.read_bytes())
    spoilings: list[tuple[str, Callable[[Any], object]]] = [
        ("was changed", lambda v: v["posts"][0].update(text="Another text.")),
        ("was changed", lambda v: v["contents"]["05/en"].update(text="Another text.")),
        ("is damaged", lambda v: v["contents"].update({"nowhere": {}})),
        ("is damaged", lambda v: v["posts"][0].update(key="x")),
        ("is damaged", lambda v: v.pop("answers")),
        ("is damaged", lambda v: v["contents"].update({"05/en": 5})),
    ]
    for name, spoil in spoilings:
        spoilt = json.loads(json.dumps(values))
        spoil(spoilt)
        file.write_text(json.dumps(spoilt))
        loaded = page_code.load(folder / "posts", first)
        assert isinstance(loaded, str) and name in loaded, loaded
    for content in (b"", b"\xff", b"[" * 100_000, b"[]", b"null"):
        file.write_bytes(content)
        loaded = page_code.load(folder / "posts", first)
        assert isinstance(loaded, str) and "is damaged" in loaded
    assert code(folder) == first, "written again, it is sound again"
    assert isinstance(page_code.load(folder / "posts", first), PageRecord)


def test_where_the_record_cant_be_kept_there_is_no_code(folder: Path) -> None:
    shutil.rmtree(folder / "posts" / page_code.FOLDER, ignore_errors=True)
    (folder / "posts" / page_code.FOLDER).write_text("a file in its place")
    reason = issue(folder)
    assert isinstance(reason, str) and "can't be written" in reason and page_code.FOLDER in reason


def test_a_page_of_one_platform_has_none(folder: Path) -> None:
    plan = plan_of(folder / CONFIG)
    on_x = [delivery for delivery in plan if delivery.platform == "x"]
    reason = page_code.issue(plan, approvals.load(folder / "posts"), on_x, NOW)
    assert reason == (
        "These texts go out on Bluesky, too, and this page doesn't show them there. Write it without --platform."
    )
    day_5 = [delivery for delivery in plan if delivery.number == 5]
    assert isinstance(page_code.issue(plan, approvals.load(folder / "posts"), day_5, NOW), PageCode)


def test_broken_approvals_have_none(folder: Path) -> None:
    (folder / "posts/approvals.toml").write_text("05.en.approved = 5\n")
    reason = issue(folder)
    assert isinstance(reason, str) and "nothing counts as approved" in reason


@given(st.text(ALPHABET, min_size=8, max_size=8))
def test_a_code_is_read_however_it_is_typed(letters: str) -> None:
    text = f"{letters[:4]}-{letters[4:]}"
    looks = str.maketrans("01", "OI")
    for typed in (text, text.lower(), letters, text.translate(looks), text.replace("-", "‑"), f" {text}\u00a0"):
        assert page_code.read_code(typed) == text
    assert page_code.read_code(text.replace("1", "l")) == text


@pytest.mark.parametrize("typed", ["", "7F3K", "7F3K-92Q", "7F3K-92QDA", "7F3K-92QU", "7F3K_92QD", "../../etc"])
def test_what_is_no_code_isnt_read(typed: str) -> None:
    assert page_code.read_code(typed) is None


def test_own_words_whose_file_is_gone_are_part_of_it(folder: Path) -> None:
    approve_all(folder)
    (folder / "posts/06-day/en.tokyo.toml").unlink()
    issued = issue(folder)
    assert isinstance(issued, PageCode)
    assert issued.page.contents == {Subject(6, "en", "tokyo"): None}
    assert not (folder / OWN).exists()
