"""Approvals: a person's word for exact content, kept in `approvals.toml` beside the days.

What was approved stands there in full, so that a pull request shows it and a change can be shown against it. Each
approval is a run of lines below a heading that stands there from the beginning: two people who approve different days
change different places. Whatever can't be read counts as approved by nobody.

What a person took down stands there as withdrawn, in the place of its approval. Only an approval of that text alone,
asked for as such, takes its place again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from orangeday.clock import DAYS, a_year_earlier, campaign_ends, utc
from orangeday.content import toml as source
from orangeday.content.campaign import Campaign, Day, Translation
from orangeday.content.config import Embassy
from orangeday.content.images import MOST_BYTES, Flaw, locate
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, Where
from orangeday.content.toml import Table, Text
from orangeday.content.wording import tags
from orangeday.errors import OrangedayError
from orangeday.text.x import LANGUAGE, PLATFORMS, language_script

NAME = "approvals.toml"
LOCK = ".approvals.lock"
_PATIENCE = 10.0
"""Seconds for which another who writes them is waited for."""


class Subject(NamedTuple):
    """What one approval is for: a Translation, everybody's or an embassy's own; or, without a day, an Embassy."""

    number: int | None
    language: str | None
    embassy: str | None

    def __str__(self) -> str:
        """As its heading in the file has it: `05/en`, `05/en.nairobi`, `embassies/nairobi`."""
        if self.number is None:
            return f"embassies/{self.embassy}"
        return f"{self.number:02}/{self.language}" + (f".{self.embassy}" if self.embassy else "")

    @property
    def in_words(self) -> str:
        if self.number is None:
            return f"the names, the zone and the accounts of {self.embassy}"
        own = f"{self.embassy}'s own words on " if self.embassy else ""
        return f"{own}day {self.number} in “{self.language}”"

    @property
    def command(self) -> str:
        """What approves it."""
        if self.number is None:
            return f"orangeday approve --embassy {self.embassy}"
        own = f" --embassy {self.embassy}" if self.embassy else ""
        return f"orangeday approve {self.number} --language {self.language}{own}"

    @property
    def again(self) -> str:
        """What approves it, and nothing else, once it is withdrawn."""
        return f"{self.command} --again"

    def is_same_text(self, other: Subject) -> bool:
        """Whether it is that text, under whichever tag of the same language: `en` and `en-GB` are one."""
        if self[0] is None or self[::2] != other[::2] or not self.language or not other.language:
            return self == other
        return self.language == other.language or language_script(self.language) == language_script(other.language)

    @property
    def order(self) -> tuple[bool, int, str, str]:
        """Its place in the file: by day, language and embassy, the embassies themselves last."""
        return self.number is None, self.number or 0, self.language or "", self.embassy or ""

    @property
    def key(self) -> str:
        """Its key in the file."""
        if self.number is None:
            return _dotted("embassies", self.embassy or "")
        return _dotted(f"{self.number:02}", f"{self.language}.{self.embassy}" if self.embassy else self.language or "")


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved what, and when."""

    parts: Mapping[str, str]
    """What was approved, by the name of each part."""
    digest: str
    """Of the parts, at that time."""
    by: str
    at: datetime
    campaign: str | None = None
    """The campaign it is for, as `16days-2026`; None where a version wrote it that didn't say."""
    edited: bool = False
    """The parts aren't those that it was made of: somebody edited the file by hand."""
    table: Table | None = field(default=None, compare=False, repr=False)

    def where(self, file: Path) -> Where:
        """Where it stands in its file."""
        return self.table.where if self.table else Where(file, 1)

    def campaign_of(self, plan: Plan) -> str:
        """The campaign it is for; where that isn't said, the one that ran when it was given, or else came next."""
        if self.campaign:
            return self.campaign
        first = plan.first
        while self.at >= campaign_ends(first):
            first = a_year_earlier(first, -1)
        while self.at < campaign_ends(a_year_earlier(first)):
            first = a_year_earlier(first)
        return f"{plan.campaign.id}-{first.year}"

    def is_for(self, plan: Plan) -> bool:
        """Whether it is for the campaign of this plan: an approval counts for no other."""
        return self.campaign_of(plan) == plan.campaign_id


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Who took a text down, when and why: from then on no approval counts but one of that text alone."""

    by: str
    at: datetime
    why: str
    parts: Mapping[str, str] = field(default_factory=dict)
    """What was approved until then, by the name of each part; nothing where that isn't known."""
    table: Table | None = field(default=None, compare=False, repr=False)

    def where(self, file: Path) -> Where:
        """Where it stands in its file."""
        return self.table.where if self.table else Where(file, 1)


