// didit-client/testing: what it builds is what Didit would send, byte for byte the same as in Python.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { ConfigurationError, Verifier } from "didit-client";
import * as testing from "didit-client/testing";
import express from "express";
import { codeOf, hmac, readJson, root, vectors } from "./support.mjs";

const { Case, cases, Delivery, delivery, SECRET, serve } = testing;
const NOW = 1790000006;
const data = readJson("bindings-python/didit_client/testing/deliveries.json");
const verify = (sent, now = NOW, options = {}) =>
  new Verifier({ secrets: SECRET, ...options }).verify(sent.body, sent.headers, { now });
const code = (sent, options) => codeOf(() => verify(sent, NOW, options));

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
};

describe("every case", () => {
  test("verifies under each scheme, and is what it is called", () => {
    for (const one of cases()) {
      const sent = one.delivery({ now: NOW });
      for (const scheme of ["v2", "raw", "simple"]) {
        const options = { schemes: [scheme], headerTimestamp: "equal" };
        assert.equal(verify(sent, NOW, options).scheme, scheme, String(one));
      }
      const { event } = verify(sent);
      const isSession = one.type === "status.updated" || one.type === "data.updated";
      assert.equal(event.type, one.type);
      assert.equal(event.outcome, isSession ? outcomes[one.status] : "unknown", String(one));
      assert.equal(event.environment, one.scenario === undefined ? "live" : "sandbox");
      assert.equal(event.travel_rule_status ?? event.status, one.status);
      if (isSession) {
        const decided = ["Approved", "Declined", "In Review", "Abandoned"].includes(one.status);
        assert.deepEqual(["decision" in event, "resubmit_info" in event], [decided, one.status === "Resubmitted"]);
      }
      const { type, outcome, ...payload } = event;
      assert.deepEqual(payload, sent.payload);
      assert.equal(sent.headers["X-Signature"], hmac(sent.body, SECRET));
      assert.match(sent.body.toString("latin1"), /^[\x20-\x7e]+$/);
    }
  });

  test("is in the vectors, with the same bytes", (t) => {
    const { now, odd, sha256 } = vectors("deliveries");
    const built = cases().map((one) => [String(one), one.delivery({ now, seed: String(one) })]);
    built.push(["odd", delivery("data.updated", { now, seed: "odd", ...odd })]);
    const digest = ({ body }) => createHash("sha256").update(body).digest("hex");
    assert.deepEqual(Object.fromEntries(built.map(([name, sent]) => [name, digest(sent)])), sha256);
    t.diagnostic(`${built.length} deliveries are those of the vectors`);
  });
});

