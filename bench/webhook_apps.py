"""The same small web application three times: it takes deliveries unread, it verifies them, it has the adapter do all."""

import json
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
