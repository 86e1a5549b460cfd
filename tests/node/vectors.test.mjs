// The shared vectors, each through the Node face.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { canonicalize, explain, Verifier } from "didit-client";
import { checkCase } from "./api_case.mjs";
import { codeOf, vectors } from "./support.mjs";

const counts = {};
after(() => {
  if (process.env.DIDIT_VECTOR_COUNTS) {
    writeFileSync(process.env.DIDIT_VECTOR_COUNTS, JSON.stringify(counts));
  }
});

function run(name, kind, cases, check) {
  test(`${kind}: ${cases.length} cases`, async () => {
    for (const vector of cases) {
      try {
        await check(vector);
      } catch (error) {
        error.message = `${vector.name}: ${error.message}`;
        throw error;
      }
      counts[name] = (counts[name] ?? 0) + 1;
    }
  });
}

for (const name of ["canonical", "canonical_own"]) {
  run(name, `canonicalize ${name}.json`, vectors(name), ({ input, canonical, error, duplicates }) => {
    const body = Buffer.from(input, "base64");
    if (error !== undefined) {
      assert.equal(
        codeOf(() => canonicalize(body)),
        error,
      );
      assert.equal(
        codeOf(() => canonicalize(body, { strict: true })),
        error,
      );
      return;
    }
    const expected = Buffer.from(canonical, "base64");
    assert.deepEqual(canonicalize(body), expected);
    assert.deepEqual(canonicalize(expected, { strict: true }), expected);
    assert.equal(
      codeOf(() => canonicalize(body, { strict: true })),
      duplicates ? "duplicate_key" : "ok",
    );
  });
}

function verifierOf({ method, secrets, options }) {
  const { max_age, max_future, header_timestamp, max_body, environments, ...rest } = options;
  assert.deepEqual(rest, {}, "an option that this runner does not know");
  return new Verifier({
    secrets,
    schemes: method && [method],
    maxAge: max_age,
    maxFuture: max_future,
    headerTimestamp: header_timestamp,
    maxBody: max_body,
    environments,
  });
}

function verify(vector, body = Buffer.from(vector.body_b64, "base64")) {
  return verifierOf(vector).verify(body, vector.headers, { now: vector.now });
}

function checkVerdict(vector) {
  if (vector.expect !== "ok") {
    assert.equal(
      codeOf(() => verify(vector)),
      vector.expect,
    );
    return;
  }
  const body = Buffer.from(vector.body_b64, "base64");
  const verified = verify(vector);
  const told = {
    scheme: verified.scheme,
    secret_index: verified.secretIndex,
    type: verified.event.type,
    outcome: verified.event.outcome,
  };
  for (const [name, value] of Object.entries(told)) {
    assert.equal(value, vector[name] ?? value, name);
  }
  assert.equal(verified.covers, verified.scheme === "simple" ? "envelope" : "body");
  if (verified.scheme === "v2") {
    assert.deepEqual(verified.bytes, canonicalize(body));
  } else if (verified.scheme !== "simple") {
    assert.deepEqual(verified.bytes, body);
  }
}

describe("signed deliveries", () => {
  for (const name of ["signatures", "pair", "v1"]) {
    run(name, name, vectors(name), checkVerdict);
  }
});

run("explain", "explain.json", vectors("explain"), (vector) => {
  const { options, expect } = vector;
  const { max_body, header_timestamp, schemes, environments, ...rest } = options;
  assert.deepEqual(rest, {}, "an option that this runner does not know");
  const found = explain(Buffer.from(vector.body_b64, "base64"), vector.headers, {
    secrets: vector.secrets,
    otherSecrets: vector.other_secrets,
    now: vector.now,
    schemes,
    maxBody: max_body,
    headerTimestamp: header_timestamp,
    environments,
  });
  const { verdict, cause, confidence, skew = null } = found;
  const { ruled_out, ...expected } = expect;
  assert.deepEqual({ verdict, cause, confidence, skew }, expected);
  assert.deepEqual(
    ruled_out.filter((name) => !found.ruledOut.includes(name)),
    [],
  );
});

/** The body as a framework hands it on, or undefined where its parser refuses. */
function parse({ body_b64 }) {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { tree: JSON.parse(decoder.decode(Buffer.from(body_b64, "base64"))) };
  } catch {
    return undefined;
  }
}

function anyNumber(tree, test) {
  if (typeof tree === "number") {
    return test(tree);
  }
  return typeof tree === "object" && tree !== null && Object.values(tree).some((value) => anyNumber(value, test));
}

/**
 * What `verifyParsed` has to say, from what `verify` has to say about the bytes. A parser changes a body in three
 * ways: it keeps the last of several duplicates, so the body that counts is the last-wins form; it turns an integer
 * beyond all doubles into Infinity; and it rounds integers from 2^53 on, which breaks the MAC unless the number was
 * a double already.
 */
function expectParsed(vector, tree) {
  const original = Buffer.from(vector.body_b64, "base64");
  const reads = codeOf(() => canonicalize(original)) === "ok";
  const seen = reads ? canonicalize(original) : original;
  const expected = codeOf(() => verify(vector, seen));
  const beforeTheBody = /^(missing|malformed)_/.test(expected);
  if (!beforeTheBody && anyNumber(tree, (number) => !Number.isFinite(number))) {
    return "number_out_of_range";
  }
  if (beforeTheBody || !reads) {
    return expected;
  }
  const large = anyNumber(tree, (number) => Math.abs(number) >= 2 ** 53);
  return large && (expected === "signature_mismatch" || rounded(seen, tree)) ? "parsed_precision" : expected;
}

/** Whether the tree holds an integer that the text does not. */
function rounded(canonical, tree) {
  const digits = new Set(canonical.toString().match(/\d{16,}/g));
  return anyNumber(tree, (number) => Math.abs(number) >= 2 ** 53 && !digits.has(String(BigInt(Math.abs(number)))));
}

run("http", "calls of http.json", vectors("http"), checkCase);

describe("the same deliveries, parsed by JSON.parse", () => {
  const v2 = vectors("signatures").filter(({ method }) => method === "v2");
  const readable = v2.filter(parse);
  test("most V2 vectors can be read", () => assert.ok(readable.length > 140, `${readable.length} of ${v2.length}`));
  run("signatures_parsed", "verifyParsed", readable, (vector) => {
    const { tree } = parse(vector);
    const expected = expectParsed(vector, tree);
    const verifyParsed = () => verifierOf(vector).verifyParsed(tree, vector.headers, { now: vector.now });
    assert.equal(codeOf(verifyParsed), expected);
    if (expected === "ok") {
      const verified = verifyParsed();
      assert.equal(verified.scheme, "v2");
      assert.deepEqual(verified.bytes, canonicalize(Buffer.from(vector.body_b64, "base64")));
      assert.notEqual(verified.event, tree);
    }
  });
});
