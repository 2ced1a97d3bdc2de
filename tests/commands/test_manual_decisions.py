"""The brake and what people decide by hand, through the command line: live runs on accounts that keep books."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
import time_machine

from orangeday.adapters import ADAPTERS
from orangeday.adapters.base import Payload, Receipt
from orangeday.adapters.x import adapter as x
from orangeday.clock import system_clock
from orangeday.commands.connector import connector
from orangeday.content.plan import Delivery
from orangeday.errors import OrangedayError
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS
from orangeday.ledger.states import State
from orangeday.retry import UNTIL_RELEASED
from orangeday.system import credentials

from ..support import campaigns, live_accounts
from ..support.book_desk import BookDesk, open_accounts, with_sound_handles
from ..support.common import ROOT, plan_of
from ..support.dry_run_accounts import entries
from ..support.login_stubs import Keys
from ..support.offset_clock import environment_at

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""
TO_COME = ("scheduled", "unapproved")
CLOSES = DUE + timedelta(hours=6)
X = "16days-2026/01/nairobi/x/en"
BLUESKY = "16days-2026/01/nairobi/bluesky/en"
POST = "https://x.com/example/status/1234567890"


class Desk(BookDesk):
    """One with a single embassy, Nairobi."""

    @property
    def delivery(self) -> Delivery:
        found = plan_of(self.folder / "config.toml").find(X)
        assert found
        return found

    def states(self) -> dict[str, str]:
        """The states of all that is due."""
        return {key: state for key, state in self("status", "--json").states.items() if state not in TO_COME}


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    open_accounts(monkeypatch, ["nairobi"])
    campaigns.write(tmp_path, with_sound_handles(campaigns.files(config='[publishing]\nmode = "live"\n'), ["nairobi"]))
    with time_machine.travel(DUE - timedelta(hours=1), tick=False) as clock:
        desk = Desk(tmp_path, clock, capsys)
        assert desk("approve", "all", "--by", "Ann").status == 0
        assert desk("publish").status == 0  # the ledger has seen the accounts before anything was due
        clock.move_to(DUE)
        yield desk


# What a live run needs


def test_with_all_it_needs_a_live_run_sends(desk: Desk) -> None:
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]


def test_without_approval_a_live_run_holds_and_says_what_to_type(desk: Desk) -> None:
    (desk.folder / "posts/approvals.toml").unlink()
    ran = desk("publish", "--live")
    assert (ran.status, desk.posts) == (1, [])
    assert "‖ held" in ran.out
    assert "orangeday approve 1 --language en" in ran.out


def test_without_the_embassys_approval_a_live_run_holds(desk: Desk) -> None:
    (desk.folder / "posts/approvals.toml").unlink()
    assert desk("approve", "1-16", "--by", "Ann").status == 0
    ran = desk("publish", "--live")
    assert (ran.status, desk.posts) == (1, [])
    assert "orangeday approve --embassy nairobi" in ran.out


def test_a_live_run_that_pauses_all_since_another_user_ran_the_last_one_says_so_and_needs_a_person(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As cron of root's does it, beside the officer who began."""
    with closing(desk.ledger) as ledger:
        began = ledger.actor
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("theirs")))
    ran = desk("publish", "--live")
    assert (ran.status, desk.posts) == (1, [])
    assert f"by another user of this machine, {began}" in " ".join((ran.out + ran.err).split())
    assert desk("publish", "--live").status == 1, "what is due waits for a person"
    assert desk("resume").status == 0
    assert desk("publish", "--live").status == 0
    assert desk.posts == [BLUESKY, X]


def test_without_an_adapter_a_live_run_ends_before_anything(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ADAPTERS, "x")
    for command in ("publish", "schedule"):
        ran = desk(command, "--live")
        assert (ran.status, desk.posts) == (2, [])
        assert "can't send to x" in ran.err


