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
  /** Of a failed call: the status of Didit's answer, its id, and how often the request was sent (`attempts`). */
  readonly status?: number;
  readonly requestId?: string;
  /** Where it was made: files, lines and functions of it and its causes, one a line, without their messages. */
  readonly stack?: string;
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
    const stack = facts.stack === undefined ? "" : `\n${facts.stack}`;
    console.warn(`didit-client: ${message}${event}${stack}`);
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

/** The first route of a store and namespace, and whether another was warned of. One that is gone takes no events. */
interface First {
  readonly route: WeakRef<object>;
  isTold: boolean;
}

const inUse = new WeakMap<Store, Map<string, First>>();

/**
 * Warns, once, where another route has the same store and namespace, and this one names none: a delivery is one event for
 * both of them, and whoever comes first does it. Routes that share a namespace on purpose name it.
 *
 * @internal
 */
export function warnIfShared(
  log: Log | undefined,
  route: { readonly store: Store; readonly namespace: string },
  isNamed: boolean,
): void {
  const { store, namespace } = route;
  const routes = inUse.get(store) ?? new Map<string, First>();
  inUse.set(store, routes);
  const first = routes.get(namespace);
  if (first?.route.deref() === undefined) {
    routes.set(namespace, { route: new WeakRef(route), isTold: false });
  } else if (!isNamed && !first.isTold) {
    first.isTold = true;
    const message =
      `two webhook routes share a store and the namespace ${JSON.stringify(namespace)}: an event that one of them ` +
      "has done is a duplicate for the other, whose handler is not called. Give this one a namespace of its own, " +
      "or name the one that they are to share";
    say(log, "warn", message, { code: "shared_namespace" });
  }
}
