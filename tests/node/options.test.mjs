// Secrets and options: a mistake is an error when the verifier is built.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import v8 from "node:v8";
import { ConfigurationError, canonicalize, parseUnsigned, sign, Verifier } from "didit-client";
import { codeOf, delivery, NOW, SECRET, signed } from "./support.mjs";

const { body, headers } = delivery();
const indexFor = (secrets) => new Verifier({ secrets }).verify(body, headers, { now: NOW }).secretIndex;
const build = (options) => codeOf(() => new Verifier({ secrets: SECRET, ...options }));

describe("secrets", () => {
  test("are a string, bytes, or several of those", () => {
    assert.equal(indexFor(SECRET), 0);
    assert.equal(indexFor(Buffer.from(SECRET)), 0);
    assert.equal(indexFor(Uint8Array.from(Buffer.from(SECRET))), 0);
    assert.equal(indexFor(["old", Buffer.from("older"), SECRET]), 2);
    assert.equal(indexFor(Object.freeze([SECRET, "next"])), 0);
  });

  test("are used as they are", () => {
    for (const other of [
      ` ${SECRET}`,
      `${SECRET}\n`,
      `whsec_${SECRET}`,
      SECRET.toUpperCase(),
      Buffer.from(SECRET).toString("base64"),
    ]) {
      assert.equal(
        codeOf(() => indexFor(other)),
        "signature_mismatch",
      );
      assert.equal(new Verifier({ secrets: other }).verify(body, signed(body, other), { now: NOW }).secretIndex, 0);
    }
  });

  for (const missing of [
    undefined,
    null,
    "",
    [],
    [""],
    [undefined],
    [null],
    [SECRET, ""],
    [SECRET, undefined],
    new Uint8Array(),
  ]) {
    test(`that are missing (${inspect(missing).replaceAll(SECRET, "a secret")}) are an error at construction`, () => {
      assert.throws(
        () => new Verifier({ secrets: missing }),
        (error) => {
          assert.ok(error instanceof ConfigurationError);
          assert.deepEqual([error.code, error.httpStatus], ["missing_secret", 500]);
          return true;
        },
      );
    });
  }

  test("may change in the caller's memory afterwards", () => {
    const secret = Buffer.from(SECRET);
    const list = [secret];
    const verifier = new Verifier({ secrets: list });
    secret.fill(0);
    list.length = 0;
    assert.equal(verifier.verify(body, headers, { now: NOW }).secretIndex, 0);
  });

  for (const wrong of [1, true, {}, [1], [["x"]], new ArrayBuffer(4), "\ud800", ["ok", "\udfff"]]) {
    test(`of another type (${inspect(wrong)}) are a TypeError`, () =>
      assert.equal(build({ secrets: wrong }), "TypeError"));
  }

  test("of sign are the same", () => {
    assert.equal(
      codeOf(() => sign(body, "")),
      "missing_secret",
    );
    assert.equal(
      codeOf(() => sign(body, undefined)),
      "missing_secret",
    );
    assert.equal(
      codeOf(() => sign(body, "\ud800")),
      "TypeError",
    );
    assert.equal(
      codeOf(() => sign(body, [SECRET])),
      "TypeError",
    );
    assert.deepEqual(sign(body, Buffer.from(SECRET)), sign(body, SECRET));
  });
});

describe("a verifier", () => {
  const verifier = new Verifier({ secrets: [SECRET] });

  test("shows no secret", () => {
    for (const text of [
      inspect(verifier, { showHidden: true, depth: 9 }),
      JSON.stringify(verifier),
      String(verifier),
    ]) {
      assert.equal(text.includes(SECRET), false);
    }
    assert.deepEqual(Reflect.ownKeys(verifier), []);
  });

  test("cannot be copied", () => {
    assert.deepEqual(structuredClone(verifier), {});
    assert.equal(v8.serialize(verifier).includes(SECRET), false);
    assert.throws(() => Verifier.prototype.verify.call(structuredClone(verifier), body, headers), TypeError);
    assert.throws(() => Verifier.prototype.verify.call({ ...verifier }, body, headers), TypeError);
  });

  test("is reached with new only", () => assert.throws(() => Verifier({ secrets: SECRET }), TypeError));
});

