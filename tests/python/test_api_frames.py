"""A traceback that is kept with its local variables, as error trackers do, holds no secret from this package."""

import asyncio
import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import didit_client
from api_clients import KEY, PRIVATE, SECRET, SESSION_ID, async_client_of, client_of
from api_server import Answer, serving
from didit_client import AsyncDidit, Didit

TOKEN = "access-token-of-the-tests"
PACKAGE = str(Path(didit_client.__file__).parent)
REFUSED = Answer({"detail": "no"}, 400)


def frames_of(error: BaseException) -> list[tuple[str, dict[str, str]]]:
    """File and variables of each frame, those of contexts and causes too."""
    found = []
    told: traceback.TracebackException | None = traceback.TracebackException.from_exception(error, capture_locals=True)
    while told is not None:
        found += [(frame.filename, frame.locals or {}) for frame in told.stack]
        told = told.__cause__ or told.__context__
    return found


def check(error: BaseException) -> None:
    frames = frames_of(error)
    ours = [variables for file, variables in frames if file.startswith(PACKAGE) or "json" in Path(file).parts]
    assert len(frames) > len(ours), "the caller's own frames are still there"
    shown = json.dumps(ours)
    for private in (KEY, SECRET, TOKEN, PRIVATE, "jpeg-bytes"):
        assert private not in shown, shown


FILE = ("a.jpg", b"jpeg-bytes")
CALLS: list[Callable[[Any], Any]] = [
    lambda client: client.sessions.create(vendor_data=PRIVATE, metadata={"name": PRIVATE}),
    lambda client: client.sessions.create(vendor_data=PRIVATE, callback="nowhere"),
    lambda client: client.sessions.create(metadata={PRIVATE: object()}),
    lambda client: client.sessions.create(metadata={PRIVATE: float("nan")}),
    lambda client: client.sessions.create(vendor_data=PRIVATE, timeout=-1),
    lambda client: client.sessions.create(vendor_data=PRIVATE, access_token=TOKEN, no_such_argument=PRIVATE),
    lambda client: client.sessions.decision(SESSION_ID, extra_headers={"x-private": PRIVATE}),
    lambda client: client.checks.id.verify(front_image=FILE, vendor_data=PRIVATE),
    lambda client: client.checks.id.verify(front_image=PRIVATE),
    lambda client: client.account.login(email=f"{PRIVATE}@example.com", password=SECRET),
    lambda client: client.account.organizations.list(access_token=TOKEN),
    lambda client: client.request("POST", f"/v3/{PRIVATE}/", json={"name": PRIVATE}, extra_query={"q": PRIVATE}),
    lambda client: client.healthcheck(access_token=TOKEN, extra_headers={"x-private": PRIVATE}),
    lambda client: client.with_options(access_token=TOKEN, no_such_option=1),
]


@pytest.mark.parametrize("call", CALLS)
def test_calls(call: Callable[[Didit], object]) -> None:
    with serving(REFUSED) as api, client_of(api.url, max_retries=0) as client:
        with pytest.raises(Exception) as caught:
            call(client)
        check(caught.value)


@pytest.mark.parametrize("call", CALLS[:-1])
def test_calls_under_asyncio(call: Callable[[AsyncDidit], Any]) -> None:
    async def main(url: str) -> None:
        async with async_client_of(url, max_retries=0) as client:
            await call(client)

    with serving(REFUSED) as api:
        with pytest.raises(Exception) as caught:
            asyncio.run(main(api.url))
        check(caught.value)


@pytest.mark.parametrize("kind", [Didit, AsyncDidit])
@pytest.mark.parametrize(
    "wrong", [{"base_url": "nowhere"}, {"timeout": "x"}, {"before_attempt": 1}, {"webhook_secret": 5}]
)
def test_constructors(kind: type[Any], wrong: dict[str, Any]) -> None:
    options = {"api_key": KEY, "webhook_secret": SECRET, "client_secret": PRIVATE, "environment": {"A": PRIVATE}}
    with pytest.raises(Exception) as caught:
        kind(**{**options, **wrong})
    check(caught.value)


def test_pages() -> None:
    def respond(request: Any) -> Answer:
        more = f"https://verification.didit.me/v3/sessions/?offset=1&search={PRIVATE}"
        rows = [{"session_id": "s", "vendor_data": PRIVATE}]
        return REFUSED if "offset" in request.target else Answer({"count": 2, "next": more, "results": rows})

    async def under_asyncio(url: str) -> None:
        async with async_client_of(url, max_retries=0) as client:
            async for _ in client.sessions.list(vendor_data=PRIVATE):
                pass

    with serving(respond) as api, client_of(api.url, max_retries=0) as client:
        page = client.sessions.list(vendor_data=PRIVATE)
        with pytest.raises(Exception) as caught:
            page.next_page()
        check(caught.value)
        with pytest.raises(Exception) as caught:
            list(page)
        check(caught.value)
        with pytest.raises(Exception) as caught:
            asyncio.run(under_asyncio(api.url))
        check(caught.value)


def test_a_client_that_was_not_set_up_can_be_printed() -> None:
    client = object.__new__(Didit)
    assert repr(client) == "Didit(not set up)"


def test_what_a_hook_raises_keeps_its_frames() -> None:
    def interrupting(_: object) -> None:
        raise KeyboardInterrupt

    with serving() as api, client_of(api.url, before_attempt=interrupting) as client:
        with pytest.raises(KeyboardInterrupt) as caught:
            client.sessions.create(vendor_data=PRIVATE)
        assert "interrupting" in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
