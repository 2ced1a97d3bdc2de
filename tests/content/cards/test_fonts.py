"""What cards are lettered in: no letter is an empty box, and what has no letter is said with the font that has it."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import font_source_sans_pro
import fontpkg
import pytest
from PIL import ImageFont, features

from orangeday.content.cards import fonts
from orangeday.content.cards.card import Card, UndrawableCard
from orangeday.content.cards.drawing import draw
from orangeday.content.cards.fonts import BLACK, Face, typeface

from ...support.cards import ARABIC, NOWHERE, of

SEMIBOLD = Path(str(font_source_sans_pro.SourceSansProSemibold))
HEAVY = Path(str(font_source_sans_pro.SourceSansProBlack))
PLEX = Path(fontpkg.path("IBM Plex Sans Arabic", 700))


def runs(card: Card, folder: Path = NOWHERE) -> list[tuple[str, str]]:
    """The parts of a card's headline, each with the name of the font file that it is set in."""
    return [(Path(face.file).name, part) for face, part in typeface(card, folder, BLACK).runs(card.headline)]


def test_each_script_has_its_font_without_a_word_in_the_files() -> None:
    assert runs(of("Ελλάδα, България, België")) == [(HEAVY.name, "Ελλάδα, България, België")]
    assert runs(of("العنف الرقمي", **ARABIC)) == [(PLEX.name, "العنف الرقمي")]


def test_a_letter_that_the_own_font_lacks_is_set_in_the_brought_one(tmp_path: Path) -> None:
    (tmp_path / "own.ttf").write_bytes(PLEX.read_bytes())
    card = of("Київ, 1/3 of Ελλάδα", font="own.ttf")
    assert runs(card, tmp_path) == [
        (HEAVY.name, "Київ, "), ("own.ttf", "1/3 of "), (HEAVY.name, "Ελλάδα"),
    ]  # fmt: skip
    assert draw(card, tmp_path)


def test_the_parts_of_a_line_from_right_to_left_stand_from_right_to_left() -> None:
    card = of("نعم Київ نعم", **ARABIC)
    assert runs(card) == [(PLEX.name, "نعم "), (HEAVY.name, "Київ "), (PLEX.name, "نعم")]
    letters = typeface(card, NOWHERE, BLACK)
    assert letters.width(card.headline, 50) == pytest.approx(sum(letters.width(part, 50) for _, part in runs(card)))
    assert draw(card, NOWHERE)


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("ยุติความรุนแรง", "th", "no .*ย.*The font Sarabun has them.*pip install fontpkg-sarabun"),
        ("אלימות", "he", "no א.*The font Rubik has them.*pip install fontpkg-rubik"),
        ("ሰላም", "am", 'no ሰ.*Noto Sans Ethiopic has them.*fonts.google.com/noto.*font = { am = "media/….ttf" }'),
        ("暴力", "ja", "no 暴 力.*Noto Sans JP, KR, SC or TC has them"),
        ("ひと", "ja", "no ひ と.*Noto Sans JP has them"),
        ("Say \ue000", "en", "no \ue000.*Use a font that has them"),
        ("Say no 🧡", "en", "no 🧡.*Cards have no emoji"),
    ],
)
def test_a_letter_that_no_font_has_is_said_with_the_font_that_has_it(text: str, language: str, said: str) -> None:
    with pytest.raises(UndrawableCard, match=said.replace("{ am", r"\{ am").replace('ttf" }', 'ttf" \\}')):
        draw(of(text, language=language), NOWHERE)


def test_a_computer_that_cant_join_letters_says_how_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check_feature", lambda name: name != "raqm" and None)
    fonts._direction.cache_clear()
    try:
        with pytest.raises(
            UndrawableCard, match=r"can't join the letters of “نعم”.*libfribidi0.*brew install.*Windows"
        ):
            draw(of("نعم", language="ar", sender=""), NOWHERE)
        assert draw(of("Yes"), NOWHERE), "Latin letters need none of it"
    finally:
        fonts._direction.cache_clear()


# Files of the officer's own


