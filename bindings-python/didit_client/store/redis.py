"""Processed events in Redis, on the application's own redis-py client."""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .. import _native
from .._native import error, store_scripts
from .gathering import LoopBatches, ThreadBatches, failures
from .protocol import DEFAULT_LEASE, DEFAULT_RETENTION, Claim, Counts, check, milliseconds, missing, refuse, unavailable

try:
    import redis.asyncio
    from redis.exceptions import NoScriptError, RedisClusterException, RedisError
except ImportError as _cause:
    raise missing("redis", "redis") from _cause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .protocol import AnswerName

__all__ = ["AsyncRedisStore", "RedisStore"]

_SCRIPTS = {name: (hashlib.sha1(text.encode()).hexdigest(), text) for name, text in store_scripts()}  # noqa: S324
# That of a cluster of which no node can be reached is no RedisError.
_FAILURES = (RedisError, RedisClusterException, OSError)


class _Call(NamedTuple):
    """A script, and the one key that it is about."""

    script: str
    key: Any
    arguments: tuple[Any, ...]

    @property
    def known(self) -> tuple[Any, ...]:
        """The arguments of EVALSHA."""
        return _SCRIPTS[self.script][0], 1, self.key, *self.arguments

    @property
    def whole(self) -> tuple[Any, ...]:
        """The arguments of EVAL, for a server that was restarted, or another node."""
        return _SCRIPTS[self.script][1], 1, self.key, *self.arguments


class _Layout:
    """One hash for each event: `didit:{namespace:event}`. The braces keep a key on one node of a cluster."""

    def __init__(self, client: Any, *, lease: float, retention: float, prefix: str) -> None:
        self.lease: float
        self.retention: int
        self.lease, self.retention = check(lease, retention)
        if not prefix or "{" in prefix or "}" in prefix:
            raise ValueError(f"prefix must be text without braces, not {prefix!r}")
        self._client = client
        self._prefix = prefix

    def _key(self, namespace: str, event_id: str) -> str:
        return f"{self._prefix}:{{{_native.store_key(namespace, event_id)}}}"

    def _claim_arguments(self) -> tuple[str, int, int]:
        return secrets.token_hex(16), milliseconds(self.lease), self.retention

    @cached_property
    def _gathers(self) -> bool:
        # The pipelines of clusters refuse scripts. It is asked late, of a client that may stand for another, too.
        return hasattr(self._client, "pipeline") and not hasattr(self._client, "nodes_manager")

    @property
    def _pattern(self) -> str:
        literal = re.sub(r"[\\*?\[\]]", r"\\\g<0>", self._prefix)
        return f"{literal}:{{*}}"

    def __repr__(self) -> str:
        """Show what it is."""
        return f"{type(self).__name__}(lease={self.lease}, retention={self.retention}, prefix={self._prefix!r})"


def _answered(namespace: str, event_id: str, token: str, said: Any) -> Claim:
    name, attempts = _text(said[0]), int(said[1])
    return Claim(namespace, event_id, cast("AnswerName", name), token if name == "new" else "", attempts)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class RedisStore(_Layout):
    """Events in Redis, for all machines. At least once: a failover that loses the last writes forgets them.

    Redis forgets events by itself when the retention has passed, so `purge` has nothing to do.
    """

    def __init__(
        self,
        client: Any,
        *,
        lease: float = DEFAULT_LEASE,
        retention: float = DEFAULT_RETENTION,
        prefix: str = "didit",
    ) -> None:
        """Use a client.

        Args:
            client: `redis.Redis`, or `redis.RedisCluster`, with time-outs of its own.
            lease: seconds for which a claim holds unless it is renewed, more than 0 and less than 60.
            retention: seconds for which an event is remembered.
            prefix: what all keys begin with.
        """
        wrong = redis.asyncio.Redis, redis.asyncio.RedisCluster
        refuse(client, wrong, "redis.Redis (for redis.asyncio.Redis there is AsyncRedisStore)")
        super().__init__(client, lease=lease, retention=retention, prefix=prefix)
        self._batches = ThreadBatches(self._together, self.lease)

    def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        token, lease, retention = self._claim_arguments()
        said = self._run("claim", self._key(namespace, event_id), token, lease, retention)
        return _answered(namespace, event_id, token, said)

    def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        _, lease, retention = self._claim_arguments()
        return bool(self._run("renew", self._key(claim.namespace, claim.event_id), claim.token, lease, retention))

    def complete(self, claim: Claim) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it."""
        key = self._key(claim.namespace, claim.event_id)
        if not self._run("complete", key, claim.token, self.retention):
            raise error("claim_lost")

    def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        key = self._key(claim.namespace, claim.event_id)
        return bool(self._run("release", key, claim.token, self.retention))

    def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done."""
        said = self._run("state", self._key(namespace, event_id))
        return said is not None and _text(said) == "done"

    def purge(self) -> int:
        """Do nothing: Redis forgets by itself."""
        return 0

    def counts(self) -> Counts:
        """Count the events by their state; it visits every key."""
        counted: dict[str, int] = {}
        try:
            for key in self._client.scan_iter(match=self._pattern, count=1000):
                said = self._run("state", key)
                if said is not None:
                    counted[_text(said)] = counted.get(_text(said), 0) + 1
        except _FAILURES as failure:
            raise unavailable(failure) from failure
        return Counts(**counted)

    def _run(self, name: str, key: Any, *arguments: Any) -> Any:
        call = _Call(name, key, arguments)
        try:
            return self._batches.ask(call) if self._gathers else self._alone(call)
        except _FAILURES as failure:
            raise unavailable(failure) from failure

    def _alone(self, call: _Call) -> Any:
        try:
            return self._client.evalsha(*call.known)
        except NoScriptError:
            return self._client.eval(*call.whole)

    def _together(self, calls: Sequence[_Call]) -> Sequence[Any]:
        """Return what became of each call: an answer, or the server's refusal, which is about no other."""
        if len(calls) == 1:
            return [self._alone(calls[0])]
        with self._client.pipeline(transaction=False) as pipeline:
            for call in calls:
                pipeline.evalsha(*call.known)
            outcomes: list[Any] = pipeline.execute(raise_on_error=False)
            unknown = [at for at, said in enumerate(outcomes) if isinstance(said, NoScriptError)]
            for at in unknown:
                pipeline.eval(*calls[at].whole)
            if unknown:
                try:
                    said = pipeline.execute(raise_on_error=False)
                except _FAILURES as failure:
                    said = failures(failure, len(unknown))
                for at, one in zip(unknown, said, strict=True):
                    outcomes[at] = one
        return outcomes


