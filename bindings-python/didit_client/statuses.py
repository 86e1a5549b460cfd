"""The statuses of a session: what each means, which are final, and what can follow."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Outcome

__all__ = ["STATUSES", "is_final", "outcome", "transitions"]

STATUSES: tuple[str, ...] = tuple(_native.statuses())
"""The ten statuses that Didit documents."""


def outcome(status: str) -> Outcome:
    """Return what a status means for the user's access; `unknown` for one that is not documented."""
    return _native.status_outcome(status)  # type: ignore[return-value]


def is_final(status: str) -> bool:
    """Tell whether the verification is over. A reviewer can still change it, and an approval can expire."""
    return _native.status_is_final(status)


def transitions(status: str) -> tuple[str, ...]:
    """Return the statuses that can come next; none for one that is not documented."""
    return tuple(_native.status_transitions(status))
