import { canonicalize } from "../canonical.js";

/**
 * The body of a payload as Didit sends it: sorted, compact, with everything but ASCII escaped, and U+007F, as
 * Python does. The core makes the canonical form; only the escapes are added here.
 */
export function wire(payload: object): Buffer {
  const canonical = canonicalize(JSON.stringify(payload)).toString("utf8");
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return Buffer.from(canonical.replace(/[\u007f-\uffff]/g, escaped));
}
