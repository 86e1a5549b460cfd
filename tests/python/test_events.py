"""Events: one class per type, lazy views, nothing personal in a repr."""

import hmac
import json
from typing import Any

import pytest

import didit_client
from deliveries import NOW, SECRET, Delivery, fixture, fixture_names, mac
from didit_client import (
    BaseEvent,
    Check,
    Decision,
    Event,
    PayloadError,
    StatusUpdated,
    UnknownEvent,
    UnsignedEvent,
    Verifier,
    View,
    canonicalize,
    parse_unsigned,
    sign,
)
from didit_client.views import Field

VERIFIER = Verifier(SECRET)
CLASSES: dict[str, type[BaseEvent]] = {event.type: event for event in Event.__args__}
FIELDS = {name for name in dir(UnknownEvent) if isinstance(getattr(UnknownEvent, name), Field)}
SIMPLE = {"timestamp", "session_id", "status", "webhook_type"}


def event_of(payload: Any, **options: Any) -> Any:
    delivery = Delivery.of({"timestamp": NOW} | payload)
    return Verifier(SECRET, **options).verify(delivery.body, delivery.headers, NOW).event


def plain(value: Any) -> Any:
    if isinstance(value, View):
        return value.to_dict()
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_twelve_classes() -> None:
    assert len(CLASSES) == 12
    assert {name for name in CLASSES if name != "unknown"} == {
        "status.updated",
        "data.updated",
        "user.status.updated",
        "user.data.updated",
        "business.status.updated",
        "business.data.updated",
        "activity.created",
        "transaction.created",
        "transaction.status.updated",
        "travel_rule.status.updated",
        "transaction_rule_suggestions.created",
    }


@pytest.mark.parametrize("kind", [*CLASSES, "session.status.updated", "kyb.registry_search.resolved", None, 7])
def test_type(kind: Any) -> None:
    event = event_of({"webhook_type": kind})
    expected = kind if kind in CLASSES else "unknown"
    assert event.type == expected
    assert type(event) is CLASSES[expected]
    assert isinstance(event, Event)
    assert isinstance(event, BaseEvent)
    assert event.webhook_type == kind


@pytest.mark.parametrize("name", fixture_names())
def test_fixtures(name: str) -> None:
    payload = fixture(name)
    event = event_of(payload)
    assert event.type == payload["webhook_type"]
    assert event.to_dict() == payload
    for field in FIELDS | payload.keys():
        assert plain(getattr(event, field)) == payload.get(field), field
    for field, value in payload.items():
        assert event[field] == value
        assert event.get(field) == value
        assert field in event
    assert sorted(event) == sorted(event.keys()) == sorted(payload)


def test_outcome() -> None:
    statuses = {
        "Approved": "granted",
        "Declined": "denied",
        "Not Started": "pending",
        "In Progress": "pending",
        "In Review": "pending",
        "Awaiting User": "pending",
        "Resubmitted": "retry",
        "Abandoned": "retry",
        "Expired": "retry",
        "Kyc Expired": "revoked",
        "approved": "unknown",
        "KYC Expired": "unknown",
        "": "unknown",
        None: "unknown",
    }
    for status, outcome in statuses.items():
        for kind in CLASSES:
            is_session = kind in ("status.updated", "data.updated")
            event = event_of({"webhook_type": kind, "status": status})
            assert event.outcome == (outcome if is_session else "unknown")
            assert event.status == status


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -1,
        2**53 + 1,
        2**63,
        -(2**64),
        10**4299,
        0.1,
        -1e-7,
        5e-324,
        1.5e15 + 0.5,
        "",
        'é\u0000\u2028😀\\"',
        [],
        {},
        [1, [2]],
        {"a": {"b": None}},
    ],
)
def test_values(value: Any) -> None:
    payload = {"timestamp": NOW, "x": value, "é\n": value}
    event = event_of(payload)
    for name in ("x", "é\n"):
        assert event[name] == value
        assert type(event[name]) is type(value)
        assert event.get(name) == value
    assert event.to_dict() == payload


def test_whole_floats() -> None:
    body = b'{"timestamp":%d,"score":95.0,"big":1e23,"-0":-0,"-0.0":-0.0}' % NOW
    headers = sign(body, SECRET)
    v2 = Verifier(SECRET, schemes=("v2",)).verify(body, headers, NOW).event
    raw = Verifier(SECRET, schemes=("raw",)).verify(body, headers, NOW).event
    for event, text in ((v2, canonicalize(body)), (raw, body)):
        for name, value in json.loads(text).items():
            assert event[name] == value
            assert type(event[name]) is type(value)


