"""`approve` at a terminal and without: what it shows before it signs, whose word it takes, and answers to a page."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import time_machine

from orangeday.approvals import page_code
from orangeday.approvals import store as approvals
from orangeday.approvals.model import Subject
from orangeday.approvals.page_code import PageCode
from orangeday.cli import main
from orangeday.clock import system_clock

from ..approvals.test_approvals import PICTURE
from ..support import campaigns
from ..support.common import plan_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMED = '[approval]\nby = ["Ann Peeters <ann@example.org>"]\n'
WITH_MAIL = f'{NAMED}mail = "press@example.org"\n'
BY_ANN = ("--by", "Ann Peeters")


class Ran(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """All that was shown, in one line."""
        return " ".join((self.out + self.err).split())


class Typed(io.StringIO):
    """A terminal, and what a person types there."""

    def isatty(self) -> bool:
        return True


Run = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    campaigns.write(tmp_path, campaigns.files(("en", "fr"), config=NAMED))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    with time_machine.travel(NOW, tick=False):
        yield tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*argv: str, typed: str | None = None) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Typed(typed))
        status = main(["approve", *argv])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ran(status, said.out, said.err)

    return run


def actors(folder: Path) -> dict[str, str]:
    return {str(subject): entry.actor for subject, entry in approvals.load(folder / "posts").entries.items()}


def edit(folder: Path, number: int = 9, language: str = "en") -> None:
    file = folder / f"posts/{number:02}-day/{language}.toml"
    file.write_text(file.read_text("utf-8").replace("Day", "The day"), "utf-8")


def issue(folder: Path) -> str:
    plan = plan_of(folder / "config.toml")
    code = page_code.issue(plan, approvals.load(folder / "posts"), plan, system_clock())
    assert isinstance(code, PageCode), code
    return code.text


def save(folder: Path, subject: str, sender: str = "Ann <ann@example.org>", body: str = "", number: int = 1) -> str:
    """A mail as it was saved; gives its name."""
    lines = f"From: {sender}\nSubject: {subject}\nDate: Tue, 24 Nov 2026 11:30:00 +0000\nMessage-ID: <{number}@e.org>\n"
    (folder / "answer.eml").write_text(f"{lines}Content-Type: text/plain\n\n{body}\n", "utf-8")
    return "answer.eml"


# At a terminal


def test_all_of_it_is_listed_and_asked_for_at_a_terminal(run: Run, folder: Path) -> None:
    ran = run("all", *BY_ANN, typed="n\n")
    assert ran.status == 1 and actors(folder) == {}
    assert "To approve, as Ann Peeters:" in ran.out and "  day 16     en fr\n" in ran.out
    assert "Approve 32 texts and 1 embassy as Ann Peeters? [y/N]" in ran.all
    assert ran.err.endswith("Nothing was approved.\n")
    ran = run("all", *BY_ANN, typed="y\n")
    assert ran.status == 0 and len(actors(folder)) == 33
    assert "Approved by Ann Peeters: 32 texts and 1 embassy." in ran.out
    assert "approve" not in run("all", *BY_ANN, typed="").err.lower(), "where nothing is left nothing is asked"


def test_without_one_and_with_yes_nothing_is_asked(run: Run, folder: Path) -> None:
    assert run("1-8", *BY_ANN).status == 0
    assert run("all", *BY_ANN, "--yes", typed="").status == 0
    assert len(actors(folder)) == 33


def test_one_new_text_is_approved_without_a_question(run: Run, folder: Path) -> None:
    assert run("5", "--language", "fr", *BY_ANN, typed="").status == 0
    assert actors(folder) == {"05/fr": "Ann Peeters"}


def test_what_has_changed_is_shown_before_it_is_signed(run: Run, folder: Path) -> None:
    run("all", *BY_ANN)
    edit(folder)
    before = (folder / "posts/approvals.toml").read_bytes()
    ran = run("9", *BY_ANN, typed="n\n")
    assert ran.status == 1 and (folder / "posts/approvals.toml").read_bytes() == before
    assert "[-Day-]{+The day+}" in ran.out and "Approve 1 text as Ann Peeters?" in ran.all
    ran = run("9", *BY_ANN)
    assert ran.status == 0
    assert ran.out.index("{+The day+}") < ran.out.index("Approved by Ann Peeters:")


def test_a_file_that_changes_during_the_question_isnt_approved_as_it_is_then(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = folder / "posts/media/05.png"
    picture.parent.mkdir()
    picture.write_bytes(PICTURE)
    for name, lines in (("day", 'media = ["media/05.png"]'), ("en", '[alt]\n"media/05.png" = "A lamp."')):
        with (folder / f"posts/05-day/{name}.toml").open("a", encoding="utf-8") as file:
            file.write(f"{lines}\n")

    def answer(_: Typed, *__: object) -> str:
        picture.write_bytes(PICTURE + b"another")
        return "y\n"

    monkeypatch.setattr(Typed, "readline", answer)
    assert run("5", "all", "--language", "en", *BY_ANN, typed="y\n").status == 0
    changed = run("--diff")
    assert changed.status == 1 and "05/en  changed" in changed.out and "picture media/05.png" in changed.out


# Whose word


@pytest.mark.parametrize("user", ["root", "Administrator", "admin", "ubuntu"])
def test_a_user_of_the_computer_that_is_nobody_has_to_say_a_name(
    run: Run, folder: Path, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", user)
    for argv in (["all"], ["5"], ["5", "--language", "fr"]):
        ran = run(*argv)
        assert ran.status == 2 and f"You use this computer as “{user}”" in ran.err and "--by" in ran.err
    assert run("--diff").status == 1, "to look needs no name"
    assert actors(folder) == {}
    assert run("5", *BY_ANN).status == 0


def test_who_isnt_named_approves_nothing(run: Run, folder: Path) -> None:
    ran = run("all", "--by", "Bob")
    assert ran.status == 2
    assert "“Bob” isn't among those who may approve: config.toml names Ann Peeters <ann@example.org>." in ran.all
    assert actors(folder) == {}
    assert run("5", "--by", "ANN@example.org").status == 0
    assert set(actors(folder).values()) == {"Ann Peeters"}


def test_who_is_named_by_an_embassy_is_told_what_isnt_theirs(run: Run, folder: Path) -> None:
    files = campaigns.files(embassies={"nairobi": "Africa/Nairobi", "tokyo": "Asia/Tokyo"}, config=NAMED)
    own = '[embassies.tokyo]\napproval = { by = ["Ben <ben@example.org>"] }\n'
    files["config.toml"] = files["config.toml"].replace("[embassies.tokyo]\n", own)
    files["posts/06-day/en.tokyo.toml"] = 'text = "Our own day 6."\n'
    campaigns.write(folder, files)
    ran = run("all", "--by", "Ben")
    assert ran.status == 1 and actors(folder) == {"06/en.tokyo": "Ben", "embassies/tokyo": "Ben"}
    assert "Left out: 01/en, 02/en," in ran.all
    assert "Ben gives word for tokyo alone, and not for a text that others post, too." in ran.all
    refused = json.loads(run("9", "--by", "Ben", "--json").out or "{}")
    assert refused["refused"][0]["subject"] == "09/en"
    assert run("9", "--language", "en", "--again", "--yes", "--by", "Ben").status == 2


def test_a_name_that_reads_as_an_answer_is_none(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text((folder / "config.toml").read_text().replace(NAMED, ""))
    ran = run("5", "--by", "Ann (page 7F3K-92QD)")
    assert ran.status == 2 and "can't be a name" in ran.err
    assert actors(folder) == {}


# The code of a page


def test_a_code_approves_what_its_page_shows(run: Run, folder: Path) -> None:
    code = issue(folder)
    ran = run("--as-shown", code.lower(), "9", *BY_ANN)
    assert (ran.status, set(actors(folder))) == (0, {"09/en", "09/fr", "embassies/nairobi"})
    assert f"Approved by Ann Peeters, as page {code} shows it:" in ran.out
    ran = run("--as-shown", code, *BY_ANN)
    assert ran.status == 0 and len(actors(folder)) == 33
    assert "Approved already, as the page shows it: 2 texts and 1 embassy." in ran.out
    ran = run("--as-shown", code, "--json", *BY_ANN)
    said = json.loads(ran.out)
    assert (said["code"], said["by"], said["approved"], len(said["already"])) == (code, "Ann Peeters", [], 33)


def test_what_differs_is_said_word_by_word(run: Run, folder: Path) -> None:
    code = issue(folder)
    edit(folder)
    ran = run("--as-shown", code, *BY_ANN)
    assert ran.status == 1 and actors(folder) == {}
    assert "09/en\n  Day 9 in “en” isn't what the page shows.\n  text\n    [-Day-]{+The day+} 9 in en" in ran.out
    assert f"Nothing was approved by page {code}. This isn't as the page shows it:" in ran.err
    assert "orangeday preview --html" in ran.err
    (refusal,) = json.loads(run("--as-shown", code, "--json", *BY_ANN).out)["refused"]
    assert refusal["differences"][0]["now"] == "The day 9 in en, from {city}."


def test_another_hour_stands_in_one_line(run: Run, folder: Path) -> None:
    code = issue(folder)
    with (folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write('[schedule]\ntime = "10:00"\n')
    out = run("--as-shown", code, "9", *BY_ANN).out
    assert "  hour (nairobi on Bluesky; nairobi on X): Thu 3 Dec 09:00 UTC+3 → Thu 3 Dec 10:00 UTC+3\n" in out


def test_what_was_taken_down_here_is_no_part_of_an_answer(run: Run, folder: Path) -> None:
    """The record of posts alone knows it, on this computer."""
    from orangeday.ledger.ledger import Ledger

    code = issue(folder)
    ledger = Ledger(f"sqlite:///{folder / 'orangeday.db'}", system_clock, actor="Ben")
    ledger.withdraw("16days-2026", 9, "en", "", "a wrong date")
    ledger.close()
    ran = run("--as-shown", code, *BY_ANN)
    assert ran.status == 1 and actors(folder) == {}
    assert "Day 9 in “en” is withdrawn (taken down by Ben" in ran.all


def test_an_error_in_a_text_keeps_that_text_back_and_no_other(run: Run, folder: Path) -> None:
    (folder / "posts/07-day/en.toml").write_text('text = "{nobody}"\n', "utf-8")
    ran = run("--as-shown", issue(folder), *BY_ANN)
    assert ran.status == 1 and len(actors(folder)) == 32 and "07/en" not in actors(folder)
    assert "Not approved, for the errors above: 07/en." in ran.err


WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no code": (("--as-shown", "7F3K", *BY_ANN), 2, "isn't the code of a page"),
    "a code that nobody made": (("--as-shown", "7F3K-92QD", *BY_ANN), 1, "There is no page 7F3K-92QD here"),
    "a way out of the folder": (("--as-shown", "../../x", *BY_ANN), 2, "isn't the code of a page"),
    "no name": (("--as-shown", "CODE"), 2, "Say who gave the code back"),
    "somebody else": (("--as-shown", "CODE", "--by", "Bob"), 2, "isn't among those who may approve"),
    "a day that isn't there": (("--as-shown", "CODE", "17", *BY_ANN), 2, "There is no day “17”"),
    "a language": (("--as-shown", "CODE", "--language", "en", *BY_ANN), 2, "leave the rest out"),
    "both ways": (("--as-shown", "CODE", "--reply", "x.eml", *BY_ANN), 2, "not both"),
    "with --diff": (("--as-shown", "CODE", "--diff"), 2, "not both"),
    "no such file": (("--reply", "nowhere.eml", "--yes"), 2, "There is no file nowhere.eml"),
    "a folder": (("--reply", "posts", "--yes"), 2, "There is no file posts"),
    "no terminal": (("--reply", "answer.eml"), 2, "Without a terminal to ask on, say --yes"),
    "--yes with --diff": (("--diff", "--yes"), 2, "leave --yes out"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_asked_wrongly_approves_nothing(run: Run, folder: Path, what: str) -> None:
    argv, status, reason = WRONG[what]
    code = issue(folder)
    ran = run(*(code if word == "CODE" else word for word in argv))
    assert ran.status == status and reason in ran.all
    assert actors(folder) == {}


def test_a_day_that_the_page_doesnt_have_is_said(run: Run, folder: Path) -> None:
    approvals.approve(plan_of(folder / "config.toml"), [Subject(9, "en", None), Subject(9, "fr", None)], "Ann", NOW)
    ran = run("--as-shown", issue(folder), "9", *BY_ANN)
    assert ran.status == 1 and "shows nothing of day 9 to approve" in ran.all


def test_on_a_terminal_the_line_without_a_name_asks_for_it(run: Run, folder: Path) -> None:
    """It is the one that `preview` can print where several may approve."""
    code = issue(folder)
    ran = run("--as-shown", code, typed="Ann Peeters\n")
    assert ran.status == 0 and "Who gave the code back?" in ran.err and {*actors(folder).values()} == {"Ann Peeters"}
    assert run("--as-shown", code, typed="Bob\n").status == 2


def test_after_a_part_of_a_page_comes_the_rest_and_after_all_a_live_run(run: Run, folder: Path) -> None:
    code = issue(folder)
    ran = run("--as-shown", code, "9", *BY_ANN)
    assert ran.err == "Next: 30 more to approve: orangeday approve --diff\n"
    ran = run("--as-shown", code, *BY_ANN)
    assert ran.err == "Next: orangeday doctor; then orangeday schedule --live\n"


# The next step


@pytest.mark.parametrize("command", ["check", "status", "doctor"])
def test_where_somebody_is_named_nobody_is_sent_to_approve_all(
    run: Run, folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever sits at the computer isn't among those who may."""
    for section, step in ((NAMED, "orangeday preview --html page.html"), ("", "orangeday approve all")):
        (folder / "config.toml").write_text((folder / "config.toml").read_text().replace(NAMED, section))
        main([command])
        said = " ".join("".join(capsys.readouterr()).split())
        steps = {"orangeday preview --html page.html", "orangeday approve all"}
        assert {one for one in steps if one in said} == {step}


