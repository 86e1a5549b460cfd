"""The parts of a session event: the decision, and what a resubmission asks for."""

from __future__ import annotations

from .views import Field, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Check", "Decision", "ResubmitInfo"]


class Check(View):
    """One entry of a decision's array: the result of one node of the workflow."""

    __slots__ = ()

    node_id: Field[str] = Field("The workflow node; the one stable name of an entry.")
    status: Field[str] = Field("Approved, Declined, In Review, Not Finished or another.")
    warnings: Field[list[View]] = Field("What was noticed: `risk`, `feature`, `log_type` and descriptions.")


class Decision(View):
    """What the workflow found out, in the shape of `GET /v3/session/{id}/decision/`.

    Every member may be absent or null. An array is null until its feature has produced data; it has one
    entry per node of the workflow. Images and other media are short-lived addresses.
    """

    __slots__ = ()

    session_id: Field[str] = Field("UUID of the session.")
    session_kind: Field[str] = Field("user or business.")
    session_number: Field[int] = Field("The session's number in the application.")
    session_url: Field[str] = Field("The page on which the user verifies; null without the right to write sessions.")
    status: Field[str] = Field("The session's status.")
    environment: Field[str] = Field("live or sandbox.")
    workflow_id: Field[str] = Field("UUID of the workflow.")
    workflow_version: Field[int] = Field("Version of the workflow.")
    features: Field[list[Any]] = Field("The features of the workflow, mostly as display names.")
    vendor_data: Field[str] = Field("Your own reference, as given when the session was created.")
    metadata: Field[Any] = Field("Your own data, as given when the session was created.")
    expected_details: Field[View] = Field("What the user was expected to be.")
    contact_details: Field[View] = Field("E-mail address and telephone number given for the session.")
    callback: Field[str] = Field("Where the user returns to.")
    created_at: Field[str] = Field("When the session was created, in ISO 8601.")
    expires_at: Field[str] = Field("When it expires, in ISO 8601.")
    nfc_skip_reason: Field[str] = Field("Why the chip was not read.")
    id_verifications: Field[list[Check]] = Field("Identity documents.", Check)
    nfc_verifications: Field[list[Check]] = Field("Chips of identity documents.", Check)
    liveness_checks: Field[list[Check]] = Field("Proofs that a living person is in front of the camera.", Check)
    face_matches: Field[list[Check]] = Field("Comparisons of faces.", Check)
    phone_verifications: Field[list[Check]] = Field("Telephone numbers.", Check)
    email_verifications: Field[list[Check]] = Field("E-mail addresses.", Check)
    poa_verifications: Field[list[Check]] = Field("Proofs of address.", Check)
    aml_screenings: Field[list[Check]] = Field("Searches in sanction lists and the like.", Check)
    ip_analyses: Field[list[Check]] = Field("Where and with what the user was connected.", Check)
    database_validations: Field[list[Check]] = Field("Comparisons with public registers.", Check)
    questionnaire_responses: Field[list[Check]] = Field("Answers to questionnaires.", Check)
    document_ai_documents: Field[list[Check]] = Field("Documents read on request.", Check)
    registry_checks: Field[list[Check]] = Field("Business sessions: the company in its register.", Check)
    key_people_checks: Field[list[Check]] = Field("Business sessions: officers and owners.", Check)
    document_verifications: Field[list[Check]] = Field("Business sessions: the company's documents.", Check)
    reviews: Field[list[View]] = Field("What reviewers did: `user`, `new_status`, `comment`, `created_at`.")


class ResubmitInfo(View):
    """What the user has to do again."""

    __slots__ = ()

    nodes_to_resubmit: Field[list[View]] = Field("The steps to repeat: `node_id` and `feature`.")
    reasons: Field[View] = Field("A text for each `node_id`.")
