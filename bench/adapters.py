"""What the adapters and stores of Python cost: printed by `make bench`, or alone.

PYTHONPATH=bindings-python .tools/bench/bin/python bench/adapters.py [--quick] [added] [stores] [load]

* what an adapter adds to a request beside the same application that only verifies, in one process, without a socket
* claim and complete per second, of one process that does nothing else
* requests per second of an application on uvicorn, with the adapter and without verification, over loopback
"""

import argparse
import asyncio
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import webhook_apps
from didit_client import sign
from didit_client.store import MemoryStore, SQLiteStore

from bench import check, payload_of, shorten_floats

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 16
TOGETHER = 64  # events under way at once


def deliveries(number):
    """Genuine deliveries of 4 KB, each of another event: body and headers."""
    event = shorten_floats(payload_of(4_000, int(time.time())))
    for _ in range(number):
        event["event_id"] = str(uuid.uuid4())
        body = json.dumps(event, sort_keys=True, separators=(",", ":")).encode()
        headers = {"host": "localhost", "content-type": "application/json", "content-length": str(len(body))}
        yield body, {**headers, **sign(body, webhook_apps.SECRET)}


# What an adapter adds.


async def asked(app, requests):
    """Seconds of this process for all requests, one after the other; what else the machine does falls on none."""
    statuses = []

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    begun = time.process_time()
    for body, headers in requests:
        message = {"type": "http.request", "body": body, "more_body": False}

        async def receive(message=message):
            return message

        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/"}
        scope |= {"raw_path": b"/", "query_string": b"", "headers": headers, "scheme": "http", "root_path": ""}
        await app({**scope, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}, receive, send)
    seconds = time.process_time() - begun
    assert set(statuses) == {200}, set(statuses)
    return seconds


def asked_wsgi(app, requests):
    """The same of an application that does not know asyncio."""
    statuses = []
    begun = time.process_time()
    for body, headers in requests:
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
        environ |= {"HTTP_" + name.decode().upper().replace("-", "_"): value.decode() for name, value in headers}
        environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http"}
        b"".join(app(environ, lambda status, _headers: statuses.append(status[:3])))
    seconds = time.process_time() - begun
    assert set(statuses) == {"200"}, set(statuses)
    return seconds


