// What the tests need: didit-dev, chromium, and somebody who receives callbacks and webhooks. All on loopback.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
/** The package as its users have it. */
export const client = createRequire(path.join(ROOT, "package.json"))("didit-client");
/** How long a test waits for what must come. */
export const PATIENCE = 30_000;

const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const QUIET = ["--disable-gpu", "--disable-background-networking", "--no-first-run"];

function program() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const places = BROWSERS.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return places.find((place) => existsSync(place));
}

/** Why there is no browser to test with, or false. Under CI that is no excuse. */
export function missing() {
  if (program()) return false;
  const why = "there is no chromium on this machine: install Debian's package, or name one in CHROMIUM";
  if (process.env.CI) throw new Error(why);
  console.log(`NOT TESTED, the pages of didit-dev in a browser: ${why}`);
  return why;
}

/** didit-dev as it stands in this folder. */
function build() {
  const command = ["build", "--locked", "--quiet", "--package=didit-dev"];
  if (spawnSync("cargo", command, { cwd: ROOT, stdio: "inherit" }).status !== 0)
    throw new Error("didit-dev was not built");
  return path.join(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target"), "debug", "didit-dev");
}

/** didit-dev from this folder, or the one that DIDIT_DEV names, with a clock that goes, and its credentials. */
export async function startDev(...options) {
  const binary = process.env.DIDIT_DEV ?? build();
  const folder = mkdtempSync(path.join(tmpdir(), "didit-browser-"));
  const file = path.join(folder, "ready.json");
  const command = ["serve", "--port", "0", "--ready-file", file, "--log", "warn", "--seed", "browser", ...options];
  const running = spawn(binary, command, {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(running, "exit");
  const began = Date.now();
  while (!existsSync(file)) {
    if (running.exitCode !== null || Date.now() - began > PATIENCE) throw new Error("didit-dev did not start");
    await new Promise((done) => setTimeout(done, 20));
  }
  const ready = JSON.parse(readFileSync(file, "utf8"));
  const call = async (method, address, body, headers = {}) => {
    const answer = await fetch(ready.base_url + address, {
      method,
      headers: { "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
  return {
    ...ready,
    /** Use the control API. */
    control: async (method, address, body) => (await call(method, `/_dev/${address}`, body)).body,
    /** Call Didit's API. */
    api: async (method, address, body) => (await call(method, address, body, { "x-api-key": ready.api_key })).body,
    /** Create a session of the first workflow. */
    session(more = {}) {
      return this.api("POST", "/v3/session/", { workflow_id: ready.workflow_id, ...more });
    },
    decision(id) {
      return this.api("GET", `/v3/session/${id}/decision/`);
    },
    async stop() {
      running.kill("SIGTERM");
      const [code, signal] = await ended;
      rmSync(folder, { recursive: true, force: true });
      return signal ?? code;
    },
  };
}

/** The application of a developer: callbacks, pages with a frame, and webhooks that are verified by the package. */
export async function startApplication(secret) {
  const callbacks = [];
  const webhooks = [];
  const verifier = new client.Verifier({ secrets: secret });
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, `http://${request.headers.host}`);
    if (request.method === "POST") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      try {
        const { event } = verifier.verify(body, request.headers);
        webhooks.push(event);
        response.writeHead(200).end("ok");
      } catch (error) {
        webhooks.push(error);
        response.writeHead(error.httpStatus ?? 500).end(error.code);
      }
      return;
    }
    response.setHeader("content-type", "text/html; charset=utf-8");
    if (url.pathname === "/frame") {
      const source = url.searchParams.get("src").replaceAll("&", "&amp;").replaceAll('"', "&quot;");
      response.end(`<!doctype html><title>Embedding</title><iframe title="verification" width="400" height="700" src="${source}"></iframe>
        <script>window.told = []; addEventListener("message", (message) => window.told.push(message.data));</script>`);
      return;
    }
    if (url.pathname === "/done") callbacks.push(url.searchParams);
    response.end("<!doctype html><title>Application</title><h1>Welcome back</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    callbacks,
    webhooks,
    /** The event of a session that brought it to a status. */
    webhook: (id, status) =>
      until(() => webhooks.find((event) => event.session_id === id && event.status === status), "the webhook"),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A browser without windows. Pages may reach loopback only. */
export async function startBrowser() {
  return chromium.launch({ executablePath: program(), args: QUIET });
}

/** A page that counts what goes wrong in it: errors, and what its policy forbids. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const problems = [];
  const foreign = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== "data:" && hostname !== "127.0.0.1") foreign.push(request.url());
  });
  return { page, context, problems, foreign };
}

/** Wait until something is there. */
export async function until(look, what) {
  const began = Date.now();
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() - began > PATIENCE) throw new Error(`${what} did not come`);
    await new Promise((done) => setTimeout(done, 25));
  }
}
