"""`make demo`: Didit's guide through a Python and a Node service, attacks on both, and one table of what each said.

    demo.py          the whole story, against didit-dev
    demo.py --ui     keeps everything up for a person with a browser, until Ctrl-C

It exits with 1 if any answer differs from the expectation or from the other language, with 2 if it could not ask.
"""

import contextlib
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import story
from deliveries import Answer, Delivery, attacks, genuine, odd, read
from didit_client.testing import ControlError, DiditDev, DiditDevError
from misbehaviours import misbehave
from relay import Relay
from servers import PYTHON, ROOT, Server, ServerError, express, fastapi
from story import WEBHOOK, Side

DIDIT_DEV = ROOT / "target" / "release" / "didit-dev"
BUILT = {
    "didit-dev": DIDIT_DEV,
    "the Python environment": PYTHON,
    "the Node package": ROOT / "bindings-node" / "dist" / "index.js",
    "the Express example": ROOT / "examples" / "express" / "node_modules" / "express",
}
# 120 columns at most: the longest delivery, answer and code.
WIDTHS = (47, 15, 15, 15, 22)


def main(arguments: list[str]) -> int:
    missing = [name for name, path in BUILT.items() if not path.exists()]
    if missing:
        return unable(f"{', '.join(missing)}: not there yet. Run `make demo`, which builds everything first.")
    try:
        return show() if arguments == ["--ui"] else tell()
    except (ServerError, DiditDevError, ControlError) as error:
        return unable(str(error))
    except KeyboardInterrupt:
        return unable("interrupted; everything is stopped")


def tell() -> int:
    """The whole story and its table."""
    began = time.monotonic()
    previous = secrets.token_urlsafe(32)
    rows = Table()
    with everything(previous, rows) as (dev, sides):
        story.guide(rows, dev, sides)
        misbehave(rows, dev, sides)
        dev.behave()
        # Each application has a destination, and so a secret, of its own.
        keys = [side.account.secret for side in sides]
        servers = [side.server for side in sides]
        for title, made in (
            ("Genuine deliveries, signed by CPython's json and hmac", genuine),
            ("Odd but genuine", lambda key: odd(key, previous)),
            ("Attacks and broken senders", attacks),
        ):
            rows.section(title)
            for pair in zip(*map(made, keys), strict=True):
                rows.ask(pair, servers)
    rows.section("Without a secret")
    rows.add("DIDIT_WEBHOOK_SECRET is not set", REFUSES_TO_START, *refusals_to_start())
    return rows.summary(time.monotonic() - began)


def show() -> int:
    """Keep it all up until Ctrl-C."""
    with everything(secrets.token_urlsafe(32), Table(quiet=True)) as (dev, (python, node)):
        print("didit-dev plays Didit, and two applications use it. Open one and click:\n")
        print(f"  FastAPI    http://127.0.0.1:{python.server.port}/")
        print(f"  Express    http://127.0.0.1:{node.server.port}/")
        print(f"  inspector  {dev.base_url}/_dev\n\nCtrl-C ends everything.", flush=True)
        # SIGTERM ends it as well as Ctrl-C does. Both may come: make hands on what the whole group was sent already.
        sent: list[int] = []
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda number, _: sent.append(number))
        # The system may show a signal to another thread, and this one is not woken then.
        while not sent:
            time.sleep(0.1)
        print("\nStopping.")
    return 0


@contextlib.contextmanager
def everything(previous: str, rows: "Table") -> Iterator[tuple[DiditDev, tuple[Side, Side]]]:
    """didit-dev, an account for each application, and both applications."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="didit-demo-")))
        # Applications act on live events only.
        options = ["--environment=live", "--no-rate-limits"]
        dev = stack.enter_context(DiditDev.start(DIDIT_DEV, arguments=options))
        relays = stack.enter_context(Relay()), stack.enter_context(Relay())
        sides = []
        both = zip(relays, story.accounts(rows, dev.base_url, relays), (fastapi, express), strict=True)
        for relay, account, make in both:
            # Each application has a store of its own, as each is to do every event.
            store = folder / f"{make.__name__}.db"
            server = stack.enter_context(make(story.environment(account, dev.base_url, previous, str(store))))
            relay.target = server.port
            sides.append(Side(relay, account, server))
        yield dev, (sides[0], sides[1])


class Table:
    """Prints a row as soon as both applications have answered, and keeps count."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self.asked = self.python_wrong = self.node_wrong = self.different = 0
        self._line("step or delivery", "expected", "Python said", "Node said", "code")

    def section(self, title: str) -> None:
        if not self._quiet:
            print(f"\n{title}")

    def ask(self, pair: Sequence[Delivery], servers: Sequence[Server]) -> None:
        """The same delivery to both, each with a signature of its own destination."""
        said = [
            read(*server.send(WEBHOOK, delivery.body, delivery.headers))
            for server, delivery in zip(servers, pair, strict=True)
        ]
        if pair[0].expected != pair[1].expected:
            raise ServerError(f"{pair[0].name}: the expectations differ")
        self.add(pair[0].name, pair[0].expected, *said)

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
        print(f"\n{asked} answers in {seconds:.1f} s of each application.")
        right = [f"{asked - wrong} of {asked}" for wrong in (self.python_wrong, self.node_wrong)]
        print(f"Python answered {right[0]} as expected, Node {right[1]}.")
        print(f"They differed from each other in {self.different}.")
        return 1 if self.python_wrong or self.node_wrong or self.different else 0

    def _line(self, *cells: object) -> None:
        if self._quiet:
            return
        print(" ".join(f"{cell!s:{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip(), flush=True)


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
    sys.exit(main(sys.argv[1:]))
