"""What an officer types at the questions of `init`, and what is read in it."""

from __future__ import annotations

from datetime import time

import pytest

from orangeday.content.typed_answers import UnknownLanguage, parse_hour, parse_languages
from orangeday.platforms.registry import PLATFORMS

CHOICES = ["de", "en", "fr", "nl"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("French and English", ["fr", "en"]),
        ("fr, en", ["fr", "en"]),
        ("fr en nl", ["fr", "en", "nl"]),
        ("français", ["fr"]),
        ("Frans en Engels", ["fr", "en"]),
        ("Deutsch; Nederlands & FR", ["de", "nl", "fr"]),
        ("anglais et anglais", ["en"]),
        ("Swahili, pt_BR, italiano", ["sw", "pt-BR", "it"]),
        (" , ", []),
    ],
)
def test_languages_are_known_by_codes_and_by_names(typed: str, expected: list[str]) -> None:
    assert parse_languages(typed, CHOICES) == expected


@pytest.mark.parametrize(("typed", "said"), [("Frensh", "Did you mean “French”?"), ("Belgian", "German (de), English")])
def test_a_language_without_posts_is_said(typed: str, said: str) -> None:
    with pytest.raises(UnknownLanguage, match=f"There are no posts in “{typed}”") as failure:
        parse_languages(typed, CHOICES)
    assert said in str(failure.value)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("9", time(9)), ("09:30", time(9, 30)), ("9.30", time(9, 30)), ("9h30", time(9, 30)), ("9 h", time(9)),
        ("2 pm", time(14)), ("12 a.m.", time(0)), ("24", None), ("9:75", None), ("14 pm", None), ("noon", None),
    ],
)  # fmt: skip
def test_an_hour_is_read_as_it_is_written_anywhere(typed: str, expected: time | None) -> None:
    assert parse_hour(typed) == expected


@pytest.mark.parametrize(
    ("platform", "typed", "expected"),
    [
        ("x", "@BelgiumKenya", "BelgiumKenya"),
        ("x", "https://x.com/BelgiumKenya", "BelgiumKenya"),
        ("x", "HTTPS://www.X.com/BelgiumKenya/status/12?s=21", "BelgiumKenya"),
        ("x", "https://twitter.com/BelgiumKenya", "BelgiumKenya"),
        ("x", "https://x.com/home", "https://x.com/home"),
        ("bluesky", "https://bsky.app/profile/be-nairobi.bsky.social", "be-nairobi.bsky.social"),
        ("bluesky", "https://be-nairobi.bsky.social/", "be-nairobi.bsky.social"),
        ("bluesky", "m.example.org", "m.example.org"),
    ],
)
def test_a_pasted_address_of_a_profile_is_its_handle(platform: str, typed: str, expected: str) -> None:
    assert PLATFORMS[platform].handle_in(typed) == expected
