"""The values of approvals: subjects, approvals and withdrawals, and the changes since a subject was approved."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from orangeday.clock import a_year_earlier, campaign_ends, utc
from orangeday.content.plan import Plan
from orangeday.content.problems import Where
from orangeday.content.toml import Table
from orangeday.platforms.registry import PLATFORMS, title_of
from orangeday.text.language import language_script

NAME = "approvals.toml"


class Subject(NamedTuple):
    """The subject of one approval: a text, everybody's or an embassy's own; or, without a day, an embassy."""

    number: int | None
    language: str | None
    embassy: str | None

    def __str__(self) -> str:
        """Return its heading in the file: `05/en`, `05/en.nairobi`, `embassies/nairobi`."""
        if self.number is None:
            return f"embassies/{self.embassy}"
        return f"{self.number:02}/{self.language}" + (f".{self.embassy}" if self.embassy else "")

    @property
    def in_words(self) -> str:
        """The subject in words, for the middle of a sentence."""
        if self.number is None:
            return f"the names, the zone and the accounts of {self.embassy}"
        own = f"{self.embassy}'s own words on " if self.embassy else ""
        return f"{own}day {self.number} in “{self.language}”"

    @property
    def command(self) -> str:
        """The command that approves it."""
        if self.number is None:
            return f"orangeday approve --embassy {self.embassy}"
        own = f" --embassy {self.embassy}" if self.embassy else ""
        return f"orangeday approve {self.number} --language {self.language}{own}"

    @property
    def again(self) -> str:
        """The command that approves it, and only it, after it was withdrawn."""
        return f"{self.command} --again"

    def is_same_text(self, other: Subject) -> bool:
        """Return whether both are the same text, under whichever tag of the same language: `en` and `en-GB` are one."""
        if self[0] is None or self[::2] != other[::2] or not self.language or not other.language:
            return self == other
        return self.language == other.language or language_script(self.language) == language_script(other.language)

    @property
    def order(self) -> tuple[bool, int, str, str]:
        """The sort key of its place in the file: by day, language and embassy, the embassies themselves last."""
        return self.number is None, self.number or 0, self.language or "", self.embassy or ""

    @property
    def key(self) -> str:
        """The dotted key of its table in the file."""
        if self.number is None:
            return dotted_key("embassies", self.embassy or "")
        return dotted_key(
            f"{self.number:02}", f"{self.language}.{self.embassy}" if self.embassy else self.language or ""
        )


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval of one subject: its content, the person who approved it, and the time."""

    parts: Mapping[str, str]
    """The approved content, by the name of each part."""
    digest: str
    """The hash of the parts at that time."""
    by: str
    at: datetime
    campaign: str | None = None
    """The campaign it is for, as `16days-2026`; None in an approval by a version that didn't write it."""
    edited: bool = False
    """True where the digest isn't that of the parts and the campaign: a person edited the file by hand."""
    table: Table | None = field(default=None, compare=False, repr=False)

    def where(self, file: Path) -> Where:
        """Return its place in the file; without a table, the first line."""
        return self.table.where if self.table else Where(file, 1)

    def campaign_of(self, plan: Plan) -> str:
        """Return the campaign it is for; where that isn't stored, the one that ran at its time, or else came next."""
        if self.campaign:
            return self.campaign
        first = plan.first
        while self.at >= campaign_ends(first):
            first = a_year_earlier(first, -1)
        while self.at < campaign_ends(a_year_earlier(first)):
            first = a_year_earlier(first)
        return f"{plan.campaign.id}-{first.year}"

    def is_for(self, plan: Plan) -> bool:
        """Return whether it is for the campaign of this plan: an approval counts for no other."""
        return self.campaign_of(plan) == plan.campaign_id


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The withdrawal of a text: person, time and reason. After it only an approval of that text alone counts."""

    by: str
    at: datetime
    why: str
    parts: Mapping[str, str] = field(default_factory=dict)
    """The content that was approved until then, by the name of each part; empty where that isn't known."""
    table: Table | None = field(default=None, compare=False, repr=False)

    def where(self, file: Path) -> Where:
        """Return its place in the file; without a table, the first line."""
        return self.table.where if self.table else Where(file, 1)


class Kind(StrEnum):
    """The reason why something isn't approved as it is."""

    NEW = "new"  # nobody has approved it
    CHANGED = "changed"  # somebody did, and it has changed since
    GONE = "gone"  # an embassy's own words, approved, whose file isn't there any more
    EDITED = "edited"  # its approval was edited by hand
    WITHDRAWN = "withdrawn"  # somebody took it down, and no approval counts but one of this text alone
    CAMPAIGN = "campaign"  # it is approved for another campaign than the one that is planned


