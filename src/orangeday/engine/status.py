"""The status of each Delivery at a moment, from plan × ledger × approvals × pauses × clock.

`publish`, `status` and `schedule` all ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orangeday.adapters.base import Receipt
from orangeday.approvals.compare import Approvals
from orangeday.approvals.content import subjects
from orangeday.approvals.model import Subject, TextWithdrawal
from orangeday.clock import local, utc
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem
from orangeday.ledger.records import LedgerSnapshot, Row
from orangeday.ledger.states import State
from orangeday.retry import UNTIL_RELEASED
from orangeday.rules.catalogue import blocking_errors

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_START_TIMEOUT = timedelta(minutes=5)
"""The time after which it is an alarm that something due could be sent and isn't begun, whatever the cause."""
_CLOCK_TOLERANCE = timedelta(minutes=2)
_LONGEST_WAIT = timedelta(hours=25)
"""The longest wait that a platform asks for, a day, and a little."""


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """The status of one Delivery at one moment."""

    delivery: Delivery
    state: State
    reason: str | None
    """The reason for the state: what is wrong, or what it waits for."""
    row: Row | None
    receipt: Receipt | None
    ready: bool = False
    """True if it is due, with its window open and nothing against it: it may be armed."""
    needs_person: bool = False
    until: datetime | None = None
    """The moment when it is tried again, where it is deferred; None where a person has to say so, or nobody knows."""

    @property
    def is_in_time(self) -> bool:
        """True unless its time ends before it is tried again."""
        return self.until is None or self.until < self.delivery.deadline

    @property
    def next_try(self) -> str:
        """The sentence that says when a deferred post is tried again; empty where its reason says all there is."""
        if self.state is not State.DEFERRED or self.until is None:
            return ""
        moment = f"{local(self.delivery.local(self.until))} ({utc(self.until)})"
        if self.is_in_time:
            return f"It is tried again by itself: {moment}."
        end = self.delivery.local(self.delivery.deadline)
        return (
            f"It isn't tried again before {moment}, and its time ends at {end:%H:%M}: "
            "if it must go out today, post it by hand."
        )

    @property
    def attempts(self) -> int:
        return self.row.attempts if self.row else 0


def statuses(
    plan: Plan, ledger: Ledger, now: datetime, deliveries: Iterable[Delivery], approvals: Approvals | None = None
) -> list[DeliveryStatus]:
    """Return the status of each of these deliveries at `now`, in their order; without `approvals` no post needs one."""
    selection = list(deliveries)
    if not selection:
        return []
    records = ledger.snapshot(
        (delivery.key for delivery in selection), (str(delivery.account) for delivery in selection)
    )
    # An error holds what is about to be sent; elsewhere `orangeday check` is the place to say it.
    problems = blocking_errors(plan, [delivery for delivery in selection if delivery.due <= now < delivery.deadline])
    all_approvals: Approvals | None = None

    def withdrawal_reason(delivery: Delivery) -> str | None:
        """Return why a text is withdrawn, or None: by the file, or where it has no word of it, by posts taken down."""
        nonlocal all_approvals
        if approvals is None:
            return None
        subject = delivery.translation and Subject(
            delivery.number, str(delivery.language), delivery.translation.embassy
        )
        if subject is None or subject in approvals.entries or subject in approvals.withdrawals:
            return approvals.withdrawal_objection(delivery)
        all_approvals = all_approvals or replace(
            approvals, local_withdrawals=legacy_withdrawals_by_text(plan, ledger, approvals)
        )
        return all_approvals.withdrawal_objection(delivery)

    objection = approvals.objection if approvals else _no_objection
    approval_time = approvals.since if approvals else _no_release

    def evaluate(delivery: Delivery, release_time: Callable[[Delivery], datetime | None]) -> DeliveryStatus:
        return status_of(delivery, now, records, problems, objection, withdrawal_reason, release_time)

    results = [evaluate(delivery, approval_time) for delivery in selection]
    if not any(_is_late(status) for status in results):
        return results
    # What a person has let go a moment ago can't have been begun before; that is asked where it matters alone.
    last_release = ledger.last_release()

    def latest_release(delivery: Delivery) -> datetime | None:
        return max(filter(None, (approval_time(delivery), last_release)), default=None)

    return [evaluate(status.delivery, latest_release) if _is_late(status) else status for status in results]


