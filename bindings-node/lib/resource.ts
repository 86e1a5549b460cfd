import { type Answered, answered } from "./answer.js";
import { type Call, type CallOptions, OPTIONS } from "./call.js";
import { typeName } from "./describe.js";
import { File } from "./file.js";
import { Page, PagePromise } from "./page.js";
import { LastResponse } from "./response.js";
import { sessionMixin } from "./session.js";
import type { Mixin, NativeAnswer, Transport } from "./transport.js";
import type { Files } from "./upload.js";

export type { Answered } from "./answer.js";
export type { CallOptions } from "./call.js";
export type { File } from "./file.js";
export type { Page, PagePromise } from "./page.js";
/** @internal */
export type { Transport } from "./transport.js";
export type { FileInput, Files } from "./upload.js";

const mixins = { session: sessionMixin } satisfies { [name: string]: Mixin };

/** The parameters of an operation that takes none, beside those of its path. */
export interface Nothing {
  readonly [name: string]: never;
}

/** @internal */
export interface Details {
  /** The files of an upload. */
  readonly files?: Files | undefined;
  /** What the answer's objects have beside their data. */
  readonly mixin?: keyof typeof mixins | undefined;
}

/** A group of operations. The resources of a client are its attributes. */
export abstract class Resource {
  readonly #transport: Transport;
  readonly #children = new Map<string, unknown>();

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** @internal */
  protected async _call<Answer>(
    operation: string,
    params: object,
    options?: CallOptions,
    details?: Details,
  ): Promise<Answered<Answer>> {
    const transport = this.#transport;
    const outcome = await transport.begin(this.#prepared(operation, params, options, details));
    const answer = answered(transport.answerOf(outcome));
    if (details?.mixin !== undefined) {
      mixins[details.mixin](answer);
    }
    return answer as Answered<Answer>;
  }

  /** @internal */
  protected _list<Item>(
    operation: string,
    params: object,
    options?: CallOptions,
    details?: Details,
  ): PagePromise<Item> {
    return PagePromise.from(this.#page<Item>(operation, params, options, details));
  }

  /** @internal */
  protected async _file(operation: string, params: object, options?: CallOptions, details?: Details): Promise<File> {
    const call = this.#prepared(operation, params, options, details);
    const answer = await this.#transport.perform(call, { bytes: true });
    return new File(answer.body as Buffer, new LastResponse(answer));
  }

  /** @internal */
  protected _child<Child>(name: string, load: () => new (transport: Transport) => Child): Child {
    let child = this.#children.get(name) as Child | undefined;
    if (child === undefined) {
      child = new (load())(this.#transport);
      this.#children.set(name, child);
    }
    return child;
  }

  async #page<Item>(
    operation: string,
    params: object,
    options: CallOptions | undefined,
    details: Details | undefined,
  ): Promise<Page<Item>> {
    const call = this.#prepared(operation, params, options, details);
    const answer: NativeAnswer = await this.#transport.perform(call, { list: true });
    return new Page(this.#transport, call, answer, details?.mixin === undefined ? undefined : mixins[details.mixin]);
  }

  #prepared(operation: string, params: object, options: CallOptions | undefined, details: Details | undefined): Call {
    return this.#transport.prepared(operation, own(operation, params), details?.files, options);
  }
}

/** The parameters, once it is sure that none of them is an option of the call, which stand behind them. */
function own(operation: string, params: unknown): object {
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw new TypeError(`${operation} takes an object of parameters, not ${typeName(params)}`);
  }
  for (const option of OPTIONS) {
    if (Object.hasOwn(params, option)) {
      throw new TypeError(`${option} is an option of the call: ${operation} takes options after its parameters`);
    }
  }
  return params;
}
