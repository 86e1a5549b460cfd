"""Random deliveries, most of them nearly genuine, and an independent opinion on whether each may pass."""

import copy
import json
import random
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "demo"), str(TESTS / "vectors")]

import documents  # noqa: E402
import generate  # noqa: E402
import signer  # noqa: E402

FIXTURES = [json.loads(path.read_text()) for path in sorted((TESTS / "fixtures").glob("webhook_*.json"))]
NOW = 1_790_000_000
SCHEMES = ["v2,raw"] * 6 + ["raw,v2", "v2", "raw", "simple", "v1"]
HEADER = {"v2": b"x-signature-v2", "raw": b"x-signature", "simple": b"x-signature-simple", "v1": b"x-signature"}


@dataclass(frozen=True)
class Delivery:
    body: bytes
    headers: list[tuple[bytes, bytes]]
    now: int = NOW
    schemes: str = "v2,raw"
    max_age: int = 300
    max_future: int = 300
    header_timestamp: str = "fresh"
    max_body: int = 1_048_576
    environments: str = ""
    secrets: list[bytes] = field(default_factory=lambda: [b"secret"])

    def question(self, kind: bytes) -> list[bytes]:
        numbers = (self.max_age, self.max_future, self.header_timestamp, self.max_body, self.environments)
        options = [str(part).encode() for part in (self.now, self.schemes, *numbers, len(self.secrets))]
        return [kind, self.body, *options, *self.secrets, *(part for pair in self.headers for part in pair)]


def delivery(rnd: random.Random) -> Delivery:
    """A genuine delivery to which a few things may have happened."""
    payload = copy.deepcopy(rnd.choice(FIXTURES))
    payload["timestamp"] = payload["created_at"] = NOW + rnd.choice((0, 0, 0, -1, -300, -301, 300, 301, -5000, 10**12))
    for _ in range(rnd.choice((0, 0, 1, 3))):
        odd_member(rnd, payload)
    secrets = rnd.choice(([b"secret"], [b"new", b"secret"], [b"secret", b"\xff\x00 old"]))
    key = rnd.choice(secrets + [b"secret"] * 3)
    body = signer.wire(payload)
    headers = [(name.encode(), signature.encode()) for name, signature in sign(payload, key).items()]
    found = Delivery(body, headers, schemes=rnd.choice(SCHEMES), secrets=secrets)
    for change in rnd.choices(CHANGES, k=rnd.choice((0, 1, 1, 2, 4))):
        found = change(rnd, found)
    return replace(found, headers=[(rnd.choice((name, name.lower(), name.upper())), v) for name, v in found.headers])


def sign(payload: dict[str, Any], key: bytes) -> dict[str, str]:
    """The headers of a delivery; keys of this test need not be UTF-8."""
    headers = signer.headers(payload, key.decode("latin-1"))
    if not key.isascii():
        headers.update({name: "0" * 64 for name in headers if name.startswith("X-Signature")})
    return headers


def odd_member(rnd: random.Random, payload: dict[str, Any]) -> None:
    oddities: list[Any] = [
        None,
        True,
        95.0,
        1e-07,
        2**53 + 1,
        1e22,
        "",
        "José 日本 😀",
        "a:b",
        [],
        {},
        {"10": 1, "9": 2},
        {"__proto__": 1},
    ]
    names = (
        "timestamp",
        "created_at",
        "status",
        "webhook_type",
        "session_id",
        "event_id",
        "environment",
        "metadata",
        "__proto__",
        "é",
    )
    payload[rnd.choice(names)] = rnd.choice(oddities)


def with_body(rnd: random.Random, found: Delivery) -> Delivery:
    """Another body under the same headers: often the same content, sometimes not."""
    chance = rnd.random()
    if chance < 0.45:
        try:
            tree = json.loads(found.body)
        except ValueError:
            return found
        return replace(found, body=documents.spelled(rnd, tree).encode("utf-8", "replace"))
    if chance < 0.75:
        return replace(found, body=documents.damaged(rnd, found.body))
    if chance < 0.85:
        return replace(found, body=documents.document(rnd))
    if chance < 0.93:
        return replace(found, body=found.body[:1] + b'"status":"Declined",' + found.body[1:])
    return replace(found, body=found.body + b" " * rnd.randrange(60))


def with_raw_body(rnd: random.Random, found: Delivery) -> Delivery:
    """A document of any kind that the raw signature (and now and then V2) genuinely covers."""
    body = with_body(rnd, found).body
    mac = signer.mac("secret", body).encode()
    names = rnd.choice(((b"X-Signature",), (b"X-Signature", b"X-Signature-V2")))
    kept = [pair for pair in found.headers if pair[0] not in names]
    return replace(found, body=body, headers=kept + [(name, mac) for name in names])


