/**
 * Memory that the native module borrows for the time of a call: the face lays the headers of a delivery on it, and finds
 * there what is known of the verdict. A call costs the least that way: each value that crosses the border by itself costs
 * as much as the MAC of 100 bytes.
 */
export class Desk {
  readonly bytes: Buffer;
  /** What is known of a verdict, as `src/verdict.rs` of the native module lists it. */
  readonly numbers: Float64Array;

  constructor(size: number) {
    // Never a part of the memory that small Buffers share: whoever has another part of that can read it.
    this.bytes = Buffer.alloc(size);
    this.numbers = new Float64Array(this.bytes.buffer, this.bytes.byteOffset, NUMBERS / 8);
  }
}

/** How many bytes the numbers take. The headers begin behind them. */
const NUMBERS = 64;
/** Before each value stand the place of the header's name and the length of the value in four bytes. */
const HEAD = 5;
/** The longest UTF-8 of one unit of a string. */
const LONGEST = 3;
const SIZE = 4096;

/** One for each thread: between the laying and the call nobody else's code runs. */
const desk = new Desk(SIZE);

/** The desk, with nothing on it that counts. */
export const cleared = (): Desk => desk;

/** Lays headers, as `relevantHeaders` returns them, on the desk, or on a larger one. */
export function lay(headers: readonly (number | string)[]): Desk {
  let size = NUMBERS + 1;
  for (let at = 1; at < headers.length; at += 2) {
    size += HEAD + LONGEST * (headers[at] as string).length;
  }
  const laid = size <= SIZE ? desk : new Desk(size);
  const { bytes } = laid;
  let end = NUMBERS;
  for (let at = 0; at < headers.length; at += 2) {
    const length = bytes.write(headers[at + 1] as string, end + HEAD);
    bytes[end] = headers[at] as number;
    bytes[end + 1] = length;
    bytes[end + 2] = length >> 8;
    bytes[end + 3] = length >> 16;
    bytes[end + 4] = length >> 24;
    end += HEAD + length;
  }
  bytes[end] = 0;
  return laid;
}
