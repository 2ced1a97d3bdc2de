"""The shipped campaign: sixteen days in seven languages that stand on their facts, fit everywhere, and stay true."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest

from orangeday.clock import DAYS
from orangeday.content.campaign import Campaign
from orangeday.content.config import NAMES
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import errors
from orangeday.content.wording import render
from orangeday.platforms.registry import PLATFORMS
from orangeday.rules.catalogue import check

LANGUAGES = ("nl", "fr", "de", "en", "es", "pt", "ar")

ORANGE = re.compile(r"orang|oranj|🧡|🟠|🔶|🔸|🍊", re.IGNORECASE)

SERIES_MARK = re.compile(r"\b[123]/3\b")
"""Days 7 to 9 are a series: 1/3, 2/3, 3/3."""

ADDRESS = re.compile(r"https?://\S+")

BRIEFLY_TRUE = {
    "nl": ("dit jaar", "vorig jaar", "volgend jaar", "onlangs", "recent", "gisteren", "morgen"),
    "fr": ("cette année", "l’an dernier", "l’année dernière", "récemment", "récent", "hier", "demain"),
    "de": ("dieses jahr", "diesem jahr", "letztes jahr", "kürzlich", "neulich", "jüngst", "gestern", "morgen"),
    "en": ("this year", "last year", "next year", "recently", "yesterday", "tomorrow"),
    "es": ("este año", "año pasado", "próximo año", "recientemente", "ayer", "mañana"),
    "pt": ("este ano", "neste ano", "ano passado", "próximo ano", "recentemente", "ontem", "amanhã"),
    "ar": ("هذا العام", "هذه السنة", "العام الماضي", "العام المقبل", "مؤخراً", "أمس", "غداً"),
}
"""What a text can't say, and be true when the campaign runs again."""

WEEKDAYS = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonnabend Sonntag",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
}


class Written(NamedTuple):
    """One wording as it stands in its file, placeholders and all."""

    day: int
    language: str
    key: str
    """`text`, or the platform whose variant it is."""
    text: str

    @property
    def prose(self) -> str:
        """With a stroke for each placeholder, and without addresses."""
        return re.sub(r"\{[^}]*\}", "_", ADDRESS.sub("", self.text))


def written(campaign: Campaign) -> Iterator[Written]:
    for day in campaign.days.values():
        for language, translation in day.translations.items():
            for key, wording in {"text": translation.text, **translation.variants}.items():
                yield Written(day.number, language, key, wording)


def worded(delivery: Delivery) -> str:
    assert delivery.rendered_text
    return delivery.rendered_text.text


@pytest.fixture(scope="module")
def texts(example: Plan) -> list[Written]:
    return list(written(example.campaign))


def test_nothing_in_the_shipped_campaign_keeps_a_post_from_being_sent(example: Plan) -> None:
    assert [str(problem) for problem in errors(check(example))] == []


def test_sixteen_days_are_written_in_seven_languages(example: Plan) -> None:
    assert list(example.campaign.days) == list(DAYS)
    for day in example.campaign.days.values():
        assert set(day.translations) >= set(LANGUAGES)
        assert day.title
        assert day.facts


def test_every_language_is_spoken_by_some_embassy_of_the_example(example: Plan) -> None:
    spoken = {language for embassy in example.config.embassies.values() for language in embassy.languages}
    assert spoken == set(LANGUAGES)


# Every text, as every embassy says it


def test_every_text_fits_both_platforms_for_every_embassy(example: Plan) -> None:
    deliveries = list(example)
    assert {delivery.platform for delivery in deliveries} == set(PLATFORMS)
    for delivery in deliveries:
        count = PLATFORMS[delivery.platform]
        assert 0 < count.length(worded(delivery)) <= count.limit, delivery.key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_room_for_the_longest_names_of_its_language(language: str, example: Plan) -> None:
    # No embassy of the example has all of them; one that is added may.
    speakers = [embassy for embassy in example.config.embassies.values() if language in embassy.languages]
    longest = {name: {language: max((e.names[name][language] for e in speakers), key=len)} for name in NAMES}
    embassy = replace(speakers[0], names=longest)
    for day in example.campaign.days.values():
        for platform, count in PLATFORMS.items():
            wording = render(example.campaign, day, day.translations[language], embassy, platform)
            assert count.length(wording.text) <= count.limit, (day.number, platform)


