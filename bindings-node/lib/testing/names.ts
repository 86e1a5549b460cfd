import type { Decision } from "../decision.js";
import type { EntityStatus, EventType, SessionStatus, TransactionStatus } from "../events.js";

/** The types of the events that Didit signs. */
export type DeliveryType = Exclude<EventType, "unknown">;

/** The scenarios of Didit's sandbox. */
export type Scenario =
  | "approve"
  | "decline_document_expired"
  | "decline_could_not_recognize_document"
  | "decline_mrz_validation"
  | "decline_minimum_age"
  | "decline_face_match_low_similarity"
  | "decline_liveness_attack"
  | "decline_aml_hit"
  | "decline_ip_blocklist"
  | "decline_poa_address_mismatch"
  | "decline_nfc_chip_not_verified"
  | "decline_database_no_match"
  | "decline_kyb_registry_mismatch"
  | "review_aml_possible_match"
  | "review_face_match_borderline"
  | "review_poa_partial_match";

/** The statuses of travel-rule exchanges that Didit's documentation names. */
type TravelRuleStatus =
  | "AWAITING_COUNTERPARTY"
  | "UNCONFIRMED_OWNERSHIP"
  | "COMPLETED"
  | "FINISHED"
  | "COUNTERPARTY_VASP_NOT_FOUND"
  | "NOT_REACHABLE"
  | "NOT_ENOUGH_COUNTERPARTY_DATA"
  | "NOT_APPLICABLE"
  | "ON_HOLD";

/** The statuses of sessions, of users and businesses, of transactions, and of travel-rule exchanges. */
export type Status = SessionStatus | EntityStatus | TransactionStatus | TravelRuleStatus;

/**
 * The members of a payload that can be given. Any value goes, so that tests can also send what is odd; `undefined`
 * leaves a member out.
 */
export interface Members {
  readonly event_id?: unknown;
  readonly webhook_type?: unknown;
  readonly timestamp?: unknown;
  readonly created_at?: unknown;
  readonly application_id?: unknown;
  readonly environment?: unknown;
  readonly session_id?: unknown;
  readonly session_kind?: unknown;
  readonly business_session_id?: unknown;
  readonly vendor_business_id?: unknown;
  readonly vendor_data?: unknown;
  readonly workflow_id?: unknown;
  readonly workflow_version?: unknown;
  readonly metadata?: unknown;
  /** Merged into the decision that is there; the other members replace those of the same name. */
  readonly decision?: Partial<Decision> | null | undefined;
  readonly resubmit_info?: unknown;
  readonly previous_status?: unknown;
  readonly changed_fields?: unknown;
  readonly changes?: unknown;
  readonly transaction_id?: unknown;
  readonly txn_id?: unknown;
  readonly score?: unknown;
  readonly severity?: unknown;
  readonly amount?: unknown;
  readonly currency?: unknown;
  readonly direction?: unknown;
  readonly action_required?: unknown;
  readonly travel_rule_status?: unknown;
  readonly rail?: unknown;
}
