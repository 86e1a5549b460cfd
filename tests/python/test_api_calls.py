"""Calls over a real socket: what is sent, what comes back, and which options change it."""

import contextlib
import datetime
import json
import uuid

import pytest

from api_clients import KEY, PRIVATE, SESSION_ID, WORKFLOW, client_of
from api_server import SESSION, Answer, serving
from didit_client import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    Didit,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
    TransportTimeoutError,
    View,
)


def test_create_session() -> None:
    with serving() as api, client_of(api.url) as client:
        session = client.sessions.create(callback="https://example.com/done", vendor_data=PRIVATE, metadata={"n": 7})
    (request,) = api.requests
    assert (request.method, request.target) == ("POST", "/v3/session/")
    assert request.headers["x-api-key"] == KEY
    assert request.headers["content-type"].startswith("application/json")
    assert request.headers["user-agent"].startswith("didit-client/")
    assert request.json == {
        "workflow_id": WORKFLOW,
        "callback": "https://example.com/done",
        "vendor_data": PRIVATE,
        "metadata": {"n": 7},
    }
    assert session == SESSION
    assert session.url == SESSION["url"]
    assert session.session_number == 43762
    assert session.last_response.status == 201
    assert session.last_response.request_id == "req-1"
    assert session.last_response.attempts == 1
    assert session.last_response.headers["Content-Type"] == "application/json"
    assert session.last_response.headers.get("x-absent") is None


def test_none_is_absent_and_unset_too() -> None:
    with serving() as api, client_of(api.url) as client:
        client.sessions.create(callback=None, vendor_data="v", language=None)
    assert api.requests[0].json == {"workflow_id": WORKFLOW, "vendor_data": "v"}


def test_values_that_json_does_not_know() -> None:
    with serving() as api, client_of(api.url) as client:
        client.sessions.create(
            workflow_id=uuid.UUID(WORKFLOW),
            metadata={"at": datetime.date(2026, 1, 2), "view": View({"a": [1]}), "pair": (1, 2)},
            vendor_data="v",
        )
    assert api.requests[0].json["metadata"] == {"at": "2026-01-02", "view": {"a": [1]}, "pair": [1, 2]}


@pytest.mark.parametrize("value", [object(), b"bytes", float("nan"), float("inf"), {1, 2}])
def test_values_without_a_json_form(value: object) -> None:
    with serving() as api, client_of(api.url) as client:
        with pytest.raises((TypeError, ValueError)) as caught:
            client.sessions.create(vendor_data="v", metadata={"a": value})
        assert "Ottilie" not in str(caught.value)
        loop: dict[str, object] = {}
        loop["me"] = loop
        with pytest.raises(ValueError):
            client.sessions.create(vendor_data="v", metadata=loop)
    assert api.requests == []


def test_large_numbers_are_never_rounded() -> None:
    with serving() as api, client_of(api.url) as client:
        numbers = {"u64": 2**64 - 1, "i64": -(2**63), "float": 0.1, "small": 5e-324}
        client.sessions.create(vendor_data="v", metadata=numbers)
        assert api.requests[0].json["metadata"] == numbers
        try:
            client.sessions.create(vendor_data="v", metadata={"n": 2**80 + 1})
        except InvalidRequestError:
            assert len(api.requests) == 1
        else:
            assert api.requests[1].json["metadata"] == {"n": 2**80 + 1}


def test_unknown_parameter() -> None:
    with serving() as api, client_of(api.url) as client, pytest.raises(TypeError, match="vendor_dta"):
        client.sessions.create(vendor_dta="user-123")  # type: ignore[call-arg]
    assert api.requests == []


def test_extras() -> None:
    with serving() as api, client_of(api.url) as client:
        client.sessions.create(
            vendor_data="v", extra_body={"new": [1]}, extra_query={"q": "ä b"}, extra_headers={"X-Trace": "t"}
        )
    (request,) = api.requests
    assert request.json == {"workflow_id": WORKFLOW, "vendor_data": "v", "new": [1]}
    assert request.query == {"q": "ä b"}
    assert request.headers["x-trace"] == "t"


def test_extra_headers_cannot_hold_a_line_break_or_credentials() -> None:
    with serving() as api, client_of(api.url) as client, pytest.raises(InvalidRequestError):
        client.sessions.create(vendor_data="v", extra_headers={"X-Trace": "a\r\nX-Evil: 1"})
    assert api.requests == []


