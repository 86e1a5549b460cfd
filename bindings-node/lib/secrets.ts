import { types } from "node:util";
import { typeName } from "./describe.js";

/** A webhook secret: text, used as its UTF-8 bytes, or the bytes themselves. It is never trimmed or decoded. */
export type Secret = string | Uint8Array;

/**
 * Calls `use` with the bytes of each secret, and wipes them afterwards. Those that are missing are empty, which the
 * core refuses.
 *
 * The bytes are never in the memory that small Buffers share: whoever gets another piece of that can read all of it.
 */
export function withSecrets<Result>(secrets: unknown, use: (bytes: Uint8Array[]) => Result): Result {
  const list: unknown[] = Array.isArray(secrets) ? Array.from(secrets) : [secrets];
  const copies = list.map(secretBytes);
  try {
    return use(copies);
  } finally {
    for (const copy of copies) {
      copy.fill(0);
    }
  }
}

/** A copy of the bytes of one secret, none if it is missing. */
function secretBytes(secret: unknown): Uint8Array {
  if (secret === undefined || secret === null) {
    return new Uint8Array();
  }
  if (types.isUint8Array(secret)) {
    return Uint8Array.from(secret);
  }
  if (typeof secret !== "string") {
    throw new TypeError(`A secret must be a string or Uint8Array, not ${typeName(secret)}`);
  }
  if (!secret.isWellFormed()) {
    // As UTF-8 it would be the same key as another string.
    throw new TypeError("A secret must not hold half of a surrogate pair; pass its bytes as Uint8Array");
  }
  return new TextEncoder().encode(secret);
}
