"""The Publisher: `publish_due(now)` is the only way by which a post reaches a platform.

Each sweep records what was missed, finds the accounts of which something is due or in doubt, and has each served, see
`account_run.py`. Accounts go side by side, and none waits for another.
"""

from __future__ import annotations

import time as ticks
from collections.abc import Callable
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
from orangeday.content.plan import Plan
from orangeday.engine.account_run import AccountRun, Services, may_be_asked
from orangeday.engine.connections import Connections
from orangeday.engine.gate import Gate
from orangeday.engine.status import Standing, look
from orangeday.ledger.states import NotArmed, State
from orangeday.system.workers import Job, Workers

if TYPE_CHECKING:
    from orangeday.ledger.ledger import Ledger

_A_MINUTE = timedelta(minutes=1)
_TWO_DAYS = timedelta(days=2)
"""The most by which an edited hour, or newer zone data, moves a post of a day that is being sent."""

_FRESH = 1.0
"""The seconds for which a look at the files, or at an account's credentials, counts."""

_HANGS_AFTER = 60.0
"""The seconds without a step after which an account's place is given to another."""

_LOOKS_ROUND = 1.0
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
        patience: float | None = None,
    ) -> None:
        """Begin nothing yet. `reload` returns the plan as the files are now, or were so many seconds ago at most.

        It raises OrangedayError where they can't be used. Without it the plan stays as it is.
        `credentials` returns what an account would be connected with now: a connection is dropped where that changes.
        `advice` returns the text to append where an account needs a person, beginning with a space.
        `patience` is the number of seconds for which `publish_due` waits for slow accounts; None waits for all.
        """
        self.plan = plan
        self._looked_through: Plan | None = None
        self._reload = reload
        self._ledger = ledger
        self._clock = clock
        self._live = live
        self._patience = patience
        self._gate = Gate()
        self._services = Services(
            ledger, clock, lambda: self.newest(_FRESH), lambda: self.plan, self._approvals,
            Connections(connect, credentials, _FRESH), self._gate, advice,
        )  # fmt: skip
        self._workers = Workers(plan.config.workers)
        self._jobs: dict[str, tuple[Job, AccountRun]] = {}
        self._affected: list[str] = []
        self._registered: Plan | None = None

    def close(self) -> None:
        """Begin nothing new, and return when everything in flight has been recorded."""
        self._gate.close()
        self._workers.drop()
        # Each request has its own limit; what hangs before anything is armed isn't waited for so long.
        self._gate.wait()
        self._workers.join(_GRACE)

    def newest(self, max_age: float = 0.0) -> Plan:
        """Return the plan as the files are now, or were `max_age` seconds ago.

        Raises OrangedayError where they are broken.
        """
        if self._reload:
            self.plan = self._reload(max_age)
        return self.plan

    def publish_due(self, now: datetime) -> list[Standing]:
        """Send what is due; return the status of all that was touched or needs a person. Raises OrangedayError."""
        plan, ledger = self.newest(_FRESH), self._ledger
        self._workers.most = plan.config.workers
        self._register_plan(plan, now)
        self._affected += self._record_missed(plan, now)
        due = look(plan, ledger, now, plan.open_at(now), self._approvals(plan))
        self._affected += [standing.delivery.key for standing in due if standing.state is State.HELD]
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
            if name in concerned and not (name in ready or may_be_asked(plan, account)):
                continue
            # An account that still hangs since an earlier sweep is left alone; the others go on.
            if name in concerned and name not in self._jobs and not self._gate.closed:
                self._serve(account, in_doubt.get(name, []), keys.get(name, []))
        self._collect(self._patience)
        # What is ready and wasn't begun, whatever keeps it, is somebody's to know once it is late.
        waiting = [standing.delivery.key for standing in due if standing.ready]
        affected = dict.fromkeys(self._affected)
        plan = self.plan
        found = (plan.find(key) for key in dict.fromkeys([*affected, *waiting]))
        standings = look(
            plan, ledger, self._clock(), [delivery for delivery in found if delivery], self._approvals(plan)
        )
        self._affected = []
        return [s for s in standings if s.delivery.key in affected or s.needs_person]

    def _serve(self, account: Account, in_doubt: list[str], due: list[str]) -> None:
        """Have an account served as soon as there is a place."""
        run = AccountRun(self._services, account)
        self._jobs[str(account)] = self._workers.submit(partial(run.serve, in_doubt, due)), run

    def wind_up(self, now: datetime) -> list[Standing]:
        """Record what was missed, and settle what is in doubt, after the last window: nothing is left to be sent.

        The ledger isn't asked whether this is its home, which matters only before sending; and no account is noted.
        """
        self._registered = self.plan
        return self.publish_due(now)

    def _approvals(self, plan: Plan) -> Approvals | None:
        """Return the approvals, as the file has them now; None where no post needs one."""
        needed = self._live and plan.config.require_approval
        return approvals.load(plan.campaign.folder) if needed else None

    def _collect(self, patience: float | None) -> None:
        """Note the keys that the jobs ending within `patience` seconds have touched; None waits for all of them.

        Raises the error of one of them. The keys of the others are kept for the first sweep that comes to its end.
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
        for _, run in done:
            self._affected += run.affected
        for job, _ in done:
            job.future.result()

    def _register_plan(self, plan: Plan, now: datetime) -> None:
        """Tell the ledger of a plan that is new: of its accounts, and in a live run of its campaign."""
        if self._registered is plan:
            return
        if self._live:
            self._ledger.settle_in(plan.campaign_id, plan.is_running(now), plan.scope)
        self._ledger.see(map(str, plan.accounts), now)
        self._registered = plan

    def _record_missed(self, plan: Plan, now: datetime) -> list[str]:
        """Record the deliveries that were missed since this was last done; return their keys."""
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
                ledger.missed(standing.delivery, standing.why or "its time passed")
        # The minute is for the doctor, who asks when a live run last looked.
        anew = since is not None and any(delivery.closes > since for delivery in closed)
        if anew or since is None or now < since or (self._live and now - since >= _A_MINUTE):
            ledger.sweep_done(plan.campaign_id, plan.scope, now)
        return [standing.delivery.key for standing in missed]
