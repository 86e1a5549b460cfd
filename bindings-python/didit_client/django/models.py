"""What the application keeps: the events that were processed, and what is known of each verification."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connections, models, router, transaction

from .. import guard
from .._native import status as status_facts
from .._native import store_key
from .transactions import writing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from ..webhook import Verified

__all__ = ["ProcessedEvent", "StoredEvent", "Verification", "VerificationManager"]

if not apps.is_installed("didit_client.django"):
    raise ImproperlyConfigured('the models of didit_client.django need "didit_client.django" in INSTALLED_APPS')

DECIDED = ("granted", "denied", "revoked")


class ProcessedEvent(models.Model):
    """An event and its claim. The table is the one that the other stores use, in Python and in Node."""

    class State(models.TextChoices):
        """What has become of the event."""

        CLAIMED = "claimed"
        RELEASED = "released"
        DONE = "done"

    key: models.CharField[str, str] = models.CharField(max_length=255, primary_key=True)
    namespace: models.CharField[str, str] = models.CharField(max_length=100)
    event_id: models.CharField[str, str] = models.CharField("event id", max_length=150)
    state: models.CharField[str, str] = models.CharField(max_length=10, choices=State)
    token: models.CharField[str, str] = models.CharField(max_length=64)
    attempts: models.IntegerField[int, int] = models.IntegerField()
    lease_until: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    updated_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    class Meta:
        """How the table is called."""

        db_table: str = "didit_processed_event"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["updated_at"], name="didit_event_updated_at")]

    def __str__(self) -> str:
        """Show which event it is."""
        return f"{self.event_id} ({self.state})"


class StoredEvent(models.Model):
    """An event that was handed off, until its work is done: whole, with the personal data that is in it."""

    key: models.CharField[str, str] = models.CharField(max_length=255, primary_key=True)
    namespace: models.CharField[str, str] = models.CharField(max_length=100)
    document: models.TextField[str, str] = models.TextField()
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)

    class Meta:
        """How the table is called."""

        db_table: str = "didit_stored_event"

    def __str__(self) -> str:
        """Show which event it is."""
        return self.key


class VerificationManager(models.Manager["Verification"]):
    """Finds verifications."""

    def current(self, vendor_data: str) -> Verification | None:
        """Return the session that counts for a user: the last that was decided, or else the last that began.

        An approval is not undone by a later session that has only begun.
        """
        sessions = self.filter(vendor_data=subject(vendor_data)).order_by("-changed_at", "-signed_at", "-pk")
        return sessions.filter(outcome__in=DECIDED).first() or sessions.first()

    def apply(self, verified: Verified) -> tuple[guard.Applied, Verification | None]:
        """Put an event beside what is known of its session, and keep what is newer; see `didit_client.guard`.

        The row is locked until the transaction ends, so that two workers cannot overwrite each other.
        """
        session_id = verified.event.get("session_id")
        if not isinstance(session_id, str) or not session_id or not fits(session_id):
            return guard.apply(verified, None), None
        using = self._db or router.db_for_write(self.model)
        with self._in_transaction(using):
            rows = self.using(using).select_for_update().filter(session_id=session_id)
            # At most one; first() would have the database sort it.
            row = next(iter(rows), None)
            if row is None:
                applied = guard.apply(verified, None)
                if applied.verification is None:
                    return applied, None
                row = self.model(session_id=session_id)
                try:
                    with transaction.atomic(using=using):
                        row._keep(applied.verification, verified, using)
                except IntegrityError:
                    # Another worker has just learnt of the same session.
                    row = rows.get()
                else:
                    return applied, row
            applied = guard.apply(verified, row.known())
            if applied.verification is not None and applied.verdict in ("newer", "revoked"):
                row._keep(applied.verification, verified, using)
            return applied, row

    def _in_transaction(self, using: str) -> AbstractContextManager[Any]:
        """Return the transaction that is open, or a new one. What fails in it leaves nothing that needs a savepoint."""
        return nullcontext() if connections[using].in_atomic_block else writing(using, self.model)


class Verification(models.Model):
    """What is known of a session. It holds no personal data but `vendor_data`, which is the application's own."""

    session_id: models.CharField[str, str] = models.CharField("session id", max_length=255, unique=True)
    vendor_data: models.CharField[str, str] = models.CharField("vendor data", max_length=255, blank=True)
    """What the application gave Didit when it created the session, usually the id of its user."""
    workflow_id: models.CharField[str, str] = models.CharField("workflow id", max_length=64, blank=True)
    status: models.CharField[str, str] = models.CharField(max_length=255)
    """Exactly as Didit wrote it."""
    outcome: models.CharField[str, str] = models.CharField(max_length=10, db_index=True)
    """What it means for the user's access: granted, denied, pending, retry, revoked, unknown."""
    changed_at: models.BigIntegerField[int, int] = models.BigIntegerField("changed at (Unix seconds)")
    """When the status was set."""
    signed_at: models.BigIntegerField[int, int] = models.BigIntegerField("last signed at (Unix seconds)")
    """The latest signed time of all deliveries that were applied."""
    event_key: models.CharField[str, str] = models.CharField(max_length=150)
    dispatched: models.BooleanField[bool, bool] = models.BooleanField(default=False)
    source: models.CharField[str, str] = models.CharField(max_length=10, default="event")
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)
    updated_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now=True)

    objects: ClassVar[VerificationManager] = VerificationManager()

    class Meta:
        """How the table is called."""

        db_table: str = "didit_verification"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor_data", "changed_at"], name="didit_verification_user")
        ]

    def __str__(self) -> str:
        """Show the session and its status."""
        return f"{self.session_id}: {self.status}"

    def known(self) -> guard.Verification:
        """Return it as the guard takes it."""
        source = cast("Literal['event', 'api']", self.source)
        times = self.changed_at, self.signed_at
        return guard.Verification(self.session_id, self.status, *times, self.event_key, self.dispatched, source)

    def set_status(self, status: str, at: int) -> None:
        """Keep a status that the application itself has set through `sessions.update_status`.

        Args:
            status: the new status.
            at: Unix seconds by Didit's clock, such as the `Date` of its answer. Earlier events change nothing more.
        """
        using = self._state.db or router.db_for_write(type(self), instance=self)
        with writing(using, type(self)):
            row = type(self).objects.using(using).select_for_update().get(pk=self.pk)
            row._told(row.known().with_status(status, at))
            row.save()
        self.refresh_from_db()

    def _told(self, known: guard.Verification) -> None:
        self.status, self.outcome = known.status.replace("\0", "")[:255], status_facts(known.status)[0]
        self.changed_at, self.signed_at = known.changed_at, known.signed_at
        # As the table of events has it: what is too long or odd as its hash.
        self.event_key = store_key("-", known.event_key).removeprefix("-:")
        self.dispatched, self.source = known.dispatched, known.source

    def _keep(self, known: guard.Verification, verified: Verified, using: str) -> None:
        self._told(known)
        event = verified.event
        vendor_data, workflow_id = event.get("vendor_data"), event.get("workflow_id")
        if isinstance(vendor_data, str):
            self.vendor_data = subject(vendor_data)
        if isinstance(workflow_id, str) and fits(workflow_id, 64):
            self.workflow_id = workflow_id
        self.save(using=using)


def subject(vendor_data: str) -> str:
    """Return a user's id as the table holds it: what is too long for the column is kept as its hash."""
    if fits(vendor_data):
        return vendor_data
    return "sha256:" + hashlib.sha256(vendor_data.encode("utf-8", "surrogatepass")).hexdigest()


def fits(text: str, length: int = 255) -> bool:
    """Tell whether a column can hold a text; PostgreSQL refuses the null character."""
    return len(text) <= length and "\0" not in text
