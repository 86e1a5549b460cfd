import { types } from "node:util";
import { typeName } from "./describe.js";

/** The body of a request as it arrived. A string counts as the UTF-8 text that it was decoded from. */
export type Body = Uint8Array | ArrayBuffer | SharedArrayBuffer | string;

/** The bytes of a body. They may be the caller's own memory: they are read before the call returns. */
export function bodyBytes(body: unknown, call: string): Uint8Array {
  if (types.isUint8Array(body)) {
    // Another thread could write to shared memory while its MAC is being computed.
    const { buffer } = body;
    return buffer instanceof ArrayBuffer || !types.isSharedArrayBuffer(buffer) ? body : Uint8Array.from(body);
  }
  if (typeof body === "string") {
    return utf8(body);
  }
  if (types.isArrayBuffer(body)) {
    return new Uint8Array(body);
  }
  if (types.isSharedArrayBuffer(body)) {
    return Uint8Array.from(new Uint8Array(body));
  }
  throw new TypeError(
    `${call} needs the raw body as Buffer, Uint8Array, ArrayBuffer or string, not ${typeName(body)}.${advice(body, call)}`,
  );
}

/** Only what comes with a request can have been parsed by a framework. */
function advice(body: unknown, call: string): string {
  if (call === "sign" || call === "parseUnsigned") {
    return typeof body === "object" && body !== null ? " JSON.stringify makes one of an object." : "";
  }
  return typeof body === "object" && body !== null
    ? ' In Express, put express.raw({ type: "*/*" }) before the route instead of express.json(); where only the ' +
        "parsed body is left, use verifyParsed."
    : ' In Express, put express.raw({ type: "*/*" }) before the route.';
}

/**
 * UTF-8, in which half a surrogate pair becomes a byte that is never valid. The usual U+FFFD would make two
 * different strings one and the same body.
 */
function utf8(text: string): Uint8Array {
  if (text.isWellFormed()) {
    return Buffer.from(text);
  }
  const at = text.search(/\p{Surrogate}/u);
  return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.of(0xff), Buffer.from(text.slice(at + 1))]);
}
