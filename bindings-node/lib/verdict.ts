import { binding } from "./native.js";

/**
 * What the native module returns for a genuine delivery: numbers and the authenticated bytes in one string, a
 * character for each byte. Its `src/verdict.rs` says why.
 */
export type Verdict = Exclude<ReturnType<typeof binding.verify>, ReturnType<typeof binding.internalError>>;

/** A member of an event that is parsed only when it is read. In the event's text, `null` stands for its value. */
export interface LongMember {
  readonly name: string;
  readonly text: string;
}

const HEAD = 28;
const ABSENT = "null".length;
const { schemes, covers, kinds, outcomes } = binding.factNames();

function byte(verdict: Verdict, at: number): number {
  return verdict.charCodeAt(at);
}

function number(verdict: Verdict, at: number): number {
  const low = byte(verdict, at) | (byte(verdict, at + 1) << 8) | (byte(verdict, at + 2) << 16);
  return low + byte(verdict, at + 3) * 2 ** 24;
}

export const schemeOf = (verdict: Verdict): string => schemes[byte(verdict, 0) & 15] as string;
export const coversOf = (verdict: Verdict): string => covers[byte(verdict, 0) & 15] as string;
export const kindOf = (verdict: Verdict): string => kinds[byte(verdict, 0) >> 4] as string;
export const outcomeOf = (verdict: Verdict): string => outcomes[byte(verdict, 1) & 15] as string;
export const secretIndexOf = (verdict: Verdict): number => number(verdict, 4);
export const signedAtOf = (verdict: Verdict): number => number(verdict, 20) + (number(verdict, 24) | 0) * 2 ** 32;

/** Whether the text of the event can be parsed as it is; otherwise its bytes have to be read as UTF-8. */
export const isAscii = (verdict: Verdict): boolean => (byte(verdict, 1) & 16) !== 0;
const isEscaped = (verdict: Verdict): boolean => (byte(verdict, 1) & 32) !== 0;
const messageLength = (verdict: Verdict): number => number(verdict, 16);

const textStart = (verdict: Verdict): number => HEAD + messageLength(verdict);
const textEnd = (verdict: Verdict): number => textStart(verdict) + number(verdict, 12);

/** The JSON text of the event. */
export function textOf(verdict: Verdict): string {
  return verdict.slice(textStart(verdict), textEnd(verdict));
}

/** The member that is not worth parsing before somebody reads it. Its name has no escapes. */
export function longMemberOf(verdict: Verdict, text: string): LongMember | undefined {
  const end = textEnd(verdict);
  if (end === verdict.length) {
    return undefined;
  }
  const quote = text.lastIndexOf('"', number(verdict, 8));
  return { name: text.slice(text.lastIndexOf('"', quote - 1) + 1, quote), text: verdict.slice(end) };
}

/** The authenticated bytes, as a string of one character for each. */
function signedText(verdict: Verdict): string {
  const length = messageLength(verdict);
  if (length !== 0) {
    return verdict.slice(HEAD, HEAD + length);
  }
  const end = textEnd(verdict);
  const place = HEAD + number(verdict, 8);
  return end === verdict.length
    ? verdict.slice(HEAD)
    : verdict.slice(HEAD, place) + verdict.slice(end) + verdict.slice(place + ABSENT, end);
}

/** The authenticated bytes, in memory of their own: what Buffers share goes along with their `buffer`. */
export function bytesOf(verdict: Verdict): Buffer {
  const bytes = signedText(verdict);
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
