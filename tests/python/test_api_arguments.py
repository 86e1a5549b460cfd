"""What cannot be sent is refused by name, and before anything is sent."""

import datetime
import enum
import math
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from api_clients import PRIVATE, SESSION_ID, client_of
from api_server import serving
from didit_client import ApiError, ConfigurationError, Didit, InvalidRequestError, iframe_html, parse_callback
from didit_client._call import UNSET, described, plainest
from didit_client.statuses import outcome


def recursive() -> list[Any]:
    own: list[Any] = []
    own.append(own)
    return own


def nested(depth: int) -> Any:
    value: Any = PRIVATE
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("session_id", lambda client: client.sessions.decision("\ud800")),
        ("session_id", lambda client: client.sessions.decision(b"abc")),
        ("session_id", lambda client: client.sessions.decision(None)),
        ("session_id", lambda client: client.sessions.decision("x" * 100_000)),
        ("vendor_data", lambda client: client.sessions.create(vendor_data=f"{PRIVATE}\udfff")),
        ("vendor_data", lambda client: client.sessions.create(vendor_data=object())),
        ("metadata", lambda client: client.sessions.create(metadata={PRIVATE: [10**30]})),
        ("metadata", lambda client: client.sessions.create(metadata={PRIVATE: math.nan})),
        ("metadata", lambda client: client.sessions.create(metadata={PRIVATE: b"bytes"})),
        ("metadata", lambda client: client.sessions.create(metadata={(1, 2): PRIVATE})),
        ("metadata", lambda client: client.sessions.create(metadata={"a": recursive()})),
        ("metadata", lambda client: client.sessions.create(metadata={"a": nested(200)})),
        ("metadata", lambda client: client.sessions.create(metadata={"a": nested(100_000)})),
        ("extra_body.n", lambda client: client.sessions.create(extra_body={"n": 10**30})),
        ("extra_body.n", lambda client: client.sessions.create(extra_body={"n": math.inf})),
        ("json", lambda client: client.request("POST", "/v3/new/", json={PRIVATE: 10**30})),
        ("method", lambda client: client.request("BREW", "/v3/new/")),
        ("timeout", lambda client: client.sessions.decision(SESSION_ID, timeout=math.nan)),
        ("timeout", lambda client: client.sessions.decision(SESSION_ID, timeout=-1)),
        ("timeout", lambda client: client.sessions.decision(SESSION_ID, timeout=30_000)),
        ("timeout", lambda client: client_of("http://127.0.0.1:1", timeout=math.inf)),
        ("api_key", lambda client: client_of("http://127.0.0.1:1", api_key="k" * 10_000)),
        ("access_token", lambda client: client.with_options(access_token="k" * 10_000).account.organizations.list()),
        ("webhook_secret", lambda client: client_of("http://127.0.0.1:1", webhook_secret=b"secret\xff")),
        ("webhook_secret", lambda client: client_of("http://127.0.0.1:1", webhook_secret=f"{PRIVATE}\ud800")),
        ("webhook_secret", lambda client: client_of("http://127.0.0.1:1", webhook_secret=5)),
        ("webhook_secret", lambda client: client_of("http://127.0.0.1:1", webhook_secret={PRIVATE: 1})),
        ("webhook_secret", lambda client: client_of("http://127.0.0.1:1", webhook_secret=[])),
        ("api_key must be a str", lambda client: client_of("http://127.0.0.1:1", api_key=b"key")),
        ("api_key holds half", lambda client: client_of("http://127.0.0.1:1", api_key=f"{PRIVATE}\udcff")),
        ("ca_file", lambda client: client_of("http://127.0.0.1:1", ca_file=5)),
        ("environment", lambda client: client_of("http://127.0.0.1:1", environment=5)),
        ("DIDIT_API_KEY must be", lambda client: client_of("http://127.0.0.1:1", environment={"DIDIT_API_KEY": 5})),
        (
            "DIDIT_WEBHOOK_SECRET is not UTF-8",
            lambda client: client_of(
                "http://127.0.0.1:1", webhook_secret=None, environment={"DIDIT_WEBHOOK_SECRET": f"{PRIVATE}\udcff"}
            ),
        ),
        ("path", lambda client: client.request("GET", None)),
        ("path", lambda client: client.request("GET", f"/{PRIVATE}/\udcff")),
        ("query", lambda client: client.request("GET", "/v3/new/", query=5)),
        ("query", lambda client: client.request("GET", "/v3/new/", query=[(PRIVATE, 1)])),
        ("files", lambda client: client.request("POST", "/v3/new/", files=[PRIVATE])),
        ("files", lambda client: client.request("POST", "/v3/new/", files={5: b"content"})),
        ("status", lambda client: outcome(None)),  # type: ignore[arg-type]
        ("url", lambda client: iframe_html(None)),  # type: ignore[arg-type]
        ("url_or_query", lambda client: parse_callback(b"?a=b")),  # type: ignore[arg-type]
        ("verificationSessionId", lambda client: parse_callback(f"?verificationSessionId={PRIVATE}\ud800")),
    ],
)
def test_what_is_wrong_is_named(name: str, call: Callable[[Didit], object]) -> None:
    refusals = (InvalidRequestError, ConfigurationError, TypeError, ValueError)
    with serving() as api, client_of(api.url) as client, pytest.raises(refusals) as caught:
        call(client)
    assert api.requests == []
    assert name in str(caught.value)
    assert PRIVATE not in repr(caught.value)
    assert b"secret" not in [arg for arg in caught.value.args if isinstance(arg, bytes)]


