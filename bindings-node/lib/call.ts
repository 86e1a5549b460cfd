import { typeName } from "./describe.js";
import { encode } from "./encode.js";
import { knownOptions, name, wholeNumber } from "./options.js";
import type { Files } from "./upload.js";

/** How to make one call. */
export interface CallOptions {
  /** Seconds for the whole call with its retries. */
  readonly timeout?: number | undefined;
  /** Seconds for one connection to be made. */
  readonly connectTimeout?: number | undefined;
  /** How often a failed request may be sent again; only where a repeat is harmless. */
  readonly maxRetries?: number | undefined;
  /** An account's token, for organizations and applications. */
  readonly accessToken?: string | undefined;
  /** Ends the call, the request included, when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Members of the body that this version does not know. */
  readonly extraBody?: { readonly [name: string]: unknown } | undefined;
  /** Parameters of the query that this version does not know. */
  readonly extraQuery?: { readonly [name: string]: unknown } | URLSearchParams | undefined;
  /** Headers beside those of the client. */
  readonly extraHeaders?: { readonly [name: string]: string } | Headers | undefined;
}

/** @internal */
export const OPTIONS = [
  "timeout",
  "connectTimeout",
  "maxRetries",
  "accessToken",
  "signal",
  "extraBody",
  "extraQuery",
  "extraHeaders",
] as const satisfies (keyof CallOptions)[];

/**
 * One call: what it is, and how it is made.
 *
 * @internal
 */
export interface Call {
  /** The name of an operation, or a method for a path. */
  readonly operation: string;
  readonly path?: string | undefined;
  readonly params: object;
  /** The body for a path. */
  readonly json?: unknown;
  readonly files?: Files | undefined;
  readonly options: CallOptions;
}

/**
 * Options of a call over those of its client; extras are merged by name.
 *
 * @internal
 */
export function mergedOptions(defaults: CallOptions, given: unknown, call: string): CallOptions {
  if (given === undefined) {
    return defaults;
  }
  const known = knownOptions(given, OPTIONS, call);
  const merged: Record<string, unknown> = { ...defaults };
  for (const [option, value] of Object.entries(known)) {
    if (value !== undefined && value !== null) {
      merged[option] = option.startsWith("extra")
        ? { ...(merged[option] ?? {}), ...plainObject(value, option) }
        : value;
    }
  }
  seconds(merged.timeout, "timeout");
  seconds(merged.connectTimeout, "connectTimeout");
  wholeNumber(merged.maxRetries, "maxRetries");
  name(merged.accessToken, "accessToken");
  const { signal } = merged as { signal?: Partial<AbortSignal> };
  // Not instanceof: under Jest, or in a vm context, there are several classes of that name.
  if (signal !== undefined && (typeof signal.aborted !== "boolean" || typeof signal.addEventListener !== "function")) {
    throw new TypeError(`signal must be an AbortSignal, not ${typeName(signal)}`);
  }
  return merged as CallOptions;
}

/**
 * The names and values of a plain object, or of what iterates over them as URLSearchParams and Headers do; a name that
 * comes several times has a list of values.
 *
 * @internal
 */
export function plainObject(value: unknown, name: string): object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object, not ${typeName(value)}`);
  }
  if (!(Symbol.iterator in value)) {
    return value;
  }
  const found = new Map<string, unknown[]>();
  for (const pair of value as Iterable<unknown>) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== "string") {
      throw new TypeError(`${name} must be an object, not ${typeName(value)}`);
    }
    const [key, inner] = pair as [string, unknown];
    found.set(key, [...(found.get(key) ?? []), inner]);
  }
  return Object.fromEntries(Array.from(found, ([key, values]) => [key, values.length === 1 ? values[0] : values]));
}

/**
 * Those options that the core reads, as JSON; nothing if there are none.
 *
 * @internal
 */
export function optionsText({ timeout, connectTimeout, maxRetries, accessToken }: CallOptions): string | undefined {
  return timeout === undefined && connectTimeout === undefined && maxRetries === undefined && accessToken === undefined
    ? undefined
    : encode({
        timeout: finite(timeout),
        connect_timeout: finite(connectTimeout),
        max_retries: maxRetries,
        access_token: accessToken,
      });
}

/**
 * The arguments of a call as JSON.
 *
 * @internal
 */
export function argumentsText({ params, options }: Call): string {
  const { extraBody, extraQuery, extraHeaders } = options;
  if (extraBody === undefined && extraQuery === undefined && extraHeaders === undefined && isSimple(params)) {
    return `{"params":${JSON.stringify(params)}}`;
  }
  return encode({ params, extra_body: extraBody, extra_query: extraQuery, extra_headers: extraHeaders });
}

/** Whether JSON loses nothing of a plain object: most calls have a few strings, for which looking is enough. */
function isSimple(params: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(params);
  if ((prototype !== Object.prototype && prototype !== null) || "toJSON" in params) {
    return false;
  }
  return Object.values(params).every((value: unknown) => {
    const type = typeof value;
    return type === "string" || type === "boolean" || value === undefined || value === null || Number.isFinite(value);
  });
}

/**
 * The body for a path as JSON, wrapped so that it is read as arguments are; nothing if there is none.
 *
 * @internal
 */
export function bodyText({ json }: Call): string | undefined {
  return json === undefined ? undefined : encode({ params: { json } });
}

/**
 * A duration, of which the core decides whether it makes sense.
 *
 * @internal
 */
export function seconds(value: unknown, name: string): number | undefined {
  if (value !== undefined && typeof value !== "number") {
    throw new TypeError(`${name} must be a number of seconds, not ${typeName(value)}`);
  }
  return value;
}

/** What the core can read, and refuse by name, in place of a number that JSON does not have. */
export function finite(value: number | undefined): number | string | undefined {
  return value === undefined || Number.isFinite(value) ? value : String(value);
}
