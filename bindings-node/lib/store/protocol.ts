import { typeName } from "../describe.js";
import { call, raise } from "../errors.js";
import { binding } from "../native.js";
import { seconds } from "../options.js";
import type { Verified } from "../webhook.js";

/** What a worker that wants to do an event is told: do it, another worker is doing it, or it is done. */
export interface Claim {
  readonly namespace: string;
  readonly eventId: string;
  readonly answer: "new" | "in_flight" | "done";
  /** Proves who holds the claim; empty unless the answer is `new`. */
  readonly token: string;
  /** How many workers have claimed the event; more than 1 after a failure or a dead worker. */
  readonly attempts: number;
}

/** How many events are in which state. */
export interface Counts {
  /** Being done, their leases running. */
  readonly inFlight: number;
  /** Claimed by a worker that died: the lease has ended, and nobody has tried again yet. */
  readonly expired: number;
  /** Failed, and not tried again yet. */
  readonly released: number;
  readonly done: number;
}

/** A store of processed events. Its methods reject with `StoreError` where it cannot be used. */
export interface Store {
  /** Seconds for which a claim holds unless it is renewed: less than the minute to Didit's first retry. */
  readonly lease: number;
  /** Seconds for which an event is remembered. */
  readonly retention: number;
  /** Whether `complete` can take part in a transaction of the application. */
  readonly transactional: boolean;
  /** Asks for the right to do an event. */
  claim(namespace: string, eventId: string): Promise<Claim>;
  /** Makes the lease begin anew; false if it was lost. */
  renew(claim: Claim): Promise<boolean>;
  /**
   * Records that the event is done: in `client`'s transaction, where the store can and one is given.
   *
   * @throws {StoreError} `claim_lost`: another worker has taken the event.
   */
  complete(claim: Claim, client?: unknown): Promise<void>;
  /** Gives the event back, so that the next delivery is done at once; false if the claim was lost. */
  release(claim: Claim): Promise<boolean>;
  /** Whether the event is done. */
  isDone(namespace: string, eventId: string): Promise<boolean>;
  /** Forgets what has not changed during the retention, and returns how many events those were. */
  purge(): Promise<number>;
  /** Counts the events by their state: for a gauge that is read once a minute. */
  counts(): Promise<Counts>;
}

/**
 * What tells an event from every other: its `event_id`, or `sha256:` and a hash of the authenticated bytes where
 * older versions have none.
 */
export function eventKey(verified: Verified): string {
  // X-Signature-Simple does not cover the id.
  const id: unknown = verified.covers === "body" ? verified.event.event_id : undefined;
  return typeof id === "string" && id !== "" ? id : binding.storeEventKey(undefined, verified.bytes);
}

const [LEASE_MS = 0, RETENTION = 0] = binding.storeDefaults();

/** @internal */
export const defaults = { lease: LEASE_MS / 1000, retention: RETENTION } as const;

/**
 * Checks the two times of a store, against the window of deliveries where that is known.
 *
 * @internal
 */
export function checkLimits(lease: unknown, retention: unknown, window: number, caller: Function): void {
  const milliseconds = Math.max(1, Math.round(seconds(lease, "lease") * 1000));
  const remembered = Math.floor(seconds(retention, "retention"));
  call(caller, () => binding.checkLimits(milliseconds, remembered, window));
}

/**
 * Refuses a namespace or event id that is no text.
 *
 * @internal
 */
export function checkKey(namespace: unknown, eventId: unknown, method: string): void {
  if (typeof namespace === "string" && typeof eventId === "string") {
    return;
  }
  for (const [name, value] of Object.entries({ namespace, eventId })) {
    if (typeof value !== "string") {
      throw new TypeError(
        `${method} takes a namespace and an event id; ${name} must be a string, not ${typeName(value)}`,
      );
    }
  }
}

/** The text of a key. @internal */
export function keyText(namespace: string, eventId: string, caller: Function): string {
  checkKey(namespace, eventId, caller.name);
  const key = binding.storeKey(namespace, eventId);
  return typeof key === "string" ? key : raise(key, caller);
}

/**
 * The error for a failure of the application's own client. Its words are left out where they could quote a value.
 *
 * @internal
 */
export function unavailable(cause: unknown, caller: Function): never {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? `: ${String(cause.code)}` : "";
  const name = cause instanceof Error ? cause.name : typeof cause;
  return raise(binding.storeFailure(`${name}${code}`), caller);
}

/** @internal */
export function claimLost(caller: Function): never {
  return raise(binding.storeFailure(undefined), caller);
}
