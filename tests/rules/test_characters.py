"""The rules about characters: each by a text that has such a one, and by one in which a script or language needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.judged import DAY_5, EN, PICTURE, TWO, held, planned, problems, said


def rows(folder: Path, text: str, rule: str, language: str = "en") -> list[str]:
    """What a rule says of a text, each once, from its severity on."""
    plan = planned(folder, {f"posts/05-day/{language}.toml": f"text = '''\n{text}\n'''\n"}, (language,), TWO)
    return [row.partition(": ")[2] for row in said(plan, rule)]


# Unseen


@pytest.mark.parametrize(
    ("character", "severity"),
    [("\\u001b", "error"), ("\\u0007", "error"), ("\\u009b", "error"), ("\\u2028", "error"), ("\\u202e", "warning"),
     ("\\u200d", "warning"),
     ("\\t", None), ("\\u200f", None), ("\\u2067", None)],
)  # fmt: skip
def test_a_character_that_nobody_sees_is_said(character: str, severity: str | None, tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: f'text = "{{city}} and{character} more"\n'}, ("en",), TWO)
    found = problems(plan, "unseen-character")
    assert [str(problem.severity) for problem in found] == ([severity] if severity else [])
    assert bool(held(plan, "unseen-character")) is (severity == "error")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (
            "#Orange\u00adTheWorld",
            "error: there is an invisible character in the hashtag “#Orange‹U+00AD›TheWorld”: it ends there. "
            "Delete it, and type the hashtag again: #OrangeTheWorld",
        ),
        (
            "“#16\u200bDays”,",
            "error: there is an invisible character in the hashtag ““#16‹U+200B›Days”,”: it ends there. "
            "Delete it, and type the hashtag again: #16Days",
        ),
        (
            "@un_\ufeffwomen",
            "error: there is an invisible character in the mention “@un_‹U+FEFF›women”: it ends there. "
            "Delete it, and type the mention again: @un_women",
        ),
        (
            "https://example\u2060.org/a",
            "error: there is an invisible character in the address “https://example‹U+2060›.org/a”: it ends there. "
            "Delete it, and type the address again: https://example.org/a",
        ),
        (
            "#Orange\u200eTheWorld",
            "error: there is an invisible character in the hashtag “#Orange‹U+200E›TheWorld”: it ends there. "
            "Delete it, and type the hashtag again: #OrangeTheWorld",
        ),
        (
            "Bel\u00adgium",
            "warning: there is an invisible character in “Bel‹U+00AD›gium”. Delete it, and type the word again.",
        ),
        (
            "\u200b#16Days",
            "warning: there is an invisible character in “‹U+200B›#16Days”. Delete it, and type the word again.",
        ),
        (
            "#\ufe0f16Days",
            "warning: there is an invisible character in “#‹U+FE0F›16Days”. Delete it, and type the word again.",
        ),
        (
            "one\n\u3164\ntwo",
            "warning: there is an invisible character here, ‹U+3164›. Delete it, and type the word again.",
        ),
        (
            "hi\U000e0068",
            "warning: there is an invisible character in “hi‹U+E0068›”. Delete it, and type the word again.",
        ),
        ("a \ufffc b", "error: a picture or a file stood here in another program: ‹U+FFFC› is left of it. Delete it."),
    ],
)
def test_an_unseen_character_is_shown_by_its_number(text: str, row: str, tmp_path: Path) -> None:
    assert rows(tmp_path, f"{text} {{city}}", "unseen-character") == [row]


def test_an_unseen_character_holds_nothing_that_was_approved_before(tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: "text = '#16\u00adDays {city}'\n"}, ("en",))
    assert len(said(plan, "unseen-character")) == 1
    assert held(plan, "unseen-character") == set()


def test_an_unseen_character_in_an_alt_text_a_headline_and_a_name_is_said_there(tmp_path: Path) -> None:
    alt = "[alt]\n\"media/05.png\" = 'A cr\u00adowd.'\n[card]\nheadline = 'He\u200bllo'\nalt = 'Hello'\n"
    files = {DAY_5: PICTURE, EN: f"text = '{{city}}'\n{alt}"}
    plan = planned(tmp_path, files, ("en",))
    config = plan.config.file.read_text("utf-8").replace('"Nairobi"', r'"Nai\u0007robi"')
    plan = planned(tmp_path, {"config.toml": config, **files}, ("en",))
    found = [(p.location.file.name, p.location.line, str(p.severity)) for p in problems(plan, "unseen-character")]
    assert found == [("config.toml", 6, "error"), ("en.toml", 3, "warning"), ("en.toml", 5, "warning")]


def test_a_text_of_nothing_but_unseen_characters_is_not_told_of_all(tmp_path: Path) -> None:
    assert len(rows(tmp_path, "a\u200b" * 100, "unseen-character")) < 50


def test_a_warning_is_accepted_beside_an_error_of_the_same_rule(tmp_path: Path) -> None:
    text = "text = '#16\u00adDays Bel\u00adgium {city}'\n[accept]\nunseen-character = 'It may break there.'\n"
    plan = planned(tmp_path, {EN: text}, ("en",))
    assert [str(problem.severity) for problem in problems(plan, "unseen-character")] == ["error"]
    assert said(plan, "unused-accept") == []


# Lost or misread


@pytest.mark.parametrize(
    ("text", "word"), [("Belgium\ufffds own", "Belgium\ufffds"), ("caf\ufffd", "caf\ufffd"), ("a \ufffd b", "\ufffd")]
)
def test_a_lost_letter_holds_the_text(text: str, word: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: f"text = '{text} {{city}}'\n"}, ("en",), TWO)
    assert said(plan, "lost-character") == [
        f"posts/05-day/en.toml:1: error: a letter was lost in “{word}”: another program couldn't read it, and wrote "
        "\ufffd. Type the word again."
    ]
    assert held(plan, "lost-character") == {
        f"{embassy}/{platform}/en" for embassy in TWO for platform in ("x", "bluesky")
    }


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Maxime Pr?vot", "Pr?vot"), ("l’?galit?", None), ("Who?What", None), ("Why? Because", None),
        ("Qui ? moi", None),
        ("https://example.org/a?b=c", None), ("A?b", None),
    ],
)  # fmt: skip
def test_a_question_mark_inside_a_word_may_be_a_lost_letter(text: str, word: str | None, tmp_path: Path) -> None:
    assert rows(tmp_path, f"{text} {{city}}", "lost-letter") == (
        [
            f"warning: a letter seems to be lost in “{word}”: a question mark stands inside it. "
            "Type the word again; or put a space behind the question mark."
        ]
        if word
        else []
    )


def test_mojibake_is_an_error_that_says_what_it_was(tmp_path: Path) -> None:
    plan = planned(tmp_path, {EN: "text = '''\n{city}\nlâ€™Ã©galitÃ©, là\n'''\n"}, ("en",))
    assert said(plan, "mojibake") == [
        "posts/05-day/en.toml:3: error: “lâ€™Ã©galitÃ©,” was read in the wrong encoding by another program. "
        "Write l’égalité,"
    ]
    assert held(plan, "mojibake") == set()


# Another script's, another language's


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (
            "B\u0435lgium",
            "error: “B\u0435lgium” has Cyrillic letters among others that look like them: “\u0435” ‹U+0435›.",
        ),
        (
            "#\u041erange",
            "error: “\u041erange” has Cyrillic letters among others that look like them: “\u041e” ‹U+041E›.",
        ),
        ("n\u03bf", "error: “n\u03bf” has Greek letters among others that look like them: “\u03bf” ‹U+03BF›."),
        ("Женщинa", "error: “Женщинa” has Latin letters among others that look like them: “a” ‹U+0061›."),
    ],
)
def test_a_letter_that_only_looks_right_is_an_error(text: str, row: str, tmp_path: Path) -> None:
    assert rows(tmp_path, f"{text} {{city}}", "lookalike-letter") == [f"{row} Type the word again."]


@pytest.mark.parametrize(
    ("language", "text", "row"),
    [
        ("en", "„No“", "the quotation mark „ opens nothing in “en”. Write “…”"),
        ("en", "he says « no »", "the quotation mark « encloses nothing in “en”. Write “…”"),
        ("de", "„Nein”, sagt sie", "the quotation mark ” closes nothing in “de”. Write „…“"),
        ("de", "“Nein“", "the quotation mark “ opens nothing in “de”. Write „…“"),
        ("fr", "„Non”", "the quotation mark „ opens nothing in “fr”. Write « … »"),
        ("nl-BE", "«Nee»", "the quotation mark « opens nothing in “nl-BE”. Write “…”"),
        ("es", "„No“", "the quotation mark „ opens nothing in “es”. Write «…»"),
    ],
)
def test_a_quotation_mark_of_another_language_is_a_warning(language: str, text: str, row: str, tmp_path: Path) -> None:
    assert rows(tmp_path, f"{text} {{city}}", "quotation-marks", language) == [f"warning: {row}"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "“No,” she says; ‘no’, and \"no\"… (“never”)—“no”"), ("de", "„Nein“, »nein« und (‚nein‘)"),
        ("de-CH", "«Nein» sagt sie"), ("fr", "«\u202fNon\u202f», « non », “non” et l’«\u00a0égalité\u00a0»\u00a0!"),
        ("nl", "„Nee” en “nee”, ’s avonds"), ("es", "«No» y “no”: ¿«qué»?"), ("pt-BR", "“Não” e «não»"),
        ("pl", "„Nie”"), ("sv", "”Nej”"), ("ja", "「いいえ」"), ("en", "a 5” nail, “5”"),
    ],
)  # fmt: skip
def test_the_quotation_marks_of_a_language_are_right(language: str, text: str, tmp_path: Path) -> None:
    assert rows(tmp_path, f"{text} {{city}}", "quotation-marks", language) == []
