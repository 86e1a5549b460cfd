"""Threads beside those of the server, for handlers that may outlive the requests that began them."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from ._threads import Bell
from .renewal import anew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Beside", "Task"]

_LIMIT = 64
"""Threads of one route. What comes while all of them are busy waits for one, and its sender for the answer."""
_IDLE_SECONDS = 60.0
"""Long enough for a route that is used at all; what a burst has left ends with the calls that come later."""
_ONE = (1).to_bytes(8, sys.byteorder)

_all: weakref.WeakSet[_Pool] = weakref.WeakSet()


class Task:
    """A call in another thread."""

    __slots__ = ("_arguments", "_call", "_error", "_over", "_value")

    def __init__(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Hold a call."""
        self._call: Callable[..., Any] | None = call
        self._arguments = arguments
        self._value: Any = None
        self._error: BaseException | None = None
        self._over = threading.Lock()
        self._over.acquire()

    def do(self) -> None:
        """Make the call, and keep what came of it."""
        call, arguments = self._call, self._arguments
        # Nothing of a request may live on in what is kept of it.
        self._call, self._arguments = None, ()
        try:
            self._value = call(*arguments) if call is not None else None
        except BaseException as error:
            self._error = error

    def end(self) -> None:
        """Wake the thread that waits for it."""
        self._over.release()

    def wait(self, seconds: float) -> bool:
        """Tell whether it has ended, and wait for that. One thread may ask, once."""
        return self._over.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))

    def result(self) -> Any:
        """Return what the call returned, or raise what it raised."""
        if self._error is not None:
            try:
                raise self._error
            finally:
                # The traceback holds this frame, and with it the task.
                self._error = None
        return self._value


class _Lock(Bell):
    __slots__ = ()

    def close(self) -> None:
        """Hold nothing that would have to be closed."""


class _Counter:
    """The same with an eventfd of Linux.

    Whoever writes to it lets go of the interpreter meanwhile, so that the thread which wakes does not wait for that
    at once. That is half of what it takes to have something done by another thread.
    """

    __slots__ = ("_descriptor",)

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_CLOEXEC)

    def ring(self) -> None:
        os.write(self._descriptor, _ONE)

    def wait(self) -> None:
        os.read(self._descriptor, 8)

    def close(self) -> None:
        os.close(self._descriptor)


def _bell() -> _Lock | _Counter:
    # Where threads are no threads, as with gevent, a call of the system would hold up all of them.
    if hasattr(os, "eventfd") and type(threading.Lock()).__module__ == "_thread":
        try:
            return _Counter()
        except OSError:
            # This process has too many open files.
            pass
    return _Lock()


class _Thread:
    """A thread, and what it does next."""

    __slots__ = ("bell", "since", "task", "thread")

    def __init__(self, task: Task) -> None:
        self.task: Task | None = task
        self.bell = _bell()
        self.since = 0.0
        self.thread: threading.Thread | None = None


class Beside:
    """Threads that are woken once for a call, and wake once who waits for it. A forked process makes its own.

    They end with it, or with the program, which waits for those that are busy; and of those that have been idle for a
    minute one ends with each call that needs none of them.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._pool: _Pool = _Pool()
        self.begin: Callable[..., Task] = self._pool.begin
        """Make a call in another thread, and return it while it is under way."""
        weakref.finalize(self, self._pool.retire).atexit = False


class _Pool:
    def __init__(self) -> None:
        self._threads: set[_Thread] = set()
        self.begin_anew()
        anew_after_fork(self)
        _all.add(self)

    def begin_anew(self) -> None:
        for own in self._threads:
            own.bell.close()
        # Garbage is collected anywhere, and with it another end may come than that of this call.
        self._lock = threading.RLock()
        self._idle: list[_Thread] = []
        self._threads = set()
        self._waiting: deque[Task] = deque()
        self._ending = False

    def begin(self, call: Callable[..., Any], *arguments: Any) -> Task:
        task = Task(call, arguments)
        own: _Thread | None = None
        old: _Thread | None = None
        new: _Thread | None = None
        try:
            with self._lock:
                idle, long_ago = self._idle, time.monotonic() - _IDLE_SECONDS
                if idle:
                    # The one that was busy last. Nothing is called here: Ctrl-C comes before all of it or after.
                    own = idle[-1]
                    own.task = task
                    del idle[-1]
                    if idle and idle[0].since < long_ago:
                        old = idle[0]
                        del idle[0]
                elif len(self._threads) < _LIMIT:
                    new = _Thread(task)
                    self._threads.add(new)
                else:
                    self._waiting.append(task)
        finally:
            # Not while the lock is held, which is the first thing that the other thread needs afterwards.
            if own is not None:
                own.bell.ring()
            if old is not None:
                # Rung for without a task, it ends.
                old.bell.ring()
            if new is not None:
                self._start(new)
        return task

    def _start(self, own: _Thread) -> None:
        try:
            own.thread = threading.Thread(target=self._work, args=(own,), name="didit-webhook", daemon=True)
            own.thread.start()
        except RuntimeError:
            # There is none. What else is raised here comes from outside, and the thread may have begun.
            self._forget(own)
            raise

    def retire(self) -> None:
        """Let the threads end, those that are busy when they are not any more."""
        with self._lock:
            self._ending = True
            while self._idle:
                self._idle.pop().bell.ring()

    def finish(self) -> None:
        """Let them end, and wait for that."""
        self.retire()
        with self._lock:
            threads = [own.thread for own in self._threads]
        for thread in threads:
            if thread is not None and thread.ident is not None:
                thread.join()

    def _work(self, own: _Thread) -> None:
        while own.task is not None:
            task, own.task = own.task, None
            task.do()
            with self._lock:
                if self._waiting:
                    own.task = self._waiting.popleft()
                    idle = False
                else:
                    own.since, idle = time.monotonic(), not self._ending
                    if idle:
                        self._idle.append(own)
            task.end()
            # Nothing of the request may live on until the next one.
            del task
            if idle:
                own.bell.wait()
        self._forget(own)

    def _forget(self, own: _Thread) -> None:
        with self._lock:
            self._threads.discard(own)
        own.bell.close()


def _finish_all() -> None:
    for pool in list(_all):
        pool.finish()


# Handlers that are under way when the program ends are waited for, as those of an executor are, before anything that
# they may use is taken down. Only the private function comes that early.
getattr(threading, "_register_atexit", atexit.register)(_finish_all)
