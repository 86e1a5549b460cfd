"""One behaviour everywhere: every adapter, on the servers that people use, answers the table of cases alike."""

import contextlib
import http.client
import json
import os
import re
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import databases
import pytest
from cases import CASES, PERSON, SECRET, Case, Request, delivery, signed
from servers import PYTHON, Server, ServerError
from stores import Servers

HERE = Path(__file__).parent
DJANGO = {"DJANGO_SETTINGS_MODULE": "django_project"}
GUNICORN = [PYTHON, "-m", "gunicorn", "--preload", "--workers", "3", "--threads", "4", "--bind", "127.0.0.1:{port}"]
UVICORN = [PYTHON, "-m", "uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--log-level", "debug"]
RUNSERVER = [PYTHON, "-m", "django", "runserver", "--noreload", "127.0.0.1:{port}"]


@dataclass(frozen=True)
class Program:
    """An application on a server."""

    name: str
    command: list[Any]
    environment: dict[str, str]
    adapters: tuple[str, ...]
    slash: str = ""
    database: str = ""
    reads_first: bool = False
    """The server or the framework takes a body in before it asks anybody."""
    chunks: bool = True
    """Whether the server knows chunked requests."""


PROGRAMS = [
    Program("uvicorn", [*UVICORN, "app_fastapi:app"], {}, ("fastapi", "starlette")),
    Program(
        "gunicorn-uvicorn",
        [*GUNICORN, "--worker-class", "uvicorn.workers.UvicornWorker", "app_fastapi:app"],
        {},
        ("fastapi", "starlette"),
    ),
    Program(
        "gunicorn",
        [*GUNICORN, "django.core.wsgi:get_wsgi_application()"],
        DJANGO,
        ("view", "rest"),
        "/",
        "postgres",
    ),
    Program(
        "gunicorn-gevent",
        [*GUNICORN, "--config", HERE / "gunicorn_gevent.py", "django.core.wsgi:get_wsgi_application()"],
        DJANGO,
        ("view", "rest"),
        "/",
        "postgres",
    ),
    Program("runserver", RUNSERVER, DJANGO, ("view",), "/", "sqlite", chunks=False),
    Program(
        "uvicorn-django",
        [*UVICORN, "--factory", "django.core.asgi:get_asgi_application"],
        DJANGO,
        ("async", "view"),
        "/",
        "postgres",
        True,
    ),
    Program(
        "express5",
        ["node", HERE / "app_express.cjs"],
        {"DIDIT_TEST_EXPRESS": "express"},
        ("middleware", "handler"),
    ),
    Program(
        "express4",
        ["node", HERE / "app_express.cjs"],
        {"DIDIT_TEST_EXPRESS": "express4"},
        ("middleware", "handler"),
    ),
]
ADAPTERS = [(program, adapter) for program in PROGRAMS for adapter in program.adapters]
IDS = [f"{program.name}:{adapter}" for program, adapter in ADAPTERS]


class Running:
    """A program that listens."""

    def __init__(self, program: Program, server: Server, folder: Path) -> None:
        self.program, self.server, self.folder = program, server, folder

    def calls(self, event_id: str) -> int:
        path = self.folder / "calls"
        return path.read_text().split().count(event_id) if path.exists() else 0

    def send(self, adapter: str, route: str, request: Request) -> tuple[int, Any]:
        path = f"/{adapter}/{route}{self.program.slash}" if route else f"/{adapter}{self.program.slash}"
        body = request.body
        if request.length is not None and self.program.reads_first:
            body = b"x" * request.length
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.putrequest(request.method, path, skip_accept_encoding=True)
            for name, value in request.headers.items():
                connection.putheader(name, value)
            if request.chunked:
                connection.putheader("Transfer-Encoding", "chunked")
            else:
                connection.putheader("Content-Length", str(len(body) if request.length is None else request.length))
            connection.endheaders()
            # A server may refuse a large body before it has read it; its answer is there all the same.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for at in range(0, len(body), 32768):
                    part = body[at : at + 32768]
                    connection.send(b"%x\r\n%b\r\n" % (len(part), part) if request.chunked else part)
                if request.chunked:
                    connection.send(b"0\r\n\r\n")
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(f"{error!r}\n{self.server.log(60)}") from error
        finally:
            connection.close()
        with contextlib.suppress(ValueError):
            return answer.status, json.loads(text)
        return answer.status, text


