import { types } from "node:util";
import { typeName } from "./describe.js";

/** A point in time: Unix seconds, whose fraction is dropped, or a `Date`. */
export type Time = number | Date;

/** Unix seconds from what the caller gave; the core decides which numbers are times. */
export function unixSeconds(time: unknown, name: string): number {
  if (typeof time === "number") {
    return time;
  }
  if (types.isDate(time)) {
    return time.getTime() / 1000;
  }
  throw new TypeError(`${name} must be a number of seconds since 1970 or a Date, not ${typeName(time)}`);
}
