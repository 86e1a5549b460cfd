"""Secrets that were read from a file or a variable together with the end of a line."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Secrets

__all__ = ["warn_of_space"]


def warn_of_space(secrets: Secrets | None) -> None:
    """Log which secrets have white space around them, without showing any of it."""
    places = _native.spaced_secrets(secrets)
    if not places:
        return
    import logging

    is_only = secrets is None or isinstance(secrets, (str, bytes)) or len(secrets) == 1
    for place in places:
        which = "the webhook secret" if is_only else f"webhook secret {place + 1}"
        logging.getLogger("didit_client.webhook").warning(
            "%s has white space around it, which counts as a part of it: unless Didit's own has it too, every delivery "
            "is refused as signature_mismatch; look for the end of a line in the file or variable that it comes from",
            which,
        )
