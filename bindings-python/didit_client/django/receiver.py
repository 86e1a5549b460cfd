"""What a request of Django becomes: bytes and headers for the receiver that all frameworks share, and its answer."""

from __future__ import annotations

import inspect
import weakref
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.core.signals import got_request_exception, setting_changed
from django.db import connections
from django.http import HttpResponse
from django.http.request import RawPostDataException
from django.utils.log import log_response, request_logger

from .. import _native
from .._frames import hiding
from .._reasons import NO_TABLE, REFUSED
from ..errors import ConfigurationError, StoreError
from ..receiver import STATUS, Answer, Delivery, Receiver, Refused
from . import conf
from .signals import event_received, verification_changed
from .store import AsyncDjangoStore, DjangoStore, tidy
from .transactions import failures, writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.http import HttpRequest

    from ..webhook import Verifier
    from .models import Verification

__all__ = ["DjangoReceiver", "response"]

R = TypeVar("R")

_CHUNK = 65536
_SIGNED_WITH = ("HTTP_X_SIGNATURE_V2", "HTTP_X_SIGNATURE", "HTTP_X_SIGNATURE_SIMPLE", "HTTP_X_TIMESTAMP")


class DjangoReceiver(Receiver):
    """One webhook route of a Django project."""

    _unusable: Exception | None = None

    @hiding
    def __init__(
        self, secrets: Any, *, store: Any, asynchronous: bool = False, verifications: bool = True, **options: Any
    ) -> None:
        """Set the route up.

        Args:
            secrets: as for `Receiver`.
            store: as for `Receiver`; a `DjangoStore` records an event in the application's own transaction.
            asynchronous: the view is a coroutine function.
            verifications: keep in `Verification` what the events say of their sessions. Without it, and with a store
                outside of the project's database, the database is not used, and no transaction is opened.
            options: as for `Receiver`; with `slow_after` None, in views that are no coroutine functions, the handler
                runs in the thread of its request, and the answer comes when it has ended.
        """
        self.models: DjangoStore | None = store if isinstance(store, DjangoStore) else None
        self.verifications: bool = verifications
        self.asynchronous: bool = asynchronous
        if (self.models or verifications) and apps.apps_ready and not apps.is_installed("didit_client.django"):
            raise ImproperlyConfigured('the webhook needs "didit_client.django" in INSTALLED_APPS')
        own: Any = AsyncDjangoStore(self.models) if self.models and asynchronous else store
        self.waits: bool = waits(options)
        if self.waits and asynchronous:
            # Their servers cancel what a request does when the sender goes away, so slow work would never be done.
            raise ImproperlyConfigured("SLOW_AFTER None is for views that are no coroutine functions")
        hand_off = options.get("hand_off")
        if inspect.iscoroutinefunction(hand_off):
            if not asynchronous:
                raise ImproperlyConfigured("HAND_OFF is a coroutine function, and the view is not one")
        elif callable(hand_off):
            options["hand_off"] = self.in_one_transaction(hand_off)
        super().__init__(secrets, store=own, **options)

    # The settings, which only tests change.

    def follow(self, initkwargs: dict[str, Any]) -> None:
        """Be made anew whenever the settings change.

        Args:
            initkwargs: what the view says otherwise.
        """
        self._initkwargs: dict[str, Any] = initkwargs
        _following.add(self)

    def make_anew(self) -> None:
        """Read the settings again; what is wrong in them is said to the next delivery, as a test may want it so."""
        renewer, beside = self._renewer, self._beside
        self._leave()
        try:
            arguments = conf.receiver_arguments(**self._initkwargs)
            DjangoReceiver.__init__(self, asynchronous=self.asynchronous, **arguments)
            renewer.use(self.store)
        except (ConfigurationError, ImproperlyConfigured, ImportError) as error:
            self._unusable = error
        except (TypeError, ValueError) as error:
            self._unusable = conf.named(error, self._initkwargs)
        else:
            self._unusable = None
        # Their threads wait for the next delivery, and each new one would have more of them.
        self._renewer, self._beside = renewer, beside

    def _warn_of_another(self, *, named: bool) -> None:
        # What there is to say was said when the view was made.
        super()._warn_of_another(named=named or self in _following)

    def require_settings(self) -> None:
        """Raise what is wrong with the settings as they are now."""
        if self._unusable is not None:
            raise self._unusable

    @property
    def using(self) -> str:
        """The alias of the database in whose transaction the application is called."""
        return self.models.using if self.models else "default"

    # The request.

    def deliver(self, request: HttpRequest, handler: Callable[[Delivery], Any]) -> Answer:
        """Receive a delivery, and return the answer."""
        self.require_settings()
        try:
            verifier = self.verifier_for(request)
            delivery = self.read(request, verifier)
        except Refused as refused:
            return refused.answer
        if self.waits or self.in_transaction():
            # Django itself looks after the connections of a request.
            return super().run_here(delivery, handler)
        return self.run(delivery, handler)

    async def deliver_async(self, request: HttpRequest, handler: Callable[[Delivery], Any]) -> Answer:
        """Receive a delivery in an asynchronous view, and return the answer."""
        self.require_settings()
        try:
            verifier = await self.verifier_for_async(request)
            delivery = self.read(request, verifier)
        except Refused as refused:
            return refused.answer
        if await sync_to_async(self.in_transaction)():
            return await super().run_here_async(delivery, handler)
        return await self.run_async(delivery, handler)

    async def run_here_async(self, delivery: Delivery, handler: Callable[[Delivery], Any]) -> Answer:
        """Do the event, with a thread of its own for the database: it may outlive the request."""
        async with OwnThread():
            return await super().run_here_async(delivery, handler)

    def in_one_transaction(self, hand_off: Callable[[Delivery], Any]) -> Callable[[Delivery], None]:
        """Hand off, and record that, in one transaction: what is stored in the database is stored once."""

        def handed(delivery: Delivery) -> None:
            with self.one_transaction() as at_commit:
                hand_off(delivery)
                self.record(delivery, at_commit)

        return handed

    async def hand_off_async(self, delivery: Delivery) -> None:
        """Give the delivery to what outlives this process, in the thread that has the database's connection."""
        if inspect.iscoroutinefunction(self.hand_off):
            await super().hand_off_async(delivery)
        elif self.hand_off is not None:
            await sync_to_async(self.hand_off)(delivery)

    def in_transaction(self) -> bool:
        """Tell whether this is a test of an application: what it does in its transaction no other thread sees."""
        return connections[self.using].in_atomic_block

    def read(self, request: Any, verifier: Verifier | None) -> Delivery:
        """Read and verify a request; raise `Refused` with the answer unless Didit sent it."""
        meta = request.META
        length = meta.get("CONTENT_LENGTH") or None
        refusal = self.refuse(request.method or "", meta.get("HTTP_CONTENT_ENCODING"), length)
        if refusal is not None:
            raise Refused(refusal)
        # Django REST framework wraps the request, and may have parsed it already.
        inner = getattr(request, "_request", request)
        body = self.body(inner)
        if body is not None:
            return self.authenticate(body, signed_with(meta), verifier)
        parsed = left_by_a_parser(request)
        if isinstance(parsed, bytes):
            return self.authenticate(parsed, signed_with(meta), verifier)
        if parsed is None:
            raise Refused(self.answer("body_consumed"))
        return self.authenticate_parsed(parsed, signed_with(meta), verifier)

    def body(self, request: HttpRequest) -> bytes | None:
        """Return the raw bytes, of which no more are read than the route accepts; None if they are gone."""
        kept: bytes | None = getattr(request, "_body", None)
        if kept is None:
            if getattr(request, "_read_started", False):
                return None
            kept = request._body = self.bytes_of(request)
        if len(kept) > self.max_body:
            raise Refused(self.answer("body_too_large"))
        return kept

    def bytes_of(self, request: HttpRequest) -> bytes:
        """Read from the connection, or from what an ASGI server has read."""
        environ = getattr(request, "environ", {})
        chunked = not request.META.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated")
        # Django itself takes a body without a length for an empty one.
        stream = environ["wsgi.input"] if chunked and not isinstance(request, ASGIRequest) else request
        chunks, length = [], 0
        try:
            while length <= self.max_body and (chunk := stream.read(_CHUNK)):
                chunks.append(chunk)
                length += len(chunk)
        except (OSError, RawPostDataException, RequestDataTooBig) as error:
            # The sender has gone; nobody reads the answer.
            raise Refused(self.answer("body_consumed")) from error
        if length <= self.max_body and _native.body_was_read(request.META.get("CONTENT_LENGTH"), length):
            # A middleware has read from the connection itself.
            raise Refused(self.answer("body_consumed"))
        return b"".join(chunks)

    # The event.

    def run_here(self, delivery: Delivery, handler: Callable[[Delivery], Any]) -> Answer:
        """Do the event on connections that work, and leave none open that is of no use any more."""
        tidy()
        try:
            return super().run_here(delivery, handler)
        finally:
            tidy()

    def transact(self, delivery: Delivery, sender: type[Any], handler: Callable[[Delivery], Any]) -> None:
        """Call the application, and record the event as done, in one transaction."""
        with self.one_transaction() as at_commit:
            self._tell(delivery, sender)
            handler(delivery)
            self.record(delivery, at_commit)

    def record(self, delivery: Delivery, at_commit: list[Callable[[], object]]) -> None:
        """Record the event as done in the transaction that is open, and note its commit, so that nobody has to ask."""
        if self.models and not delivery.completed:
            with failures():
                delivery.complete(connections[self.using])
            at_commit.append(lambda: setattr(delivery, "committed", True))

    def tell(self, delivery: Delivery, sender: type[Any]) -> None:
        """Keep what the event says of its session, and send the signals, in one transaction."""
        with self.one_transaction():
            self._tell(delivery, sender)

    def _tell(self, delivery: Delivery, sender: type[Any]) -> None:
        told = self.kept(delivery) if self.verifications else None
        event_received.send(sender, event=delivery.event, delivery=delivery)
        if told is not None:
            verification_changed.send(type(told), verification=told, event=delivery.event, delivery=delivery)

    def kept(self, delivery: Delivery) -> Verification | None:
        """Return what is known of the session now, if the event has changed that."""
        from .models import Verification

        with failures():
            applied, row = Verification.objects.db_manager(self.using).apply(delivery.verified)
        return row if applied.changed else None

    def one_transaction(self) -> AbstractContextManager[list[Callable[[], object]]]:
        """Return a transaction, or nothing where the database is not used."""
        if not self.models and not self.verifications:
            return nullcontext([])
        from .models import ProcessedEvent, Verification

        # Within the transaction of a test it is a savepoint, so that what fails leaves the test's own whole.
        return writing(self.using, ProcessedEvent if self.models else Verification)

    def _advice(self, reason: str) -> str:
        # Another store's server is not the project's database.
        known = advice(reason) if self.models else ""
        return f" ({known})" if known else ""

    def _failed(self, delivery: Delivery, error: BaseException) -> Answer:
        if isinstance(error, StoreError):
            # In a statement of this package: the application's own raise what the database's driver does.
            return self._store_failed(error, delivery).answer
        if self.hand_off is not None:
            # A handler's own exception is shown with its request.
            extra = {"status_code": STATUS["hand_off_failed"], "request": None}
            request_logger.error("a webhook's event could not be handed off", exc_info=error, extra=extra)
        return super()._failed(delivery, error)


