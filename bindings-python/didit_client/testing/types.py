"""The names used in annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict

from didit_client.types import SignedType

if TYPE_CHECKING:
    from typing import Unpack

    from didit_client.types import Time

    from .signed import Delivery

__all__ = ["DeliveryType", "MakeDelivery", "Members", "Scenario", "Status"]

DeliveryType: TypeAlias = SignedType
"""The types of the events that Didit signs."""

Status: TypeAlias = Literal[
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
    "ACTIVE",
    "FLAGGED",
    "BLOCKED",
    "APPROVED",
    "IN_REVIEW",
    "DECLINED",
    "AWAITING_USER",
    "AWAITING_COUNTERPARTY",
    "UNCONFIRMED_OWNERSHIP",
    "COMPLETED",
    "FINISHED",
    "COUNTERPARTY_VASP_NOT_FOUND",
    "NOT_REACHABLE",
    "NOT_ENOUGH_COUNTERPARTY_DATA",
    "NOT_APPLICABLE",
    "ON_HOLD",
]
"""The statuses of sessions, of users and businesses, of transactions, and of travel-rule exchanges."""

Scenario: TypeAlias = Literal[
    "approve",
    "decline_document_expired",
    "decline_could_not_recognize_document",
    "decline_mrz_validation",
    "decline_minimum_age",
    "decline_face_match_low_similarity",
    "decline_liveness_attack",
    "decline_aml_hit",
    "decline_ip_blocklist",
    "decline_poa_address_mismatch",
    "decline_nfc_chip_not_verified",
    "decline_database_no_match",
    "decline_kyb_registry_mismatch",
    "review_aml_possible_match",
    "review_face_match_borderline",
    "review_poa_partial_match",
]
"""The scenarios of Didit's sandbox."""


class Members(TypedDict, total=False):
    """The members of a payload that can be given. Any value goes, so that tests can also send what is odd."""

    event_id: Any
    webhook_type: Any
    timestamp: Any
    created_at: Any
    application_id: Any
    environment: Any
    session_id: Any
    session_kind: Any
    business_session_id: Any
    vendor_business_id: Any
    vendor_data: Any
    workflow_id: Any
    workflow_version: Any
    metadata: Any
    decision: Any
    resubmit_info: Any
    previous_status: Any
    changed_fields: Any
    changes: Any
    transaction_id: Any
    txn_id: Any
    score: Any
    severity: Any
    amount: Any
    currency: Any
    direction: Any
    action_required: Any
    travel_rule_status: Any
    rail: Any


class MakeDelivery(Protocol):
    """The type of the pytest fixture `didit_delivery`: `delivery`, signed with the fixture `didit_secret`."""

    def __call__(
        self,
        type: DeliveryType = "status.updated",  # noqa: A002
        *,
        scenario: Scenario | None = None,
        status: Status | None = None,
        secret: str | bytes = ...,
        now: Time | None = None,
        seed: int | str | None = None,
        **members: Unpack[Members],
    ) -> Delivery:
        """Build a delivery; see `didit_client.testing.delivery`."""
        ...
