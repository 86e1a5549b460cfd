"""What is to happen after some seconds unless it is cancelled before, as nearly all of it is."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Deadline", "Deadlines"]


class Deadline:
    """A call that is to happen at a time."""

    __slots__ = ("call", "when")

    def __init__(self, when: float, call: Callable[[], None]) -> None:
        """Hold a call until a time of the monotonic clock."""
        self.when: float = when
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Let it not happen."""
        self.call = None

    def come(self) -> None:
        """Let it happen."""
        call, self.call = self.call, None
        if call is not None:
            call()


class Deadlines:
    """Deadlines of an event loop that come in the order in which they are set: one timer does for all of them.

    To set a timer of the loop and to cancel it takes several times as long.
    """

    def __init__(self) -> None:
        """Have none."""
        self._queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue] = weakref.WeakKeyDictionary()

    def set(self, when: float, call: Callable[[], None]) -> Deadline:
        """Have the running loop call at a time of the monotonic clock."""
        loop = asyncio.get_running_loop()
        queue = self._queues.get(loop)
        if queue is None:
            queue = self._queues[loop] = _Queue(loop)
        deadline = Deadline(when, call)
        queue.add(deadline)
        return deadline


class _Queue:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._deadlines: deque[Deadline] = deque()
        self._armed = False

    def add(self, deadline: Deadline) -> None:
        deadlines = self._deadlines
        while deadlines and deadlines[0].call is None:
            deadlines.popleft()
        if deadlines and deadline.when < deadlines[-1].when:
            self._arm(deadline.when, deadline.come)
            return
        deadlines.append(deadline)
        if not self._armed:
            self._armed = True
            self._arm(deadline.when, self._come)

    def _arm(self, when: float, call: Callable[[], None]) -> None:
        loop = self._loop()
        if loop is not None:
            loop.call_later(max(0.0, when - time.monotonic()), call)

    def _come(self) -> None:
        now, deadlines = time.monotonic(), self._deadlines
        try:
            while deadlines and (deadlines[0].call is None or deadlines[0].when <= now):
                deadlines.popleft().come()
        finally:
            self._armed = bool(deadlines)
            if deadlines:
                self._arm(deadlines[0].when, self._come)
