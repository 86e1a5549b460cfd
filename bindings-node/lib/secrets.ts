import { types } from "node:util";
import { typeName } from "./describe.js";

/** A webhook secret: text, used as its UTF-8 bytes, or the bytes themselves. It is never trimmed or decoded. */
export type Secret = string | Uint8Array;

/** The bytes of each secret. Those that are missing are empty, which the core refuses. */
export function secretList(secrets: unknown): Uint8Array[] {
  const list: unknown[] = Array.isArray(secrets) ? Array.from(secrets) : [secrets];
  return list.map(secretBytes);
}

/** The bytes of one secret, none if it is missing. */
export function secretBytes(secret: unknown): Uint8Array {
  if (secret === undefined || secret === null) {
    return new Uint8Array();
  }
  if (types.isUint8Array(secret)) {
    return secret;
  }
  if (typeof secret !== "string") {
    throw new TypeError(`A secret must be a string or Uint8Array, not ${typeName(secret)}`);
  }
  if (!secret.isWellFormed()) {
    // As UTF-8 it would be the same key as another string.
    throw new TypeError("A secret must not hold half of a surrogate pair; pass its bytes as Uint8Array");
  }
  return Buffer.from(secret);
}
