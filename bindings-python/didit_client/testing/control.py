"""The control API of didit-dev: what a test steers the emulated service by."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .types import DeliveryType, Scenario

__all__ = ["Clock", "Control", "ControlError", "Credentials", "Fault", "Mail", "Misbehaviour", "SentDelivery"]

Misbehaviour: TypeAlias = Literal[
    "duplicate",
    "reorder",
    "delay",
    "drop",
    "wrong_secret",
    "reencoded",
    "unescaped",
    "escaped",
    "header_refreshed",
    "timestamp_stripped",
    "signatures_stripped",
    "trickle",
    "cut",
]
"""The ways in which a delivery can go wrong."""

SessionStatus: TypeAlias = Literal[
    "Not Started",
    "In Progress",
    "In Review",
    "Approved",
    "Declined",
    "Resubmitted",
    "Awaiting User",
    "Abandoned",
    "Expired",
    "Kyc Expired",
]


class ControlError(Exception):
    """didit-dev refused what the test asked for, or gave no answer; the text says why."""


class Clock(TypedDict):
    """What the emulated clock shows."""

    now: float
    """Unix seconds."""
    speed: float
    """Emulated seconds in one real second."""


class Mail(TypedDict):
    """A code that Didit would have mailed."""

    email: str
    code: str
    expires_at: int
    """Unix seconds."""


class Fault(TypedDict, total=False):
    """What makes the next calls of an operation fail."""

    operation: str
    """Such as `sessions.create`; `*` is every operation."""
    status: int | None
    """The answer's status, 200 to 599; None only makes the call slow, or loses its answer."""
    times: int
    """How many calls."""
    headers: dict[str, str]
    body: Any
    delay_ms: int
    """Milliseconds before anything happens."""
    lose_answer: bool
    """The call is done, and the caller does not learn of it: he gets the status, or without one a broken connection."""


@dataclass(frozen=True)
class Credentials:
    """What the first application of didit-dev is configured with."""

    api_key: str | None
    """None where didit-dev took it from its environment: it may be a real one, and is not told."""
    workflow_id: str
    webhook_secret: str | None
    """None as with the key."""
    application_id: str
    organization_id: str
    client_id: str

    def __repr__(self) -> str:
        """Name the application, and show none of its secrets."""
        return f"Credentials(application_id={self.application_id!r})"


@dataclass(frozen=True)
class SentDelivery:
    """An attempt to deliver an event, as didit-dev wrote it down."""

    uuid: str
    destination: str
    session_id: str | None
    event_id: str
    webhook_type: str
    attempt: int
    """1 for the first."""
    kind: str
    """`send`, `retry` or `resend`, or the misbehaviour that it was."""
    request_url: str
    headers: dict[str, str]
    body: bytes
    status: Literal["delivered", "failed"]
    response_status: int | None
    """What your application answered; None if it did not."""
    response_time_ms: int | None
    note: str | None
    """Why there is no answer."""
    created_at: int
    """Unix seconds of the emulated clock."""

    @property
    def payload(self) -> dict[str, Any]:
        """What the body says."""
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    @property
    def session_status(self) -> str | None:
        """The new status of the session, if the event is a `status.updated`."""
        return str(self.payload.get("status")) if self.webhook_type == "status.updated" else None

    def __repr__(self) -> str:
        """Tell what happened, without what the event says."""
        return (
            f"SentDelivery({self.webhook_type!r}, kind={self.kind!r}, attempt={self.attempt}, "
            f"response_status={self.response_status})"
        )


