"""The deliveries of the demo and what the contract demands for each: genuine ones, odd ones and attacks."""

import copy
import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import signer

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
MAX_BODY = 1_048_576

STATUS = {
    "missing_signature": 401,
    "malformed_signature": 401,
    "signature_mismatch": 401,
    "duplicate_header": 401,
    "missing_timestamp": 401,
    "malformed_timestamp": 401,
    "invalid_body_timestamp": 401,
    "timestamp_too_old": 401,
    "timestamp_in_future": 401,
    "invalid_utf8": 400,
    "unexpected_bom": 400,
    "syntax": 400,
    "lone_surrogate": 400,
    "number_out_of_range": 400,
    "integer_too_long": 400,
    "too_deep": 400,
    "duplicate_key": 400,
    "body_not_object": 400,
    "body_too_large": 413,
}

TYPES = {
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

OUTCOMES = {
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
}

Payload = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What an application said, or should say."""

    status: int
    code: str = ""
    type: str = ""
    outcome: str = ""
    scheme: str = ""
    duplicate: bool = False
    note: str = ""

    def __str__(self) -> str:
        if self.note:
            return self.note
        if not self.status:
            return "does not start" if self.code else "starts"
        if self.code or not self.scheme:
            return f"{self.status} {'refused' if self.code else 'no verdict'}"
        return f"{self.status} duplicate" if self.duplicate else f"{self.status} {self.scheme} {self.outcome}"


def read(status: int, answer: Any) -> Answer:
    """What an application has answered to a delivery."""
    if not isinstance(answer, dict):
        return Answer(status)
    if status >= 400:
        # Nothing but the code may reach the sender.
        return Answer(status, answer.get("error", "") if answer.keys() == {"error"} else json.dumps(answer))
    names = ("type", "outcome", "scheme", "duplicate")
    return Answer(status, "", *(answer.get(name, "") for name in names))


@dataclass(frozen=True)
class Delivery:
    name: str
    body: bytes
    headers: list[tuple[str, str]] = field(repr=False)
    expected: Answer


def accepted(payload: Payload, scheme: str = "v2", duplicate: bool = False) -> Answer:
    kind = payload.get("webhook_type")
    session = kind in ("status.updated", "data.updated")
    outcome = OUTCOMES.get(payload.get("status", ""), "unknown") if session else "unknown"
    return Answer(200, "", kind if kind in TYPES else "unknown", outcome, scheme, duplicate)


def refused(code: str) -> Answer:
    return Answer(STATUS[code], code)


def fixture_names() -> list[str]:
    names = sorted(path.stem for path in FIXTURES.glob("webhook_*.json"))
    return [name for name in names if name != "webhook_legacy_v1"]


def fresh(name: str = "webhook_status_updated_approved", age: int = 0, **changes: Any) -> Payload:
    """A fixture as if its event had happened `age` seconds ago, with an event_id of its own."""
    payload: Payload = json.loads((FIXTURES / f"{name}.json").read_text())
    now = int(time.time()) - age
    payload["timestamp"] = now
    if "created_at" in payload:
        payload["created_at"] = now - 6
    payload["event_id"] = str(uuid.uuid4())
    payload.update(changes)
    return payload


def reencoded(payload: Payload) -> bytes:
    """The same content in other bytes: indented, unsorted, Unicode unescaped, whole numbers written as floats."""

    def loosen(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: loosen(value[key]) for key in sorted(value, reverse=True)}
        if isinstance(value, list):
            return [loosen(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
            return float(value)
        return value

    return json.dumps(loosen(payload), indent=2, ensure_ascii=False).encode()


def genuine(secret: str) -> Iterator[Delivery]:
    """Every signed fixture, in the bytes that Didit sends and in the bytes that a proxy may have made of them."""
    for name in fixture_names():
        title = name.removeprefix("webhook_").removesuffix("_envelope_only")
        for form, encode in (("as sent", signer.wire), ("re-encoded", reencoded)):
            payload = fresh(name)
            headers = list(signer.headers(payload, secret).items())
            yield Delivery(f"{title} {form}", encode(payload), headers, accepted(payload))


def odd(secret: str, previous: str) -> Iterator[Delivery]:
    """Genuine deliveries that a receiver must not stumble over."""

    def signed(name: str, payload: Payload, key: str = secret, **expected: Any) -> Delivery:
        headers = list(signer.headers(payload, key).items())
        return Delivery(name, signer.wire(payload), headers, accepted(payload, **expected))

    again = fresh()
    yield signed("an event for the first time", again)
    yield signed("the same event once more, as in a retry", again, duplicate=True)
    yield signed("unknown event type", fresh(webhook_type="session.archived"))
    yield signed("unknown status", fresh(status="Paused"))
    yield signed("names outside ASCII", fresh(vendor_data="José Müller 日本 😀 \u2028"))
    yield signed("numeric keys, large and small numbers", fresh(metadata={"10": 2**64 + 1, "9": 1e-05, "8": 1.5e38}))
    yield signed("signed with the previous secret", fresh(), key=previous)
    yield signed("four minutes and a half old", fresh(age=270))
    raw_only = fresh(vendor_data="Zoë")
    headers = without(signer.headers(raw_only, secret), "X-Signature-V2", "X-Signature-Simple")
    yield Delivery("raw signature only, wire form", signer.wire(raw_only), headers, accepted(raw_only, "raw"))


def attacks(secret: str) -> Iterator[Delivery]:
    """What somebody without the secret can send, also with genuine deliveries in hand; and broken senders."""

    def case(
        name: str,
        code: str,
        body: Callable[[Payload], bytes] = signer.wire,
        key: str = secret,
        fixture: str = "webhook_status_updated_approved",
        **changes: Any,
    ) -> Delivery:
        """A delivery with genuine headers (unless `key` is another one) over a body that is not theirs."""
        payload = fresh(fixture, **changes)
        return Delivery(name, body(payload), list(signer.headers(payload, key).items()), refused(code))

    def bytes_case(name: str, code: str, body: bytes) -> Delivery:
        """Whatever the bytes are: signed with the right secret, so that only the body is at fault."""
        mac = signer.mac(secret, body)
        headers = [("X-Signature-V2", mac), ("X-Signature", mac), ("X-Timestamp", str(int(time.time())))]
        return Delivery(name, body, headers, refused(code))

    def header_case(name: str, code: str, change: Callable[[dict[str, str]], list[tuple[str, str]]]) -> Delivery:
        payload = fresh()
        return Delivery(name, signer.wire(payload), change(signer.headers(payload, secret)), refused(code))

    def decline_to_approve(payload: Payload) -> bytes:
        changed = copy.deepcopy(payload)
        changed["status"] = changed["decision"]["status"] = "Approved"
        return signer.wire(changed)

    yield case("wrong secret", "signature_mismatch", key="somebody-elses-secret")
    yield case(
        "tampered decision, Declined made Approved",
        "signature_mismatch",
        decline_to_approve,
        fixture="webhook_status_updated_declined",
    )
    yield case(
        "other user, vendor_data changed", "signature_mismatch", lambda p: signer.wire({**p, "vendor_data": "user-666"})
    )

    old = fresh(age=3600)
    replayed = {**signer.headers(old, secret), "X-Timestamp": str(int(time.time()))}
    yield Delivery(
        "replay an hour later with a fresh X-Timestamp",
        signer.wire(old),
        list(replayed.items()),
        refused("timestamp_too_old"),
    )
    yield case("stale, signed six minutes ago", "timestamp_too_old", age=360)
    yield case("from the future, six minutes ahead", "timestamp_in_future", age=-360)

    v2_only = without(signer.headers(fresh(), secret), "X-Signature", "X-Signature-Simple")
    yield Delivery("V2 header over another body", signer.wire(fresh()), v2_only, refused("signature_mismatch"))
    yield header_case(
        "Simple signature only", "missing_signature", lambda h: without(h, "X-Signature-V2", "X-Signature")
    )
    declined = fresh("webhook_status_updated_declined")
    yield Delivery(
        "Simple signature only, decision changed",
        signer.wire({**declined, "decision": {"status": "Approved"}}),
        without(signer.headers(declined, secret), "X-Signature-V2", "X-Signature"),
        refused("missing_signature"),
    )
    payload = fresh()
    yield Delivery(
        "re-encoded body with the raw signature only",
        reencoded(payload),
        without(signer.headers(payload, secret), "X-Signature-V2"),
        refused("signature_mismatch"),
    )
    yield header_case("no signature at all", "missing_signature", lambda h: [("X-Timestamp", h["X-Timestamp"])])
    yield header_case(
        "signature in upper case",
        "malformed_signature",
        lambda h: [("X-Signature-V2", h["X-Signature-V2"].upper()), ("X-Timestamp", h["X-Timestamp"])],
    )
    yield header_case("no X-Timestamp", "missing_timestamp", lambda h: without(h, "X-Timestamp"))
    yield header_case(
        "X-Timestamp is a word", "malformed_timestamp", lambda h: [*without(h, "X-Timestamp"), ("X-Timestamp", "abc")]
    )
    yield header_case(
        "two different X-Timestamp headers", "duplicate_header", lambda h: [*h.items(), ("X-Timestamp", "1774970000")]
    )

    yield case(
        "a duplicate member put in front", "duplicate_key", lambda p: b'{"status":"Declined",' + signer.wire(p)[1:]
    )
    yield case(
        "`__proto__` added",
        "signature_mismatch",
        lambda p: b'{"__proto__":{"isAdmin":true},' + signer.wire(p)[1:],
    )
    yield case("oversized, 1 MiB and one byte", "body_too_large", lambda p: padded(signer.wire(p), MAX_BODY + 1))
    yield case("oversized, 8 MiB", "body_too_large", lambda p: padded(signer.wire(p), 8 * MAX_BODY))
    yield bytes_case(
        "small body whose canonical form is oversized", "body_too_large", b"[" + b"1e308," * 4000 + b"1e308]"
    )
    yield bytes_case("not JSON, a form", "syntax", b"status=Approved&session_id=1")
    yield bytes_case("not JSON, NaN", "syntax", b'{"timestamp":NaN}')
    yield bytes_case("empty body", "syntax", b"")
    yield bytes_case("deeply nested, 1,001 arrays", "too_deep", b"[" * 1001 + b"]" * 1001)
    yield bytes_case("deeply nested, 100,000 objects", "too_deep", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    yield bytes_case("not UTF-8", "invalid_utf8", b'{"name":"Jos\xe9"}')
    yield bytes_case("byte order mark", "unexpected_bom", b"\xef\xbb\xbf{}")
    yield bytes_case("half a surrogate pair", "lone_surrogate", b'{"name":"\\ud83d"}')
    yield bytes_case("a number beyond every double", "number_out_of_range", b'{"score":1e400}')
    yield bytes_case("an integer of 5,000 digits", "integer_too_long", b'{"score":' + b"1" * 5000 + b"}")
    yield bytes_case("an array, signed", "body_not_object", b"[]")
    yield case("timestamp as text, signed", "invalid_body_timestamp", timestamp=str(int(time.time())))


def without(headers: dict[str, str], *names: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name not in names]


def padded(body: bytes, length: int) -> bytes:
    """The same content, made longer with white space, so that nothing but its size is wrong with it."""
    return body[:-1] + b" " * (length - len(body)) + b"}"
