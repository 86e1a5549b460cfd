/**
 * Receives Didit's webhooks with Express 4 and 5.
 *
 * @packageDocumentation
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Body } from "./body.js";
import { DiditError } from "./errors.js";
import { type Answer, type Delivery, Receiver, type ReceiverOptions, Refused, type Running } from "./receiver.js";

export type { Answer, Delivery, LogFacts, LogLevel } from "./receiver.js";

/** A request of Express, or of a serverless wrapper that has read the body already. */
export interface DiditRequest extends IncomingMessage {
  /** What another middleware made of the body. */
  body?: unknown;
  /** The bytes of the body, where a serverless wrapper keeps them. */
  rawBody?: unknown;
  /** The delivery, behind the middleware. */
  didit: Delivery;
}

declare global {
  namespace Express {
    interface Request {
      /** The delivery, behind the middleware of `didit-client/express`. */
      didit: Delivery;
    }
  }
}

/** What calls the next middleware. */
export type Next = (error?: unknown) => void;

/** How one webhook route verifies, and what it remembers. */
export type WebhookOptions = ReceiverOptions<DiditRequest>;

/**
 * Middleware that lets each event through once, as `req.didit`. The route behind it does the event and answers; a 2xx
 * goes out once the event is recorded as done, anything else gives it back. It works before and after
 * `express.json()` and `express.raw()`.
 *
 * @throws {ConfigurationError} `missing_secret`, when the application starts.
 */
export function webhook(options: WebhookOptions): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const receiver = new Receiver<DiditRequest>(options);
  return (req, res, next) => {
    arrive(receiver, req as DiditRequest, res).then(
      (delivery) => {
        (req as DiditRequest).didit = delivery;
        next();
      },
      (error) => (error instanceof Refused ? send(res, error.answer) : next(error)),
    );
  };
}

/**
 * A route that calls `handler` once for each event, and answers by itself: 200 once the promise is fulfilled and the
 * event recorded, 500 if it is rejected, 503 if it takes too long, while it goes on.
 */
export function webhookHandler(
  options: WebhookOptions,
  handler: (delivery: Delivery, req: DiditRequest) => unknown,
): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const receiver = new Receiver<DiditRequest>(options);
  return (req, res, next) => {
    const request = req as DiditRequest;
    read(receiver, request)
      .then((delivery) => receiver.run(delivery, (claimed) => handler(claimed, request)))
      .then((answer) => send(res, answer))
      .catch((error) => (error instanceof Refused ? send(res, error.answer) : next(error)));
  };
}

