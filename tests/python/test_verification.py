"""The guard for order and truth, on the cases that the Node package runs as well."""

import json
from typing import Any

import pytest

from didit_client import Verified, Verifier, sign
from didit_client.guard import Verification, apply
from vectors import load

CASES = load("guard.json")["cases"]
BEGIN = 1774970000


def verified(case: dict[str, Any]) -> Verified:
    body: dict[str, Any] = {"event_id": "e-2", "webhook_type": "status.updated"}
    if case["event"] is None:
        body |= {"webhook_type": "transaction.created", "timestamp": BEGIN, "status": "APPROVED"}
    else:
        session, status, created, signed = case["event"]
        body |= {"session_id": session, "status": status, "timestamp": BEGIN + signed}
        body |= {} if created is None else {"created_at": BEGIN + created}
    text = json.dumps(body)
    return Verifier("secret").verify(text, sign(text, "secret"), now=body["timestamp"])


def known(case: dict[str, Any]) -> Verification | None:
    if case["current"] is None:
        return None
    session, status, changed, source = case["current"]
    key = "e-2" if case.get("same") else "e-1"
    return Verification(session, status, BEGIN + changed, BEGIN + changed + 1, key, source=source)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    current = known(case)
    applied = apply(verified(case), current)
    assert (applied.verdict, applied.changed) == (case["verdict"], case["changed"])
    if applied.verdict not in ("newer", "revoked"):
        assert applied.verification == current
        return
    assert applied.verification is not None
    session, status, created, signed = case["event"]
    told = applied.verification
    assert (told.session_id, told.status, told.event_key, told.source) == (session, status, "e-2", "event")
    assert told.changed_at == BEGIN + (signed if created is None else created)
    assert told.dispatched is (created is None)
    assert told.signed_at == max(BEGIN + signed, current.signed_at if current else 0)


def test_a_status_of_the_application() -> None:
    case = {"current": ["s", "In Review", 10, "event"], "event": ["s", "Approved", 20, 21]}
    current = known(case)
    assert current is not None
    declined = current.with_status("Declined", BEGIN + 30)
    assert (declined.status, declined.source, declined.outcome) == ("Declined", "api", "denied")
    assert apply(verified(case), declined).verdict == "stale"
    assert apply(verified(case), current).verdict == "newer"
    assert current.with_status("Declined", 0).changed_at == current.changed_at, "never into the past"


def test_what_nobody_signed() -> None:
    body = (
        b'{"created_at":1,"session_id":"s","status":"Approved","timestamp":1774970000,"webhook_type":"status.updated"}'
    )
    simple = Verifier("secret", schemes=("simple",)).verify(body, sign(body, "secret"), now=BEGIN)
    told = apply(simple, None).verification
    assert told is not None
    assert (told.changed_at, told.dispatched) == (BEGIN, True)


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="verifier returned"):
        apply({"status": "Approved"}, None)  # type: ignore[arg-type]
