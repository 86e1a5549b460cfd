import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { SignatureError, sign, Verifier } from "didit-client";
import { delivery, SECRET } from "didit-client/testing";

const timestamp = Math.floor(Date.now() / 1000);
const body = JSON.stringify({ timestamp, webhook_type: "status.updated", status: "Approved" });
const verifier = new Verifier({ secrets: "secret" });
assert.equal(verifier.verify(body, sign(body, "secret")).event.outcome, "granted");

const required = createRequire(import.meta.url)("didit-client");
assert.equal(required.SignatureError, SignatureError);
assert.throws(() => verifier.verify(body, sign(body, "another")), required.SignatureError);

const sent = delivery("status.updated", { scenario: "approve" });
assert.equal(new Verifier({ secrets: SECRET }).verify(sent.body, sent.headers).event.environment, "sandbox");
console.log("verified");
