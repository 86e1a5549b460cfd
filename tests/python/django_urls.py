"""The routes of the Django project that the tests use. What a handler does, a test puts into `act`."""

import asyncio
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import include, path

from didit_client import Event, StatusUpdated
from didit_client.django.rest import DiditAPIView
from didit_client.django.views import DiditWebhookView, webhook

events: list[Event] = []
act: list[Callable[[], Any]] = []


def do(event: Event) -> None:
    events.append(event)
    for call in act:
        call()


class Webhook(DiditWebhookView):
    def handle(self, event: Event) -> None:
        do(event)


class AsyncWebhook(DiditWebhookView):
    async def handle(self, event: Event) -> None:
        events.append(event)
        for call in act:
            result = call()
            if asyncio.iscoroutine(result):
                await result


class RestWebhook(DiditAPIView):
    def handle(self, event: Event) -> None:
        do(event)


@webhook(StatusUpdated, namespace="decorated")
def decorated(event: Event) -> None:
    do(event)


KINDS = {
    "view": ("/hooks/view/", "didit"),
    "async": ("/hooks/async/", "async"),
    "rest": ("/hooks/rest/", "rest"),
    "decorator": ("/hooks/decorator/", "decorated"),
}
hooks = [
    path("view/", Webhook.as_view()),
    path("async/", AsyncWebhook.as_view(namespace="async")),
    path("rest/", RestWebhook.as_view(namespace="rest")),
    path("decorator/", decorated),
]
urlpatterns = [path("hooks/", include(hooks)), path("admin/", admin.site.urls)]
