"""Call Didit's API and verify its webhooks. An independent project, not an official Didit product.

Example:
    from didit_client import Didit

    client = Didit()  # reads DIDIT_API_KEY, DIDIT_WORKFLOW_ID and DIDIT_WEBHOOK_SECRET
    session = client.sessions.create(vendor_data="user-123")
    ...
    verified = client.webhooks.verify(body, headers)  # raises a WebhookError unless Didit sent it
    if verified.event.outcome == "granted":
        ...
"""

from __future__ import annotations

try:
    from . import _native
except ImportError as _cause:
    from ._missing import missing_native

    raise missing_native(_cause) from _cause

from .canonical import canonicalize
from .decision import Check, Decision, ResubmitInfo
from .errors import (
    ApiError,
    AuthenticationError,
    CancelledError,
    ConfigurationError,
    DiditError,
    FieldError,
    InternalError,
    InvalidRequestError,
    NotFoundError,
    PayloadError,
    RateLimitError,
    ServerError,
    SignatureError,
    StoreError,
    TimestampError,
    TransportError,
    TransportTimeoutError,
    WebhookError,
)
from .events import (
    ActivityCreated,
    BaseEvent,
    BusinessDataUpdated,
    BusinessStatusUpdated,
    DataUpdated,
    Event,
    StatusUpdated,
    TransactionCreated,
    TransactionRuleSuggestionsCreated,
    TransactionStatusUpdated,
    TravelRuleStatusUpdated,
    UnknownEvent,
    UnsignedEvent,
    UserDataUpdated,
    UserStatusUpdated,
)
from .explanation import Explanation, explain
from .views import View
from .webhook import Verified, Verifier, parse_unsigned, sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .aio import AsyncDidit
    from .answers import File, Headers, RateLimit, RawResponse, Response
    from .attempts import Attempt
    from .client import Didit
    from .pages import AsyncPage, Page
    from .sessions import UnauthenticatedCallback, iframe_html, parse_callback
else:

    def __getattr__(name: str) -> object:
        """Load what calls the API when it is first used: a program that only verifies webhooks needs none of it."""
        if name not in LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # Not importlib, which takes longer to load than some of these.
        value = globals()[name] = getattr(__import__(f"{__name__}.{LAZY[name]}", fromlist=[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


LAZY = {
    "AsyncDidit": "aio",
    "AsyncPage": "pages",
    "Attempt": "attempts",
    "Didit": "client",
    "File": "answers",
    "Headers": "answers",
    "Page": "pages",
    "RateLimit": "answers",
    "RawResponse": "answers",
    "Response": "answers",
    "UnauthenticatedCallback": "sessions",
    "iframe_html": "sessions",
    "parse_callback": "sessions",
}

__version__: str = _native.__version__

__all__ = [
    "ActivityCreated",
    "ApiError",
    "AsyncDidit",
    "AsyncPage",
    "Attempt",
    "AuthenticationError",
    "BaseEvent",
    "BusinessDataUpdated",
    "BusinessStatusUpdated",
    "CancelledError",
    "Check",
    "ConfigurationError",
    "DataUpdated",
    "Decision",
    "Didit",
    "DiditError",
    "Event",
    "Explanation",
    "FieldError",
    "File",
    "Headers",
    "InternalError",
    "InvalidRequestError",
    "NotFoundError",
    "Page",
    "PayloadError",
    "RateLimit",
    "RateLimitError",
    "RawResponse",
    "Response",
    "ResubmitInfo",
    "ServerError",
    "SignatureError",
    "StatusUpdated",
    "StoreError",
    "TimestampError",
    "TransactionCreated",
    "TransactionRuleSuggestionsCreated",
    "TransactionStatusUpdated",
    "TransportError",
    "TransportTimeoutError",
    "TravelRuleStatusUpdated",
    "UnauthenticatedCallback",
    "UnknownEvent",
    "UnsignedEvent",
    "UserDataUpdated",
    "UserStatusUpdated",
    "Verified",
    "Verifier",
    "View",
    "WebhookError",
    "__version__",
    "canonicalize",
    "explain",
    "iframe_html",
    "parse_callback",
    "parse_unsigned",
    "sign",
]
