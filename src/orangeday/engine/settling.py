"""Settling: what may or may not be live is read back, on the account and through the service that it was sent by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orangeday.adapters.base import Deferred, Platform
from orangeday.clock import Clock
from orangeday.ledger.records import Doubt, Row
from orangeday.ledger.states import State

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_BEFORE_ARMING = timedelta(minutes=5)
"""The longest time before its first arming at which a post may be dated by the platform, and be the one in doubt."""

_DOUBTS = 3
"""The number of times that a Delivery may end in doubt, and be read back as not published; then a person is asked."""


def settle(ledger: Ledger, clock: Clock, platform: Platform, address: str, row: Row, day_began: datetime) -> None:
    """Decide by reading back whether a post in doubt was published. Call it with its account's lock held.

    `address` is the service that `platform` speaks with; `day_began` is the Day's midnight on its embassy's clock.
    Raises NotArmed where its receipt came after all.
    """
    now = clock()
    if row.state is State.ARMED:
        # Its sender held the lock that we hold now: it is gone, and so is what it knew.
        ledger.unsure(row.key, "the program ended while this was being sent; it may be live", seen=row.attempts)
    doubt = ledger.doubt(row)
    if elsewhere := [service for service in doubt.services if service and service != address]:
        leave_unsure(ledger, row, f"it was sent to {elsewhere[0]}, and the config says {address} now")
        return
    since = (row.first_armed or row.due) - _BEFORE_ARMING
    if doubt.there_already:
        since = min(since, day_began)
    try:
        receipt = platform.find(doubt.sent, since, ledger.receipts(platform.identity))
    except Exception as failure:  # noqa: BLE001  it can't be told now, so it stays in doubt
        leave_unsure(ledger, row, str(failure), failure.until if isinstance(failure, Deferred) else None)
        return
    again = _look_again(doubt, platform.settle_after, now)
    if receipt:
        ledger.published(row.key, receipt, receipt.note)
    elif again:
        why = "it may be live; the account was read back, and doesn't show it so far"
        ledger.not_shown(row.key, why, again, seen=row.attempts)
    elif doubt.there_already:
        why = "the platform calls it a duplicate, and today's posts of the account don't have it"
        ledger.refused(row.key, why, seen=row.attempts)
    elif platform.settle_after is None or ledger.doubts(row.key) < _DOUBTS:
        ledger.deferred(row.key, "read back: it had not been published", now, seen=row.attempts)
    else:
        why = f"sent {_DOUBTS} times without a clear answer, and never found there"
        ledger.refused(row.key, why, seen=row.attempts)


def leave_unsure(ledger: Ledger, row: Row, why: str, until: datetime | None = None) -> None:
    """Record the reason why it can't be told whether a post is live, each reason once."""
    error = f"it may be live, and reading back doesn't tell: {why}"
    if (row.error, row.until) != (error, until):
        ledger.unsure(row.key, error, until, seen=row.attempts)


def _look_again(doubt: Doubt, settle_after: timedelta | None, now: datetime) -> datetime | None:
    """Return when to look once more for a post that isn't shown, or None.

    None: it was looked for late enough, and again later; or the platform shows a post at once.
    """
    if not settle_after:
        return None
    counts_from = doubt.since + settle_after + doubt.apart
    if now < counts_from:
        return counts_from
    first = next((at for at in doubt.not_shown if at >= counts_from), now)
    again = first + settle_after / 3 + doubt.apart
    return again if now < again else None
