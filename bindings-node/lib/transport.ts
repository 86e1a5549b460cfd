import { type Hooks, tell } from "./attempt.js";
import { argumentsText, bodyText, type Call, type CallOptions, mergedOptions, optionsText } from "./call.js";
import { callError, type Failure } from "./errors.js";
import { binding } from "./native.js";
import { uploads } from "./upload.js";

/** A client in native memory, its credentials included. */
export type NativeClient = Parameters<typeof binding.call>[0];

/** What came back: the head of an answer and its bytes. */
export type NativeAnswer = Exclude<Awaited<ReturnType<typeof binding.call>>, Failure>;

/** The arguments of a page, in native memory. */
export type NextPage = NonNullable<NativeAnswer["next"]>;

type Request = Parameters<typeof binding.call>[1];

type Cancel = ReturnType<typeof binding.cancelToken>;

/** Adds to an answer what its interface promises beside the data. */
export type Mixin = (answer: unknown) => void;

/** What makes the calls of a client and of the clients that `withOptions` derives from it. */
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

  /** A call with the client's options, and its own over them. */
  prepared(call: Omit<Call, "options">, options: unknown): Call {
    return { ...call, options: mergedOptions(this.#defaults, options, call.operation) };
  }

  /** Makes a call; `next` are the arguments of a page behind the first. */
  async perform(call: Call, { next, list = false }: { next?: NextPage; list?: boolean } = {}): Promise<NativeAnswer> {
    const { operation, path, options, files } = call;
    const request: Request = {
      operation,
      path,
      arguments: next === undefined ? argumentsText(call) : "",
      body: bodyText(call),
      options: optionsText(options),
      files: files === undefined ? [] : await uploads(files),
      list,
    };
    const { signal } = options;
    const outcome = await (signal === undefined
      ? this.#start(request, next, undefined)
      : this.#abortable(signal, (cancel) => this.#start(request, next, cancel)));
    if (this.#hooks !== undefined) {
      tell(this.#hooks);
    }
    if ("className" in outcome) {
      throw callError(outcome);
    }
    return outcome;
  }

  async #start(
    request: Request,
    next: NextPage | undefined,
    cancel: Cancel | undefined,
  ): Promise<NativeAnswer | Failure> {
    try {
      return await binding.call(this.#client, request, next, cancel, this.#hooks?.native);
    } catch {
      // Only after a panic, whose own text may quote the arguments.
      return binding.internalError();
    }
  }

  /** Ends the call when the signal is aborted, and does not wait for the thread that makes it. */
  #abortable(
    signal: AbortSignal,
    start: (cancel: Cancel) => Promise<NativeAnswer | Failure>,
  ): Promise<NativeAnswer | Failure> {
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
