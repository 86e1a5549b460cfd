"""Threads on demand for the calls of one `AsyncDidit`."""

from __future__ import annotations

import threading
from collections import deque
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
        self._condition = threading.Condition(threading.Lock())
        self._jobs: deque[Callable[[], None]] = deque()
        self._waiting = 0
        self._running = 0

    def submit(self, job: Callable[[], None]) -> bool:
        """Run a job, which must not raise, on an idle thread, a new one, or the next that is free.

        Tells whether there is a thread for it at once.
        """
        with self._condition:
            self._jobs.append(job)
            # Those that were notified and did not run yet still count as waiting, and have jobs to come for.
            if len(self._jobs) <= self._waiting:
                self._condition.notify()
                return True
            if self._running >= self._limit:
                return False
            self._running += 1
        try:
            # A daemon, because calls that are pending at the end of the program are ended by `finish`.
            threading.Thread(target=self._work, name="didit-client", daemon=True).start()
        except BaseException:
            with self._condition:
                self._running -= 1
                if not self._running and job in self._jobs:
                    self._jobs.remove(job)
                    raise
                return False
        return True

    def _work(self) -> None:
        while True:
            with self._condition:
                while not self._jobs:
                    self._waiting += 1
                    notified = self._condition.wait(self._idle_seconds)
                    self._waiting -= 1
                    if not notified and not self._jobs:
                        self._running -= 1
                        return
                job = self._jobs.popleft()
            job()
            # Nothing of the call may live on until the next one.
            del job

    def count(self) -> int:
        """Return how many threads there are."""
        with self._condition:
            return self._running