class OwnThread:
    """Within it, Django's asynchronous calls run in one thread of their own.

    The request's thread ends with the answer, and a handler that is slow goes on after it.
    """

    async def __aenter__(self) -> None:
        """Leave the request's thread."""
        self._context: Any = ThreadSensitiveContext()
        self._before = SyncToAsync.thread_sensitive_context.set(self._context)
        self._parent = getattr(AsyncToSync.executors, "current", None)
        AsyncToSync.executors.current = None

    async def __aexit__(self, *_exception: object) -> None:
        """Close the thread's connections, and end it."""
        await sync_to_async(connections.close_all)()
        await self._context.__aexit__(*_exception)
        SyncToAsync.thread_sensitive_context.reset(self._before)
        AsyncToSync.executors.current = self._parent


def waits(options: dict[str, Any]) -> bool:
    """Take `slow_after` out of the options where it is None, and tell that."""
    if options.get("slow_after", waits) is not None:
        return False
    del options["slow_after"]
    return True


@hiding
def receiver_of(initkwargs: dict[str, Any], *, asynchronous: bool = False) -> DjangoReceiver | None:
    """Return the receiver of a view; None if the settings are wrong and a system check is about to say so."""
    try:
        receiver = made_of(initkwargs, asynchronous=asynchronous)
    except (ConfigurationError, ImproperlyConfigured, ImportError):
        if conf.checks_follow:
            return None
        raise
    receiver.follow(initkwargs)
    return receiver


