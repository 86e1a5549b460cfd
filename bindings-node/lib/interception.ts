import { ServerResponse } from "node:http";
import type { HeldAnswer } from "./held.js";

/** What a route may call that sends something, or that ends the answer. */
const SENDING = ["writeHead", "flushHeaders", "write", "end", "destroy"] as const;
/** What a route may look at that says whether it has answered. */
const SHOWN = ["headersSent", "writableEnded"] as const;

type Method = (this: ServerResponse, ...rest: unknown[]) => unknown;

const answers = new WeakMap<ServerResponse, HeldAnswer>();
const prepared = new WeakSet<object>();

/**
 * Lets a held answer take what is sent from now on.
 *
 * Express gives every response the prototype of its application, and after that every property that is added costs
 * V8 a copy of the object's whole shape, which was the largest part of what the adapter cost. So the object that
 * all of Express's responses inherit from (`express.response`, made to be extended) is extended once, and looks
 * whether the response is held. What other middleware has put on the response itself comes behind this.
 */
export function intercept(res: ServerResponse, held: HeldAnswer): void {
  answers.set(res, held);
  const shared = sharedPrototype(res);
  if (shared === undefined) {
    extend(res, res);
    return;
  }
  if (!prepared.has(shared)) {
    prepared.add(shared);
    extend(shared, Object.getPrototypeOf(shared) as ServerResponse);
  }
  for (const name of SENDING) {
    if (Object.hasOwn(res, name)) {
      res[name] = taking(name, res[name] as Method) as never;
    }
  }
}

/** Lets a response be as it was: what it inherits passes everything on. */
export function letGo(res: ServerResponse): void {
  answers.delete(res);
}

/** What the responses of an application inherit from that is not Node's own, if there is such a thing. */
function sharedPrototype(res: ServerResponse): object | undefined {
  let found: object | undefined;
  for (let at = Object.getPrototypeOf(res); at !== null && at !== ServerResponse.prototype; ) {
    found = at;
    at = Object.getPrototypeOf(at);
    if (at === null) {
      return undefined;
    }
  }
  return found;
}

function extend(target: object, original: ServerResponse): void {
  for (const name of SENDING) {
    const value = taking(name, inherited(target, original, name));
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  }
  for (const name of SHOWN) {
    const getter = shownBy(original, name);
    const get = function (this: ServerResponse): unknown {
      const held = answers.get(this);
      return held === undefined || held.isOpen ? getter.call(this) : held.hasEnded;
    };
    Object.defineProperty(target, name, { get, configurable: true });
  }
}

/** What was there before, which the object may have itself. */
function inherited(target: object, original: ServerResponse, name: (typeof SENDING)[number]): Method {
  return (Object.getOwnPropertyDescriptor(target, name)?.value ?? original[name]) as Method;
}

function shownBy(original: object, name: string): () => unknown {
  for (let at: object | null = original; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) {
      return found.get ?? (() => found.value);
    }
  }
  return () => undefined;
}

/** A method that gives what is sent to the held answer, while there is one. */
function taking(name: (typeof SENDING)[number], original: Method): Method {
  return function (this: ServerResponse, ...rest: unknown[]): unknown {
    const held = answers.get(this);
    return held === undefined || held.isOpen ? original.apply(this, rest) : held[name](rest);
  };
}
