import { inspect } from "node:util";
import { raise } from "./errors.js";
import { binding } from "./native.js";

/** The headers of an answer. Names count without regard to case. */
export class ResponseHeaders implements Iterable<[name: string, value: string]> {
  readonly #flat: readonly string[];

  /** @internal */
  constructor(lines: string) {
    this.#flat = lines.split("\n");
  }

  /** The first value of a header. */
  get(name: string): string | undefined {
    return this.getAll(name)[0];
  }

  /** All values of a header. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    return Array.from(this).flatMap(([known, value]) => (known.toLowerCase() === wanted ? [value] : []));
  }

  /** Names and values in the order in which they came. */
  *[Symbol.iterator](): Iterator<[name: string, value: string]> {
    for (let at = 0; at + 1 < this.#flat.length; at += 2) {
      yield [this.#flat[at] as string, this.#flat[at + 1] as string];
    }
  }

  /**
   * The names alone, because a value may be a cookie.
   *
   * @internal
   */
  [inspect.custom](): string {
    return `ResponseHeaders { ${Array.from(this, ([name]) => name.toLowerCase()).join(", ")} }`;
  }
}

/** The head of the HTTP answer to a call. */
export class LastResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The id under which Didit's support finds the request, where the answer names one. */
  readonly requestId: string | undefined;
  /** How many requests it took: 1 without a retry. */
  readonly attempts: number;
  readonly #lines: string;

  /** @internal */
  constructor(head: { status: number; headers: string; requestId: string | undefined; attempts: number }) {
    this.status = head.status;
    this.requestId = head.requestId;
    this.attempts = head.attempts;
    this.#lines = head.headers;
  }

  /** The headers. */
  get headers(): ResponseHeaders {
    return new ResponseHeaders(this.#lines);
  }
}

/** The answer to `client.request(...)`: the head, and the body as it came. */
export class RawResponse extends LastResponse {
  readonly #content: Buffer;

  /** @internal */
  constructor(head: ConstructorParameters<typeof LastResponse>[0], content: Buffer) {
    super(head);
    this.#content = content;
  }

  /** The bytes of the body. */
  get content(): Buffer {
    return this.#content;
  }

  /**
   * The body as JSON data.
   *
   * @throws {ApiError} `invalid_response`: the body is not JSON.
   */
  json(): unknown {
    let data: unknown;
    try {
      data = JSON.parse(this.#content.toString());
    } catch {
      // Not the parser's error, whose message quotes the body.
      raise(binding.notJson(), this.json);
    }
    return data;
  }
}
