"""What the types promise. Only type checkers read this file: mypy in test_typing.py, pyright in the linters."""

import datetime
import http.client
from collections.abc import Mapping
from typing import Any, Literal, assert_never, assert_type

import fastapi

import didit_client
import didit_client.store
from didit_client import (
    Check,
    Decision,
    DiditError,
    Event,
    StatusUpdated,
    TransactionCreated,
    UnknownEvent,
    UnsignedEvent,
    UserStatusUpdated,
    Verified,
    Verifier,
    WebhookError,
    canonicalize,
    parse_unsigned,
    sign,
)
from didit_client.fastapi import DiditWebhook
from didit_client.generated.models.decision import CheckWarning, IdVerification
from didit_client.generated.models.sessions import Session
from didit_client.testing import ABSENT, SECRET, Case, Delivery, MakeDelivery, cases, delivery
from didit_client.testing.types import DeliveryType, Scenario, Status
from didit_client.types import Covers, ErrorCode, Outcome, Scheme
from didit_client.views import AnyView


def by_type(event: Event) -> None:
    assert_type(event.status, str | None)
    assert_type(event.event_id, str | None)
    assert_type(event.timestamp, int | None)
    assert_type(event.metadata, Any | None)
    assert_type(event.outcome, Outcome)
    assert_type(event.webhook_type, str | None)
    if event.type == "status.updated":
        assert_type(event, StatusUpdated)
        assert_type(event.decision, Decision | None)
    elif event.type == "transaction.created":
        assert_type(event, TransactionCreated)
        assert_type(event.amount, str | None)
        assert_type(event.action_required, AnyView | None)
    match event.type:
        case "user.status.updated":
            assert_type(event, UserStatusUpdated)
            assert_type(event.previous_status, str | None)
        case "unknown":
            assert_type(event, UnknownEvent)


def by_class(event: Event) -> str:
    match event:
        case StatusUpdated(status="Approved", decision=decision):
            assert_type(decision, Decision | None)
            return "approved"
        case StatusUpdated(session_id=str() as session_id):
            return assert_type(session_id, str)
        case TransactionCreated(txn_id=txn_id):
            assert_type(txn_id, str | None)
            return "transaction"
        case _:
            return event.type


def by_outcome(outcome: Outcome) -> int:
    match outcome:
        case "granted" | "denied":
            return 1
        case "pending" | "retry" | "revoked" | "unknown":
            return 2
        case never:
            assert_never(never)


def views(decision: Decision) -> None:
    assert_type(decision.status, str)
    assert_type(decision.session_number, int | None)
    assert_type(decision.id_verifications, list[IdVerification] | None)
    checks: list[Check] = [*(decision.id_verifications or []), *(decision.liveness_checks or [])]
    for check in checks:
        assert_type(check.node_id, str | None)
        assert_type(check.warnings, list[CheckWarning] | None)
        assert_type(check["tomorrow"], Any)
    for document in decision.id_verifications or []:
        assert_type(document.first_name, str | None)
    assert_type(decision.to_dict(), dict[str, Any])
    assert_type(decision["anything"], Any)
    assert_type(decision.get("anything"), Any)
    assert_type("anything" in decision, bool)


def read_only(event: StatusUpdated, decision: Decision, verified: Verified) -> None:
    event.status = "Approved"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    event.type = "status.updated"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    decision.status = "Approved"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    event.transaction_id  # type: ignore[attr-defined]  # pyright: ignore  # noqa: B018
    assert_type(verified.event, Event)
    assert_type(verified.scheme, Scheme)
    assert_type(verified.covers, Covers)
    assert_type(verified.bytes, bytes)


def unsigned(event: UnsignedEvent) -> None:
    assert_type(event.type, Literal["kyb.registry_search.resolved", "unknown"])
    assert_type(event.authenticated, Literal[False])
    event.outcome  # type: ignore[attr-defined]  # pyright: ignore  # noqa: B018