class Kind(StrEnum):
    """Why something isn't approved as it is."""

    NEW = "new"  # nobody has approved it
    CHANGED = "changed"  # somebody did, and it has changed since
    GONE = "gone"  # an embassy's own words, approved, whose file isn't there any more
    EDITED = "edited"  # its approval was edited by hand
    WITHDRAWN = "withdrawn"  # somebody took it down, and no approval counts but one of this text alone
    CAMPAIGN = "campaign"  # it is approved for another campaign than the one that is planned


@dataclass(frozen=True, slots=True)
class Change:
    """Something that isn't approved as it is now."""

    subject: Subject
    kind: Kind
    where: Where
    """The first place that isn't as it was approved."""
    parts: Mapping[str, tuple[str | None, str | None]]
    """What differs, by the name of the part: what was approved and what is there now; None where there is none."""
    by: str | None = None
    at: datetime | None = None
    since: datetime | None = None
    """When a file that it stands in was changed; None where the files don't tell."""
    campaign: str = ""
    """The campaign that is planned."""
    approved_for: str | None = None
    """The campaign for which it was approved."""
    reason: str | None = None
    """Why it was withdrawn."""
    overruled: bool = False
    """The file has an approval of it, which came from elsewhere: it is withdrawn here."""

    @property
    def taken_down(self) -> str:
        """Who took it down, when and why: `taken down by Ann Peeters, 25 Nov 02:05 UTC: a wrong date`."""
        return f"taken down by {self.by}, {self._when}" + (f": {self.reason}" if self.reason else "")

    @property
    def _when(self) -> str:
        """When it was approved or withdrawn."""
        return utc(self.at) if self.at else ""

    @property
    def why(self) -> str:
        """What is the matter, as the beginning of a sentence."""
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
            return f"the approval of {subject.in_words} was edited by hand, and counts no more"
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
        """Each part that differs, by a name that an officer knows: what was approved, and what is there now."""
        return [(spoken(name), old or "", new or "") for name, (old, new) in self.parts.items()]

    @property
    def command(self) -> str:
        """What approves it as it is now."""
        if self.kind is Kind.WITHDRAWN:
            return self.subject.again
        gone = self.kind is Kind.GONE
        return self.subject._replace(embassy=None).command if gone else self.subject.command

    @property
    def in_words(self) -> str:
        """One sentence for an officer, with the command to type."""
        if self.kind is Kind.WITHDRAWN:
            return f"{self.why}: to post it{'' if self.overruled else ' again'}, {self.command}"
        return f"{self.why}: {self.command}"


Entry = Approval | Withdrawn
"""What stands below a heading."""


@dataclass(frozen=True)
class Approvals:
    """The whole file. With `problems` it has no entries: then nothing counts as approved."""

    file: Path
    exists: bool
    entries: Mapping[Subject, Approval]
    problems: tuple[Problem, ...]
    withdrawn: Mapping[Subject, Withdrawn] = field(default_factory=dict)
    """What the file says is withdrawn."""
    here: Mapping[Subject, Withdrawn] = field(default_factory=dict)
    """What was withdrawn on this machine, whatever the file says of it."""

    def withdrawal(self, subject: Subject) -> Withdrawn | None:
        """Who took this text down, when and why; None where it isn't withdrawn."""
        if found := self.withdrawn.get(subject) or self.here.get(subject):
            return found
        return next((found for other, found in self.withdrawn.items() if subject.is_same_text(other)), None)

    def taken_down(self, delivery: Delivery) -> str | None:
        """Why nothing of this delivery is posted, where its text is withdrawn, with the command; else None."""
        subject = _of(delivery, delivery.translation) if delivery.translation else None
        if subject is None or self.withdrawal(subject) is None:
            return None
        return _change(delivery.plan, self, subject).in_words

    def objection(self, delivery: Delivery, media: Mapping[str, str] | None = None) -> str | None:
        """Why this delivery isn't approved exactly as it is; None where it is, its words and its embassy.

        `media` is the sha256 of each picture's file as it is about to be sent, in hexadecimal, by the picture's name;
        without it the files themselves are looked at.
        """
        if self.problems:
            return f"nothing counts as approved while {NAME} can't be read: {self.problems[0]}"
        translation = delivery.translation
        if translation is None:
            return f"day {delivery.number} has no text in “{delivery.language}” that can be read"
        if media is not None:
            # Its card was approved with the words: an embassy that posts none has none in hand.
            folder, unsent = delivery.plan.campaign.folder, set(translation.media) - set(delivery.media)
            media = {**media, **{str(name): _picture(locate(folder, name)) or "" for name in unsent}}
        words = _of(delivery, translation)
        own = words._replace(embassy=delivery.embassy.id)
        if own != words and own in self.entries and self.entries[own].is_for(delivery.plan):
            return _change(delivery.plan, self, own).in_words
        for subject in (words, Subject(None, None, delivery.embassy.id)):
            if change := _changed(delivery.plan, self, subject, media):
                return change.in_words
        return None

    def since(self, delivery: Delivery) -> datetime | None:
        """When the last of what this delivery needs was approved; None where not all of it is."""
        if delivery.translation is None:
            return None
        needed = (_of(delivery, delivery.translation), Subject(None, None, delivery.embassy.id))
        found = [approval.at for subject in needed if (approval := self.entries.get(subject))]
        return max(found) if len(found) == len(needed) else None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of what the plan says is approved."""

    texts: int
    texts_approved: int
    embassies: int
    embassies_approved: int


# Reading


def load(folder: Path) -> Approvals:
    """Reads the approvals in a campaign's folder; never raises, whatever is there."""
    file = folder / NAME
    if not os.path.lexists(file):
        return Approvals(file, False, {}, ())
    try:
        # A sweep asks before every post: the file is read when it has changed.
        status, link = file.stat(), file.lstat()
    except OSError:
        return _read(file, folder)
    stamps = ((s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, s.st_dev) for s in (status, link))
    return _read_once(file, folder, *stamps)


