"""A traceback that is kept with its local variables holds no secret and no body of the webhook side."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from starlette.applications import Starlette
from starlette.routing import Route

from api_clients import PRIVATE
from didit_client import Didit, Event, Verifier, canonicalize, explain, parse_unsigned, sign
from didit_client.fastapi import DiditWebhook
from didit_client.receiver import Receiver, Refused
from didit_client.starlette import DiditEndpoint
from didit_client.store import MemoryStore
from test_api_frames import frames_of

SECRET_OF_FRAMES = "the-secret-of-the-frames-tests"
BODY = json.dumps({"timestamp": int(time.time()), "event_id": str(uuid.uuid4()), "vendor_data": PRIVATE}).encode()
HEADERS = sign(BODY, "another secret")
STORE = MemoryStore()


def check(error: BaseException, signature: str = HEADERS["X-Signature-V2"]) -> None:
    frames = frames_of(error)
    ours = [variables for file, variables in frames if "didit_client" in file]
    assert len(frames) > len(ours), "the caller's own frames are still there"
    shown = json.dumps(ours)
    assert "repr() failed" not in shown
    for private in (SECRET_OF_FRAMES, PRIVATE, signature):
        assert private not in shown, shown


def receiver(**options: Any) -> Receiver:
    return Receiver(SECRET_OF_FRAMES, store=STORE, namespace="frames", **options)


CALLS: dict[str, Callable[[], Any]] = {
    "verify": lambda: Verifier(SECRET_OF_FRAMES).verify(BODY, HEADERS),
    "verify_parsed": lambda: Verifier(SECRET_OF_FRAMES).verify_parsed(json.loads(BODY), HEADERS),
    "a body of a wrong type": lambda: Verifier(SECRET_OF_FRAMES).verify(json.loads(BODY), HEADERS),
    "webhooks.verify": lambda: Didit(api_key="k", webhook_secret=SECRET_OF_FRAMES).webhooks.verify(BODY, HEADERS),
    "webhooks.verify_parsed": lambda: Didit(api_key="k", webhook_secret=SECRET_OF_FRAMES).webhooks.verify_parsed(
        json.loads(BODY), HEADERS
    ),
    "webhooks.verify_legacy": lambda: Didit(api_key="k", legacy_webhook_secret=SECRET_OF_FRAMES).webhooks.verify_legacy(
        BODY, HEADERS
    ),
    "webhooks.verify_legacy without a secret": lambda: Didit(api_key="k", environment={}).webhooks.verify_legacy(
        BODY, HEADERS
    ),
    "an option of a wrong type": lambda: Verifier(SECRET_OF_FRAMES, environments="live"),  # type: ignore[arg-type]
    "a secret of a wrong type": lambda: Verifier([SECRET_OF_FRAMES, 5]),  # type: ignore[list-item]
    "sign": lambda: sign(BODY + b"]", SECRET_OF_FRAMES),
    "explain": lambda: explain(BODY, 5, SECRET_OF_FRAMES),  # type: ignore[arg-type]
    "canonicalize": lambda: canonicalize(BODY + b"]"),
    "parse_unsigned": lambda: parse_unsigned(BODY + b"]"),
    "Receiver": lambda: receiver(max_age="3"),
    "an unknown option": lambda: receiver(max_agee=3),
    "DiditWebhook": lambda: DiditWebhook(FastAPI(), SECRET_OF_FRAMES, store=STORE, max_age="3"),  # type: ignore[arg-type]
    "DiditEndpoint": lambda: DiditEndpoint(SECRET_OF_FRAMES, store=STORE, environments="live"),  # type: ignore[arg-type]
    "authenticate": lambda: receiver().authenticate(BODY, HEADERS),
    "authenticate_parsed": lambda: receiver().authenticate_parsed(json.loads(BODY), HEADERS),
    "authenticate_as_of": lambda: receiver().authenticate_as_of(BODY, HEADERS),
    "a tenant's secrets": lambda: Receiver(
        lambda _: [SECRET_OF_FRAMES, 5], store=STORE, namespace="tenants"
    ).verifier_for(object()),
    "a tenant's secrets, one of them empty": lambda: Receiver(
        lambda _: [SECRET_OF_FRAMES, ""], store=STORE, namespace="empty"
    ).verifier_for(object()),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name: str) -> None:
    with pytest.raises(Exception) as caught:
        CALLS[name]()
    check(caught.value)


def test_what_a_dependency_of_the_application_sees_of_a_refusal() -> None:
    app, seen = FastAPI(), list[BaseException]()
    didit = DiditWebhook(app, SECRET_OF_FRAMES, store=STORE, namespace="dependency")
    arrival = didit.event().dependency

    @app.post("/hook")
    async def hook() -> None: ...

    async def watched(request: Any) -> None:
        try:
            await arrival(request)
        except Refused as refused:
            # As an error tracker does, at once: it is handled further up.
            check(refused)
            seen.append(refused)
            raise

    async def depend(request: Request) -> None:
        await watched(request)

    @app.post("/watched", dependencies=[Depends(depend)])
    async def route() -> None: ...

    async def send() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.post("/watched", content=BODY, headers=HEADERS)).status_code

    assert asyncio.run(send()) == 401
    assert len(seen) == 1


def test_what_an_error_of_a_route_shows() -> None:
    app = FastAPI()
    didit = DiditWebhook(app, SECRET_OF_FRAMES, store=STORE, namespace="fails")

    @app.post("/hook")
    async def hook(event: Event = didit.event()) -> None:
        raise LookupError

    async def send() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await client.post("/hook", content=BODY, headers=sign(BODY, SECRET_OF_FRAMES))

    with pytest.raises(LookupError) as caught:
        asyncio.run(send())
    assert any("fastapi.py" in file and "didit_client" in file for file, _ in frames_of(caught.value))
    check(caught.value, sign(BODY, SECRET_OF_FRAMES)["X-Signature-V2"])


def test_what_an_error_of_the_secrets_function_shows() -> None:
    def secrets(_request: Any) -> Any:
        raise LookupError

    async def nothing(_event: Event) -> None: ...

    endpoint = DiditEndpoint(secrets, store=STORE, namespace="secrets-fail").endpoint(nothing)
    app = Starlette(routes=[Route("/hook", endpoint, methods=["POST"])])

    async def send() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            await client.post("/hook", content=BODY, headers=HEADERS)

    with pytest.raises(LookupError) as caught:
        asyncio.run(send())
    assert any(file == __file__ for file, _ in frames_of(caught.value)), "the function's own frame is still there"
    check(caught.value)


def test_a_verifier_that_was_not_set_up_can_be_printed() -> None:
    assert repr(object.__new__(Verifier)) == "Verifier(not set up)"
