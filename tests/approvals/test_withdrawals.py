"""What was taken down stays down: no bundle approves it, no suggested line brings it back, and one command does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
import time_machine

from orangeday.approvals import compare
from orangeday.approvals import content as approvals_content
from orangeday.approvals import store as approvals
from orangeday.approvals.model import Subject
from orangeday.clock import DAYS, system_clock
from orangeday.ledger.ledger import Ledger

from ..support import campaigns
from ..support.book_desk import BookDesk, open_accounts, with_sound_handles
from ..support.common import plan_of
from ..support.offset_clock import ahead
from ..support.terminal import Terminal

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
FR, OWN = Subject(1, "fr", None), Subject(1, "fr", "tokyo")
X = "16days-2026/01/nairobi/x/fr"
AGAIN = "orangeday approve 1 --language fr --again"
BY_HAND = ("--yes", "--by", "Cem")


class Desk(BookDesk):
    """One with the embassies Nairobi and Tokyo, where Ann Peeters decides."""

    @property
    def ledger(self) -> Ledger:
        return Ledger(f"sqlite:///{self.folder}/orangeday.db", system_clock, actor="Ann Peeters")

    @property
    def posted(self) -> set[tuple[str, str]]:
        """What stands in the accounts' own books: which text, on which account."""
        found = (key.split("/") for key in self.posts)
        return {(f"{day}/{language}", f"{embassy}/{platform}") for _, day, embassy, platform, language in found}

    @property
    def stored(self) -> compare.Approvals:
        return approvals.load(self.folder / "posts")

    def write(self, name: str, content: str) -> None:
        (self.folder / name).write_text(content, "utf-8")

    def take_down(self, subject: Subject, why: str = "a wrong date", *, where: str = "both") -> None:
        """As `retract` notes it: in the ledger and in the file, or in one of them."""
        if where != "file":
            with closing(self.ledger) as ledger:
                ledger.withdraw("16days-2026", subject.number or 0, subject.language or "", subject.embassy or "", why)
        if where != "ledger":
            approvals.withdraw(self.folder / "posts", subject, "Ann Peeters", system_clock(), why)

    def as_a_version_before_did(self, key: str) -> None:
        """It published and took down, kept that in the ledger, and of the text only deleted the approval."""
        with closing(self.ledger) as ledger:
            row = ledger.rows([key])[key]
            ledger.retracted(row, replace=False)
        file = self.folder / "posts/approvals.toml"
        lines = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith("01.fr.")), "utf-8")


