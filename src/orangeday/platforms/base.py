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

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from orangeday.errors import OrangedayError

if TYPE_CHECKING:
    from orangeday.plan import Delivery


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


class PlatformError(Exception):
    """A failure that an adapter has classed. Its message is for the officer."""


class Refused(PlatformError):
    """Certainly not published, and trying again as it is would change nothing."""


class Deferred(PlatformError):
    """Certainly not published; worth another try at `until`.

    With scope "account" nothing of this account is tried before then; `needs_person` says that only a person
    can mend it (a wrong password, no credit left).
    """

    def __init__(
        self,
        message: str,
        until: datetime,
        scope: Literal["delivery", "account"] = "delivery",
        needs_person: bool = False,
    ) -> None:
        super().__init__(message)
        self.until = until
        self.scope = scope
        self.needs_person = needs_person


class Unsure(PlatformError):
    """Perhaps published: a time-out, a reset, a 5xx, an answer that can't be read."""


class Platform(Protocol):
    """A connected Account. One thread uses it at a time."""

    @property
    def identity(self) -> str:
        """Who the account is for good, whatever its handle: the DID, the X user id."""

    @property
    def idempotent(self) -> bool:
        """Whether sending the same again can only ever leave one post."""

    def prepare(self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed: datetime) -> Sent:
        """All that comes before the one request: encoding, uploads. Raises Refused or Deferred.

        `media` holds the Day's pictures by name: what is approved is these bytes, so nobody reads the files again.
        """

    def publish(self, sent: Sent, armed: datetime) -> Receipt:
        """Sends one request, once. Raises Refused, Deferred or Unsure."""

    def find(self, sent: Sequence[Sent]) -> Receipt | None:
        """Looks for a post that says what one of these attempts would have said; None: there is none.

        Raises Unsure or Deferred where that can't be told now.
        """

    def delete(self, receipt: Receipt) -> None:
        """Takes a post down, and sees that it is gone. Raises any outcome."""


_ADDRESSES = {
    "x": (r"https://(?:www\.)?(?:x|twitter)\.com/\w+/status/(\d+)", "https://x.com/<handle>/status/<number>"),
    "bluesky": (
        r"(?:https://bsky\.app/profile/[^/?#]+/post/|at://[^/]+/app\.bsky\.feed\.post/)([a-zA-Z0-9]+)",
        "https://bsky.app/profile/<handle>/post/<letters>",
    ),
}


def post_id(platform: str, address: str, identity: str) -> str:
    """The id of the post at an address that a person has copied. Raises OrangedayError."""
    pattern, example = _ADDRESSES[platform]
    found = re.fullmatch(rf"{pattern}/?(?:[?#]\S*)?", address.strip())
    if not found:
        raise OrangedayError(f"“{address}” is no address of a post there. Copy it as the post has it: {example}")
    return found[1] if platform == "x" else f"at://{identity}/app.bsky.feed.post/{found[1]}"
