"""What all adapters of web frameworks share: from a request's head to the answer.

An adapter converts: it reads the request, calls a `Receiver`, and sends the `Answer`. Which request is refused, who
may do an event, what is answered and when stands here and, where it is the same in all languages, in the core.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import logging
import time
import weakref
from contextvars import copy_context
from functools import lru_cache
from types import UnionType
from typing import TYPE_CHECKING, Any, TypedDict

from . import _native, telemetry
from ._beside import Beside
from ._frames import hiding, strip
from ._reasons import cause, database_reason
from ._stack import stack_of
from .deadlines import Deadlines
from .errors import DiditError, StoreError, WebhookError
from .events import CLASSES, BaseEvent
from .renewal import Renewer
from .store.embedded import Embedded
from .store.protocol import Claim, check, event_key
from .webhook import Verified, Verifier

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Self

    from .events import Event
    from .store.protocol import AnyStore, Store
    from .types import Body, Environment, HeaderSource, HeaderTimestamp, Plain, Scheme, Secrets, Time

__all__ = ["Answer", "Delivery", "Receiver", "ReceiverOptions", "Refused"]

logger: logging.Logger = logging.getLogger("didit_client.webhook")

STATUS: dict[str, int] = {name: status for name, status, _ in _native.answers()}
MEANING: dict[str, str] = {name: meaning for name, _, meaning in _native.answers()}
_SLOW_AFTER, _MAX_SECRETS = _native.receive_limits()
_SUCCESS = range(200, 300)


class ReceiverOptions(TypedDict, total=False):
    """The options of every adapter, which `Receiver` explains."""

    namespace: str | None
    slow_after: float
    hand_off: Callable[[Delivery], Any] | None
    schemes: Sequence[Scheme]
    max_age: int | None
    max_future: int
    header_timestamp: HeaderTimestamp
    max_body: int
    environments: Sequence[Environment] | None
    clock: Callable[[], Time] | None


class Answer:
    """What to send: a status, a JSON body, and for a wrong method the header `Allow`."""

    __slots__ = ("_body", "_delivery", "name", "status")

    def __init__(
        self,
        name: str,
        status: int | None = None,
        body: dict[str, Any] | None = None,
        delivery: Delivery | None = None,
    ) -> None:
        """Answer by the name of an answer of the core, or by an error's code and status."""
        self.name: str = name
        self.status: int = STATUS[name] if status is None else status
        self._body = body
        self._delivery = delivery

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body; it is made when it is asked for, as some adapters send the application's own."""
        if self._body is None:
            self._body = {"error": self.name} if self._delivery is None else self._delivery.received(self.name)
        return self._body

    @property
    def content(self) -> bytes:
        """The JSON body as bytes. There are only some dozen of them for all deliveries."""
        delivery = self._delivery
        if delivery is None:
            return json.dumps(self.body).encode()
        return _received(self.name, delivery.event.type, delivery.event.outcome, delivery.verified.scheme)

    @property
    def headers(self) -> dict[str, str]:
        """Further headers."""
        return {"Allow": "POST"} if self.name == "method_not_allowed" else {}

    def __repr__(self) -> str:
        """Show name and status."""
        return f"Answer({self.name!r}, {self.status})"


class Refused(Exception):  # noqa: N818 (also the answer to a duplicate)
    """The handler is not to be called; `answer` says what to send instead."""

    def __init__(self, answer: Answer) -> None:
        """Hold the answer."""
        super().__init__(answer.name)
        self.answer: Answer = answer


class Unsuccessful(Exception):  # noqa: N818
    """The application has answered with something else than 2xx."""

    def __init__(self, status: int) -> None:
        """Hold the status."""
        super().__init__(f"status {status}")
        self.status: int = status


