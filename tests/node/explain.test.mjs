// Explanations: what they show, and which arguments they take.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { causes, explain } from "didit-client";
import { delivery, NOW, root, SECRET, vectors } from "./support.mjs";

const require = createRequire(import.meta.url);
const { binding } = require(join(root, "bindings-node", "dist", "native.js"));
const { body, headers } = delivery();

test("the causes are those of the core", () => {
  assert.deepEqual([...causes], binding.causeNames());
  assert.deepEqual(new Set(vectors("explain").map(({ expect }) => expect.cause)), new Set(causes));
});

describe("an explanation", () => {
  test("is frozen and shows nothing secret", () => {
    const found = explain(body, headers, { secrets: `${SECRET}\n`, now: NOW });
    assert.deepEqual([found.cause, found.confidence], ["secret_whitespace", "certain"]);
    assert.equal(found.summary, "White space around the secret differs.");
    assert.ok(Object.isFrozen(found) && Object.isFrozen(found.ruledOut));
    const shown = inspect(found) + JSON.stringify(found);
    for (const text of [SECRET, headers["x-signature"], "user-123"]) {
      assert.ok(!shown.includes(text));
    }
  });

  test("takes times in every unit", () => {
    const cause = (now) => explain(body, headers, { secrets: SECRET, now }).cause;
    assert.equal(cause(NOW), "genuine");
    assert.equal(cause(new Date(NOW * 1000)), "genuine");
    assert.equal(cause(NOW * 1000), "now_milliseconds");
    assert.throws(() => cause("1"), TypeError);
    assert.throws(() => cause(Number.NaN), TypeError);
  });

  test("takes all kinds of headers", () => {
    for (const given of [Object.entries(headers), new Map(Object.entries(headers)), new Headers(headers)]) {
      assert.equal(explain(body, given, { secrets: SECRET, now: NOW }).cause, "genuine");
    }
    assert.throws(() => explain(body, null, { secrets: SECRET }), TypeError);
  });

  test("finds what is missing, and refuses options that make no sense", () => {
    assert.equal(explain(body, headers, { secrets: undefined }).cause, "secret_missing");
    assert.equal(explain(body, headers, {}).verdict, "missing_secret");
    const other = explain(body, headers, { secrets: "x", otherSecrets: SECRET, now: NOW });
    assert.equal(other.cause, "another_secret");
    assert.throws(() => explain(body, headers, { secrets: SECRET, schemes: ["v3"] }), RangeError);
    assert.throws(() => explain(body, headers, { secrets: SECRET, schemes: ["v2", "simple"] }), RangeError);
    assert.throws(() => explain(body, headers, { secrets: SECRET, other_secrets: [] }), /otherSecrets/);
    assert.throws(() => explain({}, headers, { secrets: SECRET }), TypeError);
  });
});
