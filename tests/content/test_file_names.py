"""Names of files: in whichever form the disk has them, and what a wrong one was meant to be."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest

from orangeday.content.encoding import Flaw
from orangeday.content.file_names import intended_name, lookalike, on_disk, rename_hint
from orangeday.content.images import inspect, locate

WHOLE, APART = "médias/été.jpg", unicodedata.normalize("NFD", "médias/été.jpg")


@pytest.mark.parametrize(
    ("name", "intended"),
    [
        ("en.toml", "en.toml"), ("pt-BR.toml", "pt-BR.toml"), ("en.nairobi.toml", "en.nairobi.toml"),
        ("day.toml", "day.toml"), ("en.toml.txt", "en.toml"), ("en.toml.toml", "en.toml"), ("en.TOML.TXT", "en.toml"),
        ("en.toml.docx", "en.toml"), ("en.toml.rtfd", "en.toml"), ("en.toml.txt.txt", "en.toml"),
        ("en .toml", "en.toml"),
        ("en. toml", "en.toml"), ("EN.TOML", "en.toml"), ("En.Nairobi.Toml", "en.nairobi.toml"),
        ("en.nairobi.toml.txt", "en.nairobi.toml"), ("PT_br.toml", "pt-BR.toml"), ("zh-hans.toml.txt", "zh-Hans.toml"),
        ("day.toml.txt", "day.toml"), ("Day.toml", "day.toml"), ("config.toml.txt", "config.toml"),
        ("campaign.toml.toml", "campaign.toml"), ("FACTS.toml", "facts.toml"), ("en (1).toml", "en.toml"),
        ("en.toml (2)", "en.toml"), ("en - Copy.toml", "en.toml"), ("en - kopie.toml", "en.toml"),
        ("Copy of en.toml", "en.toml"), ("en\u200b.toml", "en.toml"), ("\u200een.toml", "en.toml"),
        ("en.toml.", "en.toml"),
        ("en\u00a0.toml", "en.toml"), ("en\uff0etoml", "en.toml"),
        ("en.txt", None), ("notes.txt", None), ("README.toml.txt", None), ("en.toml.bak", None), ("en.toml~", None),
        ("en.png", None), ("toml", None), ("", None), ("days.toml", None), ("en.new delhi.toml", None), ("...", None),
        (".config.toml", None), ("._en.toml", None),
    ],
)  # fmt: skip
def test_a_name_says_which_file_it_was_meant_as(name: str, intended: str | None) -> None:
    assert intended_name(name) == intended


def test_the_file_that_was_meant_is_found_among_others() -> None:
    names = ["EN.toml.txt", "day.toml", "fr.toml", "notes.txt"]
    assert lookalike("en.toml", names) == "EN.toml.txt"
    assert lookalike("fr.toml", names) is None, "it is there"
    assert lookalike("nl.toml", names) is None


def test_the_step_is_a_new_name_or_where_that_would_not_help_a_new_file(tmp_path: Path) -> None:
    plain, word, folder = tmp_path / "en.toml.txt", tmp_path / "en.toml.docx", tmp_path / "en.toml.rtfd"
    plain.write_text("text = 'a'\n")
    word.write_bytes(b"PK\3\4word/")
    folder.mkdir()
    assert rename_hint(plain, "en.toml").startswith(
        "Rename it: en.toml. Windows hides the last part of a name, here .txt"
    )
    assert rename_hint(tmp_path / "EN.TOML", "en.toml") == "Rename it: en.toml."
    assert "it is a Word document" in rename_hint(word, "en.toml")
    assert "Rename" not in rename_hint(word, "en.toml") + rename_hint(folder, "en.toml")
    assert "Its name: en.toml." in rename_hint(folder, "en.toml")


@pytest.mark.parametrize(("stored", "written"), [(WHOLE, APART), (APART, WHOLE), (WHOLE, WHOLE), (APART, APART)])
def test_a_picture_is_found_in_whichever_form_its_folder_and_its_name_are_stored(
    stored: str, written: str, tmp_path: Path
) -> None:
    file = tmp_path / stored
    file.parent.mkdir()
    file.write_bytes(b"x")
    for folder, name in ((tmp_path, written), (tmp_path, str(tmp_path / written)), (tmp_path / ".", f"./{written}")):
        assert on_disk(folder, name).samefile(file)
    found = locate(tmp_path, written)
    assert isinstance(found, Path)
    assert found.read_bytes() == b"x"


def test_what_is_in_no_form_there_keeps_its_name(tmp_path: Path) -> None:
    for name in (WHOLE, APART, "x/y", "nul\0", "a" * 5000):
        assert on_disk(tmp_path, name) == tmp_path / name


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac's disk has one of them only")
def test_of_two_that_look_the_same_the_one_that_is_written_is_taken(tmp_path: Path) -> None:
    for name in (WHOLE, APART):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(name, "utf-8")
    for name in (WHOLE, APART):
        assert on_disk(tmp_path, name).read_text("utf-8") == name


@pytest.mark.skipif(sys.platform == "win32", reason="links are only for some users there")
def test_a_link_out_of_the_folder_is_refused_in_either_form(tmp_path: Path) -> None:
    (tmp_path / "outside.jpg").write_bytes(b"x")
    posts = tmp_path / "posts"
    posts.mkdir()
    (posts / unicodedata.normalize("NFD", "é.jpg")).symlink_to(tmp_path / "outside.jpg")
    found = locate(posts, "é.jpg")
    assert isinstance(found, Flaw)
    assert "a link that leads out" in found.message


def test_a_name_that_only_looks_the_same_is_shown_with_what_cant_be_seen(tmp_path: Path) -> None:
    (tmp_path / "caf\u200bé.jpg").write_bytes(b"x")
    flaw = inspect(tmp_path / "café.jpg")
    assert isinstance(flaw, Flaw)
    assert flaw.hint.startswith("“caf‹U+200B›é.jpg” is there; “café.jpg” is written: they only look the same.")
