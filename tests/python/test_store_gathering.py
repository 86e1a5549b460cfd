"""Calls of the Redis stores that go out together: each is told its own, whatever becomes of the others."""

import asyncio
import linecache
import os
import signal
import socket
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from didit_client import StoreError
from didit_client.store import gathering
from didit_client.store.gathering import LoopBatches, ThreadBatches
from didit_client.store.redis import AsyncRedisStore, RedisStore
from stores import Servers

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import databases

TOGETHER = 16
# One who retries by itself would hide what a lost connection does.
ONCE = {True: {"retry": AsyncRetry(NoBackoff(), 0)}, False: {"retry": Retry(NoBackoff(), 0)}}
Outcome = Any


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


def fresh() -> str:
    return str(uuid.uuid4())


def ask(url: str, events: Sequence[str], *, asynchronous: bool, **options: Any) -> list[Outcome]:
    """Claim events at the same time; and return what each was told."""
    return claimed_by_tasks(url, events, options) if asynchronous else claimed_by_threads(url, events, options)


def claimed_by_tasks(url: str, events: Sequence[str], options: dict[str, Any]) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with redis.asyncio.Redis.from_url(url, **options) as client:
            store = AsyncRedisStore(client)
            return await asyncio.gather(*(store.claim("suite", event) for event in events), return_exceptions=True)

    return asyncio.run(run())


def claimed_by_threads(url: str, events: Sequence[str], options: dict[str, Any]) -> list[Outcome]:
    """All but the first come while the first is held up, so that they are one batch."""
    with redis.Redis.from_url(url, **options) as client:
        store, outcomes = RedisStore(client), dict[int, Outcome]()
        sent, held = threading.Event(), threading.Event()
        send = store._batches._send

        def first(calls: Any) -> Any:
            sent.set()
            held.wait(10)
            store._batches._send = send
            return send(calls)

        store._batches._send = first

        def claim(number: int, event: str) -> None:
            try:
                outcomes[number] = store.claim("suite", event)
            except Exception as error:
                outcomes[number] = error

        threads = [threading.Thread(target=claim, args=one) for one in enumerate([fresh(), *events])]
        threads[0].start()
        assert sent.wait(10)
        store._batches._latest = float("inf")  # it is never late
        for thread in threads[1:]:
            thread.start()
        while len(store._batches._waiting) < len(events):
            pass
        held.set()
        for thread in threads:
            thread.join(10)
        return [outcomes[number] for number in range(1, len(events) + 1)]


both = pytest.mark.parametrize("asynchronous", [True, False], ids=["tasks", "threads"])


@both
def test_each_is_told_its_own(servers: Servers, asynchronous: bool) -> None:
    url, events = servers.url("redis"), [fresh() for _ in range(TOGETHER)]
    first = ask(url, [*events, *events], asynchronous=asynchronous)
    assert [claim.event_id for claim in first] == [*events, *events]
    assert sorted(claim.answer for claim in first) == ["in_flight"] * TOGETHER + ["new"] * TOGETHER
    assert len({claim.token for claim in first if claim.answer == "new"}) == TOGETHER


@both
def test_a_refusal_of_the_server_is_about_one_call(servers: Servers, asynchronous: bool) -> None:
    url, events = servers.url("redis"), [fresh() for _ in range(TOGETHER)]
    odd = events[3]
    with redis.Redis.from_url(url) as client:
        client.set(f"didit:{{suite:{odd}}}", "something else has this key", ex=60)
    told = dict(zip(events, ask(url, events, asynchronous=asynchronous), strict=True))
    refused = told.pop(odd)
    assert isinstance(refused, StoreError), refused
    assert refused.code == "store_unavailable"
    assert [claim.answer for claim in told.values()] == ["new"] * (TOGETHER - 1)


@both
def test_a_server_that_has_forgotten_the_scripts(servers: Servers, asynchronous: bool) -> None:
    url, events = servers.url("redis"), [fresh() for _ in range(TOGETHER)]
    with redis.Redis.from_url(url) as client:
        client.script_flush()
    assert [claim.answer for claim in ask(url, events, asynchronous=asynchronous)] == ["new"] * TOGETHER


