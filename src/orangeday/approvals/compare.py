"""The approvals of a campaign, and the parts of a plan that differ from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from orangeday.approvals.content import (
    Parts,
    PictureContent,
    day_and_text,
    digest_of,
    has_no_other_alteration,
    has_the_same_pictures,
    is_picture_part,
    parts_of,
    picture_content,
    subject_of,
)  # fmt: skip
from orangeday.approvals.model import (
    NAME,
    OWN_CARD,
    PICTURES,
    Approval,
    Change,
    Counts,
    Kind,
    Objection,
    Subject,
    TextWithdrawal,
    dotted_key,
)
from orangeday.content.images import locate
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Location, Problem
from orangeday.content.toml import Text
from orangeday.text.names import nfc


@dataclass(frozen=True)
class Approvals:
    """The content of approvals.toml. A file with problems has no entries: then nothing counts as approved."""

    file: Path
    exists: bool
    entries: Mapping[Subject, Approval]
    problems: tuple[Problem, ...]
    withdrawals: Mapping[Subject, TextWithdrawal] = field(default_factory=dict)
    """The withdrawals in the file, by subject."""
    local_withdrawals: Mapping[Subject, TextWithdrawal] = field(default_factory=dict)
    """The withdrawals in this machine's ledger, by subject, whatever the file says."""

    def withdrawal(self, subject: Subject) -> TextWithdrawal | None:
        """Return the withdrawal of this text, under whichever tag of its language; None where it isn't withdrawn."""
        if entry := self.withdrawals.get(subject) or self.local_withdrawals.get(subject):
            return entry
        return next((entry for text, entry in self.withdrawals.items() if subject.is_same_text(text)), None)

    def withdrawal_objection(self, delivery: Delivery) -> str | None:
        """Return the reason why a delivery with a withdrawn text isn't posted, with the command; None for any other."""
        change = self.withdrawal_change(delivery)
        return change.in_words if change else None

    def withdrawal_change(self, delivery: Delivery) -> Change | None:
        """Return the change of a delivery's text that is withdrawn; None for any other."""
        subject = subject_of(delivery, delivery.translation) if delivery.translation else None
        if subject is None or self.withdrawal(subject) is None:
            return None
        return build_change(delivery.plan, self, subject)

    def objection(self, delivery: Delivery, media: Mapping[str, PictureContent] | None = None) -> str | None:
        """Return the reason why a delivery isn't approved exactly as it is; None where its text and its embassy are.

        A card's shape, and how a picture is altered, counts on the delivery's own platform alone. `media` is the
        content of each picture that is about to be sent, by name; without it the files are looked at.
        """
        objection = self.find_objection(delivery, media)
        return objection.reason if objection else None

    def find_objection(self, delivery: Delivery, media: Mapping[str, PictureContent] | None = None) -> Objection | None:
        """Return the same as `objection`, with the command that approves it, or that says what is wrong."""
        translation = delivery.translation
        if self.problems:
            reason = f"nothing counts as approved while {NAME} can't be read: {self.problems[0]}"
            return Objection(reason, "orangeday check")
        if translation is None:
            reason = f"day {delivery.number} has no text in “{delivery.language}” that can be read"
            return Objection(reason, "orangeday check")
        # Its card was approved with the words: an embassy that posts none has none in hand.
        pictures = set(translation.pictures(delivery.shape, cards=True))
        names = pictures if media is None else pictures - set(delivery.media)
        folder, platforms = delivery.plan.campaign.folder, (delivery.platform,)
        files = {str(name): picture_content(locate(folder, name), platforms) for name in names}
        media = {**(media or {}), **files}
        words = subject_of(delivery, translation)
        own_text = words._replace(embassy=delivery.embassy.id)
        if own_text != words and own_text in self.entries and self.entries[own_text].is_for(delivery.plan):
            return _objection_of(build_change(delivery.plan, self, own_text))
        for subject in (words, Subject(None, None, delivery.embassy.id)):
            if change := find_change(delivery.plan, self, subject, media, platforms):
                return _objection_of(change)
        return None

    def since(self, delivery: Delivery) -> datetime | None:
        """Return the time of the last approval that a delivery needs; None where one of them is missing."""
        if delivery.translation is None:
            return None
        subjects = (subject_of(delivery, delivery.translation), Subject(None, None, delivery.embassy.id))
        moments = [approval.moment for subject in subjects if (approval := self.entries.get(subject))]
        return max(moments) if len(moments) == len(subjects) else None


Found = dict[Subject, "Change | None"]
"""The changes that were found, for a caller that asks again of the same files."""


