"""The first live start in the midst of a campaign: a person is asked, and until one has said so nothing goes out.

On the stand-in for X, in a real terminal; day 5, Nairobi posts at 06:00 UTC.
"""

from __future__ import annotations

import io
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from orangeday.engine.status import statuses
from orangeday.ledger.ledger import Ledger, throwaway
from orangeday.ledger.records import ALL_ACCOUNTS, PROGRAM_ACTOR, Home, Pause
from orangeday.system import machine
from orangeday.views.terminal.board import board

from ..support import campaigns
from ..support.common import Clock, plan_of
from ..support.offices import XOffice
from ..support.offset_clock import ahead
from ..support.running_schedule import scheduled, set_clocks
from ..support.terminal import Terminal

DAY_5 = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
"""Day 5 in Nairobi, at nine o'clock."""
CAMPAIGN, KEY = "16days-2026", "16days-2026/05/nairobi/x/en"
QUESTION = "Has another computer already posted for these accounts in this campaign? [yes/no] "
SOON = 4
"""Seconds after its hour at which an account on X is looked at."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal of this kind")


@pytest.fixture
def office(x_office: XOffice) -> XOffice:
    """A fresh folder, all of it approved on day 5 before the hour; no live run has been there."""
    x_office.accounts["nairobi"] = x_office.x.account()
    x_office.credentials("nairobi", "x", x_office.x.credentials(x_office.account))
    handle = x_office.account.handle
    x_office.write(campaigns.on_x(campaigns.files(), x_office.x.url, f"{SOON}s", nairobi=handle))
    x_office.environment.chdir(x_office.folder)
    x_office.environment.setenv("COLUMNS", "200")
    x_office.at(DAY_5 - timedelta(hours=1))
    x_office.approve()
    assert not (x_office.folder / "orangeday.db").exists()
    return x_office


class Started(Terminal):
    """`schedule --live` in a terminal, a little after the hour of day 5."""

    def __init__(
        self, office: XOffice, moment: datetime = DAY_5 + timedelta(seconds=SOON + 1), under: Sequence[str] = ()
    ) -> None:
        office.at(moment)
        keys = office.folder / "keys.json"
        environment = {"AHEAD": str(ahead(moment)), "NO_COLOR": "1"}
        super().__init__(["schedule", "--live"], office.folder, keys, environment, under=under)

    def stop(self) -> int:
        self.press(b"\x03")
        return self.end()


def pauses(office: XOffice) -> list[tuple[str, str]]:
    """Which pauses are in the ledger, and whose they are, as any program reads them."""
    with closing(sqlite3.connect(office.folder / "orangeday.db")) as ledger:
        return ledger.execute("SELECT scope, who FROM pause").fetchall()


def log(office: XOffice) -> list[tuple[str, str, str]]:
    """What a person or orangeday has decided, and who."""
    with closing(sqlite3.connect(office.folder / "orangeday.db")) as ledger:
        wanted = "SELECT what, detail, who FROM event WHERE what IN ('paused', 'resumed') ORDER BY id"
        return [(what, detail.partition(":")[0], who) for what, detail, who in ledger.execute(wanted)]


# The question


@pytest.mark.invariant(8)
@pytest.mark.parametrize("word", ["no", " No "])
def test_no_ends_the_pause_and_the_post_goes_out(office: XOffice, word: str) -> None:
    ran = Started(office)
    asked = ran.until(QUESTION)
    assert f"The accounts: @{office.account.handle} on X." in " ".join(asked.split())
    assert pauses(office) == [(ALL_ACCOUNTS, PROGRAM_ACTOR)], "the pause is in the ledger before the question is asked"
    ran.type(word)
    ran.until("the pause is over.")
    ran.until("1 published", 60)
    assert "PAUSED" not in ran.seen
    assert ran.stop() == 0
    assert office.said() == ["Day 5 in en, from Nairobi."]
    assert pauses(office) == []
    me = machine.user()
    assert log(office) == [("paused", ALL_ACCOUNTS, PROGRAM_ACTOR), ("resumed", ALL_ACCOUNTS, me)]
    assert len(office.x.named("getUsersPosts")) >= 1, "the account was looked at before it was sent"


@pytest.mark.invariant(8)
@pytest.mark.parametrize("answer", ["", "yes", "n", "nein", "no, I don't think so", "\x04"])
def test_any_other_answer_leaves_it_on(office: XOffice, answer: str) -> None:
    ran = Started(office)
    ran.until(QUESTION)
    ran.press(answer.encode()) if answer == "\x04" else ran.type(answer)
    ran.until("Everything stays paused, and nothing is sent.")
    ran.until("PAUSED. It would go on with:", 60)
    ran.until("1 held", 60)
    assert "Next in" not in ran.seen
    assert ran.stop() == 1
    assert "PAUSED, and stopped: nothing goes out until `orangeday resume`" in " ".join(ran.seen.split())
    assert "by orangeday: 16days-2026 is running" in " ".join(ran.seen.split())
    assert not office.sends() and pauses(office) == [(ALL_ACCOUNTS, PROGRAM_ACTOR)]


@pytest.mark.invariant(8)
def test_ctrl_c_at_the_question_leaves_it_on(office: XOffice) -> None:
    ran = Started(office)
    ran.until(QUESTION)
    assert ran.stop() == 1
    assert "Everything stays paused until `orangeday resume`" in ran.seen and "Traceback" not in ran.seen
    assert pauses(office) == [(ALL_ACCOUNTS, PROGRAM_ACTOR)] and not office.sends()


@pytest.mark.invariant(8)
def test_a_kill_while_the_question_stands_leaves_it_on_and_a_persons_word_then_holds(office: XOffice) -> None:
    ran = Started(office)
    ran.until(QUESTION)
    ran.kill()
    assert ran.end() == -signal.SIGKILL
    assert pauses(office) == [(ALL_ACCOUNTS, PROGRAM_ACTOR)]
    again = Started(office)
    again.until("PAUSED. It would go on with:", 60)
    assert QUESTION.strip() not in " ".join(again.seen.split()), "it is asked once"
    assert again.stop() == 1 and not office.sends()
    assert office("resume", "--by", "Ann").status == 0
    last = Started(office)
    last.until("1 published", 60)
    assert last.stop() == 0
    assert [(what, who) for what, _, who in log(office)] == [("paused", PROGRAM_ACTOR), ("resumed", "Ann")]


@pytest.mark.invariant(8)
def test_what_others_do_while_the_question_stands_finds_the_pause_on(office: XOffice) -> None:
    ran = Started(office)
    ran.until(QUESTION)
    published = office("publish", "--live", "--json")
    assert published.status == 1 and published.states == {KEY: "held"}
    assert "by orangeday" in published.deliveries[KEY]["error"]
    ran.type("no")
    ran.until("1 published", 60)
    assert ran.stop() == 0 and len(office.live()) == 1


@pytest.mark.invariant(8)
def test_a_pause_that_a_person_puts_on_meanwhile_holds_whatever_is_answered(office: XOffice) -> None:
    ran = Started(office)
    ran.until(QUESTION)
    assert office("pause", "--by", "Ann", "--reason", "mourning").status == 0
    ran.type("no")
    ran.until("PAUSED. It would go on with:", 60)
    assert "the pause is over" not in ran.seen
    assert ran.stop() == 0, "it is Ann's pause, and she knows of it"
    assert pauses(office) == [(ALL_ACCOUNTS, "Ann")] and not office.sends()


@pytest.mark.invariant(8)
def test_what_was_typed_before_the_question_is_no_answer_to_it(office: XOffice) -> None:
    ran = Started(office)
    ran.type("no")
    ran.until(QUESTION)
    ran.type("")
    ran.until("Everything stays paused")
    ran.until("PAUSED. It would go on with:", 60)
    assert ran.stop() == 1 and pauses(office) == [(ALL_ACCOUNTS, PROGRAM_ACTOR)]


# Where nobody is asked


@pytest.mark.invariant(8)
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_without_a_terminal_it_starts_paused_and_ends_with_1(office: XOffice, name: signal.Signals) -> None:
    with scheduled(office, DAY_5 + timedelta(seconds=10)) as running:
        running.says("PAUSED: Everything is paused")
        running.process.send_signal(name)
        assert running.process.wait(60) == 1, running.said
    said = running.said
    assert QUESTION.strip() not in said
    assert "PAUSED. It would go on with: 30 Nov 06:00 UTC" in said and "Next: 30 Nov" not in said
    assert f"by {PROGRAM_ACTOR}: 16days-2026 is running" in said and f"by {machine.user()}" not in said
    assert "PAUSED, and stopped: nothing goes out until `orangeday resume`, and a new start." in said
    assert not office.sends()


_IN_THE_BACKGROUND = """
# As `orangeday schedule --live &` in a shell; Ctrl-C here ends it.
import os, signal, sys
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.execv(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGINT, lambda *_: os.kill(child, signal.SIGTERM))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.invariant(8)
def test_in_the_background_nobody_is_asked_and_it_is_not_stopped_by_asking(office: XOffice) -> None:
    ran = Started(office, under=[sys.executable, "-c", _IN_THE_BACKGROUND])
    ran.until("PAUSED. It would go on with:", 60)
    assert QUESTION.strip() not in " ".join(ran.seen.split())
    assert ran.stop() == 1