@lru_cache(maxsize=4)
def _read_once(file: Path, folder: Path, *_as_it_was: tuple[int, ...]) -> Approvals:
    return _read(file, folder)


def _read(file: Path, folder: Path) -> Approvals:
    problems: list[Problem] = []
    top = source.read(file, problems, within=folder)
    found = dict(_entries(top)) if top else {}
    anew = "Nothing counts as approved until then. If you have a good copy of the file, put that in its place."
    told = tuple(replace(problem, hint=f"{problem.hint} {anew}") for problem in problems)
    if told:
        return Approvals(file, True, {}, told)
    entries = {subject: entry for subject, entry in found.items() if isinstance(entry, Approval)}
    withdrawn = {subject: entry for subject, entry in found.items() if isinstance(entry, Withdrawn)}
    return Approvals(file, True, entries, (), withdrawn)


def _entries(top: Table) -> Iterator[tuple[Subject, Entry]]:
    for outer, table in top.tables():
        for inner, entry in table.tables():
            subject = _subject(outer, inner)
            if subject is None:
                table.problem(inner, "unknown-key", f"“{outer}.{inner}” names nothing to approve.", "Delete its lines.")
                continue
            digest, by = entry.text("approved", required=True), entry.text("by", required=True)
            at = entry.moment("at", required=True)
            withdrawn = digest == _WITHDRAWN and subject.number is not None
            campaign = entry.text("campaign") if "campaign" in entry and not withdrawn else None
            why = entry.text("why") if "why" in entry and withdrawn else None
            parts = dict(_flat(entry, ("approved", "by", "at", "why" if withdrawn else "campaign")))
            if not (digest and by and at):
                continue
            if withdrawn:
                yield subject, Withdrawn(str(by), at, str(why or ""), parts, entry)
            else:
                named = campaign and str(campaign)
                yield subject, Approval(parts, digest, by, at, named, digest != _digest(parts, named), entry)


_WITHDRAWN = "withdrawn"
"""Stands in the place of an approval's digest, which it can't be. An earlier version takes it for an approval that was
edited by hand, and holds that text and no other."""


def _subject(outer: str, inner: str) -> Subject | None:
    if outer == "embassies":
        return Subject(None, None, inner)
    language, _, embassy = inner.partition(".")
    if re.fullmatch(r"\d\d", outer) and int(outer) in DAYS and LANGUAGE.fullmatch(language):
        return Subject(int(outer), language, embassy or None)
    return None


