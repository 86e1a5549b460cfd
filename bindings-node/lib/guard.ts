import { typeName } from "./describe.js";
import type { Outcome } from "./events.js";
import { binding } from "./native.js";
import { eventKey } from "./store/protocol.js";
import { Verified } from "./webhook.js";

/** What an event is, beside what is known. */
export type Verdict = "newer" | "revoked" | "stale" | "duplicate" | "other_session" | "unrelated";

/** What is known of a verification: for a row of the application's own. It holds no personal data. */
export interface Verification {
  /** The session that counts at present. */
  readonly sessionId: string;
  /** Its status, exactly as Didit wrote it. */
  readonly status: string;
  /** When the status was set, in Unix seconds: the event's `created_at`, or the time of the `update-status`. */
  readonly changedAt: number;
  /** Whether `changedAt` is only the time of the delivery, because the event carried no `created_at`. */
  readonly dispatched: boolean;
  /** The latest signed time of all deliveries that were applied, in Unix seconds. */
  readonly signedAt: number;
  /** Who set the status: an event, or the application through `update-status`. */
  readonly source: "event" | "api";
  /** The event that was applied last: its id, or what stands in for it. */
  readonly eventKey: string;
}

/** A verdict, and what is known after it. */
export interface Applied {
  readonly verdict: Verdict;
  /** What to keep; it is new where the verdict is `newer` or `revoked`. */
  readonly verification: Verification | undefined;
  /** Whether status or session differ from what was known. */
  readonly changed: boolean;
  /** Whether the event is later than what is known; also for another session. */
  readonly later: boolean;
}

/**
 * Puts an event beside what is known of its user or session, because deliveries arrive late and out of order.
 *
 * `newer`: act on it, and keep `verification`. `revoked`: the same, and an approval no longer holds. `stale`: something
 * later is known, a decision or a status that the application set. `duplicate`: it was applied last. `other_session`:
 * it is about another session; to follow that one, apply the event to `undefined`. `unrelated`: about no session.
 */
export function apply(verified: Verified, current: Verification | undefined): Applied {
  if (!(verified instanceof Verified)) {
    throw new TypeError(`apply needs what a verifier returned, not ${typeName(verified)}`);
  }
  const { verdict, verification, changed, later } = binding.applyEvent(news(verified), current);
  const kept = verification == null ? undefined : (verification as Verification);
  return { verdict: verdict as Verdict, verification: kept, changed, later };
}

/**
 * What is known after the application has set a status through `update-status`.
 *
 * @param at Unix seconds by Didit's clock, such as the `Date` of its answer. Earlier events change nothing more.
 */
export function withStatus(current: Verification, status: string, at: number): Verification {
  return binding.setStatus(current, status, at) as Verification;
}

/** What a session's status means for the user's access. */
export function outcomeOf(status: string): Outcome {
  return binding.statusOutcome(status) as Outcome;
}

function news(verified: Verified): Parameters<typeof binding.applyEvent>[0] {
  const { event, covers, signedAt } = verified;
  if (event.type !== "status.updated" && event.type !== "data.updated") {
    return undefined;
  }
  const { session_id: sessionId, status } = event;
  if (typeof sessionId !== "string" || typeof status !== "string" || sessionId === "" || status === "") {
    return undefined;
  }
  // X-Signature-Simple does not cover it.
  const created: unknown = covers === "body" ? event.created_at : undefined;
  const createdAt = Number.isSafeInteger(created) ? (created as number) : undefined;
  return { sessionId, status, createdAt, signedAt, eventKey: eventKey(verified) };
}
