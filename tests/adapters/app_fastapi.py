"""FastAPI and Starlette under test: the same routes in both, below /fastapi and /starlette."""

import logging
import os
import sys
from typing import Annotated, Any

from didit_client import Event
from didit_client.fastapi import DiditWebhook
from didit_client.starlette import DiditEndpoint
from didit_client.store import MemoryStore, SQLiteStore
from fastapi import FastAPI
from handler import FOLDER, act
from starlette.applications import Starlette
from starlette.routing import Mount, Route

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
SECRET = os.environ.get("DIDIT_WEBHOOK_SECRET")
store = SQLiteStore(FOLDER / "events.db")


class Down(MemoryStore):
    def try_claim(self, namespace: str, event_id: str, *, wait: bool = False) -> Any:
        raise OSError("Ottilie Sekretova")


OPTIONS: dict[str, dict[str, Any]] = {
    "hook": {},
    "parsed": {},
    "consumed": {},
    "down": {"store": Down()},
    "slow": {"slow_after": 2},
    "handed": {"hand_off": lambda delivery: act(delivery.event)},
}
fastapi = FastAPI()
routes = []
for name, options in OPTIONS.items():
    given = {"store": store, "environments": ["live"], **options}
    didit = DiditWebhook(fastapi, SECRET, namespace=f"fastapi.{name}", **given)

    def webhook(event: Annotated[Event, didit.event()]) -> dict[str, bool]:
        act(event)
        return {"received": True, "duplicate": False}

    fastapi.post(f"/{name}")(webhook)
    endpoint = DiditEndpoint(SECRET, namespace=f"starlette.{name}", **given).endpoint(act)
    routes.append(Route(f"/{name}", endpoint, methods=["POST"]))
starlette = Starlette(routes=routes)


class ReadsBefore:
    """Middleware that consumes the body of some routes, and keeps that of others."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if not path.endswith(("/consumed", "/parsed")):
            await self.app(scope, receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        kept = [] if path.endswith("/consumed") else [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Any:
            return kept.pop() if kept else {"type": "http.disconnect"}

        await self.app(scope, again, send)


app = ReadsBefore(Starlette(routes=[Mount("/fastapi", fastapi), Mount("/starlette", starlette)]))
