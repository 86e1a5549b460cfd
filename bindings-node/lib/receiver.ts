import { types } from "node:util";
import type { Body } from "./body.js";
import { Deadline } from "./deadline.js";
import { typeName } from "./describe.js";
import { DiditError, type ErrorCode, StoreError } from "./errors.js";
import type { Event } from "./events.js";
import type { HeadersInput } from "./headers.js";
import { type Log, type LogFacts, type LogLevel, print, say, warnIfShared } from "./log.js";
import { binding } from "./native.js";
import { knownOptions, seconds, name as text, warn } from "./options.js";
import { type Answer, made, Refused, rows } from "./reply.js";
import { Renewals, Running } from "./running.js";
import type { Secret } from "./secrets.js";
import { stackOf } from "./stack.js";
import { type Claim, checkLimits, eventKey, keyText, type Store } from "./store/protocol.js";
import { isObserved, observe } from "./telemetry.js";
import { type Verified, Verifier, type VerifierOptions, verifierOptions } from "./webhook.js";

type Secrets = VerifierOptions["secrets"];

/** How one webhook route verifies, and what it remembers. The options of `Verifier` count as well. */
export interface ReceiverOptions<Request> extends Omit<VerifierOptions, "secrets"> {
  /**
   * As for `Verifier`, or a function of the request that returns them, for several tenants; of what it returns at
   * most four are tried.
   */
  readonly secrets: Secrets | ((request: Request) => Secrets | Promise<Secrets>);
  /** Where the events that are done are remembered. There is no default. */
  readonly store: Store;
  /**
   * Tells this route's events from those of another route with the same store, by default `"didit"`: fan-out sends
   * one `event_id` to every destination. Routes that take turns with the same events share it, and name it: a second
   * route of one store that names none is warned of.
   */
  readonly namespace?: string | undefined;
  /**
   * Takes events over in the place of a handler: an explicit choice, by default none. Its promise says that the event is
   * durably somewhere else, in a queue or a table whose worker does the work; 202 is answered once that is recorded.
   * Where it fails, 503 is answered and the event is free again.
   */
  readonly handOff?: ((delivery: Delivery) => unknown) | undefined;
  /** Seconds after which 503 is answered while the handler goes on, by default 4.5: Didit waits 5. */
  readonly slowAfter?: number | undefined;
  /**
   * Takes one line for each delivery: a level, a text, and facts that hold no personal data. By default
   * `console.warn` prints those that were refused, ignored or failed; `false` prints nothing.
   */
  readonly log?: Log | false | undefined;
}

const receiverOptions = [...verifierOptions, "store", "namespace", "handOff", "slowAfter", "log"] as const;

const [SLOW_AFTER_MS = 0, MAX_SECRETS = 0] = binding.receiveLimits();

/** Why an event was not done, and how to say it where the error's name does not. */
interface Failed {
  readonly error: unknown;
  readonly said?: string;
}

/** A genuine delivery, and the claim under which it is being done. */
export class Delivery {
  readonly verified: Verified;
  /** What the event is remembered under: its `event_id`, or a hash where it has none. */
  readonly key: string;
  readonly #receiver: Receiver<never>;
  readonly #started = performance.now();
  /** @internal */
  claim: Claim | undefined;
  /** @internal */
  completed = false;

  /** @internal */
  constructor(receiver: Receiver<never>, verified: Verified) {
    this.#receiver = receiver;
    this.verified = verified;
    this.key = eventKey(verified);
  }

  /** What Didit says. */
  get event(): Event {
    return this.verified.event;
  }

  /** How many workers have claimed the event, this one included. */
  get attempts(): number {
    return this.claim?.attempts ?? 0;
  }

  /**
   * Records that the event is done in the application's own transaction, so that both happen or neither.
   *
   * @param client The client whose transaction holds the application's change.
   * @throws {StoreError} `claim_lost`: another worker has the event; let the transaction roll back.
   */
  async complete(client: unknown): Promise<void> {
    const { store } = this.#receiver;
    if (!store.transactional) {
      throw new TypeError(`${store.constructor.name} cannot take part in a transaction; return, and it completes`);
    }
    if (this.claim === undefined) {
      throw new Error("the delivery has not been claimed");
    }
    this.completed = true;
    await store.complete(this.claim, client);
  }

