"""What the Express adapter costs, and how fast the stores are from Node. See node/receiving.mjs."""

import pathlib
import random
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))

import databases  # noqa: E402

PROCESSES = 5
CONNECTIONS = 32
IN_FLIGHT = 64
ROUTES = {
    "without": "express.json, no verification",
    "verify": "express.raw and Verifier.verify",
    "middleware": "webhook, memory store",
    "handler": "webhookHandler, memory store",
}


def report(side, payload, check, *, quick):
    """Measure, print the tables, and which goals are met.

    Args:
        side: the class of a child process that measures.
        payload: a delivery of 4 KB.
        check: prints a goal.
        quick: whether few requests will do.
    """
    sender = side("node", HERE / "node" / "receiving.mjs", "load")
    number = 400 if quick else 3000
    costs, speeds = [], []
    length = 0
    # One process differs from the next by more than what is measured, so each is compared with itself.
    for _ in range(1 if quick else PROCESSES):
        server = side("node", HERE / "node" / "receiving.mjs", "serve")
        port = server.ask(do="port")
        costs.append(processor_time(server, payload, number // 4, turns=6 if quick else 18))
        speeds.append({})
        for route in shuffled(ROUTES):
            load = {"template": payload, "number": number, "connections": CONNECTIONS}
            took = sender.ask(do="load", port=port, path=f"/{route}", **load)
            speeds[-1][route] = number / took["seconds"]
            length = took["bytes"]
        server.close()
    print(f"\nExpress, deliveries of {length} bytes over {CONNECTIONS} connections, medians of {len(costs)} processes")
    print(f"  {'':46}{'requests/s':>12}{'CPU of a request':>20}")
    for route, text in ROUTES.items():
        speed, cost = (statistics.median(one[route] for one in all_of) for all_of in (speeds, costs))
        print(f"  {text:46}{speed:>12,.0f}{cost:>17.1f} µs")

    rates = stores(sender, 0.5 if quick else 2)
    print(f"\nclaim and complete from Node, {IN_FLIGHT} at a time, events/s")
    for name, value in rates.items():
        print(f"  {name:46}{value:>12,.0f}")

    modules = sorted((ROOT / "bindings-node" / "native").glob("*.node"))
    for module in modules:
        print(f"\nnative module {module.name}: {module.stat().st_size / 1e6:.2f} MB")

    print("\ngoals")
    for route in ("middleware", "handler"):
        beyond = statistics.median(one[route] - one["verify"] for one in costs)
        check(f"Express {route}, µs beyond verify", beyond, 20)
        kept = statistics.median(one[route] / one["without"] for one in speeds)
        check(f"Express {route}, throughput / without verification", kept, 0.7, at_least=True)
    for name, least in (("sqlite", 5000), ("ioredis", 8000), ("node-redis", 8000)):
        if name in rates:
            check(f"Node, {name}, claim and complete, thousand/s", rates[name] / 1e3, least / 1e3, at_least=True)


def processor_time(server, payload, number, *, turns):
    """Microseconds of a request through each route of one process, medians."""
    microseconds = {route: [] for route in ROUTES}
    for turn in range(turns):
        for route in shuffled(ROUTES):
            cost = server.ask(do="cost", path=f"/{route}", number=number, template=payload)
            if turn >= turns // 3:  # the first ones warm up
                microseconds[route].append(cost)
    return {route: statistics.median(times) for route, times in microseconds.items()}


def shuffled(routes):
    """In another order each time: what one leaves behind, another one clears away."""
    return random.sample(list(routes), len(routes))


def stores(sender, seconds):
    """Events per second through each store; Redis where there is one."""
    load = {"do": "store", "seconds": seconds, "inFlight": IN_FLIGHT}
    rates = {name: sender.ask(name=name, **load) for name in ("memory", "sqlite")}
    try:
        with databases.redis() as url:
            for name in ("ioredis", "node-redis"):
                rates[name] = sender.ask(name=name, url=url, **load)
    except databases.Missing as missing:
        print(f"NOT MEASURED: {missing}")
    return rates
