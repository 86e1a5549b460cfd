"""Hooks and log lines for each request, with nothing in them that is secret or personal."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Hook = Callable[["Attempt"], object] | None

__all__ = ["Attempt"]

logger: logging.Logger = logging.getLogger("didit_client")


class Attempt(NamedTuple):
    """One request of a call. There is no value of an argument in it, and none of the answer's body."""

    operation: str
    """The method of the client, for example `sessions.create`; `request` for a path of your own."""
    method: str
    """The HTTP method."""
    path: str
    """The path with the names of its parameters, for example `/v3/session/{session_id}/decision/`."""
    attempt: int
    """1 for the first request of a call."""
    status: int | None = None
    """The HTTP status; None before the request, and without an answer."""
    request_id: str | None = None
    """The id that the answer names."""
    elapsed: float | None = None
    """Seconds that the request took; None before it."""
    error_code: str | None = None
    """The code of the error that the request ended in."""
    retry_in: float | None = None
    """Seconds until the next request of the call; None if there will be none."""


def observer(hooks: tuple[Hook, Hook]) -> Callable[..., None]:
    """Return what the native module calls before and after each request."""
    before, after = hooks

    def observe(
        done: bool,
        operation: str,
        method: str,
        path: str,
        answer: tuple[int, int | None, str | None],
        end: tuple[float | None, str | None, float | None],
    ) -> None:
        attempt = Attempt(operation, method, path, *answer, *end)
        log(attempt, done)
        hook = after if done else before
        if hook is not None:
            hook(attempt)

    return observe


def log(attempt: Attempt, done: bool) -> None:
    """Write a line: DEBUG for each request that was answered, INFO for each that failed."""
    if not done:
        return
    path = f"{attempt.method} {attempt.path}" if attempt.path else attempt.method
    name, elapsed, request_id = f"{attempt.operation} ({path})", attempt.elapsed or 0.0, attempt.request_id
    if attempt.error_code is None:
        logger.debug("%s: status %s, request id %s, %.3f s", name, attempt.status, request_id, elapsed)
        return
    then = "" if attempt.retry_in is None else f"; once more in {attempt.retry_in:.1f} s"
    text = "%s: attempt %d failed with %s, status %s, request id %s, %.3f s%s"
    logger.info(text, name, attempt.attempt, attempt.error_code, attempt.status, request_id, elapsed, then)
