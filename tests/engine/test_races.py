"""Programs that are stopped, woken and raced: one hand per account, whatever the hands are doing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.engine.publisher import Publisher
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.states import State
from orangeday.system import machine

from ..support import campaigns
from ..support.arena import DUE, EN, Arena, posix
from ..support.common import Clock, plan_of
from ..support.misbehaving_accounts import Misbehaving, live
from ..support.sender import set_clock

pytestmark = pytest.mark.integration


@pytest.fixture
def arena(tmp_path: Path, ledger_url: str) -> Arena:
    arena = Arena(tmp_path, plan_of(campaigns.write(tmp_path, campaigns.files())), ledger_url)
    arena.sweep(DUE - timedelta(hours=1))
    return arena


@pytest.fixture
def file_arena(tmp_path: Path) -> Arena:
    """On SQLite alone, where what is tried is no affair of the database's."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    arena = Arena(tmp_path, plan_of(campaigns.write(tmp_path, campaigns.files())), url)
    arena.sweep(DUE - timedelta(hours=1))
    return arena


LATER = [timedelta(seconds=30), timedelta(minutes=20), timedelta(hours=5, minutes=59)]
"""Longer than anybody waits for anything."""


@posix
@pytest.mark.invariant(2, 3)
def test_a_sender_that_is_stopped_is_waited_for_however_long_and_sends_once(arena: Arena) -> None:
    with arena.stopped("hangs before") as wake:
        for later in LATER:
            assert EN not in arena.sweep(DUE + later)
            assert arena.row() is State.ARMED, "its lock says that it lives"
        assert not live(arena.folder)[EN]
        assert wake() == 0
    assert arena.row() is State.PUBLISHED
    assert arena.events() == ["armed", "published"]
    assert live(arena.folder)[EN] == 1


@posix
@pytest.mark.invariant(2)
@pytest.mark.parametrize("taken_over", [True, False])
def test_a_sender_that_wakes_and_finds_its_lock_gone_sends_nothing(arena: Arena, taken_over: bool) -> None:
    with arena.stopped("hangs preparing") as wake:
        arena.take_the_lock_away()
        if taken_over:
            assert arena.sweep(DUE + timedelta(minutes=1))[EN].state is State.PUBLISHED
        assert wake() == 0
    assert live(arena.folder)[EN] == taken_over
    assert arena.events() == (["armed", "published"] if taken_over else ["armed"])
    arena.sweep(DUE + timedelta(minutes=2))
    assert (arena.row(), live(arena.folder)[EN]) == (State.PUBLISHED, 1)


@posix
@pytest.mark.invariant(2, 3)
@pytest.mark.parametrize(("mood", "state"), [("loses before", State.UNSURE), ("", State.PUBLISHED)])
def test_a_sender_that_wakes_and_fails_says_nothing_of_what_another_has_sent_meanwhile(
    arena: Arena, mood: str, state: State
) -> None:
    """It knows of no attempt: that it sent nothing doesn't make the other's attempt one that certainly isn't live."""
    with arena.stopped("hangs and breaks preparing") as wake:
        arena.take_the_lock_away()
        with arena.sender(moods={"x/en": mood}) as other:
            other.go()
            other.program.wait(60)
        before = arena.events()
        assert (arena.row(), before[0]) == (state, "armed")
        assert wake() == 0
    assert (arena.row(), arena.events()) == (state, before)


@posix
@pytest.mark.invariant(2, 3, 7)
def test_a_receipt_that_comes_when_another_has_read_it_back_is_kept_in_the_log(arena: Arena) -> None:
    with arena.stopped("hangs after") as wake:
        arena.take_the_lock_away()
        assert arena.sweep(DUE + timedelta(minutes=1))[EN].state is State.PUBLISHED
        assert wake() == 0
    assert arena.events() == ["armed", "unsure", "published", "receipt came late"]
    assert (arena.row(), live(arena.folder)[EN]) == (State.PUBLISHED, 1)


@posix
@pytest.mark.invariant(2, 7)
def test_a_refusal_of_what_another_has_sent_meanwhile_changes_nothing(file_arena: Arena) -> None:
    """The platform refuses what was signed long ago: the one thing that stops a sender who slept past every check."""
    with file_arena.stopped("oversleeps before") as wake:
        file_arena.take_the_lock_away()
        assert file_arena.sweep(DUE + timedelta(minutes=10))[EN].state is State.PUBLISHED
        assert wake() == 0
    assert file_arena.events()[-2:] == ["published", "answer came late"]
    assert (file_arena.row(), live(file_arena.folder)[EN]) == (State.PUBLISHED, 1)


@posix
@pytest.mark.invariant(9)
def test_a_sender_that_slept_over_the_end_of_its_window_arms_nothing(file_arena: Arena) -> None:
    with file_arena.stopped("hangs preparing") as wake:
        set_clock(file_arena.folder, DUE + timedelta(hours=6))
        assert wake() == 0
    assert file_arena.events() == []
    assert file_arena.sweep(DUE + timedelta(hours=6))[EN].state is State.MISSED
    assert not live(file_arena.folder)[EN]