def added(rounds, number):
    """Microseconds per request of each application: median of the rounds."""
    names = [name for name in dir(webhook_apps) if name.endswith(("_verified", "_adapter"))]
    apps = {name: getattr(webhook_apps, name)() for name in names}
    times = {name: [] for name in names}
    with asyncio.Runner() as runner:
        for turn in range(rounds + 1):
            random.shuffle(names)
            for name in names:
                fresh = list(deliveries(number))
                raw = [(body, [(n.lower().encode(), v.encode()) for n, v in head.items()]) for body, head in fresh]
                app = apps[name]
                seconds = asked_wsgi(app, raw) if name.startswith("django") else runner.run(asked(app, raw))
                if turn:
                    times[name].append(seconds / number * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


# Stores.


def pairs(store, number):
    """Claims and completions per second."""
    events = [str(uuid.uuid4()) for _ in range(number)]
    begun = time.perf_counter()
    for event in events:
        store.complete(store.claim("bench", event))
    return number / (time.perf_counter() - begun)


def stores(rounds, number):
    """Pairs per second of each store, and what the server's client does with bare calls: medians."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    import databases

    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=HERE.parent))
        sqlite = SQLiteStore(pathlib.Path(folder) / "events.db")
        contestants = {"memory": lambda: pairs(MemoryStore(), number), "SQLite": lambda: pairs(sqlite, number)}
        try:
            url = stack.enter_context(databases.redis())
        except databases.Missing as missing:
            print(f"  NOT MEASURED, FOR WANT OF A SERVER: redis: {missing}")
        else:
            contestants |= redis_contestants(stack, url, number)
        speeds = {name: [] for name in contestants}
        for turn in range(rounds + 1):
            for name, run in random.sample(list(contestants.items()), len(contestants)):
                speed = run()
                if turn:
                    speeds[name].append(speed)
    return {name: statistics.median(values) for name, values in speeds.items()}


def redis_contestants(stack, url, number):
    """Ours, one event at a time and many, and bare GETs of the same client in the place of claim and complete."""
    import redis
    import redis.asyncio
    from didit_client.store.redis import AsyncRedisStore, RedisStore

    client = stack.enter_context(redis.Redis.from_url(url))
    runner = stack.enter_context(asyncio.Runner())
    aclient = redis.asyncio.Redis.from_url(url)
    stack.callback(lambda: runner.run(aclient.aclose()))
    store, astore = RedisStore(client), AsyncRedisStore(aclient)
    # To start so many tasks or threads is no part of it.
    each = number * 10 // TOGETHER

    def gets():
        begun = time.perf_counter()
        for _ in range(number):
            client.get("a")
            client.get("b")
        return number / (time.perf_counter() - begun)

    async def pipelined_gets():
        begun = time.perf_counter()
        for _ in range(each):
            for key in "ab":
                pipeline = aclient.pipeline(transaction=False)
                for _ in range(TOGETHER):
                    pipeline.get(key)
                await pipeline.execute()
        return each * TOGETHER / (time.perf_counter() - begun)

    async def tasks():
        async def worker(events):
            for event in events:
                await astore.complete(await astore.claim("bench", event))

        events = [str(uuid.uuid4()) for _ in range(each * TOGETHER)]
        begun = time.perf_counter()
        await asyncio.gather(*(worker(events[at::TOGETHER]) for at in range(TOGETHER)))
        return len(events) / (time.perf_counter() - begun)

    def threads():
        begun = time.perf_counter()
        workers = [threading.Thread(target=pairs, args=(store, each)) for _ in range(TOGETHER)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return each * TOGETHER / (time.perf_counter() - begun)

    return {
        f"Redis, {TOGETHER} tasks": lambda: runner.run(tasks()),
        f"Redis, {TOGETHER} threads": threads,
        "Redis, one event at a time": lambda: pairs(store, number),
        f"redis-py, pipelines of {TOGETHER} bare GETs": lambda: runner.run(pipelined_gets()),
        "redis-py, two bare GETs at a time": gets,
    }


# Under load.


class Sender(asyncio.Protocol):
    """One connection that sends its requests one after the other."""

    def __init__(self, requests):
        self.requests, self.answered, self.seen = requests, 0, b""
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.requests[0])

    def data_received(self, data):
        self.seen += data
        head, end, body = self.seen.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        if not self.seen.startswith(b"HTTP/1.1 200"):
            self.over.set_exception(RuntimeError(self.seen.decode()))
            return
        self.seen = b""
        self.answered += 1
        if self.answered < len(self.requests):
            self.transport.write(self.requests[self.answered])
        elif not self.over.done():
            self.over.set_result(None)

    def connection_lost(self, error):
        if not self.over.done():
            self.over.set_exception(error or RuntimeError("the server closed the connection"))


async def load(port, requests):
    """Requests per second over some connections."""
    loop = asyncio.get_running_loop()
    parts = [requests[at::CONNECTIONS] for at in range(CONNECTIONS)]
    begun = time.perf_counter()
    made = [await loop.create_connection(lambda part=part: Sender(part), "127.0.0.1", port) for part in parts]
    await asyncio.gather(*(sender.over for _, sender in made))
    seconds = time.perf_counter() - begun
    for transport, _ in made:
        transport.close()
    return len(requests) / seconds


@contextlib.contextmanager
def served(name):
    """One of the applications on uvicorn; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", f"webhook_apps:{name}", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "bindings-python")}
    server = subprocess.Popen([*command, "--no-access-log", "--log-level", "warning"], cwd=HERE, env=environment)
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            if server.poll() is not None:
                sys.exit(f"{name} does not start")
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def under_load(runs, number):
    """Requests per second of each application in each run, in turn."""
    names = ["fastapi_unverified", "fastapi_adapter"]
    speeds = {name: [] for name in names}
    with contextlib.ExitStack() as stack, asyncio.Runner() as runner:
        ports = {name: stack.enter_context(served(name)) for name in names}
        for turn in range(runs + 1):
            for name in names if turn % 2 else reversed(names):
                requests = [
                    b"POST / HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in head.items()).encode() + b"\r\n" + body
                    for body, head in deliveries(number)
                ]
                speed = runner.run(load(ports[name], requests))
                if turn:
                    speeds[name].append(speed)
    return speeds


def report_added(rounds, number, _runs):
    """What an adapter adds to a request."""
    print("\nwebhook adapters of Python: time of the processor for a request with 4 KB, without a socket; median")
    print("  with verifications: a row of each session, in SQLite in memory; verified: the same row, written by hand")
    print("  in the request: SLOW_AFTER None")
    times = added(rounds, number)
    for name, microseconds in sorted(times.items()):
        print(f"  {name.replace('_', ', '):46}{microseconds:>10.1f} µs")
    for framework in ("fastapi", "starlette", "django", "django_in_the_request", "django_with_verifications"):
        verified = times.get(f"{framework}_verified", times["django_verified"])
        extra = times[f"{framework}_adapter"] - verified
        check(f"µs that the adapter adds beside verify, {framework.replace('_', ' ')}", extra, 40)
    # A handler that may be slow needs a thread beside that of the request, where the server wants its answer from.
    woken = times["django_in_another_thread_verified"] - times["django_verified"]
    print(f"  µs for two wake-ups of threads, and nothing else, django {woken:>29.1f}")


def report_stores(rounds, number, _runs):
    """What the stores do."""
    hiredis = "with" if importlib.util.find_spec("hiredis") else "without"
    print("\nstores of processed events in Python: claim and complete, one process; pairs per second, median")
    print(f"  redis-py {hiredis} hiredis")
    speeds = stores(rounds // 3, number)
    for name, speed in speeds.items():
        print(f"  {name:46}{speed:>10.0f}")
    check("SQLite: thousand pairs per second", speeds["SQLite"] / 1000, 5, at_least=True)
    for how in ("tasks", "threads"):
        if (name := f"Redis, {TOGETHER} {how}") in speeds:
            check(f"{name}: thousand pairs per second", speeds[name] / 1000, 8, at_least=True)


def report_load(_rounds, number, runs):
    """What an application does under load."""
    print(f"\nunder load: FastAPI on uvicorn, one process, {CONNECTIONS} connections, 4 KB; requests per second")
    loaded = under_load(runs, number * 2)
    for name, values in loaded.items():
        print(f"  {name.replace('_', ', '):46}{statistics.median(values):>10.0f}")
    ratios = [ours / bare for ours, bare in zip(loaded["fastapi_adapter"], loaded["fastapi_unverified"], strict=True)]
    check("of the throughput without verification, FastAPI", statistics.median(ratios), 0.65, at_least=True)


PARTS = {"added": report_added, "stores": report_stores, "load": report_load}


def report(parts, *, quick):
    """Measure, and print."""
    for part in parts:
        PARTS[part](*((3, 300, 3) if quick else (15, 1000, 5)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", help=f"one or several of {', '.join(PARTS)}; none: all")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it runs")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    report(options.parts or PARTS, quick=options.quick)
