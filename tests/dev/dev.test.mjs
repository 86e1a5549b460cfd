// didit-client/testing: DiditDev and diditDev, which start didit-dev, and its control API.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { Didit, Verifier } from "../../bindings-node/dist/index.mjs";
import {
  Control,
  ControlError,
  DiditDev,
  DiditDevError,
  diditDev,
  serve,
} from "../../bindings-node/dist/testing/index.mjs";

const PROGRAM = process.env.DIDIT_DEV;
const SECRET = "a-secret-for-these-tests";
const root = join(import.meta.dirname, "..", "..");

const client = ({ apiKey, workflowId, baseUrl }) =>
  new Didit({ apiKey, workflowId, baseUrl, maxRetries: 0, environment: {} });

/** A webhook that says 200 to everything, and what it got. */
async function webhook(t) {
  const got = [];
  const url = await serve(t, async (request, response) => {
    const parts = [];
    for await (const part of request) {
      parts.push(part);
    }
    got.push([Buffer.concat(parts), request.headers]);
    response.end();
  });
  return [url, got];
}

test("a session from start to decision", async (t) => {
  const dev = await diditDev(t, { webhookSecret: SECRET });
  const [url, got] = await webhook(t);
  const destination = await dev.addDestination(url, { events: ["status.updated"] });
  const { session_id } = await client(dev).sessions.create({ vendor_data: "user-7" });
  const checks = { id_verifications: [{ first_name: "Zoë" }] };
  assert.equal((await dev.move(session_id, "Approved", { scenario: "approve", checks })).status, "Approved");

  const sent = await dev.waitForDelivery({ session_id, session_status: "Approved" });
  assert.deepEqual([sent.destination, sent.attempt, sent.kind, sent.response_status], [destination, 1, "send", 200]);
  const statuses = (await dev.deliveries()).map(({ session_status }) => session_status);
  assert.deepEqual(statuses, ["Not Started", "In Progress", "Approved"]);
  const { event } = new Verifier({ secrets: SECRET }).verify(...got.at(-1));
  assert.deepEqual([event.outcome, event.decision.id_verifications[0].first_name], ["granted", "Zoë"]);
  assert.ok(sent.body.equals(got.at(-1)[0]));

  const again = await dev.resend(sent.uuid);
  assert.equal((await dev.waitForDelivery({}, ({ uuid }) => uuid === again)).event_id, sent.event_id);
  const changed = await dev.changeChecks(session_id, { face_matches: [{ score: 12.5 }] });
  assert.equal(changed.face_matches[0].score, 12.5);
  await dev.reset();
  assert.deepEqual(await dev.deliveries(), []);
});

test("faults, credits, mail, clock and misbehaviours", async (t) => {
  const dev = await diditDev(t);
  await dev.addFault({ operation: "sessions.create", status: 503, times: 2 });
  assert.deepEqual(
    (await dev.faults()).map(({ operation }) => operation),
    ["sessions.create"],
  );
  await assert.rejects(client(dev).sessions.create({ vendor_data: "u" }), { httpStatus: 502 });
  await dev.clearFaults();
  await dev.setCredits(0);
  await assert.rejects(client(dev).sessions.create({ vendor_data: "u" }));
  await dev.setCredits(null);
  assert.equal((await client(dev).sessions.create({ vendor_data: "u" })).status, "Not Started");

  const anonymous = new Didit({ baseUrl: dev.baseUrl, accountUrl: dev.accountUrl, environment: {} });
  await anonymous.account.register({ email: "a@example.com", password: "Aa1!aaaaaaaa" });
  assert.equal((await dev.mail("a@example.com")).length, 1);
  assert.deepEqual(await dev.mail("b@example.com"), []);

  await dev.changeClock({ set: 1_790_000_000, speed: 0 });
  assert.equal((await dev.changeClock({ advance: 60 })).now, 1_790_000_060);
  assert.deepEqual(await dev.clock(), { now: 1_790_000_060, speed: 0 });

  const [url] = await webhook(t);
  await dev.addDestination(url);
  await dev.misbehave("signatures_stripped");
  const event_id = await dev.sendEvent("transaction.created", { members: { vendor_data: "u" } });
  const { kind, headers, session_status } = await dev.waitForDelivery({ event_id });
  assert.deepEqual([kind, session_status], ["signatures_stripped", null]);
  assert.equal(
    Object.keys(headers).some((name) => name.includes("Signature")),
    false,
  );
  await dev.misbehave("drop", { times: 3 });
  await dev.behave();
  assert.equal((await dev.waitForDelivery({ event_id: await dev.sendEvent() })).kind, "send");
});