def test_without_any_credentials_a_live_run_ends_before_anything(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for platform in ("x", "bluesky"):
        for variable in credentials.variables("nairobi", platform).values():
            monkeypatch.delenv(variable)
    for command in ("publish", "schedule"):
        ran = desk(command, "--live")
        assert (ran.status, desk.posts) == (2, [])
        assert "No account has its credentials here; nothing was sent." in ran.err
        assert "ORANGEDAY_NAIROBI_X_ACCESS_TOKEN" in ran.err
    with closing(desk.ledger) as ledger:
        assert not ledger.rows([X, BLUESKY])


def test_a_keyring_that_cannot_be_read_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORANGEDAY_NAIROBI_X_ACCESS_TOKEN")
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]  # its base carries none
    try:
        assert "no credentials here (its keyring can't be read: NoKeyringError): set" in desk("publish").out
    finally:
        keyring.set_keyring(before)


def test_a_keyring_is_asked_no_further_than_to_the_first_account_that_has_credentials(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each question takes milliseconds, and two hundred accounts have six hundred of them."""
    asked: list[str] = []

    class Keyring(Keys):
        def get_password(self, service: str, username: str) -> str | None:
            asked.append(username)
            return super().get_password(service, username)

    plan = plan_of(desk.folder / "config.toml")
    of = {a.platform: list(credentials.variables(a.embassy, a.platform).values()) for a in plan.accounts}
    first, second = of.values()
    for variable in second:
        monkeypatch.delenv(variable)
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]  # its base carries none
    try:
        connector(plan, live=True, clock=system_clock)
        assert asked == []
        for variable in first:
            monkeypatch.delenv(variable)
        with pytest.raises(OrangedayError, match="No account has its credentials here"):
            connector(plan, live=True, clock=system_clock)
        assert {*first, *second} <= set(asked)
    finally:
        keyring.set_keyring(before)


def test_where_only_some_lack_credentials_the_others_go_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORANGEDAY_NAIROBI_X_ACCESS_TOKEN")
    ran = desk("publish", "--live")
    assert (ran.status, desk.posts) == (1, [BLUESKY])
    assert "nairobi/x has no credentials here: set ORANGEDAY_NAIROBI_X_ACCESS_TOKEN" in ran.out
    monkeypatch.setenv("ORANGEDAY_NAIROBI_X_ACCESS_TOKEN", "secret")
    desk.at(DUE + timedelta(minutes=6))
    assert desk("publish", "--live").status == 0
    assert desk.posts == [BLUESKY, X]


@pytest.mark.invariant(8)
def test_a_paused_ledger_sends_nothing(desk: Desk) -> None:
    assert desk("pause", "--reason", "the ambassador called", "--by", "Ann").status == 0
    ran = desk("publish", "--live")
    assert (ran.status, desk.posts) == (1, [])
    assert "Everything is paused since Wed 25 Nov 09:00 UTC+3 by Ann: the ambassador called." in ran.err
    assert "orangeday resume" in ran.err


def test_an_own_decision_needs_no_approval(desk: Desk) -> None:
    (desk.folder / "posts/approvals.toml").unlink()
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace("[publishing]", "[publishing]\nrequire_approval = false"))
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]


@pytest.mark.invariant(8)
def test_late_approval_never_revives_what_was_missed(desk: Desk) -> None:
    (desk.folder / "posts/approvals.toml").unlink()
    assert desk("publish").status == 1
    desk.at(CLOSES)
    assert desk("approve", "all", "--by", "Ann").status == 0
    assert desk("publish").status == 1
    assert (desk.posts, desk.states()) == ([], {X: "missed", BLUESKY: "missed"})


def test_late_approval_inside_the_window_sends(desk: Desk) -> None:
    (desk.folder / "posts/approvals.toml").unlink()
    assert desk("publish").status == 1
    desk.at(CLOSES - timedelta(minutes=1))
    assert desk("approve", "all", "--by", "Ann").status == 0
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]


# Pause and resume


@pytest.mark.parametrize(
    ("scope", "held"),
    [(ALL_ACCOUNTS, [BLUESKY, X]), ("nairobi", [BLUESKY, X]), ("x", [X]), ("nairobi/bluesky", [BLUESKY])],
)
def test_what_is_paused_waits_and_the_rest_goes_out(desk: Desk, scope: str, held: list[str]) -> None:
    assert desk("pause", *([] if scope == ALL_ACCOUNTS else [scope])).status == 0
    assert desk("publish").status == 1
    assert desk.posts == sorted({X, BLUESKY}.difference(held))
    for command in ("publish", "rehearse", "status"):
        said = desk(command)
        assert "paused since" in said.err, command
    assert desk("resume").status == 0
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]


@pytest.mark.integration
@pytest.mark.parametrize("mode", ["--dry-run", "--live"])
def test_schedule_says_that_it_is_paused(desk: Desk, mode: str) -> None:
    desk("pause", "--reason", "the ambassador called", "--by", "Ann")
    code = f"""
import datetime, sys, time_machine
time_machine.travel(datetime.datetime(2026, 11, 25, 6, tzinfo=datetime.UTC), tick=True).start()
from orangeday.adapters import ADAPTERS
ADAPTERS.update(x="tests.support.live_accounts", bluesky="tests.support.live_accounts")
from orangeday.cli import main
sys.exit(main(["schedule", "{mode}"]))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=desk.folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as running:  # fmt: skip
        assert running.stdout
        try:
            lines = iter(running.stdout.readline, "")
            assert any("paused since Wed 25 Nov 09:00 UTC+3 by Ann: the ambassador called" in line for line in lines)
        finally:
            running.terminate()


def test_a_dry_run_says_that_live_runs_are_held(desk: Desk) -> None:
    desk("pause")
    for command in (("publish", "--dry-run"), ("rehearse",)):
        assert "Live runs are held: everything, paused since" in desk(*command).err


@pytest.mark.invariant(8)
def test_resume_lists_what_was_missed_and_sends_none_of_it(desk: Desk) -> None:
    desk("pause", "x")
    desk("publish")
    desk.at(CLOSES + timedelta(minutes=1))
    ran = desk("resume", "--by", "Ben")
    assert ran.status == 1
    assert "1 post was missed meanwhile, and will not go out:" in ran.err
    assert "01/nairobi/x/en" in ran.out
    assert "01/nairobi/bluesky/en" not in ran.out
    desk("publish")
    assert desk.posts == [BLUESKY]


def test_resume_takes_off_one_brake_and_leaves_the_other(desk: Desk) -> None:
    desk("pause", "x", "bluesky")
    ran = desk("resume", "x")
    assert "Still paused: bluesky" in ran.err
    desk("publish")
    assert desk.posts == [X]


def test_a_backup_from_before_a_pause_starts_paused(desk: Desk) -> None:
    with closing(sqlite3.connect("orangeday.db")) as ledger, closing(sqlite3.connect("backup.db")) as backup:
        ledger.backup(backup)
    desk("pause", "--reason", "the ambassador called")
    for file in desk.folder.glob("orangeday.db*"):
        if file.is_file():
            file.unlink()
    (desk.folder / "backup.db").rename("orangeday.db")
    ran = desk("publish")
    assert (ran.status, desk.posts) == (1, [])
    assert "it seems to come from a backup" in ran.err


def test_resume_does_not_promise_what_is_not_approved(desk: Desk) -> None:
    desk("pause")
    (desk.folder / "posts/approvals.toml").unlink()
    assert "will go out" not in desk("resume").err


def test_status_says_what_is_held_whatever_the_mode_of_the_config(desk: Desk) -> None:
    (desk.folder / "posts/approvals.toml").unlink()
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace('mode = "live"', 'mode = "dry-run"'))
    assert desk("publish", "--live").status == 1
    assert desk("status").status == 1
    assert desk.states() == {X: "held", BLUESKY: "held"}
    counts = json.loads(desk("status", "--json").out)["counts"]
    assert counts == {"held": 2, "unapproved": 30}


