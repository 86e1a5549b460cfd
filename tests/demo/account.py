"""The guide's first steps with didit-client: an account, a workflow, a webhook destination."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from didit_client import Didit
from didit_client.testing import Control

FEATURES = ("OCR", "LIVENESS", "FACE_MATCH")
EVENTS = ("status.updated", "data.updated")


@dataclass(frozen=True)
class Account:
    """What an application is configured with."""

    api_key: str = field(repr=False)
    workflow_id: str
    destination: str
    secret: str = field(repr=False)


def account(base_url: str, webhook: str, done: Callable[[str], None]) -> Account:
    """Go through the steps, and tell `done` of each."""
    email, password = f"{uuid.uuid4()}@example.com", f"Aa1!{uuid.uuid4()}"
    settings = {"base_url": base_url, "account_url": f"{base_url}/auth/v2", "environment": {}}
    with Didit(**settings) as anonymous:
        anonymous.account.register(email=email, password=password)
        done("register")
        code = Control(base_url).mail(email)[0]["code"]
        key = anonymous.account.verify_email(email=email, code=code).application.api_key
        done("verify_email")
    with Didit(api_key=key, **settings) as client:
        workflow = client.workflows.create(
            workflow_label="Sign-up", features=[{"feature": feature} for feature in FEATURES]
        )
        done("workflow")
        destination = client.webhooks.destinations.create(
            label="demo", url=webhook, webhook_version="v3", subscribed_events=EVENTS
        )
        done("destination")
    return Account(key, str(workflow.uuid), str(destination.uuid), str(destination.secret_shared_key))
