import type { ServerResponse } from "node:http";
import { intercept, letGo } from "./interception.js";
import type { Delivery, Receiver } from "./receiver.js";
import type { Answer } from "./reply.js";
import type { Running } from "./running.js";

/**
 * Sends an answer, unless something has been sent already.
 *
 * @internal
 */
export function send(res: ServerResponse, answer: Answer): void {
  if (res.headersSent || res.writableEnded) {
    return;
  }
  const text = JSON.stringify(answer.body);
  const type = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) };
  res.writeHead(answer.status, { ...answer.headers, ...type });
  res.end(text);
}

/**
 * Holds a route's answer back until the claim behind it has ended, and answers in its place where it is slow or the
 * event could not be recorded.
 *
 * @internal
 */
export class HeldAnswer {
  readonly #receiver: Receiver<never>;
  readonly #delivery: Delivery;
  readonly #running: Running;
  readonly #res: ServerResponse;
  readonly #held: (() => void)[] = [];
  /** The status of the head that the route has written, which a later status does not change. */
  #head: number | undefined;
  /** The status that a route gives after something else has been sent in its place. */
  #late: number | undefined;
  #ended = false;
  #answered = false;
  /** Whether what is sent goes out, as it would without this. */
  isOpen = false;

  constructor(receiver: Receiver<never>, delivery: Delivery, running: Running, res: ServerResponse) {
    this.#receiver = receiver;
    this.#delivery = delivery;
    this.#running = running;
    this.#res = res;
    running.whenSlow(() => this.#slow());
    intercept(res, this);
  }

  /** Whether the route has given its answer: what it sees in place of what went out. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  writeHead(rest: unknown[]): ServerResponse {
    this.#res.statusCode = rest[0] as number;
    this.#hold(() => this.#res.writeHead(...(rest as [number])));
    return this.#res;
  }

  flushHeaders(): void {
    this.#hold(() => this.#res.flushHeaders());
  }

  write(rest: unknown[]): boolean {
    const [chunk, encoding] = rest;
    // The route may use its buffer again once it has been called back.
    const kept = chunk instanceof Uint8Array ? Buffer.from(chunk) : chunk;
    this.#hold(() => this.#res.write(kept, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8"));
    callBack(rest);
    return true;
  }

  end(rest: unknown[]): ServerResponse {
    if (this.#ended) {
      callBack(rest);
    } else {
      this.#ended = true;
      this.#end(rest);
    }
    return this.#res;
  }

  /** A route that tears the connection down has failed, and nobody else would end its claim. */
  destroy(): ServerResponse {
    this.#res.statusCode = 500;
    return this.end([]);
  }

  #hold(call: () => void): void {
    this.#head ??= this.#status();
    if (!this.#answered) {
      this.#held.push(call);
    }
  }

  #status(): number {
    return this.#late ?? this.#res.statusCode;
  }

  async #end(rest: unknown[]): Promise<void> {
    const status = this.#status();
    const head = this.#head ?? status;
    const answered = isSuccess(head) ? status : head;
    // Express's own answer where nothing follows the middleware.
    const advice = answered === 404 ? "; is there no route behind the middleware?" : "";
    const said = `the route answered ${answered}${advice}`;
    const failure = isSuccess(status) && isSuccess(head) ? undefined : { error: new Unsuccessful(), said };
    // A route's own 5xx may go out; a 4xx would be final although the event has not been done, and a head that was
    // written before the failure says something else.
    const isOwn = failure === undefined || (status >= 500 && head === status);
    const answer = await this.#receiver.end(this.#delivery, this.#running, failure);
    if (this.#answered) {
      callBack(rest);
    } else if (isOwn && (failure !== undefined || answer.status < 400)) {
      this.#release(status, rest);
    } else {
      this.#answer(answer);
      callBack(rest);
    }
  }

  #slow(): void {
    this.#answer(this.#receiver.answer("slow", this.#delivery));
  }

  /** Lets the route's own answer go. */
  #release(status: number, rest: unknown[]): void {
    this.#answered = true;
    this.#running.forget();
    this.isOpen = true;
    letGo(this.#res);
    this.#res.statusCode = status;
    for (const call of this.#held) {
      call();
    }
    this.#res.end(...(rest as []));
  }

  /** Sends an answer of our own in the place of the route's, which goes on and must not fail for it. */
  #answer(answer: Answer): void {
    if (this.#answered) {
      return;
    }
    this.#answered = true;
    this.#running.forget();
    const res = this.#res;
    this.#late = res.statusCode;
    this.isOpen = true;
    for (const name of res.getHeaderNames()) {
      res.removeHeader(name);
    }
    res.statusMessage = "";
    send(res, answer);
    this.isOpen = false;
    const same = (): ServerResponse => res;
    const nothing = (): void => undefined;
    Object.assign(res, { setHeader: same, setHeaders: same, appendHeader: same, removeHeader: nothing });
    Object.assign(res, { writeContinue: nothing, writeProcessing: nothing, writeEarlyHints: nothing });
    Object.assign(res, { addTrailers: nothing });
    // What looks at it, such as an access log, sees what went out; what the route sets says what became of the event.
    const { statusCode } = res;
    const set = (status: number): void => {
      this.#late = status;
    };
    Object.defineProperty(res, "statusCode", { get: () => statusCode, set, configurable: true });
  }
}

/** A route that did not answer with 2xx. */
class Unsuccessful extends Error {
  constructor() {
    super("the route did not answer with 2xx");
    this.name = "Error";
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Calls back at once what waits for something to be sent: it may be what the route waits for before it ends. */
function callBack(rest: unknown[]): void {
  const callback = rest.find((option) => typeof option === "function") as (() => void) | undefined;
  if (callback !== undefined) {
    process.nextTick(callback);
  }
}