def test_what_is_not_there_can_be_neither_paused_nor_resumed(desk: Desk) -> None:
    assert desk("pause", "nairoby").status == 2
    assert desk("resume", "x").err.startswith("Nothing is paused in ")
    desk("pause", "bluesky")
    assert desk("resume", "x").status == 2


def test_a_pause_that_is_on_keeps_its_reason(desk: Desk) -> None:
    desk("pause", "--reason", "first", "--by", "Ann")
    desk("pause", "--reason", "second", "--by", "Ben")
    assert "by Ann: first" in desk("status").err


@pytest.mark.integration
@pytest.mark.invariant(8)
def test_pause_waits_for_what_is_in_flight_and_says_so(desk: Desk) -> None:
    with closing(desk.ledger) as ledger:
        ledger.arm(desk.delivery, 0, "dry-run:nairobi/x", Payload("Day 1", {}), DUE)
        name = next(iter(_held(ledger, "dry-run:nairobi/x")))
        code = (
            "import sys, filelock\n"
            f"lock = filelock.FileLock({str(name)!r}); lock.acquire(); print('held', flush=True)\n"
            "sys.stdin.readline(); lock.release()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as sender:
            assert sender.stdin and sender.stdout
            assert sender.stdout.readline() == "held\n"
            pausing = subprocess.Popen(
                [sys.executable, "-m", "tests.support.offset_clock", "pause"], cwd=desk.folder,
                env=environment_at(system_clock()),
                stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            with pausing:
                assert pausing.stderr
                assert "Paused: everything" in pausing.stderr.readline()
                assert "orangeday.db. A live run last looked there at" in pausing.stderr.readline()
                assert X in pausing.stderr.readline()
                assert pausing.poll() is None, "something is in flight"
                sender.stdin.write("\n")
                sender.stdin.flush()
                assert pausing.wait(20) == 0
                assert "Nothing is being sent now." in pausing.stderr.read()


def _held(ledger: Ledger, identity: str) -> Iterator[Path]:
    """The file by which an identity is locked."""
    with ledger.account_lock(identity):
        yield next((Path(ledger.location).parent / "orangeday.db.locks").glob("dry-run-nairobi-x-*"))


# Settle, retry, acknowledge


def bring(desk: Desk, state: State) -> None:
    with closing(desk.ledger) as ledger:
        ledger.arm(desk.delivery, 0, "dry-run:nairobi/x", Payload("Day 1", {"key": X}), DUE)
        if state is State.UNSURE:
            ledger.unsure(X, "no answer; it may be live")
        elif state is State.REFUSED:
            ledger.refused(X, "the platform says no")


@pytest.mark.parametrize("state", [State.UNSURE, State.ARMED])
def test_settled_as_published_it_is_never_sent(desk: Desk, state: State) -> None:
    bring(desk, state)
    ran = desk("settle", "01/nairobi/x/en", "--published", POST, "--by", "Ann")
    assert ran.status == 0
    desk("publish")
    assert desk.posts == [BLUESKY]
    status = json.loads(desk("status", "--json").out)
    mine = next(delivery for delivery in status["deliveries"] if delivery["key"] == X)
    assert (mine["state"], mine["receipt"]["id"], mine["receipt"]["url"]) == ("published", "1234567890", POST)


def test_settled_as_not_published_it_is_sent_once(desk: Desk) -> None:
    bring(desk, State.UNSURE)
    assert desk("settle", X, "--not-published").status == 0
    desk("publish")
    desk("publish")
    assert desk.posts == [BLUESKY, X]


def test_settled_as_not_published_after_its_window_it_is_missed(desk: Desk) -> None:
    bring(desk, State.UNSURE)
    desk.at(CLOSES)
    assert "it is missed" in desk("settle", X, "--not-published").err
    desk("publish")
    assert X not in desk.posts
    assert desk.states()[X] == "missed"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((X,), "Say what you saw"),
        ((X, "--published", POST, "--not-published"), "Say what you saw"),
        ((X, "--published", "https://example.org/1"), "isn't the address of a post there"),
        (("01/nairobi/x/fr", "--not-published"), "The plan has no"),
        ((BLUESKY, "--not-published"), "Nothing has happened to"),
    ],
)
def test_what_cannot_be_settled_is_said_and_nothing_changes(desk: Desk, argv: tuple[str, ...], words: str) -> None:
    bring(desk, State.UNSURE)
    ran = desk("settle", *argv)
    assert ran.status == 2
    assert words in ran.err
    with closing(desk.ledger) as ledger:
        assert ledger.rows([X])[X].state is State.UNSURE


