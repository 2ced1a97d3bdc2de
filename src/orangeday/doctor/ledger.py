"""Findings about the record of posts: where it lies, whether it can be trusted, and when it was last used."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from orangeday.content.plan import Plan
from orangeday.doctor.clocks import TOLERANCE
from orangeday.doctor.finding import FAILURE, OK, WARNING, Finding, account_finding, ago, finding_of_error
from orangeday.engine.years import nothing_to_send
from orangeday.errors import LedgerError, OrangedayError
from orangeday.ledger.address import Address
from orangeday.ledger.connection import exists
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import ALL_ACCOUNTS, Home
from orangeday.ledger.sqlite import lock_problem
from orangeday.retry import UNTIL_RELEASED
from orangeday.system import filesystem as place
from orangeday.system import machine

_MIN_FREE_BYTES = 100_000_000
"""The bytes that should be free on the ledger's disk."""
_MAX_SWEEP_AGE = timedelta(minutes=10)


def check_state_folder() -> Finding:
    try:
        folder = machine.state_folder()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OrangedayError as failure:
        return finding_of_error("state folder", failure)
    except OSError as failure:
        return Finding(
            "state folder", FAILURE, f"{folder} can't be written in: {failure.strerror}", "Give yourself the right."
        )
    if sys.platform != "win32" and folder.stat().st_uid != os.getuid():
        observation = f"{folder} belongs to another user, who may read and change what orangeday remembers there"
        return Finding("state folder", WARNING, observation, "Set XDG_STATE_HOME to a folder of your own.")
    return Finding("state folder", OK, f"{folder}, where orangeday keeps how far a record of posts has come")


# The ledger


def check_ledger(plan: Plan, now: datetime, open_ledger: Callable[[], Ledger]) -> Iterator[Finding]:
    file = Address.parse(plan.config.ledger_url).file
    if file is None:
        yield from _check_server(plan, now, open_ledger)
        return
    if not file.parent.is_dir():
        yield Finding("ledger", FAILURE, f"its folder {file.parent} isn't there", "Make it, or correct [ledger] url.")
        return
    if objection := place.objection(file):
        step = "Put it on a disk of this machine: [ledger] url in the config. No live run uses it there."
        yield Finding("ledger", FAILURE, f"{file} can't be trusted where it is: {objection}", step)
    if exists(plan.config.ledger_url):
        yield from _check_existing_file(plan, file, now, open_ledger)
    else:
        yield Finding("ledger", OK, f"{file} is new: the first live run makes it")
        yield from _check_first_start(plan, now, _missing_file_state(file))
        yield _check_last_sweep(plan, now, None)
    yield from _check_folder(file.parent)


def _check_server(plan: Plan, now: datetime, open_ledger: Callable[[], Ledger]) -> Iterator[Finding]:
    """Check a ledger on a server, its locks and its clock. As everywhere in the doctor, no ledger is made."""
    try:
        if not exists(plan.config.ledger_url):
            yield Finding(
                "ledger", OK, "the server answers, and the record of posts is new: the first live run makes it"
            )
            yield from _check_first_start(plan, now, (Home.NEW, None))
            yield _check_last_sweep(plan, now, None)
            return
        with closing(open_ledger()) as ledger:
            ledger.check_writable()
            yield Finding("ledger", OK, f"{ledger.location} answers, and can be written")
            with ledger.account_lock("doctor") as lock:
                is_held = lock is not None and lock.is_held()
            observation = (
                "an account's lock works on the server" if is_held else "an account's lock doesn't work on the server"
            )
            step = "" if is_held else "Try again; then reach the server without anything between."
            yield Finding("locks", OK if is_held else WARNING, observation, step)
            yield from _check_server_clock(ledger, now)
            yield from _check_pauses(ledger)
            yield from _check_waiting_accounts(plan, ledger)
            yield from _check_first_start(plan, now, _home_state(plan, now, ledger))
            yield _check_last_sweep(plan, now, ledger)
    except LedgerError as failure:
        yield finding_of_error("ledger", failure)


def _home_state(plan: Plan, now: datetime, ledger: Ledger) -> tuple[Home, str | None]:
    """Return how familiar the ledger would be to a live run, with the reason where it would be strange.

    Where that can't be told it counts as familiar: another finding says what is wrong.
    """
    try:
        return ledger.home_state(plan.campaign_id, plan.is_running(now))
    except LedgerError:
        raise
    except OrangedayError:
        return Home.FAMILIAR, None


def _missing_file_state(file: Path) -> tuple[Home, str | None]:
    """Return whether a ledger file that isn't there is new, or strange since one was used here before."""
    try:
        is_lost = machine.HighWaterMark(file).event > 0
    except OrangedayError:
        is_lost = False
    return (Home.STRANGE, f"{file}, which was used here before, is gone") if is_lost else (Home.NEW, None)