def test_raw_takes_the_last_of_duplicates() -> None:
    body = b'{"status":"Declined","timestamp":%d, "\\u0073tatus" : "Approved"}' % NOW
    event = Verifier(SECRET, schemes=("raw",)).verify(body, sign(body, SECRET), NOW).event
    assert event.status == event["status"] == event.to_dict()["status"] == "Approved"
    assert event.keys() == ["status", "timestamp"]


def test_absent_and_undocumented() -> None:
    event = event_of({"webhook_type": "status.updated", "new_field": {"a": 1}})
    assert event.decision is event.transaction_id is event.metadata is None
    assert event["new_field"] == {"a": 1}
    assert event.get("absent") is None
    assert event.get("absent", b"default") == b"default"
    for name in ("absent", "\ud800"):
        assert name not in event
        assert event.get(name) is None
    assert 7 not in event
    with pytest.raises(KeyError, match="absent"):
        event["absent"]
    assert event.new_field.a == 1
    with pytest.raises(AttributeError, match=r"event\.get\('absent'\)"):
        _ = event.absent
    assert not hasattr(event, "__html__")


def test_plain_data_are_the_callers_own() -> None:
    event = event_of({"metadata": {"a": []}, "decision": {"features": ["AML"], "metadata": {"b": [1]}}})
    for read in (
        lambda: event["metadata"],
        lambda: event.metadata,
        lambda: event.to_dict()["metadata"],
    ):
        read()["a"].append(1)
        assert read() == {"a": []}
    event.decision["metadata"]["b"].append(2)
    event.decision.get("metadata")["b"].append(2)
    event.decision.to_dict()["metadata"]["b"].append(2)
    event.decision.features.append("NFC")
    assert event.decision == {"features": ["AML"], "metadata": {"b": [1]}}
    assert event.decision.features == ["AML"]


def test_decision() -> None:
    event = event_of(fixture("webhook_status_updated_approved"))
    decision = event.decision
    assert isinstance(decision, Decision)
    assert decision.status == "Approved"
    assert decision.session_number == 1001
    assert decision.nfc_verifications is None
    assert decision.events is None
    assert not hasattr(decision, "tomorrow")
    (check,) = decision.id_verifications
    assert isinstance(check, Check)
    assert (check.node_id, check.status, check.document_type) == ("feature_ocr", "Approved", "Passport")
    assert check["first_name"] == check.first_name == "Sample"
    assert decision.liveness_checks[0].score == 95.4
    with pytest.raises(AttributeError, match=r"\.get\('typo'\)"):
        _ = check.typo
    assert check.get("typo") is None
    assert "typo" not in check
    assert dict(check) == check.to_dict() == check
    assert len(check) == len(list(check))


def test_resubmission() -> None:
    event = event_of(fixture("webhook_status_updated_resubmitted"))
    assert event.outcome == "retry"
    assert [node.feature for node in event.resubmit_info.nodes_to_resubmit] == ["OCR"]
    assert event.resubmit_info.reasons["feature_ocr"] == event.resubmit_info.reasons.feature_ocr == "Photo is blurry"


def test_members_that_are_called_like_methods() -> None:
    event = event_of(
        {"get": 1, "keys": [2], "to_dict": {"a": 3}, "decision": {"get": 4, "items": [{"keys": 5}], "_data": 6}}
    )
    assert [event["get"], event["keys"], event["to_dict"]] == [1, [2], {"a": 3}]
    decision = event.decision
    assert (decision["get"], decision["_data"], decision.items[0]["keys"]) == (4, 6, 5)


@pytest.mark.parametrize(
    "decision",
    [
        "Approved",
        7,
        True,
        [],
        [1, {"status": "x"}],
        None,
        {"id_verifications": "x"},
        {"id_verifications": [1, None, [{}]]},
    ],
)
def test_unexpected_shapes_are_values(decision: Any) -> None:
    event = event_of({"decision": decision})
    assert plain(event.decision) == decision
    if isinstance(decision, dict):
        assert plain(event.decision.id_verifications) == decision["id_verifications"]


