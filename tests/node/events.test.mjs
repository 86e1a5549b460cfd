// Events: plain objects made anew from the authenticated bytes.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { parseUnsigned, sign, Verifier } from "didit-client";
import { delivery, hmac, NOW, payload, readJson, root, SECRET } from "./support.mjs";

const verifier = new Verifier({ secrets: SECRET });
const eventOf = (body, options = {}) =>
  new Verifier({ secrets: SECRET, ...options }).verify(body, sign(body, SECRET), { now: NOW }).event;

describe("the fixtures", () => {
  for (const file of readdirSync(`${root}/tests/fixtures`).filter((name) => name.startsWith("webhook_"))) {
    test(file, () => {
      const v1 = file.includes("legacy_v1");
      const fixture = { ...readJson(`tests/fixtures/${file}`), created_at: NOW, ...(v1 ? {} : { timestamp: NOW }) };
      const event = eventOf(JSON.stringify(fixture), v1 ? { schemes: ["v1"] } : {});
      const { type, outcome, ...rest } = event;
      assert.deepEqual(rest, fixture);
      assert.equal(type, fixture.webhook_type ?? "status.updated");
      const session = type === "status.updated" || type === "data.updated";
      assert.equal(outcome !== "unknown", session);
      assert.equal(Object.getPrototypeOf(event), Object.prototype);
    });
  }
});

