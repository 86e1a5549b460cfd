import { sep } from "node:path";
import { inspect } from "node:util";
import { binding } from "./native.js";

/** Every code that an error can have, the same in Rust, Python and Node. */
export const errorCodes = [
  "missing_secret",
  "duplicate_header",
  "missing_signature",
  "malformed_signature",
  "missing_timestamp",
  "malformed_timestamp",
  "body_too_large",
  "invalid_utf8",
  "unexpected_bom",
  "syntax",
  "lone_surrogate",
  "integer_too_long",
  "number_out_of_range",
  "too_deep",
  "duplicate_key",
  "unsupported_value",
  "ambiguous_field",
  "signature_mismatch",
  "parsed_precision",
  "body_not_object",
  "invalid_body_timestamp",
  "timestamp_mismatch",
  "timestamp_too_old",
  "timestamp_in_future",
  "wrong_environment",
  "store_unavailable",
  "claim_lost",
  "invalid_argument",
  "unknown_operation",
  "invalid_callback",
  "missing_api_key",
  "missing_credentials",
  "missing_access_token",
  "missing_option",
  "invalid_configuration",
  "invalid_request",
  "insufficient_credits",
  "authentication_failed",
  "not_found",
  "conflict",
  "rate_limited",
  "server_error",
  "unexpected_status",
  "invalid_response",
  "response_too_large",
  "connection_failed",
  "tls_failed",
  "connection_lost",
  "connect_timeout",
  "timeout",
  "cancelled",
  "internal_error",
] as const;

/** A stable name for what is wrong. */
export type ErrorCode = (typeof errorCodes)[number];

/** What an error is made of. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly httpStatus: number;
  readonly position?: number | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly answer?: AnswerDetails | undefined;
}

/** What is wrong with one argument of a call. */
export interface FieldError {
  /** Where: `contact_details.email`, `features[1].feature`; empty for the request as a whole. */
  readonly path: string;
  /** What is wrong with it, in Didit's words where Didit says so: they can repeat what was sent. */
  readonly messages: readonly string[];
}

/** What Didit's answer says about a call that failed. */
export interface AnswerDetails {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly apiCode?: string | undefined;
  readonly detail?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  readonly attempts?: number | undefined;
}

/**
 * What all errors of this package have in common. No error ever holds a secret, a computed MAC, the value of a
 * header or a value of the body.
 */
export class DiditError extends Error {
  /** A stable name for what is wrong. */
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly hint: string;
  /** The status with which a route of yours should answer when this ends it. */
  readonly httpStatus: number;
  /** Offset in bytes from the start of the body, where one place is to blame. */
  readonly position: number | undefined;
  /** The members of a parsed payload that are to blame, as `$.decision.items[3].score`. */
  readonly paths: readonly string[];

  constructor(details: ErrorDetails) {
    super(details.message);
    this.code = details.code;
    this.hint = details.hint;
    this.httpStatus = details.httpStatus;
    this.position = details.position;
    this.paths = Object.freeze([...(details.paths ?? [])]);
  }

  /** The error for a log in JSON, its stack left out. */
  toJSON(): ErrorDetails & { readonly name: string } {
    const { name, code, message, hint, httpStatus, position, paths } = this;
    return { name, code, message, hint, httpStatus, position, paths };
  }
}

/** A delivery that is not accepted. */
export class WebhookError extends DiditError {}

/** The delivery is not genuine, as far as can be told: answer 401. */
export class SignatureError extends WebhookError {}

/** The delivery may be genuine, but not now: answer 401. */
export class TimestampError extends WebhookError {}

/** The body cannot be what Didit sends: answer 400, or 413 if it is too large. */
export class PayloadError extends WebhookError {}

/** The application is not set up: answer 500. */
export class ConfigurationError extends DiditError {}

/** The store of processed events cannot be used, or a claim was lost: answer 503, so that Didit delivers again. */
export class StoreError extends DiditError {}
/** Didit's answer to a call is a failure, or the call's arguments are wrong. */
export class ApiError extends DiditError {
  /** The HTTP status of the answer; undefined where nothing was sent. */
  readonly status: number | undefined;
  /** The id under which Didit's support finds the request. */
  readonly requestId: string | undefined;
  /** How many seconds Didit asks to wait. */
  readonly retryAfter: number | undefined;
  /** Didit's own code, such as `contract_billing_suspended`. */
  readonly apiCode: string | undefined;
  /** How often the request was sent. */
  readonly attempts: number;
  /** What Didit says in its own words, which can repeat what was sent: it is not printed along. */
  declare readonly detail: string | undefined;
  /** What is wrong with which argument, whatever the shape of the answer. It is not printed along either. */
  declare readonly errors: readonly FieldError[];

