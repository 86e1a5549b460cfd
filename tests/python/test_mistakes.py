"""Mistakes in setting a route up: what is refused at once, and in which words, and what the log warns of."""

import asyncio
import errno
import gc
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from didit_client import AsyncDidit, Didit, Event, StatusUpdated, UnsignedEvent, UserStatusUpdated, Verifier
from didit_client._reasons import cause
from didit_client.fastapi import DiditWebhook
from didit_client.receiver import Receiver
from didit_client.starlette import DiditEndpoint
from didit_client.store import MemoryStore, SQLiteStore
from didit_client.testing import delivery

SECRET = "the-secret-of-the-mistakes-tests"


def route(**options: Any) -> DiditWebhook:
    return DiditWebhook(FastAPI(), SECRET, **{"store": MemoryStore(), **options})


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (("status.updated",), "'status.updated': that is StatusUpdated"),
        (("status.update",), "'status.update'"),
        ((5,), "int"),
        ((StatusUpdated, "user.status.updated"), "'user.status.updated': that is UserStatusUpdated"),
        ((dict,), "the class dict"),
        ((UnsignedEvent,), "the class UnsignedEvent"),
        ((StatusUpdated | int,), "the class int"),
    ],
)
def test_types_that_no_event_has(types: Any, said: str) -> None:
    didit = route()
    for take in (didit.event, didit.delivery):
        with pytest.raises(TypeError, match=f"classes of events, such as StatusUpdated, not {said}"):
            take(*types)


