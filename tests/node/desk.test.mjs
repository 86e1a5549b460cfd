// The memory that the face lends to the native module, which every call uses again.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Verifier } from "didit-client";
import { codeOf, delivery, hmac, NOW, SECRET, signed } from "./support.mjs";

const verifier = new Verifier({ secrets: [SECRET, "another secret"] });
const verify = ({ body, headers }) => verifier.verify(body, headers, { now: NOW });

describe("a verdict", () => {
  const long = { decision: { items: Array.from({ length: 100 }, (_, at) => ({ score: at + 0.5 })) } };

  test("keeps what it says, whatever is verified before it is read", () => {
    const first = verify(delivery({ ...long, status: "Declined" }));
    const body = Buffer.from(JSON.stringify({ environment: "live", status: "Approved", timestamp: NOW }));
    const second = verifier.verify(body, signed(body, "another secret"), { now: NOW });
    assert.throws(() => verify({ body, headers: { ...signed(body), "x-signature-v2": "0", "x-signature": "0" } }));
    assert.deepEqual([first.secretIndex, first.signedAt, first.event.outcome], [0, 1774970000, "denied"]);
    assert.deepEqual(first.event.decision, long.decision);
    assert.deepEqual([second.secretIndex, second.signedAt, second.event.type], [1, NOW, "unknown"]);
    assert.equal(second.bytes.compare(body), 0);
  });

  test("is about its own headers, although a clock verifies something else meanwhile", () => {
    const other = delivery({ status: "Declined" });
    const clock = () => {
      verify(other);
      return NOW;
    };
    const nested = new Verifier({ secrets: SECRET, clock });
    const { body, headers } = delivery(long);
    assert.equal(nested.verify(body, headers).event.outcome, "granted");
    const forged = { ...headers, "x-signature-v2": hmac("else"), "x-signature": hmac("else") };
    assert.equal(
      codeOf(() => nested.verify(body, forged)),
      "signature_mismatch",
    );
  });
});

describe("headers of any length", () => {
  const { body, headers } = delivery();
  for (const length of [0, 1, 255, 256, 1300, 4096, 70_000]) {
    test(`one of ${length} letters beside the right ones`, () => {
      const value = "é".repeat(length);
      assert.equal(verify({ body, headers: { "x-signature-simple": value, ...headers } }).scheme, "v2");
      assert.equal(
        codeOf(() => verify({ body, headers: { ...headers, "x-timestamp": value } })),
        length === 0 ? "missing_timestamp" : "malformed_timestamp",
      );
    });
  }

  test("one that was sent a thousand times", () => {
    const pairs = [...Object.entries(headers), ...Array.from({ length: 1000 }, () => ["x-signature-simple", "0"])];
    assert.equal(verify({ body, headers: pairs }).scheme, "v2");
  });

  test("letters that end in the right bytes are not the right ones", () => {
    const above = String.fromCharCode(...Array.from(headers["x-signature-v2"], (letter) => letter.charCodeAt(0) + 256));
    assert.equal(
      codeOf(() => verify({ body, headers: { "x-signature-v2": above, "x-timestamp": headers["x-timestamp"] } })),
      "malformed_signature",
    );
    assert.equal(
      codeOf(() => verify({ body, headers: { ...headers, "x-timestamp": "1774970000\0" } })),
      "malformed_timestamp",
    );
  });
});

describe("letters of every kind arrive", () => {
  const kinds = {
    ascii: "plain",
    latin1: "José Müller ÿ",
    wide: "山田 太郎 Kovač",
    beyond: "😀\u{10ffff}",
    last: "\u007f\u0080\u07ff\u0800\uffff",
  };
  for (const [name, text] of Object.entries(kinds)) {
    test(name, () => {
      const decision = { first_name: text, [`${text} name`]: text.repeat(200) };
      for (const members of [{ vendor_data: text }, { decision }, { vendor_data: text, decision }]) {
        const given = delivery(members);
        const { event, bytes } = verify(given);
        assert.deepEqual(
          { ...event, outcome: undefined, type: undefined },
          {
            ...JSON.parse(given.body),
            outcome: undefined,
            type: undefined,
          },
        );
        assert.equal(bytes.compare(given.body), 0);
      }
    });
  }
});
