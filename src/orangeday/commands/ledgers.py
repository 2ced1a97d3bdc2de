"""The record of posts, opened as a command needs it: to send, to read, or in an emergency by its address alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from orangeday.clock import system_clock, utc
from orangeday.commands.files import config_file
from orangeday.content import addresses, config
from orangeday.content.config import Config
from orangeday.content.file_names import on_disk
from orangeday.content.plan import Plan
from orangeday.errors import LedgerAway, LedgerError, OrangedayError
from orangeday.system import machine

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger
    from orangeday.ledger.records import HomeClaim, Pause


def is_recorded(plan: Plan) -> bool:
    """Return whether something of it may have gone out, as far as that can be told without opening the ledger."""
    kind, _, path = plan.config.ledger_url.partition(":///")
    return kind != "sqlite" or os.access(path.partition("?")[0], os.F_OK)


def actor(actor_name: str | None) -> str:
    """Return the name of who acts, in a line: the operating system's user, unless given. Raises OrangedayError."""
    name = (
        machine.user()
        if actor_name is None
        else " ".join("".join(c if c.isprintable() else " " for c in actor_name).split())[:100]
    )
    if not name:
        raise OrangedayError("Say who you are: --by NAME. Nothing was changed.")
    return name


def live_ledger(plan: Plan, actor_name: str | None = None) -> Ledger:
    """Return the ledger of the live runs, opened or made, in the hand of `actor_name`. Close it when done."""
    from orangeday.ledger.ledger import Ledger

    ledger = Ledger(plan.config.ledger_url, system_clock, actor=actor(actor_name))
    ledger.attach_high_water_mark()
    return ledger


def ledger_to_read(
    plan: Plan, actor_name: str | None = None, *, to_note: bool = False
) -> AbstractContextManager[Ledger]:
    """Return the ledger of the live runs, for who may only read it as well; an empty one where there is none yet.

    With `to_note` what is seen is to be kept in its log, where that may be written.
    """
    from orangeday.ledger.connection import exists
    from orangeday.ledger.ledger import Ledger, throwaway

    if not exists(plan.config.ledger_url):
        return throwaway(system_clock)  # asking makes none
    if to_note:
        try:
            return closing(live_ledger(plan, actor_name))
        except LedgerAway:
            raise
        except LedgerError:
            pass  # it may be that it can be read
    return closing(Ledger(plan.config.ledger_url, system_clock, actor=actor(actor_name), read_only=True))


@dataclass(frozen=True)
class EmergencyAccess:
    """The ledger, and the config where it can be read, for a command that must work whatever else is broken."""

    ledger: Ledger
    config: Config | None
    config_error: OrangedayError | None
    """The reason why the config can't be used; None where it can, or the ledger was named by its address."""

    @property
    def last_look_text(self) -> str:
        """The sentence that says when a live run last looked into this ledger."""

        last = self.ledger.last_sweep()
        return f"A live run last looked there at {utc(last)}." if last else "No live run has ever looked there."


def emergency_access(
    ctx: typer.Context, address: str | None, actor_name: str | None, *, to_read: bool = False
) -> EmergencyAccess:
    """Return the ledger of the live runs, by its address alone. Close it when done.

    With `to_read` one that can't be written is opened all the same. It is made only where a sound config says where:
    what is mistyped in the midst of an emergency must not end in an empty one, and a word that nothing was stopped by.
    Raises OrangedayError, with exit status 1 where there is none.
    """
    from orangeday.ledger.connection import exists
    from orangeday.ledger.ledger import Ledger

    loaded_config: Config | None = None
    config_error: OrangedayError | None = None
    if address is not None:
        url = address if "://" in address else f"sqlite:///{on_disk(Path(), address).absolute().as_posix()}"
        with suppress(OrangedayError):
            loaded_config = config.load(config_file(ctx, example=False))
    else:
        url, loaded_config, config_error = _find_ledger(config_file(ctx, example=False))
    if (address is not None or config_error) and not exists(url):
        raise NoLedger(
            f"There is no record of posts at {_without_password(url)}. Nothing was paused, nothing was changed."
        )
    try:
        ledger = Ledger(url, system_clock, actor=actor(actor_name))
        ledger.attach_high_water_mark()
    except LedgerAway:
        raise
    except LedgerError:
        if not to_read:
            raise
        ledger = Ledger(url, system_clock, actor=actor(actor_name), read_only=True)
    return EmergencyAccess(ledger, loaded_config, config_error)


def _find_ledger(file: Path) -> tuple[str, Config | None, OrangedayError | None]:
    """Return the ledger's address, with the config, or with the reason why it can't be used for anything else.

    Raises OrangedayError where the file doesn't say the address.
    """
    try:
        loaded_config = config.load(file).require_usable()
        return loaded_config.ledger_url, loaded_config, None
    except OrangedayError as failure:
        url = addresses.ledger_url(file)
        if url is None:
            raise OrangedayError(
                f"{file} can't be read, and so nobody knows where the record of posts is. Nothing was changed. "
                "Name it: --ledger orangeday.db, or the address of its server."
            ) from failure
        return url, None, failure


def last_look(ctx: typer.Context) -> datetime | None:
    """Return when a live run last looked for what is due, to the minute; None where none ever has.

    It reads nothing but the ledger, and the config as far as it says where that is.
    """
    from orangeday.ledger.connection import exists
    from orangeday.ledger.ledger import Ledger

    url, _, _ = _find_ledger(config_file(ctx, example=False))
    if not exists(url):
        return None
    with closing(Ledger(url, system_clock, read_only=True)) as ledger:
        return ledger.last_sweep()


class NoLedger(OrangedayError):
    """The error where there is no ledger at the address that was named: a person has to look."""

    exit_status = 1


def _without_password(url: str) -> str:
    """Return a ledger's address without a password in it."""
    return url.partition(":///")[2] if url.startswith("sqlite:") else re.sub(r"//[^/@]*@", "//", url)


def ledger_to_send(plan: Plan, live: bool) -> AbstractContextManager[Ledger]:
    """Return the ledger that a run writes in: a dry run's is thrown away. Raises LedgerError."""
    from orangeday.ledger.ledger import throwaway

    if not live:
        return throwaway(system_clock)
    ledger = live_ledger(plan)
    try:
        # At once: no later sweep could mend that.
        ledger.check_location()
        machine.identity()
    except BaseException:
        ledger.close()
        raise
    return closing(ledger)


def active_pauses(plan: Plan) -> Iterable[Pause]:
    """Return the pauses that hold live runs now."""
    with ledger_to_read(plan) as ledger:
        return ledger.pauses()


def claim_home(plan: Plan, ledger: Ledger, now: datetime) -> HomeClaim:
    """Make this place the home of a live run's ledger; one that is new in mid-campaign is paused from here on."""
    return ledger.claim_home(plan.campaign_id, plan.is_running(now), plan.scope)
