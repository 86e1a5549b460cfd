"""Was this event done already? Stores of processed events.

    MemoryStore                                for tests
    SQLiteStore                                one machine; needs nothing but a file
    redis.RedisStore, redis.AsyncRedisStore    on the application's redis-py client
    postgres.PostgresStore, postgres.AsyncPostgresStore          on the application's psycopg pool
    sqlalchemy.SQLAlchemyStore, sqlalchemy.AsyncSQLAlchemyStore  on the application's engine

`docs/idempotency.md` says what each of them guarantees.
"""

from __future__ import annotations

from .embedded import MemoryStore, SQLiteStore
from .protocol import AnyStore, AsyncStore, Claim, Counts, Store, event_key

__all__ = [
    "AnyStore",
    "AsyncStore",
    "Claim",
    "Counts",
    "MemoryStore",
    "SQLiteStore",
    "Store",
    "event_key",
]
