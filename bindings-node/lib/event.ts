import { type InspectOptionsStylized, inspect } from "node:util";
import { type Event, type EventType, type Outcome, type UnsignedEvent, unsignedUnderSimple } from "./events.js";

/** The members that a log may show: no personal data. */
const shown = ["type", "event_id", "session_id", "transaction_id", "status"] as const;

/** A genuine event from its authenticated JSON text. */
export function makeEvent(json: Buffer, type: string, outcome: string, covers: string): Event {
  const event = plainEvent(json, { type: type as EventType, outcome: outcome as Outcome });
  if (covers === "envelope") {
    for (const name of Object.keys(unsignedUnderSimple)) {
      Object.defineProperty(event, name, { get: () => refuseUncovered(name) });
    }
  }
  return event as Event;
}

/** An event that nothing authenticates. */
export function makeUnsignedEvent(json: Buffer, type: string): UnsignedEvent {
  return plainEvent(json, { type: type as UnsignedEvent["type"], authenticated: false }) as UnsignedEvent;
}

/**
 * The members of a JSON object, and some of our own that win. `JSON.parse` and `defineProperty` make own
 * properties even of `__proto__`.
 */
function plainEvent<Own extends object>(json: Buffer, ours: Own): Own {
  const event = JSON.parse(json.toString()) as object;
  for (const [name, value] of Object.entries(ours)) {
    Object.defineProperty(event, name, { value, configurable: true, enumerable: true, writable: true });
  }
  Object.defineProperty(event, inspect.custom, { value: inspectEvent });
  return event as Own;
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
