// Bodies: what counts as one, and that the caller's memory is not kept.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import vm from "node:vm";
import { canonicalize, parseUnsigned, sign, Verifier } from "didit-client";
import { codeOf, delivery, NOW, SECRET } from "./support.mjs";

const { body, headers } = delivery({ vendor_data: "José 😀" });
const verifier = new Verifier({ secrets: SECRET });
const verify = (given) => verifier.verify(given, headers, { now: NOW });

function shared(bytes) {
  const view = new Uint8Array(new SharedArrayBuffer(bytes.length));
  view.set(bytes);
  return view;
}

describe("a body is accepted as", () => {
  const shapes = {
    Buffer: body,
    Uint8Array: Uint8Array.from(body),
    "a part of a larger Uint8Array": Uint8Array.from([0, ...body, 0]).subarray(1, -1),
    ArrayBuffer: Uint8Array.from(body).buffer,
    "shared Uint8Array": shared(body),
    SharedArrayBuffer: shared(body).buffer,
    string: body.toString(),
    "Uint8Array of another realm": vm.runInNewContext("Uint8Array.from(bytes)", { bytes: [...body] }),
  };
  for (const [name, shape] of Object.entries(shapes)) {
    test(name, () => {
      assert.equal(verify(shape).event.vendor_data, "José 😀");
      assert.deepEqual(canonicalize(shape), body);
      assert.equal(sign(shape, SECRET)["X-Signature"], headers["x-signature"]);
      assert.equal(parseUnsigned(shape).type, "unknown");
    });
  }
});

describe("a body is refused as", () => {
  for (const [name, shape] of Object.entries({
    "a plain object": {},
    "an array": [],
    undefined: undefined,
    null: null,
    "a number": 1,
    DataView: new DataView(new ArrayBuffer(2)),
    Uint16Array: new Uint16Array(2),
    String: new String("{}"),
  })) {
    test(name, () => assert.throws(() => verify(shape), TypeError));
  }

  test("a parsed body, with a message that names the way out", () => {
    assert.throws(() => verify(JSON.parse(body)), { name: "TypeError", message: /express\.raw.*verifyParsed/ });
  });
});

describe("a string", () => {
  const wrap = (text) => `{"a":"${text}"}`;

  test("with half a surrogate pair is invalid_utf8, with its position", () => {
    for (const half of ["\ud800", "\udc00", "x\ud800y", "\udc00\ud800"]) {
      assert.throws(() => canonicalize(wrap(half)), {
        code: "invalid_utf8",
        position: 6 + half.search(/[\ud800-\udfff]/),
      });
    }
  });

  test("never has the signature of another string", () => {
    const replaced = wrap("\ufffd");
    const hex = sign(replaced, SECRET, { signedAt: NOW });
    assert.equal(
      codeOf(() => sign(wrap("\ud800"), SECRET)),
      "invalid_utf8",
    );
    assert.equal(
      codeOf(() => verifier.verify(wrap("\ud800"), hex, { now: NOW })),
      "invalid_utf8",
    );
  });

  test("with a byte order mark is refused", () => {
    assert.equal(
      codeOf(() => canonicalize("\ufeff{}")),
      "unexpected_bom",
    );
  });
});

describe("the caller's memory", () => {
  for (const scheme of ["v2", "raw"]) {
    test(`may change after ${scheme} has been verified`, () => {
      const own = Buffer.from(body);
      const verified = new Verifier({ secrets: SECRET, schemes: [scheme] }).verify(own, headers, { now: NOW });
      own.fill(0x20);
      assert.equal(verified.event.status, "Approved");
      assert.deepEqual(verified.bytes, body);
    });
  }

  test("is not changed", () => {
    const own = Buffer.from(body);
    verify(own);
    canonicalize(own);
    assert.deepEqual(own, body);
  });

  test("gets a copy of the bytes", () => {
    const verified = verify(body);
    verified.bytes.fill(0);
    assert.deepEqual(verified.bytes, body);
    assert.equal(verified.event.status, "Approved");
  });
});

test("a body longer than maxBody is refused before it is read", () => {
  const small = new Verifier({ secrets: SECRET, maxBody: body.length });
  assert.equal(small.verify(body, headers, { now: NOW }).scheme, "v2");
  const smaller = new Verifier({ secrets: SECRET, maxBody: body.length - 1 });
  assert.equal(
    codeOf(() => smaller.verify(body, headers, { now: NOW })),
    "body_too_large",
  );
  assert.equal(
    codeOf(() => smaller.verifyParsed(JSON.parse(body), headers, { now: NOW })),
    "body_too_large",
  );
});
