"""Didit webhooks with FastAPI: the webhook half of Didit's guide, on didit-client.

DIDIT_WEBHOOK_SECRET="..." uvicorn app:app
"""

import hashlib
import logging
import os

from didit_client import DiditError, Event, Verifier
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger("webhook")

MAX_BODY = 1_048_576
REMEMBERED = 100_000

# Without a secret this raises, so the app does not start. During a rotation the old secret stays valid beside the new.
previous_secret = os.environ.get("DIDIT_WEBHOOK_SECRET_PREVIOUS")
verifier = Verifier(
    [os.environ.get("DIDIT_WEBHOOK_SECRET", ""), *([previous_secret] if previous_secret else [])],
    max_body=MAX_BODY,
)

# Didit repeats an event_id when it retries and when several destinations receive the event. This memory is lost on a
# restart and not shared between workers: in production the ids belong in the database, written together with your own
# change. It must hold the ids of at least ten minutes: that long a delivery can be sent again and still be fresh.
processed: dict[str, None] = {}

app = FastAPI()


@app.post("/api/webhook")
async def webhook(request: Request) -> JSONResponse:
    body = await read_body(request)
    try:
        verified = verifier.verify(body, request.headers)
    except DiditError as error:
        # The sender learns the code; the hint is for you, and neither contains personal data.
        logger.warning("webhook refused: %s. %s", error.code, error.hint)
        return JSONResponse({"error": error.code}, status_code=error.http_status)

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