def _check_first_start(plan: Plan, now: datetime, home_state: tuple[Home, str | None]) -> Iterator[Finding]:
    """Yield a failure where the next live start, in the midst of the campaign, wouldn't simply go on."""
    home, reason = home_state
    if home is Home.FAMILIAR or not plan.is_running(now):
        return
    if home is Home.NEW:
        observation = (
            "the campaign is running and this computer's record of posts is new: the first live start asks whether "
            "another computer has already posted; without a terminal it starts paused until `orangeday resume`"
        )
    else:
        observation = (
            f"the campaign is running, and {reason}: the next live start pauses everything until `orangeday resume`"
        )
    yield Finding(
        "late start", FAILURE, observation, "Look at each account: what is there? Then: orangeday schedule --live"
    )


def _check_server_clock(ledger: Ledger, now: datetime) -> Iterator[Finding]:
    """Compare our clock with that of the ledger's server.

    Nothing depends on it. But a clock that is far from the server's is most likely far from the other machines' too.
    """
    server_time = ledger.server_time()
    if server_time is not None:
        difference = abs(now - server_time)
        is_far = difference > TOLERANCE
        observation = f"ours and that of the record's server are {round(difference.total_seconds()):,} s apart"
        yield Finding("clock", WARNING if is_far else OK, observation, "Let the network set both." if is_far else "")


def _check_existing_file(plan: Plan, file: Path, now: datetime, open_ledger: Callable[[], Ledger]) -> Iterator[Finding]:
    """Check a ledger file that exists: whether it is sound and can be written, its pauses, and its last use."""
    try:
        with closing(open_ledger()) as ledger:
            if damage := ledger.damage():
                step = "Move it away, restore a backup, and look at each account before `orangeday resume`."
                yield Finding("ledger", FAILURE, f"{file} is damaged: {damage}", step)
                return
            ledger.check_writable()
            yield Finding("ledger", OK, f"{file} is sound, and can be written")
            yield from _check_pauses(ledger)
            yield from _check_waiting_accounts(plan, ledger)
            yield from _check_first_start(plan, now, _home_state(plan, now, ledger))
            yield _check_last_sweep(plan, now, ledger)
    except LedgerError as failure:
        yield finding_of_error("ledger", failure)


def _check_folder(folder: Path) -> Iterator[Finding]:
    if objection := lock_problem(folder):
        step = "Put the record of posts into a folder of yours, on a disk of this machine."
        yield Finding("locks", FAILURE, f"{folder}: {objection}", step)
    else:
        yield Finding("locks", OK, "a lock beside the record of posts works between programs of this machine")
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError:
        return
    observation = (
        f"{free_bytes / 1e9:,.1f} GB free beside the record of posts"
        if free_bytes >= 1e9
        else f"{free_bytes / 1e6:,.0f} MB free"
    )
    yield (
        Finding("disk", OK, observation)
        if free_bytes >= _MIN_FREE_BYTES
        else Finding("disk", WARNING, observation, "Free some space on the disk.")
    )


def _check_pauses(ledger: Ledger) -> Iterator[Finding]:
    pauses = ledger.pauses()
    for pause in pauses:
        health = FAILURE if pause.scope == ALL_ACCOUNTS else WARNING
        yield Finding("brake", health, f"{pause.scope}: {pause}", f"{pause.resume_command}, when it may go on")
    if not pauses:
        yield Finding("brake", OK, "nothing is paused")


def _check_waiting_accounts(plan: Plan, ledger: Ledger) -> Iterator[Finding]:
    """Yield a failure for each account of which nothing is sent before a person has said so: a log-in shows nothing."""
    accounts = {str(account): account for account in plan.accounts}
    for name, note in ledger.snapshot((), accounts).accounts.items():
        if note.deferred == UNTIL_RELEASED:
            observation = (note.error or "it waits for a person").partition(". ")[0]
            yield account_finding(accounts[name], FAILURE, observation, f"Do that; then: orangeday retry {name}")


def _check_last_sweep(plan: Plan, now: datetime, ledger: Ledger | None) -> Finding:
    last_sweep = ledger.last_sweep(plan.campaign_id) if ledger else None
    if ledger and (idle := nothing_to_send(plan, ledger, now)):
        observation, _, step = idle.reason.partition(". ")
        health = FAILURE if idle.needs_person else OK
        return Finding("next campaign", health, observation, step, is_end=not idle.needs_person)
    observation = (
        f"the last live run looked {ago(now - last_sweep)}"
        if last_sweep
        else "no live run has looked at this campaign yet"
    )
    is_running = plan.config.live and plan.ends is not None and plan.begins <= now < plan.ends
    if is_running and (last_sweep is None or now - last_sweep > _MAX_SWEEP_AGE):
        step = "Start `orangeday schedule`, or see whether cron calls `orangeday publish`."
        return Finding("last run", WARNING, f"{observation}, and the campaign is running", step)
    return Finding("last run", OK, observation)
