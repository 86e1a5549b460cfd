"""Deliveries signed by CPython's json and hmac modules, following the published recipe, not by this package."""

import hashlib
import hmac
import json
from typing import Any, NamedTuple

from vectors import TESTS

SECRET = "a-secret-of-no-real-destination-0123456789"
NOW = 1_790_000_006


def shorten_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shorten_floats(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shorten_floats(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def canonical(payload: Any) -> bytes:
    text = json.dumps(shorten_floats(payload), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def mac(message: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def fixture(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((TESTS / "fixtures" / f"{name}.json").read_bytes())
    return payload


def fixture_names() -> list[str]:
    return sorted(path.stem for path in (TESTS / "fixtures").glob("webhook_*.json") if "legacy" not in path.stem)


class Delivery(NamedTuple):
    """A body in Didit's wire form, and its headers."""

    body: bytes
    headers: dict[str, str]
    payload: Any
    now: int

    @classmethod
    def of(cls, payload: Any, secret: str = SECRET) -> "Delivery":
        body = json.dumps(shorten_floats(payload), sort_keys=True, separators=(",", ":")).encode()
        fields = payload if isinstance(payload, dict) else {}
        simple = ":".join(str(fields.get(name, "")) for name in ("timestamp", "session_id", "status", "webhook_type"))
        now = fields.get("timestamp", NOW)
        headers = {
            "Content-Type": "application/json",
            "X-Signature-V2": mac(canonical(payload), secret),
            "X-Signature": mac(body, secret),
            "X-Signature-Simple": mac(simple.encode(), secret),
            "X-Timestamp": str(now),
        }
        return cls(body, headers, payload, now)

    @classmethod
    def of_fixture(cls, name: str) -> "Delivery":
        return cls.of(fixture(name))
