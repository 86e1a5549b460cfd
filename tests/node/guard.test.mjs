// The guard for order and truth, on the cases that the Python package runs as well.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sign, Verifier } from "didit-client";
import { apply, outcomeOf, withStatus } from "didit-client/guard";
import { readJson } from "./support.mjs";

const BEGIN = 1774970000;
const verifier = new Verifier({ secrets: "secret" });

function verified({ event }) {
  const body = { event_id: "e-2", webhook_type: "status.updated", timestamp: BEGIN };
  if (event === null) {
    Object.assign(body, { webhook_type: "transaction.created", status: "APPROVED" });
  } else {
    const [session_id, status, created, signed] = event;
    Object.assign(body, { session_id, status, timestamp: BEGIN + signed });
    if (created !== null) body.created_at = BEGIN + created;
  }
  const text = JSON.stringify(body);
  return verifier.verify(text, sign(text, "secret"), { now: body.timestamp });
}

function known({ current, same }) {
  if (current === null) return undefined;
  const [sessionId, status, changed, source] = current;
  const times = { changedAt: BEGIN + changed, signedAt: BEGIN + changed + 1, dispatched: false };
  return { sessionId, status, ...times, source, eventKey: same ? "e-2" : "e-1" };
}

for (const sample of readJson("tests/vectors/guard.json").cases) {
  test(sample.name, () => {
    const current = known(sample);
    const { verdict, changed, verification } = apply(verified(sample), current);
    assert.deepEqual([verdict, changed], [sample.verdict, sample.changed]);
    if (verdict !== "newer" && verdict !== "revoked") {
      assert.deepEqual(verification, current);
      return;
    }
    const [sessionId, status, created, signed] = sample.event;
    assert.deepEqual(verification, {
      sessionId,
      status,
      changedAt: BEGIN + (created ?? signed),
      dispatched: created === null,
      signedAt: Math.max(BEGIN + signed, current?.signedAt ?? 0),
      source: "event",
      eventKey: "e-2",
    });
  });
}

test("a status of the application", () => {
  const sample = { current: ["s", "In Review", 10, "event"], event: ["s", "Approved", 20, 21] };
  const declined = withStatus(known(sample), "Declined", BEGIN + 30);
  assert.deepEqual([declined.status, declined.source, outcomeOf(declined.status)], ["Declined", "api", "denied"]);
  assert.equal(apply(verified(sample), declined).verdict, "stale");
  assert.equal(apply(verified(sample), known(sample)).verdict, "newer");
});

test("wrong arguments", () => {
  assert.throws(() => apply({ status: "Approved" }, undefined), TypeError);
});