def test_what_is_published_is_not_settled(desk: Desk) -> None:
    desk("publish")
    assert "there is nothing to decide" in desk("settle", X, "--not-published").err


def test_what_is_in_doubt_and_left_the_plan_is_still_told_and_settled(desk: Desk) -> None:
    bring(desk, State.UNSURE)
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace("[embassies.nairobi]", "[embassies.mombasa]"))
    ran = desk("status")
    assert ran.status == 1
    assert f"{X} is unsure, and the plan no longer has it" in ran.err
    assert desk("settle", X, "--published", POST).status == 0
    assert "no longer has it" not in desk("status").err


def test_the_address_of_another_post_settles_nothing(desk: Desk) -> None:
    bring(desk, State.UNSURE)
    desk("settle", X, "--published", POST)
    desk.at(DUE + timedelta(days=1))
    with closing(desk.ledger) as ledger:
        other = plan_of(desk.folder / "config.toml").find(X.replace("/01/", "/02/"))
        assert other
        ledger.arm(other, 0, "dry-run:nairobi/x", Payload("Day 2", {}), other.due)
        ledger.unsure(other.key, "no answer")
    ran = desk("settle", other.key, "--published", POST)
    assert ran.status == 2
    assert "another post's address" in ran.err


@pytest.mark.invariant(1)
def test_what_another_hand_brings_home_meanwhile_is_not_settled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server's ledger a sender may have lost its lock unawares, and its answer come while a person decides."""
    bring(desk, State.UNSURE)

    def late(address: str, identity: str) -> str:
        with closing(desk.ledger) as other:
            other.published(X, Receipt("999", "https://x.com/example_be/status/999", DUE))
        return x.post_id(address, identity)

    monkeypatch.setattr(live_accounts, "ADAPTER", replace(live_accounts.ADAPTER, post_id=late))
    ran = desk("settle", X, "--published", POST)
    assert ran.status == 2
    assert "nothing was decided. Look again with orangeday status." in " ".join(ran.err.replace("`", "").split())
    with closing(desk.ledger) as ledger:
        assert ledger.rows([X])[X].receipt == Receipt("999", "https://x.com/example_be/status/999", DUE)


