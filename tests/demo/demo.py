"""`make demo`: the same deliveries to a Python and a Node service, and one table of what each said.

It exits with 1 if any answer differs from the expectation or from the other language, with 2 if it could not ask.
"""

import json
import os
import secrets
import sys
import tempfile
import time
from typing import Any

from deliveries import Answer, Delivery, attacks, genuine, odd
from servers import PYTHON, ROOT, Server, ServerError, express, fastapi

import api

PATH = "/api/webhook"
BUILT = {
    "the Python environment": PYTHON,
    "the Node package": ROOT / "bindings-node" / "dist" / "index.js",
    "the Express example": ROOT / "examples" / "express" / "node_modules" / "express",
}
# 120 columns at most: the longest delivery, answer and code.
WIDTHS = (47, 15, 15, 15, 22)


def main() -> int:
    missing = [name for name, path in BUILT.items() if not path.exists()]
    if missing:
        return unable(f"{', '.join(missing)}: not there yet. Run `make demo`, which builds everything first.")
    began = time.monotonic()
    secret, previous = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    folder = tempfile.TemporaryDirectory(prefix="didit-demo-")
    environment = {"DIDIT_WEBHOOK_SECRET": secret, "DIDIT_WEBHOOK_SECRET_PREVIOUS": previous, **api.serve()}

    def stored(name: str) -> dict[str, str]:
        # Each application has a store of its own, as each is to do every event.
        return {**environment, "DIDIT_STORE": f"{folder.name}/{name}.db"}

    try:
        with folder, fastapi(stored("python")) as python, express(stored("node")) as node:
            rows = Table()
            ask_for_sessions(rows, python, node)
            rows.section("Genuine deliveries, signed by CPython's json and hmac")
            for delivery in genuine(secret):
                rows.ask(delivery, python, node)
            rows.section("Odd but genuine")
            for delivery in odd(secret, previous):
                rows.ask(delivery, python, node)
            rows.section("Attacks and broken senders")
            for delivery in attacks(secret):
                rows.ask(delivery, python, node)
        rows.section("Without a secret")
        rows.add("DIDIT_WEBHOOK_SECRET is not set", REFUSES_TO_START, *refusals_to_start())
    except ServerError as error:
        return unable(str(error))
    except KeyboardInterrupt:
        return unable("interrupted; both servers are stopped")
    return rows.summary(time.monotonic() - began)


class Table:
    """Prints a row as soon as both applications have answered, and keeps count."""

    def __init__(self) -> None:
        self.asked = self.python_wrong = self.node_wrong = self.different = 0
        self._line("delivery", "expected", "Python said", "Node said", "code")

    def section(self, title: str) -> None:
        print(f"\n{title}")

    def ask(self, delivery: Delivery, python: Server, node: Server) -> None:
        said = [read(*server.send(PATH, delivery.body, delivery.headers)) for server in (python, node)]
        self.add(delivery.name, delivery.expected, *said)

    def add(self, name: str, expected: Answer, python: Answer, node: Answer) -> None:
        wrong = python != expected or node != expected
        self.asked += 1
        self.python_wrong += python != expected
        self.node_wrong += node != expected
        self.different += python != node
        codes = dict.fromkeys((python.code or "-", node.code or "-"))
        self._line(f"{'!! ' if wrong else ''}{name}", expected, python, node, " / ".join(codes))
        if wrong:
            for who, answer in (("expected", expected), ("Python", python), ("Node", node)):
                print(f"   {who:9} {answer!r}")

    def summary(self, seconds: float) -> int:
        asked = self.asked
        print(f"\n{asked} deliveries in {seconds:.1f} s, each to both applications.")
        right = [f"{asked - wrong} of {asked}" for wrong in (self.python_wrong, self.node_wrong)]
        print(f"Python answered {right[0]} as expected, Node {right[1]}.")
        print(f"They differed from each other in {self.different}.")
        return 1 if self.python_wrong or self.node_wrong or self.different else 0

    def _line(self, *cells: object) -> None:
        print(" ".join(f"{cell!s:{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip(), flush=True)


def ask_for_sessions(rows: Table, python: Server, node: Server) -> None:
    """The other half of the guide's programs, against a loopback server that plays Didit's API."""
    rows.section("Sessions and decisions, from a loopback server that plays Didit's API")
    query = f"verificationSessionId={api.ID}&status=Approved"
    cookie = [("Cookie", f"verification={api.ID}")]
    started = {"verification_url": api.SESSION["url"], "session_token": api.SESSION["session_token"]}
    page = "Verification: granted"
    for name, method, path, body, headers, expected in (
        ("start a verification", "POST", "/api/verify", {"user_id": "user-123"}, [], (200, started)),
        ("come back and see the decision", "GET", f"/verification-complete?{query}", None, cookie, (200, page)),
        (
            "the same from another browser",
            "GET",
            f"/verification-complete?{query}",
            None,
            [],
            (403, "not_your_session"),
        ),
        ("the same without its parameters", "GET", "/verification-complete", None, cookie, (400, "invalid_callback")),
    ):
        content = b"" if body is None else json.dumps(body).encode()
        sent = [*headers, ("Content-Type", "application/json")] if content else headers
        said = [shown(*server.send(path, content, sent, method), expected) for server in (python, node)]
        rows.add(name, Answer(expected[0], "" if expected[0] == 200 else str(expected[1])), *said)


def shown(status: int, answer: Any, expected: tuple[int, Any]) -> Answer:
    """What an application said, in the form of the table; anything unexpected stands in the place of the code."""
    if status >= 400:
        return Answer(status, answer.get("error", "") if isinstance(answer, dict) else str(answer))
    right = answer == expected[1] if isinstance(answer, dict) else expected[1] in answer
    return Answer(status, "" if right else str(answer)[:60])


def read(status: int, answer: Any) -> Answer:
    if not isinstance(answer, dict):
        return Answer(status)
    if status >= 400:
        # Nothing but the code may reach the sender.
        return Answer(status, answer.get("error", "") if answer.keys() == {"error"} else json.dumps(answer))
    names = ("type", "outcome", "scheme", "duplicate")
    return Answer(status, "", *(answer.get(name, "") for name in names))


REFUSES_TO_START = Answer(0, "missing_secret")


def refusals_to_start() -> list[Answer]:
    """Both applications once more, with an empty secret: they must stop at once and say why."""
    answers = []
    for make in (fastapi, express):
        empty = {"DIDIT_WEBHOOK_SECRET": "", "DIDIT_WEBHOOK_SECRET_PREVIOUS": "", "DIDIT_STORE": ":memory:"}
        server = make(empty)
        try:
            with server:
                answers.append(Answer(0))
        except ServerError as error:
            answers.append(REFUSES_TO_START if "missing_secret" in str(error) else Answer(0, "other_error"))
    return answers


def unable(reason: str) -> int:
    print(f"\nThe demo cannot go on: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    os.environ.pop("DIDIT_WEBHOOK_SECRET", None)
    sys.exit(main())
