import { type InspectOptionsStylized, inspect } from "node:util";
import { type Body, bodyBytes } from "./body.js";
import { typeName } from "./describe.js";
import { cleared, lay } from "./desk.js";
import { call } from "./errors.js";
import { makeEvent } from "./event.js";
import type { Environment, Event } from "./events.js";
import { type HeadersInput, joinedHeaders, relevantHeaders } from "./headers.js";
import { binding } from "./native.js";
import { type Time, unixSeconds } from "./now.js";
import { knownOptions, name, nameList, warn, warnOnce, wholeNumber } from "./options.js";
import { encodeParsed } from "./parsed.js";
import { type Secret, withSecrets } from "./secrets.js";
import { Verdict } from "./verdict.js";

/** Looked up once: the module has too many functions for a lookup that costs nothing. */
const { verify } = binding;

/** One of Didit's ways of signing a delivery. */
export type Scheme = "v2" | "raw" | "simple" | "v1";

/** How much of a delivery is authenticated: every member of the body, or four fields only. */
export type Covers = "body" | "envelope";

/** What the `X-Timestamp` header has to satisfy: lie in the same window, equal the signed time, or nothing. */
export type HeaderTimestamp = "fresh" | "equal" | "ignore";

/** What a verifier accepts. */
export interface VerifierOptions {
  /** The destination's `secret_shared_key`; several while it is being rotated. Missing is an error. */
  readonly secrets: Secret | readonly (Secret | null | undefined)[] | null | undefined;
  /** The accepted schemes, by default `["v2", "raw"]`. `"simple"` and `"v1"` only alone. */
  readonly schemes?: readonly Scheme[] | undefined;
  /** How many seconds ago a delivery may have been signed, by default 300; 600 under `"v1"`. */
  readonly maxAge?: number | undefined;
  /** How many seconds in the future a delivery may have been signed, by default 300. */
  readonly maxFuture?: number | undefined;
  /** By default `"fresh"`. */
  readonly headerTimestamp?: HeaderTimestamp | undefined;
  /** The longest body in bytes, by default 1 MiB. */
  readonly maxBody?: number | undefined;
  /** The accepted environments, by default all. */
  readonly environments?: readonly Environment[] | undefined;
  /** The time, by default the system's. */
  readonly clock?: (() => Time) | undefined;
}

/** @internal */
export const verifierOptions = [
  "secrets",
  "schemes",
  "maxAge",
  "maxFuture",
  "headerTimestamp",
  "maxBody",
  "environments",
  "clock",
] as const satisfies (keyof VerifierOptions)[];

/** How to verify one delivery. */
export interface VerifyOptions {
  /** The time to judge by, by default the verifier's clock. */
  readonly now?: Time | undefined;
}

/**
 * The options as the native module takes them.
 *
 * @internal
 */
export function nativeOptions(
  given: { readonly [Option in keyof VerifierOptions]?: unknown },
): Parameters<typeof binding.buildVerifier>[1] {
  return {
    schemes: nameList(given.schemes, "schemes"),
    maxAge: wholeNumber(given.maxAge, "maxAge"),
    maxFuture: wholeNumber(given.maxFuture, "maxFuture"),
    headerTimestamp: name(given.headerTimestamp, "headerTimestamp"),
    maxBody: wholeNumber(given.maxBody, "maxBody"),
    environments: nameList(given.environments, "environments"),
  };
}

/**
 * A verifier in native memory.
 *
 * @internal
 */
export type Built = Exclude<ReturnType<typeof binding.buildVerifier>, ReturnType<typeof binding.internalError>>;

/** A genuine delivery. */
export class Verified {
  /** The scheme whose signature matched. */
  readonly scheme: Scheme;
  /** How much of the delivery that signature vouches for. */
  readonly covers: Covers;
  /** Which of the verifier's secrets made it, from 0: a secret that no delivery uses any more can go. */
  readonly secretIndex: number;
  /** The signed time in Unix seconds. */
  readonly signedAt: number;
  readonly #verdict: Verdict;
  #event: Event | undefined;

  /** @internal */
  constructor(verdict: Verdict) {
    this.scheme = verdict.scheme as Scheme;
    this.covers = verdict.covers as Covers;
    this.secretIndex = verdict.secretIndex;
    this.signedAt = verdict.signedAt;
    this.#verdict = verdict;
  }

  /** What the delivery says, parsed from the authenticated bytes when it is first read. */
  get event(): Event {
    this.#event ??= makeEvent(this.#verdict);
    return this.#event;
  }