@pytest.mark.parametrize(
    ("font", "said"),
    [
        ("media/no.ttf", "can't be read"),
        ("../secret.ttf", "leads out of the folder"),
        ("campaign.toml", "can't be read"),
    ],
)
def test_a_font_that_is_none_is_said(font: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text("no font")
    with pytest.raises(UndrawableCard, match=said):
        draw(of("Yes", font=font), tmp_path)


on_unix = pytest.mark.skipif(sys.platform == "win32", reason="pipes are Unix ones")


def damaged(font: Path) -> None:
    """A font that opens, and whose letters are as large as a house: how many units an em has is overwritten."""
    content = bytearray(SEMIBOLD.read_bytes())
    (head,) = struct.unpack_from(">8xI", content, content.index(b"head"))
    struct.pack_into(">H", content, head + 18, 16)
    font.write_bytes(content)


def endless(font: Path) -> None:
    with font.open("wb") as opened:
        opened.truncate(200_000_000)


@pytest.mark.parametrize(
    ("put", "said"),
    [
        pytest.param(lambda font: os.mkfifo(font), "it isn't a file", marks=on_unix),
        (Path.mkdir, "it isn't a file"),
        (endless, "more than 100,000,000 bytes"),
        (damaged, "can't be drawn with the font f.otf: raster overflow"),
    ],
)
def test_a_font_of_which_no_good_comes_is_said(put: Callable[[Path], Any], said: str, tmp_path: Path) -> None:
    put(tmp_path / "f.otf")
    with pytest.raises(UndrawableCard, match=said):
        draw(of("Yes", font="f.otf"), tmp_path)


def test_a_defect_of_ours_is_not_put_down_to_a_font(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        draw(of(None), tmp_path)  # type: ignore[arg-type]


def collection(file: Path, *members: Path) -> None:
    """A collection of fonts, as Noto CJK comes: the files one after the other, below a list of where each begins."""
    header = struct.pack(">4sIII", b"ttcf", 0x00010000, len(members), 0)[:12]
    offset = len(header) + 4 * len(members)
    offsets, bodies = [], []
    for member in members:
        content = bytearray(member.read_bytes())
        for at in range(12, 12 + 16 * struct.unpack_from(">H", content, 4)[0], 16):
            (begins,) = struct.unpack_from(">I", content, at + 8)
            struct.pack_into(">I", content, at + 8, begins + offset)
        content += bytes(-len(content) % 4)
        offsets.append(offset)
        bodies.append(bytes(content))
        offset += len(content)
    file.write_bytes(header + struct.pack(f">{len(members)}I", *offsets) + b"".join(bodies))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("#2", 1), ("#1", 0), ("#Source Sans Pro Black", 0), ("#ibm plex sans arabic bold", 1)],
)
def test_of_a_collection_the_face_is_taken_that_is_named(chosen: str, expected: int, tmp_path: Path) -> None:
    collection(tmp_path / "two.ttc", HEAVY, PLEX)
    assert typeface(of("Yes", font=f"two.ttc{chosen}"), tmp_path, BLACK).faces[0].index == expected
    assert draw(of("Yes", font=f"two.ttc{chosen}"), tmp_path)


@pytest.mark.parametrize("chosen", ["", "#3", "#0", "#Noto"])
def test_where_it_isnt_certain_which_the_faces_are_listed(chosen: str, tmp_path: Path) -> None:
    collection(tmp_path / "two.ttc", HEAVY, PLEX)
    with pytest.raises(UndrawableCard, match=r"#1 Source Sans Pro Black, #2 IBM Plex Sans Arabic Bold.*two\.ttc#1"):
        draw(of("Yes", font=f"two.ttc{chosen}"), tmp_path)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("ja", 0), ("ko", 1), ("zh", 2), ("zh-Hant-TW", 3), ("zh-HK", 4), ("en", None)],
)
def test_the_face_for_a_language_is_chosen_by_its_name(language: str, expected: int | None) -> None:
    names = tuple(f"Noto Sans CJK {region} Bold" for region in ("JP", "KR", "SC", "TC", "HK"))
    mono = tuple(name.replace("Sans", "Sans Mono") for name in names)
    assert fonts._chosen_face((*names, *mono), "", language) == expected


def test_letters_are_known_to_be_lacking_by_the_box_that_stands_for_them() -> None:
    """What it rests on: a font draws every letter that it lacks as it draws what is no character."""
    font = ImageFont.truetype(str(HEAVY), 40)
    assert list(font.getmask("暴")) == list(font.getmask("\uffff")) != list(font.getmask("a"))
    assert not Face(str(HEAVY)).has("暴")
