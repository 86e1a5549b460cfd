"""`make bench`: one table from one run, ours beside the peers and beside the physical limit, and what didit-dev bears.

Three processes (Rust, Python, Node) hold their contestants ready. For every body, rounds go through all contestants of
all languages in a shuffled order, three times over all bodies, so that whatever else the machine does falls on all of
them; the table shows the median of the rounds, and its ratio to the floor: HMAC-SHA256 alone over the canonical bytes,
by the faster of sha2 and ring.

    python bench/bench.py [--rounds 15] [--quick] [--core]
"""

import argparse
import base64
import copy
import hashlib
import hmac
import itertools
import json
import pathlib
import random
import statistics
import subprocess
import sys
import time

import calls
import emulator
import express

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
SECRET = b"bench-secret-0123456789-abcdefghijklmnopqrs"
FIXED_TIME = 1_790_000_000
SIZES = {"0.5 KB": 500, "4 KB": 4_000, "20 KB": 20_000, "100 KB": 100_000, "1 MB": 1_000_000}
NAMES = [("José", "Müller"), ("山田", "太郎"), ("Ana", "Kovač"), ("Sample", "Persona"), ("Zoë", "Smith")]


class Side:
    """A child process that measures what it is told."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        """Send a request and return the answer."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"a side of the benchmark stopped: {' '.join(map(str, self.process.args))}")
        return json.loads(answer)

    def close(self):
        """End it, and wait until it has."""
        self.process.stdin.close()
        self.process.wait()


