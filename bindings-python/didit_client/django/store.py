"""Processed events in the project's own database: an event is done in the transaction of the application's change."""

from __future__ import annotations

import secrets
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import IntegrityError, connections, router, transaction
from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Now

from .. import _native
from ..store._table import require
from ..store.protocol import DEFAULT_LEASE, DEFAULT_RETENTION, Claim, Counts, check
from .transactions import failures, writing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from contextlib import AbstractContextManager

    from .models import ProcessedEvent

__all__ = ["AsyncDjangoStore", "DjangoStore"]

T = TypeVar("T")


class DjangoStore:
    """Events in a database of the project, whichever Django has; the time is the database's.

    `complete` becomes a part of the transaction that is open in its thread. The views of this package complete in the
    transaction in which they call the application, so that an effect and its record are committed together.
    """

    transactional: bool = True

    def __init__(
        self, *, using: str | None = None, lease: float = DEFAULT_LEASE, retention: float = DEFAULT_RETENTION
    ) -> None:
        """Use a database.

        Args:
            using: its alias; None asks the project's routers, which by default name `default`.
            lease: seconds for which a claim holds unless it is renewed, more than 0 and less than 60.
            retention: seconds for which an event is remembered.
        """
        self.lease: float
        self.retention: int
        self.lease, self.retention = check(lease, retention)
        self._using = using

    def __repr__(self) -> str:
        """Show what it is."""
        return f"{type(self).__name__}(using={self._using!r}, lease={self.lease}, retention={self.retention})"

    @property
    def using(self) -> str:
        """The alias of the database."""
        return self._using or router.db_for_write(_model())

    def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        key, token = _native.store_key(namespace, event_id), secrets.token_hex(16)
        with failures(), self._turn():
            self._begin(key, namespace, token)
            state, holder, attempts = self._row(key)
            if holder != token and state != "done":
                # Free, or its worker is dead: one statement, of which one worker's changes the row.
                free = Q(state="released") | Q(state="claimed", lease_until__lte=Now())
                taken = self._rows(key=key).filter(free)
                changes: dict[str, Any] = {"state": "claimed", "token": token, "attempts": F("attempts") + 1}
                if taken.update(**changes, lease_until=self._lease_end(), updated_at=Now()) == 1:
                    state, holder, attempts = self._row(key)
        if holder == token:
            return Claim(namespace, event_id, "new", token, attempts)
        return Claim(namespace, event_id, "done" if state == "done" else "in_flight", attempts=attempts)

    def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        try:
            with failures(), self._turn():
                if not connections[self.using].features.has_select_for_update_skip_locked:
                    return self._renewed(claim)
                with transaction.atomic(using=self.using):
                    # A row that is locked belongs to a transaction that is about to complete: nothing to wait for.
                    return self._held(claim).select_for_update(skip_locked=True).exists() and self._renewed(claim)
        finally:
            # The thread that renews belongs to no request, at whose end Django would do this.
            tidy()

    def complete(self, claim: Claim, connection: Any = None) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it.

        Args:
            claim: the claim.
            connection: `connections[alias]`, or nothing: it is the thread's own connection in any case, and the
                record becomes a part of the transaction that is open on it.
        """
        if connection is not None and getattr(connection, "alias", connection) != self.using:
            raise TypeError(f"the events are in the database {self.using!r}, and no transaction spans two")
        if connection is None:
            with failures(), self._turn():
                changed = self._held(claim).update(state="done", updated_at=Now())
        else:
            changed = self._held(claim).update(state="done", updated_at=Now())
        require(changed)

    def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        with failures(), self._turn():
            return bool(self._held(claim).update(state="released", lease_until=Now(), updated_at=Now()))

    def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done, and committed."""
        with failures():
            return bool(self._rows(key=_native.store_key(namespace, event_id), state="done").exists())

    def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        running = Q(state="claimed", lease_until__gt=Now())
        with failures():
            old = self._rows(updated_at__lte=Now() - timedelta(seconds=self.retention))
            return int(old.exclude(running)._raw_delete(self.using))

    def counts(self) -> Counts:
        """Count the events by their state: for a gauge that is read once a minute."""
        runs = When(state="claimed", lease_until__gt=Now(), then=Value("in_flight"))
        name = Case(runs, When(state="claimed", then=Value("expired")), default=F("state"))
        with failures():
            rows = list(self._rows().values_list(name).annotate(events=Count("pk")).order_by())
        return Counts(**{str(state): int(count) for state, count in rows})

    def _begin(self, key: str, namespace: str, token: str) -> None:
        # A long or odd event_id is stored as its hash, which stands behind the namespace in the key.
        names = {"key": key, "namespace": namespace, "event_id": key.removeprefix(f"{namespace}:")}
        times: dict[str, Any] = {"lease_until": self._lease_end(), "created_at": Now(), "updated_at": Now()}
        row = _model()(**names, state="claimed", token=token, attempts=1, **times)
        if connections[self.using].features.supports_ignore_conflicts:
            _model().objects.using(self.using).bulk_create([row], ignore_conflicts=True)
            return
        try:
            with transaction.atomic(using=self.using):
                row.save(using=self.using, force_insert=True)
        except IntegrityError:
            return

    def _row(self, key: str) -> tuple[str, str, int]:
        rows = self._rows(key=key).values_list("state", "token", "attempts")
        row: tuple[str, str, int] | None = next(iter(rows), None)
        # Purged between two statements: another worker has just done it.
        return row or ("claimed", "", 0)

    def _rows(self, **conditions: Any) -> Any:
        return _model().objects.using(self.using).filter(**conditions)

    def _held(self, claim: Claim) -> Any:
        return self._rows(key=claim.key, token=claim.token, state="claimed")

    def _turn(self) -> AbstractContextManager[Any]:
        """Return a transaction that gets its turn among the writers of SQLite, and nothing for other databases."""
        connection = connections[self.using]
        waits = connection.vendor == "sqlite" and not connection.in_atomic_block
        return writing(self.using, _model()) if waits else nullcontext()

    def _renewed(self, claim: Claim) -> bool:
        return bool(self._held(claim).update(lease_until=self._lease_end(), updated_at=Now()))

    def _lease_end(self) -> Any:
        return Now() + timedelta(seconds=self.lease)


