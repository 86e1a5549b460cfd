// Laws that hold for any input.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { canonicalize, DiditError, sign, Verifier } from "didit-client";
import fc from "fast-check";
import { codeOf, hmac, NOW, payload, SECRET } from "./support.mjs";

const RUNS = Number(process.env.DIDIT_PROPERTY_RUNS ?? 300);
const settings = { numRuns: RUNS, seed: 20260101 };
const check = (...law) => fc.assert(fc.property(...law), settings);

const json = fc.jsonValue({ depthSize: "medium", stringUnit: "grapheme-composite" });
/** Text with halves of surrogate pairs in it. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
const verifier = new Verifier({ secrets: SECRET });

function shuffled(value) {
  if (Array.isArray(value)) {
    return value.map(shuffled);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, shuffled(member)]),
  );
}

describe("canonicalize", () => {
  test("is a fixed point, and means the same", () => {
    check(json, (value) => {
      const canonical = canonicalize(JSON.stringify(value));
      assert.deepEqual(canonicalize(canonical, { strict: true }), canonical);
      // A double has one zero here; its sign is lost on the way.
      assert.deepEqual(JSON.parse(canonical), JSON.parse(JSON.stringify(value)));
    });
  });

  test("does not depend on order or white space", () => {
    check(json, (value) => {
      const canonical = canonicalize(JSON.stringify(value));
      assert.deepEqual(canonicalize(JSON.stringify(shuffled(value), null, 2)), canonical);
    });
  });

  test("gives bytes or an error of this package for any bytes", () => {
    check(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        canonicalize(bytes);
      } catch (error) {
        assert.ok(error instanceof DiditError && error.code !== "internal_error", String(error));
      }
    });
  });

  test("gives two strings one form only if they are one JSON value", () => {
    check(anyText, anyText, (one, other) => {
      const form = (text) => {
        try {
          return canonicalize(`["${text}"]`).toString();
        } catch {
          return undefined;
        }
      };
      const [first, second] = [form(one), form(other)];
      if (first !== undefined && first === second) {
        assert.deepEqual(JSON.parse(`["${one}"]`), JSON.parse(`["${other}"]`));
      }
    });
  });
});

describe("verify", () => {
  test("accepts what sign has signed, in bytes and parsed", () => {
    check(json, (metadata) => {
      const body = JSON.stringify({ ...payload, metadata });
      const headers = sign(body, SECRET);
      const verified = verifier.verify(body, headers, { now: NOW });
      assert.deepEqual(verified.event.metadata, JSON.parse(JSON.stringify(metadata)));
      assert.equal(headers["X-Signature-V2"], hmac(verified.bytes));
      try {
        const parsed = verifier.verifyParsed(JSON.parse(body), headers, { now: NOW });
        assert.deepEqual(parsed.bytes, verified.bytes);
      } catch (error) {
        // JSON.stringify writes large integers with fewer digits than the double has.
        assert.equal(error.code, "parsed_precision");
        assert.match(body, /\d{16}/);
      }
    });
  });

  test("refuses any flipped bit of the body", () => {
    const body = canonicalize(JSON.stringify(payload));
    const headers = sign(body, SECRET);
    check(fc.nat(body.length - 1), fc.nat(7), (at, bit) => {
      const changed = Buffer.from(body);
      changed[at] ^= 1 << bit;
      assert.notEqual(
        codeOf(() => verifier.verify(changed, headers, { now: NOW })),
        "ok",
      );
    });
  });

  test("refuses any flipped bit of the signature", () => {
    const body = canonicalize(JSON.stringify(payload));
    const headers = sign(body, SECRET);
    check(fc.nat(63), fc.nat(6), (at, bit) => {
      const changed = Buffer.from(headers["X-Signature-V2"]);
      changed[at] ^= 1 << bit;
      const v2Only = { "X-Timestamp": headers["X-Timestamp"], "X-Signature-V2": changed.toString("latin1") };
      assert.match(
        codeOf(() => verifier.verify(body, v2Only, { now: NOW })),
        /^(malformed_signature|signature_mismatch)$/,
      );
    });
  });

  test("ends with a verdict for any headers", () => {
    check(
      fc.array(fc.tuple(fc.constantFrom("x-signature-v2", "X-Signature", "x-timestamp", "host"), anyText)),
      (headers) => {
        assert.match(
          codeOf(() => verifier.verify("{}", headers, { now: NOW })),
          /^(missing|malformed|duplicate)_/,
        );
      },
    );
  });
});

test("verifyParsed ends with a verdict for anything", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  const headers = { "x-signature-v2": "0".repeat(64), "x-timestamp": String(NOW) };
  check(anything, (value) => {
    const code = codeOf(() => verifier.verifyParsed(value, headers, { now: NOW }));
    assert.match(
      code,
      /^(unsupported_value|signature_mismatch|parsed_precision|lone_surrogate|number_out_of_range|syntax)$/,
    );
  });
});
