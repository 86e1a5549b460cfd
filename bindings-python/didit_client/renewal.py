"""Claims are renewed while their handlers run, and none of them waits for another."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from ._threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from .receiver import Delivery
    from .store.protocol import AnyStore

__all__ = ["Renewer", "anew_after_fork"]

logger: logging.Logger = logging.getLogger("didit_client.webhook")

_HUNG_AFTER = 15 * 60 * 1000
"""Milliseconds after which a handler that has not ended is taken for hung, and its event for free."""
_AT_ONCE = 32
"""How many renewals may wait for a store that blocks: one that hangs for so many hangs for all."""

_inherited: weakref.WeakSet[Any] = weakref.WeakSet()


def anew_after_fork(thing: Any) -> None:
    """Let a thing forget in a forked child what belongs to its parent: threads, locks that they hold, claims."""
    _inherited.add(thing)


def _forked() -> None:
    for thing in list(_inherited):
        thing.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class Renewal:
    """What is known of one claim that is held."""

    __slots__ = ("delivery", "due", "loop", "running")

    def __init__(self, delivery: Delivery, due: float, loop: asyncio.AbstractEventLoop | None) -> None:
        """Renew a delivery's claim when it is due."""
        self.delivery: Delivery = delivery
        self.due: float = due
        self.loop: asyncio.AbstractEventLoop | None = loop
        self.running: bool = False


class Renewer:
    """Renews the claims of running handlers, three times in each lease.

    A store of an event loop is renewed on that loop. Threads renew all others, so that a handler that blocks the loop
    does not lose its claim. Each renewal has a thread of its own while it lasts, so that one that hangs holds up
    no other.
    """

    def __init__(self, store: AnyStore) -> None:
        """Start nothing yet."""
        self.use(store)
        self.begin_anew()
        anew_after_fork(self)

    def use(self, store: AnyStore) -> None:
        """Renew claims of a store from now on."""
        self._store: Any = store
        self._interval = store.lease / 3

    def begin_anew(self) -> None:
        """Hold no claim, and have no thread."""
        self._renewals: dict[int, Renewal] = {}
        self._threads = Threads(_AT_ONCE)
        self._lock = threading.Lock()
        self._started = False

    def add(self, delivery: Delivery, loop: asyncio.AbstractEventLoop | None) -> None:
        """Renew the delivery's claim from now on."""
        self._renewals[id(delivery)] = Renewal(delivery, time.monotonic() + self._interval, loop)
        if not self._started:
            self._start()

    def remove(self, delivery: Delivery) -> None:
        """Let the claim be."""
        self._renewals.pop(id(delivery), None)

    def _start(self) -> None:
        with self._lock:
            if self._started:
                return
            try:
                threading.Thread(target=self._run, name="didit-renewer", daemon=True).start()
            except RuntimeError as error:
                # There are too many threads. The lease begins in full, and the next claim tries again.
                self._failed(error)
            else:
                self._started = True

    def _run(self) -> None:
        while True:
            # Claims that end before their first renewal, which is nearly all, never wake this thread.
            time.sleep(self._interval / 4)
            now = time.monotonic()
            for renewal in list(self._renewals.values()):
                if renewal.delivery.milliseconds() > _HUNG_AFTER:
                    self.remove(renewal.delivery)
                # Whose transaction has recorded it needs no claim any more, and its row is locked.
                elif renewal.due <= now and not renewal.running and not renewal.delivery.completed:
                    renewal.due, renewal.running = now + self._interval, True
                    self._begin(renewal)

    def _begin(self, renewal: Renewal) -> None:
        try:
            if renewal.loop is None:
                self._threads.submit(lambda: self._end(renewal, lambda: self._store.renew(renewal.delivery.claim)))
            else:
                renewal.loop.call_soon_threadsafe(self._begin_on_loop, renewal)
        except RuntimeError as error:
            # The loop is closed, or the program ends.
            self._failed(error)
            renewal.running = False

    def _begin_on_loop(self, renewal: Renewal) -> None:
        bounded = asyncio.wait_for(self._store.renew(renewal.delivery.claim), self._store.lease)
        task = asyncio.ensure_future(bounded)
        task.add_done_callback(lambda done: self._end(renewal, done.result))

    def _end(self, renewal: Renewal, result: Callable[[], Any]) -> None:
        try:
            result()
        except (Exception, asyncio.CancelledError) as error:
            self._failed(error)
        finally:
            renewal.running = False

    def _failed(self, error: BaseException) -> None:
        # The next turn may succeed, and until the lease ends nothing is lost.
        logger.warning("webhook claim not renewed: %s", type(error).__name__)
