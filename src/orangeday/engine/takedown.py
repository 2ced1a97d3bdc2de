"""Taking down: what was published is deleted there, by the account that published it and through no other service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from orangeday.adapters.base import Deferred, Platform, PlatformError, Refused, Unsure
from orangeday.clock import Clock
from orangeday.engine.settling import settle
from orangeday.errors import LedgerError
from orangeday.ledger.records import Row
from orangeday.ledger.states import NotArmed, State

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_EVERY = 0.2
"""The seconds between two tries to get an account that another program is using."""


@dataclass(frozen=True)
class TakenDown:
    """The result of taking a post down."""

    was_there: bool
    unwritten: LedgerError | None = None
    """The error that kept the ledger from recording it."""


def take_down(
    ledger: Ledger,
    clock: Clock,
    platform: Platform,
    address: str,
    row: Row,
    day_began: datetime,
    *,
    replace: bool = False,
    patience: float = 0,
    busy: Callable[[], None] = lambda: None,
) -> TakenDown:
    """Delete a post; look first for one that is unsure.

    An account that another program is using is waited for, `patience` seconds at most; `busy` is called as that begins.
    With `replace` a corrected post may take its place. A ledger that can't be written keeps nothing up. Raises any
    outcome of a platform, and NotArmed where another program was faster.
    """
    if platform.identity != row.identity:
        raise Refused(f"it was published as {row.identity}, and these are the credentials of {platform.identity}")
    unwritten: LedgerError | None = None
    with _held(ledger, platform.identity, patience, busy, clock):
        row = ledger.rows([row.key]).get(row.key, row)
        if row.state in (State.ARMED, State.UNSURE):
            settle(ledger, clock, platform, address, row, day_began)
            row = ledger.rows([row.key])[row.key]
            if row.state is State.UNSURE:
                later = f" Look again after {row.until:%H:%M} UTC." if row.until else ""
                raise Unsure(f"{row.error}.{later}")
        if row.state is not State.PUBLISHED:
            return TakenDown(False)
        if row.receipt is None:
            raise NotArmed(f"{row.key} has no receipt")
        try:
            ledger.note("retracting", row.key, row.receipt.url)
        except LedgerError as failure:
            unwritten = failure
        try:
            platform.delete(row.receipt)
        except PlatformError:
            raise
        except Exception as failure:
            raise Unsure(f"an unexpected failure: {failure!r}") from failure
        try:
            ledger.retracted(row, replace)
        except LedgerError as failure:
            unwritten = failure
    return TakenDown(True, unwritten)


@contextmanager
def _held(ledger: Ledger, identity: str, patience: float, busy: Callable[[], None], clock: Clock) -> Iterator[None]:
    """Hold an account's lock. Where there is no place for locks, go without: to delete is no harm to a sender.

    Raises Deferred where another program has it for longer than `patience` seconds.
    """
    until, told = time.monotonic() + patience, False
    while True:
        with ExitStack() as stack:
            try:
                hold = stack.enter_context(ledger.hold(identity))
            except LedgerError:
                yield
                return
            if hold:
                yield
                return
        if time.monotonic() >= until:
            raise Deferred("another program is using the account", clock())
        if not told:
            busy()
            told = True
        time.sleep(_EVERY)
