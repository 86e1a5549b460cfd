"""Bodies that a framework has parsed already."""

import collections
import datetime
import decimal
import enum
import json
import math
import sys
from typing import Any

import pytest

from deliveries import NOW, SECRET, Delivery, fixture_names, mac
from didit_client import PayloadError, Verifier, sign
from vectors import outcome

VERIFIER = Verifier(SECRET)


class Text(str):
    """No plain str."""


class Number(enum.IntEnum):
    """No plain int."""

    ONE = 1


# Well-formed and wrong: the headers are judged before the payload is looked at.
FORGED = {"X-Signature-V2": "0" * 64, "X-Timestamp": str(NOW)}


def code_of(tree: Any, headers: Any = None, verifier: Verifier = VERIFIER) -> str:
    signed = headers or FORGED
    return outcome(lambda: verifier.verify_parsed(tree, signed, NOW))[0]


@pytest.mark.parametrize("name", fixture_names())
def test_fixtures(name: str) -> None:
    delivery = Delivery.of_fixture(name)
    verified = VERIFIER.verify_parsed(json.loads(delivery.body), delivery.headers, delivery.now)
    assert verified == VERIFIER.verify(delivery.body, delivery.headers, delivery.now)
    assert verified.event.to_dict() == delivery.payload


def test_the_event_is_built_anew(delivery: Delivery) -> None:
    tree = json.loads(delivery.body)
    verified = VERIFIER.verify_parsed(tree, delivery.headers, delivery.now)
    tree["status"] = "Declined"
    tree["decision"].clear()
    assert verified.event.status == "Approved"
    assert verified.event.decision is not None
    assert verified.event.decision.status == "Approved"


def test_order_floats_and_text_do_not_matter() -> None:
    payload = {
        "timestamp": NOW,
        "b": 95.0,
        "a": [1e16, -0.0, 1e-7, 5e-324, 2**70, -(2**70), 10**4299],
        'é\n"\\\x1f😀': "\x00\x7f\u2028/",
    }
    delivery = Delivery.of(payload)
    tree = dict(reversed(payload.items()))
    assert (
        VERIFIER.verify_parsed(tree, delivery.headers, delivery.now).bytes
        == VERIFIER.verify(delivery.body, delivery.headers, delivery.now).bytes
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Text("a"), "Text"),
        (Number.ONE, "Number"),
        ((1,), "tuple"),
        ({1}, "set"),
        (b"a", "bytes"),
        (decimal.Decimal(1), "Decimal"),
        (datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), "datetime"),
        (collections.OrderedDict(), "OrderedDict"),
        (type("List", (list,), {})(), "List"),
        (1j, "complex"),
        (object(), "object"),
        (json.loads, "function"),
        (int, "type"),
    ],
)
def test_unsupported_values(value: Any, kind: str) -> None:
    for tree, path in (
        ({"decision": {"items": [0, 1, 2, {"score": value}]}}, "$.decision.items[3].score"),
        ({"odd name": [[value]]}, '$["odd name"][0][0]'),
        ({"a": 1, "b": value}, "$.b"),
        ([[], {}, value], "$[2]"),
        (value, "$"),
    ):
        if isinstance(tree, bytes):
            continue
        with pytest.raises(PayloadError) as caught:
            VERIFIER.verify_parsed(tree, FORGED, NOW)
        assert caught.value.code == "unsupported_value"
        assert caught.value.paths == (path,)
        assert f"{path} is of type {kind}" in str(caught.value)


@pytest.mark.parametrize("key", [1, None, True, 1.5, Text("a"), b"a", ("a",)])
def test_keys_that_are_no_plain_strings(key: Any) -> None:
    with pytest.raises(PayloadError, match="with a key of type") as caught:
        VERIFIER.verify_parsed({"a": [{key: 1}]}, FORGED, NOW)
    assert (caught.value.code, caught.value.paths) == ("unsupported_value", ("$.a[0]",))


@pytest.mark.parametrize("raw", [b"{}", bytearray(b"{}"), memoryview(b"{}")])
def test_raw_bodies_go_to_verify(raw: Any) -> None:
    with pytest.raises(TypeError, match=r"Verifier\.verify$"):
        VERIFIER.verify_parsed(raw, FORGED, NOW)


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ({"a": math.nan}, "syntax"),
        ({"a": [math.inf]}, "number_out_of_range"),
        ({"a": -math.inf}, "number_out_of_range"),
        ({"a": "\ud800"}, "lone_surrogate"),
        ({"\udfff": 1}, "lone_surrogate"),
        ({"a": "\ud83d\ude00"}, "lone_surrogate"),
        ({"a": 10**4300}, "integer_too_long"),
        ({"a": -(10**4300)}, "integer_too_long"),
        ({"a": 1 << 10_000_000}, "integer_too_long"),
        ({"a": 1}, "signature_mismatch"),
        ({"a": float(2**53)}, "parsed_precision"),
        ({"a": 2**53 + 1}, "signature_mismatch"),
        ({"a": 1.5}, "signature_mismatch"),
    ],
)
def test_codes(tree: Any, code: str) -> None:
    assert code_of(tree) == code


