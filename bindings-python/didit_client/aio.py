"""`AsyncDidit`, the client for asyncio."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

from . import _native
from ._frames import hiding
from ._threads import Threads
from .answers import RawResponse
from .client import Configured
from .generated.client import AsyncResources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Unpack

    from ._call import Call
    from ._native import CancelToken, Head
    from .types import CallOptions, FileInputs
    from .views import View
    from .webhook_resource import AsyncWebhooks

    T = TypeVar("T")

__all__ = ["AsyncDidit"]


class AsyncDidit(Configured, AsyncResources):
    """The client for Didit's API under asyncio, with the methods of `Didit` as coroutines.

    A call never blocks the event loop: it runs on a thread of the client's own, up to 256 at a time, which
    ends when it is idle for some seconds. Cancelling the task ends the request itself.

    Example:
        async with AsyncDidit() as client:
            session = await client.sessions.create(vendor_data="user-123")
    """

    _prefix = "Async"

    @property
    def webhooks(self) -> AsyncWebhooks:
        """Destinations, deliveries, and `verify` with the client's secrets."""
        found = self._resources.get("webhooks")
        if found is None:
            from .webhook_resource import AsyncWebhooks

            found = self._resources["webhooks"] = AsyncWebhooks(self)
        resource: AsyncWebhooks = found
        return resource

    @hiding
    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        files: Mapping[str, FileInputs | None] | None = None,
        **options: Unpack[CallOptions],
    ) -> RawResponse:
        """Make a call that the resources do not know, with the same credentials, retries and errors.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: the path below the base URL, for example `/v3/sessions/`.
            query: parameters of the address.
            json: the body.
            files: parts of a multipart body.
            **options: options of this call.

        Raises:
            ApiError: Didit's answer is an error.
            TransportError: there was no answer.
            TypeError: an argument of the wrong type.
        """
        call = self._raw(method, path, query, json, files, options)
        return await self._run(call, lambda head, body: RawResponse(head, body))

    async def _run(self, call: Call, finish: Callable[[Head, bytes], T]) -> T:
        """Make a call on a thread of the client; `finish` makes its answer a value there."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        future: asyncio.Future[T] = loop.create_future()
        cancel = _native.CancelToken()

        def work() -> None:
            if cancel.cancelled:
                return
            try:
                value = finish(*self._perform(call, cancel, loop.time() - asked))
            except BaseException as error:
                tell(loop, future, None, error)
            else:
                tell(loop, future, value, None)

        at_once = self._threads().submit(work)
        # A thread of its own minds the time of a call; one that has to wait for a thread needs somebody else.
        timer = None if at_once else self._expiring(loop, future, cancel, call)
        try:
            return await future
        except BaseException:
            # The task was cancelled, or its time is up. To cancel what has ended does nothing.
            cancel.cancel()
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def _expiring(
        self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], cancel: CancelToken, call: Call
    ) -> asyncio.TimerHandle:
        """End a call when its time is up."""

        def expire() -> None:
            cancel.cancel()
            settle(future, None, _native.error("timeout"))

        return loop.call_later(self._shared.native().timeout(call.options), expire)

    def _threads(self) -> Threads:
        pool, process = self._shared.pool, os.getpid()
        if pool is None or pool[0] != process:
            # Threads do not survive a fork.
            pool = self._shared.pool = (process, Threads())
        return pool[1]

    @hiding
    async def healthcheck(self, **options: Unpack[CallOptions]) -> View:
        """Ask whether the API is up. It needs no key.

        Raises:
            ApiError: Didit's answer is an error.
            TransportError: there was no answer.
        """
        return await self.system.healthcheck(**options)

    async def close(self) -> None:
        """End the calls that are under way, and close the connections."""
        self._shared.close()

    async def __aenter__(self) -> Self:
        """Return the client, which is closed at the end of the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        await self.close()


def tell(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], value: T | None, error: BaseException | None
) -> None:
    """Settle a future of a loop from another thread."""
    # Where the loop was closed meanwhile, nobody waits for the outcome.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(settle, future, value, error)


def settle(future: asyncio.Future[T], value: T | None, error: BaseException | None) -> None:
    """Settle a future, unless its call was cancelled."""
    if future.done():
        return
    if error is None:
        future.set_result(value)  # type: ignore[arg-type]
    else:
        future.set_exception(error)
