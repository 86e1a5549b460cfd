"""A real HTTP server on loopback that answers as a test tells it, and remembers what it was sent."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SESSION = {
    "session_id": "11111111-2222-3333-4444-555555555555",
    "session_number": 43762,
    "session_token": "tok-SECRET-3Fa",
    "url": "https://verify.didit.me/session/tok-SECRET-3Fa",
    "vendor_data": "Ottilie-Sekretova",
    "metadata": {"plan": "Ottilie-Sekretova"},
    "status": "Not Started",
    "workflow_id": "11111111-2222-3333-4444-555555555555",
    "workflow_version": 3,
    "callback": "https://yourapp.com/verification-complete",
}

APPROVED = SESSION | {"status": "Approved"}


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Responder = Callable[[Request], Answer]


class Api:
    """The server's side of a test."""

    def __init__(self, respond: Responder) -> None:
        self.respond = respond
        self.requests: list[Request] = []
        self.url = ""
        self.lock = threading.Lock()
        self.now_open = self.most_open = 0
        self.hung_up = threading.Semaphore(0)
        self.stop = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: Api

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length), self.client_address[1])
        api = self.api
        with api.lock:
            api.requests.append(request)
            api.now_open += 1
            api.most_open = max(api.most_open, api.now_open)
        try:
            answer = api.respond(request)
            if answer.delay and self.wait(answer.delay):
                return
            body = answer.encoded()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", "X-Request-Id": "req-1", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with api.lock:
                api.now_open -= 1

    def wait(self, seconds: float) -> bool:
        """Wait, unless the client hangs up or the test ends."""
        self.connection.setblocking(False)
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end and not self.api.stop.is_set():
                try:
                    if self.connection.recv(1) == b"":
                        raise ConnectionResetError
                except BlockingIOError:
                    time.sleep(0.005)
                except ConnectionResetError:
                    self.close_connection = True
                    self.api.hung_up.release()
                    return True
            return False
        finally:
            self.connection.setblocking(True)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815


class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        pass


@contextmanager
def serving(respond: Responder | Answer | Any = None) -> Iterator[Api]:
    """Serve what a function returns, always the same answer, or a fresh session."""
    if respond is None:
        respond = Answer(SESSION, 201)
    if not callable(respond):
        fixed = respond if isinstance(respond, Answer) else Answer(respond)
        respond = lambda _: fixed  # noqa: E731
    api = Api(respond)
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"api": api}))
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