def test_what_was_refused_goes_out_after_a_retry_and_not_before(desk: Desk) -> None:
    bring(desk, State.REFUSED)
    desk("publish")
    assert desk.posts == [BLUESKY]
    assert desk("retry", X).status == 0
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]


@pytest.mark.parametrize(
    ("state", "moment", "words"),
    [(State.UNSURE, DUE, "is unsure, not refused"), (State.REFUSED, CLOSES, "could be sent until 25 Nov 12:00 UTC")],
)
def test_only_what_was_refused_is_retried_and_only_in_its_window(
    desk: Desk, state: State, moment: datetime, words: str
) -> None:
    bring(desk, state)
    desk.at(moment)
    ran = desk("retry", X)
    assert ran.status == 2
    assert words in ran.err


def hold(desk: Desk, reason: str = "X wants to see a person.", until: datetime = UNTIL_RELEASED) -> None:
    """The account on X waits for a person."""
    with closing(desk.ledger) as ledger:
        ledger.defer_accounts(["nairobi/x"], reason, until, needs_person=True)


@pytest.mark.parametrize("named", ["nairobi/x", X, "01/nairobi/x/en"])
def test_an_account_that_waits_for_a_person_goes_on_when_one_has_said_so(desk: Desk, named: str) -> None:
    hold(desk)
    ran = desk("publish")
    assert (ran.status, desk.posts) == (1, [BLUESKY])
    assert "X wants to see a person." in ran.out
    desk.at(DUE + timedelta(hours=2))
    desk("publish")
    assert desk.posts == [BLUESKY]
    ran = desk("retry", named, "--by", "Ann")
    assert (ran.status, "nairobi/x is tried again within a minute" in ran.err) == (0, True)
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]
    assert "Ann" in next(line for line in desk("status", "--log").out.splitlines() if "account ready" in line)


def test_what_was_deferred_with_its_account_is_tried_at_once_too(desk: Desk) -> None:
    with closing(desk.ledger) as ledger:
        ledger.deferred(desk.delivery, "no credit", DUE + timedelta(hours=1), attempts=0)
    hold(desk, "no credit", DUE + timedelta(hours=1))
    assert desk("retry", "nairobi/x").status == 0
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]


