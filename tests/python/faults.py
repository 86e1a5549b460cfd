"""The server of faults (tests/faults/server.py), and one failing call for each code that a call can end in."""

import contextlib
import functools
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from api_clients import KEY, PRIVATE, SESSION_ID, settings
from didit_client import Didit, parse_callback
from vectors import TESTS


class Faults:
    """A server that runs until the tests end."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, str(TESTS / "faults" / "server.py"), *arguments]
        # It ends with its input, which ends with this process.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port = json.loads(self.process.stdout.readline())["port"]

    def url(self, fault: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/{fault}"

    def count(self, fault: str) -> dict[str, int]:
        with urllib.request.urlopen(self.url(f"_count/{fault}"), timeout=20) as answer:
            return dict(json.load(answer))

    def end(self) -> None:
        self.process.communicate()


@functools.cache
def server(*arguments: str) -> Faults:
    return Faults(*arguments)


def end_servers() -> None:
    for arguments in ((), ("--tls",)):
        with contextlib.suppress(OSError):
            server(*arguments).end()
    server.cache_clear()


def client(fault: str, **options: Any) -> Didit:
    return Didit(**settings(server().url(fault), **{"max_retries": 0, **options}))


def read(fault: str, **options: Any) -> Callable[[], Any]:
    return lambda: client(f"{fault}__read", **options).sessions.decision(SESSION_ID)


def create(**arguments: Any) -> Callable[[], Any]:
    return lambda: client("good").sessions.create(**arguments)


def without(*names: str) -> Didit:
    return Didit(**{name: value for name, value in settings(server().url("good")).items() if name not in names})


def closed_while_it_waits() -> None:
    waiting = client("stall__closed")
    threading.Timer(0.2, waiting.close).start()
    waiting.sessions.decision(SESSION_ID)


def to_a_full_queue() -> None:
    """Connections to a queue that is full are neither made nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as stack:
        for _ in range(8):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        time.sleep(0.05)
        port = full.getsockname()[1]
        Didit(**settings(f"http://127.0.0.1:{port}", connect_timeout=0.3, max_retries=0)).sessions.decision(SESSION_ID)


def to_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    Didit(**settings(f"http://127.0.0.1:{port}", max_retries=0)).sessions.decision(SESSION_ID)


def over_tls() -> None:
    url = server("--tls").url("good", "localhost", "https")
    Didit(**settings(url, max_retries=0)).sessions.decision(SESSION_ID)


def unknown_operation() -> None:
    one = client("good")
    one._perform(one._prepared("sessions.no_such_method", {"vendor_data": PRIVATE}, {}))


FAILING: dict[str, Callable[[], Any]] = {
    "invalid_argument": create(callback=PRIVATE, vendor_data=PRIVATE),
    "unknown_operation": unknown_operation,
    "invalid_callback": lambda: parse_callback(f"verificationSessionId={PRIVATE}&status={PRIVATE}"),
    "missing_api_key": lambda: without("api_key").sessions.decision(PRIVATE),
    "missing_credentials": lambda: client("good").legacy.create_session(vendor_data=PRIVATE),
    "missing_access_token": lambda: client("good").account.organizations.list(),
    "missing_option": lambda: without("workflow_id").sessions.create(vendor_data=PRIVATE),
    "invalid_configuration": lambda: Didit(api_key=KEY, timeout=-1, environment={}),
    "invalid_request": read("status~400"),
    "insufficient_credits": read("status~402"),
    "authentication_failed": read("status~403"),
    "not_found": read("status~404"),
    "conflict": read("status~409"),
    "rate_limited": read("limited_always~1"),
    "server_error": read("status~500"),
    "unexpected_status": read("redirect"),
    "invalid_response": read("html"),
    "response_too_large": read("good", max_response_bytes=10),
    "connection_failed": to_nobody,
    "tls_failed": over_tls,
    "connection_lost": read("reset_body"),
    "connect_timeout": to_a_full_queue,
    "timeout": read("stall", timeout=0.3),
    "cancelled": closed_while_it_waits,
}