def find_objections(
    plan: Plan, approvals: Approvals, deliveries: Sequence[Delivery], found: Found | None = None
) -> dict[str, Objection]:
    """Return why a live run wouldn't send these deliveries, by key; without those that are approved as they are.

    It is what `find_objection` says of each, and looks once at a text and at an embassy.
    """
    if approvals.problems:
        objections = {delivery.key: approvals.find_objection(delivery) for delivery in deliveries}
    else:
        changes_by_subject = {change.subject: change for change in changes(plan, approvals, deliveries, found)}
        known = {subject: _objection_of(change) for subject, change in changes_by_subject.items()}
        objections = {d.key: _find_known_objection(approvals, d, changes_by_subject, known) for d in deliveries}
    return {key: objection for key, objection in objections.items() if objection}


def _find_known_objection(
    approvals: Approvals,
    delivery: Delivery,
    changes_by_subject: Mapping[Subject, Change],
    objections: Mapping[Subject, Objection],
) -> Objection | None:
    """Return what `find_objection` says of a delivery, by the changes of all; it looks again where platforms differ."""
    if delivery.translation is None:
        return approvals.find_objection(delivery)
    own_text, text, embassy = _subjects_of(delivery)
    own_approval = approvals.entries.get(own_text) if own_text != text else None
    subjects = (own_text,) if own_approval and own_approval.is_for(delivery.plan) else (text, embassy)
    subject = next((subject for subject in subjects if subject in changes_by_subject), None)
    if subject is None:
        return None
    change = changes_by_subject[subject]
    shows_pictures = PICTURES in change.parts or any(map(is_picture_part, change.parts))
    differs_by_platform = change.kind is Kind.CHANGED and shows_pictures
    return approvals.find_objection(delivery) if differs_by_platform else objections[subject]


def _subjects_of(delivery: Delivery) -> tuple[Subject, ...]:
    """Return the subjects that decide about a delivery: an own text of the embassy, the text, and the embassy."""
    assert delivery.translation is not None  # noqa: S101
    text = subject_of(delivery, delivery.translation)
    return text._replace(embassy=delivery.embassy.id), text, Subject(None, None, delivery.embassy.id)


def _objection_of(change: Change) -> Objection:
    return Objection(change.in_words, change.command)


def required_subjects(deliveries: Iterable[Delivery]) -> set[Subject]:
    """Return the texts and embassies that must be approved before these deliveries, a whole plan say, are sent."""
    return _in_use(deliveries, None)[0]


# What differs


def changes(
    plan: Plan, approvals: Approvals, deliveries: Iterable[Delivery] | None = None, found: Found | None = None
) -> list[Change]:
    """Return a change for each text and embassy of the plan that isn't approved as it is, in the order of the file.

    `deliveries` are all that are planned, where they are at hand. A subject in `found` isn't looked at again.
    """
    subjects_in_use, missing_texts = _in_use(plan if deliveries is None else deliveries, approvals)
    found = {} if found is None else found
    for subject in subjects_in_use - found.keys():
        found[subject] = find_change(plan, approvals, subject, None)
    differences = [found[subject] for subject in subjects_in_use]
    differences += [build_change(plan, approvals, subject) for subject in missing_texts]
    return sorted(filter(None, differences), key=lambda change: change.subject.order)


def withdrawn_changes(plan: Plan, approvals: Approvals, subjects: Iterable[Subject]) -> list[Change]:
    """Return a change for each withdrawn text among these: the person, the reason, and the differing parts."""
    return [
        build_change(plan, approvals, subject, parts_of(plan, subject, None))
        for subject in subjects
        if approvals.withdrawal(subject)
    ]


def count(differences: Sequence[Change], deliveries: Iterable[Delivery]) -> Counts:
    """Return the numbers of texts and embassies in use, and of those approved: all without a change in the list."""
    subjects = required_subjects(deliveries)
    approved_subjects = subjects - {change.subject for change in differences}
    texts, texts_approved = (
        sum(subject.number is not None for subject in group) for group in (subjects, approved_subjects)
    )
    return Counts(texts, texts_approved, len(subjects) - texts, len(approved_subjects) - texts_approved)


def _in_use(deliveries: Iterable[Delivery], approvals: Approvals | None) -> tuple[set[Subject], set[Subject]]:
    """Return the subjects in use, and the approved own texts that would be in use if their file still existed."""
    used: set[Subject] = set()
    missing_texts: set[Subject] = set()
    for delivery in deliveries:
        used.add(Subject(None, None, delivery.embassy.id))
        if translation := delivery.translation:
            words = subject_of(delivery, translation)
            used.add(words)
            own_text = words._replace(embassy=delivery.embassy.id)
            approval = approvals.entries.get(own_text) if approvals and own_text != words else None
            if approval and approval.is_for(delivery.plan):
                missing_texts.add(own_text)
    return used, missing_texts


def find_change(
    plan: Plan,
    approvals: Approvals,
    subject: Subject,
    media: Mapping[str, PictureContent] | None,
    platforms: Collection[str] | None = None,
) -> Change | None:
    """Return the difference between a subject and its approval; None where there is none.

    With `platforms` the pictures that others get aren't looked at.
    """
    platforms = plan.platforms if platforms is None else platforms
    current, approval = parts_of(plan, subject, media, platforms), approvals.entries.get(subject)
    if current and approval and not approval.is_edited and approval.is_for(plan) and not approvals.withdrawal(subject):
        current_values = _comparable(_named_as_approved(current, approval.parts), approval.parts, platforms)
        if approval.digest == digest_of(current_values, approval.campaign):
            return None
    return build_change(plan, approvals, subject, current, platforms)