describe("an event", () => {
  test("tells what a session's status means", () => {
    const outcomes = {
      Approved: "granted",
      Declined: "denied",
      "Not Started": "pending",
      "In Progress": "pending",
      "In Review": "pending",
      "Awaiting User": "pending",
      Resubmitted: "retry",
      Abandoned: "retry",
      Expired: "retry",
      "Kyc Expired": "revoked",
      "KYC Expired": "unknown",
      approved: "unknown",
    };
    for (const [status, outcome] of Object.entries(outcomes)) {
      const { body, headers } = delivery({ status });
      const { event } = verifier.verify(body, headers, { now: NOW });
      assert.equal(event.outcome, outcome);
      assert.equal(event.status, status);
    }
  });

  test("keeps what is not known", () => {
    const members = { webhook_type: "moon.landed", status: null, decision: "?", crater: [1, { deep: true }] };
    const { body, headers } = delivery(members);
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.equal(event.type, "unknown");
    assert.equal(event.outcome, "unknown");
    assert.deepEqual({ ...event, ...members }, { ...event });
  });

  test("has a type and outcome of our own making", () => {
    const { body, headers } = delivery({ type: "user.status.updated", outcome: "granted", status: "Declined" });
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.deepEqual([event.type, event.outcome], ["status.updated", "denied"]);
    assert.deepEqual(Object.keys(event).filter((name) => name === "type").length, 1);
  });

  test("keeps __proto__ and the like as data", () => {
    const body = `{"__proto__":{"admin":true},"constructor":1,"metadata":{"__proto__":{"admin":true}},"timestamp":${NOW},"toString":2}`;
    const headers = { "x-signature-v2": hmac(body), "x-timestamp": String(NOW) };
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.equal(event.admin, undefined);
    assert.equal(event.metadata.admin, undefined);
    assert.equal(Object.getPrototypeOf(event), Object.prototype);
    assert.deepEqual(Object.getOwnPropertyDescriptor(event, "__proto__").value, { admin: true });
    assert.equal({}.admin, undefined);
    const copy = structuredClone(event);
    assert.equal(copy.admin, undefined);
  });

  test("is parsed once, and not before it is read", () => {
    const { body, headers } = delivery();
    const verified = verifier.verify(body, headers, { now: NOW });
    assert.equal(verified.event, verified.event);
    verified.event.status = "changed";
    assert.equal(verified.event.status, "changed");
    assert.equal(JSON.parse(verified.bytes).status, "Approved");
  });

  test("shows no personal data in a log", () => {
    const { body, headers } = delivery({ full_name: "Jane Doe" });
    const verified = verifier.verify(body, headers, { now: NOW });
    for (const text of [
      inspect(verified),
      inspect(verified.event),
      inspect({ deep: { event: verified.event } }, { depth: 9 }),
    ]) {
      assert.match(text, /Event \{/);
      assert.match(text, /9c0c8b8a-1111/);
      assert.match(text, /aaaaaaaa-bbbb/);
      assert.doesNotMatch(text, /Jane|user-123|95\.5/);
    }
    const transaction = delivery({ webhook_type: "transaction.created", transaction_id: "t-1", session_id: undefined });
    assert.match(
      inspect(verifier.verify(transaction.body, transaction.headers, { now: NOW })),
      /transaction_id: 't-1'/,
    );
  });

  test("can be copied", () => {
    const { body, headers } = delivery();
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.deepEqual(structuredClone(event), { ...payload, type: "status.updated", outcome: "granted" });
    assert.deepEqual(JSON.parse(JSON.stringify(event)), { ...event });
  });

  test("is never the caller's object", () => {
    const { body, headers } = delivery();
    const tree = JSON.parse(body);
    const { event } = verifier.verifyParsed(tree, headers, { now: NOW });
    tree.status = "Declined";
    tree.decision.items[0].score = 0;
    assert.equal(event.status, "Approved");
    assert.equal(event.decision.items[0].score, 95.5);
  });
});

describe("under the scheme simple", () => {
  const { body } = delivery();
  const simple = new Verifier({ secrets: SECRET, schemes: ["simple"] });
  const verified = simple.verify(body, sign(body, SECRET), { now: NOW });

  test("only the signed fields exist", () => {
    const { session_id, status, timestamp, webhook_type } = payload;
    const signedFields = { session_id, status, timestamp, webhook_type, type: "status.updated", outcome: "granted" };
    assert.deepEqual({ ...verified.event }, signedFields);
    assert.equal(verified.covers, "envelope");
    assert.equal(verified.bytes.toString(), `${timestamp}:${session_id}:${status}:${webhook_type}`);
  });

  test("other documented fields say why they cannot be read", () => {
    for (const name of ["event_id", "decision", "vendor_data", "environment", "transaction_id", "changes"]) {
      assert.throws(() => verified.event[name], {
        name: "TypeError",
        message: new RegExp(`X-Signature-Simple does not cover ${name},`),
      });
    }
    assert.equal(verified.event.no_such_field, undefined);
    assert.match(inspect(verified), /status: 'Approved'/);
    assert.equal(structuredClone(verified.event).status, "Approved");
  });
});

describe("parseUnsigned", () => {
  test("marks the event as not authenticated", () => {
    const event = parseUnsigned(
      '{"webhook_type":"kyb.registry_search.resolved","outcome":"x","authenticated":true,"id":1}',
    );
    assert.equal(event.type, "kyb.registry_search.resolved");
    assert.equal(event.authenticated, false);
    assert.equal(event.outcome, "x", "a member of the payload, not ours");
    assert.equal(event.id, 1);
  });

  test("gives no signed event its name", () => {
    const event = parseUnsigned(JSON.stringify(payload));
    assert.equal(event.type, "unknown");
    assert.equal(event.webhook_type, "status.updated");
    assert.equal("outcome" in event, false);
  });

  test("wants a JSON object", () => {
    assert.throws(() => parseUnsigned("[]"), { code: "body_not_object" });
    assert.throws(() => parseUnsigned("{"), { code: "syntax" });
    assert.throws(() => parseUnsigned({}), TypeError);
  });
});

test("a verdict that is put into a queue as JSON keeps its event", () => {
  const { body, headers } = delivery();
  const verified = new Verifier({ secrets: SECRET }).verify(body, headers, { now: NOW });
  const { event, scheme, covers, secretIndex, signedAt } = verified;
  assert.deepEqual(JSON.parse(JSON.stringify(verified)), { event, scheme, covers, secretIndex, signedAt });
});
