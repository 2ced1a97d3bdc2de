"""The approvals of a campaign, and the parts of a plan that differ from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from orangeday.approvals.content import Parts, day_and_text, digest_of, parts_of, picture_digest, subject_of
from orangeday.approvals.model import NAME, Approval, Change, Counts, Kind, Subject, Withdrawn, dotted_key
from orangeday.content.images import locate
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, Where
from orangeday.content.toml import Text


@dataclass(frozen=True)
class Approvals:
    """The content of approvals.toml. A file with problems has no entries: then nothing counts as approved."""

    file: Path
    exists: bool
    entries: Mapping[Subject, Approval]
    problems: tuple[Problem, ...]
    withdrawn: Mapping[Subject, Withdrawn] = field(default_factory=dict)
    """The withdrawals in the file, by subject."""
    here: Mapping[Subject, Withdrawn] = field(default_factory=dict)
    """The withdrawals in this machine's ledger, by subject, whatever the file says."""

    def withdrawal(self, subject: Subject) -> Withdrawn | None:
        """Return the withdrawal of this text, under whichever tag of its language; None where it isn't withdrawn."""
        if found := self.withdrawn.get(subject) or self.here.get(subject):
            return found
        return next((found for other, found in self.withdrawn.items() if subject.is_same_text(other)), None)

    def taken_down(self, delivery: Delivery) -> str | None:
        """Return the reason why a delivery with a withdrawn text isn't posted, with the command; None for any other."""
        subject = subject_of(delivery, delivery.translation) if delivery.translation else None
        if subject is None or self.withdrawal(subject) is None:
            return None
        return change_from(delivery.plan, self, subject).in_words

    def objection(self, delivery: Delivery, media: Mapping[str, str] | None = None) -> str | None:
        """Return the reason why a delivery isn't approved exactly as it is; None where its text and its embassy are.

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
            media = {**media, **{str(name): picture_digest(locate(folder, name)) or "" for name in unsent}}
        words = subject_of(delivery, translation)
        own = words._replace(embassy=delivery.embassy.id)
        if own != words and own in self.entries and self.entries[own].is_for(delivery.plan):
            return change_from(delivery.plan, self, own).in_words
        for subject in (words, Subject(None, None, delivery.embassy.id)):
            if change := change_of(delivery.plan, self, subject, media):
                return change.in_words
        return None

    def since(self, delivery: Delivery) -> datetime | None:
        """Return the time of the last approval that a delivery needs; None where one of them is missing."""
        if delivery.translation is None:
            return None
        needed = (subject_of(delivery, delivery.translation), Subject(None, None, delivery.embassy.id))
        found = [approval.at for subject in needed if (approval := self.entries.get(subject))]
        return max(found) if len(found) == len(needed) else None


def said(deliveries: Iterable[Delivery]) -> set[Subject]:
    """Return the texts and embassies that must be approved before these deliveries, a whole plan say, are sent."""
    return _in_use(deliveries, None)[0]


# What differs


def changes(plan: Plan, approvals: Approvals, deliveries: Iterable[Delivery] | None = None) -> list[Change]:
    """Return a change for each text and embassy of the plan that isn't approved as it is, in the order of the file.

    `deliveries` are all that are planned, where they are at hand.
    """
    used, gone = _in_use(plan if deliveries is None else deliveries, approvals)
    found = [change_of(plan, approvals, subject, None) for subject in used]
    found += [change_from(plan, approvals, subject) for subject in gone]
    return sorted(filter(None, found), key=lambda change: change.subject.order)


def withdrawn(plan: Plan, approvals: Approvals, chosen: Iterable[Subject]) -> list[Change]:
    """Return a change for each withdrawn text among these: the person, the reason, and the differing parts."""
    return [change_from(plan, approvals, s, parts_of(plan, s, None)) for s in chosen if approvals.withdrawal(s)]


def count(found: Sequence[Change], deliveries: Iterable[Delivery]) -> Counts:
    """Return the numbers of texts and embassies in use, and of those approved: all without a change in the list."""
    used = said(deliveries)
    approved = used - {change.subject for change in found}
    texts, texts_approved = (sum(subject.number is not None for subject in some) for some in (used, approved))
    return Counts(texts, texts_approved, len(used) - texts, len(approved) - texts_approved)


def _in_use(deliveries: Iterable[Delivery], approvals: Approvals | None) -> tuple[set[Subject], set[Subject]]:
    """Return the subjects in use, and the approved own texts that would be in use if their file still existed."""
    used: set[Subject] = set()
    gone: set[Subject] = set()
    for delivery in deliveries:
        used.add(Subject(None, None, delivery.embassy.id))
        if translation := delivery.translation:
            words = subject_of(delivery, translation)
            used.add(words)
            own = words._replace(embassy=delivery.embassy.id)
            approval = approvals.entries.get(own) if approvals and own != words else None
            if approval and approval.is_for(delivery.plan):
                gone.add(own)
    return used, gone


def change_of(plan: Plan, approvals: Approvals, subject: Subject, media: Mapping[str, str] | None) -> Change | None:
    """Return the difference between a subject and its approval; None where there is none."""
    now, approval = parts_of(plan, subject, media), approvals.entries.get(subject)
    if now and approval and not approval.edited and approval.is_for(plan) and not approvals.withdrawal(subject):
        as_it_is = {name: value for name, (value, _) in now.items()}
        if approval.digest == digest_of(as_it_is, approval.campaign):
            return None
    return change_from(plan, approvals, subject, now)


def change_from(plan: Plan, approvals: Approvals, subject: Subject, now: Parts | None = None) -> Change:
    """Return the difference between a subject and its approval, or its withdrawal, with each part that differs."""
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


def _place(plan: Plan, subject: Subject, now: Parts | None, name: str | None, before: Mapping[str, str]) -> Where:
    """Return the place of a part, or of the whole text; of a part that no longer exists, the file that it was in."""
    day, translation = day_and_text(plan, subject)
    if day is None or translation is None:
        if name and now and name in now:
            return _where(now[name][1])
        embassy = plan.config.embassies.get(subject.embassy or "")
        return embassy.languages[0].where if embassy and embassy.languages else Where(plan.config.file, 1)
    if name is None:
        return Where(translation.file, 1)
    part = name.partition(".")[0]
    if part == "facts" and name not in before:
        return next((fact.where for fact in day.facts if dotted_key("facts", fact) == name), Where(day.file, 1))
    if now and name in now:
        return _where(now[name][1])
    return Where(day.file if part in ("title", "link", "media", "facts") else translation.file, 1)


def _where(at: Text | Path) -> Where:
    return at.where if isinstance(at, Text) else Where(at, 1)


def _saved(file: Path) -> datetime | None:
    """Return the time of a file's last change; None where that can't be read."""
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None
