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

from orangeday.adapters.base import Deferred, Platform, Receipt, Refused, Sent, Unsure
from orangeday.approvals.compare import Approvals
from orangeday.clock import Clock, to_utc, zone
from orangeday.content.config import Account
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.connections import Connections
from orangeday.engine.draft import Draft, ingredients, read_media
from orangeday.engine.gate import Gate
from orangeday.engine.settling import leave_unsure, settle
from orangeday.engine.status import Standing, look, waits
from orangeday.ledger.records import Hold, Row
from orangeday.ledger.states import AlreadySaid, Entangled, NotArmed, State
from orangeday.retry import RETRY_AFTER_FAULT, Wait, next_try
from orangeday.system.workers import Job

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_A_MINUTE = timedelta(minutes=1)

_LATE = timedelta(minutes=2)
"""The delay after which another program may have sent a post: its account is looked at before it is sent."""

_READINGS = 5
"""The number of times that a delivery is begun in one sweep while the files change; then it waits for the next."""


class Next(Enum):
    """The step that follows a delivery on its account."""

    GO_ON = auto()  # the next delivery
    STOP = auto()  # nothing more now: it concerns the account, or the program ends


class _FilesChanged(Exception):
    """An edit of the files after this delivery was judged: it isn't armed as it was."""


@dataclass(frozen=True)
class Services:
    """The services that the run over an account needs."""

    ledger: Ledger
    clock: Clock
    newest: Callable[[], Plan]
    """Return the plan as the files are now, or were a second ago. Raises OrangedayError where they are broken."""
    newest_known: Callable[[], Plan]
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
        self._closes: datetime | None = None
        """The moment when the first window of what is due closes; None where nothing is due."""
        self.affected: list[str] = []
        """The keys of the deliveries that this run has touched."""

    def serve(self, in_doubt: Sequence[str], due: Sequence[str], job: Job) -> None:
        """Serve the account, in order: settle what is in doubt, then send what is due. Both are keys."""
        self._job = job
        plan, account = self._services.newest(), self._account  # it may have waited for its place a good while
        if account not in plan.accounts or not may_be_asked(plan, account):
            return  # it is another by now, or is gone: no password goes where the config no longer says
        self._closes = min((delivery.closes for key in due if (delivery := plan.find(key))), default=None)
        try:
            platform = self._services.connections.get(account)
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            self._defer_account(_classed(failure, self._clock()))
            self.affected += due
            return
        self._job.moves()
        with self._ledger.hold(platform.identity) as hold:
            if hold is None:
                return  # another process serves it right now
            for row in self._ledger.rows(in_doubt).values():
                if self._must_stop:
                    return
                self.affected.append(row.key)
                with suppress(NotArmed):  # its receipt came after all, while this was read back
                    self._settle(plan, platform, row)
                self._job.moves()
            found = [delivery for key in due if (delivery := plan.find(key))]
            for standing in look(plan, self._ledger, self._clock(), found, self._services.approvals(plan)):
                if standing.ready:
                    self.affected.append(standing.delivery.key)
                    if self._bring(platform, hold, standing) is Next.STOP:
                        break
                    self._job.moves()

    @property
    def _must_stop(self) -> bool:
        """True if nothing more may begin: the program ends, or another account has got this one's place."""
        return self._services.gate.closed or self._job.relieved

    def _is_connected(self, platform: Platform) -> bool:
        """Return whether `platform` is still the account's connection, by its credentials of now.

        Where connecting fails, the account is deferred.
        """
        try:
            return self._services.connections.get(self._account) is platform
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            self._defer_account(_classed(failure, self._clock()))
            return False

    def _bring(self, platform: Platform, hold: Hold, standing: Standing) -> Next:
        """Bring one Delivery to its platform as the files have it; return whether others may follow."""
        key, draft = standing.delivery.key, None
        for _ in range(_READINGS):
            if self._must_stop:
                return Next.STOP
            delivery = standing.delivery
            plan = self._services.newest()
            if plan is not delivery.plan:
                found = plan.find(key)
                if found is None:
                    return Next.GO_ON  # it has left the files
                (standing,) = look(plan, self._ledger, self._clock(), [found], self._services.approvals(plan))
                delivery = found
                if not standing.ready:
                    return Next.GO_ON
            if delivery.account != self._account or not self._is_connected(platform):
                return Next.STOP  # it is another account by now, or is let in otherwise: the next look connects to that
            try:
                made = self._prepare(platform, standing, draft)
                if isinstance(made, Next):
                    return made
                draft = made
                # A place that was lost is lost, whatever this waited for; and a key that was replaced isn't used.
                if self._job.relieved or not self._is_connected(platform):
                    return Next.STOP
                self._job.moves()
                return self._send(platform, hold, delivery, draft, standing)
            except _FilesChanged:
                continue
            except NotArmed:  # another hand has moved it on, while this was prepared or on its way
                return Next.GO_ON if hold.still_ours() else Next.STOP
        return Next.GO_ON

    def _settle(self, plan: Plan, platform: Platform, row: Row) -> None:
        """Decide by reading back whether a post in doubt was published, where it is time for that."""
        ledger = self._ledger
        if row.identity != platform.identity:
            # It was armed for another account, whose sender may be at it still.
            with ledger.hold(row.identity or "") as free:
                if free:
                    why = f"it was sent as {row.identity}, and the account is {platform.identity} now"
                    leave_unsure(ledger, row, why)
        elif row.state is State.ARMED or (row.state is State.UNSURE and not waits(row.until, row.noted, self._clock())):
            settle(ledger, self._clock, platform, self._account.address, row, midnight(plan, row))

    def _prepare(self, platform: Platform, standing: Standing, draft: Draft | None) -> Draft | Next:
        """Return a Delivery made ready to be sent, or else the next step; `draft` is what was made of it before.

        Raises NotArmed where another program, which took the lock over meanwhile, has moved it on.
        """
        ledger, delivery, row = self._ledger, standing.delivery, standing.row
        seen = row.attempts if row else 0
        uploads = delivery.day is not None and bool(delivery.media or delivery.day.link)
        if uploads and any(pause.covers(delivery.embassy.id, delivery.platform) for pause in ledger.pauses()):
            return Next.STOP  # before anything is uploaded; arming reads them in any case
        now = self._clock()
        look_at = self._when_to_look(platform, standing, now)
        if look_at and now < look_at:
            ledger.deferred(delivery, self._why_it_waits(delivery, look_at), look_at, seen=seen)
            return Next.GO_ON
        if row and row.state is State.RETRACTED:
            generation, first_armed = row.generation + 1, now
        else:
            generation, first_armed = (row.generation, row.first_armed or now) if row else (0, now)
        try:
            media = read_media(delivery)
            made_of = ingredients(delivery, media)
            if draft and draft.ingredients == made_of:
                return draft
            sent = platform.prepare(delivery, media, generation, first_armed)
            found = self._look(platform, standing, sent, now) if look_at else None
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            return self._record(delivery, _classed(failure, now), seen)
        return Draft(made_of, media, sent, generation, first_armed, found)

    def _send(self, platform: Platform, hold: Hold, delivery: Delivery, draft: Draft, standing: Standing) -> Next:
        """Arm what was made ready, send it and record the outcome; return whether others may follow.

        Raises NotArmed where another program has moved it on, and _FilesChanged where the files were edited.
        """
        ledger, sent = self._ledger, draft.sent
        seen = standing.row.attempts if standing.row else 0
        if not delivery.due <= self._clock() < delivery.closes:
            return Next.GO_ON  # preparing took so long that the window closed; the next sweep records it

        def last_look() -> None:
            if self._services.newest() is not delivery.plan:
                raise _FilesChanged

        last_look()
        if not self._is_approved(delivery, draft.media):
            return Next.GO_ON  # changed a moment ago, or withdrawn: the next look says which
        with self._services.gate.sending() as begins:
            if not begins:
                return Next.STOP
            try:
                address = delivery.account.address or None
                armed = ledger.arm(
                    delivery, draft.generation, platform.identity, sent, draft.first_armed, address, last_look
                )
            except Entangled as waiting:
                ledger.deferred(delivery, str(waiting), self._clock(), seen=seen)
                return Next.GO_ON
            except NotArmed:
                return Next.GO_ON  # paused, or moved on by another hand: the next look says which
            except AlreadySaid as said:
                ledger.refused(delivery, str(said), said.key, seen=seen)
                return Next.GO_ON
            if draft.found:
                ledger.note("found there", delivery.key, draft.found.url)
                ledger.published(delivery.key, draft.found, draft.found.note)
                return Next.GO_ON
            if not hold.still_ours():
                return Next.STOP  # armed and not sent: whoever has the lock finds an orphan, and settles it
            if not delivery.due <= (now := self._clock()) < delivery.closes:
                why = "the program slept or the clock was set as it was to be sent; it wasn't"
                ledger.deferred(delivery, why, now, seen=seen + 1)
                return Next.GO_ON
            try:
                receipt = platform.publish(sent, armed)
            except Exception as failure:  # noqa: BLE001  the request may have left: what isn't classed is in doubt
                if not hold.still_ours():
                    # It slept, and another hand took over: it may be sending this now; what it finds is what counts.
                    ledger.note("answer came late", delivery.key, str(failure))
                    return Next.STOP
                return self._record(delivery, failure, seen + 1)
            try:
                ledger.published(delivery.key, receipt, receipt.note)
            except NotArmed as late:
                ledger.note("receipt came late", delivery.key, f"{receipt.url}: {late}")
        return Next.GO_ON

    def _when_to_look(self, platform: Platform, standing: Standing, now: datetime) -> datetime | None:
        """Return the moment from which the account is looked at before this is sent; None where it isn't looked at."""
        delivery, row = standing.delivery, standing.row
        if platform.settle_after is None:
            return None  # sent again, it would be found
        if self._ledger.is_doubtful(delivery.plan.campaign_id):
            # Who sends it from another ledger does so at its hour, and is seen to have done so only after a while.
            return min(delivery.due + platform.settle_after, delivery.closes - _A_MINUTE)
        if (taken_over := self._ledger.taken_over()) and delivery.due < taken_over:
            return min(taken_over + platform.settle_after, delivery.closes - _A_MINUTE)
        # A refusal has been known to be untrue: what was tried before is looked for as well.
        return now if now - delivery.due > _LATE or (row and row.attempts) else None

    def _why_it_waits(self, delivery: Delivery, look_at: datetime) -> str:
        """Return a text: the account is looked at first, for which reason, and when the post goes out."""
        name = str(delivery.account)
        note = self._ledger.known((), [name]).accounts.get(name)
        if not self._ledger.is_doubtful(delivery.plan.campaign_id):
            why = "another server took over the record of posts"
        elif note and delivery.plan.has_begun(note.first_seen):
            why = "this computer started mid-campaign"
        else:
            why = "the record of posts was moved or restored"
        there = delivery.local(look_at + timedelta(seconds=59))  # of a minute that has begun, its end
        handle = delivery.account.handle
        return f"looking at @{handle} first, because {why}; goes out about {there:%H:%M} {zone(there)}"

    def _look(self, platform: Platform, standing: Standing, sent: Sent, now: datetime) -> Receipt | None:
        """Return the post that went out already, whoever sent it, or None.

        Raises Deferred where the platform refuses to be read, and any other outcome of the platform.
        """
        delivery, row = standing.delivery, standing.row
        earlier = self._ledger.doubt(row).sent if row and row.attempts and row.state is not State.RETRACTED else ()
        known = self._ledger.receipts(platform.identity)
        try:
            return platform.find([*earlier, sent], to_utc(delivery.date, time(0), delivery.embassy.timezone), known)
        except Refused as failure:  # to read, which says nothing against the post
            raise Deferred(f"nobody can look whether it is there: {failure}", now + RETRY_AFTER_FAULT) from failure

    def _is_approved(self, delivery: Delivery, media: Mapping[str, bytes]) -> bool:
        """Return whether the content in hand, to the byte, is approved at this moment, or needs no approval."""
        approved = self._services.approvals(delivery.plan)
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in media.items()}
        return approved is None or approved.objection(delivery, digests) is None

    def _record(self, delivery: Delivery, failure: Exception, seen: int) -> Next:
        """Record how the attempt of this number failed; return STOP where that concerns the account or its platform."""
        if isinstance(failure, Refused):
            self._ledger.refused(delivery, str(failure), seen=seen)
        elif isinstance(failure, Deferred):
            row = self._ledger.rows([delivery.key]).get(delivery.key)
            until = self._next_try(failure, _wait(row.noted, row.until) if row else None, delivery.closes)
            self._ledger.deferred(delivery, self._in_words(failure), until, seen=seen)
            if failure.scope != "delivery":
                self._defer_account(failure)
                return Next.STOP
        else:
            unsure = isinstance(failure, Unsure)
            said = str(failure) if unsure else f"an unexpected failure: {failure!r}"
            there = isinstance(failure, Unsure) and failure.there_already
            self._ledger.unsure(delivery.key, f"{said}; it may be live", there_already=there, seen=seen)
        return Next.GO_ON

    def _defer_account(self, failure: Deferred | Refused) -> None:
        """Leave the account alone for a while, or all accounts on its platform, as the failure's scope says."""
        account = self._account
        name = str(account)
        note = self._ledger.known((), [name]).accounts.get(name)
        if isinstance(failure, Deferred):
            until = self._next_try(failure, _wait(note.noted, note.deferred) if note else None, self._closes)
        else:
            until = self._clock() + RETRY_AFTER_FAULT
        person = not isinstance(failure, Deferred) or failure.needs_person
        everywhere = isinstance(failure, Deferred) and failure.scope == "platform"
        alike = (
            [one for one in self._services.newest_known().accounts if one.platform == account.platform]
            if everywhere
            else [account]
        )
        self._ledger.defer_accounts(map(str, alike), self._in_words(failure), until, person)

    def _next_try(self, failure: Deferred, before: Wait | None, closes: datetime | None) -> datetime:
        return next_try(failure.until, self._clock(), before, closes) if failure.passing else failure.until

    def _in_words(self, failure: Deferred | Refused) -> str:
        person = isinstance(failure, Deferred) and failure.needs_person
        return f"{failure}{self._services.advice(self._account) if person else ''}"


def _wait(noted: datetime | None, until: datetime | None) -> Wait | None:
    return Wait(noted, until) if noted and until else None


def may_be_asked(plan: Plan, account: Account) -> bool:
    """Return whether an account's password may leave: not where the config has an error about that account."""
    return not plan.config.errors_of(account)


def _classed(failure: Exception, now: datetime) -> Deferred | Refused:
    """Return a failure from before anything left as an outcome: the post is certainly not published."""
    if isinstance(failure, Deferred | Refused):
        return failure
    message = f"an unexpected failure before anything was sent: {failure!r}"
    return Deferred(message, now + RETRY_AFTER_FAULT, passing=True)


def midnight(plan: Plan, row: Row) -> datetime:
    """Return the moment when the Day of a Delivery began on its embassy's clock, in UTC."""
    zone = plan.config.embassies[row.embassy].timezone
    return to_utc(row.due.astimezone(zone).date(), time(0), zone)
