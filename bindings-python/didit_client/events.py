"""What a delivery says: one class per event type, read-only, parsed lazily from the authenticated bytes."""

from __future__ import annotations

from .decision import Decision, ResubmitInfo
from .views import AnyView, Field, View, described, in_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, ClassVar, Literal

    from . import _native
    from .types import Outcome

__all__ = [
    "ActivityCreated",
    "BaseEvent",
    "BusinessDataUpdated",
    "BusinessStatusUpdated",
    "DataUpdated",
    "Event",
    "StatusUpdated",
    "TransactionCreated",
    "TransactionRuleSuggestionsCreated",
    "TransactionStatusUpdated",
    "TravelRuleStatusUpdated",
    "UnknownEvent",
    "UnsignedEvent",
    "UserDataUpdated",
    "UserStatusUpdated",
]


class Content:
    """The members of a payload, of which each is parsed only when it is read.

    Attributes read the documented fields: absent and null are None, objects are views. `event["name"]` and
    `event.get("name")` give any member as plain JSON data, which is the caller's own copy.
    """

    __slots__ = ("_parsed", "_payload")

    def __init__(self, payload: _native.Payload) -> None:
        """Read `payload`, which only the verifier makes."""
        self._payload = payload
        # The containers that were read as views, which can be handed out again.
        self._parsed: dict[str, Any] | None = None

    @property
    def webhook_type(self) -> str | None:
        """The event's type exactly as Didit wrote it, also if it is not known here."""
        return self._field("webhook_type", None)  # type: ignore[no-any-return]

    def _field(self, name: str, view: type[View] | None) -> Any:
        if view is not None and self._parsed is not None and name in self._parsed:
            return in_view(self._parsed[name], view)
        value = self._payload.get(name)
        if value is None:
            self._refuse_uncovered(name, AttributeError)
        elif view is not None and (type(value) is dict or type(value) is list):
            self._parsed = {**(self._parsed or {}), name: value}
            return in_view(value, view)
        return value

    def __getitem__(self, name: str) -> Any:
        """Return any member as plain JSON data."""
        if name not in self._payload:
            self._refuse_uncovered(name, KeyError)
            raise KeyError(name)
        return self.get(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return any member as plain JSON data, or `default` if it is absent."""
        value = self._payload.get(name, self)
        if value is self:
            self._refuse_uncovered(name, KeyError)
            return default
        return value

    def _refuse_uncovered(self, name: str, error: type[Exception]) -> None:
        if not self._payload.covers(name):
            raise error(
                f"X-Signature-Simple does not cover {name!r}, so anybody can have written it; read it from the "
                "API, or accept X-Signature-V2, which covers the whole body"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return all members as plain JSON data, which is the caller's own."""
        return self._payload.to_dict()

    def keys(self) -> list[str]:
        """Return the members' names."""
        return self._payload.keys()

    def __iter__(self) -> Iterator[str]:
        """Iterate over the members' names."""
        return iter(self._payload.keys())

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a member of that name."""
        return isinstance(name, str) and name in self._payload

    def __eq__(self, other: object) -> bool:
        """Compare the payload, byte for byte."""
        if isinstance(other, Content) and type(other) is type(self):
            return self._payload.json == other._payload.json
        return NotImplemented

    def __hash__(self) -> int:
        """Hash the payload."""
        return hash(self._payload.json)

    def __repr__(self) -> str:
        """Show the type, ids and the status, and nothing else."""
        return described(self, self._payload)

    def __copy__(self) -> Content:
        """Return the event itself, which never changes."""
        return self

    def __deepcopy__(self, memo: object) -> Content:
        """Return the event itself, which never changes."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the payload. What is read from a pickle is as trustworthy as the pickle."""
        return type(self), (self._payload,)


class BaseEvent(Content):
    """What all signed events have in common.

    Where the signature is X-Signature-Simple, only `timestamp`, `session_id`, `status` and `webhook_type`
    are authenticated, and nothing else can be read.
    """

    __slots__ = ()

    event_id: Field[str] = Field("UUID of the event, the same in every repetition: deduplicate on it.")
    timestamp: Field[int] = Field("When the delivery was signed, in Unix seconds.")
    created_at: Field[int] = Field("When the event happened, in Unix seconds.")
    application_id: Field[str] = Field("UUID of the Didit application.")
    environment: Field[str] = Field("live or sandbox.")
    session_id: Field[str] = Field("UUID of the verification session.")
    status: Field[str] = Field("The new status of the session, user, business or transaction.")
    vendor_data: Field[str] = Field("Your own reference, as given to Didit.")
    metadata: Field[Any] = Field("Your own data, as given to Didit: plain JSON.")

    @property
    def outcome(self) -> Outcome:
        """What a session's status means for access; `unknown` for any other event.

        Approved is granted, Declined denied; Not Started, In Progress, In Review and Awaiting User are
        pending; Resubmitted, Abandoned and Expired retry; Kyc Expired is revoked.
        """
        return self._payload.outcome  # type: ignore[return-value]

    if not TYPE_CHECKING:
        # Type checkers know the fields of each type; a program may read them without asking for the type.
        def __getattr__(self, name: str) -> Any:
            """Read a documented field of other event types, absent here, or a member that is not documented."""
            field = getattr(UnknownEvent, name, None)
            if isinstance(field, Field):
                return field.__get__(self, type(self))
            if not name.startswith("_"):
                self._refuse_uncovered(name, AttributeError)
                if name in self._payload:
                    return self._field(name, View)
            kind = type(self).__name__
            raise AttributeError(f"this {kind} has no member {name!r}; event.get({name!r}) allows for that")


class _SessionEvent(BaseEvent):
    """What is told of verification sessions."""

    __slots__ = ()

    workflow_id: Field[str] = Field("UUID of the workflow.")
    workflow_version: Field[int] = Field("Version of the workflow.")
    session_kind: Field[str] = Field("user or business.")
    business_session_id: Field[str] = Field("UUID of the business session that this one belongs to.")
    vendor_business_id: Field[str] = Field("Your own reference of the business.")
    decision: Field[Decision] = Field(
        "What the workflow found out, if the status is Approved, Declined, In Review or Abandoned.", Decision
    )
    resubmit_info: Field[ResubmitInfo] = Field("What has to be done again, if it is Resubmitted.", ResubmitInfo)


class _EntityEvent(BaseEvent):
    """What is told of users and businesses."""

    __slots__ = ()

    previous_status: Field[str] = Field("ACTIVE, FLAGGED or BLOCKED, before the change.")
    changed_fields: Field[list[str]] = Field("Names of the fields that changed.")
    changes: Field[AnyView] = Field("For each of them an object with `previous` and `current`.", View)


class _TransactionEvent(BaseEvent):
    """What is told of transactions."""

    __slots__ = ()

    transaction_id: Field[str] = Field("Didit's UUID of the transaction.")
    txn_id: Field[str] = Field("Your own id of the transaction.")
    score: Field[float] = Field("How risky it is.")
    severity: Field[str] = Field("The same in words.")
    amount: Field[str] = Field("The amount, as decimal text.")
    currency: Field[str] = Field("The currency.")
    direction: Field[str] = Field("inbound or outbound.")
    action_required: Field[AnyView] = Field("What the user has to do: `type`, `url` and more.", View)
    travel_rule_status: Field[str] = Field("The state of the travel-rule exchange.")
    rail: Field[str] = Field("The way by which the travel-rule data go.")


class StatusUpdated(_SessionEvent):
    """A session's status changed, or a session was created."""

    __slots__ = ()
    type: ClassVar[Literal["status.updated"]] = "status.updated"


class DataUpdated(_SessionEvent):
    """The data of a session were edited."""

    __slots__ = ()
    type: ClassVar[Literal["data.updated"]] = "data.updated"


class UserStatusUpdated(_EntityEvent):
    """A user's status changed."""

    __slots__ = ()
    type: ClassVar[Literal["user.status.updated"]] = "user.status.updated"


class UserDataUpdated(_EntityEvent):
    """A user's profile changed."""

    __slots__ = ()
    type: ClassVar[Literal["user.data.updated"]] = "user.data.updated"


class BusinessStatusUpdated(_EntityEvent):
    """A business's status changed."""

    __slots__ = ()
    type: ClassVar[Literal["business.status.updated"]] = "business.status.updated"


class BusinessDataUpdated(_EntityEvent):
    """A business's profile changed."""

    __slots__ = ()
    type: ClassVar[Literal["business.data.updated"]] = "business.data.updated"


class ActivityCreated(BaseEvent):
    """An activity was recorded. Didit documents no fields of its own."""

    __slots__ = ()
    type: ClassVar[Literal["activity.created"]] = "activity.created"


class TransactionCreated(_TransactionEvent):
    """A transaction was created and evaluated for the first time."""

    __slots__ = ()
    type: ClassVar[Literal["transaction.created"]] = "transaction.created"


class TransactionStatusUpdated(_TransactionEvent):
    """A transaction's status changed."""

    __slots__ = ()
    type: ClassVar[Literal["transaction.status.updated"]] = "transaction.status.updated"


class TravelRuleStatusUpdated(_TransactionEvent):
    """A travel-rule exchange went on."""

    __slots__ = ()
    type: ClassVar[Literal["travel_rule.status.updated"]] = "travel_rule.status.updated"


class TransactionRuleSuggestionsCreated(BaseEvent):
    """There are new rule suggestions. Didit documents no fields of its own."""

    __slots__ = ()
    type: ClassVar[Literal["transaction_rule_suggestions.created"]] = "transaction_rule_suggestions.created"


class UnknownEvent(_SessionEvent, _EntityEvent, _TransactionEvent):
    """An event of a type that is not known here: acknowledge it with 2xx and ignore it."""

    __slots__ = ()
    type: ClassVar[Literal["unknown"]] = "unknown"


class UnsignedEvent(Content):
    """A callback that Didit does not sign. Anybody can have sent it: look up what it tells of over the API."""

    __slots__ = ()
    authenticated: ClassVar[Literal[False]] = False

    @property
    def type(self) -> Literal["kyb.registry_search.resolved", "unknown"]:
        """The one type that Didit sends unsigned, or `unknown`; never that of a signed event."""
        return self._payload.kind  # type: ignore[return-value]

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Explain how members are read."""
            raise AttributeError(f"an unsigned event has no field {name!r}; event.get({name!r}) reads any")


Event = (
    StatusUpdated
    | DataUpdated
    | UserStatusUpdated
    | UserDataUpdated
    | BusinessStatusUpdated
    | BusinessDataUpdated
    | ActivityCreated
    | TransactionCreated
    | TransactionStatusUpdated
    | TravelRuleStatusUpdated
    | TransactionRuleSuggestionsCreated
    | UnknownEvent
)
"""Any signed event; `event.type` and `match` tell them apart."""

# The members of the union are the one list of the classes.
CLASSES: dict[str, type[BaseEvent]] = {event.type: event for event in Event.__args__}


def event_of(payload: _native.Payload) -> Event:
    """Return the event of a verified payload."""
    return CLASSES[payload.kind](payload)  # type: ignore[return-value]
