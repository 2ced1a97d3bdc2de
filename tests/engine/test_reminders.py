"""Reminders: what goes out tomorrow and what isn't approved, once a day whoever sends it, to a real receiver."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orangeday.adapters import ADAPTERS
from orangeday.approvals import content
from orangeday.approvals import store as approvals
from orangeday.cli import main
from orangeday.clock import system_clock
from orangeday.engine.reminders import Reminders
from orangeday.ledger.ledger import Ledger
from orangeday.system import credentials

from ..support import campaigns
from ..support.alert_receiver import SECRET, Receiver
from ..support.common import plan_of

EVE = datetime(2026, 11, 24, 14, tzinfo=UTC)
"""17:00 in Nairobi, on the day before day 1."""


@dataclass
class Desk:
    folder: Path
    clock: time_machine.Traveller
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, after: float = 0) -> tuple[int, str]:
        """A command so many minutes after the hour on the eve."""
        self.clock.move_to(EVE + timedelta(minutes=after))
        status = main([*words])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said.out + said.err

    def ledger(self) -> Ledger:
        return Ledger(f"sqlite:///{self.folder / 'orangeday.db'}", system_clock)

    def posts(self) -> int:
        return sum(len(book.read_text().splitlines()) for book in self.folder.glob("*.book"))


@pytest.fixture
def desk(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    alerts = f'[alerts]\nurl = "json://127.0.0.1:{receiver.port}/{{secret}}"\ntomorrow = "17:00"\n'
    zones = {"nairobi": "Africa/Nairobi", "lima": "America/Lima"}
    contents = campaigns.files(("en", "fr"), zones, f'[publishing]\nmode = "live"\n{alerts}')
    file = campaigns.write(tmp_path, campaigns.ownable(contents))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(credentials.ALERTS_VARIABLE, SECRET)
    monkeypatch.setenv("COLUMNS", "200")
    for embassy in zones:
        for platform in ("x", "bluesky"):
            for variable in credentials.variables(embassy, platform).values():
                monkeypatch.setenv(variable, f"{variable}-secret")
    for platform in ("x", "bluesky"):
        monkeypatch.setitem(ADAPTERS, platform, "tests.support.live_accounts")
    with time_machine.travel(EVE - timedelta(hours=1), tick=False) as clock:
        plan = plan_of(file)
        approved = [subject for subject in content.subjects(plan) if subject.language != "fr"]
        approvals.approve(plan, approved, "Ann", EVE - timedelta(days=1))
        desk = Desk(tmp_path, clock, capsys)
        with closing(desk.ledger()) as ledger:
            ledger.record_sweep(plan.campaign_id, "", EVE - timedelta(hours=1))
        yield desk


def test_it_says_what_goes_out_what_isnt_approved_and_by_when(desk: Desk, receiver: Receiver) -> None:
    assert desk("publish")[0] == 0
    (message,) = receiver.messages
    assert message["title"] == "orangeday: tomorrow in Nairobi: 4 posts, 2 not approved yet"
    assert message["message"] == (
        "Tomorrow is Wednesday 25 Nov, day 1 of 16: Day 1\n\n"
        "09:20 in Nairobi, French, on X and Bluesky: NOT APPROVED YET\n"
        "day 1 in “fr” is not approved yet: orangeday approve 1 --language fr\n"
        "Approve it by 09:20 on Wednesday, the time in Nairobi; until 15:20 it still goes out, late. After that it is "
        "not posted.\n\n"
        "  Day 1 in fr, from Nairobi.\n\n"
        "09:00 in Nairobi, English, on X and Bluesky: approved\n\n"
        "  Day 1 in en, from Nairobi.\n\n"
        "See: orangeday preview 1"
    )


def test_each_embassy_has_its_own_once_a_day_at_its_own_hour(desk: Desk, receiver: Receiver) -> None:
    desk("publish", after=-1)
    assert not receiver.messages
    for minutes in (0, 5, 60, 8 * 60 - 1):
        desk("publish", after=minutes)
        desk("alert", after=minutes)
    assert [title.split(":")[1] for title in receiver.titles] == [" tomorrow in Nairobi"]
    desk("alert", after=8 * 60)
    assert receiver.titles[1].startswith("orangeday: tomorrow in Lima: 4 posts")
    desk("publish", after=24 * 60 + 5)
    tomorrows = [
        message["message"].partition(",")[0] for message in receiver.messages if "tomorrow" in message["title"]
    ]
    assert tomorrows[2:] == ["Tomorrow is Thursday 26 Nov"]


def test_asked_for_it_comes_at_once_for_all_and_not_again(desk: Desk, receiver: Receiver) -> None:
    status, said = desk("alert", "--tomorrow", after=-60)
    assert (status, len(receiver.messages)) == (0, 1)
    assert receiver.titles == ["orangeday: tomorrow: 8 posts, 4 not approved yet"]
    assert "Day 1 in fr, from Lima." in said and "It went out" in said
    status, said = desk("alert", "--tomorrow")
    assert status == 0 and "It went out today already" in said
    desk("publish", after=1)
    assert len(receiver.messages) == 1


def test_two_programs_send_one(desk: Desk, receiver: Receiver) -> None:
    desk.clock.move_to(EVE)
    plan = plan_of(desk.folder / "config.toml")
    failures: list[str] = []

    def program() -> None:
        with closing(desk.ledger()) as ledger:
            Reminders(ledger, lambda: EVE, failures.append).send(plan, [plan.config.embassies["nairobi"]])

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(program) for _ in range(2)]:
            future.result()
    assert (len(receiver.messages), failures) == (1, [])


def test_one_that_fails_keeps_no_post_back_and_is_tried_again_in_a_while(desk: Desk, receiver: Receiver) -> None:
    receiver.status = 500
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace('tomorrow = "17:00"', 'tomorrow = "09:00"'))
    _, said = desk("publish", after=16 * 60)
    assert desk.posts() == 2, "day 1 in English went out"
    assert "the reminder of tomorrow: the alert didn't go out" in said and SECRET not in said
    receiver.status = 200
    desk("publish", after=16 * 60 + 14)
    assert not [title for title in receiver.titles if "tomorrow" in title]
    desk("publish", after=16 * 60 + 16)
    assert len([title for title in receiver.titles if "tomorrow" in title]) == 1


def test_what_is_held_or_withdrawn_is_said_and_not_offered_for_approval(desk: Desk, receiver: Receiver) -> None:
    with closing(desk.ledger()) as ledger:
        ledger.withdraw("16days-2026", 1, "fr", "", "a slip")
    desk("pause", "x", "--reason", "mourning", after=-60)
    desk("alert", after=1)
    (message,) = receiver.messages
    assert message["title"] == "orangeday: tomorrow in Nairobi: 4 posts, 3 held"
    assert "French, on X and Bluesky: HELD" in message["message"] and "a slip" in message["message"]
    assert "English, on X: HELD\npaused since" in message["message"]
    assert "English, on Bluesky: approved" in message["message"]
    assert "--language fr" not in message["message"]


def test_without_an_hour_nobody_is_reminded_and_a_wrong_one_holds_nothing(desk: Desk, receiver: Receiver) -> None:
    config = desk.folder / "config.toml"
    text = config.read_text()
    config.write_text(text.replace('tomorrow = "17:00"\n', ""))
    desk("publish")
    assert not receiver.messages
    config.write_text(text.replace('"17:00"', '"5 pm"'))
    status, said = desk("check")
    assert status == 1 and "“5 pm” isn't a time of day" in said
    desk("publish", after=16 * 60)
    assert desk.posts() == 2


def test_a_dry_run_reminds_nobody_and_the_eve_of_nothing_is_silent(desk: Desk, receiver: Receiver) -> None:
    desk("publish", "--dry-run")
    desk("publish", after=-5 * 24 * 60)
    status, said = desk("alert", "--tomorrow", after=-5 * 24 * 60)
    assert status == 0 and "Nothing goes out tomorrow. The next post: Wed 25 Nov 09:00 UTC+3, nairobi" in said
    assert not receiver.messages


def test_a_schedule_that_runs_over_the_hour_reminds_once(desk: Desk, receiver: Receiver) -> None:
    plan = plan_of(desk.folder / "config.toml")
    now = EVE - timedelta(seconds=30)
    with closing(desk.ledger()) as ledger, closing(Reminders(ledger, lambda: now, lambda _: None)) as reminders:
        for seconds in range(0, 300, 30):
            now = EVE + timedelta(seconds=seconds - 30)
            reminders.look(plan)
            reminders.close()
    assert len(receiver.messages) == 1
