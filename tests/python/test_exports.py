"""The public names. A change of this list is a change for every user."""

import importlib.metadata
import inspect
import tomllib

import didit_client
from didit_client import (
    aio,
    answers,
    attempts,
    canonical,
    client,
    decision,
    errors,
    events,
    explanation,
    fastapi,
    guard,
    pages,
    receiver,
    recovery,
    sessions,
    starlette,
    statuses,
    store,
    telemetry,
    testing,
    types,
    views,
    webhook,
    webhook_resource,
)
from didit_client.store import embedded, postgres, protocol, redis, sqlalchemy
from didit_client.testing import build, case, control, data, dev, expand, merge, signed, wire
from didit_client.testing import types as testing_types
from vectors import TESTS

ERRORS = (
    "ApiError AuthenticationError CancelledError ConfigurationError DiditError FieldError InternalError "
    "InvalidRequestError NotFoundError PayloadError RateLimitError ServerError SignatureError StoreError "
    "TimestampError TransportError TransportTimeoutError WebhookError"
)
CALLS = (
    "AsyncDidit AsyncPage Attempt Didit File Headers Page RateLimit RawResponse Response UnauthenticatedCallback "
    "iframe_html parse_callback"
)
EVENTS = (
    "ActivityCreated BaseEvent BusinessDataUpdated BusinessStatusUpdated DataUpdated Event StatusUpdated "
    "TransactionCreated TransactionRuleSuggestionsCreated TransactionStatusUpdated TravelRuleStatusUpdated "
    "UnknownEvent UnsignedEvent UserDataUpdated UserStatusUpdated"
)
REST = (
    "Check Decision Explanation ResubmitInfo Verified Verifier View "
    "__version__ canonicalize explain parse_unsigned sign"
)
MODULES = [didit_client, canonical, decision, errors, events, explanation, types, views, webhook]
MODULES += [aio, answers, attempts, client, pages, sessions, statuses, webhook_resource]
MODULES += [
    fastapi,
    guard,
    receiver,
    recovery,
    telemetry,
    starlette,
    store,
    embedded,
    postgres,
    protocol,
    redis,
    sqlalchemy,
]
MODULES += [testing, build, case, control, data, dev, expand, merge, signed, testing_types, wire]


def test_names() -> None:
    assert sorted(didit_client.__all__) == sorted(f"{ERRORS} {EVENTS} {CALLS} {REST}".split())
    for name in didit_client.__all__:
        assert getattr(didit_client, name) is not None


def test_names_for_tests() -> None:
    names = (
        "ABSENT SECRET Case Control ControlError Delivery DiditDev DiditDevError MakeDelivery SentDelivery "
        "cases delivery"
    )
    assert testing.__all__ == names.split()
    for name in testing.__all__:
        assert getattr(testing, name) is not None


def test_every_public_item_has_a_docstring() -> None:
    for module in MODULES:
        assert module.__doc__
        for name in module.__all__:
            item = getattr(module, name)
            if isinstance(item, type):
                members = {member: value for member, value in vars(item).items() if inspect.isfunction(value)}
                undocumented = [member for member, value in members.items() if member[0] != "_" and not value.__doc__]
                assert (bool(item.__doc__), undocumented) == (True, []), name
            elif inspect.isfunction(item):
                assert item.__doc__, name


def test_one_version() -> None:
    workspace = tomllib.loads((TESTS.parent / "Cargo.toml").read_text(encoding="utf-8"))
    assert didit_client.__version__ == workspace["workspace"]["package"]["version"]
    assert importlib.metadata.version("didit-client") == didit_client.__version__


def test_no_dependencies() -> None:
    assert not importlib.metadata.requires("didit-client")
