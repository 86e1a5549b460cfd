"""The threads in which handlers of synchronous frameworks run."""

import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from didit_client import _beside
from didit_client._beside import Beside

needs_eventfd = pytest.mark.skipif(not hasattr(os, "eventfd"), reason="no eventfd")


@pytest.fixture(params=[pytest.param("eventfd", marks=needs_eventfd), "lock"])
def beside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "lock":
        monkeypatch.setattr(_beside, "_bell", _beside._Lock)
    beside = Beside()
    yield beside
    beside._pool.finish()


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def result(beside: Beside, call: Callable[..., Any], *arguments: Any) -> Any:
    task = beside.begin(call, *arguments)
    assert task.wait(30)
    return task.result()


def test_calls_in_turn_have_one_thread(beside: Beside) -> None:
    seen = {result(beside, threading.get_ident) for _ in range(50)}
    assert len(seen) == 1
    assert seen != {threading.get_ident()}


def test_calls_at_the_same_time_have_a_thread_each(beside: Beside) -> None:
    barrier = threading.Barrier(8)
    tasks = [beside.begin(barrier.wait, 30) for _ in range(8)]
    assert all(task.wait(30) for task in tasks)
    assert sorted(task.result() for task in tasks) == list(range(8))


def test_a_call_that_is_left_goes_on(beside: Beside) -> None:
    goes_on, ended = threading.Event(), threading.Event()

    def slowly() -> None:
        goes_on.wait(30)
        ended.set()

    assert not beside.begin(slowly).wait(0.01)
    assert result(beside, int) == 0, "others do not wait for it"
    goes_on.set()
    assert ended.wait(30)
    until(lambda: len(beside._pool._idle) == 2)
    assert result(beside, int) == 0
    assert len(beside._pool._threads) == 2


def test_calls_beyond_the_limit_wait(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_beside, "_LIMIT", 2)
    goes_on, order = threading.Event(), list[int]()
    busy = [beside.begin(goes_on.wait, 30) for _ in range(2)]
    waiting = [beside.begin(order.append, number) for number in range(5)]
    assert not waiting[0].wait(0.01)
    goes_on.set()
    assert all(task.wait(30) for task in (*busy, *waiting[1:]))
    until(lambda: len(order) == 5)
    assert len(beside._pool._threads) == 2


def test_what_a_call_raises_is_raised(beside: Beside) -> None:
    def fail() -> None:
        raise LookupError("of the call")

    with pytest.raises(LookupError, match="of the call"):
        result(beside, fail)
    assert result(beside, int) == 0


def test_nothing_of_a_call_lives_on(beside: Beside) -> None:
    class Request:
        """What has personal data in it."""

    request = Request()
    left = weakref.ref(request)
    result(beside, lambda given: None, request)
    del request
    gc.collect()
    until(lambda: left() is None)


def test_idle_threads_end(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = threading.Barrier(4)
    tasks = [beside.begin(barrier.wait, 30) for _ in range(4)]
    assert all(task.wait(30) for task in tasks)
    until(lambda: len(beside._pool._idle) == 4)
    monkeypatch.setattr(_beside, "_IDLE_SECONDS", -1)
    for _ in range(4):
        result(beside, int)
    until(lambda: len(beside._pool._threads) == 1)


def test_threads_end_with_what_they_belong_to(beside: Beside) -> None:
    own = Beside()
    busy, goes_on = own.begin(threading.Event().wait, 0.01), threading.Event()
    left, pool = own.begin(goes_on.wait, 30), own._pool
    assert busy.wait(30)
    del own
    gc.collect()
    until(lambda: len(pool._threads) == 1)
    goes_on.set()
    assert left.wait(30)
    assert left.result() is True, "what was under way has come to its end"
    until(lambda: not pool._threads)


@needs_eventfd
def test_without_a_descriptor_there_is_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "eventfd", refuse)
    beside = Beside()
    assert [result(beside, int) for _ in range(3)] == [0] * 3
    assert all(isinstance(own.bell, _beside._Lock) for own in beside._pool._threads)
    beside._pool.finish()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_has_threads_of_its_own(beside: Beside) -> None:
    result(beside, int)
    child = os.fork()
    if child == 0:
        # No thread of the parent is there.
        is_well = False
        try:
            task = beside.begin(os.getpid)
            is_well = task.wait(30) and task.result() == os.getpid() and len(beside._pool._threads) == 1
        finally:
            os._exit(0 if is_well else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert result(beside, os.getpid) == os.getpid(), "the child's work is not done by the parent"


def test_the_end_of_the_program_waits_for_what_is_under_way() -> None:
    program = (
        "import time\n"
        "from didit_client._beside import Beside\n"
        "beside = Beside()\n"
        "print(beside.begin(lambda: (time.sleep(0.3), print('done', flush=True))).wait(0), flush=True)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == ["False", "done"]
    assert ended.stderr == ""
