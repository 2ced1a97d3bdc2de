"""The reasons why posts were missed: one of them for each, by what the ledger and the files know of its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from orangeday.clock import utc_offset
from orangeday.content.plan import Delivery
from orangeday.ledger.records import Hold

_LONGEST_GAP = timedelta(minutes=15)
"""The longest time between two looks for what is due, by cron say, in which a program still counts as running."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait of a post, or of its account, that was noted while the post could be sent."""

    moment: datetime
    until: datetime | None
    """The moment when it was to end; None where it is a person who ends it."""
    reason: str


def miss_reason(
    delivery: Delivery, last_look: datetime | None, hold: Hold | None, wait: Wait | None, obstacle: str | None
) -> str:
    """Return why a post never went out, whose time has passed.

    `last_look` is when a live run last looked for what was due, before the miss was seen; `hold` what then kept the
    post back; `wait` the last wait in its time; `obstacle` what keeps it back to this day.
    """
    due, deadline = delivery.due, delivery.deadline
    if deadline <= due:
        return "its hour comes after the end of its day, so it could never be sent"
    if last_look is not None and last_look >= deadline and hold is None and wait is None:
        return "its hour was changed to one that had passed"
    is_watched = last_look is not None and last_look >= due
    is_waiting = wait is not None and (wait.until is None or wait.until >= deadline)
    if not is_watched and not is_waiting:
        return "nothing was running while it could be sent" + (
            f"; besides, it was held: {obstacle}" if obstacle else ""
        )
    has_gap = last_look is not None and deadline - last_look > _LONGEST_GAP
    if last_look is not None and has_gap and not is_waiting and not obstacle:
        local_time = delivery.local(last_look)
        return f"nothing was running from {local_time:%H:%M} {utc_offset(local_time)} on"
    if hold and (wait is None or wait.moment <= hold.moment):
        return f"it was held: {hold.reason}"
    if wait:
        return wait.reason
    if obstacle:
        return f"it was held: {obstacle}"
    return "a program was running and did not begin it: the account's server may not have answered"


def last_look_at(delivery: Delivery, looks: Mapping[str, datetime]) -> datetime | None:
    """Return when a live run last looked for what its embassy had due; `looks` has the moments by scope."""
    moments = [moment for scope, moment in looks.items() if not scope or delivery.embassy.id in scope.split(",")]
    return max(moments, default=None)
