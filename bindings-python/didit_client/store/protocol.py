"""What every store does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from .. import _native
from .._native import check_limits, default_limits
from ..errors import StoreError
from ..webhook import Verified

__all__ = ["AnyStore", "AsyncStore", "Claim", "Counts", "Store", "event_key"]

_LEASE, _RETENTION = default_limits()
DEFAULT_LEASE: float = _LEASE / 1000
"""Seconds for which a claim holds unless it is renewed."""
DEFAULT_RETENTION: int = _RETENTION
"""Seconds for which an event is remembered."""


AnswerName: TypeAlias = Literal["new", "in_flight", "done"]


class Claim(NamedTuple):
    """What a worker that wants to do an event is told.

    `new`: do it. `in_flight`: another worker is doing it. `done`: it is done.
    """

    namespace: str
    event_id: str
    answer: AnswerName
    token: str = ""
    """Proves who holds the claim; empty unless the answer is `new`."""
    attempts: int = 0
    """How many workers have claimed the event; more than 1 after a failure or a dead worker."""

    def __repr__(self) -> str:
        """Show all but the token."""
        of = f"namespace={self.namespace!r}, event_id={self.event_id!r}"
        return f"Claim({of}, answer={self.answer!r}, attempts={self.attempts})"

    @property
    def key(self) -> str:
        """The text under which every store keeps the event."""
        return _native.store_key(self.namespace, self.event_id)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events are in which state."""

    in_flight: int = 0
    """Being done, their leases running."""
    expired: int = 0
    """Claimed by a worker that died: the lease has ended, and nobody has tried again yet."""
    released: int = 0
    """Failed, and not tried again yet."""
    done: int = 0


@runtime_checkable
class Store(Protocol):
    """A store whose methods return when they are done. All raise `StoreError` where it cannot be used."""

    lease: float
    """Seconds for which a claim holds unless it is renewed: less than the minute to Didit's first retry."""
    retention: int
    """Seconds for which an event is remembered."""

    def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        ...

    def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        ...

    def complete(self, claim: Claim) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it."""
        ...

    def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        ...

    def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done."""
        ...

    def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        ...

    def counts(self) -> Counts:
        """Count the events by their state: for a gauge that is read once a minute."""
        ...


@runtime_checkable
class AsyncStore(Protocol):
    """The same with coroutines."""

    lease: float
    retention: int

    async def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        ...

    async def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        ...

    async def complete(self, claim: Claim) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it."""
        ...

    async def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        ...

    async def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done."""
        ...

    async def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        ...

    async def counts(self) -> Counts:
        """Count the events by their state."""
        ...


AnyStore: TypeAlias = Store | AsyncStore
"""What adapters of asynchronous frameworks take."""


def event_key(verified: Verified) -> str:
    """Return what tells an event from every other.

    That is its `event_id`, or `sha256:` and a hash of the authenticated bytes where older versions have none.
    """
    if not isinstance(verified, Verified):
        raise TypeError(f"what a verifier returned is needed, not {type(verified).__name__}")
    # X-Signature-Simple does not cover the id.
    event_id = verified.event.get("event_id") if verified.covers == "body" else None
    return event_id if isinstance(event_id, str) and event_id else _native.event_key(None, verified.bytes)


def check(lease: float, retention: float, window: int = 0) -> tuple[float, int]:
    """Return lease and retention, or raise `ValueError` if they make no sense."""
    for name, value in (("lease", lease), ("retention", retention)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
            raise ValueError(f"{name} must be a number of seconds, not {value!r}")
    check_limits(max(1, round(lease * 1000)), int(retention), window)
    return float(lease), int(retention)


def milliseconds(lease: float) -> int:
    """Return a lease as the core and the scripts take it."""
    return max(1, round(lease * 1000))


def refuse(client: object, wrong: tuple[type, ...], wanted: str) -> None:
    """Raise `TypeError` now for what would fail at the first delivery: a client of the other kind, or an address."""
    if client is None or isinstance(client, (str, bytes, *wrong)):
        kind = type(client)
        raise TypeError(f"{wanted} is needed, not {kind.__module__}.{kind.__qualname__}")


def missing(package: str, module: str) -> ImportError:
    """Return the error for a driver that is not installed."""
    return ImportError(f"didit_client.store.{module} needs {package}: pip install {package}")


def unavailable(failure: BaseException) -> BaseException:
    """Return the error for a fault of the application's own client, whose words may quote values: they stay out."""
    if isinstance(failure, StoreError):
        return failure
    raised: BaseException = _native.error("store_unavailable")
    raised.add_note(type(failure).__name__)
    return raised
