"""The Publisher: `publish_due(now)` is the only road by which a post reaches a platform.

For each account, under its lock: what is in doubt is settled by reading back; then, one delivery after the other,
prepare → arm → send → record. Accounts go side by side, and none waits for another.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import datetime, time, timedelta

from orangeday import approvals, pictures
from orangeday.approvals import Approvals
from orangeday.clock import Clock, to_utc
from orangeday.config import Account
from orangeday.ledger import AlreadySaid, Doubt, Entangled, Hold, Ledger, NotArmed, Row, State
from orangeday.plan import Delivery, Plan
from orangeday.platforms.base import Deferred, Platform, PlatformError, Receipt, Refused, Sent, Unsure
from orangeday.standing import Standing, look, waits

_AFTER_A_FAULT = timedelta(minutes=5)
"""When to try again what failed before anything left, for a reason that no adapter has classed."""

_A_MINUTE = timedelta(minutes=1)

_BEFORE_ARMING = timedelta(minutes=5)
"""So long before its first arming a post may have been made, by the platform's clock, and be the one in doubt."""

_LATE = timedelta(minutes=2)
"""What is later than this may have gone out by another hand: the account is looked at before anything is sent."""

_DOUBTS = 3
"""So often a Delivery may end in doubt, and be read back as not published; then a person is asked."""


