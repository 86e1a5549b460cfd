"""Receive Didit's webhooks with Starlette."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
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
from ._frames import strip
from ._stack import stack_of
from .errors import DiditError
from .receiver import Answer, Delivery, Receiver, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Generator


__all__ = ["DiditEndpoint", "error_handler", "read_delivery", "response"]

logger: logging.Logger = logging.getLogger("didit_client")


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
            except BaseException as error:
                # What watches the application sees it.
                strip(error)
                raise
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
    reading = read_body(receiver, request)
    try:
        waits_for = reading.send(None)
    except StopIteration as ended:
        # Most bodies are there already.
        body = ended.value
    else:
        body = await InTime(receiver, reading, waits_for)
    if _native.body_was_read(length, len(body)):
        raise Refused(receiver.answer("body_consumed"))
    # Where Starlette itself keeps what it has read: the route may ask for it again.
    request._body = body
    verifier = await receiver.verifier_for_async(request) if receiver.has_tenants else None
    return receiver.authenticate(body, headers, verifier)


async def read_body(receiver: Receiver, request: Request) -> bytes:
    """Read the raw bytes, and stop behind the limit."""
    chunks, length = [], 0
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
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class InTime:
    """Goes on with reading a body that has to be waited for, and gives up after some time.

    Where a middleware has taken the body from the server there comes nothing more, not even its end.
    """

    def __init__(self, receiver: Receiver, reading: Coroutine[Any, Any, bytes], waits_for: Any) -> None:
        """Wait for nothing yet.

        Args:
            receiver: says how long, and gives the answer.
            reading: what has begun.
            waits_for: what it waits for.
        """
        self._receiver = receiver
        self._reading = reading
        self._waits_for = waits_for
        self._task: asyncio.Task[Any] | None = asyncio.current_task()
        self._has_ended = False

    def __await__(self) -> Generator[Any, Any, bytes]:
        """Return the body."""
        waits_for = self._waits_for
        deadline = self._receiver.deadlines.set(time.monotonic() + self._receiver.slow_after, self._end)
        try:
            while True:
                try:
                    sent = yield waits_for
                except BaseException as error:
                    waits_for = self._reading.throw(error)
                else:
                    waits_for = self._reading.send(sent)
        except StopIteration as ended:
            body: bytes = ended.value
            return body
        except asyncio.CancelledError:
            if not self._has_ended or self._task is None or self._task.uncancel() > 0:
                raise
            raise Refused(self._receiver.answer("body_consumed")) from None
        finally:
            deadline.cancel()

    def _end(self) -> None:
        if self._task is not None:
            self._has_ended = self._task.cancel()


async def error_handler(_request: Request, error: Exception) -> Response:
    """Answer an error of this package that a route of your own raised, and log it once.

    The answer is `{"error": code}` with the status of the code. The logger `didit_client` gets what happened, the
    hint and, for 5xx, where the call was made: nothing that the call sent, and no key.

    Example:
        app.add_exception_handler(DiditError, error_handler)
    """
    if not isinstance(error, DiditError):
        raise error
    is_fault = error.http_status >= 500
    stack = stack_of(error) if is_fault else ""
    found = {name: getattr(error, name, None) for name in ("status", "request_id", "attempts")}
    facts = {"code": error.code, **{name: value for name, value in found.items() if value is not None}}
    if stack:
        facts["stack"] = stack
    said = told(error, facts.get("status"))
    text = f"{said}\n{stack}" if stack else said
    logger.log(logging.ERROR if is_fault else logging.WARNING, "%s", text, extra={"didit": facts})
    return JSONResponse({"error": error.code}, error.http_status)


def told(error: DiditError, status: Any) -> str:
    """Return an error without the words of Didit's answer, which may repeat what was sent."""
    if status is None:
        return str(error)
    place = re.search(r" \([\w.]+ at [^\s()]+\)$", str(error).removesuffix(error.hint).rstrip(". "))
    return f"{error.code}: Didit answered {status}{place[0] if place else ''}. {error.hint}"


def response(answer: Answer) -> Response:
    """Return the answer as Starlette sends it."""
    return JSONResponse(answer.body, answer.status, answer.headers)