def test_what_has_changed_can_be_asked_for_by_mail(run: Run, folder: Path) -> None:
    step = "To ask for a yes by mail: orangeday preview --html page.html"
    assert step not in run("--diff").err
    (folder / "config.toml").write_text((folder / "config.toml").read_text().replace(NAMED, WITH_MAIL))
    assert step in run("--diff").err
    run("--as-shown", issue(folder), *BY_ANN)
    assert run("--diff").err == ""


NEXT = {
    # what the section has, and what `preview --html` says below its first words
    "nobody": ("", "Next: open it in a browser; then:\n  orangeday approve --as-shown CODE\n"),
    "one, without an address for answers": (
        NAMED,
        "Next: look at it in a browser, and send it to Ann Peeters.\n"
        "A yes by telephone or on paper, with the page's code:\n"
        '  orangeday approve --as-shown CODE --by "Ann Peeters"\n',
    ),
    "two": (
        '[approval]\nby = ["Ann Peeters <ann@example.org>", "Ben Maas <ben@example.org>"]\nmail = "p@example.org"\n',
        "Next: look at it in a browser, and send it to Ann Peeters, Ben Maas.\n"
        "A mail that says yes: save it as reply.eml, then\n"
        "  orangeday approve --reply reply.eml\n"
        "A yes by telephone or on paper, with the page's code:\n"
        "  orangeday approve --as-shown CODE\n",
    ),
}


