import { typeName } from "./describe.js";
import type { Store } from "./store/protocol.js";

/** How bad it is. */
export type LogLevel = "info" | "warn" | "error";

/** What a log may hold of a delivery. */
export interface LogFacts {
  /** The name of the answer, or the code of the error. */
  readonly code: string;
  readonly event?: string;
  readonly type?: string;
  readonly outcome?: string;
  readonly scheme?: string;
  readonly attempts?: number;
  readonly milliseconds?: number;
  /** The class of the handler's error; its message may quote anything. */
  readonly exception?: string;
}

/** Takes one line. */
export type Log = (level: LogLevel, message: string, facts: LogFacts) => void;

/**
 * The log of a route that has none: what somebody should look at.
 *
 * @internal
 */
export function print(level: LogLevel, message: string, facts: LogFacts): void {
  if (level !== "info") {
    const event = facts.event === undefined ? "" : ` (event ${facts.event})`;
    console.warn(`didit-client: ${message}${event}`);
  }
}

/**
 * Writes a line. A log that fails changes no answer, and its error is the program's own, which may hold anything.
 *
 * @internal
 */
export function say(log: Log | undefined, level: LogLevel, message: string, facts: LogFacts): void {
  const failed = (error: unknown): void => {
    const name = error instanceof Error ? error.name : typeName(error);
    process.emitWarning(`log threw ${name}`, "DiditClientWarning");
  };
  try {
    const said: unknown = log?.(level, message, facts);
    if (said instanceof Promise) {
      said.catch(failed);
    }
  } catch (error) {
    failed(error);
  }
}

/** How many routes use a store under a namespace. */
const inUse = new WeakMap<Store, Map<string, number>>();

/**
 * Warns once where several routes share a store and a namespace: a delivery is one event for all of them, and
 * whoever comes first does it.
 *
 * @internal
 */
export function warnIfShared(log: Log | undefined, store: Store, namespace: string): void {
  const routes = inUse.get(store) ?? new Map<string, number>();
  inUse.set(store, routes);
  const count = (routes.get(namespace) ?? 0) + 1;
  routes.set(namespace, count);
  if (count === 2) {
    const message =
      `two webhook routes share a store and the namespace ${JSON.stringify(namespace)}: an event that one of them ` +
      "has done is a duplicate for the other, whose handler is not called. Give each route a namespace of its own, " +
      "unless they do the same with every event";
    say(log, "warn", message, { code: "shared_namespace" });
  }
}
