"""What a call costs beside a bare ureq, to the same loopback server: the second half of `make bench`."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Nanoseconds per call over those of a bare ureq.
OVERHEAD = {"Rust: ours": 30_000, "Python: ours": 60_000, "Node: ours": 80_000}
IN_FLIGHT = 64
MANY, SLOW_SECONDS, LIMIT_SECONDS = 256, 0.2, 0.5
READ_LIMIT_MS = 5.0
# What a program pays before its first line runs; the modules of the API are loaded when they are first used.
IMPORT_LIMIT_MS = 25.0
CLOCK = "import time; begun = time.perf_counter(); {}; print((time.perf_counter() - begun) * 1e3)"
IMPORTS = {
    "Python: import didit_client": [sys.executable, "-c", CLOCK.format("import didit_client")],
    "Python: from didit_client import Didit": [sys.executable, "-c", CLOCK.format("from didit_client import Didit")],
    "Node: require('didit-client')": [
        "node",
        "-e",
        "const begun = performance.now(); require('didit-client'); console.log(performance.now() - begun)",
    ],
}


def report(sides, race, told, check, options):
    """Measure, and print the table and the goals."""
    rust, python, node = sides
    url = rust.ask(do="serve")
    times = race(sides, options.rounds, max(options.seconds, 0.1), {"calls": url})
    floor = times["Rust: bare ureq"]
    print("\none call to a loopback server, in turn: median, and what it is more than a bare ureq")
    for name, time in sorted(times.items(), key=lambda item: item[1]):
        print(f"  {name:46}{told(time):>10} {(time - floor) / 1e3:>+9.1f} µs")

    print(f"\n{IN_FLIGHT} calls in flight: calls per second")
    speeds = {}
    for side in sides:
        for name in side.ask(do="load", calls=url, in_flight=IN_FLIGHT):
            speed = [
                side.ask(do="throughput", name=name, seconds=max(options.seconds, 0.5), calls=url, in_flight=IN_FLIGHT)
                for _ in range(max(options.rounds // 3, 1))
            ]
            speeds[name] = statistics.median(speed)
            print(f"  {name:46}{speeds[name]:>10.0f}")

    # A server of its own, because it answers late: 256 calls that wait side by side take as long as one.
    slow = subprocess.Popen(
        [sys.executable, HERE / "answering.py", str(SLOW_SECONDS)], stdout=subprocess.PIPE, text=True
    )
    try:
        late = {"calls": slow.stdout.readline().strip(), "number": MANY}
        seconds = python.ask(do="together", **late)
        reads = node.ask(do="together", **late)
    finally:
        slow.kill()
        slow.wait()
    print(f"\n{MANY} calls of one AsyncDidit at once, each answered after {SLOW_SECONDS} s")
    print(f"  {'the first time, with new threads and connections':46}{seconds[0]:>10.3f} s")
    print(f"  {'again':46}{seconds[1]:>10.3f} s")

    print(f"\n{MANY} calls of one Node client at once, each answered after {SLOW_SECONDS} s")
    first, again = reads["rounds"]
    for name, found in (("the first time", first), ("again", again)):
        print(f"  {name:46}{found['seconds']:>10.3f} s")
    for name, found in (("the first time", first), ("again", again), ("no call in flight", reads["alone"])):
        read = f"fs.readFile meanwhile, median and longest: {name}"
        print(f"  {read:62}{found['median']:>7.2f} {found['longest']:>6.2f} ms")

    imports = {name: loading(command) for name, command in IMPORTS.items()}
    print("\nloading the package: median of fresh processes")
    for name, milliseconds in imports.items():
        print(f"  {name:46}{milliseconds:>10.1f} ms")

    print("\ngoals of calls")
    for name, bound in OVERHEAD.items():
        check(f"µs over a bare ureq, {name}", (times[name] - floor) / 1e3, bound / 1e3)
    check(
        "of a bare ureq pool's speed, Rust: ours",
        speeds["Rust: ours"] / speeds["Rust: bare ureq pool"],
        0.8,
        at_least=True,
    )
    check("ms for import didit_client", imports["Python: import didit_client"], IMPORT_LIMIT_MS)
    check(f"seconds for {MANY} calls of an AsyncDidit", seconds[0], LIMIT_SECONDS)
    check(f"seconds for {MANY} calls in Node", first["seconds"], LIMIT_SECONDS)
    # The median: the longest also has what starting so many threads takes on this thread.
    check("ms that fs.readFile is delayed in Node", again["median"] - reads["alone"]["median"], READ_LIMIT_MS)


def loading(command):
    """Milliseconds that a fresh process needs to load the package; the files are in the cache of the system."""
    # Whoever installs a package has its modules compiled, whatever this shell says.
    told = {"capture_output": True, "text": True, "check": True, "cwd": HERE.parent}
    told["env"] = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    run = lambda: float(subprocess.run(command, **told).stdout)  # noqa: E731
    run()
    return statistics.median(run() for _ in range(21))
