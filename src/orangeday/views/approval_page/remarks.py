"""The remarks about a text and an embassy: its state, the sentence about its approval, the parts that have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from markupsafe import Markup

from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Approval, Change, Kind, Subject
from orangeday.content.plan import Delivery
from orangeday.views.approval_page.markup import marked_difference
from orangeday.views.approval_page.model import Remark, State
from orangeday.views.approval_page.page_language import PageLanguage
from orangeday.views.approval_page.part_names import part_name


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of one text or one embassy, and the remark about it."""

    state: State
    remark: Remark
    parts: tuple[tuple[str, Markup], ...] = ()
    """The parts that have changed since it was approved, each with its name."""
    earlier_parts: Mapping[str, str] | None = None
    """All that was approved, by the name of each part, where that is another content than the present one."""


@dataclass(frozen=True, slots=True)
class ApprovalRemarks:
    """The source of the verdicts on texts and embassies: whether each is approved, and what has changed since."""

    approvals: Approvals
    changes: Mapping[Subject, Change]
    words: PageLanguage
    zone: tzinfo = UTC
    """The zone whose dates are named."""

    def approval(self, subject: Subject | None) -> Approval | None:
        """Return the approval of a subject, whether it still counts or not."""
        return self.approvals.entries.get(subject) if subject else None

    def date(self, moment: datetime) -> str:
        """Return the date of a moment, with its year where that isn't this campaign's."""
        return self.words.day_month(moment.astimezone(self.zone).date())

    def verdict(self, subject: Subject | None) -> Verdict:
        """Return whether a subject is approved, by whom and when; and the parts that have changed since."""
        words = self.words
        if subject is None:
            return Verdict(State.ERROR, Remark("bad", words("remark.nothing")))
        change, entry = self.changes.get(subject), self.approval(subject)
        if change is None and entry:
            text = words("remark.approved", actor=entry.actor, date=self.date(entry.moment))
            return Verdict(State.APPROVED, Remark("good", text))
        if change is None or change.kind is Kind.NEW:
            return Verdict(State.NEW, Remark("open", words("remark.new")))
        parts = self._parts(change)
        if change.kind is Kind.WITHDRAWN:
            has_old_text = any(old is not None for old, _ in change.parts.values())
            return Verdict(State.WITHDRAWN, Remark("bad", self._withdrawal(change)), parts if has_old_text else ())
        earlier_parts = entry.parts if entry else None
        if change.kind is Kind.CAMPAIGN:
            key = "remark.campaign" if parts else "remark.campaign_same"
            text = words(key, earlier=change.approved_for, campaign=change.campaign)
            return Verdict(State.NEW, Remark("open", text), parts, earlier_parts)
        if change.kind is Kind.EDITED:
            return Verdict(State.CHANGED, Remark("bad", words("remark.edited")), parts, earlier_parts)
        text = words("remark.changed_somehow")
        if change.moment:
            text = words("remark.changed", actor=change.actor, date=self.date(change.moment))
        return Verdict(State.CHANGED, Remark("open", text), parts, earlier_parts)

    def _withdrawal(self, change: Change) -> str:
        date = self.date(change.moment) if change.moment else ""
        key = "remark.withdrawn_because" if change.reason else "remark.withdrawn"
        return self.words(key, actor=change.actor, date=date, reason=change.reason)

    def _parts(self, change: Change) -> tuple[tuple[str, Markup], ...]:
        parts = []
        for name, (old, new) in change.parts.items():
            if name.startswith("media.") and old and new:  # nobody compares digests
                difference = Markup("<ins>{}</ins>").format(self.words("post.other_picture"))
            else:
                difference = marked_difference(old or "", new or "")
            parts.append((part_name(name, self.words), difference))
        return tuple(parts)


def subject_of(delivery: Delivery) -> Subject | None:
    translation = delivery.translation
    return Subject(delivery.number, str(delivery.language), translation.embassy) if translation else None
