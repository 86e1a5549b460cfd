"""The webhook as a class-based view, and as a decorator."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, cast

from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.utils.decorators import classonlymethod
from django.utils.functional import classproperty
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from .._frames import hiding
from ..receiver import checked_types
from .receiver import DjangoReceiver, Report, receiver_of, response

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from ..events import Event
    from ..receiver import Answer, Delivery

__all__ = ["DiditWebhookView", "webhook"]


class DiditWebhookView(View):
    """A view that does each genuine event once.

    It keeps what the event says of its session in `Verification`, sends the signals, and calls `handle`, all in the
    transaction in which the event is recorded as done. Where `handle` is a coroutine function the view is an
    asynchronous one; as Django has no transactions there, the work is then one that may be repeated after a crash.

    Example:
        class Webhook(DiditWebhookView):
            def handle(self, event):
                if event.environment == "live" and event.outcome == "granted":
                    Account.objects.filter(pk=event.vendor_data).update(verified=True)

        urlpatterns = [path("webhooks/didit/", Webhook.as_view())]
    """

    receiver: DjangoReceiver | None = None
    types: ClassVar[tuple[type[Any], ...]] = ()
    """Classes of events that `handle` takes; it is not called for others. None: all."""

    def handle(self, event: Event) -> Any:
        """Do the application's own work; override it, also with a coroutine function."""

    def on_delivery(self, delivery: Delivery) -> Any:
        """Do the same where more than the event is needed: `delivery.verified`, `delivery.attempts`."""
        return self.handle(delivery.event)

    @classproperty
    def view_is_async(cls) -> bool:  # noqa: N805 # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether the view is a coroutine function."""
        return inspect.iscoroutinefunction(cls.handle) or inspect.iscoroutinefunction(cls.on_delivery)

    @classonlymethod
    @hiding
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:  # noqa: N805
        """Return the view.

        Args:
            initkwargs: options of the receiver that differ from `settings.DIDIT`, such as `namespace` or `store`,
                and attributes of the class.

        Raises:
            ConfigurationError: `missing_secret`.
            ImproperlyConfigured: no store, or an option that is none.
        """
        own = {name: initkwargs.pop(name) for name in list(initkwargs) if hasattr(cls, name)}
        checked_types(own.get("types", cls.types))
        asynchronous = bool(cls.view_is_async)
        receiver = receiver_of(initkwargs, asynchronous=asynchronous)
        view: Any = super().as_view(**own, receiver=receiver)
        view.replay = cls(**own, receiver=receiver).replay
        return prepared(view, receiver)

    def dispatch(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> Any:
        """Receive a delivery."""
        return self.dispatch_async(request) if made(self.receiver).asynchronous else self.dispatch_sync(request)

    def dispatch_sync(self, request: HttpRequest) -> HttpResponseBase:
        """Receive a delivery, and answer."""
        receiver, report = made(self.receiver), Report(type(self), request)

        def work(delivery: Delivery) -> None:
            with report:
                receiver.transact(delivery, type(self), self._taken)

        return report.kept(response(receiver.deliver(request, work)))

    async def dispatch_async(self, request: HttpRequest) -> HttpResponseBase:
        """Receive a delivery, and answer."""
        receiver, report = made(self.receiver), Report(type(self), request)

        async def work(delivery: Delivery) -> None:
            with report:
                await sync_to_async(receiver.tell)(delivery, type(self))
                await self._taken(delivery)

        return report.kept(response(await receiver.deliver_async(request, work)))

    def replay(self, delivery: Delivery) -> Answer:
        """Do an event that did not come as a request: `didit_recover`."""
        receiver = cast("DjangoReceiver", delivery.receiver)
        if not self.view_is_async:
            return receiver.run_here(delivery, lambda arrived: receiver.transact(arrived, type(self), self._taken))

        async def work(arrived: Delivery) -> None:
            await sync_to_async(receiver.tell)(arrived, type(self))
            await self._taken(arrived)

        return async_to_sync(receiver.run_here_async)(delivery, work)

    def _taken(self, delivery: Delivery) -> Any:
        if not self.types or isinstance(delivery.event, self.types):
            return self.on_delivery(delivery)
        return nothing() if self.view_is_async else None


def webhook(*types: Any, delivery: bool = False, **options: Any) -> Any:
    """Make a view of a function that does an event.

    Args:
        types: the function; or classes of events that it takes.
        delivery: the function takes the whole `Delivery`.
        options: those of `DiditWebhookView.as_view`.

    Example:
        @webhook
        def didit(event): ...

        @webhook(StatusUpdated, namespace="orders")
        async def orders(event): ...
    """
    if len(types) == 1 and callable(types[0]) and not isinstance(types[0], type):
        return webhook()(types[0])
    checked_types(types)

    @hiding
    def decorate(function: Callable[..., Any]) -> Any:
        if not callable(function):
            raise TypeError(f"a function of the event is needed, not {type(function).__name__}")
        members: dict[str, Any] = {"types": types, "__doc__": function.__doc__, "__module__": function.__module__}
        members["on_delivery" if delivery else "handle"] = staticmethod(function)
        name = getattr(function, "__name__", "webhook")
        view: Any = type(name, (DiditWebhookView,), members)
        return view.as_view(**options)

    return decorate


def prepared(view: Any, receiver: DjangoReceiver | None) -> Callable[..., Any]:
    """Return a view to which nothing applies that is meant for browsers."""
    view.didit = receiver
    view = login_not_required(csrf_exempt(view))
    # The claim has to be seen by other workers at once, so it cannot be a part of the request's transaction.
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    prepared: Callable[..., Any] = view
    return prepared


def made(receiver: DjangoReceiver | None) -> DjangoReceiver:
    """Return the receiver that `as_view` has made."""
    if receiver is None:
        raise ImproperlyConfigured("settings.DIDIT is wrong (manage.py check), or the view was not made by as_view()")
    return receiver


async def nothing() -> None:
    """Do nothing."""
