"""Didit webhooks with FastAPI: the webhook half of Didit's guide, on didit-client.

DIDIT_WEBHOOK_SECRET="..." uvicorn app:app
"""

import logging
import os
from typing import Annotated

from didit_client import Event
from didit_client.fastapi import DiditWebhook
from didit_client.receiver import Delivery
from didit_client.store import SQLiteStore
from fastapi import FastAPI

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger("webhook")

app = FastAPI()

# Without a secret this raises, so the app does not start. During a rotation the old secret stays valid beside the new.
# The store recognises repetitions, also after a restart and in all workers of this machine.
previous_secret = os.environ.get("DIDIT_WEBHOOK_SECRET_PREVIOUS")
didit = DiditWebhook(
    app,
    [os.environ.get("DIDIT_WEBHOOK_SECRET", ""), *([previous_secret] if previous_secret else [])],
    store=SQLiteStore(os.environ.get("DIDIT_STORE", "didit.db")),
)


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
