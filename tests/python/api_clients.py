"""Clients for the tests: of a loopback server, and of nothing in the environment."""

from typing import Any

from didit_client import AsyncDidit, Didit

KEY = "sk_test_the-key-of-the-tests"
SECRET = "the-secret-of-the-tests"
WORKFLOW = "11111111-2222-3333-4444-555555555555"
SESSION_ID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
# What no repr, log line, hook or error may show.
PRIVATE = "Ottilie-Sekretova"


def settings(url: str, **options: Any) -> dict[str, Any]:
    return {
        "api_key": KEY,
        "workflow_id": WORKFLOW,
        "webhook_secret": SECRET,
        "base_url": url,
        "timeout": 20,
        "environment": {},
        **options,
    }


def client_of(url: str, **options: Any) -> Didit:
    return Didit(**settings(url, **options))


def async_client_of(url: str, **options: Any) -> AsyncDidit:
    return AsyncDidit(**settings(url, **options))
