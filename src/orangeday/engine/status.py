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
from orangeday.approvals.model import Subject, Withdrawn
from orangeday.clock import utc
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem
from orangeday.ledger.records import Known, Row
from orangeday.ledger.states import State
from orangeday.rules.catalogue import hindrances

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_UNBEGUN = timedelta(minutes=5)
"""The time after which it is an alarm that something due could be sent and isn't begun, whatever the cause."""
_A_LITTLE = timedelta(minutes=2)
_LONGEST_WAIT = timedelta(hours=25)
"""The longest wait that a platform asks for, a day, and a little."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of one Delivery at one moment."""

    delivery: Delivery
    state: State
    why: str | None
    """The reason for the state: what is wrong, or what it waits for."""
    row: Row | None
    receipt: Receipt | None
    ready: bool = False
    """True if it is due, with its window open and nothing against it: it may be armed."""
    needs_person: bool = False

    @property
    def attempts(self) -> int:
        return self.row.attempts if self.row else 0


def look(
    plan: Plan, ledger: Ledger, now: datetime, deliveries: Iterable[Delivery], approvals: Approvals | None = None
) -> list[Standing]:
    """Return the status of each of these deliveries at `now`, in their order; without `approvals` no post needs one."""
    asked = list(deliveries)
    if not asked:
        return []
    known = ledger.known((delivery.key for delivery in asked), (str(delivery.account) for delivery in asked))
    # An error holds what is about to be sent; elsewhere `orangeday check` is the place to say it.
    problems = hindrances(plan, [delivery for delivery in asked if delivery.due <= now < delivery.closes])
    joined: Approvals | None = None

    def taken_down(delivery: Delivery) -> str | None:
        """Return why a text is withdrawn, or None: by the file, or where it has no word of it, by posts taken down."""
        nonlocal joined
        if approvals is None:
            return None
        words = delivery.translation and Subject(delivery.number, str(delivery.language), delivery.translation.embassy)
        if words is None or words in approvals.entries or words in approvals.withdrawn:
            return approvals.taken_down(delivery)
        joined = joined or replace(approvals, here=taken_down_before(plan, ledger, approvals))
        return joined.taken_down(delivery)

    objection = approvals.objection if approvals else _no_objection
    since = approvals.since if approvals else _long_ago

    def standing(delivery: Delivery, released: Callable[[Delivery], datetime | None]) -> Standing:
        return stand(delivery, now, known, problems, objection, taken_down, released)

    found = [standing(delivery, since) for delivery in asked]
    if not any(_is_late(one) for one in found):
        return found
    # What a person has let go a moment ago can't have been begun before; that is asked where it matters alone.
    last = ledger.last_release()

    def released(delivery: Delivery) -> datetime | None:
        return max(filter(None, (since(delivery), last)), default=None)

    return [standing(one.delivery, released) if _is_late(one) else one for one in found]


def _is_late(standing: Standing) -> bool:
    return standing.needs_person and standing.state in (State.SCHEDULED, State.DEFERRED)


def _no_objection(_: Delivery) -> None:
    return None


def taken_down_here(plan: Plan, ledger: Ledger, stored: Approvals) -> dict[Subject, Withdrawn]:
    """Return the withdrawals in this campaign by text, as this ledger has them, whatever the file of approvals says."""
    found, withdrawals = taken_down_before(plan, ledger, stored), ledger.withdrawals()
    for subject in _known(plan, stored):
        for withdrawal in withdrawals:
            text = Subject(withdrawal.day, withdrawal.language, withdrawal.words or None)
            if withdrawal.campaign == plan.campaign_id and subject.is_same_text(text):
                found[subject] = Withdrawn(withdrawal.who, withdrawal.at, withdrawal.why)
    return found


def taken_down_before(plan: Plan, ledger: Ledger, stored: Approvals) -> dict[Subject, Withdrawn]:
    """Return the withdrawals, by text, that earlier versions noted nowhere but in deleting the approval."""
    found: dict[Subject, Withdrawn] = {}
    stones = ledger.taken_down(plan.campaign_id)
    known = _known(plan, stored) if stones else set()
    for stone in stones:
        _, _, embassy, _, language = stone.key.split("/")
        day = plan.campaign.days.get(stone.day)
        own = day is not None and (language, embassy) in day.own
        text = Subject(stone.day, language, embassy if own else None)
        for subject in known:
            if subject.is_same_text(text) and subject not in stored.entries and subject not in stored.withdrawn:
                found[subject] = Withdrawn(stone.who, stone.retracted, "")
    return found


def _known(plan: Plan, stored: Approvals) -> set[Subject]:
    return {*subjects(plan), *stored.entries, *stored.withdrawn}


def _long_ago(_: Delivery) -> None:
    return None