def _is_late(status: DeliveryStatus) -> bool:
    return status.needs_person and status.state in (State.SCHEDULED, State.DEFERRED)


def _no_objection(_: Delivery) -> None:
    return None


def withdrawals_by_text(plan: Plan, ledger: Ledger, approvals: Approvals) -> dict[Subject, TextWithdrawal]:
    """Return the withdrawals in this campaign by text, as this ledger has them, whatever the file of approvals says."""
    withdrawals_by_subject, withdrawals = legacy_withdrawals_by_text(plan, ledger, approvals), ledger.withdrawals()
    for subject in _known_subjects(plan, approvals):
        for withdrawal in withdrawals:
            text = Subject(withdrawal.day, withdrawal.language, withdrawal.embassy or None)
            if withdrawal.campaign == plan.campaign_id and subject.is_same_text(text):
                withdrawals_by_subject[subject] = TextWithdrawal(withdrawal.actor, withdrawal.moment, withdrawal.reason)
    return withdrawals_by_subject


def legacy_withdrawals_by_text(plan: Plan, ledger: Ledger, approvals: Approvals) -> dict[Subject, TextWithdrawal]:
    """Return the withdrawals, by text, that earlier versions noted nowhere but in deleting the approval."""
    withdrawals_by_subject: dict[Subject, TextWithdrawal] = {}
    tombstones = ledger.retractions(plan.campaign_id)
    known_subjects = _known_subjects(plan, approvals) if tombstones else set()
    for tombstone in tombstones:
        _, _, embassy, _, language = tombstone.key.split("/")
        day = plan.campaign.days.get(tombstone.day)
        has_own_text = day is not None and (language, embassy) in day.embassy_translations
        text = Subject(tombstone.day, language, embassy if has_own_text else None)
        for subject in known_subjects:
            if subject.is_same_text(text) and subject not in approvals.entries and subject not in approvals.withdrawals:
                withdrawals_by_subject[subject] = TextWithdrawal(tombstone.actor, tombstone.retracted, "")
    return withdrawals_by_subject


def _known_subjects(plan: Plan, approvals: Approvals) -> set[Subject]:
    return {*subjects(plan), *approvals.entries, *approvals.withdrawals}


def _no_release(_: Delivery) -> None:
    return None


