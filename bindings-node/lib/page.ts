import { inspect } from "node:util";
import { answerData } from "./answer.js";
import type { Call } from "./call.js";
import { LastResponse } from "./response.js";
import type { Mixin, NativeAnswer, NextPage, Transport } from "./transport.js";

/** One page of a list. Iterating over it reads the following pages too, each when it is needed. */
export class Page<Item> implements AsyncIterable<Item> {
  /** The items of this page. */
  readonly results: Item[];
  /** How many items Didit counts in all; several lists stop counting at 100, and some do not count. */
  declare readonly count: number | undefined;
  /** The address of the next page as Didit gives it, or null behind the last. */
  declare readonly next: string | null;
  /** The address of the page before. */
  declare readonly previous: string | null;
  /** The whole answer, for members that only some lists have; an empty object where it is an array. */
  declare readonly data: { [name: string]: unknown };
  /** The head of the answer. */
  declare readonly lastResponse: LastResponse;
  readonly #transport: Transport;
  readonly #call: Call;
  readonly #mixin: Mixin | undefined;
  readonly #next: NextPage | undefined;

  /** @internal */
  constructor(transport: Transport, call: Call, answer: NativeAnswer, mixin: Mixin | undefined) {
    const answered = answerData(answer);
    const data = typeof answered === "object" && !Array.isArray(answered) ? { ...answered } : {};
    const { results, count, next = null, previous = null } = data as Record<string, unknown>;
    // Some lists are bare arrays.
    const items = Array.isArray(answered) ? answered : results;
    this.results = (Array.isArray(items) ? items : []) as Item[];
    if (mixin !== undefined) {
      this.results.forEach(mixin);
    }
    // Addresses repeat what was asked for, a person's name perhaps: they are not printed.
    for (const [name, value] of Object.entries({ count, next, previous, data })) {
      Object.defineProperty(this, name, { value });
    }
    Object.defineProperty(this, "lastResponse", { value: new LastResponse(answer) });
    this.#transport = transport;
    this.#call = call;
    this.#mixin = mixin;
    this.#next = answer.next;
  }

  /** Whether another page follows. */
  get hasNext(): boolean {
    return this.#next !== undefined;
  }

  /** Reads the next page; undefined behind the last. */
  async nextPage(): Promise<Page<Item> | undefined> {
    if (this.#next === undefined) {
      return undefined;
    }
    const answer = await this.#transport.perform(this.#call, { next: this.#next, list: true });
    return new Page(this.#transport, this.#call, answer, this.#mixin);
  }

  /** This page and those that follow. */
  async *pages(): AsyncGenerator<Page<Item>, void, undefined> {
    let page: Page<Item> | undefined = this;
    while (page !== undefined) {
      yield page;
      page = await page.nextPage();
    }
  }

  /** The items of this page and of those that follow. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages()) {
      yield* page.results;
    }
  }

  /** @internal */
  [inspect.custom](): string {
    return `Page { ${this.results.length} results, hasNext: ${this.hasNext} }`;
  }
}

/**
 * A list that is being read: `await` gives the first page, `for await` the items of all pages.
 *
 *     for await (const session of didit.sessions.list({ vendor_data: "user-123" })) { ... }
 */
export class PagePromise<Item> extends Promise<Page<Item>> implements AsyncIterable<Item> {
  /** What `then` makes is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  static from<Item>(page: Promise<Page<Item>>): PagePromise<Item> {
    return new PagePromise((resolve) => resolve(page));
  }

  /** The pages, one after the other. */
  async *pages(): AsyncGenerator<Page<Item>, void, undefined> {
    yield* (await this).pages();
  }

  /** The items of all pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    yield* await this;
  }
}