def test_immutable() -> None:
    event = event_of({"decision": {"status": "x"}})
    for target in (event, event.decision):
        for name in ("status", "type", "outcome", "webhook_type", "anything"):
            with pytest.raises(AttributeError):
                setattr(target, name, "x")
            with pytest.raises(AttributeError):
                delattr(target, name)
    with pytest.raises(TypeError):
        event["status"] = "x"
    with pytest.raises(AttributeError):
        _ = event.__dict__


def test_equality_and_hash() -> None:
    one, same = (event_of({"status": "Approved", "decision": {"a": 1}}) for _ in range(2))
    other = event_of({"status": "Declined"})
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != one.to_dict()
    assert len({one, same, other}) == 2
    assert one.decision == same.decision == {"a": 1}
    assert one.decision != {"a": 2}
    assert one.decision != 7
    with pytest.raises(TypeError):
        hash(one.decision)


def test_repr_is_not_personal() -> None:
    event = event_of(fixture("webhook_status_updated_approved"))
    assert repr(event) == (
        "StatusUpdated(webhook_type='status.updated', event_id='c0ffee00-0000-4000-8000-000000000001', "
        "session_id='5f1c2d3e-4a5b-4c6d-8e7f-901234567890', status='Approved')"
    )
    assert repr(event.decision) == "Decision(session_id='5f1c2d3e-4a5b-4c6d-8e7f-901234567890', status='Approved')"
    assert repr(event.decision.id_verifications) == "[IdVerification(node_id='feature_ocr', status='Approved')]"
    transaction = event_of(fixture("webhook_transaction_created"))
    assert "transaction_id='9b9b9b9b-1111-4222-8333-444444444444'" in repr(transaction)
    assert "tx-0001" not in repr(transaction)
    assert "x" * 65 not in repr(event_of({"status": "x" * 1000}))
    assert repr(event_of({"status": {"name": "Bob"}, "session_id": 7})) == "UnknownEvent()"


@pytest.mark.parametrize("name", fixture_names())
def test_no_repr_shows_personal_data(name: str) -> None:
    payload = fixture(name)
    delivery = Delivery.of(payload)
    shown = repr(VERIFIER.verify(delivery.body, delivery.headers, delivery.now))
    for private in ("user-123", "business-77", "premium", "Sample", "Persona", "X0000000", "https://"):
        assert private not in shown


def exactly(value: Any) -> str:
    """The value with its types, its zeros' signs and the order of its members."""
    return repr(value)


def test_the_whole_event_is_what_json_loads_makes_of_it() -> None:
    values = (
        r"[1,-2.5e3,0,-0,-0.0,1e22,0.1,5e-324,1.7976931348623157e308,12345678901234567890,-9223372036854775809,1E+2,1e-7]",
        r'{"b\u00e9":{"":null},"a":[ ],"é":{ },"a b":"山","\"":"\\","n":"\n\t\/\b\u001f","x":"x\"\ud83d\ude00\\"}',
        r'[true,false,null,"",[[]],{},"\u0000\u007f\u0080","a long string without anything special in it, é"]',
        r'{"again":1,"other":2,"again":{"again":[3]},"ag\u0061in":4}',
        r'{"status_1":1,"status_2":2,"status_1 ":3,"tus_1":[{"status_1":4,"status_2":5},{"status_2":6}]}',
    )
    for value in values:
        for text in (f'{{"timestamp":{NOW},"x":{value}}}', f' {{\t"timestamp" : {NOW} ,\r\n "x" : {value} }} \n'):
            # The raw signature takes bodies as they are, duplicates included.
            headers = {"X-Signature": hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest()}
            verifier = Verifier(SECRET, schemes=("raw",), header_timestamp="ignore")
            event = verifier.verify(text, headers, NOW).event
            assert exactly(event.to_dict()) == exactly(json.loads(text))
            assert exactly(event["x"]) == exactly(event.get("x")) == exactly(json.loads(text)["x"])
            assert event.to_dict() is not event.to_dict()
            assert event["x"] is not event["x"]
    for name in fixture_names():
        event = event_of(fixture(name) | {"created_at": NOW}, schemes=("v1",) if "legacy" in name else ("v2", "raw"))
        assert exactly(event.to_dict()) == exactly(json.loads(event._payload.json))


def test_a_member_that_is_not_documented_reads_by_attribute_too() -> None:
    event = event_of({"webhook_type": "status.updated", "brand_new": {"x": [1]}, "get": 1})
    assert event.brand_new.x == [1]
    assert event["get"] == 1
    with pytest.raises(AttributeError, match="absent_one"):
        _ = event.absent_one


