"""The webhook in Django REST framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .._missing import missing_framework

try:
    from rest_framework.negotiation import BaseContentNegotiation
    from rest_framework.parsers import BaseParser
    from rest_framework.permissions import AllowAny
    from rest_framework.renderers import JSONRenderer
    from rest_framework.response import Response
    from rest_framework.views import APIView
except ImportError as _cause:
    name = "Django REST framework"
    raise missing_framework(_cause, __name__, name, "djangorestframework", "rest_framework") from _cause

from .._frames import hiding
from ..receiver import checked_types
from .receiver import Report, receiver_of
from .views import made, prepared

if TYPE_CHECKING:
    from typing import IO

    from ..events import Event
    from ..receiver import Answer, Delivery
    from .receiver import DjangoReceiver

__all__ = ["DiditAPIView", "DiditParser"]


class DiditParser(BaseParser):
    """Leaves the body as it is: `request.data` are the bytes, which a signature can be checked against."""

    media_type: Any = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:  # noqa: ARG002
        """Return the bytes."""
        return stream.read()


class OnlyJSON(BaseContentNegotiation):
    """Answers in JSON, whatever the sender says that it accepts."""

    def select_parser(self, request: Any, parsers: Any) -> Any:  # noqa: ARG002
        """Take the parser that there is."""
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:  # noqa: ARG002
        """Take the renderer that there is."""
        return renderers[0], renderers[0].media_type


class DiditAPIView(APIView):
    """`DiditWebhookView` as a view of REST framework: its signature is the permission.

    Example:
        class Webhook(DiditAPIView):
            def handle(self, event): ...
    """

    authentication_classes: Any = ()
    permission_classes: Any = (AllowAny,)
    throttle_classes: Any = ()
    parser_classes: Any = (DiditParser,)
    renderer_classes: Any = (JSONRenderer,)
    content_negotiation_class: Any = OnlyJSON
    receiver: DjangoReceiver | None = None
    types: tuple[type[Any], ...] = ()
    """Classes of events that `handle` takes; it is not called for others. None: all."""

    def handle(self, event: Event) -> Any:
        """Do the application's own work; override it."""

    def on_delivery(self, delivery: Delivery) -> Any:
        """Do the same where more than the event is needed."""
        return self.handle(delivery.event)

    @classmethod
    @hiding
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view; the arguments are those of `DiditWebhookView.as_view`."""
        own = {name: initkwargs.pop(name) for name in list(initkwargs) if hasattr(cls, name)}
        checked_types(own.get("types", cls.types))
        receiver = receiver_of(initkwargs)
        view: Any = super().as_view(**own, receiver=receiver)
        view.replay = cls(**own, receiver=receiver).replay
        return prepared(view, receiver)

    def http_method_not_allowed(self, request: Any, *_args: Any, **_kwargs: Any) -> Response:
        """Answer as for a delivery, which has one method."""
        return self.post(request)

    def options(self, request: Any, *_args: Any, **_kwargs: Any) -> Response:
        """Answer as for a delivery: there is nothing to describe."""
        return self.post(request)

    def post(self, request: Any, *_args: Any, **_kwargs: Any) -> Response:
        """Receive a delivery, and answer."""
        receiver, report = made(self.receiver), Report(type(self), request._request)

        def work(delivery: Delivery) -> None:
            with report:
                receiver.transact(delivery, type(self), self._taken)

        answer = receiver.deliver(request, work)
        return report.kept(Response(answer.body, status=answer.status, headers=answer.headers))

    def replay(self, delivery: Delivery) -> Answer:
        """Do an event that did not come as a request: `didit_recover`."""
        receiver = cast("DjangoReceiver", delivery.receiver)
        return receiver.run_here(delivery, lambda arrived: receiver.transact(arrived, type(self), self._taken))

    def _taken(self, delivery: Delivery) -> Any:
        return self.on_delivery(delivery) if not self.types or isinstance(delivery.event, self.types) else None
