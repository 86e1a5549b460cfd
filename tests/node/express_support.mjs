// An application with the Express adapter, and deliveries for it.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { sign } from "didit-client";
import { errorHandler, webhook, webhookHandler } from "didit-client/express";
import { MemoryStore } from "didit-client/store";
import { SECRET } from "./support.mjs";

/** The body of a delivery that has not been sent before. */
export function body(members = {}) {
  const payload = { event_id: randomUUID(), webhook_type: "status.updated", status: "Approved", session_id: "s-1" };
  return JSON.stringify({ ...payload, timestamp: Math.floor(Date.now() / 1000), environment: "live", ...members });
}

/** Sends a delivery, and gives the status and the JSON of the answer. */
async function send(port, content, { headers = sign(content, SECRET), method = "POST", chunks } = {}) {
  const call = request({ port, path: "/hook", method, agent: false, headers });
  call.on("error", () => {});
  if (chunks !== undefined) {
    for (const chunk of chunks) call.write(chunk);
    call.end();
  } else {
    call.setHeader("Content-Length", Buffer.byteLength(content));
    call.end(content);
  }
  const [answer] = await once(call, "response");
  let text = "";
  for await (const part of answer) text += part;
  return [answer.statusCode, text.startsWith("{") ? JSON.parse(text) : text];
}

/** Keeps every line for tests/node/logged/search.mjs, which looks for personal data in them. */
function log(...line) {
  const folder = process.env.DIDIT_TEST_LOGS;
  if (folder) appendFileSync(join(folder, `lines-${process.pid}.log`), `${JSON.stringify(line)}\n`);
}

/** Runs `test` with an application whose route a test can change. */
export async function withApp(express, options, middleware, test, form = "middleware") {
  const store = options.store ?? new MemoryStore();
  const app = { store, events: [], act: () => {} };
  const server = express();
  for (const before of middleware) server.use(before);
  const all = { secrets: SECRET, store, log, ...options };
  if (form === "middleware") {
    server.use("/hook", webhook(all), async (req, res, next) => {
      try {
        app.events.push(req.didit.event);
        await app.act(res, req);
        if (!res.writableEnded) res.status(201).set("X-Own", "1").json({ own: true });
      } catch (error) {
        next(error);
      }
    });
  } else {
    const handler = async ({ event }) => {
      app.events.push(event);
      await app.act();
    };
    server.use("/hook", webhookHandler(all, handler));
  }
  server.use(errorHandler());
  server.use((_error, _req, res, _next) => res.status(500).send("a page of the application"));
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address();
  app.send = (content, more) => send(port, content, more);
  try {
    await test(app);
  } finally {
    listening.closeAllConnections();
    listening.close();
  }
}

/** The answer to a delivery of `body()` whose event is done. */
export const duplicate = { received: true, duplicate: true, type: "status.updated", outcome: "granted", scheme: "v2" };
