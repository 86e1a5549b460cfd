"""A durable hand-off: events are stored in the project's database, and `manage.py didit_recover` does them.

    DIDIT = {..., "HAND_OFF": "didit_client.django.hand_off.store_event"}

The row and the record that the event was accepted are committed together, before 202 is answered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .. import _native
from ..receiver import Delivery
from ..store.protocol import Claim
from ..webhook import Verified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..receiver import Answer
    from .models import StoredEvent
    from .receiver import DjangoReceiver

__all__ = ["store_event", "stored_events", "work_off"]


def store_event(delivery: Delivery) -> None:
    """Store an event until its work has been done."""
    from .models import StoredEvent

    receiver: Any = delivery.receiver
    claim = Claim(receiver.namespace, delivery.key, "new")
    row = StoredEvent(key=claim.key, namespace=receiver.namespace, document=document_of(delivery.verified))
    row.save(using=receiver.using)


def stored_events(receiver: DjangoReceiver) -> Iterator[StoredEvent]:
    """Find the events of a route that wait for their work, oldest first."""
    from .models import StoredEvent

    rows = StoredEvent.objects.using(receiver.using).filter(namespace=receiver.namespace)
    # One by one: the work may end with its connection closed, and each row can be large.
    for key in list(rows.order_by("created_at", "key").values_list("key", flat=True)):
        row = rows.filter(key=key).first()
        if row is not None:
            yield row


def work_off(view: Any, row: StoredEvent) -> Answer:
    """Do a stored event as the view does events, once, and forget the row when it is done."""
    receiver: DjangoReceiver = view.didit
    delivery = Delivery(receiver.worker(), verified_of(row.document))
    answer: Answer = view.replay(delivery)
    if answer.name in ("done", "duplicate"):
        row.delete(using=receiver.using)
    return answer


def document_of(verified: Verified) -> str:
    """Write a verdict and its event as JSON."""
    payload, scheme, covers, secret_index, signed_at, _ = verified._verdict
    pickled: Any = payload.__reduce__()
    body, of_scheme = pickled[1]
    facts = {"scheme": scheme, "covers": covers, "secret_index": secret_index, "signed_at": signed_at}
    texts = {"body": body.decode(), "authenticated": verified.bytes.decode(), "of_scheme": of_scheme}
    return json.dumps({**facts, **texts})


def verified_of(document: str) -> Verified:
    """Read it again. It is as trustworthy as the database."""
    kept = json.loads(document)
    payload = _native.restore_payload(kept["body"].encode(), kept["of_scheme"])
    facts = kept["scheme"], kept["covers"], kept["secret_index"], kept["signed_at"]
    return Verified((payload, *facts, kept["authenticated"].encode()))
