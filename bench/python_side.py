"""The Python side of the benchmark: one JSON request a line, one answer a line. See bench.py."""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import threading
import time

import httpx
import orjson
import standardwebhooks
from didit.webhooks import verify_webhook_signature
from didit_client import AsyncDidit, Didit, Verifier
from starlette.datastructures import Headers


def shorten_floats(data):
    """Didit's published recipe, as a user would copy it."""
    if isinstance(data, dict):
        return {key: shorten_floats(value) for key, value in data.items()}
    if isinstance(data, list):
        return [shorten_floats(value) for value in data]
    if isinstance(data, float) and data.is_integer():
        return int(data)
    return data


def recipe(body, headers, secret):
    """The guide's verifier; fresh, or an exception."""
    payload = json.loads(body)
    assert abs(int(time.time()) - int(headers["X-Timestamp"])) <= 300
    canonical = json.dumps(shorten_floats(payload), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    expected = hmac.new(secret, canonical.encode(), hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["X-Signature-V2"], expected)
    return payload


def orjson_recipe(body, headers, secret):
    """The same with orjson: fast, and not exact for every body."""
    payload = orjson.loads(body)
    assert abs(int(time.time()) - int(headers["X-Timestamp"])) <= 300
    canonical = orjson.dumps(shorten_floats(payload), option=orjson.OPT_SORT_KEYS)
    assert hmac.compare_digest(headers["X-Signature-V2"], hmac.new(secret, canonical, hashlib.sha256).hexdigest())
    return payload


def load(request):
    """Return the contestants for one body."""
    body = base64.b64decode(request["body"])
    canonical = base64.b64decode(request["canonical"])
    secret = base64.b64decode(request["secret"])
    headers = request["headers"]
    starlette = Headers(raw=[(name.lower().encode(), value.encode()) for name, value in headers.items()])
    verifier = Verifier(secret, max_body=1 << 30)
    standard = standardwebhooks.Webhook(b"k" * 32)
    text = body.decode()
    signed_at = standardwebhooks.webhooks.datetime.now(standardwebhooks.webhooks.timezone.utc)
    standard_headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(signed_at.timestamp())),
        "webhook-signature": standard.sign("msg_1", signed_at, text),
    }

    def four_fields():
        event = verifier.verify(body, headers).event
        return event.status, event.session_id, event.vendor_data, event.event_id

    def verify_and_loads():
        verifier.verify(body, headers)
        return json.loads(body)

    return {
        "Python: HMAC alone": lambda: hmac.digest(secret, canonical, "sha256"),
        "Python: ours, dict of headers": lambda: verifier.verify(body, headers),
        "Python: ours, Starlette headers": lambda: verifier.verify(body, starlette),
        "Python: ours, and four fields": four_fields,
        "Python: ours, and to_dict()": lambda: verifier.verify(body, headers).event.to_dict(),
        "Python: ours, and json.loads": verify_and_loads,
        "Python: the recipe": lambda: recipe(body, headers, secret),
        "Python: the recipe with orjson": lambda: orjson_recipe(body, headers, secret),
        "Python: didit-sdk 0.4.0": lambda: verify_webhook_signature(body, headers, secret.decode()),
        "Python: standardwebhooks": lambda: standard.verify(text, standard_headers),
    }


ID = "11111111-2222-3333-4444-555555555555"


def callers(url):
    """Return the contestants for one call in turn."""
    settings = {"base_url": url, "api_key": "k", "environment": {}}
    client, peer = Didit(**settings), httpx.Client(base_url=url, headers={"x-api-key": "k"}, trust_env=False)
    loop, aio = asyncio.new_event_loop(), AsyncDidit(**settings)
    return {
        "Python: ours": lambda: client.sessions.decision(ID).status,
        "Python: ours, AsyncDidit": lambda: loop.run_until_complete(aio.sessions.decision(ID)).status,
        "Python: httpx": lambda: peer.get(f"/v3/session/{ID}/decision/").json()["status"],
    }


def crowds(url, in_flight):
    """Return what does calls for some seconds, so many in flight, and counts them."""
    settings = {"base_url": url, "api_key": "k", "environment": {}}
    client, aio = Didit(**settings), AsyncDidit(**settings)

    def threads(seconds):
        end, done = time.perf_counter() + seconds, []

        def work():
            count = 0
            while time.perf_counter() < end:
                client.sessions.decision(ID)
                count += 1
            done.append(count)

        workers = [threading.Thread(target=work) for _ in range(in_flight)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return sum(done)

    async def work(end):
        count = 0
        while time.perf_counter() < end:
            await aio.sessions.decision(ID)
            count += 1
        return count

    async def tasks(seconds):
        end = time.perf_counter() + seconds
        return sum(await asyncio.gather(*(work(end) for _ in range(in_flight))))

    return {
        "Python: ours, threads": threads,
        "Python: ours, AsyncDidit": lambda seconds: asyncio.run(tasks(seconds)),
    }


def throughput(run, seconds):
    """Return calls per second; a short run before makes the connections."""
    run(seconds / 4)
    start = time.perf_counter()
    return run(seconds) / (time.perf_counter() - start)


async def together(url, number):
    """Return how long so many calls at once take, the first time and again."""
    seconds = []
    async with AsyncDidit(base_url=url, api_key="k", environment={}) as client:
        for _ in range(2):
            start = time.perf_counter()
            await asyncio.gather(*(client.sessions.decision(ID) for _ in range(number)))
            seconds.append(time.perf_counter() - start)
    return seconds


def measure(run, seconds):
    """Return nanoseconds per call, over as many calls as fit into `seconds`."""
    start = time.perf_counter_ns()
    calls, batch = 0, 1
    while time.perf_counter_ns() - start < seconds * 1e9:
        for _ in range(batch):
            run()
        calls += batch
        batch = min(batch * 2, calls // 4 + 1)
    return (time.perf_counter_ns() - start) / calls


def main():
    """Answer requests until the input ends."""
    contestants = {}
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load" and "calls" in request:
            crowd = request.get("in_flight")
            contestants = crowds(request["calls"], crowd) if crowd else callers(request["calls"])
            answer = list(contestants)
        elif request["do"] == "throughput":
            answer = throughput(contestants[request["name"]], request["seconds"])
        elif request["do"] == "together":
            answer = asyncio.run(together(request["calls"], request["number"]))
        elif request["do"] == "load":
            contestants = load(request)
            # What refuses a body is no contestant for it.
            for name, run in list(contestants.items()):
                try:
                    accepted = run() is not False
                except Exception:
                    accepted = False
                if not accepted:
                    del contestants[name]
            answer = list(contestants)
        else:
            answer = measure(contestants[request["name"]], request["seconds"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
