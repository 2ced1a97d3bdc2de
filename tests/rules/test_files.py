"""Files in a day's folder: each is used, or named with what to do about it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from orangeday.content.problems import Problem, Scope, Severity
from orangeday.rules.catalogue import check

from ..support import campaigns
from ..support.common import EXAMPLE, plan_of

CARD = '\n[card]\nheadline = "Light"\nalt = "Two lanterns."\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of day 5, whose English text has a picture of its own."""
    files = campaigns.files(("en", "fr"))
    files["posts/05-day/en.toml"] += CARD
    campaigns.write(tmp_path, files)
    Image.new("RGB", (1200, 675), "navy").save(tmp_path / "posts/05-day/en.png")
    return tmp_path / "posts/05-day"


def append(file: Path, lines: str) -> None:
    file.write_text(file.read_text("utf-8") + lines, "utf-8", newline="\n")


def unused(folder: Path) -> list[Problem]:
    return [p for p in check(plan_of(folder.parents[1] / "config.toml")) if p.rule == "unused-file"]


@pytest.mark.parametrize(
    ("name", "hint", "language"),
    [
        ("en.png.png", "The nearest name that is used is “en.png”, and that is there: move this one out", "en"),
        ("fr.jpg", "To post it, write [card] in fr.toml, with headline and alt.", "fr"),
        ("en.heic", "en.png is posted in its place. To post this one, save it as en.jpg, and delete en.png.", "en"),
        ("nl.png", "There is no nl.toml beside it.", "nl"),
        ("fr.nairobi.png", "There is no fr.nairobi.toml beside it.", "fr"),
        ("en.draft.png", "The config has no embassy “draft”, whose own card it would be.", "en"),
        ("fr.4x5.png", "To post it, write [card] in fr.toml, with headline and alt.", "fr"),
        ("en.toml.txt", "en.toml is read in its place: delete one of the two.", "en"),
        ("day.toml.txt", "day.toml is read in its place: delete one of the two.", None),
        ("nl.docx", "If it is a text of the day: This isn't a text file: it is a Word document or a zip file.", "nl"),
        ("nl.txt", "If it is a text of the day: Rename it: nl.toml.", "nl"),
        ("notes.txt", "Correct its name, or move it out of the folder.", None),
        ("fr.pgn", "Did you mean “fr.png”? Correct its name, or move it out of the folder.", "fr"),
        ("en.jpg.lnk", "Did you mean “en.jpg”?", "en"),
    ],
)
def test_a_file_that_nothing_uses_is_a_warning_with_the_next_step(
    folder: Path, name: str, hint: str, language: str | None
) -> None:
    (folder / name).write_bytes(b"PK\3\4" if name.endswith("docx") else b"x = 1\n")
    (problem,) = unused(folder)
    assert (problem.severity, problem.location.file) == (Severity.WARNING, folder / "day.toml")
    assert problem.scope == Scope(5, language=language)
    assert problem.message == f"nothing uses “{name}” in this folder."
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store", "Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r", ".~lock.en.toml#", "~lock.en.toml#",
        "~$en.docx",
        "en.toml~", ".en.toml.swp", "en.toml.bak", "#en.toml#", "en.toml.orig", "._en.toml", "en.toml.tmp", "@eaDir",
    ],
)  # fmt: skip
def test_what_programs_leave_behind_is_none(folder: Path, name: str) -> None:
    if sys.platform == "win32" and "\r" in name:
        pytest.skip("Windows has no such name")
    (folder / name).write_bytes(b"x")
    assert unused(folder) == []


def test_whatever_a_day_or_the_cards_use_is_none(folder: Path) -> None:
    posts = folder.parent
    (folder / "media").mkdir()
    for file in ("photo.jpg", "media/lamp.jpg", "letters.ttf", "several.ttc", "media/logo.png", "own.png"):
        (folder / file).write_bytes(b"x")
    for day, pictures in (("05-day", "05-day/photo.jpg"), ("06-day", "05-day/media/lamp.jpg")):
        append(posts / day / "day.toml", f"media = ['{pictures}']\n")
    append(posts / "campaign.toml", "[cards]\nlogo = '05-day/media/logo.png'\n")
    append(posts / "campaign.toml", "font = { ar = '05-day/letters.ttf', ja = '05-day/several.ttc#2' }\n")
    config = posts.parent / "config.toml"
    section = "[embassies.nairobi]\n"
    assert section in config.read_text("utf-8")
    config.write_text(config.read_text("utf-8").replace(section, f"{section}logo = '05-day/own.png'\n"), "utf-8")
    assert unused(folder) == []
    (folder / "media/other.jpg").write_bytes(b"x")
    assert [p.message for p in unused(folder)] == ["nothing uses “media/other.jpg” in this folder."]


def test_a_folder_of_other_things_is_one_warning(folder: Path) -> None:
    (folder / "of 2025").mkdir()
    (folder / "empty").mkdir()
    for number in range(30):
        (folder / f"of 2025/{number}.jpg").write_bytes(b"x")
    assert [p.message for p in unused(folder)] == ["nothing uses “of 2025/” in this folder."]


def test_so_many_that_it_must_be_another_folder_are_counted(folder: Path) -> None:
    for number in range(30):
        (folder / f"{number}.jpg").write_bytes(b"x")
    messages = [p.message for p in unused(folder)]
    assert len(messages) == 21
    assert "nothing uses 10 more files in this folder." in messages


def test_beside_a_text_that_cannot_be_read_nothing_is_said_of_its_picture(folder: Path) -> None:
    (folder / "en.toml").write_text("text =\n", encoding="utf-8")
    assert unused(folder) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links are only for some users there")
def test_a_link_to_nothing_is_named_too(folder: Path) -> None:
    os.symlink("nowhere", folder / "old.jpg")  # noqa: PTH211  a name as it is
    assert [p.message for p in unused(folder)] == ["nothing uses “old.jpg” in this folder."]


def test_it_can_be_accepted_where_it_is_said(folder: Path) -> None:
    (folder / "notes.txt").write_text("Call Ann.")
    append(folder / "day.toml", '[accept]\nunused-file = "Our notes."\n')
    assert unused(folder) == []


def test_a_missing_text_has_the_nearest_name_in_its_hint(folder: Path) -> None:
    (folder / "fr.toml").rename(folder / "fr.tom")
    problems = [p for p in check(plan_of(folder.parents[1] / "config.toml")) if p.rule == "missing-language"]
    assert [p.hint for p in problems] == ["Did you mean “fr.tom”? Write it, or add 5 to the embassy's “skip”."]


def test_the_shipped_days_have_none() -> None:
    assert not [p for p in check(plan_of(EXAMPLE)) if p.rule in ("unused-file", "stale-alt", "ambiguous-picture")]
