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
    """The step of a person about a post that needs one, the time that is left for it, and its effect."""

    action: str
    """A line to type, or what to do in words, without a full stop."""
    time_limit: str = ""
    """The time that is left for it: `before 15:00 in Hanoi`; empty where there is none."""
    effect: str = ""
    """The effect, if it is done in time: `then it still goes out`; empty where the action says it."""

    def __str__(self) -> str:
        """Return it in a line: `→ orangeday login hanoi x, before 15:00 in Hanoi: then it still goes out`."""
        parts = ", ".join(filter(None, [self.action, self.time_limit]))
        return f"→ {parts}: {self.effect}" if self.effect else f"→ {parts}"


def remedy(status: DeliveryStatus, now: datetime) -> Remedy | None:
    """Return the step of a person at `now` about a post that needs attention; None where it needs none."""
    if not status.needs_person:
        return None
    delivery, key = status.delivery, status.delivery.key.partition("/")[2]
    platform = title_of(delivery.platform)
    by_hand = f"post it by hand on {platform}, if it still matters; then: {_acknowledgement(key, 'Posted by hand.')}"
    match status.state:
        case State.MISSED:
            return Remedy(by_hand)
        case State.REFUSED if status.row and status.row.same_as:
            return Remedy(_acknowledgement(key, "It is out."))
        case State.REFUSED:
            retry = f"correct what {platform} says; then: orangeday retry {key}"
            return timely_remedy(delivery, retry) if now < delivery.deadline else Remedy(by_hand)
        case State.UNSURE:
            profile = f"{PLATFORMS[delivery.platform].profile_url}{delivery.account.handle}"
            settle = f"orangeday settle {key}"
            return Remedy(
                f"look at {profile}; orangeday keeps checking, too. If the post is there: {settle} --published "
                f"ADDRESS; if it isn't: {settle} --not-published, and it is sent again while there is time"
            )
        case State.DEFERRED if not status.is_in_time and not status.step:
            return Remedy(f"post it by hand on {platform}, if it must go out today")
        case State.DEFERRED | State.SCHEDULED:
            return timely_remedy(delivery, status.step or f"orangeday doctor --embassy {delivery.embassy.id}")
        case State.HELD if status.step:
            return timely_remedy(delivery, status.step)
        case _:
            return Remedy(status.step) if status.step else None


def timely_remedy(delivery: Delivery, action: str) -> Remedy:
    """Return the remedy for a post that can still go out: this action, and the time that is left for it."""
    end = delivery.local(delivery.deadline)
    moment = "midnight" if (end.hour, end.minute) == (0, 0) else f"{end:%H:%M}"
    time_limit = f"before {moment} in {delivery.plan.place_of(delivery.embassy)}"
    return Remedy(action.rstrip("."), time_limit, "then it still goes out")


def _acknowledgement(key: str, reason: str) -> str:
    return f'orangeday acknowledge {key} --reason "{reason}"'
