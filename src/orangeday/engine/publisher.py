"""The Publisher: `publish_due(now)` is the only way by which a post reaches a platform.

Each sweep records what was missed, finds the accounts of which something is due or in doubt, and has each served, see
`account_run.py`. Accounts go side by side, and none waits for another.
"""

from __future__ import annotations

import time as ticks
from collections.abc import Callable, Iterable
from concurrent.futures import wait
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from orangeday.adapters.base import Platform
from orangeday.approvals import store as approvals
from orangeday.approvals.compare import Approvals
from orangeday.clock import Clock
from orangeday.content.config import Account
from orangeday.content.plan import Delivery, Plan
from orangeday.engine.account_run import AccountRun, Services, may_connect
from orangeday.engine.connections import Connections
from orangeday.engine.gate import Gate
from orangeday.engine.open_deliveries import OpenDeliveries
from orangeday.engine.status import DeliveryStatus, statuses
from orangeday.ledger.states import State, StateConflict
from orangeday.system.workers import Job, Workers

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_A_MINUTE = timedelta(minutes=1)
_TWO_DAYS = timedelta(days=2)
"""The most by which an edited hour, or newer zone data, moves a post of a day that is being sent."""

_MAX_AGE = 1.0
"""The seconds for which a look at the files, or at an account's credentials, counts."""

_HANGS_AFTER = 60.0
"""The seconds without a step after which an account's place is given to another."""

_CHECK_INTERVAL = 1.0
"""The seconds between two looks for accounts that hang, while the jobs are waited for."""

_GRACE = 5.0
"""The seconds for which the program's end waits for jobs that haven't armed anything."""


