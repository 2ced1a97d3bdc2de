"""Where the lines of a card end: the headline's, and the sender's."""

from __future__ import annotations

import pytest

from orangeday.content.cards.lines import break_units
from orangeday.platforms.specs import Shape

from ...support.cards import FAMILY, headline_lines, in_shape, of, sender_lines


@pytest.mark.parametrize(
    ("headline", "shape", "expected"),
    [
        ("Yes", Shape.WIDE, ["Yes"]),
        ("Ni una menos en las redes", Shape.WIDE, ["Ni una menos", "en las redes"]),
        ("Des années de diplomatie", Shape.WIDE, ["Des années", "de diplomatie"]),
        ("In Geneva, another Belgian push for action on digital violence", Shape.WIDE,
         ["In Geneva,", "another Belgian", "push for action", "on digital violence"]),
        ("Violence numérique\u00a0: une menace croissante pour les femmes", Shape.TALL,
         ["Violence", "numérique\u00a0:", "une menace", "croissante pour", "les femmes"]),
        ("Menschenrechts\u00adverletzungs\u00adbeobachtungs\u00adstelle", Shape.WIDE,
         ["Menschenrechts-", "verletzungs-", "beobachtungs-", "stelle"]),
        ("In Belgium too, gender-based violence remains widespread", Shape.TALL,
         ["In Belgium too,", "gender-based", "violence remains", "widespread"]),
    ],
)  # fmt: skip
def test_lines_end_where_the_sense_and_the_language_let_them(headline: str, shape: Shape, expected: list[str]) -> None:
    assert headline_lines(of(headline, shape=shape)) == expected


@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize("shape", [*Shape])
def test_nothing_of_the_words_is_lost(kind: str, shape: Shape) -> None:
    card = in_shape(FAMILY[kind], shape)
    words = " ".join(card.lines or [card.headline]).removesuffix("." if card.layout == "words" else "\0")
    assert " ".join(headline_lines(card)) == words


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("Ambassade de Belgique à Dakar", ["Ambassade de Belgique", "à Dakar"]),
        ("Permanent Representation of Belgium to the European Union",
         ["Permanent Representation", "of Belgium to the European Union"]),
        ("Belgian diplomacy", ["Belgian diplomacy"]),
    ],
)  # fmt: skip
def test_a_sender_takes_two_lines_at_most_broken_before_the_preposition(sender: str, expected: list[str]) -> None:
    layout = "question" if "Dakar" in sender else "statement"
    assert sender_lines(of("Yes?", layout=layout, sender=sender)) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ja", "女性と少女への暴力", ["女性と", "少女への", "暴力"]),
        ("ja", "デジタル暴力", ["デジタル暴力"]),
        ("th", "ต่อผู้หญิง", ["ต่อ", "ผู้หญิง"]),
        ("zh-Hans", "今天是晴天。", ["今天", "是", "晴天。"]),
        ("zh-Hant", "對婦女的暴力", ["對", "婦女", "的", "暴力"]),
        ("en", "To say no", ["To ", "say ", "no"]),
        ("fr", "Qui\u00a0? Nous", ["Qui\u00a0? ", "Nous"]),
        ("en", "UN\u2060/\u2060EU plan", ["UN\u2060/\u2060EU ", "plan"]),
        ("km", "ក\u200bខ", ["ក\u200b", "ខ"]),
    ],
)
def test_a_text_breaks_between_words_and_phrases(language: str, text: str, expected: list[str]) -> None:
    assert break_units(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text"), [("ja", "女性と\u2060少女への"), ("th", "ต่อ\u2060ผู้หญิง"), ("en", "a\u00a0b")]
)
def test_what_holds_two_words_together_holds_in_any_language(language: str, text: str) -> None:
    assert break_units(text, language) == [text]
