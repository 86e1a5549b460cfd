/**
 * Receives Didit's webhooks with Express 4 and 5.
 *
 * @packageDocumentation
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Body } from "./body.js";
import { typeName } from "./describe.js";
import { DiditError } from "./errors.js";
import type { HeadersInput } from "./headers.js";
import { HeldAnswer, send } from "./held.js";
import { type Delivery, Receiver, type ReceiverOptions, Refused } from "./receiver.js";

export type { Log, LogFacts, LogLevel } from "./log.js";
export type { Answer, Delivery } from "./receiver.js";

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
 * `express.json()` and `express.raw()`. With the option `handOff` it answers by itself, and no route behind it runs.
 *
 * @throws {ConfigurationError} `missing_secret`, when the application starts.
 */
export function webhook(options: WebhookOptions): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const receiver = new Receiver<DiditRequest>(options, "webhook");
  if (receiver.handsOff) {
    return answering(receiver, undefined);
  }
  return (req, res, next) => {
    const request = req as DiditRequest;
    arrive(receiver, request, res).then(
      (delivery) => {
        request.didit = delivery;
        next();
      },
      (error) => (error instanceof Refused ? send(res, error.answer) : next(error)),
    );
  };
}

/**
 * A route that calls `handler` once for each event, and answers by itself: 200 once the promise is fulfilled and the
 * event recorded, 500 if it is rejected, 503 if it takes too long, while it goes on. With the option `handOff` there is
 * no handler.
 */
export function webhookHandler(
  options: WebhookOptions,
  handler?: (delivery: Delivery, req: DiditRequest) => unknown,
): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const receiver = new Receiver<DiditRequest>(options, "webhookHandler");
  if (typeof handler !== "function" && !(handler === undefined && receiver.handsOff)) {
    throw new TypeError(`webhookHandler needs a function that does an event, not ${typeName(handler)}`);
  }
  return answering(receiver, handler);
}

function answering(
  receiver: Receiver<DiditRequest>,
  handler: ((delivery: Delivery, req: DiditRequest) => unknown) | undefined,
): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  return (req, res, next) => {
    const request = req as DiditRequest;
    read(receiver, request)
      .then((delivery) => receiver.run(delivery, handler && ((claimed) => handler(claimed, request))))
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
  const found = body(receiver, req);
  return receiver.authenticate(req, found instanceof Promise ? await found : found, headers(req));
}

/** As they arrived, so that one that was sent twice is two; serverless wrappers have only the joined ones. */
function headers(req: DiditRequest): HeadersInput {
  return Array.isArray(req.rawHeaders) && req.rawHeaders.length > 0
    ? req.rawHeaders
    : (req.headers as Record<string, string>);
}

type Found = { readonly raw: Body } | { readonly parsed: unknown };

/** The bytes where they are still to be had, or else what a parser left. */
function body(receiver: Receiver<DiditRequest>, req: DiditRequest): Found | Promise<Found> {
  for (const kept of [req.rawBody, req.body]) {
    if (typeof kept === "string" || kept instanceof Uint8Array) {
      return { raw: kept };
    }
  }
  // A parser that does not feel responsible leaves an empty object beside the unread stream.
  if (req.readableDidRead === false && req.readable) {
    return bytes(receiver, req).then((raw) => ({ raw }));
  }
  if (typeof req.body === "object" && req.body !== null) {
    return { parsed: req.body };
  }
  throw new Refused(receiver.answer("body_consumed"));
}

/** Reads the stream to its end. */
function bytes(receiver: Receiver<DiditRequest>, req: DiditRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer | string): void => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, req.readableEncoding ?? "utf8") : chunk;
      chunks.push(bytes);
      length += bytes.length;
      if (length > receiver.maxBody) {
        // The rest is read and forgotten, or the sender would not get to read the answer.
        req.off("data", take).resume();
        reject(new Refused(receiver.answer("body_too_large")));
      }
    };
    const gone = (): void => {
      if (!req.readableEnded) {
        reject(Object.assign(new Error("the sender went away"), { code: "ECONNRESET" }));
      }
    };
    req.on("data", take).on("error", reject).on("close", gone);
    req.on("end", () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
  });
}
