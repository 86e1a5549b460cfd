"""`client.webhooks`: destinations, and verification with the client's secrets."""

import pytest

from api_clients import KEY, client_of
from api_server import Answer, serving
from deliveries import NOW, SECRET, Delivery
from didit_client import AsyncDidit, ConfigurationError, Didit, SignatureError

OLD = "the-previous-secret"


@pytest.mark.parametrize("kind", [Didit, AsyncDidit])
@pytest.mark.parametrize(
    "settings",
    [
        {"webhook_secret": SECRET},
        {"webhook_secret": SECRET.encode()},
        {"webhook_secret": ["another", SECRET]},
        {"environment": {"DIDIT_WEBHOOK_SECRET": SECRET}},
        {"environment": {"DIDIT_WEBHOOK_SECRET": "new", "DIDIT_WEBHOOK_SECRET_PREVIOUS": SECRET}},
    ],
)
def test_verify(kind: type[Didit] | type[AsyncDidit], settings: dict, delivery: Delivery) -> None:
    client = kind(**{"api_key": KEY, "environment": {}, **settings})
    verified = client.webhooks.verify(delivery.body, delivery.headers, NOW)
    assert verified.event.outcome == "granted"
    with pytest.raises(SignatureError):
        client.webhooks.verify(delivery.body.replace(b"Approved", b"Declined"), delivery.headers, NOW)


def test_without_a_secret() -> None:
    for environment in ({}, {"DIDIT_WEBHOOK_SECRET": ""}):
        with pytest.raises(ConfigurationError) as caught:
            Didit(api_key=KEY, environment=environment).webhooks.verify(b"{}", {}, NOW)
        assert caught.value.code == "missing_secret"


def test_destination() -> None:
    answer = {
        "uuid": "12121212-3434-4565-8787-909090909090",
        "label": "Production",
        "url": "https://example.com/hook",
        "secret_shared_key": "s" * 43,
    }
    with serving(Answer(answer, 201)) as api, client_of(api.url) as client:
        destination = client.webhooks.destinations.create(
            label="Production",
            url="https://example.com/hook",
            webhook_version="v3",
            subscribed_events=["status.updated"],
        )
    assert destination.secret_shared_key == "s" * 43
    assert "sss" not in repr(destination)
    (request,) = api.requests
    assert (request.method, request.target) == ("POST", "/v3/webhook/destinations/")
    assert request.json == {
        "label": "Production",
        "url": "https://example.com/hook",
        "webhook_version": "v3",
        "subscribed_events": ["status.updated"],
    }
