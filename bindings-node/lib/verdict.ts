import { binding } from "./native.js";

/** What the native module returns for a genuine delivery. Its `src/verdict.rs` says why it is an array. */
type NativeVerdict = Exclude<ReturnType<typeof binding.verify>, ReturnType<typeof binding.internalError>>;

/** A verdict as the native module gave it: numbers and strings of one character per byte. */
export type Verdict = NativeVerdict;

/** JSON text of an event, in which one long member can be left unparsed. One character stands for one byte. */
export interface EventText {
  readonly bytes: string;
  /** Whether its characters are those of the text; otherwise they have to be decoded. */
  readonly isAscii: boolean;
  readonly long: LongMember | undefined;
}

/** A member that is parsed only when it is read, and where its value stands. */
export interface LongMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly isAscii: boolean;
}

const { schemes, covers, kinds, outcomes } = binding.factNames();

export const schemeOf = ([, facts]: Verdict): string => schemes[facts & 15] as string;
export const coversOf = ([, facts]: Verdict): string => covers[facts & 15] as string;
export const kindOf = ([, facts]: Verdict): string => kinds[(facts >> 4) & 15] as string;
export const outcomeOf = ([, facts]: Verdict): string => outcomes[(facts >> 8) & 15] as string;
export const secretIndexOf = ([, facts]: Verdict): number => facts >>> 14;

/** The JSON text of the event. */
export function eventTextOf([bytes, facts, , name, start, end, payload]: Verdict): EventText {
  const text = payload ?? bytes;
  const isAscii = (facts & (1 << 13)) !== 0;
  if (start === end) {
    return { bytes: text, isAscii, long: undefined };
  }
  // In valid JSON the name's closing quote is the next one: it has no escapes.
  const long = { name: text.slice(name, text.indexOf('"', name)), start, end, isAscii: (facts & (1 << 12)) !== 0 };
  return { bytes: text, isAscii, long };
}

/** Text from a string of one character per byte. */
export function decoded(bytes: string, isAscii: boolean): string {
  return isAscii ? bytes : binding.decode(bytes);
}
