// What several tests need: the vectors, and a signer that shares nothing with the package.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

export function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** The cases of a vector file. */
export function vectors(name) {
  return readJson(`tests/vectors/${name}.json`);
}

export const SECRET = "a-secret-of-the-tests-0123456789";
export const NOW = 1774970005;

/** A small delivery. Its members are sorted and plain, so its text is its own canonical form. */
export const payload = {
  created_at: 1774969999,
  decision: { items: [{ score: 95.5 }] },
  environment: "live",
  event_id: "9c0c8b8a-1111-4222-9333-444455556666",
  session_id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  status: "Approved",
  timestamp: 1774970000,
  vendor_data: "user-123",
  webhook_type: "status.updated",
};

export function hmac(message, secret = SECRET) {
  return createHmac("sha256", secret).update(message).digest("hex");
}

/** The headers of a delivery whose body is canonical already. */
export function signed(body, secret = SECRET) {
  return { "x-signature-v2": hmac(body, secret), "x-signature": hmac(body, secret), "x-timestamp": "1774970000" };
}

/** Headers and body of a delivery. */
export function delivery(members = {}) {
  const changed = { ...payload, ...members };
  const sorted = Object.fromEntries(Object.entries(changed).sort(([a], [b]) => (a < b ? -1 : 1)));
  const body = Buffer.from(JSON.stringify(sorted));
  return { body, headers: signed(body) };
}

/** The code, or else the class, of the error that a call throws. */
export function codeOf(call) {
  try {
    call();
  } catch (error) {
    return error.code ?? error.name;
  }
  return "ok";
}