class AsyncRedisStore(_Layout):
    """`RedisStore` on `redis.asyncio.Redis`, or `redis.asyncio.RedisCluster`."""

    def __init__(
        self,
        client: Any,
        *,
        lease: float = DEFAULT_LEASE,
        retention: float = DEFAULT_RETENTION,
        prefix: str = "didit",
    ) -> None:
        """Use a client; the arguments are those of `RedisStore`."""
        refuse(client, (redis.Redis, redis.RedisCluster), "redis.asyncio.Redis (for redis.Redis there is RedisStore)")
        super().__init__(client, lease=lease, retention=retention, prefix=prefix)
        self._batches = LoopBatches(self._together)

    async def claim(self, namespace: str, event_id: str) -> Claim:
        """Ask for the right to do an event."""
        token, lease, retention = self._claim_arguments()
        said = await self._run("claim", self._key(namespace, event_id), token, lease, retention)
        return _answered(namespace, event_id, token, said)

    async def renew(self, claim: Claim) -> bool:
        """Make the lease begin anew; False if it was lost."""
        _, lease, retention = self._claim_arguments()
        key = self._key(claim.namespace, claim.event_id)
        return bool(await self._run("renew", key, claim.token, lease, retention))

    async def complete(self, claim: Claim) -> None:
        """Record that the event is done; `StoreError` with `claim_lost` if another worker has taken it."""
        key = self._key(claim.namespace, claim.event_id)
        if not await self._run("complete", key, claim.token, self.retention):
            raise error("claim_lost")

    async def release(self, claim: Claim) -> bool:
        """Give the event back, so that the next delivery is done at once; False if the claim was lost."""
        key = self._key(claim.namespace, claim.event_id)
        return bool(await self._run("release", key, claim.token, self.retention))

    async def is_done(self, namespace: str, event_id: str) -> bool:
        """Tell whether the event is done."""
        said = await self._run("state", self._key(namespace, event_id))
        return said is not None and _text(said) == "done"

    async def purge(self) -> int:
        """Do nothing: Redis forgets by itself."""
        return 0

    async def counts(self) -> Counts:
        """Count the events by their state; it visits every key."""
        counted: dict[str, int] = {}
        try:
            async for key in self._client.scan_iter(match=self._pattern, count=1000):
                said = await self._run("state", key)
                if said is not None:
                    counted[_text(said)] = counted.get(_text(said), 0) + 1
        except _FAILURES as failure:
            raise unavailable(failure) from failure
        return Counts(**counted)

    async def _run(self, name: str, key: Any, *arguments: Any) -> Any:
        call = _Call(name, key, arguments)
        try:
            return await (self._batches.ask(call) if self._gathers else self._alone(call))
        except _FAILURES as failure:
            raise unavailable(failure) from failure

    async def _alone(self, call: _Call) -> Any:
        try:
            return await self._client.evalsha(*call.known)
        except NoScriptError:
            return await self._client.eval(*call.whole)

    async def _together(self, calls: Sequence[_Call]) -> Sequence[Any]:
        """Return what became of each call, as `RedisStore` does."""
        if len(calls) == 1:
            return [await self._alone(calls[0])]
        async with self._client.pipeline(transaction=False) as pipeline:
            for call in calls:
                pipeline.evalsha(*call.known)
            outcomes: list[Any] = await pipeline.execute(raise_on_error=False)
            unknown = [at for at, said in enumerate(outcomes) if isinstance(said, NoScriptError)]
            for at in unknown:
                pipeline.eval(*calls[at].whole)
            if unknown:
                try:
                    said = await pipeline.execute(raise_on_error=False)
                except _FAILURES as failure:
                    said = failures(failure, len(unknown))
                for at, one in zip(unknown, said, strict=True):
                    outcomes[at] = one
        return outcomes
