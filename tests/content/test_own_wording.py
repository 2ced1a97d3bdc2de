"""The shipped campaign says everything in its own words: it repeats neither the release nor its list of facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orangeday.content.plan import Plan

from ..support.word_runs import hash_of, hashes, runs

RELEASE = frozenset((Path(__file__).parent / "release_runs.txt").read_text("utf-8").split())
"""The hashes of the release's runs of seven words."""


def texts(plan: Plan) -> Iterator[tuple[str, str]]:
    """All that is written of the days, each with the place where it stands."""
    for day in plan.campaign.days.values():
        yield f"day {day.number}", str(day.title or "")
        for translation in (*day.translations.values(), *filter(None, day.embassy_translations.values())):
            place = f"{day.number:02}/{translation.file.name}"
            written = (translation.text, *translation.variants.values(), *translation.alt.values())
            for text in (*written, translation.headline or "", " ".join(translation.card_lines)):
                yield place, str(text)


def test_no_text_repeats_seven_words_of_the_release(example: Plan) -> None:
    found = [(place, run) for place, text in texts(example) for run in runs(text) if hash_of(run) in RELEASE]
    assert found == []


def test_no_fact_repeats_seven_words_of_the_release(example: Plan) -> None:
    facts = [text for fact in example.campaign.facts.values() for text in (fact.statement, fact.reason or "")]
    assert [run for fact in facts for run in runs(fact) if hash_of(run) in RELEASE] == []


def test_no_text_repeats_seven_words_of_a_fact(example: Plan) -> None:
    stated = hashes(fact.statement for fact in example.campaign.facts.values())
    assert [(place, run) for place, text in texts(example) for run in runs(text) if hash_of(run) in stated] == []


def test_a_run_of_seven_words_is_found_whatever_stands_around_it_and_a_name_is_none() -> None:
    assert [*runs("«One, two:\nThree» – four; FIVE-six seven!")] == ["one two three four five six seven"]
    assert [*runs("One two three {city} four five six seven")] == []
    assert [*runs("It is the International Day for the Elimination of Violence against Women again")] == []
    assert len(RELEASE) > 300
    assert not {hash_of(""), ""} & RELEASE
