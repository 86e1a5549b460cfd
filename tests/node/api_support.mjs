// What the tests of calls need: servers on loopback that speak HTTP, or something worse.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Didit } from "didit-client";
import { root } from "./support.mjs";

export const UUID = "11111111-2222-3333-4444-555555555555";
export const SESSION = {
  session_id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  session_number: 7,
  session_token: "3FaJ9wLqX2Mz",
  status: "Not Started",
  url: "https://verify.example/session/3FaJ9wLqX2Mz",
  workflow_id: UUID,
  vendor_data: "user-123",
};

/** A client that reads nothing from the environment. */
export function client(url, options = {}) {
  return new Didit({ apiKey: "sk_test_node", workflowId: UUID, baseUrl: url, environment: {}, ...options });
}

/** A real HTTP server; `answer(request, body)` gives [status, object or Buffer, headers] or a promise of it. */
export async function serve(test, answer) {
  const seen = [];
  const server = createHttpServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const body = Buffer.concat(chunks);
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      const [status = 200, content = SESSION, headers = {}] = (await answer?.(request, body)) ?? [];
      const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
      const type = Buffer.isBuffer(content) ? "application/pdf" : "application/json";
      response.writeHead(status, { "content-type": type, "content-length": bytes.length, ...headers }).end(bytes);
    });
  });
  await listening(server, test);
  return { url: urlOf(server), seen, server };
}

/** A server of sockets; `take(socket, request, number)` is told of each whole request. */
export async function serveRaw(test, take) {
  const requests = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let request = parse(bytes); request !== undefined; request = parse(bytes)) {
        bytes = bytes.subarray(request.length);
        requests.push(request);
        take(socket, request, requests.length - 1);
      }
    });
  });
  await listening(server, test, () => {
    for (const socket of sockets) {
      socket.destroy();
    }
  });
  return { url: urlOf(server), requests, sockets };
}

async function listening(server, test, first = () => server.closeAllConnections()) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    first();
    server.close();
  });
}

function urlOf(server) {
  return `http://127.0.0.1:${server.address().port}`;
}

/** The first request of some bytes, if it is there as a whole. */
function parse(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) {
    return undefined;
  }
  const [line, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((text) => [text.slice(0, text.indexOf(":")).toLowerCase(), text.slice(text.indexOf(":") + 1).trim()]),
  );
  const length = end + 4 + Number(headers["content-length"] ?? 0);
  return bytes.length < length ? undefined : { line, headers, body: bytes.subarray(end + 4, length), length };
}

/** The server that misbehaves at the socket; gives its port. */
export async function faults(test, ...options) {
  const server = spawn(process.env.PYTHON ?? "python3", [join(root, "tests/faults/server.py"), ...options], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  test.after(() => server.stdin.end());
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  return JSON.parse(line).port;
}

/** The error with which a promise is rejected. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("the call succeeded");
}

/** Waits until something is so. A test that waits in vain runs into the limit of its step. */
export async function until(condition) {
  while (!(await condition())) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
