"""How the page marks what has changed in a text."""

from __future__ import annotations

import pytest

from orangeday.views.approval_page.markup import marked_difference, marked_names

TEXT = "One a b.\n\nTwo c d.\n\nThree e f.\n\nFour."


@pytest.mark.parametrize(
    "old, new, shown",
    [
        ("a", "x", "One <del>a</del><ins>x</ins> b. …"),
        ("c", "x", "… Two <del>c</del><ins>x</ins> d. …"),
        ("Four.", "Four. End", "… Four.<ins> End</ins>"),
        ("One a", "Ten a", "<del>One</del><ins>Ten</ins> a b. …"),
        ("d.\n\nThree", "x.\n\nNine", "… Two c <del>d</del><ins>x</ins>.\n\n<del>Three</del><ins>Nine</ins> e f. …"),
    ],
)
def test_a_short_difference_has_the_paragraphs_that_differ(old: str, new: str, shown: str) -> None:
    assert marked_difference(TEXT, TEXT.replace(old, new), is_short=True) == shown


def test_what_stands_between_two_changes_is_shortened_as_well() -> None:
    new = TEXT.replace("a b", "x b").replace("Four", "Nine")
    assert marked_difference(TEXT, new, is_short=True) == (
        "One <del>a</del><ins>x</ins> b. …\n\n<del>Four</del><ins>Nine</ins>."
    )


def test_without_a_difference_all_of_it_stands_there() -> None:
    assert marked_difference(TEXT, TEXT, is_short=True) == TEXT


@pytest.mark.parametrize(
    ("example", "text", "shown"),
    [
        ("We listen in Lima.", "We listen in Quito.", "We listen in <b>Quito</b>."),
        (
            "One two three four five six in Lima and seven eight nine ten eleven.",
            "One two three four five six in Quito and seven eight nine ten eleven.",
            "… four five six in <b>Quito</b> and seven eight nine …",
        ),
        (
            "First, the same.\n\nHere in Lima, we do.\n\nThe same again.",
            "First, the same.\n\nHere in Nairobi & Kampala, we do.\n\nThe same again.",
            "Here in <b>Nairobi &amp; Kampala</b>, we do.",
        ),
        ("In Lima we read. In Lima we write.", "In Rome we read. In Rome we write.",
         "In <b>Rome</b> we read. In <b>Rome</b> we write."),
        ("In Lima.\n\nAll over Peru, and in Lima.\n\nLima!", "In Rome.\n\nAll over Italy, and in Rome.\n\nRome!",
         "In <b>Rome</b>. All over <b>Italy</b>, and in <b>Rome</b>."),
        ("Read it.\n\n#16Days #Orange", "Read it.\n\n#16Days", "#16Days<del> #Orange</del>"),
        ("Read it.\n\n+32 2 1", "Read it.", "Read it.<del>\n\n+32 2 1</del>"),
        ("نستمع في ليما اليوم.", "نستمع في الرباط اليوم.", "نستمع في <b>الرباط</b> اليوم."),
    ],
)  # fmt: skip
def test_of_a_text_with_other_names_only_the_names_and_the_words_next_to_them_are_shown(
    example: str, text: str, shown: str
) -> None:
    assert marked_names(example, text) == shown