class Publisher:
    """Brings what is due to the platforms, each Delivery at most once. Close it when done."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        connect: Callable[[Account], Platform],
        clock: Clock,
        *,
        live: bool = False,
        patience: float | None = None,
    ) -> None:
        """`patience` is how many seconds `publish_due` waits for a slow account; None waits for all."""
        self.plan = plan
        self._ledger = ledger
        self._connect = connect
        self._clock = clock
        self._live = live
        self._patience = patience
        self._platforms: dict[str, Platform] = {}
        self._pool = ThreadPoolExecutor(plan.config.workers, thread_name_prefix="account")
        self._jobs: dict[str, tuple[Future[None], list[str]]] = {}
        self._touched: list[str] = []
        self._stopping = threading.Event()
        self._met: Plan | None = None

    def close(self) -> None:
        """Begins nothing new, and returns when what is in flight has been recorded."""
        self._stopping.set()
        self._pool.shutdown(wait=True)

    def publish_due(self, now: datetime) -> list[Standing]:
        """Sends what is due, and says how everything that it touched stands. Raises LedgerError."""
        plan, ledger = self.plan, self._ledger
        self._meet(plan, now)
        self._touched += self._miss(plan, now)
        due = look(plan, ledger, now, plan.open_at(now), self._approvals(plan))
        self._touched += [standing.delivery.key for standing in due if standing.state is State.HELD]
        in_doubt: dict[str, list[str]] = {}
        for row in ledger.in_doubt(plan.campaign_id).values():
            in_doubt.setdefault(f"{row.embassy}/{row.platform}", []).append(row.key)
        deliveries: dict[str, list[Delivery]] = {}
        for standing in due:
            deliveries.setdefault(str(standing.delivery.account), []).append(standing.delivery)
        concerned = {str(standing.delivery.account) for standing in due if standing.ready}.union(in_doubt)
        self._collect(0)
        for account in plan.accounts if concerned else ():
            name = str(account)
            # An account that still hangs since an earlier sweep is left alone; the others go on.
            if name in concerned and name not in self._jobs and not self._stopping.is_set():
                touched: list[str] = []
                work = plan, account, in_doubt.get(name, []), deliveries.get(name, []), touched
                self._jobs[name] = self._pool.submit(self._serve, *work), touched
        self._collect(self._patience)
        found = (plan.find(key) for key in dict.fromkeys(self._touched))
        standings = look(
            plan, ledger, self._clock(), [delivery for delivery in found if delivery], self._approvals(plan)
        )
        self._touched = []
        return standings

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
        ended, _ = wait([job for job, _ in self._jobs.values()], patience)
        done = [self._jobs.pop(name) for name, (job, _) in list(self._jobs.items()) if job in ended]
        for _, touched in done:
            self._touched += touched
        for job, _ in done:
            job.result()

    def _meet(self, plan: Plan, now: datetime) -> None:
        """Makes the ledger and a plan that is new to it acquainted."""
        if self._met is plan:
            return
        if self._live:
            running = any(plan.due_between(plan.begins, now))
            self._ledger.settle_in(plan.campaign_id, running)
        self._ledger.see(map(str, plan.accounts), now)
        self._met = plan

    def _miss(self, plan: Plan, now: datetime) -> list[str]:
        """Records what has left its window since this was last done."""
        ledger = self._ledger
        since = ledger.swept(plan.campaign_id, plan.scope)
        closed = list(plan.closed_between(since, now)) if since else []
        missed = [standing for standing in look(plan, ledger, now, closed) if standing.state is State.MISSED]
        for standing in missed:
            if standing.row and standing.row.state is State.MISSED:
                continue
            with suppress(NotArmed):  # another program has said so already
                ledger.missed(standing.delivery, standing.why or "its window passed")
        # The minute is for the doctor, who asks when a live run last looked.
        if closed or since is None or now < since or (self._live and now - since >= _A_MINUTE):
            ledger.sweep_done(plan.campaign_id, plan.scope, now)
        return [standing.delivery.key for standing in missed]

    def take_down(self, row: Row, *, replace: bool = False) -> None:
        """Takes down what was published; with `replace`, a corrected post may take its place inside its window.

        Raises any outcome of a platform, and NotArmed where another hand was faster.
        """
        delivery = self.plan.find(row.key)
        if delivery is None or row.receipt is None:
            raise Refused("the plan no longer has it, so that nobody can say whose account to use")
        try:
            platform = self._platform(delivery.account)
        except Exception as failure:
            raise _classed(failure, self._clock()) from failure
        if platform.identity != row.identity:
            raise Refused(f"it was published as {row.identity}, and the account is {platform.identity} now")
        with self._ledger.hold(platform.identity) as hold:
            if hold is None:
                raise Deferred("another program is using the account", self._clock())
            if self._ledger.rows([row.key])[row.key] != row:
                raise NotArmed(f"{row.key} has changed meanwhile")
            self._ledger.note("retracting", row.key, row.receipt.url)
            try:
                platform.delete(row.receipt)
            except PlatformError:
                raise
            except Exception as failure:
                raise Unsure(f"an unexpected failure: {failure!r}") from failure
            self._ledger.retracted(row, replace)

    # One account, under its lock

    def _serve(
        self, plan: Plan, account: Account, in_doubt: Iterable[str], due: list[Delivery], touched: list[str]
    ) -> None:
        """Serves one account, in order; notes the keys that it touched."""
        try:
            platform = self._platform(account)
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            self._defer(account, _classed(failure, self._clock()))
            touched += [delivery.key for delivery in due]
            return
        with self._ledger.hold(platform.identity) as hold:
            if hold is None:
                return  # another process serves it right now
            for row in self._ledger.rows(in_doubt).values():
                touched.append(row.key)
                with suppress(NotArmed):  # its receipt came after all, while this was read back
                    self._settle(plan, platform, row)
            for standing in look(plan, self._ledger, self._clock(), due, self._approvals(plan)):
                if standing.ready and not self._stopping.is_set():
                    touched.append(standing.delivery.key)
                    try:
                        goes_on = self._send(platform, hold, standing)
                    except NotArmed:  # another hand has moved it on, while this was prepared or on its way
                        goes_on = hold.still_ours()
                    if not goes_on:
                        break

    def _platform(self, account: Account) -> Platform:
        """The account, connected once. Raises whatever the connecting does."""
        name = str(account)
        if name not in self._platforms:
            self._platforms[name] = self._connect(account)
        return self._platforms[name]

    def _settle(self, plan: Plan, platform: Platform, row: Row) -> None:
        """Decides by reading back whether what is in doubt was published."""
        ledger, now = self._ledger, self._clock()
        if row.identity != platform.identity:
            # It was armed for another account, whose sender may be at it still.
            with ledger.hold(row.identity or "") as free:
                if free:
                    why = f"it was sent as {row.identity}, and the account is {platform.identity} now"
                    self._leave_unsure(row, why)
            return
        if row.state is State.ARMED:
            # Its sender held the lock that we hold now: it is gone, and so is what it knew.
            ledger.unsure(row.key, "the program ended while this was being sent; it may be live", seen=row.attempts)
        elif row.state is not State.UNSURE or waits(row.until, row.noted, now):
            return
        doubt = ledger.doubt(row)
        since = (row.first_armed or row.due) - _BEFORE_ARMING
        if doubt.there_already:
            since = min(since, _midnight(plan, row))
        try:
            receipt = platform.find(doubt.sent, since, ledger.receipts(platform.identity))
        except Exception as failure:  # noqa: BLE001  it can't be told now, so it stays in doubt
            self._leave_unsure(row, str(failure), failure.until if isinstance(failure, Deferred) else None)
            return
        again = _look_again(doubt, platform.settle_after, now)
        if receipt:
            ledger.published(row.key, receipt, receipt.note)
        elif again:
            why = "it may be live; the account was read back, and doesn't show it so far"
            ledger.not_shown(row.key, why, again, seen=row.attempts)
        elif doubt.there_already:
            why = "the platform calls it a duplicate, and today's posts of the account don't have it"
            ledger.refused(row.key, why, seen=row.attempts)
        elif platform.settle_after is None or ledger.doubts(row.key) < _DOUBTS:
            ledger.deferred(row.key, "read back: it had not been published", now, seen=row.attempts)
        else:
            why = f"sent {_DOUBTS} times without a clear answer, and never found there"
            ledger.refused(row.key, why, seen=row.attempts)

    def _leave_unsure(self, row: Row, why: str, until: datetime | None = None) -> None:
        """Says why it can't be told, each reason once."""
        error = f"it may be live, and reading back doesn't tell: {why}"
        if (row.error, row.until) != (error, until):
            self._ledger.unsure(row.key, error, until, seen=row.attempts)

    def _send(self, platform: Platform, hold: Hold, standing: Standing) -> bool:
        """Brings one Delivery to its platform; False where nothing more may be tried for this account now.

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
            why = "another machine may be sending it: the account is looked at first"
            ledger.deferred(delivery, why, look_at, seen=seen)
            return True
        if row and row.state is State.RETRACTED:
            generation, first_armed = row.generation + 1, now
        else:
            generation, first_armed = (row.generation, row.first_armed or now) if row else (0, now)
        try:
            media = _media(delivery)
            sent = platform.prepare(delivery, media, generation, first_armed)
            there = self._look(platform, standing, sent, now) if look_at else None
        except Exception as failure:  # noqa: BLE001  nothing has left yet, whatever it was
            return self._record(delivery, _classed(failure, now), seen)
        if not delivery.due <= self._clock() < delivery.closes:
            return True  # preparing took so long that the window closed; the next sweep records it
        if not self._is_approved(delivery, media):
            return True  # changed a moment ago, or withdrawn: the next look says which
        try:
            armed = ledger.arm(delivery, generation, platform.identity, sent, first_armed)
        except Entangled as waiting:
            ledger.deferred(delivery, str(waiting), now, seen=seen)
            return True
        except NotArmed:
            return True  # paused, or moved on by another hand: the next look says which
        except AlreadySaid as said:
            ledger.refused(delivery, str(said), said.key, seen=seen)
            return True
        if there:
            ledger.note("found there", delivery.key, there.url)
            ledger.published(delivery.key, there, there.note)
            return True
        if not hold.still_ours():
            return False  # armed and not sent: whoever has the lock finds an orphan, and settles it
        if not delivery.due <= (now := self._clock()) < delivery.closes:
            why = "the program slept or the clock was set as it was to be sent; it wasn't"
            ledger.deferred(delivery, why, now, seen=seen + 1)
            return True
        try:
            receipt = platform.publish(sent, armed)
        except Exception as failure:  # noqa: BLE001  the request may have left: whatever isn't classed is in doubt
            if not hold.still_ours():
                # It slept, and another hand took over: it may be sending this now, and what it finds is what counts.
                ledger.note("answer came late", delivery.key, str(failure))
                return False
            return self._record(delivery, failure, seen + 1)
        try:
            ledger.published(delivery.key, receipt, receipt.note)
        except NotArmed as late:
            ledger.note("receipt came late", delivery.key, f"{receipt.url}: {late}")
        return True

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
            self._ledger.deferred(delivery, str(failure), failure.until, seen=seen)
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
        self._ledger.defer_accounts(map(str, alike), str(failure), until, person)


def _classed(failure: Exception, now: datetime) -> Deferred | Refused:
    """A failure from before anything left: it is certainly not published, whatever it was."""
    if isinstance(failure, Deferred | Refused):
        return failure
    return Deferred(f"an unexpected failure before anything was sent: {failure!r}", now + _AFTER_A_FAULT)


def _look_again(doubt: Doubt, settle_after: timedelta | None, now: datetime) -> datetime | None:
    """When to look once more for what isn't shown; None: it was looked for late enough, and again later."""
    if not settle_after:
        return None
    counts_from = doubt.since + settle_after + doubt.apart
    if now < counts_from:
        return counts_from
    first = next((at for at in doubt.not_shown if at >= counts_from), now)
    again = first + settle_after / 3 + doubt.apart
    return again if now < again else None


def _midnight(plan: Plan, row: Row) -> datetime:
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
