"""The statuses of a session: what each means, which are final, and what can follow."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Outcome

__all__ = ["STATUSES", "is_final", "outcome", "transitions"]

STATUSES: tuple[str, ...] = tuple(_native.statuses())
"""The ten statuses that Didit documents."""


def facts(status: str) -> tuple[str, bool, list[str]]:
    """Return what the core knows of a status."""
    if not isinstance(status, str):
        raise TypeError(f"status must be a str, not {type(status).__name__}")
    return _native.status(status)


def outcome(status: str) -> Outcome:
    """Return what a status means for the user's access; `unknown` for one that is not documented."""
    found: Outcome = facts(status)[0]  # type: ignore[assignment]
    return found


def is_final(status: str) -> bool:
    """Tell whether nothing more happens by itself, except that an approval may run out."""
    return facts(status)[1]


def transitions(status: str) -> tuple[str, ...]:
    """Return the statuses that can come next; none for one that is not documented."""
    return tuple(facts(status)[2])
