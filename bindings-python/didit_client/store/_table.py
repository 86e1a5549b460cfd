"""The one table, as every driver of PostgreSQL uses it. The statements are the core's."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, cast

from .. import _native
from .._native import error, store_statements
from .protocol import Claim, Counts, check, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .protocol import AnswerName

TABLE = "didit_processed_event"


class Table:
    """The statements, their parameters, and what the rows mean."""

    transactional = True

    def __init__(self, placeholders: str, *, lease: float, retention: float, table: str) -> None:
        """Prepare the statements for one driver."""
        self.lease: float
        self.retention: int
        self.lease, self.retention = check(lease, retention)
        self._table = table
        self._texts = {name: text for name, text, _ in store_statements(placeholders, table)}

    def __repr__(self) -> str:
        """Show what it is."""
        return f"{type(self).__name__}(lease={self.lease}, retention={self.retention}, table={self._table!r})"

    def _new(self, namespace: str, event_id: str) -> dict[str, Any]:
        key = _native.store_key(namespace, event_id)
        # A long or odd event_id is stored as its hash, which stands behind the namespace in the key.
        stored = key.removeprefix(f"{namespace}:")
        parameters = {"key": key, "namespace": namespace, "event_id": stored, "token": secrets.token_hex(16)}
        return {**parameters, "lease": milliseconds(self.lease)}

    def _held(self, claim: Claim, *, lease: bool = False) -> dict[str, Any]:
        parameters: dict[str, Any] = {"key": claim.key, "token": claim.token}
        return {**parameters, "lease": milliseconds(self.lease)} if lease else parameters


def claimed(namespace: str, event_id: str, token: str, row: Any) -> Claim:
    """Read the row that the claim gave; none is an event that another transaction has just begun."""
    state, attempts = ("claimed", 0) if row is None else (row[0], row[1])
    name = {"new": "new", "done": "done"}.get(state, "in_flight")
    return Claim(namespace, event_id, cast("AnswerName", name), token if name == "new" else "", attempts)


def require(changed: int) -> None:
    """Raise unless the claim was still held."""
    if changed != 1:
        raise error("claim_lost")


def counted(rows: Iterable[Any]) -> Counts:
    """Read the rows of the counts."""
    return Counts(**{row[0]: int(row[1]) for row in rows})
