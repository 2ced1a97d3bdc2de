"""The sentence on each text and each embassy that says whether it is approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import Change, Kind, Subject
from orangeday.content.plan import Delivery
from orangeday.views.approval_page.markup import marked_difference
from orangeday.views.approval_page.model import Remark
from orangeday.views.approval_page.moments import utc_date_time


@dataclass(frozen=True, slots=True)
class ApprovalRemarks:
    """The source of the remarks on texts and embassies: whether each is approved, and what has changed since."""

    approvals: Approvals
    changes: Mapping[Subject, Change]

    def remark(self, subject: Subject | None) -> tuple[Remark, tuple[tuple[str, Markup], ...]]:
        """Return a sentence that says whether it is approved, and by whom; and the parts that have changed since."""
        if subject is None:
            return Remark("bad", "There is nothing to approve."), ()
        change, entry = self.changes.get(subject), self.approvals.entries.get(subject)
        if change is None and entry:
            return Remark("good", f"Approved by {entry.actor} on {utc_date_time(entry.moment)}"), ()
        if change is None or change.kind is Kind.NEW:
            return Remark("open", "Not approved yet"), ()
        parts = tuple((name, marked_difference(old, new)) for name, old, new in change.differences)
        if change.kind is Kind.WITHDRAWN:
            has_old_text = any(old is not None for old, _ in change.parts.values())
            message = f"Withdrawn ({change.withdrawal_note}): no line on this page approves it"
            return Remark("bad", message), parts if has_old_text else ()
        if change.kind is Kind.CAMPAIGN:
            comparison = "" if parts else ", word for word as it is"
            return Remark("open", f"Approved for {change.approved_for}{comparison}; not for {change.campaign}"), parts
        if change.kind is Kind.EDITED:
            return Remark("bad", "Its approval was edited by hand, and no longer counts"), parts
        approval_note = (
            f"{change.actor} approved it on {utc_date_time(change.moment)}" if change.moment else "it was approved"
        )
        return Remark("open", f"Changed since {approval_note}"), parts


def subject_of(delivery: Delivery) -> Subject | None:
    translation = delivery.translation
    return Subject(delivery.number, str(delivery.language), translation.embassy) if translation else None
