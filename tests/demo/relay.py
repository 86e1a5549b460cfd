"""Stands between didit-dev and an application: reads what the application answers, and can be in the way."""

import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

# Either the request never reaches the application, or its answer does not come back.
Failure = Literal["before", "after"]
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
WAIT_SECONDS = 15


@dataclass(frozen=True)
class Passed:
    """What the application answered, and what the sender got to see."""

    status: int
    answer: Any
    shown: int


class Relay:
    """Passes on each connection byte for byte, so that what is slow or cut stays so. Use it in a `with` statement."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.target = 0
        self.passed: list[Passed] = []
        self.failures: deque[Failure] = deque()
        self._news = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_exception: object) -> None:
        self._listener.close()

    def wait(self, count: int) -> list[Passed]:
        """The answers to all requests that have passed, as soon as there are so many."""
        with self._news:
            self._news.wait_for(lambda: len(self.passed) >= count, WAIT_SECONDS)
            return list(self.passed)

    def wait_for(self, wanted: Callable[[Passed], bool]) -> Passed:
        """The first request that fits, or the last one if none comes."""
        with self._news:
            self._news.wait_for(lambda: any(map(wanted, self.passed)), WAIT_SECONDS)
            return next(filter(wanted, self.passed), self.passed[-1] if self.passed else Passed(0, "", 0))

    def _accept(self) -> None:
        while True:
            try:
                sender, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(sender,), daemon=True).start()

    def _pass_on(self, sender: socket.socket) -> None:
        with contextlib.suppress(OSError), sender:
            first = sender.recv(65536)
            failure = self.failures.popleft() if first and self.failures else None
            if failure == "before":
                self._note(Passed(503, "", 503))
                answer = UNAVAILABLE
            else:
                answer = self._ask(first, sender)
                if not answer:
                    return
                status, content = parse(answer)
                self._note(Passed(status, content, 503 if failure else status))
            sender.sendall(UNAVAILABLE if failure else closing(answer))
            sender.shutdown(socket.SHUT_WR)
            # Closing before all is read would reset the connection, and the sender would see no answer.
            while sender.recv(65536):
                pass

    def _ask(self, first: bytes, sender: socket.socket) -> bytes:
        with socket.create_connection(("127.0.0.1", self.target), timeout=WAIT_SECONDS) as application:
            threading.Thread(target=pump, args=(first, sender, application), daemon=True).start()
            return read_answer(application)

    def _note(self, passed: Passed) -> None:
        with self._news:
            self.passed.append(passed)
            self._news.notify_all()


def pump(first: bytes, source: socket.socket, target: socket.socket) -> None:
    """Copy until the source has no more, or the target wants none."""
    with contextlib.suppress(OSError):
        target.sendall(first)
        while part := source.recv(65536):
            target.sendall(part)
        # Nobody who asks stops half-way but one whose connection is cut.
        target.shutdown(socket.SHUT_RDWR)


def read_answer(application: socket.socket) -> bytes:
    answer = b""
    with contextlib.suppress(OSError):
        while part := application.recv(65536):
            answer += part
            head, _, body = answer.partition(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:") and len(body) >= int(line.split(b":")[1]):
                    return answer
    return answer


def closing(answer: bytes) -> bytes:
    """The same answer, after which the sender makes a new connection: one for each request is easy to follow."""
    head, end, body = answer.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"connection:", b"keep-alive:"))]
    return b"\r\n".join([*lines, b"Connection: close"]) + end + body


def parse(answer: bytes) -> tuple[int, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    text = body.decode(errors="replace")
    with contextlib.suppress(ValueError):
        return int(head.split()[1]), json.loads(text)
    return int(head.split()[1]), text