  /** @internal */
  facts(code: string): LogFacts {
    const { key, event, verified, attempts } = this;
    const facts = { code, event: key, outcome: event.outcome, scheme: verified.scheme, attempts };
    return { ...facts, type: event.type, milliseconds: Math.round(this.milliseconds() * 10) / 10 };
  }

  /** @internal */
  milliseconds(): number {
    return performance.now() - this.#started;
  }
}

/**
 * What all adapters of web frameworks share: from a request's head to the answer. An adapter converts: it reads the
 * request, calls a receiver, and sends the answer.
 */
export class Receiver<Request> {
  readonly store: Store;
  readonly namespace: string;
  readonly maxBody: number;
  readonly #handOff: ReceiverOptions<Request>["handOff"];
  readonly #slowAfterMs: number;
  readonly #options: Omit<VerifierOptions, "secrets">;
  readonly #secretsOf: ((request: Request) => Secrets | Promise<Secrets>) | undefined;
  readonly #verifier: Verifier;
  readonly #verifiers = new Map<string, Verifier>();
  /** What the core has said about heads: deliveries differ in little but their length. */
  readonly #refused = new Map<string, string | null>();
  readonly #log: Log | undefined;
  readonly #renewals: Renewals;

  /**
   * @throws {ConfigurationError} `missing_secret`.
   * @throws {TypeError | RangeError} No store, or an option that makes no sense.
   */
  constructor(options: ReceiverOptions<Request>, caller: string) {
    if (options === undefined) {
      throw new TypeError(`${caller} takes an object of options, of which secrets and store are needed`);
    }
    const given = knownOptions(options, receiverOptions, caller) as unknown as ReceiverOptions<Request>;
    const { secrets, store, namespace = "didit", slowAfter = SLOW_AFTER_MS / 1000, handOff, log, ...rest } = given;
    if (typeof store?.claim !== "function" || typeof store.complete !== "function") {
      throw new TypeError(
        'store must be a store of "didit-client/store", such as new SQLiteStore("didit.db"); without one no ' +
          "repetition can be recognised",
      );
    }
    const slowAfterMs = seconds(slowAfter, "slowAfter") * 1000;
    for (const [name, value] of Object.entries({ handOff, log: log === false ? undefined : log })) {
      if (value !== undefined && typeof value !== "function") {
        throw new TypeError(`${name} must be a function, not ${typeName(value)}`);
      }
    }
    text(namespace, "namespace");
    this.#secretsOf = typeof secrets === "function" ? (secrets as (request: Request) => Secrets) : undefined;
    // With a function of the request the options are still checked now.
    const fixed = typeof secrets === "function" ? "checks the options" : (secrets as Secrets);
    this.#verifier = new Verifier({ ...rest, secrets: fixed });
    const { maxAge = rest.schemes?.includes("v1") ? 600 : 300, maxFuture = 300, maxBody = 1_048_576 } = rest;
    checkLimits(store.lease, store.retention, maxAge + maxFuture, new.target);
    keyText(namespace, "-", new.target);
    this.store = store;
    this.namespace = namespace;
    this.maxBody = maxBody;
    this.#slowAfterMs = slowAfterMs;
    this.#options = rest;
    this.#handOff = handOff;
    this.#log = log === false ? undefined : (log ?? print);
    this.#renewals = new Renewals(store);
    const slow = binding.oddSlowAfter(slowAfterMs);
    if (slow != null) {
      warn(slow);
    }
    warnIfShared(this.#log, this, given.namespace !== undefined);
  }

  /** Whether events are handed off, so that there is nothing for a handler to do. */
  get handsOff(): boolean {
    return this.#handOff !== undefined;
  }

  /** The answer to a request whose method, Content-Encoding or Content-Length is reason enough to refuse it. */
  refuse(method: string, encoding: string | undefined, length: string | undefined): Answer | undefined {
    const head = `${method}\n${encoding ?? ""}\n${length ?? ""}`;
    let name = this.#refused.get(head);
    if (name === undefined) {
      name = binding.refuseRequest(method, encoding, length, this.maxBody) ?? null;
      if (this.#refused.size >= 4096) {
        this.#refused.clear();
      }
      // What is longer is nothing that Didit sends, and whoever sends it must not fill the memory with it.
      if (head.length <= 64) {
        this.#refused.set(head, name);
      }
    }
    return name === null ? undefined : this.answer(name);
  }

  /** Verifies a delivery; rejects with `Refused` and the answer unless Didit sent it to this route. */
  async authenticate(
    request: Request,
    body: { raw: Body } | { parsed: unknown },
    headers: HeadersInput,
  ): Promise<Delivery> {
    try {
      const verifier = this.#secretsOf === undefined ? this.#verifier : await this.#verifierOf(request);
      const verified = "raw" in body ? verifier.verify(body.raw, headers) : verifier.verifyParsed(body.parsed, headers);
      return new Delivery(this as unknown as Receiver<never>, verified);
    } catch (error) {
      if (!(error instanceof DiditError)) {
        throw error;
      }
      const name = binding.answerTo(error.code);
      const level = error.httpStatus === 500 ? "error" : "warn";
      const known = name == null ? undefined : rows.get(name);
      const acknowledged = known !== undefined && known.status < 300;
      // The message begins with the code and ends with the hint, which is about a refusal.
      const happened = error.message.slice(0, -error.hint.length);
      const said = acknowledged
        ? `${happened}It is answered ${known.status}, and no handler is called`
        : `${error.code}: ${error.hint}`;
      this.#tell(level, `webhook ${said}`, { code: error.code });
      if (acknowledged) {
        throw new Refused(made(known.name, known.status, { received: true, duplicate: false, ignored: known.name }));
      }
      throw new Refused(made(error.code, known?.status ?? error.httpStatus));
    }
  }

  async #verifierOf(request: Request): Promise<Verifier> {
    const secrets: unknown = await this.#secretsOf?.(request);
    const list = (Array.isArray(secrets) ? secrets : [secrets]).slice(0, MAX_SECRETS) as Secret[];
    // Bytes and a text that looks like their digits are two secrets.
    const key = JSON.stringify(list.map((secret) => (types.isUint8Array(secret) ? [...secret] : secret)));
    let verifier = this.#verifiers.get(key);
    if (verifier === undefined) {
      // A tenant's secret is not the program's own, and nothing is to be told at its start.
      verifier = new Verifier({ ...this.#options, secrets: list }, { warnsOfSpace: false });
      if (this.#verifiers.size >= 1024) {
        this.#verifiers.clear();
      }
      this.#verifiers.set(key, verifier);
    }
    return verifier;
  }

  /** Claims the event; rejects with `Refused` and the answer unless it is to be done now. */
  async begin(delivery: Delivery): Promise<Running> {
    const deadline = new Deadline(this.millisecondsLeft(delivery));
    let claim: Claim;
    try {
      claim = await this.#claim(delivery, deadline);
    } catch (error) {
      deadline.forget();
      throw new Refused(this.#storeFailed(error, delivery));
    }
    if (claim.answer !== "new") {
      deadline.forget();
      throw new Refused(this.answer(claim.answer === "done" ? "duplicate" : "in_flight", delivery));
    }
    delivery.claim = claim;
    return new Running(
      this.#renewals.start(claim, () => delivery.completed),
      deadline,
    );
  }

  /** A store that hangs is one that is down; a claim that it grants after all is given back. */
  #claim(delivery: Delivery, deadline: Deadline): Promise<Claim> {
    return new Promise((resolve, reject) => {
      const asked = this.store.claim(this.namespace, delivery.key);
      deadline.act = () => {
        reject(new Error("the store gives no answer"));
        asked.then((late) => (late.answer === "new" ? this.store.release(late) : undefined)).catch(() => undefined);
      };
      asked.then(resolve, reject);
    });
  }

  /** Records what became of the event, and returns the answer. */
  async end(delivery: Delivery, running: Running, failure?: Failed): Promise<Answer> {
    const { claim } = running;
    running.stop();
    try {
      if (failure !== undefined) {
        if (isLost(failure.error)) {
          return this.#storeFailed(failure.error, delivery);
        }
        await this.store.release(claim);
        const name = failure.error instanceof Error ? failure.error.name : typeName(failure.error);
        const stack = failure.said === undefined ? stackOf(failure.error) : undefined;
        return this.#failed(delivery, { exception: name, ...(stack !== undefined && { stack }) }, failure.said);
      }
      if (!delivery.completed) {
        await this.store.complete(claim);
      } else if (!(await this.store.isDone(claim.namespace, claim.eventId))) {
        // The application's transaction was rolled back, and the event with it.
        await this.store.release(claim);
        return this.#failed(delivery, { exception: "rolled back" });
      }
    } catch (error) {
      return this.#storeFailed(error, delivery);
    }
    return this.answer(this.handsOff ? "accepted" : "done", delivery);
  }

  /**
   * Does the event, or hands it off, and returns the answer; where that is slow, `slow` while it goes on. The handler is
   * not called where there is an option `handOff`.
   */
  async run(delivery: Delivery, handler?: (delivery: Delivery) => unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#work(delivery, handler, () => resolve(this.answer("slow", delivery))).then(resolve, reject);
    });
  }

