import { randomBytes } from "node:crypto";
import { typeName } from "../describe.js";
import { raise } from "../errors.js";
import { binding } from "../native.js";
import { knownOptions } from "../options.js";
import type { SQLiteOptions } from "./embedded.js";
import {
  type Claim,
  type Counts,
  checkLimits,
  claimLost,
  defaults,
  keyText,
  type Store,
  unavailable,
} from "./protocol.js";

/** The times and the table of a store in PostgreSQL. */
export type PostgresOptions = SQLiteOptions;

/** A pool or client of node-postgres. */
export interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

type Parameters = Readonly<Record<string, string | number>>;

/**
 * Events in PostgreSQL, on the application's own pool of node-postgres: exactly once, where the handler completes in
 * the transaction of its own change with `req.didit.complete(client)`.
 */
export class PostgresStore implements Store {
  readonly lease: number;
  readonly retention: number;
  readonly transactional = true;
  readonly #pool: Queryable;
  readonly #statements = new Map<string, { readonly text: string; readonly parameters: readonly string[] }>();

  constructor(pool: Queryable, options?: PostgresOptions) {
    const given = knownOptions(options, ["lease", "retention", "table"], "new PostgresStore") as PostgresOptions;
    const { lease = defaults.lease, retention = defaults.retention, table = "didit_processed_event" } = given;
    if (typeof pool?.query !== "function") {
      // An address is never repeated: it may hold a password.
      const advice = typeof pool === "string" ? "; make one of the address first: new Pool({ connectionString })" : "";
      throw new TypeError(`new PostgresStore needs a pool of node-postgres, not ${typeName(pool)}${advice}`);
    }
    checkLimits(lease, retention, 0, new.target);
    const statements = binding.storeStatements(table);
    for (const { name, ...statement } of Array.isArray(statements) ? statements : raise(statements, new.target)) {
      this.#statements.set(name, statement);
    }
    this.lease = lease;
    this.retention = Math.floor(retention);
    this.#pool = pool;
  }

  /** Makes the table where there is none; or do it in a migration, with the text in `docs/idempotency.md`. */
  async createTable(): Promise<void> {
    await this.#run(this.createTable, "create", {});
    await this.#run(this.createTable, "index", {});
  }

  async claim(namespace: string, eventId: string): Promise<Claim> {
    const key = keyText(namespace, eventId, this.claim);
    const token = randomBytes(16).toString("hex");
    // A long or odd id is stored as its hash, which stands behind the namespace in the key.
    const parameters = { key, namespace, event_id: key.slice(namespace.length + 1), token, lease: this.#leaseMs() };
    const { rows } = await this.#run(this.claim, "claim", parameters);
    // No row is an event that another transaction has just begun.
    const { state = "claimed", attempts = 0 } = (rows[0] ?? {}) as { state?: string; attempts?: number };
    const answer = state === "new" || state === "done" ? state : "in_flight";
    return { namespace, eventId, answer, token: answer === "new" ? token : "", attempts };
  }

  async renew(claim: Claim): Promise<boolean> {
    const parameters = { ...this.#held(claim), lease: this.#leaseMs() };
    return (await this.#run(this.renew, "renew", parameters)).rowCount === 1;
  }

  /** @param client The client whose transaction this becomes a part of; without one it is committed at once. */
  async complete(claim: Claim, client?: unknown): Promise<void> {
    const { rowCount } = await this.#run(this.complete, "complete", this.#held(claim), client as Queryable | undefined);
    if (rowCount !== 1) {
      claimLost(this.complete);
    }
  }

  async release(claim: Claim): Promise<boolean> {
    return (await this.#run(this.release, "release", this.#held(claim))).rowCount === 1;
  }

  async isDone(namespace: string, eventId: string): Promise<boolean> {
    const { rows } = await this.#run(this.isDone, "state", { key: keyText(namespace, eventId, this.isDone) });
    return (rows[0] as { state?: string } | undefined)?.state === "done";
  }

  async purge(): Promise<number> {
    return (await this.#run(this.purge, "purge", { retention: this.retention })).rowCount ?? 0;
  }

  async counts(): Promise<Counts> {
    const { rows } = await this.#run(this.counts, "counts", {});
    const counted = new Map((rows as { name: string; events: string }[]).map((row) => [row.name, Number(row.events)]));
    const of = (name: string): number => counted.get(name) ?? 0;
    return { inFlight: of("in_flight"), expired: of("expired"), released: of("released"), done: of("done") };
  }

  #held(claim: Claim): Parameters {
    return { key: keyText(claim.namespace, claim.eventId, this.complete), token: claim.token };
  }

  #leaseMs(): number {
    return Math.max(1, Math.round(this.lease * 1000));
  }

  /** The application's own client raises its own errors, so that its transaction fails as it is used to. */
  async #run(
    caller: Function,
    name: string,
    values: Parameters,
    client?: Queryable,
  ): Promise<{ rows: unknown[]; rowCount: number | null }> {
    const { text = "", parameters = [] } = this.#statements.get(name) ?? {};
    const given = parameters.map((parameter) => values[parameter]);
    if (client !== undefined) {
      return client.query(text, given);
    }
    try {
      return await this.#pool.query(text, given);
    } catch (error) {
      return unavailable(error, caller);
    }
  }
}
