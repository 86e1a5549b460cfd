import { type Body, bodyBytes } from "./body.js";
import { typeName } from "./describe.js";
import { call } from "./errors.js";
import { binding } from "./native.js";
import { knownOptions } from "./options.js";

/** How to canonicalize. */
export interface CanonicalizeOptions {
  /** Refuse an object that has two members of one name, as `verify` does. By default the last one counts. */
  readonly strict?: boolean | undefined;
}

/**
 * The canonical form of a JSON text of any size: the bytes behind `X-Signature-V2`.
 *
 * @throws {PayloadError} The text is not JSON, or JSON that cannot be signed.
 */
export function canonicalize(body: Body, options?: CanonicalizeOptions): Buffer {
  const { strict = false } = knownOptions(options, ["strict"], "canonicalize");
  if (typeof strict !== "boolean") {
    throw new TypeError(`strict must be a boolean, not ${typeName(strict)}`);
  }
  const bytes = bodyBytes(body, "canonicalize");
  return call(canonicalize, () => binding.canonicalize(bytes, strict));
}