@pytest.mark.invariant(8)
def test_once_a_person_has_resumed_it_ends_with_0(office: XOffice) -> None:
    with scheduled(office, DAY_5 + timedelta(seconds=10)) as running:
        running.says("PAUSED: Everything is paused")
        assert office("resume", "--by", "Ann").status == 0
        set_clocks(office, DAY_5 + timedelta(minutes=2))
        running.says("Nothing is paused any more.")
        assert running.stop() == 0, running.said
    assert "Stopped. The same command goes on from here." in running.said


@pytest.mark.invariant(8)
def test_a_publish_that_pauses_everything_ends_with_1_even_where_nothing_is_due(office: XOffice) -> None:
    office.at(DAY_5 - timedelta(hours=2))
    ran = office("publish", "--live")
    assert ran.status == 1
    assert "nothing at Sun 29 Nov 07:00 UTC+3. PAUSED." in ran.out
    assert f"Everything is paused since Sun 29 Nov 07:00 UTC+3 by {PROGRAM_ACTOR}:" in ran.err
    assert ran.err.count("orangeday resume") == 1
    again = office("publish", "--live")
    assert again.status == 0, "nothing is due, and nothing new has happened"
    assert "PAUSED." in again.out
    office.at(DAY_5 + timedelta(minutes=1))
    assert office("publish", "--live").status == 1