describe("delivery", () => {
  test("needs no arguments", () => {
    const [one, other] = [delivery(), delivery("status.updated", { seed: undefined })];
    assert.equal(new Verifier({ secrets: SECRET }).verify(one.body, one.headers).event.outcome, "granted");
    assert.match(one.eventId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(one.eventId, other.eventId);
    assert.ok(one instanceof Delivery && cases()[0] instanceof Case);
  });

  test("has the same ids for the same seed", () => {
    const body = delivery("data.updated", { now: new Date(NOW * 1000), seed: 7 }).body;
    assert.deepEqual(delivery("data.updated", { now: NOW + 0.9, seed: "7" }).body, body);
    for (const seed of [1.5, true, null]) {
      assert.throws(() => delivery("data.updated", { seed }), TypeError);
    }
  });

  test("replaces members and merges the decision", () => {
    const metadata = { at: new Date(0) };
    const ours = {
      id_verifications: [{ first_name: "Zoë", mrz: undefined }],
      aml_screenings: null,
      features: undefined,
    };
    const { payload } = delivery("status.updated", {
      decision: ours,
      metadata,
      vendor_data: undefined,
      session_id: "s",
    });
    const [document] = payload.decision.id_verifications;
    assert.deepEqual([document.first_name, document.last_name, "mrz" in document], ["Zoë", "Persona", false]);
    assert.deepEqual([payload.decision.aml_screenings, "features" in payload.decision], [null, false]);
    assert.deepEqual(payload.decision.metadata, { at: "1970-01-01T00:00:00.000Z" });
    assert.deepEqual(["vendor_data" in payload, payload.decision.session_id], [false, "s"]);
    assert.equal("decision" in delivery("status.updated", { decision: undefined }).payload, false);
    const changes = { full_name: { previous: "A", current: "B" } };
    assert.deepEqual(delivery("user.data.updated", { changes }).payload.changed_fields, ["full_name"]);
    assert.deepEqual(delivery("user.data.updated", { changes }).payload.changes, changes);
  });

  test("leaves the templates alone", () => {
    const before = delivery("status.updated", { now: NOW, seed: 1 }).body;
    const sent = delivery("status.updated", { now: NOW, seed: 1, decision: { reviews: [{ user: "a" }] } });
    sent.payload.decision = null;
    assert.ok(sent.payload.decision);
    assert.deepEqual(delivery("status.updated", { now: NOW, seed: 1 }).body, before);
  });

  test("refuses what is not known, and lists what is", () => {
    const refused = [
      ["session.updated", {}, /transaction_rule_suggestions\.created/],
      ["toString", {}, /unknown type/],
      ["status.updated", { status: "APPROVED" }, /Kyc Expired/],
      ["user.status.updated", { status: "Approved" }, /FLAGGED/],
      ["travel_rule.status.updated", { status: "APPROVED" }, /COMPLETED/],
      ["status.updated", { scenario: "decline" }, /review_poa_partial_match/],
      ["status.updated", { scenario: "approve", status: "Done" }, /Awaiting User/],
      ["transaction.created", { scenario: "approve" }, /only status\.updated and data\.updated/],
      ["user.data.updated", { status: "ACTIVE" }, /has no status/],
      ["activity.created", { status: "ACTIVE" }, /has no status/],
    ];
    for (const [type, options, message] of refused) {
      assert.throws(() => delivery(type, options), { name: "RangeError", message });
    }
  });

  test("refuses wrong arguments", () => {
    const typing = { name: "TypeError", message: /did you mean session_id\?.*\.changed\(/ };
    assert.throws(() => delivery("status.updated", { sessionId: "s" }), typing);
    assert.throws(() => delivery("status.updated", { future: 1 }), TypeError);
    for (const options of [null, "approve", { status: 1 }, { status: null }, { scenario: ["approve"] }, { now: "1" }]) {
      assert.throws(() => delivery("status.updated", options), TypeError, inspect(options));
    }
    assert.throws(() => delivery(1), TypeError);
    for (const secret of ["", null]) {
      assert.throws(() => delivery("status.updated", { secret }), ConfigurationError);
    }
    assert.equal(
      codeOf(() => delivery("status.updated", { vendor_data: "\ud800" })),
      "lone_surrogate",
    );
  });

  test("refuses headers and times that cannot be", async () => {
    const sent = delivery("status.updated");
    assert.throws(
      () => sent.without("X-Timestamp", "X-Sig"),
      /no header "X-Sig"; it has Content-Type, X-Signature-V2, /,
    );
    assert.ok(!("X-Timestamp" in sent.without("x-timestamp").without("X-TIMESTAMP").headers));
    for (const seconds of ["x", 1.5, null, Number.NaN]) {
      for (const late of ["stale", "early", "replayed"]) {
        assert.throws(() => sent[late](seconds), {
          name: "TypeError",
          message: /^seconds must be a whole number, not /,
        });
      }
    }
    const wrong = {
      name: "TypeError",
      message: /^arguments must be an array of options, such as \["--environment", "live"\]/,
    };
    await assert.rejects(testing.DiditDev.start({ arguments: "--environment live" }), wrong);
  });
});

test("what goes wrong on the way", () => {
  for (const type of Object.keys(data.types)) {
    const sent = delivery(type, { now: NOW });
    const before = [Buffer.from(sent.body), { ...sent.headers }];
    assert.equal(code(sent.tampered()), "signature_mismatch");
    assert.equal(code(sent.tampered({ environment: "other" })), "signature_mismatch");
    assert.equal(code(sent.tampered({ event_id: undefined })), "signature_mismatch");
    assert.equal(code(sent.signedWith("another secret")), "signature_mismatch");
    assert.equal(code(sent.unsigned()), "missing_signature");
    assert.equal(code(sent.without("x-timestamp")), "missing_timestamp");
    assert.equal(code(sent.without("X-Signature-V2")), "ok");
    assert.equal(code(sent.stale()), "timestamp_too_old");
    assert.equal(code(sent.stale(300)), "ok");
    assert.equal(code(sent.stale(301)), "timestamp_too_old");
    assert.equal(code(sent.early()), "timestamp_in_future");
    assert.equal(code(sent.replayed()), "timestamp_too_old");
    assert.equal(code(sent.replayed(), { schemes: ["raw"] }), "timestamp_too_old");
    assert.equal(sent.replayed().headers["X-Timestamp"], String(NOW));
    assert.equal(code(sent.reencoded()), "ok");
    assert.equal(code(sent.reencoded(), { schemes: ["raw"] }), "signature_mismatch");
    assert.equal(code(sent.changed({ status: "Something New", future: { a: ["é"] } })), "ok");
    assert.equal(sent.changed({ event_id: undefined }).eventId, "");
    assert.equal(sent.stale().eventId, sent.eventId);
    assert.deepEqual([sent.body, sent.headers], before);
    assert.equal(sent.signedAt, NOW);
  }
});

test("a printed delivery shows no secret, signature or personal data", () => {
  const sent = delivery("status.updated", { secret: "s3cr3t", vendor_data: "somebody" });
  for (const text of ["s3cr3t", "somebody", "Persona", sent.headers["X-Signature"]]) {
    assert.equal(inspect(sent, { depth: 9, showHidden: true }).includes(text), false, text);
  }
  assert.equal(JSON.stringify(sent).includes("s3cr3t"), false);
});

describe("the module", () => {
  test("exports these, the same for import and require", () => {
    const required = createRequire(import.meta.url)("didit-client/testing");
    const names = "Case Control ControlError Delivery DiditDev DiditDevError SECRET cases delivery diditDev serve";
    assert.deepEqual(Object.keys(testing).sort(), names.split(" "));
    for (const [name, value] of Object.entries(testing)) {
      assert.equal(required[name], value, name);
    }
  });

  test("has the data of the Python package, and its names in its types", () => {
    assert.deepEqual(readJson("bindings-node/dist/testing/deliveries.json"), data);
    assert.equal(cases().length, 2 * 10 * 17 + 2 * 3 + 2 * 4 + 9 + 4);
    const source = readFileSync(join(root, "bindings-node", "lib", "testing", "names.ts"), "utf8");
    const named = (pattern) => [...source.matchAll(pattern)].map(([, name]) => name);
    assert.deepEqual(named(/^ {2}readonly (\w+)\?:/gm), data.members);
    const literals = new Set(named(/^ {2}\| "(\w+)"/gm));
    const expected = [...Object.keys(data.scenarios), ...Object.keys(data.families.travel_rule.statuses)];
    assert.deepEqual(literals, new Set(expected));
  });

  test("is not loaded by the package itself, nor its data before the first delivery", () => {
    const program = `
      const loaded = (name) => Object.keys(require.cache).some((path) => path.includes(name));
      require("didit-client");
      const first = loaded(require("node:path").join("dist", "testing"));
      const { delivery } = require("didit-client/testing");
      const second = loaded("deliveries.json");
      delivery();
      console.log(first, second, loaded("deliveries.json"));`;
    const options = { cwd: join(root, "bindings-node"), encoding: "utf8" };
    assert.equal(execFileSync(process.execPath, ["-e", program], options), "false false true\n");
  });
});

test("serve and post, with an Express application", async (t) => {
  let url;
  await t.test("while the test runs", async (inner) => {
    const app = express();
    const verifier = new Verifier({ secrets: SECRET });
    app.post("/didit", express.raw({ type: "application/json" }), (request, response) => {
      response.json(verifier.verify(request.body, request.headers).event.outcome);
    });
    app.use((error, _request, response, _next) => response.status(error.httpStatus).json(error.code));
    url = await serve(inner, app);
    const answer = async (sent) => {
      const response = await sent.post(new URL("/didit", url));
      return [response.status, await response.json()];
    };
    assert.deepEqual(await answer(delivery("status.updated", { scenario: "decline_aml_hit" })), [200, "denied"]);
    assert.deepEqual(await answer(delivery().reencoded()), [200, "granted"]);
    assert.deepEqual(await answer(delivery().replayed()), [401, "timestamp_too_old"]);
    assert.deepEqual(await answer(delivery().tampered()), [401, "signature_mismatch"]);
  });
  await assert.rejects(delivery().post(url), TypeError, "the server is gone when the test has ended");
});
