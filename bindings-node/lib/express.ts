/**
 * Receives Didit's webhooks with Express 4 and 5.
 *
 * @packageDocumentation
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Body } from "./body.js";
import { typeName } from "./describe.js";
import { type ApiError, DiditError } from "./errors.js";
import type { HeadersInput } from "./headers.js";
import { HeldAnswer, send } from "./held.js";
import { type Log, print, say } from "./log.js";
import { knownOptions } from "./options.js";
import { type Delivery, Receiver, type ReceiverOptions } from "./receiver.js";
import { Refused } from "./reply.js";
import { stackOf } from "./stack.js";

export type { Log, LogFacts, LogLevel } from "./log.js";
export type { Delivery } from "./receiver.js";
export type { Answer } from "./reply.js";

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

/** How errors of one's own routes are answered. */
export interface ErrorHandlerOptions {
  /**
   * Takes one line for each error that is answered, as for `webhook`. By default `console.warn` prints it; `false`
   * prints nothing.
   */
  readonly log?: Log | false | undefined;
}

/**
 * Answers errors of this package that a route of your own raised: `{"error": code}` with the status of the code, and
 * logs each with what happened, its hint and, where it is no fault of the caller's, where the call was made.
 */
export function errorHandler(
  options: ErrorHandlerOptions = {},
): (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const { log } = knownOptions(options, ["log"], "errorHandler") as ErrorHandlerOptions;
  if (log !== undefined && log !== false && typeof log !== "function") {
    throw new TypeError(`log must be a function, not ${typeName(log)}`);
  }
  return (error, _req, res, next) => {
    if (error instanceof DiditError && !res.headersSent) {
      tell(log === false ? undefined : (log ?? print), error);
      send(res, { name: error.code, status: error.httpStatus, body: { error: error.code }, headers: {} });
    } else {
      next(error);
    }
  };
}

/** An error without the words of Didit's answer, which may repeat what was sent. */
function withoutWords({ code, message, hint }: DiditError, status: number): string {
  const [place = ""] = / \([\w.]+ at [^\s()]+\)(?=[. ]*$)/.exec(message.slice(0, message.length - hint.length)) ?? [];
  return `${code}: Didit answered ${status}${place}. ${hint}`;
}

function tell(log: Log | undefined, error: DiditError): void {
  const isFault = error.httpStatus >= 500;
  const stack = isFault ? stackOf(error) : undefined;
  const { status, requestId, attempts } = error as Partial<ApiError>;
  const given = Object.entries({ status, requestId, attempts, stack }).filter(([, value]) => value !== undefined);
  const said = status === undefined ? error.message : withoutWords(error, status);
  say(log, isFault ? "error" : "warn", said, { code: error.code, ...Object.fromEntries(given) });
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
