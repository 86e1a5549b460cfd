"""Calls of a store that come while others are under way are sent together with those that come meanwhile.

A client that waits for each answer before it sends the next request spends nearly all of its time on that. What is
asked for in the same turn of an event loop, or by other threads while a round trip is under way, goes out as one
batch. A call that is alone waits for nobody.

A batch that takes longer than `PATIENCE` does not hold up those that come after it: they go out beside it, on
another connection.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..renewal import anew_after_fork
from .protocol import unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

__all__ = ["LoopBatches", "ThreadBatches", "failures"]

T = TypeVar("T")

PATIENCE = 0.05
"""Seconds for which calls wait for the batch before them."""
_LARGEST = 128
"""Calls in a batch. More gain nothing, and their answers would come late."""


class ThreadBatches(Generic[T]):
    """Batches among threads: whoever finds nothing under way leads, and sends what has gathered."""

    def __init__(self, send: Callable[[Sequence[T]], Sequence[Any]], give_up_after: float) -> None:
        """Gather calls.

        Args:
            send: takes calls, and returns what became of each: an answer, or an exception. If it raises, nobody
                knows what became of any.
            give_up_after: seconds after which a call that another thread has sent is taken for lost.
        """
        self._send = send
        self._give_up_after = give_up_after
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        """Have nothing under way: in a forked child, whose parent's threads do not exist."""
        self._lock = threading.Lock()
        self._waiting: list[_Follower[T]] = []
        self._under_way: set[_Follower[T]] = set()
        self._latest = 0.0

    def ask(self, call: T) -> Any:
        """Send a call, alone or with others, and return its own answer or raise its own exception."""
        own = _Follower(call)
        try:
            try:
                with self._lock:
                    self._waiting.append(own)
                    if not self._under_way or self._is_late():
                        self._take(own)
                if own.others is None:
                    self._follow(own)
                if own.others is not None:
                    self._lead(own, own.others)
            finally:
                self._end(own)
        except BaseException:
            # Ctrl-C may have come in the midst of that, too.
            self._end(own)
            raise
        if isinstance(own.outcome, BaseException):
            raise own.outcome
        return own.outcome

    def _is_late(self) -> bool:
        return time.monotonic() - self._latest > PATIENCE

    def _take(self, own: _Follower[T]) -> None:
        """Let a thread have what waits, as much as a batch may be."""
        self._under_way.add(own)
        self._latest = time.monotonic()
        others, left = list[_Follower[T]](), list[_Follower[T]]()
        for follower in self._waiting:
            if follower is not own:
                # One that has been told to lead is about to take a batch of its own.
                (left if follower.leads or len(others) >= _LARGEST - 1 else others).append(follower)
        # Nothing is called between these two, so that no interruption comes there: nobody is in both or in neither.
        own.others, self._waiting = others, left

    def _lead(self, own: _Follower[T], others: list[_Follower[T]]) -> None:
        try:
            own.outcomes = self._send([own.call, *(follower.call for follower in others)])
        except Exception as failure:
            own.outcomes = failures(failure, 1 + len(others))

    def _end(self, own: _Follower[T]) -> None:
        """Tell those of whose calls this thread has taken charge, and let the next lead; once more changes nothing."""
        if own.others is not None:
            # What ends this thread in the middle of it, such as Ctrl-C, is its own.
            batch, outcomes = [own, *own.others], own.outcomes
            if len(outcomes) != len(batch):
                outcomes = failures(_lost(), len(batch))
            for follower, outcome in zip(batch, outcomes, strict=True):
                follower.outcome = outcome
                if follower.woken.locked():
                    follower.woken.release()
        elif own.outcome is not _PENDING:
            return
        with self._lock:
            if own.others is None and own in self._waiting:
                self._waiting.remove(own)
            self._under_way.discard(own)
            if own.others is not None or own.leads:
                self._pass_on()
            own.others, own.leads = None, False

    def _pass_on(self) -> None:
        """Let the first of those that wait lead. It takes its batch when it runs, and finds more in it by then."""
        if self._waiting and not self._waiting[0].leads:
            first = self._waiting[0]
            first.leads = True
            self._under_way.add(first)
            first.woken.release()

    def _follow(self, own: _Follower[T]) -> None:
        """Wait until another thread has sent the call, or until this one has to lead: then take its batch."""
        deadline = time.monotonic() + self._give_up_after
        # Who was to wake it may have been interrupted just before that.
        while not own.woken.acquire(timeout=PATIENCE) and own.outcome is _PENDING:
            with self._lock:
                if own in self._waiting and (own.leads or self._is_late()):
                    self._take(own)
                    return
            if time.monotonic() > deadline:
                raise _lost()
        if own.leads:
            with self._lock:
                self._take(own)


