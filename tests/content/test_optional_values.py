"""Values that a text may do without: the link of a language, a helpline, and an embassy's free words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orangeday.content import campaign, config
from orangeday.content.problems import Scope
from orangeday.content.wording import RenderedText, render

from .test_wording import CAMPAIGN, CONFIG, only

Write = Callable[[Mapping[str, str | bytes]], Path]
Words = Callable[..., RenderedText]
LINKS = 'title = "Day 5"\nfacts = []\nlink = { en = "https://example.org/en", fr = "https://example.org/fr" }\n'
OWN = """\
helpline = { en = "Call 1195.", fr = "Appelez le 1195." }
words.from_city = { en = "from Nairobi", pt = "de Nairóbi" }
"""


@pytest.fixture
def words(write: Write) -> Words:
    def worded(text: str, language: str = "en", embassy: str = "nairobi", top: str = CAMPAIGN) -> RenderedText:
        folder = write(
            {
                "config.toml": CONFIG.replace("\n[embassies.odd]", f"{OWN}\n[embassies.odd]"),
                "posts/campaign.toml": top,
                "posts/05-day/day.toml": LINKS,
                f"posts/05-day/{language}.toml": f"text = '''\n{text}'''\n",
            }
        )
        read = campaign.load(folder / "posts")
        embassies = config.load(folder / "config.toml").embassies
        return render(read, read.days[5], read.days[5].translations[language], embassies[embassy], "x")

    return worded


@pytest.mark.parametrize(
    ("text", "language", "embassy", "becomes"),
    [
        ("Help: {helpline}", "en", "nairobi", "Help: Call 1195."),
        ("Help: {helpline}", "fr", "nairobi", "Help: Appelez le 1195."),
        ("Help: {helpline}", "pt", "nairobi", "Help:"),
        ("Help: {helpline}", "en", "odd", "Help:"),
        ("{Helpline}", "en", "odd", ""),
        ("See {link}", "en-GB", "nairobi", "See https://example.org/en"),
        ("See {link}", "fr", "nairobi", "See https://example.org/fr"),
        ("See {link}", "de", "nairobi", "See"),
        ("News {from_city}. {From_city}!", "en", "nairobi", "News from Nairobi. From Nairobi!"),
        ("{From_city}", "pt-BR", "nairobi", "De Nairóbi"),
    ],
)
def test_a_value_is_that_of_the_language_and_may_be_nothing(
    text: str, language: str, embassy: str, becomes: str, words: Words
) -> None:
    assert words(text, language, embassy) == RenderedText(becomes, ())


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("One.\n\n{helpline}\n\nTwo.", "One.\n\nTwo."),
        ("One.\n{helpline}\nTwo.", "One.\nTwo."),
        ("One.\n\n{helpline}\nTwo.", "One.\n\nTwo."),
        ("One.\n{helpline}\n\nTwo.", "One.\n\nTwo."),
        ("One.\n\n  {helpline} {link} \n\nTwo.", "One.\n\nTwo."),
        ("One.\n\n{helpline}\n{link}\n\nTwo.", "One.\n\nTwo."),
        ("One.\n\n{helpline}\n\n{link}\n\nTwo.", "One.\n\nTwo."),
        ("{helpline}\n\nOne.\n\n{link}", "One."),
        ("One.\n\n{helpline} {city}\n\nTwo.", "One.\n\n 奥德\n\nTwo."),
        ("One.\n\n– {helpline}\n\nTwo.", "One.\n\n– \n\nTwo."),
        # What somebody wrote stays as it is, and so does what never had a value to lose.
        ("One.\n\n\nTwo.\n\n{helpline}\n\nThree.", "One.\n\n\nTwo.\n\nThree."),
        ("One.\n\n{helpline}\n\nTwo.\n\n\nThree.", "One.\n\nTwo.\n\n\nThree."),
    ],
)
def test_a_line_of_nothing_but_empty_values_goes_and_leaves_no_gap(text: str, becomes: str, words: Words) -> None:
    assert words(text, "zh-Hans", "odd") == RenderedText(becomes, ())


def test_a_line_with_a_value_stays(words: Words) -> None:
    assert words("One.\n\n{link}\n\n{helpline}\n\nTwo.").text == (
        "One.\n\nhttps://example.org/en\n\nCall 1195.\n\nTwo."
    )


def test_hashtags_that_are_all_left_out_leave_their_line_as_they_always_did(words: Words) -> None:
    top = CAMPAIGN.replace('en = ["#16Days", "#OrangeTheWorld"]', 'en = ["#OrangeTheWorld"]')
    assert words("One.\n\n{hashtags}\n\nTwo.", "en", "odd", top).text == "One.\n\n\n\nTwo."
    assert words("One.\n\n{helpline} {hashtags}\n\nTwo.", "en", "odd", top).text == "One.\n\nTwo."


def test_a_problem_below_a_line_that_goes_is_on_its_own_line(words: Words) -> None:
    assert only(words("One.\n\n{helpline}\n\n{oops}", "en", "odd")).location.line == 6


@pytest.mark.parametrize(("embassy", "language"), [("nairobi", "fr"), ("odd", "en")])
def test_a_word_that_an_embassy_lacks_is_said_with_the_line_to_write_and_holds_that_embassy(
    embassy: str, language: str, words: Words
) -> None:
    problem = only(words("News {From_city}.", language, embassy))
    assert (problem.rule, problem.scope) == ("missing-value", Scope(5, frozenset({embassy}), "x", language))
    assert problem.message == f"[embassies.{embassy}.words] has no “from_city” in “{language}”."
    assert problem.hint == f'Add it there: from_city = {{ {language} = "…" }}'


@pytest.mark.parametrize("embassy", ["nairobi", "odd"])
def test_an_unknown_word_is_told_with_those_that_there_are(embassy: str, words: Words) -> None:
    assert only(words("{frm_city}", "en", embassy)).hint == "Did you mean “from_city”? "
    assert "{helpline}, {embassy}" in only(words("{xyz}", "en", embassy)).hint
    assert "{from_city}, {@un-women}" in only(words("{xyz}", "en", embassy)).hint


def test_a_minister_without_a_name_in_a_language_is_said_with_the_line_to_write(words: Words) -> None:
    top = CAMPAIGN.replace('"Maxime Prévot"', '{ nl = "Maxime Prévot", fr = "Maxime Prévot" }')
    assert words("{minister}", "fr", top=top).text == "Maxime Prévot"
    problem = only(words("{minister}", "ar", top=top))
    assert (problem.rule, problem.message) == ("missing-value", "campaign.toml names no minister in “ar”.")
    assert problem.hint == 'Write at its top: minister = { nl = "Maxime Prévot", fr = "Maxime Prévot", ar = "…" }'
