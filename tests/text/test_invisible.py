"""Characters that nobody sees: those that a script needs stay, the others are shown by their number."""

from __future__ import annotations

from time import process_time

import pytest

from orangeday.content.problems import Location, error
from orangeday.text.display import reveal
from orangeday.text.invisible import hidden_characters

from ..support.common import EXAMPLE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("#16\u200bDays", "#16‹U+200B›Days"),
        ("co\u00adoperate", "co‹U+00AD›operate"),
        ("\ufeffHello", "‹U+FEFF›Hello"),
        ("in\u200cside", "in‹U+200C›side"),
        ("a\u200d b", "a‹U+200D› b"),
        ("a\ufe0f", "a‹U+FE0F›"),
        ("#\ufe0f16Days", "#‹U+FE0F›16Days"),
        ("1\ufe0f6", "1‹U+FE0F›6"),
        ("@\ufe0eun", "@‹U+FE0E›un"),
        ("Orange\u200eWorld", "Orange‹U+200E›World"),
        ("hi\U000e0068", "hi‹U+E0068›"),
        ("a \u202e b", "a ‹U+202E› b"),
        ("\uf0b7 a bullet", "‹U+F0B7› a bullet"),
        ("🧡\u200d!", "🧡‹U+200D›!"),
    ],
)
def test_what_no_script_needs_is_shown_by_its_number(text: str, shown: str) -> None:
    assert reveal(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain", "می\u200cخواهم", "ه\u200d.", "CD\u200cها", "क्\u200dष", "ക്\u200c", "ไทย\u200bไทย", "日本\u2060語",
        "ខ្មែរ\u200bខ្មែរ", "👩🏽\u200d⚖️", "🏳️\u200d🌈", "❤\ufe0f", "1\ufe0f\u20e3", "#\ufe0f\u20e3 #16Days", "©\ufe0f",
        "葛\U000e0100",
        "ב\u200eFacebook", "\u200f#16Days", "10\u00a0000\u202f€", "ᠮᠣᠩ\u180eᠠ", "שָׁ\u034fלוֹם", "a\u3000b",
        "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
    ],
)  # fmt: skip
def test_what_a_script_needs_stays(text: str) -> None:
    assert reveal(text) == text


def test_every_message_shows_what_it_quotes() -> None:
    problem = error("rule", Location(EXAMPLE, 1), "“a\u200bb” is wrong.", "Write “a\u00adb”, می\u200cخواهم.")
    assert (problem.message, problem.hint) == ("“a‹U+200B›b” is wrong.", "Write “a‹U+00AD›b”, می\u200cخواهم.")


@pytest.mark.parametrize("character", ["\u200b", "\u200d", "\u2800", "\U000e0061", "a\u00ad"])
def test_the_longest_text_takes_no_time(character: str) -> None:
    start = process_time()
    assert len([*hidden_characters(character * (10_000 // len(character)))]) >= 5_000
    assert process_time() - start < 2
