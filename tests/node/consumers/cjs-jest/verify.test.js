const { DiditError, SignatureError, sign, Verifier } = require("didit-client");

const timestamp = 1774970000;
const payload = { timestamp, webhook_type: "status.updated", status: "Approved", metadata: { plan: [1, null, 2.5] } };
const body = Buffer.from(JSON.stringify(payload));
const headers = sign(body, "secret");
const verifier = new Verifier({ secrets: "secret", clock: () => timestamp });

test("verifies bytes, in Jest's own realm", () => {
  expect(verifier.verify(body, headers).event).toMatchObject({
    ...payload,
    type: "status.updated",
    outcome: "granted",
  });
  expect(verifier.verify(new Uint8Array(body), new Map(Object.entries(headers))).scheme).toBe("v2");
  expect(verifier.verify(body, headers, { now: new Date(timestamp * 1000) }).signedAt).toBe(timestamp);
});

test("verifies a parsed body", () => {
  expect(verifier.verifyParsed(JSON.parse(body), headers).bytes).toBeInstanceOf(Uint8Array);
  expect(verifier.verifyParsed(payload, headers).event).toEqual(expect.objectContaining(payload));
});

test("throws errors that can be told apart", () => {
  const call = () => verifier.verify(body, sign(body, "another"));
  expect(call).toThrow(SignatureError);
  expect(call).toThrow(DiditError);
  expect(call).toThrow(expect.objectContaining({ code: "signature_mismatch", httpStatus: 401 }));
});

test("takes deliveries for tests", async () => {
  const { cases, delivery, SECRET } = require("didit-client/testing");
  const sent = delivery("status.updated", {
    now: timestamp,
    decision: { reviews: [{ user: "A" }] },
    metadata: { a: [] },
  });
  const { event } = new Verifier({ secrets: SECRET, clock: () => timestamp }).verify(sent.body, sent.headers);
  expect(event).toMatchObject({ outcome: "granted", metadata: { a: [] }, decision: { reviews: [{ user: "A" }] } });
  expect(() => verifier.verify(sent.body, sent.headers)).toThrow(SignatureError);
  expect(cases()).toHaveLength(367);
});

test("calls the API, in Jest's own realm", async () => {
  const { createServer } = require("node:http");
  const { Didit, InvalidRequestError } = require("didit-client");
  const server = createServer((_, response) => response.end('{"request_id":"r","session_id":"s","status":"Approved"}'));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const baseUrl = `http://127.0.0.1:${server.address().port}`;
    const didit = new Didit({ apiKey: "k", baseUrl, webhookSecret: Buffer.from("secret"), environment: process.env });
    const { signal } = new AbortController();
    expect(await didit.sessions.decision("s", {}, { signal })).toMatchObject({ session_id: "s", status: "Approved" });
    expect(didit.webhooks.verify(body, headers, { now: timestamp }).scheme).toBe("v2");
    await expect(didit.sessions.create({ workflow_id: "w" })).rejects.toBeInstanceOf(InvalidRequestError);
    const face = { user_image: new Blob(["/9j/"], { type: "image/jpeg" }) };
    expect(await didit.checks.face.search(face)).toMatchObject({ request_id: "r" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
