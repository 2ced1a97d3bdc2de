"""The protocol of every platform: the functions of its adapter, a connected account, and the four ways it can answer.

    Receipt                   published: the proof
    PlatformError
    ├── Refused               certainly not published; a person must act
    ├── Deferred              certainly not published; try again at a given time
    └── Unsure                perhaps published; only reading back may decide

An adapter classes every answer by its HTTP status and by whether the request may have left, never by the class of an
SDK's exception alone. Whatever escapes it unclassed counts as Unsure.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from orangeday.clock import Clock
    from orangeday.content.config import Account
    from orangeday.content.plan import Delivery


@dataclass(frozen=True, slots=True)
class Payload:
    """The exact content of one attempt, frozen in the Ledger before it leaves."""

    text: str
    document: Mapping[str, Any]
    """The JSON object for the platform: all that `publish` sends and `find` compares."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's proof that a post is there."""

    id: str
    url: str
    published_at: datetime
    note: str | None = None
    """A warning that stays with it: the post that is there doesn't say what it should."""


class PostState(StrEnum):
    """The state of a published post on its platform."""

    UP = "up"  # and says what it was to say
    CHANGED = "changed"  # and says, or shows, something else
    GONE = "gone"  # the platform says that there is no such post


@dataclass(frozen=True, slots=True)
class PostCheck:
    """The result of looking at a published post."""

    state: PostState
    note: str | None = None
    """The present text of a changed post, or the parts in which it differs."""


class Cause(Enum):
    """The reason for a failure, as far as a person's next step depends on it; status and outcome don't."""

    UNREACHABLE = auto()  # no connection was made
    CREDIT = auto()  # what was paid for is used up
    CLOCK = auto()  # our clock isn't right, or nobody can tell
    ADDRESS = auto()  # the address in the config isn't the platform's
    APP_KEY = auto()  # the app's key and secret aren't taken
    TOKEN = auto()  # the account's token isn't taken
    OTHER_ACCOUNT = auto()  # these are the credentials of another account than the config says
    READ_ONLY = auto()  # the credentials are taken, and may not post
    PIN = auto()  # the PIN isn't taken, or none is shown
    ACCOUNT = auto()  # the account is suspended, locked or deactivated
    LIMIT = auto()  # all that may be sent in a time was sent
    AUTOMATED = auto()  # the platform takes the account for a robot's, and wants to see a person


class PlatformError(Exception):
    """A failure that an adapter has classed. Its message is for the officer, and nothing is decided by it."""

    def __init__(self, message: str, *, cause: Cause | None = None, hint: str = "") -> None:
        """Append `hint` to the message: what to do, beginning in small letters."""
        super().__init__(message)
        self.cause = cause
        self.message = f"{message}: {hint}" if hint else message
        """The failure in words, and what to do about it."""

    def __str__(self) -> str:
        return f"{self.message}. Nothing was sent" if self.cause is Cause.UNREACHABLE else self.message


class Refused(PlatformError):
    """The outcome “certainly not published”, where trying again as it is would change nothing."""


class Deferred(PlatformError):
    """The outcome “certainly not published”, worth another try at `until`.

    With scope "account" nothing of this account is tried before then, with "platform" nothing of any account there;
    `needs_person` says that only a person can mend it (a wrong password, no credit left), `is_transient` that it is
    expected to pass by itself (no connection, an answer that can't be read): while it goes on, `until` is put off
    further; `is_guess` that nobody has said when it passes. With `until` UNTIL_RELEASED it isn't tried before a person
    has said so.
    """

    def __init__(
        self,
        message: str,
        until: datetime,
        scope: Literal["delivery", "account", "platform"] = "delivery",
        needs_person: bool = False,
        *,
        is_transient: bool = False,
        is_guess: bool = False,
        cause: Cause | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, cause=cause, hint=hint)
        self.is_transient = is_transient
        self.is_guess = is_guess
        self.until = until
        self.scope = scope
        self.needs_person = needs_person


class Unsure(PlatformError):
    """The outcome “perhaps published”: a time-out, a reset, a 5xx, an answer that can't be read.

    `is_duplicate`: the platform says that it has such a post, and not which.
    """

    def __init__(self, message: str, *, is_duplicate: bool = False) -> None:
        super().__init__(message)
        self.is_duplicate = is_duplicate


