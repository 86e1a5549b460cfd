import { types } from "node:util";
import { typeName } from "./describe.js";

/**
 * Arguments as JSON text. What JSON would lose without a word (a promise, bytes, NaN) is refused: a request must not
 * say something else than the program meant.
 */
export function encode(value: unknown): string {
  return JSON.stringify(value, checked);
}

function checked(this: unknown, key: string, value: unknown): unknown {
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) {
        throw new TypeError(`${key} is ${value}, which JSON does not have`);
      }
      return value;
    case "bigint":
    case "function":
    case "symbol":
      throw new TypeError(`${key} is of type ${typeof value}, which JSON does not have${advice(value)}`);
    case "object": {
      // `value` is what toJSON returned, if there is one: a Buffer, for example, has turned into an object already.
      const given: unknown = (this as Record<string, unknown>)[key];
      if (typeof given === "object" && given !== null && isLost(given)) {
        throw new TypeError(`${key} is of type ${typeName(given)}, which JSON does not have${advice(given)}`);
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
    types.isMap(value) ||
    types.isSet(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value)
  );
}

function advice(value: unknown): string {
  if (types.isPromise(value)) {
    return "; await it";
  }
  if (types.isMap(value)) {
    return "; pass Object.fromEntries(...)";
  }
  if (typeof value === "bigint") {
    return "; pass a number or a string";
  }
  return types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)
    ? '; an image is given as base64 text: buffer.toString("base64")'
    : "";
}
