"""`make parity`: random documents and deliveries through CPython and the three faces, which must all agree.

    parity.py                         20,000 documents and 6,000 deliveries, always the same ones
    parity.py --seconds 600           as many as fit, from a new seed, which is printed
    parity.py --seconds 60 --seed 7   those of that seed once more

The oracle for documents is CPython's json module (`tests/vectors/generate.py`), the one for deliveries `webhooks.py`.
"""

import argparse
import base64
import os
import random
import re
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import documents
import faces
import webhooks
from webhooks import generate

BATCH = 250
SHRINK_SECONDS = 20
# The bounded run must have met each of these.
FLOOR = {"ok", "syntax", "invalid_utf8", "unexpected_bom", "lone_surrogate", "too_deep"}
FLOOR |= {"integer_too_long", "number_out_of_range"}

Complaint = str | None


class Parity:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.faces = [faces.rust(), faces.PythonFace(), faces.node()]
        self.documents = Counter[str]()
        self.deliveries = Counter[str]()

    def close(self) -> None:
        for face in self.faces:
            face.close()

    def batch(self, number: int) -> bool:
        """Ask about one batch of documents and a smaller one of deliveries; tell whether all agreed."""
        rnd = random.Random(f"{self.seed}:{number}")
        bodies = [documents.document(rnd) for _ in range(BATCH)]
        asked = [webhooks.delivery(rnd) for _ in range(BATCH * 3 // 10)]
        for body, complaint in zip(bodies, self.judge_documents(bodies, self.documents), strict=True):
            if complaint:
                return self.report(complaint, body, lambda smaller: self.judge_documents([smaller])[0])
        for delivery, complaint in zip(asked, self.judge_deliveries(asked, self.deliveries), strict=True):
            if complaint:
                print(f"the delivery, but for its body: {replace(delivery, body=b'...')}")
                return self.report(complaint, delivery.body, partial(self.judge_with_body, delivery))
        return True

    def judge_with_body(self, delivery: webhooks.Delivery, body: bytes) -> Complaint:
        return self.judge_deliveries([replace(delivery, body=body)])[0]

    def judge_documents(self, bodies: list[bytes], counts: Counter[str] | None = None) -> list[Complaint]:
        answers = [face.ask([[b"c", body] for body in bodies]) for face in self.faces]
        return [
            document_complaint(self.names(), body, said, counts) for body, *said in zip(bodies, *answers, strict=True)
        ]

    def judge_deliveries(self, asked: list[webhooks.Delivery], counts: Counter[str] | None = None) -> list[Complaint]:
        answers = [face.ask([delivery.question(b"v") for delivery in asked]) for face in self.faces]
        complaints = [
            delivery_complaint(self.names(), delivery, said, counts)
            for delivery, *said in zip(asked, *answers, strict=True)
        ]
        # What V2 vouches for must also pass once a parser has had it in its hands.
        passed = [
            at
            for at, answer in enumerate(answers[0])
            if answer[0].startswith(b"=v2") and asked[at].max_body >= 1_000_000
        ]
        for face in self.faces[1:]:
            parsed = face.ask([asked[at].question(b"p") for at in passed])
            for at, answer in zip(passed, parsed, strict=True):
                lost = face.name == "Node" and answer == [b"!parsed_precision"]
                if answer != answers[0][at] and not lost:
                    complaints[at] = complaints[at] or table(
                        ["verify", f"{face.name}, parsed"], [answers[0][at], answer]
                    )
        return complaints

    def names(self) -> list[str]:
        return [face.name for face in self.faces]

    def report(self, complaint: str, body: bytes, judge: Callable[[bytes], Complaint]) -> bool:
        smallest = shrink(body, lambda smaller: judge(smaller) is not None)
        print(f"\nDISAGREEMENT with seed {self.seed}\n{complaint}")
        if smallest != body:
            print(f"and for the smallest document found:\n{judge(smallest)}")
        print(f"document, base64: {base64.b64encode(smallest).decode()}")
        return False


def document_complaint(
    names: list[str], body: bytes, said: list[faces.Answer], counts: Counter[str] | None
) -> Complaint:
    try:
        canonical, duplicates = generate.canonicalize(body)
        verdict = "ok"
        expected = [b"=" + canonical, b"!duplicate_key" if duplicates else b"=" + canonical]
    except generate.Refused as refusal:
        verdict = str(refusal)
        expected = [b"!" + verdict.encode()] * 2
    if counts is not None:
        counts[verdict] += 1
    if all(answer == expected for answer in said):
        return None
    # A document with several defects may be refused for any of them, by all faces alike.
    if (
        verdict != "ok"
        and all(answer == said[0] for answer in said)
        and alike(said[0])
        and said[0][0][1:].decode() in defects(body)
    ):
        return None
    return table(["CPython", *names], [expected, *said])


def alike(answer: faces.Answer) -> bool:
    return answer[0].startswith(b"!") and answer[0] == answer[1]


def delivery_complaint(
    names: list[str], delivery: webhooks.Delivery, said: list[faces.Answer], counts: Counter[str] | None
) -> Complaint:
    passed = said[0][0].startswith(b"=")
    if counts is not None:
        counts["ok" if passed else said[0][0][1:].decode()] += 1
    may_pass = webhooks.may_pass(delivery)
    if passed == may_pass and all(answer == said[0] for answer in said):
        return None
    return f"  oracle   {'may pass' if may_pass else 'must not pass'}\n{table(names, said)}"


TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|-?[0-9][0-9.eE+-]*|.', re.DOTALL)
HIGH, LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
LONE = re.compile(f"{HIGH}(?!{LOW})|(?<!\\\\u[dD][89abAB][0-9a-fA-F][0-9a-fA-F]){LOW}")


def defects(body: bytes) -> set[str]:
    """Every class that a document may be refused with. Generous: only asked where the first one found differs."""
    found = {"syntax"}
    text = body.decode("utf-8", "replace")
    if "\ufffd" in text:
        found.add("invalid_utf8")
    if text.startswith("\ufeff"):
        found.add("unexpected_bom")
    if generate.depth_of(text) > generate.MAX_DEPTH:
        found.add("too_deep")
    for token in TOKEN.findall(text):
        # An escaped backslash begins no other escape.
        if token[0] == '"' and LONE.search(token.replace("\\\\", "  ")):
            found.add("lone_surrogate")
        elif token[0] in "-0123456789":
            digits = re.match(r"-?[0-9]+", token)
            if digits and len(digits[0].lstrip("-")) > generate.MAX_INT_DIGITS:
                found.add("integer_too_long")
            number = re.match(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", token)
            if number and not number[0].lstrip("-").isdigit() and abs(float(number[0])) == float("inf"):
                found.add("number_out_of_range")
    return found


def shrink(body: bytes, disagrees: Callable[[bytes], bool]) -> bytes:
    """Leave out pieces, large ones first, for as long as the disagreement stays."""
    deadline = time.monotonic() + SHRINK_SECONDS
    size = max(1, len(body) // 2)
    while size and time.monotonic() < deadline:
        at = 0
        while at < len(body) and time.monotonic() < deadline:
            smaller = body[:at] + body[at + size :]
            if disagrees(smaller):
                body = smaller
            else:
                at += size
        size //= 2
    return body


def table(names: list[str], answers: list[faces.Answer]) -> str:
    """What each said, from a little before the place where they part."""
    lines = []
    for fields in zip(*answers, strict=True):
        start = max(0, len(os.path.commonprefix(fields)) - 30) if len(set(fields)) > 1 else 0
        for name, field in zip(names, fields, strict=True):
            piece = field[start : start + 100]
            lines.append(f"  {name:8} {'...' if start else ''}{piece!r}{'...' if start + 100 < len(field) else ''}")
    return "\n".join(lines)


def run(seconds: float | None, documents_wanted: int, seed: int) -> int:
    parity = Parity(seed)
    began = time.monotonic()
    number = 0
    try:
        while (time.monotonic() - began < seconds) if seconds else (number * BATCH < documents_wanted):
            if not parity.batch(number):
                return 1
            number += 1
            if seconds and number % 40 == 0:
                print(
                    f"  {number * BATCH:,} documents, {number * BATCH / (time.monotonic() - began):,.0f} per second",
                    flush=True,
                )
    except KeyboardInterrupt:
        print(" interrupted")
    finally:
        parity.close()
    told = time.monotonic() - began
    for what, counts in (("documents", parity.documents), ("deliveries", parity.deliveries)):
        print(
            f"{counts.total():,} {what}: "
            + ", ".join(f"{verdict} {count:,}" for verdict, count in counts.most_common())
        )
    rate = parity.documents.total() / told
    print(f"parity: seed {seed}, {told:.1f} s, {rate:,.0f} documents per second; CPython, Rust, Python and Node agree")
    if not seconds and FLOOR - parity.documents.keys():
        print(f"but no document was of the class {', '.join(sorted(FLOOR - parity.documents.keys()))}")
        return 1
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="random documents through CPython and the three faces of didit-client")
    parser.add_argument("--seconds", type=float, help="how long to go on; the default is a fixed number of documents")
    parser.add_argument("--documents", type=int, default=20_000, help="how many, where --seconds is not given")
    parser.add_argument("--seed", type=int, help="repeats a run; the default is 1, or a new one with --seconds")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else secrets.randbelow(10**9) if options.seconds else 1
    print(f"parity: seed {seed}", flush=True)
    return run(options.seconds, options.documents, seed)


if __name__ == "__main__":
    # The oracle recurses: it needs a deep stack to reach the nesting that the library refuses.
    sys.setrecursionlimit(20_000)
    threading.stack_size(512 * 1024 * 1024)
    status: list[int] = []
    thread = threading.Thread(target=lambda: status.append(main()), daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(status[0] if status else 2)