@both
def test_a_batch_is_one_round_trip(servers: Servers, asynchronous: bool) -> None:
    url, events = servers.url("redis"), [fresh() for _ in range(TOGETHER)]
    ask(url, [fresh()], asynchronous=asynchronous)  # the server knows the script
    with redis.Redis.from_url(url) as client:
        before = client.info("stats")["total_reads_processed"]
        ask(url, events, asynchronous=asynchronous)
        reads = client.info("stats")["total_reads_processed"] - before
    # Connections introduce themselves, and in threads the one that was held up goes alone.
    assert reads < TOGETHER, reads


@both
def test_the_server_dies_under_a_batch(asynchronous: bool) -> None:
    with suppress(databases.Missing), databases.redis() as url:
        with redis.Redis.from_url(url) as client:
            process = client.info("server")["process_id"]
            client.execute_command("CLIENT", "PAUSE", "60000", "ALL")
        threading.Timer(0.2, os.kill, (process, signal.SIGKILL)).start()
        told = ask(url, [fresh() for _ in range(TOGETHER)], asynchronous=asynchronous, **ONCE[asynchronous])
        assert [error.code for error in told] == ["store_unavailable"] * TOGETHER
        assert len({id(error) for error in told}) == TOGETHER, "each has an error of its own"


@contextmanager
def cutting_relay(url: str, answers: int) -> Iterator[str]:
    """Pass requests on, and cut the connection within the answer of a batch: after some lines that say `new`."""
    port = int(url.rsplit(":", 1)[1].split("/")[0])
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=relay, args=(listening.accept()[0],), daemon=True).start()

    def relay(client: socket.socket) -> None:
        seen = 0
        with client, socket.create_connection(("127.0.0.1", port)) as server, suppress(OSError):
            while request := client.recv(1 << 20):
                server.sendall(request)
                expected = request.count(b"EVALSHA")
                answer = server.recv(1 << 20)
                while answer.count(b"new") < expected:
                    answer += server.recv(1 << 20)
                seen += answer.count(b"new")
                if expected > 1 and seen > answers:
                    client.sendall(answer[: answer.rindex(b"new")])
                    return
                client.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
    listening.close()


@both
def test_the_connection_is_lost_in_the_middle_of_the_answers(servers: Servers, asynchronous: bool) -> None:
    url, events = servers.url("redis"), [fresh() for _ in range(TOGETHER)]
    ask(url, [fresh()], asynchronous=asynchronous)  # the server knows the script
    with cutting_relay(url, 4) as cut:
        told = ask(cut, events, asynchronous=asynchronous, **ONCE[asynchronous])
    assert [getattr(error, "code", error) for error in told] == ["store_unavailable"] * TOGETHER
    # Nobody was told that it has them; they come free when their leases end.
    again = ask(url, events, asynchronous=asynchronous)
    assert {claim.answer for claim in again} == {"in_flight"}


def test_who_is_cancelled_takes_nobody_along(servers: Servers) -> None:
    url = servers.url("redis")

    async def run() -> None:
        async with redis.asyncio.Redis.from_url(url) as client, redis.asyncio.Redis.from_url(url) as other:
            store = AsyncRedisStore(client)
            await store.claim("suite", fresh())
            await other.execute_command("CLIENT", "PAUSE", "300", "ALL")
            events = [fresh() for _ in range(TOGETHER)]
            tasks = [asyncio.ensure_future(store.claim("suite", event)) for event in events]
            await asyncio.sleep(0.05)
            for task in tasks[::2]:
                task.cancel()
            told = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(one) for one in told[::2]} == {asyncio.CancelledError}
            assert [(one.event_id, one.answer) for one in told[1::2]] == [(event, "new") for event in events[1::2]]

            # All are cancelled: the answers that still come are nobody's, and not the next one's.
            await other.execute_command("CLIENT", "PAUSE", "300", "ALL")
            tasks = [asyncio.ensure_future(store.claim("suite", fresh())) for _ in range(TOGETHER)]
            await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
            assert {type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)} == {
                asyncio.CancelledError
            }
            claims = [await store.claim("suite", fresh()) for _ in range(3)]
            await asyncio.gather(*(store.complete(claim) for claim in claims))
            assert [await store.is_done("suite", claim.event_id) for claim in claims] == [True] * 3

    asyncio.run(run())


