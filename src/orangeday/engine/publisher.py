"""The Publisher: `publish_due(now)` is the only road by which a post reaches a platform.

For each account, under its lock: what is in doubt is settled by reading back; then, one delivery after the other,
prepare → arm → send → record. Accounts go side by side, and none waits for another.

What is prepared, judged, armed and sent is one delivery of one reading of the files: they are looked at right before it
is armed, and where they have changed it is begun again from what they say now.
"""

from __future__ import annotations

import hashlib
import threading
import time as ticks
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from orangeday.adapters.base import Deferred, Platform, Receipt, Refused, Sent, Unsure
from orangeday.approvals import store as approvals
from orangeday.approvals.compare import Approvals
from orangeday.clock import Clock, to_utc, zone
from orangeday.content import images as pictures
from orangeday.content.config import Account
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.settling import leave_unsure, settle
from orangeday.engine.status import Standing, look, waits
from orangeday.ledger.ledger import Ledger
from orangeday.ledger.records import Hold, Row
from orangeday.ledger.states import AlreadySaid, Entangled, NotArmed, State
from orangeday.system.workers import Job, Workers

_AFTER_A_FAULT = timedelta(minutes=5)
"""When to try again what failed before anything left, for a reason that no adapter has classed."""

_A_MINUTE = timedelta(minutes=1)
_TWO_DAYS = timedelta(days=2)
"""By no more does an edited hour, or newer zone data, move a post of a day that is being sent."""

_LATE = timedelta(minutes=2)
"""What is later than this may have gone out by another hand: the account is looked at before anything is sent."""

_FRESH = 1.0
"""Seconds for which a look at the files, or at an account's credentials, counts."""

_READINGS = 5
"""So often a delivery is begun again as the files change under it; then it is left to the next sweep."""

_HANGS_AFTER = 60.0
"""Seconds without a step after which an account's place is another's."""

_LOOKS_ROUND = 1.0
"""Seconds after which it is looked for accounts that hang, while others are waited for."""

_GRACE = 5.0
"""Seconds for which the end waits for what hasn't armed anything."""


class _FilesChanged(Exception):
    """The files were edited after this delivery was judged: it isn't armed as it was."""


@dataclass(frozen=True)
class _Draft:
    """A delivery made ready to be sent, and what it was made of."""

    made_of: tuple[object, ...]
    media: Mapping[str, bytes]
    sent: Sent
    generation: int
    first_armed: datetime
    found: Receipt | None
    """A post that says the same already, where the account was looked at."""


