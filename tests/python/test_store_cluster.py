"""Redis clusters of three nodes: events on all of them, slots that move, and nodes that are gone."""

import asyncio
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio

from didit_client import StoreError
from didit_client.store.redis import AsyncRedisStore, RedisStore
from stores import Blocking, Servers, open_store

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import databases

EVENTS = 30
FINDS_OUT_SOON = ["--cluster-node-timeout", "1000"]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


@pytest.fixture(params=["rediscluster", "rediscluster-async"])
def store(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[Any]:
    yield from open_store(request.param, servers, tmp_path)


def fresh() -> str:
    return str(uuid.uuid4())


def refuses(store: Any, event: str) -> None:
    with pytest.raises(StoreError) as refusal:
        store.claim("suite", event)
    assert refusal.value.code == "store_unavailable"
    assert refusal.value.http_status == 503


def test_events_are_on_all_nodes_and_are_counted_on_all(store: Any, servers: Servers) -> None:
    earlier = store.counts().done
    events = [fresh() for _ in range(EVENTS)]
    for event in events:
        store.complete(store.claim("spread", event))
    assert store.counts().done == earlier + EVENTS
    with closing(redis.RedisCluster.from_url(servers.url("cluster"))) as cluster:
        nodes = cluster.get_primaries()
        assert len(nodes) == 3
        held = [set(cluster.keys("didit:{spread:*", target_nodes=node)) for node in nodes]
        assert all(held)
        assert {f"didit:{{spread:{event}}}".encode() for event in events} <= set.union(*held)


def test_a_claim_that_a_client_has_sent_twice(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """What redis-py does by itself when a connection is lost: whether the server has run it nobody knows."""
    tokens = iter(["a" * 32, "a" * 32, "b" * 32])
    with redis.Redis.from_url(servers.url("redis")) as client:
        store, event = RedisStore(client), fresh()
        monkeypatch.setattr(store, "_claim_arguments", lambda: (next(tokens), 30_000, 60))
        claims = [store.claim("twice", event) for _ in range(3)]
        assert [(claim.answer, claim.attempts) for claim in claims] == [("new", 1), ("new", 1), ("in_flight", 1)]
        store.complete(claims[1])
        assert store.is_done("twice", event)


def test_many_at_once(servers: Servers) -> None:
    async def run() -> None:
        async with redis.asyncio.RedisCluster.from_url(servers.url("cluster")) as client:
            store = AsyncRedisStore(client)
            events = [fresh() for _ in range(EVENTS)] * 2
            claims = await asyncio.gather(*(store.claim("crowd", event) for event in events))
            assert sorted(claim.answer for claim in claims) == ["in_flight"] * EVENTS + ["new"] * EVENTS
            taken = [claim for claim in claims if claim.answer == "new"]
            await asyncio.gather(*(store.complete(claim) for claim in taken))
            assert all([await store.is_done("crowd", event) for event in events])

    asyncio.run(run())


class Move:
    """An event's slot on its way from one node to another."""

    def __init__(self, stack: ExitStack, cluster: Any, namespace: str, event: str) -> None:
        self.key = f"didit:{{{namespace}:{event}}}"
        self.slot = cluster.keyslot(self.key)
        source = cluster.get_node_from_key(self.key)
        target = next(node for node in cluster.get_primaries() if node != source)
        self.nodes = [stack.enter_context(redis.Redis(node.host, node.port)) for node in (source, target)]
        self.source, self.target = self.nodes
        self.port = target.port
        self.ids = [node.execute_command("CLUSTER MYID") for node in self.nodes]
        self.all = [stack.enter_context(redis.Redis(node.host, node.port)) for node in cluster.get_primaries()]

    def begin(self) -> None:
        """From now on the one asks for what it has no more at the other."""
        self.target.execute_command("CLUSTER SETSLOT", self.slot, "IMPORTING", self.ids[0])
        self.source.execute_command("CLUSTER SETSLOT", self.slot, "MIGRATING", self.ids[1])
        self.source.execute_command("MIGRATE", "127.0.0.1", self.port, self.key, 0, 5000)

    def end(self) -> None:
        """From now on the other has the slot."""
        for node in [self.target, self.source, *self.all]:
            node.execute_command("CLUSTER SETSLOT", self.slot, "NODE", self.ids[1])


def test_an_events_slot_moves_to_another_node_while_it_is_done(store: Any, servers: Servers) -> None:
    for moves_whole in (False, True):
        event = fresh()
        claim = store.claim("moving", event)
        with ExitStack() as stack:
            cluster = stack.enter_context(closing(redis.RedisCluster.from_url(servers.url("cluster"))))
            move = Move(stack, cluster, "moving", event)
            # The other node has never seen the scripts.
            move.target.script_flush()
            move.begin()
            if moves_whole:
                move.end()
            assert store.claim("moving", event).answer == "in_flight"
            assert store.renew(claim) is True
            store.complete(claim)
            assert store.is_done("moving", event)
            move.end()
        assert store.claim("moving", event).answer == "done"


@contextmanager
def broken(name: str, folder: Path) -> Iterator[tuple[Any, Any]]:
    """A store on a cluster of its own, and a function that ends its nodes."""

    class Own(Servers):
        def url(self, name: str) -> str:
            return url

    with databases.cluster(FINDS_OUT_SOON) as url, closing(redis.RedisCluster.from_url(url)) as cluster:

        def end(nodes: int) -> None:
            for node in cluster.get_primaries()[:nodes]:
                with suppress(OSError):
                    databases.ask(node.port, "SHUTDOWN NOSAVE")

        opened = open_store(name, Own(), folder)
        yield next(opened), end
        opened.close()


def claims_for_a_minute(store: Any) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        store.claim("suite", fresh())


@pytest.mark.parametrize("name", ["rediscluster", "rediscluster-async"])
def test_nodes_that_are_gone(name: str, servers: Servers, tmp_path: Path) -> None:
    servers.url("cluster")  # skipped without a server
    with broken(name, tmp_path) as (store, end):
        event = fresh()
        store.complete(store.claim("suite", event))
        end(1)
        # At first only what was on that node is missing, until the others find out, and answer nothing any more.
        with pytest.raises(StoreError) as refusal:
            claims_for_a_minute(store)
        assert refusal.value.code == "store_unavailable"
        end(3)
        refuses(store, event)


def test_no_node_can_be_reached(tmp_path: Path) -> None:
    blocking = Blocking(nowhere)
    refuses(blocking, fresh())
    with pytest.raises(StoreError) as refusal:
        blocking.counts()
    assert refusal.value.code == "store_unavailable"
    blocking.close()


def test_a_prefix_with_the_signs_of_patterns(servers: Servers) -> None:
    with redis.Redis.from_url(servers.url("redis")) as client:
        store = RedisStore(client, prefix="a[b]?\\")
        store.complete(store.claim("prefixed", fresh()))
        other = RedisStore(client, prefix="ab?\\")
        other.complete(other.claim("prefixed", fresh()))
        assert store.counts().done == other.counts().done == 1


async def nowhere() -> Any:
    client = redis.asyncio.RedisCluster(host="127.0.0.1", port=9)
    return AsyncRedisStore(client), client.aclose
