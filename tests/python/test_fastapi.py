"""The FastAPI adapter in one process: what is answered, and what becomes of the claim."""

import asyncio
import json
import logging
import os
import pickle
import signal
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from didit_client import AsyncDidit, ConfigurationError, Event, StatusUpdated, StoreError, sign
from didit_client.fastapi import DiditWebhook, client, lifespan
from didit_client.receiver import Delivery, Receiver
from didit_client.starlette import DiditEndpoint
from didit_client.store import MemoryStore, SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "the-secret-of-the-tests"
PATH = "/webhooks/didit"


def body(**members: Any) -> bytes:
    payload = {"event_id": str(uuid.uuid4()), "webhook_type": "status.updated", "status": "Approved"}
    payload |= {"session_id": "s-1", "timestamp": int(time.time()), "environment": "live", **members}
    return json.dumps(payload).encode()


class App:
    """An application with one route, whose handler a test can change."""

    def __init__(self, kind: str = "fastapi", **options: Any) -> None:
        self.store = options.pop("store", None) or MemoryStore()
        self.secrets = options.pop("secrets", SECRET)
        self.events: list[Event] = []
        self.act: Callable[[], Any] = lambda: None
        getattr(self, kind)(options)

    def fastapi(self, options: dict[str, Any]) -> None:
        self.asgi = app = FastAPI()
        self.didit = didit = DiditWebhook(app, self.secrets, store=self.store, **options)

        @app.post(PATH, responses=didit.responses)
        async def webhook(event: Event = didit.event()) -> dict[str, bool]:
            self.events.append(event)
            await wait_for(self.act())
            return {"received": True}

    def sync(self, options: dict[str, Any]) -> None:
        self.asgi = app = FastAPI()
        didit = DiditWebhook(app, self.secrets, store=self.store, **options)

        @app.post(PATH)
        def webhook(event: Event = didit.event()) -> dict[str, bool]:
            self.events.append(event)
            self.act()
            return {"received": True}

    def starlette(self, options: dict[str, Any]) -> None:
        async def handle(event: Event) -> None:
            self.events.append(event)
            await wait_for(self.act())

        endpoint = DiditEndpoint(self.secrets, store=self.store, **options).endpoint(handle)
        self.asgi = Starlette(routes=[Route(PATH, endpoint, methods=["POST"])])

    async def send(self, content: Any, headers: dict[str, str] | None = None, method: str = "POST") -> httpx.Response:
        transport = httpx.ASGITransport(self.asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            signed = sign(content, SECRET) if headers is None else headers
            return await client.request(method, PATH, content=content, headers=signed)

    def ask(self, content: Any, **options: Any) -> tuple[int, Any]:
        answer = asyncio.run(self.send(content, **options))
        return answer.status_code, answer.json()


async def wait_for(result: Any) -> None:
    if asyncio.iscoroutine(result):
        await result


@pytest.fixture(params=["fastapi", "sync", "starlette"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_event_is_done_once(kind: str) -> None:
    app, content = App(kind), body()
    assert app.ask(content)[0] == 200
    assert app.ask(content) == (
        200,
        {"received": True, "duplicate": True, "type": "status.updated", "outcome": "granted", "scheme": "v2"},
    )
    assert len(app.events) == 1
    assert app.store.counts().done == 1


def test_a_handler_that_fails_gives_the_event_back(kind: str) -> None:
    app, content = App(kind), body()

    def fail() -> None:
        raise LookupError("Jane Sample")

    app.act = fail
    assert app.ask(content) == (500, {"error": "handler_failed"})
    assert app.store.counts().released == 1
    app.act = lambda: None
    assert app.ask(content)[0] == 200
    assert len(app.events) == 2


def test_what_a_route_answers_instead_of_2xx_is_no_success() -> None:
    app, content = App(), body()
    for status, expected in ((409, 500), (404, 500), (502, 502)):

        def refuse(status: int = status) -> None:
            raise HTTPException(status)

        app.act = refuse
        assert app.ask(content)[0] == expected
        assert app.store.counts().released == 1


def test_in_flight(kind: str) -> None:
    app, content = App(kind), body()
    app.store.claim("didit", json.loads(content)["event_id"])
    assert app.ask(content) == (503, {"error": "in_flight"})
    assert app.events == []


@pytest.mark.parametrize("kind", ["fastapi", "starlette"])
@pytest.mark.parametrize("fails", [False, True])
def test_a_slow_handler_goes_on_under_its_claim(kind: str, fails: bool) -> None:
    app, content = App(kind, slow_after=0.05), body()

    async def exchange() -> None:
        goes_on, ended = asyncio.Event(), asyncio.Event()

        async def slowly() -> None:
            try:
                await goes_on.wait()
                if fails:
                    raise LookupError
            finally:
                ended.set()

        app.act = slowly
        first = asyncio.create_task(app.send(content))
        while app.store.counts().in_flight == 0:
            await asyncio.sleep(0.005)
        if kind == "starlette":
            assert (await first).status_code == 503
        else:
            # httpx returns when the application has, so the answer is not to be seen yet.
            await asyncio.sleep(0.1)
        assert (await app.send(content)).json() == {"error": "in_flight"}
        goes_on.set()
        assert (await first).status_code == 503
        assert (await first).json() == {"error": "slow"}
        await ended.wait()
        while app.store.counts().in_flight:
            await asyncio.sleep(0.005)
        app.act = lambda: None
        again = (await app.send(content)).json()
        assert again.get("duplicate", False) is not fails

    asyncio.run(exchange())
    assert len(app.events) == (2 if fails else 1)


def test_a_store_that_is_down(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    class Down(MemoryStore):
        def try_claim(self, namespace: str, event_id: str, *, wait: bool = False) -> Any:
            raise RuntimeError("Jane Sample")

    app = App(kind, store=Down())
    assert app.ask(body()) == (503, {"error": "store_unavailable"})
    assert app.events == []
    assert "Jane" not in caplog.text


def test_a_store_that_hangs(kind: str) -> None:
    class Hanging:
        lease, retention = 30.0, 3600

        def __init__(self) -> None:
            self.goes_on = threading.Event()

        def claim(self, namespace: str, event_id: str) -> Any:
            self.goes_on.wait()

        renew = complete = release = is_done = purge = counts = claim

    store = Hanging()
    app = App(kind, store=store, slow_after=0.05)

    async def exchange() -> httpx.Response:
        try:
            return await app.send(body())
        finally:
            store.goes_on.set()

    assert asyncio.run(exchange()).status_code == 503
    assert app.events == []


def test_an_event_that_cannot_be_recorded(kind: str) -> None:
    class Forgetful(MemoryStore):
        def try_complete(self, claim: Any, *, wait: bool = False) -> Any:
            raise RuntimeError

    app = App(kind, store=Forgetful())
    assert app.ask(body()) == (503, {"error": "store_unavailable"})
    assert len(app.events) == 1


def test_what_is_refused(kind: str) -> None:
    app, content = App(kind, max_body=1000), body()
    assert app.ask(content, headers=sign(content, "another secret")) == (401, {"error": "signature_mismatch"})
    assert app.ask(b"{", headers=sign(content, SECRET)) == (400, {"error": "syntax"})
    assert app.ask(content, headers={}) == (401, {"error": "missing_signature"})
    gzip = {**sign(content, SECRET), "Content-Encoding": "gzip"}
    assert app.ask(content, headers=gzip) == (415, {"error": "unsupported_encoding"})
    large = body(vendor_data="x" * 1000)
    assert app.ask(large) == (413, {"error": "body_too_large"})
    read: list[int] = []

    async def chunks() -> Any:
        for _ in range(1000):
            read.append(1)
            yield b"x" * 100

    async def stream() -> int:
        return (await app.send(chunks(), headers={"Transfer-Encoding": "chunked"})).status_code

    assert asyncio.run(stream()) == 413
    assert len(read) < 1000, "read to its end"
    assert asyncio.run(app.send(b"", headers={}, method="GET")).status_code == 405
    assert app.events == []


def test_another_environment_is_acknowledged(kind: str) -> None:
    app = App(kind, environments=("live",))
    expected = {"received": True, "duplicate": False, "ignored": "other_environment"}
    assert app.ask(body(environment="sandbox")) == (200, expected)
    assert app.ask(body())[0] == 200
    assert len(app.events) == 1


def test_types_that_the_route_does_not_take() -> None:
    app = FastAPI()
    didit = DiditWebhook(app, SECRET, store=MemoryStore())
    seen: list[StatusUpdated] = []

    @app.post(PATH)
    async def webhook(event: Annotated[StatusUpdated, didit.event(StatusUpdated)]) -> None:
        seen.append(event)

    holder = App()
    holder.asgi = app
    assert holder.ask(body(webhook_type="transaction.created"))[0] == 200
    assert seen == []
    assert holder.ask(body())[0] == 200
    assert len(seen) == 1


def test_a_body_that_was_read_before() -> None:
    app = FastAPI()
    didit = DiditWebhook(app, SECRET, store=MemoryStore())

    async def nosy(request: Request) -> None:
        async for _ in request.stream():
            pass

    async def polite(request: Request) -> None:
        await request.json()

    @app.post(PATH, dependencies=[Depends(nosy)])
    async def consumed(event: Event = didit.event()) -> None: ...

    holder = App()
    holder.asgi = app
    assert holder.ask(body()) == (500, {"error": "body_consumed"})
    app.router.routes.pop()

    @app.post(PATH, dependencies=[Depends(polite)])
    async def cached(event: Event = didit.event()) -> None: ...

    assert holder.ask(body())[0] == 200


@pytest.mark.parametrize("reads", ["body", "json", "stream"])
def test_a_route_can_read_the_body_once_more(reads: str) -> None:
    app, read = FastAPI(), []
    didit = DiditWebhook(app, SECRET, store=MemoryStore())

    @app.post(PATH)
    async def webhook(request: Request, event: Event = didit.event()) -> None:
        if reads == "json":
            read.append(json.dumps(await request.json()).encode())
        elif reads == "body":
            read.append(await request.body())
        else:
            read.append(b"".join([chunk async for chunk in request.stream()]))

    holder, content = App(), body()
    holder.asgi = app
    assert holder.ask(content)[0] == 200
    assert [json.loads(text) for text in read] == [json.loads(content)]


def test_dependencies_live_as_long_as_a_slow_handler() -> None:
    app = FastAPI()
    didit = DiditWebhook(app, SECRET, store=MemoryStore(), slow_after=0.02)
    order: list[str] = []

    async def resource() -> Any:
        order.append("open")
        yield "resource"
        order.append("closed")

    @app.post(PATH)
    async def webhook(delivery: Delivery = didit.delivery(), _resource: str = Depends(resource)) -> None:
        await asyncio.sleep(0.1)
        order.append(f"handled {delivery.attempts}")

    holder = App()
    holder.asgi = app
    assert holder.ask(body())[0] == 503
    assert order == ["open", "handled 1", "closed"]


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_dependency_does_at_its_end_is_a_part_of_the_work(fails: bool) -> None:
    """Such as a database session that commits there."""
    app = FastAPI()
    store = MemoryStore()
    didit = DiditWebhook(app, SECRET, store=store)
    in_flight: list[int] = []

    async def session() -> Any:
        yield "session"
        in_flight.append(store.counts().in_flight)
        if fails:
            raise LookupError("the commit failed")

    @app.post(PATH)
    async def webhook(event: Event = didit.event(), _session: str = Depends(session)) -> dict[str, bool]:
        return {"received": True}

    holder, content = App(), body()
    holder.asgi = app
    status, answer = holder.ask(content)
    assert in_flight == [1], "the event was done before the commit"
    if fails:
        assert (status, answer) == (500, {"error": "handler_failed"})
        assert store.counts().released == 1
    else:
        assert (status, answer) == (200, {"received": True})
        assert store.counts().done == 1


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_background_task_does_is_a_part_of_the_work(fails: bool) -> None:
    app = FastAPI()
    store = MemoryStore()
    didit = DiditWebhook(app, SECRET, store=store)

    def later() -> None:
        assert store.counts().in_flight == 1
        if fails:
            raise LookupError

    @app.post(PATH)
    async def webhook(tasks: BackgroundTasks, event: Event = didit.event()) -> dict[str, bool]:
        tasks.add_task(later)
        return {"received": True}

    holder = App()
    holder.asgi = app
    assert holder.ask(body())[0] == (500 if fails else 200)
    assert (store.counts().done, store.counts().released) == ((0, 1) if fails else (1, 0))


@pytest.mark.parametrize("before", [False, True])
def test_what_a_middleware_does_not_tell_of_a_dependency(before: bool) -> None:
    """Starlette's base of middlewares runs the application in a task, and hands its exceptions on late."""
    app = FastAPI()
    store = MemoryStore()

    async def passes(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    if before:
        app.middleware("http")(passes)
    didit = DiditWebhook(app, SECRET, store=store)
    if not before:
        app.middleware("http")(passes)

    async def session() -> Any:
        yield "session"
        raise LookupError

    @app.post(PATH)
    async def webhook(event: Event = didit.event(), _session: str = Depends(session)) -> None: ...

    holder = App()
    holder.asgi = app
    assert holder.ask(body())[0] == 500
    assert store.counts().released == 1


def test_several_routes_of_one_application() -> None:
    app = FastAPI()
    for number in (1, 2):
        didit = DiditWebhook(app, SECRET, store=MemoryStore(), namespace=f"n{number}")

        @app.post(PATH if number == 1 else "/other")
        async def webhook(event: Event = didit.event()) -> int:
            return 1

    holder, content = App(), body()
    holder.asgi = app
    assert holder.ask(content) == (200, 1)
    assert holder.ask(content)[1]["duplicate"] is True
    assert len(app.user_middleware) == 1


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_hand_off_is_accepted_before_the_work_is_done(kind: str, asynchronous: bool) -> None:
    queue: list[Delivery] = []

    async def put_async(delivery: Delivery) -> None:
        await asyncio.sleep(0)
        queue.append(delivery)

    app, content = App(kind, hand_off=put_async if asynchronous else queue.append), body()
    expected = {"received": True, "duplicate": False, "type": "status.updated", "outcome": "granted", "scheme": "v2"}
    assert app.ask(content) == (202, expected)
    assert app.ask(content) == (200, {**expected, "duplicate": True})
    assert json.loads(queue[0].verified.bytes) == json.loads(content)
    assert (len(queue), app.events, app.store.counts().done) == (1, [], 1)


def test_a_worker_does_once_what_was_handed_off() -> None:
    queue: list[bytes] = []
    receiver = Receiver(
        SECRET, store=MemoryStore(), hand_off=lambda arrived: queue.append(pickle.dumps(arrived.verified))
    )
    delivery, done = deliveries(receiver), list[Event]()
    assert receiver.run_here(delivery, lambda _: done.append(delivery.event)).status == 202
    worker = receiver.worker()

    def work(fails: bool = False) -> str:
        def handle(arrived: Delivery) -> None:
            if fails:
                raise LookupError
            done.append(arrived.event)

        return worker.run_here(Delivery(worker, pickle.loads(queue[0])), handle).name

    assert [work(fails=True), work(), work()] == ["handler_failed", "done", "duplicate"]
    assert done == [delivery.event]


def test_a_hand_off_that_fails_gives_the_event_back(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    full, queue = [True], list[Delivery]()

    def put(delivery: Delivery) -> None:
        if full.pop():
            raise OSError("Jane Sample")
        queue.append(delivery)

    app, content = App(kind, hand_off=put), body()
    assert app.ask(content) == (503, {"error": "hand_off_failed"})
    assert (app.store.counts().released, queue) == (1, [])
    full.append(False)
    assert app.ask(content)[0] == 202
    assert (len(queue), app.events) == (1, [])
    assert "Jane" not in caplog.text


def test_a_slow_hand_off(kind: str) -> None:
    goes_on = threading.Event()
    app, content = App(kind, hand_off=lambda delivery: goes_on.wait(), slow_after=0.05), body()

    async def exchange() -> None:
        first = asyncio.create_task(app.send(content))
        while app.store.counts().in_flight == 0:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.1)
        assert (await app.send(content)).json() == {"error": "in_flight"}
        goes_on.set()
        assert ((await first).status_code, (await first).json()) == (503, {"error": "slow"})
        while app.store.counts().done == 0:
            await asyncio.sleep(0.005)

    asyncio.run(exchange())
    assert app.ask(content)[1]["duplicate"] is True


def test_tenants(kind: str) -> None:
    tried: list[Any] = []

    async def secrets(request: Request) -> Any:
        tried.append(request.url.path)
        return ["a", "b", "c", SECRET, "e"]

    app = App(kind, secrets=secrets)
    assert app.ask(body())[0] == 200
    content = body()
    assert app.ask(content, headers=sign(content, "e"))[0] == 401, "more than four were tried"
    assert tried == [PATH, PATH]
    nobody = App(kind, secrets=lambda request: None)
    assert nobody.ask(body()) == (500, {"error": "missing_secret"})


def test_what_does_not_start() -> None:
    app = FastAPI()
    for secrets in (None, "", [""]):
        with pytest.raises(ConfigurationError):
            DiditWebhook(app, secrets, store=MemoryStore())
    with pytest.raises(TypeError, match="store"):
        DiditWebhook(app, SECRET, store=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        DiditWebhook(app, SECRET)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="retention"):
        DiditWebhook(app, SECRET, store=MemoryStore(retention=599))
    with pytest.raises(ValueError, match="namespace"):
        DiditWebhook(app, SECRET, store=MemoryStore(), namespace="a b")
    for slow_after in (0, -1, "4", None, True, float("nan")):
        with pytest.raises(ValueError, match="slow_after"):
            DiditWebhook(app, SECRET, store=MemoryStore(), slow_after=slow_after)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not the class MemoryStore itself"):
        DiditWebhook(app, SECRET, store=MemoryStore)  # type: ignore[arg-type]
    didit = DiditWebhook(app, SECRET, store=MemoryStore())
    for types in (["status.updated"], [int], [StatusUpdated, dict]):
        # No event is one of these: all would be acknowledged, and none would arrive.
        with pytest.raises(TypeError, match="classes of events"):
            didit.event(*types)
    with pytest.raises(TypeError, match="handler"):
        DiditEndpoint(SECRET, store=MemoryStore()).endpoint(None)  # type: ignore[arg-type]


def test_the_client_lives_as_long_as_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[AsyncDidit] = []

    def make() -> AsyncDidit:
        made.append(AsyncDidit(api_key="k", environment={}))
        return made[0]

    app = FastAPI(lifespan=lifespan(make))

    @app.get("/")
    async def of(didit: Annotated[AsyncDidit, Depends(client)]) -> bool:
        return didit is made[0]

    with TestClient(app) as requests:
        assert requests.get("/").json() is True
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(made[0].sessions.decision(str(uuid.uuid4())))
    monkeypatch.delenv("DIDIT_API_KEY", raising=False)
    with pytest.raises(ConfigurationError), TestClient(FastAPI(lifespan=lifespan())):
        pass
    with pytest.raises(RuntimeError, match="lifespan"):
        TestClient(replaced(app)).get("/")


def replaced(app: FastAPI) -> FastAPI:
    """The same routes without a lifespan."""
    other = FastAPI()
    other.router.routes.extend(app.router.routes)
    return other


def test_openapi_shows_the_route() -> None:
    schema = App().asgi.openapi()
    operation = schema["paths"][PATH]["post"]
    assert operation["security"] == [{"DiditSignature": []}]
    shown = operation["responses"]
    assert set(shown) == {"200", "400", "401", "413", "415", "500", "503"}
    said = {status: shown[status]["content"]["application/json"].get("example") for status in shown}
    assert [said[status]["error"] for status in ("413", "415", "500", "503")] == [
        "body_too_large",
        "unsupported_encoding",
        "body_consumed",
        "in_flight",
    ]
    assert "the handler failed" in shown["500"]["description"]
    assert "the handler has not ended in time" in shown["503"]["description"]
    assert schema["components"]["securitySchemes"]["DiditSignature"]["name"] == "X-Signature-V2"


def test_openapi_shows_what_a_hand_off_answers() -> None:
    app, content = App(hand_off=lambda delivery: None), body()
    shown = app.asgi.openapi()["paths"][PATH]["post"]["responses"]
    assert set(shown) == {"200", "202", "400", "401", "413", "415", "500", "503"}
    status, answer = app.ask(content)
    assert status == 202
    assert set(shown["202"]["content"]["application/json"]["example"]) == set(answer)
    assert "`hand_off` did not take the event over" in shown["503"]["description"]
    assert "the handler" not in shown["500"]["description"]


def test_the_log_holds_no_personal_data(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = App(kind)
    content = body(vendor_data="user-123", metadata={"name": "Jane Sample"})
    app.ask(content)
    app.ask(content)
    app.ask(content, headers=sign(content, "another secret"))
    facts = [record.__dict__["didit"] for record in caplog.records if record.name == "didit_client.webhook"]
    assert [fact["code"] for fact in facts] == ["done", "duplicate", "signature_mismatch"]
    assert {"event", "type", "scheme", "milliseconds"} < set(facts[0])
    logged = caplog.text + str(facts)
    assert not any(word in logged for word in ("user-123", "Jane", SECRET, sign(content, SECRET)["X-Signature-V2"]))


def test_a_lease_is_renewed_while_a_synchronous_handler_runs() -> None:
    """What Django and Flask use; the handler takes longer than the lease, and other workers are held off."""
    store = MemoryStore(lease=0.2)
    receiver = Receiver(SECRET, store=store)
    content = body()
    delivery = receiver.authenticate(content, sign(content, SECRET))
    answers: list[str] = []

    def slowly(_delivery: Delivery) -> None:
        for _ in range(8):
            time.sleep(0.1)
            answers.append(store.claim("didit", delivery.key).answer)

    assert receiver.run(delivery, slowly).name == "done"
    assert answers == ["in_flight"] * 8


def test_claims_are_renewed_once_a_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore(lease=0.9)
    receiver = Receiver(SECRET, store=store)
    first, second = deliveries(receiver), deliveries(receiver)

    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        assert receiver.begin(first) is None
    assert receiver.begin(second) is None
    time.sleep(2)
    assert [store.claim("didit", delivery.key).answer for delivery in (first, second)] == ["in_flight"] * 2
    receiver.end(first)
    receiver.end(second)


def test_a_renewal_that_hangs_holds_up_no_other() -> None:
    hang, renewed = threading.Event(), threading.Event()

    class Hanging(MemoryStore):
        def renew(self, claim: Any) -> bool:
            if claim.event_id == hangs:
                hang.wait()
            else:
                renewed.set()
            return super().renew(claim)

    store = Hanging(lease=0.2)
    receiver = Receiver(SECRET, store=store)
    first, second = deliveries(receiver), deliveries(receiver)
    hangs = first.key
    receiver.begin(first)
    receiver.begin(second)
    try:
        for _ in range(3):
            renewed.clear()
            assert renewed.wait(30), "the second claim waits for the first"
    finally:
        hang.set()
        receiver.end(first)
        receiver.end(second)


def test_a_renewal_of_an_asynchronous_store_that_hangs_holds_up_no_other() -> None:
    async def exchange() -> None:
        hang, renewed = asyncio.Event(), asyncio.Event()

        class Hanging:
            lease, retention = 0.2, 3600

            def __init__(self) -> None:
                self.own = MemoryStore(lease=0.2)

            async def claim(self, namespace: str, event_id: str) -> Any:
                return self.own.claim(namespace, event_id)

            async def renew(self, claim: Any) -> bool:
                await (hang.wait() if claim.event_id == first.key else asyncio.sleep(0))
                renewed.set()
                return self.own.renew(claim)

            async def complete(self, claim: Any) -> None:
                self.own.complete(claim)

            async def release(self, claim: Any) -> bool:
                return self.own.release(claim)

            is_done = purge = counts = claim

        receiver = Receiver(SECRET, store=Hanging())
        first, second = deliveries(receiver), deliveries(receiver)
        await receiver.begin_async(first)
        await receiver.begin_async(second)
        for _ in range(3):
            renewed.clear()
            await asyncio.wait_for(renewed.wait(), 30)
        hang.set()
        await receiver.end_async(first)
        await receiver.end_async(second)

    asyncio.run(exchange())


def deliveries(receiver: Receiver) -> Delivery:
    content = body()
    return receiver.authenticate(content, sign(content, SECRET))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_does_not_renew_what_its_parent_holds(tmp_path: Path) -> None:
    """Otherwise the event of a parent that dies would stay in flight for as long as its child lives."""
    store = SQLiteStore(tmp_path / "events.db", lease=0.4)
    receiver = Receiver(SECRET, store=store)
    inherited = deliveries(receiver)
    receiver.begin(inherited)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # It has a claim of its own, which it renews.
        own = deliveries(receiver)
        receiver.begin(own)
        os.write(write, own.key.encode())
        time.sleep(60)
        os._exit(0)
    try:
        own = os.read(read, 200).decode()
        # As if the parent had died.
        receiver._renewer.remove(inherited)
        deadline = time.monotonic() + 30
        while store.claim("didit", inherited.key).answer == "in_flight":
            assert time.monotonic() < deadline, "the child renews its parent's claim"
            time.sleep(0.05)
        assert store.claim("didit", own).answer == "in_flight"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(read)
        os.close(write)


def test_a_slow_synchronous_handler() -> None:
    receiver = Receiver(SECRET, store=MemoryStore(), slow_after=0.05)
    content, goes_on = body(), threading.Event()

    def deliver() -> str:
        delivery = receiver.authenticate(content, sign(content, SECRET))
        return receiver.run(delivery, lambda _: goes_on.wait()).name

    assert deliver() == "slow"
    assert deliver() == "in_flight"
    goes_on.set()
    while (name := deliver()) == "in_flight":
        time.sleep(0.005)
    assert name == "duplicate"


def test_a_transaction_that_was_rolled_back_is_no_success() -> None:
    class Pretending(MemoryStore):
        transactional = True

        def complete(self, claim: Any, connection: Any = None) -> None:
            """The application's transaction rolls back, so that nothing is recorded."""

    store = Pretending()
    receiver = Receiver(SECRET, store=store)
    content = body()
    delivery = receiver.authenticate(content, sign(content, SECRET))
    answer = receiver.run(delivery, lambda delivery: delivery.complete("connection"))
    assert (answer.name, answer.status) == ("handler_failed", 500)
    assert store.counts().released == 1


def test_complete_needs_a_transactional_store() -> None:
    receiver = Receiver(SECRET, store=MemoryStore())
    content = body()
    delivery = receiver.authenticate(content, sign(content, SECRET))
    receiver.begin(delivery)
    with pytest.raises(TypeError, match="MemoryStore"):
        delivery.complete("connection")


def test_a_claim_that_was_lost_is_not_given_back() -> None:
    store = MemoryStore()
    receiver = Receiver(SECRET, store=store)
    content = body()
    delivery = receiver.authenticate(content, sign(content, SECRET))

    def lose(_delivery: Delivery) -> None:
        raise StoreError("lost", "claim_lost", "", 503)

    answer = receiver.run(delivery, lose)
    assert (answer.name, answer.status) == ("claim_lost", 503)
    assert store.counts().in_flight == 1
