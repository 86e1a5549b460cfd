"""What can go wrong. Every failure has a stable `code` and a `hint` that says what to do.

    DiditError
        WebhookError
            SignatureError      401  not genuine, as far as can be told
            TimestampError      401  genuine perhaps, but not now
            PayloadError        400  the body cannot be what Didit sends (413 if it is too large)
        ConfigurationError      500  the application is not set up
        StoreError              503  the store of processed events failed
        InternalError           500  a fault of this library

A wrong argument is a `TypeError` or a `ValueError`, never one of these.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .types import ErrorCode

__all__ = [
    "ConfigurationError",
    "DiditError",
    "InternalError",
    "PayloadError",
    "SignatureError",
    "StoreError",
    "TimestampError",
    "WebhookError",
]


class DiditError(Exception):
    """Any failure that this package reports. No error holds a secret, a MAC, a header value or the body."""

    code: ErrorCode
    """The stable name of the failure, for example `signature_mismatch`."""
    hint: str
    """What to do about it."""
    http_status: int
    """The status with which a webhook route should answer: 400, 401, 413, 500 or 503."""
    position: int | None
    """Offset in bytes from the start of the body, where one place is to blame."""
    paths: tuple[str, ...]
    """The members of a parsed payload that are to blame, such as `$.decision.items[3].score`."""

    def __init__(
        self,
        message: str,
        code: ErrorCode,
        hint: str,
        http_status: int,
        position: int | None = None,
        paths: tuple[str, ...] = (),
    ) -> None:
        """Hold what the core said; programs do not make these errors themselves."""
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.http_status = http_status
        self.position = position
        self.paths = tuple(paths)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy with all attributes."""
        arguments = (str(self), self.code, self.hint, self.http_status, self.position, self.paths)
        return type(self), arguments, self.__dict__


class WebhookError(DiditError):
    """A delivery that was not accepted."""


class SignatureError(WebhookError):
    """Not genuine, as far as can be told: answer 401."""


class TimestampError(WebhookError):
    """Genuine perhaps, but not now: answer 401."""


class PayloadError(WebhookError):
    """The body cannot be what Didit sends: answer 400, or 413 if it is too large."""


class ConfigurationError(DiditError):
    """The application is not set up, for example the secret is missing."""


class StoreError(DiditError):
    """The store of processed events cannot be used, or a claim was lost: answer 503, so that Didit delivers again."""


class InternalError(DiditError):
    """A fault of this library: answer 500, so that Didit delivers again, and report it."""
