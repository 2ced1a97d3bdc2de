"""What a file says by language or once for all, an embassy's free words, the age of a fact, and what a card shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from orangeday.content import campaign
from orangeday.content import config as configs
from orangeday.content.campaign import LAYOUTS, Campaign
from orangeday.content.problems import NO_DELIVERY, Scope, Severity

from .test_campaign import CAMPAIGN, DAY, FACTS, FILES, TEXT
from .test_config import NAIROBI, SHARED

Write = Callable[[Mapping[str, str | bytes]], Path]
MINISTER = 'minister = "A. Minister"'


def load(write: Write, changed: Mapping[str, str]) -> Campaign:
    return campaign.load(write({f"posts/{name}": text for name, text in {**FILES, **changed}.items()}) / "posts")


def test_the_minister_is_named_as_each_language_writes_it(write: Write) -> None:
    names = 'minister = { nl = "M. Prévot", ar = "بريفو" }'
    read = load(write, {"campaign.toml": CAMPAIGN.replace(MINISTER, names)})
    assert not read.problems
    assert [read.minister(tag) for tag in ("nl", "nl-BE", "ar", "fr")] == ["M. Prévot", "M. Prévot", "بريفو", None]


def test_a_name_of_the_minister_is_that_of_all_languages(write: Write) -> None:
    read = load(write, {})
    assert {read.minister(tag) for tag in ("nl", "fr", "pt-BR")} == {"A. Minister"}


def test_each_language_may_have_a_link_of_its_own(write: Write) -> None:
    links = 'link = { en = "https://a.example/en", fr = "https://a.example/fr" }\n'
    read = load(write, {"05-a-day/day.toml": DAY + links, "06-a-day/day.toml": DAY + 'link = "https://a.example"\n'})
    assert not read.problems
    fifth, sixth = read.days[5], read.days[6]
    assert [fifth.link(tag) for tag in ("en", "en-GB", "fr", "nl")] == [
        "https://a.example/en", "https://a.example/en", "https://a.example/fr", None,
    ]  # fmt: skip
    assert {sixth.link(tag) for tag in ("en", "nl")} == {"https://a.example"}
    assert str(fifth.link("fr").location) == f"{read.folder / '05-a-day/day.toml'}:3"  # type: ignore[union-attr]


@pytest.mark.parametrize("file", ["campaign.toml", "05-a-day/day.toml"])
def test_a_language_that_is_none_is_a_problem(write: Write, file: str) -> None:
    changed = CAMPAIGN.replace(MINISTER, 'minister = { nl = "A", Dutch = "B" }')
    if file != "campaign.toml":
        changed = DAY + 'link = { nl = "https://a.example", Dutch = "https://b.example" }\n'
    (problem,) = load(write, {file: changed}).problems
    assert (problem.rule, problem.hint) == ("wrong-language", "Write nl: a language is written as its code.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_day_says_the_layout_of_its_cards(write: Write, layout: str) -> None:
    read = load(write, {"05-a-day/day.toml": f'{DAY}layout = "{layout}"\n'})
    assert not read.problems
    assert (read.days[5].layout, read.days[6].layout) == (layout, "statement")


def test_a_layout_that_there_is_not_holds_nothing(write: Write) -> None:
    read = load(write, {"05-a-day/day.toml": f'{DAY}layout = "questions"\n'})
    (problem,) = read.problems
    assert (problem.rule, problem.location.line, problem.scope) == ("wrong-layout", 3, NO_DELIVERY)
    assert problem.message == "cards have no layout “questions”."
    assert problem.hint.startswith("Did you mean “question”? There are: statement, question,")
    assert read.days[5].layout == "statement"


def test_a_card_may_list_lines_below_its_headline(write: Write) -> None:
    card = '[card]\nheadline = "Three steps"\nlines = ["One", "Two"]\nalt = "A card"\n'
    read = load(write, {"05-a-day/en.toml": TEXT + card})
    assert not read.problems
    assert read.days[5].translations["en"].card_lines == ("One", "Two")
    assert read.days[5].translations["nl"].card_lines == ()


def test_the_sender_and_the_logo_of_cards_are_read_and_their_title_is_said_to_be_gone(write: Write) -> None:
    cards = '[cards]\nfrom = { nl = "Belgische diplomatie" }\nlogo = "media/logo.png"\ntitle = { nl = "16 dagen" }\n'
    read = load(write, {"campaign.toml": CAMPAIGN + cards})
    assert (read.lettering.senders, read.lettering.logo) == ({"nl": "Belgische diplomatie"}, "media/logo.png")
    (problem,) = read.problems
    assert (problem.severity, problem.rule, problem.scope) == (Severity.WARNING, "retired-key", NO_DELIVERY)
    assert (problem.message, problem.hint) == ("“title” isn't drawn on cards any more.", "Delete it.")
    assert problem.location.line == CAMPAIGN.count("\n") + 4


def test_a_fact_may_have_an_age_and_says_why(write: Write) -> None:
    aged = FACTS + 'as_of = 2025-11-24\nuntil = 2025-12-31\nreason = "The plan ends."\n'
    read = load(write, {"facts.toml": aged})
    assert not read.problems
    works, says_no = read.facts["works"], read.facts["says-no"]
    assert (works.as_of, works.until, works.reason) == (date(2025, 11, 24), date(2025, 12, 31), "The plan ends.")
    assert (says_no.as_of, says_no.until, says_no.reason) == (None, None, None)


@pytest.mark.parametrize("key", ["as_of", "until"])
def test_the_age_of_a_fact_without_its_reason_is_a_problem(write: Write, key: str) -> None:
    (problem,) = load(write, {"facts.toml": f"{FACTS}{key} = 2025-11-24\n"}).problems
    assert (problem.rule, problem.location.line, problem.scope) == ("missing-key", 8, NO_DELIVERY)
    assert (problem.message, problem.hint) == (
        f"“{key}” stands here without the reason.", 'Say in a line below it what may change: reason = "…"',
    )  # fmt: skip


OWN = """\
helpline = { en = "Call 1195.", sw = "Piga 1195." }
card_name = { en = "Belgium in Kenya" }
logo = "media/nairobi.png"
words.from_city = { en = "from Nairobi", fr = "de Nairobi" }
"""
ACCRA = NAIROBI.replace("nairobi", "accra")


def test_an_embassy_has_a_helpline_words_of_its_own_and_what_its_cards_show(write: Write) -> None:
    read = configs.load(write({"config.toml": SHARED + NAIROBI + OWN + ACCRA}) / "config.toml")
    assert not read.problems
    nairobi, accra = read.embassies.values()
    assert nairobi.helplines == {"en": "Call 1195.", "sw": "Piga 1195."}
    assert (nairobi.card_names, nairobi.logo) == ({"en": "Belgium in Kenya"}, "media/nairobi.png")
    assert nairobi.words == {"from_city": {"en": "from Nairobi", "fr": "de Nairobi"}}
    # Where one embassy has a word, it is known of all that it is one.
    assert (accra.helplines, accra.words, accra.card_names, accra.logo) == ({}, {"from_city": {}}, {}, None)


@pytest.mark.parametrize("word", ["city", "link", "minister", "hashtags", "helpline", "embassy", "in_country"])
def test_a_word_with_the_name_of_a_placeholder_is_an_error(write: Write, word: str) -> None:
    lines = SHARED + NAIROBI + f'[embassies.nairobi.words]\n{word} = {{ en = "X" }}\n'
    (problem,) = configs.load(write({"config.toml": lines}) / "config.toml").problems
    assert (problem.severity, problem.rule) == (Severity.ERROR, "wrong-word")
    assert problem.message == f"“{word}” can't be a word of your own: {{{word}}} has a meaning already."
    assert (problem.location.line, problem.scope) == (lines.count("\n"), Scope(embassies=frozenset({"nairobi"})))


@pytest.mark.parametrize("word", ['"from city"', "From_city", "2nd", '"é"'])
def test_a_word_whose_name_no_text_could_have_is_an_error(write: Write, word: str) -> None:
    lines = SHARED + NAIROBI + f'[embassies.nairobi.words]\n{word} = {{ en = "X" }}\n'
    (problem,) = configs.load(write({"config.toml": lines}) / "config.toml").problems
    assert (problem.rule, problem.hint) == (
        "wrong-word", "Use a–z, 0–9 and _, and begin with a letter, like “from_city”.",
    )  # fmt: skip