class Delivery:
    """A genuine delivery, and the claim under which it is being done."""

    __slots__ = ("_started", "claim", "committed", "completed", "key", "receiver", "verified")

    def __init__(self, receiver: Receiver, verified: Verified) -> None:
        """Hold a verdict; receivers make them, and workers of a queue: see `Receiver.worker`."""
        self.receiver: Receiver = receiver
        """The route it came to."""
        self._started = time.monotonic()
        self.verified: Verified = verified
        self.key: str = event_key(verified)
        """What the event is remembered under: its `event_id`, or a hash where it has none."""
        self.claim: Claim | None = None
        self.completed: bool = False
        self.committed: bool = False

    @property
    def event(self) -> Event:
        """What Didit says."""
        return self.verified.event

    @property
    def attempts(self) -> int:
        """How many workers have claimed the event, this one included."""
        return self.claim.attempts if self.claim else 0

    def complete(self, connection: Any) -> Any:
        """Record that the event is done in the application's own transaction, so that both happen or neither.

        With an asynchronous store the result has to be awaited.

        Args:
            connection: the connection, cursor or session whose transaction holds the application's change.

        Raises:
            StoreError: `claim_lost`: another worker has the event; let the transaction roll back.
            TypeError: the store knows no transactions.
        """
        store: Any = self.receiver.store
        if not getattr(store, "transactional", False):
            raise TypeError(f"{type(store).__name__} cannot take part in a transaction; return, and it completes")
        if self.claim is None:
            raise RuntimeError("the delivery has not been claimed")
        self.completed = True
        return store.complete(self.claim, connection)

    def received(self, name: str) -> dict[str, Any]:
        """Return what the sender is told of it."""
        return received(name, self.event.type, self.event.outcome, self.verified.scheme)

    def facts(self) -> dict[str, Any]:
        """Return what a log may hold of it: no personal data, no secret."""
        event, verified = self.event, self.verified
        facts = {"event": self.key, "type": event.type, "outcome": event.outcome, "scheme": verified.scheme}
        return {**facts, "attempts": self.attempts, "milliseconds": self.milliseconds()}

    def milliseconds(self) -> float:
        """Return how long ago it came."""
        return round((time.monotonic() - self._started) * 1000, 1)


def received(name: str, type_: str, outcome: str, scheme: str) -> dict[str, Any]:
    """Return what the sender is told of a genuine delivery."""
    duplicate = name == "duplicate"
    return {"received": True, "duplicate": duplicate, "type": type_, "outcome": outcome, "scheme": scheme}


@lru_cache(maxsize=256)
def _received(name: str, type_: str, outcome: str, scheme: str) -> bytes:
    return json.dumps(received(name, type_, outcome, scheme)).encode()


# The first route of each store and namespace. As long as it is here it keeps its store, and the store its id.
_routes: weakref.WeakValueDictionary[tuple[int, str], Receiver] = weakref.WeakValueDictionary()


