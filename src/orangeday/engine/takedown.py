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
from orangeday.ledger.states import State, StateConflict

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_RETRY_INTERVAL = 0.2
"""The seconds between two tries to get an account that another program is using."""


@dataclass(frozen=True)
class TakedownResult:
    """The result of taking a post down."""

    was_there: bool
    ledger_error: LedgerError | None = None
    """The error that kept the ledger from recording it."""


def take_down(
    ledger: Ledger,
    clock: Clock,
    platform: Platform,
    address: str,
    row: Row,
    day_start: datetime,
    *,
    replace: bool = False,
    timeout: float = 0,
    on_busy: Callable[[], None] = lambda: None,
) -> TakedownResult:
    """Delete a post; look first for one that is unsure.

    An account that another program is using is waited for, `timeout` seconds at most; `on_busy` is called once.
    With `replace` a corrected post may take its place. A ledger that can't be written keeps nothing up. Raises any
    outcome of a platform, and StateConflict where another program was faster.
    """
    if platform.identity != row.identity:
        raise Refused(f"it was published as {row.identity}, and these are the credentials of {platform.identity}")
    ledger_error: LedgerError | None = None
    with _account_lock(ledger, platform.identity, timeout, on_busy, clock):
        row = ledger.rows([row.key]).get(row.key, row)
        if row.state in (State.ARMED, State.UNSURE):
            settle(ledger, clock, platform, address, row, day_start)
            row = ledger.rows([row.key])[row.key]
            if row.state is State.UNSURE:
                advice = f" Look again after {row.until:%H:%M} UTC." if row.until else ""
                raise Unsure(f"{row.error}.{advice}")
        if row.state is not State.PUBLISHED:
            return TakedownResult(False)
        if row.receipt is None:
            raise StateConflict(f"{row.key} has no receipt")
        try:
            ledger.note("retracting", row.key, row.receipt.url)
        except LedgerError as failure:
            ledger_error = failure
        try:
            platform.delete(row.receipt)
        except PlatformError:
            raise
        except Exception as failure:
            raise Unsure(f"an unexpected failure: {failure!r}") from failure
        try:
            ledger.retracted(row, replace)
        except LedgerError as failure:
            ledger_error = failure
    return TakedownResult(True, ledger_error)


@contextmanager
def _account_lock(
    ledger: Ledger, identity: str, timeout: float, on_busy: Callable[[], None], clock: Clock
) -> Iterator[None]:
    """Hold an account's lock. Where there is no place for locks, go without: to delete is no harm to a sender.

    Raises Deferred where another program has it for longer than `timeout` seconds.
    """
    until, is_notified = time.monotonic() + timeout, False
    while True:
        with ExitStack() as stack:
            try:
                lock = stack.enter_context(ledger.account_lock(identity))
            except LedgerError:
                yield
                return
            if lock:
                yield
                return
        if time.monotonic() >= until:
            raise Deferred("another program is using the account", clock())
        if not is_notified:
            on_busy()
            is_notified = True
        time.sleep(_RETRY_INTERVAL)
