"""Receive Didit's webhooks with FastAPI."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ._missing import missing_framework

try:
    from fastapi import Depends
    from fastapi.openapi.models import APIKey
    from fastapi.openapi.models import SecurityBase as SecurityModel
    from fastapi.security.base import SecurityBase
    from starlette.requests import Request
except ImportError as _cause:
    raise missing_framework(_cause, __name__, "FastAPI", "fastapi") from _cause

from . import _native
from ._frames import hiding, strip
from .aio import AsyncDidit
from .receiver import MEANING, STATUS, Answer, Delivery, Receiver, Refused, Unsuccessful, checked_types
from .starlette import error_handler, read_delivery, response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from typing import Self, Unpack

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .deadlines import Deadline
    from .receiver import ReceiverOptions
    from .store.protocol import AnyStore
    from .types import Secrets

__all__ = ["DiditWebhook", "client", "error_handler", "lifespan"]

_WATCH = "didit_client.watch"
_START = "http.response.start"


def _of_environment() -> AsyncDidit:
    if not os.environ.get("DIDIT_API_KEY"):
        raise _native.error("missing_api_key")
    return AsyncDidit()


def lifespan(
    make: Callable[[], AsyncDidit] = _of_environment,
) -> Callable[[Any], AbstractAsyncContextManager[dict[str, AsyncDidit]]]:
    """Make the API client when the application starts, in each worker, and close it when that ends.

    An application with a lifespan of its own enters this one there,
    and adds what it yields to its own state.

    Args:
        make: makes the client; by default of what the environment says, and without `DIDIT_API_KEY` there the
            application does not start.

    Example:
        app = FastAPI(lifespan=lifespan())

        @app.post("/verify")
        async def verify(didit: Annotated[AsyncDidit, Depends(client)]): ...
    """

    @asynccontextmanager
    async def live(_app: Any) -> AsyncIterator[dict[str, AsyncDidit]]:
        async with make() as made:
            yield {"didit_client": made}

    return live


def client(request: Request) -> AsyncDidit:
    """Depend on the API client that `lifespan` has made."""
    made = getattr(request.state, "didit_client", None)
    if not isinstance(made, AsyncDidit):
        raise RuntimeError("there is no client: the application needs lifespan=didit_client.fastapi.lifespan()")
    return made


class DiditWebhook(Receiver):
    """A webhook route of a FastAPI application.

    The route's function runs once for each event. While it runs it holds a claim, which is recorded as done before
    a 2xx is sent, and given back if the function raises or answers anything else.

    Example:
        app = FastAPI()
        didit = DiditWebhook(app, os.environ.get("DIDIT_WEBHOOK_SECRET"), store=SQLiteStore("didit.db"))

        @app.post("/webhooks/didit", responses=didit.responses)
        async def webhook(event: Annotated[Event, didit.event()]): ...
    """

    _hands_errors_on = True

    def __new__(cls, *given: object, **_named: object) -> Self:
        """Say that the application comes first, where something else does."""
        # A class of the program's own may take other arguments, and a copy is made of none.
        if given and cls.__init__ is DiditWebhook.__init__ and not hasattr(given[0], "user_middleware"):
            form = f"{cls.__name__}(app, secrets, store=...)"
            raise TypeError(f"app must be the FastAPI application, not {type(given[0]).__name__}: {form}")
        return super().__new__(cls)

    @hiding
    def __init__(
        self,
        app: FastAPI,
        secrets: Secrets | Callable[[Request], Any] | None,
        *,
        store: AnyStore,
        **options: Unpack[ReceiverOptions],
    ) -> None:
        """Set the route up in an application.

        Args:
            app: the application; its exception handlers and middleware get one entry each.
            secrets: the destination's secret, several, or a function of the request.
            store: where the events that are done are remembered.
            options: as for `Receiver`.
        """
        if not hasattr(app, "user_middleware"):
            raise TypeError(f"app must be the FastAPI application, not {type(app).__name__}")
        super().__init__(secrets, store=store, **options)
        app.add_exception_handler(Refused, _refused)
        present: list[Any] = [middleware.cls for middleware in app.user_middleware]
        if Watcher not in present:
            app.add_middleware(Watcher)

    @property
    def responses(self) -> dict[int | str, dict[str, Any]]:
        """What the route can answer, for OpenAPI."""
        by_handler = self.hand_off is None
        named = ["body_too_large", "unsupported_encoding", "body_consumed", "in_flight", "store_unavailable"]
        named += ["handler_failed", "slow"] if by_handler else ["hand_off_failed"]
        shown: dict[int | str, dict[str, Any]] = {
            400: _shown("the body is not what Didit sends", {"error": "body_not_object"}),
            401: _shown("not signed by Didit, or not now", {"error": "signature_mismatch"}),
        }
        if not by_handler:
            done = {"received": True, "duplicate": False, "type": "status.updated", "outcome": "granted"}
            shown[202] = _shown(MEANING["accepted"], {**done, "scheme": "v2"})
        for status in sorted({STATUS[name] for name in named}):
            names = [name for name in named if STATUS[name] == status]
            shown[status] = _shown("; or ".join(MEANING[name] for name in names), {"error": names[0]})
        return shown

    def event(self, *types: type[Any]) -> Any:
        """Depend on the event, in `Annotated` or as the default of a parameter.

        Args:
            types: classes of events that the function takes, such as `StatusUpdated`; others are acknowledged
                without it. None: all.

        Raises:
            TypeError: something else than such classes.
        """
        return Depends(Arrival(self, lambda delivery: delivery.event, checked_types(types)))

    def delivery(self, *types: type[Any]) -> Any:
        """Depend on the delivery: the event, the verdict, the claim."""
        return Depends(Arrival(self, lambda delivery: delivery, checked_types(types)))


def _shown(text: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"example": example}}}


class Arrival(SecurityBase):
    """The dependency: verifies, and claims. OpenAPI shows it as the signature that the route asks for."""

    def __init__(self, receiver: DiditWebhook, give: Callable[[Delivery], Any], types: tuple[type[Any], ...]) -> None:
        """Depend on a receiver."""
        self.model: SecurityModel = APIKey.model_validate({"in": "header", "name": "X-Signature-V2"})
        self.scheme_name: str = "DiditSignature"
        self._receiver = receiver
        self._give = give
        self._types = types

    async def __call__(self, request: Request) -> Any:
        """Return the event, or raise `Refused`."""
        watch: Watch | None = request.scope.get(_WATCH)
        if watch is None:
            raise RuntimeError("the DiditWebhook was made for another application than the one that serves the route")
        receiver = self._receiver
        try:
            delivery = await read_delivery(receiver, request)
        except BaseException as error:
            # The application's own dependencies see it, and what watches them.
            strip(error)
            raise
        if self._types and not isinstance(delivery.event, self._types):
            raise Refused(receiver.answer("ignored", delivery))
        await receiver.begin_async(delivery)
        watch.claimed(receiver, delivery)
        if receiver.hand_off is not None:
            raise Refused(await watch.hand_off(receiver, delivery))
        return self._give(delivery)


# Older versions of FastAPI do not find out what the name of an annotation means where it is an object that is called.
Arrival.__call__.__annotations__["request"] = Request


class Watcher:
    """Middleware that ends a claim before the answer goes out, and answers for a slow handler."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch requests; whatever does not depend on a delivery passes through."""
        if scope["type"] != "http" or scope["method"] != "POST" or _WATCH in scope:
            await self._app(scope, receive, send)
            return
        watch = scope[_WATCH] = Watch(send)
        try:
            await self._app(scope, receive, watch.send)
        except BaseException as error:
            # Its headers are in the scope.
            del scope, receive
            await watch.failed(error)
            raise
        if watch.delivery is not None:
            await watch.ended()


