/**
 * Verifies Didit's signed webhooks. An independent package, not an official Didit product.
 *
 * @packageDocumentation
 */
export type { Body } from "./body.js";
export { type CanonicalizeOptions, canonicalize } from "./canonical.js";
export type * from "./checks.js";
export type * from "./decision.js";
export {
  ConfigurationError,
  DiditError,
  type ErrorCode,
  type ErrorDetails,
  errorCodes,
  InternalError,
  PayloadError,
  SignatureError,
  StoreError,
  TimestampError,
  WebhookError,
} from "./errors.js";
export type * from "./events.js";
export {
  type Cause,
  type Confidence,
  causes,
  type ExplainOptions,
  type Explanation,
  explain,
} from "./explain.js";
export type { HeadersInput, HeaderValue } from "./headers.js";
export type { Time } from "./now.js";
export type { Secret } from "./secrets.js";
export { parseUnsigned, type SignOptions, sign } from "./sign.js";
export {
  type Covers,
  type HeaderTimestamp,
  type Scheme,
  Verified,
  Verifier,
  type VerifierOptions,
  type VerifyOptions,
} from "./webhook.js";
