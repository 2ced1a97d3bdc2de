"""Names in two forms: one to the eye, compared as one, and kept as they were written."""

from __future__ import annotations

import unicodedata

import pytest

from orangeday.text.names import NameMap, nfc, without_unseen

WHOLE, APART = "média/été.jpg", unicodedata.normalize("NFD", "média/été.jpg")


@pytest.mark.parametrize(
    ("one", "other"),
    [(WHOLE, APART), ("Å", "\u212b"), ("K", "\u212a"), ("각", "\u1100\u1161\u11a8"), ("ệ", "e\u0323\u0302")],
    ids=["accents", "the angstrom sign", "the kelvin sign", "hangul", "two marks"],
)
def test_two_forms_of_a_name_are_one(one: str, other: str) -> None:
    assert one != other and nfc(one) == nfc(other)
    values = NameMap({other: 1})
    assert one in values and other in values and "x" not in values
    assert (values[one], values.get(one), values.get("x"), values.get("x", 2)) == (1, 1, None, 2)
    assert list(values) == [other], "it stays as it was written"
    with pytest.raises(KeyError):
        values["x"]


def test_the_form_that_is_asked_for_comes_first() -> None:
    both = NameMap({WHOLE: 1, APART: 2})
    assert (both[WHOLE], both[APART]) == (1, 2)


def test_letters_that_differ_are_two_names() -> None:
    assert "é" not in NameMap({"e": 1, "É": 2, "è": 3})


@pytest.mark.parametrize("name", ["caf\u200bé", "\ufeffcafé", "cafe\u0301\u2060", "caf\u00adé"])
def test_what_shows_nothing_is_left_out(name: str) -> None:
    assert without_unseen(name) == "café"


def test_marks_that_are_letters_of_their_script_stay() -> None:
    assert without_unseen("कुत्ता") == "कुत्ता"