@pytest.mark.parametrize("tree", ["x", 7, None, True, [], 1.5])
def test_signed_but_no_object(tree: Any) -> None:
    headers = {"X-Signature-V2": mac(json.dumps(tree).encode()), "X-Timestamp": str(NOW)}
    assert code_of(tree, headers) == "body_not_object"


def test_precision_names_the_paths() -> None:
    tree = {"timestamp": NOW, "decision": {"nfc_verifications": [{"serial": 1.18e38}]}, "small": 1e15}
    with pytest.raises(PayloadError) as caught:
        VERIFIER.verify_parsed(tree, {"X-Signature-V2": "0" * 64, "X-Timestamp": str(NOW)}, NOW)
    assert caught.value.code == "parsed_precision"
    assert caught.value.paths == ("$.decision.nfc_verifications[0].serial",)


def test_large_whole_doubles_keep_their_digits() -> None:
    payload = {"timestamp": NOW, "a": 1e23, "b": 9007199254740993.0, "c": 1.7976931348623157e308}
    delivery = Delivery.of(payload)
    assert b"99999999999999991611392" in VERIFIER.verify_parsed(payload, delivery.headers, NOW).bytes


@pytest.mark.parametrize("limit", [0, 640])
def test_the_interpreters_own_digit_limit_does_not_matter(limit: int) -> None:
    before = sys.get_int_max_str_digits()
    delivery = Delivery.of({"timestamp": NOW, "a": 10**600})
    try:
        sys.set_int_max_str_digits(limit)
        assert VERIFIER.verify_parsed(delivery.payload, delivery.headers, NOW)
        assert code_of({"a": 10**5000}) == "integer_too_long"
    finally:
        sys.set_int_max_str_digits(before)


def nested(depth: int, inner: Any = 1) -> Any:
    for _ in range(depth):
        inner = [inner]
    return inner


def test_depth() -> None:
    assert code_of({"a": nested(999)}) == "signature_mismatch"
    assert code_of({"a": nested(1000)}) == "too_deep"
    deep: Any = nested(0)
    for _ in range(200_000):
        deep = [deep]
    assert code_of(deep) == "too_deep"
    while isinstance(deep, list):  # freeing it by one drop would recurse
        deep = deep.pop()


def test_circular_references() -> None:
    own_list: list[Any] = []
    own_list.append(own_list)
    own_dict: dict[str, Any] = {}
    own_dict["self"] = own_dict
    for tree in (own_list, own_dict, {"a": own_list}, [own_dict]):
        assert code_of(tree) == "too_deep"


def test_one_part_a_thousand_times_over() -> None:
    bomb: Any = "x" * 10
    for _ in range(40):
        bomb = [bomb] * 10
    assert code_of(bomb) == "body_too_large"
    empty: Any = []
    for _ in range(60):
        empty = [empty, empty]
    assert code_of({"a": empty}) == "body_too_large"


def test_exactly_at_the_limit() -> None:
    delivery = Delivery.of({"timestamp": NOW, "a": "x" * 1000})
    length = len(delivery.body)
    assert code_of(delivery.payload, delivery.headers, Verifier(SECRET, max_body=length)) == "ok"
    assert code_of(delivery.payload, delivery.headers, Verifier(SECRET, max_body=length - 1)) == "body_too_large"


def test_the_headers_are_judged_before_the_payload() -> None:
    for headers, code in (
        ({}, "missing_signature"),
        ({"X-Signature-V2": "x"}, "malformed_signature"),
        ({"X-Signature-V2": "0" * 64}, "missing_timestamp"),
    ):
        assert outcome(lambda headers=headers: VERIFIER.verify_parsed({"a": object()}, headers, NOW))[0] == code


def test_a_body_of_control_characters_is_no_longer_when_it_is_parsed() -> None:
    body = json.dumps({"n": "\n\t\r\b\f" * 100_000, "timestamp": NOW}).encode()
    headers = sign(body, SECRET)
    assert VERIFIER.verify_parsed(json.loads(body), headers, NOW).bytes == VERIFIER.verify(body, headers, NOW).bytes