class Control:
    """The control API of the didit-dev that answers at an address, for example of one that somebody else started."""

    def __init__(self, base_url: str, *, timeout: float = 30.0) -> None:
        """Take the address, such as `http://127.0.0.1:8787`, and how many seconds a call may take."""
        self.base_url: str = base_url.rstrip("/")
        self._host = urlsplit(self.base_url).netloc
        self._timeout = timeout

    def credentials(self) -> Credentials:
        """The first application's credentials, without those that didit-dev took from its environment."""
        application = self._call("GET", "/status")["application"]
        return Credentials(**{name: application[name] for name in Credentials.__dataclass_fields__})

    def move(
        self,
        session_id: str,
        status: SessionStatus,
        *,
        scenario: Scenario | None = None,
        checks: Mapping[str, Any] | None = None,
        resubmit_info: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Move a session to a status by the documented transitions, with an event for each; return the session.

        Args:
            session_id: the session.
            status: where to.
            scenario: one of the sandbox's scenarios, which decides what the checks find. It is refused where the
                session does not come to the status that the scenario ends in; before it is decided it counts later.
            checks: merged into the arrays of the decision.
            resubmit_info: exactly as the event is to carry it.
        """
        body = {
            "status": status,
            "scenario": scenario,
            "checks": checks,
            "resubmit_info": resubmit_info,
        }
        return self._object("POST", f"/sessions/{quote(session_id, safe='')}/status", _given(body))

    def change_checks(self, session_id: str, checks: Mapping[str, Any]) -> dict[str, Any]:
        """Merge into what the checks of a session found, and send `data.updated`; return the checks."""
        return self._object("POST", f"/sessions/{quote(session_id, safe='')}/checks", checks)

    def move_transaction(self, transaction_id: str, status: str) -> dict[str, Any]:
        """Give a transaction another status; return the transaction."""
        return self._object("POST", f"/transactions/{quote(transaction_id, safe='')}/status", {"status": status})

    def clock(self) -> Clock:
        """What the clock shows."""
        clock: Clock = self._call("GET", "/clock")
        return clock

    def change_clock(
        self,
        *,
        set: float | None = None,  # noqa: A002
        advance: float | None = None,
        speed: float | None = None,
    ) -> Clock:
        """Set the clock to Unix seconds, then advance it by seconds, then set its speed; 0 stops it.

        Sessions whose time runs out on the way do so before this returns, and retries become due.
        """
        clock: Clock = self._call("POST", "/clock", _given({"set": set, "advance": advance, "speed": speed}))
        return clock

    def set_credits(self, credits: int | None) -> None:  # noqa: A002
        """How many sessions can still be created; None is without end."""
        self._call("POST", "/credits", {"credits": credits})

    def add_fault(
        self,
        operation: str,
        *,
        status: int | None = None,
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        delay_ms: int = 0,
        lose_answer: bool = False,
    ) -> None:
        """Let the next calls of an operation fail; see `Fault`."""
        fault = {"operation": operation, "status": status, "times": times, "headers": headers, "body": body}
        self._call("POST", "/faults", {**_given(fault), "delay_ms": delay_ms, "lose_answer": lose_answer})

    def faults(self) -> list[Fault]:
        """The faults that are still to come."""
        faults: list[Fault] = self._call("GET", "/faults")
        return faults

    def clear_faults(self) -> None:
        """Let calls succeed again."""
        self._call("DELETE", "/faults")

    def misbehave(self, misbehaviour: Misbehaviour, *, destination: str = "*", times: int = 1) -> None:
        """Let the next deliveries go wrong, to one destination or to the next that comes."""
        self._call(
            "POST",
            "/misbehaviours",
            {"misbehaviour": misbehaviour, "destination": destination, "times": times},
        )

    def behave(self) -> None:
        """Let deliveries go right again."""
        self._call("DELETE", "/misbehaviours")

    def add_destination(
        self,
        url: str,
        *,
        events: Sequence[DeliveryType] | None = None,
        version: Literal["v1", "v2", "v3"] = "v3",
    ) -> str:
        """Send events of these types, by default all, to your webhook; return the destination's UUID.

        They are signed with `DIDIT_WEBHOOK_SECRET`: the secret in `credentials()`, or that of didit-dev's environment.
        """
        wanted = {"url": url, "version": version, "events": None if events is None else list(events)}
        return str(self._object("POST", "/destinations", _given(wanted))["uuid"])

    def send_event(
        self,
        type: DeliveryType = "status.updated",  # noqa: A002
        *,
        scenario: Scenario | None = None,
        status: str | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> str:
        """Send an event that nobody caused to the first application's destinations; return its `event_id`."""
        wanted = {"type": type, "scenario": scenario, "status": status, "members": members}
        return str(self._object("POST", "/events", _given(wanted))["event_id"])

    def deliveries(
        self,
        *,
        session_id: str | None = None,
        event_id: str | None = None,
        session_status: SessionStatus | None = None,
    ) -> list[SentDelivery]:
        """The last 500 attempts, oldest first.

        Args:
            session_id: only those about this session.
            event_id: only those of this event.
            session_status: only the `status.updated` that tell of this status.
        """
        found = [_sent(one) for one in reversed(self._call("GET", "/deliveries"))]
        return [
            one
            for one in found
            if session_id in (None, one.session_id)
            and event_id in (None, one.event_id)
            and (session_status is None or one.session_status == session_status)
        ]

    def wait_for_delivery(
        self,
        wanted: Callable[[SentDelivery], bool] | None = None,
        *,
        session_id: str | None = None,
        event_id: str | None = None,
        session_status: SessionStatus | None = None,
        timeout: float = 10.0,
    ) -> SentDelivery:
        """The first attempt that fits, waiting for it if need be.

        Args:
            wanted: says whether an attempt is the one; None takes the first.
            session_id: only one about this session.
            event_id: only one of this event.
            session_status: only a `status.updated` that tells of this status.
            timeout: after so many seconds it gives up.

        Raises:
            ControlError: there was none; the text lists those that were there.
        """
        deadline = time.monotonic() + timeout
        while True:
            found = self.deliveries(session_id=session_id, event_id=event_id, session_status=session_status)
            for one in found:
                if wanted is None or wanted(one):
                    return one
            if time.monotonic() > deadline:
                raise ControlError(f"no such delivery within {timeout} s; there are {found}")
            time.sleep(0.02)

    def resend(self, delivery: str) -> str:
        """Send a delivery again with a fresh timestamp; return the new attempt's UUID."""
        return str(self._object("POST", f"/deliveries/{quote(delivery, safe='')}/resend")["uuid"])

    def mail(self, email: str | None = None) -> list[Mail]:
        """The codes that Didit would have mailed, newest first; to one address, if you name it."""
        mails: list[Mail] = self._call("GET", "/mail")
        return [mail for mail in mails if email in (None, mail["email"])]

    def reset(self) -> None:
        """Forget everything but the first application's credentials; the clock begins anew too."""
        self._call("POST", "/reset")

    def _object(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = self._call(method, path, body)
        return answer

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection(self._host, timeout=self._timeout)
        try:
            connection.request(method, f"/_dev{path}", None if body is None else json.dumps(body).encode())
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ControlError(f"didit-dev at {self.base_url} gave no answer: {error!r}") from None
        finally:
            connection.close()
        if response.status != http.client.OK:
            detail = answer.get("detail", answer) if isinstance(answer, dict) else answer
            raise ControlError(f"didit-dev answered {response.status}: {detail}")
        return answer


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _sent(one: dict[str, Any]) -> SentDelivery:
    headers, body = json.loads(one.pop("request_header")), one.pop("request_body").encode()
    known = {name: one[name] for name in SentDelivery.__dataclass_fields__ if name in one}
    return SentDelivery(**known, headers=headers, body=body)