class Receiver:
    """One webhook route: how it verifies, what it remembers, and what it answers."""

    # Whether the framework gets what a handler raises, and its server prints it.
    _hands_errors_on = False

    @hiding
    def __init__(
        self,
        secrets: Secrets | Callable[[Any], Any] | None,
        *,
        store: AnyStore,
        namespace: str | None = None,
        slow_after: float = _SLOW_AFTER / 1000,
        hand_off: Callable[[Delivery], Any] | None = None,
        schemes: Sequence[Scheme] = ("v2", "raw"),
        max_age: int | None = None,
        max_future: int = 300,
        header_timestamp: HeaderTimestamp = "fresh",
        max_body: int = 1_048_576,
        environments: Sequence[Environment] | None = None,
        clock: Callable[[], Time] | None = None,
    ) -> None:
        """Set the route up.

        Args:
            secrets: as for `Verifier`, or a function of the request that returns them, for several tenants; of
                what it returns at most four are tried. Under an asynchronous framework it may be a coroutine function.
            store: where the events that are done are remembered.
            namespace: tells this route's events from those of another route with the same store: fan-out sends
                one `event_id` to every destination. Routes that take turns with the same events share it, and name it.
                None is `didit`, and a second route of one store that names none is warned about in the log.
            slow_after: seconds after which 503 is answered while the handler goes on.
            hand_off: gives the delivery to what outlives this process, such as a durable queue, instead of the handler,
                which is not called. When it has returned, 202 is answered; if it raises, 503. A function or
                coroutine function of the `Delivery`. None: the handler does the work, and 2xx waits for it.
            schemes: as for `Verifier`, like all that follow.
            max_age: seconds.
            max_future: seconds.
            header_timestamp: `fresh`, `equal` or `ignore`.
            max_body: bytes.
            environments: others are acknowledged, and do not reach the handler.
            clock: the time.

        Raises:
            ConfigurationError: `missing_secret`.
            TypeError: no store, or something else.
            ValueError: an option that makes no sense, such as a retention shorter than the window of deliveries.
        """
        methods = ("claim", "renew", "complete", "release")
        if isinstance(store, type) or not all(callable(getattr(store, name, None)) for name in methods):
            found = f"the class {store.__name__} itself" if isinstance(store, type) else type(store).__name__
            raise TypeError(
                f"store must be a store of didit_client.store, such as SQLiteStore('didit.db'), not "
                f"{found}; without one no repetition can be recognised"
            )
        if namespace is not None and not isinstance(namespace, str):
            raise TypeError(f"namespace must be str, not {type(namespace).__name__}")
        if isinstance(slow_after, bool) or not isinstance(slow_after, int | float) or not slow_after > 0:
            raise ValueError(f"slow_after must be a number of seconds, not {slow_after!r}")
        if hand_off is not None and not callable(hand_off):
            raise TypeError(f"hand_off must be a function of the delivery, not {type(hand_off).__name__}")
        self.store: AnyStore = store
        self.namespace: str = "didit" if namespace is None else namespace
        _native.store_key(self.namespace if hand_off is None else f"{self.namespace}.work", "-")
        self.slow_after: float = slow_after
        self.hand_off: Callable[[Delivery], Any] | None = hand_off
        self.max_body: int = max_body
        self._ends_well = "done" if hand_off is None else "accepted"
        self.is_async: bool = inspect.iscoroutinefunction(store.claim)
        self._options: dict[str, Any] = {
            "schemes": schemes,
            "max_age": max_age,
            "max_future": max_future,
            "header_timestamp": header_timestamp,
            "max_body": max_body,
            "environments": environments,
            "clock": clock,
        }
        self._secrets_of = secrets if callable(secrets) else None
        self.has_tenants: bool = callable(secrets)
        self._embedded = store if isinstance(store, Embedded) else None
        # With a function of the request the options are still checked now.
        self._verifier = Verifier("checks the options" if callable(secrets) else secrets, **self._options)
        age = max_age if max_age is not None else 600 if "v1" in schemes else 300
        check(store.lease, store.retention, age + max_future)
        self._verifiers: dict[tuple[Any, ...], Verifier] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._renewer = Renewer(store)
        self.deadlines: Deadlines = Deadlines()
        self._beside = Beside()
        if odd := _native.odd_slow_after(round(min(slow_after, 1e12) * 1000)):
            logger.warning("%s", odd)
        self._warn_of_another(named=namespace is not None)

    def _warn_of_another(self, *, named: bool) -> None:
        """Log that another route has the same store and namespace: it does events, and they are not done here."""
        # A store for asynchronous code may stand on one that other routes have.
        kept_in: Any = getattr(self.store, "_store", self.store)
        first = _routes.setdefault((id(kept_in), self.namespace), self)
        if first is not self and not named:
            logger.warning(
                "webhook namespace %r: another route has it with the same store, so that an event which one of them "
                "has done is a duplicate for the other; give this one a namespace of its own, or name the one "
                "that they are to share",
                self.namespace,
            )

    def _leave(self) -> None:
        """Take the route out of those that others are compared with."""
        for key, route in list(_routes.items()):
            if route is self:
                del _routes[key]

    def worker(self) -> Self:
        """Return the receiver of the worker that does what was handed off.

        It remembers which work is done under a namespace of its own, so that a queue may deliver twice:

            worker = receiver.worker()
            verified = pickle.loads(message)  # pickle.dumps(delivery.verified)
            worker.run_here(Delivery(worker, verified), handler)
        """
        worker = copy.copy(self)
        worker.namespace = f"{self.namespace}.work"
        worker.hand_off, worker._ends_well = None, "done"
        return worker

    # What is known before the body is read.

    def refuse(self, method: str, encoding: str | None, length: str | None) -> Answer | None:
        """Return the answer to a request whose method, Content-Encoding or Content-Length is reason enough."""
        name = _native.refuse_request(method, encoding, length, self.max_body)
        return None if name is None else self.answer(name)

    # Whether Didit sent it.

    def authenticate(self, body: Body, headers: HeaderSource, verifier: Verifier | None = None) -> Delivery:
        """Verify raw bytes; raise `Refused` with the answer unless Didit sent them to this route."""
        try:
            return Delivery(self, (verifier or self._verifier).verify(body, headers))
        except DiditError as error:
            del body, headers
            raise self._refused(error) from error

    def authenticate_parsed(self, payload: Plain, headers: HeaderSource, verifier: Verifier | None = None) -> Delivery:
        """Verify a body that something has parsed before; only X-Signature-V2 can vouch for it."""
        try:
            return Delivery(self, (verifier or self._verifier).verify_parsed(payload, headers))
        except DiditError as error:
            del payload, headers
            raise self._refused(error) from error

    def authenticate_as_of(self, body: Body, headers: Mapping[str, str]) -> Delivery:
        """Verify a delivery as of the time in its headers: one that Didit has kept, and an authentic source gave us."""
        stamp = headers.get("x-timestamp", "")
        now = int(stamp) if stamp.isascii() and stamp.isdigit() and len(stamp) < 12 else None
        try:
            return Delivery(self, self._verifier.verify(body, headers, now))
        except DiditError as error:
            del body, headers, stamp
            raise self._refused(error) from error

    def _refused(self, error: DiditError) -> Refused:
        name = _native.answer_to(error.code)
        if name is None:
            answer = Answer(error.code, error.http_status)
        elif STATUS[name] in _SUCCESS:
            answer = Answer(name, body={"received": True, "duplicate": False, "ignored": name})
        else:
            answer = Answer(name)
        level = logging.WARNING if isinstance(error, WebhookError) else logging.ERROR
        hint = error.hint if answer.status >= 400 else MEANING[name or ""]
        tell(level, f"{error.code}: {hint}", {"code": error.code})
        return Refused(answer)

    def verifier_for(self, request: Any) -> Verifier | None:
        """Return the verifier of the request's tenant, or None if there is one for all."""
        if self._secrets_of is None:
            return None
        return self._verifier_of(self._secrets_of(request))

    async def verifier_for_async(self, request: Any) -> Verifier | None:
        """Return the same where the function may be a coroutine function."""
        if self._secrets_of is None:
            return None
        secrets = self._secrets_of(request)
        try:
            return self._verifier_of(await secrets if inspect.isawaitable(secrets) else secrets)
        finally:
            del secrets

    def _verifier_of(self, secrets: Secrets | None) -> Verifier:
        several: Any = (secrets,) if secrets is None or isinstance(secrets, str | bytes) else secrets
        try:
            return self._verifier_of_several(tuple(several)[:_MAX_SECRETS])
        except BaseException as error:
            strip(error)
            del secrets, several
            raise

    def _verifier_of_several(self, listed: tuple[str | bytes, ...]) -> Verifier:
        verifier = self._verifiers.get(listed)
        if verifier is None:
            try:
                verifier = Verifier(list(listed), **self._options)
            except DiditError as error:
                tell(logging.ERROR, f"{error.code}: {error.hint}", {"code": error.code})
                # As the cause of the refusal it is shown with this frame.
                strip(error)
                del listed
                raise Refused(Answer(error.code, error.http_status)) from error
            if len(self._verifiers) >= 1024:
                self._verifiers.clear()
            self._verifiers[listed] = verifier
        return verifier

    # The event, under a claim.

    async def begin_async(self, delivery: Delivery) -> None:
        """Claim the event, and raise `Refused` with the answer unless it is to be done now."""
        try:
            taken = self._embedded.try_claim(self.namespace, delivery.key) if self._embedded is not None else None
            claim: Claim = taken if taken is not None else await self._store("claim", self.namespace, delivery.key)
        except Exception as error:
            raise self._store_failed(error, delivery) from error
        self._begun(delivery, claim)

    async def end_async(self, delivery: Delivery, error: BaseException | None = None) -> Answer:
        """Record what became of the event, and return the answer."""
        claim = self._ended(delivery)
        try:
            if error is not None:
                if not is_lost(error):
                    await self._store("release", claim)
                return self._failed(delivery, error)
            if not delivery.completed:
                if self._embedded is None or self._embedded.try_complete(claim) is None:
                    await self._store("complete", claim)
            elif not delivery.committed and not await self._store("is_done", claim.namespace, claim.event_id):
                await self._store("release", claim)
                return self._rolled_back(delivery)
        except Exception as failure:
            return self._store_failed(failure, delivery).answer
        return self.answer(self._ends_well, delivery)

    async def run_async(self, delivery: Delivery, handler: Callable[[Delivery], Awaitable[Any]]) -> Answer:
        """Do the event, and return the answer; where the handler is slow, `slow` while it goes on."""
        loop = asyncio.get_running_loop()
        task, waiter = loop.create_task(self.run_here_async(delivery, handler)), loop.create_future()

        def wake(_task: object = None) -> None:
            if not waiter.done():
                waiter.set_result(None)

        task.add_done_callback(wake)
        timer = self.deadlines.set(delivery._started + self.slow_after, wake)
        try:
            # As asyncio.wait does, which takes several times as long about it.
            await waiter
        finally:
            timer.cancel()
            if not task.done():
                # The loop itself has only a weak reference to it.
                self._running.add(task)
                task.add_done_callback(self._running.discard)
        return task.result() if task.done() else self.answer("slow", delivery)

    async def run_here_async(self, delivery: Delivery, handler: Callable[[Delivery], Awaitable[Any]]) -> Answer:
        """Do the event, however long it takes, and return the answer."""
        try:
            await self.begin_async(delivery)
        except Refused as refused:
            return refused.answer
        failure: BaseException | None = None
        try:
            await (handler(delivery) if self.hand_off is None else self.hand_off_async(delivery))
        except BaseException as error:
            failure = error
        return await self.end_async(delivery, failure)

    async def hand_off_async(self, delivery: Delivery) -> None:
        """Give the delivery to what outlives this process."""
        hand_off: Any = self.hand_off
        if inspect.iscoroutinefunction(hand_off):
            await hand_off(delivery)
        elif inspect.isawaitable(waiting := await asyncio.to_thread(hand_off, delivery)):
            await waiting

    def begin(self, delivery: Delivery) -> None:
        """Claim the event, and raise `Refused` with the answer unless it is to be done now."""
        try:
            claim: Claim = self._sync_store().claim(self.namespace, delivery.key)
        except Exception as error:
            raise self._store_failed(error, delivery) from error
        self._begun(delivery, claim)

    def end(self, delivery: Delivery, error: BaseException | None = None) -> Answer:
        """Record what became of the event, and return the answer."""
        claim, store = self._ended(delivery), self._sync_store()
        try:
            if error is not None:
                if not is_lost(error):
                    store.release(claim)
                return self._failed(delivery, error)
            if not delivery.completed:
                store.complete(claim)
            elif not delivery.committed and not store.is_done(claim.namespace, claim.event_id):
                store.release(claim)
                return self._rolled_back(delivery)
        except Exception as failure:
            return self._store_failed(failure, delivery).answer
        return self.answer(self._ends_well, delivery)

    def run(self, delivery: Delivery, handler: Callable[[Delivery], Any]) -> Answer:
        """Do the event in a thread, and return the answer; where the handler is slow, `slow` while it goes on."""
        task = self._beside.begin(copy_context().run, self.run_here, delivery, handler)
        if not task.wait(self.seconds_left(delivery)):
            return self.answer("slow", delivery)
        answer: Answer = task.result()
        return answer

    def run_here(self, delivery: Delivery, handler: Callable[[Delivery], Any]) -> Answer:
        """Do the event in this thread, however long it takes, and return the answer."""
        try:
            self.begin(delivery)
        except Refused as refused:
            return refused.answer
        failure: BaseException | None = None
        try:
            (self.hand_off or handler)(delivery)
        except BaseException as error:
            failure = error
        return self.end(delivery, failure)

    def seconds_left(self, delivery: Delivery) -> float:
        """Return how long the handler may still take before 503 is answered for it."""
        return max(0.0, self.slow_after - (time.monotonic() - delivery._started))

    def answer(self, name: str, delivery: Delivery | None = None) -> Answer:
        """Return an answer by its name, and log it."""
        answer = Answer(name, delivery=delivery if STATUS[name] in _SUCCESS else None)
        good = answer.status in _SUCCESS
        level = logging.INFO if good else logging.WARNING
        if logger.isEnabledFor(level) or telemetry.recording():
            facts = {"code": name, **(delivery.facts() if delivery else {})}
            tell(level, name if good else f"{name}: {MEANING[name]}", facts)
        return answer

    # The store, from both kinds of frameworks.

    async def _store(self, method: str, *arguments: Any) -> Any:
        store = self.store
        if not isinstance(store, Embedded):
            # On the application's own client, which blocks unless it is asynchronous, and may hang. A claim that is
            # granted after all ends with its lease, before Didit's first retry.
            call = getattr(store, method)
            async with asyncio.timeout(self.slow_after):
                return await (call(*arguments) if self.is_async else asyncio.to_thread(call, *arguments))
        attempt = getattr(store, f"try_{method}")
        deadline = time.monotonic() + self.slow_after
        while (result := attempt(*arguments)) is None:
            if time.monotonic() > deadline:
                raise _native.error("store_unavailable")
            # Another process is writing, which takes well under a millisecond.
            await asyncio.sleep(0.001)
        return result

    def _sync_store(self) -> Store:
        if self.is_async:
            raise TypeError(f"{type(self.store).__name__} is asynchronous, and the framework is not")
        return self.store  # type: ignore[return-value]

    def _begun(self, delivery: Delivery, claim: Claim) -> None:
        if claim.answer != "new":
            raise Refused(self.answer("duplicate" if claim.answer == "done" else "in_flight", delivery))
        delivery.claim = claim
        self._renewer.add(delivery, self._loop())

    def _loop(self) -> asyncio.AbstractEventLoop | None:
        return asyncio.get_running_loop() if self.is_async else None

    def _ended(self, delivery: Delivery) -> Claim:
        self._renewer.remove(delivery)
        if delivery.claim is None:
            raise RuntimeError("the delivery has not been claimed")
        return delivery.claim

    def _failed(self, delivery: Delivery, error: BaseException) -> Answer:
        if is_lost(error):
            return self._store_failed(error, delivery).answer
        # The exception is the application's own, and may quote anything: only its name and its place are logged here.
        name = "handler_failed" if self.hand_off is None else "hand_off_failed"
        said = f"status {error.status}" if isinstance(error, Unsuccessful) else type(error).__name__
        facts = {**delivery.facts(), "code": name, "exception": said}
        if reason := database_reason(error):
            said = f"{said}: {reason}"
        if stack := stack_of(error):
            facts["stack"] = stack
        is_shown = self._hands_errors_on and self.hand_off is None
        text = f"{name}: {said}" if is_shown or not stack else f"{name}: {said}\n{stack}"
        tell(logging.ERROR, text, facts)
        return Answer(name)

    def _rolled_back(self, delivery: Delivery) -> Answer:
        facts = {**delivery.facts(), "code": "handler_failed"}
        tell(logging.ERROR, "handler_failed: the transaction was rolled back", facts)
        return Answer("handler_failed")

    def _advice(self, _reason: str) -> str:
        """Return what a framework knows to do about a store's fault."""
        return ""

    def _store_failed(self, error: BaseException, delivery: Delivery) -> Refused:
        code = error.code if isinstance(error, StoreError) else "store_unavailable"
        found, reason = cause(error)
        hint = f". {error.hint}" if isinstance(error, StoreError) else ""
        text = f"{code}: {found}: {reason}{self._advice(reason)}" if reason else f"{code}: {found}"
        tell(logging.ERROR, text + hint, {**delivery.facts(), "code": code, "exception": found})
        return Refused(Answer(code, STATUS["store_unavailable"]))