class Platform(Protocol):
    """A connected Account. One thread uses it at a time."""

    @property
    def identity(self) -> str:
        """The account's permanent identity, whatever its handle: the DID, the X user id."""

    @property
    def settle_after(self) -> timedelta | None:
        """The longest time for which a new post may not be shown: its absence counts only when seen after that.

        None: sending the same again can only ever leave one post, so that nobody has to wait for a proof.
        """

    def prepare(
        self, delivery: Delivery, media: Mapping[str, bytes], generation: int, first_armed_at: datetime
    ) -> Payload:
        """Encode and upload what comes before the one request, and return the payload. Raises Refused or Deferred.

        `media` holds its pictures by name: what is approved is these bytes, so nobody reads the files again. Their alt
        texts are in `delivery.alt_texts`, by the same names.
        """

    def publish(self, payload: Payload, armed_at: datetime) -> Receipt:
        """Send one request, once, and return the platform's proof. Raises Refused, Deferred or Unsure."""

    def find(self, payloads: Sequence[Payload], since: datetime, excluded_ids: Container[str] = ()) -> Receipt | None:
        """Look once for a post that says what one of these attempts would have said, and return it; else None.

        It isn't older than `since`, and not one of `excluded_ids`, which are known to be something else. Raises any
        other outcome where that can't be told now.
        """

    def check_posts(self, posts: Sequence[tuple[Receipt, Sequence[Payload]]]) -> Iterator[PostCheck | PlatformError]:
        """Yield the state of each of these posts, in their order, by the attempts that were frozen for it.

        An outcome stands for a post whose state can't be told now; one that is raised, for all that would follow.
        """

    def delete(self, receipt: Receipt) -> None:
        """Take a post down, and see that it is gone. Raises any outcome."""


class Dialog(Protocol):
    """The person at a terminal who logs an account in. Any question may end the command instead of being answered."""

    def info(self, text: str, style: str = "") -> None:
        """Tell something, folded to the terminal's width."""

    def show(self, line: str) -> None:
        """Write a line that is to be copied, and is never folded."""

    def ask(self, question: str) -> str:
        """Return what is typed, which the terminal shows: nothing secret."""

    def ask_secrets(self, names: Iterable[str]) -> dict[str, str]:
        """Return these credentials of the account, by name, typed where nobody sees them."""

    def keep(self, secrets: Mapping[str, str]) -> None:
        """Save those that the platform has taken already, by name, whatever becomes of the log-in."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """The reason why credentials that a platform takes are good for nothing."""

    login_message: str
    """The reason in sentences, behind “@handle, identity.”"""
    finding: str
    """The reason in the doctor's words, behind “credentials from the keyring, and ”."""
    next_step: str
    """The next step for a person."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """The functions for the accounts of one platform: the value ADAPTER of a module, loaded when the first connects.

    Credentials are given by the names that the platform's spec has for them. What is None isn't offered.
    """

    connect: Callable[[Account, Mapping[str, str], Clock], Platform]
    """Return the connected account. Raises Refused or Deferred."""
    verify: Callable[[Account, Mapping[str, str], Clock], str]
    """Return the account's identity, by the platform's own word of now. Raises any outcome."""
    post_id: Callable[[str, str], str]
    """Return the id of the post at an address that a person has copied, of an identity. Raises OrangedayError."""
    log_in: Callable[[Account, Mapping[str, str], Dialog, Clock], dict[str, str]] | None = None
    """Return the account's credentials, by the way in which the platform lets a person give them.

    It is given those that are known. None: each is asked for. Raises any outcome.
    """
    check_clock: Callable[[Account, Clock], None] | None = None
    """Raise Deferred where our clock is so far from the server's that it refuses what is right."""
    restriction: Callable[[Account, Mapping[str, str], Clock], Restriction | None] | None = None
    """Return why these credentials can't post, though they are taken; None where they can, or nobody can tell."""
    advice: Callable[[Account, Cause | None], str] | None = None
    """Return what to do about a refusal, by its cause; nothing where logging in again is what helps."""
    login_advice: Callable[[Account, Cause | None, Path], str] | None = None
    """Return the same for a person who logs in, by the config's file; nothing where the refusal says it itself."""
