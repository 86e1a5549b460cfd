import type { Outcome, SessionStatus } from "./events.js";
import { binding } from "./native.js";

/** The ten statuses of a session that Didit documents. */
export const all: readonly SessionStatus[] = Object.freeze(binding.sessionStatuses() as SessionStatus[]);

/** What a status means for the user's access; `unknown` for one that is not documented. */
export function outcome(status: string): Outcome {
  return binding.statusOutcome(status) as Outcome;
}

/** Whether the verification is over. A reviewer can still change it, and an approval can expire. */
export function isFinal(status: string): boolean {
  return binding.statusIsFinal(status);
}

/** The statuses that can come next; none for one that is not documented. */
export function transitions(status: string): SessionStatus[] {
  return binding.statusTransitions(status) as SessionStatus[];
}
