"""`AsyncDidit`: many calls at once, none of which blocks the loop, and all of which can be cancelled."""

import asyncio
import os
import threading

import pytest

from api_clients import SESSION_ID, async_client_of
from api_server import APPROVED, SESSION, Answer, serving
from didit_client import NotFoundError, TransportTimeoutError
from didit_client._threads import Threads

# A busy machine may take its time to accept hundreds of connections.
PATIENT = {"timeout": 60, "connect_timeout": 60, "max_retries": 0}


def test_create_session() -> None:
    async def main() -> None:
        with serving() as api:
            async with async_client_of(api.url) as client:
                session = await client.sessions.create(vendor_data="v")
                answer = await client.request("GET", "/v3/x/")
        assert session == SESSION
        assert session.last_response.status == 201
        assert answer.json() == SESSION
        assert [request.method for request in api.requests] == ["POST", "GET"]

    asyncio.run(main())


def test_an_error_is_raised_where_it_is_awaited() -> None:
    async def main() -> None:
        with serving(Answer({"detail": "Not found."}, 404)) as api:
            async with async_client_of(api.url) as client:
                with pytest.raises(NotFoundError):
                    await client.sessions.decision(SESSION_ID)

    asyncio.run(main())


def test_256_calls_at_once() -> None:
    """The server holds every request until all have arrived, so they must be under way together."""
    everybody = threading.Barrier(256, timeout=60)

    def respond(_: object) -> Answer:
        everybody.wait()
        return Answer(APPROVED)

    async def main() -> int:
        async with async_client_of(api.url, **PATIENT) as client:
            found = await asyncio.gather(*(client.sessions.decision(SESSION_ID) for _ in range(256)))
            assert all(decision.status == "Approved" for decision in found)
            return client._threads().count()

    with serving(respond) as api:
        assert asyncio.run(main()) <= 256
        assert api.most_open == 256


def test_never_more_than_256() -> None:
    gate, lock = threading.Event(), threading.Lock()
    count = 0

    def respond(_: object) -> Answer:
        nonlocal count
        with lock:
            count += 1
            if count == 256:
                gate.set()
        gate.wait(60)
        return Answer(APPROVED)

    async def main() -> None:
        async with async_client_of(api.url, **PATIENT) as client:
            await asyncio.gather(*(client.sessions.decision(SESSION_ID) for _ in range(300)))

    with serving(respond) as api:
        asyncio.run(main())
        assert len(api.requests) == 300
        assert api.most_open <= 256


def test_the_loop_goes_on() -> None:
    async def main() -> None:
        with serving(Answer(APPROVED, delay=0.3)) as api:
            async with async_client_of(api.url) as client:
                call = asyncio.create_task(client.sessions.decision(SESSION_ID))
                turns = 0
                while not call.done():
                    await asyncio.sleep(0)
                    turns += 1
                assert (await call).status == "Approved"
        assert turns > 100

    asyncio.run(main())


def test_cancelling_the_task_ends_the_request() -> None:
    async def main() -> None:
        with serving(Answer(SESSION, delay=60)) as api:
            async with async_client_of(api.url, **PATIENT) as client:
                call = asyncio.create_task(client.sessions.decision(SESSION_ID))
                while not api.requests:
                    await asyncio.sleep(0.005)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
                assert await asyncio.to_thread(api.hung_up.acquire, timeout=10)
                # Its thread is free again, and takes the next call.
                api.respond = lambda _: Answer(APPROVED)
                assert (await client.sessions.decision(SESSION_ID)).status == "Approved"
                assert client._threads().count() <= 2

    asyncio.run(main())


def test_a_time_limit_of_asyncio_ends_the_request() -> None:
    async def main() -> None:
        with serving(Answer(SESSION, delay=60)) as api:
            async with async_client_of(api.url, **PATIENT) as client:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await client.sessions.decision(SESSION_ID)
                assert await asyncio.to_thread(api.hung_up.acquire, timeout=10)

    asyncio.run(main())


def test_own_time_out() -> None:
    async def main() -> None:
        with serving(Answer(SESSION, delay=60)) as api:
            async with async_client_of(api.url) as client:
                with pytest.raises(TransportTimeoutError):
                    await client.sessions.decision(SESSION_ID, timeout=0.1)

    asyncio.run(main())


def test_a_call_that_waits_for_a_thread_can_be_cancelled() -> None:
    """Nothing of it is sent afterwards."""

    async def main() -> None:
        gate = threading.Event()

        def respond(_: object) -> Answer:
            gate.wait(60)
            return Answer(APPROVED)

        with serving(respond) as api:
            async with async_client_of(api.url, **PATIENT) as client:
                calls = [asyncio.create_task(client.sessions.decision(SESSION_ID)) for _ in range(257)]
                while len(api.requests) < 256:
                    await asyncio.sleep(0.005)
                calls[-1].cancel()
                await asyncio.wait([calls[-1]])
                gate.set()
                done = await asyncio.gather(*calls, return_exceptions=True)
            assert isinstance(done[-1], asyncio.CancelledError)
            assert len(api.requests) == 256

    asyncio.run(main())


def test_several_loops_share_a_client() -> None:
    with serving(APPROVED) as api:
        client = async_client_of(api.url)

        async def main() -> str:
            decision = await client.sessions.decision(SESSION_ID)
            return str(decision.status)

        assert asyncio.run(main()) == "Approved"
        threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(api.requests) == 9
        asyncio.run(client.close())


def test_pages() -> None:
    def respond(request) -> Answer:
        offset = int(request.query.get("offset", 0))
        more = f"{api.url}/v3/sessions/?limit=2&offset={offset + 2}" if offset < 4 else None
        return Answer(
            {"count": 6, "next": more, "previous": None, "results": [{"session_id": str(offset + n)} for n in (0, 1)]}
        )

    async def main() -> None:
        async with async_client_of(api.url) as client:
            page = await client.sessions.list(limit=2)
            assert [one.session_id for one in page.results] == ["0", "1"]
            found = [session.session_id async for session in client.sessions.list(limit=2)]
            assert found == list("012345")
            unread = client.sessions.list()
            with pytest.raises(RuntimeError, match="await"):
                unread.results  # noqa: B018

    with serving(respond) as api:
        asyncio.run(main())


def test_the_time_that_a_call_waits_for_a_thread_counts() -> None:
    async def main(url: str) -> str:
        async with async_client_of(url) as client:
            client._shared.pool = (os.getpid(), Threads(limit=1))
            busy = asyncio.create_task(client.sessions.decision(SESSION_ID))
            await asyncio.sleep(0.1)
            with pytest.raises(TransportTimeoutError) as caught:
                await client.sessions.decision(SESSION_ID, timeout=0.2)
            assert not busy.done(), "the only thread was not free in all that time"
            busy.cancel()
            return caught.value.code

    with serving(Answer(APPROVED, delay=60)) as api:
        assert asyncio.run(main(api.url)) == "timeout"
    assert len(api.requests) == 1


def test_a_call_that_waited_for_a_thread_has_the_rest_of_its_time() -> None:
    async def main(url: str) -> None:
        async with async_client_of(url) as client:
            native = client._shared.native()
            call = client._prepared("sessions.decision", {"session_id": SESSION_ID}, {"timeout": 5.0})
            assert native.timeout(call.options) == 5.0
            assert native.timeout(None) == 20.0
            with pytest.raises(TransportTimeoutError):
                client._perform(call, None, 6.0)
            head, _ = client._perform(call, None, 0.5)
            assert head.status == 200

    with serving(APPROVED) as api:
        asyncio.run(main(api.url))
    assert len(api.requests) == 1
