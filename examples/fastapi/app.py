"""Didit with FastAPI: both halves of Didit's guide, on didit-client.

DIDIT_API_KEY="..." DIDIT_WORKFLOW_ID="..." DIDIT_WEBHOOK_SECRET="..." uvicorn app:app
"""

import html
import logging
import os
from typing import Annotated

from didit_client import AsyncDidit, DiditError, Event, parse_callback
from didit_client.fastapi import DiditWebhook, client, error_handler, lifespan
from didit_client.receiver import Delivery
from didit_client.statuses import outcome
from didit_client.store import SQLiteStore
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger("didit")

APP_URL = os.environ.get("APP_URL", "http://localhost:3000")

# The key and the workflow come from the environment: see the README. Without a key the app does not start.
app = FastAPI(lifespan=lifespan())
Client = Annotated[AsyncDidit, Depends(client)]

# Without a secret this raises, so the app does not start. During a rotation the old secret stays valid beside the new.
# The store recognises repetitions, also after a restart and in all workers of this machine.
previous_secret = os.environ.get("DIDIT_WEBHOOK_SECRET_PREVIOUS")
didit = DiditWebhook(
    app,
    [os.environ.get("DIDIT_WEBHOOK_SECRET", ""), *([previous_secret] if previous_secret else [])],
    store=SQLiteStore(os.environ.get("DIDIT_STORE", "didit.db")),
)


START = """<!doctype html><meta charset="utf-8"><title>Verification</title><button>Verify me</button><script>
document.querySelector("button").onclick = async () => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/verify", { method: "POST", headers, body: '{"user_id":"user-123"}' });
  location = (await answer.json()).verification_url;
};
</script>"""


@app.get("/")
async def start() -> Response:
    """The page on which a user begins."""
    return HTMLResponse(START)


class Verify(BaseModel):
    # Take it from your login session in production: here everybody may say who they are.
    user_id: str


@app.post("/api/verify")
async def create_verification(body: Verify, didit_api: Client) -> Response:
    """Begin a verification: the page sends the user to verification_url, an app gives session_token to Didit's SDK."""
    session = await didit_api.sessions.create(
        vendor_data=body.user_id,
        callback=f"{APP_URL}/verification-complete",
    )
    answer = JSONResponse({"verification_url": session.url, "session_token": session.session_token})
    # So that the page below shows a decision only to the browser that began.
    answer.set_cookie("verification", str(session.session_id), httponly=True, samesite="lax")
    return answer


@app.get("/verification-complete")
async def verification_complete(request: Request, didit_api: Client) -> Response:
    """Show the user how it went. Anybody can write this address, so what it claims is not believed."""
    came_back = parse_callback(request.url.query)
    if not came_back.session_id or came_back.session_id != request.cookies.get("verification"):
        return JSONResponse({"error": "not_your_session"}, status_code=403)
    decision = await didit_api.sessions.decision(came_back.session_id)
    return HTMLResponse(f"<!doctype html><h1>Verification: {html.escape(outcome(str(decision.status)))}</h1>")


# A call that failed: the browser learns the code, the log what happened. Neither contains personal data.
app.add_exception_handler(DiditError, error_handler)


@app.post("/api/webhook", responses=didit.responses)
async def webhook(delivery: Annotated[Delivery, didit.delivery()]) -> dict[str, object]:
    """Runs once for each event. If it raises, Didit gets a 500, and its retry finds the event new."""
    event = delivery.event
    act_on(event)
    # Didit looks at the status alone; the rest is for whoever tries this example.
    return {
        "received": True,
        "duplicate": False,
        "type": event.type,
        "outcome": event.outcome,
        "scheme": delivery.verified.scheme,
    }


def act_on(event: Event) -> None:
    """Your own work: update the database here.

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