class Trial(Receiver):
    """A route that is set up to see whether it can be, and serves nothing."""

    def _warn_of_another(self, *, named: bool) -> None:
        """Say nothing: there is none of it."""


def tell(level: int, text: str, facts: dict[str, Any]) -> None:
    """Log what became of a delivery, and count it."""
    logger.log(level, "webhook %s", text, extra={"didit": facts})
    telemetry.observe(facts)


def checked_types(types: tuple[Any, ...]) -> tuple[type[Any], ...]:
    """Return classes of events, and refuse what an event can never be: the route would take none."""
    for given in types:
        classes = given.__args__ if isinstance(given, UnionType) else (given,)
        for one in classes:
            if not (isinstance(one, type) and issubclass(one, BaseEvent)):
                raise TypeError(f"a route takes classes of events, such as StatusUpdated, not {shown(one)}")
    return types


def shown(given: object) -> str:
    """Return what was given in place of a class; for the name of a type the class that it means."""
    if isinstance(given, type):
        return f"the class {given.__name__}"
    if not isinstance(given, str):
        return type(given).__name__
    meant = CLASSES.get(given)
    return f"{given!r}" if meant is None else f"{given!r}: that is {meant.__name__}"


def is_lost(error: BaseException) -> bool:
    """Tell whether another worker has the event now."""
    return isinstance(error, StoreError) and error.code == "claim_lost"