def test_types_of_events() -> None:
    didit = route()
    for types in [(), (StatusUpdated,), (StatusUpdated | UserStatusUpdated,), (Event,)]:
        assert didit.event(*types)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: route(max_age="300"), r"max_age must be int, not str"),
        (lambda: route(max_age={}), r"max_age must be int, not dict"),
        (lambda: route(max_age=2.5), r"max_age must be int, not float"),
        (lambda: route(slow_after="1"), r"slow_after must be a number of seconds, not '1'"),
        (lambda: route(namespace=5), r"namespace must be str, not int"),
        (lambda: route(store=SQLiteStore), r"store must be a store .*, not the class SQLiteStore itself"),
        (lambda: route(maxage=5), r"DiditWebhook has no option 'maxage'; did you mean 'max_age'\?"),
        (lambda: route(secret="y"), r"DiditWebhook has no option 'secret'; did you mean 'secrets'\?"),
        (lambda: DiditWebhook(FastAPI(), store=MemoryStore()), r"^DiditWebhook\(\) missing 1 required .* 'secrets'"),
        (lambda: DiditWebhook("x", "y", store=MemoryStore()), r"app must be the FastAPI application, not str"),
        (
            lambda: DiditWebhook("x", store=MemoryStore()),
            r"application, not str: DiditWebhook\(app, secrets, store=\.\.\.\)",
        ),
        (lambda: DiditEndpoint(SECRET, store=MemoryStore()).endpoint(5), r"handler must be a function .*, not int"),
        (lambda: Didit(apikey="x"), r"^Didit has no option 'apikey'; did you mean 'api_key'\?"),
        (lambda: AsyncDidit(apikey="x"), r"^AsyncDidit has no option 'apikey'; did you mean 'api_key'\?"),
        (lambda: Didit("key"), r"^Didit takes its options by name, such as api_key=\.\.\."),
        (lambda: Didit(webhook_secret=5), r"webhook_secret must be a str or bytes, or a list of them, not int"),
        (lambda: SQLiteStore(5), r"path must be .*, not int"),
        (lambda: Didit(api_key="k").sessions.create(vendordata="u"), r"'vendordata'.*; did you mean 'vendor_data'\?"),
        (lambda: Didit(api_key="k").sessions.create(vendorData="u"), r"'vendorData'.*; did you mean 'vendor_data'\?"),
        (lambda: Didit(api_key="k").sessions.create(timout=3), r"'timout'.*; did you mean 'timeout'\?"),
        (lambda: asyncio.run(AsyncDidit(api_key="k").sessions.create(vendordata="u")), r"did you mean 'vendor_data'\?"),
        (lambda: Didit(api_key="k").sessions.decision(), r"^decision\(\) missing 1 required .* 'session_id'"),
    ],
)
def test_wrong_arguments(make: Callable[[], Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        make()


def test_addresses_in_place_of_clients() -> None:
    from didit_client.store.postgres import AsyncPostgresStore, PostgresStore
    from didit_client.store.redis import AsyncRedisStore, RedisStore
    from didit_client.store.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore

    stores: list[Any] = [RedisStore, AsyncRedisStore, PostgresStore, AsyncPostgresStore]
    for store in [*stores, SQLAlchemyStore, AsyncSQLAlchemyStore]:
        with pytest.raises(TypeError, match=r"needed, not builtins\.str$") as caught:
            store("scheme://user:hunter2@host")
        assert "hunter2" not in str(caught.value)


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the package has warned of since the last call."""
    caplog.set_level(logging.WARNING, "didit_client")

    def said() -> list[str]:
        texts = [record.getMessage() for record in caplog.records if record.name == "didit_client.webhook"]
        caplog.clear()
        return texts

    return said


def test_two_routes_with_one_namespace(warned: Callable[[], list[str]]) -> None:
    store = MemoryStore()
    first = route(store=store)
    assert warned() == []
    second = route(store=store)
    (text,) = warned()
    assert "namespace 'didit': another route has it" in text
    # Whoever names it means it, and so does a worker of a route.
    third = [route(store=store, namespace="didit"), route(store=store, namespace="other"), first.worker()]
    another = [route(store=MemoryStore()), DiditEndpoint(SECRET, store=MemoryStore())]
    assert warned() == []
    endpoint = DiditEndpoint(SECRET, store=store)
    assert len(warned()) == 1
    assert all([first, second, third, another, endpoint])


def test_an_application_that_is_made_anew(warned: Callable[[], list[str]]) -> None:
    store = MemoryStore()
    for _ in range(3):
        Receiver(SECRET, store=store)
    assert warned() == []
    kept = [route(store=store)]
    kept.clear()
    gc.collect()
    route(store=store)
    assert warned() == []


@pytest.mark.parametrize(
    "secrets", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}\r\n", f"\t{SECRET}".encode(), " ", ["fine", f"{SECRET} "]]
)
def test_white_space_around_a_secret(secrets: Any, warned: Callable[[], list[str]]) -> None:
    for make in (Verifier, lambda given: route().__init__(FastAPI(), given, store=MemoryStore())):
        make(secrets)
        texts = warned()
        assert len(texts) == 1
        which = "webhook secret 2" if isinstance(secrets, list) else "the webhook secret"
        assert texts[0].startswith(f"{which} has white space around it")
        assert SECRET not in texts[0]
    for kind in (Didit, AsyncDidit):
        kind(api_key="k", environment={}, webhook_secret=secrets)
        assert len(warned()) == 1
    Didit(api_key="k", environment={"DIDIT_WEBHOOK_SECRET": f"{SECRET}\n"})
    assert len(warned()) == 1
    Verifier([SECRET, "a secret with spaces"])
    Didit(api_key="k", environment={})
    assert warned() == []


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ([f"{SECRET}\n"], ["the webhook secret"]),
        ((f"{SECRET}\n", "fine"), ["webhook secret 1"]),
        (["fine", f"{SECRET} "], ["webhook secret 2"]),
        ([f" {SECRET}", "fine", b"another\t"], ["webhook secret 1", "webhook secret 3"]),
    ],
)
def test_which_of_several_secrets_has_white_space(
    secrets: Any, told: list[str], warned: Callable[[], list[str]]
) -> None:
    Verifier(secrets)
    assert [text.split(" has ")[0] for text in warned()] == told


def test_times_that_are_in_milliseconds(warned: Callable[[], list[str]]) -> None:
    for options, said in (
        ({"max_age": 300_000}, "max_age is 300000 seconds"),
        ({"slow_after": 4500}, "Didit waits only 5"),
    ):
        route(**options)
        (text,) = warned()
        assert said in text
        assert "not milliseconds" in text
    route(max_age=86_400, slow_after=5)
    assert warned() == []


class Drains:
    """A middleware that takes the body from the server, and gives nothing of it back."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            while (await receive()).get("more_body"):
                pass
        await self.app(scope, receive, send)


async def streamed(request: Any, call_next: Any) -> Any:
    async for _ in request.stream():
        pass
    return await call_next(request)


async def part_of_it(request: Any, call_next: Any) -> Any:
    async for _ in request.stream():
        break
    return await call_next(request)


@pytest.mark.parametrize("kind", ["fastapi", "starlette"])
@pytest.mark.parametrize("middleware", [streamed, part_of_it, Drains])
def test_a_middleware_that_reads_the_body(kind: str, middleware: Any, caplog: pytest.LogCaptureFixture) -> None:
    options: dict[str, Any] = {"store": MemoryStore(), "slow_after": 0.1}
    app: Any
    if kind == "fastapi":
        app = FastAPI()
        didit = DiditWebhook(app, SECRET, **options)

        @app.post("/hook")
        async def hook(event: Event = didit.event()) -> None: ...
    else:
        endpoint = DiditEndpoint(SECRET, **options).endpoint(lambda _: None)
        app = Starlette(routes=[Route("/hook", endpoint, methods=["POST"])])
    if isinstance(middleware, type):
        app.add_middleware(middleware)
    else:
        from starlette.middleware.base import BaseHTTPMiddleware

        app.add_middleware(BaseHTTPMiddleware, dispatch=middleware)
    sent = delivery(secret=SECRET)
    answer = TestClient(app).post("/hook", content=sent.body, headers=sent.headers)
    assert (answer.status_code, answer.json()) == (500, {"error": "body_consumed"})
    assert "body_consumed" in caplog.text


def test_a_request_that_is_cancelled_while_it_waits_for_a_body_stays_cancelled() -> None:
    app = FastAPI()
    didit = DiditWebhook(app, SECRET, store=MemoryStore(), slow_after=60)

    @app.post("/hook")
    async def hook(event: Event = didit.event()) -> None: ...

    async def main() -> None:
        waits = asyncio.Event()

        async def receive() -> Any:
            waits.set()
            await asyncio.Event().wait()

        async def send(_: Any) -> None: ...

        headers = [(b"content-length", b"10")]
        scope = {"type": "http", "method": "POST", "path": "/hook", "query_string": b"", "headers": headers}
        request = asyncio.create_task(app(scope, receive, send))
        await waits.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(main())


def test_the_status_of_a_route_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    from fastapi import HTTPException

    app = FastAPI()
    didit = DiditWebhook(app, SECRET, store=MemoryStore())

    @app.post("/hook")
    async def hook(event: Event = didit.event()) -> None:
        raise HTTPException(409)

    sent = delivery(secret=SECRET)
    assert TestClient(app).post("/hook", content=sent.body, headers=sent.headers).status_code == 500
    assert "webhook handler_failed: status 409" in caplog.text


@pytest.mark.parametrize("kind", ["redis", "redis-async", "postgres", "sqlalchemy"])
def test_why_a_store_is_unavailable(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    import psycopg
    import redis
    import redis.asyncio
    import sqlalchemy

    from didit_client.store.postgres import PostgresStore
    from didit_client.store.redis import AsyncRedisStore, RedisStore
    from didit_client.store.sqlalchemy import SQLAlchemyStore

    # Nothing listens on port 1.
    place = "didit:hunter2@127.0.0.1:1"
    make: dict[str, Callable[[], Any]] = {
        "redis": lambda: RedisStore(redis.Redis.from_url(f"redis://{place}")),
        "redis-async": lambda: AsyncRedisStore(redis.asyncio.Redis.from_url(f"redis://{place}")),
        "postgres": lambda: PostgresStore(lambda: psycopg.connect(f"postgresql://{place}/didit")),
        "sqlalchemy": lambda: SQLAlchemyStore(sqlalchemy.create_engine(f"postgresql+psycopg://{place}/didit")),
    }
    store = make[kind]()
    app = FastAPI()
    didit = DiditWebhook(app, SECRET, store=store)

    @app.post("/hook")
    async def hook(event: Event = didit.event()) -> None: ...

    sent = delivery(secret=SECRET)
    assert TestClient(app).post("/hook", content=sent.body, headers=sent.headers).status_code == 503
    name = "ConnectionError" if kind.startswith("redis") else "OperationalError"
    assert f"store_unavailable: {name}: Connection refused. " in caplog.text
    assert "look after the database" in caplog.text
    assert "hunter2" not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_an_emulator_that_was_not_started() -> None:
    from didit_client.testing import DiditDev

    with pytest.raises(TypeError, match=r"with DiditDev\.start\(\) as dev"):
        DiditDev()


class OddError(OSError):
    """An error whose number is none."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "quoted"), ("ConnectionRefusedError", "Connection refused")),
        (ssl.SSLError(1, "quoted"), ("SSLError", "")),
        (socket.gaierror(socket.EAI_AGAIN, "quoted"), ("gaierror", "")),
        (socket.gaierror(8, "quoted"), ("gaierror", "")),
        (socket.herror(1, "quoted"), ("herror", "")),
        (OddError("quoted", "b"), ("OddError", "")),
        (OddError(True, "quoted"), ("OddError", "")),
        (OddError(2**40, "quoted"), ("OddError", "")),
        (OddError([], "quoted"), ("OddError", "")),
        (TimeoutError("quoted"), ("TimeoutError", "no answer in time")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_number_of_an_error_is_the_systems_or_is_not_said(error: OSError, said: tuple[str, str]) -> None:
    import redis

    assert cause(error) == said
    driver = redis.ConnectionError("quoted")
    driver.__cause__ = error
    # What is behind the driver's own is named where it has no words.
    behind = said[1] or (said[0] if said[0] != "OddError" else "")
    assert cause(driver) == ("ConnectionError", behind)
