"""Signs deliveries as Didit documents it, with CPython's json and hmac modules only.

Nothing here comes from didit-client: the demo and the parity test check the library against an independent hand.
"""

import hashlib
import hmac
import json
from typing import Any


def shorten_floats(data: Any) -> Any:
    """Whole-valued floats become ints, as in the Python sample of Didit's guide."""
    if isinstance(data, dict):
        return {key: shorten_floats(value) for key, value in data.items()}
    if isinstance(data, list):
        return [shorten_floats(value) for value in data]
    if isinstance(data, float) and data.is_integer():
        return int(data)
    return data


def wire(payload: Any) -> bytes:
    """The bytes that Didit sends: sorted, compact, shortened, everything outside ASCII escaped."""
    return json.dumps(shorten_floats(payload), sort_keys=True, separators=(",", ":")).encode()


def canonical(payload: Any) -> bytes:
    """The bytes that X-Signature-V2 covers: the wire form with Unicode preserved."""
    text = json.dumps(shorten_floats(payload), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def simple_message(payload: dict[str, Any]) -> bytes:
    """The four fields that X-Signature-Simple covers."""
    fields = ("timestamp", "session_id", "status", "webhook_type")
    return ":".join("" if payload.get(field) is None else str(payload[field]) for field in fields).encode()


def mac(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def headers(payload: dict[str, Any], secret: str) -> dict[str, str]:
    """All that Didit sends along with the wire form of a payload."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "DiditWebhook/2.0 +https://didit.me",
        "X-Signature-V2": mac(secret, canonical(payload)),
        "X-Signature": mac(secret, wire(payload)),
        "X-Signature-Simple": mac(secret, simple_message(payload)),
        "X-Timestamp": str(payload["timestamp"]),
    }
