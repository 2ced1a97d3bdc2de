"""The next step for a person: of a failure by its cause, and of a post by its status, with the time that is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orangeday.adapters.base import PlatformError
from orangeday.adapters.table import adapter_of
from orangeday.content.config import Account
from orangeday.content.plan import Delivery
from orangeday.engine.status import DeliveryStatus
from orangeday.ledger.states import State
from orangeday.platforms.registry import PLATFORMS, title_of


def next_step(account: Account, failure: Exception) -> str:
    """Return what to do where a person must act: what the platform's adapter advises, or to log in again."""
    cause = failure.cause if isinstance(failure, PlatformError) else None
    advise = adapter_of(account.platform).advice
    return (advise(account, cause) if advise else "") or f"orangeday login {account.embassy} {account.platform}"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a person does about a post that needs them, and what comes of it."""

    action: str
    """A line to type, or what to do in words, without a full stop."""
    time_limit: str = ""
    """The time that is left for it: `before 15:00 in Hanoi`; empty where there is none."""
    effect: str = ""
    """What happens if it is done in time: `then it still goes out`; empty where the action says it."""

    def __str__(self) -> str:
        """Return it in a line: `→ orangeday login hanoi x, before 15:00 in Hanoi: then it still goes out`."""
        parts = ", ".join(filter(None, [self.action, self.time_limit]))
        return f"→ {parts}: {self.effect}" if self.effect else f"→ {parts}"


def remedy(status: DeliveryStatus, now: datetime) -> Remedy | None:
    """Return what a person does at `now` about a post that needs attention; None where it needs none."""
    if not status.needs_person:
        return None
    delivery, key = status.delivery, status.delivery.key.partition("/")[2]
    by_hand = f"post it by hand on {title_of(delivery.platform)}"
    is_open = now < delivery.deadline
    match status.state:
        case State.MISSED:
            return Remedy(f"{by_hand}, if it still matters; then: {_acknowledgement(key, 'Posted by hand.')}")
        case State.REFUSED if is_open and status.row and not status.row.same_as:
            return _in_time(delivery, f"correct what it says; then: orangeday retry {key}")
        case State.REFUSED:
            return Remedy(_acknowledgement(key, "I know."))
        case State.UNSURE:
            profile = f"{PLATFORMS[delivery.platform].profile_url}{delivery.account.handle}"
            settle = f"orangeday settle {key}"
            return Remedy(
                f"look at {profile}: if it is there, {settle} --published ADDRESS; else {settle} --not-published"
            )
        case State.DEFERRED if not status.is_in_time and not status.step:
            return Remedy(f"{by_hand}, if it must go out today")
        case State.DEFERRED | State.SCHEDULED:
            return _in_time(delivery, status.step or f"orangeday doctor --embassy {delivery.embassy.id}")
        case State.HELD if status.step:
            return _in_time(delivery, status.step)
        case _:
            return Remedy(status.step) if status.step else None


def _in_time(delivery: Delivery, action: str) -> Remedy:
    """Return the remedy for a post that can still go out, with the moment from which on it is too late."""
    end = delivery.local(delivery.deadline)
    moment = "midnight" if (end.hour, end.minute) == (0, 0) else f"{end:%H:%M}"
    time_limit = f"before {moment} in {delivery.plan.place_of(delivery.embassy)}"
    return Remedy(action.rstrip("."), time_limit, "then it still goes out")


def _acknowledgement(key: str, reason: str) -> str:
    return f'orangeday acknowledge {key} --reason "{reason}"'
