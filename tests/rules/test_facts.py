"""The rules about facts and links that a later campaign, or another language, looks at again."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.content.problems import Severity
from orangeday.rules.catalogue import check

from ..support.common import BEFORE
from ..support.judged import DAY_5, EN, FIVE, FR, OWN, TWO, held, planned, problems, said

FACTS = "posts/facts.toml"
DAY = 'title = "Day 5"\nfacts = ["one", "two", "three"]\n'
REASON = 'reason = "Ministers change."'


def facts(one: str = "", two: str = "", three: str = "") -> dict[str, str]:
    texts = {"one": one, "two": two, "three": three}
    return {DAY_5: DAY, FACTS: "".join(f'[{name}]\nstatement = "{name}."\n{age}\n' for name, age in texts.items())}


HINT = (
    "Is it still so? Then confirm it at the end of this file, below [accept]: "
    'aged-fact = "…", with the reason. If not, skip the day.'
)


@pytest.mark.parametrize(
    ("age", "stated"),
    [
        ("as_of = 2025-11-24", "as of 24 Nov 2025"),
        ("as_of = 2026-08-26", "as of 26 Aug 2026"),
        ("as_of = 2026-08-27", None),  # ninety days before day 1: of the same season
        ("as_of = 2026-11-25", None),
        ("as_of = 2027-01-01", None),
        ("until = 2025-12-31", "until 31 Dec 2025"),
        ("until = 2026-11-28", "until 28 Nov 2026"),
        ("until = 2026-11-29", None),  # the date of day 5
        ("as_of = 2025-11-24\nuntil = 2026-12-31", "as of 24 Nov 2025"),
        ("as_of = 2025-11-24\nuntil = 2025-12-31", "until 31 Dec 2025"),
    ],
)
def test_a_fact_of_an_earlier_time_is_told_for_the_day_that_rests_on_it(
    age: str, stated: str | None, tmp_path: Path
) -> None:
    plan = planned(tmp_path, facts(one=f"{age}\n{REASON}"), embassies=TWO)
    message = f"day 5 rests on “one”, stated {stated}, in en and fr. Ministers change."
    expected = [f"posts/05-day/day.toml:2: warning: {message} {HINT}"] if stated else []
    # The same facts are those of every other day.
    assert [row for row in said(plan, "aged-fact") if "05-day" in row] == expected


def test_facts_of_the_same_time_and_reason_are_told_together_and_others_apart(tmp_path: Path) -> None:
    old = "as_of = 2025-11-24\n"
    files = facts(f"{old}{REASON}", f"{old}{REASON}", f'{old}reason = "The plan ends."')
    found = [p for p in problems(planned(tmp_path, files, embassies=FIVE), "aged-fact") if p.scope.day == 5]
    assert [problem.message for problem in found] == [
        "day 5 rests on “one” and “two”, stated as of 24 Nov 2025, in en and fr. Ministers change.",
        "day 5 rests on “three”, stated as of 24 Nov 2025, in en and fr. The plan ends.",
    ]
    assert {problem.severity for problem in found} == {Severity.WARNING}
    assert held(planned(tmp_path, files, embassies=FIVE), "aged-fact") == set()


def test_whoever_confirms_a_fact_accepts_it_with_the_reason_in_the_days_file(tmp_path: Path) -> None:
    files = facts(one=f"as_of = 2025-11-24\n{REASON}")
    files[DAY_5] += '[accept]\naged-fact = "Confirmed by the minister in office, 3 Nov 2026."\n'
    found = check(planned(tmp_path, files), BEFORE)
    assert [p.location.file.parent.name for p in found if p.rule == "aged-fact" and p.scope.day == 5] == []
    assert [p for p in found if p.rule == "unused-accept"] == []


def test_a_day_that_is_skipped_asks_nothing(tmp_path: Path) -> None:
    files = facts(two=f"as_of = 2025-11-24\n{REASON}")
    assert len(said(planned(tmp_path, files), "aged-fact")) == 1
    files["config.toml"] = (tmp_path / "config.toml").read_text("utf-8").replace("\ntimezone", "\nskip = [5]\ntimezone")
    assert said(planned(tmp_path, files), "aged-fact") == []


# Links by language

LINKS = 'title = "Day 5"\nfacts = ["one"]\nlink = { en = "https://example.org/en" }\n'


@pytest.mark.parametrize(
    ("text", "hint"),
    [("Bonjour, {city} {link}", 'fr = "https://…".'), ("Bonjour, {city}", 'fr = "https://…", and {link} to the text.')],
)
def test_a_language_without_a_link_is_told_where_others_have_one(text: str, hint: str, tmp_path: Path) -> None:
    files = {DAY_5: LINKS, EN: 'text = "Hello, {city} {link}"\n', FR: f'text = "{text}"\n'}
    assert said(planned(tmp_path, files, embassies=TWO), "no-link-in-language") == [
        "posts/05-day/day.toml:3: warning: day 5 has a link in en, and none in fr. "
        f"Look whether the page is there in that language, and add it: {hint}"
    ]
    assert held(planned(tmp_path, files, embassies=TWO), "no-link-in-language") == set()


@pytest.mark.parametrize(
    "link", ["", 'link = "https://example.org"\n', 'link = { en = "https://a.example", fr = "https://b.example" }\n']
)
def test_a_day_without_links_or_with_one_for_each_language_lacks_none(link: str, tmp_path: Path) -> None:
    files = {DAY_5: f'title = "Day 5"\nfacts = ["one"]\n{link}'}
    assert said(planned(tmp_path, files), "no-link-in-language") == []


def test_a_language_without_a_link_that_nobody_posts_in_may_be_accepted(tmp_path: Path) -> None:
    accepted = '[accept]\nno-link-in-language = "The page is in English alone."\n'
    files = {DAY_5: f"{LINKS}{accepted}", EN: 'text = "Hello, {city} {link}"\n'}
    assert said(planned(tmp_path, files, ("en",)), "unused-accept") == []


def test_a_wrong_link_of_a_language_holds_that_language_alone(tmp_path: Path) -> None:
    day = LINKS.replace("}", ', fr = "example.org/fr" }')
    files = {DAY_5: day, EN: 'text = "Hello, {city} {link}"\n', FR: 'text = "Bonjour, {city} {link}"\n'}
    plan = planned(tmp_path, files)
    assert held(plan, "wrong-link") == {"nairobi/x/fr", "nairobi/bluesky/fr"}
    assert [problem.hint for problem in problems(plan, "wrong-link")] == ["Write https://example.org/fr."]


def test_a_link_of_one_language_that_no_text_uses_is_told(tmp_path: Path) -> None:
    day = LINKS.replace("}", ',\n  fr = "https://example.org/fr" }').replace(",\n ", ",")
    files = {DAY_5: day, EN: 'text = "Hello, {city} {link}"\n', FR: 'text = "Bonjour, {city}"\n'}
    (problem,) = problems(planned(tmp_path, files), "unused-link")
    assert (problem.message, problem.location.line) == ("no text of day 5 uses the link.", 3)


# Numbers that claim nothing


def series(*marks: str) -> dict[str, str]:
    """A text in English for each of the days 5, 6, … with a mark."""
    return {f"posts/{number:02}-day/en.toml": f'text = "{mark}"\n' for number, mark in enumerate(marks, 5)}


@pytest.mark.parametrize(
    ("marks", "claims"),
    [
        (["First. 1/3 {city}", "(2/3) {city}", "3/3 · Last, {city}"], []),
        (["1/3 {city}", "2/3 {city}", "Last, {city}"], ["1", "3", "2", "3"]),
        (["1/3 of women in {city}", "Two {city}"], ["1", "3"]),
        (["1/3/2031 {city}", "2/3 {city}", "3/3 {city}", "1/3 {city}"], ["1", "3", "2031"]),
        (["2/1 {city}"], ["2", "1"]),
    ],
)
def test_the_marks_of_a_whole_series_are_no_claims(marks: list[str], claims: list[str], tmp_path: Path) -> None:
    found = problems(planned(tmp_path, series(*marks), ("en",)), "unstated-number")
    assert sorted(problem.message.split()[2] for problem in found) == sorted(claims)


def test_an_embassys_own_text_carries_on_the_series_of_all(tmp_path: Path) -> None:
    files = series("1/2 {city}", "2/2 {city}") | {OWN: 'text = "Ours, {city}: 1/2"\n'}
    assert said(planned(tmp_path, files, ("en",)), "unstated-number") == []


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("{city} 12月29日、11 月", []),
        ("{city} 12월 29일", []),
        ("{city} ngày 29 tháng 12, Tháng 11", []),
        ("{city} 3个月 112月", ["3", "112"]),
        ("{city} 2031年12月", ["2031"]),
    ],
)
def test_a_month_written_as_a_figure_is_no_claim(text: str, claims: list[str], tmp_path: Path) -> None:
    found = problems(planned(tmp_path, {EN: f'text = "{text}"\n'}, ("en",)), "unstated-number")
    assert sorted(problem.message.split()[2] for problem in found) == sorted(claims)