class Publisher:
    """The engine that brings what is due to the platforms, each Delivery at most once. Close it when done."""

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
        timeout: float | None = None,
        workers: Workers | None = None,
    ) -> None:
        """Begin nothing yet. `reload` returns the plan as the files are now, or were so many seconds ago at most.

        It raises OrangedayError where they can't be used. Without it the plan stays as it is.
        `credentials` returns what an account would be connected with now: a connection is dropped where that changes.
        `advice` returns the text to append where an account needs a person, beginning with a space.
        `timeout` is the number of seconds for which `publish_due` waits for slow accounts; None waits for all.
        `workers` serve the accounts: as many threads as the config says, if it isn't given.
        """
        self.plan = plan
        self._checked_plan: Plan | None = None
        self._reload = reload
        self._ledger = ledger
        self._clock = clock
        self._live = live
        self._timeout = timeout
        self._gate = Gate()
        self._services = Services(
            ledger, clock, lambda: self.newest_plan(_MAX_AGE), lambda: self.plan, self._approvals,
            Connections(connect, credentials, _MAX_AGE), self._gate, advice,
        )  # fmt: skip
        self._workers = workers or Workers(plan.config.workers)
        self._jobs: dict[str, tuple[Job, AccountRun]] = {}
        self._affected_keys: list[str] = []
        self._hold_reasons: dict[str, str] = {}
        self._registered_plan: Plan | None = None
        self._open_deliveries = OpenDeliveries(ledger)

    def stop(self) -> None:
        """Begin nothing new; what is in flight goes on."""
        self._gate.close()
        self._workers.clear_queue()

    def close(self) -> None:
        """Begin nothing new, and return when everything in flight has been recorded."""
        self.stop()
        # Each request has its own limit; what hangs before anything is armed isn't waited for so long.
        self._gate.wait()
        self._workers.join(_GRACE)

    def newest_plan(self, max_age: float = 0.0) -> Plan:
        """Return the plan as the files are now, or were `max_age` seconds ago.

        Raises OrangedayError where they are broken.
        """
        if self._reload:
            self.plan = self._reload(max_age)
        return self.plan

    def publish_due(self, now: datetime) -> list[DeliveryStatus]:
        """Send what is due; return the status of all that was touched or needs a person. Raises OrangedayError."""
        plan, ledger = self.newest_plan(_MAX_AGE), self._ledger
        self._workers.max_jobs = plan.config.workers
        self._register_plan(plan, now)
        self._affected_keys += self._record_missed(plan, now)
        due_statuses = self._statuses(plan, now, self._open_deliveries.find(plan, now))
        held_statuses = [status for status in due_statuses if status.state is State.HELD]
        self._affected_keys += [status.delivery.key for status in held_statuses]
        self._note_holds({status.delivery.key: status.explanation or "" for status in held_statuses})
        doubtful_keys: dict[str, list[str]] = {}
        for row in ledger.rows_in_doubt(plan.campaign_id).values():
            doubtful_keys.setdefault(f"{row.embassy}/{row.platform}", []).append(row.key)
        due_keys: dict[str, list[str]] = {}
        for status in due_statuses:
            due_keys.setdefault(str(status.delivery.account), []).append(status.delivery.key)
        ready_accounts = {str(status.delivery.account) for status in due_statuses if status.ready}
        active_accounts = ready_accounts.union(doubtful_keys)
        self._collect(0)
        for account in plan.accounts if active_accounts else ():
            name = str(account)
            if name in active_accounts and not (name in ready_accounts or may_connect(plan, account)):
                continue
            # An account that still hangs since an earlier sweep is left alone; the others go on.
            if name in active_accounts and name not in self._jobs and not self._gate.closed:
                self._serve(account, doubtful_keys.get(name, []), due_keys.get(name, []))
        self._collect(self._timeout)
        # What is ready and wasn't begun, whatever keeps it, is somebody's to know once it is late; and so is what waits
        # for a person, though nothing of it was touched.
        waiting_keys = [s.delivery.key for s in due_statuses if s.ready or s.state is State.DEFERRED]
        affected_keys = dict.fromkeys(self._affected_keys)
        plan = self.plan
        deliveries = (plan.find(key) for key in dict.fromkeys([*affected_keys, *waiting_keys]))
        results = self._statuses(plan, self._clock(), filter(None, deliveries))
        self._affected_keys = []
        return [result for result in results if result.delivery.key in affected_keys or result.needs_person]

    def _note_holds(self, reasons: dict[str, str]) -> None:
        """Have the log say what keeps due posts back: should they be missed, that is why."""
        if self._live and reasons != self._hold_reasons:
            self._ledger.note_holds(reasons)
            self._hold_reasons = reasons

    def _serve(self, account: Account, doubtful_keys: list[str], due_keys: list[str]) -> None:
        """Have an account served as soon as there is a place."""
        run = AccountRun(self._services, account)
        self._jobs[str(account)] = self._workers.submit(partial(run.serve, doubtful_keys, due_keys)), run

    def wind_up(self, now: datetime) -> list[DeliveryStatus]:
        """Record what was missed, and settle what is in doubt, after the last window: nothing is left to be sent.

        The ledger isn't asked whether this is its home, which matters only before sending; and no account is noted.
        """
        self._registered_plan = self.plan
        return self.publish_due(now)

    def _statuses(self, plan: Plan, now: datetime, deliveries: Iterable[Delivery]) -> list[DeliveryStatus]:
        """Return the status of each of these deliveries; the approvals are read only where there is one."""
        selection = list(deliveries)
        return statuses(plan, self._ledger, now, selection, self._approvals(plan)) if selection else []

    def _approvals(self, plan: Plan) -> Approvals | None:
        """Return the approvals, as the file has them now; None where no post needs one."""
        is_needed = self._live and plan.config.require_approval
        return approvals.load(plan.campaign.folder) if is_needed else None

    def _collect(self, timeout: float | None) -> None:
        """Note the keys that the jobs ending within `timeout` seconds have touched; None waits for all of them.

        Raises the error of one of them. The keys of the others are kept for the first sweep that comes to its end.
        """
        until = None if timeout is None else ticks.monotonic() + timeout
        pending = {job.future for job, _ in self._jobs.values()}
        while pending:
            wait_time = _CHECK_INTERVAL if until is None else min(_CHECK_INTERVAL, max(0.0, until - ticks.monotonic()))
            pending = wait(pending, wait_time).not_done
            self._workers.relieve(_HANGS_AFTER)
            if until is not None and ticks.monotonic() >= until:
                break
        done = [self._jobs.pop(name) for name, (job, _) in list(self._jobs.items()) if job.future.done()]
        for _, run in done:
            self._affected_keys += run.affected_keys
        for job, _ in done:
            job.future.result()

    def _register_plan(self, plan: Plan, now: datetime) -> None:
        """Tell the ledger of a plan that is new: of its accounts, and in a live run of its campaign."""
        if self._registered_plan is plan:
            return
        if self._live:
            self._ledger.claim_home(plan.campaign_id, plan.is_running(now), plan.scope)
        self._ledger.register_accounts(map(str, plan.accounts), now)
        self._registered_plan = plan

    def _record_missed(self, plan: Plan, now: datetime) -> list[str]:
        """Record the deliveries that were missed since this was last done; return their keys."""
        ledger = self._ledger
        since = ledger.swept_until(plan.campaign_id, plan.scope)
        # An edited hour, or newer zone data, can put a window wholly before then: a plan that is new is looked through.
        overlap = timedelta(0) if plan is self._checked_plan else _TWO_DAYS
        self._checked_plan = plan
        closed_deliveries = list(plan.expired_between(since - overlap, now)) if since else []
        missed = []
        for status in self._statuses(plan, now, closed_deliveries):
            is_recorded = status.row is not None and status.row.state is State.MISSED
            if status.state is not State.MISSED or (is_recorded and since and status.delivery.deadline <= since):
                continue
            missed.append(status)
            if is_recorded:
                continue
            with suppress(StateConflict):  # another program has said so already
                ledger.missed(status.delivery, status.reason or "its time passed")
        # The minute is for the doctor, who asks when a live run last looked.
        has_new_deadline = since is not None and any(delivery.deadline > since for delivery in closed_deliveries)
        if has_new_deadline or since is None or now < since or (self._live and now - since >= _A_MINUTE):
            ledger.record_sweep(plan.campaign_id, plan.scope, now)
        return [status.delivery.key for status in missed]
