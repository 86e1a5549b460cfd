import { typeName } from "./describe.js";
import { binding } from "./native.js";

/**
 * The options of a call, once it is sure that every name in them is known: an option with a typing error
 * must not be ignored.
 */
export function knownOptions<Name extends string>(
  options: unknown,
  names: readonly Name[],
  call: string,
): { readonly [Option in Name]?: unknown } {
  if (options === undefined) {
    return {};
  }
  if (typeof options !== "object" || options === null || Array.isArray(options) || options instanceof Date) {
    throw new TypeError(`${call} takes an object of options ({ ${names.join(", ")} }), not ${typeName(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!(names as readonly string[]).includes(name)) {
      const meant = binding.nearestName(name, [...names]);
      const advice = meant == null ? `it knows ${names.join(", ")}` : `did you mean ${meant}?`;
      throw new TypeError(`${call} has no option ${JSON.stringify(name)}; ${advice}`);
    }
  }
  return options as { readonly [Option in Name]?: unknown };
}

/** A number of seconds or bytes. */
export function wholeNumber(value: unknown, name: string): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== "number") {
    throw new TypeError(`${name} must be a number, not ${typeName(value)}`);
  }
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole number from 0 on, not ${value}`);
  }
  return value;
}

/** A number of seconds above 0; milliseconds would be a number as well. */
export function seconds(value: unknown, name: string): number {
  if (typeof value !== "number") {
    throw new TypeError(`${name} must be a number of seconds, not ${typeName(value)}`);
  }
  if (!(value > 0 && value < 1e12)) {
    throw new RangeError(`${name} must be a number of seconds, not ${value}`);
  }
  return value;
}

/** Warns of what is possible and most likely a mistake, as the core words it: once for each text, whoever says it. */
export function warn(said: string): void {
  // The core writes the names of options with underscores.
  warnOnce(said.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}

/** Warns with a text as it is, once for each. */
export function warnOnce(text: string): void {
  if (!warned.has(text) && warned.size < 100) {
    warned.add(text);
    process.emitWarning(text, "DiditClientWarning");
  }
}

const warned = new Set<string>();

/** A name, which the core knows or refuses. */
export function name(value: unknown, option: string): string | undefined {
  if (value !== undefined && typeof value !== "string") {
    throw new TypeError(`${option} must be a string, not ${typeName(value)}`);
  }
  return value;
}

/** A list of names, which the core knows or refuses. */
export function nameList(value: unknown, option: string): string[] | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (!Array.isArray(value)) {
    throw new TypeError(`${option} must be an array of strings, not ${typeName(value)}`);
  }
  return Array.from(value, (entry: unknown) => {
    if (typeof entry !== "string") {
      throw new TypeError(`${option} must be an array of strings; it holds ${typeName(entry)}`);
    }
    return entry;
  });
}