test("what the environment gave is told to nobody else", async (t) => {
  const dev = await diditDev(t, { webhookSecret: "an-invented-secret" });
  const others = await new Control(dev.baseUrl).credentials();
  assert.deepEqual([others.webhook_secret, others.api_key], [null, dev.apiKey]);
  const { api_key, webhook_secret, application_id } = await dev.credentials();
  assert.deepEqual([api_key, webhook_secret], [dev.apiKey, "an-invented-secret"]);
  assert.equal(application_id, others.application_id);
});

test("a refusal says why", async (t) => {
  const dev = await diditDev(t);
  await assert.rejects(dev.move("1", "Paused"), { name: "ControlError", message: /answered 400: .*Paused.*Approved/ });
  await assert.rejects(dev.move("../status?", "Approved"), { message: /404/ });
  await assert.rejects(dev.waitForDelivery({ timeoutMs: 50 }), { message: /no such delivery within 50 ms.*: none$/ });
  const shown = inspect(dev, { depth: 9, showHidden: true });
  for (const secret of [dev.apiKey, dev.webhookSecret]) {
    assert.equal(shown.includes(secret), false);
  }
});

describe("starting and ending", () => {
  test("it ends with the test, and can be asked to", async (t) => {
    const addresses = [];
    await t.test("inner", async (inner) => {
      const dev = await diditDev(inner, { binary: PROGRAM, arguments: ["--seed=1"] });
      const other = new Control(dev.baseUrl);
      assert.equal((await other.credentials()).api_key, dev.environment.DIDIT_API_KEY);
      addresses.push(dev.baseUrl);
    });
    await assert.rejects(new Control(addresses[0]).credentials(), ControlError);
    const dev = await DiditDev.start();
    await dev.stop();
    await dev.stop();
    await assert.rejects(dev.clock(), { message: /gave no answer/ });
  });

  test("a program that forgets it leaves nothing behind", async () => {
    const program = `
      import { DiditDev } from ${JSON.stringify(join(root, "bindings-node", "dist", "testing", "index.mjs"))};
      console.log((await DiditDev.start()).baseUrl);
      process.exit();`;
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
    await assert.rejects(new Control(said.trim()).credentials(), ControlError);
  });

  test("a real key is not taken over", async (t) => {
    process.env.DIDIT_API_KEY = "sk_live_of-somebody";
    t.after(() => delete process.env.DIDIT_API_KEY);
    assert.notEqual((await diditDev(t)).apiKey, "sk_live_of-somebody");
  });

  test("where the program is looked for", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "didit-dev-test-"));
    const { PATH, DIDIT_DEV } = process.env;
    const here = process.cwd();
    t.after(() => {
      process.chdir(here);
      Object.assign(process.env, { PATH, DIDIT_DEV });
      rmSync(folder, { recursive: true });
    });
    process.chdir(folder);
    process.env.PATH = folder;
    delete process.env.DIDIT_DEV;
    await assert.rejects(DiditDev.start(), { name: "DiditDevError", message: /install the package didit-dev/ });
    await assert.rejects(DiditDev.start({ binary: "nowhere/didit-dev" }), { message: /^binary names "nowhere/ });
    process.env.DIDIT_DEV = "/nowhere";
    await assert.rejects(DiditDev.start(), { message: /^DIDIT_DEV names "\/nowhere"/ });
    delete process.env.DIDIT_DEV;

    symlinkSync(PROGRAM, join(folder, "didit-dev"));
    await (await DiditDev.start()).stop();
    unlinkSync(join(folder, "didit-dev"));
    const own = join(folder, "node_modules", "didit-dev");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "index.js"), `exports.binary = ${JSON.stringify(PROGRAM)};`);
    await (await DiditDev.start()).stop();
  });

  test("a program that does not start", async (t) => {
    const wrong = { arguments: ["--no-such-option"] };
    await assert.rejects(DiditDev.start(wrong), { name: "DiditDevError", message: /status 2:\n.*--no-such-option/s });
    const folder = mkdtempSync(join(tmpdir(), "didit-dev-test-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const broken = join(folder, "broken");
    writeFileSync(broken, "\x7fELF", { mode: 0o755 });
    await assert.rejects(DiditDev.start({ binary: broken }), DiditDevError);
  });
});
