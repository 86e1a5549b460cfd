"""What is to happen unless it is cancelled before: every deadline comes, each once, in the order of their times."""

import asyncio
import time
from typing import Any

from didit_client.deadlines import Deadlines


def came(*offsets: float | None) -> list[int]:
    """Set deadlines in this order, of which those that are None are cancelled; return in which order they came."""

    async def run() -> list[int]:
        deadlines, come, over = Deadlines(), list[int](), asyncio.Event()
        kept = sum(offset is not None for offset in offsets)

        def call(number: int) -> None:
            come.append(number)
            if len(come) == kept:
                over.set()

        begun = time.monotonic()
        for number, offset in enumerate(offsets):
            deadline = deadlines.set(begun + (offset or 0.0), lambda number=number: call(number))  # type: ignore[misc]
            if offset is None:
                deadline.cancel()
        await asyncio.wait_for(over.wait(), 10)
        await asyncio.sleep(0.02)
        return come

    return asyncio.run(run())


def test_they_come_in_their_order_whatever_the_order_they_were_set_in() -> None:
    assert came(0.01, 0.02, 0.03) == [0, 1, 2]
    assert came(0.05, 0.01, 0.09) == [1, 0, 2]
    assert came(0.05, 0.01, 0.03) == [1, 2, 0]
    assert came(-1.0, 0.01) == [0, 1]


def test_what_is_cancelled_does_not_come() -> None:
    assert came(None, 0.02, None, 0.03) == [1, 3]
    assert came(0.01, None) == [0]


def test_one_that_fails_leaves_the_others() -> None:
    told: list[Any] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
        deadlines, over = Deadlines(), asyncio.Event()
        now = time.monotonic()

        def fail() -> None:
            raise ValueError("of the first")

        deadlines.set(now, fail)
        deadlines.set(now, over.set)
        await asyncio.wait_for(over.wait(), 10)
        # After all have come the next one has a timer again.
        over.clear()
        deadlines.set(time.monotonic() + 0.01, over.set)
        await asyncio.wait_for(over.wait(), 10)

    asyncio.run(run())
    assert [type(error) for error in told] == [ValueError]


def test_what_is_cancelled_is_forgotten_when_the_next_is_set() -> None:
    async def run() -> int:
        deadlines = Deadlines()
        for _ in range(1000):
            deadlines.set(time.monotonic() + 60, lambda: None).cancel()
        return len(deadlines._queues[asyncio.get_running_loop()]._deadlines)

    assert asyncio.run(run()) == 1
