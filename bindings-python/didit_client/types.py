"""The names used in annotations. Loaded only by type checkers and on request: `typing` is slow to import."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import IO, Any, Literal, Protocol, TypeAlias, TypedDict

__all__ = [
    "Body",
    "CallOptions",
    "Cause",
    "Confidence",
    "Covers",
    "Environment",
    "ErrorCode",
    "EventType",
    "FileInput",
    "FileInputs",
    "HeaderSource",
    "HeaderTimestamp",
    "Outcome",
    "Plain",
    "Scheme",
    "Secrets",
    "SignedType",
    "SupportsItems",
    "Time",
]


class SupportsItems(Protocol):
    """Any mapping of headers, also one that gives a name twice, as Werkzeug's or `http.client`'s do."""

    def items(self) -> Iterable[tuple[Any, Any]]:
        """Return the names and values."""
        ...


class CallOptions(TypedDict, total=False):
    """What a single call, or `with_options`, can change. None leaves a setting as the client has it."""

    timeout: float | None
    """Seconds for the whole call with its retries."""
    connect_timeout: float | None
    """Seconds for establishing a connection."""
    max_retries: int | None
    """How often the request is repeated at most."""
    access_token: str | None
    """The token of an account, for account calls."""
    extra_body: Mapping[str, Any] | None
    """Members of the JSON body that the method does not know; they go over the method's own."""
    extra_query: Mapping[str, Any] | None
    """Parameters of the address that the method does not know."""
    extra_headers: Mapping[str, str] | None
    """Headers; those of the client, such as `x-api-key`, cannot be given here."""


FileContent: TypeAlias = bytes | bytearray | memoryview | IO[bytes] | os.PathLike[str]

FileInput: TypeAlias = FileContent | tuple[str | None, FileContent] | tuple[str | None, FileContent, str | None]
"""A file to upload: bytes, an open binary file or a path, alone or behind a file name and before a media type."""

FileInputs: TypeAlias = FileInput | list[FileInput]
"""One file, or several under one name."""

Body: TypeAlias = bytes | bytearray | memoryview | str
"""A request body: the bytes as they arrived; a `str` counts as UTF-8."""

HeaderSource: TypeAlias = SupportsItems | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
"""Request headers: a mapping, a WSGI environ, or pairs such as ASGI's."""

Plain: TypeAlias = dict[str, Any] | list[Any] | str | float | bool | None
"""What `json.loads` returns."""

Secrets: TypeAlias = str | bytes | Sequence[str | bytes]
"""One webhook secret, or several during a rotation."""

Time: TypeAlias = int | float | datetime
"""Unix seconds, or an aware datetime."""

Scheme: TypeAlias = Literal["v2", "raw", "simple", "v1"]
"""One of Didit's ways of signing a delivery."""

Covers: TypeAlias = Literal["body", "envelope"]
"""How much of a delivery is authenticated: every member, or four fields only."""

HeaderTimestamp: TypeAlias = Literal["fresh", "equal", "ignore"]
"""What the X-Timestamp header has to satisfy."""

Environment: TypeAlias = Literal["live", "sandbox"]
"""Where an event comes from."""

Outcome: TypeAlias = Literal["granted", "denied", "pending", "retry", "revoked", "unknown"]
"""What a session event means for the user's access."""

SignedType: TypeAlias = Literal[
    "status.updated",
    "data.updated",
    "user.status.updated",
    "user.data.updated",
    "business.status.updated",
    "business.data.updated",
    "activity.created",
    "transaction.created",
    "transaction.status.updated",
    "travel_rule.status.updated",
    "transaction_rule_suggestions.created",
]
"""The types of the events that Didit signs."""

EventType: TypeAlias = Literal[SignedType, "unknown"]
"""The value of `event.type`."""

ErrorCode: TypeAlias = Literal[
    "missing_secret",
    "duplicate_header",
    "missing_signature",
    "malformed_signature",
    "missing_timestamp",
    "malformed_timestamp",
    "body_too_large",
    "invalid_utf8",
    "unexpected_bom",
    "syntax",
    "lone_surrogate",
    "integer_too_long",
    "number_out_of_range",
    "too_deep",
    "duplicate_key",
    "unsupported_value",
    "ambiguous_field",
    "signature_mismatch",
    "parsed_precision",
    "body_not_object",
    "invalid_body_timestamp",
    "timestamp_mismatch",
    "timestamp_too_old",
    "timestamp_in_future",
    "wrong_environment",
    "store_unavailable",
    "claim_lost",
    "invalid_argument",
    "unknown_operation",
    "invalid_callback",
    "missing_api_key",
    "missing_credentials",
    "missing_access_token",
    "missing_option",
    "invalid_configuration",
    "invalid_request",
    "insufficient_credits",
    "authentication_failed",
    "not_found",
    "conflict",
    "rate_limited",
    "server_error",
    "unexpected_status",
    "invalid_response",
    "response_too_large",
    "connection_failed",
    "tls_failed",
    "connection_lost",
    "connect_timeout",
    "timeout",
    "cancelled",
    "internal_error",
]
"""The stable error codes, the same in Rust, Python and Node."""

Confidence: TypeAlias = Literal["certain", "likely", "unknown"]
"""How sure an explanation is."""

Cause: TypeAlias = Literal[
    "genuine",
    "secret_missing",
    "secret_whitespace",
    "secret_quoted",
    "secret_named",
    "secret_joined",
    "secret_prefix_added",
    "secret_prefix_stripped",
    "secret_escaped",
    "secret_case",
    "secret_mojibake",
    "secret_base64_decoded",
    "secret_hex_decoded",
    "secret_base64_encoded",
    "secret_hex_encoded",
    "secret_mistyped",
    "another_secret",
    "another_destination",
    "api_key_as_secret",
    "secret_unexpanded",
    "secret_placeholder",
    "test_delivery",
    "signature_missing",
    "unsigned_callback",
    "signature_renamed",
    "scheme_not_accepted",
    "simple_only",
    "signature_uppercase",
    "signature_base64",
    "signature_prefixed",
    "signature_whitespace",
    "signature_separated",
    "signature_joined",
    "signature_malformed",
    "raw_as_v2",
    "v2_as_raw",
    "headers_swapped",
    "simple_misplaced",
    "simple_formula",
    "timestamp_prefixed",
    "signed_spaced",
    "signed_pretty",
    "signed_unsorted",
    "signed_escaped",
    "signed_floats",
    "signed_javascript",
    "signed_php",
    "body_empty",
    "body_too_large",
    "body_compressed",
    "body_base64",
    "body_quoted",
    "body_hex",
    "body_form",
    "body_html",
    "body_bytes",
    "body_object",
    "body_wrapped",
    "body_utf16",
    "body_bom",
    "body_newline",
    "body_line_ends",
    "body_truncated",
    "body_mojibake",
    "body_latin1",
    "body_replaced",
    "body_spaced",
    "body_pretty",
    "body_reordered",
    "body_unescaped",
    "body_escaped",
    "body_floats",
    "body_javascript",
    "body_python",
    "body_php",
    "duplicate_members",
    "content_changed",
    "not_an_object",
    "timestamp_missing",
    "timestamp_malformed",
    "timestamp_joined",
    "timestamp_replaced",
    "now_milliseconds",
    "now_implausible",
    "clock_wrong",
    "delivery_old",
    "delivery_late",
    "signed_time_missing",
    "signed_time_milliseconds",
    "another_environment",
    "unknown",
]
"""The known mistakes, the same in Rust, Python and Node."""
