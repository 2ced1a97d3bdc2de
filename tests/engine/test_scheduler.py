"""The scheduler: APScheduler as an alarm clock, on a clock that jumps and files that are edited meanwhile."""

from __future__ import annotations

import os
import platform
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from orangeday.adapters.dry_run import DryRun
from orangeday.clock import system_clock
from orangeday.commands.files import Files
from orangeday.commands.stopping import Stop, console_handler, stop_on_signals, stop_signals
from orangeday.content.plan import Plan
from orangeday.ledger.ledger import Ledger

from ..support import campaigns
from ..support.scheduler_thread import AtWork

DUE = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""Day 1 in Nairobi, at nine o'clock."""


class Running(AtWork):
    """An hour before day 1, with dry accounts."""

    def __init__(self, folder: Path, clock: time_machine.Traveller) -> None:
        self.files = Files(campaigns.write(folder, campaigns.files()), system_clock)
        self.before_reading: Callable[[], object] = lambda: None
        ledger = Ledger(f"sqlite:///{folder}/ledger.db?timeout=0.2", system_clock)
        super().__init__(
            clock, self.files.plan, ledger, lambda account: DryRun(account, system_clock), reload=self._reload
        )

    def _reload(self, max_age: float) -> Plan:
        self.before_reading()
        return self.files.newest_plan(max_age)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with time_machine.travel(DUE - timedelta(hours=1), tick=True) as clock:
        running = Running(tmp_path, clock)
        with closing(running.ledger), running:
            yield running


def test_a_stop_while_edited_files_are_read_ends_it_all_the_same(running: Running) -> None:
    """APScheduler ends while it holds the lock that setting an alarm needs: `schedule` hung for good, once."""
    reading = threading.Event()

    def slowly() -> None:
        reading.set()
        running.stop.wait(10)
        time.sleep(0.3)  # until it has begun to end

    running.before_reading = slowly
    config = running.files.config_file
    config.write_text('[schedule]\ntime = "08:15"\n' + config.read_text())
    running.clock.move_to(DUE - timedelta(minutes=44))
    assert reading.wait(10)
    running.stop.set()
    running.ends()


