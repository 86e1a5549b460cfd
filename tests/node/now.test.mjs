// Times: seconds and dates, and nothing that only looks like them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import vm from "node:vm";
import { sign, Verifier } from "didit-client";
import { codeOf, delivery, payload, SECRET } from "./support.mjs";

const { body, headers } = delivery();
const SIGNED = payload.timestamp;
const at = (now) => codeOf(() => new Verifier({ secrets: SECRET }).verify(body, headers, { now }));

describe("now", () => {
  test("is a number of seconds, rounded down, or a Date", () => {
    assert.equal(at(SIGNED), "ok");
    assert.equal(at(SIGNED + 300.999), "ok");
    assert.equal(at(SIGNED + 301), "timestamp_too_old");
    assert.equal(at(SIGNED - 300), "ok");
    assert.equal(at(SIGNED - 300.001), "timestamp_in_future");
    assert.equal(at(new Date((SIGNED + 300) * 1000 + 999)), "ok");
    assert.equal(at(new Date((SIGNED + 301) * 1000)), "timestamp_too_old");
    assert.equal(at(vm.runInNewContext(`new Date(${SIGNED * 1000})`)), "ok");
    assert.equal(at(0), "timestamp_in_future");
  });

  for (const wrong of [
    SIGNED * 1000,
    Number.NaN,
    Infinity,
    -Infinity,
    new Date(Number.NaN),
    String(SIGNED),
    BigInt(SIGNED),
    null,
    {},
    true,
  ]) {
    test(`is not ${typeof wrong === "object" ? JSON.stringify(wrong) : String(wrong)}`, () => {
      assert.equal(at(wrong), "TypeError");
      assert.equal(
        codeOf(() => sign(body, SECRET, { signedAt: wrong })),
        "TypeError",
      );
      const verifier = new Verifier({ secrets: SECRET, clock: () => wrong });
      assert.equal(
        codeOf(() => verifier.verify(body, headers)),
        "TypeError",
      );
    });
  }

  test("in milliseconds is explained", () => {
    assert.throws(() => new Verifier({ secrets: SECRET }).verify(body, headers, { now: Date.now() }), /milliseconds/);
  });

  test("comes from the clock by default, and the clock from the system", () => {
    let calls = 0;
    const clock = () => {
      calls += 1;
      return SIGNED;
    };
    const verifier = new Verifier({ secrets: SECRET, clock });
    assert.equal(verifier.verify(body, headers).signedAt, SIGNED);
    assert.equal(verifier.verify(body, headers, { now: undefined }).signedAt, SIGNED);
    assert.equal(verifier.verify(body, headers, { now: SIGNED }).signedAt, SIGNED);
    assert.equal(calls, 2);
    assert.equal(
      new Verifier({ secrets: SECRET, clock: () => new Date(SIGNED * 1000) }).verify(body, headers).signedAt,
      SIGNED,
    );

    const timestamp = Math.floor(Date.now() / 1000);
    const fresh = JSON.stringify({ ...payload, timestamp });
    assert.equal(new Verifier({ secrets: SECRET }).verify(fresh, sign(fresh, SECRET)).signedAt, timestamp);
  });
});

describe("signedAt", () => {
  test("is the time of the header, by default that of the body", () => {
    assert.equal(sign(body, SECRET)["X-Timestamp"], String(SIGNED));
    assert.equal(sign(body, SECRET, { signedAt: SIGNED + 1.9 })["X-Timestamp"], String(SIGNED + 1));
    assert.equal(sign(body, SECRET, { signedAt: new Date(1000) })["X-Timestamp"], "1");
    assert.equal(sign("{}", SECRET)["X-Timestamp"], undefined);
  });
});
