"""The Deliveries that a sweep has to judge: those whose window is open and that nothing has decided yet.

A sweep comes every half minute, and nearly all that is open was published hours ago. So what is decided is remembered,
and only what has changed is looked up: the hours that have come, and the keys that the ledger's log tells of.
"""

from __future__ import annotations

import time
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from orangeday.content.plan import Delivery, Plan

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_MAX_AGE = 600.0
"""The seconds after which everything open is looked up anew, whatever the log says: what is remembered is a saving."""


class OpenDeliveries:
    """The undecided Deliveries of a plan, from one sweep to the next."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._plan: Plan | None = None
        self._deliveries: dict[str, Delivery] = {}
        self._complete_since = 0.0
        """The time when everything open was last looked up, in seconds of a clock that nobody sets."""
        self._last_look: datetime | None = None
        self._last_event = 0

    def find(self, plan: Plan, now: datetime) -> list[Delivery]:
        """Return every Delivery with due ≤ now < deadline that no record decides, in the order of their hours."""
        # Read first: what is added while the rows are read is looked up once more the next time.
        last_event = self._ledger.last_event_number()
        if self._can_continue(plan, now, last_event):
            deliveries, complete_since = self._deliveries, self._complete_since
            candidates = self._find_changes(plan, now)
        else:
            deliveries, complete_since = {}, time.monotonic()
            candidates = {delivery.key: delivery for delivery in plan.open_at(now)}
        rows = self._ledger.rows(candidates) if candidates else {}
        decided_keys = {key for key, row in rows.items() if row.is_decided}
        # Remembered together, and only now: if the ledger can't be read, the next look begins where this one did.
        self._deliveries = {
            key: delivery
            for key, delivery in {**deliveries, **candidates}.items()
            if key not in decided_keys and delivery.due <= now < delivery.deadline
        }
        self._plan, self._complete_since, self._last_look, self._last_event = plan, complete_since, now, last_event
        return sorted(self._deliveries.values(), key=attrgetter("due"))

    def _can_continue(self, plan: Plan, now: datetime, last_event: int) -> bool:
        """Return whether what is remembered holds: of these files, of this ledger, and not too old."""
        if plan is not self._plan or self._last_look is None or time.monotonic() - self._complete_since >= _MAX_AGE:
            return False
        return self._last_look <= now and last_event >= self._last_event

    def _find_changes(self, plan: Plan, now: datetime) -> dict[str, Delivery]:
        """Return what has fallen due since the last look, and what the log has told of since."""
        assert self._last_look is not None  # noqa: S101  (_can_continue has asked)
        newly_due = plan.due_between(self._last_look, now)
        changes = (plan.find(key) for key in self._ledger.changed_since(self._last_event))
        return {delivery.key: delivery for delivery in (*newly_due, *changes) if delivery}
