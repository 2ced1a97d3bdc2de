"""The values that the ledger gives: rows, pauses, withdrawals, lines of the log. None of them needs a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from orangeday.adapters.base import Payload, Receipt
from orangeday.content.plan import Delivery
from orangeday.ledger.states import State
from orangeday.text.language import language_script


@dataclass(frozen=True, slots=True)
class Row:
    """The ledger's record of one Delivery."""

    key: str
    campaign: str
    day: int
    embassy: str
    platform: str
    language: str
    due: datetime
    closes: datetime
    state: State
    generation: int
    attempts: int
    identity: str | None
    first_armed: datetime | None
    until: datetime | None
    noted: datetime | None
    """The time when `until` was noted."""
    same_as: str | None
    error: str | None
    allowed: str | None
    acknowledged: str | None
    receipt: Receipt | None

    @property
    def is_decided(self) -> bool:
        """True if a sweep has nothing more to do with it: it is public, or a person has to let it be sent again."""
        is_stopped = self.state in (State.REFUSED, State.RETRACTED) and self.allowed is None
        return is_stopped or self.state is State.PUBLISHED


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence about a Delivery that may or may not be live."""

    payloads: Sequence[Payload]
    """Every payload that was frozen for it in its present generation, the first one first."""
    since: datetime
    """The time when its last attempt ended in doubt."""
    services: frozenset[str | None]
    """The addresses of the services that these were sent to; None for one that wasn't kept."""
    absences: Sequence[datetime]
    """The times since then when the account was read back and didn't show it."""
    is_duplicate: bool
    """True if the platform refused the post as one that is there already."""
    clock_tolerance: timedelta = timedelta(0)
    """The greatest difference between the clock that wrote these times and the one that reads them."""


@dataclass(frozen=True, slots=True)
class AccountNote:
    """The ledger's record of one Account."""

    first_seen: datetime
    deferred: datetime | None
    noted: datetime | None
    """The time when `deferred` was noted."""
    error: str | None
    needs_person: bool
    step: str | None = None
    """The step of a person that ends it, where one is needed; None where it wasn't noted."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The reason that kept a Delivery back which was due, as a live run saw it last."""

    moment: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause in force: for everything, an embassy, a platform, or one account."""

    scope: str
    since: datetime
    reason: str
    actor: str

    def __str__(self) -> str:
        reason = f": {' '.join(self.reason.split())}" if self.reason else ""  # in a line, whatever was typed
        return f"paused since {self.since:%Y-%m-%d %H:%M} UTC by {self.actor}{reason}"

    @property
    def resume_command(self) -> str:
        """The command that ends it."""
        return "orangeday resume" if self.scope == ALL_ACCOUNTS else f"orangeday resume {self.scope}"

    def covers(self, embassy: str, platform: str) -> bool:
        """Return whether the pause is in force for an account of this embassy on this platform."""
        return self.scope in (ALL_ACCOUNTS, embassy, platform, f"{embassy}/{platform}")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A text that a person took down: nothing of it is posted in this campaign until a person lifts it."""

    campaign: str
    day: int
    language: str
    script: str
    embassy: str
    """The id of the embassy that the text is for; "" for the text of all embassies."""
    moment: datetime
    actor: str
    reason: str

    def __str__(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"withdrawn by {self.actor} on {self.moment:%Y-%m-%d %H:%M} UTC{reason}"

    def covers(self, delivery: Delivery) -> bool:
        """Return whether a Delivery would post this text."""
        embassy = delivery.translation.embassy if delivery.translation else None
        same_day = (self.campaign, self.day) == (delivery.plan.campaign_id, delivery.number)
        return same_day and self.embassy == (embassy or "") and self.script == language_script(delivery.language)


@dataclass(frozen=True, slots=True)
class Retraction:
    """A post that was taken down."""

    key: str
    day: int
    script: str
    generation: int
    retracted: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log: an action, and the person or program that took it."""

    moment: datetime
    action: str
    key: str | None
    detail: str | None
    actor: str
    machine: str


@dataclass(frozen=True, slots=True)
class LedgerSnapshot:
    """The ledger's records about some Deliveries and Accounts, as they are at one moment."""

    rows: Mapping[str, Row]
    accounts: Mapping[str, AccountNote]
    pauses: Sequence[Pause]
    withdrawals: Sequence[Withdrawal] = ()


ALL_ACCOUNTS = "everything"
"""The scope of a pause that is in force for all accounts."""
PROGRAM_ACTOR = "orangeday"
"""The name under which this program itself starts a pause."""


class Home(StrEnum):
    """The state in which a live run finds a ledger."""

    FAMILIAR = "familiar"  # nothing speaks against what it says
    NEW = "new"  # its campaign is running, and nothing was ever kept in it
    STRANGE = "strange"  # it was lost, moved, copied or restored, or has never heard of the campaign that is running


@dataclass(frozen=True, slots=True)
class HomeRecord:
    """The ledger's record of its home: the machine and the place where live runs have used it last."""

    machine: str
    path: str
    doubtful: str | None
    """The campaign in which something may have been posted without a record here."""
    timeline: str | None
    taken_over: datetime | None
    """The time when another server was seen to have taken over."""


@dataclass(frozen=True, slots=True)
class HomeClaim:
    """The state in which a live run has found a ledger, and the pause that it has put on for that, if any."""

    home: Home
    pause: Pause | None = None


class AccountLock(Protocol):
    """The lock of one account's identity. While it is held, no other program arms or sends for that account."""

    def is_held(self) -> bool: ...
    def release(self) -> None: ...