@pytest.mark.invariant(9)
@pytest.mark.arrow("armed → deferred → missed")
def test_one_that_slept_between_arming_and_sending_does_not_send_when_it_is_too_late(tmp_path: Path) -> None:
    clock = Clock(DUE)
    files = campaigns.files()
    files["config.toml"] = files["config.toml"].replace("bluesky =", "# bluesky =")  # the clock is for one account
    plan = plan_of(campaigns.write(tmp_path, files))

    class Sleepy(Ledger):
        def arm(self, delivery: Delivery, *rest: object) -> datetime:
            armed = super().arm(delivery, *rest)  # type: ignore[arg-type]
            clock.now = DUE + timedelta(hours=6)
            return armed

    def connect(account: Account) -> Misbehaving:
        return Misbehaving(account, clock, file=tmp_path / f"{account.platform}.book")

    with closing(Sleepy(f"sqlite:///{tmp_path}/ledger.db", clock)) as ledger:
        with closing(Publisher(plan, ledger, connect, clock)) as publisher:
            publisher.publish_due(DUE)
            assert {s.state for s in publisher.publish_due(clock.now)} == {State.MISSED}
        assert [event.action for event in ledger.events(EN)] == ["armed", "deferred", "missed"]
    assert not live(tmp_path)


def some(url: str) -> int:
    """So many embassies: each post takes a server longer, and who races with whom is seen with fewer as well."""
    return 100 if url.startswith("sqlite") else 8


def many(folder: Path, embassies: int, url: str) -> Arena:
    names = {f"e{number}": "Africa/Nairobi" for number in range(embassies)}
    return Arena(folder, plan_of(campaigns.write(folder, campaigns.files(embassies=names))), url)


@posix
@pytest.mark.invariant(1, 2, 3)
def test_eight_programs_that_race_for_two_hundred_send_each_once(tmp_path: Path, ledger_url: str) -> None:
    """They make the ledger too, all at once."""
    arena = many(tmp_path, some(ledger_url), ledger_url)
    set_clock(tmp_path, DUE)
    due = [delivery.key for delivery in arena.plan.open_at(DUE)]
    assert len(due) == 2 * some(ledger_url)
    with arena.sender("--programs", "8", "--until-quiet") as running:
        (tmp_path / "go").touch()
        assert running.program.wait(120) == 0
    assert live(tmp_path) == Counter(due)
    with arena.ledger() as ledger:
        assert {row.state for row in ledger.campaign_rows("16days-2026").values()} == {State.PUBLISHED}
        assert Counter(event.action for event in ledger.events()) == {"armed": len(due), "published": len(due)}


@posix
@pytest.mark.invariant(11)
def test_eight_programs_that_see_two_hundred_windows_close_say_each_once(tmp_path: Path, ledger_url: str) -> None:
    arena = many(tmp_path, some(ledger_url), ledger_url)
    arena.sweep(DUE - timedelta(hours=1))
    set_clock(tmp_path, DUE + timedelta(hours=6))
    with arena.sender("--programs", "8") as running:
        (tmp_path / "go").touch()
        assert running.program.wait(120) == 0, "the second to say so fails"
    with arena.ledger() as ledger:
        assert Counter(event.action for event in ledger.events()) == {"missed": 2 * some(ledger_url)}
    assert not live(tmp_path)


@pytest.mark.invariant(2)
def test_one_account_that_hangs_keeps_neither_ninety_nine_nor_the_next_sweep(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    arena = many(tmp_path, 50, url)
    assert arena.plan.config.workers == 8
    clock = Clock(DUE)

    def connect(account: Account) -> Misbehaving:
        book = tmp_path / f"{account.embassy}-{account.platform}.book"
        return Misbehaving(account, clock, file=book, moods={"e0/x/en": "hangs before"})

    def healthy(number: int) -> bool:
        found = live(tmp_path)
        return sum(count for key, count in found.items() if f"/{number:02}/" in key) == 99

    with (
        closing(Ledger(url, clock)) as ledger,
        closing(Publisher(arena.plan, ledger, connect, clock, timeout=0.1)) as publisher,
    ):
        for number in (1, 2):  # the next sweep that has anything to do is tomorrow's; the one account hangs all night
            clock.now = DUE + timedelta(days=number - 1)
            deadline = time.monotonic() + 60
            while not healthy(number) and time.monotonic() < deadline:
                publisher.publish_due(clock.now)
            assert healthy(number)
        assert (tmp_path / "hangs").exists()
        assert not any("/e0/x/" in key for key in live(tmp_path))
        clock.now = DUE + timedelta(hours=1)
        (tmp_path / "go-on").touch()
    assert live(tmp_path)["16days-2026/01/e0/x/en"] == 1
    assert set(live(tmp_path).values()) == {1}


@pytest.mark.invariant(8)
def test_programs_that_are_the_first_on_a_machine_agree_on_which_it_is(own_state_folder: Path) -> None:
    """Else the next run would take it for another one, and brake."""
    for _ in range(50):
        start, said = threading.Barrier(8), list[str]()

        def ask(start: threading.Barrier = start, said: list[str] = said) -> None:
            start.wait(20)
            said.append(machine.identity())

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        (file,) = own_state_folder.rglob("machine")
        assert said == [file.read_text()] * 8
        assert [path.name for path in file.parent.iterdir()] == ["machine"]
        file.unlink()