@dataclass(frozen=True, slots=True)
class Change:
    """A subject that isn't approved as it is now, and the reason."""

    subject: Subject
    kind: Kind
    where: Where
    """The first place that isn't as it was approved."""
    parts: Mapping[str, tuple[str | None, str | None]]
    """The differing parts, by name: the approved value and the present one; None for one that doesn't exist."""
    by: str | None = None
    at: datetime | None = None
    since: datetime | None = None
    """The time at which the first of its files was changed; None where the files don't tell."""
    campaign: str = ""
    """The campaign that is planned."""
    approved_for: str | None = None
    """The campaign for which it was approved."""
    reason: str | None = None
    """The reason of the withdrawal."""
    overruled: bool = False
    """True where the file has an approval of it, made elsewhere, and it is withdrawn here."""

    @property
    def taken_down(self) -> str:
        """The withdrawal in words: `taken down by Ann Peeters, 25 Nov 02:05 UTC: a wrong date`."""
        return f"taken down by {self.by}, {self._when}" + (f": {self.reason}" if self.reason else "")

    @property
    def _when(self) -> str:
        """The time of the approval or withdrawal, in words."""
        return utc(self.at) if self.at else ""

    @property
    def why(self) -> str:
        """The reason why it isn't approved, as the beginning of a sentence."""
        subject = self.subject
        approved = f"{self.by} approved on {self._when}" if self.at else ""
        if self.kind is Kind.WITHDRAWN:
            if self.overruled:
                here = f"by {self.by} ({self._when}" + (f": {self.reason})" if self.reason else ")")
                return f"{subject.in_words} is approved in {NAME}, but withdrawn here {here}"
            return f"{subject.in_words} is withdrawn ({self.taken_down})"
        if self.kind is Kind.CAMPAIGN:
            are = "are" if subject.number is None or subject.embassy else "is"
            return f"{subject.in_words} {are} approved for {self.approved_for}, not for {self.campaign}"
        if self.kind is Kind.NEW:
            are = "are" if subject.number is None or subject.embassy else "is"
            return f"{subject.in_words} {are} not approved yet"
        if self.kind is Kind.EDITED:
            return f"the approval of {subject.in_words} was edited by hand, and no longer counts"
        if self.kind is Kind.GONE:
            return f"{subject.in_words}, which {approved}, are gone, and nothing stands in for them unasked"
        parts = [spoken(name) for name in self.parts]
        some = _listed([*parts[:3], f"{len(parts) - 3} more"] if len(parts) > 4 else parts)
        since = f" (changed {utc(self.since)})" if self.since else ""
        are = "are" if parts[1:] or parts[0].endswith(("hashtags", "languages")) else "is"
        whose = f"{subject.embassy}'s" if subject.embassy else "its"
        return f"{whose} {some} {are} no longer what {approved}{since}"

    @property
    def differing(self) -> list[tuple[str, str, str]]:
        """The differing parts: a name that an officer knows, the approved value and the present one; "" for none."""
        return [(spoken(name), old or "", new or "") for name, (old, new) in self.parts.items()]

    @property
    def command(self) -> str:
        """The command that approves it as it is now."""
        if self.kind is Kind.WITHDRAWN:
            return self.subject.again
        gone = self.kind is Kind.GONE
        return self.subject._replace(embassy=None).command if gone else self.subject.command

    @property
    def in_words(self) -> str:
        """The change in one sentence for an officer, with the command to type."""
        if self.kind is Kind.WITHDRAWN:
            return f"{self.why}: to post it{'' if self.overruled else ' again'}, {self.command}"
        return f"{self.why}: {self.command}"


Entry = Approval | Withdrawn
"""An entry of approvals.toml: all that is below one heading."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of texts and embassies of a plan, and of those that are approved."""

    texts: int
    texts_approved: int
    embassies: int
    embassies_approved: int


def spoken(name: str) -> str:
    """Return the name of a part as an officer knows it."""
    head, _, rest = name.partition(".")
    if rest.startswith('"'):
        rest = json.loads(rest)
    if head in PLATFORMS:
        title = PLATFORMS[head].title
        return f"{rest} on {title}" if rest else f"wording for {title}"
    if head == "handles":
        who, _, what = rest.rpartition(".")
        return f"name of {who}" if what == "name" else f"{title_of(what)} handle of {who}"
    of = {"alt": "alt text of {}", "media": "picture {}", "facts": "fact “{}”"}
    if head in of:
        return of[head].format(rest)
    plain = head.replace("_", " ")
    return (
        f"{plain} in “{rest}”"
        if rest
        else {"timezone": "time zone", "without hashtags": "left-out hashtags"}.get(plain, plain)
    )


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def dotted_key(*keys: str) -> str:
    """Return a dotted key of TOML, with quotes around each key that needs them."""
    return ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else quoted(key) for key in keys)


def quoted(text: str) -> str:
    """Return a text on one line, between double quotes: as JSON writes it, which TOML reads."""
    written = json.dumps(text, ensure_ascii=False)
    if text.count(".") > 40:  # with too many dots in a line it wouldn't be read
        written = written.replace(".", "\\u002e")
    return written.translate(_ESCAPED)


_ESCAPED = {
    code: f"\\u{code:04x}"
    for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
}
"""The characters that end a line or reverse it, and so show the reader another text than the one that is posted."""
