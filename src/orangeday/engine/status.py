"""The status of each Delivery at a moment, from plan × ledger × approvals × pauses × clock.

`publish`, `status` and `schedule` all ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from orangeday.adapters.base import Receipt
from orangeday.approvals.compare import Approvals, Found, find_objections
from orangeday.approvals.content import subjects
from orangeday.approvals.model import Objection, Subject, TextWithdrawal
from orangeday.clock import local, utc
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem
from orangeday.engine.misses import Wait, last_look_at, miss_reason
from orangeday.ledger.records import AccountNote, LedgerSnapshot, Row, Withdrawal
from orangeday.ledger.states import State
from orangeday.retry import UNTIL_RELEASED
from orangeday.rules.blocking import blocking_errors

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
    step: str = ""
    """The step of a person about it, as the reason has it: a command, or words; empty where the state tells it."""

    @property
    def explanation(self) -> str | None:
        """The reason without the step, which some reasons end with."""
        if not self.reason or not self.step:
            return self.reason
        return self.reason.removesuffix(self.step).rstrip(" .:;") if self.reason.endswith(self.step) else self.reason

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
        return f"It isn't tried again before {moment}, and its time ends at {end:%H:%M}."

    @property
    def is_dry(self) -> bool:
        """True for what a dry run has seen to: nobody can read it anywhere."""
        return self.receipt is not None and self.receipt.url.startswith("dry-run:")

    @property
    def in_words(self) -> str:
        """The state as a person reads it: what a dry run has published would go out."""
        return "would go out" if self.is_dry and self.state is State.PUBLISHED else str(self.state)

    @property
    def attempts(self) -> int:
        return self.row.attempts if self.row else 0


def statuses(
    plan: Plan,
    ledger: Ledger,
    now: datetime,
    deliveries: Iterable[Delivery],
    approvals: Approvals | None = None,
    found: Found | None = None,
) -> list[DeliveryStatus]:
    """Return the status of each of these deliveries at `now`, in their order; without `approvals` no post needs one.

    `found` gets the changes since the approvals.
    """
    selection = list(deliveries)
    if not selection:
        return []
    records = ledger.snapshot(
        (delivery.key for delivery in selection), (str(delivery.account) for delivery in selection)
    )
    # An error holds what is about to be sent; elsewhere `orangeday check` is the place to say it.
    problems = blocking_errors(plan, [delivery for delivery in selection if _may_be_sent(delivery, now, records)])
    obstacles = _Obstacles(plan, ledger, approvals)

    def evaluate(delivery: Delivery, release_time: Callable[[Delivery], datetime | None]) -> DeliveryStatus:
        return _Evaluation(delivery, now, records, problems, obstacles, release_time).status()

    results = [evaluate(delivery, obstacles.approval_time) for delivery in selection]
    if approvals:
        results = mark_unapproved(plan, approvals, results, found)
    if any(_is_late(status) for status in results):
        # What a person has let go a moment ago can't have been begun before; that is asked where it matters alone.
        last_release = ledger.last_release()

        def latest_release(delivery: Delivery) -> datetime | None:
            return max(filter(None, (obstacles.approval_time(delivery), last_release)), default=None)

        results = [evaluate(status.delivery, latest_release) if _is_late(status) else status for status in results]
    missed = [status.delivery for status in results if _is_unexplained(status)]
    if missed:
        miss_reasons = _miss_reasons(plan, ledger, records, obstacles, missed)
        results = [
            replace(status, reason=miss_reasons[status.delivery.key]) if _is_unexplained(status) else status
            for status in results
        ]
    return results


def mark_unapproved(
    plan: Plan, approvals: Approvals, results: Sequence[DeliveryStatus], found: Found | None = None
) -> list[DeliveryStatus]:
    """Return the results; what is scheduled, and that nobody has approved as it is, as unapproved."""
    scheduled_deliveries = [status.delivery for status in results if status.state is State.SCHEDULED]
    objections = find_objections(plan, approvals, scheduled_deliveries, found) if scheduled_deliveries else {}
    return [
        replace(status, state=State.UNAPPROVED, reason=objection.reason, step=objection.command)
        if status.state is State.SCHEDULED and (objection := objections.get(status.delivery.key))
        else status
        for status in results
    ]


def _may_be_sent(delivery: Delivery, now: datetime, records: LedgerSnapshot) -> bool:
    """Return whether its window is open, and no record says that it was sent, may have been, or was given up."""
    row = records.rows.get(delivery.key)
    return delivery.due <= now < delivery.deadline and not (row and row.is_decided)


def _is_late(status: DeliveryStatus) -> bool:
    return status.needs_person and status.state in (State.SCHEDULED, State.DEFERRED)


def _is_unexplained(status: DeliveryStatus) -> bool:
    """Return whether it was missed, and no reason was noted as it was."""
    return status.state is State.MISSED and status.reason is None


class _Obstacles:
    """The objections of the approvals to Deliveries; without approvals there are none."""

    def __init__(self, plan: Plan, ledger: Ledger, approvals: Approvals | None) -> None:
        self._plan = plan
        self._ledger = ledger
        self._approvals = approvals

    def objection(self, delivery: Delivery) -> Objection | None:
        """Return what isn't approved; None where all is."""
        return self._approvals.find_objection(delivery) if self._approvals else None

    def withdrawal(self, delivery: Delivery) -> Objection | None:
        """Return why its text is withdrawn, or None.

        The file says so, or where it has no word of it, posts that were taken down.
        """
        approvals = self._approvals
        if approvals is None:
            return None
        subject = delivery.translation and Subject(
            delivery.number, str(delivery.language), delivery.translation.embassy
        )
        if not (subject is None or subject in approvals.entries or subject in approvals.withdrawals):
            approvals = self._approvals_with_legacy
        change = approvals and approvals.withdrawal_change(delivery)
        return Objection(change.in_words, change.command) if change else None

    def approval_time(self, delivery: Delivery) -> datetime | None:
        """Return when the last approval that it needs was given, or None."""
        return self._approvals.since(delivery) if self._approvals else None

    @cached_property
    def _approvals_with_legacy(self) -> Approvals | None:
        if self._approvals is None:
            return None
        withdrawals = legacy_withdrawals_by_text(self._plan, self._ledger, self._approvals)
        return replace(self._approvals, local_withdrawals=withdrawals)


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