def arguments(message: http.client.HTTPMessage, environ: Mapping[str, object], now: datetime.datetime) -> None:
    verifier = Verifier(["a", b"b"], schemes=("v2",), environments=["live"], clock=lambda: now)
    assert_type(verifier.verify(b"", message), Verified)
    verifier.verify(bytearray(), environ, 1.5)
    verifier.verify(memoryview(b""), [(b"x-timestamp", b"1")], now)
    verifier.verify("", {"X-Timestamp": ["1"]}, 1)
    verifier.verify_parsed({"a": [1, None]}, [("a", "b")])
    verifier.verify({}, {})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Verifier("a", schemes=("v3",))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(canonicalize(b""), bytes)
    assert_type(sign("", b"", signed_at=now), dict[str, str])
    assert_type(parse_unsigned(b""), UnsignedEvent)
    assert_type(didit_client.__version__, str)


def errors() -> int:
    try:
        raise NotImplementedError
    except WebhookError as error:
        assert_type(error.code, ErrorCode)
        assert_type(error.position, int | None)
        assert_type(error.paths, tuple[str, ...])
        return error.http_status
    except DiditError as error:
        assert_type(error.hint, str)
        return 500


def for_tests(didit_delivery: MakeDelivery, now: datetime.datetime) -> None:
    sent = delivery("data.updated", scenario="approve", status="Approved", secret=b"", now=now, seed=7)
    assert_type(sent, Delivery)
    assert_type(sent.body, bytes)
    assert_type(sent.headers, dict[str, str])
    assert_type(sent.payload, dict[str, Any])
    assert_type(sent.event_id, str)
    assert_type(sent.signed_at, int)
    assert_type(sent.tampered().stale(5).replayed().reencoded().signed_with("b").without("a").unsigned(), Delivery)
    assert_type(sent.changed(anything=1, other=ABSENT).early(), Delivery)
    assert_type(didit_delivery(vendor_data=None, decision={"id_verifications": [{"first_name": "A"}]}), Delivery)
    delivery("session.updated")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    delivery(scenario="decline")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    delivery(status="approved")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    delivery(vendor="user-7")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert_type(cases(), list[Case])
    for case in cases():
        assert_type(case.type, DeliveryType)
        assert_type(case.status, Status | None)
        assert_type(case.scenario, Scenario | None)
        assert_type(case.delivery(secret=SECRET), Delivery)


def calls(client: didit_client.Didit) -> None:
    session = client.sessions.create(vendor_data="user-123", metadata={"plan": "premium"})
    assert_type(session, Session)
    assert_type(session.url, str)
    assert_type(session.reused, bool | None)
    assert_type(session.iframe_html(title="Verify"), str)
    assert_type(session.last_response, didit_client.Response | None)
    assert_type(client.sessions.pdf("id", timeout=5), didit_client.File)
    for row in client.sessions.list(limit=2):
        assert_type(row.status, str | None)
    assert_type(client.with_options(timeout=3), didit_client.Didit)
    assert_type(client.webhooks.verify(b"", {}), Verified)
    assert_type(client.request("GET", "/v3/sessions/"), didit_client.RawResponse)
    assert_type(client.rate_limit, didit_client.RateLimit | None)


async def calls_under_asyncio(client: didit_client.AsyncDidit) -> None:
    assert_type(await client.sessions.create(vendor_data="user-123"), Session)
    page = await client.sessions.list()
    assert_type(page.count, int | None)
    async for row in client.sessions.list():
        assert_type(row.session_id, str)
    assert_type(client.webhooks.verify(b"", {}), Verified)


def misspelt(session: Session, decision: Decision, rows: didit_client.Page[Session]) -> None:
    session.ulr  # type: ignore[attr-defined]  # pyright: ignore  # noqa: B018
    decision.id_verification  # type: ignore[attr-defined]  # pyright: ignore  # noqa: B018
    for row in rows:
        row.statsu  # type: ignore[attr-defined]  # pyright: ignore  # noqa: B018
    # What is not described is read by name, and from what is not described at all as an attribute.
    assert_type(session["undescribed"], Any)
    assert_type(session.get("undescribed"), Any)
    assert_type(rows.data.undescribed, Any)


def routes(app: fastapi.FastAPI, store: didit_client.store.MemoryStore) -> None:
    DiditWebhook(app, ["new", b"old"], store=store, environments=["live"])
    DiditWebhook(app, lambda request: request.headers["tenant"], store=store)
    DiditWebhook(app, 5, store=store)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    DiditWebhook(app, "secret", store=store, max_age="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def mistakes_in_calls(client: didit_client.Didit) -> None:
    client.sessions.create(vendor_dta="user-123")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    print(didit_client.parse_callback("a=b").status)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