/** Answers errors of this package that a route of your own raised: `{"error": code}` with the status of the code. */
export function errorHandler(): (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void {
  return (error, _req, res, next) => {
    if (error instanceof DiditError && !res.headersSent) {
      send(res, { name: error.code, status: error.httpStatus, body: { error: error.code }, headers: {} });
    } else {
      next(error);
    }
  };
}

async function arrive(receiver: Receiver<DiditRequest>, req: DiditRequest, res: ServerResponse): Promise<Delivery> {
  const delivery = await read(receiver, req);
  const running = await receiver.begin(delivery);
  new Response(receiver, delivery, running, res);
  return delivery;
}

async function read(receiver: Receiver<DiditRequest>, req: DiditRequest): Promise<Delivery> {
  const { "content-encoding": encoding, "content-length": length } = req.headers;
  const refusal = receiver.refuse(req.method ?? "", encoding, length);
  if (refusal !== undefined) {
    throw new Refused(refusal);
  }
  // headersDistinct keeps a header that was sent twice as two values; serverless wrappers have only headers.
  return receiver.authenticate(req, await body(receiver, req), req.headersDistinct ?? req.headers);
}

/** The bytes where they are still to be had, or else what a parser left. */
async function body(receiver: Receiver<DiditRequest>, req: DiditRequest): Promise<{ raw: Body } | { parsed: unknown }> {
  for (const kept of [req.rawBody, req.body]) {
    if (typeof kept === "string" || kept instanceof Uint8Array) {
      return { raw: kept };
    }
  }
  // A parser that does not feel responsible leaves an empty object beside the unread stream.
  if (req.readableDidRead === false && req.readable) {
    return { raw: await bytes(receiver, req) };
  }
  if (typeof req.body === "object" && req.body !== null) {
    return { parsed: req.body };
  }
  throw new Refused(receiver.answer("body_consumed"));
}

async function bytes(receiver: Receiver<DiditRequest>, req: DiditRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > receiver.maxBody) {
      // The rest is read and forgotten, or the sender would not get to read the answer.
      req.resume();
      throw new Refused(receiver.answer("body_too_large"));
    }
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function send(res: ServerResponse, answer: Answer): void {
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
 */
class Response {
  readonly #receiver: Receiver<DiditRequest>;
  readonly #delivery: Delivery;
  readonly #running: Running;
  readonly #res: ServerResponse;
  readonly #own: Pick<ServerResponse, "end" | "write" | "writeHead">;
  readonly #timer: NodeJS.Timeout;
  readonly #held: (() => void)[] = [];
  #ended = false;
  #answered = false;

  constructor(receiver: Receiver<DiditRequest>, delivery: Delivery, running: Running, res: ServerResponse) {
    this.#receiver = receiver;
    this.#delivery = delivery;
    this.#running = running;
    this.#res = res;
    this.#own = { end: res.end, write: res.write, writeHead: res.writeHead };
    this.#timer = setTimeout(() => this.#slow(), receiver.millisecondsLeft(delivery));
    res.writeHead = ((status: number, ...rest: unknown[]) => {
      res.statusCode = status;
      this.#held.push(() => this.#call("writeHead", [status, ...rest]));
      return res;
    }) as typeof res.writeHead;
    res.write = ((...rest: unknown[]) => {
      this.#held.push(() => this.#call("write", rest));
      return true;
    }) as typeof res.write;
    res.end = ((...rest: unknown[]) => {
      this.#end(rest);
      return res;
    }) as typeof res.end;
  }

  #call(method: "end" | "write" | "writeHead", rest: unknown[]): void {
    (this.#own[method] as (...rest: unknown[]) => unknown).apply(this.#res, rest);
  }

  #end(rest: unknown[]): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    clearTimeout(this.#timer);
    const { statusCode } = this.#res;
    pretend(this.#res, true);
    const success = statusCode >= 200 && statusCode < 300;
    const failure = success ? undefined : { error: new Error("the route did not answer with 2xx") };
    this.#receiver.end(this.#delivery, this.#running, failure).then((answer) => {
      // A route's own 5xx may go out; a 4xx would be final although the event has not been done.
      if (answer.status >= 400 && statusCode < 500) {
        this.#answer(answer);
      } else if (!this.#answered) {
        this.#answered = true;
        this.#restore();
        this.#res.statusCode = statusCode;
        for (const call of this.#held) {
          call();
        }
        this.#call("end", rest);
      }
    });
  }

  #slow(): void {
    this.#answer(this.#receiver.answer("slow", this.#delivery));
  }

  /** Sends an answer of our own in the place of the route's, which goes on and must not fail for it. */
  #answer(answer: Answer): void {
    if (this.#answered) {
      return;
    }
    this.#answered = true;
    const res = this.#res;
    this.#restore();
    for (const name of res.getHeaderNames()) {
      res.removeHeader(name);
    }
    send(res, answer);
    // What the route will answer begins anew; the status that went out is not its own.
    res.statusCode = 200;
    const same = (): ServerResponse => res;
    Object.assign(res, {
      setHeader: same,
      appendHeader: same,
      writeHead: same,
      removeHeader: () => undefined,
      flushHeaders: () => undefined,
      write: () => true,
      end: (...rest: unknown[]) => {
        this.#end(rest);
        return res;
      },
    });
    pretend(res, this.#ended);
  }

  #restore(): void {
    Object.assign(this.#res, this.#own);
    for (const name of PRETENDED) {
      delete (this.#res as unknown as Record<string, unknown>)[name];
    }
  }
}

const PRETENDED = ["headersSent", "writableEnded"] as const;

/** Shows a route the answer that it has given, or has still to give, in place of the one that went out. */
function pretend(res: ServerResponse, ended: boolean): void {
  for (const name of PRETENDED) {
    Object.defineProperty(res, name, { value: ended, configurable: true });
  }
}