class Everything:
    """The programs of this run, each started when it is first asked for, and all that they logged."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.stack = stack
        self.running: dict[str, Running] = {}
        self.postgres: str | databases.Missing | None = None

    def start(self, program: Program) -> Running:
        if program.name not in self.running:
            folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="didit-adapter-")))
            environment = self.environment(program, folder)
            if program.database:
                prepare(environment)
            server = Server(program.name, program.command, {**environment, "DIDIT_WEBHOOK_SECRET": SECRET})
            self.running[program.name] = Running(program, self.stack.enter_context(server), folder)
        return self.running[program.name]

    def environment(self, program: Program, folder: Path) -> dict[str, str]:
        path = {"PYTHONPATH": str(HERE), "DIDIT_TEST_FOLDER": str(folder), **program.environment}
        return {**path, "DIDIT_TEST_POSTGRES": self.url()} if program.database == "postgres" else path

    def url(self) -> str:
        if self.postgres is None:
            found = Servers()
            self.stack.callback(found.close)
            self.postgres = found.url("postgres")
        return self.postgres


def prepare(environment: dict[str, str]) -> None:
    program = (
        "import django; django.setup()\n"
        "from django.core.management import call_command; from django.db import connection\n"
        "call_command('migrate', verbosity=0)\n"
        "connection.cursor().execute('CREATE TABLE IF NOT EXISTS effect (event varchar(100))')\n"
    )
    environment = {**os.environ, **environment, "DIDIT_WEBHOOK_SECRET": SECRET}
    subprocess.run([PYTHON, "-c", program], env=environment, check=True, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def everything() -> Iterator[Everything]:
    with contextlib.ExitStack() as stack:
        yield Everything(stack)


@pytest.fixture(params=ADAPTERS, ids=IDS)
def adapter(request: pytest.FixtureRequest, everything: Everything) -> tuple[Running, str]:
    program, name = request.param
    return everything.start(program), name


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case, adapter: tuple[Running, str]) -> None:
    running, name = adapter
    request = case.request()
    if request.chunked and not running.program.chunks:
        pytest.skip("the server takes a chunked body for an empty one")
    status, answer = running.send(name, case.route, request)
    assert (status, answer.get("error") if case.error else None) == (case.status, case.error), answer
    event = event_of(request.body)
    assert running.calls(event) == case.calls
    if case.status == 200:
        assert answer["received"] is True
        assert answer["duplicate"] is False
        # Once more, which changes nothing.
        status, answer = running.send(name, case.route, request)
        assert (status, answer["duplicate"]) == (200, case.calls == 1)
        assert running.calls(event) == case.calls


def event_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["event_id"])
    except (ValueError, TypeError, KeyError):
        return ""


def test_a_handler_that_fails(adapter: tuple[Running, str]) -> None:
    running, name = adapter
    request = signed(delivery(metadata={"act": "fail"}))
    status, answer = running.send(name, "hook", request)
    assert status == 500
    assert "Ottilie" not in str(answer)
    assert running.send(name, "hook", request)[0] == 200
    assert running.send(name, "hook", request)[1]["duplicate"] is True
    assert running.calls(event_of(request.body)) == 2


def test_an_event_that_is_handed_off(adapter: tuple[Running, str]) -> None:
    running, name = adapter
    request = signed(delivery(metadata={"act": "fail"}))
    assert running.send(name, "handed", request) == (503, {"error": "hand_off_failed"})
    status, answer = running.send(name, "handed", request)
    assert (status, answer["received"], answer["duplicate"]) == (202, True, False)
    status, answer = running.send(name, "handed", request)
    assert (status, answer["duplicate"], running.calls(event_of(request.body))) == (200, True, 2)


def test_a_slow_handler(adapter: tuple[Running, str]) -> None:
    running, name = adapter
    if running.program.database == "sqlite":
        pytest.skip("its transaction holds every other writer up, as docs/django.md says")
    request = signed(delivery(metadata={"act": "slow"}))
    event = event_of(request.body)
    assert running.send(name, "slow", request) == (503, {"error": "slow"})
    assert running.send(name, "slow", request) == (503, {"error": "in_flight"})
    (running.folder / f"end-{event}").touch()
    deadline = time.monotonic() + 60
    while (said := running.send(name, "slow", request))[0] == 503 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (said[0], said[1]["duplicate"], running.calls(event)) == (200, True, 1)


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
def test_a_program_without_a_secret_does_not_start(program: Program, everything: Everything, tmp_path: Path) -> None:
    for secret in ("", None):
        environment = everything.environment(program, tmp_path)
        environment["DIDIT_WEBHOOK_SECRET"] = secret or ""
        command = ["env", *(["-u", "DIDIT_WEBHOOK_SECRET"] if secret is None else []), *program.command]
        with pytest.raises(ServerError, match="stopped at once") as caught, Server(program.name, command, environment):
            pass
        # Django's own server speaks of its system check.
        assert re.search("missing_secret", str(caught.value))


def test_an_effect_happens_once_whatever_dies(everything: Everything) -> None:
    """Django on gunicorn: workers are killed in the transaction, and the event is delivered until it is done."""
    import psycopg

    running = everything.start(next(program for program in PROGRAMS if program.name == "gunicorn"))
    events = [str(uuid.uuid4()) for _ in range(30)]
    wishes = ["", "die before", "die after"]
    kills = 0
    for at, event in enumerate(events):
        request = signed(delivery(event_id=event, metadata={"act": wishes[at % 3]}))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                status, _ = running.send("effect", "", request)
            except ServerError:
                kills += 1
                continue
            if status == 200:
                break
            time.sleep(0.05)
    with psycopg.connect(everything.url()) as connection:
        found = dict(connection.execute("SELECT event, count(*) FROM effect GROUP BY event").fetchall())
    assert found == dict.fromkeys(events, 1)
    assert kills >= 20, "the workers did not die"


NODE = """
const { PostgresStore } = require("didit-client/store");
const { Pool } = require("pg");
const pool = new Pool({ connectionString: process.argv[1] });
new PostgresStore(pool).claim(process.argv[2], process.argv[3]).then((claim) => {
  console.log(claim.answer);
  return pool.end();
});
"""


def test_what_django_has_done_is_done_for_node(everything: Everything) -> None:
    running = everything.start(next(program for program in PROGRAMS if program.name == "gunicorn"))
    request = signed()
    assert running.send("view", "hook", request)[0] == 200
    said = []
    for event in (event_of(request.body), str(uuid.uuid4())):
        command = ["node", "-e", NODE, everything.url(), "view.hook", event]
        said.append(subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True).stdout.strip())
    assert said == ["done", "new"]


def test_nothing_that_is_logged_is_personal_or_secret(everything: Everything) -> None:
    """Runs last: all that the adapters and their servers have written, at the level DEBUG."""
    looked = 0
    for name, running in everything.running.items():
        log = running.server.log(10**9)
        looked += log.count("didit_client.webhook") + log.count('"code"')
        for secret in (SECRET, *PERSON.values()):
            assert secret not in without_the_applications_own(log), f"{name} logs personal data or a secret"
        # No signature either: 64 hexadecimal digits, but for those of a hash that stands in for an event's id.
        assert not re.search(r"(?<!sha256:)\b[0-9a-f]{64}\b", log), f"{name} logs a signature"
    assert looked > 100 or len(everything.running) < len(PROGRAMS), "the adapters' own lines are missing"


def without_the_applications_own(log: str) -> str:
    """Leave out an exception of the application, which its server shows where the framework hands it on."""
    return re.sub(r"^.*(LookupError|OSError|Error: of).*$", "", log, flags=re.MULTILINE)
