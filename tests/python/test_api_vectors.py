"""tests/vectors/http.json: the exact requests of calls, and what becomes of canned answers."""

import asyncio
import inspect
import re
import socket
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from didit_client import ApiError, AsyncDidit, Didit, DiditError, File, RawResponse, View
from didit_client.pages import Listing
from vectors import COUNTS, load

CASES = load("http.json")


class RawServer:
    """Speaks HTTP as bytes, and plays the exchanges of a case in turn, whatever connections they come on."""

    def __init__(self, exchanges: list[dict[str, Any]]) -> None:
        self.exchanges = exchanges
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                headers = {}
                while (header := stream.readline()) not in (b"\r\n", b""):
                    name, _, value = header.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(int(headers.get("content-length", 0)))
                number = len(self.received)
                self.received.append((line.decode().rstrip(), headers, body))
                # A request too many gets no answer, and is counted below.
                if number >= len(self.exchanges):
                    return
                exchange = self.exchanges[number]
                connection.sendall(content(exchange, "answer"))
                if exchange.get("close"):
                    return


@contextmanager
def playing(case: dict[str, Any]) -> Iterator[RawServer]:
    server = RawServer(case["exchanges"])
    try:
        yield server
    finally:
        server.socket.close()


def content(value: dict[str, Any], name: str) -> bytes:
    """A member that is text, or base64 under the name with `_base64`."""
    if name in value:
        return value[name].encode()
    return b64decode(value.get(f"{name}_base64") or value["base64"])


def extras(call: dict[str, Any]) -> dict[str, Any]:
    names = ("extra_body", "extra_query", "extra_headers")
    return {name: call[name] for name in names if name in call} | call.get("options", {})


def files_of(call: dict[str, Any]) -> dict[str, Any]:
    return {file["field"]: (file["filename"], content(file, "bytes")) for file in call.get("files", ())}


def settings(server: RawServer, case: dict[str, Any]) -> dict[str, Any]:
    own = {"base_url": server.url, "api_key": "sk_test_vector", "max_retries": 0, "timeout": 20.0, "environment": {}}
    return own | case["client"]


def make(client: Any, call: dict[str, Any]) -> Any:
    """Call as a program would: the method of a resource, or `request`."""
    if raw := call.get("request"):
        body = {"json": raw["json"]} if "json" in raw else {}
        files = {"files": files_of(call)} if "files" in call else {}
        return client.request(raw["method"], raw["path"], query=raw.get("query"), **body, **files, **extras(call))
    method = client
    for name in call["operation"].split("."):
        method = getattr(method, name)
    # What a method does not know it refuses as Python does; these cases are for what the core says of it.
    code = inspect.unwrap(method).__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    params = {**call.get("params", {}), **files_of(call)}
    if set(params) - set(names):
        resource = method.__self__
        return resource._call(call["operation"], params, extras(call), None)
    return method(**params, **extras(call))


def check_requests(server: RawServer, case: dict[str, Any]) -> None:
    assert len(server.received) == len(case["exchanges"])
    for (line, headers, body), exchange in zip(server.received, case["exchanges"], strict=True):
        expected = exchange["expect"]
        assert line == expected["line"]
        assert headers.pop("user-agent").startswith("didit-client/")
        assert headers.pop("host").startswith("127.0.0.1:")
        assert headers == expected["headers"]
        assert body == (content(expected, "body") if "body" in expected or "body_base64" in expected else b"")


def check_result(answer: Any, expected: dict[str, Any]) -> None:
    head = answer if isinstance(answer, RawResponse) else answer.last_response
    assert head.status == expected["status"]
    if expected.get("empty"):
        assert answer == {} if isinstance(answer, View) else answer.content == b""
    elif "json" in expected:
        assert plain(answer, expected["json"]) == expected["json"]
    else:
        assert isinstance(answer, File | RawResponse)
        assert answer.content == content(expected, "body")


def plain(answer: Any, expected: Any) -> Any:
    if isinstance(answer, RawResponse):
        return answer.json()
    data = answer.data.to_dict() if isinstance(answer, Listing) else answer.to_dict()
    return data["results"] if isinstance(expected, list) else data


def check_error(error: DiditError, expected: dict[str, Any]) -> None:
    found: dict[str, Any] = {"code": error.code, "attempts": getattr(error, "attempts", 0)}
    if isinstance(error, ApiError):
        fields = [{"path": field.path, "messages": list(field.messages)} for field in error.errors]
        found |= {"status": error.status, "request_id": error.request_id, "retry_after": error.retry_after}
        found |= {"detail": error.detail, "api_code": error.api_code, "errors": fields}
    for name, value in expected.items():
        if name == "message":
            said = re.sub(r" at 127\.0\.0\.1:\d+\)", " at HOST)", str(error))
            assert said.startswith(f"{error.code}: {value}")
        else:
            assert found.get(name) == value, (name, error)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_call(case: dict[str, Any]) -> None:
    with playing(case) as server:
        client = Didit(**settings(server, case))
        if "error" in case:
            with pytest.raises(DiditError) as caught:
                make(client, case["call"])
            check_error(caught.value, case["error"])
        else:
            check_result(make(client, case["call"]), case["result"])
        check_requests(server, case)
    COUNTS["http"] = COUNTS.get("http", 0) + 1


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_call_under_asyncio(case: dict[str, Any]) -> None:
    async def main() -> None:
        client = AsyncDidit(**settings(server, case))
        if "error" in case:
            with pytest.raises(DiditError) as caught:
                await make(client, case["call"])
            check_error(caught.value, case["error"])
        else:
            check_result(await make(client, case["call"]), case["result"])

    with playing(case) as server:
        asyncio.run(main())
        check_requests(server, case)