def _flat(table: Table, but: Sequence[str] = (), above: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for key in table:
        if table.is_table(key) and len(above) < 2:
            yield from _flat(table.table(key), (), (*above, key))
        elif key not in but and (value := table.text(key)) is not None:
            yield _dotted(*above, key), str(value)


# What there is to approve


_Parts = dict[str, tuple[str, Text | Path]]
"""Each part by its name: what it says, and where."""


def _of(delivery: Delivery, translation: Translation) -> Subject:
    return Subject(delivery.number, str(delivery.language), translation.embassy)


def subjects(plan: Plan) -> list[Subject]:
    """All that can be approved, in the order of the file: every text that is there, and every embassy."""
    texts = [
        Subject(number, language, embassy)
        for number, day in plan.campaign.days.items()
        for language, embassy in ((language, None) for language in day.translations)
    ]
    own = [Subject(number, *place) for number, day in plan.campaign.days.items() for place in day.own]
    embassies = [Subject(None, None, name) for name in plan.config.embassies]
    return sorted([*texts, *own, *embassies], key=lambda subject: subject.order)


def said(deliveries: Iterable[Delivery]) -> set[Subject]:
    """What these say, and who says it: all that must be approved for them to go out. A whole plan is its deliveries."""
    return _in_use(deliveries, None)[0]


def content(plan: Plan, subject: Subject) -> dict[str, str] | None:
    """What an approval of this covers, part by part; None where it isn't there or can't be read."""
    parts = _parts(plan, subject, None)
    return None if parts is None else {name: value for name, (value, _) in parts.items()}


def _parts(plan: Plan, subject: Subject, media: Mapping[str, str] | None) -> _Parts | None:
    if subject.number is None:
        embassy = plan.config.embassies.get(subject.embassy or "")
        return None if embassy is None else _of_embassy(embassy, plan.config.file)
    day, translation = _found(plan, subject)
    return _of_text(plan.campaign, day, translation, media) if day and translation else None


def _found(plan: Plan, subject: Subject) -> tuple[Day | None, Translation | None]:
    day = plan.campaign.days.get(subject.number or 0)
    if day is None or subject.language is None:
        return day, None
    if subject.embassy:
        return day, day.own.get((subject.language, subject.embassy))
    return day, day.translations.get(subject.language)


def _of_text(campaign: Campaign, day: Day, translation: Translation, media: Mapping[str, str] | None) -> _Parts:
    parts: _Parts = {}
    language = translation.language
    if day.title:
        parts["title"] = day.title, day.title
    if day.link:
        parts["link"] = day.link, day.link
        if campaign.title and not day.media:  # it stands on the link's card, where an embassy posts no orange one
            parts["card"] = campaign.title, campaign.folder / "campaign.toml"
    # The wording strips what is around it.
    parts["text"] = translation.text.strip(), translation.text
    for platform, variant in translation.variants.items():
        parts[platform] = variant.strip(), variant
    for picture in dict.fromkeys(translation.media):
        if alt := translation.alt.get(picture):
            parts[_dotted("alt", picture)] = alt, alt
    for picture in dict.fromkeys(translation.media):
        places = " and ".join(str(n) for n, other in enumerate(translation.media, 1) if other == picture)
        at = locate(campaign.folder, picture)
        known = _picture(at) if media is None else media.get(picture)
        said = f"sha256:{known}" if known else _UNREAD
        parts[_dotted("media", picture)] = f"picture {places}, {said}", picture if isinstance(at, Flaw) else at
    for cited in dict.fromkeys(day.facts):
        fact = campaign.facts.get(cited)
        stated = f"paragraph {fact.paragraph}: {fact.statement}" if fact else "stated nowhere"
        parts[_dotted("facts", cited)] = stated, fact.statement if fact else cited
    # Of what all days share, only what these words use.
    used = {match for template in (translation.text, *translation.variants.values()) for match in _used(template)}
    if "hashtags" in used:
        file, written = day.file, day.hashtags
        if written is None:
            file = campaign.folder / "campaign.toml"
            written = next((campaign.hashtags[tag] for tag in tags(language) if tag in campaign.hashtags), None)
        if written is not None:
            parts["hashtags"] = " ".join(written) or "none", written[0] if written else file
    for name in sorted(key[1:] for key in used if key.startswith("@")):
        if handle := campaign.handles.get(name):
            called = next((handle.names[tag] for tag in (*tags(language), "") if tag in handle.names), None)
            if called is not None:
                parts[_dotted("handles", name, "name")] = called, called
            for platform, own in handle.handles.items():
                parts[_dotted("handles", name, platform)] = own, own
    if "minister" in used and campaign.minister:
        parts["minister"] = campaign.minister, campaign.minister
    return parts


_BRACES = re.compile(r"\{\{|\{([^{}\n]*)\}")
_UNREAD = "can't be read"


def _used(template: str) -> Iterator[str]:
    """The placeholders of a text, as the wording knows them."""
    for match in _BRACES.finditer(template):
        if name := match[1]:
            yield name[:1].lower() + name[1:]


def _of_embassy(embassy: Embassy, file: Path) -> _Parts:
    parts: _Parts = {}
    for placeholder, names in embassy.names.items():
        for language, name in sorted(names.items()):
            parts[_dotted("name" if placeholder == "embassy" else placeholder, language)] = name, name
    parts["timezone"] = embassy.timezone.key, file
    parts["languages"] = " ".join(embassy.languages) or "none", embassy.languages[0] if embassy.languages else file
    if embassy.without_hashtags:
        parts["without_hashtags"] = " ".join(sorted(embassy.without_hashtags)), file
    if not embassy.cards:
        parts["cards"] = "none", file
    for account in embassy.accounts:
        parts[_dotted(account.platform, "handle")] = account.handle, account.handle
        if account.service:
            parts[_dotted(account.platform, "service")] = account.service, account.handle
    return parts


def _picture(file: Path | Flaw) -> str | None:
    """The sha256 of what the file holds; None where it can't be read."""
    if isinstance(file, Flaw):
        return None
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return None
        return _sha256(file, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=1024)
def _sha256(file: Path, *_as_it_was: int) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# What differs


def changes(plan: Plan, approvals: Approvals, deliveries: Iterable[Delivery] | None = None) -> list[Change]:
    """All that the plan says and that isn't approved as it is, in the order of the file.

    `deliveries` are all that are planned, where they are at hand.
    """
    used, gone = _in_use(plan if deliveries is None else deliveries, approvals)
    found = [_changed(plan, approvals, subject, None) for subject in used]
    found += [_change(plan, approvals, subject) for subject in gone]
    return sorted(filter(None, found), key=lambda change: change.subject.order)


def withdrawn(plan: Plan, approvals: Approvals, chosen: Iterable[Subject]) -> list[Change]:
    """Those of these texts that are withdrawn: who took them down, why, and what differs from what was approved."""
    return [_change(plan, approvals, s, _parts(plan, s, None)) for s in chosen if approvals.withdrawal(s)]


def count(found: Sequence[Change], deliveries: Iterable[Delivery]) -> Counts:
    """How much is approved of what these deliveries say, where `found` isn't; a whole plan is all its deliveries."""
    used = said(deliveries)
    approved = used - {change.subject for change in found}
    texts, texts_approved = (sum(subject.number is not None for subject in some) for some in (used, approved))
    return Counts(texts, texts_approved, len(used) - texts, len(approved) - texts_approved)


def _in_use(deliveries: Iterable[Delivery], approvals: Approvals | None) -> tuple[set[Subject], set[Subject]]:
    """What is said, and the approved own words that would be if their file were still there."""
    used: set[Subject] = set()
    gone: set[Subject] = set()
    for delivery in deliveries:
        used.add(Subject(None, None, delivery.embassy.id))
        if translation := delivery.translation:
            words = _of(delivery, translation)
            used.add(words)
            own = words._replace(embassy=delivery.embassy.id)
            approval = approvals.entries.get(own) if approvals and own != words else None
            if approval and approval.is_for(delivery.plan):
                gone.add(own)
    return used, gone


def _changed(plan: Plan, approvals: Approvals, subject: Subject, media: Mapping[str, str] | None) -> Change | None:
    """How a subject differs from what was approved; None where it doesn't."""
    now, approval = _parts(plan, subject, media), approvals.entries.get(subject)
    if now and approval and not approval.edited and approval.is_for(plan) and not approvals.withdrawal(subject):
        as_it_is = {name: value for name, (value, _) in now.items()}
        if approval.digest == _digest(as_it_is, approval.campaign):
            return None
    return _change(plan, approvals, subject, now)


def _change(plan: Plan, approvals: Approvals, subject: Subject, now: _Parts | None = None) -> Change:
    approval, withdrawal = approvals.entries.get(subject), approvals.withdrawal(subject)
    before = (withdrawal and withdrawal.parts) or (approval.parts if approval else {})
    after = {name: value for name, (value, _) in (now or {}).items()}
    order = [*after, *(name for name in before if name not in after)]
    parts = {n: (before.get(n), after.get(n)) for n in order if before.get(n) != after.get(n)}
    change = Change(
        subject, Kind.NEW, _place(plan, subject, now, None, before), parts, campaign=plan.campaign_id,
        approved_for=approval.campaign_of(plan) if approval else None,
    )  # fmt: skip
    if withdrawal:
        where = withdrawal.where(approvals.file) if withdrawal.table else change.where
        change = replace(change, kind=Kind.WITHDRAWN, where=where, by=withdrawal.by, at=withdrawal.at)
        counted = approval is not None and not approval.edited and approval.is_for(plan)
        return replace(change, reason=withdrawal.why, overruled=counted)
    if approval is None:
        return change
    change = replace(change, where=approval.where(approvals.file), by=approval.by, at=approval.at)
    if now is None:
        return replace(change, kind=Kind.GONE)
    if approval.edited:
        return replace(change, kind=Kind.EDITED)
    if not approval.is_for(plan):
        return replace(change, kind=Kind.CAMPAIGN)
    places = [_place(plan, subject, now, name, before) for name in parts]
    times = [time for place in places if (time := _saved(place.file)) and time > approval.at]
    return replace(change, kind=Kind.CHANGED, where=places[0], since=min(times, default=None))


def _place(plan: Plan, subject: Subject, now: _Parts | None, name: str | None, before: Mapping[str, str]) -> Where:
    """Where a part stands; or, where it isn't there any more, the file that it stood in."""
    day, translation = _found(plan, subject)
    if day is None or translation is None:
        if name and now and name in now:
            return _where(now[name][1])
        embassy = plan.config.embassies.get(subject.embassy or "")
        return embassy.languages[0].where if embassy and embassy.languages else Where(plan.config.file, 1)
    if name is None:
        return Where(translation.file, 1)
    part = name.partition(".")[0]
    if part == "facts" and name not in before:
        return next((fact.where for fact in day.facts if _dotted("facts", fact) == name), Where(day.file, 1))
    if now and name in now:
        return _where(now[name][1])
    return Where(day.file if part in ("title", "link", "media", "facts") else translation.file, 1)


def _where(at: Text | Path) -> Where:
    return at.where if isinstance(at, Text) else Where(at, 1)


def _saved(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def spoken(name: str) -> str:
    """A part by a name that an officer knows."""
    head, _, rest = name.partition(".")
    if rest.startswith('"'):
        rest = json.loads(rest)
    if head in PLATFORMS:
        title = PLATFORMS[head].title
        return f"{rest} on {title}" if rest else f"wording for {title}"
    if head == "handles":
        who, _, what = rest.rpartition(".")
        return f"name of {who}" if what == "name" else f"{PLATFORMS[what].title} handle of {who}"
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


# Writing


def approve(
    plan: Plan, chosen: Iterable[Subject], by: str, now: datetime, here: Mapping[Subject, Withdrawn] | None = None
) -> list[Change]:
    """Approves what is chosen as it is in `plan`, for its campaign, and says what of it wasn't yet.

    What is approved already stays with who approved it first. Of own words whose file is gone the approval goes too;
    what can't be read is left as it is, and so is what is withdrawn, in the file or `here` on this machine. Raises
    OrangedayError where nothing could be written.
    """
    made: list[Change] = []
    wanted = list(chosen)

    def renew(stored: Approvals) -> Mapping[Subject, Entry]:
        made.clear()
        stored = replace(stored, here=here or {})
        entries: dict[Subject, Entry] = {**stored.entries, **stored.withdrawn}
        for subject in wanted:
            if stored.withdrawal(subject):
                continue
            parts, change = content(plan, subject), _changed(plan, stored, subject, None)
            if parts is None and subject in entries and _is_gone(plan, subject):
                del entries[subject]
            elif parts and change and _is_whole(parts):
                entries[subject] = _approval(plan, parts, by, now)
            else:
                continue
            if change:
                made.append(change)
        return entries

    _rewrite(plan.campaign.folder, renew, _headings_of(plan))
    return made


def approve_again(plan: Plan, subject: Subject, by: str, now: datetime, lift: Callable[[], object]) -> None:
    """Approves one text that is withdrawn, as it is in `plan`.

    `lift` takes the withdrawal back where else it is kept. It is called right before the file is written: raises it,
    nothing is. Raises OrangedayError where nothing could be written.
    """

    def renew(stored: Approvals) -> Mapping[Subject, Entry]:
        parts = content(plan, subject)
        if parts is None or not _is_whole(parts):
            raise OrangedayError(f"{subject} can't be read as it is now. Nothing was written; see orangeday check.")
        withdrawn = {other: entry for other, entry in stored.withdrawn.items() if not subject.is_same_text(other)}
        return {**stored.entries, **withdrawn, subject: _approval(plan, parts, by, now)}

    _rewrite(plan.campaign.folder, renew, _headings_of(plan), lift)


def withdraw(folder: Path, subject: Subject, by: str, at: datetime, why: str) -> None:
    """Notes that a text was taken down, in the place of its approval, where it has one. What is withdrawn stays so.

    Raises OrangedayError where that couldn't be written.
    """
    told = Withdrawn(_in_a_line(by) or "unknown", at.astimezone(UTC).replace(microsecond=0), _in_a_line(why))

    def renew(stored: Approvals) -> Mapping[Subject, Entry]:
        approval = stored.entries.get(subject)
        new = replace(told, parts=approval.parts if approval else {})
        return {**stored.entries, subject: new, **stored.withdrawn}

    _rewrite(folder, renew, lambda old: old)


def _approval(plan: Plan, parts: Mapping[str, str], by: str, now: datetime) -> Approval:
    campaign = plan.campaign_id
    return Approval(parts, _digest(parts, campaign), by, now.astimezone(UTC).replace(microsecond=0), campaign)


def _is_whole(parts: Mapping[str, str]) -> bool:
    """Whether all of it can be read, its pictures too."""
    return not any(_is_picture(name) and value.endswith(_UNREAD) for name, value in parts.items())


def _in_a_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:500]


def _headings_of(plan: Plan) -> Callable[[Set[Subject]], Set[Subject]]:
    there = set(subjects(plan))
    return lambda old: there | {other for other in old if not _is_gone(plan, other)}


def _is_gone(plan: Plan, subject: Subject) -> bool:
    """Whether there is nothing that it could be the approval of: no file, not even one that can't be read."""
    if subject.number is None:
        there = subject.embassy in plan.config.embassies
        return not there and not plan.scope and not plan.config.problems
    day = plan.campaign.days.get(subject.number)
    own = f".{subject.embassy}" if subject.embassy else ""
    return day is not None and not os.path.lexists(day.file.with_name(f"{subject.language}{own}.toml"))


def _is_picture(name: str) -> bool:
    return name.startswith("media.")


_HEAD = """\
# What may go out, written by `orangeday approve`: each text and each embassy as it was approved, by whom and when.
# Live runs hold what isn't here, what has changed since, and what was edited here by hand.
# What has changed: orangeday approve --diff
"""


_TRIES = 20
_A_MOMENT = 0.05
"""How long another program, which knows of no lock, is given to finish writing. In seconds."""


def _rewrite(
    folder: Path,
    renew: Callable[[Approvals], Mapping[Subject, Entry]],
    headed: Callable[[Set[Subject]], Set[Subject]],
    last: Callable[[], object] = lambda: None,
) -> None:
    """Reads the file, lets `renew` change its entries, and writes it whole or not at all; one process at a time.

    Git and editors lock nothing: what they have written meanwhile is read, and the change is made to that. `headed`
    says, of the headings that are there, which are to be. All stand there from the beginning, approved or not: they
    keep apart what two people add. `last` is called right before the file takes its place.
    """
    file = folder / NAME
    with _alone(file):
        for _ in range(_TRIES):
            old, stored = _settled(folder)
            entries = renew(stored)
            if entries == {**stored.entries, **stored.withdrawn}:
                last()
                return
            try:
                text = _written(entries, headed(_headings((old or b"").decode("utf-8-sig"))) | entries.keys())
                # Who has git write other line ends has them still.
                raw = (text.replace("\n", "\r\n") if b"\r\n" in (old or b"") else text).encode()
                if _replace(file, old, raw, entries, last):
                    return
            except OSError as failure:
                raise OrangedayError(f"{file} can't be written: {source.because(failure)}. Nothing was.") from failure
    raise OrangedayError(f"Another program keeps writing {file}. Nothing was written; try again once it has finished.")


def _settled(folder: Path) -> tuple[bytes | None, Approvals]:
    """The file's bytes and what they say. Raises OrangedayError where that can't be read, and stays so for a moment.

    Git takes a file away before it writes the new one: what is missing, or can't be read, is looked at twice.
    """
    file = folder / NAME
    for attempt in range(_TRIES):
        before, stored = _bytes(file), _read(file, folder) if os.path.lexists(file) else Approvals(file, False, {}, ())
        sound = before is not None and not stored.problems
        if (not sound and attempt == 0) or _bytes(file) != before:
            time.sleep(_A_MOMENT)
        elif stored.problems:
            raise OrangedayError(f"{stored.problems[0]} Nothing was written.")
        else:
            return before, stored
    raise OrangedayError(f"Another program keeps writing {file}. Nothing was written; try again once it has finished.")


def _bytes(file: Path) -> bytes | None:
    """What stands in the file; None where there is none, nothing where it can't be read as a file."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > source.LARGEST_FILE:
            return b""
        return file.read_bytes()
    except FileNotFoundError:
        return b"" if file.is_symlink() else None
    except OSError:
        return b""


def _headings(text: str) -> Set[Subject]:
    lines = re.findall(r"^# (\w+)/([\w.-]+)\r?$", text, re.MULTILINE)
    return {subject for outer, inner in lines if (subject := _subject(outer, inner))}


def _written(entries: Mapping[Subject, Entry], headings: Iterable[Subject]) -> str:
    return "\n".join([_HEAD, *(_block(s, entries.get(s)) for s in sorted(headings, key=lambda s: s.order))])


def _block(subject: Subject, entry: Entry | None) -> str:
    lines = [f"# {subject}"]
    if entry:
        at = entry.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        digest = _WITHDRAWN if isinstance(entry, Withdrawn) else entry.digest
        more = {"why": entry.why} if isinstance(entry, Withdrawn) else {"campaign": entry.campaign}
        told = {"approved": _quoted(digest), "by": _quoted(entry.by), "at": at}
        told |= {name: _quoted(value) for name, value in more.items() if value}
        told |= {name: _quoted(value) for name, value in entry.parts.items()}
        lines += [f"{subject.key}.{name} = {value}" for name, value in told.items()]
    return "\n".join(lines) + "\n"


def _dotted(*keys: str) -> str:
    """A key of TOML, quoted where it must be."""
    return ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key) for key in keys)


def _quoted(text: str) -> str:
    """A text on one line, between double quotes: as JSON writes it, which TOML reads."""
    written = json.dumps(text, ensure_ascii=False)
    if text.count(".") > 40:  # with too many dots in a line it wouldn't be read
        written = written.replace(".", "\\u002e")
    return written.translate(_ESCAPED)


_ESCAPED = {
    code: f"\\u{code:04x}"
    for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
}
"""What would end a line, or turn it around, so that who reads it sees another text than the one that goes out."""


def _digest(parts: Mapping[str, str], campaign: str | None) -> str:
    """Of the parts, and of the campaign that they are approved for, where that is said; no part has its name."""
    of = {**parts, "campaign": campaign} if campaign else dict(parts)
    canonical = json.dumps(of, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _replace(
    file: Path, old: bytes | None, raw: bytes, entries: Mapping[Subject, Entry], last: Callable[[], object]
) -> bool:
    """Puts a new file in the place of the old one, once it is on the disk and reads as it should.

    False where the old one isn't, any more, what it was: then nothing is written.
    """
    beside = file.with_name(f".{NAME}.{os.getpid()}")
    try:
        with beside.open("wb") as opened:
            opened.write(raw)
            opened.flush()
            os.fsync(opened.fileno())
        if old is not None:
            status = file.stat()
            _give_to(beside, status)
            beside.chmod(stat.S_IMODE(status.st_mode))
        again = _read(beside, file.parent)
        if again.problems or {**again.entries, **again.withdrawn} != entries:
            why = f" {again.problems[0].message}" if again.problems else ""
            raise OrangedayError(f"{file} couldn't be read any more if this were written.{why} Nothing was written.")
        last()
        if _bytes(file) != old:
            return False
        beside.replace(file)
        return True
    finally:
        beside.unlink(missing_ok=True)


def _give_to(file: Path, like: os.stat_result) -> None:
    """Lets the same group use a file as the one that `like` is of; whoever may not give it away keeps it."""
    if sys.platform != "win32":
        with suppress(PermissionError):
            os.chown(file, -1, like.st_gid)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Keeps other processes from writing at the same time. Whoever may write in the folder may use its lock."""
    from filelock import FileLock, Timeout

    beside = file.with_name(LOCK)
    try:
        folder = file.parent.stat()
        # Others could otherwise keep everybody from approving: to lock a file it is enough to be able to open it.
        mode = 0o600 | (0o060 if folder.st_mode & 0o020 else 0) | (0o006 if folder.st_mode & 0o002 else 0)
        lock = FileLock(beside, timeout=_PATIENCE, mode=mode, fallback_to_soft=False)
        lock.acquire()
    except Timeout as failure:
        raise OrangedayError(f"Somebody else is writing {file}. Nothing was written; try again.") from failure
    except OSError as failure:
        why = source.because(failure)
        if os.path.lexists(beside):
            step = f"Whoever made {beside} can delete it, or let you write it."
            raise OrangedayError(f"{beside} can't be locked: {why}. Nothing was written. {step}") from failure
        step = f"Give yourself the right to write in {file.parent}."
        raise OrangedayError(f"{file} can't be written: {why}. Nothing was. {step}") from failure
    try:
        with suppress(OSError):
            if beside.stat().st_gid != folder.st_gid:
                _give_to(beside, folder)
        yield
    finally:
        lock.release()
