import { typeName } from "./describe.js";
import type { Outcome, SessionStatus } from "./events.js";
import { binding } from "./native.js";

/** The ten statuses of a session that Didit documents. */
export const all: readonly SessionStatus[] = Object.freeze(binding.sessionStatuses() as SessionStatus[]);

/** What a status means for the user's access; `unknown` for one that is not documented. */
export function outcome(status: string): Outcome {
  return binding.statusOutcome(checked(status)) as Outcome;
}

/** Whether the verification is over. A reviewer can still change it, and an approval can expire. */
export function isFinal(status: string): boolean {
  return binding.statusIsFinal(checked(status));
}

/** The statuses that can come next; none for one that is not documented. */
export function transitions(status: string): SessionStatus[] {
  return binding.statusTransitions(checked(status)) as SessionStatus[];
}

function checked(status: unknown): string {
  if (typeof status !== "string") {
    throw new TypeError(`status must be a string, not ${typeName(status)}`);
  }
  return status;
}
