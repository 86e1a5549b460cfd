import { type InspectOptionsStylized, inspect } from "node:util";
import { type Event, type UnsignedEvent, unsignedUnderSimple } from "./events.js";
import type { Verdict } from "./verdict.js";

/** The members that a log may show: no personal data. */
const shown = ["type", "event_id", "session_id", "transaction_id", "status"] as const;

/** A genuine event from its authenticated JSON text. */
export function makeEvent(verdict: Verdict): Event {
  const event = JSON.parse(verdict.json) as object;
  const long = verdict.hasLongMember ? laterOf(verdict) : undefined;
  if (long !== undefined) {
    Object.defineProperty(event, long.name, long.property);
  }
  complete(event, "type", verdict.kind, "outcome", verdict.outcome);
  const inLogs = long === undefined ? shownInLogs : { value: withUnread(new Unread(long.name, verdict)) };
  Object.defineProperty(event, inspect.custom, inLogs);
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
  Object.defineProperty(event, inspect.custom, shownInLogs);
  return event as UnsignedEvent;
}

/** Adds two members of our own, which win. */
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
}

/** What shows an event in logs, and has its long member: one property, because each costs as much as parsing 100 bytes. */
type Inspector = typeof inspectEvent & { unread?: Unread };

/** Shows an event in logs, whose long member is this. */
function withUnread(unread: Unread): Inspector {
  const inspector: Inspector = function (this: object, depth, options) {
    return inspectEvent.call(this, depth, options);
  };
  inspector.unread = unread;
  return inspector;
}

/**
 * Parses a long member, most of all `decision`, only if it is read: most handlers need four short ones. Whatever
 * copies, compares or writes the event reads it.
 */
class Unread {
  readonly name: string;
  #verdict: Verdict | undefined;
  #member: unknown;

  constructor(name: string, verdict: Verdict) {
    this.name = name;
    this.#verdict = verdict;
  }

  read(): unknown {
    if (this.#verdict !== undefined) {
      this.#member = JSON.parse(this.#verdict.longMember);
      this.#verdict = undefined;
    }
    return this.#member;
  }
}

/** An event, or what stands for one: a proxy, or an object that inherits from it. */
type Unreading = { readonly [inspect.custom]?: Partial<Inspector> };

/** A member that is parsed when it is read, as a property of any event that has it. */
interface Later {
  readonly name: string;
  readonly property: PropertyDescriptor;
}

/** The last one. Nearly all events have `decision`, and a name that is there already costs no new string. */
let latest: Later | undefined;
const laters = new Map<string, Later>();
/** A sender who thinks up names must not fill the memory. */
const MOST_LATERS = 64;

function laterOf(verdict: Verdict): Later {
  if (latest === undefined || !verdict.namesLongMember(latest.name)) {
    const name = verdict.longName;
    latest = laters.get(name) ?? readLater(name);
    if (laters.size < MOST_LATERS) {
      laters.set(name, latest);
    }
  }
  return latest;
}

/**
 * The same functions for all events with a long member of that name. V8 keeps a getter in the shape of its object, and
 * shapes, with all that a getter of its own would hold on to, until it collects everything.
 */
function readLater(name: string): Later {
  const property = {
    configurable: true,
    enumerable: true,
    get(this: Unreading | undefined) {
      const unread = this?.[inspect.custom]?.unread;
      if (unread?.name !== name) {
        throw new TypeError(`${name} was copied as a getter, without its event; copy its value, as a spread does`);
      }
      return unread.read();
    },
    set(this: object, value: unknown) {
      Object.defineProperty(this, name, ownProperty(value));
    },
  };
  return { name, property };
}

function ownProperty(value: unknown): PropertyDescriptor {
  return { value, configurable: true, enumerable: true, writable: true };
}

/** A getter, because V8 keeps it in the shape of the objects: a value of each event's own takes half as long again to add. */
const shownInLogs: PropertyDescriptor = { get: () => inspectEvent };

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
