// The table of codes, and what an error shows and survives.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as didit from "didit-client";
import { delivery, NOW, payload, root, SECRET, vectors } from "./support.mjs";

const require = createRequire(import.meta.url);
const native = require(`${root}/bindings-node/dist/native.js`).binding;
const { raise } = require(`${root}/bindings-node/dist/errors.js`);
const { codes } = vectors("errors");

function caught(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

describe("the table of codes", () => {
  test("names the codes of this package, in both directions", () => {
    assert.deepEqual(new Set(didit.errorCodes), new Set(codes.map(({ code }) => code)));
    assert.equal(didit.errorCodes.length, codes.length);
    assert.deepEqual(new Set(native.errorTable().map(({ code }) => code)), new Set(didit.errorCodes));
  });

  test("gives each its class, status and hint", () => {
    const failures = new Map(native.errorTable().map((failure) => [failure.code, failure]));
    for (const { code, class: className, http_status, hint } of codes) {
      const error = caught(() => raise(failures.get(code), caught));
      assert.ok(error instanceof didit[className], `${code} is a ${className}`);
      assert.equal(error.constructor, didit[className]);
      assert.equal(error.name, className);
      assert.equal(error.code, code);
      assert.equal(error.httpStatus, http_status);
      assert.equal(error.hint, hint);
      assert.equal(error.message.startsWith(`${code}: `) && error.message.endsWith(hint), true, error.message);
    }
  });

  test("sorts the classes", () => {
    const { DiditError, WebhookError } = didit;
    for (const { code, class: className } of codes) {
      assert.equal(didit[className].prototype instanceof DiditError, true);
      const aboutDelivery = !["missing_secret", "store_unavailable", "claim_lost", "internal_error"].includes(code);
      assert.equal(didit[className].prototype instanceof WebhookError, aboutDelivery);
    }
  });
});

describe("an error", () => {
  const verifier = new didit.Verifier({ secrets: SECRET });
  const { body, headers } = delivery();
  const forged = Buffer.from(body.toString().replace("Approved", "Declined"));
  const refused = () => verifier.verify(forged, headers, { now: NOW });

  test("starts its stack at the caller", function callsVerify() {
    for (const call of [
      refused,
      () => verifier.verifyParsed({ bad: undefined }, headers, { now: NOW }),
      () => new didit.Verifier({ secrets: [] }),
      () => didit.canonicalize("{"),
      () => didit.sign("{", SECRET),
      () => didit.parseUnsigned("[]"),
    ]) {
      const [, first] = caught(call).stack.split("\n    at ");
      assert.match(first, /errors\.test\.mjs/);
    }
  });

  test("is the same class for import and require", () => {
    const required = require("didit-client");
    assert.equal(required.SignatureError, didit.SignatureError);
    assert.ok(caught(refused) instanceof required.SignatureError);
  });

  test("has a position or paths where there is one", () => {
    assert.equal(caught(() => didit.canonicalize('{"a":!}')).position, 5);
    const error = caught(() =>
      verifier.verifyParsed({ decision: { items: [1, { score: 1n }] } }, headers, { now: NOW }),
    );
    assert.deepEqual(error.paths, ["$.decision.items[1].score"]);
    assert.equal(error.position, undefined);
    assert.ok(Object.isFrozen(error.paths));
  });

  test("becomes JSON", () => {
    const { name, code, message, hint, httpStatus } = caught(refused);
    assert.deepEqual(JSON.parse(JSON.stringify(caught(refused))), { name, code, message, hint, httpStatus, paths: [] });
  });

  test("can be cloned and sent to another thread", () => {
    const clone = structuredClone(caught(refused));
    assert.ok(clone instanceof Error);
    assert.match(clone.message, /^signature_mismatch: /);
  });

  test("shows no secret, MAC or value of the body", () => {
    const error = caught(refused);
    const texts = [inspect(error, { showHidden: true, depth: 9 }), JSON.stringify(error), error.stack, String(error)];
    for (const secret of [SECRET, headers["x-signature-v2"], payload.session_id, payload.vendor_data]) {
      assert.equal(
        texts.some((text) => text.includes(secret)),
        false,
        secret,
      );
    }
  });

  test("can be made by the user's tests", () => {
    const error = new didit.SignatureError({ code: "signature_mismatch", message: "no", hint: "", httpStatus: 401 });
    assert.deepEqual(
      [error.name, error.code, error.paths, error.position],
      ["SignatureError", "signature_mismatch", [], undefined],
    );
  });
});
