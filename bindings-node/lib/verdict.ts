import type { Desk } from "./desk.js";
import { call } from "./errors.js";
import { binding } from "./native.js";

const COMMA = 0x2c;

/** Whether what is left of the text without the long member is ASCII. */
const ASCII = 1 << 12;
/** Whether the text is the body as it was sent, in ASCII, in the place of the authenticated bytes. */
const SENT = 1 << 13;

const { schemes, covers, kinds, outcomes } = binding.factNames();
const { jsonOf: jsonText } = binding;

/**
 * What the native module found: a genuine delivery. Its `src/verdict.rs` says why it comes as one string, a character for
 * each byte, and as numbers.
 */
export class Verdict {
  readonly text: string;
  readonly facts: number;
  readonly secretIndex: number;
  readonly signedAt: number;
  readonly message: number;
  readonly name: number;
  readonly nameEnd: number;
  readonly long: number;
  readonly longEnd: number;

  constructor(text: string, { numbers }: Desk) {
    this.text = text;
    this.facts = numbers[0] as number;
    this.secretIndex = numbers[1] as number;
    this.signedAt = numbers[2] as number;
    this.message = numbers[3] as number;
    this.name = numbers[4] as number;
    this.nameEnd = numbers[5] as number;
    this.long = numbers[6] as number;
    this.longEnd = numbers[7] as number;
  }

  get scheme(): string {
    return schemes[this.facts & 15] as string;
  }

  get covers(): string {
    return covers[this.facts & 15] as string;
  }

  get kind(): string {
    return kinds[(this.facts >> 4) & 15] as string;
  }

  get outcome(): string {
    return outcomes[(this.facts >> 8) & 15] as string;
  }

  /** The JSON text of the event without its long member, or with `null` for a value. */
  get json(): string {
    const text = this.#eventText();
    const short = this.longEnd === 0 ? text : this.#shortened(text);
    return (this.facts & ASCII) === 0 ? jsonOf(short) : short;
  }

  /** Whether there is a member that is not worth parsing before somebody reads it. */
  get hasLongMember(): boolean {
    return this.longEnd !== 0;
  }

  /** Its name, which has no escapes. */
  get longName(): string {
    return this.#eventText().slice(this.name, this.nameEnd);
  }

  /** Whether that is its name. */
  namesLongMember(name: string): boolean {
    return this.nameEnd - this.name === name.length && this.#eventText().startsWith(name, this.name);
  }

  /** The JSON text of its value. */
  get longMember(): string {
    const text = this.#eventText().slice(this.long, this.longEnd);
    return (this.facts & SENT) === 0 ? jsonOf(text) : text;
  }

  /** The authenticated bytes, in memory of their own: what Buffers share goes along with their `buffer`. */
  get bytes(): Buffer {
    const bytes = this.message === 0 ? this.text : this.text.slice(0, this.message);
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    copy.write(bytes, "latin1");
    return (this.facts & SENT) === 0 ? copy : call(Verdict, () => binding.canonicalize(copy, true));
  }

  /** What is there already becomes a getter at a higher price, so the member had better be left out. */
  #shortened(text: string): string {
    return text.charCodeAt(this.longEnd) === COMMA
      ? text.slice(0, this.name - 1) + text.slice(this.longEnd + 1)
      : `${text.slice(0, this.long)}null${text.slice(this.longEnd)}`;
  }

  /** The event's part of the text, behind a message that is not a part of the event. */
  #eventText(): string {
    return this.message === 0 ? this.text : this.text.slice(this.message);
  }
}

/** Memory of one thread for the bytes of an event that is being read. Longer ones get their own. */
const scratch = Buffer.allocUnsafeSlow(65_536);

/** JSON text that can be parsed, from a string of one character per byte. */
export function jsonOf(bytes: string): string {
  const { length } = bytes;
  const memory = length <= scratch.length ? scratch : Buffer.allocUnsafeSlow(length);
  memory.write(bytes, "latin1");
  return jsonText(memory.subarray(0, length)) ?? bytes;
}
