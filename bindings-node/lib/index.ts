/**
 * Verifies Didit's signed webhooks, and calls Didit's API. An independent package, not an official Didit product.
 *
 * @packageDocumentation
 */
export type { Answered } from "./answer.js";
export type { Attempt } from "./attempt.js";
export type { Body } from "./body.js";
export type { CallOptions } from "./call.js";
export { type CanonicalizeOptions, canonicalize } from "./canonical.js";
export { Didit, type DiditOptions, type RateLimit, type RequestOptions } from "./client.js";
export {
  type AnswerDetails,
  ApiError,
  AuthenticationError,
  CancelledError,
  ConfigurationError,
  DiditError,
  type ErrorCode,
  type ErrorDetails,
  errorCodes,
  type FieldError,
  InternalError,
  InvalidRequestError,
  NotFoundError,
  PayloadError,
  RateLimitError,
  ServerError,
  SignatureError,
  StoreError,
  TimestampError,
  TransportError,
  TransportTimeoutError,
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
export type { File } from "./file.js";
export type * from "./generated/types/index.js";
export type { HeadersInput, HeaderValue } from "./headers.js";
export type { Time } from "./now.js";
export type { Page, PagePromise } from "./page.js";
export { type IframeOptions, iframeHtml, parseCallback, type UnauthenticatedCallback } from "./present.js";
export type { LastResponse, RawResponse, ResponseHeaders } from "./response.js";
export type { Secret } from "./secrets.js";
export { parseUnsigned, type SignOptions, sign } from "./sign.js";
export * as statuses from "./statuses.js";
export type { FileContent, FileInput, Files } from "./upload.js";
export {
  type Covers,
  type HeaderTimestamp,
  type Scheme,
  Verified,
  Verifier,
  type VerifierOptions,
  type VerifyOptions,
} from "./webhook.js";
