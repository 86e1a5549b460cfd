import { typeName } from "./describe.js";
import { binding } from "./native.js";

/** The value of a header, several if it came more than once. */
export type HeaderValue = string | readonly string[] | undefined;

/**
 * The headers of a request: Node's `request.headers` or `request.rawHeaders`, Fetch's `Headers`, a `Map`,
 * an array of pairs or a plain object. Names count without regard to case.
 */
export type HeadersInput =
  | Iterable<readonly [name: string, value: HeaderValue]>
  | readonly string[]
  | { readonly [name: string]: HeaderValue };

/**
 * What may be relevant, and where it stands among the names that the core knows, from 1 on. This only spares the way to
 * the core, which decides by itself.
 */
const places: ReadonlyMap<string, number> = new Map(binding.headerNames().map((name, at) => [name, at + 1]));
/** Whether a name of this length may be relevant, which rules out most. */
const lengths: readonly boolean[] = Array.from({ length: 32 }, (_, length) =>
  Array.from(places.keys()).some((name) => name.length === length),
);
/** The letter that a name must begin with, the other thing that rules out most. */
const [X, H] = [0x78, 0x68];

/** The place of a name that may be relevant, or 0. */
function placeOf(name: string): number {
  if (lengths[name.length] !== true) {
    return 0;
  }
  const first = name.charCodeAt(0) | 0x20;
  return first === X || first === H ? (places.get(name) ?? places.get(name.toLowerCase()) ?? 0) : 0;
}

/** The headers that can matter: the place of each name and a value, in turn. */
export function relevantHeaders(headers: unknown): (number | string)[] {
  const relevant: (number | string)[] = [];
  each(headers, placeOf, (_, value, place) => {
    relevant.push(place, value);
  });
  return relevant;
}

/** Names and values, in turn, of the headers that can matter, and a NUL behind each. */
export function joinedHeaders(headers: unknown): string {
  let joined = "";
  each(headers, placeOf, (name, value) => {
    // NUL is as wrong as any other letter in these headers.
    joined += `${name}\0${value.includes("\0") ? value.replaceAll("\0", "\ufffd") : value}\0`;
  });
  return joined;
}

/** Names and values, in turn, of all headers. */
export function allHeaders(headers: unknown): string[] {
  const flat: string[] = [];
  each(
    headers,
    () => 1,
    (name, value) => flat.push(name, value),
  );
  return flat;
}

type Take = (name: string, value: string, place: number) => void;

/** Calls `take` for each value of the headers that have a place, which is not 0. */
function each(headers: unknown, placeOf: (name: string) => number, take: Take): void {
  if (typeof headers !== "object" || headers === null) {
    throw new TypeError(`headers must be the request's headers, not ${typeName(headers)}`);
  }
  if (Array.isArray(headers) && isFlat(headers)) {
    for (let at = 0; at < headers.length; at += 2) {
      const name = headers[at] as string;
      const place = placeOf(name);
      if (place !== 0) {
        take(name, headers[at + 1] as string, place);
      }
    }
    return;
  }
  if (Symbol.iterator in headers) {
    for (const [name, value] of Array.from(headers as Iterable<unknown>, pair)) {
      if (typeof name !== "string") {
        throw new TypeError(`The name of a header must be a string, not ${typeName(name)}`);
      }
      const place = placeOf(name);
      if (place !== 0) {
        takeValues(name, value, place, take);
      }
    }
    return;
  }
  refuseLookalikes(headers);
  for (const name of Object.keys(headers)) {
    const place = placeOf(name);
    if (place !== 0) {
      takeValues(name, (headers as Record<string, unknown>)[name], place, take);
    }
  }
}

function takeValues(name: string, value: unknown, place: number, take: Take): void {
  if (typeof value === "string") {
    take(name, value, place);
    return;
  }
  for (const single of Array.isArray(value) ? value : [value]) {
    if (typeof single === "string") {
      take(name, single, place);
    } else if (single !== undefined && single !== null) {
      throw new TypeError(`The header ${name} must be a string, not ${typeName(single)}`);
    }
  }
}

/** Node's `rawHeaders`: name, value, name, value. */
function isFlat(entries: unknown[]): boolean {
  if (!entries.some((entry) => typeof entry === "string")) {
    return false;
  }
  if (entries.length % 2 !== 0 || !entries.every((entry) => typeof entry === "string")) {
    throw new TypeError("A flat array of headers must hold a name and a value in turn, all strings");
  }
  return true;
}

function pair(entry: unknown): [unknown, unknown] {
  if (!Array.isArray(entry) || entry.length !== 2) {
    throw new TypeError(`headers must be made of pairs of name and value; one entry is ${typeName(entry)}`);
  }
  return [entry[0], entry[1]];
}

/** Objects that have headers but are none would read as a request without a signature. */
function refuseLookalikes(headers: object): void {
  // A header may be called that; its value is then a string, or an array of them.
  if ("headers" in headers && typeof headers.headers === "object" && !Array.isArray(headers.headers)) {
    throw new TypeError("headers seems to be a whole request; pass its headers, for example request.headers");
  }
  if ("then" in headers && typeof headers.then === "function") {
    throw new TypeError("headers is a promise; await it");
  }
}
