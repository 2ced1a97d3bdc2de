"""The run over one account, under its lock: what is in doubt is settled, then what is due is sent, in order.

A delivery goes prepare → arm → send → record. The delivery that is judged, prepared, armed and sent comes from one
reading of the files: they are looked at right before it is armed, and where they have changed it is begun again from
what they say now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from orangeday.adapters.base import Deferred, Payload, Platform, Receipt, Refused, Unsure
from orangeday.approvals.compare import Approvals
from orangeday.approvals.content import PictureContent
from orangeday.clock import Clock, to_utc, utc_offset
from orangeday.content.config import Account
from orangeday.content.encoding import Flaw, encode
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.advice import next_step
from orangeday.engine.connections import Connections
from orangeday.engine.draft import Draft, ingredients, read_media
from orangeday.engine.gate import Gate
from orangeday.engine.settling import leave_unsure, settle
from orangeday.engine.status import DeliveryStatus, is_too_early, statuses
from orangeday.ledger.records import AccountLock, Row
from orangeday.ledger.states import AmbiguousText, DuplicatePost, State, StateConflict
from orangeday.platforms.registry import PLATFORMS
from orangeday.retry import RETRY_AFTER_FAULT, UNTIL_RELEASED, Wait, before_the_end, next_try
from orangeday.system.workers import Job

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_ONE_MINUTE = timedelta(minutes=1)

_LATE_AFTER = timedelta(minutes=2)
"""The delay after which another program may have sent a post: its account is looked at before it is sent."""

_MAX_READINGS = 5
"""The number of times that a delivery is begun in one sweep while the files change; then it waits for the next."""


class NextStep(Enum):
    """The step that follows a delivery on its account."""

    CONTINUE = auto()  # the next delivery
    STOP = auto()  # nothing more now: it concerns the account, or the program ends


class _EditConflict(Exception):
    """An edit of the files after this delivery was judged: it isn't armed as it was."""


@dataclass(frozen=True)
class Services:
    """The services that the run over an account needs."""

    ledger: Ledger
    clock: Clock
    newest_plan: Callable[[], Plan]
    """Return the plan as the files are now, or were a second ago. Raises OrangedayError where they are broken."""
    last_plan: Callable[[], Plan]
    """Return the plan that was read last, whatever the files are now."""
    approvals: Callable[[Plan], Approvals | None]
    """Return the approvals, as the file has them now; None where no post needs one."""
    connections: Connections
    gate: Gate
    advice: Callable[[Account], str]
    """Return the advice to append where an account needs a person: it begins with a space, or is empty."""