class Publisher:
    """Brings what is due to the platforms, each Delivery at most once. Close it when done."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        connect: Callable[[Account], Platform],
        clock: Clock,
        *,
        reload: Callable[[float], Plan] | None = None,
        credentials: Callable[[Account], object] = lambda _: None,
        advice: Callable[[Account], str] = lambda _: "",
        live: bool = False,
        patience: float | None = None,
    ) -> None:
        """`reload` gives the plan as the files are now, or were so many seconds ago at most; it raises OrangedayError
        where they can't be used. Without it the plan stays as it is.

        `credentials` gives what an account would be connected with now: a connection is dropped where that changes.
        `advice` is what to say besides where an account needs a person, beginning with a space.
        `patience` is how many seconds `publish_due` waits for a slow account; None waits for all.
        """
        self.plan = plan
        self._looked_through: Plan | None = None
        self._reload = reload
        self._ledger = ledger
        self._connect = connect
        self._credentials = credentials
        self._advice = advice
        self._clock = clock
        self._live = live
        self._patience = patience
        self._connections: dict[Account, tuple[object, float, Platform]] = {}
        self._workers = Workers(plan.config.workers)
        self._jobs: dict[str, tuple[Job, list[str]]] = {}
        self._touched: list[str] = []
        self._stopping = False
        self._in_flight = 0
        self._gate = threading.Condition()
        self._met: Plan | None = None

    def close(self) -> None:
        """Begins nothing new, and returns when what is in flight has been recorded."""
        with self._gate:
            self._stopping = True
            self._workers.drop()
            # Each request has its own limit; what hangs before anything is armed isn't waited for so long.
            self._gate.wait_for(lambda: not self._in_flight)
        self._workers.join(_GRACE)

    def newest(self, max_age: float = 0.0) -> Plan:
        """The plan as the files are now, or were `max_age` seconds ago. Raises OrangedayError where they are broken."""
        if self._reload:
            self.plan = self._reload(max_age)
        return self.plan

    def publish_due(self, now: datetime) -> list[Standing]:
        """Sends what is due, and says how everything that it touched stands. Raises OrangedayError."""
        plan, ledger = self.newest(_FRESH), self._ledger
        self._workers.most = plan.config.workers
        self._meet(plan, now)
        self._touched += self._miss(plan, now)
        due = look(plan, ledger, now, plan.open_at(now), self._approvals(plan))
        self._touched += [standing.delivery.key for standing in due if standing.state is State.HELD]
        in_doubt: dict[str, list[str]] = {}
        for row in ledger.in_doubt(plan.campaign_id).values():
            in_doubt.setdefault(f"{row.embassy}/{row.platform}", []).append(row.key)
        keys: dict[str, list[str]] = {}
        for standing in due:
            keys.setdefault(str(standing.delivery.account), []).append(standing.delivery.key)
        ready = {str(standing.delivery.account) for standing in due if standing.ready}
        concerned = ready.union(in_doubt)
        self._collect(0)
        for account in plan.accounts if concerned else ():
            name = str(account)
            if name in concerned and not (name in ready or self._may_be_asked(plan, account)):
                continue
            # An account that still hangs since an earlier sweep is left alone; the others go on.
            if name in concerned and name not in self._jobs and not self._stopping:
                touched: list[str] = []
                work = plan, account, in_doubt.get(name, []), keys.get(name, []), touched
                self._jobs[name] = self._workers.submit(partial(self._serve, work)), touched
        self._collect(self._patience)
        # What is ready and wasn't begun, whatever keeps it, is somebody's to know once it is late.
        waiting = [standing.delivery.key for standing in due if standing.ready]
        touched_keys = dict.fromkeys(self._touched)
        plan = self.plan
        found = (plan.find(key) for key in dict.fromkeys([*touched_keys, *waiting]))
        standings = look(
            plan, ledger, self._clock(), [delivery for delivery in found if delivery], self._approvals(plan)
        )
        self._touched = []
        return [s for s in standings if s.delivery.key in touched_keys or s.needs_person]

    @staticmethod
    def _may_be_asked(plan: Plan, account: Account) -> bool:
        """Whether its password may leave: not where the config is wrong about where to."""
        return not plan.config.errors_of(account)

    def wind_up(self, now: datetime) -> list[Standing]:
        """After the last window: notes what was missed, and settles what is in doubt. Nothing is left to be sent.

        Neither is the ledger asked whether it is at home, which only matters to who sends, nor is an account noted.
        """
        self._met = self.plan
        return self.publish_due(now)

    def _approvals(self, plan: Plan) -> Approvals | None:
        """What is approved, as the file says now; None where nothing needs to be."""
        needed = self._live and plan.config.require_approval
        return approvals.load(plan.campaign.folder) if needed else None

    def _collect(self, patience: float | None) -> None:
        """Takes up what the jobs that end within `patience` seconds have touched. Raises what one of them has.

        What the others did is said all the same, by the first sweep that comes to its end.
        """
        until = None if patience is None else ticks.monotonic() + patience
        pending = {job.future for job, _ in self._jobs.values()}
        while pending:
            left = _LOOKS_ROUND if until is None else min(_LOOKS_ROUND, max(0.0, until - ticks.monotonic()))
            pending = wait(pending, left).not_done
            self._workers.relieve(_HANGS_AFTER)
            if until is not None and ticks.monotonic() >= until:
                break
        done = [self._jobs.pop(name) for name, (job, _) in list(self._jobs.items()) if job.future.done()]
        for _, touched in done:
            self._touched += touched
        for job, _ in done:
            job.future.result()

    def _meet(self, plan: Plan, now: datetime) -> None:
        """Makes the ledger and a plan that is new to it acquainted."""
        if self._met is plan:
            return
        if self._live:
            self._ledger.settle_in(plan.campaign_id, plan.is_running(now), plan.scope)
        self._ledger.see(map(str, plan.accounts), now)
        self._met = plan

    def _miss(self, plan: Plan, now: datetime) -> list[str]:
        """Records what has left its window since this was last done."""
        ledger = self._ledger
        since = ledger.swept(plan.campaign_id, plan.scope)
        # An edited hour, or newer zone data, can put a window wholly before then: a plan that is new is looked through.
        back = timedelta(0) if plan is self._looked_through else _TWO_DAYS
        self._looked_through = plan
        closed = list(plan.closed_between(since - back, now)) if since else []
        missed = []
        for standing in look(plan, ledger, now, closed, self._approvals(plan)):
            known = standing.row is not None and standing.row.state is State.MISSED
            if standing.state is not State.MISSED or (known and since and standing.delivery.closes <= since):
                continue
            missed.append(standing)
            if known:
                continue
            with suppress(NotArmed):  # another program has said so already
                ledger.missed(standing.delivery, standing.why or "its window passed")
        # The minute is for the doctor, who asks when a live run last looked.
        anew = since is not None and any(delivery.closes > since for delivery in closed)
        if anew or since is None or now < since or (self._live and now - since >= _A_MINUTE):
            ledger.sweep_done(plan.campaign_id, plan.scope, now)
        return [standing.delivery.key for standing in missed]

    # One account, under its lock

    def _serve(self, work: tuple[Plan, Account, list[str], list[str], list[str]], job: Job) -> None:
        """Serves one account, in order: settles what is in doubt, sends what is due; notes the keys that it touched."""
        _, account, in_doubt, due, touched = work
        plan = self.newest(_FRESH)  # it may have waited for its place a good while
        if account not in plan.accounts or not self._may_be_asked(plan, account):
            return  # it is another by now, or is gone: no password goes where the config no longer says
        try:
            platform = self._connection(account)
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            self._defer(account, _classed(failure, self._clock()))
            touched += due
            return
        job.moves()
        with self._ledger.hold(platform.identity) as hold:
            if hold is None:
                return  # another process serves it right now
            for row in self._ledger.rows(in_doubt).values():
                if self._stopping or job.relieved:
                    return
                touched.append(row.key)
                with suppress(NotArmed):  # its receipt came after all, while this was read back
                    self._settle(plan, account, platform, row)
                job.moves()
            found = [delivery for key in due if (delivery := plan.find(key))]
            for standing in look(plan, self._ledger, self._clock(), found, self._approvals(plan)):
                if standing.ready:
                    touched.append(standing.delivery.key)
                    if not self._bring(job, account, platform, hold, standing):
                        break
                    job.moves()

    def _connection(self, account: Account) -> Platform:
        """The account, connected with the credentials that it has now. Raises whatever the connecting does."""
        of, looked, platform = self._connections.get(account, (None, float("-inf"), None))
        if platform and ticks.monotonic() - looked < _FRESH:
            return platform
        credentials = self._credentials(account)
        if platform is None or credentials != of:
            self._connections.pop(account, None)
            platform = self._connect(account)
        self._connections[account] = credentials, ticks.monotonic(), platform
        return platform

    def _is_still(self, platform: Platform, account: Account) -> bool:
        """Whether it is what the account is connected as with the credentials of now."""
        try:
            return self._connection(account) is platform
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            self._defer(account, _classed(failure, self._clock()))
            return False

    def _bring(self, job: Job, account: Account, platform: Platform, hold: Hold, standing: Standing) -> bool:
        """Brings one Delivery to its platform as the files have it; False where nothing more may be tried now."""
        key, draft = standing.delivery.key, None
        for _ in range(_READINGS):
            if self._stopping or job.relieved:
                return False
            delivery = standing.delivery
            plan = self.newest(_FRESH)
            if plan is not delivery.plan:
                found = plan.find(key)
                if found is None:
                    return True  # it has left the files
                (standing,) = look(plan, self._ledger, self._clock(), [found], self._approvals(plan))
                delivery = found
                if not standing.ready:
                    return True
            if delivery.account != account or not self._is_still(platform, account):
                return False  # it is another account by now, or is let in otherwise: the next look connects to that
            try:
                made = self._prepare(platform, standing, draft)
                if isinstance(made, bool):
                    return made
                draft = made
                # A place that was lost is lost, whatever this waited for; and a key that was replaced isn't used.
                if job.relieved or not self._is_still(platform, account):
                    return False
                job.moves()
                return self._send(platform, hold, delivery, draft, standing)
            except _FilesChanged:
                continue
            except NotArmed:  # another hand has moved it on, while this was prepared or on its way
                return hold.still_ours()
        return True

    def _settle(self, plan: Plan, account: Account, platform: Platform, row: Row) -> None:
        """Decides by reading back whether what is in doubt was published, where it is time for that."""
        ledger = self._ledger
        if row.identity != platform.identity:
            # It was armed for another account, whose sender may be at it still.
            with ledger.hold(row.identity or "") as free:
                if free:
                    why = f"it was sent as {row.identity}, and the account is {platform.identity} now"
                    leave_unsure(ledger, row, why)
        elif row.state is State.ARMED or (row.state is State.UNSURE and not waits(row.until, row.noted, self._clock())):
            settle(ledger, self._clock, platform, account.address, row, midnight(plan, row))

    def _prepare(self, platform: Platform, standing: Standing, draft: _Draft | None) -> _Draft | bool:
        """Makes a Delivery ready to be sent, or says whether others may be; `draft` is what was made of it before.

        Raises NotArmed where another hand, which took the lock over meanwhile, has moved it on.
        """
        ledger, delivery, row = self._ledger, standing.delivery, standing.row
        seen = row.attempts if row else 0
        uploads = delivery.day is not None and bool(delivery.media or delivery.day.link)
        if uploads and any(pause.covers(delivery.embassy.id, delivery.platform) for pause in ledger.pauses()):
            return False  # before anything is uploaded; arming reads them in any case
        now = self._clock()
        look_at = self._when_to_look(platform, standing, now)
        if look_at and now < look_at:
            ledger.deferred(delivery, self._why_it_waits(delivery, look_at), look_at, seen=seen)
            return True
        if row and row.state is State.RETRACTED:
            generation, first_armed = row.generation + 1, now
        else:
            generation, first_armed = (row.generation, row.first_armed or now) if row else (0, now)
        try:
            media = _media(delivery)
            made_of = _made_of(delivery, media)
            if draft and draft.made_of == made_of:
                return draft
            sent = platform.prepare(delivery, media, generation, first_armed)
            found = self._look(platform, standing, sent, now) if look_at else None
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            return self._record(delivery, _classed(failure, now), seen)
        return _Draft(made_of, media, sent, generation, first_armed, found)

    def _send(self, platform: Platform, hold: Hold, delivery: Delivery, draft: _Draft, standing: Standing) -> bool:
        """Arms what was made ready, sends it and records how that went; says whether others may follow.

        Raises NotArmed where another hand has moved it on, and _FilesChanged where the files were edited.
        """
        ledger, sent = self._ledger, draft.sent
        seen = standing.row.attempts if standing.row else 0
        if not delivery.due <= self._clock() < delivery.closes:
            return True  # preparing took so long that the window closed; the next sweep records it

        def last_look() -> None:
            if self.newest(_FRESH) is not delivery.plan:
                raise _FilesChanged

        last_look()
        if not self._is_approved(delivery, draft.media):
            return True  # changed a moment ago, or withdrawn: the next look says which
        with self._flying() as begins:
            if not begins:
                return False
            try:
                address = delivery.account.address or None
                armed = ledger.arm(
                    delivery, draft.generation, platform.identity, sent, draft.first_armed, address, last_look
                )
            except Entangled as waiting:
                ledger.deferred(delivery, str(waiting), self._clock(), seen=seen)
                return True
            except NotArmed:
                return True  # paused, or moved on by another hand: the next look says which
            except AlreadySaid as said:
                ledger.refused(delivery, str(said), said.key, seen=seen)
                return True
            if draft.found:
                ledger.note("found there", delivery.key, draft.found.url)
                ledger.published(delivery.key, draft.found, draft.found.note)
                return True
            if not hold.still_ours():
                return False  # armed and not sent: whoever has the lock finds an orphan, and settles it
            if not delivery.due <= (now := self._clock()) < delivery.closes:
                why = "the program slept or the clock was set as it was to be sent; it wasn't"
                ledger.deferred(delivery, why, now, seen=seen + 1)
                return True
            try:
                receipt = platform.publish(sent, armed)
            except Exception as failure:  # noqa: BLE001  the request may have left: what isn't classed is in doubt
                if not hold.still_ours():
                    # It slept, and another hand took over: it may be sending this now; what it finds is what counts.
                    ledger.note("answer came late", delivery.key, str(failure))
                    return False
                return self._record(delivery, failure, seen + 1)
            try:
                ledger.published(delivery.key, receipt, receipt.note)
            except NotArmed as late:
                ledger.note("receipt came late", delivery.key, f"{receipt.url}: {late}")
        return True

    @contextmanager
    def _flying(self) -> Iterator[bool]:
        """Whether something may be armed; the end waits for it then until it is recorded."""
        with self._gate:
            begins = not self._stopping
            self._in_flight += begins
        try:
            yield begins
        finally:
            with self._gate:
                self._in_flight -= begins
                self._gate.notify_all()

    def _when_to_look(self, platform: Platform, standing: Standing, now: datetime) -> datetime | None:
        """From when on the account is looked at before this is sent; None: it isn't."""
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
        """That the account is looked at first, why, and until when."""
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
        """What went out already, by whatever hand. Raises whatever the looking does."""
        delivery, row = standing.delivery, standing.row
        earlier = self._ledger.doubt(row).sent if row and row.attempts and row.state is not State.RETRACTED else ()
        known = self._ledger.receipts(platform.identity)
        try:
            return platform.find([*earlier, sent], to_utc(delivery.date, time(0), delivery.embassy.timezone), known)
        except Refused as failure:  # to read, which says nothing against the post
            raise Deferred(f"nobody can look whether it is there: {failure}", now + _AFTER_A_FAULT) from failure

    def _is_approved(self, delivery: Delivery, media: Mapping[str, bytes]) -> bool:
        """Whether what is in hand, to the byte, is what the file says at this moment is approved."""
        approved = self._approvals(delivery.plan)
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in media.items()}
        return approved is None or approved.objection(delivery, digests) is None

    def _record(self, delivery: Delivery, failure: Exception, seen: int) -> bool:
        """Records how the attempt of this number failed; False where it concerns the whole account."""
        if isinstance(failure, Refused):
            self._ledger.refused(delivery, str(failure), seen=seen)
        elif isinstance(failure, Deferred):
            self._ledger.deferred(delivery, self._in_words(delivery.account, failure), failure.until, seen=seen)
            if failure.scope != "delivery":
                self._defer(delivery.account, failure)
                return False
        else:
            unsure = isinstance(failure, Unsure)
            said = str(failure) if unsure else f"an unexpected failure: {failure!r}"
            there = isinstance(failure, Unsure) and failure.there_already
            self._ledger.unsure(delivery.key, f"{said}; it may be live", there_already=there, seen=seen)
        return True

    def _defer(self, account: Account, failure: Deferred | Refused) -> None:
        """Leaves an account alone for a while, or all on its platform."""
        until = failure.until if isinstance(failure, Deferred) else self._clock() + _AFTER_A_FAULT
        person = not isinstance(failure, Deferred) or failure.needs_person
        everywhere = isinstance(failure, Deferred) and failure.scope == "platform"
        alike = [one for one in self.plan.accounts if one.platform == account.platform] if everywhere else [account]
        self._ledger.defer_accounts(map(str, alike), self._in_words(account, failure), until, person)

    def _in_words(self, account: Account, failure: Deferred | Refused) -> str:
        person = isinstance(failure, Deferred) and failure.needs_person
        return f"{failure}{self._advice(account) if person else ''}"