def test_a_sweep_that_takes_long_is_nothing_to_be_told_of(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a library logs as a warning ends on stderr, in its own words."""
    goes_on, waits = threading.Event(), threading.Event()

    def slowly() -> None:
        waits.set()
        goes_on.wait(10)

    running.before_reading = slowly
    for minutes in (50, 40, 30):
        running.clock.move_to(DUE - timedelta(minutes=minutes))
        assert waits.wait(10)
        time.sleep(0.1)
    before = running.swept
    goes_on.set()
    running.until(lambda: running.swept != before)
    assert not caplog.records


@pytest.mark.invariant(9)
def test_a_clock_that_is_set_during_a_sweep_is_swept_by_as_soon_as_that_is_over(running: Running) -> None:
    """APScheduler drops what it is told to start while its like is running: the next sweep was thirty seconds off."""
    goes_on, waits = threading.Event(), threading.Event()

    def slowly() -> None:
        waits.set()
        goes_on.wait(10)

    running.before_reading = slowly
    running.clock.move_to(DUE - timedelta(minutes=50))
    assert waits.wait(10)
    threading.Timer(0.2, goes_on.set).start()
    running.put(DUE - timedelta(minutes=40))


@pytest.mark.invariant(9)
def test_a_laptop_that_slept_past_the_hour_catches_up_as_it_wakes(running: Running) -> None:
    running.clock.move_to(DUE + timedelta(hours=3))
    running.until(lambda: len(running.published) == 2)
    assert set(running.published.values()) == {1}


@pytest.mark.invariant(9)
def test_a_clock_that_is_set_back_repeats_nothing_and_stops_no_alarm(running: Running) -> None:
    running.clock.move_to(DUE + timedelta(minutes=1))
    running.until(lambda: len(running.published) == 2)
    running.put(DUE - timedelta(minutes=30))
    running.put(DUE + timedelta(minutes=2))
    running.clock.move_to(DUE + timedelta(days=1, seconds=1))
    running.until(lambda: len(running.published) == 4)
    assert set(running.published.values()) == {1}
    assert running.troubles == []


def test_an_hour_that_is_edited_meanwhile_is_the_hour_that_counts(running: Running) -> None:
    config = running.files.config_file
    config.write_text('[schedule]\ntime = "08:15"\n' + config.read_text())
    running.clock.move_to(DUE - timedelta(minutes=44))
    running.until(lambda: len(running.published) == 2)


def test_a_text_that_is_edited_meanwhile_is_the_text_that_goes_out(running: Running) -> None:
    (running.files.config_file.parent / "posts/01-day/en.toml").write_text('text = "As it should be."\n')
    running.clock.move_to(DUE + timedelta(seconds=1))
    running.until(lambda: len(running.published) == 2)
    row = running.ledger.campaign_rows("16days-2026")["16days-2026/01/nairobi/x/en"]
    assert running.ledger.evidence(row).payloads[0].text == "As it should be."


@pytest.mark.invariant(8, 11)
def test_a_config_that_breaks_holds_everything_says_so_once_and_goes_on_when_mended(running: Running) -> None:
    config = running.files.config_file
    good = config.read_text()
    config.write_text(good + "\n[[[")
    running.clock.move_to(DUE + timedelta(minutes=1))
    running.until(lambda: len(running.troubles) == 1)
    assert "config.toml can't be read, so nothing is sent." in str(running.troubles[0])
    running.clock.move_to(DUE + timedelta(minutes=5))
    time.sleep(0.2)
    assert not running.published
    config.write_text(good)
    running.clock.move_to(DUE + timedelta(minutes=10))
    running.until(lambda: len(running.published) == 2)
    assert running.troubles[1:] == [None]


@pytest.mark.invariant(11)
def test_a_sweep_that_fails_is_not_the_last_one(running: Running) -> None:
    other = sqlite3.connect(running.ledger.location, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    running.clock.move_to(DUE + timedelta(minutes=1))
    running.until(lambda: len(running.troubles) == 1)
    assert "Another program is using it" in str(running.troubles[0])
    assert not running.published
    other.close()
    running.clock.move_to(DUE + timedelta(minutes=2))
    running.until(lambda: len(running.published) == 2)
    assert running.troubles[-1] is None


def test_it_ends_with_the_campaign(running: Running) -> None:
    ends = running.publisher.plan.ends
    assert ends is not None
    running.clock.move_to(ends + timedelta(seconds=1))
    running.ends()


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_whatever_step_the_signal_comes(name: signal.Signals) -> None:
    before = signal.getsignal(name)
    with stop_on_signals() as stop:
        inside: Any = stop
        with inside._cond:  # as within `stop.wait()`
            os.kill(os.getpid(), name)
        assert stop.wait(20)
        assert signal.getsignal(name) == before  # the second time it has its usual effect


@pytest.fixture
def hang_ups() -> Iterator[None]:
    if sys.platform == "win32":
        pytest.skip("Windows knows no hang-up")
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hang_ups")
def test_a_hang_up_stops_it_and_a_second_one_does_not_kill_it_as_it_ends() -> None:
    with stop_on_signals() as stop:
        inside: Any = stop
        with inside._cond:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGHUP)  # so does a shell that ends, for its terminal has told it, too
        assert stop.wait(20) and stop.is_hang_up
        os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGHUP)  # it says farewell, and closes what is open
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


@pytest.mark.usefixtures("hang_ups")
def test_a_hang_up_that_was_ignored_when_it_began_is_ignored_still() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not stop.wait(0.3) and not stop.is_hang_up
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(20) and not stop.is_hang_up
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_ctrl_break_stops_it_where_there_is_one() -> None:
    windows = SimpleNamespace(SIGINT=2, SIGTERM=15, SIGBREAK=21)
    assert stop_signals(windows) == [2, 15, 21]
    if sys.platform != "win32":
        assert stop_signals(signal) == [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("event", [2, 5, 6], ids=["closed", "logged off", "shut down"])
def test_a_window_of_windows_that_is_closed_stops_it_and_is_told_of(event: int) -> None:
    """Windows ends the program when its handler returns: the handler waits as long as the program is ending."""
    stop, seen = Stop(), []
    on_event = console_handler(stop, lambda: seen.append((stop.is_set(), stop.is_hang_up)))
    for signal_event in (0, 1):  # Ctrl-C, Ctrl-Break
        assert not on_event(signal_event)
    assert not stop.is_set() and not seen
    assert on_event(event)
    assert seen == [(True, True)]


HEAPS = """
import re, sys, threading
from pathlib import Path
from orangeday.system.machine import release_memory, keep_one_heap
if sys.argv[1:]:
    keep_one_heap()
together, done = threading.Barrier(9), threading.Barrier(9)
def work():
    held = [bytearray(2000) for _ in range(100)]
    together.wait(), done.wait()
for _ in range(8):
    threading.Thread(target=work).start()
together.wait()
print(re.search(r"VmSize:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
done.wait()
release_memory()
"""


@pytest.mark.integration
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="no other library has a heap for each thread")
def test_its_threads_share_one_heap() -> None:
    def size(*arguments: str) -> int:
        command = [sys.executable, "-c", HEAPS, *arguments]
        told = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
        return int(subprocess.run(command, env=told, capture_output=True, text=True, check=True).stdout)

    assert size("one") < size() - 4 * 64 * 1024  # a heap of a thread's own reserves 64 MiB of addresses