def _miss_reasons(
    plan: Plan, ledger: Ledger, records: LedgerSnapshot, obstacles: _Obstacles, missed: Sequence[Delivery]
) -> dict[str, str]:
    """Return why each of these was missed, by key."""
    looks, holds = ledger.looks(plan.campaign_id), ledger.holds(delivery.key for delivery in missed)
    problems = blocking_errors(plan, missed)

    def obstacle(delivery: Delivery) -> str | None:
        """Return what keeps it back to this day: what is held alike is told alike, whichever text it is."""
        pause = next((p for p in records.pauses if p.covers(delivery.embassy.id, delivery.platform)), None)
        problem = next((p for p in problems if _covers(p, delivery)), None)
        objection = None if pause or problem else obstacles.objection(delivery)
        if objection:
            return objection.reason.removesuffix(f": {objection.command}")
        return str(pause or problem) if pause or problem else None

    def wait(delivery: Delivery) -> Wait | None:
        """Return the last wait that was noted while it could be sent: its own, or its account's."""
        row, note = records.rows.get(delivery.key), records.accounts.get(str(delivery.account))
        if note and note.noted and note.deferred and note.noted < delivery.deadline:
            is_inside = delivery.due <= note.noted or delivery.deadline <= note.deferred
            if is_inside and note.needs_person:
                return Wait(note.noted, None, f"its account waited for a person: {note.error}")
            if is_inside and row is None:
                return Wait(note.noted, note.deferred, f"its time passed while its account waited: {note.error}")
        if row and row.state is State.DEFERRED and row.error:
            return Wait(row.noted or delivery.due, row.until, f"its time passed while it waited: {row.error}")
        return None

    return {
        delivery.key: miss_reason(
            delivery, last_look_at(delivery, looks), holds.get(delivery.key), wait(delivery), obstacle(delivery)
        )
        for delivery in missed
    }


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """The question for the status of one Delivery, where these errors are in the files.

    `release_time` returns when a person last let it go: before that no program could have begun it.
    """

    delivery: Delivery
    now: datetime
    records: LedgerSnapshot
    problems: Sequence[Problem]
    obstacles: _Obstacles
    release_time: Callable[[Delivery], datetime | None]

    @property
    def _row(self) -> Row | None:
        return self.records.rows.get(self.delivery.key)

    @property
    def _note(self) -> AccountNote | None:
        return self.records.accounts.get(str(self.delivery.account))

    @property
    def _withdrawal(self) -> Withdrawal | None:
        return next((w for w in self.records.withdrawals if w.covers(self.delivery)), None)

    @property
    def _is_retry(self) -> bool:
        """True if a person has let it go once more: it is looked at as if it had never been tried, in its window."""
        is_open = self.delivery.due <= self.now < self.delivery.deadline
        return is_open and self._row is not None and self._row.allowed is not None

    def _make(
        self,
        state: State,
        reason: str | None,
        *,
        ready: bool = False,
        person: bool = False,
        until: datetime | None = None,
        step: str = "",
    ) -> DeliveryStatus:
        row = self._row
        is_acknowledged = row is not None and row.state is state and row.acknowledged is not None
        is_alarm = state in (State.REFUSED, State.UNSURE, State.MISSED, State.HELD) and not is_acknowledged
        receipt = row.receipt if row else None
        status = DeliveryStatus(self.delivery, state, reason, row, receipt, ready, person or is_alarm, until, step)
        # What will never go out by itself is somebody's to know as long as something can be done about it.
        return status if status.is_in_time else replace(status, needs_person=True)

    def status(self) -> DeliveryStatus:
        row, withdrawal = self._row, self._withdrawal
        error = row.error if row else None
        if row and row.state is State.PUBLISHED and withdrawal and row.noted and withdrawal.moment < row.noted:
            # It was on its way, or in doubt, as its text was taken down.
            command = f"orangeday retract {row.key}"
            reason = f"it is up, and its text is {withdrawal}: {command}"
            return self._make(State.PUBLISHED, reason, person=row.acknowledged is None, step=command)
        if row and row.state in (State.ARMED, State.PUBLISHED, State.UNSURE):
            return self._make(row.state, error)
        if row and row.state is State.RETRACTED and not self._is_retry:
            return self._make(State.RETRACTED, error)
        if row and row.state is State.REFUSED and not self._is_retry:
            twin = self.records.rows.get(row.same_as or "")
            if twin and twin.state is State.PUBLISHED and self.now >= self.delivery.deadline:
                return DeliveryStatus(self.delivery, State.PUBLISHED, f"went out as {twin.key}", row, twin.receipt)
            return self._make(State.REFUSED, error)
        if self.now < self.delivery.due:
            return self._make(State.SCHEDULED, error)
        if self.now >= self.delivery.deadline:
            return self._closed_status()
        return self._held_status() or self._open_status()

    def _closed_status(self) -> DeliveryStatus:
        """Return the status after its window; a miss that nobody has recorded yet has no reason."""
        delivery, row, note, withdrawal = self.delivery, self._row, self._note, self._withdrawal
        if row is None and (note is None or delivery.deadline <= note.first_seen):
            return self._make(State.PAST, None)
        objection = None if withdrawal else self.obstacles.withdrawal(delivery)
        if text := str(withdrawal) if withdrawal else objection and objection.reason:
            # A person decided that: that it never went out is no alarm.
            receipt = row.receipt if row else None
            return DeliveryStatus(delivery, State.MISSED, f"not posted: {text}", row, receipt)
        return self._make(State.MISSED, row.error if row and row.state is State.MISSED else None)

    def _held_status(self) -> DeliveryStatus | None:
        """Return the status inside its window where something keeps it back; None where nothing does."""
        delivery, row, withdrawal = self.delivery, self._row, self._withdrawal
        pause = next((p for p in self.records.pauses if p.covers(delivery.embassy.id, delivery.platform)), None)
        if pause:
            return self._make(State.HELD, str(pause), step=pause.resume_command)
        problem = next((p for p in self.problems if _covers(p, delivery)), None)
        if problem:
            return self._make(State.HELD, str(problem), step=f"correct {problem.location}")
        if withdrawal:
            text = Subject(delivery.number, str(delivery.language), withdrawal.embassy or None)
            command = text.reapproval_command
            objection: Objection | None = Objection(f"{withdrawal}; to post it all the same: {command}", command)
        else:
            objection = self.obstacles.withdrawal(delivery)
        if objection:
            # A person decided that: it is no alarm, unless a corrected one is to take its place.
            status = self._make(State.HELD, objection.reason, step=objection.command)
            return replace(status, receipt=row.receipt if row else None, needs_person=self._is_retry)
        if objection := self.obstacles.objection(delivery):
            return self._make(State.HELD, objection.reason, step=objection.command)
        return None

    def _open_status(self) -> DeliveryStatus:
        """Return the status inside its window where nothing keeps it back."""
        delivery, row, note, now = self.delivery, self._row, self._note, self.now
        if note is None:  # no live run has ever met the account: nothing of it is late
            return self._make(State.SCHEDULED, None, ready=True)
        # What was never armed, and could have been since then, is somebody's to know, whatever keeps it.
        since = max(filter(None, (delivery.due, note.first_seen, self.release_time(delivery))))
        has_started = row is not None and row.attempts > 0
        is_late = not has_started and now - since > _START_TIMEOUT
        if is_too_early(note.deferred, note.noted, now):
            account_until = None if note.deferred == UNTIL_RELEASED else note.deferred
            step = (note.step or "") if note.needs_person else ""
            is_alarm = note.needs_person or is_late
            return self._make(State.DEFERRED, note.error, person=is_alarm, until=account_until, step=step)
        if row and row.state is State.DEFERRED and is_too_early(row.until, row.noted, now):
            # On X an account may have to be looked at before anything is sent, so long after the hour.
            lookup_delay = delivery.account.settle_after or timedelta()
            is_very_late = is_late and now - since > _START_TIMEOUT + lookup_delay
            return self._make(State.DEFERRED, row.error, person=is_very_late, until=row.until)
        if is_late and (row is None or row.until is None or now - row.until > _START_TIMEOUT):
            reason = (
                f"due since {utc(delivery.due)}, and no program has begun it: is orangeday running, and does the "
                "account's server answer? To find out: orangeday doctor"
            )
            return self._make(State.SCHEDULED, reason, ready=True, person=True)
        return self._make(State.SCHEDULED, None, ready=True)


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
