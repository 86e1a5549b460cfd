"""The same small web application several times: it believes deliveries, verifies them, or has the adapter do all."""

import json
import os
import sys
import threading
from typing import Annotated

from didit_client import Event, Verifier
from didit_client.fastapi import DiditWebhook
from didit_client.starlette import DiditEndpoint
from didit_client.store import MemoryStore
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

SECRET = "bench-secret-0123456789-abcdefghijklmnopqrs"
verifier = Verifier(SECRET)


def fastapi_unverified():
    """Parse the body, and believe it."""
    app = FastAPI()

    @app.post("/")
    async def webhook(request: Request) -> dict[str, bool]:
        json.loads(await request.body())["status"]
        return {"received": True}

    return app


def fastapi_verified():
    """Verify the body, and remember nothing."""
    app = FastAPI()

    @app.post("/")
    async def webhook(request: Request) -> dict[str, bool]:
        verifier.verify(await request.body(), request.scope["headers"]).event.status  # noqa: B018
        return {"received": True}

    return app


def fastapi_adapter():
    """Do each event once."""
    app = FastAPI()
    didit = DiditWebhook(app, SECRET, store=MemoryStore())

    @app.post("/")
    async def webhook(event: Annotated[Event, didit.event()]) -> dict[str, bool]:
        event.status  # noqa: B018
        return {"received": True}

    return app


def starlette_verified():
    """Verify the body, and remember nothing."""

    async def webhook(request):
        verifier.verify(await request.body(), request.scope["headers"]).event.status  # noqa: B018
        return JSONResponse({"received": True})

    return Starlette(routes=[Route("/", webhook, methods=["POST"])])


def starlette_adapter():
    """Do each event once."""

    async def handle(event):
        event.status  # noqa: B018

    return Starlette(routes=[Route("/", DiditEndpoint(SECRET, store=MemoryStore()).endpoint(handle), methods=["POST"])])


def configured():
    """Set Django up, once, and return its handler for views."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    if not settings.configured:
        # A name in memory that all threads share: the view's work has a thread of its own.
        memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:bench?mode=memory&cache=shared"}
        settings.configure(
            ALLOWED_HOSTS=["*"],
            DATABASES={"default": memory},
            DIDIT={"WEBHOOK_SECRET": SECRET, "STORE": MemoryStore()},
            INSTALLED_APPS=["didit_client.django"],
            ROOT_URLCONF=(),
            USE_TZ=True,
        )
        django.setup()
        call_command("migrate", verbosity=0)

    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler


def django_of(view):
    """Serve one view."""
    handler = configured()()
    from django.urls import path

    routes = (path("", view),)

    def app(environ, start_response):
        from django.conf import settings
        from django.urls import set_urlconf

        settings.ROOT_URLCONF = routes
        set_urlconf(routes)
        return handler(environ, start_response)

    return app


def django_verified():
    """Verify the body, and remember nothing."""
    configured()
    from django.http import JsonResponse

    def webhook(request):
        verifier.verify(request.body, request.headers).event.status  # noqa: B018
        return JsonResponse({"received": True})

    return django_of(webhook)


def django_in_another_thread_verified():
    """The same, with the work in another thread, and nothing more than to wake it and to be woken."""
    configured()
    from django.http import JsonResponse

    asked, answered = os.eventfd(0), threading.Lock()
    answered.acquire()
    work = []

    def serve():
        while os.read(asked, 8):
            request = work.pop()
            verifier.verify(request.body, request.headers).event.status  # noqa: B018
            answered.release()

    threading.Thread(target=serve, daemon=True).start()

    def webhook(request):
        work.append(request)
        os.write(asked, (1).to_bytes(8, sys.byteorder))
        answered.acquire(timeout=4.5)
        return JsonResponse({"received": True})

    return django_of(webhook)


def django_adapter():
    """Do each event once."""
    return django_view(verifications=False)


def django_in_the_request_adapter():
    """The same in the thread of the request, and no 503 for what is slow."""
    return django_view(verifications=False, slow_after=None, namespace="in-the-request")


def django_with_verifications_adapter():
    """Do each event once, and keep what it says of its session."""
    return django_view(verifications=True, namespace="with-verifications")


def django_view(**options):
    """Serve the adapter's view."""
    configured()
    from didit_client.django.views import DiditWebhookView

    class Webhook(DiditWebhookView):
        def handle(self, event):
            event.status  # noqa: B018

    return django_of(Webhook.as_view(**options))


def django_with_verifications_verified():
    """Verify the body, and keep a row by hand: the least that Django's ORM needs for it."""
    configured()
    from didit_client.django.models import Verification
    from django.db import transaction
    from django.http import JsonResponse

    def webhook(request):
        event = verifier.verify(request.body, request.headers).event
        with transaction.atomic():
            row = Verification.objects.select_for_update().filter(session_id=event.session_id).first()
            row = row or Verification(session_id=event.session_id)
            row.status, row.outcome, row.vendor_data = event.status, event.outcome, event.vendor_data or ""
            row.changed_at = row.signed_at = event.created_at or 0
            row.save()
        return JsonResponse({"received": True})

    return django_of(webhook)
