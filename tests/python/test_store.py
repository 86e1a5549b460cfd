"""One suite for every store. The cases are in tests/vectors/store.json; the Node package runs the same ones."""

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from didit_client import StoreError, Verifier, sign
from didit_client.store import Claim, Counts, MemoryStore, SQLiteStore, Store, event_key
from didit_client.store.protocol import AsyncStore
from stores import NAMES, POSTGRES, TRANSACTIONAL, Blocking, Servers, open_store
from vectors import load

SUITE = load("store.json")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(name: str, servers: Servers, tmp_path: Path) -> Iterator[Any]:
    yield from open_store(name, servers, tmp_path)


@pytest.fixture
def short(name: str, servers: Servers, tmp_path: Path) -> Iterator[Any]:
    """A store whose leases end at once."""
    yield from open_store(name, servers, tmp_path, lease=0.001)


def fresh() -> str:
    return str(uuid.uuid4())


def expired(claim: Any) -> Any:
    """Claim until the lease that runs, which is as short as can be, has ended."""
    while (taken := claim()).answer == "in_flight":
        time.sleep(0.002)
    return taken


@pytest.mark.parametrize("case", SUITE["cases"], ids=[case["name"] for case in SUITE["cases"]])
def test_case(case: dict[str, Any], name: str, servers: Servers, tmp_path: Path) -> None:
    """A worker whose lease is to expire has the shortest one; the store behind it is the same."""
    mortal = {who for method, who, _ in case["steps"] if method == "expire"}
    event, claims = fresh(), dict[str, Claim]()
    with_store = open_store(name, servers, tmp_path)
    store = next(with_store)
    own = getattr(store, "store", store)
    try:
        for method, who, expected in case["steps"]:
            said: Any
            if method == "claim":
                own.lease = 0.001 if who in mortal and who not in claims else 30
                claims[who] = store.claim("suite", event)
                own.lease = 30
                said = claims[who].answer
            elif method == "expire":
                time.sleep(0.02)
                said = None
            elif method == "attempts":
                said = claims[who].attempts
            elif method == "is_done":
                said = store.is_done("suite", event)
            elif method == "complete":
                try:
                    store.complete(claims[who])
                    said = "ok"
                except StoreError as error:
                    said = error.code
            else:
                said = getattr(store, method)(claims[who])
            assert said == expected, (method, who)
    finally:
        with_store.close()


@pytest.mark.parametrize(
    "row", SUITE["keys"], ids=[f"{row['namespace']!r} {row['event_id']!r}" for row in SUITE["keys"]]
)
def test_keys(row: dict[str, Any], store: Any) -> None:
    if row.get("error"):
        with pytest.raises(ValueError, match="namespace"):
            store.claim(row["namespace"], row["event_id"])
        return
    claim = store.claim(row["namespace"], row["event_id"])
    assert claim.key == row["key"]
    if claim.answer == "new":
        store.complete(claim)
    assert store.is_done(row["namespace"], row["event_id"])


def test_namespaces_do_not_share_events(store: Any) -> None:
    event = fresh()
    store.complete(store.claim("orders", event))
    assert store.claim("accounts", event).answer == "new"
    assert store.claim("orders", event).answer == "done"


def test_one_of_many_threads_gets_the_event(store: Any) -> None:
    event, answers, start = fresh(), list[str](), threading.Barrier(8)

    def claim() -> None:
        start.wait()
        answers.append(store.claim("race", event).answer)

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["in_flight"] * 7 + ["new"]


def test_a_token_proves_the_claim_and_is_not_shown(store: Any) -> None:
    claim = store.claim("suite", fresh())
    assert len(claim.token) >= 32 or isinstance(store, MemoryStore)
    assert claim.token not in repr(claim)
    forged = Claim(claim.namespace, claim.event_id, "new", "0" * 31 + "f")
    with pytest.raises(StoreError) as caught:
        store.complete(forged)
    assert caught.value.code == "claim_lost"
    assert not store.release(forged)
    assert not store.renew(forged)
    store.complete(claim)


def test_counts(store: Any, name: str) -> None:
    before = store.counts()
    store.complete(store.claim("counted", fresh()))
    store.claim("counted", fresh())
    store.release(store.claim("counted", fresh()))
    after = store.counts()
    # What other tests left in flight may expire meanwhile.
    held = [counts.in_flight + counts.expired for counts in (before, after)]
    assert isinstance(after, Counts)
    assert (after.done - before.done, held[1] - held[0], after.released - before.released) == (1, 1, 1)
    assert after.in_flight > 0


def test_expired_claims_are_counted(short: Any) -> None:
    before = short.counts().expired
    event = fresh()
    short.claim("counted", event)
    time.sleep(0.02)
    assert short.counts().expired == before + 1
    expired(lambda: short.claim("counted", event))


