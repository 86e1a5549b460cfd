// The whole flow of app.js, against didit-dev in the place of Didit: no account, no tunnel, no network.
//
// `diditDev` starts the program that DIDIT_DEV names, or that `npm install didit-dev` installed.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { diditDev, serve } from "didit-client/testing";

const acted = [];
// What ends with the last test.
const ends = [];
const tests = { after: (end) => ends.unshift(end) };
let dev;
let url;

before(async () => {
  // The application acts on live events only.
  dev = await diditDev(tests, { arguments: ["--environment=live"] });
  let app;
  url = await serve(tests, (req, res) => app(req, res));
  const folder = mkdtempSync(join(tmpdir(), "didit-example-"));
  tests.after(() => rmSync(folder, { recursive: true }));
  Object.assign(process.env, dev.environment, { APP_URL: url, DIDIT_STORE: join(folder, "didit.db") });
  console.log = (line) => acted.push(line);
  app = createRequire(import.meta.url)("./app.js");
});

after(async () => {
  for (const end of ends) {
    await end();
  }
});

beforeEach(async () => {
  acted.length = 0;
  await dev.reset();
  await dev.addDestination(`${url}/api/webhook`, { events: ["status.updated"] });
});

/** Begins as a user's browser does; resolves to its cookie and the session. */
async function verify(user) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${url}/api/verify`, {
    method: "POST",
    headers,
    body: JSON.stringify({ user_id: user }),
  });
  const { verification_url } = await response.json();
  assert.ok(verification_url.startsWith(dev.baseUrl));
  const [cookie] = response.headers.get("set-cookie").split(";");
  return { cookie, session: (await dev.waitForDelivery()).session_id };
}

for (const [status, scenario, outcome, action] of [
  ["Approved", "approve", "granted", "let the user in"],
  ["Declined", "decline_document_expired", "denied", "keep the user out"],
]) {
  test(`from the first click to the decision: ${status}`, async () => {
    const { cookie, session } = await verify("user-7");

    await dev.move(session, status, { scenario });
    const sent = await dev.waitForDelivery({ session_id: session, session_status: status });
    assert.equal(sent.response_status, 200);
    assert.ok(acted.includes(`session ${session}: ${action}`));

    const query = `verificationSessionId=${session}&status=${status}`;
    const page = await fetch(`${url}/verification-complete?${query}`, { headers: { cookie } });
    assert.match(await page.text(), new RegExp(`Verification: ${outcome}`));
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
  assert.equal(acted.filter((line) => line === `session ${session}: let the user in`).length, 1);
});

test("a replayed event opens no door", async () => {
  await dev.misbehave("header_refreshed");
  const event_id = await dev.sendEvent("status.updated", { status: "Approved" });
  assert.equal((await dev.waitForDelivery({ event_id })).response_status, 401);
  assert.deepEqual(acted, []);
});
