"""What a platform is, as one value: all that can be told of it without any of its software."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class HandleForm:
    """How an account's handle is written."""

    pattern: str
    """A regular expression for the whole handle, without its @; capitals and small letters are one."""
    rule: str
    """The same in words, behind “can't be a handle on X: ”."""
    hint: str
    """A sentence with an example, for whoever has typed another."""
    reserved: tuple[str, ...] = ()
    """What no handle ends in, in small letters: nobody can own such an address."""

    def is_possible(self, handle: str) -> bool:
        return re.fullmatch(f"(?ai:{self.pattern})", handle) is not None


@dataclass(frozen=True, slots=True)
class Server:
    """Where requests go, unless the config says otherwise."""

    key: str
    """The key in the platform's section of the config."""
    address: str
    of_account: bool = False
    """Whether accounts lie on servers of their own: each may then name its own, by the same key."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One of the secrets that let an account in."""

    name: str
    """The end of its variable's name: APP_PASSWORD."""
    title: str
    """What people call it."""
    shared: bool = False
    """Whether all accounts of the platform have the same."""
    pattern: str = ""
    """A regular expression that every such secret matches; what doesn't is a slip of copying."""
    usual: str = ""
    """A regular expression for what is wanted; what doesn't match may work, and `unusual` is said."""
    unusual: str = ""


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What a platform takes of a picture."""

    bytes: int
    """The largest file."""
    made_smaller: bool = False
    """Whether a larger one is encoded anew, so that it fits. Otherwise it is an error in the files."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a platform charges, in US dollars, as it was listed on a date. The config may say otherwise."""

    listed: date
    post: float
    post_with_link: float
    alt_text: float
    read: float
    """One of one's own posts, read back."""
    has_link: Callable[[str], bool]
    """Whether the platform takes a text for one with a link."""


@dataclass(frozen=True, slots=True)
class PlatformSpec:
    """What a platform is. Everybody may ask it."""

    name: str
    """In files, keys and variables: a letter, or three and more small letters and digits, and no word of the files."""
    title: str
    """Its name for people."""
    length: Callable[[str], int]
    limit: int
    """The longest post, as `length` counts."""
    unit: str
    """What is counted, behind “280 of 300 ”."""
    facets: Callable[[str], list[tuple[int, int, str, str]]]
    """What it makes a link, a tag or a mention of: start and end in bytes, kind, value."""
    handle: HandleForm
    profile: str
    """The address at which a person looks at an account, before its handle."""
    server: Server
    credentials: tuple[Credential, ...]
    """In the order in which they are asked for; those that are shared come first."""
    pictures: PictureLimits
    byte_limit: int | None = None
    """The longest post in bytes, where it limits them as well."""
    alt_length: int | None = None
    """The longest alt text in characters, where it limits them."""
    settle_after: timedelta | None = None
    """How late it may show a post; None where sending the same again can only ever leave one post.

    The config may name a longer time, and a shorter one only for a server on this machine.
    """
    prices: PriceList | None = None
    """None where a post costs nothing."""
    identities: str = ""
    """A regular expression for its accounts' identities; unless given, they begin with its name and a colon.

    In the ledger one identity is one account, whatever the platform: none may look like another platform's.
    """
    identity_logs_in: bool = False
    """Whether an account can log in by its identity, in place of its handle."""
    link_card: bool = False
    """Whether it shows a card of the link below a text without pictures."""
    flags_duplicates: bool = False
    """Whether it takes several accounts that say the same for one that floods it."""
    remembers: str = "What was remembered of it"
    """What the adapter keeps between two runs, as the subject of “… is forgotten too.”"""
    adapter: str = field(default="", compare=False)
    """The module of its adapter, where the table in `orangeday.adapters` doesn't have it."""

    def handle_flaw(self, handle: str) -> str:
        """Why nobody can have this handle, to stand behind it; or nothing."""
        if not self.handle.is_possible(handle):
            return f"can't be a handle on {self.title}: {self.handle.rule}."
        if self.handle.reserved and handle.lower().endswith(self.handle.reserved):
            return f"can't be a handle on {self.title}: nobody can own that address."
        return ""

    def is_identity(self, identity: str) -> bool:
        """Whether an account of this platform can be the one that has this identity."""
        return re.fullmatch(self.identities or rf"{self.name}:.+", identity) is not None
