import { binding } from "./native.js";

/** What to send. */
export interface Answer {
  /** The name of the answer, or the code of the error. */
  readonly name: string;
  readonly status: number;
  readonly body: { readonly [member: string]: unknown };
  readonly headers: { readonly [name: string]: string };
}

/**
 * What the core says of each answer.
 *
 * @internal
 */
export const rows = new Map(binding.answers().map((row) => [row.name, row]));

/** The handler is not to be called; `answer` says what to send instead. */
export class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(answer.name);
    this.answer = answer;
  }
}

/**
 * An answer, with the body that it has where nothing else is said.
 *
 * @internal
 */
export function made(name: string, status: number, body: Answer["body"] = { error: name }): Answer {
  return { name, status, body, headers: name === "method_not_allowed" ? { Allow: "POST" } : {} };
}
