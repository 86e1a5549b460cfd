// What the Express adapter costs, and how fast the stores are from Node: one JSON request a line, one answer a line.
// `node receiving.mjs serve` is the application under load, `node receiving.mjs load` sends. See ../express.py.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import express from "express";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { webhook, webhookHandler } from "../../bindings-node/dist/express.mjs";
import { sign, Verifier } from "../../bindings-node/dist/index.mjs";
import { MemoryStore, RedisStore, SQLiteStore } from "../../bindings-node/dist/store/index.mjs";

const SECRET = "bench-secret-0123456789-abcdefghijklmnopqrs";

/** One application with a route for each way; all do the same with the event. */
async function serve() {
  const app = express();
  const done = (event, res) => res.json({ received: true, status: event.status, session: event.session_id });
  app.post("/without", express.json({ limit: "1mb" }), (req, res) => done(req.body, res));
  const verifier = new Verifier({ secrets: SECRET });
  app.post("/verify", express.raw({ type: "*/*", limit: "1mb" }), (req, res) =>
    done(verifier.verify(req.body, req.headers).event, res),
  );
  const options = { secrets: SECRET, store: new MemoryStore() };
  app.post("/middleware", webhook({ ...options, namespace: "a" }), (req, res) => done(req.didit.event, res));
  let seen;
  app.post(
    "/handler",
    webhookHandler({ ...options, namespace: "b" }, ({ event }) => {
      seen = [event.status, event.session_id];
    }),
  );
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: () => server.address().port,
    seen: () => seen ?? null,
    cost: ({ path, number, template }) => cost(server, wireOf(path, deliveries(number, template))),
  };
}

/** Genuine deliveries of one size, none like another. */
function deliveries(number, template) {
  return Array.from({ length: number }, () => {
    const payload = { ...template, event_id: randomUUID(), timestamp: Math.floor(Date.now() / 1000) };
    const sorted = Object.fromEntries(Object.entries(payload).sort(([a], [b]) => (a < b ? -1 : 1)));
    const body = Buffer.from(JSON.stringify(sorted));
    const head = {
      Host: "app.example.com",
      "User-Agent": "DiditWebhook/2.0 +https://didit.me",
      Accept: "*/*",
      "Accept-Encoding": "gzip, deflate",
      "Content-Type": "application/json",
      "Content-Length": body.length,
      "X-Forwarded-For": "192.0.2.1",
      "X-Forwarded-Proto": "https",
      "X-Request-Id": "0123456789abcdef",
      ...sign(body, SECRET),
    };
    return { body, head: Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`) };
  });
}

function wireOf(path, made) {
  return made.map(({ body, head }) =>
    Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\n`), body]),
  );
}

/**
 * Microseconds of the processor for a request, all threads of this process: one after the other, through Node's own
 * parser, over a connection that never leaves the process, because the kernel's part is larger than all the rest.
 */
async function cost(server, wire) {
  let next = 0;
  const start = process.cpuUsage();
  await new Promise((resolve, reject) => {
    const socket = new Duplex({
      read() {},
      write(chunk, _encoding, written) {
        const text = chunk.toString("latin1");
        if (text.startsWith("HTTP/1.1 ") && !text.startsWith("HTTP/1.1 200")) reject(new Error(text));
        written();
        // Head and body of an answer are one write, or two.
        if (text.endsWith("}")) setImmediate(more);
      },
    });
    const more = () => {
      if (next === wire.length) resolve();
      else socket.push(wire[next++]);
    };
    server.emit("connection", socket);
    more();
  });
  const { user, system } = process.cpuUsage(start);
  return (user + system) / wire.length;
}

/** Sends each of them once over so many connections; resolves to seconds. */
async function send(port, wire, connections) {
  let next = 0;
  const worker = async () => {
    const socket = connect(port, "127.0.0.1").setNoDelay();
    await once(socket, "connect");
    await new Promise((resolve, reject) => {
      let text = "";
      const more = () => {
        const request = wire[next];
        next += 1;
        if (request === undefined) {
          socket.destroy();
          resolve();
        } else {
          socket.write(request);
        }
      };
      socket.on("error", reject).on("data", (chunk) => {
        text += chunk.toString("latin1");
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(text)[1]);
        if (text.length < end + 4 + length) return;
        if (!text.startsWith("HTTP/1.1 200")) {
          reject(new Error(`the application answered ${text}`));
          return;
        }
        text = "";
        more();
      });
      more();
    });
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  return (performance.now() - start) / 1000;
}

/** Claims and completions per second, so many of them at a time. */
async function store(name, { url, seconds, inFlight }) {
  const folder = mkdtempSync(join(tmpdir(), "didit-bench-"));
  const opened = { ioredis: () => new Redis(url), "node-redis": () => createClient({ url }) }[name]?.();
  if (name === "node-redis") await opened.connect();
  const made = {
    memory: () => new MemoryStore(),
    sqlite: () => new SQLiteStore(join(folder, "didit.db")),
  };
  const used = made[name]?.() ?? new RedisStore(opened, { prefix: `bench-${name}` });
  const work = async (end) => {
    let events = 0;
    for (; performance.now() < end; events++) {
      await used.complete(await used.claim("bench", randomUUID()));
    }
    return events;
  };
  const crowd = async (length) => {
    const start = performance.now();
    const counts = await Promise.all(Array.from({ length: inFlight }, () => work(start + length * 1e3)));
    return (counts.reduce((sum, count) => sum + count) * 1e3) / (performance.now() - start);
  };
  await crowd(seconds / 4);
  const rate = await crowd(seconds);
  await opened?.quit();
  rmSync(folder, { recursive: true });
  return rate;
}

const served = process.argv[2] === "serve" ? await serve() : undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  if (served !== undefined) {
    answer = await served[request.do](request);
  } else if (request.do === "store") {
    answer = await store(request.name, request);
  } else {
    const made = deliveries(request.number, request.template);
    const seconds = await send(request.port, wireOf(request.path, made), request.connections);
    answer = { seconds, bytes: made[0].body.length };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
