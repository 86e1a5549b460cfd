import { type InspectOptionsStylized, inspect } from "node:util";
import { type Event, type UnsignedEvent, unsignedUnderSimple } from "./events.js";
import { coversOf, decoded, eventTextOf, kindOf, type LongMember, outcomeOf, type Verdict } from "./verdict.js";

/** The members that a log may show: no personal data. */
const shown = ["type", "event_id", "session_id", "transaction_id", "status"] as const;

/** A genuine event from its authenticated JSON text. */
export function makeEvent(verdict: Verdict): Event {
  const { bytes, isAscii, long } = eventTextOf(verdict);
  const ours = `"type":"${kindOf(verdict)}","outcome":"${outcomeOf(verdict)}"`;
  const rest = long === undefined ? bytes : `${bytes.slice(0, long.start)}null${bytes.slice(long.end)}`;
  const event = plainEvent(decoded(rest, isAscii), ours);
  if (long !== undefined) {
    parseWhenRead(event, bytes, long);
  }
  if (coversOf(verdict) === "envelope") {
    for (const name of Object.keys(unsignedUnderSimple)) {
      Object.defineProperty(event, name, { get: () => refuseUncovered(name) });
    }
  }
  return event as Event;
}

/** An event that nothing authenticates. */
export function makeUnsignedEvent(json: Buffer, type: string): UnsignedEvent {
  return plainEvent(json.toString(), `"type":"${type}","authenticated":false`) as UnsignedEvent;
}

/**
 * The members of a JSON object, and some of our own at its end, which win. `JSON.parse` makes own properties even
 * of `__proto__`, whatever was done to `Object.prototype`.
 */
function plainEvent(json: string, ours: string): object {
  const members = json.slice(0, json.lastIndexOf("}")).trimEnd();
  const event = JSON.parse(`${members}${members.endsWith("{") ? "" : ","}${ours}}`) as object;
  Object.defineProperty(event, inspect.custom, { value: inspectEvent });
  return event;
}

/**
 * Parses a long member, most of all `decision`, only if it is read: most handlers need four short ones. Whatever
 * copies, compares or writes the event reads it, and from then on it is a property like the others.
 */
function parseWhenRead(event: object, bytes: string, { name, start, end, isAscii }: LongMember): void {
  let text: string | undefined = bytes;
  let member: unknown;
  Object.defineProperty(event, name, {
    configurable: true,
    enumerable: true,
    get() {
      if (text !== undefined) {
        member = JSON.parse(decoded(text.slice(start, end), isAscii));
        text = undefined;
        // Refused if somebody has frozen the event; then this function goes on to answer.
        Reflect.defineProperty(event, name, ownProperty(member));
      }
      return member;
    },
    set(value: unknown) {
      Object.defineProperty(this, name, ownProperty(value));
    },
  });
}

function ownProperty(value: unknown): PropertyDescriptor {
  return { value, configurable: true, enumerable: true, writable: true };
}

function inspectEvent(this: object, _depth: number, options: InspectOptionsStylized): string {
  const fields = shown.flatMap((name) => {
    const value: unknown = Object.getOwnPropertyDescriptor(this, name)?.value;
    return typeof value === "string" ? [[name, value]] : [];
  });
  return `Event ${inspect(Object.fromEntries(fields), options)}`;
}

function refuseUncovered(name: string): never {
  throw new TypeError(
    `X-Signature-Simple does not cover ${name}, so anybody can have written it; read it from the API, or ` +
      "accept X-Signature-V2, which covers the whole body",
  );
}