def test_with_options() -> None:
    answers = iter([Answer(b"", 503), Answer(b"", 503)])
    with serving(lambda _: next(answers)) as api, client_of(api.url) as client:
        once = client.with_options(max_retries=0, extra_headers={"X-A": "1"})
        with pytest.raises(ServerError) as caught:
            once.sessions.decision(SESSION_ID, extra_headers={"X-B": "2"})
        assert caught.value.attempts == 1
        assert caught.value.status == 503
        assert api.requests[0].headers["x-a"] == "1"
        assert api.requests[0].headers["x-b"] == "2"
        assert once is not client
        assert once.sessions is not client.sessions
        assert client.sessions is client.sessions
        with pytest.raises(ServerError):
            client.sessions.decision(SESSION_ID, max_retries=0)
        assert "x-a" not in api.requests[1].headers


def test_ids_are_percent_encoded() -> None:
    with serving(SESSION) as api, client_of(api.url) as client:
        client.sessions.decision("../../v3/sessions/?a=b#c")
    (request,) = api.requests
    assert request.target.startswith("/v3/session/..%2F..%2Fv3%2Fsessions%2F%3Fa%3Db%23c/decision/")


def test_request() -> None:
    with serving(Answer({"ok": [1]}, 202)) as api, client_of(api.url) as client:
        answer = client.request("POST", "/v3/new/", query={"a": 1, "b": "x y"}, json={"c": None})
        assert (answer.status, answer.json(), answer.request_id) == (202, {"ok": [1]}, "req-1")
        assert json.loads(answer.content) == {"ok": [1]}
        client.request("GET", "/v3/new/")
    first, second = api.requests
    assert (first.method, first.path, first.query, first.json) == (
        "POST",
        "/v3/new/",
        {"a": "1", "b": "x y"},
        {"c": None},
    )
    assert first.headers["x-api-key"] == KEY
    assert (second.method, second.target, second.body) == ("GET", "/v3/new/", b"")


def test_request_never_takes_the_key_to_another_host() -> None:
    with serving() as api, serving() as other, client_of(api.url) as client:
        for path in (other.url + "/v3/x/", "//127.0.0.1:1/x", "https://evil.example/x", "v3/x/"):
            with contextlib.suppress(ApiError, TransportError, ConfigurationError):
                client.request("GET", path, max_retries=0)
    assert other.requests == []


ERRORS = [
    (400, {"detail": "Sample."}, InvalidRequestError, "invalid_request"),
    (400, {"callback": ["Enter a valid URL."]}, InvalidRequestError, "invalid_request"),
    (401, {"detail": "This API key has expired."}, AuthenticationError, "authentication_failed"),
    (403, {"detail": "You do not have permission."}, AuthenticationError, "authentication_failed"),
    (404, {"detail": "Not found."}, NotFoundError, "not_found"),
    (409, {"detail": "Conflict."}, ApiError, "conflict"),
    (429, {"detail": "Slow down."}, RateLimitError, "rate_limited"),
    (500, b"<html>oops</html>", ServerError, "server_error"),
    (302, b"", ApiError, "unexpected_status"),
    (200, b"<html>login</html>", ApiError, "invalid_response"),
    (200, b"", ApiError, "invalid_response"),
    (200, b'{"status": "App', ApiError, "invalid_response"),
]


@pytest.mark.parametrize(("status", "body", "kind", "code"), ERRORS)
def test_errors(status: int, body: object, kind: type[ApiError], code: str) -> None:
    headers = {"Location": "https://example.com/"} if status == 302 else {}
    answer = Answer(body, status, headers)
    with serving(answer) as api, client_of(api.url, max_retries=0) as client, pytest.raises(kind) as caught:
        client.sessions.decision(SESSION_ID)
    error = caught.value
    assert type(error) is kind
    assert (error.code, error.status, error.request_id, error.attempts) == (code, status, "req-1", 1)
    assert len(api.requests) == 1


def test_field_errors_and_retry_after() -> None:
    nested = {"expected_details": {"expected_document_types": ["Not a type."]}, "callback": "bad_url"}
    with (
        serving(Answer(nested, 400)) as api,
        client_of(api.url) as client,
        pytest.raises(InvalidRequestError) as caught,
    ):
        client.sessions.create(vendor_data="v")
    found = {error.path: error.messages for error in caught.value.errors}
    assert found == {"expected_details.expected_document_types": ("Not a type.",), "callback": ("bad_url",)}
    slow = Answer({"detail": "x"}, 429, {"Retry-After": "17"})
    with serving(slow) as api, client_of(api.url, max_retries=0) as client, pytest.raises(RateLimitError) as limited:
        client.sessions.decision(SESSION_ID)
    assert limited.value.retry_after == 17.0


def test_insufficient_credits() -> None:
    poor = Answer({"detail": "Not enough credits to create the session."}, 400)
    with serving(poor) as api, client_of(api.url) as client, pytest.raises(InvalidRequestError) as caught:
        client.sessions.create(vendor_data="v")
    assert caught.value.code == "insufficient_credits"