def test_deep_documents() -> None:
    for depth in (900, 998):
        body = b'{"status":"Approved","timestamp":%d,"x":%s%s}' % (NOW, b"[" * depth, b"]" * depth)
        event = VERIFIER.verify(body, sign(body, SECRET), NOW).event
        assert event.status == "Approved"
        # The standard library's parser recurses, and would not reach the innermost array.
        for value in (event["x"], event.get("x"), event.x, event.to_dict()["x"]):
            reached = 1
            while value:
                value = value[0]
                reached += 1
            assert reached == depth
    nested = b'{"decision":{"x":%s%s},"timestamp":%d}' % (b"[" * 700, b"]" * 700, NOW)
    decision = VERIFIER.verify(nested, sign(nested, SECRET), NOW).event.decision  # type: ignore[union-attr]
    assert decision.to_dict()
    assert decision.get("x")
    objects = b'{"decision":%s1%s,"timestamp":%d}' % (b'{"a":' * 700, b"}" * 700, NOW)
    view = VERIFIER.verify(objects, sign(objects, SECRET), NOW).event.decision  # type: ignore[union-attr]
    for _ in range(699):
        view = view.a
    assert view == {"a": 1}


def test_simple_covers_four_fields() -> None:
    payload = fixture("webhook_status_updated_approved")
    event = event_of(payload, schemes=("simple",))
    assert event.to_dict() == {name: payload[name] for name in SIMPLE}
    assert (event.type, event.outcome) == ("status.updated", "granted")
    for name in SIMPLE:
        assert getattr(event, name) == event[name] == event.get(name) == payload[name]
    for name in FIELDS - SIMPLE:
        with pytest.raises(AttributeError, match="X-Signature-Simple does not cover"):
            getattr(event, name)
    for name in (*FIELDS - SIMPLE, "invented"):
        assert name not in event
        for read in (event.__getitem__, event.get):
            with pytest.raises(KeyError, match="X-Signature-Simple does not cover"):
                read(name)
    absent = event_of({}, schemes=("simple",))
    assert (absent.session_id, absent.status, absent.get("status")) == (None, None, None)


def test_v1() -> None:
    payload = fixture("webhook_legacy_v1")
    body = json.dumps(payload).encode()
    verifier = Verifier(SECRET, schemes=("v1",))
    verified = verifier.verify(body, {"x-signature": mac(body)}, payload["created_at"])
    assert isinstance(verified.event, StatusUpdated)
    assert (verified.scheme, verified.covers, verified.signed_at) == ("v1", "body", payload["created_at"])
    assert verified.event.outcome == "granted"
    assert verified.event.webhook_type is None
    assert verified.event.decision is not None
    assert verified.event.decision.kyc.status == "Approved"


def test_unsigned() -> None:
    payload = {"webhook_type": "kyb.registry_search.resolved", "status": "Approved", "result": {"a": [1]}}
    event = parse_unsigned(json.dumps(payload))
    assert isinstance(event, UnsignedEvent)
    assert not isinstance(event, BaseEvent)
    assert (event.type, event.authenticated, event.webhook_type) == (
        payload["webhook_type"],
        False,
        payload["webhook_type"],
    )
    assert event.to_dict() == payload
    assert event["result"] == event.get("result") == {"a": [1]}
    assert repr(event) == "UnsignedEvent(webhook_type='kyb.registry_search.resolved', status='Approved')"
    for name in ("outcome", "status", "decision"):
        with pytest.raises(AttributeError):
            getattr(event, name)
    for kind in ("status.updated", None, 7):
        assert parse_unsigned(json.dumps({"webhook_type": kind})).type == "unknown"
    for body, code in (
        (b"[]", "body_not_object"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b"x", "syntax"),
        (b" " * 1_048_577, "body_too_large"),
    ):
        with pytest.raises(PayloadError) as caught:
            parse_unsigned(body)
        assert caught.value.code == code


def test_fields_are_documented() -> None:
    for owner in (UnknownEvent, Decision, Check, didit_client.ResubmitInfo):
        fields = [getattr(owner, name) for name in dir(owner) if isinstance(getattr(owner, name), Field)]
        assert fields
        assert all(field.__doc__ and field.__doc__.endswith(".") for field in fields)