  constructor(details: ErrorDetails) {
    super(details);
    const { status, requestId, retryAfter, apiCode, attempts = 0, detail, errors = [] } = details.answer ?? {};
    this.status = status;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
    this.apiCode = apiCode;
    this.attempts = attempts;
    Object.defineProperty(this, "detail", { value: detail });
    Object.defineProperty(this, "errors", { value: Object.freeze(errors.map(fieldError)) });
  }

  /** The error for a log in JSON: without its stack, and without Didit's own words. */
  override toJSON(): ErrorDetails & { readonly name: string } {
    const { status, requestId, retryAfter, apiCode, attempts } = this;
    return { ...super.toJSON(), answer: { status, requestId, retryAfter, apiCode, attempts } };
  }
}

/** Node prints an error's `errors` even if they are hidden, so that each hides its messages itself. */
function fieldError({ path, messages }: FieldError): FieldError {
  const error = { path, messages: Object.freeze([...messages]) };
  Object.defineProperty(error, inspect.custom, { value: () => `FieldError { path: ${inspect(path)} }` });
  return Object.freeze(error);
}

/** A wrong argument, found before sending (`status` is undefined) or by Didit. */
export class InvalidRequestError extends ApiError {}

/** 401 and 403, which Didit uses for the same things. */
export class AuthenticationError extends ApiError {}

/** 404: no such object, or none that the key may see. */
export class NotFoundError extends ApiError {}

/** 429: too many requests. */
export class RateLimitError extends ApiError {}

/** 5xx. */
export class ServerError extends ApiError {}

/** There was no answer, or not all of it. */
export class TransportError extends DiditError {
  /** How often the request was sent. */
  readonly attempts: number;

  constructor(details: ErrorDetails) {
    super(details);
    this.attempts = details.answer?.attempts ?? 0;
  }
}

/** The answer did not come in time. */
export class TransportTimeoutError extends TransportError {}

/** The call was ended by its `signal`, whose reason is the `cause`. */
export class CancelledError extends DiditError {}

/** A fault of this package: answer 500. */
export class InternalError extends DiditError {}

const classes = {
  DiditError,
  WebhookError,
  SignatureError,
  TimestampError,
  PayloadError,
  ConfigurationError,
  StoreError,
  ApiError,
  InvalidRequestError,
  AuthenticationError,
  NotFoundError,
  RateLimitError,
  ServerError,
  TransportError,
  TransportTimeoutError,
  CancelledError,
  InternalError,
};
// On the prototypes, so that the name is no enumerable property of every error, and minifiers do not change it.
for (const [name, type] of Object.entries(classes)) {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}

/**
 * What the native module returns in place of a result.
 *
 * @internal
 */
export type Failure = ReturnType<typeof binding.internalError>;

/**
 * Throws the error for a failure. Its stack starts where `caller`, a function of this package, was called.
 *
 * @internal
 */
export function raise(failure: Failure, caller: Function): never {
  const error = toError(failure);
  Error.captureStackTrace(error, caller);
  throw error;
}

/**
 * The error for a failure.
 *
 * @internal
 */
export function toError(failure: Failure): Error {
  const { className, message, code, hint = "", httpStatus = 500, position, paths, answer } = failure;
  switch (className) {
    case "TypeError":
      return new TypeError(message);
    case "RangeError":
      return new RangeError(message);
    default: {
      const type = Object.hasOwn(classes, className) ? classes[className as keyof typeof classes] : InternalError;
      return new type({ code: code as ErrorCode, message, hint, httpStatus, position, paths, answer });
    }
  }
}

/**
 * The error for a failed call, whose stack leaves out this package's own frames: it has none of Rust's, and those of
 * the way there say nothing.
 *
 * @internal
 */
export function callError(failure: Failure): Error {
  const error = toError(failure);
  // A program may have replaced what makes stacks.
  if (typeof error.stack === "string") {
    error.stack = error.stack
      .split("\n")
      .filter((line) => !line.includes(`${__dirname}${sep}`))
      .join("\n");
  }
  return error;
}

/**
 * Calls the native module and throws the failure that it returns. The module itself throws only after a panic,
 * whose own text is left out, because it may quote the body.
 *
 * @internal
 */
export function call<Result extends object | string | boolean | null>(
  caller: Function,
  native: () => Result | Failure,
): Exclude<Result, Failure> {
  let result: Result | Failure;
  try {
    result = native();
  } catch {
    return raise(binding.internalError(), caller);
  }
  if (typeof result === "object" && result !== null && "className" in result) {
    return raise(result as Failure, caller);
  }
  return result as Exclude<Result, Failure>;
}