def test_milliseconds_are_noticed() -> None:
    with pytest.raises(ConfigurationError, match=r"timeout is above 3600 seconds.* not milliseconds"):
        client_of("http://127.0.0.1:1", timeout=30_000)


def test_what_json_has_a_form_for_is_sent() -> None:
    day, number = datetime.date(1990, 1, 2), uuid.UUID(SESSION_ID)
    with serving() as api, client_of(api.url) as client:
        client.sessions.create(metadata={"day": day, "id": number, "n": 2**64 - 1})
    assert api.requests[0].json["metadata"] == {"day": "1990-01-02", "id": SESSION_ID, "n": 2**64 - 1}


def test_a_raw_answer_that_is_not_json_is_not_repeated() -> None:
    with serving(PRIVATE.encode()) as api, client_of(api.url) as client:
        answer = client.request("GET", "/v3/new/")
        with pytest.raises(ApiError) as caught:
            answer.json()
    assert caught.value.code == "invalid_response"
    assert ": the body is not JSON. " in str(caught.value)
    assert caught.value.__context__ is None
    assert answer.content == PRIVATE.encode()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"a": "\xff"}', "it is not UTF-8"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"1" * 10_000, "more digits than Python reads"),
    ],
)
def test_json_that_python_does_not_read(body: bytes, says: str) -> None:
    with (
        serving(body) as api,
        client_of(api.url) as client,
        pytest.raises(ApiError, match=says) as caught,
    ):
        client.request("GET", "/v3/new/").json()
    assert caught.value.__context__ is None


class Named(enum.StrEnum):
    ONE = "one"


class Numbered(enum.IntEnum):
    ONE = 1


class Text(str):
    """Text of a class of its own."""


SIMPLE = (None, "", "plain", "José \U0001f600", "a\0b", "x" * 100_000, True, False, 0, 7, -1, 2**53, -(2**53))
OTHERS = (
    2**53 + 1,
    2**64 - 1,
    2**64,
    1.5,
    math.nan,
    "\ud800",
    Text("text"),
    Named.ONE,
    Numbered.ONE,
    b"b",
    [1],
    {"a": 1},
)


@pytest.mark.parametrize("value", SIMPLE + OTHERS, ids=lambda value: f"{type(value).__name__} {value!r:.20}")
@pytest.mark.parametrize(
    ("operation", "name"), [("sessions.create", "vendor_data"), ("sessions.batch_delete", "face_retention_days")]
)
def test_a_simple_argument_is_read_as_it_is_from_json(value: Any, operation: str, name: str) -> None:
    params = {name: value, "session_numbers": UNSET}

    def outcome_of(prepare: Callable[[], Any]) -> Any:
        with serving() as api, client_of(api.url) as client:
            try:
                client._perform(prepare())
            except (ApiError, InvalidRequestError, TypeError, ValueError) as error:
                return type(error), str(error)
            return [(request.method, request.path, request.body) for request in api.requests]

    short = plainest(operation, params)
    assert (short is None) == any(value is other for other in OTHERS)
    if short is not None:
        assert outcome_of(lambda: short) == outcome_of(lambda: described(operation, params, {}, None))


def test_a_name_that_no_text_can_be_has_to_be_decided_by_json() -> None:
    assert plainest("sessions.create", {"\ud800": 1}) is None
    assert plainest("sessions.create", {1: 1}) is None  # type: ignore[dict-item]