class AccountRun:
    """One run over an account: all that is in doubt or due there, once."""

    def __init__(self, services: Services, account: Account) -> None:
        self._services = services
        self._ledger = services.ledger
        self._clock = services.clock
        self._account = account
        self._job: Job
        self._first_deadline: datetime | None = None
        """The moment when the first window of what is due closes; None where nothing is due."""
        self.affected_keys: list[str] = []
        """The keys of the deliveries that this run has touched."""

    def serve(self, doubtful_keys: Sequence[str], due_keys: Sequence[str], job: Job) -> None:
        """Serve the account, in order: settle what is in doubt, then send what is due. Both are keys."""
        self._job = job
        plan, account = self._services.newest_plan(), self._account  # it may have waited for its place a good while
        if not plan.has_account(account) or not may_connect(plan, account):
            return  # it is another by now, or is gone: no password goes where the config no longer says
        self._first_deadline = min(
            (delivery.deadline for key in due_keys if (delivery := plan.find(key))), default=None
        )
        try:
            platform = self._services.connections.get(account)
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            self._defer_account(_classify(failure, self._clock()))
            self.affected_keys += due_keys
            return
        self._job.record_progress()
        with self._ledger.account_lock(platform.identity) as lock:
            if lock is None:
                return  # another process serves it right now
            for row in self._ledger.rows(doubtful_keys).values():
                if self._must_stop:
                    return
                self.affected_keys.append(row.key)
                with suppress(StateConflict):  # its receipt came after all, while this was read back
                    self._settle(plan, platform, row)
                self._job.record_progress()
            deliveries = [delivery for key in due_keys if (delivery := plan.find(key))]
            for status in statuses(plan, self._ledger, self._clock(), deliveries, self._services.approvals(plan)):
                if status.ready:
                    self.affected_keys.append(status.delivery.key)
                    if self._deliver(platform, lock, status) is NextStep.STOP:
                        break
                    self._job.record_progress()

    @property
    def _must_stop(self) -> bool:
        """True if nothing more may begin: the program ends, or another account has got this one's place."""
        return self._services.gate.closed or self._job.is_relieved

    def _is_connected(self, platform: Platform) -> bool:
        """Return whether `platform` is still the account's connection, by its credentials of now.

        Where connecting fails, the account is deferred.
        """
        try:
            return self._services.connections.get(self._account) is platform
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            self._defer_account(_classify(failure, self._clock()))
            return False

    def _deliver(self, platform: Platform, lock: AccountLock, status: DeliveryStatus) -> NextStep:
        """Bring one Delivery to its platform as the files have it; return whether others may follow."""
        key, draft = status.delivery.key, None
        for _ in range(_MAX_READINGS):
            if self._must_stop:
                return NextStep.STOP
            delivery = status.delivery
            plan = self._services.newest_plan()
            if plan is not delivery.plan:
                new_delivery = plan.find(key)
                if new_delivery is None:
                    return NextStep.CONTINUE  # it has left the files
                (status,) = statuses(plan, self._ledger, self._clock(), [new_delivery], self._services.approvals(plan))
                delivery = new_delivery
                if not status.ready:
                    return NextStep.CONTINUE
            if delivery.account != self._account or not self._is_connected(platform):
                return NextStep.STOP  # another account by now, or let in otherwise: the next look connects to that
            try:
                result = self._prepare(platform, status, draft)
                if isinstance(result, NextStep):
                    return result
                draft = result
                # A place that was lost is lost, whatever this waited for; and a key that was replaced isn't used.
                if self._job.is_relieved or not self._is_connected(platform):
                    return NextStep.STOP
                self._job.record_progress()
                return self._send(platform, lock, delivery, draft, status)
            except _EditConflict:
                continue
            except StateConflict:  # another hand has moved it on, while this was prepared or on its way
                return NextStep.CONTINUE if lock.is_held() else NextStep.STOP
        return NextStep.CONTINUE

    def _settle(self, plan: Plan, platform: Platform, row: Row) -> None:
        """Decide by reading back whether a post in doubt was published, where it is time for that."""
        ledger = self._ledger
        if row.identity != platform.identity:
            # It was armed for another account, whose sender may be at it still.
            with ledger.account_lock(row.identity or "") as lock:
                if lock:
                    reason = f"it was sent as {row.identity}, and the account is {platform.identity} now"
                    leave_unsure(ledger, row, reason)
        elif row.state is State.ARMED or (
            row.state is State.UNSURE and not is_too_early(row.until, row.noted, self._clock())
        ):
            settle(ledger, self._clock, platform, self._account.address, row, midnight(plan, row))

    def _prepare(self, platform: Platform, status: DeliveryStatus, previous_draft: Draft | None) -> Draft | NextStep:
        """Return a Delivery made ready to be sent, or the next step; `previous_draft` is what was made of it before.

        Raises StateConflict where another program, which took the lock over meanwhile, has moved it on.
        """
        ledger, delivery, row = self._ledger, status.delivery, status.row
        attempts = row.attempts if row else 0
        has_uploads = bool(delivery.media or delivery.link)
        if has_uploads and any(pause.covers(delivery.embassy.id, delivery.platform) for pause in ledger.pauses()):
            return NextStep.STOP  # before anything is uploaded; arming reads them in any case
        now = self._clock()
        lookup_time = self._lookup_time(platform, status, now)
        if lookup_time and now < lookup_time:
            ledger.deferred(delivery, self._wait_reason(delivery, lookup_time), lookup_time, attempts=attempts)
            return NextStep.CONTINUE
        if row and row.state is State.RETRACTED:
            generation, first_armed = row.generation + 1, now
        else:
            generation, first_armed = (row.generation, row.first_armed or now) if row else (0, now)
        try:
            media = read_media(delivery)
            current_ingredients = ingredients(delivery, media)
            if previous_draft and previous_draft.ingredients == current_ingredients:
                return previous_draft
            payload = platform.prepare(delivery, media, generation, first_armed)
            existing_post = self._find_existing_post(platform, status, payload, now) if lookup_time else None
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            return self._record(delivery, _classify(failure, now), attempts)
        return Draft(current_ingredients, media, payload, generation, first_armed, existing_post)

    def _send(
        self, platform: Platform, lock: AccountLock, delivery: Delivery, draft: Draft, status: DeliveryStatus
    ) -> NextStep:
        """Arm what was made ready, send it and record the outcome; return whether others may follow.

        Raises StateConflict where another program has moved it on, and _EditConflict where the files were edited.
        """
        ledger, payload = self._ledger, draft.payload
        attempts = status.row.attempts if status.row else 0
        if not delivery.due <= self._clock() < delivery.deadline:
            return NextStep.CONTINUE  # preparing took so long that the window closed; the next sweep records it

        def check_files() -> None:
            if self._services.newest_plan() is not delivery.plan:
                raise _EditConflict

        check_files()
        if not self._is_approved(delivery, draft.media):
            return NextStep.CONTINUE  # changed a moment ago, or withdrawn: the next look says which
        with self._services.gate.permit() as may_begin:
            if not may_begin:
                return NextStep.STOP
            try:
                address = delivery.account.address or None
                armed_at = ledger.arm(
                    delivery, draft.generation, platform.identity, payload, draft.first_armed, address, check_files
                )
            except AmbiguousText as conflict:
                ledger.deferred(delivery, str(conflict), self._clock(), attempts=attempts)
                return NextStep.CONTINUE
            except StateConflict:
                return NextStep.CONTINUE  # paused, or moved on by another hand: the next look says which
            except DuplicatePost as duplicate:
                ledger.refused(delivery, str(duplicate), duplicate.key, attempts=attempts)
                return NextStep.CONTINUE
            if draft.existing_post:
                ledger.note("found there", delivery.key, draft.existing_post.url)
                ledger.published(delivery.key, draft.existing_post, draft.existing_post.note)
                return NextStep.CONTINUE
            if not lock.is_held():
                return NextStep.STOP  # armed and not sent: whoever has the lock finds an orphan, and settles it
            if not delivery.due <= (now := self._clock()) < delivery.deadline:
                reason = "the program slept or the clock was set as it was to be sent; it wasn't"
                ledger.deferred(delivery, reason, now, attempts=attempts + 1)
                return NextStep.CONTINUE
            try:
                receipt = platform.publish(payload, armed_at)
            except Exception as failure:  # noqa: BLE001  the request may have left: what isn't classed is in doubt
                if not lock.is_held():
                    # It slept, and another hand took over: it may be sending this now; what it finds is what counts.
                    ledger.note("answer came late", delivery.key, str(failure))
                    return NextStep.STOP
                return self._record(delivery, failure, attempts + 1)
            try:
                ledger.published(delivery.key, receipt, receipt.note)
            except StateConflict as late_conflict:
                ledger.note("receipt came late", delivery.key, f"{receipt.url}: {late_conflict}")
        return NextStep.CONTINUE

    def _lookup_time(self, platform: Platform, status: DeliveryStatus, now: datetime) -> datetime | None:
        """Return the moment from which the account is looked at before this is sent; None where it isn't looked at."""
        delivery, row = status.delivery, status.row
        if platform.settle_after is None:
            return None  # sent again, it would be found
        if self._ledger.is_doubtful(delivery.plan.campaign_id):
            # Who sends it from another ledger does so at its hour, and is seen to have done so only after a while.
            return min(delivery.due + platform.settle_after, delivery.deadline - _ONE_MINUTE)
        if (takeover := self._ledger.takeover_time()) and delivery.due < takeover:
            return min(takeover + platform.settle_after, delivery.deadline - _ONE_MINUTE)
        # A refusal has been known to be untrue: what was tried before is looked for as well.
        return now if now - delivery.due > _LATE_AFTER or (row and row.attempts) else None

    def _wait_reason(self, delivery: Delivery, lookup_time: datetime) -> str:
        """Return a text: the account is looked at first, for which reason, and when the post goes out."""
        name = str(delivery.account)
        note = self._ledger.snapshot((), [name]).accounts.get(name)
        if not self._ledger.is_doubtful(delivery.plan.campaign_id):
            reason = "another server took over the record of posts"
        elif note and delivery.plan.has_begun(note.first_seen):
            reason = "this computer started mid-campaign"
        else:
            reason = "the record of posts was moved or restored"
        local_time = delivery.local(lookup_time + timedelta(seconds=59))  # of a minute that has begun, its end
        handle = delivery.account.handle
        return (
            f"looking at @{handle} first, because {reason}; goes out about {local_time:%H:%M} {utc_offset(local_time)}"
        )

    def _find_existing_post(
        self, platform: Platform, status: DeliveryStatus, payload: Payload, now: datetime
    ) -> Receipt | None:
        """Return the post that went out already, whoever sent it, or None.

        Raises Deferred where the platform refuses to be read, and any other outcome of the platform.
        """
        delivery, row = status.delivery, status.row
        previous_payloads = (
            self._ledger.evidence(row).payloads if row and row.attempts and row.state is not State.RETRACTED else ()
        )
        known_ids = self._ledger.receipts(platform.identity)
        try:
            return platform.find(
                [*previous_payloads, payload], to_utc(delivery.date, time(0), delivery.embassy.timezone), known_ids
            )
        except Refused as failure:  # to read, which says nothing against the post
            raise Deferred(f"nobody can look whether it is there: {failure}", now + RETRY_AFTER_FAULT) from failure

    def _is_approved(self, delivery: Delivery, media: Mapping[str, bytes]) -> bool:
        """Return whether the content in hand, to the byte, is approved at this moment, or needs no approval."""
        approvals = self._services.approvals(delivery.plan)
        contents = {name: _content_of(content, delivery.platform) for name, content in media.items()}
        return approvals is None or approvals.objection(delivery, contents) is None

    def _record(self, delivery: Delivery, failure: Exception, attempts: int) -> NextStep:
        """Record how the attempt of this number failed; return STOP where that concerns the account or its platform."""
        if isinstance(failure, Refused):
            self._ledger.refused(delivery, str(failure), attempts=attempts)
        elif isinstance(failure, Deferred):
            row = self._ledger.rows([delivery.key]).get(delivery.key)
            until = self._next_try(failure, _wait(row.noted, row.until) if row else None, delivery.deadline)
            if until == UNTIL_RELEASED:
                until = self._clock()  # it waits for its account alone
            self._ledger.deferred(delivery, self._describe(failure), until, attempts=attempts)
            if failure.scope != "delivery":
                self._defer_account(failure)
                return NextStep.STOP
        else:
            is_unsure = isinstance(failure, Unsure)
            message = str(failure) if is_unsure else f"an unexpected failure: {failure!r}"
            is_there_already = isinstance(failure, Unsure) and failure.is_duplicate
            self._ledger.unsure(
                delivery.key, f"{message}; it may be live", is_duplicate=is_there_already, attempts=attempts
            )
        return NextStep.CONTINUE

    def _defer_account(self, failure: Deferred | Refused) -> None:
        """Leave the account alone for a while, or all accounts on its platform, as the failure's scope says."""
        account = self._account
        name = str(account)
        note = self._ledger.snapshot((), [name]).accounts.get(name)
        if isinstance(failure, Deferred):
            until = self._next_try(failure, _wait(note.noted, note.deferred) if note else None, self._first_deadline)
        else:
            until = self._clock() + RETRY_AFTER_FAULT
        needs_person = not isinstance(failure, Deferred) or failure.needs_person
        is_platform_wide = isinstance(failure, Deferred) and failure.scope == "platform"
        accounts = (
            [candidate for candidate in self._services.last_plan().accounts if candidate.platform == account.platform]
            if is_platform_wide
            else [account]
        )
        steps = {str(candidate): next_step(candidate, failure) for candidate in accounts} if needs_person else None
        self._ledger.defer_accounts(map(str, accounts), self._describe(failure), until, needs_person, steps)

    def _next_try(self, failure: Deferred, previous: Wait | None, deadline: datetime | None) -> datetime:
        now = self._clock()
        if failure.is_transient:
            return next_try(failure.until, now, previous, deadline)
        return before_the_end(failure.until, now, deadline) if failure.is_guess else failure.until

    def _describe(self, failure: Deferred | Refused) -> str:
        if isinstance(failure, Deferred) and failure.until == UNTIL_RELEASED:
            return f"{failure}. {next_step(self._account, failure)}"  # nothing else says how it goes on
        needs_person = isinstance(failure, Deferred) and failure.needs_person
        return f"{failure}{self._services.advice(self._account) if needs_person else ''}"


