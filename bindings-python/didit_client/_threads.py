"""Threads on demand for the calls of one `AsyncDidit`."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_THREADS = 256
# Long enough for the next request of a busy server, short enough that a burst leaves nothing behind.
IDLE_SECONDS = 5.0


class Threads:
    """At most 256 threads, none before they are needed; each ends when it has been idle for some seconds."""

    def __init__(self, limit: int = MAX_THREADS, idle_seconds: float = IDLE_SECONDS) -> None:
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        # Waiting at a queue takes no Python code, which a condition is made of.
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        # Threads at the queue for which no job is on its way there, and jobs in it that came when there was none.
        self._waiting = 0
        self._delayed = 0
        self._running = 0

    def submit(self, job: Callable[[], None]) -> bool:
        """Run a job, which must not raise, on an idle thread, a new one, or the next that is free.

        Tells whether there is a thread for it at once.
        """
        with self._lock:
            is_new = not self._waiting and self._running < self._limit
            is_free = is_new or self._expect()
            if is_new:
                self._running += 1
        if is_new:
            try:
                # A daemon, because calls that are pending at the end of the program are ended by `finish`.
                threading.Thread(target=self._work, args=(job,), name="didit-client", daemon=True).start()
                return True
            except RuntimeError:
                # There is none. What else is raised here comes from outside, and the thread may have begun.
                with self._lock:
                    self._running -= 1
                    if not self._running:
                        raise
                    is_free = self._expect()
        self._jobs.put(job)
        return is_free

    def _expect(self) -> bool:
        """Count a job that is about to be queued, and tell whether a thread waits for it."""
        if self._waiting:
            self._waiting -= 1
            return True
        self._delayed += 1
        return False

    def _work(self, job: Callable[[], None] | None) -> None:
        while job is not None:
            job()
            # Nothing of the call may live on until the next one.
            del job
            with self._lock:
                if self._delayed:
                    self._delayed -= 1
                else:
                    self._waiting += 1
            job = self._next()

    def _next(self) -> Callable[[], None] | None:
        while True:
            try:
                return self._jobs.get(timeout=self._idle_seconds)
            except Empty:
                with self._lock:
                    # Where a job is on its way to each of those that wait, one of them is this thread's.
                    if self._waiting:
                        self._waiting -= 1
                        self._running -= 1
                        return None

    def count(self) -> int:
        """Return how many threads there are."""
        with self._lock:
            return self._running
