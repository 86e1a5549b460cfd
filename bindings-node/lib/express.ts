/**
 * Receives Didit's webhooks with Express 4 and 5.
 *
 * @packageDocumentation
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Body } from "./body.js";
import { DiditError } from "./errors.js";
import { HeldAnswer, send } from "./held.js";
import { type Delivery, Receiver, type ReceiverOptions, Refused } from "./receiver.js";

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
  new HeldAnswer(receiver as Receiver<never>, delivery, running, res);
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
