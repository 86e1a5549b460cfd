import { binding } from "./native.js";

/**
 * What the native module returns for a genuine delivery. Its `src/verdict.rs` says why it is an array, and why a
 * character of its strings stands for a byte.
 */
export type Verdict = Exclude<ReturnType<typeof binding.verify>, ReturnType<typeof binding.internalError>>;

/** A member of an event that is parsed only when it is read, and where its value stands in the text. */
export interface LongMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const { schemes, covers, kinds, outcomes } = binding.factNames();

export const schemeOf = (verdict: Verdict): string => schemes[verdict[1] & 15] as string;
export const coversOf = (verdict: Verdict): string => covers[verdict[1] & 15] as string;
export const kindOf = (verdict: Verdict): string => kinds[(verdict[1] >> 4) & 15] as string;
export const outcomeOf = (verdict: Verdict): string => outcomes[(verdict[1] >> 8) & 15] as string;
export const secretIndexOf = (verdict: Verdict): number => verdict[1] >>> 14;

/** Whether the text of the event can be parsed as it is; otherwise its bytes have to be read as UTF-8. */
export const isAscii = (verdict: Verdict): boolean => (verdict[1] & (1 << 12)) !== 0;
const isEscaped = (verdict: Verdict): boolean => (verdict[1] & (1 << 13)) !== 0;

/** The member that is not worth parsing before somebody reads it. Its name has no escapes. */
export function longMemberOf([text, , , start, end]: Verdict): LongMember | undefined {
  if (start === undefined || end === undefined) {
    return undefined;
  }
  const quote = text.lastIndexOf('"', start);
  return { name: text.slice(text.lastIndexOf('"', quote - 1) + 1, quote), start, end };
}

/** The authenticated bytes, in memory of their own: what Buffers share goes along with their `buffer`. */
export function bytesOf(verdict: Verdict): Buffer {
  const [text, , , , , message] = verdict;
  const bytes = message ?? text;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.write(bytes, "latin1");
  if (!isEscaped(verdict)) {
    return copy;
  }
  const canonical = binding.canonicalize(copy, true) as Buffer;
  const own = Buffer.allocUnsafeSlow(canonical.length);
  canonical.copy(own);
  return own;
}

/** JSON text that can be parsed, from a string of one character per byte. */
export function jsonOf(bytes: string, isAscii: boolean): string {
  return isAscii ? bytes : binding.asciiJson(bytes);
}
