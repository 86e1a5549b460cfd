"""What can go wrong. Every failure has a stable `code` and a `hint` that says what to do.

    DiditError
        WebhookError
            SignatureError      401  not genuine, as far as can be told
            TimestampError      401  genuine perhaps, but not now
            PayloadError        400  the body cannot be what Didit sends (413 if it is too large)
        ApiError                     a call ended in an answer that is a failure
            InvalidRequestError      the arguments are wrong: found here, or by Didit
            AuthenticationError      401 and 403
            NotFoundError            404
            RateLimitError           429
            ServerError              5xx
        TransportError               a call ended without an answer, or without all of it
            TransportTimeoutError    not in time
        CancelledError               the call was ended by its caller
        ConfigurationError      500  the application is not set up
        StoreError              503  the store of processed events failed
        InternalError           500  a fault of this library

An argument of a wrong Python type is a `TypeError` or a `ValueError`, never one of these.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .types import ErrorCode

__all__ = [
    "ApiError",
    "AuthenticationError",
    "CancelledError",
    "ConfigurationError",
    "DiditError",
    "FieldError",
    "InternalError",
    "InvalidRequestError",
    "NotFoundError",
    "PayloadError",
    "RateLimitError",
    "ServerError",
    "SignatureError",
    "StoreError",
    "TimestampError",
    "TransportError",
    "TransportTimeoutError",
    "WebhookError",
]


class DiditError(Exception):
    """Any failure that this package reports. Its text never holds a secret, a MAC, a header value or a body."""

    code: ErrorCode
    """The stable name of the failure, for example `signature_mismatch`."""
    hint: str
    """What to do about it."""
    http_status: int
    """The status with which a route of your own should answer that this failure ended."""
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
        return type(self), (str(self), self.code, self.hint, self.http_status), self.__dict__


class WebhookError(DiditError):
    """A delivery that was not accepted."""


class SignatureError(WebhookError):
    """Not genuine, as far as can be told: answer 401."""


class TimestampError(WebhookError):
    """Genuine perhaps, but not now: answer 401."""


class PayloadError(WebhookError):
    """The body cannot be what Didit sends: answer 400, or 413 if it is too large."""


class FieldError:
    """What is wrong with one argument. `repr` leaves the messages out: they can repeat what was sent."""

    __slots__ = ("messages", "path")

    def __init__(self, path: str, messages: tuple[str, ...]) -> None:
        """Hold what Didit, or the check before sending, said."""
        self.path: str = path
        self.messages: tuple[str, ...] = tuple(messages)

    def __eq__(self, other: object) -> bool:
        """Compare path and messages."""
        if not isinstance(other, FieldError):
            return NotImplemented
        return (self.path, self.messages) == (other.path, other.messages)

    def __hash__(self) -> int:
        """Hash path and messages."""
        return hash((self.path, self.messages))

    def __repr__(self) -> str:
        """Show where, and not what was said."""
        return f"FieldError({self.path!r}, {len(self.messages)} messages)"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy."""
        return FieldError, (self.path, self.messages)


class ApiError(DiditError):
    """A call that ended in an answer which is a failure, or whose arguments are wrong."""

    status: int | None
    """The HTTP status; None if nothing was sent."""
    request_id: str | None
    """The id under which Didit knows the request."""
    retry_after: float | None
    """How many seconds Didit asks to wait."""
    api_code: str | None
    """Didit's own code, such as `contract_billing_suspended`."""
    detail: str | None
    """What Didit says, in its own words, which can repeat what was sent: think before you log it."""
    errors: tuple[FieldError, ...]
    """What is wrong with which argument."""
    attempts: int
    """How often the request was sent."""

    def __init__(
        self,
        message: str,
        code: ErrorCode,
        hint: str,
        http_status: int,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        api_code: str | None = None,
        detail: str | None = None,
        errors: tuple[tuple[str, tuple[str, ...]], ...] = (),
        attempts: int = 0,
    ) -> None:
        """Hold what the core said; programs do not make these errors themselves."""
        super().__init__(message, code, hint, http_status)
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.api_code = api_code
        self.detail = detail
        self.errors = tuple(FieldError(path, messages) for path, messages in errors)
        self.attempts = attempts


class InvalidRequestError(ApiError):
    """The arguments are wrong: found before anything was sent (`status` is None), or by Didit."""


class AuthenticationError(ApiError):
    """Didit did not accept the credentials, or they do not allow this: 401 and 403, which mean the same."""


class NotFoundError(ApiError):
    """Didit knows no such object, or does not show it to this key: 404."""


class RateLimitError(ApiError):
    """Too many requests: 429, also after the retries. `retry_after` says how long to wait."""


class ServerError(ApiError):
    """Didit, or a proxy before it, failed: 5xx, also after the retries."""


class TransportError(DiditError):
    """There was no answer, or not all of it. The request may have been carried out all the same."""

    attempts: int
    """How often the request was sent."""

    def __init__(self, message: str, code: ErrorCode, hint: str, http_status: int, attempts: int = 0) -> None:
        """Hold what the core said; programs do not make these errors themselves."""
        super().__init__(message, code, hint, http_status)
        self.attempts = attempts


class TransportTimeoutError(TransportError):
    """There was no answer in time."""


class CancelledError(DiditError):
    """The call was ended by its caller, for example because its client was closed."""


class ConfigurationError(DiditError):
    """The application is not set up, for example the secret is missing."""


class StoreError(DiditError):
    """The store of processed events cannot be used, or a claim was lost: answer 503, so that Didit delivers again."""


class InternalError(DiditError):
    """A fault of this library: answer 500, so that Didit delivers again, and report it."""
