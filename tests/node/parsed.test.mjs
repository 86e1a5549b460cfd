// Parsed payloads: plain trees only, and no code of theirs runs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import vm from "node:vm";
import { Verifier } from "didit-client";
import { codeOf, delivery, hmac, NOW, payload, SECRET } from "./support.mjs";

const verifier = new Verifier({ secrets: SECRET });
const verifyParsed = (tree, headers) => verifier.verifyParsed(tree, headers, { now: NOW });
/** Verifies a tree against the signature of a canonical text. */
const against = (tree, text) =>
  codeOf(() => verifyParsed(tree, { "x-signature-v2": hmac(text), "x-timestamp": "1774970000" }));
/** Whether the value is written as `text`, told by the signature. */
const writes = (value, text) =>
  against({ metadata: value, timestamp: 1774970000 }, `{"metadata":${text},"timestamp":1774970000}`);

function revoked() {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

/** An instance of a class whose name is a getter. */
function poser() {
  class Fake {}
  return new (Object.defineProperty(Fake, "name", { get: poison }))();
}

const poison = () => assert.fail("code of the payload was run");

describe("a parsed payload", () => {
  test("verifies in any order of members", () => {
    const { body, headers } = delivery();
    const reversed = Object.fromEntries(Object.entries(JSON.parse(body)).reverse());
    assert.equal(verifyParsed(reversed, headers).event.outcome, "granted");
  });

  test("may come from another realm or have no prototype", () => {
    const { body, headers } = delivery();
    const text = body.toString();
    assert.equal(verifyParsed(vm.runInNewContext("JSON.parse(text)", { text }), headers).scheme, "v2");
    assert.equal(verifyParsed(Object.assign(Object.create(null), JSON.parse(text)), headers).scheme, "v2");
  });

  test("is written with the right numbers", () => {
    const numbers = [
      [0, "0"],
      [-0, "0"],
      [95, "95"],
      [-1.5, "-1.5"],
      [0.0001, "0.0001"],
      [0.00001, "1e-05"],
      [1.5e-7, "1.5e-07"],
      [5e-324, "5e-324"],
      [2 ** 53 - 1, "9007199254740991"],
      [2 ** 53, "9007199254740992"],
      [-(2 ** 53), "-9007199254740992"],
      [1e16, "10000000000000000"],
      [123456789012345680000, "123456789012345683968"],
      [1e21, "1000000000000000000000"],
      [1e23, "99999999999999991611392"],
      [Number.MAX_VALUE, String(BigInt(Number.MAX_VALUE))],
    ];
    for (const [number, text] of numbers) {
      assert.equal(writes(number, text), "ok", text);
    }
  });

  test("is written with the right strings", () => {
    for (const text of ["", "é😀", "\u2028\u007f/", '"\\\b\f\n\r\t\u0000\u001f']) {
      const escaped = JSON.stringify(text);
      assert.equal(writes(text, escaped), "ok");
      assert.equal(writes({ [text]: [] }, `{${escaped}:[]}`), "ok");
    }
    assert.equal(writes("\ud800", '"\ufffd"'), "lone_surrogate");
    assert.equal(writes({ "\ud800": 1 }, "0"), "lone_surrogate");
  });

  test("keeps __proto__ as data", () => {
    const text = '{"__proto__":{"admin":true},"timestamp":1774970000}';
    assert.equal(against(JSON.parse(text), text), "ok");
    assert.equal(against(JSON.parse(text), '{"timestamp":1774970000}'), "signature_mismatch");
  });

  test("has members that are own, enumerable and named by strings", () => {
    const tree = Object.defineProperty({ timestamp: 1774970000, [Symbol("s")]: poison }, "hidden", { get: poison });
    assert.equal(against(tree, '{"timestamp":1774970000}'), "ok");
    assert.equal(against(Object.create(tree), "{}"), "unsupported_value");
  });

  test("that is no object is genuine, and refused like its text", () => {
    for (const value of [null, true, 1, "x", []]) {
      assert.equal(against(value, JSON.stringify(value)), "body_not_object");
    }
  });

  test("blames numbers that a parser may have rounded, after the MAC has failed", () => {
    const text = '{"metadata":{"big id":9007199254740993},"score":1e-05,"timestamp":1774970000}';
    const headers = { "x-signature-v2": hmac(text), "x-timestamp": "1774970000" };
    assert.throws(() => verifyParsed(JSON.parse(text), headers), {
      code: "parsed_precision",
      paths: ['$.metadata["big id"]'],
    });
    assert.equal(against({ ...JSON.parse(text), metadata: 1 }, text), "signature_mismatch");
  });

  test("can be verified by V2 only", () => {
    const { body, headers } = delivery();
    const raw = new Verifier({ secrets: SECRET, schemes: ["raw"] });
    assert.throws(() => raw.verifyParsed(JSON.parse(body), headers, { now: NOW }), {
      name: "RangeError",
      message: /"v2"/,
    });
    const { "x-signature-v2": _, ...rawOnly } = headers;
    assert.equal(
      codeOf(() => verifyParsed(JSON.parse(body), rawOnly)),
      "missing_signature",
    );
  });
});

describe("a value that JSON does not have is refused", () => {
  const { headers } = delivery();
  const sparse = [1];
  sparse[2] = 3;
  const values = {
    undefined: [undefined, "undefined"],
    "a bigint": [1n, "bigint"],
    "a symbol": [Symbol("x"), "symbol"],
    "a function": [poison, "function"],
    "a Date": [new Date(0), "Date"],
    "a Map": [new Map(), "Map"],
    "a Buffer": [Buffer.from("x"), "Buffer"],
    "a RegExp": [/x/, "RegExp"],
    "a boxed number": [new Number(1), "Number"],
    "an instance": [new (class Decimal {})(), "Decimal"],
    "an instance that poses": [poser(), "object"],
    "an array of a subclass": [new (class List extends Array {})(), "List"],
    "an object with a prototype of its own": [Object.create({}), "object"],
    "an object with toJSON": [{ toJSON: poison }, "function"],
    "a getter": [Object.defineProperty({}, "x", { get: poison, enumerable: true }), "accessor"],
    "a getter in an array": [Object.defineProperty([1], 0, { get: poison }), "accessor"],
    "a hole": [sparse, "hole"],
    "a long array of holes": [new Array(2 ** 32 - 1), "hole"],
    "a proxy": [new Proxy({}, { ownKeys: poison, get: poison, getPrototypeOf: poison }), "Proxy"],
    "a revoked proxy": [revoked(), "Proxy"],
  };
  for (const [name, [value, kind]] of Object.entries(values)) {
    test(name, () => {
      const tree = { ...payload, decision: { items: [0, 0, 0, { score: value }] } };
      assert.throws(
        () => verifyParsed(tree, headers),
        ({ code, message, paths }) => {
          assert.equal(code, "unsupported_value");
          assert.ok(paths[0].startsWith("$.decision.items[3].score"), paths[0]);
          assert.ok(message.includes(`is of type ${kind}.`), message);
          return true;
        },
      );
    });
  }

  test("at the root", () => {
    assert.throws(() => verifyParsed(undefined, headers), { code: "unsupported_value", paths: ["$"] });
    assert.throws(() => verifyParsed(Buffer.from("{}"), headers), { code: "unsupported_value", paths: ["$"] });
  });

  test("with a path whose names are quoted where they have to be", () => {
    const at = (tree) => {
      try {
        verifyParsed(tree, headers);
      } catch (error) {
        return error.paths[0];
      }
    };
    assert.equal(at({ "a b": [{ "": undefined }] }), '$["a b"][0][""]');
    assert.equal(at({ 7: undefined }), '$["7"]');
    assert.equal(at([[undefined]]), "$[0][0]");
  });
});

describe("the walk ends", () => {
  const { headers } = delivery();

  function nested(depth) {
    let tree = [];
    for (let level = 1; level < depth; level += 1) {
      tree = [tree];
    }
    return tree;
  }

  test("at the depth that the core accepts", () => {
    const deep = nested(998);
    assert.equal(writes([deep], `[${JSON.stringify(deep)}]`), "ok");
    assert.equal(writes([[deep]], "0"), "too_deep");
    assert.equal(
      codeOf(() => verifyParsed(nested(100_000), headers)),
      "too_deep",
    );
  });

  test("in a cycle", () => {
    const cycle = { a: [] };
    cycle.a.push(cycle);
    assert.equal(
      codeOf(() => verifyParsed(cycle, headers)),
      "too_deep",
    );
  });

  test("at maxBody, however often a part is shared", () => {
    let bomb = ["x".repeat(100)];
    for (let level = 0; level < 60; level += 1) {
      bomb = [bomb, bomb];
    }
    assert.equal(
      codeOf(() => verifyParsed(bomb, headers)),
      "body_too_large",
    );
    assert.equal(
      codeOf(() => verifyParsed("x".repeat(2 ** 20), headers)),
      "body_too_large",
    );
  });
});

test("the headers are judged before the payload", () => {
  for (const [headers, code] of [
    [{}, "missing_signature"],
    [{ "x-signature-v2": "x" }, "malformed_signature"],
    [{ "x-signature-v2": "0".repeat(64) }, "missing_timestamp"],
  ]) {
    assert.equal(
      codeOf(() => verifyParsed({ a: new Date() }, headers)),
      code,
    );
  }
});
