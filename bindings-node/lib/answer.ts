import { type InspectOptionsStylized, inspect } from "node:util";
import { LastResponse } from "./response.js";
import type { NativeAnswer } from "./transport.js";

/** An answer, which is a plain object, and beside it the head of the HTTP answer that brought it. */
export type Answered<Answer> = Answer & {
  /** Status, headers and request id. Neither enumerable nor copied by spreading. */
  readonly lastResponse: LastResponse;
};

/** The members that a log may show: what tells objects apart, and nothing about a person. */
const shown = ["event_id", "session_id", "transaction_id", "node_id", "uuid", "status"] as const;

const printer: PropertyDescriptor = { value: inspectAnswer };

/**
 * JSON data whose objects are printed without keys and personal data, at any depth.
 *
 * @internal
 */
export function answerData({ body }: NativeAnswer): unknown {
  const data: unknown = body.length === 0 ? {} : JSON.parse(body as string);
  hide(data);
  return data;
}

/**
 * The same with the head of its answer, where there is an object that can hold it.
 *
 * @internal
 */
export function answered(answer: NativeAnswer): unknown {
  const data = answerData(answer);
  if (typeof data === "object" && data !== null) {
    Object.defineProperty(data, "lastResponse", { value: new LastResponse(answer), configurable: true });
  }
  return data;
}

function hide(data: unknown): void {
  if (typeof data !== "object" || data === null) {
    return;
  }
  if (Array.isArray(data)) {
    data.forEach(hide);
    return;
  }
  Object.defineProperty(data, inspect.custom, printer);
  // Not Object.values: a member may be called __proto__, and reading it is what JSON.parse made an own property of.
  for (const name of Object.keys(data)) {
    hide((data as Record<string, unknown>)[name]);
  }
}

function inspectAnswer(this: object, _depth: number, options: InspectOptionsStylized): string {
  const fields = shown.flatMap((name) => {
    const value: unknown = Object.getOwnPropertyDescriptor(this, name)?.value;
    return typeof value === "string" ? [[name, value]] : [];
  });
  return `Answer ${inspect(Object.fromEntries(fields), options)}`;
}
