import { types } from "node:util";

/** The name of a value's type for a message. Nothing that could run code is read from the value. */
export function typeName(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (typeof value !== "object") {
    return typeof value;
  }
  if (types.isProxy(value)) {
    return "Proxy";
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const name = own(own(prototype, "constructor"), "name");
  return typeof name === "string" && name !== "" ? name : "object";
}

function own(holder: unknown, key: string): unknown {
  const canHold = typeof holder === "function" || (typeof holder === "object" && holder !== null);
  return canHold ? Object.getOwnPropertyDescriptor(holder, key)?.value : undefined;
}