def test_purge_forgets_what_is_old_and_not_running(name: str, servers: Servers, tmp_path: Path) -> None:
    with_store = open_store(name, servers, tmp_path, retention=1)
    store = next(with_store)
    done, running = fresh(), fresh()
    store.complete(store.claim("purged", done))
    claim = store.claim("purged", running)
    store.purge()
    assert store.is_done("purged", done), "too early"
    deadline = time.monotonic() + 30
    while store.is_done("purged", done):
        # Redis forgets by itself, the others when they are told to.
        store.purge()
        time.sleep(0.1)
        assert time.monotonic() < deadline
        if not name.startswith("redis"):
            assert store.claim("purged", running).answer == "in_flight"
    assert store.claim("purged", done).answer == "new"
    store.release(claim)
    with_store.close()


def test_times_that_make_no_sense(name: str, servers: Servers, tmp_path: Path) -> None:
    for times in ({"lease": 60}, {"lease": 0}, {"lease": -1}, {"lease": True}, {"retention": 0}):
        opened = open_store(name, servers, tmp_path, **times)
        with pytest.raises(ValueError, match=r"lease|retention"):
            next(opened)


def test_a_store_says_what_it_is(store: Any) -> None:
    own = store.store if isinstance(store, Blocking) else store
    assert isinstance(own, AsyncStore if isinstance(store, Blocking) else Store)
    assert repr(own).startswith(type(own).__name__)


@pytest.mark.parametrize("name", TRANSACTIONAL)
def test_complete_is_a_part_of_the_transaction(name: str, store: Any, servers: Servers) -> None:
    import psycopg

    url, event, table = servers.url("postgres"), fresh(), f"effect_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as reader:
        reader.execute(f"CREATE TABLE {table} (event text)")
        for commits in (False, True):
            claim = store.claim("transaction", event)
            transact(name, store, url, claim, f"INSERT INTO {table} VALUES ('{event}')", commits)
            assert reader.execute(f"SELECT count(*) FROM {table}").fetchone() == (int(commits),)
            assert store.is_done("transaction", event) is commits
            if not commits:
                store.release(claim)
        assert store.claim("transaction", event).answer == "done"
        reader.execute(f"DROP TABLE {table}")


def transact(name: str, store: Any, url: str, claim: Claim, change: str, commits: bool) -> None:
    """The application's change and the completion in one transaction of the application."""
    import psycopg
    import sqlalchemy
    from sqlalchemy.ext.asyncio import create_async_engine

    alchemy = url.replace("postgresql", "postgresql+psycopg")

    async def on_psycopg() -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.execute(change)
            await store.store.complete(claim, connection)
            await (connection.commit() if commits else connection.rollback())

    async def on_sqlalchemy() -> None:
        engine = create_async_engine(alchemy)
        async with engine.connect() as connection:
            await connection.execute(sqlalchemy.text(change))
            await store.store.complete(claim, connection)
            await (connection.commit() if commits else connection.rollback())
        await engine.dispose()

    if name == "postgres-async":
        store.run(on_psycopg())
    elif name == "sqlalchemy-async":
        store.run(on_sqlalchemy())
    elif name == "postgres":
        with psycopg.connect(url) as connection:
            connection.execute(change)
            store.complete(claim, connection)
            (connection.commit if commits else connection.rollback)()
    else:
        engine = sqlalchemy.create_engine(alchemy)
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(change))
            store.complete(claim, connection)
            (connection.commit if commits else connection.rollback)()
        engine.dispose()


def test_all_clients_of_a_server_share_the_events(servers: Servers, tmp_path: Path) -> None:
    for names in (["redis", "redis-async"], ["rediscluster", "rediscluster-async"], POSTGRES):
        event = fresh()
        opened = [open_store(name, servers, tmp_path) for name in names]
        first, *others = [next(store) for store in opened]
        first.complete(first.claim("shared", event))
        assert [store.claim("shared", event).answer for store in others] == ["done"] * len(others)
        for store in opened:
            store.close()


class Nowhere(Servers):
    def url(self, name: str) -> str:
        return "redis://127.0.0.1:9/0" if name == "redis" else "postgresql://didit@127.0.0.1:9/postgres"


@pytest.mark.parametrize("name", ["redis", "redis-async"])
def test_redis_is_down(name: str, tmp_path: Path) -> None:
    opened = open_store(name, Nowhere(), tmp_path)
    refuses(next(opened))
    opened.close()


