import { type Hooks, tell } from "./attempt.js";
import { argumentsText, bodyText, type Call, type CallOptions, mergedOptions, optionsText } from "./call.js";
import { callError, type Failure } from "./errors.js";
import { binding } from "./native.js";
import { type Files, uploads } from "./upload.js";

/**
 * A client in native memory, its credentials included.
 *
 * @internal
 */
export type NativeClient = Parameters<typeof binding.call>[0];

/**
 * The arguments of a page, in native memory.
 *
 * @internal
 */
export type NextPage = NonNullable<Parameters<Parameters<typeof binding.pendingCalls>[0]>[7]>;

/**
 * What came back: the head of an answer, and its body as JSON text or, where that was asked for, as bytes.
 *
 * @internal
 */
export interface NativeAnswer {
  readonly status: number;
  readonly attempts: number;
  /** Names and values, each on a line of its own. */
  readonly headers: string;
  readonly requestId: string | undefined;
  readonly body: string | Buffer;
  readonly next: NextPage | undefined;
}

/**
 * What becomes of a call.
 *
 * @internal
 */
export type Outcome = NativeAnswer | Failure;

type Cancel = ReturnType<typeof binding.cancelToken>;

/**
 * What a call wants beside its answer.
 *
 * @internal
 */
export interface Wanted {
  /** The arguments of a page behind the first. */
  readonly next?: NextPage;
  /** The arguments of the next page. */
  readonly list?: boolean;
  /** The body as bytes, because it need not be JSON. */
  readonly bytes?: boolean;
}

/**
 * Adds to an answer what its interface promises beside the data.
 *
 * @internal
 */
export type Mixin = (answer: unknown) => void;

type Details = NonNullable<Parameters<typeof binding.call>[4]>;

const NOTHING: Wanted = {};

/** What only some calls have; nothing if this one has nothing of it. */
function detailsOf(call: Call, { list = false, bytes = false }: Wanted, files: Details["files"]): Details | undefined {
  const options = optionsText(call.options);
  const { path } = call;
  return path === undefined && options === undefined && files.length === 0 && !list && !bytes
    ? undefined
    : { path, body: bodyText(call), options, files, list, bytes };
}

/** Who waits for the calls of this thread of JavaScript, by their numbers. */
const waiting = new Map<number, (outcome: Outcome) => void>();
let last = 0;

function unused(): number {
  do {
    last = (last + 1) >>> 0;
  } while (waiting.has(last));
  return last;
}

let calls: ReturnType<typeof binding.pendingCalls> | undefined;

/**
 * The calls of this thread of JavaScript, which end with it.
 *
 * @internal
 */
export function pendingCalls(): ReturnType<typeof binding.pendingCalls> {
  calls ??= binding.pendingCalls((number, failure, status, attempts, headers, requestId, body, next) => {
    const settle = waiting.get(number);
    waiting.delete(number);
    settle?.(
      failure ?? { status, attempts, headers, requestId: requestId ?? undefined, body, next: next ?? undefined },
    );
  });
  return calls;
}

/**
 * What makes the calls of a client and of the clients that `withOptions` derives from it.
 *
 * @internal
 */
export class Transport {
  readonly #client: NativeClient;
  readonly #hooks: Hooks | undefined;
  readonly #defaults: CallOptions;

  /** @internal */
  constructor(client: NativeClient, hooks: Hooks | undefined, defaults: CallOptions) {
    this.#client = client;
    this.#hooks = hooks;
    this.#defaults = defaults;
  }

  /** The same connections with other options. */
  with(options: unknown): Transport {
    return new Transport(this.#client, this.#hooks, mergedOptions(this.#defaults, options, "withOptions"));
  }

  get client(): NativeClient {
    return this.#client;
  }

  /** A call of the description with the client's options, and its own over them. */
  prepared(operation: string, params: object, files: Files | undefined, options: unknown): Call {
    // Each member by its name: to copy an object and add to it takes as long as all else that is done here.
    return {
      operation,
      path: undefined,
      params,
      json: undefined,
      files,
      options: mergedOptions(this.#defaults, options, operation),
    };
  }

  /** Makes a call. */
  async perform(call: Call, wanted?: Wanted): Promise<NativeAnswer> {
    return this.answerOf(await this.begin(call, wanted));
  }

  /** The same without a promise of its own: `answerOf` takes what becomes of it. */
  begin(call: Call, wanted: Wanted = NOTHING): Promise<Outcome> {
    return call.files === undefined ? this.#begin(call, wanted, []) : this.#upload(call, call.files, wanted);
  }

  async #upload(call: Call, files: Files, wanted: Wanted): Promise<Outcome> {
    return this.#begin(call, wanted, await uploads(files));
  }

  #begin(call: Call, wanted: Wanted, files: Details["files"]): Promise<Outcome> {
    const details = detailsOf(call, wanted, files);
    const { signal } = call.options;
    return signal === undefined
      ? this.#start(call, wanted, details, undefined)
      : this.#abortable(signal, (cancel) => this.#start(call, wanted, details, cancel));
  }

  /** The answer of a call that has ended, before which the hooks are told of its attempts. */
  answerOf(outcome: Outcome): NativeAnswer {
    if (this.#hooks !== undefined) {
      tell(this.#hooks);
    }
    if ("className" in outcome) {
      throw callError(outcome);
    }
    return outcome;
  }

  #start(call: Call, { next }: Wanted, details: Details | undefined, cancel: Cancel | undefined): Promise<Outcome> {
    const given = next === undefined ? argumentsText(call) : "";
    return new Promise((resolve) => {
      const number = unused();
      waiting.set(number, resolve);
      try {
        binding.call(this.#client, number, call.operation, given, details, next, cancel, this.#hooks?.native);
      } catch {
        // Only after a panic, whose own text may quote the arguments.
        waiting.delete(number);
        resolve(binding.internalError());
      }
    });
  }

  /** Ends the call when the signal is aborted, and does not wait for the thread that makes it. */
  #abortable(signal: AbortSignal, start: (cancel: Cancel) => Promise<Outcome>): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const cancel = binding.cancelToken();
      const abort = (): void => {
        binding.cancel(cancel);
        const error = callError(binding.cancelled());
        Object.defineProperty(error, "cause", { value: signal.reason, configurable: true, writable: true });
        reject(error);
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener("abort", abort, { once: true });
      void start(cancel).then((outcome) => {
        signal.removeEventListener("abort", abort);
        resolve(outcome);
      });
    });
  }
}
