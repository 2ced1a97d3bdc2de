"""The page's own words: the same phrases in every language, and none of them left in another."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from markupsafe import Markup

from orangeday.cli import main
from orangeday.content.encoding import Alteration
from orangeday.views import approval_page
from orangeday.views.approval_page.model import State
from orangeday.views.approval_page.page_language import PAGE_LANGUAGES, PageLanguage, phrases

from ..support import campaigns
from ..support.common import BEFORE

OTHERS = [code for code in PAGE_LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"\{\w*\}")
TEMPLATE = Path(approval_page.__file__).parent.parent / "templates" / "page.html"


def test_the_page_speaks_the_languages_of_the_shipped_posts() -> None:
    assert PAGE_LANGUAGES == ("en", "de", "fr", "nl")


@pytest.mark.parametrize("code", OTHERS)
def test_no_language_lacks_a_phrase_and_no_placeholder_differs(code: str) -> None:
    english, others = phrases("en"), phrases(code)
    assert set(others) == set(english)
    for key, phrase in others.items():
        assert set(PLACEHOLDER.findall(phrase)) == set(PLACEHOLDER.findall(english[key])), key
        assert phrase.strip(" ") and not re.search("  |\t|\n", phrase), key


@pytest.mark.parametrize("code", OTHERS)
def test_no_sentence_is_left_in_english(code: str) -> None:
    same = {key for key, phrase in phrases(code).items() if phrase == phrases("en")[key] and phrase.count(" ") > 1}
    assert {key for key in same if not key.startswith("date.")} == set()


def test_every_phrase_is_used_and_every_key_that_is_used_is_one() -> None:
    sources = [TEMPLATE, *Path(approval_page.__file__).parent.glob("*.py")]
    source = "".join(file.read_text("utf-8") for file in sources)
    keys = {re.sub(r"\.(one|other)$", "", key) for key in phrases("en")}
    built = {f"state.{state}" for state in State} | {f"alteration.{way}" for way in Alteration}
    built |= {f"length.{kind}" for kind in ("link", "tag", "mention")} | {"look.error", "look.warning"}
    built |= {key for key in keys if key.startswith("part.")}
    assert built <= keys
    used = set(re.findall(r'["\']([a-z]+\.[a-z_]+)["\']', source)) & {*keys} | built | {"locale"}
    assert keys - used == set()
    asked = set(re.findall(r'(?:say|words)(?:\.count|\.markup)?\(\s*"([a-z_.]+)"', source))
    assert {key for key in asked if "." in key and not key.endswith(".")} <= keys


def test_ways_to_alter_a_picture_are_called_as_on_the_terminal() -> None:
    assert {way: phrases("en")[f"alteration.{way}"] for way in Alteration} == {way: way.in_words for way in Alteration}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "2 days, Thu 3 Dec, 25–29 Nov, 1 December 2026, 03:30 UTC+3, German, English and French"),
        ("fr", "2 jours, jeu. 3 déc., 25–29 nov., 1 décembre 2026, 03:30 UTC+3, allemand, anglais et français"),
        ("nl", "2 dagen, do 3 dec, 25–29 nov, 1 december 2026, 03:30 UTC+3, Duits, Engels en Frans"),
        ("de", "2 Tage, Do., 3. Dez., 25.–29. Nov., 1. Dezember 2026, 03:30 UTC+3, Deutsch, Englisch und Französisch"),
    ],
)
def test_numbers_dates_and_lists_are_written_as_in_that_language(code: str, said: str) -> None:
    words = PageLanguage(code)
    pieces = [
        words.count("approve.days", 2),
        words.weekday(date(2026, 12, 3)),
        words.day_range(date(2026, 11, 25), date(2026, 11, 29)),
        words.date_time(datetime(2026, 12, 1, 0, 30, tzinfo=UTC), ZoneInfo("Africa/Nairobi")),
        words.language_names(["de", "en", "fr", "en-GB"]),
    ]
    assert ", ".join(pieces).replace("\N{NO-BREAK SPACE}", " ") == said


def test_one_and_none_are_counted_as_in_that_language() -> None:
    counted = {code: [PageLanguage(code).count("approve.texts", n) for n in (0, 1, 1000)] for code in ("en", "fr")}
    assert counted["en"] == ["0 texts", "1 text", "1,000 texts"]
    assert [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in counted["fr"]] == [
        "0 texte", "1 texte", "1 000 textes",
    ]  # fmt: skip


def test_a_value_in_a_phrase_is_escaped() -> None:
    words = PageLanguage("fr")
    assert "&lt;b&gt;" in words.markup("approve.end", code="<b>")
    assert "<b>X</b>" in words.markup("approve.end", code=Markup("<b>X</b>"))
    assert words("box.details_of", embassy="{0.__class__}").endswith("{0.__class__}"), "a value is no format"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    campaigns.write(tmp_path, campaigns.files(["en", "fr"]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(folder: Path, *argv: str, status: int = 0) -> str:
    with time_machine.travel(BEFORE):
        assert main(["preview", *argv, "--html", "page.html"]) == status
    return (folder / "page.html").read_text("utf-8") if status == 0 else ""


def test_the_page_is_in_the_language_that_was_asked_for_with_all_posts(folder: Path) -> None:
    for code, headline in (("en", "To approve: 16 days"), ("fr", "À approuver : 16 jours"),
                           ("nl", "Goed te keuren: 16 dagen"), ("de", "Freizugeben: 16 Tage")):  # fmt: skip
        page = drawn(folder, "--page-language", code)
        assert f'<html lang="{code}" dir="ltr">' in page
        assert f"<h1>{headline}</h1>" in page
        assert page.count('id="day-1-en"') == page.count('id="day-1-fr"') == 1


def test_a_page_of_one_languages_posts_is_in_that_language_unless_another_is_asked_for(folder: Path) -> None:
    page = drawn(folder, "1", "--language", "fr")
    assert '<html lang="fr"' in page and 'id="day-1-en"' not in page
    assert '<html lang="nl"' in drawn(folder, "1", "--language", "fr", "--page-language", "nl")
    assert '<html lang="en"' in drawn(folder, "1", "--language", "fr", "--language", "en")


def test_another_language_of_the_page_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn(folder, "--language", "nl", status=2)
    assert "For the page's own words, with all posts on it: --page-language nl" in capsys.readouterr().err
    drawn(folder, "--page-language", "es", status=2)
    assert "There are: en, de, fr, nl." in " ".join(capsys.readouterr().err.split())
    assert main(["preview", "1", "--page-language", "fr"]) == 2
    assert "--html page.html" in capsys.readouterr().err