  /**
   * A copy of the authenticated bytes: under `"v2"` the canonical form of the body, under `"raw"` and `"v1"` the
   * body, under `"simple"` the message of four fields.
   */
  get bytes(): Buffer {
    return this.#verdict.bytes;
  }

  /** All of it but the bytes, for `JSON.stringify`. */
  toJSON(): Pick<Verified, "event" | "scheme" | "covers" | "secretIndex" | "signedAt"> {
    const { event, scheme, covers, secretIndex, signedAt } = this;
    return { event, scheme, covers, secretIndex, signedAt };
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptionsStylized): string {
    const { scheme, covers, secretIndex, signedAt, event } = this;
    return `Verified ${inspect({ scheme, covers, secretIndex, signedAt, event }, options)}`;
  }
}

/** Decides whether deliveries are genuine. The secrets stay in native memory. */
export class Verifier {
  readonly #handle: Parameters<typeof binding.verify>[0];
  readonly #maxBody: number;
  readonly #acceptsParsed: boolean;
  readonly #clock: () => unknown;

  /**
   * @throws {ConfigurationError} `missing_secret`: no secret, or an empty one.
   * @throws {TypeError | RangeError} An option makes no sense.
   */
  constructor(options: VerifierOptions);
  /** @internal */
  constructor(options: VerifierOptions, inner: { readonly ready?: Built; readonly warnsOfSpace?: boolean });
  constructor(
    options: VerifierOptions,
    { ready, warnsOfSpace = true }: { readonly ready?: Built; readonly warnsOfSpace?: boolean } = {},
  ) {
    const given = knownOptions(options, verifierOptions, "new Verifier");
    const { clock = () => Date.now() / 1000 } = given;
    if (typeof clock !== "function") {
      throw new TypeError(`clock must be a function, not ${typeName(clock)}`);
    }
    const native = nativeOptions(given);
    const built =
      ready ?? withSecrets(given.secrets, (secrets) => call(new.target, () => binding.buildVerifier(secrets, native)));
    built.oddities.forEach(warn);
    if (warnsOfSpace) {
      built.spaced.forEach(warnOnce);
    }
    this.#handle = built.handle;
    this.#maxBody = built.maxBody;
    this.#acceptsParsed = built.acceptsParsed;
    this.#clock = clock as () => unknown;
  }

  /**
   * Verifies a delivery from the bytes of its body. It returns only if the delivery is genuine and fresh.
   *
   * @throws {SignatureError} The delivery is not genuine, as far as can be told.
   * @throws {TimestampError} It may be genuine, but not now.
   * @throws {PayloadError} The body cannot be what Didit sends.
   */
  verify(body: Body, headers: HeadersInput, options?: VerifyOptions): Verified {
    const bytes = bodyBytes(body, "verify");
    const relevant = relevantHeaders(headers);
    const now = this.#now(options, "verify");
    const laid = lay(relevant);
    const text = call(Verifier.prototype.verify, () => verify(this.#handle, bytes, laid.bytes, now));
    return new Verified(new Verdict(text, laid));
  }

  /**
   * Verifies a delivery whose body a framework has parsed already. Only V2 can vouch for it. The event is read
   * from the authenticated bytes all the same, never from `payload`. Prefer `verify` where the bytes are at hand.
   *
   * @throws {RangeError} The verifier does not accept the scheme `"v2"`.
   * @throws {PayloadError} Also `unsupported_value`, if the payload is not what `JSON.parse` returns, and
   * `parsed_precision`, if the signature does not match and the parser may have rounded numbers.
   * @throws {SignatureError | TimestampError} As `verify` does.
   */
  verifyParsed(payload: unknown, headers: HeadersInput, options?: VerifyOptions): Verified {
    if (!this.#acceptsParsed) {
      throw new RangeError('Only X-Signature-V2 can vouch for a parsed body: add "v2" to schemes');
    }
    const caller = Verifier.prototype.verifyParsed;
    const relevant = joinedHeaders(headers);
    const now = this.#now(options, "verifyParsed");
    call(caller, () => binding.checkParsedHeaders(this.#handle, relevant));
    const body = Buffer.from(encodeParsed(payload, this.#maxBody, caller));
    const desk = cleared();
    const text = call(caller, () => binding.verifyParsed(this.#handle, body, relevant, desk.bytes, now));
    return new Verified(new Verdict(text, desk));
  }

  #now(options: unknown, method: string): number {
    const { now } = knownOptions(options, ["now"], method);
    return now === undefined ? unixSeconds(this.#clock(), "The result of clock") : unixSeconds(now, "now");
  }
}