def test_a_refused_post_of_an_account_that_waits_is_tried_with_its_account(desk: Desk) -> None:
    bring(desk, State.REFUSED)
    hold(desk)
    assert desk("retry", X).status == 0
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]


def test_only_an_account_that_waits_for_a_person_is_let_go(desk: Desk) -> None:
    ran = desk("retry", "nairobi/x")
    assert (ran.status, "nairobi/x doesn't wait for you; nothing was changed." in ran.err) == (2, True)
    with closing(desk.ledger) as ledger:
        ledger.defer_accounts(["nairobi/x"], "a limit", DUE + timedelta(hours=1))
    assert desk("retry", "nairobi/x").status == 2, "that passes by itself"
    ran = desk("retry", "nairoby/x")
    assert (ran.status, "nairobi/x" in ran.err) == (2, True)
    hold(desk)
    bring(desk, State.UNSURE)
    ran = desk("retry", X)
    assert (ran.status, "is unsure, not refused" in ran.err) == (2, True)
    assert desk("publish").status == 1, "and its account waits on"


def test_what_its_account_made_wait_is_missed_with_that_reason(desk: Desk) -> None:
    hold(desk)
    desk.at(CLOSES + timedelta(minutes=1))
    ran = desk("status")
    assert "its account waited for a person: X wants to see a person." in ran.out


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (1, "It is tried again by itself: Wed 25 Nov 10:00 UTC+3 (25 Nov 07:00 UTC)."),
        (
            8,
            "It isn't tried again before Wed 25 Nov 17:00 UTC+3 (25 Nov 14:00 UTC), and its time ends at 15:00.",
        ),
    ],
)
def test_status_and_log_say_until_when_a_limit_is_waited_for(desk: Desk, hours: int, words: str) -> None:
    with closing(desk.ledger) as ledger:
        ledger.defer_accounts(["nairobi/x"], "X takes no more posts for now.", DUE + timedelta(hours=hours))
    for command in ("status", "publish"):
        ran = desk(command)
        assert ran.status == (hours == 8), "it never goes out by itself: that is a person's to know"
        assert (words in ran.out) == (command == "status" or hours == 8)


def test_status_shows_what_is_due_now_and_goes_out_by_itself(desk: Desk) -> None:
    shown = desk("status").out.splitlines()
    line = shown[shown.index("Due, and not out yet") + 1]
    assert "Wed 25 Nov 09:00" in line and "X, Bluesky" in line


@pytest.mark.parametrize("state", [State.UNSURE, State.REFUSED])
def test_what_is_acknowledged_alarms_no_longer_until_it_changes(desk: Desk, state: State) -> None:
    bring(desk, state)
    assert desk("status").status == 1
    assert desk("acknowledge", X, "--reason", "seen at the account").status == 0
    assert desk("status").status == 0
    if state is State.REFUSED:
        desk("retry", X)
        with closing(desk.ledger) as ledger:
            ledger.refused(desk.delivery, "no once more")
        assert desk("status").status == 1


def test_a_miss_that_no_run_has_seen_can_be_acknowledged(desk: Desk) -> None:
    desk.at(CLOSES + timedelta(hours=1))
    assert desk("status").status == 1
    assert desk("acknowledge", X, BLUESKY, "--reason", "the laptop slept").status == 0
    assert desk("status").status == 0


def test_what_is_well_cannot_be_acknowledged(desk: Desk) -> None:
    desk("publish")
    assert desk("acknowledge", X, "--reason", "why not").status == 2


# Retract


@pytest.mark.invariant(8)
def test_what_is_retracted_is_gone_and_its_approval_with_it(desk: Desk) -> None:
    desk("publish")
    ran = desk("retract", X, "--yes", "--by", "Ann")
    assert (ran.status, desk.posts) == (0, [BLUESKY])
    assert desk.states() == {X: "retracted", BLUESKY: "published"}
    assert "01/en" in desk("approve", "--diff").out
    desk("approve", "all")
    desk("publish")
    assert desk("approve", "1", "--language", "en", "--again", "--yes", "--by", "Ann").status == 0
    desk("publish")
    assert desk.posts == [BLUESKY], "a tombstone is not sent again"


