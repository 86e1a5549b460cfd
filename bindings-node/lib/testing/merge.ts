/**
 * `base` with `change` in it; neither is altered. Objects merge member by member, and `undefined` removes one. An
 * array becomes as long as the one in `change`, whose objects merge with those at the same place. Anything else
 * replaces what was there.
 */
export function merge(base: unknown, change: unknown): unknown {
  if (Array.isArray(change)) {
    const before: unknown[] = Array.isArray(base) ? base : [];
    return change.map((value, at) => merge(before[at], value));
  }
  return isPlain(change) ? mergeObjects(isPlain(base) ? base : {}, change) : change;
}

/** The same for two objects. */
export function mergeObjects(base: object, change: object): Record<string, unknown> {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) {
      merged.delete(name);
    } else {
      merged.set(name, merge(merged.get(name), value));
    }
  }
  return Object.fromEntries(merged);
}

/** Whether it is an object as JSON has them; a `Date` is not. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return false;
  }
  // An object of another realm, as under Jest, has another Object.prototype, which has no prototype either.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
