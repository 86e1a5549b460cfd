"""What the Express adapter costs, and how fast the stores are from Node. See node/receiving.mjs."""

import pathlib
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))

import databases  # noqa: E402

RUNS = 5
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
    server, sender = (side("node", HERE / "node" / "receiving.mjs", role) for role in ("serve", "load"))
    port = server.ask(do="port")
    number = 400 if quick else 3000
    names = list(ROUTES)
    # The order turns, so that whatever else the machine does falls on all of them.
    order = [names[run % len(names) :] + names[: run % len(names)] for run in range(RUNS + 1)]
    microseconds = {route: [] for route in ROUTES}
    for run in range(2 if quick else 4):
        for route in [route for turn in order for route in turn]:
            cost = server.ask(do="cost", path=f"/{route}", number=number // 4, template=payload)
            if run > 0:  # the first warms up
                microseconds[route].append(cost)
    seconds = {route: [] for route in ROUTES}
    length = 0
    for run, routes in enumerate(order):
        for route in routes:
            load = {"template": payload, "number": number, "connections": CONNECTIONS}
            took = sender.ask(do="load", port=port, path=f"/{route}", **load)
            if run > 0:
                seconds[route].append(took["seconds"] / number)
                length = took["bytes"]
    rate = {route: 1 / statistics.median(times) for route, times in seconds.items()}
    cost = {route: statistics.median(times) for route, times in microseconds.items()}
    print(f"\nExpress, deliveries of {length} bytes over {CONNECTIONS} connections, median of {RUNS} runs")
    print(f"  {'':46}{'requests/s':>12}{'CPU of a request':>20}")
    for route, text in ROUTES.items():
        print(f"  {text:46}{rate[route]:>12,.0f}{cost[route]:>17.1f} µs")

    rates = stores(sender, 0.5 if quick else 2)
    print(f"\nclaim and complete from Node, {IN_FLIGHT} at a time, events/s")
    for name, value in rates.items():
        print(f"  {name:46}{value:>12,.0f}")

    modules = sorted((ROOT / "bindings-node" / "native").glob("*.node"))
    for module in modules:
        print(f"\nnative module {module.name}: {module.stat().st_size / 1e6:.2f} MB")

    print("\ngoals")
    for route in ("middleware", "handler"):
        check(f"Express {route}, µs beyond verify", cost[route] - cost["verify"], 20)
        check(f"Express {route}, throughput / without verification", rate[route] / rate["without"], 0.7, at_least=True)
    for name, least in (("sqlite", 5000), ("ioredis", 8000), ("node-redis", 8000)):
        if name in rates:
            check(f"Node, {name}, claim and complete, thousand/s", rates[name] / 1e3, least / 1e3, at_least=True)


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