class AsyncDjangoStore:
    """`DjangoStore` for asynchronous views. Its calls run in the thread in which Django runs those of the request."""

    transactional: bool = True

    def __init__(self, store: DjangoStore) -> None:
        """Share a store's settings and events."""
        self._store = store
        self.lease: float = store.lease
        self.retention: int = store.retention
        self.using: str = store.using

    def __repr__(self) -> str:
        """Show what it is."""
        return f"Async{self._store!r}"

    async def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        return await self._call(self._store.claim, namespace, event_id)

    async def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        return await self._call(self._store.renew, claim)

    def complete(self, claim: Claim, connection: Any = None) -> Awaitable[None]:
        """Record that the event is done.

        With a connection this happens at once, in the synchronous function that has the transaction: Django's
        transactions do not work in coroutines. The result can be awaited, but need not be.
        """
        if connection is None:
            return self._call(self._store.complete, claim)
        self._store.complete(claim, connection)
        return Happened()

    async def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        return await self._call(self._store.release, claim)

    async def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done, and committed."""
        return await self._call(self._store.is_done, namespace, event_id)

    async def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        return await self._call(self._store.purge)

    async def counts(self) -> Counts:
        """Count the events by their state."""
        return await self._call(self._store.counts)

    async def _call(self, call: Callable[..., T], *arguments: Any) -> T:
        return await sync_to_async(call, thread_sensitive=True)(*arguments)


class Happened:
    """What can be awaited, and has happened already."""

    def __await__(self) -> Generator[None, None, None]:
        """Wait for nothing."""
        yield from ()


def tidy() -> None:
    """Close the thread's connections that are broken or too old, as Django does before and after a request."""
    for connection in connections.all(initialized_only=True):
        # One with an open transaction is somebody's.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def _model() -> type[ProcessedEvent]:
    # Settings may name this module before the models can be imported.
    from .models import ProcessedEvent

    return ProcessedEvent