def test_checks_before_sending() -> None:
    wrong = [
        ({"workflow_id": "not-a-uuid"}, "workflow_id"),
        ({"callback": "/relative"}, "callback"),
        ({"callback_method": "nobody"}, "callback_method"),
        ({"language": "not a language"}, "language"),
        ({"expected_details": {"expected_document_types": ["XX"]}}, "expected_details.expected_document_types"),
        ({"portrait_image": "bm90IGFuIGltYWdl"}, "portrait_image"),
        ({"metadata": ["not", "an", "object"]}, "metadata"),
        ({"vendor_data": 7}, "vendor_data"),
    ]
    with serving() as api, client_of(api.url) as client:
        for arguments, path in wrong:
            with pytest.raises(InvalidRequestError) as caught:
                client.sessions.create(**arguments)  # type: ignore[arg-type]
            assert caught.value.code == "invalid_argument"
            assert caught.value.status is None
            assert any(error.path.startswith(path) for error in caught.value.errors), (path, caught.value.errors)
        client.sessions.create(vendor_data="v", expected_details={"expected_document_types": ["p", "id", "P"]})
    assert len(api.requests) == 1
    assert api.requests[0].json["expected_details"]["expected_document_types"] == ["P", "ID"]


def test_nothing_is_sent_twice_that_may_have_arrived() -> None:
    with serving(Answer(b"", 503)) as api, client_of(api.url) as client, pytest.raises(ServerError):
        client.sessions.create()
    assert len(api.requests) == 1


def test_time_out() -> None:
    with serving(Answer(SESSION, delay=30)) as api, client_of(api.url) as client:
        with pytest.raises(TransportTimeoutError) as caught:
            client.sessions.decision(SESSION_ID, timeout=0.2)
        assert caught.value.code == "timeout"
        # The server sees that nobody waits any more.
        assert api.hung_up.acquire(timeout=10)


def test_refused() -> None:
    with serving() as api:
        url = api.url
    with client_of(url, max_retries=0) as client, pytest.raises(TransportError) as caught:
        client.sessions.decision(SESSION_ID)
    assert caught.value.code == "connection_failed"


def test_configuration_from_the_environment() -> None:
    with serving() as api:
        names = {"DIDIT_API_KEY": "from-env", "DIDIT_WORKFLOW_ID": WORKFLOW, "DIDIT_BASE_URL": api.url}
        with Didit(environment=names) as client:
            client.sessions.create(vendor_data="v")
        with Didit(environment=names, api_key="from-argument") as client:
            client.sessions.create(vendor_data="v")
    assert [request.headers["x-api-key"] for request in api.requests] == ["from-env", "from-argument"]


def test_missing_settings_are_named() -> None:
    with serving() as api:
        with Didit(environment={"DIDIT_API_KEY": ""}, base_url=api.url) as client:
            with pytest.raises(ConfigurationError, match="DIDIT_API_KEY") as caught:
                client.sessions.decision(SESSION_ID)
            assert caught.value.code == "missing_api_key"
            with pytest.raises(ConfigurationError) as caught:
                client.webhooks.verify(b"{}", {})
            assert caught.value.code == "missing_secret"
        client = Didit(environment={"DIDIT_API_KEY": KEY}, base_url=api.url)
        with pytest.raises(ConfigurationError, match="workflow_id"):
            client.sessions.create()
    assert api.requests == []


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "http://example.com"},
        {"base_url": "not an address"},
        {"timeout": -1},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"max_retries": -1},
    ],
)
def test_settings_that_cannot_be_right(options: dict[str, object]) -> None:
    with pytest.raises((ConfigurationError, ValueError)):
        Didit(api_key=KEY, environment={}, **options)  # type: ignore[arg-type]


def test_wrong_types() -> None:
    with pytest.raises((TypeError, ConfigurationError)):
        Didit(api_key=7, environment={})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Didit(before_attempt="print", environment={})  # type: ignore[arg-type]
    with serving() as api, client_of(api.url) as client:
        for options in ({"timeout": "5"}, {"extra_headers": ["X"]}, {"max_retries": 1.5}):
            with pytest.raises((TypeError, ConfigurationError)):
                client.sessions.decision(SESSION_ID, **options)  # type: ignore[arg-type]
    assert api.requests == []


def test_closed() -> None:
    with serving() as api:
        client = client_of(api.url)
        twin = client.with_options(timeout=3)
        client.close()
        client.close()
        for closed in (client, twin):
            with pytest.raises(RuntimeError, match="closed"):
                closed.sessions.decision(SESSION_ID)