@contextmanager
def desk_in(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, days: Sequence[int] = DAYS
) -> Iterator[Desk]:
    """All of it approved, and the day before day 1; there is nothing to post but on these days."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")
    open_accounts(monkeypatch, ["nairobi", "tokyo"])
    zones = {"nairobi": "Africa/Nairobi", "tokyo": "Africa/Kampala"}
    files = campaigns.files(("en", "fr"), zones, config='[publishing]\nmode = "live"\n[schedule]\nspacing = "1m"\n')
    files = with_sound_handles(files, zones)
    if skip := [day for day in DAYS if day not in days]:
        files["config.toml"] = re.sub(r"(?m)^(\[embassies\..*)$", rf"\1\nskip = {skip}", files["config.toml"])
        for day, language in product(skip, ("en", "fr")):
            del files[f"posts/{day:02}-day/{language}.toml"]
    files["posts/01-day/fr.tokyo.toml"] = 'text = "À nous, à {city}."\n'
    campaigns.write(folder, files)
    with time_machine.travel(DUE - timedelta(hours=24), tick=False) as clock:
        desk = Desk(folder, clock, capsys)
        assert desk("approve", "all", "--by", "Ben").status == 0
        assert desk("publish").status == 0  # the ledger has seen the accounts before anything was due
        clock.move_to(DUE - timedelta(hours=2, minutes=30))
        yield desk


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with desk_in(tmp_path, capsys, monkeypatch) as desk:
        yield desk


@pytest.fixture
def desk_of_three_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """The same, where nothing is posted after day 3: for those who type a hundred lines."""
    with desk_in(tmp_path, capsys, monkeypatch, DAYS[:3]) as desk:
        yield desk


# In words


def test_it_is_withdrawn_wherever_approvals_are_shown(desk: Desk) -> None:
    desk.take_down(FR)
    taken = "(taken down by Ann Peeters, 25 Nov 03:30 UTC: a wrong date)"
    for command in (["status"], ["check"], ["calendar"], ["approve", "--diff"]):
        ran = desk(*command)
        assert f"ay 1 in “fr” is withdrawn {taken}" in ran.said, command
        assert AGAIN in ran.said, command
        assert "Not approved yet" not in ran.said, command
        assert "approve all" not in ran.said, command
    assert (
        f"32 of 33 texts, 2 of 2 embassies; 1 withdrawn (01/fr {taken[1:-1]})" in desk("doctor", "--offline", "-v").said
    )
    assert desk("approve", "--diff").status == 0, "a person decided that: nobody needs to do anything"
    (change,) = desk("approve", "--diff", "--json").json["changes"]
    told = {name: change[name] for name in ("subject", "kind", "by", "reason", "command")}
    assert told == {
        "subject": "01/fr", "kind": "withdrawn", "by": "Ann Peeters", "reason": "a wrong date", "command": AGAIN,
    }  # fmt: skip
    assert [one["subject"] for one in desk("check", "--json").json["approvals"]["withdrawn"]] == ["01/fr"]
    page = desk("preview", "--html", "-").out
    assert "Withdrawn (taken down by Ann Peeters, 25 November 2026" in page or "taken down by Ann Peeters" in page
    assert f"<code>{AGAIN}</code>" in page
    assert "Approved as it stands here, but for what was withdrawn" in page
    assert "orangeday approve all" not in page


@pytest.mark.parametrize("where", ["both", "file", "ledger"])
def test_a_live_run_says_it_nowhere_and_alarms_nobody(desk: Desk, where: str) -> None:
    desk.take_down(FR, where=where)
    desk.clock.move_to(DUE + timedelta(minutes=5))
    ran = desk("publish")
    assert ran.status == 0
    assert desk.posted == {
        *((f"01/{language}", f"{embassy}/{platform}") for language, embassy, platform in (
            ("en", "nairobi", "x"), ("en", "nairobi", "bluesky"), ("en", "tokyo", "x"), ("en", "tokyo", "bluesky"),
            ("fr", "tokyo", "x"), ("fr", "tokyo", "bluesky"),
        ))
    }  # fmt: skip
    states = {d["key"]: d for d in desk("status", "--json").json["deliveries"]}
    assert states[X]["state"] == "held"
    assert AGAIN in states[X]["error"]
    assert "withdrawn" in states[X]["error"]
    # Nor does it once it is too late for it.
    desk.clock.move_to(DUE + timedelta(hours=7))
    assert desk("publish").status == 0
    ran = desk("status", "--json")
    assert ran.status == 0
    late = {d["key"]: d for d in ran.json["deliveries"]}[X]
    assert late["state"] == "missed"
    assert "withdrawn" in late["error"]
    assert ("01/fr", "nairobi/x") not in desk.posted


def test_own_words_are_a_text_of_their_own(desk: Desk) -> None:
    desk.take_down(OWN)
    desk.clock.move_to(DUE + timedelta(minutes=5))
    desk("publish")
    assert {at for text, at in desk.posted if text == "01/fr"} == {"nairobi/x", "nairobi/bluesky"}
    assert f"{AGAIN[:-8]} --embassy tokyo --again" in desk("status").said
    assert desk("approve", "1", "--language", "fr", "--again", *BY_HAND).status == 2, "that one isn't withdrawn"
    assert desk("approve", "1", "--language", "fr", "--embassy", "tokyo", "--again", *BY_HAND).status == 0
    desk("publish")
    assert {at for text, at in desk.posted if text == "01/fr"} == {
        "nairobi/x", "nairobi/bluesky", "tokyo/x", "tokyo/bluesky",
    }  # fmt: skip


# No bundle

BUNDLES: tuple[Sequence[str], ...] = (
    ["all"], ["1"], ["1-16"], ["1", "2"], ["1", "--language", "fr"], ["all", "--language", "fr"],
    ["1", "--language", "fr", "--language", "en"], ["all", "--embassy", "tokyo"],
    ["1", "--language", "fr", "--embassy", "tokyo"], ["1", "--embassy", "tokyo", "--embassy", "nairobi"],
)  # fmt: skip
EDITS: dict[str, Callable[[Desk], None]] = {
    "nothing": lambda desk: None,
    "its words": lambda desk: desk.write("posts/01-day/fr.toml", 'text = "Corrigé."\n'),
    "its own words": lambda desk: desk.write("posts/01-day/fr.tokyo.toml", 'text = "Corrigé."\n'),
    "words of its own more": lambda desk: desk.write("posts/01-day/fr.nairobi.toml", 'text = "Autres."\n'),
    "its title": lambda desk: desk.write("posts/01-day/day.toml", 'title = "Un"\nfacts = ["one"]\n'),
}


@pytest.mark.invariant(14)
@pytest.mark.parametrize("where", ["both", "file", "ledger"])
@pytest.mark.parametrize("edit", EDITS)
def test_no_bundle_approves_it_however_it_is_edited(desk_of_three_days: Desk, edit: str, where: str) -> None:
    desk = desk_of_three_days
    for subject in (FR, OWN):
        desk.take_down(subject, where=where)
    before = {subject: desk.stored.entries.get(subject) for subject in (FR, OWN)}
    EDITS[edit](desk)
    for bundle in BUNDLES:
        ran = desk("approve", *bundle, "--by", "Ben", "--json")
        assert {subject: desk.stored.entries.get(subject) for subject in (FR, OWN)} == before
        assert not {"01/fr", "01/fr.tokyo"} & {*ran.json["approved"], *ran.json["already"]}
        left_out = ran.json["withdrawn"]
        assert left_out, bundle
        for one in left_out:
            assert one["command"] in ran.err
            assert one["command"].endswith("--again")
        if edit == "nothing":
            alone = not ran.json["approved"] and not ran.json["already"]
            assert ran.status == (1 if alone else 0), "1: nothing of what was asked for was approved"
    desk.clock.move_to(DUE + timedelta(minutes=5))
    desk("publish")
    spoken = {at for text, at in desk.posted if text == "01/fr"}
    assert spoken == ({"nairobi/x", "nairobi/bluesky"} if edit == "words of its own more" else set())


def test_a_text_taken_down_by_a_version_before_is_withdrawn_too(desk: Desk) -> None:
    desk.clock.move_to(DUE + timedelta(minutes=5))
    with closing(desk.ledger) as ledger:
        ledger.pause("nairobi/bluesky", "")
    desk("publish")
    assert ("01/fr", "nairobi/x") in desk.posted
    desk.as_a_version_before_did(X)
    with closing(desk.ledger) as ledger:
        assert not ledger.withdrawals()
        ledger.resume("nairobi/bluesky")
    said = desk("status").said
    assert "ay 1 in “fr” is withdrawn (taken down by Ann Peeters, 25 Nov 06:05 UTC)" in said
    assert AGAIN in said
    assert "Not approved yet" not in said
    assert AGAIN in desk("publish").said
    assert desk("approve", "all", "--by", "Ben").status == 0
    desk("publish")
    assert ("01/fr", "nairobi/bluesky") not in desk.posted
    ran = desk("approve", "1", "--language", "fr", "--again", *BY_HAND)
    assert ran.status == 0
    assert "It reads as it did when it was taken down." in ran.out
    desk("publish")
    assert ("01/fr", "nairobi/bluesky") in desk.posted
    assert "withdrawn" not in desk("status").said


def test_a_text_that_a_version_before_approved_again_is_not_withdrawn(desk: Desk) -> None:
    desk.clock.move_to(DUE + timedelta(minutes=5))
    desk("publish")
    desk.as_a_version_before_did(X)
    plan = plan_of(desk.folder / "config.toml")
    approvals.approve(plan, [FR], "Ben", system_clock())
    assert "withdrawn" not in desk("status").said
    assert desk("approve", "--diff").status == 0


# One way


def test_again_approves_that_text_alone_and_shows_it_and_who_took_it_down(desk: Desk) -> None:
    desk.take_down(FR)
    desk.take_down(Subject(1, "en", None), "")
    desk.write("posts/01-day/fr.toml", 'text = "Jour 1 corrigé, {city}."\nbluesky = "Ciel bleu."\n')
    ran = desk("approve", "1", "--language", "fr", "--again", *BY_HAND)
    assert ran.status == 0
    assert "Jour 1 corrigé, Nairobi." in ran.out
    assert "Ciel bleu." in ran.out
    assert "{+Jour+} 1 " in ran.out
    assert "[-Day-]" in ran.out
    assert "taken down by Ann Peeters, 25 Nov 03:30 UTC: a wrong date" in ran.said
    assert "Approved again by Cem" in ran.said
    with closing(desk.ledger) as ledger:
        assert [(w.day, w.language) for w in ledger.withdrawals()] == [(1, "en")]
        lifted = [event for event in ledger.events() if event.action == "withdrawal lifted"]
    assert [(event.actor, event.detail) for event in lifted] == [("Cem", "01/fr")]
    assert set(desk.stored.withdrawals) == {Subject(1, "en", None)}
    assert desk.stored.entries[FR].actor == "Cem"
    desk.clock.move_to(DUE + timedelta(minutes=5))
    desk("publish")
    assert {text for text, _ in desk.posted} == {"01/fr"}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["all"], "--again is for one text"),
        (["1"], "--again is for one text"),
        (["1-2", "--language", "fr"], "--again is for one text"),
        (["1", "2", "--language", "fr"], "--again is for one text"),
        (["1", "--language", "fr", "--language", "en"], "--again is for one text"),
        (["--embassy", "tokyo"], "--again is for one text"),
        (["1", "--language", "fr", "--embassy", "tokyo", "--embassy", "nairobi"], "--again is for one text"),
        (["1", "--language", "en"], "isn't withdrawn"),
        (["1", "--language", "fr", "--embassy", "nairobi"], "There are no such words"),
        (["1", "--language", "xx"], "There is no language “xx”"),
        (["17", "--language", "fr"], "There is no day “17”"),
        (["1", "--language", "fr", "--diff"], "not both"),
    ],
)
def test_wrong_usage_of_it_lifts_nothing(desk: Desk, argv: list[str], said: str) -> None:
    desk.take_down(FR)
    before = (desk.folder / "posts/approvals.toml").read_bytes()
    ran = desk("approve", *argv, "--again", *BY_HAND)
    assert ran.status == 2
    assert said in ran.said
    assert (desk.folder / "posts/approvals.toml").read_bytes() == before
    with closing(desk.ledger) as ledger:
        assert len(ledger.withdrawals()) == 1


@pytest.mark.parametrize("argv", [[], ["--yes"], ["--by", "Cem"], ["--json", "--by", "Cem"]])
def test_without_a_terminal_it_takes_a_yes_and_a_name(desk: Desk, argv: list[str]) -> None:
    desk.take_down(FR)
    ran = desk("approve", "1", "--language", "fr", "--again", *argv)
    assert ran.status == 2
    assert "--yes and --by" in ran.err
    assert set(desk.stored.withdrawals) == {FR}


def test_it_speaks_json(desk: Desk) -> None:
    desk.take_down(FR)
    said = desk("approve", "1", "--language", "fr", "--again", "--json", *BY_HAND).json
    assert (said["by"], said["approved"]) == ("Cem", ["01/fr"])
    assert said["was"][0]["reason"] == "a wrong date"


@pytest.mark.integration
@pytest.mark.parametrize(("answer", "posted"), [("", False), ("n", False), ("y", True)])
def test_on_a_terminal_it_asks_and_enter_is_no(tmp_path: Path, answer: str, posted: bool) -> None:
    config = campaigns.write(tmp_path, campaigns.files(("en", "fr"), config="start = 2026-11-25\n"))
    plan = plan_of(config)
    approvals.approve(plan, approvals_content.subjects(plan), "Ben", DUE - timedelta(days=1))
    approvals.withdraw(tmp_path / "posts", FR, "Ann Peeters", DUE - timedelta(hours=4), "a wrong date")
    words = ["approve", "1", "--language", "fr", "--again", "--by", "Cem"]
    terminal = Terminal(words, tmp_path, tmp_path / "keys.json", {"NO_COLOR": "1", "AHEAD": f"{ahead(DUE)}"})
    shown = terminal.until("Post this text again? [y/N]: ")
    assert "Day 1 in fr, from Nairobi." in shown
    assert "Ann Peeters, 25 Nov 02:00 UTC: a wrong date" in " ".join(shown.split())
    terminal.type(answer)
    assert terminal.end() == 0
    stored = approvals.load(tmp_path / "posts")
    assert (FR in stored.entries) is posted
    assert (FR in stored.withdrawals) is not posted


def test_a_text_with_an_error_stays_withdrawn(desk: Desk) -> None:
    desk.take_down(FR)
    desk.write("posts/01-day/fr.toml", 'text = "{nobody}"\n')
    ran = desk("approve", "1", "--language", "fr", "--again", *BY_HAND)
    assert ran.status == 1
    assert "It stays withdrawn" in ran.said
    assert set(desk.stored.withdrawals) == {FR}


# When the ledger can't be asked


def test_with_a_ledger_that_cannot_be_read_nothing_withdrawn_is_approved_and_nothing_lifted(desk: Desk) -> None:
    desk.take_down(FR)
    desk.write("posts/02-day/en.toml", 'text = "Changed."\n')
    for file in desk.folder.glob("orangeday.db*"):
        if file.is_file():
            file.unlink()
    (desk.folder / "orangeday.db").write_bytes(b"no ledger " * 1000)
    before = (desk.folder / "posts/approvals.toml").read_bytes()
    ran = desk("approve", "1", "--language", "fr", "--again", *BY_HAND)
    assert ran.status == 2
    assert "stays withdrawn, and nothing was written" in ran.said
    assert (desk.folder / "posts/approvals.toml").read_bytes() == before
    ran = desk("approve", "all", "--by", "Ben")
    assert ran.status == 0
    assert "known from approvals.toml alone" in ran.said
    assert f"To be asked whether it may after all: {AGAIN}" in ran.said
    assert set(desk.stored.withdrawals) == {FR}
    assert desk.stored.entries[Subject(2, "en", None)].moment == system_clock()


def test_no_ledger_is_made_by_asking_for_one(desk: Desk) -> None:
    desk.take_down(FR, where="file")
    for file in desk.folder.glob("orangeday.db*"):
        if file.is_file():
            file.unlink()
    assert desk("approve", "all", "--by", "Ben").status == 0
    assert desk("approve", "1", "--language", "fr", "--again", *BY_HAND).status == 0
    assert not (desk.folder / "orangeday.db").exists()
    assert FR in desk.stored.entries


# An approval from elsewhere


@pytest.mark.invariant(14)
def test_an_approval_that_comes_from_elsewhere_lifts_nothing_here(desk: Desk) -> None:
    elsewhere = (desk.folder / "posts/approvals.toml").read_bytes()
    desk.take_down(FR)
    (desk.folder / "posts/approvals.toml").write_bytes(elsewhere)  # git checkout, or a pull
    here = "ay 1 in “fr” is approved in approvals.toml, but withdrawn here by Ann Peeters (25 Nov 03:30 UTC: a wrong "
    here += "date)"
    for command in (["status"], ["approve", "all", "--by", "Ben"]):
        assert f"{here}: nothing of it goes out. To be asked whether it may after all: {AGAIN}" in desk(*command).said
    assert f"{here} → {AGAIN}" in desk("approve", "--diff").said
    assert "1 withdrawn" in desk("doctor", "--offline", "-v").said
    desk.clock.move_to(DUE + timedelta(minutes=5))
    desk("publish")
    assert ("01/fr", "nairobi/x") not in desk.posted
    assert desk("approve", "1", "--language", "fr", "--again", *BY_HAND).status == 0
    desk("publish")
    assert ("01/fr", "nairobi/x") in desk.posted


# Typing what the program suggests

_LINE = re.compile(r"orangeday (approve(?: [a-z0-9-]+)+)")


@pytest.mark.invariant(14)
def test_whoever_types_every_line_that_is_suggested_brings_nothing_back(desk_of_three_days: Desk) -> None:
    """All but --again, which says what it does, and asks; over and over, until nothing that is said changes."""
    desk = desk_of_three_days
    for where, subject in (("both", FR), ("file", Subject(2, "en", None)), ("ledger", Subject(2, "fr", None))):
        desk.take_down(subject, where=where)
    desk.write("posts/03-day/en.toml", 'text = "Changed, and to be approved."\n')
    typed: set[str] = set()
    for day in range(2):
        for minutes in (5, 200):
            desk.clock.move_to(DUE + timedelta(days=day, minutes=minutes))
            said: list[str] = []
            for _ in range(3):
                before = said
                said = [desk(*words).said for words in (
                    ["publish"], ["status"], ["check"], ["calendar"], ["approve", "--diff"], ["doctor", "--offline"],
                    ["preview", "--html", "-"], ["publish", "--dry-run"],
                )]  # fmt: skip
                lines = {match[1].rstrip("-") for text in said for match in _LINE.finditer(text)}
                for line in sorted(lines):
                    if "--again" in line:
                        assert desk(*shlex.split(line)).status == 2, "without a yes and a name"
                    else:
                        typed.add(line)
                        said.append(desk(*shlex.split(line), *([] if "diff" in line else ["--by", "Ben"])).said)
                if said == before:
                    break
    assert "approve --diff" in typed
    assert not {text for text, at in desk.posted if "tokyo" not in at} & {"01/fr", "02/en", "02/fr"}
    assert ("01/en", "nairobi/x") in desk.posted


# Next year


@pytest.mark.invariant(17)
def test_next_year_begins_with_none_approved_and_shows_what_is_word_for_word_the_same(desk: Desk) -> None:
    desk.take_down(FR)
    desk.clock.move_to(datetime(2027, 11, 20, tzinfo=UTC))
    desk.write("posts/02-day/en.toml", 'text = "Another year."\n')
    for name in ("check", "calendar"):
        said = desk(name).said
        assert "Approved: 0 of 33 texts, 0 of 2 embassies." in said, name
        assert "Approved for 16days-2026, not for 16days-2027: 01/en" in said, name
        assert "These are not sent until they are approved: orangeday approve --diff" in said, name
        assert "taken down by Ann Peeters, 25 Nov 2026 03:30 UTC: a wrong date" in said, name
    assert "approved for 16days-2026, not for 16days-2027" in desk("doctor", "--offline").said
    ran = desk("approve", "--diff")
    assert ran.status == 1
    assert "day 2 in “en” is approved for 16days-2026, not for 16days-2027" in ran.said
    assert "[-Day 2 in en, from {city}" in ran.said
    assert "Approved for 16days-2026, not for 16days-2027; word for word as then, 33: 01/en" in ran.said
    kinds = {c["subject"]: (c["kind"], c["approved_for"]) for c in desk("approve", "--diff", "--json").json["changes"]}
    assert kinds["02/en"] == kinds["embassies/tokyo"] == ("campaign", "16days-2026")
    assert kinds["01/fr"][0] == "withdrawn"
    page = desk("preview", "--html", "-").out
    assert "Approved for 16days-2026, not for 16days-2027: 32 texts, of which 31 read word for word as then." in page
    desk.clock.move_to(datetime(2027, 11, 25, 6, 5, tzinfo=UTC))
    assert "published" not in desk("publish").out
    assert desk.posted == set()
    desk.clock.move_to(datetime(2027, 11, 20, tzinfo=UTC))
    assert desk("approve", "all", "--by", "Dee").status == 0
    assert {entry.campaign for entry in desk.stored.entries.values()} == {"16days-2027"}
    assert set(desk.stored.withdrawals) == {FR}, "what was taken down last year isn't approved in a bundle this year"
    assert desk("approve", "--diff").status == 0
