// The whole flow, against didit-dev in the place of Didit and a real Redis: no account, no tunnel, no network.
//
// `diditDev` starts the program that DIDIT_DEV names, or that `npm install didit-dev` installed. REDIS_URL is the Redis.

import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { Didit } from "didit-client";
import { type DiditDev, diditDev, serve } from "didit-client/testing";
import { Redis } from "ioredis";
import { makeApp } from "./app.js";
import { settingsOf } from "./settings.js";

// What ends with the last test.
const ends: (() => Promise<unknown>)[] = [];
const tests = { after: (end: () => Promise<void>) => ends.unshift(end) };
const acted: string[] = [];
let dev: DiditDev;
let redis: Redis;
let url: string;

before(async () => {
  console.info = (line: string) => acted.push(line);
  console.warn = console.info;
  // The application acts on live events only.
  dev = await diditDev(tests, { arguments: ["--environment=live"] });
  const { redisUrl } = settingsOf(process.env);
  redis = new Redis(redisUrl);
  ends.push(() => redis.quit());
  let app: RequestListener = () => {};
  url = await serve(tests, (req, res) => app(req, res));
  const environment = { ...process.env, ...dev.environment };
  app = makeApp(new Didit({ environment }), redis, settingsOf({ ...environment, APP_URL: url }));
});

after(async () => {
  for (const end of ends) {
    await end();
  }
});

beforeEach(async () => {
  acted.length = 0;
  await redis.flushdb();
  await dev.reset();
  await dev.addDestination(`${url}/api/webhook`, { events: ["status.updated"] });
});

/** Begins as a user's browser does; resolves to its cookie and the session. */
async function verify(user: string): Promise<{ cookie: string; session: string }> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ user_id: user });
  const response = await fetch(`${url}/api/verify`, { method: "POST", headers, body });
  const { verification_url } = (await response.json()) as { verification_url: string };
  assert.ok(verification_url.startsWith(dev.baseUrl));
  const [cookie = ""] = (response.headers.get("set-cookie") ?? "").split(";");
  const { session_id } = await dev.waitForDelivery();
  return { cookie, session: session_id ?? "" };
}

async function outcome(cookie: string): Promise<unknown> {
  return (await fetch(`${url}/api/verification`, { headers: { cookie } })).json();
}

for (const [status, scenario, expected] of [
  ["Approved", "approve", "granted"],
  ["Declined", "decline_document_expired", "denied"],
] as const) {
  test(`from the first click to the decision: ${status}`, async () => {
    const { cookie, session } = await verify("user-7");
    assert.deepEqual(await outcome(cookie), { outcome: "pending" });

    await dev.move(session, status, { scenario });
    const sent = await dev.waitForDelivery({ session_id: session, session_status: status });
    assert.equal(sent.response_status, 200);
    assert.ok(acted.includes(`session ${session}: ${expected}`));
    assert.deepEqual(await outcome(cookie), { outcome: expected });

    const page = `${url}/verification-complete?verificationSessionId=${session}&status=${status}`;
    assert.match(await (await fetch(page, { headers: { cookie } })).text(), new RegExp(`Verification: ${expected}`));
    assert.equal((await fetch(page)).status, 403);
  });
}

test("a repeated event is acted on once", async () => {
  const { session } = await verify("user-8");
  await dev.move(session, "In Progress");
  await dev.waitForDelivery({ session_status: "In Progress" });

  await dev.misbehave("duplicate");
  await dev.move(session, "Approved");
  const first = await dev.waitForDelivery({ session_status: "Approved" });
  const second = await dev.waitForDelivery({}, (sent) => sent.event_id === first.event_id && sent.uuid !== first.uuid);
  assert.deepEqual([first.response_status, second.response_status], [200, 200]);
  assert.equal(acted.filter((line) => line === `session ${session}: granted`).length, 1);
});

test("an event that comes late undoes nothing", async () => {
  const { cookie, session } = await verify("user-9");
  await dev.move(session, "In Progress");
  await dev.waitForDelivery({ session_id: session, session_status: "In Progress" });
  acted.length = 0;
  await dev.misbehave("reorder");
  await dev.move(session, "In Review");
  await dev.move(session, "Approved");
  await dev.waitForDelivery({ session_id: session, session_status: "In Review" });
  assert.deepEqual(
    acted.filter((line) => line.startsWith("session")),
    [`session ${session}: granted`],
  );
  assert.deepEqual(await outcome(cookie), { outcome: "granted" });
});

test("a replayed event opens no door, and nobody else's verification is shown", async () => {
  await dev.misbehave("header_refreshed");
  const event_id = await dev.sendEvent("status.updated", { status: "Approved" });
  assert.equal((await dev.waitForDelivery({ event_id })).response_status, 401);
  assert.ok(!acted.some((line) => line.includes("granted")));
  assert.equal((await fetch(`${url}/api/verification`, { headers: { cookie: "verification=guessed" } })).status, 403);
});

test("a Redis that is away loses no event", async () => {
  const away = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  away.on("error", () => {});
  const environment = { ...process.env, ...dev.environment };
  const app = makeApp(new Didit({ environment }), away, settingsOf(environment));
  const ending: (() => Promise<void>)[] = [];
  const elsewhere = await serve({ after: (end) => ending.push(end) }, app);
  await dev.reset();
  await dev.addDestination(`${elsewhere}/api/webhook`, { events: ["status.updated"] });
  await dev.sendEvent("status.updated", { status: "Approved" });
  assert.equal((await dev.waitForDelivery()).response_status, 503);
  await Promise.all(ending.map((end) => end()));
});

test("without a secret it does not start", () => {
  const environment = { ...process.env, ...dev.environment, DIDIT_WEBHOOK_SECRET: "" };
  assert.throws(() => makeApp(new Didit({ environment }), redis, settingsOf(environment)), /secret/i);
});
