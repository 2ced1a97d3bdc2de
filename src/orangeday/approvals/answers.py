"""The answer to a page: what it says yes to is approved exactly as the page showed it, or nothing is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from orangeday.approvals import page_code
from orangeday.approvals.authority import Authority
from orangeday.approvals.compare import Approvals
from orangeday.approvals.model import NAME, Answer, Entry, Subject, TextWithdrawal
from orangeday.approvals.page_code import PageRecord
from orangeday.approvals.shown_page import Objection, Review, review
from orangeday.approvals.store import headings_of, is_gone, new_approval, rewrite, write_lock
from orangeday.clock import utc
from orangeday.content.plan import Plan


@dataclass(frozen=True)
class PageAnswer:
    """An answer to a page, and all that decides what it approves."""

    record: PageRecord
    answer: Answer
    days: Collection[int] | None
    """The Days that it says yes to; None for all of the page."""
    authority: Callable[[Plan], Authority]
    """The right of who gives it, by the files as they are."""
    local_withdrawals: Mapping[Subject, TextWithdrawal] = field(default_factory=dict)
    posted_keys: Collection[str] = ()
    """The keys of posts that are out."""

    def outcome(self, plan: Plan, approvals: Approvals, now: datetime) -> Outcome:
        """Return what it approves by these files, or why it approves nothing. Nothing is written."""
        approvals = replace(approvals, local_withdrawals=self.local_withdrawals)
        page, authority = self.record.page, self.authority(plan)
        if objection := self._objection(approvals, authority):
            return Outcome(authority, Review(objections=(objection,)))
        page_review = review(page, plan, approvals, now, self.days, self.posted_keys)
        page_review = replace(
            page_review, objections=tuple(self._with_mail_date(o, approvals) for o in page_review.objections)
        )
        not_covered = tuple(subject for subject in page_review.to_approve if not authority.covers(subject))
        to_approve = tuple(subject for subject in page_review.to_approve if subject not in not_covered)
        return Outcome(authority, replace(page_review, to_approve=to_approve), not_covered)

    def _objection(self, approvals: Approvals, authority: Authority) -> Objection | None:
        """Return the reason why it approves nothing, whatever the page shows."""
        if self.answer.message_id and not authority.is_named:
            return Objection(None, f"{self.answer.sender} isn't an address of somebody who may approve")
        if (
            not authority.is_named
            and authority.is_limited
            and not any(map(authority.covers, self.record.page.contents))
        ):
            return Objection(None, f"{authority.name} isn't named in the config among those who may approve")
        if moment := self._earlier_use(approvals):
            explanation = f"a mail counts once, and this one ({self.answer.message_id}) approved something on {moment}"
            return Objection(None, explanation, step="what isn't approved yet: orangeday approve --diff")
        return None

    def _with_mail_date(self, objection: Objection, approvals: Approvals) -> Objection:
        """Return an objection that says so where a mail was sent before what it covers was taken down."""
        withdrawal = approvals.withdrawal(objection.subject) if objection.subject else None
        if withdrawal is None or self.answer.mail_date is None or self.answer.mail_date >= withdrawal.moment:
            return objection
        explanation, colon, step = objection.explanation.rpartition(": to post it")
        sentence = f"{explanation or step}, after this mail was sent, {utc(self.answer.mail_date)}"
        return replace(objection, explanation=f"{sentence}{colon}{step if colon else ''}")

    def _earlier_use(self, approvals: Approvals) -> str | None:
        """Return when this very mail approved something before; None where it didn't."""
        message_id = self.answer.message_id
        if message_id is None:
            return None
        moments = [a.moment for a in approvals.entries.values() if a.answer and a.answer.message_id == message_id]
        if moments:
            return utc(min(moments))
        return next((a.get("at", "") for a in self.record.answers if a.get("message_id") == message_id), None)


@dataclass(frozen=True)
class Outcome:
    """The texts and embassies that an answer approves, or the reasons why it approves nothing."""

    authority: Authority
    review: Review
    not_covered: tuple[Subject, ...] = ()
    """Of those that the page shows, the ones that who answers may not approve."""


def approve(
    answer: PageAnswer,
    read_plan: Callable[[], Plan],
    folder: Path,
    now: datetime,
    faulty_subjects: Collection[Subject] = (),
) -> tuple[Outcome, str | None]:
    """Approve what an answer says yes to, exactly as its page showed it; nothing where anything differs by now.

    The files are read once more, by `read_plan`, while nobody else can write approvals. `faulty_subjects` have an
    error, and stay as they are. Return what was approved, and the reason why the record of the page couldn't note it;
    the approvals themselves have it. Raise OrangedayError where nothing could be written.
    """
    plans: list[Plan] = []
    outcomes: list[Outcome] = []
    page, code = answer.record.page, answer.answer

    def renew(current: Approvals) -> Mapping[Subject, Entry]:
        plans.append(read_plan())
        outcome = answer.outcome(plans[-1], current, now)
        entries: dict[Subject, Entry] = {**current.entries, **current.withdrawals}
        subjects = [subject for subject in outcome.review.to_approve if subject not in faulty_subjects]
        for subject in () if outcome.review.objections else subjects:
            parts = page.contents[subject]
            if parts is not None:
                entries[subject] = new_approval(page.campaign, parts, outcome.authority.name, now, code)
            elif subject in entries and is_gone(plans[-1], subject):
                del entries[subject]
        outcomes.append(replace(outcome, review=replace(outcome.review, to_approve=tuple(subjects))))
        return entries

    def choose_headings(old: Set[Subject]) -> Set[Subject]:
        return headings_of(plans[-1])(old)

    rewrite(folder, renew, choose_headings)
    outcome = outcomes[-1]
    if outcome.review.objections or not outcome.review.to_approve:
        return outcome, None
    return outcome, _keep_answer(folder, answer.answer, outcome, now)


def _keep_answer(folder: Path, answer: Answer, outcome: Outcome, now: datetime) -> str | None:
    """Note in the page's record who approved what of it; return the reason where that fails."""
    values = {
        "by": outcome.authority.name,
        "at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "approved": " ".join(map(str, outcome.review.to_approve)),
    }
    if answer.message_id and answer.mail_date:
        values |= {"message_id": answer.message_id, "sent": answer.mail_date.isoformat(), "from": answer.sender or ""}
    with write_lock(folder / NAME):
        return page_code.keep_answer(folder, answer.code, values)