def made_of(initkwargs: dict[str, Any], *, asynchronous: bool) -> DjangoReceiver:
    """Return the receiver of a view, or raise the error that names the setting."""
    arguments = conf.receiver_arguments(**initkwargs)
    try:
        return DjangoReceiver(asynchronous=asynchronous, **arguments)
    except (TypeError, ValueError) as error:
        raise conf.named(error, initkwargs) from None


_following: weakref.WeakSet[DjangoReceiver] = weakref.WeakSet()


def make_anew(*, setting: str, **_: Any) -> None:
    """Let the views that there are have the settings of a test."""
    if setting == "DIDIT":
        for receiver in list(_following):
            receiver.make_anew()


# After the one that empties what is kept of the settings.
setting_changed.connect(make_anew)


def signed_with(meta: dict[str, Any]) -> dict[str, Any]:
    """Return the headers that a signature is in. To read all of them takes longer than to verify."""
    return {name: meta[name] for name in _SIGNED_WITH if name in meta}


def left_by_a_parser(request: Any) -> Any:
    """Return what Django REST framework, or a middleware of its manner, has made of the body."""
    for of in (getattr(request, "_request", None), request):
        try:
            data = getattr(of, "data", None)
        except RawPostDataException:
            continue
        if isinstance(data, dict | list | bytes):
            return data
    return None


