"""What a Platform is, what it is given, and the four ways in which it can answer.

    Receipt                   published: the proof
    PlatformError
    ├── Refused               certainly not published; a person must act
    ├── Deferred              certainly not published; try again at a given time
    └── Unsure                perhaps published; only reading back may decide

An adapter classes every answer by its HTTP status and by whether the request may have left, never by the class of an
SDK's exception alone. Whatever escapes it unclassed counts as Unsure.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from orangeday.content.plan import Delivery


@dataclass(frozen=True, slots=True)
class Sent:
    """The exact payload of one attempt, frozen in the Ledger before it leaves."""

    text: str
    payload: Mapping[str, Any]
    """What the platform is told, as JSON: all that `publish` sends and `find` compares."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's proof that a post is there."""

    id: str
    url: str
    published_at: datetime
    note: str | None = None
    """A warning that stays with it: what is there isn't what was to be said."""


class There(StrEnum):
    """Whether a post that was published is there."""

    UP = "up"  # and says what it was to say
    CHANGED = "changed"  # and says, or shows, something else
    GONE = "gone"  # the platform says that there is no such post


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a published post shows."""

    there: There
    note: str | None = None
    """Of one that is changed: what it says now, or what else differs."""


class PlatformError(Exception):
    """A failure that an adapter has classed. Its message is for the officer."""


class Refused(PlatformError):
    """Certainly not published, and trying again as it is would change nothing."""


class Deferred(PlatformError):
    """Certainly not published; worth another try at `until`.

    With scope "account" nothing of this account is tried before then, with "platform" nothing of any account there;
    `needs_person` says that only a person can mend it (a wrong password, no credit left).
    """

    def __init__(
        self,
        message: str,
        until: datetime,
        scope: Literal["delivery", "account", "platform"] = "delivery",
        needs_person: bool = False,
    ) -> None:
        super().__init__(message)
        self.until = until
        self.scope = scope
        self.needs_person = needs_person


class Unsure(PlatformError):
    """Perhaps published: a time-out, a reset, a 5xx, an answer that can't be read.

    `there_already`: the platform says that it has such a post, and not which.
    """

    def __init__(self, message: str, *, there_already: bool = False) -> None:
        super().__init__(message)
        self.there_already = there_already


class Platform(Protocol):
    """A connected Account. One thread uses it at a time."""

    @property
    def identity(self) -> str:
        """Who the account is for good, whatever its handle: the DID, the X user id."""

    @property
    def settle_after(self) -> timedelta | None:
        """How long a post may be there without being shown: its absence counts only when seen after that.

        None: sending the same again can only ever leave one post, so that nobody has to wait for a proof.
        """

    def prepare(self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime) -> Sent:
        """All that comes before the one request: encoding, uploads. Raises Refused or Deferred.

        `media` holds its pictures by name: what is approved is these bytes, so nobody reads the files again.
        """

    def publish(self, sent: Sent, armed: datetime) -> Receipt:
        """Sends one request, once. Raises Refused, Deferred or Unsure."""

    def find(self, sent: Sequence[Sent], since: datetime, known: Container[str] = ()) -> Receipt | None:
        """Looks once for a post that says what one of these attempts would have said; None: none is shown.

        It isn't older than `since`, and not one of those that are `known` by their ids to be something else. Raises any
        other outcome where that can't be told now.
        """

    def look(self, posts: Sequence[tuple[Receipt, Sequence[Sent]]]) -> Iterator[Seen | PlatformError]:
        """How each of these is there, in their order, by the attempts that were frozen for it.

        An outcome stands for one of which that can't be told now; one that is raised, for all that would follow.
        """

    def delete(self, receipt: Receipt) -> None:
        """Takes a post down, and sees that it is gone. Raises any outcome."""