def _made_of(delivery: Delivery, media: Mapping[str, bytes]) -> tuple[object, ...]:
    """All that a payload is made of: where two readings of the files agree on it, it is the same one."""
    translation, day = delivery.translation, delivery.day
    return (
        delivery.account,
        delivery.due,
        delivery.closes,
        delivery.wording and delivery.wording.text,
        dict(translation.alt) if translation else None,
        dict(media),
        *((day.link, day.title) if day else ()),
        delivery.plan.campaign.title,
    )


def _classed(failure: Exception, now: datetime) -> Deferred | Refused:
    """A failure from before anything left: it is certainly not published, whatever it was."""
    if isinstance(failure, Deferred | Refused):
        return failure
    return Deferred(f"an unexpected failure before anything was sent: {failure!r}", now + _AFTER_A_FAULT)


def midnight(plan: Plan, row: Row) -> datetime:
    """When the Day of a Delivery began, on its embassy's clock."""
    zone = plan.config.embassies[row.embassy].timezone
    return to_utc(row.due.astimezone(zone).date(), time(0), zone)


def _media(delivery: Delivery) -> dict[str, bytes]:
    """Its pictures. Raises Refused where there is one that can't be read."""
    media = {}
    for name in delivery.media:
        file = pictures.locate(delivery.plan.campaign.folder, name)
        if isinstance(file, pictures.Flaw):
            raise Refused(f"the picture {name}: {file.message}")
        media[str(name)] = file.read_bytes()
    return media
