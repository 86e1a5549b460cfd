"""Receive Didit's webhooks with Starlette."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import TYPE_CHECKING, Any

from ._missing import missing_framework

try:
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import JSONResponse, Response
except ImportError as _cause:
    raise missing_framework(_cause, __name__, "Starlette", "starlette") from _cause

from . import _native
from .receiver import Answer, Delivery, Receiver, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


__all__ = ["DiditEndpoint", "read_delivery", "response"]


class DiditEndpoint(Receiver):
    """A webhook route of a Starlette application. The arguments are those of `Receiver`.

    Example:
        didit = DiditEndpoint(os.environ.get("DIDIT_WEBHOOK_SECRET"), store=SQLiteStore("didit.db"))
        app = Starlette(routes=[Route("/webhooks/didit", didit.endpoint(on_event))])
    """

    def endpoint(
        self, handler: Callable[[Any], Any], *, delivery: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that calls `handler`, a function or coroutine function, once for each event.

        Args:
            handler: takes the event (`didit_client.Event`).
            delivery: the handler takes the whole `Delivery` instead.
        """
        if not callable(handler):
            raise TypeError(f"handler must be a function of the event, not {type(handler).__name__}")
        is_async = inspect.iscoroutinefunction(handler)

        async def handle(arrived: Delivery) -> None:
            argument: Any = arrived if delivery else arrived.event
            await (handler(argument) if is_async else run_in_threadpool(handler, argument))

        async def endpoint(request: Request) -> Response:
            try:
                arrived = await read_delivery(self, request)
            except Refused as refused:
                return response(refused.answer)
            return response(await self.run_async(arrived, handle))

        return endpoint


async def read_delivery(receiver: Receiver, request: Request) -> Delivery:
    """Read and verify a request; raise `Refused` with the answer unless Didit sent it."""
    headers = request.scope["headers"]
    encoding, length = None, None
    for name, value in headers:
        # An ASGI server writes the names of headers in small letters.
        if name == b"content-length":
            length = value.decode("latin-1") if length is None else length
        elif name == b"content-encoding":
            encoding = value.decode("latin-1") if encoding is None else f"{encoding},{value.decode('latin-1')}"
    refusal = receiver.refuse(request.method, encoding, length)
    if refusal is not None:
        raise Refused(refusal)
    body = await read_body(receiver, request)
    if _native.body_was_read(length, len(body)):
        raise Refused(receiver.answer("body_consumed"))
    verifier = await receiver.verifier_for_async(request) if receiver.has_tenants else None
    return receiver.authenticate(body, headers, verifier)


async def read_body(receiver: Receiver, request: Request) -> bytes:
    """Read the raw bytes, and stop behind the limit."""
    chunks, length = [], 0
    waiting = Waiting(asyncio.current_task())
    # Where a middleware has taken the body from the server there comes nothing more, and no end.
    deadline = receiver.deadlines.set(time.monotonic() + receiver.slow_after, waiting.end)
    try:
        async for chunk in request.stream():
            chunks.append(chunk)
            length += len(chunk)
            if length > receiver.max_body:
                raise Refused(receiver.answer("body_too_large"))
    except ClientDisconnect:
        # Nobody reads the answer.
        raise Refused(receiver.answer("body_consumed")) from None
    except RuntimeError as error:
        # Something has read the stream before, and Starlette keeps nothing of it.
        raise Refused(receiver.answer("body_consumed")) from error
    except asyncio.CancelledError:
        if not waiting.ended():
            raise
        raise Refused(receiver.answer("body_consumed")) from None
    finally:
        deadline.cancel()
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class Waiting:
    """A task that waits for a body, and is told when it has waited long enough."""

    __slots__ = ("_has_ended", "_task")

    def __init__(self, task: asyncio.Task[Any] | None) -> None:
        """Belong to the task."""
        self._task = task
        self._has_ended = False

    def end(self) -> None:
        """Let the task wait no longer."""
        if self._task is not None:
            self._has_ended = self._task.cancel()

    def ended(self) -> bool:
        """Tell whether that is why it was cancelled, and by nobody else; the task then goes on."""
        return self._has_ended and self._task is not None and self._task.uncancel() == 0


def response(answer: Answer) -> Response:
    """Return the answer as Starlette sends it."""
    return JSONResponse(answer.body, answer.status, answer.headers)
