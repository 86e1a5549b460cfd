// Every shape of headers that a Node program can have at hand.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import vm from "node:vm";
import { Verifier } from "didit-client";
import { codeOf, delivery, NOW, SECRET } from "./support.mjs";

const { body, headers } = delivery();
const verifier = new Verifier({ secrets: SECRET, schemes: ["v2"] });
const verify = (given) => verifier.verify(body, given, { now: NOW });
const entries = Object.entries(headers);
const mixedCase = { Host: "x", "X-Signature-V2": headers["x-signature-v2"], "X-TIMESTAMP": headers["x-timestamp"] };

describe("headers are accepted as", () => {
  const shapes = {
    "a plain object": headers,
    "an object without a prototype": Object.assign(Object.create(null), headers),
    "an object with arrays": Object.fromEntries(entries.map(([name, value]) => [name, [value]])),
    "an object with absent headers": { ...headers, "x-signature-simple": undefined, cookie: ["a", "b"] },
    "an object in mixed case": mixedCase,
    "a Map": new Map(entries),
    "Fetch Headers": new Headers(mixedCase),
    "an array of pairs": entries,
    "an iterator of pairs": new Headers(headers).entries(),
    "a generator of pairs": (function* () {
      yield* entries;
    })(),
    rawHeaders: Object.entries(mixedCase).flat(),
    "an object of another realm": vm.runInNewContext("Object.assign({}, headers)", { headers }),
    "an instance with own properties": Object.assign(new (class Incoming {})(), headers),
    "a header given twice with one value": [...entries, ...entries],
    "the environment of CGI": { HTTP_X_SIGNATURE_V2: headers["x-signature-v2"], HTTP_X_TIMESTAMP: "1774970000" },
  };
  for (const [name, shape] of Object.entries(shapes)) {
    test(name, () => assert.equal(verify(shape).scheme, "v2"));
  }
});

describe("headers are refused", () => {
  const refusals = {
    "two different values in an array": [
      { ...headers, "x-signature-v2": ["0".repeat(64), headers["x-signature-v2"]] },
      "duplicate_header",
    ],
    "two different values in pairs": [[...entries, ["X-Timestamp", "1"]], "duplicate_header"],
    "two different values in two cases": [{ ...headers, "X-Timestamp": "1" }, "duplicate_header"],
    "two values joined by Fetch": [new Headers([...entries, ["x-signature-v2", "0"]]), "malformed_signature"],
    "an empty object": [{}, "missing_signature"],
    "an empty array": [[], "missing_signature"],
    "an empty array of values": [{ ...headers, "x-signature-v2": [] }, "missing_signature"],
    "inherited headers": [Object.create(headers), "missing_signature"],
    "a name with a Unicode letter that folds to another": [{ ...headers, "x-time\u017ftamp": "1" }, "ok"],
    "half a surrogate pair": [{ ...headers, "x-signature-v2": "\ud800".repeat(64) }, "malformed_signature"],
    "a number": [{ ...headers, "x-timestamp": 1774970000 }, "TypeError"],
    "a flat array with a name too many": [[...entries.flat(), "x"], "TypeError"],
    "a flat array with pairs in it": [["host", "x", ["a", "b"]], "TypeError"],
    "a pair of three": [[["a", "b", "c"]], "TypeError"],
    "a name that is no string": [new Map([[1, "x"]]), "TypeError"],
    "a string": ["x-signature-v2: 0", "TypeError"],
    nothing: [undefined, "TypeError"],
    null: [null, "TypeError"],
    "a whole request": [{ headers, method: "POST" }, "TypeError"],
    "a whole Fetch request": [new Request("http://localhost/", { headers }), "TypeError"],
    "a promise of headers": [Promise.resolve(headers), "TypeError"],
  };
  for (const [name, [shape, expected]] of Object.entries(refusals)) {
    test(name, () =>
      assert.equal(
        codeOf(() => verify(shape)),
        expected,
      ),
    );
  }

  test("with a hint where a whole request was passed", () => {
    assert.throws(() => verify({ headers }), /request\.headers/);
  });
});

test("headers that do not matter are not looked at", () => {
  assert.equal(verify({ ...headers, "content-length": 12, forwarded: Symbol("x") }).scheme, "v2");
});

test("a header may be called `headers`", () => {
  for (const value of ["x", ["x"]]) {
    assert.equal(verify({ ...headers, headers: value }).scheme, "v2");
  }
});
