"""Calls where gevent has patched the standard library: made on threads beside the hub's, so that it stays free.

Every greenlet of a server lives in one thread, and a call that waits in there would hold up all of them: their
requests, the renewal of their claims, and the sign of life that a server gives its master.
"""

from __future__ import annotations

import os
import sys
import time
from contextvars import copy_context
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import _native
from ._threads import IDLE_SECONDS, MAX_THREADS

if TYPE_CHECKING:
    from ._call import Call
    from ._native import CancelToken, Head
    from .client import Configured

__all__ = ["hub_to_keep_free", "perform_beside"]


def hub_to_keep_free() -> Any:
    """Return the hub of this thread; None where there is none, or none whose greenlets expect to go on."""
    monkey: Any = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("socket"):
        return None
    gevent: Any = sys.modules["gevent"]
    # To ask for a hub makes one, for which a thread of a pool has no use.
    find: Any = getattr(sys.modules.get("gevent._hub_local"), "get_hub_if_exists", gevent.get_hub)
    hub = find()
    # What the hub calls itself can wait for nothing.
    return None if hub is gevent.getcurrent() else hub


def perform_beside(
    hub: Any, client: Configured, call: Call, cancel: CancelToken | None, waited: float
) -> tuple[Head, bytes]:
    """Make a call on another thread, with the context of this greenlet, which alone waits for it."""
    token, asked = cancel or _native.CancelToken(), time.monotonic()
    untaken = [None]

    def work() -> tuple[Head, bytes] | BaseException:
        # What is raised here would be printed.
        try:
            untaken.pop()
            return client._perform_here(call, token, waited + time.monotonic() - asked)
        except BaseException as error:
            return error

    try:
        try:
            result = pool(hub, client).spawn(copy_context().run, work)
        except RuntimeError:
            # The machine gives no more threads, or the program ends: then there is nothing left to be held up. What
            # was to be done is in the pool's queue all the same.
            if not untaken:
                raise
            outcome = work()
        else:
            outcome = result.get()
    except BaseException:
        # The greenlet was killed, or its time is up.
        token.cancel()
        raise
    if isinstance(outcome, BaseException):
        try:
            raise outcome
        finally:
            # Its traceback holds this frame.
            del outcome
    return outcome


def pool(hub: Any, client: Configured) -> Any:
    """Return the client's threads, which only the hub's own thread may use, and no forked process."""
    shared = client._shared
    found = shared.beside_hub
    if found is None or found.hub is not hub or found.pid != os.getpid():
        threadpool: Any = import_module("gevent.threadpool")
        found = shared.beside_hub = threadpool.ThreadPool(MAX_THREADS, hub, idle_task_timeout=IDLE_SECONDS)
    return found
