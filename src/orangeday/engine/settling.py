"""Settling: what may or may not be live is read back, on the account and through the service that it was sent by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orangeday.adapters.base import Deferred, Platform
from orangeday.clock import Clock
from orangeday.ledger.records import Evidence, Row
from orangeday.ledger.states import State

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_ARMING_MARGIN = timedelta(minutes=5)
"""The longest time before its first arming at which a post may be dated by the platform, and be the one in doubt."""

_MAX_DOUBTS = 3
"""The number of times that a Delivery may end in doubt, and be read back as not published; then a person is asked."""


def settle(ledger: Ledger, clock: Clock, platform: Platform, address: str, row: Row, day_start: datetime) -> None:
    """Decide by reading back whether a post in doubt was published. Call it with its account's lock held.

    `address` is the service that `platform` speaks with; `day_start` is the Day's midnight on its embassy's clock.
    Raises StateConflict where its receipt came after all.
    """
    now = clock()
    if row.state is State.ARMED:
        # Its sender held the lock that we hold now: it is gone, and so is what it knew.
        ledger.unsure(row.key, "the program ended while this was being sent; it may be live", attempts=row.attempts)
    evidence = ledger.evidence(row)
    if other_services := [service for service in evidence.services if service and service != address]:
        leave_unsure(ledger, row, f"it was sent to {other_services[0]}, and the config says {address} now")
        return
    since = (row.first_armed or row.due) - _ARMING_MARGIN
    if evidence.is_duplicate:
        since = min(since, day_start)
    try:
        receipt = platform.find(evidence.payloads, since, ledger.receipts(platform.identity))
    except Exception as failure:  # noqa: BLE001  it can't be told now, so it stays in doubt
        leave_unsure(ledger, row, str(failure), failure.until if isinstance(failure, Deferred) else None)
        return
    next_look = _next_look(evidence, platform.settle_after, now)
    if receipt:
        ledger.published(row.key, receipt, receipt.note)
    elif next_look:
        reason = "it may be live; the account was read back, and doesn't show it so far"
        ledger.not_shown(row.key, reason, next_look, attempts=row.attempts)
    elif evidence.is_duplicate:
        reason = "the platform calls it a duplicate, and today's posts of the account don't have it"
        ledger.refused(row.key, reason, attempts=row.attempts)
    elif platform.settle_after is None or ledger.count_doubts(row.key) < _MAX_DOUBTS:
        ledger.deferred(row.key, "read back: it had not been published", now, attempts=row.attempts)
    else:
        reason = f"sent {_MAX_DOUBTS} times without a clear answer, and never found there"
        ledger.refused(row.key, reason, attempts=row.attempts)


def leave_unsure(ledger: Ledger, row: Row, reason: str, until: datetime | None = None) -> None:
    """Record the reason why it can't be told whether a post is live, each reason once."""
    error = f"it may be live, and reading back doesn't tell: {reason}"
    if (row.error, row.until) != (error, until):
        ledger.unsure(row.key, error, until, attempts=row.attempts)


def _next_look(evidence: Evidence, settle_after: timedelta | None, now: datetime) -> datetime | None:
    """Return when to look once more for a post that isn't shown, or None.

    None: it was looked for late enough, and again later; or the platform shows a post at once.
    """
    if not settle_after:
        return None
    counts_from = evidence.since + settle_after + evidence.clock_tolerance
    if now < counts_from:
        return counts_from
    first_look = next((moment for moment in evidence.absences if moment >= counts_from), now)
    next_look = first_look + settle_after / 3 + evidence.clock_tolerance
    return next_look if now < next_look else None