def advice(reason: str) -> str:
    """Return what to do about a fault of the project's database."""
    if reason == NO_TABLE:
        return "manage.py migrate makes the tables"
    return "no server answers at the address in DATABASES" if reason in REFUSED else ""


class Report:
    """Shows the exceptions of the application's function in one request, as Django does with those of a view."""

    def __init__(self, sender: type[Any], request: HttpRequest) -> None:
        """Have none to show.

        Args:
            sender: the view's class.
            request: Django's own.
        """
        self._sender = sender
        self._request = request
        self._shown = False

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Tell whoever listens, and log the whole stack; the store's faults have lines of their own."""
        if not isinstance(error, Exception) or isinstance(error, StoreError):
            return
        got_request_exception.send(sender=self._sender, request=self._request)
        self._shown = True
        named, path = "Internal Server Error", self._request.path
        log_response("%s: %s", named, path, response=HttpResponse(status=500), request=self._request, exception=error)

    def kept(self, response: R) -> R:
        """Return the response, of which Django is not to log a second line."""
        made: Any = response
        if self._shown and made.status_code == STATUS["handler_failed"]:
            made._has_been_logged = True
        return response


def response(answer: Answer) -> HttpResponse:
    """Return the answer as Django sends it."""
    made = HttpResponse(answer.content, "application/json", answer.status)
    for name, value in answer.headers.items():
        made.headers[name] = value
    return made
