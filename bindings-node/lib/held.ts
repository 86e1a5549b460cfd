import type { ServerResponse } from "node:http";
import type { Answer, Delivery, Receiver } from "./receiver.js";
import type { Running } from "./renewal.js";

/** What a route may call that sends something, or that ends the answer. */
const SENDING = ["writeHead", "flushHeaders", "write", "end", "destroy"] as const;
type Sending = (typeof SENDING)[number];

/**
 * Sends an answer, unless something has been sent already.
 *
 * @internal
 */
export function send(res: ServerResponse, answer: Answer): void {
  if (res.headersSent || res.writableEnded) {
    return;
  }
  const text = Buffer.from(JSON.stringify(answer.body));
  const type = { "Content-Type": "application/json", "Content-Length": text.length };
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
  readonly #receiver: Pick<Receiver<never>, "end" | "answer">;
  readonly #delivery: Delivery;
  readonly #running: Running;
  readonly #res: ServerResponse;
  readonly #own: Pick<ServerResponse, Sending>;
  readonly #timer: NodeJS.Timeout;
  readonly #held: (() => void)[] = [];
  /** The status of the head that the route has written, which a later status does not change. */
  #head: number | undefined;
  /** The status that a route gives after something else has been sent in its place. */
  #late: number | undefined;
  #ended = false;
  #answered = false;

  constructor(receiver: Receiver<never>, delivery: Delivery, running: Running, res: ServerResponse) {
    this.#receiver = receiver;
    this.#delivery = delivery;
    this.#running = running;
    this.#res = res;
    // What other middleware has put there comes behind this, as it would without it.
    const { writeHead, flushHeaders, write, end, destroy } = res;
    this.#own = { writeHead, flushHeaders, write, end, destroy };
    this.#timer = setTimeout(() => this.#slow(), receiver.millisecondsLeft(delivery));
    this.#take();
  }

  /** Puts this in the place of what sends. */
  #take(): void {
    const res = this.#res;
    res.writeHead = ((status: number, ...rest: unknown[]) => {
      res.statusCode = status;
      this.#hold("writeHead", [status, ...rest]);
      return res;
    }) as typeof res.writeHead;
    res.flushHeaders = () => this.#hold("flushHeaders", []);
    res.write = ((chunk: unknown, ...rest: unknown[]) => {
      // The route may use its buffer again once it has been called back.
      const kept = chunk instanceof Uint8Array ? Buffer.from(chunk) : chunk;
      this.#hold("write", [kept, ...rest.filter((option) => typeof option !== "function")]);
      called(rest);
      return true;
    }) as typeof res.write;
    res.end = ((...rest: unknown[]) => {
      this.#end(rest);
      return res;
    }) as typeof res.end;
    // A route that tears the connection down has failed, and nobody else would end its claim.
    res.destroy = () => {
      res.statusCode = 500;
      this.#end([]);
      return res;
    };
  }

  #hold(method: Sending, rest: unknown[]): void {
    this.#head ??= this.#status();
    if (!this.#answered) {
      this.#held.push(() => this.#call(method, rest));
    }
  }

  #call(method: Sending, rest: unknown[]): void {
    (this.#own[method] as (...rest: unknown[]) => unknown).apply(this.#res, rest);
  }

  #status(): number {
    return this.#late ?? this.#res.statusCode;
  }

  #end(rest: unknown[]): void {
    if (this.#ended) {
      called(rest);
      return;
    }
    this.#ended = true;
    const status = this.#status();
    const head = this.#head ?? status;
    pretend(this.#res, true);
    const failure = isSuccess(status) && isSuccess(head) ? undefined : { error: new Unsuccessful() };
    // A route's own 5xx may go out; a 4xx would be final although the event has not been done, and a head that was
    // written before the failure says something else.
    const isOwn = failure === undefined || (status >= 500 && head === status);
    this.#receiver
      .end(this.#delivery, this.#running, failure)
      .catch(() => this.#receiver.answer("store_unavailable", this.#delivery))
      .then((answer) => {
        if (this.#answered) {
          called(rest);
        } else if (isOwn && (failure !== undefined || answer.status < 400)) {
          this.#release(status, rest);
        } else {
          this.#answer(answer);
          called(rest);
        }
      });
  }

  #slow(): void {
    this.#answer(this.#receiver.answer("slow", this.#delivery));
  }

  /** Lets the route's own answer go. */
  #release(status: number, rest: unknown[]): void {
    this.#settled();
    this.#res.statusCode = status;
    for (const call of this.#held) {
      call();
    }
    this.#call("end", rest);
  }

  /** Sends an answer of our own in the place of the route's, which goes on and must not fail for it. */
  #answer(answer: Answer): void {
    if (this.#answered) {
      return;
    }
    this.#late = this.#res.statusCode;
    this.#settled();
    const res = this.#res;
    for (const name of res.getHeaderNames()) {
      res.removeHeader(name);
    }
    res.statusMessage = "";
    send(res, answer);
    this.#take();
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
    pretend(res, this.#ended);
  }

  #settled(): void {
    this.#answered = true;
    clearTimeout(this.#timer);
    Object.assign(this.#res, this.#own);
    for (const name of PRETENDED) {
      delete (this.#res as unknown as Record<string, unknown>)[name];
    }
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
function called(rest: unknown[]): void {
  const callback = rest.find((option) => typeof option === "function") as (() => void) | undefined;
  if (callback !== undefined) {
    process.nextTick(callback);
  }
}

const PRETENDED = ["headersSent", "writableEnded"] as const;

/** Shows a route the answer that it has given, or has still to give, in place of the one that went out. */
function pretend(res: ServerResponse, ended: boolean): void {
  for (const name of PRETENDED) {
    Object.defineProperty(res, name, { value: ended, configurable: true });
  }
}