def status_of(
    delivery: Delivery,
    now: datetime,
    records: LedgerSnapshot,
    problems: Sequence[Problem],
    objection: Callable[[Delivery], str | None] = _no_objection,
    withdrawal_reason: Callable[[Delivery], str | None] = _no_objection,
    release_time: Callable[[Delivery], datetime | None] = _no_release,
) -> DeliveryStatus:
    """Return the status of one Delivery, where these errors are in the files.

    `objection` returns what isn't approved, `withdrawal_reason` why the text is withdrawn, or None;
    `release_time` returns when a person last let it go: before that no program could have begun it.
    """
    row = records.rows.get(delivery.key)
    note = records.accounts.get(str(delivery.account))
    error = row.error if row else None
    receipt = row.receipt if row else None

    def make_status(
        state: State,
        reason: str | None = error,
        *,
        ready: bool = False,
        person: bool = False,
        until: datetime | None = None,
    ) -> DeliveryStatus:
        is_acknowledged = row is not None and row.state is state and row.acknowledged is not None
        is_alarm = state in (State.REFUSED, State.UNSURE, State.MISSED, State.HELD) and not is_acknowledged
        status = DeliveryStatus(delivery, state, reason, row, receipt, ready, person or is_alarm, until)
        # What will never go out by itself is somebody's to know as long as something can be done about it.
        return status if status.is_in_time else replace(status, needs_person=True)

    withdrawal = next((w for w in records.withdrawals if w.covers(delivery)), None)
    if row and row.state is State.PUBLISHED and withdrawal and row.noted and withdrawal.moment < row.noted:
        # It was on its way, or in doubt, as its text was taken down.
        reason = f"it is up, and its text is {withdrawal}: orangeday retract {row.key}"
        return make_status(State.PUBLISHED, reason, person=row.acknowledged is None)
    if row and row.state in (State.ARMED, State.PUBLISHED, State.UNSURE):
        return make_status(row.state)
    # What a person has let go once more is looked at as if it had never been tried, while its window is open.
    is_retry = row is not None and row.allowed is not None and delivery.due <= now < delivery.deadline
    if row and row.state is State.RETRACTED and not is_retry:
        return make_status(State.RETRACTED)
    if row and row.state is State.REFUSED and not is_retry:
        twin = records.rows.get(row.same_as or "")
        if twin and twin.state is State.PUBLISHED and now >= delivery.deadline:
            return DeliveryStatus(delivery, State.PUBLISHED, f"went out as {twin.key}", row, twin.receipt)
        return make_status(State.REFUSED)
    if now < delivery.due:
        return make_status(State.SCHEDULED)
    if now >= delivery.deadline:
        if row is None and (note is None or delivery.deadline <= note.first_seen):
            return make_status(State.PAST, None)
        if text := str(withdrawal) if withdrawal else withdrawal_reason(delivery):
            # A person decided that: that it never went out is no alarm.
            return DeliveryStatus(delivery, State.MISSED, f"not posted: {text}", row, receipt)
        if row and row.state is State.DEFERRED and error:
            return make_status(State.MISSED, f"its time passed while it waited: {error}")
        is_covered = note and note.noted and note.deferred and note.noted < delivery.deadline <= note.deferred
        if row is None and note and is_covered:
            return make_status(State.MISSED, f"its time passed while its account waited: {note.error}")
        return make_status(State.MISSED, error or "its time passed, and nothing was running or it was held")
    pause = next((p for p in records.pauses if p.covers(delivery.embassy.id, delivery.platform)), None)
    if pause:
        return make_status(State.HELD, str(pause))
    problem = next((p for p in problems if _covers(p, delivery)), None)
    if problem:
        return make_status(State.HELD, str(problem))
    command = (
        Subject(delivery.number, str(delivery.language), withdrawal.embassy or None).reapproval_command
        if withdrawal
        else ""
    )
    if text := f"{withdrawal}; to post it all the same: {command}" if withdrawal else withdrawal_reason(delivery):
        # A person decided that: it is no alarm, unless a corrected one is to take its place.
        return DeliveryStatus(delivery, State.HELD, text, row, receipt, needs_person=is_retry)
    if approval_problem := objection(delivery):
        return make_status(State.HELD, approval_problem)
    if note is None:  # no live run has ever met the account: nothing of it is late
        return make_status(State.SCHEDULED, None, ready=True)
    # What was never armed, and could have been since then, is somebody's to know, whatever keeps it.
    since = max(filter(None, (delivery.due, note.first_seen, release_time(delivery))))
    has_started = row is not None and row.attempts > 0
    is_late = not has_started and now - since > _START_TIMEOUT
    if is_too_early(note.deferred, note.noted, now):
        account_until = None if note.deferred == UNTIL_RELEASED else note.deferred
        return make_status(State.DEFERRED, note.error, person=note.needs_person or is_late, until=account_until)
    if row and row.state is State.DEFERRED and is_too_early(row.until, row.noted, now):
        # On X an account may have to be looked at before anything is sent, so long after the hour.
        lookup_delay = delivery.account.settle_after or timedelta()
        is_very_late = is_late and now - since > _START_TIMEOUT + lookup_delay
        return make_status(State.DEFERRED, person=is_very_late, until=row.until)
    if is_late and (row is None or row.until is None or now - row.until > _START_TIMEOUT):
        reason = (
            f"due since {utc(delivery.due)}, and no program has begun it: is orangeday running, and does the account's "
            "server answer? To find out: orangeday doctor"
        )
        return make_status(State.SCHEDULED, reason, ready=True, person=True)
    return make_status(State.SCHEDULED, None, ready=True)


def is_too_early(until: datetime | None, noted_at: datetime | None, now: datetime) -> bool:
    """Return whether it is too early to try again; never by a clock that was wrong as `until` was noted.

    No platform asks for days; and what was noted later than now was noted by a clock that was ahead. What waits for a
    person does so by any clock.
    """
    if until == UNTIL_RELEASED:
        return True
    was_ahead = noted_at is not None and noted_at - now > _CLOCK_TOLERANCE
    return until is not None and not was_ahead and now < until <= now + _LONGEST_WAIT


def _covers(problem: Problem, delivery: Delivery) -> bool:
    return problem.scope.covers(delivery.number, delivery.embassy.id, delivery.platform, delivery.language)
