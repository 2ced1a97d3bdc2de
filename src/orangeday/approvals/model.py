"""The values of approvals: subjects, approvals and withdrawals, and the changes since a subject was approved."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from orangeday.clock import DAYS, campaign_end, utc, years_earlier
from orangeday.content.encoding import Alteration
from orangeday.content.plan import Plan
from orangeday.content.problems import Location
from orangeday.content.toml import Table
from orangeday.platforms.registry import PLATFORMS, title_of
from orangeday.text.language import LANGUAGE, language_script
from orangeday.text.phrases import join_words

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
        owner = f"{self.embassy}'s own words on " if self.embassy else ""
        return f"{owner}day {self.number} in “{self.language}”"

    @property
    def command(self) -> str:
        """The command that approves it."""
        if self.number is None:
            return f"orangeday approve --embassy {self.embassy}"
        option = f" --embassy {self.embassy}" if self.embassy else ""
        return f"orangeday approve {self.number} --language {self.language}{option}"

    @property
    def reapproval_command(self) -> str:
        """The command that approves it, and only it, after it was withdrawn."""
        return f"{self.command} --again"

    def is_same_text(self, other_text: Subject) -> bool:
        """Return whether both are the same text, under whichever tag of the same language: `en` and `en-GB` are one."""
        if self[0] is None or self[::2] != other_text[::2] or not self.language or not other_text.language:
            return self == other_text
        return self.language == other_text.language or language_script(self.language) == language_script(
            other_text.language
        )

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


def subject_at(outer: str, inner: str) -> Subject | None:
    """Return the subject of two keys of the file, `05` and `en.nairobi`; None where they name nothing to approve."""
    if outer == "embassies":
        return Subject(None, None, inner)
    language, _, embassy = inner.partition(".")
    if re.fullmatch(r"\d\d", outer) and int(outer) in DAYS and LANGUAGE.fullmatch(language):
        return Subject(int(outer), language, embassy or None)
    return None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a page by which something was approved: the page's code, and the mail that gave it back.

    The file keeps it behind the name of who approved, within one value: so an earlier version reads the same file, and
    an approval by mail has the same digest as any other.
    """

    code: str
    message_id: str | None = None
    """The mail's Message-ID, in its angle brackets; None where the code was typed."""
    mail_date: datetime | None = None
    """The mail's date, to the second."""
    sender: str | None = None
    """The mail's address, in lower case."""

    def write(self, actor: str) -> str:
        """Return the value that keeps it: `Ann Peeters (page 7F3K-92QD)`."""
        if self.message_id is None or self.mail_date is None:
            return f"{actor} (page {self.code})"
        moment = self.mail_date.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return f"{actor} (page {self.code}, mail of {moment} from {self.sender}, {self.message_id})"

    @staticmethod
    def read(value: str) -> tuple[str, Answer | None]:
        """Return the name in such a value, and the answer; None where there is none behind it."""
        match = _ANSWER.fullmatch(value)
        if match is None:
            return value, None
        actor, code, moment, sender, message_id = match.groups()
        try:
            mail_date = datetime.fromisoformat(moment) if moment else None
        except ValueError:
            return value, None
        return actor, Answer(code, message_id, mail_date, sender)


