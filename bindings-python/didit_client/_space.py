"""Secrets that were read from a file or a variable together with the end of a line."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Secrets

__all__ = ["warn_of_space"]


def warn_of_space(secrets: Secrets | None) -> None:
    """Log which secrets have white space around them, without showing any of it."""
    warnings = _native.spaced_secrets(secrets)
    if not warnings:
        return
    import logging

    for warning in warnings:
        logging.getLogger("didit_client.webhook").warning("%s", warning)
