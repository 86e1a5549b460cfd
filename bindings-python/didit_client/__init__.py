"""Verify Didit's webhooks. An independent project, not an official Didit product.

Example:
    from didit_client import Verifier, WebhookError

    verifier = Verifier(os.environ["DIDIT_WEBHOOK_SECRET"])
    verified = verifier.verify(body, headers)  # raises a WebhookError unless Didit sent it
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
    ConfigurationError,
    DiditError,
    InternalError,
    PayloadError,
    SignatureError,
    StoreError,
    TimestampError,
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

__version__: str = _native.__version__

__all__ = [
    "ActivityCreated",
    "BaseEvent",
    "BusinessDataUpdated",
    "BusinessStatusUpdated",
    "Check",
    "ConfigurationError",
    "DataUpdated",
    "Decision",
    "DiditError",
    "Event",
    "Explanation",
    "InternalError",
    "PayloadError",
    "ResubmitInfo",
    "SignatureError",
    "StatusUpdated",
    "StoreError",
    "TimestampError",
    "TransactionCreated",
    "TransactionRuleSuggestionsCreated",
    "TransactionStatusUpdated",
    "TravelRuleStatusUpdated",
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
    "parse_unsigned",
    "sign",
]
