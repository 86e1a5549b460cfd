import type { Decision, ResubmitInfo } from "./decision.js";
import type { ActionRequired } from "./generated/types/transactions.js";
import type { Documented, Known, Open } from "./open.js";

/** The statuses of a verification session, compared with regard to case. */
export type SessionStatus =
  | "Not Started"
  | "In Progress"
  | "In Review"
  | "Approved"
  | "Declined"
  | "Resubmitted"
  | "Awaiting User"
  | "Abandoned"
  | "Expired"
  | "Kyc Expired";

/** The statuses of a user or business. */
export type EntityStatus = "ACTIVE" | "FLAGGED" | "BLOCKED";

/** The statuses of a transaction. */
export type TransactionStatus = "APPROVED" | "IN_REVIEW" | "DECLINED" | "AWAITING_USER";

/** Where an event comes from. */
export type Environment = "live" | "sandbox";

/**
 * What a session's status means for access: Approved is granted, Declined denied; Not Started, In Progress, In
 * Review and Awaiting User are pending; Resubmitted, Abandoned and Expired retry; Kyc Expired is revoked. Any
 * other status, and every event that is not about a session, is unknown.
 */
export type Outcome = "granted" | "denied" | "pending" | "retry" | "revoked" | "unknown";

interface CommonFields {
  /** The event's type exactly as Didit wrote it. */
  webhook_type: string;
  /** UUID of the event, the same in every repetition: deduplicate on it. */
  event_id: string;
  /** When the delivery was signed, in Unix seconds. */
  timestamp: number;
  /** When the event happened, in Unix seconds. */
  created_at: number;
  /** UUID of the Didit application. */
  application_id: string;
  environment: Known<Environment>;
  /** UUID of the verification session. */
  session_id: string;
  /** The new status of the session, user, business or transaction. */
  status: string;
  /** Your own reference, as given to Didit. */
  vendor_data: string;
  /** Your own data, as given to Didit. */
  metadata: unknown;
}

interface SessionFields extends CommonFields {
  status: Known<SessionStatus>;
  workflow_id: string;
  workflow_version: number;
  session_kind: Known<"user" | "business">;
  /** Business sessions only. */
  business_session_id: string;
  /** Your own reference of the business; business sessions only. */
  vendor_business_id: string;
  /** What the workflow found out, if the status is Approved, Declined, In Review or Abandoned. */
  decision: Decision;
  /** What has to be done again, if the status is Resubmitted. */
  resubmit_info: ResubmitInfo;
}

interface EntityFields extends CommonFields {
  status: Known<EntityStatus>;
  previous_status: Known<EntityStatus>;
  /** Names of the fields that changed. */
  changed_fields: string[];
  /** For each of them the previous and the current value. */
  changes: { [field: string]: { previous?: unknown; current?: unknown } };
}

interface TransactionFields extends CommonFields {
  status: Known<TransactionStatus>;
  /** Didit's UUID of the transaction. */
  transaction_id: string;
  /** Your own id of the transaction. */
  txn_id: string;
  score: number;
  severity: string;
  /** Decimal text. */
  amount: string;
  currency: string;
  direction: Known<"inbound" | "outbound">;
  /** What the user has to do. */
  action_required: ActionRequired;
  travel_rule_status: string;
  rail: string;
}

/**
 * An event of one type: the members of the payload under their own names, and two that are made here, whatever
 * the payload says. A member that is not documented is there at run time; a cast reaches it:
 * `(event as Record<string, unknown>).name`.
 */
type EventOf<Type extends string, Fields> = {
  /** The name of the type if it is known, to switch on. */
  type: Type;
  outcome: Outcome;
} & Documented<Fields>;

export type StatusUpdated = EventOf<"status.updated", SessionFields>;
export type DataUpdated = EventOf<"data.updated", SessionFields>;
export type UserStatusUpdated = EventOf<"user.status.updated", EntityFields>;
export type UserDataUpdated = EventOf<"user.data.updated", EntityFields>;
export type BusinessStatusUpdated = EventOf<"business.status.updated", EntityFields>;
export type BusinessDataUpdated = EventOf<"business.data.updated", EntityFields>;
export type ActivityCreated = EventOf<"activity.created", CommonFields>;
export type TransactionCreated = EventOf<"transaction.created", TransactionFields>;
export type TransactionStatusUpdated = EventOf<"transaction.status.updated", TransactionFields>;
export type TravelRuleStatusUpdated = EventOf<"travel_rule.status.updated", TransactionFields>;
export type TransactionRuleSuggestionsCreated = EventOf<"transaction_rule_suggestions.created", CommonFields>;
/** An event of a type that is not known yet; `webhook_type` says which. Answer 2xx and ignore it. */
export type UnknownEvent = EventOf<"unknown", CommonFields> & { [name: string]: unknown };

/** A genuine event. `switch (event.type)` tells its fields. */
export type Event =
  | StatusUpdated
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
  | UnknownEvent;

/** The types of signed events. */
export type EventType = Event["type"];

/** A callback that Didit does not sign. Anybody can have sent it: look up what it tells of. */
export type UnsignedEvent = {
  type: "kyb.registry_search.resolved" | "unknown";
  authenticated: false;
} & Open<Pick<CommonFields, "webhook_type" | "event_id" | "timestamp" | "status" | "vendor_data">>;

type DocumentedField = keyof (SessionFields & EntityFields & TransactionFields);
type SignedField = "timestamp" | "session_id" | "status" | "webhook_type";

/** The documented fields that `X-Signature-Simple` does not cover. Keyed, so that none can be forgotten. */
export const unsignedUnderSimple = {
  event_id: true,
  created_at: true,
  application_id: true,
  environment: true,
  vendor_data: true,
  metadata: true,
  workflow_id: true,
  workflow_version: true,
  session_kind: true,
  business_session_id: true,
  vendor_business_id: true,
  decision: true,
  resubmit_info: true,
  previous_status: true,
  changed_fields: true,
  changes: true,
  transaction_id: true,
  txn_id: true,
  score: true,
  severity: true,
  amount: true,
  currency: true,
  direction: true,
  action_required: true,
  travel_rule_status: true,
  rail: true,
} as const satisfies Record<Exclude<DocumentedField, SignedField>, true>;
