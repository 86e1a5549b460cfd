"""One verifier for all threads; the GIL is free while large bodies are worked on."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from deliveries import NOW, SECRET, Delivery, fixture_names
from didit_client import SignatureError, Verifier


def test_one_verifier_for_all_threads() -> None:
    verifier = Verifier(["other", SECRET])
    deliveries = [Delivery.of_fixture(name) for name in fixture_names()]
    deliveries.append(Delivery.of({"timestamp": NOW, "metadata": "x" * 200_000}))

    def work(seed: int) -> None:
        for step in range(60):
            delivery = deliveries[(seed + step) % len(deliveries)]
            verified = verifier.verify(delivery.body, delivery.headers, delivery.now)
            assert verified.secret_index == 1
            assert verified.event.to_dict() == delivery.payload
            assert verifier.verify_parsed(delivery.payload, delivery.headers, delivery.now) == verified
            with pytest.raises(SignatureError):
                verifier.verify(
                    delivery.body[:-1] + b" }", delivery.headers | {"X-Signature-V2": "0" * 64}, delivery.now
                )

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work, seed) for seed in range(8)]:
            future.result(timeout=60)


def test_one_event_for_all_threads() -> None:
    delivery = Delivery.of_fixture("webhook_status_updated_approved")
    event = Verifier(SECRET).verify(delivery.body, delivery.headers, delivery.now).event
    barrier = threading.Barrier(8)

    def read(_: int) -> None:
        barrier.wait(10)
        assert event.decision == delivery.payload["decision"]  # type: ignore[union-attr]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(8)))


def runs_meanwhile(body: bytes, headers: dict[str, str]) -> int:
    """How often another thread gets to run during one verification, with thread switches otherwise off."""
    verifier = Verifier(SECRET, schemes=("raw",), max_body=1 << 30)
    count = 0
    started, stop = threading.Event(), threading.Event()

    def spin() -> None:
        nonlocal count
        started.set()
        while not stop.is_set():
            count += 1
            time.sleep(0)

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=spin)
    thread.start()
    started.wait(10)
    sys.setswitchinterval(100)
    time.sleep(0.02)  # until nobody waits for the GIL by the old interval
    try:
        before = count
        verifier.verify(body, headers, NOW)
        return count - before
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join(10)


def test_the_gil_is_released_for_large_bodies_only() -> None:
    small = Delivery.of({"timestamp": NOW, "metadata": "x" * 60_000})
    # Most of the time: threads that other tests have left can get hold of it before the verification begins.
    assert sum(runs_meanwhile(small.body, small.headers) == 0 for _ in range(9)) > 4
    large = Delivery.of({"timestamp": NOW, "metadata": "x" * 20_000_000})
    assert any(runs_meanwhile(large.body, large.headers) > 0 for _ in range(3))