@pytest.mark.invariant(8)
@pytest.mark.parametrize("how", ["moved", "lost", "of another campaign"])
def test_a_ledger_that_is_not_new_pauses_as_ever_and_asks_nobody(office: XOffice, how: str) -> None:
    office.at(datetime(2026, 11, 24, 12, tzinfo=UTC))
    assert office("publish", "--live").status == 0
    if how == "lost":
        (office.folder / "orangeday.db").unlink()
    elif how == "moved":
        shutil.move(office.folder / "orangeday.db", office.folder / "other.db")
        config = (office.folder / "config.toml").read_text("utf-8")
        office.write({"config.toml": f'{config}\n[ledger]\nurl = "sqlite:///other.db"\n'})
    else:
        config = (office.folder / "config.toml").read_text("utf-8")
        office.write({"config.toml": config.replace("[campaign]\n", "[campaign]\nstart = 2026-11-25\n")})
        office.write({"posts/campaign.toml": 'id = "orange"\n'})
        office.approve()
    ran = Started(office)
    ran.until("PAUSED. It would go on with:", 60)
    assert QUESTION.strip() not in " ".join(ran.seen.split())
    assert f"by {PROGRAM_ACTOR}" in " ".join(ran.seen.split())
    assert ran.stop() == 1 and not office.sends()


@pytest.mark.invariant(8)
def test_before_day_1_nobody_is_asked_and_nothing_is_paused(office: XOffice) -> None:
    ran = Started(office, datetime(2026, 11, 24, 12, tzinfo=UTC))
    ran.until("Next in")
    assert "Today is" not in ran.seen and QUESTION.strip() not in ran.seen
    assert ran.stop() == 0 and pauses(office) == []


# What is said of it before and after


def test_doctor_says_so_beforehand_and_no_longer_once_it_is_decided(office: XOffice) -> None:
    def doctor() -> str:
        ran = office("doctor", "--offline", "-v")
        return " ".join(ran.out.split())

    office.at(DAY_5 - timedelta(days=10))
    assert "late start" not in doctor()
    assert office("doctor", "--offline").status == 0
    office.at(DAY_5)
    warning = (
        "late start the campaign is running and this computer's record of posts is new: the first live start asks "
        "whether another computer has already posted; without a terminal it starts paused until `orangeday resume`"
    )
    said = doctor()
    assert warning in said and "✗ failure late start" in said
    assert office("doctor", "--offline").status == 1
    assert "campaign Today is day 5 of 16 (Sun 29 Nov 2026). 12 of 16 posts are still to come; the 4 of days" in said
    assert "12 of 12 texts, 1 of 1 embassy, of what is still to come" in said
    assert not (office.folder / "orangeday.db").exists(), "doctor makes no ledger"
    assert office("pause").status == 0 and office("resume").status == 0  # which makes one that nothing was sent by
    assert warning in doctor()
    assert office("publish", "--live").status == 1
    said = doctor()
    assert "late start" not in said and f"by {PROGRAM_ACTOR}" in said
    (office.folder / "orangeday.db").unlink()
    said = doctor()
    assert warning not in said
    assert "orangeday.db, which was used here before, is gone: the next live start pauses everything" in said


