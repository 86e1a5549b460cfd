import type { Deadline } from "./deadline.js";
import type { Claim, Store } from "./store/protocol.js";

/** A handler that has not ended by then is taken for hung, and its event for free. */
const HUNG_AFTER_MS = 15 * 60 * 1000;
/**
 * How many renewals of one claim may wait for the store at a time. The second is for a connection that died without
 * a word; more would take the application's connections away from all other events.
 */
const WAITING = 2;

/** A claim that is renewed while its handler runs. */
export interface Renewed {
  readonly claim: Claim;
  /** Lets the claim be. */
  stop(): void;
}

/**
 * Renews the claims of running handlers, three times in each lease. One timer looks after all of them, so that an event
 * that ends soon, as nearly all do, sets none.
 *
 * @internal
 */
export class Renewals {
  readonly #store: Store;
  readonly #intervalMs: number;
  readonly #claims = new Set<Lease>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.#intervalMs = (store.lease * 1000) / 3;
  }

  /** Renews a claim until it is stopped, or until `isRecorded` says that it is needed no more. */
  start(claim: Claim, isRecorded: () => boolean): Renewed {
    const renewed = new Lease(claim, isRecorded, this.#claims, performance.now() + this.#intervalMs);
    this.#claims.add(renewed);
    this.#timer ??= setInterval(() => this.#turn(), this.#intervalMs / 4).unref();
    return renewed;
  }

  #turn(): void {
    if (this.#claims.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = performance.now();
    for (const renewed of this.#claims) {
      if (now - renewed.began > HUNG_AFTER_MS || renewed.isRecorded()) {
        renewed.stop();
      } else if (now >= renewed.due) {
        renewed.due = now + this.#intervalMs;
        this.#renew(renewed);
      }
    }
  }

  async #renew(renewed: Lease): Promise<void> {
    if (renewed.waiting >= WAITING) {
      return;
    }
    renewed.waiting += 1;
    try {
      await this.#store.renew(renewed.claim);
    } catch {
      // A renewal that fails may succeed the next time, and until the lease ends nothing is lost.
    } finally {
      renewed.waiting -= 1;
    }
  }
}

class Lease implements Renewed {
  readonly claim: Claim;
  /** Whether the handler's own transaction holds the record: the row is locked then, and a renewal would wait. */
  readonly isRecorded: () => boolean;
  readonly began = performance.now();
  readonly #all: Set<Lease>;
  due: number;
  waiting = 0;

  constructor(claim: Claim, isRecorded: () => boolean, all: Set<Lease>, due: number) {
    this.claim = claim;
    this.isRecorded = isRecorded;
    this.#all = all;
    this.due = due;
  }

  stop(): void {
    this.#all.delete(this);
  }
}

/** An event that is being done: its claim, and when 503 is answered for it. */
export class Running {
  readonly claim: Claim;
  readonly #renewed: Renewed;
  readonly #deadline: Deadline;

  /** @internal */
  constructor(renewed: Renewed, deadline: Deadline) {
    this.claim = renewed.claim;
    this.#renewed = renewed;
    this.#deadline = deadline;
  }

  /** Says what to do where the handler is slow. */
  whenSlow(act: () => void): void {
    this.#deadline.act = act;
  }

  /** Nobody waits for an answer any more. */
  forget(): void {
    this.#deadline.forget();
  }

  /** Lets the claim be. */
  stop(): void {
    this.#renewed.stop();
  }
}
