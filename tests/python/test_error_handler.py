"""What the log tells of an exception: where it was raised, and nothing that it says."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api_server import Answer, serving
from didit_client import AsyncDidit, DiditError, parse_callback
from didit_client.fastapi import error_handler
from test_fastapi import App, body

WORKFLOW = "11111111-2222-3333-4444-555555555555"


def charge_the_customer() -> None:
    try:
        int("Jane Sample")
    except ValueError as error:
        raise LookupError("Jane Sample has no account\n  File in Jane") from error


@pytest.mark.parametrize(
    ("kind", "handed_off"),
    [("fastapi", False), ("fastapi", True), ("starlette", False), ("starlette", True)],
)
def test_where_a_handler_failed_is_told(kind: str, handed_off: bool, caplog: pytest.LogCaptureFixture) -> None:
    app = App(kind, **({"hand_off": lambda delivery: charge_the_customer()} if handed_off else {}))
    app.act = charge_the_customer
    assert app.ask(body())[0] == (503 if handed_off else 500)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    facts = record.__dict__["didit"]
    assert facts["exception"] == "LookupError"
    lines = facts["stack"].splitlines()
    at = next(place for place, line in enumerate(lines) if line.endswith("in charge_the_customer"))
    assert lines[at].startswith(f'  File "{__file__}", line ')
    assert lines[at + 1] == "  caused by ValueError"
    assert lines[at + 2].endswith("in charge_the_customer")
    assert not any("site-packages" in line or "didit_client/" in line for line in lines)
    # What a route of FastAPI raises goes on to the server, which prints all of it.
    assert ("charge_the_customer" in record.getMessage()) == (kind == "starlette" or handed_off)
    assert "Jane" not in record.getMessage() + str(facts)


def of_fastapi(route: Callable[[], Any]) -> Any:
    app = FastAPI()
    app.add_exception_handler(DiditError, error_handler)
    app.get("/begin")(route)
    return app


def of_starlette(route: Callable[[], Any]) -> Any:
    async def endpoint(_request: Request) -> Response:
        await route()
        return Response()

    return Starlette(routes=[Route("/begin", endpoint)], exception_handlers={DiditError: error_handler})


async def ask(app: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/begin")


@pytest.mark.parametrize("make", [of_fastapi, of_starlette])
def test_a_call_that_failed_is_answered_and_told_once(
    make: Callable[[Callable[[], Any]], Any], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    async def begin_verification() -> None:
        async with AsyncDidit(
            api_key="the-key-of-the-tests", workflow_id=WORKFLOW, base_url=f"http://127.0.0.1:{port}", max_retries=0
        ) as didit:
            await didit.sessions.create(vendor_data="Jane Sample")

    answer = asyncio.run(ask(make(begin_verification)))
    assert (answer.status_code, answer.json()) == (502, {"error": "connection_failed"})
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    said, facts = record.getMessage(), record.__dict__["didit"]
    assert (record.name, record.levelname) == ("didit_client", "ERROR")
    assert said.startswith("connection_failed: ")
    assert f"(sessions.create at 127.0.0.1:{port}). Check the network" in said
    assert said.endswith(facts["stack"])
    assert "in test_a_call_that_failed_is_answered_and_told_once.<locals>.begin_verification" in facts["stack"]
    assert (facts["code"], facts["attempts"]) == ("connection_failed", 1)
    assert "Jane" not in said
    assert "the-key-of-the-tests" not in said


def test_what_the_caller_got_wrong_is_a_warning_without_a_stack(caplog: pytest.LogCaptureFixture) -> None:
    async def back() -> None:
        parse_callback("status=Approved")

    answer = asyncio.run(ask(of_fastapi(back)))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_callback"})
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (record.levelname, record.__dict__["didit"]) == ("WARNING", {"code": "invalid_callback", "attempts": 0})


def test_other_errors_are_not_answered() -> None:
    async def broken() -> None:
        raise LookupError("Jane Sample")

    answer = asyncio.run(ask(of_fastapi(broken)))
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")


def test_the_words_of_an_answer_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """They may repeat what was sent, in other letters."""

    async def begin_verification() -> None:
        async with AsyncDidit(api_key="k", workflow_id=WORKFLOW, base_url=url, max_retries=0) as didit:
            await didit.sessions.create(vendor_data="Jane Sample")

    with serving(lambda _: Answer({"detail": "JANE SAMPLE may not."}, 403)) as api:
        url = api.url
        answer = asyncio.run(ask(of_fastapi(begin_verification)))
    assert answer.json() == {"error": "authentication_failed"}
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    host = url.removeprefix("http://")
    said = record.getMessage()
    assert said.startswith(f"authentication_failed: Didit answered 403 (sessions.create at {host}). Check that the key")
    assert "jane" not in said.lower()
