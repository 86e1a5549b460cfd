import { types } from "node:util";
import { typeName } from "./describe.js";

/**
 * Arguments as JSON text. What JSON would lose without a word (a promise, bytes, NaN) is refused: a request must not
 * say something else than the program meant.
 */
export function encode(value: object): string {
  try {
    return JSON.stringify(value, checked);
  } catch (error) {
    throw blamed(value, error);
  }
}

/** What is wrong with a value, without the name of what holds it. */
class Unsendable extends TypeError {}

/** The error for what cannot be encoded, with the name of the argument that is to blame. */
function blamed(all: object, error: unknown): unknown {
  const [name, reason] = culprit(all) ?? ["an argument", error];
  if (reason instanceof Unsendable) {
    return new TypeError(`${name} ${reason.message}`);
  }
  // The engine's own words quote the names of members; what a program's own toJSON throws is its own.
  if (reason instanceof RangeError) {
    return new TypeError(`${name} is nested too deeply`);
  }
  return reason instanceof TypeError && reason.message.includes("circular")
    ? new TypeError(`${name} refers to itself`)
    : reason;
}

const GROUPS = ["params", "extra_body", "extra_query", "extra_headers"];

function culprit(all: object): [name: string, error: unknown] | undefined {
  for (const [name, value] of Object.entries(all) as [string, unknown][]) {
    try {
      JSON.stringify({ [name]: value }, checked);
    } catch (error) {
      const inner = GROUPS.includes(name) && typeof value === "object" && value !== null ? culprit(value) : undefined;
      return inner === undefined ? [name, error] : [name === "params" ? inner[0] : `${name}.${inner[0]}`, inner[1]];
    }
  }
  return undefined;
}

function checked(this: unknown, key: string, value: unknown): unknown {
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) {
        throw new Unsendable(`is or holds ${value}, which JSON does not have`);
      }
      return value;
    case "bigint":
    case "function":
    case "symbol":
      throw new Unsendable(`is or holds a value of type ${typeof value}, which JSON does not have${advice(value)}`);
    case "object": {
      // `value` is what toJSON returned, if there is one: a Buffer, for example, has turned into an object already.
      const given: unknown = (this as Record<string, unknown>)[key];
      if (typeof given === "object" && given !== null && isLost(given)) {
        throw new Unsendable(
          `is or holds a value of type ${typeName(given)}, which JSON does not have${advice(given)}`,
        );
      }
      return value;
    }
    default:
      return value;
  }
}

function isLost(value: object): boolean {
  return (
    types.isPromise(value) ||
    types.isNativeError(value) ||
    types.isRegExp(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    (types.isDate(value) && Number.isNaN(value.getTime())) ||
    // Map, Set, URLSearchParams, Headers, FormData: what they hold is behind their iterators, where JSON does not look.
    (Symbol.iterator in value && !Array.isArray(value) && !types.isBoxedPrimitive(value) && !("toJSON" in value)) ||
    // Blob and File.
    ("arrayBuffer" in value && typeof value.arrayBuffer === "function")
  );
}

function advice(value: unknown): string {
  if (types.isPromise(value)) {
    return "; await it";
  }
  if (types.isDate(value)) {
    return " unless it is a valid date";
  }
  if (types.isSet(value)) {
    return "; pass Array.from(...)";
  }
  if (typeof value === "object" && value !== null && "entries" in value && !ArrayBuffer.isView(value)) {
    return "; pass Object.fromEntries(...)";
  }
  if (typeof value === "bigint") {
    return "; pass a number or a string";
  }
  return types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)
    ? '; an image is given as base64 text: buffer.toString("base64")'
    : "";
}
