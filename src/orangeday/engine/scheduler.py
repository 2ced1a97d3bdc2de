"""The scheduler: APScheduler as an alarm clock, no more. Plan and ledger decide what is due, and what is late.

It wakes the publisher at every due moment, and sweeps every thirty seconds between, so that neither a laptop that
slept nor a clock that was set makes it later than that.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from orangeday.clock import Clock
from orangeday.content.plan import Plan
from orangeday.content.problems import UnreadableFiles
from orangeday.engine.publisher import Publisher
from orangeday.engine.status import DeliveryStatus
from orangeday.errors import LedgerAway, OrangedayError

SWEEP_INTERVAL = timedelta(seconds=30)
_MAX_DRIFT = 1.5
"""The seconds by which the clock may drift from the monotonic one before it counts as set."""
POLL_INTERVAL = 1.0
"""The seconds between two looks at whether the clock was set, and whether the campaign is over."""


class Scheduler:
    """The loop that runs a Publisher until the campaign ends."""

    def __init__(
        self,
        publisher: Publisher,
        clock: Clock,
        *,
        on_sweep: Callable[[list[DeliveryStatus]], None],
        on_error: Callable[[str | None], None],
    ) -> None:
        """Begin nothing yet. `on_sweep` is called with the status of what each sweep touched.

        `on_error` is called with the error that holds everything, and with None when that is over.
        Both are called from the scheduler's own thread.
        """
        self._publisher = publisher
        self._plan: Plan | None = None
        self._clock = clock
        self._on_sweep = on_sweep
        self._on_error = on_error
        self._last_cause: object = None
        self._sweep_done = threading.Event()
        self._sweep_lock = threading.Lock()
        self._is_ending = False
        # That a sweep takes longer than a minute, and one after it is left out, is nothing to be told of.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._alarms = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            # A job that is late runs all the same, once: by default one that is a second late is dropped. One may wait
            # for the one that runs, which had looked at the clock before it was set.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
            timezone=UTC,
        )

    def run(
        self, stop: threading.Event, tick: Callable[[], None] = lambda: None, interval: float | None = None
    ) -> None:
        """Run until the campaign's end, or soon after `stop` is set; meanwhile call `tick` every `interval` seconds."""
        self._alarms.add_job(self._on_alarm, IntervalTrigger(seconds=SWEEP_INTERVAL.total_seconds()), id="sweep")
        self._set_alarms(self._publisher.plan)
        self._alarms.start()
        self.wake()
        try:
            self._wait(stop, tick, POLL_INTERVAL if interval is None else interval)
        finally:
            # Not while a sweep sets the alarms anew: APScheduler waits for it, and holds the very lock that it needs.
            with self._sweep_lock:
                self._is_ending = True
            self._alarms.shutdown(wait=True)

    def wake(self) -> None:
        """Sweep at once, whatever the alarms say."""
        self._sweep_done.clear()
        self._alarms.modify_job("sweep", next_run_time=datetime.now(UTC))

    def _wait(self, stop: threading.Event, tick: Callable[[], None], interval: float) -> None:
        drift = self._drift()
        while not stop.is_set():
            tick()
            if self._is_over():
                return
            stop.wait(interval)
            if abs(self._drift() - drift) > _MAX_DRIFT:
                # The machine slept, or the clock was set: the alarms still wait for moments of the old clock.
                drift = self._drift()
                self.wake()

    @staticmethod
    def _drift() -> float:
        return time.time() - time.monotonic()

    def _is_over(self) -> bool:
        end = self._publisher.plan.ends
        return self._sweep_done.is_set() and (end is None or self._clock() > end)

    def _set_alarms(self, plan: Plan) -> None:
        """Set new alarms where the plan has changed, one for each of its moments to come."""
        if plan is self._plan:
            return
        self._plan = plan
        for job in self._alarms.get_jobs():
            if job.id != "sweep":
                job.remove()
        for moment in plan.due_moments(self._clock()):
            self._alarms.add_job(self._on_alarm, DateTrigger(moment), id=moment.isoformat())

    def _on_alarm(self) -> None:
        """Sweep when an alarm rings, unless the program is ending."""
        with self._sweep_lock:
            if not self._is_ending:
                self._sweep()

    def _sweep(self) -> None:
        start = self._clock()
        error: str | None = None
        cause: object = None
        try:
            self._set_alarms(self._publisher.newest_plan())
            self._on_sweep(self._publisher.publish_due(start))
        except OrangedayError as failure:
            error = str(failure)
            if isinstance(failure, UnreadableFiles) and failure.problems:
                error += f" {failure.problems[0]}"  # in which line, and what to do
            cause = LedgerAway if isinstance(failure, LedgerAway) else error  # one, whatever the network says of it
        except Exception as failure:  # noqa: BLE001  a sweep that fails must not be the last one, nor pass in silence
            error = f"orangeday itself failed ({type(failure).__name__}: {failure}); it goes on trying."
            cause = error
        if cause != self._last_cause:
            self._last_cause = cause
            self._on_error(error)
        end = self._publisher.plan.ends
        if end is None or start > end:
            self._sweep_done.set()