class Watch:
    """One request: its claim, and what is to be sent.

    FastAPI leaves dependencies with `yield` after it has sent the answer, and so it runs background tasks. What they
    do is a part of the work: a database session that commits there may fail. So the answer is held back until
    the application has ended altogether.
    """

    def __init__(self, send: Send) -> None:
        """Send nothing yet."""
        self.delivery: Delivery | None = None
        self._send = send
        self._receiver: Receiver | None = None
        self._held: list[Message] = []
        self._answered = False
        self._timer: Deadline | None = None
        self._slow_answer: asyncio.Task[None] | None = None

    def claimed(self, receiver: Receiver, delivery: Delivery) -> None:
        """Take a claim over, and set the clock for a slow handler."""
        self._receiver, self.delivery = receiver, delivery
        self._timer = receiver.deadlines.set(delivery._started + receiver.slow_after, self._slow)

    async def send(self, message: Message) -> None:
        """Pass a message on, or hold it back while there is a claim."""
        if self.delivery is not None:
            self._held.append(message)
        elif not self._answered:
            await self._send(message)

    async def ended(self) -> None:
        """Record what became of the event, and send what the application has answered, or our own answer."""
        status = self._held[0].get("status", 0) if self._held else 0
        success = 200 <= status < 300
        answer = await self._end(None if success else Unsuccessful(status))
        if answer.status >= 400 and status < 500:
            await self._answer(answer)
        elif not self._answered:
            self._answered = True
            for message in self._held:
                await self._send(message)

    async def failed(self, error: BaseException) -> None:
        """Give the event back: the application raised."""
        if self.delivery is not None:
            await self._answer(await self._end(error))

    async def hand_off(self, receiver: Receiver, delivery: Delivery) -> Answer:
        """Do without the route's function."""
        error: BaseException | None = None
        try:
            await receiver.hand_off_async(delivery)
        except BaseException as raised:
            error = raised
        answer = await self._end(error)
        self.delivery = None
        if error is not None and not isinstance(error, Exception):
            raise error
        return answer

    async def _end(self, error: BaseException | None) -> Answer:
        receiver, delivery = self._receiver, self.delivery
        if receiver is None or delivery is None:
            raise RuntimeError("there is no claim to end")
        try:
            return await receiver.end_async(delivery, error)
        finally:
            if self._timer is not None:
                self._timer.cancel()

    async def _answer(self, answer: Answer) -> None:
        """Send an answer of our own unless one is out."""
        if self._answered:
            return
        self._answered = True
        body = json.dumps(answer.body).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self._send({"type": _START, "status": answer.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _slow(self) -> None:
        if self._receiver is not None and not self._answered:
            answer = self._receiver.answer("slow", self.delivery)
            self._slow_answer = asyncio.ensure_future(self._answer(answer))


async def _refused(_request: Request, error: Exception) -> Any:
    return response(error.answer if isinstance(error, Refused) else Answer("handler_failed"))
