"""The one table of cases that every adapter answers alike: what is sent and answered, and whether the handler runs.

An answer without an `error` is only compared by its status.
"""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from didit_client import sign

SECRET = "the-secret-of-the-adapters-tests"
LIMIT = 1_048_576
# Invented; none of it may be seen in a log.
PERSON = {"first_name": "Ottilie", "last_name": "Sekretova", "document_number": "X4RTBPFW46", "email": "o@example.org"}


@dataclass
class Request:
    """What is sent."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    # With None, Content-Length is the body's; otherwise it is this, whatever follows.
    length: int | None = None
    chunked: bool = False


@dataclass
class Case:
    name: str
    request: Callable[[], Request]
    status: int
    error: str | None = None
    route: str = "hook"
    # How often the handler is called.
    calls: int = 0


def delivery(**members: Any) -> bytes:
    """A genuine body, full of personal data."""
    payload = {"event_id": str(uuid.uuid4()), "webhook_type": "status.updated", "status": "Approved"}
    payload |= {"session_id": str(uuid.uuid4()), "vendor_data": "user-1", "created_at": int(time.time())}
    payload |= {"timestamp": int(time.time()), "environment": "live", "decision": {"id_verifications": [PERSON]}}
    return json.dumps({**payload, **members}, sort_keys=True, separators=(",", ":")).encode()


def signed(body: bytes | None = None, secret: str = SECRET, method: str = "POST", **headers: str) -> Request:
    body = delivery() if body is None else body
    return Request(body, {"Content-Type": "application/json", **sign(body, secret), **headers}, method)


def altered(change: Callable[[bytes], bytes]) -> Request:
    """Signed, and then changed."""
    request = signed()
    request.body = change(request.body)
    return request


def without(name: str) -> Request:
    request = signed()
    request.headers = {key: value for key, value in request.headers.items() if not key.lower().startswith(name)}
    return request


def raw(body: bytes) -> Request:
    """What is no JSON, with the headers of something else that is."""
    return Request(body, signed().headers)


def large(chunked: bool = False, announced: bool = False) -> Request:
    request = signed(delivery(metadata="x" * (LIMIT + 1)))
    request.chunked = chunked
    if announced:
        request.length, request.body = len(request.body), b""
    return request


def chunked() -> Request:
    request = signed()
    request.chunked = True
    return request


OLD = int(time.time()) - 4000

CASES = [
    Case("genuine", signed, 200, calls=1),
    Case("genuine, in chunks", chunked, 200, calls=1),
    Case("of a type that nobody knows yet", lambda: signed(delivery(webhook_type="a.new.one")), 200, calls=1),
    Case("with a null and an odd type", lambda: signed(delivery(status=None, metadata=[1, 2.5])), 200, calls=1),
    Case("from another environment", lambda: signed(delivery(environment="sandbox")), 200),
    Case("signed with another secret", lambda: signed(secret="another"), 401, "signature_mismatch"),
    Case(
        "one byte changed",
        lambda: altered(lambda body: body.replace(b"Approved", b"Declined")),
        401,
        "signature_mismatch",
    ),
    Case("no signature", lambda: without("x-signature"), 401, "missing_signature"),
    Case("no headers at all", lambda: Request(delivery()), 401, "missing_signature"),
    Case(
        "a signature that is none",
        lambda: signed(**{"X-Signature-V2": "zz", "X-Signature": "zz"}),
        401,
        "malformed_signature",
    ),
    Case("no timestamp header", lambda: without("x-timestamp"), 401, "missing_timestamp"),
    Case("too old", lambda: signed(delivery(timestamp=OLD)), 401, "timestamp_too_old"),
    Case("from the future", lambda: signed(delivery(timestamp=OLD + 9000)), 401, "timestamp_in_future"),
    Case("empty", lambda: raw(b""), 400, "syntax"),
    Case("cut off", lambda: raw(delivery()[:-9]), 400, "syntax"),
    Case("an array", lambda: signed(b"[1]", **{"X-Timestamp": str(int(time.time()))}), 400, "body_not_object"),
    Case("not UTF-8", lambda: raw(b'{"a":"\xff"}'), 400, "invalid_utf8"),
    Case("a length above the limit, unread", lambda: large(announced=True), 413, "body_too_large"),
    Case("above the limit", large, 413, "body_too_large"),
    Case("above the limit, in chunks", lambda: large(chunked=True), 413, "body_too_large"),
    Case("gzip", lambda: signed(**{"Content-Encoding": "gzip"}), 415, "unsupported_encoding"),
    Case("identity", lambda: signed(**{"Content-Encoding": "identity"}), 200, calls=1),
    Case("GET", lambda: Request(method="GET"), 405),
    Case("HEAD", lambda: Request(method="HEAD"), 405),
    Case("PUT of a genuine delivery", lambda: signed(method="PUT"), 405),
    Case("a probe without a body", lambda: Request(headers={"User-Agent": "a probe"}), 401, "missing_signature"),
    Case(
        "a probe with a form",
        lambda: Request(b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}),
        401,
        "missing_signature",
    ),
    Case("the body was parsed before", signed, 200, route="parsed", calls=1),
    Case("the body was consumed before", signed, 500, "body_consumed", route="consumed"),
    Case("the store is down", signed, 503, "store_unavailable", route="down"),
]
