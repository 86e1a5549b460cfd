"""Processed events in PostgreSQL, on the application's own SQLAlchemy engine."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from ._table import TABLE, Table, claimed, counted, require
from .protocol import DEFAULT_LEASE, DEFAULT_RETENTION, Claim, Counts, missing, refuse, unavailable

try:
    from sqlalchemy import Engine, text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import AsyncEngine
except ImportError as _cause:
    raise missing("sqlalchemy", "sqlalchemy") from _cause

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["AsyncSQLAlchemyStore", "SQLAlchemyStore"]

_FAILURES = (SQLAlchemyError, OSError)


def _prepared(store: Table, engine: Any) -> dict[str, Any]:
    name = engine.dialect.name
    if name != "postgresql":
        raise ValueError(f"the statements are PostgreSQL's, and the engine's database is {name}")
    return {key: text(statement) for key, statement in store._texts.items()}


class SQLAlchemyStore(Table):
    """Events in PostgreSQL: exactly once, where the handler completes in the transaction of its own change.

    Example:
        store = SQLAlchemyStore(engine)
        store.create_table()

        def on_delivery(delivery):
            with Session(engine) as session, session.begin():
                session.get(Account, delivery.event.vendor_data).verified = True
                delivery.complete(session)
    """

    def __init__(
        self,
        engine: Any,
        *,
        lease: float = DEFAULT_LEASE,
        retention: float = DEFAULT_RETENTION,
        table: str = TABLE,
    ) -> None:
        """Use an engine.

        Args:
            engine: an `Engine` for PostgreSQL.
            lease: seconds for which a claim holds unless it is renewed, more than 0 and less than 60.
            retention: seconds for which an event is remembered.
            table: the table's name, perhaps with a schema before it.
        """
        refuse(engine, (AsyncEngine,), "an Engine (for an AsyncEngine there is AsyncSQLAlchemyStore)")
        super().__init__("colon", lease=lease, retention=retention, table=table)
        self._engine = engine
        self._statements = _prepared(self, engine)

    def create_table(self) -> None:
        """Make the table where there is none; or do it in a migration, with the text in `docs/idempotency.md`."""
        with self._connection() as connection:
            connection.execute(self._statements["create"])
            connection.execute(self._statements["index"])

    def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        parameters = self._new(namespace, event_id)
        with self._connection() as connection:
            row = connection.execute(self._statements["claim"], parameters).first()
        return claimed(namespace, event_id, parameters["token"], row)

    def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        return self._change("renew", self._held(claim, lease=True)) == 1

    def complete(self, claim: Claim, connection: Any = None) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it.

        Args:
            claim: the claim.
            connection: the `Connection` or `Session` whose transaction this becomes a part of; None commits at once.
        """
        if connection is None:
            require(self._change("complete", self._held(claim)))
        else:
            require(connection.execute(self._statements["complete"], self._held(claim)).rowcount)

    def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        return self._change("release", self._held(claim)) == 1

    def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done, and committed."""
        with self._connection() as connection:
            row = connection.execute(self._statements["state"], {"key": self._new(namespace, event_id)["key"]}).first()
        return row is not None and row[0] == "done"

    def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        return self._change("purge", {"retention": self.retention})

    def counts(self) -> Counts:
        """Count the events by their state: for a gauge that is read once a minute."""
        with self._connection() as connection:
            return counted(connection.execute(self._statements["counts"]).all())

    def _change(self, name: str, parameters: dict[str, Any]) -> int:
        with self._connection() as connection:
            return int(connection.execute(self._statements[name], parameters).rowcount)

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except _FAILURES as failure:
            raise unavailable(failure) from failure


class AsyncSQLAlchemyStore(Table):
    """`SQLAlchemyStore` on an `AsyncEngine`; `complete` takes an `AsyncConnection` or `AsyncSession`."""

    def __init__(
        self,
        engine: Any,
        *,
        lease: float = DEFAULT_LEASE,
        retention: float = DEFAULT_RETENTION,
        table: str = TABLE,
    ) -> None:
        """Use an engine; the other arguments are those of `SQLAlchemyStore`."""
        refuse(engine, (Engine,), "an AsyncEngine (for an Engine there is SQLAlchemyStore)")
        super().__init__("colon", lease=lease, retention=retention, table=table)
        self._engine = engine
        self._statements = _prepared(self, engine)

    async def create_table(self) -> None:
        """Make the table where there is none."""
        async with self._connection() as connection:
            await connection.execute(self._statements["create"])
            await connection.execute(self._statements["index"])

    async def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        parameters = self._new(namespace, event_id)
        async with self._connection() as connection:
            row = (await connection.execute(self._statements["claim"], parameters)).first()
        return claimed(namespace, event_id, parameters["token"], row)

    async def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        return await self._change("renew", self._held(claim, lease=True)) == 1

    async def complete(self, claim: Claim, connection: Any = None) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it.

        Args:
            claim: the claim.
            connection: what has the transaction that this becomes a part of; None commits at once.
        """
        if connection is None:
            require(await self._change("complete", self._held(claim)))
        else:
            require((await connection.execute(self._statements["complete"], self._held(claim))).rowcount)

    async def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        return await self._change("release", self._held(claim)) == 1

    async def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done, and committed."""
        key = {"key": self._new(namespace, event_id)["key"]}
        async with self._connection() as connection:
            row = (await connection.execute(self._statements["state"], key)).first()
        return row is not None and row[0] == "done"

    async def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        return await self._change("purge", {"retention": self.retention})

    async def counts(self) -> Counts:
        """Count the events by their state."""
        async with self._connection() as connection:
            return counted((await connection.execute(self._statements["counts"])).all())

    async def _change(self, name: str, parameters: dict[str, Any]) -> int:
        async with self._connection() as connection:
            return int((await connection.execute(self._statements[name], parameters)).rowcount)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except _FAILURES as failure:
            raise unavailable(failure) from failure
