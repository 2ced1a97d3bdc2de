"""Workers: threads that run jobs side by side, where a job that hangs takes no other job's place.

Python's own pool has a fixed number of threads: as many hanging jobs, and nothing else is ever done.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait

_here = threading.local()


def moves() -> None:
    """Record progress of the job of this thread, if it runs one: for example that a request was answered."""
    if job := getattr(_here, "job", None):
        job.moves()


class Job:
    """A piece of work, and its progress."""

    def __init__(self, work: Callable[[Job], None]) -> None:
        self.future: Future[None] = Future()
        self.relieved = False
        """True if its place was given to another job: it must begin nothing more."""
        self._work = work
        self._moved: float | None = None

    def moves(self) -> None:
        """Record progress: it hasn't hung so far."""
        self._moved = time.monotonic()

    def hangs(self, after: float) -> bool:
        """Return whether it has begun, and made no progress for so many seconds."""
        return self._moved is not None and time.monotonic() - self._moved > after

    def run(self) -> None:
        _here.job = self
        self.moves()
        try:
            self._work(self)
            self.future.set_result(None)
        except BaseException as failure:  # noqa: BLE001  whoever takes the result is told
            self.future.set_exception(failure)


class Workers:
    """A pool that runs a limited number of jobs at a time, those that hang not counted."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._at_work: set[Job] = set()
        self._relieved: set[Job] = set()

    def submit(self, work: Callable[[Job], None]) -> Job:
        """Run the work as soon as there is a place; it is given its own Job, which is returned."""
        job = Job(work)
        with self._lock:
            self._waiting.append(job)
            self._start()
        return job

    def relieve(self, after: float) -> None:
        """Give the places of jobs that have hung for so many seconds to jobs that wait for one.

        A job that is only slow, an upload over a bad line for example, keeps its place as long as no job waits for it.
        """
        with self._lock:
            hanging = [job for job in self._at_work if job.hangs(after)]
            for job in hanging[: len(self._waiting)]:
                job.relieved = True
                self._at_work.remove(job)
                self._relieved.add(job)
            self._start()

    def drop(self) -> None:
        """Drop the jobs that wait for a place, as done."""
        with self._lock:
            while self._waiting:
                self._waiting.popleft().future.set_result(None)

    def join(self, timeout: float | None) -> bool:
        """Wait until all jobs that have begun are done, or for so many seconds. Return whether they are done."""
        with self._lock:
            begun = [job.future for job in (*self._at_work, *self._relieved)]
        return not wait(begun, timeout).not_done

    def _start(self) -> None:
        while self._waiting and len(self._at_work) < self.most:
            job = self._waiting.popleft()
            self._at_work.add(job)
            # A daemon: a program that was told to end doesn't wait for what a server never answers.
            threading.Thread(target=self._run, args=[job], name="account", daemon=True).start()

    def _run(self, job: Job) -> None:
        while True:
            job.run()
            with self._lock:
                self._relieved.discard(job)
                self._at_work.discard(job)
                if job.relieved or not self._waiting or len(self._at_work) >= self.most:
                    return
                job = self._waiting.popleft()
                self._at_work.add(job)
