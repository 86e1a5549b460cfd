"""Starts the example applications on free loopback ports, sends deliveries to them, and ends them again."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

import logs  # noqa: E402

# The interpreter that runs this, so that a virtual environment of another Python can run the tests of its own packages.
PYTHON = Path(sys.executable) if sys.prefix != sys.base_prefix else ROOT / ".venv" / "bin" / "python"
START_SECONDS = 30
ANSWER_SECONDS = 15

Headers = Sequence[tuple[str, str]]


class ServerError(Exception):
    """A server that cannot be used; the text is meant for the person in front of the screen."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One child process that listens on a loopback port. Use it in a `with` statement."""

    def __init__(
        self, name: str, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path = ROOT
    ) -> None:
        """In `command` and `environment`, `{port}` stands for the chosen port; the variable PORT holds it too."""
        self.name = name
        self.port = 0
        self._command = [str(part) for part in command]
        self._environment = {**os.environ, "HOST": "127.0.0.1", "PYTHONUNBUFFERED": "1", **environment}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> "Server":
        # A port that was free a moment ago can be taken by the time the server binds it.
        for attempt in range(3):
            try:
                self._start()
                return self
            except ServerError:
                taken = "EADDRINUSE" in self.log() or "address already in use" in self.log()
                self.close()
                if not taken or attempt == 2:
                    raise
            except BaseException:
                self.close()
                raise
        raise AssertionError("unreachable")

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            # The whole group: a server may have children of its own.
            for name in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, name)
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    continue
                except ProcessLookupError:
                    pass
                break
        if self._log is not None:
            logs.keep(self.name, self.log(10**9), self._environment)
        log, self._log = self._log, None
        if log is not None:
            log.close()

    def log(self, lines: int = 25) -> str:
        """The end of what the server has written."""
        if self._log is None:
            return ""
        self._log.seek(0)
        return "\n".join(self._log.read().decode(errors="replace").splitlines()[-lines:])

    def send(self, path: str, body: bytes, headers: Headers, method: str = "POST") -> tuple[int, Any]:
        """The status and the decoded JSON answer, or its text where it is not JSON."""
        return self.exchange(path, body, headers, method)[:2]

    def exchange(
        self, path: str, body: bytes, headers: Headers, method: str = "POST"
    ) -> tuple[int, Any, Mapping[str, str]]:
        """The same with the headers of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in [*headers, ("Content-Length", str(len(body))), ("Connection", "close")]:
                connection.putheader(name, value)
            connection.endheaders()
            # A server may refuse a large body before it has read it; its answer is there all the same.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.send(body)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(f"{self.name} gave no answer ({error!r}). The end of its log:\n{self.log()}") from None
        finally:
            connection.close()
        try:
            return response.status, json.loads(text), response.headers
        except ValueError:
            return response.status, text, response.headers

    def _start(self) -> None:
        self.port = free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the server)
        command = [part.replace("{port}", str(self.port)) for part in self._command]
        environment = {name: value.replace("{port}", str(self.port)) for name, value in self._environment.items()}
        environment["PORT"] = str(self.port)
        try:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerError(f"{self.name} cannot be started: {error}. Run `make build` first.") from None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            status = self._process.poll()
            if status is not None:
                raise ServerError(
                    f"{self.name} stopped at once with status {status}. The end of its log:\n{self.log()}"
                )
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise ServerError(
            f"{self.name} did not listen within {START_SECONDS} seconds. The end of its log:\n{self.log()}"
        )


def fastapi(environment: Mapping[str, str]) -> Server:
    command = [PYTHON, "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}", "--no-access-log"]
    return Server("FastAPI example", command, environment, ROOT / "examples" / "fastapi")


def express(environment: Mapping[str, str]) -> Server:
    return Server("Express example", ["node", "app.js"], environment, ROOT / "examples" / "express")


def as_pairs(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(headers.items() if isinstance(headers, Mapping) else headers)
