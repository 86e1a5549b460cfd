// CommonJS under `module: node16`, with the requests of several frameworks.
import { strict as assert } from "node:assert";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import {
  ApiError,
  type Attempt,
  Didit,
  DiditError,
  type ErrorCode,
  type Event,
  type Page,
  parseCallback,
  sign,
  statuses,
  type Verified,
  Verifier,
  type VerifierOptions,
} from "didit-client";
import { webhook, webhookHandler } from "didit-client/express";
import { MemoryStore } from "didit-client/store";
import { type Case, cases, type Delivery, delivery, SECRET, serve } from "didit-client/testing";
import type { Express, Request, Response } from "express";

// An environment variable may be missing; that is told when the verifier is built.
const options: VerifierOptions = { secrets: process.env.NO_SUCH_SECRET };
assert.throws(() => new Verifier(options), DiditError);

const now = 1774970000;
const body = JSON.stringify({ timestamp: now, webhook_type: "status.updated", status: "Declined" });
const headers: Record<string, string> = sign(body, Buffer.from("secret"), { signedAt: new Date(now * 1000) });
const verifier = new Verifier({ secrets: ["secret", Buffer.from("old")], clock: () => now, environments: undefined });

export function express(request: Request, response: Response): void {
  try {
    const { event } = verifier.verify(request.body, request.headers);
    response.status(204).end(event.event_id);
  } catch (error) {
    if (!(error instanceof DiditError)) {
      throw error;
    }
    const code: ErrorCode = error.code;
    response.status(error.httpStatus).json({ code, hint: error.hint, paths: error.paths, position: error.position });
  }
}

/** What the middleware leaves is typed, and so is what tenants and queues need. */
export function routes(app: Express, tenants: Map<string, string>): void {
  const secrets = async (request: IncomingMessage) => tenants.get(request.url ?? "");
  app.post("/hook", webhook({ secrets, store: new MemoryStore() }), (request, response) => {
    const { event, verified, attempts } = request.didit;
    const facts: [Event, Verified, number] = [event, verified, attempts];
    response.json(facts.length);
  });
  const handOff = async ({ event }: { event: Event }) => event.event_id;
  app.post("/queue", webhookHandler({ secrets: "secret", store: new MemoryStore(), handOff }));
}

export function node(request: IncomingMessage, bytes: Buffer): Verified {
  const incoming: IncomingHttpHeaders = request.headers;
  verifier.verify(bytes, request.rawHeaders);
  verifier.verify(bytes, request.headersDistinct);
  return verifier.verify(new Uint8Array(bytes), incoming, { now: Date.now() / 1000 });
}

export async function fetch(request: globalThis.Request): Promise<Event> {
  verifier.verify(await request.text(), [...request.headers]);
  return verifier.verify(await request.arrayBuffer(), request.headers).event;
}

const verified = verifier.verify(body, new Map(Object.entries(headers)));
const bytes: Buffer = verified.bytes;
assert.deepEqual([verified.event.outcome, verified.scheme, bytes.length > 0], ["denied", "v2", true]);

const sent: Delivery = delivery("status.updated", { scenario: "decline_aml_hit", now, decision: { reviews: [] } });
assert.equal(new Verifier({ secrets: SECRET }).verify(sent.body, sent.headers, { now }).event.outcome, "denied");
assert.ok(cases().every((one: Case) => one.delivery({ seed: 7, vendor_data: undefined }).eventId !== ""));

export async function testOf(test: { after(close: () => Promise<void>): void }, app: Express): Promise<number> {
  return (await sent.tampered().post(await serve(test, app))).status;
}

const attempts: Attempt[] = [];
const didit = new Didit({ environment: {}, maxRetries: 0, afterAttempt: (attempt) => attempts.push(attempt) });

export async function calls(signal: AbortSignal): Promise<string> {
  const session = await didit.sessions.create({ vendor_data: "user-123" }, { timeout: 5, signal });
  const url: string | null | undefined = session.url;
  const head: [number, string | undefined] = [session.lastResponse.status, session.lastResponse.requestId];
  const page: Page<unknown> = await didit.sessions.list({ limit: 10 });
  for await (const row of didit.sessions.list()) {
    const status: string | null | undefined = row.status;
    head.push(statuses.outcome(status ?? "").length);
  }
  const pdf: Buffer = (await didit.sessions.pdf("id")).content;
  // @ts-expect-error A callback has no status that could be believed.
  const claimed = parseCallback("?").status;
  // @ts-expect-error The parameter is called vendor_data.
  await didit.sessions.create({ vendorData: "user-123" });
  // @ts-expect-error There is no such method.
  await didit.sessions.remove("id");
  return `${url} ${session.reused} ${session.iframeHtml({ title: "t" })} ${head} ${page.count} ${pdf} ${claimed}`;
}

didit.sessions.create({ workflow_id: "w" }).catch((error: unknown) => {
  assert.ok(error instanceof ApiError && error.code === "invalid_argument");
  assert.deepEqual([error.status, error.errors.map(({ path }) => path), attempts], [undefined, ["workflow_id"], []]);
});

// @ts-expect-error There is no such type.
assert.throws(() => delivery("session.updated"), RangeError);
// @ts-expect-error There is no such scenario.
assert.throws(() => delivery("status.updated", { scenario: "decline" }), RangeError);
// @ts-expect-error The member is called session_id.
assert.throws(() => delivery("status.updated", { sessionId: "s-1" }), TypeError);
// @ts-expect-error A parsed body goes to verifyParsed.
assert.throws(() => verifier.verify(JSON.parse(body) as { status: string }, headers), TypeError);
// @ts-expect-error A whole request has headers, but is none.
assert.throws(() => verifier.verify(body, { headers }), TypeError);
// @ts-expect-error The option is called maxAge.
assert.throws(() => new Verifier({ secrets: "secret", max_age: 600 }), TypeError);
// @ts-expect-error There is no such scheme.
assert.throws(() => new Verifier({ secrets: "secret", schemes: ["v3"] }), RangeError);
// @ts-expect-error The secrets cannot be forgotten.
assert.throws(() => new Verifier({}), DiditError);
// @ts-expect-error A time is a number or a Date.
assert.throws(() => verifier.verify(body, headers, { now: "1774970000" }), TypeError);
// @ts-expect-error What was verified cannot be changed.
verified.scheme = "raw";
console.log("verified");
