"""The texts in deliveries.json that begin with @: times that depend on now, and ids."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Values"]

_TEXT = re.compile(r"@(?:(now|time|date)([+-]\d+)|uuid:(\w+))")


class Values:
    """What stands for the @ texts of one delivery."""

    def __init__(self, now: int, seed: str, members: Mapping[str, Any]) -> None:
        """Take the signed time, what the ids are derived from, and the members that the caller gave."""
        self._now = now
        self._seed = seed
        self._members = members

    def expand(self, value: Any) -> Any:
        """Return a copy of a template in which every @ text is replaced."""
        if isinstance(value, dict):
            return {name: self.expand(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.expand(item) for item in value]
        found = _TEXT.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        kind, offset, name = found.groups()
        return self._id(name) if name else self._time(kind, int(offset))

    def _time(self, kind: str, offset: int) -> int | str:
        if kind == "now":
            return self._now + offset
        now = datetime.fromtimestamp(self._now, UTC)
        if kind == "time":
            return (now + timedelta(seconds=offset)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (now + timedelta(days=offset)).strftime("%Y-%m-%d")

    def _id(self, name: str) -> str:
        given = self._members.get(name)
        if isinstance(given, str):
            return given
        digest = hashlib.sha256(f"{self._seed}:{name}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))
