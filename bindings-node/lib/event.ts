import { type InspectOptionsStylized, inspect } from "node:util";
import { type Event, type UnsignedEvent, unsignedUnderSimple } from "./events.js";
import { jsonOf, type LongMember, type Verdict } from "./verdict.js";

/** The members that a log may show: no personal data. */
const shown = ["type", "event_id", "session_id", "transaction_id", "status"] as const;

/** A genuine event from its authenticated JSON text. */
export function makeEvent(verdict: Verdict): Event {
  const event = JSON.parse(verdict.json) as object;
  const long = verdict.longMember;
  if (long !== undefined) {
    parseWhenRead(event, long);
  }
  complete(event, "type", verdict.kind, "outcome", verdict.outcome);
  if (verdict.covers === "envelope") {
    for (const name of Object.keys(unsignedUnderSimple)) {
      Object.defineProperty(event, name, { get: () => refuseUncovered(name) });
    }
  }
  return event as Event;
}

/** An event that nothing authenticates. */
export function makeUnsignedEvent(json: Buffer, type: string): UnsignedEvent {
  const event = JSON.parse(json.toString()) as object;
  complete(event, "type", type, "authenticated", false);
  return event as UnsignedEvent;
}

/** Adds two members of our own, which win, and what logs show. */
function complete(event: object, name: string, value: unknown, otherName: string, otherValue: unknown): void {
  if (name in event || otherName in event) {
    // Members of the payload, or something that was done to `Object.prototype`, which an assignment would heed.
    Object.defineProperty(event, name, ownProperty(value));
    Object.defineProperty(event, otherName, ownProperty(otherValue));
  } else {
    const members = event as Record<string, unknown>;
    members[name] = value;
    members[otherName] = otherValue;
  }
  Object.defineProperty(event, inspect.custom, shownInLogs);
}

/**
 * Parses a long member, most of all `decision`, only if it is read: most handlers need four short ones. Whatever
 * copies, compares or writes the event reads it, and from then on it is a property like the others.
 */
function parseWhenRead(event: object, { name, text: unread }: LongMember): void {
  let text: string | undefined = unread;
  let member: unknown;
  Object.defineProperty(event, name, {
    configurable: true,
    enumerable: true,
    get() {
      if (text !== undefined) {
        member = JSON.parse(jsonOf(text));
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

const shownInLogs: PropertyDescriptor = { value: inspectEvent };

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
