"""A delivery, and what can go wrong with one on its way."""

from __future__ import annotations

import json
from typing import Any

from didit_client.webhook import sign

from .merge import merge
from .wire import wire

__all__ = ["Delivery"]

_SIGNATURES = ("X-Signature-V2", "X-Signature", "X-Signature-Simple")
_HEADERS = ("Content-Type", *_SIGNATURES, "X-Timestamp")


class Delivery:
    """The body and headers of a delivery. The methods return another one; none changes the delivery itself."""

    __slots__ = ("_secret", "body", "headers")

    body: bytes
    """The body, byte for byte as Didit would send it."""
    headers: dict[str, str]
    """The headers: Content-Type, the three signatures and X-Timestamp."""

    def __init__(self, body: bytes, headers: dict[str, str], secret: str | bytes) -> None:
        """Hold what `delivery` built; `secret` is for the methods that sign again."""
        self.body = body
        self.headers = headers
        self._secret = secret

    @classmethod
    def sign(cls, payload: dict[str, Any], secret: str | bytes) -> Delivery:
        """Put a payload of your own into wire form and sign it."""
        body = wire(payload)
        return cls(body, sign(body, secret), secret)

    @property
    def payload(self) -> dict[str, Any]:
        """What the body says; every time a new copy, which is the caller's own."""
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    @property
    def event_id(self) -> str:
        """The event's id, on which an application deduplicates; empty if the payload has none."""
        return str(self.payload.get("event_id", ""))

    @property
    def signed_at(self) -> int:
        """The signed time, in Unix seconds: the `now` for a verifier in a test with a fixed time."""
        return int(self.payload["timestamp"])

    def changed(self, **members: Any) -> Delivery:
        """Replace, add or, with `ABSENT`, remove members, and sign again: genuine, with other content.

        This also makes what `delivery` refuses: statuses that Didit may add one day, and unknown members.
        """
        return Delivery.sign(merge(self._without(members), members), self._secret)

    def tampered(self, **members: Any) -> Delivery:
        """Change members, by default `vendor_data`, after the delivery was signed: `signature_mismatch`."""
        changes = members or {"vendor_data": "somebody-else"}
        return Delivery(wire(merge(self._without(changes), changes)), dict(self.headers), self._secret)

    def signed_with(self, secret: str | bytes) -> Delivery:
        """Sign with another secret, as another destination or a forger would: `signature_mismatch`."""
        return Delivery(self.body, sign(self.body, secret), secret)

    def unsigned(self) -> Delivery:
        """Leave out all three signatures: `missing_signature`."""
        return self.without(*_SIGNATURES)

    def without(self, *headers: str) -> Delivery:
        """Leave out headers; without X-Timestamp it is `missing_timestamp`.

        Raises:
            ValueError: a name that no delivery has.
        """
        dropped = {name.lower() for name in headers}
        known = {name.lower() for name in (*_HEADERS, *self.headers)}
        for name in headers:
            if name.lower() not in known:
                raise ValueError(f"a delivery has no header {name!r}; it has {', '.join(_HEADERS)}")
        kept = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        return Delivery(self.body, kept, self._secret)

    def stale(self, seconds: int = 3600) -> Delivery:
        """Sign that many seconds earlier: genuine once, `timestamp_too_old` now."""
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            raise TypeError(f"seconds must be an int, not {type(seconds).__name__}")
        times = {name: self.payload[name] - seconds for name in ("timestamp", "created_at") if name in self.payload}
        return self.changed(**times)

    def early(self, seconds: int = 3600) -> Delivery:
        """Sign that many seconds later, as if the clocks disagreed: `timestamp_in_future`."""
        if not isinstance(seconds, int):
            raise TypeError(f"seconds must be an int, not {type(seconds).__name__}")
        return self.stale(-seconds)

    def replayed(self, seconds: int = 3600) -> Delivery:
        """Repeat what was signed that many seconds ago under a new X-Timestamp: `timestamp_too_old`.

        No signature covers the header, so an application that judges by it alone accepts this one.
        """
        old = self.stale(seconds)
        return Delivery(old.body, old.headers | {"X-Timestamp": self.headers["X-Timestamp"]}, self._secret)

    def reencoded(self) -> Delivery:
        """Write the same JSON in another way, as proxies do: genuine under V2, `signature_mismatch` under raw."""
        body = json.dumps(self.payload, indent=2, ensure_ascii=False).encode()
        return Delivery(body, dict(self.headers), self._secret)

    def _without(self, members: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in self.payload.items() if name not in members}

    def __repr__(self) -> str:
        """Show what tells deliveries apart; no secret, signature or personal data."""
        try:
            payload = self.payload
        except ValueError:
            payload = {}
        shown = ("webhook_type", "event_id", "status")
        return f"Delivery({', '.join(f'{name}={payload[name]!r}' for name in shown if name in payload)})"
