import { typeName } from "./describe.js";
import { binding } from "./native.js";

/** One request of a call, as hooks see it: nothing in it is a credential or about a person. */
export interface Attempt {
  /** The name of the operation, such as `sessions.create`. */
  readonly operation: string;
  readonly method: string;
  /** The path with the names of its parameters, `/v3/session/{session_id}/decision/`. */
  readonly path: string;
  /** 1 for the first request of the call. */
  readonly attempt: number;
  /** After the attempt, where an answer came: its HTTP status. */
  readonly status?: number;
  /** After the attempt: the id under which Didit's support finds the request. */
  readonly requestId?: string;
  /** After the attempt: seconds that it took. */
  readonly elapsed?: number;
  /** After the attempt, where it failed: the error's code. */
  readonly errorCode?: string;
  /** After the attempt, where the client will make another: in how many seconds. */
  readonly retryIn?: number;
}

/** A function that is told of attempts. What it returns or throws does not change the call. */
export type Hook = (attempt: Attempt) => void;

/** The hooks of a client, and the queue through which the threads report to them. */
export interface Hooks {
  readonly before: Hook | undefined;
  readonly after: Hook | undefined;
  readonly native: ReturnType<typeof binding.attemptQueue>;
}

/** The hooks of a client, none if it has none. */
export function makeHooks(beforeAttempt: unknown, afterAttempt: unknown): Hooks | undefined {
  const before = hook(beforeAttempt, "beforeAttempt");
  const after = hook(afterAttempt, "afterAttempt");
  if (before === undefined && after === undefined) {
    return undefined;
  }
  // The queue holds this function for good, so the function must not hold the hooks, which hold the queue.
  let hooks: WeakRef<Hooks> | undefined;
  const native = binding.attemptQueue(() => {
    const told = hooks?.deref();
    if (told !== undefined) {
      tell(told);
    }
  });
  const made = { before, after, native };
  hooks = new WeakRef(made);
  return made;
}

function hook(value: unknown, name: string): Hook | undefined {
  if (value !== undefined && typeof value !== "function") {
    throw new TypeError(`${name} must be a function, not ${typeName(value)}`);
  }
  return value as Hook | undefined;
}

/** Tells the hooks of the attempts that have been made since the last time. */
export function tell(hooks: Hooks): void {
  for (const { phase, ...attempt } of binding.takeAttempts(hooks.native)) {
    const told = phase === "before" ? hooks.before : hooks.after;
    try {
      told?.(Object.freeze(attempt));
    } catch (error) {
      // The call goes on. The text of the error is the program's own, and may hold anything.
      const name = error instanceof Error ? error.name : typeName(error);
      process.emitWarning(`${phase}Attempt threw ${name}`, "DiditClientWarning");
    }
  }
}
