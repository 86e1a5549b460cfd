"""The threads of an `AsyncDidit`: on demand, at most so many, gone when they are idle."""

import threading
import time

import pytest

from didit_client._threads import Threads


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_none_before_they_are_needed() -> None:
    assert Threads().count() == 0


def test_one_thread_for_calls_in_turn() -> None:
    threads = Threads()
    for _ in range(50):
        done = threading.Event()
        threads.submit(done.set)
        assert done.wait(10)
        wait_for(lambda: len(threads._idle) == 1)
    assert threads.count() == 1


def test_as_many_as_calls_up_to_the_limit() -> None:
    threads = Threads(limit=8)
    barrier, most = threading.Barrier(9), []
    for _ in range(8):
        threads.submit(lambda: barrier.wait(10))
    barrier.wait(10)

    gate, running, lock = threading.Event(), [0], threading.Lock()

    def job() -> None:
        with lock:
            running[0] += 1
            most.append(running[0])
        gate.wait(10)
        with lock:
            running[0] -= 1

    for _ in range(40):
        threads.submit(job)
    wait_for(lambda: len(most) == 8)
    assert threads.count() == 8
    gate.set()
    wait_for(lambda: len(most) == 40)
    assert max(most) <= 8


def test_who_brings_many_jobs_starts_few_threads(monkeypatch) -> None:
    """An event loop does nothing else while it starts one."""
    started_by, start, main = [], threading.Thread.start, threading.current_thread()

    def noted(thread: threading.Thread) -> None:
        started_by.append(threading.current_thread() is main)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    threads, everybody = Threads(), threading.Barrier(65)
    for _ in range(64):
        threads.submit(lambda: everybody.wait(10))
    everybody.wait(10)
    # One for each job, and one that starts them.
    assert (len(started_by), sum(started_by)) == (65, 2)


def test_no_thread_for_those_that_wait(monkeypatch) -> None:
    """Where the machine gives no more threads, those that are there do all jobs."""
    gate, done, start = threading.Event(), [], threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = Threads()
    threads.submit(lambda: gate.wait(10))
    monkeypatch.setattr(threading.Thread, "start", refuse)
    for number in range(8):
        assert threads.submit(lambda number=number: done.append(number)) is False
    gate.set()
    wait_for(lambda: done == list(range(8)))
    assert threads.count() == 1
    other = Threads()
    with pytest.raises(RuntimeError, match="start new thread"):
        other.submit(lambda: None)
    assert other.count() == 0
    monkeypatch.setattr(threading.Thread, "start", start)
    assert other.submit(lambda: done.append(8)) is True
    wait_for(lambda: done[-1] == 8)


def test_who_starts_the_others_comes_back() -> None:
    threads = Threads(idle_seconds=0.05)
    for _ in range(3):
        everybody = threading.Barrier(5)
        for _ in range(4):
            threads.submit(lambda everybody=everybody: everybody.wait(10))
        everybody.wait(10)
        wait_for(lambda: threads.count() == 0 and not threads._is_attended)


def test_idle_threads_end() -> None:
    threads = Threads(idle_seconds=0.05)
    barrier = threading.Barrier(17)
    for _ in range(16):
        threads.submit(lambda: barrier.wait(10))
    barrier.wait(10)
    wait_for(lambda: threads.count() == 0)
    # And they come back.
    done = threading.Event()
    threads.submit(done.set)
    assert done.wait(10)


def test_every_job_is_done_while_threads_come_and_go() -> None:
    threads = Threads(limit=4, idle_seconds=0.0005)
    done, lock = [0], threading.Lock()

    def job() -> None:
        with lock:
            done[0] += 1

    def submit_some() -> None:
        for number in range(400):
            threads.submit(job)
            if number % 7 == 0:
                time.sleep(0.0007)

    submitters = [threading.Thread(target=submit_some) for _ in range(4)]
    for thread in submitters:
        thread.start()
    for thread in submitters:
        thread.join()
    wait_for(lambda: done[0] == 1600)
    wait_for(lambda: threads.count() == 0)
