"""Django under test: the routes, below /view, /async and /rest."""

import asyncio
import os
import signal
import time
from typing import Any

from didit_client.django.rest import DiditAPIView
from didit_client.django.store import DjangoStore
from didit_client.django.views import DiditWebhookView
from didit_client.store import MemoryStore
from django.db import connection
from django.urls import path
from handler import PATIENCE_SECONDS, act, called, first, may_end


class Down(MemoryStore):
    def claim(self, namespace: str, event_id: str) -> Any:
        raise OSError("Ottilie Sekretova")

    def try_claim(self, namespace: str, event_id: str, *, wait: bool = False) -> Any:
        raise OSError("Ottilie Sekretova")


class View(DiditWebhookView):
    def handle(self, event: Any) -> None:
        act(event)


class Async(DiditWebhookView):
    async def handle(self, event: Any) -> None:
        wish = called(event)
        if wish == "fail" and first(event):
            raise LookupError("of Ottilie Sekretova, X4RTBPFW46")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while wish == "slow" and not may_end(event) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)


class Rest(DiditAPIView):
    def handle(self, event: Any) -> None:
        act(event)


class Effect(DiditWebhookView):
    """Changes the application's own table, and its worker dies where the event says so."""

    def handle(self, event: Any) -> None:
        wish = called(event)
        if wish == "die before" and first(event):
            os.kill(os.getpid(), signal.SIGKILL)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO effect VALUES (%s)", [event.event_id])
        if wish == "die after" and first(event):
            os.kill(os.getpid(), signal.SIGKILL)


OPTIONS: dict[str, dict[str, Any]] = {
    "hook": {},
    "parsed": {},
    "consumed": {},
    "down": {"store": Down()},
    "slow": {"slow_after": 2},
    "handed": {"hand_off": lambda delivery: act(delivery.event)},
}
urlpatterns = [path("effect/", Effect.as_view(namespace="effect", store=DjangoStore(lease=1)))]
for kind, view in (("view", View), ("async", Async), ("rest", Rest)):
    for name, options in OPTIONS.items():
        urlpatterns.append(path(f"{kind}/{name}/", view.as_view(namespace=f"{kind}.{name}", **options)))
