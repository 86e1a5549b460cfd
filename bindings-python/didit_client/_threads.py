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


class Bell:
    """Lets a thread wait until it is rung for."""

    # A lock is all: the queues of the standard library cost more, and a `SimpleQueue` of CPython 3.11 may not notice
    # that its time is up.
    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wake the thread, once for each time that it waits."""
        self._lock.release()

    def wait(self, seconds: float = -1) -> bool:
        """Tell whether somebody has rung in that time, -1 for ever."""
        return self._lock.acquire(timeout=seconds)


class _Seat(Bell):
    """Where a thread waits for what it does next."""

    __slots__ = ("job",)

    def __init__(self) -> None:
        super().__init__()
        self.job: Callable[[], None] | None = None


class Threads:
    """At most 256 threads, none before they are needed; each ends when it has been idle for some seconds.

    Whoever starts a thread waits until that runs, in which time an event loop does nothing else. So only the first one
    is started by who brings a job; when that does not do, one more thread starts the others.
    """

    def __init__(self, limit: int = MAX_THREADS, idle_seconds: float = IDLE_SECONDS) -> None:
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        # Those that have nothing to do, the last to come last, and jobs that came when there was none.
        self._idle: list[_Seat] = []
        self._jobs: deque[Callable[[], None]] = deque()
        # Threads there are and those that are about to be started, and how many of them are.
        self._running = 0
        self._wanted = 0
        # Whether there is who starts them, and where that waits, if it does.
        self._is_attended = False
        self._attendant: Bell | None = None

    def submit(self, job: Callable[[], None]) -> bool:
        """Run a job, which must not raise, on an idle thread, a new one, or the next that is free.

        Tells whether there is a thread for it at once.
        """
        rung: Bell | None = None
        is_first = is_unattended = False
        try:
            with self._lock:
                # Where something is taken, nothing is called: Ctrl-C comes before all of it or after.
                idle, jobs = self._idle, self._jobs
                if idle:
                    seat = idle[-1]
                    seat.job, rung = job, seat
                    del idle[-1]
                    return True
                is_first = not self._running
                if is_first:
                    self._running = 1
                else:
                    jobs.append(job)
                    if self._running < self._limit:
                        self._running += 1
                        self._wanted += 1
                        rung, self._attendant = self._attendant, None
                        is_unattended = not self._is_attended
                        self._is_attended = True
        finally:
            if rung is not None:
                rung.ring()
        if is_first:
            self._start(job)
        elif is_unattended:
            self._attend()
        return is_first

    def _start(self, job: Callable[[], None] | None) -> None:
        try:
            # A daemon, because calls that are pending at the end of the program are ended by `finish`.
            threading.Thread(target=self._work, args=(job,), name="didit-client", daemon=True).start()
        except RuntimeError:
            # There is none. What else is raised here comes from outside, and the thread may have begun.
            with self._lock:
                self._running -= 1
            raise

    def _attend(self) -> None:
        try:
            threading.Thread(target=self._start_others, name="didit-client", daemon=True).start()
        except RuntimeError:
            # The machine gives no more threads. Jobs are for the next of ours that is free.
            with self._lock:
                self._is_attended = False
                self._running -= self._wanted
                self._wanted = 0

    def _start_others(self) -> None:
        own = Bell()
        while True:
            with self._lock:
                is_wanted = self._wanted > 0
                if is_wanted:
                    self._wanted -= 1
                else:
                    self._attendant = own
            if is_wanted:
                try:
                    self._start(None)
                except RuntimeError:
                    # As above.
                    continue
            elif not own.wait(self._idle_seconds):
                with self._lock:
                    if self._attendant is own:
                        self._attendant, self._is_attended = None, False
                        return
                # Somebody is about to ring.
                own.wait()

    def _work(self, job: Callable[[], None] | None) -> None:
        seat = _Seat()
        if job is None:
            job = self._rest(seat)
        while job is not None:
            job()
            # Nothing of the call may live on until the next one.
            del job
            job = self._rest(seat)

    def _rest(self, seat: _Seat) -> Callable[[], None] | None:
        """Wait for the next job; for none if the thread shall end."""
        with self._lock:
            if self._jobs:
                return self._jobs.popleft()
            self._idle.append(seat)
        if not seat.wait(self._idle_seconds):
            with self._lock:
                if seat in self._idle:
                    self._idle.remove(seat)
                    self._running -= 1
                    return None
            # Somebody is about to ring.
            seat.wait()
        job, seat.job = seat.job, None
        return job

    def count(self) -> int:
        """Return how many threads there are."""
        with self._lock:
            return self._running