def _wait(noted_at: datetime | None, until: datetime | None) -> Wait | None:
    return Wait(noted_at, until) if noted_at and until else None


def may_connect(plan: Plan, account: Account) -> bool:
    """Return whether an account's password may leave: not where the config has an error about that account."""
    return not plan.config.errors_of(account)


def _classify(failure: Exception, now: datetime) -> Deferred | Refused:
    """Return a failure from before anything left as an outcome: the post is certainly not published."""
    if isinstance(failure, Deferred | Refused):
        return failure
    message = f"an unexpected failure before anything was sent: {failure!r}"
    return Deferred(message, now + RETRY_AFTER_FAULT, is_transient=True)


def midnight(plan: Plan, row: Row) -> datetime:
    """Return the moment when the Day of a Delivery began on its embassy's clock, in UTC."""
    timezone = plan.config.embassies[row.embassy].timezone
    return to_utc(row.due.astimezone(timezone).date(), time(0), timezone)


def _content_of(picture: bytes, platform: str) -> PictureContent:
    """Return what an approval covers of a picture, on the platform that it is about to be sent to."""
    result = encode(picture, PLATFORMS[platform].pictures)
    alterations = {} if isinstance(result, Flaw) else {platform: result.alterations}
    return PictureContent(hashlib.sha256(picture).hexdigest(), alterations)