def test_doctor_after_the_last_day_says_that_it_is_over(office: XOffice) -> None:
    office.at(datetime(2026, 12, 11, 5, tzinfo=UTC))
    ran = office("doctor", "--offline")
    assert "The campaign is over. Its last day was Thu 10 Dec 2026." in " ".join(ran.out.split())
    assert "late start" not in ran.out and "schedule --live" not in ran.out + ran.err


def slow(office: XOffice) -> None:
    """X is looked at eight minutes after the hour."""
    config = (office.folder / "config.toml").read_text("utf-8")
    office.write({"config.toml": config.replace(f'settle_after = "{SOON}s"', 'settle_after = "8m"')})


def resumed(office: XOffice, moment: datetime) -> None:
    office.at(moment)
    assert office("publish", "--live").status == 1
    assert office("resume", "--by", "Ann").status == 0


def test_what_waits_on_x_says_why_and_until_when(office: XOffice) -> None:
    slow(office)
    resumed(office, DAY_5 - timedelta(hours=2))
    office.at(DAY_5)
    waiting = office("publish", "--live", "--json")
    of = f"looking at @{office.account.handle} first, because this computer started mid-campaign"
    why = f"{of}; goes out about 09:08 UTC+3"
    assert (waiting.states[KEY], waiting.deliveries[KEY]["error"]) == ("deferred", why)
    assert why in office("status").out
    office.at(DAY_5 + timedelta(minutes=8, seconds=1))
    assert office("publish", "--live", "--json").states == {KEY: "published"}


def test_one_that_waits_on_x_and_is_missed_says_what_became_of_it(office: XOffice) -> None:
    slow(office)
    resumed(office, DAY_5 - timedelta(hours=2))
    office.at(DAY_5)
    assert office("publish", "--live", "--json").states == {KEY: "deferred"}
    office.at(DAY_5 + timedelta(hours=7))
    missed = office("publish", "--live", "--json")
    assert missed.states == {KEY: "missed"}
    assert missed.deliveries[KEY]["error"] == "nothing was running from 09:00 UTC+3 on"


@pytest.mark.parametrize("how", ["moved", "another"])
def test_what_waits_for_another_reason_says_that_one(office: XOffice, how: str) -> None:
    slow(office)
    office.at(datetime(2026, 11, 24, 12, tzinfo=UTC))
    assert office("publish", "--live").status == 0
    if how == "moved":
        shutil.move(office.folder / "orangeday.db", office.folder / "other.db")
        config = (office.folder / "config.toml").read_text("utf-8")
        office.write({"config.toml": f'{config}\n[ledger]\nurl = "sqlite:///other.db"\n'})
    else:
        for file in machine.state_folder().rglob("machine"):
            file.unlink()
    resumed(office, DAY_5 - timedelta(hours=2))
    office.at(DAY_5)
    waiting = office("publish", "--live", "--json").deliveries[KEY]["error"]
    assert "because the record of posts was moved or restored; goes out about 09:08 UTC+3" in waiting


def test_schedule_prices_what_the_page_and_check_price(office: XOffice) -> None:
    """Whatever is due and held as it starts."""
    line = "X will charge about $0.18 for 12 posts, none with a link, at the prices listed on 2026-08-01."
    office.at(DAY_5 + timedelta(seconds=SOON + 1))
    for command in (["check"], ["rehearse"], ["preview", "--html", "-"]):
        said = office(*command)
        assert line in " ".join((said.out + said.err).split()), command
    ran = Started(office)
    assert line in " ".join(ran.until(QUESTION).split())
    assert ran.stop() == 1


