"""How what is given is put into what is there."""

from __future__ import annotations

from typing import Any, Final, final

__all__ = ["ABSENT", "merge"]


@final
class _Absent:
    """The type of `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show the name."""
        return "ABSENT"


ABSENT: Final = _Absent()
"""As the value of a member: leave the member out. `None` is JSON's null instead."""


def merge(base: Any, change: Any) -> Any:
    """Return `base` with `change` in it; neither is altered.

    Objects merge member by member. An array becomes as long as the one in `change`, whose objects merge with
    those at the same place. Anything else replaces what was there.
    """
    if isinstance(change, dict):
        merged = dict(base) if isinstance(base, dict) else {}
        for name, value in change.items():
            if value is ABSENT:
                merged.pop(name, None)
            else:
                merged[name] = merge(merged.get(name), value)
        return merged
    if isinstance(change, list | tuple):
        before = base if isinstance(base, list) else []
        return [merge(before[at] if at < len(before) else None, value) for at, value in enumerate(change)]
    return change
