"""Workers: threads that run jobs side by side, where a job that hangs takes no other job's place.

Python's own pool has a fixed number of threads: as many hanging jobs, and nothing else is ever done.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait

_thread = threading.local()


def record_progress() -> None:
    """Record progress of the job of this thread, if it runs one: for example that a request was answered."""
    if job := getattr(_thread, "job", None):
        job.record_progress()


class Job:
    """A piece of work, and its progress."""

    def __init__(self, work: Callable[[Job], None]) -> None:
        self.future: Future[None] = Future()
        self.is_relieved = False
        """True if its place was given to another job: it must begin nothing more."""
        self._work = work
        self._last_progress: float | None = None

    def record_progress(self) -> None:
        """Record progress: it hasn't hung so far."""
        self._last_progress = time.monotonic()

    def is_hanging(self, timeout: float) -> bool:
        """Return whether it has begun, and made no progress for so many seconds."""
        return self._last_progress is not None and time.monotonic() - self._last_progress > timeout

    def run(self) -> None:
        _thread.job = self
        self.record_progress()
        try:
            self._work(self)
            self.future.set_result(None)
        except BaseException as failure:  # noqa: BLE001  whoever takes the result is told
            self.future.set_exception(failure)


class Workers:
    """A pool that runs a limited number of jobs at a time, those that hang not counted."""

    def __init__(self, max_jobs: int) -> None:
        self.max_jobs = max_jobs
        self._lock = threading.Lock()
        self._queue: deque[Job] = deque()
        self._active_jobs: set[Job] = set()
        self._relieved_jobs: set[Job] = set()

    def submit(self, work: Callable[[Job], None]) -> Job:
        """Run the work as soon as there is a place; it is given its own Job, which is returned."""
        job = Job(work)
        with self._lock:
            self._queue.append(job)
            self._start()
        return job

    def relieve(self, timeout: float) -> None:
        """Give the places of jobs that have hung for so many seconds to jobs that wait for one.

        A job that is only slow, an upload over a bad line for example, keeps its place as long as no job waits for it.
        """
        with self._lock:
            hanging_jobs = [job for job in self._active_jobs if job.is_hanging(timeout)]
            for job in hanging_jobs[: len(self._queue)]:
                job.is_relieved = True
                self._active_jobs.remove(job)
                self._relieved_jobs.add(job)
            self._start()

    def clear_queue(self) -> None:
        """Drop the jobs that wait for a place, as done."""
        with self._lock:
            while self._queue:
                self._queue.popleft().future.set_result(None)

    def join(self, timeout: float | None) -> bool:
        """Wait until all jobs that have begun are done, or for so many seconds. Return whether they are done."""
        with self._lock:
            futures = [job.future for job in (*self._active_jobs, *self._relieved_jobs)]
        return not wait(futures, timeout).not_done

    def _start(self) -> None:
        while self._queue and len(self._active_jobs) < self.max_jobs:
            job = self._queue.popleft()
            self._active_jobs.add(job)
            # A daemon: a program that was told to end doesn't wait for what a server never answers.
            threading.Thread(target=self._run, args=[job], name="account", daemon=True).start()

    def _run(self, job: Job) -> None:
        while True:
            job.run()
            with self._lock:
                self._relieved_jobs.discard(job)
                self._active_jobs.discard(job)
                if job.is_relieved or not self._queue or len(self._active_jobs) >= self.max_jobs:
                    return
                job = self._queue.popleft()
                self._active_jobs.add(job)


class CallersThread(Workers):
    """A pool that runs each job at once, in the thread that submits it: for accounts that answer without waiting."""

    def __init__(self) -> None:
        super().__init__(max_jobs=1)

    def submit(self, work: Callable[[Job], None]) -> Job:
        job = Job(work)
        job.run()
        return job
