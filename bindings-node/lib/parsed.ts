import { types } from "node:util";
import { typeName } from "./describe.js";
import { raise } from "./errors.js";
import { binding } from "./native.js";

/** One container deeper than the core accepts: the text may stop there, it will be refused. */
const DEPTH_TO_STOP = binding.maxDepth() + 1;

/** A container that is being written. */
interface Frame {
  readonly container: object;
  /** The members of an object, null for an array. */
  readonly names: readonly string[] | null;
  readonly length: number;
  next: number;
}

/**
 * JSON text of a plain tree, from which the core makes the canonical form.
 *
 * Plain is what `JSON.parse` returns: own enumerable properties with string keys of objects whose prototype is
 * `Object.prototype` (of any realm) or null, elements of arrays without holes, strings, numbers, booleans and
 * null. Symbol keys and properties that cannot be enumerated are no part of JSON and are passed over. No code of
 * the payload runs: accessors, proxies and `toJSON` are never called. The walk keeps its own stack, and stops
 * where the core is sure to refuse the text: beyond `maxBody`, or at a depth that a cycle reaches as well.
 */
export function encodeParsed(payload: unknown, maxBody: number, caller: Function): string {
  const stack: Frame[] = [];
  let text = "";

  function refuse(kind: string): never {
    const path = stack.map(({ names, next }) => (names === null ? next - 1 : (names[next - 1] ?? "")));
    return raise(binding.unsupportedValue(path, kind), caller);
  }

  function write(value: unknown): void {
    switch (typeof value) {
      case "string":
        text += JSON.stringify(value);
        break;
      case "number":
        text += numberText(value);
        break;
      case "boolean":
        text += value ? "true" : "false";
        break;
      case "object":
        if (value === null) {
          text += "null";
        } else {
          open(value);
        }
        break;
      default:
        refuse(typeof value);
    }
  }

  function open(container: object): void {
    if (types.isProxy(container)) {
      refuse("Proxy");
    }
    if (isPlainArray(container)) {
      text += "[";
      stack.push({ container, names: null, length: container.length, next: 0 });
    } else if (isPlainObject(container)) {
      text += "{";
      const names = Object.keys(container);
      stack.push({ container, names, length: names.length, next: 0 });
    } else {
      refuse(typeName(container));
    }
  }

  function step(frame: Frame): void {
    if (frame.next === frame.length) {
      text += frame.names === null ? "]" : "}";
      stack.pop();
      return;
    }
    if (frame.next > 0) {
      text += ",";
    }
    const name = frame.names === null ? frame.next : (frame.names[frame.next] ?? "");
    frame.next += 1;
    if (typeof name === "string") {
      text += `${JSON.stringify(name)}:`;
    }
    const property = Object.getOwnPropertyDescriptor(frame.container, name);
    if (property === undefined) {
      refuse("hole");
    }
    if (!("value" in property)) {
      refuse("accessor");
    }
    write(property.value);
  }

  write(payload);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    if (text.length > maxBody || stack.length >= DEPTH_TO_STOP) {
      break;
    }
    step(frame);
  }
  return text;
}

/**
 * A number so that it reads back as the same double. From 2^53 on it is written as a double, because the parser
 * may have rounded it: the core then prints its exact digits, and knows what to blame where the MAC fails.
 */
function numberText(value: number): string {
  if (Number.isNaN(value)) {
    return "NaN";
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? "1e999" : "-1e999";
  }
  const text = String(value);
  return Number.isSafeInteger(value) || /[.e]/.test(text) ? text : `${text}.0`;
}

/** `Array.prototype` is itself an array, and the prototype of a class that extends it is none. */
function isPlainArray(value: object): value is unknown[] {
  return Array.isArray(value) && Array.isArray(Object.getPrototypeOf(value));
}

/** `Object.prototype` of another realm (a `vm` context, Jest) is known by what it holds. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    (typeof prototype === "object" &&
      Object.getPrototypeOf(prototype) === null &&
      Object.hasOwn(prototype, "isPrototypeOf"))
  );
}