def test_a_start_later_on_says_what_went_out(office: XOffice) -> None:
    resumed(office, DAY_5 + timedelta(seconds=SOON + 1))
    assert office("publish", "--live", "--json").states == {KEY: "published"}
    ran = Started(office, DAY_5 + timedelta(minutes=5))
    said = " ".join(ran.until("Next in").split())
    line = "11 of 16 posts are still to come; 1 went out; 4 are over and will not be sent."
    assert f"Today is day 5 of 16 (Sun 29 Nov 2026). {line}" in said
    assert "X will charge about $0.17 for 11 posts" in said
    assert ran.stop() == 0


# The ledger


@pytest.fixture
def clock() -> Clock:
    return Clock(DAY_5)


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    """On SQLite and on PostgreSQL, by somebody whose name on the machine is orangeday's own."""
    with closing(Ledger(ledger_url, clock, actor=PROGRAM_ACTOR)) as ledger:
        yield ledger


@pytest.mark.invariant(8)
def test_a_new_ledger_is_settled_in_once_and_a_persons_word_holds(ledger: Ledger, clock: Clock) -> None:
    assert ledger.home_state(CAMPAIGN, is_running=True)[0] is Home.NEW
    settled = ledger.claim_home(CAMPAIGN, is_running=True)
    assert settled.home is Home.NEW and settled.pause and ledger.pauses() == (settled.pause,)
    assert ledger.is_doubtful(CAMPAIGN) and ledger.has_seen(CAMPAIGN)
    assert ledger.claim_home(CAMPAIGN, is_running=True).pause is None and len(ledger.pauses()) == 1
    clock.now += timedelta(minutes=1)
    assert ledger.resume(ALL_ACCOUNTS, pause=settled.pause) and not ledger.pauses()
    assert ledger.home_state(CAMPAIGN, is_running=True)[0] is Home.FAMILIAR
    assert ledger.claim_home(CAMPAIGN, is_running=True).pause is None and not ledger.pauses()
    assert ledger.is_doubtful(CAMPAIGN), "X is looked at before each post all the same"


@pytest.mark.invariant(8)
def test_the_answer_ends_no_other_pause_than_its_own(ledger: Ledger, clock: Clock) -> None:
    settled = ledger.claim_home(CAMPAIGN, is_running=True)
    assert settled.pause
    clock.now += timedelta(minutes=1)
    ledger.pause(ALL_ACCOUNTS, "mourning")
    assert not ledger.resume(ALL_ACCOUNTS, pause=settled.pause)
    (pause,) = ledger.pauses()
    assert pause.since == clock.now and pause.reason.startswith("mourning; orangeday had paused it before: 16days-2026")
    assert [event.action for event in ledger.events()].count("resumed") == 0


@pytest.mark.invariant(8)
def test_where_a_person_has_paused_already_nobody_is_asked(ledger: Ledger) -> None:
    ledger.pause(ALL_ACCOUNTS, "by hand")
    settled = ledger.claim_home(CAMPAIGN, is_running=True)
    assert settled.pause is None and ledger.pauses()[0].reason == "by hand"


# The board


def test_the_board_counts_down_to_what_is_not_paused(tmp_path: Path) -> None:
    zones = {"tokyo": "Asia/Tokyo", "lima": "America/Lima"}
    plan = plan_of(campaigns.write(tmp_path, campaigns.files(embassies=zones)))
    now = DAY_5 - timedelta(hours=12)
    with throwaway(Clock(now)) as empty:
        standings = {standing.delivery.key: standing for standing in statuses(plan, empty, now, plan)}

    def drawn(*scopes: str) -> str:
        console, on = Console(width=80, file=io.StringIO()), [Pause(scope, now, "", "Ann") for scope in scopes]
        console.print(board(plan, standings, now, "LIVE", None, (80, 40), on))
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    assert "Next in 06:00:00" in drawn()
    assert "Next in 06:00:00" in drawn("tokyo/x"), "Bluesky goes on there"
    assert "Next in 20:00:00" in drawn("tokyo")
    for scopes in (["everything"], ["tokyo", "lima"], ["x", "bluesky"]):
        assert "PAUSED. It would go on with:" in drawn(*scopes) and "Next in" not in drawn(*scopes)


def test_the_board_says_why_a_post_waits_and_until_when(office: XOffice) -> None:
    slow(office)
    resumed(office, DAY_5 - timedelta(hours=2))
    ran = Started(office, DAY_5 + timedelta(seconds=1))
    handle = office.account.handle
    ran.until(
        f"… looking at @{handle} first, because this computer started mid-campaign; goes out about 09:08 UTC+3", 60
    )
    assert ran.stop() == 0