def test_a_client_of_the_other_kind_is_refused_at_once() -> None:
    import redis
    import redis.asyncio
    import sqlalchemy
    from psycopg_pool import AsyncConnectionPool, ConnectionPool
    from sqlalchemy.ext.asyncio import create_async_engine

    from didit_client.store.postgres import AsyncPostgresStore, PostgresStore
    from didit_client.store.redis import AsyncRedisStore, RedisStore
    from didit_client.store.sqlalchemy import AsyncSQLAlchemyStore, SQLAlchemyStore

    address = "postgresql+psycopg://didit@127.0.0.1:9/postgres"
    clients: list[tuple[Any, Any, Any, Any]] = [
        (RedisStore, AsyncRedisStore, redis.Redis(), redis.asyncio.Redis()),
        (
            PostgresStore,
            AsyncPostgresStore,
            ConnectionPool("host=127.0.0.1 port=9", open=False),
            AsyncConnectionPool("host=127.0.0.1 port=9", open=False),
        ),
        (SQLAlchemyStore, AsyncSQLAlchemyStore, sqlalchemy.create_engine(address), create_async_engine(address)),
    ]
    for store, asynchronous, client, asynchronous_client in clients:
        store(client)
        asynchronous(asynchronous_client)
        for wrong, other in ((store, asynchronous), (asynchronous, store)):
            for given in (asynchronous_client if wrong is store else client, "redis://127.0.0.1:9", None):
                with pytest.raises(TypeError, match=f"is needed, not.*|{other.__name__}"):
                    wrong(given)


@pytest.mark.parametrize("name", ["redis", "redis-async", "postgres", "sqlalchemy", "django", "sqlite"])
@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_wrong_takes_no_lease_and_loses_none(
    name: str, hours: int, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker's clock, by which all leases have ended long ago, or not begun."""
    own = store.store if isinstance(store, Blocking) else store
    event = fresh()
    claim = store.claim("clocks", event)
    wrong = time.time() + 3600 * hours
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: wrong)
        patched.setattr(time, "time_ns", lambda: int(wrong * 1e9))
        patched.setattr("django.utils.timezone.now", lambda: datetime.fromtimestamp(wrong, UTC))
        assert store.claim("clocks", event).answer == "in_flight"
        # What it holds itself is not free for the others either.
        other = fresh()
        held = store.claim("clocks", other)
    assert store.claim("clocks", other).answer == "in_flight"
    assert store.renew(claim)
    store.complete(claim)
    store.complete(held)
    own.lease = 0.001
    event = fresh()
    store.claim("clocks", event)
    time.sleep(0.02)
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: wrong)
        assert store.claim("clocks", event).answer == "new", "the lease has ended, whatever a clock says"


def test_postgres_is_down() -> None:
    import psycopg
    import sqlalchemy

    from didit_client.store.postgres import PostgresStore
    from didit_client.store.sqlalchemy import SQLAlchemyStore

    url = Nowhere().url("postgres")
    refuses(PostgresStore(lambda: psycopg.connect(url, connect_timeout=1)))
    refuses(SQLAlchemyStore(sqlalchemy.create_engine(url.replace("postgresql", "postgresql+psycopg"))))


def refuses(store: Any) -> None:
    with pytest.raises(StoreError) as caught:
        store.claim("down", fresh())
    assert (caught.value.code, caught.value.http_status) == ("store_unavailable", 503)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        SQLiteStore(tmp_path / "no such folder" / "events.db")
    assert caught.value.code == "store_unavailable"
    assert "unable to open" in str(caught.value)
    with pytest.raises(StoreError, match="table"):
        SQLiteStore(tmp_path / "events.db", table="a;b")


def test_two_stores_of_one_file_share_the_events(tmp_path: Path) -> None:
    first, second = SQLiteStore(tmp_path / "events.db"), SQLiteStore(str(tmp_path / "events.db"))
    first.complete(first.claim("shared", "e-1"))
    assert second.claim("shared", "e-1").answer == "done"


def test_what_stands_in_for_a_missing_event_id() -> None:
    verifier = Verifier("secret")

    def key(body: bytes) -> str:
        return event_key(verifier.verify(body, sign(body, "secret"), now=1774970000))

    assert key(b'{"event_id":"e-1","timestamp":1774970000}') == "e-1"
    without = key(b'{"session_id":"s-1","status":"Approved","timestamp":1774970000}')
    assert without.startswith("sha256:")
    assert without == key(b'{"timestamp": 1774970000, "session_id": "s-1", "status": "Approved"}'), (
        "other bytes, same event"
    )
    assert without != key(b'{"session_id":"s-1","status":"Declined","timestamp":1774970000}'), (
        "same second, other event"
    )
    for odd in ("null", '""', "7"):
        assert key(b'{"event_id":%s,"timestamp":1774970000}' % odd.encode()).startswith("sha256:")
    simple = Verifier("secret", schemes=("simple",))
    body = b'{"event_id":"e-1","session_id":"s","status":"Approved","timestamp":1774970000,"webhook_type":"x"}'
    assert event_key(simple.verify(body, sign(body, "secret"), now=1774970000)).startswith("sha256:"), "not signed"