describe("options", () => {
  const expectations = [
    [{}, "ok"],
    [{ schemes: ["v2"], maxAge: 0, maxFuture: 0, headerTimestamp: "equal", maxBody: 1, environments: ["live"] }, "ok"],
    [{ schemes: undefined, maxAge: undefined, clock: undefined, environments: undefined }, "ok"],
    [{ schemes: ["raw", "v2", "v2"] }, "ok"],
    [{ schemes: ["v1"], headerTimestamp: "ignore" }, "ok"],
    [{ schemes: [] }, "RangeError"],
    [{ schemes: ["v3"] }, "RangeError"],
    [{ schemes: ["V2"] }, "RangeError"],
    [{ schemes: ["simple", "v2"] }, "RangeError"],
    [{ schemes: ["v1", "raw"] }, "RangeError"],
    [{ schemes: "v2" }, "TypeError"],
    [{ schemes: [1] }, "TypeError"],
    [{ schemes: new Array(1) }, "TypeError"],
    [{ schemes: null }, "TypeError"],
    [{ maxAge: -1 }, "RangeError"],
    [{ maxAge: 0.5 }, "RangeError"],
    [{ maxAge: Infinity }, "RangeError"],
    [{ maxAge: Number.NaN }, "RangeError"],
    [{ maxAge: "300" }, "TypeError"],
    [{ maxAge: 300n }, "TypeError"],
    [{ maxAge: null }, "TypeError"],
    [{ maxFuture: -1 }, "RangeError"],
    [{ maxBody: 1.5 }, "RangeError"],
    [{ headerTimestamp: "never" }, "RangeError"],
    [{ headerTimestamp: true }, "TypeError"],
    [{ environments: [] }, "RangeError"],
    [{ environments: ["prod"] }, "RangeError"],
    [{ environments: "live" }, "TypeError"],
    [{ environments: ["live"], schemes: ["simple"] }, "RangeError"],
    [{ clock: 5 }, "TypeError"],
    [{ max_age: 600 }, "TypeError"],
    [{ maxage: 600 }, "TypeError"],
    [{ secret: "of a misspelt option" }, "TypeError"],
    [{ [Symbol.for("x")]: 1 }, "ok"],
  ];
  for (const [options, expected] of expectations) {
    test(`${inspect(options)} gives ${expected}`, () => assert.equal(build(options), expected));
  }

  test("with a typing error are explained", () => {
    assert.throws(() => new Verifier({ secrets: SECRET, max_age: 600 }), /did you mean maxAge\?/);
    assert.throws(() => new Verifier({ secrets: SECRET, age: 600 }), /it knows secrets, schemes/);
  });

  test("are an object", () => {
    for (const wrong of [SECRET, [SECRET], null, 1]) {
      assert.equal(
        codeOf(() => new Verifier(wrong)),
        "TypeError",
      );
    }
    assert.equal(
      codeOf(() => new Verifier()),
      "missing_secret",
    );
  });

  test("of other calls are checked too", () => {
    const verifier = new Verifier({ secrets: SECRET });
    for (const call of [
      () => verifier.verify(body, headers, NOW),
      () => verifier.verify(body, headers, new Date()),
      () => verifier.verify(body, headers, null),
      () => verifier.verify(body, headers, { Now: NOW }),
      () => verifier.verifyParsed({}, headers, { at: NOW }),
      () => canonicalize("{}", true),
      () => canonicalize("{}", { strict: 1 }),
      () => canonicalize("{}", { Strict: true }),
      () => sign(body, SECRET, { signed_at: NOW }),
      () => sign(body, SECRET, NOW),
    ]) {
      assert.throws(call, TypeError);
    }
    assert.equal(parseUnsigned("{}").type, "unknown");
  });
});

test("no secret lies in the memory that small Buffers share", () => {
  const secret = "a secret that must not lie in the pool";
  const body = '{"timestamp":1774970000}';
  // Not node:crypto's createHmac, which puts its key there.
  const headers = sign(body, secret);
  const verified = new Verifier({ secrets: [secret, Buffer.from("another one that is long enough")] }).verify(
    body,
    headers,
    { now: NOW },
  );
  for (const memory of [verified.bytes.buffer, Buffer.from("x").buffer, canonicalize(body).buffer]) {
    assert.equal(Buffer.from(memory).includes(secret), false);
  }
  assert.equal(verified.bytes.buffer.byteLength, verified.bytes.length);
});
