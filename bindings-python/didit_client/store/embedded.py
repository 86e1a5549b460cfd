"""The stores that are compiled in: memory, and SQLite."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, TypeVar, cast

from .. import _native
from .._native import error
from .protocol import DEFAULT_LEASE, DEFAULT_RETENTION, Claim, Counts, check, milliseconds

if TYPE_CHECKING:
    from .protocol import AnswerName

__all__ = ["MemoryStore", "SQLiteStore"]

T = TypeVar("T")


_files: weakref.WeakSet[SQLiteStore] = weakref.WeakSet()
_paused: list[_native.Store] = []


def _before_fork() -> None:
    stores = [store._native for store in list(_files)]
    for store in stores:
        store.pause()
    _paused.extend(stores)


def _after_fork(*, child: bool) -> None:
    while _paused:
        _paused.pop().resume(child)


if hasattr(os, "register_at_fork"):
    # SQLite cannot be forked in the middle of a call, nor with a file open.
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=lambda: _after_fork(child=False),
        after_in_child=lambda: _after_fork(child=True),
    )


class Embedded:
    """A store of the core. Adapters of event loops call the `try_` methods, which never wait."""

    def __init__(self, path: str | os.PathLike[str] | None, table: str, lease: float, retention: float) -> None:
        """Open the store."""
        self.lease: float
        self.retention: int
        self.lease, self.retention = check(lease, retention)
        self._native = _native.Store(path, table)

    def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        return waited(self.try_claim(namespace, event_id, wait=True))

    def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        return waited(self.try_renew(claim, wait=True))

    def complete(self, claim: Claim) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it."""
        waited(self.try_complete(claim, wait=True))

    def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        return waited(self.try_release(claim, wait=True))

    def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done."""
        return waited(self.try_is_done(namespace, event_id, wait=True))

    def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        return waited(self._native.purge(self.retention, True))

    def counts(self) -> Counts:
        """Count the events by their state: for a gauge that is read once a minute."""
        return Counts(*waited(self._native.counts(True)))

    def try_claim(self, namespace: str, event_id: str, *, wait: bool = False) -> Claim | None:
        """Claim, or return None where another process is writing."""
        found = self._native.claim(namespace, event_id, milliseconds(self.lease), wait)
        if found is None:
            return None
        answer, token, attempts = found
        return Claim(namespace, event_id, cast("AnswerName", answer), token or "", attempts)

    def try_renew(self, claim: Claim, *, wait: bool = False) -> bool | None:
        """Renew, or return None where another process is writing."""
        lease = milliseconds(self.lease)
        return self._native.renew(claim.namespace, claim.event_id, claim.token, lease, wait)

    def try_complete(self, claim: Claim, *, wait: bool = False) -> bool | None:
        """Complete, or return None where another process is writing."""
        return self._native.complete(claim.namespace, claim.event_id, claim.token, wait)

    def try_release(self, claim: Claim, *, wait: bool = False) -> bool | None:
        """Release, or return None where another process is writing."""
        return self._native.release(claim.namespace, claim.event_id, claim.token, wait)

    def try_is_done(self, namespace: str, event_id: str, *, wait: bool = False) -> bool | None:
        """Tell whether the event is done, or return None where another process is writing."""
        return self._native.is_done(namespace, event_id, wait)


def waited(result: T | None) -> T:
    """Return what a call said that was ready to wait."""
    if result is None:
        raise error("store_unavailable")
    return result


class MemoryStore(Embedded):
    """Events in the memory of this process: for tests. A restart forgets them, and no other worker sees them."""

    def __init__(self, *, lease: float = DEFAULT_LEASE, retention: float = DEFAULT_RETENTION) -> None:
        """Make an empty store.

        Args:
            lease: seconds for which a claim holds unless it is renewed, more than 0 and less than 60.
            retention: seconds for which an event is remembered.

        Raises:
            ValueError: a time that makes no sense.
        """
        super().__init__(None, "", lease, retention)

    def __repr__(self) -> str:
        """Show what it is."""
        return f"MemoryStore(lease={self.lease}, retention={self.retention})"


class SQLiteStore(Embedded):
    """Events in an SQLite file, for all threads and processes of one machine. Not for network file systems."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        lease: float = DEFAULT_LEASE,
        retention: float = DEFAULT_RETENTION,
        table: str = "didit_processed_event",
    ) -> None:
        """Open the file, which is made where there is none.

        Args:
            path: the file; two more come to lie beside it, ending in `-wal` and `-shm`.
            lease: seconds for which a claim holds unless it is renewed, more than 0 and less than 60.
            retention: seconds for which an event is remembered.
            table: the table's name.

        Raises:
            StoreError: `store_unavailable`: the file cannot be used.
            ValueError: a time or name that makes no sense.
        """
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"path must be the file's, a str or os.PathLike, not {type(path).__name__}")
        self._path = str(path)
        super().__init__(path, table, lease, retention)
        _files.add(self)

    def __repr__(self) -> str:
        """Show what it is."""
        return f"SQLiteStore({self._path!r}, lease={self.lease}, retention={self.retention})"
