"""Is this event news? Deliveries arrive late and out of order; the guard keeps them from undoing what is newer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from . import _native
from .events import DataUpdated, StatusUpdated
from .store.protocol import event_key
from .webhook import Verified

if TYPE_CHECKING:
    from .types import Outcome

__all__ = ["Applied", "Verdict", "Verification", "apply"]

Verdict: TypeAlias = Literal["newer", "revoked", "stale", "duplicate", "other_session", "unrelated"]
"""What an event is, beside what is known."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What is known of a verification: for a row of the application's own. It holds no personal data."""

    session_id: str
    """The session that counts at present."""
    status: str
    """Its status, exactly as Didit wrote it."""
    changed_at: int
    """When the status was set, in Unix seconds: the event's `created_at`, or the time of the `update-status`."""
    signed_at: int
    """The latest signed time of all deliveries that were applied, in Unix seconds."""
    event_key: str
    """The event that was applied last: its id, or what stands in for it."""
    dispatched: bool = False
    """Whether `changed_at` is only the time of the delivery, because the event carried no `created_at`."""
    source: Literal["event", "api"] = "event"
    """Who set the status: an event, or the application through `update-status`."""

    @property
    def outcome(self) -> Outcome:
        """What the status means for the user's access."""
        return cast("Outcome", _native.status(self.status)[0])

    def with_status(self, status: str, at: int) -> Verification:
        """Return what is known after an `update-status` of the application.

        Args:
            status: the new status.
            at: Unix seconds by Didit's clock, such as the `Date` of its answer. Earlier events change nothing more.
        """
        return _told(_native.set_status(_known(self), status, at))


@dataclass(frozen=True, slots=True)
class Applied:
    """A verdict, and what is known after it."""

    verdict: Verdict
    verification: Verification | None
    """What to keep; it is new where the verdict is `newer` or `revoked`."""
    changed: bool
    """Whether status or session differ from what was known."""
    later: bool
    """Whether the event is later than what is known; also for another session."""


def apply(verified: Verified, current: Verification | None) -> Applied:
    """Put an event beside what is known of its user or session.

    `newer`: act on it, and keep `verification`. `revoked`: the same, and an approval no longer holds (`Kyc Expired`).
    `stale`: something later is known, a decision or a status that the application set. `duplicate`: it was applied
    last. `other_session`: it is about another session than the one that is known; to follow that one, apply the event
    to None. `unrelated`: it is not about a session.

    Args:
        verified: what a verifier returned.
        current: what is known, or None.
    """
    if not isinstance(verified, Verified):
        raise TypeError(f"what a verifier returned is needed, not {type(verified).__name__}")
    known = None if current is None else _known(current)
    verdict, told, changed, later = _native.apply_event(_news(verified), known)
    return Applied(cast("Verdict", verdict), None if told is None else _told(told), changed, later)


def _news(verified: Verified) -> tuple[str, str, int | None, int, str] | None:
    event = verified.event
    if not isinstance(event, StatusUpdated | DataUpdated):
        return None
    session_id, status = event.session_id, event.status
    if not isinstance(session_id, str) or not isinstance(status, str) or not session_id or not status:
        return None
    # X-Signature-Simple does not cover it.
    created_at = event.get("created_at") if verified.covers == "body" else None
    whole = isinstance(created_at, int) and not isinstance(created_at, bool) and abs(created_at) < 2**53
    return session_id, status, created_at if whole else None, verified.signed_at, event_key(verified)


def _known(known: Verification) -> tuple[str, str, int, bool, int, bool, str]:
    by_api = known.source == "api"
    session = known.session_id, known.status, known.changed_at
    return (*session, known.dispatched, known.signed_at, by_api, known.event_key)


def _told(told: tuple[str, str, int, bool, int, bool, str]) -> Verification:
    session_id, status, changed_at, dispatched, signed_at, by_api, key = told
    return Verification(session_id, status, changed_at, signed_at, key, dispatched, "api" if by_api else "event")
