"""What languages are called in English."""

from __future__ import annotations

import pytest
from babel import Locale

from orangeday.text.display import _ENGLISH_NAMES, english_name, native_name


@pytest.mark.parametrize("tag", [*_ENGLISH_NAMES, "pt-BR", "lb"])
def test_a_language_is_called_as_cldr_calls_it(tag: str) -> None:
    assert english_name(tag) == Locale.parse(tag, sep="-").get_display_name("en")


def test_a_tag_that_nobody_knows_is_its_own_name() -> None:
    assert english_name("xx-Nowhere") == "xx-Nowhere"


@pytest.mark.parametrize("tag", [*_ENGLISH_NAMES, "it"])
def test_a_language_has_the_name_that_cldr_says_its_speakers_have_for_it(tag: str) -> None:
    assert native_name(tag) == Locale.parse(tag).languages[tag]
