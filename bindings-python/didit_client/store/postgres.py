"""Processed events in PostgreSQL, on the application's own psycopg 3 connections."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ._table import TABLE, Table, claimed, counted, require
from .protocol import DEFAULT_LEASE, DEFAULT_RETENTION, Claim, Counts, missing, refuse, unavailable

try:
    from psycopg import Error
    from psycopg.rows import tuple_row
except ImportError as _cause:
    raise missing("psycopg", "postgres") from _cause

_FAILURES: tuple[type[Exception], ...] = (Error, OSError)
_POOLS: tuple[type, ...] = ()
_ASYNC_POOLS: tuple[type, ...] = ()
with suppress(ImportError):
    # What a pool raises that has no connection to give; psycopg_pool is a package of its own.
    from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

    _FAILURES = (*_FAILURES, PoolClosed, PoolTimeout, TooManyRequests)
    _POOLS, _ASYNC_POOLS = (ConnectionPool,), (AsyncConnectionPool,)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["AsyncPostgresStore", "PostgresStore"]


class PostgresStore(Table):
    """Events in PostgreSQL: exactly once, where the handler completes in the transaction of its own change.

    Example:
        store = PostgresStore(pool)
        store.create_table()

        def on_delivery(delivery):
            with pool.connection() as connection:
                connection.execute("UPDATE account SET verified = true WHERE id = %s", [delivery.event.vendor_data])
                delivery.complete(connection)
    """

    def __init__(
        self,
        pool: Any,
        *,
        lease: float = DEFAULT_LEASE,
        retention: float = DEFAULT_RETENTION,
        table: str = TABLE,
    ) -> None:
        """Use a pool.

        Args:
            pool: `psycopg_pool.ConnectionPool`, or a function that returns a new connection.
            lease: seconds for which a claim holds unless it is renewed, more than 0 and less than 60.
            retention: seconds for which an event is remembered.
            table: the table's name, perhaps with a schema before it.
        """
        refuse(pool, _ASYNC_POOLS, "psycopg_pool.ConnectionPool (for the other there is AsyncPostgresStore)")
        super().__init__("pyformat", lease=lease, retention=retention, table=table)
        self._pool = pool

    def create_table(self) -> None:
        """Make the table where there is none; or do it in a migration, with the text in `docs/idempotency.md`."""
        with self._connection() as connection:
            connection.execute(self._texts["create"])
            connection.execute(self._texts["index"])

    def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        parameters = self._new(namespace, event_id)
        with self._connection() as connection:
            row = connection.execute(self._texts["claim"], parameters).fetchone()
        return claimed(namespace, event_id, parameters["token"], row)

    def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        return self._change("renew", self._held(claim, lease=True)) == 1

    def complete(self, claim: Claim, connection: Any = None) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it.

        Args:
            claim: the claim.
            connection: the connection or cursor whose transaction this becomes a part of; None commits at once.
        """
        if connection is None:
            require(self._change("complete", self._held(claim)))
        else:
            require(connection.execute(self._texts["complete"], self._held(claim)).rowcount)

    def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        return self._change("release", self._held(claim)) == 1

    def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done, and committed."""
        with self._connection() as connection:
            row = connection.execute(self._texts["state"], self._new(namespace, event_id)).fetchone()
        return row is not None and row[0] == "done"

    def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        return self._change("purge", {"retention": self.retention})

    def counts(self) -> Counts:
        """Count the events by their state: for a gauge that is read once a minute."""
        with self._connection() as connection:
            return counted(connection.execute(self._texts["counts"]).fetchall())

    def _change(self, name: str, parameters: dict[str, Any]) -> int:
        with self._connection() as connection:
            return int(connection.execute(self._texts[name], parameters).rowcount)

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        try:
            opened = self._pool.connection() if hasattr(self._pool, "connection") else self._pool()
            # Leaving it commits.
            with opened as connection, connection.cursor(row_factory=tuple_row) as cursor:
                yield cursor
        except _FAILURES as failure:
            raise unavailable(failure) from failure


class AsyncPostgresStore(Table):
    """`PostgresStore` on `psycopg_pool.AsyncConnectionPool`, or on a coroutine function that connects."""

    def __init__(
        self,
        pool: Any,
        *,
        lease: float = DEFAULT_LEASE,
        retention: float = DEFAULT_RETENTION,
        table: str = TABLE,
    ) -> None:
        """Use a pool; the other arguments are those of `PostgresStore`."""
        refuse(pool, _POOLS, "psycopg_pool.AsyncConnectionPool (for the other there is PostgresStore)")
        super().__init__("pyformat", lease=lease, retention=retention, table=table)
        self._pool = pool

    async def create_table(self) -> None:
        """Make the table where there is none."""
        async with self._connection() as connection:
            await connection.execute(self._texts["create"])
            await connection.execute(self._texts["index"])

    async def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        parameters = self._new(namespace, event_id)
        async with self._connection() as connection:
            row = await (await connection.execute(self._texts["claim"], parameters)).fetchone()
        return claimed(namespace, event_id, parameters["token"], row)

    async def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        return await self._change("renew", self._held(claim, lease=True)) == 1

    async def complete(self, claim: Claim, connection: Any = None) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it.

        Args:
            claim: the claim.
            connection: the connection or cursor whose transaction this becomes a part of; None commits at once.
        """
        if connection is None:
            require(await self._change("complete", self._held(claim)))
        else:
            require((await connection.execute(self._texts["complete"], self._held(claim))).rowcount)

    async def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        return await self._change("release", self._held(claim)) == 1

    async def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done, and committed."""
        async with self._connection() as connection:
            row = await (await connection.execute(self._texts["state"], self._new(namespace, event_id))).fetchone()
        return row is not None and row[0] == "done"

    async def purge(self) -> int:
        """Forget what has not changed during the retention, and return how many events those were."""
        return await self._change("purge", {"retention": self.retention})

    async def counts(self) -> Counts:
        """Count the events by their state."""
        async with self._connection() as connection:
            return counted(await (await connection.execute(self._texts["counts"])).fetchall())

    async def _change(self, name: str, parameters: dict[str, Any]) -> int:
        async with self._connection() as connection:
            return int((await connection.execute(self._texts[name], parameters)).rowcount)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            opened = self._pool.connection() if hasattr(self._pool, "connection") else await self._pool()
            async with opened as connection, connection.cursor(row_factory=tuple_row) as cursor:
                yield cursor
        except _FAILURES as failure:
            raise unavailable(failure) from failure
