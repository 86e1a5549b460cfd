import { setTimeout as sleep } from "node:timers/promises";
import { call } from "../errors.js";
import { binding } from "../native.js";
import { knownOptions } from "../options.js";
import { type Claim, type Counts, checkKey, checkLimits, defaults, type Store, unavailable } from "./protocol.js";

/** The times of a store. */
export interface StoreOptions {
  /** Seconds for which a claim holds unless it is renewed, by default 30; less than 60. */
  readonly lease?: number | undefined;
  /** Seconds for which an event is remembered, by default 30 days. */
  readonly retention?: number | undefined;
}

/** The times and the table of a store in a file. */
export interface SQLiteOptions extends StoreOptions {
  /** The table's name, by default `didit_processed_event`. */
  readonly table?: string | undefined;
}

type Failure = ReturnType<typeof binding.internalError>;
type Handle = Parameters<typeof binding.storeCounts>[0];

/** How long a call waits for other processes that are writing. */
const PATIENCE_MS = 5000;

/** A store of the core. */
abstract class Embedded implements Store {
  readonly lease: number;
  readonly retention: number;
  readonly transactional = false;
  readonly #handle: Handle;

  constructor(path: string | undefined, options: unknown, names: readonly string[]) {
    const given = knownOptions(options, names, `new ${new.target.name}`) as SQLiteOptions;
    const { lease = defaults.lease, retention = defaults.retention, table = "didit_processed_event" } = given;
    checkLimits(lease, retention, 0, new.target);
    this.lease = lease;
    this.retention = retention;
    this.#handle = call(new.target, () => binding.openStore(path, table)).handle;
  }

  async claim(namespace: string, eventId: string): Promise<Claim> {
    checkKey(namespace, eventId, "claim");
    const lease = this.#leaseMs();
    const said = patiently(this.claim, () => binding.storeClaim(this.#handle, namespace, eventId, lease));
    const text = typeof said === "string" ? said : await said;
    const [answer, attempts = "0", token = ""] = text.split(" ");
    return { namespace, eventId, answer: answer as Claim["answer"], token, attempts: Number(attempts) };
  }

  async renew({ namespace, eventId, token }: Claim): Promise<boolean> {
    const lease = this.#leaseMs();
    const renew = () => binding.storeRenew(this.#handle, namespace, eventId, token, lease);
    return patiently(this.renew, renew);
  }

  async complete({ namespace, eventId, token }: Claim): Promise<void> {
    const said = patiently(this.complete, () => binding.storeComplete(this.#handle, namespace, eventId, token));
    if (typeof said !== "boolean") {
      await said;
    }
  }

  async release({ namespace, eventId, token }: Claim): Promise<boolean> {
    const release = () => binding.storeRelease(this.#handle, namespace, eventId, token);
    return patiently(this.release, release);
  }

  async isDone(namespace: string, eventId: string): Promise<boolean> {
    checkKey(namespace, eventId, "isDone");
    return patiently(this.isDone, () => binding.storeIsDone(this.#handle, namespace, eventId));
  }

  async purge(): Promise<number> {
    return (await patiently(this.purge, () => binding.storePurge(this.#handle, Math.floor(this.retention)))).events;
  }

  async counts(): Promise<Counts> {
    const { inFlight, expired, released, done } = await patiently(this.counts, () => binding.storeCounts(this.#handle));
    return { inFlight, expired, released, done };
  }

  #leaseMs(): number {
    return Math.max(1, Math.round(this.lease * 1000));
  }
}

/** Calls again while another process is writing, which takes well under a millisecond, and never blocks the loop. */
function patiently<Result extends object | string | boolean>(
  caller: Function,
  native: () => Result | Failure | null,
): Exclude<Result, Failure> | Promise<Exclude<Result, Failure>> {
  const result = call(caller, native);
  return result === null ? again(caller, native) : (result as Exclude<Result, Failure>);
}

async function again<Result extends object | string | boolean>(
  caller: Function,
  native: () => Result | Failure | null,
): Promise<Exclude<Result, Failure>> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    await sleep(1);
    const result = call(caller, native);
    if (result !== null) {
      return result as Exclude<Result, Failure>;
    }
    if (performance.now() > deadline) {
      return unavailable(new Error("another process is writing"), caller);
    }
  }
}

/** Events in the memory of this process: for tests. A restart forgets them, and no other worker sees them. */
export class MemoryStore extends Embedded {
  constructor(options?: StoreOptions) {
    super(undefined, options, ["lease", "retention"]);
  }
}

/** Events in an SQLite file, for all processes of one machine. Not for network file systems. */
export class SQLiteStore extends Embedded {
  /**
   * @param path The file, which is made where there is none; two more come to lie beside it.
   * @throws {StoreError} `store_unavailable`: the file cannot be used.
   */
  constructor(path: string, options?: SQLiteOptions) {
    if (typeof path !== "string" || path === "") {
      throw new TypeError("new SQLiteStore needs the path of a file");
    }
    super(path, options, ["lease", "retention", "table"]);
  }
}
