// The Express adapter behind a wrapper that makes requests of the events of a cloud function.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sign } from "didit-client";
import { webhook, webhookHandler } from "didit-client/express";
import { MemoryStore } from "didit-client/store";
import express5 from "express";
import express4 from "express4";
import serverless from "serverless-http";
import { body, duplicate } from "./express_support.mjs";
import { SECRET } from "./support.mjs";

/** A request as API Gateway hands it to a function. */
function gateway(content, headers, isBase64Encoded) {
  return {
    version: "2.0",
    rawPath: "/hook",
    rawQueryString: "",
    requestContext: { http: { method: "POST", path: "/hook", sourceIp: "192.0.2.1" } },
    headers: { "content-type": "application/json", "content-length": String(Buffer.byteLength(content)), ...headers },
    body: isBase64Encoded ? Buffer.from(content).toString("base64") : content,
    isBase64Encoded,
  };
}

for (const [version, express] of [
  ["Express 5", express5],
  ["Express 4", express4],
]) {
  for (const [title, before] of [
    ["alone", []],
    ["behind express.json", [express.json()]],
    ["behind express.raw", [express.raw({ type: () => true })]],
  ]) {
    for (const isBase64Encoded of [false, true]) {
      for (const form of ["middleware", "handler"]) {
        const name = `${version}, ${form}, ${title}, ${isBase64Encoded ? "base64" : "text"}`;
        test(`a cloud function: ${name}`, async () => {
          const options = { secrets: SECRET, store: new MemoryStore() };
          const events = [];
          const app = express();
          const route =
            form === "middleware"
              ? [webhook(options), (req, res) => res.status(201).json({ own: events.push(req.didit.event) })]
              : [webhookHandler(options, ({ event }) => events.push(event))];
          app.post("/hook", ...before, ...route);
          const handle = serverless(app);
          const content = body({ metadata: { name: "Zoë" } });
          const lower = Object.fromEntries(
            Object.entries(sign(content, SECRET)).map(([header, value]) => [header.toLowerCase(), value]),
          );
          const send = async (headers) => {
            const { statusCode, body: text } = await handle(gateway(content, headers, isBase64Encoded), {});
            return [statusCode, JSON.parse(text)];
          };
          assert.equal((await send({ ...lower, "x-signature-v2": "0".repeat(64), "x-signature": "0" }))[0], 401);
          assert.equal((await send(lower))[0], form === "middleware" ? 201 : 200);
          assert.deepEqual(await send(lower), [200, duplicate]);
          assert.equal(events.length, 1);
        });
      }
    }
  }
}
