"""Letters of another script that look like those of the word they are in."""

from __future__ import annotations

import pytest

from orangeday.text.lookalikes import find_lookalikes


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("in B\u0435lgium", (3, "B\u0435lgium", "\u0435", "Cyrillic")),
        ("#\u041erange\u0422heWorld", (1, "\u041erange\u0422heWorld", "\u041e\u0422", "Cyrillic")),
        ("\u0421OP30", (0, "\u0421OP", "\u0421", "Cyrillic")),
        ("w\u03bfmen", (0, "w\u03bfmen", "\u03bf", "Greek")),
        ("Москвa", (0, "Москвa", "a", "Latin")),
        ("Aθήνα", (0, "Aθήνα", "A", "Latin")),
    ],
)
def test_a_word_of_two_scripts_is_found(text: str, row: tuple[int, str, str, str]) -> None:
    assert [*find_lookalikes(text)] == [row]


@pytest.mark.parametrize(
    "text",
    ["Москва и Belgium", "IT-компания, SMSка", "COVIDу в мире", "TNFα, 5 μm, ΔT, kΩ, β-blocker", "π", "НАТО", "Čeština",
     "日本語とLatin", "Kˈa"],
)  # fmt: skip
def test_two_scripts_side_by_side_are_none(text: str) -> None:
    assert [*find_lookalikes(text)] == []
