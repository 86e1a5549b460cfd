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
  /** The status with which a webhook route should answer. */
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

/** A fault of this package: answer 500. */
export class InternalError extends DiditError {}

const classes = {
  DiditError,
  WebhookError,
  SignatureError,
  TimestampError,
  PayloadError,
  ConfigurationError,
  InternalError,
};
// On the prototypes, so that the name is no enumerable property of every error, and minifiers do not change it.
for (const [name, type] of Object.entries(classes)) {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}

/** What the native module returns in place of a result. */
type Failure = ReturnType<typeof binding.internalError>;

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

function toError(failure: Failure): Error {
  const { className, message, code, hint = "", httpStatus = 500, position, paths } = failure;
  switch (className) {
    case "TypeError":
      return new TypeError(message);
    case "RangeError":
      return new RangeError(message);
    default: {
      const type = Object.hasOwn(classes, className) ? classes[className as keyof typeof classes] : InternalError;
      return new type({ code: code as ErrorCode, message, hint, httpStatus, position, paths });
    }
  }
}

/**
 * Calls the native module and throws the failure that it returns. The module itself throws only after a panic,
 * whose own text is left out, because it may quote the body.
 *
 * @internal
 */
export function call<Result extends object | string | null>(
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