@pytest.mark.parametrize("who", NEXT)
def test_a_page_says_how_each_answer_to_it_is_typed(
    run: Run, folder: Path, who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    section, expected = NEXT[who]
    (folder / "config.toml").write_text((folder / "config.toml").read_text().replace(NAMED, section))
    assert main(["preview", "--html", "page.html"]) == 0
    (code,) = (file.stem for file in (folder / "posts/approval-pages").glob("*.json"))
    assert capsys.readouterr().err == f"Wrote page.html. {expected.replace('CODE', code)}"


def test_the_lines_of_a_page_name_its_config_and_dont_break(
    run: Run, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal would paste two lines for one that was broken."""
    monkeypatch.setenv("COLUMNS", "40")
    ours = (folder / "config.toml").rename(folder / "ours.toml")
    ours.write_text(ours.read_text().replace(NAMED, WITH_MAIL))
    assert main(["--config", "ours.toml", "preview", "--html", "page.html"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("  orangeday approve")]
    assert len(lines) == 2 and all(line.endswith(" --config ours.toml") for line in lines)


# A mail


def test_a_mail_is_shown_and_asked_about_and_kept(run: Run, folder: Path) -> None:
    code = issue(folder)
    name = save(folder, f"Approved: {code}", body="All of it, thank you.")
    ran = run("--reply", name, typed="n\n")
    assert ran.status == 1 and actors(folder) == {}
    assert f"Mail from Ann <ann@example.org>, Tue 24 Nov 14:30 UTC+3: yes to page {code}" in ran.all
    assert "All of it, thank you." in ran.out
    assert "Whether ann@example.org has really sent it isn't known" in ran.all and "DKIM" in ran.all
    assert "Approve 32 texts and 1 embassy as Ann Peeters?" in ran.all
    assert run("--reply", name, typed="y\n").status == 0
    entry = approvals.load(folder / "posts").entries[Subject(9, "en", None)]
    assert entry.actor == "Ann Peeters" and entry.answer
    assert (entry.answer.code, entry.answer.sender, entry.answer.message_id) == (code, "ann@example.org", "<1@e.org>")
    edit(folder)
    run("9", *BY_ANN)
    ran = run("--reply", name, "--yes")
    assert ran.status == 1 and "A mail counts once, and this one (<1@e.org>) approved something on 24 Nov" in ran.all
    assert "isn't as the page shows it" not in ran.all, "it is the mail that is in its way"
    assert ran.err.endswith("Next: what isn't approved yet: orangeday approve --diff\n")


def test_a_mail_for_one_day_is_for_that_day(run: Run, folder: Path) -> None:
    ran = run("--reply", save(folder, f"Approved: day 9 of {issue(folder)}"), "--yes", "--json")
    said = json.loads(ran.out)
    assert ran.status == 0 and said["approved"] == ["09/en", "09/fr", "embassies/nairobi"]
    assert said["mail"] == {"message_id": "<1@e.org>", "sent": "2026-11-24T11:30:00+00:00", "from": "ann@example.org"}


MAILS = {
    "another address": ("Approved: CODE", "Ann Peeters <mallory@example.net>", "mallory@example.net isn't an address"),
    "whom to ask then": ("Approved: CODE", "mallory@example.net", "Ask for a mail from such an address; or, if"),
    "her name for an address": (
        "Approved: CODE",
        '"ann@example.org" <m@example.net>',
        "m@example.net isn't an address",
    ),
    "what to ask for then": (
        "Re: Approved: CODE",
        "ann@example.org",
        "Ask for a mail with the page's own subject, “Approved: CODE”, or with “yes CODE” as its first line.",
    ),
    "an answer": ("Re: Approved: CODE", "ann@example.org", "begins with “Re:”"),
    "a code of another page": ("Approved: 7F3K-92QD", "ann@example.org", "There is no page 7F3K-92QD here"),
    "a day without posts": ("Approved: day 17 of CODE", "ann@example.org", "shows nothing of day 17"),
}


@pytest.mark.parametrize("what", MAILS)
def test_a_mail_that_doesnt_count_is_refused(run: Run, folder: Path, what: str) -> None:
    subject, sender, reason = MAILS[what]
    ran = run("--reply", save(folder, subject.replace("CODE", issue(folder)), sender), "--yes")
    assert ran.status == 1 and reason in ran.all
    assert actors(folder) == {}


def test_where_nobody_is_named_a_mail_says_what_to_write(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text((folder / "config.toml").read_text().replace(NAMED, ""))
    ran = run("--reply", save(folder, f"Approved: {issue(folder)}"), "--yes")
    assert ran.status == 1 and '[approval] and by = ["Ann <ann@example.org>"]' in ran.all


def test_a_mail_has_its_own_sender(run: Run, folder: Path) -> None:
    name = save(folder, f"Approved: {issue(folder)}")
    ran = run("--reply", name, "--yes", "--by", "Bob")
    assert ran.status == 1 and "from Ann Peeters (ann@example.org), and not from Bob" in ran.all
    assert run("--reply", name, "--yes", *BY_ANN).status == 0


def test_a_mail_from_before_a_withdrawal_approves_nothing(run: Run, folder: Path) -> None:
    name = save(folder, f"Approved: {issue(folder)}")
    approvals.withdraw(folder / "posts", Subject(9, "en", None), "Ben", NOW, "a wrong date")
    ran = run("--reply", name, "--yes")
    assert ran.status == 1 and actors(folder) == {}
    assert "Day 9 in “en” is withdrawn (taken down by Ben, 24 Nov 12:00 UTC: a wrong date)" in ran.all
    assert "after this mail was sent, 24 Nov 11:30 UTC" in ran.all
