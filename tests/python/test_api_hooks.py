"""Hooks and log lines: each request is told, and nothing that is secret or personal."""

import logging

import pytest

from api_clients import KEY, PRIVATE, SESSION_ID, client_of
from api_server import APPROVED, SESSION, Answer, serving
from didit_client import Attempt, DiditError

SECRETS = (KEY, PRIVATE, SESSION["session_token"], "https://verify", SESSION_ID, "example.com")


def test_hooks_around_each_attempt() -> None:
    answers = iter([Answer(b"", 503, {"Retry-After": "0"}), Answer(APPROVED)])
    before: list[Attempt] = []
    after: list[Attempt] = []
    hooks = {"before_attempt": before.append, "after_attempt": after.append}
    with serving(lambda _: next(answers)) as api, client_of(api.url, **hooks) as client:
        assert client.sessions.decision(SESSION_ID).last_response.attempts == 2
    for attempts in (before, after):
        assert [attempt.attempt for attempt in attempts] == [1, 2]
        assert {(attempt.operation, attempt.method, attempt.path) for attempt in attempts} == {
            ("sessions.decision", "GET", "/v3/session/{session_id}/decision/")
        }
    assert [(attempt.status, attempt.elapsed, attempt.error_code) for attempt in before] == [(None, None, None)] * 2
    assert [(attempt.status, attempt.error_code) for attempt in after] == [(503, "server_error"), (200, None)]
    assert all(attempt.elapsed is not None and attempt.elapsed >= 0 for attempt in after)
    assert after[1].request_id == "req-1"


def test_a_hook_that_fails_does_not_change_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr("sys.unraisablehook", lambda unraisable: told.append(unraisable.exc_value))

    def fail(attempt: Attempt) -> None:
        raise ValueError("a fault of the hook")

    with serving(APPROVED) as api, client_of(api.url, before_attempt=fail) as client:
        assert client.sessions.decision(SESSION_ID).status == "Approved"
    assert [str(error) for error in told] == ["a fault of the hook"]


def test_ctrl_c_inside_a_hook_ends_the_call() -> None:
    def interrupt(attempt: Attempt) -> None:
        raise KeyboardInterrupt

    with serving(Answer(APPROVED, delay=60)) as api:
        client = client_of(api.url, before_attempt=interrupt)
        with pytest.raises(KeyboardInterrupt):
            client.sessions.decision(SESSION_ID)


def test_a_hook_may_make_a_call_of_its_own() -> None:
    with serving(APPROVED) as api:
        other = client_of(api.url)
        client_of(api.url, after_attempt=lambda _: other.sessions.decision("inner")).sessions.decision("outer")
    assert [request.path.split("/")[3] for request in api.requests] == ["outer", "inner"]


def test_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "didit_client")
    answers = iter([Answer(b"", 503, {"Retry-After": "0"}), Answer(APPROVED)])
    with serving(lambda _: next(answers)) as api, client_of(api.url) as client:
        client.sessions.decision(SESSION_ID)
    name = "sessions.decision (GET /v3/session/{session_id}/decision/)"
    failed, done = caplog.records
    assert (failed.levelname, done.levelname) == ("INFO", "DEBUG")
    assert failed.getMessage().startswith(f"{name}: attempt 1 failed with server_error, status 503, request id req-1, ")
    assert "; once more in 0." in failed.getMessage()
    assert done.getMessage().startswith(f"{name}: status 200, request id req-1, ")


@pytest.mark.parametrize("status", [201, 400, 403, 503])
def test_nothing_private_is_told(
    status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    body = (
        SESSION if status == 201 else {"detail": f"{PRIVATE} is wrong", "callback": [f"https://example.com {PRIVATE}"]}
    )
    hooks = {
        "before_attempt": lambda attempt: told.append(repr(attempt)),
        "after_attempt": lambda attempt: told.append(repr(attempt)),
    }
    with serving(Answer(body, status)) as api, client_of(api.url, max_retries=0, **hooks) as client:
        try:
            session = client.sessions.create(
                vendor_data=PRIVATE, callback=f"https://example.com/{PRIVATE}", metadata={"name": PRIVATE}
            )
            told += [repr(session), repr(session.last_response), repr(session.last_response.headers)]
        except DiditError as error:
            told += [str(error), repr(error), repr(getattr(error, "errors", None))]
        told += [repr(client), repr(client.sessions), repr(client.webhooks), repr(client.__dict__["_defaults"])]
        raw = client.request("GET", f"/v3/session/{SESSION_ID}/decision/") if status == 201 else None
        told.append(repr(raw))
    told += [caplog.text, *capfd.readouterr()]
    assert api.requests
    for secret in SECRETS:
        for text in told:
            assert secret not in text
