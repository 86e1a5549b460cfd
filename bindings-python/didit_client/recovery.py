"""Events that never arrived: find them, and have them sent once more."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _native
from ._native import error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .client import Didit
    from .receiver import Delivery, Receiver

__all__ = ["LostEvent", "lost_events", "replay", "resend"]


@dataclass(frozen=True, slots=True)
class LostEvent:
    """An event of which no attempt was answered with 2xx."""

    event_id: str
    delivery: str
    """The newest of its attempts: the one to resend."""
    destination: str
    webhook_type: str | None
    session_id: str | None
    attempted_at: str | None
    """When the newest attempt was made, as Didit writes it."""
    _read: dict[str, Any] = field(repr=False, compare=False)


def lost_events(
    client: Didit, since: str, *, until: str | None = None, destination: str | None = None
) -> Iterator[LostEvent]:
    """Find the events that never arrived, oldest first for each destination.

    An answer that came after Didit had stopped waiting counts as none; ask a store with `is_done`, too.

    Args:
        client: the API client.
        since: a day in UTC, `YYYY-MM-DD`.
        until: the last day; None: today.
        destination: the id of a webhook destination; None: all of them.
    """
    deliveries = client.webhooks.deliveries
    wanted = [destination] if destination else [str(row.uuid) for row in client.webhooks.destinations.list()]
    for of in wanted:
        rows = [row.to_dict() for row in deliveries.list(of, limit=50, date_from=since, date_to=until)]
        # The list does not say which event an attempt belongs to, so those that may belong together are read.
        wanted_rows = _native.suspect_attempts(json.dumps(rows))
        read = {one: deliveries.retrieve(of, one).to_dict() for one in wanted_rows}
        suspects = [{**row, **read[row["uuid"]]} for row in rows if row.get("uuid") in read]
        for event_id, delivery, kind, session_id, attempted_at in _native.lost_events(json.dumps(suspects)):
            yield LostEvent(event_id, delivery, of, kind, session_id, attempted_at, read[delivery])


def resend(client: Didit, lost: LostEvent) -> None:
    """Let Didit send an event once more, signed anew with the destination's present secret."""
    client.webhooks.deliveries.resend(lost.destination, lost.delivery)


def replay(receiver: Receiver, lost: LostEvent) -> Delivery:
    """Verify the attempt that Didit has kept, as if it came now for the first time, without a request of Didit.

    Its signature is checked as of the time at which it was made. What became of the event decides the claim that
    `receiver.run_here` asks for.

    Raises:
        DiditError: the attempt cannot be verified; after a rotation of the secret let Didit resend it.
    """
    headers, body = lost._read.get("request_header"), lost._read.get("request_body")
    kept = json.loads(headers) if isinstance(headers, str) else headers
    if not isinstance(kept, dict) or not isinstance(body, str):
        raise error("missing_signature")
    names = {str(name).lower(): str(value) for name, value in kept.items()}
    return receiver.authenticate_as_of(body.encode("utf-8", "surrogatepass"), names)
