"""How the page marks what has changed in a text."""

from __future__ import annotations

import pytest

from orangeday.views.approval_page.markup import marked_difference

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
