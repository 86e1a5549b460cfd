"""Hooks and log lines for each request, with nothing in them that is secret or personal."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Hook = Callable[["Attempt"], object] | None

__all__ = ["Attempt"]

logger = logging.getLogger("didit_client")


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


def observer_of(hooks: tuple[Hook, Hook]) -> Callable[..., None] | None:
    """Return what the native module calls before and after each request; None if nobody would notice."""
    before, after = hooks
    if before is None and after is None and not logger.isEnabledFor(logging.INFO):
        return None

    def observe(
        done: bool,
        operation: str,
        method: str,
        path: str,
        number: int,
        status: int | None,
        request_id: str | None,
        elapsed: float | None,
        error_code: str | None,
    ) -> None:
        attempt = Attempt(operation, method, path, number, status, request_id, elapsed, error_code)
        log(attempt, done)
        hook = after if done else before
        if hook is not None:
            hook(attempt)

    return observe


def log(attempt: Attempt, done: bool) -> None:
    """Write a line: INFO for what failed or is repeated, DEBUG for the rest."""
    name, number = f"{attempt.operation} ({attempt.method} {attempt.path})", attempt.attempt
    if not done:
        if number > 1:
            logger.info("%s: attempt %d", name, number)
        return
    elapsed, request_id = attempt.elapsed or 0.0, attempt.request_id or "none"
    if attempt.error_code is None:
        logger.debug("%s: status %s after %.3f s, request id %s", name, attempt.status, elapsed, request_id)
    else:
        what = attempt.error_code if attempt.status is None else f"{attempt.error_code}, status {attempt.status}"
        logger.info("%s: %s after %.3f s, attempt %d, request id %s", name, what, elapsed, number, request_id)