def test_a_whole_day_is_retracted_at_once(desk: Desk) -> None:
    desk("publish")
    assert desk("retract", "--day", "1", "--yes").status == 0
    assert desk.posts == []
    assert "Nothing of day 2 is published." in desk("retract", "--day", "2", "--yes").err


def test_without_a_terminal_it_asks_nobody_and_takes_nothing_down(desk: Desk) -> None:
    desk("publish")
    ran = desk("retract", X)
    assert (ran.status, desk.posts) == (2, [BLUESKY, X])
    assert "--yes" in ran.err


def test_what_could_not_be_taken_down_stays_published_and_says_so(desk: Desk) -> None:
    desk("publish")
    (desk.folder / "down").touch()
    ran = desk("retract", X, BLUESKY, "--yes")
    assert ran.status == 1
    assert "may still be live: the platform doesn't answer" in ran.err
    assert desk.states() == {X: "published", BLUESKY: "published"}
    (desk.folder / "down").unlink()
    assert desk("retract", X, BLUESKY, "--yes").status == 0
    assert desk.posts == []


def test_a_corrected_post_goes_out_once_it_is_approved_and_only_once(desk: Desk) -> None:
    desk("publish")
    assert desk("retract", X, "--yes", "--replace").status == 0
    desk("publish")
    assert desk.posts == [BLUESKY], "it is withdrawn"
    text = desk.folder / "posts/01-day/en.toml"
    text.write_text('text = "Day 1, corrected."\n')
    desk("approve", "1", "--by", "Ann")
    desk("publish")
    assert desk.posts == [BLUESKY], "nothing but --again brings it back"
    assert desk("approve", "1", "--language", "en", "--again", "--yes", "--by", "Ann").status == 0
    assert desk("publish").status == 0
    assert desk.posts == [BLUESKY, X]
    (book,) = (e["payload"] for e in entries(desk.folder / "nairobi-x.book"))
    assert (book["text"], book["generation"]) == ("Day 1, corrected.", 1)
    assert desk("retract", X, "--yes", "--replace").status == 0
    assert desk("approve", "1", "--language", "en", "--again", "--yes", "--by", "Ann").status == 0
    desk("publish")
    assert desk.posts == [BLUESKY], "a second correction is a person's own post"


def test_the_text_that_is_taken_down_is_shown_before_it_asks(desk: Desk) -> None:
    desk("publish")
    ran = desk("retract", X)
    assert ran.status == 2 and "say --yes" in ran.err
    assert f"{X}, on X, in English: published Wed 25 Nov" in ran.err
    assert "\n  Day 1 in en, from Nairobi.\n" in ran.err
    assert desk.states()[X] == "published"


def test_what_is_not_published_cannot_be_retracted(desk: Desk) -> None:
    assert desk("retract", X, "--yes").status == 2
    assert desk("retract", "--yes").status == 2


# The log


def test_the_log_says_what_happened_and_by_whose_hand(desk: Desk) -> None:
    desk("publish")
    desk("pause", "x", "--reason", "look", "--by", "Ann Peeters")
    desk("resume", "--by", "Ben")
    desk("retract", X, "--yes", "--by", "Cem")
    log = desk("status", "--log").out
    for words in ("armed", "published", "paused", "x: look", "Ann Peeters at", "resumed", "Ben at", "retracted"):
        assert words in log, words
    events = json.loads(desk("status", "--log", "--json").out)["events"]
    assert [event["who"] for event in events if event["what"] == "retracted"] == ["Cem"]
    assert {event["machine"] for event in events} != {""}


@pytest.mark.invariant(11)
def test_no_secret_stands_in_the_ledger_or_the_log(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORANGEDAY_NAIROBI_BLUESKY_APP_PASSWORD", "correct-horse-battery")
    ran = desk("publish")
    assert "correct-horse" not in ran.out + ran.err + desk("status", "--log").out
    for file in desk.folder.glob("orangeday.db*"):
        if file.is_file():
            assert b"correct-horse" not in file.read_bytes()