def _named_as_approved(current: Parts, approved_parts: Mapping[str, str]) -> Parts:
    """Return the parts as they are now; one whose name was approved in another form of Unicode has that name."""
    written_names = {nfc(name): name for name in approved_parts}
    parts = {
        written_names.get(nfc(name), name) if name not in approved_parts else name: part
        for name, part in current.items()
    }
    return parts if len(parts) == len(current) else current  # two that only look the same stay two


def _comparable(current: Parts, approved_parts: Mapping[str, str], platforms: Collection[str]) -> dict[str, str]:
    """Return the parts as they are now, as far as the approval speaks of them.

    Fewer alterations need no other approval, nor does a card that is sent in fewer of its shapes.
    """
    values = {name: value for name, (value, _) in current.items()}
    if has_the_same_pictures(values, approved_parts, platforms):
        values = {name: value for name, value in values.items() if not is_picture_part(name)}
        values |= {name: value for name, value in approved_parts.items() if is_picture_part(name)}
    if PICTURES in values and approved_parts:
        if PICTURES not in approved_parts:  # it was given before alterations were noted
            del values[PICTURES]
        elif has_no_other_alteration(values[PICTURES], approved_parts[PICTURES]):
            values[PICTURES] = approved_parts[PICTURES]
    return values


def build_change(
    plan: Plan,
    approvals: Approvals,
    subject: Subject,
    current: Parts | None = None,
    platforms: Collection[str] | None = None,
) -> Change:
    """Return the difference between a subject and its approval, or its withdrawal, with each part that differs."""
    approval, withdrawal = approvals.entries.get(subject), approvals.withdrawal(subject)
    approved_values = (withdrawal and withdrawal.parts) or (approval.parts if approval else {})
    current = _named_as_approved(current, approved_values) if current else current
    compared_platforms = plan.platforms if platforms is None else platforms
    current_values = _comparable(current or {}, approved_values, compared_platforms) if current else {}
    order = [*current_values, *(name for name in approved_values if name not in current_values)]
    parts = {
        n: (approved_values.get(n), current_values.get(n))
        for n in order
        if approved_values.get(n) != current_values.get(n)
    }
    change = Change(
        subject, Kind.NEW, _location_of_part(plan, subject, current, None, approved_values), parts,
        campaign=plan.campaign_id, approved_for=approval.campaign_of(plan) if approval else None,
        is_own_card=OWN_CARD in (current or approved_values),
    )  # fmt: skip
    if withdrawal:
        location = withdrawal.location(approvals.file) if withdrawal.table else change.location
        change = replace(
            change, kind=Kind.WITHDRAWN, location=location, actor=withdrawal.actor, moment=withdrawal.moment
        )
        is_valid = approval is not None and not approval.is_edited and approval.is_for(plan)
        return replace(change, reason=withdrawal.reason, is_overruled=is_valid)
    if approval is None:
        return change
    change = replace(change, location=approval.location(approvals.file), actor=approval.actor, moment=approval.moment)
    if current is None:
        return replace(change, kind=Kind.GONE)
    if approval.is_edited:
        return replace(change, kind=Kind.EDITED)
    if not approval.is_for(plan):
        return replace(change, kind=Kind.CAMPAIGN)
    locations = [_location_of_part(plan, subject, current, name, approved_values) for name in parts]
    times = [time for place in locations if (time := _modification_time(place.file)) and time > approval.moment]
    return replace(change, kind=Kind.CHANGED, location=locations[0], since=min(times, default=None))


def _location_of_part(
    plan: Plan, subject: Subject, current: Parts | None, name: str | None, approved_values: Mapping[str, str]
) -> Location:
    """Return the place of a part, or of the whole text; of a part that no longer exists, the file that it was in."""
    day, translation = day_and_text(plan, subject)
    if day is None or translation is None:
        if name and current and name in current:
            return _location_of(current[name][1])
        embassy = plan.config.embassies.get(subject.embassy or "")
        return embassy.languages[0].location if embassy and embassy.languages else Location(plan.config.file, 1)
    if name is None:
        return Location(translation.file, 1)
    part = name.partition(".")[0]
    if part == "facts" and name not in approved_values:
        return next((fact.location for fact in day.facts if dotted_key("facts", fact) == name), Location(day.file, 1))
    if current and name in current:
        return _location_of(current[name][1])
    return Location(day.file if part in ("title", "link", "media", "facts") else translation.file, 1)


def _location_of(place: Text | Path) -> Location:
    return place.location if isinstance(place, Text) else Location(place, 1)


def _modification_time(file: Path) -> datetime | None:
    """Return the time of a file's last change; None where that can't be read."""
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None