def shorten_floats(data):
    """Whole floats as ints, as the recipe has it."""
    if isinstance(data, dict):
        return {key: shorten_floats(value) for key, value in data.items()}
    if isinstance(data, list):
        return [shorten_floats(value) for value in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data


def payload_of(size, timestamp):
    """A realistic session event of about `size` bytes: one more checked document until it is long enough."""
    event = json.loads((ROOT / "tests/fixtures/webhook_status_updated_in_review.json").read_text())
    event["timestamp"] = timestamp
    decision = event["decision"]
    document = decision["id_verifications"][0]
    if size < 1_000:
        del event["decision"]
        return event
    decision["id_verifications"] = []
    number, length = 0, len(json.dumps(event))
    while number == 0 or length < size:
        one = copy.deepcopy(document)
        one["first_name"], one["last_name"] = NAMES[number % len(NAMES)]
        one["full_name"] = f"{one['first_name']} {one['last_name']}"
        one["front_image_quality_score"] = {"focus_score": 95.0, "brightness_score": 97.9, "overall_score": 84.625}
        decision["id_verifications"].append(one)
        length += len(json.dumps(one)) + (2 if number else 0)
        number += 1
    return event


def shuffled(value, chance):
    """The same tree with its members in a random order."""
    if isinstance(value, dict):
        members = list(value.items())
        chance.shuffle(members)
        return {name: shuffled(member, chance) for name, member in members}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


def bodies(timestamp):
    """Form, size and body of every delivery."""
    chance = random.Random("didit bench")
    for size, length in SIZES.items():
        payload = payload_of(length, timestamp)
        short = shorten_floats(payload)
        yield "wire", size, json.dumps(short, sort_keys=True, separators=(",", ":")).encode()
        yield "canonical", size, json.dumps(short, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        yield "pretty", size, json.dumps(shuffled(payload, chance), indent=2, ensure_ascii=False).encode()


def hostile(length):
    """Bodies that somebody would send to keep us busy."""

    def fill(item, before=b"[", after=b"]"):
        return before + b",".join([item] * (length // (len(item) + 1))) + after

    yield "1e308", fill(b"1e308")
    yield "1.7976931348623157e308", fill(b"1.7976931348623157e308")
    yield "beside the middle of two doubles", fill(b"24703282292062327208e-343")
    yield "beside the middle, 700 digits", fill(b"2." + b"4703282292062327208" * 36 + b"e-324")
    yield "17 digits", fill(b"0.12345678901234567")
    yield "5e-324", fill(b"5e-324")
    yield "800 digits", fill(b"0." + b"1234567890" * 80)
    yield "names in reverse order", b"{" + b",".join(b'"%07d":0' % n for n in range(length // 12, 0, -1)) + b"}"
    yield "one name over and over", fill(b'"":0', b"{", b"}")
    yield (
        "long equal prefixes",
        b"{" + b",".join(b'"%s%05d":0' % (b"x" * 200, n) for n in range(length // 210, 0, -1)) + b"}",
    )
    yield (
        "in order until its end",
        b"{" + b",".join(b'"%08d":0' % n for n in range(length // 13)) + b', "\\u007a":0}',
    )
    yield "1000 levels out of order", (b'{"b":"' + b"x" * (length // 1000 - 16) + b'","a":') * 1000 + b"0" + b"}" * 1000
    yield "small objects out of order", fill(b'{"b":1,"a":2}')
    yield "escapes", b'"' + b"\\u00e9" * (length // 6) + b'"'
    yield (
        "escaped names",
        b"{" + b",".join(b'"\\u00%02x%05d":0' % (n % 90 + 33, n) for n in range(length // 16, 0, -1)) + b"}",
    )
    yield "white space", b" " * (length - 1) + b"0"
    yield "open brackets", b"[" * length
    yield "4300 digits", fill(b"7" * 4300)
    yield "not UTF-8 at the end", b'"' + b"x" * (length - 3) + b'\xff"'


def headers_of(body, canonical, timestamp):
    """The thirteen headers of a delivery behind a proxy."""

    def mac(message):
        return hmac.new(SECRET, message, hashlib.sha256).hexdigest()

    return {
        "Host": "app.example.com",
        "User-Agent": "DiditWebhook/2.0 +https://didit.me",
        "Content-Length": str(len(body)),
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Content-Type": "application/json",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
        "X-Request-Id": "0123456789abcdef",
        "X-Signature": mac(body),
        "X-Signature-V2": mac(canonical),
        "X-Signature-Simple": "0" * 64,
        "X-Timestamp": str(timestamp),
    }


def race(sides, rounds, seconds, load):
    """Nanoseconds per call of every contestant: all rounds."""
    contestants = [(side, name) for side in sides for name in side.ask(do="load", **load)]
    times = {name: [] for _, name in contestants}
    for number in range(rounds + 1):
        random.shuffle(contestants)
        for side, name in contestants:
            time_of_call = side.ask(do="measure", name=name, seconds=seconds)
            if number > 0:  # the first round warms up
                times[name].append(time_of_call)
    return times


def medians(times):
    """Of the rounds of every contestant."""
    return {name: statistics.median(values) for name, values in times.items()}


def told(nanoseconds):
    """A time in the unit that fits."""
    units = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
    unit = next((unit for unit, size in units.items() if nanoseconds < size * 1000), "s")
    return f"{nanoseconds / units[unit]:.3g} {unit}"


def main():
    """Measure, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.02, help="length of one measurement")
    parser.add_argument("--core", action="store_true", help="the core and HMAC alone, without Python and Node")
    parser.add_argument("--quick", action="store_true", help="few rounds and sizes, to see that it runs")
    options = parser.parse_args()
    if options.quick:
        options.rounds = 3
    rust = Side(HERE / "rust/target/release/didit-bench")
    sides = [rust]
    if not options.core:
        sides += [Side(sys.executable, HERE / "python_side.py"), Side("node", "--expose-gc", HERE / "node/side.mjs")]

    rounds = {}
    # A third of the rounds each time: what else the machine does for some minutes falls on all bodies.
    for turn, (form, size, body) in itertools.product(range(3), list(bodies(int(time.time())))):
        if options.quick and size not in ("4 KB", "20 KB"):
            continue
        payload = shorten_floats(json.loads(body))
        canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        load = {
            "body": base64.b64encode(body).decode(),
            "canonical": base64.b64encode(canonical).decode(),
            "secret": base64.b64encode(SECRET).decode(),
            "headers": headers_of(body, canonical, payload["timestamp"]),
            "now": payload["timestamp"],
        }
        print(f"measuring {form}, {size}, {turn + 1} of 3 ...   ", file=sys.stderr, end="\r")
        for name, times in race(sides, -(-options.rounds // 3), options.seconds, load).items():
            rounds.setdefault((form, size), {}).setdefault(name, []).extend(times)
    results = {body: medians(times) for body, times in rounds.items()}

    sizes = [size for size in SIZES if ("wire", size) in results]
    print(f"{'median of a call, and its ratio to HMAC alone':48}" + "".join(f"{size:>18}" for size in sizes))
    for form in ("wire", "canonical", "pretty"):
        print(f"\n{form}")
        names = list(dict.fromkeys(name for size in sizes for name in results[form, size]))
        names.sort(key=lambda name: (name.split(":")[0] if ":" in name else "", name != "HMAC alone, sha2"))
        for name in names:
            row = f"  {name:46}"
            for size in sizes:
                times = results[form, size]
                floor = min(times["HMAC alone, sha2"], times["HMAC alone, ring"])
                row += f"{told(times[name]):>10} {times[name] / floor:>6.2f}x" if name in times else f"{'refuses':>18}"
            print(row)

    length = 1_000_000 if options.quick else 10_000_000
    print(
        f"\n{f'hostile bodies of {length / 1e6:.0f} MB':48}{'canonicalize':>14}{'verify':>10}{'memory of verify':>20}"
    )
    worst = {}
    for name, body in [*hostile(length), *shaped(length)]:
        load = {"body": base64.b64encode(body).decode(), "hostile": True}
        times = medians(race([rust], 1 if options.quick else 3, 0.01, load))
        canonicalize, verify = (times[f"core {what}"] / len(body) for what in ("canonicalize", "verify"))
        memory = extra_memory(body)
        worst[name] = verify, memory
        print(f"  {name:46}{canonicalize:>8.2f} ns/B{verify:>5.2f} ns/B{memory:>13.2f} x body")

    core_goals(results, worst)
    if not options.core:
        face_goals(results)
        calls.report(sides, lambda *given: medians(race(*given)), told, check, options)
        # In a process of its own, in which no other package's threads and settings are.
        command = [sys.executable, HERE / "adapters.py", *(["--quick"] if options.quick else [])]
        subprocess.run(command, check=True)
        express.report(Side, payload_of(SIZES["4 KB"], int(time.time())), check, quick=options.quick)
        emulator.report(check, options)


def shaped(length):
    """Deliveries like any other, but very long."""
    payload = payload_of(length, FIXED_TIME)
    yield "realistic, wire", json.dumps(shorten_floats(payload), sort_keys=True, separators=(",", ":")).encode()
    yield "realistic, pretty", json.dumps(shuffled(payload, random.Random(1)), indent=2, ensure_ascii=False).encode()


def extra_memory(body):
    """The most that verify allocates at once, as a multiple of the body's length."""
    probe = subprocess.run([HERE / "rust/target/release/probe", "memory"], input=body, capture_output=True, check=True)
    return int(probe.stdout.split()[1]) / len(body)


def check(text, value, bound, *, at_least=False):
    """Print whether a goal is met. Most are ratios, so they hold on any machine with the same instructions."""
    met = value >= bound if at_least else value <= bound
    print(f"  {'met   ' if met else 'MISSED'}  {value:7.2f}  {'>=' if at_least else '<='} {bound:<6} {text}")


def core_goals(results, worst):
    """Print which goals the core meets."""
    print("\ngoals")
    for name, (nanoseconds, memory) in worst.items():
        check(f"verify, ns per byte, {name}", nanoseconds, 40)
        check(f"extra memory / body, {name}", memory, 3 if name.startswith("realistic") else 10)
    for (form, size), times in results.items():
        floor = min(times["HMAC alone, sha2"], times["HMAC alone, ring"])
        bound = {
            "wire": {"4 KB": 1.6, "20 KB": 1.6, "100 KB": 1.9},
            "canonical": dict.fromkeys(SIZES, 1.4),
            "pretty": {"4 KB": 3.5, "20 KB": 3.5, "100 KB": 5.0, "1 MB": 5.0},
        }[form].get(size)
        if bound:
            check(f"core verify / HMAC alone, {form}, {size}", times["core verify"] / floor, bound)


def face_goals(results):
    """Print which goals the Python and Node packages meet."""
    faces = {
        "Python": ("Python: ours, dict of headers", "to_dict()", "json.loads"),
        "Node": ("Node: ours, IncomingHttpHeaders", "the whole event", "JSON.parse"),
    }
    faster = {"Python": 20, "Node": 12}
    for face, (ours, whole, parser) in faces.items():
        for size in SIZES:
            times = results.get(("wire", size))
            if times is None:
                continue
            limit = times[f"{face}: HMAC alone"]
            if size in ("4 KB", "20 KB"):
                check(f"{face} verify / {face}'s HMAC, wire, {size}", times[ours] / limit, 1.5)
            if size == "4 KB":
                four = times[f"{face}: ours, and four fields"]
                check(f"{face} verify and four fields / {face}'s HMAC, wire, {size}", four / limit, 2.5)
            if size == "20 KB":
                recipe = times[f"{face}: the recipe"] / times[ours]
                check(f"the recipe / {face} verify, wire, {size}", recipe, faster[face], at_least=True)
            if face == "Node":
                stripe = times["Node: stripe-node verifyHeader"]
                check(f"Node verify / stripe-node verifyHeader, wire, {size}", times[ours] / stripe, 1)
        for (form, size), times in results.items():
            parsed = times[f"{face}: ours, and {parser}"]
            check(
                f"{face} verify and {whole} / and {parser}, {form}, {size}",
                times[f"{face}: ours, and {whole}"] / parsed,
                1,
            )


if __name__ == "__main__":
    main()
