"""The description of a platform as one value: all that can be told of it without any of its software."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum


class Shape(StrEnum):
    """The shape of a card: its width to its height, as the config writes it."""

    WIDE = "16:9"
    TALL = "4:5"

    @property
    def suffix(self) -> str:
        """The end of the name of a card's file, before its last dot: `en.png`, `en.4x5.png`."""
        return ".4x5" if self is Shape.TALL else ""


@dataclass(frozen=True, slots=True)
class HandleForm:
    """The form of an account's handle."""

    pattern: str
    """A regular expression for the whole handle, without its @; capitals and small letters are one."""
    rule: str
    """The same in words, behind “can't be a handle on X: ”."""
    hint: str
    """A sentence with an example, for whoever has typed another."""
    reserved_endings: tuple[str, ...] = ()
    """The endings that no handle has, in small letters: nobody can own such an address."""
    usual_ending: str = ""
    """The ending that most handles have, for whoever leaves it out; it begins with a dot."""
    other_pages: tuple[str, ...] = ()
    """The words, in small letters, that stand in the platform's addresses where a handle does."""

    def is_possible(self, handle: str) -> bool:
        return re.fullmatch(f"(?ai:{self.pattern})", handle) is not None


@dataclass(frozen=True, slots=True)
class Server:
    """The server for requests, unless the config names another."""

    key: str
    """The key in the platform's section of the config."""
    address: str
    is_per_account: bool = False
    """True if accounts are on servers of their own: each may then name its own, by the same key."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One of the secrets that let an account in."""

    name: str
    """The end of its variable's name: APP_PASSWORD."""
    title: str
    """The name by which people know it."""
    is_shared: bool = False
    """True if all accounts of the platform share it."""
    pattern: str = ""
    """A regular expression that every such secret matches; what doesn't is a slip of copying."""
    usual_pattern: str = ""
    """A regular expression for what is wanted; what doesn't match may work, and `unusual_warning` is shown."""
    unusual_warning: str = ""
    source: str = ""
    """The page on which a person makes one, where it needn't be told otherwise."""


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """The limits of a platform for pictures."""

    max_bytes: int
    """The largest file. Of a larger one a smaller copy is sent."""
    min_side: int | None = None
    """The fewest pixels of a side: one with fewer is refused."""
    max_side: int | None = None
    """The most pixels of a side: of a longer one a smaller copy is sent."""

    def takes(self, width: int, height: int, size: int) -> bool:
        """Return whether a file of `size` bytes is within them, with so many pixels."""
        short, long = sorted((width, height))
        is_narrow = self.max_side is None or long <= self.max_side
        return size <= self.max_bytes and is_narrow and (self.min_side is None or short >= self.min_side)


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of a platform, in US dollars, as listed on a date. The config may name others."""

    list_date: date
    post: float
    post_with_link: float
    alt_text: float
    read: float
    """The price of reading back one of one's own posts."""
    has_link: Callable[[str], bool]
    """Return whether the platform charges a text as one with a link."""
    user_read: float = 0.0
    """The price of asking whose an account is: once a day, however often it is asked."""


@dataclass(frozen=True, slots=True)
class PlatformSpec:
    """The description of a platform."""

    name: str
    """Its name in files, keys and variables.

    A letter, or three and more small letters and digits, and no word of the files.
    """
    title: str
    """Its name for people."""
    length: Callable[[str], int]
    limit: int
    """The longest post, as `length` counts."""
    unit: str
    """The unit of its count, behind “280 of 300 ”."""
    facets: Callable[[str], list[tuple[int, int, str, str]]]
    """Return the links, tags and mentions that it makes: start and end in bytes, kind, value."""
    handle: HandleForm
    profile_url: str
    """The address at which a person looks at an account, before its handle."""
    server: Server
    credentials: tuple[Credential, ...]
    """The secrets that let an account in, in the order of asking for them; those that are shared come first."""
    pictures: PictureLimits
    shape: Shape = Shape.WIDE
    """The shape of the cards that it gets, unless the config says otherwise."""
    former_profile_urls: tuple[str, ...] = ()
    """The addresses that profiles had before, which lead to the same."""
    byte_limit: int | None = None
    """The longest post in bytes, where it limits them as well."""
    alt_length: int | None = None
    """The longest alt text in characters, where it limits them."""
    is_long_alt_refused: bool = True
    """True if it refuses a longer one; otherwise the rest of it isn't shown."""
    settle_after: timedelta | None = None
    """The longest time until it shows a new post; None where sending the same again can only ever leave one post.

    The config may name a longer time, and a shorter one only for a server on this machine.
    """
    prices: PriceList | None = None
    """Its prices; None where a post costs nothing."""
    identity_pattern: str = ""
    """A regular expression for its accounts' identities; unless given, they begin with its name and a colon.

    In the ledger one identity is one account, whatever the platform: none may look like another platform's.
    """
    identity_logs_in: bool = False
    """True if an account can log in by its identity, in place of its handle."""
    link_card: bool = False
    """True if it shows a card of the link below a text without pictures."""
    flags_duplicates: bool = False
    """True if it treats the same text from several accounts as spam."""
    restricts_mentions: bool = False
    """True if it may refuse a program's posts that mention who hasn't invited it, and suspend the program for them."""
    kept_data: str = "What was remembered of it"
    """The data that the adapter keeps between two runs, as the subject of “… is forgotten too.”"""
    adapter: str = field(default="", compare=False)
    """The module of its adapter, where the table in `orangeday.adapters` doesn't have it."""

    def handle_flaw(self, handle: str) -> str:
        """Return why nobody can have this handle, in words that follow it; or ""."""
        if not self.handle.is_possible(handle):
            return f"can't be a handle on {self.title}: {self.handle.rule}."
        if self.handle.reserved_endings and handle.lower().endswith(self.handle.reserved_endings):
            return f"can't be a handle on {self.title}: nobody can own that address."
        return ""

    def handle_in(self, text: str) -> str:
        """Return the handle that was typed, or pasted as the address of its profile; without @. It may be none."""
        address = re.sub(r"^(?i:https?://)?(?i:(www|mobile|m)\.)?", "", text.strip())
        for profile_url in (self.profile_url, *self.former_profile_urls):
            start = profile_url.partition("://")[2]
            if address.lower().startswith(start.lower()):
                handle = re.split(r"[/?#]", address[len(start) :])[0].removeprefix("@")
                return text.strip() if handle.lower() in self.handle.other_pages else handle
        is_address = re.match(r"(?i:https?://)", text.strip())
        return (address.rstrip("/") if is_address else text.strip()).removeprefix("@")

    def is_identity(self, identity: str) -> bool:
        """Return whether an account of this platform can have this identity."""
        return re.fullmatch(self.identity_pattern or rf"{self.name}:.+", identity) is not None
