"""The page as an ambassador answers it: what is still to be approved, what has changed, the buttons and their mails."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine

from orangeday.approvals import page_code
from orangeday.approvals.model import Subject
from orangeday.approvals.page_code import PageRecord
from orangeday.approvals.store import withdraw
from orangeday.cli import main
from orangeday.views.approval_page.answers import page_answers
from orangeday.views.approval_page.page_language import PAGE_LANGUAGES, PageLanguage

from ..support import campaigns
from ..support.common import BEFORE

DAY_5 = datetime(2026, 11, 29, 14, 40, tzinfo=UTC)
MAIL = '[approval]\nmail = "ann+16@example.org"\n'
Draw = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    contents = campaigns.files(["en", "fr"], config=MAIL)
    contents["config.toml"] = contents["config.toml"].replace("[embassies.nairobi]", EMBASSY)
    campaigns.write(tmp_path, contents)
    monkeypatch.chdir(tmp_path)
    return tmp_path


EMBASSY = '[embassies.nairobi]\nname = { en = "the Belgian Embassy in Nairobi", fr = "l’ambassade de Belgique" }'


@pytest.fixture
def draw(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Draw]:
    """Writes the page of a moment; gives its source."""

    def draw(*argv: str, at: datetime = BEFORE) -> str:
        with time_machine.travel(at):
            assert main(["preview", *argv, "--html", "page.html"]) == 0, capsys.readouterr().err
        page: str = (folder / "page.html").read_text("utf-8")
        return page.replace("\N{NO-BREAK SPACE}", " ")

    yield draw


def run(*argv: str, at: datetime = BEFORE) -> int:
    with time_machine.travel(at):
        return main([*argv])


def words(source: str) -> str:
    """The text of a piece of HTML, in one line."""
    lines = re.sub(r"</(?:p|div|li|h\d|summary)>", " ", source)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", lines)).split())


def element(source: str, opening: str, closing: str) -> str:
    """The text of the first element that begins so."""
    start = source.index(opening)
    return words(source[start : source.index(closing, start) + len(closing)])


def mails(source: str) -> dict[str, tuple[str, str, str]]:
    """The buttons by their label, each with the address, the subject and the text of its mail."""
    found = {}
    for address, label in re.findall(r'<a class="button \w+" href="(mailto:.*?)">(.*?)(?:<span>|</a>)', source):
        parts = urlsplit(html.unescape(address))
        query = parse_qs(parts.query)
        found[words(label)] = unquote(parts.path), query["subject"][0], query["body"][0]
    return found


def code_of(source: str) -> str:
    codes: set[str] = set(re.findall(r'<b translate="no">(.*?)</b>', source))
    (code,) = codes
    return code


def test_each_button_is_a_mail_with_the_code_in_its_subject_and_never_in_its_text(draw: Draw, folder: Path) -> None:
    page = draw()
    code = code_of(page)
    buttons = mails(page)
    subjects = {label: subject for label, (_, subject, _) in buttons.items()}
    assert subjects["Approve all"] == f"Approved: {code}"
    assert subjects["Ask for a change"] == f"Change: {code}"
    assert subjects["Ask a question"] == f"Ask: {code}"
    assert subjects["Approve day 9"] == f"Approved: day 9 of {code}"
    assert subjects["Ask to change day 9"] == f"Change: day 9 of {code}"
    assert len(subjects) == 3 + 2 * 16
    assert {address for address, _, _ in buttons.values()} == {"ann+16@example.org"}
    for _, _, text in buttons.values():
        assert code not in text and "\n" not in text and "yes" not in text.lower().split(), "no mail says yes twice"
    assert isinstance(page_code.load(folder / "posts", code), PageRecord), "what it stands for is kept"


@pytest.mark.parametrize("language", PAGE_LANGUAGES)
def test_in_every_language_the_subjects_are_those_that_a_program_reads(draw: Draw, language: str) -> None:
    page = draw("--page-language", language)
    subjects = {subject.replace(code_of(page), "CODE") for _, subject, _ in mails(page).values()}
    days = {f"{word}: day {number} of CODE" for word in ("Approved", "Change") for number in range(1, 17)}
    assert subjects == {"Approved: CODE", "Change: CODE", "Ask: CODE"} | days


def test_without_an_address_the_mail_goes_to_whom_the_reader_chooses(draw: Draw, folder: Path) -> None:
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace(MAIL, ""), "utf-8")
    page = draw()
    assert {address for address, _, _ in mails(page).values()} == {""}
    assert "Send it to the person who sent you this page: it counts then." in words(page)


def test_an_address_is_one_address_and_no_more_of_a_mail() -> None:
    (approve, *_) = page_answers("7F3K-92QD", "Ann <a?cc=b&bcc=c@example.org>", "", PageLanguage("en"))
    parts = urlsplit(approve.address)
    assert unquote(parts.path) == "a?cc=b&bcc=c@example.org"
    assert set(parse_qs(parts.query)) == {"subject", "body"}


def test_all_new_says_how_much_and_from_when(draw: Draw) -> None:
    page = draw(at=DAY_5)
    assert element(page, "<h1>", "</h1>") == "To approve: 11 of 16 days"
    assert element(page, '<p class="about">', "</p>") == "44 posts in English and French, on X and Bluesky"
    box = "All is new. Nothing is sent without your yes. The first post is due on Mon 30 Nov, 09:00 in Nairobi."
    assert element(page, '<div class="box">', "</div>") == box
    assert element(page, '<a class="button all"', "</a>") == "Approve all11 days, 22 texts, 1 embassy"
    assert element(page, '<p class="sender">', "</p>") == "The Belgian Embassy in Nairobi"
    strip = element(page, '<nav class="strip"', "</nav>")
    assert "Day 1–5 over" in strip and "Day 6 to approve" in strip and "Day 16 to approve" in strip
    assert "1–5 25–29 Nov, 20 posts over" in words(page[page.index("<main") :].replace("</span>", " "))


def test_two_changes_show_what_is_new_and_leave_the_rest_on_its_line(draw: Draw, folder: Path) -> None:
    run("approve", "all", "--by", "Ann Peeters", at=BEFORE + timedelta(days=20))
    for number, language, new in ((9, "fr", "Jour neuf en"), (12, "en", "Day twelve in")):
        file = folder / f"posts/{number:02}-day/{language}.toml"
        file.write_text(re.sub(r"Day \d+ in", new, file.read_text("utf-8")), "utf-8")
    page = draw(at=DAY_5)
    assert element(page, "<h1>", "</h1>") == "To approve: 2 changes"
    assert element(page, '<p class="about">', "</p>") == "The rest stands as approved on 21 Nov"
    changed = "Changed since your yes: day 9 in French, day 12 in English"
    due = "Without your yes these are not sent; the rest is. The first is due on Thu 3 Dec, 09:20 in Nairobi."
    assert element(page, '<div class="box">', "</div>").replace("09:00", "09:20") == f"{changed} {due}"
    assert re.findall(r'<section class="day (\w+)" id="day-(\d+)"', page) == [("changed", "9"), ("changed", "12")]
    assert re.findall(r'<details class="row approved" id="day-(\d+)"', page) == [
        *map(str, (6, 7, 8, 10, 11, 13, 14, 15, 16))
    ]
    nine = page[page.index('id="day-9"') : page.index('id="day-10"')]
    assert "<mark>Jour neuf en</mark> fr, from Nairobi." in nine
    assert "<del>Day 9 in</del><ins>Jour neuf en</ins> fr" in nine.replace("</del> <ins>", "</del><ins>")
    assert "Changed since Ann Peeters approved it on 21 Nov" in words(nine)
    assert "✓ English: as approved on 21 Nov" in words(nine)
    assert nine.index("Day 9 in en") > nine.index('<div class="rest">'), "what stands as it was is folded"
    assert set(mails(page)) == {
        "Approve all", "Ask for a change", "Ask a question",
        "Approve day 9", "Ask to change day 9", "Approve day 12", "Ask to change day 12",
    }  # fmt: skip


def test_what_was_withdrawn_is_marked_and_no_part_of_a_yes(draw: Draw, folder: Path) -> None:
    run("approve", "all", "--by", "Ann")
    for language in ("en", "fr"):
        withdraw(folder / "posts", Subject(14, language, None), "Bo", BEFORE, "a wrong date")
    file = folder / "posts/09-day/fr.toml"
    file.write_text(file.read_text("utf-8").replace("Day", "Jour"), "utf-8")
    page = draw()
    assert '<details class="row withdrawn" id="day-14"' in page
    assert "<s><bdi>Day 14</bdi></s>" in page
    assert "Withdrawn: day 14" in element(page, '<div class="box">', "</div>")
    assert "1 text" in element(page, '<a class="button all"', "</a>")
    assert "Approve day 14" not in mails(page)
    record = page_code.load(folder / "posts", code_of(page))
    assert isinstance(record, PageRecord)
    assert {str(subject) for subject in record.page.contents} == {"09/fr"}


def test_all_approved_has_nothing_to_press_and_no_code(draw: Draw) -> None:
    run("approve", "all", "--by", "Ann")
    page = draw()
    assert element(page, "<h1>", "</h1>") == "All approved"
    assert mails(page) == {} and 'translate="no"' not in page
    assert "Nothing is left for you to do." in words(page)


def test_a_folder_that_cannot_be_written_gives_a_page_without_a_code_and_says_why(draw: Draw, folder: Path) -> None:
    (folder / "posts/approval-pages").write_text("no folder", "utf-8")
    page = draw()
    assert mails(page) == {}
    assert "This page has no code, so it can’t be answered by mail:" in words(page)
    assert '<details class="computer" id="computer" open>' in page


def test_a_page_that_is_not_written_leaves_no_code_behind(folder: Path) -> None:
    (folder / "mine.html").write_text("mine", "utf-8")
    for name in ("mine.html", "nowhere/page.html", "posts", "a\0b"):
        assert run("preview", "--html", name) == 2
    assert not (folder / "posts/approval-pages").exists()


def test_a_changed_name_of_the_embassy_is_shown_and_jumped_to(draw: Draw, folder: Path) -> None:
    run("approve", "all", "--by", "Ann")
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8").replace("example_be_nairobi_x", "other"), "utf-8")
    page = draw()
    assert element(page, "<h1>", "</h1>") == "To approve: names and accounts"
    assert '<a href="#embassy-nairobi">names and accounts of nairobi</a>' in page
    assert '<div class="embassy changed" id="embassy-nairobi">' in page
    assert "handle on X" in words(page[page.index('id="embassy-nairobi"') :])


def test_a_text_that_only_bluesky_gets_otherwise_is_not_read_twice(draw: Draw, folder: Path) -> None:
    file = folder / "posts/03-day/en.toml"
    file.write_text(file.read_text("utf-8") + 'bluesky = "On Bluesky, day 3."\n', "utf-8")
    run("approve", "all", "--by", "Ann")
    file.write_text(file.read_text("utf-8").replace("Day 3 in", "Day three in"), "utf-8")
    page = draw()
    three = page[page.index('id="day-3"') : page.index('id="day-4"')]
    assert '<details class="unchanged"><summary>✓ On Bluesky: as approved on 1 Nov</summary>' in three
    assert "On Bluesky, day 3." in three


def test_another_picture_is_named_and_no_digest_is_shown(draw: Draw, folder: Path) -> None:
    from .test_approval_page import picture

    day = folder / "posts/03-day/day.toml"
    day.write_text(day.read_text("utf-8") + 'media = ["media/a.png"]\n', "utf-8")
    for language in ("en", "fr"):
        text = folder / f"posts/03-day/{language}.toml"
        text.write_text(text.read_text("utf-8") + '[alt]\n"media/a.png" = "An orange square."\n', "utf-8")
    (folder / "posts/media").mkdir()
    (folder / "posts/media/a.png").write_bytes(picture())
    run("approve", "all", "--by", "Ann")
    (folder / "posts/media/a.png").write_bytes(picture((80, 80)))
    page = draw()
    three = page[page.index('id="day-3"') : page.index('id="day-4"')]
    assert "picture media/a.png" in three and "another picture than the approved one" in three
    assert "sha256:" not in page.replace("sha256-", "")