def test_no_brace_is_left_in_any_text(example: Plan) -> None:
    assert [delivery.key for delivery in example if re.search(r"[{}]", worded(delivery))] == []


def test_no_two_accounts_on_x_post_the_same_sixteen_texts(example: Plan) -> None:
    # X takes many accounts that say the same for one that says it many times.
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for delivery in example:
        if delivery.platform == "x":
            said[delivery.embassy.id, delivery.language].append(worded(delivery))
    assert {len(series) for series in said.values()} == {16}
    for language in LANGUAGES:
        series = Counter(tuple(series) for (_, spoken), series in said.items() if spoken == language)
        assert set(series.values()) == {1}


def test_no_account_says_one_text_twice(example: Plan) -> None:
    said = Counter((str(delivery.account), worded(delivery)) for delivery in example)
    assert [account for (account, _), times in said.items() if times > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_at_least_three_days_of_each_language_change_with_the_embassy(
    language: str, platform: str, example: Plan
) -> None:
    own = re.compile(r"\{([Ee]mbassy|[Cc]ity|[Ii]n_city|[Cc]ountry|[Ii]n_country)\}")
    days = example.campaign.days.values()
    templates = [day.translations[language].template(platform) for day in days]
    assert sum(bool(own.search(template)) for template in templates) >= 3


def test_hashtags_are_three_at_most_and_stand_on_the_last_line(example: Plan) -> None:
    for delivery in example:
        *above, last = worded(delivery).split("\n")
        assert "#" not in "".join(above), delivery.key
        assert re.fullmatch(r"#\w+( #\w+){0,2}", last), delivery.key
        assert "#16Days" in last.split(), delivery.key
        assert above[-1] == "", delivery.key


def test_nothing_is_orange_on_the_day_about_sexual_violence_in_conflict(example: Plan, texts: list[Written]) -> None:
    assert [delivery.key for delivery in example if delivery.number == 15 and ORANGE.search(worded(delivery))] == []
    assert [text for text in texts if text.day == 15 and ORANGE.search(text.text)] == []
    assert {delivery.number for delivery in example if ORANGE.search(worded(delivery))} == set(DAYS) - {15}


def test_a_post_has_one_emoji_at_most(texts: list[Written]) -> None:
    emoji = re.compile(r"[\u2600-\u27bf\U0001f000-\U0001faff]")
    assert [text[:3] for text in texts if len(emoji.findall(text.text)) > 1] == []


# How the texts are written


def test_french_has_a_no_break_space_before_high_punctuation(texts: list[Written]) -> None:
    checked = 0
    for text in texts:
        if text.language == "fr":
            for match in re.finditer(r"(.)[:;?!]+", re.sub(r"\d+:\d+", "", ADDRESS.sub("", text.text)), re.DOTALL):
                assert match[1] in "\u00a0\u202f", (text[:3], match[0])
                checked += 1
    assert checked


def test_only_french_has_a_space_before_high_punctuation(texts: list[Written]) -> None:
    spaced = re.compile(r"\s[:;?!]")
    assert [text[:3] for text in texts if text.language != "fr" and spaced.search(text.prose)] == []
    no_guillemets = {"nl", "de", "en", "pt"}
    assert [text[:3] for text in texts if text.language in no_guillemets and "«" in text.text] == []
    # A point inside a word, as in «député·es», which a screen reader spells out.
    assert [text[:3] for text in texts if re.search("\\w\u00b7\\w", text.text)] == []


def test_no_text_has_a_straight_apostrophe_or_quotation_mark(texts: list[Written]) -> None:
    assert [text[:3] for text in texts if re.search("['\"`´]", text.text)] == []


def test_no_name_in_the_example_has_a_straight_apostrophe(example: Plan) -> None:
    names = [
        name
        for embassy in example.config.embassies.values()
        for by_language in embassy.names.values()
        for name in by_language.values()
    ]
    assert names
    assert [name for name in names if re.search("['\"`´]", name)] == []


def test_no_text_has_a_line_that_ends_in_white_space_or_two_spaces_in_a_row(texts: list[Written]) -> None:
    assert [text[:3] for text in texts if re.search(r"[^\S\n]\n|[^\S\n]{2}|\n{3}|\t", text.text)] == []


def test_no_text_has_a_letter_and_its_accent_apart(texts: list[Written]) -> None:
    assert [text[:3] for text in texts if re.search("[\u0300-\u036f]", text.text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_what_is_true_of_one_year_or_weekday_only(language: str, texts: list[Written]) -> None:
    banned = [*BRIEFLY_TRUE[language], *WEEKDAYS[language].lower().split()]
    word = re.compile(rf"\b({'|'.join(banned)})\b", re.IGNORECASE)
    assert [
        (text[:3], found[0]) for text in texts if text.language == language and (found := word.search(text.text))
    ] == []


def test_only_the_handle_book_mentions_anybody(texts: list[Written]) -> None:
    assert [text[:3] for text in texts if "@" in text.prose] == []


def test_a_city_or_a_country_is_never_named_where_the_problem_is_said_to_be_widespread(texts: list[Written]) -> None:
    # It would accuse the host.
    names = re.compile(r"\{(?!hashtags|helpline)")
    assert [text[:3] for text in texts if text.day == 10 and names.search(text.text)] == []


# What the texts rest on


def test_every_fact_is_used_by_some_day(example: Plan) -> None:
    used = {fact for day in example.campaign.days.values() for fact in day.facts}
    # The theme of 2025: no text can say it and stay true when the campaign runs again.
    assert set(example.campaign.facts) - used == {"digital-theme"}
    assert used <= set(example.campaign.facts)


def test_every_paragraph_of_the_release_has_its_facts(example: Plan) -> None:
    assert {fact.paragraph for fact in example.campaign.facts.values()} == set(range(8))


def test_facts_are_whole_sentences_each_said_once(example: Plan) -> None:
    statements = [fact.statement for fact in example.campaign.facts.values()]
    assert len(set(statements)) == len(statements)
    assert [statement for statement in statements if not re.fullmatch(r"[A-Z0-9].*\.", statement)] == []


def test_no_text_has_a_number_that_none_of_its_facts_has(example: Plan, texts: list[Written]) -> None:
    numbers = 0
    for text in texts:
        day = example.campaign.days[text.day]
        stated = {n for fact in day.facts for n in re.findall(r"\d+", example.campaign.facts[fact].statement)}
        said = set(re.findall(r"\d+", SERIES_MARK.sub("", text.prose)))
        assert said <= stated, text[:3]
        numbers += len(said)
    assert numbers


def test_the_year_of_the_resolution_and_the_series_stand_in_every_text(texts: list[Written]) -> None:
    expected = {5: "2024", 7: "1/3", 8: "2/3", 9: "3/3"}
    assert [text[:3] for text in texts if text.day in expected and expected[text.day] not in text.prose] == []
    assert [text[:3] for text in texts if text.day not in (7, 8, 9) and SERIES_MARK.search(text.prose)] == []


# The example config


def test_the_examples_handles_can_belong_to_nobody(example: Plan) -> None:
    accounts = list(example.accounts)
    assert {account.platform for account in accounts} == {"x", "bluesky"}
    assert len({(account.platform, account.handle) for account in accounts}) == len(accounts)
    for account in accounts:
        if account.platform == "x":
            assert len(account.handle) > 15, account
        else:
            assert account.handle.endswith(".example"), account


def test_the_handle_book_has_no_handle_that_nobody_has_checked(example: Plan) -> None:
    assert example.campaign.handles
    for handle in example.campaign.handles.values():
        assert handle.handles == {}
        assert "" in handle.names or set(handle.names) >= set(LANGUAGES)


def test_the_example_sends_nothing_and_asks_for_approval(example: Plan) -> None:
    assert not example.config.live
    assert example.config.require_approval