_PENDING: Any = object()


class _Follower(Generic[T]):
    """A call, and the thread that waits for it."""

    __slots__ = ("call", "leads", "others", "outcome", "outcomes", "woken")

    def __init__(self, call: T) -> None:
        self.call = call
        self.outcome: Any = _PENDING
        self.leads = False
        self.others: list[_Follower[T]] | None = None
        """Those whose calls it sends with its own, once it has taken them."""
        self.outcomes: Sequence[Any] = ()
        self.woken = threading.Lock()
        self.woken.acquire()


class LoopBatches(Generic[T]):
    """Batches among the tasks of an event loop, for each loop apart."""

    def __init__(self, send: Callable[[Sequence[T]], Awaitable[Sequence[Any]]]) -> None:
        """Gather calls; `send` is as for `ThreadBatches`, with a coroutine."""
        self._send = send
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        """Know no loop."""
        self._turns: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns[T]] = weakref.WeakKeyDictionary()

    async def ask(self, call: T) -> Any:
        """Send a call, alone or with others, and return its own answer or raise its own exception."""
        loop = asyncio.get_running_loop()
        turns = self._turns.get(loop)
        if turns is None:
            for other in [other for other in self._turns if other.is_closed()]:
                del self._turns[other]
            turns = self._turns[loop] = _Turns(loop, self._send)
        own = _Asked(call, loop.create_future())
        turns.add(own)
        try:
            outcome = await own.future
        except asyncio.CancelledError:
            turns.leave(own)
            raise
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class _Turns(Generic[T]):
    """What one loop has to send."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, send: Callable[[Sequence[T]], Awaitable[Sequence[Any]]]
    ) -> None:
        self._loop = weakref.ref(loop)
        self._send = send
        self._waiting: list[_Asked[T]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._latest = 0.0

    def add(self, asked: _Asked[T]) -> None:
        self._waiting.append(asked)
        if not self._under_way or time.monotonic() - self._latest > PATIENCE:
            self._begin()

    def leave(self, asked: _Asked[T]) -> None:
        """Do without a call whose task was cancelled. A batch that nobody waits for any more ends."""
        if asked.batch is None:
            if asked in self._waiting:
                self._waiting.remove(asked)
        elif all(other.future.done() for other in asked.batch.asked):
            asked.batch.task.cancel()

    def _begin(self) -> None:
        """Send what waits by the time that the loop comes to it: after all that runs in this turn."""
        loop = self._loop()
        if loop is None or loop.is_closed():
            return
        self._latest = time.monotonic()
        task = loop.create_task(self._carry(loop))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _begin_late(self) -> None:
        if self._waiting:
            self._begin()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if self._waiting and not self._under_way:
            self._begin()

    async def _carry(self, loop: asyncio.AbstractEventLoop) -> None:
        asked, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
        task = asyncio.current_task(loop)
        if not asked or task is None:
            return
        batch = _Batch(asked, task)
        for each in asked:
            each.batch = batch
        timer = loop.call_later(PATIENCE, self._begin_late)
        outcomes: Sequence[Any] = ()
        try:
            outcomes = await self._send([each.call for each in asked])
        except Exception as failure:
            outcomes = failures(failure, len(asked))
        finally:
            # What ends this task, such as the end of the program, ends no other.
            outcomes = outcomes or failures(_lost(), len(asked))
            timer.cancel()
            for each, outcome in zip(asked, outcomes, strict=True):
                if not each.future.done():
                    each.future.set_result(outcome)


class _Batch(Generic[T]):
    """Calls that are under way together."""

    __slots__ = ("asked", "task")

    def __init__(self, asked: list[_Asked[T]], task: asyncio.Task[None]) -> None:
        self.asked = asked
        self.task = task


class _Asked(Generic[T]):
    """A call, and the future on which its task waits."""

    __slots__ = ("batch", "call", "future")

    def __init__(self, call: T, future: asyncio.Future[Any]) -> None:
        self.call = call
        self.future = future
        self.batch: _Batch[T] | None = None


def failures(failure: BaseException, number: int) -> list[BaseException]:
    """Return an error of its own for each call of a batch that failed: nobody knows which of them were run."""
    if number == 1:
        return [failure]
    errors = [unavailable(failure) for _ in range(number)]
    for raised in errors:
        raised.__cause__ = failure
    return errors


def _lost() -> BaseException:
    return unavailable(TimeoutError())
