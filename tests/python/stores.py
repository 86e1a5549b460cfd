"""Every store behind one synchronous face, so that one suite can test them all."""

import asyncio
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import databases

NAMES = [
    "memory",
    "sqlite",
    "redis",
    "redis-async",
    "rediscluster",
    "rediscluster-async",
    "postgres",
    "postgres-async",
    "sqlalchemy",
    "sqlalchemy-async",
    "django",
    "djangosqlite",
]
TRANSACTIONAL = [name for name in NAMES if name.startswith(("postgres", "sqlalchemy"))]
# All of these have their events in one table of one server.
POSTGRES = [*TRANSACTIONAL, "django"]


UNTESTED: set[str] = set()
ALIASES = itertools.count()


class Servers:
    """The servers of this run, each started when it is first asked for."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._urls: dict[str, str | databases.Missing] = {}

    def url(self, name: str) -> str:
        if name not in self._urls:
            try:
                self._urls[name] = self._stack.enter_context(getattr(databases, name)())
            except databases.Missing as missing:
                self._urls[name] = missing
        url = self._urls[name]
        if isinstance(url, str):
            return url
        message = f"NOT TESTED, FOR WANT OF A SERVER: {name}: {url}"
        if os.environ.get("CI"):
            pytest.fail(message)
        UNTESTED.add(message)
        pytest.skip(message)

    def close(self) -> None:
        self._stack.close()


class Blocking:
    """An asynchronous store as a synchronous one: its coroutines run on a loop in a thread of their own."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.store, self._close = self.run(make())

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.store, name)
        return (lambda *arguments: self.run(value(*arguments))) if callable(value) else value

    def close(self) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def open_store(name: str, servers: Servers, folder: Path, **times: float) -> Iterator[Any]:
    """Open a store; the events of earlier tests are still in those on servers."""
    kind, _, asynchronous = name.partition("-")
    with ExitStack() as stack:
        if kind in ("memory", "sqlite"):
            from didit_client.store import MemoryStore, SQLiteStore

            yield MemoryStore(**times) if kind == "memory" else SQLiteStore(folder / "events.db", **times)
        elif kind in ("django", "djangosqlite"):
            sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "django.db")}
            store, close = django_store(sqlite if kind == "djangosqlite" else servers.url("postgres"), times)
            stack.callback(close)
            yield store
        elif asynchronous:
            blocking = Blocking(lambda: ASYNC[kind](servers.url(SERVER.get(kind, "postgres")), times))
            stack.callback(blocking.close)
            yield blocking
        else:
            store, close = SYNC[kind](servers.url(SERVER.get(kind, "postgres")), times)
            stack.callback(close)
            yield store


def sync_redis(url: str, times: dict[str, Any]) -> Any:
    import redis

    from didit_client.store.redis import RedisStore

    client = redis.Redis.from_url(url, socket_timeout=5)
    return RedisStore(client, **times), client.close


def sync_cluster(url: str, times: dict[str, Any]) -> Any:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    from didit_client.store.redis import RedisStore

    client = redis.RedisCluster.from_url(url, socket_timeout=5, retry=Retry(NoBackoff(), 3))
    return RedisStore(client, **times), client.close


def sync_postgres(url: str, times: dict[str, Any]) -> Any:
    from psycopg_pool import ConnectionPool

    from didit_client.store.postgres import PostgresStore

    pool = ConnectionPool(url, min_size=1, max_size=8, open=True)
    store = PostgresStore(pool, **times)
    store.create_table()
    return store, pool.close


def sync_sqlalchemy(url: str, times: dict[str, Any]) -> Any:
    import sqlalchemy

    from didit_client.store.sqlalchemy import SQLAlchemyStore

    engine = sqlalchemy.create_engine(url.replace("postgresql", "postgresql+psycopg"))
    store = SQLAlchemyStore(engine, **times)
    store.create_table()
    return store, engine.dispose


def django_store(database: Any, times: dict[str, Any]) -> Any:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from didit_client.django.store import DjangoStore

    class ClosingStore(DjangoStore):
        """Leaves no connection open in a thread that ends."""

    def closing(name: str) -> Any:
        def method(self: Any, *arguments: Any) -> Any:
            try:
                return getattr(DjangoStore, name)(self, *arguments)
            finally:
                connection = connections[self.using]
                if not connection.in_atomic_block:
                    connection.close()

        return method

    for name in ("claim", "renew", "complete", "release", "is_done", "purge", "counts"):
        setattr(ClosingStore, name, closing(name))
    alias = f"tests{next(ALIASES)}"
    given = database if isinstance(database, dict) else django_database(database)
    connections.settings[alias] = {**connections.settings["default"], "ATOMIC_REQUESTS": False, **given}
    call_command("migrate", "didit", database=alias, verbosity=0)
    connections[alias].close()
    return ClosingStore(using=alias, **times), connections[alias].close


def django_database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    place = {"HOST": parts.hostname, "PORT": parts.port, "USER": parts.username, "NAME": parts.path.lstrip("/")}
    return {"ENGINE": "django.db.backends.postgresql", **place}


async def async_redis(url: str, times: dict[str, Any]) -> Any:
    import redis.asyncio

    from didit_client.store.redis import AsyncRedisStore

    client = redis.asyncio.Redis.from_url(url, socket_timeout=5)
    return AsyncRedisStore(client, **times), client.aclose


async def async_cluster(url: str, times: dict[str, Any]) -> Any:
    import redis.asyncio
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    from didit_client.store.redis import AsyncRedisStore

    client = redis.asyncio.RedisCluster.from_url(url, socket_timeout=5, retry=Retry(NoBackoff(), 3))
    store = AsyncRedisStore(client, **times)
    # While several first calls ask for the nodes, redis-py closes the connections of some.
    await client.initialize()
    return store, client.aclose


async def async_postgres(url: str, times: dict[str, Any]) -> Any:
    from psycopg_pool import AsyncConnectionPool

    from didit_client.store.postgres import AsyncPostgresStore

    pool = AsyncConnectionPool(url, min_size=1, max_size=8, open=False)
    await pool.open()
    store = AsyncPostgresStore(pool, **times)
    await store.create_table()
    return store, pool.close


async def async_sqlalchemy(url: str, times: dict[str, Any]) -> Any:
    from sqlalchemy.ext.asyncio import create_async_engine

    from didit_client.store.sqlalchemy import AsyncSQLAlchemyStore

    engine = create_async_engine(url.replace("postgresql", "postgresql+psycopg"))
    store = AsyncSQLAlchemyStore(engine, **times)
    await store.create_table()
    return store, engine.dispose


SYNC = {
    "redis": sync_redis,
    "rediscluster": sync_cluster,
    "postgres": sync_postgres,
    "sqlalchemy": sync_sqlalchemy,
}
ASYNC = {
    "redis": async_redis,
    "rediscluster": async_cluster,
    "postgres": async_postgres,
    "sqlalchemy": async_sqlalchemy,
}
SERVER = {"redis": "redis", "rediscluster": "cluster"}