  async #work(
    delivery: Delivery,
    handler: ((delivery: Delivery) => unknown) | undefined,
    whenSlow: () => void,
  ): Promise<Answer> {
    let running: Running;
    try {
      running = await this.begin(delivery);
    } catch (error) {
      if (error instanceof Refused) {
        return error.answer;
      }
      throw error;
    }
    running.whenSlow(whenSlow);
    let failure: { error: unknown } | undefined;
    try {
      await (this.#handOff ?? handler)?.(delivery);
    } catch (error) {
      failure = { error };
    }
    const answer = await this.end(delivery, running, failure);
    running.forget();
    return answer;
  }

  /** How long the handler may still take before 503 is answered for it. */
  millisecondsLeft(delivery: Delivery): number {
    return Math.max(0, this.#slowAfterMs - delivery.milliseconds());
  }

  /** An answer by its name; it is logged. */
  answer(name: string, delivery?: Delivery): Answer {
    const { status = 500, meaning = "" } = rows.get(name) ?? {};
    const good = status < 300;
    // To name the event takes longer than to verify it, and the log of a route that has none prints no such line.
    const isLogged = this.#log !== undefined && !(good && this.#log === print);
    if (isLogged || isObserved()) {
      const text = good ? `webhook ${name}` : `webhook ${name}: ${meaning}`;
      this.#tell(good ? "info" : "warn", text, delivery?.facts(name) ?? { code: name });
    }
    if (!good || delivery === undefined) {
      return made(name, status);
    }
    const { event, verified } = delivery;
    const facts = { type: event.type, outcome: event.outcome, scheme: verified.scheme };
    return made(name, status, { received: true, duplicate: name === "duplicate", ...facts });
  }

  /** Counts and logs what became of a delivery. A log that fails changes no answer. Its error is the program's own, and may hold anything. */
  #tell(level: LogLevel, message: string, facts: LogFacts): void {
    try {
      observe(facts);
    } finally {
      say(this.#log, level, message, facts);
    }
  }

  #failed(delivery: Delivery, facts: { exception: string; stack?: string }, said = facts.exception): Answer {
    const name = this.handsOff ? "hand_off_failed" : "handler_failed";
    this.#tell("error", `webhook ${name}: ${said}`, { ...delivery.facts(name), ...facts });
    return made(name, rows.get(name)?.status ?? 500);
  }

  #storeFailed(error: unknown, delivery: Delivery): Answer {
    const code: ErrorCode = error instanceof StoreError ? error.code : "store_unavailable";
    // A StoreError says what failed without a value of the event; another error's text may hold anything.
    const name = error instanceof Error ? error.name : typeName(error);
    this.#tell(
      "error",
      `webhook ${error instanceof StoreError ? error.message : `${code}: ${name}`}`,
      delivery.facts(code),
    );
    return made(code, rows.get("store_unavailable")?.status ?? 503);
  }
}

function isLost(error: unknown): boolean {
  return error instanceof StoreError && error.code === "claim_lost";
}