_ANSWER = re.compile(
    r"(.+) \(page ([0-9A-Z]{4}-[0-9A-Z]{4})(?:, mail of ([\d:T-]{19}Z) from (\S+), (<[^<>\s]+>))?\)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval of one subject: its content, the person who approved it, and the time."""

    parts: Mapping[str, str]
    """The approved content, by the name of each part."""
    digest: str
    """The hash of the parts at that time."""
    actor: str
    moment: datetime
    campaign: str | None = None
    """The campaign it is for, as `16days-2026`; None in an approval by a version that didn't write it."""
    is_edited: bool = False
    """True where the digest isn't that of the parts and the campaign: a person edited the file by hand."""
    answer: Answer | None = None
    """The answer to a page by which it was given; None where it was given without one."""
    table: Table | None = field(default=None, compare=False, repr=False)

    def location(self, file: Path) -> Location:
        """Return its place in the file; without a table, the first line."""
        return self.table.location if self.table else Location(file, 1)

    def campaign_of(self, plan: Plan) -> str:
        """Return the campaign it is for; where that isn't stored, the one that ran at its time, or else came next."""
        if self.campaign:
            return self.campaign
        first = plan.first
        while self.moment >= campaign_end(first):
            first = years_earlier(first, -1)
        while self.moment < campaign_end(years_earlier(first)):
            first = years_earlier(first)
        return f"{plan.campaign.id}-{first.year}"

    def is_for(self, plan: Plan) -> bool:
        """Return whether it is for the campaign of this plan: an approval counts for no other."""
        return self.campaign_of(plan) == plan.campaign_id


@dataclass(frozen=True, slots=True)
class TextWithdrawal:
    """The withdrawal of a text: person, time and reason. After it only an approval of that text alone counts."""

    actor: str
    moment: datetime
    reason: str
    parts: Mapping[str, str] = field(default_factory=dict)
    """The content that was approved until then, by the name of each part; empty where that isn't known."""
    table: Table | None = field(default=None, compare=False, repr=False)

    def location(self, file: Path) -> Location:
        """Return its place in the file; without a table, the first line."""
        return self.table.location if self.table else Location(file, 1)


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
    location: Location
    """The first place that isn't as it was approved."""
    parts: Mapping[str, tuple[str | None, str | None]]
    """The differing parts, by name: the approved value and the present one; None for one that doesn't exist."""
    actor: str | None = None
    moment: datetime | None = None
    since: datetime | None = None
    """The time at which the first of its files was changed; None where the files don't tell."""
    campaign: str = ""
    """The campaign that is planned."""
    approved_for: str | None = None
    """The campaign for which it was approved."""
    reason: str | None = None
    """The reason of the withdrawal."""
    is_own_card: bool = False
    """True if its card alone is the embassy's own, and its words are everybody's."""
    is_overruled: bool = False
    """True where the file has an approval of it, made elsewhere, and it is withdrawn here."""

    @property
    def withdrawal_note(self) -> str:
        """The withdrawal in words: `taken down by Ann Peeters, 25 Nov 02:05 UTC: a wrong date`."""
        return f"taken down by {self.actor}, {self._time_in_words}" + (f": {self.reason}" if self.reason else "")

    @property
    def _time_in_words(self) -> str:
        """The time of the approval or withdrawal, in words."""
        return utc(self.moment) if self.moment else ""

    @property
    def explanation(self) -> str:
        """The reason why it isn't approved, as the beginning of a sentence."""
        subject, name = self.subject, self.subject.in_words
        is_plural = subject.number is None or bool(subject.embassy)
        if self.is_own_card:
            name, is_plural = name.replace("own words", "own card", 1), False
        verb, pronoun = ("are", "them") if is_plural else ("is", "it")
        approval = f"{self.actor} approved on {self._time_in_words}" if self.moment else ""
        if self.kind is Kind.WITHDRAWN:
            if self.is_overruled:
                withdrawal = f"by {self.actor} ({self._time_in_words}" + (f": {self.reason})" if self.reason else ")")
                return f"{name} is approved in {NAME}, but withdrawn here {withdrawal}"
            return f"{name} is withdrawn ({self.withdrawal_note})"
        if self.kind is Kind.CAMPAIGN:
            return f"{name} {verb} approved for {self.approved_for}, not for {self.campaign}"
        if self.kind is Kind.NEW:
            return f"{name} {verb} not approved yet"
        if self.kind is Kind.EDITED:
            return f"the approval of {name} was edited by hand, and no longer counts"
        if self.kind is Kind.GONE:
            return f"{name}, which {approval}, {verb} gone, and nothing stands in for {pronoun} unasked"
        parts = [part_label(name) for name in self.parts]
        named_parts = join_words([*parts[:3], f"{len(parts) - 3} more"] if len(parts) > 4 else parts)
        since = f" (changed {utc(self.since)})" if self.since else ""
        verb = "are" if parts[1:] or parts[0].endswith(("hashtags", "languages", "as they are sent")) else "is"
        owner = f"{subject.embassy}'s" if subject.embassy else "its"
        return f"{owner} {named_parts} {verb} no longer what {approval}{since}"

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """The differing parts: a name that an officer knows, the approved value and the present one; "" for none."""
        return [
            (part_label(name), _value_in_words(name, old), _value_in_words(name, new))
            for name, (old, new) in self.parts.items()
        ]

    @property
    def command(self) -> str:
        """The command that approves it as it is now."""
        if self.kind is Kind.WITHDRAWN:
            return self.subject.reapproval_command
        is_gone = self.kind is Kind.GONE
        return self.subject._replace(embassy=None).command if is_gone else self.subject.command

    @property
    def in_words(self) -> str:
        """The change in one sentence for an officer, with the command to type."""
        if self.kind is Kind.WITHDRAWN:
            return f"{self.explanation}: nothing of it goes out. To be asked whether it may after all: {self.command}"
        return f"{self.explanation}: {self.command}"


@dataclass(frozen=True, slots=True)
class Objection:
    """The reason why a delivery isn't approved as it is, and the command that approves it, or finds out more."""

    reason: str
    command: str


Entry = Approval | TextWithdrawal
"""An entry of approvals.toml: all that is below one heading."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of texts and embassies of a plan, and of those that are approved."""

    texts: int
    texts_approved: int
    embassies: int
    embassies_approved: int


PICTURES = "pictures"
"""The part that says how pictures are altered. Approvals of versions before 0.1.0 have none, and cover any."""

OWN_CARD = "own_card"
"""The part of an embassy's own text that says that its card alone is its own, and its words are everybody's."""

AS_THEY_ARE = "as they are"
"""Its value where none is altered."""


def _value_in_words(name: str, value: str | None) -> str:
    """Return a part's value as an officer reads it: `picture 1 made smaller on X; picture 2 turned upright on X`."""
    if name != PICTURES or not value:
        return value or ""
    if value == AS_THEY_ARE:
        return "unaltered"
    alterations = [re.fullmatch(r"(picture \d+) (\S+) on (\S+)", item) for item in value.split(", ")]
    if not all(match and match[2] in _ALTERATIONS for match in alterations):
        return value  # a later version knows others
    return "; ".join(
        f"{match[1]} {Alteration(match[2]).in_words} on {title_of(match[3])}" for match in alterations if match
    )


_ALTERATIONS = frozenset(map(str, Alteration))


def part_label(name: str) -> str:
    """Return the name of a part as an officer knows it."""
    head, _, rest = name.partition(".")
    if rest.startswith('"'):
        rest = json.loads(rest)
    if head in PLATFORMS:
        title = PLATFORMS[head].title
        return f"{rest} on {title}" if rest else f"wording for {title}"
    if head == "handles":
        handle_name, _, aspect = rest.rpartition(".")
        return f"name of {handle_name}" if aspect == "name" else f"{title_of(aspect)} handle of {handle_name}"
    if head == "words":
        word, _, language = rest.rpartition(".")
        return f"word “{word}” in “{language}”"
    if name == PICTURES:
        return "pictures as they are sent"
    if head == "network":
        return {"proxy": "proxy on the way to the platforms", "certificates": "certificates on that way"}.get(
            rest, rest
        )
    formats = {"alt": "alt text of {}", "media": "picture {}", "facts": "fact “{}”"}
    if head in formats:
        return formats[head].format(rest)
    plain = head.replace("_", " ")
    return (
        f"{plain} in “{rest}”"
        if rest
        else {"timezone": "time zone", "without hashtags": "left-out hashtags"}.get(plain, plain)
    )


def dotted_key(*keys: str) -> str:
    """Return a dotted key of TOML, with quotes around each key that needs them."""
    return ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else quote(key) for key in keys)


def quote(text: str) -> str:
    """Return a text on one line, between double quotes: as JSON writes it, which TOML reads."""
    literal = json.dumps(text, ensure_ascii=False)
    if text.count(".") > 40:  # with too many dots in a line it wouldn't be read
        literal = literal.replace(".", "\\u002e")
    return literal.translate(_ESCAPES)


_ESCAPES = {
    code: f"\\u{code:04x}"
    for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
}
"""The characters that end a line or reverse it, and so show the reader another text than the one that is posted."""
