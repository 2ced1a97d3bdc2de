"""The answer to a page: it approves what the page showed, byte by byte, or nothing; and says what differs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from orangeday.approvals import answers, page_code
from orangeday.approvals import store as approvals
from orangeday.approvals.answers import Outcome, PageAnswer
from orangeday.approvals.authority import Authority, authority, authority_of_address
from orangeday.approvals.model import NAME, Answer, Subject
from orangeday.approvals.page_code import PageRecord
from orangeday.content.plan import Plan

from ..support import campaigns
from ..support.common import plan_of
from .test_approvals import CONFIG, DAY, PICTURE, VOIDS, WORDS, approve_all, contents, edit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY_5 = datetime(2026, 11, 29, 12, tzinfo=UTC)
SENT = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    campaigns.write(tmp_path, contents())
    (tmp_path / "posts/media").mkdir()
    for name in ("05", "06"):
        (tmp_path / f"posts/media/{name}.png").write_bytes(PICTURE)
    return tmp_path


def read(folder: Path) -> Plan:
    return plan_of(folder / CONFIG)


def page(folder: Path, *embassies: str) -> PageRecord:
    plan = read(folder).for_embassies(embassies) if embassies else read(folder)
    code = page_code.issue(plan, approvals.load(folder / "posts"), plan, NOW)
    record = page_code.load(folder / "posts", str(code))
    assert isinstance(record, PageRecord), code
    return record


def typed(record: PageRecord, *days: int, by: str = "Ann Peeters") -> PageAnswer:
    return PageAnswer(record, Answer(record.page.code), days or None, partial(_by_name, by))


def _by_name(name: str, plan: Plan) -> Authority:
    return authority(plan, name)


def mailed(record: PageRecord, sender: str = "ann@example.org", message_id: str = "<one@example.org>") -> PageAnswer:
    answer = Answer(record.page.code, message_id, SENT, sender)
    return PageAnswer(record, answer, None, lambda plan: authority_of_address(plan, sender))


def give(folder: Path, answer: PageAnswer, now: datetime = NOW) -> Outcome:
    outcome, flaw = answers.approve(answer, lambda: read(folder), folder / "posts", now)
    assert flaw is None
    return outcome


def entries(folder: Path) -> dict[str, str]:
    return {str(subject): entry.digest for subject, entry in approvals.load(folder / "posts").entries.items()}


@pytest.mark.invariant(15)
def test_it_writes_the_digests_that_approving_all_writes(folder: Path) -> None:
    record = page(folder)
    approve_all(folder)
    all_of_it = entries(folder)
    (folder / "posts" / NAME).unlink()
    outcome = give(folder, typed(record))
    assert entries(folder) == all_of_it
    assert {str(subject) for subject in outcome.review.to_approve} == all_of_it.keys()
    plan = read(folder)
    assert all(approvals.load(folder / "posts").objection(delivery) is None for delivery in plan)


def test_the_approval_keeps_the_code_and_the_mail(folder: Path) -> None:
    edit(CONFIG, "[campaign]", '[approval]\nby = ["Ann Peeters <ann@example.org>"]\n[campaign]')(folder)
    record = page(folder)
    give(folder, mailed(record))
    entry = approvals.load(folder / "posts").entries[Subject(5, "en", None)]
    assert (entry.actor, entry.is_edited) == ("Ann Peeters", False)
    assert entry.answer == Answer(record.page.code, "<one@example.org>", SENT, "ann@example.org")
    kept = page_code.load(folder / "posts", record.page.code)
    assert isinstance(kept, PageRecord)
    assert [a["message_id"] for a in kept.answers] == ["<one@example.org>"]


@pytest.mark.parametrize("what", VOIDS)
def test_whatever_has_changed_approves_nothing_and_is_named(folder: Path, what: str) -> None:
    do, subject, _ = VOIDS[what]
    record = page(folder)
    do(folder)
    outcome = give(folder, typed(record))
    objections = outcome.review.objections
    named = {str(objection.subject) for objection in objections}
    new = {"05/en.tokyo", "embassies/oslo"}  # what the page didn't have: the posts that it takes are named instead
    assert subject in named or (subject in new and objections), objections
    assert entries(folder) == {}


def only(outcome: Outcome, subject: str) -> list[tuple[str, str, str]]:
    (objection,) = [o for o in outcome.review.objections if str(o.subject) == subject]
    return list(objection.differences)


def test_a_changed_word_is_named(folder: Path) -> None:
    record = page(folder)
    edit(WORDS, "A lamp.", "A candle.")(folder)
    outcome = give(folder, typed(record))
    assert only(outcome, "05/en") == [("alt text of media/05.png", "A lamp.", "A candle.")]
    assert outcome.review.objections[0].explanation == "day 5 in “en” isn't what the page shows"


def test_a_changed_hour_is_named_for_all_that_it_moves(folder: Path) -> None:
    record = page(folder, "nairobi")
    edit(DAY, "title", 'time = "17:30"\ntitle')(folder)
    assert only(give(folder, typed(record)), "05/en") == [
        ("hour (nairobi on Bluesky; nairobi on X)", "Sun 29 Nov 09:00 UTC+3", "Sun 29 Nov 17:30 UTC+3")
    ]


def test_another_name_of_a_city_is_named_as_it_reads(folder: Path) -> None:
    give(folder, typed(page(folder, "nairobi"), 16))
    record = page(folder, "nairobi")
    edit(CONFIG, 'fr = "Nairobi"', 'fr = "Naïrobi"')(folder)
    assert only(give(folder, typed(record)), "05/fr") == [
        ("text (nairobi on Bluesky; nairobi on X)", "Bonjour Nairobi.", "Bonjour Naïrobi.")
    ]


def test_a_post_that_the_page_didnt_have_is_named_and_so_is_one_that_is_gone(folder: Path) -> None:
    edit(CONFIG, "[embassies.nairobi]\n", '[embassies.nairobi]\nskip = ["5/x"]\n')(folder)
    record = page(folder, "nairobi")
    edit(CONFIG, '"5/x"', '"5/bluesky"')(folder)
    assert only(give(folder, typed(record)), "05/en") == [
        ("post (nairobi on Bluesky)", "on the page", "not planned any more, or with other words"),
        ("post (nairobi on X)", "not on the page", "planned"),
    ]


def test_one_day_is_approved_though_another_has_changed(folder: Path) -> None:
    record = page(folder)
    edit(WORDS, "A lamp.", "A candle.")(folder)
    outcome = give(folder, typed(record, 9))
    assert entries(folder).keys() == {"09/en", "09/fr", "embassies/nairobi", "embassies/tokyo"}
    assert not outcome.review.objections
    assert give(folder, typed(record, 5)).review.objections


def test_what_is_over_or_out_or_approved_since_doesnt_make_it_stale(folder: Path) -> None:
    record = page(folder)
    edit("posts/01-day/en.toml", "Day", "The day")(folder)
    edit(WORDS, "A lamp.", "A candle.")(folder)
    approvals.approve(read(folder), [Subject(9, "en", None)], "Ben", NOW)
    answer = typed(record)
    posted = {d.key for d in read(folder) if d.number == 5}
    outcome = give(folder, PageAnswer(record, answer.answer, None, answer.authority, posted_keys=posted), DAY_5)
    assert not outcome.review.objections
    assert {s.number for s in outcome.review.past_subjects} == {1, 2, 3, 4, 5}
    assert outcome.review.approved_subjects == (Subject(9, "en", None),)
    assert approvals.load(folder / "posts").entries[Subject(9, "en", None)].actor == "Ben"
    assert not {"05/en", "01/en"} & entries(folder).keys()


def test_what_was_approved_since_with_other_words_does(folder: Path) -> None:
    record = page(folder)
    edit(WORDS, "A lamp.", "A candle.")(folder)
    approvals.approve(read(folder), [Subject(5, "en", None)], "Ben", NOW)
    before = entries(folder)
    assert only(give(folder, typed(record)), "05/en")
    assert entries(folder) == before


@pytest.mark.invariant(14)
def test_what_was_withdrawn_since_approves_nothing(folder: Path) -> None:
    record = page(folder)
    approvals.withdraw(folder / "posts", Subject(9, "en", None), "Ben", NOW, "a wrong date")
    (objection,) = give(folder, typed(record)).review.objections
    assert objection.explanation.startswith("day 9 in “en” is withdrawn (taken down by Ben, 24 Nov 12:00 UTC: a wrong")
    assert objection.explanation.endswith("orangeday approve 9 --language en --again")
    assert entries(folder) == {}


@pytest.mark.invariant(17)
def test_a_page_of_another_year_approves_nothing(folder: Path) -> None:
    record = page(folder)
    edit(CONFIG, "[campaign]\n", "[campaign]\nstart = 2027-11-25\n")(folder)
    (objection,) = give(folder, typed(record)).review.objections
    assert objection.explanation == "the page is one of 16days-2026, and the files plan 16days-2027"


def test_own_words_that_are_gone_are_let_go_as_the_page_shows(folder: Path) -> None:
    approve_all(folder)
    (folder / "posts/06-day/en.tokyo.toml").unlink()
    record = page(folder)
    outcome = give(folder, typed(record))
    assert outcome.review.to_approve == (Subject(6, "en", "tokyo"),)
    assert "06/en.tokyo" not in entries(folder)
    assert give(folder, typed(record)).review.approved_subjects == (Subject(6, "en", "tokyo"),)


def test_who_posts_the_same_words_and_isnt_on_the_page_is_known(folder: Path) -> None:
    assert give(folder, typed(page(folder, "nairobi"), 16)).review.other_embassies == ("tokyo",)
    assert give(folder, typed(page(folder), 15)).review.other_embassies == ()


# Who


@pytest.fixture
def named(folder: Path) -> Path:
    """Ann may approve all, and Ben what Tokyo alone posts."""
    edit(CONFIG, "[campaign]", '[approval]\nby = ["Ann Peeters <ann@example.org>"]\n[campaign]')(folder)
    edit(CONFIG, "[embassies.tokyo]\n", '[embassies.tokyo]\napproval = { by = ["Ben <ben@example.org>"] }\n')(folder)
    return folder


def test_who_is_named_by_an_embassy_gives_word_for_what_is_its_own(named: Path) -> None:
    outcome = give(named, typed(page(named), by="ben"))
    assert entries(named).keys() == {"06/en.tokyo", "embassies/tokyo"}
    assert Subject(5, "en", None) in outcome.not_covered
    assert outcome.authority.limits == "Ben gives word for tokyo alone, and not for a text that others post, too"


def test_a_text_that_the_embassy_alone_posts_is_its_own(named: Path) -> None:
    edit(CONFIG, "[embassies.nairobi]\n", "[embassies.nairobi]\ndays = { fr = [1] }\n")(named)
    give(named, mailed(page(named, "tokyo"), "ben@example.org"))
    assert "09/fr" in entries(named) and "01/fr" not in entries(named)


@pytest.mark.parametrize("name", ["Ann", "Carl", "mallory@example.net"])
def test_nobody_else_does(named: Path, name: str) -> None:
    for answer in (typed(page(named), by=name), mailed(page(named), name)):
        assert give(named, answer).review.objections
    assert entries(named) == {}


def test_a_mail_needs_an_address_that_is_named(folder: Path) -> None:
    record = page(folder)
    (objection,) = give(folder, mailed(record)).review.objections
    assert objection.explanation == "ann@example.org isn't an address of somebody who may approve"
    assert give(folder, typed(record, by="Anybody")).review.to_approve


def test_who_is_named_by_one_embassy_alone_doesnt_speak_for_two(folder: Path) -> None:
    """And nobody is named for all."""
    edit(CONFIG, "[embassies.tokyo]\n", '[embassies.tokyo]\napproval = { by = ["Ben <ben@example.org>"] }\n')(folder)
    plan = read(folder)
    ben, carl = authority(plan, "Ben"), authority(plan, "Carl")
    shared, own, block = Subject(5, "en", None), Subject(6, "en", "tokyo"), Subject(None, None, "nairobi")
    assert [ben.covers(s) for s in (shared, own, block)] == [False, True, False]
    assert [carl.covers(s) for s in (shared, own, block)] == [False, False, True]


# Twice, at once, and cut off


def test_a_mail_counts_once(named: Path) -> None:
    record = page(named)
    give(named, mailed(record))
    assert entries(named)
    edit("posts/09-day/en.toml", "Day", "The day")(named)
    approvals.approve(read(named), [Subject(9, "en", None)], "Ann", DAY_5)
    edit("posts/09-day/en.toml", "The day", "Day")(named)
    (objection,) = give(named, mailed(record)).review.objections
    assert objection.explanation == (
        "a mail counts once, and this one (<one@example.org>) approved something on 24 Nov 12:00 UTC"
    )
    assert objection.step.endswith(": orangeday approve --diff")


def test_it_counts_once_though_none_of_its_approvals_is_left(named: Path) -> None:
    record = page(named)
    give(named, mailed(record))
    (named / "posts" / NAME).unlink()
    kept = page_code.load(named / "posts", record.page.code)
    assert isinstance(kept, PageRecord)
    assert give(named, mailed(kept)).review.objections
    assert not give(named, mailed(kept, message_id="<two@example.org>")).review.objections


@pytest.mark.parametrize("edited", [True, False])
def test_a_file_that_is_edited_before_the_lock_is_had_is_seen(folder: Path, edited: bool) -> None:
    """The files are read once more when nobody else can write."""
    record = page(folder)
    assert typed(record).outcome(read(folder), approvals.load(folder / "posts"), NOW).review.objections == ()
    with approvals.write_lock(folder / "posts" / NAME):
        results: list[Outcome] = []
        thread = threading.Thread(target=lambda: results.append(give(folder, typed(record))))
        thread.start()
        if edited:
            edit(WORDS, "A lamp.", "A candle.")(folder)
    thread.join(30)
    assert bool(results[0].review.objections) is edited
    assert bool(entries(folder)) is not edited


def test_of_two_answers_at_once_both_count_and_neither_is_lost(folder: Path) -> None:
    record = page(folder)
    threads = [
        threading.Thread(target=give, args=(folder, typed(record, *days))) for days in (range(1, 9), range(9, 17))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {Subject(number, "en", None) for number in range(1, 17)} <= approvals.load(folder / "posts").entries.keys()
    kept = page_code.load(folder / "posts", record.page.code)
    assert isinstance(kept, PageRecord) and len(kept.answers) == 2


class Killed(BaseException):
    """A process that ends at this very place."""


Place = Callable[[pytest.MonkeyPatch], None]


def _die(*_: object, **__: object) -> None:
    raise Killed


def before_the_file_takes_its_place(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Path, "replace", _die)


def after_it(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(page_code, "keep_answer", _die)


@pytest.mark.parametrize(("place", "written"), [(before_the_file_takes_its_place, False), (after_it, True)])
def test_cut_off_it_has_approved_all_or_nothing_and_can_be_tried_again(
    named: Path, place: Place, written: bool
) -> None:
    record = page(named)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        place(patch)
        give(named, mailed(record))
    assert bool(entries(named)) is written
    again = give(named, mailed(record))
    assert bool(again.review.objections) is written, "what is approved already was by this mail"
    assert entries(named).keys() == {str(subject) for subject in record.page.contents}


def test_an_earlier_version_reads_the_same_file(folder: Path) -> None:
    """It takes the code for a part of the name: nothing else stands there that it doesn't know."""
    give(folder, typed(page(folder)))
    text = (folder / "posts" / NAME).read_text("utf-8")
    keys = {line.split(" = ")[0].split(".")[2] for line in text.splitlines() if line.startswith("05.en.")}
    approve_all(folder)
    assert {"approved", "by", "at", "campaign", "text", "code", "answer"} & keys == {
        "approved", "by", "at", "campaign", "text",
    }  # fmt: skip