class PerLoop:
    """A client of its own for each event loop, as redis-py asks for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.clients: dict[asyncio.AbstractEventLoop, Any] = {}

    def __getattr__(self, name: str) -> Any:
        loop = asyncio.get_running_loop()
        if loop not in self.clients:
            self.clients[loop] = redis.asyncio.Redis.from_url(self._url)
        return getattr(self.clients[loop], name)


def test_a_store_in_several_loops_at_once(servers: Servers) -> None:
    client: Any = PerLoop(servers.url("redis"))
    store, told = AsyncRedisStore(client), list[str]()

    async def run() -> None:
        for _ in range(5):
            claims = await asyncio.gather(*(store.claim("loops", fresh()) for _ in range(TOGETHER)))
            await asyncio.gather(*(store.complete(claim) for claim in claims))
            told.extend(claim.answer for claim in claims)
        await client.aclose()

    # One after the other, and beside each other.
    asyncio.run(run())
    threads = [threading.Thread(target=asyncio.run, args=(run(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert told == ["new"] * 5 * 5 * TOGETHER
    asyncio.run(run())
    assert len(store._batches._turns) <= 1, "loops that are closed are forgotten"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_does_not_wait_for_its_parents_batch(servers: Servers) -> None:
    url = servers.url("redis")
    with redis.Redis.from_url(url) as client, redis.Redis.from_url(url) as other:
        store = RedisStore(client)
        store.claim("suite", fresh())
        other.execute_command("CLIENT", "PAUSE", "500", "ALL")
        told: list[str] = []
        threads = [threading.Thread(target=lambda: told.append(store.claim("f", fresh()).answer)) for _ in range(4)]
        for thread in threads:
            thread.start()
        while len(store._batches._waiting) < 3:
            pass
        child = os.fork()
        if child == 0:
            status = 1
            with suppress(BaseException):
                assert not store._batches._waiting
                claim = store.claim("fork", fresh())
                store.complete(claim)
                status = 0 if claim.answer == "new" else 2
            os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        for thread in threads:
            thread.join(10)
        assert told == ["new"] * 4


# The gathering by itself.


def test_a_call_alone_is_sent_at_once_and_by_its_own_thread() -> None:
    sent: list[tuple[int, list[str]]] = []

    def send(calls: Sequence[str]) -> list[str]:
        sent.append((threading.get_ident(), list(calls)))
        return [call.upper() for call in calls]

    batches = ThreadBatches(send, 30)
    assert [batches.ask("a"), batches.ask("b")] == ["A", "B"]
    assert sent == [(threading.get_ident(), ["a"]), (threading.get_ident(), ["b"])]


def test_a_batch_that_hangs_holds_up_no_other_thread() -> None:
    hung, go_on = threading.Event(), threading.Event()

    def send(calls: Sequence[str]) -> Sequence[str]:
        if "hangs" in calls:
            hung.set()
            go_on.wait(30)
        return calls

    batches, told = ThreadBatches(send, 30), list[str]()
    first = threading.Thread(target=lambda: told.append(batches.ask("hangs")))
    first.start()
    assert hung.wait(10)
    assert [batches.ask("b"), batches.ask("c")] == ["b", "c"]
    assert told == []
    go_on.set()
    first.join(10)
    assert told == ["hangs"]
    assert (batches._under_way, batches._waiting) == (set(), [])


def test_a_thread_that_is_interrupted_takes_nobody_along() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def send(calls: Sequence[str]) -> Sequence[str]:
        if calls[0] == "first":
            begun.set()
            go_on.wait(10)
        if calls[0] == "leader":
            raise KeyboardInterrupt
        return calls

    batches, told = ThreadBatches(send, 30), dict[str, Outcome]()

    def run(name: str) -> None:
        try:
            told[name] = batches.ask(name)
        except BaseException as error:
            told[name] = error

    threads = {name: threading.Thread(target=run, args=(name,)) for name in ("first", "leader", "a", "b")}
    threads["first"].start()
    assert begun.wait(10)
    batches._latest = float("inf")
    for number, name in enumerate(("leader", "a", "b"), 1):
        threads[name].start()
        while len(batches._waiting) < number:
            pass
    go_on.set()
    for thread in threads.values():
        thread.join(10)
    assert told["first"] == "first"
    assert isinstance(told["leader"], KeyboardInterrupt)
    assert [told[name].code for name in "ab"] == ["store_unavailable"] * 2
    assert batches.ask("later") == "later"
    assert not batches._under_way


@pytest.mark.parametrize("interrupted", ["leader", "a"])
def test_an_interruption_anywhere_leaves_nobody_waiting(interrupted: str) -> None:
    """The thread that sends, or one that waits for it, is interrupted before each line that it runs, one after one."""
    lines = 0
    while one_interruption(interrupted, lines):
        lines += 1
    assert lines > (20 if interrupted == "leader" else 10), lines


def one_interruption(interrupted: str, line: int) -> bool:
    """Interrupt a thread before the line of that number, and tell whether it came as far."""
    begun, go_on = threading.Event(), threading.Event()

    def send(calls: Sequence[str]) -> Sequence[str]:
        if calls[0] == "first":
            begun.set()
            go_on.wait(10)
        return calls

    batches, told, came = ThreadBatches(send, 30), dict[str, Outcome](), [0]

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename != gathering.__file__ or frame.f_code.co_name in ("__init__", "_lost"):
            return None
        # A real interruption never comes between the end of what a lock protects and its release.
        if event == "line" and "with self._lock" not in linecache.getline(gathering.__file__, frame.f_lineno):
            came[0] += 1
            if came[0] == line + 1:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    def run(name: str) -> None:
        if name == interrupted:
            sys.settrace(trace)
        try:
            told[name] = batches.ask(name)
        except BaseException as error:
            told[name] = error
        finally:
            sys.settrace(None)

    threads = {name: threading.Thread(target=run, args=(name,), daemon=True) for name in ("first", "leader", "a", "b")}
    threads["first"].start()
    assert begun.wait(10)
    batches._latest = float("inf")
    for name in ("leader", "a", "b"):
        threads[name].start()
        while threads[name].is_alive() and not any(one.call == name for one in batches._waiting):
            pass
    go_on.set()
    for name, thread in threads.items():
        thread.join(10)
        assert not thread.is_alive(), (line, name)
    assert (batches._under_way, batches._waiting) == (set(), []), line
    assert told.pop("first") == "first"
    of_it = told.pop(interrupted)
    for name, outcome in told.items():
        # What was sent with it has an answer, or nobody knows.
        assert outcome == name or (interrupted == "leader" and outcome.code == "store_unavailable"), (line, outcome)
    assert batches.ask("later") == "later"
    if isinstance(of_it, KeyboardInterrupt):
        return True
    assert of_it == interrupted, (line, of_it)
    return False


def test_many_threads_over_and_over() -> None:
    largest = 0

    def send(calls: Sequence[int]) -> list[Any]:
        nonlocal largest
        largest = max(largest, len(calls))
        threading.Event().wait(0.0005)
        return [ValueError(call) if call % 7 == 0 else -call for call in calls]

    batches, wrong = ThreadBatches(send, 30), list[Any]()

    def run(start: int) -> None:
        for call in range(start, start + 100):
            try:
                said = batches.ask(call)
            except ValueError as error:
                said = -call if call % 7 == 0 and error.args == (call,) else error
            if said != -call:
                wrong.append((call, said))

    threads = [threading.Thread(target=run, args=(1000 * number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert 1 < largest <= 32
    assert (batches._under_way, batches._waiting) == (set(), [])


def test_a_batch_that_hangs_holds_up_no_other_task() -> None:
    async def run() -> None:
        go_on = asyncio.Event()

        async def send(calls: Sequence[str]) -> Sequence[str]:
            if "hangs" in calls:
                await go_on.wait()
            return calls

        batches = LoopBatches(send)
        first = asyncio.ensure_future(batches.ask("hangs"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert await asyncio.gather(batches.ask("b"), batches.ask("c")) == ["b", "c"]
        assert not first.done()
        go_on.set()
        assert await first == "hangs"

    asyncio.run(run())


def raising(error: BaseException) -> Callable[[Sequence[str]], Any]:
    async def send(calls: Sequence[str]) -> Sequence[str]:
        raise error

    return send


def test_what_is_no_fault_of_the_server_is_told_too() -> None:
    async def run() -> None:
        batches = LoopBatches(raising(TypeError("a defect")))
        with pytest.raises(TypeError):
            await batches.ask("alone")
        told = await asyncio.gather(batches.ask("a"), batches.ask("b"), return_exceptions=True)
        assert [(getattr(one, "code", ""), type(one.__cause__)) for one in told if isinstance(one, Exception)] == [
            ("store_unavailable", TypeError)
        ] * 2
        # The end of the batch's own task is not that of the others.
        batches = LoopBatches(raising(asyncio.CancelledError()))
        with pytest.raises(StoreError):
            await batches.ask("alone")

    asyncio.run(run())
