"""Didit with FastAPI: both halves of Didit's guide, on didit-client.

DIDIT_API_KEY="..." DIDIT_WORKFLOW_ID="..." DIDIT_WEBHOOK_SECRET="..." uvicorn app:app
"""

import hashlib
import html
import logging
import os

from didit_client import AsyncDidit, DiditError, Event, parse_callback
from didit_client.statuses import outcome
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger("didit")

MAX_BODY = 1_048_576
REMEMBERED = 100_000
APP_URL = os.environ.get("APP_URL", "http://localhost:3000")

# The key, the workflow and the secrets come from the environment: see the README.
client = AsyncDidit()
# Without a secret this raises, so the app does not start. During a rotation the old secret stays valid beside the new.
verifier = client.webhooks.verifier

# Didit repeats an event_id when it retries and when several destinations receive the event. This memory is lost on a
# restart and not shared between workers: in production the ids belong in the database, written together with your own
# change. It must hold the ids of at least ten minutes: that long a delivery can be sent again and still be fresh.
processed: dict[str, None] = {}

app = FastAPI()


class Verify(BaseModel):
    # Take it from your login session in production: here everybody may say who they are.
    user_id: str


@app.post("/api/verify")
async def create_verification(body: Verify) -> Response:
    """Begin a verification: the page sends the user to verification_url, an app gives session_token to Didit's SDK."""
    session = await client.sessions.create(
        vendor_data=body.user_id,
        callback=f"{APP_URL}/verification-complete",
    )
    answer = JSONResponse({"verification_url": session.url, "session_token": session.session_token})
    # So that the page below shows a decision only to the browser that began.
    answer.set_cookie("verification", str(session.session_id), httponly=True, samesite="lax")
    return answer


@app.get("/verification-complete")
async def verification_complete(request: Request) -> Response:
    """Show the user how it went. Anybody can write this address, so what it claims is not believed."""
    came_back = parse_callback(request.url.query)
    if not came_back.session_id or came_back.session_id != request.cookies.get("verification"):
        return JSONResponse({"error": "not_your_session"}, status_code=403)
    decision = await client.sessions.decision(came_back.session_id)
    return HTMLResponse(f"<!doctype html><h1>Verification: {html.escape(outcome(str(decision.status)))}</h1>")


@app.exception_handler(DiditError)
async def call_failed(_: Request, error: DiditError) -> JSONResponse:
    # The browser learns the code; the hint is for you, and neither contains personal data.
    logger.warning("%s. %s", error.code, error.hint)
    return JSONResponse({"error": error.code}, status_code=error.http_status)


@app.post("/api/webhook")
async def webhook(request: Request) -> JSONResponse:
    verified = verifier.verify(await read_body(request), request.headers)  # call_failed answers if it raises

    event = verified.event
    # Only older versions of Didit's payload have no event_id; the signed bytes stand in for it there.
    key = str(event.event_id or hashlib.sha256(verified.bytes).hexdigest())
    duplicate = key in processed
    if not duplicate:
        act_on(event)
        # Only now: had act_on() failed, Didit would have got a 500, and its retry must find the event new.
        remember(key)

    # Didit looks at the status alone; the rest is for whoever tries this example.
    return JSONResponse(
        {
            "received": True,
            "duplicate": duplicate,
            "type": event.type,
            "outcome": event.outcome,
            "scheme": verified.scheme,
        }
    )


async def read_body(request: Request) -> bytes:
    """Read the raw bytes, which the signature needs, and stop behind the limit: verify() answers the rest with 413."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            break
    return bytes(body)


def act_on(event: Event) -> None:
    """Your own work. Didit waits five seconds: update the database here and leave anything slow to a queue.

    Deliveries can overtake each other: compare event.created_at before you overwrite a newer state.
    """
    if event.environment != "live":
        return  # An approval in the sandbox must open no door.
    match event.outcome:
        case "granted":
            logger.info("session %s: let the user in", event.session_id)
        case "denied" | "revoked":
            logger.info("session %s: keep the user out", event.session_id)
        case "pending" | "retry":
            logger.info("session %s: %s, wait", event.session_id, event.status)
        case _:
            logger.info("%s: nothing to decide", event.webhook_type)


def remember(key: str) -> None:
    processed[key] = None
    if len(processed) > REMEMBERED:
        del processed[next(iter(processed))]