def stand(
    delivery: Delivery,
    now: datetime,
    known: Known,
    problems: Sequence[Problem],
    objection: Callable[[Delivery], str | None] = _no_objection,
    taken_down: Callable[[Delivery], str | None] = _no_objection,
    released: Callable[[Delivery], datetime | None] = _long_ago,
) -> Standing:
    """Return the status of one Delivery, where these errors are in the files.

    `objection` returns what isn't approved, `taken_down` why the text is withdrawn, each None where that isn't so;
    `released` returns when a person last let it go: before that no program could have begun it.
    """
    row = known.rows.get(delivery.key)
    note = known.accounts.get(str(delivery.account))
    error = row.error if row else None
    receipt = row.receipt if row else None

    def standing(state: State, why: str | None = error, *, ready: bool = False, person: bool = False) -> Standing:
        seen = row is not None and row.state is state and row.acknowledged is not None
        alarming = state in (State.REFUSED, State.UNSURE, State.MISSED, State.HELD) and not seen
        return Standing(delivery, state, why, row, receipt, ready, person or alarming)

    withdrawal = next((w for w in known.withdrawals if w.covers(delivery)), None)
    if row and row.state is State.PUBLISHED and withdrawal and row.noted and withdrawal.at < row.noted:
        # It was on its way, or in doubt, as its text was taken down.
        why = f"it is up, and its text is {withdrawal}: orangeday retract {row.key}"
        return standing(State.PUBLISHED, why, person=row.acknowledged is None)
    if row and row.state in (State.ARMED, State.PUBLISHED, State.UNSURE):
        return standing(row.state)
    # What a person has let go once more is looked at as if it had never been tried, while its window is open.
    again = row is not None and row.allowed is not None and delivery.due <= now < delivery.closes
    if row and row.state is State.RETRACTED and not again:
        return standing(State.RETRACTED)
    if row and row.state is State.REFUSED and not again:
        twin = known.rows.get(row.same_as or "")
        if twin and twin.state is State.PUBLISHED and now >= delivery.closes:
            return Standing(delivery, State.PUBLISHED, f"went out as {twin.key}", row, twin.receipt)
        return standing(State.REFUSED)
    if now < delivery.due:
        return standing(State.SCHEDULED)
    if now >= delivery.closes:
        if row is None and (note is None or delivery.closes <= note.first_seen):
            return standing(State.PAST, None)
        if withdrawn := str(withdrawal) if withdrawal else taken_down(delivery):
            # A person decided that: that it never went out is no alarm.
            return Standing(delivery, State.MISSED, f"not posted: {withdrawn}", row, receipt)
        if row and row.state is State.DEFERRED and error:
            return standing(State.MISSED, f"its time passed while it waited: {error}")
        return standing(State.MISSED, error or "its time passed, and nothing was running or it was held")
    pause = next((p for p in known.pauses if p.covers(delivery.embassy.id, delivery.platform)), None)
    if pause:
        return standing(State.HELD, str(pause))
    problem = next((p for p in problems if _covers(p, delivery)), None)
    if problem:
        return standing(State.HELD, str(problem))
    command = Subject(delivery.number, str(delivery.language), withdrawal.words or None).again if withdrawal else ""
    if withdrawn := f"{withdrawal}; to post it all the same: {command}" if withdrawal else taken_down(delivery):
        # A person decided that: it is no alarm, unless a corrected one is to take its place.
        return Standing(delivery, State.HELD, withdrawn, row, receipt, needs_person=again)
    if unapproved := objection(delivery):
        return standing(State.HELD, unapproved)
    if note is None:  # no live run has ever met the account: nothing of it is late
        return standing(State.SCHEDULED, None, ready=True)
    # What was never armed, and could have been since then, is somebody's to know, whatever keeps it.
    since = max(filter(None, (delivery.due, note.first_seen, released(delivery))))
    begun = row is not None and row.attempts > 0
    late = not begun and now - since > _UNBEGUN
    if waits(note.deferred, note.noted, now):
        return standing(State.DEFERRED, note.error, person=note.needs_person or late)
    if row and row.state is State.DEFERRED and waits(row.until, row.noted, now):
        # On X an account may have to be looked at before anything is sent, so long after the hour.
        looked_at = delivery.account.settle_after or timedelta()
        return standing(State.DEFERRED, person=late and now - since > _UNBEGUN + looked_at)
    if late and (row is None or row.until is None or now - row.until > _UNBEGUN):
        why = (
            f"due since {utc(delivery.due)}, and no program has begun it: is orangeday running, and does the account's "
            "server answer? To find out: orangeday doctor"
        )
        return standing(State.SCHEDULED, why, ready=True, person=True)
    return standing(State.SCHEDULED, None, ready=True)


def waits(until: datetime | None, noted: datetime | None, now: datetime) -> bool:
    """Return whether it is too early to try again; never by a clock that was wrong as `until` was noted.

    No platform asks for days; and what was noted later than now was noted by a clock that was ahead.
    """
    ahead = noted is not None and noted - now > _A_LITTLE
    return until is not None and not ahead and now < until <= now + _LONGEST_WAIT


def _covers(problem: Problem, delivery: Delivery) -> bool:
    return problem.concern.covers(delivery.number, delivery.embassy.id, delivery.platform, delivery.language)
