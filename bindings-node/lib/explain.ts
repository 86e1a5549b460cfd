import { type Body, bodyBytes } from "./body.js";
import { call, type ErrorCode } from "./errors.js";
import { allHeaders, type HeadersInput } from "./headers.js";
import { binding } from "./native.js";
import { type Time, unixSeconds } from "./now.js";
import { knownOptions } from "./options.js";
import { type Secret, withSecrets } from "./secrets.js";
import { nativeOptions, type VerifierOptions } from "./webhook.js";

/** Every mistake that `explain` knows, the same in Rust, Python and Node. */
export const causes = [
  "genuine",
  "secret_missing",
  "secret_whitespace",
  "secret_quoted",
  "secret_named",
  "secret_joined",
  "secret_prefix_added",
  "secret_prefix_stripped",
  "secret_escaped",
  "secret_case",
  "secret_mojibake",
  "secret_base64_decoded",
  "secret_hex_decoded",
  "secret_base64_encoded",
  "secret_hex_encoded",
  "secret_mistyped",
  "another_secret",
  "another_destination",
  "api_key_as_secret",
  "secret_unexpanded",
  "secret_placeholder",
  "test_delivery",
  "signature_missing",
  "unsigned_callback",
  "signature_renamed",
  "scheme_not_accepted",
  "simple_only",
  "signature_uppercase",
  "signature_base64",
  "signature_prefixed",
  "signature_whitespace",
  "signature_separated",
  "signature_joined",
  "signature_malformed",
  "raw_as_v2",
  "v2_as_raw",
  "headers_swapped",
  "simple_misplaced",
  "simple_formula",
  "timestamp_prefixed",
  "signed_spaced",
  "signed_pretty",
  "signed_unsorted",
  "signed_escaped",
  "signed_floats",
  "signed_javascript",
  "signed_php",
  "body_empty",
  "body_too_large",
  "body_compressed",
  "body_base64",
  "body_quoted",
  "body_hex",
  "body_form",
  "body_html",
  "body_bytes",
  "body_object",
  "body_wrapped",
  "body_utf16",
  "body_bom",
  "body_newline",
  "body_line_ends",
  "body_truncated",
  "body_mojibake",
  "body_latin1",
  "body_replaced",
  "body_spaced",
  "body_pretty",
  "body_reordered",
  "body_unescaped",
  "body_escaped",
  "body_floats",
  "body_javascript",
  "body_python",
  "body_php",
  "duplicate_members",
  "content_changed",
  "not_an_object",
  "timestamp_missing",
  "timestamp_malformed",
  "timestamp_joined",
  "timestamp_replaced",
  "now_milliseconds",
  "now_implausible",
  "clock_wrong",
  "delivery_old",
  "delivery_late",
  "signed_time_missing",
  "signed_time_milliseconds",
  "another_environment",
  "unknown",
] as const;

/** A stable name for a mistake. */
export type Cause = (typeof causes)[number];

/** `certain` if a recomputed MAC or an exact fact proves it, `likely` if it fits what can be seen. */
export type Confidence = "certain" | "likely" | "unknown";

/** How a delivery was verified, and what else may explain it. */
export interface ExplainOptions extends Omit<VerifierOptions, "clock"> {
  /** Secrets that the verifier does not have, of other destinations or older ones. */
  readonly otherSecrets?: Secret | readonly (Secret | null | undefined)[] | undefined;
  /** The time by which the delivery was verified, by default the system's. Milliseconds are a finding. */
  readonly now?: Time | undefined;
}

const OPTIONS = [
  "secrets",
  "otherSecrets",
  "now",
  "schemes",
  "maxAge",
  "maxFuture",
  "headerTimestamp",
  "maxBody",
  "environments",
] as const satisfies (keyof ExplainOptions)[];

/** Which known mistake a delivery is. It holds no secret, no signature, no header and no part of the body. */
export interface Explanation {
  /** `genuine`, or the code with which a verifier refuses the delivery. */
  readonly verdict: ErrorCode | "genuine";
  /** The mistake; `unknown` if none fits. */
  readonly cause: Cause;
  /** How sure that is. */
  readonly confidence: Confidence;
  /** What happened, in words. */
  readonly summary: string;
  /** What to do about it. */
  readonly cure: string;
  /** By how many seconds now is after the signed time, where the times are what is wrong. */
  readonly skew: number | undefined;
  /** What was tried and is not it. */
  readonly ruledOut: readonly Cause[];
}

/**
 * Says which of the known mistakes made a delivery fail. It is no verification, and may take a second.
 *
 * Pass all headers of the request, and the secrets and options of the verifier that refused it. A missing secret
 * is a finding, not an error.
 *
 * @throws {TypeError | RangeError} An argument or option makes no sense.
 */
export function explain(body: Body, headers: HeadersInput, options: ExplainOptions): Explanation {
  const given = knownOptions(options, OPTIONS, "explain");
  const bytes = bodyBytes(body, "explain");
  const all = allHeaders(headers);
  const now = given.now === undefined ? Date.now() / 1000 : unixSeconds(given.now, "now");
  const native = nativeOptions(given);
  const found = withSecrets(given.secrets, (secrets) =>
    withSecrets(given.otherSecrets ?? [], (others) =>
      call(explain, () => binding.explain(bytes, all, secrets, others, native, now)),
    ),
  );
  return Object.freeze({
    verdict: found.verdict as Explanation["verdict"],
    cause: found.cause as Cause,
    confidence: found.confidence as Confidence,
    summary: found.summary,
    cure: found.cure,
    skew: found.skew ?? undefined,
    ruledOut: Object.freeze(found.ruledOut as Cause[]),
  });
}
