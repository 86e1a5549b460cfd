import { type Body, bodyBytes } from "./body.js";
import { call } from "./errors.js";
import { makeUnsignedEvent } from "./event.js";
import type { UnsignedEvent } from "./events.js";
import { binding } from "./native.js";
import { type Time, unixSeconds } from "./now.js";
import { knownOptions } from "./options.js";
import { type Secret, withSecrets } from "./secrets.js";

/** How to sign. */
export interface SignOptions {
  /** The time in `X-Timestamp`, by default the body's own `timestamp`. */
  readonly signedAt?: Time | undefined;
}

/**
 * The headers that Didit would send for a body, all three signatures included, for your own tests.
 *
 * The body is signed as it is: set its `timestamp` before.
 *
 * @throws {PayloadError} The body cannot be signed.
 * @throws {ConfigurationError} The secret is missing.
 */
export function sign(body: Body, secret: Secret, options?: SignOptions): Record<string, string> {
  const { signedAt } = knownOptions(options, ["signedAt"], "sign");
  const seconds = signedAt === undefined ? undefined : unixSeconds(signedAt, "signedAt");
  const bytes = bodyBytes(body, "sign");
  const flat = withSecrets([secret], ([key]) => call(sign, () => binding.sign(bytes, key as Uint8Array, seconds)));
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) {
    headers[flat[at] as string] = flat[at + 1] as string;
  }
  return headers;
}

/**
 * Reads the `kyb.registry_search.resolved` callback, which Didit does not sign. Nothing in it is authenticated:
 * look up in the API what it tells of.
 *
 * @throws {PayloadError} The body is not a JSON object.
 */
export function parseUnsigned(body: Body): UnsignedEvent {
  const bytes = bodyBytes(body, "parseUnsigned");
  const { payload, kind } = call(parseUnsigned, () => binding.parseUnsigned(bytes));
  return makeUnsignedEvent(payload, kind);
}
