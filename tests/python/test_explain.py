"""Explanations: every vector of a known mistake, and what an explanation shows."""

import copy
import pickle
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from deliveries import SECRET, Delivery
from didit_client import Explanation, _native, explain
from didit_client.testing import SECRET as TESTING_SECRET
from didit_client.testing import delivery as build
from didit_client.testing.types import Scenario
from didit_client.types import Cause
from vectors import COUNTS, body_of, load

CASES = load("explain.json")


def found_of(case: dict[str, Any]) -> Explanation:
    return explain(
        body_of(case),
        case["headers"],
        case["secrets"],
        now=case["now"],
        other_secrets=case["other_secrets"],
        **case["options"],
    )


def test_vectors() -> None:
    for case in CASES:
        found, expected = found_of(case), case["expect"]
        told = (found.verdict, found.cause, found.confidence, found.skew)
        assert told == (expected["verdict"], expected["cause"], expected["confidence"], expected["skew"]), case["name"]
        assert set(expected["ruled_out"]) <= set(found.ruled_out), case["name"]
        assert found.summary.endswith("."), case["name"]
        assert found.cure.endswith("."), case["name"]
    COUNTS["explain"] = len(CASES)


def test_causes_are_those_of_the_core() -> None:
    assert list(get_args(Cause)) == _native.causes()
    assert {case["expect"]["cause"] for case in CASES} == set(_native.causes())


def test_nothing_secret_is_shown() -> None:
    for case in CASES:
        found = found_of(case)
        shown = f"{found!r} {found.summary} {found.cure}"
        values = [value for value in case["headers"].values() if isinstance(value, str) and len(value) > 20]
        assert [text for text in (*case["secrets"], *case["other_secrets"], *values) if text and text in shown] == []


def test_an_explanation_is_a_value(delivery: Delivery) -> None:
    found = explain(delivery.body, delivery.headers, SECRET + " ", now=delivery.now)
    assert repr(found) == (
        "Explanation(verdict='signature_mismatch', cause='secret_whitespace', confidence='certain', "
        "summary='White space around the secret differs.')"
    )
    for other in (copy.copy(found), pickle.loads(pickle.dumps(found))):
        assert other == found
        assert hash(other) == hash(found)
    with pytest.raises(AttributeError):
        found.cause = "genuine"  # type: ignore[misc]


def test_arguments(delivery: Delivery) -> None:
    body, headers, now = delivery.body, delivery.headers, delivery.now
    assert explain(body, headers, SECRET, now=datetime.fromtimestamp(now, UTC)).cause == "genuine"
    assert explain(body, list(headers.items()), SECRET, now=now + 0.5).cause == "genuine"
    assert explain(body, headers | {"wsgi.input": object()}, SECRET, now=now).cause == "genuine"
    assert explain(body, headers, None).cause == "secret_missing"
    assert explain(body, headers, SECRET, now=now * 1000.0).cause == "now_milliseconds"
    assert explain(body, headers, SECRET).cause in {"clock_wrong", "delivery_late", "delivery_old", "genuine"}
    for wrong in ({"now": "1"}, {"now": datetime(2026, 1, 1)}, {"now": True}, {"now": 2**70}, {"other_secrets": 1}):
        with pytest.raises(TypeError):
            explain(body, headers, SECRET, **{"now": now, **wrong})
    for wrong in ({"schemes": ("v3",)}, {"schemes": ()}, {"schemes": ("v2", "simple")}, {"now": float("nan")}):
        with pytest.raises((ValueError, TypeError)):
            explain(body, headers, SECRET, **{"now": now, **wrong})
    with pytest.raises(TypeError, match="dict"):
        explain({}, headers, SECRET, now=now)  # type: ignore[arg-type]


@pytest.mark.parametrize("scenario", ["decline_aml_hit", "review_aml_possible_match"])
def test_php_is_named_where_many_containers_are_empty(scenario: Scenario) -> None:
    sent = build("status.updated", scenario=scenario)
    assert sent.body.count(b"{}") > 4
    assert sent.body.count(b"[]") > 10
    # PHP's json_encode(json_decode($body, true)).
    body = sent.body.replace(b"{}", b"[]").replace(b"/", b"\\/")
    found = explain(body, sent.headers, TESTING_SECRET, now=sent.signed_at)
    assert (found.cause, found.confidence) == ("body_php", "certain")