def with_header(rnd: random.Random, found: Delivery) -> Delivery:
    """A header that is missing, damaged, of another time, or there twice."""
    headers = list(found.headers)
    if not headers:
        return found
    at = rnd.randrange(len(headers))
    name, value = headers[at]
    chance = rnd.random()
    if chance < 0.25:
        del headers[at]
    elif chance < 0.45:
        times = [str(NOW + shift) for shift in (0, -300, -301, 300, 301)]
        odd = ["", "0", "01", "+1", "1_0", " 1", "1e9", "-1", "9" * 18, "9" * 19, "١", "1.0"]
        headers = [pair for pair in headers if pair[0] != b"X-Timestamp"] + [
            (b"X-Timestamp", rnd.choice(times * 3 + odd).encode())
        ]
    elif chance < 0.65:
        wrong = [
            value.upper(),
            b"sha256=" + value,
            value[:-1],
            value + b"0",
            value + b",",
            b" " + value,
            value[::-1],
            b"",
            b"\xe9" * 64,
            b"0" * 64,
        ]
        headers[at] = (name, rnd.choice(wrong))
    elif chance < 0.8:
        headers.append((name, rnd.choice((value, value, b"0" * 64, b""))))
    elif chance < 0.9:
        headers[at] = (b"HTTP_" + name.upper().replace(b"-", b"_"), value)
    else:
        headers[at] = (rnd.choice((b"X-Signature", b"X-Signature-V2", b"X-Other", b"")), value)
    return replace(found, headers=headers)


def with_option(rnd: random.Random, found: Delivery) -> Delivery:
    chance = rnd.random()
    if chance < 0.3:
        return replace(found, header_timestamp=rnd.choice(("equal", "ignore")))
    if chance < 0.5:
        return replace(found, max_age=rnd.choice((0, 1, 600, 10**9)), max_future=rnd.choice((0, 300)))
    if chance < 0.65:
        return replace(found, max_body=len(found.body) + rnd.choice((-1, 0, 1)))
    if chance < 0.8 and found.schemes != "simple":
        return replace(found, environments=rnd.choice(("live", "sandbox", "live,sandbox")))
    if chance < 0.9:
        return replace(found, secrets=rnd.choice(([b"other"], [b"secret\n"], [b"Secret", b"secret"])))
    return replace(found, now=NOW + rnd.choice((-301, -300, 300, 301, 10**6)))


CHANGES = [with_body, with_body, with_raw_body, with_header, with_header, with_option]


def may_pass(found: Delivery) -> bool:
    """The rules of verification once more, written from their description and without the library."""
    for scheme in sorted(found.schemes.split(","), reverse=True):  # v2 before raw
        signed_time = authenticated_time(found, scheme)
        if signed_time is not None:
            return fresh(found, scheme, signed_time)
    return False


NOT_A_TIME = -1


def authenticated_time(found: Delivery, scheme: str) -> int | None:
    """The signed time; NOT_A_TIME if there is none; None if the scheme does not vouch for the body."""
    signature = one(found, HEADER[scheme])
    if not signature or not re.fullmatch(rb"[0-9a-f]{64}", signature) or len(found.body) > found.max_body:
        return None
    if uses_header(found, scheme) and header_time(found) is None:
        return None
    try:
        canonical, duplicates = generate.canonicalize(found.body)
    except generate.Refused:
        canonical, duplicates = b"", False
    payload = json.loads(canonical) if canonical and len(canonical) <= found.max_body else None
    message = found.body
    if scheme in ("v2", "simple"):
        if (payload is None and canonical != b"null") or duplicates or len(canonical) > found.max_body:
            return None
        message = canonical
    if scheme == "simple":
        fields = (
            [payload.get(name) for name in ("timestamp", "session_id", "status", "webhook_type")]
            if isinstance(payload, dict)
            else []
        )
        # Only text without a colon, and the number, have one meaning in this message.
        if not fields or any(not isinstance(item, (str, type(None))) or ":" in (item or "") for item in fields[1:]):
            return None
        message = signer.simple_message(payload)
    if not any(same_mac(secret, message, signature) for secret in found.secrets):
        return None
    if not isinstance(payload, dict):
        return NOT_A_TIME
    stamp = payload.get("created_at" if scheme == "v1" else "timestamp")
    return stamp if type(stamp) is int and 0 <= stamp < 10**18 and right_environment(found, payload) else NOT_A_TIME


def fresh(found: Delivery, scheme: str, signed_time: int) -> bool:
    times = [signed_time]
    if uses_header(found, scheme):
        stamp = header_time(found)
        assert stamp is not None
        if found.header_timestamp == "equal" and stamp != signed_time:
            return False
        if found.header_timestamp == "fresh":
            times.append(stamp)
    return signed_time != NOT_A_TIME and all(-found.max_future <= found.now - time <= found.max_age for time in times)


def one(found: Delivery, name: bytes) -> bytes | None:
    """The only value of a header, however it is spelled."""
    spellings = (name, b"http_" + name.replace(b"-", b"_"))
    values = {value for given, value in found.headers if given.lower() in spellings}
    return values.pop() if len(values) == 1 else None


def uses_header(found: Delivery, scheme: str) -> bool:
    return scheme != "v1" and found.header_timestamp != "ignore"


def header_time(found: Delivery) -> int | None:
    stamp = one(found, b"x-timestamp")
    return int(stamp) if stamp and re.fullmatch(rb"0|[1-9][0-9]{0,17}", stamp) else None


def right_environment(found: Delivery, payload: dict[str, Any]) -> bool:
    return not found.environments or payload.get("environment") in found.environments.split(",")


def same_mac(secret: bytes, message: bytes, signature: bytes) -> bool:
    return signer.hmac.new(secret, message, signer.hashlib.sha256).hexdigest().encode() == signature
